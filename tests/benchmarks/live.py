"""How long the live page takes: to its first colours, for a move of t and of the prior; and what it loads until then.

    python tests/benchmarks/live.py                  # builds the page; wants an idle core
    python tests/benchmarks/live.py --page build/site --json out.json

The page is served over http and opened anew, in a profile of its own, a few times: seconds from the request to the
first coloured picture. Bytes are those of all that was asked for until then, each file compressed by gzip as a server
would. A move is all that a hand on the slider waits for: networks, arithmetic and drawing, at 96 pixels (the weights of
faces) and at 64 (those of the drawn portraits). Wanted: 2 s, 30 ms at 96 pixels, 9 MB; the page in one file, 16 MB.
"""

import argparse
import functools
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

BUILD = Path(__file__).resolve().parents[2] / "notebooks" / "site" / "live" / "build.py"
NAMES = ("chromium", "chromium-browser", "google-chrome")
READY = "globalThis.colorlibLive && (colorlibLive.ready || colorlibLive.failed)"
MOVES = """async ([weights, part, count]) => {
  const app = colorlibLive, took = [];
  if (app.networks.info.name !== weights) await app.useWeights(weights);
  location.hash = `#${part}`;
  while (app.part !== part) await new Promise((r) => setTimeout(r, 20));
  for (let i = 0; i < count; i++) {
    const own = app.scene.own;
    const before = performance.now();
    if (part === "t") await app.parts.t.move((37 * i) % 200);
    else await app.setPrior(own.map((x, j) => x + (j < 2 ? (i % 10) / 100 : 0)));
    took.push(performance.now() - before);
    await new Promise((r) => requestAnimationFrame(r));
  }
  return took;
}"""


def served(folder):
    """(server, the bytes it has sent, each file compressed, {path: bytes})."""
    sent = {}

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_GET(self):
            file = Path(self.translate_path(self.path))
            if file.is_file():
                sent[self.path.partition("?")[0]] = len(gzip.compress(file.read_bytes(), 6))
            super().do_GET()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, sent


def opened(browser, address):
    """The page, ready, and the seconds that took."""
    page = browser.new_context().new_page()
    before = time.perf_counter()
    page.goto(address)
    page.wait_for_function(READY, timeout=120_000)
    seconds = time.perf_counter() - before
    assert page.evaluate("colorlibLive.failed && String(colorlibLive.failed)") is None
    return page, seconds


def measure(folder, times, moves):
    """{what: number}, times medians over so many openings and moves."""
    server, sent = served(folder)
    path = os.environ.get("COLORLIB_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    found, address = {}, f"http://127.0.0.1:{server.server_port}/live.html#t"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        opened(browser, address)[0].context.close()  # warms the disk
        found["bytes to the first colours, compressed"] = sum(sent.values())
        seconds = []
        for _ in range(times):
            page, took = opened(browser, address)
            seconds.append(took)
            if len(seconds) < times:
                page.context.close()
        found["seconds to the first colours"] = statistics.median(seconds)
        for weights, side in (("portraits", 64), ("faces", 96)):
            for part in ("t", "prior"):
                took = page.evaluate(MOVES, [weights, part, moves])[3:]  # the first ones warm up
                found[f"ms a move of {part}, {side} px"] = statistics.median(took)
                found[f"ms a move of {part}, {side} px, the least"] = min(took)
        browser.close()
    server.shutdown()
    found["bytes of the page in one file"] = (folder / "live-in-one-file.html").stat().st_size
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", type=Path, help="a folder with live.html, as build.py makes it")
    parser.add_argument("--times", type=int, default=5, help="how often the page is opened")
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if args.page is None:
            subprocess.run([sys.executable, BUILD, "--out", folder], check=True)
        found = measure(args.page or Path(folder), args.times, args.moves)
    for what, number in found.items():
        print(f"{what:42} {number:12,.2f}" if isinstance(number, float) else f"{what:42} {number:12,}")
    print(f"load of the machine meanwhile: {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores")
    if args.json:
        args.json.write_text(json.dumps(found, indent=1))
    return found


if __name__ == "__main__":
    main()
