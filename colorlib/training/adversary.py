"""How pix2pix learns: against an adversary (Isola et al. 2017).

    step = Adversary(PatchDiscriminator())
    loss, terms = step(net, L, ab)

`net` is called and never looked into, so it may be wrapped. Losses are computed in float32, also
where the network runs in lower precision.
"""

import torch
import torch.nn.functional as F
from torch import distributed

from colorlib.precision import full_precision


class Adversary:
    """pix2pix's step: a discriminator learns to tell true colours, the generator to pass.

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
        """Move the discriminator once; return the generator's loss and its terms.

        Terms: adversarial, l1, discriminator.
        """
        fake = net(L).float()
        # In float32: the discriminator's gradients, scaled by nobody, would vanish in float16.
        with full_precision(L.device):
            judge = self._update(L, ab, fake.detach())
            adversarial = _judged(self.discriminator(L, fake), True)
            distance = F.l1_loss(fake, ab)
        loss = adversarial + self.l1 * distance
        return loss, {"adversarial": adversarial, "l1": distance, "discriminator": judge}

    def _update(self, L, ab, fake):
        """One step on half of BCE(D(truth), 1) + BCE(D(fake), 0); then D is frozen for G."""
        self.discriminator.train().requires_grad_(True)
        real = _judged(self.discriminator(L, ab), True)
        loss = 0.5 * (real + _judged(self.discriminator(L, fake), False))
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
        """All that a resumed training needs: weights and the optimiser's state."""
        return {
            "discriminator": self.discriminator.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state):
        """Go on from what `state_dict` gave."""
        self.discriminator.load_state_dict(state["discriminator"])
        self.optimizer.load_state_dict(state["optimizer"])


def _several_processes():
    several = distributed.is_available() and distributed.is_initialized()
    return several and distributed.get_world_size() > 1


def _judged(logits, real):
    """BCE between the discriminator's logits and one verdict for all patches."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))
