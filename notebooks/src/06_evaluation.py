# %% [markdown]
# # 06 · Evaluation
#
# The paper ends with a table: its model is best in every column. This lesson rebuilds that table for our own
# models, and asks of each column what it measures, and of each difference whether it means anything.
#
# **After this lesson you can**
#
# - compute MSE, both kinds of PSNR and an interval, and say what SSIM and colourfulness miss;
# - compare two methods on the same pictures, and say when the pictures cannot tell them apart;
# - find where a model fails: by region, by hue, by skin tone, by population, and picture by picture;
# - find out whether an evaluation lets the truth into its guesses.
#
# **Time and memory:** 60 minutes to read; what running it takes stands above.
# **Read before:** lessons [03](03_color_prior.ipynb) (oracles) and [04](04_diffusion_step.ipynb) (the two stages).
# Words: [glossary](glossary.md).

# %%
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2gray, rgb2lab
from skimage.metrics import structural_similarity
from tqdm.auto import tqdm

import colorlib
from colorlib import Colorizer, color, metrics, models, portraits
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.evaluation import study, table
from colorlib.methods import Stage
from colorlib.show import plots, verdicts
from colorlib.show.answers import answer
from colorlib.show.tiles import stack
from colorlib.show.widgets import before_after
from colorlib.training.fit import fit
from colorlib.training.schedule import preset

# %%
P = preset()  # the sizes: COLORLIB_PRESET, "lesson" unless set
colorizer = Colorizer.load("portraits", device="cpu")
count = min(P.val_images or 160, 160)
test = datasets.load("portraits", "test", size=colorizer.size, count=count)  # seen by no training
L, ab = test.batch(range(len(test)))  # L (N, 1, H, W), ab (N, 2, H, W), model units
numbers = [int(key.split("/")[1]) for key in test.keys]  # "portraits/7" -> 7


def sharp(guess, which):
    """Portraits in these colours, ab' (N, 2, H, W), with their L at 192 pixels: how one looks at them."""
    drawn = portraits.draw_batch([numbers[i] for i in which], size=192)
    return plots.joined(color.rgb_to_model(color.from_uint8(drawn))[0], guess[list(which)])


one = {"truth": ab[:1], **table.predictions(colorizer, L[:1], ab[:1])}
tiles, half = [sharp(guess, [0])[0] for guess in one.values()], (len(one) + 1) // 2
two_rows = [plots.captioned_row(tiles[i : i + half], list(one)[i : i + half], side=150) for i in (0, half)]
plots.describe(stack(*two_rows), f"One test portrait by every method: {', '.join(one)}")

# %% [markdown]
# One test portrait, coloured by every method. A table compresses hundreds of such rows into a few numbers. This lesson
# asks what gets lost.
#
# It always uses the drawn portraits: we know what each of them shows, and shall ask about it.
#
# ## The result first
#
# Every method colours the same test portraits. All keep the given L. Hatched bars need no network: they are
# the yardstick from lesson 01. Whiskers are intervals, explained in section 5.

# %%
parts = {}
for start in tqdm(range(0, len(test), 32), desc="colour", unit="batch"):
    batch = slice(start, start + 32)
    for method, guess in table.predictions(colorizer, L[batch], ab[batch], first=start).items():
        parts.setdefault(method, []).append(guess)
guesses = {method: torch.cat(found) for method, found in parts.items()}  # ab' of each method
pictures = {method: color.show(L, guess) for method, guess in guesses.items()}
truth = color.show(L, ab)
scores = {method: metrics.measure(truth, pictures[method]) for method in pictures}
rows = table.rows(scores)
plots.score_bars(rows, label="MSE (8-bit RGB, L kept); whiskers: 95 % interval")

# %% [markdown]
# What the methods are; which of them there are depends on the weights:

# %%
what = table.notes(colorizer, colorizer.t)
display(Markdown("\n".join(["| method | what it is |", "|---|---|", *(f"| {m} | {what[m]} |" for m in scores)])))

# %% [markdown]
# ## 1 · MSE: what is squared, and on which scale
#
# **MSE**, the mean squared error: take the difference of each pixel in each of the three channels R, G, B (0
# to 255), square, and take the mean. One number a picture.


# %% tags=["derive"]
def my_mse(truth, guess):
    difference = truth.astype(float) - guess  # float first: in 8-bit arithmetic 3 - 5 is 254
    return (difference**2).mean(axis=(1, 2, 3))


base, two = (scores[method]["mse"] for method in ("base", "two-stage"))  # one number a picture
torch.testing.assert_close(my_mse(truth, pictures["two-stage"]), two)

in_ab = (110 * (guesses["two-stage"] - ab)).square().mean().item()
print(f"two-stage, MSE in RGB: {two.mean():.1f}    the same pictures, MSE of a and b: {in_ab:.1f}")

# %% [markdown]
# Both are called "the MSE" in papers on colourisation. They are different numbers; compare only like with
# like. From here on: RGB, 8 bits, L kept.

# %% [markdown]
# ## 2 · PSNR: two conventions
#
# **PSNR** (peak signal-to-noise ratio) is the MSE on a logarithmic scale: $10 \log_{10}(255^2 / MSE)$, in
# decibels (dB), higher is better. It holds no news about one picture. But for a *set* there are two ways:
#
# - `psnr_pooled`: first the mean of all MSE, then the logarithm;
# - `psnr_mean`: first the logarithm of each, then the mean.
#
# **Before you run this:** one picture is nearly perfect, the others are ordinary. Which of the two does it
# lift more?

# %%
with_gem = np.append(two, 0.1)  # our pictures, and one more with an MSE of 0.1
with answer():
    for name, values in (("our test pictures", two), ("and one nearly perfect", with_gem)):
        mean, pooled = metrics.psnr_mean(values), metrics.psnr_pooled(values)
        print(f"{name:<24} psnr_mean {mean:.2f} dB   psnr_pooled {pooled:.2f} dB   difference {mean - pooled:.2f}")
    display(Markdown("The logarithm stretches the low end: easy pictures count for more in `psnr_mean`. It is never "
                     "below `psnr_pooled`, and equal only if all pictures are equally hard."))  # fmt: skip

# %% [markdown]
# Now the paper's Table 2. From the printed MSE we can work out the pooled PSNR.
#
# **Before you run this:** if all rows follow one convention, what should the last column look like?

# %%
PAPER = {
    "CNN": (337.021, 24.673, 0.926),
    "GAN": (368.143, 22.471, 0.921),
    "SIGGRAPH17": (78.807, 29.634, 0.982),
    "Ours": (63.812, 30.500, 0.983),
}
lines = ["| row | MSE | PSNR printed | PSNR from the MSE | difference | follows |", "|---|---|---|---|---|---|"]
for name, (mse, printed, _) in PAPER.items():
    pooled = float(metrics.psnr(mse))
    follows = "psnr_pooled" if abs(printed - pooled) < 0.01 else "psnr_mean" if printed > pooled else "neither"
    lines.append(f"| {name} | {mse} | {printed} | {pooled:.3f} | {printed - pooled:+.3f} | {follows} |")
lead = PAPER["CNN"][1] - PAPER["GAN"][1]
alike = float(metrics.psnr(PAPER["CNN"][0]) - metrics.psnr(PAPER["GAN"][0]))
with answer():
    display(Markdown("\n".join(lines)))
    print(f"CNN ahead of GAN: {lead:.2f} dB as printed, {alike:.2f} dB when both rows follow psnr_pooled")

# %% [markdown]
# A difference of zero means the printed value is the PSNR of the printed MSE. A positive one fits a mean of PSNRs.
#
# > **Catch 6** · Table 2 mixes the two: its GAN row is the PSNR of the printed MSE, the other rows are means over
# > pictures. No one can see it without this sum. *The kit reports both, under names that tell them apart.*

# %% [markdown]
# ## 3 · SSIM: nearly free when L is given
#
# **SSIM** (structural similarity) compares small windows: their mean, contrast and pattern. 1 is a perfect
# match. But edges and patterns live in L, and every method *gets* L.
#
# Two extremes: grey pictures with the true L, and pictures with all the true colours, whose L alone is
# slightly blurred (a mean over 3 × 3 pixels).
#
# **Before you run this:** which of the two scores the higher SSIM, and which would you rather have?

# %%
blurred = color.show(F.avg_pool2d(L, 3, stride=1, padding=1, count_include_pad=False), ab)
free, blurry = scores["grey"]["ssim"].mean(), metrics.ssim(truth, blurred).mean()
titles = ["truth", f"no colour, sharp L\nSSIM over the set {free:.3f}", f"true colour, blurred L\n{blurry:.3f}"]
large = portraits.draw_batch(numbers[:1], size=192)
large_L, large_ab = color.rgb_to_model(color.from_uint8(large))
soft = color.show(F.avg_pool2d(large_L, 9, stride=1, padding=4, count_include_pad=False), large_ab)[0]
learnt = [m for m in ("pix2pix", "cnn", "base", "control", "two-stage") if m in scores]
ssim = {method: scores[method]["ssim"].mean() for method in learnt}
with answer():
    display(plots.picture_row([large[0], color.show(large_L, 0 * large_ab)[0], soft], titles))
    print(f"grey, no colour at all: SSIM {free:.3f}; true colours with a blurred L: {blurry:.3f}")
    print("trained networks:       " + "   ".join(f"{method} {value:.3f}" for method, value in ssim.items()))
    print(f"networks that score below grey: {', '.join(m for m in learnt if ssim[m] < free) or 'none'}")

# %% [markdown]
# Where grey, without any colour, scores higher than a network, SSIM has punished the small patterns that the network
# adds, and hardly seen the colour that it brings. The paper counts +0.101 % of SSIM as an improvement, without an
# interval: this is catch 7 of lesson 01, in numbers. Section 5 shows how to tell whether so little is more than chance.

# %% [markdown]
# ## 4 · Colourfulness, and how to game it
#
# MSE loves caution: a network in doubt answers with the mean, which looks grey (lesson 02). So one wants a
# number for vividness. **Colourfulness** (Hasler & Süsstrunk 2003) looks at two differences, red minus green and yellow
# minus blue: it is their spread, plus 0.3 times the distance of their mean from grey. By hand:


# %% tags=["derive"]
def my_colorfulness(picture):
    red, green, blue = np.moveaxis(picture.astype(float), -1, 0)  # (N, H, W) each
    rg, yb = red - green, (red + green) / 2 - blue  # signed differences
    pixels = (1, 2)
    spread = np.sqrt(rg.var(axis=pixels) + yb.var(axis=pixels))
    return spread + 0.3 * np.hypot(rg.mean(axis=pixels), yb.mean(axis=pixels))


np.testing.assert_allclose(my_colorfulness(truth), metrics.colorfulness(truth))

# %% [markdown]
# We take the base's colours times a factor: 0 is grey, 1 the base, 2 twice as vivid. Nothing is learnt.
#
# **Before you run this:** which factor wins in MSE, and which in colourfulness?

# %%
factors = (0, 0.5, 0.75, 1, 1.25, 1.5, 2, 3)
louder = [color.show(L, (factor * guesses["base"]).clamp(-1, 1)) for factor in factors]
errors = [metrics.mse(truth, picture).mean() for picture in louder]
vivid = [metrics.colorfulness(picture).mean() for picture in louder]
real = metrics.colorfulness(truth).mean()

plot = plots.Plot(9, 2.9, "MSE and colourfulness of the base's colours times a factor")
left, right = plot.subplots(1, 2)
left.plot(factors, errors, "o-", color="black")
left.set(xlabel="factor on the base's colours", ylabel="MSE (RGB)")
right.plot(factors, vivid, "s-", color="black", label="result")
right.axhline(real, color="0.5", ls="--", label=f"truth, {real:.1f}")
right.set(xlabel="factor on the base's colours", ylabel="colourfulness")
_ = right.legend()

# %%
shown = (0, 1, 2)
calm, loud = factors[int(np.argmin(errors))], factors[int(np.argmax(vivid))]
vivids = [sharp((factor * guesses["base"]).clamp(-1, 1), [1])[0] for factor in shown]
with answer():
    display(plot)
    print(f"lowest MSE at factor {calm}, highest colourfulness at {loud}")
    display(plots.picture_row([*vivids, sharp(ab, [1])[0]], [f"times {factor}" for factor in shown] + ["truth"]))

# %% [markdown]
# So "more vivid" alone is no merit: a factor buys it. What counts is the **distance to the truth's**
# colourfulness. Beside it we report the mean **CIEDE2000** (ΔE), a colour difference made to follow the eye:
# about 1 is just noticeable, 10 is another colour.

# %%
lines = [
    "| method | MSE (95 %) | PSNR mean | pooled | SSIM | colourfulness | distance | ΔE |",
    "|---|---|---|---|---|---|---|---|",
]
for row in rows:
    ends = "{:.0f} to {:.0f}".format(*row["mse_ci"])
    lines.append(f"| {row['method']} | {row['mse']:.0f} ({ends}) | {row['psnr_mean']:.2f} | {row['psnr_pooled']:.2f} | "
                 f"{row['ssim']:.3f} | {row['colorfulness']:.1f} | {row['colorfulness_distance']:.1f} | "
                 f"{row['delta_e']:.1f} |")  # fmt: skip
Markdown("\n".join(lines))

# %% [markdown]
# ### One name, two definitions
#
# What do papers on colourisation print? Zhang et al. (2016): how often people are fooled, and whether a classifier
# still knows the object. Su et al. (2020): PSNR, SSIM and LPIPS, a distance in a trained network. Kumar et al. (2021)
# and Kang et al. (2023): FID, a distance between two *sets* of pictures, which needs thousands of them; the latter also
# colourfulness. And a name is not yet a definition: each of the four below has at least two.

# %%
by_name = {"MSE": ("R, G, B from 0 to 255", "a and b"), "SSIM": ("7 × 7 window, R, G, B", "Gaussian window, grey"),
           "colourfulness": ("signed differences", "absolute differences"), "ΔE": ("of 2000", "of 1976")}  # fmt: skip


def both_ways(method):
    """{name: (value by the first definition, by the second)} of a method, means over the test portraits."""
    shown, gap = pictures[method], 110 * (guesses[method] - ab)
    of_grey = [structural_similarity(rgb2gray(t), rgb2gray(x), gaussian_weights=True, sigma=1.5,
                                     use_sample_covariance=False, data_range=1.0)
               for t, x in zip(truth, shown, strict=True)]  # fmt: skip
    red, green, blue = np.moveaxis(shown.astype(float), -1, 0)
    rg, yb = abs(red - green), abs((red + green) / 2 - blue)
    unsigned = np.sqrt(rg.var((1, 2)) + yb.var((1, 2))) + 0.3 * np.hypot(rg.mean((1, 2)), yb.mean((1, 2)))
    mine = scores[method]
    pairs = ((mine["mse"], gap.square().mean(dim=(1, 2, 3)).numpy()), (mine["ssim"], of_grey),
             (mine["colorfulness"], unsigned), (mine["delta_e"], gap.norm(dim=1).mean(dim=(1, 2)).numpy()))  # fmt: skip
    return {name: tuple(np.mean(x) for x in pair) for name, pair in zip(by_name, pairs, strict=True)}


defined = {
    method: both_ways(method) for method in ("cnn", "pix2pix", "base", "control", "two-stage") if method in scores
}

# %% [markdown]
# (ΔE of 1976 is the plain distance in Lab; with L kept that is the distance in a and b.)
#
# **Before you run this:** for which of the four names does the *order* of the methods depend on the definition?

# %%
lines = ["| name | definition | " + " | ".join(defined) + " | order, lowest first |", "|---" * (len(defined) + 3) + "|"]
orders = {}
for name, ways in by_name.items():
    for i, way in enumerate(ways):
        values = {method: defined[method][name][i] for method in defined}
        orders.setdefault(name, []).append(sorted(values, key=values.get))
        cells = " | ".join(f"{v:.3f}" if v < 1 else f"{v:.1f}" for v in values.values())
        lines.append(f"| {name} | {way} | {cells} | {', '.join(orders[name][-1])} |")
moved = [name for name, (one_way, other) in orders.items() if one_way != other]
with answer():
    display(Markdown("\n".join(lines)))
    display(Markdown(f"The order depends on the definition for: **{', '.join(moved) or 'none of them'}**."))

# %% [markdown]
# Two definitions of one name can differ by more than the methods do. So a number from one paper beside a number from
# another says nothing, before the definitions have been compared; and code that is called `ssim` has settings.

# %% [markdown]
# ## 5 · How sure are we? Intervals
#
# Other test portraits would give another mean. How different? We cannot draw new pictures in real life, but
# we can **resample** those we have: draw N of the N pictures *with replacement* (some twice, some never),
# take the mean, and do so 2,000 times. The middle 95 % of these means is the interval. This is the
# **bootstrap** (Efron 1979).


# %% tags=["derive"]
def interval(values, resamples=2000):
    drawn = np.random.default_rng(0).integers(0, len(values), (resamples, len(values)))
    return np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])


value, low, high = metrics.bootstrap(base)
torch.testing.assert_close(interval(base), np.array([low, high]))
print(f"base: MSE {value:.1f}, 95 % interval {low:.1f} to {high:.1f}, from {len(base)} pictures")

# %% [markdown]
# Such intervals are wide, because pictures differ: a blue sky is hard, a beige wall is easy. But they are
# hard or easy for *every* method. Here is each test portrait as a point.
#
# **Before you run this:** where do the points lie that the second stage improves?

# %%
together = np.corrcoef(np.log(base), np.log(two))[0, 1]
plot = plots.Plot(4.6, 4.2, "MSE of each portrait: base across, two-stage up, with the diagonal")
axes = plot.subplots()
axes.scatter(base, two, s=14, marker="o", facecolors="none", edgecolors="black")
axes.axline((100, 100), (1000, 1000), color="0.5", ls="--", label="equal")
axes.set(xscale="log", yscale="log", xlabel="MSE of the base", ylabel="MSE of two-stage")
axes.xaxis.set_major_formatter("{x:g}")
axes.yaxis.set_major_formatter("{x:g}")
axes.legend(title=f"correlation of the logs {together:.2f}")
with answer():
    display(plot)
    print(f"below the diagonal, improved: {np.mean(two < base):.0%} of {len(two)} portraits")

# %% [markdown]
# So we compare **in pairs**: draw pictures, and with each picture *both* of its scores. What makes a picture hard for
# both then cancels. `metrics.paired_bootstrap(a, b)` does this for the relative reduction `1 - mean(b) / mean(a)`. (You
# will write it in exercise 6.2.)

# %%
print("each on its own:")
for method in ("base", "two-stage"):
    value, low, high = metrics.bootstrap(scores[method]["mse"])
    print(f"  {method:<11} {value:.1f}, interval {low:.1f} to {high:.1f}")
gain = verdicts.change(base, two)
verdicts.listed({"in pairs, two-stage against base": gain})

# %% [markdown]
# Two intervals that overlap do *not* show that two methods are alike. The paired interval is the one to look
# at.
#
# ## 6 · The control: idea or compute?
#
# The refiner brings an idea (prior, noise, attention), but also a second network and more training. If it
# beats the base, which of them did it?
#
# > **Catch 9** · "−19.03 % against SIGGRAPH17": the refiner adds parameters *and* training. Is it the idea or the
# > compute? The paper has no row that tells. *The kit trains a **control**, a second network of the same width and
# > training without prior, noise and attention. Only what two-stage gains over it can be credited to the idea.*
#
# **Before you run this:** what would you expect of the control, from the bars at the top?

# %%
pairs = [("base", "two-stage"), ("base", "control"), ("control", "two-stage")]
pairs += [("control", f"{idea}-only") for idea in ("prior", "noise", "attention")]
pairs += [("two-stage", "two-stage-oracle-prior"), ("base", "oracle-mean")]
pairs = [pair for pair in pairs if set(pair) <= set(scores)]
against = {f"{m} against {r}": verdicts.change(scores[r]["mse"], scores[m]["mse"]) for r, m in pairs}
with answer():
    display(verdicts.listed(against))

# %%
parameters = {part: models.parameters(colorizer.parts[part]) for part in ("base", "control", "refiner")
              if part in colorizer.parts}  # fmt: skip
print("numbers learnt: " + ", ".join(f"{part} {count:,}" for part, count in parameters.items()))
if "control" not in parameters:
    print("These weights hold no control: `python -m colorlib train --out runs/mine` trains one.")

# %% [markdown]
# The paper says that adding prior, diffusion and attention "contributes a lot". Which of them does, only one more row
# for each can tell. The weights for faces hold them (`prior-only`, `noise-only`, `attention-only`); `colorlib/weights/`
# has the table in its README. `python -m colorlib train --rivals all --out runs/all` trains them on any pictures, and a
# base with as many parameters and epochs as both stages together ("base-more"), and a refiner on naive residuals.
#
# ### What the prior is worth
#
# The row *two-stage-oracle-prior* is the leak of lesson 03. `table.table2` goes further: it hands the refiner a
# growing share of the truth's prior, and each of its numbers alone.
#
# **Before you run this:** if the refiner follows its prior, how will the bars fall?

# %%
told = table.table2(colorizer, test.subset(range(min(count, 60))))["prior"]
shares = [{"method": row["known"] if i == 0 else f"oracle: {row['known']}", "mse": row["mse"], "mse_ci": row["mse_ci"]}
          for i, row in enumerate(told)]  # fmt: skip
value, low, high = next(row["mse_vs_base"] for row in told if row["shares"] == [1] * 4)
with answer():
    display(plots.score_bars(shares, label="MSE of two-stage, told so much of the truth's prior"))
    display(
        verdicts.listed({"told all four numbers of the truth, against the base": verdicts.Change(-value, -high, -low)})
    )

# %% [markdown]
# A small change means that *these* weights hardly listen to their prior (lesson 03 says why, and how to train one that
# does). A large one shows what a leak could have done to a table (catch 12).

# %% [markdown]
# ## 7 · Where the error sits
#
# The masks of the drawn portraits say which pixel is skin, lips, eyes, hair, clothes, background.
#
# **Before you run this:** which region has the largest error for each pixel? Which contributes most to the
# whole?

# %%
_, labels = portraits.draw_batch(numbers, size=test.size, masks=True)  # (N, H, W), index into REGIONS
chosen = [method for method in ("constant", "base", "control", "two-stage") if method in pictures]
regional = {method: metrics.by_region(truth, pictures[method], labels) for method in chosen}
area = np.bincount(labels.ravel(), minlength=len(portraits.REGIONS)) / labels.size
lines = ["| region | area | share of two-stage's squared error |", "|---|---|---|"]
for region, part in zip(portraits.REGIONS, area, strict=True):
    lines.append(f"| {region} | {part:.1%} | {part * regional['two-stage'][region] / two.mean():.1%} |")
flat = [r for r in portraits.REGIONS if all(regional["constant"][r] < regional[m][r] for m in chosen[1:])]
lines.append(f"\nOne constant colour beats every network in: **{', '.join(flat) or 'no region'}**.")
with answer():
    display(plots.region_bars(regional))
    display(Markdown("\n".join(lines)))

# %% [markdown]
# A mean over all pixels hardly notices lips and eyes: look at their area. That is a reason to report
# regions, since the paper's claim is about just those two ("the boy's eyes and lips significantly enhance").
#
# The counterpart of the paper's Figure 6, base against refined, as close as it gets: eyes and lips of one portrait.


# %%
def crop(picture, mask, around=8):
    """The part of a picture that a mask marks, four times as large."""
    ys, xs = np.nonzero(mask)
    left, top = max(0, xs.min() - around), max(0, ys.min() - around)
    box = (left, top, xs.max() + around, ys.max() + around)
    return np.asarray(Image.fromarray(picture).resize((4 * (box[2] - left), 4 * (box[3] - top)), box=box))


small = [min(np.count_nonzero(x == portraits.REGIONS.index(r)) for r in ("eyes", "lips")) for x in labels]
clear = int(np.argmax(np.array(small) > 12))  # the first portrait that shows both
versions = {"given": guesses["grey"], "base": guesses["base"], "refined": guesses["two-stage"], "truth": ab}
_, masks = portraits.draw_batch([numbers[clear]], size=192, masks=True)
for region in ("eyes", "lips"):
    marked = masks[0] == portraits.REGIONS.index(region)
    crops = [crop(sharp(x, [clear])[0], marked) for x in versions.values()]
    display(plots.picture_row(crops, [f"{region}, {name}" for name in versions]))

# %% [markdown]
# One portrait is an anecdote. **Before you run this:** over all test portraits, in which regions will the second stage
# differ from the base by more than the pictures' chance?


# %%
def inside(picture, region):
    """MSE within a region, one number for each portrait that shows it."""
    wrong = ((truth.astype(float) - picture) ** 2).mean(axis=-1)  # (N, H, W)
    mask = labels == portraits.REGIONS.index(region)
    pixels = mask.sum(axis=(1, 2))
    return (wrong * mask).sum(axis=(1, 2))[pixels > 0] / pixels[pixels > 0]


effect = {r: verdicts.change(inside(pictures["base"], r), inside(pictures["two-stage"], r), f"MSE in the {r}")
          for r in portraits.REGIONS}  # fmt: skip
with answer():
    display(verdicts.listed({f"{r}, two-stage against base": moved for r, moved in effect.items()}))
    chance = 1 - 0.95 ** len(effect)
    print(f"chance that at least one of {len(effect)} excludes zero by luck, were they unrelated: {chance:.0%}")

# %% [markdown]
# So with several comparisons a *single* interval that excludes zero proves little. Nor are several in the same
# direction as many witnesses: they are regions of the *same* pictures, coloured in one pass. Do they err together?

# %%
changed = ((truth.astype(float) - pictures["two-stage"]) ** 2 - (truth.astype(float) - pictures["base"]) ** 2).mean(-1)
of_region = {}  # change of the error of each portrait in each region; nan where a portrait does not show it
for i, region in enumerate(portraits.REGIONS):
    pixels = (labels == i).sum(axis=(1, 2))
    of_region[region] = np.where(pixels > 0, (changed * (labels == i)).sum(axis=(1, 2)) / np.maximum(pixels, 1), np.nan)
joint = {}
for region in ("lips", "eyes", "hair", "clothes", "background"):
    both = ~np.isnan(of_region["skin"]) & ~np.isnan(of_region[region])
    joint[region] = np.corrcoef(of_region["skin"][both], of_region[region][both])[0, 1]
print("correlation of the change in the skin with that in: " + ", ".join(f"{r} {x:+.2f}" for r, x in joint.items()))

# %% [markdown]
# Where that is far from zero, two regions are one piece of news. Decide *before* looking which one is your claim.

# %% [markdown]
# ## 8 · Warm and cool
#
# "The ability to colorize cool colors is still very limited", the paper admits. We sort pixels by their true
# **hue**, the angle of (a, b): 0° red, 90° yellow, 180° green, 270° blue. *Warm* is the half around orange
# (a + b above 0), *cool* the other half. Nearly grey pixels (chroma below 10) have no hue to speak of and
# stay out.
#
# **Before you run this:** will the *constant* colour, which knows nothing, show the weakness too?

# %%
a, b = 110 * ab.numpy()[:, 0], 110 * ab.numpy()[:, 1]  # (N, H, W), ab units
colored = np.hypot(a, b) > 10
sector = (np.degrees(np.arctan2(b, a)) % 360 // 45).astype(int)  # eight sectors of 45 degrees
wrong = {method: ((truth.astype(float) - pictures[method]) ** 2).mean(axis=-1) for method in chosen}


def by_sector(values):
    """Mean of a value a pixel in each sector; nan where no pixel lies."""
    masks = [colored & (sector == s) for s in range(8)]
    return [values[mask].mean() if mask.any() else np.nan for mask in masks]


plot = plots.Plot(9, 3.1, "Squared error against the true hue for each method, and the share of pixels")
left, right = plot.subplots(1, 2)
angles = np.arange(8) * 45 + 22.5
for (method, values), line, marker in zip(wrong.items(), plots.LINES, plots.MARKERS):  # noqa: B905
    left.plot(angles, by_sector(values), ls=line, marker=marker, label=method)
left.axvspan(135, 315, color="0.9", zorder=0, label="cool")
left.set(xlabel="true hue, degrees", ylabel="squared error (RGB)", xticks=range(0, 361, 90))
left.legend(fontsize=8)
right.bar(angles, [np.mean(sector[colored] == s) for s in range(8)], width=40, color="0.6", ec="black")
_ = right.set(xlabel="true hue, degrees", ylabel="share of coloured pixels", xticks=range(0, 361, 90))

# %%
cool, warm = colored & (a + b < 0), colored & (a + b > 0)
ratio = {method: values[cool].mean() / values[warm].mean() for method, values in wrong.items()}
with answer():
    display(plot)
    print(f"cool pixels: {cool.sum() / colored.sum():.0%} of the coloured ones here; 2 % of those of 973 real faces")
    for method, values in wrong.items():
        print(f"  {method:<11} squared error: cool {values[cool].mean():5.0f}   warm {values[warm].mean():5.0f}   "
              f"ratio {ratio[method]:.1f}")  # fmt: skip
    display(Markdown("A model that is in doubt answers near the mean. The mean of portraits is warm, and cool colours "
                     "lie furthest from it: no special cause is needed."))  # fmt: skip

# %% [markdown]
# Compare the column "cool" with the constant's: where it is lower, the model recognises something, such as sky. The
# ratio alone misleads: it also grows when the *warm* pixels, such as skin, get better.
#
# ## 9 · Skin tones
#
# A method that serves some people worse than others is a failure that a mean hides. The recipes of the
# portraits hold the skin's *melanin* (0 to 1), so we can form three groups of equal size. We measure the
# skin's error by MSE and by ΔE.
#
# One more row tests the *measure*: the same mistake for everyone, true colours with a and b both 10 too
# high.
#
# **Before you run this:** if every face gets the same mistake in a and b, will every group get the same MSE?

# %%
melanin = np.array([portraits.recipe(number)["skin"]["melanin"] for number in numbers])
groups = np.array_split(np.argsort(melanin), 3)  # light, medium, dark
skin = labels == portraits.REGIONS.index("skin")
mistaken = {m: pictures[m] for m in ("base", "two-stage")} | {"a, b 10 too high": color.show(L, ab + 10 / 110)}
reports = {"MSE in the skin": {}, "CIEDE2000 in the skin": {}}
for method, picture in mistaken.items():
    off = deltaE_ciede2000(rgb2lab(truth), rgb2lab(picture))
    squared = ((truth.astype(float) - picture) ** 2).mean(axis=-1)
    for report, values in zip(reports.values(), (squared, off), strict=True):
        report[method] = np.array([v[s].mean() for v, s in zip(values, skin, strict=True)])  # one a portrait

# %%
plot = plots.Plot(9, 3.1, "Error in the skin for light, medium and dark skin, by MSE and by CIEDE2000, with intervals")
for axes, (label, report) in zip(plot.subplots(1, 2), reports.items(), strict=True):
    for i, (method, values) in enumerate(report.items()):
        middle, low, high = np.transpose([metrics.bootstrap(values[group]) for group in groups])
        place = np.arange(3) + 0.12 * (i - 1)
        axes.errorbar(place, middle, [middle - low, high - middle], ls=plots.LINES[i], marker=plots.MARKERS[i],
                      capsize=3, label=method)  # fmt: skip
    axes.set(xticks=range(3), xticklabels=["light", "medium", "dark"], ylabel=label, ylim=(0, None))
plot.axes[0].legend(fontsize=8)
lines = ["| measure | method | light | dark | dark / light |", "|---|---|---|---|---|"]
for label, report in reports.items():
    for method, values in report.items():
        light, dark = values[groups[0]].mean(), values[groups[2]].mean()
        lines.append(f"| {label} | {method} | {light:.1f} | {dark:.1f} | {dark / light:.2f} |")
with answer():
    display(plot)
    display(Markdown("\n".join(lines)))

# %% [markdown]
# Look at the lines "a, b 10 too high" first. Where dark/light is far from 1 there, the *measure* weighs
# people differently, and a model's own ratio has to be read against it. Then: the portraits' skin follows a
# simple model, and real people and real cameras are not in it. A fair test for use needs photographs of many
# people, with their consent.
#
# ## 10 · Failures
#
# The four portraits with the largest error of the two-stage model. Rows from the top: given, base, two-stage,
# truth. (The counterpart of the paper's Figure 9.)

# %%
worst = np.argsort(-two)[:4]
rows_of = [sharp(x, worst) for x in (guesses["grey"], guesses["base"], guesses["two-stage"], ab)]
plots.describe(plots.sheet(np.concatenate(rows_of), columns=4), "Four failures: given, base, two-stage, truth")

# %%
recipes = [portraits.recipe(number) for number in numbers]
for i in worst:
    r = recipes[i]
    print(
        f"MSE {two[i]:5.0f}  {r['background']['kind']:<7} {r['background']['name']:<12} clothes {r['clothes']['name']}"
    )

tenth = np.argsort(-two)[: max(6, len(two) // 10)]
kinds = np.array([r["background"]["kind"] for r in recipes])
print(f"\nbackgrounds among the worst {len(tenth)}, and among all {len(kinds)}:")
for kind in sorted(set(kinds)):
    print(f"  {kind:<7} {np.mean(kinds[tenth] == kind):4.0%}  {np.mean(kinds == kind):4.0%}")

# %% [markdown]
# Where the first number of a line is much larger than the second, that background is over-represented among
# the failures.

# %% [markdown]
# ### Backgrounds, clothes, several faces
#
# "The model could only learn some common surroundings such as sky, ocean and plants. If it encounters some unknown
# background […] such as clothes, the model will give it a color similar to its neighbor or leave it gray." The recipes
# know what stands behind each portrait.
#
# **Before you run this:** which backgrounds will be far better than one constant colour, and which hardly?

# %%
behind = labels == portraits.REGIONS.index("background")
by_kind = {}
for method in ("constant", "base", "two-stage"):
    off = ((truth.astype(float) - pictures[method]) ** 2).mean(axis=-1)
    by_kind[method] = {kind: off[kinds == kind][behind[kinds == kind]].mean() for kind in sorted(set(kinds))}
helped = {kind: 1 - by_kind["two-stage"][kind] / by_kind["constant"][kind] for kind in by_kind["constant"]}
with answer():
    display(plots.region_bars(by_kind, label="MSE in the background (RGB)"))
    for kind in sorted(helped, key=helped.get, reverse=True):
        print(f"{kind:<7} MSE against one constant colour {-helped[kind]:+.0%}")

# %% [markdown]
# And the clothes: is their colour right, a neighbour's, or grey? For each portrait we compare the mean colour of its
# clothes in the result with six candidates. Two of them know nothing of the portrait: the mean colour of the training
# pictures, and the skin of another result.


# %%
def mean_ab(guess, region):
    mask = torch.from_numpy(labels == portraits.REGIONS.index(region))[:, None].float()
    return 110 * ((guess * mask).sum(dim=(2, 3)) / mask.sum(dim=(2, 3)).clamp(min=1)).numpy()  # (N, 2), ab units


result = guesses["two-stage"]
ours = mean_ab(result, "clothes")
candidates = {"their true colour": mean_ab(ab, "clothes"), "the result's skin": mean_ab(result, "skin"),
              "the result's background": mean_ab(result, "background"), "grey": np.zeros_like(ours)}  # fmt: skip
candidates["the mean colour"] = mean_ab(guesses["constant"], "clothes")
candidates["another result's skin"] = np.roll(candidates["the result's skin"], 1, axis=0)
distance = np.stack([np.linalg.norm(ours - x, axis=1) for x in candidates.values()])  # (6, N)
nearest = np.bincount(distance.argmin(axis=0), minlength=len(candidates))
for name, d, share in zip(candidates, distance, nearest, strict=True):
    print(f"{name:<24} mean distance {d.mean():4.0f} ab units; nearest in {share / len(ours):4.0%} of the portraits")

# %% [markdown]
# Where grey or a neighbour is nearest more often than the true colour, it looks as the paper describes. But where the
# mean colour or a stranger's skin is about as near as the own neighbour, nothing was copied: in doubt, the network
# answers with the mean.
#
# Last, several faces. Three portraits side by side make one picture; the networks saw one face at a time in training.
#
# **Before you run this:** will the same faces score worse in a group than alone?

# %%
groups_of = truth[: 3 * min(12, len(truth) // 3)].reshape(-1, 3, *truth.shape[1:])
together = [np.concatenate(list(group), axis=1) for group in groups_of]
alone = [np.concatenate([colorizer(face, faces=None) for face in group], axis=1) for group in groups_of]
as_group = [colorizer(picture, faces=None) for picture in together]  # all faces at once
group_mse = [np.array([metrics.mse(t[None], x[None])[0] for t, x in zip(together, xs, strict=True)])
             for xs in (alone, as_group)]  # fmt: skip
grouped = verdicts.change(*group_mse)
large = list(portraits.draw_batch(numbers[:3], size=192))  # the first group, to look at
row = np.concatenate(large, axis=1)
each = np.concatenate([colorizer(face, faces=None) for face in large], axis=1)
shown = {"output, as a group": colorizer(row, faces=None), "each alone": each, "original": row}
in_rows = [plots.captioned_row([picture], [name], side=192) for name, picture in shown.items()]
group_rows = plots.describe(stack(*in_rows), "Three portraits: coloured as one picture, each alone, original")
with answer():
    display(group_rows)
    display(verdicts.listed({"the groups against the same faces alone": grouped}))

# %% [markdown]
# The counterpart of the paper's Figure 8 (backgrounds and several faces). A single figure shows that it *can* work; the
# interval says how much may be lost, and whether these pictures can tell.
#
# **Play with it.** The worst portrait: left of the line the two-stage result, right of it the truth.

# %%
before_after(*(sharp(x, worst[:1])[0] for x in (guesses["two-stage"], ab)), ("two-stage", "truth"))

# %% [markdown]
# ## 11 · Another population
#
# All of that is about portraits framed as those that the networks learnt from. The same people can be seen from nearer,
# so that the face fills the picture, or from further away.


# %%
def framed(kind, which, S):
    """L and ab (N, ., S, S) of test portraits, "nearer" (drawn larger and cut) or "further" (smaller, padded)."""
    if kind == "nearer":
        drawn = portraits.draw_batch(which, size=2 * S)[:, S // 4 : S // 4 + S, S // 2 : S // 2 + S]
    else:
        edge = (S // 4, S - S // 2 - S // 4)
        drawn = np.pad(portraits.draw_batch(which, size=S // 2), ((0, 0), edge, edge, (0, 0)), mode="edge")
    return color.rgb_to_model(color.from_uint8(drawn))


compared = [m for m in ("constant", "oracle-mean", "cnn", "pix2pix", "base", "hints", "two-stage") if m in scores]
populations = {"as in training": {method: scores[method]["mse"] for method in compared}}
for kind in ("nearer", "further"):
    new_L, new_ab = framed(kind, numbers, test.size)
    shown = color.show(new_L, new_ab)
    results = [table.predictions(colorizer, x, y, compared, first=32 * i)
               for i, (x, y) in enumerate(zip(new_L.split(32), new_ab.split(32), strict=True))]  # fmt: skip
    new = {method: torch.cat([part[method] for part in results]) for method in compared}
    populations[kind] = {method: metrics.mse(shown, color.show(new_L, new[method])) for method in compared}
seen = {kind: color.show(*framed(kind, numbers[:1], 128))[0] for kind in ("nearer", "further")}
plots.picture_row([sharp(ab, [0])[0], *seen.values()], ["as in training", *seen])

# %% [markdown]
# **Before you run this:** will the order of the methods stay?

# %%
ranked = {
    kind: sorted(found, key=lambda method, found=found: found[method].mean()) for kind, found in populations.items()
}
lines = ["| method | " + " | ".join(populations) + " |", "|---" * (len(populations) + 1) + "|"]
for method in ranked["as in training"]:
    cells = [
        f"{found[method].mean():.0f} (place {ranked[kind].index(method) + 1})" for kind, found in populations.items()
    ]
    lines.append(f"| {method} | " + " | ".join(cells) + " |")
turned = {}
for kind in ("nearer", "further"):
    for i, first in enumerate(ranked["as in training"]):
        for second in ranked["as in training"][i + 1 :]:
            here, there = (verdicts.change(populations[k][first], populations[k][second])
                           for k in ("as in training", kind))  # fmt: skip
            if {here.verdict, there.verdict} == {"better", "worse"}:
                turned[f"{second} against {first}, as in training"] = here
                turned[f"{second} against {first}, {kind}"] = there
with answer():
    display(Markdown("\n".join(lines)))
    display(verdicts.listed(turned) if turned else Markdown("No pair of methods is turned round beyond chance."))

# %% [markdown]
# And real people? No free picture can be shown here, so numbers that were measured for this kit: with the shipped
# weights for faces, whose networks learnt from three sets, and with the base that shipped before, which had learnt from
# the first set alone. MSE on test pictures (8-bit RGB, 96 px, L kept; from `colorlib/weights/README.md`):
#
# | | pictures | one constant colour | true mean colour | small CNN | base | base, first set alone |
# |---|---|---|---|---|---|---|
# | faces, first set | 973 | 257 | 165 | 186 | 174 | 176 |
# | faces, second set | 1,315 | 257 | 169 | 173 | 157 | 163 |
# | ordinary photographs | 139 | 567, their own mean | 298 | 536 | 492 | 660 |
#
# The true mean colour of each picture against the base, with intervals from the same page:

# %%
of_mean = {"first set": verdicts.Change(-0.053, -0.118, 0.011), "second set": verdicts.Change(0.074, 0.023, 0.128)}
verdicts.listed({f"true mean colour against the base, faces of the {name}": moved for name, moved in of_mean.items()})

# %% [markdown]
# Two sets of faces, two verdicts. The last column of the table says what it costs to have learnt from the first set
# alone: little on faces; on photographs that base is worse than one colour. Who is first in a table is a statement
# about the pictures in it. "70,000 portraits of FFHQ" are one population, too.

# %% [markdown]
# ## 12 · What no interval here says
#
# All intervals above answer "what if the *pictures* had been others?". None answers "what if the *training*
# had been repeated?". A training starts from random weights and sees the pictures in a random order: its
# **seed**. We train lesson 02's small CNN three times, briefly, on small pictures; only the seed differs.
#
# **Before you run this:** by how many per cent will the best and the worst of the three differ?

# %%
small_train = datasets.load("portraits", "train", size=32, count=min(P.images or 320, 320))
small_test = datasets.load("portraits", "test", size=32, count=count)
small_L, small_ab = small_test.batch(range(len(small_test)))
small_truth = color.show(small_L, small_ab)
by_seed = []
for seed in range(3):
    torch.manual_seed(seed)
    parts = {"cnn": models.build("cnn")}
    stage = Stage(f"seed {seed}", "cnn", max(1, round(60 * P.epochs[0])), loss="squared", lr=2e-3)
    fit(stage, parts, small_train, batch=P.batch, seed=seed)
    with torch.no_grad():
        by_seed.append(metrics.mse(small_truth, color.show(small_L, parts["cnn"].eval().cpu()(small_L))))

# %%
means = [values.mean() for values in by_seed]
order = np.argsort(means)
with answer():
    print("MSE by seed: " + ", ".join(f"{mean:.1f}" for mean in means))
    display(verdicts.listed({"best against worst seed": verdicts.change(by_seed[order[-1]], by_seed[order[0]])}))

# %% [markdown]
# If that paired interval excludes zero, the test pictures *can* tell the two apart, though they are the same method; if
# it includes zero, compare its width with the gains that papers publish. So an interval over pictures is not enough to
# prefer one *method*: train each several times, and see whether the methods differ by more than the seeds do.
#
# > **Catch 10** · The paper's table is one run, without any spread; its text speaks of "robustness". *The kit gives
# > paired bootstrap intervals over test pictures, and says that its shipped weights are one run, too.*

# %% [markdown]
# ### What decides the gain: many short trainings
#
# `python -m colorlib study --out runs/study` asks when a second stage gains anything at all: on a base that stopped
# early or learnt to its limit, with each idea alone, with other losses. It writes a **ledger**: one line a training,
# with settings, cost and scores on validation pictures. The repository holds one of real faces, `data/ledger.csv`: also
# what failed.
#
# **Before you run this:** the same small second network stands on several bases: one stopped after an epoch, one
# trained to its limit, one that learnt from drawn portraits alone. On which does it gain most?

# %%
ledger, runs = Path(colorlib.__file__).resolve().parents[1] / "data" / "ledger.csv", []
if ledger.is_file():
    runs = [row for row in study.read(ledger) if row["run"].startswith("study: ")]
gains = [row for row in runs if "control on base" in row["run"]]
plot = plots.Plot(7, 1.2 + 0.4 * len(gains), "Change of the MSE by a second network, for several bases, with intervals")
if gains:
    axes, names = plot.subplots(), [row["against"].removeprefix("study: ") for row in gains]
    middle, low, high = 100 * np.array([[row["change"], row["low"], row["high"]] for row in gains]).T
    axes.errorbar(middle, names, xerr=[middle - low, high - middle], fmt="o", capsize=4)
    axes.axvline(0, color="black", lw=0.8)
    axes.set(xlabel="change of the MSE in % by the second network, 95 %", ylim=(len(gains) - 0.5, -0.5))

# %%
with answer():
    if runs:
        display(plot)
        changes = {row["run"].removeprefix("study: "): verdicts.Change(row["change"], row["low"], row["high"])
                   for row in runs if row.get("against")}  # fmt: skip
        display(verdicts.listed(changes))
        least = max(gains, key=lambda row: row["change"])["against"].removeprefix("study: ")
        helps = [row["mse"] for row in gains if row["high"] < 0]
        print(f"gains least on: {least}; where it gains, it ends at an MSE of {min(helps):.0f} to {max(helps):.0f}")
    else:
        print("No ledger here. To make one: python -m colorlib study --data FOLDER --out runs/study")

# %% [markdown]
# <details><summary>What these runs say together</summary>
#
# A second network mends what the first was not taught. From a bad start, this short training brings it to about the
# same error: it helps a base that is worse than that, and none that is better, not even one for which longer training
# would still do something. On a base that learnt from *other* pictures it does what any training on the right ones
# would.
# </details>
#
# The paper does not say on which pictures its SIGGRAPH17 learnt. If it was the released network, which learnt from
# ImageNet, a gain of a fifth may be adaptation to faces alone: the row that is missing is the base, trained on.

# %% [markdown]
# ## The paper says / we found


# %%
def row_of(method):
    return next((row for row in rows if row["method"] == method), None)


ours, floor, tint = row_of("two-stage"), row_of("constant"), row_of("oracle-mean")
outdone = {m: np.mean(s["colorfulness"] > s["colorfulness_truth"]) for m, s in scores.items()}

# %%
of_ssim = verdicts.change(scores["base"]["ssim"], scores["two-stage"]["ssim"], "SSIM", "up")
distance = [row_of(m)["colorfulness_distance"] for m in ("base", "two-stage")]
idea = verdicts.change(scores["control"]["mse"], two) if "control" in scores else None
weak = wrong["two-stage"][cool].mean() / wrong["two-stage"][warm].mean()
lips_eyes = [effect["lips"], effect["eyes"]]
enhanced = True if all(x.verdict == "better" for x in lips_eyes) else False if any(
    x.verdict == "worse" for x in lips_eyes) else None  # fmt: skip
rows_found = [
    ("a reduction of 19.03% in MSE", gain, "down", verdicts.holds(gain)),
    ("0.101% in SSIM", of_ssim, "up", verdicts.holds(of_ssim)),
    ("more vivid", f"distance to the truth's colourfulness: base {distance[0]:.1f}, ours {distance[1]:.1f}", "down",
     bool(distance[1] < distance[0])),
    ("even more vivid than the original one", f"{outdone['two-stage']:.0%} of our results; of plain base predictions "
     f"{outdone['base']:.0%}", "neither", bool(outdone["two-stage"] > 0)),
    ("the boy’s eyes and lips significantly enhance", "; ".join(str(x).rpartition(": ")[0] for x in lips_eyes), "down",
     enhanced),
    ("The ability to colorize cool colors is still very limited", f"error on cool pixels {weak:.1f} times that on warm",
     "1", bool(weak > 1.2)),
]  # fmt: skip
if idea:
    against_control = f"against a control of the same training: {str(idea).rpartition(': ')[0]}"
    rows_found.append(
        ("clearly demonstrating the superiority of our approach", against_control, "down", verdicts.holds(idea))
    )
verdicts.claims(rows_found)

# %% [markdown]
# One question is left: are the paper's *baselines* any good? Its rows beside ours, with the yardstick. The
# sets of pictures differ, so compare each row only with the yardstick of its own column.

# %%
lines = ["| row | paper, FFHQ | we, portraits |", "|---|---|---|"]
lines += [f"| one constant colour | not given; 234 to 250 on two other sets of real faces | {floor['mse']:.0f} |"]
lines += [f"| the true mean colour (oracle) | not given; 73 to 150 on the same two sets | {tint['mse']:.0f} |"]
for printed, mine in (("CNN", "cnn"), ("GAN", "pix2pix"), ("SIGGRAPH17", "base"), ("Ours", "two-stage")):
    value = row_of(mine)
    lines.append(f"| {printed} | {PAPER[printed][0]:.0f} | {'not trained' if value is None else round(value['mse'])} |")
if "control" in scores:
    lines.append(f"| control | not given | {row_of('control')['mse']:.0f} |")
Markdown("\n".join(lines))

# %% [markdown]
# The figures for real faces were measured for this kit, at 128 pixels, on 150 pictures of each of two sets.
# The paper's CNN and GAN are worse than one constant colour on both (catch 11). Unless FFHQ is much harder, those rows
# were broken, or scored differently; beating them shows little. And the paper's own row, 64, lies below what the *true*
# mean colour gives on both: possible, and a reason to look for a leak (catch 12, lesson 03).
#
# The same table for any folder of faces, with groups of people, hues, and the prior's worth:
# `python -m colorlib evaluate --suite table2 --data FOLDER`.

# %% [markdown]
# ## Exercises
#
# **Exercise 6.1** · difficulty ●○○ · importance ●●● · 3 minutes
#
# From the MSE of each picture, an array `(N,)`, compute the *pooled* PSNR of the set: one number. For our methods:
#
# <details><summary>Hint</summary>
#
# Order matters: the mean first, then `10 · log10(255² / ...)`.
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def psnr_bars(pooled, word):
    found = [{"method": method, "mse": pooled(scores[method]["mse"])} for method in scores]
    return plots.score_bars(found, label=f"{word}: pooled PSNR in dB, higher is better")


psnr_bars(metrics.psnr_pooled, "expected")


# %%
def my_psnr_pooled(mse):
    raise NotImplementedError("exercise 6.1")


if checks.psnr_pooled(my_psnr_pooled):
    display(psnr_bars(my_psnr_pooled, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_psnr_pooled(mse):
#     return 10 * np.log10(255**2 / np.mean(mse))
# ```
# </details>

# %% [markdown]
# **Exercise 6.2** · difficulty ●●○ · importance ●●● · 10 minutes
#
# `a` and `b`, both `(N,)`, are the scores of two methods on the same pictures. Return `(low, high)`, the ends of the
# 95 % interval of the relative reduction `1 - mean(b) / mean(a)` as shares (0.1 is 10 %), from 2,000 paired resamples.
# Against the base:
#
# <details><summary>Hint</summary>
#
# Start from `interval` in section 5. Draw the picture numbers *once*, and use them for both arrays.
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def reductions(paired, word):
    rivals = [method for method in scores if method not in ("base", "grey")]
    plot = plots.Plot(6.4, 0.8 + 0.3 * len(rivals), f"{word}: intervals of the reduction of the base's MSE by method")
    axes = plot.subplots()
    for y, method in enumerate(rivals):
        low, high = paired(base, scores[method]["mse"])
        axes.plot([low, high], [y, y], "|-", color="black", ms=12)
    axes.axvline(0, color="0.5", ls=":")
    axes.set_yticks(range(len(rivals)), rivals)
    axes.set(xlabel=f"{word}: reduction of the base's MSE, 95 % interval")
    return plot


reductions(lambda a, b: metrics.paired_bootstrap(a, b)[1:], "expected")


# %%
def my_paired_bootstrap(a, b):
    raise NotImplementedError("exercise 6.2")


if checks.paired_bootstrap(my_paired_bootstrap):
    display(reductions(my_paired_bootstrap, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_paired_bootstrap(a, b):
#     drawn = np.random.default_rng(0).integers(0, len(a), (2000, len(a)))
#     reduction = 1 - b[drawn].mean(axis=1) / a[drawn].mean(axis=1)
#     return np.quantile(reduction, [0.025, 0.975])
# ```
#
# Draw anew for `b`, and try the check again: the interval grows, because hard pictures no longer meet their
# twins.
# </details>

# %% [markdown]
# **Exercise 6.3** · difficulty ●●○ · importance ●●● · 10 minutes
#
# A table without yardsticks says little. Write `yardsticks(train_ab, ab)`: true colours in model units, of the training
# `(M, 2, H, W)`, and of the scored pictures `(N, 2, H, W)`. Return three errors, `(N,)` each: of grey, of the training
# pictures' mean colour, and of each picture's own true mean colour. The error is the mean over the pixels of
# $(\Delta a)^2 + (\Delta b)^2$ in *ab units* (model units times 110).
#
# <details><summary>Hint</summary>
#
# All three are guesses that `ab` can be compared with by one small function. Which axes go away in a mean of the whole
# training set, which in a mean of each picture?
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def with_yardsticks(errors, word):
    train_ab = datasets.load("portraits", "train", size=test.size, count=100).batch(range(100))[1]
    of_base = (110 * (guesses["base"] - ab)).square().sum(dim=1).mean(dim=(1, 2))
    named = dict(zip(("grey", "constant", "oracle-mean", "base"), (*errors(train_ab, ab), of_base), strict=True))
    found = [{"method": name, "mse": float(e.mean()), "mse_ci": metrics.bootstrap(e.numpy())[1:]}
             for name, e in named.items()]  # fmt: skip
    return plots.score_bars(found, label=f"{word}: squared error in ab units²; whiskers: 95 % interval")


def by_moments(train_ab, ab):
    mean, square = ab.mean((2, 3)), ab.square().mean((2, 3))
    c = train_ab.mean((0, 2, 3))
    return [12100 * e.sum(1) for e in (square, square + c * (c - 2 * mean), square - mean.square())]


with_yardsticks(by_moments, "expected")


# %%
def my_yardsticks(train_ab, ab):
    raise NotImplementedError("exercise 6.3")


if checks.yardsticks(my_yardsticks):
    display(with_yardsticks(my_yardsticks, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_yardsticks(train_ab, ab):
#     def error(guess):
#         return (110 * (guess - ab)).square().sum(dim=1).mean(dim=(1, 2))
#
#     constant = train_ab.mean(dim=(0, 2, 3)).view(1, 2, 1, 1)
#     return error(0), error(constant), error(ab.mean(dim=(2, 3), keepdim=True))
# ```
#
# `error(ab.mean(dim=(0, 2, 3)))` in the middle would peek: the mean of the pictures that are scored.
# </details>


# %% tags=["hide-input"] jupyter={"source_hidden": true}
def five_functions():
    def score(guess, ab):
        return guess, (110 * (guess - ab)).square().sum(dim=1).mean(dim=(1, 2))

    def predicted(L, **options):
        return colorizer.predict(L, **options)["ab"]

    def better(L, ab):
        first, second = (score(predicted(L, stage=stage), ab) for stage in ("base", "two-stage"))
        return torch.where((first[1] < second[1]).view(-1, 1, 1, 1), first[0], second[0])

    def noisy(L):
        return predicted(L, stage="base") + 0.05 * torch.randn(len(L), 2, *L.shape[2:])

    return {
        "A": lambda L, ab: score(predicted(L, stage="base"), ab),
        "B": lambda L, ab: score(noisy(L), ab),
        "C": lambda L, ab: score(better(L, ab), ab),
        "D": lambda L, ab: score((1.2 * predicted(L, stage="base")).clamp(-1, 1).expand_as(ab), ab),
        "E": lambda L, ab: score(predicted(L, stage="base") + 0.1 * ab.mean(dim=(0, 2, 3)).view(1, 2, 1, 1), ab),
    }


# %% [markdown]
# **Exercise 6.4** · difficulty ●●● · importance ●●● · 12 minutes
#
# Five evaluation functions, `evaluate(L, ab) -> (guess, score)`: of lightness `(N, 1, H, W)` and true colours
# `(N, 2, H, W)` they make a guess of the colours' shape, and an error for each picture, `(N,)`. Each needs the truth
# for its score; two also let it into the *guess*. Their code is folded on purpose; their scores stand below. Write a
# detector, `leaks(evaluate, L, ab)`, that returns True where the guess knows the truth and False where it does not.
# Some of the functions draw random numbers.
#
# <details><summary>Hint</summary>
#
# The guess may depend on L and on chance, never on `ab`. What can you hand in another way, what has to stay as it is?
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def caught(detect, word):
    found = {name: bool(detect(evaluate, L[:8], ab[:8])) for name, evaluate in five_functions().items()}
    plot = plots.Plot(5, 1.6, f"{word}: functions and whether they leak: {found}")
    axes = plot.subplots()
    axes.axis("off")
    for i, (name, leak) in enumerate(found.items()):
        axes.text(0.1 + 0.2 * i, 0.5, f"{name}\n{'leaks' if leak else 'clean'}", ha="center", va="center",
                  bbox={"boxstyle": "round", "facecolor": "0.8" if leak else "white"})  # fmt: skip
    return plot


def tabled(functions):
    rows = [{"method": name, "mse": float(evaluate(L, ab)[1].mean())} for name, evaluate in functions.items()]
    return plots.score_bars(rows, label="squared error of the five functions, ab units²")


tabled(five_functions())


# %%
def my_leaks(evaluate, L, ab):
    raise NotImplementedError("exercise 6.4")


if checks.leaks(my_leaks):
    display(caught(my_leaks, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_leaks(evaluate, L, ab):
#     guesses = []
#     for truth in (ab, -ab):
#         torch.manual_seed(0)  # the same chance in both calls
#         guesses.append(evaluate(L, truth)[0])
#     return not torch.equal(*guesses)
# ```
#
# C picks the better of two results by the error; E tells each picture what the batch has in common. Both would look
# innocent in a table. (A truth that is only exchanged between pictures misses E.)
# </details>

# %% [markdown]
# ## What to remember
#
# - A measure is only comparable with its settings: scale, colour space, and which way the average was taken.
# - SSIM is nearly free when L is given. Colourfulness can be had with a factor. Neither stands alone.
# - Put yardsticks into every table: grey, one constant colour, an oracle. And a control of the same
#   training.
# - Compare in pairs, with an interval. "Includes zero" means that you cannot tell, not that they are equal.
# - Look at the worst pictures, and at groups. A mean hides both. Another population may turn the order round.

# %% [markdown]
# ## Three questions
#
# <details><summary>1. A table prints MSE 50 and PSNR 32.0 dB. Which convention is it?</summary>
#
# **Answer.** `10 · log10(255² / 50)` is 31.1 dB. The printed value is higher, so it is a mean of PSNRs.
# </details>
#
# <details><summary>2. A new method beats the base; the interval excludes zero. What may you conclude?</summary>
#
# **Answer.** This one training of it is better on pictures of this kind. Not that its idea is the reason (no
# control), nor that another training would repeat it (one seed).
# </details>
#
# <details><summary>3. Why is the constant colour taken from the training pictures and not from the test set?</summary>
#
# **Answer.** The test set's own mean is knowledge about the answers. A yardstick that peeks is an oracle,
# and must say so.
# </details>
