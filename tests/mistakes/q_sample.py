"""Answers to `checks.q_sample`: ab (B, 2, H, W), t (B,), noise like ab, alpha_bar (T + 1,) -> like ab."""

import math

import numpy as np
import torch


def by_loop(ab, t, noise, alpha_bar):
    return torch.stack(
        [math.sqrt(alpha_bar[i]) * x + math.sqrt(1 - alpha_bar[i]) * n for x, i, n in zip(ab, t, noise, strict=True)]
    )


def by_einsum(ab, t, noise, alpha_bar):
    x = alpha_bar[t]
    return torch.einsum("b,bchw->bchw", x**0.5, ab).add(torch.einsum("b,bchw->bchw", (1 - x) ** 0.5, noise))


def by_numpy(ab, t, noise, alpha_bar):
    x = alpha_bar.numpy()[t.numpy()][:, None, None, None]
    return torch.from_numpy((np.sqrt(x) * ab.numpy() + np.sqrt(1 - x) * noise.numpy()).astype(np.float32))


def by_matrices(ab, t, noise, alpha_bar):
    keep = torch.diag(alpha_bar.gather(0, t).double())
    return (keep.sqrt() @ ab.flatten(1).double() + (torch.eye(len(t)) - keep).sqrt() @ noise.flatten(1).double()).view(
        ab.shape
    ).float()  # fmt: skip


def by_angles(ab, t, noise, alpha_bar):
    angle = alpha_bar[t].sqrt().acos().reshape(-1, 1, 1, 1)
    return angle.cos() * ab + angle.sin() * noise


def in_place_on_a_copy(ab, t, noise, alpha_bar):
    out, eps = ab.clone(), noise.clone()
    for i in range(len(t)):
        out[i] *= alpha_bar[t[i]] ** 0.5
        eps[i] *= (1 - alpha_bar[t[i]]) ** 0.5
    out += eps
    return out


RIGHT = [by_loop, by_einsum, by_numpy, by_matrices, by_angles, in_place_on_a_copy]


def a_picture(x):
    return x.view(-1, 1, 1, 1)


def swapped(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t])
    return (1 - x).sqrt() * ab + x.sqrt() * noise


def no_roots(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t])
    return x * ab + (1 - x) * noise


def root_missing_on_ab(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t])
    return x * ab + (1 - x).sqrt() * noise


def root_missing_on_noise(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t])
    return x.sqrt() * ab + (1 - x) * noise


def one_minus_root(ab, t, noise, alpha_bar):
    keep = a_picture(alpha_bar[t].sqrt())
    return keep * ab + (1 - keep) * noise


def squares(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t])
    return x * ab + (1 - x**2).sqrt() * noise


def noise_not_scaled(ab, t, noise, alpha_bar):
    return a_picture(alpha_bar[t]).sqrt() * ab + noise


def ab_not_scaled(ab, t, noise, alpha_bar):
    return ab + (1 - a_picture(alpha_bar[t])).sqrt() * noise


def neither_scaled(ab, t, noise, alpha_bar):
    return ab + noise


def no_noise(ab, t, noise, alpha_bar):
    return a_picture(alpha_bar[t]).sqrt() * ab


def subtracted(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t])
    return x.sqrt() * ab - (1 - x).sqrt() * noise


def one_step_early(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t - 1])
    return x.sqrt() * ab + (1 - x).sqrt() * noise


def one_step_late(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t + 1])
    return x.sqrt() * ab + (1 - x).sqrt() * noise


def meets_the_width(ab, t, noise, alpha_bar):
    x = alpha_bar[t]
    return x.sqrt() * ab + (1 - x).sqrt() * noise


def meets_the_width_other_order(ab, t, noise, alpha_bar):
    keep, add = torch.sqrt(alpha_bar[t]), torch.sqrt(1 - alpha_bar[t])
    return noise * add + ab * keep


def first_for_all(ab, t, noise, alpha_bar):
    x = alpha_bar[t[0]]
    return x.sqrt() * ab + (1 - x).sqrt() * noise


def own_noise(ab, t, noise, alpha_bar):
    return by_loop(ab, t, torch.randn_like(ab), alpha_bar)


def product_again(ab, t, noise, alpha_bar):
    x = a_picture(torch.cumprod(alpha_bar, 0)[t])
    return x.sqrt() * ab + (1 - x).sqrt() * noise


def noise_of_ab(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t])
    return x.sqrt() * ab + (1 - x).sqrt() * ab


def beta_for_alpha_bar(ab, t, noise, alpha_bar):
    x = a_picture(1 - alpha_bar[t])
    return x.sqrt() * ab + (1 - x).sqrt() * noise


def early_and_no_roots(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t - 1])
    return x * ab + (1 - x) * noise


def changes_ab(ab, t, noise, alpha_bar):
    x = a_picture(alpha_bar[t])
    ab *= x.sqrt()
    ab += (1 - x).sqrt() * noise
    return ab


def to_double(ab, t, noise, alpha_bar):
    return by_loop(ab.double(), t, noise.double(), alpha_bar)


def both_returned(ab, t, noise, alpha_bar):
    return by_loop(ab, t, noise, alpha_bar), noise


def elsewhere(ab, t, noise, alpha_bar):
    return by_loop(ab, t, noise, alpha_bar).to("meta")


WRONG = [
    (swapped, "the two factors are swapped"),
    (no_roots, "alpha_bar and 1 - alpha_bar where their square roots belong"),
    (root_missing_on_ab, "alpha_bar in front of ab"),
    (root_missing_on_noise, "1 - alpha_bar in front of the noise"),
    (one_minus_root, "1 - sqrt(alpha_bar)"),
    (squares, "alpha_bar is taken for its square root"),
    (noise_not_scaled, "the noise is not scaled"),
    (ab_not_scaled, "ab is not scaled"),
    (neither_scaled, "ab is not scaled"),
    (no_noise, "the noise is missing"),
    (subtracted, "the noise is subtracted"),
    (one_step_early, "off by one"),
    (one_step_late, "off by one"),
    (meets_the_width, "meets the width"),
    (meets_the_width_other_order, "meets the width"),
    (first_for_all, "the first picture's t"),
    (own_noise, "random numbers of its own"),
    (product_again, "the running product is taken again"),
    (noise_of_ab, "ab stands in the noise's place"),
    (beta_for_alpha_bar, "the two factors are swapped"),
    (early_and_no_roots, "t is off by one"),
    (changes_ab, "changed in place"),
    (to_double, "float64"),
    (both_returned, "one value is wanted"),
    (elsewhere, "meta"),
]
