// What the page loads when it is asked for: networks, the runtime, pictures. Each is a script that
// puts base64 text into `colorlibAssets`, or, in the one-file page, lies in the page as text. Scripts
// load where fetch may not: from a file, and in a sandboxed frame.

const store = (globalThis.colorlibAssets ||= {});
const here = document.currentScript?.src ? new URL(".", document.currentScript.src).href : "";
const loading = {};

/** Whether the page lies in several files: then there is a second runtime, for graphics processors. */
export const apart = Boolean(here);

/** Run the script of that name, once. */
export function script(name) {
  return (loading[name] ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${here}assets/${name}.js`;
    script.onload = () => {
      script.remove();
      resolve();
    };
    script.onerror = () => {
      delete loading[name]; // a second try may go better
      reject(new Error(`${name} could not be loaded; is the site whole, and is it still reached?`));
    };
    document.head.append(script);
  }));
}

async function text(name) {
  const inside = document.getElementById(`asset-${name}`);
  if (inside) return inside.textContent.trim();
  await script(name);
  return store[name];
}

/** The bytes of an asset. */
export async function bytes(name) {
  const packed = decoded(await text(name));
  const whole = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(whole).arrayBuffer());
}

function decoded(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const letters = atob(base64);
  const out = new Uint8Array(letters.length);
  for (let i = 0; i < out.length; i++) out[i] = letters.charCodeAt(i);
  return out;
}

/** An asset that holds JSON. */
export async function json(name) {
  return JSON.parse(new TextDecoder().decode(await bytes(name)));
}
