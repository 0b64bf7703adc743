"""From a photo of any size to what the networks see, and back: the whole, or face by face.

Colour is low-frequency and lightness is not.  So the networks see a photo shrunk to the size that
they were trained at, and their ab is enlarged and joined with the photo's own, full-size L (as
Zhang et al. 2016 do).  They know faces that fill the picture: a smaller one is cut out as their
training pictures are, coloured at its own scale, and blended into the colours of the whole.

Everything of the photo's size is done in bands of rows: floats need little memory, whatever the
size.
"""

import math
import re
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from colorlib import color

BAND_PIXELS = 2**19  # pixels converted at a time
LONGEST = 4  # the network sees at most this many times the shorter side
# What the networks see of a face reaches so far from its middle, in sides of its square (which
# itself reaches 0.5); its colours are full to FULL, and from there fade into those of the whole.
REACH, FULL = 0.6, 0.38
FILLS = 0.75  # a face of this part of the shorter side fills the picture: it is not cut out
LEAST_FACE = 8  # pixels; smaller faces say nothing about colour
# Lab lightness from which on, and up to which, colours are full: beyond, they fade to none. It adds
# 0.3 % to the error of real faces, and takes from other photos what is there thrice too strong.
DARK, BRIGHT = 16.0, 90.0
# Spread of Lab lightness (standard deviation over what the networks see) up to which there is
# nothing to tell colours from, and from which on they are full. Of 600 photos the least had 4.7.
PLAIN, TOLD = 2.0, 4.0
# Hints: the side of a dab in shorter sides of the photo, and the largest, in pixels of what the
# networks see, that they have learnt from (training/hints.py).
DAB, WIDEST = 1 / 24, 9
HINT = 'a hint must be (x, y, colour), the colour as "#rrggbb" or (red, green, blue) in 0 ... 255'


@dataclass(frozen=True)
class Crop:
    """A part of a photo, in whole pixels: rows top to bottom, columns left to right."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.bottom - self.top, self.right - self.left


@dataclass(frozen=True)
class Patch:
    """Colours of a part of a photo, and how they are laid on.

    ab: (1, 2, h, w), model units, of the whole crop, to be enlarged to its size.
    square: (x, y, side) about a face, from whose middle on they fade; None: full everywhere.
    """

    ab: torch.Tensor
    crop: Crop
    square: tuple[float, float, float] | None = None


def network_sides(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width at which the networks see a photo: multiples of 8, the shorter about `size`.

    Beyond 4 : 1 the longer side is squeezed, since attention costs the square of the number of
    pixels.
    """
    shorter = min(height, width)
    return tuple(
        8 * max(1, round(min(side / shorter, LONGEST) * size / 8)) for side in (height, width)
    )


def lightness(rgb: np.ndarray) -> torch.Tensor:
    """L' (1, 1, H, W) in model units of uint8 or uint16 (H, W, 3), converted in bands of rows."""
    return torch.cat([_lightness(rgb[rows]) for rows in _bands(*rgb.shape[:2])], dim=2)


def shrink(rgb: np.ndarray, sides: tuple[int, int], crop: Crop | None = None) -> torch.Tensor:
    """L' (1, 1, *sides) of a photo or of a crop of it: bicubic, antialiased, within [-0.5, 0.5].

    Each band of rows becomes narrower, then all of them together lower: the same as both at once.
    """
    crop = crop or Crop(0, rgb.shape[0], 0, rgb.shape[1])
    rgb = rgb[crop.top : crop.bottom, crop.left : crop.right]
    bands = []
    for rows in _bands(*crop.shape):
        L = _lightness(rgb[rows])
        bands.append(_resize(L, (L.shape[2], sides[1])))
    return _resize(torch.cat(bands, dim=2), sides).clamp(-0.5, 0.5)


def place(box, height: int, width: int) -> tuple[Crop, tuple[float, float, float]]:
    """What the networks see of a face, and the square about it.

    box: (x, y, width, height) in pixels, about the head from hair to chin. The square has its
        centre and its longer side.
    Raises ValueError for a box that is not four numbers, has no size, or lies outside.
    """
    wanted = f"a face must be (x, y, width, height) in pixels of {width} x {height}"
    try:
        x, y, w, h = (float(n) for n in box)
    except (TypeError, ValueError):
        raise ValueError(f"{wanted}, got {box!r}") from None
    fits = all(map(math.isfinite, (x, y, w, h))) and min(w, h) >= LEAST_FACE
    centre_x, centre_y = x + w / 2, y + h / 2
    color.require(
        fits and 0 <= centre_x <= width and 0 <= centre_y <= height,
        f"{wanted}, at least {LEAST_FACE} wide and high, with its middle in the picture",
        tuple(box),
    )
    side = max(w, h)
    reach = side * REACH
    low_x, high_x = max(0, round(centre_x - reach)), min(width, round(centre_x + reach))
    low_y, high_y = max(0, round(centre_y - reach)), min(height, round(centre_y + reach))
    square = (centre_x - side / 2, centre_y - side / 2, side)
    return Crop(low_y, high_y, low_x, high_x), square


def parse_hint(hint, height: int, width: int) -> tuple[float, float, torch.Tensor]:
    """(x, y, ab' (2,)) of one hint in a photo of that size, x to the right and y down.

    Raises ValueError for what is no hint, and for a place outside of the photo.
    """
    try:
        x, y, rgb = hint
        x, y = float(x), float(y)
        if isinstance(rgb, str):
            pairs = re.fullmatch(r"#?([\da-fA-F]{2})([\da-fA-F]{2})([\da-fA-F]{2})", rgb).groups()
            rgb = [int(pair, 16) for pair in pairs]
        r, g, b = (int(channel) for channel in rgb)
    except (TypeError, ValueError, AttributeError):
        raise ValueError(f"{HINT}, got {hint!r}") from None
    color.require(all(0 <= channel <= 255 for channel in (r, g, b)), HINT, hint)
    inside = f"a hint must lie in the photo of {width} x {height} pixels"
    color.require(0 <= x < width and 0 <= y < height, inside, (x, y))
    rgb = np.array([[[r, g, b]]], dtype=np.uint8)
    return x, y, color.rgb_to_model(color.from_uint8(rgb))[1][0, :, 0, 0]


def place_hints(hints, crop, sides, side: float):
    """(ab' (1, 2, h, w), mask (1, 1, h, w)) of a crop that the network sees at `sides` = (h, w).

    hints: what `parse_hint` gives; crop: a `Crop`; side: of a dab, in the photo's pixels. Where
    dabs meet, the later one lies on top; what lies outside of the crop is left out.
    """
    (height, width), (h, w) = crop.shape, sides
    ab, mask = torch.zeros(1, 2, h, w), torch.zeros(1, 1, h, w)
    n = min(WIDEST, max(1, round(side * min(h / height, w / width))))
    for x, y, colour in hints:
        if not (crop.left <= x < crop.right and crop.top <= y < crop.bottom):
            continue
        row = int((y - crop.top) * h / height) - n // 2
        column = int((x - crop.left) * w / width) - n // 2
        dab = (..., slice(max(0, row), row + n), slice(max(0, column), column + n))
        ab[dab], mask[dab] = colour[:, None, None], 1
    return ab, mask


def fade(L: torch.Tensor) -> torch.Tensor:
    """The factor on colours at this lightness: 1, but falling to 0 at black and at white.

    L: model units. Real colours end there, too; what the networks say of a scanner's black lid or
    white bed has no ground.
    """
    L = L * color.L_SCALE + color.L_CENTRE
    ramp = torch.minimum(L / DARK, (100 - L) / (100 - BRIGHT)).clamp(0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def content(L: torch.Tensor) -> float:
    """How much there is to tell colours from in L' (1, 1, h, w), 0 ... 1: none on a grey card."""
    spread = color.L_SCALE * L.std(correction=0).item()
    return min(1.0, max(0.0, (spread - PLAIN) / (TOLD - PLAIN)))


def paint(rgb: np.ndarray, patches: list[Patch]) -> np.ndarray:
    """The photo's L and the patches' colours -> (H, W, 3) of the photo's type, clipped to sRGB.

    rgb: uint8 or uint16 (H, W, 3). patches: the whole first, then what is laid on it.
    """
    height, width = rgb.shape[:2]
    out, most = np.empty_like(rgb), np.iinfo(rgb.dtype).max
    for rows in _bands(height, width):
        L = _lightness(rgb[rows])
        ab = torch.zeros(1, 2, *L.shape[2:])
        for patch in patches:
            _lay_on(ab, rows, patch)
        pixels = color.model_to_rgb(L, ab * fade(L))[0].permute(1, 2, 0)
        out[rows] = pixels.mul(most).round().numpy()
    return out


def _lay_on(ab: torch.Tensor, rows: slice, patch: Patch):
    """Blend a patch into ab (1, 2, rows, W), where the rows meet its crop."""
    crop = patch.crop
    inside = slice(max(rows.start, crop.top), min(rows.stop, crop.bottom))
    if inside.start >= inside.stop:
        return
    own = slice(inside.start - crop.top, inside.stop - crop.top)
    new = _enlarged(patch.ab, own, *crop.shape)
    part = ab[:, :, inside.start - rows.start : inside.stop - rows.start, crop.left : crop.right]
    part.copy_(torch.lerp(part, new, _weight(patch, inside)))


def _weight(patch: Patch, rows: slice) -> torch.Tensor:
    """How much a patch counts, (rows, w): a raised cosine from 1 at FULL to 0 at REACH.

    The distance from the middle is that of the 4-norm, for which "equally far" is a square with
    round corners.
    """
    crop = patch.crop
    if patch.square is None:
        return torch.ones(rows.stop - rows.start, crop.shape[1])
    x, y, side = patch.square
    across = _from_middle(slice(crop.left, crop.right), x, side, crop.left, crop.right)
    down = _from_middle(rows, y, side, crop.top, crop.bottom)
    distance = (down[:, None] ** 4 + across**4) ** 0.25
    return 0.5 + 0.5 * torch.cos(math.pi * ((distance - FULL) / (REACH - FULL)).clamp(0, 1))


def _from_middle(at: slice, start: float, side: float, low: int, high: int) -> torch.Tensor:
    """How far pixels lie from the middle of a square that begins at start, in sides of it.

    low, high: where its crop begins and ends. Towards an edge of the photo that cuts it off nothing
    has to fade: that way all distances are 0.
    """
    away = (torch.arange(at.start, at.stop) + 0.5 - start) / side - 0.5
    middle = start + side / 2
    if low > middle - REACH * side + 1:
        away = away.clamp(min=0)
    if high < middle + REACH * side - 1:
        away = away.clamp(max=0)
    return away


def _enlarged(ab: torch.Tensor, rows: slice, height: int, width: int) -> torch.Tensor:
    """These rows of ab (1, 2, h, w) enlarged to height x width, as enlarging the whole gives."""
    # Row y of the photo lies at (y + 1/2) h/H - 1/2 between the rows of ab (pixel centres at
    # halves).
    y = (torch.arange(rows.start, rows.stop) + 0.5) * (ab.shape[2] / height) - 0.5
    y = y.clamp(0, ab.shape[2] - 1)
    above = y.floor().long()
    below = (above + 1).clamp(max=ab.shape[2] - 1)
    # (1, 2, rows, w)
    band = torch.lerp(ab[:, :, above], ab[:, :, below], (y - above).view(-1, 1))
    return F.interpolate(band, size=(len(y), width), mode="bilinear")


def _lightness(rgb: np.ndarray) -> torch.Tensor:
    """L' (1, 1, H, W) of uint8 or uint16 (H, W, 3)."""
    scaled = np.divide(rgb, np.iinfo(rgb.dtype).max, dtype=np.float32)
    return color.rgb_to_model(torch.from_numpy(scaled).permute(2, 0, 1)[None])[0]


def _resize(L: torch.Tensor, sides) -> torch.Tensor:
    return F.interpolate(L, size=sides, mode="bicubic", antialias=True)


def _bands(height: int, width: int):
    step = max(1, BAND_PIXELS // width)
    return [slice(start, min(start + step, height)) for start in range(0, height, step)]
