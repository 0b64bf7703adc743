"""Checks of lesson 03: the colour prior, its way into the network, its printed magnitude."""

import math

import torch

from colorlib import prior
from colorlib.course.checks.judging import RIGHT, check, combined
from colorlib.course.checks.stages import Table, part, reduced

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off


def _std(ab, correction=0):
    return ab.var((2, 3), correction=correction).sqrt()  # (B, 2)


def _centred(ab):
    return ab - ab.mean((2, 3), keepdim=True)


def _over_batch(ab):
    """The prior of all pixels of the batch as one picture, (1, 4)."""
    return prior.color_prior(ab.transpose(0, 1).flatten(1)[None, :, :, None])  # (1, 2, B*H*W, 1)


SPREADS = {
    RIGHT: lambda ab: _std(ab).sum(1),
    "the variance, not its square root": lambda ab: _std(ab).square().sum(1),
    "the standard deviation divides by N - 1, which fails for one pixel: torch.std(..., "
    "correction=0)":
        lambda ab: _std(ab, 1).sum(1),
    "the variance, not its square root, divided by N - 1": lambda ab: _std(ab, 1).square().sum(1),
    "the mean of the two standard deviations; their sum is wanted": lambda ab: _std(ab).mean(1),
    "one standard deviation over a and b together; each has its own":
        lambda ab: ab.flatten(1).std(1, correction=0),
    "one standard deviation over a and b together, divided by N - 1":
        lambda ab: ab.flatten(1).std(1),
    "the standard deviation of a alone": lambda ab: _std(ab)[:, 0],
    "the standard deviation of b alone": lambda ab: _std(ab)[:, 1],
    "the root of the summed variances; the sum of the two roots is wanted":
        lambda ab: _std(ab).norm(dim=1),
    "the mean absolute deviation, not the standard deviation":
        lambda ab: _centred(ab).abs().mean((2, 3)).sum(1),
    "one standard deviation over the whole batch, divided by N - 1":
        lambda ab: ab.std((0, 2, 3)).sum().expand(len(ab)),
    "the mean of the whole batch is subtracted; each picture has its own":
        lambda ab: (ab - ab.mean((0, 2, 3), keepdim=True)).square().mean((2, 3)).sqrt().sum(1),
    "the difference of the two standard deviations; their sum is wanted":
        lambda ab: _std(ab)[:, 0] - _std(ab)[:, 1],
    "the standard deviation of a + b; each has its own": lambda ab: ab.sum(1).std((1, 2), False),
    "the spread between a and b (axis 1); it is the one over the pixels":
        lambda ab: ab.std(1).mean((1, 2)),
    "the spread between a and b (axis 1); it is the one over the pixels (divided by N)":
        lambda ab: ab.std(1, False).mean((1, 2)),
    "the spread over the rows (axis 2) alone": lambda ab: ab.std(2, False).mean(2).sum(1),
    "the standard deviation divides by N - 1, and NaN was replaced by 0":
        lambda ab: _std(ab, 1).sum(1).nan_to_num(0),
}
MAGNITUDES = {
    RIGHT: lambda ab: ab.norm(dim=1).mean((1, 2)),
    "one norm over all pixels divided by H·W, as the paper prints it: it shrinks with the "
    "resolution":
        lambda ab: prior.color_prior(ab, magnitude="paper")[:, 3],
    "a² + b² without the square root": lambda ab: ab.square().sum(1).mean((1, 2)),
    "|a| + |b| instead of sqrt(a² + b²)": lambda ab: ab.abs().sum(1).mean((1, 2)),
    "a + b instead of sqrt(a² + b²)": lambda ab: ab.sum(1).mean((1, 2)),
    "the sum over pixels, not the mean": lambda ab: ab.norm(dim=1).sum((1, 2)),
    "the root of the mean square; first the root, then the mean":
        lambda ab: ab.square().sum(1).mean((1, 2)).sqrt(),
    "the length of the mean colour; the mean length is wanted":
        lambda ab: ab.mean((2, 3)).norm(dim=1),
    "the norm over the wrong axis: over a and b, axis 1, not over the rows":
        lambda ab: ab.norm(dim=2).mean((1, 2)),
    "the norm over the wrong axis: over a and b, axis 1, not over the columns":
        lambda ab: ab.norm(dim=3).mean((1, 2)),
    "the norm over the wrong axis: over a and b, axis 1, not over the pixels":
        lambda ab: ab.flatten(2).norm(dim=2).mean(1),
    "the mean is subtracted before the length; a tint has a length, too":
        lambda ab: _centred(ab).norm(dim=1).mean((1, 2)),
    "one mean over the whole batch; each picture has its own":
        lambda ab: ab.norm(dim=1).mean().expand(len(ab)),
    "the length of a alone": lambda ab: ab[:, 0].abs().mean((1, 2)),
    "the length of b alone": lambda ab: ab[:, 1].abs().mean((1, 2)),
    "b is not squared: sqrt(a² + b)":
        lambda ab: (ab[:, 0] ** 2 + ab[:, 1]).sqrt().mean((1, 2)),
    "b is not squared: sqrt(a² + b), and NaN was replaced by 0":
        lambda ab: (ab[:, 0] ** 2 + ab[:, 1]).sqrt().nan_to_num(0).mean((1, 2)),
    "the square of the sum: sqrt((a + b)²) is |a + b|": lambda ab: ab.sum(1).square().mean((1, 2)),
    "the mean length is squared": lambda ab: ab.norm(dim=1).mean((1, 2)) ** 2,
    "the root is taken twice": lambda ab: ab.norm(dim=1).sqrt().mean((1, 2)),
    "sqrt(a² - b²): plus": lambda ab: (ab[:, 0] ** 2 - ab[:, 1] ** 2).sqrt().mean((1, 2)),
    "one norm over all pixels, divided by the number of numbers (2 H W)":
        lambda ab: ab.flatten(1).norm(dim=1) / ab[0].numel(),
    "the largest length; the mean is wanted": lambda ab: ab.norm(dim=1).amax((1, 2)),
}


MEANS = {
    RIGHT: lambda ab: ab.mean((2, 3)),
    "the means lost their sign: the mean of a itself, not its size":
        lambda ab: ab.mean((2, 3)).abs(),
    "the means of |a| and |b|; a and b keep their signs": lambda ab: ab.abs().mean((2, 3)),
    "the means of the whole batch; each picture has its own":
        lambda ab: ab.mean((0, 2, 3)).expand(len(ab), 2),
    "sums over the pixels, not means": lambda ab: ab.sum((2, 3)),
    "the means of the squares": lambda ab: ab.square().mean((2, 3)),
    "a and b are swapped in the means": lambda ab: ab.mean((2, 3)).flip(1),
    "the largest a and b, not the means": lambda ab: ab.amax((2, 3)),
}


def _prior(mean, spread, magnitude):
    return lambda ab: torch.cat([mean(ab), spread(ab)[:, None], magnitude(ab)[:, None]], dim=1)


def _with(place, part):
    """The right prior, with another part in one place."""
    parts = [MEANS[RIGHT], SPREADS[RIGHT], MAGNITUDES[RIGHT]]
    parts[place] = part
    return _prior(*parts)


OVER = (
    reduced("the pixels in the means", "mean", lambda f: _with(0, lambda ab: f(ab, (2, 3))))
    | reduced("a and b in the spread", "sum", lambda f: _with(1, lambda ab: f(_std(ab), 1)))
    | reduced(
        "the pixels in the magnitude", "mean",
        lambda f: _with(2, lambda ab: f(ab.norm(dim=1), (1, 2))),
    )
)
FORMULA = [
    ("ab in the means", lambda f: _with(0, lambda ab: part(f)(ab).mean((2, 3)))),
    ("ab in the spread", lambda f: _with(1, lambda ab: _std(part(f)(ab)).sum(1))),
    ("the standard deviations", lambda f: _with(1, lambda ab: part(f)(_std(ab)).sum(1))),
    ("ab in the magnitude", lambda f: _with(2, lambda ab: part(f)(ab).norm(dim=1).mean((1, 2)))),
    ("the lengths", lambda f: _with(2, lambda ab: part(f)(ab.norm(dim=1)).mean((1, 2)))),
]
PRIOR = combined(_prior, MEANS, SPREADS, MAGNITUDES, most=1) | Table(OVER, FORMULA) | {
    RIGHT: prior.color_prior,
    "a and b are swapped": lambda ab: prior.color_prior(ab)[:, [1, 0, 2, 3]],
    "the last two numbers are swapped": lambda ab: prior.color_prior(ab)[:, [0, 1, 3, 2]],
    "the two standard deviations stand apart: their sum is one number":
        lambda ab: torch.cat([ab.mean((2, 3)), _std(ab), prior.color_prior(ab)[:, 3:]], dim=1),
    "the magnitude is missing": lambda ab: prior.color_prior(ab)[:, :3],
    "over the whole batch instead of each picture": _over_batch,
    "over the whole batch instead of each picture (then repeated)":
        lambda ab: _over_batch(ab).expand(len(ab), 4),
    "over the whole batch instead of each picture (one row)": lambda ab: _over_batch(ab)[0],
    "the mean over the pictures: each keeps its own row": lambda ab: prior.color_prior(ab).mean(0),
    "in Lab units: model units are wanted": lambda ab: 110 * prior.color_prior(ab),
    "the first picture alone": lambda ab: prior.color_prior(ab)[0],
    "stacked along the wrong axis: dim=1 gives (B, 4)": lambda ab: prior.color_prior(ab).T,
}


@check(PRIOR)
def color_prior(seeded):
    """student(ab (B, 2, H, W)) -> (B, 4), of ab in model units.

    [mean a, mean b, std a + std b, mean over pixels of sqrt(a² + b²)].
    """
    batch, height, width, n = seeded.sizes(4, 3, 8)
    tint = torch.tensor([0.1, 0.3]).view(2, 1, 1)
    grey = seeded.uniform(batch, 2, n, n)
    grey[0] = 0
    return [
        {"ab": seeded.uniform(batch, 2, height, width) + tint},
        {"ab": grey},  # the first picture has no colour
        {"ab": seeded.uniform(batch, 2, 1, 1)},
        {"ab": seeded.uniform(2, 2, 2, 2) - tint},
    ]


# ---- how the prior enters the network

ADDED = {  # the embedding, of time (B, C) and the prior's (B, C)
    RIGHT: lambda time, told: time + told,
    "the prior's embedding is not added": lambda time, told: time,
    "the time's embedding is not added": lambda time, told: told,
    "the two embeddings are multiplied; the paper adds them": lambda time, told: time * told,
}
TENFOLD = {  # what the MLP is given
    RIGHT: lambda prior: 10 * prior,
    "the prior is not multiplied by 10": lambda prior: prior,
    "the prior is multiplied by 110; by 10 is wanted": lambda prior: 110 * prior,
}
HALVES = {  # scale and shift, of (B, 2 C)
    RIGHT: lambda both: both.chunk(2, dim=1),
    "scale and shift are exchanged: the first C numbers scale": lambda both: both.chunk(2, 1)[::-1],
    "every second number scales; the first C scale, the last C shift":
        lambda both: (both[:, ::2], both[:, 1::2]),
}
CHANGED = {  # features x (B, C, H, W), by scale and shift (B, C, 1, 1)
    RIGHT: lambda x, scale, shift: x * (1 + scale) + shift,
    "the 1 + is missing: a scale of 0 is to change nothing":
        lambda x, scale, shift: x * scale + shift,
    "the shift is missing": lambda x, scale, shift: x * (1 + scale),
    "the scale is missing": lambda x, scale, shift: x + shift,
    "shifted before it is scaled": lambda x, scale, shift: (x + shift) * (1 + scale),
    "brackets around 1 + scale are missing: x * 1 + scale adds":
        lambda x, scale, shift: x * 1 + scale + shift,
}


def _entering(added, tenfold, halves, changed):
    def variant(x, time, prior, mlp, fuse):
        scale, shift = halves(fuse(added(time, mlp(tenfold(prior)))))
        return changed(x, scale[:, :, None, None], shift[:, :, None, None])

    return variant


@check(combined(_entering, ADDED, TENFOLD, HALVES, CHANGED))
def scale_and_shift(seeded):
    """student(x (B, C, H, W), time (B, C), prior (B, 4), mlp, fuse) -> (B, C, H, W).

    x * (1 + scale) + shift, where fuse(time + mlp(10 * prior)) (B, 2 C) holds the scales, then the
    shifts. mlp is a function (B, 4) -> (B, C), fuse one (B, C) -> (B, 2 C).
    """

    def case(batch, channels, height, width):
        inner, outer = seeded.uniform(4, channels), seeded.uniform(channels, 2 * channels)
        return {
            "x": seeded.uniform(batch, channels, height, width),
            "time": seeded.uniform(batch, channels),
            "prior": 0.4 * seeded.uniform(batch, 4),
            "mlp": lambda told: (told @ inner.to(told)).tanh(),
            "fuse": lambda e: (e @ outer.to(e)).tanh(),
        }

    batch, channels, height, width = seeded.sizes(4, 2, 7)
    return [case(batch, channels, height, width), case(1, 6, 2, 3), case(3, 8, 1, 1)]


def _sides(factor):
    return lambda before, after: factor(before / after)


PRINTED = {
    RIGHT: _sides(lambda x: x),
    "upside down: a larger picture has a smaller number": _sides(lambda x: 1 / x),
    "the factor of 1 / (H · W): the root of the sum grows, too": _sides(lambda x: x**2),
    "that factor upside down, and the root of the sum is forgotten": _sides(lambda x: x**-2),
    "the root of the sides: the root is that of the pixels": _sides(lambda x: x**0.5),
    "the root of the sides, upside down": _sides(lambda x: x**-0.5),
    "no change: the printed number depends on the side": _sides(lambda x: 1),
    "the difference of the sides, not a factor": lambda before, after: before - after,
    "1 / side: the side before counts, too": lambda before, after: 1 / after,
    "the logarithms are divided": lambda before, after: math.log(before) / math.log(after),
    "both sides are multiplied": lambda before, after: before * after,
    "a whole number (//): the factor is a fraction": lambda before, after: before // after,
}


@check(PRINTED)
def printed_factor(seeded):
    """student(side_before, side_after) -> number: by which the printed magnitude changes.

    The same square picture, drawn with another side; a number above 1 means that it grows.
    """
    pairs = ((64, 256), (96, 64), (128, 128), (32, 48))
    return [{"side_before": before, "side_after": after} for before, after in pairs]
