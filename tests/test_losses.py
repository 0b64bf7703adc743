"""Each term by hand, the catches of Table 1, and gradients that arrive."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from colorlib import color, losses


@pytest.fixture
def batch():
    g = torch.Generator().manual_seed(0)
    L = torch.rand(2, 1, 32, 32, generator=g) - 0.5
    base, true, residual = (torch.randn(2, 2, 32, 32, generator=g) * 0.1 for _ in range(3))
    return {"L": L, "ab_base": base, "ab_true": true, "residual": residual, "ab_final": base + residual}


@pytest.fixture(scope="module")
def vgg():
    return losses.VGGFeatures(size=16)


def test_weights_are_the_papers():
    assert losses.WEIGHTS == {"residual": 0.35, "output": 0.25, "perceptual": 0.1, "diversity": 0.1, "style": 0.1,
                              "attention": 0.1}  # fmt: skip
    assert sum(losses.WEIGHTS.values()) == pytest.approx(1)


def test_every_term_by_numpy(batch, vgg):
    """Each term in float64 from its formula, and the total from Table 1's weights."""
    g = torch.Generator().manual_seed(1)
    batch["ab_final"] = batch["ab_final"] + 0.05 * torch.randn(2, 2, 32, 32, generator=g)  # as clamping would
    received = torch.rand(2, 4, 8, generator=g)
    total, terms = losses.total_loss(**batch, received=received, vgg=vgg)

    def squared(x, y):
        return np.mean((x - y) ** 2)

    def seen(ab):
        return vgg(color.lab_to_rgb(color.model_to_lab(batch["L"], ab)))

    x = {name: value.double().numpy() for name, value in batch.items()}
    final, true = ([f.double().numpy() for f in seen(batch[name])] for name in ("ab_final", "ab_true"))
    grams = [[np.einsum("bchw,bdhw->bcd", f, f) / f[0].size for f in features] for features in (final, true)]
    chroma, chroma_final = (np.hypot(*x[name].transpose(1, 0, 2, 3)) for name in ("ab_true", "ab_final"))
    magnitude = chroma.reshape(2, 4, 8, 8, 4).mean(axis=(2, 4))  # to 4 x 8
    shares = [m / m.max(axis=(1, 2), keepdims=True) for m in (received.double().numpy(), magnitude)]
    wanted = {
        "residual": squared(x["residual"], x["ab_true"] - x["ab_base"]),
        "output": squared(x["ab_final"], x["ab_true"]),
        "perceptual": np.mean([squared(*pair) for pair in zip(final, true, strict=True)]),
        "diversity": np.mean(np.maximum(chroma - chroma_final, 0) ** 2),
        "style": np.mean([squared(*pair) for pair in zip(*grams, strict=True)]),
        "attention": squared(*shares),
    }
    assert terms.keys() == wanted.keys()
    for name, value in wanted.items():
        assert terms[name].item() == pytest.approx(value, rel=2e-5), name
        assert value > 1e-7, name
    table = {"residual": 35, "output": 25, "perceptual": 10, "diversity": 10, "style": 10, "attention": 10}
    assert total.item() == pytest.approx(sum(table[name] * value / 100 for name, value in wanted.items()), rel=1e-5)
    _, printed = losses.total_loss(**batch, diversity="paper")
    assert printed["diversity"].item() == pytest.approx(squared(x["ab_final"], x["ab_base"]), rel=1e-5)


def test_chroma_by_hand_with_a_gradient_on_grey():
    ab = torch.tensor([[[[0.3, 0.0]], [[0.4, 0.0]]]], requires_grad=True)
    chroma = losses.chroma(ab)
    torch.testing.assert_close(chroma, torch.tensor([[[[0.5, 0.01 / 110]]]]), atol=1e-7, rtol=0)
    chroma.sum().backward()
    assert ab.grad.flatten().tolist() == pytest.approx([0.6, 0, 0.8, 0], abs=1e-6)


def test_residual_and_output_are_one_number(batch):
    """Catch 1: AB_final = AB_base + R makes the two terms the same."""
    _, terms = losses.total_loss(**batch)
    torch.testing.assert_close(terms["residual"], terms["output"])


def test_they_differ_where_the_output_was_clamped(batch):
    batch["residual"] = batch["residual"] + 2
    batch["ab_final"] = (batch["ab_base"] + batch["residual"]).clamp(-1, 1)
    _, terms = losses.total_loss(**batch)
    assert terms["residual"] > 2 * terms["output"]


def test_printed_diversity_wants_the_base_back(batch):
    """Catch 2: the printed term is smallest, zero, where nothing was changed."""
    base, true = batch["ab_base"], batch["ab_true"]
    assert losses.diversity_loss(base, base, true, "paper") == 0
    assert losses.diversity_loss(1.5 * base, base, true, "paper") > 0


def test_vibrant_diversity_penalises_lost_chroma_alone():
    true = torch.full((1, 2, 2, 2), 0.3)
    assert losses.diversity_loss(2 * true, 0 * true, true) == 0
    missing = losses.chroma(true) - losses.chroma(0.5 * true)
    torch.testing.assert_close(losses.diversity_loss(0.5 * true, 0 * true, true), missing.square().mean())
    with pytest.raises(ValueError, match="'loud'"):
        losses.diversity_loss(true, true, true, "loud")


def test_gram_by_hand():
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # C = 2, H W = 2
    torch.testing.assert_close(losses.gram(features), torch.tensor([[[5.0, 11.0], [11.0, 25.0]]]) / 4)


def test_style_forgets_place_and_perceptual_does_not():
    f = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    moved = f.roll(1, dims=-1)
    assert losses.style_loss([f], [moved]) < 1e-10
    assert losses.perceptual_loss([f], [moved]) > 0.1


def test_attention_loss_is_zero_where_attention_follows_colour():
    true = torch.rand(2, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    magnitude = F.adaptive_avg_pool2d(losses.chroma(true), 4)[:, 0]
    assert losses.attention_loss(0.01 * magnitude, true) < 1e-10
    assert losses.attention_loss(magnitude.flip(-1), true) > 1e-3


def test_total_is_the_weighted_sum_of_what_it_returns(batch, vgg):
    received = torch.full((2, 4, 4), 1 / 16)
    total, terms = losses.total_loss(**batch, received=received, vgg=vgg)
    assert set(terms) == set(losses.WEIGHTS)
    torch.testing.assert_close(total, sum(losses.WEIGHTS[k] * v for k, v in terms.items()))


def test_terms_can_be_left_out_and_weights_are_checked(batch):
    total, terms = losses.total_loss(**batch, weights={"output": 2.0})
    assert set(terms) == {"residual", "output", "diversity"}
    torch.testing.assert_close(total, 2 * terms["output"])
    with pytest.raises(ValueError, match="smoothness"):
        losses.total_loss(**batch, weights={"smoothness": 1.0})


def test_every_term_reaches_the_prediction(batch, vgg):
    for name in ("residual", "output", "perceptual", "diversity", "style"):
        residual = batch["residual"].clone().requires_grad_()
        given = {**batch, "residual": residual, "ab_final": batch["ab_base"] + residual}
        total, _ = losses.total_loss(**given, vgg=vgg, weights={name: 1.0})
        total.backward()
        assert torch.isfinite(residual.grad).all()
        assert residual.grad.abs().sum() > 0, name


def test_a_perfect_answer_costs_nothing(batch, vgg):
    true, base = batch["ab_true"], batch["ab_base"]
    _, terms = losses.total_loss(batch["L"], true, true - base, base, true, vgg=vgg)
    assert all(value < 1e-9 for value in terms.values())


def test_vgg_layers_label_and_freezing(vgg):
    maps = vgg(torch.rand(1, 3, 32, 32))
    assert [tuple(m.shape[1:]) for m in maps] == [(64, 16, 16), (128, 8, 8), (256, 4, 4), (512, 2, 2)]
    assert "random" in vgg.label
    assert not any(p.requires_grad for p in vgg.parameters())
    assert torch.equal(losses.VGGFeatures(size=16)(torch.ones(1, 3, 16, 16))[3], vgg(torch.ones(1, 3, 16, 16))[3])


def test_vgg_takes_torchvisions_state_dict_and_layers():
    from torchvision.models import vgg16

    theirs = vgg16().eval()
    ours = losses.VGGFeatures(theirs.state_dict())
    assert "ImageNet" in ours.label
    x = torch.rand(1, 3, 32, 32)
    normalised = (x - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(
        1, 3, 1, 1
    )
    for layer, found in zip((3, 8, 15, 22), ours(x), strict=True):
        torch.testing.assert_close(found, theirs.features[: layer + 1](normalised))
