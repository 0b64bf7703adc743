"""Checks of problem sets 1 and 2 (notebooks/assignments/), for tasks that no lesson has."""

import functools
import math

import torch
from torch.nn.functional import softmax

from colorlib import color
from colorlib.course.checks.asked import ASKED
from colorlib.course.checks.conventions import Convention
from colorlib.course.checks.judging import RIGHT, check, combined
from colorlib.course.checks.stages import Table, part, reduced

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off

# ---- problem set 1


def _lab(of_L=lambda L: 100 * L + 50, of_ab=lambda ab: 110 * ab):
    return lambda L, ab: torch.cat([of_L(L), of_ab(ab)], dim=1)


TO_LAB = {
    RIGHT: color.model_to_lab,
    "50 is not added to L": _lab(lambda L: 100 * L),
    "50 is added before the multiplication; multiply by 100 first": _lab(lambda L: 100 * (L + 50)),
    "L is multiplied by 50, as if it ran from -1 to 1": _lab(lambda L: 50 * L + 50),
    "L is left in model units": _lab(lambda L: L),
    "L is multiplied by 110, which belongs to ab": _lab(lambda L: 110 * L + 50),
    "L is multiplied by 255, which belongs to 8-bit numbers": _lab(lambda L: 255 * (L + 0.5)),
    "L is multiplied by 128 or more: 100": _lab(lambda L: 128 * L + 50),
    "0.5 is added to L, but it is not multiplied by 100": _lab(lambda L: L + 0.5),
    "ab is multiplied by 220 and 110 is taken away, as if it ran from 0 to 1":
        _lab(of_ab=lambda ab: 220 * ab - 110),
    "128 is added to ab, which is centred on 0": _lab(of_ab=lambda ab: 110 * ab + 128),
    "ab is divided by 110; multiply": _lab(of_ab=lambda ab: ab / 110),
    "ab is left in model units": _lab(of_ab=lambda ab: ab),
    "ab is multiplied by 128 instead of 110": _lab(of_ab=lambda ab: 128 * ab),
    "a and b are swapped": _lab(of_ab=lambda ab: 110 * ab.flip(1)),
    "the way there, not the way back: that makes model units of Lab":
        _lab(lambda L: (L - 50) / 100, lambda ab: ab / 110),
    "L stands last; L, a, b is the order": lambda L, ab: torch.cat([110 * ab, 100 * L + 50], dim=1),
}


@check(TO_LAB, conventions=ASKED["to_lab"])
def to_lab(seeded):
    """student(L (B, 1, H, W), ab (B, 2, H, W), model units) -> Lab (B, 3, H, W).

    100 L + 50 and 110 ab.
    """
    return seeded.pictures((2, 4, 5), (1, 3, 3), (3, 1, 1), L=1, ab=2)


HUES = {
    RIGHT: lambda a, b: torch.atan2(b, a).rad2deg() % 360,
    "hue runs from -180 to 180; % 360 brings it to 0..360":
        lambda a, b: torch.atan2(b, a).rad2deg(),
    "hue is in radians": lambda a, b: torch.atan2(b, a) % (2 * math.pi),
    "hue is in radians, from -π to π": lambda a, b: torch.atan2(b, a),
    "atan2 wants b first, then a": lambda a, b: torch.atan2(a, b).rad2deg() % 360,
    "atan(b / a) cannot tell a colour from its opposite; atan2(b, a) can":
        lambda a, b: (b / a).atan().rad2deg(),
    "atan(b / a) cannot tell a colour from its opposite; atan2 can":
        lambda a, b: (b / a).atan().rad2deg() % 360,
}
HUES |= {
    "180 is added to hue, but % 360 is what brings -180..180 to 0..360":
        lambda a, b: torch.atan2(b, a).rad2deg() + 180,
    "hue is turned by -90°": lambda a, b: (torch.atan2(b, a).rad2deg() - 90) % 360,
    "hue runs from 0 to 1; degrees are wanted": lambda a, b: torch.atan2(b, a) / (2 * math.pi) % 1,
    "hue runs from 0 to 255; degrees are wanted":
        lambda a, b: torch.atan2(b, a) / (2 * math.pi) % 1 * 255,
    "hue runs the other way round: 360 - hue": lambda a, b: 360 - torch.atan2(b, a).rad2deg() % 360,
    "hue is multiplied by 180, but not divided by π": lambda a, b: torch.atan2(b, a) * 180,
    "hue is multiplied by π / 180: 180 / π": lambda a, b: torch.atan2(b, a).deg2rad(),
    "hue is multiplied by 360, but not divided by 2 π": lambda a, b: torch.atan2(b, a) * 360 % 360,
    "360 is added to all angles; % 360 adds it to negative ones alone":
        lambda a, b: torch.atan2(b, a).rad2deg() + 360,
    "360 is added where a is negative, not where the angle is":
        lambda a, b: torch.atan2(b, a).rad2deg() + 360 * (a < 0),
    "180 is added where a is negative; angles below 0 stay negative":
        lambda a, b: (b / a).atan().rad2deg() + 180 * (a < 0),
    "asin(b / chroma) cannot tell a colour from its mirror image; atan2(b, a) can":
        lambda a, b: (b / (a**2 + b**2).sqrt()).asin().rad2deg(),
    "asin(b / chroma) cannot tell a colour from its mirror image; atan2 can":
        lambda a, b: (b / (a**2 + b**2).sqrt()).asin().rad2deg() % 360,
    "atan(b / a) in radians": lambda a, b: (b / a).atan(),
    "atan(a / b): atan2(b, a)": lambda a, b: (a / b).atan().rad2deg(),
    "atan(a / b): atan2(b, a) (% 360)": lambda a, b: (a / b).atan().rad2deg() % 360,
    "atan2(a, b), not brought to 0..360: atan2 wants b first":
        lambda a, b: torch.atan2(a, b).rad2deg(),
}
CHROMAS = {
    RIGHT: lambda a, b: 110 * (a**2 + b**2).sqrt(),
    "chroma is in model units; times 110": lambda a, b: (a**2 + b**2).sqrt(),
    "chroma lacks its square root": lambda a, b: 110**2 * (a**2 + b**2),
    "chroma lacks its square root, and is in model units": lambda a, b: a**2 + b**2,
    "|a| + |b| instead of sqrt(a² + b²)": lambda a, b: 110 * (a.abs() + b.abs()),
    "the root of the mean of a² and b², not of their sum":
        lambda a, b: 110 * ((a**2 + b**2) / 2).sqrt(),
    "chroma is divided by 110; multiply": lambda a, b: (a**2 + b**2).sqrt() / 110,
    "a + b instead of sqrt(a² + b²)": lambda a, b: 110 * (a + b),
    "the larger of |a| and |b| instead of sqrt(a² + b²)":
        lambda a, b: 110 * torch.maximum(a.abs(), b.abs()),
    "a alone": lambda a, b: 110 * a,
    "sqrt(a² - b²): plus": lambda a, b: 110 * (a**2 - b**2).sqrt(),
    "one norm over each whole picture; each pixel has its own":
        lambda a, b: 110 * (a**2 + b**2).sum((1, 2), keepdim=True).sqrt().expand_as(a),
    "only |a| is multiplied by 110: brackets": lambda a, b: 110 * a.abs() + b.abs(),
    "** 1 / 2 is (** 1) / 2: brackets around 1 / 2, or sqrt": lambda a, b: 110 * (a**2 + b**2) / 2,
    "** 1 / 2 is (** 1) / 2: brackets around 1 / 2, or sqrt (of 110 a and 110 b)":
        lambda a, b: 110**2 * (a**2 + b**2) / 2,
}


def _polar(hue, chroma, turn=lambda a, b: (a, b)):
    return lambda ab: (hue(*turn(*ab.unbind(1))), chroma(*ab.unbind(1)))


HUE_AND_CHROMA = combined(_polar, HUES, CHROMAS, most=1) | {
    "the pair is returned in the wrong order: hue first": lambda ab: _polar(
        HUES[RIGHT], CHROMAS[RIGHT]
    )(ab)[::-1]
}


def _hue_from(usual, turn, code):
    """Hue counted from another axis.  turn: (a, b) seen from there; code: what goes into atan2."""
    polar = functools.partial(_polar, turn=turn)
    hues = {words.replace("atan2(b, a)", code): hue for words, hue in HUES.items()}
    table = combined(polar, hues, CHROMAS, most=1)
    table["the pair is returned in the wrong order: hue first"] = lambda ab: polar(
        HUES[RIGHT], CHROMAS[RIGHT]
    )(ab)[::-1]
    return Convention(usual, variants=table)


HUE_ASKED = {
    "zero=yellow": _hue_from(
        "hue is counted from red (the a axis); yellow (the b axis) is 0 here",
        lambda a, b: (b, -a), "atan2(-a, b)",
    ),
    "zero=green": _hue_from(
        "hue is counted from red (the a axis); green (the negative a axis) is 0 here",
        lambda a, b: (-a, -b), "atan2(-b, -a)",
    ),
    "turn=blue": _hue_from(
        "hue turns from red to yellow; from red to blue is wanted here",
        lambda a, b: (a, -b), "atan2(-b, a)",
    ),
}


@check(HUE_AND_CHROMA, conventions=HUE_ASKED)
def hue_and_chroma(seeded):
    """student(ab (B, 2, H, W), model units) -> hue and chroma, both (B, H, W).

    Hue in degrees in [0, 360), chroma in Lab units.
    """
    axes = torch.tensor([[0.3, 0.0], [0.0, 0.3], [-0.3, 0.0], [0.0, -0.3]]).T.reshape(1, 2, 2, 2)
    return [*seeded.pictures((2, 4, 5), (3, 2, 2), ab=2), {"ab": axes}]


# ---- problem set 2


def _squares(p, y):
    return (p - y).square().sum(1, keepdim=True)  # (B, 1, H, W)


def _each_own(x, w):
    return x.sum((1, 2, 3)) / w.sum((1, 2, 3))


DISTANCES = {  # (B, 1, H, W) of prediction and truth
    RIGHT: _squares,
    "the mean over a and b: the squared distance is their sum": lambda p, y: _squares(p, y) / 2,
    "the distance, not its square": lambda p, y: _squares(p, y).sqrt(),
    "|da| + |db| instead of da² + db²": lambda p, y: (p - y).abs().sum(1, True),
    "the mean of |da| and |db| instead of da² + db²": lambda p, y: (p - y).abs().mean(1, True),
    "the mean of da and db is squared: each has its own square":
        lambda p, y: (p - y).mean(1, True) ** 2,
    "the square is missing: da + db": lambda p, y: (p - y).sum(1, True),
    "the square is missing: the mean of da and db": lambda p, y: (p - y).mean(1, True),
    "the difference of the squares; the square of the difference is wanted":
        lambda p, y: (p**2 - y**2).sum(1, True),
    "a alone": lambda p, y: (p - y)[:, :1] ** 2,
    "b alone": lambda p, y: (p - y)[:, 1:] ** 2,
    "the square is squared once more": lambda p, y: _squares(p, y) ** 2,
    "the product of da and db": lambda p, y: (p - y).prod(1, keepdim=True),
    "the squared difference of the lengths; the length of the difference is wanted":
        lambda p, y: (p.norm(dim=1, keepdim=True) - y.norm(dim=1, keepdim=True)) ** 2,
    "the difference of the mean colours": lambda p, y: _squares(
        p.mean((2, 3), keepdim=True), y.mean((2, 3), keepdim=True)
    ).expand(-1, -1, *p.shape[2:]),
}
DISTANCES |= reduced(
    "a and b in d²", "sum", lambda f: lambda p, y: f((p - y).square(), 1)[:, None]
)
USES = {  # of the weight
    RIGHT: lambda w: w,
    "the weight is squared with the difference": lambda w: w**2,
    "the root of the weight": lambda w: w.sqrt(),
    "divided by the weight; multiply": lambda w: 1 / w,
    "1 - the weight; the weight itself": lambda w: 1 - w,
    "softmax of the weights": lambda w: softmax(w.flatten(), 0).view(w.shape),
    "each pixel's weight is divided by its picture's sum":
        lambda w: w / w.sum((1, 2, 3), keepdim=True),
    "the mean weight of all pixels, for each": lambda w: w.mean().expand_as(w),
    "the first picture's weights for all": lambda w: w[:1].expand_as(w),
    "the weights are cut off at 1": lambda w: w.clamp(max=1),
    "yes or no (above 1) in the place of weights": lambda w: (w > 1).float(),
    "yes or no (above 0.5) in the place of weights": lambda w: (w > 0.5).float(),
    "the largest weight is 1": lambda w: w / w.max(),
    "exp of the weights": torch.exp,
}
DIVIDES = {  # the weighted squares x, of w
    RIGHT: lambda x, w: x.sum() / w.sum(),
    "divided by the number of pixels, not by the sum of the weights": lambda x, w: x.mean(),
    "the sum is not divided by the sum of the weights": lambda x, w: x.sum(),
    "divided by the number of pictures": lambda x, w: x.sum() / len(x),
    "each picture's own mean first, then their mean: that loses how much each picture weighs":
        lambda x, w: _each_own(x, w).mean(),
    "one mean for each picture; one number for the batch is wanted": _each_own,
    "one mean for each picture (with an axis of 1); one number for the batch is wanted":
        lambda x, w: x.sum((2, 3)) / w.sum((2, 3)),
    "one sum for each picture; one number for the batch is wanted":
        lambda x, w: x.sum((1, 2, 3)),
    "one mean of each picture over its pixels; one number for the batch is wanted":
        lambda x, w: x.mean((1, 2, 3)),
    "one number for each pixel; their sum is wanted": lambda x, w: x / w.sum(),
    "the square root at the end is one too many": lambda x, w: (x.sum() / w.sum()).sqrt(),
    "the median, not the mean": lambda x, w: (x / w.mean()).median(),
    "divided by one less than the sum of the weights": lambda x, w: x.sum() / (w.sum() - 1),
}


def _weighted(distance, use, divide):
    """divide's denominator is of the weights as they are given."""
    return lambda p, y, w: divide(use(w) * distance(p, y), w)


DIVIDES |= reduced(
    "the weights below the line", "sum", lambda f: lambda x, w: x.sum() / f(w, (0, 1, 2, 3))
) | reduced(
    "the pictures' own means", "sum", lambda f: lambda x, w: f(_each_own(x, w), 0)
)
SQUARES = [
    ("the differences", lambda f: lambda p, y, w: _weighted_mean(part(f)(p - y).square(), w)),
    ("the squares", lambda f: lambda p, y, w: _weighted_mean(part(f)((p - y).square()), w)),
    ("the weighted squares",
        lambda f: lambda p, y, w: part(f)(w * _squares(p, y)).sum() / w.sum()),
]


def _weighted_mean(squares, w):
    return (w * squares).sum() / w.sum()


WEIGHTED_ERROR = Table({}, SQUARES) | combined(
    _weighted, DISTANCES, USES, DIVIDES, names=("the squared distances", "the weights")
) | {
    "the mean over a, b and pixels, without dividing by the weights' sum":
        lambda p, y, w: (w * (p - y).square()).mean(),
    "weights on prediction and truth, before the difference: the weight is squared":
        lambda p, y, w: (w * p - w * y).square().mean(),
    "every weight meets every picture: (B, 1, H, W) times (B, H, W) is (B, B, H, W)":
        lambda p, y, w: (w * (p - y).square().sum(1)).sum() / w.sum(),
    "every weight meets every picture, (B, B, H, W), and the mean is not divided":
        lambda p, y, w: (w * (p - y).square().sum(1)).mean(),
    "yes or no (above 1) in the place of weights, which are counted":
        lambda p, y, w: ((w > 1) * _squares(p, y)).sum() / (w > 1).sum(),
    "the squares of the weighted mean differences: square first":
        lambda p, y, w: ((w * (p - y)).sum((0, 2, 3)) / w.sum()).square().sum(),
    "each picture's weighted mean of differences, squared": lambda p, y, w: (
        ((w * (p - y)).sum((2, 3)) / w.sum((2, 3))).square().sum(1).mean()
    ),
}


@check(WEIGHTED_ERROR, conventions=ASKED["weighted_error"])
def weighted_error(seeded):
    """student(prediction, truth (B, 2, H, W), weight (B, 1, H, W)) -> scalar.

    The weighted mean over all pixels of the squared distance in the ab plane, sum(w d²) / sum(w)
    with d² = da² + db².
    """
    cases = seeded.pictures((2, 4, 5), (3, 2, 2), (1, 1, 1), prediction=2, truth=2, weight=1)
    return [case | {"weight": 3 * (case["weight"] + 0.5)} for case in cases]  # 0 to 3


SHARES = {
    RIGHT: lambda c: c / c.sum(),
    "counts are not divided by their sum": lambda c: c,
    "counts are divided by the largest, not by their sum": lambda c: c / c.max(),
    "counts are divided by their mean, not by their sum": lambda c: c / c.mean(),
    "softmax of the counts, not their shares": lambda c: softmax(c, 0),
    "all bins have the same share: the counts are not used": lambda c: torch.ones_like(c) / len(c),
    "counts are divided by their length (norm), not by their sum": lambda c: c / c.norm(),
    "the logarithms of the counts": lambda c: c.log1p() / c.log1p().sum(),
    "the roots of the counts": lambda c: c.sqrt() / c.sqrt().sum(),
}
MIXES = {
    RIGHT: lambda p, m: (1 - m) * p + m / len(p),
    "mix and 1 - mix are swapped": lambda p, m: m * p + (1 - m) / len(p),
    "mix is added as it is; its share for each bin is mix / Q": lambda p, m: (1 - m) * p + m,
    "1 / Q is added, without mix": lambda p, m: (1 - m) * p + 1 / len(p),
    "mix is not used": lambda p, m: 0.5 * p + 0.5 / len(p),
    "nothing is mixed in: mix is not used": lambda p, m: p,
    "mix / Q²": lambda p, m: (1 - m) * p + m / len(p) ** 2,
    "mix / (Q - 1)": lambda p, m: (1 - m) * p + m / (len(p) - 1),
    "a little (1e-8) is added to nothing mixed": lambda p, m: p + 1e-8,
    "the uniform share alone": lambda p, m: torch.full_like(p, 1 / len(p)),
    "the larger of both, not their sum": lambda p, m: ((1 - m) * p).clamp(min=m / len(p)),
}
TURNS = {
    RIGHT: lambda x: 1 / x,
    "not inverted: rare bins are to get large weights": lambda x: x,
    "exp of minus the mixed share; 1 divided by it": lambda x: (-x).exp(),
    "the largest divided by each": lambda x: x.max() - x,
}
SCALES = {  # w, by the counts and the mixed share x
    RIGHT: lambda w, c, x: w / (c / c.sum() * w).sum(),
    "not scaled: the mean weight of a pixel, sum(p w), is to be 1": lambda w, c, x: w,
    "scaled so that the mean over the bins is 1; over the pixels, sum(p w), is wanted":
        lambda w, c, x: w / w.mean(),
    "scaled so that the weights sum to 1; sum(p w) = 1 is wanted": lambda w, c, x: w / w.sum(),
    "scaled so that the smallest weight is 1; sum(p w) = 1 is wanted": lambda w, c, x: w / w.min(),
    "scaled with the counts, not with their shares p": lambda w, c, x: w / (c * w).sum(),
    "scaled with the mixed shares, not with p": lambda w, c, x: w / (x * w).sum(),
    "scaled by softmax": lambda w, c, x: softmax(w, 0),
    "scaled with the root of sum(p w²)":
        lambda w, c, x: w / (c / c.sum() * w**2).sum().sqrt(),
    "sum(p w) itself": lambda w, c, x: (c / c.sum() * w).sum(),
    "the sum of the weights": lambda w, c, x: w.sum(),
}


def _balanced(share, mix, turn, scale):
    def variant(counts, m):
        mixed = mix(share(counts), m)
        return scale(turn(mixed), counts, mixed)

    return variant


def _scaled(w, counts):
    return w / (counts / counts.sum() * w).sum()


REBALANCING = combined(
    _balanced, SHARES, MIXES, TURNS, SCALES,
    names=("the shares p", "the mixed shares", "the weights before scaling"),
) | {
    "the shares are inverted before they are mixed": lambda c, m: (
        lambda w: w / (c / c.sum() * w).sum()
    )((1 - m) / (c / c.sum()).clamp(min=1e-8) + m / len(c)),
    "brackets: 1 / (1 - mix) * p + mix / Q divides before the sum": lambda c, m: _scaled(
        1 / ((1 - m) * (c / c.sum())).clamp(min=1e-12) + m / len(c), c
    ),
    "the shares are inverted before they are mixed with Q": lambda c, m: (
        lambda w: w / (c / c.sum() * w).sum()
    )((1 - m) / (c / c.sum()).clamp(min=1e-3) + m * len(c)),
}


@check(REBALANCING, conventions=ASKED["rebalancing"])
def rebalancing(seeded):
    """student(counts (Q,), mix) -> (Q,), w = 1 / ((1 - mix) p + mix / Q), where sum(p w) = 1.

    p are the counts divided by their sum; w is scaled (Zhang et al. 2016, section 2.2).
    """
    counts = torch.tensor([60.0, 25.0, 10.0, 5.0, 0.0])
    fewer = torch.tensor([3.0, 40.0, 7.0])
    pairs = ((counts, 0.5), (counts, 0.2), (counts, 1.0), (fewer, 0.3))
    return [{"counts": counts, "mix": mix} for counts, mix in pairs]


DISTANCE = {  # (N, Q)
    RIGHT: torch.cdist,
    "the distance of a alone": lambda x, c: (x[:, None, 0] - c[:, 0]).abs(),
    "the distance of b alone": lambda x, c: (x[:, None, 1] - c[:, 1]).abs(),
    "the product with the centre, not the distance": lambda x, c: x @ c.T,
}
WEIGHS = {
    RIGHT: lambda d, s: (-(d**2) / (2 * s**2)).exp(),
    "d where d² belongs": lambda d, s: (-d / (2 * s**2)).exp(),
    "d where d² belongs, and sigma where 2 sigma² belongs": lambda d, s: (-d / s).exp(),
    "d where d² belongs, and no sigma": lambda d, s: (-d).exp(),
    "the 2 in 2 sigma² is missing": lambda d, s: (-(d**2) / s**2).exp(),
    "sigma is not squared": lambda d, s: (-(d**2) / (2 * s)).exp(),
    "sigma is not squared, and the 2 is missing": lambda d, s: (-(d**2) / s).exp(),
    "brackets around 2 sigma are missing: / 2 * sigma multiplies":
        lambda d, s: (-(d**2) / 2 * s).exp(),
    "the minus in the exponent is missing: near centres are to count more":
        lambda d, s: (d**2 / (2 * s**2)).exp(),
    "all k get the same share": lambda d, s: torch.ones_like(d),
    "1 / d², not exp": lambda d, s: 1 / d**2,
    "1 / (1 + d²/sigma²), not exp": lambda d, s: 1 / (1 + d**2 / s**2),
    "the distances themselves, not exp": lambda d, s: d,
    "1 - d, not exp": lambda d, s: 1 - d,
    "powers of 2, not of e": lambda d, s: torch.exp2(-(d**2) / (2 * s**2)),
    "d²/sigma, all squared": lambda d, s: (-((d / s) ** 2) ** 2 / 2).exp(),
}
CHOICES = {  # how many of the nearest: of k and Q
    RIGHT: lambda k, q: k,
    "all centres get a share; only the k nearest": lambda k, q: q,
    "the nearest centre alone": lambda k, q: 1,
    "k + 1 centres get a share": lambda k, q: min(k + 1, q),
    "5 centres get a share, whatever k": lambda k, q: min(5, q),
    "2 centres get a share, whatever k": lambda k, q: min(2, q),
    "the k farthest centres": lambda k, q: -k,
}
SUMS = {
    RIGHT: lambda w, of_all: w / w.sum(1, keepdim=True),
    "rows do not sum to 1: divide each by its sum": lambda w, of_all: w,
    "each column is divided by its sum; the rows are to sum to 1":
        lambda w, of_all: w / w.sum(0, keepdim=True),
    "divided by the sum over all rows; each row has its own": lambda w, of_all: w / w.sum(),
    "divided before the far centres are cut off: what is left no longer sums to 1":
        lambda w, of_all: w / of_all.sum(1, keepdim=True),
    "each row is divided by the number of centres": lambda w, of_all: w / w.shape[1],
}


def _encoded(distance, weigh, choose, share):
    def variant(ab, centres, sigma, k):
        d = distance(ab, centres)  # (N, Q)
        n = choose(k, len(centres))
        chosen = d.topk(abs(n), dim=1, largest=n < 0).indices
        every = weigh(d, sigma)
        return share(every * torch.zeros_like(d).scatter(1, chosen, 1.0), every)

    return variant


def _scattered(ab, centres, sigma, k):
    d = torch.cdist(ab, centres)
    near = d.topk(k, dim=1, largest=False)
    return d, near.indices, softmax(-(near.values**2) / (2 * sigma**2), 1)


SOFT_ENCODE = combined(
    _encoded, DISTANCE, WEIGHS, CHOICES, SUMS,
    names=("the distances", "the bells exp(...)", None, ("the bells of the near ones", None)),
) | {
    "the k shares alone; all Q have a place, 0 for the far ones (scatter)":
        lambda *given: _scattered(*given)[2],
    "softmax of the bells exp(...): they are divided by their sum alone":
        lambda ab, centres, sigma, k: (lambda d, i: torch.zeros_like(d).scatter(
            1, i, softmax((-(d.gather(1, i) ** 2) / (2 * sigma**2)).exp(), 1)
        ))(torch.cdist(ab, centres), _scattered(ab, centres, sigma, k)[1]),
    "which centres are near, not their shares": lambda *given: _scattered(*given)[1],
    "the colour that the shares give, not the shares": lambda *given: torch.einsum(
        "nk,nkc->nc", _scattered(*given)[2], given[1][_scattered(*given)[1]]
    ),
    "scatter takes the first k of each row, not those of the near centres":
        lambda ab, centres, sigma, k: (lambda d, i: torch.zeros_like(d).scatter(
            1, i, (-(d**2) / (2 * sigma**2)).exp()
        ))(torch.cdist(ab, centres), _scattered(ab, centres, sigma, k)[1]),
    "softmax of minus the distances of the k nearest; d² / (2 sigma²) belongs there":
        lambda ab, centres, sigma, k: (lambda d, i: torch.zeros_like(d).scatter(
            1, i, softmax(-d.gather(1, i), 1)
        ))(torch.cdist(ab, centres), _scattered(ab, centres, sigma, k)[1]),
}


@check(SOFT_ENCODE, conventions=ASKED["soft_encode"])
def soft_encode(seeded):
    """student(ab (N, 2), centres (Q, 2), sigma, k) -> (N, Q), each row with a sum of 1.

    exp(-d² / (2 sigma²)) at each colour's k nearest centres, 0 elsewhere, divided by the row's sum
    (Zhang et al. 2016, section 2.1).
    """
    sizes = ((5, 8, 0.3, 3), (4, 4, 0.5, 2), (1, 6, 0.2, 6))
    return [
        {"ab": seeded.uniform(n, 2), "centres": seeded.uniform(q, 2), "sigma": sigma, "k": k}
        for n, q, sigma, k in sizes
    ]


NETWORK_INPUT = {
    RIGHT: lambda L, h, m: torch.cat([L, h * m, m], 1),
    "hints are not masked: where nothing is hinted, 0 must stand":
        lambda L, h, m: torch.cat([L, h, m], 1),
    "the mask is turned round: 1 is where a hint stands":
        lambda L, h, m: torch.cat([L, h * (1 - m), m], 1),
    "the mask that is handed on is turned round": lambda L, h, m: torch.cat([L, h * m, 1 - m], 1),
    "L is masked too; it is known everywhere": lambda L, h, m: torch.cat([L * m, h * m, m], 1),
    "the mask is missing: zero and 'nothing said' would look the same":
        lambda L, h, m: torch.cat([L, h * m], 1),
    "the mask stands before the hints; it is the last channel":
        lambda L, h, m: torch.cat([L, m, h * m], 1),
    "L stands last; it is the first channel": lambda L, h, m: torch.cat([h * m, m, L], 1),
    "a and b are swapped": lambda L, h, m: torch.cat([L, (h * m).flip(1), m], 1),
    "the mask is added to the hints; multiply": lambda L, h, m: torch.cat([L, h + m, m], 1),
    "-1 stands where nothing is hinted, not 0":
        lambda L, h, m: torch.cat([L, torch.where(m > 0, h, -1.0), m], 1),
    "NaN stands where nothing is hinted, not 0":
        lambda L, h, m: torch.cat([L, torch.where(m > 0, h, torch.nan), m], 1),
    "the hints are masked twice: with the mean of the mask":
        lambda L, h, m: torch.cat([L, h * m.mean(), m], 1),
    "the signs of the hints alone": lambda L, h, m: torch.cat([L, (h * m).sign(), m], 1),
    "the mean of a and b; both have a channel":
        lambda L, h, m: torch.cat([L, (h * m).mean(1, True), m], 1),
    "the hints are added to L": lambda L, h, m: torch.cat([L + (h * m).sum(1, True), h * m, m], 1),
    "all of it is masked": lambda L, h, m: torch.cat([L * m, h * m, m * m], 1),
    "only a is masked": lambda L, h, m: torch.cat([L, h[:, :1] * m, h[:, 1:], m], 1),
    "only b is masked": lambda L, h, m: torch.cat([L, h[:, :1], h[:, 1:] * m, m], 1),
    "the hints are missing": lambda L, h, m: torch.cat([L, m], 1),
    "L is missing": lambda L, h, m: torch.cat([h * m, m], 1),
}


@check(NETWORK_INPUT, conventions=ASKED["network_input"])
def network_input(seeded):
    """student(L (B, 1, H, W), hints (B, 2, H, W), mask (B, 1, H, W)) -> (B, 4, H, W).

    L, the hints where the mask is 1 and zero elsewhere, the mask.
    """
    cases = seeded.pictures((2, 4, 6), (1, 3, 3), (3, 1, 2), L=1, hints=2, mask=1)
    return [case | {"mask": (case["mask"] > 0).float()} for case in cases]
