"""Checks of lesson 01, data: model units, grey pictures, a split by person."""

import functools
import hashlib
import math
import re

import numpy as np
import torch

from colorlib import color
from colorlib.course.checks.judging import RIGHT, check, combined
from colorlib.data import grey

# In the tables a mistake stands in words, and beside or under it the variant.
# fmt: off


def _own_range(L, axes):
    """L from 0 to 1, by the lowest and highest value found over these axes."""
    low, high = L.amin(axes, keepdim=True), L.amax(axes, keepdim=True)
    return (L - low) / (high - low)


FOR_L = {
    RIGHT: lambda lab: (lab[:, :1] - 50) / 100,
    "L is divided by 100, but 50 is not subtracted": lambda lab: lab[:, :1] / 100,
    "L still runs from 0 to 100": lambda lab: lab[:, :1],
    "L - 50 is divided by 50 instead of 100": lambda lab: (lab[:, :1] - 50) / 50,
    "only 50 is divided by 100: brackets around L - 50 are missing":
        lambda lab: lab[:, :1] - 50 / 100,
    "L lost its channel axis: lab[:, :1] keeps it, lab[:, 0] does not":
        lambda lab: (lab[:, 0] - 50) / 100,
    "L is divided by 110, which belongs to ab": lambda lab: (lab[:, :1] - 50) / 110,
    "L is scaled by the range found in this batch; 0 to 100 is the same for all":
        lambda lab: _own_range(lab[:, :1], (0, 1, 2, 3)) - 0.5,
    "L is scaled by the range found in each picture; 0 to 100 is the same for all":
        lambda lab: _own_range(lab[:, :1], (1, 2, 3)) - 0.5,
    "L is normalised by this batch's mean and spread; 50 and 100 are the same for all":
        lambda lab: (lab[:, :1] - lab[:, :1].mean()) / lab[:, :1].std(),
    "L is normalised by each picture's mean and spread; 50 and 100 are the same for all":
        lambda lab: (lab[:, :1] - lab[:, :1].mean((1, 2, 3), keepdim=True))
        / lab[:, :1].std((1, 2, 3), keepdim=True),
    "each picture's mean is subtracted from L; 50 is the same for all":
        lambda lab: (lab[:, :1] - lab[:, :1].mean((1, 2, 3), keepdim=True)) / 100,
    "L is divided by its largest value here; 100 is the same for all":
        lambda lab: lab[:, :1] / lab[:, :1].max(),
    "L is divided by 255, which belongs to 8-bit numbers": lambda lab: lab[:, :1] / 255,
    "50 is subtracted and L divided by 255, which belongs to 8-bit numbers":
        lambda lab: (lab[:, :1] - 50) / 255,
    "128 is subtracted from L; 50 is its middle": lambda lab: (lab[:, :1] - 128) / 100,
    "// cuts L to whole numbers: /": lambda lab: (lab[:, :1] - 50) // 100,
    "L is cut off at 0: it runs from -0.5": lambda lab: ((lab[:, :1] - 50) / 100).clamp(min=0),
}
FOR_AB = {
    RIGHT: lambda lab: lab[:, 1:] / 110,
    "ab is not divided by 110": lambda lab: lab[:, 1:],
    "ab is divided by 128 instead of 110": lambda lab: lab[:, 1:] / 128,
    "a and b are swapped": lambda lab: lab[:, 1:].flip(1) / 110,
    "ab is the channels 0 and 1: L is among them": lambda lab: lab[:, :2] / 110,
    "ab runs from 0 to 1; grey is to stay 0": lambda lab: (lab[:, 1:] + 110) / 220,
    "ab is divided by its largest value in this batch; 110 is the same for all":
        lambda lab: lab[:, 1:] / lab[:, 1:].max(),
    "ab is normalised by this batch's mean and spread; 110 is the same for all":
        lambda lab: (lab[:, 1:] - lab[:, 1:].mean()) / lab[:, 1:].std(),
    "ab is normalised by each channel's mean and spread; 110 is the same for all":
        lambda lab: (lab[:, 1:] - lab[:, 1:].mean((0, 2, 3), keepdim=True))
        / lab[:, 1:].std((0, 2, 3), keepdim=True),
    "128 is added to ab, which is centred on 0 already": lambda lab: (lab[:, 1:] + 128) / 255,
    "110 is subtracted from ab, which is centred on 0 already":
        lambda lab: (lab[:, 1:] - 110) / 110,
    "// cuts ab to whole numbers: /": lambda lab: lab[:, 1:] // 110,
    "ab is cut off at 0: negative colours are lost": lambda lab: (lab[:, 1:] / 110).clamp(min=0),
    "a alone, without its axis: lab[:, 1:] keeps both channels": lambda lab: lab[:, 1] / 110,
    "b alone: both channels from 1 on are wanted": lambda lab: lab[:, 2:] / 110,
}
UNITS = combined(lambda L, ab: lambda lab: (L(lab), ab(lab)), FOR_L, FOR_AB, most=1) | {
    RIGHT: color.lab_to_model,
    "ab and L are returned in the wrong order": lambda lab: color.lab_to_model(lab)[::-1],
    "one tensor of three channels is returned, not the pair (L, ab)":
        lambda lab: torch.cat(color.lab_to_model(lab), dim=1),
    "the channels are taken from the last axis; in PyTorch they are axis 1":
        lambda lab: ((lab[..., :1] - 50) / 100, lab[..., 1:] / 110),
    "the channels are taken from the first axis, which counts the pictures; they are axis 1":
        lambda lab: ((lab[:1] - 50) / 100, lab[1:] / 110),
}


@check(UNITS)
def to_model_units(seeded):
    """student(lab (B, 3, H, W)) -> (L (B, 1, H, W), ab (B, 2, H, W)), model units.

    L' = (L - 50)/100 and ab' = ab/110.
    """
    batch, height, width, side = seeded.sizes(4)
    low, high = torch.tensor([[0.0, -80, -80], [100, 80, 80]]).view(2, 3, 1, 1)
    shapes = ((batch, 3, height, width), (1, 3, side, side), (batch, 3, 1, 1), (3, 3, 3, 3))
    return [{"lab": seeded.uniform(*shape, low=low, high=high)} for shape in shapes]


def _mean_product(rest, times=torch.mul):
    """(across, down): the mean product of neighbours in rest (2, h, w), its channels added."""
    across, down = (rest[:, :, 1:], rest[:, :, :-1]), (rest[:, 1:], rest[:, :-1])
    return [times(one, other).sum(0).mean() for one, other in (across, down)]


def _shared(rest, times=torch.mul):
    return sum(_mean_product(rest, times)) / 2


def _centred(ab):
    return ab - ab.mean((1, 2), keepdim=True)


SHARED = {  # what is compared with the limit: of lab and its rest
    RIGHT: lambda lab, rest: _shared(rest),
    "each cell times itself, not times its neighbour: noise is counted as colour":
        lambda lab, rest: rest.square().sum(0).mean(),
    "the sizes of the products, without their signs: noise is counted as colour":
        lambda lab, rest: _shared(rest, lambda x, y: (x * y).abs()),
    "the mean product without its sign: below 0 is grey, too":
        lambda lab, rest: _shared(rest).abs(),
    "the sum of both directions; their mean is compared":
        lambda lab, rest: sum(_mean_product(rest)),
    "the smaller of both directions; their mean is compared":
        lambda lab, rest: min(_mean_product(rest)),
    "the product of both directions; their mean is compared":
        lambda lab, rest: math.prod(_mean_product(rest)),
    "only the neighbours side by side: those above each other belong to it":
        lambda lab, rest: _mean_product(rest)[0],
    "only the neighbours above each other: those side by side belong to it":
        lambda lab, rest: _mean_product(rest)[1],
    "only a is looked at": lambda lab, rest: _shared(rest[:1]),
    "only b is looked at": lambda lab, rest: _shared(rest[1:]),
    "the mean over a and b; their products are added": lambda lab, rest: _shared(rest) / 2,
    "the product of a with b, not of neighbours": lambda lab, rest: (rest[0] * rest[1]).mean(),
    "the difference of neighbours, not their product":
        lambda lab, rest: _shared(rest, lambda x, y: (x - y).abs()),
    "the squared difference of neighbours, not their product":
        lambda lab, rest: _shared(rest, lambda x, y: (x - y) ** 2),
    "the largest product; their mean is compared": lambda lab, rest: torch.stack(
        [(rest[:, 1:] * rest[:, :-1]).sum(0).max(), (rest[:, :, 1:] * rest[:, :, :-1]).sum(0).max()]
    ).mean(),
    "the sum of the products, not their mean":
        lambda lab, rest: _shared(rest) * rest[0].numel(),
    "the root is taken of what is shared, and the limit is squared: one of the two":
        lambda lab, rest: _shared(rest).clamp(min=0).sqrt(),
    "the mean size of the rest, not products of neighbours: noise is counted as colour":
        lambda lab, rest: rest.abs().mean(),
    "the mean length of the rest, not products of neighbours: noise is counted as colour":
        lambda lab, rest: rest.norm(dim=0).mean(),
    "the largest size of the rest, not products of neighbours: noise is counted as colour":
        lambda lab, rest: rest.abs().max(),
    "the spread (std) of the rest, not products of neighbours: noise is counted as colour":
        lambda lab, rest: rest.std(),
    "the variance of the rest, not products of neighbours: noise is counted as colour":
        lambda lab, rest: rest.var(),
    "a and b themselves, not the rest that L does not tell: sepia is grey too":
        lambda lab, rest: _shared(lab[1:]),
    "a and b themselves, in cells, not the rest that L does not tell: sepia is grey too":
        lambda lab, rest: _shared(grey.in_cells(lab[1:])),
    "a and b less their means, not the rest that L does not tell: sepia is grey too":
        lambda lab, rest: _shared(_centred(lab[1:])),
    "a and b less their means, in cells, not the rest that L does not tell: sepia is grey too":
        lambda lab, rest: _shared(_centred(grey.in_cells(lab[1:]))),
    "the spread (std) of a and b, not of off_tone's rest: a sepia photo is grey too":
        lambda lab, rest: lab[1:].std(),
    "the size of a and b, not of off_tone's rest: a sepia photo is grey too":
        lambda lab, rest: lab[1:].norm(dim=0).mean(),
}


def _tint(lab):
    return lab[1:].mean((1, 2)).norm().clamp(max=grey.STRONG)


def _limit(lab, tint=None):
    """What neighbours in a grey picture may share, in Lab units, of a tint."""
    return grey.NOISE + grey.SHARE * (_tint(lab) if tint is None else tint)


LIMITS = {
    RIGHT: lambda lab: _limit(lab) ** 2,
    "the limit is not squared, but products are squares": _limit,
    "the limit takes no account of the tint, 0.025 for each unit": lambda lab: grey.NOISE**2,
    "the limit takes no account of the tint, and is not squared": lambda lab: grey.NOISE,
    "only the tint's part of the limit is squared: brackets around the sum":
        lambda lab: grey.NOISE + (grey.SHARE * _tint(lab)) ** 2,
    "only 0.45 is squared in the limit: brackets around the sum":
        lambda lab: grey.NOISE**2 + grey.SHARE * _tint(lab),
    "twice the limit, not its square": lambda lab: 2 * _limit(lab),
    "the root of the limit, not its square": lambda lab: _limit(lab).sqrt(),
    "the squared tint in the limit": lambda lab: _limit(lab, _tint(lab) ** 2) ** 2,
    "the mean of the chroma (or of |a| and |b|), not the chroma of the mean a and b, is the tint":
        lambda lab: _limit(lab, lab[1:].norm(dim=0).mean().clamp(max=grey.STRONG)) ** 2,
    "the mean of the chroma, not the chroma of the mean a and b, is the tint, without end":
        lambda lab: _limit(lab, lab[1:].norm(dim=0).mean()) ** 2,
    "L is counted in the tint: a and b are the channels 1 and 2":
        lambda lab: _limit(lab, lab.mean((1, 2)).norm()) ** 2,
    "L is counted in the tint, or it is 20 throughout: a and b are the channels 1 and 2":
        lambda lab: _limit(lab, lab.mean((1, 2)).norm().clamp(max=grey.STRONG)) ** 2,
    "the tint counts without end; above 20 it counts as 20":
        lambda lab: _limit(lab, lab[1:].mean((1, 2)).norm()) ** 2,
    "the tint is squared, the limit is not":
        lambda lab: grey.NOISE + grey.SHARE * _tint(lab) ** 2,
    "the size of the mean of a and b together is the tint, not the length of both":
        lambda lab: _limit(lab, lab[1:].mean().abs().clamp(max=grey.STRONG)) ** 2,
    "a + b is the tint, not the length of both":
        lambda lab: _limit(lab, lab[1:].mean((1, 2)).sum().clamp(max=grey.STRONG)) ** 2,
    "the mean of a and b together is the tint, not the length of both":
        lambda lab: _limit(lab, lab[1:].mean().clamp(max=grey.STRONG)) ** 2,
    "the squared length is the tint: its root is missing":
        lambda lab: _limit(lab, lab[1:].mean((1, 2)).square().sum().clamp(max=grey.STRONG)) ** 2,
    "a alone is the tint": lambda lab: _limit(lab, lab[1].mean().abs().clamp(max=grey.STRONG)) ** 2,
    "b alone is the tint": lambda lab: _limit(lab, lab[2].mean().abs().clamp(max=grey.STRONG)) ** 2,
}


def _greyness(shared, limit):
    return lambda lab: bool(shared(lab, _rest(lab.numpy().tobytes(), lab.shape)) < limit(lab))


@functools.lru_cache(128)
def _rest(data, shape):
    """off_tone of a picture's bytes: what takes longest, for all variants once."""
    return grey.off_tone(torch.from_numpy(np.frombuffer(data, np.float32).reshape(shape).copy()))


def _of_rest(lab):
    return _shared(grey.off_tone(lab))


IS_GREY = {
    RIGHT: grey.is_grey,
    "the answer is turned round: True is for grey": lambda lab: not grey.is_grey(lab),
    "the range of a and b: noise and sepia have one, too":
        lambda lab: float((lab[1:].amax((1, 2)) - lab[1:].amin((1, 2))).sum()) < 5,
    "the spread of a and b: sepia has one, too": lambda lab: float(lab[1:].std((1, 2)).sum()) < 5,
    "the size of a and b: a sepia photo is grey too":
        lambda lab: float(lab[1:].norm(dim=0).mean()) < 5,
    "the largest a or b is below 1: a sepia photo is grey too":
        lambda lab: float(lab[1:].abs().max()) < 1,
    "what is shared, itself; compare it with the limit": lambda lab: float(_of_rest(lab)),
    "what is shared, itself, as a whole number; compare it with the limit":
        lambda lab: int(_of_rest(lab)),
    "the limit itself; compare what is shared with it": lambda lab: float(_limit(lab)),
    "the limit itself, squared; compare what is shared with it":
        lambda lab: float(_limit(lab)) ** 2,
    "how far what is shared lies below the limit; whether it does is asked":
        lambda lab: float(_limit(lab)) ** 2 - float(_of_rest(lab)),
    "an answer for each of a and b; one for the picture is wanted":
        lambda lab: [bool(_shared(x) < _limit(lab) ** 2) for x in grey.off_tone(lab)[:, None]],
    "an answer for each cell; one for the picture is wanted":
        lambda lab: grey.off_tone(lab).square().sum(0) < _limit(lab) ** 2,
    "always the same answer (True): is the rest divided by 110, or averaged to nothing":
        lambda lab: True,
    "always the same answer (False)": lambda lab: False,
} | combined(_greyness, SHARED, LIMITS)


def _grey_or_not(L, noise, sign, stripes):
    """(a, b) of pictures, (H, W) each: tones, noise, and colours about as faint as are seen."""
    none, brown = torch.zeros_like(L), 1 - (L / 50 - 1) ** 2  # no tint at black and white
    cell = torch.arange(len(L)) // 3
    slanted = torch.where((cell - cell[:, None]) // 2 % 2 == 0, 1.0, -1.0)
    broad = torch.where(torch.arange(len(L)) // 6 % 2 == 0, 1.3, -1.3).expand_as(L)
    turn = 40 * (L / 50 - 1)  # one tint in the shadows, its opposite in the lights
    return (
        (none, none),
        (6 * brown, 22 * brown),  # sepia
        (none + 3, none + 18),  # one tint throughout
        (none + 24 + 0.82 * sign, none + 32),  # a strong one, a little uneven
        (none + 48 + 1.1 * sign, none + 64),  # too uneven
        (1.5 * noise[0], 1.5 * noise[1]),
        (1.15 * noise[0], 1.15 * noise[1]),
        (6 * brown + 1.5 * noise[0], 22 * brown + 1.5 * noise[1]),
        (20 * sign, none),  # two colours
        (6 * sign, 8 * sign),
        (none, 0.6 * sign),  # pale ones: b alone, and a alone
        (0.6 * sign, none),
        (0.69 * sign, none),
        (none, 0.9 * sign),
        (0.3 * sign, 0.3 * sign),  # paler than is seen
        (turn + 0.6 * sign, none),
        (1.3 * stripes, none),  # neighbours in one direction are alike, in the other opposite
        (1.3 * stripes.T, none),
        (1.3 * stripes * stripes.T, none),  # in both they are opposite
        (broad, none),  # in one direction they are alike, in the other half of them are
        (broad.T, none),
        (1.3 * slanted, none),  # alike on a diagonal alone
        *_near_the_limit(sign),
    )


def _near_the_limit(sign):
    """(a, b) of two colours around tints of all directions, sharing `times` the squared limit."""
    for a, b, *several in (
        (0, 0, 0.8, 1.04, 1.25, 2.1, 2.6, 4.5),
        (-4, -5, 0.3, 0.8, 1.25, 1.6, 2, 4.5),
        (6, -8, 0.35, 0.8, 1.25, 1.45, 1.7, 2.6, 4.5),
        (-13, 1, 0.5, 0.8, 1.25, 1.45, 2.1, 4.5),
        (0.5, 14, 0.5, 0.8, 1.25, 2.1, 4.5),
        (-30, 40, 0.25, 0.8, 1.25, 2.1, 4.5, 14),
    ):
        limit = grey.NOISE + grey.SHARE * min(grey.STRONG, math.hypot(a, b))
        for n, times in enumerate(several):
            size = limit * math.sqrt(times / 0.9077)  # what `sign` shares at a size of 1
            part = (0.6, 0.8) if n % 2 else (0.8, -0.6)
            yield a + part[0] * size * sign, b + part[1] * size * sign


@check(IS_GREY)
def is_grey(seeded):
    """student(lab (3, H, W)) -> bool: whether neighbours share little that L does not tell.

    With rest = grey.off_tone(lab): the products of neighbouring cells, those of a and b added, have
    a mean (of both directions) below (0.45 + 0.025 t)^2; t is the length of the picture's mean
    (a, b), and at most 20.
    """
    side = 46  # without the margin 36: cells of 3 pixels
    L = torch.linspace(20, 85, side)[:, None] + seeded.uniform(side, side, low=-5, high=5)
    noise = torch.randn(2, side, side, generator=seeded.generator)
    x = torch.arange(side) - side // 9
    sign = torch.where(x < 18, 1.0, -1.0).expand(side, side)
    stripes = torch.where(x // 3 % 2 == 0, 1.0, -1.0).expand(side, side)
    return [{"lab": torch.stack([L, *ab])} for ab in _grey_or_not(L, noise, sign, stripes)]


# ---- a split by person

NAMED = {  # what of the photo's name is hashed
    RIGHT: lambda name: name.split("/")[0],
    "the whole name is hashed: another photo of the same person gets another number":
        lambda name: name,
    "the photo's own part of the name is hashed; the person is the part before the slash":
        lambda name: name.split("/")[-1],
    "the slash belongs to what is hashed; the person's name ends before it":
        lambda name: name.split("/")[0] + "/",
    "small letters are hashed; the name stays as it is": lambda name: name.split("/")[0].lower(),
    "only the digits are hashed": lambda name: re.sub(r"\D", "", name.split("/")[0]),
    "the first letter alone is hashed": lambda name: name[0],
    "only the folder's last letter is hashed": lambda name: name.split("/")[0][-1],
}
SEEDED = {
    RIGHT: lambda person, seed: f"{seed}:{person}",
    "the seed is not used": lambda person, seed: person,
    "seed 0, whatever the seed": lambda person, seed: f"0:{person}",
    "the colon is missing": lambda person, seed: f"{seed}{person}",
    "the seed stands behind the name": lambda person, seed: f"{person}:{seed}",
    "the word seed stands before the number": lambda person, seed: f"seed{seed}:{person}",
    "_ stands between seed and name; a colon is wanted": lambda person, seed: f"{seed}_{person}",
    "- stands between seed and name; a colon is wanted": lambda person, seed: f"{seed}-{person}",
    "/ stands between seed and name; a colon is wanted": lambda person, seed: f"{seed}/{person}",
    "a space stands between seed and name; a colon is wanted":
        lambda person, seed: f"{seed} {person}",
}
DIGESTS = {
    RIGHT: lambda text: hashlib.sha256(text.encode()).digest(),
    "md5, not sha256": lambda text: hashlib.md5(text.encode()).digest(),
    "sha512, not sha256": lambda text: hashlib.sha512(text.encode()).digest(),
}
READ = {
    RIGHT: lambda digest: int.from_bytes(digest[:8], "big") / 2**64,
    "the bytes are read from the other end: big, not little":
        lambda digest: int.from_bytes(digest[:8], "little") / 2**64,
    "four bytes of the hash (eight digits of hexdigest); the first eight are wanted":
        lambda digest: int.from_bytes(digest[:4], "big") / 2**32,
    "the last eight bytes, not the first":
        lambda digest: int.from_bytes(digest[-8:], "big") / 2**64,
    "not divided by 2**64: a number in [0, 1) is wanted":
        lambda digest: int.from_bytes(digest[:8], "big"),
}


def _placed(named, seeded, digest, read):
    return lambda name, seed: read(digest(seeded(named(name), seed)))


@check(combined(_placed, NAMED, SEEDED, DIGESTS, READ), tolerance=1e-12)  # four bytes end at 1e-10
def split_place(seeded):
    """student(name, seed) -> float in [0, 1): where a photo "person/number.jpg" falls in a split.

    The first 8 bytes, as a big-endian integer divided by 2**64, of sha256 over "seed:person".
    """
    names = ("anna/1.jpg", "anna/2.jpg", "person007/12.jpg", "Bo Li/0.png", "x/y.jpg")
    seeds = (0, 0, 1, int(seeded.rng.integers(3, 1000)), 7)
    return [{"name": name, "seed": seed} for name, seed in zip(names, seeds, strict=True)]
