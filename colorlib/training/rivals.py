"""How the two rivals of regression learn: classification over colour bins (ECCV16) and an adversary
(pix2pix).

Both are steps for a training loop: loss, terms = step(net, L, ab), after which the loop
differentiates the loss and moves the network. net is called and never looked into, so it may be
wrapped. Losses are computed in float32, also where the network runs in lower precision.

    step = Adversary(PatchDiscriminator())
    step = partial(classify_step, centres=net.centres, weights=bin_weights(train_set, net.centres))
"""

import torch
import torch.nn.functional as F
from torch import distributed

from colorlib.color import AB_SCALE
from colorlib.data import datasets
from colorlib.precision import full_precision

# Classification: Zhang, Isola & Efros 2016


def soft_encode(ab, centres, k=10, sigma=5.0):
    """Z: each colour as a distribution over the bins, a Gaussian over its k nearest centres
    (section 2.1).

    ab (B, 2, H, W) and centres (Q, 2), both in ab units, -> (B, Q, H, W), which sums to one over
    the bins. sigma in ab units; k = 10 and sigma = 5 as in the authors' code. Raises ValueError
    where k is not in [1, Q].
    """
    if not 1 <= k <= len(centres):
        raise ValueError(f"k must be in [1, {len(centres)}], the number of bins, got {k}")
    B, _, H, W = ab.shape
    points = ab.float().permute(0, 2, 3, 1).reshape(-1, 2)  # (N, 2), N = B H W
    # By differences: the faster way over matrix products loses digits where a colour is close to a
    # centre. (N, Q)
    distance = torch.cdist(points, centres.float(), compute_mode="donot_use_mm_for_euclid_dist")
    near, which = distance.topk(k, largest=False)  # (N, k)
    # exp(-d^2 / 2 sigma^2) over its sum is a softmax, which also holds far outside the gamut, where
    # exp is zero.
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
    """Weight of each bin in the loss, (Q,): rare colours weigh more, since most pixels are nearly
    grey.

    data: a dataset, or an iterable of batches, (L', ab') or ab' alone; centres (Q, 2) in ab units.
    The shares p are counted from soft encodings at a quarter of the side. That smooths them with
    the encoding's Gaussian, whose sigma is the one the paper smooths its own counts with; there is
    no further smoothing.
    Raises ValueError where data is empty.
    """
    if isinstance(data, datasets.LabDataset):
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
    """Mean colour of each 4 x 4 pixels: (B, 2, H, W) -> (B, 2, H/4, W/4), rounded up by repeating
    the border.
    """
    h, w = ab.shape[-2:]
    return F.avg_pool2d(F.pad(ab.float(), (0, -w % 4, 0, -h % 4), mode="replicate"), 4)


def classify_step(net, L, ab, centres, weights):
    """ECCV16: rebalanced cross entropy between predicted and true bins, at a quarter of the side
    (equation 2).

    - mean over pixels of v(Z) sum over q of Z_q log Z^_q, where v(Z) is the weight of the true
      colour's nearest bin

    centres (Q, 2) in ab units, weights (Q,); both on L's device. Returns (loss, {"cross_entropy":
    without weights}).
    It cannot reach zero: a soft target has an entropy of its own.
    """
    logits = net(L, logits=True).float()  # (B, Q, H/4, W/4)
    with full_precision(L.device):
        Z = soft_encode(AB_SCALE * quarter(ab), centres)
        v = weights[Z.argmax(dim=1)]  # (B, H/4, W/4)
        entropy = -(Z * logits.log_softmax(dim=1)).sum(dim=1)
        return (v * entropy).mean(), {"cross_entropy": entropy.mean()}


# Adversary: Isola et al. 2017


class Adversary:
    """pix2pix's step: the discriminator learns to tell true colours from the generator's, the
    generator to pass.

    discriminator: takes (L', ab') and gives logits, on the device of the batches; it has an Adam of
    its own. Several processes start from the first one's and average its gradients, as
    DistributedDataParallel does for the generator.
    lr, betas: of that Adam. l1: weight of the distance to the truth; with 0 the colours need only
    look true.
    """

    def __init__(self, discriminator, lr=2e-4, betas=(0.5, 0.999), l1=100.0):
        if l1 < 0:
            raise ValueError(f"l1 must not be negative, got {l1}")
        self.discriminator, self.l1 = discriminator, l1
        self.optimizer = torch.optim.Adam(discriminator.parameters(), lr, betas)
        if _several_processes():
            for value in discriminator.state_dict().values():
                distributed.broadcast(value, 0)

    def __call__(self, net, L, ab):
        """Move the discriminator once; return the generator's loss and the terms adversarial, l1,
        discriminator.
        """
        fake = net(L).float()
        # The discriminator runs in float32: its gradients, scaled by nobody, would vanish in
        # float16.
        with full_precision(L.device):
            judge = self._update(L, ab, fake.detach())
            adversarial = _judged(self.discriminator(L, fake), True)
            distance = F.l1_loss(fake, ab)
        loss = adversarial + self.l1 * distance
        return loss, {"adversarial": adversarial, "l1": distance, "discriminator": judge}

    def _update(self, L, ab, fake):
        """One step on half of BCE(D(truth), 1) + BCE(D(fake), 0). Afterwards D is frozen, for the
        generator's turn.
        """
        self.discriminator.train().requires_grad_(True)
        loss = 0.5 * (
            _judged(self.discriminator(L, ab), True) + _judged(self.discriminator(L, fake), False)
        )
        loss.backward()
        if _several_processes():
            for p in self.discriminator.parameters():
                distributed.all_reduce(p.grad)
                p.grad /= distributed.get_world_size()
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.discriminator.requires_grad_(False)
        return loss.detach()

    def state_dict(self):
        """All that a resumed training needs: the discriminator's weights and its optimiser's state."""
        return {
            "discriminator": self.discriminator.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state):
        """Go on from what `state_dict` gave."""
        self.discriminator.load_state_dict(state["discriminator"])
        self.optimizer.load_state_dict(state["optimizer"])


def _several_processes():
    return (
        distributed.is_available()
        and distributed.is_initialized()
        and distributed.get_world_size() > 1
    )


def _judged(logits, real):
    """BCE between the discriminator's logits and one verdict for all patches."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))
