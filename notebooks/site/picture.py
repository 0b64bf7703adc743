"""The pictures of README and photos.md, made by the kit from what comes with it:

    python notebooks/site/picture.py

The photo is Eileen Collins's portrait from scikit-image (NASA, public domain), without its colours; the other is drawn
by the kit.
"""

import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image
from skimage.data import astronaut

from colorlib import cli, framing, portraits
from colorlib.colorize import Colorizer

HERE = Path(__file__).parent
SIDE = 320  # pixels of each half
# (x, y, colour), as a person might place them: cloth, and what is not cloth
BLUE, SKY, ORANGE, WALL = "#2f56c8", "#a9c0e6", "#e2703a", "#cfc6c0"
DRAWN = [(60, 305, BLUE), (120, 310, BLUE), (250, 305, BLUE), (40, 60, SKY), (290, 90, SKY)]
PHOTO = [(70, 290, ORANGE), (110, 262, ORANGE), (265, 300, ORANGE), (50, 60, WALL), (250, 90, WALL)]


def make(target) -> int:
    """Colour the portrait and write both halves to target; returns the command's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder) / "old.png"
        photo = Image.fromarray(astronaut()).crop((60, 0, 400, 340))
        photo.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(old)
        code = cli.main(["colorize", str(old), "-o", str(Path(folder) / "both.jpg"), "--compare"])
        Path(target).write_bytes((Path(folder) / "both.jpg").read_bytes())
    return code


def rows():
    """[(weights, picture, hints)], uint8 (SIDE, SIDE, 3), the truth."""
    drawn = Image.fromarray(portraits.draw(3, size=256).rgb)
    photo = Image.fromarray(astronaut()).crop((60, 0, 400, 340))
    pictures = [np.asarray(x.resize((SIDE, SIDE), Image.Resampling.LANCZOS)) for x in (drawn, photo)]
    return list(zip(("portraits", "faces"), pictures, (DRAWN, PHOTO), strict=True))


def kit(target):
    """A drawn portrait and a photo: grey, coloured, three samples, with hints, the truth; written to target."""
    heads = ["grey", "coloured", "or so", "or so", "or so", "with five dabs", "the truth"]
    figure, axes = plt.subplots(2, len(heads), figsize=(13.2, 4.1), dpi=100)
    for line, (weights, truth, hints) in zip(axes, rows(), strict=True):
        colorizer = Colorizer.load(weights, device="cpu")
        nothing = framing.Patch(torch.zeros(1, 2, 8, 8), framing.Crop(0, SIDE, 0, SIDE))
        grey = framing.paint(truth, [nothing])
        hinted = colorizer(grey, hints=hints, faces=None)
        made = [grey, colorizer(grey, faces=None), *colorizer.samples(grey, 3, faces=None), hinted, truth]
        for axis, picture in zip(line, made, strict=True):
            axis.imshow(picture)
            axis.axis("off")
        for x, y, colour in hints:
            line[5].plot(x, y, "o", markersize=6, markerfacecolor=colour, markeredgecolor="white")
    for axis, head in zip(axes[0], heads, strict=True):
        axis.set_title(head, fontsize=13)
    figure.subplots_adjust(0.002, 0.005, 0.998, 0.925, 0.02, 0.02)
    figure.savefig(target, pil_kwargs={"quality": 90})
    plt.close(figure)


if __name__ == "__main__":
    kit(HERE / "kit.jpg")
    sys.exit(make(HERE / "photos.jpg"))
