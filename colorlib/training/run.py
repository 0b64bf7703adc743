"""The schedule run from end to end: `train(out)` writes RUN/model.safetensors and its history.

Everything is checked before the first step: settings, folder, room on the disk, pictures.
"""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from colorlib import methods, models, weights
from colorlib.data import datasets, mixture
from colorlib.data.arguments import whole_number
from colorlib.data.files import write_json
from colorlib.losses import DIVERSITY, VGGFeatures
from colorlib.training import checkpoints, crossfit, pictures
from colorlib.training.fit import fit, lay_out, make_accelerator
from colorlib.training.schedule import Preset, architecture, stages
from colorlib.training.schedule import preset as find_preset
from colorlib.training.validation import best_t, find_asking, find_vibrance, mean_ab


def find_vgg(preset=None, device="cpu"):
    """VGG features with ImageNet weights where the file is here, else random ones (see `.label`).

    preset: its name or a `Preset`, for the side at which they look.
    """
    p = preset if isinstance(preset, Preset) else find_preset(preset)
    state = weights.load_state(weights.verified("vgg16")) if weights.find("vgg16") else None
    return lay_out(VGGFeatures(state, size=p.vgg_size), device)


@dataclass
class Plan:
    """What a training was asked to do. Raises ValueError or TypeError where that is no good."""

    out: Path
    data: object  # as datasets.load takes it
    preset: Preset
    seed: int
    rivals: tuple
    diversity: str
    batch: int
    split: str = "train"
    start: str | Path | None = None

    def __post_init__(self):
        self.data = mixture.wanted(self.data)
        if self.split not in ("train", "all"):
            raise ValueError(f'split must be "train" or "all", got {self.split!r}')
        whole_number("seed", self.seed, 0, 2**63 - 1, "a whole number from 0 to below 2**63")
        if self.diversity not in DIVERSITY:
            wanted = " or ".join(f'"{mode}"' for mode in DIVERSITY)
            raise ValueError(f"diversity must be {wanted}, got {self.diversity!r}")
        whole_number("batch", self.batch, 1)
        self.schedule = stages(self.preset.name, self.rivals)
        self.parts = list(dict.fromkeys(stage.part for stage in self.schedule))
        self.architecture = architecture(self.preset.name)
        self.folds = self.preset.folds
        self.given, self.known = {}, {}
        if self.start is not None:
            self._begin_with(weights.locate(self.start))

    def _begin_with(self, path):
        """Take the networks of a weights file as they are; only what it lacks is trained."""
        self.given, self.known = models.load(path)
        self.architecture |= models.architecture(path)
        size = self.known.get("size")
        if size != self.preset.size:
            wanted = f"{self.preset.size} pixels, as the preset {self.preset.name!r}"
            raise ValueError(f"start must hold networks of {wanted}, got {path}, of {size}")
        wanted = [stage for stage in self.schedule if stage.part not in self.given]
        crossed = any(stage.second and not stage.naive for stage in wanted)
        self.schedule = [stage for stage in wanted if crossed or not stage.fold]
        learnt = [stage.part for stage in self.schedule]
        if not learnt:
            held = f"{path} with {', '.join(self.given)}"
            raise ValueError(f"start must lack something that is asked for, got {held}")
        self.parts = list(dict.fromkeys([*self.given, *learnt]))

    def without_folds(self):
        """Second stages learn from what the base says of its own pictures, as in the paper."""
        self.folds = 0
        self.schedule = [stage for stage in self.schedule if not stage.fold]
        self.parts = list(dict.fromkeys([*self.given, *(s.part for s in self.schedule)]))

    @property
    def settings(self):
        """What a resumed training must have in common with this one, as plain data."""
        more = {} if self.split == "train" else {"split": self.split}
        more |= {} if self.start is None else {"start": str(self.start)}
        return {"data": mixture.described(self.data), "preset": self.preset.name,
                "seed": self.seed, "parts": self.parts, "diversity": self.diversity,
                "batch": self.batch} | more  # fmt: skip


class Run:
    """A training at work: its networks, its pictures, and how far it is."""

    def __init__(self, plan, accelerator):
        self.plan, self.accelerator = plan, accelerator
        self.checkpoint = plan.out / "checkpoints" / "last.pt"
        self.parts = {
            part: plan.given.get(part) or models.build(**plan.architecture[part])
            for part in plan.parts
        }
        for net in self.parts.values():
            lay_out(net, accelerator.device)  # as `fit` does, or a resumed run rounds otherwise
        # Two checkpoints of all networks, with an optimiser's two moments and an average of one.
        numbers = sum(models.parameters(net) for net in self.parts.values())
        checkpoints.make_room(plan.out, 2 * 4 * 4 * numbers)
        self._load_pictures()
        self.started = plan.settings | {
            "schedule": checkpoints.mark(plan.schedule),
            "pictures": checkpoints.mark(self.train_set.keys),
        }
        self.vgg = find_vgg(plan.preset, accelerator.device)
        self.history, self.number, self.state = [], 0, None

    def _load_pictures(self):
        """Read the pictures, and say what follows where there are few."""
        plan, p, say = self.plan, self.plan.preset, self.accelerator.print
        with self.accelerator.main_process_first():
            found = pictures.load(plan.data, plan.split, p.size, p.images, p.val_images)
        self.train_set, self.val_set = found
        say(f"{self.train_set.report}\nvalidation: {len(self.val_set):,} pictures")
        self.seen, self.batch = self.train_set.contents(), plan.batch
        self.fresh = None
        if plan.split == "all":
            say("validation pictures are training pictures: their errors say nothing of new ones")
            processes = self.accelerator.num_processes
            found = pictures.by_heart(self.train_set, plan.batch, processes)
            self.train_set, self.batch = found
        if fresh := self._unknown():
            say(
                f"second stages learn from {len(fresh):,} pictures that the given base has not seen"
            )
            plan.without_folds()
            self.parts = {part: self.parts[part] for part in plan.parts}
            self.fresh = self.train_set.subset(fresh)
        elif plan.folds and not pictures.can_cross_fit(self.train_set, plan.folds):
            say(f"too few pictures for {plan.folds} folds: second stages learn from what the base "
                "says of the pictures that it has learnt")  # fmt: skip
            plan.without_folds()
            self.parts = {part: self.parts[part] for part in plan.parts}

    def _unknown(self):
        """Rows of the pictures that a given base has not learnt from, if at least half are such."""
        if "base" not in self.plan.given:
            return []
        known = set(self.plan.known.get("seen", self.seen))
        rows = [row for row, content in enumerate(self.seen) if content not in known]
        return rows if 2 * len(rows) >= len(self.seen) else []

    def restore(self):
        """Go on from the newest checkpoint, if there is one; ValueError for another training's."""
        saved = checkpoints.load(self.checkpoint)
        if saved is None:
            return
        if saved["settings"] != self.started:
            changed = checkpoints.differences(saved["settings"], self.started)
            raise ValueError(f"{self.plan.out} was started with other settings: {changed}")
        self.history, self.number = saved["history"], saved["stage"]
        self.state = saved["state"]
        for part, net in self.parts.items():
            net.load_state_dict(saved["parts"][part])

    def stage(self):
        """Run the stage that is next."""
        plan, stage = self.plan, self.plan.schedule[self.number]
        learnt_from = self.fresh if self.fresh and stage.second else self.train_set
        train_set = crossfit.for_stage(
            stage, self.parts, learnt_from, plan.folds, plan.out / "predictions",
            self.accelerator,
        )  # fmt: skip
        if stage.begin and self.state is None:
            self.parts[stage.part].load_state_dict(self.parts[stage.begin].state_dict())
        try:
            fit(stage, self.parts, train_set, self.val_set, self.batch, plan.seed, self.vgg,
                plan.diversity, self.accelerator, self.state, self.keep)  # fmt: skip
        except KeyboardInterrupt as error:
            way = f"{self.checkpoint} holds all of it: go on with --resume (resume=True)"
            raise KeyboardInterrupt(f"{error}; {way}") from None
        except FloatingPointError as error:
            good = "no checkpoint was written yet"
            if self.checkpoint.exists():
                good = f"the last good checkpoint is {self.checkpoint}"
            raise FloatingPointError(f"{error}; {good}") from error
        self.number, self.state = self.number + 1, None
        self.accelerator.free_memory()  # of this stage's optimiser

    def keep(self, state, row):
        """Write the checkpoint, and after an epoch the history; `fit` calls this."""
        if row:
            self.history.append(row)
        if not self.accelerator.is_main_process:
            return
        done = state["at"]["epoch"] == self.plan.schedule[self.number].epochs
        content = {"settings": self.started, "history": self.history}
        content |= {"stage": self.number + done, "state": None if done else state}
        content |= {"parts": {name: net.state_dict() for name, net in self.parts.items()}}
        checkpoints.save(self.checkpoint, content)
        about = {"settings": self.plan.settings, "history": self.history}
        write_json(self.plan.out / "history.json", about)

    def finish(self):
        """Choose t and two factors on validation pictures, and write RUN/model.safetensors."""
        plan, learnt = self.plan, {stage.part for stage in self.plan.schedule}
        noisy = [row.part for row in methods.trained() if row.noisy and row.part in self.parts]
        info = plan.known | plan.settings | {
            "size": plan.preset.size,
            "noisy": noisy,
            "vgg": self.vgg.label,
            "stages": plan.known.get("stages", []) + [_as_data(stage) for stage in plan.schedule],
            "split_seed": self.train_set.seed,
            "seen": sorted({*plan.known.get("seen", []), *self.seen}),
        }  # fmt: skip
        if "base" in learnt:
            info |= {"images": len(self.seen), "constant_ab": mean_ab(self.train_set)}
        if "refiner" in learnt:
            info |= self._chosen()
        if "tints" in learnt:
            info["asking"] = self._ask(info.get("t", 0))
        models.save(plan.out / "model.safetensors", self.parts, plan.architecture, info)

    def _chosen(self):
        """What of the refiner is chosen on validation pictures: its t, and its vibrance."""
        device = self.accelerator.device
        t = best_t(self.parts, self.val_set, device)
        return {"t": t, "vibrance": find_vibrance(self.parts, self.val_set, t, device)}

    def _ask(self, t):
        """Let samples ask for as much colour as makes them as colourful as validation pictures."""
        device = self.accelerator.device
        factor = find_asking(self.parts, self.val_set, t, device)
        self.parts["tints"].ask(factor)
        return factor


def _as_data(stage):
    """A stage as JSON can hold it; a step of somebody's own by its name."""
    return asdict(stage) | {"step": getattr(stage.step, "__name__", stage.step)}


def train(out, data=None, preset=None, resume=False, seed=0, rivals=methods.FEW,
          diversity="vibrant", batch=None, split="train", start=None):  # fmt: skip
    """Run the whole schedule and write RUN/model.safetensors, history.json and checkpoints/.

    out: the folder RUN; data: what `datasets.load` takes, a source or folder or a list of several,
        with shares or without (None: COLORLIB_DATA or the portraits). Networks are checked on the
        validation pictures of all of them together.
    rivals: names of methods to train beside base and refiner, True for all, False for none.
    diversity: sense of the diversity term, "vibrant" or "paper". batch: pictures in one step (None:
        the preset's).
    split: "all" learns from every picture and checks on the same ones. Of fewer than a batch each
        step sees all, 50 steps an epoch: whether one picture can be learnt is a good first test of
        a network.
    start: weights (a shipped name, a file or another RUN) whose networks are taken as they are;
        only those that they lack are trained. Where their base has not seen at least half of the
        pictures, second stages learn from those, and no folds are needed.
    resume=True goes on from the last checkpoint, exactly as if nothing had happened; there is one
        after each epoch, every five minutes, and at Ctrl-C.

    Returns the history. Raises FileExistsError when RUN holds a training and resume is False,
    ValueError for a setting that is no good or another than RUN was started with, OSError where RUN
    cannot be written or has no room, FileNotFoundError where data is not here, and what `fit`
    raises.
    """
    p = find_preset(preset)
    plan = Plan(Path(out), data or datasets.default_source(), p, seed, rivals, diversity,
                p.batch if batch is None else batch, split, start)  # fmt: skip
    if (plan.out / "checkpoints" / "last.pt").exists() and not resume:
        way = "pass --resume to go on, or choose another folder"
        raise FileExistsError(f"{plan.out} holds a training already: {way}")
    accelerator = make_accelerator(seed)
    with checkpoints.random_kept(accelerator.device):
        torch.manual_seed(seed)
        run = Run(plan, accelerator)
        if resume:
            run.restore()
        if not run.number and not run.state and accelerator.is_main_process:
            shutil.rmtree(plan.out / "predictions", ignore_errors=True)  # an earlier training's
        while run.number < len(plan.schedule):
            run.stage()
        if accelerator.is_main_process:
            run.finish()
        accelerator.wait_for_everyone()
    return run.history
