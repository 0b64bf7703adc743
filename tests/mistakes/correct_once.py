"""Answers to `checks.correct_once`: refiner, L, ab_base, t, prior, noise, alpha_bar -> ab_final like ab_base."""

import torch

from colorlib import diffusion


def noised(ab, t, noise, alpha_bar):
    keep = alpha_bar[t].view(-1, 1, 1, 1)
    return keep.sqrt() * ab + (1 - keep).sqrt() * noise


def in_one_line(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return refiner(L, noised(ab_base, t, noise, alpha_bar), t, prior) + ab_base


def one_by_one(refiner, L, ab_base, t, prior, noise, alpha_bar):
    out = []
    for i in range(len(L)):
        s = slice(i, i + 1)
        out.append(ab_base[s] + refiner(L[s], noised(ab_base[s], t[s], noise[s], alpha_bar), t[s], prior[s]))
    return torch.cat(out)


def by_the_library(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return diffusion.correct_once(refiner, L, ab_base, t, prior, noise=noise, alpha_bar=alpha_bar)[0]


def in_place_on_a_copy(refiner, L, ab_base, t, prior, noise, alpha_bar):
    out = ab_base.clone()
    out += refiner(L, diffusion.q_sample(ab_base, t, noise, alpha_bar), t, prior)
    return out


def in_double(refiner, L, ab_base, t, prior, noise, alpha_bar):
    ab_noisy = noised(ab_base.double(), t, noise.double(), alpha_bar.double())
    return (refiner(L.double(), ab_noisy, t, prior.double()) + ab_base).float()


RIGHT = [in_one_line, one_by_one, by_the_library, in_place_on_a_copy, in_double]


def added_to_the_noised(refiner, L, ab_base, t, prior, noise, alpha_bar):
    ab_noisy = noised(ab_base, t, noise, alpha_bar)
    return ab_noisy + refiner(L, ab_noisy, t, prior)


def residual_alone(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return refiner(L, noised(ab_base, t, noise, alpha_bar), t, prior)


def subtracted(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return ab_base - refiner(L, noised(ab_base, t, noise, alpha_bar), t, prior)


def noised_minus(refiner, L, ab_base, t, prior, noise, alpha_bar):
    ab_noisy = noised(ab_base, t, noise, alpha_bar)
    return ab_noisy - refiner(L, ab_noisy, t, prior)


def sees_the_clean_base(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return ab_base + refiner(L, ab_base, t, prior)


def sees_noise_alone(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return ab_base + refiner(L, noise, t, prior)


def without_factors(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return ab_base + refiner(L, ab_base + noise, t, prior)


def without_roots(refiner, L, ab_base, t, prior, noise, alpha_bar):
    keep = alpha_bar[t].view(-1, 1, 1, 1)
    return ab_base + refiner(L, keep * ab_base + (1 - keep) * noise, t, prior)


def noise_not_scaled(refiner, L, ab_base, t, prior, noise, alpha_bar):
    keep = alpha_bar[t].view(-1, 1, 1, 1)
    return ab_base + refiner(L, keep.sqrt() * ab_base + noise, t, prior)


def one_step_early(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return ab_base + refiner(L, noised(ab_base, t - 1, noise, alpha_bar), t, prior)


def tells_the_refiner_t_minus_one(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return ab_base + refiner(L, noised(ab_base, t, noise, alpha_bar), t - 1, prior)


def twice(refiner, L, ab_base, t, prior, noise, alpha_bar):
    ab = ab_base + refiner(L, noised(ab_base, t, noise, alpha_bar), t, prior)
    return ab + refiner(L, noised(ab, t, noise, alpha_bar), t, prior)


def without_prior(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return ab_base + refiner(L, noised(ab_base, t, noise, alpha_bar), t, torch.zeros_like(prior))


def scaled_residual(refiner, L, ab_base, t, prior, noise, alpha_bar):
    R = refiner(L, noised(ab_base, t, noise, alpha_bar), t, prior)
    return ab_base + (1 - alpha_bar[t]).sqrt().view(-1, 1, 1, 1) * R


def places_swapped(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return ab_base + refiner(noised(ab_base, t, noise, alpha_bar), L, t, prior)


def own_noise(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return in_one_line(refiner, L, ab_base, t, prior, torch.randn_like(ab_base), alpha_bar)


def changes_the_base(refiner, L, ab_base, t, prior, noise, alpha_bar):
    ab_base += refiner(L, noised(ab_base, t, noise, alpha_bar), t, prior)
    return ab_base


def base_back(refiner, L, ab_base, t, prior, noise, alpha_bar):
    refiner(L, noised(ab_base, t, noise, alpha_bar), t, prior)
    return ab_base


def noised_back(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return noised(ab_base, t, noise, alpha_bar)


def first_for_all(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return ab_base + refiner(L, noised(ab_base, t[:1].expand(len(t)), noise, alpha_bar), t, prior)


def pair(refiner, L, ab_base, t, prior, noise, alpha_bar):
    R = refiner(L, noised(ab_base, t, noise, alpha_bar), t, prior)
    return ab_base + R, R


WRONG = [
    (added_to_the_noised, "the residual is added to the noised base"),
    (residual_alone, "the residual alone is returned"),
    (subtracted, "the residual is subtracted"),
    (noised_minus, "subtracted from the noised base"),
    (sees_the_clean_base, "the refiner sees the clean base"),
    (sees_noise_alone, "the refiner sees the noise alone"),
    (without_factors, "ab is not scaled, nor is the noise"),
    (without_roots, "alpha_bar and 1 - alpha_bar where their square roots belong"),
    (noise_not_scaled, "the noise is not scaled"),
    (one_step_early, "off by one"),
    (tells_the_refiner_t_minus_one, "another t"),
    (twice, "corrected twice"),
    (without_prior, "the prior does not reach the refiner"),
    (scaled_residual, "the residual is multiplied by"),
    (places_swapped, "L and ab_noisy have changed places"),
    (own_noise, "random numbers of its own"),
    (changes_the_base, "changed in place"),
    (base_back, "the base is returned as it was"),
    (noised_back, "the noised base is returned"),
    (first_for_all, "the first picture's t"),
    (pair, "one value is wanted"),
]
