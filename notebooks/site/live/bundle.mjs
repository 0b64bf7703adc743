// A program with ONNX Runtime Web's, as one classic script, to standard output: node bundle.mjs FILE

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const { outputFiles } = await build({
  entryPoints: [process.argv[2]],
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "inline",
  alias: { "colorlib/show": fileURLToPath(new URL("../../../colorlib/show", import.meta.url)) },
  // A classic script has no import.meta. Nothing is ever loaded from this address, since the page
  // hands the runtime its WebAssembly.
  define: { "import.meta.url": '"https://nowhere.invalid/ort.mjs"' },
});
process.stdout.write(outputFiles[0].contents);
