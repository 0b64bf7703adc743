"""The one table of methods: one name a thing, and a method of one's own by one call."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from colorlib import cli, methods, models
from colorlib.colorize import Colorizer
from colorlib.evaluation import table
from colorlib.methods import Method, Stage
from colorlib.training import run
from colorlib.training.schedule import PRESETS, architecture, stages, wanted_rivals
from colorlib.training.steps import MAKERS

ROOT = Path(__file__).parents[1]
WEIGHTS = [Colorizer.load(name, device="cpu") for name in ("faces", "portraits")]


def test_every_row_can_be_used_everywhere():
    for row in methods.trained():
        assert all(stage.step in MAKERS and stage.part == row.part for stage in row.stages)
        assert architecture("smoke")[row.part]["name"] in models.ARCHITECTURES
        assert bool(row.noisy) == any(stage.noise for stage in row.stages)
        assert (len(row.networks) > 1) == any(stage.second for stage in row.stages)
    assert {stage.part for stage in stages("paper", True)} >= {row.part for row in methods.trained()}
    text = cli.parser().format_help() + str(cli.COMMANDS)
    assert "study" in text


def test_names_are_one_a_thing():
    names = [name for row in methods.METHODS.values() for name in {row.name, row.part} if row.network]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice
    for old in ("gan", "more", "refiner-prior", "prior only", "base-released"):
        with pytest.raises(ValueError, match=f"got '{old}'"):
            methods.find(old)


def test_shipped_files_hold_the_names_of_the_table():
    for colorizer in WEIGHTS:
        known = {row.part for row in methods.trained()}
        assert set(colorizer.parts) <= known
        assert set(colorizer.info["parts"]) <= known | {"fold1", "fold2"}
        assert set(colorizer.info["noisy"]) == {row.part for row in methods.trained() if row.noisy} & set(
            colorizer.info["parts"]
        )


def test_commands_take_the_same_names(capsys):
    every = {row.name for row in methods.METHODS.values()}
    assert set(methods.rivals()) < every
    for colorizer in WEIGHTS:
        assert set(colorizer.stages) < every
    for command, option in (("train", "--rivals"), ("colorize", "--stage")):
        with pytest.raises(SystemExit):
            cli.main([command, "in.png", "-o", "x", option, "gan"] if command == "colorize" else
                     [command, "--out", "x", option, "gan"])  # fmt: skip
        assert "pix2pix" in capsys.readouterr().err
    assert cli.main(["evaluate", "--methods", "gan", "--count", "2"]) == 2
    assert "pix2pix" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rivals", "error"), [("cnn", TypeError), (["cnn", "gan"], ValueError), (("base",), ValueError)]
)
def test_rivals_are_a_list_of_names(rivals, error):
    with pytest.raises(error, match="rivals must be"):
        wanted_rivals(rivals)


def test_all_and_a_name_do_not_go_together(capsys, tmp_path):
    for words in (["all", "cnn"], ["none", "cnn"]):
        assert cli.main(["train", "--out", str(tmp_path / "x"), "--rivals", *words]) == 2
        assert "--rivals must be names, or all, or none" in capsys.readouterr().err
    assert wanted_rivals(True) == tuple(methods.rivals())
    assert wanted_rivals(False) == wanted_rivals(()) == ()
    assert wanted_rivals(["cnn", "cnn"]) == ("cnn",)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"diversity": "vivid"}, "diversity must be"),
        ({"rivals": ["gan"]}, "rivals must be"),
        ({"rivals": "cnn"}, "rivals must be"),
        ({"seed": -1}, "seed must be"),
        ({"seed": 1.5}, "seed must be"),
        ({"seed": 2**64}, "seed must be"),
        ({"batch": 0}, "batch must be"),
        ({"preset": "huge"}, "preset must be"),
        ({"data": "/no/such/folder"}, "no/such/folder"),
    ],
)
def test_train_refuses_what_is_wrong_before_the_first_epoch(tmp_path, monkeypatch, wrong, said):
    monkeypatch.setattr(run, "fit", lambda *given: pytest.fail("an epoch was begun"))
    options = {"data": "portraits", "preset": "smoke"} | wrong
    with pytest.raises((ValueError, TypeError, OSError), match=said):
        run.train(tmp_path / "run", **options)
    assert not (tmp_path / "run" / "checkpoints").exists()


# ---- a method of one's own


class Mine(torch.nn.Module):
    """Three numbers."""

    def __init__(self, start=0.0):
        super().__init__()
        self.a, self.b = torch.nn.Parameter(torch.tensor(start)), torch.nn.Parameter(torch.tensor(start))
        self.tone = torch.nn.Parameter(torch.tensor(0.0))

    def forward(self, L):
        one = torch.ones_like(L)
        return torch.cat([self.a * one + self.tone * L, self.b * one], dim=1)


@pytest.fixture
def mine(monkeypatch):
    """A row of one's own, gone afterwards."""
    monkeypatch.setattr(methods, "METHODS", dict(methods.METHODS))
    monkeypatch.setattr(table, "METHODS", methods.METHODS)
    return methods.add(
        Method("mine", "three numbers", network=Mine, settings=lambda p: {"start": 0.01},
               stages=(Stage("mine", "mine", epochs=30, loss="squared", lr=2e-2),))
    )  # fmt: skip


def test_a_row_of_ones_own_is_trained_stored_loaded_scored_and_used(mine, tmp_path, monkeypatch):
    tiny = dict(vars(PRESETS["smoke"]), name="tiny", images=12, val_images=4, epochs=(0.1, 0.05), batch=6, folds=0)
    monkeypatch.setitem(PRESETS, "tiny", type(PRESETS["smoke"])(**tiny))
    history = run.train(tmp_path, "portraits", "tiny", rivals=["mine"])
    assert {row["part"] for row in history} == {"base", "refiner", "mine"}
    colorizer = Colorizer.load(tmp_path)
    assert "mine" in colorizer.stages
    assert type(colorizer.parts["mine"]).__name__ == "Mine"
    rows = {r["method"]: r for r in table.evaluate(colorizer, "portraits", count=4, resamples=20)["rows"]}
    assert rows["mine"]["note"] == "three numbers"
    grey = torch.zeros(40, 40, 3, dtype=torch.uint8).numpy() + 128
    assert colorizer(grey, "mine").shape == (40, 40, 3)


def test_names_that_are_taken_are_refused(mine):
    for name, networks in (("mine", None), ("base", None), ("refiner", None), ("other", ("base", "refiner"))):
        with pytest.raises(ValueError, match="must"):
            methods.add(Method(name, "", networks, network=Mine))


def test_weights_cannot_name_a_network_that_nobody_added(tmp_path, mine):
    models.save(tmp_path / "x.safetensors", {"mine": Mine()}, {"mine": {"name": "mine"}}, {"size": 32})
    assert "mine" in models.load(tmp_path / "x.safetensors")[0]
    del methods.METHODS["mine"]
    with pytest.raises(ValueError, match="name must be one of"):
        models.load(tmp_path / "x.safetensors")
    models.save(tmp_path / "y.safetensors", {"os": Mine()}, {"os": {"name": "os:system"}}, {"size": 32})
    with pytest.raises(ValueError, match="name must be one of"):
        models.load(tmp_path / "y.safetensors")


def test_the_example_of_a_method_of_ones_own_runs(tmp_path):
    text = (ROOT / "notebooks/site/training.md").read_text("utf-8")
    code = re.search(r"## A method of your own.*?```python\n(.*?)```", text, re.S)[1]
    env = os.environ | {"COLORLIB_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^mine +\d", done.stdout, re.M), done.stdout
    assert "mine: two convolutions" in done.stdout
