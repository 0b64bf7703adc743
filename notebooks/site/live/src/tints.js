// Colourings of one picture: priors drawn from the mixture of the network `tints`, each rendered by
// the refiner in one step.

import { absolute, drawTint, randomNumbers } from "./arithmetic.js";

/** Draw `count` priors with a seed, render them, and keep them as scene.samples: [{prior, ab}].
 * near: a prior of these that the new ones lie about, a third as far apart. */
export async function samples(app, scene, count, seed, near = null) {
  const { t, alpha_bar } = scene.networks.info;
  const numbers = await scene.networks.tints(scene.small, scene.base, scene.h, scene.w);
  const { uniform, normal } = randomNumbers(seed + 1);
  const priors = Array.from({ length: count }, () =>
    absolute(drawTint(numbers, uniform, normal), scene.own));
  const drawn = near ? [near, ...closer(priors, near).slice(1)] : priors;
  const out = [];
  for (const prior of drawn) {
    const noise = scene.noise(app.seeds, 0);
    const { ab } = await scene.corrected({ prior, t, alphaBar: alpha_bar.linear, noise });
    out.push({ prior, ab });
  }
  scene.samples = out;
  return out;
}

function closer(priors, near) {
  const mean = near.map((_, i) => priors.reduce((sum, p) => sum + p[i] / priors.length, 0));
  return priors.map((p) => {
    const [a, b, spread, size] = p.map((x, i) => near[i] + (x - mean[i]) / 3);
    return [a, b, Math.max(spread, 0), Math.max(size, Math.hypot(a, b))];
  });
}
