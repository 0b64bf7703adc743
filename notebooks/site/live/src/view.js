// What the parts of the page are made of: elements, pictures with their words, and moves that do not
// pile up.

import { enlarged, toBytes } from "colorlib/show/color.js";

/** An element: tag, attributes (functions become listeners), children. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Paint L (H, W) and ab (2, h, w), enlarged, into a canvas. */
export function paint(canvas, L, H, W, ab, h, w) {
  if (canvas.width !== W || canvas.height !== H) [canvas.width, canvas.height] = [W, H];
  const pixels = new ImageData(W, H);
  toBytes(L, enlarged(ab, h, w, H, W), pixels.data);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

/** A picture with its title: {node, canvas, show(scene, ab, words), say(words)}. */
export function figure(title) {
  const canvas = make("canvas", { role: "img", width: 192, height: 192 });
  const note = make("span", { class: "note" });
  const node = make("figure", {}, canvas, make("figcaption", {}, make("b", {}, title), " ", note));
  return {
    node,
    canvas,
    /** ab (2, h, w) or (2, H, W) joined with the picture's own lightness, in words too. */
    show(scene, ab, words, remark = "") {
      const full = ab.length === 2 * scene.H * scene.W;
      const [h, w] = full ? [scene.H, scene.W] : [scene.h, scene.w];
      if (this.painted !== ab) paint(canvas, scene.L, scene.H, scene.W, ab, h, w);
      this.painted = ab; // what stays is not painted again
      this.say(`${title}, ${scene.name}: ${words}`, remark);
    },
    say(words, remark = "") {
      canvas.setAttribute("aria-label", words);
      note.textContent = remark;
    },
  };
}

/** A group of choices [value, words] of which one holds; `choose(value)` when another is taken. */
export function choices(label, options, value, choose) {
  const name = `choice-${(choices.count = (choices.count || 0) + 1)}`;
  const items = options.map(([key, text]) => {
    const input = make("input", { type: "radio", name, value: key, change: () => choose(key) });
    input.checked = key === value;
    return make("label", {}, input, make("span", {}, text));
  });
  return make("fieldset", { class: "choices" }, make("legend", {}, label), ...items);
}

/** A labelled slider: {node, value}; `moved(value)` when it moves. */
export function slider(label, { min, max, step = 1, value, unit = "" }, moved) {
  const out = make("output");
  const input = make("input", { type: "range", min, max, step, value });
  const tell = () => {
    out.textContent = `${input.value}${unit}`;
    input.setAttribute("aria-valuetext", `${input.value}${unit}`);
  };
  input.addEventListener("input", () => {
    tell();
    moved(Number(input.value));
  });
  tell();
  return {
    node: make("label", { class: "slider" }, make("span", {}, label), input, out),
    input,
    get value() {
      return Number(input.value);
    },
    set value(x) {
      input.value = x;
      tell();
    },
  };
}

export const button = (text, click, more = {}) =>
  make("button", { type: "button", click, ...more }, text);

/** `work`, run once more after it ended where it was asked for meanwhile; never twice at once. */
export function settled(work) {
  let running = null;
  let again = false;
  return () => {
    again = true;
    running ||= (async () => {
      try {
        while (again) {
          again = false;
          await work();
        }
      } finally {
        running = null;
      }
    })();
    return running;
  };
}

/** A number in ab units, with a sign that is a minus. */
export function units(x, digits = 0) {
  const text = (110 * x).toFixed(digits).replace("-", "−");
  return /^−0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

/** The same as what is added: "+ 1.5" or "− 1.5". */
export const added = (x, digits = 0) => `${x < 0 ? "−" : "+"} ${units(Math.abs(x), digits)}`;

/** How colourful, in words and numbers: for alternative texts. */
export function inWords(prior) {
  const [a, b, spread, size] = prior.map((x) => 110 * x);
  const strength = size < 4 ? "hardly any" : size < 12 ? "pale" : size < 25 ? "moderate" : "strong";
  const hues = ["pink", "orange", "yellow", "green", "green", "blue green", "blue", "violet"];
  const at = (Math.round(Math.atan2(b, a) / (Math.PI / 4)) + 8) % 8; // eighths of a turn from +a
  const tint = Math.hypot(a, b) < 4 ? "no tint" : `tint ${hues[at]}`;
  const numbers = `mean a ${units(a / 110)}, mean b ${units(b / 110)}, spread ${spread.toFixed(0)}`;
  return `${strength} colours, ${tint}; ${numbers}`;
}
