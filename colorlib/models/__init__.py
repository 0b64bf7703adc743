"""The networks, one architecture a file, and the one file format that keeps them.

A weights file is a safetensors file with one or more *parts* ("base", "refiner", ...). Its metadata says how to build
each, so that `load` needs nothing but the path, and no code is ever executed by loading.
"""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from colorlib.models.cnn import CNN
from colorlib.models.eccv16 import ECCV16
from colorlib.models.enhanced_unet import EnhancedUNet
from colorlib.models.pix2pix import Generator
from colorlib.models.siggraph17 import SIGGRAPH17

ARCHITECTURES = {
    "siggraph17": SIGGRAPH17,
    "cnn": CNN,
    "enhanced_unet": EnhancedUNet,
    "eccv16": ECCV16,
    "pix2pix": Generator,
}


def build(name, **settings):
    """A new network with random weights: `name` is a key of ARCHITECTURES, settings go to its constructor."""
    if name not in ARCHITECTURES:
        raise ValueError(f"name must be one of {', '.join(ARCHITECTURES)}, got {name!r}")
    return ARCHITECTURES[name](**settings)


def parameters(model):
    """How many numbers the network learns."""
    return sum(p.numel() for p in model.parameters())


def save(path, parts, architecture, info, half=False):
    """Write parts {name: module} to one safetensors file, whole or not at all.

    architecture: {part: {"name": ..., **settings}}, what `build` needs; info: anything JSON can hold (training data,
    epochs, picture size, constant_ab, ...). half=True stores float16, half the size.
    """
    tensors = {}
    for part, module in parts.items():
        for key, value in module.state_dict().items():
            value = value.half() if half and value.is_floating_point() else value
            tensors[f"{part}.{key}"] = value.detach().cpu().contiguous()
    metadata = {"architecture": json.dumps({p: architecture[p] for p in parts}), "info": json.dumps(info)}
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    save_file(tensors, temporary, metadata=metadata)
    temporary.replace(path)


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
        raise ValueError(f"{path} does not say which networks it holds: it was not written by colorlib")
    parts = {}
    for part, settings in json.loads(metadata["architecture"]).items():
        model = build(**settings)
        state = {k.removeprefix(part + "."): v for k, v in tensors.items() if k.startswith(part + ".")}
        model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
        parts[part] = model.eval().requires_grad_(False)
    return parts, json.loads(metadata["info"])


def load_released(model, state):
    """Load a released state dict, SIGGRAPH17's or ECCV16's, with `strict=True`; returns the model.

    Older files lack BatchNorm's `num_batches_tracked` counters, which inference does not use: they start at zero.
    """
    counters = {k: v for k, v in model.state_dict().items() if k.endswith("num_batches_tracked")}
    model.load_state_dict({**{k: torch.zeros_like(v) for k, v in counters.items()}, **state}, strict=True)
    return model
