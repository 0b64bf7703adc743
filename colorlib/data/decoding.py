"""A page of an opened file -> its numbers, upright: by Pillow where right, else by scans.py."""

from __future__ import annotations

import numpy as np
from PIL import ExifTags, Image

from colorlib.data import metadata, profiles, scans
from colorlib.data.errors import PictureError
from colorlib.data.opening import Opened
from colorlib.data.scans import Scan

TRANSPARENT = ("RGBA", "RGBa", "LA", "La", "PA")
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
_TURNS = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}


def decode(file: Opened, page: int = 0, at_least=None, brief=False) -> Scan:
    """A page of a file as a Scan, turned upright.

    at_least: JPEG may come smaller, its shorter side no less than this.
    brief: only pixels and their profile: not how many frames there are, nor what else is carried.
    """
    if file.is_tiff:
        with scans.tiff(file, first_alone=brief and page == 0) as pages:
            check_page(file, page, len(pages))
            number, chosen = pages[page]
            file.check_size(chosen.imagewidth, chosen.imagelength)
            plain = file.image is not None and scans.is_plain(chosen)
            scan = None if plain else scans.from_tiff(file, chosen)
        scan = scan or by_pillow(file, number, at_least)
        scan.pages = len(pages)
        scan.about = {} if brief else _about(metadata.of_tiff, file.file, number)
    elif file.image is None:
        file.check_size(*scans.jpeg_size(file))
        scan = scans.from_jpeg(file)
    else:
        file.check_size(*file.image.size)
        pages = 1 if brief and page == 0 else getattr(file.image, "n_frames", 1)
        check_page(file, page, pages)
        deep = _deep(file) if page == 0 else None
        if deep:
            scan = deep(file)
            scan.icc = profiles.carried(file.image, file.head)
            scan.orientation = _orientation(file.image)
        else:
            scan = by_pillow(file, page, at_least)
        scan.pages = pages
        # Last: of a broken picture it would take the one error that tells.
        scan.about = {} if brief else _about(metadata.carried, file.image)
    return upright(scan)


def _deep(file: Opened):
    """What reads a file that Pillow would give fewer bits than it has, or None."""
    if scans.is_deep_png(file.head):
        return scans.from_png
    if file.image.format == "JPEG2000" and scans.jp2_bits(file.head) > 8:
        return scans.from_jp2
    return None


def page_numbers(file: Opened) -> int:
    """How many pages or frames a file holds."""
    if file.is_tiff:
        with scans.tiff(file) as pages:
            return len(pages)
    return getattr(file.image, "n_frames", 1)


def check_page(file: Opened, page: int, pages: int):
    """Raise PictureError for a page that is not in the file."""
    if not 0 <= page < pages:
        has = f"has {pages} page{'s' * (pages > 1)}"
        raise PictureError(file.name, f"{has}; page {page + 1} was asked for")


def by_pillow(file: Opened, frame: int, at_least=None) -> Scan:
    """A frame that Pillow reads rightly."""
    image = file.image
    if frame:
        image.seek(frame)
        file.check_size(*image.size)
    if at_least is not None and image.format == "JPEG":
        image.draft(None, (at_least, at_least))  # the smallest scale whose sides reach at_least
    return from_image(image, file.name, file.head)


def from_image(image: Image.Image, name: str, head: bytes = b"") -> Scan:
    """An image that Pillow has opened, or made, as a Scan of 8 bits, or 16 where its mode is deep.

    head: of its file, the first kilobytes.
    """
    icc = profiles.carried(image, head)
    image.load()
    # PNG may keep its EXIF behind the pixels, and Pillow turns TIFF while loading.
    scan = Scan(image, icc=icc, orientation=_orientation(image))
    if image.mode.startswith("I") or image.mode == "F":
        bits = 16 if image.mode != "F" else None
        scan.values = scans.levels(np.asarray(image), name, scan.notes, bits, icc=icc)
        return scan
    if image.mode in TRANSPARENT or "transparency" in image.info:
        grey = image.mode in ("1", "L", "LA", "La")  # so that a grey profile fits
        clear = image.convert("LA" if grey else "RGBA")
        scan.values, scan.alpha = (
            clear.convert("L" if grey else "RGB"),
            np.array(clear.getchannel("A")),
        )
    elif image.mode not in ("L", "RGB", "CMYK"):
        scan.values = image.convert("L" if image.mode == "1" else "RGB")
    return scan


def upright(scan: Scan) -> Scan:
    """A Scan turned as its orientation says, its 8-bit values as a Pillow image."""
    turn = scan.orientation if scan.orientation in _UPRIGHT else 1
    scan.orientation = 1
    if not isinstance(scan.values, Image.Image) and scan.values.dtype == np.uint8:
        mode = "CMYK" if scan.values.shape[2:] == (4,) else None
        scan.values = Image.fromarray(scan.values, mode)
    if turn == 1:
        return scan
    if isinstance(scan.values, Image.Image):
        scan.values = scan.values.transpose(_UPRIGHT[turn])
    else:
        scan.values = np.ascontiguousarray(_TURNS[turn](scan.values))
    if scan.alpha is not None:
        scan.alpha = np.ascontiguousarray(_TURNS[turn](scan.alpha))
    return scan


def _about(read, *arguments) -> dict:
    try:
        return read(*arguments)
    except Exception:  # damaged metadata is no reason to refuse the pixels
        return {}


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF is no reason to refuse the pixels
        return 1
