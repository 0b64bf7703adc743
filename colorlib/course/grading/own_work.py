"""What looks as if it were not a student's own work: for a person to look at, never deducted.

From reading the cells, which nobody can hide by what they run: answers that call parts of colorlib
which the solution does without, what the task forbids, or the checks; cells that change modules;
equal answers.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass

from nbgrader import utils

from colorlib.course.grading.assignment import (
    Assignment,
    bound,
    grade_id,
    is_answer,
    is_test,
    tree_of,
)
from colorlib.course.grading.intake import Submission

LONG = 45  # nodes of a syntax tree: shorter answers may well be equal by chance
PRYING = {"gc", "inspect", "__globals__", "__closure__", "__code__", "f_back", "_getframe"}


@dataclass(frozen=True)
class Asked:
    """What a task asks for.  names: of its functions; free: what anybody may call."""

    names: frozenset[str]
    free: frozenset[str]
    forbidden: frozenset[str]


def look(works: dict[str, Submission], assignment: Assignment) -> dict[str, str]:
    """work -> what to look at, for those where there is something."""
    tasks = asked(assignment)
    told = {key: _alone(work, tasks) for key, work in works.items() if not work.refused}
    for key, words in _equal({key: works[key] for key in told}, assignment).items():
        told[key] += words
    return {key: "; ".join(dict.fromkeys(words)) for key, words in told.items() if words}


def asked(assignment: Assignment) -> dict[str, Asked]:
    """grade_id of each answer -> what its task asks for, from the source."""
    cells, found, above = assignment.source.cells, {}, ""
    known = _imports(cells)
    given = set().union(*(_paths(tree_of(c.source), known) for c in cells if _is_given(c)))
    for cell in cells:
        if cell.cell_type == "markdown":
            above = " ".join(cell.source.split())
        elif is_answer(cell):
            names, mine = bound(cell.source), _paths(tree_of(cell.source), known)
            words = re.findall(r"[Dd]o not (?:call|use) `([\w.]+)`", above)
            words += cell.metadata.get("forbids", [])
            forbidden = {word.rsplit(".", 1)[-1] for word in words}
            found[grade_id(cell)] = Asked(*map(frozenset, (names, given | mine, forbidden)))
    return found


def _is_given(cell):
    return cell.cell_type == "code" and not (is_answer(cell) or is_test(cell))


# ---- one work by itself


def _alone(work, tasks):
    cells = [cell for cell in work.notebook.cells if cell.cell_type == "code"]
    known, told = _imports(cells), []
    for cell in cells:
        name, tree = grade_id(cell), tree_of(cell.source)
        if name and not utils.is_solution(cell):
            continue
        paths, where = _paths(tree, known), name or "own cell"
        words = {part for path in paths for part in path.split(".")}
        told += [f"{where}: changes {thing}" for thing in sorted(_changed(tree, known))]
        told += [f"{where}: uses {word}" for word in sorted(PRYING & words)]
        if name in tasks:
            told += [f"{name}: {words}" for words in _about(tasks[name], tree, paths, words)]
    return told


def _about(task, tree, paths, words):
    """What is odd about one answer."""
    for path in sorted(p for p in paths if p.startswith("colorlib.")):
        longer = any(other.startswith(f"{path}.") for other in paths)
        if path.rsplit(".", 1)[-1] in task.names or not (longer or path in task.free):
            yield f"calls {path}"
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    for word in sorted(task.forbidden & (words | texts)):
        yield f"uses {word}, which the task forbids"


def _imports(cells) -> dict[str, str]:
    """What the names that cells import stand for: {"F": "torch.nn.functional"}."""
    known = {}
    for cell in cells:
        for node in ast.walk(tree_of(cell.source)) if cell.cell_type == "code" else ():
            for alias in getattr(node, "names", ()) if isinstance(node, ast.Import) else ():
                known[alias.asname or alias.name.split(".")[0]] = alias.name
            if isinstance(node, ast.ImportFrom):
                known |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return known


def _paths(tree, known) -> set[str]:
    """What the code reads by dotted names, as far as imports tell where they lead."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, (ast.Attribute, ast.Name)):
            found.add(_path(node, known) or getattr(node, "attr", ""))
    return {path for path in found if path}


def _path(node, known):
    """The dotted name of `metrics.mse`, say; None where the root is no name that was imported."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    root = known.get(node.id) if isinstance(node, ast.Name) else None
    return ".".join([root, *reversed(parts)]) if root else None


def _changed(tree, known):
    """The attributes of imported things that the code sets."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
            if path := _path(node, known):
                yield path
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
            if node.args and (path := _path(node.args[0], known)):
                yield path


# ---- works side by side


def _equal(works, assignment):
    """work -> words, for answers that others have given, too, but for names and comments.

    Not short ones, the hand-out's, or those that half of a larger course has found.
    """
    alike = defaultdict(lambda: defaultdict(list))
    for key, work in works.items():
        for cell in work.notebook.cells:
            name = grade_id(cell)
            if name and is_answer(cell) and cell.source != assignment.known[name].source:
                shape = _shape(tree_of(cell.source))
                if len(shape) >= LONG:
                    alike[name][shape].append(key)
    told = defaultdict(list)
    for name, groups in alike.items():
        for keys in groups.values():
            if 1 < len(keys) and (len(works) < 6 or len(keys) <= len(works) / 2):
                for key in keys:
                    others = ", ".join(works[k].name for k in keys if k != key)
                    told[key].append(f"{name}: the same answer as {others}")
    return told


def _shape(tree):
    """The kinds of nodes and the constants of a syntax tree, without names and docstrings."""
    shape = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = None
        told = (
            repr(node.value)[:40] if isinstance(node, ast.Constant) else getattr(node, "attr", "")
        )
        shape.append((type(node).__name__, told))
    return tuple(shape)
