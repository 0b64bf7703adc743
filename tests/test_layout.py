"""Folders as people have them: which sub-folders are splits, which only look like it, and what is said of them."""

import itertools
import re

import pytest

from colorlib.data import datasets, layout
from test_datasets import SIZE, folder_of, home, splits_of  # noqa: F401 (a fixture)


def tree(root, first=0, **folders):
    """A folder with so many pictures in each sub-folder; here= are those in no sub-folder."""
    names = [("" if name == "here" else f"{name}/") + f"{i}.png" for name, n in folders.items() for i in range(n)]
    return folder_of(root, names, first)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *(
            (word, "train")
            for word in ("train", "Train", "TRAIN", "training", "Training_Set", "trainset", "TrainImages")
        ),
        *(
            (word, "val")
            for word in ("val", "Val", "valid", "VALIDATION", "dev", "Dev set", "val-images", "development")
        ),
        *((word, "test") for word in ("test", "Test", "TESTING", "tests", "test_set", "testdata", "test split")),
        *((word, None) for word in ("train2", "trainA", "test_old", "train2017", "eval", "holdout", "faces", "latest")),
        *((word, None) for word in ("trains", "contest", "devices", "valley", "set", "2019", "", "-", "trainval")),
    ],
)
def test_the_names_of_splits(name, split):
    assert layout.split_of(name) == split


@pytest.mark.parametrize(
    "name",
    ["test2", "testA", "test_old", "old-test", "Test 2019", "my test images", "faces_test", "eval", "Evaluation",
     "holdout", "hold-out", "Held_Out", "val2017", "val_old", "valB", "dev1", "validation_new", "unseen", "tst",
     "test-dev", "trainval", "test", "val", "Dev"],
)  # fmt: skip
def test_names_that_look_held_out(name):
    assert layout.looks_held_out(name)


@pytest.mark.parametrize(
    "name",
    ["Val_Kilmer", "Dev Anand", "valid passport", "dev-team", "train", "trainA", "train_station", "contest", "latest",
     "Testino", "attestation", "valley", "devices", "medieval", "retrieval", "out", "hold", "Eva Longoria", "2019"],
)  # fmt: skip
def test_other_names_are_let_alone(name):
    """Of people and things; a folder for each person is a common layout."""
    assert not layout.looks_held_out(name)


def test_a_weak_word_counts_beside_a_strong_one():
    assert layout.looks_held_out("DIV2K_valid_HR", beside=["DIV2K_train_HR", "DIV2K_valid_HR"])
    assert not layout.looks_held_out("Val_Kilmer", beside=["Val_Kilmer", "Dev_Anand", "Ann"])


def test_split_folders_in_any_case_are_the_splits_and_said(tmp_path):
    root = tree(tmp_path / "p", Train=50, Test=10)
    data = datasets.load(root, "test", SIZE)
    assert {key.split("/")[0] for key in data.keys} == {"Test"}
    assert len(data) == 10
    assert "Train/ 50, Test/ 10: taken as test\n" in str(data.report)
    assert "no folder for validation: 5 % of Train/" in data.report.layout[1]
    assert re.fullmatch(r"\d\d train, \d val, 10 test", data.report.layout[2])
    found = splits_of(root)
    assert {key.split("/")[0] for key in found["train"] | found["val"]} == {"Train"}
    assert len(found["train"]) + len(found["val"]) == 50


NAMES = [("training", "valid", "testing"), ("TRAIN", "DEV", "TEST"), ("train_set", "Validation Set", "testset"),
         ("TrainImages", "ValImages", "TestImages")]  # fmt: skip


@pytest.mark.parametrize("names", NAMES)
def test_names_and_the_like(tmp_path, names):
    root = tree(tmp_path / "p", **dict(zip(names, (4, 3, 2), strict=True)))
    found = splits_of(root)
    for split, name, n in zip(("train", "val", "test"), names, (4, 3, 2), strict=True):
        assert found[split] == {f"{name}/{i}.png" for i in range(n)}
    assert datasets.load(root, "train", SIZE).report.layout == [
        f"{names[0]}/ 4, {names[1]}/ 3: taken as validation, {names[2]}/ 2: taken as test"
    ]


def test_two_folders_of_one_split_are_both_of_it(tmp_path):
    root = tree(tmp_path / "p", train=3, val=2, dev=2)
    assert len(splits_of(root)["val"]) == 4


def test_what_lies_beside_the_splits_is_counted(tmp_path):
    root = tree(tmp_path / "p", train=3, val=1, test=1, sketches=4, here=2)
    report = datasets.load(root, "train", SIZE).report
    assert report.layout[-1] == "beside them, not used: 6 pictures (sketches/ 4)"


REFUSED = {
    "train2 beside train": ({"train": 3, "train2": 2, "val": 1}, "train2/", "rename it to train/"),
    "train and test with a year": ({"train2017": 3, "val2017": 2}, "val2017/", "train/, val/ and test/"),
    "an old test": ({"train": 3, "test_old": 2}, "test_old/", "train/, val/ and test/"),
    "eval": ({"train": 3, "eval": 2}, "eval/", "train/, val/ and test/"),
    "holdout beside pictures": ({"here": 5, "holdout": 2}, "holdout/", "train/, val/ and test/"),
    "deeper": ({"data/train": 3, "data/test": 2}, "data/test/", "pass {root}/data, or"),
    "deep down": ({"a/b/training": 3, "a/b/valid": 2}, "a/b/valid/", "pass {root}/a/b, or"),
    "by class": ({"cat/train": 2, "cat/test": 2, "dog/train": 2, "dog/test": 2}, "cat/test/, dog/test/",
                 "pass {root}/cat {root}/dog as sources of their own"),
    "a test in train": ({"train/test": 2, "train/x": 2, "val": 3}, "train/test/", "rename it to train/"),
    "two domains": ({"trainA": 2, "trainB": 2, "testA": 2, "testB": 2}, "testA/, testB/", "train/, val/ and test/"),
    "DIV2K": ({"DIV2K_train_HR": 2, "DIV2K_valid_HR": 2}, "DIV2K_valid_HR/", "train/, val/ and test/"),
    "test among pictures": ({"here": 9, "test": 3}, "test/", "move those into {root}/train"),
    "validation among folders": ({"2018": 2, "2019": 2, "Validation": 3}, "Validation/", "into {root}/train"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_name_like_a_splits_is_refused_with_what_to_do(tmp_path, case):
    folders, named, way = REFUSED[case]
    root = tree(tmp_path / "p", **folders)
    for split in ("train", "val", "test"):
        with pytest.raises(ValueError, match=r"named (like a split|as held out)") as caught:
            datasets.load(root, split, SIZE)
        assert f": {named}" in str(caught.value)
        assert way.format(root=root) in str(caught.value)
    assert len(datasets.load(root, "all", SIZE)) == sum(n for name, n in folders.items() if name != "train2"), (
        "one set, but for what lies beside a layout"
    )


def test_the_ways_out_of_a_refusal_work(tmp_path):
    root = tree(tmp_path / "p", **{"data/train": 3, "data/test": 2})
    assert splits_of(root / "data")["test"] == {"test/0.png", "test/1.png"}
    root = tree(tmp_path / "q", here=3, test=2)
    (root / "train").mkdir()
    for i in range(3):
        (root / f"{i}.png").rename(root / "train" / f"{i}.png")
    assert splits_of(root)["test"] == {"test/0.png", "test/1.png"}


def test_held_out_folders_alone_are_what_they_say(tmp_path):
    root = tree(tmp_path / "p", val=3, test=4)
    assert {split: len(keys) for split, keys in splits_of(root).items()} == {"train": 0, "val": 3, "test": 4}
    with pytest.raises(datasets.NoPictures, match="val/ 3: taken as validation, test/ 4: taken as test"):
        datasets.load(root, "train", SIZE)


def test_folders_of_people_and_things_stay_one_tree(tmp_path):
    root = tree(tmp_path / "p", **dict.fromkeys(["Val_Kilmer", "Dev Anand", "contest", "Ann"], 3))
    assert sum(map(len, splits_of(root).values())) == 12
    root = tree(tmp_path / "q", first=50, train_station=3, train2=3, Ann=3)
    (root / "test").mkdir()  # with nothing in it
    assert sum(map(len, splits_of(root).values())) == 9
    first, second, third = datasets.load(root, "train", SIZE).report.layout
    assert "no folders for splits: 90 % train" in first
    assert second == "split like the rest, whatever they say: train2/, train_station/"
    numbers = [int(part.split()[0]) for part in third.split(", ")]
    assert (sum(numbers), numbers[0]) == (9, len(datasets.load(root, "train", SIZE)))


def test_names_within_what_is_held_out_do_no_harm(tmp_path):
    root = tree(tmp_path / "p", **{"train/train": 4, "test/test": 2, "test/old train": 1, "val/test": 2})
    found = splits_of(root)
    assert (found["train"], len(found["val"]), len(found["test"])) == ({f"train/train/{i}.png" for i in range(4)}, 2, 3)


def test_an_empty_folder_of_a_split_is_said(tmp_path):
    root = tree(tmp_path / "p", train=3)
    (root / "valid").mkdir()
    with pytest.raises(datasets.NoPictures, match="valid/ 0: taken as validation"):
        datasets.load(root, "val", SIZE)


def test_no_picture_of_a_held_out_folder_is_ever_learnt_from(tmp_path):
    """Every pair of names that people give: the second's pictures are out of training, or all is refused."""
    held_out = ["Test", "testing", "VAL", "valid", "dev", "eval", "hold_out", "test2", "valA", "Validation_old"]
    for number, (name, other) in enumerate(itertools.product(["train", "Training", "train2", "faces"], held_out)):
        root = tree(tmp_path / str(number), first=100 * number, **{name: 3, other: 2})
        keys, refused = [], ""
        try:
            keys = datasets.load(root, "train", SIZE).keys
        except ValueError as error:
            refused = str(error)
        assert bool(keys) != (f"{other}/" in refused)
        assert {key.split("/")[0] for key in keys} <= {name}


def test_files_that_were_not_used_are_counted_by_reason(tmp_path):
    root = tree(tmp_path / "p", train=3, val=1, test=1)
    for name in ("notes.txt", "train/scan.nef", "train/.hidden.png"):
        (root / name).write_text("x")
    for split in ("train", "all"):
        last = datasets.load(root, split, SIZE).report.layout[-1]
        assert last.startswith("not used: ")
        for words in ("1 hidden", "2 with ", ".txt 1", ".nef 1"):
            assert words in last
    assert "not used" not in str(datasets.load(root / "val", "all", SIZE).report)


def test_a_single_picture_is_a_source(tmp_path):
    root = tree(tmp_path / "p", here=3)
    data = datasets.load(root / "1.png", "all", SIZE)
    assert (data.keys, data.name) == (["1.png"], str(root / "1.png"))
    assert data.contents()[0] in datasets.load(root, "all", SIZE).contents()
    both = datasets.load([root / "0.png", root / "1.png"], "all", SIZE)
    assert both.keys == ["0.png/0.png", "1.png/1.png"]
    found = splits_of(root / "1.png")
    assert sorted(map(len, found.values())) == [0, 0, 1]
    (empty,) = [split for split in ("train", "val") if not found[split]][:1]
    with pytest.raises(datasets.NoPictures, match=r"\d train, \d val, \d test"):
        datasets.load(root / "1.png", empty, SIZE)
    (root / "notes.txt").write_text("no picture")
    with pytest.raises(datasets.NoPictures, match=r"notes.txt: not a picture"):
        datasets.load(root / "notes.txt", "all", SIZE)
