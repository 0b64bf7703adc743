"""What a step learns from, for each method, and what becomes of it: loss, clipping, decay, rate, average."""

import copy
import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from colorlib import color, methods, models
from colorlib.data import datasets
from colorlib.diffusion import noise_schedule
from colorlib.losses import VGGFeatures
from colorlib.methods import Stage
from colorlib.prior import color_prior
from colorlib.training import fit as fit_module
from colorlib.training import guards, steps
from colorlib.training.fit import SAVE_EVERY, Trainer, fit, make_accelerator
from colorlib.training.parallel import share_batchnorm
from colorlib.training.schedule import stages

SIDE, COUNT = 36, 6
# Those that learn a distribution are in test_color_flow.py.
STAGES = {(s.part, s.name): s for s in stages("shipped", rivals=True) if not s.draws}
# What the paper and its rivals learn from, part by part: step, loss, and whether the pictures are mirrored and turned.
LEARNT = {
    "base": ("predict", "huber"),
    "fold1": ("predict", "huber"),
    "fold2": ("predict", "huber"),
    "hints": ("predict", "huber"),
    "base-more": ("predict", "huber"),
    "cnn": ("predict", "squared"),
    "fusionnet": ("predict", "squared"),
    "baldassarre": ("predict", "squared"),
    "pix2pix": ("adversary", None),
    "eccv16": ("classify", None),
    **dict.fromkeys(
        ("refiner", "control", "prior-only", "noise-only", "attention-only", "naive"), ("refine", "six-part")
    ),
}


@pytest.fixture(scope="module")
def pictures():
    return datasets.load("portraits", "train", size=SIDE, count=COUNT)


@pytest.fixture(scope="module")
def vgg():
    return VGGFeatures(size=16)


class Spy(torch.nn.Module):
    """A network that answers with one number, which can be learnt, and notes what it was given."""

    channels = 8

    def __init__(self, answer=0.1):
        super().__init__()
        self.answer, self.seen = torch.nn.Parameter(torch.tensor(answer)), []
        self.centres = models.build("eccv16", width=1 / 16).centres

    def forward(self, L, *rest, logits=False, **options):
        self.seen.append(SimpleNamespace(L=L, rest=rest, options=options))
        side = L.shape[-1]
        if logits:
            return self.answer.expand(len(L), len(self.centres), -(-side // 4), -(-side // 4))
        residual = self.answer.expand(len(L), 2, side, side)
        if options.get("return_attention"):
            T = (side // 4) ** 2
            return residual, torch.full((len(L), 2, T, T), 1 / T)
        return residual


def taken(stage, pictures, vgg, warm=False, answer=0.1):
    """One step of a stage: (loss, terms, the spy, the batch as the step saw it)."""
    torch.manual_seed(1)
    net, base = Spy(answer), Spy(-0.05)
    step, beside = steps.make_step(stage, {stage.part: net, "base": base}, pictures, vgg)
    batch = pictures.batch(range(COUNT))
    random = steps.StepRandom(7, COUNT)
    loss, terms = step(net, batch, random, warm)
    small = [F.interpolate(x, scale_factor=stage.scale, mode="area") if stage.scale < 1 else x for x in batch]
    again = steps.StepRandom(7, COUNT)
    L, ab = steps.augment(again, *small, zoom=stage.zoom)
    L = steps.vary_lightness(again, L, stage.varied) if stage.varied else L
    return SimpleNamespace(loss=loss, terms=terms, net=net, base=base, L=L, ab=ab, random=again, beside=beside)


def test_every_trained_network_is_listed_here():
    assert {part for part, _ in STAGES} == set(LEARNT)
    assert all(stage.step == LEARNT[stage.part][0] for stage in STAGES.values())


def test_a_step_sees_augmented_pictures_of_its_stages_side(pictures):
    for key in STAGES:
        stage = STAGES[key]
        found = taken(stage, pictures, None)
        seen = found.net.seen[0].L
        assert seen.shape[-1] == round(SIDE * stage.scale)
        assert torch.equal(seen, found.L)
        assert not torch.equal(seen, pictures.batch(range(COUNT))[0])


def test_single_networks_learn_from_their_own_loss(pictures):
    for key in (k for k, s in STAGES.items() if s.step == "predict"):
        stage = STAGES[key]
        found = taken(stage, pictures, None)
        error = (0.1 - found.ab).abs().double()
        huber = torch.where(error < 0.1, error**2 / 0.2, error - 0.05)
        wanted = {"huber": huber, "squared": error**2}[LEARNT[stage.part][1]].mean()
        assert found.loss.item() == pytest.approx(wanted.item(), rel=1e-5)
        assert found.terms == {}
        assert found.beside is None


def test_classification_weighs_rare_colours(pictures):
    from colorlib.training.classify import bin_weights, quarter, soft_encode

    (stage,) = {s for (part, _), s in STAGES.items() if part == "eccv16" and s.scale == 1}
    found = taken(stage, pictures, None)
    centres = found.net.centres
    Z = soft_encode(color.AB_SCALE * quarter(found.ab), centres)
    weights = bin_weights(pictures, centres)
    entropy = math.log(len(centres))  # of a network that says nothing
    assert found.terms["cross_entropy"].item() == pytest.approx(entropy, rel=1e-5)
    assert found.loss.item() == pytest.approx((weights[Z.argmax(1)] * entropy).mean().item(), rel=1e-5)


def test_pix2pix_is_judged_by_a_discriminator_of_its_own(pictures):
    (stage,) = {s for (part, _), s in STAGES.items() if part == "pix2pix" and s.scale == 1}
    found = taken(stage, pictures, None)
    assert found.terms["l1"].item() == pytest.approx((0.1 - found.ab).abs().mean().item(), rel=1e-5)
    total = found.terms["adversarial"] + 100 * found.terms["l1"]
    assert found.loss.item() == pytest.approx(total.item(), rel=1e-6)
    assert set(found.terms) == {"adversarial", "l1", "discriminator"}
    assert {"discriminator", "optimizer"} == set(found.beside.state_dict())


SECOND = [k for k, s in STAGES.items() if s.step == "refine"]


@pytest.mark.parametrize("warm", [False, True])
def test_second_stages_see_noise_prior_and_attention_where_they_should(warm, pictures):
    for key in SECOND:
        stage = STAGES[key]
        found = taken(stage, pictures, None, warm)
        (seen,) = found.net.seen
        x, t, prior = seen.rest
        ab_base = torch.full_like(found.ab, -0.05)
        noisy = stage.noise and not warm
        wanted_t = found.random.integers(steps.T_MAX) if noisy else torch.zeros(COUNT, dtype=torch.long)
        assert torch.equal(t, wanted_t)
        own, true = color_prior(ab_base), color_prior(found.ab)
        kind, each = found.random.uniform(0, 1)[:, None], found.random.uniform(0, 1, 4)
        told = (kind < stage.steer / 2) | ((kind < stage.steer) & (each < 0.5))
        torch.testing.assert_close(prior, torch.where(told, true, own))
        assert told.any() == (stage.steer > 0)
        keep = noise_schedule()[wanted_t].view(-1, 1, 1, 1)
        noise = found.random.normal(*ab_base.shape[1:])
        torch.testing.assert_close(x, keep.sqrt() * ab_base + (1 - keep).sqrt() * noise)
        assert seen.options["attend"] == stage.attention
        assert not found.base.seen[0].L.requires_grad


def test_second_stages_weigh_their_terms(pictures, vgg):
    for key in SECOND:
        stage = STAGES[key]
        found = taken(stage, pictures, vgg)
        six = {"residual": 0.35, "output": 0.25, "perceptual": 0.1, "diversity": 0.1, "style": 0.1, "attention": 0.1}
        weights = {"residual": 0.35, "output": 0.25} if stage.loss == "squared" else six
        here = {"residual", "output", "diversity"}
        here |= {"perceptual", "style"} if stage.loss != "squared" else set()
        here |= {"attention"} if stage.attention and stage.loss != "squared" else set()
        assert set(found.terms) == here
        total = sum(weights.get(name, 0) * term.item() for name, term in found.terms.items())
        assert found.loss.item() == pytest.approx(total, rel=1e-5)
        residual = (0.1 - (found.ab + 0.05)).double()
        assert found.terms["residual"].item() == pytest.approx(residual.square().mean().item(), rel=1e-5)
        assert found.terms["output"].item() == pytest.approx((0.05 - found.ab).square().mean().item(), rel=1e-5)


def test_predictions_that_come_with_the_batch_stand_for_the_bases(pictures):
    net, base = Spy(), Spy(-0.05)
    step, _ = steps.make_step(Stage("x", "x", 1, "refine"), {"x": net, "base": base}, pictures)
    L, ab = pictures.batch(range(COUNT))
    step(net, (L, ab, torch.full_like(ab, 0.3)), steps.StepRandom(0, COUNT), False)
    assert not base.seen
    assert net.seen[0].rest[0].mean().item() == pytest.approx(0.3)


def test_a_step_of_ones_own_and_one_that_is_none(pictures):
    def mine(net, L, ab):
        return (net(L) - ab).abs().mean(), {"mine": torch.tensor(1.0)}

    history = fit(Stage("mine", "mine", 1, mine), {"mine": Spy()}, pictures, batch=COUNT)
    assert history[0]["mine"] == 1
    for wrong, what in (({"step": "predicted"}, "step"), ({"step": "refine", "loss": "huber"}, "loss")):
        with pytest.raises(ValueError, match=f"{what} must be"):
            fit(Stage("x", "x", 1, **wrong), {"x": Spy(), "base": Spy()}, pictures)


# ---- what becomes of the gradients


def trainer(pictures, stage, net=None, batch=3, **options):
    parts = {stage.part: net or models.CNN((8, 8))}
    given = {"seed": 0, "vgg": None, "diversity": "vibrant", "accelerator": make_accelerator()} | options
    return Trainer(stage, parts, pictures, batch, **given)


def test_a_gradient_is_clipped_to_the_length_of_one(pictures):
    def steep(net, L, ab):
        return 1e4 * (net(L) - ab).square().mean(), {}

    def flat(net, L, ab):
        return 1e-4 * (net(L) - ab).square().mean(), {}

    norms = []
    for step in (steep, flat):
        at_work = trainer(pictures, Stage("cnn", "cnn", 1, step))
        with at_work.at_work():
            at_work.gradients(next(at_work.batches()))
            norms.append(math.sqrt(sum(p.grad.square().sum().item() for p in at_work.net.parameters())))
    assert norms[0] == pytest.approx(1, rel=1e-3)
    assert 0 < norms[1] < 0.01


@pytest.mark.parametrize(("step", "decay", "betas"), [("predict", 0.05, (0.9, 0.999)), ("adversary", 0, (0.5, 0.999))])
def test_weights_decay_but_for_rivals(pictures, step, decay, betas):
    net = models.build("pix2pix", channels=8, levels=2) if step == "adversary" else None
    group = trainer(pictures, Stage("x", "x", 4, step), net).optimizer.param_groups[0]
    assert group["weight_decay"] == decay
    assert group["max_momentum" if step == "predict" else "betas"] == (0.95 if step == "predict" else betas)


def test_the_rate_rises_to_the_stages_own_and_falls_to_nothing(pictures):
    stage = Stage("cnn", "cnn", epochs=10, lr=4e-3)
    at_work, rates = trainer(pictures, stage), []
    with at_work.at_work():
        for _ in range(stage.epochs):
            for batch in at_work.batches():
                rates.append(at_work.optimizer.param_groups[0]["lr"])
                at_work.step(batch)
            at_work.end_epoch(None)
    assert len(rates) == at_work.steps == 20
    assert rates[0] == pytest.approx(4e-3 / 25)
    assert max(rates) == pytest.approx(4e-3, rel=1e-3)
    assert rates.index(max(rates)) == 5  # 30 % of the way
    assert rates[-1] < 1e-3 * max(rates)


def test_a_network_ends_as_the_average_of_its_weights(pictures):
    stage = Stage("cnn", "cnn", epochs=3, lr=1e-2)
    at_work = trainer(pictures, stage)
    wanted = copy.deepcopy(at_work.net.state_dict())
    n = 0
    with at_work.at_work():
        for _ in range(stage.epochs):
            for batch in at_work.batches():
                at_work.step(batch)
                n += 1
                d = min(0.999, (1 + n) / (10 + n))
                for name, value in at_work.net.state_dict().items():
                    mixed = d * wanted[name].double() + (1 - d) * value.double()
                    wanted[name] = mixed if value.is_floating_point() else value.clone()
            now = copy.deepcopy(at_work.net.state_dict())
            at_work.end_epoch(None)
    for name, value in at_work.net.state_dict().items():
        torch.testing.assert_close(value.double(), wanted[name].double(), rtol=1e-4, atol=1e-6)
    assert not torch.equal(now["net.0.weight"], at_work.net.state_dict()["net.0.weight"])


def test_validation_scores_the_average_not_the_last_weights(pictures):
    from colorlib.training.validation import rgb_mse

    parts = {"cnn": models.CNN((8, 8))}
    history = fit(Stage("cnn", "cnn", epochs=2, lr=1e-2), parts, pictures, pictures, batch=3)
    assert history[-1]["val_mse"] == pytest.approx(rgb_mse(parts["cnn"], pictures), rel=1e-6)
    assert history[0]["val_mse"] != history[1]["val_mse"]


# ---- what a caller may count on


def test_any_network_under_any_name(pictures):
    net = Spy()
    history = fit(Stage("a stage", "whatever", epochs=2, lr=1e-2), {"whatever": net}, pictures, pictures, batch=3)
    assert [row["part"] for row in history] == ["whatever"] * 2
    assert net.answer.item() != pytest.approx(0.1)
    refined = fit(Stage("r", "second", 1, "refine"), {"second": Spy(), "base": Spy()}, pictures, pictures, batch=3)
    assert refined[0]["val_mse"] > 0


def test_the_global_random_state_stays(pictures):
    import random

    import numpy as np

    for stage, net in ((Stage("cnn", "cnn", 1), models.CNN((8, 8))),
                       (Stage("g", "g", 1, "adversary"), models.build("pix2pix", channels=8, levels=2))):  # fmt: skip
        before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
        fit(stage, {stage.part: net}, datasets.load("portraits", "train", size=32, count=6), batch=3)
        assert torch.equal(before[0], torch.get_rng_state())
        assert before[1:] == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


@pytest.mark.parametrize("seed", [2**31 - 1, 2**31, 2**32, 10**18])
def test_large_seeds_train(pictures, seed):
    history = fit(Stage("cnn", "cnn", 1), {"cnn": models.CNN((8, 8))}, pictures, batch=3, seed=seed)
    assert math.isfinite(history[0]["loss"])


def test_accelerates_marks_stay_off_the_network(pictures):
    net = models.CNN((8, 8))
    before = set(vars(net))
    fit(Stage("cnn", "cnn", 1), {"cnn": net}, pictures, batch=3)
    assert set(vars(net)) == before
    assert SAVE_EVERY == 300
    assert all(not p.requires_grad for p in net.parameters())


def test_each_row_of_the_table_of_methods_can_be_built():
    from colorlib.training.schedule import architecture

    built = architecture("smoke")
    for row in methods.trained():
        assert models.parameters(models.build(**built[row.part])) > 1000


def test_a_training_goes_on_exactly_from_every_step_of_it(pictures):
    """Also from an epoch's last step, after which the random numbers are the next epoch's."""
    stage, kept = Stage("base", "base", epochs=2, lr=2e-3), []

    def network():
        torch.manual_seed(0)
        return models.build("siggraph17", width=1 / 16, dropout=0.5, classes=0)

    def keep(state, row):
        kept.append((copy.deepcopy(state), copy.deepcopy(whole.state_dict())))

    whole = network()
    fit(stage, {"base": whole}, pictures, batch=2, keep=keep, every=0)
    assert [(s["at"]["epoch"], s["at"]["step"]) for s, _ in kept] == [
        (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3), (2, 0),
    ]  # fmt: skip
    for state, weights in kept[:-1]:
        net = network()
        net.load_state_dict(weights)
        fit(stage, {"base": net}, pictures, batch=2, state=state)
        at = state["at"]
        for key, value in whole.state_dict().items():
            assert torch.equal(net.state_dict()[key], value), (at["epoch"], at["step"], key)


def test_the_accelerator_takes_bfloat16_where_it_is_fast(monkeypatch):
    asked = {}
    monkeypatch.setattr(fit_module, "Accelerator", lambda **options: asked.update(options))
    for fast, wanted in ((True, "bf16"), (False, "no")):
        monkeypatch.setattr(fit_module, "bf16_is_fast", lambda device, fast=fast: fast)
        make_accelerator(7)
        assert asked["mixed_precision"] == wanted or torch.cuda.is_available()
    loading = asked["dataloader_config"]
    assert (loading.use_seedable_sampler, loading.split_batches, loading.data_seed) == (True, True, 7)
    assert asked["kwargs_handlers"][0].find_unused_parameters


def test_each_step_has_random_numbers_of_its_own_and_counts(monkeypatch, pictures):
    places = []
    monkeypatch.setattr(fit_module, "StepRandom", lambda place, *_: places.append(place))
    net = {"base": models.build("siggraph17", width=1 / 16, classes=0)}
    trainer = Trainer(Stage("base", "base", 3), net, pictures, 2, 5, None, "vibrant", make_accelerator())
    trainer.epoch, trainer.number = 2, 1
    trainer.numbers((torch.zeros(2),))
    assert (trainer.steps, trainer.done) == (9, 7)
    trainer.number = 3
    trainer.numbers((torch.zeros(2),))
    assert places == [(5 * 10_000 + 2) * 1_000_000, (5 * 10_000 + 2) * 1_000_000 + 2]


def test_a_share_keeps_one_picture_at_the_least(pictures):
    assert len(fit_module.chosen(pictures, Stage("x", "x", 1, share=0.01), 0)) == 1
    assert len(fit_module.chosen(pictures, Stage("x", "x", 1, share=0.5), 0)) == COUNT // 2


def test_names_are_few_and_the_rest_is_counted():
    assert guards._few(list("abc")) == "a, b, c"
    assert guards._few(list("abcdefgh")) == "a, b, c, d, e, f, g, h"
    assert guards._few(list("abcdefghij")) == "a, b, c, d, e, f, g, h and 2 more"


def test_batchnorm_of_one_process_is_batchnorm(tmp_path):
    x, nets = torch.randn(6, 3, 4, 4), [torch.nn.Sequential(torch.nn.BatchNorm2d(3)) for _ in range(2)]
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/meet", rank=0, world_size=1)
    try:
        shared = share_batchnorm(nets[1].train(), True)
        assert type(shared[0]) is not torch.nn.BatchNorm2d
        for _ in range(2):
            torch.testing.assert_close(shared(x), nets[0].train()(x))
        shared = share_batchnorm(shared, False)
    finally:
        torch.distributed.destroy_process_group()
    assert type(shared[0]) is torch.nn.BatchNorm2d
    for key, value in nets[0].state_dict().items():
        torch.testing.assert_close(shared.state_dict()[key], value)
    torch.testing.assert_close(shared.eval()(x), nets[0].eval()(x))
