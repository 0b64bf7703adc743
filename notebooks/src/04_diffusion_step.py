# %% [markdown]
# # 04 · The diffusion step
#
# The paper's second stage takes the base model's colours, covers them with a measured amount of noise,
# looks once and corrects once. This lesson builds that step, its loss and its training, and asks what the
# noise is good for.
#
# **After this lesson you can**
#
# - write a noise schedule, and say what noise of step `t` does to colours of a given size;
# - say what each of the paper's six loss terms measures, and which of them do not do what they are for;
# - train a refiner for a few epochs, read its loss curve, and judge whether noise helped;
# - tell noise on a guess from noise on the truth, and say where a walk from noise to colours decides the tint.
#
# **Time and memory:** 50 minutes to read; what running it takes stands above.
# **Read before:** lessons [02](02_base_training.ipynb) (the base) and [03](03_color_prior.ipynb) (the colour prior).
# Words: [glossary](glossary.md).

# %%
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from tqdm.auto import tqdm

from colorlib import color, diffusion, losses, metrics, models
from colorlib.color import AB_SCALE
from colorlib.colorize import Colorizer, picture_noise
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.methods import Stage
from colorlib.models.enhanced_unet import received_attention
from colorlib.portraits import draw
from colorlib.prior import color_prior
from colorlib.show import own, plots, verdicts, widgets
from colorlib.show.answers import answer
from colorlib.training.fit import fit
from colorlib.training.run import find_vgg
from colorlib.training.schedule import preset
from colorlib.training.steps import T_MAX
from colorlib.training.validation import predictor

# %%
P = preset()  # the sizes: COLORLIB_PRESET, "lesson" unless set
source = own.source("train", "val")  # COLORLIB_DATA, the drawn portraits unless set
colorizer = Colorizer.load("portraits" if source == "portraits" else "faces", device="cpu")
strip = widgets.t_strip(colorizer, draw(19, size=192).rgb, ts=(0, 20, 50))
plots.describe(strip, "Base colours under growing noise, and the one-step result of each")

# %% [markdown]
# Upper row: the base's colours under more and more noise; this is what the second network, the **refiner**, sees.
# Lower row: what it makes of them in one step. What `t` means, and how the step works, is taken apart below.
#
# ## The pictures of this lesson
#
# We take pictures that no training has used, let the base colour them, and keep three things in model units
# (lesson 01): the lightness `L`, the true colours `ab`, and the base's colours `ab_base`.

# %%
torch.manual_seed(0)  # the same random numbers in every run
refiner = colorizer.parts["refiner"]
n = min(P.val_images or 80, 80)
val_set = datasets.load(source, "val", size=colorizer.size, count=n)
L, ab = val_set.batch(range(len(val_set)))
ab_base = colorizer.predict(L, "base")["ab"]
noise = picture_noise(ab_base, seed=0)
light, _ = datasets.load(source, "val", size=192, count=3).batch(range(min(3, len(L))))  # L of the first three, larger

# %% [markdown]
# ## 1 · Covering colours with noise
#
# Take a number that matters and mix it with a random one. If the two mixing factors are $\sqrt{k}$ and $\sqrt{1-k}$,
# the squares add up to one: what the picture loses in variance, the noise gains. `k` is the share of the picture that
# is *kept*: `k = 1` is the picture alone, `k = 0` is noise alone.

# %%
for k in (1.0, 0.9, 0.5, 0.0):
    mixed = k**0.5 * torch.randn(10_000) + (1 - k) ** 0.5 * torch.randn(10_000)
    print(f"k = {k:.1f}: variance of the mix {mixed.var():.2f}")

# %% [markdown]
# A **noise schedule** says how fast `k` falls. Step 1 keeps $1 - \beta_1$ of what was there, step 2 keeps $1 - \beta_2$
# of that, and so on: after `t` steps the product of these is left. Ho et al. (2020) let $\beta$ grow evenly from 0.0001
# to 0.02 over 1000 steps and call the product $\bar\alpha$ ("alpha bar", in code `alpha_bar`).

# %% tags=["derive"]
beta = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
kept = [torch.tensor(1.0, dtype=torch.float64)]  # t = 0: nothing has happened yet
for b in beta:
    kept.append(kept[-1] * (1 - b))
alpha_bar = diffusion.noise_schedule("linear")
torch.testing.assert_close(torch.stack(kept).float(), alpha_bar)
print(f"the same {len(kept)} numbers as colorlib's; ᾱ at t = 50 is {kept[50]:.4f}, at t = 1000 {kept[1000]:.5f}")

# %% [markdown]
# Because variances add, `t` small steps can be done as one:
#
# $$x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\; \mathrm{noise}$$
#
# The literature calls this `q_sample`. For one `t` it is one line:

# %% tags=["derive"]
t = 50
x_t = kept[t].sqrt().float() * ab_base + (1 - kept[t]).sqrt().float() * noise
torch.testing.assert_close(x_t, diffusion.q_sample(ab_base, torch.full((len(L),), t), noise, alpha_bar))

# %% [markdown]
# ## 2 · How much noise is much?
#
# There are two well-known schedules: this linear one, and a *cosine* one (Nichol & Dhariwal 2021) that
# starts more gently. The solid lines are the factor before the picture, the dashed ones the factor before
# the noise.

# %%
schedules = {name: diffusion.noise_schedule(name) for name in ("linear", "cosine")}
plots.schedule_curves(schedules)

# %% [markdown]
# Both were made for RGB pictures scaled to [−1, 1]. Colours in model units are much smaller than that.
#
# **Before you run this:** at which of the 1000 steps is the noise as large as the colours themselves?

# %%
size = ab_base.square().mean().sqrt()
with answer():
    print(f"a typical colour of the base: {size:.3f} in model units, {AB_SCALE * size:.0f} in ab units")
    drowned = {}  # name: the first t at which the noise is as large as what is left of the colour
    for name, k in schedules.items():
        drowned[name] = int((((1 - k) / k).sqrt() >= size).nonzero()[0])
        print(f"{name:>7}: noise is as large as colour from t = {drowned[name]}")
    rest = [f"{diffusion.T - t} ({name})" for name, t in drowned.items()]
    print(f"so of {diffusion.T} steps {' and '.join(rest)} are spent where noise is larger than colour")

# %% [markdown]
# > **Catch 4** · "`t` can be set freely", says the paper, and names neither schedule nor number of steps nor the range
# > of `t`: without them a `t` means nothing. *The kit has both schedules, by name, with 1000 steps; its refiner meets
# > `t` up to 50 in training.*
#
# One thing softens the blow. The noise is drawn for each pixel on its own, and colours are smooth:
# neighbours share them. Whoever averages over a small square gets most of the colour back.

# %%
error = (x_t / kept[t].sqrt().float() - ab_base).square().mean().sqrt()
smooth = F.avg_pool2d(x_t / kept[t].sqrt().float(), 8) - F.avg_pool2d(ab_base, 8)
print(f"t = {t}: a pixel is off by {AB_SCALE * error:.1f} ab units,")
print(f"the mean of 8 × 8 pixels by {AB_SCALE * smooth.square().mean().sqrt():.1f}")

# %% [markdown]
# ## 3 · One step, one correction
#
# The refiner (the paper's **enhanced U-Net**) is a network that looks at the lightness and the noised
# colours and answers with a **residual**: what to add to the base's colours. The whole model:
#
# ```
#           L
#           │
#         base
#           │
# ┌────── ab_base ──────┐
# │         │           │
# │   noise of step t   │
# │         │           │
# │  [L, noised ab]  prior P
# │         │           │
# │      refiner ◄──────┘
# │         │
# │      residual
# │         │
# └───────► +
#           │
#       ab_final
# ```
#
# And the refiner as it is: we let it colour one picture, and note the shape that comes out of each of its blocks.


# %%
def blocks_of(net):
    levels = len(net.encoder)
    downs = [(f"down {i}", block) for i, block in enumerate(net.encoder, 1)]
    ups = [(f"up {levels - i}", block) for i, block in enumerate(net.decoder)]  # up 1 meets what down 1 saw
    bottom = [(f"bottom {i}", block) for i, block in enumerate(net.bottleneck, 1)]
    return [("stem", net.stem), *downs, *bottom, *ups, *(("attention", a) for a in net.attend), ("head", net.head)]


def shapes_of(net, *inputs):
    """[(name, channels, side, what comes in or is done there)] in the order in which the blocks run."""
    extra = {"bottom 1": "+ t and P", "attention": "lesson 05"}
    seen, hooks = [], []
    for name, block in blocks_of(net):
        note = lambda _, __, out, name=name: seen.append((name, *out.shape[1:3], extra.get(name, "")))  # noqa: E731
        hooks.append(block.register_forward_hook(note))
    with torch.no_grad():
        net(*inputs)
    for hook in hooks:
        hook.remove()
    return seen


# %%
table = shapes_of(refiner, L[:1], ab_base[:1], torch.tensor([20]), color_prior(ab_base[:1]))
across = [(f"down {level}", f"up {level}") for level in range(1, len(refiner.encoder) + 1)]
plots.architecture(table, across, "The refiner: " + ", ".join(f"{name} {side} px" for name, _, side, _ in table))

# %% [markdown]
# The counterpart of the paper's Figure 2, drawn from the model: boxes with their channels and sides. Dashed arrows:
# what the U-Net hands across. White boxes: where `t` and the prior come in, and the attention of lesson 05. With `t`
# and the colour prior as side information, the whole step is four lines:


# %% tags=["derive"]
def one_step(net, L, ab_base, t, prior, noise, kept):
    ab_noisy = kept[t].sqrt() * ab_base + (1 - kept[t]).sqrt() * noise
    residual = net(L, ab_noisy, torch.full((len(L),), t), prior)
    return (ab_base + residual).clamp(-1, 1), residual


# %% [markdown]
# Look closely at the last line: the residual is added to the *clean* base, not to the noised one. The noise
# is something that the network must see through; it never enters the result directly. `clamp` keeps colours
# within 110 ab units. colorlib's `correct_once` does the same:

# %%
prior = color_prior(ab_base)
with torch.no_grad():
    mine, _ = one_step(refiner, L, ab_base, 20, prior, noise, alpha_bar)
    theirs, residual = diffusion.correct_once(refiner, L, ab_base, 20, prior, noise, alpha_bar)
torch.testing.assert_close(mine, theirs)
print(f"typical residual: {AB_SCALE * residual.square().mean().sqrt():.1f} ab units")

# %% [markdown]
# **One pixel by hand.** The live page of the kit's site shows this arithmetic for the pixel under the pointer. Two
# products and a sum make what the refiner sees; one more sum makes the result, and with the given L that is a colour on
# the screen. Only the residual is not computed from this pixel alone: it is what the network makes of the whole
# picture.

# %% tags=["derive"]
row, column, k = colorizer.size // 2, colorizer.size // 3, alpha_bar[20].item()
point = []
for c, name in enumerate("ab"):
    start, drawn, added = (x[0, c, row, column].item() for x in (ab_base, noise, residual))
    seen, final = k**0.5 * start + (1 - k) ** 0.5 * drawn, start + added
    print(f"{name}, ab units: noised {k**0.5:.3f} × {110 * start:.1f} + {(1 - k) ** 0.5:.3f} × {110 * drawn:.1f} = "
          f"{110 * seen:.1f}; result {110 * start:.1f} {110 * added:+.1f} = {110 * final:.1f}")  # fmt: skip
    point.append(110 * final)
lightness = 100 * L[0, 0, row, column].item() + 50
rgb = color.lab_to_rgb(torch.tensor([lightness, *point]).view(1, 3, 1, 1)).clamp(0, 1)
print(f"with L = {lightness:.0f} that is red, green, blue {(255 * rgb).round().flatten().int().tolist()}")
np.testing.assert_allclose(color.show(L[:1], theirs[:1])[0, row, column], 255 * rgb.flatten(), atol=1)

# %% [markdown]
# > **Catch 5** · **Is L an input?** The paper writes that the U-Net "takes the base prediction result with diffusion
# > noise added as the input". Taken literally it would see only the two right pictures below (a and b under noise),
# > and could not tell a mouth from a wall. *The kit's refiner sees [L, noised ab].*
#
# It also writes that the U-Net predicts "the residual or noise": two different tasks. Its loss settles for the
# residual.

# %%
print("input channels:", refiner.stem.in_channels // refiner.shrink**2)  # shrink folds 2 x 2 pixels into channels
zero = torch.zeros_like(L[:1])
x = diffusion.q_sample(ab_base[:1], torch.tensor([50]), noise[:1], alpha_bar)
only_a, only_b = (x * torch.tensor(keep).view(1, 2, 1, 1) for keep in ((1.0, 0.0), (0.0, 1.0)))
planes = [plots.joined(light[:1], 0 * x)[0], *(color.show(zero, one)[0] for one in (only_a, only_b))]
plots.picture_row(planes, ["L", "a, noised (t = 50)", "b, noised (t = 50)"])

# %% [markdown]
# **A start that does no harm.** The last layer of a new refiner is set to zero. So its residual is exactly
# zero, and an untrained second stage returns the base's colours unchanged, whatever `t` is. Training can
# only move away from there.

# %%
fresh = models.build("enhanced_unet", channels=P.channels)
with torch.no_grad():
    ab_final, residual = diffusion.correct_once(fresh, L[:4], ab_base[:4], 50, prior[:4])
assert torch.equal(ab_final, ab_base[:4])
print(f"{models.parameters(fresh):,} parameters, and no change yet")

# %% [markdown]
# ## 4 · The loss: six terms
#
# | term | weight | formula in Table 1 | what the paper wants |
# |---|---|---|---|
# | residual | 0.35 | $\lVert R - (AB_{true} - AB_{base}) \rVert^2$ | the right correction |
# | output | 0.25 | $\lVert AB_{final} - AB_{true} \rVert^2$ | the right colours |
# | perceptual | 0.10 | $\lVert \phi(RGB) - \phi(RGB_{true}) \rVert^2$ | similar in the eyes of a network, VGG |
# | diversity | 0.10 | $\lVert AB_{final} - AB_{base} \rVert^2$ | "more vibrant outputs than the base" |
# | style | 0.10 | $\lVert G(RGB) - G(RGB_{true}) \rVert^2$ | similar textures |
# | attention | 0.10 | $\lVert AttnMap - ColorMag \rVert^2$ | look where colour is strong (lesson 05) |

# %% [markdown]
# φ are the inner maps of **VGG**, a network that was trained to name objects; G, the **Gram matrix**, holds
# how often its channels fire together, which describes texture without place. Without its trained weights
# (528 MB) the kit takes seeded random ones: fit to compare textures, ignorant of objects.

# %%
few = slice(0, 16)
vgg = find_vgg(P)
shape = refiner.attention_shape(colorizer.size, colorizer.size)
with torch.no_grad():
    ab_final, residual, attention = diffusion.correct_once(
        refiner, L[few], ab_base[few], 0, prior[few], return_attention=True
    )
    received = received_attention(attention, shape)
    total, terms = losses.total_loss(
        L[few], ab_final, residual, ab_base[few], ab[few], received, vgg=vgg, diversity="paper"
    )
    kits_own = losses.diversity_loss(ab_final, ab_base[few], ab[few], "vibrant")
torch.testing.assert_close(terms["diversity"], (ab_final - ab_base[few]).square().mean())  # the formula above
print(vgg.label)
for name, weight in losses.WEIGHTS.items():
    part = weight * terms[name] / total
    print(f"{name:>10}: value {terms[name]:.1e}, weight {weight:.2f}, {part:6.1%} of the total")
print(f"diversity in the form that the kit trains with (catch 2, below): {kits_own:.1e}")

# %% [markdown]
# Equal weights are not equal say: the terms live on different scales, and the paper does not give theirs (sums or
# means, ab in which units). The last column is a share of the *number*; how hard each term pulls at the colours is
# another question, which the mixer below shows beside it.
#
# Two of these lines by hand: the Gram matrix, and the weighted sum.

# %% tags=["derive"]
features = vgg(color.model_to_rgb(L[few], ab[few]))[0]  # (B, C, H, W): the first of four maps
B, C, H, W = features.shape
by_hand = torch.einsum("bchw,bdhw->bcd", features, features) / (C * H * W)  # which channels fire together
torch.testing.assert_close(by_hand, losses.gram(features))
torch.testing.assert_close(sum(losses.WEIGHTS[name] * value for name, value in terms.items()), total)

# %% [markdown]
# (Table 1 says that the style term keeps "consistency with the base", and its formula compares with the truth. The kit
# follows the formula.)
#
# **Two terms, one number.** Look at the first two values above.

# %%
gap = (terms["residual"] - terms["output"]).abs().item()
print(f"residual − output = {gap:.1e}")
print("They are the same number." if gap < 1e-7 else "They differ only where the result was clamped.")

# %% [markdown]
# > **Catch 1** · $AB_{final} = AB_{base} + R$, so $AB_{final} - AB_{true}$ is $R - (AB_{true} - AB_{base})$: one error,
# > counted twice. What it weighs in all is exercise 4.3. *The kit has both terms; they differ only where the output was
# > clamped.*

# %% [markdown]
# **A term with the wrong sign.** A loss is made small.
#
# > **Catch 2** · $\lVert AB_{final} - AB_{base} \rVert^2$ is smallest when the refiner changes *nothing*, so as printed
# > the diversity term holds back what it should encourage. *The kit has both: `mode="paper"`, and `mode="vibrant"`,
# > which punishes only chroma (distance from grey) that the truth has and the result lacks.*
#
# Suppose the refiner finds the right direction and must choose how far to go: `AB_base + s · (AB_true − AB_base)`.
# `s = 1` is the truth. **Before you run this:** where does each loss have its lowest point?

# %%
s_values = torch.linspace(0, 1.4, 141)


def loss_along(s, mode):
    truth, base = ab[few], ab_base[few]
    final = base + s * (truth - base)
    pixel = losses.WEIGHTS["residual"] + losses.WEIGHTS["output"]
    diversity = losses.diversity_loss(final, base, truth, mode)
    return (pixel * losses.output_loss(final, truth) + losses.WEIGHTS["diversity"] * diversity).item()


curves = {mode: [loss_along(s, mode) for s in s_values] for mode in ("paper", "vibrant")}
lowest = {mode: s_values[int(np.argmin(curve))].item() for mode, curve in curves.items()}

# %%
plot = plots.Plot(9, 3.2, "Loss against s for both forms of the diversity term, lowest points marked")
axes = plot.subplots()
for (mode, curve), line, marker in zip(curves.items(), plots.LINES, plots.MARKERS, strict=False):
    axes.plot(s_values, curve, ls=line, label=f'mode="{mode}", lowest at s = {lowest[mode]:.2f}')
    axes.plot(lowest[mode], min(curve), marker=marker, color="black")
axes.set(xlabel="s: share of the right correction", ylabel="residual + output + diversity")
axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
with answer():
    display(plot)
    display(Markdown(
        f"As printed, the loss is lowest at **s = {lowest['paper']:.2f}**: it pays to leave "
        f"{1 - lowest['paper']:.0%} of the right correction undone. "
        f'With `"vibrant"` it is lowest at s = {lowest["vibrant"]:.2f}.'
    ))  # fmt: skip

# %% [markdown]
# **Play with it.** Six weights, one picture. The left bars say how much of the loss each weighted term is; the right
# ones how hard it pulls on the colours, which is what training follows: the length of its *gradient*, the direction in
# which the loss grows fastest. Below: where the sum pulls, and what a small step against it does to the error.
#
# We take the portrait that the refiner improved most. **Before you try:** which of the six, taken alone, makes it
# worse? Try "diversity alone" with the form set to "paper", and "attention alone".

# %%
two_stage = colorizer.predict(L, ab_base=ab_base)["ab"]
of_two, of_base = (metrics.mse(color.show(L, ab), color.show(L, x)) for x in (two_stage, ab_base))
helped = int(np.argmin(of_two / of_base))
helped_L, helped_ab = datasets.load(source, "val", size=192, count=len(L)).batch([helped])  # the same, larger
widgets.loss_mixer(colorizer, color.show(helped_L, helped_ab)[0], vgg)

# %%
pulled = two_stage + 0.2 * (ab_base - two_stage)  # a fifth of the way back: what the printed term asks for
back = metrics.mse(color.show(L, ab), color.show(L, pulled))
worse, gained = back > of_two, of_two < of_base
print(f"a pull towards the base makes {worse.mean():.0%} of the {len(back)} pictures worse, and "
      f"{worse[gained].mean():.0%} of those that the refiner had improved")  # fmt: skip

# %% [markdown]
# Where the refiner was wrong, to be pulled back to the base is a gain; where it was right, a loss. Either way the
# printed term takes "more vibrant than the base" back.
#
# <details><summary>What the mixer shows</summary>
#
# A share of the loss is not a share of the pull: the attention term can be a large part of the number and moves no
# colour here, since it depends on the attention map alone. And residual and output always pull alike.
# </details>

# %% [markdown]
# ## 5 · Training with a warm-up
#
# The paper freezes the base and trains the refiner, the first epochs without noise "to preserve the model
# and prevent it from groundless guess". These epochs are the **warm-up**. An *epoch* is one pass over the
# training pictures.
#
# Did noise help? A comparison can only answer where something is learnt at all. On a base that has learnt all that it
# can, a second network adds next to nothing, with noise or without (lesson 06 has the runs). So we train a base of our
# own, at 32 pixels, and stop it early: it leaves enough to do.
#
# Then three refiners from the same start on the same pictures in the same order. One gets noise after a warm-up, one
# from the first batch, one never. We do it twice, with two seeds, and average the errors. Perceptual and style terms
# are left out to save time.

# %%
train_set = datasets.load(source, "train", size=32, count=min(P.images or 768, 768))
small_val = datasets.load(source, "val", size=32, count=min(P.val_images or 200, 200))
torch.manual_seed(0)
early = {"base": models.build("siggraph17", width=P.width)}
fit(Stage("base, stopped early", "base", epochs=3, lr=2e-3), early, train_set, batch=P.batch)

epochs = 5
plans = {"warm-up, then noise": 1, "noise at once": 0, "no noise": epochs}  # name: epochs of warm-up
history, trained = [], {}  # history: of the first seed
for seed in (0, 1):
    for name, warmup in plans.items():
        torch.manual_seed(seed)
        parts = {"base": early["base"], "refiner": models.build("enhanced_unet", channels=P.channels)}
        stage = Stage(name, "refiner", epochs, "refine", warmup=warmup, noise=True)
        rows = fit(stage, parts, train_set, small_val, P.batch, seed=seed)
        history += [] if seed else rows
        trained.setdefault(name, []).append({key: net.cpu() for key, net in parts.items()})

# %% [markdown]
# This is the counterpart of the paper's Figure 4, for the first seed: the loss over the epochs; the grey band is the
# warm-up. Residual and output lie on top of each other, as they must. The lower panels show the error on new pictures,
# without noise.
#
# **Before you run this:** noise makes the task harder. Will the loss jump when it sets in?

# %%
with answer():
    display(plots.loss_curves(history))
    for name in plans:
        rows = [row for row in history if row["stage"] == name]
        print(f"{name:>20}: residual term from epoch 1 to 2 {rows[1]['residual'] / rows[0]['residual'] - 1:+.1%}")
    for name in plans:
        rows = [row for row in history if row["stage"] == name]
        print(f"{name:>20}: loss {rows[0]['loss']:.5f} to {rows[-1]['loss']:.5f}")

# %% [markdown]
# In epoch 2 noise sets in for the first of the three. Only where it moves otherwise than the one without noise is that
# due to the noise.
#
# Do the three differ on new pictures? The **paired bootstrap** answers for the pictures: it draws many
# random sets of them and looks how much the difference between two models varies. An interval that holds
# zero means: these pictures cannot tell the two apart.
#
# **Before you run this:** did noise help? And the warm-up?


# %%
def errors(predict, data):
    """MSE of each picture, 8-bit RGB, L kept."""
    L, ab = data.batch(range(len(data)))
    with torch.no_grad():
        return metrics.mse(color.show(L, ab), color.show(L, predict(L)))


# %%
scores = {name: np.mean([errors(predictor(parts, "refiner"), small_val) for parts in two], axis=0)
          for name, two in trained.items()}  # fmt: skip
base_scores = errors(early["base"], small_val)
found = {f"{name} against the base": verdicts.change(base_scores, values) for name, values in scores.items()}
warm = verdicts.change(scores["noise at once"], scores["warm-up, then noise"])
for name in ("warm-up, then noise", "noise at once"):
    found[f"{name} against no noise"] = verdicts.change(scores["no noise"], scores[name])
found["warm-up against none"] = warm
found["on 400 real faces, noise alone against a base that had learnt for 16 epochs (`study: noise` in the ledger)"] = (
    verdicts.Change(0.001, -0.001, 0.0029)
)
with answer():
    display(verdicts.listed(found))

# %% [markdown]
# The first three lines say whether anything was learnt; only then are the others worth reading. These intervals cover
# the choice of pictures. They do not cover the luck of a training run: other seeds could move each result by as much.
# Two short trainings each are a demonstration, not a proof.

# %% [markdown]
# ## 6 · Quality against t
#
# Now the shipped refiner, which trained longer, with noise steps from 0 to `T_MAX`. We colour the
# same pictures at several `t`, also at some it never met.
#
# **Before you run this:** at which `t` is the error lowest?

# %%
ts, seeds = [0, 5, 10, 20, 35, 50, 75, 100, 150, 200], 3 if P.name != "smoke" else 1


def mse_at(t):
    """MSE of each picture at this t, the mean over several draws of the noise."""
    draws = [colorizer.predict(L, t=t, ab_base=ab_base, seed=seed)["ab"] for seed in range(seeds if t else 1)]
    return np.mean([metrics.mse(color.show(L, ab), color.show(L, x)) for x in draws], axis=0)


by_t = {t: mse_at(t) for t in ts}
best = min(ts, key=lambda t: by_t[t].mean())
band = [t for t in ts if t == best or verdicts.change(by_t[best], by_t[t]).verdict == "cannot tell"]
against_base = {t: verdicts.change(of_base, by_t[t]) for t in ts}

# %%
lower = [t for t in ts if by_t[t].mean() < of_base.mean()]
with answer():
    means = [by_t[t].mean() for t in ts]
    display(plots.quality_curve(ts, means, of_base.mean(), t=T_MAX, band=(min(band), max(band))))
    display(Markdown(f"The lowest mean is at t = {best}; from t = {min(band)} to {max(band)} **these pictures cannot "
                     f"tell** one from the other. The mean lies below the base's at {len(lower)} of {len(ts)} values "
                     "of t."))  # fmt: skip
    display(verdicts.listed({f"two-stage at t = {t} against the base": against_base[t] for t in (0, best, ts[-1])}))

# %% [markdown]
# A "best t" read off such a curve is a band, and another set of pictures moves it. And a best t is not yet a gain: see
# on which side of the base's line the curve runs.
#
# Keep two things apart. Noise at *use* can only remove what the base's colours say; where the base errs, to trust it
# less may even pay. What noise in *training* does is another question: section 5 compared it, and the last of its lines
# on many more pictures. And one pass trained with squared error answers with the mean of what is possible, so noise
# brings no variety either. For that, the noise has to lie somewhere else.

# %% [markdown]
# ## 7 · Noise on the truth: what diffusion does
#
# Diffusion models put their noise on the *truth*. Upper row: noise on the base, as in the paper. Lower row: the same
# noise on the true colours. (Colours on a grid of 16 × 16, times 8, so that they are about as large as the noise; `t`
# now runs the whole way to 1000.)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
GRID, COARSE = 16, diffusion.COARSE
few_L, few_ab, few_base = (F.adaptive_avg_pool2d(x, GRID) for x in (L, ab, ab_base))
coarse_noise = picture_noise(few_base, seed=1)
stops = (0, 100, 300, 1000)


def noised_row(colours, name):
    """The first picture's colours under noise of each step."""
    noised = [diffusion.q_sample(COARSE * colours[:1], t, coarse_noise[:1], alpha_bar) / COARSE for t in stops]
    shown = [plots.joined(light[:1], x)[0] for x in noised]
    return plots.captioned_row(shown, [f"{name}, t = {t}" for t in stops], side=168)


both = np.concatenate([noised_row(few_base, "base"), noised_row(few_ab, "truth")])
plots.describe(both, "The base's colours under growing noise, and below them the true colours under the same noise")

# %% [markdown]
# Two networks of one size learn the same thing, to guess the true colours at every `t`. One sees L and the noised base,
# the other L and the noised *truth*. (A common trick: they only say what to add to $\sqrt{\bar\alpha_t}\, x_t$.)


# %%
def guess(net, L, x, t):
    """The true colours, guessed from L and from colours (times 8) under noise of step t (B,)."""
    return alpha_bar[t].sqrt().view(-1, 1, 1, 1) * x / COARSE + net(L, x, t)


def learn_to_guess(under, L, ab):
    torch.manual_seed(0)
    epochs = max(1, round(60 * P.epochs[0]))
    net = models.build("enhanced_unet", channels=P.channels[:3], attention="none", prior=False)
    batches = [i for _ in range(epochs) for i in torch.randperm(len(L)).split(32)]
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=len(batches))
    for i in tqdm(batches, desc="learn to guess", mininterval=1):
        t = torch.randint(1, diffusion.T + 1, (len(i),))
        x = diffusion.q_sample(COARSE * under[i], t, torch.randn_like(under[i]), alpha_bar)
        F.mse_loss(guess(net, L[i], x, t), ab[i]).backward()
        optimizer.step(), optimizer.zero_grad(), schedule.step()
    return net.eval().requires_grad_(False)


# %%
many = datasets.load(source, "train", size=colorizer.size, count=min(P.images or 768, 768))
many_L, many_ab = many.batch(range(len(many)))
many_base = torch.cat([colorizer.predict(x, "base")["ab"] for x in many_L.split(64)])
many_L, many_ab, many_base = (F.adaptive_avg_pool2d(x, GRID) for x in (many_L, many_ab, many_base))
under = {"noise on the base": (many_base, few_base), "noise on the truth": (many_ab, few_ab)}
guessers = {name: learn_to_guess(colours, many_L, many_ab) for name, (colours, _) in under.items()}

# %% [markdown]
# **Before you run this:** how will the error of each of the two run, from `t = 1000`, noise alone, down to `t = 0`?

# %%
few_true = color.show(few_L, few_ab)
at = (0, 25, 50, 100, 200, 400, 600, 800, 1000)
errors_at = {name: [] for name in under}
for name, (_, colours) in under.items():
    for t in at:
        steps = torch.full((len(few_L),), t)
        x = diffusion.q_sample(COARSE * colours, steps, coarse_noise, alpha_bar)
        guessed = guess(guessers[name], few_L, x, steps).clamp(-1, 1)
        errors_at[name].append(metrics.mse(few_true, color.show(few_L, guessed)))

# %%
plot = plots.Plot(6.4, 3.2, "MSE of the guessed colours against t, with noise on the base and with noise on the truth")
axes = plot.subplots()
for (name, values), line, marker in zip(errors_at.items(), plots.LINES, plots.MARKERS, strict=False):
    axes.plot(at, [v.mean() for v in values], ls=line, marker=marker, label=name)
coarse_base = metrics.mse(few_true, color.show(few_L, few_base))
axes.axhline(coarse_base.mean(), color="0.5", ls=":", label="the base as it is")
axes.set(xlabel="t", ylabel="MSE of the guess (RGB)", ylim=(0, None))
axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
with answer():
    display(plot)
    display(verdicts.listed({f"{name}, t = {at[i]} against the base as it is": verdicts.change(coarse_base, values[i])
                             for name, values in errors_at.items() for i in (1, -1)}))  # fmt: skip
    display(Markdown("At the right both see noise alone, and L. The noised truth holds more and more of the answer as "
                     "`t` falls, the noised base never more than the base."))  # fmt: skip

# %% [markdown]
# So from noise on the truth there is a way to *walk*: guess the truth, put a little less noise on the guess than there
# was, and guess again, until none is left. Each start, a fresh draw of noise, leads to colours of its own. The paper's
# step has no such way: below `t` lies the base, whatever the noise.
#
# **Before you run this:** four draws of noise, once for the paper's step, once for such a walk in ten steps. Where will
# the results differ?


# %% tags=["hide-input"] jupyter={"source_hidden": true}
def noise_between(x_t, x0, t, alpha_bar):
    """The reference for exercise 4.4, by the slope of q_sample along the noise."""
    zero = diffusion.q_sample(x0, t, torch.zeros_like(x0), alpha_bar)
    return (x_t - zero) / (diffusion.q_sample(x0, t, torch.ones_like(x0), alpha_bar) - zero)


def walk(L, seed, noise_of=noise_between, steps=10):
    """From noise alone to colours: at each step guess the truth, and put the noise that is left on the guess."""
    x = torch.randn(len(L), 2, GRID, GRID, generator=torch.Generator().manual_seed(seed))
    path = torch.linspace(diffusion.T, 0, steps + 1).round().long()
    for t, below in pairwise(path.expand(len(L), -1).unbind(1)):
        x0 = COARSE * guess(guessers["noise on the truth"], L, x, t).clamp(-1, 1)
        x = diffusion.q_sample(x0, below, noise_of(x, x0, t, alpha_bar), alpha_bar)
    return x / COARSE


# %%
walks = torch.stack([walk(few_L, seed) for seed in range(4)])  # (4, B, 2, 16, 16)
once = torch.stack([colorizer.predict(L, t=T_MAX, ab_base=ab_base, seed=seed)["ab"] for seed in range(4)])
results = {f"the paper's step, t = {T_MAX}": once, "a walk in ten steps": walks}
rows = [plots.captioned_row([plots.joined(light[:1], x[:1])[0] for x in drawn[:3]],
                            [f"{name}\ndraw {i}" for i in (1, 2, 3)], side=168)
        for name, drawn in results.items()]  # fmt: skip
with answer():
    display(plots.describe(np.concatenate(rows), "Three results of the paper's step, and of a walk, for three draws"))
    for name, drawn in results.items():
        spread = AB_SCALE * drawn.mean(dim=(3, 4)).std(dim=0).mean()
        vivid = metrics.colorfulness(color.show(few_L, F.adaptive_avg_pool2d(drawn[0], GRID))).mean()
        print(
            f"{name}: a picture's mean a and b vary by {spread:.1f} ab units over the draws; colourfulness {vivid:.0f}"
        )
    print(f"the truth's colourfulness: {metrics.colorfulness(few_true).mean():.0f}")

# %% [markdown]
# The walk's colours come from two short trainings on a coarse grid: look at their variety, not at their beauty. Lesson
# 07 draws colourings with the shipped weights. Exercise 4.4 writes the line that the walk needs.
#
# ### Where on the way is the tint decided?
#
# A picture has a *tint*, its mean a and b, and details: which place has which colour. How much of each can be read off
# the noised truth at step `t`? We take the squared correlation: 1 is all, 0 nothing.
#
# **Before you run this:** the walk goes from right to left. What becomes readable first, tint or detail?


# %%
def bands(x):
    """Colours as tint (B, 2, 1, 1) and detail, what single points differ from it."""
    tint = x.mean(dim=(2, 3), keepdim=True)
    return {"tint": tint, "detail": x - tint}


def readable(noise_at):
    """{band: how much of it can be read off the noised truth at each t}"""
    found = {"tint": [], "detail": []}
    for t in range(0, 1000, 20):
        noised = diffusion.q_sample(COARSE * few_ab, t, noise_at(t), alpha_bar)
        for band, x in bands(noised).items():
            true = bands(few_ab)[band]
            pairs = [(x[:, c].flatten(), true[:, c].flatten()) for c in (0, 1)]
            found[band].append(np.mean([np.corrcoef(p, q)[0, 1] ** 2 for p, q in pairs]))
    return found


def offset(t):
    generator = torch.Generator().manual_seed(t)
    return diffusion.offset_noise(picture_noise(few_ab, seed=t), torch.randn(len(few_ab), 2, generator=generator))


known = readable(lambda t: picture_noise(few_ab, seed=t))
shifted = readable(offset)["tint"]

# %%
curves = {**known, "tint, offset noise": shifted}
half = {name: 20 * next((i for i, v in enumerate(values) if v < 0.5), 50) for name, values in curves.items()}
plot = plots.Plot(6.4, 3.2, "How much of tint and of detail can be read off the noised truth, against t")
axes = plot.subplots()
for (name, values), line in zip(curves.items(), plots.LINES, strict=False):
    axes.plot(range(0, 1000, 20), values, ls=line, label=f"{name}, half at t = {half[name]}")
axes.set(xlabel="t", ylabel="readable share", ylim=(0, 1.02))
axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
with answer():
    display(plot)
    print(f"noise of one point: spread {coarse_noise.std():.2f}; of a picture's mean: "
          f"{coarse_noise.mean(dim=(2, 3)).std():.3f}, about 1/{GRID}")  # fmt: skip
    print(f"of {diffusion.T} steps, {diffusion.T - half['tint']} begin with less than half of the tint readable, "
          f"{diffusion.T - half['detail']} with less than half of the detail")  # fmt: skip

# %% [markdown]
# The mean of `n` draws of noise has $1/\sqrt n$ of the spread of one: over a picture noise averages away. So the tint
# can be read long before the detail, and a walk settles it in its first steps. Few of the training's steps fall there,
# and the draw that decides, the mean of the noise, hardly varies: such samples easily come out too pale and too alike.
# Two ways out: draw more of the `t` near the start, or add one more random number for each picture and channel,
# *offset noise*, which does not average away. The kit does both (`diffusion.offset_noise`, `training/steps.py`).

# %% [markdown]
# ## 8 · A trap: on whose pictures does stage two learn?
#
# The refiner learns from the base's mistakes. But on pictures that the base was trained on, its mistakes
# may be smaller than on new ones, so stage two would practise on exercises that are too easy.
#
# **Before you run this:** is the shipped base of the drawn portraits better on its own training pictures?

# %%
of_drawn = Colorizer.load("portraits", device="cpu")  # it learnt from the drawn portraits, and from nothing else
seen, unseen = (datasets.load("portraits", split, size=of_drawn.size, count=n) for split in ("train", "val"))
trained_on, new = (errors(of_drawn.parts["base"], data) for data in (seen, unseen))
spans = {"its training pictures": metrics.bootstrap(trained_on), "new pictures": metrics.bootstrap(new)}
with answer():
    for name, (value, low, high) in spans.items():
        print(f"base on {name:>21}: MSE {value:.1f} (95 % interval {low:.1f} to {high:.1f})")
    display(verdicts.listed({"new pictures against seen ones": verdicts.apart(trained_on, new)}))

# %% [markdown]
# The longer a base trains on the same pictures, the wider this gap tends to grow. Two ways out: stop the
# base early, or **cross-fit**: cut the training set into **folds**, train one base for each on all the *other*
# folds, and let each predict only the fold it has never seen. Then no residual comes from a picture that its base knew.
#
# Which fold a picture is in must never change, so a hash decides, as for the splits in lesson 01:

# %% tags=["derive"]
import hashlib

from colorlib.training import crossfit

FOLDS = 4
small_train = datasets.load(source, "train", size=32, count=min(P.images or 160, 160))
my_folds = []
for key in small_train.keys:
    digest = hashlib.sha256(f"fold:{key}".encode()).digest()
    my_folds.append(1 + int.from_bytes(digest[:8], "big") % FOLDS)
fold = crossfit.fold_of(small_train, FOLDS)
np.testing.assert_array_equal(my_folds, fold)

# %% [markdown]
# Small bases at 32 pixels, trained for long on few pictures: one on all of them, and one for each fold on the others.
#
# **Before you run this:** whose residuals will be smallest, and whose will be like those on new pictures?

# %%
import tempfile
from pathlib import Path


def small_base(dataset):
    torch.manual_seed(0)
    parts = {"base": models.build("siggraph17", width=P.width)}
    stage = Stage("small base", "base", epochs=max(2, round(80 * P.epochs[0])), lr=2e-3)
    fit(stage, parts, dataset, batch=16)
    return parts["base"].eval().cpu()


of_all = small_base(small_train)
of_others = [small_base(small_train.subset(np.flatnonzero(fold != k))) for k in range(1, FOLDS + 1)]
unseen = datasets.load(source, "val", size=32, count=n)
with tempfile.TemporaryDirectory() as folder:  # `predictions` keeps what it computed in a file
    naive = crossfit.predictions([of_all], small_train, Path(folder) / "naive")
    fitted = crossfit.predictions(of_others, small_train, Path(folder) / "fitted", which=fold)
    guesses = {"naive": (naive, small_train), "cross-fitted": (fitted, small_train)}
    guesses = {name: (torch.from_numpy(np.array(x)).float(), data) for name, (x, data) in guesses.items()}

# %%
with torch.no_grad():
    guesses["new pictures"] = (of_all(unseen.batch(range(len(unseen)))[0]), unseen)
sizes = {name: (AB_SCALE * (data.batch(range(len(data)))[1] - guess)).square().sum(dim=1).mean(dim=(1, 2)).numpy()
         for name, (guess, data) in guesses.items()}  # fmt: skip
rows = [{"method": name, "mse": v.mean(), "mse_ci": metrics.bootstrap(v)[1:]} for name, v in sizes.items()]
gaps = {
    f"{name} residuals against those on new pictures": verdicts.apart(
        sizes["new pictures"], sizes[name], "squared residual"
    )
    for name in ("naive", "cross-fitted")
}
nearer = min(gaps, key=lambda name: abs(gaps[name].value)).split()[0]
paired = verdicts.change(sizes["naive"], sizes["cross-fitted"], "squared residual")
with answer():
    display(plots.score_bars(rows, label="squared residual, ab units²; whiskers: 95 % interval"))
    display(verdicts.listed(gaps | {"cross-fitted against naive, the same pictures": paired}))
    display(Markdown(f"Nearer to new pictures in the mean, here: **{nearer}**."))
    display(Markdown("Naive residuals tend to be too small, since their base knew the pictures. Cross-fitted ones come "
                     "out too large where each of their bases saw clearly fewer pictures than the one that will be "
                     "used. When pictures are few, both may be wrong, in opposite ways; more pictures and more folds "
                     "close the second gap, and nothing closes the first."))  # fmt: skip

# %% [markdown]
# "Better" and "worse" mean smaller and larger in these lines; what is wanted is *equal to new pictures*.
#
# > **Catch 13** · Stage two trains on the frozen base's output. On pictures that the base was trained on, residuals
# > are smaller than on new ones, the more so the more it overfits; the paper does not say how its residuals were
# > made. *The kit's `train` cross-fits (`colorlib/training/crossfit.py`), and can train the naive way beside it
# > (`--rivals naive`).*

# %% [markdown]
# ## The paper says / we found

# %%
import time

seconds = {}
for stage in ("base", "two-stage"):
    begun = time.perf_counter()
    colorizer.predict(L, stage)
    seconds[stage] = time.perf_counter() - begun

# %%
fall = history[epochs - 1]["residual"] / history[0]["residual"] - 1
far = verdicts.change(by_t[best], by_t[ts[-1]])
times = seconds["two-stage"] / seconds["base"]
verdicts.claims([
    ("t is an argument that can be set freely", f"t = {ts[-1]} against t = {best}: {str(far).rpartition(': ')[0]}; no "
     "schedule, number of steps or range is given", "down", {"worse": False}.get(far.verdict)),
    ("prevent it from groundless guess", f"warm-up against none, two trainings each: {str(warm).rpartition(': ')[0]}",
     "down", verdicts.holds(warm)),
    ("an efficient single-step perturbation-correction scheme", f"both stages take {times:.1f} times the base's time",
     "down", None),
    ("encourage more vibrant outputs than the base prediction", f"as printed, lowest at s = {lowest['paper']:.2f} of "
     "the way from the base to the truth", "1", lowest["paper"] >= 0.99),
    ("a weighted sum of multiple components", f"residual and output, two of six, differ by {gap:.1g}", "above 0",
     gap > 1e-6),
    ("achieves a state-of-the-art Mean Squared Error", against_base[best], "down", verdicts.holds(against_base[best])),
    ("The total loss shows a clear downward trend", f"residual term {fall:+.1%} in {epochs} short epochs", "down",
     True if fall < -0.1 else None),
])  # fmt: skip

# %% [markdown]
# ## Play with it
#
# Choose a step, a schedule, a seed of the noise and a picture. The panel shows the noised colours, the result, the size
# of the residual, the error, and below where this `t` lies on the curve of six pictures and one draw of the noise: its
# lowest point may lie elsewhere than that of all pictures above.

# %%
six = datasets.load(source, "val", size=192, count=min(6, n))
widgets.t_explorer(colorizer, list(color.show(*six.batch(range(len(six))))))

# %% [markdown]
# ## Exercises
#
# **Exercise 4.1** · difficulty ●○○ · importance ●●○ · 5 minutes
#
# The loop in section 1 is slow for long schedules. Write `alpha_bar(beta)` without a loop: from `beta (T,)`
# to `(T + 1,)`, the first entry being 1. Its factors should look like this:
#
# <details><summary>Hint</summary>
#
# `torch.cumprod` multiplies up, `torch.cat` puts something in front. `beta.new_ones(1)` is a one of the
# right type.
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def short_schedules(make, word):
    made = {f"{word}, β up to {top}": make(torch.linspace(0.01, top, 40)) for top in (0.05, 0.2)}
    return plots.schedule_curves(made)


short_schedules(lambda beta: torch.cat([beta.new_ones(1), (1 - beta).log().cumsum(0).exp()]), "expected")


# %%
def my_alpha_bar(beta):
    raise NotImplementedError("exercise 4.1")


if checks.alpha_bar(my_alpha_bar):
    display(short_schedules(my_alpha_bar, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_alpha_bar(beta):
#     return torch.cat([beta.new_ones(1), torch.cumprod(1 - beta, dim=0)])
# ```
# </details>

# %% [markdown]
# **Exercise 4.2** · difficulty ●●○ · importance ●●● · 10 minutes
#
# In training every picture of a batch gets a step of its own. Write `q_sample(ab, t, noise, alpha_bar)` for
# `ab (B, 2, H, W)` and whole numbers `t (B,)`; it returns the noised colours, `(B, 2, H, W)`. Where does a number for
# each picture go wrong if you just multiply? Three pictures, three steps, one call:
#
# <details><summary>Hint</summary>
#
# `alpha_bar[t]` has shape `(B,)`. Multiplied with `(B, 2, H, W)` it would meet the *last* axis. Give it
# three more axes with `.view(-1, 1, 1, 1)`.
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def three_steps(sample, word):
    steps = torch.tensor([0, 20, 100])
    noised = sample(ab_base[:3], steps, noise[:3], alpha_bar)
    return plots.picture_row(list(plots.joined(light, noised)), [f"{word}\nt = {step}" for step in steps.tolist()])


three_steps(diffusion.q_sample, "expected")


# %%
def my_q_sample(ab, t, noise, alpha_bar):
    raise NotImplementedError("exercise 4.2")


if checks.q_sample(my_q_sample):
    display(three_steps(my_q_sample, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_q_sample(ab, t, noise, alpha_bar):
#     keep = alpha_bar[t].view(-1, 1, 1, 1)
#     return keep.sqrt() * ab + (1 - keep).sqrt() * noise
# ```
# </details>

# %% [markdown]
# **Exercise 4.3** · difficulty ●○○ · importance ●●● · 3 minutes
#
# With `AB_final = AB_base + R`, what does the squared colour error weigh in the paper's total loss? Return a number.
# Times the squared error, it must run through the measured points below.
#
# <details><summary>Hint</summary>
#
# Section 4 showed two terms with the same value. Put a factor before the two.
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def through_points(weight=None):
    truth, start = ab[few], ab_base[few]
    shares = torch.linspace(0, 1, 6)  # how much of the right correction is made
    finals = [start + s * (truth - start) for s in shares]
    parts = ((losses.residual_loss(x - start, truth, start), losses.output_loss(x, truth)) for x in finals)
    sums = [losses.WEIGHTS["residual"] * r + losses.WEIGHTS["output"] * o for r, o in parts]
    plot = plots.Plot(6, 2.6, "Residual and output term together against s: points that fall to zero at s = 1")
    axes = plot.subplots()
    axes.plot(shares, sums, "o", color="black", label="measured: residual and output together")
    if weight is not None:
        axes.plot(shares, [weight * (x - truth).square().mean() for x in finals], "--", label="your weight")
    axes.set(xlabel="s: share of the right correction", ylabel="weighted loss")
    axes.legend()
    return plot


through_points()


# %%
def my_weight():
    raise NotImplementedError("exercise 4.3")


try:
    if checks.effective_weight(my_weight()):
        display(through_points(my_weight()))
except NotImplementedError as not_done:
    print(f"Not done yet: {not_done}.")

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_weight():
#     return 0.35 + 0.25
# ```
#
# The lowest point in section 4 follows from it: `0.60 (1 − s)² + 0.10 s²` is smallest at `s = 0.60 / 0.70`.
# </details>

# %% [markdown]
# **Exercise 4.4** · difficulty ●●○ · importance ●●● · 8 minutes
#
# The walk of section 7 needs `q_sample` turned round. It stands at `x_t` and has guessed the true colours `x0`, both
# `(B, 2, H, W)`, at steps `t (B,)`, all 1 or more: which *noise* would have made `x_t` of `x0`? Write
# `hidden_noise(x_t, x0, t, alpha_bar)`, which returns it, `(B, 2, H, W)`, without a clamp. Three portraits are walked
# with it:
#
# <details><summary>Hint</summary>
#
# Write down `q_sample`, and solve it for the noise. What is divided by what?
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def walked(noise_of, word):
    return plots.picture_row(list(plots.joined(light, walk(few_L[:3], 0, noise_of))), [word] * len(light))


walked(noise_between, "expected")


# %%
def my_hidden_noise(x_t, x0, t, alpha_bar):
    raise NotImplementedError("exercise 4.4")


if checks.hidden_noise(my_hidden_noise):
    display(walked(my_hidden_noise, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_hidden_noise(x_t, x0, t, alpha_bar):
#     keep = alpha_bar[t].view(-1, 1, 1, 1)
#     return (x_t - keep.sqrt() * x0) / (1 - keep).sqrt()
# ```
#
# At `t = 0` nothing was added, and the question has no answer: 0 / 0.
# </details>

# %% [markdown]
# ## What to remember
#
# - $x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\; noise$. A `t` means something only together with its
#   schedule and the size of the data.
# - The paper's step is one look and one residual, added to the clean base. It borrows diffusion's noise,
#   not its sampling: noise on the base hides the base, noise on the truth leads to the truth.
# - Noise averages away over a picture, so a walk decides the tint in its first steps.
# - A head that starts at zero makes a second stage that begins as the base.
# - Read a loss as what it makes *small*: here two terms are one, and one pulls the wrong way.
# - Intervals over pictures are not intervals over training runs, and residuals on seen pictures are not
#   residuals on new ones.

# %% [markdown]
# ## Three questions
#
# <details><summary>1. Why does the refiner see noised colours, yet the residual is added to the clean ones?</summary>
#
# **Answer.** Added to the noised ones it would have to cancel the noise exactly, pixel by pixel. Added to
# the clean base, noise only makes the input less trustworthy; a wrong guess costs no more than the residual
# itself.
# </details>
#
# <details><summary>2. A colleague reports good results "with t = 200". What do you ask?</summary>
#
# **Answer.** Which schedule, how many steps it has, and in which units the colours were: only then can you
# say how large the noise was beside the colours.
# </details>
#
# <details><summary>3. The training loss of stage two is far below its error on new pictures. Name two causes.</summary>
#
# **Answer.** The refiner may overfit; and the base may have seen the training pictures, so that the
# residuals it left there were smaller to begin with. Cross-fitting removes the second cause.
# </details>
