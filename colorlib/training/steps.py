"""One training step's ingredients: its random numbers, the augmentation, and the loss of each kind
of network.

Every step is a function of a batch that returns (loss, {term: value}); `training.fit` does the
rest.
"""

import math

import torch
import torch.nn.functional as F

from colorlib.color import lab_to_rgb, model_to_lab
from colorlib.diffusion import correct_once
from colorlib.losses import WEIGHTS, total_loss
from colorlib.models.enhanced_unet import received_attention
from colorlib.precision import full_precision
from colorlib.prior import color_prior

# Noise in training: t from 0 to here. At 50 of the linear schedule it is as large as the colour
# itself.
T_MAX = 50


class Draws:
    """The random numbers of one step, the same however many processes share its batch.

    They are drawn on the CPU for the whole batch; this process takes the rows of its own pictures.
    count: pictures of this process; index: which of `processes` it is.
    """

    def __init__(self, seed, count, device="cpu", index=0, processes=1):
        self.generator = torch.Generator().manual_seed(seed)
        self.total, self.device = count * processes, device
        self.rows = slice(index * count, (index + 1) * count)

    def uniform(self, low, high, *shape):
        """(count, *shape) in [low, high)."""
        return low + (high - low) * self._own(
            torch.rand(self.total, *shape, generator=self.generator)
        )

    def normal(self, *shape):
        """(count, *shape) of mean 0 and variance 1."""
        return self._own(torch.randn(self.total, *shape, generator=self.generator))

    def integers(self, high):
        """(count,) in [0, high]."""
        return self._own(torch.randint(0, high + 1, (self.total,), generator=self.generator))

    def _own(self, x):
        return x[self.rows].to(self.device)


def augment(draws, L, *others):
    """Mirror half of the pictures; turn, scale and shift another half a little. Colours stay what
    they were.

    draws: a `Draws` for this batch. L (B, 1, H, W) and whatever lies on the same pixels (ab,
    ab_base, ...), each (B, C, H, W), move alike. Returns them as a list. Turned by up to 5 degrees,
    scaled by up to 8 %, shifted by up to 4 %; what comes in over the border is mirrored. The other
    half stays where it was, and so as sharp as it was.
    """
    moved = draws.uniform(0, 1).lt(0.5).float()  # 0 or 1
    degrees = moved * draws.uniform(-5, 5)
    size = 1 + moved * draws.uniform(-0.08, 0.08)
    mirror = draws.uniform(0, 1).lt(0.5) * -2.0 + 1.0  # -1 or 1
    # the grid's coordinates run from -1 to 1
    shift = 2 * moved[:, None] * draws.uniform(-0.04, 0.04, 2)
    cos, sin = size * torch.cos(degrees * math.pi / 180), size * torch.sin(degrees * math.pi / 180)
    across = torch.stack([mirror * cos, -sin, shift[:, 0]], dim=1)
    down = torch.stack([mirror * sin, cos, shift[:, 1]], dim=1)
    x = torch.cat([L, *others], dim=1)
    grid = F.affine_grid(torch.stack([across, down], dim=1), x.shape, align_corners=False)
    x = F.grid_sample(x, grid.to(x), padding_mode="reflection", align_corners=False)
    return list(x.split([1, *(o.shape[1] for o in others)], dim=1))


def rgb_loss(L, ab, ab_true):
    """Squared error in RGB, as the table measures it but unclipped, times 20 to be of the size of
    the others.
    """
    return 20 * F.mse_loss(lab_to_rgb(model_to_lab(L, ab)), lab_to_rgb(model_to_lab(L, ab_true)))


def predict_step(net, L, ab, loss="huber"):
    """Base and CNN: ab' straight from L'.

    loss: "huber", squared near the truth and absolute further away (the base's); "squared" (the
    CNN's); or "rgb", the squared error of the colours on a screen.
    """
    prediction = net(L).float()
    if loss == "huber":
        return F.smooth_l1_loss(prediction, ab, beta=0.1), {}
    if loss == "squared":
        return F.mse_loss(prediction, ab), {}
    if loss == "rgb":
        return rgb_loss(L, prediction, ab), {}
    raise ValueError(f'loss must be "huber", "squared" or "rgb", got {loss!r}')


def steered_prior(draws, ab_base, ab_true, share):
    """The prior that a refiner learns to follow: the base's own, or some numbers of the truth's (B,
    4).

    A `share` of the pictures is steered: half of those get all four numbers of the truth, the
    others each number with probability 1/2. So it learns both what to do without help, and that a
    number which differs is to be followed, be it
    one or all: the way a person sets a slider.
    """
    own, true = color_prior(ab_base), color_prior(ab_true)
    kind = draws.uniform(0, 1)[:, None]  # below share / 2: all four; below share: some
    told = (kind < share / 2) | ((kind < share) & (draws.uniform(0, 1, 4) < 0.5))
    return torch.where(told, true, own)


def refine_step(
    net, L, ab, ab_base, stage, warm, vgg=None, diversity="vibrant", weights=WEIGHTS, draws=None
):
    """Second stages: one correction of the base's prediction ab_base (B, 2, H, W), and the six-part
    loss.

    warm: whether this epoch is one of the warm-up, without noise. draws: a `Draws`, by default from
    torch's state.
    """
    draws = draws or Draws(torch.randint(2**31, ()).item(), len(L), L.device)
    t = torch.zeros(len(L), dtype=torch.long, device=L.device)
    if stage.noise and not warm:
        t = draws.integers(T_MAX)
    looking = stage.attention and "attention" in weights
    ab_final, residual, *rest = correct_once(
        net,
        L,
        ab_base,
        t,
        steered_prior(draws, ab_base, ab, stage.steer),
        noise=draws.normal(*ab_base.shape[1:]),
        attend=stage.attention,
        return_attention=looking,
    )
    received = None
    if rest:
        attention = rest[0].float()
        side = round(attention.shape[-1] ** 0.5)  # training pictures are square
        received = received_attention(attention, (side, side))
    with full_precision(L.device):  # colours and Gram matrices need float32
        return total_loss(
            L,
            ab_final.float(),
            residual.float(),
            ab_base,
            ab,
            received,
            vgg=vgg,
            weights=weights,
            diversity=diversity,
        )
