"""Values, questions and answers between two processes, of which one is not trusted.

The judge runs the tests; the student's process runs the answers.  What the student's process sends arrives as plain
numbers, texts, lists, arrays and tensors, rebuilt here from their bytes: no pickle, no subclass, no object with
methods of its own.  Functions and other objects stay where they are and are reached through a `Remote`: to call it
is to ask the other side.  So a test sees what an answer *returns*, and nothing else of the student's process.

The student's process may call functions that a test hands to it, and nothing else of the judge's.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import itertools
import json
import pickle
import random
import select
import signal
import socket
import struct
import threading
import time
import traceback
import types
from pathlib import Path, PurePath

import numpy as np
import torch

HEAD = struct.Struct("!cIQ")  # kind, number of the question, bytes that follow
LARGEST = 64 << 20  # bytes of one message
TEXT = 20_000  # characters printed by one cell or one call
LONGEST_TEXT = 100_000  # characters of a text that comes from the student's process
DTYPES = {str(d): d for d in vars(torch).values() if isinstance(d, torch.dtype) and not d.is_floating_point}
DTYPES |= {str(d): d for d in (torch.float16, torch.bfloat16, torch.float32, torch.float64)}
KINDS = frozenset(
    """dict tuple list set frozenset tensor array generator dtype device bytes complex path yours mine
    pickle""".split()
)
ITEMS = 10_000  # of something that is iterated over


class Broken(Exception):
    """What arrived is no message."""


class Gone(Exception):
    """The other process has ended."""


class Bounded(io.TextIOBase):
    """A text stream that keeps the beginning of what is written."""

    def __init__(self):
        self.text, self.dropped = "", 0

    def writable(self):
        return True

    def write(self, text):
        keep = text[: TEXT - len(self.text)]
        self.text += keep
        self.dropped += len(text) - len(keep)
        return len(text)

    def value(self):
        return self.text + (f"\n... {self.dropped} characters more" if self.dropped else "")


# ---- messages


def send(sock: socket.socket, kind: bytes, number: int = 0, body: bytes = b"") -> None:
    """One message.  Gone where nobody listens, or nobody has for as long as the socket's time limit."""
    try:
        with _undisturbed():
            sock.sendall(HEAD.pack(kind, number, len(body)) + body)
    except OSError as error:
        raise Gone(str(error)) from None


def receive(sock: socket.socket, until: float | None = None) -> tuple[bytes, int, bytes]:
    """The next message: kind, number, body.

    until: by time.monotonic().  Gone at the end of the other process, Broken where the message is too long or late.
    """
    with _undisturbed():
        kind, number, size = HEAD.unpack(_read(sock, HEAD.size, until))
        if size > LARGEST:
            raise Broken(f"a message of {size} bytes")
        return kind, number, _read(sock, size, until)


@contextlib.contextmanager
def _undisturbed():
    """No signal's exception in the middle of a message."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
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


# ---- values


class Remote:
    """Something that lives in the student's process: ask for its attributes and items, one copy at a time.

    Comparing two of them compares identities: an object of the student's that claims to equal everything equals
    nothing here.
    """

    def __init__(self, peer, handle, kind):
        self.__dict__.update(_peer=peer, _handle=handle, _kind=kind)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._peer.ask("attribute", self._handle, name)

    def __getitem__(self, key):
        return self._peer.ask("item", self._handle, key)

    def __len__(self):
        return int(self._peer.ask("length", self._handle))

    def __iter__(self):
        return iter(self._peer.ask("items", self._handle))

    def __bool__(self):
        return True

    def __repr__(self):
        return f"<the answer's {self._kind}>"


class RemoteFunction(Remote):
    """A function, method, class or module of the student's, to be called."""

    def __call__(self, *args, **kwargs):
        return self._peer.call(self._handle, args, kwargs)


class Encoder:
    """Values to a tree for JSON, with `buffers` for what is large and `tensors` in the order met."""

    def __init__(self, peer):
        self.peer, self.buffers, self.tensors = peer, [], []

    def __call__(self, value):
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, np.generic):
            return int(value) if isinstance(value, int) else float(value)
        if isinstance(value, str) and not isinstance(value, np.generic):
            return str(value)
        if isinstance(value, dict):
            return {"dict": [[self(k), self(v)] for k, v in value.items()]}
        for kind in (tuple, list, set, frozenset):
            if isinstance(value, kind):
                return {kind.__name__: [self(v) for v in value]}
        if isinstance(value, torch.Tensor) and str(value.dtype) in DTYPES and value.layout == torch.strided:
            return self._tensor(value)
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufc":
            plain = np.ascontiguousarray(value)
            what = {"array": self._keep(plain.tobytes()), "dtype": plain.dtype.str, "shape": list(np.shape(value))}
            return what | {"scalar": isinstance(value, np.generic)}
        if isinstance(value, torch.Generator):
            return {"generator": self(value.get_state())}
        if isinstance(value, (torch.dtype, torch.device)):
            return {type(value).__name__: str(value)}
        if isinstance(value, bytes):
            return {"bytes": self._keep(value)}
        if isinstance(value, complex):
            return {"complex": [value.real, value.imag]}
        if isinstance(value, PurePath):
            return {"path": str(value)}
        if isinstance(value, Remote):
            return {"yours": value._handle}
        return self._object(value)

    def _keep(self, data):
        self.buffers.append(data)
        return len(self.buffers) - 1

    def _tensor(self, value):
        self.tensors.append(value)
        plain = value.detach().resolve_conj().resolve_neg().cpu().contiguous().flatten()
        data = plain.view(torch.uint8).numpy().tobytes() if plain.numel() else b""
        where = self._keep(data)
        return {"tensor": where, "dtype": str(value.dtype), "shape": list(value.shape), "grad": value.requires_grad}

    def _object(self, value):
        if self.peer.trusted and not isinstance(value, (types.FunctionType, types.MethodType)):
            try:
                return {"pickle": self._keep(pickle.dumps(value))}  # from the judge to the student, never back
            except Exception:  # what cannot be pickled is reached by a handle
                pass
        return {"mine": self.peer.hold(value), "callable": callable(value), "kind": type(value).__name__[:60]}


class Decoder:
    """A tree and its buffers back to values."""

    def __init__(self, peer, buffers):
        self.peer, self.buffers, self.tensors = peer, buffers, []

    def __call__(self, tree):
        if tree is None or isinstance(tree, (bool, int, float)):
            return tree
        if isinstance(tree, str):
            return tree[:LONGEST_TEXT]
        try:
            kind = next(iter(tree))
            if kind not in KINDS:
                raise ValueError(f"unknown kind {kind!r}")
            return getattr(self, f"_{kind}")(tree[kind], tree)
        except (LookupError, TypeError, ValueError, AttributeError, RuntimeError, StopIteration) as error:
            raise Broken(f"{type(error).__name__}: {error}") from None

    def _dict(self, parts, _):
        return {self(k): self(v) for k, v in parts}

    def _tuple(self, parts, _):
        return tuple(self(v) for v in parts)

    def _list(self, parts, _):
        return [self(v) for v in parts]

    def _set(self, parts, _):
        return {self(v) for v in parts}

    def _frozenset(self, parts, _):
        return frozenset(self(v) for v in parts)

    def _tensor(self, where, tree):
        data, dtype = bytearray(self.buffers[where]), DTYPES[tree["dtype"]]
        value = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
        value = value.reshape(tree["shape"])
        if tree["grad"]:
            value.requires_grad_(True)
        self.tensors.append(value)
        return value

    def _array(self, where, tree):
        dtype = np.dtype(tree["dtype"])
        if dtype.kind not in "biufc":
            raise ValueError(tree["dtype"])
        value = np.frombuffer(self.buffers[where], dtype).reshape(tree["shape"]).copy()
        return value[()] if tree["scalar"] else value

    def _generator(self, state, _):
        made = torch.Generator()
        made.set_state(self(state))
        return made

    def _dtype(self, name, _):
        return DTYPES[name]

    def _device(self, name, _):
        return torch.device(name)

    def _bytes(self, where, _):
        return self.buffers[where]

    def _complex(self, parts, _):
        return complex(*parts)

    def _path(self, text, _):
        return Path(text)

    def _yours(self, handle, _):
        return self.peer.held[handle]

    def _mine(self, handle, tree):
        return (RemoteFunction if tree["callable"] else Remote)(self.peer, int(handle), str(tree["kind"])[:60])

    def _pickle(self, where, _):
        if self.peer.trusted:  # so it would come from the student's process
            raise ValueError("a pickle")
        return pickle.loads(self.buffers[where])


# ---- questions


class Peer:
    """One end: asks the other, and answers what it asks meanwhile.  `trusted` is the judge's end."""

    def __init__(self, sock: socket.socket, trusted: bool):
        self.sock, self.trusted = sock, trusted
        self.held, self.numbers = {}, itertools.count(1)
        self.names = dict  # () -> the namespace in which names are looked up

    def hold(self, value):
        """Keep something here for the other side, by a number."""
        self.held[len(self.held)] = value
        return len(self.held) - 1

    def ask(self, what, *parts):
        """Ask, and return the answer; an exception of the other side's is raised here.

        A time limit may break the waiting off (checks have one): session.py sees that the next message is another
        question, and stops the other side.  An answer that comes too late is passed over.
        """
        number, encode = next(self.numbers), Encoder(self)
        tree = [what, encode(list(parts))]
        send(self.sock, b"q", number, pack(tree, encode.buffers))
        return self._result(self._wait(number))

    def _wait(self, number):
        while True:
            select.select([self.sock], [], [])  # a signal's exception comes here, never within a message
            kind, asked, body = receive(self.sock)
            if kind == b"q":
                self.answer(asked, body)
            elif kind == b"a" and asked == number:
                return body

    def _result(self, body):
        tree, buffers = unpack(body)
        decode = Decoder(self, buffers)
        if not isinstance(tree, list) or len(tree) != 2 or tree[0] not in ("value", "error"):
            raise Broken("an answer that is none")
        if tree[0] == "value":
            return decode(tree[1])
        raise as_exception(decode(tree[1]))

    def call(self, handle, args, kwargs):
        """Call a function of the other side's: arguments by value, changes in place carried back, gradients too."""
        args, kwargs = list(args), dict(kwargs)
        wanted = torch.is_grad_enabled()
        value, changed, drawn, graph, printed = self.ask("call", handle, args, kwargs, _random_states(), wanted)
        print(printed, end="")
        _draw(drawn)
        originals = [*args, *kwargs.values()]
        for position, now in changed:
            _assign(originals[position], now)
        if graph is None or not wanted:
            return value
        inputs, outputs = Encoder(_Nothing), Encoder(_Nothing)
        inputs([args, kwargs]), outputs(value)
        given = [t for t in inputs.tensors if t.requires_grad]
        made = [t for t in outputs.tensors if t.requires_grad]
        if not self.trusted or len(made) == 0:
            return value
        start = torch.zeros((), requires_grad=True)
        joined = iter(_Graph.apply(self, graph, [t.detach() for t in made], start, *given))
        return _replaced(value, {id(t): new for t, new in zip(made, joined, strict=False)})

    def answer(self, number, body):
        """Answer one question; whatever goes wrong in doing so is the answer."""
        encode = Encoder(self)
        try:
            tree, buffers = unpack(body)
            value = self._do(tree[0], Decoder(self, buffers), tree[1])
            reply = pack(["value", encode(value)], encode.buffers)
        except Gone:
            raise
        except BaseException as error:
            if self.trusted and not isinstance(error, Exception):
                raise
            reply = pack(["error", Encoder(self)(describe(error, lines=not self.trusted))])
        if len(reply) > LARGEST:
            reply = pack(["error", Encoder(self)(describe(MemoryError("an answer too large to be looked at")))])
        send(self.sock, b"a", number, reply)

    def _do(self, what, decode, parts):
        if what == "call":
            return self._call(decode, parts)
        if self.trusted:
            raise PermissionError(f"{what!r} is not for answers to ask")
        parts = decode(parts)
        if what == "names":
            space = self.names()
            return {name: space[name] for name in parts[0] if name in space}
        if what == "backward":
            return self._backward(*parts)
        thing, *rest = parts
        thing = self.held[thing]
        if what == "attribute":
            return getattr(thing, rest[0])
        if what == "item":
            return thing[rest[0]]
        return len(thing) if what == "length" else list(itertools.islice(thing, ITEMS))

    def _call(self, decode, parts):
        handle, args, kwargs, states, wanted = decode(parts)
        function, inputs = self.held[handle], decode.tensors
        if self.trusted:
            return function(*args, **kwargs), [], [False] * 3, None, ""
        before = [_signature(v) for v in [*args, *kwargs.values()]]
        if states is not None:
            _set_random_states(states)
        printed = Bounded()
        with torch.set_grad_enabled(wanted), contextlib.redirect_stdout(printed):
            value = function(*args, **kwargs)
        drawn = [_signature([a]) != _signature([b]) for a, b in zip(states or (), _random_states(), strict=False)]
        after = [_signature(v) for v in [*args, *kwargs.values()]]
        values = [*args, *kwargs.values()]
        changed = [(i, values[i]) for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
        outputs = Encoder(_Nothing)
        outputs(value)
        made = [t for t in outputs.tensors if t.requires_grad]
        graph = self.hold((made, [t for t in inputs if t.requires_grad])) if made else None
        return value, changed, drawn, graph, printed.value()

    def _backward(self, graph, grads):
        made, given = self.held[graph]
        for tensor in given:
            tensor.grad = None
        torch.autograd.backward(made, grads, retain_graph=True)
        return [t.grad for t in given]


class _Nothing:
    """For an encoder that only looks which tensors there are."""

    trusted = False

    @staticmethod
    def hold(value):
        return 0


class _Graph(torch.autograd.Function):
    """The student's computation as one node of the judge's graph."""

    @staticmethod
    def forward(ctx, peer, graph, values, start, *inputs):
        ctx.peer, ctx.graph = peer, graph
        return tuple(v.clone() for v in values)

    @staticmethod
    def backward(ctx, *grads):
        return None, None, None, None, *ctx.peer.ask("backward", ctx.graph, [g.contiguous() for g in grads])


def _replaced(value, new):
    """`value` with some of its tensors replaced, by identity."""
    if isinstance(value, (tuple, list)):
        return type(value)(_replaced(v, new) for v in value)
    if isinstance(value, dict):
        return {k: _replaced(v, new) for k, v in value.items()}
    return new.get(id(value), value)


def _signature(value):
    """What has to change for an argument to count as changed in place; None for what is not looked at."""
    if isinstance(value, (torch.Tensor, np.ndarray, list, dict, set, torch.Generator)):
        encode = Encoder(_Nothing)
        return encode(value), encode.buffers
    return None


def _assign(original, now):
    """Carry a change in place back to the object that the test holds."""
    if isinstance(original, torch.Tensor) and isinstance(now, torch.Tensor):
        original.data = now.detach()
    elif isinstance(original, np.ndarray) and isinstance(now, np.ndarray) and original.shape == now.shape:
        original[...] = now
    elif isinstance(original, list) and isinstance(now, list):
        original[:] = now
    elif isinstance(original, (dict, set)) and type(original) is type(now):
        original.clear()
        original.update(now)
    elif isinstance(original, torch.Generator) and isinstance(now, torch.Generator):
        original.set_state(now.get_state())


def _random_states():
    """The global random states, so that a seed set by a test holds for the answer as well."""
    return torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002


def _set_random_states(states):
    torch.set_rng_state(states[0])
    np.random.set_state(states[1])  # noqa: NPY002
    random.setstate(states[2])


def _draw(drawn):
    """Move on those of this process's random generators that the answer drew from; it does not say where to."""
    for used, draw in zip(drawn, (lambda: torch.rand(1), np.random.random, random.random), strict=False):
        if used is True:
            draw()


# ---- exceptions


def describe(error: BaseException, lines: bool = True) -> list[str]:
    """[name of the nearest built-in class, words]; the words name the line of the notebook where it happened."""
    known = next(c for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c)
    words = str(error)[:2000]
    if known.__name__ != type(error).__name__:
        words = f"{type(error).__name__}: {words}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "ipython-input" in f.filename]
    if lines and frames and frames[-1].line and known is not NotImplementedError:
        words += f" (line {frames[-1].lineno}: {frames[-1].line[:120]})"
    return [known.__name__, words]


def as_exception(described) -> BaseException:
    """The built-in exception of that name; where it would end a process or stop a loop, a RuntimeError."""
    name, words = described
    kind = getattr(builtins, str(name), None)
    plain = isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, (Warning, UnicodeError))
    if kind is SystemExit or (plain and kind not in (StopIteration, StopAsyncIteration)):
        return kind(words)
    return RuntimeError(f"{name}: {words}")
