"""Try wrong edits of the package, one at a time, on the tests that speak for the edited file: `make mutants`.

    python tests/mutants/run.py                        the sample, within an hour on two cores
    python tests/mutants/run.py color prior --all      every edit of these files

An edit is *killed* where a test fails or the tests never end, and *survives* where all pass. The survivors stand in
build/mutants/survivors.txt as lines before and after. Those that no test can tell from the original are listed in
equivalent.txt, with the reason, and are left out of the count.

Nothing is written into the package: each edit lives in a forked process, whose `import` compiles the edited text. The
parent has loaded torch, so that a process costs little more than its tests. Tests that start Python anew do not see the
edit, so they prove nothing here; slow ones are left out.
"""

import argparse
import gc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, deque
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import edits  # noqa: E402

OUT = ROOT / "build" / "mutants"
PRELOADED = (
    "_hypothesis_pytestplugin", "accelerate", "hypothesis", "matplotlib.pyplot", "pandas", "pytest", "scipy.stats",
    "skimage.data", "skimage.metrics", "torch", "torch.utils.flop_counter", "torchvision.models",
)  # fmt: skip

# How many edits of each group a run without --all tries, about. With 0.6, 1.6, some 5 and 0.4 seconds of a core for
# each (measured, but for training's, a guess), all take some 40 minutes on two quiet cores; none begins after 58.
SAMPLE = {"ideas": 800, "models": 600, "training": 600, "evaluation": 600}

# File under colorlib/ -> the tests that speak for it.  What stands in no folder is an idea.
TESTS = {
    "color.py": ["test_color.py", "test_arithmetic_ideas.py"],
    "prior.py": ["test_prior.py"],
    "diffusion.py": ["test_diffusion.py", "test_arithmetic_ideas.py", "test_color_flow.py"],
    "losses.py": ["test_losses.py", "test_arithmetic_ideas.py"],
    "metrics.py": ["test_metrics.py", "test_arithmetic_ideas.py"],
    "precision.py": ["test_models.py"],
    "models/__init__.py": ["test_models.py"],
    "models/baldassarre.py": ["test_rivals.py"],
    "models/fusionnet.py": ["test_rivals.py"],
    "models/color_flow.py": ["test_color_flow.py"],
    "models/cnn.py": ["test_models.py", "test_golden.py"],
    "models/eccv16.py": ["test_models.py", "test_arithmetic_models.py", "test_rivals.py", "test_golden.py"],
    "models/enhanced_unet.py": ["test_models.py", "test_arithmetic_models.py", "test_golden.py"],
    "models/fast.py": ["test_models.py"],
    "models/layers.py": ["test_models.py", "test_arithmetic_models.py", "test_golden.py"],
    "models/pix2pix.py": ["test_rivals.py", "test_golden.py"],
    "models/tints.py": ["test_color_flow.py", "test_placed.py"],
    "models/siggraph17.py": ["test_models.py", "test_arithmetic_models.py", "test_golden.py"],
    "training/adversary.py": ["test_rivals.py"],
    "training/augment.py": ["test_arithmetic_training.py", "test_augment.py", "test_steps.py"],
    "training/checkpoints.py": ["test_training.py", "test_interrupted.py"],
    "training/classify.py": ["test_rivals.py", "test_trainer.py"],
    "training/crossfit.py": ["test_crossfit.py"],
    "training/fit.py": ["test_trainer.py", "test_training.py", "test_crossfit.py"],
    "training/guards.py": ["test_trainer.py", "test_training.py"],
    "training/hints.py": ["test_hints.py"],
    "training/parallel.py": ["test_trainer.py"],  # with several processes: test_processes.py, in no fork
    "training/pictures.py": ["test_training.py"],
    "training/run.py": ["test_trainer.py", "test_training.py", "test_mixture.py"],
    "training/schedule.py": ["test_arithmetic_training.py", "test_schedule.py", "test_trainer.py"],
    "training/steps.py": ["test_steps.py", "test_trainer.py", "test_hints.py", "test_color_flow.py"],
    "training/validation.py": ["test_arithmetic_training.py", "test_training.py", "test_trainer.py"],
    "evaluation/breakdown.py": ["test_arithmetic_evaluation.py"],
    "evaluation/groups.py": ["test_groups.py", "test_arithmetic_evaluation.py"],
    "evaluation/hinted.py": ["test_choices.py", "test_arithmetic_evaluation.py"],
    "evaluation/report.py": ["test_report.py"],
    "evaluation/sampled.py": ["test_choices.py", "test_arithmetic_evaluation.py"],
    "evaluation/study.py": ["test_arithmetic_evaluation.py", "test_study.py"],
    "evaluation/table.py": ["test_arithmetic_table.py", "test_evaluation.py"],
}
FOLDERS = ("models", "training", "evaluation")


def group(file):
    return Path(file).parent.name or "ideas"


class EditedLoader(importlib.machinery.SourceFileLoader):
    """Compiles the given text in place of the file's own."""

    def __init__(self, name, path, text):
        super().__init__(name, path)
        self.text = text

    def get_code(self, fullname):
        return compile(self.text, self.path, "exec")


class EditedFinder:
    """Finds one module, and gives it the edited text."""

    def __init__(self, file, text):
        self.name = ".".join(Path("colorlib", file).with_suffix("").parts).removesuffix(".__init__")
        self.loader = EditedLoader(self.name, str(ROOT / "colorlib" / file), text)

    def find_spec(self, name, path=None, target=None):
        if name == self.name:
            return importlib.util.spec_from_file_location(name, self.loader.path, loader=self.loader)
        return None


def attempt(file, text, tests, folder, patience):
    """In a process of its own: the tests with the edited file; exits with 0 where all pass."""
    import pytest
    from hypothesis import Phase, settings

    os.setsid()  # so that a time-out ends what the tests started, too
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has none, which tests need
    resource.setrlimit(resource.RLIMIT_CPU, (patience, patience))  # a busy machine is no endless loop
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    sys.meta_path.insert(0, EditedFinder(file, text))
    phases = (Phase.explicit, Phase.generate)  # the smallest example that fails does not matter here
    settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=phases)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # loading nbval takes longer than most tests
    options = ["-x", "-q", "-m", "not slow", "--assert=plain"]
    options += ["-p", "_hypothesis_pytestplugin", "-p", "no:cacheprovider"]
    options += [f"--basetemp={folder}", "--hypothesis-profile=mutants"]
    code = 1
    try:
        code = pytest.main([*options, *(str(ROOT / "tests" / test) for test in tests)])
    finally:
        os._exit(int(code))


class Trial(NamedTuple):
    """One edit: the file, its edited text, its tests, the lines that differ, and the seconds of work it may take."""

    file: str
    text: str
    tests: tuple[str, ...]
    before: str = ""
    after: str = ""
    patience: int = 600


class Attempt:
    """A trial's running process."""

    def __init__(self, trial):
        self.trial, self.begun = trial, time.monotonic()
        self.folder = tempfile.mkdtemp(prefix="mutant-")
        arguments = (trial.file, trial.text, trial.tests, self.folder, trial.patience)
        self.process = multiprocessing.get_context("fork").Process(target=attempt, args=arguments)
        self.process.start()

    def seconds(self):
        return time.monotonic() - self.begun

    def verdict(self):
        """None while it runs, else "killed", "survived" or "time-out"."""
        late = self.seconds() > 60 + 10 * self.trial.patience  # asleep, or waiting for what never comes
        if self.process.is_alive() and not late:
            return None
        if self.process.is_alive():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.join()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL):
            return "time-out"
        return "killed" if self.process.exitcode else "survived"


def run_all(trials, workers, until):
    """Yield (trial, verdict, seconds) as they end, `workers` at a time; none begins after `until`."""
    waiting, running = deque(trials), []
    while waiting or running:
        while waiting and len(running) < workers and time.monotonic() < until:
            running.append(Attempt(waiting.popleft()))
        if not running:
            return
        wait([a.process.sentinel for a in running], timeout=0.5)
        for a in running[:]:
            if (verdict := a.verdict()) is not None:
                running.remove(a)
                yield a.trial, verdict, a.seconds()


def read(file):
    return (ROOT / "colorlib" / file).read_text(encoding="utf-8")


def equivalents():
    """{(file, line before, line after)} of equivalent.txt; a line that is no longer in its file is an error."""
    found, gone = set(), []
    for line in (Path(__file__).parent / "equivalent.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("colorlib/"):
            file = line.split(":")[0].removeprefix("colorlib/")
            lines = " ".join(line.split("  #")[0].strip() for line in read(file).splitlines())
        elif line.startswith("- "):
            before = line[2:]
            if before not in lines:
                gone.append(f"{file}: {before}")
        elif line.startswith("+ "):
            found.add((file, before, line[2:]))
    if gone:
        sys.exit("equivalent.txt names lines that are no longer there:\n  " + "\n  ".join(gone))
    return found


def drawn(files, seed, sample):
    """The edits of these files to try, in random order, and how many there are: [(file, edit)], {file: number}.

    sample: {group: at most so many}.
    """
    pool = [(file, edit) for file in files for edit in edits.edits(read(file))]
    random.Random(seed).shuffle(pool)
    kept = []
    for name, most in sample.items():
        kept += [(file, edit) for file, edit in pool if group(file) == name][:most]
    random.Random(seed).shuffle(kept)  # so that each group has its share where the time runs out
    return kept, Counter(file for file, _ in pool)


def trials_of(pool, patience):
    """The trials of drawn edits, without those that come to the same text or to no Python."""
    seen = set()
    for file, edit in pool:
        text = edits.apply(read(file), edit)
        if text is not None and (file, text) not in seen:
            seen.add((file, text))
            yield Trial(file, text, TESTS[file], *edits.difference(read(file), text), patience[file])


def times_without_edits(files, workers):
    """{file: seconds that its tests take}; they must pass."""
    names = sorted({test for file in files for test in TESTS[file]})
    trials = [Trial(files[0], read(files[0]), (name,)) for name in names]
    took = {}
    for trial, verdict, seconds in run_all(trials, workers, float("inf")):
        (name,) = trial.tests
        if verdict != "survived":
            sys.exit(f"Without any edit, {name} fails")
        took[name] = seconds
    return {file: sum(took[name] for name in TESTS[file]) for file in files}


def work_done():
    """Seconds of a core that the processes which have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(counts, total):
    """The table by file and group, as text."""
    lines = [f"{'':30} {'edits':>6} {'tried':>6} {'killed':>7} {'time-out':>9} {'survived':>9} {'equivalent':>11}"]
    for name in SAMPLE:
        members = [file for file in counts if group(file) == name]
        for label, files in [*((file, [file]) for file in members), (name.upper(), members)]:
            n = sum((counts[file] for file in files), Counter())
            tried = n["killed"] + n["time-out"] + n["survived"]
            share = f"{100 - 100 * n['survived'] / tried:6.1f} % killed" if tried else ""
            lines += [
                f"{label:30} {sum(total[file] for file in files):6} {tried:6} {n['killed']:7} {n['time-out']:9} "
                f"{n['survived']:9} {n['equivalent']:11} {share}"
            ]
    return "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of names of files or groups; without them every file")
    some = ", ".join(f"{most} of {name}" for name, most in SAMPLE.items())
    told = f"at most N edits of each group; without it {some}, about 40 minutes on two quiet cores"
    parser.add_argument("--sample", type=int, metavar="N", help=told)
    parser.add_argument("--all", action="store_true", help="every edit, not a sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=58, help="begin no edit after this time")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    return parser.parse_args()


def main():
    args = arguments()
    begun, listed = time.monotonic(), equivalents()
    unnamed = {f"{f}/{path.name}" for f in FOLDERS for path in (ROOT / "colorlib" / f).glob("*.py")} - set(TESTS)
    if not args.names and (unnamed := sorted(file for file in unnamed if edits.edits(read(file)))):
        sys.exit(f"run.py names no tests for {', '.join(unnamed)}")
    files = [file for file in TESTS if not args.names or any(name in f"{group(file)}/{file}" for name in args.names)]
    for name in PRELOADED:
        importlib.import_module(name)
    sys.modules["torch"].set_num_threads(1)
    gc.freeze()  # pytest collects garbage ten times, which would copy all of torch into each process
    patience = {file: 20 + 5 * round(seconds) for file, seconds in times_without_edits(files, args.workers).items()}
    once = work_done()
    most = sys.maxsize if args.all else args.sample
    pool, total = drawn(files, args.seed, {name: most or number for name, number in SAMPLE.items()})
    trials, counts = [], {file: Counter() for file in files}
    for trial in trials_of(pool, patience):
        if (trial.file, trial.before, trial.after) in listed:
            counts[trial.file]["equivalent"] += 1
        else:
            trials.append(trial)
    OUT.mkdir(parents=True, exist_ok=True)
    done = 0
    with open(OUT / "survivors.txt", "w", encoding="utf-8") as survivors:
        ended = run_all(trials, args.workers, begun + 60 * args.minutes)
        for done, (trial, verdict, seconds) in enumerate(ended, start=1):
            if done % 25 == 0:
                print(f"{done} of {len(trials)} edits tried", flush=True)
            counts[trial.file][verdict] += 1
            if verdict != "killed":
                print(f"colorlib/{trial.file}: {verdict} after {seconds:.0f} s", f"- {trial.before}",
                      f"+ {trial.after}", "", sep="\n", file=survivors, flush=True)  # fmt: skip
    text = f"{report(counts, total)}\n\n{done} of {len(trials)} drawn were tried, with seed {args.seed}, in "
    text += f"{(time.monotonic() - begun) / 60:.0f} minutes: {once:.0f} s of a core for the tests without an edit, "
    text += f"{(work_done() - once) / max(1, done):.1f} s for an edit; survivors in {OUT}/survivors.txt"
    (OUT / "report.txt").write_text(text + "\n", encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    main()
