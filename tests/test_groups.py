"""groups.py: labels from file names, CSV files, recipes and the skin itself."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from colorlib import color, portraits
from colorlib.evaluation import breakdown, groups

KEYS = ["a/10_0_0_20161220222308131.jpg.chip.jpg", "a/61_1_3_20170109142408075.jpg", "b/holiday.jpg"]


def by_name(labels):
    return {label.name: label for label in labels}


def pictures(keys, drawn=(), seed=0):
    """What `labels` looks at of a LabDataset; drawn: the numbers of portraits."""
    return SimpleNamespace(keys=keys, drawn=bool(drawn), portraits=drawn, seed=seed)


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_labels_from_file_names():
    found = by_name(groups.from_names(KEYS))
    assert found["age"].of == ("0-12", "60+", None)
    assert found["gender"].of == ("male", "female", None)
    assert found["race"].of == ("White", "Indian", None)
    assert found["age"].source == "file names"
    others = ["61_1_20170109142408075.jpg", "1_0_2_3.png", "9_2_0_20170109.png", "131_1_0_20170109.png"]
    assert groups.from_names(["b/holiday.jpg", *others]) == []
    (age, _, _) = groups.from_names(["130_1_0_20170109.png", "007_1_0_20170109.png", "99_1_0_20170109.png"])
    assert age.of == ("60+", "0-12", "60+")


@pytest.mark.parametrize(
    ("years", "group"),
    [
        (0, "0-12"),
        (12.9, "0-12"),
        (13, "13-19"),
        (19, "13-19"),
        (20, "20-39"),
        (39, "20-39"),
        (40, "40-59"),
        (59, "40-59"),
        (60, "60+"),
        (116, "60+"),
    ],
)
def test_ages_fall_into_groups(years, group):
    assert groups.age_group(years) == group


@pytest.mark.parametrize("years", [-1, 131, float("nan")])
def test_impossible_ages_are_refused(years):
    with pytest.raises(ValueError, match="from 0 to 130"):
        groups.age_group(years)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "file,age,Haar\nholiday.jpg,34,grün\na/61_1_3_20170109142408075.jpg,7,\n"),
        ("utf-8-sig", "file;age;Haar\r\nholiday.jpg;34,5;grün\r\n\r\na\\61_1_3_20170109142408075.jpg;7;\r\n"),
        ("cp1252", "Haar;FILE;Age\r\ngrün;holiday.jpg;34\r\n;a/61_1_3_20170109142408075.jpg;7\r\n"),
        (
            "utf-8",
            "file;Haar;age\nholiday.jpg;grün;34\na/61_1_3_20170109142408075.jpg;;7\n"
            "else.jpg;blau, rot, grün, gelb, rosa, grau, lila, weiß;\n",
        ),
        ("utf-16", 'file\tage\tHaar\n"holiday.jpg"\t34\tgrün\na/61_1_3_20170109142408075.jpg\t7\n'),
    ],
    ids=["plain", "spreadsheet", "old spreadsheet", "commas in cells", "tabs"],
)
def test_csv_files_however_they_were_saved(tmp_path, encoding, text):
    found = by_name(groups.from_csv(write(tmp_path / "labels.csv", text, encoding), KEYS))
    assert set(found) == {"age", "haar"}
    assert found["age"].of == (None, "0-12", "20-39")
    assert found["age"].order == ("0-12", "20-39")
    assert found["haar"].of == (None, None, "grün")
    assert found["haar"].source == "labels.csv"


def test_bytes_that_no_encoding_knows_cost_no_line(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"file,hat\nholiday.jpg,gr\xfcn\x81\n")
    (hat,) = groups.from_csv(tmp_path / "x.csv", KEYS)
    assert hat.of == (None, None, "grün\ufffd")


def test_a_csv_goes_before_the_file_names(tmp_path):
    path = write(tmp_path / "x.csv", "file,age\nholiday.jpg,30\nnot/there.jpg,5\n")
    found = by_name(groups.labels(pictures(KEYS), path))
    assert list(found) == ["age", "gender", "race"]
    assert found["age"].of == (None, None, "20-39")
    assert found["gender"].of == ("male", "female", None)


def test_bare_names_count_only_where_they_are_clear(tmp_path):
    path = write(tmp_path / "x.csv", "file,hat\n1.jpg,yes\nb/2.jpg,no\n3.jpg,yes\n")
    (hat,) = groups.from_csv(path, ["a/1.jpg", "b/1.jpg", "a/2.jpg", "b/2.jpg", "a/3.jpg"])
    assert hat.of == (None, None, None, "no", "yes")


def test_groups_of_a_csv_stand_in_natural_order(tmp_path):
    path = write(
        tmp_path / "x.csv", "file,type\n" + "".join(f"{i}.jpg,{v}\n" for i, v in enumerate("10 9 x 1".split()))
    )
    assert groups.from_csv(path, [f"{i}.jpg" for i in range(4)])[0].order == ("1", "9", "10", "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("name,age\nx,3\n", "line 1: no column 'file' among 'name', 'age'"),
        ("file,age,age\n", "line 1: column 'age' stands there twice"),
        ("file,age\nholiday.jpg,3\n\nx.jpg,old\n", "line 4, column 'age': got 'old', wanted a number of years"),
        ("file,age\nholiday.jpg,250\n", "line 2, column 'age': got '250'"),
        ("file,age\nholiday.jpg,nan\n", "line 2, column 'age': got 'nan'"),
        ('file,hat,age\nx.jpg,"tall\nand red",3\nholiday.jpg,no,old\n', "line 4, column 'age': got 'old'"),
        ("file,age\nholiday.jpg,3,4\n", "line 2: 3 cells, wanted 2"),
        ("file,age\n,3\n", "line 2, column 'file': empty"),
        ("file,age\nholiday.jpg,3\nholiday.jpg,4\n", "line 3, column 'file': 'holiday.jpg' has had a line"),
        ("file,age\nother.jpg,3\n", "names none of the 3 pictures; it has 'other.jpg'"),
        ("file,age\n", "names none of the 3 pictures; it has 'no lines'"),
    ],
)
def test_mistakes_in_a_csv_are_told_with_line_and_column(tmp_path, text, said):
    with pytest.raises(ValueError, match=said):
        groups.from_csv(write(tmp_path / "x.csv", text), KEYS)


def test_a_column_that_is_no_grouping_is_refused(tmp_path):
    text = "file,note\n" + "".join(f"{i}.jpg,note {i}\n" for i in range(groups.MOST + 1))
    with pytest.raises(ValueError, match="column 'note': 21 different values"):
        groups.from_csv(write(tmp_path / "x.csv", text), [f"{i}.jpg" for i in range(groups.MOST + 1)])


def test_a_missing_csv_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.csv"):
        groups.labels(pictures(KEYS), tmp_path / "gone.csv")


def test_portraits_in_thirds_by_melanin():
    numbers = range(2, 9)
    (label,) = groups.labels(pictures([f"portraits/{i}" for i in numbers], numbers, seed=3))
    assert [label.of.count(third) for third in label.order] == [3, 2, 2]
    melanin = [portraits.recipe(i, 3)["skin"]["melanin"] for i in numbers]
    assert max(m for m, g in zip(melanin, label.of, strict=True) if g == "light third") <= min(
        m for m, g in zip(melanin, label.of, strict=True) if g == "medium third"
    )


def test_a_folder_that_is_called_portraits_is_no_drawn_set():
    assert groups.labels(pictures(["portraits/grandmother.jpg", "portraits/7"])) == []
    found = by_name(groups.labels(pictures([f"portraits/{key}" for key in KEYS])))
    assert found["age"].of == ("0-12", "60+", None)


def test_a_csv_goes_before_the_recipes_too(tmp_path):
    path = write(tmp_path / "x.csv", "file,skin melanin\nportraits/1,much\n")
    (label,) = groups.labels(pictures(["portraits/0", "portraits/1"], range(2)), path)
    assert (label.source, label.of) == ("x.csv", (None, "much"))


def test_a_group_of_twenty_is_not_small():
    label = groups.Label("x", "here", ("a", "b"), ("a",) * 20 + ("b",) * 19)
    found = breakdown.by_group(label, {"base": {"mse": np.ones(39)}}, 20)
    assert [(group["images"], group["few"]) for group in found["groups"]] == [(20, False), (19, True)]


def skin(*angles, size=20):
    """Pictures with a patch of that typology angle (L - 50 = 20 sin, b = 20 cos), and blue around it."""
    degrees = torch.tensor(angles, dtype=torch.float64)
    lab = torch.zeros(len(angles), 3, size, size, dtype=torch.float64)
    lab[:, 2] = -60
    patch = lab[:, :, 8:12, 6:14]
    patch[:, 0] = 50 + 20 * torch.sin(torch.deg2rad(degrees))[:, None, None]
    patch[:, 1], patch[:, 2] = 15, 20 * torch.cos(torch.deg2rad(degrees))[:, None, None]
    lab[:, :, 9, 9] = 0  # an eyelash: the median does not see it
    return color.lab_to_model(lab)


def test_the_typology_angle_and_its_limits():
    angles = [80, 56, 54, 42, 40, 29, 27, 11, 9, -29, -31, -80]
    measured = groups.typology_angle(*skin(*angles))
    np.testing.assert_allclose(measured, angles, atol=1e-6)
    tones = ["very light", "light", "light", "intermediate", "intermediate", "tan", "tan", "brown", "brown", "dark"]
    assert groups.skin_tones(measured).of == ("very light", *tones, "dark")
    border = np.array([55.0, 41, 28, 10, -30])
    assert groups.skin_tones(border).of == ("light", "intermediate", "tan", "brown", "dark")
    assert groups.skin_tones(border + 0.01).of == ("very light", "light", "intermediate", "tan", "brown")
    assert groups.typology_angle(*skin(30, size=20)).shape == (1,)


def test_the_angle_follows_the_melanin_of_drawn_portraits():
    rgb = portraits.draw_batch(range(60), size=48)
    melanin = [portraits.recipe(i)["skin"]["melanin"] for i in range(60)]
    measured = groups.typology_angle(*color.rgb_to_model(color.from_uint8(rgb)))
    assert np.corrcoef(melanin, measured)[0, 1] < -0.7


def test_the_patch_is_nose_and_cheeks():
    L, ab = torch.rand(3, 1, 21, 31) - 0.5, torch.rand(3, 2, 21, 31)
    lightness, b = (np.median(x[:, 8:13, 9:22].numpy(), axis=(1, 2)) for x in (100 * L[:, 0], 110 * ab[:, 1]))
    np.testing.assert_allclose(groups.typology_angle(L, ab), np.degrees(np.arctan2(lightness, b)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(8, 8), (1, 1), (2, 3), (9, 40)])
def test_tiny_pictures_have_an_angle_too(shape):
    L, ab = torch.full((2, 1, *shape), 0.1), torch.full((2, 2, *shape), 0.1)
    np.testing.assert_allclose(groups.typology_angle(L, ab), np.degrees(np.arctan2(10, 11)), rtol=1e-5, atol=1e-5)
