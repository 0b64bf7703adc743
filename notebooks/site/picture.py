"""The picture of photos.md, before and after, by the command that the page tells of:

    python notebooks/site/picture.py

The photo is Eileen Collins's portrait from scikit-image (NASA, public domain), without its colours.
"""

import sys
import tempfile
from pathlib import Path

from PIL import Image
from skimage.data import astronaut

from colorlib import cli

SIDE = 320  # pixels of each half


def make(target) -> int:
    """Colour the portrait and write both halves to target; returns the command's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder) / "old.png"
        photo = Image.fromarray(astronaut()).crop((60, 0, 400, 340))
        photo.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(old)
        code = cli.main(["colorize", str(old), "-o", str(Path(folder) / "both.jpg"), "--compare"])
        Path(target).write_bytes((Path(folder) / "both.jpg").read_bytes())
    return code


if __name__ == "__main__":
    sys.exit(make(Path(__file__).with_name("photos.jpg")))
