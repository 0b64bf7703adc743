"""nbgrader's settings for the problem sets.  `build.py` uses them too, so that both make the same release.

For the release alone: grading makes a course of its own, in graded/NAME/course (see README.md).
"""

from pathlib import Path

from nbgrader import preprocessors, utils

c = get_config()  # noqa: F821  (traitlets puts it here)


class NumberedStubs(preprocessors.ClearSolutions):
    """Solutions replaced by an error that says which task is not done yet."""

    def preprocess_cell(self, cell, resources, cell_index):
        if utils.is_solution(cell):
            sheet, task = cell.metadata.nbgrader["grade_id"].split("-")[:2]
            number = f"{'6' if sheet == 'project' else sheet.removeprefix('ps')}.{task}"
            self.code_stub = {"python": f'# Your code here.\nraise NotImplementedError("task {number}")'}
        return super().preprocess_cell(cell, resources, cell_index)


c.CourseDirectory.course_id = "colorlib"
# What `make assignments` fills; teachers may name another folder:  nbgrader ... --CourseDirectory.root=FOLDER
c.CourseDirectory.root = str(Path(__file__).resolve().parents[2] / "build" / "assignments")
c.ExecutePreprocessor.timeout = 120  # seconds a cell

# nbgrader's own order, with NumberedStubs for ClearSolutions.
c.GenerateAssignment.preprocessors = [
    preprocessors.LockCells,
    NumberedStubs,
    preprocessors.ClearOutput,
    preprocessors.CheckCellMetadata,
    preprocessors.ComputeChecksums,
    preprocessors.SaveCells,
    preprocessors.ClearHiddenTests,
    preprocessors.ClearMarkScheme,
    preprocessors.ComputeChecksums,
    preprocessors.CheckCellMetadata,
]
