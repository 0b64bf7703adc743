// The networks of one set of weights, run by ONNX Runtime Web: planes of numbers in, planes out.

import * as ort from "onnxruntime-web/wasm";
import { bytes } from "./assets.js";

let runtime; // started once for all weights

/** Begin to load the runtime. */
export function start() {
  return (runtime ||= (async () => {
    ort.env.logLevel = "error";
    ort.env.wasm.numThreads = 1; // more would need headers that a plain site does not send
    ort.env.wasm.wasmBinary = (await bytes("wasm")).buffer;
  })());
}

const plane = (x, channels, h, w) =>
  new ort.Tensor("float32", x, [x.length / (channels * h * w), channels, h, w]);

export class Networks {
  /** info: what networks.json says, see `python -m colorlib export`. */
  constructor(info) {
    this.info = info;
    this.sessions = {};
    this.graphics = null; // a `Graphics`, where the reader asked for it and it is right
  }

  has(part) {
    return part in this.info.networks;
  }

  /** Begin to load parts, so that they are there when they are asked for. */
  load(...parts) {
    for (const part of parts) this.session(part).catch(() => {}); // who asks hears of it
  }

  /** The session of a part, loaded when first asked for. */
  session(part) {
    return (this.sessions[part] ||= (async () => {
      const [model] = await Promise.all([bytes(`${this.info.name}-${part}`), start()]);
      return ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
    })());
  }

  /** The outputs of a part, from the graphics processor where that is chosen. */
  async run(part, feeds, outputs) {
    const { graphics } = this;
    const own = () => this.processed(part, feeds, outputs);
    if (!graphics) return own();
    try {
      return await graphics.run(part, feeds, outputs, own);
    } catch (error) {
      graphics.end(error);
      return own();
    }
  }

  async processed(part, feeds, outputs) {
    const session = await this.session(part);
    const wanted = Object.entries(feeds).filter(([name]) => session.inputNames.includes(name));
    return session.run(Object.fromEntries(wanted), outputs);
  }

  /** ab' (2, h, w) of the base, or of another SIGGRAPH17 with hints and a mask. */
  async base(L, h, w, part = "base", hints = null, mask = null) {
    const feeds = { L: plane(L, 1, h, w) };
    feeds.hints = plane(hints || new Float32Array(2 * h * w), 2, h, w);
    feeds.mask = plane(mask || new Float32Array(h * w), 1, h, w);
    return (await this.run(part, feeds, ["ab"])).ab.data;
  }

  /** The refiner's residual (2, h, w), and with `attention` its map (heads, T, T) as a second. */
  async residual(L, noised, t, prior, h, w, attention = false) {
    const feeds = { L: plane(L, 1, h, w), ab_noisy: plane(noised, 2, h, w) };
    feeds.t = new ort.Tensor("int64", [BigInt(t)], [1]);
    feeds.prior = new ort.Tensor("float32", Float32Array.from(prior), [1, 4]);
    const out = await this.run("refiner", feeds, attention ? ["residual", "attention"] : ["residual"]);
    return [out.residual.data, out.attention?.data];
  }

  /** The numbers (K x 15) of the mixture over priors. */
  async tints(L, base, h, w) {
    const feeds = { L: plane(L, 1, h, w), ab_base: plane(base, 2, h, w) };
    return (await this.run("tints", feeds, ["numbers"])).numbers.data;
  }

  /** The velocity of coarse colours x, 1 / fold of the picture's side, at the place t of their way. */
  async velocity(x, t, L, base, h, w) {
    const [rows, cols] = this.coarseSides(h, w);
    const feeds = { x: plane(x, 2, rows, cols), L: plane(L, 1, h, w), ab_base: plane(base, 2, h, w) };
    feeds.t = new ort.Tensor("int64", [BigInt(t)], [1]);
    return (await this.run("flow", feeds, ["velocity"])).velocity.data;
  }

  /** How many rows and columns such coarse colours have. */
  coarseSides(h, w) {
    return [h, w].map((side) => Math.ceil(side / this.info.networks.flow.fold));
  }

  /** (rows, columns) of the attention map for a picture of h x w. */
  attentionShape(h, w) {
    const { step, cell } = this.info.networks.refiner.attention;
    return [h, w].map((side) => (Math.ceil(side / step) * step) / cell);
  }

  /** Give back the memory of all networks, or of those on the graphics processor alone. */
  async release(which = "all") {
    const { graphics } = this;
    this.graphics = null;
    await graphics?.release();
    if (which === "graphics") return;
    for (const session of Object.values(this.sessions)) (await session).release();
    this.sessions = {};
  }
}
