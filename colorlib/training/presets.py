"""One switch for size: the same code, from seconds on a laptop to days on a GPU.

Set the environment variable COLORLIB_PRESET, or pass `--preset`.
"""

import os
from dataclasses import dataclass


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
    # epochs of a last stage, not the paper's, in which most priors are the truth's
    steering: int = 0
    # share of the epochs of single networks and of steering on pictures of 2/3 of the side
    grow: float = 0.0
    small: bool = False  # the paper's second stages learn from pictures of 2/3 of the side, too


# fmt: off
PRESETS = {
    p.name: p
    for p in (
        Preset("smoke", "tests: seconds", size=32, images=64, val_images=32, width=1 / 16,
               channels=(8, 16, 16), batch=16, epochs=(1 / 30, 1 / 30), vgg_size=16),
        Preset("lesson", "two cores: minutes", size=64, images=1500, val_images=200, width=1 / 8,
               channels=(16, 32, 48, 64), batch=32, epochs=(0.2, 0.2), vgg_size=16, steering=8),
        Preset("shipped", "two cores: about three hours; made the shipped faces", size=96, images=None, val_images=400,
               width=1 / 4, channels=(32, 64, 96), batch=32, epochs=(0.6, 0.2), vgg_size=16,
               shrink=2, dropout=0.1, more=1.15, grow=0.8, steering=15, small=True),
        Preset("colab", "one free GPU: under an hour", size=128, images=10_000, val_images=500, width=1 / 2,
               channels=(48, 96, 144, 192), batch=32, epochs=(0.5, 0.5), vgg_size=64, steering=8),
        Preset("paper", "several GPUs: the full schedule", size=256, images=None, val_images=None, width=1.0,
               channels=(64, 128, 256, 256), batch=8, epochs=(1.0, 1.0), vgg_size=None),
    )
}
# fmt: on


def preset(name=None):
    """The preset of that name; None takes COLORLIB_PRESET, and "lesson" where that is not set."""
    name = name or os.environ.get("COLORLIB_PRESET") or "lesson"
    if name not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, got {name!r}")
    return PRESETS[name]
