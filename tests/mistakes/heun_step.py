"""Answers to `checks.heun_step`: velocity, x, s, below -> x at the time below, by two looks."""


def as_shown(velocity, x, s, below):
    v = velocity(x, s)
    if below > 0:
        v = (v + velocity(x + (below - s) * v, below)) / 2
    return x + (below - s) * v


def as_a_mean_of_two_ends(velocity, x, s, below):
    plain = x + (below - s) * velocity(x, s)
    if below == 0:
        return plain
    return (x + plain + (below - s) * velocity(plain, below)) / 2


def by_step_length(velocity, x, s, below):
    h = s - below
    k1 = velocity(x, s)
    if not below:
        return x - h * k1
    k2 = velocity(x - h * k1, s - h)
    return x - h / 2 * k1 - h / 2 * k2


RIGHT = [as_shown, as_a_mean_of_two_ends, by_step_length]


def euler(velocity, x, s, below):
    return x + (below - s) * velocity(x, s)


def summed(velocity, x, s, below):
    v = velocity(x, s)
    if below > 0:
        v = v + velocity(x + (below - s) * v, below)
    return x + (below - s) * v


def second_alone(velocity, x, s, below):
    v = velocity(x, s)
    if below > 0:
        v = velocity(x + (below - s) * v, below)
    return x + (below - s) * v


def from_the_old_place(velocity, x, s, below):
    v = velocity(x, s)
    if below > 0:
        v = (v + velocity(x, below)) / 2
    return x + (below - s) * v


def at_the_old_time(velocity, x, s, below):
    v = velocity(x, s)
    if below > 0:
        v = (v + velocity(x + (below - s) * v, s)) / 2
    return x + (below - s) * v


def midpoint(velocity, x, s, below):
    v = velocity(x, s)
    if below > 0:
        v = velocity(x + (below - s) / 2 * v, (s + below) / 2)
    return x + (below - s) * v


def upwards(velocity, x, s, below):
    v = velocity(x, s)
    if below > 0:
        v = (v + velocity(x + (s - below) * v, below)) / 2
    return x + (s - below) * v


def ahead_upwards(velocity, x, s, below):
    v = velocity(x, s)
    if below > 0:
        v = (v + velocity(x + (s - below) * v, below)) / 2
    return x + (below - s) * v


def always_twice(velocity, x, s, below):
    v = velocity(x, s)
    return x + (below - s) * (v + velocity(x + (below - s) * v, below)) / 2


def change_alone(velocity, x, s, below):
    return as_shown(velocity, x, s, below) - x


def no_length(velocity, x, s, below):
    v = velocity(x, s)
    if below > 0:
        v = (v + velocity(x + (below - s) * v, below)) / 2
    return x + v


WRONG = [
    (euler, "one look only"),
    (summed, "half of their sum"),
    (second_alone, "the second look alone"),
    (from_the_old_place, "from the old place"),
    (at_the_old_time, "at the old time"),
    (midpoint, "the midpoint rule"),
    (upwards, "away from below"),
    (ahead_upwards, "the look ahead goes the wrong way"),
    (always_twice, "falls away"),
    (change_alone, "added to x"),
    (no_length, "length is missing"),
]
