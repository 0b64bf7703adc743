"""Check of lesson 03, the colour prior."""

import torch

from colorlib import prior
from colorlib.course.checks.judging import RIGHT, check, combined

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
    "the product of the two standard deviations; their sum is wanted": lambda ab: _std(ab).prod(1),
    "the mean absolute deviation, not the standard deviation":
        lambda ab: _centred(ab).abs().mean((2, 3)).sum(1),
    "the root mean square: the mean is not subtracted":
        lambda ab: ab.square().mean((2, 3)).sqrt().sum(1),
    "the range, not the standard deviation": lambda ab: (ab.amax((2, 3)) - ab.amin((2, 3))).sum(1),
}
MAGNITUDES = {
    RIGHT: lambda ab: ab.norm(dim=1).mean((1, 2)),
    "one norm over all pixels divided by H·W, as the paper prints it: it shrinks with the "
    "resolution":
        lambda ab: prior.color_prior(ab, magnitude="paper")[:, 3],
    "one norm over all pixels, not divided at all": lambda ab: ab.flatten(1).norm(dim=1),
    "a² + b² without the square root": lambda ab: ab.square().sum(1).mean((1, 2)),
    "|a| + |b| instead of sqrt(a² + b²)": lambda ab: ab.abs().sum(1).mean((1, 2)),
    "a + b instead of sqrt(a² + b²)": lambda ab: ab.sum(1).mean((1, 2)),
    "the mean over a, b and pixels: the root holds the sum a² + b²":
        lambda ab: ab.square().mean(1).sqrt().mean((1, 2)),
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
    "the largest length; the mean is wanted": lambda ab: ab.norm(dim=1).amax((1, 2)),
}


def _prior(spread, magnitude):
    return lambda ab: torch.cat(
        [ab.mean((2, 3)), spread(ab)[:, None], magnitude(ab)[:, None]], dim=1
    )


PRIOR = combined(_prior, SPREADS, MAGNITUDES) | {
    RIGHT: prior.color_prior,
    "a and b are swapped": lambda ab: prior.color_prior(ab)[:, [1, 0, 2, 3]],
    "the last two numbers are swapped": lambda ab: prior.color_prior(ab)[:, [0, 1, 3, 2]],
    "the means lost their sign: the mean of a itself, not its size":
        lambda ab: torch.cat([ab.mean((2, 3)).abs(), prior.color_prior(ab)[:, 2:]], dim=1),
    "the means of |a| and |b|; a and b keep their signs":
        lambda ab: torch.cat([ab.abs().mean((2, 3)), prior.color_prior(ab)[:, 2:]], dim=1),
    "the two standard deviations stand apart: their sum is one number":
        lambda ab: torch.cat([ab.mean((2, 3)), _std(ab), prior.color_prior(ab)[:, 3:]], dim=1),
    "the magnitude is missing": lambda ab: prior.color_prior(ab)[:, :3],
    "over the whole batch instead of each picture": _over_batch,
    "over the whole batch instead of each picture (then repeated)":
        lambda ab: _over_batch(ab).expand(len(ab), 4),
    "over the whole batch instead of each picture (one row)": lambda ab: _over_batch(ab)[0],
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
