"""Answers to `checks.attention`: q (B, N, d), k (B, M, d), v (B, M, e) -> (B, N, e)."""

import math

import numpy as np
import torch
import torch.nn.functional as F


def by_torch(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)


def by_einsum(q, k, v):
    s = torch.einsum("bnd,bmd->bnm", q * q.shape[-1] ** -0.5, k)
    w = (s - s.amax(-1, keepdim=True)).exp()
    return torch.bmm(w / w.sum(-1, keepdim=True), v)


def by_numpy(q, k, v):
    q, k, v = (x.numpy().astype(np.float64) for x in (q, k, v))
    s = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    w = np.exp(s - s.max(2, keepdims=True))
    return torch.tensor(w @ v / w.sum(2, keepdims=True)).float()


def by_loops(q, k, v):
    out = torch.zeros(*q.shape[:2], v.shape[2])
    for b in range(len(q)):
        for n in range(q.shape[1]):
            scores = torch.stack([(q[b, n] * key).sum() / math.sqrt(q.shape[2]) for key in k[b]])
            for weight, value in zip(scores.softmax(0), v[b], strict=True):
                out[b, n] += weight * value
    return out


def the_other_way_up(q, k, v):
    scores = k @ q.mT / math.sqrt(q.shape[-1])  # (B, M, N)
    return (v.mT @ scores.softmax(1)).mT


def by_logs(q, k, v):
    return torch.exp(F.log_softmax(torch.bmm(q / math.sqrt(math.sqrt(q.shape[2])), k.mT / q.shape[2] ** 0.25), 2)) @ v


RIGHT = [by_torch, by_einsum, by_numpy, by_loops, the_other_way_up, by_logs]


def no_root(q, k, v):
    return (q @ k.transpose(1, 2)).softmax(-1) @ v


def by_d(q, k, v):
    return (q @ k.transpose(1, 2) / q.shape[-1]).softmax(-1) @ v


def times_root(q, k, v):
    return (q @ k.transpose(1, 2) * math.sqrt(q.shape[-1])).softmax(-1) @ v


def root_of_keys(q, k, v):
    return (q @ k.transpose(1, 2) / math.sqrt(k.shape[1])).softmax(-1) @ v


def over_queries(q, k, v):
    return (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(dim=1) @ v


def over_pictures(q, k, v):
    return F.softmax(q @ k.transpose(1, 2) / math.sqrt(q.shape[-1]), 0) @ v


def over_everything(q, k, v):
    s = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    return s.flatten(1).softmax(1).view(s.shape) @ v


def no_softmax(q, k, v):
    return q @ k.transpose(1, 2) / math.sqrt(q.shape[-1]) @ v


def scaled_after(q, k, v):
    return (q @ k.transpose(1, 2)).softmax(-1) / math.sqrt(q.shape[-1]) @ v


def exp_by_hand(q, k, v):
    e = torch.exp(q @ k.transpose(1, 2) / math.sqrt(q.shape[-1]))
    return e / e.sum(-1, keepdim=True) @ v


def exp_not_divided(q, k, v):
    return torch.exp(q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])) @ v


def exp_divided_over_queries(q, k, v):
    s = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    e = torch.exp(s - s.max())
    return e / e.sum(1, keepdim=True) @ v


def sigmoid(q, k, v):
    return torch.sigmoid(q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])) @ v


def weights_alone(q, k, v):
    return (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)


def not_transposed(q, k, v):
    return (q @ k / math.sqrt(q.shape[-1])).softmax(-1) @ v


def all_axes_turned(q, k, v):
    return (q @ k.permute(2, 1, 0) / math.sqrt(q.shape[-1])).softmax(-1) @ v


def places_changed(q, k, v):
    return (k @ q.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1) @ v


def values_are_keys(q, k, v):
    return (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1) @ k


def both_divided(q, k, v):
    root = math.sqrt(q.shape[-1])
    return (q / root @ (k / root).transpose(1, 2)).softmax(-1) @ v


def causal(q, k, v):
    s = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    s = s.masked_fill(torch.ones_like(s).triu(1).bool(), -torch.inf)
    return s.softmax(-1) @ v


def cosine(q, k, v):
    q, k = F.normalize(q, dim=-1), F.normalize(k, dim=-1)
    return (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1) @ v


def with_weights(q, k, v):
    w = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
    return w @ v, w


def root_missing_and_wrong_axis(q, k, v):
    return (q @ k.transpose(1, 2)).softmax(1) @ v


def element_by_element(q, k, v):
    return (q * k / math.sqrt(q.shape[-1])).softmax(-1) * v


def to_double(q, k, v):
    return by_torch(q.double(), k.double(), v.double())


def changes_q(q, k, v):
    q /= math.sqrt(q.shape[-1])
    return (q @ k.transpose(1, 2)).softmax(-1) @ v


WRONG = [
    (no_root, "the division by sqrt(d) is missing"),
    (by_d, "divided by d;"),
    (times_root, "multiplied by sqrt(d)"),
    (root_of_keys, "the number of keys"),
    (over_queries, "softmax over the queries"),
    (over_pictures, "softmax over the pictures"),
    (over_everything, "one softmax over queries and keys together"),
    (no_softmax, "softmax is missing"),
    (scaled_after, "softmax first"),
    (exp_by_hand, "overflows to inf"),
    (exp_not_divided, "exp without dividing by the sum"),
    (exp_divided_over_queries, "softmax over the queries"),
    (sigmoid, "sigmoid"),
    (weights_alone, "the weights alone are returned"),
    (not_transposed, "k is not transposed"),
    (all_axes_turned, "turns all three axes round"),
    (places_changed, "q and k have changed places"),
    (values_are_keys, "k stands in the place of v"),
    (both_divided, "divided by d;"),
    (causal, "a causal mask"),
    (cosine, "q and k are normalised"),
    (with_weights, "one value is wanted"),
    (root_missing_and_wrong_axis, "softmax over the queries"),
    (element_by_element, "q * k"),
    (to_double, "float64"),
    (changes_q, "changed in place"),
]
