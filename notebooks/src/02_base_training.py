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
# **Time and memory:** half an hour to read; what running it takes stands beside the link to Colab.
# **Read before:** [lesson 01](01_data_prep.ipynb). Words: [glossary](glossary.md).

# %%
import inspect
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import Image, Markdown, display
from torch import nn
from tqdm.auto import trange

from colorlib import Colorizer, color, methods, metrics, models, portraits, weights
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.methods import Stage
from colorlib.show import plots, widgets
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
shown = [color.show(L[:1], x)[0] for x in (0 * ab[:1], base[:1], ab[:1])]
plots.picture_row(shown, ["given: L alone", "the base's guess", "the truth"])

# %% [markdown]
# The base gets the grey portrait alone. Four portraits more, in blocks: what it sees, its guess, the truth.


# %%
def gallery(L, guesses, count=4):
    """{name: ab' (B, 2, H, W)} as blocks of the first portraits, side by side, each with its name below."""
    blocks = []
    for ab in guesses.values():
        blocks.append(plots.sheet(color.show(L[:count], ab[:count]), columns=2))
    shown = plots.captioned_row(blocks, guesses, side=blocks[0].shape[0])
    alt = f"The same {count} portraits in each block: {', '.join(guesses)}"
    return Image(plots.array_to_png(shown), width=2 * shown.shape[1], alt=alt)


gallery(L[1:], {"grey": 0 * ab[1:], "base": base[1:], "truth": ab[1:]})

# %% [markdown]
# ## Squared error looks for the middle
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
plot

# %%
chroma_of_best, chroma_of_rust, chroma_of_teal = (x.norm().item() for x in (answers[best], rust, teal))
Markdown(
    f"The error is smallest {way[best]:.0%} of the way, at a = {answers[best][0]:.0f}, b = {answers[best][1]:.0f}. "
    f"Its *chroma*, the distance from grey `√(a² + b²)`, is {chroma_of_best:.0f}; rust has {chroma_of_rust:.0f} and "
    f"teal {chroma_of_teal:.0f}. No coat has this colour. It is the one answer that is never far wrong."
)

# %% [markdown]
# This is no accident of our two colours. For any random colour `y` and any answer `x`
#
# `E(x − y)² = (x − mean of y)² + variance of y`
#
# The second part does not depend on the answer. The first is zero when the answer is the mean. So a network
# trained with squared error learns the *mean* of all colours that its input leaves possible, and the mean of
# different colours is greyer than they are. The part that remains, the variance, no training can remove.

# %%
both = torch.stack([rust, teal])
variance = both.var(dim=0, correction=0).sum()
torch.testing.assert_close(answers[best], both.mean(dim=0))
torch.testing.assert_close(error[best], variance)
print(f"lowest expected error {error[best]:.0f} = variance of the two colours {variance:.0f}")

# %% [markdown]
# ## A CNN, trained with squared error
#
# A *CNN* (convolutional neural network) looks at small windows of the picture, layer after layer. colorlib's `CNN`
# shrinks the picture three times, so that late layers see wide surroundings, and enlarges it again.
#
# Let the network draw itself. A *hook* is a function that PyTorch calls whenever a module has run; ours notes the
# shape that came out. Each bar is a layer, its height is the side of the picture there (doubling from line to line),
# and above it stand channels (`ch`) and learnt numbers.


# %%
def shapes_of(blocks, net, *inputs):
    """[(name, channels, side, parameters)] of the named blocks, in the order in which they run."""
    seen = []
    for name, block in blocks:
        note = lambda m, _, out, name=name: seen.append((name, *out.shape[1:3], models.parameters(m)))  # noqa: E731
        block.register_forward_hook(note)
    net(*inputs)
    return seen


def draw(axes, table, skips=()):
    """Bars for `shapes_of`; a dashed arrow for each (from, to) in skips."""
    names, sides = [name for name, *_ in table], [side for _, _, side, _ in table]
    axes.bar(names, sides, color="0.85", ec="0.3", lw=0.6)
    for i, (_, channels, side, count) in enumerate(table):
        size = f"{count / 1e6:.2f} M" if count >= 1e5 else f"{count:,}"
        axes.text(i, side, f" {channels} ch\n{size}", ha="center", va="bottom", fontsize=7)
    for start, end in skips:
        places = [(names.index(name), 0.8 * sides[names.index(name)]) for name in (end, start)]
        axes.annotate("", *places, arrowprops={"arrowstyle": "->", "ls": "--", "color": "0.2"})
    axes.tick_params(axis="x", labelrotation=35, labelsize=7)
    axes.set_yscale("log", base=2)
    axes.set(ylabel="side in pixels", ylim=(min(sides) / 2, 2.3 * max(sides)))
    ticks = sorted({side for side in sides if side & (side - 1) == 0})  # powers of two: others would overlap
    axes.set_yticks(ticks, ticks)


# %%
with torch.device("meta"):  # shapes without memory and without computing
    sketch, picture = models.build("cnn"), torch.zeros(1, 1, 64, 64)
convolutions = [m for m in sketch.net if isinstance(m, nn.Conv2d)]
table = shapes_of([(f"conv {i}", m) for i, m in enumerate(convolutions, 1)], sketch, picture)
plot = plots.Plot(8, 2.9, "CNN, side after each convolution: " + ", ".join(f"{n} {s}" for n, _, s, _ in table))
draw(plot.subplots(), table)
plot

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
gallery(L, {"our CNN": by_cnn, "truth": ab})

# %% [markdown]
# The drawn portraits come with *masks*: which pixel is skin, lips, eyes, hair, clothes, background. So we can ask
# where the CNN is pale.
#
# Skin has one family of colours. Clothes come in any colour, and L does not say which.
#
# **Before you run this:** which loses more of its chroma under squared error, skin or clothes?

# %%
indices = [int(key.split("/")[1]) for key in val.keys]  # "portraits/7" -> 7
_, regions = portraits.draw_batch(indices, size=shipped.size, masks=True)  # (N, H, W), indices into REGIONS


def chroma_by_region(ab):
    """Mean chroma in ab units of each region."""
    chroma = 110 * ab.norm(dim=1).numpy()  # (N, H, W)
    return {name: chroma[regions == i].mean().item() for i, name in enumerate(portraits.REGIONS)}


chromas = {"truth": chroma_by_region(ab), "our CNN": chroma_by_region(by_cnn)}
plots.region_bars(chromas, label="mean chroma, ab units")

# %%
kept = {name: chromas["our CNN"][name] / chromas["truth"][name] for name in portraits.REGIONS}
loser = "clothes" if kept["clothes"] < kept["skin"] else "skin"
colourful = {"truth": metrics.colorfulness(color.show(L, ab)).mean()}
colourful["our CNN"] = metrics.colorfulness(color.show(L, by_cnn)).mean()
Markdown(
    f"Of the true chroma our CNN keeps {kept['skin']:.0%} on skin and {kept['clothes']:.0%} on clothes: {loser} keep"
    f"{'' if loser == 'clothes' else 's'} less. Over whole pictures its *colourfulness* (Hasler and Süsstrunk 2003; "
    f"0 is grey) is {colourful['our CNN']:.0f}, and the truth's is {colourful['truth']:.0f}. This CNN was trained for "
    "seconds only; a longer training learns skin and surroundings better, but the mean of all coats stays grey."
)

# %% [markdown]
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
# `q = p^(1/T) / Σ p^(1/T)`, colour = `Σ q · centre`
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
plot

# %%
at = {T: (annealed_colour(p, T), int(np.argmin(np.abs(np.array(temperatures) - T)))) for T in (1.0, 0.38, 0.02)}
swatch = torch.stack([torch.cat([torch.tensor([50.0]), c]) for c, _ in at.values()])[:, :, None, None]
tiles = color.to_uint8(color.lab_to_rgb(swatch.expand(-1, -1, 40, 90)))
captions = [f"T = {T}: chroma {c.norm():.0f}, error {error_at[i]:.0f}" for T, (c, i) in at.items()]
plots.picture_row(list(tiles), [caption.replace(": ", "\n") for caption in captions])

# %%
more, dearer = (x[at[0.38][1]] / x[-1] - 1 for x in (chroma_at, error_at))
Markdown(
    f"Against the plain mean (T = 1), the annealed mean at T = 0.38 changes the chroma by {more:+.0%} and the expected "
    f"squared error by {dearer:+.0%}. The squared error cannot fall below that of the mean: **what makes a colour more "
    "vivid than the mean is paid for in squared error.** Keep this in mind when a method claims to be both "
    "more vivid and closer by MSE."
)

# %% [markdown]
# One more idea of that paper: *class rebalancing*. Most pixels are nearly grey, so a network can do well by saying
# grey. Rare colours therefore get a larger weight in the loss: `w = 1 / (½ p + ½ / Q)`, scaled so that the mean
# weight over all pixels is 1. (Zhang et al. also smooth `p`, and so does
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
# colorlib has such a network (`models/eccv16.py`); the released one has 313 bins and 32,236,011 parameters. We train a
# small one in a moment, beside the next idea.
#
# ## pix2pix: a second network as the judge
#
# A *GAN* (generative adversarial network) trains two networks against each other. In **pix2pix** (Isola et al. 2017)
# the *generator* `G` colours; it is a *U-Net*, which shrinks the picture, enlarges it again, and hands what it saw at
# each scale across. The *discriminator* `D` sees a picture and says, for each patch of 70 by 70 pixels, whether it
# looks real ("PatchGAN"). Their losses:
#
# - `D`: half of `BCE(D(truth), 1) + BCE(D(G(L)), 0)`: tell real from coloured. `BCE` is the usual loss for yes or no.
# - `G`: `BCE(D(G(L)), 1) + 100 · |G(L) − truth|`: fool the judge, and stay near the truth.

# %%
from colorlib.models.pix2pix import PatchDiscriminator

with torch.device("meta"):
    G, D, picture = models.build("pix2pix"), PatchDiscriminator(), torch.zeros(1, 1, 256, 256)
    downs, ups = [[(f"{word} {i}", m) for i, m in enumerate(part, 1)] for word, part in (("down", G.encoder),
                  ("up", G.decoder))]  # fmt: skip
    of_G = shapes_of([*downs, *ups, ("head", G.head)], G, picture)
    judging = [m for m in D.net if isinstance(m, nn.Conv2d)]
    of_D = shapes_of([(f"conv {i}", m) for i, m in enumerate(judging, 1)], D, picture, picture.expand(-1, 2, -1, -1))
plot = plots.Plot(11, 3.3, "pix2pix for 256 pixels: the generator, a U with arrows across, and the discriminator")
left, right = plot.subplots(1, 2, width_ratios=[2, 1])
draw(left, of_G, skips=[(f"down {i}", f"up {5 - i}") for i in range(1, 5)])
draw(right, of_D)
left.set(title="generator G")
right.set(title="discriminator D")
plot

# %% [markdown]
# The counterpart of the paper's Figure 3, "GAN Architecture". The dashed arrows are what the U-Net hands across; the
# discriminator ends in one number a patch.
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
# ### Three ways to learn, side by side
#
# Three small networks, the same pictures, the same number of epochs: squared error (our CNN's architecture again),
# classification with the annealed mean, and pix2pix. They differ in architecture too, as the published methods do.
#
# **Before you run this:** which of the three will have the lowest MSE, and which the highest colourfulness?

# %%
ways = {"squared error": ("cnn", {}, 2e-3), "classification": ("eccv16", {"width": P.width}, 2e-3)}
ways["pix2pix"] = ("pix2pix", {"channels": 16, "levels": 4}, 1e-3)
small_truth = color.show(*val_small.batch(range(VAL)))
compared, rival_history = [], []
for name, (part, settings, lr) in ways.items():
    torch.manual_seed(0)
    net = {part: models.build(part, **settings)}
    learns = methods.find(part).stages[0]  # by which step and loss: methods.py
    stage = replace(learns, name=name, epochs=2 * EPOCHS, lr=lr)
    rival_history += fit(stage, net, train_small, val_small, batch=P.batch)
    with torch.no_grad():
        small_L, small_ab = val_small.batch(range(VAL))
        result = color.show(small_L, net[part].eval().cpu()(small_L))
    found = {"mse": metrics.mse(small_truth, result).mean(), "colorfulness": metrics.colorfulness(result).mean()}
    compared.append({"method": name, "parameters": models.parameters(net[part])} | found)

# %%
plot = plots.Plot(9, 3, "Validation MSE over the epochs of the three, and pix2pix's two losses over its epochs")
left, right = plot.subplots(1, 2)
for name, line, marker in zip(ways, plots.LINES, plots.MARKERS):  # noqa: B905
    mine = [row for row in rival_history if row["stage"] == name]
    left.plot([r["epoch"] for r in mine], [r["val_mse"] for r in mine], ls=line, marker=marker, ms=4, label=name)
left.set(xlabel="epoch", ylabel="validation MSE", yscale="log")
left.legend()
of_gan = [row for row in rival_history if row["stage"] == "pix2pix"]
for term, word, line in (("adversarial", "G: fool the judge", "-"), ("discriminator", "D: tell them apart", "--")):
    right.plot([r["epoch"] for r in of_gan], [r[term] for r in of_gan], ls=line, color="black", label=word)
right.set(xlabel="epoch", ylabel="loss of G and of D", title="pix2pix")
right.legend(loc="center right")
plot

# %%
lines = ["| way | parameters | MSE | colourfulness |", "|---|---|---|---|"]
for row in compared:
    lines.append(f"| {row['method']} | {row['parameters']:,} | {row['mse']:.0f} | {row['colorfulness']:.0f} |")
lines.append(f"| truth | | | {metrics.colorfulness(small_truth).mean():.0f} |")
best_mse, most_vivid = min(compared, key=lambda r: r["mse"]), max(compared, key=lambda r: r["colorfulness"])
lines.append(f"\nLowest MSE: **{best_mse['method']}**. Most colourful: **{most_vivid['method']}**.")
Markdown("\n".join(lines))

# %% [markdown]
# These trainings take seconds, so the order is a demonstration and no ranking: none of the three is near what it could
# reach, so the price of vividness in squared error does not bind them yet. Look at two things that longer
# trainings show as well: whether pix2pix's validation error goes on falling while its judge gets better and better
# (the paper calls GANs "unstable"), and what an epoch costs with two networks ("high computational costs"). `python
# -m colorlib train --rivals eccv16 gan --out runs/rivals` trains both properly, with the same pictures as the base.

# %% [markdown]
# pix2pix measures distance by `|x − y|` (L1), not by its square. Suppose now that 60 % of the coats are rust and
# 40 % teal.
#
# **Before you run this:** squared error answers with 60 % rust in the mixture. What does the absolute error answer?


# %%
def absolute(d):
    return d.norm(dim=-1)


plot = plots.Plot(7, 3, "Expected squared and absolute error from rust to teal with 60 % rust, each scaled to 1")
axes = plot.subplots()
for name, measure, line in (("squared error (L2)", squared, "-"), ("absolute error (L1)", absolute, "--")):
    e = expected(measure, share_of_rust=0.6)
    axes.plot(way, e / e.max(), ls=line, color="black", label=f"{name}: lowest at {way[e.argmin()]:.2f}")
axes.set(xlabel="answer: from rust (0) to teal (1)", ylabel="expected error, scaled")
axes.legend()
plot

# %%
lowest = {measure.__name__: way[expected(measure, 0.6).argmin()].item() for measure in (squared, absolute)}
print(f"squared error answers at {lowest['squared']:.2f} of the way, absolute error at {lowest['absolute']:.2f}")

# %% [markdown]
# The absolute error is smallest at the *median*: the majority's colour, unmixed. So L1 alone already greys less
# than squared error. (At exactly half and half, every answer on the way would be equally good.)

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
# Is it the released network? Count the numbers that it learns. The released file holds 34,187,027.

# %%
with torch.device("meta"):  # shapes without memory: enough for counting
    full = models.SIGGRAPH17()
print(f"{models.parameters(full):,} parameters at width 1, {models.parameters(shipped.parts['base']):,} in our base")
assert models.parameters(full) == 34_187_027

# %% [markdown]
# The same drawing as above. The U that gave such networks their name is easy to see; the dashed arrows are the
# encoder's outputs, added on the way up.

# %%
table = shapes_of(list(full.named_children()), full, torch.zeros(1, 1, 256, 256, device="meta"))
plot = plots.Plot(11, 3.9, "Side of the picture after each block of SIGGRAPH17: a U, from 256 down to 32 and up again")
short = [name for name, *_ in table if "short" in name]  # e.g. model3short8: from model3, added before model8
draw(plot.subplots(), table, skips=[(name.split("short")[0], name) for name in short])
plot

# %%
bottom = sum(count for _, _, side, count in table if side == 32)
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
plots.score_bars(rows, label="MSE (8-bit RGB, L kept); whiskers: 95 % interval")


# %%
def versus(name, rival):
    """How the MSE of `name` compares with its rival's, with the interval of the difference."""
    value, low, high = metrics.paired_bootstrap(mse[rival], mse[name])
    verdict = "excludes zero" if low * high > 0 else "includes zero, so these pictures cannot tell"
    interval = f"{0 - high:+.0%} to {0 - low:+.0%}"  # 0 - x, so that no minus stands before a zero
    return f"{name} against {rival}: MSE {0 - value:+.0%} (95 % interval {interval}, which {verdict})."


Markdown("\n".join(f"- {versus(*pair)}" for pair in (("our SIGGRAPH17", "constant"), ("shipped base", "constant"))))

# %%
gallery(L, {"our CNN": by_cnn, "ours": guesses["our SIGGRAPH17"], "shipped": base, "truth": ab})

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
pictures = {"no hint": plain, "the hint": hints, "with the hint": hinted}
tiles = [color.show(L[:1], x)[0] for x in pictures.values()]
plots.describe(plots.captioned_row(tiles, pictures, side=192), "A portrait: " + ", ".join(pictures))

# %%
Markdown(
    f"At the hint the colour moved {abs(towards):.0f} ab units {'towards' if towards > 0 else 'away from'} the hinted "
    f"red, whose chroma is {110 * hints[spot].norm(dim=1).mean():.0f}. Over the whole picture it moved by "
    f"{change.mean():.1f} on average."
)

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
# hints, often none at all. Lesson 07 comes back to hints.
#
# ## The released weights
#
# Where the authors' file has been fetched, the next cell colours with it (136 MB; nothing is downloaded unasked).

# %%
if weights.find("siggraph17"):
    released = Colorizer.load("siggraph17")
    by_released = colour(released.parts["siggraph17"], L[:6], side=128)
    shown = gallery(L[:6], {"released": by_released, "truth": ab[:6]})
else:
    shown = "Not here. To get it, run in a terminal:  python -m colorlib fetch siggraph17"
shown

# %% [markdown]
# ## The paper says / we found
#
# **"CNN-based models trained with pixel-wise losses tend to produce desaturated or overly smooth outputs"**
# (introduction). The cell compares colourfulness with the truth's.

# %%
full_colour = metrics.colorfulness(truth).mean()
for row in rows:
    share_kept = row["colorfulness"] / full_colour
    print(f"{row['method']:<16} colourfulness {row['colorfulness']:5.1f}, {share_kept:4.0%} of the truth's")

# %% [markdown]
# SIGGRAPH17 as trained here has a pixel-wise loss as well: the sentence is about the loss, not about being a CNN.
#
# **GANs "bring the problem of unstable colorization and high computational costs"** (introduction). Our small trial:

# %%
cost = {s: np.mean([row["seconds"] for row in rival_history if row["stage"] == s]) for s in ways}
print("the largest rise of the validation MSE above its best so far:")
for name in ways:
    curve = np.array([row["val_mse"] for row in rival_history if row["stage"] == name])
    print(f"  {name:<14} {(curve / np.minimum.accumulate(curve)).max() - 1:.0%}")
print(f"seconds an epoch: {cost['pix2pix'] / cost['squared error']:.1f} times the CNN's; used, it is one network again")

# %% [markdown]
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
Markdown(f"On drawn portraits: {versus('our CNN', 'constant')}")

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
sides = [color.show(L[:1], x[:1])[0] for x in (base, ab)]
widgets.before_after(*sides, ("base", "truth"))

# %% [markdown]
# ## Exercises
#
# **Exercise 2.1** · difficulty ●●○ · importance ●●● · 10 minutes
#
# Write the annealed mean for a whole batch. A network gives *logits* `z (B, Q, H, W)`: numbers of any size, one for
# each of the Q bins, whose softmax over the bins is the probability. `centres (Q, 2)` are the bins' colours.
# Return `(B, 2, H, W)`. On a ramp from one bin to another it should give the three strips below.
#
# <details><summary>Hint</summary>
#
# `p^(1/T) / Σ p^(1/T)` of a softmax is the softmax of `z / T`. For the sum over bins, `torch.einsum` with
# `"bqhw,qc->bchw"`.
#
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def strips(mean, word):
    two = torch.stack([rust, teal])  # two bins; from left to right the second gets likelier
    odds = torch.linspace(-4, 4, 120).view(1, 1, 1, -1).expand(1, 1, 40, -1)
    z = torch.cat([-odds / 2, odds / 2], dim=1)
    made = [color.lab_to_rgb(torch.cat([torch.full_like(odds, 60), mean(z, two, T)], dim=1)) for T in (1.0, 0.38, 0.05)]
    return plots.picture_row([color.to_uint8(x)[0] for x in made], [f"{word}\nT = {T}" for T in (1.0, 0.38, 0.05)])


strips(colorlibs_annealed_mean, "expected")


# %%
def annealed_mean(logits, centres, T):
    raise NotImplementedError("exercise 2.1")


if checks.annealed_mean(annealed_mean):
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

# %% [markdown]
# **Exercise 2.2** · difficulty ●○○ · importance ●●○ · 5 minutes
#
# How many numbers does a convolution learn? It has a `k` × `k` window on `c_in` channels for each of `c_out` outputs,
# and one constant (*bias*) for each output. For the layers of our CNN it should give the bars below.
#
# <details><summary>Hint</summary>
#
# Print `nn.Conv2d(4, 64, 3).weight.shape` and `.bias.shape`.
#
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def layer_bars(count, word):
    rows = []
    for m in convolutions:
        c_in, c_out, k = m.in_channels, m.out_channels, m.kernel_size[0]
        rows.append({"method": f"{c_in} to {c_out}, {k} x {k}", "mse": count(c_in, c_out, k)})
    return plots.score_bars(rows, label=f"{word}: learnt numbers of each convolution of our CNN")


def by_pytorch(c_in, c_out, k):
    return models.parameters(nn.Conv2d(c_in, c_out, k))


layers = [{"c_in": 4, "c_out": 64, "k": 3}, {"c_in": 128, "c_out": 2, "k": 1}]
variants = {
    checks.judging.RIGHT: by_pytorch,
    "the biases are missing": lambda c_in, c_out, k: nn.Conv2d(c_in, c_out, k).weight.numel(),
    "k, where k times k is wanted": lambda c_in, c_out, k: models.parameters(nn.Conv1d(c_in, c_out, k)),
}
layer_bars(by_pytorch, "expected")


# %%
def conv_parameters(c_in, c_out, k):
    raise NotImplementedError("exercise 2.2")


if checks.judging.judge("conv_parameters", conv_parameters, layers, variants):
    display(layer_bars(conv_parameters, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def conv_parameters(c_in, c_out, k):
#     return c_out * (c_in * k * k + 1)
# ```
#
# </details>

# %% [markdown]
# ## What to remember
#
# - Squared error asks for the mean of all colours that L leaves possible. Where they differ, the mean is grey.
# - The part of the error that stays is their variance: no training removes it, only more information does.
# - Classification keeps the colours apart until the end; the annealed mean then buys chroma with squared error.
# - SIGGRAPH17 is a U-shaped regression with inputs for hints. An input that is always zero in training is not learnt.
# - A baseline without a description cannot be repeated, and a comparison with it proves little.
#
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
