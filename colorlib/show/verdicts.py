"""Sentences from measured numbers: what moved, which way is good, one verdict.

    moved = verdicts.change(mse_of_base, mse_of_ours)  # both (N,), of the same pictures
    verdicts.listed({"ours against the base": moved})
    verdicts.claims([("a 19.03% MSE reduction", moved, "down", verdicts.holds(moved))])

A lesson's text cannot know its numbers: they change with preset, pictures and machine. So no
verdict is typed; it is made here, from the number that stands beside it.
"""

from dataclasses import dataclass

import numpy as np
from IPython.display import Markdown

from colorlib import metrics

GOOD = {"down": -1, "up": 1}
HOLDS = {True: "**holds here**", False: "**does not hold here**", None: "**cannot be told here**"}


@dataclass(frozen=True)
class Change:
    """A relative change (0.1 is +10 %) with the ends of its 95 % interval.

    what: the name of what changed. good: which way is better, "down" or "up"; else ValueError.
    """

    value: float
    low: float
    high: float
    what: str = "MSE"
    good: str = "down"

    def __post_init__(self):
        if self.good not in GOOD:
            raise ValueError(f"good must be 'down' or 'up', got {self.good!r}")

    @property
    def verdict(self):
        """ "better", "worse", or "cannot tell" where the interval includes zero."""
        if self.low <= 0 <= self.high:
            return "cannot tell"
        return "better" if self.value * GOOD[self.good] > 0 else "worse"

    def end(self, share):
        """An end of the interval in per cent: one that excludes zero never reads as 0.0."""
        near = self.verdict != "cannot tell" and round(100 * share, 1) == 0
        return f"{100 * share:+.1g} %" if near else percent(share)

    def __str__(self):
        inside = "includes" if self.verdict == "cannot tell" else "excludes"
        words = {"cannot tell": "these pictures cannot tell"}.get(self.verdict, self.verdict)
        ends = " to ".join(self.end(x) for x in (self.low, self.high))
        return f"{self.what} {percent(self.value)} (95 % interval {ends}, {inside} zero): {words}"


def percent(share):
    """A share as a signed number of per cent; 0 has no minus."""
    number = round(100 * share, 1) + 0.0
    return f"{number:+.0f} %" if abs(number) >= 100 else f"{number:+.1f} %"


def change(before, after, what="MSE", good="down"):
    """How the mean of `after` differs from that of `before`, as a `Change`.

    Both (N,): scores of two methods on the same N pictures, compared in pairs.
    """
    value, low, high = metrics.paired_bootstrap(before, after)
    return Change(-value, -high, -low, what, good)


def apart(before, after, what="MSE", good="down"):
    """As `change`, of scores on *different* pictures, (N,) and (M,): each resampled by itself."""
    rng = np.random.default_rng(0)
    means = [rng.choice(x, (2000, len(x))).mean(axis=1) for x in (before, after)]
    low, high = np.quantile(means[1] / means[0] - 1, [0.025, 0.975])
    value = np.mean(after) / np.mean(before) - 1
    return Change(float(value), float(low), float(high), what, good)


def holds(moved):
    """Whether an improvement is there: True, False where it is worse, None where none can tell."""
    return {"better": True, "worse": False, "cannot tell": None}[moved.verdict]


def listed(changes):
    """{who against whom: `Change`} as a list, each with its verdict."""
    return Markdown("\n".join(f"- {name}: {said(moved)}" for name, moved in changes.items()))


def said(moved):
    """A `Change` in words, its verdict in bold; any other thing as it is."""
    if not isinstance(moved, Change):
        return str(moved)
    rest, _, verdict = str(moved).rpartition(": ")
    return f"{rest}: **{verdict}**"


def claims(rows):
    """A table of the paper's sentences beside what moved here.

    rows: [(quotation, what moved: a `Change` or words, which way is good, verdict)]. The verdict is
    True, False or None: whether the sentence holds here, None where these numbers cannot tell.
    ValueError for another one.
    """
    lines = ["| the paper says | verdict | what moved here | good is |", "|---|---|---|---|"]
    for quotation, moved, good, verdict in rows:
        if verdict not in (True, False, None):
            raise ValueError(f"verdict must be True, False or None, got {verdict!r}")
        word = HOLDS[verdict if verdict is None else bool(verdict)]
        moved = str(moved).rpartition(": ")[0] if isinstance(moved, Change) else moved
        lines.append(f"| “{quotation}” | {word} | {moved} | {good} |")
    return Markdown("\n".join(lines))
