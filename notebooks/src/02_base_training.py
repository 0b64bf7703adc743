# %% [markdown]
# # 02 · Base training
#
# A network looks at a grey portrait and makes a first guess of its colours: this is the *base*, the first of the
# paper's two stages. This lesson is about how a base is trained, and why its guesses tend to be pale.
#
# **After this lesson you can**
#
# - explain why squared error makes a network answer with grey, and show it with two colours;
# - say what classification (Zhang et al. 2016) and pix2pix do about it, and what that costs;
# - read SIGGRAPH17 block by block, train a small one, and give it a hint.
#
# **Time and memory:** half an hour to read; what running it takes stands above.
# **Read before:** [lesson 01](01_data_prep.ipynb). Words: [glossary](glossary.md).

# %%
import inspect
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from tqdm.auto import trange

from colorlib import Colorizer, color, methods, metrics, models, portraits, weights
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.methods import Stage
from colorlib.show import plots, verdicts, widgets
from colorlib.show.answers import answer
from colorlib.training.fit import fit
from colorlib.training.schedule import preset, stages
from colorlib.training.steps import predict_step
from colorlib.training.validation import mean_ab

# %%
P = preset()
IMAGES, VAL = min(P.images or 320, 320), min(P.val_images or 96, 96)  # to train with here, to look at and score on
shipped = Colorizer.load("portraits")  # networks that were trained for longer than we have here
val = datasets.load("portraits", "val", size=shipped.size, count=VAL)
L, ab = val.batch(range(VAL))  # L (B, 1, H, W), ab (B, 2, H, W), model units
base = shipped.predict(L, "base")["ab"]
FEW = min(5, VAL)
sharp = datasets.load("portraits", "val", size=192, count=FEW)  # the first of them, larger: colours join this L
sharp_L, sharp_ab = sharp.batch(range(FEW))
shown = [plots.joined(sharp_L[:1], x)[0] for x in (0 * ab[:1], base[:1], sharp_ab[:1])]
plots.picture_row(shown, ["given: L alone", "the base's guess", "the truth"])

# %% [markdown]
# The base gets the grey portrait alone, small; its colours are enlarged and joined with the sharp L (lesson 00). More
# portraits, in rows: what it sees, its guess, the truth.


# %%
def gallery(guesses, first=0, count=3):
    """{name: ab' (B, 2, h, w)} as rows of the same portraits, each with its name; L at full size."""
    part = slice(first, first + count)
    rows = []
    for name, ab in guesses.items():
        shown = plots.joined(sharp_L[part], ab[part])
        rows.append(plots.captioned_row(shown, [name] * len(shown), side=192))
    return plots.describe(np.concatenate(rows), f"Rows of the same portraits: {', '.join(guesses)}")


gallery({"grey": 0 * ab, "base": base, "truth": sharp_ab}, first=1)

# %% [markdown]
# ## What squared error asks for
#
# Say that half of all coats of a certain grey are rust red and the other half are teal. The grey photo does not
# tell which. The network has to give *one* answer, and in training each answer is compared with the truth by its
# squared error, `(a − a_true)² + (b − b_true)²`.
#
# We walk from rust to teal in small steps and compute, for each step, the error that one must expect: half the
# time against rust, half the time against teal.
#
# **Before you run this:** where on the way is the expected error smallest, and what colour is that?

# %%
rust, teal = torch.tensor([34.0, 20.0]), torch.tensor([-30.0, -15.0])  # (a, b) in ab units
way = torch.linspace(0, 1, 101)
answers = torch.lerp(rust, teal, way[:, None])  # (101, 2)


def expected(error, share_of_rust):
    """The expected error of each answer; error takes a difference (..., 2) and sums over a and b."""
    return share_of_rust * error(answers - rust) + (1 - share_of_rust) * error(answers - teal)


def squared(d):
    return d.square().sum(-1)


error = expected(squared, 0.5)
best = error.argmin()

# %%
plot = plots.Plot(7, 3.4, "Expected squared error on the way from rust to teal: a valley; below it the colours")
top, below = plot.subplots(2, 1, sharex=True, height_ratios=[5, 1])
top.plot(way, error, color="black")
top.plot(way[best], error[best], "o", color="black", label=f"lowest at {way[best]:.2f} of the way")
top.set(ylabel="expected squared error")
top.legend()
swatches = torch.cat([torch.full((101, 1), 60.0), answers], dim=1).T[None, :, None]  # Lab (1, 3, 1, 101)
below.imshow(color.to_uint8(color.lab_to_rgb(swatches))[0], aspect="auto", extent=(0, 1, 0, 1))
below.set(yticks=[], xlabel="answer: from rust (0) to teal (1)")
chroma_of_best, chroma_of_rust, chroma_of_teal = (x.norm().item() for x in (answers[best], rust, teal))
with answer():
    display(plot)
    display(Markdown(
        f"The error is smallest {way[best]:.0%} of the way, at a = {answers[best][0]:.0f}, b = {answers[best][1]:.0f}. "
        f"Its *chroma*, the distance from grey `√(a² + b²)`, is {chroma_of_best:.0f}; rust has {chroma_of_rust:.0f} "
        f"and teal {chroma_of_teal:.0f}. No coat has this colour. It is the one answer that is never far wrong."
    ))  # fmt: skip

# %% [markdown]
# <details><summary>Why there, and not only for these two colours</summary>
#
# This is no accident of our two colours. For any random colour `y` and any answer `x`
#
# $$E\,(x - y)^2 = (x - \bar y)^2 + \mathrm{Var}(y)$$
#
# where $\bar y$ is the mean of `y`. The second part does not depend on the answer. The first is zero when the answer is
# the mean. So a network trained with squared error learns the *mean* of all colours that its input leaves possible, and
# the mean of different colours is greyer than they are. The part that remains, the variance, no training can remove.
#
# </details>

# %%
both = torch.stack([rust, teal])
variance = both.var(dim=0, correction=0).sum()
torch.testing.assert_close(answers[best], both.mean(dim=0))
torch.testing.assert_close(error[best], variance)
print(f"lowest expected error {error[best]:.0f} = variance of the two colours {variance:.0f}")

# %% [markdown]
# ## Predict the greying
#
# So how pale a network will be can be said *before* it is trained. The drawn portraits come with *masks*: which pixel
# is skin, lips, eyes, hair, clothes, background. Say that a network recognises these six things, and nothing more.
# Then in each it answers with the mean colour of that region. Its chroma, divided by the mean chroma of the true
# pixels, is the share that squared error will keep.
#
# pix2pix, below, measures by the absolute error of a and of b instead (*L1*). Its best answer is the *median* of a and
# the median of b, each by itself.
#
# **Before you run this:** which region keeps nearly all its chroma, and which least? Does the median grey less?


# %%
indices = [int(key.split("/")[1]) for key in val.keys]  # "portraits/7" -> 7
_, regions = portraits.draw_batch(indices, size=shipped.size, masks=True)  # (N, H, W), indices into REGIONS
theory = {"squared error: the mean": {}, "absolute error: the medians": {}}
for i, name in enumerate(portraits.REGIONS):
    colours_of = 110 * ab.permute(0, 2, 3, 1)[torch.from_numpy(regions == i)]  # (pixels, 2), ab units
    chroma = colours_of.norm(dim=1).mean()
    for kind, middle in zip(theory.values(), (colours_of.mean(0), colours_of.median(0).values), strict=True):
        kind[name] = (middle.norm() / chroma).item()
least = {kind: min(shares, key=shares.get) for kind, shares in theory.items()}
with answer():
    display(plots.region_bars(theory, label="share of the chroma that is kept, by theory"))
    display(Markdown("\n".join(f"- {k}: least in **{least[k]}**, {theory[k][least[k]]:.0%}" for k in theory)))

# %% [markdown]
# <details><summary>Why</summary>
#
# A region with one family of colours has its mean among them. A region with any colour has its mean near grey, and so
# have its medians: "L1 does not grey" is true of two colours of which one is the more frequent, and of little else.
#
# </details>
#
# ## A CNN, trained with squared error
#
# A *CNN* (convolutional neural network) looks at small windows of the picture, layer after layer. colorlib's `CNN`
# shrinks the picture three times, so that late layers see wide surroundings, and enlarges it again.
#
# Let the network draw itself. A *hook* is a function that PyTorch calls whenever a module has run; ours notes the
# shape that came out. A box holds a layer's name, `channels x side²`, and how many numbers it learns.


# %%
def blocks_of(named, net, *inputs):
    """[(name, channels, side, parameters)] of the named modules, in the order in which they run."""
    seen = []
    for name, block in named:
        count = models.parameters(block)
        words = f"{count / 1e6:.2f} M" if count >= 1e5 else f"{count:,}"
        note = lambda m, _, out, name=name, words=words: seen.append((name, *out.shape[1:3], words))  # noqa: E731
        block.register_forward_hook(note)
    net(*inputs)
    return seen


# %%
with torch.device("meta"):  # shapes without memory and without computing
    sketch, picture = models.build("cnn"), torch.zeros(1, 1, 64, 64)
convolutions = [m for m in sketch.net if isinstance(m, nn.Conv2d)]
blocks = blocks_of([(f"conv {i}", m) for i, m in enumerate(convolutions, 1)], sketch, picture)
plots.architecture(blocks, alt="The CNN: " + ", ".join(f"{n} {c} channels at {s} px" for n, c, s, _ in blocks))

# %% [markdown]
# The counterpart of the paper's Figure 1, "CNN Architecture": a drawing like this, without numbers. Ours comes from
# the model, so it cannot be out of date.
#
# The loop below is all there is to training: predict, compare, find which way each weight should move, move it.
# Colour changes slowly across a picture, so here we train at half the side (a quarter of the work).

# %%
SIDE = max(32, P.size // 2)
train_small = datasets.load("portraits", "train", size=SIDE, count=IMAGES)
val_small = datasets.load("portraits", "val", size=SIDE, count=VAL)
EPOCHS = stages(P.name)[0].epochs  # times through all portraits; the preset decides


def train_by_hand(net, dataset, epochs, lr=2e-3):
    optimizer = torch.optim.AdamW(net.parameters(), lr=lr)
    batches = datasets.loader(dataset, P.batch, shuffle=True)
    losses = []
    for _ in trange(epochs, desc="CNN", unit="epoch"):
        for L, ab in batches:
            loss = F.mse_loss(net(L), ab)  # predict, compare: squared error
            loss.backward()  # which way should each weight move?
            optimizer.step()  # move
            optimizer.zero_grad()
            losses.append(loss.item())
    return losses


torch.manual_seed(0)
cnn = models.build("cnn")
losses = train_by_hand(cnn, train_small, EPOCHS)
print(f"{models.parameters(cnn):,} parameters; squared error {losses[0]:.4f} in the first batch, {losses[-1]:.4f} last")

# %% [markdown]
# To colour a portrait at its full side we do what colorlib's `Colorizer` does: shrink L, predict, enlarge ab, and
# join it with the sharp L.


# %%
@torch.no_grad()
def colour(net, L, side=SIDE):
    """ab' (B, 2, H, W) of a network that works at `side`, for L' (B, 1, H, W)."""
    small = F.interpolate(L, size=(side, side), mode="area")
    return F.interpolate(net.eval()(small), size=L.shape[-2:], mode="bilinear").clamp(-1, 1)


by_cnn = colour(cnn, L)
gallery({"our CNN": by_cnn, "truth": sharp_ab})

# %% [markdown]
# **Before you run this:** the theory knew which region a pixel belongs to. Our CNN had to learn that, in seconds. In
# which regions will it keep less than the theory says, and in which may it keep more?


# %%
def chroma_by_region(ab):
    """Mean chroma in ab units of each region."""
    chroma = 110 * ab.norm(dim=1).numpy()  # (N, H, W)
    return {name: chroma[regions == i].mean().item() for i, name in enumerate(portraits.REGIONS)}


chromas = {"truth": chroma_by_region(ab), "our CNN": chroma_by_region(by_cnn), "shipped": chroma_by_region(base)}
kept = {"theory": theory["squared error: the mean"]}
for name in ("our CNN", "shipped"):
    kept[name] = {region: chromas[name][region] / chromas["truth"][region] for region in portraits.REGIONS}
by_theory = sorted(portraits.REGIONS, key=kept["theory"].get)
colourful = {k: metrics.colorfulness(color.show(L, x)).mean() for k, x in (("truth", ab), ("our CNN", by_cnn))}
agree = np.corrcoef(*([kept[k][r] for r in portraits.REGIONS] for k in ("theory", "our CNN")))[0, 1]
with answer():
    display(plots.region_bars(kept, label="share of the true chroma that is kept"))
    display(Markdown(
        f"By theory **{by_theory[0]}** keeps least and **{by_theory[-1]}** most; the CNN keeps there "
        f"{kept['our CNN'][by_theory[0]]:.0%} and {kept['our CNN'][by_theory[-1]]:.0%}. Over the six regions, theory "
        f"and CNN correlate by {agree:+.2f}. Over whole pictures the CNN's *colourfulness* (Hasler and Süsstrunk 2003; "
        f"0 is grey) is {colourful['our CNN']:.0f}, the truth's {colourful['truth']:.0f}."
    ))  # fmt: skip

# %% [markdown]
# <details><summary>Why a network may lie off the theory</summary>
#
# The theory holds for a network that knows the region and nothing else. Where a CNN lies off it, either it has not
# found the region's edges and takes the colour of a neighbour, as small eyes take the skin's; or it trained too short;
# or lightness and surroundings tell it *more* than the region, a blue sky from green leaves, say. What no training
# changes is that clothes of any colour give a pale mean.
#
# </details>
#
# ### The loss that colorlib uses
#
# Squared error makes the rare large differences count most. colorlib trains its base with the *Huber* loss:
# squared near the truth, straight further away (PyTorch's `smooth_l1_loss`). Where it is straight, all wrong answers
# pull equally hard, however far off they are. Below the same thing in three lines, and the proof that it is the same.


# %% tags=["derive"]
def huber(prediction, truth, bend=0.1):  # 0.1 in model units are 11 ab units
    d = (prediction - truth).abs()
    return torch.where(d < bend, d**2 / (2 * bend), d - bend / 2).mean()


with torch.no_grad():
    small_L, small_ab = val_small.batch(range(8))
    theirs, _ = predict_step(cnn, small_L, small_ab)
    torch.testing.assert_close(huber(cnn(small_L), small_ab), theirs)
print("the same number as colorlib's:", round(theirs.item(), 5))

# %% [markdown]
# ## Classification: say how likely each colour is
#
# Zhang et al. (2016) asked another question. Not "which colour?" but "how likely is each colour?". They cut the
# ab plane into *bins*, squares of 10 by 10 units, and let the network give each bin a probability, as if colours
# were kinds of animals. The two coats then stay two peaks; nothing mixes them.
#
# We need no network to see what that brings. Take all backgrounds of our validation portraits (sky, sea, leaves,
# rooms) where the lightness is near the middle: these are the colours that such a grey leaves possible.

# %%
edges = np.arange(-110, 111, 10)
lightness = (100 * L[:, 0] + 50).numpy()
behind = (regions == portraits.REGIONS.index("background")) & (abs(lightness - 50) < 10)
a, b = (110 * ab[:, i].numpy()[behind] for i in (0, 1))
counts, _, _ = np.histogram2d(a, b, bins=[edges, edges])
p = torch.tensor(counts / counts.sum()).flatten().float()  # (Q,) share of each bin
middles = torch.tensor(edges[:-1] + 5.0).float()
centres = torch.cartesian_prod(middles, middles)  # (Q, 2) the colour of each bin
print(f"{behind.sum():,} pixels in {(p > 0).sum()} of {len(p)} bins; their mean chroma is {np.hypot(a, b).mean():.0f}")

# %% [markdown]
# A picture needs one colour in the end. The likeliest bin is vivid but jumps from pixel to pixel; the mean is
# grey again. Zhang et al. take the **annealed mean**: sharpen the probabilities first, then take the mean.
#
# $$q_i = \frac{p_i^{1/T}}{\sum_j p_j^{1/T}}, \qquad \mathrm{colour} = \sum_i q_i \cdot \mathrm{centre}_i$$
#
# `T` is called temperature. `T = 1` changes nothing and gives the mean; `T → 0` leaves only the likeliest bin.
# They chose `T = 0.38`.
#
# **Before you run this:** as `T` falls from 1 to 0, what happens to the chroma of the answer, and to its expected
# squared error?


# %% tags=["derive"]
from colorlib.models.eccv16 import annealed_mean as colorlibs_annealed_mean


def annealed_colour(p, T):
    q = (p / p.max()) ** (1 / T)  # dividing by the largest first keeps small T from vanishing
    return (q / q.sum()) @ centres  # (2,)


for T in (1.0, 0.38):  # a network gives logits; log p is one whose softmax is p
    theirs = colorlibs_annealed_mean(p.log().view(1, -1, 1, 1), centres, T).flatten()
    torch.testing.assert_close(annealed_colour(p, T), theirs, rtol=1e-3, atol=1e-3)

# %%
temperatures = torch.linspace(0.02, 1, 50).tolist()
colours = torch.stack([annealed_colour(p, T) for T in temperatures])  # (50, 2)
chroma_at = colours.norm(dim=1)
error_at = (p * (colours[:, None] - centres).square().sum(-1)).sum(1)  # expected squared error

# %%
plot = plots.Plot(9, 3.2, "Chroma and expected squared error of the annealed mean against temperature")
left, right = plot.subplots(1, 2)
left.plot(temperatures, chroma_at, color="black")
left.set(xlabel="temperature T", ylabel="chroma of the answer")
right.plot(temperatures, error_at, color="black", ls="--")
right.set(xlabel="temperature T", ylabel="expected squared error")
for axes in (left, right):
    axes.axvline(0.38, color="0.5", ls=":")
    axes.annotate("0.38", (0.39, 0.93), xycoords=("data", "axes fraction"))

# %%
at = {T: (annealed_colour(p, T), int(np.argmin(np.abs(np.array(temperatures) - T)))) for T in (1.0, 0.38, 0.02)}
swatch = torch.stack([torch.cat([torch.tensor([50.0]), c]) for c, _ in at.values()])[:, :, None, None]
tiles = color.to_uint8(color.lab_to_rgb(swatch.expand(-1, -1, 40, 90)))
captions = [f"T = {T}: chroma {c.norm():.0f}, error {error_at[i]:.0f}" for T, (c, i) in at.items()]
more, dearer = (x[at[0.38][1]] / x[-1] - 1 for x in (chroma_at, error_at))
with answer():
    display(plot)
    display(plots.picture_row(list(tiles), [caption.replace(": ", "\n") for caption in captions]))
    display(Markdown(f"Against the plain mean (T = 1), the annealed mean at T = 0.38 changes the chroma by {more:+.0%} "
                     f"and the expected squared error by {dearer:+.0%}."))  # fmt: skip

# %% [markdown]
# <details><summary>What follows, and what does not</summary>
#
# For *known* probabilities the squared error is lowest at the mean. So a colour that leaves the mean is paid for in
# squared error, whether it is more vivid or less. Two *networks* are another matter: one that recognises more can be
# both closer and more vivid than one that recognises less.
#
# </details>

# %% [markdown]
# One more idea of that paper: *class rebalancing*. Most pixels are nearly grey, so a network can do well by saying
# grey. Rare colours therefore get a larger weight in the loss, $w = 1 / (\frac{1}{2} p + \frac{1}{2Q})$, scaled so
# that the mean weight over all pixels is 1. (Zhang et al. also smooth `p`, and so does
# `colorlib.training.classify.bin_weights`; here we leave that out.)

# %% tags=["derive"]
from colorlib.training.classify import rebalance

all_a, all_b = (110 * ab[:, i].numpy().ravel() for i in (0, 1))
share = np.histogram2d(all_a, all_b, bins=[edges, edges])[0].ravel()
share = share[share > 0] / share.sum()  # of the bins that occur
weight = 1 / (0.5 * share + 0.5 / len(share))
weight /= (share * weight).sum()
torch.testing.assert_close(torch.from_numpy(weight), rebalance(torch.from_numpy(share)))
print(f"commonest bin: {share.max():.0%} of the pixels, weight {weight.min():.2f}")
print(f"rarest bin:    {share.min():.4%} of the pixels, weight {weight.max():.2f}")

# %% [markdown]
# ### Soft targets
#
# What is a network to be told? One bin, the nearest? Then to miss it by a hair costs as much as to miss it by far, and
# at the edge of a bin the target jumps. Zhang et al. use *soft targets*: a true colour is spread over its ten nearest
# bins, in shares that fall with the distance `d` like $\exp(-d^2 / (2 \cdot 5^2))$ and sum to 1. `soft_encode` does
# that; its bins are the points of the grid that a screen can show. Here is what it makes of our two coats.

# %%
from colorlib.models.eccv16 import gamut_bins
from colorlib.training.classify import soft_encode

bins = gamut_bins()  # (Q, 2) in ab units
coats = torch.stack([rust, teal])  # (2, 2)
targets = soft_encode(coats.T[None, :, None], bins)[0, :, 0].T  # (2, Q): the shares of each coat
plot = plots.Plot(7, 4, "The bins as crosses; on ten of them near each coat circles as large as their shares")
axes = plot.subplots()
axes.plot(*bins.T, "+", color="0.75", ms=4, label=f"{len(bins)} bins")
for target, coat, marker, name in zip(targets, coats, ("o", "s"), ("rust", "teal"), strict=True):
    axes.scatter(*bins.T, s=900 * target, marker=marker, fc="none", ec="black")
    axes.plot(*coat, marker, color="black", ms=3, label=f"{name}: largest share {target.max():.0%}")
axes.set(xlabel="a, ab units", ylabel="b, ab units", aspect="equal")
axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
plot

# %% [markdown]
# **Exercise 2.1** · difficulty ●●○ · importance ●●● · 10 minutes
#
# The loss that goes with it is the *cross entropy*, the usual one for naming kinds: at each pixel minus the sum over
# the bins of the true share times the *logarithm* of the network's probability; then the mean over all pixels. A
# network gives *logits* `(B, Q, H, W)`: numbers of any size, whose softmax over the bins is the probability. Write it
# for `logits` and `shares`, both `(B, Q, H, W)`; return one number. The cells below train with yours once it is right.
#
# The picture: the target is rust, the network is sure of one bin. How dear is it, the farther that bin lies from rust?
#
# <details><summary>Hint</summary>
#
# The logarithm of a softmax that has become 0 is minus infinity. `logits.log_softmax(dim=1)` takes both at once.
#
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def torchs_cross_entropy(logits, shares):
    return F.cross_entropy(logits, shares)  # PyTorch has it: shares in the place of names


def misses(loss, word):
    """The loss against how far the bin of which a network is sure lies from rust: hard target, soft target."""
    distance = (bins - rust).norm(dim=1)
    hard = F.one_hot(distance.argmin(), len(bins)).float()
    sure = 8 * torch.eye(len(bins))[:, :, None, None]  # (Q, Q, 1, 1): one answer for each bin
    near = distance.argsort()[:40]
    plot = plots.Plot(8, 2.8, f"{word}: the loss against the distance of the answer, for a hard and for a soft target")
    axes = plot.subplots()
    for target, marker, name in ((hard, "x", "target: one bin"), (targets[0], "o", "target: shares")):
        values = [loss(sure[i : i + 1], target.view(1, -1, 1, 1)).item() for i in near]
        axes.plot(distance[near], values, marker, color="black", mfc="none", label=name)
    axes.set(xlabel="distance of the bin from rust, ab units", ylabel=f"loss, {word}", ylim=(0, None))
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return plot


misses(torchs_cross_entropy, "expected")


# %%
def soft_cross_entropy(logits, shares):
    raise NotImplementedError("exercise 2.1")


loss_of_shares = torchs_cross_entropy
if checks.soft_cross_entropy(soft_cross_entropy):
    loss_of_shares = soft_cross_entropy
    display(misses(soft_cross_entropy, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def soft_cross_entropy(logits, shares):
#     return -(shares * logits.log_softmax(dim=1)).sum(dim=1).mean()
# ```
#
# </details>
#
# With the target of one bin, all wrong answers cost the same. With shares, a near miss is cheaper. The loss never
# reaches zero, though: a soft target has an *entropy* of its own, what is left when the network gives exactly its
# shares.
#
# ### One network, three losses
#
# What does the *loss* do, apart from the network? We take our CNN three times, from the same start, on the same
# portraits in the same order, for the same number of epochs. Only the last layer and the loss change: two numbers with
# squared error; two numbers with absolute error; one number for each bin with the cross entropy of soft targets.


# %%
def train_head(channels, loss_of, epochs):
    torch.manual_seed(0)
    net = models.build("cnn")
    net.net[-1] = nn.Conv2d(net.net[-1].in_channels, channels, 1)  # the head; the rest starts alike
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3)
    batches = datasets.loader(train_small, P.batch, shuffle=True, seed=0)
    for _ in trange(epochs, desc=loss_of.__name__, unit="epoch"):
        for L, ab in batches:
            loss_of(net(L), ab).backward()
            optimizer.step()
            optimizer.zero_grad()
    return net.eval()


def cross_entropy(logits, ab):
    return loss_of_shares(logits, soft_encode(110 * ab, bins))


with_squares, with_absolutes = (train_head(2, loss, 2 * EPOCHS) for loss in (F.mse_loss, F.l1_loss))
with_bins = train_head(len(bins), cross_entropy, 2 * EPOCHS)

# %% [markdown]
# **Exercise 2.2** · difficulty ●●○ · importance ●●● · 10 minutes
#
# Three networks are trained; the third answers with logits. Write the annealed mean for a whole batch: of
# `logits (B, Q, H, W)`, `centres (Q, 2)`, the bins' colours in ab units, and `T`. Return colours `(B, 2, H, W)` in ab
# units. On a ramp from one bin to another it should give the three strips below. The next cell decodes with yours once
# it is right.
#
# <details><summary>Hint</summary>
#
# `p^(1/T) / Σ p^(1/T)` of a softmax is the softmax of `z / T`. For the sum over bins, `torch.einsum` with
# `"bqhw,qc->bchw"`.
#
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def strips(mean, word):
    two = coats  # two bins; from left to right the second gets likelier
    odds = torch.linspace(-4, 4, 120).view(1, 1, 1, -1).expand(1, 1, 40, -1)
    z = torch.cat([-odds / 2, odds / 2], dim=1)
    made = [color.lab_to_rgb(torch.cat([torch.full_like(odds, 60), mean(z, two, T)], dim=1)) for T in (1.0, 0.38, 0.05)]
    return plots.picture_row([color.to_uint8(x)[0] for x in made], [f"{word}\nT = {T}" for T in (1.0, 0.38, 0.05)])


strips(colorlibs_annealed_mean, "expected")


# %%
def annealed_mean(logits, centres, T):
    raise NotImplementedError("exercise 2.2")


decode = colorlibs_annealed_mean
if checks.annealed_mean(annealed_mean):
    decode = annealed_mean
    display(strips(annealed_mean, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def annealed_mean(logits, centres, T):
#     q = (logits / T).softmax(dim=1)
#     return torch.einsum("bqhw,qc->bchw", q, centres)
# ```
#
# </details>
#
# **Before you run this:** put the three losses in order of MSE, and of colourfulness.

# %%
small_L, small_ab = val_small.batch(range(VAL))
small_truth = color.show(small_L, small_ab)
HEADS, CURVE = ("squared error", "absolute error"), (1.0, 0.8, 0.6, 0.5, 0.38, 0.25, 0.15, 0.05)
with torch.no_grad():
    logits = with_bins(small_L)
    found = {name: net(small_L) for name, net in zip(HEADS, (with_squares, with_absolutes), strict=True)}
    found |= {T: decode(logits, bins, T) / 110 for T in CURVE}
plane = {}  # name or temperature: (MSE, colourfulness)
for name, guess in found.items():
    result = color.show(small_L, guess)
    plane[name] = metrics.mse(small_truth, result).mean(), metrics.colorfulness(result).mean()


# %%
def draw_plane(extra=()):
    plot = plots.Plot(8, 3.6, "MSE against colourfulness: two heads as points, bins as a curve over the temperature")
    axes = plot.subplots()
    axes.plot(*np.transpose([plane[T] for T in CURVE]), "o-", color="black", ms=4, label="bins, T from 1 to 0.05")
    for T, place, side in ((CURVE[0], (6, -12), "left"), (0.38, (6, -12), "left"), (CURVE[-1], (-8, 3), "right")):
        axes.annotate(f"T = {T:g}", plane[T], place, textcoords="offset points", ha=side, fontsize=9)
    for name, marker in zip((*HEADS, *extra), plots.MARKERS[1:]):  # noqa: B905
        axes.plot(*plane[name], marker, color="black", ms=9, mfc="white", label=name)
    axes.axhline(metrics.colorfulness(small_truth).mean(), color="0.5", ls="--", label="colourfulness of the truth")
    axes.set(xlabel="MSE (lower is better)", ylabel="colourfulness")
    axes.margins(0.14, 0.1)  # room for the words at the ends of the curve
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return plot


# %%
pale, vivid = plane[CURVE[0]], plane[CURVE[-1]]
best_T = min(CURVE, key=lambda T: plane[T][0])
order_mse, order_vivid = (sorted((*HEADS, 1.0), key=lambda n: plane[n][k]) for k in (0, 1))
word = {n: n if isinstance(n, str) else f"bins, T = {n:g}" for n in plane}
beyond = "is paid for" if vivid[0] > plane[best_T][0] and vivid[1] > plane[best_T][1] else "is not paid for"
with answer():
    display(draw_plane())
    display(Markdown(
        f"One training each. From low to high MSE: {', '.join(word[n] for n in order_mse)}. From pale to vivid: "
        f"{', '.join(word[n] for n in order_vivid)}. On the curve the MSE is lowest at T = {best_T:g}; from there to "
        f"T = {CURVE[-1]:g} vividness **{beyond}**: MSE {plane[best_T][0]:.0f} to {vivid[0]:.0f}, colourfulness "
        f"{plane[best_T][1]:.0f} to {vivid[1]:.0f}. At T = 1 the two are {pale[0]:.0f} and {pale[1]:.0f}."
    ))  # fmt: skip

# %%
pictures = {name: found[name] for name in HEADS} | {f"bins, T = {T:g}": found[T] for T in (1.0, 0.38, 0.05)}
with answer("Show the pictures"):
    display(gallery(pictures | {"truth": sharp_ab}, count=2))

# %% [markdown]
# <details><summary>Need the lowest point be at T = 1, the mean?</summary>
#
# With the true probabilities it would be. A network's are estimates, and these were learnt in seconds, from targets
# that are spread on purpose. Where they are too wide, to sharpen them a little helps both numbers.
#
# </details>
#
# The curve is *one* trained network, decoded differently: nobody had to train again for a more vivid picture. The
# kit has the published one, too (`models/eccv16.py`; the released one has 313 bins and 32,236,011 parameters). It
# learns from soft targets as ours did, and rebalanced.
#
# ## pix2pix: a second network as the judge
#
# A *GAN* (generative adversarial network) trains two networks against each other. In **pix2pix** (Isola et al. 2017)
# the *generator* `G` colours; it is a *U-Net*, which shrinks the picture, enlarges it again, and hands what it saw at
# each scale across. The *discriminator* `D` sees a picture and says, for each patch of 70 by 70 pixels, whether it
# looks real ("PatchGAN"). Their losses:
#
# - `D`: half of `BCE(D(truth), 1) + BCE(D(G(L)), 0)`, tell real from coloured. BCE is the usual loss for yes or no.
# - `G`: `BCE(D(G(L)), 1) + 100 |G(L) - truth|`, fool the judge, and stay near the truth.

# %%
from colorlib.models.pix2pix import PatchDiscriminator

with torch.device("meta"):
    G, D, picture = models.build("pix2pix"), PatchDiscriminator(), torch.zeros(1, 1, 256, 256)
    downs = [(f"down {i}", m) for i, m in enumerate(G.encoder, 1)]
    ups = [(f"up {i}", m) for i, m in enumerate(G.decoder, 1)]
    of_G = blocks_of([*downs, *ups, ("head", G.head)], G, picture)
    judging = [(f"judge {i}", m) for i, m in enumerate((m for m in D.net if isinstance(m, nn.Conv2d)), 1)]
    of_D = blocks_of(judging, D, picture, picture.expand(-1, 2, -1, -1))
sides_of = lambda blocks: ", ".join(f"{name} {side}" for name, _, side, _ in blocks)  # noqa: E731
across = [(f"down {i}", f"up {5 - i}") for i in range(1, 5)]
display(plots.architecture(of_G, across, f"The generator, a U with arrows across; sides: {sides_of(of_G)}"))
plots.architecture(of_D, alt=f"The discriminator; sides: {sides_of(of_D)}")

# %% [markdown]
# The counterpart of the paper's Figure 3, "GAN Architecture": above the generator, below the discriminator. The dashed
# arrows are what the U-Net hands across; the discriminator ends in one number a patch.
#
# A grey coat gives the colouring away, so the judge pushes `G` to choose a colour. `training.adversary` is this step;
# here are its two losses by hand, on one batch.

# %% tags=["derive"]
from colorlib.training.adversary import Adversary

torch.manual_seed(0)
G, D = models.build("pix2pix", channels=8, levels=4), PatchDiscriminator(8)
some_L, some_ab = val_small.batch(range(8))
bce = F.binary_cross_entropy_with_logits
fake = G.eval()(some_L)  # eval: without the dropout's chance
real_logits, fake_logits = D(some_L, some_ab), D(some_L, fake)
d_loss = 0.5 * (bce(real_logits, torch.ones_like(real_logits)) + bce(fake_logits, torch.zeros_like(fake_logits)))
g_loss = bce(fake_logits, torch.ones_like(fake_logits)) + 100 * (fake - some_ab).abs().mean()
theirs, terms = Adversary(D, lr=0.0)(G, some_L, some_ab)  # lr 0: the judge stands still
torch.testing.assert_close(g_loss, theirs)
torch.testing.assert_close(d_loss.detach(), terms["discriminator"])
print(f"untrained: D loss {d_loss:.3f} (a coin's is {np.log(2):.3f}), G loss {g_loss:.2f}")

# %% [markdown]
# ### pix2pix, trained
#
# pix2pix is *another* network, larger than our CNN, with another loss and a judge beside it. So its place in the plane
# says nothing about the loss alone; it stands apart. We train it, and our CNN again, by the kit's `fit`, which scores
# validation portraits after each epoch.
#
# **Before you run this:** will pix2pix's validation error fall as steadily as the CNN's?

# %%
ways, history_of = {"squared error": ("cnn", {}, 2e-3), "pix2pix": ("pix2pix", {"channels": 16, "levels": 4}, 1e-3)}, {}
for name, (part, settings, lr) in ways.items():
    torch.manual_seed(0)
    net = {part: models.build(part, **settings)}
    learns = methods.find(part).stages[0]  # by which step and loss: methods.py
    stage = replace(learns, name=name, epochs=2 * EPOCHS, lr=lr)
    history_of[name] = fit(stage, net, train_small, val_small, batch=P.batch)
with torch.no_grad():
    by_gan = net["pix2pix"].eval().cpu()(small_L)
result = color.show(small_L, by_gan)
plane["pix2pix, a larger network"] = metrics.mse(small_truth, result).mean(), metrics.colorfulness(result).mean()


# %%
def arithmetic(step):
    """Multiplications and additions of one training step."""
    with FlopCounterMode(display=False) as counter:
        loss, _ = step(small_L[:8], small_ab[:8])
        loss.backward()
    return counter.get_total_flops()


anew = {name: models.build(part, **settings) for name, (part, settings, _) in ways.items()}  # networks of those sizes
against = Adversary(PatchDiscriminator(anew["pix2pix"].channels))
work = {"squared error": arithmetic(lambda *given: predict_step(anew["squared error"], *given))}
work["pix2pix"] = arithmetic(lambda *given: against(anew["pix2pix"], *given))

# %%
plot = plots.Plot(10, 3, "Validation MSE over the epochs of both, and pix2pix's two losses over its epochs")
left, right = plot.subplots(1, 2)
for (name, rows), line, marker in zip(history_of.items(), plots.LINES, plots.MARKERS):  # noqa: B905
    left.plot([r["epoch"] for r in rows], [r["val_mse"] for r in rows], ls=line, marker=marker, ms=4, label=name)
left.set(xlabel="epoch", ylabel="validation MSE", yscale="log")
left.yaxis.set(major_formatter="{x:g}", minor_formatter="{x:g}")
left.legend(loc="upper center", bbox_to_anchor=(0.5, 1.18), ncols=2)
of_gan = history_of["pix2pix"]
for term, word, line in (("adversarial", "G: fool the judge", "-"), ("discriminator", "D: tell them apart", "--")):
    right.plot([r["epoch"] for r in of_gan], [r[term] for r in of_gan], ls=line, color="black", label=word)
right.set(xlabel="epoch", ylabel="pix2pix: loss of G and of D")
right.legend(loc="upper center", bbox_to_anchor=(0.5, 1.18), ncols=2)
rises = {}
for name, rows in history_of.items():
    curve = np.array([row["val_mse"] for row in rows])
    rises[name] = (curve / np.minimum.accumulate(curve)).max() - 1
with answer():
    display(plot)
    print(*(f"{name}: largest rise above its best so far {rise:.0%}" for name, rise in rises.items()), sep="\n")
    display(draw_plane(extra=["pix2pix, a larger network"]))

# %% [markdown]
# These trainings take seconds. A larger network that has learnt more may lie left of and above the curve of a small
# one, without any contradiction to what squared error asks for.
# `python -m colorlib train --rivals eccv16 pix2pix --out runs/rivals` trains both rivals properly, with the pictures
# of the base.

# %% [markdown]
# ## SIGGRAPH17, block by block
#
# The paper's base is SIGGRAPH17 (Zhang et al. 2017). It regresses ab, like our CNN, but is far larger, and it can
# take hints. Its core is short enough to read here. `model1` to `model10` are blocks of convolutions; comments
# give the shape after each line.

# %%
print(inspect.getsource(models.SIGGRAPH17.features))

# %% [markdown]
# Going down, `[:, :, ::2, ::2]` keeps every second row and column. `model5` and `model6` are *dilated*: their 3 × 3
# windows leave gaps of one pixel, so they look further without shrinking more. Going up, what the encoder saw at the
# same scale is added again (`short`). `_exactly` computes a block in float32 where the rest runs in fewer digits; it
# changes no shape.
#
# A block is `convs` times a convolution and a ReLU (negative numbers become zero), then a BatchNorm (which brings
# each channel to a similar size). Here is `model1` by hand; with the same weights it gives the same numbers.


# %% tags=["derive"]
def block(c_in, c_out, convs):
    layers = []
    for i in range(convs):
        layers += [nn.Conv2d(c_in if i == 0 else c_out, c_out, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.BatchNorm2d(c_out))


theirs = models.build("siggraph17", width=P.width).model1.eval()
mine = block(4, theirs[-1].num_features, convs=2).eval()
mine.load_state_dict(theirs.state_dict())
x = torch.randn(2, 4, 16, 16)  # four input channels: L', two of hints, one mask
torch.testing.assert_close(mine(x), theirs(x))

# %% [markdown]
# **Exercise 2.3** · difficulty ●●○ · importance ●●○ · 10 minutes
#
# Is it the released network? Count what it learns. Write how many numbers a block learns: `convs` convolutions with
# 3 × 3 windows, the first from `c_in` to `c_out` channels, the others from `c_out` to `c_out`, each with one constant
# (*bias*) an output; then one BatchNorm, which learns a factor and a summand for each channel. The next cell adds up
# the network with yours once it is right.
#
# <details><summary>Hint</summary>
#
# Print `nn.Conv2d(4, 64, 3).weight.shape` and `.bias.shape`. An output looks at all input channels.
#
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
with torch.device("meta"):  # shapes without memory: enough for counting
    full = models.SIGGRAPH17()
SIZES = {}  # name of a block: (c_in, c_out, convs)
for name in (f"model{i}" for i in range(1, 10)):
    layers = [m for m in getattr(full, name) if isinstance(m, nn.Conv2d)]
    SIZES[name] = layers[0].in_channels, layers[0].out_channels, len(layers)


def shares_of_blocks(count, word):
    counts = {name: count(*size) for name, size in SIZES.items()}
    shares = {name: n / sum(counts.values()) for name, n in counts.items()}
    return plots.region_bars({word: shares}, label="share of all nine")


def by_pytorch(c_in, c_out, convs):
    return models.parameters(block(c_in, c_out, convs))


shares_of_blocks(by_pytorch, "expected")


# %%
def block_parameters(c_in, c_out, convs):
    raise NotImplementedError("exercise 2.3")


count_block = by_pytorch
if checks.block_parameters(block_parameters):
    count_block = block_parameters
    display(shares_of_blocks(block_parameters, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def block_parameters(c_in, c_out, convs):
#     first, later = 9 * c_in * c_out + c_out, 9 * c_out * c_out + c_out
#     return first + (convs - 1) * later + 2 * c_out
# ```
#
# </details>
#
# Nine of the ten blocks are such blocks. What else learns: the layers between them, `model10`, and two of 1 × 1,
# for colours and for classes. The released file holds 34,187,027 numbers.

# %%
in_blocks = sum(count_block(*size) for size in SIZES.values())
others = sum(models.parameters(layer) for name, layer in full.named_children() if name not in SIZES)
print(f"{in_blocks:,} in nine blocks + {others:,} elsewhere = {in_blocks + others:,}")
print(f"our base, at {P.width:g} of the width, has {models.parameters(shipped.parts['base']):,}")
assert in_blocks + others == models.parameters(full) == 34_187_027

# %% [markdown]
# Each block sees further than the one before. How far? Make all weights of a window alike, so that nothing cancels;
# then the pixels that one position in the middle depends on have a gradient, all others have none.
#
# **Before you run this:** the authors' demo colours at 256 pixels a side. From which block on does one position depend
# on the whole width? And if the dilated windows had no gaps?


# %%
def reach(dilation):
    """How many pixels of the side one position of each block depends on."""
    net, far, outs = models.SIGGRAPH17(width=1 / 16, classes=0).eval(), {}, {}
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel()), nn.init.zeros_(module.bias)
    for module in (*net.model5, *net.model6):
        if isinstance(module, nn.Conv2d):
            module.dilation = module.padding = (dilation, dilation)
    picture = torch.ones(1, 1, 400, 400, requires_grad=True)
    for name in (f"model{i}" for i in range(1, 8)):
        getattr(net, name).register_forward_hook(lambda m, _, out, name=name: outs.update({name: out}))
    net(picture)
    for name, out in outs.items():
        (slope,) = torch.autograd.grad(out[0, 0, out.shape[2] // 2, out.shape[3] // 2], picture, retain_graph=True)
        far[name] = int((slope[0, 0] != 0).any(dim=0).sum())
    return far


reaches = {"as it is": reach(2), "without gaps": reach(1)}
whole = {way: next((name for name, n in far.items() if n >= 256), "none") for way, far in reaches.items()}
with answer():
    display(plots.region_bars(reaches, label="pixels of the side that one position depends on"))
    display(Markdown(f"The whole width of 256 pixels: as it is from **{whole['as it is']}** on; without gaps: "
                     f"**{whole['without gaps']}**. Our base works at {shipped.size} pixels."))  # fmt: skip

# %% [markdown]
# The same drawing as above. The U that gave such networks their name is easy to see; the dashed arrows are the
# encoder's outputs, added on the way up.

# %%
named = list(full.named_children())
table = blocks_of(named, full, torch.zeros(1, 1, 256, 256, device="meta"))
short = [name for name, *_ in table if "short" in name]  # e.g. model3short8: from model3, added before model8
plots.architecture(
    [row for row in table if "short" not in row[0] and "up" not in row[0]],
    [(name.split("short")[0], "model" + name.split("short")[1]) for name in short],
    "SIGGRAPH17: a U, from 256 pixels down to 32 and up again; model1, 2 and 3 are handed across",
)

# %%
deep = {name for name, _, side, _ in table if side == 32}
bottom = sum(models.parameters(block) for name, block in named if name in deep)
Markdown(
    f"{bottom / models.parameters(full):.0%} of the parameters sit in the blocks at 1/8 of the side, where one "
    "position stands for 8 by 8 pixels. `model_class` does not appear: it exists in the released file, "
    "because the authors trained with classification too, but the path to ab never runs it."
)

# %% [markdown]
# ## Train a small one
#
# The same network at a fraction of its width, trained by `fit`: our loop from above with Huber loss,
# mirrored pictures, a learning rate that rises and falls, and a validation score after each epoch.

# %%
torch.manual_seed(0)
stage = Stage("base", "base", epochs=EPOCHS, lr=2e-3)
parts = {"base": models.build("siggraph17", width=P.width)}
history = fit(stage, parts, train_small, val_small, batch=P.batch)
plots.loss_curves(history)

# %% [markdown]
# Above the loss in training, below the MSE on portraits that were never trained with: 8-bit RGB, L kept, as in
# lesson 01. Next to grey and one constant colour (hatched: they need no network), how far did a few seconds bring us,
# and how far the longer training? The whiskers are 95 % *intervals*: about where the mean would fall with other
# portraits of the same kind. Where the interval of a *difference* includes zero, these portraits cannot tell which is
# better (lesson 06).
#
# **Before you run this:** is our small base already better than painting everything in one constant colour?

# %%
truth = color.show(L, ab)
constant = torch.tensor(mean_ab(train_small)).view(1, 2, 1, 1) / 110  # learnt from the training portraits
guesses = {"grey": 0 * ab, "constant": constant.expand_as(ab), "our CNN": by_cnn}
guesses |= {"our SIGGRAPH17": colour(parts["base"], L), "shipped base": base}

rows, mse = [], {}
for name, guess in guesses.items():
    pred = color.show(L, guess)
    mse[name] = metrics.mse(truth, pred)
    value, low, high = metrics.bootstrap(mse[name])
    row = {"method": name, "mse": value, "mse_ci": (low, high)}
    rows.append(row | {"colorfulness": metrics.colorfulness(pred).mean()})
pairs = [("our SIGGRAPH17", "constant"), ("our SIGGRAPH17", "our CNN"), ("shipped base", "constant")]
with answer():
    display(plots.score_bars(rows, label="MSE (8-bit RGB, L kept); whiskers: 95 % interval"))
    display(
        verdicts.listed({f"{name} against {rival}": verdicts.change(mse[rival], mse[name]) for name, rival in pairs})
    )

# %%
gallery({"our CNN": by_cnn, "our SIGGRAPH17": guesses["our SIGGRAPH17"], "shipped base": base, "truth": sharp_ab})

# %% [markdown]
# How far a network leads after so short a training, the list says; another run may say otherwise. SIGGRAPH17 is deep,
# and shows its worth with more pictures and epochs, as the shipped base had. Nor was it made to win at guessing. It was
# made to be *told*: its other three inputs.

# %% [markdown]
# ## Hints
#
# SIGGRAPH17 has four input channels: L', two for hinted colours, one *mask* that says where hints stand (1) and
# where not (0). "Nothing said" and "grey, I am sure" both have colour 0; the mask tells them apart.
#
# We put one red hint of a few pixels into a portrait.
#
# **Before you run this:** our shipped base was never shown a hint in training. Will it follow this one?

# %%
hints, mask = torch.zeros_like(ab[:1]), torch.zeros_like(L[:1])
y, x, r = int(0.85 * shipped.size), shipped.size // 2, shipped.size // 32  # low in the middle: neck or clothes
spot = (slice(None), slice(None), slice(y - r, y + r), slice(x - r, x + r))
hints[spot] = torch.tensor([60.0, 40.0]).view(1, 2, 1, 1) / 110
mask[spot] = 1

net = shipped.parts["base"]
with torch.no_grad():
    plain, hinted = net(L[:1]), net(L[:1], hints, mask)
change = 110 * (hinted - plain).norm(dim=1)
towards = 110 * ((hinted - plain)[spot].mean(dim=(2, 3)) * F.normalize(hints[spot].mean(dim=(2, 3)))).sum()
tiles = {"no hint": plain, "the hint": hints, "with the hint": hinted}
tiles = {name: plots.joined(sharp_L[:1], x)[0] for name, x in tiles.items()}
followed = towards > 0.5 * 110 * hints[spot].norm(dim=1).mean()
with answer():
    display(plots.picture_row(list(tiles.values()), list(tiles)))
    display(Markdown(
        f"At the hint the colour moved {abs(towards):.0f} ab units {'towards' if towards > 0 else 'away from'} the "
        f"hinted red, whose chroma is {110 * hints[spot].norm(dim=1).mean():.0f}. Over the whole picture it moved by "
        f"{change.mean():.1f} on average. It has {'**followed**' if followed else '**not followed**'} the hint."
    ))  # fmt: skip

# %% [markdown]
# How a network treats an input that was always zero is an accident. The weights that read it get no gradient,
# because the gradient of a weight is the error *times its input*. One backward pass shows it:

# %%
trial = models.build("siggraph17", width=P.width)
loss, _ = predict_step(trial, small_L, small_ab)
loss.backward()
first = trial.model1[0].weight.grad  # (channels, 4, 3, 3)
for i, name in enumerate(("L'", "hint a", "hint b", "mask")):
    print(f"{name:<8} largest gradient {first[:, i].abs().max():.2g}")

# %% [markdown]
# Zhang et al. therefore *simulate* hints in training: each picture gets a few random patches of its true colour as
# hints, often none at all. The shipped weights hold such a network, too: the base, trained on with hints. The same
# portrait, the same red:

# %%
taught = shipped.parts["hints"]
with torch.no_grad():
    plain, hinted = taught(L[:1]), taught(L[:1], hints, mask)
towards = 110 * ((hinted - plain)[spot].mean(dim=(2, 3)) * F.normalize(hints[spot].mean(dim=(2, 3)))).sum()
tiles = {"taught, no hint": plain, "the hint": hints, "taught, with the hint": hinted}
with answer():
    display(plots.picture_row([plots.joined(sharp_L[:1], x)[0] for x in tiles.values()], list(tiles)))
    display(Markdown(
        f"At the hint the colour moved {abs(towards):.0f} ab units {'towards' if towards > 0 else 'away from'} the "
        f"red, over the whole picture by {110 * (hinted - plain).norm(dim=1).mean():.1f} on average."
    ))  # fmt: skip

# %% [markdown]
# This is what SIGGRAPH17 is for: without hints it is a large regression among others; with a few, a person decides.
# Lesson 07 measures what hints are worth.
#
# ## The released weights
#
# Where the authors' file has been fetched, the next cell colours with it (136 MB; nothing is downloaded unasked).

# %%
if weights.find("siggraph17"):
    released = Colorizer.load("siggraph17")
    by_released = colour(released.parts["siggraph17"], sharp_L, side=128)
    shown = gallery({"released": by_released, "truth": sharp_ab})
else:
    shown = "Not here. To get it, run in a terminal:  python -m colorlib fetch siggraph17"
shown

# %% [markdown]
# ## The paper says / we found
#
# Of the paper's introduction, beside what the networks of this lesson did:

# %%
full_colour = metrics.colorfulness(truth).mean()
kept_of = {row["method"]: row["colorfulness"] / full_colour for row in rows}
trained = ("our CNN", "our SIGGRAPH17", "shipped base")
paler = all(kept_of[name] < 0.9 for name in trained)
moved = "colourfulness against the truth's: " + ", ".join(f"{name} {kept_of[name]:.0%}" for name in trained)
seconds = {name: np.mean([row["seconds"] for row in rows]) for name, rows in history_of.items()}
longer, more_work = seconds["pix2pix"] / seconds["squared error"], work["pix2pix"] / work["squared error"]
dearer = (longer > 1.2, more_work > 1.2)
costly = dearer[0] if dearer[0] == dearer[1] else None  # time and arithmetic may disagree on networks this small
unsteady = rises["pix2pix"] > 2 * rises["squared error"] + 0.02
verdicts.claims([
    ("tend to produce desaturated or overly smooth outputs", moved, "100%", paler),
    ("unstable colorization", f"largest rise of the validation MSE, one training each: pix2pix "
     f"{rises['pix2pix']:.0%}, CNN {rises['squared error']:.0%}", "down", unsteady),
    ("high computational costs", f"an epoch takes {longer:.1f} times the CNN's, and does {more_work:.1f} times its "
     "arithmetic; used, it is one network", "down", costly),
])  # fmt: skip

# %% [markdown]
# The first is said of "CNN-based models trained with pixel-wise losses". SIGGRAPH17 as trained here has a pixel-wise
# loss as well: the sentence is about the loss, not about being a CNN. The other two are said of GANs; a rise in one
# short training is no rule.
#
# **Table 2: CNN 337.0, GAN 368.1, SIGGRAPH17 78.8 (MSE).**
#
# > **Catch 8** · The paper does not say which CNN and which GAN: no layers, no training, no settings; its Figures 1
# > and 3 show a drawing each. So the rows cannot be repeated, and we cannot know whether these rivals were trained as
# > carefully as the paper's own model. *The kit's CNN is an encoder-decoder trained with squared error; its GAN is
# > pix2pix with its authors' losses on a shallower U-Net, without dropout in use. Both are trained on the pictures and
# > for the epochs of the base.*
#
# Both printed rows are worse than one constant colour on real faces (lesson 01, catch 11). Does our CNN, trained for
# seconds, do better than that?

# %%
verdicts.listed({"our CNN against one constant colour": verdicts.change(mse["constant"], mse["our CNN"])})

# %% [markdown]
# **"We enhance the pre-trained SIGGRAPH17 model"** (abstract) and **"we train the backbone model (SIGGRAPH17) with 30
# epochs and 8 batch size on our dataset"** (section 4). Was it trained from scratch, or were the released weights
# trained further? Figure 2 calls it "a simplified SIGGRAPH". Three descriptions of one base; its score of 78.8
# means something else under each. When you read a paper, look for the sentence that would let you rebuild the
# baseline. Here it is missing.
#
# ## Play: base and truth, one slider
#
# Move the line: left of it the base's guess, right of it the truth.

# %%
sides = [plots.joined(sharp_L[:1], x[:1])[0] for x in (base, sharp_ab)]
widgets.before_after(*sides, ("base", "truth"))

# %% [markdown]
# ## What to remember
#
# - Squared error asks for the mean of all colours that L leaves possible. Where they differ, the mean is grey.
# - The part of the error that stays is their variance: no training removes it, only more information does.
# - How pale it will be can be computed before training: the chroma of the mean colour over the mean chroma.
# - Classification keeps the colours apart until the end: soft targets and cross entropy to learn, the annealed mean to
#   decide. A colour far from the mean is paid for in squared error. The absolute error asks for medians, and greys too.
# - SIGGRAPH17 is a U-shaped regression with inputs for hints. An input that is always zero in training is not learnt.
# - A baseline without a description cannot be repeated, and a comparison with it proves little.

# %% [markdown]
# ## Three questions
#
# <details><summary>1. A network with infinite capacity is trained with squared error on infinitely many portraits.
# Will it colour coats vividly?</summary>
#
# Only where L tells their colour. Elsewhere it learns the exact mean of all possible coats, which is pale. Size
# and data bring it closer to that mean, not beyond it.
#
# </details>
#
# <details><summary>2. Method A has lower MSE than B, and B is more colourful. Which is better?</summary>
#
# The numbers do not say. B may have guessed colours (vivid, often wrong), A may have played safe. Look at where
# they differ, at the distance of colourfulness to the truth's, and ask what the pictures are for.
#
# </details>
#
# <details><summary>3. Why does SIGGRAPH17 need the mask, when hints without a colour are zero anyway?</summary>
#
# Zero is a colour: grey. Without the mask, "make this grey" and "nothing said here" would look the same.
#
# </details>
