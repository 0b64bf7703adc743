"""The study runs end to end on a handful of pictures, and its table says what was compared with what."""

import os
from pathlib import Path

import pytest
import torch

from colorlib import methods, models, portraits
from colorlib.data.pictures import write_picture
from colorlib.evaluation import study
from colorlib.training import crossfit
from colorlib.training.fit import fit
from colorlib.training.run import train


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    out = tmp_path_factory.mktemp("study")
    state, learnt_from = torch.get_rng_state(), []

    def spy(stage, parts, pictures, *args, **options):
        learnt_from.append((stage.name, isinstance(pictures, crossfit.WithBase)))
        return fit(stage, parts, pictures, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "fit", spy)
        found = study.study("portraits", out, size=32, width=1 / 16, base_epochs=(1, 2), epochs=1,
                            channels=(8, 16, 16), count=32, val_count=8)  # fmt: skip
    assert [name for name, crossed in learnt_from if crossed] == ["control, cross-fitted"]
    assert list(out.iterdir()) == [out / "ledger.csv"]
    assert torch.equal(torch.get_rng_state(), state)
    assert study.read(out / "ledger.csv") == found
    return {row["run"]: row for row in found}


def test_every_base_gets_the_same_second_stage(rows):
    bases = [name for name in rows if name.startswith("base")]
    assert bases == ["base, 1 epoch", "base, 2 epochs", "base, other pictures"]
    second = [rows[f"control on {name}"] for name in bases]
    assert [row["against"] for row in second] == bases
    assert len({(row["parameters"], row["epochs"], row["pictures"]) for row in second}) == 1


def test_each_variant_is_compared_with_the_same_base(rows):
    for name in (*(variant.name for variant in study.VARIANTS), "control, cross-fitted"):
        assert rows[name]["against"] == "base, 2 epochs"
        assert rows[name]["mse"] > 0
    assert rows["attention, two scales"]["parameters"] > rows["control on base, 2 epochs"]["parameters"]


def test_changes_are_those_of_the_scores(rows):
    for row in rows.values():
        if "against" in row:
            assert row["change"] == pytest.approx(row["mse"] / rows[row["against"]]["mse"] - 1, abs=2e-3)
            assert row["low"] <= row["change"] <= row["high"]


def test_the_table_reads_well(rows):
    text = study.format_study(list(rows.values()))
    assert "against base, 2 epochs" in text
    assert len(text.splitlines()) == len(rows)
    alone = study.format_study([{"run": "a", "mse": 3.0, "change": -0.25, "against": "b"}])
    assert alone == "a      3.0  -25.0% against b"


@pytest.mark.slow
def test_the_networks_of_a_training_are_scored_beside_its_base(tmp_path):
    train(tmp_path / "run", "portraits", "smoke", rivals=("cnn", "control"))
    found = {row["run"]: row for row in study.of_run(tmp_path / "run", "portraits", tmp_path / "scored", val_count=8)}
    assert list(found) == ["base", "fold1", "fold2", "refiner", "cnn", "control", "mean of base and folds"]
    assert "against" not in found["base"]
    assert all(row["against"] == "base" for name, row in found.items() if name != "base")
    assert all(row["epochs"] >= 1 and row["side"] == 32 for row in found.values())
    assert found["fold1"]["pictures"] < found["base"]["pictures"]
    t = models.load(tmp_path / "run" / "model.safetensors")[1]["t"]
    told = ["one network, L to ab", f"second stage on base, noise step {t}", "second stage on base, noise step 0"]
    assert [found[name]["question"] for name in ("cnn", "refiner", "control")] == told
    assert study.read(tmp_path / "scored" / "ledger.csv") == list(found.values())


def test_odd_file_names_go_through(tmp_path):
    for i, rgb in enumerate(portraits.draw_batch(range(10), size=32)):
        write_picture(tmp_path / "faces" / ("train" if i < 8 else "val") / f"{i}.png", rgb)
        odd = os.fsencode(tmp_path / "faces" / ("train" if i < 8 else "val")) + b"/%d\xff\n,.png" % i
        os.rename(tmp_path / "faces" / ("train" if i < 8 else "val") / f"{i}.png", odd)
    out = tmp_path / os.fsdecode(b"results\xff")
    rows = study.study(tmp_path / "faces", out, size=32, width=1 / 16, base_epochs=(1,), epochs=1, channels=(8, 16),
                       variants=(), foreign=None)  # fmt: skip
    assert [row["run"] for row in rows] == ["constant", "base, 1 epoch", "control on base, 1 epoch", "mirrored too",
                                           "control, cross-fitted"]  # fmt: skip
    assert study.read(out / "ledger.csv") == rows


def test_a_ledger_holds_any_text_and_keeps_numbers_whole(tmp_path):
    path = tmp_path / "new" / "ledger.csv"
    rows = [
        {"run": "7", "question": 'why, "really"?\nyes', "settings": "caf\udce9", "epochs": 3, "mse": 12.5},
        {"run": "NA", "question": "é", "mse": 3.0, "against": "7", "change": -0.76},
    ]
    study.write(path, rows)
    raw = path.read_bytes()
    assert b"caf\\udce9,,3,," in raw  # a byte that is no UTF-8 by its number, so that all programs can read the file
    assert study.read(path) == [rows[0] | {"settings": r"caf\udce9"}, rows[1]]
    broken = type("Broken", (), {"__str__": lambda self: 1})()
    with pytest.raises(TypeError, match="__str__ returned non-string"):
        study.write(path, [*rows, {"run": broken}])
    assert [file.read_bytes() for file in path.parent.iterdir()] == [raw]
    path.write_bytes(raw.replace("é".encode(), b"\xe9"))
    assert study.read(path)[1]["question"] == r"\xe9"


def test_the_ledger_of_the_repository_says_what_was_compared():
    rows = study.read(Path(study.__file__).parents[2] / "data" / "ledger.csv")
    names = [row["run"] for row in rows]
    assert len(rows) > 20
    assert len(set(names)) == len(names)
    shipped = {name.removeprefix("shipped: ") for name in names if name.startswith("shipped: ")}
    known = {part for row in methods.METHODS.values() for part in row.networks}
    assert {name for name in shipped - known if not name.startswith("fold")} == {"mean of base and folds"}
    for row in rows:
        assert {"question", "settings", "side", "scored on", "mse"} <= set(row), row
        assert "test" not in row["scored on"]  # nothing is chosen on test pictures
        if "against" in row:
            other = rows[names.index(row["against"])]
            assert row["change"] == pytest.approx(row["mse"] / other["mse"] - 1, abs=2e-3)
