"""Answers to `checks.hidden_noise`: x_t (B, 2, H, W), x0, t (B,), alpha_bar (T + 1,) -> the noise in x_t."""

import torch


def by_loop(x_t, x0, t, alpha_bar):
    out = torch.empty_like(x_t)
    for i in range(len(t)):
        keep = float(alpha_bar[t[i]])
        out[i] = (x_t[i] - keep**0.5 * x0[i]) / (1 - keep) ** 0.5
    return out


def by_numpy(x_t, x0, t, alpha_bar):
    k = alpha_bar.numpy()[t.numpy()].reshape(-1, 1, 1, 1)
    return torch.from_numpy((x_t.numpy() - k**0.5 * x0.numpy()) / (1 - k) ** 0.5)


def as_ddim_writes_it(x_t, x0, t, alpha_bar):
    k = alpha_bar.double()[t][:, None, None, None]
    return ((k.rsqrt() * x_t - x0) / (1 / k - 1).sqrt()).float()


def by_einsum(x_t, x0, t, alpha_bar):
    rest = x_t - torch.einsum("b,bchw->bchw", alpha_bar[t].sqrt(), x0)
    return torch.einsum("b,bchw->bchw", (1 - alpha_bar[t]).rsqrt(), rest)


RIGHT = [by_loop, by_numpy, as_ddim_writes_it, by_einsum]


def share(t, alpha_bar):
    return alpha_bar[t].view(-1, 1, 1, 1)


def difference(x_t, x0, t, alpha_bar):
    return x_t - x0


def without_division(x_t, x0, t, alpha_bar):
    return x_t - share(t, alpha_bar).sqrt() * x0


def no_roots(x_t, x0, t, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t - k * x0) / (1 - k)


def variance_below(x_t, x0, t, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t - k.sqrt() * x0) / (1 - k)


def forgot_to_fade(x_t, x0, t, alpha_bar):
    return (x_t - x0) / (1 - share(t, alpha_bar)).sqrt()


def as_clean_from_noisy(x_t, x0, t, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t - (1 - k).sqrt() * x0) / k.sqrt()


def divided_by_the_signal(x_t, x0, t, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t - k.sqrt() * x0) / k.sqrt()


def times(x_t, x0, t, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t - k.sqrt() * x0) * (1 - k).sqrt()


def no_brackets(x_t, x0, t, alpha_bar):
    k = share(t, alpha_bar)
    return x_t - k.sqrt() * x0 / (1 - k).sqrt()


def other_sign(x_t, x0, t, alpha_bar):
    k = share(t, alpha_bar)
    return (k.sqrt() * x0 - x_t) / (1 - k).sqrt()


def one_early(x_t, x0, t, alpha_bar):
    return by_loop(x_t, x0, t - 1, alpha_bar)


def meets_the_width(x_t, x0, t, alpha_bar):
    return (x_t - alpha_bar[t].sqrt() * x0) / (1 - alpha_bar[t]).sqrt()


def clamped(x_t, x0, t, alpha_bar):
    return by_loop(x_t, x0, t, alpha_bar).clamp(-1, 1)


WRONG = [
    (difference, "neither factor"),
    (without_division, "not divided by sqrt(1 - alpha_bar)"),
    (no_roots, "alpha_bar and 1 - alpha_bar where their square roots belong"),
    (variance_below, "1 - alpha_bar below"),
    (forgot_to_fade, "x0 does not fade"),
    (as_clean_from_noisy, "the two factors are swapped"),
    (divided_by_the_signal, "divided by sqrt(alpha_bar)"),
    (times, "multiplied by sqrt(1 - alpha_bar)"),
    (no_brackets, "brackets"),
    (other_sign, "the wrong sign"),
    (one_early, "off by one"),
    (meets_the_width, "meets the width"),
    (clamped, "clamped"),
    (lambda x, x0, t, a: by_loop(x, x0, t[:1].expand(len(t)), a), "the first picture's t"),
]
