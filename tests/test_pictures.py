"""Every kind of picture file, good and bad, through read_picture."""

import functools
import io
import pickle
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from colorlib.data import finding
from colorlib.data.pictures import (
    SUFFIXES,
    PictureError,
    find_pictures,
    read_picture,
    read_square,
    square,
    survey,
    write_picture,
)
from hostile import EXACT, STORED, UPRIGHT

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow grumbles about the broken files made here


def encode(image, file_format="PNG", **options) -> bytes:
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, format=file_format, **options)
    return buffer.getvalue()


def close(seen, wanted, most=6):
    assert seen.dtype == np.uint8
    assert seen.shape == wanted.shape
    assert np.abs(seen.astype(int) - wanted.astype(int)).max() <= most


def fails(source, *words) -> PictureError:
    with pytest.raises(PictureError) as caught:
        read_picture(source)
    for word in words:
        assert word in str(caught.value)
    return caught.value


def test_lossless_formats_come_exactly_and_others_closely():
    for file_format in ("PNG", "BMP", "TIFF", "PPM", "TGA"):
        np.testing.assert_array_equal(read_picture(encode(UPRIGHT, file_format)), UPRIGHT, file_format)
    for file_format in ("JPEG", "WEBP", "GIF", "JPEG2000"):
        close(read_picture(encode(UPRIGHT, file_format, **EXACT.get(file_format, {}))), UPRIGHT, most=8)


def test_path_bytes_and_file_object_agree(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encode(UPRIGHT))
    with open(path, "rb") as file:
        for source in (path, str(path), path.read_bytes(), bytearray(path.read_bytes()), file):
            np.testing.assert_array_equal(read_picture(source), UPRIGHT)
    with pytest.raises(TypeError, match=r"source must be .*, got int"):
        read_picture(3)


def test_exif_orientation_is_applied():
    for orientation, turn in STORED.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = np.ascontiguousarray(turn(UPRIGHT))
        for file_format in ("JPEG", "PNG", "TIFF", "WEBP"):
            data = encode(stored, file_format, exif=exif, **EXACT.get(file_format, {}))
            close(read_picture(data), UPRIGHT, most=8)


def test_damaged_exif_does_not_cost_the_picture():
    data = encode(UPRIGHT, "JPEG", quality=95, subsampling=0, exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xffrubbish")
    close(read_picture(data), UPRIGHT, most=8)


def test_grey_bilevel_and_palette():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(read_picture(encode(grey)), np.repeat(grey[..., None], 3, 2))
    bilevel = Image.fromarray(np.where(grey > 127, 255, 0).astype(np.uint8)).convert("1")
    assert set(np.unique(read_picture(encode(bilevel)))) == {0, 255}
    palette = Image.fromarray(UPRIGHT).quantize(4)
    assert palette.mode == "P"
    np.testing.assert_array_equal(read_picture(encode(palette)), UPRIGHT)


def test_alpha_is_laid_on_white():
    rgba = np.dstack([UPRIGHT, np.full(UPRIGHT.shape[:2], 255, np.uint8)])
    rgba[:8, :12, 3], rgba[:8, 12:, 3] = 0, 128
    seen = read_picture(encode(rgba))
    assert tuple(seen[0, 0]) == (255, 255, 255)  # fully transparent red
    close(seen[:8, 12:], np.full((8, 12, 3), (127, 255, 127), np.uint8), most=1)
    np.testing.assert_array_equal(seen[8:], UPRIGHT[8:])

    la = Image.fromarray(np.dstack([np.zeros((9, 9), np.uint8)] * 2))
    assert la.mode == "LA"
    la.putpixel((8, 8), (0, 255))
    seen = read_picture(encode(la))
    assert (seen[8, 8].max(), seen.sum()) == (0, 80 * 3 * 255)


def test_transparent_colours_of_palette_and_rgb_become_white():
    palette = Image.fromarray(UPRIGHT).quantize(4)
    red = palette.getpixel((0, 0))
    for file_format in ("PNG", "GIF"):
        seen = read_picture(encode(palette, file_format, transparency=red))
        assert tuple(seen[0, 0]) == (255, 255, 255)
        assert tuple(seen[15, 0]) == (0, 0, 255)
    seen = read_picture(encode(UPRIGHT, transparency=(255, 0, 0)))
    assert tuple(seen[0, 0]) == (255, 255, 255)


def test_16_bit_grey_is_scaled_not_clipped():
    deep = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    for file_format in ("PNG", "TIFF"):
        seen = read_picture(encode(deep, file_format))
        np.testing.assert_array_equal(seen[..., 0], np.arange(256).reshape(16, 16))
        np.testing.assert_array_equal(seen[..., 0], seen[..., 2])


def test_16_bit_rgb_png():
    values = (np.arange(16 * 16 * 3) * 85).astype(">u2").reshape(16, 16, 3)
    rows = b"".join(b"\0" + row.tobytes() for row in values)  # filter type 0 before each row

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 16, 16, 16, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    close(read_picture(b"\x89PNG\r\n\x1a\n" + parts), (values / 257).round().astype(np.uint8), most=1)


def test_float_tiff_with_and_without_a_known_white():
    ramp = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    np.testing.assert_array_equal(
        read_picture(encode(Image.fromarray(ramp), "TIFF"))[..., 0], np.arange(256).reshape(16, 16)
    )
    fails(encode(Image.fromarray(ramp * 1e6), "TIFF"), "float32 values from 0 to 1e+06", "wanted 0 to 1, to 255")
    fails(encode(Image.fromarray(np.full((16, 16), np.nan, np.float32)), "TIFF"), "nan")


def test_cmyk():
    cmyk = Image.fromarray(UPRIGHT).convert("CMYK")
    for file_format, options in (("JPEG", {"quality": 95}), ("TIFF", {})):
        seen = read_picture(encode(cmyk, file_format, **options))
        close(seen[[3, 3, 12, 12], [4, 20, 4, 20]], UPRIGHT[[3, 3, 12, 12], [4, 20, 4, 20]], most=12)


def test_of_an_animation_the_first_frame_is_taken():
    first, second = Image.fromarray(UPRIGHT), Image.new("RGB", (24, 16), (9, 9, 9))
    for file_format in ("GIF", "WEBP", "TIFF", "PNG"):
        options = {"save_all": True, "append_images": [second], **EXACT.get(file_format, {})}
        data = encode(first, file_format, **options)
        with Image.open(io.BytesIO(data)) as image:
            assert image.n_frames == 2
        close(read_picture(data), UPRIGHT, most=8)


def test_missing_folder_empty_and_text_files(tmp_path):
    empty, text = tmp_path / "empty.jpg", tmp_path / "text.jpg"
    empty.touch()
    text.write_text("this is no picture " * 20)
    fails(tmp_path / "nowhere.jpg", "nowhere.jpg", "no such file")
    fails(tmp_path, str(tmp_path), "folder")
    error = fails(empty, "empty.jpg", "0 bytes")
    assert (error.name, "empty" in error.reason) == (str(empty), True)
    fails(text, "text.jpg", "not a picture", "JPEG, PNG")
    fails(b"", "0 bytes")
    fails(io.BytesIO(b"short"), "not a picture")
    fails(b"\0\0\0\x18ftypheic" + b"\0" * 64, "HEIC", "save it as JPEG")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)


def test_truncated_files_at_any_length(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    for file_format in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"):
        data, path = encode(noise, file_format), tmp_path / f"half.{file_format.lower()}"
        for part in (0.02, 0.3, 0.5, 0.9):
            path.write_bytes(data[: int(len(data) * part)])
            fails(path, path.name)


def test_bytes_of_rubbish_raise_nothing_but_picture_errors():
    generator = np.random.default_rng(1)
    noise = generator.integers(0, 256, (20, 20, 3), dtype=np.uint8)
    for file_format in ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "TGA"):
        whole = np.frombuffer(encode(noise, file_format), np.uint8)
        for _ in range(40):
            data = whole.copy()
            where = generator.integers(4, len(data), 6)
            data[where] = generator.integers(0, 256, 6)
            try:
                assert read_picture(data.tobytes()).shape[2] == 3
            except PictureError:
                pass


def test_tiny_pictures_are_refused():
    fails(encode(UPRIGHT[:7]), "24 x 7", "at least 8")
    assert read_picture(encode(UPRIGHT[:8, :8])).shape == (8, 8, 3)


def test_absurdly_large_pictures_are_refused_before_decoding():
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    def header(width, height):  # a PNG that promises more than it holds: decoding it would say "truncated"
        head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9))

    fails(header(60_000, 60_000), "too large", "3,600 megapixels", "at most 150 ", "max_megapixels=3600 ")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Pillow's own limit, of 89 megapixels, stays out of it
        fails(header(13_000, 13_000), "13000 x 13000", "too large", "--max-megapixels 169 ")
    pixels = 24 * 16 / 1e6
    assert read_picture(encode(UPRIGHT), max_megapixels=pixels).shape == UPRIGHT.shape
    with pytest.raises(PictureError, match=r"24 x 16 pixels.*at most 0.000383 are read"):
        read_picture(encode(UPRIGHT), max_megapixels=pixels - 1e-6)
    with pytest.raises(PictureError, match="truncated"):
        read_picture(header(13_000, 13_000), max_megapixels=169)
    for wrong in (0, -1, "9", True, float("nan")):
        with pytest.raises(ValueError, match=r"^max_megapixels must be .*, got"):
            read_picture(encode(UPRIGHT), max_megapixels=wrong)


def test_postscript_is_not_run():
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n%%EndComments\nshowpage\n%%EOF\n"
    with Image.open(io.BytesIO(eps)) as image:
        assert image.format == "EPS"  # Pillow would
    fails(eps, "not a picture")


def test_at_least_decodes_jpeg_smaller_but_large_enough():
    yy, xx = np.mgrid[0:400, 0:600]
    large = np.stack([xx * 255 / 600, yy * 255 / 400, 128 + 0 * xx], -1).astype(np.uint8)
    data = encode(large, "JPEG", quality=95)
    assert read_picture(data).shape == (400, 600, 3)
    for at_least, shape in ((400, (400, 600)), (201, (400, 600)), (200, (200, 300)), (64, (100, 150))):
        assert read_picture(data, at_least).shape[:2] == shape
    assert read_picture(encode(large), 64).shape == (400, 600, 3)  # PNG comes whole
    close(square(read_picture(data, 128), 64), square(read_picture(data), 64), most=4)


def test_reading_small_squares_of_jpeg_is_off_by_a_level_or_so():
    """A real photograph of 512 pixels, read for 64 and 96: decoded at a quarter and at half its size."""
    data = encode(astronaut(), "JPEG", quality=92)
    for size in (64, 96):
        off = read_square(data, size).astype(float) - square(read_picture(data), size)
        assert 0 < np.sqrt(np.square(off).mean()) < 1.5


def test_square_takes_the_centre_and_does_not_alias():
    wide = np.zeros((32, 96, 3), np.uint8)
    wide[:, 32:64] = 200
    np.testing.assert_array_equal(square(wide, 32), np.full((32, 32, 3), 200, np.uint8))
    np.testing.assert_array_equal(square(wide.transpose(1, 0, 2), 32), np.full((32, 32, 3), 200, np.uint8))
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255  # every second column: without a filter all black or all white
    close(square(stripes, 32)[4:-4, 4:-4], np.full((24, 24, 3), 128, np.uint8), most=2)
    assert square(wide, 64).shape == (64, 64, 3)


def test_wrong_arrays_and_sizes_are_named(tmp_path):
    zeros = functools.partial(np.zeros, dtype=np.uint8)
    for wrong in (np.zeros((8, 8, 3)), zeros((8, 8)), [[1]], zeros((0, 8, 3)), zeros((8, 8, 4)), zeros((1, 8, 8, 3))):
        with pytest.raises(ValueError, match=r"^rgb must be .*, got"):
            square(wrong, 8)
        with pytest.raises(ValueError, match=r"^rgb must be .*, got"):
            write_picture(tmp_path / "a.png", wrong)
    with pytest.raises(ValueError, match=r"^size must be .*, got 0"):
        square(UPRIGHT, 0)
    for file_format in ("PNG", "JPEG"):
        with pytest.raises(ValueError, match=r"^size must be .*, got 0"):
            read_square(encode(UPRIGHT, file_format), 0)


def test_write_picture_round_trip_and_endings(tmp_path):
    for name in ("a.png", "new/folder/a.bmp", "A.TIFF"):
        np.testing.assert_array_equal(read_picture(write_picture(tmp_path / name, UPRIGHT)), UPRIGHT)
    close(read_picture(write_picture(tmp_path / "a.jpg", UPRIGHT)), UPRIGHT, most=8)
    for name in ("a.txt", "a", "a.pdf"):
        with pytest.raises(ValueError, match="path must end in"):
            write_picture(tmp_path / name, UPRIGHT)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = write_picture(tmp_path / "a.png", UPRIGHT)
    before = path.read_bytes()

    def broken(self, file, **options):
        with open(file, "wb") as half:
            half.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", broken)
    with pytest.raises(OSError, match="disk full"):
        write_picture(path, UPRIGHT[::-1])
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_find_pictures(tmp_path):
    for name in (
        "b.JPG",
        "a/c.png",
        "a/b/d.webp",
        "a-b/e.gif",
        "notes.txt",
        ".hidden.png",
        ".git/x.png",
        "__MACOSX/x.png",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in find_pictures(tmp_path)]
    assert found == sorted(["b.JPG", "a/c.png", "a/b/d.webp", "a-b/e.gif"])
    with pytest.raises(FileNotFoundError, match="folder must be"):
        find_pictures(tmp_path / "nowhere")


def test_every_ending_that_is_read_is_found_in_any_case(tmp_path):
    """One list: what Pillow names for the formats that are read, and no format that runs something."""
    known = {ending for ending, name in Image.registered_extensions().items() if name in finding.ENDINGS}
    assert known <= set(SUFFIXES)
    for ending in ".jfif .jpe .mpo .pbm .pnm .j2k .apng .dib .heic .hif .jxl .avif .tif .vst".split():
        assert ending in SUFFIXES
    assert not {".eps", ".ps", ".pdf", ".svg", ".psd", ".wmf"} & set(SUFFIXES)
    for i, ending in enumerate(SUFFIXES):
        (tmp_path / f"{i}{ending}").touch()
        (tmp_path / f"{i}-{ending.upper()}").touch()
        (tmp_path / f"{i}{ending}.txt").touch()
    found = survey(tmp_path)
    assert len(found.pictures) == 2 * len(SUFFIXES)
    assert found.line() == f"not used: {len(SUFFIXES)} with no picture's ending (.txt {len(SUFFIXES)})"


def test_what_a_folder_holds_and_is_not_used_is_counted_by_reason(tmp_path):
    for name in ("a.png", "b.txt", "c.TXT", "d.nef", "e", ".f.png", "._a.png", ".g/h.png", "__MACOSX/i.png", "j/k.nef"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to(tmp_path / "j")
    (tmp_path / "l.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "j/line\nend.xyz").touch()
    found = survey(tmp_path)
    assert [path.name for path in found.pictures] == ["a.png", "l.png"]
    assert {reason: len(paths) for reason, paths in found.unused.items()} == {
        finding.HIDDEN: 2,
        finding.HIDDEN_FOLDER: 2,
        finding.LINK: 1,
        finding.NO_PICTURE: 6,
    }
    assert found.line() == (
        "not used: 2 hidden, 2 hidden folder(s), not looked into, 1 link(s) to folders, not followed, "
        "6 with no picture's ending (.nef 2, .txt 2, .xyz 1, none 1)"
    )
    lines = found.lines()
    assert len(lines) == 11
    assert all(line.isprintable() for line in lines)
    assert f"not used: {tmp_path / 'd.nef'}: with no picture's ending" in lines
    for i in range(9):
        (tmp_path / f"m.x{i}").touch()
    assert survey(tmp_path).line().endswith(", ...)")
    assert finding.Survey([]).line() == ""
