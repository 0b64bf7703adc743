// Calls functions of the live page for test_live.py: [[file, name, arguments], ...] comes as JSON from standard
// input, the list of what they return goes to standard output. Lists of numbers become typed arrays and back.

const source = new URL("../notebooks/site/live/src/", import.meta.url);
const typed = (x) => (Array.isArray(x) && x.every((n) => typeof n === "number") ? Float32Array.from(x) : x);
const plain = (_, x) => (ArrayBuffer.isView(x) ? Array.from(x) : x);

let text = "";
for await (const part of process.stdin) text += part;
const results = [];
for (const [file, name, args] of JSON.parse(text)) {
  const module = await import(new URL(file, source));
  results.push(module[name](...args.map(typed)));
}
console.log(JSON.stringify(results, plain));
