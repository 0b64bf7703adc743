"""Weights are found, verified, and read without running what a file might hold."""

import hashlib
import os
import pickle
import re
from collections import OrderedDict
from pathlib import Path

import pytest
import safetensors.torch
import torch

from colorlib import models, weights
from colorlib.data import download
from test_models import umask


def test_find_knows_every_name_and_downloads_nothing():
    for name in weights.DOWNLOADS:
        assert weights.find(name) is None  # the tests' home is empty
    with pytest.raises(ValueError, match=r"siggraph17.*got 'faecs'"):
        weights.find("faecs")


def test_find_sees_a_fetched_file(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORLIB_HOME", str(tmp_path))
    file = tmp_path / "weights" / weights.DOWNLOADS["eccv16"].file
    file.parent.mkdir()
    file.write_bytes(b"not it")
    assert weights.find("eccv16") == file
    assert not weights.intact("eccv16")


def test_downloads_are_fully_described():
    for d in weights.DOWNLOADS.values():
        assert re.fullmatch(r"[0-9a-f]{64}", d.sha256)
        # The released names carry the first eight digits of their own hash, as torch.hub wants them.
        assert d.sha256.startswith(Path(d.file).stem.rsplit("-", 1)[1])
        assert d.size > 1e6
        assert d.licence
        assert all(url.startswith("https://") for url in d.urls)
    assert len(weights.DOWNLOADS["siggraph17"].urls) >= 2  # the first address has failed for long stretches


def test_fetch_passes_on_all_that_verifies(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(download, "fetch", lambda *args, **kw: seen.update(kw, args=args) or args[2], raising=False)
    file = weights.fetch("vgg16", from_file=tmp_path / "mine.pth")
    d = weights.DOWNLOADS["vgg16"]
    assert seen["args"] == ("vgg16", list(d.urls), file)
    assert (seen["sha256"], seen["size"], seen["from_file"]) == (d.sha256, d.size, tmp_path / "mine.pth")


def test_fetch_refuses_a_local_file_that_is_not_the_released_one(tmp_path):
    wrong = tmp_path / "siggraph17.pth"
    wrong.write_bytes(b"x" * 100)
    with pytest.raises(download.DownloadError):
        weights.fetch("siggraph17", from_file=wrong)
    assert weights.find("siggraph17") is None


def test_shipped_weights_take_no_file_in_their_place(tmp_path):
    with pytest.raises(ValueError, match=r"from_file must be None for 'faces', which ships.*got .*mine\.safetensors"):
        weights.fetch("faces", from_file=tmp_path / "mine.safetensors")


def test_shipped_files_are_recorded_and_a_changed_byte_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="reinstall"):
        weights.fetch("faces")
    file = tmp_path / "faces.safetensors"
    safetensors.torch.save_file({"a": torch.arange(3.0)}, file)
    assert not weights.intact("faces")  # nothing recorded yet
    assert weights.record() == {"faces.safetensors": hashlib.sha256(file.read_bytes()).hexdigest()}
    assert weights.intact("faces")
    assert not weights.intact("portraits")
    assert weights.fetch("faces") == file
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert not weights.intact("faces")


@pytest.mark.parametrize("name", weights.SHIPPED)
def test_what_ships_is_what_was_recorded(name):
    assert weights.intact(name), f"{weights.path(name)} is missing or was changed without weights.record()"


def test_what_ships_is_small_and_its_card_is_true():
    card = (weights.FOLDER / "README.md").read_text("utf-8")
    sizes = {name: weights.path(name).stat().st_size / 1e6 for name in weights.SHIPPED}
    assert sum(sizes.values()) < 30
    assert " and ".join(f"{size:.1f} MB" for size in sizes.values()) in card
    for name in weights.SHIPPED:
        parts, _ = models.load(weights.path(name))
        section = card.split(f"## {name}\n")[1].split("\n## ")[0]
        told = dict(re.findall(r"`([\w-]+)` (\d[\d,]*\d)", section))
        assert told == {part: f"{models.parameters(net):,}" for part, net in parts.items()}


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt"])
def test_load_state_gives_the_tensors_back(tmp_path, suffix):
    state = OrderedDict(a=torch.arange(6.0).reshape(2, 3), n=torch.tensor(3))
    file = tmp_path / f"w{suffix}"
    safetensors.torch.save_file(state, file) if suffix == ".safetensors" else torch.save(state, file)
    loaded = weights.load_state(file)
    assert loaded.keys() == state.keys()
    assert all(torch.equal(loaded[k], state[k]) for k in state)


def test_load_state_reads_the_old_format_of_released_files(tmp_path):
    file = tmp_path / "old.pth"
    torch.save(OrderedDict(a=torch.ones(2)), file, _use_new_zipfile_serialization=False)
    assert torch.equal(weights.load_state(file)["a"], torch.ones(2))


class Evil:
    def __init__(self, file):
        self.file = str(file)

    def __reduce__(self):
        return open, (self.file, "w")


@pytest.mark.parametrize("old", [False, True])
def test_a_pickle_with_code_is_refused_and_not_run(tmp_path, old):
    mark = tmp_path / "was-run"
    file = tmp_path / "evil.pth"
    torch.save({"a": torch.ones(1), "b": Evil(mark)}, file, _use_new_zipfile_serialization=not old)
    with pytest.raises(weights.WeightsError, match="could run code"):
        weights.load_state(file)
    assert not mark.exists()
    torch.load(file, weights_only=False)["b"].close()  # the trap is real: an unguarded read does run it
    assert mark.exists()


def test_a_bare_pickle_with_code_is_refused_and_not_run(tmp_path):
    mark = tmp_path / "was-run"
    file = tmp_path / "evil.pth"
    file.write_bytes(pickle.dumps(Evil(mark)))
    with pytest.raises(weights.WeightsError):
        weights.load_state(file)
    assert not mark.exists()


def test_damaged_and_foreign_files_say_so(tmp_path):
    for suffix in (".pth", ".safetensors"):
        with pytest.raises(FileNotFoundError, match="no weights at"):
            weights.load_state(tmp_path / f"none{suffix}")
        whole = tmp_path / f"whole{suffix}"
        state = {"a": torch.ones(1000)}
        safetensors.torch.save_file(state, whole) if suffix == ".safetensors" else torch.save(state, whole)
        for content in (whole.read_bytes()[:1500], b"", b"<html>not found</html>"):
            bad = tmp_path / f"bad{suffix}"
            bad.write_bytes(content)
            with pytest.raises(weights.WeightsError):
                weights.load_state(bad)
    nested = tmp_path / "nested.pth"
    torch.save({"model": {"a": torch.ones(1)}}, nested)
    with pytest.raises(weights.WeightsError, match="flat dictionary"):
        weights.load_state(nested)


def test_a_run_becomes_shipped_weights(tmp_path, monkeypatch):
    from colorlib import models

    built = {"base": {"name": "siggraph17", "width": 1 / 16}, "cnn": {"name": "cnn", "channels": [8, 8]}}
    parts = {part: models.build(**how).eval() for part, how in built.items()}
    models.save(tmp_path / "run/model.safetensors", parts, built, {"size": 32, "data": "/home/me/pictures"})
    monkeypatch.setattr(weights, "FOLDER", tmp_path / "weights")
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/faces.safetensors").touch(0o600)  # for its owner alone, as an earlier one may be
    with umask(0o022):
        file = weights.ship(tmp_path / "run", "faces", "faces of a test", parts=("base",))
    assert os.name != "posix" or file.stat().st_mode & 0o777 == 0o644
    loaded, info = models.load(file)
    assert info == {"size": 32, "data": "faces of a test"}
    assert list(loaded) == ["base"]
    L = torch.zeros(1, 1, 16, 16)
    torch.testing.assert_close(loaded["base"](L), parts["base"](L), atol=5e-3, rtol=0)
    assert weights.intact("faces")
    assert file.stat().st_size < 0.6 * (tmp_path / "run/model.safetensors").stat().st_size


def test_networks_ship_beside_those_that_do(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    small = {"name": "cnn", "channels": [8, 8, 8]}
    stage = {"part": "cnn", "epochs": 2}
    for run, part, seen in (("a", "cnn", ["b", "a"]), ("b", "mine", ["c", "a"])):
        parts = {part: models.build(**small), "unused": models.build(**small)}
        info = {"size": 32, "t": 5 if run == "a" else 7, "seen": seen, "stages": [stage | {"part": part}]}
        models.save(tmp_path / run / "model.safetensors", parts, dict.fromkeys(parts, small), info)
    weights.ship(tmp_path / "a", "faces", "two faces", parts=["cnn"])
    before, _ = models.load(weights.path("faces"))
    weights.ship(tmp_path / "b", "faces", "three faces", parts=["mine"], beside=True)
    parts, info = models.load(weights.path("faces"))
    assert set(parts) == {"cnn", "mine"}
    for key, value in before["cnn"].state_dict().items():
        assert torch.equal(parts["cnn"].state_dict()[key], value)
    assert (info["data"], info["t"], info["seen"]) == ("three faces", 5, ["a", "b", "c"])
    assert [stage["part"] for stage in info["stages"]] == ["cnn", "mine"]
    assert weights.intact("faces")
