"""What is often done to a right answer, or to an input, by mistake: in words, and as a function.

Nothing here knows any exercise.  `of_answers` changes the right numbers, `of_inputs` what the right
function is given; guessing.py looks which of them gives what the student's function gave.
"""

from itertools import combinations, permutations

import numpy as np
import torch

# In the tables a mistake stands in words, and beside or under it the function.
# fmt: off

# ---- one number at a time

EACH = {
    "the wrong sign": np.negative,
    "the square root of what is right: one root too many, or a square is missing": np.sqrt,
    "the square of what is right: one square too many, or a root is missing": np.square,
    "what is right without its sign: abs, or a square with a root": np.abs,
    "1 minus what is right": lambda y: 1 - y,
    "the root of 1 minus what is right": lambda y: np.sqrt(1 - y),
    "1 divided by what is right: a fraction upside down": lambda y: 1 / y,
    "exp of what is right": np.exp,
    "exp of minus what is right": lambda y: np.exp(-y),
    "the logarithm of what is right": np.log,
    "the logarithm (log10) of what is right": np.log10,
    "the logarithm (log2) of what is right": np.log2,
    "ten times the logarithm (log10) of what is right": lambda y: 10 * np.log10(y),
    "tanh of what is right, which bends large numbers": np.tanh,
    "the sigmoid of what is right": lambda y: 1 / (1 + np.exp(-y)),
    "the signs of what is right (-1, 0, 1)": np.sign,
    "yes or no (0 and 1), whether what is right is above 0": lambda y: y > 0,
    "1 less than what is right": lambda y: y - 1,
    "1 more than what is right": lambda y: y + 1,
    "the third power of what is right": lambda y: y**3,
    "the fourth power of what is right": lambda y: y**4,
    "what is right from 0 to 1 in place of -1 to 1": lambda y: (y + 1) / 2,
    "what is right from -1 to 1 in place of 0 to 1": lambda y: 2 * y - 1,
    "the right numbers, rounded down (floor, //): return them as they are": np.floor,
    "the right numbers, cut to whole ones (int): return them as they are": np.trunc,
    "the right numbers, in 8 bits, which wrap round at 256: return them as they are":
        lambda y: np.trunc(y) % 256,
}
ROUNDED = "the right numbers, rounded: return them as they are"
LARGE = {  # what a factor between the answers often is
    2: "a half, or a mean of two, that is one too many or missing",
    3: "the three channels",
    4: "4 bytes, or a half that is squared",
    10: "a factor of 10",
    50: "the 50 of L",
    100: "the 100 of L or of per cent",
    110: "the 110 between ab and model units",
    255: "the 255 of 8-bit numbers",
    110**2: "the square of the 110 between ab and model units",
    255**2: "the square of the 255 of 8-bit numbers",
    180 / np.pi: "degrees and radians",
    360: "the 360 of a whole turn",
    2 * np.pi: "2 π",
    np.pi: "π",
    np.sqrt(2): "the root of 2",
    np.log(10): "the natural logarithm in the place of log10",
    np.log2(10): "log2 in the place of log10",
    1e3: "a thousand",
    1e6: "a million (mega)",
    1e9: "a billion (giga)",
    1024: "1024 (kilobytes)",
    2**20: "1024² (megabytes)",
    2**30: "1024³ (gigabytes)",
}


# ---- along the axes of an answer


def _share(y, axis):
    return y / y.sum(axis, keepdims=True)


def _softmax(y, axis):
    power = np.exp(y - y.max(axis, keepdims=True))
    return _share(power, axis)


ALONG = {
    "what is right in reverse order along axis {}": np.flip,
    "what is right, moved on by one along axis {}": lambda y, axis: np.roll(y, 1, axis),
    "what is right, moved back by one along axis {}": lambda y, axis: np.roll(y, -1, axis),
    "the running sum (cumsum) of what is right along axis {}": np.cumsum,
    "the running product (cumprod) of what is right along axis {}, once more": np.cumprod,
    "softmax over what is right along axis {}": _softmax,
    "what is right, divided by its sum along axis {}": _share,
    "what is right, divided by its mean along axis {}":
        lambda y, axis: y / y.mean(axis, keepdims=True),
    "what is right, divided by its largest value along axis {}":
        lambda y, axis: y / y.max(axis, keepdims=True),
    "what is right, divided by its length (norm) along axis {}":
        lambda y, axis: y / np.linalg.norm(y, axis=axis, keepdims=True),
    "what is right, multiplied by its length (norm) along axis {}":
        lambda y, axis: y * np.linalg.norm(y, axis=axis, keepdims=True),
    "what is right, multiplied by its mean along axis {}":
        lambda y, axis: y * y.mean(axis, keepdims=True),
    "the running largest of what is right along axis {}":
        lambda y, axis: np.maximum.accumulate(y, axis),
    "the running smallest of what is right along axis {}":
        lambda y, axis: np.minimum.accumulate(y, axis),
    "what is right, less its mean along axis {}": lambda y, axis: y - y.mean(axis, keepdims=True),
    "what is right, sorted along axis {}": np.sort,
    "what is right, sorted along axis {}, the largest first":
        lambda y, axis: np.flip(np.sort(y, axis), axis),
    "the steps between neighbours of what is right along axis {}": np.diff,
    "what is right without its first along axis {}": lambda y, axis: np.delete(y, 0, axis),
    "what is right without its last along axis {}": lambda y, axis: np.delete(y, -1, axis),
    "the first of what is right along axis {}, for all":
        lambda y, axis: np.broadcast_to(y.take([0], axis), y.shape),
    "the last of what is right along axis {}, for all":
        lambda y, axis: np.broadcast_to(y.take([-1], axis), y.shape),
    "every second of what is right along axis {}":
        lambda y, axis: y.take(range(0, y.shape[axis], 2), axis),
}
# What becomes of several numbers along axes: one.
TOGETHER = {
    "the mean over {}": np.mean,
    "the sum over {}": np.sum,
    "the product over {}": np.prod,
    "the median over {}": np.median,
    "the standard deviation over {}": np.std,
    "the length (norm) over {}": lambda y, axis: np.sqrt(np.square(y).sum(axis)),
    "the first alone along {}": lambda y, axis: _at(y, 0, axis),
    "the last alone along {}": lambda y, axis: _at(y, -1, axis),
    "the largest over {}": np.max,
    "the smallest over {}": np.min,
}
# fmt: on


def _at(y, position, axes):
    for axis in sorted(axes, reverse=True):
        y = y.take(position, axis)
    return y


def axes_of(n, most=3):
    """Every choice of up to `most` of n axes, as tuples, small ones first."""
    return [axes for k in range(1, min(n, most) + 1) for axes in combinations(range(n), k)]


def in_words(axes):
    """axis 1; axes 2 and 3."""
    return f"ax{'e' if len(axes) > 1 else 'i'}s {' and '.join(map(str, axes))}"


def of_answers(ndim):
    """(words, array -> array) for right arrays of so many axes."""
    yield from EACH.items()
    for digits in range(4):
        yield ROUNDED, lambda y, d=digits: np.round(y, d)
        yield ROUNDED, lambda y, d=digits: np.trunc(y * 10**d) / 10**d
    yield from _moved(ndim)
    for axis in range(ndim):
        for words, change in ALONG.items():
            yield words.format(axis), lambda y, f=change, a=axis: f(y, a)
        for order in (*permutations(range(3)), *permutations(range(4))):
            yield (
                f"the right numbers in another order along axis {axis}: {list(order)}",
                lambda y, a=axis, o=order: _ordered(y, a, o),
            )
    for axes in axes_of(ndim):
        for words, change in TOGETHER.items():
            words = words.format(in_words(axes))
            yield f"{words} of what is right", lambda y, f=change, a=axes: f(y, axis=a)
            yield (
                f"{words} of what is right, with axes of 1 in their place",
                lambda y, f=change, a=axes: np.expand_dims(f(y, axis=a), a),
            )
            yield (
                f"{words} of what is right, at every place",
                lambda y, f=change, a=axes: _spread(f(y, axis=a), y, a),
            )


def of_parts(ndim):
    """(words, array -> array) for what one stage of a formula gives, of up to so many axes."""
    yield from EACH.items()
    yield from (
        ("half of what is right", lambda y: y / 2),
        ("twice what is right", lambda y: 2 * y),
    )
    for digits in range(3):
        yield ROUNDED, lambda y, d=digits: np.round(y, d)
    ends = [(None, end) for end in ENDS] + [(end, None) for end in ENDS]
    ends += [(-end, end) for end in ENDS]
    for low, high in ((0, None), (None, 0), (0, 1), *ends):
        ends = " and ".join(str(end) for end in (low, high) if end is not None)
        words = f"at least {ends}" if high is None else f"cut off at {ends}"
        yield (
            f"what is right, {words} (clamp)",
            lambda y, low=low, high=high: np.clip(y, low, high),
        )
    for axis in range(ndim):
        for words, change in ALONG.items():
            yield words.format(axis), lambda y, f=change, a=axis: f(y, a)
    for axes in axes_of(ndim):
        for words, change in TOGETHER.items():
            yield (
                f"{words.format(in_words(axes))} of what is right, at every place",
                lambda y, f=change, a=axes: _spread(f(y, axis=a), y, a),
            )


def _spread(less, y, axes):
    return np.broadcast_to(np.expand_dims(less, axes), y.shape)


def _ordered(y, axis, order):
    if y.shape[axis] != len(order):
        raise ValueError("another number of places")
    return y.take(order, axis)


PLACES = "the right numbers in other places"


def _joined(y, axis, other):
    return np.concatenate(np.split(y, y.shape[axis], axis), other)


def _moved(ndim):
    """Axes in another order, and numbers that were read in another order than they lie."""
    for axis, other in permutations(range(ndim), 2):
        yield (
            f"the right numbers, joined along another axis: cat or stack along axis {axis}",
            lambda y, a=axis, o=other: _joined(y, a, o),
        )
    for order in permutations(range(ndim)) if ndim < 6 else ():
        if order == tuple(range(ndim)):
            continue
        back = tuple(np.argsort(order).tolist())
        yield (
            f"the right numbers, but the axes stand in another order: permute{back} puts them "
            "right",
            lambda y, o=order: y.transpose(o),
        )
        yield (
            f"{PLACES}: view and reshape keep the order in memory and exchange no axes; permute or "
            f"transpose does (here permute{order})",
            lambda y, o=order: Read(y.transpose(o)),
        )


class Read:
    """Numbers in the order in which they are read, whatever their shape."""

    def __init__(self, array):
        self.array = array


# ---- one input at a time

# fmt: off
EXCHANGED = {
    "the sign of {x}: minus where plus belongs, or the reverse": lambda x: -x,
    "{x} is not used, as if it were 0": lambda x: 0 * x,
    "{x} is not used, as if it were 1": lambda x: 0 * x + 1,
    "{x} is squared, but should not be": lambda x: x * x,
    "the root of {x}, but {x} itself belongs there": lambda x: x**0.5,
    "1 - {x}, but {x} itself belongs there": lambda x: 1 - x,
    "1 / {x}, but {x} itself belongs there: a product in the place of a quotient, or the reverse":
        lambda x: 1 / x,
    "{x} without its sign": abs,
    "half of {x}": lambda x: x / 2,
    "twice {x}": lambda x: 2 * x,
    "{x} + 1, but {x} itself belongs there": lambda x: x + 1,
    "{x} - 1, but {x} itself belongs there": lambda x: x - 1,
}
ARRAYS = {  # of tensors with numbers that are not counted
    "{x} is multiplied by 110": lambda x: 110 * x,
    "{x} is divided by 110": lambda x: x / 110,
    "{x} is divided by 255": lambda x: x / 255,
    "{x} is rounded": torch.round,
    "{x} is rounded down (floor, //)": torch.floor,
    "exp of {x}, but {x} itself belongs there": torch.exp,
    "negative numbers of {x} have become 0": torch.relu,
    "{x} is cut off at 0 and 1": lambda x: x.clamp(0, 1),
    "the signs of {x} alone": torch.sign,
    "the running product (cumprod) of {x}, but {x} itself belongs there": lambda x: x.cumprod(0),
    "the running product (cumprod) of 1 - {x}, but {x} itself belongs there":
        lambda x: (1 - x).cumprod(0),
    "the running sum (cumsum) of {x}, but {x} itself belongs there": lambda x: x.cumsum(0),
    "softmax of {x} (last axis)": lambda x: x.softmax(-1),
    "{x} is divided by its sum": lambda x: x / x.sum(),
    "{x} is divided by its largest value": lambda x: x / x.max(),
    "{x} is divided by its length (norm) along the last axis":
        lambda x: x / x.norm(dim=-1, keepdim=True),
    "{x} is divided by its length (norm) along axis 1": lambda x: x / x.norm(dim=1, keepdim=True),
    "{x} is divided by its sum along the last axis": lambda x: x / x.sum(-1, keepdim=True),
    "{x} less its mean": lambda x: x - x.mean(),
    "{x} less its mean along axis 0": lambda x: x - x.mean(0, keepdim=True),
    "{x} less its mean along axis 1": lambda x: x - x.mean(1, keepdim=True),
    "{x} less each picture's mean": lambda x: x - x.mean((-2, -1), keepdim=True),
    "{x} less its mean along the last axis": lambda x: x - x.mean(-1, keepdim=True),
    "{x} is normalised: its mean is taken away and it is divided by its spread":
        lambda x: (x - x.mean()) / x.std(),
}
ENDS = (0.01, 0.05, 0.1, 0.2, 0.5, 0.9, 1, 2)  # at which numbers are often cut off
for _end in ENDS:
    ARRAYS |= {
        f"{{x}} is cut off at {_end}": lambda x, end=_end: x.clamp(max=end),
        f"{{x}} is at least {_end}": lambda x, end=_end: x.clamp(min=end),
        f"{{x}} is cut off at {-_end} and {_end}": lambda x, end=_end: x.clamp(-end, end),
    }
ORDERS = {  # of all tensors
    "{x} in reverse order (axis 0)": lambda x: x.flip(0),
    "{x} in reverse order (axis 1)": lambda x: x.flip(1),
    "{x} upside down (axis 2)": lambda x: x.flip(2),
    "{x} mirrored (axis 3)": lambda x: x.flip(3),
    "{x} is sorted (axis 0)": lambda x: x.sort(0).values,
    "{x} is sorted (axis 1)": lambda x: x.sort(1).values,
    "the first of {x} for all": lambda x: x[:1].expand_as(x),
    "the last of {x} for all": lambda x: x[-1:].expand_as(x),
    "the first channel of {x} for all": lambda x: x[:, :1].expand_as(x),
    "the last channel of {x} for all": lambda x: x[:, -1:].expand_as(x),
    "the first row of {x} for all rows": lambda x: x[..., :1, :].expand_as(x),
    "the first column of {x} for all columns": lambda x: x[..., :1].expand_as(x),
    "the first pixel of {x} for all": lambda x: x[..., :1, :1].expand_as(x),
    "{x} is moved on by one (axis 0)": lambda x: x.roll(1, 0),
    "{x} is moved back by one (axis 0)": lambda x: x.roll(-1, 0),
    "{x} with its last two axes exchanged": lambda x: x.transpose(-1, -2),
    "{x} is read in another order: view or reshape where transpose belongs":
        lambda x: x.transpose(-1, -2).reshape(x.shape),
    "{x} is read in another order: view or reshape where permute belongs":
        lambda x: x.permute(0, 2, 3, 1).reshape(x.shape),
}
WHOLE = {  # of counted numbers, such as times
    "{x} is off by one ({x} - 1)": lambda x: x - 1,
    "{x} is off by one ({x} + 1)": lambda x: x + 1,
    "{x} is 0 throughout": lambda x: 0 * x,
    "the square of {x}": lambda x: x * x,
    "half of {x}": lambda x: x // 2,
    "twice {x}": lambda x: 2 * x,
}
TRUTHS = {
    "{x} is turned round": lambda x: ~x,
    "{x} is not used, as if it were True": torch.ones_like,
    "{x} is not used, as if it were False": torch.zeros_like,
    "{x} of any picture for all": lambda x: x.any(0, keepdim=True).expand_as(x),
    "{x} of all pictures together": lambda x: x.all(0, keepdim=True).expand_as(x),
}
# fmt: on


def of_inputs(case):
    """(words, case -> another case) for every argument that can be changed so."""
    for name, value in case.items():
        for words, change in _changes(value):
            yield words.format(x=f"`{name}`"), _one(name, change)
    for one, other in combinations(case, 2):
        if _of_kind(case[one], case[other]):
            for words, change in TOGETHER_CHANGED.items():
                yield words.format(x=f"`{one}`", y=f"`{other}`"), _both(one, other, change)
    for one, other in permutations(case, 2):
        if _alike(case[one], case[other]):
            yield f"`{other}` stands in the place of `{one}`", _replace(one, other)
            if one < other:
                yield f"`{one}` and `{other}` have changed places", _swap(one, other)


def _changes(value):
    if isinstance(value, np.ndarray):
        return [
            (words, lambda x, f=change: f(torch.from_numpy(x.astype(float))).numpy())
            for words, change in _changes(torch.from_numpy(value.astype(float)))
        ]
    if torch.is_tensor(value):
        by_kind = EXCHANGED | ARRAYS | _means(value.ndim)
        if value.dtype == torch.bool:
            by_kind = TRUTHS
        elif not value.is_floating_point():
            by_kind = WHOLE
        return [*by_kind.items(), *ORDERS.items()]
    if isinstance(value, int) and not isinstance(value, bool):
        return list(WHOLE.items())
    return list(EXCHANGED.items()) if isinstance(value, float) else []


def _means(ndim):
    return {
        f"the mean of {{x}} over {in_words(axes)}, not {{x}} itself": (
            lambda x, a=axes: x.mean(a, keepdim=True).expand_as(x)
        )
        for axes in axes_of(ndim, most=4)
    }


TOGETHER_CHANGED = {
    "{x} and {y} without their signs": torch.abs,
    "negative numbers of {x} and {y} have become 0": torch.relu,
    "{x} and {y} are squared": torch.square,
    "{x} and {y} are rounded": torch.round,
    "{x} and {y} are multiplied by 110": lambda x: 110 * x,
    "{x} and {y} are divided by 110": lambda x: x / 110,
    "{x} and {y} are divided by 255": lambda x: x / 255,
    "{x} and {y} are divided by their lengths (last axis)": lambda x: (
        x / x.norm(dim=-1, keepdim=True)
    ),
    "{x} and {y} are divided by their lengths (axis 1)": lambda x: x / x.norm(dim=1, keepdim=True),
    "{x} and {y} less their means": lambda x: x - x.mean(),
    "{x} and {y} less their means along the last axis": lambda x: x - x.mean(-1, keepdim=True),
}


def _both(one, other, change):
    return lambda case: case | {one: change(case[one]), other: change(case[other])}


def _of_kind(x, y):
    numbers = all(torch.is_tensor(z) and z.is_floating_point() for z in (x, y))
    return numbers and x.ndim == y.ndim


def _one(name, change):
    return lambda case: case | {name: change(case[name])}


def _replace(one, other):
    return lambda case: case | {one: case[other]}


def _swap(one, other):
    return lambda case: case | {one: case[other], other: case[one]}


def _alike(x, y):
    shapes = [tuple(z.shape) if hasattr(z, "shape") else type(z) for z in (x, y)]
    return shapes[0] == shapes[1] and not callable(x)


WITH = {
    "{x} is added to what is right": np.add,
    "{x} is taken away from what is right": np.subtract,
    "what is right is taken away from {x}": lambda y, x: x - y,
    "what is right is multiplied by {x}": np.multiply,
    "what is right is divided by {x}": np.divide,
    "the mean of what is right and {x}": lambda y, x: (y + x) / 2,
    "the larger of what is right and {x}": np.maximum,
    "the smaller of what is right and {x}": np.minimum,
}


def with_inputs(case):
    """(words, name, (answer, input) -> array) for arguments that may have met the right answer."""
    for name, value in case.items():
        if torch.is_tensor(value) and value.is_floating_point():
            for words, change in WITH.items():
                yield words.format(x=f"`{name}`"), name, change


# ---- factors


def of_sizes(case):
    """(words, factor) for what the sizes of the arguments multiply by, or divide by."""
    sizes = {}
    for name, value in case.items():
        shape = tuple(getattr(value, "shape", ()))
        for axes in axes_of(len(shape), most=4):
            n = int(np.prod([shape[axis] for axis in axes]))
            sizes[name, axes] = n
    for (name, axes), n in sizes.items():
        where = f"how many there are along {in_words(axes)} of `{name}` (here {n})"
        yield f"too large by {where}: a sum where a mean belongs", n
        yield f"too small by {where}: a mean where a sum belongs", 1 / n
        yield f"too large by the root of {where}", n**0.5
        yield f"too small by the root of {where}", n**-0.5
        if n > 1:
            yield f"divided by one less than {where}", n / (n - 1)
            yield f"as if divided by one less than {where}, in a root", (n / (n - 1)) ** 0.5
            yield f"divided by one more than {where}", n / (n + 1)
            yield f"divided by the logarithm of {where}", 1 / np.log(n)
            yield f"multiplied by the logarithm of {where}", np.log(n)
    for name, value in case.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value:
            yield f"multiplied by `{name}`", value
            yield f"divided by `{name}`", 1 / value
            yield f"multiplied by the root of `{name}`", abs(value) ** 0.5
            yield f"divided by the root of `{name}`", abs(value) ** -0.5
            yield f"multiplied by the square of `{name}`", value**2
            yield f"divided by the square of `{name}`", value**-2
