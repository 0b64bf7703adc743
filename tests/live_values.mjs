// Calls functions of the live page for test_live.py: [[file, name, arguments], ...] comes as JSON from standard
// input, the list of what they return goes to standard output. Lists of numbers become typed arrays and back.

import { existsSync } from "node:fs";

const [page, controls] = ["../notebooks/site/live/src/", "../colorlib/show/"].map((x) => new URL(x, import.meta.url));
const found = (file) => new URL(file, existsSync(new URL(file, page)) ? page : controls);
const typed = (x) => (Array.isArray(x) && x.every((n) => typeof n === "number") ? Float32Array.from(x) : x);
const plain = (_, x) => (ArrayBuffer.isView(x) ? Array.from(x) : x);

let text = "";
for await (const part of process.stdin) text += part;
const results = [];
for (const [file, name, args] of JSON.parse(text)) {
  const module = await import(found(file));
  results.push(module[name](...args.map(typed)));
}
console.log(JSON.stringify(results, plain));
