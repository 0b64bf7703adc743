"""Answers to `checks.soft_encode`: ab (N, 2), centres (Q, 2), sigma, k -> (N, Q), rows that sum to 1."""

import math

import torch


def by_loop(ab, centres, sigma, k):
    out = torch.zeros(len(ab), len(centres))
    for n, color in enumerate(ab):
        d2 = [float(((color - c) ** 2).sum()) for c in centres]
        for q in sorted(range(len(centres)), key=lambda q: d2[q])[:k]:
            out[n, q] = math.exp(-d2[q] / (2 * sigma**2))
    return out / out.sum(1, keepdim=True)


def by_softmax(ab, centres, sigma, k):
    score = -((ab[:, None] - centres[None]) ** 2).sum(-1) / (2 * sigma**2)
    kth = score.sort(dim=1, descending=True).values[:, k - 1 : k]
    return score.masked_fill(score < kth, -torch.inf).softmax(1)


def by_scatter(ab, centres, sigma, k):
    near = torch.cdist(ab.double(), centres.double()).topk(k, largest=False)
    w = (-0.5 * (near.values / sigma) ** 2).exp().float()
    return torch.zeros(len(ab), len(centres)).scatter_add(1, near.indices, w / w.sum(1, keepdim=True))


RIGHT = [by_loop, by_softmax, by_scatter]


def encode(ab, centres, k, weigh, largest=False):
    d = torch.cdist(ab, centres)
    near = d.topk(k, dim=1, largest=largest)
    return torch.zeros_like(d).scatter(1, near.indices, weigh(near.values))


def all_centres(ab, centres, sigma, k):
    w = torch.exp(-(torch.cdist(ab, centres) ** 2) / (2 * sigma**2))
    return w / w.sum(1, keepdim=True)


def farthest(ab, centres, sigma, k):
    w = encode(ab, centres, k, lambda d: torch.exp(-(d**2) / (2 * sigma**2)), largest=True)
    return w / w.sum(1, keepdim=True)


def not_divided(ab, centres, sigma, k):
    return encode(ab, centres, k, lambda d: torch.exp(-(d**2) / (2 * sigma**2)))


def columns(ab, centres, sigma, k):
    w = not_divided(ab, centres, sigma, k)
    return w / w.sum(0, keepdim=True)


def distance(ab, centres, sigma, k):
    w = encode(ab, centres, k, lambda d: torch.exp(-d / (2 * sigma**2)))
    return w / w.sum(1, keepdim=True)


def no_two(ab, centres, sigma, k):
    w = encode(ab, centres, k, lambda d: torch.exp(-(d**2) / sigma**2))
    return w / w.sum(1, keepdim=True)


def sigma_not_squared(ab, centres, sigma, k):
    w = encode(ab, centres, k, lambda d: torch.exp(-(d**2) / (2 * sigma)))
    return w / w.sum(1, keepdim=True)


def no_minus(ab, centres, sigma, k):
    w = encode(ab, centres, k, lambda d: torch.exp(d**2 / (2 * sigma**2)))
    return w / w.sum(1, keepdim=True)


def equal(ab, centres, sigma, k):
    return encode(ab, centres, k, lambda d: torch.full_like(d, 1 / k))


def one_hot(ab, centres, sigma, k):
    return encode(ab, centres, 1, torch.ones_like)


def divided_before_cutting(ab, centres, sigma, k):
    w = all_centres(ab, centres, sigma, k)
    keep = torch.zeros_like(w).scatter(1, w.topk(k).indices, 1.0)
    return w * keep


def k_numbers(ab, centres, sigma, k):
    near = torch.cdist(ab, centres).topk(k, largest=False).values
    return torch.exp(-(near**2) / (2 * sigma**2)).softmax(1)


def whole_sum(ab, centres, sigma, k):
    w = not_divided(ab, centres, sigma, k)
    return w / w.sum()


def one_more(ab, centres, sigma, k):
    w = encode(ab, centres, min(k + 1, len(centres)), lambda d: torch.exp(-(d**2) / (2 * sigma**2)))
    return w / w.sum(1, keepdim=True)


WRONG = [
    (all_centres, "all centres get a share"),
    (farthest, "the k farthest centres"),
    (not_divided, "rows do not sum to 1"),
    (columns, "each column is divided"),
    (distance, "d where d² belongs"),
    (no_two, "the 2 in 2 sigma² is missing"),
    (sigma_not_squared, "sigma is not squared"),
    (no_minus, "the minus in the exponent"),
    (equal, "all k get the same share"),
    (one_hot, "the nearest centre alone"),
    (divided_before_cutting, "divided before the far centres are cut off"),
    (k_numbers, "another axis"),
    (whole_sum, "divided by the sum over all rows"),
    (one_more, "k + 1 centres"),
]
