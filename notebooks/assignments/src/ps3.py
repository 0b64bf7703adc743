# %% [markdown]
# # Problem set 3 · The colour prior
#
# After lesson 03. 26 points, about 110 minutes, a laptop is enough.
#
# Write where `raise NotImplementedError` stands, or where it says YOUR ANSWER HERE. Add cells as you like; do not
# delete, copy or merge the given ones, because they carry names by which the grader finds them. Run all cells once
# before you hand in.
#
# The cells under an answer test it, one idea each, so a half right answer earns part of the points. The grader runs
# more tests of the same kind with other numbers. No task needs your answer to an earlier one: where a task builds on
# one, it uses colorlib's.

# %% nbgrader={"grade_id": "ps3-setup", "locked": true}
import warnings

import torch

from colorlib import color, portraits
from colorlib.colorize import Colorizer
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.prior import color_prior
from colorlib.show import plots

warnings.simplefilter("ignore")
shipped = Colorizer.load("portraits", device="cpu")
test = datasets.load("portraits", "test", size=shipped.size, count=24)
L, ab = test.batch(range(len(test)))  # (24, 1, H, W) and (24, 2, H, W), model units
base = shipped.predict(L, "base")["ab"]  # the base's guess
own = color_prior(base)  # (24, 4): mean a, mean b, spread, magnitude
_, regions = portraits.draw_batch([int(key.split("/")[1]) for key in test.keys], size=test.size, masks=True)
skin = torch.from_numpy(regions == portraits.REGIONS.index("skin"))[:, None].float()  # (24, 1, H, W), 0 or 1


# %% nbgrader={"grade_id": "ps3-helpers", "locked": true}
def numbers(*shape, seed):
    """Random numbers between -0.5 and 0.5, the same in every run."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 0.5


def mask_of(batch, h, w, seed):
    """A random mask (B, 1, H, W) of 0 and 1, never empty."""
    mask = (numbers(batch, 1, h, w, seed=seed) > 0.1).float()
    mask[:, :, 0, 0] = 1
    return mask


shown = color.show(L[:3].repeat(2, 1, 1, 1), torch.cat([base[:3], ab[:3]]))
plots.picture_row(list(shown), ["base"] * 3 + ["truth"] * 3)

# %% [markdown]
# ## Task 3.1 · 5 points · 20 minutes
#
# The colour prior sums up a whole picture: mean of a, mean of b, spread (the standard deviation of a plus that of b),
# magnitude (the mean over pixels of `√(a² + b²)`). Half of a portrait is background. Write the prior of the pixels
# *inside a mask* alone: from `ab (B, 2, H, W)` and `mask (B, 1, H, W)`, 1 inside and 0 outside, to `(B, 4)`. Each
# picture has a mask of its own, never an empty one. Standard deviations divide by the number of pixels inside.


# %% nbgrader={"grade_id": "ps3-1", "solution": true}
def region_prior(ab, mask):
    ### BEGIN SOLUTION
    inside = mask.sum(dim=(2, 3))  # (B, 1): pixels inside
    mean = (ab * mask).sum(dim=(2, 3)) / inside  # (B, 2)
    variance = ((ab - mean[:, :, None, None]) ** 2 * mask).sum(dim=(2, 3)) / inside
    chroma = ab.square().sum(dim=1, keepdim=True).sqrt()
    magnitude = (chroma * mask).sum(dim=(2, 3)) / inside  # (B, 1)
    return torch.cat([mean, variance.sqrt().sum(dim=1, keepdim=True), magnitude], dim=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps3-1-given", "locked": true}
mask = torch.zeros(1, 1, 4, 4)
mask[..., :2] = 1
red_and_blue = torch.where(mask > 0, torch.tensor([0.4, 0.2]).view(1, 2, 1, 1), torch.tensor(-0.5))

# %% nbgrader={"grade_id": "ps3-1-whole", "grade": true, "points": 1}
# a mask of ones: the prior of the whole picture
assert torch.allclose(region_prior(ab, torch.ones_like(L)), color_prior(ab), atol=1e-5), "color_prior(ab) is wanted"
### BEGIN HIDDEN TESTS
x = numbers(5, 2, 3, 4, seed=700)
assert torch.allclose(region_prior(x, torch.ones(5, 1, 3, 4)), color_prior(x), atol=1e-5)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-1-tint", "grade": true, "points": 1}
# the tint: red inside, blue outside
tint = region_prior(red_and_blue, mask)[0, :2]
assert torch.allclose(tint, torch.tensor([0.4, 0.2])), f"0.4 and 0.2 are inside, got {tint.tolist()}"
### BEGIN HIDDEN TESTS
x, m = numbers(3, 2, 5, 4, seed=701), mask_of(3, 5, 4, seed=702)
wanted = torch.stack([p[:, q[0] > 0].mean(dim=1) for p, q in zip(x, m, strict=True)])
assert torch.allclose(region_prior(x, m)[:, :2], wanted, atol=1e-5)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-1-spread", "grade": true, "points": 1}
# the spread: one colour inside has none, whatever is outside
spread = region_prior(red_and_blue, mask)[0, 2]
assert abs(spread) < 1e-3, f"all pixels inside are alike, got a spread of {spread:.3f}"
mixed = torch.tensor([1.0, -1.0, 5.0, 5.0]).view(1, 1, 1, 4).expand(1, 2, 1, 4)
spread = region_prior(mixed, torch.tensor([1.0, 1, 0, 0]).view(1, 1, 1, 4))[0, 2]
assert abs(spread - 2) < 1e-4, f"1 and -1 deviate by 1, in a and in b: 2 in all, got {spread:.3f}"
### BEGIN HIDDEN TESTS
x, m = numbers(3, 2, 5, 4, seed=703), mask_of(3, 5, 4, seed=704)
wanted = torch.stack([p[:, q[0] > 0].std(dim=1, correction=0).sum() for p, q in zip(x, m, strict=True)])
assert torch.allclose(region_prior(x, m)[:, 2], wanted, atol=1e-5)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-1-magnitude", "grade": true, "points": 1}
# the magnitude: opposite colours do not cancel
x = torch.tensor([[0.3, 0.4], [-0.3, -0.4], [9.0, 9.0]]).T.reshape(1, 2, 1, 3)
magnitude = region_prior(x, torch.tensor([1.0, 1, 0]).view(1, 1, 1, 3))[0, 3]
assert abs(magnitude - 0.5) < 1e-5, f"both pixels inside have chroma 0.5, got {magnitude:.3f}"
### BEGIN HIDDEN TESTS
x, m = numbers(3, 2, 5, 4, seed=705), mask_of(3, 5, 4, seed=706)
wanted = torch.stack([p[:, q[0] > 0].norm(dim=0).mean() for p, q in zip(x, m, strict=True)])
assert torch.allclose(region_prior(x, m)[:, 3], wanted, atol=1e-5)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-1-check", "grade": true, "points": 1}
# all of it
assert checks.region_prior(region_prior), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
x, m = numbers(4, 2, 6, 3, seed=707), mask_of(4, 6, 3, seed=708)
p = region_prior(x, m)
assert torch.allclose(p, region_prior(torch.where(m > 0, x, torch.tensor(3.0)), m), atol=1e-5)  # outside has no say
assert torch.allclose(p[2:3], region_prior(x[2:3], m[2:3]), atol=1e-6)  # nor have the other pictures
### END HIDDEN TESTS

# %% [markdown]
# How different is skin from the whole picture? (Needs your answer; ab units.)

# %%
for name, prior in (("whole", color_prior(ab)), ("skin", region_prior(ab, skin))):
    print(f"{name:<6} mean a {110 * prior[:, 0].mean():5.1f}   mean b {110 * prior[:, 1].mean():5.1f}")

# %% [markdown]
# ## Task 3.2 · 2 points · 5 minutes
#
# Shift each picture's colours so that its mean becomes a given tint: from `ab (B, 2, H, W)` and `tint (B, 2)` to the
# shifted `(B, 2, H, W)`. Differences between pixels stay as they are.


# %% nbgrader={"grade_id": "ps3-2", "solution": true}
def set_tint(ab, tint):
    ### BEGIN SOLUTION
    return ab - ab.mean(dim=(2, 3), keepdim=True) + tint[:, :, None, None]
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps3-2-mean", "grade": true, "points": 1}
# the mean is the tint
shifted = set_tint(base, color_prior(ab)[:, :2])
assert shifted.shape == base.shape, "the shape of ab"
assert torch.allclose(shifted.mean(dim=(2, 3)), ab.mean(dim=(2, 3)), atol=1e-5), "the mean is to be the given tint"
### BEGIN HIDDEN TESTS
t = numbers(4, 2, seed=710)
assert torch.allclose(set_tint(numbers(4, 2, 3, 5, seed=711), t).mean(dim=(2, 3)), t, atol=1e-5)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-2-check", "grade": true, "points": 1}
# all of it
assert checks.set_tint(set_tint), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
x, t = numbers(3, 2, 4, 4, seed=712), numbers(3, 2, seed=713)
assert torch.allclose(set_tint(x, t).diff(dim=3), x.diff(dim=3), atol=1e-5)  # differences stay
assert torch.allclose(set_tint(x, x.mean(dim=(2, 3))), x, atol=1e-5)  # its own tint changes nothing
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3.3 · 3 points · 10 minutes
#
# How much of a guess's error is a wrong tint? The mean over pixels of `da² + db²` splits into two parts that add up:
# the squared length of the *mean* difference (the tint's part), and what remains.
#
# From `guess` and `truth`, both `(B, 2, H, W)`, return the pair `(tint, rest)`, both `(B,)`.


# %% nbgrader={"grade_id": "ps3-3", "solution": true}
def split_error(guess, truth):
    ### BEGIN SOLUTION
    difference = guess - truth
    tint = difference.mean(dim=(2, 3)).square().sum(dim=1)
    whole = difference.square().sum(dim=1).mean(dim=(1, 2))
    return tint, whole - tint
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps3-3-sum", "grade": true, "points": 1}
# the two parts add up to the whole
tint, rest = split_error(base, ab)
whole = (base - ab).square().sum(dim=1).mean(dim=(1, 2))
assert torch.allclose(tint + rest, whole, atol=1e-6), "tint + rest must be the mean of da² + db²"
### BEGIN HIDDEN TESTS
x, y = numbers(4, 2, 3, 5, seed=720), numbers(4, 2, 3, 5, seed=721)
assert torch.allclose(sum(split_error(x, y)), (x - y).square().sum(1).mean((1, 2)), atol=1e-6)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-3-shift", "grade": true, "points": 1}
# a mere shift is all tint; the right tint leaves only the rest
tint, rest = split_error(ab + 0.1, ab)
assert torch.allclose(tint, torch.tensor(0.02), atol=1e-5), "0.1 in a and in b: 0.01 + 0.01"
assert rest.abs().max() < 1e-5, "nothing else is wrong"
### BEGIN HIDDEN TESTS
x, y = numbers(3, 2, 4, 4, seed=722), numbers(3, 2, 4, 4, seed=723)
same = x - x.mean(dim=(2, 3), keepdim=True) + y.mean(dim=(2, 3), keepdim=True)
assert split_error(same, y)[0].abs().max() < 1e-6
assert torch.allclose(split_error(same, y)[1], split_error(x, y)[1], atol=1e-6)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-3-check", "grade": true, "points": 1}
# all of it
assert checks.split_error(split_error), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
x, y = numbers(5, 2, 3, 3, seed=724), numbers(5, 2, 3, 3, seed=725)
d = x - y
assert torch.allclose(split_error(x, y)[1], d.var(dim=(2, 3), correction=0).sum(1), atol=1e-6)
assert torch.allclose(split_error(x, y)[0], split_error(y, x)[0])
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3.4 · 4 points · 15 minutes · a catch of the paper
#
# A number that describes a picture should not depend on how many pixels it was stored with. Measure whether it does.
#
# `enlarged(measure, ab, times)`: by which factor does `measure`, a function from `(B, 2, H, W)` to `(B,)`, change when
# each pixel becomes a block of `times × times` equal pixels? Return one number: the mean over the pictures of `measure`
# of the enlarged picture divided by `measure` of the picture. 1 means that it does not depend on the resolution.
#
# Hint: `x.repeat_interleave(2, dim=2)` repeats each row.


# %% nbgrader={"grade_id": "ps3-4", "solution": true}
def enlarged(measure, ab, times):
    ### BEGIN SOLUTION
    large = ab.repeat_interleave(times, dim=2).repeat_interleave(times, dim=3)
    return (measure(large) / measure(ab)).mean().item()
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps3-4-chroma", "grade": true, "points": 1}
# the mean chroma, which colorlib takes for the magnitude
factor = float(enlarged(lambda x: color_prior(x)[:, 3], ab[:6], 2))
print(f"mean chroma: times {factor:.3f}")
assert abs(factor - 1) < 1e-3, "equal pixels more often: their mean stays"
### BEGIN HIDDEN TESTS
x = numbers(3, 2, 5, 7, seed=730)
assert abs(float(enlarged(lambda x: color_prior(x)[:, 2], x, 3)) - 1) < 1e-3
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-4-paper", "grade": true, "points": 1}
# the paper's magnitude, ‖AB‖₂ / (H · W)
printed = float(enlarged(lambda x: color_prior(x, "paper")[:, 3], ab[:6], 2))
print(f"as printed: times {printed:.3f}")
assert printed > 0, "a factor is positive"
### BEGIN HIDDEN TESTS
assert abs(printed - 0.5) < 1e-3
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-4-times", "grade": true, "points": 1}
# other sizes, and pictures that are not square
assert abs(float(enlarged(lambda x: x.abs().sum(dim=(1, 2, 3)), ab[:2, :, :10, :6], 3)) - 9) < 1e-2, (
    "9 times the pixels"
)
### BEGIN HIDDEN TESTS
x = numbers(2, 2, 3, 5, seed=731)
for times in (1, 2, 4):
    assert abs(float(enlarged(lambda x: color_prior(x, "paper")[:, 3], x, times)) * times - 1) < 1e-3
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-4-other", "grade": true, "points": 1}
# a mean over pictures of each one's factor


def pretend(x):
    return torch.tensor([2.0, 8.0]) if x.shape[2] > 4 else torch.tensor([1.0, 2.0])


assert abs(float(enlarged(pretend, torch.zeros(2, 2, 4, 4), 2)) - 3) < 1e-6, "factors 2 and 4: their mean is 3"
### BEGIN HIDDEN TESTS
x = numbers(4, 2, 3, 3, seed=732)
assert abs(float(enlarged(lambda x: x.square().amax(dim=(1, 2, 3)), x, 2)) - 1) < 1e-6
assert abs(float(enlarged(lambda x: torch.full((4,), 1.0 * x[0].numel()), x, 5)) - 25) < 1e-4
assert torch.equal(x, numbers(4, 2, 3, 3, seed=732))
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3.5 · 4 points · 20 minutes
#
# *If an input matters, exchanging it must change the result.* `predict` is a function from priors `(N, 4)` to colours
# `(N, 2, H, W)`. Give each picture the prior of the one before it (the first gets the last one's) and measure how far
# the colours move: the mean over everything of the absolute change, in ab units. Return one number.


# %% nbgrader={"grade_id": "ps3-5", "solution": true}
def exchange_effect(predict, prior):
    ### BEGIN SOLUTION
    with torch.no_grad():
        change = predict(prior.roll(1, dims=0)) - predict(prior)
    return 110 * change.abs().mean().item()
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps3-5-given", "locked": true}
def paint(prior):
    """A model that paints each picture in the tint of its prior."""
    return prior[:, :2, None, None].expand(-1, 2, 3, 3)


three = torch.tensor([[0.0, 0, 0, 0], [0.1, 0, 0, 0], [0.2, 0, 0, 0]])

# %% nbgrader={"grade_id": "ps3-5-none", "grade": true, "points": 1}
# who does not look at the prior does not move
assert float(exchange_effect(lambda prior: base, own)) == 0, "this model ignores its prior"
### BEGIN HIDDEN TESTS
x = numbers(3, 2, 4, 4, seed=740)
assert float(exchange_effect(lambda p: x, numbers(3, 4, seed=741))) == 0
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-5-size", "grade": true, "points": 1}
# a model that paints each picture in the tint of its prior
effect = float(exchange_effect(paint, three))
assert abs(effect - 110 * (0.2 + 0.1 + 0.1) / 3 / 2) < 1e-3, f"a moves by 0.2, 0.1, 0.1; b stays; got {effect:.3f}"
### BEGIN HIDDEN TESTS
p = numbers(5, 4, seed=742)
wanted = 110 * (p[:, :2].roll(1, 0) - p[:, :2]).abs().mean().item()
assert abs(float(exchange_effect(paint, p)) - wanted) < 1e-3
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-5-order", "grade": true, "points": 1}
# the priors move, not the pictures; equal priors change nothing
which = lambda prior: torch.arange(3.0).view(3, 1, 1, 1).expand(3, 2, 2, 2) / 110 + 0 * prior[:, :1, None, None]
assert float(exchange_effect(which, three)) == 0, "only the prior is exchanged"
assert float(exchange_effect(paint, three[1:2].expand(3, 4))) == 0, "all priors are equal"
### BEGIN HIDDEN TESTS
p = numbers(4, 4, seed=743)
before = p.clone()
one_way = lambda prior: (prior[:, 3] * torch.arange(4.0)).view(4, 1, 1, 1).expand(4, 2, 2, 2)
wanted = 110 * ((p[:, 3].roll(1) - p[:, 3]) * torch.arange(4.0)).abs().mean().item()
assert abs(float(exchange_effect(one_way, p)) - wanted) < 1e-3
assert torch.equal(p, before)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-5-shipped", "grade": true, "points": 1}
# the shipped refiner
refine = lambda prior: shipped.predict(L, "two-stage", t=0, prior=prior, ab_base=base)["ab"]
effect = float(exchange_effect(refine, own))
print(f"exchanging priors moves the shipped refiner's colours by {effect:.2f} ab units")
assert effect > 0, "it does look at its prior"
### BEGIN HIDDEN TESTS
wanted = 110 * (refine(own.roll(1, dims=0)) - refine(own)).abs().mean().item()
assert abs(effect - wanted) < 1e-2
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3.6 · 4 points · 25 minutes · a second catch
#
# The paper's table would be explained if the truth had slipped into the prior. How does one find such a *leak* in a
# program that somebody else wrote? Not by reading: by measuring.
#
# A `pipeline(L, ab)` gets the lightness and, because it also computes scores, the truth. It returns its guess of the
# colours, `(N, 2, H, W)`. An honest one uses `L` alone for it. Write `leaks(pipeline, L, ab)`: `True` if the guess
# depends on the truth in any way, else `False`.
#
# A leak can be small, can come from one picture into another, and can hide in the mean, the spread or the largest
# value. Pipelines here have no chance in them: the same input gives the same guess.


# %% nbgrader={"grade_id": "ps3-6", "solution": true}
def leaks(pipeline, L, ab):
    ### BEGIN SOLUTION
    generator = torch.Generator().manual_seed(0)
    guess = pipeline(L, ab.clone())
    others = [torch.zeros_like(ab), -ab, ab + 0.1 * torch.randn(ab.shape, generator=generator)]
    return any(not torch.equal(guess, pipeline(L, other)) for other in others)
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps3-6-honest", "grade": true, "points": 1}
# honest pipelines
honest = lambda L, ab: shipped.predict(L, "two-stage", t=0)["ab"]
assert leaks(honest, L[:4], ab[:4]) is False, "the shipped model uses L alone"
assert leaks(lambda L, ab: torch.zeros_like(ab), L[:4], ab[:4]) is False, "the shape of the truth is no leak"
### BEGIN HIDDEN TESTS
assert leaks(lambda L, ab: L.expand(-1, 2, -1, -1) ** 2, L[:5], ab[:5]) is False
scored = lambda L, ab: (0.3 * L.expand(-1, 2, -1, -1), (L - ab).square().mean())[0]
assert leaks(scored, L[:5], ab[:5]) is False
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-6-prior", "grade": true, "points": 1}
# the leak of lesson 03: the prior of the truth
leaky = lambda L, ab: shipped.predict(L, "two-stage", t=0, prior=color_prior(ab))["ab"]
assert leaks(leaky, L[:4], ab[:4]) is True, "this pipeline computes the prior from the truth"
### BEGIN HIDDEN TESTS
assert leaks(lambda L, ab: base[:4] + ab.mean(dim=(2, 3), keepdim=True), L[:4], ab[:4]) is True
assert leaks(lambda L, ab: 0 * ab + ab.amax(), L[:4], ab[:4]) is True
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-6-small", "grade": true, "points": 1}
# small leaks
assert leaks(lambda L, ab: base[:4] + 0.001 * ab, L[:4], ab[:4]) is True, "a thousandth of the truth is a leak"
### BEGIN HIDDEN TESTS
spread = lambda L, ab: base[:4] * (1 + 0.01 * ab.std(dim=(1, 2, 3), keepdim=True))
assert leaks(spread, L[:4], ab[:4]) is True
one = lambda L, ab: base[:4] + 0.01 * ab[:, :, 3:4, 5:6]
assert leaks(one, L[:4], ab[:4]) is True
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps3-6-hidden", "grade": true, "points": 1}
# leaks that need another kind of change to show: squares, and one picture's truth in all guesses
assert leaks(lambda L, ab: base[:4] + ab.square(), L[:4], ab[:4]) is True, "-ab has the same squares"
assert leaks(lambda L, ab: base[:4] + ab[-1:], L[:4], ab[:4]) is True, "the last picture's truth is in every guess"
### BEGIN HIDDEN TESTS
assert leaks(lambda L, ab: base[:4] + ab.abs().mean(), L[:4], ab[:4]) is True
assert leaks(lambda L, ab: base[:4] + ab[2].square().mean(), L[:4], ab[:4]) is True
ordered = lambda L, ab: base[:4] + ab.flatten().sort().values[100] ** 2
assert leaks(ordered, L[:4], ab[:4]) is True
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3.7 · 4 points · 15 minutes · in words
#
# The paper's model scores an MSE of 63.8, its base 78.8. On real faces, painting each picture in its true mean colour
# gives 73 on one set and 150 on another. Was the prior taken from the truth? Write about eight sentences. A person
# reads them and gives one point for each:
#
# - one observation that speaks for a leak, and one that speaks against it;
# - why a prior computed from the base's guess can hardly help a network that sees this guess;
# - an experiment with the paper's own code that would decide, with what each outcome would mean;
# - what the resolution has to do with it: what happens to the printed magnitude between training and use.

# %% [markdown] nbgrader={"grade_id": "ps3-7", "grade": true, "solution": true, "points": 4}
# ### BEGIN SOLUTION
# For a leak: 63.8 lies about where knowing the true mean colour puts a method (73 on one set), and the slip is one word
# of code. Against it: the paper's base is at 78.8 without any prior, so its pictures may simply be easier, and a
# refiner that is told the true prior gained far more than 19 % when we tried.
#
# The four numbers are a function of the base's colours, which the refiner gets as an input anyway. It could compute
# them itself. They can make learning easier, or help where the colours it sees are noised, but they bring no knowledge.
#
# Run the same trained model on the same test pictures with the prior set to one constant, or with another picture's
# prior, or replace the truth by grey before the prior is computed. If the score falls back to the base's only when the
# truth is taken away, it was a leak; if it stays, the prior had no part in it.
#
# The printed magnitude halves when the side doubles. A network trained at one size and used at another is handed
# a number it never met, about the same picture; with the mean chroma this does not happen.
#
# Marks: 1 for one argument each way; 1 for "a function of what it sees"; 1 for an experiment with both outcomes; 1 for
# the magnitude's dependence on the size and what it does at use.
# ### END SOLUTION
