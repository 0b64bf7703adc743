"""How late something is, and what that costs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

UNITS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400, "week": 604800, "year": 31536000}
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T_-](\d\d)[-:.](\d\d)(?:[-:.](\d\d))?")


@dataclass(frozen=True)
class Rule:
    """percent of the points for each day begun; nothing left after `days`; minutes of grace."""

    percent: float = 0.0
    days: float = math.inf
    grace: float = 0.0

    def cost(self, seconds: float) -> float:
        """Percent of the points that so many seconds after the deadline cost."""
        if seconds <= 60 * self.grace:
            return 0.0
        begun = math.ceil(seconds / UNITS["day"])
        return 100.0 if begun > self.days else min(100.0, self.percent * begun)


@dataclass(frozen=True)
class Late:
    """words: for people.  percent: of the points that it costs, None where nobody can tell."""

    words: str = ""
    percent: float | None = 0.0


def rule(text: str) -> Rule:
    """The rule in words such as "percent=10,days=3,grace=30"; ValueError where it is none."""
    wanted = "percent=NUMBER,days=NUMBER,grace=MINUTES, or some of them"
    parts = dict(part.strip().partition("=")[::2] for part in text.split(","))
    try:
        numbers = {name.strip(): float(value) for name, value in parts.items()}
        if any(value < 0 for value in numbers.values()):
            raise ValueError
        return Rule(**numbers)
    except (ValueError, TypeError):
        raise ValueError(f"--late must be {wanted}, got {text!r}") from None


def moment(text: str) -> datetime:
    """A deadline such as 2026-11-20T23:59, in the time of the platform."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        wanted = "a time such as 2026-11-20T23:59"
        raise ValueError(f"--due must be {wanted}, got {text!r}") from None


def read_time(file: str) -> datetime | None:
    """The time in a file's name, such as 2026-11-20-23-50-12, as some platforms write it."""
    found = TIME.search(file)
    try:
        return found and datetime.fromisoformat(
            f"{found[1]}T{found[2]}:{found[3]}:{found[4] or '00'}"
        )
    except ValueError:
        return None


def lateness(cost: Rule | None, due: datetime | None, time, said: str, flagged: bool) -> Late:
    """How late an upload is, and what that costs by the rule (None: nothing).

    time: of the upload, where known; said: the platform's words, of which "2 days 3 hours late" is
    understood; flagged: that it was late, by an unknown time.
    """
    seconds = None
    if due and time:
        seconds = (time - due).total_seconds()
    elif found := re.search(r"((?:\d+ (?:sec|min|hour|day|week|year)\w* ?)+)late", said):
        parts = re.findall(r"(\d+) (sec|min|hour|day|week|year)", found[1])
        seconds = sum(int(number) * UNITS[unit] for number, unit in parts)
    if seconds is None:
        if not flagged:
            return Late()
        unknown = "late, nobody knows how much: give the time in the roster, and --due"
        return Late(unknown if cost else "late", None if cost else 0.0)
    if seconds <= 0:
        return Late()
    late = f"late by {timedelta(seconds=round(seconds))}"
    percent = cost.cost(seconds) if cost else 0.0
    free = ", within the grace" if cost and seconds <= 60 * cost.grace else ""
    return Late(f"{late}, {percent:g} % off" if percent else late + free, percent)
