// sRGB to CIE Lab and back in model units, as colorlib/color.py: L' = (L - 50) / 100, ab' = ab / 110;
// and coarse planes made as large as a picture. For the live page and for pages with frames alike.
//
// Pictures are planes: L of n numbers, ab of 2 n (all a, then all b); bytes are RGBA as in a canvas.

export const AB = 110;
const WHITE = [0.95047, 1, 1.08883]; // D65, 2 degrees
const M = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
];
const INVERSE = inverted(M);
const LINEAR = Float64Array.from({ length: 256 }, (_, i) => toLinear(i / 255));
const STEPS = 65536; // of the table that brings light back to bytes
const BYTES = Uint8ClampedArray.from({ length: STEPS + 1 }, (_, i) => 255 * toGamma(i / STEPS));

function toLinear(x) {
  return x > 0.04045 ? ((x + 0.055) / 1.055) ** 2.4 : x / 12.92;
}

function toGamma(x) {
  return x > 0.0031308 ? 1.055 * x ** (1 / 2.4) - 0.055 : 12.92 * x;
}

function inverted([[a, b, c], [d, e, f], [g, h, i]]) {
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((x) => x / det));
}

const root = (x) => (x > 0.008856 ? Math.cbrt(x) : 7.787 * x + 16 / 116);
const cube = (f) => (f > 0.2068966 ? f * f * f : (f - 16 / 116) / 7.787);

function f(row, r, g, b) {
  return root((M[row][0] * r + M[row][1] * g + M[row][2] * b) / WHITE[row]);
}

/** Bytes RGBA of n pixels -> {L, ab} in model units. */
export function toModel(bytes) {
  const n = bytes.length / 4;
  const L = new Float32Array(n);
  const ab = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const r = LINEAR[bytes[4 * i]];
    const g = LINEAR[bytes[4 * i + 1]];
    const b = LINEAR[bytes[4 * i + 2]];
    const fy = f(1, r, g, b);
    L[i] = (116 * fy - 16 - 50) / 100;
    ab[i] = (500 * (f(0, r, g, b) - fy)) / AB;
    ab[n + i] = (200 * (fy - f(2, r, g, b))) / AB;
  }
  return { L, ab };
}

/** The same, L alone. */
export function lightness(bytes) {
  const L = new Float32Array(bytes.length / 4);
  for (let i = 0, o = 0; i < L.length; i++, o += 4) {
    L[i] = (116 * f(1, LINEAR[bytes[o]], LINEAR[bytes[o + 1]], LINEAR[bytes[o + 2]]) - 66) / 100;
  }
  return L;
}

/** Linear light of one Lab colour (in Lab units): outside [0, 1] where sRGB does not have it. */
export function light(L, a, b) {
  const fy = (L + 16) / 116;
  const x = cube(fy + a / 500) * WHITE[0];
  const y = cube(fy);
  const z = cube(Math.max(0, fy - b / 200)) * WHITE[2];
  return INVERSE.map((row) => row[0] * x + row[1] * y + row[2] * z);
}

/** Whether sRGB has this Lab colour, give or take a rounding of its bytes. */
export function inGamut(L, a, b) {
  return light(L, a, b).every((x) => x > -0.0002 && x < 1.002);
}

/** One Lab colour as "rgb(r, g, b)", clipped to sRGB. */
export function css(L, a, b) {
  return `rgb(${light(L, a, b).map((x) => Math.round(255 * toGamma(clamp(x))))})`;
}

function clamp(x) {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

/** {L, ab} in model units -> bytes RGBA, clipped to sRGB and opaque, written into `bytes`. */
export function toBytes(L, ab, bytes) {
  const n = L.length;
  const [[rx, ry, rz], [gx, gy, gz], [bx, by, bz]] = INVERSE;
  for (let i = 0, o = 0; i < n; i++, o += 4) {
    const fy = (L[i] * 100 + 66) / 116;
    const x = cube(fy + (ab[i] * AB) / 500) * WHITE[0];
    const y = cube(fy);
    const z = cube(Math.max(0, fy - (ab[n + i] * AB) / 200)) * WHITE[2];
    bytes[o] = BYTES[(clamp(rx * x + ry * y + rz * z) * STEPS + 0.5) | 0];
    bytes[o + 1] = BYTES[(clamp(gx * x + gy * y + gz * z) * STEPS + 0.5) | 0];
    bytes[o + 2] = BYTES[(clamp(bx * x + by * y + bz * z) * STEPS + 0.5) | 0];
    bytes[o + 3] = 255;
  }
  return bytes;
}

/** Makes planes x (k, h, w) larger, a row at a time, bilinear, as framing.py: (y) -> k W numbers, valid
 * until the next. */
export function enlarger(x, h, w, H, W) {
  const count = x.length / (h * w);
  const row = new Float32Array(count * W);
  const across = places(w, W);
  const down = places(h, H);
  const mixed = new Float32Array(w);
  return (y) => {
    const v = down.share[y];
    for (let k = 0; k < count; k++) {
      const [above, below] = [k * h * w + down.low[y] * w, k * h * w + down.high[y] * w];
      for (let i = 0; i < w; i++) mixed[i] = x[above + i] + v * (x[below + i] - x[above + i]);
      for (let i = 0; i < W; i++) {
        const [p, q] = [mixed[across.low[i]], mixed[across.high[i]]];
        row[k * W + i] = p + across.share[i] * (q - p);
      }
    }
    return row;
  };
}

function places(from, to) {
  const low = new Uint16Array(to);
  const high = new Uint16Array(to);
  const share = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5)); // pixel centres
    low[i] = Math.floor(at);
    high[i] = Math.min(from - 1, low[i] + 1);
    share[i] = at - low[i];
  }
  return { low, high, share };
}

/** Planes x (k, h, w) enlarged to (k, H, W) at once. */
export function enlarged(x, h, w, H, W) {
  if (h === H && w === W) return x;
  const rows = enlarger(x, h, w, H, W);
  const count = x.length / (h * w);
  const out = new Float32Array(count * H * W);
  for (let y = 0; y < H; y++) {
    const row = rows(y);
    for (let k = 0; k < count; k++) out.set(row.subarray(k * W, (k + 1) * W), (k * H + y) * W);
  }
  return out;
}
