"""Checks of lesson 06, evaluation: the error, both PSNR conventions, an interval."""

import math

import numpy as np

from colorlib import metrics
from colorlib.checks.engine import Verdict, confirm, explain, judge, observe


def mse(student):
    """student(truth, pred), both uint8 arrays (N, H, W, 3) -> (N,): each picture's mean squared error, 0..255."""
    rng = np.random.default_rng(0)
    cases = [
        dict(zip(("truth", "pred"), rng.integers(0, 256, (2, *shape, 3), dtype=np.uint8), strict=True))
        for shape in ((3, 4, 5), (1, 2, 2), (4, 4, 4))
    ]
    cases.append({"truth": cases[0]["truth"], "pred": cases[0]["truth"]})

    def error(truth, pred, power=2):
        return np.abs(truth.astype(float) - pred) ** power  # (N, H, W, 3)

    mistakes = {
        "8-bit numbers wrap round, 3 - 5 is 254: convert to float first": lambda x, y: ((x - y) ** 2).mean(
            axis=(1, 2, 3)
        ),
        "converted to float after the subtraction, when 3 - 5 is 254 already": lambda x, y: (
            (x - y).astype(float) ** 2
        ).mean(axis=(1, 2, 3)),
        "one mean over the whole set; each picture's own is wanted": lambda x, y: error(x, y).mean(),
        "the sum over pixels, not the mean": lambda x, y: error(x, y).sum(axis=(1, 2, 3)),
        "divided by H·W but not by the three channels": lambda x, y: error(x, y).mean(axis=(1, 2)).sum(axis=-1),
        "the mean of |difference|, not of its square": lambda x, y: error(x, y, 1).mean(axis=(1, 2, 3)),
        "the root of the MSE": lambda x, y: np.sqrt(error(x, y).mean(axis=(1, 2, 3))),
        "on the scale 0..1; 0..255 is wanted": lambda x, y: error(x, y).mean(axis=(1, 2, 3)) / 255**2,
        "the mean over the pictures (axis 0); it goes over the other three axes": lambda x, y: error(x, y).mean(0),
    }
    return judge("mse", student, cases, metrics.mse, mistakes)


def psnr_mean(student):
    """student(mse (N,)) -> float: the mean over pictures of each one's own PSNR, 10 log10(255² / MSE)."""
    other = {"the PSNR of the mean MSE (psnr_pooled); Table 2 mixes the two": metrics.psnr_pooled}
    return _check_psnr("psnr_mean", student, metrics.psnr_mean, other)


def psnr_pooled(student):
    """student(mse (N,)) -> float: the PSNR of the mean MSE over all pictures, 10 log10(255² / mean(MSE))."""
    other = {"the mean of the PSNRs (psnr_mean); Table 2 mixes the two": metrics.psnr_mean}
    return _check_psnr("psnr_pooled", student, metrics.psnr_pooled, other)


def _check_psnr(name, student, right, other):
    rng = np.random.default_rng(1)
    cases = [{"mse": rng.uniform(20, 900, n)} for n in (6, 2, 1)]
    mistakes = {
        **other,
        "20 log10, but the squares are inside already: 10 log10": lambda mse: 2 * right(mse),
        "a peak of 1; 8-bit pictures have 255": lambda mse: right(mse * 255.0**2),
        "a peak of 256; the largest value is 255": lambda mse: right(mse * (255 / 256) ** 2),
        "255 is not squared": lambda mse: right(mse * 255.0),
        "the natural logarithm, not log10": lambda mse: right(mse) * math.log(10),
        "the factor 10 is missing": lambda mse: right(mse) / 10,
        "the fraction is upside down": lambda mse: -right(mse),
        "the root of the MSE under 255²": lambda mse: right(np.sqrt(mse)),
        "one number for each picture; one for all is wanted": metrics.psnr,
        "the median, not the mean": lambda mse: metrics.psnr_pooled(np.median(mse)),
        "the sum of the MSEs, not their mean": lambda mse: metrics.psnr_pooled(mse.sum()),
        "the sum of the PSNRs, not their mean": lambda mse: float(metrics.psnr(mse).sum()),
    }
    return judge(name, student, cases, right, mistakes, tolerance=1e-5)


def paired_bootstrap(student):
    """student(a (N,), b (N,)) -> (low, high) or (value, low, high): the 95 % interval of the relative reduction
    1 - mean(b)/mean(a), pictures drawn with replacement, each with both of its scores; 500 resamples or more.

    Its own random numbers make every answer differ a little, so widths and centres are compared, not digits.
    """
    name, widths, centres = "paired_bootstrap", [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        a = rng.gamma(4.0, 50.0, 120)  # hard and easy pictures, hard for both methods
        case = {"a": a, "b": a * rng.normal(0.8, 0.1, 120)}
        value, low, high = metrics.paired_bootstrap(case["a"], case["b"], resamples=1000, seed=seed)
        mine = observe(name, student, case, (low, high), (2, 3))
        if mine is None:
            return Verdict(False)
        widths.append((mine[-1] - mine[-2]) / (high - low))
        centres.append(((mine[-1] + mine[-2]) / 2 - value) / (high - low))
        plain, reverse = np.mean(case["a"] - case["b"]), 1 - np.mean(case["a"]) / np.mean(case["b"])
        alone = {
            "the difference of the means; divide it by the mean of a": plain,
            "b's mean minus a's; a reduction is positive where b is lower": -plain,
            "a and b are swapped: 1 - mean(a)/mean(b)": reverse,
            "the wrong sign: mean(b)/mean(a) - 1": -value,
            "the ratio mean(b)/mean(a); the reduction is 1 minus that": 1 - value,
            "in per cent; a fraction is wanted": 100 * value,
        }
    ratio, shift = float(np.mean(widths)), float(np.mean(centres))
    tried = f"Not yet. Tried:  {name}(a, b) with arrays (120,)"
    lines = [
        f"  Came back:     an interval from {mine[-2]:.4g} to {mine[-1]:.4g}",
        f"  Expected:      about {low:.4g} to {high:.4g}",
    ]
    middle = (mine[-1] + mine[-2]) / 2
    near = [words for words, wrong in alone.items() if abs(middle - wrong) < 0.08 * abs(wrong)]
    if abs(shift) < 0.25 and 0.9 < ratio < 1.1:
        return confirm(f"{name} agrees with colorlib on 3 sets, its width within {abs(ratio - 1):.0%}.")
    if abs(shift) > 0.25:
        guess = near[0] if near else "an interval around something other than 1 - mean(b)/mean(a)"
    else:
        guess = _of_the_width(ratio)
    return explain(tried, *lines, f"  Looks like:    {guess}.")


def _of_the_width(ratio):
    """Which mistake a width of `ratio` times the right one looks like, for the data of the check."""
    if ratio < 0:
        return "high and low are swapped"
    if ratio < 0.02:
        return "no resampling: low and high are the same number"
    if 0.3 < ratio < 0.62:
        return "one standard error to each side (68 %), not 1.96"
    if 0.62 <= ratio < 0.78:
        return "an interval of about 80 %: take the 2.5 and 97.5 percentiles"
    if 0.78 <= ratio < 0.9:
        return "an interval of 90 %: take the 2.5 and 97.5 percentiles, not 5 and 95"
    if 1.2 < ratio < 1.5:
        return "an interval of 99 %: take the 2.5 and 97.5 percentiles, not 0.5 and 99.5"
    if 2 < ratio < 8:
        return "a and b drawn separately; what makes a picture hard for both then does not cancel"
    if ratio >= 8:
        return "the spread of single pictures, not of the mean over resamples"
    return "too few resamples or draws of another size than the set"
