"""What a round of grading has to know about a problem set: cells, tests, the names they ask for."""

from __future__ import annotations

import ast
import copy
import dis
import hashlib
import json
import logging
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import jupytext
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
    """A problem set.  source: the notebook with solutions and hidden tests."""

    name: str
    source: nbformat.NotebookNode
    config: Config = field(default_factory=Config)

    def __post_init__(self):
        ids = [grade_id(cell) for cell in self.source.cells if grade_id(cell)]
        if not (self.tests or self.by_hand):
            raise ValueError(
                "source must be a notebook with nbgrader's metadata, got one with no graded cell"
            )
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"grade_id must be unique in the source, got {twice[0]!r} twice")

    @cached_property
    def release(self) -> nbformat.NotebookNode:
        """The notebook as students got it, made by nbgrader's own steps."""
        nb, steps = copy.deepcopy(self.source), GenerateAssignment(config=self.config).preprocessors
        for step in steps:
            if step is not SaveCells:  # which needs a gradebook, and changes no cell
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
    def most(self) -> dict[str, float]:
        """The points of every graded cell: grade_id -> points, tests first."""
        return {name: points(cell) for name, cell in self.tests.items()} | self.by_hand

    @cached_property
    def max_score(self) -> float:
        """The points of all tests."""
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
                titles[grade_id(cell)] = _plain(heading)
        return titles

    @cached_property
    def criteria(self) -> dict[str, list[tuple[str, float]]]:
        """What earns points in the cells that a person grades: grade_id -> (words, points).

        From the text above the cell: a table `| points | for |`, or as many bullets as points; one
        row without words where there is neither.
        """
        found, above = {}, ""
        for cell in self.source.cells:
            most = self.by_hand.get(grade_id(cell))
            if most is not None:
                found[grade_id(cell)] = _criteria(above, most) or [("", most)]
            elif cell.cell_type == "markdown":
                above = cell.source
        return found

    @cached_property
    def schemes(self) -> dict[str, str]:
        """What the source says about marks: grade_id -> words, for cells that have some.

        nbgrader's region MARK SCHEME, or the paragraph "Marks: ..." of the solution.
        """
        region = r"### BEGIN MARK SCHEME\n(.*?)\n\s*### END MARK SCHEME"
        pattern = rf"{region}|^(Marks: .*?)(?:\n\s*\n|\n###|\Z)"
        found = {}
        for cell in self.source.cells:
            words = re.search(pattern, cell.source, re.S | re.M)
            if grade_id(cell) in self.by_hand and words:
                found[grade_id(cell)] = " ".join((words[1] or words[2]).split())
        return found

    @cached_property
    def answers(self) -> set[str]:
        """The names that the solutions define, not import: what tests take from a student."""
        return set().union(*(bound(c.source) for c in self.source.cells if is_answer(c)))

    def given(self, test: str) -> list[str]:
        """The code in the source above `test` that it needs, in order: given cells, imports."""
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
    def lead(self) -> tuple[str, ...]:
        """The given code cells above all answers and tests, which every notebook starts with."""
        found = []
        for cell in self.release.cells:
            if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("locked"):
                break
            if cell.cell_type == "code" and is_test(cell):
                break
            found += [cell.source] if cell.cell_type == "code" else []
        return tuple(found)

    @cached_property
    def judges_lead(self) -> tuple[str, ...]:
        """The given code above the first test that any test needs."""
        ids = [grade_id(cell) for cell in self.source.cells]
        above = self.source.cells[: ids.index(next(iter(self.tests)))]
        places = {plain(c.source): n for n, c in enumerate(above) if not is_answer(c)}
        needed = {code for test in self.tests for code in self.given(test) if code in places}
        return tuple(sorted(needed, key=places.get))

    @cached_property
    def digest(self) -> str:
        """Changes when a cell of the source does."""
        cells = [(c.cell_type, c.source, c.metadata.get("nbgrader", {})) for c in self.source.cells]
        return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def load(name: str, source: str | Path | None = None) -> Assignment:
    """The assignment `name`, from a notebook with solutions and nbgrader's metadata.

    source: .ipynb, or .py in jupytext's percent format; default notebooks/assignments/src/NAME.py
    of the checkout.  Raises ValueError where there is no such thing.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise ValueError(f"--assignment must be a plain name such as ps1, got {name!r}")
    path = Path(source) if source else SETS / "src" / f"{name}.py"
    if not path.is_file() and source:
        raise ValueError(f"--source must be a file, got {str(path)!r}")
    if not path.is_file():
        here = ", ".join(sorted(p.stem for p in (SETS / "src").glob("*.py"))) or "none"
        raise ValueError(
            f"--assignment must be one of the problem sets here ({here}) where no --source FILE "
            f"with solutions is given, got {name!r}"
        )
    if path.suffix == ".ipynb":
        return Assignment(name, nbformat.read(path, as_version=4))
    nb = jupytext.read(path, fmt="py:percent")
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"] = DEFAULTS | cell.metadata["nbgrader"]
    config, folder = Config(), path.parents[1]
    if (folder / "nbgrader_config.py").is_file():  # says how a release is made
        settings = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
        config.GenerateAssignment = settings.GenerateAssignment
    return Assignment(name, CheckCellMetadata()(nb, {})[0], config)


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


def _criteria(text, most):
    """The rows of a table of points, or bullets of a point each; [] where neither adds up."""
    rows = re.findall(r"^\|\s*(\d+(?:\.\d+)?)\s*\|\s*(.+?)\s*\|\s*$", text, re.M)
    table = [(_plain(words), float(number)) for number, words in rows]
    bullets = [(_plain(b).rstrip(";."), 1.0) for b in re.findall(BULLET, text, re.M)]
    found = (kind for kind in (table, bullets) if kind and sum(p for _, p in kind) == most)
    return next(found, [])


BULLET = r"^[-*]\s+(.+(?:\n {2,}\S.*)*)"


def _plain(text):
    return " ".join(re.sub(r"[*`$]", "", text).split())


# ---- names in code

IMPORTS = (ast.Import, ast.ImportFrom)


def plain(source: str) -> str:
    """Python, with IPython's magics written out."""
    return TransformerManager().transform_cell(source)


def tree_of(source: str) -> ast.Module:
    """The syntax tree of a cell; an empty one where it is not Python."""
    try:
        return ast.parse(plain(source))
    except SyntaxError:
        return ast.parse("")


def used(source: str) -> set[str]:
    """Every name that the code mentions."""
    return {node.id for node in ast.walk(tree_of(source)) if isinstance(node, ast.Name)}


def bound(source: str, with_imports: bool = False) -> set[str]:
    """The names that running the code defines at the top level."""
    tree = tree_of(source)
    if not with_imports:
        tree.body = [node for node in tree.body if not isinstance(node, IMPORTS)]
    code = compile(tree, "a cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    # the compiler knows which names are the cell's own, and which a function's or comprehension's
    stored = {step.argval for step in dis.get_instructions(code) if step.opname == "STORE_NAME"}
    return {name for name in stored if not name.startswith("__")}


def imports(source: str) -> str:
    """The code's imports at the top level alone."""
    return "\n".join(
        ast.unparse(node) for node in tree_of(source).body if isinstance(node, IMPORTS)
    )
