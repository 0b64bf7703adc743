"""Answers to `checks.to_model_units`: lab (B, 3, H, W) -> (L (B, 1, H, W), ab (B, 2, H, W)) in model units."""

import numpy as np
import torch


def by_index(lab):
    L, a, b = lab[:, 0], lab[:, 1], lab[:, 2]
    return ((L - 50) / 100).unsqueeze(1), torch.stack([a, b], dim=1) * (1 / 110)


def by_split_as_a_list(lab):
    L, ab = torch.split(lab, [1, 2], dim=1)
    return [L / 100 - 0.5, ab / 110]


def one_by_one(lab):
    lightness, color = [], []
    for picture in lab:
        lightness.append((picture[0:1] - 50) / 100)
        color.append(picture[1:3] / 110)
    return torch.stack(lightness), torch.stack(color)


def by_numpy(lab):
    x = lab.numpy().astype(np.float64)
    return torch.from_numpy((x[:, :1] - 50) / 100).float(), torch.from_numpy(x[:, 1:] / 110).float()


def in_place_on_a_copy(lab):
    lab = lab.clone()
    lab[:, 0] -= 50
    lab[:, 0] /= 100
    lab[:, 1:] /= 110
    return lab[:, :1], lab[:, 1:]


def by_broadcasting(lab):
    scaled = (lab.double() - torch.tensor([50.0, 0, 0]).view(3, 1, 1)) / torch.tensor([100.0, 110, 110]).view(3, 1, 1)
    return scaled[:, [0]].float(), scaled[:, [1, 2]].float()


RIGHT = [by_index, by_split_as_a_list, one_by_one, by_numpy, in_place_on_a_copy, by_broadcasting]


def no_centre(lab):
    return lab[:, :1] / 100, lab[:, 1:] / 110


def lightness_as_it_is(lab):
    return lab[:, :1], lab[:, 1:] / 110


def color_as_it_is(lab):
    return (lab[:, :1] - 50) / 100, lab[:, 1:]


def to_plus_minus_one(lab):
    return lab[:, :1] / 50 - 1, lab[:, 1:] / 110


def no_brackets(lab):
    return lab[:, :1] - 50 / 100, lab[:, 1:] / 110


def no_channel_axis(lab):
    return (lab[:, 0] - 50) / 100, lab[:, 1:] / 110


def swapped(lab):
    L, a, b = lab.unbind(1)
    return ((L - 50) / 100)[:, None], torch.stack((b, a), 1) / 110


def same_scale(lab):
    return (lab[:, :1] - 50) / 110, lab[:, 1:] / 110


def eight_bit_scale(lab):
    return (lab[:, :1] - 50) / 100, lab[:, 1:] / 128


def joined(lab):
    return torch.cat([(lab[:, :1] - 50) / 100, lab[:, 1:] / 110], dim=1)


def wrong_order(lab):
    return lab[:, 1:] / 110, (lab[:, :1] - 50) / 100


def changes_the_input(lab):
    lab[:, :1] -= 50
    lab[:, 1:] /= 110
    return lab[:, :1] / 100, lab[:, 1:]


def channels_last(lab):
    return (lab[..., :1] - 50) / 100, lab[..., 1:] / 110


def forgets_the_batch(lab):
    return (lab[:1] - 50) / 100, lab[1:] / 110


def own_range(lab):
    L = lab[:, :1]
    return (L - L.min()) / (L.max() - L.min()) - 0.5, lab[:, 1:] / 110


def color_to_zero_one(lab):
    return (lab[:, :1] - 50) / 100, (lab[:, 1:] + 110) / 220


def half_precision(lab):
    return ((lab[:, :1] - 50) / 100).half(), (lab[:, 1:] / 110).half()


def double_precision(lab):
    lab = lab.double()
    return (lab[:, :1] - 50) / 100, lab[:, 1:] / 110


def stays_in_numpy(lab):
    lab = np.array(lab)
    return (lab[:, :1] - 50) / 100, lab[:, 1:] / 110


def two_mistakes(lab):
    return lab[:, :1] / 100, lab[:, 1:]


WRONG = [
    (no_centre, "50 is not subtracted"),
    (lightness_as_it_is, "L still runs from 0 to 100"),
    (color_as_it_is, "ab is not divided by 110"),
    (to_plus_minus_one, "divided by 50 instead of 100"),
    (no_brackets, "brackets around L - 50"),
    (no_channel_axis, "L lost its channel axis"),
    (swapped, "a and b are swapped"),
    (same_scale, "divided by 110, which belongs to ab"),
    (eight_bit_scale, "128 instead of 110"),
    (joined, "one tensor of three channels"),
    (wrong_order, "wrong order"),
    (changes_the_input, "changed in place"),
    (channels_last, "taken from the last axis"),
    (forgets_the_batch, "taken from the first axis"),
    (own_range, "the range found in this batch"),
    (color_to_zero_one, "ab runs from 0 to 1"),
    (half_precision, "float16"),
    (double_precision, "float64"),
    (stays_in_numpy, "return a torch tensor"),
    (two_mistakes, "but 50 is not subtracted; part 2: ab is not divided by 110"),
]
