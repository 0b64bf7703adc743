"""Instant feedback on exercises: right, or which mistake it looks like.

    from colorlib import checks
    checks.check_color_prior(my_color_prior)

Each check takes the *student's* function, tries it on seeded inputs and an edge case, and compares the answers
with colorlib's own and with a list of known wrong variants, each with its name in words.  It prints "Right: ..."
and returns True, or explains in at most four lines and returns False: what was tried, what came back, what was
expected, which mistake it looks like.  Checks keep no state and leave the global random state as it was.

One file a lesson; engine.py does the work and knows no exercise.
"""

from colorlib.checks.lesson01 import check_is_grey, check_to_model_units
from colorlib.checks.lesson02 import check_annealed_mean
from colorlib.checks.lesson03 import check_color_prior
from colorlib.checks.lesson04 import (
    check_alpha_bar,
    check_correct_once,
    check_effective_weight,
    check_q_sample,
)
from colorlib.checks.lesson05 import check_attention, check_attention_cost
from colorlib.checks.lesson06 import check_mse, check_paired_bootstrap, check_psnr_mean, check_psnr_pooled
from colorlib.checks.lesson07 import check_rectified_flow, check_resshift_mean

__all__ = [
    "check_alpha_bar",
    "check_annealed_mean",
    "check_attention",
    "check_attention_cost",
    "check_color_prior",
    "check_correct_once",
    "check_effective_weight",
    "check_is_grey",
    "check_mse",
    "check_paired_bootstrap",
    "check_psnr_mean",
    "check_psnr_pooled",
    "check_q_sample",
    "check_rectified_flow",
    "check_resshift_mean",
    "check_to_model_units",
]
