# %% [markdown]
# # Problem set 2 · The base and its losses
#
# After lesson 02; tasks 2.5 and 2.6 look ahead to lesson 04 and bring what they need. 25 points,
# about 110 minutes, a laptop is enough.
#
# Write where `raise NotImplementedError` stands, or where it says YOUR ANSWER HERE. Add cells as you like; do not
# delete, copy or merge the given ones, because they carry names by which the grader finds them. Run all cells once
# before you hand in.
#
# The cells under an answer test it, one idea each, so a half right answer earns part of the points. The grader runs
# more tests of the same kind with other numbers. No task needs your answer to an earlier one.

# %% nbgrader={"grade_id": "ps2-setup", "locked": true}
import warnings

import torch
import torch.nn.functional as F

from colorlib import color, losses
from colorlib.colorize import Colorizer
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.models.eccv16 import gamut_bins
from colorlib.show import plots

warnings.simplefilter("ignore")
shipped = Colorizer.load("portraits", device="cpu")
L, ab = datasets.load("portraits", "val", size=shipped.size, count=16).batch(range(16))  # (16, 1 and 2, H, W)
base = shipped.predict(L, "base")["ab"]  # the base's guess


def numbers(*shape, seed):
    """Random numbers between -0.5 and 0.5, the same in every run."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 0.5


shown = color.show(L[:3].repeat(3, 1, 1, 1), torch.cat([0 * ab[:3], base[:3], ab[:3]]))
plots.picture_row(list(shown), ["grey"] * 3 + ["base"] * 3 + ["truth"] * 3)

# %% [markdown]
# ## Task 2.1 · 2 points · 5 minutes
#
# SIGGRAPH17 takes four channels: the lightness, the hinted a and b, and a mask that is 1 where a hint stands. Where no
# hint stands, the network must see 0 for a and b.
#
# From `L (B, 1, H, W)`, `hints (B, 2, H, W)` (colours everywhere, of which only some count) and `mask (B, 1, H, W)`
# make the input `(B, 4, H, W)`.


# %% nbgrader={"grade_id": "ps2-1", "solution": true}
def network_input(L, hints, mask):
    ### BEGIN SOLUTION
    return torch.cat([L, hints * mask, mask], dim=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps2-1-nothing", "grade": true, "points": 1}
# without any hint: L, and three channels of zeros
x = network_input(L[:2], ab[:2], torch.zeros_like(L[:2]))
assert x.shape == (2, 4, *L.shape[2:]), "four channels"
assert torch.equal(x[:, :1], L[:2]), "L is the first of them"
assert not x[:, 1:].any(), "no hint: zeros"
### BEGIN HIDDEN TESTS
x = network_input(numbers(3, 1, 2, 5, seed=600), numbers(3, 2, 2, 5, seed=601), torch.zeros(3, 1, 2, 5))
assert x.shape == (3, 4, 2, 5)
assert not x[:, 1:].any()
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-1-check", "grade": true, "points": 1}
# all of it
assert checks.network_input(network_input), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
l, h, m = numbers(2, 1, 6, 3, seed=602), numbers(2, 2, 6, 3, seed=603), (numbers(2, 1, 6, 3, seed=604) > 0.2).float()
x = network_input(l, h, m)
assert torch.equal(x, torch.cat([l, h * m, m], dim=1))
assert torch.equal(x, network_input(l, x[:, 1:3], m))  # masking twice changes nothing
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2.2 · 3 points · 10 minutes
#
# Some pixels should count more than others. From `prediction` and `truth`, both `(B, 2, H, W)`, and `weight (B, 1, H,
# W)` return one number: the *weighted mean* over all pixels of the batch of the squared distance `d² = da² + db²`,
#
# `sum(w · d²) / sum(w)`.


# %% nbgrader={"grade_id": "ps2-2", "solution": true}
def weighted_error(prediction, truth, weight):
    ### BEGIN SOLUTION
    squares = (prediction - truth).square().sum(dim=1, keepdim=True)  # (B, 1, H, W)
    return (weight * squares).sum() / weight.sum()
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps2-2-even", "grade": true, "points": 1}
# all weights 1: the plain mean of da² + db²
error = weighted_error(base, ab, torch.ones_like(L))
wanted = (base - ab).square().sum(dim=1).mean()
assert abs(float(error) - wanted) < 1e-6, f"colorlib's base: {wanted:.5f} is wanted, got {error:.5f}"
### BEGIN HIDDEN TESTS
p, y = numbers(3, 2, 4, 5, seed=610), numbers(3, 2, 4, 5, seed=611)
even = weighted_error(p, y, torch.ones(3, 1, 4, 5))
assert abs(float(even) - (p - y).square().sum(1).mean()) < 1e-5
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-2-zero", "grade": true, "points": 1}
# a pixel of weight 0 has no say
weight = torch.ones(1, 1, 2, 2)
weight[0, 0, 0, 0] = 0
p, y = torch.zeros(1, 2, 2, 2), torch.zeros(1, 2, 2, 2)
p[0, :, 0, 0] = 9
assert weighted_error(p, y, weight) == 0, "the only wrong pixel has weight 0"
assert weighted_error(p, y, torch.ones(1, 1, 2, 2)) > 0, "with weight 1 it counts"
### BEGIN HIDDEN TESTS
w = (numbers(2, 1, 4, 4, seed=612) > 0).float()
p, y = numbers(2, 2, 4, 4, seed=613), numbers(2, 2, 4, 4, seed=614)
same = weighted_error(p + 5 * (1 - w), y, w)
assert abs(float(same) - float(weighted_error(p, y, w))) < 1e-5
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-2-check", "grade": true, "points": 1}
# all of it
assert checks.weighted_error(weighted_error), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
p, y, w = numbers(4, 2, 3, 2, seed=615), numbers(4, 2, 3, 2, seed=616), numbers(4, 1, 3, 2, seed=617) + 0.6
wanted = (w * (p - y).square().sum(1, keepdim=True)).sum() / w.sum()
assert abs(float(weighted_error(p, y, w)) - wanted) < 1e-5
assert abs(float(weighted_error(p, y, 30 * w)) - wanted) < 1e-5  # the weights' scale does not matter
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2.3 · 4 points · 15 minutes
#
# Most pixels are nearly grey, and a network that learns to name colour *bins* does well by naming grey. **Class
# rebalancing** (Zhang et al. 2016) gives rare bins a larger weight.
#
# From `counts (Q,)`, how many pixels fell into each of the `Q` bins, and `mix` between 0 and 1:
#
# 1. `p`: the counts divided by their sum;
# 2. `w = 1 / ((1 − mix) · p + mix / Q)`: so no bin, not even an empty one, has an infinite weight;
# 3. scaled by one factor so that a *pixel's* mean weight is 1: `sum(p · w) = 1`.


# %% nbgrader={"grade_id": "ps2-3", "solution": true}
def rebalancing(counts, mix):
    ### BEGIN SOLUTION
    p = counts / counts.sum()
    w = 1 / ((1 - mix) * p + mix / len(p))
    return w / (p * w).sum()
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps2-3-given", "locked": true}
centres = gamut_bins() / 110  # (Q, 2), the colour of each bin, model units
pixels = ab.permute(0, 2, 3, 1).reshape(-1, 2)
counts = torch.bincount(torch.cdist(pixels, centres).argmin(dim=1), minlength=len(centres)).float()
print(f"{len(centres)} bins; the fullest holds {counts.max() / counts.sum():.0%} of our pixels")

# %% nbgrader={"grade_id": "ps2-3-rare", "grade": true, "points": 1}
# the rarer, the heavier
w = rebalancing(counts, 0.5)
order = counts.argsort()
assert w.shape == counts.shape, "one weight a bin"
assert (w[order].diff() <= 1e-4 * w.max()).all(), "a fuller bin has a larger weight than a rarer one"
assert w.max() > w.min(), "all weights are the same"
### BEGIN HIDDEN TESTS
c = torch.tensor([5.0, 900.0, 70.0, 1.0])
w = rebalancing(c, 0.3)
assert w[3] > w[0] > w[2] > w[1] > 0
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-3-mean", "grade": true, "points": 1}
# the mean weight of a pixel is 1
w = rebalancing(counts, 0.5)
mean = (counts * w).sum() / counts.sum()
assert abs(mean - 1) < 1e-3, f"the mean over the pixels is {mean:.4f}"
### BEGIN HIDDEN TESTS
for mix in (0.1, 0.9):
    c = torch.tensor([5.0, 900.0, 70.0, 0.0, 1.0])
    assert abs((c * rebalancing(c, mix)).sum() / c.sum() - 1) < 1e-4
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-3-ends", "grade": true, "points": 1}
# mix = 1 makes all bins alike; empty bins have finite weights
even = rebalancing(torch.tensor([8.0, 2.0, 0.0]), 1.0)
assert torch.allclose(even / even[0], torch.ones(3)), "with mix = 1 the counts have no say"
assert rebalancing(torch.tensor([8.0, 2.0, 0.0]), 0.5).isfinite().all(), "an empty bin needs a finite weight"
### BEGIN HIDDEN TESTS
w = rebalancing(torch.tensor([6.0, 2.0]), 1e-6)
assert torch.allclose(w[1] / w[0], torch.tensor(3.0), atol=1e-3)  # almost no mix: weights go like 1 / p
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-3-check", "grade": true, "points": 1}
# all of it
assert checks.rebalancing(rebalancing), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
c = (numbers(12, seed=620) + 0.5) * 100
for mix in (0.25, 0.75):
    p = c / c.sum()
    w = 1 / ((1 - mix) * p + mix / 12)
    assert torch.allclose(rebalancing(c, mix), w / (p * w).sum(), rtol=1e-4)
    assert torch.allclose(rebalancing(10 * c, mix), rebalancing(c, mix), rtol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2.4 · 4 points · 20 minutes
#
# A classifier needs to be told the right bin of each true colour. Zhang et al. do not name one bin but a few: the
# *soft encoding* spreads a colour over its `k` nearest centres, the nearer, the more.
#
# From `ab (N, 2)`, `centres (Q, 2)`, `sigma` and `k` return `(N, Q)`: at the k nearest centres `exp(−d² / (2 ·
# sigma²))`, where d is the distance, elsewhere 0; then each row divided by its sum.
#
# Hint: `torch.cdist` gives all distances; `topk(k, largest=False)` finds the smallest.


# %% nbgrader={"grade_id": "ps2-4", "solution": true}
def soft_encode(ab, centres, sigma, k):
    ### BEGIN SOLUTION
    nearest = torch.cdist(ab, centres).topk(k, dim=1, largest=False)  # (N, k)
    shares = torch.exp(-(nearest.values**2) / (2 * sigma**2))
    shares = shares / shares.sum(dim=1, keepdim=True)
    return torch.zeros(len(ab), len(centres)).scatter(1, nearest.indices, shares)
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps2-4-rows", "grade": true, "points": 1}
# rows are shares: none negative, each row sums to 1
some = pixels[::5000]
z = soft_encode(some, centres, 5 / 110, 5)
assert z.shape == (len(some), len(centres)), "one row a colour, one column a centre"
assert z.min() >= 0, "a negative share"
assert torch.allclose(z.sum(dim=1), torch.ones(len(some))), "a row does not sum to 1"
### BEGIN HIDDEN TESTS
z = soft_encode(numbers(9, 2, seed=630), numbers(20, 2, seed=631), 0.1, 3)
assert torch.allclose(z.sum(dim=1), torch.ones(9))
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-4-nearest", "grade": true, "points": 1}
# the k nearest centres, and no others
z = soft_encode(torch.zeros(1, 2), torch.tensor([[0.3, 0.0], [0.0, 0.1], [-0.2, 0.0], [0.0, -0.4]]), 0.2, 2)
assert (z[0] > 0).tolist() == [False, True, True, False], "0.1 and 0.2 are the two nearest"
### BEGIN HIDDEN TESTS
x, c = numbers(7, 2, seed=632), numbers(15, 2, seed=633)
for k in (1, 4):
    z = soft_encode(x, c, 0.3, k)
    assert ((z > 0).sum(dim=1) == k).all()
    assert torch.equal(z.argmax(dim=1), torch.cdist(x, c).argmin(dim=1))
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-4-gauss", "grade": true, "points": 1}
# the nearer, the more: two centres at 1 and 2 sigma
z = soft_encode(torch.zeros(1, 2), torch.tensor([[0.1, 0.0], [0.0, 0.2]]), 0.1, 2)
ratio = (z[0, 0] / z[0, 1]).item()
assert abs(ratio - 4.4817) < 1e-3, f"exp(-1/2) against exp(-4/2) is 4.48 to 1, got {ratio:.2f}"
### BEGIN HIDDEN TESTS
z = soft_encode(torch.zeros(1, 2), torch.tensor([[0.3, 0.0], [0.0, 0.4], [9.0, 9.0]]), 0.25, 2)
assert torch.isclose(z[0, 0] / z[0, 1], torch.tensor((0.16 - 0.09) / (2 * 0.0625)).exp(), rtol=1e-3)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-4-check", "grade": true, "points": 1}
# all of it
assert checks.soft_encode(soft_encode), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
x, c = numbers(6, 2, seed=634), numbers(11, 2, seed=635)
d = torch.cdist(x, c)
everywhere = torch.softmax(-(d**2) / (2 * 0.2**2), dim=1)
assert torch.allclose(soft_encode(x, c, 0.2, 11), everywhere, atol=1e-5)
swap = torch.randperm(6, generator=torch.Generator().manual_seed(1))
assert torch.allclose(soft_encode(x[swap], c, 0.2, 3), soft_encode(x, c, 0.2, 3)[swap], atol=1e-6)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2.5 · 4 points · 25 minutes · a catch of the paper
#
# The second network of the paper adds a *residual* `R` to the base's colours: `AB_final = AB_base + R`. It is trained
# with six terms; here are five of them as functions of `R`, for four of our portraits (the sixth, attention, is
# lesson 05). `φ` are the inner maps of a network that looks at pictures, `G` are their Gram matrices.
#
# | term | weight | formula |
# |---|---|---|
# | residual | 0.35 | ‖R − (AB_true − AB_base)‖² |
# | output | 0.25 | ‖AB_final − AB_true‖² |
# | perceptual | 0.10 | ‖φ(RGB) − φ(RGB_true)‖² |
# | diversity | 0.10 | ‖AB_final − AB_base‖² |
# | style | 0.10 | ‖G(RGB) − G(RGB_true)‖² |
#
# Are they five? Training changes `R` so that the sum of the terms falls; all it sees of a term is how its value changes
# when `R` changes. So two terms that differ by the same constant at every `R` are one and the same for it.
#
# Write `twins(terms, residuals)`: from `{name: function of R that returns one number}` and a list of several residuals
# to the list of pairs of names `(first, second)`, in the order of the dictionary, whose difference is the same at all
# these residuals: it varies by at most a ten-thousandth of the largest value of the two.

# %% nbgrader={"grade_id": "ps2-5-given", "locked": true}
vgg = losses.VGGFeatures(size=16)
few = slice(0, 4)
true_maps = vgg(color.lab_to_rgb(color.model_to_lab(L[few], ab[few])))


def maps(R):
    return vgg(color.lab_to_rgb(color.model_to_lab(L[few], base[few] + R)))


PAPER_TERMS = {
    "residual": lambda R: losses.residual_loss(R, ab[few], base[few]),
    "output": lambda R: losses.output_loss(base[few] + R, ab[few]),
    "perceptual": lambda R: losses.perceptual_loss(maps(R), true_maps),
    "diversity": lambda R: losses.diversity_loss(base[few] + R, base[few], ab[few], "paper"),
    "style": lambda R: losses.style_loss(maps(R), true_maps),
}
some_R = [0.1 * i * numbers(*ab[few].shape, seed=i) for i in range(1, 4)]
points = [torch.tensor([1.0, 2.0]), torch.tensor([2.0, -1.0]), torch.tensor([0.5, 0.0])]


# %% nbgrader={"grade_id": "ps2-5", "solution": true}
def twins(terms, residuals):
    ### BEGIN SOLUTION
    values = {name: torch.tensor([float(term(R)) for R in residuals]) for name, term in terms.items()}
    names, found = list(terms), []
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            difference = values[first] - values[second]
            largest = torch.maximum(values[first].abs().max(), values[second].abs().max())
            if difference.max() - difference.min() <= 1e-4 * largest:
                found.append((first, second))
    return found
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps2-5-paper", "grade": true, "points": 1}
# the paper's terms: which, if any, are twins?
found = twins(PAPER_TERMS, some_R)
print("twins:", found)
assert isinstance(found, list), "a list of pairs"
### BEGIN HIDDEN TESTS
assert [tuple(pair) for pair in found] == [("residual", "output")]
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-5-value", "grade": true, "points": 1}
# an equal value at one residual is not enough
assert twins({"first": lambda R: R.square().sum(), "second": lambda R: 5 * R[0]}, points) == [], "equal at (1, 2) alone"
### BEGIN HIDDEN TESTS
some = [numbers(6, seed=640 + i) for i in range(4)]
assert twins({"p": lambda R: R.square().sum(), "q": lambda R: (2 * R).square().sum() / 4}, some) == [("p", "q")]
assert twins({"p": lambda R: R.abs().sum(), "q": lambda R: R.square().sum()}, some) == []
late = {"p": lambda R: R.sum(), "q": lambda R: R.sum() if R[0] < 2 else 2 * R.sum()}
assert twins(late, points) == []  # the second residual gives it away
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-5-constant", "grade": true, "points": 1}
# a constant makes no difference, a factor does
assert twins({"a": lambda R: R.sum(), "b": lambda R: R.sum() + 7}, points) == [("a", "b")], "7 more at every residual"
assert twins({"a": lambda R: R.sum(), "b": lambda R: 2 * R.sum()}, points) == [], "twice the value is another term"
### BEGIN HIDDEN TESTS
terms = {"k": lambda R: R.square().mean() - 3, "l": lambda R: 1.1 * R.square().mean()}
terms["m"] = lambda R: R.square().mean()
assert twins(terms, [numbers(2, 2, 3, 3, seed=641), 3 * numbers(2, 2, 3, 3, seed=642)]) == [("k", "m")]
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-5-all", "grade": true, "points": 1}
# all pairs, in the order of the dictionary
three = {name: (lambda R, c=c: R.square().sum() + c) for c, name in enumerate("zya")}
assert twins(three, points) == [("z", "y"), ("z", "a"), ("y", "a")], "three equal terms make three pairs"
### BEGIN HIDDEN TESTS
x, y = numbers(1, 2, 4, 4, seed=643), numbers(1, 2, 4, 4, seed=644)
clamped = {"free": lambda R: F.mse_loss(R, y), "kept": lambda R: F.mse_loss(R.clamp(-0.1, 0.1), y)}
assert twins(clamped, [0.1 * x, x]) == []  # where the result is clamped, the two differ
assert twins(clamped, [0.1 * x, 0.2 * x]) == [("free", "kept")]
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2.6 · 4 points · 20 minutes · a second catch
#
# A loss is made small. So ask of a term *where it is smallest*. Walk from the base to the truth, `AB(s) = AB_base + s ·
# (AB_true − AB_base)`: at s = 0 stands the base, at s = 1 the truth.
#
# Write `lowest_at(term, ab_base, ab_true, shares)`: the s among `shares` at which `term(AB(s))`, one number, is
# smallest.


# %% nbgrader={"grade_id": "ps2-6", "solution": true}
def lowest_at(term, ab_base, ab_true, shares):
    ### BEGIN SOLUTION
    return min(shares, key=lambda s: float(term(ab_base + s * (ab_true - ab_base))))
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps2-6-given", "locked": true}
shares = [i / 50 for i in range(71)]  # 0, 0.02, ..., 1.4


def diversity(mode):
    """The diversity term as a function of AB_final."""
    return lambda x: losses.diversity_loss(x, base[few], ab[few], mode)


def paper_sum(x):
    """Residual, output and diversity with the paper's weights; the first two are the same number."""
    return 0.60 * losses.output_loss(x, ab[few]) + 0.10 * diversity("paper")(x)


# %% nbgrader={"grade_id": "ps2-6-output", "grade": true, "points": 1}
# the output term is smallest at the truth
found = lowest_at(lambda x: losses.output_loss(x, ab[few]), base[few], ab[few], shares)
assert abs(found - 1) < 1e-6, f"the truth is s = 1, got {found}"
### BEGIN HIDDEN TESTS
p, y = numbers(2, 2, 3, 4, seed=650), numbers(2, 2, 3, 4, seed=651)
assert abs(lowest_at(lambda x: 77 * (x - y).square().sum(), p, y, [1.2, 1.0, 0.5, 0.0]) - 1) < 1e-6
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-6-diversity", "grade": true, "points": 1}
# the diversity term, meant for "more vibrant outputs than the base prediction": as printed, and colorlib's form
found = {mode: lowest_at(diversity(mode), base[few], ab[few], shares) for mode in ("paper", "vibrant")}
print(found)
assert set(found.values()) <= set(shares), "one of the shares"
### BEGIN HIDDEN TESTS
assert found["paper"] == 0
by_hand = [diversity("vibrant")(base[few] + s * (ab[few] - base[few])).item() for s in shares]
assert abs(by_hand[shares.index(found["vibrant"])] - min(by_hand)) < 1e-7
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-6-sum", "grade": true, "points": 1}
# both together, with the paper's weights: a compromise
compromise = lowest_at(paper_sum, base[few], ab[few], shares)
print(f"the sum is smallest at s = {compromise}")
assert 0 < compromise < 1, "neither the base nor the truth"
### BEGIN HIDDEN TESTS
assert abs(compromise - 0.86) < 1e-6
finer = lowest_at(paper_sum, base[few], ab[few], [0.85, 0.8571, 0.865])
assert abs(finer - 0.8571) < 1e-6
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps2-6-shares", "grade": true, "points": 1}
# other shares, in any order, below 0 and above 1
origin, goal = torch.zeros(1, 2, 1, 1), torch.ones(1, 2, 1, 1)
found = lowest_at(lambda x: (x - 2).square().sum(), origin, goal, [3.0, -1.0, 2.0, 0.0])
assert found == 2, f"(x - 2)² is smallest at 2, got {found}"
### BEGIN HIDDEN TESTS
assert lowest_at(lambda x: x.sum(), origin, goal, [0.5, -3.0, 1.0]) == -3
assert lowest_at(lambda x: -x.sum(), origin - 4, goal, [0.5, 0.0, 0.9]) == 0.9
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2.7 · 4 points · 15 minutes · in words
#
# With what you measured in tasks 2.5 and 2.6: what does the paper's loss, weights 0.35, 0.25, 0.10, 0.10, 0.10 and
# 0.10, really ask of the network? Write about eight sentences. A person reads them and gives one point for each:
#
# - what the twins mean for the weights, with the sum;
# - which way the diversity term works, and how strong it is beside the squared error;
# - where the compromise of these two lies: how far from the base to the truth, and how you find it;
# - what in a training run would show whether it matters.

# %% [markdown] nbgrader={"grade_id": "ps2-7", "grade": true, "solution": true, "points": 4}
# ### BEGIN SOLUTION
# `AB_final = AB_base + R`, so residual and output are the same squared error: it weighs 0.35 + 0.25 = 0.60, not 0.35,
# as long as nothing is clamped.
#
# The diversity term is smallest at s = 0, when nothing is changed: it pulls the result back to the base.
# With weight 0.10 against 0.60 it is one sixth of the squared error, if both are means over the same pixels.
#
# At the share s of the way from the base to the truth the two terms are proportional to (1 − s)² and s²:
# `0.60 (1 − s)² + 0.10 s²` is smallest at s = 0.60 / 0.70, about 0.86. So the loss asks to leave 14 % of a correction
# undone, also where the network knows it.
#
# Train twice from one start, with the diversity term as printed and without it (or with the other form), several seeds,
# and compare chroma and MSE on the same test pictures with a paired interval: less chroma with the printed term, about
# 0.86 of the residual, would show it.
#
# Marks: 1 for 0.60; 1 for "towards the base" with 0.10 against 0.60; 1 for s = 6/7 or a measured 0.86 with the way to
# find it; 1 for a comparison that changes this term alone and says what is looked at.
# ### END SOLUTION
