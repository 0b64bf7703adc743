"""Two processes train as one: the same loss curve at the same batch, from the command line and from a notebook.

In float32, so that what is left are sums in another order. Networks that have learnt nothing blow such differences up
(in the first gradient they are 1e-4 already), and Adam divides by the size of the gradient, which makes large steps of
gradients that are rounding errors: so the steps are small here, and Adam's epsilon is raised. That a gradient is the
same is tested in float64, where rounding cannot hide a mistake.
"""

import json
import os
import subprocess
import sys

import nbformat
import pytest
import torch
from nbclient import NotebookClient

pytestmark = pytest.mark.slow  # each starts Python several times

TRAIN = """
import dataclasses, sys
import torch
from colorlib.training import fit, run
from colorlib.training.run import train
from colorlib.training.schedule import PRESETS

torch.set_num_threads(1)
fit.bf16_is_fast = lambda device: False
stages = run.stages
run.stages = lambda *given: [dataclasses.replace(stage, lr=stage.lr / 10) for stage in stages(*given)]
adam = torch.optim.AdamW
torch.optim.AdamW = lambda *args, **options: adam(*args, eps=1e-4, **options)
PRESETS["tiny"] = dataclasses.replace(
    PRESETS["smoke"], name="tiny", images=48, val_images=4, epochs=(0.07, 0.05), batch=6, folds=0
)
"""
RUN = 'train(sys.argv[1], "portraits", "tiny", rivals=("eccv16",))\n'
# One gradient of the base in float64, saved to a file.
GRADIENT = """
import sys
import torch
import torch.nn.functional as F
from torch import distributed
from colorlib.methods import Stage
from colorlib.training.steps import StepRandom, make_step
from colorlib import models
from colorlib.training import parallel
from colorlib.data import datasets
from colorlib.training.schedule import architecture

torch.manual_seed(0)
net = models.build(**architecture("smoke")["base"]).double().train()
L, ab = (x.double() for x in datasets.load("portraits", "train", size=32, count=6).batch(range(6)))
outer, rank, processes = net, 0, 1
if distributed.is_torchelastic_launched():
    distributed.init_process_group("gloo")
    rank = distributed.get_rank()
    parallel.share_batchnorm(net)
    outer = torch.nn.parallel.DistributedDataParallel(net)
    L, ab, processes = L[3 * rank :][:3], ab[3 * rank :][:3], 2
F.mse_loss(outer(L), ab).backward()
found = {name: p.grad for name, p in net.named_parameters()} | dict(net.named_buffers())
# Three steps of pix2pix's judge, whose networks are float32.
stage = Stage("pix2pix", "pix2pix", 1, "adversary")
judging, _ = make_step(stage, {"pix2pix": models.build("pix2pix")}, None, processes=processes)
for number in range(3):
    draws = StepRandom(number, len(L), index=rank, processes=processes)
    _, terms = judging(lambda L: 0.1 * torch.cat([L, L], dim=1), (L.float(), ab.float()), draws, False)
    if processes > 1:
        distributed.all_reduce(terms["discriminator"])
    found[f"judge's loss {number}"] = terms["discriminator"] / processes
if rank == 0:
    torch.save(found, sys.argv[1])
"""
# In a notebook: nothing may touch a device or start a process before the launch.
CELL = """
from accelerate import notebook_launcher
notebook_launcher(train, ({out!r}, "portraits", "tiny", False, 0, ()), num_processes=2)
"""


def environment():
    return os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


def curve(run):
    history = json.loads((run / "history.json").read_text())["history"]
    return [(row["stage"], row["epoch"]) for row in history], {
        key: [row[key] for row in history] for key in ("loss", "val_mse")
    }


def one_and_two(folder, code):
    """Run the code by one process and by two; it finds folder/one or folder/two as its argument."""
    script = folder / "script.py"
    script.write_text(code)
    home = {"COLORLIB_HOME": str(folder / "home")}
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    for name, how in (("one", []), ("two", launch)):
        done = subprocess.run(
            [sys.executable, *how, str(script), str(folder / name)],
            capture_output=True, text=True, timeout=600, env=environment() | home, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return one_and_two(tmp_path_factory.mktemp("processes"), TRAIN + RUN)


def test_two_processes_have_the_gradient_of_one(tmp_path):
    one_and_two(tmp_path, GRADIENT)
    one, two = torch.load(tmp_path / "one"), torch.load(tmp_path / "two")
    assert any("running_var" in name for name in one)
    for number in range(3):
        name = f"judge's loss {number}"
        torch.testing.assert_close(two.pop(name), one.pop(name), rtol=1e-5, atol=0)
    torch.testing.assert_close(two, one, rtol=1e-7, atol=1e-10)


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
