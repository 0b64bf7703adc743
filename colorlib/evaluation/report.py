"""Results of table.py as lines of text, for a terminal or a notebook.

Every difference stands with its 95 % interval: "-3.1 % (-4.0 to -2.2)" says that the MSE is 3.1 %
lower, and that with other pictures of the same kind it would be 2.2 to 4.0 % lower.
"""

from __future__ import annotations

import textwrap

WIDTH = 110
YARDSTICKS = ("grey", "constant", "oracle-mean")  # methods without a network
_CAUTIONS = {
    "race": [
        "The label is what somebody wrote into the file name: no measurement, and not a skin tone."
    ],
    "skin tone": [
        "A rough guide: light and white balance move the angle as skin does.  The groups are cut by the truth's own",
        "colours, so a method that shifts all faces one way looks better in some of them and worse in others.",
    ],
}


def format_table(rows: list[dict]) -> str:
    """The rows as lines of text.  "vs base": change of MSE against siggraph17, with its interval."""
    if not rows:
        return "no rows"
    head = (
        "method",
        "MSE",
        "95 %",
        "PSNR mean",
        "pooled",
        "SSIM",
        "colourful",
        "distance",
        "ΔE2000",
        "vs base",
    )
    lines = [head]
    for row in rows:
        low, high = row["mse_ci"]
        lines.append(
            (
                row["method"],
                _number(row["mse"], 1),
                f"{_number(low, 1)} to {_number(high, 1)}",
                _number(row["psnr_mean"], 2),
                _number(row["psnr_pooled"], 2),
                _number(row["ssim"], 3),
                _number(row["colorfulness"], 1),
                _number(row["colorfulness_distance"], 1),
                _number(row["delta_e"], 2),
                _change(row.get("mse_vs_base")),
            )
        )
    text = _aligned(lines)
    truth = _number(rows[0]["colorfulness_truth"], 1)
    text += ["", f"{rows[0]['images']} pictures, colourfulness of the truth {truth}"]
    for row in rows:
        if row.get("note"):
            text += textwrap.wrap(
                f"{row['method']}: {row['note']}", WIDTH, subsequent_indent="    "
            )
    return "\n".join(line.rstrip() for line in text)


def format_table2(result: dict) -> str:
    """What `evaluation.table2` found, section by section."""
    s = result["settings"]
    head = f"{s['images']:,} pictures of {s['data']} (split {s['split']}) at {s['size']} px, weights {s['weights']!r}"
    sections = [
        head + (f", noise step {s['t']}" if s["t"] else "") + "\n\n"
        "MSE: 8-bit RGB, L kept.  Brackets: 95 % interval, paired bootstrap over the pictures.  Changes below 0 are\n"
        "better; one whose interval holds 0 cannot be told from none.  No interval says what another training\n"
        "would give.",
        "TABLE 2\n" + format_table(result["rows"]),
        _rivals(result["rows"]),
        _vividness(result["rows"]),
        *(_group(found) for found in result["groups"]),
        _hues(result["hue"]),
        _regions(result["regions"]) if result["regions"] else "",
        _knowledge(result["prior"]) if result["prior"] else "",
    ]
    return "\n\n\n".join(
        "\n".join(line.rstrip() for line in part.split("\n")) for part in sections if part
    )


def _rivals(rows) -> str:
    rows = [row for row in rows if row["method"] not in YARDSTICKS]
    keys = {"mse_vs_base": "siggraph17", "mse_vs_more": "base-more", "mse_vs_control": "control"}
    keys = {
        key: f"MSE against {rival}"
        for key, rival in keys.items()
        if any(key in row for row in rows)
    }
    if not keys:
        return ""
    lines = [("method", *keys.values(), "PSNR mean, dB", "SSIM")]
    for row in rows:
        gains = (
            _difference(row.get("psnr_mean_vs_base"), 2),
            _difference(row.get("ssim_vs_base"), 4),
        )
        lines.append((row["method"], *(_change(row.get(key)) for key in keys), *gains))
    return "\n".join(
        [
            "IS IT THE DESIGN?  Changes against the base, and against as much training without the idea",
            *_aligned(lines),
            "PSNR and SSIM: differences to siggraph17's, above 0 is better.",
        ]
    )


def _vividness(rows) -> str:
    lines = [("method", "colourfulness", "of the truth's", "distance", "")]
    for row in rows:
        ratio = row["colorfulness_ratio"]
        near = ratio[0] is not None and 0.9 <= ratio[0] <= 1.1
        shown = "-" if ratio[0] is None else f"{100 * ratio[0]:.0f} % {_between(ratio, 100, 0)}"
        distance = _number(row["colorfulness_distance"], 1)
        lines.append(
            (
                row["method"],
                _number(row["colorfulness"], 1),
                shown,
                distance,
                "within 10 %" if near else "",
            )
        )
    truth = _number(rows[0]["colorfulness_truth"], 1)
    return "\n".join(
        [
            f"COLOURFULNESS  (the truth's mean is {truth}; distance: mean over pictures)",
            *_aligned(lines),
        ]
    )


def _group(found) -> str:
    groups = found["groups"]
    title = f"BY {found['label'].upper()}, from {found['source']}"
    title += f"; {found['unlabelled']} pictures without a label" if found["unlabelled"] else ""
    if not groups:
        return title
    first = [
        (group["group"], f"{group['images']}{' (few)' if group['few'] else ''}") for group in groups
    ]
    lines, versus = _against_base(
        ("group", "pictures"), first, [group["methods"] for group in groups]
    )
    spread = []
    for method, apart in found["spread"].items():
        if apart:
            ratio = f"{_number(apart['ratio'][0], 2)} {_between(apart['ratio'], 1, 2)}"
            spread.append(f"{method} {ratio}, {apart['worst']} over {apart['best']}")
    text = [title, *_aligned(lines)]
    text += textwrap.wrap("worst over best: " + "; ".join(spread), WIDTH) if spread else []
    text += [_verdict(groups, method) for method in versus]
    return "\n".join(text + _CAUTIONS.get(found["label"], []))


def _against_base(head, first, methods) -> tuple[list[tuple], list[str]]:
    """Lines of a table: the first cells, each method's MSE, and its change; and which methods have
    a change.
    """
    names = list(methods[0])
    versus = [m for m in names if m != "constant" and "mse_vs_base" in methods[0][m]]
    lines = [(*head, *(f"MSE {m}" for m in names), *(f"{m} against base" for m in versus))]
    for cells, found in zip(first, methods, strict=True):
        changes = (_change(found[m].get("mse_vs_base")) for m in versus)
        lines.append((*cells, *(_mse(found[m]) for m in names), *changes))
    return lines, versus


def _verdict(groups, method) -> str:
    """In how many groups a method improves on the base."""
    changes = [g["methods"][method]["mse_vs_base"] for g in groups if not g["few"]]
    if not changes:
        return "every group has few pictures: no conclusion"
    better = sum(1 for c in changes if c[0] is not None and c[0] > 0)
    surely = sum(1 for c in changes if c[1] is not None and c[1] > 0)
    few = (
        ""
        if len(changes) == len(groups)
        else f" ({len(groups) - len(changes)} with few pictures not counted)"
    )
    return f"{method} is below the base in {better} of {len(changes)} groups{few}, with its whole interval in {surely}"


def _hues(hue) -> str:
    lines = [("method", "MSE cool", "against base", "MSE warm", "against base", "cool / warm")]
    for row in hue["rows"]:
        cool, warm, ratio = row["cool"], row["warm"], row["cool_to_warm"]
        changes = [_change(side.get("mse_vs_base")) for side in (cool, warm)]
        shown = f"{_number(ratio[0], 2)} {_between(ratio, 1, 2)}"
        lines.append((row["method"], _mse(cool, 0), changes[0], _mse(warm, 0), changes[1], shown))
    share, images = hue["pixels"], hue["images"]
    told = ", ".join(
        f"{h} {_percent(share[h])} of the coloured pixels ({images[h]} pictures)" for h in share
    )
    return "\n".join(
        [
            f"BY HUE of the truth: {told}",
            *_aligned(lines),
            "Cool: a + b below 0; pixels of chroma below 10 left out.  Read a column against the constant's, which\n"
            "recognises nothing; the ratio also grows when the warm pixels get better.",
        ]
    )


def _regions(regions) -> str:
    first = [(row["region"], _percent(row["pixels"])) for row in regions]
    lines, _ = _against_base(("region", "pixels"), first, [row["methods"] for row in regions])
    return "\n".join(["BY REGION of the drawn portraits", *_aligned(lines)])


def _knowledge(prior) -> str:
    lines = [("told of the truth's prior", "MSE two-stage", "against base")]
    lines += [(row["known"], _mse(row), _change(row["mse_vs_base"])) for row in prior]
    return "\n".join(
        [
            "WHAT THE PRIOR IS WORTH: two-stage with a part of the true prior in place of the base prediction's",
            *_aligned(lines),
            "Every row but the first is an oracle: at test time nobody knows the truth's prior.",
        ]
    )


def _aligned(lines: list[tuple]) -> list[str]:
    """Columns of equal width, the first to the left, with a rule under the head."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    return [text[0], "-" * len(text[0]), *text[1:]]


def _mse(found, digits=1) -> str:
    return (
        "-"
        if found["mse"] is None
        else f"{found['mse']:.{digits}f} {_between([None, *found['mse_ci']], 1, digits)}"
    )


def _change(reduction) -> str:
    """[value, low, high] of a relative reduction -> its change in per cent; "" for None."""
    if not reduction or reduction[0] is None:
        return ""
    value, low, high = (None if x is None else 0.0 - x for x in reduction)
    return f"{100 * value:+.1f} % {_between([value, high, low], 100, 1, sign='+')}"


def _difference(found, digits) -> str:
    if not found or found[0] is None:
        return ""
    return f"{found[0]:+.{digits}f} {_between(found, 1, digits, sign='+')}"


def _between(found, scale, digits, sign="") -> str:
    """ "(low to high)" of [value, low, high]."""
    if found[1] is None or found[2] is None:
        return "(no interval)"
    return f"({scale * found[1]:{sign}.{digits}f} to {scale * found[2]:{sign}.{digits}f})"


def _percent(share) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _number(value, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
