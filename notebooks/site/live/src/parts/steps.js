// Steps: one colouring on its way from noise to colours, as a film of thirty steps.

import { colorPrior } from "../arithmetic.js";
import { enlarged } from "colorlib/show/color.js";
import { offsetNoise, walk } from "../flow.js";
import { button, figure, inWords, make, settled, slider } from "../view.js";

export const title = "Steps";
export const needs = ["flow"];
const COARSE = 8; // ab' times this is about as large as the noise
const STEPS = 30;
const PAUSE = 120; // ms between two frames of the film

export function build(app) {
  const state = { seed: 0, scene: null, film: [], walked: -1, timer: 0 };
  const figures = { way: figure("on its way"), guess: figure("its guess"), base: figure("base"),
    truth: figure("truth") };
  const step = slider("step", { min: 0, max: STEPS, value: 0 }, () => (stop(), draw()));
  const words = make("p", { class: "note", "aria-live": "polite" });
  const play = button("play", () => (state.timer ? stop() : film()));
  const other = button("another noise", () => {
    state.seed++;
    return show();
  });

  function stop() {
    clearInterval(state.timer);
    state.timer = 0;
    play.textContent = "play";
  }

  function film() {
    if (step.value >= state.film.length - 1) step.value = 0;
    play.textContent = "pause";
    state.timer = setInterval(() => {
      if (step.value >= STEPS) return stop();
      if (step.value < state.film.length - 1) step.value += 1;
      draw();
    }, PAUSE);
    draw();
  }

  function draw() {
    const { scene, film: frames } = state;
    const i = Math.min(step.value, frames.length - 1);
    if (i < 0) return;
    const { t, way, guess } = frames[i];
    const noise = `${Math.round(t / 10)} % noise`;
    figures.way.show(scene, way, `after ${i} of ${STEPS} steps, ${noise}`, noise);
    figures.guess.show(scene, guess, `the colours straight ahead after ${i} steps: ${inWords(colorPrior(guess))}`);
  }

  /** Walk once, keep every step; what another picture or noise has begun ends here. */
  const show = settled(async () => {
    const { scene } = app;
    if (state.scene === scene && state.walked === state.seed) return draw();
    if (state.scene !== scene) state.seed = 0;
    const { seed } = state;
    Object.assign(state, { scene, walked: seed, film: [] });
    stop();
    figures.base.show(scene, scene.base, inWords(scene.own));
    figures.truth.show(scene, scene.ab, inWords(scene.truth));
    try {
      await walked(scene, noiseOf(scene, seed), (frame) => {
        if (app.scene !== scene || app.part !== "steps" || state.seed !== seed) throw STALE;
        state.film.push(frame);
        step.value = state.film.length - 1;
        words.textContent = `Step ${step.value} of ${STEPS} …`;
        draw();
      });
      words.textContent = `${STEPS} steps are walked: drag, or play them.`;
    } catch (error) {
      state.walked = -1;
      if (error !== STALE) throw error;
    }
  });

  /** The steps of a picture from a noise; seen: {t, way, guess}, both ab' (2, h, w). */
  function walked(scene, noise, seen = () => {}) {
    const { h, w, networks } = scene;
    const fold = networks.info.networks.flow.fold;
    const velocity = (x, t) => networks.velocity(x, t, scene.small, scene.base, h, w);
    return walk(velocity, noise, STEPS, ({ t, x, guess }) =>
      seen({ t, way: unfolded(x, h, w, fold), guess: unfolded(guess, h, w, fold) }));
  }

  const node = make("div", {},
    make("p", { class: "lead" }, "Another network walks from noise to colours in many small steps, and each " +
      "noise ends in another colouring. At which step is the tint settled, at which the lips?"),
    make("div", { class: "film" }, step.node),
    make("div", { class: "four" }, ...Object.values(figures).map((f) => f.node)),
    make("div", { class: "row" }, play, other),
    words);
  return { node, show, walked };
}

/** The noise of a picture for a seed, as large as its coarse colours. */
function noiseOf({ networks, h, w }, seed) {
  const [rows, cols] = networks.coarseSides(h, w);
  return offsetNoise(rows * cols, seed + 1);
}

const STALE = new Error("another walk has begun");

/** Coarse colours x of a walk, (2, ceil(h / fold), ceil(w / fold)), as ab' (2, h, w). */
function unfolded(x, h, w, fold) {
  const [rows, cols] = [Math.ceil(h / fold), Math.ceil(w / fold)];
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
