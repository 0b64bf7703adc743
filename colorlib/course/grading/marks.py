"""Points and comments of people, in files that a spreadsheet opens.

`sheet.csv` is the assistants' sheet: a row for each thing that can earn points, with the answer
beside it.  What is written into its columns points and comment, or over the points of a cell in
grades.csv, is taken by the next round: nothing that a person typed is undone.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from pathlib import Path

from colorlib.course.grading.assignment import Assignment
from colorlib.data.files import whole

COLUMNS = ["student", "name", "cell", "task", "criterion", "most", "points", "comment", "counts"]
ANSWER = 30_000  # characters of an answer in the sheet: a spreadsheet's cell holds 32,767


def table(path: Path, rows, delimiter: str = ",", guarded: bool = True) -> None:
    """Write a CSV.  With a byte order mark, without which spreadsheets misread names.

    guarded: no spreadsheet takes a text for a formula; not for what a platform reads.
    """
    lines = [[safe(value) for value in row] for row in rows] if guarded else rows
    with (
        whole(path) as part,
        part.open("w", encoding="utf-8-sig", newline="", errors="replace") as file,
    ):
        csv.writer(file, delimiter=delimiter).writerows(lines)


def safe(value):
    """Numbers are short, and no spreadsheet takes a text for a formula."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t")) else value
    return f"{value:g}"


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV, with commas, semicolons or tabs; [] where there is no file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} must be saved as UTF-8 text, got another encoding") from None
    head = text.split("\n", 1)[0]
    mark = max(",;\t", key=head.count)
    found = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, restval="")
    return [{key: _read(value) for key, value in row.items() if key} for row in found]


def _read(text):
    """A cell as it was before `safe`."""
    text = text.replace("\r\n", "\n")
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t") else text


def number(text, most: float, where: str) -> float | None:
    """The points that a person typed, None for an empty cell; ValueError where they are none."""
    text = (text or "").strip()
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise ValueError(f"{where} must be points from 0 to {most:g}, got {text!r}")
    return value


def typed(out: Path, assignment: Assignment, before: dict) -> dict[tuple[str, str], dict]:
    """What people wrote into grades.csv and sheet.csv since the last round.

    (student, grade_id) -> {"points", "comment"}, None for what was left as it is.  before: the
    summary.json of that round.  Raises ValueError for points that are none, and where the two files
    say different things.
    """
    found = {}
    for place, points in _in_grades(out / "grades.csv", assignment, before).items():
        found[place] = {"points": points, "comment": None}
    for place, mark in _in_sheet(out / "sheet.csv", assignment, before).items():
        other = found.get(place, {}).get("points")
        if None not in (other, mark["points"]) and other != mark["points"]:
            raise ValueError(
                f"points of {place[0]} in {place[1]} must be the same in grades.csv and sheet.csv, "
                f"got {other:g} and {mark['points']:g}"
            )
        found[place] = mark | ({"points": other} if mark["points"] is None else {})
    return found


def _in_grades(path, assignment, before):
    """Points in grades.csv that differ from those that it was written with."""
    last = {(row["student"], row["file"]): row for row in before.get("rows", ())}
    most, found = assignment.most, {}
    for row in rows(path):
        known = last.get((row.get("student", ""), row.get("file", "")), {})
        for cell, was in known.get("points", {}).items():
            if cell in most and cell in row:
                now = number(row[cell], most[cell], f"grades.csv: {cell} of {row['student']}")
                if now is not None and (was is None or abs(now - was) > 1e-6):
                    found[known.get("work", known["student"]), cell] = now
    return found


def _in_sheet(path, assignment, before):
    """Cells whose rows in the sheet are not those that it was written with."""
    last, cells, found = before.get("sheet", {}), defaultdict(dict), {}
    for row in rows(path):
        most = float(row.get("most") or 0)
        where = f"sheet.csv: points of {row.get('student')} in {row.get('cell')}"
        points = number(row.get("points"), most, where)
        comment = (row.get("comment") or "").strip()
        cells[row.get("student", ""), row.get("cell", "")][row.get("criterion", "")] = [
            points,
            comment,
        ]
    for (student, cell), lines in cells.items():
        was = last.get(student, {}).get(cell)
        if was is None or _alike(lines, was) or cell not in assignment.by_hand:
            continue
        points = [line[0] for line in lines.values()]
        said = [f"{c}: {line[1]}" if c else line[1] for c, line in lines.items() if line[1]]
        changed = not _alike(lines, was, comments=False)
        whole = sum(points) if changed and None not in points else None
        found[student, cell] = {"points": whole, "comment": "\n".join(said) or None}
    return found


def _alike(lines, was, comments=True):
    """Whether the rows of a cell say the same, to the digits that a CSV holds."""
    kept = slice(0, 2 if comments else 1)

    def told(rows):
        parts = {words: line[kept] for words, line in rows.items()}
        return {words: [safe(part) for part in line] for words, line in parts.items()}

    return told(lines) == told(was)


def sheet(out: Path, assignment: Assignment, works) -> dict:
    """Write sheet.csv anew; returns what stands in it, for summary.json.

    works: (student, name, {grade_id: answer}, {grade_id: score as of Course.scores}) each.  Points
    and comments that were typed stay where they are.
    """
    old = defaultdict(dict)
    for row in rows(out / "sheet.csv"):
        old[row.get("student"), row.get("cell")][row.get("criterion", "")] = row
    lines, kept = [[*COLUMNS, "answer"]], {}
    for student, name, answers, scores in works:
        for cell, criteria in assignment.criteria.items():
            score, entries = scores.get(cell, {}), {}
            again = score.get("waits") and score.get("by_hand")
            counts = None if score.get("waits") else score.get("points")
            told = f"was {score['points']:g}: the answer has changed" if again else counts
            for place, (words, most) in enumerate(criteria):
                was = old[student, cell].get(words, {})
                points = None if again else number(was.get("points"), most, "sheet.csv: points")
                comment = (was.get("comment") or "").strip()
                if len(criteria) == 1:  # what was given in another place stands here, too
                    points, comment = counts, (score.get("comment") or comment).strip()
                entries[words] = [points, comment]
                answer = answers.get(cell, "")[:ANSWER] if place == 0 else ""
                mine = [student, name, cell, assignment.titles[cell], words, most, points, comment]
                lines.append([*mine, told if place == 0 else None, answer])
            kept.setdefault(student, {})[cell] = entries
    for row in rows(out / "sheet.csv"):  # of who is not in this round, but may be in the next
        if row.get("student") not in kept and (row.get("points") or row.get("comment")):
            lines.append([row.get(column, "") for column in [*COLUMNS, "answer"]])
    if assignment.criteria:
        table(out / "sheet.csv", lines)
    return kept
