"""Answers to `checks.cosine_schedule`: steps -> alpha_bar (steps + 1,)."""

import math

import numpy as np
import torch

from colorlib import diffusion


def by_loop(steps):
    f = [math.cos((t / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(steps + 1)]
    values = [1.0]
    for t in range(1, steps + 1):
        values.append(values[-1] * (1 - min(1 - f[t] / f[t - 1], 0.999)))
    return torch.tensor(values)


def by_numpy(steps):
    f = np.cos((np.linspace(0, 1, steps + 1) + 0.008) / 1.008 * np.pi / 2) ** 2
    beta = np.minimum(1 - f[1:] / f[:-1], 0.999)
    return torch.from_numpy(np.insert(np.cumprod(1 - beta), 0, 1.0)).float()


RIGHT = [by_loop, by_numpy, lambda steps: diffusion.noise_schedule("cosine", steps)]


def f(steps, s=0.008, quarter=math.pi / 2, power=2):
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    return torch.cos((t + s) / (1 + s) * quarter) ** power


def chain(f, largest=0.999):
    beta = (1 - f[1:] / f[:-1]).clamp(max=largest)
    return torch.cat([torch.ones(1), torch.cumprod(1 - beta, 0)]).float()


def not_clamped(steps):
    return chain(f(steps), 1.0)


def f_itself(steps):
    return f(steps).float()


def divided_by_first(steps):
    return (f(steps) / f(steps)[0]).float()


def no_s(steps):
    return chain(f(steps, s=0))


def not_squared(steps):
    return chain(f(steps, power=1))


def whole_pi(steps):
    return chain(f(steps, quarter=math.pi))


def no_one(steps):
    return chain(f(steps))[1:]


def one_short(steps):
    return chain(f(steps))[:-1]


def rooted(steps):
    return chain(f(steps)).sqrt()


def linear(steps):
    return torch.cat([torch.ones(1), torch.cumprod(1 - torch.linspace(1e-4, 0.02, steps), 0)])


def betas(steps):
    return (1 - f(steps)[1:] / f(steps)[:-1]).clamp(max=0.999).float()


def s_not_divided(steps):
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    return chain(torch.cos((t + 0.008) * math.pi / 2) ** 2)


def noise_share(steps):
    return 1 - chain(f(steps))


WRONG = [
    (not_clamped, "beta may reach 1"),
    (f_itself, "f(t) itself"),
    (divided_by_first, "beta may reach 1"),
    (no_s, "s is missing"),
    (not_squared, "cos is not squared"),
    (whole_pi, "π where π/2 belongs"),
    (no_one, "the step without noise, is missing"),
    (one_short, "one step short"),
    (rooted, "the square root"),
    (linear, "the linear schedule"),
    (betas, "beta, not the product"),
    (s_not_divided, "1 + s"),
    (noise_share, "1 - alpha_bar instead of alpha_bar"),
    (lambda steps: by_loop(steps).double(), "float64"),
]
