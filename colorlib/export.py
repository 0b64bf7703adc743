"""The networks as ONNX files, for what runs without torch: a page, a phone, another language.

    python -m colorlib export portraits -o build/portraits

writes one file a network, networks.json, which says how to call them, and the noise of ten seeds.
Weights are float16, or int8, and become float32 when a file is loaded; all arithmetic is float32.
Sides are padded inside, as the networks do it, so any height, width and number of pictures fits.

torch has two exporters. This is the older one, TorchScript's: it takes 0.4 s a network and needs
onnx alone; the newer one takes 10 to 25 s and gives the same numbers. torch 2.14 has both; where
the older one is gone, `export` says so. A trace can be wrong without a word (the sizes of its
example baked in), so each file is run by ONNX Runtime at other sizes, beside torch, before anything
is written.
"""

import contextlib
import copy
import io
import json
import re
import warnings
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import nn

from colorlib import methods, models, weights
from colorlib.color import AB_SCALE, require
from colorlib.colorize import Colorizer, picture_noise
from colorlib.data import files
from colorlib.diffusion import noise_schedule

FORMAT, OPSET, SEEDS = 1, 17, 10
JSON, NOISE = "networks.json", "noise.bin"
CLOSE = 1e-3 / AB_SCALE  # how far ONNX Runtime may be from torch, in model units: 1e-3 ab units
LARGE = 5000  # numbers, from which on a layer's weight may become int8
TRACED = (2, 48, 72)  # pictures, height and width of the example that is traced; see `sizes`
TERMS = {
    "portraits": "MIT",
    "faces": "non-commercial research, as the pictures that they learnt from",
} | {name: row.licence for name, row in weights.DOWNLOADS.items()}
TERMS_OF_DATA = "those of the pictures that they learnt from; see data"
PIXELS = {"L": 1, "mask": 1, "hints": 2, "ab": 2, "ab_base": 2, "ab_noisy": 2, "residual": 2}
SHAPES = {name: ["B", channels, "H", "W"] for name, channels in PIXELS.items()} | {
    "t": ["B"],
    "prior": ["B", 4],
    "attention": ["B", "heads", "T", "T"],
    "numbers": ["B", "kernels", 15],
    "x": ["B", 2, "ceil(H / fold)", "ceil(W / fold)"],
    "velocity": ["B", 2, "ceil(H / fold)", "ceil(W / fold)"],
}


@dataclass(frozen=True)
class Call:
    """How a network is called, and what networks.json says of it beside its inputs.

    inputs: names in the order of its `forward`, None where it was built without. outputs: names.
    multiple: sides that are no multiple of it are padded, and cut again.
    """

    inputs: tuple
    outputs: tuple[str, ...]
    multiple: int = 8
    options: dict = field(default_factory=dict)
    more: dict = field(default_factory=dict)


def _unet(net) -> Call:
    inputs = ("L", "ab_noisy", net.time_mlp and "t", net.prior_mlp and "prior")
    if not net.attend:
        return Call(inputs, ("residual",), net.step)
    cell = net.step // net.attention_shape(net.step, net.step)[0]
    more = {"attention": {"heads": net.attend[-1].heads, "step": net.step, "cell": cell}}
    return Call(
        inputs, ("residual", "attention"), net.step, {"return_attention": True}, more
    )  # fmt: skip


CALLS = {
    models.SIGGRAPH17: lambda net: Call(("L", "hints", "mask"), ("ab",)),
    models.EnhancedUNet: _unet,
    models.TintMixture: lambda net: Call(
        ("L", "ab_base"), ("numbers",), net.step, more={"kernels": net.kernels}
    ),
    models.ColorFlow: lambda net: Call(
        ("x", "t", "L", "ab_base"), ("velocity",), net.fold * 2 ** (len(net.channels) - 1),
        more={"fold": net.fold},
    ),
    models.CNN: lambda net: Call(("L",), ("ab",), net.shrink),
    models.FusionNet: lambda net: Call(("L",), ("ab",), 2**net.levels),
    models.Baldassarre: lambda net: Call(("L",), ("ab",), more={"classifier": net.label}),
    models.Generator: lambda net: Call(("L",), ("ab",), 2**net.levels),
    models.ECCV16: lambda net: Call(("L",), ("ab",)),
}  # fmt: skip


def call_of(part, net) -> Call:
    """How the network of that part is called; one of somebody's own as its row's stages call it."""
    if type(net) in CALLS:
        return CALLS[type(net)](net)
    row = methods.by_part(part)
    if row is not None and any(stage.second for stage in row.stages):
        return Call(("L", "ab_noisy", "t", "prior"), ("residual",))
    return Call(("L",), ("ab",))


class _Called(nn.Module):
    """The network as a function of the inputs that it takes, for tracing."""

    def __init__(self, net, call):
        super().__init__()
        self.net, self.call = net.eval(), call
        self.beside = nn.ModuleList(getattr(net, "frozen", ()))  # stored in a file, too

    @property
    def inputs(self):
        return [name for name in self.call.inputs if name]

    def forward(self, *given):
        given = iter(given)
        slots = [name and next(given) for name in self.call.inputs]
        return self.net(*slots, **self.call.options)


def example(call, count, height, width) -> list[torch.Tensor]:
    """Random inputs (model units) for so many pictures, in the order of `call.inputs`."""
    random = torch.Generator().manual_seed(count * height + width)
    fold = call.more.get("fold", 1)
    sides = {"B": count, "H": height, "W": width}
    sides |= {f"ceil({side} / fold)": -(-sides[side] // fold) for side in "HW"}
    made = {"t": torch.randint(0, 1000, (count,), generator=random)}
    for name in filter(None, call.inputs):
        shape = [sides.get(side, side) for side in SHAPES[name]]
        if name not in made:
            made[name] = 0.2 * torch.randn(shape, generator=random)
    return [made[name] for name in call.inputs if name]


@torch.no_grad()
def rounded(net, int8=False):
    """(a copy of the network with rounded weights, {name: (q, scale)} of those that became int8).

    float16 for every number; with int8, the large weights of convolutions and layers become
    q * scale, q int8 and one float32 scale for each channel that comes out. The others, 1 to 4 %
    of all, stay float16: so colours change by 0.4 ab units at most, with them by 2. Raises
    ValueError for a number beyond float16.
    """
    net, packed = copy.deepcopy(net).cpu().float().eval().requires_grad_(False), {}
    for place, module in net.named_modules():
        transposed = isinstance(module, (nn.ConvTranspose1d, nn.ConvTranspose2d))
        own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
        for name, value in own:
            if int8 and name == "weight" and value.ndim > 1 and value.numel() >= LARGE:
                others = [axis for axis in range(value.ndim) if axis != int(transposed)]
                scale = value.abs().amax(dim=others, keepdim=True).clamp(min=1e-12) / 127
                q = (value / scale).round().to(torch.int8)
                packed[f"{place}.{name}".lstrip(".")] = (q.numpy(), scale.numpy())
                value.copy_(q.float() * scale)
            elif value.is_floating_point():
                wanted = f"{place}.{name} must hold numbers within 65504, as float16 does"
                require(value.half().isfinite().all(), wanted, value.abs().max().item())
                value.copy_(value.half())
    return net, packed


def to_onnx(part, net, int8=False) -> tuple[bytes, dict]:
    """(an ONNX file, what networks.json says of it) of one network.

    Raises ValueError for a network that the exporter cannot follow, or whose file gives other
    numbers than torch at another size.
    """
    onnx = _extra()[0]
    net, packed = rounded(net, int8)
    called = _Called(net, call_of(part, net))
    try:
        model = onnx.load_from_string(_trace(called))
        _shrink(model, packed)
        onnx.checker.check_model(model)
        running = session(data := model.SerializeToString())
        far = max(difference(running, called, *size) for size in sizes(net))
    except Exception as error:  # a network of somebody's own may fail in any way
        if not hasattr(getattr(torch.onnx, "utils", None), "export"):
            wanted = "torch must still have its TorchScript exporter, as 2.14 has"
            raise ValueError(f"{wanted}, got {torch.__version__}") from error
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise _refused(part, net, first) from error
    if not far <= CLOSE:
        raise _refused(
            part, net, f"at other sizes its file gives other numbers, or none, off by {far:.1g}"
        )
    return data, _entry(net, called, [x.name for x in running.get_inputs()]) | {
        "file": f"{part}.onnx",
        "bytes": len(data),
        "sha256": sha256(data).hexdigest(),
        "weights": "int8" if int8 else "float16",
    }


def _refused(part, net, why) -> ValueError:
    claim = (
        f"{part!r} must be a network that torch {torch.__version__}'s TorchScript exporter follows"
    )
    return ValueError(f"{claim}, got {type(net).__name__} ({why}); --parts can leave it out")


def _entry(net, called, inputs) -> dict:
    """What networks.json says of a network: kind, inputs, outputs, call."""
    kinds = {built: name for name, built in models.ARCHITECTURES.items()}
    slots = ", ".join(name or "None" for name in called.call.inputs)
    options = "".join(f", {key}={value}" for key, value in called.call.options.items())

    def told(name):
        return {"shape": SHAPES[name], "dtype": "int64" if name == "t" else "float32"}

    return {
        "kind": kinds.get(type(net), type(net).__name__),
        "parameters": models.parameters(net),
        "call": f"net({slots}{options})",
        "inputs": {name: told(name) for name in inputs},
        "outputs": {name: told(name) for name in called.call.outputs},
        "multiple": called.call.multiple,
    } | called.call.more


def _trace(called) -> bytes:
    """The ONNX file that torch's TorchScript exporter makes, weights as they are."""
    given, file = example(called.call, *TRACED), io.BytesIO()
    axes = {
        name: {axis: side for axis, side in enumerate(SHAPES[name]) if isinstance(side, str)}
        for name in called.inputs
    }
    with warnings.catch_warnings():
        # Of sizes that a trace may have baked in: `to_onnx` sees. And that it is the older.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            called, tuple(given), file, dynamo=False, opset_version=OPSET, dynamic_axes=axes,
            input_names=called.inputs, output_names=list(called.call.outputs),
            # Weights keep their names and values: no BatchNorm is folded into a convolution.
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
        )  # fmt: skip
    return file.getvalue()


def _shrink(model, packed):
    """Store weights as they were rounded, and cast them to float32 in front of the graph.

    A run time folds these casts when it loads the file. What float16 would change stays as it is.
    """
    from onnx import TensorProto, helper, numpy_helper

    kept, nodes = [], []

    def stored(name, array, into):
        kept.append(numpy_helper.from_array(array, f"{name}.stored"))
        nodes.append(helper.make_node("Cast", [f"{name}.stored"], [into], to=TensorProto.FLOAT))

    for tensor in model.graph.initializer:
        name, array = tensor.name, numpy_helper.to_array(tensor)
        if name.removeprefix("net.") in packed:
            q, scale = packed[name.removeprefix("net.")]
            stored(name, q, f"{name}.q")
            kept.append(numpy_helper.from_array(scale, f"{name}.scale"))
            nodes.append(helper.make_node("Mul", [f"{name}.q", f"{name}.scale"], [name]))
        elif array.dtype == np.float32 and (array.astype(np.float16) == array).all():
            stored(name, array.astype(np.float16), name)
        else:
            kept.append(tensor)
    nodes += model.graph.node
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)


def session(data):
    """An ONNX Runtime session on the CPU for the bytes of a file."""
    runtime = _extra()[1]
    options = runtime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, torch.get_num_threads()
    return runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def sizes(net) -> list[tuple]:
    """(count, height, width) at which a file is compared with torch: none is that of the trace.

    The kit's own networks take any side, one of somebody's own must take multiples of 8.
    """
    return [(1, 64, 64), (3, 40, 56)] + [(2, 37, 46), (1, 51, 33)] * (type(net) in CALLS)


@torch.no_grad()
def difference(running, called, *size) -> float:
    """How far a session is from torch at (count, height, width), in model units (of numbers larger
    than 1, as a share); infinite where shapes differ or a number is none.
    """
    given = example(called.call, *size)
    wanted = called(*given)
    taken = {x.name for x in running.get_inputs()}
    feeds = {name: x.numpy() for name, x in zip(called.inputs, given, strict=True) if name in taken}
    worst = 0.0
    for got, want in zip(running.run(None, feeds), _tuple(wanted), strict=True):
        if got.shape != tuple(want.shape):
            return float("inf")
        far = (torch.from_numpy(got) - want).abs() / want.abs().clamp(min=1)
        worst = max(worst, far.nan_to_num(nan=float("inf")).max().item())
    return worst


def _tuple(out):
    return out if isinstance(out, tuple) else (out,)


def _extra():
    """onnx and onnxruntime, of the extra `export`."""
    try:
        import onnx
        import onnxruntime
    except ModuleNotFoundError as error:
        way = 'exporting needs more packages, pip install "colorlib[export]"'
        raise ValueError(f"{error}: {way}") from None
    return onnx, onnxruntime


def export(source, folder, parts=None, int8=False, force=False) -> dict:
    """Write the networks of some weights into a folder, and return what its networks.json says.

    source: as `Colorizer.load` takes it, a name, a file or a RUN folder. parts: which networks
    (None: all that it holds). int8: weights of 8 bits, a quarter of float32's size.
    force: replace an export that the folder holds.

    networks.json is written last: where it lies, all of it does. Raises ValueError where the extra
    `export` is not installed, for a part that the weights do not hold and for a network that cannot
    be exported; FileExistsError where a file is there already and force is False.
    """
    _extra()
    colorizer = Colorizer.load(source, device="cpu")
    parts = list(colorizer.parts) if parts is None else list(dict.fromkeys(parts))
    known = ", ".join(colorizer.parts)
    require(parts and set(parts) <= set(colorizer.parts), f"parts must be among {known}", parts)
    plain = all(re.fullmatch(r"[\w-]+", part) for part in parts)  # they become names of files
    require(plain, "parts must have names of letters, digits, - and _", parts)
    folder, names = Path(folder), [JSON, NOISE, *(f"{part}.onnx" for part in parts)]
    there = [name for name in names if (folder / name).exists()]
    if there and not force:
        way = "pass --force to replace it, or choose another folder"
        raise FileExistsError(f"{folder} holds {there[0]} already: {way}")

    made = {f"{part}.onnx": to_onnx(part, colorizer.parts[part], int8) for part in parts}
    networks = {part: made[f"{part}.onnx"][1] for part in parts}
    made = {name: data for name, (data, _) in made.items()}
    side = colorizer.size
    noise = [picture_noise(torch.empty(1, 2, side, side), seed) for seed in range(SEEDS)]
    made[NOISE] = torch.cat(noise).numpy().astype("<f4").tobytes()
    told = _told(colorizer, networks, made[NOISE])
    made[JSON] = (json.dumps(told, indent=1, allow_nan=False) + "\n").encode()
    _write(folder, made)
    return told


def _told(colorizer, networks, noise) -> dict:
    """What networks.json says."""
    info, name = colorizer.info, Path(colorizer.name).name
    return {
        "format": FORMAT,
        "name": name,
        "data": info.get("data"),
        "terms": TERMS.get(colorizer.name, TERMS_OF_DATA),
        "opset": OPSET,
        "size": colorizer.size,
        "units": {"L": "(L - 50) / 100", "ab": "ab / 110"},
        "t": colorizer.t,
        "vibrance": info.get("vibrance"),
        "noisy": info.get("noisy", ["refiner"]),
        "noise": {
            "file": NOISE,
            "seeds": SEEDS,
            "shape": [SEEDS, 2, colorizer.size, colorizer.size],
            "dtype": "float32, little-endian",
            "bytes": len(noise),
            "sha256": sha256(noise).hexdigest(),
        },
        "networks": networks,
        "alpha_bar": {kind: noise_schedule(kind).tolist() for kind in ("linear", "cosine")},
    }


def _write(folder, made):
    """Write the files {name: bytes}, the last of which says that all are there, or none of them."""
    old = files.read_json(folder / JSON).get("networks") or {}
    with contextlib.ExitStack() as stack:  # which renames in reverse
        for name, data in reversed(made.items()):
            stack.enter_context(files.whole(folder / name)).write_bytes(data)
        (folder / JSON).unlink(missing_ok=True)
    for file in folder.glob("*.onnx"):
        if file.stem in old and file.name not in made:
            file.unlink()
