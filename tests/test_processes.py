"""Two processes train as one: the same loss curve at the same batch, from the command line and from a notebook.

In float32, so that what is left are sums in another order. Adam divides by the size of the gradient, which makes large
steps of gradients that are rounding errors: its epsilon is raised above those.
"""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

TRAIN = """
import dataclasses, sys
import torch
from colorlib import presets, training

torch.set_num_threads(1)
training.bf16_is_fast = lambda device: False
adam = torch.optim.AdamW
torch.optim.AdamW = lambda *args, **options: adam(*args, eps=1e-4, **options)
presets.PRESETS["tiny"] = dataclasses.replace(
    presets.PRESETS["smoke"], name="tiny", images=48, val_images=4, epochs=(0.07, 0.05), batch=6, folds=0
)
"""
RUN = 'training.train(sys.argv[1], "portraits", "tiny", rivals=("eccv16",))\n'
# In a notebook: nothing may touch a device or start a process before the launch.
CELL = """
from accelerate import notebook_launcher
notebook_launcher(training.train, ({out!r}, "portraits", "tiny", False, 0, ()), num_processes=2)
"""


def environment():
    return os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


def curve(run):
    history = json.loads((run / "history.json").read_text())["history"]
    return [(row["stage"], row["epoch"]) for row in history], {
        key: [row[key] for row in history] for key in ("loss", "val_mse")
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    script = folder / "train.py"
    script.write_text(TRAIN + RUN)
    home = {"COLORLIB_HOME": str(folder / "home")}
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    for name, how in (("one", []), ("two", launch)):
        done = subprocess.run(
            [sys.executable, *how, str(script), str(folder / name)],
            capture_output=True, text=True, timeout=600, env=environment() | home, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_two_processes_give_the_loss_curve_of_one(runs):
    (stages, one), (same, two) = curve(runs / "one"), curve(runs / "two")
    assert stages == same
    assert {stage for stage, _ in stages} == {"base", "refine", "attend", "more data", "eccv16"}
    assert two["loss"] == pytest.approx(one["loss"], rel=2e-3)
    assert two["val_mse"] == pytest.approx(one["val_mse"], rel=1e-2)  # rounding grows from step to step


def test_a_notebook_launches_two_processes(runs, monkeypatch):
    monkeypatch.setenv("COLORLIB_HOME", str(runs / "home"))
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    cells = [TRAIN, CELL.format(out=str(runs / "notebook"))]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(nb, timeout=600, kernel_name="python3").execute()
    printed = "".join(o.get("text", "") for o in nb.cells[1].outputs)
    assert "Launching training on 2" in printed, printed
    (_, one), (_, two) = curve(runs / "one"), curve(runs / "notebook")
    wanted = one["loss"][: len(two["loss"])]  # without the rival
    assert two["loss"] == pytest.approx(wanted, rel=2e-3)
