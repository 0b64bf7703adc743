"""Checks of lesson 01, data: model units and grey pictures."""

import torch

from colorlib import color
from colorlib.course.checks.judging import RIGHT, check, combined
from colorlib.data import pictures

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


def _planes(ramp):
    """(a, b) of pictures with and without colour, from a ramp of values from 0 to 1."""
    none = torch.zeros_like(ramp)
    return (
        (none, none),
        (none + 3, none + 18),  # sepia
        (3 + 2 * ramp, 18 + 2.5 * ramp),  # toned
        (3 * ramp, 4 * ramp),  # both ranges below 5, their sum is not
        (2 * ramp, 3 * ramp),  # 5 itself
        (40 * ramp, 2 * ramp),  # red
        (30 * ramp, 35 * ramp),  # orange
        (1 * ramp, -40 * ramp),  # blue
        (none - 2, none + 4),  # a tint
        (none, torch.where(ramp == ramp[17], 20.0, 0.0)),  # one dot
        (torch.where(ramp == ramp[9], 10.5, 0.0), none),  # a faint dot: next to no variance
        (20 * (6 * ramp).cos(), 20 * (6 * ramp).sin()),  # a ring: all hues, one chroma
        (1.8 * (ramp > 0.5), 1.9 * (ramp > 0.5)),  # few values
    )


def _ranges(lab):
    """The ranges of L, a and b."""
    return [float(channel.max() - channel.min()) for channel in lab]


IS_GREY = {
    RIGHT: pictures.is_grey,
    "the answer is turned round: True is for grey": lambda lab: sum(_ranges(lab)[1:]) >= 5,
    "the answer is turned round, and 5 itself is left out: True is for grey":
        lambda lab: sum(_ranges(lab)[1:]) > 5,
    "each range is compared with 5 on its own; their sum belongs there":
        lambda lab: max(_ranges(lab)[1:]) < 5,
    "one range below 5 is not enough; their sum belongs there":
        lambda lab: min(_ranges(lab)[1:]) < 5,
    "'below 5' leaves out 5 itself: < instead of <=": lambda lab: sum(_ranges(lab)[1:]) <= 5,
    "the mean of the two ranges; their sum belongs there":
        lambda lab: sum(_ranges(lab)[1:]) / 2 < 5,
    "L is counted too; every photo has a range in L": lambda lab: sum(_ranges(lab)) < 5,
    "the channels 0 and 1, which are L and a; a and b are 1 and 2":
        lambda lab: sum(_ranges(lab)[:2]) < 5,
    "only a is looked at": lambda lab: _ranges(lab)[1] < 5,
    "only b is looked at": lambda lab: _ranges(lab)[2] < 5,
    "one range over a and b together; each has its own":
        lambda lab: float(lab[1:].max() - lab[1:].min()) < 5,
    "rows of the picture, not a and b: channels are the first axis here":
        lambda lab: sum(_ranges(lab.transpose(0, 1))[1:3]) < 5,
    "the size of a and b, not their range: a sepia photo is grey too":
        lambda lab: float(lab[1].abs().max() + lab[2].abs().max()) < 5,
    "the largest a and b, not their range": lambda lab: float(lab[1].max() + lab[2].max()) < 5,
    "the size of a and of b, not their range": lambda lab: float(lab[1:].abs().max()) < 5,
    "the mean of a and b, not their range": lambda lab: float(lab[1:].abs().mean()) < 5,
    "the means of a and b, not their range":
        lambda lab: float(lab[1].mean().abs() + lab[2].mean().abs()) < 5,
    "the standard deviation, not the range": lambda lab: float(lab[1].std() + lab[2].std()) < 5,
    "the variance, not the range": lambda lab: float(lab[1].var() + lab[2].var()) < 5,
    "the mean chroma, not the ranges": lambda lab: float(lab[1:].norm(dim=0).mean()) < 5,
    "the range of the chroma; colours of equal chroma can be all hues":
        lambda lab: float(lab[1:].norm(dim=0).max() - lab[1:].norm(dim=0).min()) < 5,
    "the sum of the ranges itself; compare it with 5": lambda lab: sum(_ranges(lab)[1:]),
    "an answer for each channel; one for the picture is wanted":
        lambda lab: [r < 5 for r in _ranges(lab)[1:]],
    "an answer for each of the three channels; one for the picture is wanted":
        lambda lab: [r < 5 for r in _ranges(lab)],
    "an answer for each pixel; one for the picture is wanted": lambda lab: lab[1:].abs().sum(0) < 5,
    "always the same answer (True): are the ranges in Lab units, not divided by 110":
        lambda lab: True,
    "always the same answer (False)": lambda lab: False,
}


@check(IS_GREY)
def is_grey(seeded):
    """student(lab (3, H, W)) -> bool: True where the range of a plus the range of b is below 5."""
    height, width = seeded.sizes(2, 5, 8)
    ramp = torch.linspace(0, 1, height * width)
    # The values in seeded disorder: their ranges stay, and no corner or row stands for all.
    labs = [
        torch.stack([100 * ramp, a, b])[:, torch.randperm(len(ramp), generator=seeded.generator)]
        for a, b in _planes(ramp)
    ]
    # no range in L
    labs += [torch.stack([0 * ramp + 3, 0 * ramp, b]) for b in (0 * ramp, 40 * ramp)]
    return [{"lab": lab.view(3, height, width)} for lab in labs]
