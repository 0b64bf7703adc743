// The networks on the graphics processor, by a second runtime. Nothing of it is believed: for every
// network and every size the first answer is compared with the one that the processor gives.

import { apart, bytes, script } from "./assets.js";

const CLOSE = 1e-2; // ab units: answers must be as close
// How many ab units one unit of an output stands for, where it is not that of ab'.
const UNITS = { velocity: 110 / 8 };

const LOST = "it was lost; to try it again, load the page anew";

let runtime; // loaded once for all weights
let lost = false; // then the runtime is of no use any more
let last = Promise.resolve(); // what the runtime does: one thing at a time

/** Whether this page and this browser have what it takes, but for the graphics processor itself. */
export const possible = () => apart && Boolean(navigator.gpu) && "Suspending" in WebAssembly;

/** The second runtime, loaded when it is first asked for. */
function started() {
  if (lost) throw new Error(LOST);
  return (runtime ||= (async () => {
    const [wasm] = await Promise.all([bytes("graphics-wasm"), script("graphics-runtime")]);
    const ort = globalThis.colorlibGraphicsRuntime;
    ort.env.logLevel = "fatal"; // an error is thrown as well, and said in the page
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = wasm.buffer;
    return ort;
  })().catch((error) => {
    runtime = null; // a second try may go better
    throw error;
  }));
}

/** How far apart two answers {name: tensor} are, in ab units; infinite where one is no number. */
export function difference(got, wanted) {
  let most = 0;
  for (const [name, { data }] of Object.entries(wanted)) {
    const other = got[name].data;
    if (other.length !== data.length) return Infinity;
    for (let i = 0; i < data.length; i++) {
      const far = Math.abs(other[i] - data[i]) * (UNITS[name] || 110);
      if (!(far <= most)) most = Number.isNaN(far) ? Infinity : far;
    }
  }
  return most;
}

export class Graphics {
  /** info: what networks.json says. ended: broken when this can go on no more, by `end(error)`. */
  constructor(info) {
    Object.assign(this, { info, sessions: {}, checked: new Set(), off: 0 });
    this.ended = new Promise((_, reject) => (this.end = reject));
    this.ended.catch(() => {});
  }

  /** The answer of a network; `wanted` gives the processor's, asked for when a size is new. */
  async run(part, feeds, outputs, wanted) {
    const got = await this.alone(async () => {
      const session = await this.session(part);
      const { ort } = this;
      const own = Object.entries(feeds).filter(([name]) => session.inputNames.includes(name));
      const tensors = own.map(([name, x]) => [name, new ort.Tensor(x.type, x.data, x.dims)]);
      return session.run(Object.fromEntries(tensors), outputs);
    });
    const size = [part, outputs, ...Object.values(feeds).map((x) => x.dims)].join(" ");
    if (!this.checked.has(size)) {
      this.off = Math.max(this.off, difference(got, await wanted()));
      if (!(this.off <= CLOSE)) throw new Error(wrong(part, this.off));
      this.checked.add(size);
    }
    return got;
  }

  /** `work` after all that was asked for before it. */
  alone(work) {
    const mine = last.then(work).catch(async (error) => {
      await new Promise((resolve) => setTimeout(resolve, 200)); // what is lost may say so first
      throw new Error(brief(error));
    });
    last = mine.catch(() => {});
    return Promise.race([mine, this.ended]);
  }

  session(part) {
    return (this.sessions[part] ||= (async () => {
      const [ort, model] = await Promise.all([started(), bytes(`${this.info.name}-${part}`)]);
      this.ort = ort;
      const options = { executionProviders: ["webgpu"], logSeverityLevel: 4 };
      const session = await ort.InferenceSession.create(model, options);
      this.watch(await ort.env.webgpu.device);
      return session;
    })());
  }

  watch(device) {
    if (this.device === device) return;
    this.device = device;
    device.lost.then(() => {
      if (this.released) return; // the runtime lets go of a device that no session needs
      lost = true;
      this.end(new Error(LOST));
    });
  }

  /** Give back its memory. */
  release() {
    this.released = true;
    last = last.then(async () => {
      for (const session of Object.values(this.sessions)) await (await session).release();
    }).catch(() => {}); // what is lost has nothing to give back
    return last;
  }
}

/** What an error of the runtime says, without where in its sources that stands. */
const brief = ({ message }) =>
  message.split("was false. ").at(-1).trim().split("\n")[0].slice(0, 120);

const wrong = (part, far) =>
  `its answer for ${part} is ${far.toPrecision(2)} ab units off, where ${CLOSE} may be`;
