"""One training step's ingredients: its random numbers, the augmentation, the loss of each network.

Which step a stage takes is named in its row of methods.py. `make_step` looks the name up:

    predict     ab' straight from L'                         base, cnn, base-more, folds
    classify    bins of colours, classify.py                 eccv16
    adversary   against a discriminator, adversary.py        pix2pix
    refine      one correction of a base, six-part loss      second stages
"""

import math

import torch
import torch.nn.functional as F

from colorlib.color import lab_to_rgb, model_to_lab
from colorlib.diffusion import correct_once, noise_schedule
from colorlib.losses import SQUARED, WEIGHTS, total_loss
from colorlib.models.enhanced_unet import received_attention
from colorlib.models.pix2pix import PatchDiscriminator
from colorlib.precision import full_precision
from colorlib.prior import color_prior
from colorlib.training.adversary import Adversary
from colorlib.training.classify import bin_weights, classify_step
from colorlib.training.parallel import share_batchnorm

# Noise in training: t from 0 to here. At 50 of the linear schedule it is as large as the colour.
T_MAX = 50
SIX_PART = {None: WEIGHTS, "six-part": WEIGHTS, "squared": SQUARED}


class StepRandom:
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
        drawn = torch.rand(self.total, *shape, generator=self.generator)
        return low + (high - low) * self._own(drawn)

    def normal(self, *shape):
        """(count, *shape) of mean 0 and variance 1."""
        return self._own(torch.randn(self.total, *shape, generator=self.generator))

    def integers(self, high):
        """(count,) in [0, high]."""
        return self._own(torch.randint(0, high + 1, (self.total,), generator=self.generator))

    def _own(self, x):
        return x[self.rows].to(self.device)


def augment(random, L, *others):
    """Mirror half of the pictures; turn, scale and shift another half a little. Colours stay.

    random: a `StepRandom` for this batch. L (B, 1, H, W) and whatever lies on the same pixels (ab,
    ab_base, ...), each (B, C, H, W), move alike. Returns them as a list. Turned by up to 5 degrees,
    scaled by up to 8 %, shifted by up to 4 %; what comes in over the border is mirrored. The other
    half stays where it was, and so as sharp as it was.
    """
    moved = random.uniform(0, 1).lt(0.5).float()  # 0 or 1
    degrees = moved * random.uniform(-5, 5)
    size = 1 + moved * random.uniform(-0.08, 0.08)
    mirror = random.uniform(0, 1).lt(0.5) * -2.0 + 1.0  # -1 or 1
    shift = 2 * moved[:, None] * random.uniform(-0.04, 0.04, 2)  # the grid runs from -1 to 1
    radians = degrees * math.pi / 180
    cos, sin = size * torch.cos(radians), size * torch.sin(radians)
    across = torch.stack([mirror * cos, -sin, shift[:, 0]], dim=1)
    down = torch.stack([mirror * sin, cos, shift[:, 1]], dim=1)
    x = torch.cat([L, *others], dim=1)
    matrix = torch.stack([across, down], dim=1)  # (B, 2, 3)
    grid = F.affine_grid(matrix, x.shape, align_corners=False)
    x = F.grid_sample(x, grid.to(x), padding_mode="reflection", align_corners=False)
    return list(x.split([1, *(o.shape[1] for o in others)], dim=1))


def rgb_loss(L, ab, ab_true):
    """Squared error in RGB, as in the table but unclipped; times 20, to be of the others' size."""
    rgb, rgb_true = lab_to_rgb(model_to_lab(L, ab)), lab_to_rgb(model_to_lab(L, ab_true))
    return 20 * F.mse_loss(rgb, rgb_true)


def predict_step(net, L, ab, loss="huber"):
    """Base and CNN: ab' straight from L'. Returns (loss, {}).

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


def steered_prior(random, ab_base, ab_true, share):
    """The prior that a refiner learns to follow, (B, 4): the base's own, or numbers of the truth's.

    A `share` of the pictures is steered: half of those get all four numbers of the truth, the
    others each number with probability 1/2. So it learns both what to do without help, and that a
    number which differs is to be followed, be it one or all: the way a person sets a slider.
    """
    own, true = color_prior(ab_base), color_prior(ab_true)
    kind = random.uniform(0, 1)[:, None]  # below share / 2: all four; below share: some
    told = (kind < share / 2) | ((kind < share) & (random.uniform(0, 1, 4) < 0.5))
    return torch.where(told, true, own)


def refine_step(net, L, ab, ab_base, stage, warm, vgg=None, diversity="vibrant", weights=WEIGHTS,
                random=None, alpha_bar=None):  # fmt: skip
    """Second stages: one correction of ab_base (B, 2, H, W), and the six-part loss with its terms.

    stage: a `methods.Stage`, for noise, attention and steering; warm: whether this epoch is one of
    the warm-up, without noise; random: a `StepRandom`, by default from torch's state; the rest as
    for `losses.total_loss`.
    """
    random = random or StepRandom(torch.randint(2**31, ()).item(), len(L), L.device)
    t = torch.zeros(len(L), dtype=torch.long, device=L.device)
    if stage.noise and not warm:
        t = random.integers(T_MAX)
    prior = steered_prior(random, ab_base, ab, stage.steer)
    noise = random.normal(*ab_base.shape[1:])
    looking = stage.attention and "attention" in weights
    options = {"attend": stage.attention, "return_attention": looking}
    ab_final, residual, *maps = correct_once(net, L, ab_base, t, prior, noise, alpha_bar, **options)
    received = None
    if maps:
        attention = maps[0].float()
        side = round(attention.shape[-1] ** 0.5)  # training pictures are square
        received = received_attention(attention, (side, side))
    with full_precision(L.device):  # colours and Gram matrices need float32
        return total_loss(L, ab_final.float(), residual.float(), ab_base, ab, received,
                          vgg=vgg, weights=weights, diversity=diversity)  # fmt: skip


def make_step(stage, parts, train_set, vgg=None, diversity="vibrant", device="cpu", processes=1):
    """The step of this stage, and what learns in it beside the network (a discriminator), or None.

    The step is a function (net, batch, random, warm) -> (loss, {term: value}): the batch shrunk to
    the stage's scale, augmented, then learnt from.
    """
    made = MAKERS.get(stage.step, _own)(stage, parts, train_set, vgg, diversity, device, processes)
    learn, beside = made if isinstance(made, tuple) else (made, None)

    def step(net, batch, random, warm):
        if stage.scale < 1:
            batch = [F.interpolate(x, scale_factor=stage.scale, mode="area") for x in batch]
        return learn(net, augment(random, *batch), random, warm)

    return step, beside


def _predict(stage, *_):
    return lambda net, batch, random, warm: predict_step(net, *batch, stage.loss or "huber")


def _classify(stage, parts, train_set, vgg, diversity, device, processes):
    centres = parts[stage.part].centres
    weights = bin_weights(train_set, centres.cpu()).to(device)
    return lambda net, batch, random, warm: classify_step(net, *batch, centres, weights)


def _adversary(stage, parts, train_set, vgg, diversity, device, processes):
    judge = share_batchnorm(PatchDiscriminator(parts[stage.part].channels), processes > 1)
    adversary = Adversary(judge.to(device, memory_format=torch.channels_last))
    return lambda net, batch, random, warm: adversary(net, *batch), adversary


def _refine(stage, parts, train_set, vgg, diversity, device, processes):
    weights = stage.loss if isinstance(stage.loss, dict) else SIX_PART.get(stage.loss)
    if weights is None:
        wanted = '"six-part", "squared" or weights of the six parts'
        raise ValueError(f"loss must be {wanted}, got {stage.loss!r}")
    vgg = vgg if {"perceptual", "style"} & weights.keys() else None
    alpha_bar = noise_schedule().to(device)

    def learn(net, batch, random, warm):
        L, ab, *given = batch  # with cross-fitting the base's prediction comes with the batch
        with torch.no_grad():
            ab_base = given[0] if given else parts["base"](L).float()
        return refine_step(net, L, ab, ab_base, stage, warm, vgg, diversity, weights, random,
                           alpha_bar)  # fmt: skip

    return learn


def _own(stage, *_):
    """A function of somebody's own, (net, L, ab, ...) -> (loss, {term: value})."""
    if not callable(stage.step):
        raise ValueError(
            f"step must be one of {', '.join(MAKERS)} or a function, got {stage.step!r}"
        )
    return lambda net, batch, random, warm: stage.step(net, *batch)


MAKERS = {
    "predict": _predict,
    "classify": _classify,
    "adversary": _adversary,
    "refine": _refine,
}
