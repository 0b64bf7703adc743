"""What a second stage gains, and what that depends on: many short trainings, one table.

    python -m colorlib study --data FOLDER --out OUT            # writes OUT/ledger.csv
    python -m colorlib study --data FOLDER --out OUT --run RUN  # of the networks of a training

First the gain as a function of the base: bases that stopped early, that learnt to their limit, or
that learnt from other pictures, each with the same second stage on top. Then, on the
longest-trained base, one change at a time; and once with cross-fitted predictions (crossfit.py) in
place of what the base says about its own training pictures. Everything is scored on validation
pictures, with paired intervals; nothing here sees the test set.
"""

import json
import tempfile
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from colorlib import color, metrics, models
from colorlib.colorize import Colorizer
from colorlib.data import datasets, files
from colorlib.losses import SQUARED
from colorlib.methods import Stage
from colorlib.training import crossfit
from colorlib.training.fit import fit
from colorlib.training.run import find_vgg
from colorlib.training.validation import Refined, mean_ab, predictor, rgb_mse_each

COLUMNS = ("run", "question", "settings", "parameters", "epochs", "seconds", "pictures", "side",
           "scored on", "mse", "against", "change", "low", "high")  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """One second stage: how its network and its training differ from the control's.

    unet: settings of `models.EnhancedUNet`; stage: fields of `methods.Stage`.
    """

    name: str
    question: str
    unet: dict = field(default_factory=dict)
    stage: dict = field(default_factory=dict)


# fmt: off
CONTROL = Variant("control", "a second network, without any of the paper's ideas")
VARIANTS = (
    Variant("prior", "the colour prior alone", {"prior": True, "steer": True}, {"steer": 0.5}),
    Variant("noise", "noise and timestep alone", {"time": True}, {"noise": True}),
    Variant("attention", "attention in the decoder alone",
            {"attention": "decoder"}, {"attention": True}),
    Variant("attention, two scales", "attention at two decoder levels",
            {"attention": "decoder", "blocks": 2}, {"attention": True}),
    Variant("attention, bottleneck", "attention at the bottleneck",
            {"attention": "bottleneck"}, {"attention": True}),
    Variant("six-part loss", "the paper's loss weights, random VGG features",
            {}, {"loss": "six-part"}),
    Variant("diversity x 10", "a ten times stronger vibrant term",
            {}, {"loss": SQUARED | {"diversity": 1.0}}),
    Variant("half the rate", "a gentler learning rate", {}, {"lr": 5e-4}),
    Variant("all ideas", "prior, noise, attention and the six-part loss",
            {"prior": True, "steer": True, "time": True, "attention": "decoder"},
            {"steer": 0.5, "noise": True, "attention": True, "loss": "six-part"}),
)
# fmt: on


@torch.random.fork_rng(devices=[])  # the caller's random numbers stay as they were
def study(data, out, size=64, width=1 / 8, base_epochs=(1, 4, 16), epochs=3, channels=(16, 32, 48),
          count=None, val_count=400, variants=VARIANTS, foreign="portraits", seed=0):  # fmt: skip
    """Train and score everything; write OUT/ledger.csv after each run and return its rows.

    data: what `datasets.load` takes, with a val split. base_epochs: one base each. epochs: of
    each second stage. foreign: weights whose base learnt from other pictures (a name or path for
    `Colorizer.load`), or None. count, val_count: at most so many pictures.

    A row: COLUMNS; change, low and high are the relative change of the MSE against the run named in
    `against`, negative is better, with its paired 95 % interval.
    """
    pictures = datasets.load(data, "train", size=size, count=count)
    print(pictures.report)
    ledger = Ledger(out, datasets.load(data, "val", size=size, count=val_count), len(pictures))
    learn = partial(_learn, seed=seed, vgg=find_vgg("lesson"))
    learn_base = partial(learn, network="siggraph17", width=width)
    second = partial(_second, ledger, learn, channels, epochs)

    constant = torch.tensor(mean_ab(pictures)).view(1, 2, 1, 1) / color.AB_SCALE
    ledger.add("constant", lambda L: constant.expand(len(L), 2, *L.shape[2:]),
               "one colour for all", "the mean of the training pictures")  # fmt: skip
    bases = {
        _after(n): learn_base(Stage(f"base {n}", "base", n, lr=2e-3), pictures) for n in base_epochs
    }
    if foreign:
        bases["base, other pictures"] = Colorizer.load(foreign, device="cpu").parts["base"], []
    for name, (net, history) in bases.items():
        ledger.add(name, net, "the base alone", f"SIGGRAPH17, width {net.width:g}", net, history,
                   "constant")  # fmt: skip
    for name, (net, _) in bases.items():
        second(CONTROL, f"control on {name}", name, net, pictures)

    longest = _after(max(base_epochs))
    base, history = bases[longest]
    ledger.add("mirrored too", lambda L: (base(L) + base(L.flip(-1)).flip(-1)) / 2,
               "the base's mean over the picture and its mirror image", "no training", base,
               against=longest)  # fmt: skip
    for variant in variants:
        second(variant, variant.name, longest, base, pictures)
    fair = replace(CONTROL, question="the control, taught by bases that have not seen the picture")
    with tempfile.TemporaryDirectory(dir=out) as folder:
        # Not held by a name: Windows removes no file that is mapped.
        second(fair, "control, cross-fitted", longest, base,
               _cross_fitted(pictures, learn_base, len(history), folder))  # fmt: skip
    return ledger.rows


def _after(epochs):
    return f"base, {epochs} epoch{'s' if epochs > 1 else ''}"


def _learn(stage, pictures, network, seed, vgg, base=None, **settings):
    """A new network of these settings, trained by one stage, and the history of that."""
    torch.manual_seed(seed)
    net = models.build(network, **settings)
    parts = {stage.part: net} | ({"base": base} if base else {})
    return net, fit(stage, parts, pictures, batch=32, seed=seed, vgg=vgg)


def _second(ledger, learn, channels, epochs, variant, run, base_name, base, pictures):
    """Train a variant of the second stage on a base, and add its row."""
    fields = {"loss": "squared", "warmup": 1} | variant.stage
    stage = Stage(run, "control", epochs, "refine", **fields)
    plain = {"channels": channels, "shrink": 2, "attention": "none", "prior": False, "time": False}
    net, history = learn(stage, pictures, "enhanced_unet", base=base, **plain | variant.unet)
    told = ", ".join(f"{k}={v}" for k, v in (variant.unet | variant.stage).items())
    ledger.add(run, Refined(base, net), variant.question, told or "plain", net, history, base_name)


def _cross_fitted(pictures, learn_base, epochs, folder):
    """The pictures with what bases say that have learnt from the others alone, in two folds."""
    stages = (Stage(f"fold {k}", f"fold{k}", epochs, lr=2e-3, fold=(k, 2)) for k in (1, 2))
    nets = [learn_base(stage, pictures)[0] for stage in stages]
    which, path = crossfit.fold_of(pictures, 2), Path(folder) / "folds.float16"
    return crossfit.WithBase(pictures, crossfit.predictions(nets, pictures, path, which))


class Ledger:
    """The rows so far, written to OUT/ledger.csv after each, and the scores behind them.

    val: the pictures that are scored; pictures: how many there are to learn from.
    """

    def __init__(self, out, val, pictures=0):
        self.path, self.val, self.pictures = Path(out) / "ledger.csv", val, pictures
        self.rows, self.scores = [], {}

    def add(self, run, predict, question, settings, net=None, history=(), against=None):
        """Score ab' = predict(L') and add a row.

        net: the network behind it; history: what `fit` returned of its training; against: another
        run, for the change where there is one of that name.
        """
        mse = rgb_mse_each(predict, self.val).numpy()
        row = {
            "run": run,
            "question": question,
            "settings": settings,
            "parameters": models.parameters(net) if net else 0,
            "epochs": len(history),
            "seconds": round(sum(epoch["seconds"] for epoch in history)),
            "pictures": max((epoch["images"] for epoch in history), default=self.pictures),
            "side": self.val.size,
            "scored on": f"val, {len(self.val)}",
            "mse": round(mse.mean().item(), 2),
        }
        if against in self.scores:
            reduction = metrics.paired_bootstrap(self.scores[against], mse)
            value, low, high = (round(-x, 4) for x in reduction)
            row |= {"against": against, "change": value, "low": high, "high": low}
        self.scores[run] = mse
        self.rows.append(row)
        write(self.path, self.rows)


def of_run(run, data, out, val_count=400):
    """The rows of a ledger for all networks of a training's RUN folder; also in OUT/ledger.csv.

    Second stages are compared with the base, and a mean of the base and its folds with the base
    alone. Raises FileNotFoundError where RUN holds no finished training.
    """
    parts, info = models.load(Path(run) / "model.safetensors")
    history = json.loads((Path(run) / "history.json").read_text("utf-8"))["history"]
    ledger = Ledger(out, datasets.load(data, "val", size=info["size"], count=val_count))
    settings = f"preset {info['preset']}"
    for part, net in parts.items():
        t = info["t"] if part in info.get("noisy", ()) else 0
        predict = predictor(parts, part, t)
        mine, question = [row for row in history if row["part"] == part], "one network, L to ab"
        if isinstance(predict, Refined):
            question = f"second stage on base, noise step {t}"
        ledger.add(part, predict, question, settings, net, mine, "base")
    several = [net for part, net in parts.items() if part == "base" or part.startswith("fold")]
    if len(several) > 1:
        mine = [row for row in history if row["part"] == "base"]
        ledger.add("mean of base and folds", lambda L: sum(f(L) for f in several) / len(several),
                   "an ensemble of bases", settings, parts["base"], mine, "base")  # fmt: skip
    return ledger.rows


def write(path, rows):
    """The rows as CSV, whole or not at all."""
    table = pd.DataFrame(rows, columns=COLUMNS, dtype=object)  # or 3 epochs beside none are 3.0
    with files.whole(path) as part:
        table.to_csv(part, index=False, errors="backslashreplace")


def read(path):
    """Rows of a ledger, numbers as numbers; what is empty is left out."""
    table = pd.read_csv(path, dtype={"run": str, "against": str}, na_values=[""],
                        keep_default_na=False, encoding_errors="backslashreplace")  # fmt: skip
    return [{k: v for k, v in row.items() if pd.notna(v)} for row in table.to_dict("records")]


def format_study(rows):
    """The rows as lines of text: run, MSE, and the change with its interval."""
    width = max((len(row["run"]) for row in rows), default=0)
    return "\n".join(f"{row['run']:<{width}}  {row['mse']:7.1f}{_versus(row)}" for row in rows)


def _versus(row):
    """The change against another run with its interval, "" where there is none."""
    if "against" not in row:
        return ""
    interval = f" ({row['low']:+.1%} to {row['high']:+.1%})" if "low" in row else ""
    return f"  {row['change']:+.1%}{interval} against {row['against']}"
