/** An address in the process. Foreign calls take and give it as a bigint, koffi's quickest form. */
export type Address = bigint;

/** Bytes of stack that a function called from JavaScript has. */
export const stackBytes = 2 * 2 ** 20;

/** What can be passed to a foreign function: an address, or a whole number of 32 bits. */
export type ParameterType = 'address' | 'u32' | 'i32';
export type ResultType = 'void' | 'i32' | 'u32';

/** A C function, called from JavaScript. The arguments are not checked: a wrong address ends the process. */
export interface ForeignFunction {
  /** Calls it on the calling thread. */
  readonly call: (...parameters: (number | Address)[]) => number;
  /**
   * Calls it on a thread of Node's own pool; the event loop goes on meanwhile. On the calling thread, after all, where those of
   * the pool have less than `stackBytes` of stack.
   */
  readonly callAsync: (...parameters: (number | Address)[]) => Promise<number>;
}

/** A shared library in the process. It is never unloaded: a thread may be in it. */
export interface ForeignLibrary {
  readonly path: string;
  /** The address of an exported symbol. Throws a NativeError if there is none. */
  address(name: string): Address;
  /** An exported function. Throws a NativeError if there is none. */
  find(name: string, result: ResultType, parameters: readonly ParameterType[]): ForeignFunction;
}

/** The way from JavaScript into C: koffi now; Node's own `node:ffi` fits the same four members. */
export interface ForeignFunctions {
  readonly name: string;
  readonly version: string;
  /** Loads a shared library by its path. Throws a NativeError if the system refuses it. */
  load(path: string): ForeignLibrary;
  /**
   * Where the bytes of a buffer lie. They stay there as long as the buffer lives; those of a WebAssembly memory with a declared
   * maximum also when it grows.
   */
  addressOf(memory: WebAssembly.Memory | ArrayBufferLike): Address;
}
