"""A picture file, opened: by its content, not its ending, and within limits that are told.

Nothing is decoded here.  What Pillow cannot open and TIFF says it is goes on to scans.py.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import logging
import math
import os
import re
import stat
import threading
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from colorlib.data.errors import PictureError
from colorlib.data.finding import ENDINGS

MIN_SIDE = 8  # pixels; smaller pictures say nothing about colour
MEGAPIXELS = 150  # checked in the header, before decoding; 150 megapixels are 450 MB as RGB
BYTES_A_PIXEL = 8  # four channels of 16 bits: no file that is accepted needs more
NO_MEMORY = "does not fit into this machine's memory"

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # little and big end first; the latter two BigTIFF
# Formats that Pillow reads by a plug-in: the package, and its module.
PLUGINS = {"HEIF": "pillow-heif", "JXL": "pillow-jxl-plugin"}
MODULES = ("pillow_heif", "pillow_jxl")
_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_JXL = (b"\xff\x0a", b"\0\0\0\x0cJXL ")
_AVIF = (b"avif", b"avis")
# Pixels above which Pillow warns; at twice as many it refuses.  GIF takes memory before we can ask.
_QUIET = 2**30
logging.getLogger("PIL").addHandler(logging.NullHandler())  # its words for us are exceptions
_lock, _raised, _own_limit = threading.Lock(), [], None


@dataclass
class Opened:
    """A file and what its header says.

    image: as Pillow opened it, not loaded; None for a TIFF of a kind that Pillow does not know.
    head: its first bytes.
    """

    name: str
    file: BinaryIO
    image: Image.Image | None
    head: bytes
    megapixels: float

    @property
    def is_tiff(self) -> bool:
        """Whether the content is TIFF."""
        return self.head.startswith(TIFF)

    def check_size(self, width: int, height: int):
        """Raise PictureError where a side is too short or the whole too large to be read."""
        if min(width, height) < MIN_SIDE:
            seen = f"{width} x {height} pixels"
            raise PictureError(self.name, f"{seen}; wanted at least {MIN_SIDE} a side")
        if width * height > self.megapixels * 1e6:
            seen = f"{width} x {height} pixels"
            raise PictureError(self.name, _too_many(seen, width * height, self.megapixels))


@functools.cache
def formats() -> tuple[str, ...]:
    """Pillow's names of what is read here, on this machine."""
    Image.init()  # registers every format of this Pillow; AVIF is missing from old ones
    for module in MODULES:
        with contextlib.suppress(ImportError):
            plugin = importlib.import_module(module)
            getattr(plugin, "register_heif_opener", int)()
    return tuple(name for name in ENDINGS if name in Image.OPEN)


@functools.cache
def readers() -> str:
    """The versions of what reads files here, for a file's name: "pillow-13.0.0-tifffile-..."."""
    packages = ["pillow", "tifffile", "imagecodecs", *PLUGINS.values()]
    found = []
    for package in packages:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found.append(f"{package}-{metadata.version(package)}")
    return "-".join(found)


@contextlib.contextmanager
def opened(source, max_megapixels: float | None = None):
    """A file's `Opened`, closed at the end; whatever decoders raise becomes a PictureError.

    source: path, bytes, or a binary file object, which stays open.
    max_megapixels: how large a picture may be, by default 150.
    """
    megapixels = _check_megapixels(max_megapixels)
    name, file = _open_source(source, megapixels)
    try:
        head = file.read(2**16)
        file.seek(0)
        most = int(megapixels * 1e6)
        with pillow_limit(most if head.startswith(b"GIF8") else max(most, _QUIET)):
            yield Opened(name, file, _pillow(file, head), head, megapixels)
    except PictureError as error:
        raise PictureError(name, error.reason) from None
    except Image.UnidentifiedImageError:
        raise PictureError(name, _unknown(head)) from None
    except Image.DecompressionBombError as error:
        pixels = int(re.search(r"\d+", str(error))[0])
        raise PictureError(name, _too_many(f"{pixels:,} pixels", pixels, megapixels)) from None
    except PermissionError:
        raise PictureError(name, "permission to read it is denied") from None
    except MemoryError:
        raise PictureError(name, NO_MEMORY) from None
    except Exception as error:
        # OSError, SyntaxError, struct.error, EOFError: decoders raise them all.
        reason = f"broken or truncated ({str(error) or type(error).__name__})"
        raise PictureError(name, f"{reason}; wanted a whole picture file") from error
    finally:
        if file is not source:
            file.close()


@contextlib.contextmanager
def pillow_limit(pixels: int):
    """With another limit of Pillow's, which is one for the whole program, while files are open.

    `check_size` has ours, which would else be told a second time, or come too late. Of several
    threads the highest counts.
    """
    global _own_limit
    with _lock:
        _own_limit = _own_limit if _raised else Image.MAX_IMAGE_PIXELS
        _raised.append(pixels)
        Image.MAX_IMAGE_PIXELS = max(_raised)
    try:
        yield
    finally:
        with _lock:
            _raised.remove(pixels)
            Image.MAX_IMAGE_PIXELS = max(_raised) if _raised else _own_limit


def check_file(path: Path, megapixels: float = MEGAPIXELS):
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
        if found.st_size > megapixels * 1e6 * BYTES_A_PIXEL:
            most, needed = megapixels * 1e6 * BYTES_A_PIXEL, found.st_size / BYTES_A_PIXEL / 1e6
            seen = f"a file of {found.st_size:,} bytes"
            raise PictureError(name, _too_large(seen, f"{most:,.0f} bytes", needed))
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


def _open_source(source, megapixels) -> tuple[str, BinaryIO]:
    """A name for messages, and a file that can be read from any place."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        if len(source) == 0:
            raise PictureError("<bytes>", "empty (0 bytes); wanted a picture file")
        return "<bytes>", io.BytesIO(source)
    if hasattr(source, "read"):
        name = str(getattr(source, "name", "<file>"))
        try:
            source.seek(0)
        except (AttributeError, OSError):  # a stream from a network
            return name, io.BytesIO(source.read())
        return name, source
    if not isinstance(source, (str, os.PathLike)):
        seen = type(source).__name__
        raise TypeError(f"source must be a path, bytes or a binary file object, got {seen}")
    path = Path(source)
    check_file(path, megapixels)
    return str(path), open(path, "rb")


def _pillow(file, head) -> Image.Image | None:
    try:
        return Image.open(file, formats=formats())
    except Image.UnidentifiedImageError:
        if head.startswith(TIFF) or head.startswith(b"\xff\xd8\xff"):
            return None
        raise


def _check_megapixels(value) -> float:
    if value is None:
        return MEGAPIXELS
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ValueError(f"max_megapixels must be a number above 0, got {value!r}")
    return value


def _too_many(seen: str, pixels: int, megapixels: float) -> str:
    seen = f"{seen}, {pixels / 1e6:,.0f} megapixels"
    return _too_large(seen, f"{megapixels:g}", pixels / 1e6)


def _too_large(seen: str, most: str, needed: float) -> str:
    way = f"max_megapixels={math.ceil(needed)} or --max-megapixels {math.ceil(needed)} reads it"
    return f"too large: {seen}; at most {most} are read ({way})"


def _unknown(head: bytes) -> str:
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    kind = "HEIC" if brand in _HEIC else "JPEG XL" if head.startswith(_JXL) else ""
    if brand in _AVIF:
        return "an AVIF picture, which this Pillow does not read; pip install -U pillow"
    if kind:
        package = PLUGINS["HEIF" if kind == "HEIC" else "JXL"]
        way = f"`pip install {package}`, or save it as JPEG or PNG"
        return f"a {kind} photo, which Pillow reads where {package} is installed: {way}"
    return f"not a picture in a format that is read here ({', '.join(formats())})"
