"""The two stages as one object: a photo of any size in, the coloured photo of that size out.

    from colorlib.colorize import Colorizer
    colored = Colorizer.load("faces")("old.jpg")

Colour is low-frequency and lightness is not.  So the networks see the photo shrunk to the size they
were trained at, and their ab is enlarged and joined with the photo's own, full-size L (as Zhang et
al. 2016 do).
"""

import operator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps

from colorlib import color, methods, models, weights
from colorlib.data import pictures
from colorlib.diffusion import correct_once
from colorlib.models.fast import fast
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
# Pixels converted at a time: bounds the memory for floats, whatever the photo's size.
BAND_PIXELS = 2**19
SIDE_RELEASED = 256  # pixels at which the released networks look, as their authors' demo does
MOST_STRENGTH = 1.5  # of the colours
STRENGTH_WANTED = f"strength must be a number from 0 to {MOST_STRENGTH:g}"
LEAST_CHROMA = 1.0  # Lab units, in the mean over a photo's pixels, of what is grey no more
LONGEST = 4  # the network sees at most this many times the shorter side


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
    """

    parts: dict
    info: dict
    name: str = "unsaved"
    device: str | torch.device = "cpu"
    dtype: torch.dtype = torch.float32

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
                return_attention=False, vibrant=False) -> dict:  # fmt: skip
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
        if row.networks == ("base",) or len(row.networks) > 1:
            base = self.run["base"](L) if ab_base is None else ab_base.to(L)
        if row.networks == ("base",):
            return {"ab": base, "ab_base": base}
        if len(row.networks) == 1:
            return {"ab": self.run[row.part](L).clamp(-1, 1)}

        t = t if row.part in self.info.get("noisy", ["refiner"]) else 0
        prior = color_prior(base) if prior is None else _four_numbers(prior, base)
        prior = prior * self.info["vibrance"] if vibrant else prior
        noise = picture_noise(base, seed, first) if t else torch.zeros_like(base)
        options = {"return_attention": True} if return_attention else {}
        ab, residual, *maps = correct_once(self.run[row.part], L, base, t, prior, noise, **options)
        out = {"ab": ab, "ab_base": base, "residual": residual, "prior": prior}
        return out | ({"attention": maps[0]} if maps else {})

    def __call__(self, photo, stage="two-stage", t=None, prior=None, seed=0,
                 vibrant=False, strength=1.0, like=None) -> np.ndarray:  # fmt: skip
        """Colour a photo; its own colours, if it has any, are not looked at.

        photo: a path, the bytes of a file, a PIL image, or a uint8 array (H, W, 3), (H, W, 4) or
            (H, W), of any size; alpha is laid on white.
        strength: factor on the colours, from 0 (grey) to 1.5.
        like: another photo, whose four numbers are the prior: "take the colours of this one".
        The other arguments are those of `predict`.
        Returns uint8 (H, W, 3) of the photo's size. Its Lab lightness is the photo's, but for 8-bit
        rounding (below 1 of 100) and for pixels whose colour lies outside sRGB and is clipped.
        Raises PictureError for a file that is no picture, ValueError for an array of another kind,
        for a strength out of range, and for `like` as `prior_like` does or beside a prior.
        """
        self.check_stage(stage)
        color.require(0 <= strength <= MOST_STRENGTH, STRENGTH_WANTED, strength)
        if like is not None:
            color.require(prior is None, "prior must be None where like is given", prior)
            prior = self.prior_like(like, stage)
        L = lightness(rgb := as_rgb(photo))
        sides = network_sides(*rgb.shape[:2], self.size)
        small = F.interpolate(L, size=sides, mode="bicubic", antialias=True).clamp(-0.5, 0.5)
        found = self.predict(small, stage, t, prior, seed, vibrant=vibrant)
        return join(L, strength * found["ab"].float().cpu())

    def prior_like(self, photo, stage="two-stage") -> torch.Tensor:
        """The colour prior (4,) of another photo, seen as large as the networks see photos.

        photo: as for a call. Raises ValueError for a grey one, and for a stage whose network was
        built without a prior and so would not follow it.
        """
        row = self.check_stage(stage)
        if getattr(self.parts[row.part], "prior_mlp", None) is None:
            raise ValueError(f"like must go with a stage that takes a prior, got {stage!r}")
        rgb = as_rgb(photo)
        height, width = network_sides(*rgb.shape[:2], self.size)
        small = Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS)
        prior = color_prior(color.rgb_to_model(color.from_uint8(small))[1])[0]
        magnitude = color.AB_SCALE * prior[3].item()  # the mean chroma, in Lab units
        wanted = f"like must be a photo with colours, of mean chroma {LEAST_CHROMA:g} or more"
        color.require(magnitude >= LEAST_CHROMA, wanted, round(magnitude, 2))
        return prior

    def check_stage(self, stage):
        """The row of that method; ValueError, saying what they can run, where these cannot."""
        row = methods.find(stage)
        missing = [part for part in row.networks if part not in self.parts]
        if missing or not row.networks:
            needs = " and ".join(missing) or "no network"
            raise ValueError(
                f"stage {stage!r} needs {needs}, which the weights {self.name!r} do not hold; "
                f"they can run: {', '.join(self.stages) or 'no stage'}"
            )
        return row


def as_rgb(photo) -> np.ndarray:
    """Any photo that `Colorizer` takes -> uint8 (H, W, 3)."""
    if isinstance(photo, Image.Image):
        return np.array(pictures.to_rgb(ImageOps.exif_transpose(photo), "<PIL image>"))
    if not isinstance(photo, np.ndarray):
        return pictures.read_picture(photo)
    if photo.dtype != np.uint8 or photo.shape[2:] not in ((), (3,), (4,)) or photo.ndim < 2:
        wanted = "uint8 (H, W, 3), (H, W, 4) or (H, W)"
        raise ValueError(f"photo must be {wanted}, got {photo.dtype} {photo.shape}")
    if 0 in photo.shape:
        raise ValueError(f"photo must have at least one pixel, got shape {photo.shape}")
    return np.array(pictures.to_rgb(Image.fromarray(photo), "<array>"))


def network_sides(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width at which the networks see a photo: multiples of 8, the shorter about `size`.

    Beyond 4 : 1 the longer side is squeezed, since attention costs the square of the number of
    pixels.
    """
    shorter = min(height, width)
    return tuple(
        8 * max(1, round(min(side / shorter, LONGEST) * size / 8)) for side in (height, width)
    )


def lightness(rgb: np.ndarray) -> torch.Tensor:
    """L' (1, 1, H, W) in model units of uint8 (H, W, 3), converted in bands of rows."""
    bands = [color.rgb_to_model(color.from_uint8(rgb[rows]))[0] for rows in _bands(*rgb.shape[:2])]
    return torch.cat(bands, dim=2)


def join(L: torch.Tensor, ab: torch.Tensor) -> np.ndarray:
    """L' (1, 1, H, W) and a smaller ab' (1, 2, h, w), enlarged bilinearly -> uint8 (H, W, 3),
    clipped to sRGB.

    Works in bands of rows, each with the values that enlarging the whole would give there.
    """
    height, width = L.shape[-2:]
    out = np.empty((height, width, 3), dtype=np.uint8)
    for rows in _bands(height, width):
        # Row y of the photo lies at (y + 1/2) h/H - 1/2 between the rows of ab (pixel centres at
        # halves).
        y = (torch.arange(rows.start, rows.stop) + 0.5) * (ab.shape[2] / height) - 0.5
        y = y.clamp(0, ab.shape[2] - 1)
        above = y.floor().long()
        below = (above + 1).clamp(max=ab.shape[2] - 1)
        # (1, 2, rows, w)
        band = torch.lerp(ab[:, :, above], ab[:, :, below], (y - above).view(-1, 1))
        band = F.interpolate(band, size=(len(y), width), mode="bilinear")
        out[rows] = color.to_uint8(color.model_to_rgb(L[:, :, rows], band))[0]
    return out


def picture_noise(like: torch.Tensor, seed: int, first: int = 0) -> torch.Tensor:
    """Standard normal noise of the shape of `like`; picture i's depends on seed and first + i
    alone.
    """
    seed, noise = whole_number("seed", seed), []
    for i in range(len(like)):
        # SeedSequence mixes the two numbers, so that neighbours share no stream.
        mixed = np.random.SeedSequence([seed, first + i]).generate_state(1, np.uint64)[0]
        generator = torch.Generator().manual_seed(int(mixed >> np.uint64(1)))
        noise.append(torch.randn(like.shape[1:], generator=generator))
    return torch.stack(noise).to(like)


def whole_number(name: str, value) -> int:
    """The value as an int, if it is a whole number of 0 or more; else ValueError."""
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if number < 0:
        raise ValueError(f"{name} must be a whole number, 0 or more, got {value!r}")
    return number


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


def _bands(height: int, width: int):
    step = max(1, BAND_PIXELS // width)
    return [slice(start, min(start + step, height)) for start in range(0, height, step)]
