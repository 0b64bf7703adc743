"""The paper's schedule, what presets make of it, and rivals that get what the refiner gets."""

import pytest

from colorlib import methods, models
from colorlib.training import schedule
from colorlib.training.schedule import PRESETS


def test_the_papers_schedule():
    full = schedule.stages("paper", rivals=False)
    base, refine, attend, more = (s for s in full if not s.fold)
    assert (base.epochs, base.part) == (30, "base")
    assert (refine.epochs, refine.warmup, refine.attention) == (20, 5, False)
    assert (attend.epochs, attend.warmup, attend.attention) == (18, 5, True)
    assert round(60_000 * attend.share) == 10_000
    assert (more.epochs, more.warmup, round(60_000 * more.share)) == (9, 0, 24_000)


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_scale_the_schedule_and_keep_its_order(name):
    full, scaled = schedule.stages("paper", True), schedule.stages(name, True)
    assert list(dict.fromkeys(s.part for s in scaled)) == list(dict.fromkeys(s.part for s in full))
    for part in {s.part for s in full}:
        ours, papers = ([s for s in stages if s.part == part] for stages in (scaled, full))
        assert len(ours) <= sum(s.epochs for s in ours) <= sum(s.epochs for s in papers)
    assert all(s.epochs >= 1 and s.warmup <= s.epochs for s in scaled)


def test_a_growing_preset_ends_at_full_size():
    stages = schedule.stages("shipped", True)
    for part in {s.part for s in stages if not s.draws}:
        scales = [s.scale for s in stages if s.part == part]
        assert scales[-1] == 1.0
        assert set(scales[:-1]) == {2 / 3}
    assert sum(s.epochs for s in stages if s.extra == "steering" and s.part == "refiner") == 8
    assert sum(s.epochs for s in stages if s.part == "cnn") == sum(s.epochs for s in stages if s.part == "base")


def test_a_wide_preset_changes_the_pictures_of_all_single_networks_and_of_no_refiner():
    stages = schedule.stages("shipped", True)
    assert {(s.varied, s.zoom) for s in stages if s.step != "refine"} == {(0.2, 0.1)}
    assert {(s.varied, s.zoom) for s in stages if s.step == "refine"} == {(0.0, 0.0)}
    assert {(s.varied, s.zoom) for s in schedule.stages("lesson", True) if s.part == "base"} == {(0.0, 0.0)}


@pytest.mark.parametrize("name", schedule.PRESETS)
def test_a_flow_walks_on_a_grid_of_32(name):
    built = schedule.architecture(name)["flow"]
    assert schedule.PRESETS[name].size / built["fold"] == 32
    assert all(channels % 8 == 0 for channels in built["channels"])  # of GroupNorm
    assert built["channels"] == sorted(built["channels"])


def test_rivals_of_the_refiner_get_its_training():
    stages = schedule.stages("lesson", True)

    def training(part):
        return [(s.epochs, s.share, s.lr) for s in stages if s.part == part]

    second = [r.part for r in methods.trained() if len(r.networks) == 2 and not r.walks and r.name != "two-stage"]
    assert len(second) == 5
    assert all(training(name) == training("refiner") for name in second)


@pytest.mark.parametrize(
    ("part", "prior", "noise", "attention"),
    [
        ("refiner", True, True, True),
        ("control", False, False, False),
        ("prior-only", True, False, False),
        ("noise-only", False, True, False),
        ("attention-only", False, False, True),
        ("naive", True, True, True),
    ],
)
def test_each_second_stage_has_the_ideas_that_it_is_named_for(part, prior, noise, attention):
    stages = [s for s in schedule.stages("lesson", True) if s.part == part]
    built = models.build(**schedule.architecture("lesson")[part])
    assert (built.prior_mlp is not None) == any(s.steer for s in stages) == prior
    assert (built.time_mlp is not None) == any(s.noise for s in stages) or part == "prior-only"
    assert any(s.noise for s in stages) == noise == methods.by_part(part).noisy
    assert bool(len(built.attend)) == any(s.attention for s in stages) == attention
    assert any(s.naive for s in stages) == (part == "naive")


def test_the_larger_base_has_the_parameters_of_both_stages():
    built = schedule.architecture("shipped")
    base, refiner, more = (models.parameters(models.build(**built[part])) for part in ("base", "refiner", "base-more"))
    assert more == pytest.approx(base + refiner, rel=0.1)
    stages = schedule.stages("shipped", True)
    spent = {
        part: sum(s.epochs * s.share for s in stages if s.part == part) for part in ("base", "refiner", "base-more")
    }
    assert spent["base-more"] == pytest.approx(spent["base"] + spent["refiner"], abs=1)


def test_folds_see_all_pictures_but_their_own():
    stages = [s for s in schedule.stages("lesson") if s.fold]
    assert [s.fold for s in stages] == [(1, 2), (2, 2)]
    assert {s.part for s in stages} <= set(schedule.architecture("lesson"))


def test_an_unknown_rival_is_refused():
    with pytest.raises(ValueError, match="rivals must be among cnn"):
        schedule.stages("lesson", ("transformer",))


@pytest.mark.parametrize("p", PRESETS.values(), ids=list(PRESETS))
def test_sides_and_channels_of_presets_are_multiples_of_8(p):
    assert all(n % 8 == 0 for n in (p.size, p.vgg_size or 0, *p.channels))
