"""How large, how long, in which order: the presets, and the schedule that they scale.

The paper (section 4) trains the base, freezes it, and refines: first without attention, the first
epochs without noise; then with attention on 10,000 pictures; then on 24,000. Those stages, and
those of the rivals beside it, stand in `methods.py`; a preset scales their epochs and sizes, and
nothing else. Set the environment variable COLORLIB_PRESET, or pass `--preset`. Plain data: nothing
runs here.
"""

import os
from dataclasses import dataclass, replace

from colorlib import methods


@dataclass(frozen=True)
class Preset:
    """What changes with size; nothing else does."""

    name: str
    purpose: str
    size: int  # side of the training pictures in pixels
    images: int | None  # training pictures, None for all there are
    val_images: int | None
    width: float  # of SIGGRAPH17
    channels: tuple[int, ...]  # of the enhanced U-Net
    batch: int
    epochs: tuple[float, float]  # of single networks, of second stages: times the paper's numbers
    vgg_size: int | None  # side at which the perceptual and style terms look
    shrink: int = 1  # of the enhanced U-Net
    folds: int = 2  # bases for the cross-fitted predictions
    dropout: float = 0.0  # of the base
    more: float = 1.2  # width of the larger base, times the base's
    steering: int = (
        0  # epochs of a last stage, not the paper's, on priors that are mostly the truth's
    )
    grow: float = 0.0  # share of the epochs of single networks and of steering at 2/3 of the side
    small: bool = False  # the paper's second stages learn from pictures of 2/3 of the side, too
    # Of single networks: shares of the pictures with another lightness and with another crop.
    wide: tuple[float, float] = (0.0, 0.0)


# fmt: off
PRESETS = {p.name: p for p in (
    Preset("smoke", "tests: seconds",
           size=32, images=64, val_images=32, width=1 / 16, channels=(8, 16, 16), batch=16,
           epochs=(1 / 30, 1 / 30), vgg_size=16),
    Preset("lesson", "two cores: minutes",
           size=64, images=1500, val_images=200, width=1 / 8, channels=(16, 32, 48, 64), batch=32,
           epochs=(0.2, 0.2), vgg_size=16, steering=8),
    Preset("shipped", "two cores: about nine hours; made the shipped faces",
           size=96, images=None, val_images=400, width=1 / 4, channels=(32, 64, 96), batch=64,
           epochs=(1.0, 0.1), vgg_size=16, shrink=2, dropout=0.1, more=1.15, grow=0.8, steering=8,
           small=True, wide=(0.2, 0.1)),
    Preset("drawn", "two cores: ten minutes; added hints and samples to the shipped portraits",
           size=64, images=6000, val_images=400, width=1 / 8, channels=(16, 32, 48, 64), batch=32,
           epochs=(1.0, 0.2), vgg_size=16, steering=8),
    Preset("colab", "one free GPU: under an hour",
           size=128, images=10_000, val_images=500, width=1 / 2, channels=(48, 96, 144, 192),
           batch=32, epochs=(0.5, 0.5), vgg_size=64, steering=8),
    Preset("paper", "several GPUs: the full schedule",
           size=256, images=None, val_images=None, width=1.0, channels=(64, 128, 256, 256),
           batch=8, epochs=(1.0, 1.0), vgg_size=None),
)}
# fmt: on


def preset(name=None):
    """The preset of that name; None takes COLORLIB_PRESET, and "lesson" where that is not set."""
    name = name or os.environ.get("COLORLIB_PRESET") or "lesson"
    if name not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, got {name!r}")
    return PRESETS[name]


def wanted_rivals(rivals):
    """What `rivals` means, as a tuple of names, each once: names, True for all, False for none.

    Raises ValueError for a name that is no rival's, TypeError for a text in place of a list.
    """
    known = methods.rivals()
    if isinstance(rivals, str):
        raise TypeError(f"rivals must be a list of names, got the text {rivals!r}")
    names = known if rivals is True else dict.fromkeys(rivals or ())
    for name in names:
        if name not in known:
            raise ValueError(f"rivals must be among {', '.join(known)}, got {name!r}")
    return tuple(names)


def stages(name=None, rivals=methods.FEW):
    """The schedule for a preset: list of `methods.Stage`, epochs scaled, at least one each (and one
    of warm-up).

    rivals: see `wanted_rivals`. Where the preset cross-fits, the base's folds come after the base;
    where it grows, single networks first see smaller pictures.
    """
    p = preset(name)
    (base,) = methods.find("base").stages
    folds = [
        replace(base, name=f"fold {k}", part=f"fold{k}", fold=(k, p.folds))
        for k in range(1, p.folds + 1)
    ]
    rows = [methods.find(rival) for rival in ("two-stage", *wanted_rivals(rivals))]
    wanted = [base, *folds, *(stage for row in rows for stage in row.stages)]
    return [stage for s in wanted for stage in _scaled(s, p)]


def _scaled(s, p):
    """A stage of the paper at the preset's length; two stages where it grows."""
    if s.extra == "steering":
        s = replace(s, epochs=p.steering)
        return _growing(s, p) if p.grow and p.steering else [s] * bool(p.steering)
    refines = s.step == "refine"
    factor = p.epochs[refines]
    epochs = max(1, round(s.epochs * factor))
    if s.extra == "as the second stage":
        epochs += _second_epochs(p)
    s = replace(s, epochs=epochs, warmup=min(s.warmup, max(1, round(s.warmup * factor))))
    if refines:
        return [replace(s, scale=2 / 3) if p.small else s]
    if s.second:
        return [s]
    s = replace(s, varied=s.varied or p.wide[0], zoom=s.zoom or p.wide[1])
    return _growing(s, p) if p.grow and epochs > 1 else [s]


def _second_epochs(p):
    """What the second stage takes, in epochs over all pictures."""
    paper = [s for s in methods.find("two-stage").stages if not s.extra]
    return max(1, round(sum(s.epochs * s.share for s in paper) * p.epochs[1])) + p.steering


def _growing(s, p):
    """A stage as two: most of its epochs on smaller pictures, the last at full size, gently."""
    large = max(1, round(s.epochs * (1 - p.grow)))
    return [
        replace(s, name=f"{s.name}, small", epochs=s.epochs - large, scale=2 / 3),
        replace(s, name=f"{s.name}, full size", epochs=large, scale=1.0, lr=s.lr / 2, begin=""),
    ]


def architecture(name=None):
    """How each part is built at a preset, as data that `models.build` and a weights file hold."""
    p = preset(name)
    built = {}
    for row in methods.trained():
        network = row.network if isinstance(row.network, str) else row.name
        built[row.part] = {"name": network, **row.settings(p)}
    return built | {f"fold{k}": built["base"] for k in range(1, p.folds + 1)}
