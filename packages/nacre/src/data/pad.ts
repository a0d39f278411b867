import { ArgumentError, DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkWhole } from './checks.ts';

export interface PadOptions<D extends 'int32' | 'float32' = 'int32' | 'float32'> {
  /** Length of every row. Default: that of the longest sequence. */
  readonly length?: number;
  /** What the missing places hold. Default 0. */
  readonly value?: number;
  /** Where it is put: `right` after a sequence, `left` before it. Default right. */
  readonly side?: 'left' | 'right';
  /** Where a sequence that is too long is cut: `right` loses its end, `left` its beginning. Default right. */
  readonly truncate?: 'left' | 'right';
  /** Element type. Default int32, as tokens are. */
  readonly dtype?: D;
}

/**
 * Sequences of different lengths as one tensor.
 *
 * @throws DataError for no sequences, or numbers that are not whole under int32; ArgumentError for options that are none.
 *
 * Shapes: n sequences → [n, length]
 *
 * @example
 * ```ts
 * import { padSequences } from 'nacre';
 * padSequences([[1, 2, 3], [4]]); // → [[1, 2, 3], [4, 0, 0]]
 * padSequences([[1, 2, 3], [4]], { length: 2, side: 'left', truncate: 'left' }); // → [[2, 3], [0, 4]]
 * ```
 */
export function padSequences<D extends 'int32' | 'float32' = 'int32'>(
  sequences: readonly ArrayLike<number>[],
  options: PadOptions<D> = {},
): Tensor<[number, number], D> {
  const op = 'padSequences';
  const {
    length,
    value = 0,
    side = 'right',
    truncate = 'right',
    dtype = 'int32',
  } = optionsOf<PadOptions>(op, options, ['length', 'value', 'side', 'truncate', 'dtype']);
  if (sequences.length === 0) throw new DataError('there are no sequences', { op });
  for (const [name, chosen] of [
    ['side', side],
    ['truncate', truncate],
  ]) {
    if (chosen !== 'left' && chosen !== 'right') {
      throw new ArgumentError(`${name} is left or right, got ${JSON.stringify(chosen)}`, { op });
    }
  }
  const width = length ?? sequences.reduce((most, sequence) => Math.max(most, sequence.length), 1);
  checkWhole(op, 'length', width, 1);
  const padded =
    dtype === 'int32' ? new Int32Array(sequences.length * width) : new Float32Array(sequences.length * width);
  padded.fill(value);
  sequences.forEach((sequence, row) => {
    const kept = Math.min(width, sequence.length);
    const from = truncate === 'left' ? sequence.length - kept : 0;
    const into = row * width + (side === 'left' ? width - kept : 0);
    for (let place = 0; place < kept; place++) {
      const number = sequence[from + place];
      if (dtype === 'int32' ? !Number.isInteger(number) : !Number.isFinite(number)) {
        throw new DataError(`sequence ${row} holds ${number} at ${from + place}`, {
          op,
          hint: dtype === 'int32' ? "Numbers with a fraction need { dtype: 'float32' }" : undefined,
        });
      }
      padded[into + place] = number;
    }
  });
  return tensor(padded, { dtype, shape: [sequences.length, width] }) as unknown as Tensor<
    [number, number],
    D
  >;
}
