import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { randn, tensor, zeros } from './create.ts';
import { heap } from './engine.ts';
import { noGrad } from './grad.ts';
import * as ops from './ops/index.ts';
import { Parameter, State } from './parameter.ts';
import { Tensor } from './tensor.ts';

const allowed = 10 * 2 ** 20;

/** Bytes by which the heap and JavaScript's own heap grew between the first hundredth of a loop and its end. */
async function growth(
  rounds: number,
  body: (round: number) => Promise<unknown>,
): Promise<{ heap: number; held: number }> {
  let start = { heap: 0, held: 0 };
  const now = async (): Promise<typeof start> => {
    await heap.relieve();
    await heap.relieve();
    return { heap: heap.usedBytes, held: heap.liveBytes };
  };
  for (let round = 0; round < rounds; round++) {
    if (round === Math.floor(rounds / 100)) start = await now();
    await body(round);
  }
  const end = await now();
  return { heap: end.heap - start.heap, held: end.held - start.held };
}

test('a million eager operations keep the heap flat', async () => {
  let x = tensor(new Float32Array(64)) as Tensor;
  const grown = await growth(1_000_000, async () => {
    x = new Tensor(ops.addOf(x.node, 1));
    await x.data();
  });
  expect(x.dataSync()[0]).toBe(1_000_000);
  expect(grown.heap).toBeLessThan(allowed);
  expect(grown.held).toBeLessThan(2 ** 16);
}, 120_000);

/** A perceptron with momentum, small enough that a step costs little beside its bookkeeping. */
function perceptron(): (x: Tensor, y: Tensor) => Tensor {
  const weight = new Parameter(randn([2, 8]) as Tensor);
  const velocity = new State(zeros([2, 8]) as Tensor);
  return (x, y) => {
    const loss = new Tensor(ops.crossEntropy(ops.linear(x.node, weight.node, null), y.node));
    loss.backward();
    noGrad(() => {
      velocity.value = new Tensor(ops.addOf(ops.mulOf(velocity.node, 0.9), weight.grad!.node));
      weight.value = new Tensor(ops.subOf(weight.node, ops.mulOf(velocity.node, 0.01)));
      weight.grad = null;
    });
    return loss;
  };
}

test('a hundred thousand compiled train steps keep the heap flat, whether or not the loss is read', async () => {
  const step = compile(perceptron());
  const data = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i));
  let loss = Number.NaN;
  const grown = await growth(100_000, async (round) => {
    const x = tensor(data, { shape: [4, 8] }) as Tensor;
    const y = tensor([0, 1, 0, 1], { dtype: 'int32' }) as Tensor;
    const result = step(x, y);
    if (round % 2 === 0) loss = await result.item();
  });
  expect(Number.isFinite(loss)).toBe(true);
  expect(grown.heap).toBeLessThan(allowed);
  expect(grown.held).toBeLessThan(2 ** 16);
}, 120_000);

test('programs of compiled functions that were dropped give their memory back', async () => {
  const x = randn([64, 64]) as Tensor;
  const grown = await growth(600, async (round) => {
    await compile((y: Tensor) => new Tensor(ops.matmul(y.node, y.node)))(x).data();
    if (round % 100 === 99) await heap.relieve();
  });
  expect(grown.held).toBeLessThan(2 ** 18);
});

test('eager train steps whose loss alone is read pile up neither graph nor memory', async () => {
  const step = perceptron();
  const x = randn([4, 8]) as Tensor;
  const y = tensor([0, 1, 0, 1], { dtype: 'int32' }) as Tensor;
  const grown = await growth(3000, async () => {
    await step(x, y).item();
  });
  expect(grown.heap).toBeLessThan(allowed);
  expect(grown.held).toBeLessThan(2 ** 16);
}, 120_000);
