"""What a round of grading has to know about a problem set: its cells, its tests, and which names a
test asks for.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import importlib.util
import json
import logging
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbgrader import utils
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import CheckCellMetadata, SaveCells
from traitlets.config import Config, PyFileConfigLoader

ROOT = Path(__file__).resolve().parents[3]
SETS = ROOT / "notebooks" / "assignments"
DEFAULTS = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}


@dataclass
class Assignment:
    """A problem set.  source: the notebook with solutions and hidden tests; release: what students
    got.
    """

    name: str
    source: nbformat.NotebookNode
    config: Config = field(default_factory=Config)

    def __post_init__(self):
        ids = [grade_id(cell) for cell in self.source.cells if grade_id(cell)]
        if not any(is_test(cell) for cell in self.source.cells):
            raise ValueError(
                f"{self.name}: the source has no test cell; is it the notebook with nbgrader's metadata?"
            )
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"{self.name}: the source uses grade_id {twice[0]!r} twice")

    @cached_property
    def release(self) -> nbformat.NotebookNode:
        """The notebook as students got it, made by nbgrader's own steps."""
        nb, steps = copy.deepcopy(self.source), GenerateAssignment(config=self.config).preprocessors
        for step in steps:
            # which needs a gradebook, and changes nothing in the notebook
            if step is not SaveCells:
                nb, _ = step(config=self.config, log=logging.getLogger(__name__))(nb, {})
        return nb

    @cached_property
    def known(self) -> dict[str, nbformat.NotebookNode]:
        """The release's cells by grade_id, in order."""
        return {grade_id(cell): cell for cell in self.release.cells if grade_id(cell)}

    @cached_property
    def tests(self) -> dict[str, nbformat.NotebookNode]:
        """The source's test cells by grade_id, in order, hidden tests included."""
        return {grade_id(cell): cell for cell in self.source.cells if is_test(cell)}

    @cached_property
    def by_hand(self) -> dict[str, float]:
        """What a person grades: grade_id -> points."""
        graded = [c for c in self.source.cells if utils.is_grade(c) or utils.is_task(c)]
        return {grade_id(c): points(c) for c in graded if not is_test(c)}

    @cached_property
    def max_score(self) -> float:
        return sum(points(cell) for cell in self.tests.values())

    @cached_property
    def titles(self) -> dict[str, str]:
        """grade_id -> the heading above the cell."""
        titles, heading = {}, self.name
        for cell in self.source.cells:
            if cell.cell_type == "markdown":
                found = re.findall(r"^#{1,4}\s+(.+?)\s*#*$", cell.source, re.M)
                heading = found[-1] if found else heading
            if grade_id(cell):
                titles[grade_id(cell)] = re.sub(r"[*`$]", "", heading)
        return titles

    @cached_property
    def answers(self) -> set[str]:
        """The names that the solutions define, apart from those they import: what tests take from a
        student.
        """
        found = set()
        for cell in self.source.cells:
            if is_answer(cell):
                found |= bound(cell.source)
        return found

    def given(self, test: str) -> list[str]:
        """The source's given code that `test` needs and that stands above it, in order; imports
        first.
        """
        above = self.source.cells[: [grade_id(c) for c in self.source.cells].index(test)]
        needed, parts = used(self.tests[test].source), []
        for cell in reversed(above):
            if cell.cell_type != "code" or is_test(cell):
                continue
            code = imports(cell.source) if is_answer(cell) else plain(cell.source)
            if bound(code, with_imports=True) & needed:
                needed |= used(code)
                parts.append(code)
        return parts[::-1]

    @cached_property
    def digest(self) -> str:
        """Changes when a cell of the source does."""
        cells = [(c.cell_type, c.source, c.metadata.get("nbgrader", {})) for c in self.source.cells]
        return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def load(name: str, source: str | Path | None = None) -> Assignment:
    """The assignment `name`, from `source` (.ipynb with nbgrader's metadata, or .py in jupytext's
    percent format).

    Default: notebooks/assignments/src/NAME.py of the checkout.  Raises ValueError where there is no
    such thing.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise ValueError(f"--assignment must be a plain name such as ps1, got {name!r}")
    path = Path(source) if source else SETS / "src" / f"{name}.py"
    if not path.is_file():
        there = ", ".join(sorted(p.stem for p in (SETS / "src").glob("*.py"))) or "none"
        hint = (
            ""
            if source
            else f"; problem sets here: {there}.  Or name the notebook with solutions: --source FILE"
        )
        raise ValueError(f"there is no file {str(path)!r}{hint}")
    if path.suffix == ".ipynb":
        return Assignment(name, nbformat.read(path, as_version=4))
    builder = path.parents[1] / "build.py"
    if builder.is_file():
        spec = importlib.util.spec_from_file_location("assignments_build", builder)
        build = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(build)
        settings = PyFileConfigLoader("nbgrader_config.py", path=str(builder.parent)).load_config()
        return Assignment(
            name, build.from_source(path), Config(GenerateAssignment=settings.GenerateAssignment)
        )
    import jupytext

    nb = jupytext.reads(path.read_text("utf-8"), fmt="py:percent")
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"] = DEFAULTS | cell.metadata["nbgrader"]
    return Assignment(name, CheckCellMetadata()(nb, {})[0])


# ---- cells


def grade_id(cell) -> str | None:
    """The cell's name in nbgrader's metadata, None where it has none."""
    mark = cell.metadata.get("nbgrader")
    name = mark.get("grade_id") if isinstance(mark, dict) else None
    return name if isinstance(name, str) else None


def is_test(cell) -> bool:
    """Whether a cell tests an answer."""
    return cell.cell_type == "code" and bool(utils.is_grade(cell)) and not utils.is_solution(cell)


def is_answer(cell) -> bool:
    """Whether a cell is for a student's code."""
    return cell.cell_type == "code" and bool(utils.is_solution(cell))


def points(cell) -> float:
    """What a test cell is worth."""
    return float(cell.metadata["nbgrader"].get("points", 0))


# ---- names in code


def plain(source: str) -> str:
    """Python, with IPython's magics written out."""
    return TransformerManager().transform_cell(source)


def _tree(source: str) -> ast.Module:
    try:
        return ast.parse(plain(source))
    except SyntaxError:
        return ast.parse("")


def used(source: str) -> set[str]:
    """Every name that the code mentions."""
    return {node.id for node in ast.walk(_tree(source)) if isinstance(node, ast.Name)}


def bound(source: str, with_imports: bool = False) -> set[str]:
    """The names that running the code defines at the top level."""
    found, queue = set(), list(_tree(source).body)
    while queue:
        node = queue.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            if with_imports:
                found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                found.add(node.id)
        elif not isinstance(
            node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
        ):
            queue += ast.iter_child_nodes(node)
    return found


def imports(source: str) -> str:
    """The code's imports at the top level alone."""
    return "\n".join(
        ast.unparse(n) for n in _tree(source).body if isinstance(n, (ast.Import, ast.ImportFrom))
    )
