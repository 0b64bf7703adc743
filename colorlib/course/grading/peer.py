"""Questions and answers between the judge's process and the student's: each end is a `Peer`.

A test calls the student's function here; it runs there, and plain values come back (exchange.py).
"""

from __future__ import annotations

import builtins
import contextlib
import itertools
import random
import select
import socket
import traceback

import numpy as np
import torch

from colorlib.course.grading.exchange import Decoder, Encoder
from colorlib.course.grading.messages import (
    LARGEST,
    Bounded,
    Broken,
    Gone,
    pack,
    receive,
    send,
    unpack,
)

ITEMS = 10_000  # of something that is iterated over


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

        A time limit may break the waiting off (checks have one): session.py sees that the next
        message is another question, and stops the other side.  An answer that comes too late is
        passed over.
        """
        number, encode = next(self.numbers), Encoder(self)
        tree = [what, encode(list(parts))]
        send(self.sock, b"q", number, pack(tree, encode.buffers))
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
        decode = Decoder(self, buffers)
        if not isinstance(tree, list) or len(tree) != 2 or tree[0] not in ("value", "error"):
            raise Broken("an answer that is none")
        if tree[0] == "value":
            return decode(tree[1])
        raise as_exception(decode(tree[1]))

    def call(self, handle, args, kwargs):
        """Call a function of the other side's: arguments by value, changes in place carried back,
        gradients too.
        """
        args, kwargs = list(args), dict(kwargs)
        wanted = torch.is_grad_enabled()
        value, changed, drawn, graph, printed = self.ask(
            "call", handle, args, kwargs, _random_states(), wanted
        )
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
            reply = pack(
                [
                    "error",
                    Encoder(self)(describe(MemoryError("an answer too large to be looked at"))),
                ]
            )
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
        drawn = [
            _signature([a]) != _signature([b])
            for a, b in zip(states or (), _random_states(), strict=False)
        ]
        after = [_signature(v) for v in [*args, *kwargs.values()]]
        values = [*args, *kwargs.values()]
        changed = [
            (i, values[i]) for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b
        ]
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
        return (
            None,
            None,
            None,
            None,
            *ctx.peer.ask("backward", ctx.graph, [g.contiguous() for g in grads]),
        )


def _replaced(value, new):
    """`value` with some of its tensors replaced, by identity."""
    if isinstance(value, (tuple, list)):
        return type(value)(_replaced(v, new) for v in value)
    if isinstance(value, dict):
        return {k: _replaced(v, new) for k, v in value.items()}
    return new.get(id(value), value)


def _signature(value):
    """What has to change for an argument to count as changed in place; None for what is not looked
    at.
    """
    if isinstance(value, (torch.Tensor, np.ndarray, list, dict, set, torch.Generator)):
        encode = Encoder(_Nothing)
        return encode(value), encode.buffers
    return None


def _assign(original, now):
    """Carry a change in place back to the object that the test holds."""
    if isinstance(original, torch.Tensor) and isinstance(now, torch.Tensor):
        original.data = now.detach()
    elif (
        isinstance(original, np.ndarray)
        and isinstance(now, np.ndarray)
        and original.shape == now.shape
    ):
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
    """Move on those of this process's random generators that the answer drew from; it does not say
    where to.
    """
    for used, draw in zip(
        drawn, (lambda: torch.rand(1), np.random.random, random.random), strict=False
    ):
        if used is True:
            draw()


# ---- exceptions


def describe(error: BaseException, lines: bool = True) -> list[str]:
    """[name of the nearest built-in class, words]; the words name the line of the notebook where it
    happened.
    """
    known = next(c for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c)
    words = str(error)[:2000]
    if known.__name__ != type(error).__name__:
        words = f"{type(error).__name__}: {words}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "ipython-input" in f.filename]
    if lines and frames and frames[-1].line and known is not NotImplementedError:
        words += f" (line {frames[-1].lineno}: {frames[-1].line[:120]})"
    return [known.__name__, words]


def as_exception(described) -> BaseException:
    """The built-in exception of that name; where it would end a process or stop a loop, a
    RuntimeError.
    """
    name, words = described
    kind = getattr(builtins, str(name), None)
    plain = (
        isinstance(kind, type)
        and issubclass(kind, Exception)
        and not issubclass(kind, (Warning, UnicodeError))
    )
    if kind is SystemExit or (plain and kind not in (StopIteration, StopAsyncIteration)):
        return kind(words)
    return RuntimeError(f"{name}: {words}")
