import { expect, test } from 'vitest';
import { delinearize, linearize } from '../compiler/evaluate.ts';
import { KernelBuilder } from './builder.ts';

test.each([[[1, 60, 5, 5]], [[7, 3, 5, 20]], [[2, 2, 2, 300]]])(
  'a position taken apart along %j and put together is itself, wherever a vector begins',
  (shape) => {
    for (const lanes of [1, 4, 16]) {
      for (const start of [0, 3, 4, 8, 12, 17, 100]) {
        const b = new KernelBuilder(lanes);
        const first = b.shift(b.scale(b.indexVar(b.newLoopVar(20)), 16), start);
        const position = b.vectorAt(first);
        expect(linearize(b, shape, delinearize(b, shape, position)).key).toBe(position.key);
      }
    }
  },
);

test('a vector in part whose one lane no index shows is stored as one number', () => {
  const b = new KernelBuilder(16, true);
  const out = b.param('float32', true);
  const [statement] = b.capture(() => {
    const sum = b.withLanes(1, () => b.load(b.param('float32'), b.vectorAt(b.constant(0))));
    b.store([{ buffer: out, index: b.constant(0), value: sum }]);
  });
  expect(statement.kind === 'store' && statement.items.map(({ value }) => value.lanes)).toEqual([1]);
});
