"""album.py and `colorize`: the same photo, only coloured; nothing overwritten, nothing done twice."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from colorlib import album, cli, color, portraits
from colorlib.colorize import Colorizer
from colorlib.data import exif, places, record, writing
from colorlib.data.pictures import read_photo, read_picture, write_picture
from test_colorize import save_tiny
from test_metadata import COPYRIGHT, PACKET, block

ROOT = Path(__file__).parents[1]
GREY = np.asarray(Image.fromarray(portraits.draw(0, size=40).rgb).convert("L"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return str(save_tiny(tmp_path_factory.mktemp("album") / "run" / "model.safetensors"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current folder with an album: two pictures, one in a sub-folder."""
    monkeypatch.chdir(tmp_path)
    write_picture("album/a.png", portraits.draw(0, size=40).rgb)
    write_picture("album/old/b.jpg", portraits.draw(1, size=48).rgb)
    return tmp_path


@pytest.fixture
def colorize(here, tiny, capsys):
    """Run the command; returns (exit code, stdout, stderr). Looking for faces takes its time."""

    def run(*words):
        faces = [] if "--face" in words else ["--face", "none"]
        code = cli.main(["colorize", *map(str, words), *faces, "--weights", tiny])
        return code, *capsys.readouterr()

    return run


def contents(folder, hidden=False):
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file()}
    return {name: data for name, data in files.items() if hidden or not name.split("/")[-1].startswith(".")}


def count_networks(monkeypatch):
    """A list that grows by one for each photo that is really coloured."""
    calls, call = [], Colorizer.__call__
    monkeypatch.setattr(Colorizer, "__call__", lambda self, *a, **k: (calls.append(1), call(self, *a, **k))[1])
    return calls


# --- what is coloured, and where it goes


def test_a_folder_goes_on_after_a_bad_picture(colorize):
    Path("album/broken.jpg").write_bytes(b"not a picture")
    before = contents("album")
    code, out, err = colorize("album", "-o", "out")
    assert code == 1
    assert sorted(contents("out")) == ["a.png", "old/b.jpg"]
    assert read_picture("out/old/b.jpg").shape == (48, 48, 3)
    assert contents("album") == before
    assert "broken.jpg: not a picture" in err
    assert err.endswith("1 of 3 pictures left out\n")
    assert "[3 of 3, 00:00 left] album/old/b.jpg -> out/old/b.jpg" in out


def test_one_file_to_a_name_and_options_that_change_it(colorize):
    code, out, _ = colorize("album/a.png", "-o", "deep/result.png")
    assert (code, out.splitlines()[0]) == (0, "album/a.png -> deep/result.png")
    for i, options in enumerate((["--stage", "base"], ["--t", "200"], ["--strength", "0"], ["--methods", "cnn"],
                                 ["--strength", "0.5"], ["--like", "album/old/b.jpg"])):  # fmt: skip
        assert colorize("album/a.png", "-o", f"{i}.png", *options)[0] == 0
    seen = [read_picture(p) for p in ("deep/result.png", *(f"{i}.png" for i in range(6)))]
    assert {rgb.shape for rgb in seen} == {(40, 40, 3)}
    assert len({rgb.tobytes() for rgb in seen}) == 7
    assert np.ptp(seen[3].astype(int), axis=-1).max() <= 1  # strength 0


def test_inputs_are_never_overwritten_even_by_force(colorize):
    before = contents("album")
    for options in ([], ["--force"], ["--force", "--t", "50"]):
        assert colorize("album", "-o", "album", *options)[0] == 0
        after = contents("album")
        assert {name: after[name] for name in before} == before
        assert sorted(set(after) - set(before)) == ["a-colour.png", "old/b-colour.jpg"]
    code, _, err = colorize("album/a.png", "-o", "album/a.png", "--force")
    assert code == 2
    assert "OUT must be another file than the input" in err
    os.link("album/a.png", "hard.png")
    Path("soft.png").symlink_to("album/a.png")
    assert colorize("album/a.png", "-o", "soft.png", "--force")[0] == 2
    assert colorize("album/a.png", "-o", "hard.png", "--force")[0] == 0
    assert colorize("album/a.png", "-o", "album/old/b.jpg", "--like", "album/old/b.jpg", "--force")[0] == 2
    assert {name: contents("album")[name] for name in before} == before


def test_output_names_do_not_collide(here):
    rgb = np.full((10, 10, 3), 90, dtype=np.uint8)
    for name in ("one/a.png", "two/a.png", "two/b.bmp", "two/b.png"):
        write_picture(name, rgb)
    jobs = places.plan(["one", "two"], "out").jobs
    assert [target.as_posix() for _, target in jobs] == [
        "out/a.png",
        "out/a-colour.png",
        "out/b.png",
        "out/b-colour.png",
    ]
    # An output folder inside the input is not read again, and a rerun chooses the same names.
    write_picture("two/out/a.png", rgb)
    inside = places.plan(["two"], "two/out")
    assert [source.name for source, _ in inside.jobs] == ["a.png", "b.bmp", "b.png"]
    assert inside.unused == ["not used: 1 in OUT"]
    assert inside.jobs == places.plan(["two"], "two/out").jobs
    # The same file named twice is one job.
    assert len(places.plan(["one", "one/a.png", "./one/a.png"], "out").jobs) == 1


def test_results_keep_the_ending_or_take_the_nearest(here):
    kinds = {"a.JPG": "a.JPG", "b.jfif": "b.jfif", "c.tif": "c.tif", "d.webp": "d.webp", "e.bmp": "e.png",
             "f.gif": "f.png", "g.mpo": "g.jpg", "h.heic": "h.jpg", "i": "i.png", "j.jp2": "j.png"}  # fmt: skip
    for name in kinds:
        Path(name).write_bytes(b"x")
        assert places.plan([name], "out").jobs == [(Path(name), Path("out") / kinds[name])]


def test_long_names_are_cut_to_what_a_disk_takes(here):
    name = "漢" * 83 + ".jpg"  # 253 bytes
    Path("long").mkdir()
    (Path("long") / name).write_bytes(b"picture")
    [(_, target)] = places.plan(["long"], "long").jobs
    target.write_bytes(b"coloured")
    assert target.name == "漢" * 76 + "-colour.jpg"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["album/a.png", "-o", "name.xyz"], r"OUT must be a folder or end in one of .*\.png.*'name.xyz'.*'name.xyz/'"),
        (["album/a.png", "-o", "a.heic"], "OUT must be a folder or end in one of"),
        (["album", "-o", "one.jpg"], r"OUT must be a folder for these inputs, got 'one.jpg'.*'one.jpg/'"),
        (["album/a.png", "album/old/b.jpg", "-o", "one.jpg"], "OUT must be a folder for these inputs"),
        (["album/*/*.jpg", "album/a.png", "-o", "one.jpg"], "OUT must be a folder for these inputs"),
        (["album", "-o", "file"], "OUT must be a folder or end as a picture does, but 'file' is a file"),
        (["https://example.org/a.jpg", "-o", "x"], "got the address 'https://example.org/a.jpg': download it"),
        (["www.example.org/a.jpg", "-o", "x"], "got the address"),
        (["file:///tmp/a.jpg", "-o", "x"], "got the address"),
        (["album/*.gif", "-o", "x"], r"no file or folder that matches 'album/\*.gif'"),
        (["nowhere.jpg", "-o", "x"], "no file or folder 'nowhere.jpg'"),
        (["album", "-o", "x", "--face", "1,2,3,4"], "faces must be given for one picture"),
        (["album/a.png", "-o", "x", "--face", "1,2,3,4", "--face", "none"], "--face must be places, or none"),
        (["album/a.png", "-o", "x", "--like", "nowhere.jpg"], "nowhere.jpg: there is no such file"),
        (["album/a.png", "-o", "x", "--like", "file"], "like must be a photo: file"),
        (["album/a.png", "-o", "x", "--like", "album/a.png", "--stage", "base"], "like must go with a stage"),
        (["album/a.png", "-o", "x", "--stage", "pix2pix"], "pix2pix"),
        (["album/a.png", "-o", "x", "--like", "album/a.png", "--vibrant"], "vibrant must be off where like is given"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(colorize, words, said):
    Path("file").write_bytes(b"text")
    before = contents(".", hidden=True)
    code, _, err = colorize(*words)
    assert code == 2
    assert re.search(said, err), err
    assert contents(".", hidden=True) == before
    assert not Path("x").exists()
    assert not Path(words[words.index("-o") + 1]).is_dir()


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--strength", ["-0.1", "1.6", "nan", "much"]),
        ("--page", ["0", "-1", "1.5", "every"]),
        ("--max-megapixels", ["0", "-3", "nan", "inf"]),
        ("--face", ["1,2,3", "1,2,0,4", "a,b,c,d", "-1,2,3,4", "1,2,3,4,5"]),
    ],
)
def test_options_name_what_they_take(colorize, capsys, option, values):
    for value in values:
        with pytest.raises(SystemExit) as stopped:
            colorize("album", "-o", "x", f"{option}={value}")
        assert stopped.value.code == 2
        assert f"argument {option}: must be " in capsys.readouterr().err


def test_an_ending_alone_does_not_make_a_folder_a_file(colorize):
    for out in ("1936.05", "Mr. Moe", "one.jpg/", "name.xyz/", "out.photographs"):
        assert colorize("album/a.png", "-o", out)[0] == 0
        assert list(contents(out)) == ["a.png"]
    assert colorize("album", "-o", "name.xyz")[0] == 0  # there is such a folder now


def test_home_and_patterns_that_the_shell_left(colorize, monkeypatch):
    monkeypatch.setenv("HOME", str(Path.cwd()))
    write_picture("album/c[1].png", portraits.draw(2, size=40).rgb)
    assert colorize("~/album/a.png", "-o", "~/out")[0] == 0
    assert list(contents("out")) == ["a.png"]
    assert colorize("album/*.png", "-o", "out2")[0] == 0
    assert sorted(contents("out2")) == ["a.png", "c[1].png"]
    write_picture("album/old/er/d.jpg", portraits.draw(2, size=40).rgb)
    assert colorize("~/album/**/*.jpg", "-o", "out3")[0] == 0
    assert sorted(contents("out3")) == ["b.jpg", "d.jpg"]
    assert colorize("album/c[1].png", "-o", "out4")[0] == 0  # a name, not a pattern
    assert list(contents("out4")) == ["c[1].png"]
    assert colorize("album/a.png", "-o", "like.png", "--like", "~/album/old/b.jpg")[0] == 0


def test_what_a_folder_holds_and_is_not_used_is_counted_and_named_on_request(colorize):
    for name in ("notes.txt", "more.txt", "scan.nef", ".hidden.png"):
        Path("album", name).write_bytes(b"x")
    err = colorize("album", "-o", "out")[2]
    assert len(err.splitlines()) == 1
    assert err.startswith("album: not used: ")
    for word in (".txt 2", ".nef 1", "1 hidden"):
        assert word in err
    err = colorize("album", "-o", "out", "--verbose")[2]
    for name in ("notes.txt", "more.txt", "scan.nef", ".hidden.png"):
        assert f"not used: album/{name}: " in err


# --- nothing is overwritten, nothing is done twice


def test_a_second_run_skips_what_is_there_and_goes_on(colorize, monkeypatch):
    calls = count_networks(monkeypatch)
    assert colorize("album", "-o", "out")[0] == 0
    before = contents("out", hidden=True)
    assert len(calls) == 2
    code, out, err = colorize("album", "-o", "out")
    assert (code, len(calls), err) == (0, 2, "")
    assert out == "2 made already, with these options; --force makes them again\n"
    assert contents("out", hidden=True) == before
    Path("out/a.png").unlink()
    write_picture("album/c.png", portraits.draw(2, size=40).rgb)
    assert colorize("album", "-o", "out")[0] == 0
    assert len(calls) == 4
    assert contents("out")["a.png"] == before["a.png"]
    assert "made already: out/c.png" in colorize("album", "-o", "out", "--verbose")[1]


def test_a_run_that_skips_everything_loads_no_networks(colorize, tiny):
    colorize("album", "-o", "out")
    code = "import sys; from colorlib import cli; cli.main(sys.argv[1:]); print('colorlib.colorize' in sys.modules)"
    command = [sys.executable, "-c", code, "colorize", "album", "-o", "out", "--weights", tiny, "--face", "none"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.endswith("False\n")


@pytest.mark.parametrize("change", ["options", "like", "input", "output", "weights", "record gone", "foreign"])
def test_whatever_else_is_there_is_kept_and_named(colorize, tiny, change):
    if change == "foreign":
        write_picture("out/a.png", np.full((9, 9, 3), 7, np.uint8))
    else:
        assert colorize("album/a.png", "-o", "out")[0] == 0
    options = ["--t", "100"] if change == "options" else []
    if change == "like":
        assert colorize("album/a.png", "-o", "out", "--like", "album/old/b.jpg", "--force")[0] == 0
        write_picture("c.png", portraits.draw(3, size=40).rgb)
        options = ["--like", "c.png"]
    if change == "input":
        write_picture("album/a.png", portraits.draw(5, size=40).rgb)
    if change == "output":
        rgb = read_picture("out/a.png")
        rgb[0, 0] = 255 - rgb[0, 0]
        write_picture("out/a.png", rgb)
    if change == "record gone":
        (Path("out") / record.NAME).unlink()
    if change == "weights":
        save_tiny("other.safetensors", vibrance=2.0)
        options = ["--weights", "other.safetensors"]
    before = contents("out", hidden=True)
    words = ["colorize", "album/a.png", "-o", "out", "--weights", tiny, "--face", "none", *options]
    assert cli.main(words) == 1
    assert contents("out", hidden=True) == before
    assert cli.main([*words, "--force"]) == 0
    assert contents("out")["a.png"] != before["a.png"] or change in ("record gone", "weights")
    assert cli.main(words) == 0  # now it is the command's own


def test_kept_files_are_told_with_the_way_out(colorize):
    write_picture("out/a.png", np.full((9, 9, 3), 7, np.uint8))
    code, out, err = colorize("album", "-o", "out")
    assert code == 1
    assert "album/old/b.jpg -> out/old/b.jpg" in out
    assert "kept: out/a.png is there; album/a.png was not coloured" in err
    assert err.splitlines()[-1].startswith("1 kept: ")
    assert "--force replaces them" in err.splitlines()[-1]


def test_results_among_the_inputs_are_not_coloured_again(colorize, monkeypatch):
    calls = count_networks(monkeypatch)
    for _ in range(2):
        assert colorize("album", "-o", "album")[0] == 0
    assert len(calls) == 2
    assert colorize("album", "-o", "album")[2] == "not used: 2 made by an earlier run\n"
    assert colorize("album/a.png", "album/a-colour.png", "-o", "album")[0] == 0
    assert len(calls) == 2
    assert colorize("album/a-colour.png", "-o", "again.png")[0] == 0  # named alone, it is meant
    assert len(calls) == 3


def test_a_name_that_was_given_stays_when_inputs_go(colorize):
    write_picture("album/a.bmp", portraits.draw(3, size=40).rgb)  # takes a.png
    assert colorize("album", "-o", "out")[0] == 0
    assert sorted(contents("out")) == ["a-colour.png", "a.png", "old/b.jpg"]
    Path("album/a.bmp").unlink()
    code, out, _ = colorize("album", "-o", "out")
    assert (code, out[:1]) == (0, "2")


@pytest.mark.parametrize("damage", ["cut", "garbage", "other lines", "folder", "binary"])
def test_a_damaged_record_costs_no_picture(colorize, damage):
    assert colorize("album", "-o", "out")[0] == 0
    path = Path("out") / record.NAME
    data = path.read_bytes()
    before = contents("out")
    if damage == "cut":
        path.write_bytes(data[:-40])  # the last line is of old/b.jpg
        code, out, err = colorize("album", "-o", "out")
        assert (code, out.split()[0]) == (1, "1")
        assert "kept: out/old/b.jpg" in err
        Path("out/old/b.jpg").unlink()
        assert colorize("album", "-o", "out")[0] == 0  # a line of its own behind the cut one
        assert colorize("album", "-o", "out")[1].startswith("2 made already")
        return
    if damage == "folder":
        path.unlink()
        path.mkdir()
        assert colorize("album", "-o", "out")[0] == 1
        Path("out/a.png").unlink()
        code, _, err = colorize("album", "-o", "out")
        assert code == 1
        assert "left out: album/a.png: " in err
        assert sorted(contents("out")) == ["old/b.jpg"]
        return
    lines = {
        "garbage": b"\x00\xff{{{\n" + data + b"\n[1, 2]\n",
        "other lines": b'{"file": 3}\n{"file": "a.png", "input": 1, "how": {}, "output": ""}\n' + data + b"[" * 10**5,
        "binary": data + bytes(range(256)),
    }[damage]
    path.write_bytes(lines)
    assert colorize("album", "-o", "out")[0] == 0
    assert contents("out") == before


def test_the_record_is_one_small_line_a_picture(colorize):
    colorize("album", "-o", "out")
    lines = [line for line in (Path("out") / record.NAME).read_text().splitlines() if line and line[0] != "#"]
    rows = [json.loads(line) for line in lines]
    assert [row["file"] for row in rows] == ["a.png", "old/b.jpg"]
    assert all(len(line) < 700 for line in lines)


def test_ctrl_c_loses_nothing_and_leaves_no_half_file(colorize, monkeypatch):
    write, calls = writing.write_photo, []

    def stopped(path, *args, before=None, **options):
        calls.append(path)
        if len(calls) == 2:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            before = lambda part: (_ for _ in ()).throw(KeyboardInterrupt)  # noqa: E731
        return write(path, *args, before=before, **options)

    monkeypatch.setattr(writing, "write_photo", stopped)
    code, _, err = colorize("album", "-o", "out")
    assert (code, err) == (130, "stopped at 1 of 2; the same command goes on from there\n")
    assert sorted(contents("out", hidden=True)) == [record.NAME, "a.png"]
    assert not list(Path("out").rglob("*.part"))
    code, out, _ = colorize("album", "-o", "out")
    assert code == 0
    assert out.splitlines()[-1].startswith("1 made already")


def test_killed_between_record_and_file_the_next_run_makes_it(colorize, monkeypatch):
    """The line is written first, so what stands there is either known or not there."""
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda *paths: (_ for _ in ()).throw(OSError("killed")))
    assert colorize("album/a.png", "-o", "out")[0] == 1
    assert list(contents("out")) == []
    monkeypatch.setattr(os, "replace", replace)
    assert colorize("album/a.png", "-o", "out")[0] == 0
    assert colorize("album/a.png", "-o", "out")[1].startswith("1 made already")


def test_a_full_disk_leaves_neither_half_files_nor_pictures_without_a_line(colorize, monkeypatch):
    add = record.Record.add
    monkeypatch.setattr(
        record.Record, "add", lambda *args: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    code, _, err = colorize("album", "-o", "out")
    assert code == 1
    assert "left out: album/a.png: [Errno 28] No space left" in err
    assert contents("out", hidden=True) == {}
    monkeypatch.setattr(record.Record, "add", add)
    assert colorize("album", "-o", "out")[0] == 0


# --- the same photo, only coloured


def photo_with_everything(path, **options):
    Image.fromarray(np.ascontiguousarray(GREY[:, :30])).save(
        path, exif=exif.HEAD + block(">")[0], dpi=(600, 600), xmp=PACKET, **options
    )  # fmt: skip


def test_what_a_photo_carries_comes_back_from_the_command(colorize):
    photo_with_everything("old.jpg", comment="from the attic", quality=95)
    assert colorize("old.jpg", "-o", "new.jpg")[0] == 0
    image = Image.open("new.jpg")
    tags, inner = image.getexif(), image.getexif().get_ifd(exif.EXIF)
    assert image.size == (40, 30)  # stored 30 x 40, lying on its side: turned once
    assert tags.get(274, 1) == 1
    assert (inner[40962], inner[40963], inner[40961]) == (40, 30, 1)
    assert tags[270] == "Oma im Garten"
    assert tags[33432].encode("latin-1").decode() == COPYRIGHT
    assert inner[36867] == "1936:05:01 12:00:00"
    assert [float(x) for x in tags.get_ifd(exif.GPS)[2]] == [52, 30, 12.34]
    assert image.info["dpi"] == (600, 600)
    assert image.info["comment"] == b"from the attic"
    assert b'tiff:Orientation="1"' in image.info["xmp"]
    assert re.fullmatch(r"Colours computed by colorlib \S+ \(method two-stage, weights model\S+\): a guess", tags[11])
    assert image.info["icc_profile"] == writing.srgb_profile()
    assert colorize("old.jpg", "-o", "quiet.jpg", "--no-note")[0] == 0
    assert 11 not in Image.open("quiet.jpg").getexif()
    assert colorize("new.jpg", "-o", "twice.jpg")[0] == 0
    assert Image.open("twice.jpg").size == (40, 30)


def test_alpha_stays(colorize):
    alpha = np.random.default_rng(0).integers(0, 256, GREY.shape, dtype=np.uint8)
    alpha[:5] = 0
    for name in ("a.png", "a.tif", "a.webp"):
        Image.fromarray(np.dstack([GREY, GREY, GREY, alpha])).save(
            name, **({"lossless": True} if "webp" in name else {})
        )
        assert colorize(name, "-o", "out")[0] == 0
        found = np.asarray(Image.open(f"out/{name}"))
        assert found.shape == (40, 40, 4)
        assert np.abs(found[..., 3].astype(int) - alpha).max() <= (12 if "webp" in name else 0)


def test_before_and_after_stand_side_by_side(colorize):
    Image.fromarray(GREY).save("old.png")
    assert colorize("old.png", "-o", "new.png")[0] == 0
    assert colorize("old.png", "-o", "both.png", "--compare")[0] == 0
    both = read_picture("both.png")
    assert both.shape == (40, 80, 3)
    np.testing.assert_array_equal(both[:, :40], np.dstack([GREY] * 3))
    np.testing.assert_array_equal(both[:, 40:], read_picture("new.png"))


@pytest.mark.parametrize("suffix", ["tif", "png"])
def test_16_bits_stay_with_all_that_belongs_to_them(colorize, suffix):
    ramp = np.tile(np.linspace(9000, 50000, 300).astype(np.uint16), (60, 1))
    data, alpha = exif.HEAD + block()[0], np.full_like(ramp, 40000)
    alpha[:, :9] = 0
    writing.write_photo(f"scan.{suffix}", np.dstack([ramp] * 3), {"exif": data, "dpi": (1200, 1200)}, alpha)
    assert colorize(f"scan.{suffix}", "-o", "out", "--strength", "0.3")[0] == 0
    found = read_photo(f"out/scan.{suffix}")
    assert found.rgb.dtype == found.alpha.dtype == np.uint16
    np.testing.assert_array_equal(found.alpha, alpha)
    assert len(np.unique(found.rgb[:, :, 1])) > 260  # levels: 8 bits have 160 of them here
    assert np.ptp(found.rgb.astype(int), axis=-1).mean() > 300
    assert found.about["dpi"] == pytest.approx((1200, 1200), abs=0.01)
    tags = exif.read(found.about["exif"])[1]
    assert tags[exif.GPS] == block()[1][exif.GPS]
    assert b"Colours computed" in tags[0][11][2]
    # Lightness is the scan's, to more than 8 bits.
    deep = [torch.tensor(x / 65535.0).permute(2, 0, 1)[None] for x in (found.rgb, np.dstack([ramp] * 3))]
    lightness = [color.rgb_to_lab(rgb)[0, 0] for rgb in deep]
    inside = torch.tensor((found.rgb > 0).all(-1) & (found.rgb < 65535).all(-1))  # not clipped
    assert inside.float().mean() > 0.5
    assert (lightness[0] - lightness[1])[inside].abs().max() < 0.02
    assert colorize(f"scan.{suffix}", "-o", "both", "--compare")[0] == 0
    both = read_photo(f"both/scan.{suffix}")
    np.testing.assert_array_equal(both.rgb[:, :300, 0], ramp)
    np.testing.assert_array_equal(both.alpha, np.hstack([alpha, alpha]))


def test_a_face_is_coloured_where_it_is_said_to_be(colorize):
    write_picture("group.png", np.kron(portraits.draw(1, size=32).rgb, np.ones((8, 8, 1), np.uint8)))
    assert colorize("group.png", "-o", "whole.png", "--face", "none")[0] == 0
    assert colorize("group.png", "-o", "one.png", "--face", "20,30,64,64")[0] == 0
    changed = (read_picture("whole.png") != read_picture("one.png")).any(axis=-1)
    assert changed[30:94, 20:84].mean() > 0.5
    assert not changed[:, 200:].any()
    code, _, err = colorize("group.png", "-o", "x.png", "--face", "9000,30,64,64")
    assert code == 2
    assert "9000" in err


def pages_of_a_tiff(path, count):
    pages = [Image.fromarray(GREY[: 40 - 4 * i]) for i in range(count)]
    pages[0].save(path, save_all=True, append_images=pages[1:])


def test_pages_are_told_chosen_or_all_coloured(colorize):
    pages_of_a_tiff("scan.tif", 3)
    code, out, err = colorize("scan.tif", "-o", "out")
    assert code == 0
    assert "3 pages: the first is used; page= or --page takes another" in out + err
    assert Image.open("out/scan.tif").height == 40
    assert colorize("scan.tif", "-o", "second.tif", "--page", "2")[0] == 0
    assert Image.open("second.tif").height == 36
    assert colorize("scan.tif", "-o", "second.tif", "--page", "1")[0] == 1  # another page is another photo
    assert colorize("scan.tif", "-o", "second.tif", "--page", "2")[0] == 0
    code, _, err = colorize("scan.tif", "-o", "x.tif", "--page", "4")
    assert code == 1
    assert "has 3 pages; page 4 was asked for" in err
    code, out, err = colorize("scan.tif", "album", "-o", "all", "--page", "all")
    assert code == 0
    assert "is used" not in out + err
    assert sorted(contents("all")) == ["a.png", "old/b.jpg", "scan-p1.tif", "scan-p2.tif", "scan-p3.tif"]
    assert [Image.open(f"all/scan-p{i}.tif").height for i in (1, 2, 3)] == [40, 36, 32]
    assert colorize("scan.tif", "album", "-o", "all", "--page", "all")[1].startswith("5 made already")


def test_pages_of_one_input_never_replace_another(colorize):
    pages_of_a_tiff("scan.tif", 2)
    pages_of_a_tiff("scan-colour-p1.tif", 1)
    before = Path("scan-colour-p1.tif").read_bytes()
    code, _, err = colorize("scan.tif", "scan-colour-p1.tif", "-o", ".", "--page", "all", "--force")
    assert code == 1
    assert "kept: scan-colour-p1.tif is there" in err
    assert Path("scan-colour-p1.tif").read_bytes() == before
    assert Path("scan-colour-p2.tif").is_file()


def test_a_note_that_returns_is_told_once_and_then_counted(colorize):
    Path("scans").mkdir()
    for name in "abc":
        pages_of_a_tiff(f"scans/{name}.tif", 2)
    out = colorize("scans", "-o", "out")[1]
    assert out.count("  note: 2 pages") == 1
    assert "note, 3 times: 2 pages" in out
    out = colorize("scans", "-o", "out2", "--verbose")[1]
    assert out.count("  note: 2 pages") == 3


def test_the_limit_can_be_raised(colorize):
    Image.fromarray(np.tile(GREY, (30, 30))).save("large.png")  # 1.44 megapixels
    code, _, err = colorize("large.png", "-o", "new.png", "--max-megapixels", "1")
    assert code == 1
    assert "--max-megapixels 2" in err
    assert colorize("large.png", "-o", "new.png", "--max-megapixels", "1.5")[0] == 0


def test_the_whole_command_in_python(here, tiny, capsys):
    options = album.Options(weights=tiny, strength=0.5, faces=None)
    assert album.colorize(["album"], "out", options) == 0
    assert album.colorize(["album"], "out", weights=tiny, strength=0.5, faces=None) == 0
    assert album.colorize(Path("album/a.png"), Path("a.png"), weights=tiny, like="album/old/b.jpg", faces=()) == 0
    assert album.colorize("album/a.png", "b.png", weights=Path(tiny), faces=[np.array([4, 4, 20, 20])]) == 0
    assert "made already" in capsys.readouterr().out
    with pytest.raises(TypeError):
        album.colorize(["album"], "out", strenght=1)


def test_the_commands_that_the_pages_show_run(colorize, monkeypatch):
    pages = [(ROOT / name).read_text("utf-8") for name in ("README.md", "notebooks/site/photos.md")]
    lines = [line for page in pages for line in re.findall(r"^python -m colorlib colorize (.*?)(?: #.*)?$", page, re.M)]
    assert len(lines) >= 9
    monkeypatch.setenv("HOME", str(Path.cwd()))
    write_picture("old.jpg", portraits.draw(1, size=64).rgb)
    write_picture("colours.jpg", portraits.draw(2, size=64).rgb)
    write_picture("group.jpg", np.kron(portraits.draw(1, size=64).rgb, np.ones((7, 7, 1), np.uint8)))
    pages_of_a_tiff("scan.tif", 2)
    for line in dict.fromkeys(lines):
        if not {"--vibrant", "--samples", "--hint"} & set(line.split()):  # of which the tiny weights know nothing
            code, _, err = colorize(*shlex.split(line))
            assert (code, err) == (0, ""), line


def test_the_picture_of_the_page_is_made_by_the_command(here, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "notebooks/site")
    import picture

    assert picture.make(Path("both.jpg")) == 0
    shown = read_picture(ROOT / "notebooks/site/photos.jpg")
    made = read_picture("both.jpg")
    assert made.shape == shown.shape == (picture.SIDE, 2 * picture.SIDE, 3)
    half = picture.SIDE
    assert np.abs(made[:, :half].astype(int) - shown[:, :half]).mean() < 1
    assert np.ptp(made[:, half:].astype(int), axis=-1).mean() > 10


def test_stage_and_methods_are_one_option_with_the_same_names():
    parse = cli.parser().parse_args
    for option in ("--stage", "--methods"):
        assert parse(["colorize", "a.png", "-o", "x", option, "control"]).stage == "control"
        assert parse(["evaluate", option, "grey", "control"]).methods == ["grey", "control"]


def test_help_shows_every_option(capsys):
    with pytest.raises(SystemExit):
        cli.main(["colorize", "--help"])
    shown = capsys.readouterr().out
    for option in ("--strength", "--compare", "--like", "--stage", "--methods", "--page", "--no-note", "--force",
                   "--max-megapixels", "--face", "--verbose"):  # fmt: skip
        assert option in shown


@pytest.mark.slow
def test_the_picture_of_the_readme_is_made_by_the_kit(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "notebooks/site")
    import picture

    picture.kit(tmp_path / "kit.jpg")
    shown, made = (read_picture(file).astype(int) for file in (ROOT / "notebooks/site/kit.jpg", tmp_path / "kit.jpg"))
    assert made.shape == shown.shape
    assert np.abs(made - shown).mean() < 1
