"""python -m colorlib: train, evaluate, study, colorize, export, grade, doctor, fetch.

Each command is one function; COMMANDS holds their options. Heavy imports stand inside, so that
--help answers at once. Exit codes: 0 done; 1 done, but not for everything (colorize, grade) or a
check failed (doctor); 2 an error that the user can mend, told in one line; 130 stopped by Ctrl-C.
"""

import argparse
import dataclasses
import re
import sys
from pathlib import Path

from colorlib import __version__, methods
from colorlib.training.schedule import PRESETS

SOURCE = (
    "portraits, lfw, ffhq, celeba, a folder of pictures or a picture; or several, each with the "
    "share of its training pictures that is taken, such as faces scenes=0.25 "
    "(default: COLORLIB_DATA, else portraits)"
)
WEIGHTS = "faces, portraits, a .safetensors file or a RUN folder"


def train(args) -> int:
    """Run the training schedule; see training/run.py."""
    from colorlib.data import mixture
    from colorlib.training import run

    if {"all", "none"} & set(args.rivals) and len(args.rivals) > 1:
        raise ValueError(f"--rivals must be names, or all, or none, got {' '.join(args.rivals)}")
    rivals = {"all": True, "none": False}.get(args.rivals[0], args.rivals)
    data = mixture.several(args.data) if args.data else None
    history = run.train(args.out, data, args.preset, args.resume, args.seed, rivals,
                        args.diversity, args.batch, args.split, args.start)  # fmt: skip
    for part, row in {row["part"]: row for row in history}.items():  # the last row of each part
        if "val_mse" in row:
            print(f"{part}: validation MSE {row['val_mse']:.1f}")
    print(f"written: {Path(args.out) / 'model.safetensors'}")
    return 0


def evaluate(args) -> int:
    """Print the table and write it as JSON; see evaluation/table.py."""
    from colorlib.data import datasets, files, mixture
    from colorlib.data.errors import printable
    from colorlib.evaluation import table

    data = mixture.several(args.data) if args.data else datasets.default_source()
    if args.suite and args.methods:
        raise ValueError(f"--methods does not go with --suite {args.suite}, which takes all")
    if args.labels and args.suite != "table2":
        raise ValueError("--labels needs --suite table2, which scores groups")
    sources = mixture.wanted(data)
    if any(share < 1 for _, share in sources):
        raise ValueError(f"--data must be whole sources, shares thin training pictures, got {data}")
    found = {}
    for name, _ in sources:
        if len(sources) > 1:
            print(f"{printable(name)}:")
        found[name] = _table(args, name, table)
    if args.json:
        whole = found if len(found) > 1 else found[sources[0][0]]
        files.write_json(args.json, whole, indent=1, allow_nan=False)
        print(f"written: {args.json}")
    return 0


def _table(args, data, table) -> dict:
    """Print the table of one source, and return what it was made of."""
    weights = args.weights or ("portraits" if data == "portraits" else "faces")
    options = {"count": args.count, "seed": args.seed, "t": args.t, "progress": True}
    if args.suite == "table2":
        found = table.table2(weights, data, args.split, labels=args.labels, **options)
        print(table.format_table2(found))
    elif args.suite:
        from colorlib.evaluation import hinted, sampled

        del options["t"]
        suites = {
            "hints": (hinted.hints, hinted.format_hints),
            "samples": (sampled.compared, sampled.format_samples),
        }
        measure, text = suites[args.suite]
        found = measure(weights, data, args.split or "test", **options)
        print(text(found))
    else:
        found = table.evaluate(weights, data, args.split or "test", methods=args.methods, **options)
        print(table.format_table(found["rows"], found["settings"]))
    return found


def study(args) -> int:
    """Many short trainings: what a second stage gains, and what that depends on."""
    from colorlib.data import datasets, mixture
    from colorlib.evaluation import study

    data = mixture.several(args.data) if args.data else datasets.default_source()
    if args.run_folder:
        rows = study.of_run(args.run_folder, data, args.out)
    else:
        rows = study.study(data, args.out, count=args.count, seed=args.seed)
    print(study.format_study(rows))
    print(f"written: {Path(args.out) / 'ledger.csv'}")
    return 0


def colorize(args) -> int:
    """Colour files and folders; see album.py."""
    from colorlib import album

    known = {field.name for field in dataclasses.fields(album.Options)}
    settings = {name: value for name, value in vars(args).items() if name in known}
    whole = "none" in (args.face or [])
    if whole and len(args.face) > 1:
        raise ValueError("--face must be places, or none, got both")
    faces = None if whole else args.face or "find"
    hints = tuple(args.hint or ())
    return album.colorize(args.inputs, args.out, **settings, faces=faces, hints=hints)


def export(args) -> int:
    """Write networks as ONNX; see export.py."""
    from colorlib import export

    told = export.export(args.source, args.out, args.parts, args.int8, args.force)
    for part, network in told["networks"].items():
        print(f"{part}: {network['parameters']:,} numbers, {network['bytes'] / 1e6:.1f} MB")
    print(f"terms: {told['terms']}")
    print(f"written: {Path(args.out) / export.JSON}")
    return 0


def doctor(args) -> int:
    """One line a check; see doctor.checks."""
    from colorlib import doctor

    return doctor.main()


def fetch(args) -> int:
    """Download and verify weights or a data set, or take it from a local file."""
    from colorlib import weights
    from colorlib.data import sources

    known = [*weights.DOWNLOADS, *sources.NAMED[1:]]  # NAMED[0], the portraits, are drawn
    if args.name not in known:
        raise ValueError(f"NAME must be one of {', '.join(known)}, got {args.name!r}")
    get = weights.fetch if args.name in weights.DOWNLOADS else sources.fetch_source
    print(get(args.name, from_file=args.from_file))
    return 0


def grade(args) -> int:
    """Grade a folder of notebooks; see course/grading/. Exit code 1 where some were refused."""
    try:
        from colorlib.course.grading import late, people, results, rounds, session
    except ModuleNotFoundError as error:
        way = 'grading needs more packages, pip install "colorlib[grade]"'
        raise ValueError(f"{error}: {way}") from None
    for option in ("jobs", "timeout", "memory"):
        value = getattr(args, option)
        if value is not None and value <= 0:
            raise ValueError(f"--{option} must be more than 0, got {value:g}")
    limits = session.Limits(args.timeout, 10 * args.timeout, int(args.memory * 2**30))
    due, late_rule = args.due and late.moment(args.due), args.late and late.rule(args.late)
    how = people.How(args.names, args.roster, args.group, due, late_rule, args.column)
    data = rounds.grade(args.submissions, args.assignment, args.source, args.out, args.jobs, limits,
                        how=how, only=args.only)  # fmt: skip
    print(results.words(data))
    print(f"written: {Path(args.out or Path('graded') / args.assignment) / 'summary.html'}")
    return 1 if any(row["status"] == "refused" for row in data["rows"]) else 0


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number, 0 or more, got {text!r}")
    return int(text)


def _number(text: str, fits, wanted: str, kind=float):
    """The number that an option's text means; an error that says what is wanted otherwise."""
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not fits(value):
        raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
    return value


def _strength(text: str) -> float:
    return _number(text, lambda x: 0 <= x <= 1.5, "a number from 0 to 1.5")


def _megapixels(text: str) -> float:
    return _number(text, lambda x: 0 < x < float("inf"), "a number of megapixels, more than 0")


def _up_to_100(text: str) -> int:
    return _number(text, lambda x: 1 <= x <= 100, "a whole number from 1 to 100", int)


def _page(text: str):
    return text if text == "all" else _number(text, lambda x: x >= 1, "1 or more, or all", int)


def _hint(text: str):
    wanted = "X,Y,#RRGGBB, pixels and a colour"
    parts = re.fullmatch(r"(\d+),(\d+),#?([0-9a-fA-F]{6})", text)
    if not parts:
        raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
    return int(parts[1]), int(parts[2]), f"#{parts[3]}"


def _face(text: str):
    if text == "none":
        return text
    wanted = "X,Y,WIDTH,HEIGHT in pixels, or none"
    box = [_number(part, lambda x: x >= 0, wanted, int) for part in text.split(",")]
    if len(box) != 4 or not box[2] * box[3]:
        raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
    return tuple(box)


RIVALS, FEW = methods.rivals(), list(methods.FEW)
STAGES = [row.name for row in methods.METHODS.values() if row.networks and not row.oracle]
DATA = {"nargs": "+", "metavar": "SOURCE", "help": SOURCE}
SEED = {"type": _seed, "default": 0}
COUNT = {"type": int, "help": "at most so many pictures"}
# Each command's function: what it does, and its options as argparse takes them.
COMMANDS = {
    train: ("train base, refiner and their rivals", {
        "--preset": {"choices": PRESETS,
                     "help": "how large and how long (default: COLORLIB_PRESET, else lesson)"},
        "--data": DATA,
        "--split": {"choices": ("train", "all"), "default": "train",
                    "help": "all: learn from every picture and check on the same ones, to see "
                    "whether one or a few can be learnt by heart (default: train)"},
        "--out": {"required": True, "metavar": "RUN",
                  "help": "folder for model.safetensors, history.json, checkpoints"},
        "--resume": {"action": "store_true", "help": "go on with the training in RUN"},
        "--start": {"metavar": "WEIGHTS",
                    "help": "take the networks of these weights (a name, a file or another RUN) "
                    "as they are, and train only those that they lack"},
        "--rivals": {"nargs": "+", "default": FEW, "metavar": "NAME",
                     "choices": [*RIVALS, "all", "none"],
                     "help": f"what to train beside base and refiner: {', '.join(RIVALS)}; all; "
                     f"none (default: {' '.join(FEW)})"},
        "--batch": {"type": int, "help": "pictures in one step (default: the preset's)"},
        "--diversity": {"choices": ("vibrant", "paper"), "default": "vibrant",
                        "help": "sense of the diversity term"},
        "--seed": SEED,
    }),
    evaluate: ("score all methods on the same pictures", {
        "--data": DATA,
        "--suite": {"choices": ("table2", "hints", "samples"),
                    "help": "table2: the paper's Table 2 with all that stands behind it: rivals, "
                    "errors by group, hue and region, what the prior is worth; hints: the error "
                    "against how many colours are placed; samples: many colourings of a picture"},
        "--split": {"choices": ("train", "val", "test", "all"),
                    "help": "all: the folder is one test set (default: test; with --suite, all for "
                    "a folder without train, val and test, unless the weights learnt from it)"},
        "--labels": {"metavar": "FILE",
                     "help": "CSV with a column 'file' and one for each label, such as age, to "
                     "score groups in the suite (default: labels.csv in the data folder; file "
                     "names such as UTKFace's are read too)"},
        "--weights": {"help": f"{WEIGHTS} (default: portraits for the portraits, else faces)"},
        "--methods,--stage": {"nargs": "+", "metavar": "NAME",
                              "help": f"only these rows: {', '.join(methods.METHODS)}"},
        "--count": COUNT,
        "--t": {"type": int, "help": "noise step of the refiner (default: that of the weights)"},
        "--seed": SEED | {"help": "of the noise and of the intervals (default: 0)"},
        "--json": {"metavar": "OUT", "help": "write the table there"},
    }),
    study: ("measure what a second stage gains, by base and ingredient, on validation pictures", {
        "--data": DATA,
        "--out": {"required": True, "metavar": "OUT", "help": "folder for ledger.csv"},
        "--run": {"dest": "run_folder", "metavar": "RUN",
                  "help": "score the networks of this training instead"},
        "--count": COUNT,
        "--seed": SEED,
    }),
    colorize: ("colour photos; nothing that is there is overwritten", {
        "inputs": {"nargs": "+", "metavar": "IN",
                   "help": "a picture, a folder of pictures, or a pattern such as 'old/*.jpg'"},
        "-o,--out": {"required": True, "metavar": "OUT",
                     "help": "a folder, or a file name for one picture"},
        "--weights": {"default": "faces", "help": WEIGHTS},
        "--stage,--methods": {"default": "two-stage", "choices": STAGES, "metavar": "NAME",
                              "help": f"{', '.join(STAGES)} (default: two-stage)"},
        "--t": {"type": int, "help": "noise step, 0 for none (default: that of the weights)"},
        "--vibrant": {"action": "store_true",
                      "help": "as colourful as photos are, at the price of more error"},
        "--strength": {"type": _strength, "default": 1.0, "metavar": "X",
                       "help": "of the colours, from 0 (grey) to 1.5 (default: 1)"},
        "--like": {"metavar": "PHOTO", "help": "take the colours of this one: its four numbers "
                   "become the prior"},
        "--face": {"type": _face, "action": "append", "metavar": "X,Y,W,H",
                   "help": "where a face is, in pixels of the upright photo; again for another; "
                   "none for the picture as a whole (default: faces are looked for)"},
        "--hint": {"type": _hint, "action": "append", "metavar": "X,Y,#RRGGBB",
                   "help": "a colour at a place, in pixels of the upright photo; again for more"},
        "--samples": {"type": _up_to_100, "metavar": "N",
                      "help": "write N plausible colourings, and a sheet of them all"},
        "--by": {"choices": methods.SAMPLED, "default": "tint",
                 "help": "how samples are drawn: four numbers, which the refiner follows, or every "
                 "pixel, walked to from noise (default: tint)"},
        "--steps": {"type": _up_to_100, "metavar": "N",
                    "help": "of the walk from noise to colours, with --by pixels (default: 10)"},
        "--compare": {"action": "store_true", "help": "write before and after side by side"},
        "--page": {"type": _page, "metavar": "N", "help": "which page or frame of a file with "
                   "several, from 1 on, or all (default: 1)"},
        "--no-note": {"dest": "note", "action": "store_false",
                      "help": "do not say in the metadata that the colours were computed"},
        "--max-megapixels": {"type": _megapixels, "metavar": "N",
                             "help": "how large a photo may be (default: 150)"},
        "--force": {"action": "store_true",
                    "help": "replace files that are there, but never an input"},
        "--verbose": {"action": "store_true", "help": "name each file that is otherwise counted"},
        "--seed": SEED | {"help": "of the noise (default: 0)"},
    }),
    export: ("write networks as ONNX files, for what runs without torch", {
        "source": {"metavar": "WEIGHTS", "help": WEIGHTS},
        "-o,--out": {"required": True, "metavar": "FOLDER",
                     "help": "folder for a file each, networks.json and noise.bin"},
        "--parts": {"nargs": "+", "metavar": "NAME",
                    "help": "only these networks, such as base refiner (default: all)"},
        "--int8": {"action": "store_true",
                   "help": "weights of 8 bits, half the size (default: float16)"},
        "--force": {"action": "store_true", "help": "replace an export that is there"},
    }),
    grade: ("grade a folder of students' notebooks", {
        "submissions": {"metavar": "SUBMISSIONS",
                        "help": "a folder, as a learning platform exports it"},
        "--assignment": {"required": True, "metavar": "NAME", "help": "ps1, ps2, ..."},
        "--source": {"metavar": "FILE", "help": "its notebook with solutions and hidden tests "
                     "(default: built from notebooks/assignments/src)"},
        "--out": {"metavar": "OUT", "help": "folder for grades.csv, summary.html, feedback/ and "
                  "nbgrader's course/; what was graded there before is kept "
                  "(default: graded/NAME)"},
        "--names": {"choices": ("plain", "canvas", "moodle"), "default": "plain",
                    "help": "whose file names they are (default: plain, a file a student)"},
        "--roster": {"metavar": "FILE", "help": "who is in the course: Canvas's gradebook export, "
                     "Moodle's grading worksheet, or any CSV with a column 'name'"},
        "--group": {"metavar": "COLUMN", "help": "of the roster: who has handed in together"},
        "--due": {"metavar": "TIME", "help": "the deadline, such as 2026-11-20T23:59"},
        "--late": {"metavar": "RULE", "help": "what lateness costs: percent=10,days=3,grace=30 is "
                   "10 %% of the points a day begun, all of them after 3 days, nothing within 30 "
                   "minutes (default: nothing, it is only told)"},
        "--column": {"metavar": "COLUMN", "help": "of the roster, for the points "
                     "(default: the assignment's name)"},
        "--only": {"metavar": "WHO", "help": "run this student's notebook again, and no other"},
        "-j,--jobs": {"type": int, "metavar": "N",
                      "help": "notebooks at a time (default: one a core)"},
        "--timeout": {"type": float, "default": 60, "metavar": "S",
                      "help": "seconds a cell; a notebook gets ten times"},
        "--memory": {"type": float, "default": 2, "metavar": "GB",
                     "help": "of one notebook, beyond torch itself"},
    }),
    doctor: ("check this machine: one line a check", {}),
    fetch: ("download released weights or a data set, verified", {
        "name": {"metavar": "NAME", "help": "siggraph17, eccv16, vgg16, squeezenet, "
                 "lfw, ffhq or celeba"},
        "--from": {"dest": "from_file", "metavar": "FILE", "help": "a copy that is here already"},
    }),
}  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m colorlib", description="Learning image colourisation."
    )
    top.add_argument("--version", action="version", version=__version__)
    top.add_argument("--traceback", action="store_true", help="show where an error came from")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for function, (text, options) in COMMANDS.items():
        about = text[0].upper() + text[1:] + "."
        sub = commands.add_parser(function.__name__, help=text, description=about)
        sub.set_defaults(run=function)
        for names, settings in options.items():
            sub.add_argument(*names.split(","), **settings)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code. argv: None takes the command line's."""
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
