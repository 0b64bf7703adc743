"""How ECCV16 learns: classification over colour bins (Zhang, Isola & Efros 2016).

    weights = bin_weights(train_set, net.centres)
    loss, terms = classify_step(net, L, ab, net.centres, weights)

`net` is called and never looked into, so it may be wrapped. Losses are computed in float32, also
where the network runs in lower precision.
"""

import torch
import torch.nn.functional as F
from torch.utils.data import Dataset

from colorlib.color import AB_SCALE
from colorlib.data import datasets
from colorlib.precision import full_precision


def soft_encode(ab, centres, k=10, sigma=5.0):
    """Z: each colour as a distribution over the bins, Gaussian over its k nearest centres (2.1).

    ab (B, 2, H, W) and centres (Q, 2), both in ab units, -> (B, Q, H, W), which sums to one over
    the bins. sigma in ab units; k = 10 and sigma = 5 as in the authors' code. Raises ValueError
    where k is not in [1, Q].
    """
    if not 1 <= k <= len(centres):
        raise ValueError(f"k must be in [1, {len(centres)}], the number of bins, got {k}")
    B, _, H, W = ab.shape
    points = ab.float().permute(0, 2, 3, 1).reshape(-1, 2)  # (N, 2), N = B H W
    # By differences: matrix products are faster and lose digits where a colour is near a centre.
    exact = "donot_use_mm_for_euclid_dist"
    distance = torch.cdist(points, centres.float(), compute_mode=exact)  # (N, Q)
    near, which = distance.topk(k, largest=False)  # (N, k)
    # exp(-d^2 / 2 sigma^2) over its sum is a softmax, which holds far out of gamut, too, where
    # every exp is zero.
    share = (-near.square() / (2 * sigma**2)).softmax(dim=1)
    Z = torch.zeros_like(distance).scatter(1, which, share)
    return Z.reshape(B, H, W, -1).permute(0, 3, 1, 2)


def rebalance(p, mix=0.5):
    """w = 1 / ((1 - lambda) p + lambda / Q), scaled so that E_p[w] = sum p w = 1 (equation 4).

    p (Q,): share of each bin in the training data; mix is the paper's lambda, in (0, 1]: 1 weighs
    all bins alike.
    Raises ValueError for another mix.
    """
    if not 0 < mix <= 1:
        raise ValueError(f"mix must be in (0, 1], got {mix}")
    w = 1 / ((1 - mix) * p + mix / len(p))
    return w / (p * w).sum()


def bin_weights(data, centres, mix=0.5):
    """Weight of each bin in the loss, (Q,): rare colours weigh more, as most are nearly grey.

    data: a dataset, or an iterable of batches, (L', ab') or ab' alone; centres (Q, 2) in ab units.
    The shares p are counted from soft encodings at a quarter of the side. That smooths them with
    the encoding's Gaussian, whose sigma is the one the paper smooths its own counts with; there is
    no further smoothing.
    Raises ValueError where data is empty.
    """
    if isinstance(data, Dataset):
        data = datasets.loader(data, 64)
    total, pixels = 0, 0
    for batch in data:
        ab = batch if torch.is_tensor(batch) else batch[1]
        Z = soft_encode(AB_SCALE * quarter(ab.to(centres.device)), centres)
        total = total + Z.sum(dim=(0, 2, 3)).double()
        pixels += Z[:, 0].numel()
    if not pixels:
        raise ValueError("data must hold at least one picture, got none")
    return rebalance(total / pixels, mix).float()


def quarter(ab):
    """Mean colour of each 4 x 4 pixels: (B, 2, H, W) -> (B, 2, H/4, W/4), the border repeated."""
    h, w = ab.shape[-2:]
    return F.avg_pool2d(F.pad(ab.float(), (0, -w % 4, 0, -h % 4), mode="replicate"), 4)


def classify_step(net, L, ab, centres, weights):
    """Rebalanced cross entropy of predicted and true bins, at a quarter of the side (equation 2).

        - mean over pixels of v(Z) sum over q of Z_q log Z^_q

    v(Z) is the weight of the true colour's nearest bin. centres (Q, 2) in ab units, weights (Q,);
    both on L's device. Returns (loss, {"cross_entropy": without weights}). It cannot reach zero: a
    soft target has an entropy of its own.
    """
    logits = net(L, logits=True).float()  # (B, Q, H/4, W/4)
    with full_precision(L.device):
        Z = soft_encode(AB_SCALE * quarter(ab), centres)
        v = weights[Z.argmax(dim=1)]  # (B, H/4, W/4)
        entropy = -(Z * logits.log_softmax(dim=1)).sum(dim=1)
        return (v * entropy).mean(), {"cross_entropy": entropy.mean()}
