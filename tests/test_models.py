"""The networks: the released layout to the letter, any size, and what must hold before training."""

import json
import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from colorlib import models
from colorlib.models import fast as speed
from colorlib.models.enhanced_unet import SelfAttention, received_attention, timestep_embedding
from colorlib.models.layers import scaled
from colorlib.models.pix2pix import PatchDiscriminator
from colorlib.precision import full_precision
from colorlib.prior import color_prior

REFERENCE = Path(__file__).parent / "reference"


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@contextmanager
def umask(mask):
    """Files made within it get other rights than the machine's."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def unet(**settings):
    return models.EnhancedUNet(channels=(8, 16, 16), **settings).eval()


def trained(net):
    """The head as it might be after training: no longer zero."""
    torch.nn.init.normal_(net.head.weight, std=0.1)
    return net


def inputs(B=2, H=16, W=16):
    return (
        torch.rand(B, 1, H, W) - 0.5,
        torch.randn(B, 2, H, W) * 0.1,
        torch.arange(B),
        torch.randn(B, 4) * 0.1,
    )


def lively(net):
    """BatchNorm with statistics and weights that do something."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.running_var, module.weight.data):
                nn.init.uniform_(tensor, 0.5, 1.5)
            for tensor in (module.running_mean, module.bias.data):
                nn.init.uniform_(tensor, -0.2, 0.2)
    return net.eval()


# SIGGRAPH17


def test_released_keys_and_shapes_load_strictly():
    reference = json.loads((REFERENCE / "siggraph17_keys.json").read_text())
    model = models.SIGGRAPH17()
    assert {k: list(v.shape) for k, v in model.state_dict().items()} == reference
    assert models.parameters(model) == 34_187_027
    state = {k: torch.zeros(shape) for k, shape in reference.items()}
    model.load_state_dict(state, strict=True)
    old = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    models.load_released(model, old)
    with pytest.raises(ValueError, match=r"model1\.0\.weight"):
        models.load_released(model, {k: v for k, v in old.items() if k != "model1.0.weight"})


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 31), (100, 100), (8, 40), (1, 1)])
def test_siggraph17_takes_any_size(height, width):
    ab = models.SIGGRAPH17(width=1 / 16).eval()(torch.zeros(2, 1, height, width))
    assert ab.shape == (2, 2, height, width)
    assert ab.abs().max() <= 1


def test_padding_leaves_sizes_that_fit_alone():
    """A multiple of 8 must go through the layers as it is."""
    model = models.SIGGRAPH17(width=1 / 16).eval()
    L = torch.rand(1, 1, 24, 32) - 0.5
    plain = model.model_out(model.features(torch.cat([L, torch.zeros(1, 3, 24, 32)], dim=1)))
    assert torch.equal(model(L), plain)


def test_hints_and_mask_are_real_inputs():
    model = models.SIGGRAPH17(width=1 / 16).eval()
    L, hints, mask = torch.rand(1, 1, 16, 16) - 0.5, torch.zeros(1, 2, 16, 16), torch.zeros(1, 1, 16, 16)
    without = model(L)
    assert torch.equal(model(L, hints, mask), without)
    hints[..., 4, 4] = 0.5
    mask[..., 4, 4] = 1
    assert not torch.allclose(model(L, hints, mask), without)
    with pytest.raises(ValueError, match="belong together"):
        model(L, hints=hints)
    with pytest.raises(ValueError, match=r"mask must have shape \(1, 1, 16, 16\)"):
        model(L, hints, torch.zeros(1, 2, 16, 16))


def test_the_tail_runs_once(monkeypatch):
    model = models.SIGGRAPH17(width=1 / 16).eval()
    calls = []
    for name in ("model10up", "model10", "model_out"):
        getattr(model, name).register_forward_hook(lambda *_, name=name: calls.append(name))
    model(torch.zeros(1, 1, 16, 16))
    assert calls == ["model10up", "model10", "model_out"]


def test_siggraph17_against_the_layers_written_out():
    """Dilation, the ReLU-before-BatchNorm order and the additive short cuts, by functional calls on the weights."""
    model = models.SIGGRAPH17(width=1 / 16)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    model(torch.rand(4, 1, 32, 24) - 0.5)  # statistics that keep the signal alive: else all layers could be wrong
    model.eval()
    s = model.state_dict()

    def conv(x, key, d=1):
        return F.conv2d(x, s[key + ".weight"], s[key + ".bias"], padding=d, dilation=d)

    def block(x, key, convs, d=1, first=0):
        for i in range(convs):
            x = F.relu(conv(x, f"{key}.{first + 2 * i}", d))
        k = f"{key}.{first + 2 * convs}"
        return F.batch_norm(x, *(s[f"{k}.{n}"] for n in ("running_mean", "running_var", "weight", "bias")))

    def up(x, key):
        return F.conv_transpose2d(x, s[key + ".0.weight"], s[key + ".0.bias"], stride=2, padding=1)

    L = torch.rand(1, 1, 32, 24) - 0.5
    c1 = block(torch.cat([L, torch.zeros(1, 3, 32, 24)], 1), "model1", 2)
    c2 = block(c1[:, :, ::2, ::2], "model2", 2)
    c3 = block(c2[:, :, ::2, ::2], "model3", 3)
    c7 = block(c3[:, :, ::2, ::2], "model4", 3)
    for key, d in (("model5", 2), ("model6", 2), ("model7", 1)):
        c7 = block(c7, key, 3, d)
    c8 = block(F.relu(up(c7, "model8up") + conv(c3, "model3short8.0")), "model8", 2, first=1)
    c9 = block(F.relu(up(c8, "model9up") + conv(c2, "model2short9.0")), "model9", 1, first=1)
    c10 = conv(F.relu(up(c9, "model10up") + conv(c1, "model1short10.0")), "model10.1")
    out = F.conv2d(F.leaky_relu(c10, 0.2), s["model_out.0.weight"], s["model_out.0.bias"]).tanh()
    torch.testing.assert_close(model(L), out)
    assert out.std() > 0.01


def test_dropout_is_for_training_alone():
    model, plain = models.SIGGRAPH17(width=1 / 16, dropout=0.5), models.SIGGRAPH17(width=1 / 16)
    plain.load_state_dict(model.state_dict())
    L = torch.rand(2, 1, 16, 16) - 0.5
    assert not torch.equal(model(L), model(L))
    plain.load_state_dict(model.state_dict())
    assert torch.equal(model.eval()(L), plain.eval()(L))
    with pytest.raises(ValueError, match="dropout must be in"):
        models.SIGGRAPH17(dropout=1)


def test_without_its_class_head_it_gives_the_same():
    model, without = models.SIGGRAPH17(width=1 / 16).eval(), models.SIGGRAPH17(width=1 / 16, classes=0).eval()
    missing = without.load_state_dict(model.state_dict(), strict=False)
    assert (missing.missing_keys, missing.unexpected_keys) == ([], ["model_class.0.weight", "model_class.0.bias"])
    L = torch.rand(2, 1, 16, 16) - 0.5
    assert torch.equal(model(L), without(L))


@pytest.mark.parametrize("width", [0, -1, 1.5])
def test_width_is_checked(width):
    with pytest.raises(ValueError, match=f"got {width}"):
        models.SIGGRAPH17(width=width)


def test_no_block_is_narrower_than_eight():
    assert scaled(1 / 16) == [8, 8, 16, 32]
    assert scaled(1) == [64, 128, 256, 512]


# CNN


def test_cnn_takes_any_size():
    assert models.CNN((8, 8, 8)).eval()(torch.zeros(2, 1, 33, 18)).shape == (2, 2, 33, 18)


# pix2pix's discriminator, which no file of weights holds


@pytest.mark.parametrize("halvings", [1, 2, 3])
def test_the_discriminator_against_the_layers_written_out(halvings):
    judge = PatchDiscriminator(channels=2, halvings=halvings).eval()
    s = lively(judge).state_dict()
    L, ab = torch.rand(2, 1, 32, 40) - 0.5, torch.randn(2, 2, 32, 40)
    x = F.leaky_relu(F.conv2d(torch.cat([L, ab], 1), s["net.0.weight"], s["net.0.bias"], stride=2, padding=1), 0.2)
    for i in range(halvings):
        conv, norm = f"net.{2 + 3 * i}", f"net.{3 + 3 * i}"
        x = F.conv2d(x, s[conv + ".weight"], stride=1 if i == halvings - 1 else 2, padding=1)
        assert x.shape[1] == 2 * 2 ** (i + 1)
        stored = (s[f"{norm}.{n}"] for n in ("running_mean", "running_var", "weight", "bias"))
        x = F.leaky_relu(F.batch_norm(x, *stored), 0.2)
    last = f"net.{2 + 3 * halvings}"
    torch.testing.assert_close(judge(L, ab), F.conv2d(x, s[last + ".weight"], s[last + ".bias"], padding=1))


# The enhanced U-Net


@pytest.mark.parametrize(
    "settings",
    [{"attention": "decoder"}, {"attention": "bottleneck"}, {"attention": "none"}, {"steer": True}, {"shrink": 2}],
)
def test_residual_starts_at_exactly_zero(settings):
    net = unet(**settings)
    assert torch.equal(net(*inputs()), torch.zeros(2, 2, 16, 16))


@pytest.mark.parametrize(("height", "width"), [(16, 16), (13, 27), (3, 3)])
def test_unet_takes_any_size(height, width):
    assert unet()(*inputs(H=height, W=width)).shape == (2, 2, height, width)
    assert unet(shrink=2, steer=True)(*inputs(H=height, W=width)).shape == (2, 2, height, width)


def test_shrinking_keeps_every_input_pixel_and_costs_less():
    net = trained(unet(shrink=2, attention="none"))
    L, ab, t, P = inputs()
    changed = L.clone()
    changed[:, :, 5, 7] += 0.5  # one pixel of a 2 x 2 block
    assert not torch.allclose(net(changed, ab, t, P), net(L, ab, t, P))
    from torch.utils.flop_counter import FlopCounterMode

    cost = []
    for shrink in (1, 2):
        with FlopCounterMode(display=False) as counter:
            unet(shrink=shrink, attention="none")(L, ab, t, P)
        cost.append(counter.get_total_flops())
    assert cost[1] < 0.4 * cost[0]


def test_a_steered_network_sees_how_far_the_prior_is_and_may_tint_the_whole_picture():
    net = unet(steer=True)
    L, ab, t, _ = inputs()
    own = color_prior(ab)
    torch.nn.init.normal_(net.tint.weight)
    tint = net(L, ab, t, own + 0.1) - net(L, ab, t, own)
    assert tint.abs().min() > 0
    torch.testing.assert_close(tint, tint[:, :, :1, :1].expand_as(tint))
    with pytest.raises(ValueError, match="prior must be True where steer is, got False"):
        unet(steer=True, prior=False)


def test_order_of_the_batch_is_irrelevant():
    net = trained(unet())
    L, ab, t, P = inputs(B=3)
    order = torch.tensor([2, 0, 1])
    torch.testing.assert_close(net(L[order], ab[order], t[order], P[order]), net(L, ab, t, P)[order])


def test_each_input_matters():
    net = trained(unet())
    L, ab, t, P = inputs()
    out = net(L, ab, t, P)
    for changed in ((L + 0.1, ab, t, P), (L, ab + 0.1, t, P), (L, ab, t + 5, P), (L, ab, t, P + 0.1)):
        assert not torch.allclose(net(*changed), out)


def test_a_network_without_prior_and_time_ignores_them():
    net = trained(unet(prior=False, time=False))
    L, ab, t, P = inputs()
    assert torch.equal(net(L, ab), net(L, ab, t + 7, P + 1))
    with pytest.raises(ValueError, match="prior is needed"):
        unet(time=False)(L, ab)


@pytest.mark.parametrize(("attention", "blocks"), [("decoder", 1), ("decoder", 2), ("bottleneck", 1)])
@pytest.mark.parametrize("shrink", [1, 2])
def test_attention_rows_sum_to_one_and_fit_the_grid(attention, blocks, shrink):
    net, given = trained(unet(attention=attention, blocks=blocks, shrink=shrink)), inputs(H=17, W=24)
    residual, attention_map = net(*given, return_attention=True)
    rows, columns = net.attention_shape(17, 24)
    assert attention_map.shape == (2, 4, rows * columns, rows * columns)
    torch.testing.assert_close(attention_map.sum(-1), torch.ones(attention_map.shape[:-1]))
    torch.testing.assert_close(received_attention(attention_map, (rows, columns)).sum((1, 2)), torch.ones(2))
    torch.testing.assert_close(residual, net(*given), msg="asking for the map must not change the result")


def test_attention_block_starts_as_the_identity_and_equals_its_map():
    block = SelfAttention(16).eval()
    x = torch.randn(2, 16, 4, 6)
    assert torch.equal(block(x), x)
    torch.nn.init.eye_(block.out.weight[:, :, 0, 0])
    values = block._project(x)[2]  # (B, heads, T, head_dim)
    y, attention = block(x, return_map=True)
    by_hand = (attention @ values).transpose(-1, -2).reshape(2, 16, 4, 6)
    torch.testing.assert_close(block(x), x + by_hand)
    torch.testing.assert_close(y, x + by_hand)


def test_attention_can_be_skipped():
    net = trained(unet())
    torch.nn.init.normal_(net.attend[0].out.weight)
    given = inputs()
    assert not torch.equal(net(*given, attend=False), net(*given))
    with pytest.raises(ValueError, match="attend=True"):
        net(*given, attend=False, return_attention=True)
    with pytest.raises(ValueError, match="a network with attention"):
        unet(attention="none")(*given, return_attention=True)


def test_timestep_embedding_by_numpy():
    t = np.array([0, 1, 7, 50, 1000])
    for dim in (2, 8, 96):
        angles = t[:, None] * 10_000.0 ** (-np.arange(dim // 2) / (dim // 2))
        wanted = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
        np.testing.assert_allclose(timestep_embedding(torch.tensor(t), dim).numpy(), wanted, atol=2e-4)


def test_timestep_embedding():
    e = timestep_embedding(torch.tensor([0, 3]), 8)
    assert e[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    torch.testing.assert_close(e[1, [0, 4]], torch.tensor([3.0]).sin().repeat(2) * torch.tensor([1.0, 0]) +
                               torch.tensor([3.0]).cos().repeat(2) * torch.tensor([0, 1.0]))  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"attention": "everywhere"}, "attention must be"),
        ({"channels": (8, 12)}, "multiples of 8"),
        ({"channels": (0, 8)}, "multiples of 8"),
        ({"channels": (8,)}, "two or more multiples of 8"),
        ({"channels": (8, 16), "blocks": 2}, r"blocks must be in \[1, 1\]"),
        ({"shrink": 0}, "shrink must be at least 1"),
    ],
)
def test_unet_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        models.EnhancedUNet(**settings)


# Faster


@pytest.mark.parametrize("build", [lambda: models.SIGGRAPH17(1 / 8), models.CNN])
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
    net, L = lively(models.SIGGRAPH17(1 / 8)), torch.rand(1, 1, 16, 16)
    hints, mask = torch.rand(1, 2, 16, 16), torch.ones(1, 1, 16, 16)
    run = speed.fast(net)
    with torch.no_grad():
        torch.testing.assert_close(run(L, hints, mask=mask), net(L, hints, mask), atol=1e-5, rtol=1e-4)
    assert not torch.equal(run(L, hints, mask), run(L))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_fast_serves_networks_of_several_inputs_and_results(dtype):
    torch.manual_seed(0)
    net = models.EnhancedUNet((16, 24)).eval()
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
        speed.fast(models.CNN().eval(), torch.float16)
    with pytest.raises(ValueError, match="eval mode"):
        speed.fast(models.CNN())


def test_under_autocast_the_ends_of_siggraph17_keep_float32():
    seen = {}
    net = models.SIGGRAPH17(1 / 8).eval()
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


# Files


def test_save_and_load(tmp_path):
    built = {
        "base": {"name": "siggraph17", "width": 1 / 16},
        "refiner": {"name": "enhanced_unet", "channels": [8, 16]},
    }
    parts = {part: models.build(**settings).eval() for part, settings in built.items()}
    trained(parts["refiner"])
    models.save(tmp_path / "run" / "model.safetensors", parts, built, {"size": 32, "constant_ab": [9.5, 14.0]})
    again, info = models.load(tmp_path / "run" / "model.safetensors")
    assert info == {"size": 32, "constant_ab": [9.5, 14.0]}
    given = inputs()
    assert torch.equal(again["base"](given[0]), parts["base"](given[0]))
    assert torch.equal(again["refiner"](*given), parts["refiner"](*given))
    assert not any(p.requires_grad for p in again["base"].parameters())

    models.save(tmp_path / "half.safetensors", parts, built, {}, half=True)
    assert (tmp_path / "half.safetensors").stat().st_size < 0.6 * (tmp_path / "run/model.safetensors").stat().st_size
    halved, _ = models.load(tmp_path / "half.safetensors")
    torch.testing.assert_close(halved["base"](given[0]), parts["base"](given[0]), atol=5e-3, rtol=0)


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_others_may_read_what_is_saved(tmp_path):
    file = tmp_path / "model.safetensors"
    with umask(0o022):
        models.save(file, {"cnn": models.CNN((8, 8))}, {"cnn": {"name": "cnn", "channels": [8, 8]}}, {})
    assert file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_load_refuses_what_is_not_its_own(tmp_path):
    from safetensors.torch import save_file

    with pytest.raises(FileNotFoundError, match="no weights file"):
        models.load(tmp_path / "missing.safetensors")
    (tmp_path / "torn.safetensors").write_bytes(b"not a tensor")
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        models.load(tmp_path / "torn.safetensors")
    save_file({"x": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="not written by colorlib"):
        models.load(tmp_path / "other.safetensors")


def test_build_names_the_choices():
    with pytest.raises(ValueError, match="siggraph17, cnn, enhanced_unet"):
        models.build("resnet")


@pytest.mark.parametrize(("missing", "end"), [(5, "is missing"), (6, "and 1 more"), (8, "and 3 more")])
def test_of_many_wrong_keys_five_are_named(missing, end):
    with pytest.raises(ValueError, match="is missing") as caught:
        models.check_keys({f"key{i}": torch.zeros(1) for i in range(missing)}, {})
    assert str(caught.value).endswith(end)
    assert str(caught.value).count("is missing") == 5


def test_received_attention_is_that_of_those_who_are_looked_at():
    attention = torch.zeros(1, 2, 6, 6)
    attention[0, 0, :, 2] = 1  # of the first head all look at position 2
    attention[0, 1] = torch.eye(6)  # of the second each at itself
    received = received_attention(attention, (2, 3))
    expected = torch.full((6,), 1 / 12)
    expected[2] += 0.5
    torch.testing.assert_close(received, expected.view(1, 2, 3))


def test_the_refiner_looks_at_full_size_unless_told():
    assert models.EnhancedUNet().shrink == 1
    assert models.EnhancedUNet((8, 16), attention="none").attention_shape(8, 12) == (4, 6)
