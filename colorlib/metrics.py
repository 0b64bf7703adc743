"""The measures behind the table of evaluation/table.py, and their intervals.

Every measure compares pictures as a viewer gets them: 8-bit RGB, the true lightness kept, `truth`
and `pred` of shape (N, H, W, 3) and dtype uint8. It returns one number a picture, shape (N,);
averaging comes after, so that intervals can be drawn over pictures. Which way to average is part of
a measure: see `psnr_mean` and `psnr_pooled`, which differ by 1 to 2 dB on real faces and stand
mixed in the paper's Table 2.
"""

from __future__ import annotations

import warnings

import numpy as np
import scipy
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

# Of a face, as the drawn portraits' masks number them (portraits/painting.py).
REGIONS = ("skin", "lips", "eyes", "hair", "clothes", "background")


def mse(truth: np.ndarray, pred: np.ndarray) -> np.ndarray:
    """Mean squared error over pixels and the three channels, on the 0..255 scale of RGB: (N,).

    This is the MSE of the paper's Table 2. An MSE of a and b in Lab is another number.
    """
    return squared_error(truth, pred).mean(axis=(1, 2))


def squared_error(truth: np.ndarray, pred: np.ndarray) -> np.ndarray:
    """Squared error of each pixel, mean over the three channels: (N, H, W)."""
    _check(truth, pred)
    difference = truth.astype(np.int32) - pred.astype(np.int32)  # uint8 would wrap round
    return (difference * difference).mean(axis=-1)


def psnr(mse_values: np.ndarray) -> np.ndarray:
    """10 log10(255² / MSE) in dB of each value; infinite where the MSE is 0."""
    with np.errstate(divide="ignore"):
        return 10 * np.log10(255.0**2 / np.asarray(mse_values, dtype=np.float64))


def psnr_mean(mse_values: np.ndarray) -> float:
    """Mean over pictures of each picture's own PSNR, in dB. Never below `psnr_pooled` (Jensen)."""
    return float(psnr(mse_values).mean())


def psnr_pooled(mse_values: np.ndarray) -> float:
    """PSNR of the mean MSE over all pictures, in dB."""
    return float(psnr(np.mean(mse_values)))


def ssim(truth: np.ndarray, pred: np.ndarray) -> np.ndarray:
    """Structural similarity (Wang et al. 2004) by scikit-image, mean over the channels: (N,) to 1.

    Settings: channel_axis=-1, data_range=255, uniform window of 7 x 7, sample covariance, K1 0.01,
    K2 0.03 (scikit-image's defaults but for the first two). Other settings move it by up to 0.02:
    compare only like with like. Pictures must be at least 7 x 7.
    """
    _check(truth, pred)
    pairs = zip(truth, pred, strict=True)
    return np.array(
        [structural_similarity(x, y, channel_axis=-1, data_range=255) for x, y in pairs]
    )


def colorfulness(rgb: np.ndarray) -> np.ndarray:
    """Colourfulness M of each picture, (N,) (Hasler & Süsstrunk 2003).

    "Measuring colourfulness in natural images": with the signed differences rg = R - G and
    yb = (R + G)/2 - B on the 0..255 scale,

        M = sqrt(var(rg) + var(yb)) + 0.3 sqrt(mean(rg)² + mean(yb)²).

    Grey gives 0; natural pictures 15 to 80. More is not better: report the distance to the truth's.
    """
    _check(rgb, rgb)
    red, green, blue = (
        rgb.reshape(len(rgb), -1, 3).astype(np.float64).transpose(2, 0, 1)
    )  # (N, H W)
    rg, yb = red - green, (red + green) / 2 - blue
    spread = np.sqrt(rg.var(axis=1) + yb.var(axis=1))
    return spread + 0.3 * np.hypot(rg.mean(axis=1), yb.mean(axis=1))


def delta_e(truth: np.ndarray, pred: np.ndarray) -> np.ndarray:
    """Mean CIEDE2000 difference over pixels, by scikit-image (D65): (N,). About 1 just shows."""
    _check(truth, pred)
    return _delta_e(rgb2lab(truth), rgb2lab(pred))


def chroma_error(truth: np.ndarray, pred: np.ndarray) -> np.ndarray:
    """Mean over pixels of |C_pred - C_truth|, chroma C = sqrt(a² + b²) in Lab units: (N,).

    It sees greying and overshooting, and is blind to hue.
    """
    _check(truth, pred)
    return _chroma_error(rgb2lab(truth), rgb2lab(pred))


def measure(truth: np.ndarray, pred: np.ndarray) -> dict[str, np.ndarray]:
    """All measures at once, (N,) each, and the truth's own colourfulness.

    The same numbers as the functions of these names; the Lab of both sides is made only once.
    """
    lab_truth, lab_pred = rgb2lab(truth), rgb2lab(pred)
    return {
        "mse": mse(truth, pred),
        "ssim": ssim(truth, pred),
        "colorfulness": colorfulness(pred),
        "colorfulness_truth": colorfulness(truth),
        "delta_e": _delta_e(lab_truth, lab_pred),
        "chroma_error": _chroma_error(lab_truth, lab_pred),
    }


def by_region(truth: np.ndarray, pred: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """MSE (RGB, 0..255 scale) of each region, over all its pixels in all pictures.

    labels: (N, H, W) integers, each the index of the pixel's region in `REGIONS`.
    A region that no pixel belongs to gets nan. Weighted by the regions' areas the values average
    to the mean MSE.
    """
    error = squared_error(truth, pred)
    labels = np.asarray(labels)
    if labels.shape != error.shape:
        raise ValueError(f"labels must have shape {error.shape}, one a pixel, got {labels.shape}")
    indices = np.issubdtype(labels.dtype, np.integer)
    if not indices or labels.min() < 0 or labels.max() >= len(REGIONS):
        raise ValueError(
            f"labels must be integers 0 to {len(REGIONS) - 1}, the indices of REGIONS, "
            f"got {labels.dtype} from {labels.min()} to {labels.max()}"
        )
    total, pixels = area_sums(error, labels, len(REGIONS))
    with np.errstate(invalid="ignore"):
        return dict(zip(REGIONS, (total.sum(axis=0) / pixels.sum(axis=0)).tolist(), strict=True))


def area_sums(values: np.ndarray, labels: np.ndarray, areas: int) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the values and number of pixels in each area of each picture: two arrays (N, areas).

    values, labels: (N, H, W), one a pixel; the labels are integers from 0 to areas - 1.
    """
    n = len(values)
    place = np.asarray(labels, dtype=np.int64).reshape(n, -1) + areas * np.arange(n)[:, None]
    place = place.ravel()  # each area of each picture has a number of its own
    total = np.bincount(place, weights=values.ravel(), minlength=n * areas)
    pixels = np.bincount(place, minlength=n * areas)
    return total.reshape(n, areas), pixels.reshape(n, areas)


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Squared Fréchet distance of two sets of features (N, D) and (M, D), taken as Gaussians.

    |mean_a - mean_b|^2 + trace(A + B - 2 (A B)^(1/2)) with covariances A and B (Dowson & Landau
    1982), in squared units of the features: what FID computes on those of an Inception network
    (Heusel et al. 2017). It is too large for few pictures: compare sets of the same size, and with
    two sets of real ones. Raises ValueError for sets of fewer than 2 or with other features.
    """
    wrong = a.ndim != 2 or b.ndim != 2 or a.shape[1:] != b.shape[1:] or min(len(a), len(b)) < 2
    if wrong:
        seen = f"{a.shape} and {b.shape}"
        raise ValueError(f"a and b must be (N, D) and (M, D), N and M at least 2, got {seen}")
    A, B = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    # The eigenvalues of A B are those of the symmetric A^(1/2) B A^(1/2): real and not negative.
    values, vectors = np.linalg.eigh(A)
    root = vectors * np.sqrt(values.clip(min=0)) @ vectors.T
    both = np.sqrt(np.linalg.eigvalsh(root @ B @ root).clip(min=0)).sum()
    apart = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    return float(apart + np.trace(A) + np.trace(B) - 2 * both)


def bootstrap(
    values, statistic=np.mean, resamples=2000, seed=0, level=0.95
) -> tuple[float, float, float]:
    """Percentile bootstrap (Efron 1979) of a statistic over pictures: (value, low, high).

    values: (N,) one number a picture. statistic: called as statistic(array, axis=-1), as NumPy's
    own are. The interval says how the value would vary with other pictures of the same kind; it
    says nothing about another training run.
    """
    return _with_interval(statistic, _columns(values=values), resamples, seed, level)


def paired_bootstrap(a, b, resamples=2000, seed=0, level=0.95) -> tuple[float, float, float]:
    """Relative reduction of the mean from a to b, 1 - mean(b)/mean(a): (value, low, high).

    a, b: (N,) scores of two methods on the same pictures in the same order. Each resample draws
    pictures, and with a picture both scores, so that what makes a picture hard for both cancels.
    Positive: b is lower, which for MSE is better. An interval that holds 0: these pictures cannot
    tell the methods apart.
    """
    a, b = _columns(a=a, b=b)
    if a.mean() == 0:
        raise ValueError("a must have a mean other than 0 to compare with")
    return bootstrap_sums(lambda a, b: 1 - b / a, a, b, resamples=resamples, seed=seed, level=level)


def bootstrap_sums(
    formula, *columns, resamples=2000, seed=0, level=0.95
) -> tuple[float, float, float]:
    """Percentile bootstrap of a formula of sums over pictures: (value, low, high).

    columns: (N,) each, the same pictures in the same order. formula: called with the columns'
    sums, numbers or arrays. Each resample draws pictures, and with a picture its number in every
    column: `bootstrap_sums(np.divide, error, pixels)` is the mean over pixels that are not equally
    many in every picture. Where the formula divides by 0 the result is not finite.
    """

    def statistic(*columns, axis):
        return formula(*(column.sum(axis) for column in columns))

    columns = _columns(**{f"columns[{i}]": column for i, column in enumerate(columns)})
    return _with_interval(statistic, columns, resamples, seed, level)


def _with_interval(statistic, columns, resamples, seed, level) -> tuple[float, float, float]:
    """The statistic of the columns, and its interval when rows of them are drawn again."""
    if resamples < 1:
        raise ValueError(f"resamples must be 1 or more, got {resamples}")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}")
    n = len(columns[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # dividing by 0 gives no interval, but nan
        value = float(statistic(*columns, axis=-1))
        if n == 1:  # every resample is this picture; scipy asks for two
            return value, value, value
        found = scipy.stats.bootstrap(
            columns,
            statistic,
            n_resamples=resamples,
            batch=max(1, 500_000 // n),  # a few megabytes at a time
            vectorized=True,
            paired=True,
            confidence_level=level,
            method="percentile",
            rng=np.random.default_rng(seed),
        )
    return value, *map(float, found.confidence_interval)


def _columns(**columns) -> list[np.ndarray]:
    """The columns as float arrays (N,) of one length, N at least 1; else ValueError."""
    for name, values in columns.items():
        if np.ndim(values) != 1 or len(values) == 0:
            raise ValueError(f"{name} must have shape (N,), N at least 1, got {np.shape(values)}")
    lengths = [len(values) for values in columns.values()]
    if len(set(lengths)) != 1:
        raise ValueError(
            f"{' and '.join(columns)} must be of the same pictures, got {lengths} values"
        )
    return [np.asarray(values, dtype=np.float64) for values in columns.values()]


def _delta_e(lab_truth, lab_pred):
    return deltaE_ciede2000(lab_truth, lab_pred).mean(axis=(1, 2))


def _chroma_error(lab_truth, lab_pred):
    chroma_truth, chroma_pred = (np.hypot(x[..., 1], x[..., 2]) for x in (lab_truth, lab_pred))
    return np.abs(chroma_pred - chroma_truth).mean(axis=(1, 2))


def _check(truth: np.ndarray, pred: np.ndarray) -> None:
    for name, rgb in (("truth", truth), ("pred", pred)):
        dtype, shape = getattr(rgb, "dtype", type(rgb).__name__), np.shape(rgb)
        if dtype != np.uint8 or len(shape) != 4 or shape[-1] != 3:
            raise ValueError(f"{name} must be a uint8 array (N, H, W, 3), got {dtype} {shape}")
    if truth.shape != pred.shape:
        raise ValueError(f"pred must have truth's shape {truth.shape}, got {pred.shape}")
