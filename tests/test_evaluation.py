"""evaluation/table.py and what stands behind it: scores, rows, Table 2."""

import json
import math
import re
import shutil

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb

from colorlib import color, metrics, models, portraits
from colorlib.colorize import Colorizer
from colorlib.data import datasets
from colorlib.data.pictures import write_picture
from colorlib.evaluation import breakdown, groups
from colorlib.evaluation import table as evaluation
from colorlib.methods import METHODS
from colorlib.metrics import REGIONS
from colorlib.prior import color_prior
from colorlib.training.validation import mean_ab
from test_colorize import INFO, SIZE, tiny_parts


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 256, (4, 24, 20, 3), dtype=np.uint8)
    return truth, np.clip(truth + rng.normal(0, 25, truth.shape), 0, 255).astype(np.uint8)


# ---- the table


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer(tiny_parts(), INFO, "tiny")


@pytest.fixture(scope="module")
def everything():
    """Weights that hold every part that a table can show."""
    torch.manual_seed(1)
    unet = {"name": "enhanced_unet", "channels": [8, 16, 16]}
    more = {
        "pix2pix": {"name": "cnn", "channels": [8, 8, 8]},
        "eccv16": {"name": "cnn", "channels": [8, 8, 8]},
        "base-more": {"name": "siggraph17", "width": 1 / 16},
        "hints": {"name": "siggraph17", "width": 1 / 16},
        "prior-only": unet | {"attention": "none", "time": False},
        "noise-only": unet | {"attention": "none", "prior": False},
        "attention-only": unet | {"prior": False, "time": False},
        "tints": {"name": "tints", "channels": [8, 16, 16], "kernels": 3},
        "flow": {"name": "color_flow", "channels": [8, 8], "fold": 2},
        "fusionnet": {"name": "cnn", "channels": [8, 8, 8]},
        "baldassarre": {"name": "cnn", "channels": [8, 8, 8]},
    }
    parts = tiny_parts() | {name: models.build(**settings) for name, settings in more.items()}
    for name in more:
        parts[name].requires_grad_(False)
        for parameter in parts[name].parameters():
            if not parameter.any():
                parameter.normal_(0, 0.1)
    return Colorizer(parts, INFO | {"noisy": ["refiner", "noise-only"], "vibrance": 1.4}, "everything")


def load_portraits(count=24):
    return datasets.load("portraits", "test", size=SIZE, count=count)


def by_method(table):
    return {row["method"]: row for row in table["rows"]}


def test_the_table_has_the_promised_form(everything):
    table = evaluation.evaluate(everything, "portraits", count=24, resamples=200, seed=3, t=20)
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert [row["method"] for row in table["rows"]] == [
        row.name for row in METHODS.values() if not row.released and row.name != "naive"
    ]
    promised = {"method", "mse", "mse_ci", "psnr_mean", "psnr_pooled", "ssim", "colorfulness", "delta_e", "images"}
    for row in table["rows"]:
        assert promised | {"colorfulness_truth", "colorfulness_distance", "note"} <= set(row)
        assert row["images"] == 24
        low, high = row["mse_ci"]
        assert low <= row["mse"] <= high
        assert row["psnr_mean"] >= row["psnr_pooled"]
        assert row["psnr_pooled"] == pytest.approx(10 * math.log10(255**2 / row["mse"]))
        for key in ("mse_vs_base", "psnr_mean_vs_base", "ssim_vs_base"):
            assert (key in row) == (row["method"] != "base")
        ratio, low, high = row["colorfulness_ratio"]
        assert ratio == pytest.approx(row["colorfulness"] / row["colorfulness_truth"])
        assert low <= ratio <= high
    rows = by_method(table)
    assert rows["grey"]["colorfulness"] == pytest.approx(0, abs=0.2)
    gain = 1 - rows["grey"]["mse"] / rows["base"]["mse"]
    assert rows["grey"]["mse_vs_base"][0] == pytest.approx(gain)
    gain = 1 - rows["two-stage"]["mse"] / rows["control"]["mse"]
    assert rows["two-stage"]["mse_vs_control"][0] == pytest.approx(gain)
    gain = 1 - rows["two-stage"]["mse"] / rows["base-more"]["mse"]
    assert rows["two-stage"]["mse_vs_more"][0] == pytest.approx(gain)
    gain = rows["control"]["psnr_mean"] - rows["base"]["psnr_mean"]
    assert rows["control"]["psnr_mean_vs_base"][0] == pytest.approx(gain)
    for name in ("oracle-mean", "two-stage-oracle-prior"):
        assert rows[name]["note"].startswith("oracle")
    assert {name for name, row in rows.items() if "noise step 20" in row["note"]} == {
        "noise-only",
        "two-stage",
        "two-stage-vibrant",
        "two-stage-oracle-prior",
        "sampled-prior",  # whose refiner is the same
    }
    expected = {"data": "portraits", "split": "test", "size": SIZE, "seed": 3, "weights": "everything", "count": 24}
    assert table["settings"].items() >= (expected | {"preset": "smoke", "resamples": 200, "t": 20}).items()


def test_rows_measure_the_pictures_that_a_viewer_gets(colorizer):
    """Three methods done again by hand, picture by picture, with scikit-image's conversions."""
    data = load_portraits(6)
    scores = evaluation.score(colorizer, data, methods=["grey", "constant", "oracle-mean"])
    for i in range(6):
        L, ab = (x.numpy() for x in data[i])
        lab = np.stack([L[0] * 100 + 50, ab[0] * 110, ab[1] * 110], axis=-1).astype(np.float64)
        truth = np.rint(lab2rgb(lab) * 255)
        colors = {
            "grey": np.zeros(2),
            "constant": np.array(INFO["constant_ab"]),
            "oracle-mean": lab[..., 1:].mean(axis=(0, 1)),
        }
        for method, painting in colors.items():
            painted = np.concatenate([lab[..., :1], np.broadcast_to(painting, (SIZE, SIZE, 2))], axis=-1)
            expected = np.mean((np.rint(lab2rgb(painted) * 255) - truth) ** 2)
            assert scores[method]["mse"][i] == pytest.approx(expected, rel=5e-3), (method, i)


def test_the_yardsticks_stand_in_order_on_portraits(colorizer):
    data = load_portraits(60)
    constant = mean_ab(datasets.load("portraits", "train", size=SIZE, count=100))
    learnt = Colorizer(colorizer.parts, INFO | {"constant_ab": constant}, "tiny")
    rows = by_method(evaluation.evaluate(learnt, data, methods=["grey", "constant", "oracle-mean"], resamples=50))
    assert rows["oracle-mean"]["mse"] < rows["constant"]["mse"] < rows["grey"]["mse"]


def test_the_truth_reaches_the_oracles_alone(everything):
    colorizer = everything
    L, ab = load_portraits(4).batch([0, 1, 2, 3])
    found = evaluation.predictions(colorizer, L, ab)
    other = evaluation.predictions(colorizer, L, ab.flip(0) * 0.5)
    changed = {method for method in found if not torch.equal(found[method], other[method])}
    assert changed == {"oracle-mean", "two-stage-oracle-prior"}
    own = colorizer.predict(L, "two-stage", prior=color_prior(ab))["ab"]
    assert torch.allclose(found["two-stage-oracle-prior"], own, atol=1e-6)
    assert torch.equal(found["base"], colorizer.predict(L, "base")["ab"])


def test_order_and_batch_size_do_not_matter(colorizer):
    data = load_portraits(10)
    whole = evaluation.score(colorizer, data, t=20, batch_size=32)
    parts = evaluation.score(colorizer, data, t=20, batch_size=3)
    again = evaluation.score(colorizer, data, t=20, batch_size=32)
    shuffled = [3, 1, 0, 2, 9, 8, 7, 6, 5, 4]
    order = evaluation.score(colorizer, data.subset(shuffled), t=0, batch_size=4)
    straight = evaluation.score(colorizer, data, t=0)
    for method in whole:
        for name in whole[method]:
            np.testing.assert_array_equal(whole[method][name], again[method][name])
            # Another batch size rounds floats differently, which now and then moves an 8-bit value by one.
            np.testing.assert_allclose(parts[method][name], whole[method][name], rtol=1e-3)
            np.testing.assert_allclose(order[method][name], straight[method][name][shuffled], rtol=1e-3)
    noisy = evaluation.score(colorizer, data, ["two-stage"], t=20, seed=1)
    assert not np.allclose(noisy["two-stage"]["mse"], whole["two-stage"]["mse"], rtol=1e-3)


def test_methods_come_with_their_parts(colorizer):
    base = Colorizer({"base": colorizer.parts["base"]}, {"size": SIZE}, "base only")
    data = load_portraits(3)
    assert list(evaluation.score(base, data)) == ["grey", "oracle-mean", "base"]
    more = Colorizer(
        {"base": colorizer.parts["base"], "base-more": colorizer.parts["base"]}, {"size": SIZE}, "two bases"
    )
    found = evaluation.score(more, data)
    assert list(found) == ["grey", "oracle-mean", "base", "base-more"]
    np.testing.assert_array_equal(found["base-more"]["mse"], found["base"]["mse"])
    with pytest.raises(ValueError, match="'two-stage' is not in the weights 'base only'"):
        evaluation.score(base, data, methods=["two-stage"])
    with pytest.raises(ValueError, match="'constant' is not in"):
        evaluation.score(base, data, methods=["constant"])
    with pytest.raises(ValueError, match="method must be one of"):
        evaluation.score(base, data, methods=["gray"])


def test_a_folder_can_be_one_test_set(colorizer, tmp_path):
    for i in range(4):
        write_picture(tmp_path / "pictures" / f"{i}.png", portraits.draw(i, size=48).rgb)
    grey = np.repeat(portraits.draw(5, size=48).rgb[..., :1], 3, axis=-1)
    write_picture(tmp_path / "pictures" / "grey.png", grey)
    table = evaluation.evaluate(colorizer, tmp_path / "pictures", "all", methods=["grey"], resamples=20)
    assert table["rows"][0]["images"] == 4  # the grey one would be solved by doing nothing
    assert table["settings"]["split"] == "all"
    json.dumps(table, allow_nan=False)


def test_a_perfect_match_still_makes_json(pair):
    truth, pred = pair
    scores = {"base": metrics.measure(truth, pred), "perfect": metrics.measure(truth, truth)}
    row = evaluation.rows(scores, resamples=20)[1]
    assert row["psnr_mean"] is None
    assert row["mse"] == 0
    assert row["mse_vs_base"] == [1, 1, 1]
    json.dumps(row, allow_nan=False)
    assert "perfect" in evaluation.format_table([row])


def about(vgg):
    """No networks, and how their losses looked."""
    return Colorizer({}, {"size": SIZE, "vgg": vgg})


def test_stand_ins_are_labelled():
    found = evaluation.notes(about("VGG16, seeded random weights"), t=20)
    assert "stand-in" in found["two-stage"]
    assert "stand-in" in found["control"]
    assert "noise step 20" in found["two-stage"]
    assert "noise" not in evaluation.notes(about("VGG16, ImageNet weights"))["two-stage"]
    assert "stand-in" not in str(evaluation.notes(about("VGG16, ImageNet weights")))


def test_the_text_table_shows_every_row_aligned(colorizer):
    table = evaluation.evaluate(colorizer, load_portraits(5), resamples=20)
    lines = evaluation.format_table(table["rows"]).splitlines()
    numbers = lines[2 : 2 + len(table["rows"])]
    assert [line.split()[0] for line in numbers] == [row["method"] for row in table["rows"]]
    for line, row in zip(numbers, table["rows"], strict=True):
        assert f"{row['mse']:.1f}" in line
        assert line.index(f"{row['ssim']:.3f}") == lines[0].index("SSIM") - 1
    assert "5 pictures" in evaluation.format_table(table["rows"])
    assert any("oracle" in line for line in lines)


# ---- Table 2 and what stands behind it


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """A folder of drawn portraits under names as UTKFace has them: 12 of a girl of 5, 12 of a man of 70."""
    folder = tmp_path_factory.mktemp("faces") / "people"
    for i, rgb in enumerate(portraits.draw_batch(range(24), size=SIZE)):
        who = "5_1_1" if i % 2 else "70_0_3"
        write_picture(folder / f"{who}_{20170101000000000 + i}.jpg.chip.png", rgb)
    return folder


@pytest.fixture(scope="module")
def result(everything, faces):
    return evaluation.table2(everything, faces, t=20, seed=1, resamples=60)


def test_table2_is_strict_json_and_its_rows_are_those_of_evaluate(result, everything, faces):
    assert set(result) == {"rows", "groups", "hue", "regions", "prior", "settings"}
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["settings"].items() >= {"split": "all", "images": 24, "suite": "table2", "t": 20}.items()
    plain = evaluation.evaluate(everything, faces, "all", t=20, seed=1, resamples=60)
    assert result["rows"] == plain["rows"]
    assert result["regions"] is None


def test_table2_by_group(result, everything, faces):
    found = {label["label"]: label for label in result["groups"]}
    assert set(found) == {"age", "gender", "race", "skin tone"}
    assert [group["group"] for group in found["age"]["groups"]] == ["0-12", "60+"]
    scores = evaluation.score(everything, datasets.load(faces, "all", size=SIZE), t=20, seed=1)
    for group, rows in zip(found["gender"]["groups"], (slice(12, 24), slice(0, 12)), strict=True):
        base, two = scores["base"]["mse"][rows], scores["two-stage"]["mse"][rows]
        assert group["images"] == 12
        assert group["few"]
        assert set(group["methods"]) == {"constant", "base", "two-stage"}
        assert group["methods"]["base"]["mse"] == pytest.approx(base.mean())
        value, low, high = group["methods"]["two-stage"]["mse_vs_base"]
        assert value == pytest.approx(1 - two.mean() / base.mean())
        assert low <= value <= high
    assert found["gender"]["spread"]["two-stage"] is None  # both have few pictures
    assert sum(group["images"] for group in found["skin tone"]["groups"]) == 24


def test_the_spread_is_the_worst_group_over_the_best():
    rng = np.random.default_rng(0)
    of = ["a"] * 30 + ["b"] * 30 + ["c"] * 5 + [None] * 5
    mse = np.repeat([10.0, 20.0, 90.0, 500.0], [30, 30, 5, 5]) * rng.uniform(0.9, 1.1, 70)
    found = breakdown.by_group(groups.Label("x", "here", ("a", "b", "c"), tuple(of)), {"base": {"mse": mse}}, 200)
    assert found["unlabelled"] == 5
    assert [(g["images"], g["few"]) for g in found["groups"]] == [(30, False), (30, False), (5, True)]
    spread = found["spread"]["base"]
    assert (spread["worst"], spread["best"]) == ("b", "a")  # c has few pictures
    value, low, high = spread["ratio"]
    assert value == pytest.approx(mse[30:60].mean() / mse[:30].mean())
    assert 1.9 < low < value < high < 2.1


def test_hue_by_hand_on_two_tiny_pictures():
    """First picture: one cool, one warm, two grey pixels; the second: three warm ones and a grey one."""
    ab = torch.tensor([[[[-40.0, 40], [2, 0]], [[-20, 20], [3, 0]]], [[[30, 0], [30, 5]], [[0, 20], [-20, 5]]]]) / 110
    labels = breakdown.hue_labels(ab)
    assert np.array(breakdown.HUES)[labels].tolist() == [
        [["cool", "warm"], ["neither", "neither"]],
        [["warm", "warm"], ["warm", "neither"]],
    ]
    error = np.array([[[8.0, 2], [100, 100]], [[1, 3], [6, 100]]])
    totals, pixels = metrics.area_sums(error, labels, 3)
    scores = {"base": dict(zip(breakdown.HUES, 2 * totals.T, strict=True))}
    scores["two-stage"] = dict(zip(breakdown.HUES, totals.T, strict=True))
    found = breakdown.by_hue(scores, dict(zip(breakdown.HUES, pixels.T, strict=True)), resamples=20)
    assert found["pixels"] == {"cool": 1 / 5, "warm": 4 / 5}
    assert found["images"] == {"cool": 1, "warm": 2}
    row = found["rows"][1]
    assert row["cool"]["mse"] == 8
    assert row["warm"]["mse"] == (2 + 1 + 3 + 6) / 4
    assert row["warm"]["mse_ci"] == [2, 10 / 3]  # resamples hold the first picture alone, or the second alone
    assert row["warm"]["mse_vs_base"] == [0.5, 0.5, 0.5]
    assert row["cool_to_warm"][0] == pytest.approx(8 / 3)
    assert row["cool_to_warm"][1:] == [None, None]  # without the first picture there is no cool pixel
    json.dumps(found, allow_nan=False)


def test_no_pixel_of_a_hue_is_told_as_such(everything):
    zero = {"cool": np.zeros(2), "warm": np.zeros(2)}
    found = breakdown.by_hue({"base": zero, "two-stage": zero}, zero, resamples=20)
    assert found["pixels"] == {"cool": None, "warm": None}
    assert found["rows"][1]["cool"]["mse"] is None
    json.dumps(found, allow_nan=False)


def test_the_known_share_of_the_prior_runs_from_two_stage_to_its_oracle(result):
    rows, known = by_method(result), {row["known"]: row for row in result["prior"]}
    assert list(known) == list(breakdown.KNOWN)
    assert known["0 % of each number"]["mse"] == rows["two-stage"]["mse"]
    assert known["0 % of each number"]["mse_vs_base"] == pytest.approx(rows["two-stage"]["mse_vs_base"])
    assert known["100 % of each number"]["mse"] == rows["two-stage-oracle-prior"]["mse"]
    assert len({row["mse"] for row in known.values()}) == len(known)
    assert known["both means"]["shares"] == [1, 1, 0, 0]


def test_mixed_priors_take_each_number_from_its_side():
    base, truth = (torch.rand(2, 2, 8, 8, generator=torch.Generator().manual_seed(i)) - 0.3 for i in (0, 1))
    found, own, true = breakdown.mixed_priors(base, truth), color_prior(base), color_prior(truth)
    assert torch.equal(found["mean b alone"], torch.stack([own[:, 0], true[:, 1], own[:, 2], own[:, 3]], dim=1))
    assert torch.allclose(found["50 % of each number"], (own + true) / 2)


def test_regions_of_portraits_are_those_of_the_masks(everything):
    data = load_portraits(6)
    found = evaluation.table2(everything, data, resamples=20, batch_size=4)
    assert [label["label"] for label in found["groups"]] == ["skin melanin"]
    assert [row["region"] for row in found["regions"]] == list(REGIONS)
    assert sum(row["pixels"] for row in found["regions"]) == pytest.approx(1)
    L, ab = data.batch(range(6))
    truth = color.to_uint8(color.model_to_rgb(L, ab))
    guess = color.to_uint8(color.model_to_rgb(L, everything.predict(L, "two-stage")["ab"]))
    labels = portraits.draw_batch([int(key.split("/")[1]) for key in data.keys], size=SIZE, masks=True)[1]
    for row, value in zip(found["regions"], metrics.by_region(truth, guess, labels).values(), strict=True):
        assert row["methods"]["two-stage"]["mse"] == pytest.approx(value, rel=1e-3)
    json.dumps(found, allow_nan=False)


def test_an_untrained_refiner_changes_nothing_anywhere(faces):
    fresh = Colorizer(tiny_parts(zero_head=True), INFO, "untrained")
    found = evaluation.table2(fresh, faces, t=20, resamples=20)
    rows = by_method(found)
    assert rows["two-stage"]["mse"] == rows["base"]["mse"]
    changes = [rows["two-stage"]["mse_vs_base"], *(row["mse_vs_base"] for row in found["prior"])]
    changes += [g["methods"]["two-stage"]["mse_vs_base"] for label in found["groups"] for g in label["groups"]]
    assert all(change == [0, 0, 0] for change in changes)
    assert "+0.0 % (+0.0 to +0.0)" in evaluation.format_table2(found)


def test_the_batch_size_changes_nothing_in_table2(result, everything, faces):
    parts = evaluation.table2(everything, faces, t=20, seed=1, resamples=60, batch_size=7)

    def same(a, b, place):
        if isinstance(a, dict):
            assert a.keys() == b.keys(), place
            for key in a:
                same(a[key], b[key], f"{place}.{key}")
        elif isinstance(a, list):
            assert len(a) == len(b), place
            for i, (x, y) in enumerate(zip(a, b, strict=True)):
                same(x, y, f"{place}[{i}]")
        elif isinstance(a, float):
            assert a == pytest.approx(b, rel=2e-3, abs=2e-4), place  # an 8-bit value moves by one now and then
        else:
            assert a == b, place

    same(result, parts, "")


def test_ingredients_run_with_noise_only_where_they_learnt_with_it(everything):
    L = load_portraits(2).batch([0, 1])[0]
    for stage in ("control", "prior-only", "noise-only", "attention-only", "two-stage"):
        still, noisy = (everything.predict(L, stage, t=t)["ab"] for t in (0, 100))
        assert torch.equal(still, noisy) == (stage not in ("noise-only", "two-stage")), stage
    for stage in ("prior-only", "noise-only", "attention-only"):
        other = everything.predict(L, stage, prior=[0.4, -0.4, 0.3, 0.5])["ab"]
        assert torch.equal(other, everything.predict(L, stage)["ab"]) == (stage != "prior-only"), stage


def test_released_networks_stand_in_the_table_where_fetched(colorizer, faces, monkeypatch):
    seen = []

    class Released(torch.nn.Module):
        def forward(self, L):
            seen.append(tuple(L.shape))
            return torch.full((len(L), 2, *L.shape[-2:]), 0.1)

    net = Colorizer({"eccv16-released": Released()}, {"size": 256}, "eccv16")
    monkeypatch.setattr(evaluation.files, "find", lambda name: "here" if name == "eccv16" else None)
    monkeypatch.setattr(Colorizer, "load", lambda name, device: {"eccv16": net}[name])
    found = evaluation.table2(colorizer, faces, count=6, resamples=20)
    rows = by_method(found)
    assert "siggraph17" not in rows
    assert "ImageNet" in rows["eccv16-released"]["note"]
    assert set(seen) == {(4, 1, 256, 256), (2, 1, 256, 256)}
    L = torch.zeros(1, 1, 20, 24)
    assert torch.allclose(evaluation.predict_released(net, L), torch.full((1, 2, 20, 24), 0.1))


def test_weights_of_one_network_make_a_table_too(colorizer, faces):
    only = Colorizer({"cnn": colorizer.parts["cnn"]}, {"size": SIZE}, "cnn only")
    found = evaluation.table2(only, faces, resamples=20)
    assert [row["method"] for row in found["rows"]] == ["grey", "oracle-mean", "cnn"]
    assert found["prior"] is None
    json.dumps(found, allow_nan=False)
    assert "cnn" in evaluation.format_table2(found)


def test_every_printed_difference_has_its_interval(result):
    text = evaluation.format_table2(result)
    for row in result["rows"]:
        assert row["method"] in text
    for title in ("TABLE 2", "COLOURFULNESS", "BY AGE", "BY SKIN TONE", "BY HUE", "WHAT THE PRIOR IS WORTH", "(few)"):
        assert title in text
    changes = re.findall(r"[+-]\d+\.\d %.{0,2}", text)
    assert changes
    assert all(change.endswith(" (") for change in changes)
    value, low, high = by_method(result)["two-stage"]["mse_vs_base"]
    assert f"{-100 * value:+.1f} % ({-100 * high:+.1f} to {-100 * low:+.1f})" in text


def test_a_folder_is_one_test_set_unless_it_says_otherwise(tmp_path):
    assert evaluation.default_split("portraits") == "test"
    assert evaluation.default_split(tmp_path) == "all"
    assert evaluation.default_split(str(tmp_path), trained_on=str(tmp_path)) == "test"
    assert evaluation.default_split(tmp_path, trained_on="6,696 faces of UTKFace") == "all"
    (tmp_path / "train").mkdir()
    (tmp_path / "validation").mkdir()
    assert evaluation.default_split(tmp_path) == "test"


def test_a_tilde_is_the_home_folder(everything, faces, tmp_path, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    shutil.copytree(faces, tmp_path / "people")
    file = min(faces.iterdir()).name
    (tmp_path / "people" / "labels.csv").write_text(f"file,hat\n{file},none\n")
    found = evaluation.table2(everything, "~/people", resamples=20)
    assert found["settings"]["split"] == "all"
    assert found["groups"][0]["source"] == "labels.csv"
    assert evaluation.default_split("~/people", trained_on=str(tmp_path / "people")) == "test"
    assert evaluation.default_split("~nobody-here/people") == "test"


def test_a_step_that_is_no_whole_number_is_refused(everything):
    with pytest.raises(ValueError, match=r"t must be a whole number, 0 or more, got 1\.7"):
        evaluation.evaluate(everything, load_portraits(2), t=1.7)


# ---- pictures that a training has seen


@pytest.fixture
def flat(tmp_path):
    """A flat folder of 150 coloured pictures, which is split by hash."""
    rng = np.random.default_rng(5)
    for i in range(150):
        write_picture(tmp_path / "flat" / f"{i}.png", rng.integers(0, 256, (12, 12, 3), dtype=np.uint8))
    return tmp_path / "flat"


def test_the_seed_of_a_table_is_not_that_of_the_split(colorizer, flat):
    """With another split seed most of the "test" pictures would be ones that were trained on."""
    train = datasets.load(flat, "train", size=SIZE, seed=4)
    info = colorizer.info | {"split_seed": 4, "seen": train.contents()}
    learnt = Colorizer(colorizer.parts, info, "learnt")
    kept = datasets.load(flat, "test", size=SIZE, seed=4).keys
    assert kept != datasets.load(flat, "test", size=SIZE, seed=1).keys
    for seed in (0, 1, 4):
        found = evaluation.evaluate(learnt, flat, "test", methods=["grey"], seed=seed, resamples=20)
        assert (found["settings"]["seen"], found["settings"]["split_seed"]) == (0, 4)
        assert found["settings"]["images"] == len(kept)


def test_pictures_that_a_training_has_seen_are_told(colorizer, flat, tmp_path):
    train = datasets.load(flat, "train", size=SIZE)
    alone = {"cnn": colorizer.parts["cnn"]}
    learnt = Colorizer(alone, colorizer.info | {"seen": train.contents()}, "learnt")
    shutil.copytree(flat, tmp_path / "copied" / "under other names")
    words = f"{len(train)} of these 150 pictures were learnt from"
    for data in (flat, tmp_path / "copied"):
        found = evaluation.evaluate(learnt, data, "all", methods=["grey"], resamples=20)
        assert found["settings"]["seen"] == len(train)
        assert words in evaluation.format_table(found["rows"], found["settings"])
    assert words in evaluation.format_table2(evaluation.table2(learnt, flat, "all", resamples=20))
    clean = evaluation.evaluate(colorizer, flat, "all", methods=["grey"], resamples=20)
    assert clean["settings"]["seen"] == 0
    assert "learnt from" not in evaluation.format_table(clean["rows"], clean["settings"])


def test_count_holds_for_a_dataset_that_is_handed_in(colorizer):
    found = evaluation.evaluate(colorizer, load_portraits(9), count=5, resamples=20)
    assert {row["images"] for row in found["rows"]} == {5}
    assert found["settings"]["images"] == 5


def test_a_folder_with_a_sub_folder_portraits_is_no_drawn_set(colorizer, tmp_path):
    rng = np.random.default_rng(6)
    for name in ("portraits/me.png", "portraits/7.png", "portraits/you.png"):
        write_picture(tmp_path / name, rng.integers(0, 256, (12, 12, 3), dtype=np.uint8))
    found = evaluation.table2(colorizer, tmp_path, resamples=20)
    assert found["regions"] is None
    assert [label["label"] for label in found["groups"]] == ["skin tone"]


def test_noise_does_not_depend_on_the_batch_while_training(colorizer):
    """The scores by which t is chosen and epochs are compared."""
    from colorlib.training.validation import predictor, rgb_mse_each

    predict = predictor(colorizer.parts, "refiner", t=30, seed=2)
    whole, small = (rgb_mse_each(predict, load_portraits(7), batch=n) for n in (7, 2))
    torch.testing.assert_close(whole, small, rtol=1e-4, atol=1e-2)
    other = rgb_mse_each(predictor(colorizer.parts, "refiner", t=30, seed=3), load_portraits(7))
    assert not torch.allclose(whole, other, rtol=1e-4, atol=1e-2)
    guess = colorizer.predict(load_portraits(7).batch(range(7))[0], t=30, seed=2)["ab"]
    L, ab = load_portraits(7).batch(range(7))
    by_hand = metrics.mse(color.show(L, ab), color.show(L, guess))
    torch.testing.assert_close(whole, torch.from_numpy(by_hand), rtol=1e-4, atol=1e-2)
