"""Problem sets: from the source with solutions to what students, graders and teachers get.

    python notebooks/assignments/build.py build [NAMES] [--no-execute] [--variant SEED]
    python notebooks/assignments/build.py check [NAMES]     is every notebook in colab/ what its source says?

A set is src/NAME.py in jupytext's percent format, with nbgrader's metadata in the head of a cell (what is false there
may be left out). `build` writes

    build/assignments/source/NAME/NAME.ipynb      solutions and hidden tests: what the grader needs
    build/assignments/release/NAME/NAME.ipynb     what students get
    build/assignments/solution/NAME/NAME.ipynb    executed, without hidden tests: for after the deadline
    notebooks/assignments/colab/NAME.ipynb        the release for Colab, stored in the repository for the badge to open

The release is made by nbgrader's own preprocessors, in the order that nbgrader_config.py gives.

`--variant SEED` asks the tasks in another way than the seed before it (variants.py lists the ways): other solutions and
tests, so that last year's answers fail. All copies of such a year go to build/assignments/, those for Colab, too.
"""

from __future__ import annotations

import argparse
import copy
import importlib.util
import logging
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbgrader import preprocessors
from traitlets.config import Config, PyFileConfigLoader

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / "build" / "assignments"
DEFAULTS = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")


def _module(name: str, path: Path):
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lessons = _module("lessons_build", HERE.parent / "build.py")
years = _module("assignments_years", HERE / "years.py")


def config() -> Config:
    """The settings of nbgrader_config.py."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(HERE)).load_config()


def from_source(source: Path, variants: dict | None = None):
    """The notebook that a source stands for, with whole nbgrader metadata and ids that no rebuild changes.

    variants: of years.chosen; the tasks as they stand where there are none.
    """
    nb = lessons.with_ids(lessons.source_cells(source), source.stem)
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader = DEFAULTS | cell.metadata.nbgrader
            cell.id = cell.metadata.nbgrader["grade_id"]
    return preprocessors.CheckCellMetadata()(years.applied(nb, variants or {}), {})[0]


def released(nb, hidden: bool = False):
    """A copy without solutions, and without hidden tests unless `hidden`, as nbgrader makes it."""
    settings = config()
    left_out = {preprocessors.SaveCells}  # needs a database; changes nothing in the notebook
    left_out |= {preprocessors.ClearHiddenTests} if hidden else set()
    nb = copy.deepcopy(nb)
    for preprocessor in settings.GenerateAssignment.preprocessors:
        if preprocessor not in left_out:
            nb, _ = preprocessor(config=settings, log=logging.getLogger(__name__))(nb, {})
    return nb


def for_colab(release, name: str, address: str):
    """The release with the lessons' badge and set-up cell in front."""
    nb = copy.deepcopy(release)
    badge, setup = lessons.front(address, f"assignments/colab/{name}.ipynb")
    badge.id, setup.id = f"{name}-colab-badge", f"{name}-colab-setup"
    nb.cells = [badge, setup, *nb.cells]
    return nb


def solved(nb, name: str):
    """A copy of the source, executed, without hidden tests and without the marks around solutions."""
    nb = copy.deepcopy(nb)
    with tempfile.TemporaryDirectory() as folder:  # where the checks' record lands, too
        lessons.execute(nb, name, Path(folder), lessons.environment("lesson", "portraits"))
    lessons.tidy(nb)
    nb, _ = preprocessors.ClearHiddenTests()(nb, {})
    for cell in nb.cells:
        cell.source = "\n".join(line for line in cell.source.split("\n") if line.strip() not in MARKS)
    return nb


def build(folder: Path, out: Path, names: list[str], run: bool = True, seed: int = 0) -> int:
    """Write all copies of each set; a line each.  seed: the year, 0 for the sets as they stand."""
    address, failed = lessons.repository(), 0
    variants = years.chosen(years.table(folder), seed)
    for source in lessons.sources(folder, names):
        name, began = source.stem, time.perf_counter()
        nb = from_source(source, variants)
        release = released(nb)
        copies = {"source": nb, "release": release}
        words = "not executed"
        if run:
            try:
                copies["solution"] = solved(nb, name)
                words = f"solution executed in {time.perf_counter() - began:.0f} s"
            except lessons.LessonError as error:
                failed += 1
                words = f"FAILED: {error}"
        for kind, notebook in copies.items():
            lessons.write(notebook, out / kind / name / f"{name}.ipynb")
        place = (out if seed else folder) / "colab" / f"{name}.ipynb"  # what is stored is no year's
        lessons.write(for_colab(release, name, address), place)
        print(f"{name:<8} {points(nb):g} points, {words}", flush=True)
        for answer, variant in variants.items():
            if answer.split("-")[0] == name:
                print(f"         {answer}: {variant.words}", flush=True)
    return 1 if failed else 0


def points(nb) -> float:
    """The points of all graded cells together."""
    return sum(cell.metadata.nbgrader["points"] for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade"))


def check(folder: Path, names: list[str]) -> int:
    """Say for each notebook in colab/ that it equals a fresh build, or what to do."""
    address, wrong = lessons.repository(), 0
    for source in lessons.sources(folder, names):
        stored = folder / "colab" / f"{source.stem}.ipynb"
        fresh = for_colab(released(from_source(source)), source.stem, address)
        same = stored.is_file() and stored.read_text("utf-8") == _text(fresh)
        wrong += not same
        print(f"{source.stem:<8} {'ok' if same else 'WRONG: differs from its source, or is missing'}")
    if wrong:
        print("\nEdit notebooks/assignments/src/, then: make assignments")
    return 1 if wrong else 0


def _text(nb) -> str:
    return nbformat.writes(nb) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("build", "check"):
        command = commands.add_parser(name)
        command.add_argument("names", nargs="*", help="sets; all by default")
        command.add_argument("--folder", type=Path, default=HERE, help=argparse.SUPPRESS)
    commands.choices["build"].add_argument("--no-execute", action="store_true", help="write no solution copies")
    words = "the year: another number asks the tasks in another way (default 0: as they stand in src/)"
    commands.choices["build"].add_argument("--variant", type=int, default=0, metavar="SEED", help=words)
    commands.choices["build"].add_argument("--out", type=Path, default=OUT, help="default: build/assignments")
    args = parser.parse_args(argv)
    if args.command == "build":
        return build(args.folder, args.out, args.names, not args.no_execute, args.variant)
    return check(args.folder, args.names)


if __name__ == "__main__":
    sys.exit(main())
