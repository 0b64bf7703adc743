"""What a round leaves: grades.csv, a feedback page a student, and a summary for the teacher."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from statistics import median

from colorlib.course.grading import marks, own_work
from colorlib.course.grading.assignment import Assignment, grade_id, is_test
from colorlib.course.grading.intake import Submission
from colorlib.course.grading.outputs import error_in, printed_in
from colorlib.course.grading.pages import feedback, summary
from colorlib.course.grading.people import Person
from colorlib.data.files import whole, write_json

LOOKS_LIKE = re.compile(r"^  Looks like:\s+(.{1,200}?)\.?$", re.M)
HAND_OPEN = "to grade by hand"  # the status of who waits for a person
NOTHING, REFUSED, NOT_YET = "nothing handed in", "refused", "not in this round"
SUMS = ["score", "max", "by_hand", "by_hand_max", "deducted", "total"]


def write(out: Path, assignment: Assignment, people: list[Person], scores, cells_of, about) -> dict:
    """Write all reports; returns what stands in summary.json.

    scores: see Course.scores.  cells_of: work -> the reports of the run.  about: more of summary's
    entries, among them "before", the summary of the round before, and "stray".
    """
    for old in (out / "feedback").glob("*.html"):
        old.unlink()
    before, about = about["before"], {k: v for k, v in about.items() if k != "before"}
    rows, mistakes = [], {name: Counter() for name in assignment.tests}
    works = works_of(people)
    flags = own_work.look(works, assignment)
    told = {key: cells_of(key) for key, work in works.items() if not work.refused}
    for person in people:
        cells = told.get(person.work.student) if person.work else None
        rows.append(_row(assignment, person, scores, cells))
        rows[-1]["own_work"] = flags.get(rows[-1]["work"], "")
    first = {row["work"]: row for row in reversed(rows) if row["status"] in ("graded", HAND_OPEN)}
    for key, row in first.items():
        for name, test in _tests(works[key], told[key]).items():
            mistakes[name].update(LOOKS_LIKE.findall(printed_in(test["visible"])))
        page = feedback(assignment, works[key], row, told[key], scores[key])
        _write(out / "feedback" / f"{key}.html", page)
    verdicts = {
        name: Counter(row["tests"][name] for row in first.values()) for name in assignment.tests
    }
    data = {
        "assignment": assignment.name,
        "rows": rows,
        "tests": verdicts,
        "mistakes": {name: dict(count.most_common()) for name, count in mistakes.items() if count},
        "changes": changes(before.get("rows", ()), rows),
        "sheet": marks.sheet(out, assignment, _for_the_sheet(works, first, scores)),
        **about,
    }
    _csv(out / "grades.csv", assignment, rows)
    _note(out / "changes.csv", data["changes"])
    write_json(out / "summary.json", data, indent=1)
    _write(out / "summary.html", summary(assignment, data, words(data)))
    return data


def works_of(people: list[Person]) -> dict[str, Submission]:
    """The works of these people by their names, each once."""
    return {person.work.student: person.work for person in people if person.work}


def _for_the_sheet(works, graded, scores):
    for key in graded:
        cells = works[key].notebook.cells
        yield key, works[key].name, {grade_id(c): c.source for c in cells}, scores[key]


def _tests(work, cells):
    """grade_id of each test -> the report on it."""
    pairs = zip(work.notebook.cells, cells, strict=True)
    return {grade_id(cell): told for cell, told in pairs if is_test(cell)}


def verdict(told: dict) -> str:
    """What became of a test: passed, hidden, or the kind of the visible failure.

    Hidden where only its hidden part failed.
    """
    if told["passed"]:
        return "passed"
    error = error_in(told["visible"])
    return error["ename"] if error else "hidden"


def _row(assignment, person, scores, cells):
    """A person's row; without points where there is nothing that could have some."""
    work = person.work
    row = {"student": person.key, "name": person.name, "group": person.group}
    if work is None:
        status = NOTHING if person.reason == NOTHING else REFUSED
        return row | {
            "file": "",
            "work": "",
            "status": status,
            "reason": person.reason,
            "notes": [],
        }
    row |= {"file": work.file, "work": work.student, "notes": work.notes, "late": work.late.words}
    if work.refused:
        status = NOT_YET if work.refused == NOT_YET else REFUSED
        return row | {"status": status, "reason": work.refused}
    return row | _points(assignment, work, scores[work.student], cells)


def _points(assignment, work, scores, cells):
    """What a graded work got: the points of each cell, None where a person has to look.

    Again, where the answer has changed; the sums, by tests and by hand; what lateness costs.
    """
    given = {n: None if s["waits"] else s["points"] for n, s in scores.items() if "points" in s}
    tests = sum(given.get(name) or 0 for name in assignment.tests)
    hand = [given.get(name) for name in assignment.by_hand]
    waits = None in hand
    sums = tests + sum(points or 0 for points in hand)
    off = work.late.percent
    deducted = None if off is None else round(sums * off / 100, 2)
    return {
        "status": HAND_OPEN if waits else "graded",
        "score": tests,
        "max": assignment.max_score,
        "by_hand": None if waits else sum(hand),
        "by_hand_max": sum(assignment.by_hand.values()),
        "deducted": deducted,
        "total": None if waits or off is None else round(sums - deducted, 2),
        "tests": {name: verdict(told) for name, told in _tests(work, cells).items()},
        "points": given,
        "seconds": round(sum(told["seconds"] for told in cells), 1),
    }


def changes(before, rows) -> list[dict]:
    """Points that are others than in the round before: who, in which cell, from what to what.

    Points that a person gave for the first time are no change.
    """
    last = {row["student"]: row for row in before}
    found = []
    for row in rows:
        was, now = last.get(row["student"], {}).get("points", {}), row.get("points", {})
        for cell in [*was, *(c for c in now if c not in was)] if was and now else ():
            old, new = was.get(cell), now.get(cell)
            if old != new and not (cell in was and old is None):
                who = {"student": row["student"], "name": row["name"]}
                found.append(who | {"cell": cell, "before": old, "now": new})
    return found


# ---- files


def _csv(path: Path, assignment: Assignment, rows) -> None:
    """grades.csv: one row a person."""
    graded = [*assignment.tests, *assignment.by_hand]
    head = ["student", "name", "group", "file", "status", "late"]
    lines = [[*head, *SUMS, *graded, "own work", "reason", "notes"]]
    for row in rows:
        values = [row.get(key) for key in [*head, *SUMS]]
        values += map(row.get("points", {}).get, graded)
        lines.append([*values, row.get("own_work"), row.get("reason"), "; ".join(row["notes"])])
    marks.table(path, lines)


def _note(path: Path, changed) -> None:
    """Add the changes of this round to the list of all."""
    if not changed:
        return
    columns, when = list(changed[0]), datetime.now().isoformat(" ", "minutes")
    old = [[row.get(c, "") for c in ("when", *columns)] for row in marks.rows(path)]
    new = [[when, *change.values()] for change in changed]
    marks.table(path, [["when", *columns], *old, *new])


def words(data: dict) -> str:
    """The round in a few lines."""
    count = Counter(row["status"] for row in data["rows"])
    graded = count["graded"] + count[HAND_OPEN]
    told = f"{graded} graded, {count[REFUSED]} refused, "
    told += f"{count[HAND_OPEN]} with answers for a person."
    told += "".join(f" {count[k]} {k}." for k in (NOTHING, NOT_YET) if count[k])
    if data["stray"]:
        told += f" {len(data['stray'])} files are nobody's work."
    rows = [row for row in data["rows"] if "score" in row]
    if rows and rows[0]["max"]:
        scores = [row["score"] for row in rows]
        middle = f"median {median(scores):g} of {rows[0]['max']:g}"
        told += f" Points by tests: {middle}, from {min(scores):g} to {max(scores):g}."
    if odd := len({row["work"] for row in rows if row["own_work"]}):
        told += f" {odd} to look at, whether it is their own work."
    if changed := data["changes"]:
        gains = sum((c["now"] or 0) > (c["before"] or 0) for c in changed)
        told += f" {len(changed)} points changed, {gains} of them up: see changes.csv."
    if any(row.get("deducted", 0) is None for row in rows):
        told += " Somebody is late, and nobody knows how much."
    return told


def _write(path: Path, text: str) -> None:
    with whole(path) as part:
        part.write_text(text, encoding="utf-8", errors="replace")
