// ONNX Runtime Web with WebGPU, a script of its own: nobody loads it who does not ask for it. Of its
// two builds this is the smaller, for browsers in which WebAssembly waits for promises (JSPI).

import * as ort from "onnxruntime-web/jspi";

globalThis.colorlibGraphicsRuntime = ort;
