"""Checks of lesson 01, data: model units and grey pictures."""

from itertools import product

import torch

from colorlib import color, pictures
from colorlib.checks.engine import judge, uniform


def to_model_units(student):
    """student(lab (B, 3, H, W)) -> (L (B, 1, H, W), ab (B, 2, H, W)): L' = (L - 50)/100, ab' = ab/110."""
    cases = [{"lab": _lab(*shape)} for shape in ((2, 4, 5), (1, 3, 3), (3, 1, 1))]
    # Every wrong L with every wrong ab, so that two mistakes at once are both named.
    for_L = {
        "": lambda lab: (lab[:, :1] - 50) / 100,
        "L is divided by 100, but 50 is not subtracted": lambda lab: lab[:, :1] / 100,
        "L still runs from 0 to 100": lambda lab: lab[:, :1],
        "50 is subtracted from L, but the division by 100 is missing": lambda lab: lab[:, :1] - 50,
        "L - 50 is divided by 50 instead of 100": lambda lab: (lab[:, :1] - 50) / 50,
        "only 50 is divided by 100: brackets around L - 50 are missing": lambda lab: lab[:, :1] - 50 / 100,
        "L lost its channel axis: lab[:, :1] keeps it, lab[:, 0] does not": lambda lab: (lab[:, 0] - 50) / 100,
        "L is divided by 110, which belongs to ab": lambda lab: (lab[:, :1] - 50) / 110,
    }
    for_ab = {
        "": lambda lab: lab[:, 1:] / 110,
        "ab is not divided by 110": lambda lab: lab[:, 1:],
        "ab is divided by 128 instead of 110": lambda lab: lab[:, 1:] / 128,
        "ab is divided by 100 instead of 110": lambda lab: lab[:, 1:] / 100,
        "a and b are swapped": lambda lab: lab[:, 1:].flip(1) / 110,
        "50 is subtracted from ab too, which is centred on 0 already": lambda lab: (lab[:, 1:] - 50) / 110,
        "ab is the channels 0 and 1: L is among them": lambda lab: lab[:, :2] / 110,
    }
    mistakes = {
        "; ".join(filter(None, (words_L, words_ab))): lambda lab, f=f, g=g: (f(lab), g(lab))
        for (words_L, f), (words_ab, g) in product(for_L.items(), for_ab.items())
        if words_L or words_ab
    }
    mistakes["ab and L are returned in the wrong order"] = lambda lab: color.lab_to_model(lab)[::-1]
    mistakes["one tensor of three channels is returned, not the pair (L, ab)"] = lambda lab: torch.cat(
        color.lab_to_model(lab), dim=1
    )
    mistakes["the channels are taken from the last axis; in PyTorch they are axis 1"] = lambda lab: (
        (lab[..., :1] - 50) / 100,
        lab[..., 1:] / 110,
    )
    return judge("to_model_units", student, cases, color.lab_to_model, mistakes)


def is_grey(student):
    """student(lab (3, H, W)) -> bool: True where the range of a plus the range of b is below 5."""
    flat = torch.full((6, 7), 3.0)
    ramp = torch.linspace(0, 1, 42).view(6, 7)
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
        "one dot": (0 * flat, torch.where(ramp == ramp[2, 3], 20.0, 0.0)),
    }
    cases = [{"lab": torch.stack([100 * ramp, a, b])} for a, b in planes.values()]
    cases.append({"lab": torch.stack([flat, 0 * flat, 0 * flat])})  # no range at all, not even in L

    def ranges(lab):
        return [float(channel.max() - channel.min()) for channel in lab]

    mistakes = {
        "the answer is turned round: True is for grey": lambda lab: sum(ranges(lab)[1:]) >= 5,
        "each range is compared with 5 on its own; their sum belongs there": lambda lab: max(ranges(lab)[1:]) < 5,
        "one range below 5 is not enough; their sum belongs there": lambda lab: min(ranges(lab)[1:]) < 5,
        "'below 5' leaves out 5 itself: < instead of <=": lambda lab: sum(ranges(lab)[1:]) <= 5,
        "L is counted too; every photo has a range in L": lambda lab: sum(ranges(lab)) < 5,
        "only a is looked at": lambda lab: ranges(lab)[1] < 5,
        "only b is looked at": lambda lab: ranges(lab)[2] < 5,
        "one range over a and b together; each has its own": lambda lab: float(lab[1:].max() - lab[1:].min()) < 5,
        "the size of a and b, not their range: a sepia photo is grey too": lambda lab: (
            float(lab[1].abs().max() + lab[2].abs().max()) < 5
        ),
        "the size of a and of b, not their range": lambda lab: float(lab[1:].abs().max()) < 5,
        "the mean of a and b, not their range": lambda lab: float(lab[1:].abs().mean()) < 5,
        "the standard deviation, not the range": lambda lab: float(lab[1].std() + lab[2].std()) < 5,
        "always the same answer (True)": lambda lab: True,
        "always the same answer (False)": lambda lab: False,
    }
    return judge("is_grey", student, cases, pictures.is_grey, mistakes)


def _lab(batch, height, width):
    """Random Lab, L in 0..100, a and b in -80..80."""
    return uniform(batch, 3, height, width) * torch.tensor([100.0, 160, 160]).view(3, 1, 1) + torch.tensor(
        [50.0, 0, 0]
    ).view(3, 1, 1)
