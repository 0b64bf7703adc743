"""What a second stage gains, and what that depends on: many short trainings, one table.

    python -m colorlib study --data FOLDER --out runs/study             # writes
    runs/study/ledger.csv python -m colorlib study --data FOLDER --out runs/scored --run RUN   #
    instead the networks of a training

First the gain as a function of the base: bases that stopped early, that learnt to their limit, or
that learnt from other pictures, each with the same second stage on top. Then, on the
longest-trained base, one change at a time; and once with cross-fitted predictions (crossfit.py) in
place of what the base says about its own training pictures. Everything is scored on validation
pictures, with paired intervals; nothing here sees the test set.
"""

import csv
import json
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from colorlib import metrics, models
from colorlib.colorize import Colorizer
from colorlib.data import datasets
from colorlib.losses import SQUARED, WEIGHTS
from colorlib.training import crossfit
from colorlib.training import fit as training
from colorlib.training.schedule import SINGLE

COLUMNS = ("run", "question", "settings", "parameters", "epochs", "seconds", "pictures", "side", "scored on",
           "mse", "against", "change", "low", "high")  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """One second stage: how its network and its training differ from the control's."""

    name: str
    question: str
    unet: dict = field(default_factory=dict)
    stage: dict = field(default_factory=dict)
    weights: dict = field(default_factory=lambda: SQUARED)
    lr: float = 1e-3


CONTROL = Variant("control", "a second network, without any of the paper's ideas")
VARIANTS = (
    Variant("prior", "the colour prior alone", {"prior": True, "steer": True}, {"steer": 0.5}),
    Variant("noise", "noise and timestep alone", {"time": True}, {"noise": True}),
    Variant("attention", "attention in the decoder alone", {"attention": "decoder"}, {"attention": True}),
    Variant("attention, two scales", "attention at two decoder levels", {"attention": "decoder", "blocks": 2},
            {"attention": True}),
    Variant("attention, bottleneck", "attention at the bottleneck", {"attention": "bottleneck"}, {"attention": True}),
    Variant("six-part loss", "the paper's loss weights, random VGG features", weights=WEIGHTS),
    Variant("diversity x 10", "a ten times stronger vibrant term", weights=SQUARED | {"diversity": 1.0}),
    Variant("half the rate", "a gentler learning rate", lr=5e-4),
    Variant("all ideas", "prior, noise, attention and the six-part loss",
            {"prior": True, "steer": True, "time": True, "attention": "decoder"},
            {"steer": 0.5, "noise": True, "attention": True}, WEIGHTS),
)  # fmt: skip


def study(data, out, size=64, width=1 / 8, base_epochs=(1, 4, 16), epochs=3, channels=(16, 32, 48), count=None,
          val_count=400, variants=VARIANTS, foreign="portraits", seed=0):  # fmt: skip
    """Train and score everything; write OUT/ledger.csv after each run and return its rows.

    data: a source for `datasets.load`, with a val split. base_epochs: one base each. epochs: of
    each second stage.
    foreign: weights whose base learnt from other pictures (a name or path for `Colorizer.load`), or
    None.
    count, val_count: at most so many pictures. A row: COLUMNS; change, low and high are the
    relative change of the MSE against the run named in `against`, negative is better, with its
    paired 95 % interval.
    """
    torch.manual_seed(seed)
    pictures = datasets.load(data, "train", size=size, count=count)
    val = datasets.load(data, "val", size=size, count=val_count)
    shared = {"pictures": len(pictures), "side": size, "scored on": f"val, {len(val)}"}
    constant = torch.tensor(training.mean_ab(pictures)).view(1, 2, 1, 1) / 110
    rows, scores = [], {}

    def add(name, question, settings, net, spent, mse, against=None, **more):
        scores[name] = mse.numpy()
        row = {
            "run": name,
            "question": question,
            "settings": settings,
            "mse": round(mse.mean().item(), 2),
        }
        row |= (
            {"parameters": models.parameters(net) if net else 0, "seconds": round(spent)}
            | shared
            | more
        )
        if against:
            low_to_high = metrics.paired_bootstrap(scores[against], scores[name])
            value, low, high = (round(-x, 4) for x in low_to_high)
            row |= {"against": against, "change": value, "low": high, "high": low}
        rows.append(row)
        write(Path(out) / "ledger.csv", rows)

    def score(parts, part):
        return training.rgb_mse_each(training.predictor(parts, part), val)

    flat = training.rgb_mse_each(lambda L: constant.expand(len(L), 2, *L.shape[2:]), val)
    add("constant", "one colour for all", "the mean of the training pictures", None, 0, flat)

    bases = {}
    for n in base_epochs:
        torch.manual_seed(seed)
        parts, begun = {"base": models.build("siggraph17", width=width)}, time.time()
        training.fit(
            training.Stage(f"base {n}", "base", epochs=n, lr=2e-3),
            parts,
            pictures,
            batch=32,
            seed=seed,
        )
        bases[_after(n)] = parts["base"], n, time.time() - begun
    if foreign:
        bases["base, other pictures"] = Colorizer.load(foreign, device="cpu").parts["base"], 0, 0.0
    for name, (net, n, spent) in bases.items():
        settings = f"SIGGRAPH17, width {net.width:g}"
        add(
            name,
            "the base alone",
            settings,
            net,
            spent,
            score({"base": net}, "base"),
            "constant",
            epochs=n,
        )

    def second(variant, base_name, name, predicted=None):
        torch.manual_seed(seed)
        unet = {
            "channels": channels,
            "shrink": 2,
            "attention": "none",
            "prior": False,
            "time": False,
        } | variant.unet
        parts, begun = (
            {"base": bases[base_name][0], "control": models.build("enhanced_unet", **unet)},
            time.time(),
        )
        stage = training.Stage(
            name, "control", epochs=epochs, warmup=1, lr=variant.lr, **variant.stage
        )
        vgg = (
            training.find_vgg(training.find_preset("lesson"))
            if "style" in variant.weights
            else None
        )
        learnt_from = pictures if predicted is None else crossfit.WithBase(pictures, predicted)
        training.fit(
            stage, parts, learnt_from, batch=32, seed=seed, vgg=vgg, loss_weights=variant.weights
        )
        settings = (
            ", ".join(f"{k}={v}" for k, v in (variant.unet | variant.stage).items()) or "plain"
        )
        add(name, variant.question, settings, parts["control"], time.time() - begun, score(parts, "control"),
            base_name, epochs=epochs)  # fmt: skip

    for base_name in bases:
        second(CONTROL, base_name, f"control on {base_name}")
    longest = _after(max(base_epochs))
    base = bases[longest][0]
    flipped = training.rgb_mse_each(lambda L: (base(L) + base(L.flip(-1)).flip(-1)) / 2, val)
    add(
        "mirrored too",
        "the base's mean over the picture and its mirror image",
        "no training",
        base,
        0,
        flipped,
        longest,
    )
    for variant in variants:
        second(variant, longest, variant.name)

    folds, n = [], max(base_epochs)
    for k in (1, 2):
        torch.manual_seed(seed)
        parts = {f"fold{k}": models.build("siggraph17", width=width)}
        stage = training.Stage(f"fold {k}", f"fold{k}", epochs=n, lr=2e-3, fold=(k, 2))
        training.fit(stage, parts, pictures, batch=32, seed=seed)
        folds.append(parts[f"fold{k}"])
    fair = replace(CONTROL, question="the control, taught by bases that have not seen the picture")
    with tempfile.TemporaryDirectory(dir=out) as folder:
        which = crossfit.fold_of(pictures, 2)
        predicted = crossfit.predictions(folds, pictures, Path(folder) / "folds.float16", which)
        second(fair, longest, "control, cross-fitted", predicted)
        del predicted  # Windows removes no file that is mapped
    return rows


def _after(epochs):
    return f"base, {epochs} epoch{'s' if epochs > 1 else ''}"


def of_run(run, data, out, val_count=400):
    """The rows of a ledger for all networks of a training's RUN folder; also written to
    OUT/ledger.csv.

    Second stages are compared with the base, and a mean of the base and its folds with the base
    alone. Raises FileNotFoundError where RUN holds no finished training.
    """
    run = Path(run)
    parts, info = models.load(run / "model.safetensors")
    history = json.loads((run / "history.json").read_text("utf-8"))["history"]
    val = datasets.load(data, "val", size=info["size"], count=val_count)
    rows, scores = [], {}

    def add(name, part, predict, question, against):
        scores[name] = training.rgb_mse_each(predict, val).numpy()
        mine = [row for row in history if row["part"] == part]
        row = {"run": name, "question": question, "settings": f"preset {info['preset']}"}
        row |= {
            "parameters": models.parameters(parts[part]),
            "seconds": round(sum(r["seconds"] for r in mine)),
        }
        row |= {
            "epochs": len(mine),
            "pictures": max(r["images"] for r in mine),
            "side": info["size"],
        }
        row |= {"scored on": f"val, {len(val)}", "mse": round(scores[name].mean().item(), 2)}
        if against in scores and against != name:
            value, low, high = (
                round(-x, 4) for x in metrics.paired_bootstrap(scores[against], scores[name])
            )
            row |= {"against": against, "change": value, "low": high, "high": low}
        rows.append(row)
        write(Path(out) / "ledger.csv", rows)

    for part in parts:
        t = info["t"] if part in info.get("noisy", ()) else 0
        single = part in SINGLE or part.startswith("fold")
        question = "one network, L to ab" if single else f"second stage on base, noise step {t}"
        add(part, part, training.predictor(parts, part, t), question, "base")
    folds = [parts[name] for name in parts if name.startswith("fold")]
    if folds:
        several = [parts["base"], *folds]
        mean = "mean of base and folds"
        add(
            mean,
            "base",
            lambda L: sum(net(L) for net in several) / len(several),
            "an ensemble of bases",
            "base",
        )
    return rows


def write(path, rows):
    """The rows as CSV, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    temporary.replace(path)


def read(path):
    """Rows of a ledger, numbers as numbers; what is empty is left out."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = [{k: v for k, v in row.items() if v != ""} for row in csv.DictReader(file)]
    numbers = (
        "parameters",
        "epochs",
        "seconds",
        "pictures",
        "side",
        "mse",
        "change",
        "low",
        "high",
    )
    return [{k: float(v) if k in numbers else v for k, v in row.items()} for row in rows]


def format_study(rows):
    """The rows as lines of text: run, MSE, and the change with its interval."""
    width = max(len(row["run"]) for row in rows)
    lines = []
    for row in rows:
        line = f"{row['run']:<{width}}  {row['mse']:7.1f}"
        if "against" in row:
            interval = f" ({row['low']:+.1%} to {row['high']:+.1%})" if "low" in row else ""
            line += f"  {row['change']:+.1%}{interval} against {row['against']}"
        lines.append(line)
    return "\n".join(lines)
