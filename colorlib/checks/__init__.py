"""Instant feedback on exercises: right, or which mistake it looks like.

    from colorlib import checks
    checks.color_prior(my_color_prior)

Each check takes the *student's* function, tries it on seeded inputs and an edge case, and compares the answers
with colorlib's own and with a list of known wrong variants, each with its name in words.  It prints "Right: ..."
or explains in at most four lines what was tried, what came back, what was expected and which mistake it looks
like; the verdict that it returns is true or false.  Checks keep no state and leave the global random state as it was.

One file a lesson; engine.py does the work and knows no exercise.
"""

from colorlib.checks.lesson01 import is_grey, to_model_units
from colorlib.checks.lesson02 import annealed_mean
from colorlib.checks.lesson03 import color_prior
from colorlib.checks.lesson04 import (
    alpha_bar,
    correct_once,
    effective_weight,
    q_sample,
)
from colorlib.checks.lesson05 import attention, attention_cost
from colorlib.checks.lesson06 import mse, paired_bootstrap, psnr_mean, psnr_pooled
from colorlib.checks.lesson07 import rectified_flow, resshift_mean

__all__ = [
    "alpha_bar",
    "annealed_mean",
    "attention",
    "attention_cost",
    "color_prior",
    "correct_once",
    "effective_weight",
    "is_grey",
    "mse",
    "paired_bootstrap",
    "psnr_mean",
    "psnr_pooled",
    "q_sample",
    "rectified_flow",
    "resshift_mean",
    "to_model_units",
]
