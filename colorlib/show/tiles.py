"""Pixels in milliseconds, with Pillow: what widgets draw while a slider moves.

Pictures are uint8 (H, W, 3) throughout, in and out.  `plots` offers all of these under its own
name, too.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 192  # of one picture on the screen: three or two whole pixels for each of 64 or 96


@dataclass(frozen=True)
class View:
    """What a widget shows: pixels, uint8 (H, W, 3), and the same in words."""

    pixels: np.ndarray
    text: str


def row(shown, captions, side=SIDE):
    """Pictures side by side with captions below, as a View."""
    text = ". ".join(caption.replace("\n", ", ") for caption in captions)
    return View(captioned_row(shown, captions, side), text)


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
    """Pictures of one size as one: (N, H, W, 3) or a list -> uint8, row by row, white between them."""
    pictures = np.stack([checked(picture) for picture in at_least_one(pictures)])
    n, height, width, _ = pictures.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    out = np.full(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, dtype=np.uint8
    )
    for i, picture in enumerate(pictures):
        y, x = i // columns * (height + gap), i % columns * (width + gap)
        out[y : y + height, x : x + width] = picture
    return out


def captioned_row(pictures, captions, side=220):
    """Pictures side by side, each `side` pixels high with a caption below -> uint8.  Drawn in
    milliseconds.

    Small pictures are enlarged by whole pixels, so that their pixels stay visible.
    """
    tiles = []
    for picture, caption in zip(at_least_one(pictures), captions, strict=True):
        image = Image.fromarray(checked(picture))
        width = round(image.width * side / image.height)
        image = image.resize(
            (width, side), Image.Resampling.NEAREST if image.height < side else Image.Resampling.BOX
        )
        tile = Image.new("RGB", (width + 8, side + 8 + 17 * (caption.count("\n") + 1)), "white")
        tile.paste(image, (4, 4))
        ImageDraw.Draw(tile).multiline_text(
            (4, side + 6), caption, fill="black", font=_font(), spacing=3
        )
        tiles.append(np.asarray(tile))
    tallest = max(tile.shape[0] for tile in tiles)
    padded = [
        np.pad(t, ((0, tallest - t.shape[0]), (0, 0), (0, 0)), constant_values=255) for t in tiles
    ]
    return np.concatenate(padded, axis=1)


@lru_cache
def _font(size=12):
    """DejaVu Sans, which comes with matplotlib: unlike Pillow's own font it has Greek letters and
    signs.
    """
    return ImageFont.truetype(
        Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size
    )


def heat(values, top):
    """Numbers (H, W) from 0 (black) to `top` (white) through red and yellow -> uint8 (H, W, 3)."""
    x = np.clip(np.asarray(values, dtype=np.float32) / top, 0, 1)[..., None] * 3
    return (255 * np.clip(x - np.arange(3), 0, 1)).astype(np.uint8)


def attention_overlay(rgb, attention, point=None, side=256):
    """The picture, bright where `attention` (rows, columns) is high and dark elsewhere -> uint8,
    `side` high.

    The map is scaled to its own maximum.  A line runs round the tenth of the picture where it is
    highest.
    point: (row, column) of the map, marked with a ring.
    """
    picture = Image.fromarray(checked(rgb))
    width = round(side * picture.width / picture.height)
    shape = np.shape(attention)
    share = Image.fromarray(
        (np.asarray(attention) / max(np.max(attention), 1e-12)).astype(np.float32)
    )
    share = np.asarray(share.resize((width, side), Image.Resampling.BILINEAR))[..., None]
    base = np.asarray(picture.resize((width, side), Image.Resampling.BICUBIC), dtype=np.float32)
    out = base * (0.3 + 0.7 * np.clip(share, 0, 1))
    high = share[..., 0] > np.quantile(share, 0.9)
    edge = high ^ (
        np.roll(high, 2, 0)
        & np.roll(high, -2, 0)
        & np.roll(high, 2, 1)
        & np.roll(high, -2, 1)
        & high
    )
    out[edge] = 255
    image = Image.fromarray(out.astype(np.uint8))
    if point is not None:
        y, x = (
            (at + 0.5) * size / n for at, size, n in zip(point, (side, width), shape, strict=True)
        )
        ring = ImageDraw.Draw(image)
        ring.ellipse((x - 9, y - 9, x + 9, y + 9), outline="black", width=6)
        ring.ellipse((x - 7, y - 7, x + 7, y + 7), outline="white", width=2)
    return np.asarray(image)


def stack(*rows, gap=0):
    """Pictures of any widths one below the other, flush left, white beside and between them ->
    uint8.
    """
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

    columns: {heading: shares, one a name, 0 to 1}.  A bar is as long as its share of the column's
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
            pen.rectangle((x, y, max(end, x), y + row - 8), fill="#0072B2")
            pen.text((max(end, x) + 5, y - 1), number.format(share), fill="black", font=_font())
    return np.asarray(image)


def split_view(before, after, share, names=("before", "after"), side=384):
    """`before` left of the line, `after` right of it, at most `side` high.  share: 0 to 100 (per
    cent).
    """
    if np.shape(before) != np.shape(after):
        raise ValueError(
            f"before and after must have one shape, got {np.shape(before)} and {np.shape(after)}"
        )
    left, right = (fit(picture, side) for picture in (before, after))
    x = round(left.shape[1] * share / 100)
    out = np.concatenate([left[:, :x], right[:, x:]], axis=1)
    out[:, max(0, x - 2) : x + 2] = 0
    out[:, max(0, x - 1) : x + 1] = 255
    text = f"left of the line: {names[0]}, {share} %; right: {names[1]}"
    return View(stack(out, headline(text, out.shape[1])), text)


def fit(picture, side):
    """A picture resized to `side` pixels high -> uint8; much smaller ones keep their pixels
    visible.
    """
    image = Image.fromarray(checked(picture))
    size = (max(1, round(image.width * side / image.height)), side)
    sharp = image.height * 2 <= side
    return np.asarray(
        image.resize(size, Image.Resampling.NEAREST if sharp else Image.Resampling.LANCZOS)
    )


def split_strip(before, after, names=("before", "after")):
    """Before, half and half, after -> uint8."""
    left, right = (fit(picture, 240) for picture in (before, after))
    x = left.shape[1] // 2
    half = np.concatenate([left[:, :x], right[:, x:]], axis=1)
    half[:, x - 1 : x + 1] = 255
    return captioned_row([left, half, right], [names[0], "half and half", names[1]], 240)
