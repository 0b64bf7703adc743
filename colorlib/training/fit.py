"""One loop that trains every network, and the schedule run from end to end.

    fit(stage, ...)           one stage: predict, loss, backward, step
    train(out, ...)           all stages of `schedule.stages`, with checkpoints to go on from

What a step does stands in steps.py and rivals.py. What is kept of a network is the moving average
of its weights. Every step draws its random numbers from a seed of its own, so that a resumed
training repeats what an uninterrupted one does, and several processes together do what one does
alone.
"""

import copy
import itertools
import shutil
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator, DataLoaderConfiguration, DistributedDataParallelKwargs
from accelerate.utils import set_seed
from tqdm.auto import tqdm

from colorlib import models, weights
from colorlib.data import datasets
from colorlib.data.files import write_json
from colorlib.losses import SQUARED, WEIGHTS, VGGFeatures
from colorlib.models.fast import bf16_is_fast
from colorlib.models.pix2pix import PatchDiscriminator
from colorlib.training import checkpoints, crossfit
from colorlib.training import rivals as rival_steps
from colorlib.training.checkpoints import Patience
from colorlib.training.guards import check_finite, check_gradient, memory_guard
from colorlib.training.parallel import share_batchnorm
from colorlib.training.presets import preset as find_preset
from colorlib.training.schedule import FEW, NOISY, SINGLE, Stage, architecture, stages
from colorlib.training.steps import T_MAX, Draws, augment, predict_step, refine_step
from colorlib.training.validation import (
    best_t,
    find_vibrance,
    mean_ab,
    predictor,
    rgb_mse,
    rgb_mse_each,
)

__all__ = [
    "T_MAX", "Stage", "architecture", "augment", "best_t", "find_vibrance", "fit", "mean_ab", "predict_step",
    "predictor", "refine_step", "rgb_mse", "rgb_mse_each", "stages", "train",
]  # fmt: skip


SAVE_EVERY = 300  # seconds between checkpoints within an epoch


class Average:
    """The exponential moving average of a network's weights (Polyak & Juditsky 1992), buffers
    included.

    average <- d average + (1 - d) weights after each step, with d = min(0.999, (1 + n) / (10 + n))
    at step n, so that the random start is soon forgotten.
    """

    def __init__(self, net):
        self.net, self.steps = copy.deepcopy(net).eval().requires_grad_(False), 0

    @torch.no_grad()
    def update(self, net):
        self.steps += 1
        d = min(0.999, (1 + self.steps) / (10 + self.steps))
        for mine, theirs in zip(
            self.net.state_dict().values(), net.state_dict().values(), strict=True
        ):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1 - d)
            else:
                mine.copy_(theirs)

    def state_dict(self):
        return {"net": self.net.state_dict(), "steps": self.steps}

    def load_state_dict(self, state):
        self.net.load_state_dict(state["net"])
        self.steps = state["steps"]


def make_accelerator(seed=0):
    """Device, precision and processes. Mixed precision only where the machine has it in hardware.

    A batch is split among the processes, so its size means the same however many there are.
    """
    precision = "no"
    if bf16_is_fast("cuda" if torch.cuda.is_available() else "cpu"):
        precision = "bf16"
    elif torch.cuda.is_available():
        precision = "fp16"
    return Accelerator(
        # said aloud, or processes on a CPU do not find each other
        cpu=not torch.accelerator.is_available(),
        mixed_precision=precision,
        dataloader_config=DataLoaderConfiguration(
            use_seedable_sampler=True, data_seed=seed, split_batches=True
        ),
        # The refiner's first stage leaves its attention unused.
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )


def lay_out(net, device):
    """Move a network to the device, in the memory layout that is fastest there.

    Channels last, but for networks with GroupNorm on a CPU, whose backward pass is several times
    slower that way.
    """
    grouped = any(isinstance(m, torch.nn.GroupNorm) for m in net.modules())
    slow = grouped and torch.device(device).type == "cpu"
    return net.to(device, memory_format=torch.contiguous_format if slow else torch.channels_last)


def make_step(
    stage,
    parts,
    train_set,
    accelerator,
    vgg=None,
    diversity="vibrant",
    loss_weights=WEIGHTS,
    loss=None,
):
    """The step of this stage: a function (net, batch, draws, warm) -> (loss, terms); `.learner` is
    what it keeps.
    """
    device, learner = accelerator.device, None
    if stage.squared:
        vgg, loss_weights = None, SQUARED
    if stage.part == "gan":
        judge = share_batchnorm(
            PatchDiscriminator(parts["gan"].channels), accelerator.num_processes > 1
        )
        learner = rival_steps.Adversary(lay_out(judge, device))
    elif stage.part == "eccv16":
        centres = parts["eccv16"].centres
        shares = rival_steps.bin_weights(train_set, centres.cpu()).to(device)

    def step(net, batch, draws, warm):
        if stage.scale < 1:
            batch = [F.interpolate(x, scale_factor=stage.scale, mode="area") for x in batch]
        L, ab, *base = augment(draws, *batch)
        if stage.part == "gan":
            return learner(net, L, ab)
        if stage.part == "eccv16":
            return rival_steps.classify_step(net, L, ab, centres, shares)
        if stage.part in SINGLE or stage.fold:
            kind = loss or ("squared" if stage.part == "cnn" else "huber")
            return predict_step(net, L, ab, kind)
        if base:
            ab_base = base[0]
        else:
            with torch.no_grad():
                ab_base = parts["base"](L).float()
        return refine_step(net, L, ab, ab_base, stage, warm, vgg, diversity, loss_weights, draws)

    step.learner = learner
    return step


def fit(stage, parts, train_set, val_set=None, batch=32, seed=0, vgg=None, diversity="vibrant", accelerator=None,
        state=None, keep=None, every=None, loss_weights=WEIGHTS, loss=None):  # fmt: skip
    """Train `parts[stage.part]` by one stage and return its history, a list with one dictionary an
    epoch.

    parts: {name: network}, changed in place, and afterwards on the device where they were; second
    stages need parts["base"], which stays frozen.
    train_set: a `LabDataset`, or for second stages a `crossfit.WithBase`, whose predictions then
    stand for the base's.
    batch: pictures in one step, of all processes together; a last batch that is not full is left
    out. keep(state, row) is called after each epoch with the history's row, and between two steps
    `every` seconds (None: SAVE_EVERY) with row=None; state is all that a resumed training needs,
    beside the networks.
    state: what keep was given, to go on from there.
    loss: of single networks, see `predict_step`; loss_weights: of the six-part loss.
    A row: stage, part, epoch (from 1), warmup, images, loss, val_mse (8-bit RGB, where val_set is
    given), seconds, and the unweighted mean of each loss term.

    Ctrl-C lets the step end, calls keep, and then raises KeyboardInterrupt. Raises
    FloatingPointError for a loss that is not a finite number, with stage, step, term and pictures;
    MemoryError, with a batch that fits, where memory runs out.
    """
    accelerator = accelerator or make_accelerator(seed)
    device, index, processes = (
        accelerator.device,
        accelerator.process_index,
        accelerator.num_processes,
    )
    homes = {name: next(module.parameters()).device for name, module in parts.items()}
    for module in [*parts.values(), *filter(None, [vgg])]:
        lay_out(module, device)
    train_set = _chosen(train_set, stage, seed)
    loader = datasets.loader(
        train_set, batch, shuffle=True, seed=seed, whole=len(train_set) >= batch
    )
    net = parts[stage.part].requires_grad_(True)
    average = Average(net)
    adam = (
        {"betas": (0.5, 0.999), "weight_decay": 0.0}
        if stage.part == "gan"
        else {"weight_decay": 0.05}
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=stage.lr, **adam)
    step = make_step(stage, parts, train_set, accelerator, vgg, diversity, loss_weights, loss)
    share_batchnorm(net, processes > 1)
    wrapped, optimizer, loader = accelerator.prepare(net, optimizer, loader)
    steps = stage.epochs * len(loader)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, stage.lr, total_steps=steps, cycle_momentum=stage.part != "gan"
    )
    keeping = {"optimizer": optimizer, "scheduler": scheduler, "average": average, "learner": step.learner,
               "scaler": accelerator.scaler}  # fmt: skip
    keeping = {name: thing for name, thing in keeping.items() if thing is not None}
    at = {
        "epoch": 0,
        "step": 0,
        "sums": {},
        "seconds": 0.0,
        "random": None,
    }  # what is done, and how the next step begins
    if state:
        at = state["at"]
        for name, thing in keeping.items():
            thing.load_state_dict(state[name])

    def everything(**at):
        return {"at": at} | {name: thing.state_dict() for name, thing in keeping.items()}

    def one_step(pictures, draws, warm):
        with accelerator.autocast():
            loss_now, terms = step(wrapped, pictures, draws, warm)
        check_finite(where, accelerator.reduce(loss_now.detach(), "mean"), terms, files)
        accelerator.backward(loss_now)
        # this stage's alone: the accelerator remembers those of earlier ones
        accelerator.unscale_gradients(optimizer)
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if accelerator.mixed_precision != "fp16":  # whose scaler skips such steps by itself
            check_gradient(where, norm, files)
        return loss_now, terms

    # Of the batch at work, where it fails: its pictures, which the sampler tells again, and a step
    # with fewer of them.
    def files():
        loader.set_epoch(epoch)
        keys = np.asarray(train_set.keys)
        return keys[next(itertools.islice(loader.batch_sampler, number, None))].tolist()

    def fewer(n):
        own = n // processes
        one_step([x[:own] for x in pictures], Draws(0, own, device), warm)

    history, saved, every = [], time.monotonic(), SAVE_EVERY if every is None else every
    bar = tqdm(total=steps, initial=at["epoch"] * len(loader) + at["step"], desc=stage.name, unit="batch",
               mininterval=1, disable=not accelerator.is_local_main_process)  # fmt: skip
    with bar, Patience() as patience, _given_back(net, parts, homes):
        for epoch in range(at["epoch"], stage.epochs):
            set_seed(seed + 1000 * epoch)
            loader.set_epoch(epoch)
            warm, begun = epoch < stage.warmup, time.time() - at["seconds"]
            if "base" in parts:
                parts["base"].eval()
            net.train()
            sums = dict(at["sums"])
            for number, pictures in enumerate(loader):
                if number < at["step"]:
                    continue  # done before the interruption
                if at["random"] is not None:
                    checkpoints.set_random_states(device, at["random"])
                    at["random"] = None
                where = f"stage {stage.name!r}, epoch {epoch + 1}, step {number + 1}"
                draws = Draws(
                    (seed * 10_000 + epoch) * 1_000_000 + number,
                    len(pictures[0]),
                    device,
                    index,
                    processes,
                )
                with memory_guard(where, batch, fewer):
                    loss_now, terms = one_step(pictures, draws, warm)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
                average.update(net)
                for name, value in {"loss": loss_now, **terms}.items():
                    sums[name] = sums.get(name, 0) + value.detach()
                bar.update()
                if keep and (patience.asked or time.monotonic() - saved > every):
                    spent, random = time.time() - begun, checkpoints.random_states(device)
                    keep(
                        everything(
                            epoch=epoch, step=number + 1, sums=sums, seconds=spent, random=random
                        ),
                        None,
                    )
                    saved = time.monotonic()
                if patience.asked:
                    raise KeyboardInterrupt(f"stopped in {where}")
            row = {"stage": stage.name, "part": stage.part, "epoch": epoch + 1, "warmup": warm}
            row["images"] = len(train_set)
            row |= {k: accelerator.reduce(v / len(loader), "mean").item() for k, v in sums.items()}
            if val_set is not None:
                row["val_mse"] = rgb_mse(
                    predictor(parts | {stage.part: average.net}, stage.part), val_set, device
                )
                bar.set_postfix(val_mse=f"{row['val_mse']:.1f}")
            row["seconds"] = time.time() - begun
            history.append(row)
            if epoch + 1 == stage.epochs:
                net.load_state_dict(average.net.state_dict())
            at = {"epoch": epoch + 1, "step": 0, "sums": {}, "seconds": 0.0, "random": None}
            if keep:
                keep(everything(**at), row)
                saved = time.monotonic()
    return history


@contextmanager
def _given_back(net, parts, homes):
    """Whatever happens within, afterwards the networks are the caller's: frozen, in float32, on the
    devices homes.
    """
    try:
        yield
    finally:
        for name in ("forward", "_original_forward", "_is_accelerate_prepared"):
            net.__dict__.pop(name, None)
        share_batchnorm(net, False).eval().requires_grad_(False)
        for name, module in parts.items():
            module.to(homes[name])


def _chosen(train_set, stage, seed):
    """The pictures that a stage learns from."""
    if stage.fold:
        number, folds = stage.fold
        train_set = train_set.subset((crossfit.fold_of(train_set, folds) != number).nonzero()[0])
    if stage.share < 1:
        # Drawn, not the first ones: files are sorted by name, which may mean by age or by person.
        chosen = torch.randperm(len(train_set), generator=torch.Generator().manual_seed(seed))
        train_set = train_set.subset(
            chosen[: max(1, round(len(train_set) * stage.share))].sort().values
        )
    return train_set


def find_vgg(preset, device="cpu"):
    """VGG features with ImageNet weights where the file is present, else seeded random ones (see
    `.label`).
    """
    state = weights.load_state(weights.verified("vgg16")) if weights.find("vgg16") else None
    return lay_out(VGGFeatures(state, size=preset.vgg_size), device)


def with_base(stage, parts, train_set, folds, out, accelerator):
    """What a stage learns from: single networks the pictures, second stages also what a base says
    about them.

    That is the base which has not seen the picture, where there are folds and the stage is not the
    naive one. The predictions are kept in OUT/predictions.
    """
    if stage.part in SINGLE or stage.fold:
        return train_set
    crossed = folds and not stage.naive
    which = crossfit.fold_of(train_set, folds) if crossed else None
    bases = [parts[f"fold{k}"] for k in range(1, folds + 1)] if crossed else [parts["base"]]
    path = Path(out) / "predictions" / f"{'folds' if crossed else 'base'}.float16"
    with accelerator.main_process_first():
        predicted = crossfit.predictions(bases, train_set, path, which, accelerator.device)
    return crossfit.WithBase(train_set, predicted)


def train(
    out, data=None, preset=None, resume=False, seed=0, rivals=FEW, diversity="vibrant", batch=None
):
    """Run the whole schedule and write RUN/model.safetensors, history.json and checkpoints/.

    out: the folder RUN; data: a source or folder for `datasets.load` (None: COLORLIB_DATA or the
    portraits).
    rivals: see `schedule.stages`. batch: pictures in one step (None: the preset's).
    resume=True goes on from the last checkpoint, exactly as if nothing had happened; there is one
    after each epoch, every five minutes, and at Ctrl-C. Returns the history.
    Raises FileExistsError when RUN holds a training and resume is False, ValueError when it was
    started otherwise, OSError where RUN cannot be written or has no room, and what `fit` raises.
    """
    out, p, data = Path(out), find_preset(preset), data or datasets.default_source()
    schedule, built = stages(p.name, rivals), architecture(p.name)
    names = list(dict.fromkeys(s.part for s in schedule))
    settings = {
        "data": str(data),
        "preset": p.name,
        "seed": seed,
        "parts": names,
        "diversity": diversity,
    }
    settings["batch"] = batch or p.batch
    checkpoint = out / "checkpoints" / "last.pt"
    if checkpoint.exists() and not resume:
        raise FileExistsError(
            f"{out} holds a training already: pass --resume to go on, or choose another folder"
        )
    accelerator = make_accelerator(seed)
    set_seed(seed)
    parts = {part: models.build(**built[part]).to(accelerator.device) for part in names}
    # Two checkpoints of all networks, with an optimiser's two moments and an average of one of
    # them.
    checkpoints.make_room(out, 2 * 4 * 4 * sum(models.parameters(net) for net in parts.values()))
    with accelerator.main_process_first():
        train_set = datasets.load(data, "train", size=p.size, count=p.images)
        val_set = datasets.load(data, "val", size=p.size, count=p.val_images)
    started = settings | {
        "schedule": checkpoints.mark(schedule),
        "pictures": checkpoints.mark(train_set.keys),
    }
    accelerator.print(f"{train_set.report}\nvalidation: {len(val_set)} pictures")

    history, first, state = [], 0, None
    saved = checkpoints.load(checkpoint) if resume else None
    if saved:
        if saved["settings"] != started:
            changed = checkpoints.differences(saved["settings"], started)
            raise ValueError(f"{out} was started with other settings: {changed}")
        history, first, state = saved["history"], saved["stage"], saved["state"]
        for part, module in parts.items():
            module.load_state_dict(saved["parts"][part])
    elif accelerator.is_main_process:
        shutil.rmtree(out / "predictions", ignore_errors=True)  # of an earlier training's bases

    vgg = find_vgg(p, accelerator.device)
    for number in range(first, len(schedule)):
        stage = schedule[number]

        def keep(state, row, number=number, stage=stage):
            if row:
                history.append(row)
            done = state["at"]["epoch"] == stage.epochs
            if accelerator.is_main_process:
                networks = {name: module.state_dict() for name, module in parts.items()}
                position = {"stage": number + done, "state": None if done else state}
                checkpoints.save(
                    checkpoint,
                    {"parts": networks, "history": history, "settings": started} | position,
                )
                write_json(out / "history.json", {"settings": settings, "history": history})

        pictures = with_base(stage, parts, train_set, p.folds, out, accelerator)
        try:
            fit(
                stage,
                parts,
                pictures,
                val_set,
                settings["batch"],
                seed,
                vgg,
                diversity,
                accelerator,
                state,
                keep,
            )
        except KeyboardInterrupt as error:
            raise KeyboardInterrupt(
                f"{error}; {checkpoint} holds all of it: go on with --resume (resume=True)"
            ) from None
        except FloatingPointError as error:
            good = (
                f"the last good checkpoint is {checkpoint}"
                if checkpoint.exists()
                else "no checkpoint was written yet"
            )
            raise FloatingPointError(f"{error}; {good}") from error
        state = None
        accelerator.free_memory()  # of this stage's optimiser

    if accelerator.is_main_process:
        t = best_t(parts, val_set, accelerator.device)
        info = settings | {
            "size": p.size,
            "images": len(train_set),
            "constant_ab": mean_ab(train_set),
            "t": t,
            "vibrance": find_vibrance(parts, val_set, t, accelerator.device),
            "noisy": [part for part in names if part in NOISY],
            "vgg": vgg.label,
            "stages": [asdict(s) for s in schedule],
        }
        models.save(out / "model.safetensors", parts, built, info)
    accelerator.wait_for_everyone()
    return history
