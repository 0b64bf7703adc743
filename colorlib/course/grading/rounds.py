"""A round of grading, from a folder of files to grades, feedback and a summary."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from colorlib.course.grading import intake, results, sandbox
from colorlib.course.grading.assignment import Assignment, load
from colorlib.course.grading.gradebook import Course
from colorlib.course.grading.nursery import Nursery, NurseryEnded
from colorlib.course.grading.session import Limits, Session

VERSION = 2  # of how notebooks are run: another one runs all of them again
SOLUTION, RELEASE = "_solution", "_release"


def grade(
    submissions, assignment, source=None, out=None, jobs=None, limits=None, say=print
) -> dict:
    """Grade every notebook below the folder `submissions`; returns what `results.write` wrote, as
    data.

    assignment: its name, such as "ps3", or an Assignment.  source: the notebook with solutions
    (default: built from notebooks/assignments/src).  out: folder for grades.csv, summary.html,
    feedback/ and nbgrader's course/ (default: graded/NAME).  jobs: notebooks at a time (default:
    one a core).  What was graded before, and is unchanged, is kept.  Raises ValueError where the
    assignment's own solution does not get every point, and sandbox.NoSandbox where this machine
    cannot lock students' code in.
    """
    if why := sandbox.missing():
        raise sandbox.NoSandbox(
            f"students' code cannot be locked in here: {why}.  Grade on another machine."
        )
    assignment = assignment if isinstance(assignment, Assignment) else load(assignment, source)
    limits, jobs = limits or Limits(), jobs or os.cpu_count() or 1
    out = Path(out or Path("graded") / assignment.name)
    _apart(out, Path(submissions), source)
    runs = out / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    found = intake.collect(Path(submissions), assignment)
    course = Course(out / "course", runs, assignment)
    course.prepare()

    tasks = {RELEASE: assignment.release} | {s.student: s.notebook for s in found if not s.refused}
    keys = {s.student: _key(s.digest, assignment, limits) for s in found}
    keys |= dict.fromkeys((SOLUTION, RELEASE), _key("", assignment, limits))
    by_name = {s.student: s for s in found}
    todo = {name: nb for name, nb in tasks.items() if _stored(runs, name).get("key") != keys[name]}
    new = len(todo.keys() - {RELEASE})
    say(f"{len(found)} files: {sum(bool(s.refused) for s in found)} refused, {len(tasks) - 1 - new} graded before, "
        f"{new} to grade")  # fmt: skip

    if todo:
        with Nursery() as nursery:
            solved = Session(nursery, assignment, limits).run(
                assignment.source.cells, keep_cache=True
            )
            _store(runs, SOLUTION, keys[SOLUTION], solved)
            _check(assignment, _stored(runs, SOLUTION))
            for done, (name, cells, error) in enumerate(
                _run(nursery, assignment, limits, jobs, todo), start=1
            ):
                if error:
                    by_name[
                        name
                    ].refused = (
                        f"the grader could not run it: {type(error).__name__}: {str(error)[:300]}"
                    )
                else:
                    if name != RELEASE:
                        course.hand_in(name, tasks[name])
                    _store(runs, name, keys[name], cells)
                say(
                    f"{done} of {len(todo)}  {by_name[name].file if name in by_name else 'the hand-out as it is'}"
                )
    for submission in found:
        if submission.notebook is None:
            course.take_back(submission.student)
        elif not (submission.refused or course.graded(submission.student)):
            # what a person gave before is kept
            course.hand_in(submission.student, submission.notebook)
    if any(not s.refused for s in found):
        trouble = course.autograde()
        for submission in found:
            if not submission.refused and not course.graded(submission.student):
                submission.refused = f"nbgrader could not grade it: {trouble[-300:]}"
    free = [
        name for name, passed in _verdicts(assignment, _stored(runs, RELEASE)).items() if passed
    ]
    return results.write(
        out, assignment, found, course.scores(), lambda name: _stored(runs, name), free
    )


def _run(nursery, assignment, limits, jobs, notebooks):
    """(name, reports of its cells, the error that kept them from being made) of each notebook, as
    they are done.

    Raises the errors that are not one student's: then nobody can be graded.
    """
    pool = ThreadPoolExecutor(max_workers=jobs)
    try:
        started = {
            pool.submit(Session(nursery, assignment, limits).run, nb.cells): name
            for name, nb in notebooks.items()
        }
        for future in as_completed(started):
            name, error = started[future], future.exception()
            if error and (name == RELEASE or isinstance(error, NurseryEnded)):
                raise error
            yield name, None if error else future.result(), error
    except BaseException:
        nursery.process.kill()  # and with it, by the kernel, all that was forked
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _key(digest, assignment, limits) -> str:
    # 3 seconds and 3.0 are the same
    numbers = [float(value) for value in dataclasses.astuple(limits)]
    return hashlib.sha256(repr((VERSION, digest, assignment.digest, numbers)).encode()).hexdigest()


def _stored(runs: Path, name: str) -> dict:
    try:
        return json.loads((runs / f"{name}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _store(runs: Path, name: str, key: str, cells: list[dict]) -> None:
    part = runs / f"{name}.part"
    text = json.dumps({"key": key, "cells": cells}, ensure_ascii=False)
    # half of a surrogate pair would stop nbgrader's writer
    part.write_bytes(text.encode("utf-8", "replace"))
    os.replace(part, runs / f"{name}.json")


def _verdicts(assignment: Assignment, run: dict) -> dict[str, bool]:
    """grade_id of each test -> passed, for a run of the source or of the release."""
    tests = [cell for cell in run["cells"] if "passed" in cell]
    return dict(zip(assignment.tests, (cell["passed"] for cell in tests), strict=True))


def _check(assignment: Assignment, run: dict) -> None:
    """The assignment's own solution must pass its tests, under the same limits, before anybody is
    graded by them.
    """
    failed = [name for name, passed in _verdicts(assignment, run).items() if not passed]
    if not failed:
        return
    tests = [cell for cell in run["cells"] if "passed" in cell]
    cell = tests[list(assignment.tests).index(failed[0])]
    error = next((o for o in reversed(cell["outputs"]) if o["output_type"] == "error"), {})
    raise ValueError(
        f"{assignment.name}: the solution in the source fails {', '.join(failed)}; the first says "
        f"{error.get('ename')}: {error.get('evalue')}.  Nobody was graded."
    )


def _apart(out: Path, submissions: Path, source) -> None:
    """What students' code can read must hold neither tests nor other people's work; nor may OUT be
    handed in.
    """
    for place in (p.resolve() for p in (out, submissions, Path(source or out))):
        if inside := [p for p in sandbox.readable() if p == place or p in place.parents]:
            raise ValueError(
                f"{str(place)!r} lies in {str(inside[0])!r}, which students' code can read: move it"
            )
    if submissions.resolve() == out.resolve() or submissions.resolve() in out.resolve().parents:
        raise ValueError(f"OUT must lie outside SUBMISSIONS, got {str(out)!r}")
