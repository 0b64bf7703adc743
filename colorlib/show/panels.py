"""What the widgets show, without the widgets: state in, a `View` out, which is pixels and words.

The `*_strip` functions draw several states side by side, for readers without a kernel.
A colorizer is a `colorize.Colorizer`; pictures are uint8 (H, W, 3), cropped and shrunk to the
colorizer's size.
"""

import io
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image, ImageDraw

from colorlib import color, framing, losses, metrics
from colorlib.colorize import picture_noise
from colorlib.data import pictures
from colorlib.data.arguments import whole_number
from colorlib.diffusion import correct_once, noise_schedule, q_sample
from colorlib.models.enhanced_unet import received_attention
from colorlib.prior import NAMES, color_prior
from colorlib.show import frames, plots, tiles
from colorlib.show.tiles import View, row

SLIDER_MAX = 200  # twice and more what the refiner sees in training: beyond, there is only noise
CURVE_TS = (0, 5, 10, 20, 35, 50, 75, 100, 150, 200)
RESIDUAL_TOP, ERROR_TOP = 20, 25  # white in the heat maps: ab units, CIEDE2000
SHARP = 256  # pixels a side: of pictures that are looked at
STEP = 3  # ab units: the length of the step against the gradient


@dataclass(frozen=True)
class Prepared:
    """A picture and what the base says about it; model units, a batch of one."""

    rgb: np.ndarray  # uint8 (size, size, 3)
    L: torch.Tensor  # (1, 1, size, size)
    ab: torch.Tensor  # (1, 2, size, size), the truth
    base: torch.Tensor  # (1, 2, size, size), the base prediction
    sharp: np.ndarray  # uint8 (side, side, 3), side at most SHARP: the picture as it is looked at

    def shown(self, ab):
        """The picture in these colours, ab' (1, 2, size, size) -> uint8 (size, size, 3)."""
        return color.show(self.L, ab.clamp(-1.2, 1.2))[0]  # noise may leave the model's units

    def drawn(self, ab):
        """The same with the sharp L, as colourisation is used -> uint8, as large as `sharp`."""
        L, _ = color.rgb_to_model(color.from_uint8(self.sharp))
        return plots.joined(L, ab)[0]

    def mse(self, rgb):
        """Mean squared error of a uint8 picture."""
        return metrics.mse(self.rgb[None], rgb[None])[0]


def prepare(colorizer, picture):
    """Crop and shrink a picture to the colorizer's size, and run the base on it once."""
    rgb = pictures.square(picture, colorizer.size)
    sharp = pictures.square(picture, max(colorizer.size, min(SHARP, *np.shape(picture)[:2])))
    L, ab = color.rgb_to_model(color.from_uint8(rgb))
    base = colorizer.predict(L, stage="base")["ab"].float().cpu()
    return Prepared(rgb, L, ab, base, sharp)


# Lab
# --------------------------------------------------------------------------------------------------


def lab_view(picture, scale=(1, 1, 1), offset=(0, 0, 0)):
    """L, a and b of a picture, each stretched and shifted, alone and put together again.

    Each is times its scale, L about 50, plus its offset in Lab units.
    """
    lab = color.rgb_to_lab(color.from_uint8(picture))  # (1, 3, H, W)
    centre, scale, offset = torch.tensor([(50.0, 0, 0), scale, offset]).view(3, 1, 3, 1, 1)
    lab = (lab - centre) * scale + centre + offset
    lab[:, 0].clamp_(0, 100)
    shown, (L, a, b) = plots.lab_parts(lab)
    names = [f"L: {L}\ndark to light", f"a: {a}\ngreen - to red +", f"b: {b}\nblue - to yellow +"]
    return row([picture, *shown], ["picture", *names, "L, a, b together"], side=160)


def lab_strip(picture):
    """The picture put together from changed L, a and b -> uint8."""
    scales = {
        "as it is": (1.0, 1.0, 1.0),
        "a times 0": (1.0, 0.0, 1.0),
        "b times 0": (1.0, 1.0, 0.0),
        "a and b times 2": (1.0, 2.0, 2.0),
        "b times -1": (1.0, 1.0, -1.0),
    }
    lab = color.rgb_to_lab(color.from_uint8(picture))
    lab = lab * torch.tensor(list(scales.values())).view(-1, 3, 1, 1)  # (5, 3, H, W)
    return tiles.captioned_row(color.to_uint8(color.lab_to_rgb(lab)), scales, 150)


# The noise step
# --------------------------------------------------------------------------------------------------


@torch.no_grad()
def one_step(colorizer, prepared, t, schedule="linear", seed=0, prior=None):
    """The one-step correction with any schedule.

    prior: (4,) or (1, 4) in model units; None takes the base prediction's own.
    Returns (noised base, result, residual), each (1, 2, H, W).
    """
    colorizer.check_stage("two-stage")
    t = whole_number("t", t)
    L, base = prepared.L.to(colorizer.device), prepared.base.to(colorizer.device)
    alpha_bar, noise = noise_schedule(schedule), picture_noise(base, seed)
    prior = color_prior(base) if prior is None else torch.as_tensor(prior).to(base).reshape(1, 4)
    result, residual = correct_once(colorizer.parts["refiner"], L, base, t, prior, noise, alpha_bar)
    noised = q_sample(base, torch.tensor([t], device=base.device), noise, alpha_bar)
    return [x.float().cpu() for x in (noised, result, residual)]


def t_view(colorizer, prepared, t, schedule="linear", seed=0, curve=None):
    """Noised base, one-step result, size of its residual, and its error; below, a `Curve`."""
    noised, result, residual = one_step(colorizer, prepared, t, schedule, seed)
    pred, base = prepared.shown(result), prepared.shown(prepared.base)
    size = residual[0].norm(dim=0).numpy() * color.AB_SCALE
    error = plots.pixel_errors(prepared.rgb, pred)
    keep = noise_schedule(schedule)[t].item()  # of the signal's square
    noise, p = picture_noise(prepared.base, seed), prepared
    sources = [
        frames.Noised(p.sharp, p.base, noise, keep**0.5, (1 - keep) ** 0.5),
        frames.Colours(p.sharp, result),
        frames.Heat(size, RESIDUAL_TOP),
        frames.Heat(error, ERROR_TOP),
    ]
    captions = [
        f"noised base\nt = {t}, {schedule}",
        f"one-step result, MSE {prepared.mse(pred):.0f}\nbase alone: {prepared.mse(base):.0f}",
        f"residual, mean {size.mean():.1f} ab units\nblack 0, white {RESIDUAL_TOP}",
        f"error, mean ΔE2000 {error.mean():.1f}\nblack 0, white {ERROR_TOP}",
    ]
    above = row(
        [
            prepared.drawn(noised),
            prepared.drawn(result),
            tiles.heat(size, RESIDUAL_TOP),
            tiles.heat(error, ERROR_TOP),
        ],
        captions,
        sources=sources,
    )
    if curve is None:
        return above
    below = curve.marked(t)
    pixels = tiles.stack(above.pixels, below.pixels)
    return View(pixels, f"{above.text}. {below.text}", above.cells + below.cells)


def t_quality(colorizer, prepared, schedule="linear", seed=0, ts=CURVE_TS):
    """Mean MSE over a list of Prepared: of the one-step results at each t, and of the base.

    Returns (list, float).
    """

    def score(results):
        pairs = zip(prepared, results, strict=True)
        return float(np.mean([p.mse(p.shown(ab)) for p, ab in pairs]))

    scores = [score(one_step(colorizer, p, t, schedule, seed)[1] for p in prepared) for t in ts]
    return scores, score(p.base for p in prepared)


def t_strip(colorizer, picture, ts=(0, 10, 20, 50, 100, 200), schedule="linear", seed=0):
    """Noised base above, one-step result below, for each t -> uint8."""
    prepared = prepare(colorizer, picture)
    steps = [one_step(colorizer, prepared, t, schedule, seed) for t in ts]
    above, below = ([prepared.drawn(step[i]) for step in steps] for i in (0, 1))
    captions = [f"result, MSE {prepared.mse(prepared.shown(step[1])):.0f}" for step in steps]
    above = tiles.captioned_row(above, [f"t = {t}" for t in ts], 150)
    return tiles.stack(above, tiles.captioned_row(below, captions, 150))


class Curve:
    """The quality curve as pixels, drawn once; marking a t is then a matter of a line."""

    def __init__(self, mse, base_mse, ts=CURVE_TS):
        self.mse, self.ts, self.base = mse, ts, f"the base alone {base_mse:.0f}"
        plot = plots.quality_curve(ts, mse, base_mse)
        plot.set_size_inches(8, 2.6)
        axes = plot.axes[0]
        # where no mark crosses it
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
        self.image = Image.open(io.BytesIO(plots.figure_to_png(plot))).convert("RGB")
        self.x = lambda t: axes.transData.transform((t, 0))[0]
        box = axes.get_window_extent()
        self.rows = self.image.height - box.y1, self.image.height - box.y0

    def marked(self, t):
        """The curve with a line and a triangle at t, as a View; its text is interpolated."""
        mse, image = np.interp(t, self.ts, self.mse), self.image.copy()
        pen, x, (top, bottom) = ImageDraw.Draw(image), self.x(t), self.rows
        pen.line([(x, top), (x, bottom)], fill="black", width=2)
        pen.regular_polygon((x, top + 4, 7), 3, rotation=180, fill="black")
        text = f"On the curve below, mean MSE {mse:.0f} at t = {t}; {self.base}"
        marked = frames.Marked(np.asarray(self.image), x, top, bottom)
        words = text.replace("On the curve below, m", "M")
        return View(np.asarray(image), text, (frames.Cell(np.asarray(image), words, 0, marked),))


# The colour prior
# --------------------------------------------------------------------------------------------------


def prior_view(colorizer, prepared, prior=None, t=None):
    """Base, result under a prior, and truth.

    prior: four numbers in ab units; None takes the base's own.
    """
    prior = own_prior(prepared.base) if prior is None else [float(x) for x in prior]
    result = steered(colorizer, prepared, prior, t)
    shown, captions, sources = [], [], [None, frames.Colours(prepared.sharp, result), None]
    for name, ab in (("base", prepared.base), ("result", result), ("truth", prepared.ab)):
        shown.append(prepared.sharp if name == "truth" else prepared.drawn(ab))
        error = "" if name == "truth" else f", MSE {prepared.mse(prepared.shown(ab)):.0f}"
        captions.append(f"{name}{error}\nits prior: {', '.join(f'{x:.0f}' for x in own_prior(ab))}")
    view = row(shown, captions, 256, sources)
    words = f"Prior set to {', '.join(f'{x:.1f}' for x in prior)}. {view.text}"
    return replace(view, text=words)


def own_prior(ab):
    """The colour prior of ab' (1, 2, H, W) as four numbers in ab units."""
    return (color_prior(ab)[0] * color.AB_SCALE).tolist()


def steered(colorizer, prepared, prior, t=None):
    """The one-step result, ab' (1, 2, H, W), under a prior: four numbers in ab units."""
    prior = torch.tensor(prior) / color.AB_SCALE
    return one_step(colorizer, prepared, colorizer.t if t is None else t, prior=prior)[1]


def prior_stills(colorizer, prepared):
    """Results under the base's own prior, the truth's, and with mean a or mean b set -> uint8."""
    own = own_prior(prepared.base)
    states = {"the base's own": own, "the truth's (oracle)": own_prior(prepared.ab)}
    states |= {f"mean a = {x}": [x, *own[1:]] for x in (-20, 40)}
    states |= {f"mean b = {x}": [own[0], x, *own[2:]] for x in (-20, 40)}
    results = [steered(colorizer, prepared, prior) for prior in states.values()]
    return tiles.captioned_row(map(prepared.drawn, results), states, 136)


def prior_strip(colorizer, picture, number=0, values=(-20, 0, 20, 40)):
    """The base, then results with one number of its prior set to each value -> uint8.

    number: 0 to 3, see `prior.NAMES`. values: in ab units.
    """
    prepared = prepare(colorizer, picture)
    own = own_prior(prepared.base)
    results = {"base": prepared.base}
    for value in values:
        prior = [*own[:number], value, *own[number + 1 :]]
        results[f"{NAMES[number]} = {value:g}"] = steered(colorizer, prepared, prior)
    return tiles.captioned_row(map(prepared.drawn, results.values()), results, 150)


# Attention
# --------------------------------------------------------------------------------------------------


def attention_of(colorizer, prepared):
    """The refiner's map on a picture, mean over the heads.

    Returns (rows, columns, rows, columns); who looks comes first.
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
    received = attention.mean(axis=(0, 1))  # as `received_attention`: mean over who looks
    y, x = np.unravel_index(own.argmax(), own.shape)
    most, most_received = (shares.max() * shares.size for shares in (own, received))
    shown = [
        tiles.attention_overlay(rgb, np.ones((rows, columns)), point),
        tiles.attention_overlay(rgb, own, point, even=True),
        tiles.attention_overlay(rgb, received, even=True),
    ]
    captions = [
        f"the point: row {point[0]}, column {point[1]}\nof {rows} x {columns}, from the top left",
        f"looks at {in_effect(own):.0f} of {own.size} points in effect\n"
        f"most at row {y}, column {x} ({most:.1f} × even)",
        f"what all points look at, at most\n{most_received:.1f} × even; bright: twice, dark: not",
    ]
    point = tuple(map(int, point))
    sources = [
        frames.Veil(rgb, own, point, shaded=False),
        frames.Veil(rgb, own, point),
        None,
    ]
    return row(shown, captions, 256, sources)


def in_effect(shares):
    """How many of the shares, which sum to one, count in effect: e to their entropy."""
    shares = np.asarray(shares, dtype=np.float64).ravel()
    return float(np.exp(-(shares * np.log(np.maximum(shares, 1e-12))).sum()))


def attention_strip(colorizer, picture, points=((0.25, 0.5), (0.4, 0.35), (0.6, 0.5), (0.9, 0.5))):
    """What each of some points attends to -> uint8. points: shares of height and width, below 1."""
    prepared = prepare(colorizer, picture)
    attention = attention_of(colorizer, prepared)
    cells = [tuple(int(x * n) for x, n in zip(p, attention.shape, strict=False)) for p in points]
    shown = [tiles.attention_overlay(prepared.sharp, attention[c], c, even=True) for c in cells]
    captions = [
        f"from row {c[0]}, column {c[1]}\n"
        f"{in_effect(attention[c]):.0f} of {attention[c].size} in effect"
        for c in cells
    ]
    return tiles.captioned_row(shown, captions, 200)


# The loss
# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """The loss terms of one result, and which way each pulls its colours."""

    prepared: Prepared
    result: torch.Tensor  # (1, 2, H, W)
    values: dict  # name: the unweighted term
    # name: its gradient by the result's ab', (1, 2, H, W); zero for the attention term
    gradients: dict


def loss_terms(colorizer, prepared, vgg=None, mode="vibrant"):
    """Terms of the two-stage result on a picture.

    vgg: a `losses.VGGFeatures`, None leaves its two terms out. mode: of `losses.diversity_loss`.
    """
    out = colorizer.predict(prepared.L, ab_base=prepared.base, return_attention=True)
    shape = colorizer.parts["refiner"].attention_shape(*prepared.L.shape[-2:])
    received = received_attention(out["attention"].float().cpu(), shape)
    p, ab = prepared, out["ab"].detach().float().cpu().requires_grad_()
    with torch.enable_grad():
        _, terms = losses.total_loss(
            p.L, ab, ab - p.base, p.base, p.ab, received, vgg, diversity=mode
        )
    terms = {name: terms[name] for name in losses.WEIGHTS if name in terms}
    gradients = {
        name: torch.autograd.grad(term, ab, retain_graph=True)[0]
        if term.requires_grad
        else torch.zeros_like(p.base)
        for name, term in terms.items()
    }
    return Terms(p, ab.detach(), {name: term.item() for name, term in terms.items()}, gradients)


def loss_view(terms, weights):
    """Shares of the weighted terms in loss and gradient; where they pull, and what a step does.

    weights: {name: weight}; a name that is missing weighs nothing.
    """
    names, p = list(terms.values), terms.prepared
    w = [float(weights.get(name, 0)) for name in names]
    parts = np.multiply(w, list(terms.values.values()))
    pulls = [x * gradient for x, gradient in zip(w, terms.gradients.values(), strict=True)]
    lengths = np.array([pull.norm().item() for pull in pulls])
    shares = {
        "share of the loss": parts / max(parts.sum(), 1e-12),
        "share of the pull (gradient)": lengths / max(lengths.sum(), 1e-12),
    }
    bars = tiles.bar_table([f"{name} × {x:.2f}" for name, x in zip(names, w, strict=True)], shares)

    gradient = sum(pulls)  # (1, 2, H, W)
    strength = gradient[0].norm(dim=0).numpy()
    top, stepped = max(strength.max(), 1e-12), _stepped(terms, gradient)
    before, after = p.shown(terms.result), p.shown(stepped)
    shown = [p.drawn(terms.result), tiles.heat(strength, top), p.drawn(stepped), p.sharp]
    sources = [None, frames.Heat(strength, top), frames.Colours(p.sharp, stepped), None]
    step = f"after a step of {STEP} ab units" if gradient.any() else "no pull, so no step"
    captions = [
        f"result, MSE {p.mse(before):.1f}\nloss {parts.sum():.5f}",
        "where the loss pulls\nblack not, white most",
        f"{step}\nMSE {p.mse(after):.1f}",
        "truth",
    ]
    below = row(shown, captions, sources=sources)
    words = [f"{n} {a:.0%} and {b:.0%}" for n, a, b in zip(names, *shares.values(), strict=True)]
    note = tiles.headline(
        "The attention term pulls the attention map, so it cannot pull these colours.",
        below.pixels.shape[1],
        12,
    )
    return View(
        tiles.stack(bars, note, below.pixels, gap=4),
        f"Shares of loss and pull: {', '.join(words)}. {below.text}",
        (frames.Cell(bars), *below.cells),
    )


def _stepped(terms, gradient):
    """ab' of the result after a step against the gradient, STEP ab units long in the RMS."""
    length = gradient.square().sum(dim=1).mean().sqrt().clamp(min=1e-12)
    return terms.result - gradient / length * STEP / color.AB_SCALE


def loss_strip(terms, weights):
    """The view under these weights, and below it what a step with each term alone does -> uint8."""
    steps = {name: _stepped(terms, gradient) for name, gradient in terms.gradients.items()}
    p = terms.prepared
    captions = [f"{n}\nalone, MSE {p.mse(p.shown(ab)):.1f}" for n, ab in steps.items()]
    below = tiles.captioned_row(map(p.drawn, steps.values()), captions, 128)
    return tiles.stack(loss_view(terms, weights).pixels, below)


# Photos
# --------------------------------------------------------------------------------------------------


def color_photo(colorizer, data, stage="two-stage"):
    """The bytes of any picture file -> (its grey, coloured), uint8 (H, W, 3), as large as it is."""
    photo = pictures.read_picture(data)
    return framing.paint(photo, []), colorizer(photo, stage=stage)
