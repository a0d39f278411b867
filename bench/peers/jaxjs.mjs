/**
 * jax-js on its WebAssembly device, ready to use. Its threads need a global `Worker`, which Node does not have, so it
 * runs on one.
 */
import * as jax from '@jax-js/jax';

if (!(await jax.init('wasm')).includes('wasm')) throw new Error('jax-js could not start its wasm device');
jax.defaultDevice('wasm');

export { jax };
