"""Check of lesson 02, base training: from logits over colour bins to one colour."""

import torch
from torch.nn.functional import softmax

from colorlib.checks.engine import judge, uniform


def annealed_mean(student):
    """student(logits (B, Q, H, W), centres (Q, 2), T) -> ab (B, 2, H, W): the mean of the Q bin centres, weighted
    by softmax(logits / T) over the bins (Zhang et al. 2016, equation 5).
    """
    cases = [
        {"logits": uniform(2, 6, 3, 4, low=-3, high=3), "centres": uniform(6, 2, seed=1), "T": 0.38},
        {"logits": uniform(3, 3, 3, 3, low=-3, high=3), "centres": uniform(3, 2, seed=2), "T": 1.0},
        {"logits": uniform(1, 5, 2, 2, low=900, high=1000), "centres": uniform(5, 2, seed=3), "T": 0.5},
    ]

    def mean(weights, centres):
        return torch.einsum("bqhw,qc->bchw", weights, centres)

    def naive(z):
        return z.exp() / z.exp().sum(dim=1, keepdim=True)

    def mode(logits, centres, T):
        return centres[logits.argmax(dim=1)].permute(0, 3, 1, 2)

    mistakes = {
        "T is not used": lambda z, c, T: mean(softmax(z, dim=1), c),
        "multiplied by T; a small T must sharpen, so divide": lambda z, c, T: mean(softmax(z * T, dim=1), c),
        "the most likely bin (argmax) instead of the mean": mode,
        "softmax over the width (the last axis), not over the bins (axis 1)": lambda z, c, T: mean(
            softmax(z / T, dim=-1), c
        ),
        "softmax over the height, not over the bins (axis 1)": lambda z, c, T: mean(softmax(z / T, dim=2), c),
        "softmax over the pictures of the batch, not over the bins (axis 1)": lambda z, c, T: mean(
            softmax(z / T, dim=0), c
        ),
        "softmax taken twice": lambda z, c, T: mean(softmax(softmax(z, dim=1) / T, dim=1), c),
        "p ** (1/T) without dividing by its sum again": lambda z, c, T: mean(softmax(z, dim=1) ** (1 / T), c),
        "exp without dividing by its sum": lambda z, c, T: mean((z / T).exp(), c),
        "exp of large logits overflows to inf, and inf / inf is NaN: use softmax, which subtracts the maximum "
        "first": lambda z, c, T: mean(naive(z / T), c),
        "no softmax: logits are not probabilities": lambda z, c, T: mean(z / T, c),
        "a and b are swapped": lambda z, c, T: mean(softmax(z / T, dim=1), c.flip(1)),
        "the channels stand last; (B, 2, H, W) is wanted": lambda z, c, T: mean(softmax(z / T, dim=1), c).permute(
            0, 2, 3, 1
        ),
    }
    return judge("annealed_mean", student, cases, lambda z, c, T: mean(softmax(z / T, dim=1), c), mistakes)
