"""How often `is_grey` is wrong: toned, noisy and framed greys, and photos in full and in pale colours.

    python tests/benchmarks/grey.py ~/photos/val ~/more/val            # folders of colour photos
    python tests/benchmarks/grey.py PATHS --count 100 --sizes 64 96 200 --json out.json
    python tests/benchmarks/grey.py PATHS --show grey.png              # the photos that are themselves called grey

From `count` photos of each folder every kind is made: the centred square is shrunk to each of the sizes, then toned,
spoilt or made paler. What is saved as JPEG is so at the photo's own size, and shrunk after. A photo's place in the
folder seeds it, so that a second run says the same.

Every photo is taken for coloured. Folders of "colour" photos hold sepia prints, however: look at what --show draws, and
name those in a text file, a name a line, for --without.

A pale photo is asked about while its colours are to be seen: its mean ΔE2000 to the same picture in one tone (all
pixels of one lightness in their mean colour, 20 steps of lightness) is at least 1.2. About 1 is the least that is told
apart side by side; looked at alone, faces and scenes below 1.2 pass for black and white. These are counted apart.
"""

import argparse
import io
import json
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage.color import deltaE_ciede2000, lab2rgb, rgb2lab
from tqdm.auto import tqdm

from colorlib import color
from colorlib.data.grey import is_grey
from colorlib.data.pictures import find_pictures, read_picture, square

LUMA = np.array([0.299, 0.587, 0.114])
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])  # Microsoft's, also CSS's
VISIBLE, STEPS = 1.2, 20  # mean ΔE2000; steps of L


# Kinds: function(rgb (H, W, 3) in [0, 1], rng) -> the same shape, clipped by who calls.  Grey ones first.


def grey(rgb, rng):
    """No colour at all."""
    return np.repeat((rgb @ LUMA)[..., None], 3, axis=2)


def matrix(rgb, rng):
    """Sepia by a matrix, as phones and editors do it; the lights are clipped."""
    return (rgb @ SEPIA.T).clip(0, 1)


def css(rgb, rng):
    """CSS: filter: grayscale(1) sepia(0.3 to 1)."""
    x, amount = grey(rgb, rng), rng.uniform(0.3, 1)
    return (amount * (x @ SEPIA.T) + (1 - amount) * x).clip(0, 1)


def paper(rgb, rng):
    """Toned paper: brown ink on yellowish paper, mixed evenly."""
    white = rng.uniform((0.9, 0.82, 0.62), (1, 0.93, 0.85))
    ink = rng.uniform((0.08, 0.04, 0), (0.25, 0.14, 0.1))
    return ink + (rgb @ LUMA)[..., None] * (white - ink)


def _three(rgb, rng, colors, spread):
    """Colours of shadow, middle and light, mixed by lightness, each off by up to `spread`."""
    at, nodes = (0, rng.uniform(0.4, 0.6), 1), np.array(colors) + rng.uniform(-spread, spread, (3, 3))
    return np.stack([np.interp(rgb @ LUMA, at, nodes[:, i]) for i in range(3)], axis=2).clip(0, 1)


def three_point(rgb, rng):
    """Brown shadows, tan middle, cream lights."""
    return _three(rgb, rng, [(0.12, 0.07, 0.03), (0.55, 0.42, 0.28), (0.98, 0.94, 0.84)], 0.06)


def split_toned(rgb, rng):
    """Bluish shadows, yellowish lights."""
    return _three(rgb, rng, [(0.05, 0.07, 0.12), (0.45, 0.45, 0.46), (1, 0.95, 0.85)], 0.03)


def cyanotype(rgb, rng):
    """Prussian blue on white."""
    return _three(rgb, rng, [(0.02, 0.1, 0.28), (0.25, 0.48, 0.68), (0.93, 0.96, 0.96)], 0.05)


def selenium(rgb, rng):
    """A breath of purple in the middle tones."""
    g = (rgb @ LUMA)[..., None]
    return g + 4 * g * (1 - g) * np.array([0.04, -0.01, 0.02]) * rng.uniform(0.5, 1.5)


def _noise(x, rng, low=2, high=5):
    """Plus noise of this many of 255 levels, another one in each channel."""
    return (x + rng.normal(0, rng.uniform(low, high) / 255, x.shape)).clip(0, 1)


def noise(rgb, rng):
    """A grey scan with coloured noise of 2 to 5 levels."""
    return _noise(grey(rgb, rng), rng)


def noisy_sepia(rgb, rng):
    """Sepia by a matrix, with the same noise."""
    return _noise(matrix(rgb, rng), rng)


def _saved(x, quality):
    """As a JPEG with half the resolution in colour."""
    out = io.BytesIO()
    Image.fromarray(_bytes(x)).save(out, "JPEG", quality=quality, subsampling=2)
    return np.asarray(Image.open(out)) / 255


def grey_jpeg(rgb, rng):
    """Grey or on toned paper, with noise, saved as JPEG of quality 40 to 80."""
    x = (grey, paper)[rng.integers(2)](rgb, rng)
    return _saved(_noise(x, rng), int(rng.integers(40, 81)))


def border(rgb, rng):
    """Grey or sepia in a frame of another colour: yellow, brown, blue or cream, 3 to 10 % wide."""
    x = (grey, paper, matrix)[rng.integers(3)](rgb, rng)
    wide = max(1, round(rng.uniform(0.03, 0.1) * min(x.shape[:2])))
    frame = np.array([(0.93, 0.85, 0.62), (0.6, 0.45, 0.25), (0.2, 0.3, 0.55), (0.9, 0.88, 0.8)])[rng.integers(4)]
    framed = np.broadcast_to(frame + rng.uniform(-0.05, 0.05, 3), x.shape).copy()
    framed[wide:-wide, wide:-wide] = x[wide:-wide, wide:-wide]
    return _noise(framed, rng, 0.5, 2)


def yellowed(rgb, rng):
    """Grey that has yellowed from the edges inwards."""
    height, width = rgb.shape[:2]
    y, x = (np.minimum(np.arange(n), np.arange(n)[::-1]) / n for n in (height, width))
    share = rng.uniform(0.5, 1) * np.exp(-np.minimum(y[:, None], x) / 0.05)[..., None]
    return grey(rgb, rng) * (1 - share * (1 - np.array([0.95, 0.84, 0.6])))


# Coloured ones.


def photo(rgb, rng):
    """As it is."""
    return rgb


def photo_jpeg(rgb, rng):
    """Saved as JPEG of quality 40 to 80."""
    return _saved(rgb, int(rng.integers(40, 81)))


def _paler(rgb, share):
    return lab2rgb(rgb2lab(rgb) * (1, share, share))


def half(rgb, rng):
    """Half of its chroma."""
    return _paler(rgb, 0.5)


def third(rgb, rng):
    """30 % of its chroma."""
    return _paler(rgb, 0.3)


def fifth(rgb, rng):
    """20 % of its chroma."""
    return _paler(rgb, 0.2)


def noisy_third(rgb, rng):
    """30 % of its chroma, with noise of 2 to 5 levels."""
    return _noise(_paler(rgb, 0.3), rng)


def warm_light(rgb, rng):
    """By candlelight: less green, much less blue."""
    return rgb * np.array([1, rng.uniform(0.7, 0.85), rng.uniform(0.4, 0.65)])


def spot(rgb, rng):
    """Grey but for a disc of 2 to 5 % of the area with a chroma of 35."""
    lab = rgb2lab(grey(rgb, rng))
    height, width = rgb.shape[:2]
    (v, u), hue = rng.uniform(0.25, 0.75, 2), rng.uniform(0, 2 * np.pi)
    squared = (np.arange(height)[:, None] - v * height) ** 2 + (np.arange(width) - u * width) ** 2
    inside = squared < rng.uniform(0.02, 0.05) * height * width / np.pi
    lab[inside, 1:] += 35 * np.array([np.cos(hue), np.sin(hue)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # colours out of sRGB, clipped
        return lab2rgb(lab)


GREY = (
    grey, matrix, css, paper, three_point, split_toned, cyanotype, selenium, noise, noisy_sepia, grey_jpeg, border,
    yellowed,
)  # fmt: skip
COLOURED = (photo, photo_jpeg, half, third, fifth, noisy_third, warm_light, spot)
AT_FULL_SIZE = (grey_jpeg, photo_jpeg)


def _bytes(x):
    return np.rint(np.asarray(x).clip(0, 1) * 255).astype(np.uint8)


def make(kind, rgb, size, seed=0):
    """rgb, uint8 (H, W, 3), as this kind: uint8 (size, size, 3)."""
    rng = np.random.default_rng([seed, size])
    if kind in AT_FULL_SIZE:
        return square(_bytes(kind(rgb / 255, rng)), size)
    return _bytes(kind(square(rgb, size) / 255, rng))


def to_be_seen(rgb):
    """Mean ΔE2000 of a picture, uint8 (H, W, 3), to itself in one tone: each pixel in its lightness's mean colour."""
    lab = rgb2lab(rgb)
    step = np.minimum(lab[..., 0] * STEPS / 100, STEPS - 1).astype(int)
    many = np.maximum(np.bincount(step.ravel()), 1)
    means = [(np.bincount(step.ravel(), x.ravel()) / many)[step] for x in (lab[..., 1], lab[..., 2])]
    return deltaE_ciede2000(lab, np.dstack([lab[..., 0], *means])).mean()


def called_grey(pictures):
    """Of uint8 (size, size, 3) pictures, an array of bool."""
    return is_grey(color.rgb_to_lab(color.from_uint8(np.stack(pictures)))).numpy()


def chosen(folder, count, without):
    """count of a folder's pictures, evenly from all of them by name."""
    paths = [path for path in find_pictures(folder) if path.name not in without]
    return [paths[i] for i in np.linspace(0, len(paths) - 1, min(count, len(paths))).round().astype(int)]


def measure(paths, sizes):
    """{kind: {"grey": is it to be called so, "pictures": asked about, "wrong": answers, "unseen": left out}}."""
    table = {k.__name__: {"grey": k in GREY, "pictures": 0, "wrong": 0, "unseen": 0} for k in GREY + COLOURED}
    for number, path in enumerate(tqdm(paths, disable=None)):
        rgb = read_picture(path)
        pale = {kind: to_be_seen(make(kind, rgb, 96, number)) >= VISIBLE for kind in (half, third, fifth)}
        pale[noisy_third] = pale[third]  # noise is no colour
        for size in sizes:
            answers = called_grey([make(kind, rgb, size, number) for kind in GREY + COLOURED])
            for kind, answer in zip(GREY + COLOURED, answers, strict=True):
                row = table[kind.__name__]
                seen = pale.get(kind, True)
                row["pictures"] += bool(seen)
                row["unseen"] += not seen
                row["wrong"] += bool(seen and answer != row["grey"])
    return table


def show(paths, path, size=96):
    """Draw the photos that are called grey as they are; returns their names."""
    found = [p for p in paths if called_grey([square(read_picture(p), size)])[0]]
    if found:
        Image.fromarray(np.hstack([square(read_picture(p), size) for p in found])).save(path)
    return [p.name for p in found]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=100, help="photos of each folder")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 96, 200])
    parser.add_argument("--without", type=Path, help="a file with names of photos to leave out, one a line")
    parser.add_argument("--show", type=Path, help="only draw the photos called grey as they are, all of the folders'")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    without = options.without.read_text("utf-8").split() if options.without else []
    count = 10**9 if options.show else options.count
    paths = [path for folder in options.folders for path in chosen(folder, count, without)]
    if options.show:
        names = show(paths, options.show)
        print(f"{len(names)} of {len(paths)} photos are called grey as they are", *names, sep="\n  ")
        return names
    torch.set_num_threads(1)
    table = measure(paths, options.sizes)
    print(f"{len(paths)} photos at {', '.join(map(str, options.sizes))} pixels")
    print(f"{'kind':<14}{'is':<10}{'pictures':>9}{'wrong':>7}{'':>8}{'not to be seen':>16}")
    for kind, row in table.items():
        share = f"{row['wrong'] / row['pictures']:.1%}" if row["pictures"] else ""
        is_ = "grey" if row["grey"] else "coloured"
        print(f"{kind:<14}{is_:<10}{row['pictures']:>9}{row['wrong']:>7}{share:>8}{row['unseen'] or '':>16}")
    if options.json:
        options.json.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    return table


if __name__ == "__main__":
    main()
