// A picture with a cursor: click, or hover, or move with the arrow keys. An ES module for anywidget
// and for the live page alike.
//
// The model holds: rows and cols, into which the picture is divided; row and col, the cell chosen
// (-1: none); hover, whether passing over it chooses; src, an address of the picture (the host may
// paint the canvas itself instead); alt, what is seen. Escape chooses none.

const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function render({ model, el }) {
  el.innerHTML = `
    <div class="colorlib-picture" tabindex="0" role="application"
      aria-roledescription="picture with a cursor">
      <canvas aria-hidden="true"></canvas><div class="cell" hidden></div>
    </div>`;
  const box = el.firstElementChild;
  const canvas = box.querySelector("canvas");
  const cell = box.querySelector(".cell");
  const size = () => [model.get("rows") || 1, model.get("cols") || 1];

  function choose(row, col) {
    const [rows, cols] = size();
    model.set("row", Math.max(0, Math.min(rows - 1, row)));
    model.set("col", Math.max(0, Math.min(cols - 1, col)));
    model.save_changes();
  }

  function show() {
    const [rows, cols] = size();
    const [row, col] = [model.get("row"), model.get("col")];
    cell.hidden = !(row >= 0 && col >= 0);
    cell.style.left = `${(100 * col) / cols}%`;
    cell.style.top = `${(100 * row) / rows}%`;
    cell.style.width = `${100 / cols}%`;
    cell.style.height = `${100 / rows}%`;
  }

  function describe() {
    box.setAttribute("aria-label", model.get("alt") || "picture");
  }

  function load() {
    if (!model.get("src")) return;
    const image = new Image();
    image.onload = () => {
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      canvas.getContext("2d").drawImage(image, 0, 0);
    };
    image.src = model.get("src");
  }

  function pointed(event) {
    const r = box.getBoundingClientRect();
    const [rows, cols] = size();
    const row = Math.floor(((event.clientY - r.top) / r.height) * rows);
    choose(row, Math.floor(((event.clientX - r.left) / r.width) * cols));
  }

  box.addEventListener("pointerdown", pointed);
  box.addEventListener("pointermove", (event) => {
    if (model.get("hover") || event.buttons) pointed(event);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      model.set("row", -1);
      model.set("col", -1);
      model.save_changes();
    }
    const way = KEYS[event.key];
    if (!way) return;
    const [rows, cols] = size();
    const by = event.shiftKey ? 8 : 1;
    const from = model.get("row") >= 0 ? [model.get("row"), model.get("col")] : [rows >> 1, cols >> 1];
    choose(from[0] + by * way[0], from[1] + by * way[1]);
    event.preventDefault();
  });
  const heard = { "change:src": load, "change:alt": describe };
  for (const name of ["row", "col", "rows", "cols"]) heard[`change:${name}`] = show;
  for (const [name, what] of Object.entries(heard)) model.on(name, what);
  [load, describe, show].forEach((what) => what());
  return () => Object.entries(heard).forEach(([name, what]) => model.off(name, what));
}

export default { render };
