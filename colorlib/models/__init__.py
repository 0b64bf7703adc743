"""The networks, one architecture a file, and the one file format that keeps them.

A weights file is a safetensors file with one or more *parts* ("base", "refiner", ...). Its metadata
says how to build each, so that `load` needs nothing but the path, and loading runs no code.
"""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from colorlib import methods
from colorlib.models.baldassarre import Baldassarre
from colorlib.models.cnn import CNN
from colorlib.models.color_flow import ColorFlow
from colorlib.models.eccv16 import ECCV16
from colorlib.models.enhanced_unet import EnhancedUNet
from colorlib.models.fusionnet import FusionNet
from colorlib.models.pix2pix import Generator
from colorlib.models.siggraph17 import SIGGRAPH17
from colorlib.models.tints import TintMixture
from colorlib.weights import save_state

ARCHITECTURES = {
    "siggraph17": SIGGRAPH17,
    "cnn": CNN,
    "enhanced_unet": EnhancedUNet,
    "fusionnet": FusionNet,
    "baldassarre": Baldassarre,
    "eccv16": ECCV16,
    "pix2pix": Generator,
    "tints": TintMixture,
    "color_flow": ColorFlow,
}


def build(name, **settings):
    """A new network with random weights; settings go to its constructor.

    name: a key of ARCHITECTURES, or of a method in `methods.py` whose network is a class.
    """
    known = ARCHITECTURES | {m.name: m.network for m in methods.trained() if callable(m.network)}
    if name not in known:
        raise ValueError(f"name must be one of {', '.join(known)}, got {name!r}")
    return known[name](**settings)


def parameters(model):
    """How many numbers the network learns."""
    return sum(p.numel() for p in model.parameters())


def save(path, parts, architecture, info, half=False):
    """Write parts {name: module} to one safetensors file, whole or not at all.

    architecture: {part: {"name": ..., **settings}}, what `build` needs; info: anything JSON can
    hold (training data, epochs, picture size, constant_ab, ...). half=True stores float16, half the
    size.
    """
    tensors = {
        f"{part}.{key}": value.detach().cpu().contiguous()
        for part, module in parts.items()
        for key, value in module.state_dict().items()
    }
    if half:
        tensors = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
    metadata = {
        "architecture": json.dumps({p: architecture[p] for p in parts}),
        "info": json.dumps(info),
    }
    save_state(path, tensors, metadata)


def load(path):
    """(parts, info) of a file that `save` wrote; networks in eval mode, float32, on the CPU.

    Raises FileNotFoundError, or ValueError where the file is not one of these.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no weights file at {path}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file: {error}") from error
    if "architecture" not in metadata:
        raise ValueError(
            f"{path} does not say which networks it holds: it was not written by colorlib"
        )
    try:
        architecture, info = json.loads(metadata["architecture"]), json.loads(metadata["info"])
        if not isinstance(info, dict):
            raise TypeError(f"info is {info!r}")
        parts = {part: _rebuild(part, settings, tensors) for part, settings in architecture.items()}
    except Exception as error:  # a setting of a wrong kind may be met anywhere in the networks
        raise ValueError(f"{path} does not fit the networks that it names: {error}") from error
    return parts, info


def architecture(path):
    """How the networks of a weights file are built, {part: {"name": ..., **settings}}."""
    with safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["architecture"])


def _rebuild(part, settings, tensors):
    """The network of one part of a file, in eval mode.

    It is built without memory first, until its tensors are known to fit.
    """
    with torch.device("meta"):
        wanted = {f"{part}.{key}": value for key, value in build(**settings).state_dict().items()}
    check_keys(wanted, {k: v for k, v in tensors.items() if k.startswith(f"{part}.")})
    model = build(**settings)
    # load_state_dict copies into the network's own tensors, so that float16 becomes float32
    model.load_state_dict({key.removeprefix(f"{part}."): tensors[key] for key in wanted})
    return model.eval().requires_grad_(False)


def check_keys(wanted, found):
    """Raise ValueError, naming keys and shapes, where two state dicts do not have the same."""
    wrong = [f"{key} is missing" for key in wanted.keys() - found.keys()]
    wrong += [f"{key} is too many" for key in found.keys() - wanted.keys()]
    wrong += [
        f"{key} has shape {tuple(found[key].shape)}, wanted {tuple(wanted[key].shape)}"
        for key in wanted.keys() & found.keys()
        if found[key].shape != wanted[key].shape
    ]
    if wrong:
        more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise ValueError("; ".join(sorted(wrong)[:5]) + more)


def load_released(model, state):
    """Load a released state dict, SIGGRAPH17's or ECCV16's, with `strict=True`; returns the model.

    Older files lack BatchNorm's `num_batches_tracked` counters, which inference does not use: they
    start at zero. Raises ValueError, naming them, for keys or shapes that are not the model's.
    """
    own = model.state_dict()
    counters = {k: torch.zeros_like(v) for k, v in own.items() if k.endswith("_batches_tracked")}
    check_keys(own, state := counters | state)
    model.load_state_dict(state, strict=True)
    return model
