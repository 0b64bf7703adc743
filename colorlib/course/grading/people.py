"""Whose work a file is: names as learning platforms write them, a roster, groups, lateness.

Canvas names what it hands out `lastfirst_LATE_4711_98765_ps3-1.ipynb` (the person's number, then
the file's; LATE only where it is), Moodle `Anna Meier_4711_assignsubmission_file/ps3.ipynb`, with
the folder's name in front of the file's where folders are switched off.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

import pandas as pd

from colorlib.course.grading.intake import Submission, slug, student_name
from colorlib.course.grading.late import Rule, lateness, read_time

CANVAS = re.compile(
    r"(?:(?P<name>.+?)_)??(?:(?P<late>LATE|late)_)?(?P<ident>\d+|anon_[A-Za-z0-9]+)_(?P<order>\d+)_"
)
MOODLE = re.compile(r"(?P<name>.+)_(?P<ident>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_|$)")
# What a roster's columns are called, in lower case: the first that is there counts.
COLUMNS = {
    "name": ("student", "full name", "name"),
    "ident": ("id", "identifier", "user id"),
    "login": ("sis login id", "login", "username", "email address", "email"),
    "number": ("sis user id", "id number", "student id", "number"),
    "time": ("last modified (submission)", "submitted", "time"),
    "status": ("status",),
}


@dataclass(frozen=True)
class How:
    """How files are read: a platform's names, a roster, groups, and what lateness costs."""

    names: str = "plain"
    roster: Path | None = None
    group: str | None = None
    due: datetime | None = None
    late: Rule | None = None
    column: str | None = None  # of the roster, for the points


@dataclass
class Person:
    """One row of the results.  work: the name under which what they handed in is graded."""

    key: str
    name: str
    ident: str = ""
    group: str = ""
    place: str = ""  # the platform's own name of the file or folder
    row: dict = field(default_factory=dict)  # of the roster
    work: Submission | None = None
    reason: str = ""  # why there is no work to grade


@dataclass
class Roster:
    """Who is in the course: a platform's export, or any CSV with a column of names."""

    columns: list[str] = field(default_factory=list)
    rows: list[dict] = field(default_factory=list)
    delimiter: str = ","

    def value(self, row: dict, what: str) -> str:
        """What the roster says about somebody, "" where it does not."""
        head = {column.strip().lower(): column for column in self.columns}
        found = (head[name] for name in COLUMNS[what] if name in head)
        return (row.get(next(found, None)) or "").strip()

    def people(self, group: str | None) -> list[Person]:
        """The persons of the roster; rows that name nobody (points possible, say) are left out."""
        if group and group not in self.columns:
            raise ValueError(f"--group must be a column of the roster, got {group!r}")
        found = []
        for row in self.rows:
            ident = re.sub(r"^\D+ (?=\d+$)", "", self.value(row, "ident"))
            name = self.value(row, "name") or self._two_names(row)
            if not name or "points possible" in name.lower() or not any(row.values()):
                continue
            last = ident or self.value(row, "number") or self.value(row, "login").split("@")[0]
            found.append(
                Person(
                    slug(f"{name} {last}"), name, ident, row.get(group or "", "").strip(), row=row
                )
            )
        return found

    def _two_names(self, row):
        head = {column.strip().lower(): column for column in self.columns}
        parts = [row.get(head.get(part, ""), "") for part in ("first name", "last name")]
        return " ".join(filter(None, map(str.strip, parts)))

    def tokens(self, person: Person) -> set[str]:
        """What a file's name may call somebody, as slugs."""
        row = person.row
        first_last = " ".join(reversed(person.name.split(", ")))
        mail = self.value(row, "login")
        said = [person.name, first_last, mail, mail.split("@")[0], self.value(row, "number")]
        return {slug(text) for text in [*said, person.ident] if len(slug(text)) > 2}


def read_roster(path: Path | None) -> Roster:
    """The roster in a CSV file (commas, semicolons or tabs); an empty one where path is None."""
    if path is None:
        return Roster()
    if not Path(path).is_file():
        raise ValueError(f"--roster must be a CSV file, got {str(path)!r}")
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"--roster must be UTF-8 text, got {str(path)!r}") from None
    mark = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, restval="")
    rows = [{k: v or "" for k, v in row.items() if k is not None} for row in reader]
    roster = Roster(list(reader.fieldnames or ()), rows, mark)
    if not roster.people(None):
        known = ", ".join(COLUMNS["name"])
        raise ValueError(
            f"--roster must have a row of titles, one of them {known}, or first name and last "
            f"name, and a row a person, got {str(path)!r}"
        )
    return roster


# ---- files to people


@dataclass
class Named:
    """What a file's name says."""

    name: str
    ident: str = ""
    late: bool = False
    order: int = 0
    place: str = ""
    kind: str = "file"


def read_name(file: str, names: str) -> Named | None:
    """Who handed a file in, by the platform's names; None where it is not such a name."""
    if names == "canvas":
        found = CANVAS.match(PurePosixPath(file).name)
        if not found:
            return None
        name, late = found["name"] or "", bool(found["late"])
        if name.lower() == "late" and found["ident"].startswith("anon_"):
            name, late = "", True
        return Named(name or found["ident"], found["ident"], late, int(found["order"]), file)
    for part in PurePosixPath(file).parts:
        if found := MOODLE.match(part):
            place = part[: found.end()].rstrip("_")
            return Named(found["name"], found["ident"], place=place, kind=found["kind"])
    return None


def assign(found: list[Submission], others: dict[str, str], how: How):
    """(a Person for each row of the results, notes on files that are nobody's work).

    found: the notebooks, readable or refused.  others: files that are none, with the reason.  Of
    several uploads of one person (or group) the newest that can be graded counts; the others stay
    where they are, and are named.
    """
    roster = read_roster(how.roster)
    people = {}
    for person in roster.people(how.group):
        if people.setdefault(person.key, person) is not person:
            raise ValueError(f"--roster must tell people apart, got two called {person.key!r}")
    uploads, stray = defaultdict(list), []
    for submission in found:
        person, named = _owner(submission.file, how, roster, people)
        if person is None:
            stray.append(f"{submission.file}: {named}")
            continue
        submission.order = (
            read_time(submission.file) or datetime.min,
            named.order,
            _counter(submission.file),
            submission.modified,
        )
        submission.flagged = named.late
        uploads[person.key].append(submission)
    for file, reason in others.items():
        person, _ = _owner(file, how, roster, people) if how.names != "plain" else (None, None)
        if person and not uploads[person.key]:
            person.reason = f"no notebook, only {file} ({reason})"
        stray.append(f"{file}: {reason}")
    _choose(people, uploads, roster, how)
    return list(people.values()), stray


def _owner(file, how, roster, people):
    """(the person whose file it is, what its name says); (None, why) where it is nobody's."""
    if how.names == "plain":
        return _by_tokens(file, roster, people) if roster.rows else _by_file(file, people)
    named = read_name(file, how.names)
    if named is None:
        return None, f"not a name that {how.names.title()} gives"
    same = (p for p in people.values() if p.ident == named.ident)
    person = next(same, None)
    if person is None:
        key = slug(f"{named.name} {named.ident}")
        person = people.setdefault(key, Person(key, named.name, named.ident))
    person.place = named.place
    return person, named


def _by_file(file, people):
    key = student_name(file)
    return people.setdefault(key, Person(key, PurePosixPath(file).stem)), Named(key)


def _by_tokens(file, roster, people):
    """The one person of the roster whom the file's name calls by name, login or number."""
    text = f"-{slug(file.removesuffix('.ipynb'))}-"
    fits = {
        person.key: max(map(len, called))
        for person in people.values()
        if (called := [t for t in roster.tokens(person) if f"-{t}-" in text]) and person.row
    }
    best = [key for key, size in fits.items() if size == max(fits.values())]
    if len(best) == 1:
        return people[best[0]], Named(best[0])
    if best:
        return None, f"its name fits several people: {', '.join(best)}"
    return None, "its name fits nobody in the roster"


def _counter(file):
    """2 for 'ps1 (2).ipynb' and for 'ps1-2.ipynb', 0 for 'ps1.ipynb'."""
    found = re.search(r"(?:\((\d+)\)|-(\d+))$", PurePosixPath(file).stem)
    return int(found[1] or found[2]) if found else 0


def _choose(people, uploads, roster, how):
    """Give each person the work that counts, the same to all of a group."""
    teams = defaultdict(list)
    for person in people.values():
        teams[slug(f"group {person.group}") if person.group else person.key].append(person)
    for key, team in teams.items():
        mine = [(u, p) for p in team for u in uploads.get(p.key, ())]
        if not mine:
            for person in team:
                person.reason = person.reason or "nothing handed in"
            continue
        mine.sort(key=lambda pair: (not pair[0].refused, pair[0].order))
        work, owner = mine[-1]
        work.student, work.name = key, owner.group or owner.name
        work.notes += _about_others([u for u, _ in mine[:-1]], work)
        time = read_time(work.file) or _roster_time(roster.value(owner.row, "time"))
        said = roster.value(owner.row, "status")
        work.late = lateness(how.late, how.due, time, said, work.flagged)
        for person in team:
            person.work = work


def _about_others(others, work):
    others = [u for u in others if u.digest != work.digest]  # a group's file lies with each member
    notes = [f"{u.file!r} is another upload, which does not count" for u in others]
    newer = [u for u in others if u.order > work.order]
    return notes + [f"{u.file!r} is newer, but {u.refused}" for u in newer]


def _roster_time(text):
    try:
        return (
            pd.to_datetime(text).to_pydatetime().replace(tzinfo=None) if text.strip(" -") else None
        )
    except (ValueError, OverflowError, TypeError):
        return None
