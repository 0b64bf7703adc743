"""What hints and samples are worth, by hand on a few pictures."""

import json

import numpy as np
import pytest
import torch

from colorlib import cli, color, metrics
from colorlib.colorize import Colorizer
from colorlib.data import datasets
from colorlib.evaluation import hinted, sampled
from colorlib.evaluation.hinted import format_hints, hints, placed
from colorlib.evaluation.sampled import compared, format_samples, quarters, samples
from colorlib.framing import WIDEST
from colorlib.models.spread import spread_hints
from test_colorize import INFO
from test_placed import able, able_file, all_parts  # noqa: F401 (fixtures)


@pytest.fixture(scope="module")
def six():
    return datasets.load("portraits", "test", size=32, count=6)


class Copies(torch.nn.Module):
    """Grey where nothing is hinted, and the hint where there is one."""

    def forward(self, L, ab=None, mask=None):
        return torch.zeros(len(L), 2, *L.shape[2:]) if ab is None else ab


def test_squares_show_the_mean_of_what_lies_below():
    ab = torch.arange(72.0).view(1, 2, 6, 6) / 100
    given, mask = placed(ab, [[(2, 3), (0, 0)]], side=3)
    assert mask[0, 0].nonzero().tolist() == [[y, x] for y, xs in ((0, (0, 1)), (1, (0, 1, 2, 3, 4)), (2, (2, 3, 4)),
                                                                 (3, (2, 3, 4))) for x in xs]  # fmt: skip
    assert given[0, 0, 3, 4].item() == pytest.approx(ab[0, 0, 1:4, 2:5].mean().item())
    assert given[0, 1, 0, 0].item() == pytest.approx(ab[0, 1, :2, :2].mean().item())
    assert not given[:, :, ~mask[0, 0].bool()].any()
    assert placed(ab, [[(3, 3)]], side=2)[1].sum() == 4
    assert not placed(ab, [[]], side=3)[1].any()


def test_the_curve_of_hints_by_hand(six):
    colorizer = Colorizer(all_parts(), INFO, "copies")
    colorizer.run["hints"] = Copies()
    found = hints(colorizer, six, counts=(0, 1, 4), side=5, seed=2, resamples=50, batch_size=4)
    L, ab = six.batch(range(6))
    truth = color.show(L, ab)
    places = [hinted._places(2, i, 4, (32, 32)) for i in range(6)]
    for row, n in zip(found["rows"], (0, 1, 4), strict=True):
        given, mask = placed(ab, [rows[:n] for rows in places], 5)
        assert row["hints"] == n
        assert row["network"] == pytest.approx(metrics.mse(truth, color.show(L, given)).mean())
        others = spread_hints(L, torch.zeros_like(ab), given, mask)  # what the network says without hints is grey
        assert row["spread"] == pytest.approx(metrics.mse(truth, color.show(L, others)).mean())
        assert row["mse"] == pytest.approx(metrics.mse(truth, color.show(L, (given + others) / 2)).mean())
        shift = (given * mask).sum(dim=(2, 3)) / mask.sum(dim=(2, 3)).clamp(min=1)
        shifted = shift[:, :, None, None].expand_as(ab)
        assert row["shift"] == pytest.approx(metrics.mse(truth, color.show(L, shifted)).mean())
        assert row["less"][0] == pytest.approx(1 - row["mse"] / found["rows"][0]["mse"])
        for way in hinted.BESIDE:
            assert row[f"{way}_less"][0] == pytest.approx(1 - row[way] / found["rows"][0]["mse"])
    given, mask = placed(-ab, [rows[:1] for rows in ([hinted._places(2, i, 4, (32, 32))[0]] for i in range(6))], 5)
    moved = color.AB_SCALE * ((given + spread_hints(L, torch.zeros_like(ab), given, mask)) / 2).norm(dim=1)
    inside = mask[:, 0] > 0
    assert found["wrong"]["inside"] == pytest.approx(hinted._mean(moved, inside).mean(), rel=1e-5)
    assert 0 < found["wrong"]["far"] < found["wrong"]["inside"] < found["wrong"]["asked"]
    assert found["settings"]["side"] == 5
    text = format_hints(found)
    assert "6 pictures, test, squares of 5 pixels" in text
    assert text.splitlines()[1].split()[0] == "0"  # no index of rows before it
    assert hinted.COUNTS == (0, 1, 2, 5, 10, 20, 50)
    for side in (0, WIDEST + 1):
        with pytest.raises(ValueError, match="side must be from 1 to 9"):
            hints(colorizer, six, side=side)
    with pytest.raises(ValueError, match="needs hints"):
        hints(Colorizer({"base": colorizer.parts["base"]}, INFO), six)


def test_a_calibrated_truth_lies_in_each_quarter_as_often():
    random = np.random.default_rng(0)
    drawn = random.normal(size=(20_000, 16, 4))
    fair = quarters(random.normal(size=(20_000, 4)), drawn)
    assert list(fair) == ["mean a", "mean b", "spread", "magnitude"]
    for shares in fair.values():
        np.testing.assert_allclose(shares, 0.25, atol=0.01)
        assert sum(shares) == pytest.approx(1)
    narrow = quarters(3 * random.normal(size=(20_000, 4)), drawn)["mean a"]
    assert narrow[0] > 0.35 < narrow[3]
    assert max(narrow[1:3]) < 0.15
    low = quarters(np.full((5, 4), -9.0), drawn[:5])["spread"]
    assert low == pytest.approx([1, 0, 0, 0])
    # Of 4 samples, 5 places: the lowest quarter has the first and a quarter of the second.
    one = quarters(np.full((1, 4), 1.5), np.arange(1.0, 5)[None, :, None].repeat(4, axis=2))["mean b"]
    assert one == pytest.approx([0.25, 0.75, 0, 0])
    equal = quarters(np.ones((1, 4)), np.ones((1, 4, 4)))["mean a"]  # a tie counts as not below
    assert equal == pytest.approx([1, 0, 0, 0])


def test_the_table_of_samples_by_hand(able, six):  # noqa: F811
    found = samples(able, six, draws=5, seed=1, resamples=50, batch_size=4)
    L, ab = six.batch(range(6))
    truth, base = color.show(L, ab), able.predict(L, "base")["ab"]
    made = torch.stack([able.predict(L, "sampled-prior", seed=1 + 1000 * i)["ab"] for i in range(5)])
    each = np.stack([metrics.mse(truth, color.show(L, x)) for x in made])
    errors = found["errors"]
    assert errors["base"]["mse"] == pytest.approx(metrics.mse(truth, color.show(L, base)).mean())
    assert errors["one sample"]["mse"] == pytest.approx(each.mean())
    assert errors["mean of 5"]["mse"] == pytest.approx(metrics.mse(truth, color.show(L, made.mean(dim=0))).mean())
    ratio = errors["one sample"]["mse"] / errors["base"]["mse"] - 1
    assert errors["one sample"]["versus"][0] == pytest.approx(ratio)
    assert errors["one sample"]["versus"][1] < ratio < errors["one sample"]["versus"][2]
    assert {k: row["mse"] for k, row in found["best"].items()} == pytest.approx(
        {k: each[:k].min(axis=0).mean() for k in (1, 2, 4)}
    )
    vivid = [metrics.colorfulness(color.show(L, x)).mean() for x in made]
    assert found["colorfulness"]["one sample"] == pytest.approx(np.mean(vivid))
    assert found["colorfulness"]["truth"] == pytest.approx(metrics.colorfulness(truth).mean())
    small = [torch.nn.functional.avg_pool2d(110 * x, 4).flatten(1).numpy() for x in (ab, made[0])]
    assert found["frechet"]["one sample"] == pytest.approx(metrics.frechet(*small), rel=1e-4)
    assert found["frechet"]["bias"] == pytest.approx(metrics.frechet(small[0][:3], small[0][3:]), rel=1e-4)
    text = format_samples(found)
    assert "-0.0" not in text
    assert text.splitlines()[1].split() == ["base", f"{errors['base']['mse']:.1f}"]
    assert "6 pictures, test, 5 samples each" in text
    assert [text.index(word) for word in ("lowest quarter", "second", "third", "highest")]


def test_both_ways_to_draw_are_measured_on_the_same_pictures(able, six):  # noqa: F811
    options = {"draws": 4, "seed": 1, "resamples": 50, "batch_size": 4}
    found = compared(able, six, steps=2, **options)
    assert found.keys() == {"tint", "pixels", "settings"}
    assert found["tint"] == samples(able, six, **options)
    L, ab = six.batch(range(6))
    made = torch.stack([able.predict(L, "sampled-pixels", seed=1 + 1000 * i, steps=2)["ab"] for i in range(4)])
    each = np.stack([metrics.mse(color.show(L, ab), color.show(L, x)) for x in made])
    assert found["pixels"]["errors"]["one sample"]["mse"] == pytest.approx(each.mean())
    assert found["pixels"]["errors"]["base"] == found["tint"]["errors"]["base"]
    assert found["pixels"]["settings"]["steps"] == 2
    assert {"by", "steps"} & found["settings"].keys() == set()
    text = format_samples(found)
    rows = {line.split("  ")[0]: line for line in text.splitlines()}
    assert text.splitlines()[0].split() == ["by", "tint", "by", "pixels"]
    for way in ("tint", "pixels"):
        assert f"{found[way]['errors']['one sample']['mse']:.1f}" in rows["one sample"]
        assert f"{100 * found[way]['quarters']['mean b'][0]:.0f} %" in rows["lowest quarter"]
    assert "6 pictures, test, 4 samples each" in text
    refined = {name: net for name, net in able.parts.items() if name != "tints"}
    only = compared(Colorizer(refined, INFO), six, steps=2, **options)
    assert only["pixels"] == found["pixels"] | {"settings": only["pixels"]["settings"]}
    assert "tint" not in only
    with pytest.raises(ValueError, match=r"^stage 'sampled-prior' needs refiner and tints"):
        compared(Colorizer({"base": able.parts["base"]}, INFO), six)
    with pytest.raises(ValueError, match=r"^by must be one of tint, pixels, got 'hue'"):
        samples(able, six, by="hue")


def test_frechet_of_known_gaussians():
    random = np.random.default_rng(0)
    a = random.normal(size=(50_000, 2))
    b = random.normal(size=(50_000, 2)) * [2, 1] + [3, 0]
    assert metrics.frechet(a, b) == pytest.approx(9 + 1, abs=0.1)  # |3|^2 + (2 - 1)^2
    assert metrics.frechet(a, a) == pytest.approx(0, abs=1e-9)
    turned = a * [3, 1] @ np.array([[0.6, -0.8], [0.8, 0.6]])
    assert metrics.frechet(turned, a) == pytest.approx((3 - 1) ** 2, abs=0.1)
    few = random.normal(size=(3, 5))  # fewer pictures than numbers
    assert np.isfinite(metrics.frechet(few, few + 1))
    with pytest.raises(ValueError, match=r"^a and b must be \(N, D\) and \(M, D\), N and M at least 2, got \(1, 2\)"):
        metrics.frechet(a[:1], b)


def test_both_suites_from_the_command(able_file, tmp_path, capsys):  # noqa: F811
    for suite, sign in (("hints", "less error"), ("samples", "best of 16")):
        words = ["evaluate", "--suite", suite, "--data", "portraits", "--weights", str(able_file), "--count", "4"]
        assert cli.main([*words, "--json", str(tmp_path / "out.json")]) == 0
        assert sign in capsys.readouterr().out
        assert json.loads((tmp_path / "out.json").read_text())["settings"]["suite"] == suite
    words = ["evaluate", "--suite", "samples", "--data", "portraits", "--weights", str(able_file), "--count", "3"]
    assert cli.main(words) == 2
    assert "count must be at least 4 pictures, got 3" in capsys.readouterr().err
    assert sampled.SAMPLES == 16
