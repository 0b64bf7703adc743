"""The loop that trains every network.

    fit(stage, ...)           one stage: for epoch, for batch, trainer.step(batch)
    Trainer.step(batch)       forward, loss, backward, clip, update, average

What a stage's loss is stands in steps.py. What is kept of a network is the moving average of its
weights. Every step draws its random numbers from a seed of its own, so that a resumed training
repeats what an uninterrupted one does, and several processes together do what one does alone.
"""

import itertools
import time
from contextlib import contextmanager

import numpy as np
import torch
from accelerate import Accelerator, DataLoaderConfiguration, DistributedDataParallelKwargs
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm.auto import tqdm

from colorlib.data import datasets
from colorlib.models.fast import bf16_is_fast
from colorlib.training import checkpoints, crossfit
from colorlib.training.guards import check_finite, check_gradient, memory_guard
from colorlib.training.parallel import share_batchnorm
from colorlib.training.steps import StepRandom, make_step
from colorlib.training.validation import predictor, rgb_mse

SAVE_EVERY = 300  # seconds between checkpoints within an epoch


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
        # Said aloud, or processes on a CPU do not find each other.
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
    layout = torch.contiguous_format if slow else torch.channels_last
    return net.to(device, memory_format=layout)


def moving_average(net):
    """The exponential moving average of a network (Polyak & Juditsky 1992), buffers included.

    average <- d average + (1 - d) weights after each step, with d = min(0.999, (1 + n) / (10 + n))
    at step n, so that the random start is soon forgotten.
    """

    def average(mine, theirs, n):
        d = min(0.999, (1 + int(n)) / (10 + int(n)))
        if mine[0].is_floating_point():  # they come sorted by type
            get_ema_multi_avg_fn(d)(mine, theirs, n)
        else:
            for old, new in zip(mine, theirs, strict=True):
                old.copy_(new)

    averaged = AveragedModel(net, multi_avg_fn=average, use_buffers=True)
    averaged.eval().requires_grad_(False)
    averaged.update_parameters(net)  # the first call only copies
    return averaged


class StandIn(torch.nn.Module):
    """Calls a network. Accelerate gets this one, so that its marks stay off the network."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, *inputs, **options):
        """What the network gives."""
        return self.net(*inputs, **options)


class Trainer:
    """One stage at work: its network, optimiser, average, and how far it is.

    epoch: how many are done; number: the step at work in this one, counted from 1, 0 before it.
    The arguments are those of `fit`.
    """

    def __init__(self, stage, parts, train_set, batch, seed, vgg, diversity, accelerator):
        self.stage, self.parts, self.batch, self.seed = stage, parts, batch, seed
        self.accelerator, self.device = accelerator, accelerator.device
        processes = accelerator.num_processes
        self.homes = {name: next(net.parameters()).device for name, net in parts.items()}
        for module in [*parts.values(), *filter(None, [vgg])]:
            lay_out(module, self.device)
        self.train_set = chosen(train_set, stage, seed)
        loader = datasets.loader(
            self.train_set, batch, shuffle=True, seed=seed, whole=len(self.train_set) >= batch
        )
        self.net = parts[stage.part].requires_grad_(True)
        self.average = moving_average(self.net)
        with checkpoints.random_kept(self.device):
            self.learn, beside = make_step(
                stage, parts, self.train_set, vgg, diversity, self.device, processes
            )
        share_batchnorm(self.net, processes > 1)
        # Without momentum that cycles, and without weight decay, where two networks compete.
        rivalry = stage.step == "adversary"
        betas, decay = ((0.5, 0.999), 0.0) if rivalry else ((0.9, 0.999), 0.05)
        adam = torch.optim.AdamW(self.net.parameters(), stage.lr, betas, weight_decay=decay,
                                 fused=self.device.type == "cuda")  # fmt: skip
        self.forward, self.optimizer, self.loader = accelerator.prepare(
            StandIn(self.net), adam, loader
        )
        self.scheduler = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, stage.lr, total_steps=self.steps, cycle_momentum=not rivalry
        )
        kept = {"optimizer": self.optimizer, "scheduler": self.scheduler, "average": self.average,
                "beside": beside, "scaler": accelerator.scaler}  # fmt: skip
        self.kept = {name: thing for name, thing in kept.items() if thing is not None}
        self.epoch, self.number, self.sums, self.random = 0, 0, {}, None
        self.begun = time.time()

    @property
    def steps(self):
        """How many the whole stage has."""
        return self.stage.epochs * len(self.loader)

    @property
    def done(self):
        """How many of them are done."""
        return self.epoch * len(self.loader) + self.number

    @property
    def warm(self):
        """Whether this epoch is one of the warm-up."""
        return self.epoch < self.stage.warmup

    @property
    def where(self):
        """The step at work, in words."""
        return f"stage {self.stage.name!r}, epoch {self.epoch + 1}, step {self.number}"

    def batches(self):
        """The batches of this epoch that are not done yet."""
        torch.manual_seed((self.seed + 1000 * self.epoch) % 2**63)  # what dropout draws from
        self.loader.set_epoch(self.epoch)
        for net in self.parts.values():
            net.eval()
        self.net.train()
        loader, random, self.random = self.loader, self.random, None
        if self.number:
            loader = self.accelerator.skip_first_batches(loader, self.number)
            loader.set_epoch(self.epoch)
        for pictures in loader:
            if random is not None:  # that of the step at which the checkpoint was written
                checkpoints.set_random_states(self.device, random)
                random = None
            yield pictures

    def step(self, pictures):
        """Forward, loss, backward, clip, update, average.

        pictures: (L, ab), or (L, ab, ab_base), as the loader gives them.
        """
        self.number += 1
        with memory_guard(self.where, self.batch, lambda n: self.gradients(self.few(pictures, n))):
            loss, terms = self.gradients(pictures)
        self.optimizer.step()
        self.scheduler.step()
        self.optimizer.zero_grad()
        self.average.update_parameters(self.net)
        for name, value in {"loss": loss, **terms}.items():
            self.sums[name] = self.sums.get(name, 0) + value.detach()

    def gradients(self, pictures):
        """Forward, loss, backward, clip; returns (loss, {term: value})."""
        accelerator = self.accelerator
        with accelerator.autocast():
            loss, terms = self.learn(self.forward, pictures, self.numbers(pictures), self.warm)
        check_finite(self.where, accelerator.reduce(loss.detach(), "mean"), terms, self.keys)
        accelerator.backward(loss)
        # This stage's alone: the accelerator remembers the optimisers of earlier ones.
        accelerator.unscale_gradients(self.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        if accelerator.mixed_precision != "fp16":  # whose scaler skips such steps by itself
            check_gradient(self.where, norm, self.keys)
        return loss, terms

    def numbers(self, pictures):
        """The random numbers of the step at work."""
        place = (self.seed * 10_000 + self.epoch) * 1_000_000 + self.number - 1
        accelerator = self.accelerator
        return StepRandom(place % 2**63, len(pictures[0]), self.device, accelerator.process_index,
                          accelerator.num_processes)  # fmt: skip

    def few(self, pictures, n):
        """This process's part of n pictures of the batch."""
        return [x[: n // self.accelerator.num_processes] for x in pictures]

    def keys(self):
        """The pictures of the batch at work, which the sampler tells again."""
        self.loader.set_epoch(self.epoch)
        rows = next(itertools.islice(self.loader.batch_sampler, self.number - 1, None))
        return np.asarray(self.train_set.keys)[rows].tolist()

    def end_epoch(self, val_set):
        """Close the epoch: its row of the history. After the last, the network is its average."""
        row = {"stage": self.stage.name, "part": self.stage.part, "epoch": self.epoch + 1}
        row |= {"warmup": self.warm, "images": len(self.train_set)}
        for name, total in self.sums.items():
            row[name] = self.accelerator.reduce(total / len(self.loader), "mean").item()
        if val_set is not None and not self.stage.draws:
            parts = self.parts | {self.stage.part: self.average.module}
            predict = predictor(parts, self.stage.part, refines=self.stage.step == "refine")
            row["val_mse"] = rgb_mse(predict, val_set, self.device)
        row["seconds"] = time.time() - self.begun
        self.epoch, self.number, self.sums, self.begun = self.epoch + 1, 0, {}, time.time()
        if self.epoch == self.stage.epochs:
            self.net.load_state_dict(self.average.module.state_dict())
        return row

    def state_dict(self):
        """All that a resumed training needs, beside the networks."""
        at = {"epoch": self.epoch, "step": self.number, "sums": dict(self.sums)}
        at |= {"seconds": time.time() - self.begun}
        at |= {"random": checkpoints.random_states(self.device)}
        return {"at": at} | {name: thing.state_dict() for name, thing in self.kept.items()}

    def load_state_dict(self, state):
        """Go on from what `state_dict` gave."""
        at = state["at"]
        self.epoch, self.number, self.sums = at["epoch"], at["step"], dict(at["sums"])
        self.begun = time.time() - at["seconds"]
        self.random = at["random"] if self.number else None
        for name, thing in self.kept.items():
            thing.load_state_dict(state[name])

    @contextmanager
    def at_work(self):
        """Whatever happens within, afterwards all is the caller's as it was: networks in float32,
        frozen, on their devices; the random numbers. Ctrl-C waits for the end of a step.
        """
        try:
            with checkpoints.random_kept(self.device), checkpoints.Patience() as patience:
                yield patience
        finally:
            share_batchnorm(self.net, False).eval().requires_grad_(False)
            for name, net in self.parts.items():
                net.to(self.homes[name])


def fit(stage, parts, train_set, val_set=None, batch=32, seed=0, vgg=None, diversity="vibrant",
        accelerator=None, state=None, keep=None, every=None):  # fmt: skip
    """Train `parts[stage.part]` by one stage; returns its history, a list with a dict an epoch.

    stage: a `methods.Stage`; its step, loss and learning rate decide how.
    parts: {name: network}, under any names, changed in place, and afterwards on the device where
        they were; a stage that refines needs parts["base"], which stays frozen.
    train_set: a `LabDataset`, or for second stages a `crossfit.WithBase`, whose predictions then
        stand for the base's.
    batch: pictures in one step, of all processes together; a last one that is not full is left out.
    vgg: a `VGGFeatures`; diversity: see `losses.diversity_loss`; both of the six-part loss.
    keep(state, row) is called after each epoch with the history's row, and between two steps every
        `every` seconds (None: SAVE_EVERY) with row=None; state is all that a resumed training
        needs, beside the networks.
    state: what keep was given, to go on from there.

    A row: stage, part, epoch (from 1), warmup, images, loss, val_mse (8-bit RGB, where val_set is
    given), seconds, and the unweighted mean of each loss term. The global random state stays.

    Ctrl-C lets the step end, calls keep, and then raises KeyboardInterrupt. Raises
    FloatingPointError for a loss that is not a finite number, with stage, step, term and pictures;
    MemoryError, with a batch that fits, where memory runs out.
    """
    accelerator = accelerator or make_accelerator(seed)
    trainer = Trainer(stage, parts, train_set, batch, seed, vgg, diversity, accelerator)
    if state:
        trainer.load_state_dict(state)
    history, saved = [], time.monotonic()
    every = SAVE_EVERY if every is None else every
    bar = tqdm(total=trainer.steps, initial=trainer.done, desc=stage.name, unit="batch",
               mininterval=1, disable=not accelerator.is_local_main_process)  # fmt: skip
    with bar, trainer.at_work() as patience:
        for _ in range(trainer.epoch, stage.epochs):
            for pictures in trainer.batches():
                trainer.step(pictures)
                bar.update()
                if keep and (patience.asked or time.monotonic() - saved > every):
                    keep(trainer.state_dict(), None)
                    saved = time.monotonic()
                if patience.asked:
                    raise KeyboardInterrupt(f"stopped in {trainer.where}")
            row = trainer.end_epoch(val_set)
            history.append(row)
            if "val_mse" in row:
                bar.set_postfix(val_mse=f"{row['val_mse']:.1f}")
            if keep:
                keep(trainer.state_dict(), row)
    return history


def chosen(train_set, stage, seed):
    """The pictures that a stage learns from: all, a share, or all but a fold."""
    if stage.fold:
        number, folds = stage.fold
        others = crossfit.fold_of(train_set, folds) != number
        train_set = train_set.subset(others.nonzero()[0])
    if stage.share < 1:
        # Drawn, not the first ones: files are sorted by name, which may mean by age or by person.
        order = torch.randperm(len(train_set), generator=torch.Generator().manual_seed(seed))
        count = max(1, round(len(train_set) * stage.share))
        train_set = train_set.subset(order[:count].sort().values)
    return train_set
