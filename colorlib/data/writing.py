"""A picture back to a file: whole or not at all, in sRGB and tagged so, with what it carried.

about = write_photo("old-coloured.tif", rgb, photo.about, photo.alpha, note="...")
"""

from __future__ import annotations

import functools
import io
import math
import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from colorlib.data import exif, files, metadata
from colorlib.data.errors import printable

# What is written, by Pillow's name of the format, and what that can hold beside pixels.
ENDINGS = {
    "JPEG": ".jpg .jpeg .jpe .jfif",
    "PNG": ".png",
    "WEBP": ".webp",
    "TIFF": ".tif .tiff",
    "AVIF": ".avif",
    "JPEG2000": ".jp2 .j2k",
    "BMP": ".bmp",
    "GIF": ".gif",
    "PPM": ".ppm",
    "TGA": ".tga",
}
HOLDS = {
    "JPEG": {"exif", "xmp", "iptc", "comment", "dpi"},
    "PNG": {"exif", "xmp", "iptc", "comment", "dpi", "text", "alpha", "16 bits"},
    "WEBP": {"exif", "xmp", "dpi", "alpha"},  # dpi: in its EXIF
    "TIFF": {"exif", "xmp", "iptc", "dpi", "alpha", "16 bits"},
    "AVIF": {"exif", "xmp", "dpi", "alpha"},
    "BMP": {"dpi"},
    "GIF": {"comment"},
}
WORDS = {"exif": "EXIF", "xmp": "XMP", "iptc": "IPTC captions", "dpi": "resolution"}
OPTIONS = {  # full chroma: subsampling would blur what was just coloured
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
    "AVIF": {"quality": 90, "subsampling": "4:4:4"},
}
MARKER = 65533  # bytes of one marker of a JPEG, at most
STORED_ALPHA = "unassalpha"  # TIFF's word for colours that are not multiplied by alpha


def suffixes() -> tuple[str, ...]:
    """The endings that can be written with this Pillow."""
    Image.init()  # AVIF is missing from old ones
    return tuple(" ".join(e for name, e in ENDINGS.items() if name in Image.SAVE).split())


def format_of(path) -> str:
    """Pillow's name of the format that a path's ending means; ValueError for one not written."""
    path = Path(path)
    if path.suffix.lower() not in suffixes():
        wanted = f"path must end in .png, .jpg or the like ({' '.join(suffixes())})"
        raise ValueError(f"{wanted}, got {path.name!r}")
    return next(name for name, e in ENDINGS.items() if path.suffix.lower() in e.split())


def write_picture(path, rgb: np.ndarray) -> Path:
    """Write rgb, uint8 or uint16 (H, W, 3) in sRGB, to path; the ending names the format.

    As `write_photo` does, and raises what that does; returns the path.
    """
    write_photo(path, rgb)
    return Path(path)


def write_photo(path, rgb, about=None, alpha=None, note=None, before=None) -> list[str]:
    """Write a picture with what its photo carried, tagged as sRGB where the format can say that.

    rgb: uint8 or uint16 (H, W, 3), sRGB, upright. alpha: of the same type, (H, W), or None.
    about: what `metadata.carried` told of the photo. note: a line for the EXIF field that tells of
    processing. before: called with the path of the finished file just before it takes its name.

    The file appears whole or not at all; folders are made as needed. 16 bits stay 16 in PNG and
    TIFF. JPEG is written at quality 95 without chroma subsampling, which would blur colour.
    Returns a line for each thing that the format cannot hold.
    Raises ValueError for a wrong array or an ending that cannot be written, OSError where the file
    cannot be, for want of room or because the format has no pictures of that size.
    """
    path = Path(path)
    pixels = _check_rgb(rgb, alpha)
    kind, about = format_of(path), dict(about or {})
    holds = HOLDS.get(kind, set())
    pixels, left_out = _fit(pixels, alpha, holds)
    if "text" not in holds and "exif" in holds:
        about = metadata.from_text(about)
    left_out += [WORDS.get(key, key) for key, value in about.items() if value and key not in holds]
    left_out += ["the note"] * (note is not None and "exif" not in holds)
    about = {key: value for key, value in about.items() if key in holds}
    write = {"JPEG": _jpeg, "PNG": _png, "TIFF": _tiff, "WEBP": _webp, "AVIF": _webp}.get(
        kind, _bare
    )
    with files.whole(path) as part:
        try:
            left_out += write(part, kind, pixels, about, note) or []
        except (ValueError, struct.error) as error:  # WebP ends at 16,383 pixels a side
            size = f"{rgb.shape[1]} x {rgb.shape[0]} pixels"
            raise OSError(f"{printable(path)}: {kind} cannot hold {size}") from error
        if before:
            before(part)
    return [f"{path.suffix} does not hold: {', '.join(left_out)}"] if left_out else []


def side_by_side(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Two pictures of one shape and type, (H, W, C), as one of twice the width (H, 2W, C)."""
    if before.shape != after.shape or before.dtype != after.dtype:
        seen = f"{before.dtype} {before.shape} and {after.dtype} {after.shape}"
        raise ValueError(f"before and after must have one shape and type, got {seen}")
    return np.concatenate([before, after], axis=1)


def sheet(pictures: list[np.ndarray], side: int = 480) -> np.ndarray:
    """uint8 pictures of one shape (H, W, 3) in a grid as square as can be, white between.

    Each is shrunk until its longer side is at most `side`.
    """
    columns = math.ceil(math.sqrt(len(pictures)))
    small = [Image.fromarray(rgb) for rgb in pictures]
    for picture in small:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    width, height = small[0].width + 8, small[0].height + 8
    size = (columns * width + 8, math.ceil(len(small) / columns) * height + 8)
    page = Image.new("RGB", size, "white")
    for i, picture in enumerate(small):
        page.paste(picture, (8 + i % columns * width, 8 + i // columns * height))
    return np.asarray(page)


@functools.cache
def srgb_profile() -> bytes:
    """The ICC profile of sRGB that comes with littlecms, without the time of its making."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + made[36:]


def _check_rgb(rgb, alpha) -> np.ndarray:
    kinds = (np.uint8, np.uint16)
    array = isinstance(rgb, np.ndarray)
    if not array or rgb.dtype not in kinds or rgb.shape[2:] != (3,) or 0 in rgb.shape:
        seen = f"{rgb.dtype} {rgb.shape}" if array else type(rgb).__name__
        raise ValueError(
            f"rgb must be a uint8 or uint16 array (H, W, 3) with pixels in it, got {seen}"
        )
    if alpha is not None and (alpha.dtype != rgb.dtype or alpha.shape != rgb.shape[:2]):
        wanted = f"alpha must be {rgb.dtype} {rgb.shape[:2]}, as rgb is"
        raise ValueError(f"{wanted}, got {alpha.dtype} {alpha.shape}")
    return rgb


def _fit(rgb, alpha, holds) -> tuple[np.ndarray, list[str]]:
    """Pixels (H, W, 3 or 4) as the format can hold them, and what it cannot."""
    left_out = []
    if alpha is not None and "alpha" in holds:
        rgb = np.dstack([rgb, alpha])
    elif alpha is not None:
        most = np.iinfo(rgb.dtype).max
        share = alpha[..., None] / np.float32(most)
        rgb = np.rint(rgb * share + most * (1 - share)).astype(rgb.dtype)
        left_out.append("transparency, which is laid on white")
    if rgb.dtype == np.uint16 and "16 bits" not in holds:
        rgb = ((rgb.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
        left_out.append("more than 8 bits")
    return np.ascontiguousarray(rgb), left_out


def _jpeg(part, kind, pixels, about, note) -> list[str]:
    order, folders, packet = metadata.for_pixels(about, *pixels.shape[1::-1], note)
    left_out, markers = [], b""
    while len(block := exif.HEAD + exif.write(order, folders)) > MARKER:
        size, folder, tag = max(
            (len(e[2]), f, t) for f, entries in folders.items() for t, e in entries.items()
        )
        left_out.append(f"EXIF field {tag} ({size:,} bytes)")
        del folders[folder][tag]
    extras = {"xmp": (0xE1, metadata.XMP_HEAD + packet if packet else b"")}
    captions = about.get("iptc", b"")
    head = b"Photoshop 3.0\0"
    extras["iptc"] = (0xED, head + metadata.resource(captions) if captions else b"")
    for name, (marker, body) in extras.items():
        if len(body) > MARKER:
            left_out.append(f"{WORDS[name]} ({len(body):,} bytes)")
        elif body:
            markers += struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
    comment = about.get("comment", b"")
    if len(comment) > MARKER:
        left_out.append(f"comment ({len(comment):,} bytes)")
        comment = b""
    options = OPTIONS[kind] | ({"comment": comment} if comment else {}) | _dpi(about)
    options |= {"exif": block} if folders else {}
    image = Image.fromarray(pixels)
    image.save(part, format=kind, extra=markers, icc_profile=srgb_profile(), **options)
    return left_out


def _png(part, kind, pixels, about, note):
    order, folders, packet = metadata.for_pixels(about, *pixels.shape[1::-1], note)
    info = PngImagePlugin.PngInfo()
    texts = dict(about.get("text", {}))
    if about.get("comment"):
        texts.setdefault("Comment", metadata.in_words(about["comment"]))
    if about.get("iptc"):
        texts |= [metadata.raw_profile("iptc", metadata.resource(about["iptc"]))]
    for key, text in texts.items():
        info.add_text(key, text)
    if packet:
        info.add_itxt("XML:com.adobe.xmp", packet.decode("utf-8", "replace"))
    options = {"pnginfo": info, "icc_profile": srgb_profile()} | _dpi(about)
    options |= {"exif": exif.write(order, folders)} if folders else {}
    if pixels.dtype == np.uint8:
        Image.fromarray(pixels).save(part, format=kind, **options)
    else:
        part.write_bytes(_deep_png(pixels, options))


def _deep_png(pixels, options) -> bytes:
    """16 bits a sample, which Pillow does not write: its chunks, the pixels of imagecodecs."""
    import imagecodecs

    small = io.BytesIO()
    Image.new("RGB", (1, 1)).save(small, "PNG", **options)
    own = b"".join(c for name, c in _chunks(small.getvalue()) if name not in _PIXEL_CHUNKS)
    (head, *_), *rest = [(c, name) for name, c in _chunks(imagecodecs.png_encode(pixels, level=6))]
    return SIGNATURE + head + own + b"".join(c for c, name in rest if name in _PIXEL_CHUNKS)


SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXEL_CHUNKS = {b"IHDR", b"IDAT", b"IEND"}


def _chunks(png: bytes):
    """(name, the whole chunk with length and sum) of a PNG, one after another."""
    at = len(SIGNATURE)
    while at < len(png):
        size = 12 + int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at : at + size]
        at += size


def _webp(part, kind, pixels, about, note):
    """WebP and AVIF, where the resolution stands in EXIF alone."""
    order, folders, packet = metadata.for_pixels(about, *pixels.shape[1::-1], note)
    main = folders.setdefault(exif.MAIN, {})
    if "dpi" in about and not main.keys() & set(metadata.RESOLUTION):
        main |= metadata.dpi_entries(order, about["dpi"])
    options = OPTIONS[kind] | {"icc_profile": srgb_profile()}
    options |= {"exif": exif.HEAD + exif.write(order, folders)} if any(folders.values()) else {}
    options |= {"xmp": packet} if packet else {}
    Image.fromarray(pixels).save(part, format=kind, **options)


def _tiff(part, kind, pixels, about, note):
    """By tifffile, which writes 16 bits; then what the photo carried is put beside its entries."""
    import tifffile

    order, folders, packet = metadata.for_pixels(about, *pixels.shape[1::-1], note)
    main = {t: e for t, e in folders.get(exif.MAIN, {}).items() if t not in metadata.RESOLUTION}
    main |= {metadata.XMP: (1, len(packet), packet)} if packet else {}
    captions = about.get("iptc", b"")
    main |= {metadata.IPTC: (exif.UNDEFINED, len(captions), captions)} if captions else {}
    resolution = {"resolution": about["dpi"], "resolutionunit": 2} if "dpi" in about else {}
    tifffile.imwrite(
        part, pixels, byteorder=order, bigtiff=False, photometric="rgb", metadata=None,
        extrasamples=[STORED_ALPHA] if pixels.shape[2] == 4 else None, software=False,
        compression="zlib", predictor=True, iccprofile=srgb_profile(), **resolution,
    )  # fmt: skip
    with open(part, "r+b") as file:
        exif.add_to_tiff(file, order, folders | {exif.MAIN: main})


def _bare(part, kind, pixels, about, note):
    comment = {"comment": about["comment"]} if about.get("comment") else {}
    Image.fromarray(pixels).save(part, format=kind, **_dpi(about), **comment)


def _dpi(about) -> dict:
    return {"dpi": about["dpi"]} if "dpi" in about else {}
