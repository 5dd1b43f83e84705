raise RuntimeError("raised while it was imported")
