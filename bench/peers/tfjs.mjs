/**
 * TensorFlow.js on its WebAssembly backend, ready to use. In Node this backend has SIMD and one thread: it switches
 * its threads off where it finds Node (`WASM_HAS_MULTITHREAD_SUPPORT`).
 */
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';

if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js could not start its wasm backend');
await tf.ready();

export { tf };
