"""Weights: which there are, where they come from, and how to read them without trusting them.

Two small files ship with the package, in colorlib/weights/.  The released networks that the lessons
compare with are downloads; they are fetched only when `fetch` is called, verified, and kept in
home()/weights.

Addresses, sizes and hashes: the release of Zhang et al. (richzhang/colorization), its copy in the
releases of clibdev/colorization, and torchvision's VGG16_Weights and SqueezeNet1_1_Weights, both
IMAGENET1K_V1.
"""

import json
import os
import pickle
from dataclasses import dataclass
from pathlib import Path

from colorlib import methods
from colorlib.data import download
from colorlib.data.files import home, read_json, sha256, whole, write_json

SHIPPED = {
    "faces": "both stages, trained on real portraits",
    "portraits": "both stages, trained on the portraits drawn by code",
}
FOLDER = Path(__file__).with_name("weights")
SUMS = "sha256.json"  # in FOLDER: {file name: sha256}, written by `record`


class WeightsError(ValueError):
    """A file of weights that is damaged, or that is not only numbers."""


@dataclass(frozen=True)
class Download:
    """A released file of weights, as plain data."""

    about: str
    file: str
    urls: tuple[str, ...]
    size: int  # bytes
    sha256: str
    licence: str


DOWNLOADS = {
    "siggraph17": Download(
        about="SIGGRAPH17 as released (Zhang et al. 2017)",
        file="siggraph17-df00044c.pth",
        urls=(
            "https://colorizers.s3.us-east-2.amazonaws.com/siggraph17-df00044c.pth",
            "https://github.com/clibdev/colorization/releases/latest/download/colorization-siggraph-17.pth",
        ),
        size=136_787_426,
        sha256="df00044c0a4d7c3edcecf6f75437ce346a66e7a42612d9b968e1a7e17dbc6f66",
        licence="BSD-2-Clause",
    ),
    "eccv16": Download(
        about="ECCV16 as released (Zhang et al. 2016)",
        file="colorization_release_v2-9b330a0b.pth",
        urls=(
            "https://colorizers.s3.us-east-2.amazonaws.com/colorization_release_v2-9b330a0b.pth",
            "https://github.com/clibdev/colorization/releases/latest/download/colorization-eccv-16.pth",
        ),
        size=128_976_165,
        sha256="9b330a0bae53f4ded77b1e23defbf78beaa09c10ebc4c4999e8e4f4a160b93f9",
        licence="BSD-2-Clause",
    ),
    "vgg16": Download(
        about="VGG16 trained on ImageNet, for the perceptual and style terms (torchvision)",
        file="vgg16-397923af.pth",
        urls=("https://download.pytorch.org/models/vgg16-397923af.pth",),
        size=553_433_881,
        sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        licence="BSD-3-Clause",
    ),
    "squeezenet": Download(
        about="SqueezeNet 1.1 trained on ImageNet, the classifier of baldassarre (torchvision)",
        file="squeezenet1_1-b8a52dc0.pth",
        urls=("https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth",),
        size=4_958_839,
        sha256="b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b",
        licence="BSD-3-Clause",
    ),
}


def path(name: str) -> Path:
    """Where the weights of that name belong, whether they are there or not."""
    if name in SHIPPED:
        return FOLDER / f"{name}.safetensors"
    if name in DOWNLOADS:
        return home() / "weights" / DOWNLOADS[name].file
    raise ValueError(f"name must be one of {', '.join([*SHIPPED, *DOWNLOADS])}, got {name!r}")


def find(name: str) -> Path | None:
    """The file of these weights, or None where it has not been fetched.  Never downloads.

    name: "faces" or "portraits" (shipped), "siggraph17", "eccv16", "vgg16" or "squeezenet"
    (downloads); else ValueError.
    """
    return path(name) if path(name).is_file() else None


def locate(source) -> Path:
    """The weights file that a name, a path or a RUN folder means.

    A shipped or fetched name goes before a folder that happens to be called the same. Raises
    FileNotFoundError where there is none.
    """
    known = source in SHIPPED or source in DOWNLOADS
    file = path(source) if known else Path(os.path.expanduser(source))
    file = file / "model.safetensors" if file.is_dir() else file
    if file.is_file():
        return file
    if source in DOWNLOADS:
        way = f"get them with `python -m colorlib fetch {source}`"
        raise FileNotFoundError(f"no weights {source!r} yet: {way}")
    wanted = f"{', '.join(SHIPPED)}, a .safetensors file, or a folder with model.safetensors"
    raise FileNotFoundError(f"no weights {str(source)!r}: wanted {wanted}")


def fetch(name: str, from_file: str | Path | None = None) -> Path:
    """Download the weights of that name, verify size and sha256, and return the file.

    from_file: a copy that you have already; it is verified in the same way and nothing is
        downloaded.
    Raises download.DownloadError where no address answers or the file is not the released one,
    FileNotFoundError for a shipped name whose file is missing, ValueError for a shipped name with
    from_file.
    """
    if name in SHIPPED:
        if from_file is not None:
            raise ValueError(f"from_file must be None for {name!r}, which ships, got {from_file!r}")
        return verified(name)
    target, d = path(name), DOWNLOADS.get(name)
    return download.fetch(
        name, list(d.urls), target, sha256=d.sha256, size=d.size, from_file=from_file
    )


def intact(name: str) -> bool:
    """Whether the file is there and its sha256 is the recorded one."""
    found = find(name)
    return found is not None and sha256(found) == _wanted(name)


def verified(name: str) -> Path:
    """The file of these weights, its sha256 compared with the recorded one.

    What is read by name is read by this. Raises FileNotFoundError where it is missing,
    WeightsError, saying what to do, where it is another file.
    """
    file, fetch_it = path(name), f"run `python -m colorlib fetch {name}`"
    remedy = "reinstall colorlib" if name in SHIPPED else fetch_it
    if not file.is_file():
        raise FileNotFoundError(f"no weights at {file}: {remedy}")
    if (seen := sha256(file)) != (wanted := _wanted(name)):
        difference = f"sha256 {seen}, wanted {wanted}"
        raise WeightsError(f"{file} has {difference}: it is damaged or another file; {remedy}")
    return file


def _wanted(name):
    """The sha256 that the file of that name must have."""
    file = path(name).name
    return recorded().get(file) if name in SHIPPED else DOWNLOADS[name].sha256


def recorded() -> dict[str, str]:
    """sha256 of each shipped file, as `record` wrote it."""
    return read_json(FOLDER / SUMS)


def record() -> dict[str, str]:
    """Write the sha256 of the shipped files beside them; for maintainers, after new ones."""
    sums = {path(name).name: sha256(path(name)) for name in SHIPPED if find(name)}
    write_json(FOLDER / SUMS, sums, indent=1)
    return sums


def ship(run: str | Path, name: str, data: str, parts=None, beside=False) -> Path:
    """Make a training's RUN/model.safetensors the shipped weights of that name; for maintainers.

    Numbers are stored as float16, half the size. data: what it was trained on, in words, in place
    of a path that means nothing elsewhere. parts: which networks to take, of those that the run
    holds (None: those that methods.py says ship). beside=True leaves what ships already as it is
    and puts those networks beside it: the pictures of both count as seen.
    """
    parts = parts or [row.part for row in methods.trained() if row.shipped]
    tensors, built, info = _taken(Path(run) / "model.safetensors", parts)
    info |= {"data": data}
    if beside:
        shipped, known, before = _taken(path(name), None)
        seen = {*before.get("seen", []), *info.get("seen", [])}
        stages = [stage for stage in info.get("stages", []) if stage["part"] in built]
        stages = [s for s in before.get("stages", []) if s["part"] not in built] + stages
        info = before | {"data": data, "seen": sorted(seen), "stages": stages}
        tensors, built = shipped | tensors, known | built
    metadata = {"architecture": json.dumps(built), "info": json.dumps(info)}
    halved = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
    target = save_state(path(name), halved, metadata)
    record()
    return target


def _taken(file, parts) -> tuple[dict, dict, dict]:
    """(tensors, architecture, info) of a weights file, of these parts alone (None: all)."""
    import safetensors

    with safetensors.safe_open(file, framework="pt") as found:
        metadata = found.metadata()
        built, info = json.loads(metadata["architecture"]), json.loads(metadata["info"])
        built = {part: how for part, how in built.items() if parts is None or part in parts}
        keys = [key for key in found.keys() if key.split(".")[0] in built]
        return {key: found.get_tensor(key) for key in keys}, built, info


def save_state(file: str | Path, tensors: dict, metadata: dict[str, str]) -> Path:
    """Write tensors by name to a .safetensors file, whole or not at all."""
    from safetensors.torch import save

    with whole(file) as part:
        # save_file would let nobody but the owner read it, whatever the umask.
        part.write_bytes(save(tensors, metadata))
    return Path(file)


def load_state(file: str | Path) -> dict:
    """Tensors by name from a .safetensors, .pth or .pt file, on the CPU.  Never runs its code.

    A .pth file is a pickle, which may hold code; it is read by torch's restricted reader, which
    takes tensors and plain containers and nothing else.  Raises FileNotFoundError, and WeightsError
    for a file that is damaged, holds code, or is not a flat dictionary of tensors.
    """
    # Here and not above: finding and verifying files, which the doctor does, must not need torch.
    import safetensors.torch
    import torch

    file = Path(file)
    if not file.is_file():
        raise FileNotFoundError(f"no weights at {file}")
    if file.suffix == ".safetensors":
        try:
            return safetensors.torch.load_file(file, device="cpu")
        except safetensors.SafetensorError as e:
            raise WeightsError(f"{file} is damaged or not a safetensors file ({e})") from e
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as e:
        raise WeightsError(
            f"{file} holds something else than tensors; refused, since reading it could run code.  "
            "Where you trust it, save its state_dict() alone, best as .safetensors.  "
            f"({str(e).splitlines()[0]})"
        ) from e
    except Exception as e:
        # A changed byte may be met anywhere in the readers of zip, pickle and tensors.
        reason = e or type(e).__name__
        raise WeightsError(f"{file} is damaged or not a file that torch saved ({reason})") from e
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise WeightsError(f"{file} must hold a flat dictionary of tensors, like a state_dict()")
    return dict(state)
