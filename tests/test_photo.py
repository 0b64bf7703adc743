"""read_photo: what it keeps beside 8-bit colour, what it tells, and what it lets one choose."""

import builtins
import io
import threading
import warnings

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

import colours
import deep
import hostile
import icc
from colorlib.data import cache, opening, profiles, scans
from colorlib.data.pictures import (
    PictureError,
    from_image,
    page_count,
    read_photo,
    read_picture,
    read_square,
    square,
    to_8_bits,
)
from deep import GREY, SMOOTH, H, W, numbers, seen, tiff
from hostile import UPRIGHT, encode


def many(*arrays, **options) -> bytes:
    """A TIFF with a page for each."""
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        for array in arrays:
            file.write(array, photometric="rgb", metadata=None, **options)
    return buffer.getvalue()


def test_the_cases_of_other_tests_are_many_and_of_different_names():
    names = [name for module in (deep, colours) for name, *_ in cases_of(module)]
    assert len(names) == len(set(names)) > 200


def test_sixteen_bits_stay_sixteen():
    rgb, grey = numbers(SMOOTH), numbers(GREY)
    for content in (tiff(rgb), tiff(rgb, planar=True, compression="lzw"), imagecodecs.png_encode(rgb)):
        photo = read_photo(content)
        assert photo.rgb.dtype == np.uint16
        np.testing.assert_array_equal(photo.rgb, rgb)
        assert (photo.notes, photo.pages, photo.alpha) == ([], 1, None)
    for content in (tiff(grey, "minisblack"), tiff(65535 - grey, "miniswhite"), imagecodecs.png_encode(grey)):
        np.testing.assert_array_equal(read_photo(content).rgb, np.repeat(grey[..., None], 3, 2))
    for content in (tiff(numbers(SMOOTH, 8)), encode(numbers(SMOOTH, 8)), deep.packed(numbers(GREY, 4), 4)):
        assert read_photo(content).rgb.dtype == np.uint8


def test_a_profile_is_followed_to_sixteen_bits():
    profile, wanted = icc.rgb(*colours.RGB["prophoto"]), colours.meant("prophoto")
    photo = read_photo(tiff(numbers(colours.SOFT), iccprofile=profile))
    assert np.abs(photo.rgb / 65535 - wanted).max() < 2e-4
    assert photo.notes == ["colours converted to sRGB from 'made by hand, RGB'"]
    dots = read_photo(tiff(numbers(GREY), "minisblack", iccprofile=icc.grey(icc.dot_gain)))
    assert np.abs(dots.rgb / 65535 - icc.srgb_signal(icc.dot_gain(GREY))[..., None]).max() < 2e-4
    assert np.ptp(dots.rgb, axis=2).max() <= 1, "grey stays grey"


def test_lightness_by_profile_against_what_is_read_without():
    """The mean error of L that colour management takes away, for each kind of profile."""
    from skimage.color import rgb2lab

    steps = np.tile(np.linspace(0.05, 0.95, 24), (16, 1))
    for name, light in colours.GREYS.items():
        content = encode(numbers(steps, 8), icc_profile=icc.grey(light))
        wanted = np.repeat(icc.srgb_signal(light(numbers(steps, 8) / 255))[..., None], 3, 2)
        off = np.abs(rgb2lab(read_picture(content)) - rgb2lab(wanted))[..., 0].mean()
        bare = np.abs(rgb2lab(np.repeat(steps[..., None], 3, 2)) - rgb2lab(wanted))[..., 0].mean()
        assert off < 0.2, name
        assert bare > 10 * off, name


def test_alpha_is_given_back_and_colours_under_it_are_the_files_own():
    alpha = np.full((H, W, 1), 0.5)
    alpha[:8] = 1
    for bits in (8, 16):
        content = tiff(numbers(np.dstack([SMOOTH, alpha]), bits), extrasamples=["unassalpha"])
        photo = read_photo(content)
        np.testing.assert_array_equal(photo.rgb, numbers(SMOOTH, bits))
        np.testing.assert_array_equal(photo.alpha, numbers(alpha[..., 0], bits))
        white = to_8_bits(photo.on_white())
        assert np.abs(white - 255 * (SMOOTH * alpha + 1 - alpha)).max() < 1.5
        np.testing.assert_array_equal(read_picture(content), white)
        multiplied = tiff(numbers(np.dstack([SMOOTH * alpha, alpha]), bits), extrasamples=["assocalpha"])
        assert np.abs(read_photo(multiplied).rgb - numbers(SMOOTH, bits).astype(int)).max() <= 2
    opaque = np.dstack([UPRIGHT, np.full((16, 24), 255, np.uint8)])
    assert read_photo(encode(opaque)).alpha is None
    opaque[..., 3] = 0
    photo = read_photo(encode(opaque))
    assert photo.alpha is None
    np.testing.assert_array_equal(photo.rgb, UPRIGHT)
    assert "alpha" in photo.notes[0]


def test_alpha_is_turned_with_the_picture_and_found_where_its_tag_is_missing():
    clear = np.dstack([SMOOTH, 1 - GREY])
    for bits in (8, 16):
        for orientation in (2, 6, 7):
            stored = np.ascontiguousarray(hostile.STORED[orientation](numbers(clear, bits)))
            turn = [(274, 3, 1, orientation, True)]
            photo = read_photo(tiff(stored, extrasamples=["unassalpha"], extratags=turn))
            np.testing.assert_array_equal(np.dstack([photo.rgb, photo.alpha]), numbers(clear, bits))
        data = numbers(clear, bits).tobytes()
        photo = read_photo(deep.by_hand(data, bits, 2, clear.shape))
        np.testing.assert_array_equal(np.dstack([photo.rgb, photo.alpha]), numbers(clear, bits))


def test_lab_of_sixteen_bits_is_read_to_that_precision():
    soft = 0.3 + 0.5 * SMOOTH
    for name, content, *_ in cases_of(deep):
        if name.endswith("lab16.tif"):
            assert np.abs(read_photo(content).rgb / 65535 - soft).max() < 4e-4, name


def cases_of(module):
    cases = []
    module.make(lambda *case, **more: cases.append(case))
    return cases


def test_pages_are_told_counted_and_chosen():
    first, second = numbers(SMOOTH), numbers(SMOOTH[::-1])
    content = many(first, second, first)
    photo = read_photo(content)
    assert (photo.pages, page_count(content)) == (3, 3)
    assert photo.notes == ["3 pages: the first is used; page= or --page takes another"]
    photo = read_photo(content, page=1)
    np.testing.assert_array_equal(photo.rgb, second)
    assert (photo.pages, photo.notes) == (3, [])
    for page in (3, -1):
        with pytest.raises(PictureError, match=f"has 3 pages; page {page + 1} was asked for"):
            read_photo(content, page=page)
    with pytest.raises(PictureError, match="has 1 page; page 2 was asked for"):
        read_photo(encode(UPRIGHT), page=1)
    for kind, exact in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {})):
        frames = [Image.fromarray(UPRIGHT[::-1].copy()), Image.fromarray(UPRIGHT[:, ::-1].copy())]
        content = encode(UPRIGHT, kind, save_all=True, append_images=frames, **exact)
        assert page_count(content) == 3, kind
        assert "3 " in read_photo(content).notes[0], kind
        np.testing.assert_array_equal(read_photo(content, 2).rgb, UPRIGHT[:, ::-1], kind)


def test_thumbnails_and_masks_are_no_pages():
    buffer, small = io.BytesIO(), numbers(SMOOTH[:8, :8], 8)
    with tifffile.TiffWriter(buffer) as file:
        for array, kind in ((small, 1), (numbers(SMOOTH), 0), (numbers(SMOOTH[::-1], 8), 2), (small, 1)):
            file.write(array, photometric="rgb", subfiletype=kind)
    content = buffer.getvalue()
    assert page_count(content) == 2
    np.testing.assert_array_equal(read_photo(content).rgb, numbers(SMOOTH))
    np.testing.assert_array_equal(read_photo(content, 1).rgb, numbers(SMOOTH[::-1], 8))
    only = many(numbers(SMOOTH), subfiletype=1)  # where there is nothing else
    assert page_count(only) == 1


def test_guesses_are_told():
    def notes(content):
        return " ".join(read_photo(content).notes)

    assert "4095 (12 bits) taken for white" in notes(tiff(numbers(GREY, 12, "u2"), "minisblack"))
    assert notes(tiff(numbers(GREY), "minisblack")) == ""
    # With a profile, which a program gave that knew the range, 14 of 16 bits are what they say.
    dark = tiff(numbers(GREY, 14, "u2"), "minisblack", iccprofile=icc.grey(icc.srgb_light))
    assert notes(dark) == ""
    assert read_picture(dark).max() == 64
    assert "cut to 0 to 1" in notes(tiff((SMOOTH * 1.04).astype("f4")))
    assert "1 more channel" in notes(tiff(numbers(np.dstack([SMOOTH, GREY])), extrasamples=["unspecified"]))
    assert "CMYK without a profile" in notes(encode(Image.fromarray(UPRIGHT).convert("CMYK"), "TIFF"))
    assert "broken colour profile" in notes(encode(UPRIGHT, icc_profile=b"no profile" * 20))


def test_profiles_that_mean_srgb_change_nothing():
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (made, icc.rgb(icc.SRGB, icc.srgb_light), icc.rgb(icc.SRGB, icc.srgb_light, version=4)):
        photo = read_photo(encode(hostile.NOISE, icc_profile=profile))
        np.testing.assert_array_equal(photo.rgb, hostile.NOISE)
        assert photo.notes == []
        assert profiles.is_srgb("RGB", profile)
    assert not profiles.is_srgb("RGB", icc.rgb(*colours.RGB["p3"]))


def test_damaged_profiles_never_make_a_picture_flat():
    """Bytes of profiles changed at random: read with it, or told and without, but always with black and white."""
    generator = np.random.default_rng(0)
    for profile, image in (
        (icc.grey(icc.dot_gain), numbers(GREY, 8)),
        (icc.rgb(*colours.RGB["p3"]), numbers(SMOOTH, 8)),
    ):
        for i in range(60):
            damaged = np.frombuffer(profile, np.uint8).copy()
            where = generator.integers(0, len(damaged) if i % 2 else 400, 6)
            damaged[where] = generator.integers(0, 256, 6)
            rgb = read_photo(encode(image, icc_profile=damaged.tobytes())).rgb
            assert np.ptp(rgb.mean(2)) > 90


def test_read_square_is_square_of_read_picture_for_profiled_and_deep_files():
    for content in (
        encode(numbers(SMOOTH, 8), icc_profile=icc.rgb(*colours.RGB["prophoto"])),
        encode(numbers(GREY, 8), icc_profile=icc.grey(icc.dot_gain)),
        tiff(numbers(SMOOTH), planar=True),
        encode(np.dstack([UPRIGHT, np.full((16, 24), 99, np.uint8)])),
        encode(Image.fromarray(UPRIGHT).convert("CMYK"), "TIFF"),
        encode(numbers(GREY, 8)),
        encode(Image.fromarray(UPRIGHT).convert("1")),
    ):
        np.testing.assert_array_equal(read_square(content, 8), square(read_picture(content), 8))


def test_a_pillow_image_is_read_as_its_file_would_be():
    profile = icc.rgb(*colours.RGB["adobe"])
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.ascontiguousarray(hostile.STORED[6](numbers(SMOOTH, 8)))
    content = encode(stored, icc_profile=profile, exif=exif)
    photo = from_image(Image.open(io.BytesIO(content)))
    np.testing.assert_array_equal(photo.rgb, read_photo(content).rgb)
    assert photo.rgb.shape == (H, W, 3)
    assert from_image(Image.fromarray(numbers(GREY))).rgb.dtype == np.uint16
    with pytest.raises(PictureError, match=r"^<PIL image>: .* from 0 to 3"):
        from_image(Image.fromarray((GREY * 3).astype(np.float32)))


def test_metadata_comes_along_also_of_deep_files():
    photo = read_photo(tiff(numbers(SMOOTH), resolution=(300, 300), description="a door"))
    assert photo.about["dpi"] == (300, 300)
    assert b"a door" in photo.about["exif"]
    exif = Image.Exif()
    exif[0x010E] = "a window"
    assert b"a window" in read_photo(encode(UPRIGHT, "JPEG", exif=exif)).about["exif"]


def test_pillows_own_limit_is_as_it_was(monkeypatch):
    """In several threads, of which some fail, and while a larger picture is read than Pillow would."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    content = encode(UPRIGHT)

    def work(i):
        for _ in range(20):
            try:
                read_photo(content if i % 2 else content[:60])
            except PictureError:
                pass

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        read_photo(encode(UPRIGHT, "TIFF", compression="tiff_lzw"))
    assert Image.MAX_IMAGE_PIXELS == 100
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(content))


def test_of_several_limits_the_highest_counts_until_its_file_is_read(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with opening.pillow_limit(300):
        with opening.pillow_limit(200):
            assert Image.MAX_IMAGE_PIXELS == 300
        with opening.pillow_limit(400):
            assert Image.MAX_IMAGE_PIXELS == 400
        assert Image.MAX_IMAGE_PIXELS == 300
    assert Image.MAX_IMAGE_PIXELS == 100


def test_large_files_are_told_with_the_way_to_read_them(tmp_path):
    path = tmp_path / "large.tif"
    path.touch()
    with open(path, "r+b") as file:
        file.truncate(8 * 150_000_000 + 1)  # takes no room
    with pytest.raises(PictureError, match=r"1,200,000,001 bytes; at most 1,200,000,000 .*--max-megapixels 151 "):
        read_photo(path)
    with pytest.raises(PictureError, match="not a picture"):
        read_photo(path, max_megapixels=151)


def test_without_plug_ins_their_formats_are_named_with_the_way(monkeypatch):
    monkeypatch.setattr(opening, "formats", lambda: ("JPEG", "PNG"))
    for head, words in (
        (b"\0\0\0\x18ftypheic", ("HEIC", "pip install pillow-heif", "JPEG or PNG")),
        (b"\0\0\0\x1cftypmif1", ("HEIC", "pillow-heif")),
        (b"\xff\x0a", ("JPEG XL", "pip install pillow-jxl-plugin")),
        (b"\0\0\0\x0cJXL \r\n\x87\n", ("JPEG XL",)),
        (b"\0\0\0\x20ftypavif", ("AVIF", "install -U pillow")),
        (b"rubbish", ("not a picture", "JPEG, PNG")),
    ):
        with pytest.raises(PictureError) as caught:
            read_photo(head + bytes(64))
        assert all(word in caught.value.reason for word in words), caught.value.reason


def test_what_could_not_be_read_is_tried_again_by_other_readers(tmp_path, monkeypatch):
    """The cache remembers what is no picture for the readers that tried it."""
    jobs = {"ab" * 32: b"no picture"}

    def decode(contents):
        tried.append(len(contents))
        return [PictureError("x", "not a picture")]

    tried = []
    for versions in ("pillow-1", "pillow-1", "pillow-1-pillow-heif-2"):
        monkeypatch.setattr(cache, "readers", lambda versions=versions: versions)
        cache.LabCache(tmp_path, 8).add(jobs, decode)
    assert tried == [1, 1]
    assert "tifffile" in opening.readers()


def test_only_what_pillow_gets_wrong_costs_another_library(monkeypatch):
    """Ordinary files never import the libraries for deep ones, but TIFF, whose pages tifffile tells."""
    real = builtins.__import__

    def import_(name, *rest):
        assert name not in ("tifffile", "imagecodecs"), name
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", import_)
    for kind in ("JPEG", "PNG", "WEBP", "BMP", "GIF"):
        read_photo(encode(UPRIGHT, kind))
    with pytest.raises(PictureError):
        read_photo(encode(UPRIGHT, "TIFF"))


def test_plain_tiffs_stay_with_pillow(monkeypatch):
    monkeypatch.setattr(scans, "from_tiff", lambda *_: pytest.fail("was left to tifffile"))
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        assert read_picture(encode(UPRIGHT, "TIFF", compression=compression)).shape == UPRIGHT.shape
    np.testing.assert_array_equal(read_picture(tiff(numbers(GREY, 8), "minisblack")), seen(GREY))
