"""The colour prior: four numbers that sum up the colours of a picture (paper section 3.2.1).

    P = [mean a, mean b, sigma_a + sigma_b, magnitude]

The paper computes them from the base model's prediction and hands them to the refiner.
"""

import torch

NAMES = ("mean a", "mean b", "spread", "magnitude")


def color_prior(ab, magnitude="mean"):
    """P (B, 4) of ab' (B, 2, H, W), both in model units (multiply by 110 for ab units).

    magnitude="mean": the mean chroma of a pixel, the same at every resolution (the kit's default).
    magnitude="paper": the norm over all pixels divided by H W, as printed. It shrinks as the
    picture grows: four times the pixels, half the number.
    Raises ValueError for another shape or magnitude. The standard deviations are those of the
    pixels (not n - 1).
    """
    if ab.ndim != 4 or ab.shape[1] != 2:
        raise ValueError(f"ab must have shape (B, 2, H, W), got {tuple(ab.shape)}")
    mean = ab.mean(dim=(2, 3))  # (B, 2): mean a, mean b
    spread = ab.var(dim=(2, 3), correction=0).sqrt().sum(dim=1)  # (B,): sigma_a + sigma_b
    if magnitude == "mean":
        size = ab.square().sum(dim=1).sqrt().mean(dim=(1, 2))  # mean of sqrt(a^2 + b^2)
    elif magnitude == "paper":
        # ||AB||_2 / (H W)
        size = ab.square().sum(dim=(1, 2, 3)).sqrt() / (ab.shape[2] * ab.shape[3])
    else:
        raise ValueError(f'magnitude must be "mean" or "paper", got {magnitude!r}')
    return torch.cat([mean, spread[:, None], size[:, None]], dim=1)
