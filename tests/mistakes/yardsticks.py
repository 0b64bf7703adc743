"""Answers to `checks.yardsticks`: train_ab (M, 2, H, W), ab (N, 2, H, W) -> errors of grey, constant, oracle, (N,)."""

import torch


def squares(guess, ab):
    return ((110 * (guess - ab)) ** 2).sum(dim=1).mean(dim=(1, 2))


def as_shown(train_ab, ab):
    constant = train_ab.mean(dim=(0, 2, 3)).view(1, 2, 1, 1)
    own = ab.mean(dim=(2, 3), keepdim=True)
    return squares(0, ab), squares(constant, ab), squares(own, ab)


def by_loop(train_ab, ab):
    constant = torch.stack([train_ab[:, c].mean() for c in (0, 1)])[:, None, None]
    rows = []
    for picture in ab:
        own = picture.mean(dim=(1, 2), keepdim=True)
        rows.append([(12100 * (g - picture) ** 2).sum(0).mean() for g in (torch.zeros_like(own), constant, own)])
    return tuple(torch.tensor(rows).T)


def by_moments(train_ab, ab):
    """E[(x - c)²] = E[x²] - 2 c E[x] + c²."""
    mean, square = ab.mean((2, 3)), ab.square().mean((2, 3))
    c = train_ab.transpose(0, 1).flatten(1).mean(1)
    errors = (square, square - 2 * c * mean + c**2, square - mean**2)
    return tuple(12100 * e.sum(1) for e in errors)


RIGHT = [as_shown, by_loop, by_moments]


def peeks(train_ab, ab):
    return as_shown(ab, ab)


def model_units(train_ab, ab):
    return tuple(x / 12100 for x in as_shown(train_ab, ab))


def scaled_once(train_ab, ab):
    return tuple(x / 110 for x in as_shown(train_ab, ab))


def mean_of_channels(train_ab, ab):
    return tuple(x / 2 for x in as_shown(train_ab, ab))


def roots(train_ab, ab):
    return tuple(x.sqrt() for x in as_shown(train_ab, ab))


def one_number_each(train_ab, ab):
    return tuple(x.mean() for x in as_shown(train_ab, ab))


def one_mean_for_all(train_ab, ab):
    grey, constant, _ = as_shown(train_ab, ab)
    return grey, constant, squares(ab.mean((0, 2, 3)).view(1, 2, 1, 1), ab)


def one_number_for_a_and_b(train_ab, ab):
    grey, _, own = as_shown(train_ab, ab)
    return grey, squares(train_ab.mean(), ab), own


def wrong_order(train_ab, ab):
    grey, constant, own = as_shown(train_ab, ab)
    return own, constant, grey


def places_kept(train_ab, ab):
    grey, _, own = as_shown(train_ab, ab)
    return grey, squares(train_ab.mean(0) if train_ab.shape[2:] == ab.shape[2:] else 0, ab), own


def absolute(train_ab, ab):
    constant = train_ab.mean(dim=(0, 2, 3)).view(1, 2, 1, 1)
    own = ab.mean(dim=(2, 3), keepdim=True)
    return tuple((110 * (g - ab)).abs().sum(1).mean((1, 2)) for g in (0, constant, own))


WRONG = [
    (peeks, "it peeks"),
    (model_units, "model units"),
    (scaled_once, "110, not 110²"),
    (mean_of_channels, "their squares add up"),
    (roots, "root"),
    (one_number_each, "one a picture is wanted"),
    (one_mean_for_all, "one mean for all pictures"),
    (one_number_for_a_and_b, "one number for a and b"),
    (wrong_order, "another order"),
    (places_kept, "keeps its places"),
    (absolute, "absolute differences"),
]
