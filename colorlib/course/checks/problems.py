"""Checks of problem sets 1 to 3 (notebooks/assignments/), for tasks that no lesson has."""

import math

import torch
from torch.nn.functional import softmax

from colorlib import color, prior
from colorlib.course.checks.judging import RIGHT, check, combined

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
    "50 is added, but L is not multiplied by 100": _lab(lambda L: L + 50),
    "L is left in model units": _lab(lambda L: L),
    "ab is left in model units": _lab(of_ab=lambda ab: ab),
    "ab is multiplied by 100 instead of 110": _lab(of_ab=lambda ab: 100 * ab),
    "ab is multiplied by 128 instead of 110": _lab(of_ab=lambda ab: 128 * ab),
    "50 is added to ab too, which is centred on 0": _lab(of_ab=lambda ab: 110 * ab + 50),
    "a and b are swapped": _lab(of_ab=lambda ab: 110 * ab.flip(1)),
    "the way there, not the way back: that makes model units of Lab":
        _lab(lambda L: (L - 50) / 100, lambda ab: ab / 110),
    "L stands last; L, a, b is the order": lambda L, ab: torch.cat([110 * ab, 100 * L + 50], dim=1),
}


@check(TO_LAB)
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
CHROMAS = {
    RIGHT: lambda a, b: 110 * (a**2 + b**2).sqrt(),
    "chroma is in model units; times 110": lambda a, b: (a**2 + b**2).sqrt(),
    "chroma lacks its square root": lambda a, b: 110**2 * (a**2 + b**2),
    "chroma lacks its square root, and is in model units": lambda a, b: a**2 + b**2,
    "|a| + |b| instead of sqrt(a² + b²)": lambda a, b: 110 * (a.abs() + b.abs()),
    "chroma is multiplied by 100 instead of 110": lambda a, b: 100 * (a**2 + b**2).sqrt(),
}


def _polar(hue, chroma):
    return lambda ab: (hue(*ab.unbind(1)), chroma(*ab.unbind(1)))


HUE_AND_CHROMA = combined(_polar, HUES, CHROMAS) | {
    "the pair is returned in the wrong order: hue first": lambda ab: _polar(
        HUES[RIGHT], CHROMAS[RIGHT]
    )(ab)[::-1]
}


@check(HUE_AND_CHROMA, tolerance=1e-3)
def hue_and_chroma(seeded):
    """student(ab (B, 2, H, W), model units) -> hue and chroma, both (B, H, W).

    Hue in degrees in [0, 360), chroma in Lab units.
    """
    axes = torch.tensor([[0.3, 0.0], [0.0, 0.3], [-0.3, 0.0], [0.0, -0.3]]).T.reshape(1, 2, 2, 2)
    return [*seeded.pictures((2, 4, 5), (3, 2, 2), ab=2), {"ab": axes}]


# ---- problem set 2


def _squares(p, y):
    return (p - y).square().sum(1, keepdim=True)  # (B, 1, H, W)


def _weighted(p, y, w, axes=(0, 1, 2, 3)):
    return (w * _squares(p, y)).sum(axes) / w.sum(axes)


WEIGHTED_ERROR = {
    RIGHT: _weighted,
    "the weights are not used": lambda p, y, w: _squares(p, y).mean(),
    "divided by the number of pixels, not by the sum of the weights":
        lambda p, y, w: (w * _squares(p, y)).mean(),
    "the mean over a and b: the squared distance is their sum":
        lambda p, y, w: _weighted(p, y, w) / 2,
    "the mean over a, b and pixels, without dividing by the weights' sum":
        lambda p, y, w: (w * (p - y).square()).mean(),
    "the sum is not divided by the sum of the weights": lambda p, y, w: (w * _squares(p, y)).sum(),
    "the weight is squared with the difference":
        lambda p, y, w: (w**2 * _squares(p, y)).sum() / w.sum(),
    "the distance, not its square": lambda p, y, w: (w * _squares(p, y).sqrt()).sum() / w.sum(),
    "|da| + |db| instead of da² + db²": lambda p, y, w: (w * (p - y).abs()).sum() / w.sum(),
    "the square root at the end is one too many": lambda p, y, w: _weighted(p, y, w).sqrt(),
    "one mean for each picture; one number for the batch is wanted":
        lambda p, y, w: _weighted(p, y, w, (1, 2, 3)),
    "each picture's own mean first, then their mean: that loses how much each picture weighs":
        lambda p, y, w: _weighted(p, y, w, (1, 2, 3)).mean(),
}


@check(WEIGHTED_ERROR)
def weighted_error(seeded):
    """student(prediction, truth (B, 2, H, W), weight (B, 1, H, W)) -> scalar.

    The weighted mean over all pixels of the squared distance in the ab plane, sum(w d²) / sum(w)
    with d² = da² + db².
    """
    cases = seeded.pictures((2, 4, 5), (3, 2, 2), (1, 1, 1), prediction=2, truth=2, weight=1)
    return [case | {"weight": 3 * (case["weight"] + 0.5)} for case in cases]  # 0 to 3


def _smooth(counts, mix, bins=None):
    return (1 - mix) * counts / counts.sum() + mix / (bins or len(counts))


def _scaled(w, counts):
    return w / (counts / counts.sum() * w).sum()


REBALANCING = {
    RIGHT: lambda c, m: _scaled(1 / _smooth(c, m), c),
    "not scaled: the mean weight of a pixel, sum(p w), is to be 1": lambda c, m: 1 / _smooth(c, m),
    "scaled so that the mean over the bins is 1; over the pixels, sum(p w), is wanted":
        lambda c, m: 1 / _smooth(c, m) / (1 / _smooth(c, m)).mean(),
    "scaled so that the weights sum to 1; sum(p w) = 1 is wanted":
        lambda c, m: 1 / _smooth(c, m) / (1 / _smooth(c, m)).sum(),
    "mix and 1 - mix are swapped": lambda c, m: _scaled(1 / _smooth(c, 1 - m), c),
    "not inverted: rare bins are to get large weights": lambda c, m: _scaled(_smooth(c, m), c),
    "counts are not divided by their sum": lambda c, m: _scaled(1 / ((1 - m) * c + m / len(c)), c),
    "mix is added as it is; its share for each bin is mix / Q":
        lambda c, m: _scaled(1 / _smooth(c, m, bins=1), c),
    "Q counts the bins that occur; all bins are meant":
        lambda c, m: _scaled(1 / _smooth(c, m, bins=int((c > 0).sum())), c),
    "mix is not used": lambda c, m: _scaled(1 / _smooth(c, 0.5), c),
}


@check(REBALANCING)
def rebalancing(seeded):
    """student(counts (Q,), mix) -> (Q,), w = 1 / ((1 - mix) p + mix / Q), where sum(p w) = 1.

    p are the counts divided by their sum; w is scaled (Zhang et al. 2016, section 2.2).
    """
    counts = torch.tensor([60.0, 25.0, 10.0, 5.0, 0.0])
    return [{"counts": counts, "mix": mix} for mix in (0.5, 0.2, 1.0)]


def _encode(weigh=lambda d, s: (-(d**2) / (2 * s**2)).exp(), far=False, sum_over=1, keep=None):
    def variant(ab, centres, sigma, k):
        d = torch.cdist(ab, centres)  # (N, Q)
        chosen = d.topk(keep or k, dim=1, largest=far).indices
        w = weigh(d, sigma) * torch.zeros_like(d).scatter(1, chosen, 1.0)
        return w if sum_over is None else w / w.sum(sum_over, keepdim=True)

    return variant


SOFT_ENCODE = {
    RIGHT: _encode(),
    "all centres get a share; only the k nearest":
        lambda ab, c, s, k: softmax(-(torch.cdist(ab, c) ** 2) / (2 * s**2), 1),
    "the k farthest centres": _encode(far=True),
    "rows do not sum to 1: divide each by its sum": _encode(sum_over=None),
    "each column is divided by its sum; the rows are to sum to 1": _encode(sum_over=0),
    "d where d² belongs": _encode(lambda d, s: (-d / (2 * s**2)).exp()),
    "the 2 in 2 sigma² is missing": _encode(lambda d, s: (-(d**2) / s**2).exp()),
    "sigma is not squared": _encode(lambda d, s: (-(d**2) / (2 * s)).exp()),
    "the minus in the exponent is missing: near centres are to count more":
        _encode(lambda d, s: (d**2 / (2 * s**2)).exp()),
    "all k get the same share": _encode(lambda d, s: torch.ones_like(d)),
    "the nearest centre alone": _encode(keep=1),
}


@check(SOFT_ENCODE)
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
}


@check(NETWORK_INPUT)
def network_input(seeded):
    """student(L (B, 1, H, W), hints (B, 2, H, W), mask (B, 1, H, W)) -> (B, 4, H, W).

    L, the hints where the mask is 1 and zero elsewhere, the mask.
    """
    cases = seeded.pictures((2, 4, 6), (1, 3, 3), (3, 1, 2), L=1, hints=2, mask=1)
    return [case | {"mask": (case["mask"] > 0).float()} for case in cases]


# ---- problem set 3


def _inside(ab, mask):
    """The prior of each picture's own inside, (B, 4)."""
    pixels = [x[:, m[0] > 0][None, :, :, None] for x, m in zip(ab, mask, strict=True)]
    return torch.cat([prior.color_prior(x) for x in pixels])  # of (1, 2, pixels, 1) each


def _moments(ab, mask):
    """Mean and variance of a and b inside, (B, 2) each."""
    n = mask.sum((2, 3))
    mean = (ab * mask).sum((2, 3)) / n
    return mean, ((ab - mean[..., None, None]).square() * mask).sum((2, 3)) / n


def _with(column, number):
    """The right prior with another number(ab, mask), (B,), in one column."""

    def variant(ab, mask):
        P = _inside(ab, mask)
        P[:, column] = number(ab, mask)
        return P

    return variant


REGION_PRIOR = {
    RIGHT: _inside,
    "the mask is not used": lambda ab, m: prior.color_prior(ab),
    "pixels outside count as grey: divide by the number of pixels inside":
        lambda ab, m: prior.color_prior(ab * m),
    "the mask is turned round: 1 is inside":
        lambda ab, m: _inside(ab, torch.where(m.sum() < m.numel(), 1 - m, m)),
    "one inside over the whole batch":
        lambda ab, m: (
            prior.color_prior(ab.transpose(0, 1)[:, m[:, 0] > 0][None, :, :, None])
            .expand(len(ab), 4)
        ),
    "the variance, not its square root": _with(2, lambda ab, m: _moments(ab, m)[1].sum(1)),
    "the root of the summed variances; the sum of the two roots is wanted":
        _with(2, lambda ab, m: _moments(ab, m)[1].sum(1).sqrt()),
    "the spread of the masked picture: outside, zeros are counted":
        _with(2, lambda ab, m: prior.color_prior(ab * m)[:, 2]),
    "the magnitude counts zeros outside": _with(3, lambda ab, m: prior.color_prior(ab * m)[:, 3]),
    "the length of the mean colour; the mean length is wanted":
        _with(3, lambda ab, m: _moments(ab, m)[0].norm(dim=1)),
    "a² + b² without the square root":
        _with(3, lambda ab, m: (ab.square() * m).sum((1, 2, 3)) / m.sum((1, 2, 3))),
    "a and b are swapped": lambda ab, m: _inside(ab, m)[:, [1, 0, 2, 3]],
    "the last two numbers are swapped": lambda ab, m: _inside(ab, m)[:, [0, 1, 3, 2]],
}


@check(REGION_PRIOR)
def region_prior(seeded):
    """student(ab (B, 2, H, W), mask (B, 1, H, W) of 0 and 1) -> (B, 4): the prior inside."""
    cases = seeded.pictures((2, 4, 5), (3, 3, 3), (1, 2, 2), ab=2, mask=1)
    for case in cases:
        case["ab"] += 0.2
        case["mask"] = (case["mask"] > 0).float()
        case["mask"][:, :, 0, 0] = 1  # never empty
    return cases


def _shift(axes=(2, 3)):
    """The mean over these axes taken away, the tint added."""
    return lambda ab, t: ab - ab.mean(axes, keepdim=True) + t[:, :, None, None]


SET_TINT = {
    RIGHT: _shift(),
    "the tint is added to the old mean; take the old mean away first":
        lambda ab, t: ab + t[:, :, None, None],
    "the tint alone: the picture has become flat": lambda ab, t: t[:, :, None, None].expand_as(ab),
    "the old mean is taken away, the tint is not added": lambda ab, t: _shift()(ab, 0 * t),
    "the mean of the whole batch; each picture has its own": _shift((0, 2, 3)),
    "one mean over a and b together": _shift((1, 2, 3)),
    "scaled to the tint; a shift is wanted":
        lambda ab, t: ab * t[:, :, None, None] / ab.mean((2, 3), keepdim=True),
    "the wrong sign: the mean is added and the tint taken away":
        lambda ab, t: 2 * ab - _shift()(ab, t),
    "a and b of the tint are swapped": lambda ab, t: _shift()(ab, t.flip(1)),
}


@check(SET_TINT)
def set_tint(seeded):
    """student(ab (B, 2, H, W), tint (B, 2)) -> like ab, shifted so that tint is its mean colour."""
    return [
        {"ab": seeded.uniform(batch, 2, h, w) + 0.1, "tint": seeded.uniform(batch, 2)}
        for batch, h, w in ((3, 4, 5), (2, 2, 2), (1, 1, 1))
    ]


def _tint(x):
    return x.mean((2, 3)).square().sum(1)  # (B,)


def _whole(x, y):
    return (x - y).square().sum(1).mean((1, 2))  # (B,)


def _parts(x, y):
    return _tint(x - y), _whole(x, y) - _tint(x - y)


SPLIT_ERROR = {
    RIGHT: _parts,
    "the pair is returned in the wrong order: the tint's part first":
        lambda x, y: _parts(x, y)[::-1],
    "the second part is the whole error; take the tint's part away":
        lambda x, y: (_tint(x - y), _whole(x, y)),
    "the mean over a and b; their sum is wanted":
        lambda x, y: tuple(part / 2 for part in _parts(x, y)),
    "sums over pixels, not means":
        lambda x, y: tuple(part * x[0, 0].numel() for part in _parts(x, y)),
    "the square roots; squares are what adds up":
        lambda x, y: tuple(part.clamp(min=0).sqrt() for part in _parts(x, y)),
    "one number for the whole batch; one for each picture is wanted":
        lambda x, y: tuple(part.mean() for part in _parts(x, y)),
    "the tint of the guess, not of the difference":
        lambda x, y: (_tint(x), _whole(x, y) - _tint(x)),
    "the tint's length is not squared":
        lambda x, y: (_tint(x - y).sqrt(), _whole(x, y) - _tint(x - y).sqrt()),
}


@check(SPLIT_ERROR)
def split_error(seeded):
    """student(guess, truth, both (B, 2, H, W)) -> (tint (B,), rest (B,)).

    The squared length of the mean difference, and what is left of the mean over pixels of
    da² + db².
    """
    cases = seeded.pictures((3, 4, 5), (2, 2, 2), (1, 1, 1), guess=2, truth=2)
    return [case | {"guess": case["guess"] + 0.2} for case in cases]
