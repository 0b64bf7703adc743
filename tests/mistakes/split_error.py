"""Answers to `checks.split_error`: guess and truth (B, 2, H, W) -> (tint (B,), rest (B,))."""

import torch


def by_loop(guess, truth):
    tint, rest = [], []
    for x, y in zip(guess, truth, strict=True):
        d = x - y
        m = d.flatten(1).mean(1)
        tint.append(m @ m)
        rest.append(((d - m[:, None, None]) ** 2).sum(0).mean())
    return torch.stack(tint), torch.stack(rest)


def by_variance(guess, truth):
    d = (guess - truth).flatten(2).double()
    return [d.mean(2).norm(dim=1).pow(2).float(), d.var(2, correction=0).sum(1).float()]


def by_numpy(guess, truth):
    d = guess.numpy() - truth.numpy()
    tint = (d.mean((2, 3)) ** 2).sum(1)
    return torch.from_numpy(tint), torch.from_numpy((d**2).sum(1).mean((1, 2)) - tint)


RIGHT = [by_loop, by_variance, by_numpy]


def total(guess, truth):
    return (guess - truth).square().sum(1).mean((1, 2))


def tint(guess, truth):
    return (guess - truth).mean((2, 3)).square().sum(1)


def wrong_order(guess, truth):
    return total(guess, truth) - tint(guess, truth), tint(guess, truth)


def whole_error(guess, truth):
    return tint(guess, truth), total(guess, truth)


def over_both(guess, truth):
    t = (guess - truth).mean((2, 3)).square().mean(1)
    return t, (guess - truth).square().mean((1, 2, 3)) - t


def summed(guess, truth):
    n = guess.shape[2] * guess.shape[3]
    return n * tint(guess, truth), n * (total(guess, truth) - tint(guess, truth))


def rooted(guess, truth):
    return tint(guess, truth).sqrt(), (total(guess, truth) - tint(guess, truth)).clamp(min=0).sqrt()


def whole_batch(guess, truth):
    return tint(guess, truth).mean(), (total(guess, truth) - tint(guess, truth)).mean()


def of_the_guess(guess, truth):
    t = guess.mean((2, 3)).square().sum(1)
    return t, total(guess, truth) - t


def tint_not_squared(guess, truth):
    t = tint(guess, truth).sqrt()
    return t, total(guess, truth) - t


def mean_of_squares(guess, truth):
    return total(guess, truth), total(guess, truth) - tint(guess, truth)


def tint_alone(guess, truth):
    return tint(guess, truth)


def difference_of_lengths(guess, truth):
    t = guess.mean((2, 3)).square().sum(1) - truth.mean((2, 3)).square().sum(1)
    return t, total(guess, truth) - t


def wrong_sign(guess, truth):
    return tint(guess, truth), tint(guess, truth) - total(guess, truth)


WRONG = [
    (wrong_order, "wrong order"),
    (whole_error, "the second part is the whole error"),
    (over_both, "the mean over a and b"),
    (summed, "sums over pixels"),
    (rooted, "the square roots"),
    (whole_batch, "one number for the whole batch"),
    (of_the_guess, "the tint of the guess"),
    (tint_not_squared, "the tint's length is not squared"),
    (mean_of_squares, "the first part is the whole error"),
    (tint_alone, "2 separate values are wanted"),
    (difference_of_lengths, "the difference of the squared lengths"),
    (wrong_sign, "the sign of the second part"),
]
