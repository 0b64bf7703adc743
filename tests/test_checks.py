"""The checks against right answers written in unusual ways, and against wrong ones that must be named."""

import math
import random
import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from colorlib import checks
from colorlib.checks import engine, lesson01, lesson02, lesson03, lesson04, lesson05, lesson06, lesson07

JUDGED = [  # the checks with a list of wrong variants
    (lesson01, checks.to_model_units),
    (lesson01, checks.is_grey),
    (lesson02, checks.annealed_mean),
    (lesson03, checks.color_prior),
    (lesson04, checks.alpha_bar),
    (lesson04, checks.q_sample),
    (lesson04, checks.correct_once),
    (lesson05, checks.attention),
    (lesson05, checks.attention_cost),
    (lesson06, checks.mse),
    (lesson06, checks.psnr_mean),
    (lesson06, checks.psnr_pooled),
    (lesson07, checks.resshift_mean),
    (lesson07, checks.rectified_flow),
]
ALL = [check for _, check in JUDGED] + [checks.paired_bootstrap]


# Right answers, written in two ways ----------------------------------------------------------------------------


def units_by_index(lab):
    L, a, b = lab[:, 0], lab[:, 1], lab[:, 2]
    return ((L - 50) / 100).unsqueeze(1), torch.stack([a, b], dim=1) * (1 / 110)


def units_by_split(lab):
    L, ab = torch.split(lab, [1, 2], dim=1)
    return [L / 100 - 0.5, ab / 110]  # a list is as good as a tuple


def grey_by_numpy(lab):
    a, b = np.ptp(lab.numpy()[1]), np.ptp(lab.numpy()[2])
    return a + b < 5


def grey_by_sort(lab):
    a, b = lab[1].flatten().sort().values, lab[2].flatten().sort().values
    return not (a[-1] - a[0]) + (b[-1] - b[0]) >= 5


def annealed_by_matmul(logits, centres, T):
    p = F.softmax(logits.permute(0, 2, 3, 1) / T, dim=-1)
    return (p @ centres).permute(0, 3, 1, 2)


def annealed_by_loop(logits, centres, T):
    z = logits / T
    p = torch.exp(z - torch.logsumexp(z, dim=1, keepdim=True))
    ab = torch.zeros(len(logits), 2, *logits.shape[2:])
    for q in range(len(centres)):
        ab += p[:, q : q + 1] * centres[q].view(1, 2, 1, 1)
    return ab


def prior_by_loop(ab):
    rows = []
    for a, b in ab:
        sigma = [((x - x.mean()) ** 2).mean().sqrt() for x in (a, b)]
        rows.append(torch.stack([a.mean(), b.mean(), sum(sigma), torch.hypot(a, b).mean()]))
    return torch.stack(rows)


def prior_by_moments(ab):
    x = ab.flatten(2).double()
    m = x.mean(-1)
    s = (x.square().mean(-1) - m.square()).clamp(min=0).sqrt().sum(-1, keepdim=True)
    return torch.cat([m, s, torch.linalg.vector_norm(x, dim=1).mean(-1, keepdim=True)], 1).float()


def alpha_bar_by_loop(beta):
    values = [1.0]
    for x in beta.tolist():
        values.append(values[-1] * (1 - x))
    return torch.tensor(values)


def alpha_bar_by_logs(beta):
    return F.pad(torch.log1p(-beta).cumsum(0), (1, 0)).exp()


def q_sample_by_loop(ab, t, noise, alpha_bar):
    return torch.stack(
        [math.sqrt(alpha_bar[i]) * x + math.sqrt(1 - alpha_bar[i]) * n for x, i, n in zip(ab, t, noise, strict=True)]
    )


def q_sample_by_einsum(ab, t, noise, alpha_bar):
    x = alpha_bar[t]
    return torch.einsum("b,bchw->bchw", x**0.5, ab).add(torch.einsum("b,bchw->bchw", (1 - x) ** 0.5, noise))


def correct_by_function(refiner, L, ab_base, t, prior, noise, alpha_bar):
    return refiner(L, q_sample_by_loop(ab_base, t, noise, alpha_bar), t, prior) + ab_base


def correct_one_by_one(refiner, L, ab_base, t, prior, noise, alpha_bar):
    out = []
    for i in range(len(L)):
        s = slice(i, i + 1)
        noised = q_sample_by_einsum(ab_base[s], t[s], noise[s], alpha_bar)
        out.append(ab_base[s] + refiner(L[s], noised, t[s], prior[s]))
    return torch.cat(out)


def attention_by_torch(q, k, v, scale=None):
    return F.scaled_dot_product_attention(q, k, v, scale=scale)


def attention_by_einsum(q, k, v):
    s = torch.einsum("bnd,bmd->bnm", q * q.shape[-1] ** -0.5, k)
    w = (s - s.amax(-1, keepdim=True)).exp()
    return torch.bmm(w / w.sum(-1, keepdim=True), v)


def mse_by_loop(truth, pred):
    return [float(np.mean((np.float32(x) - np.float32(y)) ** 2)) for x, y in zip(truth, pred, strict=True)]


def mse_by_int(truth, pred):
    d = (truth.astype(int) - pred.astype(int)).reshape(len(truth), -1)
    return (d * d).sum(1) / d.shape[1]


def bootstrap_by_loop(a, b):
    rng = np.random.default_rng()
    values = []
    for _ in range(500):
        rows = rng.integers(0, len(a), len(a))
        values.append(1 - b[rows].mean() / a[rows].mean())
    return tuple(np.percentile(values, [2.5, 97.5]))


def bootstrap_with_value(a, b):
    rows = torch.randint(len(a), (1000, len(a))).numpy()
    values = np.sort(1 - b[rows].mean(1) / a[rows].mean(1))
    return 1 - b.mean() / a.mean(), values[24], values[974]


def lerp_each(base, truth, s):
    return torch.stack([torch.lerp(*one) for one in zip(base, truth, s, strict=True)])


RIGHT = {
    checks.to_model_units: (units_by_index, units_by_split),
    checks.is_grey: (grey_by_numpy, grey_by_sort),
    checks.annealed_mean: (annealed_by_matmul, annealed_by_loop),
    checks.color_prior: (prior_by_loop, prior_by_moments),
    checks.alpha_bar: (alpha_bar_by_loop, alpha_bar_by_logs),
    checks.q_sample: (q_sample_by_loop, q_sample_by_einsum),
    checks.correct_once: (correct_by_function, correct_one_by_one),
    checks.attention: (attention_by_torch, attention_by_einsum),
    checks.attention_cost: (lambda h, w: np.ones((h * w, h * w)).size, lambda h, w: (h * w) ** 2.0),
    checks.mse: (mse_by_loop, mse_by_int),
    checks.psnr_mean: (
        lambda mse: np.mean([20 * math.log10(255 / math.sqrt(x)) for x in mse]),
        lambda mse: torch.tensor(48.1308036 - 10 * np.log10(mse).mean()),
    ),
    checks.psnr_pooled: (
        lambda mse: 20 * np.log10(255 / np.sqrt(sum(mse) / len(mse))),
        lambda mse: -10 * math.log10(np.mean(mse / 255**2)),
    ),
    checks.paired_bootstrap: (bootstrap_by_loop, bootstrap_with_value),
    checks.resshift_mean: (
        lambda x_t, x0, t, eta: x0 + eta[t - 1] / eta[t] * (x_t - x0),
        lambda x_t, x0, t, eta: torch.lerp(x_t, x0, float(1 - eta[t - 1] / eta[t])),
    ),
    checks.rectified_flow: (
        lambda base, truth, s: (base + s[:, None, None, None] * (truth - base), truth - base),
        lambda base, truth, s: (lerp_each(base, truth, s), truth.sub(base)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
@pytest.mark.parametrize("which", [0, 1])
def test_right_answers_pass(check, which, capsys):
    assert check(RIGHT[check][which])
    out = capsys.readouterr().out
    assert out.startswith("Right: ")
    assert out.count("\n") == 1


# Wrong answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("module", "check"), JUDGED, ids=lambda x: getattr(x, "__name__", ""))
def test_every_listed_mistake_is_named(module, check, monkeypatch, capsys):
    seen = {}
    monkeypatch.setattr(module, "judge", lambda *args, **options: seen.update(args=args, options=options))
    check(None)
    name, _, cases, right, mistakes = seen["args"]
    for words, variant in mistakes.items():
        assert not engine.judge(name, variant, cases, right, mistakes, **seen["options"])
        out = capsys.readouterr().out
        assert f"Looks like:    {words}." in out
        assert out.count("\n") <= 4


def in_place(lab):
    lab[:, :1] -= 50
    lab[:, 1:] /= 110
    return lab[:, :1] / 100, lab[:, 1:]


def variance(ab):
    a, b = ab[:, 0].flatten(1), ab[:, 1].flatten(1)
    return torch.stack(
        [a.mean(1), b.mean(1), a.var(1, correction=0) + b.var(1, correction=0), (a * a + b * b).sqrt().mean(1)], 1
    )


def default_std(ab):
    a, b = ab[:, 0], ab[:, 1]
    spread = a.std(dim=(1, 2)) + b.std(dim=(1, 2))
    return torch.stack([a.mean((1, 2)), b.mean((1, 2)), spread, (a**2 + b**2).sqrt().mean((1, 2))], 1)


def whole_batch(ab):
    a, b = ab[:, 0], ab[:, 1]
    spread = a.std(correction=0) + b.std(correction=0)
    return torch.stack([a.mean(), b.mean(), spread, (a**2 + b**2).sqrt().mean()])


def own_noise(ab, t, noise, alpha_bar):
    return q_sample_by_loop(ab, t, torch.randn_like(ab), alpha_bar)


def corrects_noised(refiner, L, ab_base, t, prior, noise, alpha_bar):
    ab_noisy = q_sample_by_loop(ab_base, t, noise, alpha_bar)
    return ab_noisy + refiner(L, ab_noisy, t, prior)


def bootstrap(draw_b=None, percentiles=(2.5, 97.5), value=lambda a, b: 1 - b.mean(1) / a.mean(1)):
    def student(a, b):
        rng = np.random.default_rng(3)
        rows = rng.integers(0, len(a), (800, len(a)))
        other = rows if draw_b is None else rng.integers(0, len(a), (800, len(a)))
        return np.percentile(value(a[rows], b[other]), percentiles)

    return student


WRONG = [
    (checks.to_model_units, lambda lab: (lab[:, :1] / 100, lab[:, 1:] / 110), "50 is not subtracted"),
    (checks.to_model_units, lambda lab: ((lab[:, :1] - 50) / 100, lab[:, 1:]), "ab is not divided by 110"),
    (checks.to_model_units, lambda lab: (lab[:, :1], lab[:, [2, 1]] / 110), "100; a and b are"),
    (checks.to_model_units, lambda lab: lab / 110, "separate values are wanted"),
    (checks.to_model_units, in_place, "lab was changed in place"),
    (checks.to_model_units, lambda lab: tuple(x.double() for x in units_by_index(lab)), "torch.float64"),
    (checks.to_model_units, lambda lab: tuple(x.numpy() for x in units_by_index(lab)), "return a torch tensor"),
    (checks.is_grey, lambda lab: (lab[1:].abs() < 5).all(), "the size of a and of b"),
    (checks.is_grey, lambda lab: lab[1].std() + lab[2].std() < 5, "standard deviation"),
    (checks.is_grey, lambda lab: (lab[1] - lab[2]).abs().max() < 5, "Looks like"),
    (checks.annealed_mean, lambda z, c, T: annealed_by_loop(z, c, 1 / T), "multiplied by T"),
    (checks.annealed_mean, lambda z, c, T: centres_of_mode(z, c), "argmax"),
    (checks.annealed_mean, lambda z, c, T: annealed_by_matmul(z, c, T).movedim(1, 3), "channels stand last"),
    (checks.color_prior, variance, "the variance"),
    (checks.color_prior, default_std, "N - 1"),
    (checks.color_prior, whole_batch, "over the whole batch"),
    (checks.color_prior, lambda ab: prior_by_loop(ab.flip(1)), "a and b are swapped"),
    (checks.color_prior, lambda ab: prior_by_loop(ab) * torch.nan, "NaN"),
    (checks.color_prior, lambda ab: 110 * prior_by_loop(ab), "everything is 110 times too large"),
    (checks.alpha_bar, lambda beta: torch.cumprod(1 - beta, 0), "is missing"),
    (checks.alpha_bar, lambda beta: alpha_bar_by_loop(beta) ** 0.5, "square root"),
    (checks.alpha_bar, lambda beta: torch.cat([torch.ones(1), 1 - torch.cumsum(beta, 0)]), "running sum of beta"),
    (checks.q_sample, lambda ab, t, n, x: q_sample_by_loop(ab, t, n, x**2), "where their|in front of|none"),
    (checks.q_sample, lambda ab, t, n, x: x[t][:, None, None, None] * ab + (1 - x[t])[:, None, None, None] * n,
     "square roots belong"),
    (checks.q_sample, lambda ab, t, n, x: x[t][:, None, None, None] ** 0.5 * ab + n, "noise is not scaled"),
    (checks.q_sample, lambda ab, t, n, x: q_sample_by_loop(ab, t - 1, n, x), "off by one"),
    (checks.q_sample, lambda ab, t, n, x: x[t] ** 0.5 * ab + (1 - x[t]) ** 0.5 * n, "meets the width"),
    (checks.q_sample, own_noise, "random numbers of its own"),
    (checks.correct_once, corrects_noised, "added to the noised base"),
    (checks.correct_once, lambda net, L, x, t, p, n, a: x - net(L, q_sample_by_loop(x, t, n, a), t, p),
     "subtracted"),
    (checks.attention, lambda q, k, v: F.softmax(q @ k.mT, -1) @ v, "sqrt(d) is missing"),
    (checks.attention, lambda q, k, v: F.softmax(q @ k.mT / q.shape[2] ** 0.5, 1) @ v, "over the queries"),
    (checks.attention, lambda q, k, v: attention_by_torch(q, k, v, scale=1 / q.shape[-1]), "divided by d;"),
    (checks.attention, lambda q, k, v: F.softmax(q @ k / q.shape[2] ** 0.5, -1) @ v, "k is not transposed"),
    (checks.attention_cost, lambda h, w: h * w, "number of points"),
    (checks.mse, lambda x, y: np.square(x - y).mean((1, 2, 3)), "wrap round"),
    (checks.mse, lambda x, y: np.mean((np.float64(x) - y) ** 2), "over the whole set"),
    (checks.psnr_mean, lambda mse: 10 * np.log10(65025 / mse.mean()), "Table 2"),
    (checks.psnr_pooled, lambda mse: np.mean(10 * np.log10(65025 / mse)), "Table 2"),
    (checks.psnr_pooled, lambda mse: 10 * np.log(65025 / mse.mean()), "natural logarithm"),
    (checks.psnr_pooled, lambda mse: 10 * np.log10(1 / mse.mean()), "peak of 1"),
    (checks.paired_bootstrap, bootstrap(draw_b="apart"), "drawn separately"),
    (checks.paired_bootstrap, bootstrap(percentiles=(5, 95)), "of 90 %"),
    (checks.paired_bootstrap, bootstrap(percentiles=(97.5, 2.5)), "high and low are swapped"),
    (checks.paired_bootstrap, bootstrap(percentiles=(0.5, 99.5)), "of 99 %"),
    (checks.paired_bootstrap, bootstrap(value=lambda a, b: (a - b).mean(1)), "divide it by the mean of a"),
    (checks.paired_bootstrap, bootstrap(value=lambda a, b: b.mean(1) / a.mean(1) - 1), "wrong sign"),
    (checks.paired_bootstrap, bootstrap(value=lambda a, b: 1 - a.mean(1) / b.mean(1)), "a and b are swapped"),
    (checks.paired_bootstrap, bootstrap(value=lambda a, b: (1 - b / a).ravel()), "single pictures|something"),
    (checks.paired_bootstrap, lambda a, b: (1 - b.mean() / a.mean(),) * 2, "no resampling"),
    (checks.paired_bootstrap, lambda a, b: 0.2, "2 or 3 numbers"),
    (checks.paired_bootstrap, lambda a, b: (np.nan, 1.0), "none of them NaN"),
    (checks.resshift_mean, lambda x, y, t, eta: torch.lerp(y, x, float(1 - eta[t - 1] / eta[t])), "swapped"),
    (checks.rectified_flow, lambda x, y, s: (lerp_each(x, y, s), x - y), "velocity has the wrong sign"),
]  # fmt: skip


def centres_of_mode(logits, centres):
    return torch.stack([centres[:, c][logits.max(dim=1).indices] for c in (0, 1)], dim=1)


@pytest.mark.parametrize(("check", "student", "words"), WRONG, ids=lambda x: getattr(x, "__name__", "").strip("<>"))
def test_wrong_answers_are_refused_and_explained(check, student, words, capsys):
    assert not check(student)
    out = capsys.readouterr().out
    assert any(part in out for part in words.split("|")), out
    assert out.startswith("Not yet")
    assert out.count("\n") <= 4


# Students' functions that do not even answer -------------------------------------------------------------------


def returns_none(*_):
    pass


def prints_only(*_):
    print("0.5")


def raises(*_):
    raise ValueError("boom")


def not_done(*_):
    raise NotImplementedError("Exercise 3.1")


def leaves(*_):
    raise SystemExit


def typing_error(*_):
    return trosch.zeros(1)  # noqa: F821


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
@pytest.mark.parametrize(
    ("student", "words"),
    [
        (returns_none, "the return is missing"),
        (prints_only, "a print where a return belongs"),
        (raises, "ValueError in line"),
        (not_done, "Not done yet"),
        (leaves, "exit()"),
        (typing_error, "not defined"),
        (lambda: None, "other arguments"),
        (lambda *_: "text", "Looks like"),
        (lambda *_: {"a": 1}, "Looks like"),
        (lambda *_: torch.zeros(7, 3, 2), "Looks like"),
        (lambda *_: np.array([]), "Looks like"),
        (lambda *_: len, "Looks like"),
        (0.5, "without brackets"),
        (None, "without brackets"),
    ],
)
def test_no_traceback_whatever_the_function_does(check, student, words, capsys):
    assert not check(student)
    out = capsys.readouterr().out
    assert words in out
    assert out.count("\n") <= 5  # four lines, and what the function printed


def test_an_endless_loop_is_stopped(monkeypatch, capsys):
    monkeypatch.setattr(engine, "SECONDS", 0.1)

    def endless(beta):
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                pass

    assert not checks.alpha_bar(endless)
    assert "does not end" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0.6, "Right"),
        (torch.tensor(0.35) + 0.25, "Right"),
        (0.35, "residual term alone"),
        (0.25, "output term alone"),
        (0.3, "mean"),
        (0.35 * 0.25, "product"),
        (0.7, "diversity"),
        (60, "per cent"),
        (0.123, "none of the mistakes"),
        ("0.6?", "wants a number"),
        (None, "wants a number"),
        (lambda: 0.6, "wants a number"),
    ],
)
def test_effective_weight(number, words, capsys):
    assert bool(checks.effective_weight(number)) is (words == "Right")
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
def test_checks_leave_the_random_state_and_are_quick(check, capsys):
    def greedy(*given):
        torch.manual_seed(1), np.random.seed(1), random.seed(1)  # noqa: NPY002
        return RIGHT[check][0](*given)

    def states():
        return torch.rand(1).item(), np.random.rand(), random.random()  # noqa: NPY002

    torch.manual_seed(5), np.random.seed(5), random.seed(5)  # noqa: NPY002
    wanted = states()
    torch.manual_seed(5), np.random.seed(5), random.seed(5)  # noqa: NPY002
    began = time.process_time()
    assert check(greedy)
    check(lambda *_: torch.zeros(3))
    assert time.process_time() - began < 1.5  # about 0.05 s alone
    assert states() == wanted
