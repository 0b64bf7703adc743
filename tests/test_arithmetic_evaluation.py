"""Sums, defaults and settings of the evaluation, which wrong edits survived elsewhere, by plain formulas."""

import dataclasses
import inspect
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from colorlib import metrics, models, portraits
from colorlib.evaluation import breakdown, groups, hinted, sampled, study
from colorlib.methods import Stage
from colorlib.metrics import REGIONS
from colorlib.prior import color_prior
from test_colorize import ARCHITECTURE, tiny_parts

AGAIN = {"resamples": 40, "seed": 5}
BOOTSTRAP = {"resamples": 2000, "seed": 0}


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        (breakdown.compare, BOOTSTRAP),
        (breakdown.by_group, BOOTSTRAP),
        (breakdown.by_hue, BOOTSTRAP),
        (breakdown.by_region, BOOTSTRAP),
        (breakdown.by_knowledge, BOOTSTRAP),
        (study.of_run, {"val_count": 400}),
        (study.study, {"size": 64, "width": 1 / 8, "base_epochs": (1, 4, 16), "epochs": 3, "channels": (16, 32, 48),
                       "count": None, "val_count": 400, "variants": study.VARIANTS, "foreign": "portraits",
                       "seed": 0}),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)  # fmt: skip
def test_defaults(function, wanted):
    found = {p.name: p.default for p in inspect.signature(function).parameters.values() if p.default is not p.empty}
    assert found == wanted


@pytest.mark.parametrize("made", [groups.Label("x", "here", (), ()), study.CONTROL])
def test_what_is_known_of_pictures_and_variants_is_not_changed(made):
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "y"


# breakdown.py

SCORES = {name: np.random.default_rng(i).uniform(1, 9, 60) for i, name in enumerate(("base", "other"))}
WEIGHT = np.tile([0, 0.5, 1], 20)


def mean(error, weight):
    return list(metrics.bootstrap_sums(np.divide, error, weight, **AGAIN))


def reduction(base, own):
    return list(metrics.bootstrap_sums(lambda a, b: 1 - b / a, base, own, **AGAIN))


def compared(errors, weight):
    """`compare` by hand: each mean, and the reduction against the base, of the pictures that have a weight."""
    seen = weight > 0
    found = {}
    for name, error in errors.items():
        value, *interval = mean(error[seen], weight[seen])
        found[name] = {"mse": value, "mse_ci": interval}
        if "base" in errors and name != "base":
            found[name]["mse_vs_base"] = reduction(errors["base"][seen], error[seen])
    return found


def test_comparing_by_hand():
    assert breakdown.compare(SCORES, WEIGHT, **AGAIN) == compared(SCORES, WEIGHT)
    alone = {"other": SCORES["other"]}
    assert breakdown.compare(alone, WEIGHT, **AGAIN) == compared(alone, WEIGHT)
    nothing = {"mse": None, "mse_ci": [None, None]}
    assert breakdown.compare(SCORES, 0 * WEIGHT) == {"base": nothing, "other": nothing}


def test_groups_by_hand():
    """Of three groups that are large enough, the worst and the best make the spread; a lies between them."""
    of = np.array(["a", "b", "c"] * 20)
    mse = SCORES["other"] * np.tile([2.0, 1, 4], 20)
    label = groups.Label("hat", "here", ("b", "a", "c", "nobody"), tuple(of))
    found = breakdown.by_group(label, {"base": {"mse": SCORES["base"]}, "other": {"mse": mse}}, **AGAIN)
    both = {"base": SCORES["base"], "other": mse}
    assert found.keys() == {"label", "source", "unlabelled", "groups", "spread"}
    assert (found["label"], found["source"], found["unlabelled"]) == ("hat", "here", 0)
    for group, name in zip(found["groups"], "bac", strict=True):
        part = {method: error[of == name] for method, error in both.items()}
        methods = compared(part, np.ones(20))
        assert group == {"group": name, "images": 20, "few": False, "methods": methods}
    c, b = of == "c", of == "b"
    seen = c | b
    columns = [x[seen] for x in (mse * c, c, mse * b, b)]
    ratio = metrics.bootstrap_sums(lambda x, n_x, y, n_y: (x / n_x) / (y / n_y), *columns, **AGAIN)
    assert found["spread"]["other"] == {"worst": "c", "best": "b", "ratio": list(ratio)}


@pytest.mark.parametrize(("counts", "told"), [((20, 19), 0), ((60, 0), 0), ((19, 19), 0), ((20, 20), 1)])
def test_two_large_groups_make_a_spread(counts, told):
    label = groups.Label("x", "here", ("a", "b"), ("a",) * counts[0] + ("b",) * counts[1])
    found = breakdown.by_group(label, {"base": {"mse": np.arange(1.0, sum(counts) + 1)}}, 20)
    assert (found["spread"]["base"] is not None) == told


def test_groups_are_counted_without_a_method_too():
    found = breakdown.by_group(groups.Label("x", "here", ("a", "b"), ("b", None, "a", "b")), {})
    assert [(g["group"], g["images"], g["methods"]) for g in found["groups"]] == [("a", 1, {}), ("b", 2, {})]


def test_hues_by_hand():
    scores = {name: {"cool": error, "warm": error[::-1]} for name, error in SCORES.items()}
    pixels = {"cool": WEIGHT, "warm": np.tile([1, 2, 3], 20)}
    found = breakdown.by_hue(scores, pixels, **AGAIN)
    assert found["pixels"] == {"cool": 30 / 150, "warm": 120 / 150}
    assert found["images"] == {"cool": 40, "warm": 60}
    cool, warm = (compared({m: s[hue] for m, s in scores.items()}, pixels[hue]) for hue in ("cool", "warm"))
    for row, name in zip(found["rows"], SCORES, strict=True):
        columns = scores[name]["cool"], pixels["cool"], scores[name]["warm"], pixels["warm"]
        ratio = metrics.bootstrap_sums(lambda a, n_a, b, n_b: (a / n_a) / (b / n_b), *columns, **AGAIN)
        assert row == {"method": name, "cool": cool[name], "warm": warm[name], "cool_to_warm": list(ratio)}


def test_regions_by_hand():
    scores = {m: {r: error + i for i, r in enumerate(REGIONS)} for m, error in SCORES.items()}
    pixels = {region: np.tile([0, 1, i], 20) for i, region in enumerate(REGIONS, start=1)}
    total = sum(20 * (1 + i) for i in range(1, len(REGIONS) + 1))
    for i, (row, region) in enumerate(zip(breakdown.by_region(scores, pixels, **AGAIN), REGIONS, strict=True), start=1):
        methods = compared({m: s[region] for m, s in scores.items()}, pixels[region])
        share = pytest.approx(20 * (1 + i) / total)
        assert row == {"region": region, "pixels": share, "images": 40, "methods": methods}


def test_what_the_prior_is_worth_by_hand():
    told = {"both means": SCORES["other"], "mean a alone": SCORES["other"][::-1]}
    found = breakdown.by_knowledge(SCORES["base"], told, **AGAIN)
    for row, (name, shares) in zip(
        found, {"both means": [1, 1, 0, 0], "mean a alone": [1, 0, 0, 0]}.items(), strict=True
    ):
        wanted = compared({"base": SCORES["base"], name: told[name]}, np.ones(60))[name]
        assert row == {"known": name, "shares": shares} | wanted


def test_the_shares_of_a_known_prior():
    shares = {
        "0 % of each number": (0, 0, 0, 0),
        "25 % of each number": (0.25, 0.25, 0.25, 0.25),
        "50 % of each number": (0.5, 0.5, 0.5, 0.5),
        "75 % of each number": (0.75, 0.75, 0.75, 0.75),
        "100 % of each number": (1, 1, 1, 1),
        "mean a alone": (1, 0, 0, 0),
        "mean b alone": (0, 1, 0, 0),
        "both means": (1, 1, 0, 0),
        "spread and magnitude": (0, 0, 1, 1),
    }
    assert shares == breakdown.KNOWN
    base, truth = (0.5 * torch.rand(2, 2, 4, 4, generator=torch.Generator().manual_seed(i)) for i in (0, 1))
    own, true = color_prior(base), color_prior(truth)
    for name, found in breakdown.mixed_priors(base, truth).items():
        torch.testing.assert_close(found, own + torch.tensor(shares[name]) * (true - own))


def test_a_hue_needs_a_chroma_above_ten_and_a_side():
    pixels = [(10, 0), (10.5, 0), (-10, 0), (-10.5, 0), (0, 10), (0, 9.5), (20, -20), (-20, 20), (20, -19), (-20, 19)]
    ab = torch.tensor(pixels, dtype=torch.float64).T.reshape(1, 2, 1, -1) / 110
    labels = breakdown.hue_labels(ab)
    assert labels.shape == (1, 1, 10)
    assert np.issubdtype(labels.dtype, np.integer)
    assert labels[0, 0].tolist() == [0, 2, 0, 1, 0, 0, 0, 0, 2, 1]
    assert breakdown.HUES == ("neither", "cool", "warm")


def test_what_json_cannot_hold_is_none():
    given = {"a": (1, float("nan")), "b": [float("inf"), {"c": -float("inf")}], "d": 0.5}
    assert breakdown.finite(given) == {"a": [1, None], "b": [None, {"c": None}], "d": 0.5}


# groups.py


def csv_of(path, raw):
    path.write_bytes(raw)
    return groups.from_csv(path, ["a/1.jpg", "a/2.jpg"])


@pytest.mark.parametrize(
    "raw",
    [
        b"file,hat\n1.jpg,yes\n2.jpg\n",
        b"\n\nfile;hat;;\n1.jpg;yes;;\n2.jpg;;no matter;\n",
        b"file,hat\r1.jpg,yes\r2.jpg,\r",
        b"file;hat\n1.jpg;yes\n9.jpg;a, b, c, d, e, f\n",
        b"\r\nfile\thot, dry; or\that\n1.jpg\t\tyes\n2.jpg\t\t\n",
        b"\xff\xfe" + "file,hat\n1.jpg,yes\n".encode("utf-16-le"),
        b"\xfe\xff" + "file,hat\n1.jpg,yes\n".encode("utf-16-be"),
    ],
    ids=["short line", "no name", "old line ends", "commas", "other separators", "little", "big"],
)
def test_a_column_of_any_csv(tmp_path, raw):
    found = {label.name: label for label in csv_of(tmp_path / "x.csv", raw)}
    assert found.keys() - {"hot, dry; or"} == {"hat"}
    assert (found["hat"].order, found["hat"].of) == (("yes",), ("yes", None))


def test_a_column_may_have_twenty_groups(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("file,hat\n" + "".join(f"{i}.jpg,{i}\n" for i in range(20)))
    (hat,) = groups.from_csv(path, [f"{i}.jpg" for i in range(20)])
    assert hat.order == tuple(map(str, range(20)))


def test_a_cell_that_is_too_large_is_told_with_its_line(tmp_path):
    with pytest.raises(ValueError, match=r"x\.csv, line 2: field larger than field limit"):
        csv_of(tmp_path / "x.csv", b"file,hat\n1.jpg," + 140_000 * b"x")


def test_numbers_stand_by_size_and_before_words(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("file;hat\n" + "".join(f"{i}.jpg;{v}\n" for i, v in enumerate(["b", "-3", "2,5", "10", "a", "2"])))
    (hat,) = groups.from_csv(path, [f"{i}.jpg" for i in range(6)])
    assert hat.order == ("-3", "2", "2,5", "10", "a", "b")


def test_thirds_by_hand(monkeypatch):
    """By size, equal ones as they come; the first third has one more where it does not go in three."""
    melanin = {1: 0.5, 2: 0.1, 3: 0.9, 4: 0.1, 5: 0.3, 6: 0.7, 7: 0.3}
    monkeypatch.setattr(portraits, "recipe", lambda number, seed: {"skin": {"melanin": melanin[number] * seed}})
    (label,) = groups.from_recipes(melanin, seed=2)
    light, medium, dark = "light third", "medium third", "dark third"
    assert label.of == (medium, light, dark, light, light, dark, medium)
    assert (label.name, label.source, label.order) == ("skin melanin", "recipes", (light, medium, dark))


@pytest.mark.parametrize("years", [-0.01, 130.01])
def test_ages_outside_are_refused(years):
    with pytest.raises(ValueError, match="wanted an age from 0 to 130 years"):
        groups.age_group(years)


@pytest.mark.parametrize(("years", "group"), [(12.99, "0-12"), (19.99, "13-19"), (39.99, "20-39"), (59.99, "40-59"),
                                              (60, "60+"), (130, "60+")])  # fmt: skip
def test_ages_end_at_their_limits(years, group):
    assert groups.age_group(years) == group


# study.py


def net_of(value):
    """A network that says `value`, once more right of the left column, and twice more where L' is above 0."""
    net = torch.nn.Conv2d(1, 2, 1)
    net.forward = lambda L, *_: (value * (1 + (torch.arange(L.shape[3]) > 0) + 2 * (L > 0))).expand(-1, 2, -1, -1)
    net.width = 1 / 16
    return net


class Pictures(list):
    size, report = 32, "what was found"


@pytest.fixture
def trial(monkeypatch):
    """A study in which nothing is drawn or trained: what it asked for, and with what it was answered."""
    asked = SimpleNamespace(loaded=[], built=[], fitted=[], crossed=[], drawn=[])

    def load(data, split, **options):
        asked.loaded.append((data, split, options))
        return Pictures(range(7 if split == "train" else 3))

    def build(name, **settings):
        asked.built.append((name, settings))
        asked.drawn.append(torch.rand(1).item())
        return net_of(0.25 if name == "siggraph17" else 0.1)

    def fit(stage, parts, pictures, **options):
        asked.fitted.append((stage, sorted(parts), pictures, options))
        return [{"seconds": 1.3, "images": 7 - (stage.fold is not None)}] * stage.epochs

    def each(predict, val):
        ab = predict((torch.arange(6) > 0).float().expand(len(val), 1, 4, 6))
        assert ab.shape == (3, 2, 4, 6)
        return (100 * ab[:, 0, 0, 0] + ab[:, 0, 0, -1]) * torch.tensor([1.0, 2, 4])

    def predictions(nets, *rest):
        asked.crossed.append((len(nets), *rest))
        return "predictions"

    fold_of, with_base = (lambda pictures, n: ("folds", n)), (lambda *both: ("with base", *both))
    crossfit = SimpleNamespace(fold_of=fold_of, predictions=predictions, WithBase=with_base)
    monkeypatch.setattr(study.datasets, "load", load)
    size = lambda net: round(100 * net(torch.zeros(1, 1, 1, 2)).min().item())  # noqa: E731
    monkeypatch.setattr(study, "models", SimpleNamespace(build=build, parameters=size))
    for name, value in {"fit": fit, "rgb_mse_each": each, "crossfit": crossfit, "mean_ab": lambda p: [11.0, 22.0],
                        "find_vgg": lambda preset: f"vgg of {preset}"}.items():  # fmt: skip
        monkeypatch.setattr(study, name, value)
    foreign = SimpleNamespace(parts={"base": net_of(0.2)})
    monkeypatch.setattr(study.Colorizer, "load", lambda name, device: {("else", "cpu"): foreign}[name, device])
    return asked


PLAIN = {"channels": (8, 16), "shrink": 2, "attention": "none", "prior": False, "time": False}


def test_what_a_study_trains(trial, tmp_path):
    variant = study.Variant("both", "why", {"prior": True}, {"lr": 0.5, "loss": "rgb", "warmup": 2})
    study.study("faces", tmp_path, 32, 1 / 16, (1, 2), 3, (8, 16), 9, 5, (variant,), "else", seed=6)
    assert trial.loaded == [("faces", "train", {"size": 32, "count": 9}), ("faces", "val", {"size": 32, "count": 5})]
    base, second = ("siggraph17", {"width": 1 / 16}), ("enhanced_unet", PLAIN)
    assert trial.built == [base, base, second, second, second, (second[0], PLAIN | {"prior": True}), base, base, second]
    torch.manual_seed(6)
    assert set(trial.drawn) == {torch.rand(1).item()}
    refine = {"part": "control", "epochs": 3, "step": "refine", "loss": "squared", "warmup": 1}
    pictures = list(range(7))
    crossed = ("with base", pictures, "predictions")
    of_base, of_second = ["base"], ["base", "control"]
    assert [fitted[:3] for fitted in trial.fitted] == [
        (Stage("base 1", "base", 1, lr=2e-3), of_base, pictures),
        (Stage("base 2", "base", 2, lr=2e-3), of_base, pictures),
        (Stage("control on base, 1 epoch", **refine), of_second, pictures),
        (Stage("control on base, 2 epochs", **refine), of_second, pictures),
        (Stage("control on base, other pictures", **refine), of_second, pictures),
        (Stage("both", **refine | variant.stage), of_second, pictures),
        (Stage("fold 1", "fold1", 2, lr=2e-3, fold=(1, 2)), ["fold1"], pictures),
        (Stage("fold 2", "fold2", 2, lr=2e-3, fold=(2, 2)), ["fold2"], pictures),
        (Stage("control, cross-fitted", **refine), of_second, crossed),
    ]
    assert all(options == {"batch": 32, "seed": 6, "vgg": "vgg of lesson"} for *_, options in trial.fitted)
    ((count, _, path, which),) = trial.crossed
    assert (count, path.name, which) == (2, "folds.float16", ("folds", 2))
    assert path.parent.parent == tmp_path


def test_what_a_study_writes(trial, tmp_path):
    variant = study.Variant("both", "why", {"prior": True}, {"lr": 0.5})
    found = study.study("faces", tmp_path, 32, 1 / 16, (1, 2), 3, (8, 16), variants=(variant,), foreign="else")
    rows = {row["run"]: row for row in found}
    common = {"side": 32, "scored on": "val, 3"}
    assert rows["constant"] == common | {
        "run": "constant", "question": "one colour for all", "settings": "the mean of the training pictures",
        "parameters": 0, "epochs": 0, "seconds": 0, "pictures": 7, "mse": round(101 * 0.1 * 7 / 3, 2)}  # fmt: skip
    one = {"settings": "SIGGRAPH17, width 0.0625", "question": "the base alone", "parameters": 25, "pictures": 7,
           "against": "constant"}  # fmt: skip
    mse = round(104 * 0.25 * 7 / 3, 2)
    change = round(104 * 0.25 / (101 * 0.1) - 1, 4)
    one |= {"mse": mse, "change": change, "low": change, "high": change} | common
    assert rows["base, 1 epoch"] == one | {"run": "base, 1 epoch", "epochs": 1, "seconds": 1}
    assert rows["base, 2 epochs"] == one | {"run": "base, 2 epochs", "epochs": 2, "seconds": 3}
    assert rows["base, other pictures"]["epochs"] == 0
    assert rows["base, other pictures"]["parameters"] == 20
    assert rows["base, other pictures"]["against"] == "constant"
    mirrored = rows["mirrored too"]
    assert (mirrored["against"], mirrored["parameters"], mirrored["epochs"]) == ("base, 2 epochs", 25, 0)
    assert mirrored["mse"] == round(153.5 * 0.25 * 7 / 3, 2)
    assert (rows["both"]["settings"], rows["both"]["question"]) == ("prior=True, lr=0.5", "why")
    assert (rows["both"]["epochs"], rows["both"]["seconds"], rows["both"]["against"]) == (3, 4, "base, 2 epochs")
    assert rows["control on base, 1 epoch"]["settings"] == "plain"
    assert rows["control on base, 1 epoch"]["against"] == "base, 1 epoch"
    assert list(rows)[-1] == "control, cross-fitted"
    assert "have not seen the picture" in rows["control, cross-fitted"]["question"]
    assert study.read(tmp_path / "ledger.csv") == found


def test_the_variants_of_a_study():
    """One change at a time, and all at once: (settings of the network, fields of the stage)."""
    decoder = {"attention": "decoder"}
    assert {v.name: (v.unet, v.stage) for v in (study.CONTROL, *study.VARIANTS)} == {
        "control": ({}, {}),
        "prior": ({"prior": True, "steer": True}, {"steer": 0.5}),
        "noise": ({"time": True}, {"noise": True}),
        "attention": (decoder, {"attention": True}),
        "attention, two scales": (decoder | {"blocks": 2}, {"attention": True}),
        "attention, bottleneck": ({"attention": "bottleneck"}, {"attention": True}),
        "six-part loss": ({}, {"loss": "six-part"}),
        "diversity x 10": ({}, {"loss": {"residual": 0.35, "output": 0.25, "diversity": 1.0}}),
        "half the rate": ({}, {"lr": 0.0005}),
        "all ideas": ({"prior": True, "steer": True, "time": True, "attention": "decoder"},
                      {"steer": 0.5, "noise": True, "attention": True, "loss": "six-part"}),
    }  # fmt: skip


def test_the_caller_s_random_numbers_go_on(trial, tmp_path):
    state = torch.get_rng_state()
    study.study("faces", tmp_path, base_epochs=(1,), variants=(), foreign=None)
    assert torch.equal(torch.get_rng_state(), state)


def test_changes_of_a_ledger_by_hand(monkeypatch, tmp_path):
    """Three pictures; below 0 is better, and the interval is turned round with the sign."""
    scores = iter(torch.tensor([[1.0, 2, 6], [0.5, 1.75, 4]], dtype=torch.float64))
    monkeypatch.setattr(study, "rgb_mse_each", lambda predict, val: next(scores))
    ledger = study.Ledger(tmp_path, Pictures(range(3)))
    assert ledger.pictures == 0
    ledger.add("a", None, "", "", against="nobody")
    ledger.add("b", None, "", "", history=[{"seconds": 0.7, "images": 4}, {"seconds": 0.7, "images": 5}], against="a")
    first, second = ledger.rows
    assert (first["mse"], first["pictures"], "against" in first) == (3, 0, False)
    value, low, high = metrics.paired_bootstrap([1, 2, 6], [0.5, 1.75, 4])
    assert (second["change"], second["low"], second["high"]) == (round(-value, 4), round(-high, 4), round(-low, 4))
    assert (second["mse"], second["seconds"], second["epochs"], second["pictures"]) == (2.08, 1, 2, 5)
    assert second["low"] < second["change"] < second["high"]


def test_the_networks_of_a_run(monkeypatch, tmp_path):
    """Each on its own pictures of validation; second stages with their own noise; the mean of base and folds."""
    parts = tiny_parts()
    parts = {name: parts[net].eval() for name, net in (("base", "base"), ("fold1", "cnn"), ("refiner", "refiner"),
                                                       ("control", "control"))}  # fmt: skip
    built = {name: ARCHITECTURE.get(name, ARCHITECTURE["cnn"]) for name in parts}
    info = {"size": 32, "t": 20, "noisy": ["refiner"], "preset": "smoke"}
    models.save(tmp_path / "model.safetensors", parts, built, info)
    history = [{"part": part, "seconds": 1.0, "images": 5} for part in ("base", "base", "base", "fold1", "refiner")]
    (tmp_path / "history.json").write_text(json.dumps({"history": history}))
    L, loaded = torch.linspace(-0.4, 0.4, 256).reshape(1, 1, 16, 16), []

    def each(predict, val):
        return predict(L).abs().flatten()[:3].double()

    def load(data, split, **options):
        loaded.append((data, split, options))
        return Pictures([0] * 3)

    monkeypatch.setattr(study, "rgb_mse_each", each)
    monkeypatch.setattr(study.datasets, "load", load)
    rows = study.of_run(tmp_path, "faces", tmp_path / "out", val_count=6)
    assert loaded == [("faces", "val", {"size": 32, "count": 6})]
    told = [(row["run"], row["epochs"], row["parameters"], row.get("against"), row["question"]) for row in rows]
    sizes = {name: models.parameters(net) for name, net in parts.items()}
    assert told == [
        ("base", 3, sizes["base"], None, "one network, L to ab"),
        ("fold1", 1, sizes["fold1"], "base", "one network, L to ab"),
        ("refiner", 1, sizes["refiner"], "base", "second stage on base, noise step 20"),
        ("control", 0, sizes["control"], "base", "second stage on base, noise step 0"),
        ("mean of base and folds", 3, sizes["base"], "base", "an ensemble of bases"),
    ]
    assert {row["settings"] for row in rows} == {"preset smoke"}
    both = (parts["base"](L) + parts["fold1"](L)) / 2
    assert rows[-1]["mse"] == round(both.abs().flatten()[:3].mean().item(), 2)
    models.save(tmp_path / "model.safetensors", {"base": parts["base"]}, built, info)
    assert [row["run"] for row in study.of_run(tmp_path, "faces", tmp_path / "out")] == ["base"]


def test_a_study_as_text():
    rows = [
        {"run": "a", "mse": 123.456},
        {"run": "long", "mse": 3.0, "change": 0.25, "low": -0.5, "high": 1, "against": "a"},
    ]
    assert study.format_study(rows) == "a       123.5\nlong      3.0  +25.0% (-50.0% to +100.0%) against a"
    assert study.format_study([]) == ""


def test_changes_of_hints_and_samples_in_per_cent():
    assert hinted._share([0.5, 0.25, 1]) == "50.0 % (25.0 to 100.0)"
    assert sampled._change([-0.5, 0.25, 1]) == "-50.0 % (+25.0 to +100.0)"
