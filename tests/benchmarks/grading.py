"""How long a course's round of grading takes: generated submissions of one problem set, a third each right, half right
and untouched, every other one as Colab saves it.

    python tests/benchmarks/grading.py                         100 of ps1
    python tests/benchmarks/grading.py --count 6 --assignment ps3
    python tests/benchmarks/grading.py --assignment small      the small set of tests/submissions/make.py

The solution and the hand-out, which the grader runs first, are part of the time.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import tempfile
import time
from pathlib import Path

import nbformat

from colorlib.course.grading import rounds
from colorlib.course.grading.assignment import Assignment, grade_id, is_answer, load

spec = importlib.util.spec_from_file_location("make", Path(__file__).parents[1] / "submissions" / "make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)


def submissions(folder: Path, assignment: Assignment, count: int) -> dict[str, float | None]:
    """Write `count` notebooks; returns file -> points where they are known beforehand."""
    solved = {grade_id(cell): cell.source for cell in assignment.source.cells if is_answer(cell)}
    expected = {}
    for number in range(count):
        kind = ("right", "half", "untouched")[number % 3]
        answers = {"right": solved, "half": dict(list(solved.items())[::2]), "untouched": {}}[kind]
        nb = make.answered(assignment.release, answers)
        nb.cells.append(nbformat.v4.new_code_cell(f"print({number})"))
        file = f"student {number:03d} {kind}.ipynb"
        (folder / file).write_text(make.by_colab(nb) if number % 2 else nbformat.writes(nb), encoding="utf-8")
        expected[file] = {"right": assignment.max_score, "untouched": 0.0}.get(kind)
    return expected


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assignment", default="ps1")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    small = args.assignment == "small"
    assignment = Assignment("tiny", make.source()) if small else load(args.assignment)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "handed-in"
        folder.mkdir()
        expected = submissions(folder, assignment, args.count)
        began = time.perf_counter()
        marks = []

        def say(words):
            marks.append(time.perf_counter() - began)

        data = rounds.grade(folder, assignment, out=Path(place) / "out", jobs=args.jobs, say=say)
        took = time.perf_counter() - began
    wrong = [r["file"] for r in data["rows"] if expected[r["file"]] not in (None, r["score"])]
    each = (marks[-1] - marks[1]) / max(1, len(marks) - 2)
    print(f"{args.assignment}: {args.count} notebooks in {took:.1f} s, {args.jobs} at a time")
    print(f"first after {marks[1]:.1f} s, then one every {each:.2f} s; gradebook and reports {took - marks[-1]:.1f} s")
    print("all scores as planned" if not wrong else f"WRONG scores: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
