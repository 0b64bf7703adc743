// The live page: which weights, which picture, which part; the parts do the rest.

import { json } from "./assets.js";
import { offer } from "./compute.js";
import { Networks, start as startRuntime } from "./networks.js";
import { Scene, drawn } from "./scene.js";
import { make } from "./view.js";
import * as t from "./parts/t.js";
import * as prior from "./parts/prior.js";
import * as hints from "./parts/hints.js";
import * as samples from "./parts/samples.js";
import * as steps from "./parts/steps.js";
import * as attention from "./parts/attention.js";
import * as photo from "./parts/photo.js";

const PARTS = { t, prior, hints, samples, steps, attention, photo };
const THUMBNAIL = 104; // pixels
const $ = (id) => document.getElementById(id);
const app = (globalThis.colorlibLive = { parts: {}, own: [] });

/** Say what is going on, in the line that screen readers read too. */
app.say = (words) => ($("status").textContent = words);

/** Run what may fail, and say so in the page. */
app.guarded = async (work) => {
  try {
    return await work();
  } catch (error) {
    app.failed = error;
    app.say(`${error.message || error}`);
  }
};

// ---- the picture

/** The current picture's prior, for all parts. */
app.setPrior = (numbers) => {
  app.prior = numbers;
  return app.parts[app.part]?.show();
};

/** The scene of the picture with that number in the gallery. */
app.sceneOf = async (i) => {
  const picture = app.pictures[i];
  if (!picture.canvas) {
    const image = new Image();
    image.src = picture.src;
    await image.decode();
    picture.canvas = drawn(image, image.naturalWidth, image.naturalHeight);
  }
  return (picture.scene ||= await Scene.of(picture.canvas, picture.name, app.networks));
};

/** Put a picture of the reader's own (a canvas) into the gallery, and show it. */
app.addPicture = async (canvas, name) => {
  const scale = THUMBNAIL / Math.min(canvas.width, canvas.height);
  const sides = [canvas.width, canvas.height].map((x) => Math.max(1, Math.round(scale * x)));
  const src = drawn(canvas, ...sides).toDataURL();
  app.own = [{ name, canvas, src }]; // one at a time: photos are large
  showGallery();
  await choosePicture(app.pictures.length - 1);
};

function showGallery() {
  const kept = new Map((app.pictures || []).map((p) => [p.src, p]));
  const wanted = [...app.gallery, ...app.own];
  app.pictures = wanted.map((p) => kept.get(p.src) || { ...p });
  $("gallery").replaceChildren(...app.pictures.map((p, i) =>
    make("button", { type: "button", title: p.name, click: () => app.guarded(() => choosePicture(i)) },
      make("img", { src: p.src, alt: p.name }))));
}

async function choosePicture(i) {
  [...$("gallery").children].forEach((b, j) => b.setAttribute("aria-pressed", i === j));
  app.scene = await app.sceneOf(i);
  await app.setPrior([...app.scene.own]);
}

// ---- the weights

/** Load the weights of that name, and show their first picture, or the reader's own. */
app.useWeights = (name) => app.guarded(async () => {
  app.say("Loading the networks …");
  for (const input of $("weights").querySelectorAll("input")) input.checked = input.value === name;
  await app.networks?.release();
  app.networks = new Networks(app.infos[name]);
  app.networks.load("base", "refiner");
  app.pictures = [];
  showGallery();
  buildParts();
  const terms = app.infos[name].terms;
  $("terms").textContent = !terms || terms === "MIT" ? "" : `Terms: ${terms}.`;
  app.scene = null;
  await openPart(app.part || location.hash.slice(1));
  await choosePicture(app.own.length || name === "faces" ? app.pictures.length - 1 : 0);
  app.say("");
  await app.compute?.again();
});

function buildParts() {
  const has = (part) => app.networks.has(part);
  const able = Object.entries(PARTS).filter(([, part]) => part.needs.every(has));
  app.parts = Object.fromEntries(able.map(([id, part]) => [id, part.build(app)]));
  $("tabs").replaceChildren(...able.map(([id, part]) =>
    make("a", { href: `#${id}`, role: "tab", id: `tab-${id}`, "aria-controls": "part" }, part.title)));
}

// ---- the parts

async function openPart(id) {
  app.part = id in app.parts ? id : "t";
  for (const tab of $("tabs").children) {
    const chosen = tab.id === `tab-${app.part}`;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  $("part").setAttribute("aria-labelledby", `tab-${app.part}`);
  $("part").replaceChildren(app.parts[app.part].node);
  if (app.scene) await app.parts[app.part].show();
}

/** Tabs by arrow keys, Home and End. */
function moveTab(event) {
  const tabs = [...$("tabs").children];
  const at = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return;
  const tab = tabs.at(to % tabs.length);
  location.hash = tab.hash;
  tab.focus();
  event.preventDefault();
}

/** A photo dropped or pasted anywhere is opened. */
function takePhoto(event) {
  const file = (event.dataTransfer || event.clipboardData)?.files[0];
  if (event.type === "drop") event.preventDefault();
  if (!file) return;
  location.hash = "#photo";
  app.parts.photo.open(file);
}

async function start() {
  if (location.search === "?embedded") document.body.className = "embedded"; // in a lesson: one part alone
  startRuntime().catch(() => {}); // who runs a network hears of it
  const [page, gallery] = await Promise.all([json("page"), json("pictures")]);
  Object.assign(app, page, { gallery }); // page: infos, seeds
  const names = Object.keys(app.infos);
  $("weights").append(...names.map((name) => {
    const input = make("input", { type: "radio", name: "weights", value: name,
      change: () => app.useWeights(name) });
    return make("label", {}, input, make("span", {}, app.infos[name].title));
  }));
  app.compute = offer(app, $("terms"), document.querySelector("footer"));
  window.addEventListener("hashchange", () => app.guarded(() => openPart(location.hash.slice(1))));
  document.addEventListener("dragover", (event) => event.preventDefault());
  for (const name of ["drop", "paste"]) document.addEventListener(name, takePhoto);
  $("tabs").addEventListener("keydown", moveTab);
  await app.useWeights(names[0]);
  app.ready = performance.now();
}

app.guarded(start);
