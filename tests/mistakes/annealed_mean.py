"""Answers to `checks.annealed_mean`: logits (B, Q, H, W), centres (Q, 2), T -> ab (B, 2, H, W)."""

import numpy as np
import torch
import torch.nn.functional as F


def by_matmul(logits, centres, T):
    p = F.softmax(logits.permute(0, 2, 3, 1) / T, dim=-1)
    return (p @ centres).permute(0, 3, 1, 2)


def by_loop(logits, centres, T):
    z = logits / T
    p = torch.exp(z - torch.logsumexp(z, dim=1, keepdim=True))
    ab = torch.zeros(len(logits), 2, *logits.shape[2:])
    for q in range(len(centres)):
        ab += p[:, q : q + 1] * centres[q].view(1, 2, 1, 1)
    return ab


def by_numpy(logits, centres, T):
    z = logits.numpy().astype(np.float64) / T
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return torch.tensor(np.einsum("bqhw,qc->bchw", p, centres.numpy()), dtype=torch.float32)


def as_the_paper_writes_it(logits, centres, T):
    p = logits.double().softmax(1) ** (1 / T)
    p = (p / p.sum(1, keepdim=True)).float()
    a = (p * centres[:, 0].view(1, -1, 1, 1)).sum(1)
    b = (p * centres[:, 1].view(1, -1, 1, 1)).sum(1)
    return torch.stack([a, b], 1)


def as_a_convolution(logits, centres, T):
    return F.conv2d((logits / T).softmax(1), centres.T[:, :, None, None])


RIGHT = [by_matmul, by_loop, by_numpy, as_the_paper_writes_it, as_a_convolution]


def mean(p, centres):
    return torch.einsum("bqhw,qc->bchw", p, centres)


def forgets_T(logits, centres, T):
    return mean(logits.softmax(1), centres)


def times_T(logits, centres, T):
    return mean((logits * T).softmax(1), centres)


def most_likely(logits, centres, T):
    return centres[(logits / T).argmax(1)].permute(0, 3, 1, 2)


def last_axis(logits, centres, T):
    return mean(F.softmax(logits / T, dim=-1), centres)


def first_axis(logits, centres, T):
    return mean(F.softmax(logits / T, dim=0), centres)


def swapped(logits, centres, T):
    p = (logits / T).softmax(1)
    b, a = (torch.einsum("bqhw,q->bhw", p, centres[:, c]) for c in (0, 1))
    return torch.stack([a, b], dim=1)


def channels_last(logits, centres, T):
    return (logits / T).softmax(1).permute(0, 2, 3, 1) @ centres


def not_normalised_again(logits, centres, T):
    return mean(logits.softmax(1) ** (1 / T), centres)


def exp_by_hand(logits, centres, T):
    e = torch.exp(logits / T)
    return mean(e / e.sum(1, keepdim=True), centres)


def T_after_softmax(logits, centres, T):
    return mean(logits.softmax(1) / T, centres)


def probabilities(logits, centres, T):
    return (logits / T).softmax(1)


def softmax_twice(logits, centres, T):
    return mean((logits.softmax(1) / T).softmax(1), centres)


def no_sum(logits, centres, T):
    return (logits / T).softmax(1)[:, :, None] * centres[None, :, :, None, None]


def mean_over_bins(logits, centres, T):
    return ((logits / T).softmax(1)[:, :, None] * centres[None, :, :, None, None]).mean(1)


def no_softmax(logits, centres, T):
    return mean(logits / T, centres)


def sigmoid(logits, centres, T):
    return mean((logits / T).sigmoid(), centres)


def changes_logits(logits, centres, T):
    logits /= T
    return mean(logits.softmax(1), centres)


def logs(logits, centres, T):
    return mean(F.log_softmax(logits / T, dim=1), centres)


def most_likely_channels_last(logits, centres, T):
    return centres[logits.argmax(1)]


def sum_over_all(logits, centres, T):
    e = (logits / T - (logits / T).max()).exp()
    return mean(e / e.sum(), centres)


def to_double(logits, centres, T):
    return mean((logits.double() / T).softmax(1), centres.double())


WRONG = [
    (forgets_T, "T is not used"),
    (times_T, "multiplied by T"),
    (most_likely, "argmax"),
    (last_axis, "softmax over the width"),
    (first_axis, "softmax over the pictures"),
    (swapped, "a and b are swapped"),
    (channels_last, "the channels stand last"),
    (not_normalised_again, "without dividing by its sum again"),
    (exp_by_hand, "overflows to inf"),
    (T_after_softmax, "the probabilities are divided by T"),
    (probabilities, "the probabilities themselves"),
    (softmax_twice, "softmax taken twice"),
    (no_sum, "the sum over the bins is missing"),
    (mean_over_bins, "the mean over the bins"),
    (no_softmax, "no softmax"),
    (sigmoid, "sigmoid"),
    (changes_logits, "logits was changed in place"),
    (logs, "log_softmax"),
    (most_likely_channels_last, "argmax"),
    (sum_over_all, "one softmax over everything"),
    (to_double, "float64"),
]
