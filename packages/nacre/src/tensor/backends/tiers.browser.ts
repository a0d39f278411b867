/** The device that computes where nobody chose one. */
export const defaultDevice = 'wasm';

/** A browser runs no native code. */
export const nativeBackend = null;
