"""The drawn portraits: the same everywhere and at every size, true to their recipes, varied, and quick."""

import json
import time
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab

from colorlib import portraits
from colorlib.portraits import REGIONS, draw, draw_batch
from colorlib.portraits.recipes import BACKDROPS, EYES, HAIR, STYLES, recipe, skin_rgb

# (index, seed): look, skin, hair, eyes, background, clothes.
GOLDEN = {
    (0, 0): ("masculine", [241, 187, 179], ("afro", "dark blond"), "blue", "plants", "blue"),
    (7, 0): ("feminine", [168, 120, 100], ("long_curls", "black"), "brown", "sky", "magenta"),
    (123, 0): ("feminine", [135, 90, 69], ("bob", "dark brown"), "dark brown", "room", "burgundy"),
    (5, 3): ("feminine", [150, 109, 86], ("bun", "black"), "dark brown", "plain", "green"),
}
GOLDEN_SUMS = [1018571, 931588, 846723]  # of red, green and blue over portraits 0 to 7 at 32 pixels


@pytest.fixture(scope="module")
def many():
    """(rgb, labels, Lab) of 150 portraits at 64 pixels."""
    rgb, labels = draw_batch(range(150), masks=True)
    return rgb, labels, rgb2lab(rgb)


def means(lab, labels, region):
    """Mean Lab of a region in each picture, (N, 3)."""
    return np.array([p[m == REGIONS.index(region)].mean(0) for p, m in zip(lab, labels, strict=True)])


def test_the_same_twice_and_another_for_another_seed_or_index():
    first = draw(5, seed=3)
    again = draw(5, seed=3)
    assert np.array_equal(first.rgb, again.rgb)
    assert first.recipe == again.recipe
    assert not np.array_equal(first.rgb, draw(6, seed=3).rgb)
    assert not np.array_equal(first.rgb, draw(5, seed=4).rgb)


@pytest.mark.parametrize("size", [33, 64])
def test_alone_or_in_any_company_a_portrait_is_the_same(size):
    indices = [*range(40), 1000, 999]
    rgb, labels = draw_batch(indices, seed=1, size=size, masks=True)
    back, back_labels = draw_batch(indices[::-1], seed=1, size=size, masks=True)
    assert np.array_equal(rgb, back[::-1])
    assert np.array_equal(labels, back_labels[::-1])
    for i, index in enumerate(indices):
        alone = draw(index, seed=1, size=size)
        assert np.array_equal(alone.rgb, rgb[i]), index
        for k, name in enumerate(REGIONS):
            assert np.array_equal(alone.masks[name], labels[i] == k), (index, name)


def test_shapes_and_types():
    rgb, labels = draw_batch(np.arange(3), size=np.int64(40), masks=True)
    assert rgb.shape == (3, 40, 40, 3)
    assert rgb.dtype == np.uint8
    assert labels.shape == (3, 40, 40)
    assert labels.dtype == np.uint8
    assert draw_batch([], size=40).shape == (0, 40, 40, 3)
    one = draw(2, size=40)
    assert one.rgb.shape == (40, 40, 3)
    assert all(mask.shape == (40, 40) and mask.dtype == bool for mask in one.masks.values())


def test_golden_portraits():
    """Fixed for good with VERSION 1: another value here needs another VERSION, or caches go stale."""
    assert portraits.VERSION == 1
    for (index, seed), (look, skin, hair, eyes, place, clothes) in GOLDEN.items():
        r = recipe(index, seed)
        assert (r["look"], r["skin"]["rgb"], r["hair"]["style"], r["hair"]["name"]) == (look, skin, *hair)
        assert (r["eyes"]["name"], r["background"]["kind"], r["clothes"]["name"]) == (eyes, place, clothes)
    rgb = draw_batch(range(8), size=32)
    assert rgb.astype(np.int64).sum((0, 1, 2)).tolist() == GOLDEN_SUMS


def test_recipes_are_json():
    for index in range(300):
        r = recipe(index, 2)
        assert json.loads(json.dumps(r)) == r
        assert (r["seed"], r["index"]) == (2, index)
    assert draw(7, seed=2).recipe == recipe(7, 2)


def test_json_holds_the_recipe_of_numpys_numbers_too():
    assert json.loads(json.dumps(draw(1, np.int64(0), 32).recipe)) == recipe(1)
    assert json.loads(json.dumps(portraits.recipe(np.int64(1), np.int64(2)))) == recipe(1, 2)


@pytest.mark.parametrize("size", [32, 64])
def test_regions_cover_the_picture_once_and_none_is_empty(size):
    count = 250 if size == 32 else 40
    _, labels = draw_batch(range(count), size=size, masks=True)
    counts = np.stack([(labels == k).sum((1, 2)) for k in range(len(REGIONS))])
    assert (counts.sum(0) == size * size).all()
    assert (counts > 0).all(), [(REGIONS[k], i) for k, i in np.argwhere(counts == 0)]
    masks = draw(3, size=size).masks
    assert tuple(masks) == REGIONS
    assert (sum(mask.astype(int) for mask in masks.values()) == 1).all()


def test_eyes_lie_above_lips_within_the_face():
    _, labels = draw_batch(range(60), masks=True)
    rows = np.arange(64)[:, None] * np.ones((1, 64))
    for m in labels:
        eyes, lips, clothes = (rows[m == REGIONS.index(name)].mean() for name in ("eyes", "lips", "clothes"))
        assert eyes + 6 < lips < 52
        assert lips < clothes or (m == REGIONS.index("clothes"))[:20].any()  # a hat or a headscarf


@pytest.mark.parametrize("size", [32, 48, 64, 100, 128])
def test_small_pictures_are_the_large_ones_seen_from_afar(size):
    large, large_labels = draw_batch(range(6), size=256, masks=True)
    small, labels = draw_batch(range(6), size=size, masks=True)
    shrunk = np.stack([np.asarray(Image.fromarray(p).resize((size, size), Image.BOX)) for p in large])
    difference = np.abs(shrunk.astype(float) - small).mean((1, 2, 3))
    assert difference.max() < 6, difference
    at = ((np.arange(size) + 0.5) * 256 / size).astype(int)
    assert (large_labels[:, at][:, :, at] == labels).mean() > 0.95


def test_people_and_places_are_varied():
    recipes = [recipe(i) for i in range(800)]
    places = Counter(r["background"]["kind"] for r in recipes)
    assert set(places) == {"sky", "sea", "plants", "room", "plain"}
    assert min(places.values()) > 50
    assert {r["hair"]["style"] for r in recipes} == set(STYLES)
    assert {r["hair"]["name"] for r in recipes} == set(HAIR)
    assert {r["eyes"]["name"] for r in recipes} == set(EYES)
    assert {r["background"]["name"] for r in recipes if r["background"]["kind"] == "plain"} == set(BACKDROPS)
    assert 0.4 < np.mean([r["look"] == "feminine" for r in recipes]) < 0.65
    assert any(r["extras"]["hat"] != "none" for r in recipes)
    assert any(r["face"]["beard"] > 0.5 for r in recipes)


def test_melanin_darkens_skin_and_blood_reddens_it():
    fair, dark, flushed = skin_rgb(0.1, 0.4), skin_rgb(0.9, 0.4), skin_rgb(0.1, 0.8)
    assert all(d < f for d, f in zip(dark, fair, strict=True))
    assert flushed[0] - flushed[1] > fair[0] - fair[1]


def test_eyes_and_hair_go_with_skin_but_not_always():
    recipes = [recipe(i) for i in range(800)]
    fair = [r["eyes"]["name"] in ("blue", "green", "grey") for r in recipes if r["skin"]["melanin"] < 0.2]
    dark = [r["eyes"]["name"] in ("blue", "green", "grey") for r in recipes if r["skin"]["melanin"] > 0.5]
    assert np.mean(fair) > 0.35 > 0.1 > np.mean(dark) > 0


def test_skin_spans_light_to_dark(many):
    _, labels, lab = many
    lightness = means(lab, labels, "skin")[:, 0]
    assert lightness.min() < 42
    assert lightness.max() > 73
    assert lightness.std() > 8


def test_lips_are_redder_than_skin(many):
    _, labels, lab = many
    more = means(lab, labels, "lips")[:, 1] - means(lab, labels, "skin")[:, 1]
    assert more.mean() > 5
    assert (more > 0).mean() > 0.9


def test_clothes_come_in_warm_and_cool_colours_that_lightness_does_not_tell(many):
    _, labels, lab = many
    clothes = means(lab, labels, "clothes")
    assert (clothes[:, 2] < -8).mean() > 0.1  # blue and violet
    assert (clothes[:, 2] > 8).mean() > 0.1
    L, a, b = clothes.T
    assert abs(np.corrcoef(L, a)[0, 1]) < 0.5
    assert abs(np.corrcoef(L, b)[0, 1]) < 0.5


def test_plants_are_rougher_than_sky_and_no_picture_is_grey(many):
    lab = many[2]
    kinds = np.array([recipe(i)["background"]["kind"] for i in range(len(lab))])
    corner = lab[:, :16, :12]  # mostly background
    rough = np.abs(np.diff(corner[..., 0], axis=2)).mean((1, 2))
    assert np.median(rough[kinds == "plants"]) > 2 * np.median(rough[kinds == "sky"])
    assert (np.ptp(lab[..., 1], axis=(1, 2)) + np.ptp(lab[..., 2], axis=(1, 2)) > 15).all()


def test_errors_name_the_argument_the_value_and_what_was_wanted():
    wrong = [("index", x) for x in (-1, 1.5, True, "7")] + [("seed", -2)] + [("size", x) for x in (31, 257, 64.0)]
    for name, value in wrong:
        with pytest.raises(ValueError, match=rf"^{name} must be a whole number.*, got {value!r}$"):
            draw(**{"index": 0, name: value})
    with pytest.raises(ValueError, match="from 32 to 256"):
        draw_batch([0], size=500)


def test_speed():
    """A hundred a second at the least, however busy the machine; three hundred on a free core."""
    best = 0
    for attempt in range(3):
        start = time.process_time()
        draw_batch(range(attempt * 96, attempt * 96 + 96))
        best = max(best, 96 / (time.process_time() - start))
    print(f"{best:.0f} portraits a second at 64 pixels")
    assert best > 100
