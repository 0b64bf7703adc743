"""The training schedule as plain data, and one loop that runs it.

The paper (section 4) trains the base, freezes it, and refines: first without attention, the first epochs without noise;
then with attention on 10,000 pictures; then on 24,000. `PAPER` is that schedule. Presets scale its epochs and sizes.

    stages(preset)            what will be trained, in order
    fit(stage, ...)           one stage: predict, loss, backward, step
    train(out, ...)           all stages, with a checkpoint after each epoch

Every epoch starts from a seed of its own, so a resumed training repeats exactly what an uninterrupted one does.
"""

import json
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from accelerate import Accelerator, DataLoaderConfiguration, DistributedDataParallelKwargs
from accelerate.utils import set_seed
from tqdm.auto import tqdm

from colorlib import datasets, models, weights
from colorlib.color import model_to_rgb
from colorlib.diffusion import correct_once
from colorlib.losses import VGGFeatures, total_loss
from colorlib.models.enhanced_unet import received_attention
from colorlib.presets import preset as find_preset
from colorlib.prior import color_prior

# Noise in training: t from 0 to here. At 50 of the linear schedule it is as large as the colour itself.
T_MAX = 50


@dataclass(frozen=True)
class Stage:
    """One line of the schedule."""

    name: str
    part: str  # the network that learns: "base", "cnn", "refiner" or "control"
    epochs: int
    warmup: int = 0  # first epochs, without noise
    share: float = 1.0  # of the training pictures
    noise: bool = False
    attention: bool = False
    lr: float = 1e-3


PAPER = (
    Stage("base", "base", epochs=30, lr=2e-3),
    Stage("refine", "refiner", epochs=20, warmup=5, noise=True),
    Stage("attend", "refiner", epochs=18, warmup=5, share=10_000 / 60_000, noise=True, attention=True),
    Stage("more data", "refiner", epochs=9, share=24_000 / 60_000, noise=True, attention=True),
)
# What the paper should have stood beside: a plain CNN, and a refiner of the same size and training without prior, noise
# and attention.
RIVALS = (
    Stage("cnn", "cnn", epochs=30, lr=2e-3),
    *(replace(s, name=f"control {s.name}", part="control", warmup=0, noise=False, attention=False) for s in PAPER[1:]),
)


def stages(preset=None, rivals=True):
    """The schedule for a preset: list of Stage, epochs scaled, at least one each (and one of warm-up)."""
    base, refiner = find_preset(preset).epochs
    scale = {"base": base, "cnn": base, "refiner": refiner, "control": refiner}
    return [
        replace(
            s,
            epochs=max(1, round(s.epochs * scale[s.part])),
            warmup=min(s.warmup, max(1, round(s.warmup * scale[s.part]))),
        )
        for s in PAPER + (RIVALS if rivals else ())
    ]


def architecture(preset=None):
    """How each part is built, as data that `models.build` and the weights file understand."""
    p = find_preset(preset)
    unet = {"name": "enhanced_unet", "channels": list(p.channels)}
    return {
        "base": {"name": "siggraph17", "width": p.width},
        "refiner": {**unet, "attention": "decoder"},
        "cnn": {"name": "cnn"},
        "control": {**unet, "attention": "none", "prior": False, "time": False},
    }


def augment(L, ab):
    """Mirror half of the pictures and shift the batch by up to 1/16 of the side; colours stay what they were."""
    mirror = torch.rand(len(L), 1, 1, 1, device=L.device) < 0.5
    x = torch.cat([L, ab], dim=1)
    x = torch.where(mirror, x.flip(-1), x)
    h, w = x.shape[-2:]
    reach = min(h, w) // 16
    dy, dx = torch.randint(0, 2 * reach + 1, (2,)).tolist()
    x = F.pad(x, (reach,) * 4, mode="reflect")[..., dy : dy + h, dx : dx + w]
    return x[:, :1], x[:, 1:]


def predict_step(net, L, ab, squared=False):
    """Base and CNN: ab' straight from L'.

    The base's loss is Huber's: squared near the truth, absolute further away. The CNN's is the squared error.
    """
    prediction = net(L).float()
    return F.mse_loss(prediction, ab) if squared else F.smooth_l1_loss(prediction, ab, beta=0.1), {}


def refine_step(net, L, ab, base, stage, warm, vgg=None, diversity="vibrant"):
    """Refiner and control: one correction of the frozen base's prediction, and the six-part loss."""
    with torch.no_grad():
        ab_base = base(L).float()
    t = torch.zeros(len(L), dtype=torch.long, device=L.device)
    if stage.noise and not warm:
        t = torch.randint(0, T_MAX + 1, (len(L),), device=L.device)
    ab_final, residual, *rest = correct_once(
        net,
        L,
        ab_base,
        t,
        color_prior(ab_base),
        attend=stage.attention,
        return_attention=stage.attention,
    )
    received = None
    if rest:
        attention = rest[0].float()
        side = round(attention.shape[-1] ** 0.5)  # training pictures are square
        received = received_attention(attention, (side, side))
    with torch.autocast(L.device.type, enabled=False):  # colours and Gram matrices need float32
        return total_loss(L, ab_final.float(), residual.float(), ab_base, ab, received, vgg=vgg, diversity=diversity)


@torch.no_grad()
def rgb_mse(predict, dataset, device="cpu", batch=50):
    """Mean squared error in 8-bit RGB of ab' = predict(L') over a dataset, L kept."""
    total = 0.0
    for L, ab in datasets.loader(dataset, batch):
        L, ab = L.to(device), ab.to(device)
        error = (model_to_rgb(L, predict(L).float()) * 255).round() - (model_to_rgb(L, ab) * 255).round()
        total += error.square().mean(dim=(1, 2, 3)).sum().item()
    return total / len(dataset)


def predictor(parts, part, t=0, seed=0):
    """The function L' -> ab' that this part stands for: on its own, or correcting the base at noise step t."""
    if part in ("base", "cnn"):
        return parts[part].eval()
    base, net = parts["base"].eval(), parts[part].eval()

    def predict(L):
        ab_base = base(L).float()
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(ab_base.shape, generator=generator).to(ab_base)
        return correct_once(net, L, ab_base, t, color_prior(ab_base), noise=noise)[0]

    return predict


def make_accelerator(seed=0):
    """Device, precision and processes. Mixed precision only where the GPU has it in hardware."""
    precision = "no"
    if torch.cuda.is_available():
        precision = "bf16" if torch.cuda.get_device_capability() >= (8, 0) else "fp16"
    return Accelerator(
        mixed_precision=precision,
        dataloader_config=DataLoaderConfiguration(use_seedable_sampler=True, data_seed=seed),
        # The refiner's first stage leaves its attention unused, and SIGGRAPH17 always leaves `model_class`.
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )


def fit(stage, parts, train_set, val_set=None, batch=32, seed=0, vgg=None, diversity="vibrant", accelerator=None,
        start=0, state=None, on_epoch=None):  # fmt: skip
    """Train `parts[stage.part]` by one stage and return its history, a list with one dictionary an epoch.

    parts: {name: network}, changed in place; refiner and control need parts["base"], which stays frozen.
    start, state: the epoch to go on from, and what `on_epoch` was given then.
    on_epoch(row, state) is called after each epoch with the history's row and the optimiser's state.
    A row: stage, part, epoch (from 1), warmup, images, loss, val_mse (8-bit RGB, where val_set is given), seconds, and
    the unweighted mean of each loss term.
    """
    accelerator = accelerator or make_accelerator(seed)
    device = accelerator.device
    for module in parts.values():
        module.to(device, memory_format=torch.channels_last)
    if stage.share < 1:
        # Drawn, not the first ones: files are sorted by name, which may mean by age or by person.
        chosen = torch.randperm(len(train_set), generator=torch.Generator().manual_seed(seed))
        train_set = train_set.subset(chosen[: max(1, round(len(train_set) * stage.share))].sort().values)
    loader = datasets.loader(train_set, batch, shuffle=True, seed=seed)
    net = parts[stage.part].requires_grad_(True)
    optimizer = torch.optim.AdamW(net.parameters(), lr=stage.lr, weight_decay=0.05)
    wrapped, optimizer, loader = accelerator.prepare(net, optimizer, loader)
    steps = stage.epochs * len(loader)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, stage.lr, total_steps=steps)
    if state:
        optimizer.load_state_dict(state["optimizer"])
        scheduler.load_state_dict(state["scheduler"])

    history = []
    bar = tqdm(total=steps, initial=start * len(loader), desc=stage.name, unit="batch", mininterval=1,
               disable=not accelerator.is_local_main_process)  # fmt: skip
    for epoch in range(start, stage.epochs):
        set_seed(seed + 1000 * epoch + accelerator.process_index)
        loader.set_epoch(epoch)
        warm, begun = epoch < stage.warmup, time.time()
        if "base" in parts:
            parts["base"].eval()
        net.train()
        sums = {}
        for L, ab in loader:
            L, ab = augment(L, ab)
            with accelerator.autocast():
                if stage.part in ("base", "cnn"):
                    loss, terms = predict_step(wrapped, L, ab, squared=stage.part == "cnn")
                else:
                    loss, terms = refine_step(wrapped, L, ab, parts["base"], stage, warm, vgg, diversity)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
            for name, value in {"loss": loss, **terms}.items():
                sums[name] = sums.get(name, 0) + value.detach()
            bar.update()
        if not torch.isfinite(sums["loss"]):
            raise FloatingPointError(f"stage {stage.name!r}, epoch {epoch + 1}: the loss is not a number")
        row = {"stage": stage.name, "part": stage.part, "epoch": epoch + 1, "warmup": warm}
        row["images"] = len(train_set)
        row |= {k: accelerator.reduce(v / len(loader), "mean").item() for k, v in sums.items()}
        if val_set is not None:
            net.eval()
            row["val_mse"] = rgb_mse(predictor(parts, stage.part), val_set, device)
            bar.set_postfix(val_mse=f"{row['val_mse']:.1f}")
        row["seconds"] = time.time() - begun
        history.append(row)
        if on_epoch:
            on_epoch(row, {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()})
    bar.close()
    net.eval().requires_grad_(False)
    return history


def find_vgg(preset, device="cpu"):
    """VGG features with ImageNet weights where the file is present, else seeded random ones (see `.label`)."""
    path = weights.find("vgg16")
    state = weights.load_state(path) if path else None
    return VGGFeatures(state, size=preset.vgg_size).to(device, memory_format=torch.channels_last)


def mean_ab(dataset):
    """Mean a and b of a dataset in ab units, [a, b]: the best constant colour in Lab."""
    total = sum(ab.double().mean(dim=(2, 3)).sum(dim=0) for _, ab in datasets.loader(dataset, 256))
    return (110 * total / len(dataset)).tolist()


def train(out, data=None, preset=None, resume=False, seed=0, rivals=True, diversity="vibrant"):
    """Run the whole schedule and write RUN/model.safetensors, history.json and checkpoints/.

    out: the folder RUN; data: a source or folder for `datasets.load` (None: COLORLIB_DATA or the portraits).
    resume=True goes on after the last finished epoch, exactly as if nothing had happened. Returns the history.
    Raises FileExistsError when RUN holds a training and resume is False, ValueError when it was started otherwise.
    """
    out, p, data = Path(out), find_preset(preset), data or datasets.default_source()
    settings = {"data": str(data), "preset": p.name, "seed": seed, "rivals": rivals, "diversity": diversity}
    checkpoint = out / "checkpoints" / "last.pt"
    if checkpoint.exists() and not resume:
        raise FileExistsError(f"{out} holds a training already: pass --resume to go on, or choose another folder")
    accelerator = make_accelerator(seed)
    with accelerator.main_process_first():
        train_set = datasets.load(data, "train", size=p.size, count=p.images)
        val_set = datasets.load(data, "val", size=p.size, count=p.val_images)
    accelerator.print(f"{train_set.report}\nvalidation: {len(val_set)} pictures")

    set_seed(seed)
    built = architecture(p.name)
    schedule = stages(p.name, rivals)
    parts = {part: models.build(**built[part]) for part in dict.fromkeys(s.part for s in schedule)}
    history, first, start, state = [], 0, 0, None
    if resume and checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True, map_location="cpu")
        if saved["settings"] != settings:
            raise ValueError(f"{out} was started with {saved['settings']}, not with {settings}")
        history, first, start, state = saved["history"], saved["stage"], saved["epoch"], saved["state"]
        for part, module in parts.items():
            module.load_state_dict(saved["parts"][part])

    vgg = find_vgg(p, accelerator.device)
    for index in range(first, len(schedule)):
        stage = schedule[index]

        def keep(row, state, index=index, stage=stage):
            history.append(row)
            done = row["epoch"] == stage.epochs
            position = {"stage": index + done, "epoch": 0 if done else row["epoch"]}
            if accelerator.is_main_process:
                _save_checkpoint(checkpoint, parts, history, settings, None if done else state, position)
                _write_json(out / "history.json", {"settings": settings, "history": history})

        fit(stage, parts, train_set, val_set, p.batch, seed, vgg, diversity, accelerator, start, state, keep)
        start, state = 0, None

    if accelerator.is_main_process:
        info = settings | {
            "size": p.size,
            "images": len(train_set),
            "constant_ab": mean_ab(train_set),
            "t": best_t(parts, val_set, accelerator.device),
            "vgg": vgg.label,
            "stages": [asdict(s) for s in schedule],
        }
        models.save(out / "model.safetensors", parts, built, info)
    accelerator.wait_for_everyone()
    return history


def best_t(parts, val_set, device="cpu", choices=(0, 5, 10, 20, 50)):
    """The noise step at which the refiner scores best on the validation pictures."""
    return min(choices, key=lambda t: rgb_mse(predictor(parts, "refiner", t), val_set, device))


def _save_checkpoint(path, parts, history, settings, state, position):
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    networks = {name: module.state_dict() for name, module in parts.items()}
    torch.save({"parts": networks, "history": history, "settings": settings, "state": state, **position}, temporary)
    os.replace(temporary, path)


def _write_json(path, content):
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
    os.replace(temporary, path)
