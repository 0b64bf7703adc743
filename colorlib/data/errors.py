"""What is wrong with a file, in one line that names it."""


class PictureError(ValueError):
    """A file that cannot be used as a picture: `.name` is the file, `.reason` what is wrong."""

    def __init__(self, name: str, reason: str):
        super().__init__(f"{printable(name)}: {reason}")
        self.name, self.reason = name, reason

    def __reduce__(self):  # an exception with two arguments does not survive pickling otherwise
        return PictureError, (self.name, self.reason)


def printable(name) -> str:
    """A file's name for a message of one line: line ends and what is no text become escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(name))
