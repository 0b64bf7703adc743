"""colorlib: tested building blocks for learning image colourisation.

The files at the root are the ideas, in the order of the lessons, and what a user starts:

    color                                 01, Lab and the units that the networks see
    models/                               02 and 05, one architecture a file
    prior                                 03, four numbers that sum up the colours of a picture
    diffusion, losses                     04, one noised step, and the six-part loss
    metrics                               06, the measures and their intervals
    methods                               the one table of what is compared
    colorize, weights, doctor, cli        photo in, photo out; weights; this machine; the commands

Behind them stand data/, portraits/, training/, evaluation/, show/ and course/. Importing colorlib
is instant: `colorlib.color`, or `from colorlib import Colorizer`, loads what it names when it is
first asked for.
"""

from importlib import import_module, util

__version__ = "0.1.0"


def __getattr__(name):
    """A module of this package, or `Colorizer`, on first use (PEP 562)."""
    if name == "Colorizer":
        return import_module("colorlib.colorize").Colorizer
    if not name.startswith("_") and util.find_spec(f"colorlib.{name}"):
        return import_module(f"colorlib.{name}")
    raise AttributeError(f"module 'colorlib' has no attribute {name!r}")
