// One picture as the reader and as the networks see it, and what the networks say of it.

import { lightness, toModel } from "colorlib/show/color.js";
import { colorPrior, networkSides, normals, qSample, shrinker } from "./arithmetic.js";

export const SHOWN = 384; // pixels of the longer side at which pictures are shown at most
const BAND = 2 ** 19; // pixels converted at a time

/** A canvas of that size with the picture drawn into it. */
export function drawn(image, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white"; // below what is transparent
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  return canvas;
}

/** What the networks see of a canvas: its L' made smaller, in bands of rows. */
export async function shrunk(canvas, h, w) {
  const { width, height } = canvas;
  const smaller = shrinker(height, width, h, w);
  for (const [top, rows] of bands(width, height)) {
    const L = lightness(canvas.getContext("2d").getImageData(0, top, width, rows).data);
    for (let y = 0; y < rows; y++) smaller.add(L.subarray(y * width, (y + 1) * width));
    if (top + rows < height) await new Promise((resolve) => setTimeout(resolve)); // the page stays alive
  }
  return smaller.done();
}

/** [top, rows] of the bands that a picture is worked on in. */
export function* bands(width, height) {
  const step = Math.max(1, Math.floor(BAND / width));
  for (let top = 0; top < height; top += step) yield [top, Math.min(step, height - top)];
}

export class Scene {
  /** A picture (a canvas of its full size), its name, and what the base says of it. */
  static async of(canvas, name, networks, size = networks.info.size) {
    const scene = new Scene();
    const { width, height } = canvas;
    [scene.h, scene.w] = networkSides(height, width, size);
    scene.small = await shrunk(canvas, scene.h, scene.w);
    const scale = Math.min(1, SHOWN / Math.max(width, height));
    [scene.W, scene.H] = [width, height].map((side) => Math.max(1, Math.round(scale * side)));
    const shown = scale < 1 ? drawn(canvas, scene.W, scene.H) : canvas;
    const pixels = shown.getContext("2d").getImageData(0, 0, scene.W, scene.H);
    Object.assign(scene, toModel(pixels.data), { name, canvas, networks });
    scene.truth = colorPrior(scene.ab);
    scene.coloured = scene.truth[3] * 110 >= 1;
    scene.base = await networks.base(scene.small, scene.h, scene.w);
    scene.own = colorPrior(scene.base);
    return scene;
  }

  /** The kit's noise for this picture and a seed of the page's ten. */
  noise(seeds, seed) {
    this.noises ||= {};
    return (this.noises[seed] ||= normals(2 * this.h * this.w, seeds[seed]));
  }

  /** One correction: {noised, residual, ab, attention}, as diffusion.correct_once. */
  async corrected({ prior, t, alphaBar, noise, attention = false }) {
    const noised = t ? qSample(this.base, alphaBar[t], noise) : this.base;
    const { small, h, w } = this;
    const run = await this.networks.residual(small, noised, t, prior, h, w, attention);
    const ab = this.base.map((x, i) => Math.max(-1, Math.min(1, x + run[0][i])));
    return { noised, residual: run[0], ab, attention: run[1] };
  }
}
