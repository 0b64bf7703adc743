"""Who is on a picture: labels from file names, a CSV file or the picture itself, as groups.

A mean over all faces hides it when a method serves some people worse than others. `labels` finds
every way in which the pictures of a data set can be grouped:

- file names of the form age_gender_race_timestamp, as UTKFace has them (Zhang et al. 2017, "Age
  Progression/Regression by Conditional Adversarial Autoencoder"). "race" is what somebody wrote
  there, not a skin tone;
- a CSV file with a column `file` and one column for each label;
- the drawn portraits' recipes: thirds by the skin's melanin.

`skin_tones` measures a skin tone on the picture itself, which works for any folder of aligned
faces.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from colorlib import color, portraits

FEW = 20  # a group with fewer pictures says little
MOST = 20  # different values that a column of a CSV file may have
# Group -> the first age above it.
AGES = {"0-12": 13, "13-19": 20, "20-39": 40, "40-59": 60, "60+": 131}
GENDERS = ("male", "female")
RACES = ("White", "Black", "Asian", "Indian", "other")
THIRDS = ("light third", "medium third", "dark third")
# Skin tone -> the angle in degrees that it lies above.
TONES = {
    "very light": 55,
    "light": 41,
    "intermediate": 28,
    "tan": 10,
    "brown": -30,
    "dark": -np.inf,
}
FACE = (0.40, 0.60, 0.30, 0.70)  # top, bottom, left, right, as shares of the sides: nose and cheeks
_NAME = re.compile(r"(0?\d{1,2}|1[0-2]\d|130)_([01])_([0-4])_\d{8,}")


@dataclass(frozen=True)
class Label:
    """One way of grouping pictures.

    name: what is told apart. source: where the label comes from, for the reader. order: the groups
    as they are shown. of: (N,) the group of each picture, None where it has none.
    """

    name: str
    source: str
    order: tuple[str, ...]
    of: tuple[str | None, ...]


def labels(dataset, csv_file=None) -> list[Label]:
    """Every label that the pictures of a `LabDataset` carry, [] where they carry none.

    csv_file: see `from_csv`; its columns go before labels of the same name in file names.
    """
    told = from_csv(csv_file, dataset.keys) if csv_file else []
    drawn = dataset.drawn and from_recipes(dataset.portraits, dataset.seed)
    names = {label.name for label in told}
    return told + [x for x in drawn or from_names(dataset.keys) if x.name not in names]


def from_names(keys: list[str]) -> list[Label]:
    """Age, gender and race from names age_gender_race_timestamp; [] where no file is named so.

    gender: 0 male, 1 female; race: 0 White, 1 Black, 2 Asian, 3 Indian, 4 other. Names of another
    form give None.
    """
    matches = [_NAME.match(PurePosixPath(key).name) for key in keys]
    if not any(matches):
        return []

    def label(name, order, group):
        return Label(name, "file names", order, tuple(m and group(m) for m in matches))

    return [
        label("age", tuple(AGES), lambda m: age_group(int(m[1]))),
        label("gender", GENDERS, lambda m: GENDERS[int(m[2])]),
        label("race", RACES, lambda m: RACES[int(m[3])]),
    ]


def from_csv(path, keys: list[str]) -> list[Label]:
    """Labels from a CSV file: a column `file`, and any others, each of which becomes a label.

    file: the path of a picture below the data folder, or its bare name. A column `age` holds years
    and is grouped as in AGES; other columns hold the groups' names. Empty cells and pictures
    without a line: no label. Lines about pictures that are not there are passed over, since a split
    or a count may have left those out. Written by hand or by a spreadsheet: separated by commas,
    semicolons or tabs, with or without a byte order mark.

    Raises FileNotFoundError, and ValueError, naming line and column, where the file is not as
    described or is about none of the pictures.
    """
    path = Path(path)
    names, lines = _read(path)
    rows = {}  # file -> {column: group}
    for line, cells in lines:
        place, row = f"{path}, line {line}", dict(zip(names, cells, strict=False))
        file = row.pop("file", "").replace("\\", "/")
        if len(cells) > len(names):
            raise ValueError(
                f"{place}: {len(cells)} cells, wanted {len(names)} as in the first line"
            )
        if not file:
            raise ValueError(f"{place}, column 'file': empty, wanted the name of a picture")
        if file in rows:
            raise ValueError(f"{place}, column 'file': {file!r} has had a line before")
        if row.get("age"):
            row["age"] = _age(row["age"], f"{place}, column 'age'")
        rows[file] = row
    found = _about(keys, rows)
    if not any(found):
        raise ValueError(
            f"{path}: column 'file' names none of the {len(keys)} pictures; "
            f"it has {next(iter(rows), 'no lines')!r}, and the first picture is {keys[0]!r}"
        )
    columns = [name for name in names if name not in ("file", "")]
    return [_column(path, name, [row.get(name) or None for row in found]) for name in columns]


def _about(keys, rows) -> list[dict]:
    """The row about each picture, {} where there is none.

    rows: {path or bare name: row}. A bare name counts where one picture alone has it.
    """
    names = [PurePosixPath(key).name for key in keys]
    count = Counter(names)
    bare = [name if count[name] == 1 else None for name in names]
    return [rows.get(key, rows.get(name, {})) for key, name in zip(keys, bare, strict=True)]


def _age(cell: str, place: str) -> str:
    try:
        return age_group(float(cell.replace(",", ".")))
    except ValueError:
        raise ValueError(f"{place}: got {cell!r}, wanted a number of years from 0 to 130") from None


def _column(path, name, of) -> Label:
    """A column of a CSV file as a label; its groups in the order of AGES, or naturally sorted."""
    order = [*AGES] if name == "age" else sorted(filter(None, set(of)), key=_natural)
    if len(order) > MOST:
        raise ValueError(
            f"{path}, column {name!r}: {len(order)} different values, wanted at most {MOST} "
            "groups; leave the column out, or put its values into groups"
        )
    return Label(name, path.name, tuple(group for group in order if group in of), tuple(of))


def _natural(text: str):
    """Numbers by size, and before words."""
    try:
        return (0, float(text.replace(",", ".")), text)
    except ValueError:
        return (1, 0.0, text)


def _read(path: Path) -> tuple[list[str], list]:
    """The columns' names in small letters, and (line number, cells) of each line with any.

    By csv, not by pandas: that does not tell on which line of the file a row stands.
    """
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")  # what older spreadsheets on Windows write
    head = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}") from error
    lines = [(line, cells) for line, cells in lines if any(cells)]
    if not lines:
        raise ValueError(f"{path}: is empty; wanted a line of column names, one of them 'file'")
    (first, names), *lines = lines
    names = [name.lower() for name in names]
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise ValueError(f"{path}, line {first}: column {twice[0]!r} stands there twice")
    if "file" not in names:
        raise ValueError(
            f"{path}, line {first}: no column 'file' among {', '.join(map(repr, names))}"
        )
    return names, lines


def from_recipes(numbers, seed: int) -> list[Label]:
    """Drawn portraits in thirds by the skin's melanin, which their recipes hold.

    numbers: of the portraits; seed: that of the data set.
    """
    melanin = [portraits.recipe(number, seed)["skin"]["melanin"] for number in numbers]
    thirds = np.array_split(np.argsort(melanin, kind="stable"), 3)
    of = {row: third for third, rows in zip(THIRDS, thirds, strict=True) for row in rows}
    return [Label("skin melanin", "recipes", THIRDS, tuple(of[row] for row in sorted(of)))]


def skin_tones(angles) -> Label:
    """The groups of Chardon et al. from `typology_angle`'s degrees (N,)."""
    of = [next(tone for tone, above in TONES.items() if angle > above) for angle in angles]
    source = "the individual typology angle between eyes and mouth"
    return Label("skin tone", source, tuple(TONES), tuple(of))


def typology_angle(L, ab) -> np.ndarray:
    """Individual typology angle of the skin in degrees, (N,), high for light skin and low for dark.

    ITA = atan2(L - 50, b), of the median Lab in the central patch FACE: nose and cheeks of an
    aligned face (Chardon, Cretois & Hourseau 1991, "Skin colour typology and suntanning pathways").
    L (N, 1, H, W), ab (N, 2, H, W): model units.

    It was made for a probe on the skin. On a photo it is a rough guide only: a dark exposure or a
    warm white balance lowers the angle as dark skin does, and where the patch shows something else
    than skin (a face turned away, a hand, a beard, a picture cropped otherwise) it measures that.
    And b is one of the colours that the methods are scored on: of faces chosen for a low b, one
    that paints all faces warmer gets more wrong.
    """
    height, width = L.shape[-2:]
    top, bottom, left, right = FACE
    rows = slice(int(top * height), round(bottom * height))  # at least one, however small
    columns = slice(int(left * width), round(right * width))
    patch = color.model_to_lab(L, ab)[..., rows, columns].flatten(2).cpu().numpy()  # (N, 3, pixels)
    lightness, _, b = np.median(patch, axis=2).T
    return np.degrees(np.arctan2(lightness - 50, b))


def age_group(years: float) -> str:
    """The group in AGES of an age in years, from 0 to 130; ValueError for another number."""
    if not 0 <= years <= 130:
        raise ValueError(f"wanted an age from 0 to 130 years, got {years:g}")
    return next(name for name, above in AGES.items() if years < above)
