"""Answers to `checks.masked_attention`: q (B, N, d), k (B, M, d), v (B, M, e), keep (B, M) -> (B, N, e)."""

import math

import torch
import torch.nn.functional as F


def by_torch(q, k, v, keep):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=keep[:, None].expand(-1, q.shape[1], -1))


def by_selection(q, k, v, keep):
    out = []
    for i in range(len(q)):
        s = q[i] @ k[i][keep[i]].T / math.sqrt(q.shape[-1])
        out.append(s.softmax(-1) @ v[i][keep[i]])
    return torch.stack(out)


def by_dividing_again(q, k, v, keep):
    w = (torch.einsum("bnd,bmd->bnm", q, k).double() / q.shape[-1] ** 0.5).softmax(-1) * keep[:, None]
    return (w / w.sum(-1, keepdim=True)).float() @ v


RIGHT = [by_torch, by_selection, by_dividing_again]


def scores(q, k):
    return q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])


def no_mask(q, k, v, keep):
    return scores(q, k).softmax(-1) @ v


def zero_scores(q, k, v, keep):
    return scores(q, k).masked_fill(~keep[:, None], 0.0).softmax(-1) @ v


def zero_shares(q, k, v, keep):
    return scores(q, k).softmax(-1).masked_fill(~keep[:, None], 0.0) @ v


def zero_values(q, k, v, keep):
    return scores(q, k).softmax(-1) @ (v * keep[..., None])


def turned_round(q, k, v, keep):
    return scores(q, k).masked_fill(keep[:, None], -math.inf).softmax(-1) @ v


def no_root(q, k, v, keep):
    return (q @ k.transpose(1, 2)).masked_fill(~keep[:, None], -math.inf).softmax(-1) @ v


def by_d(q, k, v, keep):
    return (q @ k.transpose(1, 2) / q.shape[-1]).masked_fill(~keep[:, None], -math.inf).softmax(-1) @ v


def first_mask(q, k, v, keep):
    return scores(q, k).masked_fill(~keep[0], -math.inf).softmax(-1) @ v


def over_queries(q, k, v, keep):
    return scores(q, k).masked_fill(~keep[:, None], -1e9).softmax(1) @ v


def tiny_number(q, k, v, keep):
    return scores(q, k).masked_fill(~keep[:, None], 1e-9).softmax(-1) @ v


def queries_masked(q, k, v, keep):
    return scores(q, k).masked_fill(~keep[:, :, None], -math.inf).softmax(-1) @ v


def minus_one(q, k, v, keep):
    return scores(q, k).masked_fill(~keep[:, None], -1.0).softmax(-1) @ v


WRONG = [
    (no_mask, "the mask is not used"),
    (zero_scores, "hidden keys score 0"),
    (zero_shares, "no longer sums to 1"),
    (zero_values, "no longer sums to 1"),
    (turned_round, "the mask is turned round"),
    (no_root, "the division by sqrt(d) is missing"),
    (by_d, "divided by d;"),
    (first_mask, "the first picture's mask"),
    (over_queries, "softmax over the queries"),
    (tiny_number, "hidden keys score 0"),
    (queries_masked, "5 is axis 1 of `q`"),
    (minus_one, "hidden keys score -1"),
]
