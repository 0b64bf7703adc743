"""What a page without a kernel draws a picture from, much smaller than its pixels.

A `Cell` of a view is a picture with its caption and, where there is one, its source: colours of a
network that the page joins with a sharp lightness, shares that it lays over a picture, and so on.
For many states of one picture, `packed` keeps the sharp part once and what changes as small grey
planes, all in one image (a sprite). `player.js` draws from these.
"""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from colorlib import color

QUALITY = 82  # of the WebP pictures
PLANES = 60  # the same of planes: colours may be coarse (lesson 01)


@dataclass(frozen=True)
class Colours:
    """Colours ab' (1, 2, h, w) of a picture, uint8 (H, W, 3), whose lightness is kept.

    dots: ({x, y, css}, ...), discs drawn on it, at these shares of width and height.
    """

    picture: np.ndarray
    ab: object
    dots: tuple = ()


@dataclass(frozen=True)
class Noised:
    """Colours keep * base + added * noise, each ab' (1, 2, h, w), of a picture as in `Colours`."""

    picture: np.ndarray
    base: object
    noise: object
    keep: float
    added: float


@dataclass(frozen=True)
class Heat:
    """Numbers (h, w), drawn from 0, black, to `top`, white, as `tiles.heat`."""

    values: np.ndarray
    top: float


@dataclass(frozen=True)
class Veil:
    """A picture under shares (rows, columns), as `tiles.attention_overlay` with even=True.

    point: (row, column), marked with a ring. shaded: False shows the picture as it is, and a ring.
    """

    picture: np.ndarray
    shares: np.ndarray
    point: tuple
    shaded: bool = True


@dataclass(frozen=True)
class Split:
    """`left` of a line, and `right`: two pictures of one shape; share: 0 to 1."""

    left: np.ndarray
    right: np.ndarray
    share: float


@dataclass(frozen=True)
class Marked:
    """A picture with a line and a triangle at column x, from row `top` to row `bottom`."""

    picture: np.ndarray
    x: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Cell:
    """A picture of a view: uint8 (H, W, 3), its caption, its width on the screen, its source."""

    pixels: np.ndarray
    caption: str = ""
    width: int = 0
    source: object = None


class Pictures(list):
    """The addresses of pictures that a page holds, each once."""

    def number(self, address):
        """Which of them this one is; it is added where it is new."""
        if address not in self:
            self.append(address)
        return self.index(address)

    def still(self, pixels, quality=QUALITY):
        """The number of uint8 (H, W, 3), or of (H, W), as WebP."""
        return self.number(picture_address(pixels, quality))

    def planes(self, stack, low, high, quality=PLANES):
        """Planes (n, h, w) with values from low to high, as one grey image, row by row."""
        n, h, w = stack.shape
        columns = max(1, min(n, round((n * h / w) ** 0.5)))
        grey = np.clip((stack - low) / max(high - low, 1e-12), 0, 1) * 255
        empty = np.repeat(grey[-1:], -n % columns, axis=0)
        rows = np.concatenate([grey, empty]).reshape(-1, columns, h, w)
        sheet = rows.transpose(0, 2, 1, 3).reshape(-1, columns * w).round().astype(np.uint8)
        number = self.still(sheet, quality)
        return {"of": number, "columns": columns, "h": h, "w": w, "low": low, "high": high}

    def lightness(self, picture):
        """L' of uint8 (H, W, 3) as one plane."""
        L = color.rgb_to_model(color.from_uint8(picture))[0]
        return self.planes(L[0].numpy(), -0.5, 0.5, 90)


def picture_address(pixels, quality=QUALITY):
    """uint8 (H, W, 3) or (H, W) as a data: address, WebP."""
    return _address(pixels, quality=quality)


def _address(pixels, **options):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WEBP", method=4, **options)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode()


def packed(cells, pictures):
    """One picture of a view in all its states, [Cell], as JSON data for player.js.

    pictures: a `Pictures`, to which what is drawn from is added.
    """
    sources = [cell.source for cell in cells]
    kind = type(sources[0])
    same = all(np.array_equal(cell.pixels, cells[0].pixels) for cell in cells)
    if same or kind not in PACK or any(type(source) is not kind for source in sources):
        kind, sources = None, [cell.pixels for cell in cells]
    captions = [cell.caption for cell in cells]
    if len(set(captions)) == 1:
        captions = captions[:1]
    width = cells[0].width or cells[0].pixels.shape[1]
    return {"captions": captions, "width": width} | PACK[kind](sources, pictures)


def _plain(shown, pictures):
    if all(np.array_equal(pixels, shown[0]) for pixels in shown):
        shown = shown[:1]
    # A chart is smaller without loss, a photo with it.
    both = [[_address(x, quality=QUALITY), _address(x, lossless=True)] for x in shown]
    return {"kind": "plain", "stills": [pictures.number(min(two, key=len)) for two in both]}


def _planes_of(tensors, pictures, quality=PLANES):
    """[ab' (1, 2, h, w)] as planes, a and b of each in turn."""
    stack = np.concatenate([ab[0].numpy() for ab in tensors])
    return pictures.planes(stack, float(stack.min()), float(stack.max()), quality)


def _colours(sources, pictures):
    return {
        "kind": "colours",
        "L": pictures.lightness(sources[0].picture),
        "ab": _planes_of([s.ab for s in sources], pictures),
        "dots": [list(s.dots) for s in sources],
    }


def _noised(sources, pictures):
    first = sources[0]
    return {
        "kind": "noised",
        "L": pictures.lightness(first.picture),
        "base": _planes_of([first.base], pictures, 90),
        "noise": _planes_of([first.noise], pictures, 90),
        "shares": [[round(s.keep, 4), round(s.added, 4)] for s in sources],
    }


def _heat(sources, pictures):
    stack = np.stack([s.values / s.top for s in sources])
    return {"kind": "heat", "values": pictures.planes(stack, 0.0, 1.0)}


def _veil(sources, pictures):
    packed = {"kind": "veil", "under": pictures.still(sources[0].picture)}
    packed["points"] = [s.point for s in sources]
    packed["size"] = list(sources[0].shares.shape)
    if sources[0].shaded:
        stack = np.stack([s.shares * s.shares.size for s in sources])  # 1 is even
        stack = stack.clip(0, 4)  # from 2 on all is bright
        packed["shares"] = pictures.planes(stack, float(stack.min()), float(stack.max()), 95)
    return packed


def _split(sources, pictures):
    both = [pictures.still(x) for x in (sources[0].left, sources[0].right)]
    return {"kind": "split", "stills": both, "shares": [s.share for s in sources]}


def _marked(sources, pictures):
    marks = [[round(x, 1) for x in (s.x, s.top, s.bottom)] for s in sources]
    return {"kind": "marked", "under": pictures.still(sources[0].picture), "marks": marks}


PACK = {
    None: _plain,
    Colours: _colours,
    Noised: _noised,
    Heat: _heat,
    Veil: _veil,
    Split: _split,
    Marked: _marked,
}
