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

/** Base of every error Nacre throws on purpose: `op: what is wrong, with the values. What to do`. */
export class NacreError extends Error {
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

/** Shapes that do not fit an operation. */
export class ShapeMismatchError extends NacreError {}
/** A dtype an operation does not take. */
export class DTypeError extends NacreError {}
/** An index or label outside its axis. */
export class IndexError extends NacreError {}
/** An argument whose value is not allowed. */
export class ArgumentError extends NacreError {}
/** Something that cannot be done while a function is traced by `compile`. */
export class TraceError extends NacreError {}
/** A tensor whose memory was given back, or memory that is not to be had. */
export class MemoryError extends NacreError {}
/** A device that is missing, or tensors of two devices in one operation. */
export class DeviceError extends NacreError {}
/** A file or byte sequence that is not what it claims to be. */
export class FormatError extends NacreError {}
/** Data that cannot be trained on: empty, ragged, not finite. */
export class DataError extends NacreError {}
/** A NaN or infinity found while `debug.nan` is on. */
export class NotFiniteError extends NacreError {}

/** `[2, 3]`, as shapes read in messages. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
