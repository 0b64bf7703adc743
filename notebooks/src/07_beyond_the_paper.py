# %% [markdown]
# # 07 · Beyond the paper
#
# The paper closes with two ideas that it did not try: several diffusion steps instead of one, and separate
# models for warm and cool pictures. An older paper had a third: let a person help. We try small versions of
# all three, and measure.
#
# **After this lesson you can**
#
# - say what several steps buy, what they cost, and how *not* to add them;
# - draw many plausible colourings of one picture, and tell whether they are calibrated;
# - find out what an idea could gain, before building it;
# - give a network hints, and check that it uses them.
#
# **Time and memory:** 40 minutes to read; what running it takes stands above.
# **Read before:** lessons [04](04_diffusion_step.ipynb) (the noise step) and [06](06_evaluation.ipynb) (pairs and
# intervals). Words: [glossary](glossary.md).

# %%
import copy
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from tqdm.auto import trange

from colorlib import Colorizer, color, diffusion, metrics, portraits
from colorlib.colorize import walk_noise
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.evaluation import sampled
from colorlib.models import color_flow
from colorlib.models.spread import spread_hints
from colorlib.show import plots, pointer, verdicts, widgets
from colorlib.show.answers import answer
from colorlib.training.schedule import preset

# %%
P = preset()  # the sizes: COLORLIB_PRESET, "lesson" unless set
colorizer = Colorizer.load("portraits", device="cpu")
T_NOISE = max(colorizer.t, 20)  # the noise step used below: the weights' own, or 20 where they prefer none
portrait = portraits.draw(11, seed=5, size=192).rgb  # to look at
large_L, large_ab = color.rgb_to_model(color.from_uint8(portrait))
L, ab = color.rgb_to_model(color.from_uint8(portraits.draw(11, seed=5, size=colorizer.size).rgb))  # to work with
results = [colorizer.predict(L, "base")["ab"]]
for seed in range(16):  # correct the corrected, again and again
    results.append(colorizer.predict(L, t=T_NOISE, ab_base=results[-1], seed=seed)["ab"])
shown = {f"{n} times": results[n] for n in (0, 1, 2, 4, 8, 16)} | {"truth": large_ab}
plots.picture_row([plots.joined(large_L, x)[0] for x in shown.values()], list(shown))

# %% [markdown]
# ## A tempting loop
#
# The refiner takes a noised guess and returns a better one. So why not feed its answer back: add the
# residual, noise again, repeat? It is three lines. Above is one portrait, repeatedly "improved".
#
# From left to right: the base, then its colours after 1 to 16 corrections, and the truth. One picture proves
# nothing, so we measure on validation portraits, with noise and without.
#
# **Before you run this:** if one step helps, do eight help more? Draw the curve that you expect.


# %%
def again(L, base, repeats, t):
    """The tempting loop: [base, after one correction, after two, ...], each ab' (B, 2, H, W)."""
    results = [base]
    for seed in range(repeats):
        results.append(colorizer.predict(L, "two-stage", t=t, ab_base=results[-1], seed=seed)["ab"])
    return results


count = min(P.val_images or 120, 120)
val = datasets.load("portraits", "val", size=colorizer.size, count=count)
test = datasets.load("portraits", "test", size=colorizer.size, count=count)
val_L, val_ab = val.batch(range(len(val)))
sharp_L, _ = datasets.load("portraits", "val", size=192, count=1).batch([0])  # the first, larger
test_L, test_ab = test.batch(range(len(test)))
val_base, test_base = (torch.cat([colorizer.predict(x, "base")["ab"] for x in L.split(32)]) for L in (val_L, test_L))

some = min(count, 40)
few_L, few_truth = val_L[:some], color.show(val_L, val_ab)[:some]
loops = {t: again(few_L, val_base[:some], 8, t) for t in (0, T_NOISE)}
curves = {t: [metrics.mse(few_truth, color.show(few_L, ab)) for ab in results] for t, results in loops.items()}

# %%
plot = plots.Plot(6.4, 3.1, "MSE against the number of corrections, without and with noise")
axes = plot.subplots()
for (t, scores), line, marker in zip(curves.items(), ("-", "--"), ("o", "s"), strict=True):
    axes.plot([s.mean() for s in scores], ls=line, marker=marker, color="black", label=f"t = {t}")
axes.set(xlabel="corrections (0 is the base)", ylabel="MSE (RGB)")
axes.grid(alpha=0.3)
axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
repeated = {t: verdicts.change(scores[1], scores[-1]) for t, scores in curves.items()}
with answer():
    display(plot)
    for t, scores in curves.items():
        print(f"t = {t}: lowest after {int(np.argmin([s.mean() for s in scores]))} corrections")
    display(verdicts.listed({f"t = {t}, after eight corrections against after one": x for t, x in repeated.items()}))

# %% [markdown]
# Why the loop is wrong, whatever the curve looks like here: the refiner learnt the residual *of the base*.
# From its second turn on, its input is something that it never saw in training: not a base. Nothing pulls
# the loop towards the truth.
#
# And a deeper reason. In real diffusion the noised input contains *the truth*: `x_t` is truth plus noise.
# The paper noises the *base*. That input never holds news about the truth, however often it is made.

# %% [markdown]
# ## What one step cannot do
#
# A toy makes it exact. A coat is red (+1) or blue (-1), with equal chance, and L does not tell. The base
# answers with the mean, 0: grey. One number in place of a picture.
#
# **Before you run this:** which single answer has the lowest squared error? And how often is it the true
# colour?

# %%
truth = torch.tensor([1.0, -1.0]).repeat(20_000)
with answer():
    for colour in (0.0, 0.5, 1.0):
        right = (truth == colour).float().mean()
        print(f"always {colour:+.1f}: squared error {(truth - colour).square().mean():.2f}, true for {right:.0%}")
    display(Markdown("So a network trained on squared error is *right* to answer grey, in one step, with any noise."))

# %% [markdown]
# To get a coat that is red *or* blue, one must draw: sample.

# %% [markdown]
# ## Several steps, done right
#
# **ResShift** (Yue et al. 2023) walks from the base to the truth. Let $\eta$ (eta) grow from 0 to 1 with the
# step `t`:
#
# $$x_t = \mathrm{truth} + \eta_t (\mathrm{base} - \mathrm{truth}) + \kappa \sqrt{\eta_t}\; \mathrm{noise}$$
#
# At `t = 0` this is the truth, at the last `t` it is the base plus noise of size $\kappa$ (kappa). The network learns
# to guess the truth from `x_t`. Then one walks back, from `t` to `t − 1`: keep the share $\eta_{t-1} / \eta_t$ of where
# you are, fill up with the guess, and add *less* noise than there was.


# %% tags=["derive"]
def etas(steps):
    return torch.linspace(0, 1, steps + 1) ** 2  # eta[0] = 0: the truth; eta[steps] = 1: the base


def forward(x0, base, t, eta, kappa):
    return x0 + eta[t] * (base - x0) + kappa * eta[t].sqrt() * torch.randn_like(x0)


def back(x_t, guess, t, eta, kappa):
    keep = eta[t - 1] / eta[t]
    spread = kappa * (eta[t - 1] * (1 - keep)).sqrt()  # zero at the last step, t = 1
    return keep * x_t + (1 - keep) * guess + spread * torch.randn_like(x_t)


# %% [markdown]
# Derive, then trust: if the guess were the truth, a step back from `x_t` must give just the distribution of
# `x_{t−1}`. We compare mean and spread of 40,000 draws at each step.

# %%
torch.manual_seed(0)
eta, kappa, base = etas(8), 1.0, torch.tensor(0.0)
for t in range(1, 9):
    x0 = torch.ones(40_000)
    stepped, direct = (back(forward(x0, base, t, eta, kappa), x0, t, eta, kappa), forward(x0, base, t - 1, eta, kappa))
    torch.testing.assert_close(stepped.mean(), direct.mean(), atol=0.03, rtol=0)
    torch.testing.assert_close(stepped.std(), direct.std(), atol=0.03, rtol=0)

# %% [markdown]
# For the toy we need no training: the best guess, the mean of the truth given `x_t`, has a formula. It is a
# `tanh`: near 0 where red and blue are equally likely, near +1 or -1 where `x_t` leans clearly to one side.


# %%
def best_guess(x_t, t, eta, kappa):
    return torch.tanh((1 - eta[t]) * x_t / (kappa**2 * eta[t]))


def walk(steps, kappa=1.0, people=40_000):
    """From the base (0) back to t = 0, for many coats at once."""
    eta = etas(steps)
    x = kappa * torch.randn(people)  # the last t: the base plus noise
    for t in range(steps, 0, -1):
        x = back(x, best_guess(x, t, eta, kappa), t, eta, kappa)
    return x


# %% [markdown]
# **Before you run this:** with 1, 3 and 30 steps, what will the colours of the coats look like, and which
# has the lowest squared error?

# %%
torch.manual_seed(0)
walks = {steps: walk(steps) for steps in (1, 3, 30)}
plot = plots.Plot(9, 2.5, "Histograms of the coats' colours after 1, 3 and 30 steps, from -1 blue to +1 red")
for axes, (steps, x) in zip(plot.subplots(1, 3, sharey=True), walks.items(), strict=True):
    axes.hist(x.clamp(-1.5, 1.5).numpy(), bins=31, range=(-1.5, 1.5), weights=np.full(len(x), 1 / len(x)), color="0.4")
    axes.set(title=f"steps: {steps}", xlabel="-1 blue, 0 grey, +1 red")
plot.axes[0].set_ylabel("share of coats")
toy = {steps: ((x - truth).square().mean().item(), x.abs().mean().item()) for steps, x in walks.items()}
with answer():
    display(plot)
    for steps, (error, vividness) in toy.items():
        print(f"{steps:>2} steps: squared error {error:.2f}   vividness (mean distance from grey) {vividness:.2f}")
    display(Markdown("With many steps a coat is clearly red or clearly blue, and half of them are wrong. A wrong vivid "
                     "coat costs 4, a right one 0, grey always costs 1. **More steps buy vividness and variety; they "
                     "are paid for in MSE and PSNR.**"))  # fmt: skip

# %% [markdown]
# So a table like the paper's cannot even show whether multi-step diffusion succeeded: it needs colourfulness, variety,
# or people's eyes.
#
# On portraits the network must be trained for it: with the same steps as in use, with the clean base as a
# further input, and with a $\kappa$ about the size of the residual's spread. How large is that?

# %%
spread = (val_ab - val_base).std().item()
print(f"spread of the residual on our portraits: {spread:.3f} in model units, {110 * spread:.0f} ab units")

# %% [markdown]
# ## Many colourings of one portrait
#
# The toy drew two numbers; the shipped weights draw colours. Lightness hardly tells the tint, and the refiner of
# [lesson 03](03_color_prior.ipynb) follows four numbers. So a small network says how likely which four are, given $L'$
# and the base (`models/tints.py`: a mixture of six bell curves), and the refiner renders each draw in one pass.

# %%
many = colorizer.samples(portrait, 5, faces=None)
plots.picture_row([*many, portrait], ["a draw", "another", "another", "another", "another", "truth"])

# %% [markdown]
# Five pictures prove nothing. What samples are worth is told by other questions than one error: does the truth look
# like one more of them (then it lies in each quarter of a picture's own samples equally often), is one of a few near
# the truth, are they as colourful as real ones? And how far apart are samples and truths as *sets*? The **Fréchet
# distance** is 0 where the means, spreads and correlations of their numbers agree; two halves of the truth show what
# chance alone makes of it, on half as many pictures.
#
# **Before you run this:** has one draw a larger or a smaller squared error than the base? And the mean of eight draws?


# %% tags=["hide-input"] jupyter={"source_hidden": true}
def errors_of(ways):
    """{way: what `sampled.samples` found} as a table in Markdown: errors, and how they compare with the base's."""
    rows = {way: found["errors"] | {f"best of {k}": row for k, row in found["best"].items() if k > 1}
            for way, found in ways.items()}  # fmt: skip
    heads = [f"{way}: MSE | against the base (95 %)" for way in ways]
    lines = [f"| | {' | '.join(heads)} |", "|---" * (1 + 2 * len(ways)) + "|"]
    for name in next(iter(rows.values())):
        cells = []
        for row in (found[name] for found in rows.values()):
            moved = "" if name == "base" else "{:+.1%} ({:+.1%} to {:+.1%})".format(*row["versus"])
            cells += [f"{row['mse']:.0f}", moved]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


# %% tags=["hide-input"] jupyter={"source_hidden": true}
def places_of(ways):
    """In which quarter of a picture's own samples the truth lies, and what else tells samples from truths."""
    heads = [f"{way}: {name}" for way, found in ways.items() for name in found["quarters"]]
    lines = [f"| truth in the (25% each where calibrated) | {' | '.join(heads)} |", "|---" * (1 + len(heads)) + "|"]
    for i, quarter in enumerate(("lowest quarter", "second", "third", "highest")):
        cells = [f"{shares[i]:.0%}" for found in ways.values() for shares in found["quarters"].values()]
        lines.append(f"| {quarter} | {' | '.join(cells)} |")
    for way, found in ways.items():
        vivid, far, of = found["colorfulness"], found["frechet"], found["settings"]
        lines.append(f"\n{way}: colourfulness {vivid['one sample']:.1f} (base {vivid['base']:.1f}, truth "
                     f"{vivid['truth']:.1f}); Fréchet distance to the truth {far['one sample']:.0f} (base "
                     f"{far['base']:.0f}, between two halves of the truth {far['bias']:.0f}). "
                     f"{of['images']} test portraits, {of['draws']} draws each.")  # fmt: skip
    return "\n".join(lines)


# %%
found = sampled.samples(colorizer, "portraits", count=min(count, 80), draws=8)
shares = found["quarters"]
worst = max(shares, key=lambda name: max(abs(share - 0.25) for share in shares[name]))
with answer():
    display(Markdown(errors_of({"four numbers": found})), Markdown(places_of({"four numbers": found})))
    display(Markdown("The mean of perfect draws would be the best single answer, and a single draw about twice as "
                     f"wrong. Least calibrated: **{worst}**, whose truth lies in the highest quarter for "
                     f"{shares[worst][-1]:.0%}."))  # fmt: skip

# %% [markdown]
# Draws are for a person who chooses, and for honesty about what a grey picture leaves open.

# %% [markdown]
# ## Many steps, pixel by pixel
#
# Four numbers were drawn, and one pass did the rest. The walk of [lesson 04](04_diffusion_step.ipynb) draws every
# pixel: it starts in noise, and at each step a network that sees L and the base says which way the colours lie
# (`models/color_flow.py`, on a coarser grid, enlarged at the end). Below, what the network is shown in
# every other of ten steps, and the end.

# %%
flow, grid = colorizer.parts["flow"], colorizer.parts["flow"].fold


def end_of_walk(L, base, noise, steps=10, watch=None):
    """ab' (B, 2, H, W) to which the network walks from noise; watch(x, t) sees each look that it takes."""

    def look(x, t, L, ab_base):
        if watch:
            watch(x, int(t[0]))
        return flow(x, t, L, ab_base)

    with torch.no_grad():
        return color_flow.walk(look, grid, L, base, noise, steps)


looks = {}  # t: the first look there
base_ab = colorizer.predict(L, "base")["ab"]
noise = walk_noise(color_flow.coarse(base_ab, grid), seed=0)
end = end_of_walk(L, base_ab, noise, watch=lambda x, t: looks.setdefault(t, x / diffusion.COARSE))
shown = {f"t = {t}": looks[t] for t in list(looks)[::2]} | {"the end": end, "truth": large_ab}
plots.picture_row([plots.joined(large_L, x)[0] for x in shown.values()], list(shown))

# %% [markdown]
# The noise has two parts: one number for each picture and channel, added to all its pixels, and a number of each
# pixel's own (`diffusion.offset_noise`). We change one part sixteen times and keep the other.
#
# **Before you run this:** which of the two parts moves the tint of the end further?

# %%
start = color_flow.coarse(test_base[:4], grid)  # (4, 2, h, w), of four portraits
numbers = torch.Generator().manual_seed(0)
common = torch.randn(16, 1, 2, generator=numbers)
own = torch.randn(16, *start[:1].shape, generator=numbers)
kinds = {"the common numbers": lambda i: (own[0], common[i]), "each pixel's own": lambda i: (own[i], common[0])}
moved = {}
for kind, parts_of in kinds.items():
    noises = (diffusion.offset_noise(*parts_of(i)).expand_as(start) for i in range(16))
    ends = torch.stack([end_of_walk(test_L[:4], test_base[:4], noise) for noise in noises])  # (16, 4, 2, H, W)
    tints = 110 * ends.mean(dim=(3, 4))
    moved[kind] = tints.std(dim=0).square().sum(dim=-1).sqrt().mean().item()
with answer():
    for kind, spread in moved.items():
        print(f"sixteen ends that differ in {kind}: tints {spread:.1f} ab units apart (standard deviation)")
    print(f"{max(moved, key=moved.get)} moves the tint {max(moved.values()) / min(moved.values()):.1f} times as far")

# %% [markdown]
# Lesson 04 found that a pixel's own noise averages away over a picture, which is why the common number is there. But
# the tint of a drawn portrait is the sum of its parts: skin, clothes and background have colours of their own, and a
# part's colour can follow the noise that lies over that part.
#
# **Before you run this:** beside draws of four numbers, what will draws of pixels be better at: one error, the best of
# eight, colourfulness? And what do more steps buy?

# %%
paths = {n: sampled.samples(colorizer, "portraits", count=min(count, 24), draws=2, by="pixels", steps=n)
         for n in (1, 3, 10, 30)}  # fmt: skip
by_pixels = sampled.samples(colorizer, "portraits", count=min(count, 80), draws=8, by="pixels")
with answer():
    ways = {"four numbers": found, "pixels": by_pixels}
    display(Markdown(errors_of(ways)), Markdown(places_of(ways)))
    lines = ["| steps | one draw's MSE | its colourfulness | the base's | the truth's |", "|---|---|---|---|---|"]
    for n, path in paths.items():
        vivid = [f"{path['colorfulness'][whose]:.1f}" for whose in ("one sample", "base", "truth")]
        lines.append(f"| {n} | {path['errors']['one sample']['mse']:.0f} | {' | '.join(vivid)} |")
    display(Markdown("\n".join(lines)), Markdown("One step answers as a base does, with a mean; more of them choose."))

# %% [markdown]
# ## Warm and cool experts: what could be gained?
#
# The paper: "tag the pictures as warm or cool tones", train two models, and it "may significantly improve"
# the result. Before we train two models, ask what the *tag* is worth. The simplest expert is one constant
# colour. Next: the base, shifted by the mean error that it makes on warm (or cool) pictures.
#
# A picture is *warm* here if its mean b lies above the median of the validation portraits (lesson 06 sorts pixels, by
# hue). Colours and shifts are learnt on validation portraits; scores are on test portraits.


# %%
def tint(ab):
    return ab.mean(dim=(2, 3), keepdim=True)  # (N, 2, 1, 1)


middle = tint(val_ab)[:, 1].median()
is_warm_val, is_warm_test = ((tint(x)[:, 1] > middle).flatten() for x in (val_ab, test_ab))


def expert(values, tags, warm):
    """Mean of `values` (N, 2, 1, 1) of each of two kinds, as the validation portraits' `tags` sort them, dealt out by
    the tags `warm` of other portraits."""
    return torch.where(warm[:, None, None, None], values[tags].mean(0), values[~tags].mean(0))


# %% [markdown]
# Who gives the tag at test time? An **oracle** (the truth's own tint) shows what a perfect tag is worth.
# A **guess** (is the base's own mean b above its median?) is what we really have.
#
# There is a trap. An expert that *learnt* from true tags and is *used* with guessed ones meets portraits of a kind that
# it never saw: those whose tag is wrong. So what is used with guesses has to learn with guesses. We do both.
#
# **Before you run this:** will the guessed tag bring half of what the oracle's brings? All? Nothing?

# %%
of_base = tint(val_base)[:, 1].median()
guess_val, guess = ((tint(x)[:, 1] > of_base).flatten() for x in (val_base, test_base))
colors, errors = tint(val_ab), tint(val_ab - val_base)
grey = torch.zeros_like(test_ab)
results = {
    "constant": grey + colors.mean(0),
    "two constants, guessed tag": grey + expert(colors, guess_val, guess),
    "oracle: two constants": grey + expert(colors, is_warm_val, is_warm_test),
    "base": test_base,
    "base, two shifts, learnt with true tags, used with guesses": test_base + expert(errors, is_warm_val, guess),
    "base, two shifts, guessed tag": test_base + expert(errors, guess_val, guess),
    "oracle: base, two shifts": test_base + expert(errors, is_warm_val, is_warm_test),
    "oracle: base, true mean colour": test_base - tint(test_base) + tint(test_ab),
}
test_truth = color.show(test_L, test_ab)
mse = {name: metrics.mse(test_truth, color.show(test_L, result.clamp(-1, 1))) for name, result in results.items()}

# %%
rows = [{"method": name, "mse": s.mean(), "mse_ci": metrics.bootstrap(s)[1:]} for name, s in mse.items()]
agreement = (guess == is_warm_test).float().mean().item()
pairs = [("constant", "two constants, guessed tag"), ("constant", "oracle: two constants")]
pairs += [("base", name) for name in results if name.startswith(("base, two", "oracle: base, two"))]
gains = {name: verdicts.change(mse[rival], mse[name]) for rival, name in pairs}
with answer():
    display(plots.score_bars(rows, label="MSE (8-bit RGB, L kept); whiskers: 95 % interval"))
    print(f"the guessed tag is right for {agreement:.0%} of the test portraits (a coin: 50 %)")
    display(verdicts.listed({f"{name}, against {rival}": gains[name] for rival, name in pairs}))

# %% [markdown]
# The lesson is in the method. An **oracle split** costs two lines, and tells what perfect knowledge of the tag brings
# to a simple expert. If that is little, look for another idea first. If the oracle gains and the guess does not, the
# *tag* is the hard part: whatever says "warm" at test time has to see it in L. A tag that is guessed from the base's
# own colours tells it nothing new.
#
# These experts are the simplest there are. Two networks, trained on for two epochs on their half of 15,621 real faces,
# were measured for this kit: 400 validation pictures of each of two sets, against one network with as many steps on all
# (rows `warm and cool` of `data/ledger.csv`).

# %%
networks = {
    "true tag, an oracle, first set": verdicts.Change(-0.231, -0.257, -0.206),
    "true tag, an oracle, second set": verdicts.Change(-0.233, -0.260, -0.206),
    "guessed tag, first set": verdicts.Change(0.006, -0.002, 0.015),
    "guessed tag, second set": verdicts.Change(0.001, -0.008, 0.010),
    "learnt with true tags, used with guesses, first set": verdicts.Change(0.104, 0.054, 0.158),
    "learnt with true tags, used with guesses, second set": verdicts.Change(0.132, 0.081, 0.186),
}
verdicts.listed({f"two networks, {tag}": moved for tag, moved in networks.items()})

# %% [markdown]
# But someone may *tell* us the tag. The paper says "in response to human demand". That is no oracle. It is a hint.

# %% [markdown]
# ## Hints by a person
#
# SIGGRAPH17 was made for this (Zhang et al. 2017): besides L it takes **hints**, a few pixels with their
# colours, and a **mask** that says where they are. The training draws random pixels from the truth as hints.
# We draw dabs of 7 × 7.


# %%
def random_hints(ab, points, generator):
    """Hints (B, 2, H, W) and mask (B, 1, H, W): the true colours in `points` (B,) dabs of 7 x 7 pixels."""
    B, _, H, W = ab.shape
    rank = torch.rand(B, H * W, generator=generator).argsort(dim=1).argsort(dim=1)  # a random order of the pixels
    mask = (rank < points[:, None]).float().reshape(B, 1, H, W)
    mask = F.max_pool2d(mask, 7, stride=1, padding=3)
    return ab * mask, mask


SIDE = colorizer.size  # a network made for one size errs at another
small = {split: datasets.load("portraits", split, size=SIDE, count=n)
         for split, n in (("train", min(P.images or 400, 400)), ("test", min(count, 80)))}  # fmt: skip
(train_L, train_ab), (small_L, small_ab) = (small[s].batch(range(len(small[s]))) for s in ("train", "test"))

# %% [markdown]
# Our base has these inputs, but its training gave it none: hints and mask were always zero. Their weights
# never got a gradient; they are the random numbers that they began with, somewhat shrunk.
#
# **Before you run this:** does our base use hints, ignore them, or worse?
#
# We measure outside the dabs, so that the gift itself does not count. Two yardsticks need no training. One shifts the
# *whole* picture by the mean of what the hints say against the base. The other lets each pixel follow those hints that
# lie on something *like it*: near by, as light, of the colour that the base gave it. Where the base was wrong at the
# hints $X$, it expects it to be as wrong at a pixel $x$ as the two are alike, $k(x, X)$:
#
# $$ab(x) = ab_\text{base}(x) + k(x, X)\,[k(X, X) + 0.3\,I]^{-1}\,\big(ab(X) - ab_\text{base}(X)\big)$$
#
# That is regression by a *Gaussian process*, also called kriging; `colorlib/models/spread.py` is short.


# %%
@torch.no_grad()
def hinted(net, points, seed=0):
    """ab' of net with so many hints, and the mask of the dabs."""
    generator = torch.Generator().manual_seed(seed)
    hints, mask = random_hints(small_ab, torch.full((len(small_ab),), points), generator)
    return net(small_L, hints, mask), mask


def outside(ab, mask):
    """MSE (RGB) of each picture outside the dabs."""
    wrong = ((color.show(small_L, small_ab).astype(float) - color.show(small_L, ab)) ** 2).mean(axis=-1)  # (N, H, W)
    free = 1 - mask[:, 0].numpy()
    return (wrong * free).sum(axis=(1, 2)) / free.sum(axis=(1, 2))


plain = colorizer.parts["base"]
without = hinted(plain, 0)[0]


def shifted(start, mask):
    """Colours made without hints, moved by the mean of what the hints say."""
    move = ((small_ab - start) * mask).sum(dim=(2, 3), keepdim=True)
    return (start + move / mask.sum(dim=(2, 3), keepdim=True).clamp(min=1)).clamp(-1, 1)


# %%
points = (0, 1, 2, 4, 8, 16)
untrained = [hinted(plain, n) for n in points]
hint_mse = {
    "base, never saw hints": [outside(*result) for result in untrained],
    "base shifted by the hints": [outside(shifted(without, mask), mask) for _, mask in untrained],
    "base, like follows like": [
        outside(spread_hints(small_L, without, small_ab * mask, mask).clamp(-1, 1), mask) for _, mask in untrained
    ],
}
unused = hint_mse["base, never saw hints"]
with answer():
    for name, scores in hint_mse.items():
        print(f"{name:<26} " + "   ".join(f"{n}: {s.mean():.0f}" for n, s in zip(points, scores, strict=True)))
    display(verdicts.listed({"base with 8 hints against none": verdicts.change(unused[0], unused[4])}))

# %% [markdown]
# Whatever the last line says, it is an accident of the random numbers that those weights began with: an input that
# never varied in training has no meaning. Now teach it: a copy of the base trains on, with 0 to 10 random hints a
# picture.

# %%
tuned = copy.deepcopy(plain).requires_grad_(True).train()
optimizer = torch.optim.AdamW(tuned.parameters(), lr=3e-3)
generator = torch.Generator().manual_seed(0)
torch.manual_seed(0)
for _ in trange(max(1, round(60 * P.epochs[0])), desc="learning to use hints", unit="epoch"):
    for i in torch.randperm(len(train_L)).split(P.batch):
        some_points = torch.randint(0, 11, (len(i),), generator=generator)
        guess = tuned(train_L[i], *random_hints(train_ab[i], some_points, generator))
        loss = F.smooth_l1_loss(guess, train_ab[i], beta=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
tuned = tuned.eval().requires_grad_(False)

# %% [markdown]
# **Before you run this:** how many dabs until the error is halved?

# %%
trained = [hinted(tuned, n) for n in points]
start = trained[0][0]  # without hints
hint_mse["base, trained with hints"] = [outside(*result) for result in trained]
hint_mse["the same, hints only shift it"] = [outside(shifted(start, mask), mask) for _, mask in trained]
plot = plots.Plot(6.4, 3.3, "MSE outside the dabs against the number of hints, for five methods")
axes = plot.subplots()
for (name, scores), line, marker in zip(hint_mse.items(), plots.LINES, plots.MARKERS):  # noqa: B905
    axes.plot(points, [s.mean() for s in scores], ls=line, marker=marker, label=name)
axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
axes.grid(alpha=0.3)
_ = axes.set(xlabel="hints (dabs of 7 × 7 pixels)", ylabel="MSE outside the dabs (RGB)", ylim=(0, None))

# %%
learnt, shift = hint_mse["base, trained with hints"], hint_mse["the same, hints only shift it"]
alike = hint_mse["base, like follows like"]
one_hint = verdicts.change(learnt[0], learnt[1])
half = next((n for n, s in zip(points, learnt, strict=True) if s.mean() < learnt[0].mean() / 2), None)
with answer():
    display(plot)
    display(verdicts.listed({
        "trained with hints (once: one seed), 1 hint against none": one_hint,
        "trained with hints, 8 hints against none": verdicts.change(learnt[0], learnt[4]),
        "8 hints, given to it against shifting it": verdicts.change(shift[4], learnt[4]),
        "no hints, trained on against the base": verdicts.change(unused[0], learnt[0]),
        "8 hints, like follows like against training with hints": verdicts.change(learnt[4], alike[4]),
        "hints until the error is halved": "more than 16" if half is None else str(half),
    }))  # fmt: skip

# %% [markdown]
# The fourth line is the control: what the further training, on few pictures, changed by itself. That is why the third
# compares with the *trained* base, shifted: both have had the same training. Where it is above zero, the network has
# learnt to listen, but does less with what it hears than a plain shift of the whole picture. The fifth line asks what
# training brings over a formula of one line. `Colorizer` takes the mean of a network trained with hints, which keeps a
# dab's colour where it lies, and of that formula. Now what a person would do: one portrait, one dab on the clothes, in
# three colours. How far does the trained network spread the colour, and does it keep to the clothes?

# %%
subject = portraits.draw(3, size=SIDE)
one_L, _ = color.rgb_to_model(color.from_uint8(subject.rgb))
line = np.flatnonzero(subject.masks["clothes"][SIDE - 3])  # where a row near the lower border shows clothes
place = torch.zeros(1, 1, SIDE, SIDE)
place[0, 0, SIDE - 3, line[len(line) // 2]] = 1
place = F.max_pool2d(place, 7, stride=1, padding=3)
wishes = {"red": (50, 30), "blue": (10, -50), "green": (-40, 30)}  # a, b in ab units
coats = {"no hint": tuned(one_L)}
for name, wish in wishes.items():
    coats[name] = tuned(one_L, torch.tensor(wish).view(1, 2, 1, 1) / 110 * place, place)
big = portraits.draw(3, size=192)
big_L, big_ab = color.rgb_to_model(color.from_uint8(big.rgb))
marked = big.rgb.copy()
marked[F.interpolate(place, size=big.rgb.shape[:2])[0, 0].bool().numpy()] = 255
plots.picture_row([marked, *(plots.joined(big_L, x)[0] for x in coats.values())], ["the dab, white", *coats])

# %%
clothes = torch.from_numpy(subject.masks["clothes"])
for name in wishes:
    moved = 110 * (coats[name] - coats["no hint"])[0].norm(dim=0)  # (H, W), ab units
    print(f"{name:>5}, {np.hypot(*wishes[name]):.0f} from grey: colour moved by {moved[clothes].mean():.1f} ab units "
          f"in the clothes, {moved[~clothes].mean():.1f} elsewhere")  # fmt: skip

# %% [markdown]
# **Play with it.** The colour prior of lesson 03 is a hint for the whole picture at once: set it by hand, as
# a person who remembers "it was a warm evening". How far these weights follow is what lesson 03 measured: their
# refiner was trained for steering.

# %%
widgets.prior_mixer(colorizer, portrait)

# %% [markdown]
# And the hints themselves, by `Colorizer`, whose network has learnt from them on more portraits than we had here. Place
# a dab on the clothes, choose a colour, drag it: what takes the colour on, and where does it stop?

# %%
pointer.hint_explorer(colorizer, portrait)

# %% [markdown]
# ## The paper says / we found

# %%
(one_error, one_vivid), (many_error, many_vivid) = toy[1], toy[30]
guessed = gains["base, two shifts, guessed tag"]
verdicts.claims([
    ("the result could be more vivid if we have more resources to perform multi-step diffusion",
     f"in the toy vividness goes from {one_vivid:.2f} to {many_vivid:.2f}, the squared error from {one_error:.2f} to "
     f"{many_error:.2f}", "1.00; down", bool(many_vivid > one_vivid)),
    ("perturbed by noise with t steps", f"its step repeated eight times instead of once: "
     f"{str(repeated[T_NOISE]).rpartition(': ')[0]}", "down", verdicts.holds(repeated[T_NOISE])),
    ("It may significantly improve the expressive force", f"two experts on the base, by a guessed tag: "
     f"{str(guessed).rpartition(': ')[0]}", "down", verdicts.holds(guessed)),
    ("intelligently propagate the user’s intent throughout the entire image", "one dab, after one training with "
     f"hints: {str(one_hint).rpartition(': ')[0]}", "down", verdicts.holds(one_hint)),
])  # fmt: skip

# %% [markdown]
# ## Where to go next
#
# | idea | a first step | how you would know |
# |---|---|---|
# | ResShift on portraits | `forward` and `back` above on ab', a U-Net that sees the base | colourfulness, variety |
# | classification (lesson 02) | `python -m colorlib train --rivals eccv16 --out RUN` | colourfulness against MSE |
# | a better tag | a small network from L to "warm" | right more often than the base's tint |
# | attention, settled | lesson 05 with five seeds each | seeds' spread against the gap |
# | when a second stage gains | `python -m colorlib study --data FOLDER --out RUN` | the ledger of lesson 06 |
# | real photographs | `python -m colorlib train --data FOLDER --out RUN` | the table of lesson 06, yardsticks in it |

# %% [markdown]
# ## Thirteen catches
#
# | # | in the paper | lesson |
# |---|---|---|
# | 1 | two loss terms that are one number | [04](04_diffusion_step.ipynb) |
# | 2 | a diversity term that pulls towards the base | [04](04_diffusion_step.ipynb) |
# | 3 | a prior that shrinks with the resolution | [03](03_color_prior.ipynb) |
# | 4 | a step `t` without schedule, number of steps or range | [04](04_diffusion_step.ipynb) |
# | 5 | an input that, read literally, lacks the picture | [04](04_diffusion_step.ipynb) |
# | 6 | two conventions of PSNR in one table | [06](06_evaluation.ipynb) |
# | 7 | an SSIM that is nearly free | [01](01_data_prep.ipynb), [06](06_evaluation.ipynb) |
# | 8 | baselines that nobody could rebuild | [02](02_base_training.ipynb) |
# | 9 | a gain that may come from more network and training | [06](06_evaluation.ipynb) |
# | 10 | one run, no spread | [06](06_evaluation.ipynb) |
# | 11 | baselines worse than one constant colour | [01](01_data_prep.ipynb) |
# | 12 | a gain that a leak through the prior would explain | [03](03_color_prior.ipynb) |
# | 13 | residuals on pictures that the base has seen | [04](04_diffusion_step.ipynb) |

# %% [markdown]
# ## Seven questions for the next paper
#
# 1. What does a *trivial* method score on this data, in this table? (11)
# 2. Which scale, which colour space, which order of mean and logarithm? What is nearly free? (6, 7)
# 3. Is there a control with the same size and training, and could you rebuild the baselines? (8, 9)
# 4. What goes into the network at test time, and could the truth be in it? On whose pictures did it learn? (5, 12, 13)
# 5. Do two terms of the loss say the same? Does each sign do what the text says? (1, 2)
# 6. Does a number depend on the resolution, or on a setting that is not given? (3, 4)
# 7. How many pictures, how many runs, and what is the interval? (10)

# %% [markdown]
# ## Exercises
#
# **Exercise 7.1** · difficulty ●○○ · importance ●●○ · 5 minutes
#
# The mean of ResShift's step back, for pictures: `x_t` and the guessed truth `x0` `(B, 2, H, W)`, `t` an
# integer from 1, `eta` a tensor with `eta[0] = 0`. Return
#
# $$\frac{\eta_{t-1}}{\eta_t}\, x_t + \frac{\alpha_t}{\eta_t}\, x_0, \qquad \alpha_t = \eta_t - \eta_{t-1}$$
#
# Four steps from a noisy base, with a perfect guess:
#
# <details><summary>Hint</summary>
#
# `back` above writes `1 - keep` for $\alpha_t / \eta_t$. Are they the same?
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def walked(mean, word):
    eta, x0 = etas(4), val_ab[:1]
    x = val_base[:1] + 0.1 * torch.randn(x0.shape, generator=torch.Generator().manual_seed(0))
    stops = {"t = 4": x}
    for t in (4, 3, 2, 1):
        x = mean(x, x0, t, eta)
        stops[f"{word}\nt = {t - 1}"] = x
    return plots.picture_row([plots.joined(sharp_L, x)[0] for x in stops.values()], list(stops))


walked(lambda x, x0, t, eta: torch.lerp(x0, x, (eta[t - 1] / eta[t]).item()), "expected")


# %%
def my_resshift_mean(x_t, x0, t, eta):
    raise NotImplementedError("exercise 7.1")


if checks.resshift_mean(my_resshift_mean):
    display(walked(my_resshift_mean, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_resshift_mean(x_t, x0, t, eta):
#     keep = eta[t - 1] / eta[t]
#     return keep * x_t + (1 - keep) * x0
# ```
#
# At `t = 1` nothing of `x_t` is kept: the result is the last guess.
# </details>

# %% [markdown]
# **Exercise 7.2** · difficulty ●●○ · importance ●●○ · 8 minutes
#
# **Rectified flow** (Liu et al. 2023) is another right way: walk on the straight line from the base (`s = 0`) to the
# truth (`s = 1`), and let the network learn the *velocity*, the direction and speed of travel. `base` and `truth` have
# shape `(B, 2, H, W)`, `s` has `(B,)`, one time for each picture. Return `(point, velocity)`, both `(B, 2, H, W)`. Five
# times of one portrait, as points on the way:
#
# <details><summary>Hint</summary>
#
# On a straight line travelled in one unit of time, the velocity is the same everywhere. You know it by
# another name: the residual. `s.view(-1, 1, 1, 1)` gives each picture its own number.
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def on_the_way(flow, word):
    times = torch.linspace(0, 1, 5)
    start, end, light = (x[:1].expand(5, -1, -1, -1) for x in (val_base, val_ab, sharp_L))
    points, velocity = flow(start, end, times)
    speed = 110 * velocity.norm(dim=1).mean(dim=(1, 2))  # the mean length, ab units
    titles = [f"{word}, s = {s:.2f}\nspeed {v:.0f}" for s, v in zip(times.tolist(), speed.tolist(), strict=True)]
    return plots.picture_row(list(plots.joined(light, points)), titles)


on_the_way(lambda start, end, s: (torch.lerp(start, end, s.view(-1, 1, 1, 1)), end - start), "expected")


# %%
def my_rectified_flow(base, truth, s):
    raise NotImplementedError("exercise 7.2")


if checks.rectified_flow(my_rectified_flow):
    display(on_the_way(my_rectified_flow, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_rectified_flow(base, truth, s):
#     s = s.view(-1, 1, 1, 1)
#     return (1 - s) * base + s * truth, truth - base
# ```
#
# In the toy all coats start at the same 0, and the mean velocity there is 0: without noise at the start,
# nothing ever moves. So a little noise is put on the base here, too.
# </details>

# %% [markdown]
# **Exercise 7.3** · difficulty ●●○ · importance ●●● · 10 minutes
#
# One step of a sampler, as `diffusion.flow_sample` takes it. A network has learnt `velocity(x, s)`, which is $dx/ds$ on
# the line from colours (`s = 0`) to noise (`s = 1`); it has the shape of `x`, and so has what you return. Write
# `heun_step(velocity, x, s, below)`, from `s` down to `below`: walk the whole step with the first velocity, look again
# *there*, and go with the mean of the two looks. Where `below` is 0, the first look alone has to do. The coats of the
# toy are walked with it, in six steps:
#
# <details><summary>Hint</summary>
#
# A step from `s` to `below` adds `(below - s)` times the velocity. At which place and time is the second look?
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def coat_velocity(x, s):
    """The toy's, exactly: (x - the mean of the coats that may lie behind x) / s."""
    return (x - torch.tanh((1 - s) * x / s**2)) / s


def coats_walked(step, word):
    times = [1 - (i / 6) ** 2 for i in range(7)]  # 1 ... 0
    places = [torch.linspace(-2.5, 2.5, 24)]  # draws of noise
    for s, below in pairwise(times):
        places.append(step(coat_velocity, places[-1], s, below))
    plot = plots.Plot(6.4, 2.8, f"{word}: 24 coats walk from noise to red or blue in six steps")
    axes = plot.subplots()
    axes.plot(times, torch.stack(places), "o-", color="black", ms=3, lw=0.7)
    off = (places[-1].abs() - 1).abs().mean()
    axes.set(xlim=(1.02, -0.02), xlabel="s", ylabel="-1 blue, +1 red", title=f"{word}: off by {off:.3f} at the end")
    return plot


def from_both_ends(velocity, x, s, below):
    there = x + (below - s) * velocity(x, s)
    return there if below == 0 else torch.lerp(x, there + (below - s) * velocity(there, below), 0.5)


coats_walked(from_both_ends, "expected")


# %%
def my_heun_step(velocity, x, s, below):
    raise NotImplementedError("exercise 7.3")


if checks.heun_step(my_heun_step):
    display(coats_walked(my_heun_step, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_heun_step(velocity, x, s, below):
#     v = velocity(x, s)
#     if below > 0:
#         v = (v + velocity(x + (below - s) * v, below)) / 2
#     return x + (below - s) * v
# ```
#
# Two looks a step, and an error that falls with the square of the number of steps instead of with the number itself.
# </details>

# %% [markdown]
# ## What to remember
#
# - A network may only be repeated on inputs of the kind that it was trained on.
# - One step trained on squared error gives the mean. Several steps, done right, draw a sample: vivid,
#   varied, and worse in MSE.
# - Ask an oracle first: it tells in two lines what perfect knowledge would bring. What is used with guesses has to
#   learn with guesses.
# - An input that never varied in training has no meaning. Vary it, and see.
# - A hint is worth what the network has learnt to make of it: compare it with shifting the whole picture.

# %% [markdown]
# ## Three questions
#
# <details><summary>1. Why is the last of ResShift's steps without noise?</summary>
#
# **Answer.** $\eta_0 = 0$: the step's spread is $\kappa \sqrt{\eta_0 \cdots}$, which is zero. The result is the
# network's last guess.
# </details>
#
# <details><summary>2. Your multi-step model has a higher MSE than one step. Is it worse?</summary>
#
# **Answer.** Not for that reason. Samples pay in MSE even when they are perfect: in the toy, twice the error
# of the mean. Look at colourfulness, variety, and what people prefer.
# </details>
#
# <details><summary>3. An oracle tag halves the error, a guessed one changes nothing. What next?</summary>
#
# **Answer.** Work on the tag: more information (a person, a caption, the place and year of the photo), not on
# better experts.
# </details>
