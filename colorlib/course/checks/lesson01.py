"""Checks of lesson 01, data: model units and grey pictures."""

import torch

from colorlib import color
from colorlib.course.checks.judging import RIGHT, check, combined
from colorlib.data import grey

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off


def _own_range(L, axes):
    """L from 0 to 1, by the lowest and highest value found over these axes."""
    low, high = L.amin(axes, keepdim=True), L.amax(axes, keepdim=True)
    return (L - low) / (high - low)


FOR_L = {
    RIGHT: lambda lab: (lab[:, :1] - 50) / 100,
    "L is divided by 100, but 50 is not subtracted": lambda lab: lab[:, :1] / 100,
    "L still runs from 0 to 100": lambda lab: lab[:, :1],
    "50 is subtracted from L, but the division by 100 is missing": lambda lab: lab[:, :1] - 50,
    "L - 50 is divided by 50 instead of 100": lambda lab: (lab[:, :1] - 50) / 50,
    "only 50 is divided by 100: brackets around L - 50 are missing":
        lambda lab: lab[:, :1] - 50 / 100,
    "L lost its channel axis: lab[:, :1] keeps it, lab[:, 0] does not":
        lambda lab: (lab[:, 0] - 50) / 100,
    "L is divided by 110, which belongs to ab": lambda lab: (lab[:, :1] - 50) / 110,
    "L is scaled by the range found in this batch; 0 to 100 is the same for all":
        lambda lab: _own_range(lab[:, :1], (0, 1, 2, 3)) - 0.5,
    "L is scaled by the range found in each picture; 0 to 100 is the same for all":
        lambda lab: _own_range(lab[:, :1], (1, 2, 3)) - 0.5,
    "the sign of L: L - 50, not 50 - L": lambda lab: (50 - lab[:, :1]) / 100,
}
FOR_AB = {
    RIGHT: lambda lab: lab[:, 1:] / 110,
    "ab is not divided by 110": lambda lab: lab[:, 1:],
    "ab is divided by 128 instead of 110": lambda lab: lab[:, 1:] / 128,
    "ab is divided by 127 instead of 110": lambda lab: lab[:, 1:] / 127,
    "ab is divided by 100 instead of 110": lambda lab: lab[:, 1:] / 100,
    "a and b are swapped": lambda lab: lab[:, 1:].flip(1) / 110,
    "50 is subtracted from ab too, which is centred on 0 already":
        lambda lab: (lab[:, 1:] - 50) / 110,
    "ab is the channels 0 and 1: L is among them": lambda lab: lab[:, :2] / 110,
    "ab runs from 0 to 1; grey is to stay 0": lambda lab: (lab[:, 1:] + 110) / 220,
    "a alone: both channels from 1 on are wanted": lambda lab: lab[:, 1:2] / 110,
    "b alone: both channels from 1 on are wanted": lambda lab: lab[:, 2:] / 110,
}
UNITS = combined(lambda L, ab: lambda lab: (L(lab), ab(lab)), FOR_L, FOR_AB) | {
    RIGHT: color.lab_to_model,
    "ab and L are returned in the wrong order": lambda lab: color.lab_to_model(lab)[::-1],
    "one tensor of three channels is returned, not the pair (L, ab)":
        lambda lab: torch.cat(color.lab_to_model(lab), dim=1),
    "the channels are taken from the last axis; in PyTorch they are axis 1":
        lambda lab: ((lab[..., :1] - 50) / 100, lab[..., 1:] / 110),
    "the channels are taken from the first axis, which counts the pictures; they are axis 1":
        lambda lab: ((lab[:1] - 50) / 100, lab[1:] / 110),
}


@check(UNITS)
def to_model_units(seeded):
    """student(lab (B, 3, H, W)) -> (L (B, 1, H, W), ab (B, 2, H, W)), model units.

    L' = (L - 50)/100 and ab' = ab/110.
    """
    batch, height, width, side = seeded.sizes(4)
    low, high = torch.tensor([[0.0, -80, -80], [100, 80, 80]]).view(2, 3, 1, 1)
    shapes = ((batch, 3, height, width), (1, 3, side, side), (batch, 3, 1, 1), (3, 3, 3, 3))
    return [{"lab": seeded.uniform(*shape, low=low, high=high)} for shape in shapes]


def _shared(rest, first=0, last=2, times=torch.mul):
    """(across, down): the mean product of neighbours in rest (2, h, w), its channels added."""
    rest = rest[first:last]
    across, down = (rest[:, :, 1:], rest[:, :, :-1]), (rest[:, 1:], rest[:, :-1])
    return [times(one, other).sum(0).mean() for one, other in (across, down)]


def _limit(lab, tint=None):
    """What neighbours in a grey picture may share, in Lab units."""
    tint = lab[1:].mean((1, 2)).norm() if tint is None else tint
    return grey.NOISE + grey.SHARE * tint.clamp(max=grey.STRONG)


def _below(lab, shared):
    """The right comparison of something else than what is shared."""
    return bool(shared < _limit(lab) ** 2)


def _of_rest(lab, **options):
    across, down = _shared(grey.off_tone(lab), **options)
    return (across + down) / 2


def _cells(lab):
    """a and b themselves, as the rest is averaged."""
    return grey.in_cells(lab[1:])


def _centred(ab):
    return ab - ab.mean((1, 2), keepdim=True)


IS_GREY = {
    RIGHT: grey.is_grey,
    "the answer is turned round: True is for grey": lambda lab: not grey.is_grey(lab),
    "each cell times itself, not times its neighbour: noise is counted as colour":
        lambda lab: _below(lab, grey.off_tone(lab).square().sum(0).mean()),
    "the sizes of the products, without their signs: noise is counted as colour":
        lambda lab: _below(lab, _of_rest(lab, times=lambda x, y: (x * y).abs())),
    "the sum of both directions; their mean is compared":
        lambda lab: _below(lab, sum(_shared(grey.off_tone(lab)))),
    "only the neighbours side by side: those above each other belong to it":
        lambda lab: _below(lab, _shared(grey.off_tone(lab))[0]),
    "only the neighbours above each other: those side by side belong to it":
        lambda lab: _below(lab, _shared(grey.off_tone(lab))[1]),
    "only a is looked at": lambda lab: _below(lab, _of_rest(lab, last=1)),
    "only b is looked at": lambda lab: _below(lab, _of_rest(lab, first=1)),
    "the mean over a and b; their products are added": lambda lab: _below(lab, _of_rest(lab) / 2),
    "the limit is not squared, but products are squares":
        lambda lab: bool(_of_rest(lab) < _limit(lab)),
    "the limit is squared, and the root is taken of what is shared: one of the two":
        lambda lab: _below(lab, _of_rest(lab).clamp(min=0).sqrt()),
    "the limit takes no account of the tint, 0.025 for each unit":
        lambda lab: bool(_of_rest(lab) < grey.NOISE**2),
    "the mean of the chroma, not the chroma of the mean a and b, is the tint":
        lambda lab: bool(_of_rest(lab) < _limit(lab, lab[1:].norm(dim=0).mean()) ** 2),
    "L is counted in the tint: a and b are the channels 1 and 2":
        lambda lab: bool(_of_rest(lab) < _limit(lab, lab.mean((1, 2)).norm()) ** 2),
    "the tint counts without end; above 20 it counts as 20":
        lambda lab: bool(
            _of_rest(lab) < (grey.NOISE + grey.SHARE * lab[1:].mean((1, 2)).norm()) ** 2
        ),
    "a and b themselves, not the rest that L does not tell: sepia is grey too":
        lambda lab: _below(lab, sum(_shared(lab[1:])) / 2),
    "a and b themselves, in cells, not the rest that L does not tell: sepia is grey too":
        lambda lab: _below(lab, sum(_shared(_cells(lab))) / 2),
    "a and b less their means, not the rest that L does not tell: sepia is grey too":
        lambda lab: _below(lab, sum(_shared(_centred(lab[1:]))) / 2),
    "a and b less their means, in cells, not the rest that L does not tell: sepia is grey too":
        lambda lab: _below(lab, sum(_shared(_centred(_cells(lab)))) / 2),
    "the range of a and b: noise and sepia have one, too":
        lambda lab: float((lab[1:].amax((1, 2)) - lab[1:].amin((1, 2))).sum()) < 5,
    "the spread of a and b: sepia has one, too": lambda lab: float(lab[1:].std((1, 2)).sum()) < 5,
    "the size of a and b: a sepia photo is grey too":
        lambda lab: float(lab[1:].norm(dim=0).mean()) < 5,
    "what is shared, itself; compare it with the limit": lambda lab: float(_of_rest(lab)),
    "an answer for each of a and b; one for the picture is wanted":
        lambda lab: [_below(lab, _of_rest(lab, first=n, last=n + 1)) for n in (0, 1)],
    "an answer for each cell; one for the picture is wanted":
        lambda lab: grey.off_tone(lab).square().sum(0) < _limit(lab) ** 2,
    "always the same answer (True): is the rest divided by 110, or averaged to nothing":
        lambda lab: True,
    "always the same answer (False)": lambda lab: False,
}


def _grey_or_not(L, noise, sign, stripes):
    """(a, b) of pictures, (H, W) each: tones, noise, and colours about as faint as are seen."""
    none, brown = torch.zeros_like(L), 1 - (L / 50 - 1) ** 2  # no tint at black and white
    turn = 40 * (L / 50 - 1)  # one tint in the shadows, its opposite in the lights
    return (
        (none, none),
        (6 * brown, 22 * brown),  # sepia
        (none + 3, none + 18),  # one tint throughout
        (none + 24 + 0.82 * sign, none + 32),  # a strong one, a little uneven
        (none + 48 + 1.1 * sign, none + 64),  # too uneven
        (1.5 * noise[0], 1.5 * noise[1]),
        (1.15 * noise[0], 1.15 * noise[1]),
        (6 * brown + 1.5 * noise[0], 22 * brown + 1.5 * noise[1]),
        (20 * sign, none),  # two colours
        (6 * sign, 8 * sign),
        (none, 0.6 * sign),  # pale ones: b alone, and a alone
        (0.6 * sign, none),
        (0.69 * sign, none),
        (none, 0.9 * sign),
        (0.3 * sign, 0.3 * sign),  # paler than is seen
        (turn + 0.6 * sign, none),
        (1.3 * stripes, none),  # neighbours in one direction are alike, in the other opposite
        (1.3 * stripes.T, none),
    )


@check(IS_GREY)
def is_grey(seeded):
    """student(lab (3, H, W)) -> bool: whether neighbours share little that L does not tell.

    With rest = grey.off_tone(lab): the products of neighbouring cells, those of a and b added, have
    a mean (of both directions) below (0.45 + 0.025 t)^2; t is the length of the picture's mean
    (a, b), and at most 20.
    """
    side = 46  # without the margin 36: cells of 3 pixels
    L = torch.linspace(20, 85, side)[:, None] + seeded.uniform(side, side, low=-5, high=5)
    noise = torch.randn(2, side, side, generator=seeded.generator)
    x = torch.arange(side) - side // 9
    sign = torch.where(x < 18, 1.0, -1.0).expand(side, side)
    stripes = torch.where(x // 3 % 2 == 0, 1.0, -1.0).expand(side, side)
    return [{"lab": torch.stack([L, *ab])} for ab in _grey_or_not(L, noise, sign, stripes)]
