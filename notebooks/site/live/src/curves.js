// The curves of the noise step: how much of the picture stays, how much is noise.

const NARROW = 480; // pixels, below which the curves have short names
const NAMES = "http://www.w3.org/2000/svg";

function svg(tag, attributes, text) {
  const node = document.createElementNS(NAMES, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

/** A path through the points (x, y). */
const path = (points) => "M" + points.map((p) => p.map((x) => x.toFixed(1)).join(" ")).join("L");

/**
 * Draw sqrt(alpha_bar) and sqrt(1 - alpha_bar) from 0 to `last` into an svg element, and a mark at
 * `equal`; `side` pixels are left free on both sides, for the slider's thumb below. Returns a
 * function (t) that moves the mark of t.
 */
export function drawCurves(node, alphaBar, last, equal, side) {
  const { width, height } = node.getBoundingClientRect();
  if (!width) return () => {};
  node.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const x = (t) => side + ((width - 2 * side) * t) / last;
  const y = (share) => height - 20 - (height - 30) * share;
  const ts = Array.from({ length: 101 }, (_, i) => Math.round((last * i) / 100));
  const keep = ts.map((t) => [x(t), y(Math.sqrt(alphaBar[t]))]);
  const noise = ts.map((t) => [x(t), y(Math.sqrt(1 - alphaBar[t]))]);
  const parts = [
    svg("path", { class: "frame", d: path([[x(0), y(1)], [x(0), y(0)], [x(last), y(0)]]) }),
    svg("path", { class: "keep", d: path(keep) }),
    svg("path", { class: "noise", d: path(noise) }),
  ];
  for (let i = 0; i <= 4; i++) {
    const t = (last * i) / 4;
    parts.push(svg("text", { x: x(t), y: height - 4, "text-anchor": "middle" }, `${t}`));
  }
  // Each curve is named at its end, on the side where the other is not.
  const [stays, added] = [Math.sqrt(alphaBar[last]), Math.sqrt(1 - alphaBar[last])];
  const end = { x: x(last) - 4, "text-anchor": "end" };
  const above = stays < 0.86;
  parts.push(svg("text", { class: "keep", ...end, y: y(stays) + (above ? -6 : 17) }, width < NARROW ? "√ᾱ" : "√ᾱ, what stays"));
  parts.push(svg("text", { class: "noise", ...end, y: y(added) + 17 }, width < NARROW ? "√(1 − ᾱ)" : "√(1 − ᾱ), the noise"));
  const bar = path([[0, y(1)], [0, y(0)]]);
  const marks = ["equal", "now"].map((kind) => svg("g", { class: kind }));
  marks.forEach((mark, i) => mark.append(svg("path", { d: bar }), svg("text", { y: y(0.45 + 0.27 * i) })));
  const place = (mark, t, text) => {
    const right = x(t) < width * 0.6;
    mark.setAttribute("transform", `translate(${x(t)} 0)`);
    mark.setAttribute("visibility", t < 0 || t > last ? "hidden" : "visible");
    mark.lastChild.setAttribute("x", right ? 5 : -5);
    mark.lastChild.setAttribute("text-anchor", right ? "start" : "end");
    mark.lastChild.textContent = text;
  };
  const [drowned, now] = marks;
  place(drowned, equal, `noise = colour: t ${equal}`);
  node.replaceChildren(...parts, now, drowned); // the line of t runs behind the other's words
  return (t) => place(now, t, `t = ${t}`);
}
