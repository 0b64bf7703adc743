"""Checks of problem set 3 (notebooks/assignments/): the colour prior."""

import torch

from colorlib import prior
from colorlib.course.checks.asked import ASKED
from colorlib.course.checks.judging import RIGHT, check, combined
from colorlib.course.checks.stages import Table, part, reduced

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off

def _inside(ab, mask):
    """The prior of each picture's own inside, (B, 4)."""
    pixels = [x[:, m[0] > 0][None, :, :, None] for x, m in zip(ab, mask, strict=True)]
    return torch.cat([prior.color_prior(x) for x in pixels])  # of (1, 2, pixels, 1) each


def _moments(ab, mask):
    """Mean and variance of a and b inside, (B, 2) each."""
    n = mask.sum((2, 3))
    mean = (ab * mask).sum((2, 3)) / n
    return mean, ((ab - mean[..., None, None]).square() * mask).sum((2, 3)) / n


def _std(ab, mask):
    return _moments(ab, mask)[1].clamp(min=0).sqrt()


def _inner(x, mask):
    """The mean inside of x (B, 1, H, W), (B,)."""
    return (x * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3))


def _deviation(ab, mask, of=None):
    """a and b less their mean inside."""
    return ab - _moments(ab if of is None else of, mask)[0][..., None, None]


def _lengths(ab):
    return ab.norm(dim=1, keepdim=True)


INSIDE_MEANS = {
    "the means count zeros outside: divide by the number of pixels inside":
        lambda ab, m: (ab * m).mean((2, 3)),
    "the means are of the whole picture: the mask is not used": lambda ab, m: ab.mean((2, 3)),
    "sums, not means": lambda ab, m: (ab * m).sum((2, 3)),
    "sums divided by the pixels inside of all pictures together":
        lambda ab, m: (ab * m).sum((2, 3)) / m.sum(),
    "sums divided by the mean of the mask": lambda ab, m: (ab * m).sum((2, 3)) / m.mean((2, 3)),
    "one mean inside over the whole batch": lambda ab, m: (
        (ab * m).sum((0, 2, 3)) / m.sum()
    ).expand(len(ab), 2),
    "the means of |a| and |b|": lambda ab, m: _moments(ab.abs(), m)[0],
    "the means of what lies outside":
        lambda ab, m: (ab * (1 - m)).sum((2, 3)) / (1 - m).sum((2, 3)),
    "a and b are swapped in the means": lambda ab, m: _moments(ab, m)[0].flip(1),
    "one mean over a and b": lambda ab, m: _moments(ab, m)[0].mean(1, True).expand(-1, 2),
}
INSIDE_SPREADS = {
    "the variance, not its square root": lambda ab, m: _moments(ab, m)[1].sum(1),
    "the root of the summed variances; the sum of the two roots is wanted":
        lambda ab, m: _moments(ab, m)[1].sum(1).sqrt(),
    "the spread of the masked picture: outside, zeros are counted":
        lambda ab, m: prior.color_prior(ab * m)[:, 2],
    "the spread of the whole picture: the mask is not used":
        lambda ab, m: prior.color_prior(ab)[:, 2],
    "the spread divides by N - 1: by the number of pixels inside":
        lambda ab, m: (_moments(ab, m)[1] * m.sum((2, 3)) / (m.sum((2, 3)) - 1)).sqrt().sum(1),
    "the spread divides by N - 1, 1 at least: by the number of pixels inside": lambda ab, m: (
        (_moments(ab, m)[1] * m.sum((2, 3)) / (m.sum((2, 3)) - 1).clamp(min=1)).sqrt().sum(1)
    ),
    "the spread divides by all pixels, not by those inside": lambda ab, m: (
        (_deviation(ab, m).square() * m).mean((2, 3)).sqrt().sum(1)
    ),
    "the mean that counts zeros outside is taken away": lambda ab, m: (
        ((ab - (ab * m).mean((2, 3), keepdim=True)).square() * m).sum((2, 3)) / m.sum((2, 3))
    ).sqrt().sum(1),
    "the spread of a alone": lambda ab, m: _std(ab, m)[:, 0],
    "the spread of b alone": lambda ab, m: _std(ab, m)[:, 1],
    "the difference of the two spreads; their sum is wanted":
        lambda ab, m: _std(ab, m)[:, 0] - _std(ab, m)[:, 1],
    "the mean absolute deviation, not the standard deviation":
        lambda ab, m: ((_deviation(ab, m).abs() * m).sum((2, 3)) / m.sum((2, 3))).sum(1),
    "one spread over a and b together": lambda ab, m: (
        _inner((ab - _inner(ab.mean(1, True), m)[:, None, None, None]).square().mean(1, True), m)
    ).sqrt(),
}



INSIDE_LENGTHS = {
    "the magnitude counts zeros outside": lambda ab, m: prior.color_prior(ab * m)[:, 3],
    "the magnitude of the whole picture: the mask is not used":
        lambda ab, m: prior.color_prior(ab)[:, 3],
    "the length of the mean colour; the mean length is wanted":
        lambda ab, m: _moments(ab, m)[0].norm(dim=1),
    "a² + b² without the square root": lambda ab, m: _inner(_lengths(ab) ** 2, m),
    "the root of the mean square; first the root, then the mean":
        lambda ab, m: _inner(_lengths(ab) ** 2, m).sqrt(),
    "|a| + |b| instead of sqrt(a² + b²)": lambda ab, m: _inner(ab.abs().sum(1, True), m),
    "a + b instead of sqrt(a² + b²)": lambda ab, m: _inner(ab.sum(1, True), m),
    "the sum of the lengths divided by the pixels inside of all pictures together":
        lambda ab, m: (_lengths(ab) * m).sum((1, 2, 3)) / m.sum(),
    "one mean length over the whole batch":
        lambda ab, m: ((_lengths(ab) * m).sum() / m.sum()).expand(len(ab)),
    "one norm over all pixels inside": lambda ab, m: (ab * m).flatten(1).norm(dim=1),
    "the largest length; the mean is wanted": lambda ab, m: (_lengths(ab) * m).amax((1, 2, 3)),
}


def _columns(first, count, make):
    """The right prior, with make(ab, mask) in so many columns from `first` on."""

    def variant(ab, mask):
        P = _inside(ab, mask)
        P[:, first : first + count] = make(ab, mask).view(len(P), count)
        return P

    return variant


def _each_inside(x, mask, reduce):
    """`reduce` of the pixels inside of x (B, C, H, W), picture by picture: (B, C)."""
    return torch.stack(
        [reduce(y[:, m[0] > 0], 1) for y, m in zip(x, mask.expand(len(x), -1, -1, -1), strict=True)]
    )


def _over_inside():
    return (
        reduced("the pixels inside in the means", "mean",
                lambda f: _columns(0, 2, lambda ab, m: _each_inside(ab, m, f)))
        | reduced("a and b in the spread", "sum",
                  lambda f: _columns(2, 1, lambda ab, m: f(_moments(ab, m)[1].sqrt(), 1)))
        | reduced("the pixels inside in the magnitude", "mean",
                  lambda f: _columns(3, 1, lambda ab, m: _each_inside(_lengths(ab), m, f)))
    )


FORMULA = [
    ("the means", lambda f: _columns(0, 2, lambda ab, m: part(f)(_moments(ab, m)[0]))),
    ("ab in the spread",
        lambda f: _columns(2, 1, lambda ab, m: _moments(part(f)(ab), m)[1].sqrt().sum(1))),
    ("the standard deviations",
        lambda f: _columns(2, 1, lambda ab, m: part(f)(_moments(ab, m)[1].sqrt()).sum(1))),
    ("the lengths", lambda f: _columns(3, 1, lambda ab, m: _inner(part(f)(_lengths(ab)), m))),
    ("the mask", lambda f: lambda ab, m: _inside(ab, part(f)(m))),
]
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
    "a and b are swapped": lambda ab, m: _inside(ab, m)[:, [1, 0, 2, 3]],
    "the last two numbers are swapped": lambda ab, m: _inside(ab, m)[:, [0, 1, 3, 2]],
    **{words: _columns(0, 2, make) for words, make in INSIDE_MEANS.items()},
    **{words: _columns(2, 1, make) for words, make in INSIDE_SPREADS.items()},
    **{words: _columns(3, 1, make) for words, make in INSIDE_LENGTHS.items()},
} | Table(_over_inside(), FORMULA)


@check(REGION_PRIOR, conventions=ASKED["region_prior"])
def region_prior(seeded):
    """student(ab (B, 2, H, W), mask (B, 1, H, W) of 0 and 1) -> (B, 4): the prior inside."""
    cases = seeded.pictures((2, 4, 5), (3, 3, 3), (1, 2, 2), ab=2, mask=1)
    for case, shift in zip(cases, (0.2, -0.3, 0.1), strict=True):
        case["ab"] += shift
        case["mask"] = (case["mask"] > 0).float()
        case["mask"][:, :, 0, 0] = 1  # never empty
    return cases


AWAY = {  # what is taken away
    RIGHT: lambda ab: ab.mean((2, 3), keepdim=True),
    "the mean of the whole batch; each picture has its own":
        lambda ab: ab.mean((0, 2, 3), keepdim=True),
    "one mean over a and b together": lambda ab: ab.mean((1, 2, 3), keepdim=True),
    "one mean over everything; each channel of each picture has its own": lambda ab: ab.mean(),
    "the median, not the mean": lambda ab: ab.flatten(2).median(2).values[..., None, None],
    "the old mean is added; take it away": lambda ab: -ab.mean((2, 3), keepdim=True),
    "the old mean twice": lambda ab: 2 * ab.mean((2, 3), keepdim=True),
    "the size of the old mean (abs)": lambda ab: ab.mean((2, 3), keepdim=True).abs(),
    "the old mean with a and b swapped": lambda ab: ab.mean((2, 3), keepdim=True).flip(1),
    "the mean length (chroma), not the mean a and b":
        lambda ab: ab.norm(dim=1, keepdim=True).mean((2, 3), keepdim=True),
    "the pixel in the middle, not the mean":
        lambda ab: ab[:, :, ab.shape[2] // 2, ab.shape[3] // 2][..., None, None],
    "the first picture's mean for all": lambda ab: ab[:1].mean((2, 3), keepdim=True),
    "the root mean square, not the mean": lambda ab: ab.square().mean((2, 3), keepdim=True).sqrt(),
}
COMES = {  # what is added
    RIGHT: lambda t: t,
    "a and b of the tint are swapped": lambda t: t.flip(1),
    "the first picture's tint for all": lambda t: t[:1].expand_as(t),
    "the length of the tint": lambda t: t.norm(dim=1, keepdim=True).expand_as(t),
    "the tint in ab units (times 110)": lambda t: 110 * t,
    "the tint divided by 110": lambda t: t / 110,
}
SCALED = {  # what becomes of the picture less its mean
    RIGHT: lambda x: x,
    "the contrast is set to 1, too (divided by the standard deviation)":
        lambda x: x / x.std((2, 3), correction=0, keepdim=True),
    "the contrast is set to 1, too (divided by the standard deviation, N - 1)":
        lambda x: x / x.std((2, 3), keepdim=True),
}


AWAY |= reduced(
    "the pixels, of what is taken away", "mean",
    lambda f: lambda ab: f(ab, (2, 3))[..., None, None],
)


def _tinted(away, comes, scale):
    return lambda ab, t: scale(ab - away(ab)) + comes(t)[:, :, None, None]


SET_TINT = {
    RIGHT: _tinted(AWAY[RIGHT], COMES[RIGHT], SCALED[RIGHT]),
    "the tint is added to the old mean; take the old mean away first":
        lambda ab, t: ab + t[:, :, None, None],
    "the tint alone: the picture has become flat": lambda ab, t: t[:, :, None, None].expand_as(ab),
    "the old mean is taken away, the tint is not added":
        _tinted(AWAY[RIGHT], lambda t: 0 * t, SCALED[RIGHT]),
    "scaled to the tint; a shift is wanted":
        lambda ab, t: ab * t[:, :, None, None] / ab.mean((2, 3), keepdim=True),
    "multiplied by the tint; a shift is wanted": lambda ab, t: ab * t[:, :, None, None],
    "the wrong sign: the mean is added and the tint taken away":
        lambda ab, t: ab + ab.mean((2, 3), keepdim=True) - t[:, :, None, None],
    "the tint is subtracted, and the old mean is not taken away":
        lambda ab, t: ab - t[:, :, None, None],
    "the mean of the picture and the tint": lambda ab, t: (ab + t[:, :, None, None]) / 2,
} | combined(
    _tinted, AWAY, COMES, SCALED, names=("the old mean", "the tint", "the picture less its mean")
)


@check(SET_TINT, conventions=ASKED["set_tint"])
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


def _split(x, y):
    return _tint(x - y), _whole(x, y) - _tint(x - y)


TINTS = {
    RIGHT: lambda x, y: _tint(x - y),
    "the tint's length is not squared": lambda x, y: _tint(x - y).sqrt(),
    "the tint of the guess, not of the difference": lambda x, y: _tint(x),
    "the difference of the squared lengths; the squared length of the difference is wanted":
        lambda x, y: _tint(x) - _tint(y),
    "the squared difference of the lengths; the squared length of the difference is wanted":
        lambda x, y: (_tint(x).sqrt() - _tint(y).sqrt()) ** 2,
    "|da| + |db| of the mean difference, not its squares":
        lambda x, y: (x - y).mean((2, 3)).abs().sum(1),
    "the tint of a alone": lambda x, y: (x - y)[:, 0].mean((1, 2)) ** 2,
    "the tint of b alone": lambda x, y: (x - y)[:, 1].mean((1, 2)) ** 2,
    "the square before the mean: the whole error of a and b, halved":
        lambda x, y: _whole(x, y) / 2,
    "the mean of |difference|, squared": lambda x, y: (x - y).abs().mean((2, 3)).square().sum(1),
    "the mean length of the difference, squared":
        lambda x, y: (x - y).norm(dim=1).mean((1, 2)) ** 2,
}
TINTS |= reduced(
    "a and b in the tint's part", "sum", lambda f: lambda x, y: f((x - y).mean((2, 3)).square(), 1)
) | reduced(
    "the pixels in the tint's part", "mean",
    lambda f: lambda x, y: f(x - y, (2, 3)).square().sum(1),
)
RESTS = {  # of the tint t and the whole error w
    RIGHT: lambda x, y, t, w: w - t,
    "the second part is the whole error; take the tint's part away": lambda x, y, t, w: w,
    "the sign of the second part: the whole less the tint": lambda x, y, t, w: t - w,
    "half of the tint's part is taken away": lambda x, y, t, w: w - t / 2,
    "the second part is a spread (standard deviation, N - 1); squares are what adds up":
        lambda x, y, t, w: (x - y).std((2, 3)).sum(1),
    "roots are subtracted; squares are what adds up": lambda x, y, t, w: w.sqrt() - t.sqrt(),
    "the difference of the spreads; the spread of the difference is wanted":
        lambda x, y, t, w: (x.var((2, 3), correction=0) - y.var((2, 3), correction=0)).sum(1),
    "the difference of the spreads; the spread of the difference is wanted (sizes)":
        lambda x, y, t, w: (x.var((2, 3), correction=0) - y.var((2, 3), correction=0)).sum(1).abs(),
    "the tint's part divided by the rest": lambda x, y, t, w: t / (w - t),
    "the second part's share of the whole": lambda x, y, t, w: (w - t) / w,
    "the mean length of the difference less the tint":
        lambda x, y, t, w: (x - y).norm(dim=1).mean((1, 2)) - t,
    "the spread of a alone": lambda x, y, t, w: (x - y)[:, 0].var((1, 2), correction=0),
}


def _both(tint, rest):
    """The rest is what is left of the whole error by the tint that stands first, right or wrong."""

    def variant(x, y):
        t = tint(x, y)
        return t, rest(x, y, t, _whole(x, y))

    return variant


SPLIT_ERROR = {
    RIGHT: _split,
    "the pair is returned in the wrong order: the tint's part first":
        lambda x, y: _split(x, y)[::-1],
    "the first part is the whole error, the second is right":
        lambda x, y: (_whole(x, y), _split(x, y)[1]),
    "the whole error stands first, then the tint's part; then what is left is missing":
        lambda x, y: (_whole(x, y), _tint(x - y)),
    "the mean over a and b; their sum is wanted":
        lambda x, y: tuple(part / 2 for part in _split(x, y)),
    "sums over pixels, not means":
        lambda x, y: tuple(part * x[0, 0].numel() for part in _split(x, y)),
    "the square roots; squares are what adds up":
        lambda x, y: tuple(part.clamp(min=0).sqrt() for part in _split(x, y)),
    "one number for the whole batch; one for each picture is wanted":
        lambda x, y: tuple(part.mean() for part in _split(x, y)),
    "shares of the whole error; the parts themselves are wanted":
        lambda x, y: tuple(part / _whole(x, y) for part in _split(x, y)),
    "in Lab units (110²); model units are wanted":
        lambda x, y: tuple(110**2 * part for part in _split(x, y)),
} | Table(
    combined(_both, TINTS, RESTS, names=("the tint's part",)),
    [
        ("the differences", lambda f: lambda x, y: _split(part(f)(x - y), 0 * y)),
        ("the differences in the tint's part",
            lambda f: lambda x, y: (_tint(part(f)(x - y)), _split(x, y)[1])),
        ("the mean differences",
            lambda f: lambda x, y: (
                part(f)((x - y).mean((2, 3))).square().sum(1), _split(x, y)[1]
            )),
    ],
)


@check(SPLIT_ERROR, conventions=ASKED["split_error"])
def split_error(seeded):
    """student(guess, truth, both (B, 2, H, W)) -> (tint (B,), rest (B,)).

    The squared length of the mean difference, and what is left of the mean over pixels of
    da² + db².
    """
    cases = seeded.pictures((3, 4, 5), (2, 2, 2), (1, 1, 1), guess=2, truth=2)
    return [case | {"guess": case["guess"] + 0.2} for case in cases]
