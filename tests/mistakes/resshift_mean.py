"""Answers to `checks.resshift_mean`: x_t and x0 (B, 2, H, W), t an int from 1, eta (T + 1,) -> like x_t."""

import torch


def by_lerp(x_t, x0, t, eta):
    return torch.lerp(x_t, x0, float(1 - eta[t - 1] / eta[t]))


def from_x0(x_t, x0, t, eta):
    return x0 + eta[t - 1] / eta[t] * (x_t - x0)


def by_numpy(x_t, x0, t, eta):
    x, y, e = x_t.numpy(), x0.numpy(), eta.numpy().astype(float)
    return torch.from_numpy((e[t - 1] * x + (e[t] - e[t - 1]) * y) / e[t]).float()


def by_einsum(x_t, x0, t, eta):
    share = torch.stack([eta[t - 1], eta[t] - eta[t - 1]]) / eta[t]
    return torch.einsum("s,sbchw->bchw", share, torch.stack([x_t, x0]))


def in_place_on_a_copy(x_t, x0, t, eta):
    alpha = eta.diff(prepend=torch.zeros(1))
    out = x_t.clone().mul_(eta[t - 1])
    return out.add_(alpha[t] * x0).div_(eta[t])


RIGHT = [by_lerp, from_x0, by_numpy, by_einsum, in_place_on_a_copy]


def swapped(x_t, x0, t, eta):
    keep = eta[t - 1] / eta[t]
    return keep * x0 + (1 - keep) * x_t


def alpha_is_eta(x_t, x0, t, eta):
    return eta[t - 1] / eta[t] * x_t + eta[t] / eta[t] * x0


def alpha_is_eta_before(x_t, x0, t, eta):
    return eta[t - 1] / eta[t] * x_t + eta[t - 1] / eta[t] * x0


def alpha_not_divided(x_t, x0, t, eta):
    return eta[t - 1] / eta[t] * x_t + (eta[t] - eta[t - 1]) * x0


def eta_not_divided(x_t, x0, t, eta):
    return eta[t - 1] * x_t + (eta[t] - eta[t - 1]) / eta[t] * x0


def nothing_divided(x_t, x0, t, eta):
    return eta[t - 1] * x_t + (eta[t] - eta[t - 1]) * x0


def upside_down(x_t, x0, t, eta):
    return eta[t] / eta[t - 1] * x_t + (eta[t] - eta[t - 1]) / eta[t] * x0


def wrong_sign(x_t, x0, t, eta):
    return eta[t - 1] / eta[t] * x_t + (eta[t - 1] - eta[t]) / eta[t] * x0


def one_step_late(x_t, x0, t, eta):
    keep = eta[t] / eta[t + 1]
    return keep * x_t + (1 - keep) * x0


def roots(x_t, x0, t, eta):
    keep = (eta[t - 1] / eta[t]).sqrt()
    return keep * x_t + (1 - keep) * x0


def marginal(x_t, x0, t, eta):
    return x0 + eta[t - 1] * (x_t - x0)


def the_guess(x_t, x0, t, eta):
    return x0


def half_way(x_t, x0, t, eta):
    return (x_t + x0) / 2


def divided_by_before(x_t, x0, t, eta):
    return eta[t - 1] / eta[t] * x_t + (eta[t] - eta[t - 1]) / eta[t - 1] * x0


def product(x_t, x0, t, eta):
    return eta[t - 1] / eta[t] * x_t + (1 - eta[t]) * x0


def kept_alone(x_t, x0, t, eta):
    return eta[t - 1] / eta[t] * x_t


def brackets(x_t, x0, t, eta):
    return eta[t - 1] / eta[t] * x_t + eta[t] - eta[t - 1] / eta[t] * x0


def with_noise(x_t, x0, t, eta):
    return by_lerp(x_t, x0, t, eta) + 0.05 * torch.randn_like(x_t)


def changes_x_t(x_t, x0, t, eta):
    x_t *= eta[t - 1] / eta[t]
    x_t += (1 - eta[t - 1] / eta[t]) * x0
    return x_t


def to_double(x_t, x0, t, eta):
    return by_lerp(x_t.double(), x0.double(), t, eta)


WRONG = [
    (swapped, "x_t and x0 are swapped"),
    (alpha_is_eta, "not eta[t]"),
    (alpha_is_eta_before, "not eta[t-1]"),
    (alpha_not_divided, "alpha_t is not divided by eta[t]"),
    (eta_not_divided, "eta[t-1] is not divided by eta[t]"),
    (nothing_divided, "neither is divided by eta[t]"),
    (upside_down, "upside down"),
    (wrong_sign, "the sign of the step"),
    (one_step_late, "off by one"),
    (roots, "has no roots"),
    (marginal, "the marginal's mean"),
    (the_guess, "x0 itself"),
    (half_way, "the half-way point"),
    (divided_by_before, "alpha_t is divided by eta[t-1]"),
    (product, "1 - eta[t]"),
    (kept_alone, "x0 is missing"),
    (brackets, "brackets"),
    (with_noise, "random numbers of its own"),
    (changes_x_t, "changed in place"),
    (to_double, "float64"),
]
