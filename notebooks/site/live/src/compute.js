// "Compute on": the processor, or the graphics processor where it is right and faster.

import { Graphics, possible } from "./graphics.js";
import { choices, make } from "./view.js";

const MOVES = 5; // timed, on each, or as many as a second holds

const narrow = matchMedia("(max-width: 60rem)");

/**
 * Put the choice before `place`, or where the page is narrow at its foot: {choose(on, evenSlower),
 * again()}; null where it is not possible. Whether there is a graphics processor is asked when it is
 * chosen: a browser that has none writes a warning into its console when it is asked.
 */
export function offer(app, place, foot) {
  if (!possible() || document.body.className === "embedded") return null;
  const state = { on: "processor", evenSlower: false };
  const graphics = document.createDocumentFragment();
  graphics.append("graphics", make("i", {}, " processor")); // of which a phone shows less
  const both = [["processor", "processor"], ["graphics", graphics]];
  const node = choices("compute on", both, state.on, (on) => choose(on));
  const words = make("p", { class: "note", id: "found", role: "status" });
  const put = () => (narrow.matches ? foot.append(node, words) : place.before(node, words));
  narrow.addEventListener("change", put);
  put();

  function tell(on, said) {
    state.on = on;
    for (const input of node.querySelectorAll("input")) input.checked = input.value === on;
    words.textContent = said;
  }

  /** Back to the processor, and why; other weights, chosen meanwhile, hear nothing of it. */
  function refuse(networks, why) {
    networks.release("graphics");
    if (networks !== app.networks) return;
    tell("processor", `Graphics processor: ${why}. The processor goes on.`);
  }

  async function choose(on, evenSlower = false) {
    const { networks } = app;
    if (on === "processor") {
      tell(on, "");
      return networks.release("graphics");
    }
    node.disabled = true;
    tell(on, "Graphics processor: loading what it needs, and checking its answers …");
    state.evenSlower = evenSlower;
    try {
      await take(networks);
    } catch (error) {
      refuse(networks, error.message || error);
    } finally {
      node.disabled = false;
    }
  }

  /** Compute on the graphics processor, if it is right and faster. */
  async function take(networks) {
    if (!(await navigator.gpu.requestAdapter())) throw new Error("this browser finds none");
    const { scene } = app;
    const own = await moved(scene, app.seeds);
    const graphics = new Graphics(networks.info);
    graphics.ended.catch((error) => {
      if (networks.graphics === graphics) refuse(networks, error.message);
    });
    networks.graphics = graphics;
    await networks.base(scene.small, scene.h, scene.w);
    const theirs = await moved(scene, app.seeds);
    if (networks.graphics !== graphics) return; // refused on the way, or other weights are chosen
    const took = `${theirs.toFixed(0)} ms a move, ${own.toFixed(0)} on the processor`;
    if (theirs < own || state.evenSlower) {
      const close = `answers agree to ${graphics.off.toFixed(4)} ab units`;
      tell("graphics", `Graphics processor: ${took}; ${close}.`);
    } else {
      refuse(networks, `not faster, ${took}`);
    }
  }

  return { choose, again: () => state.on === "graphics" && choose("graphics", state.evenSlower) };
}

/** Milliseconds that a move of t takes, the median of some after a first one, which is slower. */
async function moved(scene, seeds) {
  const { t, alpha_bar } = scene.networks.info;
  const given = { prior: scene.own, t, alphaBar: alpha_bar.linear, noise: scene.noise(seeds, 0) };
  await scene.corrected(given);
  const took = [];
  for (let sum = 0; took.length < MOVES && sum < 1000; sum += took.at(-1)) {
    const before = performance.now();
    await scene.corrected(given);
    took.push(performance.now() - before);
  }
  return took.sort((x, y) => x - y)[took.length >> 1];
}
