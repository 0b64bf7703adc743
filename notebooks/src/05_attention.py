# %% [markdown]
# # 05 · Attention
#
# Two eyes share one colour, and so do both ends of a mouth, though they lie far apart. *Self-attention*
# lets every point of a picture look at every other. This lesson builds it, measures what it costs, and asks
# whether it does what the paper says.
#
# **After this lesson you can**
#
# - write self-attention in a few lines, and say what query, key and value are for;
# - read an attention map, say what it does not show, and know a task in which it has something to show;
# - compare two designs fairly: same start, same pictures, an interval, and a warning label.
#
# **Time and memory:** 45 minutes to read; what running it takes stands above.
# **Read before:** [lesson 04](04_diffusion_step.ipynb) (the refiner and its loss). Words: [glossary](glossary.md).

# %%
import time

import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from tqdm.auto import trange

from colorlib import Colorizer, color, losses, metrics, models, portraits
from colorlib.color import AB_SCALE
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.diffusion import correct_once
from colorlib.methods import Stage
from colorlib.models.enhanced_unet import SelfAttention, received_attention
from colorlib.show import plots, verdicts, widgets
from colorlib.show.answers import answer
from colorlib.training.fit import fit
from colorlib.training.schedule import preset
from colorlib.training.validation import predictor

# %%
P = preset()  # the sizes: COLORLIB_PRESET, "lesson" unless set
colorizer = Colorizer.load("portraits", device="cpu")
refiner = colorizer.parts["refiner"]
portrait = portraits.draw(19, size=192).rgb
plots.describe(widgets.attention_strip(colorizer, portrait), "Four points of a portrait, and what each attends to")

# %% [markdown]
# What does a point look at? The refiner colours a portrait, and we ask four of its points. The ring marks the point.
# All maps have one fixed scale: dark is 0, bright is twice what *even* attention would give, and the middle is "as much
# as everything else". Below stands how many points it looks at *in effect* (section 5). Where that is nearly all of
# them, there is little to see, and that is the finding.
#
# This lesson always uses the drawn portraits: they come with masks that say which pixel is lips, eyes, hair
# and so on, and we want to ask about lips and eyes.


# %%
def pictures_and_regions(split, size, count):
    """L, ab in model units, and each pixel's region, an index into portraits.REGIONS."""
    data = datasets.load("portraits", split, size=size, count=count)
    numbers = [int(key.split("/")[1]) for key in data.keys]  # "portraits/7" -> 7
    _, labels = portraits.draw_batch(numbers, size=size, masks=True)
    return data, *data.batch(range(len(data))), labels


n = min(P.val_images or 48, 48)
_, L, ab, labels = pictures_and_regions("val", colorizer.size, n)
truth = color.show(L, ab)

# %% [markdown]
# ## 1 · Why look far?
#
# A 3 × 3 **convolution** mixes a pixel with its eight neighbours. To carry news from one eye to the other
# it takes many layers, or a smaller picture. Attention takes one layer. How far apart are the things that
# should agree?

# %%
eyes = labels == portraits.REGIONS.index("eyes")
columns = [np.flatnonzero(eye.any(axis=0)) for eye in eyes if eye.any()]
spread = np.mean([c.max() - c.min() for c in columns])
print(f"from the outer corner of one eye to that of the other: about {spread:.0f} pixels of {colorizer.size}")
print(f"so about {spread:.0f} convolutions of 3 × 3 at full size, one pixel each")

# %% [markdown]
# ## 2 · Self-attention, one point at a time
#
# Each point holds a few numbers, its *features*. From them it makes three short lists:
#
# - a **query**: what it looks for;
# - a **key**: what it offers to those who look;
# - a **value**: what it hands over.
#
# A point compares its query with everyone's key by the dot product, large where they match. **Softmax**
# turns these scores into shares that are positive and sum to one. The answer is the mean of all values,
# weighted by the shares.

# %%
T, d = 6, 4  # six points, four numbers each
generator = torch.Generator().manual_seed(0)
queries, keys, values = torch.randn(3, T, d, generator=generator)


# %% tags=["derive"]
def attend_one(query, keys, values):
    scores = keys @ query / len(query) ** 0.5  # one for each point
    shares = scores.exp() / scores.exp().sum()  # softmax
    return shares @ values, shares  # the weighted mean of the values


answers = torch.stack([attend_one(query, keys, values)[0] for query in queries])
torch.testing.assert_close(answers, F.scaled_dot_product_attention(queries, keys, values))

# %%
table = torch.stack([attend_one(query, keys, values)[1] for query in queries])  # row i: what i attends to
print(table.numpy().round(2))
print("sums of the rows:", table.sum(dim=1).numpy().round(4))

# %% [markdown]
# The same numbers as PyTorch's own. The table of shares is the **attention map**: row = who looks, column =
# who is looked at. Rows sum to one; columns need not. *Self*-attention means that queries, keys and values
# all come from the same picture.

# %% [markdown]
# In one formula, $\mathrm{softmax}(Q K^T / \sqrt{d})\, V$. **Why divide by** $\sqrt{d}$? The dot products of longer
# lists spread wider. Large scores make softmax give everything to one point.
#
# **Before you run this:** with 256 points and random numbers, how large is the largest share at d = 4, 64,
# 1024?

# %%
with answer():
    for d in (4, 64, 1024):
        q, k = torch.randn(2, 256, d, generator=generator)
        raw, scaled = (q @ k.T).softmax(dim=1), (q @ k.T / d**0.5).softmax(dim=1)
        print(
            f"d = {d:>4}: largest share {raw.amax(1).mean():.2f} undivided, {scaled.amax(1).mean():.3f} divided by √d"
        )
    print("Undivided, a point soon hears only one other, and softmax has almost no slope left there to learn from.")

# %% [markdown]
# ## 3 · The block inside the refiner
#
# In a network the points are the positions of a feature map `(B, C, H, W)`, so there are `T = H · W` of
# them. A 1 × 1 convolution makes queries, keys and values. The channels are split into **heads** that
# attend separately, so that one can look for the other eye while another looks at the background. The
# result is *added* to what came in.
#
# We catch what goes into the shipped refiner's block and what comes out, and rebuild it.

# %%
caught = {}
block = refiner.attend[0]
hook = block.register_forward_hook(lambda block, inputs, out: caught.update(x=inputs[0], y=out))
out = colorizer.predict(L, return_attention=True)
hook.remove()
x, (y, _) = caught["x"], caught["y"]  # asked for its map, the block gives that, too
print("in and out:", tuple(x.shape), " map:", tuple(out["attention"].shape), "(pictures, heads, T, T)")

# %% tags=["derive"]
B, C, H, W = x.shape
with torch.no_grad():
    qkv = block.qkv(block.norm(x)).reshape(B, 3, block.heads, C // block.heads, H * W)
    q, k, v = qkv.transpose(-1, -2).unbind(1)  # (B, heads, T, head_dim) each
    heard = F.scaled_dot_product_attention(q, k, v).transpose(-1, -2).reshape(B, C, H, W)
    torch.testing.assert_close(x + block.out(heard), y)
torch.testing.assert_close(out["attention"].sum(dim=-1), torch.ones(B, block.heads, H * W))
change = (y - x).norm() / x.norm()
print(f"rebuilt; rows sum to one; attention changes the features by {change:.1%} of their size")

# %% [markdown]
# Keep the last number in mind when you look at maps: a map says where a block looks, and not how much its
# answer matters.

# %% [markdown]
# ## 4 · What it costs
#
# Everyone looks at everyone, so the map has `T²` entries. The side of the feature map decides.
#
# **Before you run this:** twice the side: how many times the entries, and how many times the seconds?


# %%
def seconds(side, channels=64, repeats=3):
    """Shortest time of one attention over side × side points, and the memory of its map in megabytes."""
    q = torch.randn(1, 1, side**2, channels)
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        _ = (q @ q.transpose(-1, -2) / channels**0.5).softmax(dim=-1) @ q
        times.append(time.perf_counter() - begun)
    return min(times), 4 * side**4 / 1e6  # 4 bytes each


sides = [8, 16, 32, 48]
cost = {side: seconds(side) for side in sides}

# %%
plot = plots.Plot(6.4, 3.2, "Memory and time of one attention map against the side of the feature map, logarithmic")
axes = plot.subplots()
axes.loglog(sides, [cost[s][1] for s in sides], "o-", label="map, megabytes")
axes.loglog(sides, [1000 * cost[s][0] for s in sides], "s--", label="time here, milliseconds")
axes.set(xlabel="side of the feature map", ylabel="megabytes, milliseconds", xticks=sides, xticklabels=sides)
axes.minorticks_off()
axes.yaxis.set_major_formatter("{x:g}")
axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
memory, duration = cost[32][1] / cost[16][1], cost[32][0] / cost[16][0]
with answer():
    display(plot)
    print(f"from side 16 to 32: {memory:.0f} times the memory, {duration:.0f} times the time here")

# %%
for place in ("bottleneck", "decoder"):
    net = models.build("enhanced_unet", channels=P.channels, attention=place)
    for size in (64, 256):
        height, width = net.attention_shape(size, size)
        entries = (height * width) ** 2
        print(f"{place:>10}, pictures of {size:>3}: map over {height:>2} × {width:>2}, {entries:>12,} entries a head")

# %% [markdown]
# This is why attention sits deep in a U-Net, where the picture is small. `scaled_dot_product_attention`
# never stores the whole map, which saves the memory but not the work. The kit builds the map only when you
# ask for it.

# %% [markdown]
# ## 5 · Reading maps: output, original, attention
#
# The counterpart of the paper's Figure 7. "The bright area means more attention", says the paper, and not
# whose. We show what is *received*: how much each point is looked at by all the others, a mean over the
# map's rows and heads.

# %%
shape = refiner.attention_shape(colorizer.size, colorizer.size)
received = received_attention(out["attention"], shape).numpy()  # (B, rows, columns), sums to one
result = color.show(L, out["ab"])
sharp = datasets.load("portraits", "val", size=192, count=3)
sharp_L, sharp_ab = sharp.batch(range(3))
picture_rows = []
for i in range(3):
    overlay = plots.attention_overlay(color.show(sharp_L, sharp_ab)[i], received[i], side=192, even=True)
    row = [plots.joined(sharp_L, out["ab"][:3])[i], color.show(sharp_L, sharp_ab)[i], overlay]
    picture_rows.append(plots.captioned_row(row, ["output", "original", "attention received"], side=192))
grey, scale = np.full((24, 190, 3), 160, np.uint8), {}
for level, words in ((0, "0: not looked at"), (1, "1: as much as all the rest"), (2, "2 and more")):
    scale[words] = plots.attention_overlay(grey, np.full((1, 1), level), side=24, even=True)
legend = plots.captioned_row(list(scale.values()), list(scale), 24)
width = picture_rows[0].shape[1]
legend = np.pad(legend, ((0, 0), (0, max(0, width - legend.shape[1])), (0, 0)), constant_values=255)[:, :width]
shown = np.concatenate([*picture_rows, legend])
plots.describe(shown, "Output, original, received attention on a fixed scale", whole=True)

# %% [markdown]
# Two numbers keep the eye honest. The **entropy** of a row of the map is large when its shares are even; $e$ to its
# power is the number of points that the row looks at *in effect*: 1 if all goes to one, all of them if every share is
# alike.

# %%
shares = out["attention"]  # (B, heads, T, T)
entropy = -(shares * shares.clamp(min=1e-12).log()).sum(dim=-1)  # (B, heads, T)
effective, T = entropy.exp().mean().item(), shares.shape[-1]
strongest = received.max() * T
print(f"a row looks at {effective:.0f} of {T} points in effect ({effective / T:.0%}); by heads: "
      + ", ".join(f"{x:.0f}" for x in entropy.exp().mean(dim=(0, 2))))  # fmt: skip
print(f"the point that receives most gets {strongest:.1f} times the even share")
print("Structure is there." if effective < 0.5 * T else "Attention is nearly even: little is picked out.")

# %% [markdown]
# Nearly even attention hands every point about the same mean: news about the *whole* picture, not about lips. Let us
# count all the same, by region. If attention went everywhere alike, each would receive its share of the area. We divide
# what it receives by that share: 1 is "as much as its size".
#
# **Before you run this:** which region is looked at most for its size?

# %%
one_hot = F.one_hot(torch.from_numpy(labels).long(), len(portraits.REGIONS)).permute(0, 3, 1, 2).float()
share = F.adaptive_avg_pool2d(one_hot, shape).flatten(2)  # (B, regions, T): how much of each position is what
attention = out["attention"].mean(dim=1)  # (B, T, T), mean over heads


def flow(attention):
    """How much attention goes from region r (rows) to region s (columns)."""
    return torch.einsum("bri,bij,bsj->rs", share, attention, share)


seen, even = flow(attention), flow(torch.full_like(attention, 1 / attention.shape[-1]))
looks, got = seen / even, seen.sum(dim=0) / even.sum(dim=0)  # 1: as if attention went everywhere alike
with answer():
    for r in got.argsort(descending=True):
        print(f"{portraits.REGIONS[r]:>10}: {got[r]:.2f} times its share of the area")

# %% [markdown]
# One position of the map covers several pixels, and lips are smaller than that. How *pure* are the positions that hold
# a region: which part of them is that region itself?

# %%
purity = (share**2).sum(dim=(0, 2)) / share.sum(dim=(0, 2))  # mean share of the region where the region is
print("purity: " + ", ".join(f"{name} {value:.2f}" for name, value in zip(portraits.REGIONS, purity, strict=True)))

# %% [markdown]
# Where purity is low, "lips look at lips" is mostly "skin looks at skin": the number is diluted, and near 1 for that
# reason alone. So read the next picture with it. Who looks at whom? Rows look, columns are looked at; 1 again is what
# even attention would give.

# %%
plot = plots.Plot(5.6, 4.4, "Attention from each region (rows) to each region (columns), relative to even attention")
axes = plot.subplots()
axes.imshow(looks, cmap="Blues", vmin=0, vmax=2 * max(1, looks.max().item()))
for (row, column), value in np.ndenumerate(looks.numpy()):
    axes.text(column, row, f"{value:.2f}", ha="center", va="center")
names = list(portraits.REGIONS)
axes.set_xticks(range(len(names)), names, rotation=30)
axes.set_yticks(range(len(names)), names)
axes.set(xlabel="is looked at", ylabel="looks")
plot

# %%
top = names[int(got.argmax())]
lips, eye = names.index("lips"), names.index("eyes")
display(
    Markdown(
        f"For its size **{top}** receives most, {got.max():.2f} times its share. "
        f"Lips look {looks[lips, lips]:.2f} times as much at lips as even attention would (purity {purity[lips]:.2f}), "
        f"and eyes {looks[eye, eye]:.2f} times at eyes (purity {purity[eye]:.2f}). Near 1 means: no preference seen."
    )
)

# %% [markdown]
# ### A task in which attention has something to say
#
# Is it attention, or is it the task? In a portrait the base has coloured both eyes already, and nothing has to be
# fetched from afar. So here is a task of another kind: a drawer of mittens. Six pairs lie about, each pair knitted in
# its own pattern and dyed in a colour of its own. The left mittens are coloured, the right ones grey.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
CELL, SIDE, PAIRS = 8, 4, 6  # pixels of a mitten, mittens along a side, pairs in a drawer
shape_of_one = ("...##...", "..####..", "..####..", "..####.#", "..######", "..#####.", "..####..", "..####..")
MITTEN = torch.tensor([[x == "#" for x in line] for line in shape_of_one]).float()
down, across = torch.meshgrid(torch.arange(CELL), torch.arange(CELL), indexing="ij")
ring = (down - 4) ** 2 + (across - 3) ** 2 < 5
dark = [0 * down, down % 2, across % 2, (down + across) % 2, down < 4, down > 5, down % 4 < 2, ring]
KNITS = torch.stack([0.5 * d.float() - 0.25 for d in dark])  # eight patterns in L'


def laid_out(x):
    """Mittens (n, 16, C, 8, 8) as drawers (n, C, 32, 32)."""
    return x.unflatten(1, (SIDE, SIDE)).permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)


# %% tags=["hide-input"] jupyter={"source_hidden": true}
def drawers(n, generator):
    """n drawers: L (n, 1, 32, 32), told and true ab (n, 2, 32, 32); pair (n, 16) at each place, -1 for none, and
    whether a right mitten lies there (n, 16)."""
    place = torch.rand(n, SIDE**2, generator=generator).argsort(dim=1)  # of each mitten, left ones first
    knit = torch.rand(n, len(KNITS), generator=generator).argsort(dim=1)[:, :PAIRS]
    angle = 2 * torch.pi * torch.rand(n, PAIRS, generator=generator)
    dye = 0.4 * torch.stack([angle.cos(), angle.sin()], dim=-1)  # (n, PAIRS, 2)
    L, ab = torch.full((n, SIDE**2, 1, CELL, CELL), 0.4), torch.zeros(n, SIDE**2, 2, CELL, CELL)
    pair, right = torch.full((n, SIDE**2), -1), torch.zeros(n, SIDE**2, dtype=torch.bool)
    for i in range(2 * PAIRS):
        p, mirrored = i % PAIRS, i >= PAIRS
        shape, pattern = (m.flip(-1) if mirrored else m for m in (MITTEN, KNITS[knit[:, p]]))
        at = (torch.arange(n), place[:, i])
        L[at] = (0.4 * (1 - shape) + pattern * shape)[:, None]
        ab[at], pair[at], right[at] = dye[:, p, :, None, None] * shape, p, mirrored
    told = ab * ~right[:, :, None, None, None]
    return *(laid_out(x) for x in (L, told, ab)), pair, right


# %%
mitten_L, told, dyed, pair, right = drawers(200, torch.Generator().manual_seed(1))  # seen by no training


def enlarged(L, ab):
    return [picture.repeat(6, axis=0).repeat(6, axis=1) for picture in color.show(L, ab)]


some = [*enlarged(mitten_L[:2], told[:2]), *enlarged(mitten_L[:2], dyed[:2])]
plots.picture_row(some, ["drawer 1, given", "drawer 2, given", "drawer 1, true", "drawer 2, true"])

# %% [markdown]
# The network folds each mitten into one point, has something in the middle, and unfolds. In the middle stands either
# the kit's attention block, or three 3 × 3 convolutions: they reach across the whole drawer, and have more parameters.


# %%
class Finder(torch.nn.Module):
    def __init__(self, middle, width=64):
        super().__init__()
        conv, silu = torch.nn.Conv2d, torch.nn.SiLU
        self.stem = torch.nn.Sequential(conv(3 * CELL**2, width, 1), silu(), conv(width, width, 1), silu())
        self.middle = middle
        self.head = torch.nn.Sequential(conv(width, width, 1), silu(), conv(width, 2 * CELL**2, 1))

    def points(self, L, told):
        return self.stem(F.pixel_unshuffle(torch.cat([L, told], dim=1), CELL))  # (B, width, 4, 4)

    def forward(self, L, told):
        return told + F.pixel_shuffle(self.head(self.middle(self.points(L, told))), CELL)


def three_convolutions(width=64):
    conv, silu = torch.nn.Conv2d, torch.nn.SiLU
    layers = [conv(width, width, 3, padding=1) for _ in range(3)]
    return torch.nn.Sequential(layers[0], silu(), layers[1], silu(), layers[2])


# %%
finders = {}
for name, middle in (("attention", lambda: SelfAttention(64)), ("three convolutions", three_convolutions)):
    torch.manual_seed(0)
    finders[name], fresh = Finder(middle()), torch.Generator().manual_seed(0)
    steps = max(30, round(1500 * P.epochs[0]))
    optimizer = torch.optim.AdamW(finders[name].parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _ in trange(steps, desc=name, mininterval=1):
        L_new, told_new, dyed_new, *_ = drawers(64, fresh)  # always new ones
        (100 * F.mse_loss(finders[name](L_new, told_new), dyed_new)).backward()
        optimizer.step(), optimizer.zero_grad(), schedule.step()
    finders[name].eval().requires_grad_(False)

# %% [markdown]
# **Before you run this:** how much of the error will each of the two leave?


# %%
def mitten_errors(guess):
    return (AB_SCALE * (guess - dyed)).square().sum(dim=1).mean(dim=(1, 2)).numpy()  # (N,), ab units²


mitten_error = {"as given": mitten_errors(told)}
mitten_error |= {name: mitten_errors(net(mitten_L, told)) for name, net in finders.items()}
found = [color.show(mitten_L[:1], net(mitten_L[:1], told[:1]).clamp(-1, 1))[0] for net in finders.values()]
found = [picture.repeat(6, axis=0).repeat(6, axis=1) for picture in found]
size_of = {name: f"{name} ({models.parameters(net):,} parameters)" for name, net in finders.items()}
against_given = {f"{size_of[name]} against the drawer as given":
                 verdicts.change(mitten_error["as given"], mitten_error[name], "squared error")
                 for name in finders}  # fmt: skip
with answer():
    display(plots.picture_row([some[0], *found, some[2]], ["given", *finders, "truth"]))
    display(verdicts.listed(against_given))

# %% [markdown]
# And what does the block look at? Four grey mittens of one drawer, the ring marks them, on the same fixed scale as
# above, for the head that looks most at the partner.
#
# **Before you run this:** a grey mitten asks, the others answer. Which of them should be bright?

# %%
_, mitten_map = finders["attention"].middle(
    finders["attention"].points(mitten_L, told), return_map=True
)  # (N, 4, 16, 16)
asks = right & (pair >= 0)
partner = (pair[:, :, None] == pair[:, None, :]) & asks[:, :, None] & ~right[:, None, :]  # (N, 16, 16)
at_partner = mitten_map.permute(0, 2, 3, 1)[partner].mean(dim=0)  # (heads,): mean share that the partner gets
head = int(at_partner.argmax())
in_effect = (-(mitten_map * mitten_map.clamp(min=1e-12).log()).sum(dim=-1)).exp()  # (N, heads, 16)
in_effect = in_effect.permute(0, 2, 1)[asks].mean(dim=0)

# %%
overlays = []
for spot in asks[0].nonzero()[:4, 0].tolist():
    point = (spot // SIDE, spot % SIDE)
    seen_by = mitten_map[0, head, spot].reshape(SIDE, SIDE).numpy()
    overlays.append(plots.attention_overlay(some[0], seen_by, point, side=192, even=True))
with answer():
    display(plots.describe(plots.captioned_row(overlays, [""] * 4, side=192), "What four grey mittens look at"))
    for h in range(len(at_partner)):
        print(f"head {h}: the partner gets {16 * at_partner[h]:.1f} times the even share; a grey mitten looks at "
              f"{in_effect[h]:.1f} of 16 places in effect")  # fmt: skip
    print(f"the refiner, on portraits: {effective:.0f} of {T} points in effect")

# %% [markdown]
# A head whose partner gets about the even share does something else, or nothing. And the maps are worth looking at here
# because three things came together: the task needs a far look, the error says that the block solved it, and the scale
# is fixed. One of the three is not enough.

# %% [markdown]
# ## 6 · The attention loss
#
# $\lVert AttnMap - ColorMag \rVert^2$ asks the received map to look like the *colour magnitude* of the truth: the
# distance from grey, $\sqrt{a^2 + b^2}$. The paper's words are different: "regions with high color *variation*".
# A plain blue sky has a strong colour that does not vary at all.

# %%
magnitude = losses.chroma(ab)[:, 0]  # (B, H, W)
mean, square = F.avg_pool2d(ab, 5, 1, 2), F.avg_pool2d(ab.square(), 5, 1, 2)
variation = (square - mean.square()).clamp(min=0).sum(dim=1).sqrt()  # spread of ab within 5 × 5 pixels
picture_rows = []
for i in range(3):
    maps = [plots.heat(m[i], m[i].quantile(0.99).item()) for m in (magnitude, variation)]
    row = [color.show(sharp_L, sharp_ab)[i], *maps]
    picture_rows.append(plots.captioned_row(row, ["original", "magnitude", "variation"], side=192))
plots.describe(np.concatenate(picture_rows), "Three portraits, their colour magnitude, their local colour variation")

# %% [markdown]
# **Before you run this:** how much do the two maps have in common? And received attention with each of them?


# %%
def correlation(x, y):
    """Mean over pictures of the correlation between two maps, both brought to the grid of attention."""
    x, y = (F.adaptive_avg_pool2d(m[:, None], shape).flatten(1) for m in (x, y))
    return np.mean([np.corrcoef(p, q)[0, 1] for p, q in zip(x.numpy(), y.numpy(), strict=True)])


agree = correlation(magnitude, variation)
received_map = torch.from_numpy(received)
with answer():
    print(f"magnitude and variation: correlation {agree:+.2f}")
    print(f"received attention and magnitude: {correlation(received_map, magnitude):+.2f}")
    print(f"received attention and variation: {correlation(received_map, variation):+.2f}")

# %% [markdown]
# 1 would mean the same map, 0 nothing in common. There are more holes: the paper does not say how shares
# that sum to one are compared with ab units (the kit divides each map by its largest value), nor which of
# the two directions of the map is meant (the kit takes what is received). The term by hand:

# %% tags=["derive"]
strength = F.adaptive_avg_pool2d(magnitude[:, None], shape)[:, 0]  # on the grid of the map
ours, theirs = (m / m.amax(dim=(1, 2), keepdim=True) for m in (received_map, strength))
torch.testing.assert_close((ours - theirs).square().mean(), losses.attention_loss(received_map, ab))

# %% [markdown]
# ## 7 · Bottleneck, decoder, or none?
#
# "We intended to add this block in the middle bottleneck, but adding it in the decoder performs much
# better." No number is given, so we try: three small refiners, trained on the same pictures in the same
# order. The attention block is the last thing that a new network draws at random, and it starts as the
# identity. So with one seed all three start as the same function. We take two seeds, and average the errors.

# %%
places, SEEDS, nets = ("none", "bottleneck", "decoder"), (0, 1), {}
for seed in SEEDS:
    for place in places:
        torch.manual_seed(seed)
        nets[place, seed] = models.build("enhanced_unet", channels=P.channels, attention=place)
    common = nets["none", seed].state_dict()
    assert all(torch.equal(nets[place, seed].state_dict()[key], common[key]) for place in places for key in common)
for place in places:
    print(f"{place:>10}: {models.parameters(nets[place, 0]):,} parameters")

# %%
train_set = datasets.load("portraits", "train", size=P.size, count=min(P.images or 192, 192))
small_val, small_L, small_ab, small_labels = pictures_and_regions("val", P.size, n)
history = []  # of the first seed
for (place, seed), net in nets.items():
    parts = {"base": Colorizer.load("portraits", device="cpu").parts["base"], "refiner": net}
    stage = Stage(place, "refiner", 4, "refine", warmup=1, noise=True, attention=place != "none")
    rows = fit(stage, parts, train_set, small_val, P.batch, seed=seed)
    history += rows if seed == SEEDS[0] else []
    net.cpu()

# %% [markdown]
# The counterpart of the paper's Figure 5, for the first seed. The total of "none" lacks the attention term, so compare
# the residual terms and the validation errors.
#
# **Before you run this:** which of the three ends lowest, and by how much must it lead before you believe
# it?


# %%
def colored(net):
    """The small validation set, coloured by the base and this refiner."""
    predict = predictor({"base": colorizer.parts["base"], "refiner": net}, "refiner")
    with torch.no_grad():
        return color.show(small_L, predict(small_L))


results = {place: [colored(nets[place, seed]) for seed in SEEDS] for place in places}
small_truth = color.show(small_L, small_ab)
scores = {place: np.mean([metrics.mse(small_truth, x) for x in two], axis=0) for place, two in results.items()}
scores["the base"] = metrics.mse(small_truth, color.show(small_L, colorizer.predict(small_L, "base")["ab"]))
rivals = [("the base", place) for place in places]
rivals += [("none", "bottleneck"), ("none", "decoder"), ("bottleneck", "decoder")]
placed = {f"{b} against {a}": verdicts.change(scores[a], scores[b]) for a, b in rivals}
settled = any(placed[f"{place} against the base"].verdict == "better" for place in places)
with answer():
    display(plots.loss_curves(history))
    display(verdicts.listed(placed))
    display(Markdown(f"At least one of them beats the base: **{'yes' if settled else 'no'}**. Real faces, 3,000 to "
                     "learn from and 400 to score (`study` in the kit's ledger), each against the base:"))  # fmt: skip
    real = {"attention in the decoder": (0.0008, -0.001, 0.0025), "in the bottleneck": (0.0006, -0.001, 0.0023)}
    display(verdicts.listed({name: verdicts.Change(*ends) for name, ends in real.items()}))

# %% [markdown]
# Networks that are no better than the base have not learnt enough to be ranked. And an interval speaks about these
# pictures, for *these* trainings, two each: other seeds could turn the order round. What would settle it: more seeds,
# a full training, and as many parameters in all three.

# %% [markdown]
# ## 8 · Lips and eyes
#
# The block is "necessary", says the paper, for lips and eyes. Here the masks turn that into numbers: the
# error inside each region, the mean of two trainings each.

# %%
bars = {}
for place, two in results.items():
    found = [metrics.by_region(small_truth, result, small_labels) for result in two]
    bars[place] = {region: np.mean([x[region] for x in found]) for region in portraits.REGIONS}
plots.region_bars(bars)


# %%
def inside(two, region):
    """Mean squared error within a region, over both trainings, one number for each picture that shows it."""
    wrong = np.mean([((small_truth.astype(float) - x) ** 2).mean(axis=-1) for x in two], axis=0)  # (N, H, W)
    mask = small_labels == portraits.REGIONS.index(region)
    pixels = mask.sum(axis=(1, 2))
    return (wrong * mask).sum(axis=(1, 2))[pixels > 0] / pixels[pixels > 0]


effect = {r: verdicts.change(inside(results["none"], r), inside(results["decoder"], r), f"error on the {r}")
          for r in portraits.REGIONS}  # fmt: skip
verdicts.listed({f"{r}, decoder against none": effect[r] for r in effect})

# %% [markdown]
# The warning of section 7 holds here too: two trainings each, and small regions swing widely. Six regions are compared,
# and regions of one picture err together, so several that agree are one piece of news, not several. An interval over
# pictures that excludes zero does not yet make a rule about attention.
#
# **A tempting short cut.** Why not take the shipped refiner and switch its attention off? Because its other
# layers learnt to work *with* it: that measures the damage of removing a part, not the benefit of having
# been trained with it.

# %%
base, prior = out["ab_base"], out["prior"]
zero = torch.zeros_like(base)
with torch.no_grad():
    on, off = (correct_once(refiner, L, base, 0, prior, zero, attend=a)[0] for a in (True, False))
of_on, of_off = metrics.mse(truth, color.show(L, on)), metrics.mse(truth, color.show(L, off))
verdicts.listed({"shipped refiner, attention switched off at use": verdicts.change(of_on, of_off)})

# %% [markdown]
# ## The paper says / we found

# %%
last = {row["stage"]: row for row in history if row["epoch"] == 4}
fall = last["decoder"]["residual"] / last["none"]["residual"] - 1
place = placed["decoder against bottleneck"]
lips_and_eyes = [effect["lips"], effect["eyes"]]
both = [x.verdict for x in lips_and_eyes]
better = True if both == ["better"] * 2 else False if both == ["worse"] * 2 else None
moved = "; ".join(str(x).rpartition(": ")[0] for x in lips_and_eyes) + "; two trainings each"
verdicts.claims([
    ("adding it in the decoder performs much better than the initial design", place, "down", verdicts.holds(place)),
    ("improve the model performance on lips and eyes", moved, "down", better),
    ("perception of global color associations", f"eyes look {looks[eye, eye]:.2f} times as much at eyes as even "
     f"attention would; {effective:.0f} of {T} points are looked at in effect (mittens, whose task needs it: "
     f"{at_partner.max() * SIDE**2:.0f} times at the partner)", "above 1", bool(looks[eye, eye] > 1.1)),
    ("guiding the model to focus on the most critical image regions", f"most goes to {top}, {got.max():.2f} times its "
     f"share; to lips {got[lips]:.2f}, to eyes {got[eye]:.2f}", "above 1", bool(min(got[lips], got[eye]) > 1.1)),
    ("the bright area means more attention", f"the brightest point receives {strongest:.1f} times the even share",
     "above 1", bool(strongest > 2)),
])  # fmt: skip

# %%
print(f"residual loss with attention against none, first seed: {fall:+.1%} after four epochs from the same start")

# %% [markdown]
# Only two curves of one length, from one start, can be compared so. The paper's Figure 5 (with attention) starts from a
# network that has trained for 20 epochs already: its lower losses may come from more training alone. The table in
# [lesson 06](06_evaluation.ipynb) therefore holds a control of the same training (catch 9).

# %% [markdown]
# ## Play with it
#
# Choose a row and a column of the map. Left the point, in the middle what it attends to, right what all
# points attend to.

# %%
widgets.attention_explorer(colorizer, color.show(sharp_L, sharp_ab)[0])

# %% [markdown]
# ## Exercises
#
# **Exercise 5.1** · difficulty ●●○ · importance ●●● · 10 minutes
#
# Write attention for whole batches, without a loop: `q (B, N, d)`, `k (B, M, d)`, `v (B, M, e)` to `(B, N, e)`. Do
# not call `scaled_dot_product_attention`. Below it cleans a noisy portrait: each pixel attends to pixels of its own
# lightness and place, and takes the mean of their colours.
#
# <details><summary>Hint</summary>
#
# All scores at once are a matrix product: `q @ k.transpose(1, 2)` has shape `(B, N, M)`. Over which axis
# must the shares sum to one?
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def cleaned(attend, word):
    small_L, small_ab = (F.avg_pool2d(x[:1], 2) for x in (L, ab))
    noisy = small_ab + 0.2 * torch.randn(small_ab.shape, generator=torch.Generator().manual_seed(0))
    rows, columns = torch.meshgrid(*(torch.linspace(-1, 1, s) for s in small_L.shape[-2:]), indexing="ij")
    place = torch.stack([rows, columns])[None]
    points = 12 * torch.cat([2 * small_L, place], dim=1).flatten(2).transpose(1, 2)  # (1, T, 3)
    points = torch.cat([points, -0.5 * points.square().sum(-1, keepdim=True), torch.ones_like(points[..., :1])], dim=-1)
    queries = points[..., [0, 1, 2, 4, 3]] * 5**0.5  # scores: minus half the squared distance
    out = attend(queries, points, noisy.flatten(2).transpose(1, 2)).transpose(1, 2).reshape_as(noisy)
    return plots.picture_row(
        [plots.joined(sharp_L[:1], x)[0] for x in (noisy, out)], ["noisy colours", f"{word}: cleaned"]
    )


cleaned(F.scaled_dot_product_attention, "expected")


# %%
def my_attention(q, k, v):
    raise NotImplementedError("exercise 5.1")


if checks.attention(my_attention):
    display(cleaned(my_attention, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_attention(q, k, v):
#     scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5  # (B, N, M)
#     return scores.softmax(dim=-1) @ v
# ```
#
# `attend_one` above writes softmax as `exp / sum`. For large scores `exp` overflows; `softmax` subtracts
# the largest score first, which changes nothing but the safety.
# </details>

# %% [markdown]
# **Exercise 5.2** · difficulty ●○○ · importance ●●○ · 3 minutes
#
# How many numbers does one attention map over all points of a layer of `height × width` hold? Before you
# check: what comes out for 256 × 256, and how many gigabytes is that at 4 bytes each? For smaller layers:
#
# <details><summary>Hint</summary>
#
# Count the points first. Each of them looks at each, itself included.
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def cost_bars(numbers, word):
    layers = [(4, 4), (8, 4), (8, 8), (16, 8)]
    rows = [{"method": f"{height} x {width}", "mse": numbers(height, width)} for height, width in layers]
    return plots.score_bars(rows, label=f"{word}: numbers in one map")


cost_bars(lambda height, width: torch.zeros(height * width, height * width).numel(), "expected")


# %%
def my_attention_cost(height, width):
    raise NotImplementedError("exercise 5.2")


if checks.attention_cost(my_attention_cost):
    display(cost_bars(my_attention_cost, "yours"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_attention_cost(height, width):
#     return (height * width) ** 2
# ```
#
# For 256 × 256: 65,536 points, 4.3 thousand million numbers, 17 gigabytes, for one head of one picture.
# </details>

# %% [markdown]
# ## What to remember
#
# - Attention is a weighted mean: $\mathrm{softmax}(Q K^T / \sqrt{d})\, V$. Queries ask, keys answer, values are handed
#   over.
# - Its map grows with the fourth power of the side. That, more than taste, decides where it can stand.
# - A map shows where a block looks. Show it on a fixed scale, with the number of points that count in effect. Whether
#   the answer matters is another measurement.
# - It can fetch a colour from anywhere in one layer. Whether it does depends on whether the task asks for it.
# - Switching a part off is not the same as training without it. Compare trainings from the same start.
# - One run each and an interval over pictures is a hint; seeds make it evidence.

# %% [markdown]
# ## Three questions
#
# <details><summary>1. Why do rows of the map sum to one, but columns not?</summary>
#
# **Answer.** Softmax runs along each row: a point hands out one whole attention. How much it receives from
# the others is up to them.
# </details>
#
# <details><summary>2. An overlay is bright on the lips. May you write "the network uses the lips"?</summary>
#
# **Answer.** No. An overlay that is scaled to its own maximum is always bright somewhere, also where attention is even;
# and what is heard there may hardly change the features. Count, compare with chance, and measure the block's effect.
# </details>
#
# <details><summary>3. A paper adds a module and trains on; the loss falls. What comparison is missing?</summary>
#
# **Answer.** The same network, trained on for as long, without the module.
# </details>
