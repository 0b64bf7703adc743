"""Values between two processes, of which one is not trusted.

The judge runs the tests; the student's process runs the answers.  What the student's process sends
arrives as plain numbers, texts, lists, arrays and tensors, rebuilt here from their bytes: no
pickle, no subclass, no object with methods of its own.  Functions and other objects stay where they
are and are reached through a `Remote`: to call it is to ask the other side.  So a test sees what an
answer *returns*, and nothing else of the student's process.

The student's process may call functions that a test hands to it, and nothing else of the judge's.
"""

from __future__ import annotations

import pickle
import types
from pathlib import Path, PurePath

import numpy as np
import torch

from colorlib.course.grading.messages import Broken

LONGEST_TEXT = 100_000  # characters of a text that comes from the student's process
NUMBERS = "biufc"  # kinds of NumPy's dtypes
FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}  # no shorter ones
DTYPES = {
    str(d): d
    for d in vars(torch).values()
    if isinstance(d, torch.dtype) and (d in FLOATS or not d.is_floating_point)
}


class Remote:
    """Something that lives in the student's process: its attributes and items come one at a time.

    Comparing two of them compares identities: an object of the student's that claims to equal
    everything equals nothing here.
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
        """What it returns, in the other process."""
        return self._peer.call(self._handle, args, kwargs)


class Encoder:
    """Values to a tree for JSON; `buffers` hold what is large, `tensors` are in the order met."""

    def __init__(self, peer):
        self.peer, self.buffers, self.tensors = peer, [], []

    def __call__(self, value):
        """The tree of one value."""
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(value) if value.dtype.kind in NUMBERS else self._object(value)
        if value is None:
            return None
        for plain in (bool, int, float, str):
            if isinstance(value, plain):
                return plain(value)  # subclasses stay behind
        for kind, tell in TELL.items():
            if isinstance(value, kind):
                return tell(self, value)
        return self._object(value)

    def keep(self, data):
        """The place of these bytes among the buffers."""
        self.buffers.append(data)
        return len(self.buffers) - 1

    def _array(self, value):
        plain, scalar = np.ascontiguousarray(value), isinstance(value, np.generic)
        told = {"dtype": plain.dtype.str, "shape": list(np.shape(value)), "scalar": scalar}
        return {"array": self.keep(plain.tobytes()), **told}

    def tensor(self, value):
        """The tree of a tensor."""
        if str(value.dtype) not in DTYPES or value.layout != torch.strided:
            return self._object(value)
        self.tensors.append(value)
        plain = value.detach().resolve_conj().resolve_neg().cpu().contiguous().flatten()
        data = plain.view(torch.uint8).numpy().tobytes() if plain.numel() else b""
        told = {"dtype": str(value.dtype), "shape": list(value.shape), "grad": value.requires_grad}
        return {"tensor": self.keep(data), **told}

    def _object(self, value):
        if self.peer.trusted and not isinstance(value, (types.FunctionType, types.MethodType)):
            try:
                # from the judge to the student, never back
                return {"pickle": self.keep(pickle.dumps(value))}
            except Exception:  # what cannot be pickled is reached by a handle
                pass
        told = {"callable": callable(value), "kind": type(value).__name__[:60]}
        return {"mine": self.peer.hold(value), **told}


# What stands for each kind of value, of the encoder and the value.
TELL = {
    dict: lambda encode, pairs: {"dict": [[encode(k), encode(v)] for k, v in pairs.items()]},
    tuple: lambda encode, parts: {"tuple": list(map(encode, parts))},
    list: lambda encode, parts: {"list": list(map(encode, parts))},
    set: lambda encode, parts: {"set": list(map(encode, parts))},
    frozenset: lambda encode, parts: {"frozenset": list(map(encode, parts))},
    torch.Tensor: lambda encode, tensor: encode.tensor(tensor),
    torch.Generator: lambda encode, made: {"generator": encode(made.get_state())},
    torch.dtype: lambda encode, dtype: {"dtype": str(dtype)},
    torch.device: lambda encode, device: {"device": str(device)},
    bytes: lambda encode, data: {"bytes": encode.keep(data)},
    complex: lambda encode, number: {"complex": [number.real, number.imag]},
    PurePath: lambda encode, path: {"path": str(path)},
    Remote: lambda encode, remote: {"yours": remote._handle},
}


class Decoder:
    """A tree and its buffers back to values."""

    def __init__(self, peer, buffers):
        self.peer, self.buffers, self.tensors = peer, buffers, []

    def __call__(self, tree):
        """The value of one tree; Broken where it is none."""
        if tree is None or isinstance(tree, (bool, int, float)):
            return tree
        if isinstance(tree, str):
            return tree[:LONGEST_TEXT]
        try:
            kind = next(iter(tree))
            return REBUILD[kind](self, tree[kind], tree)
        except (
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            RuntimeError,
            StopIteration,
        ) as error:
            raise Broken(f"{type(error).__name__}: {error}") from None


def _tensor(decode, where, tree):
    data, dtype = bytearray(decode.buffers[where]), DTYPES[tree["dtype"]]
    value = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
    value = value.reshape(tree["shape"]).requires_grad_(tree["grad"])
    decode.tensors.append(value)
    return value


def _array(decode, where, tree):
    dtype = np.dtype(tree["dtype"])
    if dtype.kind not in NUMBERS:
        raise ValueError(tree["dtype"])
    value = np.frombuffer(decode.buffers[where], dtype).reshape(tree["shape"]).copy()
    return value[()] if tree["scalar"] else value


def _generator(decode, state, _):
    made = torch.Generator()
    made.set_state(decode(state))
    return made


def _mine(decode, handle, tree):
    kind = RemoteFunction if tree["callable"] else Remote
    return kind(decode.peer, int(handle), str(tree["kind"])[:60])


def _pickle(decode, where, _):
    if decode.peer.trusted:  # so it would come from the student's process
        raise ValueError("a pickle")
    return pickle.loads(decode.buffers[where])


# How each kind is rebuilt, of the decoder, what stands under the kind's name, and the whole tree.
# There are no others.
REBUILD = {
    "dict": lambda decode, pairs, _: {decode(k): decode(v) for k, v in pairs},
    "tuple": lambda decode, parts, _: tuple(map(decode, parts)),
    "list": lambda decode, parts, _: list(map(decode, parts)),
    "set": lambda decode, parts, _: set(map(decode, parts)),
    "frozenset": lambda decode, parts, _: frozenset(map(decode, parts)),
    "tensor": _tensor,
    "array": _array,
    "generator": _generator,
    "dtype": lambda decode, name, _: DTYPES[name],
    "device": lambda decode, name, _: torch.device(name),
    "bytes": lambda decode, where, _: decode.buffers[where],
    "complex": lambda decode, parts, _: complex(*parts),
    "path": lambda decode, text, _: Path(text),
    "yours": lambda decode, handle, _: decode.peer.held[handle],
    "mine": _mine,
    "pickle": _pickle,
}
