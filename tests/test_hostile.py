"""Hostile files, made by hostile.py, through every way into the kit: each is read rightly or named with its reason."""

import codecs
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import torch

import hostile
from colorlib import cli, color
from colorlib.data import datasets, places, record
from colorlib.data.pictures import (
    PictureError,
    find_pictures,
    printable,
    read_photo,
    read_picture,
    square,
    to_8_bits,
    write_picture,
)
from hostile import UPRIGHT, encode
from test_colorize import save_tiny

pytestmark = pytest.mark.filterwarnings("ignore:::PIL")  # what Pillow grumbles about files that were made to be odd
SIZE = 16
codecs.lookup("ascii")  # read from the disk at its first use, which may be one without rights


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "album"
    return folder, {case.name: case for case in hostile.make(folder)}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return str(save_tiny(tmp_path_factory.mktemp("weights") / "tiny.safetensors"))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORLIB_HOME", str(tmp_path / "home"))


@contextlib.contextmanager
def no_rights():
    """As a user who is not root, to whom a closed file is closed."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def state(folder):
    """What every path below folder is and holds; of the file of 2 GiB of nothing only the size."""
    found = {}
    for path in folder.rglob("*"):
        stat = path.lstat()
        content = os.readlink(path) if path.is_symlink() else None
        if path.is_file() and not path.is_symlink() and stat.st_size < 2**30:
            mode = stat.st_mode
            path.chmod(0o600)
            content = path.read_bytes()
            path.chmod(mode)
        found[str(path)] = (stat.st_mode, stat.st_size, stat.st_mtime_ns, content)
    return found


def test_every_hostile_file_is_read_rightly_or_named_with_its_reason(album, say):
    folder, cases = album
    assert len(cases) >= 60
    for name, case in cases.items():
        if case.wanted is None:
            for read in (read_picture, read_photo):
                with pytest.raises(PictureError) as caught:
                    read(folder / name)
                assert case.reason in caught.value.reason, name
                assert caught.value.name == str(folder / name)
                assert str(caught.value).startswith(printable(folder / name))
        else:
            seen = read_picture(folder / name)
            np.testing.assert_array_equal(to_8_bits(read_photo(folder / name).on_white()), seen, name)
            assert seen.shape == case.wanted.shape, name
            assert np.abs(seen.astype(int) - case.wanted).max() <= case.most, name
    good = sum(case.wanted is not None for case in cases.values())
    say(f"hostile pictures: {len(cases)} files tried, {good} read rightly, {len(cases) - good} named with the reason")


def test_the_folder_is_walked_once_and_nothing_in_it_is_missed(album):
    folder, cases = album
    assert sorted(str(path.relative_to(folder)) for path in find_pictures(folder)) == sorted(cases)


@pytest.mark.slow
def test_colorize_from_the_command_line_finishes_the_rest_and_touches_no_input(album, tiny, tmp_path, say):
    """In a process of its own, with a terminal that shows ASCII alone; the results go among the inputs."""
    folder = tmp_path / "album"
    cases = {case.name: case for case in hostile.make(folder)}
    before, terminal = state(folder), {"PYTHONIOENCODING": "ascii:strict", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "colorlib", "colorize", str(folder), "-o", str(folder), "--weights", tiny,
         "--face", "none"],
        capture_output=True, timeout=300, check=False, env=os.environ | terminal,
    )  # fmt: skip
    out, err = done.stdout.decode("ascii").splitlines(), done.stderr.decode("ascii").splitlines()
    assert done.returncode == 1, done.stderr
    good = {name for name, case in cases.items() if case.wanted is not None} - {"sizes/20000x8-as.webp"}
    made = [line for line in out if line.startswith("[")]
    assert len(made) == len(good), "one line for each picture that was coloured"
    assert all(line in made or line.startswith(("  note: ", "note, ")) for line in out)
    for name in set(cases) - good:
        shown = printable(folder / name).encode("ascii", "backslashreplace").decode()
        assert any(line.startswith(f"left out: {shown}: ") for line in err), name
    assert any("WEBP cannot hold 20000 x 8 pixels" in line for line in err)
    assert err[-1] == f"{len(cases) - len(good)} of {len(cases)} pictures left out"
    passed_over = [line for line in err if "not used: " in line]
    assert passed_over == [f"{folder}: not used: 3 link(s) to folders, not followed"]
    assert len(err) == len(cases) - len(good) + 2, "nothing but one line a picture"

    after = state(folder)
    changed = [path for path in before if after[path] != before[path] and not Path(path).is_dir()]
    assert not changed
    new = sorted(path for path in after if path not in before and Path(path).name != record.NAME)
    assert len(new) == len(good), "as many results as pictures, and no half file"
    assert read_picture(folder / "metadata/exif-6-colour.jpg").shape == UPRIGHT.shape
    say(f"colorize over {len(cases)} hostile files: {len(good)} coloured, the rest named, no input changed")


def test_datasets_load_works_and_reports(album, home, say):
    folder, cases = album
    for _ in range(2):  # converted, then from the cache
        data = datasets.load(folder, "all", SIZE, grey="keep")
        skipped = dict(data.report.skipped)
        assert set(data.keys) | set(skipped) == set(cases)
        assert set(data.keys) == {name for name, case in cases.items() if case.wanted is not None}
        for name, reason in skipped.items():
            assert cases[name].reason in reason, name
        for i, name in enumerate(data.keys):
            if cases[name].most == 0:
                L, ab = color.rgb_to_model(color.from_uint8(square(cases[name].wanted, SIZE)))
                assert torch.allclose(data[i][0], L[0], atol=1e-4), name
                assert torch.allclose(data[i][1], ab[0], atol=1e-4), name
    report = str(data.report)
    assert len(report.splitlines()) == 13  # 10 files by name, the counts, what is no picture, how many more
    assert report.encode("utf-8")
    for line in str(datasets.Report(skipped=[(name, "odd") for name in hostile.NAMES])).splitlines():
        assert line.isprintable()
    say(f"datasets.load over {len(cases)} hostile files: {len(data)} read, {len(skipped)} named with the reason")


def test_splits_and_choices_over_hostile_names(album, home):
    folder, cases = album
    seen = {}
    for split in ("train", "val", "test"):
        with contextlib.suppress(ValueError):  # no picture in it
            seen[split] = set(datasets.load(folder, split, SIZE, grey="keep").keys)
    assert sum(map(len, seen.values())) == len(set.union(*seen.values()))
    assert set.union(*seen.values()) == {name for name, case in cases.items() if case.wanted is not None}
    few = datasets.load(folder, "all", SIZE, count=20, grey="keep")
    assert len(few) == 20
    root = folder.parent / os.fsdecode(b"album \xff " + b"n" * 240)
    with contextlib.suppress(OSError):
        shutil.copytree(folder / "modes", root)
    if root.is_dir():
        assert len(datasets.load(root, "all", SIZE, count=5, grey="keep")) == 5


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="no rights on this system")
def test_what_may_not_be_read_is_named(tiny, capsys):
    """Also by root, who lays the right to read everything down for this test."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o777)
        folder, out = Path(place) / "album", Path(place) / "out"
        for name in ("a.png", "closed/b.png", "locked.png"):
            write_picture(folder / name, UPRIGHT)
        with open(tiny, "rb") as weights:
            (Path(place) / "tiny.safetensors").write_bytes(weights.read())
        out.mkdir()
        out.chmod(0o777)
        (folder / "closed").chmod(0)
        (folder / "locked.png").chmod(0)
        try:
            with no_rights():
                with pytest.raises(PictureError, match="denied"):
                    read_picture(folder / "locked.png")
                with pytest.raises(PictureError, match="denied"):
                    read_picture(folder / "closed/b.png")
                command = ["colorize", str(folder), "-o", str(out), "--weights", f"{place}/tiny.safetensors"]
                command += ["--face", "none"]
                assert cli.main(command) == 1
                said = capsys.readouterr().err
                assert f"{folder / 'closed'}: permission to read it is denied" in said
                assert f"{folder / 'locked.png'}: permission to read it is denied" in said
                assert "2 of 3 pictures left out" in said
                assert sorted(path.name for path in out.iterdir()) == [record.NAME, "a.png"]
                assert cli.main([*command[:2], "-o", str(folder), *command[4:]]) == 1  # may not be written
                assert "Permission denied" in capsys.readouterr().err
                with pytest.raises(PermissionError):
                    find_pictures(folder / "closed")
                os.environ["COLORLIB_HOME"] = f"{out}/home"  # undone by the fixture that set it
                skipped = dict(datasets.load(folder, "all", SIZE, grey="keep").report.skipped)
                assert skipped == dict.fromkeys(("closed", "locked.png"), "permission to read it is denied")
        finally:
            (folder / "closed").chmod(0o700)


@pytest.mark.slow
def test_ten_thousand_files_in_one_folder(tiny, tmp_path, home, capsys, say):
    folder, out = tmp_path / "album", tmp_path / "out"
    folder.mkdir()
    for i in range(9_950):
        (folder / f"{i:05}.jpg").write_bytes(b"no picture %d" % i)
    colours = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 3), dtype=np.uint8)
    for i, rgb in enumerate(colours, 9_950):
        (folder / f"{i:05}.jpg").write_bytes(encode(rgb))
    assert cli.main(["colorize", str(folder), "-o", str(out), "--weights", tiny]) == 1
    assert "9950 of 10000 pictures left out" in capsys.readouterr().err
    assert len(find_pictures(out)) == 50
    for _ in range(2):
        data = datasets.load(folder, "all", 8, grey="keep")  # they are noise
        assert (len(data), len(data.report.skipped)) == (50, 9_950)
    say("one folder of 10,000 files: 50 coloured and loaded, 9,950 named")


def test_names_given_by_hand(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("-o.png", ".png", "-", "line\nend.png"):
        Path(name).write_bytes(encode(UPRIGHT))
    assert (
        cli.main(
            ["colorize", "-o", "out", "--weights", tiny, "--face", "none", "--", "-o.png", ".png", "-", "line\nend.png"]
        )
        == 0
    )
    found = sorted(path.name for path in Path("out").iterdir())
    assert found == ["-.png", "-o.png", record.NAME, ".png.png", "line\nend.png"]
    assert "line\\nend.png -> " in capsys.readouterr().out
    for command in (["colorize", "", "-o", "out"], ["colorize", "-o", "", "--", "-o.png"]):
        assert cli.main(command) == 2
        assert "must not be empty" in capsys.readouterr().err


def test_an_output_folder_above_the_input_and_names_that_differ_in_case_alone(tmp_path):
    for name in ("album/sub/a.png", "album/sub/A.bmp", "album/sub/e\u0301.png", "album/sub/é.bmp"):
        write_picture(tmp_path / name, UPRIGHT)
    jobs = places.plan([tmp_path / "album/sub"], tmp_path / "album").jobs
    assert len(jobs) == len(find_pictures(tmp_path / "album/sub"))
    jobs += places.plan([tmp_path / "album/sub"], tmp_path / "album/sub").jobs
    plain = [unicodedata.normalize("NFC", str(target)).casefold() for _, target in jobs]
    assert len(set(plain)) == len(plain)
    inputs = {unicodedata.normalize("NFC", str(path)).casefold() for path in find_pictures(tmp_path / "album/sub")}
    assert not inputs & set(plain)


def test_a_folder_where_the_result_should_go_is_no_end(tiny, tmp_path, capsys):
    for name in ("one/a.bmp", "two/a.png/b.png", "two/c.png"):
        write_picture(tmp_path / name, UPRIGHT)
    inputs = [str(tmp_path / "two"), str(tmp_path / "one")]
    assert cli.main(["colorize", *inputs, "-o", str(tmp_path / "out"), "--weights", tiny]) in (0, 1)
    assert cli.main(["colorize", *inputs, "-o", str(tmp_path / "out"), "--weights", tiny]) == 0
    found = sorted(path.relative_to(tmp_path / "out").as_posix() for path in find_pictures(tmp_path / "out"))
    assert found == ["a-colour.png", "a.png/b.png", "c.png"]
