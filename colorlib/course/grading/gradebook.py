"""nbgrader's part: the course folder, the restored tests, the gradebook.

The outputs come from `session`; nbgrader never runs a student's code, and the gradebook is closed
while it runs. Afterwards the folder is an ordinary nbgrader course, in which written answers can be
graded by hand: `cd OUT/course && nbgrader formgrader`.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import warnings
from pathlib import Path
from unittest import mock

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from traitlets import Unicode
from traitlets.config import Config

from colorlib.course.grading.assignment import Assignment
from colorlib.data.files import read_json

COURSE = "colorlib"


class TakeOutputs(NbGraderPreprocessor):
    """Stands where nbgrader would execute the notebook: takes the outputs of the student's run."""

    folder = Unicode(help="where the runs lie, one JSON file a student").tag(config=True)

    def preprocess(self, nb, resources):
        """The notebook with the outputs of the student's run; nbgrader calls this."""
        student = resources["nbgrader"]["student"]
        run = read_json(Path(self.folder) / f"{student}.json")["cells"]
        if len(run) != len(nb.cells):
            raise NbGraderException("the run has another number of cells than the notebook")
        for cell, report in zip(nb.cells, run, strict=True):
            if cell.cell_type == "code":
                # nbgrader would count a warning on stderr as a failure, of a test that passed, too
                cell.outputs = [
                    nbformat.from_dict(output)
                    for output in report["outputs"]
                    if not (report.get("passed") and output.get("name") == "stderr")
                ]
        return nb, resources


class Course:
    """nbgrader's folder for one assignment.  root: made where missing.  runs: for TakeOutputs."""

    def __init__(self, root: Path, runs: Path, assignment: Assignment):
        self.root, self.assignment, self.name = root.resolve(), assignment, assignment.name
        steps = [TakeOutputs, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]
        self.config = Config(
            Autograde={"autograde_preprocessors": steps},
            TakeOutputs={"folder": str(runs.resolve())},
            CourseDirectory={
                "root": str(self.root),
                "course_id": COURSE,
                "assignment_id": self.name,
            },
        )
        self.config.merge(assignment.config)
        self.url = f"sqlite:///{self.root / 'gradebook.db'}"

    def prepare(self) -> None:
        """Source, release and gradebook.

        Raises ValueError where the folder holds another version of the assignment.
        """
        source = self.root / "source" / self.name / f"{self.name}.ipynb"
        stamp = self.root / "assignment.sha256"
        if stamp.is_file() and stamp.read_text() == self.assignment.digest:
            return
        if stamp.is_file():
            raise ValueError(
                f"--out must be new, as the assignment has changed, got {str(self.root.parent)!r}: "
                "choose another, or delete that folder (grades given by hand are in it)"
            )
        source.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(self.assignment.source, source)
        (self.root / "nbgrader_config.py").write_text(
            f'c = get_config()\nc.CourseDirectory.course_id = "{COURSE}"\n'
        )
        # nbgrader calls `alembic`, which without an activated environment is not on the path
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        with mock.patch.dict(os.environ, PATH=path):
            if words := self._convert(GenerateAssignment, force=True):
                raise ValueError(f"nbgrader cannot make the assignment: {words[-1500:]}")
        stamp.write_text(self.assignment.digest)

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
        """Remove a submission and its grades."""
        for step in ("submitted", "autograded"):
            shutil.rmtree(self.root / step / student, ignore_errors=True)
        with Gradebook(self.url, COURSE) as book:
            if any(s.id == student for s in book.students):
                book.remove_student(student)

    def autograde(self) -> str:
        """Grade all that is not graded yet, from its run; nbgrader's words where it could not."""
        return self._convert(Autograde)

    def scores(self) -> dict[str, dict[str, dict]]:
        """student -> grade_id -> {"auto", "manual", "waits"}.

        Points, None where there are none yet; and whether a person has to look at the answer.
        """
        found = {}
        with Gradebook(self.url, COURSE) as book:
            for submission in book.assignment_submissions(self.name):
                grades = [g for notebook in submission.notebooks for g in notebook.grades]
                found[submission.student.id] = {
                    g.name: {
                        "auto": g.auto_score,
                        "manual": g.manual_score,
                        "waits": bool(g.needs_manual_grade),
                    }
                    for g in grades
                }
        return found

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
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # SQLAlchemy's about nbgrader's own queries
                job.start()
        except NbGraderException as error:
            return " ".join(errors) or str(error)
        return ""
