// The ab plane: a point to drag. An ES module for anywidget and for the live page alike.
//
// The model holds (Lab units): a, b, the point; extent, half the plane's side; src, an address of
// the picture below (the gamut; the host may paint the canvas itself instead); marks, a list of
// {a, b, text}; label, what the point is. Arrow keys move by 1, with Shift by 10.

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function render({ model, el }) {
  el.innerHTML = `
    <div class="colorlib-plane">
      <canvas width="161" height="161" aria-hidden="true"></canvas>
      <span class="axis right" aria-hidden="true">red, a</span>
      <span class="axis left" aria-hidden="true">green</span>
      <span class="axis top" aria-hidden="true">yellow, b</span>
      <span class="axis bottom" aria-hidden="true">blue</span>
      <div class="marks"></div>
      <div class="point" tabindex="0" role="slider" aria-roledescription="point in a plane"></div>
    </div>`;
  const box = el.firstElementChild;
  const point = box.querySelector(".point");
  const extent = () => model.get("extent") || 80;
  const within = (x) => Math.max(-extent(), Math.min(extent(), x));

  function place(node, a, b) {
    node.style.left = `${50 + (50 * within(a)) / extent()}%`;
    node.style.top = `${50 - (50 * within(b)) / extent()}%`;
  }

  function move(a, b) {
    model.set("a", within(a));
    model.set("b", within(b));
    model.save_changes();
  }

  function show() {
    const [a, b] = [model.get("a"), model.get("b")];
    place(point, a, b);
    point.setAttribute("aria-label", model.get("label") || "colour");
    point.setAttribute("aria-valuenow", Math.round(a));
    point.setAttribute("aria-valuemin", -extent());
    point.setAttribute("aria-valuemax", extent());
    point.setAttribute("aria-valuetext", `a ${Math.round(a)}, b ${Math.round(b)}`);
  }

  function showMarks() {
    const nodes = (model.get("marks") || []).map(({ a, b, text }) => {
      const node = document.createElement("span");
      node.className = "mark";
      node.textContent = text;
      place(node, a, b);
      return node;
    });
    box.querySelector(".marks").replaceChildren(...nodes);
  }

  function showGround() {
    if (model.get("src")) box.style.backgroundImage = `url("${model.get("src")}")`;
  }

  function drag(event) {
    const r = box.getBoundingClientRect();
    const x = (event.clientX - r.left) / r.width;
    const y = (event.clientY - r.top) / r.height;
    move(extent() * (2 * x - 1), extent() * (1 - 2 * y));
  }

  box.addEventListener("pointerdown", (event) => {
    box.setPointerCapture(event.pointerId);
    drag(event);
    point.focus();
    event.preventDefault();
  });
  box.addEventListener("pointermove", (event) => {
    if (box.hasPointerCapture(event.pointerId)) drag(event);
  });
  point.addEventListener("keydown", (event) => {
    const way = KEYS[event.key];
    if (!way) return;
    const by = event.shiftKey ? 10 : 1;
    move(model.get("a") + by * way[0], model.get("b") + by * way[1]);
    event.preventDefault();
  });
  const heard = { "change:a": show, "change:b": show, "change:label": show };
  Object.assign(heard, { "change:marks": showMarks, "change:src": showGround });
  for (const [name, what] of Object.entries(heard)) model.on(name, what);
  [show, showMarks, showGround].forEach((what) => what());
  return () => Object.entries(heard).forEach(([name, what]) => model.off(name, what));
}

export default { render };
