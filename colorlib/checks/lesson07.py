"""Checks of lesson 07, beyond the paper: two ways to take many steps from the base to the truth."""

import torch

from colorlib.checks.engine import judge, uniform


def resshift_mean(student):
    """student(x_t, x0, t, eta) -> like x_t: the posterior mean (eta[t-1]/eta[t]) x_t + (alpha_t/eta[t]) x0,
    alpha_t = eta[t] - eta[t-1], t an int from 1 (Yue et al. 2023, ResShift).
    """
    eta = torch.linspace(0, 1, 6) ** 1.5
    cases = [
        {"x_t": uniform(*shape, seed=1), "x0": uniform(*shape, seed=2), "t": t, "eta": eta}
        for shape, t in (((2, 2, 4, 5), 4), ((1, 2, 3, 3), 2), ((2, 2, 2, 2), 1))
    ]

    def right(x_t, x0, t, eta):
        return eta[t - 1] / eta[t] * x_t + (eta[t] - eta[t - 1]) / eta[t] * x0

    mistakes = {
        "x_t and x0 are swapped": lambda x_t, x0, t, eta: right(x0, x_t, t, eta),
        "alpha_t is the step eta[t] - eta[t-1], not eta[t]": lambda x_t, x0, t, eta: eta[t - 1] / eta[t] * x_t + x0,
        "alpha_t is the step eta[t] - eta[t-1], not eta[t-1]": lambda x_t, x0, t, eta: eta[t - 1] / eta[t] * (x_t + x0),
        "alpha_t is not divided by eta[t]": lambda x_t, x0, t, eta: (
            eta[t - 1] / eta[t] * x_t + (eta[t] - eta[t - 1]) * x0
        ),
        "eta[t-1] is not divided by eta[t]": lambda x_t, x0, t, eta: (
            eta[t - 1] * x_t + (eta[t] - eta[t - 1]) / eta[t] * x0
        ),
        "eta[t]/eta[t-1] upside down": lambda x_t, x0, t, eta: (
            eta[t] / eta[t - 1] * x_t + (eta[t] - eta[t - 1]) / eta[t] * x0
        ),
        "the sign of the step: eta grows with t, so alpha_t = eta[t] - eta[t-1] is positive": lambda x_t, x0, t, eta: (
            eta[t - 1] / eta[t] * x_t - (eta[t] - eta[t - 1]) / eta[t] * x0
        ),
        "x0 itself: the whole way in one step": lambda x_t, x0, t, eta: x0,
        "the half-way point, whatever eta": lambda x_t, x0, t, eta: (x_t + x0) / 2,
        "the marginal's mean, x0 + eta[t-1] (x_t - x0); eta[t-1]/eta[t] belongs there": lambda x_t, x0, t, eta: (
            x0 + eta[t - 1] * (x_t - x0)
        ),
    }
    return judge("resshift_mean", student, cases, right, mistakes)


def rectified_flow(student):
    """student(base (B, 2, H, W), truth like base, s (B,) in [0, 1]) -> (point, velocity): the point at time s on
    the straight line from the base (s = 0) to the truth (s = 1), and the velocity there (Liu et al. 2023).
    """
    cases = [
        {
            "base": uniform(batch, 2, *size, seed=1),
            "truth": uniform(batch, 2, *size, seed=2),
            "s": uniform(batch, seed=3, low=0.1, high=0.9),
        }
        for batch, size in ((2, (4, 5)), (3, (3, 3)))
    ]
    cases.append({**cases[0], "s": torch.tensor([0.0, 1.0])})

    def line(base, truth, s):
        s = s.view(-1, 1, 1, 1)
        return (1 - s) * base + s * truth

    mistakes = {
        "the line runs from the truth to the base": lambda x, y, s: (line(y, x, s), x - y),
        "the point runs the wrong way: s = 0 is the base": lambda x, y, s: (line(y, x, s), y - x),
        "the velocity has the wrong sign: truth - base": lambda x, y, s: (line(x, y, s), x - y),
        "the velocity is what is left, truth - point; on a straight line it is the same everywhere": (
            lambda x, y, s: (line(x, y, s), y - line(x, y, s))
        ),
        "the velocity is multiplied by s": lambda x, y, s: (line(x, y, s), s.view(-1, 1, 1, 1) * (y - x)),
        "the velocity is the truth; it is truth - base": lambda x, y, s: (line(x, y, s), y),
        "base + s · truth: the base must fade by 1 - s": lambda x, y, s: (x + s.view(-1, 1, 1, 1) * y, y - x),
        "roots of s and 1 - s, as in diffusion; a straight line has none": lambda x, y, s: (
            (1 - s).sqrt().view(-1, 1, 1, 1) * x + s.sqrt().view(-1, 1, 1, 1) * y,
            y - x,
        ),
        "the pair is returned in the wrong order": lambda x, y, s: (y - x, line(x, y, s)),
        "the point alone is returned; the pair (point, velocity) is wanted": line,
        "the velocity alone is returned; the pair (point, velocity) is wanted": lambda x, y, s: y - x,
        "s has shape (B,) and meets the width: .view(-1, 1, 1, 1) gives it one number a picture": lambda x, y, s: (
            (1 - s) * x + s * y,
            y - x,
        ),
    }
    return judge("rectified_flow", student, cases, lambda x, y, s: (line(x, y, s), y - x), mistakes)
