"""Every picture's prediction comes from a base that has not learnt from it."""

import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from colorlib import models
from colorlib.data import datasets
from colorlib.methods import Stage
from colorlib.training import crossfit
from colorlib.training.fit import chosen, make_accelerator


@pytest.fixture(scope="module")
def pictures():
    return datasets.load("portraits", "train", size=32, count=24)


class Says(torch.nn.Module):
    """A base that answers with one number, so that it can be told which one answered."""

    def __init__(self, number):
        super().__init__()
        self.register_buffer("number", torch.tensor(float(number)))
        self.asked = 0

    def forward(self, L):
        self.asked += 1
        return self.number.expand(len(L), 2, *L.shape[2:])


def test_folds_are_stable_and_about_equal(pictures):
    folds = crossfit.fold_of(pictures, 2)
    assert set(folds) == {1, 2}
    backwards = crossfit.fold_of(pictures.subset(range(23, -1, -1)), 2)
    assert np.array_equal(backwards, folds[::-1]), "a picture's fold must not depend on the others"
    many = datasets.load("portraits", "train", size=32, count=200)
    assert abs((crossfit.fold_of(many, 2) == 1).mean() - 0.5) < 0.12


def test_the_base_in_charge_answers(pictures, tmp_path):
    folds = crossfit.fold_of(pictures, 2)
    predicted = crossfit.predictions([Says(0.25), Says(0.5)], pictures, tmp_path / "p", folds)
    assert not predicted.flags.writeable
    assert np.array_equal(predicted[:, 0, 0, 0], np.where(folds == 1, 0.25, 0.5))


def test_a_fold_never_learns_from_its_own_pictures(pictures):
    """The stage "fold k" sees all pictures but those that its network will answer for."""
    folds = crossfit.fold_of(pictures, 2)
    for k in (1, 2):
        stage = Stage(f"fold {k}", f"fold{k}", epochs=1, fold=(k, 2))
        seen = chosen(pictures, stage, seed=0).keys
        mine = {key for key, fold in zip(pictures.keys, folds, strict=True) if fold == k}
        assert not mine & set(seen)
        assert mine | set(seen) == set(pictures.keys)


def test_predictions_are_kept_for_the_same_base_and_pictures_alone(pictures, tmp_path):
    path, base = tmp_path / "p", Says(0.25)

    def asked(bases, *given):
        before = sum(base.asked for base in bases)
        predicted = crossfit.predictions(bases, *given)
        return predicted[0, 0, 0, 0], sum(base.asked for base in bases) - before > 0

    assert asked([base], pictures, path) == (0.25, True)
    assert asked([base], pictures, path) == (0.25, False)
    assert asked([Says(0.5)], pictures, path) == (0.5, True), "another base"
    assert asked([base], pictures, path) == (0.25, True), "and back"
    assert asked([base], pictures.subset(range(23, -1, -1)), path)[1], "other pictures of the same number"
    two = [Says(0.25), Says(0.5)]
    assert asked(two, pictures, path, np.repeat([1, 2], 12))[1]
    assert asked(two, pictures, path, np.repeat([2, 1], 12))[1], "another base in charge"
    asked([base], pictures, path)
    path.write_bytes(path.read_bytes()[:-2])
    assert asked([base], pictures, path) == (0.25, True), "half a file"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p", "p.json"]


def test_what_is_cut_off_leaves_nothing(pictures, tmp_path):
    class Stops(torch.nn.Module):
        def forward(self, L):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crossfit.predictions([Stops()], pictures, tmp_path / "p")
    assert list(tmp_path.iterdir()) == []


FULL = """
import resource, signal, sys
import torch
from colorlib.training import crossfit
from colorlib.data import datasets
pictures = datasets.load("portraits", "train", size=32, count=24)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # as if the disk were full
crossfit.predictions([torch.nn.Identity()], pictures, sys.argv[1])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs limits on the size of files")
def test_a_full_disk_is_told(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "p")], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 1, done.returncode  # not killed by a signal
    assert "OSError: [Errno" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_with_base_gives_three(pictures, tmp_path):
    torch.manual_seed(0)
    base = models.SIGGRAPH17(width=1 / 16).eval()
    whole = crossfit.WithBase(pictures, crossfit.predictions([base], pictures, tmp_path / "p"))
    part = whole.subset([5, 2]).subset([1])
    L, ab, ab_base = next(iter(datasets.loader(part, 8)))
    wanted, truth = pictures.batch([2])
    assert torch.equal(L, wanted)
    assert torch.equal(ab, truth)
    torch.testing.assert_close(ab_base, base(L), rtol=0, atol=1e-3)
    assert (len(whole), len(part), part[0][2].shape) == (24, 1, (2, 32, 32))
    with pytest.raises(ValueError, match="predicted must have shape"):
        crossfit.WithBase(pictures, np.zeros((3, 2, 32, 32)))


def test_second_stages_learn_from_folds_and_the_naive_one_does_not(pictures, tmp_path):
    parts = {"base": Says(0.25), "fold1": Says(0.5), "fold2": Says(0.5)}
    accelerator = make_accelerator()
    for part, naive, expected in (("refiner", False, 0.5), ("naive", True, 0.25)):
        stage = Stage(part, part, epochs=1, step="refine", naive=naive)
        given = crossfit.for_stage(stage, parts, pictures, 2, tmp_path, accelerator)
        assert given[0][2].unique().tolist() == [expected]
    single = Stage("cnn", "cnn", epochs=1)
    assert crossfit.for_stage(single, parts, pictures, 2, tmp_path, accelerator) is pictures
