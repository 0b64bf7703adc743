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
from PIL import Image
from skimage.data import astronaut

from colorlib import cli, framing, portraits
from colorlib.colorize import Colorizer

HERE = Path(__file__).parent
SIDE = 320  # pixels of each half
HINT = "#3d6fb6"


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
    """[(weights, picture, place of a hint)], uint8 (SIDE, SIDE, 3), the truth."""
    photo = Image.fromarray(astronaut()).crop((60, 0, 400, 340)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return [("portraits", portraits.draw(3, size=SIDE).rgb, (160, 300)), ("faces", np.asarray(photo), (90, 280))]


def kit(target):
    """A drawn portrait and a photo: grey, coloured, three samples, one hint, and the truth; written to target."""
    heads = ["grey", "coloured", "or so", "or so", "or so", "a blue dab placed", "the truth"]
    figure, axes = plt.subplots(2, len(heads), figsize=(13.2, 4.1), dpi=100)
    for line, (weights, truth, place) in zip(axes, rows(), strict=True):
        colorizer = Colorizer.load(weights, device="cpu")
        L = framing.lightness(truth)
        grey = framing.paint(truth, [framing.Patch(0 * L.expand(-1, 2, -1, -1), framing.Crop(0, SIDE, 0, SIDE))])
        hinted = colorizer(grey, hints=[(*place, HINT)], faces=None)
        made = [grey, colorizer(grey, faces=None), *colorizer.samples(grey, 3, faces=None), hinted, truth]
        for axis, picture in zip(line, made, strict=True):
            axis.imshow(picture)
            axis.axis("off")
        line[5].plot(*place, "o", markersize=7, markerfacecolor=HINT, markeredgecolor="white")
    for axis, head in zip(axes[0], heads, strict=True):
        axis.set_title(head, fontsize=13)
    figure.subplots_adjust(0.002, 0.005, 0.998, 0.925, 0.02, 0.02)
    figure.savefig(target, pil_kwargs={"quality": 88})
    plt.close(figure)


if __name__ == "__main__":
    kit(HERE / "kit.jpg")
    sys.exit(make(HERE / "photos.jpg"))
