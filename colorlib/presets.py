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
    epochs: float  # times the paper's numbers of epochs
    vgg_size: int | None  # side at which the perceptual and style terms look


PRESETS = {
    p.name: p
    for p in (
        Preset("smoke", "tests: seconds", 32, 64, 32, 1 / 16, (8, 16, 16), 16, 1 / 30, 16),
        Preset("lesson", "two cores: minutes", 64, 1500, 200, 1 / 8, (16, 32, 48, 64), 32, 0.2, 16),
        Preset(
            "shipped",
            "two cores: two hours, as the shipped faces",
            64,
            None,
            300,
            1 / 4,
            (16, 48, 96, 128),
            32,
            0.4,
            16,
        ),
        Preset("colab", "one free GPU: under an hour", 128, 10_000, 500, 1 / 2, (48, 96, 144, 192), 32, 0.5, 64),
        Preset("paper", "several GPUs: the full schedule", 256, None, None, 1.0, (64, 128, 256, 256), 8, 1.0, None),
    )
}


def preset(name=None):
    """The preset of that name; None takes COLORLIB_PRESET, and "lesson" where that is not set."""
    name = name or os.environ.get("COLORLIB_PRESET") or "lesson"
    if name not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, got {name!r}")
    return PRESETS[name]
