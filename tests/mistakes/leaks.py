"""Answers to `checks.leaks`: evaluate, L (B, 1, H, W), ab (B, 2, H, W) -> whether the guess knows the truth."""

import numpy as np
import torch


def guessed(evaluate, L, truth, seed=0):
    torch.manual_seed(seed)
    return evaluate(L, truth)[0]


def other_way_up(evaluate, L, ab):
    return not torch.equal(guessed(evaluate, L, ab), guessed(evaluate, L, -ab))


def several_random_truths(evaluate, L, ab):
    first = guessed(evaluate, L, ab)
    for seed in range(5):
        truth = torch.rand(ab.shape, generator=torch.Generator().manual_seed(seed)) - 0.5
        if not torch.allclose(first, guessed(evaluate, L, truth)):
            return True
    return False


def by_numpy(evaluate, L, ab):
    first, second = (guessed(evaluate, L, truth).numpy() for truth in (ab, 5 * ab - 2))
    return np.abs(first - second).max() > 0


def by_the_slope(evaluate, L, ab):
    """And by another truth, where only a choice depends on it."""
    truth = ab.clone().requires_grad_(True)
    guess = guessed(evaluate, L, truth)
    if guess.requires_grad:
        (slope,) = torch.autograd.grad(guess.sum(), truth, allow_unused=True)
        if slope is not None and slope.abs().max() > 0:
            return True
    return not torch.equal(guessed(evaluate, L, ab), guessed(evaluate, L, -ab))


RIGHT = [other_way_up, several_random_truths, by_numpy, by_the_slope]


def scores(evaluate, L, ab):
    found = []
    for truth in (ab, -ab):
        torch.manual_seed(0)
        found.append(evaluate(L, truth)[1])
    return not torch.equal(*found)


def not_seeded(evaluate, L, ab):
    return not torch.equal(evaluate(L, ab)[0], evaluate(L, -ab)[0])


def same_truth(evaluate, L, ab):
    return not torch.equal(guessed(evaluate, L, ab), guessed(evaluate, L, ab))


def wrong_way_round(evaluate, L, ab):
    return torch.equal(guessed(evaluate, L, ab), guessed(evaluate, L, -ab))


def other_L(evaluate, L, ab):
    return not torch.equal(guessed(evaluate, L, ab), guessed(evaluate, L + 0.1, ab))


def first_picture(evaluate, L, ab):
    return not torch.equal(guessed(evaluate, L, ab)[0], guessed(evaluate, L, -ab)[0])


def near_the_truth(evaluate, L, ab):
    return (guessed(evaluate, L, ab) - ab).abs().mean() < 0.1


def swapped_pictures(evaluate, L, ab):
    return not torch.equal(guessed(evaluate, L, ab), guessed(evaluate, L, ab.flip(0)))


def two_seeds(evaluate, L, ab):
    return not torch.equal(guessed(evaluate, L, ab, 0), guessed(evaluate, L, -ab, 1))


def always(evaluate, L, ab):
    return True


def never(evaluate, L, ab):
    return False


WRONG = [
    (scores, "True for all of them"),
    (other_L, "True for all of them"),
    (always, "True for all of them"),
    (same_truth, "False for all of them"),
    (never, "False for all of them"),
    (near_the_truth, "False for all of them"),
    (not_seeded, "torch.manual_seed"),
    (two_seeds, "torch.manual_seed"),
    (wrong_way_round, "the other way round"),
    (first_picture, "only the first picture"),
    (swapped_pictures, "what a batch has in common"),
]
