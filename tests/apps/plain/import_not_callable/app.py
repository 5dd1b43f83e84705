application = "a string"
