"""metrics.py and evaluation.py: the measures, their intervals, the table."""

import json
import math

import numpy as np
import pytest
import torch
from skimage.color import deltaE_ciede2000, lab2rgb, rgb2lab
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity
from test_colorize import INFO, SIZE, tiny_parts

from colorlib import datasets, evaluation, metrics, portraits, training
from colorlib.colorize import Colorizer
from colorlib.pictures import write_picture
from colorlib.portraits import REGIONS
from colorlib.prior import color_prior


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 256, (4, 24, 20, 3), dtype=np.uint8)
    return truth, np.clip(truth + rng.normal(0, 25, truth.shape), 0, 255).astype(np.uint8)


def flat(*color, n=1, size=8):
    return np.full((n, size, size, 3), color, dtype=np.uint8)


def test_measures_agree_with_scikit_image(pair):
    truth, pred = pair
    expected_mse = [mean_squared_error(x, y) for x, y in zip(truth, pred, strict=True)]
    np.testing.assert_allclose(metrics.mse(truth, pred), expected_mse, rtol=1e-12)
    np.testing.assert_allclose(
        metrics.psnr(metrics.mse(truth, pred)),
        [peak_signal_noise_ratio(x, y) for x, y in zip(truth, pred, strict=True)],
    )
    np.testing.assert_allclose(
        metrics.ssim(truth, pred),
        [structural_similarity(x, y, channel_axis=-1, data_range=255) for x, y in zip(truth, pred, strict=True)],
    )
    np.testing.assert_allclose(
        metrics.delta_e(truth, pred),
        [deltaE_ciede2000(rgb2lab(x), rgb2lab(y)).mean() for x, y in zip(truth, pred, strict=True)],
    )


def test_measures_by_hand():
    # Differences 3, 4 and 0: (9 + 16 + 0) / 3.  uint8 arithmetic would wrap 10 - 13 round.
    assert metrics.mse(flat(10, 10, 10), flat(13, 6, 10)) == pytest.approx(25 / 3)
    assert metrics.psnr(np.array([255.0**2]))[0] == pytest.approx(0)
    assert metrics.psnr(np.array([0.0]))[0] == math.inf
    # One flat colour: no spread, so 0.3 sqrt(rg² + yb²) with rg = 200 - 80, yb = 140 - 40.
    assert metrics.colorfulness(flat(200, 80, 40)) == pytest.approx(0.3 * math.hypot(120, 100))
    assert metrics.colorfulness(flat(90, 90, 90)) == pytest.approx(0)


def test_colorfulness_uses_signed_differences():
    """Half red, half green: rg is +255 and -255, mean 0.  With absolute values its spread would be 0."""
    rgb = flat(255, 0, 0)
    rgb[:, :4] = (0, 255, 0)
    # yb is 127.5 everywhere; rg spreads by 255 about 0.
    assert metrics.colorfulness(rgb) == pytest.approx(255 + 0.3 * 127.5)


def test_chroma_error_ignores_hue_and_sees_greying():
    grey, red = flat(120, 120, 120), flat(200, 80, 40)
    chroma = np.hypot(*rgb2lab(red)[0, 0, 0, 1:])
    assert metrics.chroma_error(red, grey) == pytest.approx(chroma, abs=0.05)
    assert metrics.chroma_error(red, red) == 0


def test_the_two_psnr_conventions():
    mse = np.array([10.0, 1000.0])
    assert metrics.psnr_pooled(mse) == pytest.approx(10 * math.log10(255**2 / 505))
    assert metrics.psnr_mean(mse) == pytest.approx(10 * math.log10(255**2 / 100))  # the geometric mean
    assert metrics.psnr_mean(np.array([40.0, 40.0])) == pytest.approx(metrics.psnr_pooled(np.array([40.0])))


def test_measure_gives_the_same_as_the_single_functions(pair):
    truth, pred = pair
    scores = metrics.measure(truth, pred)
    for name in ("mse", "ssim", "delta_e", "chroma_error"):
        np.testing.assert_allclose(scores[name], getattr(metrics, name)(truth, pred), err_msg=name)
    np.testing.assert_allclose(scores["colorfulness"], metrics.colorfulness(pred))
    np.testing.assert_allclose(scores["colorfulness_truth"], metrics.colorfulness(truth))


def test_measures_refuse_what_they_cannot_compare(pair):
    truth, pred = pair
    with pytest.raises(ValueError, match="uint8"):
        metrics.mse(truth / 255, pred)
    with pytest.raises(ValueError, match="pred must have"):
        metrics.ssim(truth, pred[:2])
    with pytest.raises(ValueError, match="truth"):
        metrics.delta_e(truth[0], pred[0])


def test_by_region_by_hand_and_weighted_average(pair):
    truth, pred = flat(10, 10, 10, n=2), flat(10, 10, 10, n=2)
    labels = np.zeros(truth.shape[:3], dtype=np.uint8)
    labels[:, 4:] = REGIONS.index("hair")
    pred[0, 4:] += 6  # one of two pictures: 36 / 2
    found = metrics.by_region(truth, pred, labels)
    assert tuple(found) == tuple(REGIONS)
    assert found[REGIONS[0]] == 0
    assert found["hair"] == pytest.approx(18)
    assert math.isnan(found["lips"])

    truth, pred = pair
    labels = np.random.default_rng(1).integers(0, len(REGIONS), truth.shape[:3]).astype(np.uint8)
    area = np.bincount(labels.ravel(), minlength=len(REGIONS)) / labels.size
    found = np.array(list(metrics.by_region(truth, pred, labels).values()))
    assert (found * area).sum() == pytest.approx(metrics.mse(truth, pred).mean())


def test_by_region_refuses_wrong_labels(pair):
    truth, pred = pair
    with pytest.raises(ValueError, match="labels must have"):
        metrics.by_region(truth, pred, np.zeros((4, 2, 2), dtype=np.uint8))
    with pytest.raises(ValueError, match="got uint8 from 6"):
        metrics.by_region(truth, pred, np.full(truth.shape[:3], len(REGIONS), dtype=np.uint8))
    with pytest.raises(ValueError, match="got float64"):
        metrics.by_region(truth, pred, np.zeros(truth.shape[:3]))


def test_bootstrap_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for trial in range(200):
        value, low, high = metrics.bootstrap(rng.gamma(4, 25, 120), resamples=300, seed=trial)
        assert low < value < high
        inside += low <= 100 <= high
    assert 0.90 <= inside / 200 <= 0.985


def test_bootstrap_matches_the_normal_theory_and_takes_other_statistics():
    values = np.random.default_rng(1).normal(10, 2, 400)
    value, low, high = metrics.bootstrap(values, resamples=4000)
    assert value == pytest.approx(values.mean())
    assert (high - low) == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.08)
    assert metrics.bootstrap(values, resamples=4000) == (value, low, high)
    median, low, high = metrics.bootstrap(values, np.median)
    assert median == pytest.approx(np.median(values))
    assert low < median < high


def test_paired_bootstrap_uses_the_pairing():
    rng = np.random.default_rng(2)
    hard = rng.gamma(2, 50, 150)  # pictures differ a lot from one another
    better = hard * rng.normal(0.95, 0.02, 150)  # every one a little better
    value, low, high = metrics.paired_bootstrap(hard, better)
    assert value == pytest.approx(1 - better.mean() / hard.mean())
    assert 0.03 < low < value < high < 0.07
    # The same numbers with the pairs broken: the small gain drowns.
    _, low, high = metrics.paired_bootstrap(hard, rng.permutation(better))
    assert low < 0 < high
    assert metrics.paired_bootstrap(hard, hard) == (0, 0, 0)


def test_bootstrap_refuses_nonsense():
    with pytest.raises(ValueError, match="N at least 1"):
        metrics.bootstrap([])
    with pytest.raises(ValueError, match="same pictures"):
        metrics.paired_bootstrap([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="resamples"):
        metrics.bootstrap([1.0, 2.0], resamples=0)


# ---- the table


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer(tiny_parts(), INFO, "tiny")


def load_portraits(count=24):
    return datasets.load("portraits", "test", size=SIZE, count=count)


def by_method(table):
    return {row["method"]: row for row in table["rows"]}


def test_the_table_has_the_promised_form(colorizer):
    table = evaluation.evaluate(colorizer, "portraits", count=24, resamples=200, seed=3, t=20)
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert [row["method"] for row in table["rows"]] == list(evaluation.METHODS)
    promised = {"method", "mse", "mse_ci", "psnr_mean", "psnr_pooled", "ssim", "colorfulness", "delta_e", "images"}
    for row in table["rows"]:
        assert promised | {"colorfulness_truth", "colorfulness_distance", "note"} <= set(row)
        assert row["images"] == 24
        low, high = row["mse_ci"]
        assert low <= row["mse"] <= high
        assert row["psnr_mean"] >= row["psnr_pooled"]
        assert row["psnr_pooled"] == pytest.approx(10 * math.log10(255**2 / row["mse"]))
        assert ("mse_vs_base" in row) == (row["method"] != "siggraph17")
    rows = by_method(table)
    assert rows["grey"]["colorfulness"] == pytest.approx(0, abs=0.2)
    gain = 1 - rows["grey"]["mse"] / rows["siggraph17"]["mse"]
    assert rows["grey"]["mse_vs_base"][0] == pytest.approx(gain)
    gain = 1 - rows["two-stage"]["mse"] / rows["control"]["mse"]
    assert rows["two-stage"]["mse_vs_control"][0] == pytest.approx(gain)
    for name in ("oracle-mean", "two-stage-oracle-prior"):
        assert rows[name]["note"].startswith("oracle")
    expected = {"data": "portraits", "split": "test", "size": SIZE, "seed": 3, "weights": "tiny", "count": 24}
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
        for method, color in colors.items():
            painted = np.concatenate([lab[..., :1], np.broadcast_to(color, (SIZE, SIZE, 2))], axis=-1)
            expected = np.mean((np.rint(lab2rgb(painted) * 255) - truth) ** 2)
            assert scores[method]["mse"][i] == pytest.approx(expected, rel=5e-3), (method, i)


def test_the_yardsticks_stand_in_order_on_portraits(colorizer):
    data = load_portraits(60)
    constant = training.mean_ab(datasets.load("portraits", "train", size=SIZE, count=100))
    learnt = Colorizer(colorizer.parts, INFO | {"constant_ab": constant}, "tiny")
    rows = by_method(evaluation.evaluate(learnt, data, methods=["grey", "constant", "oracle-mean"], resamples=50))
    assert rows["oracle-mean"]["mse"] < rows["constant"]["mse"] < rows["grey"]["mse"]


def test_the_truth_reaches_the_oracles_alone(colorizer):
    L, ab = load_portraits(4).batch([0, 1, 2, 3])
    found = evaluation.predictions(colorizer, L, ab)
    other = evaluation.predictions(colorizer, L, ab.flip(0) * 0.5)
    changed = {method for method in found if not torch.equal(found[method], other[method])}
    assert changed == {"oracle-mean", "two-stage-oracle-prior"}
    own = colorizer.predict(L, "two-stage", prior=color_prior(ab))["ab"]
    assert torch.allclose(found["two-stage-oracle-prior"], own, atol=1e-6)
    assert torch.equal(found["siggraph17"], colorizer.predict(L, "base")["ab"])


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
    assert list(evaluation.score(base, data)) == ["grey", "oracle-mean", "siggraph17"]
    with pytest.raises(ValueError, match="'two-stage' is not in the weights 'base only'"):
        evaluation.score(base, data, methods=["two-stage"])
    with pytest.raises(ValueError, match="'constant' is not in"):
        evaluation.score(base, data, methods=["constant"])
    with pytest.raises(ValueError, match="methods must be among"):
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
    scores = {"siggraph17": metrics.measure(truth, pred), "perfect": metrics.measure(truth, truth)}
    row = evaluation.rows(scores, resamples=20)[1]
    assert row["psnr_mean"] is None
    assert row["mse"] == 0
    assert row["mse_vs_base"] == [1, 1, 1]
    json.dumps(row, allow_nan=False)
    assert "perfect" in evaluation.format_table([row])


def test_stand_ins_are_labelled():
    found = evaluation.notes({"vgg": "VGG16, seeded random weights"}, t=20)
    assert "stand-in" in found["two-stage"]
    assert "stand-in" in found["control"]
    assert "noise step 20" in found["two-stage"]
    assert "noise" not in evaluation.notes({"vgg": "VGG16, ImageNet weights"})["two-stage"]
    assert "stand-in" not in str(evaluation.notes({"vgg": "VGG16, ImageNet weights"}))


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


def test_by_region_takes_the_portraits_labels(colorizer):
    rgb, labels = portraits.draw_batch(range(3), size=SIZE, masks=True)
    regions = metrics.by_region(rgb, np.roll(rgb, 1, axis=1), labels)
    assert set(regions) == set(REGIONS)
    assert all(value > 0 for value in regions.values())
