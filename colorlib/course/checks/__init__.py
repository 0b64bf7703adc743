"""Instant feedback on exercises: right, or which mistake it looks like.

    from colorlib.course import checks
    checks.color_prior(my_color_prior)

Each check takes the *student's* function, tries it on seeded inputs and an edge case, and compares
the answers with colorlib's own and with a list of known wrong variants, each with its name in
words.  It prints "Right: ..." or explains in at most four lines what was tried, what came back,
what was expected and which mistake it looks like; the verdict that it returns is true or false.
Checks keep no state and leave the global random state as it was.

A check also takes `seed`: other seeds try other numbers of the same kind.

    checks.color_prior.hint()     the next hint, from a nudge to nearly the code
    checks.progress()             what is solved, for the learner alone

One file a lesson, four for the sets; each check is a table (the right answer, and wrong ones
under the words that name the mistake) and a few lines that make its inputs.  judging.py judges,
running.py runs the student's code, reading.py reads what comes back.  Where no table names the
mistake, own_code.py finds the student's source and repairing.py tries edits of it; guessing.py and
changes.py guess what was done to the numbers, stages.py to a part of the formula, rewriting.py
which slip of the pen it was; they know no exercise.  written.py holds the formulas.  asked.py and
conventions.py ask the same in another way, from year to year.  hints.py and learning.py help on
the way.
tests/mistakes/ holds what students answer, right and wrong, and tests them all.
"""

from colorlib.course.checks import learning
from colorlib.course.checks.learning import progress
from colorlib.course.checks.lesson01 import is_grey, split_place, to_model_units
from colorlib.course.checks.lesson02 import (
    annealed_mean,
    block_parameters,
    soft_cross_entropy,
)
from colorlib.course.checks.lesson03 import color_prior, printed_factor, scale_and_shift
from colorlib.course.checks.lesson04 import (
    alpha_bar,
    correct_once,
    effective_weight,
    hidden_noise,
    q_sample,
)
from colorlib.course.checks.lesson05 import attention, attention_cost
from colorlib.course.checks.lesson06 import (
    leaks,
    mse,
    paired_bootstrap,
    psnr_mean,
    psnr_pooled,
    yardsticks,
)
from colorlib.course.checks.lesson07 import heun_step, rectified_flow, resshift_mean
from colorlib.course.checks.problems import (
    hue_and_chroma,
    network_input,
    rebalancing,
    soft_encode,
    to_lab,
    weighted_error,
)
from colorlib.course.checks.problems_data import seen_before, worst_block
from colorlib.course.checks.problems_prior import region_prior, set_tint, split_error
from colorlib.course.checks.problems_refiner import (
    average_draws,
    clean_from_noisy,
    cosine_schedule,
    map_bytes,
    near_attention,
    next_step,
    noise_dominates,
    received,
    split_heads,
)

__all__ = [
    "alpha_bar",
    "annealed_mean",
    "attention",
    "attention_cost",
    "average_draws",
    "block_parameters",
    "clean_from_noisy",
    "color_prior",
    "correct_once",
    "cosine_schedule",
    "effective_weight",
    "heun_step",
    "hidden_noise",
    "hue_and_chroma",
    "is_grey",
    "leaks",
    "map_bytes",
    "mse",
    "near_attention",
    "network_input",
    "next_step",
    "noise_dominates",
    "paired_bootstrap",
    "printed_factor",
    "psnr_mean",
    "psnr_pooled",
    "q_sample",
    "rebalancing",
    "received",
    "rectified_flow",
    "region_prior",
    "resshift_mean",
    "scale_and_shift",
    "seen_before",
    "set_tint",
    "soft_cross_entropy",
    "soft_encode",
    "split_error",
    "split_heads",
    "split_place",
    "to_lab",
    "to_model_units",
    "weighted_error",
    "worst_block",
    "yardsticks",
]

for _name in __all__:
    globals()[_name] = learning.tracked(globals()[_name])
__all__ += ["progress"]
