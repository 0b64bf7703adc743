// Attention: where the refiner looks from a place of the picture, on a scale that does not change.

import { Model } from "../model.js";
import picture from "colorlib/show/picture.js";
import { choices, figure, inWords, make, paint, settled } from "../view.js";
import { colorPrior } from "../arithmetic.js";

export const title = "Attention";
export const needs = ["refiner"];
// Times the uniform share, and the colour that stands for it: magma, whose lightness rises with it.
const SCALE = [[0, [0, 0, 4]], [0.25, [59, 15, 112]], [1, [140, 41, 129]], [4, [254, 159, 109]],
  [16, [252, 253, 191]]];
const VEIL = 0.65; // how much of the picture below the colours hide

export function build(app) {
  const state = { head: "mean", scene: null };
  const cursor = new Model({ rows: 1, cols: 1, row: -1, col: -1, hover: true });
  const place = make("div", { class: "map" });
  const words = make("p", { class: "sum", "aria-live": "polite" });
  const result = figure("result");
  const heads = make("div");
  picture.render({ model: cursor, el: place });
  const canvas = place.querySelector("canvas");
  const grey = make("canvas");

  /** What each position gets from the place looked from, times T; of all places without one. */
  function shares() {
    const { map, rows, cols } = state;
    const T = rows * cols;
    const own = state.head === "mean" ? [...Array(map.length / T ** 2).keys()] : [state.head];
    const from = cursor.get("row") < 0 ? [...Array(T).keys()] : [cursor.get("row") * cols + cursor.get("col")];
    const out = new Float32Array(T);
    for (const head of own) {
      for (const i of from) {
        for (let j = 0, at = (head * T + i) * T; j < T; j++) out[j] += map[at + j];
      }
    }
    return out.map((x) => (x * T) / (own.length * from.length));
  }

  function draw() {
    if (!state.map) return;
    const { rows, cols } = state;
    const share = shares();
    const small = make("canvas", { width: cols, height: rows });
    const pixels = new ImageData(cols, rows);
    share.forEach((x, j) => pixels.data.set([...coloured(x), 255 * VEIL], 4 * j));
    small.getContext("2d").putImageData(pixels, 0, 0);
    [canvas.width, canvas.height] = [grey.width, grey.height];
    const context = canvas.getContext("2d");
    context.drawImage(grey, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    tell(share);
  }

  function tell(share) {
    const { rows, cols } = state;
    const T = rows * cols;
    const at = share.indexOf(Math.max(...share));
    const bits = -share.reduce((sum, x) => sum + (x > 0 ? (x / T) * Math.log2(x / T) : 0), 0);
    const picked = cursor.get("row") >= 0;
    const who = picked
      ? `Row ${cursor.get("row") + 1}, column ${cursor.get("col") + 1} looks most at`
      : "All places together look most at";
    const most = `row ${Math.floor(at / cols) + 1}, column ${(at % cols) + 1}: ${share[at].toFixed(1)} ` +
      "times the uniform share.";
    const entropy = `Entropy ${bits.toFixed(1)} of ${Math.log2(T).toFixed(1)} bits.`;
    words.textContent = `${who} ${most} ${entropy}`;
    cursor.set("alt", `${app.scene.name}, attention: ${who} ${most} Arrow keys move, Escape shows all.`);
  }

  const show = settled(async () => {
    const { scene, prior } = app;
    const { t, alpha_bar } = scene.networks.info;
    const noise = scene.noise(app.seeds, 0);
    const out = await scene.corrected({ prior, t, alphaBar: alpha_bar.linear, noise, attention: true });
    const [rows, cols] = scene.networks.attentionShape(scene.h, scene.w);
    if (state.scene !== scene) {
      for (const name of ["row", "col"]) cursor.set(name, -1);
    }
    Object.assign(state, { map: out.attention, rows, cols, scene });
    cursor.set("rows", rows);
    cursor.set("cols", cols);
    paint(grey, scene.L, scene.H, scene.W, new Float32Array(2 * scene.h * scene.w), scene.h, scene.w);
    result.show(scene, out.ab, inWords(colorPrior(out.ab)));
    chooseHeads();
    draw();
  });

  function chooseHeads() {
    const count = state.map.length / (state.rows * state.cols) ** 2;
    if (heads.childElementCount) return;
    const each = Array.from({ length: count }, (_, i) => [i, `${i + 1}`]);
    heads.append(choices("head", [["mean", "mean"], ...each], "mean", (head) => {
      state.head = head;
      draw();
    }));
  }

  cursor.on("change:row", draw);
  cursor.on("change:col", draw);
  const legend = make("div", { class: "legend", role: "img",
    "aria-label": "scale: from 0 over 1, the uniform share, to 16 times as much and more" },
    ...SCALE.map(([x, rgb]) => {
      const box = make("span", {}, x === 16 ? "16 ×" : x === 0.25 ? "¼" : x === 1 ? "1 = uniform" : `${x}`);
      box.style.borderTopColor = `rgb(${rgb})`;
      return box;
    }));
  const node = make("div", {},
    make("p", { class: "lead" }, "In the refiner, each place of the picture takes from all others what " +
      "looks alike. Point at a place: the bright ones are those that it looks at."),
    make("div", { class: "two attention" }, make("div", {}, place, legend),
      make("div", {}, words, heads, result.node)));
  return { node, show, cursor };
}

/** The colour of a share: between the stops of SCALE, by its logarithm. */
function coloured(x) {
  const i = Math.max(1, SCALE.findIndex(([stop]) => x < stop));
  if (x >= 16) return SCALE.at(-1)[1];
  const [[low, from], [high, to]] = [SCALE[i - 1], SCALE[i]];
  const u = low ? Math.log(x / low) / Math.log(high / low) : x / high;
  return from.map((c, k) => c + u * (to[k] - c));
}
