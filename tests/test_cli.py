"""cli.py: the commands through main([...]), their exit codes, and what they leave alone."""

import json
import subprocess
import sys

import pytest

from colorlib import cli, portraits, weights
from colorlib.data import download, sources
from colorlib.data.pictures import write_picture
from test_colorize import SIZE, save_tiny


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return str(save_tiny(tmp_path_factory.mktemp("cli") / "run" / "model.safetensors"))


@pytest.fixture
def album(tmp_path):
    """Two pictures, one in a sub-folder, and one that is none."""
    folder = tmp_path / "album"
    write_picture(folder / "a.png", portraits.draw(0, size=40).rgb)
    write_picture(folder / "old" / "b.jpg", portraits.draw(1, size=48).rgb)
    (folder / "broken.jpg").write_bytes(b"not a picture")
    return folder


def test_help_answers_without_heavy_imports():
    code = (
        "import sys; from colorlib.cli import parser; parser().format_help(); "
        "print(sorted({'torch', 'numpy', 'PIL', 'skimage', 'accelerate'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_package_runs_as_a_module():
    found = subprocess.run([sys.executable, "-m", "colorlib", "--help"], capture_output=True, text=True, check=True)
    for command in ("train", "evaluate", "colorize", "doctor", "fetch"):
        assert command in found.stdout
    found = subprocess.run([sys.executable, "-m", "colorlib", "bake"], capture_output=True, text=True, check=False)
    assert found.returncode == 2


def test_evaluate_writes_the_table(tiny, tmp_path, capsys):
    out = tmp_path / "results" / "table.json"
    command = ["evaluate", "--data", "portraits", "--weights", tiny, "--count", "6", "--json", str(out)]
    assert cli.main([*command, "--seed", "2", "--methods", "grey", "two-stage"]) == 0
    table = json.loads(out.read_text())
    assert [row["method"] for row in table["rows"]] == ["grey", "two-stage"]
    assert table["settings"]["seed"] == 2
    assert table["settings"]["size"] == SIZE
    assert "two-stage" in capsys.readouterr().out
    assert [p.name for p in out.parent.iterdir()] == ["table.json"]


def test_evaluate_rebuilds_table2_for_a_folder_of_faces(tiny, tmp_path, capsys):
    folder, out = tmp_path / "people", tmp_path / "table2.json"
    for i in range(6):
        name = f"{10 * i + 5}_{i % 2}_{i % 5}_2017010100000000{i}.png"
        write_picture(folder / name, portraits.draw(i, size=40).rgb)
    (tmp_path / "mine.csv").write_text(f"\ufefffile;glasses\r\n{name};yes\r\n", encoding="utf-8")
    command = ["evaluate", "--suite", "table2", "--data", str(folder), "--weights", tiny]
    assert cli.main([*command, "--labels", str(tmp_path / "mine.csv"), "--json", str(out)]) == 0
    shown = capsys.readouterr().out
    for word in ("TABLE 2", "BY GLASSES, from mine.csv; 5 pictures", "BY AGE", "BY HUE", "two-stage-oracle-prior"):
        assert word in shown
    table = json.loads(out.read_text())
    assert table["settings"]["split"] == "all"
    assert table["settings"]["images"] == 6
    assert [label["label"] for label in table["groups"]] == ["glasses", "age", "gender", "race", "skin tone"]
    # labels.csv in the folder is found by itself.
    (folder / "labels.csv").write_text("file,hat\n" + name + ",none\n")
    assert cli.main(command) == 0
    assert "BY HAT, from labels.csv" in capsys.readouterr().out


def test_a_table_that_cannot_be_written_leaves_nothing_behind(tiny, tmp_path, capsys):
    (tmp_path / "table.json").mkdir()
    command = ["evaluate", "--data", "portraits", "--weights", tiny, "--count", "3", "--methods", "grey"]
    assert cli.main([*command, "--json", str(tmp_path / "table.json")]) == 2
    assert "table.json" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["table.json"]


@pytest.mark.parametrize("seed", ["-1", "1.5"])
def test_seeds_are_whole_numbers(seed, tiny, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["colorize", "old.jpg", "-o", "out", "--weights", tiny, "--seed", seed])
    assert ended.value.code == 2
    assert f"--seed: must be a whole number, 0 or more, got '{seed}'" in capsys.readouterr().err


def test_train_evaluate_colorize_end_to_end(album, tmp_path, capsys):
    """What a user does: train on a source, score the RUN folder, colour a photo with it."""
    run = str(tmp_path / "run")
    train = ["train", "--preset", "smoke", "--data", "portraits", "--out", run]
    assert cli.main(train) == 0
    assert "base: validation MSE" in capsys.readouterr().out
    assert cli.main(train) == 2
    assert "--resume" in capsys.readouterr().err
    assert cli.main(["evaluate", "--data", "portraits", "--count", "4", "--weights", run]) == 0
    shown = capsys.readouterr().out
    for method in ("constant", "cnn", "base", "control", "two-stage"):
        assert method in shown
    assert cli.main(["colorize", str(album / "a.png"), "-o", str(tmp_path / "out"), "--weights", run]) == 0
    assert (tmp_path / "out" / "a.png").is_file()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["colorize", "nowhere.jpg", "-o", "out"], "no file or folder 'nowhere.jpg'"),
        (["evaluate", "--data", "nowhere", "--weights", "TINY"], "nowhere"),
        (["evaluate", "--weights", "nowhere"], "no weights 'nowhere'"),
        (["evaluate", "--weights", "~nobody/x"], "no weights '~nobody/x'"),
        (["evaluate", "--weights", "TINY", "--count", "3", "--t", "5000"], "5000"),
        (["evaluate", "--weights", "TINY", "--count", "3", "--methods", "gray"], "'gray'"),
        (["evaluate", "--weights", "TINY", "--count", "-3"], "count"),
        (["evaluate", "--weights", "TINY", "--labels", "x.csv"], "--suite table2"),
        (["evaluate", "--weights", "TINY", "--suite", "table2", "--methods", "grey"], "--methods does not go"),
        (["evaluate", "--weights", "TINY", "--suite", "table2", "--count", "3", "--labels", "x.csv"], "x.csv"),
        (["colorize", ".", "-o", "out", "--weights", "TINY"], "no pictures in"),
        (["fetch", "imagenet"], "'imagenet'"),
        (["fetch", "siggraph17", "--from", "nowhere.pth"], "nowhere.pth"),
    ],
)
def test_what_the_user_can_mend_is_told_without_a_traceback(command, said, tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main([tiny if word == "TINY" else word for word in command]) == 2
    errors = capsys.readouterr().err
    assert "error: " in errors
    assert said in errors
    assert "Traceback" not in errors


def test_a_programming_error_keeps_its_traceback(monkeypatch, tiny):
    monkeypatch.setattr(weights, "fetch", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli.main(["fetch", "vgg16"])
    with pytest.raises(ValueError, match="gray"):
        cli.main(["--traceback", "evaluate", "--weights", tiny, "--count", "3", "--methods", "gray"])


def test_ctrl_c_ends_with_130(monkeypatch, capsys):
    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(weights, "fetch", stopped)
    assert cli.main(["fetch", "vgg16"]) == 130
    assert "stopped" in capsys.readouterr().err


def test_fetch_hands_over_name_and_file(monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(weights, "fetch", lambda name, from_file=None: calls.append((name, from_file)))
    monkeypatch.setattr(sources, "fetch_source", lambda name, from_file=None: calls.append((name, from_file)))
    assert cli.main(["fetch", "siggraph17", "--from", "x.pth"]) == 0
    assert cli.main(["fetch", "lfw"]) == 0
    assert calls == [("siggraph17", "x.pth"), ("lfw", None)]

    def fails(*args, **kwargs):
        raise download.DownloadError("no address answered")

    monkeypatch.setattr(sources, "fetch_source", fails)
    assert cli.main(["fetch", "lfw"]) == 2
    assert "no address answered" in capsys.readouterr().err


def test_the_help_of_fetch_names_all_there_is(capsys):
    with pytest.raises(SystemExit):
        cli.main(["fetch", "--help"])
    shown = capsys.readouterr().out
    for name in [*weights.DOWNLOADS, *sources.NAMED[1:]]:
        assert name in shown


def test_doctor_passes_its_exit_code_on(monkeypatch):
    from colorlib import doctor

    monkeypatch.setattr(doctor, "main", lambda: 1)
    assert cli.main(["doctor"]) == 1
