"""Odd wrong answers, the sixth list: three rounds, of which the checks named 92, 76 and 89 % of 60, 63 and 79 rightly when they were new.

F: task -> [(answer, the mistake in it)], written before anybody had seen what the checks say of them. Students' functions as they
write them: here the checks read their code, too.
"""

# ruff: noqa: B905, E501, E731, F811, RUF059

import hashlib
import math

import numpy as np
import torch
import torch.nn.functional as Fn

from colorlib.data import grey

F, RIGHT = {}, {}


def add(task, mistake):
    """Keep a wrong answer."""
    return lambda f: F.setdefault(task, []).append((f, mistake)) or f


def right(task):
    """Keep a right one."""
    return lambda f: RIGHT.setdefault(task, []).append(f) or f


@add("to_lab", "50 added before times 100")
def f(L, ab):
    L = (L + 0.5) * 50
    return torch.cat((L, ab * 110), dim=1)


@add("to_lab", "ab squared keeps no sign")
def f(L, ab):
    lab = torch.zeros(L.shape[0], 3, *L.shape[2:])
    lab[:, 0:1] = L * 100 + 50
    lab[:, 1:3] = ab.abs() * 110
    return lab


@add("to_lab", "only b is scaled")
def f(L, ab):
    ab = ab.clone()
    ab[:, 1] = ab[:, 1] * 110
    return torch.cat([100 * L + 50, ab], 1)


@add("hue_and_chroma", "atan without quadrants, plus 180 for a < 0 forgotten for negative")
def f(ab):
    a, b = ab[:, 0], ab[:, 1]
    hue = torch.rad2deg(torch.arctan(b / a))
    hue = torch.where(a < 0, hue + 180, hue)
    chroma = 110 * torch.sqrt(a * a + b * b)
    return hue, chroma


@add("hue_and_chroma", "negative hue becomes 360 - hue")
def f(ab):
    a, b = ab[:, 0], ab[:, 1]
    hue = torch.rad2deg(torch.atan2(b, a))
    hue = torch.where(hue < 0, 360 - hue, hue)
    return hue, 110 * (a**2 + b**2).sqrt()


@right("hue_and_chroma")
def f(ab):
    z = torch.complex(ab[:, 0].double(), ab[:, 1].double())
    return (torch.angle(z) / torch.pi * 180).remainder(360).float(), (z.abs() * 110).float()


@add("seen_before", "last one decides: overwritten in the loop")
def f(train, test, limit):
    found = np.zeros(len(test), bool)
    for i, x in enumerate(test.astype(int)):
        for y in train.astype(int):
            found[i] = np.abs(x - y).mean() <= limit or np.abs(x - y[:, ::-1]).mean() <= limit
    return found


@add("worst_block", "last row of blocks left out")
def f(truth, guess, size):
    d = (truth.astype(float) - guess.astype(float)) ** 2
    N, H, W, C = d.shape
    worst = np.zeros(N)
    for i in range(0, H - size, size):
        for j in range(0, W, size):
            worst = np.maximum(worst, d[:, i : i + size, j : j + size].mean((1, 2, 3)))
    return worst


@add("worst_block", "blocks read in the wrong order: (size, H//size)")
def f(truth, guess, size):
    d = (truth.astype(np.float64) - guess.astype(np.float64)) ** 2
    N, H, W, C = d.shape
    d = d.reshape(N, size, H // size, size, W // size, C)
    return d.mean(axis=(1, 3, 5)).max(axis=(1, 2))


@add("worst_block", "one channel counted only: mean over axis")
def f(truth, guess, size):
    d = (truth.astype(float) - guess) ** 2
    d = d[..., 0]
    N, H, W = d.shape
    d = d.reshape(N, H // size, size, W // size, size).mean((2, 4))
    return d.reshape(N, -1).max(1)


@add("worst_block", "second worst")
def f(truth, guess, size):
    d = (truth.astype(float) - guess) ** 2
    N, H, W, C = d.shape
    d = d.reshape(N, H // size, size, W // size, size, C).mean((2, 4, 5)).reshape(N, -1)
    return np.sort(d, axis=1)[:, -2]


@add("network_input", "mask of the first picture")
def f(L, hints, mask):
    return torch.cat([L, hints * mask[:1], mask], dim=1)


@add("network_input", "L centred")
def f(L, hints, mask):
    x = torch.zeros(len(L), 4, *L.shape[2:])
    x[:, 0] = L[:, 0] - L.mean()
    x[:, 1:3] = hints * mask
    x[:, 3] = mask[:, 0]
    return x


@add("network_input", "a masked, b not")
def f(L, hints, mask):
    a = hints[:, 0:1] * mask
    b = hints[:, 1:2]
    return torch.cat([L, a, b, mask], 1)


@add("rebalancing", "norm in place of the sum")
def f(counts, mix):
    p = counts / counts.norm()
    w = 1 / ((1 - mix) * p + mix / len(counts))
    return w / (w * p).sum()


@add("rebalancing", "scaled before the inverse")
def f(counts, mix):
    p = counts / counts.sum()
    m = (1 - mix) * p + mix / len(p)
    m = m / (p * m).sum()
    return 1 / m


@add("rebalancing", "exp(-m)")
def f(counts, mix):
    p = counts / counts.sum()
    w = torch.exp(-((1 - mix) * p + mix / len(p)))
    return w / (p * w).sum()


@add("soft_encode", "cauchy")
def f(ab, centres, sigma, k):
    d = ((ab[:, None] - centres[None]) ** 2).sum(-1)
    near = d.topk(k, largest=False).indices
    w = 1 / (1 + d / (2 * sigma**2))
    out = torch.zeros_like(w).scatter(1, near, w.gather(1, near))
    return out / out.sum(1, keepdim=True)


@add("soft_encode", "centre of mass subtracted")
def f(ab, centres, sigma, k):
    ab = ab - ab.mean(0)
    d = torch.cdist(ab, centres)
    v, i = torch.topk(-d, k, dim=1)
    w = torch.softmax(-(v**2) / (2 * sigma**2), dim=1)
    return torch.zeros_like(d).scatter_(1, i, w)


@right("soft_encode")
def f(ab, centres, sigma, k):
    d2 = torch.cdist(ab, centres) ** 2
    kth = d2.sort(1).values[:, k - 1 : k]
    return torch.softmax((-d2 / 2 / sigma**2).masked_fill(d2 > kth, float("-inf")), 1)


@add("region_prior", "n counts both channels")
def f(ab, mask):
    mask2 = mask.expand_as(ab)
    n = mask2.sum((1, 2, 3))
    mean = (ab * mask).sum((2, 3)) / n[:, None]
    var = (((ab - mean[:, :, None, None]) * mask) ** 2).sum((2, 3)) / n[:, None]
    mag = (ab.norm(dim=1) * mask[:, 0]).sum((1, 2)) / n
    return torch.cat([mean, var.sqrt().sum(1, keepdim=True), mag[:, None]], 1)


@add("region_prior", "length of a alone twice")
def f(ab, mask):
    out = []
    for x, m in zip(ab, mask[:, 0].bool()):
        a, b = x[0][m], x[1][m]
        out.append(
            torch.stack([a.mean(), b.mean(), a.std(correction=0) + b.std(correction=0), (a**2 + a**2).sqrt().mean()])
        )
    return torch.stack(out)


@add("set_tint", "mean of each row")
def f(ab, tint):
    m = ab.mean(3, keepdim=True)
    return ab - m + tint.view(-1, 2, 1, 1)


@add("set_tint", "mean taken away twice")
def f(ab, tint):
    m = ab.mean((2, 3), keepdim=True)
    ab = ab - m
    return ab + (tint[..., None, None] - m)


@add("split_error", "the difference of the mean lengths")
def f(guess, truth):
    total = ((guess - truth) ** 2).sum(1).mean((1, 2))
    tint = (guess.mean((2, 3)).norm(dim=1) - truth.mean((2, 3)).norm(dim=1)) ** 2
    return tint, total - tint


@add("split_error", "only a in the tint")
def f(guess, truth):
    d = guess - truth
    total = d.square().sum(1).mean((1, 2))
    tint = d[:, 0].mean((1, 2)) ** 2
    return tint, total - tint


@add("split_error", "mean over rows")
def f(guess, truth):
    d = guess - truth
    tint = d.mean(3).square().sum(1).mean(1)
    rest = (d - d.mean(3, keepdim=True)).square().sum(1).mean((1, 2))
    return tint, rest


@add("clean_from_noisy", "cube root")
def f(x_t, t, noise, alpha_bar):
    k = alpha_bar[t][:, None, None, None]
    return (x_t - (1 - k) ** 0.5 * noise) / k ** (1 / 3)


@add("next_step", "index t + 1 over t")
def f(x, t, noise, alpha_bar):
    k = (alpha_bar[t - 1] / alpha_bar[t]).view(-1, 1, 1, 1)
    beta = 1 - k
    return (1 - beta).sqrt() * x + beta.abs().sqrt() * noise


@add("next_step", "sqrt of alpha_bar_t")
def f(x, t, noise, alpha_bar):
    a = alpha_bar[t].view(-1, 1, 1, 1)
    b = alpha_bar[t - 1].view(-1, 1, 1, 1)
    beta = 1 - a / b
    return a.sqrt() * x + beta.sqrt() * noise


@add("noise_dominates", "sum of noise so far")
def f(alpha_bar, size):
    noise = (1 - alpha_bar).sqrt().cumsum(0)
    colour = alpha_bar.sqrt() * size
    return int((noise >= colour).nonzero()[0])


@add("average_draws", "max spread in channel")
def f(refiner, L, ab_base, t, prior, noises, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    x = torch.stack([ab_base + refiner(L, k.sqrt() * ab_base + (1 - k).sqrt() * n, t, prior) for n in noises])
    s = x.std(0, correction=0)
    return x.mean(0), 110 * s.amax(1).mean((1, 2))


@add("near_attention", "< for <=")
def f(q, k, v, columns, reach):
    T = q.shape[1]
    i = torch.arange(T)
    r, c = i // columns, i % columns
    near = ((r[:, None] - r).abs() < reach) & ((c[:, None] - c).abs() < reach)
    s = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
    return s.masked_fill(~near, -1e9).softmax(-1) @ v


@add("near_attention", "wraps round the edge")
def f(q, k, v, columns, reach):
    T = q.shape[1]
    i = torch.arange(T)
    r, c = i // columns, i % columns
    dc = (c[:, None] - c).abs()
    dc = torch.minimum(dc, columns - dc)
    near = ((r[:, None] - r).abs() <= reach) & (dc <= reach)
    s = q @ k.mT / math.sqrt(q.shape[-1])
    return s.masked_fill(~near, -torch.inf).softmax(-1) @ v


@add("near_attention", "row = i % columns twice")
def f(q, k, v, columns, reach):
    i = torch.arange(q.shape[1])
    r, c = i % columns, i % columns
    near = ((r[:, None] - r).abs() <= reach) & ((c[:, None] - c).abs() <= reach)
    s = torch.einsum("bid,bjd->bij", q, k) / q.shape[2] ** 0.5
    s = torch.where(near, s, torch.tensor(float("-inf")))
    return torch.softmax(s, -1) @ v


@add("received", "max over heads")
def f(attention, rows):
    B, h, T, _ = attention.shape
    return attention.amax(1).mean(1).reshape(B, rows, T // rows)


@add("map_bytes", "q and k too")
def f(height, width, down, heads):
    n = (height // down) * (width // down)
    return 4 * (heads * n * n + 2 * n)


@add("to_model_units", "L less 100")
def f(lab):
    L, ab = lab[:, :1], lab[:, 1:]
    return (L - 100) / 50, ab / 110


@add("is_grey", "sums, not means")
def f(lab):
    rest = grey.off_tone(lab)
    x = (rest[:, :, 1:] * rest[:, :, :-1]).sum(0).sum()
    y = (rest[:, 1:] * rest[:, :-1]).sum(0).sum()
    t = lab[1:].mean((1, 2)).norm().clamp(max=20)
    return bool((x + y) / 2 < (0.45 + 0.025 * t) ** 2)


@add("split_place", "the number of the photo added to the seed")
def f(name, seed):
    person, number = name.split("/")
    seed = seed + int("".join(c for c in number if c.isdigit()) or 0)
    h = hashlib.sha256(f"{seed}:{person}".encode()).hexdigest()
    return int(h[:16], 16) / 16**16


@add("annealed_mean", "softmax over two axes")
def f(logits, centres, T):
    z = (logits / T).flatten(2).softmax(2).view_as(logits)
    return (z[:, :, None] * centres[None, :, :, None, None]).sum(1)


@add("soft_cross_entropy", "exchange")
def f(logits, shares):
    p = logits.softmax(1)
    return -(p * (shares + 1e-8).log()).sum(1).mean()


@add("soft_cross_entropy", "label smoothing")
def f(logits, shares):
    return Fn.cross_entropy(logits, shares, label_smoothing=0.1)


@right("soft_cross_entropy")
def f(logits, shares):
    return Fn.cross_entropy(logits, shares)


@add("block_parameters", "bias of c_in")
def f(c_in, c_out, convs):
    n = 9 * c_in * c_out + c_in
    n += (convs - 1) * (9 * c_out * c_out + c_out)
    return n + 2 * c_out


@add("color_prior", "mean of the magnitude over batch")
def f(ab):
    m = ab.mean((2, 3))
    s = ab.std((2, 3), correction=0).sum(1)
    r = (ab**2).sum(1).sqrt().mean()
    return torch.stack([m[:, 0], m[:, 1], s, r.expand_as(s)], 1)


@add("color_prior", "magnitude less mean's")
def f(ab):
    a, b = ab[:, 0].flatten(1), ab[:, 1].flatten(1)
    mag = torch.hypot(a, b).mean(1) - torch.hypot(a.mean(1), b.mean(1))
    return torch.stack([a.mean(1), b.mean(1), a.std(1, correction=0) + b.std(1, correction=0), mag], 1)


@add("alpha_bar", "loop uses beta once more")
def f(beta):
    out = [torch.tensor(1.0)]
    for b in beta:
        out.append(out[-1] * (1 - b) ** 2)
    return torch.stack(out)


@add("q_sample", "k rounded to 2 digits")
def f(ab, t, noise, alpha_bar):
    k = (alpha_bar[t] * 100).round() / 100
    k = k[:, None, None, None]
    return torch.sqrt(k) * ab + torch.sqrt(1 - k) * noise


@add("correct_once", "called twice")
def f(refiner, L, ab_base, t, prior, noise, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    noisy = k.sqrt() * ab_base + (1 - k).sqrt() * noise
    noisy = noisy + refiner(L, noisy, t, prior)
    return ab_base + refiner(L, noisy, t, prior)


@add("hidden_noise", "eps below")
def f(x_t, x0, t, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    return (x_t - k.sqrt() * x0) / ((1 - k).sqrt() + 0.01)


@add("attention", "d of v")
def f(q, k, v):
    s = q @ k.transpose(1, 2) / v.shape[-1] ** 0.5
    return s.softmax(-1) @ v


@add("attention", "q normalised")
def f(q, k, v):
    q = q / q.norm(dim=-1, keepdim=True)
    s = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
    return s.softmax(-1) @ v


@add("mse", "clipped differences")
def f(truth, pred):
    d = np.clip(truth.astype(float) - pred, -100, 100)
    return (d**2).mean((1, 2, 3))


@add("psnr_mean", "geometric with median")
def f(mse):
    p = 10 * np.log10(255**2 / mse)
    return (p.max() + p.min()) / 2


@add("psnr_mean", "first left out")
def f(mse):
    p = 0
    for m in mse[1:]:
        p += 10 * np.log10(255**2 / m)
    return p / len(mse)


@add("yardsticks", "oracle of the training")
def f(train_ab, ab):
    def err(g):
        return ((110 * (g - ab)) ** 2).sum(1).mean((1, 2))

    c = train_ab.mean((0, 2, 3)).view(1, 2, 1, 1)
    o = (ab.mean((2, 3), keepdim=True) + c) / 2
    return err(torch.zeros_like(ab)), err(c), err(o)


@add("leaks", "no seed")
def f(evaluate, L, ab):
    g1 = evaluate(L, ab)[0]
    g2 = evaluate(L, torch.rand_like(ab))[0]
    return not torch.equal(g1, g2)


@add("leaks", "compares the mean")
def f(evaluate, L, ab):
    torch.manual_seed(0)
    g1 = evaluate(L, ab)[0]
    torch.manual_seed(0)
    g2 = evaluate(L, -ab)[0]
    return bool((g1.mean() - g2.mean()).abs() > 1e-6)


@add("rectified_flow", "smoothstep")
def f(base, truth, s):
    s = s.view(-1, 1, 1, 1)
    u = s * s * (3 - 2 * s)
    return (1 - u) * base + u * truth, truth - base


@add("paired_bootstrap", "not paired")
def f(a, b):
    rng = np.random.default_rng(0)
    out = []
    for _ in range(1000):
        i = rng.integers(0, len(a), len(a))
        j = rng.integers(0, len(b), len(b))
        out.append(1 - b[j].mean() / a[i].mean())
    return np.percentile(out, [2.5, 97.5])


@add("paired_bootstrap", "90 %")
def f(a, b):
    rng = np.random.default_rng(0)
    i = rng.integers(0, len(a), (1000, len(a)))
    r = 1 - b[i].mean(1) / a[i].mean(1)
    return np.percentile(r, 5), np.percentile(r, 95)


@add("paired_bootstrap", "mean of the ratios")
def f(a, b):
    rng = np.random.default_rng(0)
    i = rng.integers(0, len(a), (1000, len(a)))
    r = (1 - b[i] / a[i]).mean(1)
    return np.quantile(r, 0.025), np.quantile(r, 0.975)


@add("to_lab", "L in 0..1 first clamped")
def f(L, ab):
    L = (L + 0.5).clamp(0.1, 0.9)
    return torch.cat([L * 100, ab * 110], 1)


@add("hue_and_chroma", "chroma of the mean")
def f(ab):
    hue = torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])) % 360
    chroma = 110 * ab.mean(1).abs()
    return hue, chroma


@add("hue_and_chroma", "gon, 400 to the circle")
def f(ab):
    hue = torch.atan2(ab[:, 1], ab[:, 0]) / math.pi * 200 % 400
    return hue, 110 * ab.norm(dim=1)


@add("hue_and_chroma", "minus angle")
def f(ab):
    hue = torch.rad2deg(torch.atan2(-ab[:, 1], ab[:, 0]))
    hue = torch.where(hue < 0, hue + 360, hue)
    return hue, ab.mul(110).norm(dim=1)


@add("seen_before", "mean of uint8 difference")
def f(train, test, limit):
    out = []
    for x in test:
        hit = False
        for y in train:
            d1 = np.abs(x - y).mean()
            d2 = np.abs(x.astype(int) - y[:, ::-1].astype(int)).mean()
            hit = hit or d1 <= limit or d2 <= limit
        out.append(hit)
    return np.array(out)


@add("worst_block", "max before the mean over channels")
def f(truth, guess, size):
    d = (truth.astype(float) - guess) ** 2
    n, h, w, c = d.shape
    b = d.reshape(n, h // size, size, w // size, size, c)
    return b.mean((2, 4)).max((1, 2)).mean(1)


@add("worst_block", "std for the mean")
def f(truth, guess, size):
    d = truth.astype(float) - guess
    n, h, w, c = d.shape
    b = d.reshape(n, h // size, size, w // size, size, c)
    return b.var((2, 4, 5)).max((1, 2))


@add("worst_block", "rows exchanged with columns in the shape")
def f(truth, guess, size):
    d = (truth.astype(float) - guess.astype(float)) ** 2
    n, h, w, c = d.shape
    b = d.reshape(n, w // size, size, h // size, size, c)
    return b.mean(axis=(2, 4, 5)).max(axis=(1, 2))


@add("network_input", "mask subtracted")
def f(L, hints, mask):
    return torch.cat([L, hints - (1 - mask), mask], 1)


@add("network_input", "two masks averaged")
def f(L, hints, mask):
    return torch.cat([L, hints * mask, mask / 2], 1)


@add("weighted_error", "sum over a only")
def f(prediction, truth, weight):
    d = (prediction - truth) ** 2
    return (weight * d[:, :1]).sum() / weight.sum()


@add("weighted_error", "product of a and b")
def f(prediction, truth, weight):
    d = (prediction - truth) ** 2
    return (weight[:, 0] * d[:, 0] * d[:, 1]).sum() / weight.sum()


@add("rebalancing", "log counts")
def f(counts, mix):
    p = torch.log1p(counts) / torch.log1p(counts).sum()
    w = 1 / ((1 - mix) * p + mix / len(p))
    return w / (p * w).sum()


@add("rebalancing", "scaled by max")
def f(counts, mix):
    p = counts / counts.sum()
    w = ((1 - mix) * p + mix / len(p)) ** -1
    return w / (p * w).max()


@add("soft_encode", "mean in place of the sum")
def f(ab, centres, sigma, k):
    d, i = torch.cdist(ab, centres).topk(k, largest=False)
    w = torch.exp(-(d**2) / (2 * sigma**2))
    w = w / w.mean(1, keepdim=True)
    return torch.zeros(len(ab), len(centres)).scatter(1, i, w)


@add("soft_encode", "ranks")
def f(ab, centres, sigma, k):
    d, i = torch.cdist(ab, centres).topk(k, largest=False)
    w = 1 / torch.arange(1, k + 1).float().expand_as(d)
    w = w / w.sum(1, keepdim=True)
    return torch.zeros(len(ab), len(centres)).scatter(1, i, w)


@add("soft_encode", "sigma**2 in the numerator")
def f(ab, centres, sigma, k):
    d = torch.cdist(ab, centres)
    out = torch.zeros_like(d)
    for n in range(len(ab)):
        i = d[n].argsort()[:k]
        e = torch.exp(-(d[n, i] ** 2) / 2 * sigma**2)
        out[n, i] = e / e.sum()
    return out


@add("region_prior", "spread of the length")
def f(ab, mask):
    n = mask.sum((1, 2, 3))
    m = (ab * mask).sum((2, 3)) / n[:, None]
    r = ab.norm(dim=1, keepdim=True)
    mag = (r * mask).sum((1, 2, 3)) / n
    spread = (((r - mag.view(-1, 1, 1, 1)) ** 2 * mask).sum((1, 2, 3)) / n).sqrt()
    return torch.stack([m[:, 0], m[:, 1], spread, mag], 1)


@add("region_prior", "mask eroded by one")
def f(ab, mask):
    mask = mask.clone()
    mask[:, :, 0] = 0
    n = mask.sum((2, 3))
    m = (ab * mask).sum((2, 3)) / n
    v = ((ab - m[..., None, None]) ** 2 * mask).sum((2, 3)) / n
    mag = (ab.norm(dim=1, keepdim=True) * mask).sum((2, 3)) / n
    return torch.cat([m, v.sqrt().sum(1, keepdim=True), mag], 1)


@add("set_tint", "std kept by rescaling")
def f(ab, tint):
    m = ab.mean((2, 3), keepdim=True)
    return (ab - m) * 0.9 + tint[:, :, None, None]


@add("set_tint", "only a is moved")
def f(ab, tint):
    out = ab.clone()
    out[:, 0] += (tint[:, 0] - ab[:, 0].mean((1, 2)))[:, None, None]
    return out


@add("split_error", "abs for squares in the tint")
def f(guess, truth):
    d = guess - truth
    whole = d.pow(2).sum(1).mean((1, 2))
    tint = d.mean((2, 3)).abs().sum(1)
    return tint, whole - tint


@add("split_error", "rest per channel mean")
def f(guess, truth):
    d = guess - truth
    m = d.mean((2, 3), keepdim=True)
    return m.square().sum((1, 2, 3)), (d - m).square().mean((1, 2, 3))


@add("split_error", "difference of spreads")
def f(guess, truth):
    d = guess - truth
    tint = d.mean((2, 3)).square().sum(1)
    rest = (guess.var((2, 3), correction=0) - truth.var((2, 3), correction=0)).abs().sum(1)
    return tint, rest


@add("cosine_schedule", "mean of neighbours")
def f(steps):
    s = 0.008
    t = torch.arange(steps + 1).double() / steps
    g = torch.cos((t + s) / (1 + s) * torch.pi / 2) ** 2
    beta = (1 - 2 * g[1:] / (g[1:] + g[:-1])).clamp(max=0.999)
    return torch.cat([torch.ones(1), torch.cumprod(1 - beta, 0).float()])


@add("cosine_schedule", "s multiplies steps")
def f(steps):
    s = 0.008
    t = torch.arange(steps + 1).double()
    g = torch.cos((t + s) / (steps + s) * torch.pi / 2) ** 2
    beta = (1 - g[1:] / g[:-1]).clamp(max=0.999)
    return torch.cat([torch.ones(1), torch.cumprod(1 - beta, 0).float()])


@add("clean_from_noisy", "variance of the noise is set to 1")
def f(x_t, t, noise, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    noise = noise / noise.std()
    return (x_t - (1 - k).sqrt() * noise) / k.sqrt()


@add("next_step", "beta squared")
def f(x, t, noise, alpha_bar):
    beta = (1 - alpha_bar[t] / alpha_bar[t - 1]).view(-1, 1, 1, 1)
    return (1 - beta**2).sqrt() * x + beta**2 * noise


@add("next_step", "t + 1")
def f(x, t, noise, alpha_bar):
    beta = 1 - alpha_bar[t - 1] / alpha_bar[t - 2]
    beta = beta.reshape(-1, 1, 1, 1)
    return (1 - beta).sqrt() * x + beta.sqrt() * noise


@add("noise_dominates", "noise against size alone times k")
def f(alpha_bar, size):
    noise = torch.sqrt(1 - alpha_bar)
    left = size * (1 - noise)
    return int(torch.nonzero(noise >= left)[0])


@add("average_draws", "noise index over B")
def f(refiner, L, ab_base, t, prior, noises, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    x = []
    for n in noises:
        noisy = k.sqrt() * ab_base + (1 - k) * n
        x.append(ab_base + refiner(L, noisy, t, prior))
    x = torch.stack(x)
    return x.mean(0), 110 * x.std(0, correction=0).mean((1, 2, 3))


@add("near_attention", "soft distance penalty")
def f(q, k, v, columns, reach):
    i = torch.arange(q.shape[1])
    r, c = i // columns, i % columns
    far = torch.maximum((r[:, None] - r).abs(), (c[:, None] - c).abs())
    s = q @ k.mT / q.shape[-1] ** 0.5 - (far > reach) * 5.0
    return s.softmax(-1) @ v


@add("near_attention", "no absolute value")
def f(q, k, v, columns, reach):
    i = torch.arange(q.shape[1])
    r, c = i // columns, i % columns
    near = ((r[:, None] - r) <= reach) & ((c[:, None] - c).abs() <= reach)
    s = q @ k.mT / q.shape[-1] ** 0.5
    return s.masked_fill(~near, -torch.inf).softmax(-1) @ v


@add("received", "product of heads")
def f(attention, rows):
    return attention.prod(1).mean(1).reshape(len(attention), rows, -1)


@add("map_bytes", "height twice")
def f(height, width, down, heads):
    h, w = height // down, height // down
    return 4 * heads * (h * w) ** 2


@add("map_bytes", "attention within rows")
def f(height, width, down, heads):
    h, w = height // down, width // down
    return 4 * heads * h * w * w


@add("to_model_units", "L by its std")
def f(lab):
    L = lab[:, :1]
    return (L - 50) / L.std(), lab[:, 1:] / 110


@add("to_model_units", "first two channels")
def f(lab):
    return (lab[:, :1] - 50) / 100, lab[:, :2] / 110


@add("split_place", "person's length")
def f(name, seed):
    person = name.split("/")[0].lower()
    h = hashlib.sha256(f"{seed}:{person}".encode()).digest()
    return int.from_bytes(h[:8], "big") / 2**64 * 2 % 1


@add("annealed_mean", "mean of the logits by centres")
def f(logits, centres, T):
    z = logits / T
    z = z / z.sum(1, keepdim=True)
    return torch.einsum("bqhw,qc->bchw", z, centres)


@add("annealed_mean", "view in the wrong order")
def f(logits, centres, T):
    B, Q, H, W = logits.shape
    z = (logits / T).softmax(1)
    flat = z.permute(0, 2, 3, 1).reshape(-1, Q) @ centres
    return flat.view(B, 2, H, W)


@add("soft_cross_entropy", "softmax over batch")
def f(logits, shares):
    p = torch.softmax(logits, dim=0)
    return -(shares * p.log()).sum(1).mean()


@add("block_parameters", "depthwise")
def f(c_in, c_out, convs):
    return (9 * c_in + c_in * c_out + c_out) + (convs - 1) * (9 * c_out + c_out**2 + c_out) + 2 * c_out


@add("color_prior", "mean over axis 2 only")
def f(ab):
    a, b = ab[:, 0], ab[:, 1]
    s = a.std((1, 2), correction=0) + b.std((1, 2), correction=0)
    return torch.stack([a.mean((1, 2)), b[:, :, 0].mean(1), s, torch.hypot(a, b).mean((1, 2))], 1)


@add("scale_and_shift", "mlp after the sum")
def f(x, time, prior, mlp, fuse):
    scale, shift = fuse(time * (1 + mlp(10 * prior))).chunk(2, dim=1)
    return x * (1 + scale[..., None, None]) + shift[..., None, None]


@add("scale_and_shift", "prior + 10")
def f(x, time, prior, mlp, fuse):
    scale, shift = fuse(time + mlp(10 + prior)).chunk(2, dim=1)
    return x * (1 + scale[..., None, None]) + shift[..., None, None]


@add("printed_factor", "pixels after by before root twice")
def f(before, after):
    return (before**2 / after**2) ** 2


@add("printed_factor", "difference")
def f(before, after):
    return 1 + (before - after) / (before + after)


@add("alpha_bar", "starts with 1 - beta[0] as 1")
def f(beta):
    a = 1 - beta
    a = torch.cat([torch.ones(1), a[1:], a[:1]])
    return torch.cumprod(a, 0)


@add("q_sample", "mean of t")
def f(ab, t, noise, alpha_bar):
    k = alpha_bar[int(t.float().mean())]
    return k.sqrt() * ab + (1 - k).sqrt() * noise


@add("correct_once", "t as share")
def f(refiner, L, ab_base, t, prior, noise, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    noisy = k.sqrt() * ab_base + (1 - k).sqrt() * noise
    return ab_base + refiner(L, noisy, t // 2, prior)


@add("attention", "softmax of q and k alone")
def f(q, k, v):
    s = q.softmax(-1) @ k.softmax(-1).transpose(1, 2) / q.shape[-1] ** 0.5
    return s.softmax(-1) @ v


@add("attention", "top key doubled")
def f(q, k, v):
    s = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
    a = s.softmax(-1)
    a = a**2
    a = a / a.sum(-1, keepdim=True)
    return a @ v


@add("psnr_mean", "trimmed")
def f(mse):
    p = np.sort(10 * np.log10(255**2 / mse))
    return p[1:-1].mean()


@add("yardsticks", "grey is the mean a")
def f(train_ab, ab):
    def e(g):
        return (110**2 * (g - ab) ** 2).sum(1).mean((1, 2))

    return (
        e(ab.mean() * torch.ones_like(ab)),
        e(train_ab.mean((0, 2, 3))[None, :, None, None]),
        e(ab.mean((2, 3), keepdim=True)),
    )


@add("yardsticks", "weighted mean: pictures by their first row")
def f(train_ab, ab):
    def e(g):
        return (110**2 * (g - ab) ** 2).sum(1).mean((1, 2))

    c = train_ab.mean((0, 2, 3))
    return e(torch.zeros_like(ab)), e(c.flip(0)[None, :, None, None]), e(ab.mean((2, 3), keepdim=True))


@add("yardsticks", "root of the oracle")
def f(train_ab, ab):
    def e(g):
        return (110**2 * (g - ab) ** 2).sum(1).mean((1, 2))

    return (
        e(torch.zeros_like(ab)),
        e(train_ab.mean((0, 2, 3))[None, :, None, None]),
        e(ab.mean((2, 3), keepdim=True)) / 2,
    )


@add("leaks", "allclose with a wide tolerance")
def f(evaluate, L, ab):
    torch.manual_seed(0)
    a = evaluate(L, ab)[0]
    torch.manual_seed(0)
    b = evaluate(L, -ab)[0]
    return not torch.allclose(a, b, atol=0.5)


@add("resshift_mean", "t, t+1")
def f(x_t, x0, t, eta):
    a = eta[t] - eta[t - 1]
    return (eta[t - 1] * x_t + a * x0) / (eta[t] + a)


@add("rectified_flow", "s not reshaped but flipped")
def f(base, truth, s):
    s = s.flip(0).view(-1, 1, 1, 1)
    return (1 - s) * base + s * truth, truth - base


@add("heun_step", "divided by 2 the second alone")
def f(velocity, x, s, below):
    h = below - s
    v = velocity(x, s)
    y = x + h * v
    if below == 0:
        return y
    return x + h * v / 2 + h * velocity(y, below)


@add("paired_bootstrap", "sum of the difference")
def f(a, b):
    rng = np.random.default_rng(1)
    out = []
    for _ in range(1000):
        i = rng.integers(0, len(a), len(a))
        out.append((a[i] - b[i]).mean())
    return np.quantile(out, 0.025), np.quantile(out, 0.975)


@add("to_lab", "L clipped to 0..100 after, ab to +-100")
def f(L, ab):
    return torch.cat([100 * L + 50, (110 * ab).clamp(-20, 20)], 1)


@add("to_lab", "L from ab's mean")
def f(L, ab):
    return torch.cat([100 * L + 50 + ab.mean(), 110 * ab], 1)


@add("to_lab", "b halved")
def f(L, ab):
    a, b = ab[:, :1], ab[:, 1:]
    return torch.cat([100 * L + 50, 110 * a, 55 * b], 1)


@right("to_lab")
def f(L, ab):
    return torch.cat([L, ab], 1) * torch.tensor([100.0, 110.0, 110.0]).view(1, 3, 1, 1) + torch.tensor(
        [50.0, 0, 0]
    ).view(1, 3, 1, 1)


@add("hue_and_chroma", "chroma of a weighted norm")
def f(ab):
    a, b = ab[:, 0], ab[:, 1]
    return torch.rad2deg(torch.atan2(b, a)) % 360, 110 * torch.sqrt(2 * a**2 + b**2)


@add("hue_and_chroma", "% 180")
def f(ab):
    a, b = ab[:, 0], ab[:, 1]
    return torch.rad2deg(torch.atan2(b, a)) % 180, 110 * torch.sqrt(a**2 + b**2)


@add("seen_before", "half of the limit for mirrored")
def f(train, test, limit):
    t = test.astype(np.int32)[:, None]
    s = train.astype(np.int32)[None]
    d = np.abs(t - s).mean((2, 3, 4)) <= limit
    m = np.abs(t - s[:, :, :, ::-1]).mean((2, 3, 4)) <= limit / 2
    return (d | m).any(1)


@add("worst_block", "block step: i to i + size")
def f(truth, guess, size):
    d = (truth.astype(float) - guess) ** 2
    N, H, W, C = d.shape
    best = np.zeros(N)
    for i in range(H // size):
        for j in range(W // size):
            b = d[:, i : i + size, j : j + size]
            best = np.maximum(best, b.mean((1, 2, 3)))
    return best


@add("worst_block", "mean of the worst block and the mean")
def f(truth, guess, size):
    d = (truth.astype(float) - guess) ** 2
    N, H, W, C = d.shape
    m = d.reshape(N, H // size, size, W // size, size, C).mean((2, 4, 5))
    return (m.max((1, 2)) + m.mean((1, 2))) / 2


@add("network_input", "expanded mask twice and L dropped")
def f(L, hints, mask):
    return torch.cat([mask, hints * mask, mask], 1)


@add("network_input", "hints scaled by mask mean")
def f(L, hints, mask):
    return torch.cat([L, hints * mask.mean((2, 3), keepdim=True), mask], 1)


@add("network_input", "one minus L")
def f(L, hints, mask):
    x = torch.cat([L, hints, mask], 1)
    x[:, 0:2] = x[:, 0:2] * mask
    return x


@add("weighted_error", "weights clipped at 1")
def f(prediction, truth, weight):
    w = weight.clamp(max=1)
    return (w * ((prediction - truth) ** 2).sum(1, keepdim=True)).sum() / w.sum()


@add("weighted_error", "prediction squared minus truth squared")
def f(prediction, truth, weight):
    d2 = (prediction**2 - truth**2).abs().sum(1, keepdim=True)
    return (weight * d2).sum() / weight.sum()


@add("rebalancing", "mean of p instead of mix / Q")
def f(counts, mix):
    p = counts / counts.sum()
    w = 1 / ((1 - mix) * p + mix * p.max())
    return w / (p * w).sum()


@add("soft_encode", "exp(-d)")
def f(ab, centres, sigma, k):
    d = torch.cdist(ab, centres)
    e = torch.exp(-d / sigma)
    keep = torch.zeros_like(d).scatter(1, d.argsort(1)[:, :k], 1.0)
    e = e * keep
    return e / e.sum(1, keepdim=True)


@add("soft_encode", "threshold at the mean of the k nearest")
def f(ab, centres, sigma, k):
    d = torch.cdist(ab, centres)
    e = torch.exp(-(d**2) / (2 * sigma**2))
    v = d.topk(k, largest=False).values.mean(1, keepdim=True)
    e = torch.where(d <= v, e, torch.zeros_like(e))
    return e / e.sum(1, keepdim=True)


@add("soft_encode", "argsort descending slice")
def f(ab, centres, sigma, k):
    d = torch.cdist(ab, centres)
    e = torch.exp(-(d**2) / (2 * sigma**2))
    keep = torch.zeros_like(d).scatter(1, d.argsort(1)[:, 1 : k + 1], 1.0)
    e = e * keep
    return e / e.sum(1, keepdim=True)


@add("region_prior", "spread divides by all pixels")
def f(ab, mask):
    n = mask.sum((2, 3))
    m = (ab * mask).sum((2, 3)) / n
    v = ((ab - m[:, :, None, None]) ** 2 * mask).mean((2, 3))
    g = (ab.norm(dim=1, keepdim=True) * mask).sum((2, 3)) / n
    return torch.cat([m, v.sqrt().sum(1, keepdim=True), g], 1)


@add("region_prior", "median inside")
def f(ab, mask):
    out = []
    for x, m in zip(ab, mask):
        p = x[:, m[0] > 0]
        out.append(torch.stack([p[0].median(), p[1].median(), p.std(1, correction=0).sum(), p.norm(dim=0).mean()]))
    return torch.stack(out)


@add("region_prior", "norm over the wrong axis")
def f(ab, mask):
    out = []
    for x, m in zip(ab, mask):
        p = x[:, m[0] > 0]
        out.append(torch.stack([p[0].mean(), p[1].mean(), p.std(1, correction=0).sum(), p.norm(dim=1).mean()]))
    return torch.stack(out)


@add("split_error", "whole is a sum over pixels")
def f(guess, truth):
    d = guess - truth
    whole = (d**2).sum((1, 2, 3))
    tint = (d.mean((2, 3)) ** 2).sum(1)
    return tint, whole - tint


@add("split_error", "tint by median")
def f(guess, truth):
    d = guess - truth
    whole = (d**2).sum(1).mean((1, 2))
    m = d.flatten(2).median(2).values
    tint = (m**2).sum(1)
    return tint, whole - tint


@add("split_error", "d from abs")
def f(guess, truth):
    d = (guess - truth).abs()
    whole = (d**2).sum(1).mean((1, 2))
    tint = (d.mean((2, 3)) ** 2).sum(1)
    return tint, whole - tint


@add("cosine_schedule", "off by one: range(steps)")
def f(steps):
    s, out = 0.008, [1.0]
    g = lambda t: math.cos((t / steps + s) / (1 + s) * math.pi / 2) ** 2
    for t in range(steps):
        out.append(out[-1] * (1 - min(1 - g(t) / g(t - 1), 0.999)))
    return torch.tensor(out)


@add("cosine_schedule", "beta is multiplied")
def f(steps):
    s = 0.008
    g = lambda t: math.cos((t / steps + s) / (1 + s) * math.pi / 2) ** 2
    out = [1.0]
    for t in range(1, steps + 1):
        beta = min(1 - g(t) / g(t - 1), 0.999)
        out.append(out[0] * (1 - beta))
    return torch.tensor(out)


@add("clean_from_noisy", "noise before the sqrt")
def f(x_t, t, noise, alpha_bar):
    a = alpha_bar[t].view(-1, 1, 1, 1)
    return (x_t - torch.sqrt((1 - a) * noise.abs())) / torch.sqrt(a)


@add("clean_from_noisy", "a from the cumulative product of t")
def f(x_t, t, noise, alpha_bar):
    a = alpha_bar[torch.div(t, 2, rounding_mode="floor")].view(-1, 1, 1, 1)
    return (x_t - torch.sqrt(1 - a) * noise) / torch.sqrt(a)


@add("clean_from_noisy", "minus in front")
def f(x_t, t, noise, alpha_bar):
    a = alpha_bar[t].view(-1, 1, 1, 1)
    return (torch.sqrt(1 - a) * noise - x_t) / torch.sqrt(a)


@add("next_step", "alpha_bar[t] - alpha_bar[t-1]")
def f(x, t, noise, alpha_bar):
    beta = (1 - alpha_bar[t]) / (1 - alpha_bar[t - 1] + 1e-3)
    beta = beta.clamp(0, 1).view(-1, 1, 1, 1)
    return (1 - beta).sqrt() * x + beta.sqrt() * noise


@add("next_step", "noise with the variance of x")
def f(x, t, noise, alpha_bar):
    beta = (1 - alpha_bar[t] / alpha_bar[t - 1]).view(-1, 1, 1, 1)
    return (1 - beta).sqrt() * x + beta.sqrt() * noise * x.std()


@add("next_step", "1 - sqrt")
def f(x, t, noise, alpha_bar):
    beta = (1 - alpha_bar[t] / alpha_bar[t - 1]).view(-1, 1, 1, 1)
    return (1 - beta.sqrt()) * x + beta.sqrt() * noise


@add("noise_dominates", "size divided by 110")
def f(alpha_bar, size):
    for t, k in enumerate(alpha_bar.tolist()):
        if math.sqrt(1 - k) * 1.1 >= math.sqrt(k) * size:
            return t


@add("average_draws", "spread of the residual around zero")
def f(refiner, L, ab_base, t, prior, noises, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    x = torch.stack([ab_base + refiner(L, k.sqrt() * ab_base + (1 - k).sqrt() * n, t, prior) for n in noises])
    return x.mean(0), 110 * x.square().mean(0).sqrt().mean((1, 2, 3))


@add("average_draws", "last noise left out")
def f(refiner, L, ab_base, t, prior, noises, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    x = torch.stack([ab_base + refiner(L, k.sqrt() * ab_base + (1 - k).sqrt() * n, t, prior) for n in noises[:-1]])
    return x.mean(0), 110 * x.std(0, correction=0).mean((1, 2, 3))


@add("average_draws", "prior of zeros, t minus 1")
def f(refiner, L, ab_base, t, prior, noises, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    x = torch.stack([ab_base + refiner(L, k.sqrt() * ab_base + (1 - k).sqrt() * n, t - 1, prior) for n in noises])
    return x.mean(0), 110 * x.std(0, correction=0).mean((1, 2, 3))


@add("split_heads", "mean of heads")
def f(x, heads):
    B, T, C = x.shape
    y = x.view(B, T, heads, C // heads).transpose(1, 2)
    return y - y.mean(1, keepdim=True)


@add("received", "median over heads")
def f(attention, rows):
    B, h, T, _ = attention.shape
    return attention.median(1).values.mean(1).view(B, rows, T // rows)


@add("received", "min over those who look")
def f(attention, rows):
    B, h, T, _ = attention.shape
    return attention.mean(1).min(1).values.view(B, rows, T // rows)


@add("map_bytes", "heads added")
def f(height, width, down, heads):
    n = (height // down) * (width // down)
    return 4 * n * n + heads


@add("map_bytes", "down squared twice")
def f(height, width, down, heads):
    n = height * width / down**4
    return int(4 * heads * n * n)


@add("map_bytes", "down - 1")
def f(height, width, down, heads):
    h = (height + down - 1) // down + 1
    w = (width + down - 1) // down + 1
    return 4 * heads * (h * w) ** 2


@add("to_model_units", "L root")
def f(lab):
    L = (lab[:, :1].clamp(min=0) / 100).sqrt() - 0.5
    return L, lab[:, 1:] / 110


@add("is_grey", "max of the two directions")
def f(lab):
    r = grey.off_tone(lab)
    x = (r[:, :, 1:] * r[:, :, :-1]).sum(0).mean()
    y = (r[:, 1:] * r[:, :-1]).sum(0).mean()
    t = min(lab[1:].mean((1, 2)).norm().item(), 20)
    return bool(max(x, y) > (0.45 + 0.025 * t) ** 2)


@add("split_place", "bytes summed")
def f(name, seed):
    person = name.split("/")[0]
    h = hashlib.sha256(f"{seed}:{person}".encode()).digest()
    return sum(h[:8]) / (8 * 256)


@add("split_place", "seed + 1")
def f(name, seed):
    person = name.split("/")[0]
    h = hashlib.sha256(f"{seed + 1}:{person}".encode()).digest()
    return int.from_bytes(h[:8], "big") / 2**64


@add("annealed_mean", "top 3")
def f(logits, centres, T):
    v, i = (logits / T).topk(3, dim=1)
    z = torch.zeros_like(logits).scatter(1, i, v.softmax(1))
    return torch.einsum("bqhw,qc->bchw", z, centres)


@add("soft_cross_entropy", "sum over H")
def f(logits, shares):
    lp = logits.log_softmax(1)
    return -(shares * lp).sum(1).sum(1).mean()


@add("soft_cross_entropy", "focal")
def f(logits, shares):
    p = logits.softmax(1)
    return -(shares * (1 - p) * p.log()).sum(1).mean()


@add("block_parameters", "BN: mean and variance per conv")
def f(c_in, c_out, convs):
    n = 2 * c_out
    for i in range(convs):
        inputs = c_in if i == 1 else c_out
        n += c_out * (9 * inputs + 1)
    return n


@add("color_prior", "spread over both axes separately")
def f(ab):
    m = ab.mean((2, 3))
    s = ab.std(2, correction=0).mean(2).sum(1)
    g = ab.norm(dim=1).mean((1, 2))
    return torch.stack([m[:, 0], m[:, 1], s, g], 1)


@add("color_prior", "length in the 4-norm")
def f(ab):
    m = ab.mean((2, 3))
    s = ab.std((2, 3), correction=0).sum(1)
    g = (ab**4).sum(1).pow(0.25).mean((1, 2))
    return torch.stack([m[:, 0], m[:, 1], s, g], 1)


@add("color_prior", "a twice")
def f(ab):
    a, b = ab[:, 0], ab[:, 1]
    s = a.std((1, 2), correction=0) + a.std((1, 2), correction=0)
    return torch.stack([a.mean((1, 2)), b.mean((1, 2)), s, ab.norm(dim=1).mean((1, 2))], 1)


@add("scale_and_shift", "softplus scale")
def f(x, time, prior, mlp, fuse):
    h = fuse(time + mlp(10 * prior))
    s, b = h.chunk(2, 1)
    return x * Fn.softplus(1 + s)[:, :, None, None] + b[:, :, None, None]


@add("scale_and_shift", "shift of the first picture")
def f(x, time, prior, mlp, fuse):
    h = fuse(time + mlp(10 * prior))
    s, b = h.chunk(2, 1)
    return x * (1 + s[:, :, None, None]) + b[0].view(1, -1, 1, 1)


@add("printed_factor", "fourth power")
def f(before, after):
    return (before * before) / (after * after) * after / before * 2


@add("printed_factor", "abs difference")
def f(before, after):
    return abs(before - after) / after


@add("alpha_bar", "beta[0] skipped")
def f(beta):
    out = [1.0]
    for b in beta[1:].tolist():
        out.append(out[-1] * (1 - b))
    return torch.tensor(out)


@add("q_sample", "view over the batch at the end")
def f(ab, t, noise, alpha_bar):
    k = alpha_bar[t].sort().values.view(-1, 1, 1, 1)
    return k.sqrt() * ab + (1 - k).sqrt() * noise


@add("correct_once", "noise twice")
def f(refiner, L, ab_base, t, prior, noise, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    noisy = k.sqrt() * ab_base + (1 - k).sqrt() * (noise + noise)
    return ab_base + refiner(L, noisy, t, prior)


@add("correct_once", "L clamped")
def f(refiner, L, ab_base, t, prior, noise, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    noisy = k.sqrt() * ab_base + (1 - k).sqrt() * noise
    return ab_base + refiner(L.clamp(min=0), noisy, t, prior)


@add("correct_once", "base taken away")
def f(refiner, L, ab_base, t, prior, noise, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    noisy = k.sqrt() * ab_base + (1 - k).sqrt() * noise
    return refiner(L, noisy, t, prior) - ab_base + noisy


@add("hidden_noise", "x0 rounded")
def f(x_t, x0, t, alpha_bar):
    k = alpha_bar[t].view(-1, 1, 1, 1)
    return (x_t - k.sqrt() * (x0 * 10).round() / 10) / (1 - k).sqrt()


@add("attention", "v mean added")
def f(q, k, v):
    a = (q @ k.transpose(1, 2) / q.shape[-1] ** 0.5).softmax(-1)
    return a @ v + v.mean(1, keepdim=True)


@add("attention_cost", "side squared twice")
def f(h, w):
    return (h**2 * w**2) ** 2


@add("attention_cost", "difference of pairs")
def f(h, w):
    n = h * w
    return n * n - n + h


@add("mse", "square of the mean difference plus variance/2")
def f(truth, pred):
    d = truth.astype(float) - pred
    return d.mean((1, 2, 3)) ** 2 + d.var((1, 2, 3)) / 2


@add("mse", "sum over the channels by 2")
def f(truth, pred):
    d = (truth.astype(float) - pred) ** 2
    return d.sum((1, 2, 3)) / (truth.shape[1] * truth.shape[2] * 2)


@add("psnr_mean", "sum over n")
def f(mse):
    total = 0
    for m in mse:
        total = 10 * math.log10(255**2 / m)
    return total / len(mse)


@add("psnr_mean", "log of 255 alone")
def f(mse):
    return np.mean(10 * np.log10(255**2)) / np.mean(10 * np.log10(mse))


@add("psnr_pooled", "max")
def f(mse):
    return 10 * np.log10(255**2 / (np.max(mse) + np.min(mse)) * 2)


@add("psnr_pooled", "254")
def f(mse):
    return 10 * np.log10(254**2 / np.mean(mse))


@add("yardsticks", "constant half way to grey")
def f(train_ab, ab):
    def e(g):
        return ((110 * (g - ab)) ** 2).sum(1).mean((1, 2))

    return (
        e(torch.zeros_like(ab)),
        e(train_ab.mean((0, 2, 3))[None, :, None, None] * 0.5),
        e(ab.mean((2, 3), keepdim=True)),
    )


@add("yardsticks", "order: constant first")
def f(train_ab, ab):
    def e(g):
        return ((110 * (g - ab)) ** 2).sum(1).mean((1, 2))

    return e(train_ab.mean((0, 2, 3))[None, :, None, None]), e(torch.zeros_like(ab)), e(ab.mean((2, 3), keepdim=True))


@add("resshift_mean", "t - 2")
def f(x_t, x0, t, eta):
    r = (eta[t - 1] / eta[t]).clamp(max=0.5)
    return r * x_t + (1 - r) * x0


@add("rectified_flow", "velocity times s")
def f(base, truth, s):
    s = s.view(-1, 1, 1, 1)
    return (1 - s) * base + s * truth, (truth - base) / 2


@add("heun_step", "geometric mean of looks")
def f(velocity, x, s, below):
    h = below - s
    v = velocity(x, s)
    if below == 0:
        return x + h * v
    w = velocity(x + h * v, below)
    return x + h * torch.sign(v) * (v * w).abs().sqrt()


@add("heun_step", "Euler at below > 0 too: condition turned round")
def f(velocity, x, s, below):
    h = below - s
    v = velocity(x, s)
    if below != 0:
        return x + h * v
    w = velocity(x + h * v, below)
    return x + h * (v + w) / 2


@add("paired_bootstrap", "std")
def f(a, b):
    rng = np.random.default_rng(3)
    i = rng.integers(0, len(a), (1000, len(a)))
    r = 1 - b[i].mean(1) / a[i].mean(1)
    return r.mean() - r.std(), r.mean() + r.std()


@add("paired_bootstrap", "sorted before")
def f(a, b):
    a, b = np.sort(a), np.sort(b)
    rng = np.random.default_rng(3)
    i = rng.integers(0, len(a), (1000, len(a)))
    r = 1 - b[i].mean(1) / a[i].mean(1)
    return np.quantile(r, 0.025), np.quantile(r, 0.975)


# What the checks say: a part of it, empty where they name nothing, or something else.
EXPECTED = {
    "to_lab": [
        "`100` belongs there, not `50`",
        "`abs` is too much",
        "",
        "`clamp` is too much",
        "`clamp` is too much",
        "`+ ab.mean()` is too much",
        "`110` belongs there, not `55`",
    ],
    "hue_and_chroma": [
        "180 is added where a is negative; angles below 0 stay negative",
        "`+` belongs there, not `-`",
        "`ab.mean(1)`",
        "`torch.atan2(ab[:, 1], ab[:, 0]) / math.pi * 200`",
        "`-` is too much",
        "`2 *` is too much",
        "`360` belongs there, not `180`",
    ],
    "seen_before": ["the last training picture alone", "", "`/ 2` is too much"],
    "worst_block": [
        "`- size` is too much",
        "`d.mean(axis=(1, 3, 5))`",
        "the first channel alone",
        "`1` belongs there, not `2`",
        "",
        "`b.var((2, 4, 5))`",
        "`w // size` and `h // size` are to be exchanged",
        "",
        "`max` belongs there, not `mean`",
    ],
    "network_input": [
        "`[:1]` is too much",
        "`- L.mean()` is too much",
        "only a is masked",
        "`hints - (1 - mask)`",
        "`/ 2` is too much",
        "`L` belongs there, not `mask`",
        "`mean` is too much",
        "",
    ],
    "rebalancing": [
        "`sum` belongs there, not `norm`",
        "",
        "exp of minus the mixed share; 1 divided by it",
        "`log1p` is too much",
        "`sum` belongs there, not `max`",
        "`mean` belongs there, not `max`",
    ],
    "soft_encode": [
        "`1 / (1 + d / (2 * sigma ** 2))`",
        "`- ab.mean(0)` is too much",
        "`sum` belongs there, not `mean`",
        "",
        "`/` belongs there, not `*`",
        "d where d² belongs, and sigma where 2 sigma² belongs",
        "`amax` belongs there, not `mean`",
        "`torch.zeros_like(d).scatter(1, d.argsort(1)[:, 1:k + 1], 1.0)`",
    ],
    "region_prior": [
        "`expand_as` is too much",
        "`b` belongs there, not `a`",
        "`r - mag.view(-1, 1, 1, 1)`",
        "this line is too much",
        "the spread divides by all pixels, not by those inside",
        "the median over the pixels inside in the means; the mean is wanted",
        "`0` belongs there, not `1`",
    ],
    "set_tint": ["axis (2, 3) belongs there, not 3", "the old mean twice", "`* 0.9` is too much", ""],
    "split_error": [
        "the squared difference of the lengths; the squared length of the difference is wanted",
        "the tint of a alone",
        "",
        "|da| + |db| of the mean difference, not its squares",
        "`2 * (d - m).square()` belongs there",
        "`(guess.var((2, 3), correction=0) … ction=0)).abs().sum(1)`",
        "`mean((d ** 2), (2, 3))` belongs there",
        "the median over the pixels in the tint's part; the mean is wanted",
        "the mean of |difference|, squared",
    ],
    "clean_from_noisy": [
        "`2` belongs there, not `3`",
        "`/ noise.std()` is too much",
        "`torch.sqrt((1 - a) * noise.abs())`",
        "`div` is too much",
        "the two sides of `-` are to be exchanged",
    ],
    "next_step": [
        "the two sides of `/` are to be exchanged",
        "`a.sqrt()`",
        "sqrt(1 - beta²) stands before x; sqrt(1 - beta) belongs there; beta² stands before the noise; sqrt(beta) belongs there",
        "",
        "",
        "`* x.std()` is too much",
        "another order, or other brackets: `(1 - beta).sqrt()`",
    ],
    "noise_dominates": ["`cumsum` is too much", "1 - sqrt(1 - alpha_bar) is not what is left", "`* 1.1` is too much"],
    "average_draws": [
        "`mean` belongs there, not `amax`",
        "`sqrt((1 - k))` belongs there",
        "the root mean square over the draws in the spread; the spread (standard deviation) is wanted",
        "`[:-1]` is too much",
        "`- 1` is too much",
    ],
    "near_attention": [
        "`<=` belongs there, not `<`",
        "`minimum` is too much",
        "`//` belongs there, not `%`",
        "",
        "`abs((r[:, None] - r))` belongs there",
    ],
    "received": [
        "the largest over the heads; their mean is wanted",
        "the product over the heads; their mean is wanted",
        "the median over the heads; their mean is wanted",
        "the smallest share, not the mean",
    ],
    "map_bytes": [
        "`+ (2 * n)` is too much",
        "the height stands in the place of the width, too",
        "something is missing",
        "another sign belongs in the place of `+`",
        "another number belongs in the place of `4`",
        "`+ 1` is too much",
    ],
    "to_model_units": [
        "",
        "`100` belongs there, not `L.std()`",
        "ab is the channels 0 and 1: L is among them",
        "`sqrt` is too much",
    ],
    "is_grey": ["the sum of the products, not their mean", ""],
    "split_place": [
        "`+ int(''.join((c for c in number if c.isdigit())) or 0)` is too much",
        "",
        "",
        "`+ 1` is too much",
    ],
    "annealed_mean": [
        "axis 1 belongs there, not 2",
        "no softmax: the logits are only divided by their sum",
        "the right numbers in other places: view and reshape keep the order in memory and exchange no axes; permute or transpose does (here permute(0, 2, 3, 1))",
        "`torch.zeros_like(logits).scatter(1, i, v.softmax(1))`",
    ],
    "soft_cross_entropy": [
        "target and prediction are exchanged, and 1e-8 is added",
        "`label_smoothing=0.1` is too much",
        "softmax over the pictures of the batch, not over the bins (axis 1)",
        "`sum` is too much",
        "`shares * (1 - p) * p.log()`",
    ],
    "block_parameters": [
        "a bias for each input; each output has its own",
        "`9 * c_in + c_in * c_out + c_out  …  + c_out ** 2 + c_out)`",
        "it starts, or ends, one off",
    ],
    "color_prior": [
        "one mean over the whole batch; each picture has its own",
        "`- torch.hypot(a.mean(1), b.mean(1))` is too much",
        "`b[:, :, 0].mean(1)`",
        "the spread over the rows (axis 2) alone",
        "`(ab ** 4).sum(1).pow(0.25)`",
        "`b` belongs there, not `a`",
    ],
    "alpha_bar": [
        "the square of what is right: one square too many, or a root is missing",
        "`a[1:]` and `a[:1]` are to be exchanged",
        "`[1:]` is too much",
    ],
    "q_sample": ["`round` is too much", "`alpha_bar[int(t.float().mean())]`", "`alpha_bar[t].sort().values`"],
    "correct_once": [
        "`+ refiner(L, noisy, t, prior)` is too much",
        "`// 2` is too much",
        "`+ noise` is too much",
        "`clamp` is too much",
        "minus 1 - sqrt(alpha_bar[t]) stands before the base; 1 belongs there; noise stands in the answer, where it does not belong",
    ],
    "hidden_noise": ["`+ 0.01` is too much", "`round` is too much"],
    "attention": [
        "divided by the root of the length of v; d is the length of q and k",
        "`/ q.norm(dim=-1, keepdim=True)` is too much",
        "`q.softmax(-1) @ k.softmax(-1).transpose(1, 2)`",
        "`** 2` is too much",
        "`+ v.mean(1, keepdim=True)` is too much",
    ],
    "mse": ["`clip` is too much", "`/ 2` is too much", "`3` belongs there, not `2`"],
    "psnr_mean": [
        "the largest PSNR and the smallest, their middle",
        "`[1:]` is too much",
        "`[1:-1]` is too much",
        "`10 * math.log10(255 ** 2 / m) + total` belongs there",
        "`-` belongs there, not `/`",
    ],
    "yardsticks": [
        "`(ab.mean((2, 3), keepdim=True) + c) / 2`",
        "`0` belongs there, not `ab.mean()`",
        "`flip` is too much",
        "`/ 2` is too much",
        "`* 0.5` is too much",
        "`e(train_ab.mean((0, 2, 3))[None, :, None, None])` and `e(torch.zeros_like(ab))` are to be exchanged",
    ],
    "leaks": [
        "",
        "only the guesses' means are compared; a leak may leave them as they were",
        "only a large difference counts here; any difference is a leak",
    ],
    "rectified_flow": ["`* s` is too much", "`flip` is too much", "`/ 2` is too much"],
    "paired_bootstrap": [
        "a and b drawn separately; what makes a picture hard for both then does not cancel",
        "an interval of 90 %: take the 2.5 and 97.5 percentiles, not 5 and 95",
        "the mean of the ratios; the ratio of the means is wanted",
        "the difference of the means; divide it by the mean of a",
        "one standard error to each side (68 %), not 1.96",
        "too narrow: an interval of about 80 %, too few resamples (500 or more are wanted), or pairs that are no longer the same picture's (sorted?)",
    ],
    "weighted_error": [
        "a alone",
        "the product over a and b in d²; the sum is wanted",
        "`clamp` is too much",
        "`prediction ** 2 - truth ** 2`",
    ],
    "cosine_schedule": [
        "`[:-1]` belongs there, not `[1:]`",
        "`(t + s) / (steps + s)`",
        "`range(1, steps + 1)` belongs there",
        "`[0 - 1]` belongs there, not `[0]`",
    ],
    "scale_and_shift": [
        "another order, or other brackets: `time * 1 + mlp(10 * prior)`",
        "`*` belongs there, not `+`",
        "`softplus` is too much",
        "`b[0].view(1, -1, 1, 1)`",
    ],
    "printed_factor": ["`** 2` is too much", "`before +` is too much", "`* 2` is too much", "`- after` is too much"],
    "resshift_mean": ["`+ a` is too much", "`clamp` is too much"],
    "heun_step": [
        "`(h * velocity(y, below)) / 2` belongs there",
        "`h * torch.sign(v) * (v * w).abs().sqrt()`",
        "`<=` belongs there, not `!=`",
    ],
    "split_heads": ["`- y.mean(1, keepdim=True)` is too much"],
    "attention_cost": ["`** 2` is too much", "another name belongs in the place of `h`"],
    "psnr_pooled": [
        "the PSNR of the middle between the smallest and the largest MSE",
        "`255` belongs there, not `254`",
    ],
}
