"""Photos in, the same photos out, only coloured: what the command `colorize` does.

    from colorlib import album
    album.colorize(["old.jpg", "~/album"], "coloured", strength=0.8)

What a photo carries stays, nothing is overwritten, and a run that was cut off goes on.
"""

import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from colorlib import __version__, methods, weights
from colorlib.data import files, places, writing
from colorlib.data.arguments import whole_number
from colorlib.data.errors import PictureError, printable
from colorlib.data.record import Record

NOTE = "Colours computed by colorlib {version} (method {stage}, weights {weights}): a guess"


@dataclass(frozen=True)
class Options:
    """How photos are coloured, and what is done with the results.

    weights, stage, t, seed, vibrant, strength, like, faces, hints: as `Colorizer` takes them.
    samples: how many plausible colourings to write in place of one, and a sheet of them all.
    by, steps: how they are drawn, as `Colorizer.samples` takes it.
    compare: write the photo as it was and the coloured one side by side.
    note: say in the file's metadata that its colours were computed.
    page: which page of a file that holds several, from 1 on, or "all"; None takes the first.
    max_megapixels: how large a photo may be; None takes the limit of `pictures.read_photo`.
    force: replace files that are there. verbose: name what is otherwise counted.
    """

    weights: str = "faces"
    stage: str = "two-stage"
    t: int | None = None
    seed: int = 0
    vibrant: bool = False
    strength: float = 1.0
    like: str | None = None
    faces: object = "find"
    hints: tuple = ()
    samples: int | None = None
    by: str = "tint"
    steps: int | None = None
    compare: bool = False
    note: bool = True
    page: int | str | None = None
    max_megapixels: float | None = None
    force: bool = False
    verbose: bool = False

    def how(self) -> dict:
        """What makes results differ, as plain data: for the record."""
        names = "stage t seed vibrant strength compare note".split()
        how = {name: getattr(self, name) for name in names}
        how |= {"hints": [list(hint) for hint in self.hints], "samples": self.samples}
        named = self.faces is None or isinstance(self.faces, str)
        how["faces"] = self.faces if named else [[float(x) for x in box] for box in self.faces]
        if self.by != "tint":  # what was made before this could be chosen is known as such
            how |= {"by": self.by, "steps": self.steps}
        how["weights"] = files.sha256(weights.locate(self.weights))
        how["like"] = files.sha256(self.like) if self.like else None
        return how | {"version": __version__}


@dataclass
class Run:
    """One run over an album: what it needs, and what it has seen so far."""

    options: Options
    plan: places.Plan
    record: Record
    how: dict
    colorizer: object = None  # loaded when a photo needs it
    prior: object = None  # of options.like
    done: Counter = field(default_factory=Counter)  # "made", "skipped", "kept", "left out"
    notes: Counter = field(default_factory=Counter)
    busy: float = 0.0  # seconds spent on photos that were coloured


def colorize(inputs, out, options: Options | None = None, **settings) -> int:
    """Colour files and folders; what goes wrong with one is told, and the others go on.

    inputs, out: as `data.places.plan` takes them; one input may stand alone. settings: fields of
    `Options`, by name.

    A file that was made from the same input with the same options, and not changed since, is
    skipped; any other that is there is kept and named. Prints a line for each photo.
    Returns 0, or 1 where a photo was left out or a file kept. Raises ValueError or
    FileNotFoundError for what can be seen to be wrong before anything starts.
    """
    options = options or Options(**settings)
    inputs = [inputs] if isinstance(inputs, (str, os.PathLike)) else list(inputs)
    if "" in (*map(str, inputs), str(out)):
        raise ValueError("IN and OUT must not be empty: . is the current folder")
    options = _checked(options)
    plan = places.plan(inputs, out, [options.like] if options.like else [])
    for line in plan.unused_by_name if options.verbose else plan.unused:
        print(line, file=sys.stderr)
    if not plan.jobs:
        raise ValueError(f"no pictures in {', '.join(map(str, inputs))}")
    boxes = options.faces if isinstance(options.faces, (list, tuple)) else ()
    for name, places_given in {"faces": boxes, "hints": options.hints}.items():
        if len(places_given) and len(plan.jobs) > 1:
            wanted = f"{name} must be given for one picture at a time"
            raise ValueError(f"{wanted}, got {len(plan.jobs)}")
    run = Run(options, plan, Record(plan.folder), options.how())
    for number, (picture, target) in enumerate(plan.jobs):
        try:
            _picture(run, picture, target, number + 1)
        except (PictureError, OSError, MemoryError) as error:
            run.done["left out"] += 1
            # A PictureError names the file.
            named = "" if isinstance(error, PictureError) else f"{printable(picture)}: "
            _tell(f"left out: {named}{str(error) or 'out of memory'}")
        except KeyboardInterrupt:
            way = "the same command goes on from there"
            raise KeyboardInterrupt(f"stopped at {number} of {len(plan.jobs)}; {way}") from None
    return _summary(run)


def _checked(options: Options) -> Options:
    """The options with ~ resolved; an error for a file that they name and that is not there."""
    from colorlib.data.opening import check_file

    if options.like and options.vibrant:
        raise ValueError("vibrant must be off where like is given: both set the prior")
    if options.samples is not None:
        whole_number("samples", options.samples, 1)
        others = {"vibrant": False, "like": None, "compare": False, "stage": "two-stage"}
        if wrong := [name for name, plain in others.items() if getattr(options, name) != plain]:
            raise ValueError(f"{wrong[0]} must be left out where samples are asked for")
    _check_walk(options)
    if options.like:
        like = options.like if os.path.lexists(options.like) else os.path.expanduser(options.like)
        check_file(Path(like))
        options = Options(**vars(options) | {"like": str(like)})
    return options


def _check_walk(options: Options):
    """An error for a way to draw samples that there is not, or where none are asked for."""
    if options.by not in methods.SAMPLED:
        raise ValueError(f"by must be one of {', '.join(methods.SAMPLED)}, got {options.by!r}")
    if options.by != "tint" and options.samples is None:
        raise ValueError(f"by must be left out where no samples are asked for, got {options.by!r}")
    if options.steps is not None:
        whole_number("steps", options.steps, 1)
        if options.by != "pixels":
            raise ValueError(f"steps must go with by 'pixels', got {options.steps}")
    if options.by == "pixels" and options.t is not None:
        raise ValueError(f"t must go with by 'tint', got {options.t}")


def _picture(run: Run, picture: Path, target: Path, number: int):
    """One job: all pages that are asked for, or the one."""
    from colorlib.data.opening import check_file

    limit, page, pages = run.options.max_megapixels, run.options.page, 1
    check_file(picture, *[limit] * (limit is not None))
    if page == "all":
        from colorlib.data.pictures import page_count

        pages = page_count(picture, limit)
    digest = files.sha256(picture)
    if pages == 1:
        index = 0 if page in (None, "all") else page - 1
        _page(run, picture, target, index, number, digest)
        return
    for index in range(pages):
        name = f"{target.stem}-p{index + 1:0{len(str(pages))}}{target.suffix}"
        _page(run, picture, target.with_name(name), index, number, digest)


def _page(run: Run, picture: Path, target: Path, index: int, number: int, digest: str):
    """Colour one page, unless its result is there already."""
    how, force = run.how | {"page": index}, run.options.force
    targets = _targets(target, run.options.samples)
    there = [path for path in targets if os.path.lexists(path)]
    others = [path for path in there if not run.record.made(path, digest, how)]
    if there == targets and not others and not force:
        run.done["skipped"] += 1
        if run.options.verbose:
            print(f"made already: {printable(target)}")
        return
    for path in there if force else others:
        if not force or places.place_of(path) in run.plan.inputs:
            run.done["kept"] += 1
            _tell(f"kept: {printable(path)} is there; {printable(picture)} was not coloured")
            return
    colorizer, started = _loaded(run), time.monotonic()
    notes = _colour(run, colorizer, picture, targets, index, digest, how)
    run.busy += time.monotonic() - started
    run.done["made"] += 1
    print(f"{_progress(run, number)}{printable(picture)} -> {printable(target)}", flush=True)
    for note in notes:
        run.notes[note] += 1
        if run.options.verbose or run.notes[note] == 1:
            print(f"  note: {note}")


def _targets(target: Path, samples: int | None) -> list[Path]:
    """The files to write: the one, or photo-1.jpg, photo-2.jpg, ... and photo-sheet.jpg."""
    if samples is None:
        return [target]
    digits = len(str(samples))
    ends = [*(f"{i + 1:0{digits}}" for i in range(samples)), "sheet"]
    return [target.with_name(f"{target.stem}-{end}{target.suffix}") for end in ends]


def _colour(run: Run, colorizer, picture, targets, index, digest, how) -> list[str]:
    """Read, colour and write one page; what there is to say about it."""
    from colorlib.data import pictures

    options = run.options
    photo = pictures.read_photo(picture, index, options.max_megapixels)
    made = _results(options, colorizer, photo, run.prior)
    alpha = [photo.alpha] * len(made)
    if options.samples:
        shown = [pictures.to_8_bits(rgb) for rgb in (photo.rgb, *made)]
        made, alpha = [*made, writing.sheet(shown)], [*alpha, None]
    if options.compare:
        made = [writing.side_by_side(photo.rgb, rgb) for rgb in made]
        alpha = [None if a is None else writing.side_by_side(a, a) for a in alpha]
    # Who names a page need not be told that there are others.
    told = photo.pages > 1 and index == 0 and options.page is not None
    about, notes = photo.about, [*photo.notes[told:], *getattr(colorizer, "notes", [])]
    del photo  # a large one does not fit twice beside what writing needs
    weights = Path(str(options.weights)).name
    stage = methods.SAMPLED[options.by] if options.samples else options.stage
    note = NOTE.format(version=__version__, stage=stage, weights=weights)
    for target, rgb, see_through in zip(targets, made, alpha, strict=True):
        notes += writing.write_photo(
            target, rgb, about, see_through, note if options.note else None,
            before=lambda written, target=target: run.record.add(target, written, digest, how),
        )  # fmt: skip
    return list(dict.fromkeys(notes))


def _results(options: Options, colorizer, photo, prior) -> list:
    """The coloured photo, or so many plausible ones."""
    common = {"strength": options.strength, "faces": options.faces, "hints": options.hints}
    if options.samples:
        way = {"by": options.by, "steps": options.steps}
        return colorizer.samples(photo, options.samples, options.t, options.seed, **common, **way)
    return [colorizer(photo, options.stage, options.t, prior, options.seed, options.vibrant,
                      **common)]  # fmt: skip


def _loaded(run: Run):
    """The networks, loaded once, when the first photo needs them."""
    if run.colorizer is None:
        from colorlib.colorize import Colorizer

        colorizer = Colorizer.load(run.options.weights)
        if run.options.like:
            try:
                run.prior = colorizer.prior_like(run.options.like, run.options.stage)
            except PictureError as error:
                raise ValueError(f"like must be a photo: {error}") from error
        run.colorizer = colorizer
    return run.colorizer


def _progress(run: Run, number: int) -> str:
    """ "[3 of 120, 02:10 left] ", from the time that photos took so far; empty for a single one."""
    total = len(run.plan.jobs)
    if total == 1:
        return ""
    left = run.busy / run.done["made"] * (total - number)
    return f"[{number} of {total}, {tqdm.format_interval(left)} left] "


def _summary(run: Run) -> int:
    """Tell what was not made, and what to do; the exit code."""
    total, done = len(run.plan.jobs), run.done
    for note, times in run.notes.items():
        if times > 1 and not run.options.verbose:
            print(f"note, {times} times: {note}")
    if done["skipped"]:
        print(f"{done['skipped']} made already, with these options; --force makes them again")
    if done["kept"]:
        reason = "not made from these photos with these options, or changed since"
        _tell(f"{done['kept']} kept: files that are there, {reason}; --force replaces them")
    if done["left out"]:
        _tell(f"{done['left out']} of {total} pictures left out")
    return 1 if done["kept"] or done["left out"] else 0


def _tell(line: str):
    print(line, file=sys.stderr, flush=True)
