"""`wsgi.file_wrapper` (PEP 3333, "Optional Platform-Specific File Handling")."""

import io

from .regular_file import of_descriptor


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

    def regular_file(self):
        """The file that iterating would read, from where it stands, as a RegularFile that others can open by its name; None if there is none.

        What counts is whose `read` would be called: a wrapper may have the descriptor of a file and give other bytes (GzipFile does).
        """
        reader = getattr(getattr(self.filelike, 'read', None), '__self__', None)
        if type(reader) in (io.BufferedReader, io.BufferedRandom):
            raw = reader.raw
        else:
            raw = reader
        if type(raw) is not io.FileIO:
            return None
        try:
            if type(reader) is io.BufferedRandom:
                # What the application wrote and did not flush would be missing.
                reader.flush()
            return of_descriptor(raw.fileno(), raw.name, reader.tell())
        except (OSError, ValueError):
            return None
