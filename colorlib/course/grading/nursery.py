"""A process with torch, colorlib and a shell loaded, from which all others of a round are forked.

Loading takes seconds, forking milliseconds: this is why a hundred notebooks grade in a minute.  The
nursery is started afresh, with an empty environment, and never sees a submission, a test, a check
or a grade: nothing of the kind is in the memory that the forked processes inherit.

From it two stems are forked, one for the students' processes and one for the judges', in which the
cells that are given, and stand above all answers, have run already: they are the teacher's, the
same for everybody, and often take longer than all the rest.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from colorlib.course.grading import sandbox
from colorlib.course.grading.messages import Broken, Gone, pack, receive, send, unpack

KEPT = ("PATH", "LANG", "LC_ALL", "COLORLIB_PRESET")  # of the environment
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass
class Process:
    """A forked process: a socket to talk to it, a handle that no other process can take over."""

    sock: socket.socket
    handle: int
    number: int  # of the process, to look at

    def threads(self) -> int:
        """How many it has now; 0 where it is gone."""
        try:
            return len(os.listdir(f"/proc/{self.number}/task"))
        except OSError:
            return 0

    def signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, number)

    def end(self) -> None:
        """Kill it and let go of it."""
        self.signal(signal.SIGKILL)
        self.sock.close()
        os.close(self.handle)


class NurseryEnded(OSError):
    """No process can be forked any more."""


class Stem:
    """A process to fork others from, over `control`, one at a time."""

    def __init__(self, control: socket.socket, log: Path):
        self.control, self.log, self.lock = control, log, threading.Lock()
        self.outputs = []  # of the cells that have run in it

    def fork(self, *request) -> Process:
        """A new process.

        request: a role ("student" or "judge"), the folder to write to, the one to read, and bytes
        of memory beyond what it has now.
        """
        mine, its = socket.socketpair()
        with self.lock:
            try:
                socket.send_fds(self.control, [json.dumps(request).encode()], [its.fileno()])
                word, handles, *_ = socket.recv_fds(self.control, 100, 1)
            except OSError:
                word = b""
        its.close()
        if not word:
            mine.close()
            words = self.log.read_text(errors="replace")[-2000:].strip()
            raise NurseryEnded(f"the grader's helper process ended: {words}")
        return Process(mine, handles[0], int(word))


class Nursery:
    """The nursery's process, for the length of a `with`; `stem` gives one to fork from."""

    def __enter__(self):
        self.home = Path(tempfile.mkdtemp(prefix="colorlib-grading-"))
        control, other = socket.socketpair()
        root = str(Path(__file__).resolve().parents[3])
        environment = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            **dict.fromkeys(sandbox.HOMES, str(self.home)),
            **dict.fromkeys(THREADS, "1"),
            "PYTHONPATH": os.pathsep.join([root, *map(str, filter(None, sys.path))]),
            "MPLBACKEND": "agg",
            "CUDA_VISIBLE_DEVICES": "",
            "TORCHDYNAMO_DISABLE": "1",  # torch.compile calls a compiler, and answers may not
        }
        self.log = self.home / "nursery.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "colorlib.course.grading.nursery", str(other.fileno())],
                cwd=self.home,
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
            )
        other.close()
        self.root, self.stems, self.lock = Stem(control, self.log), {}, threading.Lock()
        return self

    def __exit__(self, *_):
        self.process.kill()  # and with it, by the kernel, all that was forked
        self.process.wait()
        for stem in (self.root, *self.stems.values()):
            stem.control.close()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def cache(self) -> Path:
        """What colorlib has cached while given cells and the solution ran, such as portraits."""
        return self.home / "cache"

    def lend(self, folder: Path) -> None:
        """Put a copy of the cache into the folder of a process."""
        if self.cache.is_dir():
            shutil.copytree(self.cache, folder / "cache")

    def take(self, folder: Path) -> None:
        """Add what lies in the folder of a process of the teacher's to the cache."""
        if (folder / "cache").is_dir():
            shutil.copytree(folder / "cache", self.cache, dirs_exist_ok=True)

    def stem(self, role: str, sources: tuple[str, ...], seconds: float = 600.0) -> Stem:
        """The stem for processes of a role in which these given cells have run, made once.

        Raises NurseryEnded where the cells do not end within `seconds`.
        """
        with self.lock:
            if (role, sources) not in self.stems:
                folder = self.home / f"stem-{len(self.stems)}"
                folder.mkdir()
                self.lend(folder)
                grown = self.root.fork("stem")
                try:
                    send(grown.sock, b"x", 0, pack([role, str(folder), sources]))
                    _, _, body = receive(grown.sock, time.monotonic() + seconds)
                except (Gone, Broken) as error:
                    grown.end()
                    raise NurseryEnded(f"the given cells did not end well: {error}") from None
                os.close(grown.handle)
                grown.sock.settimeout(None)
                stem = self.stems[role, sources] = Stem(grown.sock, self.log)
                stem.outputs = unpack(body)[0]
                self.take(folder)
            return self.stems[role, sources]


def serve(control: socket.socket) -> None:
    """Fork on request until the other end closes."""
    from colorlib.course.grading import inside

    while True:
        request, handles, *_ = socket.recv_fds(control, 10_000, 1)
        if not request:
            return
        _bury()
        child = os.fork()
        if child == 0:
            sandbox.die_with_parent()
            sock = socket.socket(fileno=os.dup2(handles[0], 3, inheritable=False))
            os.closerange(4, 4096)
            role, *rest = json.loads(request)
            if role == "stem":
                _grow(sock)
            inside.main(role, sock, *rest)
        os.close(handles[0])
        handle = os.pidfd_open(child)
        socket.send_fds(control, [str(child).encode()], [handle])
        os.close(handle)


def _grow(sock) -> None:
    """Become a stem: run given cells, then fork on request; never returns."""
    from colorlib.course.grading import inside

    try:
        outputs = inside.prepare(*unpack(receive(sock)[2])[0])
        send(sock, b"d", 0, pack(outputs))
        serve(sock)
    finally:
        os._exit(0)


def _bury() -> None:
    """Let go of the children that have ended."""
    with contextlib.suppress(ChildProcessError):  # there is none
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _preload() -> None:
    """Import what notebooks import, so that no forked process has to."""
    import torch

    import colorlib
    from colorlib.course.grading import inside

    torch.set_num_threads(1)
    sys.path[:] = [place for place in sys.path if place not in ("", os.getcwd())]
    for name in ("matplotlib.pyplot", "skimage.metrics", "torchvision"):
        importlib.import_module(name)
    leave = ("colorlib.cli", "colorlib.__main__", "colorlib.course.grading", inside.CHECKS)
    for module in pkgutil.walk_packages(colorlib.__path__, "colorlib."):
        if not module.name.startswith(leave):
            with contextlib.suppress(ImportError):  # of a package that is not needed here
                importlib.import_module(module.name)
    inside.make_shell()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the grader's to handle
    _preload()
    place = socket.socket(fileno=int(sys.argv[1]))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(null, stream)
    serve(place)
