"""What a learning platform takes back: a file of points in its own format, and a zip of feedback.

Canvas's gradebook import wants the columns of its export up to Section, a row "Points Possible",
and one column a set; comments come as files with the names that it gave to the uploads, but for the
ending.  Moodle's grading worksheet wants Identifier, Grade and Last modified (grade) as it gave
them; feedback files come in folders with the names that it gave.  Where the roster is the
platform's own export, the same rows go back, and what they hold about others stays.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from colorlib.course.grading import marks
from colorlib.course.grading.assignment import Assignment
from colorlib.course.grading.people import How, Person, read_roster
from colorlib.data.files import whole

CANVAS_HEAD = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
MOODLE_HEAD = ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)"]
MOODLE_HEAD += ["Feedback comments"]
MOODLE_FILE = "assignsubmission_file"


def write(out: Path, assignment: Assignment, rows: list[dict], people: list[Person], how: How):
    """Write upload-NAMES.csv and feedback-NAMES.zip; returns what somebody should know, as lines.

    rows: of results.write, one for each of `people`.
    """
    roster = read_roster(how.roster)
    lines, told = TABLES[how.names](assignment, rows, people, roster, how)
    marks.table(out / f"upload-{how.names}.csv", lines, roster.delimiter, guarded=False)
    with whole(out / f"feedback-{how.names}.zip") as part, zipfile.ZipFile(part, "w") as archive:
        for row, person in zip(rows, people, strict=True):
            page = out / "feedback" / f"{row['work']}.html"
            if "total" in row and page.is_file():
                archive.write(page, PLACES[how.names](assignment, person))
    if waiting := sum(row.get("total", 0) is None for row in rows):
        told.append(f"upload-{how.names}.csv: {waiting} people have no points in it yet")
    return told


def _canvas(assignment, rows, people, roster, how):
    """The lines of a gradebook import."""
    head = CANVAS_HEAD
    if "Section" in roster.columns:
        head = roster.columns[: roster.columns.index("Section") + 1]
    column, told = _column(roster, how.column or assignment.name), []
    possible = [r for r in roster.rows if "points possible" in r.get("Student", "").lower()]
    most = sum(assignment.most.values())
    was = possible[0].get(column, "") if possible else ""
    if was and _number(was) != most:
        told.append(f"{column}: Canvas has {was} points possible, the set {most:g}")
    lines = [[*head, column], ["    Points Possible", *[""] * (len(head) - 1), was or f"{most:g}"]]
    for row, person in zip(rows, people, strict=True):
        given = {"Student": person.name, "ID": person.ident} | person.row
        total = row.get("total")
        points = person.row.get(column, "") if total is None else f"{total:g}"
        lines.append([*(given.get(name, "") for name in head), points])
    return lines, told


def _number(text):
    """A number as platforms write it; None where it is none."""
    try:
        return float(str(text).replace(",", "."))
    except ValueError:
        return None


def _column(roster, name):
    """The roster's column of a set: of this name, with Canvas's number behind it or without."""
    fits = [c for c in roster.columns if re.sub(r" \(\d+\)$", "", c) == name or c == name]
    return fits[0] if fits else name


def _moodle(assignment, rows, people, roster, how):
    """The lines of a grading worksheet."""
    ours = "Identifier" in roster.columns and "Grade" in roster.columns
    head, told, most = roster.columns if ours else MOODLE_HEAD, [], sum(assignment.most.values())
    lines = [head]
    for row, person in zip(rows, people, strict=True):
        start = {
            "Identifier": f"Participant {person.ident}",
            "Full name": person.name,
            "Maximum Grade": f"{most:g}",
            "Last modified (grade)": "-",
        }
        line = dict(person.row) if ours else start
        highest = line.get("Maximum Grade") or line.get("Maximum grade") or most
        if person.row and ours and _number(highest) != most and not told:
            told.append(f"Moodle's maximum grade is {highest}, the set's {most:g}: make them equal")
        if row.get("total") is not None:
            line["Grade"] = f"{row['total']:g}"
            line["Feedback comments"] = _in_words(row)
        lines.append([line.get(name, "") for name in head])
    return lines, told


def _in_words(row):
    parts = [f"{row['score']:g} of {row['max']:g} by tests"] if row["max"] else []
    if row["by_hand_max"]:
        parts.append(f"{row['by_hand']:g} of {row['by_hand_max']:g} by a person")
    late = [row["late"]] if row["late"] else []
    return "; ".join([", ".join(parts), *late, "details in the feedback file"])


def _plain(assignment, rows, people, roster, how):
    """The roster with the points in one more column; a row a person where there is none."""
    head, column = roster.columns or ["student", "name"], how.column or assignment.name
    new = [] if column in head else [column]
    lines = [[*head, *new]]
    for row, person in zip(rows, people, strict=True):
        line = dict(person.row or {"student": person.key, "name": person.name})
        line[column] = line.get(column, "") if row.get("total") is None else f"{row['total']:g}"
        lines.append([line.get(name, "") for name in lines[0]])
    return lines, []


def _moodle_place(assignment, person):
    folder = person.place or f"{person.name.replace('_', ' ')}_{person.ident}_{MOODLE_FILE}"
    return f"{folder}/feedback-{assignment.name}.html"


TABLES = {"canvas": _canvas, "moodle": _moodle, "plain": _plain}
PLACES = {
    "canvas": lambda assignment, person: str(Path(person.work.file).with_suffix(".html").name),
    "moodle": _moodle_place,
    "plain": lambda assignment, person: f"{person.key}.html",
}
