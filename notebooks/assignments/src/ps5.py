# %% [markdown]
# # Problem set 5 · Attention
#
# After lesson 05. 24 points, about 105 minutes, a laptop is enough.
#
# Write where `raise NotImplementedError` stands, or where it says YOUR ANSWER HERE. Add cells as you like; do not
# delete, copy or merge the given ones, because they carry names by which the grader finds them. Run all cells once
# before you hand in.
#
# The cells under an answer test it, one idea each, so a half right answer earns part of the points. The grader runs
# more tests of the same kind with other numbers. No task needs your answer to an earlier one: where a task builds on
# one, it uses colorlib's.

# %% nbgrader={"grade_id": "ps5-setup", "locked": true}
import warnings

import torch
import torch.nn.functional as F

from colorlib import color, models, portraits
from colorlib.colorize import Colorizer
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.models.enhanced_unet import received_attention
from colorlib.show import plots

warnings.simplefilter("ignore")
shipped = Colorizer.load("portraits", device="cpu")
refiner = shipped.parts["refiner"]
val = datasets.load("portraits", "val", size=shipped.size, count=12)
L, ab = val.batch(range(len(val)))  # (12, 1, H, W) and (12, 2, H, W), model units
attention = shipped.predict(L, t=0, return_attention=True)["attention"]  # (12, heads, T, T)
shape = refiner.attention_shape(shipped.size, shipped.size)  # (rows, columns), rows · columns = T


# %% nbgrader={"grade_id": "ps5-helpers", "locked": true}
def numbers(*shape, seed):
    """Random numbers between -0.5 and 0.5, the same in every run."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 0.5


pictures = color.show(L[:3], ab[:3])
maps = received_attention(attention[:3], shape).numpy()
overlays = [plots.attention_overlay(picture, m, side=160) for picture, m in zip(pictures, maps, strict=True)]
plots.picture_row(overlays, ["where attention goes"] * 3)

# %% [markdown]
# ## Task 5.1 · 4 points · 20 minutes
#
# Attention is `softmax(q kᵀ / √d) v`: each query gives shares to all keys and gets the mean of their values, weighted
# by the shares. Its cost falls where a position looks at its neighbours alone. The T positions fill a picture of
# `columns` columns row by row: position 0 is the first of row 0, position `columns` the first of row 1.
#
# From `q (B, T, d)`, `k (B, T, d)`, `v (B, T, e)`, `columns` and `reach` return `(B, T, e)`: attention in which a key
# takes part if it is *near* the query: at most `reach` rows **and** at most `reach` columns away. The shares of those
# that take part sum to 1. Do not call `scaled_dot_product_attention`.


# %% nbgrader={"grade_id": "ps5-1", "solution": true}
def near_attention(q, k, v, columns, reach):
    ### BEGIN SOLUTION
    place = torch.arange(q.shape[1])
    row, column = place // columns, place % columns
    near = ((row[:, None] - row).abs() <= reach) & ((column[:, None] - column).abs() <= reach)  # (T, T)
    scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5  # (B, T, T)
    return scores.masked_fill(~near, -torch.inf).softmax(dim=-1) @ v
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps5-1-given", "locked": true}
q, k, v = 4 * numbers(2, 20, 8, seed=0), 4 * numbers(2, 20, 8, seed=1), numbers(2, 20, 3, seed=2)  # 4 rows, 5 columns


def only(*places):
    """1 at these positions, 0 elsewhere, (1, 20, 1)."""
    return torch.zeros(1, 20, 1).index_fill(1, torch.tensor(places), 1.0)


# %% nbgrader={"grade_id": "ps5-1-all", "grade": true, "points": 1}
# a reach beyond the picture: plain attention
assert torch.allclose(near_attention(q, k, v, 5, 5), F.scaled_dot_product_attention(q, k, v), atol=1e-5)
### BEGIN HIDDEN TESTS
others = 6 * numbers(3, 6, 2, seed=900), 6 * numbers(3, 6, 2, seed=901), numbers(3, 6, 4, seed=902)
assert torch.allclose(near_attention(*others, 3, 9), F.scaled_dot_product_attention(*others), atol=1e-5)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-1-unseen", "grade": true, "points": 1}
# who is far has no say: position 6 (row 1, column 1) sees rows 0 to 2 and columns 0 to 2
far = only(3, 4, 8, 9, 13, 14, 15, 16, 17, 18, 19)
plain, moved = near_attention(q, k, v, 5, 1), near_attention(q, k + 3 * far, v - 9 * far, 5, 1)
assert torch.allclose(plain[:, 6], moved[:, 6], atol=1e-5), "keys out of reach were changed, and position 6 moved"
assert not torch.allclose(plain[:, 13], moved[:, 13], atol=1e-2), "position 13 sees some of those that changed"
### BEGIN HIDDEN TESTS
far = 1 - only(0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13)
moved = near_attention(q, k, v + 50 * far, 5, 2)
assert torch.allclose(near_attention(q, k, v, 5, 2)[:, [0, 1]], moved[:, [0, 1]], atol=1e-4)
assert not torch.allclose(near_attention(q, k, v, 5, 2)[:, 6], moved[:, 6], atol=1e-2)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-1-shares", "grade": true, "points": 1}
# the shares of those who take part sum to 1
ones = near_attention(q, k, torch.ones_like(v), 5, 1)
assert torch.allclose(ones, torch.ones_like(ones)), "the mean of ones is 1, whoever takes part"
### BEGIN HIDDEN TESTS
assert torch.allclose(near_attention(q, k, v, 5, 0), v, atol=1e-5)  # everybody sees itself alone
assert torch.allclose(near_attention(q, k, torch.ones_like(v), 4, 1), torch.ones_like(v))
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-1-check", "grade": true, "points": 1}
# all of it
assert checks.near_attention(near_attention), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
corner = [0, 1, 2, 4, 5, 6, 8, 9, 10]  # of 5 rows and 4 columns: who is at most 2 away from position 0
wanted = F.scaled_dot_product_attention(q[:, :1], k[:, corner], v[:, corner])
assert torch.allclose(near_attention(q, k, v, 4, 2)[:, :1], wanted, atol=1e-5)
middle = [r * 5 + c for r in (1, 2, 3) for c in (1, 2, 3)]
wanted = F.scaled_dot_product_attention(q[:, 12:13], k[:, middle], v[:, middle])
assert torch.allclose(near_attention(q, k, v, 5, 1)[:, 12:13], wanted, atol=1e-5)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 5.2 · 3 points · 10 minutes
#
# Attention with several *heads* cuts the channels into groups that attend separately. From `x (B, T, C)` and `heads`
# (which divides C) to `(B, heads, T, C / heads)`: head 0 gets the first `C / heads` channels of every position, head 1
# the next ones, and so on.


# %% nbgrader={"grade_id": "ps5-2", "solution": true}
def split_heads(x, heads):
    ### BEGIN SOLUTION
    B, T, C = x.shape
    return x.reshape(B, T, heads, C // heads).transpose(1, 2)
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps5-2-given", "locked": true}
x = torch.arange(2 * 3 * 8.0).view(2, 3, 8)

# %% nbgrader={"grade_id": "ps5-2-shape", "grade": true, "points": 1}
# the shape, and no number lost
y = split_heads(x, 4)
assert y.shape == (2, 4, 3, 2), "2 pictures, 4 heads, 3 positions, 2 channels each"
assert torch.equal(y.flatten().sort().values, x.flatten()), "every number once"
### BEGIN HIDDEN TESTS
z = numbers(1, 5, 6, seed=910)
assert split_heads(z, 3).shape == (1, 3, 5, 2)
assert torch.equal(split_heads(z, 1), z[:, None])
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-2-first", "grade": true, "points": 1}
# head 0 has the first channels of every position
assert torch.equal(split_heads(x, 4)[:, 0], x[:, :, :2]), "channels 0 and 1"
assert torch.equal(split_heads(x, 4)[:, 3], x[:, :, 6:]), "the last head has the last channels"
### BEGIN HIDDEN TESTS
z = numbers(3, 4, 12, seed=911)
assert all(torch.equal(split_heads(z, 3)[:, h], z[:, :, 4 * h : 4 * h + 4]) for h in range(3))
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-2-check", "grade": true, "points": 1}
# all of it
assert checks.split_heads(split_heads), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
z = numbers(2, 7, 10, seed=912)
joined = split_heads(z, 5).transpose(1, 2).reshape(2, 7, 10)  # heads put together again
assert torch.equal(joined, z)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 5.3 · 3 points · 10 minutes
#
# An attention map `(B, heads, T, T)` holds, in row i, the shares that position i gives to all positions. How much is
# each position *looked at*? Take the mean over the heads and over those who look, and lay the T numbers out as a
# picture of `rows` rows: `(B, rows, T / rows)`.


# %% nbgrader={"grade_id": "ps5-3", "solution": true}
def received(attention, rows):
    ### BEGIN SOLUTION
    return attention.mean(dim=(1, 2)).reshape(len(attention), rows, -1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps5-3-even", "grade": true, "points": 1}
# even attention: everyone receives 1 / T
even = received(torch.full((2, 3, 6, 6), 1 / 6), 2)
assert even.shape == (2, 2, 3), "2 pictures of 2 rows and 3 columns"
assert torch.allclose(even, torch.tensor(1 / 6)), "six positions, a sixth each"
### BEGIN HIDDEN TESTS
assert torch.allclose(received(torch.full((1, 2, 20, 20), 1 / 20), 5), torch.full((1, 5, 4), 1 / 20))
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-3-star", "grade": true, "points": 1}
# all look at position 4, which is row 1, column 1
star = torch.zeros(1, 2, 6, 6)
star[..., 4] = 1
assert torch.equal(received(star, 2), torch.tensor([[[0.0, 0, 0], [0, 1, 0]]])), "everything goes to row 1, column 1"
### BEGIN HIDDEN TESTS
a = torch.zeros(1, 2, 6, 6)
a[0, 0, :, 0] = 1
a[0, 1, :, 5] = 1
assert torch.allclose(received(a, 3), torch.tensor([[[0.5, 0], [0, 0], [0, 0.5]]]))
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-3-check", "grade": true, "points": 1}
# all of it
assert checks.received(received), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
assert torch.allclose(received(attention, shape[0]), received_attention(attention, shape), atol=1e-7)
assert torch.allclose(received(attention, shape[0]).sum(dim=(1, 2)), torch.ones(12), atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ## Task 5.4 · 3 points · 10 minutes
#
# Memory decides where attention can stand. A layer is `down` times smaller than the picture in both directions (`down`
# divides both sides). How many bytes do the attention maps of one picture take there, with `heads` heads and 4 bytes a
# number?


# %% nbgrader={"grade_id": "ps5-4", "solution": true}
def map_bytes(height, width, down, heads):
    ### BEGIN SOLUTION
    points = (height // down) * (width // down)
    return 4 * heads * points**2
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps5-4-growth", "grade": true, "points": 1}
# twice the side
growth = map_bytes(128, 128, 8, 4) / map_bytes(64, 64, 8, 4)
assert growth == 16, f"twice the side, four times the points, sixteen times the map; got {growth:g}"
### BEGIN HIDDEN TESTS
assert map_bytes(64, 192, 4, 1) == 9 * map_bytes(64, 64, 4, 1)
assert map_bytes(256, 256, 16, 2) == map_bytes(64, 64, 4, 2)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-4-heads", "grade": true, "points": 1}
# each head has a map, and half the resolution in the layer saves much
assert map_bytes(64, 64, 8, 8) == 8 * 4 * 64**2, "eight heads, eight maps of 64 · 64 numbers"
assert map_bytes(64, 64, 4, 2) == 16 * map_bytes(64, 64, 8, 2), "one level up, sixteen times the bytes"
### BEGIN HIDDEN TESTS
assert map_bytes(96, 32, 4, 3) == 3 * map_bytes(96, 32, 4, 1)
assert map_bytes(96, 96, 2, 1) == 81 * map_bytes(96, 96, 6, 1)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-4-check", "grade": true, "points": 1}
# all of it
assert checks.map_bytes(map_bytes), "the lines above say what is not right yet"
### BEGIN HIDDEN TESTS
measured = attention[0].numel() * attention.element_size()  # the shipped refiner's own maps
assert map_bytes(shipped.size, shipped.size, shipped.size // shape[0], attention.shape[1]) == measured
### END HIDDEN TESTS

# %% [markdown]
# ## Task 5.5 · 3 points · 15 minutes
#
# A bright overlay is bright somewhere, whatever the network does. Compare with chance: how much attention does a region
# receive, divided by its share of the area?
#
# `got (B, rows, columns)` is the received attention of each picture, which sums to 1; `region (B, rows, columns)` says
# how much of each position belongs to the region, from 0 to 1. Return one number: the attention that lands in the
# region, summed over all pictures, divided by the same sum for even attention (`1 / (rows · columns)` everywhere).


# %% nbgrader={"grade_id": "ps5-5", "solution": true}
def lift(got, region):
    ### BEGIN SOLUTION
    positions = got.shape[1] * got.shape[2]
    return ((got * region).sum() / (region.sum() / positions)).item()
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps5-5-even", "grade": true, "points": 1}
# even attention has a lift of 1, for every region
even = torch.full((2, 4, 4), 1 / 16)
for columns in (1, 3):
    region = torch.zeros(2, 4, 4)
    region[..., :columns] = 1
    assert abs(float(lift(even, region)) - 1) < 1e-5, "even attention: no region gets more than its area"
### BEGIN HIDDEN TESTS
assert abs(float(lift(torch.full((3, 2, 5), 0.1), numbers(3, 2, 5, seed=920) + 0.5)) - 1) < 1e-4
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-5-star", "grade": true, "points": 1}
# everything lands on one of 16 positions
got = torch.zeros(2, 4, 4)
got[:, 1, 2] = 1
assert abs(float(lift(got, got)) - 16) < 1e-4, "one position of 16 gets everything: 16 times its area"
assert float(lift(got, 1 - got)) == 0, "the rest gets nothing"
### BEGIN HIDDEN TESTS
half = got.clone()
half[:, 0, 0] = 1
assert abs(float(lift(got, half)) - 8) < 1e-4
assert abs(float(lift(got, 0.5 * got)) - 16) < 1e-4  # a position that belongs to the region by half
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-5-pictures", "grade": true, "points": 1}
# sums over all pictures first, then one division: a picture with a larger region counts more
got, region = torch.tensor([[[1.0, 0, 0, 0]], [[0, 0.5, 0.5, 0]]]), torch.tensor([[[1.0, 0, 0, 0]], [[1, 1, 1, 0]]])
value = float(lift(got, region))
assert abs(value - 2) < 1e-5, f"2 lands in the region, 1/4 and 3/4 would by chance: 2 is wanted, got {value:.3f}"
### BEGIN HIDDEN TESTS
g, r = torch.softmax(4 * numbers(5, 12, seed=921), dim=1).view(5, 3, 4), (numbers(5, 3, 4, seed=922) > 0).float()
assert abs(float(lift(g, r)) - ((g * r).sum() / (r.sum() / 12)).item()) < 1e-4
### END HIDDEN TESTS

# %% [markdown]
# With your answer: what the shipped refiner looks at, for its size.

# %%
_, labels = portraits.draw_batch([int(key.split("/")[1]) for key in val.keys], size=val.size, masks=True)
for i, name in enumerate(portraits.REGIONS):
    share = F.adaptive_avg_pool2d(torch.from_numpy(labels == i).float()[:, None], shape)[:, 0]
    print(f"{name:>10}: {lift(received_attention(attention, shape), share):.2f} times its area")

# %% [markdown]
# ## Task 5.6 · 4 points · 25 minutes · a catch of the paper
#
# "We intended to add this block in the middle bottleneck, but adding it in the decoder performs much better." Is it the
# *place*? Measure what else changes when the block moves.
#
# Write `measure_block(net, side)`: for a refiner `net` with attention and square pictures of `side` pixels return a
# dictionary of three whole numbers:
#
# - `"parameters"`: how many numbers the attention blocks learn (`net.attend` holds the blocks);
# - `"positions"`: over how many positions the map goes (T). Run the network once and look at the map that comes back;
# - `"map"`: how many numbers the maps of one picture hold, all heads together.
#
# Hint: `net(L, ab, t=..., prior=..., return_attention=True)` returns `(residual, map)`; the inputs may be zeros: `L (1,
# 1, side, side)`, `ab (1, 2, side, side)`, `prior (1, 4)`, and `t=0`.


# %% nbgrader={"grade_id": "ps5-6", "solution": true}
def measure_block(net, side):
    ### BEGIN SOLUTION
    with torch.no_grad():
        inputs = torch.zeros(1, 1, side, side), torch.zeros(1, 2, side, side)
        _, found = net(*inputs, t=0, prior=torch.zeros(1, 4), return_attention=True)
    return {
        "parameters": sum(p.numel() for p in net.attend.parameters()),
        "positions": found.shape[-1],
        "map": found[0].numel(),
    }
    ### END SOLUTION


# %% nbgrader={"grade_id": "ps5-6-given", "locked": true}
def refiner_with(place, channels=(16, 32, 48, 64), blocks=1):
    """An untrained refiner with its attention in the "bottleneck" or in the "decoder"."""
    torch.manual_seed(0)
    return models.build("enhanced_unet", channels=channels, attention=place, blocks=blocks).eval()


# %% nbgrader={"grade_id": "ps5-6-parameters", "grade": true, "points": 1}
# parameters
learnt = {place: measure_block(refiner_with(place), 64)["parameters"] for place in ("bottleneck", "decoder")}
print(learnt)
assert all(5_000 < count < 50_000 for count in learnt.values()), "some thousand numbers in each place"
### BEGIN HIDDEN TESTS
for place, channels in (("bottleneck", 64), ("decoder", 48)):
    assert learnt[place] == 4 * channels * (channels + 1) + 2 * channels
both = measure_block(refiner_with("decoder", blocks=2), 32)["parameters"]
assert both == sum(4 * c * (c + 1) + 2 * c for c in (48, 32))
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-6-positions", "grade": true, "points": 1}
# positions
where = {place: measure_block(refiner_with(place), 64)["positions"] for place in ("bottleneck", "decoder")}
print(where)
assert where["bottleneck"] == 64, "8 by 8 positions in the bottleneck"
### BEGIN HIDDEN TESTS
assert where["decoder"] == 256
assert measure_block(refiner_with("decoder", (8, 16, 16)), 32)["positions"] == 256
assert measure_block(refiner_with("bottleneck", (8, 16, 16)), 48)["positions"] == 144
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-6-map", "grade": true, "points": 1}
# the maps of one picture
count = measure_block(refiner_with("bottleneck"), 64)["map"]
assert count == 4 * 64**2, f"4 heads, 64 positions that look at 64; got {count:,}"
### BEGIN HIDDEN TESTS
assert measure_block(refiner_with("decoder"), 64)["map"] == 4 * 256**2
assert measure_block(refiner_with("decoder", blocks=2), 32)["map"] == 4 * 256**2
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "ps5-6-sides", "grade": true, "points": 1}
# measured, not looked up: another side, and the network is left as it was
net = refiner_with("decoder")
before = {key: value.clone() for key, value in net.state_dict().items()}
small, large = measure_block(net, 32), measure_block(net, 64)
assert small["parameters"] == large["parameters"], "parameters do not depend on the side"
assert large["map"] == 16 * small["map"], "twice the side"
assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items()), "the network was changed"
### BEGIN HIDDEN TESTS
odd = measure_block(refiner_with("bottleneck"), 60)  # padded to 64 inside
assert odd["positions"] == 64
assert measure_block(refiner, shipped.size)["positions"] == attention.shape[-1]
### END HIDDEN TESTS

# %% [markdown]
# ## Task 5.7 · 4 points · 15 minutes · in words
#
# The paper says that the block belongs in the decoder, and shows bright maps on lips and eyes. What do the sentence and
# the pictures prove? Write about eight sentences. A person reads them and gives one point for each:
#
# - what changes with the place besides the place, with your numbers;
# - a comparison that would isolate the place: what is kept equal, what is repeated;
# - why a bright map is no proof that the block helps there, and what to measure instead;
# - what the numbers of parameters, positions and bytes mean for pictures of 256 pixels.

# %% [markdown] nbgrader={"grade_id": "ps5-7", "grade": true, "solution": true, "points": 4}
# ### BEGIN SOLUTION
# Moving the block from the bottleneck one level up changes its parameters (16,768 to 9,504 here), the positions (64 to
# 256 at 64 pixels) and so the map and the work (sixteen times the numbers). It also moves behind the place where the
# prior and t enter. "Better in the decoder" may be any of these.
#
# Train both with as many parameters in all (widen the other), from the same start, on the same pictures in the same
# order, for as long, with several seeds each; compare by a paired interval over pictures, and see whether the places
# differ by more than the seeds. A third network without attention and with the same number of parameters stands beside.
#
# An overlay is scaled to its own maximum, so it is bright somewhere in any case, and a map says where the block looks,
# not whether its answer matters. Divide what a region receives by its area, and measure the error on lips and eyes with
# and without the block, trained each for itself.
#
# At 256 pixels the bottleneck of such a network (8 times smaller) has 1,024 positions, the decoder level above it
# 4,096: 16.8 million numbers a head, 67 megabytes, 268 for four heads of one picture, if the map is stored.
#
# Marks: 1 for at least two changed quantities with numbers; 1 for equal parameters or training and several seeds; 1 for
# "brightness is relative" with a measurement instead; 1 for a right number at 256 pixels.
# ### END SOLUTION
