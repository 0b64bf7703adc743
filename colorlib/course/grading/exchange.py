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
DTYPES = {
    str(d): d
    for d in vars(torch).values()
    if isinstance(d, torch.dtype) and not d.is_floating_point
}
DTYPES |= {str(d): d for d in (torch.float16, torch.bfloat16, torch.float32, torch.float64)}
KINDS = frozenset(
    """dict tuple list set frozenset tensor array generator dtype device bytes complex path yours mine
    pickle""".split()
)


class Remote:
    """Something that lives in the student's process: ask for its attributes and items, one copy at
    a time.

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
        if (
            isinstance(value, torch.Tensor)
            and str(value.dtype) in DTYPES
            and value.layout == torch.strided
        ):
            return self._tensor(value)
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufc":
            plain = np.ascontiguousarray(value)
            what = {
                "array": self._keep(plain.tobytes()),
                "dtype": plain.dtype.str,
                "shape": list(np.shape(value)),
            }
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
        return {
            "tensor": where,
            "dtype": str(value.dtype),
            "shape": list(value.shape),
            "grad": value.requires_grad,
        }

    def _object(self, value):
        if self.peer.trusted and not isinstance(value, (types.FunctionType, types.MethodType)):
            try:
                # from the judge to the student, never back
                return {"pickle": self._keep(pickle.dumps(value))}
            except Exception:  # what cannot be pickled is reached by a handle
                pass
        return {
            "mine": self.peer.hold(value),
            "callable": callable(value),
            "kind": type(value).__name__[:60],
        }


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
        except (
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            RuntimeError,
            StopIteration,
        ) as error:
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
        return (RemoteFunction if tree["callable"] else Remote)(
            self.peer, int(handle), str(tree["kind"])[:60]
        )

    def _pickle(self, where, _):
        if self.peer.trusted:  # so it would come from the student's process
            raise ValueError("a pickle")
        return pickle.loads(self.buffers[where])
