"""What finding faces gains: error, recall and false finds on pictures that are put together, all places known.

    python tests/benchmarks/faces.py FACES SCENES                    # folders of face crops and of other photographs
    python tests/benchmarks/faces.py FACES SCENES --without EMPTY --count 80 --json out.json
    python tests/benchmarks/faces.py FACES SCENES --detector cascade  # as where the extra `faces` is not installed

FACES: crops as the training faces are, hair to chin. Each is pasted into a scene of another folder, at several places
and sizes, and coloured three ways: the whole picture alone, with its place given, with faces to be found. Errors are
the mean squared error of a and b (Lab units) within the pasted square. A face is found where intersection over union
with the square is above 0.4; how far off its middle is, and its side, are told in sides of the square.
--without FOLDER: photographs without a person (look at them first), as large as they are and three times so, in which
every find is false.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from tqdm.auto import tqdm

from colorlib import color
from colorlib.colorize import Colorizer, find_faces
from colorlib.data import detecting
from colorlib.data.pictures import find_pictures, read_picture

# (name, side of the picture, where the face is in it: 0 left or top, 1 right or bottom)
PLACES = [("400 px, centre", 400, 0.5, 0.5), ("400 px, corner", 400, 0, 0), ("800 px", 800, 0.7, 0.6)]
SIDES = (64, 128, 200)  # of a face
GROUP = [(40, 60, 200), (300, 90, 150), (500, 260, 110), (700, 60, 130), (860, 330, 80), (250, 380, 100)]  # x, y, side
FOUND = 0.4


def sized(rgb, width, height):
    """rgb cut to that shape about its middle, and resized."""
    return ImageOps.fit(Image.fromarray(rgb), (width, height), Image.Resampling.LANCZOS)


def pasted(scene, faces, places, width, height):
    """Faces laid on a scene, and their places (x, y, width, height) -> uint8 (height, width, 3), list."""
    picture = sized(scene, width, height)
    for face, (x, y, side) in zip(faces, places, strict=True):
        picture.paste(sized(face, side, side), (x, y))
    return np.array(picture), [(x, y, side, side) for x, y, side in places]


def overlap(a, b):
    """Intersection over union of two (x, y, width, height)."""
    wide, high = (max(0, min(a[i] + a[i + 2], b[i] + b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    return wide * high / (a[2] * a[3] + b[2] * b[3] - wide * high)


def matched(places, found):
    """For each place what was found there, or None; and how many finds lie at no place."""
    best = [max(found, key=lambda f: overlap(f, place), default=None) for place in places]
    best = [f if f and overlap(f, place) > FOUND else None for f, place in zip(best, places, strict=True)]
    return best, sum(all(overlap(f, place) <= 0.1 for place in places) for f in found)


def error(colored, picture, place):
    """MSE of a and b in a square."""
    x, y, w, h = place
    ab = [color.rgb_to_lab(color.from_uint8(rgb[y : y + h, x : x + w]))[:, 1:] for rgb in (colored, picture)]
    return (ab[0] - ab[1]).square().mean().item()


def measure(colorizer, pictures):
    """One row of the table: pictures are pairs (rgb, places)."""
    rows, offs, sides, extra, seconds = [], [], [], [], []
    for rgb, places in pictures:
        whole, given = colorizer(rgb, faces=None), colorizer(rgb, faces=places)
        start = time.perf_counter()
        found = colorizer(rgb)
        seconds.append(time.perf_counter() - start)
        best, more = matched(places, colorizer.faces)
        extra.append(more)
        for place, face in zip(places, best, strict=True):
            rows.append([error(result, rgb, place) for result in (whole, given, found)] + [face is not None])
            if face:
                centre = [(face[i] + face[i + 2] / 2 - place[i] - place[i + 2] / 2) / place[2] for i in (0, 1)]
                offs.append(np.hypot(*centre))
                sides.append(face[2] / place[2])
    whole, given, found, recall = np.mean(rows, axis=0).tolist()
    off, side = (float(np.median(x)) if x else None for x in (offs, sides))
    return {"whole": whole, "given": given, "found": found, "recall": recall, "off": off, "side": side,
            "others": float(np.mean(extra)), "seconds": float(np.median(seconds)), "faces": len(rows)}  # fmt: skip


def composites(faces, scenes, place, side):
    """(rgb, places) of one face in one scene each, one after the other."""
    _, size, across, down = place
    at = (round((size - side) * across), round((size - side) * down), side)
    return (pasted(scene, [face], [at], size, size) for face, scene in zip(faces, scenes, strict=True))


def groups(faces, scenes):
    """(rgb, places) of six faces in one scene each, one after the other."""
    count = len(faces) // len(GROUP)
    return (
        pasted(scene, faces[i * len(GROUP) : (i + 1) * len(GROUP)], GROUP, 1000, 600)
        for i, scene in zip(range(count), scenes, strict=False)
    )


def turns(pictures):
    """How many of these pictures, turned by nothing, a quarter, a half, three quarters, are turned back rightly."""
    right = [[find_faces(np.ascontiguousarray(np.rot90(rgb, -k)))[1] == k for k in range(4)] for rgb, _ in pictures]
    return np.mean(right, axis=0).tolist()


def false_finds(folder):
    """Pictures without a person: how many there are, with a find, finds; as they are and three times as large."""
    rows = []
    for path in tqdm(find_pictures(folder), disable=None):
        rgb = read_picture(path)
        large = sized(rgb, 3 * rgb.shape[1], 3 * rgb.shape[0])
        rows.append([len(find_faces(picture)[0]) for picture in (rgb, np.array(large))])
    finds = np.array(rows)
    return {"pictures": len(rows), "with a find": (finds > 0).sum(0).tolist(), "finds": finds.sum(0).tolist()}


def spread(folder, count):
    """`count` pictures of a folder, taken evenly, uint8."""
    paths = find_pictures(folder)
    return [read_picture(paths[i * len(paths) // count]) for i in range(min(count, len(paths)))]


def line(name, row):
    """A row as it is printed."""
    off = "" if row["off"] is None else f"{row['off']:6.2f} {row['side']:6.2f}"
    errors = " ".join(f"{row[key]:8.1f}" for key in ("whole", "given", "found"))
    return f"{name:24} {errors} {row['recall']:8.1%} {off:13} {row['others']:8.2f} {row['seconds']:7.2f}"


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--without", type=Path, metavar="FOLDER")
    parser.add_argument("--weights", default="faces")
    parser.add_argument("--detector", choices=detecting.SIDES)
    parser.add_argument("--count", type=int, default=80)
    parser.add_argument("--json", type=Path, metavar="OUT")
    args = parser.parse_args(argv)
    if args.detector:
        detecting.detector = lambda: (args.detector, "")
    colorizer = Colorizer.load(args.weights, device="cpu")
    faces, scenes = spread(args.faces, args.count), spread(args.scenes, args.count)
    alone = [error(colorizer(face, faces=None), face, (0, 0, *face.shape[1::-1])) for face in faces]
    found = {"detector": detecting.detector()[0], "alone": float(np.mean(alone)), "rows": {}}
    print(f"{len(faces)} faces alone: ab MSE {found['alone']:.1f}; detector: {found['detector']}")
    print(f"{'':24} {'whole':>8} {'given':>8} {'found':>8} {'recall':>8} {'off':>6} {'side':>6} {'others':>8} {'s':>7}")
    work = {f"{place[0]}, face {side}": composites(faces, scenes, place, side) for place in PLACES for side in SIDES}
    work["groups of six"] = groups(faces, scenes)
    for name, pictures in work.items():
        found["rows"][name] = measure(colorizer, pictures)
        print(line(name, found["rows"][name]), flush=True)
    few = slice(0, max(1, args.count // 4))
    found["turns"] = turns(composites(faces[few], scenes[few], PLACES[0], 128))
    print("turned by 0, 1, 2, 3 quarters, turned back rightly:", " ".join(f"{x:.1%}" for x in found["turns"]))
    if args.without:
        found["without"] = false_finds(args.without)
        print("without a person:", found["without"])
    if args.json:
        args.json.write_text(json.dumps(found, indent=1))
    return found


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    main()
