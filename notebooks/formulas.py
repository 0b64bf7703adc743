"""Formulas in lessons: TeX between dollar signs, as MathML for pages and the site; notebooks keep the TeX."""

import html
import re

from latex2mathml.converter import convert


def with_formulas(markdown: str) -> str:
    """TeX between dollar signs, outside code, as MathML, which browsers set themselves: no MathJax, no network."""

    def set_formula(found):
        code, block, inline = found.groups()
        return code or formula(block or inline, "block" if block else "inline")

    pattern = r"(```.*?```|`[^`]*`)|\$\$(.+?)\$\$|\$(?!\s)([^$\n`]+?)(?<!\s)\$"
    return re.sub(pattern, set_formula, markdown, flags=re.DOTALL)


def formula(tex: str, display: str) -> str:
    """MathML of TeX without its dollar signs, with the TeX as alternative text; no character of it is Markdown."""
    tex = " ".join(tex.split())
    made = convert(tex, display=display).replace("<math ", f'<math alttext="{html.escape(tex)}" ', 1)
    # HTML needs no namespace, and who reads headings as XML would write ns0:math for it.
    made = made.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
    text = re.sub(r">([^<]*[*_`|\\\[\]~][^<]*)<", lambda m: f">{''.join(map(entity, m[1]))}<", made)
    return f"\n\n{text}\n\n" if display == "block" else text


def entity(letter: str) -> str:
    """A letter that Markdown would read as its own, as a number."""
    return f"&#{ord(letter)};" if letter in r"*_`|\[]~" else letter
