"""Any picture file -> clean RGB in sRGB, or an error that says what is wrong with the file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from colorlib.data import decoding, profiles
from colorlib.data.errors import PictureError, printable
from colorlib.data.finding import SUFFIXES, find_pictures, survey
from colorlib.data.opening import NO_MEMORY, check_file, opened
from colorlib.data.writing import write_picture

__all__ = [
    "NO_MEMORY",
    "SUFFIXES",
    "Photo",
    "PictureError",
    "check_file",
    "find_pictures",
    "page_count",
    "printable",
    "read_photo",
    "read_picture",
    "read_square",
    "square",
    "survey",
    "to_rgb",
    "write_picture",
]


@dataclass
class Photo:
    """A picture as it was read.

    rgb: uint8 or, of a file with more than 8 bits, uint16 (H, W, 3), sRGB, upright.
    alpha: (H, W) of the same type; None where nothing is transparent.
    about: what the file carried beside pixels, as `metadata.carried` tells it.
    pages: how many pictures (pages, frames) the file holds.
    notes: what was guessed, converted or passed over, a line each.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None
    about: dict = field(default_factory=dict)
    pages: int = 1
    notes: list[str] = field(default_factory=list)

    def on_white(self) -> np.ndarray:
        """rgb as it looks on white paper, (H, W, 3) of its type."""
        if self.alpha is None:
            return self.rgb
        out, most = np.empty_like(self.rgb), np.iinfo(self.rgb.dtype).max
        for rows in profiles.bands(*self.alpha.shape):
            clear = 1 - self.alpha[rows, :, None] / np.float32(most)
            out[rows] = np.rint(self.rgb[rows] * (1 - clear) + most * clear)
        return out


def read_photo(source, page: int = 0, max_megapixels: float | None = None) -> Photo:
    """Read a picture file with all that it holds: colour, alpha, depth, what it says of itself.

    source: path (str or Path), bytes of a file, or a binary file object.
    page: which of its pages or frames, from 0 on.
    max_megapixels: how large it may be, by default 150.

    Colours come into sRGB through the profile that the file carries (ICC; PNG's gamma, the code
    points of PNG, HEIC and AVIF; a camera's Adobe RGB); a broken one is told and passed over. CMYK
    without a profile is converted by a formula. 16 bits stay 16 in TIFF and PNG, and wherever
    grey has them; numbers with another white (12 bits in 16, floats) are scaled. EXIF rotation is
    applied.
    Raises PictureError, naming file and reason, for anything missing, empty, broken, truncated, not
    a picture, of a kind whose values have no known meaning, smaller than 8 pixels a side, or larger
    than the limit, and for a page that is not there.
    """
    with opened(source, max_megapixels) as file:
        photo = _developed(decoding.decode(file, page))
    if photo.pages > 1 and page == 0:
        kind = "pages" if file.is_tiff else "frames"
        note = f"{photo.pages} {kind}: the first is used; page= or --page takes another"
        photo.notes.insert(0, note)
    return photo


def page_count(source, max_megapixels: float | None = None) -> int:
    """How many pages or frames a file holds; PictureError as in `read_photo`."""
    with opened(source, max_megapixels) as file:
        return decoding.page_numbers(file)


def read_picture(source, at_least: int | None = None, max_megapixels: float | None = None):
    """Read a picture file as upright RGB.

    source, max_megapixels: as in `read_photo`, whose first page this is, with 8 bits, on white.
    at_least: where a smaller picture will do, the shorter side that is still needed, in pixels.
        JPEG files are then decoded at 1/2, 1/4 or 1/8 of their size when that is large enough;
        other files come whole.

    Returns uint8 (H, W, 3). Raises PictureError as `read_photo` does.
    """
    with opened(source, max_megapixels) as file:
        return to_8_bits(_developed(decoding.decode(file, 0, at_least, brief=True)).on_white())


def read_square(source, size: int) -> np.ndarray:
    """What `square` makes of `read_picture`, uint8 (size, size, 3), for reading thousands.

    With fewer copies. JPEG files are decoded at half their size or less where 1.5 times `size`
    remains: twice as fast, and pixels differ by about one of 255 levels from the whole file's.
    Raises PictureError, as `read_picture` does, ValueError for a size below 1.
    """
    _check_size(size)
    with opened(source) as file:
        scan = decoding.decode(file, 0, at_least=round(1.5 * size), brief=True)
        image = scan.values
        if isinstance(image, Image.Image) and scan.alpha is None:
            if profiles.is_srgb(image.mode, scan.icc):
                return np.array(_square(image, size).convert("RGB"))
        return square(to_8_bits(_developed(scan).on_white()), size)


def square(rgb: np.ndarray, size: int) -> np.ndarray:
    """The centred square of rgb, uint8 (H, W, 3), as uint8 (size, size, 3), antialiased."""
    return np.array(_square(Image.fromarray(_check_rgb(rgb)), _check_size(size)))


def _square(image: Image.Image, size: int) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    # reducing_gap: huge pictures are first shrunk by whole factors, to no less than 3 times size.
    return image.resize((size, size), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def to_rgb(image: Image.Image, name: str) -> Image.Image:
    """A Pillow image of any mode in 8-bit sRGB: through its profile, alpha laid on white.

    name: of the file, for PictureError where values of a deep picture have no known white.
    """
    return Image.fromarray(to_8_bits(from_image(image, name).on_white()))


def from_image(image: Image.Image, name: str = "<PIL image>") -> Photo:
    """The Photo of a Pillow image, turned upright as its EXIF says; PictureError as `to_rgb`."""
    return _developed(decoding.upright(decoding.from_image(image, name)))


def to_8_bits(rgb: np.ndarray) -> np.ndarray:
    """uint16 (..., 65535 is white) rounded to uint8; uint8 as it is."""
    if rgb.dtype == np.uint8:
        return rgb
    # (x + 128) / 257, rounded down, is x * 255 / 65535 rounded.
    out = np.empty(rgb.shape, np.uint8)
    for rows in profiles.bands(*rgb.shape[:2]):
        out[rows] = (rgb[rows].astype(np.uint32) + 128) // 257
    return out


def _developed(scan: decoding.Scan) -> Photo:
    """A Scan in sRGB."""
    convert = profiles.to_srgb if isinstance(scan.values, Image.Image) else profiles.to_srgb16
    rgb, note = convert(scan.values, scan.icc)
    notes = scan.notes + [note] * bool(note)
    photo = Photo(rgb, None, scan.about, scan.pages, notes)
    if scan.alpha is not None:
        if not scan.alpha.any():
            photo.notes.append("passed over: alpha, by which nothing at all would be seen")
        elif scan.alpha.min() < np.iinfo(scan.alpha.dtype).max:
            photo.alpha = scan.alpha
    return photo


def _check_size(size: int) -> int:
    if size < 1:
        raise ValueError(f"size must be at least 1 pixel, got {size}")
    return size


def _check_rgb(rgb: np.ndarray) -> np.ndarray:
    array = isinstance(rgb, np.ndarray)
    if not array or rgb.dtype != np.uint8 or rgb.shape[2:] != (3,) or 0 in rgb.shape:
        seen = f"{rgb.dtype} {rgb.shape}" if array else type(rgb).__name__
        raise ValueError(f"rgb must be a uint8 array (H, W, 3) with pixels in it, got {seen}")
    return rgb
