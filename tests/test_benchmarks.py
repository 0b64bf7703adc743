"""The benchmark runs, and what it times gives the same results. How long anything takes is not tested."""

import importlib.util
import json
import os
from pathlib import Path

import pytest
import torch

from colorlib.models import SIGGRAPH17
from test_models import lively

SCRIPT = Path(__file__).parent / "benchmarks" / "bench.py"


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_a_quick_run_finds_equal_results_and_says_everything(bench, tmp_path, capsys):
    found = bench.main(["--quick", "--json", str(tmp_path / "out.json")])
    assert json.loads((tmp_path / "out.json").read_text()) == found
    printed = capsys.readouterr().out
    rows = {row["what"]: row for row in found["rows"]}
    kinds = (", cold", ", warm", "scikit-image throughout", "training step", "float32", "bfloat16")
    for kind in kinds:
        assert any(kind in what for what in rows), f"no row about {kind}"
    for what, row in rows.items():
        assert what in printed
        assert 0 < row["low"] <= row["ratio"] <= row["high"]
        assert min(row["plain"], row["ours"]) > 0
        if what.startswith("data"):
            assert row["differ"] < (1.5 if "throughout" in what else 2 / 256), what  # the cache keeps 1/256 Lab
        else:
            assert all(0 < share < 2 for share in row["share"])
            allowed = 0.02 if what.startswith("training") else 1e-4 if "float32" in what else 0.5
            assert row["differ"] < allowed, what
    released, ours = next(row["gflop"] for what, row in rows.items() if what.startswith("inference"))
    assert 1.25 < released / ours < 1.45  # the decoder's end, twice
    assert set(found["peak_gflops"]) == {"float32", "bfloat16"}
    assert found["photos"]["seconds"] > 0
    assert all(0 <= share < 1 for share in found["guards"].values())
    assert "% of a training step" in printed
    assert found["photos"]["large_peak_gb"] is None or 0.1 < found["photos"]["large_peak_gb"] < 2


def test_flops_are_counted_as_multiplications_and_additions(bench):
    a = torch.randn(20, 30)
    assert bench.gflop(lambda: a @ a.T) == pytest.approx(2 * 20 * 30 * 20 / 1e9)


def test_ways_take_turns(bench):
    order = []
    taken = bench.in_turn({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2)
    assert order == ["a", "b", "a", "b"]
    assert [len(times) for times in taken.values()] == [2, 2]


def test_the_released_layout_and_a_widened_network_give_the_same(bench):
    torch.manual_seed(0)
    net, L = lively(SIGGRAPH17(1 / 8)), torch.rand(2, 1, 24, 32) - 0.5
    released = bench.Released(1 / 8).eval()
    released.load_state_dict(net.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(released(L), net(L))
        torch.testing.assert_close(bench.widened(net, 2)(L), net(L), atol=1e-5, rtol=1e-4)


def test_a_small_run_of_the_scale_says_how_long_how_much_and_what_is_kept(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLORLIB_HOME", "as it was")
    spec = importlib.util.spec_from_file_location("scale", SCRIPT.with_name("scale.py"))
    scale = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scale)
    asked = ["--count", "70", "--side", "32", "--width", "0.0625", "--folder", str(tmp_path / "home")]
    found = scale.main([*asked, "--json", str(tmp_path / "out.json")])
    assert os.environ["COLORLIB_HOME"] == "as it was"
    assert json.loads((tmp_path / "out.json").read_text()) == found
    first, again, epoch = found["rows"]
    assert first["part"].startswith("draw")
    assert again["part"].startswith("found")
    assert {row["pictures"] for row in found["rows"]} == {70}
    assert epoch["loss"] > 0
    assert len(epoch["memory"]) >= 2
    assert 70 * 3 * 2 * 32**2 < found["bytes"] < 1.2 * 70 * 3 * 2 * 32**2 + 50_000  # int16 Lab, index, split
    assert "70000 of 256 px" in capsys.readouterr().out
