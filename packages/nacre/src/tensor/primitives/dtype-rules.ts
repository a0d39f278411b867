import { type DType, isFloat } from '../../base/dtype.ts';
import { DTypeError } from '../../base/errors.ts';
import type { Node } from '../../graph/node.ts';

/** What an operation says of operands whose dtypes it does not take. */
export const dtypeError = (
  op: string,
  inputs: readonly Node[],
  message: string,
  hint = 'Convert one of them with to(dtype)',
): DTypeError => new DTypeError(message, { op, dtypes: inputs.map((input) => input.dtype), hint });

/** The one dtype of all operands. */
export function sameDType(op: string, inputs: readonly Node[]): DType {
  const [{ dtype }, ...others] = inputs;
  for (const other of others) {
    if (other.dtype !== dtype) throw dtypeError(op, inputs, `left: ${dtype}, right: ${other.dtype}`);
  }
  return dtype;
}

/** The one dtype of operands that must be floating-point. */
export function floatDType(op: string, inputs: readonly Node[]): DType {
  const dtype = sameDType(op, inputs);
  if (isFloat(dtype)) return dtype;
  throw dtypeError(op, inputs, `takes floating-point numbers, got ${dtype}`, "Convert with to('float32')");
}

/** The one dtype of operands that must be numbers, whole or not. */
export function numberDType(
  op: string,
  inputs: readonly Node[],
  hint = "Convert with to('int32') or to('float32')",
): DType {
  const dtype = sameDType(op, inputs);
  if (dtype !== 'bool') return dtype;
  throw dtypeError(op, inputs, 'takes numbers, got bool', hint);
}

/** bool, which all operands must be. */
export function boolDType(op: string, inputs: readonly Node[]): DType {
  const dtype = sameDType(op, inputs);
  if (dtype === 'bool') return dtype;
  throw dtypeError(op, inputs, `takes bool, got ${dtype}`, "Compare first, or convert with to('bool')");
}

/** bool, for operands of one dtype that are compared. */
export function comparisonDType(op: string, inputs: readonly Node[]): DType {
  sameDType(op, inputs);
  return 'bool';
}
