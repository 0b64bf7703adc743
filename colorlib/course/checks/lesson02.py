"""Checks of lesson 02, base training: the loss of soft targets, one colour from logits, a block."""

import math

import torch
from torch.nn.functional import log_softmax, logsigmoid, one_hot, softmax

from colorlib.course.checks.judging import RIGHT, check, combined
from colorlib.course.checks.stages import Table

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off


def _by(weights):
    """The mean of the centres by weights(logits, T), in the place of the softmax."""
    return lambda z, c, T: torch.einsum("bqhw,qc->bchw", weights(z, T), c)


_annealed = _by(lambda z, T: softmax(z / T, dim=1))
ANNEALED = {
    RIGHT: _annealed,
    "T is not used": _by(lambda z, T: softmax(z, dim=1)),
    "multiplied by T; a small T must sharpen, so divide": _by(lambda z, T: softmax(z * T, dim=1)),
    "the most likely bin (argmax) instead of the mean":
        lambda z, c, T: c[z.argmax(dim=1)].permute(0, 3, 1, 2),
    "the most likely bin (argmax) instead of the mean, and the channels stand last":
        lambda z, c, T: c[z.argmax(dim=1)],
    "softmax over the width (the last axis), not over the bins (axis 1)":
        _by(lambda z, T: softmax(z / T, dim=-1)),
    "softmax over the height, not over the bins (axis 1)": _by(lambda z, T: softmax(z / T, dim=2)),
    "softmax over the pictures of the batch, not over the bins (axis 1)":
        _by(lambda z, T: softmax(z / T, dim=0)),
    "one softmax over everything; each pixel has its own, over the bins (axis 1)":
        _by(lambda z, T: softmax((z / T).flatten(), dim=0).view(z.shape)),
    "softmax taken twice": _by(lambda z, T: softmax(softmax(z / T, dim=1), dim=1)),
    "softmax taken twice, T in between": _by(lambda z, T: softmax(softmax(z, dim=1) / T, dim=1)),
    "p ** (1/T) without dividing by its sum again": _by(lambda z, T: softmax(z, dim=1) ** (1 / T)),
    "p ** T; the power is 1/T": _by(lambda z, T: softmax(z, dim=1) ** T),
    "the probabilities are divided by T; the logits must be, before the softmax":
        _by(lambda z, T: softmax(z, dim=1) / T),
    "exp of large logits overflows to inf, and inf / inf is NaN: use softmax, which subtracts the "
    "maximum first":
        _by(lambda z, T: (z / T).exp() / (z / T).exp().sum(dim=1, keepdim=True)),
    "log_softmax gives logarithms: softmax": _by(lambda z, T: log_softmax(z / T, dim=1)),
    "no softmax: logits are not probabilities": _by(lambda z, T: z / T),
    "no softmax: the logits are only divided by their sum":
        _by(lambda z, T: z / z.sum(1, keepdim=True)),
    "sigmoid instead of softmax: the weights of a pixel must sum to 1":
        _by(lambda z, T: (z / T).sigmoid()),
    "the probabilities themselves; weight the centres with them":
        lambda z, c, T: softmax(z / T, dim=1),
    "the sum over the bins is missing":
        lambda z, c, T: softmax(z / T, dim=1)[:, :, None] * c[:, :, None, None],  # (B, Q, 2, H, W)
    "the mean over the bins; the weights sum to 1 already, so the sum":
        lambda z, c, T: _annealed(z, c, T) / z.shape[1],
    "a and b are swapped": lambda z, c, T: _annealed(z, c.flip(1), T),
    "the channels stand last; (B, 2, H, W) is wanted":
        lambda z, c, T: _annealed(z, c, T).permute(0, 2, 3, 1),
    "the channels stand first; (B, 2, H, W) is wanted":
        lambda z, c, T: _annealed(z, c, T).transpose(0, 1),
}


def _shares_changed(change):
    def shares(z, T):
        return torch.from_numpy(change(softmax(z / T, dim=1).double().numpy())).float()

    return _by(shares)


@check(Table(ANNEALED, [("the shares", _shares_changed)]))
def annealed_mean(seeded):
    """student(logits (B, Q, H, W), centres (Q, 2), T) -> ab (B, 2, H, W), model units.

    The mean of the Q bin centres, weighted by softmax(logits / T) over the bins (Zhang et al.
    2016, equation 5).
    """
    batch, bins, height, width, n = seeded.sizes(5, 3, 8)

    def case(shape, T, low=-3, high=3):
        logits = seeded.uniform(*shape, low=low, high=high)
        return {"logits": logits, "centres": seeded.uniform(shape[1], 2), "T": T}

    return [
        case((batch, bins, height, width), 0.38),
        case((n, n, n, n), 0.7),
        case((batch, bins, 1, 1), 1.0),
        case((1, bins, 2, 2), 0.5, 900, 1000),  # large logits
    ]


# ---- the loss of soft targets

LOGS = {  # of the logits
    RIGHT: lambda z: log_softmax(z, dim=1),
    "the logarithm is missing": lambda z: softmax(z, dim=1),
    "no softmax: logits are not probabilities": lambda z: z,
    "softmax over the width (the last axis), not over the bins (axis 1)":
        lambda z: log_softmax(z, dim=-1),
    "softmax over the height, not over the bins (axis 1)": lambda z: log_softmax(z, dim=2),
    "softmax over the pictures of the batch, not over the bins (axis 1)":
        lambda z: log_softmax(z, dim=0),
    "one softmax over everything; each pixel has its own, over the bins (axis 1)":
        lambda z: log_softmax(z.flatten(), dim=0).view(z.shape),
    "softmax is taken twice": lambda z: log_softmax(softmax(z, dim=1), dim=1),
    "the logarithm to base 2; the natural one is wanted":
        lambda z: log_softmax(z, dim=1) / math.log(2),
    "log of a softmax that has become 0 is -inf: log_softmax takes both at once":
        lambda z: softmax(z, dim=1).log(),
    "a little is added before the logarithm, which hides probabilities below it: log_softmax":
        lambda z: (softmax(z, dim=1) + 1e-8).log(),
    "a little (1e-12) is added before the logarithm, which hides probabilities below it: "
    "log_softmax": lambda z: (softmax(z, dim=1) + 1e-12).log(),
    "the maximum is subtracted, but the sum of the exps is not divided by":
        lambda z: z - z.amax(1, keepdim=True),
}
TARGETS = {  # of the true shares
    RIGHT: lambda s: s,
    "the largest share alone counts (argmax): all shares of a soft target are meant":
        lambda s: one_hot(s.argmax(1), s.shape[1]).permute(0, 3, 1, 2).to(s.dtype),
    "softmax of the shares: they are probabilities already": lambda s: softmax(s, dim=1),
}
MEANS = {  # over (B, Q, H, W)
    RIGHT: lambda x: x.sum(1).mean(),
    "the mean over the bins, too: over them the sum": lambda x: x.mean(),
    "the sum over the pixels: over them the mean": lambda x: x.sum(),
    "one number for each pixel: their mean is wanted": lambda x: x.sum(1),
    "one number for each picture: their mean is wanted": lambda x: x.sum(1).mean((1, 2)),
    "divided by the number of pictures alone: the mean goes over the pixels, too":
        lambda x: x.sum() / len(x),
}
SIGNS = {
    RIGHT: lambda x: -x,
    "the minus is missing: a loss falls as the right bins get likelier": lambda x: x,
}


def _compared(log, target, mean, sign):
    return lambda z, s: mean(sign(target(s) * log(z)))


def _loss(z, s):
    return -(s * log_softmax(z, dim=1)).sum(1).mean()


SOFT_CROSS_ENTROPY = combined(_compared, LOGS, TARGETS, MEANS, SIGNS) | {
    "the shares' own entropy is taken away (Kullback-Leibler): plain cross entropy is wanted":
        lambda z, s: _loss(z, s) - _loss(s.clamp(min=1e-30).log(), s),
    "target and prediction are exchanged: the logarithm is that of the prediction":
        lambda z, s: -(softmax(z, dim=1) * s.clamp(min=1e-12).log()).sum(1).mean(),
    "target and prediction are exchanged, and 1e-8 is added":
        lambda z, s: -(softmax(z, dim=1) * (s + 1e-8).log()).sum(1).mean(),
    "squared error of the probabilities, not cross entropy":
        lambda z, s: (softmax(z, dim=1) - s).square().sum(1).mean(),
    "yes or no for each bin by itself (binary cross entropy); the bins are one choice":
        lambda z, s: -(s * logsigmoid(z) + (1 - s) * logsigmoid(-z)).sum(1).mean(),
    "yes or no for each bin by itself (binary cross entropy), and the mean over the bins, too":
        lambda z, s: -(s * logsigmoid(z) + (1 - s) * logsigmoid(-z)).mean(),
    "the logarithm of the summed probability: each bin has its own":
        lambda z, s: -(s * softmax(z, dim=1)).sum(1).log().mean(),
}


@check(SOFT_CROSS_ENTROPY)
def soft_cross_entropy(seeded):
    """student(logits (B, Q, H, W), shares (B, Q, H, W)) -> one number.

    The mean over all pixels of minus the sum over the Q bins of share times log-probability (Zhang
    et al. 2016, equation 2, without weights). shares sum to 1 over the bins.
    """
    batch, bins, height, width, n = seeded.sizes(5, 3, 8)

    def case(shape, spread=3, low=-3, high=3):
        logits = seeded.uniform(*shape, low=low, high=high)
        return {"logits": logits, "shares": softmax(spread * seeded.uniform(*shape), dim=1)}

    hard = case((batch, bins, 2, 2))
    hard["shares"] = one_hot(hard["shares"].argmax(1), bins).permute(0, 3, 1, 2).float()
    return [
        case((batch, bins, height, width)),
        case((n, n, n, n), 9),
        hard,  # all of a pixel's share in one bin
        case((1, bins, 2, 3), 3, 500, 1000),  # large logits
    ]


# ---- what a block of SIGGRAPH17 learns

WINDOWS = {  # weights of one convolution
    RIGHT: lambda c_in, c_out: 9 * c_in * c_out,
    "3, where 3 times 3 is wanted": lambda c_in, c_out: 3 * c_in * c_out,
    "windows of one pixel: 3 times 3 is wanted": lambda c_in, c_out: c_in * c_out,
    "a window for each output, but not for each input channel": lambda c_in, c_out: 9 * c_out,
    "the channels are added, not multiplied": lambda c_in, c_out: 9 * (c_in + c_out),
}
BIASES = {
    RIGHT: lambda c_in, c_out: c_out,
    "the biases are missing": lambda c_in, c_out: 0,
    "a bias for each input; each output has its own": lambda c_in, c_out: c_in,
}
CHAINS = {  # which convolutions there are
    RIGHT: lambda c_in, c_out, n: [(c_in, c_out)] + [(c_out, c_out)] * (n - 1),
    "every convolution takes c_in channels; from the second on they take c_out":
        lambda c_in, c_out, n: [(c_in, c_out)] * n,
    "every convolution takes c_out channels; the first takes c_in":
        lambda c_in, c_out, n: [(c_out, c_out)] * n,
    "the first convolution alone": lambda c_in, c_out, n: [(c_in, c_out)],
    "one convolution too many": lambda c_in, c_out, n: [(c_in, c_out)] + [(c_out, c_out)] * n,
    "every convolution gives c_in channels but the last":
        lambda c_in, c_out, n: [(c_in, c_in)] * (n - 1) + [(c_in, c_out)],
}
NORMS = {  # of the normalisation
    RIGHT: lambda c_out, n: 2 * c_out,
    "the BatchNorm is missing: it learns a factor and a summand for each channel":
        lambda c_out, n: 0,
    "the BatchNorm learns two numbers a channel: a factor and a summand": lambda c_out, n: c_out,
    "a BatchNorm after every convolution; a block has one": lambda c_out, n: 2 * c_out * n,
    "mean and variance are counted; they are measured, not learnt": lambda c_out, n: 4 * c_out,
}


def _counted(window, bias, chain, norm):
    def count(c_in, c_out, convs):
        layers = chain(c_in, c_out, convs)
        return sum(window(*layer) + bias(*layer) for layer in layers) + norm(c_out, convs)

    return count


def _weights_alone(c_in, c_out, convs):
    return 9 * c_in * c_out + 9 * c_out**2 * (convs - 1)


BLOCK = combined(_counted, WINDOWS, BIASES, CHAINS, NORMS) | {
    "the weights alone: the biases are missing, and so is the BatchNorm": _weights_alone,
    "the biases are missing, and half of the BatchNorm: a factor and a summand for each channel":
        lambda c_in, c_out, convs: _weights_alone(c_in, c_out, convs) + c_out,
}


@check(BLOCK)
def block_parameters(seeded):
    """student(c_in, c_out, convs) -> int: how many numbers a block of SIGGRAPH17 learns.

    `convs` convolutions of 3 x 3 with biases, the first from c_in to c_out channels, the others
    from c_out to c_out, and one BatchNorm: a factor and a summand for each of c_out channels.
    """
    sizes = ((4, 64, 2), (64, 128, 2), (3, 5, 3), (16, 8, 1), (7, 7, 4))
    return [{"c_in": c_in, "c_out": c_out, "convs": convs} for c_in, c_out, convs in sizes]
