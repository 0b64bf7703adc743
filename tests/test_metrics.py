"""The measures against scikit-image and by hand, and what their intervals promise."""

import math

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

from colorlib import metrics, portraits
from colorlib.metrics import REGIONS


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
    both = metrics.chroma_error(np.concatenate([red, red]), np.concatenate([grey, red]))
    assert both.tolist() == pytest.approx([chroma, 0], abs=0.05)


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


def test_by_region_takes_the_portraits_labels():
    rgb, labels = portraits.draw_batch(range(3), size=32, masks=True)
    regions = metrics.by_region(rgb, np.roll(rgb, 1, axis=1), labels)
    assert set(regions) == set(REGIONS)
    assert all(value > 0 for value in regions.values())


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


def test_bootstrap_of_sums_draws_pictures_with_all_their_columns():
    rng = np.random.default_rng(3)
    pixels = rng.integers(1, 50, 200)
    error = pixels * rng.normal(7, 0.1, 200)  # as many more errors as there are more pixels
    value, low, high = metrics.bootstrap_sums(np.divide, error, pixels)
    assert value == pytest.approx(error.sum() / pixels.sum())
    assert value - 0.05 < low < value < high < value + 0.05
    a, b = rng.gamma(2, 50, 150), rng.gamma(2, 40, 150)
    assert metrics.bootstrap_sums(lambda a, b: 1 - b / a, a, b) == metrics.paired_bootstrap(a, b)
    with pytest.raises(ValueError, match=r"columns\[0\] and columns\[1\] must be of the same pictures, got \[2, 1\]"):
        metrics.bootstrap_sums(np.divide, [1.0, 2.0], [1.0])


def test_intervals_are_quantiles_of_resampled_rows():
    """By plain NumPy from the same random numbers, so that a seed keeps its interval."""
    a, b = np.random.default_rng(4).gamma(2, 50, (2, 40))
    rows = np.random.default_rng(7).integers(0, 40, (500, 40))
    settings = {"resamples": 500, "seed": 7, "level": 0.8}
    plain = np.quantile(a[rows].mean(axis=1), [0.1, 0.9])
    np.testing.assert_allclose(metrics.bootstrap(a, **settings), [a.mean(), *plain], rtol=1e-12)
    plain = np.quantile(1 - b[rows].mean(axis=1) / a[rows].mean(axis=1), [0.1, 0.9])
    np.testing.assert_allclose(metrics.paired_bootstrap(a, b, **settings)[1:], plain, rtol=1e-12)


def test_many_pictures_are_resampled_in_blocks():
    """2,000 resamples of 20,000 pictures at once would take 320 MB for their indices alone."""
    sizes = []

    def statistic(x, axis):
        sizes.append(x.size)
        return x.mean(axis=axis)

    metrics.bootstrap(np.arange(20_000), statistic, resamples=60)
    assert max(sizes) <= 500_000
    assert sum(sizes) == 61 * 20_000


def test_intervals_at_the_edge():
    assert metrics.bootstrap([3.0]) == (3, 3, 3)  # one picture: nothing varies
    assert metrics.bootstrap_sums(np.divide, [6.0], [2.0]) == (3, 3, 3)
    value, low, high = metrics.bootstrap_sums(np.divide, [1.0, 2.0], [0.0, 0.0])
    assert (value, math.isfinite(low), math.isfinite(high)) == (math.inf, False, False)
    assert metrics.bootstrap([1.0, 2.0], resamples=1)[1:] in [(x, x) for x in (1, 1.5, 2)]


def test_bootstrap_refuses_nonsense():
    with pytest.raises(ValueError, match="N at least 1"):
        metrics.bootstrap([])
    with pytest.raises(ValueError, match="same pictures"):
        metrics.paired_bootstrap([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="resamples must be 1 or more, got 0"):
        metrics.bootstrap([1.0, 2.0], resamples=0)
    with pytest.raises(ValueError, match="level must be between 0 and 1, got 95"):
        metrics.bootstrap([1.0, 2.0], level=95)
    with pytest.raises(ValueError, match="mean other than 0"):
        metrics.paired_bootstrap([0.0, 0.0], [1.0, 2.0])


def test_psnr_of_any_numbers_is_float64():
    assert metrics.psnr(np.array([65025, 650.25], dtype=np.float16)).dtype == np.float64
    assert metrics.psnr([65025.0, 650.25]).tolist() == pytest.approx([0, 20])
