"""What comes from outside, and what lies on disk: weights, archives, servers, caches.  None is trusted."""

import functools
import hashlib
import http.server
import io
import json
import multiprocessing
import os
import pickle
import re
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from colorlib import cli, color, models, portraits, weights
from colorlib.colorize import Colorizer
from colorlib.data import cache, datasets, download, sources
from colorlib.data.download import DownloadError, fetch, unpack
from colorlib.data.pictures import square, write_picture
from test_colorize import ARCHITECTURE, INFO, save_tiny, tiny_parts
from test_datasets import folder_of, picture, splits_of
from test_download import DATA, GOOD, zipped

SIZE = 16


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Each test begins with nothing cached, and asks servers on this machine directly."""
    monkeypatch.setenv("COLORLIB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "home"


# ---------------------------------------------------------------------------------------------------------- weights


class Evil:
    """Unpickled, it writes a file."""

    def __init__(self, mark):
        self.mark = str(mark)

    def __reduce__(self):
        return open, (self.mark, "w")


class EvilShell(Evil):
    def __reduce__(self):
        return os.system, (f"touch '{self.mark}'",)


class EvilEval(Evil):
    def __reduce__(self):
        return eval, (f"open({self.mark!r}, 'w')",)


def bad_weights(folder, mark):
    """{file: word in its error} of files of weights that must be refused."""
    parts = tiny_parts()
    good = save_tiny(folder / "good.safetensors", parts)
    with safetensors.safe_open(good, framework="pt") as file:
        metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}
    first = next(iter(tensors))
    made = {}

    def write(name, word, tensors=tensors, **changes):
        safetensors.torch.save_file(tensors, folder / f"{name}.safetensors", metadata | changes)
        made[folder / f"{name}.safetensors"] = word

    def content(name, word, data):
        (folder / name).write_bytes(data)
        made[folder / name] = word

    write("missing key", f"{re.escape(first)} is missing", {k: v for k, v in tensors.items() if k != first})
    write("missing part", "cnn.* is missing; .*; and .* more", {k: v for k, v in tensors.items() if k[:4] != "cnn."})
    write("foreign key", "cnn.extra is too many", tensors | {"cnn.extra": torch.zeros(2)})
    wrong = tensors | {first: torch.zeros(3, 5)}
    write("wrong shape", rf"{re.escape(first)} has shape \(3, 5\), wanted \(", wrong)
    write("unknown network", "name must be one of", architecture=json.dumps({"base": {"name": "resnet"}}))
    write("unknown setting", "depth", architecture=json.dumps({"base": {**ARCHITECTURE["base"], "depth": 9}}))
    huge = ARCHITECTURE | {"refiner": {"name": "enhanced_unet", "channels": [2**20, 2**20, 2**20]}}
    write("huge network", "wanted", architecture=json.dumps(huge))
    for i, text in enumerate(("", "[]", "[1]", "null", '{"base": 3}', '{"base": {}}', "{" * 10_000)):
        write(f"architecture {i}", "good|fit|hold|architecture", architecture=text)
    for i, text in enumerate(("", "[]", "7", "{", "NaN")):
        write(f"info {i}", "does not fit", info=text)
    write("no size", "does not say", info="{}")
    for key, values in {
        "size": ("large", None, 0, -5, 1e999, 1e9, True, [32]), "t": (-1, 2000, "20", 1.5, None),
        "vibrance": ("1", float("nan"), -1, None), "constant_ab": (1, [1], ["a", "b"], [1, 2, 3]),
        "noisy": ("all", [1]),
    }.items():  # fmt: skip
        for i, value in enumerate(values):
            write(f"info {key} {i}", f"says '{key}' is .*, wanted ", info=json.dumps(INFO | {key: value}))
    whole = good.read_bytes()
    for part in (0, 7, 8, 100, len(whole) // 2, len(whole) - 1):
        content(f"cut to {part}.safetensors", "not a whole safetensors file", whole[:part])
    header = bytearray(whole)
    header[:8] = b"\xff" * 8
    content("lying header.safetensors", "not a whole safetensors file", bytes(header))
    for kind in (Evil, EvilShell, EvilEval):
        content(f"{kind.__name__}.safetensors", "not a whole safetensors file", pickle.dumps(kind(mark)))
        buffer = io.BytesIO()
        torch.save({"base": torch.zeros(2), "x": kind(mark)}, buffer)
        content(f"saved {kind.__name__}.safetensors", "not a whole safetensors file", buffer.getvalue())
    return good, made


def test_bad_weights_are_named_and_run_nothing(tmp_path, capsys, say):
    mark = tmp_path / "was-run"
    good, bad = bad_weights(tmp_path, mark)
    assert Colorizer.load(good).stages
    write_picture(tmp_path / "photo.png", picture(0))
    command = ["colorize", str(tmp_path / "photo.png"), "-o", str(tmp_path), "--weights"]
    for number, (file, word) in enumerate(bad.items()):
        assert cli.main([*command, str(file)]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"error: {file} ")
        assert re.search(word, said), file
        if number % 8 == 0:  # from Python the same
            with pytest.raises(ValueError, match=word) as caught:
                Colorizer.load(file)
            assert said == f"error: {caught.value}\n"
    assert not mark.exists()
    say(f"bad files of weights: {len(bad)} tried, each refused by name, no code run")


@pytest.mark.parametrize("old", [False, True])
def test_malicious_pickles_of_every_kind_run_nothing(tmp_path, old, say):
    mark, tried = tmp_path / "was-run", 0
    for kind in (Evil, EvilShell, EvilEval):
        evil = kind(mark)
        for value in (evil, {"a": evil}, [evil], {"a": torch.ones(1), "b": {"c": (evil,)}}):
            for suffix in (".pth", ".pt", ".bin"):
                torch.save(value, tmp_path / f"evil{suffix}", _use_new_zipfile_serialization=not old)
                with pytest.raises(weights.WeightsError):
                    weights.load_state(tmp_path / f"evil{suffix}")
                tried += 1
    assert not mark.exists()
    torch.load(tmp_path / "evil.bin", weights_only=False)  # the trap is real
    assert mark.exists()
    say(f"malicious pickles: {tried} tried, none ran")


def test_pickles_are_read_by_the_restricted_reader_alone():
    """In the whole package: no unpickling but torch.load(..., weights_only=True).  The grader reads no files by it."""
    package, reads = Path(weights.__file__).parent, 0
    for path in set(package.rglob("*.py")) - set((package / "course" / "grading").rglob("*.py")):
        for call in re.findall(r"torch\.load\((?:[^()]|\([^()]*\))*\)", path.read_text("utf-8")):
            assert "weights_only=True" in call, f"{path}: {call}"
            reads += 1
        assert not re.search(r"pickle\.loads?\(|allow_pickle=True|joblib|dill", path.read_text("utf-8")), path
    assert reads >= 1


@pytest.mark.parametrize("name", [*weights.SHIPPED, "siggraph17", "eccv16"])
def test_weights_read_by_name_must_be_the_recorded_ones(name, tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path / "weights")
    file = save_tiny(weights.path(name) if name in weights.SHIPPED else tmp_path / "x.safetensors")
    if name not in weights.SHIPPED:
        weights.path(name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, weights.path(name))
    with pytest.raises(weights.WeightsError, match=r"has sha256 .*wanted .*(reinstall|python -m colorlib fetch)"):
        Colorizer.load(name)
    weights.path(name).unlink()
    with pytest.raises(FileNotFoundError, match="no weights at"):
        weights.verified(name)
    if name in weights.SHIPPED:
        save_tiny(weights.path(name))
        weights.record()
        assert Colorizer.load(name, device="cpu").info == INFO


def test_released_weights_with_wrong_keys_or_shapes_are_named(tmp_path, monkeypatch):
    settings = {"bins": 313, "temperature": 1, "width": 1 / 16}
    net = models.build("eccv16", **settings)
    state = {k: torch.zeros_like(v) for k, v in net.state_dict().items()}
    with pytest.raises(ValueError, match=r"model1.0.bias has shape \(5,\), wanted \(8,\)"):
        models.load_released(net, state | {"model1.0.bias": torch.zeros(5)})
    with pytest.raises(ValueError, match=r"classifier\.weight is too many"):
        models.load_released(net, state | {"classifier.weight": torch.zeros(5)})


# --------------------------------------------------------------------------------------------------------- archives


def tarred(path, *entries, mode="w:gz"):
    """A tar archive of (name, body or None, further fields of TarInfo)."""
    with tarfile.open(path, mode) as tar:
        for name, body, fields in entries:
            entry = tarfile.TarInfo(name)
            entry.size = len(body or b"")
            for field, value in fields.items():
                setattr(entry, field, value)
            tar.addfile(entry, io.BytesIO(body or b""))
    return path


def evil_archives(folder, outside):
    """Archives that try to write elsewhere, by name, by links, or through what an earlier entry made."""
    sym, hard = {"type": tarfile.SYMTYPE}, {"type": tarfile.LNKTYPE}
    names = ["../evil", "faces/../../evil", "/evil", str(outside), "..\\evil", "C:evil", "C:\\evil", "\\\\host\\evil"]
    names += ["faces/..", "./../evil", "//evil"]
    for i, name in enumerate(names):
        yield zipped(folder / f"name{i}.zip", **{"faces/1.txt": "one", name: "evil"})
        yield tarred(folder / f"name{i}.tgz", ("faces/1.txt", b"one", {}), (name, b"evil", {}))
    links = [
        [("faces/link", None, {**sym, "linkname": str(outside)}), ("faces/link", b"evil", {})],
        [("faces/link", None, {**sym, "linkname": str(outside.parent)}), ("faces/link/evil", b"evil", {})],
        [("faces/link", None, {**sym, "linkname": "../.."}), ("faces/link/evil", b"evil", {})],
        [("faces/link", None, {**hard, "linkname": "/etc/passwd"})],
        [("faces/link", None, {**hard, "linkname": "../../secret"}), ("faces/link", b"evil", {})],
        [("a", None, {**sym, "linkname": "b"}), ("b", None, {**sym, "linkname": "a"})],
        [("faces", None, {**sym, "linkname": "."}), ("faces/x", b"evil", {})],
        [("faces/device", None, {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5})],
        [("faces/pipe", None, {"type": tarfile.FIFOTYPE})],
    ]
    for i, entries in enumerate(links):
        yield tarred(folder / f"link{i}.tar", *entries, mode="w")
    entry = zipfile.ZipInfo("faces/link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(folder / "link.zip", "w") as archive:
        archive.writestr(entry, str(outside))
    yield folder / "link.zip"


def test_evil_archives_write_nothing(tmp_path, say):
    outside, target, tried = tmp_path / "outside" / "evil", tmp_path / "in" / "faces", 0
    outside.parent.mkdir()
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "archives").mkdir()
    for archive in evil_archives(tmp_path / "archives", outside):
        with pytest.raises(DownloadError, match="refused") as caught:
            unpack(archive, target)
        assert str(archive) in str(caught.value)
        tried += 1
    assert not list(tmp_path.rglob("evil"))
    assert (tmp_path / "secret").read_text() == "secret"
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["faces.lock"]
    say(f"evil archives: {tried} tried, each refused, nothing written")


def test_archives_that_grow_past_a_limit(tmp_path, monkeypatch, say):
    monkeypatch.setattr(download, "MAX_UNPACKED", 1_000_000)
    monkeypatch.setattr(download, "MAX_ENTRIES", 50)
    zeros = bytes(3_000_000)
    bombs = [
        zipped(tmp_path / "bomb.zip", **{"faces/0": zeros}),
        zipped(tmp_path / "many.zip", **{f"faces/{i}": b"" for i in range(60)}),
        tarred(tmp_path / "bomb.tgz", ("faces/0", zeros, {})),
        tarred(tmp_path / "parts.tgz", *((f"faces/{i}", zeros[:200_000], {}) for i in range(8))),
        tarred(tmp_path / "many.tgz", *((f"faces/{i}", b"", {}) for i in range(60))),
        tarred(tmp_path / "long name.tgz", ("faces/" + "n" * 500_000, b"", {})),
        tarred(tmp_path / "long comment.tgz", ("faces/1", b"", {"pax_headers": {"comment": "n" * 500_000}})),
    ]
    with zipfile.ZipFile(tmp_path / "deflated.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("faces/0", zeros)
    lying = bytearray((tmp_path / "deflated.zip").read_bytes())
    assert lying.count(len(zeros).to_bytes(4, "little")) == 2
    (tmp_path / "lying.zip").write_bytes(lying.replace(len(zeros).to_bytes(4, "little"), (100).to_bytes(4, "little")))
    bombs += [tmp_path / "deflated.zip", tmp_path / "lying.zip"]
    for bomb in bombs:
        with pytest.raises(DownloadError, match=re.escape(str(bomb))):
            unpack(bomb, tmp_path / "in" / "faces")
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["faces.lock"]
    say(f"archives that grow: {len(bombs)} tried, each stopped")


def test_what_a_crash_left_of_unpacking_goes_and_two_processes_unpack_once(tmp_path):
    (tmp_path / "in" / ".unpacking-faces" / "half").mkdir(parents=True)
    archive = zipped(tmp_path / "a.zip", **{f"faces/{i}.txt": "one" for i in range(300)})
    code = f"from colorlib.data.download import unpack; print(unpack({str(archive)!r}, {str(tmp_path / 'in/faces')!r}))"
    processes = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert len(list((tmp_path / "in/faces").iterdir())) == 300
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["faces", "faces.lock"]


# ---------------------------------------------------------------------------------------------------------- servers


class Odd(http.server.BaseHTTPRequestHandler):
    """Answers in the way that the path names; /slow sends a piece and waits, until the server's `go` is set."""

    def do_GET(self):
        self.server.log.append((self.path, self.headers.get("Range")))
        ask = re.match(r"bytes=(\d+)-", self.headers.get("Range") or "")
        start, path = int(ask[1]) if ask else 0, self.path[1:]
        if path.isdigit():
            return self.send_error(int(path))
        if path.startswith("to:"):
            self.send_response(302)
            self.send_header("Location", path[3:])
            return self.end_headers()
        if path == "circle":
            self.send_response(302)
            self.send_header("Location", "/circle")
            return self.end_headers()
        if path == "mute":
            self.server.go.wait(5)
            return None
        if path == "rubbish":
            return self.wfile.write(b"\0\xff" * 3000)
        body = DATA
        if path == "endless":
            body = DATA * 4
        status = 206 if start else 200
        self.send_response(status)
        lengths = {"more": len(body) - start + 999, "less": 1000, "minus": -5, "words": "many", "odd": "²",
                   "none": None, "endless": None}  # fmt: skip
        length = lengths.get(path, len(body) - start)
        if length is not None:
            self.send_header("Content-Length", str(length))
        if status == 206:
            shift = 1 if path == "shifted" else 0
            self.send_header("Content-Range", f"bytes {start + shift}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        rest = body[start:]
        if path in ("cut", "shifted"):
            rest = rest[:100_000]
        if path == "stall":
            self.wfile.write(rest[:1000])
            self.wfile.flush()
            self.server.go.wait(5)
            return None
        if path == "slow" and not start:
            self.wfile.write(rest[:100_000])
            self.wfile.flush()
            self.server.go.wait(20)
            rest = rest[100_000:]
        if path == "flip":
            rest = rest[:-1] + bytes([rest[-1] ^ 1])
        return self.wfile.write(rest)

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ValueError):
            pass  # the other side has gone

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    httpd.daemon_threads = True
    httpd.log, httpd.go = [], threading.Event()
    httpd.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield httpd
    httpd.go.set()
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def get(server, *paths, target, **options):
    return fetch(
        "thing", [f"{server.url}/{p}" for p in paths], target, **GOOD | {"progress": False, "timeout": 0.15} | options
    )


ODD = ("403", "404", "429", "500", "503", "mute", "stall", "rubbish", "more", "less", "minus", "words", "odd", "none",
       "endless", "shifted", "cut", "flip", "circle", "to:http://[::1", "to:http://127.0.0.1:port/",
       "to:http://127.0.0.1:9/", "to:file:///etc/passwd", "to:http://")  # fmt: skip
GIVES_THE_FILE = ("minus", "words", "odd", "none", "shifted", "cut")  # all the same, since the hash is right


def test_odd_servers_and_the_next_address(server, tmp_path, say):
    for path in ODD:
        name = hashlib.sha256(path.encode()).hexdigest()
        alone, both = tmp_path / name, tmp_path / f"{name}-next"
        if path in GIVES_THE_FILE:
            assert get(server, path, target=alone).read_bytes() == DATA, path
        else:
            with pytest.raises(DownloadError, match=path[:3]) as caught:
                get(server, path, target=alone)
            assert f"{server.url}/{path}: {'HTTP ' + path if path.isdigit() else ''}" in str(caught.value)
            assert not alone.exists(), path
        get(server, path, "good", target=both)
        assert both.read_bytes() == DATA, path
    assert not list(tmp_path.glob("*-next.part"))
    say(f"odd servers: {len(ODD)} tried, alone and before a good one")


def in_a_process(url, target):
    code = (
        "from colorlib.data.download import fetch\n"
        f"fetch('thing', {url!r}, {str(target)!r}, {GOOD['sha256']!r}, {GOOD['size']}, progress=False)"
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_killed_download_leaves_no_file_and_goes_on(server, tmp_path):
    target = tmp_path / "file.bin"
    process = in_a_process(f"{server.url}/slow", target)
    part = tmp_path / "file.bin.part"
    wait_for(lambda: part.exists() and part.stat().st_size > 0)
    process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    process.communicate()
    assert not target.exists()
    kept = part.stat().st_size
    assert part.read_bytes() == DATA[:kept]
    assert get(server, "slow", target=target).read_bytes() == DATA
    assert server.log[-1] == ("/slow", f"bytes={kept}-")


def test_two_processes_share_one_download(server, tmp_path):
    target = tmp_path / "file.bin"
    processes = [in_a_process(f"{server.url}/slow", target) for _ in range(2)]
    wait_for(lambda: server.log)
    time.sleep(0.2)
    assert not target.exists()
    server.go.set()
    assert [process.wait(60) for process in processes] == [0, 0]
    assert target.read_bytes() == DATA
    assert len(server.log) == 1


# ------------------------------------------------------------------------------------------------------------- data


def wanted(root):
    """{key: ab} of every picture below root, converted here and now."""
    from colorlib.data.pictures import find_pictures, read_picture

    return {
        path.relative_to(root).as_posix(): color.rgb_to_model(color.from_uint8(square(read_picture(path), SIZE)))[1][0]
        for path in find_pictures(root)
    }


def assert_right(root):
    data, right = datasets.load(root, "all", SIZE), wanted(root)
    assert data.keys == sorted(right)
    assert data.contents() == [hashlib.sha256((root / key).read_bytes()).hexdigest()[:12] for key in data.keys]
    for key, ab in zip(data.keys, data.batch(range(len(data)))[1], strict=True):
        assert torch.allclose(ab, right[key], atol=1e-4), key
    return data.report


def damages(folder, hashes):
    """Functions that damage a cache, each another way."""
    generator = np.random.default_rng(0)

    def flip(path, where):
        data = bytearray(path.read_bytes())
        for i in where:
            data[int(i) % len(data)] ^= 1 << int(i) % 8
        path.write_bytes(data)

    array, index = folder / "lab.int16", folder / "index"
    row = 3 * SIZE**2 * 2
    for path in (array, index, hashes):
        for _ in range(12):
            yield functools.partial(flip, path, generator.integers(0, 2**31, 1 + generator.integers(4)))
        size = path.stat().st_size
        for length in (0, 1, row - 1, row, row + 1, size - 1):
            yield functools.partial(os.truncate, path, min(length, size))
        yield path.unlink
    for content in (b"", b"null", b"\0" * 44, b"\0" * 680, b"\xff" * 44, b"\xff\xfe\xff", os.urandom(352)):
        yield functools.partial(index.write_bytes, content)
        yield functools.partial(hashes.write_bytes, content)
    yield functools.partial(array.write_bytes, os.urandom(8 * row))
    unreadable = folder / f"unreadable-{cache.readers()}.json"
    for text in ("", "null", "[]", "7", '"text"', "{", "{}", "[" * 100_000, '{"a": 7}', "\0\0\0"):
        yield functools.partial(unreadable.write_text, text)

    def exchange():  # two rows: each is a picture, but not that one
        rows = np.fromfile(array, "<i2").reshape(-1, 3 * SIZE**2)
        rows[[0, 1]].tofile(array) if len(rows) < 3 else rows[[1, 0, *range(2, len(rows))]].tofile(array)

    yield exchange


def test_a_damaged_cache_is_seen_and_rebuilt(tmp_path, home, say):
    root = folder_of(tmp_path / "p", [f"{i}.png" for i in range(8)])
    assert assert_right(root).converted == 8
    (folder,) = (home / "cache").glob("lab-*")
    (hashes,) = (home / "cache" / "files").iterdir()
    todo, rebuilt = list(damages(folder, hashes)), 0
    for damage in todo:
        damage()
        rebuilt += assert_right(root).converted > 0
        assert assert_right(root).converted == 0
    assert rebuilt > len(todo) / 3
    say(f"damaged caches: {len(todo)} tried, every picture right afterwards, {rebuilt} times some were converted again")


def test_a_moved_cache_is_kept(tmp_path, home, monkeypatch):
    root = folder_of(tmp_path / "p", ["a.png", "b.png"])
    assert_right(root)
    shutil.copytree(home, tmp_path / "other", copy_function=shutil.copy)  # without times
    monkeypatch.setenv("COLORLIB_HOME", str(tmp_path / "other"))
    assert assert_right(root).converted == 0


def test_pictures_exchanged_without_a_trace_in_size_and_time_are_seen(tmp_path):
    """As out of an archive: BMP files of one size, all of one time."""
    root = folder_of(tmp_path / "p", ["a.bmp", "b.bmp"])
    for path in root.iterdir():
        os.utime(path, (10**9, 10**9))
    assert_right(root)
    (root / "a.bmp").rename(root / "c.bmp")
    (root / "b.bmp").rename(root / "a.bmp")
    (root / "c.bmp").rename(root / "b.bmp")
    assert {path.stat().st_mtime for path in root.iterdir()} == {10**9}
    assert_right(root)
    old = (root / "a.bmp").stat()
    write_picture(root / "a.bmp", picture(77))
    os.utime(root / "a.bmp", ns=(old.st_atime_ns, old.st_mtime_ns))
    assert (root / "a.bmp").stat().st_size == old.st_size
    assert_right(root)


def test_another_setting_is_another_cache(tmp_path, home, monkeypatch):
    root = folder_of(tmp_path / "p", ["a.png", "b.png"])
    assert_right(root)
    assert datasets.load(root, "all", SIZE + 1).report.converted == 2
    assert datasets.load("portraits", "train", 32, count=2, seed=1).report.converted == 2
    assert datasets.load("portraits", "train", 32, count=2, seed=2).report.converted == 2
    monkeypatch.setattr(portraits, "VERSION", portraits.VERSION + 1)
    assert datasets.load("portraits", "train", 32, count=2, seed=2).report.converted == 2
    monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    assert assert_right(root).converted == 2


def test_what_another_pillow_could_not_read_is_tried_again(tmp_path, monkeypatch):
    root = folder_of(tmp_path / "p", ["a.png"])
    (root / "b.png").write_bytes(b"an image of a kind that only a later Pillow reads")
    decoded, decode = [], datasets.decode_files
    monkeypatch.setattr(datasets, "decode_files", lambda files, size: decoded.extend(files) or decode(files, size))
    for _ in range(2):
        assert len(datasets.load(root, "all", SIZE).report.skipped) == 1
    assert [path.name for path in decoded] == ["a.png", "b.png"]
    monkeypatch.setattr(cache, "readers", lambda: "pillow-99.0")
    datasets.load(root, "all", SIZE)
    assert [path.name for path in decoded] == ["a.png", "b.png", "b.png"]


def test_want_of_memory_is_not_remembered(tmp_path, monkeypatch):
    root = folder_of(tmp_path / "p", ["a.png", "b.png"])
    with monkeypatch.context() as patch:
        patch.setattr("colorlib.data.decoding.by_pillow", lambda *_: bytearray(2**62))
        with pytest.raises(ValueError, match="does not fit into this machine's memory"):
            datasets.load(root, "all", SIZE)
    assert assert_right(root).used == 2


PINNED = "0dec850e"  # of the splits below; a change would move pictures between training and test


def test_splits_are_pinned(tmp_path):
    """The same on every machine and for ever: of drawn portraits, of people, and of files by what they hold."""
    table = {f"{seed}:{group}": sources.hash_split(group, seed)
             for seed in (0, 1, 7) for group in [f"person {i}" for i in range(500)] + ["é", "\udcff", ""]}  # fmt: skip
    portrait = [f"portraits/{i}" for i in range(500)]
    table |= {key: sources.hash_split(key, 0, 1 / 7, 1 / 7) for key in portrait}
    root = tmp_path / "p"
    root.mkdir()
    for i in range(200):  # written by hand: another Pillow may write other files
        (root / f"{i}.ppm").write_bytes(b"P6 8 8 255\n" + bytes([i, 9, 255 - i] * 64))
    for split in ("train", "val", "test"):
        table |= dict.fromkeys(datasets.load(root, split, SIZE, grey="keep").keys, split)
    assert hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()[:8] == PINNED


def test_copies_under_other_names_never_lie_in_two_splits(tmp_path, say):
    root, generator = tmp_path / "p", np.random.default_rng(3)
    folder_of(root, [f"{i}.png" for i in range(150)])
    for i in range(200):
        place = root / ("", "more", "train", "test")[generator.integers(4)]
        place.mkdir(exist_ok=True)
        shutil.copy(root / f"{generator.integers(150)}.png", place / f"copy-{i}.jpg")
    for layout in ("one tree", "with folders"):
        if layout == "with folders":
            for path in root.glob("*.*"):
                (root / "train").mkdir(exist_ok=True)
                path.rename(root / "train" / path.name)
        digests = {}
        for split in ("train", "val", "test"):
            keys = datasets.load(root, split, SIZE).keys
            digests[split] = {hashlib.sha256((root / key).read_bytes()).hexdigest() for key in keys}
            assert digests[split]
        assert sum(map(len, digests.values())) == len(set.union(*digests.values()))
    say("splits: 350 files of 150 contents in two layouts, no content in two splits")


def test_a_damaged_table_of_splits_gives_the_same_splits_again(tmp_path, home):
    root = folder_of(tmp_path / "p", [f"{i}.png" for i in range(40)])
    before = splits_of(root)
    assert sum(map(len, before.values())) == 40
    (table,) = (home / "splits").glob("*.json")
    text = table.read_text()
    other = [json.dumps(dict.fromkeys(json.loads(text), value)) for value in ("tset", None, ["train"])]
    for content in ("", "[]", "null", '{"a": 7}', "{", '{"x": "tests"}', text[:99], *other):
        table.write_text(content)
        assert splits_of(root) == before, content[:20]


def _build(folder, answer):
    """What a process does that builds a cache slowly; it is killed or writes into the file answer."""
    torch.set_num_threads(1)
    cache.BATCH, decode = 4, datasets.decode_files
    datasets.decode_files = lambda paths, size: time.sleep(0.02) or decode(paths, size)
    data = datasets.load(folder, "all", SIZE)
    numbers = len(data), data.report.converted, data.batch(range(len(data)))[1].double().sum().item()
    answer.write_text(json.dumps(numbers))


def test_processes_that_build_one_cache_do_not_harm_each_other(tmp_path, home, say):
    """Three at once over overlapping folders, one of them killed in the middle; then one more."""
    root = folder_of(tmp_path / "p", [f"{i // 30}/{i}.png" for i in range(90)])
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=_build, args=(folder, tmp_path / f"{number}.json"))
        for number, folder in enumerate((root, root, root / "1"))
    ]
    for process in processes:
        process.start()
    index = home / "cache" / f"lab-16px-centre-v{cache.VERSION}" / "index"
    wait_for(lambda: index.exists() and index.stat().st_size > 0, 60)
    processes[0].kill()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [-signal.SIGKILL, 0, 0]
    counts = [json.loads((tmp_path / f"{number}.json").read_text()) for number in (1, 2)]
    assert [count[0] for count in counts] == [90, 30]
    data, right = datasets.load(root, "all", SIZE), wanted(root)
    assert counts[0][2] == data.batch(range(90))[1].double().sum().item()
    assert_right(root)
    converted = sum(count[1] for count in counts) + data.report.converted
    assert 0 < converted <= 90
    say(f"one cache built by four processes, one of them killed: {len(right)} pictures right")
