"""Answers to `checks.average_draws`: refiner, L, ab_base, t, prior, noises, alpha_bar -> mean, spread."""

import torch

from colorlib import diffusion


def drawn(refiner, L, ab_base, t, prior, noises, alpha_bar):
    """(K, B, 2, H, W)"""
    seen = [diffusion.q_sample(ab_base, t, noise, alpha_bar) for noise in noises]
    return torch.stack([ab_base + refiner(L, noisy, t, prior) for noisy in seen])


def spread(x):
    return 110 * x.std(0, correction=0).mean((1, 2, 3))


def by_stack(*given):
    x = drawn(*given)
    return x.mean(0), spread(x)


def by_sums(refiner, L, ab_base, t, prior, noises, alpha_bar):
    keep = alpha_bar[t].view(-1, 1, 1, 1)
    total, squares = torch.zeros_like(ab_base).double(), torch.zeros_like(ab_base).double()
    for noise in noises:
        x = ab_base + refiner(L, keep.sqrt() * ab_base + (1 - keep).sqrt() * noise, t, prior)
        total += x
        squares += x.double() ** 2
    mean = total / len(noises)
    variance = (squares / len(noises) - mean**2).clamp(min=0)
    return mean.float(), 110 * variance.sqrt().mean(dim=(1, 2, 3)).float()


def all_at_once(refiner, L, ab_base, t, prior, noises, alpha_bar):
    K, B = noises.shape[:2]
    many = lambda x: x.repeat(K, *[1] * (x.ndim - 1))  # noqa: E731
    noisy = diffusion.q_sample(many(ab_base), many(t), noises.flatten(0, 1), alpha_bar)
    x = many(ab_base) + refiner(many(L), noisy, many(t), many(prior))
    x = x.view(K, B, *ab_base.shape[1:])
    return x.mean(0), spread(x)


RIGHT = [by_stack, by_sums, all_at_once]


def noises_first(refiner, L, ab_base, t, prior, noises, alpha_bar):
    same = noises.mean(0, keepdim=True).expand_as(noises)
    return by_stack(refiner, L, ab_base, t, prior, same, alpha_bar)


def onto_the_noised(refiner, L, ab_base, t, prior, noises, alpha_bar):
    seen = [diffusion.q_sample(ab_base, t, noise, alpha_bar) for noise in noises]
    x = torch.stack([noisy + refiner(L, noisy, t, prior) for noisy in seen])
    return x.mean(0), spread(x)


def residuals(refiner, L, ab_base, t, prior, noises, alpha_bar):
    x = drawn(refiner, L, ab_base, t, prior, noises, alpha_bar) - ab_base
    return x.mean(0), spread(x)


def first_noise(refiner, L, ab_base, t, prior, noises, alpha_bar):
    return by_stack(refiner, L, ab_base, t, prior, noises[:1].expand_as(noises), alpha_bar)


def chained(refiner, L, ab_base, t, prior, noises, alpha_bar):
    x, all_of_them = ab_base, []
    for noise in noises:
        x = x + refiner(L, diffusion.q_sample(x, t, noise, alpha_bar), t, prior)
        all_of_them.append(x)
    x = torch.stack(all_of_them)
    return x.mean(0), spread(x)


def summed(*given):
    x = drawn(*given)
    return x.sum(0), spread(x)


def last(*given):
    x = drawn(*given)
    return x[-1], spread(x)


def over_pictures(*given):
    x = drawn(*given)
    return x.mean(1), spread(x)


def less_one(*given):
    x = drawn(*given)
    return x.mean(0), 110 * x.std(0).mean((1, 2, 3))


def model_units(*given):
    x = drawn(*given)
    return x.mean(0), spread(x) / 110


def variances(*given):
    x = drawn(*given)
    return x.mean(0), 110 * x.var(0, correction=0).mean((1, 2, 3))


def within(*given):
    x = drawn(*given)
    return x.mean(0), 110 * x.mean(0).std((1, 2, 3), correction=0)


def over_all(*given):
    x = drawn(*given)
    return x.mean(0), 110 * x.std((0, 2, 3, 4), correction=0)


def for_the_batch(*given):
    x = drawn(*given)
    return x.mean(0), 110 * x.std(0, correction=0).mean()


def exchanged(*given):
    return by_stack(*given)[::-1]


WRONG = [
    (noises_first, "the noises are averaged"),
    (onto_the_noised, "the residual is added to the noised base"),
    (residuals, "the residuals alone"),
    (first_noise, "the first noise for every draw"),
    (chained, "the result of the one before"),
    (summed, "the sum over the draws"),
    (last, "the last draw alone"),
    (over_pictures, "over the pictures"),
    (less_one, "divides by K - 1"),
    (model_units, "in model units"),
    (variances, "the variance over the draws"),
    (within, "within the picture"),
    (over_all, "over draws and pixels together"),
    (for_the_batch, "one spread for the batch"),
    (exchanged, "wrong order"),
]
