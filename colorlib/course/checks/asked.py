"""How the tasks of problem sets are asked in other years, where that changes no table of mistakes.

One row a convention: see conventions.py; notebooks/assignments/variants.py changes the sets' words
to fit.
"""

import numpy as np
import torch

from colorlib.course.checks.conventions import Convention

TURNED = (lambda x: 1 - x, lambda x: 1 - x)
SHARE = {"alpha_bar": TURNED}


def each(change):
    """`change` for every part of a tuple."""
    return lambda parts: tuple(change(part) for part in parts)


def _in_cut(x):
    return x.transpose(0, 3, 1, 2)


def _out_cut(x):
    return x.transpose(0, 2, 3, 1)


def _standing(x):
    return x.swapaxes(1, 2)


def _mask_turned(x):
    return torch.cat([x[:, :3], 1 - x[:, 3:]], dim=1)


# fmt: off
ASKED = {
    "to_lab": {
        "order=abL": Convention(
            "L stands first; a, b, L is the order here",
            back=lambda x: x.roll(-1, dims=1),
            renamed={
                "L stands last; L, a, b is the order": "the order is b, L, a; a, b, L is wanted"
            },
        ),
        "scale=bytes": Convention(
            "Lab as it is; 8-bit Lab is wanted here: 255 / 100 times L, and 128 more for a and b",
            back=lambda x: torch.cat([2.55 * x[:, :1], x[:, 1:] + 128], dim=1),
            renamed={
                "128 is added to ab, which is centred on 0": "128 is added to ab twice",
                "L is multiplied by 255, which belongs to 8-bit numbers":
                    "L is 2.55 times too large",
            },
        ),
    },
    "seen_before": {
        "mirror=vertical": Convention(
            "mirrored left to right; top to bottom (axis 1) is asked here",
            given={"train": (_standing, _standing), "test": (_standing, _standing)},
            renamed={
                "mirrored pictures are not found: compare with x[:, :, ::-1], too":
                    "mirrored pictures are not found: compare with x[:, ::-1], too",
                "mirrored top to bottom (axis 1); left to right is axis 2":
                    "mirrored left to right (axis 2); top to bottom is axis 1",
                "red and blue are exchanged (axis 3); left to right is axis 2":
                    "red and blue are exchanged (axis 3); top to bottom is axis 1",
                "mirrored top to bottom, too": "mirrored left to right, too",
            },
        ),
        "true=new": Convention(
            "True is for those seen before; here it is for new ones",
            back=np.logical_not,
            renamed={
                "turned round: True is for those seen before": "turned round: True is for new ones",
                "turned round, with any: True is for those seen before":
                    "turned round, with any: True is for new ones",
            },
        ),
    },
    "worst_block": {
        "scale=root": Convention(
            "the MSE; its root is wanted here",
            back=np.sqrt,
            renamed={"the root of the MSE": "the root is taken twice"},
        ),
        "layout=channels first": Convention(
            "the channels are looked for at the end; they are axis 1 here",
            given={"truth": (_in_cut, _out_cut), "guess": (_in_cut, _out_cut)},
        ),
    },
    "network_input": {
        "order=mask first": Convention(
            "L stands first; the mask does here",
            back=lambda x: x.roll(1, dims=1),
            renamed={
                "the mask stands before the hints; it is the last channel":
                    "a and b stand last, but L and the mask do not stand in the order asked for",
            },
        ),
        "mask=free": Convention(
            "the mask is turned round: 1 is where no hint stands here",
            given={"mask": TURNED},
            back=_mask_turned,
            renamed={
                "the mask is turned round: 1 is where a hint stands":
                    "the mask is turned round: 1 is where no hint stands",
            },
        ),
    },
    "weighted_error": {
        "scale=ab": Convention(
            "in model units; in ab units d² is 110² times as large", back=lambda x: 110**2 * x
        ),
    },
    "rebalancing": {
        "mix=p": Convention(
            "mix and 1 - mix are swapped: here mix goes with p",
            given={"mix": TURNED},
            renamed={"mix and 1 - mix are swapped": "mix and 1 - mix are swapped: mix goes with p"},
        ),
    },
    "soft_encode": {
        "layout=columns": Convention(
            "a row for each colour; here each colour has a column", back=lambda x: x.T
        ),
        "kernel=narrow": Convention(
            "exp(-d² / (2 sigma²)); here it is exp(-d² / sigma²), without the 2",
            given={"sigma": (lambda s: s * 2**0.5, lambda s: s / 2**0.5)},
        ),
    },
    "region_prior": {
        "mask=outside": Convention(
            "the mask is turned round: 0 is inside here",
            given={"mask": TURNED},
            renamed={
                "the mask is turned round: 1 is inside": "the mask is turned round: 0 is inside",
            },
        ),
        "order=spread first": Convention(
            "the mean a stands first; the order here is spread, magnitude, mean a, mean b",
            back=lambda x: x[:, [2, 3, 0, 1]],
            renamed={"the last two numbers are swapped": "spread and magnitude are swapped"},
        ),
    },
    "set_tint": {
        "tint=ab units": Convention(
            "the tint is taken for model units; it is in ab units here: divide it by 110",
            given={"tint": (lambda t: 110 * t, lambda t: t / 110)},
            renamed={
                "the tint in ab units (times 110)": "the tint as it is given, in ab units",
                "the tint divided by 110": "the tint is divided by 110 twice",
            },
        ),
        "tint=ba": Convention(
            "a and b of the tint are swapped: b stands first here",
            given={"tint": (lambda t: t.flip(1), lambda t: t.flip(1))},
        ),
    },
    "split_error": {
        "order=rest first": Convention(
            "the tint's part stands first; here it stands last",
            back=lambda pair: pair[::-1],
            renamed={
                "the pair is returned in the wrong order: the tint's part first":
                    "the pair is returned in the wrong order: the rest first",
            },
        ),
        "scale=ab": Convention(
            "in model units; in ab units both parts are 110² times as large",
            back=each(lambda x: 110**2 * x),
            renamed={"in Lab units (110²); model units are wanted": "110² is multiplied twice"},
        ),
    },
    "cosine_schedule": {
        "order=down": Convention(
            "it runs from step 0 up; from step T down is wanted here",
            back=lambda x: x.flip(0),
            renamed={"in reverse order": "from step 0 up; from step T down is wanted"},
        ),
    },
    "clean_from_noisy": {
        "given=share": Convention(
            "what is given is taken for alpha_bar; it is 1 - alpha_bar here", given=SHARE
        ),
    },
    "next_step": {
        "given=share": Convention(
            "what is given is taken for alpha_bar; it is 1 - alpha_bar here", given=SHARE
        ),
    },
    "noise_dominates": {
        "step=before": Convention(
            "the first step with as much noise; here the one before it is wanted",
            back=lambda x: x - 1,
            renamed={
                "one step early: alpha_bar[0] is step 0": "two steps early: alpha_bar[0] is step 0",
                "one step late: alpha_bar[t] belongs to step t":
                    "the first step with as much noise; the one before it is wanted",
                "always step 0: is the comparison the other way round, or are noise and colours "
                "exchanged":
                    "always step -1: is the comparison the other way round, or are noise and "
                    "colours exchanged",
            },
        ),
    },
    "average_draws": {
        "scale=model": Convention(
            "the spread is in ab units; model units are wanted here: no 110",
            back=lambda pair: (pair[0], pair[1] / 110),
            renamed={
                "the spread is in model units; times 110": "the spread is divided by 110",
                "the spread divides by K - 1, and is in model units":
                    "the spread divides by K - 1, and by 110",
            },
        ),
        "order=spread first": Convention(
            "the mean stands first; here the spread does",
            back=lambda pair: pair[::-1],
            renamed={
                "the pair is returned in the wrong order: the mean first":
                    "the pair is returned in the wrong order: the spread first",
            },
        ),
    },
    "split_heads": {
        "order=heads first": Convention(
            "the pictures stand before the heads; the heads stand first here",
            back=lambda x: x.transpose(0, 1),
            renamed={
                "the heads stand before the pictures":
                    "the pictures stand before the heads; the heads stand first here",
            },
        ),
    },
    "received": {
        "map=columns": Convention(
            "rows are taken for those who look; they are columns here",
            given={"attention": (lambda a: a.mT, lambda a: a.mT)},
            renamed={
                "the mean over those who are looked at: always 1 / T, for rows sum to 1":
                    "the mean over those who are looked at: always 1 / T, for columns sum to 1",
            },
        ),
    },
    "map_bytes": {
        "bytes=2": Convention(
            "4 bytes a number; they take 2 here",
            back=lambda x: x // 2 if isinstance(x, int) else x / 2,
            renamed={
                "8 bytes a number; float32 has 4": "4 bytes a number; they take 2 here",
                "2 bytes a number; float32 has 4": "1 byte a number; they take 2 here",
                "how many numbers; each takes 4 bytes": "twice too small: 2 bytes a number",
                "three maps (q, k, v); one map is asked for":
                    "three maps (q, k, v); one is asked for",
            },
        ),
    },
}
