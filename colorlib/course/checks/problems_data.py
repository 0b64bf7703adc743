"""Checks of problem set 1 (notebooks/assignments/) for pictures of 8-bit numbers."""

import numpy as np

from colorlib.course.checks.asked import ASKED
from colorlib.course.checks.judging import RIGHT, check, combined
from colorlib.course.checks.stages import of_arrays, reduced

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off

# ---- seen_before


MIRRORS = {  # of the training pictures (M, H, W, 3): all that a test picture is compared with
    RIGHT: lambda x: [x, x[:, :, ::-1]],
    "mirrored pictures are not found: compare with x[:, :, ::-1], too": lambda x: [x],
    "mirrored top to bottom (axis 1); left to right is axis 2": lambda x: [x, x[:, ::-1]],
    "red and blue are exchanged (axis 3); left to right is axis 2": lambda x: [x, x[..., ::-1]],
    "mirrored top to bottom, too": lambda x: [x, x[:, :, ::-1], x[:, ::-1]],
}


def _pairs(test, train, change=lambda x: x):
    """Differences of every test picture with every training picture: (N, M, H, W, 3)."""
    return change(test)[:, None] - change(train)[None]


def _float(x):
    return x.astype(float)


OVER = (2, 3, 4)
MEASURES = {  # (N, M) of test and train
    RIGHT: lambda x, y: np.abs(_pairs(x, y, _float)).mean(OVER),
    "8-bit numbers wrap round, 3 - 5 is 254: convert to float first":
        lambda x, y: np.abs(_pairs(x, y)).mean(OVER),
    "8-bit numbers wrap round before they become float: convert first":
        lambda x, y: np.abs(_pairs(x, y).astype(float)).mean(OVER),
    "int8 ends at 127: convert to float": lambda x, y: np.abs(
        _pairs(x, y, lambda z: z.astype(np.int8)).astype(float)
    ).mean(OVER),
    "the pictures' means are compared, where + and - cancel: first abs, then the mean":
        lambda x, y: np.abs(_pairs(x, y, _float).mean(OVER)),
    "the mean square of the difference, not of its size":
        lambda x, y: (_pairs(x, y, _float) ** 2).mean(OVER),
    "the largest difference, not the mean": lambda x, y: np.abs(_pairs(x, y, _float)).max(OVER),
    "the sum of the differences, not the mean": lambda x, y: np.abs(_pairs(x, y, _float)).sum(OVER),
    "divided by 255: the limit is on the scale 0..255":
        lambda x, y: np.abs(_pairs(x, y, _float)).mean(OVER) / 255,
    "the first channel alone": lambda x, y: np.abs(_pairs(x, y, _float)[..., 0]).mean((2, 3)),
    "every pixel must be equal; near is enough":
        lambda x, y: np.where(np.abs(_pairs(x, y, _float)).max(OVER) > 0, 1e9, 0),
}
VERDICTS = {  # of the distances (N, M), those of the nearest mirror image
    RIGHT: lambda d, limit: (d <= limit).any(1),
    "below the limit alone; at most the limit (<=) is wanted": lambda d, limit: (d < limit).any(1),
    "more than one training picture has to be near; one is enough":
        lambda d, limit: (d <= limit).sum(1) > 1,
    "half of the limit": lambda d, limit: (d <= limit / 2).any(1),
    "one answer for each training picture; each test picture has one":
        lambda d, limit: (d <= limit).any(0),
    "turned round: True is for those seen before": lambda d, limit: (d > limit).all(1),
    "turned round, with any: True is for those seen before": lambda d, limit: (d > limit).any(1),
    "an answer for each pair; any(axis=1) makes one for each test picture":
        lambda d, limit: d <= limit,
    "how many training pictures are near; whether there is one is asked":
        lambda d, limit: (d <= limit).sum(1),
    "one answer for all test pictures; each has its own": lambda d, limit: (d <= limit).any(),
    "the distance to the nearest one; whether it is at most the limit is asked":
        lambda d, limit: d.min(1),
    "which training picture is nearest; whether it is near enough is asked":
        lambda d, limit: d.argmin(1),
    "which test pictures were seen; a truth for each is asked":
        lambda d, limit: np.flatnonzero((d <= limit).any(1)),
    "the last training picture is left out": lambda d, limit: (d[:, :-1] <= limit).any(1),
    "the last training picture alone": lambda d, limit: d[:, -1] <= limit,
}


def _seen(mirror, measure, verdict):
    def variant(train, test, limit):
        return verdict(np.min([measure(test, x) for x in mirror(train)], axis=0), limit)

    return variant


def _near_in(some):
    """Near in some channels, or in every one, by its own mean."""

    def variant(train, test, limit):
        x = np.concatenate([train, train[:, :, ::-1]])
        return some(np.abs(_pairs(test, x, _float)).mean((2, 3)) <= limit, 2).any(1)

    return variant


SEEN_BEFORE = combined(_seen, MIRRORS, MEASURES, VERDICTS) | {
    "every channel by itself has to be near; the mean goes over all three": _near_in(np.all),
    "training and test pictures are exchanged": lambda train, test, limit: _seen(
        MIRRORS[RIGHT], MEASURES[RIGHT], VERDICTS[RIGHT]
    )(test, train, limit),
}


def _moved(rng, picture, kind):
    """A test picture made of a training picture."""
    x, noise = picture.astype(int), rng.integers(-2, 3, picture.shape)
    one = np.zeros_like(x)
    one[0, 0] = 120 - 240 * (x[0, 0] > 127)
    speck = np.zeros_like(x)
    speck[-1, 0, 1] = 2
    halves = np.where(np.arange(x.size).reshape(x.shape) % 2, 30, -30)
    made = {
        "near": x + noise, "mirrored": (x + noise)[:, ::-1], "upside down": (x + noise)[::-1],
        "turned": (x + noise)[::-1, ::-1], "blue": (x + noise)[..., ::-1], "darker": x - 4,
        "lighter": x + 4, "one pixel": x + one, "the same mean": x + halves, "brighter": x + 25,
        "darker, mirrored": x[:, ::-1] - 4,
        "edge": np.concatenate([x[:, :-1], 255 - x[:, -1:]], 1),
        "a shade": np.where(x > 127, x - 12, x + 12), "speck": x + speck,
        "reddish": x + np.array([9, 0, 0]),
        "new": rng.integers(30, 220, x.shape),
    }
    return np.clip(made[kind], 0, 255).astype(np.uint8)


KINDS = ("near", "mirrored", "upside down", "turned", "blue", "darker", "lighter", "one pixel")
KINDS += ("the same mean", "brighter", "a shade", "edge", "speck", "reddish", "new")
KINDS += ("darker, mirrored",)


@check(SEEN_BEFORE, conventions=ASKED["seen_before"])
def seen_before(seeded):
    """student(train (M, H, W, 3), test (N, H, W, 3), both uint8, limit) -> (N,) of True and False.

    Whether some training picture, as it is or mirrored left to right, differs from the test picture
    by at most `limit`: the mean of |difference| over pixels and channels.
    """
    cases = []
    for m, height, width, limit in ((3, 6, 7, 4), (4, 5, 5, 4.0), (2, 5, 6, 30), (3, 6, 5, 0)):
        train = seeded.rng.integers(30, 220, (m, height, width, 3), dtype=np.uint8)
        train[-1] = seeded.rng.integers(0, 2, (height, width, 3))  # nearly black
        train = np.insert(train, 1, train[m - 2], 0)  # and one twice: neither first nor last alone
        test = [_moved(seeded.rng, train[i % (m + 1)], kind) for i, kind in enumerate(KINDS)]
        test += [train[0], train[0][:, ::-1], 255 - train[-1], train[-1]]
        order = seeded.rng.permutation(len(test))
        cases.append({"train": train, "test": np.stack(test)[order], "limit": limit})
    return cases


# ---- worst_block


def _square(x, y, power=2):
    return np.abs(x.astype(float) - y) ** power  # (N, H, W, 3)


ERRORS = {  # (N, H, W) of truth and guess
    RIGHT: lambda x, y: _square(x, y).mean(-1),
    "8-bit numbers wrap round, 3 - 5 is 254: convert to float first":
        lambda x, y: ((x - y) ** 2).mean(-1),
    "converted to float after the subtraction, when 3 - 5 is 254 already":
        lambda x, y: ((x - y).astype(float) ** 2).mean(-1),
    "int16 holds the difference, but the square does not fit: its largest number is 32767":
        lambda x, y: ((x.astype(np.int16) - y) ** 2).mean(-1),
    "the mean of |difference|, not of its square": lambda x, y: _square(x, y, 1).mean(-1),
    "the square is missing": lambda x, y: (x.astype(float) - y).mean(-1),
    "the sum over the channels, not the mean": lambda x, y: _square(x, y).sum(-1),
    "the largest channel, not the mean": lambda x, y: _square(x, y).max(-1),
    "the first channel alone": lambda x, y: _square(x, y)[..., 0],
    "the sum over the channels before the square": lambda x, y: (x.astype(float) - y).sum(-1) ** 2,
    "on the scale 0..1; 0..255 is wanted": lambda x, y: _square(x, y).mean(-1) / 255**2,
    "the length of a pixel's difference, not its square":
        lambda x, y: np.sqrt(_square(x, y).sum(-1)),
    "the truth's own square; guess is not used": lambda x, y: (x.astype(float) ** 2).mean(-1),
}


def _cut(e, s):
    """(N, H, W) to blocks (N, H / s, s, W / s, s)."""
    n, height, width = e.shape
    return e.reshape(n, height // s, s, width // s, s)


def _slide(e, s):
    return np.lib.stride_tricks.sliding_window_view(e, (s, s), (1, 2)).mean((3, 4))


ERRORS |= reduced(
    "the channels", "mean", lambda f: lambda x, y: of_arrays(f)(_square(x, y), -1)
)


BLOCKS = {  # of the errors (N, H, W) and size: (N, rows, columns of blocks)
    RIGHT: lambda e, s: _cut(e, s).mean((2, 4)),
    "reshaped at once to (N, H / size, W / size, size, size): that cuts rows, not blocks":
        lambda e, s: e.reshape(len(e), e.shape[1] // s, e.shape[2] // s, s, s).mean((3, 4)),
    "size × size blocks; blocks of size × size pixels are wanted": lambda e, s: e.reshape(
        len(e), s, e.shape[1] // s, s, e.shape[2] // s
    ).mean((2, 4)) if e.shape[1] % s == e.shape[2] % s == 0 else 0 * e,
    "the mean over the blocks (axes 1 and 3), not within them (axes 2 and 4)":
        lambda e, s: _cut(e, s).mean((1, 3)),
    "every size-th pixel (::size), not the mean of the block": lambda e, s: e[:, ::s, ::s],
    "the sum of each block, not its mean": lambda e, s: _cut(e, s).sum((2, 4)),
    "the block's sum divided by size once; it has size² pixels":
        lambda e, s: _cut(e, s).sum((2, 4)) / s,
    "the largest pixel of each block, not its mean": lambda e, s: _cut(e, s).max((2, 4)),
    "the median of each block, not its mean": lambda e, s: np.median(_cut(e, s), axis=(2, 4)),
    "bands of whole rows; a block is as wide as it is high":
        lambda e, s: _cut(e, s).mean((2, 3, 4))[..., None],
    "bands of whole columns; a block is as wide as it is high":
        lambda e, s: _cut(e, s).mean((1, 2, 4))[:, None],
    "windows at every pixel; blocks lie side by side": _slide,
    "single pixels: size is not used": lambda e, s: e,
    "the blocks of the last row or column are left out":
        lambda e, s: _cut(e, s).mean((2, 4))[:, : max(e.shape[1] // s - 1, 1),
                                             : max(e.shape[2] // s - 1, 1)],
    "the first block alone": lambda e, s: _cut(e, s).mean((2, 4))[:, :1, :1],
}
BLOCKS |= reduced(
    "the pixels of a block", "mean", lambda f: lambda e, s: of_arrays(f)(_cut(e, s), (2, 4))
)
WORSTS = {  # of the blocks' errors
    RIGHT: lambda b: b.max((1, 2)),
    "the mean of the blocks is the picture's MSE; the largest is wanted": lambda b: b.mean((1, 2)),
    "the smallest block, not the largest": lambda b: b.min((1, 2)),
    "one number for all pictures; each has its own": lambda b: b.max(),
    "the largest over the pictures, too (axis 0); each has its own": lambda b: b.max(0),
    "one number for each column of blocks": lambda b: b.max(1),
    "one number for each row of blocks": lambda b: b.max(2),
    "which block it is; its error is asked": lambda b: b.reshape(len(b), -1).argmax(1),
    "the errors of all blocks; the largest of each picture is wanted": lambda b: b,
    "the root of the MSE": lambda b: np.sqrt(b.max((1, 2))),
    "the spread of the blocks, not the largest": lambda b: b.std((1, 2)),
    "the largest less the smallest": lambda b: np.ptp(b, (1, 2)),
    "the worst block's share of the whole": lambda b: b.max((1, 2)) / b.sum((1, 2)),
}


WORSTS |= reduced("the blocks", "largest", lambda f: lambda b: of_arrays(f)(b, (1, 2))) | {
}


def _worst(error, block, worst):
    return lambda truth, guess, size: worst(block(error(truth, guess), size))


WORST_BLOCK = combined(
    _worst, ERRORS, BLOCKS, WORSTS, names=("the squared errors", "the blocks' errors")
) | {
    "the worst channel of a block; the mean over the channels is wanted": lambda x, y, s: np.max(
        [_cut(_square(x, y)[..., c], s).mean((2, 4)) for c in range(3)], 0
    ).max((1, 2)),
}


@check(WORST_BLOCK, tolerance=1e-5, conventions=ASKED["worst_block"])
def worst_block(seeded):
    """student(truth, guess, both uint8 (N, H, W, 3), size) -> (N,): the MSE of the worst block.

    Blocks of size × size pixels lie side by side, and size divides both sides; each block's mean
    over its pixels and channels of the squared difference, and the largest of each picture.
    """
    cases = []
    for n, height, width, size in ((4, 6, 12, 3), (2, 8, 4, 2), (3, 4, 8, 4), (2, 3, 5, 1)):
        truth, guess = seeded.rng.integers(0, 256, (2, n, height, width, 3), dtype=np.uint8)
        cases.append({"truth": truth, "guess": guess, "size": size})
    return cases
