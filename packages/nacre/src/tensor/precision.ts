import type { DType } from '../base/dtype.ts';
import { ArgumentError } from '../base/errors.ts';
import { activeTrace, guarded, type Trace } from './slot.ts';

/** Formats that products may keep their operands and results in. */
export type LowPrecision = 'float16' | 'bfloat16';

const present: { products: LowPrecision | null; trace: Trace | null } = { products: null, trace: null };

const readProducts = (): LowPrecision | null => present.products;

/** What the operands of a product of float32 are rounded to, if to anything. In a trace, a condition of the program unless it is set inside. */
export function productPrecision(dtype: DType): LowPrecision | null {
  if (dtype !== 'float32') return null;
  return activeTrace() === present.trace ? present.products : guarded(readProducts);
}

/**
 * Runs `f` in mixed precision: matrix products, convolutions and attention take their operands, and keep their results and what is stored for
 * the way back, in 16 bits; their sums, and everything else (softmax, norms, losses, updates), are done in float32. Half the memory for
 * what products read and write. The tensors a user sees stay float32, and so do parameters and gradients.
 *
 * `dtype`: 'bfloat16' (default: the range of float32, 8 bits of precision) or 'float16' (11 bits, but nothing below 6e-8: use it with
 * `optim.GradScaler`). Works inside `compile`. Throws an ArgumentError for another dtype. Where a kernel uses the result of
 * a product at once, it uses the sum before it is rounded. Like `torch.autocast`.
 *
 * Shapes: as `f` gives them
 *
 * @example
 * ```ts
 * import { autocast, tensor } from 'nacre';
 * const x = tensor([[1, 1 / 3]]);
 * autocast(() => x.matmul(tensor([[0], [1]]))); // → [[0.333984375]]
 * ```
 */
export function autocast<T>(f: () => T, { dtype = 'bfloat16' }: { dtype?: LowPrecision } = {}): T {
  if (dtype !== 'bfloat16' && dtype !== 'float16') {
    throw new ArgumentError(`dtype is 'bfloat16' or 'float16', got ${String(dtype)}`, { op: 'autocast' });
  }
  return inPrecision(dtype, f);
}

/** Runs `f` with products in a precision: that of the way there, for the way back. */
export function inPrecision<T>(products: LowPrecision | null, f: () => T): T {
  const before = { ...present };
  Object.assign(present, { products, trace: activeTrace() });
  try {
    return f();
  } finally {
    Object.assign(present, before);
  }
}
