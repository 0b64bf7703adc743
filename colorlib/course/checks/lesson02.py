"""Check of lesson 02, base training: from logits over colour bins to one colour."""

import torch
from torch.nn.functional import log_softmax, softmax

from colorlib.course.checks.judging import Seeded, judge


def annealed_mean(student, seed=0):
    """student(logits (B, Q, H, W), centres (Q, 2), T) -> ab (B, 2, H, W): the mean of the Q bin
    centres, weighted by softmax(logits / T) over the bins (Zhang et al. 2016, equation 5).
    """
    draw = Seeded(seed)
    batch, bins, height, width, n = draw.sizes(5, 3, 8)

    def case(shape, T, low=-3, high=3):
        return {
            "logits": draw.uniform(*shape, low=low, high=high),
            "centres": draw.uniform(shape[1], 2),
            "T": T,
        }

    cases = [
        case((batch, bins, height, width), 0.38),
        case((n, n, n, n), 0.7),
        case((batch, bins, 1, 1), 1.0),
        case((1, bins, 2, 2), 0.5, 900, 1000),  # large logits
    ]

    def mean(weights, centres):
        return torch.einsum("bqhw,qc->bchw", weights, centres)

    def weighted(weights):
        """The answer with weights(logits, T) in the place of the softmax."""
        return lambda z, c, T: mean(weights(z, T), c)

    def right(z, c, T):
        return mean(softmax(z / T, dim=1), c)

    def everything(z):
        return softmax(z.flatten(), dim=0).view(z.shape)

    mistakes = {
        "T is not used": weighted(lambda z, T: softmax(z, dim=1)),
        "multiplied by T; a small T must sharpen, so divide": weighted(
            lambda z, T: softmax(z * T, dim=1)
        ),
        "T is squared": weighted(lambda z, T: softmax(z / T**2, dim=1)),
        "the most likely bin (argmax) instead of the mean": lambda z, c, T: c[
            z.argmax(dim=1)
        ].permute(0, 3, 1, 2),
        "the most likely bin (argmax) instead of the mean, and the channels stand last": lambda z, c, T: (
            c[z.argmax(dim=1)]
        ),
        "softmax over the width (the last axis), not over the bins (axis 1)": weighted(
            lambda z, T: softmax(z / T, dim=-1)
        ),
        "softmax over the height, not over the bins (axis 1)": weighted(
            lambda z, T: softmax(z / T, dim=2)
        ),
        "softmax over the pictures of the batch, not over the bins (axis 1)": weighted(
            lambda z, T: softmax(z / T, dim=0)
        ),
        "one softmax over everything; each pixel has its own, over the bins (axis 1)": weighted(
            lambda z, T: everything(z / T)
        ),
        "softmax taken twice": weighted(lambda z, T: softmax(softmax(z / T, dim=1), dim=1)),
        "softmax taken twice, T in between": weighted(
            lambda z, T: softmax(softmax(z, dim=1) / T, dim=1)
        ),
        "p ** (1/T) without dividing by its sum again": weighted(
            lambda z, T: softmax(z, dim=1) ** (1 / T)
        ),
        "p ** T; the power is 1/T": weighted(lambda z, T: softmax(z, dim=1) ** T),
        "the probabilities are divided by T; the logits must be, before the softmax": weighted(
            lambda z, T: softmax(z, dim=1) / T
        ),
        "exp without dividing by its sum": weighted(lambda z, T: (z / T).exp()),
        "exp of large logits overflows to inf, and inf / inf is NaN: use softmax, which subtracts the maximum "
        "first": weighted(lambda z, T: (z / T).exp() / (z / T).exp().sum(dim=1, keepdim=True)),
        "log_softmax gives logarithms: softmax": weighted(lambda z, T: log_softmax(z / T, dim=1)),
        "no softmax: logits are not probabilities": weighted(lambda z, T: z / T),
        "no softmax: the logits are only divided by their sum": weighted(
            lambda z, T: z / z.sum(1, keepdim=True)
        ),
        "sigmoid instead of softmax: the weights of a pixel must sum to 1": weighted(
            lambda z, T: (z / T).sigmoid()
        ),
        "the probabilities themselves; weight the centres with them": lambda z, c, T: softmax(
            z / T, dim=1
        ),
        "the sum over the bins is missing": lambda z, c, T: (
            softmax(z / T, dim=1)[:, :, None] * c[None, :, :, None, None]
        ),
        "the mean over the bins; the weights sum to 1 already, so the sum": lambda z, c, T: (
            right(z, c, T) / z.shape[1]
        ),
        "a and b are swapped": lambda z, c, T: right(z, c.flip(1), T),
        "the channels stand last; (B, 2, H, W) is wanted": lambda z, c, T: right(z, c, T).permute(
            0, 2, 3, 1
        ),
        "the channels stand first; (B, 2, H, W) is wanted": lambda z, c, T: right(
            z, c, T
        ).transpose(0, 1),
    }
    return judge("annealed_mean", student, cases, right, mistakes)
