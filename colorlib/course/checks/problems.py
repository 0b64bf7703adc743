"""Checks of problem sets 1 to 3 (notebooks/assignments/), for tasks that no lesson has."""

import math

import torch
from torch.nn.functional import softmax

from colorlib import color, prior
from colorlib.course.checks.judging import judge, uniform

# Problem set 1
# ----------------------------------------------------------------------------------------------------


def to_lab(student):
    """student(L (B, 1, H, W), ab (B, 2, H, W), model units) -> Lab (B, 3, H, W): 100 L + 50 and 110
    ab.
    """
    cases = [
        {"L": uniform(batch, 1, h, w, seed=1), "ab": uniform(batch, 2, h, w, seed=2)}
        for batch, h, w in ((2, 4, 5), (1, 3, 3), (3, 1, 1))
    ]

    def lab(of_L=lambda L: 100 * L + 50, of_ab=lambda ab: 110 * ab):
        return lambda L, ab: torch.cat([of_L(L), of_ab(ab)], dim=1)

    mistakes = {
        "50 is not added to L": lab(lambda L: 100 * L),
        "50 is added before the multiplication; multiply by 100 first": lab(
            lambda L: 100 * (L + 50)
        ),
        "L is multiplied by 50, as if it ran from -1 to 1": lab(lambda L: 50 * L + 50),
        "50 is added, but L is not multiplied by 100": lab(lambda L: L + 50),
        "L is left in model units": lab(lambda L: L),
        "ab is left in model units": lab(of_ab=lambda ab: ab),
        "ab is multiplied by 100 instead of 110": lab(of_ab=lambda ab: 100 * ab),
        "ab is multiplied by 128 instead of 110": lab(of_ab=lambda ab: 128 * ab),
        "50 is added to ab too, which is centred on 0": lab(of_ab=lambda ab: 110 * ab + 50),
        "a and b are swapped": lab(of_ab=lambda ab: 110 * ab.flip(1)),
        "the way there, not the way back: that makes model units of Lab": lab(
            lambda L: (L - 50) / 100, lambda ab: ab / 110
        ),
        "L stands last; L, a, b is the order": lambda L, ab: torch.cat(
            [110 * ab, 100 * L + 50], dim=1
        ),
    }
    return judge("to_lab", student, cases, color.model_to_lab, mistakes)


def hue_and_chroma(student):
    """student(ab (B, 2, H, W), model units) -> hue (B, H, W), degrees in [0, 360), and chroma (B,
    H, W), ab units.
    """
    axes = torch.tensor([[0.3, 0.0], [0.0, 0.3], [-0.3, 0.0], [0.0, -0.3]]).T.reshape(1, 2, 2, 2)
    cases = [{"ab": uniform(2, 2, 4, 5, seed=3)}, {"ab": uniform(3, 2, 2, 2, seed=4)}, {"ab": axes}]

    def degrees(x, y):
        return torch.atan2(y, x).rad2deg()

    for_hue = {
        "": lambda a, b: degrees(a, b) % 360,
        "hue runs from -180 to 180; % 360 brings it to 0..360": degrees,
        "hue is in radians": lambda a, b: torch.atan2(b, a) % (2 * math.pi),
        "hue is in radians, from -π to π": lambda a, b: torch.atan2(b, a),
        "atan2 wants b first, then a": lambda a, b: degrees(b, a) % 360,
        "atan(b / a) cannot tell a colour from its opposite; atan2(b, a) can": lambda a, b: (
            (b / a).atan().rad2deg()
        ),
        "atan(b / a) cannot tell a colour from its opposite; atan2 can": lambda a, b: (
            (b / a).atan().rad2deg() % 360
        ),
    }
    for_chroma = {
        "": lambda a, b: 110 * (a**2 + b**2).sqrt(),
        "chroma is in model units; times 110": lambda a, b: (a**2 + b**2).sqrt(),
        "chroma lacks its square root": lambda a, b: 110**2 * (a**2 + b**2),
        "chroma lacks its square root, and is in model units": lambda a, b: a**2 + b**2,
        "|a| + |b| instead of sqrt(a² + b²)": lambda a, b: 110 * (a.abs() + b.abs()),
        "chroma is multiplied by 100 instead of 110": lambda a, b: 100 * (a**2 + b**2).sqrt(),
    }

    def pair(hue, chroma):
        return lambda ab: (hue(*ab.unbind(1)), chroma(*ab.unbind(1)))

    right = pair(for_hue[""], for_chroma[""])
    mistakes = {
        "; ".join(filter(None, (x, y))): pair(f, g)
        for x, f in for_hue.items()
        for y, g in for_chroma.items()
        if x or y
    }
    mistakes["the pair is returned in the wrong order: hue first"] = lambda ab: right(ab)[::-1]
    return judge("hue_and_chroma", student, cases, right, mistakes, tolerance=1e-3)


# Problem set 2
# ----------------------------------------------------------------------------------------------------


def weighted_error(student):
    """student(prediction, truth (B, 2, H, W), weight (B, 1, H, W)) -> scalar: the weighted mean
    over all pixels of the squared distance in the ab plane, sum(w d²) / sum(w) with d² = da² + db².
    """
    cases = [
        {
            "prediction": uniform(batch, 2, h, w, seed=5),
            "truth": uniform(batch, 2, h, w, seed=6),
            "weight": uniform(batch, 1, h, w, seed=7, low=0, high=3),
        }
        for batch, h, w in ((2, 4, 5), (3, 2, 2), (1, 1, 1))
    ]

    def squares(p, y):
        return (p - y).square().sum(1, keepdim=True)  # (B, 1, H, W)

    def right(p, y, w):
        return (w * squares(p, y)).sum() / w.sum()

    mistakes = {
        "the weights are not used": lambda p, y, w: squares(p, y).mean(),
        "divided by the number of pixels, not by the sum of the weights": lambda p, y, w: (
            w * squares(p, y)
        ).mean(),
        "the mean over a and b: the squared distance is their sum": lambda p, y, w: (
            right(p, y, w) / 2
        ),
        "the mean over a, b and pixels, without dividing by the weights' sum": lambda p, y, w: (
            w * (p - y).square()
        ).mean(),
        "the sum is not divided by the sum of the weights": lambda p, y, w: (
            w * squares(p, y)
        ).sum(),
        "the weight is squared with the difference": lambda p, y, w: (
            (w**2 * squares(p, y)).sum() / w.sum()
        ),
        "the distance, not its square": lambda p, y, w: (w * squares(p, y).sqrt()).sum() / w.sum(),
        "|da| + |db| instead of da² + db²": lambda p, y, w: (w * (p - y).abs()).sum() / w.sum(),
        "the square root at the end is one too many": lambda p, y, w: right(p, y, w).sqrt(),
        "one mean for each picture; one number for the batch is wanted": lambda p, y, w: (
            (w * squares(p, y)).sum((1, 2, 3)) / w.sum((1, 2, 3))
        ),
        "each picture's own mean first, then their mean: that loses how much each picture weighs": lambda p, y, w: (
            ((w * squares(p, y)).sum((1, 2, 3)) / w.sum((1, 2, 3))).mean()
        ),
    }
    return judge("weighted_error", student, cases, right, mistakes)


def rebalancing(student):
    """student(counts (Q,), mix) -> (Q,): w = 1 / ((1 - mix) p + mix / Q), scaled so that sum(p w) =
    1, where p are the counts divided by their sum (Zhang et al. 2016, section 2.2).
    """
    counts = torch.tensor([60.0, 25.0, 10.0, 5.0, 0.0])
    cases = [{"counts": counts, "mix": mix} for mix in (0.5, 0.2, 1.0)]

    def p_of(counts):
        return counts / counts.sum()

    def smooth(counts, mix, bins=None):
        return (1 - mix) * p_of(counts) + mix / (bins or len(counts))

    def scaled(w, counts):
        return w / (p_of(counts) * w).sum()

    mistakes = {
        "not scaled: the mean weight of a pixel, sum(p w), is to be 1": lambda c, m: (
            1 / smooth(c, m)
        ),
        "scaled so that the mean over the bins is 1; over the pixels, sum(p w), is wanted": lambda c, m: (
            1 / smooth(c, m) / (1 / smooth(c, m)).mean()
        ),
        "scaled so that the weights sum to 1; sum(p w) = 1 is wanted": lambda c, m: (
            1 / smooth(c, m) / (1 / smooth(c, m)).sum()
        ),
        "mix and 1 - mix are swapped": lambda c, m: scaled(1 / smooth(c, 1 - m), c),
        "not inverted: rare bins are to get large weights": lambda c, m: scaled(smooth(c, m), c),
        "counts are not divided by their sum": lambda c, m: scaled(
            1 / ((1 - m) * c + m / len(c)), c
        ),
        "mix is added as it is; its share for each bin is mix / Q": lambda c, m: scaled(
            1 / ((1 - m) * p_of(c) + m), c
        ),
        "Q counts the bins that occur; all bins are meant": lambda c, m: scaled(
            1 / smooth(c, m, int((c > 0).sum())), c
        ),
        "mix is not used": lambda c, m: scaled(1 / smooth(c, 0.5), c),
    }
    return judge("rebalancing", student, cases, lambda c, m: scaled(1 / smooth(c, m), c), mistakes)


def soft_encode(student):
    """student(ab (N, 2), centres (Q, 2), sigma, k) -> (N, Q): for each colour exp(-d² / (2 sigma²))
    at its k nearest centres, 0 elsewhere, each row divided by its sum (Zhang et al. 2016, section
    2.1).
    """
    sizes = ((5, 8, 0.3, 3), (4, 4, 0.5, 2), (1, 6, 0.2, 6))
    cases = [
        {"ab": uniform(n, 2, seed=8), "centres": uniform(q, 2, seed=9), "sigma": sigma, "k": k}
        for n, q, sigma, k in sizes
    ]

    def encode(weigh=lambda d, s: (-(d**2) / (2 * s**2)).exp(), nearest=True, normal=1, keep=None):
        def variant(ab, centres, sigma, k):
            d = torch.cdist(ab, centres)
            chosen = d.topk(keep or min(k, len(centres)), dim=1, largest=not nearest).indices
            w = weigh(d, sigma) * torch.zeros_like(d).scatter(1, chosen, 1.0)
            return w if normal is None else w / w.sum(normal, keepdim=True)

        return variant

    mistakes = {
        "all centres get a share; only the k nearest": lambda ab, c, s, k: softmax(
            -(torch.cdist(ab, c) ** 2) / (2 * s**2), 1
        ),
        "the k farthest centres": encode(nearest=False),
        "rows do not sum to 1: divide each by its sum": encode(normal=None),
        "each column is divided by its sum; the rows are to sum to 1": encode(normal=0),
        "d where d² belongs": encode(lambda d, s: (-d / (2 * s**2)).exp()),
        "the 2 in 2 sigma² is missing": encode(lambda d, s: (-(d**2) / s**2).exp()),
        "sigma is not squared": encode(lambda d, s: (-(d**2) / (2 * s)).exp()),
        "the minus in the exponent is missing: near centres are to count more": encode(
            lambda d, s: (d**2 / (2 * s**2)).exp()
        ),
        "all k get the same share": encode(lambda d, s: torch.ones_like(d)),
        "the nearest centre alone": encode(keep=1),
    }
    return judge("soft_encode", student, cases, encode(), mistakes)


def network_input(student):
    """student(L (B, 1, H, W), hints (B, 2, H, W), mask (B, 1, H, W)) -> (B, 4, H, W): L, the hints
    where the mask is 1 and zero elsewhere, the mask.
    """
    cases = [
        {
            "L": uniform(batch, 1, h, w, seed=1),
            "hints": uniform(batch, 2, h, w, seed=2),
            "mask": (uniform(batch, 1, h, w, seed=3) > 0).float(),
        }
        for batch, h, w in ((2, 4, 6), (1, 3, 3), (3, 1, 2))
    ]

    def stack(*parts):
        return torch.cat(parts, dim=1)

    mistakes = {
        "hints are not masked: where nothing is hinted, 0 must stand": lambda L, h, m: stack(
            L, h, m
        ),
        "the mask is turned round: 1 is where a hint stands": lambda L, h, m: stack(
            L, h * (1 - m), m
        ),
        "the mask that is handed on is turned round": lambda L, h, m: stack(L, h * m, 1 - m),
        "L is masked too; it is known everywhere": lambda L, h, m: stack(L * m, h * m, m),
        "the mask is missing: zero and 'nothing said' would look the same": lambda L, h, m: stack(
            L, h * m
        ),
        "the mask stands before the hints; it is the last channel": lambda L, h, m: stack(
            L, m, h * m
        ),
        "L stands last; it is the first channel": lambda L, h, m: stack(h * m, m, L),
        "a and b are swapped": lambda L, h, m: stack(L, (h * m).flip(1), m),
    }
    return judge("network_input", student, cases, lambda L, h, m: stack(L, h * m, m), mistakes)


# Problem set 3
# ----------------------------------------------------------------------------------------------------


def region_prior(student):
    """student(ab (B, 2, H, W), mask (B, 1, H, W) of 0 and 1) -> (B, 4): the colour prior of the
    pixels inside.
    """
    cases = []
    for seed, (batch, h, w) in enumerate(((2, 4, 5), (3, 3, 3), (1, 2, 2))):
        mask = (uniform(batch, 1, h, w, seed=20 + seed) > 0).float()
        mask[:, :, 0, 0] = 1  # never empty
        cases.append({"ab": uniform(batch, 2, h, w, seed=seed) + 0.2, "mask": mask})

    def each(ab, mask):
        """The prior of each picture's own inside, (B, 4)."""
        # (1, 2, pixels, 1)
        inside = [x[:, m[0] > 0][None, :, :, None] for x, m in zip(ab, mask, strict=True)]
        return torch.cat([prior.color_prior(x) for x in inside])

    def put(ab, mask, third=None, fourth=None):
        columns = list(each(ab, mask).unbind(1))
        columns[2] = columns[2] if third is None else third
        columns[3] = columns[3] if fourth is None else fourth
        return torch.stack(columns, dim=1)

    def moments(ab, mask):
        """Mean and variance of a and b inside, (B, 2) each."""
        n = mask.sum((2, 3))
        mean = (ab * mask).sum((2, 3)) / n
        return mean, (((ab - mean[..., None, None]) ** 2) * mask).sum((2, 3)) / n

    def mean_inside(x, mask):
        return (x * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3))

    mistakes = {
        "the mask is not used": lambda ab, m: prior.color_prior(ab),
        "pixels outside count as grey: divide by the number of pixels inside": lambda ab, m: (
            prior.color_prior(ab * m)
        ),
        "the mask is turned round: 1 is inside": lambda ab, m: each(
            ab, torch.where(m.sum() < m.numel(), 1 - m, m)
        ),
        "one inside over the whole batch": lambda ab, m: prior.color_prior(
            ab.transpose(0, 1)[:, m[:, 0] > 0][None, :, :, None]
        ).expand(len(ab), 4),
        "the variance, not its square root": lambda ab, m: put(ab, m, moments(ab, m)[1].sum(1)),
        "the root of the summed variances; the sum of the two roots is wanted": lambda ab, m: put(
            ab, m, moments(ab, m)[1].sum(1).sqrt()
        ),
        "the spread of the masked picture: outside, zeros are counted": lambda ab, m: put(
            ab, m, prior.color_prior(ab * m)[:, 2]
        ),
        "the magnitude counts zeros outside": lambda ab, m: put(
            ab, m, fourth=prior.color_prior(ab * m)[:, 3]
        ),
        "the length of the mean colour; the mean length is wanted": lambda ab, m: put(
            ab, m, fourth=moments(ab, m)[0].norm(dim=1)
        ),
        "a² + b² without the square root": lambda ab, m: put(
            ab, m, fourth=mean_inside(ab.square().sum(1, keepdim=True), m)
        ),
        "a and b are swapped": lambda ab, m: put(ab, m)[:, [1, 0, 2, 3]],
        "the last two numbers are swapped": lambda ab, m: put(ab, m)[:, [0, 1, 3, 2]],
    }
    return judge("region_prior", student, cases, each, mistakes)


def set_tint(student):
    """student(ab (B, 2, H, W), tint (B, 2)) -> like ab: each picture shifted so that its mean
    colour is its tint.
    """
    cases = [
        {"ab": uniform(batch, 2, h, w, seed=11) + 0.1, "tint": uniform(batch, 2, seed=12)}
        for batch, h, w in ((3, 4, 5), (2, 2, 2), (1, 1, 1))
    ]

    def mean(ab):
        return ab.mean(dim=(2, 3), keepdim=True)

    def wide(tint):
        return tint[:, :, None, None]

    mistakes = {
        "the tint is added to the old mean; take the old mean away first": lambda ab, t: (
            ab + wide(t)
        ),
        "the tint alone: the picture has become flat": lambda ab, t: wide(t).expand_as(ab),
        "the old mean is taken away, the tint is not added": lambda ab, t: ab - mean(ab),
        "the mean of the whole batch; each picture has its own": lambda ab, t: (
            ab - ab.mean(dim=(0, 2, 3), keepdim=True) + wide(t)
        ),
        "one mean over a and b together": lambda ab, t: (
            ab - ab.mean(dim=(1, 2, 3), keepdim=True) + wide(t)
        ),
        "scaled to the tint; a shift is wanted": lambda ab, t: ab * wide(t) / mean(ab),
        "the wrong sign: the mean is added and the tint taken away": lambda ab, t: (
            ab + mean(ab) - wide(t)
        ),
        "a and b of the tint are swapped": lambda ab, t: ab - mean(ab) + wide(t.flip(1)),
    }
    return judge("set_tint", student, cases, lambda ab, t: ab - mean(ab) + wide(t), mistakes)


def split_error(student):
    """student(guess, truth, both (B, 2, H, W)) -> (tint (B,), rest (B,)): the squared length of the
    mean difference, and what is left of the mean over pixels of da² + db².
    """
    cases = [
        {"guess": uniform(batch, 2, h, w, seed=13) + 0.2, "truth": uniform(batch, 2, h, w, seed=14)}
        for batch, h, w in ((3, 4, 5), (2, 2, 2), (1, 1, 1))
    ]

    def parts(x, y):
        d = x - y
        tint = d.mean(dim=(2, 3)).square().sum(1)
        return tint, d.square().sum(1).mean(dim=(1, 2)) - tint

    mistakes = {
        "the pair is returned in the wrong order: the tint's part first": lambda x, y: parts(x, y)[
            ::-1
        ],
        "the second part is the whole error; take the tint's part away": lambda x, y: (
            parts(x, y)[0],
            sum(parts(x, y)),
        ),
        "the mean over a and b; their sum is wanted": lambda x, y: tuple(
            part / 2 for part in parts(x, y)
        ),
        "sums over pixels, not means": lambda x, y: tuple(
            part * x[0, 0].numel() for part in parts(x, y)
        ),
        "the square roots; squares are what adds up": lambda x, y: tuple(
            part.clamp(min=0).sqrt() for part in parts(x, y)
        ),
        "one number for the whole batch; one for each picture is wanted": lambda x, y: tuple(
            part.mean() for part in parts(x, y)
        ),
        "the tint of the guess, not of the difference": lambda x, y: (
            x.mean(dim=(2, 3)).square().sum(1),
            sum(parts(x, y)) - x.mean(dim=(2, 3)).square().sum(1),
        ),
        "the tint's length is not squared": lambda x, y: (
            parts(x, y)[0].sqrt(),
            sum(parts(x, y)) - parts(x, y)[0].sqrt(),
        ),
    }
    return judge("split_error", student, cases, parts, mistakes)
