"""A tiny training, killed again and again and resumed, until it ends: run by test_interrupted.py.

    python tests/kill_training.py RUN KILLS SEED     prints how many kills fell where

Each attempt is a fork of a process that has imported everything, so that it costs no start-up. The parent kills it
(SIGKILL) at a random moment; every fifth attempt kills itself half-way through writing a checkpoint.
"""

import dataclasses
import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path

import torch

from colorlib.training import checkpoints, fit
from colorlib.training.run import train
from colorlib.training.schedule import PRESETS

TINY = dataclasses.replace(
    PRESETS["smoke"], name="tiny", images=24, val_images=4, epochs=(0.1, 0.1), batch=6, dropout=0.2
)
warnings.simplefilter("ignore")


def attempt(out, torn_at=None):
    """One child process: train or resume, to the end or to its death. torn_at: which of its checkpoints it dies in."""
    sys.stdout = sys.stderr = open(os.devnull, "w")
    torch.set_num_threads(1)
    fit.SAVE_EVERY = 0  # after every step
    if torn_at is not None:
        write, count = torch.save, [0]

        def torn(content, path):
            count[0] += 1
            write(content, path)
            if count[0] > torn_at:
                os.truncate(path, path.stat().st_size // 2)
                os.kill(os.getpid(), signal.SIGKILL)

        checkpoints.torch.save = torn
    train(out, "portraits", "tiny", resume=True, rivals=("pix2pix",), seed=1)


def main(out, kills, seed):
    PRESETS["tiny"] = TINY
    dice, killed, torn = random.Random(seed), 0, 0
    longest = 0.5  # seconds
    while True:
        inside = killed < kills and killed % 5 == 4
        child = os.fork()
        if child == 0:
            attempt(out, dice.randrange(1, 4) if inside else None)
            os._exit(0)
        begun = time.monotonic()
        if killed < kills and not inside:
            time.sleep(dice.uniform(0.02, longest))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed, torn = killed + 1, torn + inside
        elif os.WEXITSTATUS(status):
            sys.exit("an attempt failed by itself")
        elif killed >= kills:
            break
        else:  # it was done before its time came
            longest = 0.7 * (time.monotonic() - begun)
            for file in Path(out).rglob("*.pt"):
                file.unlink()
    print(f"{killed} kills, {torn} of them inside the writing of a checkpoint")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
