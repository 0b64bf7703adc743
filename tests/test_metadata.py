"""metadata.py and writing.py: what a photo carries comes back from every format that can hold it."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from colorlib.data import exif, metadata, writing
from colorlib.data.writing import write_photo, write_picture

RGB = np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8)
ALPHA = np.random.default_rng(1).integers(0, 256, (24, 40), dtype=np.uint8)
NOTE = "Colours computed by colorlib"
COPYRIGHT = "© Müller, Łódź"
CAPTION = b"\x1c\x02\x78\x00\x0eGro\xc3\x9fmutter 19\x1c\x02\x74\x00\x04Mine"
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6" dc:title="Garden" '
    b'exif:PixelXDimension="24"><exif:PixelYDimension>40</exif:PixelYDimension></rdf:Description><rdf:Description '
    b'photoshop:ICCProfile="Adobe RGB (1998)"/><xmp:Thumbnails>AAAA</xmp:Thumbnails></x:xmpmeta>'
)
MAKER = bytes(range(256)) * 3


def block(order="<"):
    """EXIF with one of everything, as another program would write it: (bytes, the folders in it)."""

    def ratios(*values):
        return 5, len(values), struct.pack(order + "2L" * len(values), *sum(values, ()))

    short = lambda value: exif.number(order, exif.SHORT, value)  # noqa: E731
    folders = {
        exif.MAIN: {
            270: exif.text("Oma im Garten"),
            271: exif.text("Voigtländer"),
            274: short(6),
            282: ratios((600, 1)),
            283: ratios((600, 1)),
            296: short(2),
            306: exif.text("1999:12:31 23:59:58"),
            33432: exif.text(COPYRIGHT),
            258: short(1),  # bits a sample: of the pixels
            0x9C9B: (1, 8, "Oma\0".encode("utf-16-le")),
            45000: (exif.UNDEFINED, 6, b"\0\1\2\3\4\5"),  # private
        },
        exif.EXIF: {
            36867: exif.text("1936:05:01 12:00:00"),
            37500: (exif.UNDEFINED, len(MAKER), MAKER),
            40961: short(65535),
            40962: short(24),
            40963: short(40),
            42240: ratios((22, 10)),
            37380: (10, 1, struct.pack(order + "2l", -1, 3)),
        },
        exif.GPS: {
            1: (exif.ASCII, 2, b"N\0"),
            2: ratios((52, 1), (30, 1), (1234, 100)),
            29: exif.text("1936:05:01"),
        },
    }
    return exif.write(order, folders), folders


def opened(path):
    with Image.open(path) as image:
        image.load()
        return image.copy(), image.getexif(), metadata.carried(Image.open(path)), image.info


def full(order="<"):
    image = Image.new("RGB", (40, 24))
    image.info |= {"exif": block(order)[0], "xmp": PACKET, "comment": b"Z\xfcrich", "dpi": (600, 600)}
    image.info["photoshop"] = {0x0404: CAPTION, 0x040C: b"an old thumbnail"}
    return metadata.carried(image)


def test_a_block_survives_reading_and_writing_byte_by_byte():
    for order in "<>":
        data, folders = block(order)
        assert exif.read(data) == (order, folders)
        assert exif.read(exif.HEAD + exif.HEAD + data) == (order, folders)
        assert exif.write(order, folders) == data
        seen = Image.Exif()
        seen.load(data)  # and Pillow reads it alike
        assert seen[270] == "Oma im Garten"
        assert seen.get_ifd(exif.EXIF)[36867] == "1936:05:01 12:00:00"
        assert [float(x) for x in seen.get_ifd(exif.GPS)[2]] == [52, 30, 12.34]


def test_values_start_at_even_places_as_tiff_wants(tmp_path):
    data = exif.write("<", {exif.MAIN: {270: exif.text("odd "), 315: exif.text("even"), 33432: exif.text("other")}})
    places = [struct.unpack("<L", data[10 + 12 * i + 8 : 10 + 12 * i + 12])[0] for i in range(3)]
    assert not any(place % 2 for place in places)


def test_upright_pixels_are_not_turned_by_what_they_carry(tmp_path):
    write_photo(tmp_path / "a.jpg", RGB, {"exif": block()[0]})
    assert 274 not in Image.open(tmp_path / "a.jpg").getexif()


def test_damaged_blocks_give_what_is_whole():
    data, folders = block()
    for cut in range(len(data)):
        found = exif.read(data[:cut])[1]
        for folder, entries in found.items():
            assert entries.items() <= folders[folder].items(), cut
    rng = np.random.default_rng(0)
    for _ in range(300):
        bad = bytearray(data)
        for at in rng.integers(0, 200, 4):
            bad[at] = rng.integers(256)
        order, found = exif.read(bytes(bad))
        assert exif.read(exif.write(order, found))[1] == found
    assert exif.read(b"MM\0*") == ("<", {})
    assert exif.read(b"") == ("<", {})
    loop = b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHLL", 34665, 4, 1, 8) + bytes(4)
    assert exif.read(loop)[1] == {}


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.png", "a.webp", "a.tif", "a.avif", "deep.png", "deep.tiff"])
def test_what_the_photo_carried_stays(tmp_path, name, order):
    rgb = RGB * np.uint16(257) + np.uint16(3) if "deep" in name else RGB
    left_out = write_photo(tmp_path / name, rgb, full(order), note=NOTE)
    image, tags, about, info = opened(tmp_path / name) if name != "deep.tiff" else deep_tiff(tmp_path / name)
    assert image.size == (40, 24)
    assert exif.read(about["exif"])[0] == order
    # Every entry is what it was, byte by byte, but those of the old pixels.
    folders = exif.read(about["exif"])[1]
    was = block(order)[1]
    tiff = name.endswith(("tif", "tiff"))
    for folder, gone in ((0, {258, 274}), (exif.EXIF, {42240, 40961, 40962, 40963}), (exif.GPS, set())):
        kept = {tag: entry for tag, entry in was[folder].items() if tag not in gone}
        kept = {t: e for t, e in kept.items() if not (tiff and t in metadata.RESOLUTION)}
        assert kept.items() <= folders[folder].items()
    extra = folders[0].keys() - was[0].keys()
    assert extra == {metadata.NOTED}
    assert folders[0][metadata.NOTED][2] == NOTE.encode() + b"\0"
    assert [int.from_bytes(folders[exif.EXIF][t][2], "little" if order == "<" else "big")
            for t in (40961, 40962, 40963)] == [1, 40, 24]  # fmt: skip
    assert tags.get(274, 1) == 1
    assert folders[0][33432][2].decode().rstrip("\0") == COPYRIGHT
    packet = about["xmp"]
    assert b'tiff:Orientation="1" dc:title="Garden" exif:PixelXDimension="40">' in packet
    assert b"<exif:PixelYDimension>24</exif:PixelYDimension>" in packet
    assert b"Adobe" not in packet
    assert b"Thumbnails" not in packet
    if "webp" not in name and "avif" not in name:  # those have it in their EXIF
        np.testing.assert_allclose([float(x) for x in info["dpi"]], 600, atol=0.01)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    if "webp" not in name and "avif" not in name:
        assert about["iptc"] == CAPTION
    if name.lower().endswith(("jpg", "jpeg")):
        assert about["comment"] == b"Z\xfcrich"
    if name.endswith("png"):
        assert about["text"] == {"Comment": "Zürich"}
    expected = {"jpg": [], "jpeg": [], "png": [], "tif": ["comment"], "tiff": ["comment"]}
    missing = expected.get(name.split(".")[-1].lower(), ["IPTC captions, comment"])
    assert [line.split(": ")[1] for line in left_out] == missing


def deep_tiff(path):
    with tifffile.TiffFile(path) as file, open(path, "rb") as raw:
        page = file.pages[0]
        assert page.dtype == np.uint16
        image = Image.fromarray((page.asarray() >> 8).astype(np.uint8))
        info = {"dpi": (page.tags[282].value[0] / page.tags[282].value[1],) * 2, "icc_profile": page.iccprofile}
        return image, {}, metadata.of_tiff(raw), info


def test_pixels_and_alpha_come_back_in_8_and_16_bits(tmp_path):
    deep, clear = RGB * np.uint16(257) + np.uint16(5), ALPHA * np.uint16(257)
    write_photo(tmp_path / "deep.png", deep, alpha=clear)
    import imagecodecs

    found = imagecodecs.png_decode((tmp_path / "deep.png").read_bytes())
    np.testing.assert_array_equal(found, np.dstack([deep, clear]))
    write_photo(tmp_path / "deep.tif", deep, alpha=clear)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "deep.tif"), np.dstack([deep, clear]))
    for name in ("a.png", "a.tif"):
        assert write_photo(tmp_path / name, RGB, alpha=ALPHA) == []
        with Image.open(tmp_path / name) as image:
            assert image.mode == "RGBA"
            np.testing.assert_array_equal(np.asarray(image), np.dstack([RGB, ALPHA]))
    for name in ("a.webp", "a.avif"):
        assert write_photo(tmp_path / name, RGB, alpha=ALPHA) == []
        np.testing.assert_allclose(np.asarray(Image.open(tmp_path / name))[..., 3].astype(int), ALPHA, atol=12)


def test_what_a_format_cannot_hold_is_told(tmp_path):
    smooth = np.full((16, 16, 3), 40, np.uint8)
    half = np.full((16, 16), 51, np.uint8)
    [line] = write_photo(tmp_path / "a.jpg", smooth * np.uint16(257), alpha=half * np.uint16(257))
    assert line == ".jpg does not hold: transparency, which is laid on white, more than 8 bits"
    seen = np.asarray(Image.open(tmp_path / "a.jpg")).astype(int)
    assert np.abs(seen - (40 * 0.2 + 255 * 0.8)).max() <= 1
    [line] = write_photo(tmp_path / "a.bmp", smooth, full(), note=NOTE)
    assert line == ".bmp does not hold: EXIF, XMP, IPTC captions, comment, the note"
    [line] = write_photo(tmp_path / "a.tga", smooth, {"text": {"Title": "x"}})
    assert line == ".tga does not hold: text"


def test_a_maker_s_note_too_large_for_jpeg_is_left_out_alone(tmp_path):
    folders = block()[1]
    folders[exif.EXIF][37500] = (exif.UNDEFINED, 70000, bytes(70000))
    about = {"exif": exif.write("<", folders), "xmp": b"x" * 70000, "comment": b"c" * 70000}
    [line] = write_photo(tmp_path / "a.jpg", RGB, about, note=NOTE)
    for word in ("EXIF field 37500 (70,000 bytes)", "XMP", "comment"):
        assert word in line
    tags = Image.open(tmp_path / "a.jpg").getexif()
    assert tags[270] == "Oma im Garten"
    assert tags.get_ifd(exif.EXIF)[36867] == "1936:05:01 12:00:00"


def test_text_of_a_png_stays_text_and_finds_its_field_elsewhere(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("Copyright", "Gräfin 1936")
    info.add_itxt("Description", "Łódź")
    info.add_text("Comment", "torn", zip=True)
    info.add_text("Shelf", "B 12")
    Image.fromarray(RGB).save(tmp_path / "in.png", pnginfo=info, dpi=(300, 300))
    about = metadata.carried(Image.open(tmp_path / "in.png"))
    write_photo(tmp_path / "out.png", RGB, about, note=NOTE)
    assert metadata.carried(Image.open(tmp_path / "out.png"))["text"] == about["text"]
    [line] = write_photo(tmp_path / "out.jpg", RGB, about, note=NOTE)
    assert line == ".jpg does not hold: text"  # Shelf
    found = metadata.carried(Image.open(tmp_path / "out.jpg"))
    main = exif.read(found["exif"])[1][0]
    assert main[33432][2] == "Gräfin 1936\0".encode()
    assert main[270][2] == "Łódź\0".encode()
    assert found["comment"] == b"torn"
    assert found["dpi"] == (300, 300)


def test_png_that_keeps_exif_behind_its_pixels_or_as_hex(tmp_path):
    plain, dressed = io.BytesIO(), io.BytesIO()
    Image.fromarray(RGB).save(plain, "PNG")
    Image.fromarray(RGB).save(dressed, "PNG", exif=block()[0])
    extra = dict(writing._chunks(dressed.getvalue()))[b"eXIf"]
    data = plain.getvalue()
    (tmp_path / "late.png").write_bytes(data[:-12] + extra + data[-12:])
    info = PngImagePlugin.PngInfo()
    raw = exif.HEAD + block()[0]
    info.add_text("Raw profile type exif", f"\nexif\n{len(raw):8}\n{raw.hex()}\n", zip=True)
    Image.fromarray(RGB).save(tmp_path / "hex.png", pnginfo=info)
    image = Image.open(tmp_path / "late.png")
    metadata.carried(image)
    np.testing.assert_array_equal(np.asarray(image), RGB)  # which were left unread
    broken = bytearray(data)
    broken[-20] ^= 255  # in the pixels' own sum
    (tmp_path / "broken.png").write_bytes(bytes(broken))
    image = Image.open(tmp_path / "broken.png")
    assert metadata.carried(image) == {}
    with pytest.raises((OSError, SyntaxError)):  # and what is wrong with them is still found
        image.load()
    for name in ("late.png", "hex.png"):
        about = metadata.carried(Image.open(tmp_path / name))
        assert exif.read(about["exif"])[1][exif.GPS] == block()[1][exif.GPS], name
        assert "text" not in about, name


def test_tiff_pages_and_big_tiff_are_read_each_for_itself(tmp_path):
    for big in (False, True):
        with tifffile.TiffWriter(tmp_path / "two.tif", bigtiff=big) as file:
            for name in ("first", "second"):
                file.write(RGB, description=name, photometric="rgb", metadata=None, resolution=(118, 118),
                           resolutionunit="CENTIMETER", extratags=[(33432, 2, 0, f"by {name}", True)])  # fmt: skip
        with open(tmp_path / "two.tif", "rb") as file:
            for index, name in enumerate(("first", "second")):
                about = metadata.of_tiff(file, index)
                main = exif.read(about["exif"])[1][0]
                assert main[270][2] == name.encode() + b"\0"
                assert main[33432][2] == f"by {name}".encode() + b"\0"
                assert about["dpi"] == pytest.approx((299.72, 299.72))
                assert not main.keys() & {256, 257, 258, 259, 262, 273, 277, 278, 279}
            assert metadata.of_tiff(file, 7) == {}
    image = Image.open(tmp_path / "two.tif")
    image.seek(1)
    assert b"second" in metadata.carried(image)["exif"]
    assert image.load() is not None  # the file stands where it stood


def test_the_note_is_one_field_and_takes_the_place_of_an_earlier_one(tmp_path):
    about = {"exif": exif.write("<", {exif.MAIN: {metadata.NOTED: exif.text("digiKam-5")}})}
    for _ in range(2):
        write_photo(tmp_path / "a.jpg", RGB, about, note=NOTE)
        about = metadata.carried(Image.open(tmp_path / "a.jpg"))
    seen = Image.open(tmp_path / "a.jpg").getexif()
    assert dict(seen) == {ExifTags.Base.ProcessingSoftware: f"digiKam-5; {NOTE}"}
    write_photo(tmp_path / "b.jpg", RGB)
    assert dict(Image.open(tmp_path / "b.jpg").getexif()) == {}


def test_the_thumbnail_of_the_grey_photo_is_gone(tmp_path):
    small = io.BytesIO()
    Image.new("RGB", (8, 8)).save(small, "JPEG")
    main = exif.folder_bytes("<", {270: exif.text("x")}, 8)
    first = b"II*\0\x08\0\0\0" + main[: 2 + 12] + struct.pack("<L", 100) + main[18:]
    first = first.ljust(100, b"\0") + exif.folder_bytes("<", {513: (4, 1, struct.pack("<L", 200))}, 100)
    Image.fromarray(RGB).save(tmp_path / "a.jpg", exif=exif.HEAD + first.ljust(200, b"\0") + small.getvalue())
    assert Image.open(tmp_path / "a.jpg").getexif().get_ifd(ExifTags.IFD.IFD1)
    write_photo(tmp_path / "b.jpg", RGB, metadata.carried(Image.open(tmp_path / "a.jpg")))
    assert not Image.open(tmp_path / "b.jpg").getexif().get_ifd(ExifTags.IFD.IFD1)


def test_what_lay_on_its_side_has_its_resolutions_turned_too(tmp_path):
    for orientation, wanted in ((6, (600, 300)), (8, (600, 300)), (3, (300, 600)), (1, (300, 600))):
        ratios = {tag: (5, 1, struct.pack(">LL", dpi, 1)) for tag, dpi in ((282, 300), (283, 600))}
        main = ratios | {274: exif.number(">", exif.SHORT, orientation), 296: exif.number(">", exif.SHORT, 2)}
        data = exif.write(">", {exif.MAIN: main})
        Image.fromarray(RGB).save(tmp_path / "a.jpg", exif=exif.HEAD + data, dpi=(300, 600))
        Image.fromarray(RGB).save(tmp_path / "a.tif", exif=data)
        for name in ("a.jpg", "a.tif"):
            about = metadata.carried(Image.open(tmp_path / name))
            assert about["dpi"] == wanted, (name, orientation)
            entries = exif.read(about["exif"])[1][0]
            assert [
                int.from_bytes(entries[t][2][:4], "big" if name == "a.jpg" else "little") for t in (282, 283)
            ] == list(wanted)


def test_random_damage_to_files_is_no_end(tmp_path):
    """Whatever is read comes from a stranger: a dict comes back, and what is in it can be written."""
    rng = np.random.default_rng(0)
    write_photo(tmp_path / "a.jpg", RGB, full(), note=NOTE)
    write_photo(tmp_path / "a.tif", RGB, full(), note=NOTE)
    write_photo(tmp_path / "a.png", RGB, full(), note=NOTE)
    for i in range(240):
        name = ("a.jpg", "a.tif", "a.png")[i % 3]
        data = bytearray((tmp_path / name).read_bytes())
        for at in rng.integers(0, min(len(data), 3000), 6):
            data[at] = rng.integers(256)
        found = metadata.of_tiff(bytes(data)) if name == "a.tif" else {}
        try:
            found = found or metadata.carried(Image.open(io.BytesIO(bytes(data))))
        except (OSError, SyntaxError, ValueError):  # Pillow's own, on opening
            continue
        write_photo(tmp_path / "out.jpg", RGB, found, note=NOTE)
        write_photo(tmp_path / "out.tif", RGB, found, note=NOTE)


def test_no_resolution_is_made_up(tmp_path):
    about = {"exif": exif.write("<", {exif.MAIN: {270: exif.text("x")}})}
    write_photo(tmp_path / "a.jpg", RGB, about)
    assert Image.open(tmp_path / "a.jpg").info["dpi"] == (72, 72)  # by Pillow
    assert "dpi" not in metadata.carried(Image.open(tmp_path / "a.jpg"))


def test_nonsense_resolutions_are_left_out(tmp_path):
    image = Image.new("RGB", (8, 8))
    for dpi in ((0, 0), (float("nan"), 72), (1e9, 1e9), ("a", 1), (72,), None):
        image.info["dpi"] = dpi
        assert "dpi" not in metadata.carried(image)


def test_written_files_are_the_same_each_time(tmp_path):
    assert writing.srgb_profile()[24:36] == struct.pack(">6H", 2000, 1, 1, 0, 0, 0)  # not the time of this run
    write_photo(tmp_path / "a.jpg", RGB, full(), note=NOTE)
    write_photo(tmp_path / "b.jpg", RGB, full(), note=NOTE)
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


def test_endings_and_arrays_that_cannot_be_written_are_named(tmp_path):
    for name in ("a.xyz", "a", "a.pgm", "a.pdf", "a.heic"):
        with pytest.raises(ValueError, match=r"^path must end in .*\.png.*, got"):
            write_picture(tmp_path / name, RGB)
    with pytest.raises(ValueError, match=r"^alpha must be uint8 \(24, 40\).*, got uint16"):
        write_photo(tmp_path / "a.png", RGB, alpha=ALPHA.astype(np.uint16))
    with pytest.raises(ValueError, match=r"^rgb must be"):
        write_photo(tmp_path / "a.png", RGB.astype(float))
    with pytest.raises(OSError, match="WEBP cannot hold 16400 x 8 pixels"):
        write_photo(tmp_path / "a.webp", np.zeros((8, 16400, 3), np.uint8))
    assert not list(tmp_path.iterdir())


def test_all_endings_are_written(tmp_path):
    for suffix in writing.suffixes():
        write_picture(tmp_path / f"a{suffix}", RGB)
        with Image.open(tmp_path / f"a{suffix}") as image:
            assert image.format == writing.format_of(f"a{suffix}")
            assert image.size == (40, 24)


def test_the_file_is_shown_before_it_takes_its_name(tmp_path):
    def look(part):
        assert Image.open(part).size == (40, 24)
        assert not (tmp_path / "a.png").exists()
        raise OSError("no room for the record")

    with pytest.raises(OSError, match="no room"):
        write_photo(tmp_path / "a.png", RGB, before=look)
    assert not list(tmp_path.iterdir())


def test_before_and_after_stand_side_by_side():
    both = writing.side_by_side(RGB, 255 - RGB)
    np.testing.assert_array_equal(both[:, :40], RGB)
    np.testing.assert_array_equal(both[:, 40:], 255 - RGB)
    with pytest.raises(ValueError, match=r"^before and after must have .*, got uint8 .* and uint16"):
        writing.side_by_side(RGB, RGB.astype(np.uint16))
