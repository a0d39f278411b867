/** ONNX Runtime compiled to WebAssembly. */
import * as ort from 'onnxruntime-web';

/**
 * @param {number} threads
 */
export function makeOrt(threads) {
  ort.env.wasm.numThreads = threads;
  return ort;
}
