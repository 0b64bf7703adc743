"""Checks of lesson 05, attention."""

import math

import torch
from torch.nn.functional import normalize, softmax

from colorlib.course.checks.guessing import powers
from colorlib.course.checks.judging import RIGHT, check, combined

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off


def scores(q, k):
    """Every query with every key, divided by sqrt(d): (B, N, M)."""
    return q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])


SCALES = {
    RIGHT: lambda q, k, v: math.sqrt(q.shape[-1]),
    "the division by sqrt(d) is missing": lambda q, k, v: 1,
    "divided by d; by sqrt(d) is wanted": lambda q, k, v: q.shape[-1],
    "divided by d²; by sqrt(d) is wanted": lambda q, k, v: q.shape[-1] ** 2,
    "multiplied by sqrt(d); divide": lambda q, k, v: 1 / math.sqrt(q.shape[-1]),
    "divided by the root of the number of keys; d is the length of one query":
        lambda q, k, v: math.sqrt(k.shape[1]),
    "divided by the root of the number of queries; d is the length of one query":
        lambda q, k, v: math.sqrt(q.shape[1]),
    "divided by the root of all numbers of q; d is the length of one query":
        lambda q, k, v: math.sqrt(q.numel()),
    "divided by sqrt(64), whatever d is": lambda q, k, v: 8,
    "divided by the root of d / 2; by sqrt(d) is wanted":
        lambda q, k, v: math.sqrt(q.shape[-1] / 2),
    "multiplied by d; divide by sqrt(d)": lambda q, k, v: 1 / q.shape[-1],
    "divided by log(d); by sqrt(d) is wanted": lambda q, k, v: math.log(q.shape[-1]),
    "divided by the root of the length of v; d is the length of q and k":
        lambda q, k, v: math.sqrt(v.shape[-1]),
}
SHARES = {
    RIGHT: lambda s: softmax(s, -1),
    "softmax over the queries (axis 1); the weights over the keys (axis 2) must sum to 1":
        lambda s: softmax(s, 1),
    "softmax over the pictures (axis 0); the keys are axis 2": lambda s: softmax(s, 0),
    "one softmax over queries and keys together; each query's weights must sum to 1":
        lambda s: softmax(s.flatten(1), 1).view(s.shape),
    "softmax is missing": lambda s: s,
    "sigmoid instead of softmax": lambda s: s.sigmoid(),
    "relu instead of softmax": lambda s: s.relu(),
    "scores divided by their sum: softmax takes exp first": lambda s: s / s.sum(-1, keepdim=True),
    "exp without dividing by the sum": lambda s: s.exp(),
    "exp of large scores overflows to inf, and inf / inf is NaN: softmax subtracts the maximum "
    "first":
        lambda s: s.exp() / s.exp().sum(-1, keepdim=True),
    "log_softmax gives logarithms: softmax": lambda s: s.log_softmax(-1),
    "a causal mask, as language models need it: here every query sees all keys":
        lambda s: softmax(s.masked_fill(torch.ones_like(s).triu(1).bool(), -torch.inf), -1),
    "softmax is taken twice": lambda s: softmax(softmax(s, -1), -1),
    "softmax over the squares of the scores": lambda s: softmax(s**2, -1),
    "softmax of the mean scores of the batch: each picture has its own":
        lambda s: softmax(s.mean(0, keepdim=True).expand_as(s), -1),
    "the first picture's scores for the whole batch":
        lambda s: softmax(s[:1].expand_as(s), -1),
    "exp divided by the sum over the queries": lambda s: s.exp() / s.exp().sum(1, keepdim=True),
    "exp divided by the sum over everything": lambda s: s.exp() / s.exp().sum(),
    "large scores are cut off (clamp); softmax does not need that":
        lambda s: softmax(s.clamp(-20, 20), -1),
    "the weights are rounded": lambda s: softmax(s, -1).round(),
    "1 - softmax: near keys are to count more": lambda s: 1 - softmax(s, -1),
    "each query looks at the keys before it and itself is left out":
        lambda s: softmax(s.masked_fill(torch.ones_like(s).tril(-1).bool(), -torch.inf), -1),
    "a query does not look at itself, but it should":
        lambda s: softmax(s.masked_fill(torch.eye(*s.shape[1:]).bool(), -torch.inf), -1),
}


def _attend(scale, share):
    return lambda q, k, v: share(q @ k.transpose(1, 2) / scale(q, k, v)) @ v


_right = _attend(SCALES[RIGHT], SHARES[RIGHT])
ATTENTION = combined(
    _attend, SCALES, SHARES, names=(None, ("the scores", "the shares"))
) | {
    "softmax first, then the division by sqrt(d)":
        lambda q, k, v: softmax(q @ k.transpose(1, 2), -1) / math.sqrt(q.shape[-1]) @ v,
    "the weights alone are returned; multiply them with v":
        lambda q, k, v: softmax(scores(q, k), -1),
    "the scores alone are returned; softmax and v are missing": lambda q, k, v: scores(q, k),
    "k stands in the place of v": lambda q, k, v: _right(q, k, k),
    "q stands in the place of v": lambda q, k, v: _right(q, k, q),
    "q stands in the place of k: every query looks at queries": lambda q, k, v: _right(q, q, v),
    "q and k have changed places: rows are queries": lambda q, k, v: _right(k, q, v),
    "q and k are normalised: that is cosine similarity":
        lambda q, k, v: _right(normalize(q, dim=-1), normalize(k, dim=-1), v),
    "k is not transposed: k.transpose(1, 2)":
        lambda q, k, v: softmax(q @ k / math.sqrt(q.shape[-1]), -1) @ v,
    "k.T turns all three axes round; .transpose(1, 2) turns the last two":
        lambda q, k, v: softmax(q @ k.permute(2, 1, 0) / math.sqrt(q.shape[-1]), -1) @ v,
    "the weights are transposed before v":
        lambda q, k, v: softmax(scores(q, k), -1).transpose(1, 2) @ v,
    "q * k multiplies element by element; q @ k.transpose(1, 2) compares every query with every "
    "key":
        lambda q, k, v: softmax(q * k / math.sqrt(q.shape[-1]), -1) * v,
    "q * k multiplies element by element; q @ k.transpose(1, 2) is wanted":
        lambda q, k, v: softmax(q * k / math.sqrt(q.shape[-1]), -1) @ v,
    "one query is returned; all N are wanted": lambda q, k, v: _right(q, k, v)[:, 0],
    "the output is divided by sqrt(d), and the scores are not":
        lambda q, k, v: softmax(q @ k.transpose(1, 2), -1) @ v / math.sqrt(q.shape[-1]),
    "the distance between query and key in the place of their product":
        lambda q, k, v: softmax(torch.cdist(q, k) / math.sqrt(q.shape[-1]), -1) @ v,
    "minus the distance between query and key in the place of their product":
        lambda q, k, v: softmax(-torch.cdist(q, k) / math.sqrt(q.shape[-1]), -1) @ v,
    "k is reshaped (view), not transposed: its numbers land in other places":
        lambda q, k, v: softmax(
            q @ k.reshape(len(k), k.shape[2], k.shape[1]) / math.sqrt(q.shape[-1]), -1
        ) @ v,
    "softmax over v, not over the scores": lambda q, k, v: scores(q, k) @ softmax(v, -1),
    "softmax over the output, not over the scores":
        lambda q, k, v: softmax(scores(q, k) @ v, -1),
    "q is added to the output": lambda q, k, v: _right(q, k, v) + q,
    "v is added to the output": lambda q, k, v: _right(q, k, v) + v,
}


@check(ATTENTION)
def attention(seeded):
    """student(q (B, N, d), k (B, M, d), v (B, M, e)) -> (B, N, e): softmax(q kᵀ / sqrt(d)) v.

    The softmax goes over the M keys.
    """

    def case(batch, n, m, d, e, size=3):
        return {
            "q": seeded.uniform(batch, n, d, low=-size, high=size),
            "k": seeded.uniform(batch, m, d, low=-3, high=3),
            "v": seeded.uniform(batch, m, e),
        }

    sizes, (n,) = seeded.sizes(5, 2, 9), seeded.sizes(1, 3, 5)
    return [
        case(*sizes),
        case(n, n, n, n, n),
        case(1, 1, 1, 2, 2),
        case(n, n, n, n, n, 180),  # large scores
    ]


COST = {
    RIGHT: lambda h, w: (h * w) ** 2,
    "the number of points; but every point looks at every point": lambda h, w: h * w,
    "each point looks at its own row and column only": lambda h, w: h * w * (h + w),
    "each point looks at its own row and column only, at itself once":
        lambda h, w: h * w * (h + w - 1),
    "the sides are added; the number of points is their product": lambda h, w: (h + w) ** 2,
    "the squares of the sides are added": lambda h, w: h**2 + w**2,
    "the square of the height alone": lambda h, w: h**2,
    "the height stands in the place of the width, too": lambda h, w: h**4,
    "the height is not squared: brackets around height * width, ** comes first":
        lambda h, w: h * w**2,
    "the width is not squared": lambda h, w: h**2 * w,
    "twice the number of points; its square is wanted": lambda h, w: 2 * h * w,
    "2 to the power of the number of points; the square of the number of points is wanted":
        lambda h, w: 2 ** (h * w),
    "each pair counted once: attention from p to q and from q to p are two numbers":
        lambda h, w: h * w * (h * w + 1) // 2,
    "each pair counted once, without the point itself: p to q, q to p and p to p are three numbers":
        lambda h, w: math.comb(h * w, 2),
    "a point looks at itself too": lambda h, w: h * w * (h * w - 1),
    "bytes of 4 each; the numbers are counted": lambda h, w: 4 * (h * w) ** 2,
    "gigabytes; the numbers are counted": lambda h, w: 4 * (h * w) ** 2 / 1e9,
    "^ is another operation on integers: ** is the power": lambda h, w: (h * w) ^ 2,
    "points times their logarithm": lambda h, w: h * w * math.log(h * w),
    "the longer side counts for both": lambda h, w: max(h, w) ** 4,
    "the shorter side counts for both": lambda h, w: min(h, w) ** 4,
    "one row and one column too many": lambda h, w: ((h + 1) * (w + 1)) ** 2,
    "one row and one column too few": lambda h, w: ((h - 1) * (w - 1)) ** 2,
    "three maps (q, k, v); one holds a number a pair": lambda h, w: 3 * (h * w) ** 2,
    "the sides, doubled and added (the edge)": lambda h, w: 2 * (h + w),
    "the sum of the sides": lambda h, w: h + w,
    "(height + width²): brackets": lambda h, w: h + w**2,
    "the map itself; count its numbers": lambda h, w: torch.zeros(h * w, h * w),
    "the map's shape; multiply its two sides": lambda h, w: (h * w, h * w),
    "the map's shape; multiply its four sides": lambda h, w: (h, w, h, w),
}


@check(COST, look=lambda ask, cases: powers(cases, "count pairs of points"))
def attention_cost(seeded):
    """student(height, width) -> int: how many numbers one attention map over such a layer holds."""
    small, large, other = seeded.sizes(3, 3, 12)
    sides = ((8, 6), (16, 4), (small, large), (large, other), (1, 1))
    return [{"height": height, "width": width} for height, width in sides]
