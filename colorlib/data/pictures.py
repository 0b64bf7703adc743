"""Any picture file -> clean RGB, or an error that says what is wrong with the file.

Pictures are uint8 arrays (H, W, 3) in sRGB. Colour profiles (ICC) are ignored.
"""

from __future__ import annotations

import functools
import io
import os
import stat
from pathlib import Path

import numpy as np
import torch
from PIL import ExifTags, Image

from colorlib.data import files

MIN_SIDE = 8  # pixels; smaller pictures say nothing about colour
MAX_PIXELS = 150_000_000  # checked in the header, before decoding; 150 megapixels are 450 MB as RGB
MAX_BYTES = 2**30  # of a file: nothing that is accepted needs more, and some readers take it whole
GREY_RANGE = 5.0  # Lab units
SUFFIXES = tuple(".jpg .jpeg .png .webp .bmp .gif .tif .tiff .jp2 .avif .ppm .pgm .tga".split())

# Named one by one: among all that Pillow opens, EPS would start Ghostscript on a stranger's file.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "JPEG2000", "AVIF", "PPM", "TGA", "MPO")
NO_MEMORY = "does not fit into this machine's memory"
_HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1")

# EXIF orientation -> what turns the stored picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PictureError(ValueError):
    """A file that cannot be used as a picture: `.name` is the file, `.reason` what is wrong."""

    def __init__(self, name: str, reason: str):
        super().__init__(f"{printable(name)}: {reason}")
        self.name, self.reason = name, reason

    def __reduce__(self):  # an exception with two arguments does not survive pickling otherwise
        return PictureError, (self.name, self.reason)


def printable(name) -> str:
    """A file's name for a message of one line: line ends and what is no text become escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(name))


@functools.cache
def _formats() -> list[str]:
    Image.init()  # registers every format of this Pillow; AVIF is missing from old ones
    return [name for name in _FORMATS if name in Image.OPEN]


def read_picture(source, at_least: int | None = None) -> np.ndarray:
    """Read a picture file as upright RGB.

    source: path (str or Path), bytes of a file, or a binary file object.
    at_least: where a smaller picture will do, the shorter side that is still needed, in pixels.
        JPEG files are then decoded at 1/2, 1/4 or 1/8 of their size when that is large enough;
        other files come whole.

    Returns uint8 (H, W, 3). EXIF rotation is applied, alpha is laid on white, 16-bit grey is
    scaled by 255/65535 (16-bit RGB: Pillow keeps the upper byte), CMYK is converted without a
    profile, of an animation the first frame is taken.
    Raises PictureError, naming file and reason, for anything missing, empty, broken, truncated, not
    a picture, smaller than 8 pixels a side, larger than 150 megapixels or larger than 1 GiB as a
    file.
    """
    return np.array(_read(source, at_least))


def read_square(source, size: int) -> np.ndarray:
    """What `square` makes of `read_picture`, uint8 (size, size, 3), for reading thousands.

    With fewer copies. JPEG files are decoded at half their size or less where 1.5 times `size`
    remains: twice as fast, and pixels differ by about one of 255 levels from the whole file's.
    Raises PictureError, as `read_picture` does, ValueError for a size below 1.
    """
    return np.array(_square(_read(source, at_least=round(1.5 * _check_size(size))), size))


def write_picture(path, rgb: np.ndarray) -> Path:
    """Write rgb, uint8 (H, W, 3), to path in the format its ending names (.png, .jpg, .webp, ...).

    The file appears whole or not at all; folders are made as needed. JPEG is written at quality 95
    without chroma subsampling, which would blur colour.
    Raises ValueError for a wrong array or an ending that cannot be written, OSError where the file
    cannot be, for want of room or because the format has no pictures of that size.
    """
    path = Path(path)
    image = Image.fromarray(_check_rgb(rgb))
    file_format = Image.registered_extensions().get(path.suffix.lower())
    if file_format not in Image.SAVE or path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"path must end in .png, .jpg or the like, got {path.name!r}")
    quality = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"quality": 95}}
    with files.whole(path) as part:
        try:
            image.save(part, format=file_format, **quality.get(file_format, {}))
        except ValueError as error:  # WebP ends at 16,383 pixels a side
            size = f"{image.width} x {image.height} pixels"
            raise OSError(f"{printable(path)}: {file_format} cannot hold {size}") from error
    return path


def square(rgb: np.ndarray, size: int) -> np.ndarray:
    """The centred square of rgb, uint8 (H, W, 3), as uint8 (size, size, 3), antialiased."""
    return np.array(_square(Image.fromarray(_check_rgb(rgb)), _check_size(size)))


def find_pictures(folder) -> list[Path]:
    """All files below folder with a picture's ending, sorted by path.

    Hidden files and folders are left out, and links to folders not followed, so that none is
    visited twice. A folder that may not be opened is itself among the paths: reading it as a
    picture says so.
    Raises FileNotFoundError where folder is none, PermissionError where it may not be opened.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"folder must be one that is there, got {str(folder)!r}")
    found, closed = [], []
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        names = [name for name in names if name.lower().endswith(SUFFIXES)]
        # macOS: ._name.jpg
        found += [os.path.join(parent, name) for name in names if not name.startswith(".")]
    for error in closed:
        if Path(error.filename) == folder:
            raise error
        found.append(error.filename)
    return [Path(path) for path in sorted(found, key=lambda path: path.replace(os.sep, "/"))]


def is_grey(lab: torch.Tensor):
    """Whether a picture has next to no colour: range of a plus range of b below 5.

    lab: (3, H, W) -> bool, or (B, 3, H, W) -> bool tensor (B,); L 0..100, a and b in Lab units.
    A sepia print counts as grey, too: it has one tint throughout.
    """
    if lab.ndim not in (3, 4) or lab.shape[-3] != 3:
        raise ValueError(f"lab must be (3, H, W) or (B, 3, H, W), got shape {tuple(lab.shape)}")
    ab = lab[..., 1:, :, :].flatten(-2)  # (..., 2, H*W)
    grey = (ab.amax(-1) - ab.amin(-1)).sum(-1) < GREY_RANGE
    return bool(grey) if lab.ndim == 3 else grey


def _square(image: Image.Image, size: int) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    # reducing_gap: huge pictures are first shrunk by whole factors, to no less than 3 times size.
    return image.resize((size, size), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def _read(source, at_least) -> Image.Image:
    """`read_picture`, as a Pillow image."""
    name, file = _open_source(source)
    try:
        with Image.open(file, formats=_formats()) as image:
            width, height = image.size
            seen = f"{width} x {height} pixels"
            if min(width, height) < MIN_SIDE:
                raise PictureError(name, f"{seen}; wanted at least {MIN_SIDE} a side")
            if width * height > MAX_PIXELS:
                raise PictureError(name, _too_large(seen))
            if at_least is not None and image.format == "JPEG":
                # The smallest scale whose sides reach at_least.
                image.draft(None, (at_least, at_least))
            image.load()
            turn = _UPRIGHT.get(_orientation(image))
            rgb = to_rgb(image, name)
            return rgb if turn is None else rgb.transpose(turn)
    except PictureError:
        raise
    except Image.UnidentifiedImageError:
        raise PictureError(name, _unknown(source)) from None
    except Image.DecompressionBombError as error:
        raise PictureError(name, _too_large(str(error).split(",")[0])) from None
    except PermissionError:
        raise PictureError(name, "permission to read it is denied") from None
    except MemoryError:
        raise PictureError(name, NO_MEMORY) from None
    except Exception as error:
        # OSError, SyntaxError, struct.error, EOFError: decoders raise them all.
        reason = f"broken or truncated ({str(error) or type(error).__name__})"
        raise PictureError(name, f"{reason}; wanted a whole picture file") from error


def _open_source(source) -> tuple[str, object]:
    """A name for messages, and something Pillow opens."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        if len(source) == 0:
            raise PictureError("<bytes>", "empty (0 bytes); wanted a picture file")
        return "<bytes>", io.BytesIO(source)
    if hasattr(source, "read"):
        return str(getattr(source, "name", "<file>")), source
    if not isinstance(source, (str, os.PathLike)):
        seen = type(source).__name__
        raise TypeError(f"source must be a path, bytes or a binary file object, got {seen}")
    path = Path(source)
    check_file(path)
    return str(path), path


def check_file(path: Path):
    """Raise PictureError where path is no file to be opened; its content is not looked at."""
    name = str(path)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            os.scandir(path).close()  # raises where the folder is closed to us
            raise PictureError(name, "is a folder; wanted a picture file")
        # Opening a pipe would wait for ever, reading a device never end.
        if not stat.S_ISREG(found.st_mode):
            raise PictureError(name, "is a pipe, socket or device; wanted a picture file")
        if found.st_size == 0:
            raise PictureError(name, "empty file (0 bytes); wanted a picture file")
        if found.st_size > MAX_BYTES:
            raise PictureError(name, _too_large(f"{found.st_size:,} bytes"))
        open(path, "rb").close()
    except FileNotFoundError:
        raise PictureError(name, "there is no such file") from None
    except PermissionError:
        raise PictureError(name, "permission to read it is denied") from None
    except OSError as error:
        raise PictureError(name, f"cannot be read ({error.strerror})") from None
    except PictureError:
        raise
    except ValueError as error:
        raise PictureError(name, f"cannot be read ({error})") from None  # a zero byte in the name


def _orientation(image: Image.Image) -> int:
    # After load(): PNG may keep its EXIF behind the pixels, and Pillow turns TIFF while loading.
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF is no reason to refuse the pixels
        return 1


def to_rgb(image: Image.Image, name: str) -> Image.Image:
    """A Pillow image of any mode in 8-bit RGB: alpha laid on white, 16 bit scaled.

    name: of the file, for PictureError where values of a float picture have no known white.
    """
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_deep_grey(np.asarray(image), image.mode, name)).convert("RGB")
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")


def _deep_grey(grey: np.ndarray, mode: str, name: str) -> np.ndarray:
    """Grey with more than 8 bits -> uint8. White: 65535 for integers; 1.0 or 255.0 for floats."""
    low, high = float(grey.min()), float(grey.max())
    white = 65535 if mode != "F" else 1.0 if high <= 1.0 else 255.0
    if not (low >= 0 and high <= white):  # also refuses NaN
        seen = f"values from {low:g} to {high:g} in mode {mode}"
        raise PictureError(name, f"{seen}; wanted 0 to {white:g}")
    return np.rint(grey * (255.0 / white)).astype(np.uint8)


def _too_large(seen: str) -> str:
    most = f"{MAX_PIXELS // 10**6} megapixels and {MAX_BYTES // 2**20} MiB"
    return f"absurdly large: {seen}; wanted at most {most}"


def _unknown(source) -> str:
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:
            source = file.read(12)
    if isinstance(source, (bytes, bytearray, memoryview)) and bytes(source[4:12]) in _HEIC:
        return "a HEIC photo, which Pillow does not read; save it as JPEG or PNG"
    return f"not a picture in a format that is read here ({', '.join(_formats())})"


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
