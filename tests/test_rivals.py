"""The rivals: their layers and layouts, the formulas that they learn by, and that they learn."""

import json
import warnings
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import squeezenet1_1

from colorlib import models, weights
from colorlib.data import datasets
from colorlib.evaluation import table
from colorlib.models import baldassarre
from colorlib.models.baldassarre import Baldassarre
from colorlib.models.eccv16 import ECCV16, annealed_mean, gamut_bins
from colorlib.models.fusionnet import FusionNet
from colorlib.models.pix2pix import Generator, PatchDiscriminator
from colorlib.training.adversary import Adversary
from colorlib.training.classify import bin_weights, classify_step, quarter, rebalance, soft_encode

REFERENCE = json.loads((Path(__file__).parent / "reference" / "eccv16_keys.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def small(**settings):
    return ECCV16(width=1 / 16, **settings)


def batch(B=2, H=16, W=16):
    """Grey noise whose two halves have a colour each, model units."""
    ab = torch.zeros(B, 2, H, W)
    ab[..., : W // 2] = torch.tensor([0.4, 0.2]).reshape(2, 1, 1)
    ab[..., W // 2 :] = torch.tensor([-0.3, 0.3]).reshape(2, 1, 1)
    return 0.2 * torch.randn(B, 1, H, W) + 0.3 * ab[:, :1].sign(), ab


class Wrapped(nn.Module):
    """Like DistributedDataParallel: it can be called, and has none of the network's attributes."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *args, **options):
        return self.module(*args, **options)


def learn(step, net, L, ab, steps, lr):
    """The loop of a training: all terms of the last step, and the first and last loss."""
    optimizer = torch.optim.Adam(net.parameters(), lr, betas=(0.5, 0.999))
    losses = []
    for _ in range(steps):
        loss, terms = step(net, L, ab)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[0], losses[-1], terms


# ECCV16, the network


def test_released_layout_loads_strictly():
    net = ECCV16(bins=313, temperature=1)
    assert {k: list(v.shape) for k, v in net.state_dict().items()} == REFERENCE
    assert len(REFERENCE) == 82
    assert models.parameters(net) == 32_236_011
    state = {k: torch.rand(shape) if shape else torch.tensor(7) for k, shape in REFERENCE.items()}
    net.load_state_dict(state, strict=True)
    old = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    assert models.load_released(net, old) is net
    assert torch.equal(net.model8[6].weight, state["model8.6.weight"])
    torch.testing.assert_close(net.centres, 110 * state["model_out.weight"][:, :, 0, 0].T)
    with pytest.raises(ValueError, match=r"model8\.6\.bias"):
        models.load_released(net, {k: v for k, v in old.items() if k != "model8.6.bias"})


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 31), (100, 100), (8, 40), (1, 1)])
def test_eccv16_takes_any_size(height, width):
    net = small().eval()
    L = torch.rand(2, 1, height, width) - 0.5
    assert net(L).shape == (2, 2, height, width)
    assert net(L, logits=True).shape == (2, len(net.centres), -(-height // 4), -(-width // 4))


def test_eccv16_against_the_layers_written_out():
    """Strides, dilation, BatchNorm after the last ReLU and the head, by functional calls on the weights."""
    net = small(temperature=1)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1
    x = torch.rand(1, 1, 32, 24) - 0.5
    net(x)  # measures mean and variance: without them the signal dies on its way, and any layers would do
    net.eval()
    assert net.logits(x).std(dim=(2, 3)).min() > 1e-3
    s = net.state_dict()

    def conv(x, key, d=1, stride=1):
        return F.conv2d(x, s[key + ".weight"], s[key + ".bias"], padding=d, dilation=d, stride=stride)

    L = x
    for number, convs, stride, d in (
        (1, 2, 2, 1),
        (2, 2, 2, 1),
        (3, 3, 2, 1),
        (4, 3, 1, 1),
        (5, 3, 1, 2),
        (6, 3, 1, 2),
        (7, 3, 1, 1),
    ):
        for i in range(convs):
            x = F.relu(conv(x, f"model{number}.{2 * i}", d, stride if i == convs - 1 else 1))
        k = f"model{number}.{2 * convs}"
        x = F.batch_norm(x, *(s[f"{k}.{n}"] for n in ("running_mean", "running_var", "weight", "bias")))
    x = F.relu(F.conv_transpose2d(x, s["model8.0.weight"], s["model8.0.bias"], stride=2, padding=1))
    x = F.relu(conv(F.relu(conv(x, "model8.2")), "model8.4"))
    x = F.conv2d(x, s["model8.6.weight"], s["model8.6.bias"])
    torch.testing.assert_close(net(L, logits=True), x)
    ab = F.conv2d(x.softmax(dim=1), s["model_out.weight"])  # the released code divides by no temperature
    torch.testing.assert_close(net(L), F.interpolate(ab, scale_factor=4, mode="bilinear"))


def test_temperature_sharpens():
    L = torch.rand(1, 1, 16, 16) - 0.5
    net = small(temperature=1).eval()
    with torch.no_grad():
        net.model8[6].weight *= 100
        plain = net(L)
        net.temperature = 0.38
        assert (net(L) - plain).abs().max() > 1e-3
        by_hand = annealed_mean(net.logits(L), net.centres, 0.38) / 110
    torch.testing.assert_close(net(L), F.interpolate(by_hand, scale_factor=4, mode="bilinear"))


def test_width_scales_down_to_eight_channels():
    assert small().model1[0].out_channels == small().model2[0].out_channels == 8
    assert small().model4[0].out_channels == 32
    assert ECCV16(width=0.25).model1[0].out_channels == 16


def test_centres_stay_where_they_are():
    """A training may unfreeze the whole network and decay its weights; the bins must not move."""
    net = small().requires_grad_(True)
    before = net.centres.clone()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1, weight_decay=0.5)
    L, ab = batch()
    (F.mse_loss(net(L), ab) + net(L, logits=True).square().mean()).backward()
    weight = net.model8[6].weight.clone()
    optimizer.step()
    assert not torch.equal(net.model8[6].weight, weight)
    assert torch.equal(net.centres, before)
    assert not small().model_out.weight.requires_grad


def test_centres_given_by_number_are_unknown_until_loaded():
    net = small(bins=5).eval()
    assert net(torch.zeros(1, 1, 8, 8)).isnan().all()
    torch.testing.assert_close(small().centres, gamut_bins())


def test_gamut_bins_are_the_colours_that_come_back():
    """scikit-image clips what is out of gamut, so that only colours within return as they were."""
    from skimage.color import lab2rgb, rgb2lab

    grid = np.arange(-110, 111, 10)
    lab = np.stack(np.meshgrid(np.arange(101), grid, grid, indexing="ij"), axis=-1).astype(float)  # (101, 23, 23, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # negative Z
        error = np.abs(rgb2lab(lab2rgb(lab)) - lab).max(axis=-1)
    back = {tuple(c) for c in lab[0, :, :, 1:][(error < 5e-3).any(axis=0)].tolist()}
    assert {tuple(c) for c in gamut_bins().tolist()} == back
    assert gamut_bins().shape == (len(back), 2) == (225, 2)
    assert {tuple(c) for c in gamut_bins(20).tolist()} == {c for c in back if c[0] % 20 == c[1] % 20 == 0}


# Classification, the formulas


def test_annealed_mean_between_mean_and_mode():
    logits, centres = 3 * torch.randn(2, 6, 3, 4), 50 * torch.randn(6, 2)
    mean = torch.einsum("bqhw,qc->bchw", logits.softmax(1), centres)
    mode = centres[logits.argmax(1)].permute(0, 3, 1, 2)
    torch.testing.assert_close(annealed_mean(logits, centres, 1), mean)
    torch.testing.assert_close(annealed_mean(logits, centres, 1e-4), mode)
    p = logits.softmax(1) ** (1 / 0.38)
    by_powers = torch.einsum("bqhw,qc->bchw", p / p.sum(1, keepdim=True), centres)
    torch.testing.assert_close(annealed_mean(logits, centres), by_powers)


def test_soft_encoding_equals_brute_force():
    centres = gamut_bins()
    ab = torch.empty(2, 2, 3, 4).uniform_(-60, 60)
    Z = soft_encode(ab, centres)
    torch.testing.assert_close(Z.sum(1), torch.ones(2, 3, 4))
    assert ((Z > 0).sum(1) <= 10).all()
    for i, y, x in ((0, 0, 0), (1, 2, 3), (1, 0, 2)):
        distance = [((ab[i, :, y, x] - c) ** 2).sum().item() ** 0.5 for c in centres]
        nearest = sorted(range(len(centres)), key=distance.__getitem__)[:10]
        g = torch.zeros(len(centres))
        for q in nearest:
            g[q] = torch.tensor(-(distance[q] ** 2) / (2 * 5**2)).exp()
        torch.testing.assert_close(Z[i, :, y, x], g / g.sum())


def test_soft_encoding_of_a_centre_and_of_far_colours():
    centres = gamut_bins()
    Z = soft_encode(centres.T.reshape(1, 2, 1, -1), centres)[0, :, 0]  # (Q, Q), column: one colour
    assert torch.equal(Z.argmax(0), torch.arange(len(centres)))
    far = soft_encode(torch.full((1, 2, 1, 1), -1000.0), centres)
    torch.testing.assert_close(far.sum(), torch.tensor(1.0))
    one_hot = soft_encode(torch.tensor([2.0, -3.0]).reshape(1, 2, 1, 1), centres, k=1)
    assert centres[one_hot[0, :, 0, 0] == 1].tolist() == [[0, 0]]


def test_quarter_is_the_mean_colour():
    ab = torch.randn(2, 2, 8, 12)
    torch.testing.assert_close(quarter(ab), ab.reshape(2, 2, 2, 4, 3, 4).mean(dim=(3, 5)))
    assert quarter(torch.full((1, 2, 5, 7), 0.3)).unique().tolist() == pytest.approx([0.3])
    assert quarter(torch.zeros(1, 2, 5, 9)).shape == (1, 2, 2, 3)


def test_rebalancing():
    p = torch.tensor([0.7, 0.2, 0.1, 0.0])
    w = rebalance(p)
    torch.testing.assert_close((p * w).sum(), torch.tensor(1.0))
    by_hand = torch.tensor([1 / (0.5 * x + 0.5 / 4) for x in p.tolist()])
    torch.testing.assert_close(w / w[0], by_hand / by_hand[0])
    assert (w.diff() > 0).all()
    torch.testing.assert_close(rebalance(p, mix=1), torch.ones(4))


def test_bin_weights_from_training_data():
    centres = gamut_bins()
    ab = torch.zeros(4, 2, 16, 16)
    ab[0, 0, :8] = 70 / 110  # one pixel in eight is red
    w = bin_weights([ab[:3], ab[3:]], centres)
    grey, red, absent = (int((centres == torch.tensor(c)).all(1).nonzero()) for c in ([0, 0], [70, 0], [-40, 40]))
    assert w[grey] < w[red] < w[absent]
    share = soft_encode(110 * quarter(ab), centres).mean(dim=(0, 2, 3))
    torch.testing.assert_close((share * w).sum(), torch.tensor(1.0))
    torch.testing.assert_close(bin_weights([(None, ab)], centres), w)


def test_bin_weights_of_a_dataset():
    data = datasets.load("portraits", "train", size=32, count=8)
    centres = gamut_bins()
    torch.testing.assert_close(bin_weights(data, centres), bin_weights([data.batch(range(8))[1]], centres))


def test_classification_loss_is_its_formula():
    net, (L, ab) = small().eval(), batch()
    weights = torch.rand(len(net.centres))
    loss, terms = classify_step(net, L, ab, net.centres, weights)
    Z = soft_encode(110 * quarter(ab), net.centres)
    plain = F.cross_entropy(net.logits(L), Z, reduction="none")  # (B, H/4, W/4)
    torch.testing.assert_close(terms["cross_entropy"], plain.mean())
    nearest = torch.cdist(110 * quarter(ab).permute(0, 2, 3, 1), net.centres).argmin(-1)
    torch.testing.assert_close(loss, (weights[nearest] * plain).mean())


def test_classification_loss_is_computed_in_float32():
    net, (L, ab) = small().eval(), batch()
    with torch.autocast("cpu", torch.bfloat16):
        z = net(L, logits=True)
        _, terms = classify_step(net, L, ab, net.centres, torch.ones(len(net.centres)))
    assert z.dtype == torch.bfloat16
    expected = F.cross_entropy(z.float(), soft_encode(110 * quarter(ab), net.centres))
    torch.testing.assert_close(terms["cross_entropy"], expected)


# pix2pix, the networks


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 31), (100, 100), (1, 1)])
def test_generator_takes_any_size(height, width):
    ab = Generator(channels=4, levels=3).eval()(torch.zeros(2, 1, height, width))
    assert ab.shape == (2, 2, height, width)
    assert ab.abs().max() <= 1


def test_generator_is_the_papers():
    net = Generator(channels=1, levels=8)
    down = [m.out_channels for m in net.encoder.modules() if isinstance(m, nn.Conv2d)]
    up = [m.out_channels for m in net.decoder.modules() if isinstance(m, nn.ConvTranspose2d)]
    assert down == [1, 2, 4, 8, 8, 8, 8, 8]
    assert up == [8, 8, 8, 8, 4, 2, 1]
    dropout = [any(isinstance(m, nn.Dropout) for m in block) for block in net.decoder]
    assert dropout == [True] * 3 + [False] * 4
    L = torch.rand(1, 1, 256, 256) - 0.5
    assert net.train()(L).shape == (1, 2, 256, 256), "one picture, one pixel in the middle"


def test_bins_reach_as_far_up_as_down():
    coarse = gamut_bins(60)
    assert coarse[:, 0].max() == 60
    assert coarse[:, 1].max() == 60
    assert coarse.min() == -60


def test_one_bin_is_enough():
    assert ECCV16(width=1 / 16, bins=1).centres.shape == (1, 2)


def test_dropout_is_chance_only_in_training():
    net, L = Generator(channels=8, levels=3), torch.rand(2, 1, 16, 16) - 0.5
    assert not torch.equal(net(L), net(L))
    net.eval()
    assert torch.equal(net(L), net(L))


@pytest.mark.parametrize(("levels", "dropped"), [(2, 1), (3, 1), (4, 2), (5, 2), (6, 3), (8, 3)])
def test_the_inner_half_of_the_decoder_drops_three_levels_at_most(levels, dropped):
    decoder = Generator(channels=1, levels=levels).decoder
    assert [any(isinstance(m, nn.Dropout) for m in block) for block in decoder] == [
        i < dropped for i in range(levels - 1)
    ]


def test_the_papers_channels_slopes_and_patches_are_the_defaults():
    generator, judge = Generator(), PatchDiscriminator()
    assert [block[-1 if i in (0, 4) else -2].out_channels for i, block in enumerate(generator.encoder)] == [
        64, 128, 256, 512, 512,
    ]  # fmt: skip
    convs = [m.out_channels for m in judge.net if isinstance(m, nn.Conv2d)]
    assert convs == [64, 128, 256, 512, 1]
    slopes = [m.negative_slope for net in (generator, judge) for m in net.modules() if isinstance(m, nn.LeakyReLU)]
    assert slopes == [0.2] * 8


def test_initial_weights():
    for net in (Generator(channels=16, levels=4), PatchDiscriminator(16)):
        for module in net.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)) and module.weight.numel() > 4000:
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)
                assert abs(module.weight.mean().item()) < 0.002
            if isinstance(module, nn.BatchNorm2d):
                assert module.weight.mean().item() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(("halvings", "side"), [(1, 16), (2, 34), (3, 70)])
def test_each_patch_sees(halvings, side):
    net = PatchDiscriminator(channels=4, halvings=halvings).eval()
    L, ab = (torch.randn(1, c, 160, 160, requires_grad=True) for c in (1, 2))
    logits = net(L, ab)
    assert logits.shape[-1] == 160 // 2**halvings - 2
    logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2].backward()
    for x in (L, ab):
        rows, columns = x.grad.abs().sum(dim=(0, 1)).nonzero().unbind(1)
        assert rows.max() - rows.min() + 1 == columns.max() - columns.min() + 1 == side


# FusionNet


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 31), (1, 1)])
def test_fusionnet_and_baldassarre_take_any_size(height, width):
    L = torch.rand(2, 1, height, width) - 0.5
    for net in (FusionNet(4, levels=3), Baldassarre(1 / 8, side=32)):
        assert net.eval()(L).shape == (2, 2, height, width)


def test_fusionnet_against_the_layers_written_out():
    """Residual blocks and sums, by functional calls on the weights."""
    net = FusionNet(3, levels=2)
    L = torch.rand(2, 1, 8, 12) - 0.5
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1  # what the picture itself has, so that no signal dies
    net(L)
    net.eval()
    s = net.state_dict()

    def conv(x, key, relu=True):  # without bias, then BatchNorm
        x = F.conv2d(x, s[f"{key}.weight"], padding=1)
        key = f"{key[:-1]}{int(key[-1]) + 1}"
        x = F.batch_norm(x, *(s[f"{key}.{n}"] for n in ("running_mean", "running_var", "weight", "bias")))
        return F.relu(x) if relu else x

    def level(x, key):
        x = conv(x, f"{key}.first.0")
        inner = conv(conv(conv(x, f"{key}.residual.0"), f"{key}.residual.3"), f"{key}.residual.6", relu=False)
        return conv(x + inner, f"{key}.last.0")

    def up(x, i):
        return F.conv_transpose2d(x, s[f"up.{i}.weight"], s[f"up.{i}.bias"], stride=2)

    one = level(L, "encoder.0")
    two = level(F.max_pool2d(one, 2), "encoder.1")
    x = level(F.max_pool2d(two, 2), "middle")
    x = level(up(x, 0) + two, "decoder.0")
    x = level(up(x, 1) + one, "decoder.1")
    torch.testing.assert_close(net(L), F.conv2d(x, s["head.weight"], s["head.bias"]))
    assert net(L).std(dim=(2, 3)).min() > 1e-3


def test_fusionnet_has_the_papers_channels():
    with torch.device("meta"):
        net = FusionNet()
    assert [level.last[0].out_channels for level in (*net.encoder, net.middle)] == [64, 128, 256, 512, 1024]
    assert [level.first[0].in_channels for level in net.decoder] == [512, 256, 128, 64], "sums, not twice as many"


@pytest.mark.parametrize(
    ("build", "wanted"),
    [
        (lambda: FusionNet(channels=0), "channels must be at least 1, got 0"),
        (lambda: FusionNet(levels=0), "levels must be at least 1, got 0"),
        (lambda: Baldassarre(width=0), r"width must be in \(0, 1\], got 0"),
        (lambda: Baldassarre(width=1.1), r"width must be in \(0, 1\], got 1.1"),
        (lambda: Baldassarre(side=31), "side must be at least 32 pixels, got 31"),
    ],
)
def test_sizes_that_no_network_can_have_are_refused(build, wanted):
    with pytest.raises(ValueError, match=wanted):
        build()


# Baldassarre, and the classifier beside it


def test_baldassarre_against_the_layers_written_out():
    net, L = Baldassarre(1 / 8, side=32).eval(), torch.rand(2, 1, 16, 24) - 0.5
    nn.init.normal_(net.fusion[0].weight, std=0.1)
    s = net.state_dict()

    def conv(x, key, stride=1):
        return F.conv2d(
            x, s[f"{key}.weight"], s[f"{key}.bias"], stride=stride, padding=s[f"{key}.weight"].shape[-1] // 2
        )

    x = L
    for i, stride in enumerate((2, 1, 2, 1, 2, 1, 1, 1)):
        x = F.relu(conv(x, f"encoder.{2 * i}", stride))
    scores = net.frozen[0](baldassarre.normalised(L, 32))
    everywhere = scores.view(2, 1000, 1, 1) * torch.ones(1, 1, 2, 3)
    x = F.relu(conv(torch.cat([x, everywhere], 1), "fusion.0"))
    x = F.interpolate(F.relu(conv(x, "decoder.0")), scale_factor=2)
    x = F.interpolate(F.relu(conv(F.relu(conv(x, "decoder.3")), "decoder.5")), scale_factor=2)
    x = F.interpolate(conv(F.relu(conv(x, "decoder.8")), "decoder.10").tanh(), scale_factor=2)
    torch.testing.assert_close(net(L), x)
    assert net(L).std(dim=(2, 3)).min() > 1e-4


def test_baldassarre_has_the_papers_channels():
    net = Baldassarre()
    convs = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert [m.out_channels for m in convs] == [64, 128, 128, 256, 256, 512, 512, 256, 256, 128, 64, 64, 32, 2]
    assert net.side == 128
    assert min(m.out_channels for m in Baldassarre(0.01).encoder if isinstance(m, nn.Conv2d)) == 8


def test_what_is_far_away_changes_the_colour_here():
    """By the classifier alone: without it, 140 pixels are further than the convolutions see."""
    net, L = Baldassarre(1 / 8, side=64).eval(), torch.rand(1, 1, 16, 208) - 0.5
    far = L.clone()
    far[..., 192:] = 0.5
    here = [net(x)[..., :48] for x in (L, far)]
    assert (here[0] - here[1]).abs().max() > 1e-5
    net.frozen = (lambda rgb: torch.zeros(len(rgb), 1000),)
    assert torch.equal(net(L)[..., :48], net(far)[..., :48])


def test_the_classifier_sees_grey_pictures_as_it_learnt_to():
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    for L, rgb in ((-0.5, 0.0), (0.5, 1.0), (0.0, 0.46633)):  # black, white and L = 50
        seen = baldassarre.normalised(torch.full((2, 1, 20, 30), L), 32)
        assert seen.shape == (2, 3, 32, 32)
        torch.testing.assert_close(seen[1, :, 3, 4], (rgb - mean) / std, atol=1e-3, rtol=0)


def test_the_gradient_reaches_what_learns_and_nothing_of_the_classifier():
    for net in (FusionNet(4, levels=2), Baldassarre(1 / 8, side=32)):
        net.train().requires_grad_(True)
        net(torch.rand(4, 1, 16, 16) - 0.5).square().sum().backward()
        assert all(p.grad is not None and p.grad.any() for p in net.parameters())
    (judge,) = net.frozen
    assert not judge.training
    assert not any(p.requires_grad for p in judge.parameters())
    assert models.parameters(net) < 200_000 < models.parameters(judge)
    assert not any(key.startswith("frozen") for key in net.state_dict())
    meta = net.to("meta")
    assert meta.frozen[0].classifier[1].weight.is_meta, "goes where the network goes"


def test_the_stand_in_is_the_same_on_every_machine():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    net = baldassarre.classifier(False)
    assert torch.equal(torch.get_rng_state(), before)
    first, last = net.features[0], net.classifier[1]
    by_numpy = np.random.RandomState(0).standard_normal((64, 3, 3, 3)) * (2 / 27) ** 0.5
    assert torch.equal(first.weight, torch.from_numpy(by_numpy).half().float())
    assert first.weight[0, 0, 0, 0].item() == pytest.approx(0.480225)  # its stream must never change
    assert last.weight.std().item() == pytest.approx((2 / 512) ** 0.5, rel=0.01)
    assert not first.bias.any()
    assert not last.bias.any()


@pytest.fixture
def imagenet(tmp_path, monkeypatch):
    """A file in the place of torchvision's, for as long as it is there."""
    file = tmp_path / "squeezenet.pth"
    torch.save(squeezenet1_1().state_dict(), file)
    monkeypatch.setattr(weights, "find", lambda name: file if name == "squeezenet" and file.exists() else None)
    monkeypatch.setattr(weights, "_wanted", lambda name: weights.sha256(file))
    monkeypatch.setattr(weights, "path", lambda name: file)
    return file


def test_a_network_goes_on_with_the_classifier_that_it_learnt_with(tmp_path, imagenet):
    how = {"baldassarre": {"name": "baldassarre", "width": 1 / 8, "side": 32}}
    known = models.build(**how["baldassarre"]).eval()
    assert known.label == "SqueezeNet 1.1, ImageNet weights"
    wanted = torch.load(imagenet)["features.0.weight"].half().float()
    assert torch.equal(known.frozen[0].features[0].weight, wanted)
    aside = imagenet.rename(tmp_path / "aside.pth")
    stand_in = models.build(**how["baldassarre"]).eval()
    assert stand_in.label == "SqueezeNet 1.1, seeded random weights"
    L = torch.rand(2, 1, 16, 16) - 0.5
    for name, net in (("known", known), ("stand_in", stand_in)):
        models.save(tmp_path / name, {"baldassarre": net}, how, {})
        assert (tmp_path / name).stat().st_size < 4.2 * models.parameters(net) + 10_000
    with pytest.raises(ValueError, match="colorlib fetch squeezenet"):
        models.load(tmp_path / "known")
    aside.rename(imagenet)
    for name, net in (("known", known), ("stand_in", stand_in)):
        again = models.load(tmp_path / name)[0]["baldassarre"]
        assert again.label == net.label
        assert torch.equal(again(L), net(L))


def test_a_stand_in_is_said_in_the_table(imagenet):
    def note():
        about = SimpleNamespace(info={}, parts={"baldassarre": Baldassarre(1 / 8)})
        return table.notes(about)["baldassarre"]

    assert "stand-in" not in note()
    imagenet.unlink()
    assert note().endswith("; the classifier is a stand-in (SqueezeNet 1.1, seeded random weights)")


# All, learning


@pytest.mark.parametrize("build", [partial(FusionNet, 4, 2), partial(Baldassarre, 1 / 4, 32)])
def test_a_batch_learnt_by_heart_by_regression(build):
    def step(net, L, ab):
        return F.mse_loss(net(L), ab), {}

    first, last, _ = learn(step, build().train(), *batch(), steps=60, lr=3e-3)
    assert last < 0.1 * first


def test_a_batch_learnt_by_heart_by_classification():
    net, (L, ab) = small(), batch()
    weights = bin_weights([ab], net.centres)
    before = F.l1_loss(net.eval()(L), ab)
    step = partial(classify_step, centres=net.centres, weights=weights)
    first, last, _ = learn(step, net.train(), L, ab, steps=60, lr=1e-2)
    Z = soft_encode(110 * quarter(ab), net.centres)
    floor = torch.special.entr(Z).sum(1).mean()
    assert last - floor < 0.1 * (first - floor)
    assert F.l1_loss(net.eval()(L), ab) < 0.5 * before


def test_a_batch_learnt_by_heart_by_the_adversary():
    L, ab = batch(H=32, W=32)
    net, step = Generator(channels=8, levels=3), Adversary(PatchDiscriminator(8))
    before = F.l1_loss(net.eval()(L), ab)
    _, _, terms = learn(step, net.train(), L, ab, steps=60, lr=1e-2)
    assert set(terms) == {"adversarial", "l1", "discriminator"}
    assert terms["l1"] < 0.3 * before


def test_the_discriminator_learns_to_tell():
    """Against a generator that stands still."""
    L, ab = batch(H=32, W=32)
    net, step = Generator(channels=4, levels=2).eval(), Adversary(PatchDiscriminator(8), lr=2e-3)
    terms = [step(net, L, ab)[1] for _ in range(20)]
    assert terms[-1]["discriminator"] < 0.3 * terms[0]["discriminator"]
    assert terms[-1]["adversarial"] > 2 * terms[0]["adversarial"]


def test_adversary_is_its_formulas():
    L, ab = batch(H=32, W=32)
    net, judge = Generator(channels=4, levels=2).eval(), PatchDiscriminator(4)
    step = Adversary(judge, l1=10)
    fake = net(L).detach()

    def bce(logits, verdict):
        return -(logits if verdict else -logits).sigmoid().log().mean()

    expected = 0.5 * (bce(judge(L, ab), 1) + bce(judge(L, fake), 0))
    loss, terms = step(net, L, ab)
    torch.testing.assert_close(terms["discriminator"], expected.detach())
    torch.testing.assert_close(terms["adversarial"], bce(judge(L, fake), 1))  # after the discriminator's step
    torch.testing.assert_close(terms["l1"], (fake - ab).abs().mean())
    torch.testing.assert_close(loss, terms["adversarial"] + 10 * terms["l1"])


def test_each_side_moves_itself_alone():
    L, ab = batch(H=32, W=32)
    net, judge = Generator(channels=4, levels=2), PatchDiscriminator(4)
    step = Adversary(judge, l1=0)
    before = {k: v.clone() for k, v in judge.named_parameters()}
    loss, _ = step(net, L, ab)
    moved = {k: v.clone() for k, v in judge.named_parameters()}
    assert all(not torch.equal(v, before[k]) for k, v in moved.items())
    assert all(p.grad is None for p in net.parameters()), "the discriminator's loss reaches the generator"
    loss.backward()
    assert all(p.grad is None for p in judge.parameters()), "the generator's loss reaches the discriminator"
    assert all(torch.equal(v, moved[k]) for k, v in judge.named_parameters())
    assert all(p.grad.abs().max() > 0 for p in net.parameters()), "no way back through the discriminator"


@pytest.mark.parametrize("kind", ["classification", "adversary"])
def test_wrapped_and_in_lower_precision(kind):
    L, ab = batch(H=32, W=32)
    if kind == "classification":
        net = small()
        step = partial(classify_step, centres=net.centres, weights=bin_weights([ab], net.centres))
    else:
        net, step = Generator(channels=8, levels=3), Adversary(PatchDiscriminator(4))
    exact = step(Wrapped(net), L, ab)[0].item()
    with torch.autocast("cpu", torch.bfloat16):
        loss, terms = step(Wrapped(net), L, ab)
    loss.backward()
    assert all(x.dtype == torch.float32 and x.isfinite() for x in (loss, *terms.values()))
    assert loss.item() == pytest.approx(exact, rel=0.05)
    assert all(p.grad.isfinite().all() for p in net.parameters() if p.grad is not None)


def test_colours_are_averaged_in_float32():
    net, L = small().eval(), torch.rand(1, 1, 16, 16) - 0.5
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        ab, z = net(L), net(L, logits=True)
    assert ab.dtype == torch.float32
    by_hand = annealed_mean(z.float(), net.centres) / 110
    torch.testing.assert_close(ab, F.interpolate(by_hand, scale_factor=4, mode="bilinear"))


def test_the_adversary_resumes(tmp_path):
    L, ab = batch(H=32, W=32)
    net = Generator(channels=4, levels=2).eval()
    step = Adversary(PatchDiscriminator(4))
    step(net, L, ab)
    torch.save(step.state_dict(), tmp_path / "last.pt")
    expected = [step(net, L, ab)[0].item() for _ in range(2)]
    again = Adversary(PatchDiscriminator(4))
    again.load_state_dict(torch.load(tmp_path / "last.pt", weights_only=True))
    assert [again(net, L, ab)[0].item() for _ in range(2)] == expected


# Files, and what is refused


def test_save_and_load(tmp_path):
    built = {
        "eccv16": {"name": "eccv16", "width": 1 / 16, "temperature": 0.5},
        "gan": {"name": "pix2pix", "channels": 4, "levels": 3},
    }
    parts = {part: models.build(**settings).eval() for part, settings in built.items()}
    models.save(tmp_path / "model.safetensors", parts, built, {})
    again, _ = models.load(tmp_path / "model.safetensors")
    L = torch.rand(2, 1, 16, 16) - 0.5
    for part in parts:
        assert torch.equal(again[part](L), parts[part](L))

    parts["eccv16"].model_out.weight += 0.01  # as if the bins came from elsewhere
    built["eccv16"]["bins"] = len(parts["eccv16"].centres)
    models.save(tmp_path / "model.safetensors", parts, built, {})
    assert torch.equal(models.load(tmp_path / "model.safetensors")[0]["eccv16"](L), parts["eccv16"](L))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ECCV16(width=0), r"width must be in \(0, 1\], got 0"),
        (lambda: ECCV16(width=1.5), "got 1.5"),
        (lambda: small(bins=0), "bins must be None or at least 1, got 0"),
        (lambda: small(temperature=0), "temperature must be positive, got 0"),
        (lambda: small()(torch.zeros(1, 3, 8, 8)), r"L must have shape \(B, 1, H, W\), got \(1, 3, 8, 8\)"),
        (lambda: gamut_bins(0), "step must be positive, got 0"),
        (lambda: annealed_mean(torch.zeros(1, 2, 1, 1), torch.zeros(2, 2), 0), "T must be positive, got 0"),
        (lambda: soft_encode(torch.zeros(1, 2, 1, 1), torch.zeros(3, 2)), r"k must be in \[1, 3\].*got 10"),
        (lambda: rebalance(torch.ones(2) / 2, mix=0), r"mix must be in \(0, 1\], got 0"),
        (lambda: bin_weights([], gamut_bins()), "at least one picture"),
        (lambda: Generator(channels=0), "channels must be at least 1, got 0"),
        (lambda: Generator(levels=1), "levels must be at least 2, got 1"),
        (lambda: PatchDiscriminator(channels=0), "channels must be at least 1, got 0"),
        (lambda: PatchDiscriminator(halvings=0), "halvings must be at least 1, got 0"),
        (
            lambda: PatchDiscriminator(4)(torch.zeros(1, 1, 23, 64), torch.zeros(1, 2, 23, 64)),
            r"at least 24, got \(23, 64\)",
        ),
        (lambda: Adversary(PatchDiscriminator(4), l1=-1), "l1 must not be negative, got -1"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_smallest_picture_fits():
    assert PatchDiscriminator(4).eval()(torch.zeros(1, 1, 24, 24), torch.zeros(1, 2, 24, 24)).shape == (1, 1, 1, 1)
