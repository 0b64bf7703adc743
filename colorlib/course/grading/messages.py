"""Messages between processes over a socket: kind, number, a body of JSON and buffers; no pickle."""

from __future__ import annotations

import contextlib
import itertools
import json
import signal
import socket
import struct
import time

HEAD = struct.Struct("!cIQ")  # kind, number of the question, bytes that follow
LARGEST = 64 << 20  # bytes of one message


class Broken(Exception):
    """What arrived is no message."""


class Gone(Exception):
    """The other process has ended."""


def send(sock: socket.socket, kind: bytes, number: int = 0, body: bytes = b"") -> None:
    """One message.  Gone where nobody has listened for as long as the socket's time limit."""
    try:
        with _undisturbed():
            sock.sendall(HEAD.pack(kind, number, len(body)) + body)
    except OSError as error:
        raise Gone(str(error)) from None


def receive(sock: socket.socket, until: float | None = None) -> tuple[bytes, int, bytes]:
    """The next message: kind, number, body.

    until: by time.monotonic().  Gone at the end of the other process, Broken where the message is
    too long or late.
    """
    with _undisturbed():
        kind, number, size = HEAD.unpack(_read(sock, HEAD.size, until))
        if size > LARGEST:
            raise Broken(f"a message of {size} bytes")
        return kind, number, _read(sock, size, until)


@contextlib.contextmanager
def _undisturbed():
    """No signal's exception in the middle of a message."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _read(sock, size, until):
    data = bytearray()
    while len(data) < size:
        if until is not None:
            sock.settimeout(max(0.001, until - time.monotonic()))
        try:
            part = sock.recv(min(size - len(data), 1 << 20))
        except TimeoutError:
            raise Broken("a message that stops half-way") from None
        except OSError as error:
            raise Gone(str(error)) from None
        if not part:
            raise Gone("the process has ended")
        data += part
    return bytes(data)


def pack(tree, buffers=()) -> bytes:
    """JSON in one line, then the buffers."""
    head = json.dumps([tree, [len(b) for b in buffers]]).encode()
    return b"".join([head, b"\n", *buffers])


def unpack(body: bytes):
    """(tree, buffers).  Broken where it is no such thing."""
    try:
        line, _, rest = body.partition(b"\n")
        tree, sizes = json.loads(line)
        ends = list(itertools.accumulate(sizes, initial=0))
        if ends[-1] != len(rest) or min(sizes, default=0) < 0:
            raise ValueError("sizes")
        return tree, [rest[a:b] for a, b in itertools.pairwise(ends)]
    except (ValueError, TypeError, RecursionError) as error:
        raise Broken(str(error)) from None
