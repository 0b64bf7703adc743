"""Answers to `checks.near_attention`: q, k (B, T, d), v (B, T, e), columns, reach -> (B, T, e)."""

import math

import torch
import torch.nn.functional as F


def window(T, columns, reach):
    rows, cols = torch.arange(T) // columns, torch.arange(T) % columns
    return ((rows[:, None] - rows).abs() <= reach) & ((cols[:, None] - cols).abs() <= reach)


def scores(q, k):
    return q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])


def shares(q, k, near):
    return scores(q, k).masked_fill(~near, -math.inf).softmax(-1)


def by_torch(q, k, v, columns, reach):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=window(q.shape[1], columns, reach))


def by_loops(q, k, v, columns, reach):
    out = torch.zeros(*q.shape[:2], v.shape[2])
    for i in range(q.shape[1]):
        at = divmod(i, columns)
        near = [
            j for j in range(q.shape[1]) if abs(j // columns - at[0]) <= reach and abs(j % columns - at[1]) <= reach
        ]
        s = torch.einsum("bd,bjd->bj", q[:, i], k[:, near]) / q.shape[-1] ** 0.5
        out[:, i] = torch.einsum("bj,bje->be", s.softmax(-1), v[:, near])
    return out


def by_a_grid(q, k, v, columns, reach):
    rows, cols = torch.meshgrid(torch.arange(q.shape[1] // columns), torch.arange(columns), indexing="ij")
    at = torch.stack([rows.flatten(), cols.flatten()], 1).float()
    far = torch.cdist(at, at, p=math.inf) > reach + 0.5
    return (scores(q, k).double() - 1e9 * far).softmax(-1).float() @ v


def by_dividing_again(q, k, v, columns, reach):
    w = scores(q, k).softmax(-1) * window(q.shape[1], columns, reach)
    return w / w.sum(-1, keepdim=True) @ v


RIGHT = [by_torch, by_loops, by_a_grid, by_dividing_again]


def no_window(q, k, v, columns, reach):
    return scores(q, k).softmax(-1) @ v


def in_the_list(q, k, v, columns, reach):
    at = torch.arange(q.shape[1])
    return shares(q, k, (at[:, None] - at).abs() <= reach) @ v


def rows_alone(q, k, v, columns, reach):
    rows = torch.arange(q.shape[1]) // columns
    return shares(q, k, (rows[:, None] - rows).abs() <= reach) @ v


def either(q, k, v, columns, reach):
    rows, cols = torch.arange(q.shape[1]) // columns, torch.arange(q.shape[1]) % columns
    return shares(q, k, ((rows[:, None] - rows).abs() <= reach) | ((cols[:, None] - cols).abs() <= reach)) @ v


def diamond(q, k, v, columns, reach):
    rows, cols = torch.arange(q.shape[1]) // columns, torch.arange(q.shape[1]) % columns
    return shares(q, k, (rows[:, None] - rows).abs() + (cols[:, None] - cols).abs() <= reach) @ v


def circle(q, k, v, columns, reach):
    at = torch.stack([torch.arange(q.shape[1]) // columns, torch.arange(q.shape[1]) % columns], 1).float()
    return shares(q, k, torch.cdist(at, at) <= reach + 1e-4) @ v


def rows_and_columns_exchanged(q, k, v, columns, reach):
    return shares(q, k, window(q.shape[1], q.shape[1] // columns, reach)) @ v


def without_itself(q, k, v, columns, reach):
    near = window(q.shape[1], columns, reach) & ~torch.eye(q.shape[1]).bool()
    return shares(q, k, near) @ v


def far_ones(q, k, v, columns, reach):
    return scores(q, k).masked_fill(window(q.shape[1], columns, reach), -math.inf).softmax(-1) @ v


def zero_scores(q, k, v, columns, reach):
    return scores(q, k).masked_fill(~window(q.shape[1], columns, reach), 0.0).softmax(-1) @ v


def zero_shares(q, k, v, columns, reach):
    return scores(q, k).softmax(-1).masked_fill(~window(q.shape[1], columns, reach), 0.0) @ v


def no_root(q, k, v, columns, reach):
    return (q @ k.transpose(1, 2)).masked_fill(~window(q.shape[1], columns, reach), -math.inf).softmax(-1) @ v


def over_queries(q, k, v, columns, reach):
    return scores(q, k).masked_fill(~window(q.shape[1], columns, reach), -1e9).softmax(1) @ v


def minus_one(q, k, v, columns, reach):
    return scores(q, k).masked_fill(~window(q.shape[1], columns, reach), -1.0).softmax(-1) @ v


WRONG = [
    (no_window, "the window is not used"),
    (in_the_list, "near in the list of positions"),
    (rows_alone, "only rows are compared"),
    (either, "rows or columns are near"),
    (diamond, "steps along rows and columns are added"),
    (circle, "a circle"),
    (rows_and_columns_exchanged, "the rows are as long as"),
    (without_itself, "the query's own place is left out"),
    (far_ones, "the window is turned round"),
    (zero_scores, "far keys score 0"),
    (zero_shares, "no longer sums to 1"),
    (no_root, "the division by sqrt(d) is missing"),
    (over_queries, "softmax over the queries"),
    (minus_one, "far keys score -1"),
]
