"""The same task, asked in another way: what a problem set asks from year to year.

    checks.region_prior(region_prior, mask="outside")

A check's table of mistakes is written for one convention; under another one the inputs are handed
over in another form, the answers are wanted in another form, and each mistake means what it meant.
An answer that keeps to the usual way is then a mistake like others, with words of its own.
"""

from dataclasses import dataclass, field

from colorlib.course.checks.guessing import BESIDES

RIGHT = ""


@dataclass(frozen=True)
class Convention:
    """How a task is asked instead of in the usual way.

    words: what an answer given in the usual way looks like.
    given: {argument: (usual value -> value here, value here -> usual value)} of those that differ.
    back: the usual answer -> the answer here.
    renamed: {words: words} in the names of mistakes.
    variants: a table for this convention, where none can be made of the usual one.
    """

    words: str
    given: dict = field(default_factory=dict)
    back: object = None
    renamed: dict = field(default_factory=dict)
    variants: dict | None = None

    def cases(self, cases):
        """The usual cases as they are handed over here."""
        there = {name: to for name, (to, _) in self.given.items()}
        return [
            {name: there[name](x) if name in there else x for name, x in case.items()}
            for case in cases
        ]

    def table(self, usual, names):
        """The table of variants here.  usual: the check's; names: of the arguments, in order."""
        right = usual[RIGHT]
        if self.variants is not None:
            table = dict(self.variants)
        else:
            table = {self._name(words): self._of(f, names) for words, f in usual.items()}
        return {RIGHT: table.pop(RIGHT), self.words: right} | {
            words: variant for words, variant in table.items() if words != self.words
        }

    def _name(self, words):
        for old, new in self.renamed.items():
            words = BESIDES.join(new if one == old else one for one in words.split(BESIDES))
        return words

    def _of(self, variant, names):
        def here(*given):
            usual = [
                self.given[name][1](x) if name in self.given else x
                for name, x in zip(names, given, strict=True)
            ]
            answer = variant(*usual)
            try:
                return self.back(answer) if self.back else answer
            except Exception:  # a mistake may have another form
                return answer

        return here


def asked(name, conventions, wanted):
    """The convention that `wanted`, {keyword: value}, names.  ValueError where there is none."""
    found = [conventions.get(f"{key}={value}") for key, value in wanted.items()]
    if len(found) != 1 or found[0] is None:
        known = ", ".join(sorted(conventions)) or "none"
        got = ", ".join(f"{key}={value}" for key, value in wanted.items())
        raise ValueError(f"{name} knows these conventions, one at a time: {known}; got {got}")
    return found[0]
