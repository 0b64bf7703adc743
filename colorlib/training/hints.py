"""Colours that a person might place, drawn from the truth: what SIGGRAPH17 learns its hints from.

Zhang et al. 2017, section 3.2: the number of points is geometric, their places are normal around
the middle, each is a square of 1 to 9 pixels that shows the mean colour below it, and in one
picture of a hundred all is shown.
"""

import math

import torch

P = 1 / 8  # of the geometric number of points: 7 on average
MOST = 40  # points; more come in one of 200 pictures and are left out
ALL = 0.01  # share of the pictures that show all of their colours


def draw_hints(random, ab, share=1.0):
    """Random hints for ab' (B, 2, H, W): (hints ab' (B, 2, H, W), mask 0/1 (B, 1, H, W)).

    random: a `StepRandom`; share: of the pictures that may get any. Where squares overlap their
    colours are averaged; without a hint both are 0.
    """
    H, W = ab.shape[2:]
    count = (random.uniform(0, 1).clamp(min=1e-9).log() / math.log(1 - P)).floor()  # (B,)
    count = torch.where(random.uniform(0, 1) < share, count, 0)
    y, x = (0.5 + 0.25 * random.normal(MOST, 2)).unbind(-1)  # (B, MOST) each, in sides
    radius = (random.uniform(0, 5, MOST)).floor()  # 0 ... 4: squares of 1, 3, ... 9
    far_y = (torch.arange(H, device=ab.device) - (H * y).floor()[..., None]).abs()  # (B, MOST, H)
    far_x = (torch.arange(W, device=ab.device) - (W * x).floor()[..., None]).abs()
    used = torch.arange(MOST, device=ab.device) < count[:, None]
    rows = ((far_y <= radius[..., None]) & used[..., None]).to(ab)  # (B, MOST, H)
    columns = (far_x <= radius[..., None]).to(ab)  # (B, MOST, W)

    # A square is its rows times its columns, so no (B, MOST, H, W) is needed.
    area = rows.sum(dim=2) * columns.sum(dim=2)  # (B, MOST); 0 where it lies outside
    total = torch.einsum("bkh,bchw,bkw->bkc", rows, ab, columns)
    mean = total / area.clamp(min=1)[..., None]  # (B, MOST, 2)
    covered = torch.einsum("bkh,bkw->bhw", rows, columns)[:, None]  # (B, 1, H, W)
    hints = torch.einsum("bkh,bkc,bkw->bchw", rows, mean, columns) / covered.clamp(min=1)
    whole = (random.uniform(0, 1) < ALL * share)[:, None, None, None]
    return torch.where(whole, ab, hints), (whole | (covered > 0)).to(ab)
