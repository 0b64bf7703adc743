"""The one table of methods: what is compared, under which name, and how each is built and learns.

A *method* turns a grey picture into a coloured one. Its row names the networks that it runs, says
how its own network is built and in which stages that learns. Schedule, training, `Colorizer`,
evaluation, weights, report and command line read this table, and nothing else lists methods.

Networks and steps are only named here and looked up when they are used, so that importing this
file, and `--help`, need no torch. A method of your own is one row more, or one call of `add`:

    methods.add(Method("mine", "three convolutions", network=Mine,
                       stages=(Stage("mine", "mine", epochs=30),)))
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Stage:
    """One line of a schedule: which network learns what, from which pictures, for how long."""

    name: str
    part: str  # the network that learns
    epochs: int
    step: str | Callable = "predict"  # of training/steps.py, or one like those there
    # Of "predict": "huber" (None), "squared" or "rgb". Of "refine": "six-part" (None, the paper's),
    # "squared" (that of ab alone) or weights of the six parts.
    loss: str | dict | None = None
    warmup: int = 0  # first epochs, without noise
    share: float = 1.0  # of the training pictures
    scale: float = 1.0  # of their side
    noise: bool = False
    attention: bool = False
    steer: float = 0.0  # share of the pictures that are handed numbers of the truth's prior
    # (k, n): learns from all pictures but the k-th of n folds, counted from 1
    fold: tuple[int, int] | None = None
    naive: bool = False  # refines what the base says about the very pictures that it learnt from
    lr: float = 1e-3
    hints: float = 0.0  # share of the pictures that may show some of their colours, hints.py
    varied: float = 0.0  # share whose lightness is changed, augment.py
    zoom: float = 0.0  # share that is seen from nearer or further, and turned
    begin: str = ""  # the network whose weights it begins with, of the same architecture
    extra: str = ""  # epochs that are not the paper's: "steering" or "as the second stage"

    @property
    def draws(self):
        """Whether it learns a distribution, so that no single answer of it has a score."""
        return self.step in ("tint", "flow")

    @property
    def second(self):
        """Whether it learns from what a base says, too."""
        return self.step == "refine" or self.draws


@dataclass(frozen=True)
class Method:
    """One row of the table.

    networks: the parts of a weights file that it runs, in order; the last is its own. None means
        the one that is called as the method is, () no network at all.
    network, settings: the architecture of its own network, a key of `models.ARCHITECTURES` or a
        class, and a function of the preset that gives its settings; "" where there is none.
    noisy: learns with noise, and is used with it.
    oracle: knows something of the truth, a yardstick and no rival.
    """

    name: str
    note: str
    networks: tuple[str, ...] | None = None
    network: str | type = ""
    settings: Callable = lambda preset: {}
    stages: tuple[Stage, ...] = ()
    noisy: bool = False
    oracle: bool = False
    options: dict = field(default_factory=dict)  # of `Colorizer.predict`
    released: str = ""  # the name, in weights.py, of the download that it is
    shipped: bool = False  # is in the weights that come with colorlib

    def __post_init__(self):
        if self.networks is None:
            object.__setattr__(self, "networks", (self.name,))

    @property
    def part(self):
        """The name of its own network."""
        return self.networks[-1] if self.networks else ""

    @property
    def walks(self):
        """Whether its own network walks from noise to colours."""
        return any(stage.step == "flow" for stage in self.stages)


def second_stage(part, steer=0.0, last_steer=0.0, noise=False, attention=False, naive=False):
    """The paper's second stage (section 4) for a network of that name, and a stage that is not the
    paper's: a last one, on smaller pictures, that teaches it to follow a prior set by hand.

    Without attention first; then with it on 10,000 pictures; then on 24,000. noise: the first
    epochs of the first two stages go without. The keywords are fields of `Stage`.
    """
    common = Stage("", part, 0, "refine", noise=noise, steer=steer, naive=naive)
    warmup = 5 if noise else 0
    before = "" if part == "refiner" else f"{part} "
    return (
        replace(common, name=f"{before}refine", epochs=20, warmup=warmup),
        replace(common, name=f"{before}attend", epochs=18, warmup=warmup, attention=attention,
                share=10_000 / 60_000),
        replace(common, name=f"{before}more data", epochs=9, attention=attention,
                share=24_000 / 60_000),
        replace(common, name=f"{before}steering", loss="squared", attention=attention,
                steer=last_steer, scale=2 / 3, extra="steering"),
    )  # fmt: skip


def _base(p):
    return {"width": p.width, "dropout": p.dropout, "classes": 0}


def _refiner(p):
    return {"channels": list(p.channels), "shrink": p.shrink, "attention": "decoder", "steer": True}


def _plain(**ideas):
    """The refiner without any of the paper's ideas but those named."""
    none = {"attention": "none", "prior": False, "time": False, "steer": False}
    return lambda p: _refiner(p) | none | ideas


def _flow(p):
    """Colours are coarse: at every preset they are walked to on a grid of about 32 x 32."""
    channels = [8 * max(1, round(8 * eighths * p.width)) for eighths in (3, 6, 8)]
    return {"channels": channels, "fold": max(1, p.size // 32)}


# fmt: off
METHODS = {m.name: m for m in (
    Method("grey", "a = b = 0", ()),
    Method("constant", "one colour, the mean of the training pictures", ()),
    Method("oracle-mean", "oracle: the true mean colour of each picture", (), oracle=True),
    # Single networks, L' to ab', of the base's size and training where they can be.
    Method("cnn", "encoder and decoder, regression with the squared error",
           network="cnn", shipped=True,
           stages=(Stage("cnn", "cnn", 30, loss="squared", lr=2e-3),)),
    Method("fusionnet", "a U-Net of residual blocks, whose long skips are sums",
           network="fusionnet", settings=lambda p: {"channels": max(4, round(32 * p.width))},
           shipped=True,
           stages=(Stage("fusionnet", "fusionnet", 30, loss="squared", lr=2e-3),)),
    Method("baldassarre", "encoder and decoder, told by a classifier what the picture shows",
           network="baldassarre", settings=lambda p: {"width": min(1.0, 1.25 * p.width)},
           stages=(Stage("baldassarre", "baldassarre", 30, loss="squared"),)),
    Method("pix2pix", "a U-Net against a discriminator of patches",
           network="pix2pix", settings=lambda p: {"channels": max(8, round(64 * p.width))},
           shipped=True, stages=(Stage("pix2pix", "pix2pix", 30, "adversary", lr=2e-4),)),
    Method("eccv16", "classification over colour bins, then the annealed mean",
           network="eccv16", settings=lambda p: {"width": p.width},
           shipped=True, stages=(Stage("eccv16", "eccv16", 30, "classify", lr=2e-3),)),
    Method("base", "SIGGRAPH17 at {width} of its width, trained here: stage one",
           network="siggraph17", settings=_base,
           shipped=True, stages=(Stage("base", "base", 30, lr=2e-3),)),
    Method("hints", "the base, trained on with hints, other lightness and other crops",
           network="siggraph17", settings=_base,
           stages=(Stage("hints", "hints", 36, begin="base", hints=0.5, varied=0.2, zoom=0.1),),
           shipped=True),
    Method("base-more", "the base with the refiner's parameters and epochs added",
           network="siggraph17",
           settings=lambda p: _base(p) | {"width": min(1.0, p.width * p.more)},
           stages=(Stage("base-more", "base-more", 30, lr=2e-3, extra="as the second stage"),)),
    # Second stages, of the refiner's size and training: none of its ideas, then each alone.
    Method("control", "the width and training of two-stage, without prior, noise and attention",
           ("base", "control"), "enhanced_unet", _plain(), second_stage("control"), shipped=True),
    Method("prior-only", "the control and the colour prior",
           ("base", "prior-only"), "enhanced_unet", _plain(prior=True, steer=True),
           second_stage("prior-only", steer=0.5, last_steer=0.5), shipped=True),
    Method("noise-only", "the control and the diffusion noise",
           ("base", "noise-only"), "enhanced_unet", _plain(time=True),
           second_stage("noise-only", noise=True), noisy=True, shipped=True),
    Method("attention-only", "the control and the attention",
           ("base", "attention-only"), "enhanced_unet", _plain(attention="decoder"),
           second_stage("attention-only", attention=True), shipped=True),
    Method("naive", "two-stage, learnt from the base's answers to its own training pictures",
           ("base", "naive"), "enhanced_unet", _refiner,
           second_stage("naive", 0.5, 0.8, noise=True, attention=True, naive=True), noisy=True),
    Method("two-stage", "base and refiner; the prior is the base prediction's",
           ("base", "refiner"), "enhanced_unet", _refiner,
           second_stage("refiner", 0.5, 0.8, noise=True, attention=True), noisy=True, shipped=True),
    # The same networks, told otherwise.
    Method("two-stage-vibrant",
           "two-stage, its prior enlarged until pictures are as colourful as the validation set's",
           ("base", "refiner"), noisy=True, options={"vibrant": True}),
    Method("two-stage-oracle-prior", "oracle: two-stage with the truth's prior",
           ("base", "refiner"), noisy=True, oracle=True),
    # What lightness leaves open is drawn, and the refiner follows it.
    Method("sampled-prior",
           "one of many: two-stage with a prior drawn from those that L and the base leave open",
           ("base", "refiner", "tints"), "tints",
           stages=(Stage("tints", "tints", 30, "tint", varied=0.2, zoom=0.1),), shipped=True),
    Method("sampled-pixels",
           "one of many: colours walked to from noise, each pixel's drawn with all others'",
           ("base", "flow"), "color_flow", _flow,
           stages=(Stage("flow", "flow", 40, "flow", varied=0.2, zoom=0.1),), shipped=True),
    # As released by their authors, where fetched.
    Method("siggraph17",
           "SIGGRAPH17 as released (Zhang et al. 2017): learnt from ImageNet, sees 256 px",
           network="siggraph17", released="siggraph17"),
    Method("eccv16-released",
           "ECCV16 as released (Zhang et al. 2016): learnt from ImageNet, sees 256 px",
           network="eccv16", settings=lambda p: {"bins": 313, "temperature": 1},
           released="eccv16"),
)}
# fmt: on
YARDSTICKS = tuple(m.name for m in METHODS.values() if not m.networks)
SAMPLED = {"tint": "sampled-prior", "pixels": "sampled-pixels"}  # what is drawn: its method
FEW = ("cnn", "control")  # beside base and refiner, what the table needs at least


def add(method):
    """Add a row, for this process: `train`, `Colorizer`, `evaluate` and the others then know it.

    Raises ValueError where the name is taken, by a method or by another method's network.
    """
    taken = {name for m in METHODS.values() for name in (m.name, *m.networks)}
    if method.name in taken:
        raise ValueError(f"name must be new, got {method.name!r}")
    if method.networks and method.network and method.part in taken:
        raise ValueError(f"networks must end with a new name, got {method.part!r}")
    METHODS[method.name] = method
    return method


def find(name):
    """The row of that name; ValueError, with those that there are, for another."""
    if name not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {name!r}")
    return METHODS[name]


def trained():
    """Rows with a network that is trained here, in the table's order."""
    return [m for m in METHODS.values() if m.stages]


def released():
    """{name of a download: row} of the networks that their authors released."""
    return {m.released: m for m in METHODS.values() if m.released}


def rivals():
    """Names of what can be trained beside base and refiner."""
    return [m.name for m in trained() if m.name not in ("base", "two-stage")]


def runnable(parts):
    """Rows with networks that these parts of a weights file can run, in the table's order."""
    return [m for m in METHODS.values() if m.networks and set(m.networks) <= set(parts)]


def by_part(part):
    """The row whose own network has that name, or None (the folds' bases have no row)."""
    return next((m for m in METHODS.values() if m.network and m.part == part), None)
