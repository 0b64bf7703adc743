"""Answers to `checks.received`: attention (B, heads, T, T), rows -> (B, rows, T / rows)."""

import torch


def by_loop(attention, rows):
    B, heads, T, _ = attention.shape
    out = torch.zeros(B, T)
    for h in range(heads):
        for looker in range(T):
            out += attention[:, h, looker]
    return (out / (heads * T)).view(B, rows, T // rows)


def by_einsum(attention, rows):
    n = attention.shape[1] * attention.shape[2]
    return (torch.einsum("bhqk->bk", attention) / n).unflatten(1, (rows, -1))


def by_numpy(attention, rows):
    x = attention.numpy().mean(axis=2).mean(axis=1)
    return torch.from_numpy(x.reshape(len(x), rows, -1))


RIGHT = [by_loop, by_einsum, by_numpy]


def given(attention, rows):
    return attention.mean((1, 3)).unflatten(1, (rows, -1))


def given_sum(attention, rows):
    return attention.mean(1).sum(-1).unflatten(1, (rows, -1))


def summed(attention, rows):
    return attention.mean(1).sum(1).unflatten(1, (rows, -1))


def all_summed(attention, rows):
    return attention.sum((1, 2)).unflatten(1, (rows, -1))


def heads_summed(attention, rows):
    return attention.sum(1).mean(1).unflatten(1, (rows, -1))


def largest(attention, rows):
    return attention.mean(1).amax(1).unflatten(1, (rows, -1))


def first_head(attention, rows):
    return attention[:, 0].mean(1).unflatten(1, (rows, -1))


def columns_first(attention, rows):
    return attention.mean((1, 2)).unflatten(1, (-1, rows))


def turned(attention, rows):
    return attention.mean((1, 2)).unflatten(1, (rows, -1)).transpose(1, 2)


def a_list(attention, rows):
    return attention.mean((1, 2))


def heads_kept(attention, rows):
    return attention.mean(2).unflatten(2, (rows, -1))


def diagonal(attention, rows):
    return attention.mean(1).diagonal(dim1=1, dim2=2).unflatten(1, (rows, -1))


def normalised(attention, rows):
    x = attention.mean((1, 2)).unflatten(1, (rows, -1))
    return x / x.amax((1, 2), keepdim=True)


WRONG = [
    (given, "the mean over those who are looked at"),
    (given_sum, "the sum over those who are looked at"),
    (summed, "the sum over those who look"),
    (all_summed, "the sum over heads and those who look"),
    (heads_summed, "the sum over the heads"),
    (largest, "the largest share"),
    (first_head, "the first head alone"),
    (columns_first, "rows and columns are exchanged in the shape"),
    (turned, "columns and rows of the picture are swapped"),
    (a_list, "the list of positions"),
    (heads_kept, "one picture for each head"),
    (diagonal, "looks at itself"),
    (normalised, "divided by the largest value"),
]
