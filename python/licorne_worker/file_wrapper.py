"""`wsgi.file_wrapper` (PEP 3333, "Optional Platform-Specific File Handling")."""


class FileWrapper:
    """Iterates over a file-like object in blocks of `blksize` bytes; has `close` if the object has it."""

    def __init__(self, filelike, blksize=65536):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, 'close'):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        block = self.filelike.read(self.blksize)
        if block:
            return block
        raise StopIteration
