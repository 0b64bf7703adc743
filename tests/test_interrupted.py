"""A training may be cut off at any moment and ends as if nothing had happened; what goes wrong is said in time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import kill_training
from colorlib import cli, models
from colorlib.data import datasets
from colorlib.methods import Stage
from colorlib.training import checkpoints, steps
from colorlib.training.fit import fit
from colorlib.training.run import train
from colorlib.training.schedule import PRESETS


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", kill_training.TINY)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The weights of a training that nobody disturbed, by one thread as in kill_training.py."""
    out, threads = tmp_path_factory.mktemp("whole"), torch.get_num_threads()
    PRESETS["tiny"] = kill_training.TINY
    torch.set_num_threads(1)
    train(out, "portraits", "tiny", rivals=("pix2pix",), seed=1)
    torch.set_num_threads(threads)
    del PRESETS["tiny"]
    return models.load(out / "model.safetensors")[0]


def assert_same(ours, theirs):
    assert set(ours) == set(theirs)
    for part in theirs:
        for key, value in theirs[part].state_dict().items():
            assert torch.equal(ours[part].state_dict()[key], value), f"{part}.{key}"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_killed_twenty_times_it_ends_bit_for_bit_the_same(tmp_path, whole, capsys):
    script = Path(kill_training.__file__)
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "20", "1"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("20 kills, 4 of them inside the writing")
    with capsys.disabled():
        print(f"\ninterrupted training: {done.stdout.strip()}; weights equal bit for bit")
    assert_same(models.load(tmp_path / "model.safetensors")[0], whole)


def test_ctrl_c_ends_the_step_saves_and_says_how_to_go_on(tmp_path, whole, monkeypatch, capsys):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    step, count = steps.predict_step, [0]

    def interrupting(*args):
        count[0] += 1
        if count[0] == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return step(*args)

    monkeypatch.setattr(steps, "predict_step", interrupting)
    command = ["train", "--preset", "tiny", "--out", str(tmp_path), "--rivals", "pix2pix", "--seed", "1"]
    assert cli.main(command) == 130
    said = capsys.readouterr().err
    assert "stopped in stage 'base', epoch 1, step 3" in said
    assert f"{tmp_path}/checkpoints/last.pt holds all of it: go on with --resume" in said
    saved = checkpoints.load(tmp_path / "checkpoints" / "last.pt")
    assert saved["state"]["at"]["step"] == 3
    assert cli.main([*command, "--resume"]) == 0
    torch.set_num_threads(threads)
    assert_same(models.load(tmp_path / "model.safetensors")[0], whole)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_stops_at_once():
    with checkpoints.Patience() as patience:
        os.kill(os.getpid(), signal.SIGINT)
        assert patience.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_broken_checkpoint_falls_back_on_the_one_before(tmp_path):
    path = tmp_path / "last.pt"
    assert checkpoints.load(path) is None
    for number in (1, 2):
        checkpoints.save(path, {"number": torch.tensor(number)})
    assert checkpoints.load(path)["number"] == 2
    whole = path.read_bytes()
    cases = [b"", whole[:100], whole[: len(whole) // 2], b"<html>", bytes(len(whole))]
    for broken in cases:
        path.write_bytes(broken)
        with pytest.warns(UserWarning, match="broken.*last.pt.*going on from .*previous.pt"):
            assert checkpoints.load(path)["number"] == 1
    (tmp_path / "previous.pt").write_bytes(b"")
    with pytest.raises(ValueError, match=r"last.pt .*previous.pt .*Delete them"):
        checkpoints.load(path)


class Malicious:
    """Unpickled by a careless reader, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_no_code_in_a_checkpoint_runs(tmp_path):
    torch.save({"parts": Malicious(tmp_path / "made")}, tmp_path / "last.pt")
    with pytest.raises(ValueError, match="no checkpoint can be read"):
        checkpoints.load(tmp_path / "last.pt")
    assert not (tmp_path / "made").exists()


def test_a_folder_that_cannot_be_written_is_told_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "load", lambda *args, **options: pytest.fail("work was begun"))
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"cannot write to .*file/run: .*; choose another folder"):
        train(tmp_path / "file" / "run", "portraits", "tiny")
    if os.access("/proc/self", os.F_OK):  # read-only even for root
        with pytest.raises(OSError, match="cannot write to /proc/run"):
            train("/proc/run", "portraits", "tiny")
    monkeypatch.setattr(checkpoints.shutil, "disk_usage", lambda folder: type("", (), {"free": 1_000_000}))
    with pytest.raises(OSError, match=r"has 1 MB left, and this training needs \d+ MB"):
        train(tmp_path / "run", "portraits", "tiny")


FULL = """
import resource, signal, sys, torch
from pathlib import Path
from colorlib.training import checkpoints, steps
path = Path(sys.argv[1])
checkpoints.save(path, {"number": torch.tensor(1)})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # as if the disk were full
try:
    checkpoints.save(path, {"number": torch.zeros(100_000)})
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs limits on the size of files")
def test_a_full_disk_leaves_the_last_good_checkpoint(tmp_path):
    path = tmp_path / "last.pt"
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, timeout=100)
    assert f"cannot write the checkpoint {path}" in done.stdout, done.stdout + done.stderr
    assert f"{path} is whole: make room, then go on with --resume" in done.stdout
    assert checkpoints.load(path)["number"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["last.pt"]


def test_a_bad_picture_is_named_and_the_checkpoint_kept(tmp_path, monkeypatch):
    batch = datasets.LabDataset.batch
    key = datasets.load("portraits", "train", size=32, count=24).keys[20]

    def spoilt(self, indices):
        L, ab = batch(self, indices)
        bad = [i for i, index in enumerate(indices) if self.keys[index] == key]
        L[bad] = float("nan")
        return L, ab

    monkeypatch.setattr(datasets.LabDataset, "batch", spoilt)
    monkeypatch.setattr(datasets.LabDataset, "__getitems__", spoilt)
    with pytest.raises(FloatingPointError, match=r"stage 'base', epoch 1, step \d: the loss is nan") as caught:
        train(tmp_path, "portraits", "tiny")
    assert key in str(caught.value).split("pictures of this batch: ")[1]
    assert "checkpoint" in str(caught.value)


def test_a_gradient_that_is_no_number_stops_before_the_step():
    class Root(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, L):
            return (0 * L).expand(-1, 2, -1, -1) + self.weight.sqrt()  # finite, but infinitely steep

    data = datasets.load("portraits", "train", size=32, count=8)
    net = Root()
    with pytest.raises(FloatingPointError, match="the loss is finite, its gradient is not; pictures"):
        fit(Stage("cnn", "cnn", epochs=1), {"cnn": net}, data, batch=4)
    assert net.weight.item() == 0


@pytest.mark.parametrize(("limit", "said"), [(5, "5 fit"), (0, "not even one fits")])
def test_too_large_a_batch_is_told_with_one_that_fits(monkeypatch, limit, said):
    step = steps.predict_step

    def greedy(net, L, *args):
        if len(L) > limit:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
        return step(net, L, *args)

    monkeypatch.setattr(steps, "predict_step", greedy)
    data = datasets.load("portraits", "train", size=32, count=8)
    with pytest.raises(MemoryError, match=f"step 1: 8 pictures at once are too many for the memory; {said}"):
        fit(Stage("cnn", "cnn", epochs=1), {"cnn": models.CNN((8, 8))}, data, batch=8)
