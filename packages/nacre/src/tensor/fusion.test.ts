import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Shape, sizeOf } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { Storage } from '../runtime/storage.ts';
import { fromNumbers, toNumbers } from './backends/reference.ts';
import { heap, memoryNode, realizeNodes, setDevice, setThreads, threadsReady } from './engine.ts';
import * as ops from './ops/index.ts';

/** Choices of a generated program: numbers that say, one after the other, which operation comes next and on what. */
type Choices = readonly number[];

const lengths = [1, 2, 3, 4, 5, 8, 9, 16, 17, 33];

function leaf(shape: Shape, seed: number): Node {
  const storage = new Storage(heap, 'float64', sizeOf(shape));
  const values = Array.from({ length: storage.length }, (_, i) => Math.sin(i * 1.7 + seed) * 1.5);
  fromNumbers('float64', values, heap.view('float64', storage.pointer, storage.length));
  return memoryNode(storage, shape);
}

/**
 * Builds a graph from choices: operations on earlier results, of every kind the compiler treats in a way of its own. All in float64,
 * so that a difference is a mistake and not rounding. Returns some of the results as outputs.
 */
function build(choices: Choices, dtype: 'float64' | 'float32'): Node[] {
  let next = 0;
  const take = (limit: number): number => choices[next++ % choices.length] % limit;
  const rows = lengths[take(lengths.length)];
  const columns = lengths[take(lengths.length)];
  const cast = (node: Node): Node => (dtype === 'float32' ? castTo(node) : node);
  const pool: Node[] = [
    leaf([rows, columns], 1),
    leaf([columns], 2),
    leaf([rows, 1], 3),
    leaf([columns, rows], 4),
  ].map(cast);
  const pick = (): Node => pool[take(pool.length)];
  const fitting = (shape: Shape): Node => {
    const fits = pool.filter(
      (node) =>
        node.shape.every(
          (length, i) => length === 1 || length === shape[shape.length - node.shape.length + i],
        ) && node.shape.length <= shape.length,
    );
    return fits.length ? fits[take(fits.length)] : ops.expandOf(pool[0], pool[0].shape);
  };
  const count = 4 + take(12);
  for (let i = 0; i < count; i++) {
    const x = pick();
    const rank = x.shape.length;
    const axis = rank ? take(rank) : 0;
    let made: Node;
    switch (take(17)) {
      case 0:
        made = ops.addOf(x, fitting(x.shape));
        break;
      case 1:
        made = ops.mulOf(x, fitting(x.shape));
        break;
      case 2:
        made = ops.tanh(x);
        break;
      case 3:
        made = ops.relu(x);
        break;
      case 4:
        made = ops.whereOf(ops.lt(x, fitting(x.shape)), x, 0.25);
        break;
      case 5:
        made = rank ? ops.mean(x, axis, take(2) === 1) : x;
        break;
      case 6:
        made = rank ? ops.amax(x, axis, true) : x;
        break;
      case 7:
        made = rank ? ops.softmax(x, axis) : ops.sin(x);
        break;
      case 8:
        made = rank > 1 ? ops.transpose(x, 0, rank - 1) : ops.negative(x);
        break;
      case 9:
        made = rank ? ops.flip(x, axis) : x;
        break;
      case 10:
        made = rank === 2 ? ops.matmul(x, ops.transpose(x, 0, 1)) : ops.square(x);
        break;
      case 11:
        made =
          rank === 2 && x.shape[1] === columns
            ? ops.linear(x, weightOf(columns, dtype), null)
            : ops.addOf(x, 1);
        break;
      case 12:
        made = rank && x.shape[axis] < 40 ? ops.concat([x, ops.mulOf(x, 2)], axis) : x;
        break;
      case 13:
        made = rank && x.shape[axis] > 1 ? ops.narrow(x, axis, 1, x.shape[axis] - 1) : ops.addOf(x, 0.5);
        break;
      case 14:
        made = rank ? ops.pad(x, [take(3), take(3)], 0.5) : x;
        break;
      case 15:
        made = rank ? ops.sort(x, axis, take(2) === 1)[0] : x;
        break;
      default:
        made = rank === 2 ? ops.reshapeOf(x, [x.shape[1], x.shape[0]]) : ops.sumOf(x, undefined, true);
    }
    if (sizeOf(made.shape) < 6000) pool.push(made);
  }
  const outputs = [pool[pool.length - 1], pick(), pick()].filter((node) => !node.isLeaf);
  return [...new Set(outputs)];
}

const castTo = (node: Node): Node => {
  const storage = new Storage(heap, 'float32', sizeOf(node.shape));
  const values = node.storage!.read() as Float64Array;
  fromNumbers('float32', values, heap.view('float32', storage.pointer, storage.length));
  return memoryNode(storage, node.shape);
};

const weightOf = (columns: number, dtype: 'float64' | 'float32'): Node => {
  const weight = leaf([7, columns], 9);
  return dtype === 'float32' ? castTo(weight) : weight;
};

function run(device: 'reference' | 'wasm', choices: Choices, dtype: 'float64' | 'float32'): Float64Array[] {
  setDevice(device);
  const outputs = build(choices, dtype);
  realizeNodes(outputs);
  return outputs.map((node) => toNumbers(node.dtype, node.storage!.read()));
}

beforeAll(async () => {
  setThreads(2);
  await threadsReady();
});
afterAll(() => setDevice('wasm'));

const programs = fc.array(fc.nat(10_000), { minLength: 24, maxLength: 90 });

test.each([
  ['float64', 1e-10, 250],
  ['float32', 2e-3, 250],
] as const)(
  'generated graphs of %s, fused any way, compute what the reference computes node by node',
  (dtype, tolerance, runs) => {
    fc.assert(
      fc.property(programs, (choices) => {
        const wanted = run('reference', choices, dtype);
        const actual = run('wasm', choices, dtype);
        wanted.forEach((values, output) => {
          const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
          values.forEach((value, i) => {
            const difference = Math.abs(actual[output][i] - value);
            if (!(difference <= tolerance * scale)) {
              expect.fail(`output ${output}, element ${i}: ${actual[output][i]}, reference ${value}`);
            }
          });
        });
      }),
      { numRuns: runs, seed: 20 },
    );
  },
);
