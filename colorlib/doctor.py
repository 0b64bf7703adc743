"""`python -m colorlib doctor`: what is installed, what runs here, and what to do about the rest.

One line a check. Nothing heavy is imported at the top: the doctor must speak even where torch is
broken.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import sys
import timeit
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from colorlib import weights
from colorlib.data import files
from colorlib.training.schedule import PRESETS

TIMES = "lesson_times.json"  # in notebooks/, written by notebooks/build.py
GB = 1e9
LITTLE = 2 * GB  # of free memory or disk: a cautious round figure


@dataclass(frozen=True)
class Check:
    """One line of the report: what was looked at, whether it is fine, and what to do if not."""

    name: str
    ok: bool
    detail: str
    advice: str = ""  # what to do, where ok is False


def checks() -> list[Check]:
    """All checks in the order in which they are printed. Takes a few seconds; changes nothing."""
    return [
        python(sys.version_info[:2]),
        packages(),
        device(),
        memory(free_memory()),
        disk(files.home()),
        shipped_weights(),
        optional_weights(),
        faces(),
        grading(),
        which_preset(os.environ.get("COLORLIB_PRESET"), gpus()),
        duration(Path(__file__).resolve().parents[1] / "notebooks" / TIMES),
    ]


def main() -> int:
    """Print the checks; 0 where all are OK, else 1."""
    found = checks()
    for c in found:
        print(f"{c.name:<10}", f"OK  {c.detail}" if c.ok else f"DO  {c.detail}.  {c.advice}")
    return 0 if all(c.ok for c in found) else 1


def python(version: tuple[int, int]) -> Check:
    """version: (major, minor)."""
    return Check(
        "Python",
        version >= (3, 10),
        f"{platform.python_version()} ({sys.executable})",
        "colorlib needs 3.10 to 3.13: install one of them and set up anew",
    )


def packages(requirements: list[str] | None = None) -> Check:
    """Every requirement against what is installed. requirements: default those of colorlib."""
    try:
        from packaging.requirements import Requirement

        requirements = requirements or metadata.requires("colorlib") or []
    except ModuleNotFoundError as error:  # as PackageNotFoundError is, too
        return Check(
            "packages",
            False,
            f"{error.name} is not installed",
            "In colorlib's folder run: pip install -e .",
        )
    found = [Requirement(line) for line in requirements]
    wanted = [r for r in found if not r.marker or r.marker.evaluate({"extra": ""})]
    wrong = {}
    for r in wanted:
        try:
            have = metadata.version(r.name)
            if not r.specifier.contains(have, prereleases=True):
                wrong[r] = f"{r.name} is {have}, wanted {r.specifier}"
        except metadata.PackageNotFoundError:
            wrong[r] = f"{r.name} is missing"
    return Check(
        "packages",
        not wrong,
        ", ".join(wrong.values()) or f"{len(wanted)} found, all new enough",
        "Run: pip install " + " ".join(f"'{r.name}{r.specifier}'" for r in wrong),
    )


def device() -> Check:
    """The GPUs that torch sees, else the threads of the CPU."""
    try:
        import torch
    except Exception as error:  # a broken install raises OSError, RuntimeError and more
        return Check(
            "device",
            False,
            f"torch cannot be imported ({error})",
            "Run: pip install --force-reinstall torch",
        )
    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names = ["an Apple GPU"]
    where = ", ".join(names) or f"the CPU with {torch.get_num_threads()} threads"
    return Check("device", True, f"torch {torch.__version__} on {where}")


def gpus() -> int:
    """How many accelerators torch sees: CUDA devices, or an Apple GPU."""
    try:
        import torch

        return torch.accelerator.device_count()
    except Exception:  # `device` says what is wrong with torch
        return 0


def free_memory() -> float | None:
    """Bytes that a new process can have; None where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
        return float(os.sysconf("SC_AVPHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows; macOS
        return None


def memory(free: float | None) -> Check:
    """free: bytes, or None where unknown."""
    if free is None:
        return Check("memory", True, "free memory unknown on this system")
    return Check(
        "memory",
        free >= LITTLE,
        f"{free / GB:.1f} GB free",
        "Under 2 GB a lesson may be stopped by the system: close other programs",
    )


def disk(home: Path) -> Check:
    """Free space and the right to write where downloads and caches go."""
    there = next(p for p in [home, *home.parents] if p.exists())
    free = shutil.disk_usage(there).free
    if not os.access(there, os.W_OK):
        return Check(
            "disk", False, f"{there} cannot be written", "Set COLORLIB_HOME to a folder that can"
        )
    return Check(
        "disk",
        free >= LITTLE,
        f"{free / GB:.1f} GB free for {home}",
        "Under 2 GB is little: make room, or set COLORLIB_HOME to another disk",
    )


def shipped_weights() -> Check:
    """The files that every lesson uses, by their sha256."""
    bad = [
        f"{name} is {'damaged' if weights.find(name) else 'missing'}"
        for name in weights.SHIPPED
        if not weights.intact(name)
    ]
    return Check(
        "weights",
        not bad,
        ", ".join(bad) or f"{' and '.join(weights.SHIPPED)}: present and intact",
        "Run: git checkout -- colorlib/weights (or install colorlib again)",
    )


def optional_weights() -> Check:
    """The released networks: not needed, so their absence is no fault; a damaged file is one."""
    there = [name for name in weights.DOWNLOADS if weights.find(name)]
    absent = [name for name in weights.DOWNLOADS if name not in there]
    bad = [name for name in there if not weights.intact(name)]
    words = {"damaged": bad} if bad else {"here": there, "not fetched, and not needed": absent}
    detail = "; ".join(f"{word}: {', '.join(names)}" for word, names in words.items() if names)
    return Check("downloads", not bad, detail, f"Run: python -m colorlib fetch {' '.join(bad[:1])}")


def faces() -> Check:
    """What finds faces in photos: the extra's detector, or the one that needs nothing."""
    try:
        from colorlib.data import detecting

        name, why = detecting.detector()
    except Exception:  # `device` says what is wrong with torch
        return Check("faces", True, "unknown without torch")
    if name == "CenterFace":
        return Check("faces", True, "found by CenterFace, small and turned ones too")
    detail = f"found by scikit-image's cascade, large upright ones only ({why})"
    return Check("faces", True, f"{detail}; for more: pip install 'colorlib[faces]'")


def grading() -> Check:
    """Whether students' code can be locked in here, without which no notebook is graded."""
    from colorlib.course.grading import sandbox

    if why := sandbox.missing():
        return Check("grading", True, f"not here, and only teachers need it: {why}")
    return Check("grading", True, "students' code can be locked in (Landlock and seccomp)")


def which_preset(chosen: str | None, gpus: int) -> Check:
    """The preset in force and the one that fits.

    chosen: COLORLIB_PRESET, or None; gpus: how many.
    """
    if chosen and chosen not in PRESETS:
        return Check(
            "preset",
            False,
            f"COLORLIB_PRESET is {chosen!r}",
            f"Unset it, or set it to one of {', '.join(PRESETS)}",
        )
    fits = PRESETS["lesson" if not gpus else "colab" if gpus == 1 else "paper"]
    return Check(
        "preset",
        True,
        f"{chosen or 'lesson'} is in force; {fits.name} fits here ({fits.purpose})",
    )


def benchmark() -> float:
    """Seconds of one training step of a small convolution on the CPU, as torch's threads are set.

    The median of several steps, about a second in all. Comparable between machines, and with
    nothing else.
    """
    import torch

    x = torch.ones(8, 32, 64, 64)
    layers = torch.nn.Sequential(
        torch.nn.Conv2d(32, 64, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Conv2d(64, 32, 3, padding=1),
    )
    seconds = timeit.repeat(lambda: layers(x).square().mean().backward(), number=1, repeat=8)
    return statistics.median(seconds[1:])  # the first one allocates


def record_time(
    file: Path, lesson: str, seconds: float, speed: float, megabytes: float = 0
) -> None:
    """Note what a lesson took, beside what `benchmark` said then. notebooks/build.py calls it.

    megabytes: of memory, at most; 0 where unknown.
    """
    noted = {"seconds": round(seconds, 1), "benchmark": round(speed, 4)}
    if megabytes:
        noted["megabytes"] = round(megabytes)
    files.write_json(file, files.read_json(file) | {lesson: noted}, indent=1, sort_keys=True)


def duration(file: Path, speed: float | None = None) -> Check:
    """The recorded times of the lessons, scaled by this machine's speed.

    speed: default from `benchmark`.
    """
    times = files.read_json(file)
    if not times:
        return Check("time", True, f"unknown: {TIMES} is not here (make notebooks writes it)")
    try:
        speed = speed or benchmark()
    except Exception:  # `device` says what is wrong with torch
        return Check("time", True, "unknown without torch")
    scaled = {name: t["seconds"] * speed / t["benchmark"] for name, t in sorted(times.items())}
    each = ", ".join(f"{name[:2]}: {minutes(s)}" for name, s in scaled.items())
    total = minutes(sum(scaled.values()))
    return Check(
        "time", True, f"about {total} for all lessons on this CPU with preset lesson ({each})"
    )


def minutes(seconds: float) -> str:
    """Seconds as a person says them."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
