"""Hints drawn from the truth: where, how many, which colours."""

import pytest
import torch

from colorlib import models
from colorlib.methods import Stage
from colorlib.training import hints
from colorlib.training.steps import StepRandom, make_step


def colors(count, size=32):
    return 0.1 * torch.randn(count, 2, size, size, generator=torch.Generator().manual_seed(0))


def test_a_hint_is_the_mean_of_a_square(monkeypatch):
    monkeypatch.setattr(hints, "MOST", 1)
    monkeypatch.setattr(hints, "ALL", 0.0)
    ab = colors(300)
    shown, mask = hints.draw_hints(StepRandom(0, 300), ab)
    sides = set()
    for truth, hint, where in zip(ab, shown, mask[:, 0] > 0, strict=True):
        assert (hint[:, ~where] == 0).all()
        if not where.any():
            continue
        rows, columns = where.any(dim=1).nonzero(), where.any(dim=0).nonzero()
        height, width = len(rows), len(columns)
        assert where.sum() == height * width  # one square, or what of it lies inside
        if rows.min() > 0 and rows.max() < 31 and columns.min() > 0 and columns.max() < 31:
            assert height == width
            sides.add(height)
        mean = truth[:, where].mean(dim=1, keepdim=True)
        torch.testing.assert_close(hint[:, where], mean.expand(2, int(where.sum())), rtol=0, atol=1e-6)
    assert sides == {1, 3, 5, 7, 9}


def test_how_many_and_where(monkeypatch):
    monkeypatch.setattr(hints, "ALL", 0.0)
    _, mask = hints.draw_hints(StepRandom(0, 4000), torch.zeros(4000, 2, 24, 24))
    none = (mask.sum(dim=(1, 2, 3)) == 0).float().mean().item()
    # P(no point) = 1/8; a point also shows nothing where it lies outside: about one in ten does
    assert none == pytest.approx(1 / 8 + 7 / 64 * 0.06, abs=0.02)
    middle = mask[:, :, 8:16, 8:16].mean().item()
    assert middle > 1.5 * mask[:, :, :, :4].mean().item()
    assert mask[:, :, 12:].mean().item() == pytest.approx(mask[:, :, :12].mean().item(), rel=0.1)


def test_shares_of_none_and_of_all():
    ab = colors(2000, 16)
    shown, mask = hints.draw_hints(StepRandom(0, 2000), ab, share=0.5)
    seen = mask.mean(dim=(1, 2, 3))
    assert (seen == 0).float().mean().item() == pytest.approx(0.5 + 0.5 / 8, abs=0.04)
    whole = (shown == ab).flatten(1).all(dim=1)
    assert whole.float().mean().item() == pytest.approx(0.005, abs=0.004)
    assert (seen[whole] == 1).all()
    shown, mask = hints.draw_hints(StepRandom(0, 50), ab[:50], share=0.0)
    assert not shown.any()
    assert not mask.any()


def test_the_base_learns_with_its_rows_share_of_hints():
    torch.manual_seed(0)
    seen = []

    class Spy(models.SIGGRAPH17):
        def forward(self, L, hints=None, mask=None):
            seen.append(mask)
            return super().forward(L, hints, mask)

    net = Spy(1 / 16, classes=0)
    for share in (0.0, 1.0):
        step, _ = make_step(Stage("base", "base", 1, hints=share), {"base": net}, None)
        step(net, [torch.zeros(16, 1, 16, 16), colors(16, 16)], StepRandom(0, 16), False)
    assert seen[0] is None
    assert 0 < seen[1].mean() < 1


@pytest.mark.parametrize("field", ["varied", "zoom"])
def test_a_stage_sees_the_share_of_changed_pictures_that_it_names(field):
    seen = []
    L, ab = torch.linspace(-0.4, 0.4, 32).expand(8, 1, 32, 32), torch.zeros(8, 2, 32, 32)

    def net(x):
        seen.append(x)
        return torch.zeros(8, 2, 32, 32)

    for share in (0.0, 1.0):
        step, _ = make_step(Stage("base", "base", 1, **{field: share}), {"base": net}, None)
        step(net, [L, ab], StepRandom(0, 8), False)
    assert not torch.equal(seen[0], seen[1])
