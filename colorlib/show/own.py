"""Which pictures a lesson works on: a person's own where they suffice, else the drawn ones."""

from colorlib.data import datasets

FEW = 3  # pictures that each split needs


def source(*splits):
    """The source that COLORLIB_DATA names, if it holds a few pictures in each of these splits.

    Else "portraits", and one sentence says what is missing. A source that cannot be read at all
    raises what `datasets.load` raises.
    """
    wanted = datasets.default_source()
    if wanted == "portraits":
        return wanted
    for split in splits:
        found = count(wanted, split)
        if found < FEW:
            print(
                f"Your pictures have {found} in the split {split!r} and this lesson needs {FEW}, "
                "so it goes on with the drawn portraits: add pictures, or sort them into train/, "
                "val/ and test/."
            )
            return "portraits"
    return wanted


def count(wanted, split):
    """How many of the first few pictures of a split can be used."""
    try:
        return len(datasets.load(wanted, split, size=32, count=FEW))
    except datasets.NoPictures:
        return 0
