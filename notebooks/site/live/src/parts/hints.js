// Hints: a dab of colour on the picture, and what the network makes of it elsewhere.

import { css } from "colorlib/show/color.js";
import dabs from "colorlib/show/dab.js";
import { intoGamut, paintGamut } from "../gamut.js";
import { Model } from "../model.js";
import plane from "colorlib/show/plane.js";
import { samples } from "../tints.js";
import { figure, inWords, make, paint, settled } from "../view.js";
import { colorPrior, spreadHints } from "../arithmetic.js";

export const title = "Hints";
export const needs = ["hints"];
const EXTENT = 80; // Lab units of the plane's half side
const RADIUS = 1; // of a dab, in the network's pixels: 3 x 3
const APART = 9; // Lab units between two colours that are offered

export function build(app) {
  const figures = { base: figure("no hint"), shift: figure("plain shift"), truth: figure("truth") };
  const dab = new Model({ dabs: [], chosen: -1, picture: null });
  const point = new Model({ a: 0, b: 0, extent: EXTENT, label: "colour of the dab", marks: [] });
  const [ground, wheel] = [make("div", { class: "ground-place" }), make("div", { class: "plane" })];
  const swatches = make("div", { class: "swatches", role: "group", "aria-label": "likely colours" });
  const words = make("p", { class: "note", "aria-live": "polite" });
  dabs.render({ model: dab, el: ground });
  plane.render({ model: point, el: wheel });
  const canvas = ground.querySelector("canvas");
  const state = { L: null, scene: null, known: 0 };

  /** The network's pixel below a dab: its number in a plane. */
  const pixel = ({ x, y }) => {
    const { h, w } = app.scene;
    return Math.floor(y * h) * w + Math.floor(x * w);
  };
  const lightness = (d) => 100 * app.scene.small[pixel(d)] + 50;
  const chosen = () => dab.get("dabs")[dab.get("chosen")];

  function recolour(a, b) {
    const i = dab.get("chosen");
    if (i < 0) return;
    const L = lightness(chosen());
    const [x, y] = intoGamut(L, a, b);
    const list = dab.get("dabs").map((d, j) => (j === i ? { ...d, a: x, b: y, css: css(L, x, y) } : d));
    dab.set("dabs", list);
  }

  /** Colours that this pixel has in the base's answer and in samples, the first most often. */
  function likely(d) {
    const n = app.scene.h * app.scene.w;
    const i = pixel(d);
    const answers = [app.scene.base, ...(app.scene.samples || []).map((s) => s.ab)];
    const found = [];
    for (const ab of answers) {
      const [a, b] = intoGamut(lightness(d), 110 * ab[i], 110 * ab[n + i]);
      const near = found.find((c) => Math.hypot(c.a - a, c.b - b) < APART);
      if (near) near.count++;
      else found.push({ a, b, count: 1 });
    }
    found.sort((x, y) => y.count - x.count);
    const [first] = found;
    for (const k of [1.7, -1]) { // more of it, and the opposite
      const [a, b] = intoGamut(lightness(d), k * first.a, k * first.b);
      if (found.every((c) => Math.hypot(c.a - a, c.b - b) >= APART)) found.push({ a, b });
    }
    return found.slice(0, 7);
  }

  function offer() {
    const d = chosen();
    if (!d) {
      swatches.replaceChildren();
      return;
    }
    const L = lightness(d);
    swatches.replaceChildren(...likely(d).map(({ a, b }) => {
      const label = `a ${Math.round(a)}, b ${Math.round(b)}`;
      const node = make("button", { type: "button", "aria-label": label, title: label,
        click: () => recolour(a, b) });
      node.style.backgroundColor = css(L, a, b);
      return node;
    }));
  }

  function picked() {
    const d = chosen();
    if (d) {
      const L = Math.round(lightness(d));
      if (L !== state.L) paintGamut(wheel.querySelector("canvas"), EXTENT, (state.L = L));
      point.set("a", d.a);
      point.set("b", d.b);
    }
    wheel.classList.toggle("off", !d);
    offer();
  }

  /** A new dab has the strongest of the likely colours of its place; a moved one keeps its own. */
  function placed() {
    const list = dab.get("dabs");
    if (list.length > state.known && chosen()) {
      state.known = list.length;
      picked();
      const colours = likely(chosen()).filter((c) => c.count);
      const { a, b } = colours.reduce((x, y) => (Math.hypot(y.a, y.b) > Math.hypot(x.a, x.b) ? y : x));
      recolour(a, b);
    }
    state.known = list.length;
    picked();
    show();
  }

  const show = settled(async () => {
    const { scene } = app;
    if (state.scene !== scene) {
      Object.assign(state, { scene, known: 0, L: null, free: null });
      dab.set("picture", scene);
    }
    const list = dab.get("dabs");
    const { hints, mask } = given(scene, list, pixel);
    const { small, h, w } = scene;
    if (!state.free) state.free = await scene.networks.base(small, h, w, "hints");
    const ab = list.length ? await answer(scene, state.free, hints, mask) : state.free;
    paint(canvas, scene.L, scene.H, scene.W, ab, scene.h, scene.w);
    const told = inWords(colorPrior(ab));
    dab.set("alt", `${scene.name} with ${count(list)}: ${told}. Arrow keys and Enter place one.`);
    words.textContent = list.length
      ? `${count(list)}: ${told}.`
      : "Click the picture to place a dab of colour, then choose its colour here.";
    figures.base.show(scene, state.free, "as the network colours it without a hint");
    figures.shift.show(scene, shifted(scene.base, list, pixel), "every pixel shifted alike");
    figures.truth.show(scene, scene.ab, inWords(scene.truth));
    if (!scene.samples && scene.networks.has("tints")) {
      await samples(app, scene, 9, 0);
      offer();
    }
  });

  dab.on("change:dabs", placed);
  dab.on("change:chosen", picked);
  point.on("saved", () => recolour(point.get("a"), point.get("b")));

  const node = make("div", {},
    make("p", { class: "lead" }, "Place a dab, choose its colour, drag it: what takes it on? Half is the " +
      "answer of a network taught with dabs, half goes by likeness: near, as light, of one colour."),
    make("div", { class: "two hints" }, ground,
      make("div", {},
        make("div", { class: "picker" },
          make("div", {}, words, make("b", {}, "likely here"), swatches), wheel),
        make("div", { class: "three" }, ...Object.values(figures).map((f) => f.node)))));
  return { node, show: () => (picked(), show()), dab };
}

/** As the kit has it: half the network's answer, half what spreads from the hints without training. */
async function answer({ networks, small, h, w }, free, hints, mask) {
  const own = await networks.base(small, h, w, "hints", hints, mask);
  return spreadHints(small, free, hints, mask, h, w).map((x, i) => (x + own[i]) / 2);
}

/** How many dabs, in words. */
const count = (list) => `${list.length || "no"} ${list.length === 1 ? "dab" : "dabs"}`;

/** {hints (2, h, w), mask (h, w)} of dabs, each a square of the network's pixels. */
function given({ h, w }, list, pixel) {
  const [hints, mask] = [new Float32Array(2 * h * w), new Float32Array(h * w)];
  for (const d of list) {
    const [row, col] = [Math.floor(pixel(d) / w), pixel(d) % w];
    for (let y = Math.max(0, row - RADIUS); y <= Math.min(h - 1, row + RADIUS); y++) {
      for (let x = Math.max(0, col - RADIUS); x <= Math.min(w - 1, col + RADIUS); x++) {
        hints[y * w + x] = d.a / 110;
        hints[h * w + y * w + x] = d.b / 110;
        mask[y * w + x] = 1;
      }
    }
  }
  return { hints, mask };
}

/** The base's ab with one number added to a and one to b: so that the dabs are met in the mean. */
function shifted(base, list, pixel) {
  const n = base.length / 2;
  const by = [0, 0];
  for (const d of list) {
    by[0] += (d.a / 110 - base[pixel(d)]) / list.length;
    by[1] += (d.b / 110 - base[n + pixel(d)]) / list.length;
  }
  return base.map((x, i) => x + by[i < n ? 0 : 1]);
}
