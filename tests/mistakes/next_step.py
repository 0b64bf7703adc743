"""Answers to `checks.next_step`: x at step t - 1, t (B,), noise, alpha_bar -> x at step t."""

import math

import torch


def by_loop(x, t, noise, alpha_bar):
    a = alpha_bar.tolist()
    rows = []
    for p, i, n in zip(x, t.tolist(), noise, strict=True):
        keep = a[i] / a[i - 1]
        rows.append(math.sqrt(keep) * p + math.sqrt(1 - keep) * n)
    return torch.stack(rows)


def by_table(x, t, noise, alpha_bar):
    keep = torch.cat([alpha_bar.new_ones(1), alpha_bar[1:] / alpha_bar[:-1]])[t].reshape(len(t), 1, 1, 1)
    return keep**0.5 * x + (1 - keep) ** 0.5 * noise


def step(beta, keep=lambda b: (1 - b) ** 0.5, add=lambda b: b**0.5):
    def answer(x, t, noise, alpha_bar):
        b = beta(alpha_bar, t)[:, None, None, None]
        return keep(b) * x + add(b) * noise

    return answer


def right(a, t):
    return 1 - a[t] / a[t - 1]


RIGHT = [by_loop, by_table]
WRONG = [
    (step(lambda a, t: 1 - a[t]), "all t steps at once"),
    (step(lambda a, t: a[t - 1] - a[t]), "not divided"),
    (step(lambda a, t: 1 - a[t + 1] / a[t]), "off by one"),
    (step(right, keep=lambda b: 1 - b), "1 - beta before x"),
    (step(right, add=lambda b: b), "beta before the noise"),
    (step(right, keep=lambda b: 1), "x does not fade"),
    (step(right, add=lambda b: 1), "the noise is not scaled"),
    (step(right, lambda b: b**0.5, lambda b: (1 - b) ** 0.5), "swapped"),
    (step(lambda a, t: right(a, t)[0].repeat(len(t))), "the first picture's t"),
]
