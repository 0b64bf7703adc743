"""Colours that a person places, and many plausible colourings: Colorizer's hints and samples, and their options."""

import contextlib
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from colorlib import cli, color, framing, models
from colorlib.colorize import STEPS, Colorizer, walk_noise
from colorlib.data.pictures import read_picture, write_picture
from colorlib.framing import Crop, parse_hint, place_hints
from colorlib.models import tints
from colorlib.models.color_flow import walk
from colorlib.models.spread import spread_hints
from colorlib.prior import color_prior
from colorlib.training.validation import Sampled
from test_colorize import ARCHITECTURE, INFO, random_L, tiny_parts

BUILT = ARCHITECTURE | {
    "hints": ARCHITECTURE["base"],
    "tints": {"name": "tints", "channels": [8, 8], "kernels": 3},
    "flow": {"name": "color_flow", "channels": [8, 8], "fold": 2},
}
GREY = np.random.default_rng(0).integers(40, 200, (40, 60, 1), dtype=np.uint8).repeat(3, axis=2)


def all_parts():
    """The tiny networks, with one that takes hints, one that draws priors, and one that walks."""
    torch.manual_seed(1)
    parts = tiny_parts() | {name: models.build(**BUILT[name]) for name in ("hints", "tints", "flow")}
    parts["hints"].load_state_dict(parts["base"].state_dict())
    torch.nn.init.normal_(parts["flow"].head.weight, std=0.05)  # zero in the beginning
    return {name: net.eval().requires_grad_(False) for name, net in parts.items()}


@pytest.fixture(scope="module")
def able():
    return Colorizer(all_parts(), INFO, "able")


@pytest.fixture(scope="module")
def able_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "able.safetensors"
    models.save(path, all_parts(), BUILT, INFO)
    return path


# --- hints


@pytest.mark.parametrize("colour", ["#c98f6b", "C98F6B", (201, 143, 107), np.array([201, 143, 107])])
def test_a_hint_is_a_place_and_a_colour(colour):
    x, y, ab = parse_hint((12, 7.5, colour), 40, 60)
    assert (x, y) == (12, 7.5)
    expected = rgb2lab(np.array([[[201, 143, 107]]], dtype=np.uint8))[0, 0, 1:]
    np.testing.assert_allclose(color.AB_SCALE * ab.numpy(), expected, atol=1e-3)


@pytest.mark.parametrize(
    "hint",
    [(1, 2), (1, 2, "#12345"), (1, 2, "#12345g"), (1, 2, (1, 2)), (1, 2, (0, 0, 256)), (1, 2, (0, -1, 0)), 5,
     ("a", 2, "#123456"), (60, 2, "#123456"), (2, 40, "#123456"), (-1, 2, "#123456"), (float("nan"), 2, "#123456")],
)  # fmt: skip
def test_what_is_no_hint_is_refused(hint):
    with pytest.raises(ValueError, match=r"^a hint must (be|lie in)"):
        parse_hint(hint, 40, 60)


def test_dabs_lie_where_they_were_put():
    red, blue = torch.tensor([0.5, 0.4]), torch.tensor([0.1, -0.6])
    ab, mask = place_hints([(30, 20, red), (0, 0, blue)], Crop(0, 40, 0, 60), (80, 120), side=2)
    assert mask[0, 0].nonzero().tolist() == [
        [y, x] for y, xs in ((0, (0, 1)), (1, (0, 1)), *((y, range(58, 62)) for y in range(38, 42))) for x in xs
    ]
    assert ab[0, :, 40, 60].tolist() == pytest.approx(red.tolist())
    assert ab[0, :, 0, 0].tolist() == pytest.approx(blue.tolist())
    assert not ab[:, :, ~mask[0, 0].bool()].any()
    # A crop of it: places are counted from its corner, what lies outside is left out.
    ab, mask = place_hints([(30, 20, red), (0, 0, blue)], Crop(10, 30, 20, 40), (20, 20), side=1)
    assert mask[0, 0].nonzero().tolist() == [[10, 10]]
    assert place_hints([(30, 20, red)], Crop(0, 40, 0, 60), (40, 60), side=30)[1].sum() == framing.WIDEST**2
    assert place_hints([(30, 20, red)], Crop(0, 40, 0, 60), (4, 6), side=0.01)[1].sum() == 1


def test_hints_reach_the_network_that_learnt_with_them(able):
    L = random_L(2, 32, 32)
    ab, mask = torch.zeros(2, 2, 32, 32), torch.zeros(2, 1, 32, 32)
    ab[:, 0, 4:8, 4:8], mask[:, :, 4:8, 4:8] = 0.4, 1
    hinted = able.predict(L, "hints", hints=(ab, mask))["ab"]
    own = able.run["hints"](L, ab, mask)
    wanted = (own + spread_hints(L, able.run["hints"](L), ab, mask)) / 2
    torch.testing.assert_close(hinted, wanted.clamp(-1, 1))
    assert not torch.equal(hinted, able.predict(L, "hints")["ab"])
    both = able.predict(L, "two-stage", hints=(ab, mask))
    torch.testing.assert_close(both["ab_base"], wanted)
    torch.testing.assert_close(both["prior"], color_prior(both["ab_base"]))


def test_hints_are_refused_where_no_network_knows_them(able):
    L, given = random_L(1, 32, 32), (torch.zeros(1, 2, 32, 32), torch.zeros(1, 1, 32, 32))
    for stage in ("base", "cnn"):
        with pytest.raises(
            ValueError, match=rf"^hints must go with a network that learnt with them.*'{stage}' in 'able'"
        ):
            able.predict(L, stage, hints=given)
    without = Colorizer(tiny_parts(), INFO, "tiny")
    with pytest.raises(ValueError, match=r"^hints must go with a network .*'two-stage' in 'tiny'"):
        without(GREY, hints=[(3, 3, "#ff0000")], faces=None)
    with pytest.raises(ValueError, match="model units"):
        able.predict(L, "hints", hints=(given[0] + 50, given[1]))


def test_a_hint_in_a_photo_is_what_the_network_sees_there(able):
    seen = []

    class Spy(torch.nn.Module):
        def forward(self, L, ab=None, mask=None):
            if mask is not None:
                seen.append((L.shape, ab, mask))
            return torch.zeros(len(L), 2, *L.shape[2:])

    spied = Colorizer(able.parts, INFO, "able")
    spied.run["hints"] = Spy()
    spied(GREY, "hints", hints=[(30, 20, "#ff0000")], faces=None)
    (shape, ab, mask), *_ = seen
    assert shape[2:] == (32, 48)
    rows, columns = mask[0, 0].nonzero().float().mean(dim=0)
    assert (rows / 32, columns / 48) == (pytest.approx(0.5, abs=0.03), pytest.approx(0.5, abs=0.03))
    red = rgb2lab(np.array([[[255, 0, 0]]], dtype=np.uint8))[0, 0, 1:] / color.AB_SCALE
    np.testing.assert_allclose(ab[0, :, mask[0, 0].bool()].mean(dim=1), red, atol=1e-4)
    seen.clear()
    spied(GREY, "hints", hints=[(2, 2, "#ff0000")], faces=[(20, 5, 30, 30)])
    assert [mask.sum().item() > 0 for _, _, mask in seen] == [True, False]  # not in the face's crop


def test_a_hint_turns_with_a_photo_whose_faces_lie(able, monkeypatch):
    photo = np.full((40, 60, 3), 60, dtype=np.uint8)
    photo[4:10, 8:14] = 250  # a light spot, which is where the hint goes
    seen = []

    class Spy(torch.nn.Module):
        def forward(self, L, ab=None, mask=None):
            if mask is not None:
                seen.append((L, mask))
            return torch.zeros(len(L), 2, *L.shape[2:])

    spied = Colorizer(able.parts, INFO, "able")
    spied.run["hints"] = Spy()
    for turn in (1, 2, 3):
        monkeypatch.setattr("colorlib.colorize.find_faces", lambda rgb, turn=turn: ([], turn))
        spied(photo, "hints", hints=[(11, 7, "#ff0000")])
        L, mask = seen.pop()
        assert L.shape[2:] == ((48, 32) if turn % 2 else (32, 48))
        assert mask.any()
        assert L[mask.bool()].min() > 0.2, turn


# --- samples


def test_a_drawn_number_follows_its_mixture():
    torch.manual_seed(0)
    numbers = torch.randn(1, 3, 15).expand(20_000, 3, 15)
    z = tints.draw(numbers, torch.rand(20_000), torch.randn(20_000, 4))
    wanted = tints.mixture(numbers[:1]).sample((20_000,))[:, 0]
    torch.testing.assert_close(z.mean(dim=0), wanted.mean(dim=0), atol=0.05, rtol=0)
    torch.testing.assert_close(z.T.cov(), wanted.T.cov(), atol=0.15, rtol=0.05)
    one_sided = numbers[:1].clone()
    one_sided[0, :, 0] = torch.tensor([0.0, 50.0, 0.0])
    at_rest = tints.draw(one_sided, torch.tensor([0.7]), torch.zeros(1, 4))
    assert torch.equal(at_rest, one_sided[:, 1, 1:5])


def test_a_draw_depends_on_seed_and_number_alone(able):
    L = random_L(3, 32, 32)
    base = able.predict(L, "base")["ab"]
    all_three = able.tint(L, base, seed=5, first=2)
    torch.testing.assert_close(able.tint(L[1:2], base[1:2], seed=5, first=3), all_three[1:2])
    assert not torch.equal(able.tint(L, base, seed=6, first=2), all_three)
    out = able.predict(L, "sampled-prior", seed=5, first=2)
    torch.testing.assert_close(out["prior"], tints.absolute(all_three, color_prior(base)))
    by_hand = able.predict(L, "two-stage", prior=out["prior"], seed=5, first=2)
    torch.testing.assert_close(out["ab"], by_hand["ab"])


def test_samples_differ_in_tint_and_keep_the_lightness(able):
    made = able.samples(GREY, 4, seed=3, faces=None)
    assert [rgb.shape for rgb in made] == [GREY.shape] * 4
    means = np.array([rgb2lab(rgb)[..., 1:].mean(axis=(0, 1)) for rgb in made])
    assert np.ptp(means, axis=0).max() > 1
    again = able.samples(GREY, 2, seed=3, faces=None)
    assert all(map(np.array_equal, again, made))
    first = able.predict(framing.shrink(GREY, (32, 48)), "sampled-prior", seed=3)
    by_hand = framing.paint(GREY, [framing.Patch(first["ab"], Crop(0, 40, 0, 60))])
    assert np.array_equal(made[0], by_hand)
    grey = able.samples(GREY, 1, strength=0.0, faces=None)[0]
    assert np.abs(grey.astype(int) - GREY).max() <= 1


def test_a_walk_depends_on_seed_and_number_alone(able):
    L = random_L(3, 32, 36)
    out = able.predict(L, "sampled-pixels", seed=5, first=2, steps=3)
    base = able.predict(L, "base")["ab"]
    torch.testing.assert_close(out["ab_base"], base)
    alone = able.predict(L[1:2], "sampled-pixels", seed=5, first=3, steps=3)
    torch.testing.assert_close(alone["ab"], out["ab"][1:2])
    for other in ({"seed": 6}, {"first": 3}, {"steps": 4}):
        given = {"seed": 5, "first": 2, "steps": 3} | other
        assert (able.predict(L, "sampled-pixels", **given)["ab"] - out["ab"]).abs().max() > 1e-3
    noise = walk_noise(torch.empty(3, 2, 16, 18), 5, 2)
    by_hand = walk(able.parts["flow"], 2, L, base, noise, 3).clamp(-1, 1)
    torch.testing.assert_close(out["ab"], by_hand, atol=1e-5, rtol=0)
    with pytest.raises(ValueError, match=r"^steps must be a whole number, 1 or more, got 0"):
        able.predict(L, "sampled-pixels", steps=0)


def test_the_noise_of_a_walk_is_that_of_the_training():
    """As uncertain in its mean as in its pixels, and the mean is one for views of another size."""
    noise = walk_noise(torch.empty(2000, 2, 8, 8), seed=3)
    assert noise.var().item() == pytest.approx(1, abs=0.05)
    assert noise.mean(dim=(2, 3)).var().item() == pytest.approx(0.5 + 0.5 / 64, abs=0.05)
    large = walk_noise(torch.empty(50, 2, 60, 80), seed=3).mean(dim=(2, 3))
    assert (large - noise[:50].mean(dim=(2, 3))).abs().max() < 0.4  # 4 of the spread of 64 pixels
    assert not torch.equal(walk_noise(torch.empty(1, 2, 8, 8), seed=4), noise[:1])


def test_samples_by_pixels_are_walks_of_the_photo_and_of_each_face(able):
    made = able.samples(GREY, 3, seed=3, faces=None, by="pixels", steps=2)
    L = framing.shrink(GREY, (32, 48))
    for i in range(3):
        first = able.predict(L, "sampled-pixels", seed=3, first=i, steps=2)
        patch = framing.Patch(first["ab"], Crop(0, 40, 0, 60))
        assert np.array_equal(made[i], framing.paint(GREY, [patch]))
    usual = able.samples(GREY, 1, faces=None, by="pixels")
    assert np.array_equal(usual[0], able.samples(GREY, 1, faces=None, by="pixels", steps=STEPS)[0])
    faced = able.samples(GREY, 1, seed=3, faces=[(20, 10, 16, 16)], by="pixels", steps=2)[0]
    differs = np.abs(faced.astype(int) - made[0]).max(axis=2) > 0
    assert differs[15:20, 25:30].any()
    assert not differs[:, -10:].any()
    without = {name: net for name, net in able.parts.items() if name in ("base", "flow")}
    alone = Colorizer(without, INFO).samples(GREY, 1, seed=3, faces=None, by="pixels", steps=2)
    assert np.array_equal(alone[0], made[0])  # no refiner is needed


def test_samples_need_a_network_that_draws(able):
    tiny = Colorizer(tiny_parts(), INFO, "tiny")
    with pytest.raises(ValueError, match=r"^stage 'sampled-prior' needs tints"):
        tiny.samples(GREY)
    with pytest.raises(ValueError, match=r"^stage 'sampled-pixels' needs flow, which the weights"):
        tiny.samples(GREY, by="pixels")
    drawing = Colorizer({k: net for k, net in able.parts.items() if k != "flow"}, INFO, "drawing")
    with pytest.raises(ValueError, match=r"^by must be 'tint' with the weights 'drawing', which lack flow, got"):
        drawing.samples(GREY, by="pixels")
    with pytest.raises(ValueError, match=r"^by must be one of tint, pixels, got 'tints'"):
        able.samples(GREY, by="tints")
    with pytest.raises(ValueError, match=r"^steps must go with by='pixels', got 5"):
        able.samples(GREY, steps=5)
    with pytest.raises(ValueError, match=r"^t must go with by='tint', got 5"):
        able.samples(GREY, t=5, by="pixels")
    with pytest.raises(ValueError, match=r"^count must be a whole number, 1 or more, got 0"):
        able.samples(GREY, 0)


# --- the command


def colorize(*words):
    return cli.main(["colorize", *map(str, words), "--face", "none"])


def test_samples_are_written_with_a_sheet(able_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_picture("a.png", GREY)
    words = ("a.png", "-o", "out", "--samples", 3, "--weights", able_file)
    assert colorize(*words) == 0
    names = ["a-1.png", "a-2.png", "a-3.png", "a-sheet.png"]
    assert sorted(p.name for p in Path("out").glob("a*")) == names
    assert read_picture("out/a-1.png").shape == GREY.shape
    sheet = read_picture("out/a-sheet.png")
    assert sheet.shape == (2 * 48 + 8, 2 * 68 + 8, 3)
    np.testing.assert_array_equal(sheet[8:48, 8:68], GREY)
    np.testing.assert_array_equal(sheet[8:48, 76:136], read_picture("out/a-1.png"))
    capsys.readouterr()
    assert colorize(*words) == 0
    assert "1 made already" in capsys.readouterr().out
    Path("out/a-2.png").unlink()
    assert colorize(*words) == 0  # what is missing is made again
    assert sorted(p.name for p in Path("out").glob("a*")) == names
    write_picture("out/a-2.png", GREY)
    assert colorize(*words) == 1  # changed since: kept
    assert "kept: out/a-2.png is there" in capsys.readouterr().err
    np.testing.assert_array_equal(read_picture("out/a-2.png"), GREY)


def test_samples_by_pixels_from_the_command(able_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_picture("a.png", GREY)
    words = ("a.png", "-o", "out", "--samples", 2, "--weights", able_file)
    assert colorize(*words, "--by", "pixels", "--steps", 2) == 0
    expected = Colorizer.load(able_file).samples(GREY, 2, faces=None, by="pixels", steps=2)
    for i, rgb in enumerate(expected, start=1):
        np.testing.assert_array_equal(read_picture(f"out/a-{i}.png"), rgb)
    assert "(method sampled-pixels, weights able.safetensors)" in Path("out/a-1.png").read_bytes().decode("latin1")
    assert colorize(*words, "--by", "pixels", "--steps", 2) == 0
    assert "1 made already" in capsys.readouterr().out
    for other in (("--by", "pixels", "--steps", 3), ("--by", "pixels"), ()):
        assert colorize(*words, *other) == 1, other  # made otherwise: kept
    models.save("tiny.safetensors", tiny_parts(), ARCHITECTURE, INFO)
    assert colorize("a.png", "-o", "b", "--samples", 2, "--weights", "tiny.safetensors", "--by", "pixels") == 2
    assert "needs flow, which the weights 'tiny.safetensors' do not hold; they can run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--samples", "0"], "must be a whole number from 1 to 100, got '0'"),
        (["--samples", "2", "--compare"], "compare must be left out where samples are asked for"),
        (["--samples", "2", "--stage", "base"], "stage must be left out where samples are asked for"),
        (["--by", "pixels"], "by must be left out where no samples are asked for, got 'pixels'"),
        (["--samples", "2", "--by", "hue"], "invalid choice: 'hue'"),
        (["--samples", "2", "--steps", "5"], "steps must go with by 'pixels', got 5"),
        (["--samples", "2", "--by", "pixels", "--steps", "0"], "whole number from 1 to 100, got '0'"),
        (["--samples", "2", "--by", "pixels", "--t", "5"], "t must go with by 'tint', got 5"),
        (["--hint", "1,2,red"], "must be X,Y,#RRGGBB, pixels and a colour, got '1,2,red'"),
        (["--hint", "1,#ff0000"], "must be X,Y,#RRGGBB"),
        (["--hint", "1,2,#ff0000,3"], "must be X,Y,#RRGGBB"),
    ],
)
def test_what_does_not_go_together_is_refused(able_file, tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    write_picture("a.png", GREY)
    with contextlib.suppress(SystemExit):
        assert colorize("a.png", "-o", "b.png", "--weights", able_file, *words) == 2
    assert said in capsys.readouterr().err
    assert not Path("b.png").exists()


def test_a_hint_of_the_command_is_placed(able_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png"):
        write_picture(name, GREY)
    colorize("a.png", "-o", "plain.png", "--weights", able_file)
    colorize("a.png", "-o", "hinted.png", "--weights", able_file, "--hint", "10,10,#ff0000", "--hint", "50,30,0000ff")
    expected = Colorizer.load(able_file)(GREY, hints=[(10, 10, "#ff0000"), (50, 30, "#0000ff")], faces=None)
    np.testing.assert_array_equal(read_picture("hinted.png"), expected)
    assert not np.array_equal(read_picture("plain.png"), expected)
    assert colorize("a.png", "b.png", "-o", "out", "--weights", able_file, "--hint", "1,1,#ff0000") == 2
    assert "hints must be given for one picture at a time, got 2" in capsys.readouterr().err


def test_the_commands_of_the_page_run(able_file, tmp_path, monkeypatch):
    page = (Path(__file__).parents[1] / "notebooks/site/photos.md").read_text("utf-8")
    lines = re.findall(r"^python -m colorlib colorize (.*?)(?:  +#.*)?$", page, re.M)
    lines = [line for line in lines if {"--samples", "--hint"} & set(line.split())]
    assert len(lines) == 3
    monkeypatch.chdir(tmp_path)
    for name in ("old.jpg", "drawn.png"):
        write_picture(name, GREY.repeat(2, axis=0).repeat(2, axis=1))
    for line in lines:
        assert colorize(*line.split(), "--weights", able_file) == 0
    assert [len(list(Path(folder).iterdir())) for folder in ("many", "walked")] == [8, 8]


def test_samples_of_a_batch_are_those_of_its_parts(able):
    """What a factor is chosen by does not depend on how the pictures are batched, nor repeats its draws."""
    L = random_L(5, 32)
    whole, parts = Sampled(able, 1.5)(L), Sampled(able, 1.5)
    torch.testing.assert_close(torch.cat([parts(L[:2]), parts.starting(2)(L[2:])]), whole)
    assert not torch.equal(parts(L[2:]), whole[2:])
