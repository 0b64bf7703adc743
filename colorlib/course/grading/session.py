"""Grade one notebook: two forked processes, one for the answers, one for the tests, and the clock.

Everything that the two say to each other passes through here.  What hangs is interrupted, then
killed; what dies is started afresh, with those of the student's cells that had ended well; the rest
of the notebook goes on.  A test's verdict comes from the judge's process alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import select
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from colorlib.course.grading.assignment import Assignment, grade_id, is_test, used
from colorlib.course.grading.exchange import Encoder
from colorlib.course.grading.messages import Broken, Gone, pack, receive, send, unpack
from colorlib.course.grading.nursery import Nursery
from colorlib.course.grading.outputs import checked, failure

COLAB = re.compile(
    r"# On Colab this installs colorlib\..*\nimport importlib\.util\n\n"
    r"if importlib\.util\.find_spec\(\"colorlib\"\) is None:\n    %pip install .*\n?"
)
GRACE = 2.0  # seconds to stop after Ctrl-C
FOLDER = 256 << 20  # bytes that a submission may have on disk at a time
FILES = 5000
THREADS = 200


@dataclass(frozen=True)
class Limits:
    """What one submission may take."""

    seconds: float = 60.0  # a cell
    total: float = 600.0  # seconds for all of it
    memory: int = 2 << 30  # bytes, beyond what torch takes when loaded


class Session:
    """One submission: its two processes, from the first cell to the last."""

    def __init__(self, nursery: Nursery, assignment: Assignment, limits: Limits):
        self.nursery, self.assignment, self.limits = nursery, assignment, limits
        self.student = self.judge = None
        self.lead = ()  # given cells that the student's process is born with
        self.ended = []  # sources of the student's cells that ended, to run again in a new process
        self.given = []  # given code that the judge has run
        self.open = []  # numbers of the judge's questions that the student has not answered
        self.asked = 0  # questions of the student's that the judge has not answered
        self.trouble = ""  # why the student's process is gone
        self.greed = ""  # what it took too much of

    def run(self, cells, keep_cache=False) -> list[dict]:
        """Run a notebook's cells in order, tests as in the release.

        Returns a report for each: outputs, seconds; for a test also whether it passed, and what of
        its outputs is visible.  keep_cache: what colorlib cached while the tests ran (drawn
        portraits) is there for later sessions.
        """
        home = self.nursery.home
        with tempfile.TemporaryDirectory(dir=home, ignore_cleanup_errors=True) as place:
            self._move_in(Path(place))
            try:
                born_with = self._born_with(cells)
                self.nursery.stem("judge", self.assignment.judges_lead)
                self.end = time.monotonic() + self.limits.total
                return [
                    {"outputs": born_with[n], "seconds": 0.0} if n in born_with else self._timed(c)
                    for n, c in enumerate(cells)
                ]
            finally:
                for process in filter(None, (self.student, self.judge)):
                    process.end()
                if keep_cache:
                    self.nursery.take(self.folders["judge"])

    def _move_in(self, place):
        self.folders = {role: place / role for role in ("student", "judge")}
        for folder in self.folders.values():
            folder.mkdir()
            self.nursery.lend(folder)

    def _born_with(self, cells) -> dict[int, list]:
        """Position -> outputs, of the given cells that the stem ran, where the notebook starts so.

        The set-up cell for Colab, which does nothing where colorlib is installed, may stand before.
        """
        lead, code = self.assignment.lead, []
        for n, cell in enumerate(cells):
            if cell.cell_type == "code" and cell.source.strip():
                code.append(n)
        front = [n for n in code[:1] if COLAB.fullmatch(cells[n].source)]
        mine = [n for n in code if n not in front][: len(lead)]
        if not lead or [cells[n].source for n in mine] != list(lead):
            return {}
        self.lead = lead
        outputs = self.nursery.stem("student", lead).outputs
        return {n: [] for n in front} | dict(zip(mine, outputs, strict=True))

    def _timed(self, cell):
        began = time.monotonic()
        report = self._cell(cell)
        return report | {"seconds": round(time.monotonic() - began, 3)}

    def _cell(self, cell):
        if cell.cell_type != "code":
            return {"outputs": []}
        if time.monotonic() > self.end:
            words = f"not run: the {self.limits.total:g} s for the whole notebook were over"
            late = [failure("TimeoutError", words)]
            return {"outputs": late} | ({"passed": False, "visible": late} if is_test(cell) else {})
        if is_test(cell):
            return self._test(grade_id(cell))
        return {"outputs": self._answer(cell.source) if cell.source.strip() else []}

    # ---- the student's cells

    def _answer(self, source):
        if not self._revive():
            return [failure("RuntimeError", f"not run: {self.trouble}")]
        outputs = self._execute(source)
        if outputs is None:
            return [failure("RuntimeError", self.trouble)]
        self.ended.append(source)
        return outputs

    def _execute(self, source):
        """Outputs of one cell in the student's process, or None where that did not survive."""
        # a cell cannot know, and so not end, the next one
        until, mine = self._until(), secrets.randbits(32)
        try:
            self._send(self.student, b"x", mine, pack(source))
            while self._ready([self.student], until):
                kind, number, body = receive(self.student.sock, time.monotonic() + 5)
                if (kind, number) == (b"d", mine):
                    return checked(unpack(body)[0])
                if kind == b"q":
                    refusal = _refusal("RuntimeError", "a function of a test that is over")
                    self._send(self.student, b"a", number, refusal)
        except (Gone, Broken) as error:
            return self._lose(_words(error))
        if self._interrupted(b"d", mine):
            return [failure("TimeoutError", f"stopped after {self.limits.seconds:g} s")]
        return None

    def _interrupted(self, wanted, number) -> bool:
        """Ctrl-C for the student's process; False where it is killed, as no `wanted` followed."""
        self.student.signal(signal.SIGINT)
        until = time.monotonic() + GRACE
        try:
            while self._ready([self.student], until):
                kind, asked, _ = receive(self.student.sock, until)
                if (kind, asked) == (wanted, number):
                    return True
            self._lose(f"killed: it went on after {self.limits.seconds:g} s")
        except (Gone, Broken) as error:
            self._lose(_words(error))
        return False

    def _lose(self, why):
        """The student's process is gone or will be; what the judge waits for is answered."""
        if self.student:
            self.student.end()
        self.trouble = f"the process of the answers ended ({self.greed or why})"
        self.student, self.asked, self.greed = None, 0, ""
        self._dismiss("ConnectionError", self.trouble)

    def _dismiss(self, kind, words):
        """Answer the judge's open questions with an error, the innermost first."""
        while self.open:
            self._send(self.judge, b"a", self.open.pop(), _refusal(kind, words))

    def _revive(self) -> bool:
        """A student's process, with the cells that had ended; False where time is over."""
        while self.student is None and time.monotonic() < self.end:
            self.student = self._fork("student", "judge")
            for position, source in enumerate(self.ended):
                if self._execute(source) is None:
                    del self.ended[position]
                    break
        return self.student is not None

    # ---- tests

    def _test(self, name):
        visible, full = self.assignment.known[name].source, self.assignment.tests[name].source
        # where that is impossible, the test's questions are answered with the reason
        self._revive()
        for code in self.assignment.given(name):
            if code not in self.given:
                self._judge(code, code)
                self.given.append(code)
        report = self._judge(visible, full)
        hidden = report.pop("hidden")
        return report | {"outputs": report["visible"] + ([] if report["passed"] else hidden)}

    def _judge(self, visible, full):
        """The judge's report on one piece of code."""
        if self.judge is None:
            self.judge = self._fork("judge", "student")
            self.given = list(self.assignment.judges_lead)
        names = sorted((used(full) | used(visible)) & self.assignment.answers)
        task = {"names": names, "visible": visible, "full": full}
        try:
            self._send(self.judge, b"t", 0, pack(task))
            return self._report(self._until(), over=False) or self._report(
                time.monotonic() + GRACE, over=True
            )
        except (Gone, Broken) as error:
            self.judge.end()
            self.judge = None
            if self.open:
                self._give_up()
            words = [failure("RuntimeError", f"the test's process ended ({error})")]
            return {"passed": False, "visible": words, "hidden": []}

    def _report(self, until, over):
        """Pass messages on until the judge reports; at `until`, interrupt what hangs.

        over: the time for the test was over before; then Gone is raised at `until`.
        """
        while ready := self._ready([self.judge, self.student], until):
            if self.judge not in ready:
                self._from_student()
            elif report := self._from_judge(over):
                return report
        if over:
            raise Gone("it went on after its time")
        if not self.open:
            self.judge.signal(signal.SIGINT)
        elif self._interrupted(b"a", self.open[0]):  # time is up while the student's function runs
            self._too_late()
        return None

    def _from_judge(self, over):
        kind, number, body = receive(self.judge.sock)
        if self.open and (kind == b"d" or (kind == b"q" and not self.asked)):
            self._give_up()
        if kind == b"d":
            return unpack(body)[0]
        if kind == b"q":
            self.open.append(number)
            if over:
                self._too_late()
            elif self.student is None:
                self._dismiss("ConnectionError", self.trouble)
            else:
                self._to_student(kind, number, body)
        elif kind == b"a":
            self.asked = max(0, self.asked - 1)
            self._to_student(kind, number, body)
        return None

    def _too_late(self):
        self._dismiss("TimeoutError", f"no answer within {self.limits.seconds:g} s")

    def _give_up(self):
        """The judge waits no more: a check's own clock has run out, or its process has ended."""
        number, self.open, self.asked = self.open[0], [], 0
        if self.student:
            self._interrupted(b"a", number)

    def _from_student(self):
        try:
            kind, number, body = receive(self.student.sock, time.monotonic() + 5)
        except (Gone, Broken) as error:
            self._lose(_words(error))
            return
        if kind == b"a" and self.open and number == self.open[-1]:
            self.open.pop()
            self._send(self.judge, kind, number, body)
        elif kind == b"q" and self.open:
            self.asked += 1
            self._send(self.judge, kind, number, body)
        # What it says without being asked, or again, is not heard.

    def _to_student(self, kind, number, body):
        if self.student is None:
            return
        try:
            self._send(self.student, kind, number, body)
        except Gone as error:
            self._lose(_words(error))

    # ---- both

    def _fork(self, role, other):
        lead = self.assignment.judges_lead if role == "judge" else self.lead
        stem, folders = self.nursery.stem(role, lead), (self.folders[role], self.folders[other])
        return stem.fork(role, *map(str, folders), self.limits.memory)

    @staticmethod
    def _send(process, kind, number, body=b""):
        process.sock.settimeout(10)
        send(process.sock, kind, number, body)

    def _until(self):
        return min(time.monotonic() + self.limits.seconds, self.end)

    def _ready(self, processes, until) -> list:
        """Those of them that say something, as soon as one does; none at `until`.

        Meanwhile see to disk and threads.
        """
        of_sock = {process.sock: process for process in processes if process}
        while (left := until - time.monotonic()) > 0:
            if ready := select.select(of_sock, [], [], min(0.5, left))[0]:
                return [of_sock[sock] for sock in ready]
            if self.student and (why := self._greedy()):
                self.greed = why
                self.student.signal(signal.SIGKILL)  # noticed as its end by whoever reads
        return []

    def _greedy(self) -> str:
        """What the student's process takes too much of; empty where nothing."""
        if self.student.threads() > THREADS:
            return f"it started more than {THREADS} threads"
        size = count = 0
        for place, folders, files in os.walk(self.folders["student"]):
            count += len(folders) + len(files)
            for name in files:
                with contextlib.suppress(OSError):
                    size += os.lstat(os.path.join(place, name)).st_size
            if size > FOLDER or count > FILES:
                return f"it wrote more than {FOLDER >> 20} MB or {FILES} files"
        return ""


def _refusal(kind, words):
    return pack(["error", Encoder(None)([kind, words])])


def _words(error):
    gone = isinstance(error, Gone)
    return "exit, crash or out of memory" if gone else f"it broke the rules: {error}"
