"""Grade one notebook: two forked processes, one for the answers and one for the tests, and between
them the clock.

Everything that the two say to each other passes through here.  What hangs is interrupted, then
killed; what dies is started afresh, with those of the student's cells that had ended well; the rest
of the notebook goes on.  A test's verdict comes from the judge's process alone.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from colorlib.course.grading.assignment import Assignment, grade_id, is_test, used
from colorlib.course.grading.exchange import Encoder
from colorlib.course.grading.messages import Broken, Gone, pack, receive, send, unpack
from colorlib.course.grading.nursery import Nursery

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
    """One submission.  `run` returns, for each cell, its outputs; for each test also whether it
    passed.
    """

    def __init__(self, nursery: Nursery, assignment: Assignment, limits: Limits):
        self.nursery, self.assignment, self.limits = nursery, assignment, limits
        self.cache = nursery.home / "cache"
        self.student = self.judge = None
        self.ended = []  # sources of the student's cells that ended, to run again in a new process
        self.given = []  # given code that the judge has run
        self.open = []  # numbers of the judge's questions that the student has not answered
        self.asked = 0  # questions of the student's that the judge has not answered
        # why the student's process is gone; what it took too much of
        self.trouble = self.greed = ""

    def run(self, cells, keep_cache=False) -> list[dict]:
        """cells: the notebook's, in order, tests as in the release.  A report a cell: outputs, and
        passed for tests.

        keep_cache: what colorlib cached while the tests ran (drawn portraits) is there for later
        sessions.
        """
        place = Path(tempfile.mkdtemp(prefix="work-", dir=self.nursery.home))
        self.folders = {role: place / role for role in ("student", "judge")}
        for folder in self.folders.values():
            folder.mkdir()
            if self.cache.is_dir():
                shutil.copytree(self.cache, folder / "cache")
        self.end = time.monotonic() + self.limits.total
        reports = []
        try:
            for cell in cells:
                began = time.monotonic()
                report = self._cell(cell)
                reports.append({**report, "seconds": round(time.monotonic() - began, 3)})
        finally:
            for process in (self.student, self.judge):
                if process:
                    process.end()
            if keep_cache and (self.folders["judge"] / "cache").is_dir():
                shutil.copytree(self.folders["judge"] / "cache", self.cache, dirs_exist_ok=True)
            shutil.rmtree(place, ignore_errors=True)
        return reports

    def _cell(self, cell):
        if cell.cell_type != "code":
            return {"outputs": []}
        if time.monotonic() > self.end:
            late = _error(
                "TimeoutError",
                f"not run: the {self.limits.total:g} s for the whole notebook were over",
            )
            return {"outputs": [late]} | (
                {"passed": False, "visible": [late]} if is_test(cell) else {}
            )
        if is_test(cell):
            return self._test(grade_id(cell))
        return {"outputs": self._answer(cell.source) if cell.source.strip() else []}

    # ---- the student's cells

    def _answer(self, source):
        if not self._revive():
            return [_error("RuntimeError", f"not run: {self.trouble}")]
        outputs = self._execute(source)
        if outputs is None:
            return [_error("RuntimeError", self.trouble)]
        self.ended.append(source)
        return outputs

    def _execute(self, source):
        """Outputs of one cell in the student's process, or None where that did not survive."""
        # a cell cannot know, and so not end, the next one
        until, mine = self._until(), secrets.randbits(32)
        try:
            self._send(self.student, b"x", mine, pack(source))
            while True:
                if not self._readable([self.student], until):
                    if not self._interrupted(b"d", mine):
                        return None
                    return [_error("TimeoutError", f"stopped after {self.limits.seconds:g} s")]
                kind, number, body = receive(self.student.sock, time.monotonic() + 5)
                if (kind, number) == (b"d", mine):
                    return _checked(unpack(body)[0])
                if kind == b"q":
                    self._send(
                        self.student, b"a", number, _refusal("a function of a test that is over")
                    )
        except (Gone, Broken) as error:
            return self._lose(_words(error))

    def _interrupted(self, wanted, number) -> bool:
        """Ctrl-C for the student's process; True where it then stops with the message `wanted`,
        else it is killed.
        """
        self.student.signal(signal.SIGINT)
        until = time.monotonic() + GRACE
        try:
            while self._readable([self.student], until):
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
        self.asked = 0
        self.student, self.trouble = None, f"the process of the answers ended ({self.greed or why})"
        self.greed = ""
        self._dismiss("RuntimeError", self.trouble)

    def _dismiss(self, kind, words):
        """Answer the judge's open questions with an error, the innermost first."""
        while self.open:
            self._send(self.judge, b"a", self.open.pop(), _refusal(words, kind))

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
        return {
            "outputs": report["visible"] + report["hidden"]
            if not report["passed"]
            else report["visible"],
            "passed": report["passed"],
            "visible": report["visible"],
        }

    def _judge(self, visible, full):
        """The judge's report on one piece of code."""
        if self.judge is None:
            self.judge = self._fork("judge", "student")
            self.given = []
        names = sorted((used(full) | used(visible)) & self.assignment.answers)
        task = {"names": names, "visible": visible, "full": full}
        over, until = False, self._until()
        try:
            self._send(self.judge, b"t", 0, pack(task))
            while True:
                if not self._readable([self.judge, self.student], until):
                    if over:
                        raise Gone("it went on after its time")
                    if self.open:
                        self._late()
                    else:
                        self.judge.signal(signal.SIGINT)
                    over, until = True, time.monotonic() + GRACE
                    continue
                report = self._from_judge(over) if self._waiting(self.judge) else None
                if report:
                    return report
                if self._waiting(self.student):
                    self._from_student()
        except (Gone, Broken) as error:
            self.judge.end()
            self.judge = None
            if self.open:
                self._give_up()
            words = [_error("RuntimeError", f"the test's process ended ({error})")]
            return {"passed": False, "visible": words, "hidden": []}

    def _from_judge(self, over):
        kind, number, body = receive(self.judge.sock)
        if self.open and (kind == b"d" or (kind == b"q" and not self.asked)):
            self._give_up()
        if kind == b"d":
            return unpack(body)[0]
        if kind == b"q":
            self.open.append(number)
            if over:
                self._dismiss("TimeoutError", f"no answer within {self.limits.seconds:g} s")
            elif self.student is None:
                self._dismiss("RuntimeError", self.trouble)
            else:
                self._to_student(kind, number, body)
        elif kind == b"a":
            self.asked = max(0, self.asked - 1)
            self._to_student(kind, number, body)
        return None

    def _give_up(self):
        """The judge waits for no answer any more: a check's own clock has run out, or its process
        has ended.
        """
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

    def _late(self):
        """Time is up while the student's function runs."""
        if self._interrupted(b"a", self.open[0]):
            self._dismiss("TimeoutError", f"no answer within {self.limits.seconds:g} s")

    def _to_student(self, kind, number, body):
        if self.student is None:
            return
        try:
            self._send(self.student, kind, number, body)
        except Gone as error:
            self._lose(_words(error))

    # ---- both

    def _fork(self, role, other):
        return self.nursery.fork(role, self.folders[role], self.folders[other], self.limits.memory)

    @staticmethod
    def _send(process, kind, number, body=b""):
        process.sock.settimeout(10)
        send(process.sock, kind, number, body)

    def _until(self):
        return min(time.monotonic() + self.limits.seconds, self.end)

    @staticmethod
    def _waiting(process) -> bool:
        return process is not None and bool(select.select([process.sock], [], [], 0)[0])

    def _readable(self, processes, until) -> bool:
        """Wait until one of them says something; False at `until`.  Meanwhile see to disk and
        threads.
        """
        socks = [p.sock for p in processes if p is not None]
        while time.monotonic() < until:
            if select.select(socks, [], [], min(0.5, max(0, until - time.monotonic())))[0]:
                return True
            if self.student and (why := self._greedy()):
                self.greed = why
                self.student.signal(signal.SIGKILL)  # noticed as its end by whoever reads
        return False

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


def _error(kind, words):
    return {
        "output_type": "error",
        "ename": kind,
        "evalue": words,
        "traceback": [f"{kind}: {words}"],
    }


def _refusal(words, kind="RuntimeError"):
    return pack(["error", Encoder(None)([kind, words])])


def _words(error):
    return (
        "exit, crash or out of memory"
        if isinstance(error, Gone)
        else f"it broke the rules: {error}"
    )


def _checked(outputs):
    """The student's outputs, as far as they are outputs: the process may have been taken over."""
    kept = []
    for output in outputs if isinstance(outputs, list) else []:
        kind = output.get("output_type") if isinstance(output, dict) else None
        if (
            kind == "stream"
            and output.get("name") in ("stdout", "stderr")
            and isinstance(output.get("text"), str)
        ):
            kept.append(
                {"output_type": kind, "name": output["name"], "text": output["text"][:30_000]}
            )
        elif kind == "error":
            lines = output.get("traceback")
            lines = [_text(line, 500) for line in lines[:60]] if isinstance(lines, list) else []
            kept.append({"output_type": kind, "ename": _text(output.get("ename"), 100),
                         "evalue": _text(output.get("evalue"), 2000), "traceback": lines})  # fmt: skip
        elif kind == "display_data" and isinstance(output.get("data"), dict):
            data = {
                k: v
                for k, v in output["data"].items()
                if k in ("text/plain", "image/png") and isinstance(v, str)
            }
            kept.append(
                {
                    "output_type": kind,
                    "data": {k: v[:500_000] for k, v in data.items()},
                    "metadata": {},
                }
            )
    return kept[:30]


def _text(value, most):
    return value[:most] if isinstance(value, str) else ""
