"""Answers to `checks.masked_attention`: q (B, N, d), k (B, M, d), v (B, M, e), keep (B, M) -> (B, N, e)."""

import torch
import torch.nn.functional as F


def by_torch(q, k, v, keep):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=keep[:, None])


def by_leaving_out(q, k, v, keep):
    rows = []
    for i in range(len(q)):
        scores = q[i] @ k[i, keep[i]].T / q.shape[-1] ** 0.5
        rows.append(scores.softmax(-1) @ v[i, keep[i]])
    return torch.stack(rows)


def scores(q, k):
    return torch.einsum("bnd,bmd->bnm", q, k) / q.shape[-1] ** 0.5


RIGHT = [by_torch, by_leaving_out]
WRONG = [
    (lambda q, k, v, keep: scores(q, k).softmax(-1) @ v, "the mask is not used"),
    (lambda q, k, v, keep: (scores(q, k) * keep[:, None]).softmax(-1) @ v, "hidden keys score 0"),
    (lambda q, k, v, keep: (scores(q, k).softmax(-1) * keep[:, None]) @ v, "no longer sums to 1"),
    (lambda q, k, v, keep: scores(q, k).softmax(-1) @ (v * keep[..., None]), "no longer sums to 1"),
    (lambda q, k, v, keep: F.scaled_dot_product_attention(q, k, v, keep[:, None], scale=1.0), "sqrt(d) is missing"),
    (lambda q, k, v, keep: by_torch(q, k, v, keep[:1].expand_as(keep)), "the first picture's mask"),
    (lambda q, k, v, keep: scores(q, k).masked_fill(keep[:, None], -1e9).softmax(-1) @ v, "turned round"),
    (lambda q, k, v, keep: scores(q, k).masked_fill(~keep[:, None], -1e9).softmax(1) @ v, "over the queries"),
    (lambda q, k, v, keep: scores(q, k).masked_fill(~keep, -1e9).softmax(-1) @ v, "shapes or types"),
]
