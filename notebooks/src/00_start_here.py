# %% [markdown]
# # 00 · Start here
#
# A grey photo keeps how light each pixel is, and nothing else. This kit builds, step by step, networks that
# guess the missing colours, and reads the paper they come from with a critical eye. This lesson colours a
# first photo.
#
# **After this lesson you can**
#
# - colour a photo, and say which part of the result was given and which was guessed;
# - see whether this machine is ready for the other lessons;
# - check the arithmetic of a paper's claim, and name what the arithmetic does not answer.
#
# **Time and memory:** ten minutes to read; what running it takes stands above.
# **Read before:** nothing; you need Python and a little PyTorch. Words in **bold** or *italics* are explained where
# they first stand, and listed in the [glossary](glossary.md).

# %%
import numpy as np
import torch.nn.functional as F
from IPython.display import Markdown, display
from skimage.data import astronaut

from colorlib import color, doctor, metrics
from colorlib.colorize import Colorizer
from colorlib.course import checks
from colorlib.data import datasets
from colorlib.framing import fade, network_sides
from colorlib.show import plots, verdicts, widgets
from colorlib.show.answers import answer

photo = astronaut()  # Eileen Collins; a photo by NASA, in the public domain
L, ab = color.rgb_to_model(color.from_uint8(photo))  # lightness, and two numbers for the colour
grey = color.show(L, 0 * ab)[0]  # the lightness alone

colorizer = Colorizer.load("faces")  # two small networks, trained on portraits
base, final = (colorizer(grey, stage, faces=None) for stage in ("base", "two-stage"))  # the photo as a whole
titles = ["grey: the input", "base: first guess", "corrected", "original"]
plots.picture_row([grey, base, final, photo], titles)

# %% [markdown]
# From left to right: the grey photo, which is all that the networks get; the first guess by a network called
# the **base**; the same guess after a second network, the **refiner**, has corrected it; and the original,
# which no network saw. This is the paper's Figure 6 (base beside corrected) for one photo that is free to show.
#
# Both networks are small, ship with the kit and have seen faces, not space suits. Is "corrected" closer to the original
# than the base? Below we measure it three times: on the whole photo, on a close-up, and on average over many faces.

# %% [markdown]
# ## Given, and guessed
#
# A colour can be written as three numbers: **L**, how light it is from 0 (black) to 100 (white), and **a**
# and **b**, which say how red or green and how yellow or blue it is. Lesson 01 takes them apart. The grey
# photo *is* L, so L is given. Only a and b are guessed, and the coloured photo keeps its L:

# %%
L_final = color.rgb_to_model(color.from_uint8(final))[0]
apart = 100 * (L_final - L).abs().mean().item()
print(f"L of the coloured photo and of the original differ by {apart:.2f} of 100 on average")

# %% [markdown]
# What is left comes from rounding to 8 bits and from colours that a screen cannot show.
#
# ## Derive, then trust
#
# What does `colorizer` do with a photo? Shrink L to the size that the networks know, let them guess a and b there,
# enlarge the guess, let it fade where the photo is black or white, since no colour is there, and put it together with
# the L of the full photo. Six lines, and the same picture:

# %% tags=["derive"]
L_grey, _ = color.rgb_to_model(color.from_uint8(grey))
sides = network_sides(*grey.shape[:2], colorizer.size)  # height and width, the shorter as in training
small = F.interpolate(L_grey, size=sides, mode="bicubic", antialias=True).clamp(-0.5, 0.5)
guessed = colorizer.predict(small, "base")["ab"]
enlarged = F.interpolate(guessed, size=L_grey.shape[-2:], mode="bilinear")
mine = color.show(L_grey, fade(L_grey) * enlarged)[0]
np.testing.assert_allclose(mine.astype(int), base, atol=1)
print(f"a and b were guessed at {sides[0]} x {sides[1]} pixels, L kept at {L_grey.shape[2]} x {L_grey.shape[3]}")

# %% [markdown]
# ## Where the guess fails
#
# **Before you run this:** four parts of the photo are listed below. Which one will the networks get most
# wrong, and which nearly right?

# %%
parts = {
    "face": (70, 165, 205, 270),
    "suit": (290, 420, 50, 125),
    "flag": (20, 200, 0, 60),
    "wall": (20, 150, 310, 380),
}
error = {}
for name, (top, bottom, left, right) in parts.items():
    box = np.s_[None, top:bottom, left:right]
    error[name] = metrics.delta_e(photo[box], final[box])[0]
worst, best = max(error, key=error.get), min(error, key=error.get)
with answer():
    print(*(f"{name}: {value:.1f}" for name, value in error.items()), sep="\n")
    display(plots.error_map(photo, final))
    display(Markdown(f"Furthest off: the **{worst}**. Closest: the **{best}**."))

# %% [markdown]
# The error is **ΔE2000**, a distance made to agree with the eye: about 1 is just noticeable. The picture shows
# the original, our result, and the error at each pixel: the brighter, the more wrong.
#
# Nothing in a grey photo says that a suit is orange and not blue. Where the guess is right, the network has
# met such things before, and they mostly come in one colour. Where a thing may have any colour, no network
# can know: it can only choose. That is why colourisation is hard to do, and hard to measure.
#
# ## Closer
#
# The networks learnt from portraits in which the face fills the picture. In this photo it fills a small
# part.
#
# **Before you run this:** will the same head come out better when the networks see nothing else? The judge
# is the **MSE**, the number that the paper reports: the mean over all pixels of the squared difference in
# red, green and blue, each from 0 to 255.

# %%
head = np.s_[0:232, 108:340]  # rows and columns
closer = colorizer(grey[head], faces=None)
truth = photo[head][None]
far, near = metrics.mse(truth, final[head][None])[0], metrics.mse(truth, closer[None])[0]
titles = ["cut from the whole photo", "coloured as a close-up", "original"]
with answer():
    display(plots.picture_row([final[head], closer, photo[head]], titles))
    print(f"MSE of these pixels: {far:.0f} from the whole photo, {near:.0f} as a close-up, {near / far - 1:+.0%}")

# %% [markdown]
# The three pictures show the head as cut from the first result, as coloured on its own, and the original.
# A lower MSE is better; you write this measure yourself below.
#
# One head of one photo. What holds on average? We draw 32 portraits and put each into a photo four times as wide, by
# repeating its edges, for networks that learnt from such drawings. Real faces were measured beforehand: 400 of them,
# from which no network learnt, each pasted into an ordinary photograph four times as wide.
#
# **Before you run this:** in which of the three lines is the close-up better?

# %%
drawer = Colorizer.load("portraits")
faces = color.show(*datasets.load("portraits", "test", size=128, count=32).batch(range(32)))  # seen by no training
edges = ((0, 0), (192, 192), (192, 192), (0, 0))
photos = np.pad(faces, edges, mode="edge")  # (32, 512, 512, 3)
as_part = np.stack([drawer(x, faces=None)[192:320, 192:320] for x in photos])
alone = np.stack([drawer(x, faces=None) for x in faces])
means = {  # name: mean MSE of the pixels of the face, as a part of the photo and as a close-up
    "this head": [far, near],
    "32 drawn portraits": [metrics.mse(faces, x).mean() for x in (as_part, alone)],
    "400 real faces": [406.3, 170.4],  # measured with the weights of this lesson: data/ledger.csv, "close-up"
}
lines = ["| faces | as a part of the photo | as a close-up | change |", "|---|---|---|---|"]
lines += [f"| {name} | {one:.0f} | {two:.0f} | {two / one - 1:+.0%} |" for name, (one, two) in means.items()]
with answer():
    display(Markdown("\n".join(lines)))

# %% [markdown]
# That is why the kit colours faces as close-ups unless told otherwise: `colorizer(photo)` looks for faces by itself,
# and `faces=None` above told it not to. On average a network does best on pictures like those it learnt from; a single
# photo, such as ours, may say the opposite.

# %% [markdown]
# ## Does the second network help?
#
# **Before you run this:** the two networks colour the whole photo, and the head as a close-up. The third line is the
# mean over 973 portraits of real people that neither network had seen. In which lines will "corrected" have the lower
# MSE?

# %%
base_closer = colorizer(grey[head], "base", faces=None)
pairs = {  # name: MSE of base, of corrected
    "the whole photo": [metrics.mse(photo[None], x[None])[0] for x in (base, final)],
    "the head as a close-up": [metrics.mse(truth, x[None])[0] for x in (base_closer, closer)],
    "973 test portraits": [173.8, 174.3],  # measured for these weights: colorlib/weights/README.md
}
lines = ["| picture | base | corrected | change |", "|---|---|---|---|"]
lines += [f"| {name} | {one:.0f} | {two:.0f} | {two / one - 1:+.1%} |" for name, (one, two) in pairs.items()]
with answer():
    display(Markdown("\n".join(lines)))
    average = verdicts.Change(0.003, -0.001, 0.006)  # the last line, with its interval (lesson 06)
    display(verdicts.listed({"corrected against the base, 973 portraits": average}))

# %% [markdown]
# One photo, even one crop of one photo, can say the opposite of the average. A figure in a paper is such a crop. It
# shows what can happen; it proves nothing about photos in general.

# %% [markdown]
# ## Is this machine ready?
#
# The doctor looks. `OK` is fine; `DO` says what to do. In a terminal, `python -m colorlib doctor` prints the
# same lines in full.

# %%
for check in doctor.checks():
    personal = check.name in ("Python", "memory", "disk")  # about this machine: not for a stored page
    words = "" if personal and check.ok else f"{check.detail}. {'' if check.ok else check.advice}"
    print(f"{check.name:<10} {'OK' if check.ok else 'DO'}  {words.rstrip('. ')}")

# %% [markdown]
# No line asks for a GPU: every lesson runs on two processor cores, without a network.
#
# ## Your own photo
#
# Drag the line across the astronaut: grey on one side, coloured on the other. Then choose a photo of your
# own, see it coloured, and save it. It stays on the machine that runs this notebook.
#
# Without a running kernel, as on a code host, you see stills of each control panel; the pages that `make lessons`
# writes have sliders over many states.

# %%
widgets.before_after(grey, final, ("grey", "coloured"))

# %%
widgets.your_photo(colorizer)

# %% [markdown]
# ## The way through
#
# | lesson | asks |
# |---|---|
# | [01 data prep](01_data_prep.ipynb) | What does a grey photo know of its colours? Which score is good? |
# | [02 base training](02_base_training.ipynb) | Why do simple networks paint everything greyish? |
# | [03 colour prior](03_color_prior.ipynb) | What can four numbers about its colours tell? |
# | [04 diffusion step](04_diffusion_step.ipynb) | Why add noise to a guess before correcting it? |
# | [05 attention](05_attention.ipynb) | How does one part of a picture learn from another? |
# | [06 evaluation](06_evaluation.ipynb) | Which method is better, and how sure can we be? |
# | [07 beyond the paper](07_beyond_the_paper.ipynb) | What did the paper leave open? |
#
# Every lesson derives its block in a few lines, shows that the tested one in the package `colorlib` gives
# the same numbers, and then uses that.

# %% [markdown]
# ## How to read a paper
#
# The method of these lessons is a paper's: a network of 2017, **SIGGRAPH17** (Zhang et al.), gives a first
# guess, and an "Enhanced U-Net" corrects it. Its main claim stands in its abstract: *"a 19.03% MSE reduction
# compared to the powerful SIGGRAPH17 baseline"*. A **baseline** is the method one compares with. The numbers
# stand in its Table 2:

# %%
table = {  # MSE: lower is better. PSNR in dB and SSIM: higher is better; lesson 06 explains both.
    "CNN": (337.021, 24.673, 0.926),
    "GAN": (368.143, 22.471, 0.921),
    "SIGGRAPH17": (78.807, 29.634, 0.982),
    "ours": (63.812, 30.500, 0.983),
}
printed = [{"method": name, "mse": row[0]} for name, row in table.items()]
plots.score_bars(printed, label="MSE, as printed in Table 2")

# %% [markdown]
# The bars are the paper's four rows; "ours" is the authors' method. First step: does the claim follow from
# the table?
#
# **The paper says / we found**

# %%
claims = [
    ("a reduction of 19.03% in MSE", -19.03, "down"),
    ("an improvement of 2.92% in PSNR", 2.92, "up"),
    ("0.101% in SSIM", 0.101, "up"),
]
rows = []
for (said, printed, good), before, after in zip(claims, table["SIGGRAPH17"], table["ours"], strict=True):
    moved = 100 * (after / before - 1)
    rows.append((said, f"{moved:+.3f} %, from its own table", good, abs(moved - printed) < 0.005))
verdicts.claims(rows)

# %% [markdown]
# The arithmetic holds, up to rounding. So the claim says what was measured. It does not say what that means.

# %% [markdown]
# These are the questions to ask of any such number, and the lessons in which we ask them:
#
# 1. **Compared with what?** Are the baselines any good? What does the simplest guess score? (01, 02)
# 2. **What did the method know?** Could anything of the answer have leaked in? (03)
# 3. **Could I build it from the text?** What is left out? (04)
# 4. **Was it the idea, or just more network and more training?** (05, 06)
# 5. **How was it measured?** Do all rows follow the same rule? (06)
# 6. **How sure is it?** Would another run, or other pictures, give the same order? (06)
#
# They lead to thirteen **catches**: places where the paper is ambiguous, contradicts itself, or shows less than
# it says. Each is marked where it belongs, as "Catch 6", and
# [lesson 07](07_beyond_the_paper.ipynb#Thirteen-catches) lists them all.
# None of them accuses anybody. They are what a careful reader, or author, asks.

# %% [markdown]
# ## Exercises
#
# Stuck? `checks.mse.hint()` gives a hint, and then another. `checks.progress()` lists what is solved, for
# you alone.
#
# **Exercise 0.1** · difficulty ●○○ · importance ●●● · 5 minutes
#
# Write the MSE. `truth` and `pred` are N pictures each: 8-bit arrays of shape `(N, H, W, 3)`. Give one
# number for each picture, on the scale 0 to 255. On five versions of the head it should give the bars below.
#
# <details><summary>Hint</summary>
#
# An 8-bit number cannot be negative: `np.uint8(3) - np.uint8(5)` is 254. Convert to float before you
# subtract. The mean goes over three of the four axes.
#
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def head_bars(measure, label):
    guesses = {"without colour": grey[head], "base, whole photo": base[head], "corrected, whole photo": final[head]}
    guesses |= {"base, close-up": base_closer, "corrected, close-up": closer}
    heads = np.stack(list(guesses.values()))
    values = measure(np.repeat(truth, len(heads), axis=0), heads)
    return plots.score_bars([{"method": m, "mse": v} for m, v in zip(guesses, values, strict=True)], label=label)


head_bars(metrics.mse, "expected: MSE of the head")


# %%
def my_mse(truth, pred):
    raise NotImplementedError("exercise 0.1")


if checks.mse(my_mse):
    display(head_bars(my_mse, "yours: MSE of the head"))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_mse(truth, pred):
#     difference = truth.astype(float) - pred.astype(float)
#     return (difference**2).mean(axis=(1, 2, 3))
# ```
#
# </details>

# %% [markdown]
# **Exercise 0.2** · difficulty ●○○ · importance ●●○ · 5 minutes
#
# What do the networks go by: what things look like, or where they are? Turn the grey picture, 8-bit `(H, W, 3)`, upside
# down, colour it by `colorizer(picture, faces=None)`, and return the result, turned back. Guess first whether the face
# will keep its colour. Below is what should come out.
#
# <details><summary>Hint</summary>
#
# A picture is an array `(H, W, 3)`; `picture[::-1].copy()` has its rows in reverse order. PyTorch takes the
# copy, but no view that runs backwards. Without `faces=None` the `colorizer` may find out that the face
# stands on its head, and turn it.
#
# </details>


# %% tags=["expected", "hide-input"] jupyter={"source_hidden": true}
def turned_by_us(picture):
    return np.flipud(colorizer(np.flipud(picture).copy(), faces=None))


small = {"picture": grey[head][::4, ::4].copy()}
variants = {
    checks.judging.RIGHT: turned_by_us,
    "the result is still upside down": lambda picture: np.flipud(turned_by_us(picture)),
    "the picture was never turned": lambda picture: colorizer(picture, faces=None),
    "faces=None is missing, so that the face was found and turned": lambda picture: np.flipud(
        colorizer(np.flipud(picture).copy())
    ),
    "left and right are exchanged, not above and below": lambda picture: np.fliplr(
        colorizer(np.fliplr(picture).copy(), faces=None)
    ),
}
wanted = turned_by_us(grey[head])
plots.picture_row([closer, wanted], ["coloured upright", "expected:\ncoloured upside down"])


# %%
def colored_upside_down(picture):
    raise NotImplementedError("exercise 0.2")


if checks.judging.judge("colored_upside_down", colored_upside_down, [small], variants):
    turned = colored_upside_down(grey[head])
    print(f"MSE: {near:.0f} upright, {metrics.mse(truth, turned[None])[0]:.0f} upside down")
    display(plots.picture_row([closer, turned], ["coloured upright", "yours: upside down"]))

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def colored_upside_down(picture):
#     return colorizer(picture[::-1].copy(), faces=None)[::-1]
# ```
#
# Compare the two MSE: where they are close, the colour of a face hardly hangs on its being upright, though all faces
# that the networks learnt from were. Try a mirrored picture, `picture[:, ::-1]`, too: does it change the result less?
#
# </details>

# %% [markdown]
# ## What to remember
#
# - A grey photo is L. Colourisation keeps it and guesses a and b.
# - A guess is good where things mostly come in one colour, and arbitrary where they come in many.
# - One photo shows what can happen. It proves nothing about photos in general.
# - That a claim's arithmetic holds is where reading a paper starts.
#
# ## Three questions
#
# **1.** Someone shows you a coloured photo of their great-grandmother in a blue dress. What do you know
# about the dress?
# <details><summary>Answer</summary>
# How light it was. Its blue is a guess, and grey photos of a red dress of the same lightness look the same.
# </details>
#
# **2.** Why does the coloured photo look sharp, though the networks work on a much smaller version of it?
# <details><summary>Answer</summary>
# Sharpness lies in L, which is kept at full size. Only a and b are enlarged, and the eye forgives them.
# Lesson 01 measures how much.
# </details>
#
# **3.** A method has a 19 % lower MSE than another. Name two things you would ask before you use it.
# <details><summary>Answer</summary>
# For instance: was the other method trained as long and on the same pictures? How much would the difference
# vary with other test pictures? See the list above.
# </details>
