"""The renderers: what they draw, that they draw it once, and that they refuse what they cannot draw."""

import base64
import io
import sys

import numpy as np
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from matplotlib.container import ErrorbarContainer
from PIL import Image

from colorlib import color
from colorlib.diffusion import noise_schedule
from colorlib.show import plots

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (24, 16, 3), dtype=np.uint8)
HISTORY = [
    {"stage": stage, "epoch": epoch + 1, "warmup": stage == "refine" and epoch < 2, "loss": 0.1 / (epoch + 1)}
    | ({} if stage == "base" else {"residual": 0.05 / (epoch + 1), "output": 0.05 / (epoch + 1)})
    | {"val_mse": 200 - epoch}
    for stage, epochs in (("base", 3), ("refine", 4), ("attend", 1))
    for epoch in range(epochs)
]
ROWS = [
    {"method": "grey", "mse": 800.0, "mse_ci": (750.0, 850.0), "ssim": 0.9},
    {"method": "cnn", "mse": 200.0, "mse_ci": (180.0, 230.0), "ssim": None},
    {"method": "two-stage", "mse": 150.0, "ssim": 0.95},
]
PLOTS = {
    "picture_row": lambda: plots.picture_row([PICTURE, PICTURE[:16]], ["one", "two\nlines"]),
    "lab_channels": lambda: plots.lab_channels(PICTURE),
    "ab_histogram": lambda: plots.ab_histogram(torch.rand(2, 2, 8, 8) - 0.5),
    "loss_curves": lambda: plots.loss_curves(HISTORY),
    "schedule_curves": lambda: plots.schedule_curves({n: noise_schedule(n) for n in ("linear", "cosine")}),
    "quality_curve": lambda: plots.quality_curve([0, 10, 50], [160.0, 150.0, 170.0], 165.0, t=20),
    "error_map": lambda: plots.error_map(PICTURE, PICTURE[::-1].copy()),
    "score_bars": lambda: plots.score_bars(ROWS),
    "region_bars": lambda: plots.region_bars(
        {"base": {"skin": 1.0, "hair": np.nan}, "ours": {"skin": 2.0, "hair": 3.0}}
    ),
}


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("name", PLOTS)
def test_every_plot_draws_something_and_says_what(name):
    plot = PLOTS[name]()
    drawn = pixels(plots.figure_to_png(plot))
    assert drawn.shape[1] <= 1110  # fits a notebook
    assert 0.005 < (drawn < 200).any(axis=2).mean() < 0.95
    assert len(plot.alt) > 10
    edge = np.concatenate([drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]])
    assert (edge > 128).all()  # nothing is cut off at the border


def test_plots_need_no_pyplot_and_show_once():
    data, metadata = DisplayFormatter().format(PLOTS["quality_curve"]())
    assert set(data) == {"image/png", "text/plain"}
    assert pixels(base64.b64decode(data["image/png"])).ndim == 3
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert "150.0 at t = 10" in data["text/plain"]
    if "matplotlib.pyplot" in sys.modules:  # another test may have loaded it
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []


def test_describe_puts_the_text_beside_the_picture():
    for picture in (PICTURE, PLOTS["quality_curve"]()):
        data, metadata = plots.describe(picture, "What it shows")._repr_mimebundle_()
        assert metadata["image/png"]["alt"] == data["text/plain"] == "What it shows"
    assert np.array_equal(pixels(plots.describe(PICTURE, "x").png), PICTURE)


def test_array_to_png_keeps_every_pixel():
    assert np.array_equal(pixels(plots.array_to_png(PICTURE)), PICTURE)


def test_pictures_of_another_kind_are_refused():
    for wrong in (PICTURE / 255, PICTURE[..., 0], torch.zeros(3, 4, 4)):
        for draw in (plots.array_to_png, lambda x: plots.captioned_row([x], [""]), lambda x: plots.sheet([x])):
            with pytest.raises(ValueError, match="picture must be uint8"):
                draw(wrong)


def test_no_pictures_are_refused():
    for draw in (plots.picture_row, plots.sheet, lambda none: plots.captioned_row(none, [])):
        with pytest.raises(ValueError, match="pictures must hold at least one, got none"):
            draw([])


def test_sheet_places_pictures_row_by_row():
    four = np.stack([np.full((4, 5, 3), 10 * i, np.uint8) for i in range(5)])
    out = plots.sheet(four, columns=3, gap=1)
    assert out.shape == (9, 17, 3)
    assert out[0, 0, 0] == 0
    assert out[3, 16, 0] == 20
    assert out[5, 0, 0] == 30
    assert out[8, 10, 0] == 40
    assert (out[5:, 12:] == 255).all()
    assert (out[4] == 255).all()


def test_captioned_row_enlarges_by_whole_pixels_above_its_captions():
    out = plots.captioned_row([PICTURE, PICTURE], ["a", "two\nlines"], side=48)
    assert np.array_equal(out[4:52:2, 4:36:2], PICTURE)
    below = out[52:]
    assert (below[:, :40] < 100).any()
    assert (below[17:, :40] > 200).all()  # the second line is under the second picture alone
    assert (below[17:, 40:] < 100).any()


def test_picture_row_wants_a_title_for_each():
    with pytest.raises(ValueError, match="one a picture, 1, got 2"):
        plots.picture_row([PICTURE], ["a", "b"])


def test_lab_channels_reassemble_the_picture():
    shown = [axes.images[0].get_array() for axes in plots.lab_channels(PICTURE).axes]
    assert np.abs(shown[4].astype(int) - PICTURE).max() <= 1
    assert np.ptp(shown[1], axis=2).max() <= 1  # L is grey


def test_ab_histogram_has_its_mean_in_ab_units():
    ab = torch.stack([torch.full((4, 4), 0.2), torch.full((4, 4), -0.1)])
    axes = plots.ab_histogram(ab).axes[0]
    x, y = axes.lines[-1].get_data()
    assert [float(x[0]), float(y[0])] == pytest.approx([22, -11], abs=1e-4)
    mesh = axes.collections[0]
    ((row, column),) = np.argwhere(np.ma.filled(mesh.get_array(), 0) > 0)
    left, bottom = mesh.get_coordinates()[row, column]
    right, top = mesh.get_coordinates()[row + 1, column + 1]
    assert left <= 22 <= right
    assert bottom <= -11 <= top
    assert mesh.get_array()[row, column] == pytest.approx(1)  # the share of the pixels


def test_loss_curves_shade_the_warm_up_and_draw_the_terms():
    plot = plots.loss_curves(HISTORY, ["refine"])
    upper, lower = plot.axes
    assert [line.get_label() for line in upper.lines] == ["total", "residual", "output"]
    assert upper.lines[0].get_ydata()[1] == pytest.approx(0.05)
    assert len({line.get_linestyle() for line in upper.lines}) == len({line.get_marker() for line in upper.lines}) == 3
    assert upper.patches[0].get_extents().width > 0
    assert lower.lines[0].get_ydata()[-1] == 197
    assert len(plots.loss_curves(HISTORY, ["base"]).axes[0].patches) == 0
    with pytest.raises(ValueError, match="names found in the history"):
        plots.loss_curves(HISTORY, ["stage nine"])


def test_schedule_curves_start_with_the_picture_and_no_noise():
    lines = PLOTS["schedule_curves"]().axes[0].lines
    assert [line.get_ydata()[0] for line in lines] == [1, 0, 1, 0]
    assert [line.get_linestyle() for line in lines] == ["-", "--", "-", "--"]


def test_error_map_shows_no_error_between_equals():
    assert "mean CIEDE2000 0.0, MSE 0" in plots.error_map(PICTURE, PICTURE).alt
    dark = np.zeros_like(PICTURE)
    assert "MSE 65025" in plots.error_map(dark, dark + 255).alt


def test_heat_runs_from_black_to_white_and_never_darkens():
    shown = plots.heat(np.linspace(-1, 21, 50)[None], 20)[0].astype(int)
    assert shown[0].sum() == 0
    assert shown[-1].sum() == 3 * 255
    assert (np.diff(shown.sum(axis=1)) >= 0).all()


def test_attention_overlay_is_bright_where_the_map_is_high():
    grey = np.full((32, 32, 3), 200, np.uint8)
    attention = np.zeros((4, 4))
    attention[0, 3] = 1
    out = plots.attention_overlay(grey, attention, side=64)
    assert out.shape == (64, 64, 3)
    assert out[4, 60].mean() > 190
    assert out[60, 4].mean() < 70
    ringed = plots.attention_overlay(grey, attention, point=(3, 0), side=64)
    assert np.argwhere((ringed != out).any(axis=2)).mean(axis=0) == pytest.approx([56, 8], abs=1.5)


def test_a_line_runs_round_the_tenth_where_a_nearly_flat_map_is_highest():
    black, attention = np.zeros((32, 32, 3), np.uint8), np.full((10, 10), 0.99)
    attention[:, 0] = 1
    line = np.argwhere((plots.attention_overlay(black, attention, side=100) == 255).all(axis=2))
    assert line[:, 1].min() <= 1
    assert 5 <= line[:, 1].max() <= 12  # the leftmost tenth of a hundred columns


def test_score_bars_carry_numbers_intervals_and_hatches():
    axes = plots.score_bars(ROWS).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [800, 200, 150]
    assert [bar.get_hatch() or "" for bar in axes.patches] == ["//", "", ""]
    assert [text.get_text() for text in axes.texts] == ["800", "200", "150"]
    whiskers = [c.lines[2][0].get_segments()[0] for c in axes.containers if isinstance(c, ErrorbarContainer)]
    assert [line[:, 0].tolist() for line in whiskers] == [[750, 850], [180, 230]]
    assert [line[:, 1].tolist() for line in whiskers] == [[0, 0], [1, 1]]
    assert [t.get_text() for t in plots.score_bars(ROWS, "ssim").axes[0].get_yticklabels()] == ["grey", "two-stage"]
    with pytest.raises(ValueError, match="rows hold no 'psnr'"):
        plots.score_bars(ROWS, "psnr")


def test_region_bars_leave_out_regions_without_pixels():
    texts = [text.get_text() for text in PLOTS["region_bars"]().axes[0].texts]
    assert sorted(filter(None, texts)) == ["1", "2", "3"]


def test_validation_of_all_stages_has_one_scale():
    history = [
        {"stage": stage, "epoch": e, "warmup": False, "loss": 0.1, "val_mse": mse}
        for stage, mse in (("one", 100.0), ("two", 300.0))
        for e in (1, 2)
    ]
    lower = plots.loss_curves(history).axes[2:4]
    assert lower[0].get_ylim() == lower[1].get_ylim()


def test_every_oracle_and_every_row_marked_as_a_yardstick_is_hatched():
    rows = [{"method": m, "mse": 16384.0} for m in ("siggraph17", "oracle: true tint", "constant", "one colour")]
    rows[-1]["yardstick"] = True
    axes = plots.score_bars(rows).axes[0]
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, True, True, True]
    assert {text.get_text() for text in axes.texts} == {"16,384"}


def test_an_overlay_on_a_fixed_scale_is_the_same_for_even_maps_of_any_size_and_has_no_line():
    grey = np.full((60, 60, 3), 100, np.uint8)
    small, large = (plots.attention_overlay(grey, np.full((n, n), 1 / n**2), side=60, even=True) for n in (3, 12))
    assert np.array_equal(small, large)
    assert (small == 65).all()  # half-way between 30 % at none and 100 % at twice the even share
    peak = np.full((4, 4), 0.9 / 15)
    peak[0, 0] = 0.1
    slight = plots.attention_overlay(grey, peak, side=60, even=True)
    assert slight[2, 2].max() < 101  # no line: less than twice the even share
    assert (plots.attention_overlay(grey, peak, side=60) == 255).any()  # its own scale draws one


def test_colours_of_a_small_network_join_the_lightness_of_the_full_picture():
    rgb = np.random.default_rng(0).integers(60, 200, (1, 64, 64, 1), dtype=np.uint8).repeat(3, axis=3)
    L, _ = color.rgb_to_model(color.from_uint8(rgb))
    ab = torch.full((1, 2, 8, 8), 0.1)
    out = plots.joined(L, ab)
    assert out.shape == (1, 64, 64, 3)
    found_L, found_ab = color.rgb_to_model(color.from_uint8(out))
    assert torch.allclose(found_L, L, atol=0.01)
    assert torch.allclose(found_ab, torch.tensor(0.1), atol=0.02)


def test_a_network_is_drawn_as_boxes_with_its_shapes_and_arrows():
    blocks = [("down", 16, 64, "160"), ("bottom", 32, 32, ""), ("up", 16, 64, "9")]
    plot = plots.architecture(blocks, [("down", "up")], alt="A small network")
    words = [text.get_text() for text in plot.axes[0].texts]
    assert {"down\n16 x 64²\n160", "bottom\n32 x 32²", "up\n16 x 64²\n9"} <= set(words)
    arrows = [text for text in plot.axes[0].texts if getattr(text, "arrow_patch", None)]
    assert [a.arrow_patch.get_linestyle() for a in arrows] == ["-", "-", "--"]
    assert plot.alt == "A small network"


def test_a_quality_curve_shows_which_steps_cannot_be_told_from_the_lowest():
    plot = plots.quality_curve([0, 10, 20], [5.0, 4.0, 4.1], 4.5, band=(10, 20))
    labels = [text.get_text() for text in plot.axes[0].get_legend().get_texts()]
    assert "not told from the lowest: 10 to 20" in labels
