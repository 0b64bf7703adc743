"""What runs inside the forked processes: the student's cells in one, the tests in the other.

Both are copies of the nursery (see nursery.py) with torch, colorlib and an IPython shell ready, and
both lock themselves in before they run anything.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import os
import signal
import sys
import tempfile
import types
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from colorlib.course.grading import sandbox
from colorlib.course.grading.messages import Broken, Gone, pack, receive, send, unpack
from colorlib.course.grading.outputs import TEXT, display, error_in, failure, stream
from colorlib.course.grading.peer import Peer
from colorlib.course.states import Bounded

SHOWN = 20  # texts and pictures of one cell


def make_shell() -> InteractiveShell:
    """The shell that cells run in: no history, no colours, figures as in a notebook."""
    # plain tracebacks: the others take longer than most answers
    looks = {"colors": "NoColor", "xmode": "Plain"}
    settings = {"HistoryManager": {"enabled": False}, "InteractiveShell": looks}
    shell = InteractiveShell.instance(config=Config(settings))
    with contextlib.suppress(Exception):
        shell.enable_matplotlib("inline")
    return shell


def run_cell(shell: InteractiveShell, source: str) -> list[dict]:
    """Run one cell; its outputs, bounded.  The last is an error where it failed."""
    failures = []

    def note(kind, error, lines):
        failures[:] = [failure(kind.__name__, str(error), map(str, lines))]

    shell._showtraceback = note
    out, err = Bounded(TEXT), Bounded(TEXT)
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        capture_output(stdout=False, stderr=False) as captured,
    ):
        result = shell.run_cell(source, store_history=False)
    if not result.success and not failures:
        error = result.error_before_exec or result.error_in_exec
        note(type(error), error, [])
    printed = [
        stream(name, kept.getvalue())
        for name, kept in (("stdout", out), ("stderr", err))
        if kept.text
    ]
    return printed + [display(rich.data) for rich in captured.outputs[:SHOWN]] + failures


@contextlib.contextmanager
def _interruptible():
    """Ctrl-C, which the grader sends when time is up, stops what runs, and only that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def student(sock) -> None:
    """Run the student's cells and answer the judge's questions, until the other end closes."""
    shell = InteractiveShell.instance()
    peer = Peer(sock, trusted=False, names=shell.user_ns)
    while True:
        kind, number, body = receive(sock)
        if kind == b"q":
            with _interruptible():
                peer.answer(number, body)
        if kind != b"x":  # an answer that comes too late
            continue
        outputs = [failure("KeyboardInterrupt", "stopped")]
        with _interruptible():
            outputs = run_cell(shell, unpack(body)[0])
        send(sock, b"d", number, pack(outputs))


def judge(sock) -> None:
    """Run the tests, with the student's names as `Remote` values."""
    shell, peer = InteractiveShell.instance(), Peer(sock, trusted=True)
    while True:
        kind, number, body = receive(sock)
        if kind != b"t":  # an answer that comes too late, when a check's own clock has run out
            continue
        report = _report([failure("TimeoutError", "stopped")])
        with _interruptible():
            report = _test(shell, peer, **unpack(body)[0])
        send(sock, b"d", number, pack(report))


def _test(shell, peer, names, visible, full):
    """Run what the student can see of a test; where that passes, all of it."""
    for name in names:
        shell.user_ns.pop(name, None)
    try:
        came = peer.ask("names", names) if names else {}
        if not isinstance(came, dict):
            raise Broken("the answer's names are no dictionary")
        # No others: what a process that was taken over calls `checks` or `torch` must not stand in
        # for ours.
        shell.user_ns.update({name: came[name] for name in names if name in came})
    except Exception as error:
        return _report([failure(type(error).__name__, str(error))])
    shown = run_cell(shell, visible)
    more = full != visible and not error_in(shown)
    return _report(shown, run_cell(shell, remainder(visible, full)) if more else [])


def remainder(visible: str, full: str) -> str:
    """What is left of a test when its visible part has run: the rest where that part is its start.

    Else all of it once more.
    """
    start = visible.rstrip()
    if not full.startswith(start):
        return full
    rest = full[len(start) :]
    try:
        same = [ast.dump(node) for text in (start, rest) for node in ast.parse(text).body]
        return rest if same == list(map(ast.dump, ast.parse(full).body)) else full
    except SyntaxError:
        return full


def _report(visible, hidden=()):
    """hidden: outputs for teachers alone."""
    passed = not error_in([*visible, *hidden])
    return {"passed": passed, "visible": visible, "hidden": list(hidden)}


ROLES = {"student": student, "judge": judge}


# ---- before and after the fork


class StandIn(types.ModuleType):
    """What `checks` is in a student's process: no check, no reference answer, nothing to find."""

    __all__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(name)

    def __call__(self, *args, **kwargs):
        """True, and a line."""
        print("checked by the grader, not here")
        return True


CHECKS = "colorlib.course.checks"


def prepare(role: str, folder: str, sources: list[str]) -> list[list[dict]]:
    """Get a process ready to be forked from: the role's modules, and given cells that have run.

    The cells are the teacher's.  Returns their outputs.  The student's side gets a stand-in for the
    checks, which were never loaded in it.
    """
    _move_to(folder)
    if role == "judge":
        importlib.import_module(CHECKS)
    else:
        sys.modules[CHECKS] = sys.modules["colorlib.course"].checks = StandIn(CHECKS)
    shell = InteractiveShell.instance()
    return [run_cell(shell, source) for source in sources]


def _move_to(folder):
    os.chdir(folder)
    os.environ.update(dict.fromkeys(sandbox.HOMES, folder))
    tempfile.tempdir = None  # found anew, from TMPDIR


def main(role: str, sock, folder: str, other: str, memory: int) -> None:
    """The life of a forked process; never returns.

    It writes to its own folder and can read the other's: a test's picture cannot be exchanged by an
    answer.
    """
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _move_to(folder)
        if role == "student":
            # its own modules, last: they shadow nothing, and the judge never looks here
            sys.path.append(folder)
        sandbox.enter(Path(folder), memory, Path(other), role == "student")
        ROLES[role](sock)
    except Gone:
        code = 0
    finally:
        os._exit(code)
