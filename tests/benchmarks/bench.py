"""How fast data, training and inference are on this machine, each beside the plain way, measured in one run.

    python tests/benchmarks/bench.py                   # minutes; --quick: seconds, sizes too small to mean much
    python tests/benchmarks/bench.py --json out.json --data ~/photos

The two ways take turns (plain, ours, plain, ours, ...), so a busy machine slows both alike. A ratio is the median over
the turns, with the smallest and the largest. `share` is the part of the machine's matrix peak that a workload reaches:
its GFLOP (counted by torch) a second, over the best that one large matrix product or one large convolution reached in
the same run and the same precision.

What is compared:
- data: every file opened by Pillow, its centred square resized (Lanczos) and converted by scikit-image, one after the
  other, each epoch; beside `datasets.load` into an empty cache followed by one epoch ("cold": hashes, decoding, writing
  and all), and beside an epoch from the cache ("warm"). Ours decodes in as many threads as there are cores. A second
  plain way uses scikit-image for reading and resizing, too; its resize is another one, so its numbers differ.
- training: one step (forward, loss, backward, clipping, AdamW) of the base in float32 and contiguous memory; beside
  channels-last, and bfloat16 autocast where `bf16_is_fast`.
- inference: SIGGRAPH17 as released, float32, contiguous, the end of its decoder computed twice; beside `models.fast`.
  The weights are the shipped faces base's, its channels repeated to the full width.
- photos: seconds to colour 1,024 x 1,024 pixels with the shipped faces, and the memory of a fresh process that colours
  4,000 x 3,000 pixels.
- guards: what it costs to look after a training (is the loss a number, is the gradient; a checkpoint in five minutes)
  and after a photo (is it a picture, which way is up, is it too large), as a share of the step and of the colouring.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import skimage.io
import skimage.transform
import torch
import torch.nn.functional as F
from PIL import Image
from skimage.color import rgb2lab
from torch.utils.flop_counter import FlopCounterMode

from colorlib import color, portraits
from colorlib.colorize import Colorizer
from colorlib.data import datasets
from colorlib.data.pictures import find_pictures, read_picture
from colorlib.models import SIGGRAPH17
from colorlib.models.fast import bf16_is_fast, fast
from colorlib.training import checkpoints, guards
from colorlib.training.fit import SAVE_EVERY

FULL = {
    "peak": 1024, "files": 256, "sides": ((200, 64), (512, 96)), "batch": 32, "train": (0.25, 64, 32, 4), "rounds": 7,
    "inference": (1.0, 256), "photo": (1024, 1024), "large": (3000, 4000),
}  # fmt: skip
QUICK = {
    "peak": 128, "files": 16, "sides": ((64, 32),), "batch": 8, "train": (1 / 16, 32, 4, 1), "rounds": 2,
    "inference": (0.25, 64), "photo": (128, 128), "large": (120, 160),
}  # fmt: skip


class Released(SIGGRAPH17):
    """SIGGRAPH17 as its authors released it: what follows model8 is computed twice."""

    def features(self, x):
        """As `SIGGRAPH17.features`, to the same numbers."""
        conv1 = self.model1(x)
        conv2 = self.model2(conv1[:, :, ::2, ::2])
        conv3 = self.model3(conv2[:, :, ::2, ::2])
        conv7 = self.model7(self.model6(self.model5(self.model4(conv3[:, :, ::2, ::2]))))
        conv8 = self.model8(self.model8up(conv7) + self.model3short8(conv3))
        for _ in range(2):
            conv9 = self.model9(self.model9up(conv8) + self.model2short9(conv2))
            out = self.model10(self.model10up(conv9) + self.model1short10(conv1))
        return out


def seconds(call):
    """How long call() takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turn(ways, rounds):
    """{name: seconds of each round}; ways: {name: function}, called one after the other, rounds times."""
    taken = {name: [] for name in ways}
    for _ in range(rounds):
        for name, call in ways.items():
            taken[name].append(seconds(call))
    return taken


def gflop(call):
    """Billions of multiplications and additions in the matrix products and convolutions of call()."""
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops() / 1e9


def matrix_peaks(side, tries=12):
    """{"float32": GFLOP/s, "bfloat16": GFLOP/s}: the best of a matrix product and a convolution, of several tries.

    A convolution, too, because the two come from different libraries, and on some processors the one that serves
    matrix products is far from the peak.
    """
    peaks = {}
    for dtype in (torch.float32, torch.bfloat16):
        a, b = torch.randn(2, side, side).to(dtype)
        image = torch.randn(1, side // 2, 32, 32).to(dtype, memory_format=torch.channels_last)
        kernels = torch.randn(side // 2, side // 2, 3, 3).to(dtype, memory_format=torch.channels_last)
        ways = [lambda a=a, b=b: a @ b, lambda x=image, w=kernels: F.conv2d(x, w, padding=1)]
        peaks[str(dtype).removeprefix("torch.")] = max(
            gflop(way) / min(seconds(way) for _ in range(tries)) for way in ways
        )
    return peaks


def row(what, pictures, plain, ours, wanted, differ, unit, work=None, peaks=None):
    """One line of the table.

    pictures: how many a round handles; plain, ours: seconds of each round; differ: between the results, in unit.
    work: GFLOP of a round, (plain, ours); peaks: GFLOP/s of the machine in the precision of (plain, ours).
    """
    ratios = [a / b for a, b in zip(plain, ours, strict=True)]
    line = {
        "what": what,
        "plain": pictures / statistics.median(plain),
        "ours": pictures / statistics.median(ours),
        "ratio": statistics.median(ratios),
        "low": min(ratios),
        "high": max(ratios),
        "wanted": wanted,
        "differ": differ,
        "unit": unit,
    }
    if work:
        line["gflop"] = [w / pictures for w in work]
        line["share"] = [w / statistics.median(t) / peak for w, t, peak in zip(work, (plain, ours), peaks, strict=True)]
    return line


def plain_batches(files, size, batch, read):
    """(L, ab) batches made picture by picture, in model units; read(file, size) gives RGB as scikit-image takes it."""
    for start in range(0, len(files), batch):
        lab = [rgb2lab(read(file, size)).astype(np.float32) for file in files[start : start + batch]]
        lab = torch.stack([torch.from_numpy(one).permute(2, 0, 1) for one in lab])
        yield lab[:, :1] / 100 - 0.5, lab[:, 1:] / 110


def read_by_pillow(file, size):
    """The centred square of a file, (size, size, 3)."""
    image = Image.open(file).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    return np.asarray(image.resize((size, size), Image.Resampling.LANCZOS, box=box))


def read_by_skimage(file, size):
    """The same with scikit-image alone; pictures are square here, or get squeezed."""
    return skimage.transform.resize(skimage.io.imread(file)[..., :3], (size, size), anti_aliasing=True)


def draw_files(folder, count, side):
    """Drawn portraits as JPEG files, side pixels square."""
    folder.mkdir(parents=True)
    for i, rgb in enumerate(portraits.draw_batch(range(count), size=min(side, portraits.LARGEST))):
        Image.fromarray(rgb).resize((side, side), Image.Resampling.BICUBIC).save(folder / f"{i:04}.jpg", quality=90)
    return folder


def data_rows(folder, label, size, count, batch, rounds, scratch):
    """Data preparation: cold and warm, and cold beside scikit-image throughout.  Works below scratch."""
    homes = scratch / f"{label}-{size}"  # an empty home for each cold start
    subset = homes / "pictures"
    subset.mkdir(parents=True)
    for i, file in enumerate(find_pictures(folder)[:count]):
        shutil.copyfile(file, subset / f"{i:04}{file.suffix}")
    files = find_pictures(subset)

    def load():
        return datasets.load(subset, "all", size, grey="keep")

    def cold():
        os.environ["COLORLIB_HOME"] = str(homes / f"home-{len(list(homes.iterdir()))}")
        every(datasets.loader(load(), batch))

    def every(batches):
        for _ in batches:
            pass

    cold()
    data = load()
    every(plain_batches(files[:batch], size, batch, read_by_skimage))  # the first call imports
    ways = {
        "plain": lambda: every(plain_batches(files, size, batch, read_by_pillow)),
        "cold": cold,
        "skimage": lambda: every(plain_batches(files, size, batch, read_by_skimage)),
        "warm": lambda: every(datasets.loader(data, batch)),
    }
    taken = in_turn(ways, rounds)

    def off(read):
        """Mean difference between a plain way's pictures and the cache's, in Lab units."""
        pairs = zip(plain_batches(files, size, batch, read), datasets.loader(data, batch), strict=True)
        return statistics.mean((color.model_to_lab(*a) - color.model_to_lab(*b)).abs().mean().item() for a, b in pairs)

    differ, name = off(read_by_pillow), f"data, {label} to {size} px"
    return [
        row(f"{name}, cold", len(files), taken["plain"], taken["cold"], 2, differ, "Lab, mean"),
        row(f"{name}, warm", len(files), taken["plain"], taken["warm"], 10, differ, "Lab, mean"),
        row(f"{name}, cold, beside scikit-image throughout", len(files), taken["skimage"], taken["cold"], None,
            off(read_by_skimage), "Lab, mean"),
    ]  # fmt: skip


def training_row(width, size, batch, steps, rounds, peaks):
    """A training step of the base."""
    rgb = color.from_uint8(portraits.draw_batch(range(batch), size=size))
    L, ab = color.rgb_to_model(rgb)
    bf16 = bf16_is_fast("cpu")

    def stepper(memory_format, autocast):
        torch.manual_seed(0)
        net = SIGGRAPH17(width).train().to(memory_format=memory_format)
        optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)

        def step():
            with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                prediction = net(L)
            loss = F.smooth_l1_loss(prediction.float(), ab, beta=0.1)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            return loss.detach()

        return step

    plain, ours = stepper(torch.contiguous_format, False), stepper(torch.channels_last, bf16)
    first, second = plain().item(), ours().item()  # the first step also warms up
    work = [gflop(plain) * steps, gflop(ours) * steps]
    ways = {"plain": plain, "ours": ours}
    taken = in_turn({k: lambda f=f: [f() for _ in range(steps)] for k, f in ways.items()}, rounds)
    precision = "bfloat16" if bf16 else "float32"
    what = f"training step, base of width {width:g}, {size} px, batch {batch}, {precision}"
    return row(what, batch * steps, taken["plain"], taken["ours"], 1.5, abs(second / first - 1), "of the loss",
               work, (peaks["float32"], peaks[precision]))  # fmt: skip


def widened(net, times):
    """The SIGGRAPH17 that is `times` wider and gives what net gives: every channel repeated, every weight divided.

    So a full-width network with the weights of a trained one; rounding hits random weights far harder than those.
    """
    wide, own = SIGGRAPH17(net.width * times), net.state_dict()
    state = wide.state_dict()
    for name, value in own.items():
        into = 0 if "up" in name else 1  # the axis of the incoming channels
        for axis in range(value.ndim):
            value = value.repeat_interleave(state[name].shape[axis] // value.shape[axis], axis)
        state[name] = value / (value.shape[into] / own[name].shape[into]) if value.ndim == 4 else value
    wide.load_state_dict(state)
    return wide.eval().requires_grad_(False)


def inference_rows(width, size, rounds, peaks):
    """One picture through SIGGRAPH17, in float32 and bfloat16."""
    base = Colorizer.load("faces", "cpu").parts["base"]
    net = widened(base, round(width / base.width))
    plain = Released(net.width).eval().requires_grad_(False)
    plain.load_state_dict(net.state_dict())
    L = color.rgb_to_model(color.from_uint8(portraits.draw_batch([1], size=size)))[0]
    ways = {"plain": plain, "float32": fast(net), "bfloat16": fast(net, torch.bfloat16)}
    with torch.no_grad():
        wanted, *got = [way(L) for way in ways.values()]
        work = [gflop(lambda way=way: way(L)) for way in ways.values()]
        taken = in_turn({name: lambda way=way: way(L) for name, way in ways.items()}, rounds)
    rows = []
    for i, (name, target) in enumerate((("float32", 1.5), ("bfloat16", 2.5))):
        off = (got[i] - wanted).abs().max().item() * color.AB_SCALE
        what = f"inference, SIGGRAPH17 of width {net.width:g}, {size} px, {name}"
        rows.append(row(what, 1, taken["plain"], taken[name], target, off, "ab units, most",
                        (work[0], work[i + 1]), (peaks["float32"], peaks[name])))  # fmt: skip
    return rows


# On Linux `ru_maxrss` begins with the peak of the process that started this one; VmHWM is this one's own.
MEMORY = """
import re, resource, sys
from pathlib import Path
from colorlib.colorize import Colorizer
Colorizer.load("faces", "cpu")(sys.argv[1])
if sys.platform == "linux":
    print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def photo_numbers(folder, photo, large):
    """Seconds for a photo and for the whole command; peak memory in GB of a process that colours a large one."""
    paths = []
    for height, width in (photo, large):
        rgb = Image.fromarray(portraits.draw(1, size=128).rgb).resize((width, height), Image.Resampling.BICUBIC)
        paths.append(folder / f"photo-{height}x{width}.jpg")
        rgb.save(paths[-1])
    colorizer, rgb = Colorizer.load("faces", "cpu"), np.asarray(Image.open(paths[0]))
    colorizer(rgb)
    command = [sys.executable, "-m", "colorlib", "colorize", str(paths[0]), "-o", str(folder / "out.jpg")]
    whole = seconds(lambda: subprocess.run(command, check=True, capture_output=True))
    memory = None
    if sys.platform != "win32":  # which does not say
        fresh = [sys.executable, "-c", MEMORY, str(paths[1])]
        memory = int(subprocess.run(fresh, check=True, capture_output=True, text=True).stdout.split()[-1]) / 1e9
    return {
        "photo": list(photo),
        "seconds": min(seconds(lambda: colorizer(rgb)) for _ in range(3)),
        "command_seconds": whole,
        "large": list(large),
        "large_peak_gb": memory,
    }


def guard_shares(folder, width, step_seconds, photo, photo_seconds, rounds):
    """Seconds of all guards over seconds of the work that they guard: {"training step": share, "colouring": share}."""
    net, loss = SIGGRAPH17(width), torch.tensor(0.1)
    optimizer = torch.optim.AdamW(net.parameters())
    for parameter in net.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()

    def checks():
        guards.check_finite("here", loss, {"output": loss}, list)
        guards.check_gradient("here", loss, list)

    def checkpoint():
        state = {"net": net.state_dict(), "average": net.state_dict(), "optimizer": optimizer.state_dict()}
        checkpoints.save(folder / "last.pt", state)

    path = next(folder.glob(f"photo-{photo[0]}x*.jpg"))
    taken = in_turn(
        {
            "checks": checks,
            "checkpoint": checkpoint,
            "plain": lambda: np.asarray(Image.open(path).convert("RGB")),
            "ours": lambda: read_picture(path),
        },
        max(3, rounds),
    )
    spent = {name: statistics.median(times) for name, times in taken.items()}
    return {
        "training step": spent["checks"] / step_seconds + spent["checkpoint"] / SAVE_EVERY,
        "colouring": max(0.0, spent["ours"] - spent["plain"]) / (spent["plain"] + photo_seconds),
    }


def measure(sizes, data=None):
    """All of it, as a dict that JSON can hold.  sizes: FULL or QUICK; data: a folder of pictures, or None."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        folder, kept = Path(folder), os.environ.get("COLORLIB_HOME")
        try:
            peaks, rows = matrix_peaks(sizes["peak"]), []
            if data:
                jobs = [(Path(data).expanduser().resolve(), "own pictures", sizes["sides"][0][1])]
            else:
                jobs = [
                    (draw_files(folder / str(side), sizes["files"], side), f"{side} px", size)
                    for side, size in sizes["sides"]
                ]
            for source, label, size in jobs:
                rows += data_rows(source, label, size, sizes["files"], sizes["batch"], sizes["rounds"], folder)
            rows.append(training_row(*sizes["train"], sizes["rounds"], peaks))
            rows += inference_rows(*sizes["inference"], sizes["rounds"], peaks)
            photos = photo_numbers(folder, sizes["photo"], sizes["large"])
            step = next(r for r in rows if r["what"].startswith("training step"))
            step_seconds = sizes["train"][2] / step["ours"]  # pictures over pictures a second
            shares = guard_shares(
                folder, sizes["train"][0], step_seconds, sizes["photo"], photos["seconds"], sizes["rounds"]
            )
        finally:
            os.environ.pop("COLORLIB_HOME", None)
            if kept is not None:
                os.environ["COLORLIB_HOME"] = kept
    machine = {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "bf16_is_fast": bf16_is_fast("cpu"),
    }
    return {"machine": machine, "peak_gflops": peaks, "rows": rows, "photos": photos, "guards": shares}


def table(found):
    """What `measure` found, as text."""
    machine, peaks, photos = found["machine"], found["peak_gflops"], found["photos"]
    width = max(len(r["what"]) for r in found["rows"])
    lines = [
        f"{machine['processor']}, {machine['threads']} threads on {machine['cores']} cores, torch {machine['torch']}; "
        f"matrix peak in GFLOP/s: float32 {peaks['float32']:.0f}, bfloat16 {peaks['bfloat16']:.0f}",
        "",
        f"{'':{width}}  plain/s   ours/s   ratio (low .. high)  wanted  share plain, ours   results differ by",
    ]
    for r in found["rows"]:
        wanted = f">= {r['wanted']:g}" if r["wanted"] else ""
        share = "{:9.0%} {:6.0%}".format(*r["share"]) if "share" in r else " " * 16
        lines.append(
            f"{r['what']:{width}} {r['plain']:8.1f} {r['ours']:8.1f} {r['ratio']:7.2f} ({r['low']:.2f} .. "
            f"{r['high']:.2f})".ljust(width + 41)
            + f"{wanted:>7} {share}    {r['differ']:.1e} {r['unit']}"
        )
    memory = f"{photos['large_peak_gb']:.2f} GB" if photos["large_peak_gb"] else "not known here"
    lines += [
        "",
        "a photo of {} x {} px: {:.2f} s; ".format(*photos["photo"], photos["seconds"])
        + f"the whole command: {photos['command_seconds']:.1f} s",
        "peak memory of a process that colours {} x {} px: {}".format(*photos["large"], memory),
        "guards: " + ", ".join(f"{share:.1%} of a {what}" for what, share in found["guards"].items()),
    ]
    return "\n".join(lines)


def main(arguments=None):
    """The command: measure, print the table, write JSON where asked to.  Returns what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="tiny sizes, seconds: does everything run?")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the numbers to this file")
    parser.add_argument(
        "--data", metavar="FOLDER", help="time data preparation on these pictures (default: drawn ones)"
    )
    options = parser.parse_args(arguments)
    found = measure(QUICK if options.quick else FULL, options.data)
    print(table(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found


if __name__ == "__main__":
    main()
