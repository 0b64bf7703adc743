"""nbgrader's part: the course folder, the restored tests, the gradebook.

The outputs come from `session`; nbgrader never runs a student's code, and the gradebook is closed
while it runs. Afterwards the folder is an ordinary nbgrader course, in which written answers can be
graded by hand: `cd OUT/course && jupyter lab`, then Formgrader in the menu Nbgrader.

When the assignment has changed, a new course is made and the old one kept beside it.  What people
gave (points, comments) moves to the cells of the same grade_id.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import warnings
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from sqlalchemy import event
from sqlalchemy.engine import Engine
from traitlets import Unicode
from traitlets.config import Config

from colorlib.course.grading.assignment import Assignment, grade_id, is_test
from colorlib.data.files import read_json, whole, write_json

COURSE = "colorlib"


class TakeOutputs(NbGraderPreprocessor):
    """Stands where nbgrader would execute the notebook: takes the outputs of the student's run.

    Tests come with their hidden parts, for teachers to see.
    """

    folder = Unicode(help="where the runs lie, one JSON file a student").tag(config=True)
    source = Unicode(help="the notebook with hidden tests").tag(config=True)

    @cached_property
    def tests(self) -> dict[str, str]:
        """grade_id -> source, of the tests."""
        cells = nbformat.read(self.source, as_version=4).cells
        return {grade_id(cell): cell.source for cell in cells if is_test(cell)}

    def preprocess(self, nb, resources):
        """The notebook with the outputs of the student's run; nbgrader calls this."""
        student = resources["nbgrader"]["student"]
        run = read_json(Path(self.folder) / f"{student}.json")["cells"]
        if len(run) != len(nb.cells):
            raise NbGraderException("the run has another number of cells than the notebook")
        for cell, report in zip(nb.cells, run, strict=True):
            cell.source = self.tests.get(grade_id(cell), cell.source)
            if cell.cell_type == "code":
                # nbgrader would count a warning on stderr as a failure, of a test that passed, too
                cell.outputs = [
                    nbformat.from_dict(output)
                    for output in report["outputs"]
                    if not (report.get("passed") and output.get("name") == "stderr")
                ]
        return nb, resources


class SaveTogether(SaveAutoGrades):
    """nbgrader's own, with one look-up and one commit for a notebook, not for a cell."""

    def preprocess(self, nb, resources):
        """The notebook, as it was, when its grades are in the gradebook; nbgrader calls this."""
        about = resources["nbgrader"]
        place = about["notebook"], about["assignment"], about["student"]
        self.notebook_id, self.assignment_id, self.student_id = place
        with Gradebook(about["db_url"]) as book:
            notebook = book.find_submission_notebook(*place)
            grades = {grade.name: grade for grade in notebook.grades}
            comments = {comment.name: comment for comment in notebook.comments}
            self.gradebook = SimpleNamespace(
                find_grade=lambda cell, *_: grades[cell],
                find_comment=lambda cell, *_: comments[cell],
                db=SimpleNamespace(commit=lambda: None),
            )
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            book.db.commit()
        return nb, resources


class Once(Autograde):
    """nbgrader's step without its first half, which puts back what intake has put back already."""

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Grade one notebook; nbgrader calls this."""
        self._sanitizing = False
        self._init_preprocessors()
        self._sanitizing = True  # so that it reads what was handed in
        BaseConverter.convert_single_notebook(self, notebook_filename)


class Course:
    """nbgrader's folder for one assignment.  root: made where missing.  runs: for TakeOutputs."""

    def __init__(self, root: Path, runs: Path, assignment: Assignment):
        self.root, self.assignment, self.name = root.resolve(), assignment, assignment.name
        self.waiting = self.root.with_name("carried-over.json")  # marks, until they are given again
        self.source = self.root / "source" / self.name / f"{self.name}.ipynb"
        steps = [TakeOutputs, SaveTogether]
        self.config = Config(
            Once={"autograde_preprocessors": steps},
            TakeOutputs={"folder": str(runs.resolve()), "source": str(self.source)},
            CourseDirectory={
                "root": str(self.root),
                "course_id": COURSE,
                "assignment_id": self.name,
            },
        )
        self.config.merge(assignment.config)
        self.url = f"sqlite:///{self.root / 'gradebook.db'}"

    @property
    def changed(self) -> bool:
        """Whether the folder was made for another version of the assignment."""
        stamp = self.root / "assignment.sha256"
        return stamp.is_file() and stamp.read_text() != self.assignment.digest

    def prepare(self) -> None:
        """Source, release and gradebook; those of another version are put aside first."""
        stamp = self.root / "assignment.sha256"
        if self.changed:
            self._put_aside()
        if stamp.is_file():
            return
        self.source.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(self.assignment.source, self.source)
        (self.root / "nbgrader_config.py").write_text(
            f'c = get_config()\nc.CourseDirectory.course_id = "{COURSE}"\n'
        )
        # nbgrader calls `alembic`, which without an activated environment is not on the path
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        with mock.patch.dict(os.environ, PATH=path):
            if words := self._convert(GenerateAssignment, force=True):
                raise ValueError(f"nbgrader cannot make the assignment: {words[-1500:]}")
        stamp.write_text(self.assignment.digest)

    def _put_aside(self):
        """Keep what people gave; then rename the folder."""
        self.keep()
        numbers = (n for n in range(1, 1000) if not self._before(n).exists())
        self.root.rename(self._before(next(numbers)))

    def _before(self, number):
        return self.root.with_name(f"{self.root.name}-before-{number}")

    def hand_in(self, student: str, nb) -> None:
        """Lay out a submission, and forget what an earlier round made of it."""
        shutil.rmtree(self.root / "autograded" / student, ignore_errors=True)
        target = self.root / "submitted" / student / self.name / f"{self.name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, target)

    def graded(self, student: str) -> bool:
        """Whether nbgrader has graded this student's notebook."""
        return (self.root / "autograded" / student / self.name / f"{self.name}.ipynb").is_file()

    def take_back(self, student: str) -> None:
        """Remove a submission and its grades; what people gave waits for another one."""
        if student not in self.students():
            return
        self.keep([student])
        for step in ("submitted", "autograded"):
            shutil.rmtree(self.root / step / student, ignore_errors=True)
        with Gradebook(self.url, COURSE) as book:
            book.remove_student(student)

    def call(self, names: dict[str, str]) -> None:
        """What the formgrader calls these students; the names by student."""
        with Gradebook(self.url, COURSE) as book:
            for student in (s for s in book.students if s.id in names):
                student.last_name = names[student.id][:128]
            book.db.commit()

    def students(self) -> set[str]:
        """Who is in the gradebook with this assignment."""
        with Gradebook(self.url, COURSE) as book:
            return {s.student.id for s in book.assignment_submissions(self.name)}

    def autograde(self) -> str:
        """Grade all that is not graded yet, from its run; nbgrader's words where it could not."""
        return self._convert(Once)

    def scores(self) -> dict[str, dict[str, dict]]:
        """student -> grade_id -> {"points", "waits", "by_hand", "comment"}.

        Points, None where there are none yet; whether a person has to look at the answer, or has
        given the points; what people wrote to it, None where nothing.
        """
        found = {}
        with Gradebook(self.url, COURSE) as book:
            for submission in book.assignment_submissions(self.name):
                cells = found.setdefault(submission.student.id, {})
                for notebook in submission.notebooks:
                    for grade in notebook.grades:
                        by_hand = grade.manual_score is not None
                        score = grade.manual_score if by_hand else grade.auto_score
                        score = None if score is None else score + (grade.extra_credit or 0)
                        told = {"points": score, "waits": bool(grade.needs_manual_grade)}
                        cells.setdefault(grade.name, {}).update(told, by_hand=by_hand)
                    for comment in notebook.comments:
                        cells.setdefault(comment.name, {})["comment"] = comment.manual_comment
        return found

    # ---- what people gave

    def give(self, given: dict[tuple[str, str], dict]) -> list[tuple[str, str]]:
        """Take what people give: (student, grade_id) -> {"points", "comment", "waits"}.

        None changes nothing; waits: somebody has to look at it again.  Returns the places that are
        no more.
        """
        lost = []
        with Gradebook(self.url, COURSE) as book:
            for (student, cell), mark in given.items():
                place, known = (cell, self.name, self.name, student), False
                if (points := mark.get("points")) is not None:
                    with contextlib.suppress(MissingEntry):
                        grade, known = book.find_grade(*place), True
                        grade.manual_score, grade.extra_credit = points, None
                        grade.needs_manual_grade = mark.get("waits", False)
                if mark.get("comment") is not None:
                    with contextlib.suppress(MissingEntry):
                        book.find_comment(*place).manual_comment, known = mark["comment"], True
                lost += [] if known else [(student, cell)]
            book.db.commit()
        return lost

    def marks(self) -> dict[str, dict[str, dict]]:
        """student -> grade_id -> what people gave there, with the answers that they gave it to."""
        found = {}
        for student, cells in self.scores().items():
            given = {c: m for c, m in cells.items() if m.get("by_hand") or m.get("comment")}
            if given:
                found[student] = {"cells": given, "answers": self._answers(student)}
        return found

    def _answers(self, student):
        """grade_id -> source, of what the student handed in."""
        file = self.root / "submitted" / student / self.name / f"{self.name}.ipynb"
        cells = nbformat.read(file, as_version=4).cells if file.is_file() else []
        return {grade_id(c): c.source for c in cells if utils.is_solution(c) or utils.is_task(c)}

    def keep(self, students=None) -> None:
        """Keep what people gave to these (None: to all) in a file, until `carry_over` gives it."""
        known = {} if students == [] else self.marks()
        mine = {s: m for s, m in known.items() if students is None or s in students}
        if mine:
            write_json(self.waiting, read_json(self.waiting) | mine, indent=1)

    def carry_over(self) -> list[tuple[str, str, float | None]]:
        """Give again what was kept, to who is graded by now.

        Where the answer has changed as well, a person has to look again.  Returns what could not
        be given because its cell is gone: (student, grade_id, points).
        """
        waiting, given = read_json(self.waiting), {}
        for student in [s for s in waiting if self.graded(s)]:
            kept, now = waiting.pop(student), self._answers(student)
            for cell, mark in kept["cells"].items():
                answers = [cell] if cell in kept["answers"] else list(kept["answers"])
                same = all(now.get(c) == kept["answers"][c] for c in answers)
                points = mark.get("points") if mark.get("by_hand") else None
                waits = bool(mark.get("waits")) or not same
                mark = {"points": points, "comment": mark.get("comment"), "waits": waits}
                given[student, cell] = mark
        lost = [(*place, given[place]["points"]) for place in self.give(given)]
        if waiting:
            write_json(self.waiting, waiting, indent=1)
        else:
            self.waiting.unlink(missing_ok=True)
        return lost

    def _convert(self, converter, **traits) -> str:
        """Run one of nbgrader's steps; its errors in words, empty where there were none."""
        log = logging.getLogger("colorlib.course.grading.nbgrader")
        # it reports every restored cell; intake has told that already
        log.setLevel(logging.CRITICAL)
        folder = CourseDirectory(config=self.config)
        job = converter(coursedir=folder, config=self.config, log=log, **traits)
        errors = []
        log.error = lambda words, *values: errors.append(
            str(words) % values if values else str(words)
        )
        try:
            with warnings.catch_warnings(), _quick(self.root / "gradebook.db"):
                warnings.simplefilter("ignore")  # SQLAlchemy's about nbgrader's own queries
                job.start()
        except NbGraderException as error:
            return " ".join(errors) or str(error)
        return ""


@contextlib.contextmanager
def _quick(book: Path):
    """SQLite does not wait for the disk after each of nbgrader's many commits.

    In case the power fails meanwhile, a copy lies beside it: gradebook-before.db.
    """
    copy = book.with_name("gradebook-before.db")
    if book.is_file():
        with whole(copy) as part:
            shutil.copyfile(book, part)
    event.listen(Engine, "connect", _no_waiting)
    try:
        yield
    finally:
        event.remove(Engine, "connect", _no_waiting)
        if book.is_file():
            with book.open("rb+") as file:
                os.fsync(file.fileno())
        copy.unlink(missing_ok=True)


def _no_waiting(connection, _):
    connection.execute("PRAGMA synchronous=OFF")
