"""Answers to `checks.split_heads`: x (B, T, C), heads -> (B, heads, T, C / heads)."""

import torch


def by_chunks(x, heads):
    return torch.stack(x.chunk(heads, dim=2), dim=1)


def by_slices(x, heads):
    d = x.shape[2] // heads
    return torch.cat([x[:, None, :, h * d : (h + 1) * d] for h in range(heads)], dim=1)


RIGHT = [by_chunks, by_slices]
WRONG = [
    (lambda x, n: x.reshape(x.shape[0], n, x.shape[1], -1), "reshaped at once"),
    (lambda x, n: torch.stack([x[:, :, h::n] for h in range(n)], 1), "dealt out like cards"),
    (lambda x, n: x.reshape(*x.shape[:2], n, -1), "change places"),
    (lambda x, n: by_chunks(x, n).transpose(2, 3), "positions stand last"),
    (lambda x, n: torch.stack(x.chunk(n, 2)), "before the pictures"),
    (lambda x, n: x.unsqueeze(1).repeat(1, n, 1, 1), "every head gets all"),
    (lambda x, n: list(x.chunk(n, 2)), "one value is wanted"),
]
