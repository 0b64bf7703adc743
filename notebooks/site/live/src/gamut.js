// The colours that sRGB has, as a picture of the ab plane.

import { css, inGamut } from "colorlib/show/color.js";

const SIDE = 161; // pixels
const MIDDLE = 60; // of lightness
const LEVELS = Array.from({ length: 33 }, (_, i) => MIDDLE + (i % 2 ? -1 : 1) * 1.5 * i); // outwards

/** A canvas of the plane, a and b within `extent` Lab units: in colour where sRGB has it at L, or,
 * without L, at any lightness (shown at the one nearest the middle). */
export function gamut(extent, L = null) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("aria-hidden", "true");
  paintGamut(canvas, extent, L);
  return canvas;
}

/** The same, into a canvas that is there. */
export function paintGamut(canvas, extent, L = null) {
  const context = canvas.getContext("2d");
  const pixels = new ImageData(SIDE, SIDE);
  const half = (SIDE - 1) / 2;
  for (let y = 0, o = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, o += 4) {
      const [a, b] = [((x - half) / half) * extent, ((half - y) / half) * extent];
      const at = (L === null ? LEVELS : [L]).find((level) => inGamut(level, a, b));
      if (at === undefined) continue; // stays transparent
      pixels.data.set(css(at, a, b).match(/\d+/g).map(Number), o);
      pixels.data[o + 3] = 255;
    }
  }
  context.putImageData(pixels, 0, 0);
}

/** The Lab colour nearest to (a, b) towards grey that sRGB has at L: [a, b]. */
export function intoGamut(L, a, b) {
  if (inGamut(L, a, b)) return [a, b];
  let [low, high] = [0, 1];
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    if (inGamut(L, middle * a, middle * b)) low = middle;
    else high = middle;
  }
  return [low * a, low * b];
}
