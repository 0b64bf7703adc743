"""Checks of lesson 05, attention."""

import math

from torch.nn.functional import softmax

from colorlib.checks.engine import judge, uniform


def attention(student):
    """student(q (B, N, d), k (B, M, d), v (B, M, e)) -> (B, N, e): softmax(q kᵀ / sqrt(d)) v, over the M keys."""
    sizes = ((2, 5, 7, 8, 3), (3, 4, 4, 4, 4), (1, 1, 1, 2, 2))
    cases = [
        {
            "q": uniform(batch, n, d, seed=1, low=-3, high=3),
            "k": uniform(batch, m, d, seed=2, low=-3, high=3),
            "v": uniform(batch, m, e, seed=3),
        }
        for batch, n, m, d, e in sizes
    ]
    cases.append({"q": 60 * cases[1]["q"], "k": cases[1]["k"], "v": cases[1]["v"]})  # large scores

    def products(q, k):
        return q @ k.transpose(1, 2)  # (B, N, M)

    def divided(by):
        """Attention whose scores are divided by by(q, k, v)."""
        return lambda q, k, v: softmax(products(q, k) / by(q, k, v), -1) @ v

    def weighted(weights):
        """Attention with weights(scores) in the place of softmax over the keys."""
        return lambda q, k, v: weights(products(q, k) / math.sqrt(q.shape[-1])) @ v

    right = divided(lambda q, k, v: math.sqrt(q.shape[-1]))
    mistakes = {
        "the division by sqrt(d) is missing": divided(lambda q, k, v: 1),
        "divided by d; by sqrt(d) is wanted": divided(lambda q, k, v: q.shape[-1]),
        "multiplied by sqrt(d); divide": divided(lambda q, k, v: 1 / math.sqrt(q.shape[-1])),
        "divided by the root of the number of keys; d is the length of one query": divided(
            lambda q, k, v: math.sqrt(k.shape[1])
        ),
        "divided by the root of the number of queries; d is the length of one query": divided(
            lambda q, k, v: math.sqrt(q.shape[1])
        ),
        "divided by the root of the length of v; d is the length of q and k": divided(
            lambda q, k, v: math.sqrt(v.shape[-1])
        ),
        "softmax over the queries (axis 1); the weights over the keys (axis 2) must sum to 1": weighted(
            lambda scores: softmax(scores, 1)
        ),
        "softmax over the pictures (axis 0); the keys are axis 2": weighted(lambda scores: softmax(scores, 0)),
        "softmax is missing": weighted(lambda scores: scores),
        "sigmoid instead of softmax": weighted(lambda scores: scores.sigmoid()),
        "exp without dividing by the sum": weighted(lambda scores: scores.exp()),
        "exp of large scores overflows to inf, and inf / inf is NaN: softmax subtracts the maximum first": weighted(
            lambda scores: scores.exp() / scores.exp().sum(-1, keepdim=True)
        ),
        "softmax first, then the division by sqrt(d)": lambda q, k, v: (
            softmax(products(q, k), -1) / math.sqrt(q.shape[-1]) @ v
        ),
        "the weights alone are returned; multiply them with v": lambda q, k, v: softmax(
            products(q, k) / math.sqrt(q.shape[-1]), -1
        ),
        "q and k have changed places: rows are queries": lambda q, k, v: (
            softmax(products(k, q) / math.sqrt(q.shape[-1]), -1) @ v
        ),
        "k is not transposed": lambda q, k, v: q @ k,
        "k.T turns all three axes round; .transpose(1, 2) turns the last two": lambda q, k, v: q @ k.permute(2, 1, 0),
    }
    return judge("attention", student, cases, right, mistakes)


def attention_cost(student):
    """student(height, width) -> int: how many numbers one attention map over all points of such a layer holds."""
    cases = [{"height": 8, "width": 6}, {"height": 16, "width": 4}, {"height": 1, "width": 1}]
    mistakes = {
        "the number of points; but every point looks at every point": lambda h, w: h * w,
        "each point looks at its own row and column only": lambda h, w: h * w * (h + w),
        "the sides are added; the number of points is their product": lambda h, w: (h + w) ** 2,
        "the squares of the sides are added": lambda h, w: h**2 + w**2,
        "the square of the height alone": lambda h, w: h**2,
        "the square of the width alone": lambda h, w: w**2,
        "twice the number of points; its square is wanted": lambda h, w: 2 * h * w,
        "each pair counted once: attention from p to q and from q to p are two numbers": lambda h, w: (
            h * w * (h * w + 1) // 2
        ),
        "a point looks at itself too": lambda h, w: h * w * (h * w - 1),
    }
    return judge("attention_cost", student, cases, lambda h, w: (h * w) ** 2, mistakes)
