"""report.py: what is measured, as the lines that a person reads."""

import copy

import pytest

from colorlib.evaluation import report


def row(method, mse, **more):
    return {"method": method, "mse": mse, "mse_ci": [mse - 10, mse + 12.25], "psnr_mean": 24.126, "psnr_pooled": 23.5,
            "ssim": 0.90049, "colorfulness": 30.0, "colorfulness_truth": 40.0, "colorfulness_distance": 12.0,
            "colorfulness_ratio": [0.75, 0.7, 0.8], "delta_e": 7.005, "images": 1234, "note": ""} | more  # fmt: skip


def scored(mse, versus=None):
    return {"mse": mse, "mse_ci": [mse - 5, mse + 5]} | ({"mse_vs_base": versus} if versus else {})


GAIN, LOSS = [0.1, -0.05, 0.25], [-0.5, -0.75, -0.2504]
METHODS = {"constant": scored(300.0, LOSS), "base": scored(200.0), "two-stage": scored(180.0, GAIN)}
SURE, EVEN = scored(150.0, [0.2, 0.1, 0.3]), scored(200.0, [0.0, -0.1, 0.1])
NOTHING = {"mse": None, "mse_ci": [None, None]}
RESULT = {
    "settings": {"images": 1234, "data": "faces", "split": "test", "size": 64, "weights": "mine", "t": 50},
    "rows": [
        row("constant", 300.0, mse_vs_base=LOSS, colorfulness_ratio=[2.0, 1.9, 2.1],
            note=f"one colour {'a' * 45} {'b' * 44} c"),
        row("base", 200.0, colorfulness_ratio=[0.9, 0.85, 0.95], colorfulness_truth=41.0,
            mse_vs_control=[0.0, -0.01, 0.01], note=f"{'d' * 51} {'e' * 52} f"),
        row("two-stage", 180.0, mse_vs_base=GAIN, mse_vs_control=GAIN, psnr_mean=None,
            psnr_mean_vs_base=[0.5, 0.4, 0.6], ssim_vs_base=[-0.0012, -0.002, 0.001],
            colorfulness_ratio=[1.1, None, None], colorfulness_truth=42.0),
    ],
    "groups": [
        {"label": "race", "source": "file names", "unlabelled": 3, "spread": {"constant": None, "base":
            {"worst": "b", "best": "a", "ratio": [1.5, 1.25, 1.755]}}, "groups": [
            {"group": "a", "images": 90, "few": False, "methods": METHODS},
            {"group": "b", "images": 80, "few": False, "methods": METHODS | {"two-stage": SURE}},
            {"group": "c", "images": 70, "few": False, "methods": METHODS | {"two-stage": EVEN}},
            {"group": "d", "images": 60, "few": False, "methods": METHODS | {"two-stage": scored(0.0, [None] * 3)}},
            {"group": "none", "images": 4, "few": True, "methods": METHODS}]},
        {"label": "hat", "source": "labels.csv", "unlabelled": 0, "spread": {}, "groups": []},
    ],
    "hue": {"pixels": {"cool": 0.25, "warm": None}, "images": {"cool": 100, "warm": 90}, "rows": [
        {"method": "base", "cool": scored(400.0), "warm": scored(100.0), "cool_to_warm": [4.0, 3.5, 4.5]},
        {"method": "unknown", "cool": scored(400.0), "warm": scored(100.0), "cool_to_warm": [None, None, None]},
        {"method": "two-stage", "cool": NOTHING, "warm": scored(90.0, GAIN),
         "cool_to_warm": [None, None, None]}]},
    "regions": [{"region": "lips", "pixels": 0.0, "images": 0, "methods": dict.fromkeys(METHODS, NOTHING)},
                {"region": "skin", "pixels": 0.255, "images": 9, "methods": METHODS}],
    "prior": [{"known": "both means", **scored(50.0, [0.75, 0.7, 0.8])}],
}  # fmt: skip
TEXT = """\
1,234 pictures of faces (split test) at 64 px, weights 'mine', noise step 50

MSE: 8-bit RGB, L kept.  Brackets: 95 % interval, paired bootstrap over the pictures.  Changes below 0 are
better; one whose interval holds 0 cannot be told from none.  No interval says what another training
would give.


TABLE 2
method       MSE            95 %  PSNR mean  pooled   SSIM  colourful  distance  ΔE2000                   vs base
-----------------------------------------------------------------------------------------------------------------
constant   300.0  290.0 to 312.2      24.13   23.50  0.900       30.0      12.0    7.00  +50.0 % (+25.0 to +75.0)
base       200.0  190.0 to 212.2      24.13   23.50  0.900       30.0      12.0    7.00
two-stage  180.0  170.0 to 192.2          -   23.50  0.900       30.0      12.0    7.00   -10.0 % (-25.0 to +5.0)

1234 pictures, colourfulness of the truth 40.0
constant: one colour aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb c
base: ddddddddddddddddddddddddddddddddddddddddddddddddddd eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
    f


IS IT THE DESIGN?  Changes against the base, and against as much training without the idea
method            MSE against base      MSE against control           PSNR mean, dB                          SSIM
-----------------------------------------------------------------------------------------------------------------
base                                  +0.0 % (-1.0 to +1.0)
two-stage  -10.0 % (-25.0 to +5.0)  -10.0 % (-25.0 to +5.0)  +0.50 (+0.40 to +0.60)  -0.0012 (-0.0020 to +0.0010)
PSNR and SSIM: differences to the base's, above 0 is better.


COLOURFULNESS  (the truth's mean is 40.0; distance: mean over pictures)
method     colourfulness       of the truth's  distance
--------------------------------------------------------------------
constant            30.0   200 % (190 to 210)      12.0
base                30.0      90 % (85 to 95)      12.0  within 10 %
two-stage           30.0  110 % (no interval)      12.0  within 10 %


BY RACE, from file names; 3 pictures without a label
group  pictures            MSE constant                MSE base           MSE two-stage    two-stage against base
-----------------------------------------------------------------------------------------------------------------
a            90  300.0 (295.0 to 305.0)  200.0 (195.0 to 205.0)  180.0 (175.0 to 185.0)   -10.0 % (-25.0 to +5.0)
b            80  300.0 (295.0 to 305.0)  200.0 (195.0 to 205.0)  150.0 (145.0 to 155.0)  -20.0 % (-30.0 to -10.0)
c            70  300.0 (295.0 to 305.0)  200.0 (195.0 to 205.0)  200.0 (195.0 to 205.0)   +0.0 % (-10.0 to +10.0)
d            60  300.0 (295.0 to 305.0)  200.0 (195.0 to 205.0)       0.0 (-5.0 to 5.0)
none    4 (few)  300.0 (295.0 to 305.0)  200.0 (195.0 to 205.0)  180.0 (175.0 to 185.0)   -10.0 % (-25.0 to +5.0)
worst over best: base 1.50 (1.25 to 1.75), b over a
two-stage is below the base in 2 of 4 groups (1 with few pictures not counted), with its whole interval in 1
The label is what somebody wrote into the file name: no measurement, and not a skin tone.


BY HAT, from labels.csv


BY HUE of the truth: cool 25.0 % of the coloured pixels (100 pictures), warm - of the coloured pixels (90 pictures)
method             MSE cool  against base         MSE warm             against base          cool / warm
--------------------------------------------------------------------------------------------------------
base       400 (395 to 405)                100 (95 to 105)                           4.00 (3.50 to 4.50)
unknown    400 (395 to 405)                100 (95 to 105)                                             -
two-stage                 -                  90 (85 to 95)  -10.0 % (-25.0 to +5.0)                    -
Cool: a + b below 0; pixels of chroma below 10 left out.  Read a column against the constant's, which
recognises nothing; the ratio also grows when the warm pixels get better.


BY REGION of the drawn portraits
region  pixels            MSE constant                MSE base           MSE two-stage   two-stage against base
---------------------------------------------------------------------------------------------------------------
lips     0.0 %                       -                       -                       -
skin    25.5 %  300.0 (295.0 to 305.0)  200.0 (195.0 to 205.0)  180.0 (175.0 to 185.0)  -10.0 % (-25.0 to +5.0)


WHAT THE PRIOR IS WORTH: two-stage with a part of the true prior in place of the base prediction's
told of the truth's prior        MSE two-stage              against base
------------------------------------------------------------------------
both means                 50.0 (45.0 to 55.0)  -75.0 % (-80.0 to -70.0)
Every row but the first is an oracle: at test time nobody knows the truth's prior.
"""


def test_the_whole_report():
    assert report.format_table2(RESULT) == TEXT.rstrip("\n")


def test_what_was_learnt_from_is_said():
    seen = RESULT["settings"] | {"seen": 14, "t": 0}
    head = report.format_table2(RESULT | {"settings": seen}).split("\n\n")[0]
    assert head == ("1,234 pictures of faces (split test) at 64 px, weights 'mine'\n"
                    "14 of these 1,234 pictures were learnt from by these weights: no test of what they know of "
                    "new ones")  # fmt: skip


def test_sections_without_anything_to_say_are_left_out():
    rows = [{key: value for key, value in row.items() if "_vs_" not in key} for row in RESULT["rows"]]
    text = report.format_table2(RESULT | {"rows": rows, "groups": [], "regions": None, "prior": None})
    titles = [part.split("\n")[0] for part in text.split("\n\n\n")]
    assert [title.split("  ")[0].split(":")[0] for title in titles[1:]] == [
        "TABLE 2",
        "COLOURFULNESS",
        "BY HUE of the truth",
    ]
    assert report.format_table([]) == "no rows"


@pytest.mark.parametrize("few", [1, 2])
def test_few_pictures_are_no_verdict(few):
    label = copy.deepcopy(RESULT["groups"][0])
    del label["groups"][2:4]
    for group in label["groups"][:few]:
        group["few"] = True
    text = report.format_table2(RESULT | {"groups": [label]})
    count = "in 1 of 1 groups (2 with few pictures not counted), with its whole interval in 1"
    told = {1: f"two-stage is below the base {count}", 2: "every group has few pictures: no conclusion"}[few]
    assert f"\n{told}\n" in text


def test_what_is_about_as_colourful_as_the_truth():
    ratios = {"none": None, "least": 0.5, "below": 0.899, "low": 0.9, "high": 1.1, "above": 1.101}
    rows = [row(name, 200.0, colorfulness_ratio=[ratio] * 3) for name, ratio in ratios.items()]
    text = report.format_table2(RESULT | {"rows": rows})
    assert [line.split()[0] for line in text.splitlines() if "within 10 %" in line] == ["low", "high"]


def test_one_group_is_a_table_too():
    label = RESULT["groups"][0] | {"groups": RESULT["groups"][0]["groups"][1:2], "spread": {"base": None}}
    text = report.format_table2(RESULT | {"groups": [label]})
    assert "\ntwo-stage is below the base in 1 of 1 groups, with its whole interval in 1\n" in text
