"""Answers to `checks.rebalancing`: counts (Q,), mix -> weights (Q,) with sum(p w) = 1."""

import torch


def by_loop(counts, mix):
    n, Q = counts.sum().item(), len(counts)
    p = [c / n for c in counts.tolist()]
    w = [1 / ((1 - mix) * x + mix / Q) for x in p]
    mean = sum(x * y for x, y in zip(p, w, strict=True))
    return torch.tensor([y / mean for y in w])


def by_lerp(counts, mix):
    p = counts / counts.sum()
    w = torch.lerp(p, torch.full_like(p, 1 / len(p)), mix).reciprocal()
    return w / torch.dot(p, w)


def in_double(counts, mix):
    p = counts.double() / counts.double().sum()
    w = (p * (1 - mix) + mix * torch.ones(len(p)) / len(p)) ** -1
    return (w / (w * p).sum()).float()


RIGHT = [by_loop, by_lerp, in_double]


def smooth(counts, mix):
    return (1 - mix) * counts / counts.sum() + mix / len(counts)


def not_scaled(counts, mix):
    return 1 / smooth(counts, mix)


def mean_one(counts, mix):
    w = 1 / smooth(counts, mix)
    return w / w.mean()


def sum_one(counts, mix):
    w = 1 / smooth(counts, mix)
    return w / w.sum()


def other_mix(counts, mix):
    p = counts / counts.sum()
    w = 1 / (mix * p + (1 - mix) / len(p))
    return w / (p * w).sum()


def not_inverted(counts, mix):
    p, w = counts / counts.sum(), smooth(counts, mix)
    return w / (p * w).sum()


def counts_as_they_are(counts, mix):
    w = 1 / ((1 - mix) * counts + mix / len(counts))
    return w / (counts / counts.sum() * w).sum()


def no_share(counts, mix):
    p = counts / counts.sum()
    w = 1 / ((1 - mix) * p + mix)
    return w / (p * w).sum()


def no_mixing(counts, mix):
    p = counts / counts.sum()
    w = 1 / p
    return w / (p * w).sum()


def scaled_by_counts(counts, mix):
    w = 1 / smooth(counts, mix)
    return w / (counts * w).sum()


def scaled_by_smooth(counts, mix):
    w = 1 / smooth(counts, mix)
    return w / (smooth(counts, mix) * w).sum()


def changes_counts(counts, mix):
    counts /= counts.sum()
    w = 1 / ((1 - mix) * counts + mix / len(counts))
    return w / (counts * w).sum()


WRONG = [
    (not_scaled, "not scaled"),
    (mean_one, "the mean over the bins is 1"),
    (sum_one, "the weights sum to 1"),
    (other_mix, "mix and 1 - mix are swapped"),
    (not_inverted, "not inverted"),
    (counts_as_they_are, "counts are not divided by their sum"),
    (no_share, "its share for each bin is mix / Q"),
    (no_mixing, "mix is not used"),
    (scaled_by_counts, "scaled with the counts"),
    (scaled_by_smooth, "scaled with the mixed shares"),
    (changes_counts, "changed in place"),
    (lambda counts, mix: by_lerp(counts, 0.5), "mix is not used"),
]
