"""A formula in stages, and what is often done by mistake to what one of them gives.

Nothing here knows any exercise.  A table made by `judging.combined` knows its stages, such as
distances, shares, sums; where no named mistake explains an answer, each stage's right numbers are
changed in the ways of changes.py, and the rest of the formula goes on with them.
"""

import numpy as np
import torch

from colorlib.course.checks import changes

RIGHT = ""


class Table(dict):
    """Variants by their words, and the stages of the formula that they are variants of.

    stages: [(name, make)]; make(change) is the right answer with `change`, array -> array, of what
    the stage gives.  formulas: rewriting.Written, of the same thing.  others: None, or a function
    that makes other cases of the same kind.
    """

    def __init__(self, variants, stages=(), formulas=()):
        super().__init__(variants)
        self.stages = list(stages)
        self.formulas = list(formulas)
        self.others = None

    def __or__(self, other):
        return Table({**self, **other}, [*self.stages, *getattr(other, "stages", ())])

    def __ror__(self, other):
        return Table({**other, **self}, self.stages)


def reduced(what, wanted, make):
    """{words: variant} for what stands in the place of a sum or a mean over `what`.

    wanted: "sum" or "mean", or another key of REDUCERS, which is right.  make(reduce) is the right
    answer, but with reduce(x, axis), of tensors, in that place; axis: an integer or a tuple.
    """
    return {
        f"the {words} over {what}; the {wanted} is wanted": make(reduce)
        for words, reduce in REDUCERS.items()
        if words != wanted
    }


def _middle(x, axis):
    return (x.amax(axis) + x.amin(axis)) / 2


def _flattened(reduce):
    """`reduce` over one axis, for several: they are joined to one."""

    def of_all(x, axis):
        axes = [axis] if isinstance(axis, int) else list(axis)
        axes = [a % x.ndim for a in axes]
        rest = [a for a in range(x.ndim) if a not in axes]
        return reduce(x.permute(*rest, *axes).flatten(len(rest)), -1)

    return of_all


def of_arrays(reduce):
    """One of REDUCERS for NumPy arrays."""
    return lambda x, axis: reduce(torch.from_numpy(np.ascontiguousarray(x)), axis).numpy()


REDUCERS = {
    "sum": lambda x, axis: x.sum(axis),
    "mean": lambda x, axis: x.mean(axis),
    "largest": lambda x, axis: x.amax(axis),
    "smallest": lambda x, axis: x.amin(axis),
    "median": _flattened(lambda x, axis: x.median(axis).values),
    "product": _flattened(lambda x, axis: x.prod(axis)),
    "length (root of the sum of squares)": lambda x, axis: x.square().sum(axis).sqrt(),
    "root mean square": lambda x, axis: x.square().mean(axis).sqrt(),
    "spread (standard deviation)": lambda x, axis: x.std(axis, correction=0),
    "middle between the largest and the smallest": _middle,
    "range": lambda x, axis: x.amax(axis) - x.amin(axis),
    "first alone": _flattened(lambda x, axis: x.select(axis, 0)),
    "last alone": _flattened(lambda x, axis: x.select(axis, -1)),
    "geometric mean": lambda x, axis: x.log().mean(axis).exp(),
}


def part(change):
    """`change` for tensors, to be put into a formula: lambda change: ... part(change)(x) ..."""
    return lambda x: _changed(x, change)


def staged(build, tables, names):
    """The stages of build(*right parts).  names: a name, (of input, of output) or None each."""
    right = [table[RIGHT] for table in tables]
    for place, name in enumerate(names):
        into, out = name if isinstance(name, tuple) else (None, name)
        for words, wrap in ((into, _before), (out, _after)):
            if words:
                yield words, _maker(build, right, place, wrap)


def _maker(build, right, place, wrap):
    def make(change):
        parts = [wrap(part, change) if n == place else part for n, part in enumerate(right)]
        return build(*parts)

    return make


def _after(part, change):
    return lambda *given: _changed(part(*given), change)


def _before(part, change):
    return lambda first, *given: part(_changed(first, change), *given)


def _changed(value, change):
    """`change` of a tensor or an array, as the same kind."""
    array = value.detach().numpy() if torch.is_tensor(value) else np.asarray(value)
    new = change(array.astype(np.float64))
    if isinstance(new, changes.Read):
        new = new.array.reshape(array.shape)
    if not torch.is_tensor(value):
        return new
    return torch.from_numpy(np.ascontiguousarray(new, np.float64)).to(value.dtype)


AXES = 4  # so many axes are tried; a change along one that is not there fits nothing


def rules(table):
    """(words, variant) for every change of every stage."""
    for name, make in getattr(table, "stages", ()):
        for words, change in changes.of_parts(AXES):
            yield _said(words, name), make(change)


def _said(words, name):
    if words.startswith("the right numbers"):
        return words.replace("the right numbers", name).split(": return")[0]
    return words.replace("what is right", name) if "what is right" in words else f"{name}: {words}"
