"""The colour prior: four numbers that sum up the colours of a picture (paper section 3.2.1).

    P = [mean a, mean b, sigma_a + sigma_b, magnitude]

The paper computes them from the base model's prediction and hands them to the refiner.
"""

import torch

from colorlib.color import check

NAMES = ("mean a", "mean b", "spread", "magnitude")


def color_prior(ab, magnitude="mean"):
    """P (B, 4) of ab' (B, 2, H, W), both in model units (multiply by 110 for ab units).

    magnitude="mean": the mean chroma of a pixel, the same at every resolution (the kit's default).
    magnitude="paper": the norm over all pixels divided by H W, as printed. It shrinks as the
    picture grows: four times the pixels, half the number.
    The standard deviations are those of the pixels (not n - 1). Gradients are finite everywhere,
    on grey and on one constant colour too. Raises ValueError for another shape or magnitude.
    """
    check(ab, 2, "ab")
    mean = ab.mean(dim=(2, 3))  # (B, 2): mean a, mean b
    spread = _root(ab.var(dim=(2, 3), correction=0)).sum(dim=1)  # (B,): sigma_a + sigma_b
    if magnitude == "mean":
        size = _root(ab.square().sum(dim=1)).mean(dim=(1, 2))  # mean of sqrt(a^2 + b^2)
    elif magnitude == "paper":
        size = _root(ab.square().sum(dim=(1, 2, 3))) / ab.shape[2:].numel()  # ||AB||_2 / (H W)
    else:
        raise ValueError(f'magnitude must be "mean" or "paper", got {magnitude!r}')
    return torch.cat([mean, spread[:, None], size[:, None]], dim=1)


def _root(x):
    """sqrt(x) with slope 0 in place of infinity at x = 0; below 1e-12 there is nothing to see."""
    return x.clamp(min=1e-24).sqrt()
