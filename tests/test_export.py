"""export.py: ONNX Runtime gives torch's numbers at any size, networks.json tells the truth, nothing is half written."""

import ast
import json
import math
import os
import re
import sys
from hashlib import sha256
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from colorlib import cli, color, methods, metrics, models, portraits
from colorlib.colorize import Colorizer, picture_noise
from colorlib.data import files
from colorlib.diffusion import LINEAR, correct_once, noise_schedule, q_sample
from colorlib.export import export, session
from colorlib.prior import color_prior

ROOT = Path(__file__).parents[1]
SIZES = [(64, 64), (96, 96), (64, 96), (128, 128), (40, 56), (100, 76)]
CLOSE = 1e-3 / 110  # 1e-3 ab units
BUILT = {
    "base": {"name": "siggraph17", "width": 0.06, "classes": 0},
    "hints": {"name": "siggraph17", "width": 0.06, "classes": 0},
    "refiner": {"name": "enhanced_unet", "channels": [8, 16, 24], "shrink": 2, "steer": True},
    "control": {
        "name": "enhanced_unet", "channels": [8, 16], "attention": "none", "prior": False, "time": False,
    },
    "tints": {"name": "tints", "channels": [8, 16, 16], "kernels": 3},
    "flow": {"name": "color_flow", "channels": [8, 16, 16]},
    "cnn": {"name": "cnn", "channels": [8, 16, 16]},
    "fusionnet": {"name": "fusionnet", "channels": 8, "levels": 2},
    "baldassarre": {"name": "baldassarre", "width": 0.1, "side": 40},
    "pix2pix": {"name": "pix2pix", "channels": 8},
    "eccv16": {"name": "eccv16", "width": 0.03},
}  # fmt: skip


def untrained(settings):
    """A network in which nothing is zero, and whose BatchNorms have seen something."""
    net = models.build(**settings)
    for name, value in net.named_parameters():
        if not value.any():
            nn.init.normal_(value, std=0.02)
        if name.endswith("bias"):
            nn.init.normal_(value, std=0.1)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return net


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file with one network of each kind, small, and a description as a training writes it."""
    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("weights") / "small.safetensors"
    info = {"size": 32, "t": 40, "vibrance": 1.5, "noisy": ["refiner"], "data": "drawn"}
    models.save(file, {part: untrained(how) for part, how in BUILT.items()}, BUILT, info, half=True)
    return file


@pytest.fixture(scope="module")
def folder(weights, tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "new"
    assert cli.main(["export", str(weights), "-o", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def told(folder):
    return json.loads((folder / "networks.json").read_text("utf-8"))


def inputs(shapes, B, H, W, fold=3):
    """Random inputs of the shapes that networks.json gives."""
    sides = {"B": B, "H": H, "W": W, "ceil(H / fold)": math.ceil(H / fold), "ceil(W / fold)": math.ceil(W / fold)}
    made = {name: 0.3 * torch.randn([sides.get(n, n) for n in of["shape"]]) for name, of in shapes.items()}
    return made | ({"t": torch.randint(0, 1000, (B,))} if "t" in made else {})


def apart(running, net, options, given, outputs):
    """How far ONNX Runtime and torch are from each other; numbers above 1 count by their share, and those of an
    attention map, which are no colours, by a tenth."""
    with torch.no_grad():
        wanted = net(**given, **options)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    got = running.run(list(outputs), {name: x.numpy() for name, x in given.items()})
    pairs = list(zip(got, wanted, strict=True))
    assert [x.shape for x, _ in pairs] == [tuple(y.shape) for _, y in pairs]
    assert all(y.std() > 0 for _, y in pairs)
    scale = [10 if name == "attention" else 1 for name in outputs]
    return max(
        ((torch.from_numpy(x) - y).abs() / y.abs().clamp(min=1)).max().item() / s
        for (x, y), s in zip(pairs, scale, strict=True)
    )


@pytest.mark.parametrize("part", BUILT)
def test_a_file_gives_the_numbers_of_torch_at_every_size(part, weights, folder, told):
    net, of = models.load(weights)[0][part], told["networks"][part]
    running = session((folder / of["file"]).read_bytes())
    options = {"return_attention": True} if "attention" in of["outputs"] else {}
    for B, size in enumerate(SIZES, start=1):
        given = inputs(of["inputs"], min(B, 3), *size)
        assert apart(running, net, options, given, of["outputs"]) < CLOSE, size


def test_what_networks_json_says_of_the_files_is_so(folder, told):
    onnx = pytest.importorskip("onnx")
    assert {file.name for file in folder.iterdir()} == {"networks.json", "noise.bin"} | {f"{p}.onnx" for p in BUILT}
    for part, of in told["networks"].items():
        data = (folder / of["file"]).read_bytes()
        assert (of["bytes"], of["sha256"]) == (len(data), sha256(data).hexdigest())
        model = onnx.load_from_string(data)
        assert [x.name for x in model.graph.input] == list(of["inputs"])
        assert [x.name for x in model.graph.output] == list(of["outputs"])
        assert of["kind"] == BUILT[part]["name"]
        for name, seen in of["inputs"].items():
            assert seen["dtype"] == ("int64" if name == "t" else "float32")
        kinds = {onnx.TensorProto.DataType.Name(x.data_type) for x in model.graph.initializer}
        assert kinds == {"FLOAT16"}, part
        numbers = sum(math.prod(x.dims) for x in model.graph.initializer)
        assert numbers >= of["parameters"] - 30, part  # equal ones, such as zeros, are stored once
    steps = {part: of["multiple"] for part, of in told["networks"].items()}
    assert steps == {"base": 8, "hints": 8, "refiner": 8, "control": 2, "tints": 8, "flow": 12, "cnn": 4,
                     "fusionnet": 4, "baldassarre": 8, "pix2pix": 32, "eccv16": 8}  # fmt: skip
    assert told["networks"]["refiner"]["attention"] == {"heads": 4, "step": 8, "cell": 4}
    assert told["networks"]["refiner"]["call"] == "net(L, ab_noisy, t, prior, return_attention=True)"
    assert told["networks"]["control"]["call"] == "net(L, ab_noisy, None, None)"


def test_networks_json_says_what_else_is_needed(folder, told):
    wanted = {"format": 1, "name": "small.safetensors", "data": "drawn", "size": 32, "t": 40, "vibrance": 1.5}
    assert {key: told[key] for key in wanted} == wanted
    assert told["noisy"] == ["refiner"]
    assert told["terms"].startswith("those of the pictures")
    for kind in ("linear", "cosine"):
        assert told["alpha_bar"][kind] == noise_schedule(kind).tolist()
    noise = np.fromfile(folder / told["noise"]["file"], "<f4").reshape(told["noise"]["shape"])
    assert noise.shape == (10, 2, 32, 32)
    for seed in (0, 9):
        assert (noise[seed] == picture_noise(torch.zeros(1, 2, 32, 32), seed)[0].numpy()).all()


def test_the_code_on_the_page_gives_what_colorlib_gives(weights, folder):
    code = re.search(r"```python\n(.*?)```", (ROOT / "notebooks/site/export.md").read_text("utf-8"), re.S)[1]
    L = torch.rand(2, 1, 40, 56) - 0.5
    names = {"L": L.numpy()}
    exec(code.replace('"build/portraits"', repr(str(folder))), names)
    colorizer = Colorizer.load(weights, device="cpu")
    base, refiner = colorizer.parts["base"], colorizer.parts["refiner"]
    with torch.no_grad():
        ab = base(L)
        noise = torch.from_numpy(names["noise"])
        final, residual = correct_once(refiner, L, ab, 40, color_prior(ab), noise)
    assert residual.std() > 0.001
    assert np.abs(names["ab"] - ab.numpy()).max() < CLOSE
    assert np.abs(names["final"] - final.numpy()).max() < CLOSE


def test_int8_stores_large_weights_so_and_no_other(tmp_path):
    onnx = pytest.importorskip("onnx")
    net = untrained({"name": "siggraph17", "width": 0.13, "classes": 0})
    file = tmp_path / "one.safetensors"
    models.save(file, {"base": net}, {"base": {"name": "siggraph17", "width": 0.13, "classes": 0}}, {"size": 32})
    told = export(file, tmp_path / "new", int8=True)
    assert told["networks"]["base"]["weights"] == "int8"
    assert told["networks"]["base"]["bytes"] < 1.25 * models.parameters(net)
    running = session((tmp_path / "new" / "base.onnx").read_bytes())
    given = inputs(told["networks"]["base"]["inputs"], 2, 48, 40)
    assert CLOSE < apart(running, net.eval(), {}, given, ["ab"]) < 1 / 110
    graph = onnx.load(tmp_path / "new" / "base.onnx").graph
    small = [x for x in graph.initializer if x.data_type != onnx.TensorProto.INT8 and not x.name.endswith("scale")]
    assert all(x.data_type == onnx.TensorProto.FLOAT16 and math.prod(x.dims) < 5000 for x in small)
    weights = [onnx.numpy_helper.to_array(x) for x in graph.initializer if x.data_type == onnx.TensorProto.INT8]
    assert all(x.size >= 5000 and np.abs(x).max() == 127 for x in weights)
    up = {x.name: list(x.dims) for x in graph.initializer}["net.model8up.0.weight.scale"]
    assert up == [1, 33, 1, 1], "a transposed convolution has its outputs on the second axis"


# ---- what cannot be exported, or not there


class Baked(nn.Module):
    """Takes a size for a number, so that its trace holds at one size alone."""

    def __init__(self):
        super().__init__()
        self.out = nn.Conv2d(1, 2, 1)

    def forward(self, L):
        return self.out(L * float(L.shape[2]))


class NoNumber(Baked):
    def forward(self, L):
        return self.out(L) * float("nan")


class Mine(nn.Module):
    """A second stage of somebody's own, that looks at neither t nor prior."""

    def __init__(self):
        super().__init__()
        self.out = nn.Conv2d(3, 2, 3, padding=1)

    def forward(self, lightness, colors, step, numbers):
        return self.out(torch.cat([lightness, colors], dim=1))


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Weights with networks of somebody's own."""
    monkeypatch.setattr(methods, "METHODS", dict(methods.METHODS))
    parts = {"Baked": Baked(), "NoNumber": NoNumber(), "Mine": Mine()}
    for name, net in parts.items():
        stages = (methods.Stage(name, name, 1, "refine" if name == "Mine" else "predict"),)
        networks = ("base", name) if name == "Mine" else (name,)
        methods.add(methods.Method(name, "", networks, type(net), stages=stages))
    models.save(tmp_path / "own.safetensors", parts, {name: {"name": name} for name in parts}, {"size": 32})
    return tmp_path / "own.safetensors"


def test_a_network_of_ones_own_is_exported_or_refused_in_one_sentence(own, tmp_path):
    net = models.load(own)[0]["Mine"]
    told = export(own, tmp_path / "new", parts=["Mine"])["networks"]["Mine"]
    assert told["kind"] == "Mine"
    assert list(told["inputs"]) == ["L", "ab_noisy"]
    given = inputs(told["inputs"], 2, 24, 40)
    got = session((tmp_path / "new" / "Mine.onnx").read_bytes()).run(None, {k: x.numpy() for k, x in given.items()})
    net.out.weight.data, net.out.bias.data = net.out.weight.half().float(), net.out.bias.half().float()
    assert np.abs(got[0] - net(*given.values(), None, None).numpy()).max() < CLOSE
    for name in ("Baked", "NoNumber"):
        said = rf"'{name}' must be .* follows, got {name} \(at other sizes .*\); --parts can leave it out"
        with pytest.raises(ValueError, match=said):
            export(own, tmp_path / "other", parts=["Mine", name])
    assert not (tmp_path / "other").exists()


def test_a_number_beyond_float16_is_refused(tmp_path):
    how = {"name": "cnn", "channels": [8, 16]}
    net = models.build(**how)
    net.net[0].bias.data[3] = 1e6
    models.save(tmp_path / "large.safetensors", {"cnn": net}, {"cnn": how}, {"size": 32})
    with pytest.raises(ValueError, match=r"net\.0\.bias must hold numbers within 65504, as float16 does, got 1000000"):
        export(tmp_path / "large.safetensors", tmp_path / "new")


def test_a_network_of_the_kit_whose_padding_is_baked_in_is_refused(weights, tmp_path, monkeypatch):
    def baked(x, step):
        down, right = (-int(side) % step for side in x.shape[2:])
        return nn.functional.pad(x, (0, right, 0, down), mode="replicate")

    monkeypatch.setattr("colorlib.models.cnn.padded", baked)
    with pytest.raises(ValueError, match="'cnn' must be a network that"):
        export(weights, tmp_path / "new", parts=["cnn"])


def test_what_is_wrong_is_told_in_one_sentence(weights, folder, tmp_path, monkeypatch, capsys):
    def said(*args):
        assert cli.main(["export", str(weights), *args]) == 2
        return capsys.readouterr().err

    before = (folder / "networks.json").read_bytes()
    assert "networks.json already: pass --force" in said("-o", str(folder), "--parts", "cnn")
    assert (folder / "networks.json").read_bytes() == before
    new = str(tmp_path / "new")
    assert "parts must be among base, hints," in said("-o", new, "--parts", "cnn", "bse")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "onnx", None)
        assert 'pip install "colorlib[export]"' in said("-o", new, "--parts", "cnn")
    with monkeypatch.context() as patch:
        patch.setattr(torch.onnx, "export", lambda *args, **options: int("no"))
        assert "(invalid literal" in said("-o", new, "--parts", "cnn")
        patch.delattr(torch.onnx, "utils")
        seen = f"must still have its TorchScript exporter, as 2.14 has, got {torch.__version__}"
        assert seen in said("-o", new, "--parts", "cnn")
    assert not Path(new).exists()


def test_a_part_is_no_way_out_of_the_folder(tmp_path):
    how = {"name": "cnn", "channels": [8, 16]}
    models.save(tmp_path / "bad.safetensors", {"../up": models.build(**how)}, {"../up": how}, {"size": 32})
    with pytest.raises(ValueError, match="parts must have names of letters"):
        export(tmp_path / "bad.safetensors", tmp_path / "new")


def test_force_replaces_an_export_and_leaves_other_files(weights, tmp_path, monkeypatch):
    export(weights, tmp_path, parts=["cnn", "tints"])
    (tmp_path / "mine.onnx").write_text("not of an export")
    kept = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    whole = files.whole

    def fails(path):
        if path.name == "cnn.onnx":
            raise OSError("no space left")
        return whole(path)

    with monkeypatch.context() as patch:
        patch.setattr(files, "whole", fails)
        with pytest.raises(OSError, match="no space"):
            export(weights, tmp_path, parts=["cnn"], int8=True, force=True)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == kept, "the old one, whole"
    replace = os.replace
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda a, b: int("no") if b.name == "noise.bin" else replace(a, b))
        with pytest.raises(ValueError, match="no"):
            export(weights, tmp_path, parts=["cnn"], int8=True, force=True)
    assert not (tmp_path / "networks.json").exists(), "which would say that all is there"
    export(weights, tmp_path, parts=["cnn", "tints"], force=True)
    export(weights, tmp_path, parts=["cnn"], force=True)
    assert {file.name for file in tmp_path.iterdir()} == {"cnn.onnx", "mine.onnx", "networks.json", "noise.bin"}


def test_importing_it_needs_no_extra():
    tree = ast.parse((ROOT / "colorlib" / "export.py").read_text("utf-8"))
    named = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert "colorlib" in named
    assert not {"onnx", "onnxruntime"} & {name.split(".")[0] for name in named}


# ---- the weights that ship


@pytest.mark.slow
@pytest.mark.parametrize(("name", "terms"), [("portraits", "MIT"), ("faces", "non-commercial research")])
def test_the_shipped_networks_as_files(name, terms, tmp_path, say):
    """Both stages by ONNX Runtime: float16 as torch, at six sizes; int8 within 1 ab unit and 0.5 % of the error."""
    colorizer = Colorizer.load(name, device="cpu")
    rgb = np.stack([portraits.draw(i, seed=7, size=colorizer.size).rgb for i in range(40)])
    L, _ = color.rgb_to_model(color.from_uint8(rgb))
    found = {}
    for int8 in (False, True):
        told = export(name, tmp_path / str(int8), parts=["base", "refiner"], int8=int8)
        assert told["terms"].startswith(terms)
        base, refiner = (session((tmp_path / str(int8) / f"{p}.onnx").read_bytes()) for p in ("base", "refiner"))
        none = torch.zeros(len(L), 3, *L.shape[2:])
        feeds = {"L": L.numpy(), "hints": none[:, :2].numpy(), "mask": none[:, 2:].numpy()}
        ab = torch.from_numpy(base.run(["ab"], feeds)[0])
        noisy = q_sample(ab, told["t"], picture_noise(ab, 0), LINEAR).numpy()
        feeds = {"L": L.numpy(), "ab_noisy": noisy, "t": np.full(len(L), told["t"]), "prior": color_prior(ab).numpy()}
        found[int8] = (ab + torch.from_numpy(refiner.run(["residual"], feeds)[0])).clamp(-1, 1)
        if not int8:
            for (part, of), size in product(told["networks"].items(), SIZES):
                options = {"return_attention": True} if part == "refiner" else {}
                running = {"base": base, "refiner": refiner}[part]
                given = inputs(of["inputs"], 2, *size)
                assert apart(running, colorizer.parts[part], options, given, of["outputs"]) < CLOSE, (part, size)
    assert (found[False] - colorizer.predict(L)["ab"]).abs().max() < CLOSE
    mse = {int8: metrics.mse(rgb, color.show(L, ab)).mean() for int8, ab in found.items()}
    far = 110 * (found[True] - found[False]).abs().max().item()
    say(f"{name}, int8: ab within {far:.2f}, MSE {mse[False]:.1f} to {mse[True]:.1f}")
    assert far < 1
    assert mse[True] == pytest.approx(mse[False], rel=0.005)
