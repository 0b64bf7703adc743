"""Settings shared by all tests: few threads, no network habits, a cache of their own."""

import contextlib
import os

import pytest
import torch
from skimage.data import astronaut

from colorlib import models
from colorlib.colorize import Colorizer

# Small tensors on a busy machine: more threads than cores made the suite five times slower.
torch.set_num_threads(1)
# And in what tests start, notebooks and commands: two of those at work have two cores between them.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """Caches of the tests go to a folder of their own, shared by one run."""
    home = tmp_path_factory.getbasetemp() / "colorlib-home"
    monkeypatch.setenv("COLORLIB_HOME", str(home))
    for name in ("COLORLIB_PRESET", "COLORLIB_DATA"):
        if name in os.environ:
            monkeypatch.delenv(name)


@pytest.fixture
def say(capsys):
    """A function that prints a line although pytest catches what tests print."""

    def out(text):
        with capsys.disabled():
            print(f"\n{text}", end="")

    return out


@pytest.fixture(scope="module")
def colorizer():
    """Untrained base and refiner, small, with visible colours, for what shows results."""
    torch.manual_seed(0)
    base = models.build("siggraph17", width=0.125)
    refiner = models.build("enhanced_unet", channels=[8, 16, 24])
    torch.nn.init.normal_(refiner.head.weight, std=0.02)
    torch.nn.init.normal_(refiner.attend[0].out.weight, std=0.1)
    return Colorizer({"base": base, "refiner": refiner}, {"size": 32, "t": 20}, "tiny")


@pytest.fixture(scope="module")
def picture():
    """A face in a photograph, uint8 (300, 300, 3)."""
    return astronaut()[:300, 80:380]


@pytest.fixture(scope="module")
def nursery():
    """One for all rounds of a file, which start one each: loading torch takes seconds."""
    from colorlib.course.grading import rounds, sandbox
    from colorlib.course.grading.nursery import Nursery

    if sandbox.missing():
        pytest.skip(sandbox.missing())
    with Nursery() as shared, pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "Nursery", lambda: contextlib.nullcontext(shared))
        yield shared
