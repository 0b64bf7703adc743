"""Sources, splits, the cache and the loader, on small folders made here."""

import io
import json
import multiprocessing
import os
import pickle
import random
import re
import shutil
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import rgb2lab

from colorlib import color, portraits
from colorlib.data import cache, datasets, files, sources
from colorlib.data.download import DownloadError
from colorlib.data.pictures import read_picture, square, write_picture

SIZE = 16


def picture(seed, size=24):
    """A colourful picture, different for each seed."""
    noise = np.random.default_rng(seed).integers(0, 256, (3, 3, 3), dtype=np.uint8)
    return np.repeat(np.repeat(noise, size // 3, 0), size // 3, 1)


def folder_of(root, names, first=0):
    for seed, name in enumerate(names, first):
        write_picture(root / name, picture(seed))
    return root


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Each test begins with nothing cached."""
    monkeypatch.setenv("COLORLIB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def converted(monkeypatch):
    """The pictures that pass through the conversion, batch by batch."""
    seen, rgb_to_lab = [], color.rgb_to_lab

    def counting(rgb):
        seen.append(len(rgb))
        return rgb_to_lab(rgb)

    monkeypatch.setattr(color, "rgb_to_lab", counting)
    return seen


def test_pictures_come_in_model_units_as_scikit_image_converts_them(tmp_path):
    root = folder_of(tmp_path / "p", ["a.png", "b/c.png", "b/d.png"])
    data = datasets.load(root, "all", SIZE)
    assert data.keys == ["a.png", "b/c.png", "b/d.png"]
    assert (data.name, data.split, data.size, len(data)) == (str(root), "all", SIZE, 3)
    L, ab = data.batch([2, 0])
    assert (L.shape, ab.shape, L.dtype, ab.dtype) == ((2, 1, 16, 16), (2, 2, 16, 16), torch.float32, torch.float32)
    lab = rgb2lab(square(read_picture(root / "b/d.png"), SIZE)).transpose(2, 0, 1)
    np.testing.assert_allclose(L[0] * 100 + 50, lab[:1], atol=0.003)
    np.testing.assert_allclose(ab[0] * 110, lab[1:], atol=0.003)
    one_L, one_ab = data[2]
    assert torch.equal(one_L, L[0])
    assert torch.equal(one_ab, ab[0])
    assert torch.equal(data[-1][0], one_L)
    with pytest.raises(IndexError):
        data[3]


def test_every_colour_survives_the_cache_exactly():
    rgb = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), dtype=np.uint8)
    rgb[0, :2, :4].reshape(-1, 3)[:] = list(np.ndindex(2, 2, 2))  # the darkest, where Lab is steepest
    rgb[0, 2, :8] = [[255 * (i >> b & 1) for b in range(3)] for i in range(8)]  # the corners of the cube
    store, contents = cache.LabCache(files.home() / "cache", 32), {f"p{i}": f"{i:064x}" for i in range(64)}
    store.add({f"{i:064x}": i for i in range(64)}, lambda indices: [rgb[i] for i in indices])
    data = datasets.LabDataset(store, contents, "made", "all")
    seen = color.to_uint8(color.model_to_rgb(*data.batch(range(64))))
    np.testing.assert_array_equal(seen, rgb)


def test_nothing_is_converted_twice(tmp_path, converted):
    root = folder_of(tmp_path / "p", [f"{i}.png" for i in range(6)])
    report = datasets.load(root, "all", SIZE).report
    assert (report.used, report.converted, report.cached, sum(converted)) == (6, 6, 0, 6)
    report = datasets.load(root, "all", SIZE).report
    assert (report.used, report.converted, report.cached, sum(converted)) == (6, 0, 6, 6)

    folder_of(root, ["new.png"], first=50)
    report = datasets.load(root, "all", SIZE).report
    assert (report.used, report.converted, sum(converted)) == (7, 1, 7)

    shutil.copy(root / "0.png", root / "copy.png")  # other name, same content
    (root / "1.png").rename(root / "renamed.png")
    shutil.copytree(root, tmp_path / "elsewhere")
    assert datasets.load(root, "all", SIZE).report.converted == 0
    assert datasets.load(tmp_path / "elsewhere", "all", SIZE).report.converted == 0
    assert sum(converted) == 7

    write_picture(root / "2.png", picture(99))  # same name, other content
    data = datasets.load(root, "all", SIZE)
    assert (data.report.converted, sum(converted)) == (1, 8)
    fresh = color.rgb_to_model(color.from_uint8(square(picture(99), SIZE)))
    np.testing.assert_allclose(data[data.keys.index("2.png")][1], fresh[1][0], atol=1e-4)

    assert datasets.load(root, "all", 2 * SIZE).report.converted == 7  # another size is another cache
    assert datasets.load(root, "all", SIZE).report.converted == 0


def test_unchanged_files_are_not_even_read_again(tmp_path, monkeypatch):
    root = folder_of(tmp_path / "p", ["a.png", "b.png"])
    datasets.load(root, "all", SIZE)
    monkeypatch.setattr(cache, "_digest", lambda file: pytest.fail(f"read {file} again"))
    assert len(datasets.load(root, "all", SIZE)) == 2


def test_grey_and_broken_pictures_are_counted_and_named(tmp_path, converted, monkeypatch):
    root = folder_of(tmp_path / "p", ["a.png", "b.png"])
    write_picture(root / "grey.png", np.repeat(picture(3)[..., :1], 3, 2))
    (root / "text.jpg").write_text("no picture")
    (root / "half.png").write_bytes((root / "a.png").read_bytes()[:60])
    (root / "empty.png").touch()
    write_picture(root / "tiny.png", picture(0)[:5])
    for repeat in range(2):
        report = datasets.load(root, "all", SIZE).report
        assert (report.used, report.grey, report.converted + report.cached) == (2, 1, 3)
        assert report.converted == (0 if repeat else 3)
        reasons = dict(report.skipped)
        assert sorted(reasons) == ["empty.png", "half.png", "text.jpg", "tiny.png"]
        assert "not a picture" in reasons["text.jpg"]
        assert "truncated" in reasons["half.png"]
        assert "0 bytes" in reasons["empty.png"]
        assert "24 x 5" in reasons["tiny.png"]
        for words in ("2 pictures used", "1 grey", "4 skipped", "text.jpg: not a picture"):
            assert words in str(report)
    with monkeypatch.context() as patch:  # the broken ones are remembered, too
        patch.setattr(datasets, "decode_files", lambda files, size: pytest.fail(f"decoded {files} again"))
        datasets.load(root, "all", SIZE)
    kept = datasets.load(root, "all", SIZE, grey="keep")
    assert (len(kept), kept.report.grey, kept.report.converted) == (3, 1, 0)
    assert kept[kept.keys.index("grey.png")][1].abs().max() < 0.01
    assert sum(converted) == 3


def test_a_long_report_is_cut():
    report = datasets.Report(skipped=[(f"{i}.png", "bad") for i in range(14)])
    assert "9.png: bad" in str(report)
    assert "10.png" not in str(report)
    assert "4 more" in str(report)


def test_nothing_left_is_an_error_that_says_so(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(
        ValueError, match=r"a usable picture in the split 'all', got none of .*0 pictures used, 0 grey, 0 skipped"
    ):
        datasets.load(empty, "all", SIZE)
    write_picture(empty / "grey.png", np.full((9, 9, 3), 7, np.uint8))
    (empty / "bad.jpg").write_text("no picture")
    with pytest.raises(ValueError, match=r"got none of .*1 grey, 1 skipped") as caught:
        datasets.load(empty, "all", SIZE)
    assert "bad.jpg" in str(caught.value)


def test_wrong_arguments_are_named_in_one_grammar():
    wrong = {
        "source": (3, None, b"faces", [], [("a", 2, 3)]),
        "split": ("dev", None, ["train"]),
        "size": (4, 2000, 64.0, "64", True, None),
        "count": (0, -3, 2.0, "5", True),
        "seed": (0.5, "0", None, True),
        "grey": (True, "keep it"),
    }
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(ValueError, match=f"^{name} must be .*, got {re.escape(repr(value))}$"):
                datasets.load(**{name: value})


def splits_of(root, seed=0):
    found = {}
    for split in ("train", "val", "test"):
        try:
            found[split] = set(datasets.load(root, split, SIZE, seed=seed).keys)
        except ValueError:
            found[split] = set()
    return found


def test_splits_by_content_are_disjoint_stable_and_keep_copies_together(tmp_path, home):
    root = folder_of(tmp_path / "p", [f"{i}.png" for i in range(120)])
    for i in range(0, 120, 4):
        shutil.copy(root / f"{i}.png", root / f"copy{i}.png")
    first = splits_of(root)
    assert sum(map(len, first.values())) == 150
    assert set.union(*first.values()) == set(datasets.load(root, "all", SIZE).keys)  # so they are disjoint
    assert len(first["train"]) > 110
    assert min(len(first["val"]), len(first["test"])) > 0
    for names in first.values():
        assert {f"copy{i}.png" in names for i in range(0, 120, 4) if f"{i}.png" in names} <= {True}

    folder_of(root, [f"more{i}.png" for i in range(40)], first=1000)
    again = splits_of(root)
    assert all(first[split] <= again[split] for split in first)

    assert splits_of(root, seed=1) != again
    shutil.copytree(root, tmp_path / "moved")
    assert splits_of(tmp_path / "moved") == again


def test_a_stored_split_is_kept(tmp_path, home):
    root = folder_of(tmp_path / "p", [f"{i}.png" for i in range(30)])
    first = splits_of(root)
    (table,) = (home / "splits").glob("*.json")
    assert table.name == f"{sources.listing(root).key}-seed0.json"
    stored = json.loads(table.read_text())
    table.write_text(json.dumps(dict.fromkeys(stored, "val")))  # as an older rule might have decided
    folder_of(root, [f"more{i}.png" for i in range(30)], first=500)
    again = splits_of(root)
    assert set().union(*first.values()) <= again["val"]
    assert again["train"] - again["val"]


def test_hash_split_shares():
    drawn = [sources.hash_split(f"person {i}", 3) for i in range(4000)]
    assert abs(drawn.count("val") / 4000 - 0.05) < 0.012
    assert abs(drawn.count("test") / 4000 - 0.05) < 0.012
    assert sources.hash_split("portraits/0", 0) == "train"  # the same on every machine, for ever
    assert [sources.hash_split(f"g{i}", 0, 0.3, 0.3) for i in range(6)] == [
        "test",
        "test",
        "train",
        "train",
        "train",
        "train",
    ]


def test_folders_named_as_splits_are_the_splits(tmp_path, home):
    root = folder_of(tmp_path / "p", ["train/a.png", "train/x/b.png", "validation/c.png", "test/d.png", "other/e.png"])
    assert splits_of(root) == {
        "train": {"train/a.png", "train/x/b.png"},
        "val": {"validation/c.png"},
        "test": {"test/d.png"},
    }
    assert len(datasets.load(root, "all", SIZE)) == 5 - 1  # what lies beside them belongs to none
    assert not (home / "splits").exists()


def test_copies_across_such_folders_are_left_out_and_named(tmp_path):
    root = folder_of(tmp_path / "p", ["train/a.png", "train/b.png", "train/c.png", "val/d.png", "test/e.png"])
    shutil.copy(root / "test/e.png", root / "train/leak.png")
    shutil.copy(root / "test/e.png", root / "val/leak.png")
    shutil.copy(root / "val/d.png", root / "train/leak2.png")
    found = splits_of(root)
    assert found["train"] == {"train/a.png", "train/b.png", "train/c.png"}
    assert found["val"] == {"val/d.png"}
    assert found["test"] == {"test/e.png"}
    skipped = dict(datasets.load(root, "train", SIZE).report.skipped)
    assert "'test'" in skipped["train/leak.png"]
    assert "'val'" in skipped["train/leak2.png"]


def test_copies_are_in_one_split_also_where_one_is_a_folder_and_the_other_a_share(tmp_path):
    """test is drawn from train/ here: a copy of what lies in val/ must not get into it."""
    root = folder_of(tmp_path / "p", [f"train/{i}.png" for i in range(100)])
    shutil.copytree(root / "train", root / "val")
    found = splits_of(root)
    assert {key.split("/")[0] for key in found["val"]} == {"val"}
    assert len(found["val"]) == 100
    assert found["test"] == found["train"] == set()


def test_a_missing_validation_folder_is_taken_from_train(tmp_path):
    root = folder_of(tmp_path / "p", [f"train/{i}.png" for i in range(100)] + ["test/a.png"])
    found = splits_of(root)
    assert found["test"] == {"test/a.png"}
    assert 0 < len(found["val"]) < 15
    assert all(name.startswith("train/") for name in found["val"])
    assert len(found["train"]) + len(found["val"]) == 100


def test_one_folder_named_train_is_an_ordinary_tree(tmp_path):
    root = folder_of(tmp_path / "p", ["beside.png"] + [f"train/{i}.png" for i in range(60)])
    assert sum(map(len, splits_of(root).values())) == 61


def test_count_chooses_by_hash_and_fills_up(tmp_path, converted):
    root = folder_of(tmp_path / "p", [f"{i:02}.png" for i in range(30)])
    for i in range(30, 50):
        write_picture(root / f"{i}.png", np.full((9, 9, 3), i, np.uint8))  # grey
    data = datasets.load(root, "all", SIZE, count=10)
    assert (len(data), data.report.used) == (10, 10)
    assert sum(converted) < 50  # it stops when it has ten
    assert data.keys == sorted(data.keys)
    assert data.keys != [f"{i:02}.png" for i in range(10)]
    assert datasets.load(root, "all", SIZE, count=10).keys == data.keys
    assert datasets.load(root, "all", SIZE, count=10, seed=1).keys != data.keys
    whole = datasets.load(root, "all", SIZE, count=99)
    assert len(whole) == 30
    assert set(data.keys) < set(whole.keys)
    assert torch.equal(data[3][1], whole[whole.keys.index(data.keys[3])][1])


def test_a_crash_after_the_rows_and_before_the_index(tmp_path, home, monkeypatch, converted):
    root = folder_of(tmp_path / "p", [f"{i}.png" for i in range(4)])
    data, checksum = datasets.load(root, "all", SIZE), cache._checksum
    before, written = data.batch(range(4)), data._contents
    folder_of(root, [f"{i}.png" for i in range(4, 8)], first=4)

    def power_cut(content, grey, row):
        if content not in written:
            raise KeyboardInterrupt
        return checksum(content, grey, row)

    with monkeypatch.context() as patch:
        patch.setattr(cache, "_checksum", power_cut)
        with pytest.raises(KeyboardInterrupt):
            datasets.load(root, "all", SIZE)
    (array,) = (home / "cache").glob("lab-*/lab.int16")
    row = 3 * SIZE**2 * 2
    assert array.stat().st_size == 8 * row  # rows that no index names
    with open(array, "ab") as file:
        file.write(b"half a row")
    data = datasets.load(root, "all", SIZE)
    assert (data.report.converted, data.report.cached) == (4, 4)
    after = data.batch(range(8))
    assert torch.equal(after[1][:4], before[1])
    wanted = torch.cat([color.rgb_to_model(color.from_uint8(square(picture(i), SIZE)))[1] for i in range(8)])
    np.testing.assert_allclose(after[1], wanted, atol=1e-4)
    assert datasets.load(root, "all", SIZE).report.converted == 0


def test_an_interrupted_conversion_keeps_what_it_did(tmp_path, monkeypatch):
    root = folder_of(tmp_path / "p", [f"{i}.png" for i in range(12)])
    monkeypatch.setattr(cache, "BATCH", 5)
    decode, calls = datasets.decode_files, []

    def twice_then_stop(files, size):
        calls.append(len(files))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return decode(files, size)

    with monkeypatch.context() as patch:
        patch.setattr(datasets, "decode_files", twice_then_stop)
        with pytest.raises(KeyboardInterrupt):
            datasets.load(root, "all", SIZE)
    report = datasets.load(root, "all", SIZE).report
    assert (report.converted, report.cached) == (2, 10)


def test_a_damaged_cache_is_built_anew(tmp_path, home):
    root, row = folder_of(tmp_path / "p", [f"{i}.png" for i in range(4)]), 3 * SIZE**2 * 2
    before = datasets.load(root, "all", SIZE).batch(range(4))
    (folder,) = (home / "cache").glob("lab-*")
    array, index = folder / "lab.int16", folder / "index"
    for damage, lost in (
        (lambda: os.truncate(array, 2 * row + 7), 2),
        (lambda: index.write_bytes(b"rubbish" * 9), 4),
        (array.unlink, 4),
    ):
        damage()
        data = datasets.load(root, "all", SIZE)
        assert data.report.converted == lost
        assert torch.equal(data.batch(range(4))[1], before[1])


def test_a_file_that_cannot_be_read_now_is_tried_again(tmp_path, monkeypatch):
    root = folder_of(tmp_path / "p", ["a.png", "b.png"])
    read = cache.read_square

    def flaky(data, size):
        if data == (root / "b.png").read_bytes():
            raise OSError("the share is gone")
        return read(data, size)

    with monkeypatch.context() as patch:
        patch.setattr(cache, "read_square", flaky)
        assert datasets.load(root, "all", SIZE).report.skipped == [("b.png", "the share is gone")]
    assert datasets.load(root, "all", SIZE).report.skipped == []


def _load_in_a_process(root, queue):
    torch.set_num_threads(1)
    data = datasets.load(root, "all", SIZE)
    queue.put((data.report.converted, data.batch(range(len(data)))[1].double().sum().item()))


def test_two_processes_share_the_work(tmp_path, home):
    root = folder_of(tmp_path / "p", [f"{i}.png" for i in range(40)])
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=_load_in_a_process, args=(root, queue)) for _ in range(2)]
    for process in processes:
        process.start()
    answers = [queue.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert sum(count for count, _ in answers) == 40
    assert answers[0][1] == answers[1][1]
    assert datasets.load(root, "all", SIZE).report.converted == 0


def test_loader_gives_whole_batches_and_a_seeded_order(tmp_path, monkeypatch):
    data = datasets.load(folder_of(tmp_path / "p", [f"{i}.png" for i in range(10)]), "all", SIZE)
    monkeypatch.setattr(datasets.LabDataset, "__getitem__", lambda *_: pytest.fail("one picture at a time"))
    in_order = torch.cat([ab for _, ab in datasets.loader(data, 4)])
    assert torch.equal(in_order, data.batch(range(10))[1])
    assert [len(L) for L, _ in datasets.loader(data, 4)] == [4, 4, 2]

    def epochs(seed):
        batches = datasets.loader(data, 4, shuffle=True, seed=seed)
        return [torch.cat([ab for _, ab in batches]) for _ in range(2)]

    first, second = epochs(0)
    assert torch.equal(first, epochs(0)[0])
    assert torch.equal(second, epochs(0)[1])
    assert not torch.equal(first, second)
    assert not torch.equal(first, epochs(1)[0])
    assert torch.equal(first.sum((1, 2, 3)).sort().values, in_order.sum((1, 2, 3)).sort().values)


def test_a_plain_torch_loader_takes_it_alone_and_joined_with_another(tmp_path):
    files_ = datasets.load(folder_of(tmp_path / "p", [f"{i}.png" for i in range(10)]), "all", 32)
    drawn = datasets.load("portraits", "train", 32, count=3)
    joined, part = torch.utils.data.ConcatDataset([files_, drawn]), torch.utils.data.Subset(files_, [7, 2])
    L, ab = (torch.cat(each) for each in zip(files_.batch(range(10)), drawn.batch(range(3)), strict=True))
    for data, rows in ((files_, range(10)), (joined, range(13)), (part, [7, 2])):
        for workers in (0, 1):
            batches = list(torch.utils.data.DataLoader(data, batch_size=4, num_workers=workers))
            assert torch.equal(torch.cat([batch[0] for batch in batches]), L[list(rows)])
            assert torch.equal(torch.cat([batch[1] for batch in batches]), ab[list(rows)])


def test_loader_under_accelerate(tmp_path):
    from colorlib.training.fit import make_accelerator  # with another precision, later trainings would be refused

    data = datasets.load(folder_of(tmp_path / "p", [f"{i}.png" for i in range(10)]), "all", SIZE)
    accelerator = make_accelerator()

    def order(epoch):
        batches = accelerator.prepare(datasets.loader(data, 4, shuffle=True, seed=5))
        batches.set_epoch(epoch)
        seen = [(L.shape, ab) for L, ab in batches]
        assert [shape for shape, _ in seen] == [(4, 1, SIZE, SIZE)] * 2 + [(2, 1, SIZE, SIZE)]
        return torch.cat([ab for _, ab in seen])

    torch.manual_seed(0)
    first = order(0)
    assert torch.equal(order(0), first)
    assert not torch.equal(order(1), first)
    assert torch.equal(first.sum((1, 2, 3)).sort().values, data.batch(range(10))[1].sum((1, 2, 3)).sort().values)


def test_subset_is_a_view_and_datasets_pickle_small(tmp_path):
    data = datasets.load(folder_of(tmp_path / "p", [f"{i}.png" for i in range(10)]), "all", SIZE)
    part = data.subset([7, 2, 2])
    assert part.keys == ["7.png", "2.png", "2.png"]
    assert (len(part), part.report.used, part.split) == (3, 3, "all")
    assert torch.equal(part.batch(torch.tensor([1]))[0], data.batch([2])[0])
    data[0]  # opens the map
    frozen = pickle.dumps(data)
    assert len(frozen) < 10 * 3 * SIZE**2 * 2
    assert torch.equal(pickle.loads(frozen)[4][1], data[4][1])


def test_portraits(monkeypatch):
    draw, drawn = portraits.draw_batch, []

    def counting(indices, *args, **options):
        drawn.extend(indices)
        return draw(indices, *args, **options)

    monkeypatch.setattr(portraits, "draw_batch", counting)
    found = {split: datasets.load("portraits", split, 32, count=12) for split in ("train", "val", "test")}
    keys = [set(data.keys) for data in found.values()]
    assert [len(each) for each in keys] == [12, 12, 12]
    assert len(set.union(*keys)) == 36
    assert found["train"].name == "portraits"
    index = int(found["val"].keys[5].removeprefix("portraits/"))
    rgb = color.to_uint8(color.model_to_rgb(*found["val"].batch([5])))[0]
    np.testing.assert_array_equal(rgb, draw([index], 0, 32)[0])
    assert datasets.load("portraits", "train", 32, count=12).report.converted == 0
    assert datasets.load("portraits", "train", 32, count=14).report.converted == 2
    assert datasets.load("portraits", "all", 32, count=5).keys == [f"portraits/{i}" for i in range(5)]
    assert len(drawn) == len(set(drawn))
    monkeypatch.setattr(portraits, "VERSION", portraits.VERSION + 1)
    assert datasets.load("portraits", "train", 32, count=3).report.converted == 3


def test_the_drawn_set_is_known_as_such_whatever_folders_are_called(tmp_path):
    drawn = datasets.load("portraits", "val", 32, count=5, seed=3)
    assert (drawn.drawn, drawn.seed) == (True, 3)
    assert [f"portraits/{number}" for number in drawn.portraits] == drawn.keys
    assert drawn.subset([4, 1]).portraits == [drawn.portraits[4], drawn.portraits[1]]
    again = portraits.draw_batch(drawn.portraits, drawn.seed, 32)
    np.testing.assert_array_equal(color.to_uint8(color.model_to_rgb(*drawn.batch(range(5)))), again)
    root = folder_of(tmp_path / "p", ["portraits/ann.png", "portraits/8.png"])
    files_ = datasets.load(root, "all", SIZE, seed=3)
    assert files_.keys == ["portraits/8.png", "portraits/ann.png"]
    assert (files_.drawn, files_.portraits, files_.seed) == (False, [], 3)


def test_contents_tell_the_same_picture_again_under_any_name(tmp_path):
    root = folder_of(tmp_path / "p", ["a.png", "b.png"])
    shutil.copytree(root, tmp_path / "q")
    (tmp_path / "q/a.png").rename(tmp_path / "q/z.png")
    first, second = datasets.load(root, "all", SIZE), datasets.load(tmp_path / "q", "all", 2 * SIZE, seed=5)
    assert first.contents() == [files.sha256(root / name)[:12] for name in ("a.png", "b.png")]
    assert second.contents() == first.contents()[::-1]
    assert first.subset([1, 1]).contents() == [first.contents()[1]] * 2
    drawn = {seed: datasets.load("portraits", "train", 32, count=4, seed=seed) for seed in (0, 1)}
    assert drawn[0].contents() == datasets.load("portraits", "train", 48, count=4).contents()
    found = [each for data in drawn.values() for each in data.contents()]
    assert len(set(found)) == 8
    assert all(re.fullmatch("[0-9a-f]{12}", each) for each in found)


def test_names_that_are_no_text_go_through_everything(tmp_path, home):
    """Python keeps the bytes of such a name as lone surrogates, which UTF-8 refuses to encode."""
    from colorlib.training import crossfit

    names = [os.fsdecode(b"no text \xff%d.png" % i) for i in range(30)] + ["line\nend.png", "\U0001f3a8.png"]
    root = tmp_path / os.fsdecode(b"album \xfe")
    try:
        folder_of(root, names)
    except (OSError, UnicodeError):
        pytest.skip("this disk takes no such names")
    for _ in range(2):
        found = splits_of(root)
        assert sum(map(len, found.values())) == len(names)
        assert set.union(*found.values()) == set(names)
    data = datasets.load(root, "all", SIZE, count=20)
    assert len(data) == 20
    assert len(data.contents()) == 20
    assert set(crossfit.fold_of(data, 2)) == {1, 2}
    assert str(data.report).isascii()
    for store in [*(home / "splits").iterdir(), *(home / "cache").rglob("*.json")]:
        assert json.loads(store.read_text("utf-8"))


def test_default_source(monkeypatch):
    assert datasets.default_source() == "portraits"
    monkeypatch.setenv("COLORLIB_DATA", "/some/folder")
    assert datasets.default_source() == "/some/folder"


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("COLORLIB_DATA", "~/faces")
    root = folder_of(tmp_path / "faces", ["a.png"])
    assert datasets.load(datasets.default_source(), "all", SIZE).name == str(root)
    with pytest.raises(FileNotFoundError, match="~nobody-here"):
        datasets.load("~nobody-here/faces")


def test_an_absent_source_says_how_to_get_it(home, monkeypatch):
    monkeypatch.setattr(sources, "fetch", lambda *_, **__: pytest.fail("a download that nobody asked for"))
    for name in ("lfw", "ffhq", "celeba"):
        with pytest.raises(FileNotFoundError, match=f"python -m colorlib fetch {name}") as caught:
            datasets.load(name)
        assert str(home / name) in str(caught.value)
        assert "data/README.md" in str(caught.value)
    with pytest.raises(FileNotFoundError, match=r"source must be a folder of pictures or one of portraits, lfw.*, got"):
        datasets.load("no/such/folder")


def test_lfw_is_split_by_person(home):
    root = home / "lfw" / "lfw_funneled"
    folder_of(root, [f"Person_{i}/Person_{i}_{n:04}.jpg" for i in range(60) for n in (1, 2)])
    found = {split: {key.split("/")[0] for key in names} for split, names in splits_of("lfw").items()}
    assert sum(map(len, found.values())) == len(set.union(*found.values())) == 60
    assert min(map(len, found.values())) > 0
    assert json.loads((home / "splits" / "lfw-seed0.json").read_text()).keys() == set.union(*found.values())


def test_ffhq_is_split_by_number(home):
    numbers = (0, 59_999, 60_000, 64_999, 65_000, 69_999)
    root = home / "ffhq" / "thumbnails128x128"
    folder_of(root, [f"{n // 1000 * 1000:05}/{n:05}.png" for n in numbers])
    write_picture(root / "sheet.png", picture(1))
    assert splits_of("ffhq") == {
        "train": {"00000/00000.png", "59000/59999.png"},
        "val": {"60000/60000.png", "64000/64999.png"},
        "test": {"65000/65000.png", "69000/69999.png"},
    }


def test_celeba_is_split_officially_and_by_person(home):
    root = home / "celeba" / "img_align_celeba"
    folder_of(root, [f"{i:06}.jpg" for i in range(1, 7)])
    with pytest.raises(FileNotFoundError, match=r"list_eval_partition"):
        datasets.load("celeba")
    lines = "000001.jpg 0\n000002.jpg 0\n000003.jpg 1\n000004.jpg 2\n000005.jpg 0\n"
    (root.parent / "list_eval_partition.txt").write_text(lines)
    official = {"train": {"000001.jpg", "000002.jpg", "000005.jpg"}, "val": {"000003.jpg"}, "test": {"000004.jpg"}}
    assert splits_of("celeba") == official
    (root.parent / "identity_CelebA.txt").write_text("000001.jpg 7\n000002.jpg 8\n000004.jpg 9\n000005.jpg 9\n")
    assert splits_of("celeba") == official | {"train": {"000001.jpg", "000002.jpg"}}  # person 9 is in the test


def jpeg_bytes(seed):
    buffer = io.BytesIO()
    Image.fromarray(picture(seed)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_fetch_lfw_from_a_file_verifies_and_unpacks(home, tmp_path, monkeypatch):
    archive = tmp_path / "mine.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("Ann_A/Ann_A_0001.jpg", "Bob_B/Bob_B_0001.jpg"):
            body = jpeg_bytes(len(name) + random.Random(name).randrange(99))
            entry = tarfile.TarInfo(f"lfw_funneled/{name}")
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    with pytest.raises(DownloadError, match="not the right file"):
        sources.fetch_source("lfw", from_file=archive)
    right = {"urls": [], "sha256": files.sha256(archive), "size": archive.stat().st_size}
    monkeypatch.setattr(sources, "LFW_ARCHIVE", right)
    assert sources.fetch_source("lfw", from_file=archive) == home / "lfw" / "lfw_funneled"
    assert archive.exists()
    assert not list((home / "lfw").glob("*.tgz"))
    assert len(datasets.load("lfw", "all", SIZE)) == 2
    assert sources.fetch_source("lfw") == home / "lfw" / "lfw_funneled"  # there already: asks nobody


def test_fetch_ffhq_and_celeba_from_archives(home, tmp_path):
    for name, words in (("ffhq", "thumbnails128x128.zip"), ("celeba", "list_eval_partition.txt")):
        with pytest.raises(DownloadError, match="--from") as caught:
            sources.fetch_source(name)
        assert words in str(caught.value)
    with pytest.raises(ValueError, match="name must be one of lfw, ffhq, celeba, got 'imagenet'"):
        sources.fetch_source("imagenet")

    with zipfile.ZipFile(tmp_path / "thumbs.zip", "w") as archive:
        archive.writestr("thumbnails128x128/00000/00003.png", jpeg_bytes(3))
    sources.fetch_source("ffhq", tmp_path / "thumbs.zip")
    assert datasets.load("ffhq", "train", SIZE).keys == ["00000/00003.png"]

    with zipfile.ZipFile(tmp_path / "img_align_celeba.zip", "w") as archive:
        archive.writestr("img_align_celeba/000001.jpg", jpeg_bytes(4))
    with pytest.raises(DownloadError, match=r"list_eval_partition.txt is missing"):
        sources.fetch_source("celeba", tmp_path / "img_align_celeba.zip")
    (tmp_path / "list_eval_partition.txt").write_text("000001.jpg 1\n")
    sources.fetch_source("celeba", tmp_path / "img_align_celeba.zip")
    assert datasets.load("celeba", "val", SIZE).keys == ["000001.jpg"]
