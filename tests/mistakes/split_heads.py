"""Answers to `checks.split_heads`: x (B, T, C), heads -> (B, heads, T, C / heads)."""

import torch


def by_chunks(x, heads):
    return torch.stack(x.chunk(heads, dim=-1), dim=1)


def by_view(x, heads):
    B, T, C = x.shape
    return x.view(B, T, heads, C // heads).permute(0, 2, 1, 3)


def by_loop(x, heads):
    size = x.shape[2] // heads
    out = torch.zeros(len(x), heads, x.shape[1], size)
    for h in range(heads):
        out[:, h] = x[:, :, h * size : (h + 1) * size]
    return out


RIGHT = [by_chunks, by_view, by_loop]


def at_once(x, heads):
    B, T, C = x.shape
    return x.view(B, heads, T, C // heads)


def like_cards(x, heads):
    return torch.stack([x[:, :, h::heads] for h in range(heads)], 1)


def not_swapped(x, heads):
    B, T, C = x.shape
    return x.view(B, T, heads, C // heads)


def positions_last(x, heads):
    return by_view(x, heads).transpose(2, 3)


def heads_first(x, heads):
    return torch.stack(x.chunk(heads, dim=-1))


def everybody_all(x, heads):
    return x[:, None].repeat(1, heads, 1, 1)


def sizes_swapped(x, heads):
    B, T, C = x.shape
    return x.view(B, T, C // heads, heads).transpose(1, 2)


def a_list(x, heads):
    return list(x.chunk(heads, dim=-1))


def joined(x, heads):
    return torch.cat(x.chunk(heads, dim=-1), dim=0)


def chunks_of_positions(x, heads):
    B, T, C = x.shape
    return x.transpose(1, 2).reshape(B, heads, T, C // heads)


def reversed_heads(x, heads):
    return by_view(x, heads).flip(1)


def first_head(x, heads):
    return by_view(x, heads)[:, 0]


WRONG = [
    (at_once, "reshaped at once"),
    (like_cards, "dealt out like cards"),
    (not_swapped, "the axes of positions and heads"),
    (positions_last, "positions stand last"),
    (heads_first, "the heads stand before the pictures"),
    (everybody_all, "every head gets all channels"),
    (sizes_swapped, "heads and channels of a head are swapped"),
    (a_list, "one value is wanted"),
    (joined, "two axes are joined to one"),
    (chunks_of_positions, "reshaped"),
    (reversed_heads, "the heads stand in reverse order"),
    (first_head, "one head"),
]
