import { checkShape, sizeOf } from '../../base/shape.ts';
import type { KernelBuilder } from '../../ir/builder.ts';
import type { Expr } from '../../ir/expr.ts';
import { scalarOf } from '../../ir/expr.ts';
import { fromPlaces } from './places.ts';
import type { OpRecord, Primitive } from './record.ts';

const given = (op: string) => (): never => {
  throw new Error(`${op} is given, not computed`);
};

/** A leaf: its elements, or its one number, are there before the program runs. */
const leaf = <P extends Primitive>(
  op: P,
  shape: OpRecord<P>['shape'],
  dtype: OpRecord<P>['dtype'],
): OpRecord<P> => ({
  shape,
  dtype,
  gradient: () => [],
  reference: given(op),
  lowering: { kind: 'leaf' },
});

export const sourceRecords: {
  memory: OpRecord<'memory'>;
  constant: OpRecord<'constant'>;
  randomKey: OpRecord<'randomKey'>;
  input: OpRecord<'input'>;
  iota: OpRecord<'iota'>;
  random: OpRecord<'random'>;
} = {
  memory: leaf('memory', given('memory'), given('memory')),
  input: leaf('input', given('input'), given('input')),
  constant: leaf(
    'constant',
    () => [],
    (_, { dtype }) => dtype,
  ),
  randomKey: leaf(
    'randomKey',
    () => [],
    () => 'int32',
  ),
  iota: {
    shape: (_, { shape }) => {
      checkShape('arange', shape);
      return shape;
    },
    dtype: (_, { dtype }) => dtype,
    gradient: () => [],
    reference: (_, { attributes: { shape, axis } }) => fromPlaces(shape, (at) => at[axis]),
    lowering: {
      kind: 'map',
      cost: 1,
      emit: (b, _, node, context) =>
        b.cast(b.indexValue(context.along(node.attributes.axis)), scalarOf(node.dtype)),
    },
  },
  random: {
    shape: (_, { shape }) => {
      checkShape('rand', shape);
      return shape;
    },
    dtype: () => 'float32',
    gradient: () => [null, null, null],
    reference: ([low, high, stream], node) => {
      const key = [low.data[0] | 0, high.data[0] | 0] as const;
      return new Float64Array(sizeOf(node.shape)).map(
        (_, position) => (threefry(key, [position, stream.data[0] | 0]) >>> 8) * 2 ** -24,
      );
    },
    lowering: {
      kind: 'map',
      cost: 120,
      emit: (b, [low, high, stream], _, context) => {
        const bits = emitThreefry(b, low, high, b.indexValue(context.position()), stream);
        return b.binary(
          'mul',
          b.cast(b.binary('shrU', bits, b.const(8, 'i32')), 'f32'),
          b.const(2 ** -24, 'f32'),
        );
      },
    },
  },
};

/**
 * Threefry-2x32 with 20 rounds, a counter-based generator: the same counter and key give the same bits anywhere, in any order
 * (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Of the two words the first is used.
 */
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const parity = 0x1bd11bda;

export function threefry(key: readonly [number, number], counter: readonly [number, number]): number {
  const keys = [key[0], key[1], key[0] ^ key[1] ^ parity];
  let x = (counter[0] + keys[0]) | 0;
  let y = (counter[1] + keys[1]) | 0;
  for (let round = 0; round < 20; round++) {
    x = (x + y) | 0;
    const by = rotations[round % 8];
    y = ((y << by) | (y >>> (32 - by))) ^ x;
    if (round % 4 === 3) {
      const turn = (round + 1) / 4;
      x = (x + keys[turn % 3]) | 0;
      y = (y + keys[(turn + 1) % 3] + turn) | 0;
    }
  }
  return x;
}

function emitThreefry(b: KernelBuilder, low: Expr, high: Expr, position: Expr, stream: Expr): Expr {
  const i32 = (value: number): Expr => b.const(value, 'i32');
  const keys = [low, high, b.binary('xor', b.binary('xor', low, high), i32(parity))];
  let x = b.binary('add', position, keys[0]);
  let y = b.binary('add', stream, keys[1]);
  for (let round = 0; round < 20; round++) {
    x = b.binary('add', x, y);
    const by = rotations[round % 8];
    y = b.binary('xor', b.binary('or', b.binary('shl', y, i32(by)), b.binary('shrU', y, i32(32 - by))), x);
    if (round % 4 === 3) {
      const turn = (round + 1) / 4;
      x = b.binary('add', x, keys[turn % 3]);
      y = b.binary('add', y, b.binary('add', keys[(turn + 1) % 3], i32(turn)));
    }
  }
  return x;
}
