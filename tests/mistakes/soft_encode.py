"""Answers to `checks.soft_encode`: ab (N, 2), centres (Q, 2), sigma, k -> shares (N, Q)."""

import torch


def by_loop(ab, centres, sigma, k):
    out = torch.zeros(len(ab), len(centres))
    for i, x in enumerate(ab):
        d2 = ((centres - x) ** 2).sum(1)
        near = d2.argsort()[:k]
        out[i, near] = torch.softmax(-d2[near] / (2 * sigma**2), 0)
    return out


def by_threshold(ab, centres, sigma, k):
    d = torch.cdist(ab, centres)
    far = d > d.kthvalue(k, dim=1, keepdim=True).values
    return torch.softmax((-(d**2) / (2 * sigma**2)).masked_fill(far, -torch.inf), dim=1)


def shares(ab, centres, k, weigh, largest=False):
    d, which = torch.cdist(ab, centres).topk(k, dim=1, largest=largest)
    w = weigh(d)
    return torch.zeros(len(ab), len(centres)).scatter(1, which, w)


def normal(w):
    return w / w.sum(1, keepdim=True)


RIGHT = [by_loop, by_threshold]
WRONG = [
    (lambda x, c, s, k: torch.softmax(-(torch.cdist(x, c) ** 2) / (2 * s**2), 1), "all centres"),
    (lambda x, c, s, k: shares(x, c, k, lambda d: torch.exp(-(d**2) / (2 * s**2))), "rows do not sum to 1"),
    (lambda x, c, s, k: shares(x, c, k, lambda d: normal(torch.exp(-d / (2 * s**2)))), "d where d²"),
    (lambda x, c, s, k: shares(x, c, k, lambda d: normal(torch.exp(-(d**2) / s**2))), "the 2 in 2 sigma²"),
    (lambda x, c, s, k: shares(x, c, k, lambda d: normal(torch.exp(-(d**2) / (2 * s)))), "sigma is not squared"),
    (lambda x, c, s, k: shares(x, c, k, lambda d: normal(torch.exp(d**2 / (2 * s**2)))), "the minus"),
    (lambda x, c, s, k: shares(x, c, k, lambda d: normal(torch.ones_like(d))), "the same share"),
    (lambda x, c, s, k: shares(x, c, 1, lambda d: torch.ones_like(d)), "the nearest centre alone"),
    (lambda x, c, s, k: shares(x, c, k, lambda d: normal((-(d**2) / (2 * s**2)).exp()), True), "farthest"),
]
