"""Answers to `checks.soft_cross_entropy`: logits (B, Q, H, W), shares (B, Q, H, W) -> one number."""

import math

import torch
import torch.nn.functional as F


def by_the_library(logits, shares):
    return F.cross_entropy(logits, shares)


def by_log_softmax(logits, shares):
    return -(shares * logits.log_softmax(dim=1)).sum(dim=1).mean()


def by_logsumexp(logits, shares):
    log_p = logits - torch.logsumexp(logits, 1, keepdim=True)
    return -torch.einsum("bqhw,bqhw->", shares, log_p) / shares[:, 0].numel()


def by_divergence(logits, shares):
    entropy = torch.special.entr(shares).sum(1).mean()
    return F.kl_div(logits.log_softmax(1), shares, reduction="none").sum(1).mean() + entropy


def by_loop(logits, shares):
    batch, _, height, width = logits.shape
    total = 0.0
    for b in range(batch):
        for y in range(height):
            for x in range(width):
                z, s = logits[b, :, y, x].tolist(), shares[b, :, y, x].tolist()
                top = max(z)
                norm = top + math.log(sum(math.exp(v - top) for v in z))
                total -= sum(share * (v - norm) for share, v in zip(s, z, strict=True))
    return torch.tensor(total / (batch * height * width), dtype=logits.dtype)


RIGHT = [by_the_library, by_log_softmax, by_logsumexp, by_divergence, by_loop]


def hard(logits, shares):
    return F.cross_entropy(logits, shares.argmax(dim=1))


def no_log(logits, shares):
    return -(shares * logits.softmax(1)).sum(1).mean()


def no_softmax(logits, shares):
    return -(shares * logits).sum(1).mean()


def last_axis(logits, shares):
    return -(shares * F.log_softmax(logits, dim=-1)).sum(1).mean()


def no_minus(logits, shares):
    return (shares * logits.log_softmax(1)).sum(1).mean()


def mean_of_all(logits, shares):
    return -(shares * logits.log_softmax(1)).mean()


def sum_of_all(logits, shares):
    return -(shares * logits.log_softmax(1)).sum()


def per_pixel(logits, shares):
    return F.cross_entropy(logits, shares, reduction="none")


def per_picture(logits, shares):
    return -(shares * logits.log_softmax(1)).sum() / len(logits)


def log_after(logits, shares):
    return -(shares * logits.softmax(1).log()).sum(1).mean()


def a_little(logits, shares):
    p = torch.softmax(logits, 1)
    return -(shares * torch.log(p + 1e-8)).sum(1).mean()


def twice(logits, shares):
    return F.cross_entropy(logits.softmax(1), shares)


def exchanged(logits, shares):
    p = logits.softmax(1)
    return -(p * torch.log(shares.clamp(min=1e-12))).sum(1).mean()


def divergence(logits, shares):
    return F.kl_div(logits.log_softmax(1), shares, reduction="none").sum(1).mean()


def squared(logits, shares):
    return ((logits.softmax(1) - shares) ** 2).sum(1).mean()


def binary(logits, shares):
    return F.binary_cross_entropy_with_logits(logits, shares)


def base_2(logits, shares):
    return -(shares * torch.log2(logits.softmax(1))).sum(1).mean()


def softened_again(logits, shares):
    return F.cross_entropy(logits, shares.softmax(1))


def mean_probability(logits, shares):
    return -torch.log((shares * logits.softmax(1)).sum(1)).mean()


WRONG = [
    (hard, "the largest share alone counts"),
    (no_log, "the logarithm is missing"),
    (no_softmax, "no softmax"),
    (last_axis, "softmax over the width"),
    (no_minus, "the minus is missing"),
    (mean_of_all, "the mean over the bins, too"),
    (sum_of_all, "the sum over the pixels"),
    (per_pixel, "one number for each pixel"),
    (per_picture, "divided by the number of pictures alone"),
    (log_after, "log_softmax takes both at once"),
    (a_little, "a little is added"),
    (twice, "softmax is taken twice"),
    (exchanged, "target and prediction are exchanged"),
    (divergence, "the shares' own entropy"),
    (squared, "squared error of the probabilities"),
    (binary, "yes or no for each bin by itself"),
    (base_2, "to base 2"),
    (softened_again, "softmax of the shares"),
    (mean_probability, "the logarithm of the summed probability"),
]
