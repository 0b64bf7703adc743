"""Pixels in milliseconds, with Pillow: what widgets draw while a slider moves.

Pictures are uint8 (H, W, 3) throughout, in and out. `plots` offers most of these under its own
name, too.
"""

import io
from dataclasses import dataclass
from functools import lru_cache

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.Image import Resampling
from scipy.ndimage import binary_erosion
from skimage.util import montage

from colorlib.show import frames

LETTERS = 12  # pixels: of captions
SIDE = 192  # of one picture on the screen: three or two whole pixels for each of 64 or 96


@dataclass(frozen=True)
class View:
    """What a widget shows: pixels, uint8 (H, W, 3), and the same in words."""

    pixels: np.ndarray
    text: str
    cells: tuple = ()  # `frames.Cell`, the pictures it is made of, where a page shows these instead


def row(shown, captions, side=SIDE, sources=None):
    """Pictures side by side with captions below, as a View.

    sources: what a page draws each from (`frames.py`), None where it is the picture itself.
    """
    text = ". ".join(caption.replace("\n", ", ") for caption in captions)
    sources = [None] * len(captions) if sources is None else sources
    parts = zip(shown, captions, sources, strict=True)
    cells = tuple(frames.Cell(picture, caption, side, source) for picture, caption, source in parts)
    return View(captioned_row(shown, captions, side), text, cells)


def array_to_png(picture):
    """PNG bytes of a uint8 array (H, W, 3); fast rather than small."""
    out = io.BytesIO()
    Image.fromarray(checked(picture)).save(out, format="PNG", compress_level=1)
    return out.getvalue()


def checked(picture):
    """The picture, if it is uint8 (H, W, 3); else ValueError."""
    picture = np.asarray(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(f"picture must be uint8 (H, W, 3), got {picture.dtype} {picture.shape}")
    return picture


def at_least_one(pictures):
    """The pictures as a list; ValueError where there is none."""
    pictures = list(pictures)
    if not pictures:
        raise ValueError("pictures must hold at least one, got none")
    return pictures


def sheet(pictures, columns=8, gap=2):
    """Pictures of one size, (N, H, W, 3) or a list, as one: row by row, white between -> uint8."""
    pictures = np.stack([checked(picture) for picture in at_least_one(pictures)])
    columns = min(columns, len(pictures))
    out = montage(
        pictures,
        fill=(255, 255, 255),
        grid_shape=(-(-len(pictures) // columns), columns),
        padding_width=gap,
        channel_axis=-1,
    )
    return out[gap : len(out) - gap, gap : out.shape[1] - gap]  # no gap round it


def captioned_row(pictures, captions, side=220):
    """Pictures side by side, each `side` pixels high with a caption below -> uint8.

    Small pictures are enlarged by whole pixels, so that their pixels stay visible.
    """
    pictures, captions = [checked(x) for x in at_least_one(pictures)], list(captions)
    lines = 1 + max((caption.count("\n") for caption in captions), default=0)
    tiles = []
    for picture, caption in zip(pictures, captions, strict=True):
        image = _scaled(picture, side, Resampling.BOX if len(picture) >= side else None)
        tile = Image.new("RGB", (image.width + 8, side + 8 + 17 * lines), "white")
        tile.paste(image, (4, 4))
        ImageDraw.Draw(tile).multiline_text(
            (4, side + 6), caption, fill="black", font=_font(), spacing=3
        )
        tiles.append(np.asarray(tile))
    return np.concatenate(tiles, axis=1)


def _scaled(picture, side, method=None):
    """A picture as an Image of `side` pixels' height; method: None keeps its pixels visible."""
    image = Image.fromarray(picture)
    width = max(1, round(image.width * side / image.height))
    return image.resize((width, side), Resampling.NEAREST if method is None else method)


def cuts(picture, most=8, least=100):
    """Pixels from the left where a picture made of others may be cut from top to bottom.

    Into as many columns of one width as there are, up to `most` of `least` pixels or more, with
    white between them; none where there is no such number.
    """
    white = (checked(picture) == 255).all(axis=(0, 2))  # (W,)
    for count in range(min(most, len(white) // least), 1, -1):
        about = [k * len(white) // count for k in range(1, count)]
        near = [[x for x in (at, at - 1, at + 1, at - 2, at + 2) if white[x]] for at in about]
        if all(near):
            return tuple(xs[0] for xs in near)
    return ()


@lru_cache
def _font(size=LETTERS):
    """DejaVu Sans, which comes with matplotlib: Pillow's own font has no Greek letters or signs."""
    return ImageFont.truetype(matplotlib.get_data_path() + "/fonts/ttf/DejaVuSans.ttf", size)


def heat(values, top):
    """Numbers (H, W) from 0 (black) to `top` (white) through red and yellow -> uint8 (H, W, 3)."""
    x = np.clip(np.asarray(values, dtype=np.float32) / top, 0, 1)[..., None] * 3
    return (255 * np.clip(x - np.arange(3), 0, 1)).astype(np.uint8)


def attention_overlay(rgb, attention, point=None, side=256, even=False):
    """A picture, bright where `attention` (rows, columns) is high, else dark -> uint8, `side` high.

    The map is scaled to its own maximum, and a line runs round the tenth of the picture where it is
    highest. even=True takes one scale for all maps instead: dark is 0, bright twice the share that
    even attention would give, and a line runs round what has more than that.
    point: (row, column) of the map, marked with a ring.
    """
    picture = _scaled(checked(rgb), side, Resampling.BICUBIC)
    attention = np.asarray(attention)
    top = 2 / attention.size if even else max(attention.max(), 1e-12)
    share = Image.fromarray((attention / top).astype(np.float32))
    share = np.asarray(share.resize(picture.size, Resampling.BILINEAR))  # (side, width)
    out = np.asarray(picture, dtype=np.float32) * (0.3 + 0.7 * np.clip(share, 0, 1))[..., None]
    high = share > (1 if even else np.quantile(share, 0.9))
    out[high & ~binary_erosion(high, iterations=2)] = 255
    image = Image.fromarray(out.astype(np.uint8))
    if point is not None:
        y, x = (np.add(point, 0.5) * (side, picture.width) / attention.shape).tolist()
        ring = ImageDraw.Draw(image)
        ring.ellipse((x - 9, y - 9, x + 9, y + 9), outline="black", width=6)
        ring.ellipse((x - 7, y - 7, x + 7, y + 7), outline="white", width=2)
    return np.asarray(image)


def stack(*rows, gap=0):
    """Pictures of any widths below each other, flush left, white beside and between -> uint8."""
    width = max(row.shape[1] for row in rows)
    padded = [
        np.pad(r, ((0, gap), (0, width - r.shape[1]), (0, 0)), constant_values=255) for r in rows
    ]
    return np.concatenate(padded)[: -gap or None]


def headline(text, width, size=13):
    """One line of text on white -> uint8 (., width, 3)."""
    line = Image.new("RGB", (width, size + 12), "white")
    ImageDraw.Draw(line).text((4, 4), text, fill="black", font=_font(size))
    return np.asarray(line)


def bar_table(names, columns, number="{:.0%}", width=200, row=22):
    """A line for each name with a bar and a number in every column -> uint8.

    columns: {heading: shares, one a name, 0 to 1}. A bar is as long as its share of the column's
    `width`.
    """
    left = 12 + round(max(_font().getlength(name) for name in names))
    image = Image.new("RGB", (left + len(columns) * (width + 60), row * (len(names) + 1)), "white")
    pen = ImageDraw.Draw(image)
    for i, name in enumerate(names):
        pen.text((4, row * (i + 1) + 3), name, fill="black", font=_font())
    for j, (heading, shares) in enumerate(columns.items()):
        x = left + j * (width + 60)
        pen.text((x, 3), heading, fill="black", font=_font())
        for i, share in enumerate(shares):
            y, end = row * (i + 1) + 4, x + round(width * min(max(share, 0), 1))
            pen.rectangle((x, y, end, y + row - 8), fill="#0072B2")
            pen.text((end + 5, y - 1), number.format(share), fill="black", font=_font())
    return np.asarray(image)


def split_view(before, after, share, names=("before", "after"), side=384):
    """`before` left of a line, `after` right of it, `side` high, as a View.

    share: 0 to 100 (per cent). ValueError where their shapes differ.
    """
    if np.shape(before) != np.shape(after):
        raise ValueError(
            f"before and after must have one shape, got {np.shape(before)} and {np.shape(after)}"
        )
    left, right = fit(before, side), fit(after, side)
    out = _halves(left, right, share / 100)
    text = f"left of the line: {names[0]}, {share} %; right: {names[1]}"
    cell = frames.Cell(out, text, side, frames.Split(left, right, share / 100))
    return View(stack(out, headline(text, out.shape[1])), text, (cell,))


def split_strip(before, after, names=("before", "after")):
    """Before, half and half, after -> uint8."""
    left, right = fit(before, 240), fit(after, 240)
    three = {names[0]: left, "half and half": _halves(left, right, 0.5), names[1]: right}
    return captioned_row(three.values(), three, 240)


def _halves(left, right, share):
    """Left and right of a line at this share of the width, white with a black rim -> uint8."""
    x = round(left.shape[1] * share)
    out = np.concatenate([left[:, :x], right[:, x:]], axis=1)
    out[:, max(0, x - 2) : x + 2] = 0
    out[:, max(0, x - 1) : x + 1] = 255
    return out


def fit(picture, side):
    """A picture resized to `side` pixels high -> uint8; much smaller ones keep their pixels."""
    method = None if len(checked(picture)) * 2 <= side else Resampling.LANCZOS
    return np.asarray(_scaled(picture, side, method))
