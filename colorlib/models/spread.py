"""From a few colours placed by hand to all pixels, without training: a Gaussian process.

What the base misses where a hint lies is likely to be missed wherever things look alike: near by,
as light, and of the colour that the base gave them. That likeness is a kernel, and the expected
miss everywhere, given the misses at the hints, is regression by a Gaussian process (Rasmussen &
Williams 2006, eq. 2.25; kriging). An & Pellacini 2008 spread edits of a photo by such a likeness.

    x_i = (place / 0.5, L' / 0.3, ab' of the base / 0.08)
    k(x, y) = 0.1 + exp(-|x - y|^2 / 2)
    ab'(x) = ab'_base(x) + k(x, X) [k(X, X) + 0.3 I]^-1 misses
"""

import torch
import torch.nn.functional as F

from colorlib.color import check

# Chosen on 320 validation faces: how far likeness reaches in place (shorter sides of the picture),
# lightness (L') and colour (ab'); what all places share; the variance of what likeness leaves open.
PLACE, LIGHT, COLOUR = 0.5, 0.3, 0.08
SHARED, NOISE = 0.1, 0.3
CELL = 8  # pixels: the marked ones of a cell of this side are one observation, their mean


def spread_hints(L, ab_base, hints, mask):
    """ab' (B, 2, H, W): the base's, moved by what it misses at the hints.

    L (B, 1, H, W); ab_base and hints (B, 2, H, W), model units; mask (B, 1, H, W), 1 where a hint
    lies, else 0. A picture without a hint keeps the base's colours.
    """
    check(L, 1, "L")
    check(ab_base, 2, "ab_base")
    check(hints, 2, "hints")
    check(mask, 1, "mask")
    missed = hints - ab_base
    return torch.stack([
        ab + _expected(_likeness(light, ab), miss, marked) if marked.any() else ab
        for light, ab, miss, marked in zip(L, ab_base, missed, mask, strict=True)
    ])  # fmt: skip


def kernel(x, y):
    """How alike points x (N, 5) and y (M, 5) are: (N, M)."""
    return SHARED + torch.exp(-0.5 * torch.cdist(x, y).square())


def _expected(points, missed, marked):
    """The miss (2, H, W) that the misses at the marked pixels let expect everywhere."""
    x, y = _observed(points, marked), _observed(missed, marked)  # (n, 5), (n, 2)
    weights = torch.linalg.solve(kernel(x, x) + NOISE * torch.eye(len(x)).to(x), y)
    return (kernel(points.flatten(1).T, x) @ weights).T.view_as(missed)


def _likeness(L, ab):
    """(5, H, W): what likeness goes by, each in units of how far it reaches."""
    sides = L.shape[1:]
    rows, columns = ((torch.arange(side).to(L) + 0.5) / min(sides) for side in sides)
    place = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))
    return torch.cat([place / PLACE, L / LIGHT, ab / COLOUR])


def _observed(x, marked):
    """(n, C): the mean of x (C, H, W) over the marked pixels of each cell that has some."""
    sums, counts = (
        F.avg_pool2d(values[None], CELL, ceil_mode=True)[0] for values in (x * marked, marked)
    )
    some = counts[0] > 0
    return (sums[:, some] / counts[:, some]).T
