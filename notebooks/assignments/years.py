"""A set as it is asked in another year, so that last year's answers fail: see variants.py.

Two years that follow each other never ask a task in the same way; 0 is what stands in src/.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path


class VariantError(ValueError):
    """A variant that does not fit its set any more."""


@dataclass(frozen=True)
class Variant:
    """One way to ask a task; variants.py says what the fields are."""

    words: str
    text: dict[str, str]
    call: str = "{call}"
    check: str = ""
    as_they_are: tuple[str, ...] = ()


def table(folder: Path) -> dict[str, tuple[Variant, ...]]:
    """answer's name -> its variants, from variants.py in a folder of sets; {} where there is none."""
    path, found = folder / "variants.py", {}
    if path.is_file():
        exec(compile(path.read_text("utf-8"), str(path), "exec"), found)
    return {name: tuple(Variant(**row) for row in rows) for name, rows in found.get("TASKS", {}).items()}


def chosen(tasks: dict[str, tuple[Variant, ...]], seed: int) -> dict[str, Variant]:
    """answer's name -> how the year `seed` asks it; those asked in the usual way are left out."""
    numbers = {name: seed % (1 + len(options)) for name, options in tasks.items()}
    return {name: tasks[name][number - 1] for name, number in numbers.items() if number}


def applied(nb, variants: dict[str, Variant]):
    """The notebook with solutions, changed in place; VariantError where a variant does not fit it."""
    names = {_id(cell) for cell in nb.cells}
    for name, variant in variants.items():
        if name in names:
            _apply(nb, name, variant)
    return nb


def _id(cell) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _apply(nb, name, variant):
    ids = [_id(cell) for cell in nb.cells]
    place = ids.index(name)
    task = max(i for i in range(place) if nb.cells[i].cell_type == "markdown")
    (function,) = (n.name for n in ast.parse(nb.cells[place].source).body if isinstance(n, ast.FunctionDef))
    tests = [i for i, one in enumerate(ids) if one.startswith(f"{name}-")]
    replace = _replacing(variant.text)
    for i in [task, place, *tests]:
        nb.cells[i].source = replace(nb.cells[i].source)
    if left := replace.unused():
        raise VariantError(f"{name}, {variant.words}: the set has no {left[0]!r} any more")
    for i, cell in enumerate(nb.cells):
        unchanged = any(ids[i] == f"{name}-{part}" for part in variant.as_they_are)
        if cell.cell_type == "code" and i != place and not unchanged:
            cell.source = _called(cell.source, function, variant)


def _replacing(text):
    """A function that replaces all of `text` at once; its `unused` lists what it has never met."""
    olds = sorted(text, key=len, reverse=True)
    patterns = [r"\s+".join(map(re.escape, old.split(" "))) for old in olds]
    found = set()

    def new(match):
        old = olds[next(i for i, x in enumerate(match.groups()) if x is not None)]
        found.add(old)
        return text[old]

    def replace(source):
        return re.sub("|".join(f"({pattern})" for pattern in patterns), new, source) if patterns else source

    replace.unused = lambda: [old for old in olds if old not in found]
    return replace


def _called(source, function, variant):
    """Code with every call of the answer, and of its check, as the variant wants it."""
    if variant.check:
        source = source.replace(f"checks.{function}({function})", f"checks.{function}({function}, {variant.check})")
    if variant.call == "{call}":
        return source
    while calls := [node for node in ast.walk(ast.parse(source)) if _is_call(node, function)]:
        node = max(calls, key=lambda node: (node.lineno, node.col_offset))
        old = ast.get_source_segment(source, node)
        given = [ast.get_source_segment(source, x) for x in node.args]
        given = [f"({x})" if isinstance(n, LOOSE) else x for x, n in zip(given, node.args, strict=True)]
        new = variant.call.format(*given, call=old).replace(f"{function}(", f"{MARK}(")
        source = _put(source, node, new)
    return source.replace(MARK, function)


LOOSE = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp)  # want brackets inside a formula
MARK = "_done_already"  # stands for the answer in calls that have been changed


def _is_call(node, function):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function


def _put(source, node, new):
    """Source with `new` in the place of a node."""
    lines = [line.encode() for line in source.split("\n")]
    first, last = node.lineno - 1, node.end_lineno - 1
    lines[first : last + 1] = [lines[first][: node.col_offset] + new.encode() + lines[last][node.end_col_offset :]]
    return b"\n".join(lines).decode()
