// Steps: colourings on their way from noise, each as a film of thirty steps; nine ends of nine noises.

import { colorPrior } from "../arithmetic.js";
import { enlarged } from "colorlib/show/color.js";
import { offsetNoise, walk } from "../flow.js";
import { button, figure, inWords, make, paint, settled, slider } from "../view.js";

export const title = "Steps";
export const needs = ["flow"];
const COARSE = 8; // ab' times this is about as large as the noise
const STEPS = 30;
const COUNT = 9;
const PAUSE = 120; // ms between two frames of the film
const still = matchMedia("(prefers-reduced-motion: reduce)"); // then nothing moves that is not asked for

export function build(app) {
  // films: of each noise its frames {t, way, guess}, coarse; none while it has not been walked.
  const state = { first: 0, chosen: 0, scene: null, films: [], began: null, timer: 0 };
  const cells = Array.from({ length: COUNT }, (_, i) => {
    const canvas = make("canvas", { "aria-hidden": "true" });
    const node = make("button", { type: "button", disabled: true, click: () => choose(i) },
      canvas, make("b", {}, `${i + 1}`));
    return { canvas, node };
  });
  const figures = { way: figure("on its way"), guess: figure("its guess"), base: figure("base"),
    truth: figure("truth") };
  const step = slider("step", { min: 0, max: STEPS, value: 0 }, () => (stop(), draw()));
  const words = make("p", { class: "note", "aria-live": "polite" });
  const play = button("play", () => (state.timer ? stop() : film()));
  const other = button("nine other noises", () => {
    state.first += COUNT;
    return show();
  });

  function stop() {
    clearInterval(state.timer);
    state.timer = 0;
    play.textContent = "play";
  }

  function film() {
    const { length } = state.films[state.chosen] || [];
    if (step.value >= length - 1) step.value = 0;
    play.textContent = "pause";
    state.timer = setInterval(() => {
      if (step.value >= STEPS) return stop();
      if (step.value < state.films[state.chosen].length - 1) step.value += 1;
      draw();
    }, PAUSE);
    draw();
  }

  /** The step of the slider, or the last one walked, of the noise that is chosen. */
  function draw() {
    const { scene } = state;
    const frames = state.films[state.chosen] || [];
    const i = Math.min(step.value, frames.length - 1);
    if (i < 0) return;
    const { t, way, guess } = frames[i];
    const noise = `${Math.round(t / 10)} % noise`;
    const large = (x) => unfolded(x, scene);
    figures.way.show(scene, large(way), `after ${i} of ${STEPS} steps, ${noise}`, noise);
    const ahead = large(guess);
    figures.guess.show(scene, ahead,
      `the colours straight ahead after ${i} steps: ${inWords(colorPrior(ahead))}`);
  }

  /** Show the film of noise i at the step of the slider. */
  function choose(i) {
    state.chosen = i;
    cells.forEach(({ node }, j) => node.setAttribute("aria-pressed", i === j));
    draw();
  }

  /** Another picture, or other noises: nothing is walked yet. */
  function begin(scene) {
    stop();
    if (state.scene !== scene) state.first = 0;
    Object.assign(state, { scene, began: state.first, films: [] });
    for (const { canvas, node } of cells) {
      Object.assign(canvas, { width: scene.W, height: scene.H });
      node.disabled = true;
      node.setAttribute("aria-label", `not walked yet, ${scene.name}`);
    }
    step.value = 0;
    choose(0);
    figures.base.show(scene, scene.base, inWords(scene.own));
    figures.truth.show(scene, scene.ab, inWords(scene.truth));
  }

  /** What has been walked from noise i, shown up to its last step where that noise is chosen. */
  function watch(i, frames) {
    state.films[i] = frames;
    if (state.chosen !== i) return;
    if (!state.timer) step.value = frames.length - 1;
    draw();
  }

  /** Walk from noise i and keep every step; the first of the nine is shown on its way. */
  async function record(scene, i) {
    const here = () => app.scene === scene && app.part === "steps" && state.began === state.first;
    const frames = [];
    await walked(scene, noiseOf(scene, state.first + i), (frame) => {
      if (!here()) throw STALE;
      frames.push(frame);
      if (state.chosen === i && !still.matches) watch(i, frames);
      return new Promise((resolve) => setTimeout(resolve)); // the page stays alive
    });
    watch(i, frames);
    const end = unfolded(frames[STEPS].way, scene);
    paint(cells[i].canvas, scene.L, scene.H, scene.W, end, scene.h, scene.w);
    cells[i].node.disabled = false;
    cells[i].node.setAttribute("aria-label",
      `end ${i + 1} of ${scene.name}: ${inWords(colorPrior(end))}`);
  }

  /** Walk from all nine; what another picture, part or noise has begun ends here, and goes on later. */
  const show = settled(async () => {
    const { scene } = app;
    if (state.scene !== scene || state.began !== state.first) begin(scene);
    try {
      for (let i = 0; i < COUNT; i++) {
        if (state.films[i]?.length > STEPS) continue;
        words.textContent = `Walking from noise ${i + 1} of ${COUNT} …`;
        await record(scene, i);
      }
      words.textContent = `${STEPS} steps are walked from each: choose, drag or play.`;
    } catch (error) {
      if (error !== STALE) throw error;
    }
  });

  const node = make("div", {},
    make("p", { class: "lead" }, "Another network walks from noise to colours in many small steps, and each " +
      "noise ends in another colouring. At which step is the tint settled, at which the lips?"),
    make("div", { class: "two steps" },
      make("div", { class: "nine" }, ...cells.map((cell) => cell.node)),
      make("div", {},
        step.node,
        make("div", { class: "four" }, ...Object.values(figures).map((f) => f.node)),
        make("div", { class: "row" }, play, other),
        words)));
  return { node, show, walked };
}

/** The steps of a picture from a noise; seen: {t, way, guess}, both coarse. Returns the end. */
function walked(scene, noise, seen = () => {}) {
  const { h, w, networks } = scene;
  const velocity = (x, t) => networks.velocity(x, t, scene.small, scene.base, h, w);
  return walk(velocity, noise, STEPS, ({ t, x, guess }) => seen({ t, way: x, guess }));
}

/** The noise of a picture for a seed, as large as its coarse colours. */
function noiseOf({ networks, h, w }, seed) {
  const [rows, cols] = networks.coarseSides(h, w);
  return offsetNoise(rows * cols, seed + 1);
}

const STALE = new Error("another walk has begun");

/** Coarse colours x of a walk, (2, ceil(h / fold), ceil(w / fold)), as ab' (2, h, w) of a scene. */
function unfolded(x, { networks, h, w }) {
  const { fold } = networks.info.networks.flow;
  const [rows, cols] = networks.coarseSides(h, w);
  const wide = cols * fold;
  const all = enlarged(x, rows, cols, rows * fold, wide);
  const out = new Float32Array(2 * h * w);
  for (let k = 0; k < 2; k++) {
    for (let y = 0; y < h; y++) {
      const from = (k * rows * fold + y) * wide;
      for (let i = 0; i < w; i++) out[(k * h + y) * w + i] = all[from + i] / COARSE;
    }
  }
  return out;
}
