"""python -m colorlib: train, evaluate, study, colorize, grade, doctor, fetch.

Each command is one function; heavy imports stand inside, so that --help answers at once.
Exit codes: 0 done; 1 done, but not for everything (colorize, grade) or a check failed (doctor); 2
an error that the user can mend, told in one line; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
import unicodedata
from pathlib import Path

from colorlib import __version__
from colorlib.training.presets import PRESETS
from colorlib.training.schedule import FEW, RIVALS


def train(args) -> int:
    """Run the training schedule; see training.train."""
    from colorlib.training import fit as training

    rivals = True if args.rivals == ["all"] else [name for name in args.rivals if name != "none"]
    history = training.train(
        args.out,
        args.data,
        args.preset,
        args.resume,
        args.seed,
        rivals,
        diversity=args.diversity,
        batch=args.batch,
    )
    for part, row in {row["part"]: row for row in history}.items():  # the last row of each part
        if "val_mse" in row:
            print(f"{part}: validation MSE {row['val_mse']:.1f}")
    print(f"written: {Path(args.out) / 'model.safetensors'}")
    return 0


def evaluate(args) -> int:
    """Print the table and write it as JSON; see evaluation.evaluate and evaluation.table2."""
    from colorlib.data import datasets, files
    from colorlib.evaluation import table as evaluation

    data = args.data or datasets.default_source()
    weights = args.weights or ("portraits" if data == "portraits" else "faces")
    options = {"count": args.count, "seed": args.seed, "t": args.t, "progress": True}
    if args.suite:
        if args.methods:
            raise ValueError(
                f"--methods does not go with --suite {args.suite}, which takes all that there are"
            )
        table = evaluation.table2(weights, data, args.split, labels=args.labels, **options)
        print(evaluation.format_table2(table))
    else:
        if args.labels:
            raise ValueError("--labels needs --suite table2, which scores groups")
        table = evaluation.evaluate(
            weights, data, args.split or "test", methods=args.methods, **options
        )
        print(evaluation.format_table(table["rows"]))
    if args.json:
        files.write_json(args.json, table, indent=1, allow_nan=False)
        print(f"written: {args.json}")
    return 0


def study(args) -> int:
    """Many short trainings: what a second stage gains, and what that depends on; see study.study."""
    from colorlib.data import datasets
    from colorlib.evaluation import study as module

    data = args.data or datasets.default_source()
    if args.run_folder:
        rows = module.of_run(args.run_folder, data, args.out)
    else:
        rows = module.study(data, args.out, count=args.count, seed=args.seed)
    print(module.format_study(rows))
    print(f"written: {Path(args.out) / 'ledger.csv'}")
    return 0


def colorize(args) -> int:
    """Colour files and folders; a picture that cannot be read is named, and the others go on."""
    from colorlib.colorize import Colorizer
    from colorlib.data.pictures import PictureError, printable, write_picture

    if "" in (*args.inputs, args.out):
        raise ValueError("IN and OUT must not be empty: . is the current folder")
    jobs = outputs(args.inputs, Path(args.out))
    if not jobs:
        raise ValueError(f"no pictures in {', '.join(args.inputs)}")
    colorizer = Colorizer.load(args.weights)
    failed = 0
    for source, target in jobs:
        try:
            write_picture(
                target, colorizer(source, args.stage, args.t, seed=args.seed, vibrant=args.vibrant)
            )
        except (PictureError, OSError, MemoryError) as error:
            failed += 1
            # a PictureError names the file
            named = "" if isinstance(error, PictureError) else f"{printable(source)}: "
            print(f"left out: {named}{str(error) or 'out of memory'}", file=sys.stderr)
        else:
            print(f"{printable(source)} -> {printable(target)}")
    if failed:
        print(f"{failed} of {len(jobs)} pictures left out", file=sys.stderr)
    return 1 if failed else 0


def doctor(args) -> int:
    """One line a check; see doctor.checks."""
    from colorlib import doctor

    return doctor.main()


def fetch(args) -> int:
    """Download and verify weights or a data set, or take it from a local file."""
    from colorlib import weights
    from colorlib.data import sources

    known = [*weights.DOWNLOADS, *sources.NAMED[1:]]  # NAMED[0], the portraits, are drawn
    if args.name in weights.DOWNLOADS:
        print(weights.fetch(args.name, from_file=args.from_file))
    elif args.name in known:
        print(sources.fetch_source(args.name, from_file=args.from_file))
    else:
        raise ValueError(f"NAME must be one of {', '.join(known)}, got {args.name!r}")
    return 0


def grade(args) -> int:
    """Grade a folder of notebooks; see grading/.  Exit code 1 where some were refused."""
    try:
        from colorlib.course.grading import results, rounds, session
    except ModuleNotFoundError as error:
        raise ValueError(
            f'{error}: grading needs more packages, pip install "colorlib[grade]"'
        ) from None
    for option, value in (
        ("-j", args.jobs),
        ("--timeout", args.timeout),
        ("--memory", args.memory),
    ):
        if value is not None and value <= 0:
            raise ValueError(f"{option} must be more than 0, got {value:g}")
    limits = session.Limits(args.timeout, 10 * args.timeout, int(args.memory * 2**30))
    data = rounds.grade(args.submissions, args.assignment, args.source, args.out, args.jobs, limits)
    print(results.words(data))
    print(f"written: {Path(args.out or Path('graded') / args.assignment) / 'summary.html'}")
    return 1 if any(row["status"] == "refused" for row in data["rows"]) else 0


def outputs(inputs: list[str], out: Path) -> list[tuple[Path, Path]]:
    """(picture, where its coloured version goes) for files and folders.

    One input file and an `out` with a picture's ending: that very file.  Else `out` is a folder;
    what lies in a sub-folder of an input goes to the same sub-folder of `out`.  No two pictures
    share a target, and no target
    is one of the pictures: its name then gets "-colour", and a number where that is taken.
    Raises FileNotFoundError for an input that is not there.
    """
    from colorlib.data.pictures import SUFFIXES, find_pictures

    found = []  # (picture, its place below out)
    for source in map(Path, inputs):
        if source.is_dir():
            pictures, root, inside = (
                find_pictures(source),
                os.path.realpath(source),
                os.path.realpath(out),
            )
            # what an earlier run wrote there is not coloured again
            if inside.startswith(os.path.join(root, "")):
                pictures = [
                    p
                    for p in pictures
                    if not os.path.realpath(p).startswith(os.path.join(inside, ""))
                ]
            found += [(p, p.relative_to(source)) for p in pictures]
        elif source.exists():
            found.append((source, Path(source.name)))
        else:
            raise FileNotFoundError(f"there is no file or folder {str(source)!r}")

    taken = {_place(picture) for picture, _ in found}
    one_file = len(inputs) == 1 and Path(inputs[0]).is_file() and out.suffix.lower() in SUFFIXES
    if one_file and not out.is_dir():
        if _place(out) in taken:
            raise ValueError(
                f"OUT is the input {str(out)!r}: choose another name, the input is kept"
            )
        return [(found[0][0], out)]
    if out.is_file():
        raise ValueError(f"OUT must be a folder for these inputs, but {str(out)!r} is a file")
    jobs = []
    for picture, place in found:
        suffix = (
            place.suffix if place.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp") else ".png"
        )
        target, number = out / place.with_suffix(suffix), 1
        while _place(target) in taken or os.path.isdir(target):
            stem = place.stem
            while len(os.fsencode(stem)) > 230:  # names end at 255 bytes
                stem = stem[:-1]
            target = out / place.with_name(
                f"{stem}-colour{'' if number == 1 else f'-{number}'}{suffix}"
            )
            number += 1
        taken.add(_place(target))
        jobs.append((picture, target))
    return jobs


def _place(path: Path) -> str:
    """Where a path leads, links followed; alike for names that a disk which ignores case takes for
    one.
    """
    return unicodedata.normalize("NFC", os.path.realpath(path)).casefold()


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number, 0 or more, got {text!r}")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m colorlib", description="Learning image colourisation."
    )
    top.add_argument("--version", action="version", version=__version__)
    top.add_argument("--traceback", action="store_true", help="show where an error came from")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(function, text):
        sub = commands.add_parser(
            function.__name__, help=text, description=text[0].upper() + text[1:] + "."
        )
        sub.set_defaults(run=function)
        return sub

    source = "portraits, lfw, ffhq, celeba, or a folder of pictures (default: COLORLIB_DATA, else portraits)"

    sub = command(train, "train base, refiner and their rivals")
    sub.add_argument(
        "--preset",
        choices=PRESETS,
        help="how large and how long (default: COLORLIB_PRESET, else lesson)",
    )
    sub.add_argument("--data", metavar="SOURCE", help=source)
    sub.add_argument(
        "--out",
        required=True,
        metavar="RUN",
        help="folder for model.safetensors, history.json, checkpoints",
    )
    sub.add_argument("--resume", action="store_true", help="go on with the training in RUN")
    sub.add_argument("--rivals", nargs="+", default=list(FEW), metavar="NAME", choices=[*RIVALS, "all", "none"],
                     help=f"what to train beside base and refiner: {', '.join(RIVALS)}; all; none (default: "
                     f"{' '.join(FEW)})")  # fmt: skip
    sub.add_argument("--batch", type=int, help="pictures in one step (default: the preset's)")
    sub.add_argument(
        "--diversity",
        choices=("vibrant", "paper"),
        default="vibrant",
        help="sense of the diversity term",
    )
    sub.add_argument("--seed", type=_seed, default=0)

    sub = command(evaluate, "score all methods on the same pictures")
    sub.add_argument("--data", metavar="SOURCE", help=source)
    sub.add_argument("--suite", choices=("table2",),
                     help="rebuild the paper's Table 2 with all that stands behind it: rivals, errors by group, hue "
                     "and region, and what the prior is worth")  # fmt: skip
    sub.add_argument("--split", choices=("train", "val", "test", "all"),
                     help="all: the folder is one test set (default: test; with --suite, all for a folder without "
                     "sub-folders train, val and test, unless the weights were trained on it)")  # fmt: skip
    sub.add_argument("--labels", metavar="FILE",
                     help="CSV with a column 'file' and one for each label, such as age, to score groups in the suite "
                     "(default: labels.csv in the data folder; file names such as UTKFace's are read too)")  # fmt: skip
    sub.add_argument("--weights", help="faces, portraits, a .safetensors file or a RUN folder "
                     "(default: portraits for the portraits, else faces)")  # fmt: skip
    sub.add_argument("--methods", nargs="+", metavar="NAME", help="only these rows")
    sub.add_argument("--count", type=int, help="at most so many pictures")
    sub.add_argument(
        "--t", type=int, help="noise step of the refiner (default: that of the weights)"
    )
    sub.add_argument("--seed", type=_seed, default=0)
    sub.add_argument("--json", metavar="OUT", help="write the table there")

    sub = command(
        study,
        "measure what a second stage gains, by base and by ingredient, on validation pictures",
    )
    sub.add_argument("--data", metavar="SOURCE", help=source)
    sub.add_argument("--out", required=True, metavar="OUT", help="folder for ledger.csv")
    sub.add_argument(
        "--run",
        dest="run_folder",
        metavar="RUN",
        help="score the networks of this training instead",
    )
    sub.add_argument("--count", type=int, help="at most so many training pictures")
    sub.add_argument("--seed", type=_seed, default=0)

    sub = command(colorize, "colour photos; the inputs are never overwritten")
    sub.add_argument("inputs", nargs="+", metavar="IN", help="a picture or a folder of pictures")
    sub.add_argument(
        "-o", "--out", required=True, metavar="OUT", help="a folder, or a file name for one picture"
    )
    sub.add_argument(
        "--weights", default="faces", help="faces, portraits, a .safetensors file or a RUN folder"
    )
    sub.add_argument(
        "--stage", default="two-stage", help="two-stage (default), base, control or cnn"
    )
    sub.add_argument("--t", type=int, help="noise step, 0 for none (default: that of the weights)")
    sub.add_argument(
        "--vibrant",
        action="store_true",
        help="as colourful as photos are, at the price of more error",
    )
    sub.add_argument("--seed", type=_seed, default=0, help="of the noise")

    sub = command(grade, "grade a folder of students' notebooks")
    sub.add_argument(
        "submissions", metavar="SUBMISSIONS", help="a folder, as a learning platform exports it"
    )
    sub.add_argument("--assignment", required=True, metavar="NAME", help="ps1, ps2, ...")
    sub.add_argument("--source", metavar="FILE", help="its notebook with solutions and hidden tests "
                     "(default: built from notebooks/assignments/src)")  # fmt: skip
    sub.add_argument("--out", metavar="OUT", help="folder for grades.csv, summary.html, feedback/ and nbgrader's "
                     "course/; what was graded there before is kept (default: graded/NAME)")  # fmt: skip
    sub.add_argument(
        "-j", "--jobs", type=int, metavar="N", help="notebooks at a time (default: one a core)"
    )
    sub.add_argument(
        "--timeout",
        type=float,
        default=60,
        metavar="S",
        help="seconds a cell; a notebook gets ten times",
    )
    sub.add_argument(
        "--memory", type=float, default=2, metavar="GB", help="of one notebook, beyond torch itself"
    )

    command(doctor, "check this machine: one line a check")

    sub = command(fetch, "download released weights or a data set, verified")
    sub.add_argument("name", metavar="NAME", help="siggraph17, eccv16, vgg16, lfw, ffhq or celeba")
    sub.add_argument("--from", dest="from_file", metavar="FILE", help="a copy that is here already")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code.  argv: None takes the command line's."""
    args = parser().parse_args(argv)
    try:
        return args.run(args)
    except KeyboardInterrupt as stop:
        print(stop if stop.args else "stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if args.traceback or not mendable(error):
            raise
        print(f"error: {error}", file=sys.stderr)
        return 2


def mendable(error: Exception) -> bool:
    """Whether the user, not a programmer, can do something about it."""
    from colorlib.data.download import DownloadError

    return isinstance(error, (ValueError, OSError, DownloadError, FloatingPointError, MemoryError))
