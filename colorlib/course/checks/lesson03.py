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
    "one standard deviation over the whole batch; each picture has its own":
        lambda ab: ab.var((0, 2, 3), correction=0).sqrt().sum().expand(len(ab)),
    "one standard deviation over the whole batch, divided by N - 1":
        lambda ab: ab.std((0, 2, 3)).sum().expand(len(ab)),
    "the mean of the whole batch is subtracted; each picture has its own":
        lambda ab: (ab - ab.mean((0, 2, 3), keepdim=True)).square().mean((2, 3)).sqrt().sum(1),
    "the difference of the two standard deviations; their sum is wanted":
        lambda ab: _std(ab)[:, 0] - _std(ab)[:, 1],
    "the standard deviation of a + b; each has its own": lambda ab: ab.sum(1).std((1, 2), False),
    "the standard deviation of the lengths sqrt(a² + b²); a and b have one each":
        lambda ab: ab.norm(dim=1).std((1, 2), False),
    "the spread between a and b (axis 1); it is the one over the pixels":
        lambda ab: ab.std(1).mean((1, 2)),
    "the spread between a and b (axis 1); it is the one over the pixels (divided by N)":
        lambda ab: ab.std(1, False).mean((1, 2)),
    "the spread over the columns (axis 3) alone": lambda ab: ab.std(3, False).mean(2).sum(1),
    "the spread over the rows (axis 2) alone": lambda ab: ab.std(2, False).mean(2).sum(1),
    "the sum of squares, not their mean":
        lambda ab: _centred(ab).square().sum((2, 3)).sqrt().sum(1),
    "the mean of the deviations themselves, which is 0":
        lambda ab: _centred(ab).mean((2, 3)).sum(1),
    "the standard deviation divides by N - 1, and NaN was replaced by 0":
        lambda ab: _std(ab, 1).sum(1).nan_to_num(0),
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
    "one mean over the whole batch; each picture has its own":
        lambda ab: ab.norm(dim=1).mean().expand(len(ab)),
    "|a + b| instead of sqrt(a² + b²)": lambda ab: ab.sum(1).abs().mean((1, 2)),
    "the mean of |a| and |b| instead of sqrt(a² + b²)": lambda ab: ab.abs().mean((1, 2, 3)),
    "the length of a alone": lambda ab: ab[:, 0].abs().mean((1, 2)),
    "the length of b alone": lambda ab: ab[:, 1].abs().mean((1, 2)),
    "b is not squared: sqrt(a² + b)":
        lambda ab: (ab[:, 0] ** 2 + ab[:, 1]).sqrt().mean((1, 2)),
    "b is not squared: sqrt(a² + b), and NaN was replaced by 0":
        lambda ab: (ab[:, 0] ** 2 + ab[:, 1]).sqrt().nan_to_num(0).mean((1, 2)),
    "the square of the sum: sqrt((a + b)²) is |a + b|": lambda ab: ab.sum(1).square().mean((1, 2)),
    "the mean length is squared": lambda ab: ab.norm(dim=1).mean((1, 2)) ** 2,
    "the root is taken twice": lambda ab: ab.norm(dim=1).sqrt().mean((1, 2)),
    "the median length; the mean is wanted": lambda ab: ab.norm(dim=1).flatten(1).median(1).values,
    "the length of the two standard deviations; the mean length of a and b is wanted":
        lambda ab: _std(ab).norm(dim=1),
    "the spread of the lengths; their mean is wanted": lambda ab: ab.norm(dim=1).std((1, 2), False),
    "sqrt(a² - b²): plus": lambda ab: (ab[:, 0] ** 2 - ab[:, 1] ** 2).sqrt().mean((1, 2)),
    "the larger of |a| and |b|": lambda ab: ab.abs().amax(1).mean((1, 2)),
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
    "medians, not means": lambda ab: ab.flatten(2).median(2).values,
    "the means of the squares": lambda ab: ab.square().mean((2, 3)),
    "one mean over a and b together; each has its own":
        lambda ab: ab.mean((1, 2, 3))[:, None].expand(-1, 2),
    "a and b are swapped in the means": lambda ab: ab.mean((2, 3)).flip(1),
    "the largest a and b, not the means": lambda ab: ab.amax((2, 3)),
    "the first pixel's a and b, not the means": lambda ab: ab[:, :, 0, 0],
}


def _prior(mean, spread, magnitude):
    return lambda ab: torch.cat([mean(ab), spread(ab)[:, None], magnitude(ab)[:, None]], dim=1)


PRIOR = combined(_prior, MEANS, SPREADS, MAGNITUDES, most=1) | {
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
