"""Checks of lesson 01, data: model units and grey pictures."""

from itertools import product

import torch

from colorlib import color
from colorlib.course.checks.judging import Seeded, judge
from colorlib.data import pictures


def to_model_units(student, seed=0):
    """student(lab (B, 3, H, W)) -> (L (B, 1, H, W), ab (B, 2, H, W)): L' = (L - 50)/100, ab' =
    ab/110.
    """
    draw = Seeded(seed)
    batch, height, width, side = draw.sizes(4)
    scale, centre = (
        torch.tensor([100.0, 160, 160]).view(3, 1, 1),
        torch.tensor([50.0, 0, 0]).view(3, 1, 1),
    )
    shapes = ((batch, 3, height, width), (1, 3, side, side), (batch, 3, 1, 1), (3, 3, 3, 3))
    cases = [{"lab": draw.uniform(*shape) * scale + centre} for shape in shapes]

    def own_range(L, axes):
        low, high = L.amin(axes, keepdim=True), L.amax(axes, keepdim=True)
        return (L - low) / (high - low)

    # Every wrong L with every wrong ab, so that two mistakes at once are both named.
    for_L = {
        "": lambda lab: (lab[:, :1] - 50) / 100,
        "L is divided by 100, but 50 is not subtracted": lambda lab: lab[:, :1] / 100,
        "L still runs from 0 to 100": lambda lab: lab[:, :1],
        "50 is subtracted from L, but the division by 100 is missing": lambda lab: lab[:, :1] - 50,
        "L - 50 is divided by 50 instead of 100": lambda lab: (lab[:, :1] - 50) / 50,
        "only 50 is divided by 100: brackets around L - 50 are missing": lambda lab: (
            lab[:, :1] - 50 / 100
        ),
        "L lost its channel axis: lab[:, :1] keeps it, lab[:, 0] does not": lambda lab: (
            (lab[:, 0] - 50) / 100
        ),
        "L is divided by 110, which belongs to ab": lambda lab: (lab[:, :1] - 50) / 110,
        "L is scaled by the range found in this batch; 0 to 100 is the same for all": lambda lab: (
            own_range(lab[:, :1], (0, 1, 2, 3)) - 0.5
        ),
        "L is scaled by the range found in each picture; 0 to 100 is the same for all": lambda lab: (
            own_range(lab[:, :1], (1, 2, 3)) - 0.5
        ),
        "the sign of L: L - 50, not 50 - L": lambda lab: (50 - lab[:, :1]) / 100,
    }
    for_ab = {
        "": lambda lab: lab[:, 1:] / 110,
        "ab is not divided by 110": lambda lab: lab[:, 1:],
        "ab is divided by 128 instead of 110": lambda lab: lab[:, 1:] / 128,
        "ab is divided by 127 instead of 110": lambda lab: lab[:, 1:] / 127,
        "ab is divided by 100 instead of 110": lambda lab: lab[:, 1:] / 100,
        "a and b are swapped": lambda lab: lab[:, 1:].flip(1) / 110,
        "50 is subtracted from ab too, which is centred on 0 already": lambda lab: (
            (lab[:, 1:] - 50) / 110
        ),
        "ab is the channels 0 and 1: L is among them": lambda lab: lab[:, :2] / 110,
        "ab runs from 0 to 1; grey is to stay 0": lambda lab: (lab[:, 1:] + 110) / 220,
        "a alone: both channels from 1 on are wanted": lambda lab: lab[:, 1:2] / 110,
        "b alone: both channels from 1 on are wanted": lambda lab: lab[:, 2:] / 110,
    }
    mistakes = {
        "; ".join(filter(None, (words_L, words_ab))): lambda lab, f=f, g=g: (f(lab), g(lab))
        for (words_L, f), (words_ab, g) in product(for_L.items(), for_ab.items())
        if words_L or words_ab
    }
    mistakes["ab and L are returned in the wrong order"] = lambda lab: color.lab_to_model(lab)[::-1]
    mistakes["one tensor of three channels is returned, not the pair (L, ab)"] = lambda lab: (
        torch.cat(color.lab_to_model(lab), dim=1)
    )
    mistakes["the channels are taken from the last axis; in PyTorch they are axis 1"] = lambda lab: (
        (lab[..., :1] - 50) / 100,
        lab[..., 1:] / 110,
    )
    mistakes[
        "the channels are taken from the first axis, which counts the pictures; they are axis 1"
    ] = lambda lab: (
        (lab[:1] - 50) / 100,
        lab[1:] / 110,
    )
    return judge("to_model_units", student, cases, color.lab_to_model, mistakes)


def is_grey(student, seed=0):
    """student(lab (3, H, W)) -> bool: True where the range of a plus the range of b is below 5."""
    draw = Seeded(seed)
    height, width = draw.sizes(2, 5, 8)
    ramp = torch.linspace(0, 1, height * width)
    flat = torch.full_like(ramp, 3.0)
    planes = {  # a, b
        "neutral": (0 * flat, 0 * flat),
        "sepia": (flat, 6 * flat),
        "toned": (flat + 2 * ramp, 6 * flat + 2.5 * ramp),
        "both": (3 * ramp, 4 * ramp),
        "edge": (2 * ramp, 3 * ramp),
        "red": (40 * ramp, 2 * ramp),
        "orange": (30 * ramp, 35 * ramp),
        "blue": (1 * ramp, -40 * ramp),
        "tint": (0 * flat - 2, 0 * flat + 4),
        "one dot": (0 * flat, torch.where(ramp == ramp[17], 20.0, 0.0)),
        "faint dot": (torch.where(ramp == ramp[9], 10.5, 0.0), 0 * flat),  # next to no variance
        "ring": (20 * (6 * ramp).cos(), 20 * (6 * ramp).sin()),  # all hues, one chroma
        "few": (1.8 * (ramp > 0.5), 1.9 * (ramp > 0.5)),
    }

    def spread_out(a, b):
        """The values in seeded disorder: their ranges stay, and no corner or row stands for all."""
        order = torch.randperm(len(ramp), generator=draw.generator)
        return {"lab": torch.stack([100 * ramp, a, b])[:, order].view(3, height, width)}

    cases = [spread_out(a, b) for a, b in planes.values()]
    for b in (0 * flat, 40 * ramp):  # no range in L
        cases.append({"lab": torch.stack([flat, 0 * flat, b]).view(3, height, width)})

    def ranges(lab):
        return [float(channel.max() - channel.min()) for channel in lab]

    mistakes = {
        "the answer is turned round: True is for grey": lambda lab: sum(ranges(lab)[1:]) >= 5,
        "the answer is turned round, and 5 itself is left out: True is for grey": lambda lab: (
            sum(ranges(lab)[1:]) > 5
        ),
        "each range is compared with 5 on its own; their sum belongs there": lambda lab: (
            max(ranges(lab)[1:]) < 5
        ),
        "one range below 5 is not enough; their sum belongs there": lambda lab: (
            min(ranges(lab)[1:]) < 5
        ),
        "'below 5' leaves out 5 itself: < instead of <=": lambda lab: sum(ranges(lab)[1:]) <= 5,
        "the mean of the two ranges; their sum belongs there": lambda lab: (
            sum(ranges(lab)[1:]) / 2 < 5
        ),
        "L is counted too; every photo has a range in L": lambda lab: sum(ranges(lab)) < 5,
        "the channels 0 and 1, which are L and a; a and b are 1 and 2": lambda lab: (
            sum(ranges(lab)[:2]) < 5
        ),
        "only a is looked at": lambda lab: ranges(lab)[1] < 5,
        "only b is looked at": lambda lab: ranges(lab)[2] < 5,
        "one range over a and b together; each has its own": lambda lab: (
            float(lab[1:].max() - lab[1:].min()) < 5
        ),
        "rows of the picture, not a and b: channels are the first axis here": lambda lab: (
            float(lab[:, 1].max() - lab[:, 1].min() + lab[:, 2].max() - lab[:, 2].min()) < 5
        ),
        "the size of a and b, not their range: a sepia photo is grey too": lambda lab: (
            float(lab[1].abs().max() + lab[2].abs().max()) < 5
        ),
        "the largest a and b, not their range": lambda lab: float(lab[1].max() + lab[2].max()) < 5,
        "the size of a and of b, not their range": lambda lab: float(lab[1:].abs().max()) < 5,
        "the mean of a and b, not their range": lambda lab: float(lab[1:].abs().mean()) < 5,
        "the means of a and b, not their range": lambda lab: (
            float(lab[1].mean().abs() + lab[2].mean().abs()) < 5
        ),
        "the standard deviation, not the range": lambda lab: float(lab[1].std() + lab[2].std()) < 5,
        "the variance, not the range": lambda lab: float(lab[1].var() + lab[2].var()) < 5,
        "the mean chroma, not the ranges": lambda lab: float(lab[1:].norm(dim=0).mean()) < 5,
        "the range of the chroma; colours of equal chroma can be all hues": lambda lab: (
            float(lab[1:].norm(dim=0).max() - lab[1:].norm(dim=0).min()) < 5
        ),
        "the sum of the ranges itself; compare it with 5": lambda lab: sum(ranges(lab)[1:]),
        "an answer for each channel; one for the picture is wanted": lambda lab: [
            r < 5 for r in ranges(lab)[1:]
        ],
        "an answer for each of the three channels; one for the picture is wanted": lambda lab: [
            r < 5 for r in ranges(lab)
        ],
        "an answer for each pixel; one for the picture is wanted": lambda lab: (
            lab[1:].abs().sum(0) < 5
        ),
        "always the same answer (True): are the ranges in Lab units, not divided by 110": lambda lab: (
            True
        ),
        "always the same answer (False)": lambda lab: False,
    }
    return judge("is_grey", student, cases, pictures.is_grey, mistakes)
