"""Answers to `checks.clean_from_noisy`: x_t (B, 2, H, W), t (B,), noise, alpha_bar (T + 1,) -> the colours before."""

import torch


def by_loop(x_t, t, noise, alpha_bar):
    out = torch.empty_like(x_t)
    for i in range(len(t)):
        keep = float(alpha_bar[t[i]])
        out[i] = (x_t[i] - (1 - keep) ** 0.5 * noise[i]) / keep**0.5
    return out


def by_numpy(x_t, t, noise, alpha_bar):
    k = alpha_bar.numpy()[t.numpy()].reshape(-1, 1, 1, 1)
    return torch.from_numpy((x_t.numpy() - (1 - k) ** 0.5 * noise.numpy()) / k**0.5)


def as_ddim_writes_it(x_t, t, noise, alpha_bar):
    k = alpha_bar.double()[t][:, None, None, None]
    return (k.rsqrt() * x_t - (1 / k - 1).sqrt() * noise).float()


RIGHT = [by_loop, by_numpy, as_ddim_writes_it]


def share(t, alpha_bar):
    return alpha_bar[t].view(-1, 1, 1, 1)


def not_divided(x_t, t, noise, alpha_bar):
    return x_t - (1 - share(t, alpha_bar)).sqrt() * noise


def divided_by_alpha_bar(x_t, t, noise, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t - (1 - k).sqrt() * noise) / k


def noise_without_root(x_t, t, noise, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t - (1 - k) * noise) / k.sqrt()


def no_roots(x_t, t, noise, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t - (1 - k) * noise) / k


def noise_not_scaled(x_t, t, noise, alpha_bar):
    return (x_t - noise) / share(t, alpha_bar).sqrt()


def added(x_t, t, noise, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t + (1 - k).sqrt() * noise) / k.sqrt()


def the_way_there(x_t, t, noise, alpha_bar):
    k = share(t, alpha_bar)
    return k.sqrt() * x_t + (1 - k).sqrt() * noise


def multiplied(x_t, t, noise, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t - (1 - k).sqrt() * noise) * k.sqrt()


def brackets(x_t, t, noise, alpha_bar):
    k = share(t, alpha_bar)
    return x_t - (1 - k).sqrt() * noise / k.sqrt()


def early(x_t, t, noise, alpha_bar):
    return by_loop(x_t, t - 1, noise, alpha_bar)


def meets_the_width(x_t, t, noise, alpha_bar):
    return (x_t - (1 - alpha_bar[t]).sqrt() * noise) / alpha_bar[t].sqrt()


def factors_swapped(x_t, t, noise, alpha_bar):
    k = share(t, alpha_bar)
    return (x_t - k.sqrt() * noise) / (1 - k).sqrt()


def clamped(x_t, t, noise, alpha_bar):
    return by_loop(x_t, t, noise, alpha_bar).clamp(-1, 1)


WRONG = [
    (not_divided, "not divided by sqrt(alpha_bar)"),
    (divided_by_alpha_bar, "alpha_bar where its square root belongs"),
    (noise_without_root, "1 - alpha_bar before the noise"),
    (no_roots, "alpha_bar and 1 - alpha_bar where their square roots belong"),
    (noise_not_scaled, "the noise is not scaled"),
    (added, "the noise is added"),
    (the_way_there, "the way there"),
    (multiplied, "multiplied by sqrt(alpha_bar)"),
    (brackets, "brackets"),
    (early, "off by one"),
    (meets_the_width, "meets the width"),
    (factors_swapped, "the two factors are swapped"),
    (clamped, "clamped"),
    (lambda x, t, n, a: by_loop(x, t[:1].expand(len(t)), n, a), "the first picture's t"),
]
