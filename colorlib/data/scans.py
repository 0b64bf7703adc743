"""Deep scans: what Pillow reads wrongly or with fewer bits, by tifffile and imagecodecs.

Pillow gives 16-bit white-is-zero TIFF as a negative, planar ones torn, 12 bits in 16 as black, and
of 16-bit RGB the upper byte, without an error.  So of TIFF it gets the plain 8-bit kinds alone.
"""

from __future__ import annotations

import contextlib
import enum
import logging
import math
import struct
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from colorlib.data.errors import PictureError
from colorlib.data.profiles import bands

# TIFF's PhotometricInterpretation.
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB, ICC_LAB = 0, 1, 2, 3, 5, 6, 8, 9
LABS = (LAB, ICC_LAB)
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, LAB: 3, ICC_LAB: 3}
PLAIN = (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK)
# Compressions: those that any Pillow's libtiff has, and those of them that know a predictor.
JPEG_INSIDE, FAX, PREDICTED = (6, 7), (2, 3, 4), (5, 8, 32946)
LIBTIFF = (1, *FAX, *JPEG_INSIDE, *PREDICTED, 32773)
REDUCED, MASK = 1, 4  # bits of NewSubfileType
ASSOCIATED, UNASSOCIATED = 1, 2  # ExtraSamples: alpha multiplied in, or not
SUB_FOLDERS, DNG = 330, 50706  # tags: where cameras keep the picture beside a preview
JP2_CMYK, JP2_YCC = 12, 18
MOST_SAMPLES = 32  # a pixel's
# Numbers of bits that scanners and cameras use of 16 and more.
USED = (8, 10, 12, 14, 16)
OVER = 1 / 16  # of the range: what may lie outside 0 to white in floats, and is cut

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # its words for us are exceptions


@dataclass
class Scan:
    """A picture's numbers, not upright and not yet sRGB.

    values: uint16 (H, W) grey, (H, W, 3) RGB or (H, W, 4) CMYK, 0 black (CMYK: no ink); of 8 bits a
        Pillow image of mode L, RGB or CMYK, or such an array of uint8.
    alpha: (H, W) of the same type, or None.
    icc: the profile it carries.
    orientation: EXIF's, 1 to 8.
    pages: how many there are in the file. about: what else it carries (metadata.py).
    """

    values: np.ndarray | Image.Image
    alpha: np.ndarray | None = None
    icc: bytes | None = None
    orientation: int = 1
    pages: int = 1
    about: dict = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@contextlib.contextmanager
def tiff(file, first_alone=False):
    """The pages of an opened TIFF, as tifffile has them: (number in the file, page) of each.

    Thumbnails, masks and reduced copies are no pages, unless there is nothing else.
    first_alone: it is enough to know the first.
    """
    import tifffile

    file.file.seek(0)
    with tifffile.TiffFile(file.file) as found:
        numbered, offsets, whole = [], set(), []
        for number, page in enumerate(found.pages):
            if page.offset in offsets or (first_alone and whole):  # a chain may be a circle
                break
            offsets.add(page.offset)
            numbered.append((number, page.aspage()))
            whole += numbered[-1:] * (not page.subfiletype & (REDUCED | MASK))
        first = numbered[0][1].tags if numbered else {}
        if DNG in first or (not whole and SUB_FOLDERS in first) or file.head[8:10] == b"CR":
            raise PictureError(file.name, "a camera's raw file; develop it first")
        yield whole or numbered


def is_plain(page) -> bool:
    """Whether Pillow reads this page of a TIFF rightly and in full."""
    bits, samples = page.bitspersample, page.samplesperpixel
    if page.compression not in LIBTIFF or (page.predictor != 1) > (page.compression in PREDICTED):
        return False
    if page.fillorder != 1 and page.compression not in FAX:
        return False
    if page.photometric == YCBCR:  # uncompressed Pillow takes none that share colour samples
        shared = page.tags.valueof("YCbCrSubSampling") or (2, 2)
        return bits == 8 and (page.compression != 1 or tuple(shared) == (1, 1))
    if page.sampleformat != 1 or page.imagedepth != 1 or page.photometric not in PLAIN:
        return False
    if page.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO, PALETTE) and samples == 1:
        return bits in (1, 2, 4, 8) and (page.photometric != PALETTE or _palette_is_plain(page))
    chunky = page.planarconfig == 1
    return bits == 8 and chunky and samples == COLOURS[page.photometric]


def _palette_is_plain(page) -> bool:
    palette = page.tags.valueof("ColorMap")
    return palette is not None and np.max(palette) > 255


def from_tiff(file, page) -> Scan:
    """A page of a TIFF as a Scan; PictureError where its kind is not one that is known."""
    kind = _kind(file.name, page)
    _check_whole(file, page)
    values = page.asarray(maxworkers=1)
    if page.planarconfig == 2 and values.ndim == 3:
        values = np.moveaxis(values, 0, -1)
    values = values.reshape(*values.shape[:2], -1)  # (H, W, samples)
    scan = Scan(values, icc=page.iccprofile or None, orientation=_orientation(page))
    if kind in LABS:
        return _from_lab(scan, kind)
    if kind == PALETTE:
        scan.values = _palette(page).T[values[..., 0].astype(np.int64)]
        return scan
    scan.values = levels(values, file.name, scan.notes, page.bitspersample, _said(page), scan.icc)
    _split(scan, COLOURS[kind], page.extrasamples)
    if kind == WHITE_IS_ZERO:
        np.subtract(np.iinfo(scan.values.dtype).max, scan.values, out=scan.values)
    return scan


def from_png(file) -> Scan:
    """A PNG of 16 bits as a Scan; its profile is left to `profiles`."""
    import imagecodecs

    file.file.seek(0)
    values = np.atleast_3d(imagecodecs.png_decode(file.file.read()))
    samples = values.shape[2]
    scan = Scan(values)
    scan.values = levels(values, file.name, scan.notes, 16)
    _split(scan, 3 if samples > 2 else 1, [UNASSOCIATED])
    return scan


def is_deep_png(head: bytes) -> bool:
    """Whether this is a PNG of 16 bits a channel."""
    return head.startswith(b"\x89PNG") and head[24:25] == b"\x10"


def jpeg_size(file) -> tuple[int, int]:
    """Width and height as a JPEG's frame header says, which Pillow could not open."""
    at = 2
    while at + 9 <= len(file.head) and file.head[at] == 0xFF:
        marker, length = file.head[at + 1], int.from_bytes(file.head[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", file.head, at + 5)
            return width, height
        at += 2 + length
    raise PictureError(file.name, "broken or truncated (no frame in a JPEG); wanted a whole file")


def jp2_bits(head: bytes) -> int:
    """Bits of a JPEG 2000's first channel, 0 where it is none."""
    at = head.find(b"\xff\x4f\xff\x51")  # the codestream's first two markers
    return (head[at + 42] & 0x7F) + 1 if 0 <= at < len(head) - 42 else 0


def from_jp2(file) -> Scan:
    """A JPEG 2000 of more than 8 bits, of whose colours Pillow makes white 0."""
    import imagecodecs

    at = file.head.find(b"colr\x01")  # a colour space by its number
    space = int.from_bytes(file.head[at + 7 : at + 11], "big") if at > 0 else 0
    if space == JP2_YCC:
        raise PictureError(file.name, "JPEG 2000 of a kind that is not read: YCC of over 8 bits")
    file.file.seek(0)
    values = np.atleast_3d(imagecodecs.jpeg2k_decode(file.file.read()))
    scan = Scan(values)
    scan.values = levels(values, file.name, scan.notes, jp2_bits(file.head))
    _split(scan, {1: 1, 2: 1}.get(values.shape[2], 4 if space == JP2_CMYK else 3), [UNASSOCIATED])
    return scan


def from_jpeg(file) -> Scan:
    """A JPEG of more than 8 bits, or without loss, which Pillow does not know."""
    import imagecodecs

    file.file.seek(0)
    values = imagecodecs.jpeg_decode(file.file.read())
    scan = Scan(values)
    bits = 8 if values.dtype == np.uint8 else max(12, int(values.max()).bit_length())
    scan.values = levels(values, file.name, scan.notes, bits)
    return scan


# ------------------------------------------------------------------------- ranges of numbers


def levels(values, name, notes, bits=None, said=None, icc=None) -> np.ndarray:
    """Numbers of any type -> uint8 (white is 255) or uint16 (white is 65535).

    bits: how many of an integer's bits are used. said: the largest value that the file names.
    Where a file of 16 bits or more uses 14 or fewer, the white of its numbers is guessed and told;
    floats have white at 1, 255 or 65535. PictureError where there is no telling.
    """
    values = values.astype(np.uint8) if values.dtype == bool else values
    if values.dtype.kind not in "uif" or values.size == 0:
        raise PictureError(name, f"numbers of type {values.dtype}; wanted integers or floats")
    low, high = values.min().item(), values.max().item()
    if values.dtype.kind == "f":
        white = _white_of_floats(low, high, bool(icc), name, values.dtype, notes)
    else:
        room = values.dtype.itemsize * 8
        bits = bits or room
        bits -= values.dtype.kind == "i" and bits == room  # the sign's
        if low < 0:
            wanted = f"0 to {2**bits - 1:g}"
            raise PictureError(name, f"signed numbers from {low} to {high}; wanted {wanted}")
        white = _white_of_integers(high, bits, said, bool(icc), notes)
    top = 255 if white <= 255 and values.dtype.kind != "f" else 65535
    kind = np.uint8 if top == 255 else np.uint16
    if values.dtype == kind and white == top:
        return values
    out = np.empty(values.shape, kind)
    for rows in bands(*values.shape[:2]):
        part = values[rows].astype(np.float64 if values.dtype.itemsize > 2 else np.float32)
        out[rows] = np.rint(np.clip(part * (top / white), 0, top))
    return out


def _white_of_integers(high, bits, said, profiled, notes) -> int:
    white = 2**bits - 1
    # Of a dark picture with a profile, which a program has seen, 14 of 16 bits may be the truth.
    few = 4 if profiled else 2
    least = next((used for used in USED if high < 2**used), bits)
    if said and said < white and said + 1 in [2**used for used in USED] and high <= said:
        return said
    if bits < 16 or high == 0 or least > bits - few:
        return white
    notes.append(f"no value above {high} of {white}: {2**least - 1} ({least} bits) taken for white")
    return 2**least - 1


def _white_of_floats(low, high, profiled, name, kind, notes) -> float:
    if not np.isfinite([low, high]).all():
        raise PictureError(name, f"{kind} values that are no numbers (nan) or infinite")
    for white in (1.0, 255.0, 65535.0):
        # With a profile white is at 1, and more is light that no paper has.
        fits = profiled or high <= white * (1 + OVER)
        if fits and low >= -white * OVER:
            break
    else:
        white = 0.0
    if not white or (white > 1 and high < white / 4):
        wanted = "wanted 0 to 1, to 255 or to 65535"
        raise PictureError(name, f"{kind} values from {low:g} to {high:g}; {wanted}")
    if low < 0 or high > white:
        notes.append(f"values from {low:g} to {high:g} are cut to 0 to {white:g}")
    return white


# ---------------------------------------------------------------------------- parts of a TIFF


def _kind(name, page) -> int:
    """The photometric interpretation, as a plain number; PictureError for what is not read."""
    kind, compression = int(page.photometric), page.compression
    if kind == YCBCR and compression in JPEG_INSIDE:
        return RGB  # to which it is decoded
    seen = f"photometric {_word(page.photometric)}, {page.samplesperpixel} samples a pixel"
    known = kind in COLOURS and COLOURS[kind] <= page.samplesperpixel <= MOST_SAMPLES
    if page.imagedepth != 1:
        known, seen = False, f"{seen}, depth {page.imagedepth}"
    if kind == CMYK and page.tags.valueof("InkSet") not in (None, 1):
        known, seen = False, "other inks than cyan, magenta, yellow and black"
    if not isinstance(compression, enum.Enum) or (kind in LABS and compression in JPEG_INSIDE):
        known, seen = False, f"{seen}, compression {_word(compression)}"
    if not isinstance(page.bitspersample, int):
        known, seen = False, f"{page.bitspersample} bits"
    if kind == PALETTE and page.tags.valueof("ColorMap") is None:
        known, seen = False, "a palette that is not there"
    if kind in LABS and page.dtype not in ("uint8", "uint16", "int8", "int16"):
        known, seen = False, f"Lab of type {page.dtype}"
    if not known:
        raise PictureError(name, f"TIFF of a kind that is not read: {seen}")
    return kind


def _word(number) -> str:
    return getattr(number, "name", str(number))


def _palette(page) -> np.ndarray:
    """(3, colours), uint8 where that holds all; some writers have it with 8 of 16 bits."""
    palette = np.asarray(page.colormap)
    if palette.max() > 255 and (palette % 257).any():
        return palette
    return (palette if palette.max() < 256 else palette // 257).astype(np.uint8)


def _check_whole(file, page):
    """tifffile fills what is missing with black."""
    size = file.file.seek(0, 2)
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    here = sum(0 < count <= size - start for start, count in parts)
    if here < max(len(parts), math.prod(page.chunked)):
        raise PictureError(file.name, "truncated: parts of its pixels are not in the file")


def _said(page) -> int | None:
    """The largest value, where the file names one for all channels."""
    said = page.tags.valueof("MaxSampleValue")
    said = set(said) if isinstance(said, tuple) else {said}
    return said.pop() if len(said) == 1 else None


def _orientation(page) -> int:
    said = page.tags.valueof("Orientation")
    return said if isinstance(said, int) else 1


def _split(scan, colours: int, extra):
    """scan.values (H, W, samples) -> colours and alpha; tells of what else there is."""
    values, kinds = scan.values, [int(kind) for kind in extra]
    left = values.shape[2] - colours
    if left and not kinds and colours == 3:
        kinds = [UNASSOCIATED]  # as writers mean it that leave the tag out
    at = next((i for i, kind in enumerate(kinds[:left]) if kind in (1, 2)), None)
    scan.values = values[..., 0] if colours == 1 else values[..., :colours]
    if at is not None:
        scan.alpha = values[..., colours + at]
        if kinds[at] == ASSOCIATED:
            scan.values = _divided(scan.values, scan.alpha)
    left -= at is not None
    if left:
        scan.notes.append(f"passed over: {left} more channel(s) than colour and alpha")
    scan.values = np.ascontiguousarray(scan.values)


def _divided(values, alpha):
    """Colours that were multiplied by alpha, without that."""
    most = np.iinfo(values.dtype).max
    alpha = alpha if values.ndim == 2 else alpha[..., None]
    out = np.empty(values.shape, values.dtype)
    for rows in bands(*values.shape[:2]):
        part = values[rows] / np.maximum(alpha[rows], 1).astype(np.float64) * most
        out[rows] = np.rint(np.minimum(part, most))
    return out


def _from_lab(scan, kind) -> Scan:
    """Lab of 8 or 16 bits, white D50 -> sRGB of as many.

    TIFF 6.0 has a and b signed (8 of 16 bits behind the point), the ICC's kind has 0 at 128.
    """
    from skimage.color import lab2xyz

    values = scan.values[..., :3]
    unit = {1: 1.0, 2: 256.0}[values.dtype.itemsize]
    scan.icc = None  # Lab says what it means
    top = np.iinfo(np.uint8 if unit == 1 else np.uint16).max
    # The ICC's first Lab of 16 bits has L = 100 at 0xFF00, TIFF's at 0xFFFF.
    white = top if unit == 1 or kind == LAB else 0xFF00
    out = np.empty(values.shape, np.uint8 if unit == 1 else np.uint16)
    for rows in bands(*values.shape[:2]):
        part = values[rows].astype(np.float64)
        ab = part[..., 1:] / unit - 128 if kind == ICC_LAB else _signed(part[..., 1:], top) / unit
        lab = np.concatenate([part[..., :1] % (top + 1) * (100 / white), ab], -1)
        light = lab2xyz(lab, "D50", "2") @ XYZ_D50_TO_SRGB.T
        light = np.clip(light, 0, 1)
        signal = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        out[rows] = np.rint(signal * top)
    scan.values = out
    return scan


def _signed(values, top):
    """Two's complement."""
    values = values % (top + 1)
    return np.where(values > top // 2, values - top - 1, values)


# Light seen under D50 (Bradford) -> linear sRGB; B. Lindbloom, brucelindbloom.com.
XYZ_D50_TO_SRGB = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
