"""What is trained, in which order, and how each network is built: plain data, nothing runs here.

The paper (section 4) trains the base, freezes it, and refines: first without attention, the first
epochs without noise; then with attention on 10,000 pictures; then on 24,000. `PAPER` is that
schedule. Presets scale its epochs and sizes.

Beside it stand the rivals: everything that a reader of the paper's table would want to compare
with, trained on the same pictures for the same number of epochs.
"""

from dataclasses import dataclass, replace

from colorlib.training.presets import preset as find_preset


@dataclass(frozen=True)
class Stage:
    """One line of the schedule."""

    name: str
    part: str  # the network that learns
    epochs: int
    warmup: int = 0  # first epochs, without noise
    share: float = 1.0  # of the training pictures
    scale: float = 1.0  # of their side
    noise: bool = False
    attention: bool = False
    steer: float = 0.0  # share of the pictures that are handed numbers of the truth's prior
    # (k, n): learns from all pictures but the k-th of n folds, counted from 1
    fold: tuple[int, int] | None = None
    naive: bool = False  # refine what the base says about the very pictures that it learnt from
    lr: float = 1e-3
    # learns from the squared error of ab alone, in place of the six-part loss
    squared: bool = False


PAPER = (
    Stage("base", "base", epochs=30, lr=2e-3),
    Stage("refine", "refiner", epochs=20, warmup=5, noise=True, steer=0.5),
    Stage(
        "attend",
        "refiner",
        epochs=18,
        warmup=5,
        share=10_000 / 60_000,
        noise=True,
        attention=True,
        steer=0.5,
    ),
    Stage(
        "more data",
        "refiner",
        epochs=9,
        share=24_000 / 60_000,
        noise=True,
        attention=True,
        steer=0.5,
    ),
)
# Not the paper's: a last stage, on smaller pictures, that teaches the refiner to follow a prior set
# by hand. Where the preset grows, it ends on pictures of full size.
STEERING = Stage(
    "steering",
    "refiner",
    epochs=0,
    scale=2 / 3,
    noise=True,
    attention=True,
    steer=0.8,
    squared=True,
)
SECOND = (*PAPER[1:], STEERING)


def _beside(part, **changes):
    """The refiner's stages for another network of its size, without prior, noise and attention."""
    plain = {"warmup": 0, "noise": False, "attention": False, "steer": 0.0}
    return tuple(
        replace(s, **{"name": f"{part} {s.name}", "part": part, **plain, **changes}) for s in SECOND
    )


# Single networks, the same size and training as the base where they can be; then second stages, the
# same size and training as the refiner. "control" has none of the paper's ideas; three others have
# one each; "naive" has all, but learns from the base's answers to its own training pictures. "more"
# is a base with the refiner's parameters and epochs on top.
RIVALS = {
    "cnn": (Stage("cnn", "cnn", epochs=30, lr=2e-3),),
    "gan": (Stage("gan", "gan", epochs=30, lr=2e-4),),
    "eccv16": (Stage("eccv16", "eccv16", epochs=30, lr=2e-3),),
    "control": _beside("control"),
    "refiner-prior": _beside("refiner-prior", steer=0.5),
    "refiner-noise": tuple(
        replace(s, warmup=p.warmup, noise=True)
        for s, p in zip(_beside("refiner-noise"), SECOND, strict=True)
    ),
    "refiner-attention": tuple(
        replace(s, attention=p.attention)
        for s, p in zip(_beside("refiner-attention"), SECOND, strict=True)
    ),
    "refiner-naive": tuple(
        replace(s, name=f"naive {s.name}", part="refiner-naive", naive=True) for s in SECOND
    ),
    "more": (Stage("more", "more", epochs=30, lr=2e-3),),
}
FEW = ("cnn", "control")  # what the table needs at least
# one network, L' to ab'; the others refine a base
SINGLE = ("base", "cnn", "gan", "eccv16", "more")
NOISY = ("refiner", "refiner-noise", "refiner-naive")  # learn with noise, and are used with it


def stages(preset=None, rivals=FEW):
    """The schedule for a preset: list of Stage, epochs scaled, at least one each (and one of
    warm-up).

    rivals: names from RIVALS, True for all, False for none. Where the preset cross-fits, the base's
    folds come after the base; where it grows, single networks first see smaller pictures. Raises
    ValueError for an unknown rival.
    """
    p = find_preset(preset)
    rivals = tuple(RIVALS) if rivals is True else tuple(dict.fromkeys(rivals or ()))  # each once
    for name in rivals:
        if name not in RIVALS:
            raise ValueError(f"rivals must be among {', '.join(RIVALS)}, got {name!r}")
    base = PAPER[0]
    folds = [
        replace(base, name=f"fold {k}", part=f"fold{k}", fold=(k, p.folds))
        for k in range(1, p.folds + 1)
    ]
    wanted = [base, *folds, *SECOND, *(stage for name in rivals for stage in RIVALS[name])]
    return [stage for s in wanted for stage in _scaled(s, p)]


def _scaled(s, p):
    """A stage of the paper at the preset's length; two stages where it grows."""
    if s.name.endswith(STEERING.name):
        if not p.steering:
            return []
        s = replace(s, epochs=p.steering)
        return _growing(s, p) if p.grow else [s]
    single = s.part in SINGLE or s.fold
    factor = p.epochs[0] if single else p.epochs[1]
    epochs = max(1, round(s.epochs * factor))
    if s.part == "more":  # also what the second stage takes, in epochs over all pictures
        epochs += (
            max(1, round(sum(r.epochs * r.share for r in PAPER[1:]) * p.epochs[1])) + p.steering
        )
    s = replace(s, epochs=epochs, warmup=min(s.warmup, max(1, round(s.warmup * factor))))
    if not single:
        return [replace(s, scale=2 / 3) if p.small else s]
    return _growing(s, p) if p.grow and epochs > 1 else [s]


def _growing(s, p):
    """A stage as two: most of its epochs on smaller pictures, the last ones on pictures of full
    size, gently.
    """
    large = max(1, round(s.epochs * (1 - p.grow)))
    return [
        replace(s, name=f"{s.name}, small", epochs=s.epochs - large, scale=2 / 3),
        replace(s, name=f"{s.name}, full size", epochs=large, scale=1.0, lr=s.lr / 2),
    ]


def architecture(preset=None):
    """How each part is built, as data that `models.build` and the weights file understand."""
    p = find_preset(preset)
    base = {"name": "siggraph17", "width": p.width, "dropout": p.dropout, "classes": 0}
    unet = {"name": "enhanced_unet", "channels": list(p.channels), "shrink": p.shrink}
    plain = {**unet, "attention": "none", "prior": False, "time": False}
    refiner = {**unet, "attention": "decoder", "steer": True}
    return {
        "base": base,
        **{f"fold{k}": base for k in range(1, p.folds + 1)},
        "refiner": refiner,
        "cnn": {"name": "cnn"},
        "gan": {"name": "pix2pix", "channels": max(8, round(64 * p.width))},
        "eccv16": {"name": "eccv16", "width": p.width},
        "more": {**base, "width": min(1.0, p.width * p.more)},
        "control": plain,
        "refiner-prior": {**plain, "prior": True, "steer": True},
        "refiner-noise": {**plain, "time": True},
        "refiner-attention": {**plain, "attention": "decoder"},
        "refiner-naive": refiner,
    }
