"""Answers to `checks.received`: attention (B, heads, T, T), rows -> how much each position is looked at."""

import torch


def by_loop(attention, rows):
    return torch.stack([torch.stack([head.sum(0) / len(head) for head in a]).mean(0).view(rows, -1) for a in attention])


def by_einsum(attention, rows):
    B, heads, T, _ = attention.shape
    return torch.einsum("bhij->bj", attention).reshape(B, rows, T // rows) / (heads * T)


def shaped(attention, rows):
    return attention.reshape(len(attention), rows, -1)


RIGHT = [by_loop, by_einsum]
WRONG = [
    (lambda a, r: shaped(a.mean((1, 3)), r), "always 1 / T"),
    (lambda a, r: shaped(a.sum(3).mean(1), r), "always 1"),
    (lambda a, r: shaped(a.mean(1).sum(1), r), "the sum over those who look"),
    (lambda a, r: shaped(a.sum((1, 2)), r), "the sum over heads and"),
    (lambda a, r: shaped(a.mean(1).max(1).values, r), "the largest share"),
    (lambda a, r: shaped(a[:, 0].mean(1), r), "the first head"),
    (lambda a, r: by_einsum(a, r).mT, "columns and rows"),
    (lambda a, r: a.mean((1, 2)), "a picture again"),
]
