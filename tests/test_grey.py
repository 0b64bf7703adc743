"""Grey or not: drawn portraits and skimage's photos, toned, spoilt, framed, made paler as benchmarks/grey.py does."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from colorlib import color, portraits
from colorlib.data import datasets
from colorlib.data.grey import MARGIN, in_cells, is_grey, off_tone

spec = importlib.util.spec_from_file_location("grey", Path(__file__).parent / "benchmarks" / "grey.py")
kinds = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kinds)


@pytest.fixture(scope="module")
def photos():
    """uint8 pictures: a portrait of a woman, two close-ups of it, a cup of coffee, three drawn portraits."""
    astronaut, coffee = skimage.data.astronaut(), skimage.data.coffee()
    drawn = [portraits.draw(index, size=200).rgb for index in (3, 19, 40)]
    return [astronaut, astronaut[:256, 100:356], astronaut[200:500, 200:500], coffee, *drawn]


def lab_of(pictures):
    return color.rgb_to_lab(color.from_uint8(np.stack(pictures)))


@pytest.mark.parametrize("kind", kinds.GREY + kinds.COLOURED)
def test_every_kind_at_every_size(photos, kind):
    for size in (64, 200):
        answers = is_grey(lab_of([kinds.make(kind, rgb, size, n) for n, rgb in enumerate(photos)]))
        if kind is kinds.fifth:  # where it is to be seen
            seen = [kinds.to_be_seen(kinds.make(kind, rgb, 96, n)) >= kinds.VISIBLE for n, rgb in enumerate(photos)]
            assert sum(seen) > 2
            answers = answers[torch.tensor(seen)]
        assert answers.tolist() == [kind in kinds.GREY] * len(answers), size


def test_the_picture_s_size_makes_no_difference(photos):
    for kind in (kinds.matrix, kinds.cyanotype, kinds.third):
        answers = {is_grey(lab_of([kinds.make(kind, photos[0], size)])[0]) for size in (24, 33, 64, 128, 500)}
        assert answers == {kind is not kinds.third}, kind.__name__


def test_what_is_toned_leaves_nothing_whatever_the_cells_hold():
    """The fit is exact in cells, too, although a curve's mean is not the curve of the mean."""
    L = torch.rand(1, 60, 60, generator=torch.Generator().manual_seed(0)) * 80 + 12
    t = L / 100
    lab = torch.cat([L, 40 * t * (1 - t), 200 * t**2 * (1 - t) ** 2 - 5])
    assert off_tone(lab).abs().max() < 0.01
    assert off_tone(lab).shape == (2, 12, 12)
    assert off_tone(lab.expand(4, 3, 60, 60)).shape == (4, 2, 12, 12)
    lab[1, :, 30:] += 20
    assert off_tone(lab)[0].abs().mean() > 8


def test_neighbours_share_colour_and_not_noise():
    generator = torch.Generator().manual_seed(0)
    L = torch.linspace(20, 80, 48).expand(48, 48)
    noise = torch.randn(2, 48, 48, generator=generator)
    patches = torch.nn.functional.interpolate(noise[None, :, ::8, ::8], size=(48, 48))[0]
    assert is_grey(torch.stack([L, *noise]))
    assert not is_grey(torch.stack([L, *patches]))  # the same values, in patches


def test_cells_share_no_pixel_and_leave_none_out():
    """Where they overlapped, neighbours would share noise: at 64 pixels nine of ten noisy scans were coloured."""
    values = torch.linspace(0, 1, 2 * 50 * 31).view(2, 50, 31).square()
    cells = in_cells(values, 12)
    assert cells.shape == (2, 12, 12)
    parts = [torch.arange(side) * 12 // side for side in (50, 31)]
    for y, x in ((0, 0), (3, 11), (11, 5)):
        inside = values[:, parts[0] == y][:, :, parts[1] == x]
        torch.testing.assert_close(cells[:, y, x], inside.mean((1, 2)))
    noise = 20 * torch.randn(40, 2, 50, 50, generator=torch.Generator().manual_seed(0))
    rest = in_cells(noise)
    assert (rest[..., 1:] * rest[..., :-1]).mean().abs() < 0.04 * rest.square().mean()


def test_neighbours_in_both_directions_count_and_the_limit_is_squared():
    side = 46  # the inner 36 are 12 cells of 3
    L = torch.linspace(20, 80, side)[:, None] + torch.linspace(0, 5, side)
    x = torch.arange(side) - 5
    halves = torch.where(x < 18, 1.0, -1.0).expand(side, side)
    stripes = torch.where(x // 3 % 2 == 0, 1.0, -1.0).expand(side, side)
    for a, answer in ((0.6 * halves, False), (0.4 * halves, True), (2 * stripes, True), (2 * stripes.T, True)):
        assert is_grey(torch.stack([L, a, 0 * a])) is answer
        assert is_grey(torch.stack([L, 0 * a, a])) is answer


def test_a_strong_tone_may_be_less_even():
    L = torch.linspace(20, 80, 48).expand(48, 48)
    uneven = torch.where(torch.arange(48) < 24, 0.8, -0.8)[:, None].expand(48, 48)
    for tint, answer in ((0, False), (40, True), (-40, True)):
        assert is_grey(torch.stack([L, uneven, 0 * L + tint])) is answer, tint
    assert not is_grey(torch.stack([L, 1.5 * uneven, 0 * L + 70]))  # lemons


def test_the_margin_and_what_is_nearly_black_or_white_are_not_looked_at():
    lab = torch.zeros(3, 90, 90)
    lab[0] = torch.rand(90, 90, generator=torch.Generator().manual_seed(0)) * 60 + 20
    edge = 90 // MARGIN
    framed = lab.clone()
    framed[1:, :edge] = framed[1:, -edge:] = framed[1:, :, :edge] = framed[1:, :, -edge:] = 30.0
    assert is_grey(framed)
    framed[1:, : edge + 20] = 30.0
    assert not is_grey(framed)
    lab[1, :45, :45], lab[1, :45, 45:] = 20.0, -20.0
    for dim, answer in ((96, True), (94, False), (9, True), (11, False)):
        lab[0, :45] = dim
        assert is_grey(lab) is answer, dim


def test_one_or_many_and_other_shapes(photos):
    labs = lab_of([kinds.make(kind, photos[1], 64) for kind in (kinds.grey, kinds.photo, kinds.css)])
    assert is_grey(labs).tolist() == [True, False, True]
    assert [is_grey(lab) for lab in labs] == [True, False, True]
    assert isinstance(is_grey(labs[0]), bool)
    assert is_grey(labs[:0]).tolist() == []
    assert is_grey(torch.zeros(3, 8, 9)) is True
    assert is_grey(torch.full((3, 30, 20), 50.0)) is True  # one colour throughout
    for shape in ((64, 64), (2, 64, 64), (3, 1, 64), (1, 1, 3, 8, 8)):
        with pytest.raises(ValueError, match=r"lab must be .*at least 2, got shape"):
            is_grey(torch.zeros(shape))


def test_the_cache_leaves_out_what_is_grey(photos, tmp_path):
    for kind in (kinds.photo, kinds.third, kinds.cyanotype, kinds.noisy_sepia):
        Image.fromarray(kinds.make(kind, photos[1], 200)).save(tmp_path / f"{kind.__name__}.png")
    found = datasets.load(str(tmp_path), "all", size=64)
    assert sorted(found.keys) == ["photo.png", "third.png"]
    assert found.report.grey == 2


def test_the_table(photos, tmp_path, capsys):
    for number, rgb in enumerate(photos[:2]):
        Image.fromarray(rgb).save(tmp_path / f"{number}.png")
    Image.fromarray(kinds.make(kinds.matrix, photos[0], 96)).save(tmp_path / "old.png")
    shown = kinds.main([str(tmp_path), "--show", str(tmp_path / "shown.jpg")])
    assert shown == ["old.png"]
    assert Image.open(tmp_path / "shown.jpg").size == (96, 96)
    (tmp_path / "shown.jpg").unlink()
    (tmp_path / "names.txt").write_text("old.png\n", "utf-8")
    options = ["--sizes", "64", "--without", str(tmp_path / "names.txt"), "--json", str(tmp_path / "out.json")]
    table = kinds.main([str(tmp_path), *options])
    assert json.loads((tmp_path / "out.json").read_text("utf-8")) == table
    assert len(table) == len(kinds.GREY + kinds.COLOURED)
    for kind, row in table.items():
        assert row["pictures"] + row["unseen"] == 2, kind
        assert row["wrong"] == 0, kind
    assert "cyanotype" in capsys.readouterr().out
