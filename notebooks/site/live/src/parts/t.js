// The noise step t: what is put on the base, and what the refiner makes of it.

import { blockMeans, equalNoise, rms, colorPrior } from "../arithmetic.js";
import { drawCurves } from "../curves.js";
import { Model } from "../model.js";
import picture from "colorlib/show/picture.js";
import { added, choices, figure, inWords, make, settled, slider, units } from "../view.js";

const NEAR = 200; // t beyond which colours are long drowned
const THUMB = 12; // half a slider's thumb, in pixels

export const title = "Noise step t";
export const needs = ["refiner"];

export function build(app) {
  const state = { t: app.networks.info.t, schedule: "linear", seed: 0, last: NEAR, average: false, mark() {} };
  const figures = {
    base: figure("base"),
    noised: figure("noised"),
    residual: figure("residual"),
    result: figure("result"),
    truth: figure("truth"),
  };
  const cursor = new Model({ rows: 1, cols: 1, row: -1, col: -1, hover: true });
  const curves = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  curves.setAttribute("aria-hidden", "true");
  const range = slider("t", { min: 0, max: NEAR, value: state.t }, (t) => set({ t }));
  const sum = make("p", { class: "sum", "aria-live": "polite" });
  const pictures = make("div", { class: "five" }, ...Object.values(figures).map((f) => f.node));
  withCursor(figures.noised, cursor);

  function set(values) {
    Object.assign(state, values);
    range.input.max = state.last;
    state.t = range.value;
    if (!("t" in values)) curve();
    state.mark(state.t);
    return show();
  }

  function curve() {
    const alphaBar = app.networks.info.alpha_bar[state.schedule];
    const equal = equalNoise(alphaBar, rms(app.scene.base));
    state.mark = drawCurves(curves, alphaBar, state.last, equal, THUMB);
    state.mark(state.t);
  }

  const show = settled(async () => {
    const { scene } = app;
    const alphaBar = app.networks.info.alpha_bar[state.schedule];
    const { t, average } = state;
    const noise = scene.noise(app.seeds, state.seed);
    const out = await scene.corrected({ prior: scene.own, t, alphaBar, noise });
    const shown = average ? blockMeans(out.noised, scene.h, scene.w, 8) : out.noised;
    const flat = { ...scene, L: (scene.flat ||= scene.L.map(() => 0.1)) }; // colour alone
    const size = units(rms(out.residual), 1);
    figures.base.show(scene, scene.base, inWords(scene.own));
    const share = Math.sqrt(1 - alphaBar[t]) / (Math.sqrt(alphaBar[t]) * rms(scene.base));
    const remark = average ? "mean of 8 × 8" : `${share.toFixed(1)} × the colour`;
    figures.noised.show(scene, shown, `t = ${t}, the noise is ${share.toFixed(1)} times the colour`, remark);
    figures.residual.show(flat, out.residual.map((x) => 3 * x), `what is added, ${size} units`,
      `× 3, ${size} units`);
    figures.result.show(scene, out.ab, `${inWords(colorPrior(out.ab))}, after t = ${t}`);
    figures.truth.show(scene, scene.ab, inWords(scene.truth));
    Object.assign(state, { out, noise, alphaBar });
    cursor.set("rows", scene.h);
    cursor.set("cols", scene.w);
    cursor.set("alt", figures.noised.canvas.getAttribute("aria-label") + ". Arrow keys pick a pixel.");
    explain();
  });

  function explain() {
    const [row, col] = [cursor.get("row"), cursor.get("col")];
    if (row < 0 || !state.out) {
      sum.textContent = "Point at the noised picture: the arithmetic of that pixel stands here.";
      return;
    }
    const { scene } = app;
    const i = row * scene.w + col;
    const k = state.alphaBar[state.t];
    const [keep, noise] = [Math.sqrt(k), Math.sqrt(1 - k)].map((x) => x.toFixed(3));
    const line = (name, j) =>
      `${name}: ${keep}×${units(scene.base[j], 1)} + ${noise}×${units(state.noise[j], 1)} = ` +
      `${units(state.out.noised[j], 1)}; ${units(scene.base[j], 1)} ` +
      `${added(state.out.residual[j], 1)} = ${units(state.out.ab[j], 1)}`;
    const n = scene.h * scene.w;
    sum.replaceChildren(
      `Row ${row}, column ${col}, in ab units: √ᾱ × base + √(1 − ᾱ) × noise = noised; base + residual = result`,
      make("br"), line("a", i), make("br"), line("b", n + i),
    );
  }

  cursor.on("change:row", explain);
  cursor.on("change:col", explain);
  new ResizeObserver(() => app.scene && curve()).observe(curves);
  curves.addEventListener("pointerdown", (event) => {
    curves.setPointerCapture(event.pointerId);
    dragged(event);
  });
  curves.addEventListener("pointermove", (event) => event.buttons && dragged(event));
  function dragged(event) {
    const r = curves.getBoundingClientRect();
    const share = (event.clientX - r.left - THUMB) / (r.width - 2 * THUMB);
    range.value = Math.round(Math.max(0, Math.min(1, share)) * state.last);
    set({ t: range.value });
  }

  const node = make("div", {},
    make("p", { class: "lead" }, "Noise is put on the base's colours, and the refiner corrects what " +
      "it sees in one step. Drag t: where do the colours drown, and what does the refiner still do?"),
    make("div", { class: "curves" }, curves, range.node),
    pictures,
    make("div", { class: "row" },
      choices("schedule", [["linear", "linear"], ["cosine", "cosine"]], "linear",
        (schedule) => set({ schedule })),
      seedChoice(app.seeds.length, (seed) => set({ seed })),
      choices("reach", [[NEAR, `to ${NEAR}`], [1000, "to 1000"]], NEAR, (last) => set({ last })),
      choices("noised", [[false, "each pixel"], [true, "8 × 8 means"]], false,
        (average) => set({ average }))),
    sum);
  return { node, show: () => (curve(), show()), move: (t) => ((range.value = t), set({ t })) };
}

/** Put the cursor of picture.js over a figure's own canvas. */
export function withCursor(shown, cursor) {
  const place = make("div");
  shown.canvas.replaceWith(place);
  picture.render({ model: cursor, el: place });
  const canvas = place.querySelector("canvas");
  canvas.replaceWith(shown.canvas);
  shown.canvas.setAttribute("aria-hidden", "true");
  shown.canvas.removeAttribute("role");
}

function seedChoice(count, choose) {
  const options = Array.from({ length: count }, (_, i) => make("option", { value: i }, `${i}`));
  const select = make("select", { change: () => choose(Number(select.value)) }, ...options);
  return make("label", { class: "select" }, make("span", {}, "seed"), select);
}
