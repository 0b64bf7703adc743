"""Answers to `checks.alpha_bar`: beta (T,) -> alpha_bar (T + 1,)."""

from itertools import accumulate

import numpy as np
import torch
import torch.nn.functional as F


def by_loop(beta):
    values = [1.0]
    for x in beta.tolist():
        values.append(values[-1] * (1 - x))
    return torch.tensor(values)


def by_logs(beta):
    return F.pad(torch.log1p(-beta).cumsum(0), (1, 0)).exp()


def by_numpy(beta):
    return torch.from_numpy(np.cumprod(np.concatenate([[1.0], 1 - beta.numpy()])).astype(np.float32))


def by_accumulate(beta):
    return torch.stack(list(accumulate(1 - beta, lambda x, y: x * y, initial=torch.tensor(1.0))))


def in_place_on_its_own(beta):
    out = torch.ones(len(beta) + 1)
    out[1:] -= beta
    return out.cumprod(0)


def in_double(beta):
    return torch.cat([torch.ones(1).double(), (1 - beta.double()).cumprod(0)]).float()


RIGHT = [by_loop, by_logs, by_numpy, by_accumulate, in_place_on_its_own, in_double]


def one_in_front(x):
    return torch.cat([torch.ones(1), x])


def no_one(beta):
    return torch.cumprod(1 - beta, 0)


def root(beta):
    return one_in_front(torch.cumprod(1 - beta, 0)).sqrt()


def product_of_roots(beta):
    return torch.cumprod((1 - beta).sqrt(), 0)


def product_of_beta(beta):
    return one_in_front(torch.cumprod(beta, 0))


def alpha_only(beta):
    return one_in_front(1 - beta)


def running_sum(beta):
    return one_in_front(torch.cumsum(1 - beta, 0))


def one_minus_sum(beta):
    return one_in_front(1 - torch.cumsum(beta, 0))


def reversed_in_time(beta):
    return one_in_front(torch.cumprod(1 - beta.flip(0), 0)).flip(0)


def last_only(beta):
    return torch.prod(1 - beta)


def zero_in_front(beta):
    return torch.cat([torch.zeros(1), torch.cumprod(1 - beta, 0)])


def one_short(beta):
    return one_in_front(torch.cumprod(1 - beta[:-1], 0))


def one_at_the_end(beta):
    return torch.cat([torch.cumprod(1 - beta, 0), torch.ones(1)])


def one_before_subtracting(beta):
    return torch.cumprod(1 - one_in_front(beta), 0)


def noise_share(beta):
    return 1 - one_in_front(torch.cumprod(1 - beta, 0))


def plus(beta):
    return one_in_front(torch.cumprod(1 + beta, 0))


def off_by_one(beta):
    out = torch.ones(len(beta) + 1)
    for t in range(1, len(beta)):
        out[t + 1] = out[t] * (1 - beta[t])
    return out


def two_ones(beta):
    return one_in_front(one_in_front(torch.cumprod(1 - beta, 0)))


def alpha_bar_of_alpha(beta):
    return one_in_front(torch.cumprod(1 - torch.cumprod(1 - beta, 0), 0))


def a_list(beta):
    return by_loop(beta).tolist()


def to_double(beta):
    return by_loop(beta.double()).double()


def changes_beta(beta):
    beta *= -1
    beta += 1
    return one_in_front(beta.cumprod(0))


def as_a_column(beta):
    return by_loop(beta)[:, None]


WRONG = [
    (no_one, "alpha_bar[0] = 1, the step without noise, is missing"),
    (root, "the square root"),
    (product_of_roots, "the square root"),
    (product_of_beta, "the product of beta"),
    (alpha_only, "1 - beta without the running product"),
    (running_sum, "the running sum, not the running product"),
    (one_minus_sum, "1 - the running sum of beta"),
    (reversed_in_time, "in reverse order"),
    (last_only, "only the last value"),
    (zero_in_front, "alpha_bar[0] is 0"),
    (one_short, "one step short"),
    (one_at_the_end, "the 1 stands at the end"),
    (one_before_subtracting, "`one_in_front(1 - beta)`"),
    (noise_share, "1 - alpha_bar instead of alpha_bar"),
    (plus, "1 + beta"),
    (off_by_one, "the first beta is left out"),
    (two_ones, "a 1 too many"),
    (alpha_bar_of_alpha, "1 - alpha_bar in the product"),
    (a_list, "return a torch tensor"),
    (to_double, "float64"),
    (changes_beta, "changed in place"),
    (as_a_column, "`[:, None]` is too much"),
]
