"""The doctor says OK where all is well, and what to do where it is not."""

import json
import subprocess
import sys

import pytest
import torch

from colorlib import doctor, weights


@pytest.fixture
def quick(monkeypatch):
    """The benchmark takes a second, and its number is another one each time."""
    monkeypatch.setattr(doctor, "benchmark", lambda: 0.5)


def test_every_check_prints_one_line_and_faults_set_the_exit_status(capsys, quick, monkeypatch):
    status = doctor.main()
    lines = capsys.readouterr().out.splitlines()
    found = doctor.checks()
    assert [line.split()[0] for line in lines] == [c.name for c in found]
    assert all(line[11:14] in ("OK ", "DO ") for line in lines)
    assert status == (0 if all(c.ok for c in found) else 1)
    monkeypatch.setattr(doctor, "checks", lambda: [doctor.Check("a", True, "b"), doctor.Check("c", False, "d", "e")])
    assert doctor.main() == 1
    assert capsys.readouterr().out.splitlines() == ["a          OK  b", "c          DO  d.  e"]


def test_gpus_are_named(monkeypatch):
    assert "on the CPU with 1 threads" in doctor.device().detail
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert doctor.device().detail.endswith("on an Apple GPU")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda i: f"GPU {i}")
    assert doctor.device().detail.endswith("on GPU 0, GPU 1")


def test_python_and_memory_have_bounds():
    assert doctor.python((3, 10)).ok
    assert not doctor.python((3, 9)).ok
    assert doctor.memory(3e9).ok
    assert not doctor.memory(1e9).ok
    assert doctor.memory(None).ok
    assert "unknown" in doctor.memory(None).detail


def test_free_memory_is_read_on_linux():
    free = doctor.free_memory()
    assert free is None or 1e6 < free < 1e14
    assert free is not None or not sys.platform.startswith("linux")


def test_packages_name_what_is_missing_or_old_and_the_line_that_mends_it():
    assert doctor.packages(["numpy>=1.0", "no-such-package; extra == 'dev'"]).ok
    check = doctor.packages(["numpy>=999", "no-such-package>=1.2", "pillow"])
    assert not check.ok
    assert "numpy is " in check.detail
    assert "wanted >=999" in check.detail
    assert "no-such-package is missing" in check.detail
    assert check.advice == "Run: pip install 'numpy>=999' 'no-such-package>=1.2'"


def test_without_packaging_or_colorlib_the_line_that_mends_it_is_said(monkeypatch):
    def absent(name):
        raise doctor.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "requires", absent)
    check = doctor.packages()
    assert (check.ok, check.detail) == (False, "colorlib is not installed")
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    assert not doctor.packages().ok
    assert "pip install -e ." in doctor.packages().advice


def test_the_packages_of_colorlib_are_all_here():
    assert doctor.packages().ok, doctor.packages()


def test_disk_reports_the_folder_that_would_hold_the_files(tmp_path):
    check = doctor.disk(tmp_path / "not" / "there" / "yet")
    assert "not/there/yet" in check.detail.replace("\\", "/")
    assert not (tmp_path / "not").exists()


def test_weights_missing_and_damaged_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    (tmp_path / "faces.safetensors").write_bytes(b"one")
    weights.record()
    (tmp_path / "faces.safetensors").write_bytes(b"two")
    check = doctor.shipped_weights()
    assert not check.ok
    assert check.detail == "faces is damaged, portraits is missing"
    (tmp_path / "portraits.safetensors").write_bytes(b"three")
    weights.record()
    assert doctor.shipped_weights().ok


def test_downloads_may_be_absent_but_not_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORLIB_HOME", str(tmp_path))
    assert doctor.optional_weights().ok
    file = weights.path("vgg16")
    file.parent.mkdir()
    file.write_bytes(b"half a file")
    check = doctor.optional_weights()
    assert not check.ok
    assert "vgg16" in check.advice


def test_a_preset_that_fits_is_named():
    for gpus, fits in ((0, "lesson"), (1, "colab"), (4, "paper")):
        check = doctor.which_preset(None, gpus)
        assert check.ok
        assert check.detail.startswith(f"lesson is in force; {fits} fits here")
    wrong = doctor.which_preset("lessons", 0)
    assert not wrong.ok
    assert "smoke, lesson" in wrong.advice


def test_times_are_recorded_and_scaled_to_this_machine(tmp_path):
    file = tmp_path / doctor.TIMES
    assert "unknown" in doctor.duration(file).detail
    doctor.record_time(file, "01_b", seconds=600, speed=0.1)
    doctor.record_time(file, "00_a", seconds=30, speed=0.1)
    doctor.record_time(file, "01_b", seconds=300, speed=0.1)
    assert list(json.loads(file.read_text())) == ["00_a", "01_b"]
    detail = doctor.duration(file, speed=0.2).detail  # a machine half as fast
    assert detail.startswith("about 11 min for all")
    assert "00: 60 s, 01: 10 min" in detail


def test_benchmark_measures_something():
    assert 1e-4 < doctor.benchmark() < 30


def test_the_doctor_speaks_where_torch_is_broken(tmp_path):
    """A torch that fails to import, put in front of the real one, must give advice and no traceback."""
    (tmp_path / "torch.py").write_text("raise OSError('libcudart is missing')")
    code = "import sys; sys.path.insert(0, sys.argv[1]); from colorlib import doctor; sys.exit(doctor.main())"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("device"))
    assert "libcudart is missing" in line
    assert "pip install" in line
