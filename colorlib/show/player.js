// Pictures in many states behind one or two sliders, in a page without a kernel. What is drawn from
// was packed by frames.py: sharp pictures, and grey planes that change, all of a kind in one image.
//
// play(figure) brings a figure of offline.py to life; toBytes and enlarged are those of color.js.

/** A picture at an address, in the context of a canvas of its size. */
async function opened(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context;
}

/** Planes number first, first + 1, ... of a sheet, one after the other. */
function planes(held, { of, columns, h, w, low, high }, first, count) {
  const out = new Float32Array(count * h * w);
  for (let k = 0; k < count; k++) {
    const [x, y] = [(first + k) % columns, Math.floor((first + k) / columns)];
    const bytes = held[of].getImageData(x * w, y * h, w, h).data;
    for (let i = 0; i < h * w; i++) out[k * h * w + i] = low + ((high - low) * bytes[4 * i]) / 255;
  }
  return out;
}

/** A canvas in that size, empty only where it had another. */
function sized(canvas, W, H) {
  if (canvas.width !== W || canvas.height !== H) [canvas.width, canvas.height] = [W, H];
  return canvas.getContext("2d");
}

/** The lightness of a cell joined with ab (2, h, w). */
function joined(held, canvas, L, ab, { h, w }) {
  const [H, W] = [L.h, L.w];
  const pixels = new ImageData(W, H);
  const within = enlarged(ab, h, w, H, W).map((x) => Math.max(-1.2, Math.min(1.2, x)));
  toBytes((L.plane ||= planes(held, L, 0, 1)), within, pixels.data);
  sized(canvas, W, H).putImageData(pixels, 0, 0);
}

function ring(context, x, y, r, css) {
  for (const [colour, width] of [["black", 6], ["white", 2]]) {
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    if (css && width === 2) {
      context.fillStyle = css;
      context.fill();
    }
    context.stroke();
  }
}

/** How each kind of cell is drawn in its state i. */
const PAINT = {
  plain(held, canvas, { stills }, i) {
    const { canvas: still } = held[stills[Math.min(i, stills.length - 1)]]; // one for all, or each
    sized(canvas, still.width, still.height).drawImage(still, 0, 0);
  },
  colours(held, canvas, { L, ab, dots }, i) {
    joined(held, canvas, L, planes(held, ab, 2 * i, 2), ab);
    const context = canvas.getContext("2d");
    for (const { x, y, css } of dots[i]) ring(context, x * L.w, y * L.h, Math.max(5, L.h / 22), css);
  },
  noised(held, canvas, { L, base, noise, shares }, i) {
    const ab = planes(held, base, 0, 2);
    const random = planes(held, noise, 0, 2);
    joined(held, canvas, L, ab.map((x, j) => shares[i][0] * x + shares[i][1] * random[j]), base);
  },
  heat(held, canvas, { values }, i) {
    const pixels = new ImageData(values.w, values.h);
    planes(held, values, i, 1).forEach((x, j) => {
      pixels.data.set([3 * x, 3 * x - 1, 3 * x - 2].map((y) => 255 * y), 4 * j); // clamped
      pixels.data[4 * j + 3] = 255;
    });
    sized(canvas, values.w, values.h).putImageData(pixels, 0, 0);
  },
  veil(held, canvas, { under, shares, points, size }, i) {
    const [W, H] = [held[under].canvas.width, held[under].canvas.height];
    const pixels = held[under].getImageData(0, 0, W, H);
    const share = shares ? enlarged(planes(held, shares, i, 1), ...size, H, W) : [];
    for (let j = 0; j < share.length; j++) {
      const bright = 0.3 + 0.35 * Math.min(2, share[j]);
      for (let c = 0; c < 3; c++) pixels.data[4 * j + c] *= bright;
    }
    rim(share, W).forEach((j) => pixels.data.fill(255, 4 * j, 4 * j + 3));
    const context = sized(canvas, W, H);
    context.putImageData(pixels, 0, 0);
    const [y, x] = points[i].map((at, k) => ((at + 0.5) * [H, W][k]) / size[k]);
    ring(context, x, y, (8 * H) / 256);
  },
  split(held, canvas, { stills, shares }, i) {
    const [left, right] = stills.map((n) => held[n].canvas);
    const context = sized(canvas, left.width, left.height);
    const x = Math.round(left.width * shares[i]);
    context.drawImage(left, 0, 0);
    if (x < left.width) context.drawImage(right, x, 0, left.width - x, left.height, x, 0, left.width - x, left.height);
    for (const [colour, r] of [["black", 2], ["white", 1]]) {
      context.fillStyle = colour;
      context.fillRect(x - r, 0, 2 * r, left.height);
    }
  },
  marked(held, canvas, { under, marks }, i) {
    const still = held[under].canvas;
    const context = sized(canvas, still.width, still.height);
    const [x, top, bottom] = marks[i];
    context.drawImage(still, 0, 0);
    context.fillStyle = "black";
    context.fillRect(Math.round(x) - 1, top, 2, bottom - top);
    context.beginPath();
    for (const [dx, dy] of [[-6, 0], [6, 0], [0, 10]]) context.lineTo(x + dx, top + dy);
    context.fill();
  },
};

/** The pixels with more than twice the even share that have less, or the edge, within two steps. */
function rim(share, W) {
  const high = (j, dx, dy) => {
    const x = (j % W) + dx;
    return x >= 0 && x < W && share[j + dx + dy * W] > 2; // above and below is nothing
  };
  const near = [[1, 0], [2, 0], [0, 1], [0, 2], [1, 1], [1, -1]];
  const inside = (j) => near.every(([x, y]) => high(j, x, y) && high(j, -x, -y));
  return [...share.keys()].filter((j) => high(j, 0, 0) && !inside(j));
}

function play(figure) {
  const { pictures, series } = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const [select, place, named] = ["select", ".axes", ".cells"].map((one) => figure.querySelector(one));
  const opening = {};
  const held = [];
  let [chosen, sliders, canvases] = [null, [], []];

  /** Which state the sliders stand for: the last axis runs fastest. */
  const state = () => chosen.axes.reduce((at, { labels }, k) => at * labels.length + Number(sliders[k].value), 0);

  function axis({ name, labels, start }) {
    const node = document.createElement("label");
    node.innerHTML = '<span></span> <input type="range" min="0" step="1"> <output></output>';
    const [words, input] = node.children;
    words.textContent = name;
    Object.assign(input, { max: labels.length - 1, value: start });
    input.setAttribute("aria-label", name);
    input.addEventListener("input", show);
    sliders.push(input);
    return node;
  }

  function cell({ width }) {
    const node = document.createElement("div");
    node.innerHTML = "<canvas></canvas><div></div>";
    node.style.flexBasis = `${width}px`;
    node.classList.toggle("wide", width > 500);
    node.firstChild.style.maxWidth = `${width}px`;
    canvases.push(node.firstChild);
    return node;
  }

  /** A picture whose places are the states: pointing at it moves both sliders. */
  function pointed(event) {
    if (!chosen.over || !(event.buttons || event.type === "pointerdown")) return;
    if (event.target.tagName !== "CANVAS") return;
    const r = event.target.getBoundingClientRect();
    const at = [(event.clientY - r.top) / r.height, (event.clientX - r.left) / r.width];
    at.forEach((share, k) => (sliders[k].value = Math.floor(share * chosen.axes[k].labels.length)));
    show();
  }

  function choose() {
    chosen = series[select.value];
    [sliders, canvases] = [[], []];
    place.replaceChildren(...chosen.axes.map(axis));
    named.replaceChildren(...chosen.cells.map(cell));
    named.classList.toggle("over", chosen.over);
    show();
  }

  async function show() {
    chosen.axes.forEach(({ labels }, k) => {
      const label = labels[sliders[k].value];
      sliders[k].nextElementSibling.textContent = label;
      sliders[k].setAttribute("aria-valuetext", label);
    });
    const of = chosen;
    await Promise.all(numbers(of.cells).map(async (n) => (held[n] = await (opening[n] ||= opened(pictures[n])))));
    if (of !== chosen) return;
    const i = state();
    of.cells.forEach((cell, k) => {
      PAINT[cell.kind](held, canvases[k], cell, i);
      canvases[k].classList.toggle("coarse", 2 * canvases[k].width <= cell.width);
      canvases[k].nextSibling.textContent = cell.captions[Math.min(i, cell.captions.length - 1)];
    });
    named.setAttribute("aria-label", of.texts[i]);
    figure.dataset.state = i;
  }

  select.addEventListener("change", choose);
  for (const kind of ["pointerdown", "pointermove"]) named.addEventListener(kind, pointed);
  select.value = "0";
  choose();
}

/** The numbers of all pictures that some cells are drawn from. */
const numbers = (cells) => [...new Set(cells.flatMap(({ stills = [], under, ...rest }) => [
  ...stills,
  ...(under === undefined ? [] : [under]),
  ...Object.values(rest).filter((x) => x?.of !== undefined).map((x) => x.of),
]))];
