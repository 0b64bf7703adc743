"""Several sources at once: shares, copies across them, what a training and its table make of them."""

import json
import os
import re
import shutil

import numpy as np
import pytest
import torch

from colorlib import cli, models
from colorlib.data import datasets, files, mixture
from colorlib.evaluation import table
from colorlib.training import run
from test_datasets import SIZE, folder_of, home, splits_of  # noqa: F401 (a fixture)
from test_layout import tree


@pytest.fixture
def three(tmp_path):
    """Three folders with splits of their own."""
    a = tree(tmp_path / "a", train=8, val=2, test=3)
    b = tree(tmp_path / "b", first=100, Training=6, valid=2, TEST=1)
    c = tree(tmp_path / "c", first=200, train=4, dev=1, test=2)
    return a, b, c


def digests(data, roots):
    """sha256 of the file behind each picture of a mixture."""
    pairs = (key.split("/", 1) for key in data.keys)
    return [files.sha256(roots[label] / key) for label, key in pairs]


def test_each_source_keeps_its_own_splits(three):
    apart = [splits_of(root) for root in three]
    for split in ("train", "val", "test"):
        data = datasets.load(list(three), split, SIZE)
        wanted = {f"{root.name}/{key}" for root, found in zip(three, apart, strict=True) for key in found[split]}
        assert set(data.keys) == wanted
        assert sum(data.report.sources.values()) == len(data) == data.report.used
    assert data.name == " + ".join(map(str, three))
    assert "a: train/ 8, val/ 2: taken as validation, test/ 3: taken as test" in data.report.layout


def test_a_mixture_gives_the_pictures_of_its_sources(three):
    joined = datasets.load(list(three), "train", SIZE)
    for root in three:
        alone = datasets.load(root, "train", SIZE)
        rows = [i for i, key in enumerate(joined.keys) if key.startswith(f"{root.name}/")]
        assert [joined.keys[i] for i in rows] == [f"{root.name}/{key}" for key in alone.keys]
        assert torch.equal(joined.batch(rows)[1], alone.batch(range(len(alone)))[1])
        assert [joined.contents()[i] for i in rows] == alone.contents()
    assert [len(L) for L, _ in datasets.loader(joined, 7, shuffle=True)] == [7, 7, len(joined) - 14]


def test_a_test_picture_of_one_is_never_a_training_picture_of_another(three):
    a, b, c = three
    shutil.copy(a / "test/0.png", b / "Training/other name.png")
    shutil.copy(a / "test/1.png", c / "train/x.jpg")
    shutil.copy(a / "val/0.png", c / "train/y.png")
    shutil.copy(c / "test/0.png", b / "valid/z.png")
    shutil.copy(a / "train/3.png", b / "valid/w.png")
    roots = {root.name: root for root in three}
    for order in ((a, b, c), (c, b, a)):
        loaded = {split: datasets.load(list(order), split, SIZE) for split in ("train", "val", "test")}
        found = {split: set(digests(data, roots)) for split, data in loaded.items()}
        assert not found["train"] & (found["val"] | found["test"])
        assert not found["val"] & found["test"]
        assert len(loaded["test"]) == 6  # what is held out is never left out itself
        skipped = dict(loaded["train"].report.skipped)
        assert skipped["b/Training/other name.png"] == "the same picture or person is in 'test' of a"
        assert skipped["c/train/y.png"] == "the same picture or person is in 'val' of a"
        assert skipped["a/train/3.png"] == "the same picture or person is in 'val' of b"
        assert dict(loaded["val"].report.skipped) == {"b/valid/z.png": "the same picture or person is in 'test' of c"}


def test_copies_in_folders_that_are_split_by_hash(tmp_path):
    """Two flat folders share pictures, and so does one with splits of its own."""
    a = folder_of(tmp_path / "a", [f"{i}.png" for i in range(60)])
    b = folder_of(tmp_path / "b", [f"{i}.png" for i in range(30, 90)], first=30)
    c = tree(tmp_path / "c", first=80, train=5, test=9)  # whose first pictures are the last of b
    roots = {"a": a, "b": b, "c": c}
    found = {split: digests(datasets.load([a, b, c], split, SIZE), roots) for split in ("train", "val", "test")}
    for split, names in found.items():
        assert len(names) == len(set(names)), f"a copy counts once: {split}"
    assert sum(map(len, found.values())) == len(set().union(*found.values())) == 94
    whole = datasets.load([a, b, c], "all", SIZE)
    assert (len(whole), whole.report.sources) == (94, {"a": 60, "b": 30, "c": 4})


def test_people_of_a_source_and_copies_elsewhere(tmp_path, home):  # noqa: F811
    """Where a source is split by person, its files are compared all the same."""
    root = home / "lfw" / "lfw_funneled"
    folder_of(root, [f"Person_{i}/Person_{i}_{n:04}.jpg" for i in range(30) for n in (1, 2)])
    other = tree(tmp_path / "mine", first=500, train=3, test=1)
    shutil.copy(root / "Person_3" / "Person_3_0001.jpg", other / "test" / "me.jpg")
    joined = {split: datasets.load(["lfw", other], split, SIZE) for split in ("train", "val", "test")}
    assert "mine/test/me.jpg" in joined["test"].keys
    everywhere = [key for data in joined.values() for key in data.keys]
    assert "lfw/Person_3/Person_3_0001.jpg" not in everywhere
    assert "lfw/Person_3/Person_3_0002.jpg" in everywhere


def test_a_picture_of_a_held_out_person_is_not_learnt_from_under_another_name(tmp_path, home):  # noqa: F811
    """Person 9 is for the test in CelebA, so CelebA's training picture of that person is no training picture at all."""
    root = home / "celeba" / "img_align_celeba"
    folder_of(root, [f"{i:06}.jpg" for i in range(1, 5)])
    (root.parent / "list_eval_partition.txt").write_text("000001.jpg 0\n000002.jpg 0\n000003.jpg 1\n000004.jpg 2\n")
    (root.parent / "identity_CelebA.txt").write_text("000001.jpg 9\n000002.jpg 8\n000004.jpg 9\n")
    other = tree(tmp_path / "mine", first=500, train=2, val=1, test=1)
    shutil.copy(root / "000001.jpg", other / "train" / "x.jpg")
    data = datasets.load(["celeba", other], "train", SIZE)
    assert set(data.keys) == {"celeba/000002.jpg", "mine/train/0.png", "mine/train/1.png"}
    (other / "train" / "x.jpg").rename(other / "test" / "x.jpg")  # but it is a test picture where it is used as one
    data = datasets.load(["celeba", other], "test", SIZE)
    assert set(data.keys) == {"celeba/000004.jpg", "mine/test/0.png", "mine/test/x.jpg"}


def test_shares_thin_the_training_pictures_alone(tmp_path):
    a, b = tree(tmp_path / "a", train=12, val=4, test=4), tree(tmp_path / "b", first=99, train=12, val=4, test=4)
    whole, thin = datasets.load([a, b], "train", SIZE), datasets.load([(a, 1), (b, 0.25)], "train", SIZE)
    assert (whole.report.sources, thin.report.sources) == ({"a": 12, "b": 12}, {"a": 12, "b": 3})
    assert set(thin.keys) < set(whole.keys)
    assert datasets.load([(a, 1), (b, 0.25)], "train", SIZE).keys == thin.keys
    assert datasets.load([(a, 1), (b, 0.25)], "train", SIZE, seed=1).keys != thin.keys
    for split in ("val", "test"):
        assert datasets.load([a, (b, 0.25)], split, SIZE).report.sources == {"a": 4, "b": 4}
    assert datasets.load([(a, 0.5), (b, 0.01)], "all", SIZE).report.sources == {"a": 10, "b": 1}
    assert len(datasets.load((a, 0.5), "train", SIZE)) == 6  # of a single source, too
    assert len(datasets.load([(str(a), 0.5)], "train", SIZE)) == 6


def test_count_is_of_all_together(tmp_path):
    a, b = tree(tmp_path / "a", train=40), tree(tmp_path / "b", first=99, train=20)
    data = datasets.load([a, b], "all", SIZE, count=30)
    assert len(data) == 30
    assert 10 <= data.report.sources["a"] <= 28  # 20 are expected
    assert set(datasets.load([a, b], "all", SIZE, count=10).keys) < set(data.keys)


def test_drawn_portraits_beside_photos(tmp_path):
    a = tree(tmp_path / "a", train=5, val=1, test=1)
    data = datasets.load(["portraits", (a, 0.4)], "train", 32, count=300)
    assert set(data.report.sources) == {"portraits", "a"}
    assert (data.drawn, data.portraits) == (False, [])
    assert data.report.sources["a"] <= 2
    assert max(int(key.split("/")[-1]) for key in data.keys if key.startswith("portraits")) > 1000  # from all 2,000
    assert datasets.load([("portraits", 0.01), a], "train", 32).report.sources == {"portraits": 20, "a": 5}


def test_labels_tell_folders_of_one_name_apart(tmp_path, home):  # noqa: F811
    roots = [tmp_path / "x" / "faces", tmp_path / "y" / "faces", "lfw", tmp_path / "lfw"]
    assert mixture.labels(roots) == ["x/faces", "y/faces", "lfw", f"{tmp_path.name}/lfw"]
    assert mixture.labels(["a", "b"]) == ["a", "b"]
    assert mixture.labels(["portraits"]) == ["portraits"]


def test_what_is_no_list_of_sources_is_refused(tmp_path):
    a = tree(tmp_path / "a", train=2)
    (tmp_path / "link").symlink_to(a)
    for source in ([], [a, a], [a, tmp_path / "link"], [a, None], [[a, a]], {str(a): 1.0}, [(a, "0.5")]):
        with pytest.raises(ValueError, match="^source must be .*, got " + re.escape(repr(source)) + "$"):
            datasets.load(source, "all", SIZE)
    for share in (0, -1, 1.5, float("nan"), True):
        with pytest.raises(ValueError, match="share must be above 0 and at most 1, got"):
            datasets.load([(a, share)], "all", SIZE)
    with pytest.raises(FileNotFoundError, match=r"a folder of pictures or one of .*, got 'no-such'"):
        datasets.load([a, "no-such"], "all", SIZE)


def test_refusals_of_one_source_name_it(tmp_path):
    a, b = tree(tmp_path / "a", train=2, val=1, test=1), tree(tmp_path / "b", first=50, train=2, test_old=1)
    with pytest.raises(ValueError, match=r"source '.*b': named like a split and not used as one: test_old/"):
        datasets.load([a, b], "train", SIZE)


def test_words_of_the_command_line(tmp_path, monkeypatch):
    odd = tree(tmp_path / "odd=0.5", here=2)
    assert mixture.several(["a"]) == "a"
    assert mixture.several(["a=0.25"]) == ("a", 0.25)
    assert mixture.several(["a", "b=.5"]) == ["a", ("b", 0.5)]
    assert mixture.several([str(odd), "x=y"]) == [str(odd), "x=y"]
    assert mixture.described(["a", ("b", 0.25)]) == ["a", "b=0.25"]
    assert mixture.described([("a", 1.0)]) == mixture.described("a") == "a"
    assert [mixture.named(word) for word in ("a", "b=0.25", str(odd))] == ["a", "b", str(odd)]
    monkeypatch.setenv("COLORLIB_DATA", os.pathsep.join(["faces", "scenes=0.25"]))
    assert datasets.default_source() == ["faces", ("scenes", 0.25)]
    monkeypatch.setenv("COLORLIB_DATA", str(odd))
    assert datasets.default_source() == str(odd)


# ---- training and tables


@pytest.fixture
def trained(three, tmp_path, monkeypatch, capsys):
    """A training on the three by the command, without its steps; (what was printed, info of the weights)."""
    monkeypatch.setattr(run, "fit", lambda *given: [])
    monkeypatch.setattr(run, "best_t", lambda *given: 0)
    monkeypatch.setattr(run, "find_vibrance", lambda *given: 1.0)
    words = [str(three[0]), str(three[1]), f"{three[2]}=0.5"]
    out = tmp_path / "run"
    assert cli.main(["train", "--preset", "smoke", "--rivals", "none", "--out", str(out), "--data", *words]) == 0
    return capsys.readouterr().out, models.load(out / "model.safetensors")[1], words


def test_a_training_on_several_says_what_it_learnt_from(three, trained):
    printed, info, words = trained
    assert "8 of a, 6 of b, 2 of c" in printed
    assert "a: train/ 8, val/ 2: taken as validation, test/ 3: taken as test" in printed
    assert info["data"] == words
    assert info["images"] == len(info["seen"]) == 16
    data = datasets.load([three[0], three[1], (three[2], 0.5)], "train", 32)
    assert info["seen"] == sorted(data.contents())
    for folder in three:
        assert table.default_split(folder, info["data"]) == "test"


def test_weights_that_learnt_from_flat_folders_know_their_test_pictures(tmp_path):
    assert table.default_split(tmp_path, [f"{tmp_path}=0.25", "lfw"]) == "test"
    assert table.default_split(tmp_path, ["lfw"]) == table.default_split(tmp_path, 3) == "all"


def test_validation_is_of_all_sources_whole(three):
    from colorlib.training import pictures

    train_set, val_set = pictures.load([three[0], (three[1], 0.5)], "train", SIZE)
    assert train_set.report.sources == {"a": 8, "b": 3}
    assert val_set.report.sources == {"a": 2, "b": 2}


def test_evaluate_prints_a_table_for_each_source(three, tmp_path, capsys):
    words = ["--methods", "grey", "constant", "--json", str(tmp_path / "t.json")]
    data = [str(three[0]), str(three[2])]
    assert cli.main(["evaluate", "--data", *data, *words]) == 0
    printed = capsys.readouterr().out
    assert printed.count("pictures, colourfulness of the truth") == 2
    assert [line for line in printed.splitlines() if line.endswith(":")] == [f"{name}:" for name in data]
    assert "train/ 4, dev/ 1: taken as validation, test/ 2: taken as test" in printed
    found = json.loads((tmp_path / "t.json").read_text())
    assert {name: one["settings"]["images"] for name, one in found.items()} == {data[0]: 3, data[1]: 2}
    assert cli.main(["evaluate", "--data", data[0], *words]) == 0
    assert json.loads((tmp_path / "t.json").read_text())["rows"][0]["method"] == "grey"


def test_a_table_is_of_one_whole_source(three, capsys):
    assert cli.main(["evaluate", "--data", f"{three[0]}=0.5"]) == 2
    assert "--data must be whole sources" in capsys.readouterr().err
    for data in (list(three), (three[0], 0.5)):
        with pytest.raises(ValueError, match="data must be one source, whole"):
            table.evaluate("faces", data)
    both = datasets.load(list(three), "test", SIZE)
    found = table.evaluate("faces", both, methods=["grey"], resamples=20)
    assert found["settings"]["images"] == len(both) == 6
    assert np.isfinite(found["rows"][0]["mse"])
