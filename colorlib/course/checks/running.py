"""Run a student's function so that nothing it does reaches the notebook or goes on for ever.

It gets copies of its input, what it prints is caught, an error is kept, the random states are put
back, and it is stopped after SECONDS.  In the main thread of Linux and macOS an alarm does that;
elsewhere (another thread, Windows) the function runs in a helper thread, into which an exception is
sent.  That cannot wake a call outside Python, such as a long sleep: such a function is left behind,
and the message says so.  Neither can interrupt one single call that never returns to Python
(`10**10**10`), nor a loop with one bare `except:` inside another; the kernel has to be restarted
then, as without the checks.
"""

import contextlib
import ctypes
import random
import signal
import sys
import threading
import warnings
from dataclasses import dataclass, field

import numpy as np
import torch

from colorlib.course.checks.reading import same
from colorlib.course.states import Bounded, random_states, set_random_states

SECONDS = 5.0  # a function that needs longer for these tiny inputs is in an endless loop
AGAIN = 0.05  # how often the stop is repeated for a loop that catches it
PRINTED = 500  # so many characters are kept


class TooLong(BaseException):
    """No answer within SECONDS.  Not an Exception, so that `except Exception` does not catch it."""


@dataclass
class Outcome:
    """What one call did."""

    case: dict  # name of the argument -> value
    value: object = None
    error: BaseException | None = None
    changed: list = field(default_factory=list)  # names of the arguments that were changed in place
    printed: str = ""
    wanted: object = None  # the right value, for who compares


@contextlib.contextmanager
def random_states_kept():
    """Put the global random states back at the end, those of GPUs in use too."""
    states = random_states()
    gpus = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    try:
        with torch.random.fork_rng(devices=gpus):
            yield
    finally:
        set_random_states(states)


def call(function, case, watch=True):
    """The Outcome of function(*values of the case), on copies of them, without a limit of time.

    watch: look whether it changed its arguments.
    """
    given = {key: copied(value) for key, value in case.items()}
    outcome = Outcome(case)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # overflow and the like are explained in words
            outcome.value = function(*given.values())
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and TooLong among them
        outcome.error = error
    if watch:
        outcome.changed = [key for key, value in case.items() if not same(given[key], value, 0)]
    return outcome


def observe(student, case, seed=0, seconds=None):
    """`call` for a student's function: with seeded random numbers, caught prints, limited time.

    seconds: SECONDS where none are given.
    """
    printed = Bounded(PRINTED)
    with random_states_kept(), contextlib.redirect_stdout(printed):
        # torch.manual_seed would also reach a GPU that is not in use yet
        torch.default_generator.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        random.seed(seed)
        limit = _by_alarm if _alarm_works() else _in_a_thread
        outcome = limit(student, case, seconds or SECONDS)
    outcome.printed = printed.getvalue()
    return outcome


class Slow(Exception):
    """One of many tries takes too long."""


@contextlib.contextmanager
def brief(seconds):
    """A function `start`: Slow is raised so many seconds of the processor's time after each call.

    start(0) ends the waiting.  Only where alarms work.
    """

    def stop(*_):
        raise Slow

    if not (_alarm_works() and hasattr(signal, "ITIMER_PROF")):
        yield lambda seconds=0: None
        return
    handler = signal.signal(signal.SIGPROF, stop)
    try:
        yield lambda seconds=seconds: signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)


def copied(value):
    """A value that may be changed in place."""
    if torch.is_tensor(value):
        return value.clone()
    return value.copy() if isinstance(value, np.ndarray) else value


def _alarm_works():
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def _by_alarm(student, case, seconds):
    inside, tracing = [], sys.gettrace()

    def limited(*given):
        inside.append(True)
        try:
            return student(*given)
        finally:
            inside.clear()
            sys.settrace(tracing)

    def stop(_, frame):
        if not inside:
            return
        # A bare `except:` in the loop catches this one; then the next line that runs raises it
        # again.
        while frame is not None and frame.f_code.co_filename != __file__:
            frame.f_trace = stop_at_a_line
            frame = frame.f_back
        sys.settrace(stop_at_a_line)
        raise TooLong

    def stop_at_a_line(frame, event, _):
        if event == "line" and inside and frame.f_code.co_filename != __file__:
            raise TooLong
        return stop_at_a_line

    handler = signal.signal(signal.SIGALRM, stop)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        return call(limited, case)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)  # another's timer, or none
        signal.signal(signal.SIGALRM, handler)


def _in_a_thread(student, case, seconds):
    done = []

    def work():
        with contextlib.suppress(TooLong):
            done.append(call(student, case))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    for _ in range(20):
        if not thread.is_alive():
            break
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TooLong)
        )
        thread.join(AGAIN)
    if done:
        return done[0]
    still = "it still runs in the background: restart the kernel" if thread.is_alive() else ""
    return Outcome(case, error=TooLong(still))
