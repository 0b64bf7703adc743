"""One training step's ingredients: its random numbers, and the loss of each network.

Which step a stage takes is named in its row of methods.py. `make_step` looks the name up:

    predict     ab' straight from L', and from hints         the other single networks, folds
    classify    bins of colours, classify.py                 eccv16
    adversary   against a discriminator, adversary.py        pix2pix
    refine      one correction of a base, six-part loss      second stages
    tint        the distribution of the four numbers         tints
    flow        the way from noise to colours                flow

What is done to the pictures before stands in augment.py, the hints in hints.py.
"""

import torch
import torch.nn.functional as F

from colorlib.color import lab_to_rgb, model_to_lab
from colorlib.diffusion import (
    COARSE,
    T,
    correct_once,
    flow_path,
    noise_schedule,
    offset_noise,
)
from colorlib.losses import SQUARED, WEIGHTS, total_loss
from colorlib.models.color_flow import coarse
from colorlib.models.enhanced_unet import received_attention
from colorlib.models.pix2pix import PatchDiscriminator
from colorlib.models.tints import mixture, relative
from colorlib.precision import full_precision
from colorlib.prior import color_prior
from colorlib.training.adversary import Adversary
from colorlib.training.augment import augment, vary_lightness
from colorlib.training.classify import bin_weights, classify_step
from colorlib.training.hints import draw_hints
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


def rgb_loss(L, ab, ab_true):
    """Squared error in RGB, as in the table but unclipped; times 20, to be of the others' size."""
    rgb, rgb_true = lab_to_rgb(model_to_lab(L, ab)), lab_to_rgb(model_to_lab(L, ab_true))
    return 20 * F.mse_loss(rgb, rgb_true)


def predict_step(net, L, ab, loss="huber", hints=()):
    """Base and CNN: ab' straight from L'. Returns (loss, {}).

    hints: (ab', mask), handed to a network that takes them.
    loss: "huber", squared near the truth and absolute further away (the base's); "squared" (the
    CNN's); or "rgb", the squared error of the colours on a screen.
    """
    prediction = net(L, *hints).float()
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
        L, *others = augment(random, *batch, zoom=stage.zoom)
        L = vary_lightness(random, L, stage.varied) if stage.varied else L
        return learn(net, [L, *others], random, warm)

    return step, beside


def _predict(stage, *_):
    def learn(net, batch, random, warm):
        L, ab = batch
        hints = draw_hints(random, ab, stage.hints) if stage.hints else ()
        return predict_step(net, L, ab, stage.loss or "huber", hints)

    return learn


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
        return refine_step(net, *with_base(batch, parts), stage, warm, vgg, diversity, weights,
                           random, alpha_bar)  # fmt: skip

    return learn


def with_base(batch, parts):
    """(L, ab, ab_base); with cross-fitting the base's prediction comes with the batch."""
    L, ab, *given = batch
    with torch.no_grad():
        return L, ab, given[0] if given else parts["base"](L).float()


def tint_step(net, L, ab, ab_base):
    """How unlikely the truth's four numbers are, -log p(P | L, base). Returns (loss, {})."""
    numbers = net(L, ab_base)
    with full_precision(L.device):
        z = relative(color_prior(ab), color_prior(ab_base))
        return -mixture(numbers).log_prob(z).mean(), {}


def flow_step(net, L, ab, ab_base, random, fold):
    """The squared error of the velocity at a random place of the path. Returns (loss, {}).

    More places lie near the noise, where what is common to a picture is settled.
    """
    x0 = COARSE * coarse(ab, fold)
    noise = offset_noise(random.normal(*x0.shape[1:]), random.normal(2))
    t = (T * (1 - random.uniform(0, 1) ** 2)).ceil().long()  # 1 ... T
    x, velocity = flow_path(x0, t, noise)
    return F.mse_loss(net(x, t, L, ab_base).float(), velocity), {}


def _tint(stage, parts, *_):
    return lambda net, batch, random, warm: tint_step(net, *with_base(batch, parts))


def _flow(stage, parts, *_):
    fold = parts[stage.part].fold
    return lambda net, batch, random, warm: flow_step(net, *with_base(batch, parts), random, fold)


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
    "tint": _tint,
    "flow": _flow,
}
