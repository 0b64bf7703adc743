"""Answers to `checks.next_step`: x (B, 2, H, W) at step t - 1, t (B,), noise, alpha_bar (T + 1,) -> x at step t."""

import torch


def by_loop(x, t, noise, alpha_bar):
    out = []
    for picture, i, n in zip(x, t.tolist(), noise, strict=True):
        keep = alpha_bar[i] / alpha_bar[i - 1]
        out.append(keep**0.5 * picture + (1 - keep) ** 0.5 * n)
    return torch.stack(out)


def by_table(x, t, noise, alpha_bar):
    beta = (1 - alpha_bar[1:].double() / alpha_bar[:-1].double())[t - 1].reshape(-1, 1, 1, 1)
    return ((1 - beta).sqrt() * x + beta.sqrt() * noise).float()


def by_numpy(x, t, noise, alpha_bar):
    a, i = alpha_bar.numpy(), t.numpy()
    keep = (a[i] / a[i - 1])[:, None, None, None]
    return torch.from_numpy(keep**0.5 * x.numpy() + (1 - keep) ** 0.5 * noise.numpy())


RIGHT = [by_loop, by_table, by_numpy]


def mix(x, noise, keep):
    keep = keep.view(-1, 1, 1, 1)
    return keep.sqrt() * x + (1 - keep).sqrt() * noise


def all_at_once(x, t, noise, alpha_bar):
    return mix(x, noise, alpha_bar[t])


def not_divided(x, t, noise, alpha_bar):
    return mix(x, noise, 1 - (alpha_bar[t - 1] - alpha_bar[t]))


def late(x, t, noise, alpha_bar):
    return mix(x, noise, alpha_bar[t + 1] / alpha_bar[t])


def no_roots(x, t, noise, alpha_bar):
    keep = (alpha_bar[t] / alpha_bar[t - 1]).view(-1, 1, 1, 1)
    return keep * x + (1 - keep) * noise


def other_root_missing(x, t, noise, alpha_bar):
    keep = (alpha_bar[t] / alpha_bar[t - 1]).view(-1, 1, 1, 1)
    return keep * x + (1 - keep).sqrt() * noise


def one_root_missing(x, t, noise, alpha_bar):
    keep = (alpha_bar[t] / alpha_bar[t - 1]).view(-1, 1, 1, 1)
    return keep.sqrt() * x + (1 - keep) * noise


def no_fading(x, t, noise, alpha_bar):
    keep = (alpha_bar[t] / alpha_bar[t - 1]).view(-1, 1, 1, 1)
    return x + (1 - keep).sqrt() * noise


def noise_not_scaled(x, t, noise, alpha_bar):
    return (alpha_bar[t] / alpha_bar[t - 1]).view(-1, 1, 1, 1).sqrt() * x + noise


def swapped(x, t, noise, alpha_bar):
    return mix(x, noise, 1 - alpha_bar[t] / alpha_bar[t - 1])


def upside_down(x, t, noise, alpha_bar):
    return mix(x, noise, alpha_bar[t - 1] / alpha_bar[t])


def first_for_all(x, t, noise, alpha_bar):
    return mix(x, noise, (alpha_bar[t] / alpha_bar[t - 1])[:1].expand(len(t)))


def meets_the_width(x, t, noise, alpha_bar):
    keep = alpha_bar[t] / alpha_bar[t - 1]
    return keep.sqrt() * x + (1 - keep).sqrt() * noise


def subtracted(x, t, noise, alpha_bar):
    keep = (alpha_bar[t] / alpha_bar[t - 1]).view(-1, 1, 1, 1)
    return keep.sqrt() * x - (1 - keep).sqrt() * noise


WRONG = [
    (all_at_once, "all t steps at once"),
    (not_divided, "is not divided by alpha_bar_(t-1)"),
    (late, "off by one"),
    (no_roots, "1 - beta and beta where their square roots belong"),
    (other_root_missing, "1 - beta before x"),
    (one_root_missing, "beta before the noise"),
    (no_fading, "x does not fade"),
    (noise_not_scaled, "the noise is not scaled"),
    (swapped, "the two factors are swapped"),
    (upside_down, "NaN everywhere"),
    (first_for_all, "the first picture's t"),
    (meets_the_width, "meets the width"),
    (subtracted, "the noise is subtracted"),
]
