"""A round of grading, from a folder of files to grades, feedback and a summary."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from colorlib.course.grading import intake, marks, people, platforms, results, sandbox
from colorlib.course.grading.assignment import Assignment, load
from colorlib.course.grading.gradebook import Course
from colorlib.course.grading.nursery import Nursery, NurseryEnded
from colorlib.course.grading.outputs import error_in
from colorlib.course.grading.session import Limits, Session
from colorlib.data.files import read_json, whole

VERSION = 3  # of how notebooks are run: another one runs all of them again
TOGETHER = 8  # notebooks that nbgrader gets at a time
SOLUTION, RELEASE = "_solution", "_release"  # stand where a student's name does


def grade(
    submissions,
    assignment,
    source=None,
    out=None,
    jobs=None,
    limits=None,
    say=print,
    how=None,
    only=None,
) -> dict:
    """Grade every notebook below the folder `submissions`; returns what `results.write` wrote.

    assignment: its name, such as "ps3", or an Assignment.  source: the notebook with solutions
    (default: built from notebooks/assignments/src).  out: folder for grades.csv, summary.html,
    feedback/ and nbgrader's course/ (default: graded/NAME).  jobs: notebooks at a time (default:
    one a core).  how: whose work a file is (see people.How).  only: a student, whose notebook is
    run again, while nobody else's is.

    What was graded before, and is unchanged, is kept; where the assignment has changed, all are run
    again, and keep what people gave them.  Raises ValueError where the assignment's own solution
    does not get every point, and sandbox.NoSandbox where this machine cannot lock code in.
    """
    assignment = assignment if isinstance(assignment, Assignment) else load(assignment, source)
    if assignment.tests and (why := sandbox.missing()):
        raise sandbox.NoSandbox(
            f"students' code cannot be locked in here: {why}.  Nothing is graded without; "
            "notebooks/assignments/README.md says where it runs"
        )
    submissions, out = Path(submissions), Path(out or Path("graded") / assignment.name)
    how = how or people.How()
    _apart(out, submissions, source)
    runs = Runs(out / "runs", assignment, limits or Limits())
    rows, stray = people.assign(*intake.collect(submissions, assignment), how)
    works = list(results.works_of(rows).values())
    course = Course(out / "course", runs.folder, assignment)
    before = read_json(out / "summary.json")
    given = marks.typed(out, assignment, before)
    _leave_out(works, only, course, runs)
    for line in stray:
        say(f"nobody's work: {line}")
    _run_new(works, course, runs, jobs or os.cpu_count() or 1, say)
    _autograde(course, works)
    course.call({work.student: work.name for work in works if not work.refused})
    lost = course.carry_over()
    course.give(given)
    about = {
        "before": before,
        "stray": stray,
        "lost": lost,
        "free": _free(assignment, runs),
        "gone": sorted(course.students() - {work.student for work in works}),
    }
    data = results.write(out, assignment, rows, course.scores(), runs.cells, about)
    for line in platforms.write(out, assignment, data["rows"], rows, how):
        say(line)
    return data


def _leave_out(works, only, course, runs):
    """Where `only` is given: run that one again, and no other that was not run yet."""
    if only is None:
        return
    mine = [w for w in works if only in (w.student, w.name, w.file)]
    if len(mine) != 1:
        raise ValueError(f"--only must be one student, name or file of this round, got {only!r}")
    if course.changed:
        raise ValueError("--only must go with the assignment as it was, got a changed one")
    for work in works:
        if work is mine[0]:
            runs.forget(work.student)
        elif not (work.refused or runs.holds(work)):
            work.refused = results.NOT_YET


def _run_new(works, course, runs, jobs, say):
    """Run what was not run yet, the hand-out among it."""
    assignment = course.assignment
    graded = [work for work in works if not work.refused]
    new = [work for work in graded if not runs.holds(work)]
    say(
        f"{len(works)} notebooks: {len(works) - len(graded)} refused, "
        f"{len(graded) - len(new)} graded before, {len(new)} to grade"
    )
    if not assignment.tests:  # all of it is read by a person: nothing has to run
        course.prepare()
        course.keep([work.student for work in new])
        for work in new:
            cells = [{"outputs": c.get("outputs", []), "seconds": 0.0} for c in work.notebook.cells]
            course.hand_in(work.student, work.notebook)
            runs.store(work.student, work.digest, cells)
        return
    hand_out = intake.Submission("the hand-out as it is", RELEASE, notebook=assignment.release)
    todo = new if runs.holds(hand_out) else [hand_out, *new]
    with Nursery() if todo else contextlib.nullcontext() as nursery:
        if not course.changed:  # while the nursery loads
            course.prepare()
        if todo:
            _solve(nursery, assignment, runs)
        course.prepare()
        course.keep([work.student for work in todo])
        _run(nursery, todo, course, runs, jobs, say)


def _free(assignment, runs):
    """The tests that the hand-out passes as it is."""
    if not assignment.tests:
        return []
    passed = _verdicts(assignment, runs.cells(RELEASE))
    return [name for name, well in passed.items() if well]


@dataclasses.dataclass
class Runs:
    """The stored runs of a course's notebooks: one JSON file each."""

    folder: Path
    assignment: Assignment
    limits: Limits

    def holds(self, submission) -> bool:
        """Whether this very submission was run, under the same conditions."""
        stored = read_json(self.folder / f"{submission.student}.json")
        return stored.get("key") == self._key(submission.digest)

    def cells(self, student: str) -> list[dict]:
        """The reports of a run, one a cell (see Session.run)."""
        return read_json(self.folder / f"{student}.json")["cells"]

    def store(self, student: str, digest: str, cells: list[dict]) -> None:
        """Keep the reports of a run, whole or not at all."""
        text = json.dumps({"key": self._key(digest), "cells": cells}, ensure_ascii=False)
        with whole(self.folder / f"{student}.json") as part:
            # half of a surrogate pair would stop nbgrader's writer
            part.write_bytes(text.encode("utf-8", "replace"))

    def forget(self, student: str) -> None:
        """Drop a run, so that the notebook is run again."""
        (self.folder / f"{student}.json").unlink(missing_ok=True)

    def _key(self, digest) -> str:
        # 3 seconds and 3.0 are the same
        numbers = [float(value) for value in dataclasses.astuple(self.limits)]
        key = repr((VERSION, digest, self.assignment.digest, numbers))
        return hashlib.sha256(key.encode()).hexdigest()


def _solve(nursery, assignment, runs):
    """Run the solution, before anything that is there is touched."""
    session = Session(nursery, assignment, runs.limits)
    solved = session.run(assignment.source.cells, keep_cache=True)
    runs.store(SOLUTION, "", solved)
    _check(assignment, solved)


def _run(nursery, todo, course, runs, jobs, say):
    """Run the submissions; nbgrader gets those that could be run."""
    reports = _reports(nursery, course.assignment, runs.limits, jobs, todo)
    for done, (submission, cells, error) in enumerate(reports, start=1):
        if error:
            words = f"{type(error).__name__}: {str(error)[:300]}"
            submission.refused = f"the grader could not run it: {words}"
        else:
            if submission.student != RELEASE:
                course.hand_in(submission.student, submission.notebook)
            runs.store(submission.student, submission.digest, cells)
        say(f"{done} of {len(todo)}  {submission.file}")
        if done % TOGETHER == 0:
            course.autograde()  # meanwhile the others run; what fails here is told in the end


def _reports(nursery, assignment, limits, jobs, submissions):
    """(submission, reports of its cells, the error that kept them from being made), as they come.

    Raises the errors that are not one student's: then nobody can be graded.
    """
    pool = ThreadPoolExecutor(max_workers=jobs)
    try:
        started = {
            pool.submit(
                Session(nursery, assignment, limits).run, submission.notebook.cells
            ): submission
            for submission in submissions
        }
        for future in as_completed(started):
            submission, error = started[future], future.exception()
            if error and (submission.student == RELEASE or isinstance(error, NurseryEnded)):
                raise error
            yield submission, None if error else future.result(), error
    except BaseException:
        nursery.process.kill()  # and with it, by the kernel, all that was forked
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _autograde(course, submissions):
    """Let nbgrader grade what it has not graded yet; what was refused is taken back."""
    for submission in submissions:
        if submission.notebook is None:
            course.take_back(submission.student)
        elif submission.refused == results.NOT_YET:
            continue
        elif not (submission.refused or course.graded(submission.student)):
            # what a person gave before is kept
            course.hand_in(submission.student, submission.notebook)
    trouble = course.autograde()
    for submission in submissions:
        if not (submission.refused or course.graded(submission.student)):
            submission.refused = f"nbgrader could not grade it: {trouble[-300:]}"


def _verdicts(assignment: Assignment, cells) -> dict[str, bool]:
    """grade_id of each test -> passed, for a run of the source or of the release."""
    passed = (cell["passed"] for cell in cells if "passed" in cell)
    return dict(zip(assignment.tests, passed, strict=True))


def _check(assignment: Assignment, cells) -> None:
    """The assignment's own solution must pass its tests before anybody is graded by them.

    Under the same limits.
    """
    failed = [name for name, passed in _verdicts(assignment, cells).items() if not passed]
    if not failed:
        return
    first = next(cell for cell in cells if cell.get("passed") is False)
    error = error_in(first["outputs"]) or {}
    raise ValueError(
        f"{assignment.name}: the solution in the source fails {', '.join(failed)}; the first says "
        f"{error.get('ename')}: {error.get('evalue')}.  Nobody was graded."
    )


def _apart(out: Path, submissions: Path, source) -> None:
    """What students' code can read must hold neither tests nor other people's work.

    Nor may OUT be handed in.
    """
    for place in (p.resolve() for p in (out, submissions, Path(source or out))):
        if inside := [p for p in sandbox.readable() if p == place or p in place.parents]:
            raise ValueError(
                f"{str(place)!r} lies in {str(inside[0])!r}, which students' code can read: move it"
            )
    if submissions.resolve() in (out.resolve(), *out.resolve().parents):
        raise ValueError(f"OUT must lie outside SUBMISSIONS, got {str(out)!r}")
