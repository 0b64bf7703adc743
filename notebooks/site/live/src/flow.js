// From noise to colours in many steps, as diffusion.flow_sample walks it (colorlib/diffusion.py).

import { randomNumbers } from "./arithmetic.js";

const T = 1000; // the noise end of the path

/** The places t that so many steps stop at, from T to 0: short steps first. */
export function places(steps) {
  const all = Array.from({ length: steps + 1 }, (_, i) => Math.round(T * (1 - (i / steps) ** 2)));
  return [...new Set(all)];
}

/** Noise (2, n) of which each plane has one number more, as offset_noise, for a seed. */
export function offsetNoise(n, seed) {
  const { normal } = randomNumbers(seed);
  const shifts = [normal(), normal()];
  return Float32Array.from({ length: 2 * n }, (_, i) => (normal() + shifts[i < n ? 0 : 1]) / Math.SQRT2);
}

/**
 * Walk from noise to colours by Heun's rule. velocity: async (x, t) -> like x. seen: called with
 * {t, x, guess} at each place, guess the colours that lie straight ahead; may return a promise.
 */
export async function walk(velocity, noise, steps, seen = () => {}) {
  const stops = places(steps);
  let x = noise;
  for (let k = 0; k + 1 < stops.length; k++) {
    const [t, below] = [stops[k], stops[k + 1]];
    const by = (below - t) / T;
    const v = await velocity(x, t);
    await seen({ t, x, guess: x.map((y, i) => y - (t / T) * v[i]) });
    const along = (speed) => x.map((y, i) => y + by * speed[i]);
    if (below > 0) {
      const ahead = await velocity(along(v), below);
      x = along(v.map((y, i) => (y + ahead[i]) / 2));
    } else x = along(v);
  }
  await seen({ t: 0, x, guess: x });
  return x;
}
