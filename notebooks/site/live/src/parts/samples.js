// Samples: nine colourings of one picture, all of them likely; choose one and go on from there.

import { colorPrior } from "../arithmetic.js";
import { gamut } from "../gamut.js";
import { Model } from "../model.js";
import plane from "colorlib/show/plane.js";
import { samples } from "../tints.js";
import { button, inWords, make, paint, settled } from "../view.js";

export const title = "Samples";
export const needs = ["tints", "refiner"];
const COUNT = 9;
const EXTENT = 60;

export function build(app) {
  const state = { seed: 0, chosen: -1, scene: null, near: null };
  const cells = Array.from({ length: COUNT }, (_, i) => {
    const canvas = make("canvas", { "aria-hidden": "true" });
    const node = make("button", { type: "button", click: () => choose(i) }, canvas, make("b", {}, `${i + 1}`));
    return { canvas, node };
  });
  const place = make("div", { class: "plane" });
  const point = new Model({ a: 0, b: 0, extent: EXTENT, marks: [], label: "the sample chosen" });
  plane.render({ model: point, el: place });
  place.querySelector("canvas").replaceWith(gamut(EXTENT));
  const words = make("p", { class: "note", "aria-live": "polite" });
  const near = button("nine near this one", () => again({ near: state.samples[state.chosen].prior }));
  const steer = make("a", { href: "#prior", class: "go" }, "steer this one");

  /** Dragging the point chooses the sample whose tint is nearest. */
  point.on("saved", () => {
    const away = ({ prior: [a, b] }) => Math.hypot(110 * a - point.get("a"), 110 * b - point.get("b"));
    const nearest = state.samples.reduce((best, s) => (away(s) < away(best) ? s : best));
    choose(state.samples.indexOf(nearest));
  });

  function choose(i) {
    state.chosen = i;
    const { prior } = state.samples[i];
    cells.forEach((cell, j) => cell.node.setAttribute("aria-pressed", i === j));
    point.set("a", 110 * prior[0]);
    point.set("b", 110 * prior[1]);
    app.prior = [...prior];
    words.textContent = `Number ${i + 1} is chosen: ${inWords(prior)}.`;
    near.disabled = false;
  }

  function again(changes) {
    Object.assign(state, { near: null, seed: state.seed + 1, stale: true }, changes);
    return show();
  }

  const show = settled(async () => {
    const { scene } = app;
    if (state.scene === scene && !state.stale) return;
    if (state.scene !== scene) Object.assign(state, { seed: 0, near: null });
    Object.assign(state, { scene, stale: false });
    state.samples = await samples(app, scene, COUNT, state.seed, state.near);
    cells.forEach(({ canvas, node }, i) => {
      const { ab } = state.samples[i];
      paint(canvas, scene.L, scene.H, scene.W, ab, scene.h, scene.w);
      node.setAttribute("aria-label", `colouring ${i + 1} of ${scene.name}: ${inWords(colorPrior(ab))}`);
    });
    const mark = ([a, b], text) => ({ a: 110 * a, b: 110 * b, text });
    const marks = state.samples.map((s, i) => mark(s.prior, i + 1));
    marks.push(mark(scene.own, "B"));
    if (scene.coloured) marks.push(mark(scene.truth, "T"));
    point.set("marks", marks);
    choose(0);
  });

  const node = make("div", {},
    make("p", { class: "lead" }, "Lightness does not tell the tint, so many colourings are likely. " +
      "A network says how likely each is; these nine are drawn from it. In the plane: their mean " +
      "colours, B the base's, T the truth's."),
    make("div", { class: "two samples" },
      make("div", { class: "nine" }, ...cells.map((cell) => cell.node)),
      make("div", { class: "side" }, place, make("div", {}, words,
        make("div", { class: "row" }, button("another nine", () => again({})), near, steer)))));
  return { node, show };
}
