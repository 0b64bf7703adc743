"""Is there colour in a picture, or one tone, as in a grey scan, a sepia print, a cyanotype?

How large a and b are does not tell: a sepia print is brown all over. How far they spread does not
either: its brown is strongest in the middle and gone at black and white. But in a toned picture L
tells them, since pixels of one lightness have one colour. So fit a and b by a smooth function of L,
the tone, and look at the rest:

    (a, b) = tone(L) + rest        tone: a polynomial, by least squares

In a grey picture the rest is noise, in a coloured one colour. Neighbours share colour, and not
noise: the rests of two neighbours, multiplied, are on average 0 for noise, and for colour about as
large as the rest's square.
"""

import torch
from torch.nn.functional import one_hot

MARGIN = 9  # a ninth of each side is not looked at: edges yellow, prints have coloured mounts
DARK, LIGHT = 10.0, 95.0  # L beyond which sRGB holds hardly any colour, and sepia is clipped
DEGREE = 4  # of the polynomial: enough for shadows, middles and lights of three tints
CELLS = 12  # a side: the picture's size makes no difference, and a cell's mean is quiet
# Lab units that neighbours in a grey picture may share, and more for each unit of its tint, which
# counts up to STRONG: few prints are toned more, lemons are.
NOISE, SHARE, STRONG = 0.45, 0.025, 20.0


def off_tone(lab: torch.Tensor) -> torch.Tensor:
    """The rest of a and b that no smooth function of L explains, in 12 x 12 cells.

    lab: float (3, H, W) or (B, 3, H, W), L 0..100, a and b in Lab units.
    Returns (2, 12, 12) or (B, 2, 12, 12), means over cells in Lab units; fewer cells where a side
    has fewer pixels. Pixels near black and white count as having no rest; the margin is left out.
    """
    y, x = (side // MARGIN for side in lab.shape[-2:])
    lab = lab[..., y : lab.shape[-2] - y, x : lab.shape[-1] - x]
    L, ab = lab[..., :1, :, :], lab[..., 1:, :, :]
    told = (L > DARK) & (L < LIGHT)
    powers = torch.cat([(L / 50 - 1) ** n for n in range(DEGREE + 1)], dim=-3)
    # The mean of a polynomial over a cell is the same polynomial of the cell's mean powers.
    cells = min(CELLS, *L.shape[-2:])
    ab, powers = (in_cells(values * told, cells) for values in (ab, powers))
    ab, powers = ab.flatten(-2).mT, powers.flatten(-2).mT  # (..., cells², 2) and (..., cells², 5)
    rest = ab - powers @ (torch.linalg.pinv(powers) @ ab)
    return rest.mT.unflatten(-1, (cells, cells))


def in_cells(values: torch.Tensor, cells: int = CELLS) -> torch.Tensor:
    """Means of values (..., H, W) over cells x cells parts that share no pixel."""
    down, along = (
        one_hot(torch.arange(side, device=values.device) * cells // side, cells).to(values)
        for side in values.shape[-2:]
    )  # (H, cells) and (W, cells): which cell a row or a column is in
    return (down / down.sum(0)).mT @ values @ (along / along.sum(0))


def is_grey(lab: torch.Tensor):
    """Whether a picture has one tone, of whatever strength, and no colours.

    lab: float (3, H, W) -> bool, or (B, 3, H, W) -> bool tensor (B,); L 0..100, a and b in Lab
    units, H and W at least 2.
    True for grey scans, sepia and other toned prints, cyanotypes, with noise of a few levels and
    with an edge of another colour up to a ninth of the side. False for photos, pale ones too, down
    to about 30 % of the usual chroma. A photo of one hue, or of two that differ in lightness
    throughout (a black bird in a blue sky), is taken for toned. How often it errs:
    tests/benchmarks/grey.py.
    Raises ValueError for other shapes.
    """
    if lab.ndim not in (3, 4) or lab.shape[-3] != 3 or min(lab.shape[-2:]) < 2:
        wanted = "(3, H, W) or (B, 3, H, W), H and W at least 2"
        raise ValueError(f"lab must be {wanted}, got shape {tuple(lab.shape)}")
    rest = off_tone(lab)
    across = (rest[..., 1:] * rest[..., :-1]).sum(-3).mean((-2, -1))
    down = (rest[..., 1:, :] * rest[..., :-1, :]).sum(-3).mean((-2, -1))
    tint = lab[..., 1:, :, :].mean((-2, -1)).norm(dim=-1).clamp(max=STRONG)
    grey = (across + down) / 2 < (NOISE + SHARE * tint) ** 2
    return bool(grey) if lab.ndim == 3 else grey
