"""Answers to `checks.rectified_flow`: base and truth (B, 2, H, W), s (B,) -> (point, velocity)."""

import torch


def from_the_base(base, truth, s):
    return base + s[:, None, None, None] * (truth - base), truth - base


def lerp_each(base, truth, s):
    return torch.stack([torch.lerp(*one) for one in zip(base, truth, s, strict=True)]), truth.sub(base)


def by_numpy(base, truth, s):
    x, y, w = base.numpy(), truth.numpy(), s.numpy().reshape(-1, 1, 1, 1)
    return [torch.tensor((1 - w) * x + w * y), torch.tensor(y - x)]


def by_einsum(base, truth, s):
    w = torch.stack([1 - s, s])
    return torch.einsum("kb,kbchw->bchw", w, torch.stack([base, truth])), -base + truth


def in_place_on_a_copy(base, truth, s):
    velocity = truth.clone()
    velocity -= base
    point = velocity.clone().double()
    point *= s.double().reshape(-1, 1, 1, 1)
    point += base
    return point.float(), velocity


RIGHT = [from_the_base, lerp_each, by_numpy, by_einsum, in_place_on_a_copy]


def line(base, truth, s):
    s = s.view(-1, 1, 1, 1)
    return (1 - s) * base + s * truth


def other_way(base, truth, s):
    return line(truth, base, s), base - truth


def point_other_way(base, truth, s):
    return line(truth, base, s), truth - base


def velocity_other_way(base, truth, s):
    return line(base, truth, s), base - truth


def what_is_left(base, truth, s):
    point = line(base, truth, s)
    return point, truth - point


def what_is_done(base, truth, s):
    point = line(base, truth, s)
    return point, point - base


def velocity_is_truth(base, truth, s):
    return line(base, truth, s), truth


def base_does_not_fade(base, truth, s):
    return base + s.view(-1, 1, 1, 1) * truth, truth - base


def roots(base, truth, s):
    w = s.view(-1, 1, 1, 1)
    return (1 - w).sqrt() * base + w.sqrt() * truth, truth - base


def wrong_order(base, truth, s):
    return truth - base, line(base, truth, s)


def point_alone(base, truth, s):
    return line(base, truth, s)


def velocity_alone(base, truth, s):
    return truth - base


def meets_the_width(base, truth, s):
    return (1 - s) * base + s * truth, truth - base


def meets_the_width_other_order(base, truth, s):
    v = truth - base
    return base + v * s, v


def first_for_all(base, truth, s):
    return base + s[0] * (truth - base), truth - base


def joined(base, truth, s):
    return torch.cat([line(base, truth, s), truth - base], dim=1)


def stacked(base, truth, s):
    return torch.stack([line(base, truth, s), truth - base])


def a_dictionary(base, truth, s):
    return {"point": line(base, truth, s), "velocity": truth - base}


def divided_by_s(base, truth, s):
    return line(base, truth, s), (line(base, truth, s) - base) / s.view(-1, 1, 1, 1)


def divided_by_what_is_left(base, truth, s):
    return line(base, truth, s), (truth - base) / (1 - s.view(-1, 1, 1, 1))


def at_the_end(base, truth, s):
    return truth, truth - base


def two_mistakes(base, truth, s):
    w = s.view(-1, 1, 1, 1)
    return base + w * truth, truth


def changes_truth(base, truth, s):
    truth -= base
    return base + s.view(-1, 1, 1, 1) * truth, truth


def to_double(base, truth, s):
    return tuple(x.double() for x in from_the_base(base, truth, s))


WRONG = [
    (other_way, "the line runs from the truth to the base"),
    (point_other_way, "the point runs the wrong way"),
    (velocity_other_way, "the velocity has the wrong sign"),
    (what_is_left, "the velocity is what is left"),
    (what_is_done, "the velocity is multiplied by s"),
    (velocity_is_truth, "the velocity is the truth"),
    (base_does_not_fade, "the base must fade"),
    (roots, "a straight line has none"),
    (wrong_order, "the pair is returned in the wrong order"),
    (point_alone, "the point alone is returned"),
    (velocity_alone, "the velocity alone is returned"),
    (meets_the_width, "meets the width"),
    (meets_the_width_other_order, "meets the width"),
    (first_for_all, "the first picture's s"),
    (joined, "joined"),
    (stacked, "joined"),
    (a_dictionary, "a dict"),
    (divided_by_s, "NaN"),
    (divided_by_what_is_left, "divided by 1 - s"),
    (at_the_end, "the point is the truth"),
    (two_mistakes, "base is not scaled: 1 - s is missing before it"),
    (changes_truth, "changed in place"),
    (to_double, "float64"),
]
