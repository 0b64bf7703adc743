"""The sets in other years: how each task may be asked besides the usual way.

answer's name in its set -> variants, each with

    words        what differs, for teachers
    text         {old: new} for the task, its solution and its tests; a space stands for any white space
    call         how tests call the answer: {call} is the call as it stands, {0}, {1}, ... its arguments; it turns what
                 goes in and what comes back into the usual form, so that one test serves all years
    check        the keyword for the task's check (colorlib/course/checks/asked.py), where it has one
    as_they_are  tests (the last part of their names) in which calls stay as they are

years.py applies them, and `build.py --variant SEED` takes number `SEED % (1 + variants)` of each task.
"""

# fmt: off
TASKS = {
    "ps1-1": (
        dict(words="a, b, L in the place of L, a, b",
             text={
                 "in model units to Lab `(B, 3, H, W)`.":
                     "in model units to `(B, 3, H, W)`, with a first, then b, and L last.",
                 "[100 * L + 50, 110 * ab]":
                     "[110 * ab, 100 * L + 50]",
                 "a and b stand in channels 1 and 2,":
                     "a and b stand in channels 0 and 1 (turned round here, so that L is first),",
             },
             call="{call}.roll(1, dims=1)",
             check='order="abL"'),
        dict(words="Lab in 8-bit numbers",
             text={
                 "in model units to Lab `(B, 3, H, W)`.":
                     "in model units to Lab as 8-bit files hold it, `(B, 3, H, W)`: L runs from 0 to 255 where "
                     "Lab has 0 to 100, and 128 is added to a and b. Do not round.",
                 "[100 * L + 50, 110 * ab]":
                     "[255 * (L + 0.5), 110 * ab + 128]",
                 "in ab units":
                     "in ab units, when 128 is taken away again",
             },
             call="(({call} - torch.tensor([0.0, 128, 128]).view(3, 1, 1)) / torch.tensor([2.55, 1, 1]).view(3, 1, 1))",
             check='scale="bytes"'),
    ),
    "ps1-2": (
        dict(words="hue begins at yellow",
             text={
                 "counted from the positive a axis towards positive b. So red is near 0°, yellow near 90°, green "
                 "near 180°, blue near 270°.":
                     "counted from the positive b axis towards negative a. So yellow is near 0°, green near 90°, "
                     "blue near 180°, red near 270°.",
                 "torch.atan2(b, a)":
                     "torch.atan2(-a, b)",
                 "0 and 360 are the same angle here":
                     "90 is added here, so that red is 0",
             },
             call="(lambda hue, chroma: ((hue + 90) % 360, chroma))(*{call})",
             check='zero="yellow"',
             as_they_are=("range",)),
        dict(words="hue runs from red to blue",
             text={
                 "counted from the positive a axis towards positive b. So red is near 0°, yellow near 90°, green "
                 "near 180°, blue near 270°.":
                     "counted from the positive a axis towards negative b. So red is near 0°, blue near 90°, "
                     "green near 180°, yellow near 270°.",
                 "torch.atan2(b, a)":
                     "torch.atan2(-b, a)",
                 "0 and 360 are the same angle here":
                     "turned round here, so that yellow is 90",
             },
             call="(lambda hue, chroma: (-hue % 360, chroma))(*{call})",
             check='turn="blue"',
             as_they_are=("range",)),
        dict(words="hue begins at green",
             text={
                 "counted from the positive a axis towards positive b. So red is near 0°, yellow near 90°, green "
                 "near 180°, blue near 270°.":
                     "counted from the negative a axis towards negative b. So green is near 0°, blue near 90°, "
                     "red near 180°, yellow near 270°.",
                 "torch.atan2(b, a)":
                     "torch.atan2(-b, -a)",
                 "0 and 360 are the same angle here":
                     "180 is added here, so that red is 0",
             },
             call="(lambda hue, chroma: ((hue + 180) % 360, chroma))(*{call})",
             check='zero="green"',
             as_they_are=("range",)),
    ),
    "ps1-3": (
        dict(words="mirrored top to bottom",
             text={
                 "mirrored left to right":
                     "mirrored top to bottom",
                 "upside down":
                     "mirrored left to right",
                 "upside_down":
                     "turned",
                 "[:, :, ::-1]":
                     "[:, ::-1]",
                 "[:, ::-1]":
                     "[:, :, ::-1]",
             },
             check='mirror="vertical"'),
        dict(words="True for new pictures",
             text={
                 "`True` where a training picture is *near*":
                     "`False` where a training picture is *near*",
                 "as it is or mirrored left to right.":
                     "as it is or mirrored left to right, and `True` where none is.",
                 "found.append(np.min(apart) <= limit)":
                     "found.append(np.min(apart) > limit)",
             },
             call="np.logical_not({call})",
             check='true="new"'),
    ),
    "ps1-4": (
        dict(words="the root of the MSE",
             text={
                 "the MSE of its worst block.":
                     "the root of the MSE of its worst block.",
                 "return blocks.max(axis=(1, 2))":
                     "return np.sqrt(blocks.max(axis=(1, 2)))",
             },
             call="np.square({call})",
             check='scale="root"'),
        dict(words="channels before height and width",
             text={
                 "8-bit pictures `(N, H, W, 3)`,":
                     "8-bit pictures with the channels in front, `(N, 3, H, W)`,",
                 "N, H, W, _ = truth.shape":
                     "N, _, H, W = truth.shape",
                 "error.reshape(N, H // size, size, W // size, size, 3).mean(axis=(2, 4, 5))":
                     "error.reshape(N, 3, H // size, size, W // size, size).mean(axis=(1, 3, 5))",
             },
             call="worst_block(({0}).transpose(0, 3, 1, 2), ({1}).transpose(0, 3, 1, 2), {2})",
             check='layout="channels first"'),
    ),
    "ps1-5": (
        dict(words="in ab units",
             text={
                 "each of the shape of `test_ab`.":
                     "each of the shape of `test_ab`, but in ab units: 110 times as large.",
                 "constant.expand_as(test_ab)":
                     "110 * constant.expand_as(test_ab)",
                 "test_ab.mean(dim=(2, 3), keepdim=True).expand_as(test_ab)":
                     "110 * test_ab.mean(dim=(2, 3), keepdim=True).expand_as(test_ab)",
             },
             call="{{name: guess / 110 for name, guess in {call}.items()}}"),
    ),
    "ps1-6-gap": (
        dict(words="pooled minus mean",
             text={
                 "mean PSNR minus pooled PSNR":
                     "pooled PSNR minus mean PSNR",
                 "return each.mean() - 10 * np.log10(255**2 / mse.mean())":
                     "return 10 * np.log10(255**2 / mse.mean()) - each.mean()",
             },
             call="-{call}"),
    ),
    "ps1-6-rows": (
        dict(words="the rows that are pooled",
             text={
                 "whose PSNR differs from the pooled one by more than 0.05 dB.":
                     "whose PSNR is the pooled one, to 0.05 dB.",
                 "> 0.05":
                     "<= 0.05",
             },
             call="[name for name in {0} if name not in {call}]"),
    ),
    "ps2-1": (
        dict(words="the mask first",
             text={
                 "make the input `(B, 4, H, W)`.":
                     "make the input `(B, 4, H, W)` of a network that wants the mask first, then the lightness, "
                     "a and b.",
                 "[L, hints * mask, mask]":
                     "[mask, L, hints * mask]",
             },
             call="{call}.roll(-1, dims=1)",
             check='order="mask first"'),
        dict(words="the mask is 1 where no hint stands",
             text={
                 "a mask that is 1 where a hint stands.":
                     "a mask that is 1 where *no* hint stands.",
                 "[L, hints * mask, mask]":
                     "[L, hints * (1 - mask), mask]",
             },
             call="(lambda x: torch.cat([x[:, :3], 1 - x[:, 3:]], dim=1))(network_input({0}, {1}, 1 - {2}))",
             check='mask="free"'),
    ),
    "ps2-2": (
        dict(words="in ab units",
             text={
                 "`sum(w · d²) / sum(w)`.":
                     "`sum(w · d²) / sum(w)`, with d in ab units: 110 times as large.",
                 "(weight * squares).sum()":
                     "110**2 * (weight * squares).sum()",
             },
             call="{call} / 110**2",
             check='scale="ab"'),
    ),
    "ps2-3": (
        dict(words="mix goes with p",
             text={
                 "`w = 1 / ((1 − mix) · p + mix / Q)`":
                     "`w = 1 / (mix · p + (1 − mix) / Q)`",
                 "((1 - mix) * p + mix / len(p))":
                     "(mix * p + (1 - mix) / len(p))",
                 "mix = 1 makes all bins alike":
                     "mix = 0 makes all bins alike",
                 "with mix = 1 the counts":
                     "with mix = 0 the counts",
             },
             call="rebalancing({0}, 1 - {1})",
             check='mix="p"'),
    ),
    "ps2-4": (
        dict(words="a column for each colour",
             text={
                 "return `(N, Q)`":
                     "return `(Q, N)`, a column for each colour",
                 "then each row divided by its sum.":
                     "then each column divided by its sum.",
                 ".scatter(1, nearest.indices, shares)":
                     ".scatter(1, nearest.indices, shares).T",
                 "rows are shares: none negative, each row sums to 1":
                     "columns are shares (turned to rows here): none negative, each sums to 1",
             },
             call="{call}.T",
             check='layout="columns"'),
        dict(words="exp(-d² / sigma²)",
             text={
                 "`exp(−d² / (2 · sigma²))`":
                     "`exp(−d² / sigma²)`",
                 "/ (2 * sigma**2)":
                     "/ sigma**2",
             },
             call="soft_encode({0}, {1}, 2**0.5 * {2}, {3})",
             check='kernel="narrow"'),
    ),
    "ps2-5": (
        dict(words="the later name first",
             text={
                 "`(first, second)`, in the order of the dictionary,":
                     "`(second, first)`, the name that stands later in the dictionary first,",
                 "found.append((first, second))":
                     "found.append((second, first))",
             },
             call="[tuple(pair)[::-1] for pair in {call}]"),
    ),
    "ps2-6": (
        dict(words="from the truth to the base",
             text={
                 "Walk from the base to the truth,":
                     "Walk from the truth to the base,",
                 "AB(s) = AB_base + s · (AB_true − AB_base)`: at s = 0 stands the base, at s = 1 the truth":
                     "AB(s) = AB_true + s · (AB_base − AB_true)`: at s = 0 stands the truth, at s = 1 the base",
                 "# the output term is smallest at the truth":
                     "# the output term is smallest at the truth, which is handed over as the base here: at s = 1",
                 "term(ab_base + s * (ab_true - ab_base))":
                     "term(ab_true + s * (ab_base - ab_true))",
             },
             call="lowest_at({0}, {2}, {1}, {3})"),
    ),
    "ps3-1": (
        dict(words="the mask is 1 outside",
             text={
                 "1 inside and 0 outside":
                     "0 inside and 1 outside",
                 "inside = mask.sum(dim=(2, 3))":
                     "mask = 1 - mask\n    inside = mask.sum(dim=(2, 3))",
                 "a mask of ones:":
                     "nothing outside:",
             },
             call="region_prior({0}, 1 - {1})",
             check='mask="outside"'),
        dict(words="spread and magnitude first",
             text={
                 "1 inside and 0 outside, to `(B, 4)`.":
                     "1 inside and 0 outside, to `(B, 4)`, in the order spread, magnitude, mean a, mean b.",
                 "[mean, variance.sqrt().sum(dim=1, keepdim=True), magnitude]":
                     "[variance.sqrt().sum(dim=1, keepdim=True), magnitude, mean]",
             },
             call="{call}[:, [2, 3, 0, 1]]",
             check='order="spread first"'),
    ),
    "ps3-2": (
        dict(words="the tint in ab units",
             text={
                 "its mean becomes a given tint:":
                     "its mean becomes a given tint, which is in ab units (110 times as large):",
                 "+ tint[:, :, None, None]":
                     "+ tint[:, :, None, None] / 110",
             },
             call="set_tint({0}, 110 * {1})",
             check='tint="ab units"'),
        dict(words="b of the tint first",
             text={
                 "and `tint (B, 2)` to":
                     "and `tint (B, 2)`, in which b stands before a, to",
                 "+ tint[:, :, None, None]":
                     "+ tint.flip(1)[:, :, None, None]",
             },
             call="set_tint({0}, ({1}).flip(1))",
             check='tint="ba"'),
    ),
    "ps3-3": (
        dict(words="the rest first",
             text={
                 "return the pair `(tint, rest)`":
                     "return the pair `(rest, tint)`",
                 "return tint, whole - tint":
                     "return whole - tint, tint",
             },
             call="{call}[::-1]",
             check='order="rest first"'),
        dict(words="in ab units",
             text={
                 "return the pair `(tint, rest)`, both `(B,)`.":
                     "return the pair `(tint, rest)`, both `(B,)`, in ab units: a and b 110 times as large.",
                 "difference = guess - truth":
                     "difference = 110 * (guess - truth)",
             },
             call="tuple(part / 110**2 for part in {call})",
             check='scale="ab"'),
    ),
    "ps3-4": (
        dict(words="per cent more",
             text={
                 "by which factor does `measure`,":
                     "by how many per cent does `measure`,",
                 "change when each pixel becomes":
                     "grow when each pixel becomes",
                 "Return one number: the mean over the pictures of `measure` of the enlarged picture divided by "
                 "`measure` of the picture. 1 means":
                     "Return one number: the mean over the pictures of how many per cent `measure` of the "
                     "enlarged picture lies above `measure` of the picture. 0 means",
                 "return (measure(large) / measure(ab)).mean().item()":
                     "return 100 * (measure(large) / measure(ab) - 1).mean().item()",
             },
             call="(1 + {call} / 100)"),
    ),
    "ps3-5": (
        dict(words="in model units",
             text={
                 "of the absolute change, in ab units.":
                     "of the absolute change, in model units.",
                 "return 110 * change.abs()":
                     "return change.abs()",
             },
             call="110 * {call}"),
    ),
    "ps3-6": (
        dict(words="the pipeline gets the truth first",
             text={
                 "A `pipeline(L, ab)` gets the lightness and, because it also computes scores, the truth.":
                     "A `pipeline(ab, L)` gets the truth, because it also computes scores, and the lightness.",
                 "pipeline(L, ab.clone())":
                     "pipeline(ab.clone(), L)",
                 "pipeline(L, other)":
                     "pipeline(other, L)",
             },
             call="leaks(lambda ab, L: ({0})(L, ab), {1}, {2})"),
    ),
    "ps4-1": (
        dict(words="from step T down",
             text={
                 "return `alpha_bar (steps + 1,)`, a torch":
                     "return `alpha_bar (steps + 1,)` from step T down to step 0, a torch",
                 "torch.cat([torch.ones(1), torch.cumprod(1 - beta, dim=0).float()])":
                     "torch.cat([torch.ones(1), torch.cumprod(1 - beta, dim=0).float()]).flip(0)",
             },
             call="{call}.flip(0)",
             check='order="down"'),
    ),
    "ps4-2": (
        dict(words="the noise's share is given",
             text={
                 "and `alpha_bar` return":
                     "and `share (T + 1,)`, the noise's part `1 − ᾱ` at each step, return",
                 "noise, alpha_bar):":
                     "noise, share):",
                 "alpha_bar[t]":
                     "(1 - share[t])",
             },
             call="clean_from_noisy({0}, {1}, {2}, 1 - {3})",
             check='given="share"'),
    ),
    "ps4-3": (
        dict(words="the noise's share is given",
             text={
                 "noise, alpha_bar):":
                     "noise, share):",
                 "alpha_bar[t]":
                     "(1 - share[t])",
                 "alpha_bar[t - 1]":
                     "(1 - share[t - 1])",
                 "You are given `alpha_bar`, not `β`:":
                     "You are given `share (T + 1,)`, the noise's part `1 − ᾱ` at each step, not `β`:",
             },
             call="next_step({0}, {1}, {2}, 1 - {3})",
             check='given="share"'),
    ),
    "ps4-4": (
        dict(words="the step before",
             text={
                 "return the first step at which the noise, `√(1 − ᾱ_t)`, is at least as large as what is left":
                     "return the last step before the noise, `√(1 − ᾱ_t)`, becomes at least as large as what is "
                     "left",
                 "return int(reached.nonzero()[0])":
                     "return int(reached.nonzero()[0]) - 1",
             },
             call="({call} + 1)",
             check='step="before"'),
    ),
    "ps4-5": (
        dict(words="the spread first",
             text={
                 "Return `(mean, spread)`: the mean of the K results, `(B, 2, H, W)`, and one number":
                     "Return `(spread, mean)`: last the mean of the K results, `(B, 2, H, W)`, and first one "
                     "number",
                 "return results.mean(dim=0), spread":
                     "return spread, results.mean(dim=0)",
             },
             call="{call}[::-1]",
             check='order="spread first"'),
        dict(words="the spread in model units",
             text={
                 "for each picture, `(B,)`, in ab units:":
                     "for each picture, `(B,)`, in model units:",
                 "spread = 110 * results":
                     "spread = results",
             },
             call="(lambda mean, spread: (mean, 110 * spread))(*{call})",
             check='scale="model"'),
    ),
    "ps4-6": (
        dict(words="the first step at which the model is not useful",
             text={
                 "return the largest t of `ts` such that the model is useful there and at all smaller ones of `ts`, "
                 "or `None` where it is at none.":
                     "return the smallest t of `ts` at which the model is *not* useful, or `None` where it is useful "
                     "at all of them.",
                 "limit, found = (ab_base - ab).square().mean(), None":
                     "limit = (ab_base - ab).square().mean()",
                 "break found = t return found":
                     "return t\n    return None",
             },
             call="(lambda ts, end: max((t for t in ts if end is None or t < end), default=None))({4}, {call})"),
    ),
    "ps5-1": (
        dict(words="steps along rows and columns are added",
             text={
                 "at most `reach` rows **and** at most `reach` columns away.":
                     "at most `reach` steps away, of which each leads one row or one column on.",
                 "((row[:, None] - row).abs() <= reach) & ((column[:, None] - column).abs() <= reach)":
                     "(row[:, None] - row).abs() + (column[:, None] - column).abs() <= reach",
                 "near_attention(q, k, v, 5, 5)":
                     "near_attention(q, k, v, 5, 7)",
                 "only(3, 4, 8, 9, 13, 14, 15, 16, 17, 18, 19)":
                     "only(0, 2, 3, 4, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19)",
                 "sees rows 0 to 2 and columns 0 to 2":
                     "sees 1, 5, 6, 7 and 11",
                 "[0, 1, 2, 4, 5, 6, 8, 9, 10]":
                     "[0, 1, 2, 4, 5, 8]",
                 "[r * 5 + c for r in (1, 2, 3) for c in (1, 2, 3)]":
                     "[7, 11, 12, 13, 17]",
             },
             check='near="steps"'),
    ),
    "ps5-2": (
        dict(words="the heads first",
             text={
                 "to `(B, heads, T, C / heads)`:":
                     "to `(heads, B, T, C / heads)`:",
                 ".transpose(1, 2)\n    ### END":
                     ".permute(2, 0, 1, 3)\n    ### END",
             },
             call="{call}.transpose(0, 1)",
             check='order="heads first"'),
    ),
    "ps5-3": (
        dict(words="columns look, rows are looked at",
             text={
                 "holds, in row i, the shares":
                     "holds, in *column* i, the shares",
                 "attention.mean(dim=(1, 2))":
                     "attention.mean(dim=(1, 3))",
             },
             call="received(({0}).transpose(2, 3), {1})",
             check='map="columns"'),
    ),
    "ps5-4": (
        dict(words="2 bytes a number",
             text={
                 "and 4 bytes a number?":
                     "and 2 bytes a number?",
                 "return 4 * heads":
                     "return 2 * heads",
             },
             call="(2 * {call})",
             check='bytes="2"'),
    ),
    "ps5-5": (
        dict(words="per cent more than by chance",
             text={
                 "Return one number: the attention that lands in the region, summed over all pictures, divided by the "
                 "same sum for even attention (`1 / (rows · columns)` everywhere).":
                     "Return one number: by how many per cent the attention that lands in the region, summed over all "
                     "pictures, lies above the same sum for even attention (`1 / (rows · columns)` everywhere); below "
                     "it, the number is negative.",
                 "return ((got * region).sum() / (region.sum() / positions)).item()":
                     "return (100 * (got * region).sum() / (region.sum() / positions) - 100).item()",
             },
             call="(1 + {call} / 100)"),
    ),
    "ps5-6": (
        dict(words="in bytes",
             text={
                 "how many numbers the attention blocks learn (":
                     "how many bytes the numbers take that the attention blocks learn, 4 each (",
                 "sum(p.numel() for p in net.attend.parameters())":
                     "4 * sum(p.numel() for p in net.attend.parameters())",
                 "how many numbers the maps of one picture hold, all heads together.":
                     "how many bytes the maps of one picture take, all heads together, 4 a number.",
                 "found[0].numel()":
                     "4 * found[0].numel()",
             },
             call="(lambda found: {{key: n if key == 'positions' else n / 4 for key, n in found.items()}})({call})"),
    ),
}
