"""Answers to `checks.effective_weight`: a number, not a function."""

import numpy as np
import torch

RIGHT = [
    0.6,
    0.35 + 0.25,
    3 / 5,
    np.float32(0.6),
    torch.tensor(0.35) + 0.25,
    torch.tensor([0.6]),
    torch.tensor(0.6, requires_grad=True),
]
WRONG = [
    (0.35, "the residual term alone"),
    (0.25, "the output term alone"),
    (0.3, "the mean of the two weights"),
    (0.35 * 0.25, "the product of the two weights"),
    (0.35 - 0.25, "the difference of the two weights"),
    (0.7, "the diversity term"),
    (0.5, "the diversity term"),
    (1, "the sum of all weights"),
    (60, "in per cent"),
    ("60 %", "wants a number"),
    (0.35**2 + 0.25**2, "the weights are squared"),
    (1.4, "the ratio of the two weights"),
    ((0.35 + 0.25) ** 2, "the weights are squared"),
    (None, "wants a number"),
    (float("nan"), "wants a number"),
    ([0.35, 0.25], "wants a number"),
    (torch.tensor([0.35, 0.25]), "wants a number"),
    (lambda: 0.6, "wants a number"),
]
