"""Questions and answers between the judge's process and the student's: each end is a `Peer`.

A test calls the student's function here; it runs there, and plain values come back (exchange.py).
"""

from __future__ import annotations

import builtins
import contextlib
import itertools
import operator
import random
import re
import select
import socket
import traceback

import numpy as np
import torch

from colorlib.course.grading.exchange import Decoder, Encoder
from colorlib.course.grading.messages import LARGEST, Broken, Gone, pack, receive, send, unpack
from colorlib.course.grading.outputs import TEXT
from colorlib.course.states import Bounded, random_states, set_random_states

ITEMS = 10_000  # of something that is iterated over
# What the judge may ask about something that it holds by a number.
LOOKS = {
    "attribute": getattr,
    "item": operator.getitem,
    "length": len,
    "items": lambda thing: list(itertools.islice(thing, ITEMS)),
}


class Peer:
    """One end, which asks the other, and answers it meanwhile.  `trusted` is the judge's end."""

    def __init__(self, sock: socket.socket, trusted: bool, names=None):
        """names: the namespace in which the other side looks names up."""
        self.sock, self.trusted, self.names = sock, trusted, names
        self.held, self.numbers = {}, itertools.count(1)

    def hold(self, value):
        """Keep something here for the other side, by a number."""
        self.held[len(self.held)] = value
        return len(self.held) - 1

    def ask(self, what, *parts):
        """Ask, and return the answer; an exception of the other side's is raised here.

        A time limit may break the waiting off (checks have one): session.py sees that the next
        message is another question, and stops the other side.  An answer that comes too late is
        passed over.
        """
        number, encode = next(self.numbers), Encoder(self)
        send(self.sock, b"q", number, pack([what, encode(list(parts))], encode.buffers))
        return self._result(self._wait(number))

    def _wait(self, number):
        while True:
            # a signal's exception comes here, never within a message
            select.select([self.sock], [], [])
            kind, asked, body = receive(self.sock)
            if kind == b"q":
                self.answer(asked, body)
            elif kind == b"a" and asked == number:
                return body

    def _result(self, body):
        tree, buffers = unpack(body)
        if not isinstance(tree, list) or len(tree) != 2 or tree[0] not in ("value", "error"):
            raise Broken("an answer that is none")
        value = Decoder(self, buffers)(tree[1])
        if tree[0] == "error":
            raise as_exception(value)
        return value

    def call(self, handle, args, kwargs):
        """Call a function of the other side's: by value; changes and gradients come back."""
        args, kwargs = list(args), dict(kwargs)
        wanted = torch.is_grad_enabled()
        value, changed, used, graph, printed = self.ask(
            "call", handle, args, kwargs, random_states(), wanted
        )
        # the teacher's table of mistakes is read from what checks print: no student writes there
        print(re.sub(r"^(\s*Looks like:)", r"| \1", printed, flags=re.M), end="")
        _move_on(used)
        originals = [*args, *kwargs.values()]
        for position, now in changed:
            _assign(originals[position], now)
        if graph is None or not (self.trusted and wanted):
            return value
        made, given = _differentiable(value), _differentiable([args, kwargs])
        if not made:
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
            if len(reply) > LARGEST:
                raise MemoryError("an answer too large to be looked at")
        except Gone:
            raise
        except BaseException as error:
            if self.trusted and not isinstance(error, Exception):
                raise
            reply = pack(["error", Encoder(self)(describe(error, lines=not self.trusted))])
        send(self.sock, b"a", number, reply)

    def _do(self, what, decode, parts):
        if what == "call":
            return self._call(*decode(parts), decode.tensors)
        if self.trusted:
            raise PermissionError(f"{what!r} is not for answers to ask")
        if what == "names":
            (wanted,) = decode(parts)
            return {name: self.names[name] for name in wanted if name in self.names}
        if what == "backward":
            return self._backward(*decode(parts))
        handle, *rest = decode(parts)
        return LOOKS[what](self.held[handle], *rest)

    def _call(self, handle, args, kwargs, states, wanted, inputs):
        function = self.held[handle]
        if self.trusted:
            return function(*args, **kwargs), [], [False] * 3, None, ""
        values = [*args, *kwargs.values()]
        before = list(map(_signature, values))
        if states is not None:
            set_random_states(states)
        printed = Bounded(TEXT)
        with torch.set_grad_enabled(wanted), contextlib.redirect_stdout(printed):
            value = function(*args, **kwargs)
        used = [
            _signature([a]) != _signature([b])
            for a, b in zip(states or (), random_states(), strict=False)
        ]
        changed = [(i, v) for i, v in enumerate(values) if _signature(v) != before[i]]
        made = _differentiable(value)
        graph = self.hold((made, [t for t in inputs if t.requires_grad])) if made else None
        return value, changed, used, graph, printed.getvalue()

    def _backward(self, graph, grads):
        made, given = self.held[graph]
        for tensor in given:
            tensor.grad = None
        torch.autograd.backward(made, grads, retain_graph=True)
        return [t.grad for t in given]


class _Graph(torch.autograd.Function):
    """The student's computation as one node of the judge's graph."""

    @staticmethod
    def forward(ctx, peer, graph, values, start, *inputs):
        ctx.peer, ctx.graph = peer, graph
        return tuple(v.clone() for v in values)

    @staticmethod
    def backward(ctx, *grads):
        given = ctx.peer.ask("backward", ctx.graph, [g.contiguous() for g in grads])
        return (None, None, None, None, *given)  # none for peer, graph, values, start


class _Nothing:
    """For an encoder that only looks what there is."""

    trusted = False

    @staticmethod
    def hold(value):
        return 0


def _differentiable(value):
    """The tensors in a value that require a gradient, in the order met."""
    encode = Encoder(_Nothing)
    encode(value)
    return [t for t in encode.tensors if t.requires_grad]


def _replaced(value, new):
    """`value` with some of its tensors replaced, by identity."""
    if isinstance(value, (tuple, list)):
        return type(value)(_replaced(v, new) for v in value)
    if isinstance(value, dict):
        return {k: _replaced(v, new) for k, v in value.items()}
    return new.get(id(value), value)


def _signature(value):
    """What changes when a value is changed in place; None for what is not looked at."""
    if isinstance(value, (torch.Tensor, np.ndarray, list, dict, set, torch.Generator)):
        encode = Encoder(_Nothing)
        return encode(value), encode.buffers
    return None


def _assign(original, now):
    """Carry a change in place back to the object that the test holds."""
    kinds = (torch.Tensor, np.ndarray, list, dict, set, torch.Generator)
    kind = next((k for k in kinds if isinstance(original, k) and isinstance(now, k)), None)
    if kind is torch.Tensor:
        original.data = now.detach()
    elif kind is list:
        original[:] = now
    elif kind is np.ndarray and original.shape == now.shape:
        original[...] = now
    elif kind in (dict, set):
        original.clear()
        original.update(now)
    elif kind is torch.Generator:
        original.set_state(now.get_state())


def _move_on(used):
    """Move on those of this process's random generators that the answer used.

    It does not say where to.
    """
    generators = (lambda: torch.rand(1), np.random.random, random.random)
    for was_used, move in zip(used, generators, strict=False):
        if was_used is True:
            move()


# ---- exceptions

# They mean something to Python itself, or want other arguments than words.
ODD = (Warning, UnicodeError, StopIteration, StopAsyncIteration)


def describe(error: BaseException, lines: bool = True) -> list[str]:
    """[name of the nearest built-in class, words]; the words name the line of the notebook."""
    known = next(c for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c)
    words = str(error)[:2000]
    if known.__name__ != type(error).__name__:
        words = f"{type(error).__name__}: {words}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "ipython-input" in f.filename]
    if lines and frames and frames[-1].line and known is not NotImplementedError:
        words += f" (line {frames[-1].lineno}: {frames[-1].line[:120]})"
    return [known.__name__, words]


def as_exception(described) -> BaseException:
    """The built-in exception of that name; a RuntimeError where it would end or stop something.

    That is a process (but for SystemExit, which checks explain) or a loop.
    """
    name, words = described
    kind = getattr(builtins, str(name), None)
    plain = isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, ODD)
    if kind is SystemExit or plain:
        return kind(words)
    return RuntimeError(f"{name}: {words}")
