"""The benchmark runs, and what it times gives the same results. How long anything takes is not tested."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch
from torch import nn

from colorlib.models import CNN, SIGGRAPH17, EnhancedUNet
from colorlib.models import fast as speed
from colorlib.precision import full_precision

SCRIPT = Path(__file__).parent / "benchmarks" / "bench.py"


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lively(net):
    """BatchNorm with statistics and weights that do something."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.running_var, module.weight.data):
                nn.init.uniform_(tensor, 0.5, 1.5)
            for tensor in (module.running_mean, module.bias.data):
                nn.init.uniform_(tensor, -0.2, 0.2)
    return net.eval()


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


@pytest.mark.parametrize("build", [lambda: SIGGRAPH17(1 / 8), CNN])
def test_fast_gives_the_same_colours_and_changes_no_weight(build):
    torch.manual_seed(0)
    net, L = lively(build()), torch.rand(2, 1, 40, 44) - 0.5
    with torch.no_grad():
        wanted = net(L)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    run, half = speed.fast(net), speed.fast(net, torch.bfloat16)
    got = run(L)
    assert not got.requires_grad
    torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-4)
    assert half(L).dtype == torch.float32
    torch.testing.assert_close(half(L), wanted, atol=0.02, rtol=0.05)
    assert not torch.equal(half(L), wanted)
    assert list(before) == list(net.state_dict())
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


def test_fast_passes_hints_on():
    torch.manual_seed(0)
    net, L = lively(SIGGRAPH17(1 / 8)), torch.rand(1, 1, 16, 16)
    hints, mask = torch.rand(1, 2, 16, 16), torch.ones(1, 1, 16, 16)
    run = speed.fast(net)
    with torch.no_grad():
        torch.testing.assert_close(run(L, hints, mask=mask), net(L, hints, mask), atol=1e-5, rtol=1e-4)
    assert not torch.equal(run(L, hints, mask), run(L))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_fast_serves_networks_of_several_inputs_and_results(dtype):
    torch.manual_seed(0)
    net = EnhancedUNet((16, 24)).eval()
    nn.init.normal_(net.head.weight, std=0.02)
    nn.init.normal_(net.attend[0].out.weight, std=0.1)
    given = torch.rand(2, 1, 16, 16), 0.1 * torch.randn(2, 2, 16, 16), torch.tensor([0, 30]), torch.rand(2, 4)
    atol = 1e-5 if dtype is torch.float32 else 0.03
    for options in ({}, {"return_attention": True}, {"attend": False}):
        with torch.no_grad():
            wanted = net(*given, **options)
        got = speed.fast(net, dtype)(*given, **options)
        torch.testing.assert_close(got, wanted, atol=atol, rtol=0)  # also the dtype


def test_full_precision_turns_autocast_off_where_there_is_any():
    x = torch.ones(2, 2)
    with torch.autocast("cpu", torch.bfloat16):
        assert (x @ x).dtype == torch.bfloat16
        with full_precision(x.device):
            assert (x @ x).dtype == torch.float32
    with full_precision("meta"):  # has no autocast at all
        assert (x.to("meta") @ x.to("meta")).dtype == torch.float32


def test_fast_refuses_what_it_cannot_serve():
    with pytest.raises(ValueError, match=r"dtype must be .*float16"):
        speed.fast(CNN().eval(), torch.float16)
    with pytest.raises(ValueError, match="eval mode"):
        speed.fast(CNN())


def test_under_autocast_the_ends_of_siggraph17_keep_float32():
    seen = {}
    net = SIGGRAPH17(1 / 8).eval()
    for name in ("model1", "model2", "model10", "model_out"):
        getattr(net, name).register_forward_hook(lambda _, __, out, name=name: seen.update({name: out.dtype}))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        net(torch.rand(1, 1, 16, 16))
    assert seen["model1"] == seen["model_out"] == torch.float32
    assert seen["model2"] == seen["model10"] == torch.bfloat16


@pytest.mark.parametrize("feature", ["avx512_bf16", "amx_bf16", None])
def test_bf16_is_fast_where_the_processor_has_it(monkeypatch, feature):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {feature: True}, raising=False)
    assert speed.bf16_is_fast("cpu") is (feature is not None)
    assert speed.bf16_is_fast(torch.device("meta")) is False
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert speed.bf16_is_fast() is False


@pytest.mark.parametrize("asked", ["_is_avx512_bf16_supported", "_is_amx_tile_supported"])
def test_bf16_is_fast_with_an_older_torch(monkeypatch, asked):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda name=name: name == asked, raising=False)
    assert speed.bf16_is_fast("cpu") is True
    monkeypatch.delattr(torch.cpu, asked)
    assert speed.bf16_is_fast("cpu") is False
