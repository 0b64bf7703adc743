// The ideas of the kit on planes of numbers, all in model units: prior.py, diffusion.py, framing.py,
// the arithmetic of models/tints.py, and the noise that torch draws for a seed.

// ---- the colour prior (colorlib/prior.py)

/** [mean a, mean b, sigma_a + sigma_b, magnitude] of ab (2 n numbers). */
export function colorPrior(ab) {
  const n = ab.length / 2;
  const sum = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    sum[0] += ab[i];
    sum[1] += ab[n + i];
    sum[2] += Math.hypot(ab[i], ab[n + i]);
  }
  const [a, b, size] = sum.map((x) => x / n);
  const variance = [0, 0];
  for (let i = 0; i < n; i++) {
    variance[0] += (ab[i] - a) ** 2 / n;
    variance[1] += (ab[n + i] - b) ** 2 / n;
  }
  return [a, b, Math.sqrt(variance[0]) + Math.sqrt(variance[1]), size];
}

// ---- the noise step (colorlib/diffusion.py)

/** x_t = sqrt(alpha_bar) ab + sqrt(1 - alpha_bar) noise. */
export function qSample(ab, alphaBar, noise) {
  const keep = Math.sqrt(alphaBar);
  const added = Math.sqrt(1 - alphaBar);
  return ab.map((x, i) => keep * x + added * noise[i]);
}

/** Root mean square of the numbers. */
export function rms(x) {
  let sum = 0;
  for (const value of x) sum += value * value;
  return Math.sqrt(sum / x.length);
}

/** The first t at which noise is as large as colour of this root mean square. */
export function equalNoise(alphaBar, size) {
  return alphaBar.findIndex((k) => Math.sqrt(1 - k) >= Math.sqrt(k) * size);
}

/** Each plane of x (planes, h, w) with every block of side x side replaced by its mean. */
export function blockMeans(x, h, w, side) {
  const out = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += h * w) {
    for (let top = 0; top < h; top += side) {
      for (let left = 0; left < w; left += side) blockMean(x, out, start, w, top, left, side);
    }
  }
  return out;
}

function blockMean(x, out, start, w, top, left, side) {
  let sum = 0;
  for (let y = top; y < top + side; y++) {
    for (let i = left; i < left + side; i++) sum += x[start + y * w + i];
  }
  for (let y = top; y < top + side; y++) {
    out.fill(sum / side ** 2, start + y * w + left, start + y * w + left + side);
  }
}

// ---- torch's random numbers: MT19937, then Box and Muller on blocks of sixteen

/** A function that gives the next 32 random bits of MT19937 (Matsumoto & Nishimura 1998). */
export function mersenneTwister(seed) {
  const state = new Uint32Array(624);
  state[0] = seed;
  for (let i = 1; i < 624; i++) {
    state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  }
  let at = 624;
  return () => {
    if (at === 624) {
      twist(state);
      at = 0;
    }
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

function twist(state) {
  for (let i = 0; i < 624; i++) {
    const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
    state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

/** What torch.randn(count) gives on a CPU after manual_seed(seed); count a multiple of 16. */
export function normals(count, seed) {
  const next = mersenneTwister(seed);
  const x = Float32Array.from({ length: count }, () => (next() & 0xffffff) / 2 ** 24);
  for (let block = 0; block < count; block += 16) {
    for (let i = block; i < block + 8; i++) {
      const radius = Math.sqrt(-2 * Math.log(1 - x[i]));
      const angle = 2 * Math.PI * x[i + 8];
      x[i] = radius * Math.cos(angle);
      x[i + 8] = radius * Math.sin(angle);
    }
  }
  return x;
}

// ---- sizes (colorlib/framing.py)

/** Height and width at which the networks see a picture: multiples of 8, the shorter about `size`. */
export function networkSides(height, width, size) {
  const shorter = Math.min(height, width);
  return [height, width].map(
    (side) => 8 * Math.max(1, rounded((Math.min(side / shorter, 4) * size) / 8)),
  );
}

function rounded(x) {
  const whole = Math.round(x); // Python rounds halves to even
  return x % 1 === 0.5 && whole % 2 ? whole - 1 : whole;
}

/** For each of `to` places: the first of `from` that counts, and the weights; bicubic, antialiased. */
function bicubic(from, to) {
  const scale = from / to;
  const wide = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = scale * (i + 0.5);
    const first = Math.max(0, Math.trunc(centre - 2 * wide + 0.5));
    const last = Math.min(from, Math.trunc(centre + 2 * wide + 0.5));
    const weights = [];
    for (let j = first; j < last; j++) weights.push(keys((j - centre + 0.5) / wide));
    const sum = weights.reduce((x, y) => x + y);
    return { first, weights: weights.map((x) => x / sum) };
  });
}

function keys(x) {
  const d = Math.abs(x); // Keys 1981, a = -1/2
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

/** Makes a plane smaller, rows given one after the other: {add(row), done() -> (h, w) numbers}. */
export function shrinker(H, W, h, w) {
  const across = bicubic(W, w);
  const narrow = new Float32Array(H * w);
  let y = 0;
  return {
    add(row) {
      across.forEach(({ first, weights }, i) => {
        let sum = 0;
        for (let j = 0; j < weights.length; j++) sum += weights[j] * row[first + j];
        narrow[y * w + i] = sum;
      });
      y++;
    },
    done() {
      const out = new Float32Array(h * w);
      bicubic(H, h).forEach(({ first, weights }, row) => {
        for (let i = 0; i < w; i++) {
          let sum = 0;
          for (let j = 0; j < weights.length; j++) sum += weights[j] * narrow[(first + j) * w + i];
          out[row * w + i] = Math.min(0.5, Math.max(-0.5, sum));
        }
      });
      return out;
    },
  };
}

/** A plane (H, W) made smaller at once, to (h, w). */
export function shrunkPlane(L, H, W, h, w) {
  const smaller = shrinker(H, W, h, w);
  for (let y = 0; y < H; y++) smaller.add(L.subarray(y * W, (y + 1) * W));
  return smaller.done();
}

/** The factor on colours at lightness L': 1, falling to 0 at black and at white (framing.fade). */
export function fade(L) {
  const lab = L * 100 + 50;
  const ramp = Math.min(1, Math.max(0, Math.min(lab / 16, (100 - lab) / 10)));
  return ramp * ramp * (3 - 2 * ramp);
}

/** How much the networks' L' tells of colours, 0 ... 1: nothing on a grey card (framing.content). */
export function content(L) {
  const mean = L.reduce((sum, x) => sum + x, 0) / L.length;
  const spread = 100 * Math.sqrt(L.reduce((sum, x) => sum + (x - mean) ** 2, 0) / L.length);
  return Math.min(1, Math.max(0, (spread - 2) / 2));
}

// ---- from a few colours placed by hand to all pixels (colorlib/models/spread.py)

const [PLACE, LIGHT, COLOUR, SHARED, LEFT_OPEN, CELL] = [0.5, 0.3, 0.08, 0.1, 0.3, 8];

/** ab' (2, h, w): the base's, moved by what it misses at the hints, where mask (h, w) is 1. */
export function spreadHints(L, ab, hints, mask, h, w) {
  const [n, short] = [h * w, Math.min(h, w)];
  const likeness = (i) => [
    (Math.floor(i / w) + 0.5) / short / PLACE, ((i % w) + 0.5) / short / PLACE,
    L[i] / LIGHT, ab[i] / COLOUR, ab[n + i] / COLOUR,
  ];
  const cells = new Map(); // the marked pixels of each: one observation, their mean
  for (let i = 0; i < n; i++) {
    if (!mask[i]) continue;
    const key = Math.floor(Math.floor(i / w) / CELL) * w + Math.floor((i % w) / CELL);
    const seen = [1, hints[i] - ab[i], hints[n + i] - ab[n + i], ...likeness(i)];
    cells.set(key, cells.has(key) ? cells.get(key).map((x, j) => x + seen[j]) : seen);
  }
  const seen = [...cells.values()].map(([count, ...sums]) => sums.map((x) => x / count));
  const points = seen.map((x) => x.slice(2));
  const K = points.map((x, i) => points.map((y, j) => kernel(x, y) + (i === j ? LEFT_OPEN : 0)));
  const weights = solved(K, seen.map((x) => x.slice(0, 2)));
  const out = Float32Array.from(ab);
  for (let i = 0; i < n && points.length; i++) {
    const x = likeness(i);
    points.forEach((y, j) => {
      const alike = kernel(x, y);
      out[i] += alike * weights[j][0];
      out[n + i] += alike * weights[j][1];
    });
  }
  return out;
}

function kernel(x, y) {
  let square = 0;
  for (let j = 0; j < x.length; j++) square += (x[j] - y[j]) ** 2;
  return SHARED + Math.exp(-square / 2);
}

/** K^-1 Y of a symmetric, positive definite K, by elimination. */
function solved(K, Y) {
  const rows = K.map((row, i) => [...row, ...Y[i]]);
  const n = rows.length;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      if (k === i) continue;
      const factor = rows[k][i] / rows[i][i];
      for (let j = i; j < rows[i].length; j++) rows[k][j] -= factor * rows[i][j];
    }
  }
  return rows.map((row, i) => row.slice(n).map((x) => x / row[i]));
}

// ---- the tint as a distribution (colorlib/models/tints.py)

const LEAST = 1e-3;

/** Which kernel of the mixture (K x 15 numbers) lies at this place of [0, 1). */
export function kernelAt(numbers, place) {
  const logits = Array.from({ length: numbers.length / 15 }, (_, k) => numbers[15 * k]);
  const most = Math.max(...logits);
  const weights = logits.map((x) => Math.exp(x - most));
  let left = place * weights.reduce((x, y) => x + y);
  const at = weights.findIndex((weight) => (left -= weight) <= 0);
  return at < 0 ? weights.length - 1 : at;
}

/** z, four numbers drawn from the mixture that the network's numbers (K x 15) stand for. */
export function drawTint(numbers, uniform, normal) {
  const k = kernelAt(numbers, uniform());
  return fromKernel(numbers.slice(15 * k, 15 * k + 15), [0, 1, 2, 3].map(normal));
}

/** mean + R noise of one kernel: R lower triangular, its diagonal through softplus, + 0.02. */
export function fromKernel(kernel, noise) {
  const softplus = (x) => (x > 20 ? x : Math.log1p(Math.exp(x)));
  let at = 5;
  return [0, 1, 2, 3].map((row) => {
    let z = kernel[1 + row];
    for (let column = 0; column <= row; column++, at++) {
      const r = column === row ? softplus(kernel[at]) + 0.02 : kernel[at];
      z += r * noise[column];
    }
    return z;
  });
}

/** The prior that z stands for, beside the base's own. */
export function absolute(z, own) {
  const [a, b] = [own[0] + z[0] / 10, own[1] + z[1] / 10];
  const [spread, size] = [2, 3].map((i) => Math.max(own[i], LEAST) * Math.exp(z[i] / 3));
  return [a, b, spread, Math.max(size, Math.hypot(a, b))];
}

/** Uniform and normal numbers from a seed, for drawing tints. */
export function randomNumbers(seed) {
  const next = mersenneTwister(seed);
  const uniform = () => (next() + 0.5) / 2 ** 32;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
