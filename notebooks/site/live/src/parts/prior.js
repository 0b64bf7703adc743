// The colour prior: four numbers that steer the refiner.

import { colorPrior } from "../arithmetic.js";
import { gamut } from "../gamut.js";
import { Model } from "../model.js";
import plane from "colorlib/show/plane.js";
import { button, figure, inWords, make, settled, slider, units } from "../view.js";

export const title = "Colour prior";
export const needs = ["refiner"];
const NAMES = ["mean a", "mean b", "spread", "magnitude"];

export function build(app) {
  const { vibrance } = app.networks.info;
  const figures = { base: figure("base"), result: figure("result"), truth: figure("truth") };
  const point = new Model({ a: 0, b: 0, extent: 60, label: "asked for: mean a and mean b" });
  const sizes = [2, 3].map((i) =>
    slider(NAMES[i], { min: 0, max: 100, step: 0.5, value: 0 }, (x) => ask({ [i]: x / 110 })));
  const table = make("table");
  const others = make("select", { "aria-label": "the numbers of another picture", change: borrow });
  const truth = button("the truth's", () => app.setPrior([...app.scene.truth]));
  const place = make("div", { class: "plane" });
  plane.render({ model: point, el: place });
  place.querySelector("canvas").replaceWith(gamut(60));

  /** Ask for a prior with these numbers changed: a magnitude is never below its mean. */
  function ask(changes) {
    const prior = Object.assign([...app.prior], changes);
    prior[3] = Math.max(prior[3], Math.hypot(prior[0], prior[1]));
    app.setPrior(prior);
  }

  point.on("saved", () => ask({ 0: point.get("a") / 110, 1: point.get("b") / 110 }));

  async function borrow() {
    if (!others.value) return;
    const scene = await app.sceneOf(Number(others.value));
    app.setPrior([...scene.truth]);
    others.value = "";
  }

  const show = settled(async () => {
    const { scene, prior } = app;
    point.set("a", 110 * prior[0]);
    point.set("b", 110 * prior[1]);
    sizes.forEach((s, i) => (s.value = Math.round(220 * prior[i + 2]) / 2));
    const { t, alpha_bar } = app.networks.info;
    const noise = scene.noise(app.seeds, 0);
    const { ab } = await scene.corrected({ prior, t, alphaBar: alpha_bar.linear, noise });
    const got = colorPrior(ab);
    figures.base.show(scene, scene.base, inWords(scene.own));
    figures.result.show(scene, ab, inWords(got));
    figures.truth.show(scene, scene.ab, inWords(scene.truth));
    truth.disabled = !scene.coloured;
    const mark = ([a, b], text) => ({ a: 110 * a, b: 110 * b, text });
    const marks = [mark(scene.own, "B"), mark(got, "R")];
    point.set("marks", scene.coloured ? [...marks, mark(scene.truth, "T")] : marks);
    fill([["", "asked", "obtained", "base", "truth"],
      ...NAMES.map((name, i) => [name, ...[prior, got, scene.own, scene.truth].map((p) => units(p[i]))])]);
  });

  function fill(rows) {
    table.replaceChildren(...rows.map((cells, i) => make("tr", {}, ...cells.map((text, j) =>
      make(i && j ? "td" : "th", i && j ? {} : { scope: j ? "col" : "row" }, text)))));
  }

  function listOthers() {
    const options = app.pictures.map((p, i) => make("option", { value: i }, p.name));
    others.replaceChildren(make("option", { value: "" }, "another picture's …"), ...options);
  }

  const node = make("div", {},
    make("p", { class: "lead" }, "Four numbers sum up the colours of a picture; the refiner follows " +
      "them. Drag the point: B is the base's own, R what the result came to, T the truth."),
    make("div", { class: "two prior" },
      make("div", { class: "steer" }, place, ...sizes.map((s) => s.node)),
      make("div", { class: "three" }, ...Object.values(figures).map((f) => f.node)),
      make("div", { class: "more" }, make("div", { class: "row" },
        button("the base's own", () => app.setPrior([...app.scene.own])),
        button(`vibrant, × ${vibrance}`,
          () => app.setPrior(app.scene.own.map((x) => x * vibrance))),
        truth, others), table)));
  return { node, show: () => (listOthers(), show()) };
}
