import type { DType } from './dtype.ts';

/** What an error knows beside its message. Every field is optional; those that apply are filled. */
export interface ErrorDetails {
  /** Operation, layer or function that refused its input. */
  readonly op?: string;
  readonly shapes?: readonly (readonly number[])[];
  readonly dtypes?: readonly DType[];
  /** What to do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

const compose = (message: string, details: ErrorDetails): string =>
  `${details.op ? `${details.op}: ` : ''}${message}${details.hint ? `. ${details.hint}` : ''}`;

/**
 * Base of every error Nacre throws on purpose: `op: what is wrong, with the values. What to do`.
 *
 * @example
 * ```ts
 * import { NacreError, tensor, Tensor } from 'nacre';
 * const x: Tensor = tensor([1, 2, 3]);
 * try {
 *   tensor([1, 2]).add(x);
 * } catch (error) {
 *   const { op, shapes } = error as NacreError;
 *   op; // → 'add'
 *   shapes; // → [[2], [3]]
 * }
 * ```
 */
export class NacreError extends Error {
  /** The classes write it out, as bundlers make their own names short. */
  override readonly name: string;
  readonly op?: string;
  readonly shapes?: readonly (readonly number[])[];
  readonly dtypes?: readonly DType[];
  readonly hint?: string;

  constructor(message: string, details: ErrorDetails = {}) {
    super(compose(message, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.op = details.op;
    this.shapes = details.shapes;
    this.dtypes = details.dtypes;
    this.hint = details.hint;
  }
}

/**
 * Shapes that do not fit an operation.
 *
 * @example
 * ```ts
 * import { tensor, Tensor } from 'nacre';
 * const x: Tensor = tensor([1, 2, 3]);
 * tensor([1, 2]).add(x); // → throws ShapeMismatchError: add
 * ```
 */
export class ShapeMismatchError extends NacreError {
  override readonly name: string = 'ShapeMismatchError';
}
/**
 * A dtype an operation does not take.
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * const dtype = 'float8' as 'float32';
 * zeros([2], { dtype }); // → throws DTypeError: there is no dtype 'float8'
 * ```
 */
export class DTypeError extends NacreError {
  override readonly name: string = 'DTypeError';
}
/**
 * An index or label outside its axis.
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * await tensor([1, 2]).gather(0, tensor([5], { dtype: 'int32' })).tolist(); // → throws IndexError: 5
 * ```
 */
export class IndexError extends NacreError {
  override readonly name: string = 'IndexError';
}
/**
 * An argument whose value is not allowed.
 *
 * @example
 * ```ts
 * import { tensor, Tensor } from 'nacre';
 * const x: Tensor = tensor([1, 2]);
 * x.sum(3); // → throws ArgumentError: sum
 * ```
 */
export class ArgumentError extends NacreError {
  override readonly name: string = 'ArgumentError';
}
/**
 * Something that cannot be done while a function is traced by `compile`.
 *
 * @example
 * ```ts
 * import { compile, tensor, Tensor } from 'nacre';
 * const step = compile((x: Tensor) => x.dataSync());
 * step(tensor([1])); // → throws TraceError: data was asked for
 * ```
 */
export class TraceError extends NacreError {
  override readonly name: string = 'TraceError';
}
/**
 * A tensor whose memory was given back, or memory that is not to be had.
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * const x = tensor([1, 2]);
 * x.dispose();
 * await x.data(); // → throws MemoryError
 * ```
 */
export class MemoryError extends NacreError {
  override readonly name: string = 'MemoryError';
}
/**
 * A device that is missing, or tensors of two devices in one operation.
 *
 * @example
 * ```ts
 * import { setDevice } from 'nacre';
 * const name = 'abacus' as 'wasm';
 * setDevice(name); // → throws DeviceError: there is no device 'abacus'
 * ```
 */
export class DeviceError extends NacreError {
  override readonly name: string = 'DeviceError';
}
/**
 * A file or byte sequence that is not what it claims to be.
 *
 * @example
 * ```ts
 * import { loadSafetensors } from 'nacre';
 * await loadSafetensors(new Uint8Array([1, 2, 3])); // → throws FormatError
 * ```
 */
export class FormatError extends NacreError {
  override readonly name: string = 'FormatError';
}
/**
 * Data that cannot be trained on: empty, ragged, not finite.
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * const rows: number[][] = [[1, 2], [3]];
 * tensor(rows); // → throws DataError: the array is ragged
 * ```
 */
export class DataError extends NacreError {
  override readonly name: string = 'DataError';
}
/**
 * A NaN or infinity found while `debug.nan` is on.
 *
 * @example
 * ```ts
 * import { debug, tensor } from 'nacre';
 * debug.nan = true;
 * await tensor([-1]).log().data(); // → throws NotFiniteError
 * debug.nan = false;
 * ```
 */
export class NotFiniteError extends NacreError {
  override readonly name: string = 'NotFiniteError';
}

/** `[2, 3]`, as shapes read in messages. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
