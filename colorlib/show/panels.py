"""What the widgets show, without the widgets: state in, a `View` out, which is pixels and the same
in words.

The `*_strip` functions draw several states side by side, for readers without a kernel.
A colorizer is a `colorize.Colorizer`; pictures are uint8 (H, W, 3), cropped and shrunk to the
colorizer's size.
"""

import io
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw
from skimage.color import deltaE_ciede2000, rgb2lab

from colorlib import color, losses, metrics
from colorlib.colorize import join, lightness, picture_noise, whole_number
from colorlib.data import pictures
from colorlib.diffusion import correct_once, noise_schedule, q_sample
from colorlib.models.enhanced_unet import received_attention
from colorlib.prior import NAMES, color_prior
from colorlib.show import plots, tiles
from colorlib.show.tiles import View, row

SLIDER_MAX = 200  # twice and more what the refiner sees in training: beyond, there is only noise
CURVE_TS = (0, 5, 10, 20, 35, 50, 75, 100, 150, 200)
RESIDUAL_TOP, ERROR_TOP = 20, 25  # white in the heat maps: ab units, CIEDE2000
STEP = 3  # ab units: the length of the step against the gradient


@dataclass(frozen=True)
class Prepared:
    """A picture and what the base says about it; model units, a batch of one."""

    rgb: np.ndarray  # uint8 (size, size, 3)
    L: torch.Tensor  # (1, 1, size, size)
    ab: torch.Tensor  # (1, 2, size, size), the truth
    base: torch.Tensor  # (1, 2, size, size), the base prediction


def prepare(colorizer, picture):
    """Crop and shrink a picture to the colorizer's size, and run the base on it once."""
    rgb = pictures.square(picture, colorizer.size)
    L, ab = color.rgb_to_model(color.from_uint8(rgb))
    base = colorizer.predict(L, stage="base")["ab"].float().cpu()
    return Prepared(rgb, L, ab, base)


def _rgb(L, ab):
    return color.to_uint8(color.model_to_rgb(L, ab.clamp(-1.2, 1.2)))[0]


def _mse(true, pred):
    return metrics.mse(true[None], pred[None])[0]


# Lab
# ---------------------------------------------------------------------------------------------------------------


def lab_view(picture, scale=(1, 1, 1), offset=(0, 0, 0)):
    """L, a and b of a picture, each times its scale plus its offset (Lab units; L around 50), and
    reassembled.
    """
    lab = color.rgb_to_lab(color.from_uint8(picture))
    centre = torch.tensor([50.0, 0, 0]).view(1, 3, 1, 1)
    scale, offset = (torch.tensor(x, dtype=torch.float32).view(1, 3, 1, 1) for x in (scale, offset))
    lab = (lab - centre) * scale + centre + offset
    L, a, b = lab[:, :1].clamp(0, 100), lab[:, 1:2], lab[:, 2:]
    none, middle = torch.zeros_like(L), torch.full_like(L, 65.0)
    planes = ((L, none, none), (middle, a, none), (middle, none, b), (L, a, b))
    shown = [
        color.to_uint8(color.lab_to_rgb(torch.cat(channels, dim=1), clip=True))[0]
        for channels in planes
    ]
    spans = [f"{x.min():.0f} to {x.max():.0f}" for x in (L, a, b)]
    names = (
        f"L: {spans[0]}\ndark to light",
        f"a: {spans[1]}\ngreen - to red +",
        f"b: {spans[2]}\nblue - to yellow +",
    )
    return row([picture, *shown], ["picture", *names, "L, a, b together"], side=160)


def lab_strip(picture):
    """The picture put together from changed L, a and b -> uint8."""
    states = {
        "as it is": ((1, 1, 1), (0, 0, 0)),
        "a times 0": ((1, 0, 1), (0, 0, 0)),
        "b times 0": ((1, 1, 0), (0, 0, 0)),
        "a and b times 2": ((1, 2, 2), (0, 0, 0)),
        "b times -1": ((1, 1, -1), (0, 0, 0)),
    }
    lab = color.rgb_to_lab(color.from_uint8(picture))
    shown = []
    for scale, offset in states.values():
        scale, offset = (
            torch.tensor(x, dtype=torch.float32).view(1, 3, 1, 1) for x in (scale, offset)
        )
        shown.append(color.to_uint8(color.lab_to_rgb(lab * scale + offset, clip=True))[0])
    return tiles.captioned_row(shown, list(states), 150)


# The noise step
# ----------------------------------------------------------------------------------------------------


@torch.no_grad()
def one_step(colorizer, prepared, t, schedule="linear", seed=0, prior=None):
    """The one-step correction with any schedule: (noised base, result, residual), each (1, 2, H,
    W).

    prior: (4,) or (1, 4) in model units; None takes the base prediction's own.
    """
    colorizer.check_stage("two-stage")
    t = whole_number("t", t)
    L, base = prepared.L.to(colorizer.device), prepared.base.to(colorizer.device)
    alpha_bar, steps = noise_schedule(schedule), torch.tensor([t])
    noise = picture_noise(base, seed)
    prior = color_prior(base) if prior is None else torch.as_tensor(prior).to(base).reshape(1, 4)
    result, residual = correct_once(colorizer.parts["refiner"], L, base, t, prior, noise, alpha_bar)
    noised = q_sample(base, steps.to(base.device), noise, alpha_bar)
    return noised.float().cpu(), result.float().cpu(), residual.float().cpu()


def t_view(colorizer, prepared, t, schedule="linear", seed=0, curve=None):
    """Noised base, one-step result, size of the residual, and error against the truth; below, a
    `Curve`.
    """
    noised, result, residual = one_step(colorizer, prepared, t, schedule, seed)
    pred, base = _rgb(prepared.L, result), _rgb(prepared.L, prepared.base)
    size = residual[0].norm(dim=0).numpy() * color.AB_SCALE
    error = deltaE_ciede2000(rgb2lab(prepared.rgb), rgb2lab(pred))
    shown = [
        _rgb(prepared.L, noised),
        pred,
        tiles.heat(size, RESIDUAL_TOP),
        tiles.heat(error, ERROR_TOP),
    ]
    captions = [
        f"noised base\nt = {t}, {schedule}",
        f"one-step result, MSE {_mse(prepared.rgb, pred):.0f}\nbase alone: {_mse(prepared.rgb, base):.0f}",
        f"residual, mean {size.mean():.1f} ab units\nblack 0, white {RESIDUAL_TOP}",
        f"error, mean ΔE2000 {error.mean():.1f}\nblack 0, white {ERROR_TOP}",
    ]
    above = row(shown, captions)
    if curve is None:
        return above
    return View(tiles.stack(above.pixels, curve.marked(t)), f"{above.text}. {curve.at(t)}")


def t_quality(colorizer, prepared, schedule="linear", seed=0, ts=CURVE_TS):
    """Mean MSE of the one-step results over a list of Prepared at each t, and that of the base:
    (list, float).
    """
    base = np.mean([_mse(p.rgb, _rgb(p.L, p.base)) for p in prepared])
    results = [
        [_rgb(p.L, one_step(colorizer, p, t, schedule, seed)[1]) for p in prepared] for t in ts
    ]
    scores = [
        np.mean([_mse(p.rgb, rgb) for p, rgb in zip(prepared, row, strict=True)]) for row in results
    ]
    return [float(score) for score in scores], float(base)


def t_strip(colorizer, picture, ts=(0, 10, 20, 50, 100, 200), schedule="linear", seed=0):
    """Noised base above, one-step result below, for each t -> uint8."""
    prepared = prepare(colorizer, picture)
    steps = [one_step(colorizer, prepared, t, schedule, seed) for t in ts]
    results = [_rgb(prepared.L, result) for _, result, _ in steps]
    above = [_rgb(prepared.L, noised) for noised, _, _ in steps]
    captions = [f"result, MSE {_mse(prepared.rgb, result):.0f}" for result in results]
    rows = (
        tiles.captioned_row(above, [f"t = {t}" for t in ts], 150),
        tiles.captioned_row(results, captions, 150),
    )
    return tiles.stack(*rows)


class Curve:
    """The quality curve as pixels, drawn once; marking a t is then a matter of a line."""

    def __init__(self, mse, base_mse, ts=CURVE_TS):
        self.mse, self.base_mse, self.ts = mse, base_mse, ts
        plot = plots.quality_curve(ts, mse, base_mse)
        plot.set_size_inches(8, 2.6)
        axes = plot.axes[0]
        # where no mark crosses it
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
        self.image = Image.open(io.BytesIO(plots.figure_to_png(plot))).convert("RGB")
        self.x = lambda t: axes.transData.transform((t, 0))[0]
        box = axes.get_window_extent()
        self.rows = self.image.height - box.y1, self.image.height - box.y0

    def at(self, t):
        """The curve at t in words, between the steps that were computed."""
        mse = np.interp(t, self.ts, self.mse)
        return (
            f"On the curve below, mean MSE {mse:.0f} at t = {t}; the base alone {self.base_mse:.0f}"
        )

    def marked(self, t):
        """The curve with a line and a triangle at t -> uint8."""
        image = self.image.copy()
        pen = ImageDraw.Draw(image)
        pen.line([(self.x(t), self.rows[0]), (self.x(t), self.rows[1])], fill="black", width=2)
        pen.regular_polygon((self.x(t), self.rows[0] + 4, 7), 3, rotation=180, fill="black")
        return np.asarray(image)


# The colour prior
# ----------------------------------------------------------------------------------------------------


def prior_view(colorizer, prepared, prior=None, t=None):
    """Base, result under a prior, and truth.  prior: four numbers in ab units; None: the base's
    own.
    """
    t = colorizer.t if t is None else t
    own = own_prior(prepared.base)
    prior = own if prior is None else [float(x) for x in prior]
    _, result, _ = one_step(colorizer, prepared, t, prior=[x / color.AB_SCALE for x in prior])
    base, pred = _rgb(prepared.L, prepared.base), _rgb(prepared.L, result)
    names = [
        f"base, MSE {_mse(prepared.rgb, base):.0f}",
        f"result, MSE {_mse(prepared.rgb, pred):.0f}",
        "truth",
    ]
    priors = [own, own_prior(result), own_prior(prepared.ab)]
    captions = [
        f"{name}\nits prior: {', '.join(f'{x:.0f}' for x in numbers)}"
        for name, numbers in zip(names, priors, strict=True)
    ]
    view = row([base, pred, prepared.rgb], captions, 256)
    return View(view.pixels, f"Prior set to {', '.join(f'{x:.1f}' for x in prior)}. {view.text}")


def own_prior(ab):
    """The colour prior of ab' (1, 2, H, W) as four numbers in ab units."""
    return (color_prior(ab)[0] * color.AB_SCALE).tolist()


def prior_stills(colorizer, prepared):
    """Results under the base's own prior, the truth's, and with mean a or mean b set -> uint8."""
    own, truth = own_prior(prepared.base), own_prior(prepared.ab)
    states = {"the base's own": own, "the truth's (oracle)": truth}
    states |= {f"mean a = {x}": [x, *own[1:]] for x in (-20, 40)}
    states |= {f"mean b = {x}": [own[0], x, *own[2:]] for x in (-20, 40)}
    results = [
        one_step(colorizer, prepared, colorizer.t, prior=[x / color.AB_SCALE for x in prior])[1]
        for prior in states.values()
    ]
    return tiles.captioned_row([_rgb(prepared.L, result) for result in results], list(states), 136)


def prior_strip(colorizer, picture, number=0, values=(-20, 0, 20, 40)):
    """Results with one number of the prior (0 to 3, see `prior.NAMES`) set to each value, in ab
    units -> uint8.
    """
    prepared = prepare(colorizer, picture)
    shown, captions = [_rgb(prepared.L, prepared.base)], ["base"]
    for value in values:
        numbers = own_prior(prepared.base)
        numbers[number] = value
        _, result, _ = one_step(
            colorizer, prepared, colorizer.t, prior=[x / color.AB_SCALE for x in numbers]
        )
        shown.append(_rgb(prepared.L, result))
        captions.append(f"{NAMES[number]} = {value:g}")
    return tiles.captioned_row(shown, captions, 150)


# Attention
# ---------------------------------------------------------------------------------------------------------


def attention_of(colorizer, prepared):
    """The refiner's map on a picture, mean over the heads: (rows, columns, rows, columns); looker
    first.
    """
    out = colorizer.predict(prepared.L, ab_base=prepared.base, return_attention=True)
    shape = colorizer.parts["refiner"].attention_shape(*prepared.L.shape[-2:])
    return out["attention"].mean(dim=1).reshape(*shape, *shape).float().cpu().numpy()


def attention_view(rgb, attention, point):
    """The picture with a point marked, what the point attends to, and what all points attend to.

    attention: (rows, columns, rows, columns) of `attention_of`; point: (row, column) of the map.
    """
    rows, columns = attention.shape[:2]
    if not (0 <= point[0] < rows and 0 <= point[1] < columns):
        raise ValueError(f"point must lie in {rows} x {columns}, got {tuple(point)}")
    own = attention[point[0], point[1]]
    flat = torch.from_numpy(attention).reshape(1, 1, rows * columns, rows * columns)
    received = received_attention(flat, (rows, columns))[0].numpy()
    shown = [
        tiles.attention_overlay(rgb, np.ones((rows, columns)), point),
        tiles.attention_overlay(rgb, own, point),
        tiles.attention_overlay(rgb, received),
    ]
    y, x = np.unravel_index(own.argmax(), own.shape)
    captions = [
        f"the point: row {point[0]}, column {point[1]}\nof {rows} x {columns}, from the top left",
        f"bright: what it attends to, most to\nrow {y}, column {x} ({own.max() * own.size:.1f} × the mean)",
        f"bright: what all points attend to\n(at most {received.max() * received.size:.1f} × the mean); line: half",
    ]
    return row(shown, captions, 256)


def attention_strip(colorizer, picture, points=((0.25, 0.5), (0.4, 0.35), (0.6, 0.5), (0.9, 0.5))):
    """What each of some points attends to; points as shares of height and width -> uint8."""
    prepared = prepare(colorizer, picture)
    attention = attention_of(colorizer, prepared)
    cells = [
        tuple(min(int(x * n), n - 1) for x, n in zip(p, attention.shape, strict=False))
        for p in points
    ]
    shown = [tiles.attention_overlay(prepared.rgb, attention[cell], cell) for cell in cells]
    return tiles.captioned_row(
        shown, [f"from row {row}, column {column}" for row, column in cells], 200
    )


# The loss
# ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """The loss terms of one result, and which way each pulls its colours."""

    prepared: Prepared
    result: torch.Tensor  # (1, 2, H, W)
    values: dict  # name: the unweighted term
    # name: its gradient by the result's ab', (1, 2, H, W); zero for the attention term
    gradients: dict


def loss_terms(colorizer, prepared, vgg=None, mode="vibrant"):
    """Terms of the two-stage result on a picture.  vgg: a `losses.VGGFeatures`, None leaves its two
    terms out.

    mode: of `losses.diversity_loss`.
    """
    out = colorizer.predict(prepared.L, ab_base=prepared.base, return_attention=True)
    shape = colorizer.parts["refiner"].attention_shape(*prepared.L.shape[-2:])
    received = received_attention(out["attention"].float().cpu(), shape)
    with torch.enable_grad():
        ab = out["ab"].detach().float().cpu().requires_grad_()
        _, terms = losses.total_loss(
            prepared.L,
            ab,
            ab - prepared.base,
            prepared.base,
            prepared.ab,
            received,
            vgg,
            diversity=mode,
        )
        gradients = {
            name: torch.autograd.grad(term, ab, retain_graph=True)[0]
            if term.requires_grad
            else torch.zeros_like(ab)
            for name, term in terms.items()
        }
    names = [name for name in losses.WEIGHTS if name in terms]
    return Terms(
        prepared,
        ab.detach(),
        {n: terms[n].item() for n in names},
        {n: gradients[n].detach() for n in names},
    )


def loss_view(terms, weights):
    """Shares of the weighted terms in loss and gradient; where they pull, and what a small step
    with them does.

    weights: {name: weight}; a name that is missing weighs nothing.
    """
    names, p = list(terms.values), terms.prepared
    w = [float(weights.get(name, 0)) for name in names]
    parts = np.array([x * value for x, value in zip(w, terms.values.values(), strict=True)])
    pulls = [x * gradient for x, gradient in zip(w, terms.gradients.values(), strict=True)]
    lengths = np.array([pull.norm().item() for pull in pulls])
    shares = {
        "share of the loss": parts / max(parts.sum(), 1e-12),
        "share of the pull (gradient)": lengths / max(lengths.sum(), 1e-12),
    }
    bars = tiles.bar_table([f"{name} × {x:.2f}" for name, x in zip(names, w, strict=True)], shares)

    gradient = sum(pulls)
    strength = gradient[0].norm(dim=0).numpy()
    before, after = _rgb(p.L, terms.result), _stepped(terms, gradient)
    shown = [before, tiles.heat(strength, max(strength.max(), 1e-12)), after, p.rgb]
    step = f"after a step of {STEP} ab units" if gradient.any() else "no pull, so no step"
    captions = [
        f"result, MSE {_mse(p.rgb, before):.1f}\nloss {parts.sum():.5f}",
        "where the loss pulls\nblack not, white most",
        f"{step}\nMSE {_mse(p.rgb, after):.1f}",
        "truth",
    ]
    below = row(shown, captions)
    words = [f"{n} {a:.0%} and {b:.0%}" for n, a, b in zip(names, *shares.values(), strict=True)]
    note = tiles.headline(
        "The attention term pulls the attention map, so it cannot pull these colours.",
        below.pixels.shape[1],
        12,
    )
    return View(
        tiles.stack(bars, note, below.pixels, gap=4),
        f"Shares of loss and pull: {', '.join(words)}. {below.text}",
    )


def _stepped(terms, gradient):
    """The result after a step against the gradient, STEP ab units long in the mean over the pixels
    (RMS).
    """
    length = gradient.square().sum(dim=1).mean().sqrt().clamp(min=1e-12)
    return _rgb(terms.prepared.L, terms.result - gradient / length * STEP / color.AB_SCALE)


def loss_strip(terms, weights):
    """The view under these weights, and below it what a step with each term alone does -> uint8."""
    steps = {name: _stepped(terms, gradient) for name, gradient in terms.gradients.items()}
    captions = [
        f"{name}\nalone, MSE {_mse(terms.prepared.rgb, rgb):.1f}" for name, rgb in steps.items()
    ]
    return tiles.stack(
        loss_view(terms, weights).pixels, tiles.captioned_row(list(steps.values()), captions, 128)
    )


# Photos
# ------------------------------------------------------------------------------------------------------------


def color_photo(colorizer, data, stage="two-stage"):
    """The bytes of any picture file -> (its grey, coloured), uint8 (H, W, 3) of the photo's size."""
    photo = pictures.read_picture(data)
    return grey(photo), colorizer(photo, stage=stage)


def grey(photo):
    """The lightness of a photo alone -> uint8 (H, W, 3)."""
    return join(lightness(photo), torch.zeros(1, 2, 1, 1))
