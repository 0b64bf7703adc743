"""Check of lesson 02, base training: from logits over colour bins to one colour."""

import torch
from torch.nn.functional import log_softmax, softmax

from colorlib.course.checks.judging import RIGHT, check

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off


def _by(weights):
    """The mean of the centres by weights(logits, T), in the place of the softmax."""
    return lambda z, c, T: torch.einsum("bqhw,qc->bchw", weights(z, T), c)


_annealed = _by(lambda z, T: softmax(z / T, dim=1))
ANNEALED = {
    RIGHT: _annealed,
    "T is not used": _by(lambda z, T: softmax(z, dim=1)),
    "multiplied by T; a small T must sharpen, so divide": _by(lambda z, T: softmax(z * T, dim=1)),
    "T is squared": _by(lambda z, T: softmax(z / T**2, dim=1)),
    "the most likely bin (argmax) instead of the mean":
        lambda z, c, T: c[z.argmax(dim=1)].permute(0, 3, 1, 2),
    "the most likely bin (argmax) instead of the mean, and the channels stand last":
        lambda z, c, T: c[z.argmax(dim=1)],
    "softmax over the width (the last axis), not over the bins (axis 1)":
        _by(lambda z, T: softmax(z / T, dim=-1)),
    "softmax over the height, not over the bins (axis 1)": _by(lambda z, T: softmax(z / T, dim=2)),
    "softmax over the pictures of the batch, not over the bins (axis 1)":
        _by(lambda z, T: softmax(z / T, dim=0)),
    "one softmax over everything; each pixel has its own, over the bins (axis 1)":
        _by(lambda z, T: softmax((z / T).flatten(), dim=0).view(z.shape)),
    "softmax taken twice": _by(lambda z, T: softmax(softmax(z / T, dim=1), dim=1)),
    "softmax taken twice, T in between": _by(lambda z, T: softmax(softmax(z, dim=1) / T, dim=1)),
    "p ** (1/T) without dividing by its sum again": _by(lambda z, T: softmax(z, dim=1) ** (1 / T)),
    "p ** T; the power is 1/T": _by(lambda z, T: softmax(z, dim=1) ** T),
    "the probabilities are divided by T; the logits must be, before the softmax":
        _by(lambda z, T: softmax(z, dim=1) / T),
    "exp without dividing by its sum": _by(lambda z, T: (z / T).exp()),
    "exp of large logits overflows to inf, and inf / inf is NaN: use softmax, which subtracts the "
    "maximum first":
        _by(lambda z, T: (z / T).exp() / (z / T).exp().sum(dim=1, keepdim=True)),
    "log_softmax gives logarithms: softmax": _by(lambda z, T: log_softmax(z / T, dim=1)),
    "no softmax: logits are not probabilities": _by(lambda z, T: z / T),
    "no softmax: the logits are only divided by their sum":
        _by(lambda z, T: z / z.sum(1, keepdim=True)),
    "sigmoid instead of softmax: the weights of a pixel must sum to 1":
        _by(lambda z, T: (z / T).sigmoid()),
    "the probabilities themselves; weight the centres with them":
        lambda z, c, T: softmax(z / T, dim=1),
    "the sum over the bins is missing":
        lambda z, c, T: softmax(z / T, dim=1)[:, :, None] * c[:, :, None, None],  # (B, Q, 2, H, W)
    "the mean over the bins; the weights sum to 1 already, so the sum":
        lambda z, c, T: _annealed(z, c, T) / z.shape[1],
    "a and b are swapped": lambda z, c, T: _annealed(z, c.flip(1), T),
    "the channels stand last; (B, 2, H, W) is wanted":
        lambda z, c, T: _annealed(z, c, T).permute(0, 2, 3, 1),
    "the channels stand first; (B, 2, H, W) is wanted":
        lambda z, c, T: _annealed(z, c, T).transpose(0, 1),
}


@check(ANNEALED)
def annealed_mean(seeded):
    """student(logits (B, Q, H, W), centres (Q, 2), T) -> ab (B, 2, H, W), model units.

    The mean of the Q bin centres, weighted by softmax(logits / T) over the bins (Zhang et al.
    2016, equation 5).
    """
    batch, bins, height, width, n = seeded.sizes(5, 3, 8)

    def case(shape, T, low=-3, high=3):
        logits = seeded.uniform(*shape, low=low, high=high)
        return {"logits": logits, "centres": seeded.uniform(shape[1], 2), "T": T}

    return [
        case((batch, bins, height, width), 0.38),
        case((n, n, n, n), 0.7),
        case((batch, bins, 1, 1), 1.0),
        case((1, bins, 2, 2), 0.5, 900, 1000),  # large logits
    ]
