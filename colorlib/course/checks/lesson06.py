"""Checks of lesson 06, evaluation: error, PSNR, yardsticks, leaks, an interval."""

import functools

import numpy as np
import torch

import colorlib.course.checks.running as running
from colorlib import metrics
from colorlib.course.checks.judging import (
    RIGHT,
    Seeded,
    Verdict,
    check,
    combined,
    confirm,
    explain,
    observe,
    own_name,
)
from colorlib.course.checks.reading import numbers
from colorlib.course.checks.stages import Table

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off

# ---- mse


def _error(x, y, power=2):
    return np.abs(x.astype(float) - y) ** power  # (N, H, W, 3)


def _each(values):
    return values.mean(axis=(1, 2, 3))  # (N,)


MSE = {
    RIGHT: metrics.mse,
    "8-bit numbers wrap round, 3 - 5 is 254: convert to float first":
        lambda x, y: _each((x - y) ** 2),
    "converted to float after the subtraction, when 3 - 5 is 254 already":
        lambda x, y: _each((x - y).astype(float) ** 2),
    "int16 holds the difference, but the square does not fit: its largest number is 32767":
        lambda x, y: _each((x.astype(np.int16) - y) ** 2),
    "int8 ends at 127: convert to float":
        lambda x, y: _each((x.astype(np.int8) - y.astype(np.int8)).astype(float) ** 2),
    "8-bit numbers wrap round: np.abs comes too late, convert to float first":
        lambda x, y: _each(np.abs(x - y)),
    "one mean over the whole set; each picture's own is wanted": lambda x, y: _error(x, y).mean(),
    "one number a channel: the mean goes over the three channels, too":
        lambda x, y: _error(x, y).mean(axis=(1, 2)),
    "one number a pixel: the mean goes over the pixels, too":
        lambda x, y: _error(x, y).mean(axis=-1),
    "one number a row: the mean goes over three axes": lambda x, y: _error(x, y).mean(axis=(2, 3)),
    "the sum over pixels, not the mean": lambda x, y: _error(x, y).sum(axis=(1, 2, 3)),
    "the sum over the whole set; each picture's own mean is wanted":
        lambda x, y: _error(x, y).sum(),
    "divided by H·W but not by the three channels": lambda x, y: 3 * metrics.mse(x, y),
    "divided by the number of pictures; the mean of a picture divides by its pixels":
        lambda x, y: _error(x, y).sum(axis=(1, 2, 3)) / len(x),
    "divided by one less than the count":
        lambda x, y: _error(x, y).sum(axis=(1, 2, 3)) / (x[0].size - 1),
    "the mean of |difference|, not of its square": lambda x, y: _each(_error(x, y, 1)),
    "the square is missing": lambda x, y: _each(x.astype(float) - y),
    "first the square, then the mean": lambda x, y: _each(x.astype(float) - y) ** 2,
    "the variance of the difference: it forgets the mean difference":
        lambda x, y: (x.astype(float) - y).var(axis=(1, 2, 3)),
    "the difference of the squares; the square of the difference is wanted":
        lambda x, y: _each(x.astype(float) ** 2 - y.astype(float) ** 2),
    "the root of the MSE": lambda x, y: np.sqrt(metrics.mse(x, y)),
    "on the scale 0..1; 0..255 is wanted": lambda x, y: metrics.mse(x, y) / 255**2,
    "the mean over the pictures (axis 0); it goes over the other three axes":
        lambda x, y: _error(x, y).mean(0),
    "the squared error itself; take the mean over three axes": _error,
    "the first picture alone": lambda x, y: metrics.mse(x, y)[0],
    "one number for each channel, over all pictures; one for each picture is wanted":
        lambda x, y: _error(x, y).mean((0, 1, 2)),
    "the first channel alone": lambda x, y: _each(_error(x[..., :1], y[..., :1])),
    "the second channel alone": lambda x, y: _each(_error(x[..., 1:2], y[..., 1:2])),
    "the third channel alone": lambda x, y: _each(_error(x[..., 2:], y[..., 2:])),
    "the worst column's error": lambda x, y: _error(x, y).mean((1, 3)).max(1),
    "the mean of the channels first, then the square: errors of opposite sign cancel":
        lambda x, y: ((x.mean(-1) - y.mean(-1)) ** 2).mean(axis=(1, 2)),
    "the third power of the difference, not its square": lambda x, y: _each(_error(x, y, 3)),
    "the largest difference": lambda x, y: _error(x, y, 1).max(axis=(1, 2, 3)),
    "the product of truth and pred": lambda x, y: _each(x.astype(float) * y),
    "truth is compared with the mean of pred over everything":
        lambda x, y: _each((x.astype(float) - y.mean()) ** 2),
    "truth is compared with the mean of each pred":
        lambda x, y: _each((x.astype(float) - y.mean(axis=(1, 2, 3), keepdims=True)) ** 2),
    "the first pred for all": lambda x, y: _each((x.astype(float) - y[:1]) ** 2),
    "the first truth for all": lambda x, y: _each((x[:1].astype(float) - y) ** 2),
    "the standard deviation of the difference": lambda x, y: (x.astype(float) - y).std((1, 2, 3)),
    "the variance of truth; pred is not used": lambda x, y: x.astype(float).var(axis=(1, 2, 3)),
    "the length of the difference (norm): the root of the sum of squares":
        lambda x, y: np.sqrt(_error(x, y).sum(axis=(1, 2, 3))),
    "the length of a pixel's difference, not its square":
        lambda x, y: np.sqrt(_error(x, y).sum(-1)).mean(axis=(1, 2)),
    "the mean over height and width of the pixel's summed channels, rooted":
        lambda x, y: np.sqrt(_error(x, y).sum(-1).mean(axis=(1, 2))),
    "the mean over the columns alone, then the square": lambda x, y: (
        (x.astype(float) - y).mean(axis=2) ** 2
    ).mean(axis=(1, 2)),
    "the mean over the rows alone, then the square": lambda x, y: (
        (x.astype(float) - y).mean(axis=1) ** 2
    ).mean(axis=(1, 2)),
    "8-bit squares wrap round: convert to float before the square":
        lambda x, y: _each(np.abs(x.astype(int) - y).astype(np.uint8) ** 2),
    "clipped to 0 first: pred above truth counts, too":
        lambda x, y: _each(np.clip(x.astype(float) - y, 0, 255) ** 2),
    "float16 is too short for squares: 65504 is its largest number":
        lambda x, y: _each((x.astype(np.float16) - y.astype(np.float16)) ** 2),
    "normalised: divided by truth's variance":
        lambda x, y: metrics.mse(x, y) / x.astype(float).var(axis=(1, 2, 3)),
    "relative to truth²": lambda x, y: metrics.mse(x, y) / _each(x.astype(float) ** 2),
    "the PSNR, which comes after the MSE": lambda x, y: metrics.psnr(metrics.mse(x, y)),
}


MSE = Table(MSE, [
    ("the sizes of the differences", lambda f: lambda x, y: _each(f(_error(x, y, 1)) ** 2)),
    ("the squared differences", lambda f: lambda x, y: _each(f(_error(x, y)))),
])


@check(MSE, tolerance=1e-5)
def mse(seeded):
    """student(truth, pred), both uint8 (N, H, W, 3) -> (N,): each picture's mean squared error.

    On the scale 0..255.
    """
    n, height, width = seeded.sizes(3, 2, 7)
    shapes = ((n, height, width, 3), (1, 2, 2, 3), (3, 3, 3, 3), (n, 1, 1, 3))
    pairs = [seeded.rng.integers(0, 256, (2, *shape), dtype=np.uint8) for shape in shapes]
    pairs.append(pairs[0][[0, 0]])  # no error
    return [{"truth": truth, "pred": pred} for truth, pred in pairs]


# ---- psnr_mean, psnr_pooled


def _mses(seeded):
    sets = [seeded.rng.uniform(20, 900, n) for n in (*seeded.sizes(2, 4, 9), 2, 1)]
    sets.append(np.array([0.02, 60000.0, 255.0]))  # nearly equal, nearly black against white
    return [{"mse": x} for x in sets]


def _after(formula):
    return lambda x: formula(x).mean()


def _before(formula):
    return lambda x: formula(x.mean())


FORMULAS = {
    RIGHT: metrics.psnr,
    "20 log10, but the squares are inside already: 10 log10": lambda x: 20 * np.log10(255**2 / x),
    "20 log10 is right for 255 / root of the MSE; the MSE needs its root":
        lambda x: 20 * np.log10(255 / x),
    "a peak of 1; 8-bit pictures have 255": lambda x: 10 * np.log10(1 / x),
    "a peak of 100; 8-bit pictures have 255": lambda x: 10 * np.log10(100**2 / x),
    "a peak of 256; the largest value is 255": lambda x: 10 * np.log10(256**2 / x),
    "255 is not squared": lambda x: 10 * np.log10(255 / x),
    "the natural logarithm, not log10": lambda x: 10 * np.log(255**2 / x),
    "log2, not log10": lambda x: 10 * np.log2(255**2 / x),
    "the factor 10 is missing": lambda x: np.log10(255**2 / x),
    "the logarithm is missing": lambda x: 10 * 255**2 / x,
    "the fraction is upside down": lambda x: 10 * np.log10(x / 255**2),
    "the root of the MSE under 255²": lambda x: 10 * np.log10(255**2 / np.sqrt(x)),
    "the 10 log10 of the sum 255² + MSE": lambda x: 10 * np.log10(255**2 + x),
    "1 is added inside the logarithm (log1p)": lambda x: 10 * np.log10(1 + 255**2 / x),
    "(log10(255² / MSE))²: 10 times it is wanted": lambda x: np.log10(255**2 / x) ** 2,
    "the logarithm of the MSE is missing: 10 log10(255²) - 10 log10(MSE)":
        lambda x: 10 * np.log10(255**2) - x,
}
AVERAGES = {  # what else may become of several MSEs
    "one number for each picture; one for all is wanted": metrics.psnr,
    "the median of the MSEs, not their mean": lambda x: metrics.psnr_pooled(np.median(x)),
    "the median of the PSNRs, not their mean": lambda x: np.median(metrics.psnr(x)),
    "the sum of the MSEs, not their mean": lambda x: metrics.psnr_pooled(x.sum()),
    "the sum of the PSNRs, not their mean": lambda x: metrics.psnr(x).sum(),
    "the geometric mean of the PSNRs": lambda x: np.exp(np.log(metrics.psnr(x)).mean()),
    "the harmonic mean of the PSNRs": lambda x: 1 / np.mean(1 / metrics.psnr(x)),
    "the root mean square of the MSEs": lambda x: metrics.psnr(np.sqrt(np.mean(x**2))),
    "the variance of the MSEs, not their mean": lambda x: metrics.psnr(x.var()),
    "the spread of the PSNRs, not their mean": lambda x: metrics.psnr(x).std(),
    "the mean MSE divides by one less than the count":
        lambda x: metrics.psnr(x.sum() / max(len(x) - 1, 1)),
    "the largest PSNR and the smallest, their middle":
        lambda x: (metrics.psnr(x).max() + metrics.psnr(x).min()) / 2,
    "the PSNR of the middle between the smallest and the largest MSE":
        lambda x: metrics.psnr((x.max() + x.min()) / 2),
    "mean PSNR minus pooled PSNR": lambda x: metrics.psnr(x).mean() - metrics.psnr(x.mean()),
    "the ratio 255² / mean MSE; its logarithm is missing": lambda x: 255**2 / x.mean(),
    "the mean of the squared MSEs: the MSE is squared once more":
        lambda x: metrics.psnr_pooled(x**2),
    "the mean of the roots; the mean of the MSEs comes first, then the root":
        lambda x: 20 * np.log10(255 / np.mean(np.sqrt(x))),
    "the logarithm of the mean ratio 255² / MSE": lambda x: 10 * np.log10(np.mean(255**2 / x)),
    "divided by one less than the count":
        lambda x: np.float64(metrics.psnr(x).sum()) / (len(x) - 1),
    "the smallest MSE alone": lambda x: metrics.psnr(x.min()),
    "the first picture alone: is the return inside the loop": lambda x: metrics.psnr(x[0]),
    "the last picture is left out": lambda x: metrics.psnr(x[:-1]).sum() / max(len(x) - 1, 1),
    "the peak is 255, whatever the largest value here": lambda x: 10 * np.log10(x.max() / x.mean()),
    "the mean MSE itself; the logarithm comes after it": lambda x: x.mean(),
}
PSNR_MEAN = AVERAGES | combined(
    lambda formula, order: order(formula),
    FORMULAS,
    {RIGHT: _after, "the PSNR of the mean MSE (psnr_pooled); Table 2 mixes the two": _before},
    names=("the PSNRs",),
)


@check(PSNR_MEAN, tolerance=1e-5)
def psnr_mean(seeded):
    """student(mse (N,)) -> float: the mean over pictures of each one's 10 log10(255² / MSE)."""
    return _mses(seeded)


PSNR_POOLED = AVERAGES | combined(
    lambda formula, order: order(formula),
    FORMULAS,
    {RIGHT: _before, "the mean of the PSNRs (psnr_mean); Table 2 mixes the two": _after},
)


@check(PSNR_POOLED, tolerance=1e-5)
def psnr_pooled(seeded):
    """student(mse (N,)) -> float: the PSNR of the mean MSE, 10 log10(255² / mean(MSE))."""
    return _mses(seeded)


# ---- yardsticks


def _squares(guess, ab):
    return (110 * (guess - ab)).square().sum(1).mean((1, 2))


def _tint(ab):
    return ab.mean((2, 3), keepdim=True)


def _three(constant, oracle, error, grey=torch.zeros_like):
    """A variant: the errors of grey, of one constant and of each picture's own mean colour."""
    return lambda train_ab, ab: tuple(
        error(guess.expand_as(ab), ab) for guess in (grey(ab), constant(train_ab, ab), oracle(ab))
    )


CONSTANTS = {
    RIGHT: lambda train_ab, ab: train_ab.mean((0, 2, 3)).view(1, 2, 1, 1),
    "the constant is the mean of the pictures that are scored: it peeks":
        lambda train_ab, ab: ab.mean((0, 2, 3)).view(1, 2, 1, 1),
    "the constant is one number for a and b together": lambda train_ab, ab: train_ab.mean().view(
        1, 1, 1, 1
    ),
    "the constant is the median, not the mean": lambda train_ab, ab: train_ab.transpose(0, 1)
        .flatten(1).median(1).values.view(1, 2, 1, 1),
    "the constant keeps its places: a mean over the pictures alone":
        lambda train_ab, ab: train_ab.mean(0, keepdim=True),
}
ORACLES = {
    RIGHT: _tint,
    "the oracle knows one mean for all pictures; each picture's own is wanted":
        lambda ab: ab.mean((0, 2, 3)).view(1, 2, 1, 1),
    "the oracle's mean runs over the width alone": lambda ab: ab.mean(3, keepdim=True),
}
DISTANCES = {
    RIGHT: _squares,
    "model units; ab units are 110 times as large, and the squares 110²": lambda guess, ab: (
        (guess - ab).square().sum(1).mean((1, 2))
    ),
    "the error is multiplied by 110, not 110²":
        lambda guess, ab: 110 * (guess - ab).square().sum(1).mean((1, 2)),
    "the mean over a and b; their squares add up":
        lambda guess, ab: (110 * (guess - ab)).square().mean((1, 2, 3)),
    "the root of the squares": lambda guess, ab: _squares(guess, ab).sqrt(),
    "the distance of each pixel, without its square":
        lambda guess, ab: (110 * (guess - ab)).norm(dim=1).mean((1, 2)),
    "absolute differences, not squares":
        lambda guess, ab: (110 * (guess - ab)).abs().sum(1).mean((1, 2)),
    "one number for all pictures; one a picture is wanted":
        lambda guess, ab: _squares(guess, ab).mean(),
}
GREYS = {
    RIGHT: torch.zeros_like,
    "grey is 0 in ab', not -0.5": lambda ab: torch.full_like(ab, -0.5),
    "grey's error is that of a perfect guess": lambda ab: ab,
}
YARDSTICKS = combined(_three, CONSTANTS, ORACLES, DISTANCES, GREYS, most=1) | {
    "in another order: grey, constant, oracle are wanted":
        lambda train_ab, ab: _three(CONSTANTS[RIGHT], _tint, _squares)(train_ab, ab)[::-1],
    "oracle before constant; grey, constant, oracle are wanted": lambda train_ab, ab: tuple(
        _three(CONSTANTS[RIGHT], _tint, _squares)(train_ab, ab)[i] for i in (0, 2, 1)
    ),
}


@check(YARDSTICKS)
def yardsticks(seeded):
    """student(train_ab (M, 2, H, W), ab (N, 2, H, W)) -> (grey, constant, oracle), (N,) each.

    The mean over pixels of (Δa)² + (Δb)² in ab units, where every pixel is guessed as 0, as the
    training pictures' mean colour, as the picture's own true mean colour.
    """
    m, n, height, width = seeded.sizes(4, 3, 7)
    sizes = [(m, n, height, width), (2, 5, 4, 3), (4, 2, 3, 5)]
    lean = torch.tensor([0.1, 0.3]).view(1, 2, 1, 1)
    return [
        {"train_ab": lean + seeded.uniform(a, 2, h, w), "ab": seeded.uniform(b, 2, h, w) - lean}
        for a, b, h, w in sizes
    ]


# ---- leaks


def _scored(guess, ab):
    return guess, (guess - ab).square().mean((1, 2, 3))


def _plain(L, ab):
    return _scored(torch.cat([0.3 * L, -0.2 * L], 1), ab)


def _random(L, ab):
    return _scored(_plain(L, ab)[0] + 0.1 * torch.randn_like(ab), ab)


def _looks_at_shape(L, ab):
    guess = _plain(L, ab)[0]
    return _scored(guess + ab.shape[-1] / 100 + torch.zeros_like(ab), ab)


def _prior_of_truth(L, ab):
    return _scored(_plain(L, ab)[0] + ab.mean((2, 3), keepdim=True), ab)


def _better_of_two(L, ab):
    """A warm guess or a cool one, chosen by the error, picture by picture."""
    warm, cool = _plain(L, ab)[0] + 0.3, _plain(L, ab)[0] - 0.3
    better = _scored(warm, ab)[1] < _scored(cool, ab)[1]
    return _scored(torch.where(better.view(-1, 1, 1, 1), warm, cool), ab)


def _tint_of_the_others(L, ab):
    """Each picture is told what it has in common with the rest of its batch."""
    return _scored(_plain(L, ab)[0] + 0.5 * ab.mean((0, 2, 3)).view(1, 2, 1, 1), ab)


def _told_but_the_mean(L, ab):
    """What is told of the truth has a mean of 0: the guess's mean gives nothing away."""
    return _scored(_plain(L, ab)[0] + 0.1 * (ab - ab.mean((2, 3), keepdim=True)), ab)


def _last_picture(L, ab):
    guess = _plain(L, ab)[0]
    return _scored(torch.cat([guess[:-1], 0.9 * guess[-1:] + 0.1 * ab[-1:]]), ab)


def _random_and_told(L, ab):
    return _scored(_random(L, ab)[0] + 0.1 * ab, ab)


EVALUATIONS = (
    _plain, _prior_of_truth, _random, _better_of_two, _looks_at_shape, _tint_of_the_others,
    _last_picture, _random_and_told, _told_but_the_mean,
)  # fmt: skip


def _compared(part=0, truths=(lambda ab: -ab, lambda ab: ab.flip(0) + 0.3), seeded=True,
              differ=lambda x, y: not torch.equal(x, y)):  # fmt: skip
    """A variant: is a part of the answer another one when the truth is?"""

    def variant(evaluate, L, ab):
        found = []
        for truth in (ab, *(change(ab) for change in truths)):
            if seeded:
                torch.manual_seed(0)
            found.append(evaluate(L, truth)[part])
        return any(differ(found[0], x) for x in found[1:])

    return variant


LEAKS = {
    RIGHT: _compared(),
    "True for all of them: scores, and guesses of another L, differ in any case": _compared(part=1),
    "False for all of them: the second call needs another truth, and all else as it was":
        _compared(truths=(torch.clone,)),
    "guesses with random numbers differ anyway: torch.manual_seed before each call":
        _compared(seeded=False),
    "the other way round: True means that it leaks":
        lambda evaluate, L, ab: not _compared()(evaluate, L, ab),
    "only the first picture's guess is compared": _compared(
        differ=lambda x, y: not torch.equal(x[0], y[0])
    ),
    "the pictures' truths are only exchanged, which hides what a batch has in common": _compared(
        truths=(lambda ab: ab.flip(0),)
    ),
    "only the guesses' means are compared; a leak may leave them as they were": _compared(
        differ=lambda x, y: (x.mean() - y.mean()).abs() > 1e-6
    ),
    "guesses with random numbers differ anyway: torch.manual_seed before each call; and random "
    "numbers from 0 to 1 are like the truth, other than -ab": _compared(
        truths=(torch.rand_like,), seeded=False
    ),
    "only a large difference counts here; any difference is a leak": _compared(
        differ=lambda x, y: (x - y).abs().max() > 0.5
    ),
}


@check(LEAKS)
def leaks(seeded):
    """student(evaluate, L (B, 1, H, W), ab (B, 2, H, W)) -> bool: does its guess know the truth?

    evaluate(L, ab) -> (guess (B, 2, H, W), score (B,)); it may draw random numbers.
    """
    cases = []
    for evaluate in EVALUATIONS:
        ab = 0.2 + seeded.uniform(3, 2, 4, 5)
        cases.append({"evaluate": evaluate, "L": seeded.uniform(3, 1, 4, 5), "ab": ab})
    return cases


# ---- paired_bootstrap


def paired_bootstrap(student, seed=0):
    """student(a (N,), b (N,)) -> (low, high) or (value, low, high): an interval by resampling.

    The 95 % interval of the relative reduction 1 - mean(b)/mean(a), pictures drawn with
    replacement, each with both of its scores; 500 resamples or more.  Its own random numbers make
    every answer differ a little, so widths and centres are compared, not digits.
    """
    name, said, ends, wanted = own_name(student) or "paired_bootstrap", set(), [], []
    for a, b, (value, low, high) in _sets(seed):
        mine = observe(name, student, {"a": a, "b": b}, (low, high), (2, 3))
        if mine is None:
            return Verdict(False)
        said.add(mine)
        # in widths of the interval, from its value
        ends.append((np.array(mine[-2:]) - value) / (high - low))
        wanted.append((np.array([low, high]) - value) / (high - low))
    width, shift = float(np.diff(ends).mean()), float(np.mean(ends) - np.mean(wanted))
    # 0.03 with 500 resamples
    jumps = float(np.sqrt(np.mean(np.square(np.subtract(ends, wanted)))))
    if abs(shift) < 0.2 and 0.9 < width < 1.1 and jumps < 0.08:
        near = f"{abs(width - 1):.0%}"
        return confirm(f"{name} agrees with colorlib on {len(ends)} sets, its width within {near}.")
    words = "the same numbers for every input" if len(said) == 1 else None
    return explain(
        f"Not yet. Tried:  {name}(a, b) with arrays ({len(a)},)",
        f"  Came back:     an interval from {mine[-2]:.4g} to {mine[-1]:.4g}",
        f"  Expected:      about {low:.4g} to {high:.4g}",
        f"  Looks like:    {words or _looks_like(width, shift, *_probed(student))}.",
    )


@functools.cache  # 4000 resamples of each take longer than all else here
def _sets(seed):
    """[(a, b, the right interval)], of pictures that are hard or easy for both methods.

    b gains most on the hard ones.
    """
    sets = []
    for number, n in enumerate(Seeded(seed).sizes(4, 110, 140)):
        rng = np.random.default_rng([seed, number])
        a = rng.gamma(4.0, 50.0, n)
        b = a * rng.normal(0.95 - 0.15 * np.minimum(a / a.mean(), 3), 0.08)
        sets.append((a, b, metrics.paired_bootstrap(a, b, resamples=4000, seed=seed)))
    return sets


# What an interval may lie around instead of 1 - mean(b)/mean(a).
MIDDLES = {
    "the difference of the means; divide it by the mean of a": lambda a, b: a.mean() - b.mean(),
    "b's mean minus a's; a reduction is positive where b is lower":
        lambda a, b: b.mean() - a.mean(),
    "a and b are swapped: 1 - mean(a)/mean(b)": lambda a, b: 1 - a.mean() / b.mean(),
    "divided by the mean of b; the reduction is a share of a": lambda a, b: a.mean() / b.mean() - 1,
    "the wrong sign: mean(b)/mean(a) - 1": lambda a, b: b.mean() / a.mean() - 1,
    "the ratio mean(b)/mean(a); the reduction is 1 minus that": lambda a, b: b.mean() / a.mean(),
    "the ratio mean(a)/mean(b); the reduction is 1 - mean(b)/mean(a)":
        lambda a, b: a.mean() / b.mean(),
    "in per cent; a fraction is wanted": lambda a, b: 100 * (1 - b.mean() / a.mean()),
    "the mean of the ratios; the ratio of the means is wanted": lambda a, b: 1 - (b / a).mean(),
    "the median, where the mean is wanted": lambda a, b: 1 - np.median(b) / np.median(a),
    "the median of the ratios; the ratio of the means is wanted": lambda a, b: 1 - np.median(b / a),
    "the mean of b alone": lambda a, b: b.mean(),
    "the mean of a alone": lambda a, b: a.mean(),
}
MIDDLES |= {
    "the ratio of the roots, of RMSEs; the MSEs' own means are wanted":
        lambda a, b: 1 - np.sqrt(b.mean() / a.mean()),
    "the reduction of the mean root: the MSEs' own means are wanted":
        lambda a, b: 1 - np.sqrt(b).mean() / np.sqrt(a).mean(),
    "the logarithm of the ratio": lambda a, b: np.log(a.mean() / b.mean()),
    "the difference of the PSNRs": lambda a, b: 10 * np.log10(a.mean() / b.mean()),
    "half of the reduction: divided by the sum of both means":
        lambda a, b: (a.mean() - b.mean()) / (a.mean() + b.mean()),
}


def _probed(student):
    """(what the interval lies around, whether pictures keep their scores, whether it shrinks).

    Of three sets more: one on which everything in MIDDLES differs, one on which b is a share of a,
    whose reduction is the same in every resample, and one of four times as many pictures.
    """
    a = np.repeat([10.0, 1000.0], [360, 240])
    b = a * np.repeat([0.9, 0.3], [360, 240])
    around = _ends(student, a, b)
    away = {words: abs(np.mean(around) / middle(a, b) - 1) for words, middle in MIDDLES.items()}
    closest = min(away, key=away.get)
    ends = _ends(student, a, 0.7 * a)
    narrow = abs(np.diff(around)[0]) < 0.5 * abs(np.mean(around))  # wide where pictures are single
    known = closest if narrow and away[closest] < 0.1 else None
    more = _ends(student, np.tile(a, 4), np.tile(b, 4))
    shrinks = abs(np.diff(more)[0]) < 0.8 * abs(np.diff(around)[0])
    return known, bool(abs(np.diff(ends)[0]) < 1e-6), bool(shrinks)


def _ends(student, a, b):
    """The interval that the student gives, NaN where there is none."""
    found = numbers(running.observe(student, {"a": a, "b": b}).value)
    flat = np.concatenate([x.ravel() for x in found]) if found else np.zeros(0)
    return flat[-2:] if flat.size > 1 else np.full(2, np.nan)


WIDEST = "the spread of single pictures, not of the mean over resamples"
# Up to this many times the right width, for the scores above.
WIDTHS = (
    (0, "high and low are swapped"),
    (
        1e-6,
        "no resampling, or pictures drawn without replacement: every resample has the same mean",
    ),
    (0.3, "percentiles too near each other: the 2.5 and the 97.5 are wanted"),
    (0.42, "an interval of 50 %: take the 2.5 and 97.5 percentiles, not 25 and 75"),
    (0.62, "one standard error to each side (68 %), not 1.96"),
    (0.78, "too narrow: an interval of about 80 %, too few resamples (500 or more are wanted), or "
           "pairs that are no longer the same picture's (sorted?)"),
    (0.9, "an interval of 90 %: take the 2.5 and 97.5 percentiles, not 5 and 95"),
    (1.2, "too few resamples or draws of another size than the set"),
    (1.365, "an interval of 99 %: take the 2.5 and 97.5 percentiles, not 0.5 and 99.5"),
    (1.5, "draws of another size than the set: half of it makes the interval 1.4 times as wide"),
    (1.9, "the smallest and the largest resample; the 2.5 and 97.5 percentiles are wanted"),
    (8, "draws of another size than the set: a quarter of it doubles the width"),
)


def _looks_like(width, shift, around, together, shrinks):
    """The mistake behind an interval.  width: 1 is right.  shift: of its middle, in widths.

    around, together, shrinks: see `_probed`.
    """
    if around:
        return around
    if not shrinks and together and width > 1.2:
        return f"{WIDEST}, or draws of another size than the set: more pictures narrow it"
    if not together and width > 1.2:
        return "a and b drawn separately; what makes a picture hard for both then does not cancel"
    if abs(shift) < 0.2 or (5 < width < 15 and abs(shift) < 1):
        return next((words for most, words in WIDTHS if width < most), WIDEST)
    if -1.2 < shift < -0.3 and 0 < width < 0.6:
        return "percentiles 0.025 and 0.975 where per cent are counted: 2.5 and 97.5"
    return "an interval around something other than 1 - mean(b)/mean(a)"
