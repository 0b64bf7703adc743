"""What was handed in: which files can be graded, which are refused and why, the notebook to grade.

A refused file gets no grade and no 0: the teacher sees the reason, and asks for another copy.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader import utils

from colorlib.course.grading.assignment import Assignment, grade_id, is_answer, is_test
from colorlib.course.grading.late import Late
from colorlib.course.grading.outputs import stored

LARGEST = 50 << 20  # bytes of one file
LONGEST = 1_000_000  # characters of one cell
CELLS = 1000
IGNORED = {".DS_Store", "Thumbs.db", "desktop.ini"}
ARCHIVES = {".zip", ".gz", ".7z", ".rar"}


class Refused(Exception):
    """Why a file cannot be graded, in words for the teacher."""


@dataclass
class Submission:
    """One notebook.  student: the name under which it is graded, safe in paths and in nbgrader."""

    file: str  # relative to the folder handed in
    student: str
    digest: str = ""
    refused: str = ""
    notes: list[str] = field(default_factory=list)
    notebook: nbformat.NotebookNode | None = None
    name: str = ""  # as people say it: of the person, or the group
    modified: float = 0.0  # of the file
    flagged: bool = False  # by its name, as late
    order: tuple = ()  # later uploads have larger ones
    late: Late = field(default_factory=Late)


def collect(folder: Path, assignment: Assignment) -> tuple[list[Submission], dict[str, str]]:
    """(every notebook below `folder`, in order of name, read or refused; files that are none).

    The latter with the reason.  Raises ValueError where there is no file at all.
    """
    if not folder.is_dir():
        raise ValueError(f"SUBMISSIONS must be a folder of notebooks, got {str(folder)!r}")
    files = sorted(
        p for p in folder.rglob("*") if not p.is_dir() and not _ignored(p.relative_to(folder))
    )
    if not files:
        raise ValueError(
            f"SUBMISSIONS must hold notebooks, got {str(folder)!r}, which holds no file"
        )
    found, others = [], {}
    for path in files:
        file = path.relative_to(folder).as_posix()
        if why := _no_notebook(path):
            others[file] = why
            continue
        submission = Submission(file, student_name(file), modified=path.stat().st_mtime)
        try:
            data = _bytes(path)
            submission.digest = hashlib.sha256(data).hexdigest()
            submission.notebook, submission.notes = lay_out(
                parse(data, outputs=not assignment.tests), assignment
            )
        except Refused as reason:
            submission.refused = str(reason)
        found.append(submission)
    return found, others


def _ignored(path: Path) -> bool:
    return path.name in IGNORED or any(part.startswith((".", "__MACOSX")) for part in path.parts)


def slug(text: str) -> str:
    """'Müller, Ann' -> 'muller-ann': lower case, no accents, other scripts as they are."""
    letters = unicodedata.normalize("NFKD", text).lower()
    letters = "".join(c for c in letters if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", letters)).strip("-")


def student_name(file: str) -> str:
    """A name to recognise, from a file's: 'Mü ller (1).ipynb' -> 'mu-ller-1-' and ten digits.

    The same in every round.  No two files share one: what could be another file's name with its
    digits gets digits of its own.
    """
    stem = file.removesuffix(".ipynb")
    is_plain = stem != file and re.fullmatch(r"[a-z0-9-]{3,60}", stem)
    if is_plain and not re.search(r"(^|-)[0-9a-f]{10}$", stem):
        return stem
    digits = hashlib.sha256(file.encode("utf-8", "surrogateescape")).hexdigest()[:10]
    return f"{slug(stem)[:50].strip('-')}-{digits}".strip("-")


def _no_notebook(path: Path) -> str:
    """Why a file cannot be one; empty where it can."""
    if path.is_symlink() or not path.is_file():
        return "not a plain file"
    suffix = path.suffix.lower()
    if suffix == ".ipynb":
        return ""
    hint = ": unpack it first" if suffix in ARCHIVES else ""
    return f"not a notebook, its name ends in {path.suffix or 'nothing'!r}{hint}"


def _bytes(path: Path) -> bytes:
    size = path.stat().st_size
    if size > LARGEST:
        raise Refused(f"{size >> 20} MB, at most {LARGEST >> 20} are read: clear the outputs")
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"cannot be read: {error}") from None


def parse(data: bytes, outputs: bool = False) -> nbformat.NotebookNode:
    """The notebook in a file's bytes.  Refused where there is none.

    outputs: keep what can be kept of what the cells put out.
    """
    if not data.strip():
        raise Refused("the file is empty")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused("not a notebook: the file is not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise Refused(f"not a notebook: the file is not JSON ({str(error)[:100]})") from None
    if not isinstance(content, dict) or not ("cells" in content or "worksheets" in content):
        raise Refused("not a notebook: JSON without cells")
    try:
        if content.get("nbformat", 4) != 4:
            content = nbformat.convert(nbformat.from_dict(content), 4)
        cells = [_cell(c, outputs) for c in content["cells"]]
    except Exception as error:
        raise Refused(f"a damaged notebook ({type(error).__name__}: {str(error)[:100]})") from None
    if len(cells) > CELLS or any(len(c.source) > LONGEST for c in cells):
        raise Refused(f"more than {CELLS} cells, or a cell of more than {LONGEST} characters")
    return nbformat.v4.new_notebook(cells=cells)


def _cell(raw, outputs) -> nbformat.NotebookNode:
    """A clean cell: type, source and nbgrader's metadata, nothing else that a program has saved."""
    source = raw.get("source", "")
    source = "".join(source) if isinstance(source, list) else source
    if not isinstance(source, str):
        raise TypeError("a cell's source must be text")
    # half of a surrogate pair would stop every writer; Windows ends lines in two characters
    source = source.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    cell = new_code_cell(source) if raw.get("cell_type") == "code" else new_markdown_cell(source)
    if outputs and cell.cell_type == "code":
        cell.outputs = [nbformat.from_dict(output) for output in stored(raw.get("outputs"))]
    mark = (raw.get("metadata") or {}).get("nbgrader")
    if isinstance(mark, dict) and isinstance(mark.get("grade_id"), str):
        cell.metadata["nbgrader"] = nbformat.from_dict(mark)
    return cell


def lay_out(nb, assignment: Assignment):
    """(the notebook to grade, notes for the teacher).

    The student's answers and own cells, all else from the release, in the assignment's order, each
    followed by the cells that the student put after it.  Refused where the notebook's cells cannot
    be told apart.
    """
    known = assignment.known
    notes = [
        f"cell {i!r} is not of this assignment, and is treated as the student's own"
        for i in _strange(nb, assignment)
    ]
    parts, current = {None: []}, None  # grade_id -> the cell and what follows it
    for cell in _without_copies(nb.cells, known, notes):
        name = grade_id(cell)
        if name in known:
            current = name
            parts[name] = [_restored(cell, known[name], notes)]
        else:
            cell.metadata.pop("nbgrader", None)
            parts[current].append(cell)
    if [i for i in known if i in parts] != [i for i in parts if i]:
        notes.append("the cells stood in another order, and were put back")
    cells = list(parts[None])
    for name, cell in known.items():
        if name in parts:
            cells += parts[name]
        elif is_answer(cell) and name not in assignment.by_hand:
            # what defines its names may stand in another cell
            notes.append(f"answer cell {name!r} was deleted")
        else:
            notes += [f"test cell {name!r} was deleted, and put back"] if is_test(cell) else []
            cells.append(copy.deepcopy(cell))
    laid = copy.deepcopy(assignment.release)
    laid.cells = cells
    for position, cell in enumerate(cells):
        cell.id = f"cell-{position:03d}"
    return laid, notes


def _without_copies(cells, known, notes):
    """The cells, each of the assignment's once: of two answers the one that is not the stub.

    Refused where several answers to one task differ.
    """
    copies = defaultdict(list)
    for cell in cells:
        if grade_id(cell) in known:
            copies[grade_id(cell)].append(cell)
    dropped = set()
    for name, same in copies.items():
        if len(same) == 1:
            continue
        kept, kind = same[0], "test" if is_test(known[name]) else "locked"
        if utils.is_solution(known[name]):
            kind, blank = "answer", {"", known[name].source.strip()}
            written = [c for c in same if c.source.strip() not in blank]
            if len({c.source.strip() for c in written}) > 1:
                words = f"the cell {name!r} is there {len(same)} times, with different answers"
                raise Refused(f"{words}: delete all but one")
            kept = written[0] if written else kept
        dropped |= {id(cell) for cell in same if cell is not kept}
        notes.append(f"{kind} cell {name!r} was there {len(same)} times, one of them counts")
    return [cell for cell in cells if id(cell) not in dropped]


def _strange(nb, assignment: Assignment) -> list[str]:
    """The grade_ids that are not the assignment's; Refused where its own make no sense."""
    known, counts = assignment.known, Counter(filter(None, map(grade_id, nb.cells)))
    if not counts:
        raise Refused(
            "nbgrader's metadata is gone from all cells, so no answer can be told from another"
        )
    answers = [i for i, cell in known.items() if is_answer(cell) or i in assignment.by_hand]
    ours = [i for i in counts if i in known]
    strange = [i for i in counts if i not in known]
    if not ours or len(strange) > len(ours):
        theirs, wanted = (", ".join(ids[:3]) for ids in (strange, answers))
        raise Refused(f"another assignment: its cells are called {theirs}, not {wanted}")
    if not any(i in answers for i in ours):
        raise Refused("no answer cell is left")
    return strange


def _restored(cell, wanted, notes):
    """The release's cell; with the student's source where it is theirs to write."""
    restored = copy.deepcopy(wanted)
    if restored.cell_type == cell.cell_type == "code":
        restored.outputs = cell.outputs
    if not (wanted.metadata["nbgrader"].get("locked") or is_test(wanted)):
        restored.source = cell.source
    elif cell.source.strip() != wanted.source.strip():
        kind = "test" if is_test(wanted) else "locked"
        notes.append(f"{kind} cell {grade_id(wanted)!r} was edited, and put back")
    return restored
