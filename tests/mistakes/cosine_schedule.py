"""Answers to `checks.cosine_schedule`: steps -> alpha_bar (steps + 1,)."""

import math

import torch

from colorlib import diffusion


def by_loop(steps):
    f = [math.cos((t / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(steps + 1)]
    values = [1.0]
    for t in range(1, steps + 1):
        values.append(values[-1] * (1 - min(1 - f[t] / f[t - 1], 0.999)))
    return torch.tensor(values)


def by_ratio(steps):
    t = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    f = torch.cos((t + 0.008) / 1.008 * torch.pi / 2).square()
    return torch.cat([f.new_ones(1), (f[1:] / f[:-1]).clamp(min=0.001)]).cumprod(0).float()


def f_of(steps, s=0.008, power=2):
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    return torch.cos((t + s) / (1 + s) * torch.pi / 2) ** power


def product(f, largest=0.999):
    return torch.cat([torch.ones(1), (1 - (1 - f[1:] / f[:-1]).clamp(max=largest)).cumprod(0).float()])


RIGHT = [by_loop, by_ratio]
WRONG = [
    (lambda n: product(f_of(n), 1.0), "0.999"),
    (lambda n: (f_of(n) / f_of(n)[0]).float(), "0.999"),
    (lambda n: f_of(n).float(), "divide by f(0)"),
    (lambda n: product(f_of(n, s=0)), "s is missing"),
    (lambda n: product(f_of(n, power=1)), "not squared"),
    (lambda n: by_ratio(n)[1:], "alpha_bar[0] = 1"),
    (lambda n: by_ratio(n).sqrt(), "the square root"),
    (lambda n: 1 - by_ratio(n), "1 - alpha_bar"),
    (lambda n: diffusion.noise_schedule("linear", n), "the linear schedule"),
    (lambda n: by_ratio(n).double(), "float64"),
]
