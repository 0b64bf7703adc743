# %% [markdown]
# # Problem set 1 · Data and Lab
#
# After lesson 01. 25 points, about 105 minutes, a laptop is enough.
#
# Write where `raise NotImplementedError` stands, or where it says YOUR ANSWER HERE. Add cells as you like; do not
# delete, copy or merge the given ones, because they carry names by which the grader finds them. Run all cells once
# before you hand in.
#
# The cells under an answer test it, one idea each, so a half right answer earns part of the points. The grader runs
# more tests of the same kind with other numbers. No task needs your answer to an earlier one.

# %% nbgrader={"grade_id": "ps1-setup", "locked": true}
import warnings

import numpy as np
import torch

from colorlib import color, metrics
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.show import plots

warnings.simplefilter("ignore")
train = datasets.load("portraits", "train", size=64, count=200)
test = datasets.load("portraits", "test", size=64, count=60)
_, train_ab = train.batch(range(len(train)))  # (200, 2, 64, 64), model units
L, ab = test.batch(range(len(test)))  # (60, 1, 64, 64) and (60, 2, 64, 64)


# %% nbgrader={"grade_id": "ps1-helpers", "locked": true}
def numbers(*shape, seed):
    """Random numbers between -0.5 and 0.5, the same in every run."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 0.5


truth = color.show(L, ab)
plots.picture_row(list(truth[:6]))

# %% [markdown]
# ## Task 1.1 · 2 points · 5 minutes
#
# Lesson 01 turned Lab into *model units*, `L' = (L - 50) / 100` and `ab' = ab / 110`. Write the way back: from `L (B,
# 1, H, W)` and `ab (B, 2, H, W)` in model units to Lab `(B, 3, H, W)`.


# %% nbgrader={"grade_id": "ps1-1", "solution": true}
def to_lab(L, ab):
    ### BEGIN SOLUTION
    return torch.cat([100 * L + 50, 110 * ab], dim=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps1-1-ab", "grade": true, "points": 1}
# a and b stand in channels 1 and 2, in ab units
lab = to_lab(torch.zeros(2, 1, 3, 4), torch.ones(2, 2, 3, 4) * torch.tensor([0.5, -0.2]).view(2, 1, 1))
assert torch.allclose(lab[:, 1], torch.tensor(55.0)), "a of 0.5 is 55 in ab units"
assert torch.allclose(lab[:, 2], torch.tensor(-22.0)), "b of -0.2 is -22 in ab units"
### BEGIN HIDDEN TESTS
for i, (batch, h, w) in enumerate(((1, 5, 2), (4, 3, 3))):
    x = numbers(batch, 2, h, w, seed=500 + i)
    assert torch.allclose(to_lab(numbers(batch, 1, h, w, seed=i), x)[:, 1:], 110 * x, atol=1e-4)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-1-check", "grade": true, "points": 1}
# all of it
assert checks.to_lab(to_lab), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
for i, (batch, h, w) in enumerate(((2, 1, 7), (5, 2, 2))):
    given = numbers(batch, 1, h, w, seed=510 + i), numbers(batch, 2, h, w, seed=520 + i)
    back = color.lab_to_model(to_lab(*given))
    assert all(torch.allclose(x, y, atol=1e-5) for x, y in zip(given, back, strict=True))  # there and back again
### END HIDDEN TESTS

# %% [markdown]
# ## Task 1.2 · 4 points · 15 minutes
#
# A colour's place in the ab plane can be told in another way: its **chroma** is the distance from grey, `√(a² + b²)`;
# its **hue** is the angle, counted from the positive a axis towards positive b. So red is near 0°, yellow near 90°,
# green near 180°, blue near 270°.
#
# From `ab (B, 2, H, W)` in model units return `(hue, chroma)`, both `(B, H, W)`: hue in degrees, from 0 to below 360,
# and chroma in ab units.


# %% nbgrader={"grade_id": "ps1-2", "solution": true}
def hue_and_chroma(ab):
    ### BEGIN SOLUTION
    a, b = 110 * ab[:, 0], 110 * ab[:, 1]
    hue = torch.rad2deg(torch.atan2(b, a)) % 360
    return hue, (a**2 + b**2).sqrt()
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps1-2-chroma", "grade": true, "points": 1}
# chroma
_, chroma = hue_and_chroma(torch.tensor([0.3, 0.4]).view(1, 2, 1, 1))
assert torch.allclose(chroma, torch.full((1, 1, 1), 55.0)), "3, 4, 5: a chroma of 0.5, in ab units 55"
### BEGIN HIDDEN TESTS
x = numbers(3, 2, 4, 5, seed=530)
assert torch.allclose(hue_and_chroma(x)[1], 110 * x.norm(dim=1), atol=1e-3)
assert torch.allclose(hue_and_chroma(-x)[1], hue_and_chroma(x)[1])
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-2-quarters", "grade": true, "points": 1}
# hue tells the four directions apart (0 and 360 are the same angle here)
axes = torch.tensor([[0.2, 0], [0, 0.2], [-0.2, 0], [0, -0.2]]).T.reshape(1, 2, 1, 4)
hue, _ = hue_and_chroma(axes)
assert torch.allclose(hue.flatten() % 360, torch.tensor([0.0, 90, 180, 270]), atol=1e-3), "red, yellow, green, blue"
### BEGIN HIDDEN TESTS
x = numbers(2, 2, 5, 5, seed=531)
turned = torch.stack([-x[:, 1], x[:, 0]], dim=1)  # by 90 degrees
difference = (hue_and_chroma(turned)[0] - hue_and_chroma(x)[0]) % 360
assert torch.allclose(difference, torch.tensor(90.0), atol=1e-2)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-2-range", "grade": true, "points": 1}
# hue lies between 0 and 360 and uses all of it
hue, _ = hue_and_chroma(numbers(4, 2, 16, 16, seed=0))
assert 0 <= hue.min() < 10, "the smallest hue of many random colours is just above 0"
assert 350 < hue.max() < 360, "the largest just below 360"
### BEGIN HIDDEN TESTS
for seed in (532, 533):
    hue, _ = hue_and_chroma(numbers(2, 2, 30, 30, seed=seed))
    assert hue.min() >= 0
    assert 350 < hue.max() < 360.0001
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-2-check", "grade": true, "points": 1}
# all of it
assert checks.hue_and_chroma(hue_and_chroma), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
x = numbers(5, 2, 3, 2, seed=534)
hue, chroma = hue_and_chroma(x)
back = torch.stack([chroma * torch.deg2rad(hue).cos(), chroma * torch.deg2rad(hue).sin()], dim=1) / 110
assert torch.allclose(back, x, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 1.3 · 4 points · 15 minutes
#
# A split proves nothing where a test picture stands among the training pictures, too, under another name: scaled,
# saved once more, or mirrored. Find such pictures. `train (M, H, W, 3)` and `test (N, H, W, 3)` are 8-bit pictures,
# NumPy arrays of type `uint8`. Return `(N,)` truths: `True` where a training picture is *near* the test picture, as it
# is or mirrored left to right.
#
# Near means: the mean of the absolute difference, over all pixels and channels, is at most `limit`.


# %% nbgrader={"grade_id": "ps1-3", "solution": true}
def seen_before(train, test, limit):
    ### BEGIN SOLUTION
    found = []
    for picture in test.astype(float):
        apart = [np.abs(picture - x).mean(axis=(1, 2, 3)) for x in (train, train[:, :, ::-1])]
        found.append(np.min(apart) <= limit)
    return np.array(found)
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps1-3-copies", "grade": true, "points": 1}
# a copy is found, whichever it is of; a new picture is not
found = seen_before(truth[:10], truth[[4, 12, 9]], 2)
assert np.array_equal(found, [True, False, True]), "4 and 9 are among the first ten portraits, 12 is not"
### BEGIN HIDDEN TESTS
x = np.random.default_rng(545).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
assert np.array_equal(seen_before(x[:3], x, 1), [True, True, True, False, False])
assert np.array_equal(seen_before(x, x[1:2], 1), [True])
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-3-mirrored", "grade": true, "points": 1}
# mirrored left to right is found, upside down is another picture
mirrored, upside_down = truth[[2, 5]][:, :, ::-1], truth[[2, 5]][:, ::-1]
assert np.array_equal(seen_before(truth[:10], mirrored, 2), [True, True]), "mirrored left to right"
assert np.array_equal(seen_before(truth[:10], upside_down, 2), [False, False]), "upside down"
### BEGIN HIDDEN TESTS
x = np.random.default_rng(546).integers(0, 256, (3, 5, 4, 3), dtype=np.uint8)
assert np.array_equal(seen_before(x[:2], x[:, :, ::-1], 1), [True, True, False])
assert np.array_equal(seen_before(x[:, :, ::-1], x, 1), [True, True, True])
assert np.array_equal(seen_before(x, x[:, ::-1, ::-1], 1), [False, False, False])
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-3-limit", "grade": true, "points": 1}
# the limit: a mean of sizes, in numbers that do not wrap round
grey = np.full((1, 2, 2, 3), 100, np.uint8)
for other in (97, 103):
    near = np.full((1, 2, 2, 3), other, np.uint8)
    assert np.array_equal(seen_before(grey, near, 3), [True]), f"100 and {other}: 3 apart, and 3 is the limit"
    assert np.array_equal(seen_before(grey, near, 2.9), [False]), f"100 and {other} are further apart than 2.9"
### BEGIN HIDDEN TESTS
both_ways = grey + np.array([50, -50] * 6).reshape(1, 2, 2, 3)  # the differences sum to 0
assert np.array_equal(seen_before(grey, both_ways.astype(np.uint8), 3), [False])
one_pixel = grey.copy()
one_pixel[0, 1, 1, 0] += 12  # a mean of 1, a mean square of 12
assert np.array_equal(seen_before(grey, one_pixel, 2), [True])
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-3-check", "grade": true, "points": 1}
# all of it
assert checks.seen_before(seen_before), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
x = np.random.default_rng(547).integers(40, 200, (6, 4, 4, 3), dtype=np.uint8)
lighter = np.concatenate([x[[5]] + 9, x[[0]][:, :, ::-1] - 9]).astype(np.uint8)
assert np.array_equal(seen_before(x, lighter, 9), [True, True])
assert np.array_equal(seen_before(x, lighter, 8), [False, False])
### END HIDDEN TESTS

# %% [markdown]
# ## Task 1.4 · 3 points · 15 minutes
#
# The mean squared error of a picture does not say *where* it is wrong. `truth` and `guess` are 8-bit pictures `(N, H,
# W, 3)`, NumPy arrays of type `uint8`. Cut each picture into blocks of `size × size` pixels that lie side by side
# (`size` divides H and W). A block's MSE is the mean over its pixels and channels of the squared difference. Return one
# number for each picture, `(N,)`: the MSE of its worst block.


# %% nbgrader={"grade_id": "ps1-4", "solution": true}
def worst_block(truth, guess, size):
    ### BEGIN SOLUTION
    N, H, W, _ = truth.shape
    error = (truth.astype(float) - guess) ** 2
    blocks = error.reshape(N, H // size, size, W // size, size, 3).mean(axis=(2, 4, 5))
    return blocks.max(axis=(1, 2))
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps1-4-eight", "grade": true, "points": 1}
# 8-bit numbers: 3 - 5 is -2, not 254
dark, light = np.full((1, 2, 2, 3), 3, np.uint8), np.full((1, 2, 2, 3), 5, np.uint8)
assert np.allclose([worst_block(dark, light, 2), worst_block(light, dark, 1)], 4), "a difference of 2, squared, is 4"
### BEGIN HIDDEN TESTS
black, white = np.zeros((1, 3, 6, 3), np.uint8), np.full((1, 3, 6, 3), 255, np.uint8)
assert np.allclose(worst_block(black, white, 3), 255**2)
assert np.allclose(worst_block(white, black, 3), 255**2)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-4-blocks", "grade": true, "points": 1}
# one number for each picture, from its worst block
x, y = np.zeros((2, 2, 4, 6, 3), np.uint8)
y[0, 2:, 2:4] = 10
y[1] = 3
y[1, 0, 5] = 5
assert np.shape(worst_block(x, y, 2)) == (2,), "two pictures, two numbers"
assert np.allclose(worst_block(x, y, 2), [100, 13]), "a block of tens; three pixels of 3 and one of 5: 52 / 4"
### BEGIN HIDDEN TESTS
x, y = np.random.default_rng(540).integers(0, 16, (2, 3, 4, 8, 3), dtype=np.uint8)
wanted = [
    max(metrics.mse(a[None, r : r + 4, c : c + 4], b[None, r : r + 4, c : c + 4])[0] for r in (0,) for c in (0, 4))
    for a, b in zip(x, y, strict=True)
]
assert np.allclose(worst_block(x, y, 4), wanted)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-4-check", "grade": true, "points": 1}
# all of it
assert checks.worst_block(worst_block), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
x, y = np.random.default_rng(541).integers(0, 256, (2, 4, 6, 3, 3), dtype=np.uint8)
each = ((x.astype(float) - y) ** 2).mean(axis=3)
assert np.allclose(worst_block(x, y, 1), each.max(axis=(1, 2)))
assert np.allclose(worst_block(x, y, 3), np.maximum(metrics.mse(x[:, :3], y[:, :3]), metrics.mse(x[:, 3:], y[:, 3:])))
### END HIDDEN TESTS

# %% [markdown]
# ## Task 1.5 · 3 points · 15 minutes
#
# An MSE says little by itself. Make the three *yardsticks* of lesson 01: guesses that need no network. From the
# training pictures' `train_ab (M, 2, H, W)` and the test pictures' `test_ab (N, 2, H, W)` return a dictionary with
#
# - `"grey"`: no colour;
# - `"constant"`: one colour everywhere, the mean over all training pictures and their pixels;
# - `"oracle-mean"`: for each test picture its own true mean colour, everywhere in it,
#
# each of the shape of `test_ab`.


# %% nbgrader={"grade_id": "ps1-5", "solution": true}
def yardsticks(train_ab, test_ab):
    ### BEGIN SOLUTION
    constant = train_ab.mean(dim=(0, 2, 3), keepdim=True)
    return {
        "grey": torch.zeros_like(test_ab),
        "constant": constant.expand_as(test_ab),
        "oracle-mean": test_ab.mean(dim=(2, 3), keepdim=True).expand_as(test_ab),
    }
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps1-5-grey", "grade": true, "points": 1}
# grey
grey = yardsticks(train_ab[:20], ab[:8])["grey"]
assert torch.equal(grey, torch.zeros(8, 2, 64, 64)), "a = b = 0 at every pixel of every test picture"
### BEGIN HIDDEN TESTS
grey = yardsticks(numbers(3, 2, 4, 4, seed=550), numbers(2, 2, 5, 3, seed=551))["grey"]
assert grey.shape == (2, 2, 5, 3)
assert not grey.any()
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-5-constant", "grade": true, "points": 1}
# one constant colour, from the training pictures
constant = yardsticks(train_ab[:20], ab[:8])["constant"]
assert constant.shape == ab[:8].shape, "the shape of test_ab"
assert torch.allclose(constant[3, :, 5, 7], train_ab[:20].mean(dim=(0, 2, 3)), atol=1e-5), "the training pictures' mean"
### BEGIN HIDDEN TESTS
x, y = numbers(6, 2, 4, 4, seed=552) + 0.3, numbers(3, 2, 5, 3, seed=553)
constant = yardsticks(x, y)["constant"]
assert torch.allclose(constant, x.mean(dim=(0, 2, 3)).view(1, 2, 1, 1).expand(3, 2, 5, 3), atol=1e-5)
assert torch.equal(constant, yardsticks(x, 2 * y)["constant"])  # the test pictures' colours have no say
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-5-oracle", "grade": true, "points": 1}
# each picture's true mean colour
oracle = yardsticks(train_ab[:20], ab[:8])["oracle-mean"]
assert oracle.shape == ab[:8].shape, "the shape of test_ab"
assert torch.allclose(oracle.mean(dim=(2, 3)), ab[:8].mean(dim=(2, 3)), atol=1e-5), "each picture its own mean"
assert oracle.var(dim=(2, 3)).max() < 1e-6, "one colour within a picture"
### BEGIN HIDDEN TESTS
y = numbers(4, 2, 5, 3, seed=554)
oracle = yardsticks(train_ab[:3], y)["oracle-mean"]
assert torch.allclose(oracle, y.mean(dim=(2, 3), keepdim=True).expand_as(y), atol=1e-5)
### END HIDDEN TESTS

# %% [markdown]
# If your yardsticks pass, this scores them on our test portraits (8-bit RGB, L kept).

# %%
for name, guess in yardsticks(train_ab, ab).items():
    print(f"{name:<12} MSE {metrics.mse(truth, color.show(L, guess)).mean():6.0f}")

# %% [markdown]
# ## Task 1.6 · 5 points · 25 minutes · a catch of the paper
#
# **PSNR** is the MSE on a logarithmic scale, `10 · log10(255² / MSE)`, in decibels. For a *set* of pictures there are
# two ways to average: the *pooled* PSNR takes the mean of all MSEs first and then the logarithm; the *mean* PSNR takes
# each picture's own PSNR first and then the mean.
#
# First measure how far they are apart: `psnr_gap(mse)`, from the MSE of each picture, `(N,)`, to one number: mean PSNR
# minus pooled PSNR.


# %% nbgrader={"grade_id": "ps1-6-gap", "solution": true}
def psnr_gap(mse):
    ### BEGIN SOLUTION
    each = 10 * np.log10(255**2 / mse)
    return each.mean() - 10 * np.log10(255**2 / mse.mean())
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps1-6-gap-equal", "grade": true, "points": 1}
# no gap where all pictures are equally hard
assert abs(psnr_gap(np.full(5, 80.0))) < 1e-6, "five equal MSEs: both ways give the same"
### BEGIN HIDDEN TESTS
assert abs(psnr_gap(np.array([321.0]))) < 1e-6
assert abs(psnr_gap(np.full(9, 3.0))) < 1e-6
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-6-gap-value", "grade": true, "points": 1}
# its size on our portraits, painted in one constant colour
of_constant = metrics.mse(truth, color.show(L, train_ab.mean(dim=(0, 2, 3)).view(1, 2, 1, 1).expand_as(ab)))
wanted = metrics.psnr_mean(of_constant) - metrics.psnr_pooled(of_constant)
assert abs(psnr_gap(of_constant) - wanted) < 1e-6, f"colorlib measures {wanted:.3f} dB"
print(f"mean PSNR is {wanted:.2f} dB above pooled PSNR on our portraits")
### BEGIN HIDDEN TESTS
for seed in (560, 561):
    x = np.random.default_rng(seed).gamma(2.0, 100.0, 30)
    assert abs(psnr_gap(x) - (metrics.psnr_mean(x) - metrics.psnr_pooled(x))) < 1e-6
    assert psnr_gap(x) > 0
    assert abs(psnr_gap(7 * x) - psnr_gap(x)) < 1e-6
### END HIDDEN TESTS

# %% [markdown]
# Now the paper's Table 2. It prints the MSE and the PSNR of four methods on the same pictures. From the printed MSE
# you can compute the *pooled* PSNR, and see which rows were averaged the other way.
#
# Write `other_way(table)`: from `{name: (mse, psnr)}` to the list of names, in the table's order, whose PSNR differs
# from the pooled one by more than 0.05 dB.

# %% nbgrader={"grade_id": "ps1-6-given", "locked": true}
TABLE_2 = {  # MSE and PSNR as printed
    "CNN": (337.021, 24.673),
    "GAN": (368.143, 22.471),
    "SIGGRAPH17": (78.807, 29.634),
    "Ours": (63.812, 30.500),
}


# %% nbgrader={"grade_id": "ps1-6-rows", "solution": true}
def other_way(table):
    ### BEGIN SOLUTION
    return [name for name, (mse, psnr) in table.items() if abs(psnr - 10 * np.log10(255**2 / mse)) > 0.05]
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps1-6-rows-paper", "grade": true, "points": 1}
# the paper's table: is there such a row, and are they all?
found = other_way(TABLE_2)
print("not the pooled PSNR:", found)
assert 0 < len(found) < 4, "some rows, not all of them"
### BEGIN HIDDEN TESTS
assert list(found) == ["CNN", "SIGGRAPH17", "Ours"]
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-6-rows-pooled", "grade": true, "points": 1}
# rows that are pooled are left out, also when the last digit was rounded
assert list(other_way({"x": (100.0, 28.131), "y": (100.0, 28.13), "z": (1.0, 48.1308)})) == []
### BEGIN HIDDEN TESTS
exact = {str(m): (m, float(metrics.psnr(m)) + 0.04) for m in (3.0, 50.0, 700.0)}
assert list(other_way(exact)) == []
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps1-6-rows-other", "grade": true, "points": 1}
# other tables; a row may also lie below
assert list(other_way({"b": (100.0, 29.0), "a": (100.0, 28.13), "c": (100.0, 27.0)})) == ["b", "c"]
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(562)
table = {f"m{i}": (m, float(metrics.psnr(m)) + (i % 2) * (1.2 - 0.2 * i)) for i, m in enumerate(rng.uniform(9, 900, 6))}
assert list(other_way(table)) == ["m1", "m3", "m5"]
### END HIDDEN TESTS

# %% [markdown]
# ## Task 1.7 · 4 points · 15 minutes · in words
#
# Table 2 gives the paper's two simple rivals an MSE of 337 (CNN) and 368 (GAN) on photographs of faces. On two other
# sets of real faces, one constant colour scores 234 and 250, grey 521 and 828, and the true mean colour 73 and 150.
#
# What do you make of the two rows? Write about eight sentences. A person reads them and gives one point for each:
#
# - the rows are set against the yardsticks, with numbers;
# - two different explanations of the rows;
# - what the comparison cannot show, and why;
# - one measurement that would decide between your explanations.

# %% [markdown] nbgrader={"grade_id": "ps1-7", "grade": true, "solution": true, "points": 4}
# ### BEGIN SOLUTION
# 337 and 368 lie above the 234 and 250 of one constant colour: measured like this, a network that has learnt a skin
# tone and nothing else would beat both. They do lie below grey (521 and 828), so something was learnt.
#
# Either the rivals were badly trained (too short, broken, wrong units), or they were scored by other rules than ours:
# another resolution, a value range, L not kept, sums over another set.
#
# The yardsticks come from other pictures. FFHQ may have stronger colours or more varied backgrounds, and then 337 there
# may be better than one constant colour. So "worse than one colour" is likely, not proved.
#
# Painting the paper's own test pictures in the mean colour of its training pictures, and scoring them with its own
# script, decides: if that scores below 337, the rows are of broken rivals; if it scores well above, the rivals learnt
# something and the sets differ. Scoring grey tells whether the scale is ours.
#
# Marks: 1 for a comparison with numbers and its direction; 1 for two explanations that differ in kind (training,
# scoring, data); 1 for saying that the pictures are not the same; 1 for a measurement with what each
# outcome would mean.
# ### END SOLUTION
