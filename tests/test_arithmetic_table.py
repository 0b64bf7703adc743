"""Rows, notes and settings of the table, which wrong edits survived elsewhere, by plain formulas."""

import inspect
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from colorlib import color, methods, metrics, portraits
from colorlib.colorize import Colorizer
from colorlib.data import datasets
from colorlib.evaluation import breakdown, groups, table
from test_colorize import INFO, tiny_parts

AGAIN = {"resamples": 40, "seed": 5}
MEASURES = ("mse", "ssim", "colorfulness", "colorfulness_truth", "delta_e", "chroma_error")


SCORED = {"count": None, "size": None, "seed": 0, "t": None, "resamples": 2000, "batch_size": 32, "progress": False}


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        (table.evaluate, SCORED | {"weights": "faces", "data": None, "split": "test", "methods": None}),
        (table.table2, SCORED | {"weights": "faces", "data": None, "split": None, "labels": None}),
        (table.score, {"methods": None, "t": None, "seed": 0, "batch_size": 32, "progress": False}),
        (table.predictions, {"methods": None, "t": None, "seed": 0, "first": 0}),
        (table.rows, {"resamples": 2000, "seed": 0, "notes": None}),
        (table.notes, {"t": 0}),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_defaults(function, wanted):
    found = {p.name: p.default for p in inspect.signature(function).parameters.values() if p.default is not p.empty}
    assert found == wanted


def same(a, b):
    """Whether two tables of JSON hold the same words and about the same numbers."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == (pytest.approx(b) if isinstance(b, float) else b)


def test_rows_by_hand():
    rng = np.random.default_rng(0)
    scores = {m: {k: rng.uniform(1, 9, 12) for k in MEASURES} for m in ("base", "base-more", "control", "mine")}
    found = table.rows(scores, **AGAIN, notes={"mine": "what it is"})
    for row, (name, s) in zip(found, scores.items(), strict=True):
        mse, *interval = metrics.bootstrap(s["mse"], **AGAIN)
        ratio = metrics.bootstrap_sums(np.divide, s["colorfulness"], s["colorfulness_truth"], **AGAIN)
        wanted = {key: s[key].mean() for key in MEASURES} | {
            "method": name,
            "mse_ci": interval,
            "psnr_mean": np.mean(10 * np.log10(255**2 / s["mse"])),
            "psnr_pooled": 10 * np.log10(255**2 / mse),
            "colorfulness_distance": np.abs(s["colorfulness"] - s["colorfulness_truth"]).mean(),
            "colorfulness_ratio": list(ratio),
            "images": 12,
            "note": "what it is" if name == "mine" else "",
        }
        for key, rival in {"base": "base", "more": "base-more", "control": "control"}.items():
            if rival != name:
                wanted[f"mse_vs_{key}"] = list(metrics.paired_bootstrap(scores[rival]["mse"], s["mse"], **AGAIN))
        if name != "base":
            gain = 10 * np.log10(scores["base"]["mse"] / s["mse"])
            wanted["psnr_mean_vs_base"] = pytest.approx(metrics.bootstrap(gain, **AGAIN))
            difference = s["ssim"] - scores["base"]["ssim"]
            wanted["ssim_vs_base"] = list(metrics.bootstrap(difference, **AGAIN))
        assert row == {k: pytest.approx(v) if isinstance(v, float) else v for k, v in wanted.items()}
    alone = table.rows({"mine": scores["mine"]}, **AGAIN)[0]
    assert not [key for key in alone if "_vs_" in key]


@pytest.mark.filterwarnings("error")
def test_two_perfect_matches_warn_of_nothing():
    scores = {m: {k: np.array([0.0, 1, 2]) for k in MEASURES} for m in ("base", "mine")}
    assert table.rows(scores, **AGAIN)[1]["psnr_mean_vs_base"] == [None, None, None]


WORDS = {1 / 16: "a sixteenth", 1 / 8: "an eighth", 1 / 4: "a quarter", 1 / 2: "half", 1: "all", 0.3: "a part"}


@pytest.mark.parametrize(("width", "words"), WORDS.items())
def test_the_width_of_the_base_in_words(width, words):
    colorizer = SimpleNamespace(info={}, parts={"base": SimpleNamespace(width=width)})
    assert table.notes(colorizer)["base"] == f"SIGGRAPH17 at {words} of its width, trained here: stage one"


SECOND = {row.name for row in methods.METHODS.values() if len(row.networks) > 1 and not row.walks}
REFINER = {row.name for row in methods.METHODS.values() if row.networks[1:2] == ("refiner",)}


@pytest.mark.parametrize(
    ("info", "t", "stepped", "vgg"),
    [
        ({}, 0, set(), set()),
        ({}, 1, REFINER, set()),
        ({"noisy": ["refiner", "noise-only"]}, 20, REFINER | {"noise-only"}, set()),
        ({"noisy": []}, 20, set(), set()),
        ({"vgg": "VGG16, seeded random weights"}, 20, REFINER, SECOND),
        ({"vgg": "VGG16, ImageNet weights"}, 0, set(), set()),
    ],
)
def test_what_of_its_making_a_note_says(info, t, stepped, vgg):
    plain = {row.name: row.note.format(width="a part") for row in methods.METHODS.values()}
    for name, note in table.notes(SimpleNamespace(info=info, parts={}), t).items():
        told = [f"; noise step {t}"] * (name in stepped)
        told += ["; perceptual and style terms by a stand-in (VGG16, seeded random weights)"] * (name in vgg)
        assert note == plain[name] + "".join(told)


def test_a_released_network_sees_256_pixels_and_its_colours_come_back_in_size():
    seen = []

    def forward(L, stage):
        seen.append((stage, L))
        return {"ab": torch.cat([L, -L / 2], dim=1)}

    L = torch.rand(5, 1, 300, 200, generator=torch.Generator().manual_seed(0)).round() - 0.5
    found = table.predict_released(SimpleNamespace(stages=["it"], predict=lambda L, stage: forward(L, stage)), L)
    small = F.interpolate(L, size=(256, 256), mode="bicubic", antialias=True).clamp(-0.5, 0.5)
    assert [(stage, len(few)) for stage, few in seen] == [("it", 4), ("it", 1)]
    torch.testing.assert_close(torch.cat([few for _, few in seen]), small)
    ab = torch.cat([small, -small / 2], dim=1)
    torch.testing.assert_close(found, F.interpolate(ab, size=(300, 200), mode="bilinear", antialias=True))


# What the arguments mean


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer(
        tiny_parts(), INFO | {"noisy": ["refiner"], "t": 7, "split_seed": 9, "seen": ["b", "d", "x"]}, "tiny"
    )


class Pictures:
    """Seven pictures of 4 x 6 pixels; what is asked of them."""

    name, split, seed, size, drawn = "faces", "val", 9, 4, False
    keys, report = [str(i) for i in range(7)], SimpleNamespace(layout=["as it lies"])

    def __init__(self):
        self.asked = []

    def __len__(self):
        return 7

    def contents(self):
        return list("abcdefg")

    def batch(self, indices):
        self.asked.append(indices)
        ab = torch.tensor(indices)[:, None, None, None] / 20 * torch.ones(1, 2, 8, 8)
        return torch.linspace(-0.4, 0.4, 64).reshape(1, 1, 8, 8).expand(len(indices), 1, 8, 8), ab


@pytest.fixture
def loaded(monkeypatch):
    """The arguments that `datasets.load` gets."""
    calls = []
    monkeypatch.setattr(datasets, "load", lambda *args, **options: calls.append((*args, options)) or Pictures())
    return calls


def test_pictures_are_loaded_as_asked(colorizer, loaded, tmp_path):
    table.evaluate(colorizer, tmp_path, "val", 5, ["grey"], size=48, resamples=20)
    table.evaluate(colorizer, [(str(tmp_path), 1.0)], methods=["grey"], resamples=20)
    table.evaluate(colorizer, "portraits", methods=["grey"], resamples=20)
    plain = {"size": 32, "count": None, "seed": 9}
    assert loaded == [
        (str(tmp_path), "val", {"size": 48, "count": 5, "seed": 9}),
        (str(tmp_path), "test", plain),
        ("portraits", "test", plain),
    ]
    loaded.clear()
    other = Colorizer(colorizer.parts, {"size": 32}, "other")
    table._open(other, tmp_path, None, None, None, None)
    assert loaded == [(str(tmp_path), "all", {"size": 32, "count": None, "seed": 0})]
    for several in ([(str(tmp_path), 0.5)], [str(tmp_path), "portraits"]):
        with pytest.raises(ValueError, match="data must be one source, whole"):
            table.evaluate(colorizer, several)


def test_the_step_is_the_weights_own_unless_told(colorizer, loaded):
    assert [table._open(colorizer, "portraits", None, None, None, t)[2] for t in (None, 0, 3)] == [7, 0, 3]


@pytest.mark.parametrize(("count", "images"), [(None, 3), (1, 1), (3, 3), (9, 3)])
def test_a_dataset_is_cut_to_the_count(colorizer, count, images):
    data = datasets.load("portraits", "test", size=32, count=3)
    assert len(table._open(colorizer, data, None, None, count, None)[1]) == images


def test_settings_say_what_was_scored(colorizer):
    assert table._settings(colorizer, Pictures(), 3, 5, 1, 20) == {
        "data": "faces", "split": "val", "layout": ["as it lies"], "split_seed": 9, "size": 4, "images": 7, "seen": 2,
        "count": 5, "seed": 1, "weights": "tiny", "t": 3, "resamples": 20,
        "ssim": "scikit-image, channel_axis=-1, data_range=255, uniform 7 x 7 window",
        "preset": "smoke", "trained_on": "nothing", "diversity": None, "vgg": None,
    }  # fmt: skip
    assert table._settings(Colorizer({}, {"size": 4}, "none"), Pictures(), 0, None, 0, 1)["seen"] == 0


@pytest.mark.parametrize(("size", "starts"), [(3, [0, 3, 6]), (7, [0]), (4, [0, 4])])
def test_pictures_are_scored_in_batches(size, starts):
    data, told = Pictures(), []

    def work(L, ab, start):
        told.append(start)
        return {"a": {"mse": ab[:, 0, 0, 0].numpy()}, "b": {"mse": L[:, 0, 0, 0].numpy()}}

    found = table._collect(data, size, False, work)
    assert told == starts
    assert data.asked == [list(range(start, min(start + size, 7))) for start in starts]
    np.testing.assert_allclose(found["a"]["mse"], np.arange(7) / 20)
    assert found["b"]["mse"].shape == (7,)


def test_the_bar_is_shown_on_request(capsys):
    for progress in (False, True):
        table._collect(Pictures(), 3, progress, lambda L, ab, start: {})
        told = capsys.readouterr().err
        assert ("evaluate: 100%" in told) == ("batch/s" in told) == progress


@contextmanager
def calls_of(net):
    """A list that holds one thing more for each time that a network runs."""
    calls = []
    hook = net.register_forward_hook(lambda *_: calls.append(1))
    yield calls
    hook.remove()


def test_predictions_by_hand(colorizer):
    """One colour is in ab units; noise goes by seed and the place of the first picture."""
    L, ab = Pictures().batch([1, 2])
    ab = ab + 0.1 * torch.eye(8)
    with calls_of(colorizer.parts["base"]) as calls:
        found = table.predictions(colorizer, L, ab, t=20, seed=2, first=3)
    assert len(calls) == 1  # for all the methods that build on it
    assert list(found) == ["grey", "constant", "oracle-mean", "cnn", "base", "control", "two-stage",
                           "two-stage-oracle-prior"]  # fmt: skip
    for name, guess in found.items():
        assert guess.shape == ab.shape, name
    assert not found["grey"].any()
    torch.testing.assert_close(found["constant"], torch.tensor([12 / 110, 15 / 110])[None, :, None, None].expand_as(ab))
    torch.testing.assert_close(found["oracle-mean"], ab.mean(dim=(2, 3), keepdim=True).expand_as(ab))
    again = colorizer.predict(L, "two-stage", 20, seed=2, first=3)["ab"]
    torch.testing.assert_close(found["two-stage"], again)
    for other in ({"t": 20, "seed": 2}, {"t": 20, "first": 3}, {"t": 19, "seed": 2, "first": 3}):
        assert not torch.allclose(table.predictions(colorizer, L, ab, ["two-stage"], **other)["two-stage"], again)


def test_a_split_of_its_own_is_scored_alone(tmp_path):
    (tmp_path / "plain").mkdir()
    for split in ("train", "test", "whole/train", "whole/val"):
        (tmp_path / "cut" / split).mkdir(parents=True)
    (tmp_path / "one.png").touch()
    plain = tmp_path / "plain"
    told = [
        (("portraits",), "test"),
        ((tmp_path / "one.png",), "all"),
        ((tmp_path / "gone",), "test"),
        ((tmp_path / "cut",), "test"),
        ((tmp_path / "cut" / "whole",), "test"),
        ((plain,), "all"),
        ((plain, str(tmp_path / "cut")), "all"),
        ((plain, [str(tmp_path / "cut"), str(plain)]), "test"),
        ((plain, [3, f"{plain}=0.5"]), "test"),
        ((plain, 3), "all"),
    ]
    for arguments, split in told:
        assert table.default_split(*arguments) == split, arguments


def test_labels_beside_the_pictures(tmp_path):
    assert table._labels_beside(SimpleNamespace(name=str(tmp_path))) is None
    (tmp_path / "labels.csv").touch()
    assert table._labels_beside(SimpleNamespace(name=str(tmp_path))) == tmp_path / "labels.csv"


def test_methods_that_weights_can_run(colorizer):
    names = ["grey", "oracle-mean", "cnn"]
    rows = table._wanted(Colorizer({"cnn": colorizer.parts["cnn"]}, {"size": 32}, "cnn"), None)
    assert [row.name for row in rows] == names
    vibrant = Colorizer(colorizer.parts, INFO | {"vibrance": 1.2}, "tiny")
    more, fewer = ({row.name for row in table._wanted(x, None)} for x in (vibrant, colorizer))
    assert more - fewer == {"two-stage-vibrant"}
    assert [row.name for row in table._wanted(vibrant, ["two-stage", "grey"])] == ["two-stage", "grey"]


# What stands behind the rows


@pytest.fixture(scope="module")
def behind(colorizer):
    """Six portraits in batches of four, and by hand what `table2` must find on them."""
    data = datasets.load("portraits", "test", size=32, count=6)
    parts = []
    for first, rows in ((0, range(4)), (4, range(4, 6))):
        L, ab = data.batch(rows)
        truth, guesses = color.show(L, ab), table.predictions(colorizer, L, ab, t=20, seed=1, first=first)
        masks = portraits.draw_batch([data.portraits[i] for i in rows], size=32, masks=True)[1]
        priors = breakdown.mixed_priors(guesses["base"], ab)
        told = {k: colorizer.predict(L, "two-stage", 20, p, 1, first)["ab"] for k, p in priors.items()}
        batch = {m: {"rgb": color.show(L, guess)} for m, guess in (guesses | told).items()}
        where = {breakdown.HUES: breakdown.hue_labels(ab), metrics.REGIONS: masks}
        for found in batch.values():
            found |= metrics.measure(truth, found["rgb"])
            error = metrics.squared_error(truth, found.pop("rgb"))
            for names, labels in where.items():
                found |= {name: (error * (labels == i)).sum(axis=(1, 2)) for i, name in enumerate(names)}
        pixels = {n: (labels == i).sum((1, 2)) for names, labels in where.items() for i, n in enumerate(names)}
        parts.append(batch | {"pixels": pixels | {"angle": groups.typology_angle(L, ab)}})
    joined = {m: {k: np.concatenate([part[m][k] for part in parts]) for k in found} for m, found in parts[0].items()}
    return data, joined.pop("pixels"), joined


def test_table2_by_hand(colorizer, behind):
    data, pixels, scores = behind
    told = {name: scores[name]["mse"] for name in breakdown.KNOWN}
    scores = {name: found for name, found in scores.items() if name not in told}
    shown = {m: scores[m] for m in ("constant", "base", "two-stage")}
    with calls_of(colorizer.parts["base"]) as calls:
        found = table.table2(colorizer, data, t=20, seed=1, resamples=40, batch_size=4)
    assert len(calls) == 2  # once for each batch
    again = {"resamples": 40, "seed": 1}
    assert found["rows"] == table.rows(scores, notes=table.notes(colorizer, 20), **again)
    (melanin,) = groups.labels(data)
    assert found["groups"] == [breakdown.by_group(melanin, shown, **again)]
    assert same(found["hue"], breakdown.by_hue(scores, pixels, **again))
    assert same(found["regions"], breakdown.by_region(shown, pixels, **again))
    assert found["prior"] == breakdown.by_knowledge(scores["base"]["mse"], told, **again)
    assert found["settings"] == table._settings(colorizer, data, 20, None, 1, 40) | {
        "suite": "table2", "labels": None, "few": 20}  # fmt: skip
    photos = data.subset(range(6))
    photos.drawn = False
    found = table.table2(colorizer, photos, t=20, seed=1, resamples=40, batch_size=4)
    assert found["groups"] == [breakdown.by_group(groups.skin_tones(pixels["angle"]), shown, **again)]
    assert found["regions"] is None
