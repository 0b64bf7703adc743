"""The schedule, one loop that learns, and a resume that continues as if nothing had happened."""

import dataclasses
import json

import pytest
import torch

from colorlib import models, portraits
from colorlib.colorize import Colorizer
from colorlib.data import datasets
from colorlib.data.writing import write_picture
from colorlib.methods import Stage
from colorlib.models.tints import relative
from colorlib.prior import color_prior
from colorlib.training import checkpoints, pictures, run, validation
from colorlib.training.fit import fit, make_accelerator
from colorlib.training.run import train
from colorlib.training.schedule import PRESETS, preset
from colorlib.training.validation import best_t, find_vibrance, mean_ab, predictor, rgb_mse


@pytest.fixture(scope="module", autouse=True)
def _tiny():
    """The smoke preset, three epochs of base and two or one of the others."""
    small = PRESETS["smoke"]
    PRESETS["tiny"] = dataclasses.replace(
        small, name="tiny", images=12, val_images=4, epochs=(0.1, 0.1), batch=6, folds=0
    )
    yield
    del PRESETS["tiny"]


def batch(B=4, size=32):
    g = torch.Generator().manual_seed(0)
    return torch.rand(B, 1, size, size, generator=g) - 0.5, torch.randn(B, 2, size, size, generator=g) * 0.1


def test_preset_comes_from_the_environment(monkeypatch):
    assert preset().name == "lesson"
    monkeypatch.setenv("COLORLIB_PRESET", "smoke")
    assert preset().name == "smoke"
    with pytest.raises(ValueError, match="smoke, lesson, shipped, drawn, colab, paper"):
        preset("huge")


def test_one_batch_can_be_learnt_by_heart():
    torch.manual_seed(0)
    data = datasets.load("portraits", "train", size=32, count=4)
    stage = Stage("base", "base", epochs=25, lr=5e-3)
    parts = {"base": models.SIGGRAPH17(width=1 / 8)}
    history = fit(stage, parts, data, batch=4)
    assert history[-1]["loss"] < 0.5 * history[0]["loss"]
    assert [row["epoch"] for row in history] == list(range(1, 26))


def test_refining_leaves_the_base_alone_and_starts_from_it():
    torch.manual_seed(0)
    data = datasets.load("portraits", "train", size=32, count=16)
    parts = {"base": models.SIGGRAPH17(width=1 / 16), "refiner": models.EnhancedUNet((8, 16, 16))}
    before = {k: v.clone() for k, v in parts["base"].state_dict().items()}
    base_mse = rgb_mse(predictor(parts, "base"), data)
    assert rgb_mse(predictor(parts, "refiner", t=30), data) == pytest.approx(base_mse)
    stage = Stage("refine", "refiner", 3, "refine", warmup=1, noise=True, lr=3e-3)
    history = fit(stage, parts, data, data, batch=8)
    assert all(torch.equal(v, before[k]) for k, v in parts["base"].state_dict().items())
    assert [row["warmup"] for row in history] == [True, False, False]
    assert history[-1]["val_mse"] < base_mse
    assert {"residual", "output", "diversity", "val_mse", "seconds", "images"} <= set(history[0])


def test_rgb_mse_by_hand():
    data = datasets.load("portraits", "val", size=32, count=7)
    L, ab = data.batch(range(7))
    ours = rgb_mse(lambda L: torch.zeros(len(L), 2, 32, 32), data, batch=3)
    from colorlib.color import model_to_rgb, to_uint8

    truth, grey = (to_uint8(model_to_rgb(L, x)).astype(float) for x in (ab, 0 * ab))
    assert ours == pytest.approx(((truth - grey) ** 2).mean(), rel=1e-5)


def without_times(history):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history]


@pytest.mark.slow
def test_resume_continues_exactly(tmp_path, monkeypatch):
    whole = train(tmp_path / "whole", "portraits", "tiny", seed=1)
    assert json.loads((tmp_path / "whole/history.json").read_text())["history"] == whole

    save, saved = checkpoints.save, []

    def interrupted(*args):
        save(*args)
        saved.append(1)
        if len(saved) in (2, 5, 9):  # within the base, within the refiner, within the rivals
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints, "save", interrupted)
    for attempt in range(3):
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "torn", "portraits", "tiny", resume=attempt > 0, seed=1)
        assert not (tmp_path / "torn/model.safetensors").exists()
    torn = train(tmp_path / "torn", "portraits", "tiny", resume=True, seed=1)

    assert without_times(torn) == without_times(whole)
    (ours, info), (theirs, _) = (models.load(tmp_path / run / "model.safetensors") for run in ("torn", "whole"))
    for part in theirs:
        for key, value in theirs[part].state_dict().items():
            assert torch.equal(ours[part].state_dict()[key], value), f"{part}.{key}"
    assert set(ours) == {"base", "refiner", "cnn", "control"}
    assert info["size"] == 32
    assert len(info["constant_ab"]) == 2
    assert "random" in info["vgg"]


def test_a_run_is_not_overwritten_nor_resumed_as_another(tmp_path):
    train(tmp_path, "portraits", "tiny", rivals=())
    assert models.load(tmp_path / "model.safetensors")[1]["noisy"] == ["refiner"]
    with pytest.raises(FileExistsError, match="--resume"):
        train(tmp_path, "portraits", "tiny", rivals=())
    with pytest.raises(ValueError, match=r"other settings: seed 0, now 5$"):
        train(tmp_path, "portraits", "tiny", rivals=(), resume=True, seed=5)


def test_a_training_does_not_go_on_in_another_schedule(tmp_path, monkeypatch):
    train(tmp_path, "portraits", "tiny", rivals=())
    stages = run.stages
    monkeypatch.setattr(run, "stages", lambda *given: stages(*given)[:-1])
    with pytest.raises(ValueError, match=r"other settings: schedule '\w+', now '\w+'$"):
        train(tmp_path, "portraits", "tiny", rivals=(), resume=True)


def test_a_new_training_asks_its_own_base(tmp_path, monkeypatch):
    """And does not take the predictions that another one left in the folder."""
    left = tmp_path / "predictions" / "base.float16"
    left.parent.mkdir()
    left.write_bytes(bytes(2 * 12 * 2 * 32 * 32))
    monkeypatch.setattr(run, "fit", lambda *args: [])
    train(tmp_path, "portraits", "tiny", rivals=())
    assert any(left.read_bytes())


def test_a_loss_that_is_not_a_number_stops_the_training_and_gives_the_network_back():
    data = datasets.load("portraits", "train", size=32, count=8)
    net = models.CNN((8, 8))
    torch.nn.init.constant_(net.net[-1].bias, float("nan"))
    with pytest.raises(FloatingPointError, match=r"stage 'cnn', epoch 1, step 1: the loss is nan .*portraits/"):
        fit(Stage("cnn", "cnn", epochs=1), {"cnn": net}, data)
    assert not net.training
    assert not any(p.requires_grad for p in net.parameters())
    assert "forward" not in vars(net)  # accelerate's, which runs in lower precision


def test_gradients_of_half_precision_are_unscaled_once_in_every_stage(monkeypatch):
    """One accelerator serves all stages of a network, as in `train`; its scaler must forget the stages before."""
    accelerator, norms, clip = make_accelerator(), [], torch.nn.utils.clip_grad_norm_
    monkeypatch.setattr(accelerator.state, "_mixed_precision", "fp16")  # what it is on a GPU without bfloat16
    accelerator.native_amp, accelerator.scaler = True, torch.amp.GradScaler("cpu")
    monkeypatch.setattr(accelerator, "autocast", lambda: torch.autocast("cpu", torch.bfloat16))
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", lambda *args: norms.append(clip(*args)) or norms[-1])
    torch.manual_seed(0)
    parts, data = {"cnn": models.CNN((8, 8))}, datasets.load("portraits", "train", size=32, count=8)
    for name in ("one", "two", "three"):
        stage = Stage(name, "cnn", epochs=1, lr=1e-5)
        fit(stage, parts, data, batch=8, accelerator=accelerator)
    assert max(norms) < 3 * min(norms)


def test_networks_are_laid_out_where_the_accelerator_is_and_brought_back(monkeypatch):
    data = datasets.load("portraits", "train", size=32, count=8)
    parts = {"base": models.SIGGRAPH17(width=1 / 16), "control": models.EnhancedUNet((8, 16), prior=False, time=False)}
    moved, move = [], torch.nn.Module.to
    monkeypatch.setattr(torch.nn.Module, "to", lambda net, *a, **k: moved.append((net, *a)) or move(net, *a, **k))
    fit(Stage("control", "control", epochs=1, step="refine", loss="squared"), parts, data, batch=8)
    for part, net in parts.items():
        places = [a[0] for n, *a in moved if n is net]
        assert places[0] == make_accelerator().device
        assert len(places) == 2, part  # accelerate moves what stands in for the one that learns
        assert places[-1] == torch.device("cpu")


def test_a_device_with_random_numbers_of_its_own_goes_on_with_them(monkeypatch):
    class Gpu:
        state = torch.tensor([7], dtype=torch.uint8)
        get_rng_state = classmethod(lambda cls: cls.state)
        set_rng_state = classmethod(lambda cls, state: setattr(cls, "state", state))

    monkeypatch.setattr(torch, "get_device_module", lambda device: Gpu)
    kept = checkpoints.random_states(torch.device("cuda"))
    first, Gpu.state = torch.rand(3), torch.tensor([8], dtype=torch.uint8)
    checkpoints.set_random_states(torch.device("cuda"), kept)
    assert Gpu.state == 7
    assert torch.equal(torch.rand(3), first)


def test_mean_ab():
    data = datasets.load("portraits", "train", size=32, count=9)
    _, ab = data.batch(range(9))
    assert mean_ab(data) == pytest.approx((110 * ab.double().mean(dim=(0, 2, 3))).tolist(), rel=1e-5)


def test_a_share_of_the_pictures_is_drawn_not_the_first_ones(monkeypatch):
    data = datasets.load("portraits", "train", size=32, count=24)
    seen = []
    original = datasets.loader
    monkeypatch.setattr(datasets, "loader", lambda d, *a, **k: seen.append(list(d.keys)) or original(d, *a, **k))
    stage = Stage("base", "base", epochs=1, share=0.25)
    fit(stage, {"base": models.SIGGRAPH17(width=1 / 16)}, data, batch=6)
    assert len(seen[0]) == 6
    assert set(seen[0]) < set(data.keys)
    assert seen[0] != data.keys[:6]


def test_best_t_is_where_the_error_is_lowest(monkeypatch):
    errors = {0: 9.0, 10: 4.0, 50: 6.0}
    monkeypatch.setattr(validation, "predictor", lambda parts, part, t: t)
    monkeypatch.setattr(validation, "rgb_mse", lambda t, *_: errors[t])
    assert best_t({}, None, choices=tuple(errors)) == 10


def test_vibrance_makes_pictures_as_colorful_as_the_truth(monkeypatch):
    data = datasets.load("portraits", "val", size=32, count=8)
    truth = data.batch(range(8))[1]
    monkeypatch.setattr(validation, "predictor", lambda parts, part, t, vibrance: lambda L: vibrance * truth / 1.6)
    assert find_vibrance({}, data) == pytest.approx(1.6, abs=0.02)


def test_samples_ask_for_what_makes_them_as_colorful_as_the_truth():
    """By a network that draws the truth's four numbers, and a refiner that gives half of the spread asked for."""
    data = datasets.load("portraits", "val", size=32, count=8)
    pictures, truth = data.batch(range(8))

    def of(L):
        return truth[[next(i for i in range(8) if torch.equal(pictures[i], x)) for x in L]]

    class Drawn(torch.nn.Module):
        def forward(self, L, ab):
            numbers = torch.full((len(L), 1, 15), -20.0)  # ends up 0.02 wide
            numbers[:, 0, 5:] = torch.where(torch.eye(4)[torch.tril_indices(4, 4).unbind()] > 0, -20.0, 0.0)
            numbers[:, 0, 1:5] = relative(color_prior(of(L)), color_prior(ab))
            return numbers

    class Pale(torch.nn.Module):
        def forward(self, L, ab, t, prior, **_):
            wanted = prior[:, 2] / color_prior(of(L))[:, 2] / 2
            return wanted[:, None, None, None] * of(L) - ab

    class Base(torch.nn.Module):
        def forward(self, L):
            return 0.05 * torch.ones_like(L).repeat(1, 2, 1, 1)

    parts = {"base": Base(), "refiner": Pale(), "tints": Drawn()}
    assert validation.find_asking(parts, data) == pytest.approx(2.0, abs=0.05)


def test_vibrance_is_handed_on_to_the_refiner():
    seen = []

    class Spy(torch.nn.Module):
        def forward(self, L, ab, t, prior, **_):
            seen.append(prior)
            return 0 * ab

    L, ab = batch()
    parts = {"base": torch.nn.Module(), "refiner": Spy()}
    parts["base"].forward = lambda L: ab
    predictor(parts, "refiner", vibrance=1.5)(L)
    torch.testing.assert_close(seen[0], 1.5 * color_prior(ab))


# ---- few pictures


def album(root, seeds=(3,), folder=""):
    for seed in seeds:
        write_picture(root / folder / f"{seed}.png", portraits.draw(seed, size=48).rgb)
    return root


def test_one_picture_is_learnt_by_heart(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(PRESETS, "heart", dataclasses.replace(PRESETS["smoke"], name="heart", epochs=(0.1, 1 / 30)))
    data = album(tmp_path / "one")
    history = train(tmp_path / "run", data / "3.png", "heart", rivals=False, split="all")
    base = [row["val_mse"] for row in history if row["part"] == "base"]
    grey = datasets.load(data, "all", size=32)
    assert base[-1] < 0.15 * rgb_mse(lambda L: torch.zeros(len(L), 2, 32, 32), grey)
    assert {row["images"] for row in history if row["stage"] == "base"} == {50}
    out = capsys.readouterr().out
    assert "validation pictures are training pictures" in out
    assert "too few pictures for 2 folds" in out
    parts, info = models.load(tmp_path / "run" / "model.safetensors")
    assert set(parts) == {"base", "refiner"}
    assert (info["images"], info["split"], info["seen"]) == (1, "all", grey.contents())
    with pytest.raises(ValueError, match="--split all"):
        train(tmp_path / "run", data, "heart", rivals=False, resume=True)


def test_as_many_as_a_batch_are_shown_once_an_epoch(tmp_path):
    data = datasets.load(album(tmp_path / "p", range(5)), "all", size=32)
    few, batch = pictures.by_heart(data, 6)
    assert (len(few), batch, few.keys[:5], few.keys[5:10]) == (250, 5, data.keys, data.keys)
    assert pictures.by_heart(data, 5) == (data, 5)
    both, batch = pictures.by_heart(data, 6, processes=2)
    assert (len(both), batch) == (500, 10)
    assert not pictures.can_cross_fit(data.subset([2]), 2)
    assert not pictures.can_cross_fit(data, 0)
    assert pictures.can_cross_fit(datasets.load("portraits", "train", 32, count=12), 2)


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        ({"train": [1, 2]}, "usable picture in the split 'val', got none"),
        ({"train": [1, 2], "test": [3], "valid": []}, "valid/ 0: taken as validation"),
        ({"val": [1], "test": [2]}, "usable picture in the split 'train', got none"),
        ({"train": [1], "val": [1]}, "the same picture or person is in 'val'"),
        ({}, "0 pictures used"),
    ],
)
def test_too_few_pictures_are_told_before_the_first_step(tmp_path, monkeypatch, folders, said):
    monkeypatch.setattr(run, "fit", lambda *given: pytest.fail("a step was taken"))
    (tmp_path / "p").mkdir()
    for folder, seeds in folders.items():
        (tmp_path / "p" / folder).mkdir()
        album(tmp_path / "p", seeds, folder)
    with pytest.raises(ValueError, match="at least 1 picture to learn from and 1 for validation") as caught:
        train(tmp_path / "run", tmp_path / "p", "tiny")
    assert said in str(caught.value)
    assert "--split all" in str(caught.value)


def test_another_split_is_no_training(tmp_path):
    with pytest.raises(ValueError, match='split must be "train" or "all", got \'val\''):
        train(tmp_path / "run", "portraits", "tiny", split="val")


def test_networks_that_are_there_are_taken_as_they_are(tmp_path):
    train(tmp_path / "first", "portraits", "tiny", rivals=(), seed=1)
    history = train(tmp_path / "second", "portraits", "tiny", rivals=("hints", "cnn"), start=tmp_path / "first")
    assert {row["part"] for row in history} == {"hints", "cnn"}
    (old, before), (new, after) = (models.load(tmp_path / run / "model.safetensors") for run in ("first", "second"))
    assert set(new) == {"base", "refiner", "hints", "cnn"}
    for part in old:
        assert all(torch.equal(new[part].state_dict()[k], v) for k, v in old[part].state_dict().items())
    kept = ("t", "vibrance", "constant_ab", "images")
    assert [after[k] for k in kept] == [before[k] for k in kept]
    assert after["stages"][: len(before["stages"])] == before["stages"]
    with pytest.raises(ValueError, match=r"^start must lack something that is asked for, got .* with base"):
        train(tmp_path / "third", "portraits", "tiny", rivals=(), start=tmp_path / "second")
    with pytest.raises(ValueError, match=r"^start must hold networks of 64 pixels, as the preset 'lesson', got "):
        train(tmp_path / "third", "portraits", "lesson", rivals=("hints",), start=tmp_path / "first")


def test_a_flow_learns_beside_a_base_that_is_there_and_then_draws(tmp_path):
    train(tmp_path / "first", "portraits", "tiny", rivals=())
    history = train(tmp_path / "second", "portraits", "tiny", rivals=("sampled-pixels",), start=tmp_path / "first")
    assert [row["part"] for row in history] == ["flow"] * 4
    assert not any("val_mse" in row for row in history)  # no single draw of it has a score
    able = Colorizer.load(tmp_path / "second", device="cpu")
    assert able.stages[-1] == "sampled-pixels"
    assert able.parts["flow"].head.weight.any()  # zero in the beginning
    L, _ = datasets.load("portraits", "val", size=32, count=2).batch([0, 1])
    one, other = (able.predict(L, "sampled-pixels", seed=seed)["ab"] for seed in (0, 1))
    assert one.isfinite().all()
    assert (one - other).abs().max() > 0.01


def test_hints_begin_with_the_weights_of_the_base(tmp_path, monkeypatch):
    train(tmp_path / "first", "portraits", "tiny", rivals=())
    begun = {}

    def only_looks(stage, parts, *rest):
        same = all(map(torch.equal, parts["hints"].state_dict().values(), parts["base"].state_dict().values()))
        begun[stage.name] = same
        return [{}]

    monkeypatch.setattr(run, "fit", only_looks)
    train(tmp_path / "second", "portraits", "tiny", rivals=("hints",), start=tmp_path / "first")
    assert begun == {"hints": True}


def test_a_network_that_begins_with_another_goes_on_where_it_was_cut_off(tmp_path, monkeypatch):
    train(tmp_path / "first", "portraits", "tiny", rivals=())
    more = {"rivals": ("hints",), "start": tmp_path / "first"}
    whole = train(tmp_path / "whole", "portraits", "tiny", **more)
    save, saved = checkpoints.save, []

    def interrupted(*args):
        save(*args)
        saved.append(1)
        if len(saved) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "torn", "portraits", "tiny", **more)
    torn = train(tmp_path / "torn", "portraits", "tiny", resume=True, **more)
    assert without_times(torn) == without_times(whole)


def test_second_stages_learn_from_what_a_given_base_has_not_seen(tmp_path, monkeypatch):
    train(tmp_path / "first", "portraits", "tiny", rivals=())
    monkeypatch.setitem(PRESETS, "tiny", dataclasses.replace(PRESETS["tiny"], folds=2, images=30))

    def learnt(out, data):
        rows = train(tmp_path / out, data, "tiny", rivals=("cnn", "control"), start=tmp_path / "first")
        return {row["part"]: row["images"] for row in rows if row["stage"] in ("cnn", "fold 1", "control refine")}

    assert learnt("half", "portraits") == {"cnn": 30, "control": 18}
    monkeypatch.setitem(PRESETS, "tiny", dataclasses.replace(PRESETS["tiny"], images=20))
    known = learnt("known", "portraits")  # 8 of 20 are new
    assert known.keys() == {"cnn", "fold1", "control"}
    assert known["control"] == 20
