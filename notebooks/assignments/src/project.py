# %% [markdown]
# # Project · An ablation ledger of your own
#
# After lesson 06. 40 points, about 6 hours, of which a laptop trains for one at most. A person grades it by the rubric
# that stands in each part; nothing here is tested automatically.
#
# An *ablation* takes one idea out of a method, or puts one in, and measures what that changes. A *ledger* is the list
# of all runs behind a claim, also of those that did not work. You choose one claim about a second stage (from the
# paper, from a lesson, or your own), and find out on the drawn portraits whether it holds.
#
# Claims that fit into an hour of a laptop: noise in training helps; the prior helps, from the base or when set to a
# constant; the diversity term as printed makes results greyer; attention helps lips and eyes; a warm-up matters; twice
# the pictures help more than any of these.
#
# Write where it says YOUR ANSWER HERE and where `raise NotImplementedError` stands. Add cells as you like; do not
# delete, copy or merge the given ones. Write parts 6.1 to 6.3 *before* you look at results, and leave them as they
# are: a wrong prediction costs nothing, a prediction that was changed afterwards costs trust.

# %% nbgrader={"grade_id": "project-setup", "locked": true}
import time
import warnings

import numpy as np
import torch

from colorlib import color, metrics, models, portraits
from colorlib.colorize import Colorizer
from colorlib.data import datasets
from colorlib.methods import Stage
from colorlib.show import plots
from colorlib.training.fit import fit
from colorlib.training.validation import predictor

warnings.simplefilter("ignore")
shipped = Colorizer.load("portraits", device="cpu")
SIZE, CHANNELS = 32, (8, 16, 16)  # larger ones cost more time: yours to change, the same for all runs of a comparison
test = datasets.load("portraits", "test", size=SIZE, count=100)
L, ab = test.batch(range(len(test)))
truth = color.show(L, ab)


# %% nbgrader={"grade_id": "project-run", "locked": true}
def run(arm, seed, attention="none", prior=False, noise=False, images=256, epochs=3, **options):
    """Train a refiner on the shipped base and score it: a row of the ledger, with the MSE of each test picture.

    arm: the name of what is tried.  attention, prior, noise: what the refiner has.  options: more for `fit`, such
    as diversity="paper".  The control is a run with none of the ideas.
    """
    began = time.perf_counter()
    torch.manual_seed(seed)
    net = models.build("enhanced_unet", channels=CHANNELS, attention=attention, prior=prior, time=noise)
    parts = {"base": Colorizer.load("portraits", device="cpu").parts["base"], "refiner": net}
    train = datasets.load("portraits", "train", size=SIZE, count=images)
    stage = Stage(arm, "refiner", epochs, "refine", noise=noise, attention=attention != "none")
    fit(stage, parts, train, batch=32, seed=seed, **options)
    with torch.no_grad():
        guess = color.show(L, predictor(parts, "refiner")(L))
    mse = metrics.mse(truth, guess)
    settings = {"attention": attention, "prior": prior, "noise": noise, "images": images, "epochs": epochs, **options}
    row = {"arm": arm, "seed": seed, **settings, "parameters": models.parameters(net), "mse": round(mse.mean(), 2)}
    return row | {"seconds": round(time.perf_counter() - began)}, mse


# %% nbgrader={"grade_id": "project-missing", "locked": true}
def what_is_missing(ledger):
    """What a ledger lacks to carry a claim, as a list of sentences; empty where nothing does."""
    arms = {}
    for row in ledger:
        arms.setdefault(row["arm"], set()).add(row["seed"])
    missing = []
    if "control" not in arms:
        missing.append('no arm is called "control": the same training without the idea')
    if len(arms) < 2:
        missing.append("two arms at least: the control and the idea")
    missing += [f"{arm}: {len(seeds)} seed(s), wanted 3 or more" for arm, seeds in arms.items() if len(seeds) < 3]
    if len({frozenset(seeds) for seeds in arms.values()}) > 1:
        missing.append("the arms have different seeds: they cannot be compared in pairs")
    for key in ("mse", "seconds", "images", "epochs", "parameters"):
        if any(key not in row for row in ledger):
            missing.append(f"a row without {key!r}")
    return missing


# %% [markdown]
# ## Part 6.1 · 5 points · 30 minutes · the claim
#
# One claim, in one sentence that a measurement can refute; where it comes from; and what you would accept as evidence
# for it and against it.
#
# | points | for |
# |---|---|
# | 2 | a claim with a direction and a measure, which could turn out wrong |
# | 1 | its source, quoted or named |
# | 2 | what would speak for it and what against it, said before any run |

# %% [markdown] nbgrader={"grade_id": "project-1", "grade": true, "solution": true, "points": 5}
# ### BEGIN SOLUTION
# *A sample of the form, smaller than what is asked for.* Claim: a refiner that sees the colour prior of the base has a
# lower MSE on new portraits than one of the same training without it. Source: the paper's section 3.2.1, "it can help
# the model infer more realistic and semantically consistent colors". For it: the paired 95 % interval of the relative
# reduction lies above zero for each seed, and the means of the seeds do not overlap. Against it: it lies below zero,
# or within ±1 % of zero. Anything else decides nothing.
# ### END SOLUTION

# %% [markdown]
# ## Part 6.2 · 6 points · 45 minutes · the plan
#
# Which runs, with which settings and seeds; what is equal in all of them; which comparison is *the* one that the claim
# stands on; which yardsticks stand beside it.
#
# | points | for |
# |---|---|
# | 2 | a control of the same training, and one change at a time |
# | 1 | three seeds or more for each arm |
# | 2 | one main comparison and one measure, named in advance |
# | 1 | yardsticks (grey, one constant colour, the base alone), and how the test pictures stay out of every choice |

# %% [markdown] nbgrader={"grade_id": "project-2", "grade": true, "solution": true, "points": 6}
# ### BEGIN SOLUTION
# Two arms, `control` and `prior`, three seeds each (0, 1, 2), 256 training portraits, 3 epochs, 32 pixels, the same
# channels. The prior adds a few hundred parameters; all else is equal, the order of the pictures too. Main
# comparison: MSE (8-bit RGB, L kept) of `prior` against `control`, mean over the seeds, paired over 100 test portraits.
# Beside them grey and the base alone. Nothing is chosen by test pictures: sizes and epochs are fixed here.
# ### END SOLUTION

# %% [markdown]
# ## Part 6.3 · 2 points · 10 minutes · the prediction
#
# What do you expect, in numbers, and why? One point for a number with its direction, one for the reason.

# %% [markdown] nbgrader={"grade_id": "project-3", "grade": true, "solution": true, "points": 2}
# ### BEGIN SOLUTION
# Between −1 % and +1 %: the prior is a function of colours that the refiner sees anyway, so it brings no knowledge.
# ### END SOLUTION

# %% [markdown]
# ## Part 6.4 · 8 points · 120 minutes · the ledger
#
# Run the plan. Return `ledger`, a list with one row (a dictionary) for every run, also for those that failed or were
# repeated, and `scores`, a dictionary from `(arm, seed)` to the MSE of each test picture, `(N,)`. `run` above makes one
# row; change or replace it where your claim needs something else.
#
# | points | for |
# |---|---|
# | 3 | the ledger is complete: all planned runs, and what went wrong |
# | 2 | each row says enough to run it again (settings, seed, pictures) and what it cost (seconds, parameters) |
# | 2 | the code runs from top to bottom and is easy to read |
# | 1 | departures from the plan are marked as such |


# %% nbgrader={"grade_id": "project-4", "grade": true, "solution": true, "points": 8}
def run_all():
    ### BEGIN SOLUTION
    ledger, scores = [], {}
    for arm, settings in {"control": {}, "prior": {"prior": True}}.items():
        for seed in (0, 1, 2):
            row, mse = run(arm, seed, **settings)
            ledger.append(row)
            scores[arm, seed] = mse
    return ledger, scores
    ### END SOLUTION


ledger, scores = run_all()
print("\n".join(what_is_missing(ledger)) or "the ledger has what a claim needs")

# %%
columns = list(ledger[0])
print("  ".join(columns))
for row in ledger:
    print("  ".join(f"{row.get(column, '')!s:>{len(column)}}" for column in columns))

# %% [markdown]
# ## Part 6.5 · 8 points · 90 minutes · what the numbers say
#
# The main comparison with its interval over pictures (`metrics.paired_bootstrap`), the spread over seeds beside it, the
# yardsticks, and one figure.
#
# | points | for |
# |---|---|
# | 2 | the paired interval of the main comparison, correctly computed |
# | 2 | the spread over seeds, and which of the two spreads is larger |
# | 2 | yardsticks, measured on the same pictures by the same rule |
# | 2 | one figure that shows the result and not more than it, with named axes |


# %% nbgrader={"grade_id": "project-5", "grade": true, "solution": true, "points": 8}
def analyse(ledger, scores):
    ### BEGIN SOLUTION
    arms = {arm: np.mean([mse for (name, _), mse in scores.items() if name == arm], axis=0) for arm, _ in scores}
    value, low, high = metrics.paired_bootstrap(arms["control"], arms["prior"])
    print(f"prior against control: MSE {-value:+.1%} (95 % interval over pictures {-high:+.1%} to {-low:+.1%})")
    for seed in (0, 1, 2):
        value, low, high = metrics.paired_bootstrap(scores["control", seed], scores["prior", seed])
        print(f"  seed {seed} alone: {-value:+.1%} ({-high:+.1%} to {-low:+.1%})")
    for arm in arms:
        means = [row["mse"] for row in ledger if row["arm"] == arm]
        print(f"  {arm}: {min(means):.1f} to {max(means):.1f} over seeds")
    base = shipped.predict(L, "base")["ab"]
    bars = {"grey": 0 * ab, "base": base}
    bars = {name: metrics.mse(truth, color.show(L, guess)) for name, guess in bars.items()}
    rows = []
    for name, mse in (bars | arms).items():
        value, low, high = metrics.bootstrap(mse)
        rows.append({"method": name, "mse": value, "mse_ci": (low, high)})
    return plots.score_bars(rows, label="MSE (8-bit RGB, L kept); whiskers: 95 % interval over pictures")
    ### END SOLUTION


analyse(ledger, scores)

# %% [markdown]
# ## Part 6.6 · 4 points · 45 minutes · where it fails
#
# Look at the test portraits on which your idea gains most and loses most (`portraits.recipe(number)` says what each
# shows; `test.keys` holds the numbers). Two points for showing them, two for an explanation that could be tested.

# %% nbgrader={"grade_id": "project-6", "grade": true, "solution": true, "points": 4}
### BEGIN SOLUTION
gain = np.mean([scores["control", seed] - scores["prior", seed] for seed in (0, 1, 2)], axis=0)
order = np.argsort(gain)
for i in [*order[:3], *order[-3:]]:
    kind = portraits.recipe(int(test.keys[i].split("/")[1]))["background"]["kind"]
    print(f"{test.keys[i]}: MSE lower by {gain[i]:+.0f}, background {kind}")
# Testable: if large changes sit on strong backgrounds, the gain or loss per pixel is larger there than on skin
# (metrics.by_region with the masks of portraits.draw_batch).
plots.picture_row(list(truth[[*order[:3], *order[-3:]]]), ["loses"] * 3 + ["gains"] * 3)
### END SOLUTION

# %% [markdown]
# ## Part 6.7 · 7 points · 60 minutes · the conclusion
#
# About half a page: the claim again, the verdict, what may be said and what may not.
#
# | points | for |
# |---|---|
# | 2 | a verdict that follows from the numbers and from what 6.1 called evidence; "cannot tell" is a verdict |
# | 2 | what the interval over pictures covers and what it does not (seeds, other pictures, longer training) |
# | 1 | the prediction of 6.3 against what came out |
# | 1 | what it cost, in runs and minutes, and whether that was enough |
# | 1 | the next experiment that would teach most |

# %% [markdown] nbgrader={"grade_id": "project-7", "grade": true, "solution": true, "points": 7}
# ### BEGIN SOLUTION
# A good answer names the reduction with its interval, says for each seed on which side of zero it lies, compares the
# difference of the arms with the spread of the seeds, and then says one of three things: it helps here, it hurts here,
# these runs cannot tell. It does not write "no effect" for an interval that holds zero. It says that three short
# trainings on drawn portraits of 32 pixels say little about real faces or a full training, admits a wrong prediction,
# adds up the seconds of the ledger, and proposes one change (more seeds, noise beside the prior, another prior at use)
# with the outcome that would change the verdict.
# ### END SOLUTION
