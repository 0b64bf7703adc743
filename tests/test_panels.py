"""What the widgets show, without a widget or a browser: the pure pictures, and what they say in words."""

import numpy as np
import pytest
import torch
from PIL import Image

from colorlib import color, losses, portraits
from colorlib.colorize import Colorizer
from colorlib.show import panels, tiles


@pytest.fixture(scope="module")
def prepared(colorizer, picture):
    return panels.prepare(colorizer, picture)


@pytest.fixture(scope="module")
def terms(colorizer, prepared):
    return panels.loss_terms(colorizer, prepared, losses.VGGFeatures(size=16))


def tile(view, number, side=tiles.SIDE):
    """The number-th picture of a captioned row of squares, captions cut off."""
    row = view.pixels if isinstance(view, tiles.View) else view
    return row[4 : 4 + side, 4 + number * (side + 8) : 4 + number * (side + 8) + side]


def test_prepare_holds_truth_and_base(colorizer, prepared):
    assert prepared.rgb.shape == (32, 32, 3)
    back = color.show(prepared.L, prepared.ab)[0]
    assert np.abs(back.astype(int) - prepared.rgb).max() <= 1
    assert torch.equal(prepared.base, colorizer.predict(prepared.L, stage="base")["ab"])


def test_a_view_says_in_words_what_stands_below_its_pictures(colorizer, prepared):
    view = panels.t_view(colorizer, prepared, 35, "cosine")
    assert "noised base, t = 35, cosine. one-step result, MSE " in view.text
    assert "black 0, white 25" in view.text


def test_lab_view_changes_what_it_is_told_to(picture):
    small = panels.pictures.square(picture, 80)
    plain = panels.lab_view(small)
    together = tile(plain, 4, 160)[::2, ::2]
    assert np.abs(together.astype(int) - small).max() <= 1
    grey = tile(panels.lab_view(small, scale=(1, 0, 0)), 4, 160)
    assert np.ptp(grey.astype(int), axis=2).max() <= 1
    redder = tile(panels.lab_view(small, offset=(0, 30, 0)), 4, 160)
    assert redder[..., 0].mean() > tile(plain, 4, 160)[..., 0].mean() + 5


def test_one_step_is_what_the_colorizer_predicts(colorizer, prepared):
    _, result, residual = panels.one_step(colorizer, prepared, 20, seed=3)
    wanted = colorizer.predict(prepared.L, t=20, seed=3)
    torch.testing.assert_close(result, wanted["ab"])
    torch.testing.assert_close(residual, wanted["residual"])
    noised, _, _ = panels.one_step(colorizer, prepared, 0)
    assert torch.equal(noised, prepared.base)
    linear, cosine = (panels.one_step(colorizer, prepared, 100, schedule=s)[0] for s in ("linear", "cosine"))
    assert (linear - prepared.base).std() > 1.5 * (cosine - prepared.base).std()


def test_weights_without_a_refiner_say_so(colorizer, picture):
    only_base = Colorizer({"base": colorizer.parts["base"]}, {"size": 32}, "mine")
    for strip in (panels.t_strip, panels.prior_strip, panels.attention_strip):
        with pytest.raises(ValueError, match=r"needs refiner, which the weights 'mine' do not hold"):
            strip(only_base, picture)


def test_one_step_takes_whole_steps(colorizer, prepared):
    with pytest.raises(ValueError, match=r"t must be a whole number, 0 or more, got 1\.7"):
        panels.one_step(colorizer, prepared, 1.7)


def test_t_view_shows_more_noise_at_larger_t(colorizer, prepared):
    def roughness(t):
        return np.abs(np.diff(tile(panels.t_view(colorizer, prepared, t), 0).astype(float), axis=0)).mean()

    assert roughness(0) < roughness(50) < roughness(200)


def test_t_quality_agrees_with_a_picture_by_hand(colorizer, prepared):
    scores, base = panels.t_quality(colorizer, [prepared], ts=(0, 50))
    result = colorizer.predict(prepared.L, t=50)["ab"]
    rgb = color.show(prepared.L, result)[0].astype(float)
    assert scores[1] == pytest.approx(((rgb - prepared.rgb) ** 2).mean())
    base_rgb = color.show(prepared.L, prepared.base)[0].astype(float)
    assert base == pytest.approx(((base_rgb - prepared.rgb) ** 2).mean())


def test_the_curve_marks_t_where_the_axis_has_it():
    curve = panels.Curve([150.0, 140.0, 170.0], 160.0, ts=(0, 100, 200))
    plain = np.asarray(curve.image)
    left, middle, right = (
        np.argwhere((curve.marked(t).pixels != plain).any(axis=(0, 2))).mean() / plain.shape[1] for t in (0, 100, 200)
    )
    assert 0.08 < left < 0.2
    assert middle == pytest.approx((left + right) / 2, abs=0.01)
    assert "mean MSE 145 at t = 50; the base alone 160" in curve.marked(50).text


def test_prior_view_steers_with_the_given_prior(colorizer, prepared):
    given = [30.0, -20.0, 25.0, 40.0]
    wanted = colorizer.predict(prepared.L, prior=[x / 110 for x in given])["ab"]
    drawn = tiles.captioned_row([prepared.drawn(wanted)], [""], 256)
    view = panels.prior_view(colorizer, prepared, given)
    assert np.array_equal(tile(view, 1, 256), tile(drawn, 0, 256))
    numbers = ", ".join(f"{x:.0f}" for x in panels.own_prior(wanted))
    assert f"its prior: {numbers}" in view.text


def test_attention_map_is_the_refiners(colorizer, prepared):
    attention = panels.attention_of(colorizer, prepared)
    assert attention.shape == (16, 16, 16, 16)
    assert attention.sum(axis=(2, 3)) == pytest.approx(1, abs=1e-4)
    with pytest.raises(ValueError, match="point must lie in 16 x 16"):
        panels.attention_view(prepared.rgb, attention, (16, 0))


def test_attention_view_is_bright_where_the_point_looks():
    attention = np.zeros((4, 4, 4, 4), np.float32)
    attention[..., 3, 0] = 1  # every point looks at the lower left
    view = panels.attention_view(np.full((32, 32, 3), 200, np.uint8), attention, (0, 3))
    for number in (1, 2):
        overlay = tile(view, number, 256)
        assert overlay[235:, :20].mean() > 190
        assert overlay[:20, :20].mean() < 80
    assert "looks at 1 of 16 points in effect, most at row 3, column 0 (16.0 × even)" in view.text


# The loss ----------------------------------------------------------------------------------------------------------


def test_loss_terms_are_those_of_the_training_loss(colorizer, prepared, terms):
    assert list(terms.values) == list(losses.WEIGHTS)
    out = colorizer.predict(prepared.L)
    torch.testing.assert_close(terms.result, out["ab"])
    assert terms.values["output"] == pytest.approx(losses.output_loss(out["ab"], prepared.ab).item())
    assert terms.values["diversity"] == pytest.approx(
        losses.diversity_loss(out["ab"], prepared.base, prepared.ab).item()
    )


def test_gradients_are_slopes_of_the_terms(prepared, terms):
    """By finite differences; the two terms that are one have one gradient, and attention has none."""
    ab, step = terms.result.double(), torch.zeros_like(terms.result, dtype=torch.float64)
    step[0, 1, 5, 7] = 1e-4
    slope = losses.output_loss(ab + step, prepared.ab) - losses.output_loss(ab - step, prepared.ab)
    assert terms.gradients["output"][0, 1, 5, 7].item() == pytest.approx(slope.item() / 2e-4, rel=1e-4)
    torch.testing.assert_close(terms.gradients["residual"], terms.gradients["output"])
    assert not terms.gradients["attention"].any()


def test_a_step_with_the_output_term_lowers_the_error_and_the_paper_s_diversity_goes_back(colorizer, prepared, terms):
    before = ((terms.result - prepared.ab) ** 2).mean()
    moved = terms.result - 0.05 * terms.gradients["output"] / terms.gradients["output"].norm()
    assert ((moved - prepared.ab) ** 2).mean() < before
    paper = panels.loss_terms(colorizer, prepared, mode="paper")
    assert "perceptual" not in paper.values
    back = terms.result - prepared.base
    assert torch.cosine_similarity(paper.gradients["diversity"].flatten(), back.flatten(), dim=0) > 0.999


def test_loss_view_shares_follow_the_weights(terms):
    view = panels.loss_view(terms, {"output": 1.0})
    assert "output 100% and 100%" in view.text
    assert "residual 0% and 0%" in view.text
    half = panels.loss_view(terms, {"output": 1.0, "residual": 1.0})
    assert "residual 50% and 50%, output 50% and 50%" in half.text
    none = panels.loss_view(terms, {})
    assert "no pull, so no step" in none.text
    found = panels.loss_view(terms, losses.WEIGHTS)
    assert found.pixels.shape == view.pixels.shape == none.pixels.shape  # nothing jumps while a slider moves


def test_points_in_effect_are_all_where_shares_are_even_and_one_where_one_has_all():
    even, one = np.full((4, 5), 1 / 20), np.eye(20)[3].reshape(4, 5)
    assert panels.in_effect(even) == pytest.approx(20)
    assert panels.in_effect(one) == pytest.approx(1)
    assert panels.in_effect((even + one) / 2) == pytest.approx(np.exp(0.525 * -np.log(0.525) - 0.475 * np.log(0.025)))


def test_what_is_looked_at_is_sharper_than_what_networks_see(colorizer):
    large = portraits.draw(5, size=192).rgb
    prepared = panels.prepare(colorizer, large)
    assert prepared.rgb.shape[0] == colorizer.size
    assert prepared.sharp.shape == (192, 192, 3)
    drawn = prepared.drawn(prepared.base)
    L, _ = color.rgb_to_model(color.from_uint8(large))
    assert np.abs((color.rgb_to_model(color.from_uint8(drawn))[0] - L).numpy()).mean() < 0.01


# Strips ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strip", "count", "side"),
    [
        (panels.t_strip, 6, 150),
        (panels.prior_strip, 5, 150),
        (panels.attention_strip, 4, 200),
        (lambda c, picture: panels.lab_strip(picture), 5, 150),
        (lambda c, picture: panels.prior_stills(c, panels.prepare(c, picture)), 6, 136),
        (lambda c, picture: tiles.split_strip(255 - picture, picture), 3, 240),
    ],
)
def test_strips_show_every_state(colorizer, picture, strip, count, side):
    out = strip(colorizer, picture)
    assert out.dtype == np.uint8
    assert out.shape[1] < 1000
    assert len({tile(out, number, side).tobytes() for number in range(count)}) == count


def test_loss_strip_has_a_step_for_each_term(terms):
    out = panels.loss_strip(terms, losses.WEIGHTS)
    below = out[panels.loss_view(terms, losses.WEIGHTS).pixels.shape[0] :]
    steps = [tile(below, number, 128).tobytes() for number in range(6)]
    assert steps[0] == steps[1]  # residual and output
    assert len(set(steps)) == 5


# Tiles -------------------------------------------------------------------------------------------------------------


def test_split_view_has_before_left_and_after_right():
    before, after = np.zeros((40, 60, 3), np.uint8), np.full((40, 60, 3), 200, np.uint8)
    half = tiles.split_view(before, after, 50, side=80)
    pixels = half.pixels[:80, :120]
    assert (pixels[:, :57] == 0).all()
    assert (pixels[:, 63:] == 200).all()
    assert (pixels[:, 59:61] == 255).all()
    assert half.text == "left of the line: before, 50 %; right: after"
    assert (tiles.split_view(before, after, 0).pixels[:384, 3:] == 200).all()
    assert (tiles.split_view(before, after, 100).pixels[:384, :-3] == 0).all()
    with pytest.raises(ValueError, match="one shape"):
        tiles.split_view(before, after[:-1], 50)


def test_stack_puts_rows_of_any_width_below_each_other():
    black, grey = np.zeros((2, 5, 3), np.uint8), np.full((3, 3, 3), 90, np.uint8)
    out = tiles.stack(black, grey, gap=1)
    assert out.shape == (6, 5, 3)
    assert (out[:2] == 0).all()
    assert (out[2] == 255).all()
    assert (out[3:, :3] == 90).all()
    assert (out[3:, 3:] == 255).all()


def test_bars_are_as_long_as_their_shares():
    out = tiles.bar_table(["a", "b", "c"], {"share": [1.0, 0.5, 0.0]}, width=100, row=20)
    blue = (out == np.array(Image.new("RGB", (1, 1), "#0072B2"))[0, 0]).all(axis=2)
    lengths = [blue[20 * i : 20 * (i + 1)].any(axis=0).sum() for i in (1, 2, 3)]
    assert lengths == pytest.approx([101, 51, 1], abs=1)
    beside = [out[20 * i : 20 * (i + 1), -160 + length :] for i, length in zip((1, 2, 3), lengths, strict=True)]
    assert all((part.sum(axis=2) < 200).any() for part in beside)  # the number stands right of its bar


def test_captions_have_greek_letters_and_signs():
    """Letters that a font lacks all look alike: an empty box."""
    drawn = {letter: tiles.headline(letter, 40).tobytes() for letter in "Δ×αβ\uffff"}
    assert len(set(drawn.values())) == 5
