"""The tasks' formulas as students write them: rewriting.py looks which slip gives an answer.

FORMULAS: name of the check -> [Written], the same in several ways.  Names mean the check's
arguments; what else a formula needs is bound beside it.  Reductions keep their axes as 1, and an
answer is read in the shape asked for.
"""

import torch

from colorlib.course.checks.rewriting import Written
from colorlib.data import grey

ALL = "(0, 1, 2, 3)"
NOISED = "sqrt(alpha_bar[t]) * {0} + sqrt(1 - alpha_bar[t]) * {1}"


def _column(x):
    return x.view(-1, 1, 1, 1)


def _alpha(alpha_bar, **_):
    return {"alpha_bar": _column(alpha_bar)}


def _halves(fuse, mlp, **_):
    """Layers in single precision, whatever they are given."""
    return {
        "fuse": lambda x: fuse(x.float()).double(),
        "mlp": lambda x: mlp(x.float()).double(),
        "first": lambda x: x[:, : x.shape[1] // 2, None, None],
        "last": lambda x: x[:, x.shape[1] // 2 :, None, None],
    }


def _refined(refiner, alpha_bar, t, **_):
    known = {}

    def of_all(*given):
        if given[1].ndim == 5:
            return torch.stack([of_all(given[0], x, *given[2:]) for x in given[1]])
        key = tuple(x.numpy().tobytes() for x in given)
        if key not in known:
            given = (x.float() if x.is_floating_point() else x for x in given)
            known[key] = refiner(*given).double()
        return known[key]

    return {"refiner": of_all, "alpha_bar": _column(alpha_bar)}


def _bells(ab, centres, **_):
    def near(d, k):
        return torch.zeros_like(d).scatter(1, d.topk(k, 1, largest=False).indices, 1.0)

    return {"ab": ab[:, None], "centres": centres[None], "near": near}


def _blocks(truth, guess, size):
    def cut(x):
        n, height, width, _ = x.shape
        return x.reshape(n, height // size, size, width // size, size, 3)

    return {"truth": cut(truth), "guess": cut(guess)}


def _neighbours(q, columns, **_):
    place = torch.arange(q.shape[1])
    return {"place": place[:, None], "d": q.shape[-1], "T": q.shape[1]}


# fmt: off
WRITTEN = {
    "to_lab": Written("join(100 * L + 50, 110 * ab)"),
    "to_model_units": Written(
        "((L - 50) / 100, ab / 110)", lambda lab: {"L": lab[:, :1], "ab": lab[:, 1:]}
    ),
    "hue_and_chroma": Written(
        "(degrees(atan2(b, a)) % 360, 110 * sqrt(a ** 2 + b ** 2))",
        lambda ab: {"a": ab[:, 0], "b": ab[:, 1]},
    ),
    "is_grey": Written(
        "across = mean(sum(rest[:, :, 1:] * rest[:, :, :-1], 0), (1, 2))\n"
        "below = mean(sum(rest[:, 1:] * rest[:, :-1], 0), (1, 2))\n"
        "t = minimum(sqrt(sum(mean(ab, (1, 2)) ** 2, 0)), 20)\n"
        "(across + below) / 2 < (0.45 + 0.025 * t) ** 2",
        lambda lab: {"rest": grey.off_tone(lab.float()), "ab": lab[1:]},
    ),
    "seen_before": Written(
        "apart = mean(abs(test - train), (2, 3, 4))\n"
        "mirrored = mean(abs(test - flip(train, 3)), (2, 3, 4))\n"
        "any(minimum(apart, mirrored) <= limit, 1)",
        lambda train, test, limit: {"train": train[None], "test": test[:, None]},
    ),
    "worst_block": Written("max(mean((truth - guess) ** 2, (2, 4, 5)), (1, 3))", _blocks),
    "annealed_mean": Written(
        "shares = softmax(logits / T, 1)\nsum(shares * centres, 1)",
        lambda logits, centres, T: {
            "logits": logits[:, :, None], "centres": centres[None, :, :, None, None],
            "Q": len(centres),
        },
    ),
    "soft_cross_entropy": Written(
        f"log_p = log_softmax(logits, 1)\nmean(-sum(shares * log_p, 1), {ALL})"
    ),
    "block_parameters": Written(
        "c_out * (9 * c_in + 1) + (convs - 1) * c_out * (9 * c_out + 1) + 2 * c_out",
        plain=True,
    ),
    "network_input": Written("join(L, hints * mask, mask)"),
    "weighted_error": Written(
        f"d2 = sum((prediction - truth) ** 2, 1)\nsum(weight * d2, {ALL}) / sum(weight, {ALL})"
    ),
    "rebalancing": Written(
        "p = counts / total\nw = 1 / ((1 - mix) * p + mix / Q)\nw / sum(p * w)",
        lambda counts, mix: {
            "total": counts.sum(), "Q": len(counts), "largest": counts.max(),
            "filled": (counts > 0).sum(),
        },
    ),
    "soft_encode": Written(
        "d = sqrt(sum((ab - centres) ** 2, 2))\n"
        "bells = exp(-d ** 2 / (2 * sigma ** 2)) * near(d, k)\n"
        "bells / sum(bells, 1)",
        _bells,
    ),
    "color_prior": Written(
        "m = mean(ab, (2, 3))\n"
        "s = sqrt(mean((ab - m) ** 2, (2, 3)))\n"
        "length = sqrt(sum(ab ** 2, 1))\n"
        "join(m, sum(s, 1), mean(length, (2, 3)))"
    ),
    "region_prior": Written(
        "n = sum(mask, (2, 3))\n"
        "m = sum(ab * mask, (2, 3)) / n\n"
        "s = sqrt(sum((ab - m) ** 2 * mask, (2, 3)) / n)\n"
        "length = sqrt(sum(ab ** 2, 1))\n"
        "join(m, sum(s, 1), sum(length * mask, (2, 3)) / n)"
    ),
    "scale_and_shift": Written(
        "both = fuse(time + mlp(10 * prior))\n"
        "scale = first(both)\n"
        "shift = last(both)\n"
        "x * (1 + scale) + shift",
        _halves,
    ),
    "set_tint": Written(
        "ab - mean(ab, (2, 3)) + tint", lambda ab, tint: {"tint": tint[:, :, None, None]}
    ),
    "split_error": Written(
        "d = guess - truth\n"
        "whole = mean(sum(d ** 2, 1), (2, 3))\n"
        "tint = sum(mean(d, (2, 3)) ** 2, 1)\n"
        "(tint, whole - tint)"
    ),
    "printed_factor": Written("side_before / side_after", plain=True),
    "alpha_bar": Written("lead(1, cumprod(1 - beta))"),
    "q_sample": Written(NOISED.format("ab", "noise"), _alpha),
    "correct_once": Written(
        f"noisy = {NOISED.format('ab_base', 'noise')}\nab_base + refiner(L, noisy, t, prior)",
        _refined,
    ),
    "average_draws": Written(
        f"noisy = {NOISED.format('ab_base', 'noises')}\n"
        "draws = ab_base + refiner(L, noisy, t, prior)\n"
        "middle = mean(draws, 0)\n"
        "spread = sqrt(mean((draws - middle) ** 2, 0))\n"
        "(middle, 110 * mean(spread, (2, 3, 4)))",
        _refined,
    ),
    "hidden_noise": Written(
        "(x_t - sqrt(alpha_bar[t]) * x0) / sqrt(1 - alpha_bar[t])", _alpha
    ),
    "clean_from_noisy": Written(
        "(x_t - sqrt(1 - alpha_bar[t]) * noise) / sqrt(alpha_bar[t])", _alpha
    ),
    "next_step": Written(
        "beta = 1 - alpha_bar[t] / alpha_bar[t - 1]\nsqrt(1 - beta) * x + sqrt(beta) * noise",
        _alpha,
    ),
    "cosine_schedule": Written(
        "s = 0.008\n"
        "t = arange(0, steps + 1)\n"
        "f = cos((t / steps + s) / (1 + s) * pi / 2) ** 2\n"
        "beta = minimum(1 - f[1:] / f[:-1], 0.999)\n"
        "lead(1, cumprod(1 - beta))"
    ),
    "noise_dominates": Written("first(sqrt(1 - alpha_bar) >= sqrt(alpha_bar) * size)"),
    "attention": Written(
        "scores = q @ transpose(k) / sqrt(d)\nshares = softmax(scores, 2)\nshares @ v",
        lambda q, k, v: {
            "d": q.shape[-1], "N": q.shape[1], "M": k.shape[1],
            "top": (q @ k.mT).amax(-1, keepdim=True) / q.shape[-1] ** 0.5,
        },
    ),
    "near_attention": Written(
        "row = place // columns\n"
        "column = place % columns\n"
        "near = (abs(row - transpose(row)) <= reach) & (abs(column - transpose(column)) <= reach)\n"
        "scores = q @ transpose(k) / sqrt(d)\n"
        "shares = softmax(where(near, scores, -inf), 2)\n"
        "shares @ v",
        _neighbours,
    ),
    "received": Written("mean(attention, (1, 2))"),
    "attention_cost": Written("(height * width) ** 2", plain=True),
    "map_bytes": Written("4 * heads * ((height // down) * (width // down)) ** 2", plain=True),
    "mse": Written("mean((truth - pred) ** 2, (1, 2, 3))"),
    "psnr_mean": Written("mean(10 * log10(255 ** 2 / mse))"),
    "psnr_pooled": Written("10 * log10(255 ** 2 / mean(mse))"),
    "yardsticks": Written(
        "constant = mean(train_ab, (0, 2, 3))\n"
        "oracle = mean(ab, (2, 3))\n"
        "def error(guess):\n"
        "    return mean(sum((110 * (guess - ab)) ** 2, 1), (2, 3))\n"
        "(error(0), error(constant), error(oracle))"
    ),
    "resshift_mean": Written("eta[t - 1] / eta[t] * x_t + (eta[t] - eta[t - 1]) / eta[t] * x0"),
    "rectified_flow": Written(
        "((1 - s) * base + s * truth, truth - base)", lambda base, truth, s: {"s": _column(s)}
    ),
    "heun_step": Written(
        "v = velocity(x, s)\n"
        "ahead = x + (below - s) * v\n"
        "x + (below - s) * (v + velocity(ahead, below)) / 2 if below else ahead"
    ),
}

OTHERWISE = {  # the same, written in another way
    "hue_and_chroma": (
        "(atan2(b, a) * 180 / pi % 360, sqrt((110 * a) ** 2 + (110 * b) ** 2))",
    ),
    "weighted_error": (
        f"d2 = sum((prediction - truth) ** 2, 1)\nmean(weight * d2, {ALL}) / mean(weight, {ALL})",
    ),
    "color_prior": (
        "m = mean(ab, (2, 3))\n"
        "s = sqrt(mean(ab ** 2, (2, 3)) - m ** 2)\n"
        "join(m, sum(s, 1), mean(norm(ab, 1), (2, 3)))",
    ),
    "region_prior": (
        "n = sum(mask, (2, 3))\n"
        "m = sum(ab * mask, (2, 3)) / n\n"
        "s = sqrt(sum(ab ** 2 * mask, (2, 3)) / n - m ** 2)\n"
        "join(m, sum(s, 1), sum(norm(ab * mask, 1), (2, 3)) / n)",
    ),
    "split_error": (
        "d = guess - truth\n"
        "m = mean(d, (2, 3))\n"
        "(sum(m ** 2, 1), mean(sum((d - m) ** 2, 1), (2, 3)))",
        "d = guess - truth\n"
        "m = sqrt(sum(mean(d, (2, 3)) ** 2, 1))\n"
        "w = sqrt(mean(sum(d ** 2, 1), (2, 3)))\n"
        "(m ** 2, w ** 2 - m ** 2)",
    ),
    "cosine_schedule": (
        "s = 0.008\n"
        "t = arange(0, steps + 1)\n"
        "f = cos((t / steps + s) / (1 + s) * (pi / 2)) ** 2\n"
        "alpha = maximum(f[1:] / f[:-1], 0.001)\n"
        "lead(1, cumprod(alpha))",
    ),
    "worst_block": (
        "error = mean((truth - guess) ** 2, (2, 4, 5))\nmax(max(error, 3), 1)",
    ),
    "mse": ("mean(mean((truth - pred) ** 2, (1, 2)), 3)",),
    "psnr_mean": ("mean(20 * log10(255 / sqrt(mse)))", "mean(10 * (log10(255 ** 2) - log10(mse)))"),
    "psnr_pooled": (
        "20 * log10(255 / sqrt(mean(mse)))", "10 * (log10(255 ** 2) - log10(mean(mse)))",
    ),
    "attention": (
        "e = exp(q @ transpose(k) / sqrt(d) - top)\ne / sum(e, 2) @ v",
    ),
    "soft_cross_entropy": (
        f"p = softmax(logits, 1)\n-mean(sum(shares * log(p), 1), {ALL})",
    ),
    "set_tint": ("ab + (tint - mean(ab, (2, 3)))",),
    "next_step": (
        "alpha = alpha_bar[t] / alpha_bar[t - 1]\nsqrt(alpha) * x + sqrt(1 - alpha) * noise",
    ),
    "noise_dominates": ("first(1 - alpha_bar >= alpha_bar * size ** 2)",),
    "resshift_mean": (
        "k = eta[t - 1] / eta[t]\nk * x_t + (1 - k) * x0",
        "x0 + eta[t - 1] / eta[t] * (x_t - x0)",
    ),
    "rectified_flow": ("v = truth - base\n(base + s * v, v)",),
    "heun_step": (
        "v = velocity(x, s)\n"
        "x + (below - s) * (v + velocity(x + (below - s) * v, below)) / 2 if below else "
        "x + (below - s) * v",
    ),
    "map_bytes": (
        "rows = height // down\ncolumns = width // down\n4 * heads * rows ** 2 * columns ** 2",
    ),
    "attention_cost": ("height * width * height * width",),
    "block_parameters": (
        "9 * c_in * c_out + 9 * c_out * c_out * (convs - 1) + convs * c_out + 2 * c_out",
    ),
    "average_draws": (
        f"noisy = {NOISED.format('ab_base', 'noises')}\n"
        "draws = ab_base + refiner(L, noisy, t, prior)\n"
        "(mean(draws, 0), 110 * mean(std(draws, 0), (2, 3, 4)))",
    ),
}
FORMULAS = {
    name: [first, *(Written(text, first.bind, first.plain) for text in OTHERWISE.get(name, ()))]
    for name, first in WRITTEN.items()
}
