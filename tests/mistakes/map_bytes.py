"""Answers to `checks.map_bytes`: height, width, down, heads -> bytes of the attention maps of one picture."""

import torch


def by_tensor(height, width, down, heads):
    points = height // down * (width // down)
    return torch.empty(heads, points, points, device="meta").nbytes


def by_power(height, width, down, heads):
    return 4 * heads * (height * width // down**2) ** 2


RIGHT = [by_tensor, by_power]
WRONG = [
    (lambda h, w, s, n: n * (h // s * (w // s)) ** 2, "4 bytes"),
    (lambda h, w, s, n: 4 * (h // s * (w // s)) ** 2, "a map of its own"),
    (lambda h, w, s, n: 4 * n * (h // s) * (w // s), "every point looks at every point"),
    (lambda h, w, s, n: 4 * n * (h * w) ** 2, "the layer is smaller"),
    (lambda h, w, s, n: 4 * n * (h * w // s) ** 2, "one side alone"),
    (lambda h, w, s, n: 8 * n * (h // s * (w // s)) ** 2, "8 bytes"),
    (lambda h, w, s, n: 32 * n * (h // s * (w // s)) ** 2, "in bits"),
]
