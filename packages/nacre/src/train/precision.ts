import { ArgumentError } from '../base/errors.ts';
import { autocast, type LowPrecision } from '../tensor/precision.ts';

/** What products keep their operands and results in. */
export type TrainingPrecision = 'float32' | LowPrecision;

const known: readonly unknown[] = ['float32', 'float16', 'bfloat16'];

/** Throws an ArgumentError for a precision there is not. */
export function checkPrecision(op: string, precision: TrainingPrecision): void {
  if (known.includes(precision)) return;
  throw new ArgumentError(`precision is 'float32', 'bfloat16' or 'float16', got '${String(precision)}'`, {
    op,
  });
}

/** Runs `f` with products in this precision. */
export const inPrecision = <T>(precision: TrainingPrecision, f: () => T): T =>
  precision === 'float32' ? f() : autocast(f, { dtype: precision });
