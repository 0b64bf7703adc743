// Your photo: opened, coloured at full size with its own lightness, saved. Nothing is sent.

import { enlarger, lightness, toBytes } from "colorlib/show/color.js";
import { content, fade } from "../arithmetic.js";
import { bands, drawn } from "../scene.js";
import { button, choices, make, settled, slider } from "../view.js";

export const title = "Your photo";
export const needs = ["refiner"];
const MOST = 64e6; // pixels of a photo
const PREVIEW = 768; // pixels of its longer side while it is looked at
const KINDS = "JPEG, PNG, WebP, GIF or AVIF";

export function build(app) {
  const state = { stage: "two-stage", scene: null };
  const [before, after] = ["before", "after"].map((name) => make("canvas", { class: name, role: "img" }));
  const line = make("div", { class: "line", "aria-hidden": "true" });
  const stack = make("div", { class: "stack" }, before, after, line);
  const wipe = slider("grey | coloured", { min: 0, max: 100, value: 50, unit: " %" }, (x) => {
    after.style.clipPath = `inset(0 0 0 ${x}%)`;
    line.style.left = `${x}%`;
  });
  const strength = slider("strength", { min: 0, max: 150, step: 5, value: 100, unit: " %" }, () => show());
  const input = make("input", { type: "file", accept: "image/*", "aria-label": "choose a photo",
    change: () => open(input.files[0]) });
  const words = make("p", { class: "note", "aria-live": "polite" });
  const save = button("Save at full size", () => app.guarded(saved));

  async function open(file) {
    if (!file) return;
    await app.guarded(async () => {
      words.textContent = `Opening ${file.name} …`;
      try {
        await app.addPicture(await decoded(file), file.name);
        words.textContent = "";
      } catch (error) {
        words.textContent = error.message;
      }
    });
    input.value = ""; // so that the same file can be chosen again
  }

  /** The networks' answer to the current picture, by the stage chosen. */
  async function answer(scene) {
    if (state.stage === "base") return scene.base;
    const { t, alpha_bar, vibrance } = scene.networks.info;
    const factor = state.stage === "two-stage" ? 1 : vibrance;
    const prior = scene.own.map((x) => factor * x);
    const noise = scene.noise(app.seeds, 0);
    return (await scene.corrected({ prior, t, alphaBar: alpha_bar.linear, noise })).ab;
  }

  const show = settled(async () => {
    const { scene } = app;
    const told = content(scene.small);
    const ab = (await answer(scene)).map((x) => (told * x * strength.value) / 100);
    const { width, height } = scene.canvas;
    const scale = Math.min(1, PREVIEW / Math.max(width, height));
    const [W, H] = [width, height].map((side) => Math.max(1, Math.round(scale * side)));
    if (state.scene !== scene) {
      state.small = scale < 1 ? drawn(scene.canvas, W, H) : scene.canvas;
      await swapped(before, state.small, ab.map(() => 0), scene);
    }
    Object.assign(state, { scene, ab });
    await swapped(after, state.small, ab, scene);
    stack.style.aspectRatio = `${W} / ${H}`;
    stack.style.setProperty("--aspect", W / H);
    before.setAttribute("aria-label", `${scene.name}, grey`);
    after.setAttribute("aria-label", `${scene.name}, coloured: ${state.stage}, strength ${strength.value} %`);
    save.textContent = `Save at full size, ${width} × ${height}`;
    plain.hidden = told === 1;
    advice.hidden = app.networks.info.name === "faces" || !("faces" in app.infos);
  });

  async function saved() {
    const { scene, ab } = state;
    const { width, height } = scene.canvas;
    const canvas = make("canvas", { width, height });
    await colour(scene.canvas, ab, scene, canvas, (share) =>
      (words.textContent = `Colouring at full size: ${Math.round(100 * share)} %`));
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) throw new Error("This browser cannot save a picture of that size.");
    const name = `${scene.name.replace(/\.\w+$/, "").replace(/[\\/:*?"<>|]+/g, "-")}-coloured.png`;
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    words.textContent = `Saved as ${name}, ${width} × ${height} pixels.`;
  }

  const plain = make("p", { class: "note" }, "Lightness is nearly the same all over: there is little to tell " +
    "colours from, so they fade.");
  const advice = make("p", { class: "note" }, "These weights know drawn portraits alone. ",
    button("Use those for photos of faces", () => app.useWeights("faces")));
  const drop = make("div", { class: "drop" },
    make("label", { class: "file" }, input, make("span", {}, "Choose a photo")),
    make("span", { class: "note" }, make("span", { class: "drag" }, "or drop one here, or paste it. "),
      "It stays in this page."));
  const stages = choices("colours", ["base", "two-stage", "vibrant"].map((x) => [x, x]), "two-stage",
    (stage) => {
      state.stage = stage;
      show();
    });
  const node = make("div", {},
    make("p", { class: "lead" }, "A photo of your own, black and white or not: its lightness is kept, its " +
      "colours are guesses, better ones where a face fills the picture."),
    drop, advice, plain, words,
    make("div", { class: "two photo" }, stack,
      make("div", {}, wipe.node, stages, strength.node, save)));
  wipe.input.dispatchEvent(new Event("input"));
  return { node, show, open };
}

/** A file as a canvas of its full size, upright, in sRGB. */
async function decoded(file) {
  const image = new Image();
  const address = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error(`${file.name} is no picture that this browser reads: ${KINDS}.`));
      image.src = address;
    });
    const { naturalWidth: width, naturalHeight: height } = image;
    if (!width || !height) throw new Error(`${file.name} does not say how large it is: ${KINDS} do.`);
    if (width * height > MOST) {
      const most = `${MOST / 1e6} million pixels`;
      throw new Error(`${file.name} has ${width} × ${height} pixels, and this page takes ${most}: make it smaller.`);
    }
    await image.decode().catch(() => {
      throw new Error(`${file.name} is damaged, or too large for this browser.`);
    });
    return drawn(image, width, height);
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Colour `from` out of sight, then show it in `canvas`: nothing flickers. */
async function swapped(canvas, from, ab, scene) {
  const { width, height } = from;
  const hidden = make("canvas", { width, height });
  await colour(from, ab, scene, hidden);
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").drawImage(hidden, 0, 0);
}

/** The canvas `from` with ab (2, h, w) of the scene joined with its lightness, into `to`, in bands. */
export async function colour(from, ab, { h, w }, to, progress = () => {}) {
  const { width, height } = from;
  const rows = enlarger(ab, h, w, height, width);
  for (const [top, count] of bands(width, height)) {
    const pixels = from.getContext("2d").getImageData(0, top, width, count);
    const L = lightness(pixels.data);
    const band = new Float32Array(2 * L.length);
    for (let y = 0; y < count; y++) {
      const row = rows(top + y);
      band.set(row.subarray(0, width), y * width);
      band.set(row.subarray(width), (count + y) * width);
    }
    for (let i = 0; i < L.length; i++) {
      const factor = fade(L[i]);
      band[i] *= factor;
      band[L.length + i] *= factor;
    }
    to.getContext("2d").putImageData(new ImageData(toBytes(L, band, pixels.data), width), 0, top);
    progress((top + count) / height);
    await new Promise((resolve) => setTimeout(resolve)); // the page stays alive
  }
}
