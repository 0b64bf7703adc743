"""Results of table.py as lines of text, for a terminal or a notebook.

Every difference stands with its 95 % interval: "-3.1 % (-4.0 to -2.2)" says that the MSE is 3.1 %
lower, and that with other pictures of the same kind it would be 2.2 to 4.0 % lower.
"""

from __future__ import annotations

import textwrap

import pandas as pd

from colorlib.data.pictures import printable
from colorlib.methods import YARDSTICKS

WIDTH = 110
RIVALS = {"mse_vs_base": "base", "mse_vs_more": "base-more", "mse_vs_control": "control"}
INTRODUCTION = (
    "MSE: 8-bit RGB, L kept.  Brackets: 95 % interval, paired bootstrap over the pictures.  "
    "Changes below 0 are\nbetter; one whose interval holds 0 cannot be told from none.  "
    "No interval says what another training\nwould give."
)
CAUTIONS = {
    "race": (
        "The label is what somebody wrote into the file name: no measurement, and not a skin tone."
    ),
    "skin tone": (
        "A rough guide: light and white balance move the angle as skin does.  The groups are cut "
        "by the truth's own\ncolours, so a method that shifts all faces one way looks better in "
        "some of them and worse in others."
    ),
}


def format_table(rows: list[dict], settings: dict | None = None) -> str:
    """The rows as lines of text. "vs base": change of the MSE against the base's.

    settings: of the table; with them it is said where pictures were learnt from.
    """
    if not rows:
        return "no rows"
    lines = [
        {
            "method": row["method"],
            "MSE": _number(row["mse"], 1),
            "95 %": " to ".join(_number(end, 1) for end in row["mse_ci"]),
            "PSNR mean": _number(row["psnr_mean"], 2),
            "pooled": _number(row["psnr_pooled"], 2),
            "SSIM": _number(row["ssim"], 3),
            "colourful": _number(row["colorfulness"], 1),
            "distance": _number(row["colorfulness_distance"], 1),
            "ΔE2000": _number(row["delta_e"], 2),
            "vs base": _change(row.get("mse_vs_base")),
        }
        for row in rows
    ]
    truth = _number(rows[0]["colorfulness_truth"], 1)
    notes = [
        textwrap.fill(f"{row['method']}: {row['note']}", WIDTH, subsequent_indent="    ")
        for row in rows
        if row.get("note")
    ]
    count = f"{rows[0]['images']} pictures, colourfulness of the truth {truth}"
    return "\n".join([_aligned(lines), "", count, *_told(settings or {}), *notes])


def _told(settings) -> list[str]:
    """How the split was told, and whether the weights have learnt from some of the pictures."""
    lines = [printable(line) for line in settings.get("layout", ())]
    if not settings.get("seen"):
        return lines
    share = f"{settings['seen']:,} of these {settings['images']:,} pictures"
    lines.append(
        f"{share} were learnt from by these weights: no test of what they know of new ones"
    )
    return lines


def format_table2(result: dict) -> str:
    """What `table.table2` found, section by section."""
    s = result["settings"]
    head = f"{s['images']:,} pictures of {s['data']} (split {s['split']}) at {s['size']} px"
    head += f", weights {s['weights']!r}" + (f", noise step {s['t']}" if s["t"] else "")
    sections = [
        "\n".join([head, *_told(s), "", INTRODUCTION]),
        f"TABLE 2\n{format_table(result['rows'])}",
        _rivals(result["rows"]),
        _vividness(result["rows"]),
        *map(_group, result["groups"]),
        _hues(result["hue"]),
        _regions(result["regions"]) if result["regions"] else "",
        _knowledge(result["prior"]) if result["prior"] else "",
    ]
    return "\n\n\n".join(filter(None, sections))


def _rivals(rows) -> str:
    """Each network against the base and against as much training; "" where there is neither."""
    rows = [row for row in rows if row["method"] not in YARDSTICKS]
    keys = [key for key in RIVALS if any(key in row for row in rows)]
    if not keys:
        return ""
    lines = [
        {"method": row["method"]}
        | {f"MSE against {RIVALS[key]}": _change(row.get(key)) for key in keys}
        | {
            "PSNR mean, dB": _measured(row.get("psnr_mean_vs_base"), 2, sign="+", missing=""),
            "SSIM": _measured(row.get("ssim_vs_base"), 4, sign="+", missing=""),
        }
        for row in rows
    ]
    return (
        "IS IT THE DESIGN?  Changes against the base, and against as much training without the idea"
        f"\n{_aligned(lines)}\nPSNR and SSIM: differences to the base's, above 0 is better."
    )


def _vividness(rows) -> str:
    lines = [
        {
            "method": row["method"],
            "colourfulness": _number(row["colorfulness"], 1),
            "of the truth's": _measured(row["colorfulness_ratio"], 0, scale=100, unit=" %"),
            "distance": _number(row["colorfulness_distance"], 1),
            "": "within 10 %" if 0.9 <= (row["colorfulness_ratio"][0] or 0) <= 1.1 else "",
        }
        for row in rows
    ]
    truth = f"the truth's mean is {_number(rows[0]['colorfulness_truth'], 1)}"
    return f"COLOURFULNESS  ({truth}; distance: mean over pictures)\n{_aligned(lines)}"


def _group(found) -> str:
    """One label of `breakdown.by_group`: its table, how far the groups lie apart, a verdict."""
    groups, unlabelled = found["groups"], found["unlabelled"]
    title = f"BY {found['label'].upper()}, from {found['source']}"
    title += f"; {unlabelled} pictures without a label" if unlabelled else ""
    if not groups:
        return title
    lines = [
        {"group": g["group"], "pictures": f"{g['images']}{' (few)' if g['few'] else ''}"}
        | _against_base(g["methods"])
        for g in groups
    ]
    apart = "; ".join(
        f"{method} {_measured(spread['ratio'], 2)}, {spread['worst']} over {spread['best']}"
        for method, spread in found["spread"].items()
        if spread
    )
    text = [
        f"{title}\n{_aligned(lines)}",
        textwrap.fill(f"worst over best: {apart}", WIDTH) if apart else "",
        *(_verdict(groups, method) for method in _compared(groups[0]["methods"])),
        CAUTIONS.get(found["label"], ""),
    ]
    return "\n".join(filter(None, text))


def _against_base(methods) -> dict:
    """Cells of a line: the MSE of each method, and the changes against the base."""
    changes = {f"{m} against base": _change(methods[m]["mse_vs_base"]) for m in _compared(methods)}
    return {f"MSE {m}": _mse(found) for m, found in methods.items()} | changes


def _compared(methods) -> list[str]:
    """The methods whose change against the base is shown."""
    return [m for m, found in methods.items() if m != "constant" and "mse_vs_base" in found]


def _verdict(groups, method) -> str:
    """In how many groups a method improves on the base."""
    changes = [g["methods"][method]["mse_vs_base"] for g in groups if not g["few"]]
    if not changes:
        return "every group has few pictures: no conclusion"
    better, surely = (sum((change[i] or 0) > 0 for change in changes) for i in (0, 1))
    few = len(groups) - len(changes)
    left_out = f" ({few} with few pictures not counted)" if few else ""
    return (
        f"{method} is below the base in {better} of {len(changes)} groups{left_out}, "
        f"with its whole interval in {surely}"
    )


def _hues(hue) -> str:
    told = ", ".join(
        f"{h} {_number(share, 1, 100, ' %')} of the coloured pixels ({hue['images'][h]} pictures)"
        for h, share in hue["pixels"].items()
    )
    lines = [
        {
            "method": row["method"],
            "MSE cool": _mse(row["cool"], 0),
            "cool": _change(row["cool"].get("mse_vs_base")),
            "MSE warm": _mse(row["warm"], 0),
            "warm": _change(row["warm"].get("mse_vs_base")),
            "cool / warm": _measured(row["cool_to_warm"], 2),
        }
        for row in hue["rows"]
    ]
    text = _aligned(lines, cool="against base", warm="against base")
    return (
        f"BY HUE of the truth: {told}\n{text}\n"
        "Cool: a + b below 0; pixels of chroma below 10 left out.  Read a column against the "
        "constant's, which\nrecognises nothing; the ratio also grows when the warm pixels get "
        "better."
    )


def _regions(regions) -> str:
    lines = [
        {"region": row["region"], "pixels": _number(row["pixels"], 1, 100, " %")}
        | _against_base(row["methods"])
        for row in regions
    ]
    return f"BY REGION of the drawn portraits\n{_aligned(lines)}"


def _knowledge(prior) -> str:
    lines = [
        {
            "told of the truth's prior": row["known"],
            "MSE two-stage": _mse(row),
            "against base": _change(row["mse_vs_base"]),
        }
        for row in prior
    ]
    return (
        "WHAT THE PRIOR IS WORTH: two-stage with a part of the true prior in place of the base "
        f"prediction's\n{_aligned(lines)}\n"
        "Every row but the first is an oracle: at test time nobody knows the truth's prior."
    )


def _aligned(lines: list[dict], **heads) -> str:
    """Lines {head: text} as a table: the first column to the left, a rule under the head.

    heads: other heads for columns, which may be alike.
    """
    table = pd.DataFrame(lines)
    corner = table.columns[0]
    table = table.set_index(corner).rename_axis(index=None, columns=corner).rename(columns=heads)
    # Two spaces before each column, also where the head is wider than the cells.
    widths = [len(head) + 1 for head in table]
    head, *rest = table.to_string(na_rep="", col_space=widths).split("\n")
    return "\n".join([head.rstrip(), "-" * len(head), *(line.rstrip() for line in rest)])


def _measured(found, digits, scale=1, sign="", unit="", missing="-") -> str:
    """[value, low, high] as "value (low to high)"."""
    if not found or found[0] is None:
        return missing
    # + 0.0 makes -0.0 a plain 0.
    value, *ends = (None if x is None else f"{scale * x + 0.0:{sign}.{digits}f}" for x in found)
    return f"{value}{unit} ({'no interval' if None in ends else ' to '.join(ends)})"


def _mse(found, digits=1) -> str:
    return _measured([found["mse"], *found["mse_ci"]], digits)


def _change(reduction) -> str:
    """[value, low, high] of a relative reduction as the change in per cent; "" for None."""
    value, low, high = reduction or [None] * 3
    return _measured([value, high, low], 1, scale=-100, sign="+", unit=" %", missing="")


def _number(value, digits, scale=1, unit="") -> str:
    return "-" if value is None else f"{scale * value:.{digits}f}{unit}"
