"""Answers to `checks.block_parameters`: c_in, c_out, convs -> how many numbers a block learns."""

import torch
from torch import nn


def by_formula(c_in, c_out, convs):
    return 9 * c_in * c_out + 9 * c_out**2 * (convs - 1) + c_out * convs + 2 * c_out


def by_building(c_in, c_out, convs):
    layers = [nn.Conv2d(c_out if i else c_in, c_out, 3) for i in range(convs)]
    return sum(p.numel() for p in nn.Sequential(*layers, nn.BatchNorm2d(c_out)).parameters())


def by_loop(c_in, c_out, convs):
    count = 0
    for _ in range(convs):
        count += c_out * (c_in * 3 * 3 + 1)
        c_in = c_out
    return count + c_out + c_out


def as_a_tensor(c_in, c_out, convs):
    with torch.device("meta"):
        first, norm = nn.Conv2d(c_in, c_out, 3), nn.BatchNorm2d(c_out)
        rest = [nn.Conv2d(c_out, c_out, 3) for _ in range(convs - 1)]
    return torch.tensor(sum(p.numel() for m in (first, norm, *rest) for p in m.parameters()))


RIGHT = [by_formula, by_building, by_loop, as_a_tensor]


def one(c_in, c_out):
    return c_out * (9 * c_in + 1)


def no_bias(c_in, c_out, convs):
    return 9 * c_in * c_out + (convs - 1) * 9 * c_out * c_out + 2 * c_out


def no_norm(c_in, c_out, convs):
    return one(c_in, c_out) + (convs - 1) * one(c_out, c_out)


def half_norm(c_in, c_out, convs):
    return no_norm(c_in, c_out, convs) + c_out


def norm_each(c_in, c_out, convs):
    return no_norm(c_in, c_out, convs) + 2 * c_out * convs


def with_buffers(c_in, c_out, convs):
    return no_norm(c_in, c_out, convs) + 4 * c_out


def same_input(c_in, c_out, convs):
    return convs * one(c_in, c_out) + 2 * c_out


def same_output(c_in, c_out, convs):
    return convs * one(c_out, c_out) + 2 * c_out


def only_first(c_in, c_out, convs):
    return one(c_in, c_out) + 2 * c_out


def one_more(c_in, c_out, convs):
    return one(c_in, c_out) + convs * one(c_out, c_out) + 2 * c_out


def three(c_in, c_out, convs):
    return c_out * (3 * c_in + 1) + (convs - 1) * c_out * (3 * c_out + 1) + 2 * c_out


def neither_bias_nor_norm(c_in, c_out, convs):
    return 9 * c_in * c_out + (convs - 1) * 9 * c_out * c_out


def no_bias_half_norm(c_in, c_out, convs):
    return neither_bias_nor_norm(c_in, c_out, convs) + c_out


WRONG = [
    (no_bias, "the biases are missing"),
    (no_norm, "the BatchNorm is missing"),
    (half_norm, "two numbers a channel"),
    (norm_each, "a BatchNorm after every convolution"),
    (with_buffers, "they are measured, not learnt"),
    (same_input, "every convolution takes c_in channels"),
    (same_output, "every convolution takes c_out channels"),
    (only_first, "the first convolution alone"),
    (one_more, "one convolution too many"),
    (three, "3, where 3 times 3 is wanted"),
    (neither_bias_nor_norm, "the biases are missing"),
    (no_bias_half_norm, "the biases are missing"),
]
