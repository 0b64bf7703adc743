"""What a round leaves: grades.csv, a feedback page a student, and a summary for the teacher."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from statistics import median

from colorlib.course.grading.assignment import Assignment, grade_id, is_test
from colorlib.course.grading.intake import Submission
from colorlib.course.grading.outputs import error_in, printed_in
from colorlib.course.grading.pages import feedback, summary
from colorlib.data.files import whole, write_json

LOOKS_LIKE = re.compile(r"^  Looks like:\s+(.{1,200}?)\.?$", re.M)
HAND_OPEN = "to grade by hand"  # the status of who waits for a person


def write(
    out: Path, assignment: Assignment, submissions: list[Submission], scores, cells_of, free
) -> dict:
    """Write all reports; returns {"rows", "tests", "mistakes", "free"}, as in summary.json.

    scores: see Course.scores.  cells_of: student -> the reports of the run.  free: tests that the
    hand-out passes as it is.
    """
    for old in (out / "feedback").glob("*.html"):
        old.unlink()
    rows, mistakes = [], {name: Counter() for name in assignment.tests}
    for submission in submissions:
        row = {"student": submission.student, "file": submission.file, "notes": submission.notes}
        if submission.refused:
            rows.append(row | {"status": "refused", "reason": submission.refused})
            continue
        cells = cells_of(submission.student)
        rows.append(row | _row(assignment, submission, scores[submission.student], cells))
        for name, told in _tests(submission, cells).items():
            mistakes[name].update(LOOKS_LIKE.findall(printed_in(told["visible"])))
        page = feedback(assignment, submission, rows[-1], cells)
        _write(out / "feedback" / f"{submission.student}.html", page)
    verdicts = {
        name: Counter(row["tests"][name] for row in rows if name in row.get("tests", ()))
        for name in assignment.tests
    }
    data = {
        "assignment": assignment.name,
        "rows": rows,
        "tests": verdicts,
        "mistakes": {name: dict(count.most_common()) for name, count in mistakes.items() if count},
        "free": free,
    }
    _csv(out / "grades.csv", assignment, rows)
    write_json(out / "summary.json", data, indent=1)
    _write(out / "summary.html", summary(assignment, data, words(data)))
    return data


def _tests(submission, cells):
    """grade_id of each test -> the report on it."""
    pairs = zip(submission.notebook.cells, cells, strict=True)
    return {grade_id(cell): told for cell, told in pairs if is_test(cell)}


def verdict(told: dict) -> str:
    """What became of a test: passed, hidden, or the kind of the visible failure.

    Hidden where only its hidden part failed.
    """
    if told["passed"]:
        return "passed"
    error = error_in(told["visible"])
    return error["ename"] if error else "hidden"


def _row(assignment, submission, scores, cells):
    """What a graded submission got: the points of each cell, None where a person has to look.

    Again, where the answer has changed; and the sums, by tests and by hand.
    """
    given = {}
    for name, score in scores.items():
        value = score["auto"] if score["manual"] is None else score["manual"]
        given[name] = None if score["waits"] else value
    tests = sum(given.get(name) or 0 for name in assignment.tests)
    hand = [given.get(name) for name in assignment.by_hand]
    waits = None in hand
    return {
        "status": HAND_OPEN if waits else "graded",
        "score": tests,
        "max": assignment.max_score,
        "by_hand": None if waits else sum(hand),
        "by_hand_max": sum(assignment.by_hand.values()),
        "total": None if waits else tests + sum(hand),
        "tests": {name: verdict(told) for name, told in _tests(submission, cells).items()},
        "points": given,
        "seconds": round(sum(told["seconds"] for told in cells), 1),
    }


# ---- grades.csv


def _csv(path: Path, assignment: Assignment, rows) -> None:
    """One row a file.  With a byte order mark, without which spreadsheets misread names."""
    sums = ["score", "max", "by_hand", "by_hand_max", "total"]
    graded = [*assignment.tests, *assignment.by_hand]
    with (
        whole(path) as part,
        part.open("w", encoding="utf-8-sig", newline="", errors="replace") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(["student", "file", "status", *sums, *graded, "reason", "notes"])
        for row in rows:
            values = [row["student"], row["file"], row["status"], *map(row.get, sums)]
            values += map(row.get("points", {}).get, graded)
            writer.writerow(map(_cell, [*values, row.get("reason"), "; ".join(row["notes"])]))


def _cell(value):
    """Numbers are short, and no spreadsheet takes a text for a formula."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t")) else value
    return f"{value:g}"


def words(data: dict) -> str:
    """The round in a line or two."""
    graded = [r for r in data["rows"] if r["status"] != "refused"]
    waiting = sum(r["status"] == HAND_OPEN for r in graded)
    told = f"{len(graded)} graded, {len(data['rows']) - len(graded)} refused, "
    told += f"{waiting} with answers for a person."
    if not graded:
        return told
    scores, most = [r["score"] for r in graded], graded[0]["max"]
    middle = f"median {median(scores):g} of {most:g}"
    return f"{told} Points by tests: {middle}, from {min(scores):g} to {max(scores):g}."


def _write(path: Path, text: str) -> None:
    with whole(path) as part:
        part.write_text(text, encoding="utf-8", errors="replace")
