"""On PYTHONPATH, this cuts a Python process off from every network but the machine itself."""

import sys

LOCAL = ("127.", "::1", "localhost")


def _cut(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple) and not str(args[1][0]).startswith(LOCAL):
        raise OSError(f"no network here: {args[1]}")
    if event == "socket.getaddrinfo" and args[0] and not str(args[0]).startswith((*LOCAL, "0.0.0.0")):
        raise OSError(f"no network here: {args[0]}")


sys.addaudithook(_cut)
