# %% [markdown]
# # Problem set 4 · The diffusion step
#
# After lesson 04. 24 points, about 110 minutes, a laptop is enough.
#
# Write where `raise NotImplementedError` stands, or where it says YOUR ANSWER HERE. Add cells as you like; do not
# delete, copy or merge the given ones, because they carry names by which the grader finds them. Run all cells once
# before you hand in.
#
# The cells under an answer test it, one idea each, so a half right answer earns part of the points. The grader runs
# more tests of the same kind with other numbers. No task needs your answer to an earlier one: where a task builds on
# one, it uses colorlib's.
#
# Throughout, `alpha_bar` has an entry for each step from 0 to T, `T + 1` in all; `alpha_bar[0] = 1` is no noise. After
# step t the colours are `x_t = √ᾱ_t · x_0 + √(1 − ᾱ_t) · noise`.

# %% nbgrader={"grade_id": "ps4-setup", "locked": true}
import warnings

import torch

from colorlib import color, diffusion
from colorlib.colorize import Colorizer, picture_noise
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.prior import color_prior
from colorlib.show import plots

warnings.simplefilter("ignore")
shipped = Colorizer.load("portraits", device="cpu")
val = datasets.load("portraits", "val", size=shipped.size, count=16)
L, ab = val.batch(range(len(val)))  # (16, 1, H, W) and (16, 2, H, W), model units
base = shipped.predict(L, "base")["ab"]  # the base's guess
noise = picture_noise(base, seed=0)
linear = diffusion.noise_schedule("linear")  # (1001,)
typical = base.square().mean().sqrt().item()  # the size of the base's colours


# %% nbgrader={"grade_id": "ps4-helpers", "locked": true}
def numbers(*shape, seed):
    """Random numbers between -0.5 and 0.5, the same in every run."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 0.5


noised = [diffusion.q_sample(base[:1], torch.tensor([t]), noise[:1], linear) for t in (0, 20, 100, 500)]
shown = [color.show(L[:1], x)[0] for x in noised]
plots.picture_row(shown, [f"base, t = {t}" for t in (0, 20, 100, 500)])

# %% [markdown]
# ## Task 4.1 · 3 points · 15 minutes
#
# The *cosine schedule* (Nichol & Dhariwal 2021) starts more gently than the linear one. With `s = 0.008` and
# `T = steps`
#
# - `f(t) = cos²((t / T + s) / (1 + s) · π / 2)` for t = 0 … T;
# - `β_t = 1 − f(t) / f(t − 1)`, but at most 0.999, for t = 1 … T;
# - `ᾱ_t`: the product of `1 − β` up to t, with `ᾱ_0 = 1`.
#
# From `steps` return `alpha_bar (steps + 1,)`, a torch tensor (float32). Hint: compute in float64, convert at the end.


# %% nbgrader={"grade_id": "ps4-1", "solution": true}
def cosine_schedule(steps):
    ### BEGIN SOLUTION
    t = torch.arange(steps + 1, dtype=torch.float64)
    f = torch.cos((t / steps + 0.008) / 1.008 * torch.pi / 2) ** 2
    beta = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    return torch.cat([torch.ones(1), torch.cumprod(1 - beta, dim=0).float()])
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps4-1-falls", "grade": true, "points": 1}
# one entry a step and one for step 0; it starts at 1 and falls
alpha_bar = cosine_schedule(100)
assert alpha_bar.shape == (101,), "100 steps and step 0"
assert alpha_bar[0] == 1, "at step 0 nothing has happened"
assert (alpha_bar.diff() < 0).all(), "every step takes something away"
assert alpha_bar[-1] < 0.01, "at the end nearly nothing is left"
### BEGIN HIDDEN TESTS
for steps in (7, 300):
    k = cosine_schedule(steps)
    assert k.shape == (steps + 1,)
    assert k[0] == 1
    assert (k.diff() < 0).all()
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-1-largest", "grade": true, "points": 1}
# no step takes more than 0.999 of what is there
for steps in (1, 3):
    alpha_bar = cosine_schedule(steps)
    assert (alpha_bar[1:] / alpha_bar[:-1]).min() > 0.00099, f"{steps} steps: the last beta is above 0.999"
### BEGIN HIDDEN TESTS
for steps in (2, 10, 50):
    k = cosine_schedule(steps).double()
    assert abs((k[-1] / k[-2]).item() - 0.001) < 2e-5
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-1-check", "grade": true, "points": 1}
# all of it
assert checks.cosine_schedule(cosine_schedule), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
for steps in (25, 1000):
    assert torch.allclose(cosine_schedule(steps), diffusion.noise_schedule("cosine", steps), atol=1e-5)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 4.2 · 3 points · 10 minutes
#
# Who knows the noise can take it off again. From `x_t (B, 2, H, W)`, `t (B,)` with one step for each picture, `noise`
# like `x_t` and `alpha_bar` return the colours that were there before the noise.


# %% nbgrader={"grade_id": "ps4-2", "solution": true}
def clean_from_noisy(x_t, t, noise, alpha_bar):
    ### BEGIN SOLUTION
    keep = alpha_bar[t].view(-1, 1, 1, 1)
    return (x_t - (1 - keep).sqrt() * noise) / keep.sqrt()
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps4-2-one", "grade": true, "points": 1}
# one picture
t = torch.tensor([30])
x_t = diffusion.q_sample(base[:1], t, noise[:1], linear)
assert torch.allclose(clean_from_noisy(x_t, t, noise[:1], linear), base[:1], atol=1e-4), "the base's colours are wanted"
### BEGIN HIDDEN TESTS
for step in (1, 8):
    x, n, t = numbers(1, 2, 4, 6, seed=800), 3 * numbers(1, 2, 4, 6, seed=801), torch.tensor([step])
    k = torch.linspace(1, 0.05, 9)
    assert torch.allclose(clean_from_noisy(diffusion.q_sample(x, t, n, k), t, n, k), x, atol=1e-4)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-2-each", "grade": true, "points": 1}
# each picture with its own step; step 0 changes nothing
t = torch.tensor([0, 10, 60])
x_t = diffusion.q_sample(base[:3], t, noise[:3], linear)
back = clean_from_noisy(x_t, t, noise[:3], linear)
assert back.shape == x_t.shape, "the shape of x_t"
assert torch.allclose(back, base[:3], atol=1e-4), "three pictures, three steps"
### BEGIN HIDDEN TESTS
x, n, t = numbers(4, 2, 4, 4, seed=802), numbers(4, 2, 4, 4, seed=803), torch.tensor([5, 0, 2, 7])
k = torch.linspace(1, 0.2, 9)
assert torch.allclose(clean_from_noisy(diffusion.q_sample(x, t, n, k), t, n, k), x, atol=1e-4)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-2-check", "grade": true, "points": 1}
# all of it
assert checks.clean_from_noisy(clean_from_noisy), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
x, n, t = numbers(2, 2, 3, 5, seed=804), numbers(2, 2, 3, 5, seed=805), torch.tensor([4, 6])
k = torch.linspace(1, 0.2, 9)
wanted = (x - (1 - k[t]).sqrt().view(2, 1, 1, 1) * n) / k[t].sqrt().view(2, 1, 1, 1)
assert torch.allclose(clean_from_noisy(x, t, n, k), wanted, atol=1e-5)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 4.3 · 3 points · 15 minutes
#
# `q_sample` jumps from step 0 to step t. Write one *single* step, from t − 1 to t:
#
# `x_t = √(1 − β_t) · x_{t−1} + √β_t · noise`
#
# You are given `alpha_bar`, not `β`: find `β_t` from `ᾱ_t` and `ᾱ_{t−1}`. `x (B, 2, H, W)` is at step `t − 1`, `t (B,)`
# holds the step to go to, 1 or more, one for each picture.


# %% nbgrader={"grade_id": "ps4-3", "solution": true}
def next_step(x, t, noise, alpha_bar):
    ### BEGIN SOLUTION
    beta = (1 - alpha_bar[t] / alpha_bar[t - 1]).view(-1, 1, 1, 1)
    return (1 - beta).sqrt() * x + beta.sqrt() * noise
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps4-3-fade", "grade": true, "points": 1}
# ten single steps without noise fade as one jump does
x = base[:2]
for step in range(1, 11):
    x = next_step(x, torch.tensor([step, step]), torch.zeros_like(x), linear)
jump = diffusion.q_sample(base[:2], torch.tensor([10, 10]), torch.zeros_like(x), linear)
assert torch.allclose(x, jump, atol=1e-5), "ten steps and one jump of ten differ"
### BEGIN HIDDEN TESTS
k = torch.linspace(1, 0.1, 11)
x = y = numbers(3, 2, 2, 4, seed=810)
for step in range(1, 8):
    x = next_step(x, torch.full((3,), step), torch.zeros_like(x), k)
assert torch.allclose(x, k[7].sqrt() * y, atol=1e-5)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-3-noise", "grade": true, "points": 1}
# the noise's share: variances add up to 1
k = torch.tensor([1.0, 0.9, 0.5, 0.2])
added = next_step(torch.zeros(3, 2, 1, 1), torch.tensor([1, 2, 3]), torch.ones(3, 2, 1, 1), k)[:, 0, 0, 0]
faded = next_step(torch.ones(3, 2, 1, 1), torch.tensor([1, 2, 3]), torch.zeros(3, 2, 1, 1), k)[:, 0, 0, 0]
assert torch.allclose(added**2 + faded**2, torch.ones(3)), "the squares of the two factors must sum to 1"
assert abs(added[0] ** 2 - 0.1) < 1e-5, "from 1 to 0.9: a tenth of the variance is noise"
### BEGIN HIDDEN TESTS
assert torch.allclose(added**2, torch.tensor([0.1, 1 - 5 / 9, 0.6]), atol=1e-5)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-3-check", "grade": true, "points": 1}
# all of it
assert checks.next_step(next_step), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
k = torch.linspace(1, 0.3, 11) ** 2
x, n, t = numbers(4, 2, 3, 3, seed=811), numbers(4, 2, 3, 3, seed=812), torch.tensor([10, 1, 4, 7])
b = (1 - k[t] / k[t - 1]).view(4, 1, 1, 1)
assert torch.allclose(next_step(x, t, n, k), (1 - b).sqrt() * x + b.sqrt() * n, atol=1e-5)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 4.4 · 3 points · 10 minutes
#
# A `t` means nothing without the size of what is noised. From `alpha_bar (T + 1,)` and `size`, the typical size of the
# colours before the noise, return the first step at which the noise, `√(1 − ᾱ_t)`, is at least as large as what is
# left of the colours, `√ᾱ_t · size`: a whole number.


# %% nbgrader={"grade_id": "ps4-4", "solution": true}
def noise_dominates(alpha_bar, size):
    ### BEGIN SOLUTION
    reached = (1 - alpha_bar).sqrt() >= alpha_bar.sqrt() * size
    return int(reached.nonzero()[0])
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps4-4-size", "grade": true, "points": 1}
# smaller colours drown earlier
steps = {size: noise_dominates(linear, size) for size in (typical, 1.0, 3.0)}
for size, step in steps.items():
    print(f"size {size:.2f}: noise dominates from t = {step}")
assert 0 < steps[typical] < steps[1.0] < steps[3.0] <= 1000, "larger colours stand more noise"
### BEGIN HIDDEN TESTS
found = [noise_dominates(linear, size) for size in (0.05, 0.2, 0.8, 2.0)]
assert found == sorted(found)
assert len(set(found)) == 4
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-4-half", "grade": true, "points": 1}
# colours of size 1 meet their match where half is left
assert noise_dominates(torch.tensor([1.0, 0.8, 0.6, 0.4, 0.2]), 1.0) == 3, "0.4 is the first value below one half"
assert noise_dominates(torch.tensor([1.0, 0.5, 0.4]), 1.0) == 1, "as large as: equal is enough"
### BEGIN HIDDEN TESTS
assert noise_dominates(torch.linspace(1, 0, 1001), 1.0) in (500, 501)
assert noise_dominates(torch.tensor([1.0, 0.95, 0.85, 0.75]), 0.5) == 3  # 0.8 is where 0.5 and the noise are equal
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-4-check", "grade": true, "points": 1}
# all of it
assert checks.noise_dominates(noise_dominates), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
for name in ("linear", "cosine"):
    k = diffusion.noise_schedule(name)
    for size in (0.1, 0.33):
        assert noise_dominates(k, size) == int(((1 - k).sqrt() >= k.sqrt() * size).nonzero()[0])
### END HIDDEN TESTS

# %% [markdown]
# ## Task 4.5 · 4 points · 20 minutes
#
# The paper's step draws one noise. Another draw gives other colours: how different are they? `noises (K, B, 2, H, W)`
# holds K draws. For each of them noise the base's colours up to step `t (B,)`, let `refiner(L, ab_noisy, t, prior)`
# look at them, and add what it returns to the base's colours (no clamping here). You may use `diffusion.q_sample`.
#
# Return `(mean, spread)`: the mean of the K results, `(B, 2, H, W)`, and one number for each picture, `(B,)`, in ab
# units: the standard deviation over the draws (divided by K), averaged over the picture's pixels and channels.


# %% nbgrader={"grade_id": "ps4-5", "solution": true}
def average_draws(refiner, L, ab_base, t, prior, noises, alpha_bar):
    ### BEGIN SOLUTION
    results = []
    for noise in noises:
        ab_noisy = diffusion.q_sample(ab_base, t, noise, alpha_bar)
        results.append(ab_base + refiner(L, ab_noisy, t, prior))
    results = torch.stack(results)  # (K, B, 2, H, W)
    spread = 110 * results.std(dim=0, correction=0).mean(dim=(1, 2, 3))
    return results.mean(dim=0), spread
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps4-5-given", "locked": true}
draws = torch.stack([picture_noise(base[:2], seed=seed) for seed in range(5)])  # (5, 2, 2, H, W)
two, t_two = slice(0, 2), torch.tensor([5, 40])
given = (L[two], base[two], t_two, color_prior(base[two]))

# %% nbgrader={"grade_id": "ps4-5-clean", "grade": true, "points": 1}
# what the refiner says goes onto the clean base; who always says the same does not spread
mean, spread = average_draws(lambda L, x, t, prior: 0 * x + 0.05, *given, draws, linear)
assert torch.allclose(mean, base[two] + 0.05, atol=1e-5), "base + residual, without noise in it"
assert spread.abs().max() < 1e-3, "five equal results have no spread"
### BEGIN HIDDEN TESTS
r = numbers(*base[two].shape, seed=820)
assert torch.allclose(average_draws(lambda *_: r, *given, draws[:3], linear)[0], base[two] + r, atol=1e-5)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-5-mean", "grade": true, "points": 1}
# a mean of results, each from a noise of its own
mean, _ = average_draws(lambda L, x, t, prior: x.square(), *given, draws, linear)
wanted = base[two] + torch.stack([diffusion.q_sample(base[two], t_two, n, linear).square() for n in draws]).mean(dim=0)
assert torch.allclose(mean, wanted, atol=1e-4), "the mean of five results, not the result of a mean noise"
### BEGIN HIDDEN TESTS
later = torch.tensor([300, 0])
told = lambda L, x, t, prior: L * x + 0.001 * t.view(-1, 1, 1, 1) + prior[:, 2].view(-1, 1, 1, 1)
mean, _ = average_draws(told, L[two], base[two], later, given[3], draws[1:], linear)
results = [told(L[two], diffusion.q_sample(base[two], later, n, linear), later, given[3]) for n in draws[1:]]
assert torch.allclose(mean, base[two] + torch.stack(results).mean(dim=0), atol=1e-4)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-5-spread", "grade": true, "points": 1}
# the spread between draws: results of 0.1 and -0.1 deviate by 0.1, which is 11 in ab units
some = torch.tensor([0.1, -0.1]).view(2, 1, 1, 1, 1) * torch.tensor([1.0, 0]).view(1, 2, 1, 1, 1).expand(2, 2, 2, 3, 3)
last, blank = torch.tensor([1, 1]), torch.zeros(2, 2, 3, 3)
mean, spread = average_draws(lambda L, x, t, prior: x, L[two], blank, last, given[3], some, torch.tensor([1.0, 0]))
assert torch.allclose(spread, torch.tensor([11.0, 0]), atol=1e-3), f"11 and 0 are wanted, got {spread.tolist()}"
### BEGIN HIDDEN TESTS
n, still = numbers(4, 3, 2, 4, 5, seed=821), torch.tensor([1, 1, 1])
_, spread = average_draws(
    lambda L, x, t, prior: x,
    L[:3],
    numbers(3, 2, 4, 5, seed=822),
    still,
    color_prior(base[:3]),
    n,
    torch.tensor([1.0, 0.36]),
)
assert torch.allclose(spread, 88 * n.std(dim=0, correction=0).mean(dim=(1, 2, 3)), atol=1e-3)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-5-check", "grade": true, "points": 1}
# all of it
assert checks.average_draws(average_draws), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
with torch.no_grad():
    refiner = shipped.parts["refiner"]
    mean, spread = average_draws(refiner, *given, draws, linear)
    once = [base[two] + diffusion.correct_once(refiner, *given, n, linear)[1] for n in draws]
    assert torch.allclose(mean, torch.stack(once).mean(dim=0), atol=1e-5)
    assert torch.allclose(spread, 110 * torch.stack(once).std(dim=0, correction=0).mean(dim=(1, 2, 3)), atol=1e-3)
### END HIDDEN TESTS

# %% [markdown]
# With your answer: how far do the draws of the shipped refiner spread (ab units)?

# %%
with torch.no_grad():
    for t in (5, 40, 200, 1000):
        steps = torch.tensor([t, t])
        _, spread = average_draws(shipped.parts["refiner"], L[two], base[two], steps, given[3], draws, linear)
        print(f"t = {t:>4}: {spread.mean():.2f}")

# %% [markdown]
# ## Task 4.6 · 4 points · 25 minutes · a catch of the paper
#
# "`t` can be set freely", says the paper. `predict(L, t)` gives the colours that a two-stage model makes at step t. It
# is *useful* at t if its error, the mean over everything of `(predict(L, t) − ab)²`, is below that of the base alone,
# the mean of `(ab_base − ab)²`.
#
# Write `useful_up_to(predict, L, ab, ab_base, ts)`: try the steps `ts` from the smallest up, and return the largest t
# of `ts` such that the model is useful there and at all smaller ones of `ts`, or `None` where it is at none.


# %% nbgrader={"grade_id": "ps4-6", "solution": true}
def useful_up_to(predict, L, ab, ab_base, ts):
    ### BEGIN SOLUTION
    limit, found = (ab_base - ab).square().mean(), None
    for t in sorted(ts):
        if (predict(L, t) - ab).square().mean() >= limit:
            break
        found = t
    return found
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps4-6-given", "locked": true}
def pretend(errors):
    """A model whose mean squared error at step t is errors[t]."""
    return lambda L, t: ab + errors[t] ** 0.5


of_four = ab + 2  # a base with a mean squared error of 4

# %% nbgrader={"grade_id": "ps4-6-base", "grade": true, "points": 1}
# the base alone sets the limit
found = useful_up_to(pretend({0: 3.0, 10: 3.5, 20: 3.9, 30: 4.5}), L, ab, of_four, [0, 10, 20, 30])
assert found == 20, f"3.0, 3.5 and 3.9 are below the base's 4, 4.5 is not: 20 is wanted, got {found}"
### BEGIN HIDDEN TESTS
model = pretend({1: 0.5, 3: 1.5, 6: 3.0, 9: 8.0})
assert [useful_up_to(model, L, ab, ab + limit, [1, 3, 6, 9]) for limit in (1.0, 1.5, -2.0, 3.0)] == [1, 3, 6, 9]
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-6-gap", "grade": true, "points": 1}
# it has to be useful at all smaller steps, too
found = useful_up_to(pretend({5: 3.0, 10: 6.0, 15: 3.0}), L, ab, of_four, [5, 10, 15])
assert found == 5, f"useful at 15, but not at 10: 5 is wanted, got {found}"
### BEGIN HIDDEN TESTS
assert useful_up_to(pretend({1: 2.0, 2: 1.0, 4: 3.9, 8: 4.1, 16: 0.1}), L, ab, of_four, [1, 2, 4, 8, 16]) == 4
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-6-order", "grade": true, "points": 1}
# the order of ts does not matter; None where no step is useful
model = pretend({0: 1.0, 5: 2.0, 10: 3.0, 50: 9.0})
assert useful_up_to(model, L, ab, of_four, [50, 5, 0, 10]) == 10, "unsorted steps"
assert useful_up_to(model, L, ab, ab + 0.5, [0, 5]) is None, "worse than the base everywhere"
### BEGIN HIDDEN TESTS
assert useful_up_to(model, L, ab, of_four, [50]) is None
assert useful_up_to(model, L, ab, of_four, (5, 0)) == 5
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps4-6-shipped", "grade": true, "points": 1}
# the shipped refiner: how many of the 1000 steps can be set freely?
ts = [0, 5, 10, 20, 50, 100, 200, 500, 1000]
refine = lambda L, t: shipped.predict(L, "two-stage", t=t, ab_base=base)["ab"]
answer = useful_up_to(refine, L, ab, base, ts)
equal = (linear < 1 / (1 + typical**2)).nonzero()[0].item()
print(f"useful up to t = {answer}; from t = {equal} on the noise is as large as the colours")
assert answer is None or answer in ts, "one of the steps tried"
### BEGIN HIDDEN TESTS
errors = {t: (refine(L, t) - ab).square().mean().item() for t in ts}
useless = [t for t in ts if errors[t] >= (base - ab).square().mean().item()]
assert answer == max([t for t in ts if t < min(useless, default=2000)], default=None)
### END HIDDEN TESTS

# %% [markdown]
# The errors behind the answer: look how little they move, although at t = 1000 no colour is left in what the network
# sees.

# %%
print(f"base alone: {(base - ab).square().mean():.5f}")
for t in (0, 20, 200, 1000):
    guess = shipped.predict(L, "two-stage", t=t, ab_base=base)["ab"]
    print(f"t = {t:>4}:   {(guess - ab).square().mean():.5f}")

# %% [markdown]
# ## Task 4.7 · 4 points · 15 minutes · in words
#
# A classmate writes: "We use the paper's method with t = 200, because it can be set freely, and the noise makes the
# colours more varied." Answer in about eight sentences. A person reads them and gives one point for each:
#
# - what has to be known besides `t = 200` for the number to mean something;
# - how much noise that is beside colours of the base's size, with a number from your measurements;
# - what one step that was trained with squared error can and cannot bring in variety;
# - why the result hardly suffers although every colour that the network sees is wrong, and what that says about the
#   use of those colours.

# %% [markdown] nbgrader={"grade_id": "ps4-7", "grade": true, "solution": true, "points": 4}
# ### BEGIN SOLUTION
# `t = 200` needs the schedule (linear or cosine, its first and last β), the number of steps, and the units of the
# colours. With 1000 linear steps ᾱ_200 is about 0.66, so the noise has a standard deviation of 0.59.
#
# The base's colours have a typical size of 0.1 to 0.2 in model units, and what is left of them is 0.81 times that: the
# noise is several times larger. Noise is as large as colour from a few dozen steps on (task 4.4).
#
# Squared error makes the network answer with the mean of all colours that its input leaves possible. More noise leaves
# more possible, so the answer becomes greyer and less sure, not more varied; another draw of the noise changes it only
# a little. Variety needs many steps, or a network that is trained to draw samples.
#
# The residual goes onto the clean base, and L is an input without noise, so the worst that can happen is a poor
# residual.
# For small t the network can also average over neighbours, which cancels most of the noise. In task 4.6 even t = 1000
# costs only a few per cent: the network hardly uses the colours that it is shown; what it gains over the base is small
# and lost beyond some hundred steps. "Can be set freely" then means that t matters little, not that noise helps.
#
# Marks: 1 for schedule (or number of steps) and units; 1 for a correct ratio with a number; 1 for "the mean of what is
# possible"; 1 for the clean base, the clean L or averaging, with what follows for
# the use of the noised colours.
# ### END SOLUTION
