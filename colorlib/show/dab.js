// Dabs of colour on a picture: place, drag, remove, undo. An ES module for anywidget and for the
// live page alike.
//
// The model holds: dabs, a list of {x, y, a, b, css} with x and y in [0, 1), the colour in Lab units
// and as the page shows it; chosen, the number of the dab that is worked on (-1: none); src, an
// address of the picture (the host may paint the canvas itself instead); alt, what is seen; fresh,
// {a, b, css} of the next dab, or {new: true} where the host gives it a colour; picture, whose
// change starts anew. Keys on the picture: arrows move a cross, Enter places a dab there; on a dab:
// arrows move it, Delete removes it; Ctrl+Z takes back.

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 0.02; // of the picture's side
const GESTURE = 700; // ms: what follows sooner is taken back together
const kept = (x) => Math.max(0, Math.min(0.999, x));

function render({ model, el }) {
  el.innerHTML = `
    <div class="colorlib-dabs">
      <div class="ground" tabindex="0" role="application" aria-roledescription="picture to dab on">
        <canvas aria-hidden="true"></canvas><div class="cross" hidden></div>
      </div>
      <div class="tools"><button type="button" class="undo">Undo</button>
        <button type="button" class="remove">Remove</button>
        <button type="button" class="clear">Clear</button></div>
    </div>`;
  const ground = el.querySelector(".ground");
  const cross = el.querySelector(".cross");
  const past = []; // what Undo goes back to
  const cursor = { x: 0.5, y: 0.5 };
  const dabs = () => model.get("dabs") || [];
  let [last, since] = [dabs(), 0]; // what is shown, and when it last changed

  function set(list, chosen = model.get("chosen")) {
    model.set("chosen", Math.min(chosen, list.length - 1)); // first, so that a new dab is known
    model.set("dabs", list);
    model.save_changes();
  }

  const begin = () => (since = 0); // a gesture of its own

  /** What was there can be come back to, but not each step of one gesture. */
  function keep(list) {
    if (Date.now() - since > GESTURE && !list.some((dab) => dab.new)) past.push(list);
    since = Date.now();
  }

  function undo() {
    if (!past.length) return;
    since = Date.now(); // neither this change itself is kept nor a kernel's answer to it
    set(past.pop());
  }

  const moved = (i, place) => set(dabs().map((d, j) => (j === i ? { ...d, ...place } : d)), i);

  function add(place) {
    begin();
    set([...dabs(), { a: 0, b: 0, css: "grey", ...model.get("fresh"), ...place }], dabs().length);
  }

  function remove(i) {
    if (i < 0) return;
    begin();
    set(dabs().filter((_, j) => j !== i));
    (ground.querySelectorAll(".dab")[model.get("chosen")] || ground).focus();
  }

  function place(node, { x, y }) {
    node.style.left = `${100 * x}%`;
    node.style.top = `${100 * y}%`;
  }

  function at(event) {
    const r = ground.getBoundingClientRect();
    const x = kept((event.clientX - r.left) / r.width);
    return { x, y: kept((event.clientY - r.top) / r.height) };
  }

  function button(i) {
    const node = document.createElement("button");
    node.type = "button";
    node.className = "dab";
    node.addEventListener("focus", () => choose(i));
    node.addEventListener("keydown", (event) => {
      const way = KEYS[event.key];
      if (event.key === "Delete" || event.key === "Backspace") remove(i);
      if (!way) return;
      const { x, y } = dabs()[i];
      moved(i, { x: kept(x + STEP * way[0]), y: kept(y + STEP * way[1]) });
      event.preventDefault();
      event.stopPropagation();
    });
    return node;
  }

  function choose(i) {
    if (model.get("chosen") === i) return;
    model.set("chosen", i);
    model.save_changes();
  }

  function show() {
    const list = dabs();
    if (JSON.stringify(list) !== JSON.stringify(last)) keep(last); // a kernel sends the same anew
    last = list;
    const nodes = [...ground.querySelectorAll(".dab")];
    nodes.slice(list.length).forEach((node) => node.remove());
    list.forEach((dab, i) => {
      const node = nodes[i] || ground.appendChild(button(i));
      place(node, dab);
      node.style.backgroundColor = dab.css;
      node.textContent = i + 1;
      node.setAttribute("aria-pressed", model.get("chosen") === i);
      const where = `${Math.round(100 * dab.x)} % from the left, ${Math.round(100 * dab.y)} % down`;
      const colour = `a ${Math.round(dab.a)}, b ${Math.round(dab.b)}`;
      node.setAttribute("aria-label", `dab ${i + 1}, ${where}, ${colour}`);
    });
    el.querySelector(".undo").disabled = !past.length;
    el.querySelector(".remove").disabled = !(model.get("chosen") >= 0);
    el.querySelector(".clear").disabled = !list.length;
  }

  let held = -1; // the dab under the pointer
  ground.addEventListener("pointerdown", (event) => {
    const nodes = [...ground.querySelectorAll(".dab")];
    held = nodes.indexOf(event.target);
    if (held < 0) {
      held = dabs().length;
      add(at(event));
    } else begin();
    choose(held);
    ground.setPointerCapture(event.pointerId);
    ground.querySelectorAll(".dab")[held]?.focus();
    event.preventDefault();
  });
  ground.addEventListener("pointermove", (event) => {
    if (held >= 0 && ground.hasPointerCapture(event.pointerId)) moved(held, at(event));
  });
  for (const name of ["pointerup", "pointercancel"]) ground.addEventListener(name, () => (held = -1));
  ground.addEventListener("keydown", (event) => {
    if (event.target !== ground) return;
    const way = KEYS[event.key];
    if (event.key === "Enter" || event.key === " ") add(cursor);
    else if (way) Object.assign(cursor, { x: kept(cursor.x + STEP * way[0]), y: kept(cursor.y + STEP * way[1]) });
    else return;
    cross.hidden = false;
    place(cross, cursor);
    event.preventDefault();
  });
  ground.addEventListener("blur", () => (cross.hidden = true));

  el.querySelector(".undo").addEventListener("click", undo);
  el.querySelector(".remove").addEventListener("click", () => remove(model.get("chosen")));
  el.querySelector(".clear").addEventListener("click", () => {
    begin();
    set([], -1);
  });
  el.addEventListener("keydown", (event) => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey)) return;
    undo();
    event.preventDefault();
  });
  const describe = () => ground.setAttribute("aria-label", model.get("alt") || "picture");

  function paint() {
    if (!model.get("src")) return;
    const image = new Image();
    const canvas = ground.querySelector("canvas");
    image.onload = () => {
      Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight });
      canvas.getContext("2d").drawImage(image, 0, 0);
    };
    image.src = model.get("src");
  }

  const heard = { "change:dabs": show, "change:chosen": show, "change:alt": describe };
  heard["change:src"] = paint;
  heard["change:picture"] = () => {
    set([], -1);
    past.length = 0;
    show();
  };
  for (const [name, what] of Object.entries(heard)) model.on(name, what);
  [show, describe, paint].forEach((what) => what());
  return () => Object.entries(heard).forEach(([name, what]) => model.off(name, what));
}

export default { render };
