import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type DType, dtypes, fromBfloat16, fromFloat16 } from '../../src/base/dtype.ts';
import { type ProgramPlan, planProgram } from '../../src/compiler/program.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import type { Backend } from '../../src/tensor/backends/backend.ts';
import { compile } from '../../src/tensor/compile.ts';
import { rand, randint, randn, randperm, tensor } from '../../src/tensor/create.ts';
import { setDevice, setThreads } from '../../src/tensor/engine.ts';
import * as elementwise from '../../src/tensor/functions/elementwise.ts';
import { embedding, gather, matmul, scatterAdd } from '../../src/tensor/functions/index-by.ts';
import { crossEntropy } from '../../src/tensor/functions/loss.ts';
import { concat } from '../../src/tensor/functions/movement.ts';
import { layerNorm } from '../../src/tensor/functions/network.ts';
import { softmax } from '../../src/tensor/functions/reduce.ts';
import { conv2d, maxPool2d } from '../../src/tensor/functions/window.ts';
import { manualSeed } from '../../src/tensor/generator.ts';
import { Parameter } from '../../src/tensor/parameter.ts';
import { realize, type Tensor } from '../../src/tensor/tensor.ts';
import {
  type Built,
  build,
  compilers,
  execute,
  nodeBytes,
  patience,
  renderPlan,
  TestHeap,
  targets,
} from './harness.ts';

type Lanes = keyof typeof targets;
const widths = Object.keys(targets).map(Number) as Lanes[];

/** One run of a program on the wasm device: what it was given, and what came of it. */
interface Run {
  readonly inputs: readonly { pointer: number; data: Uint8Array<ArrayBuffer> }[];
  readonly outputs: readonly { pointer: number; dtype: DType; data: Uint8Array<ArrayBuffer> }[];
  readonly failed: boolean;
}

interface Recorded {
  readonly label: string;
  readonly plans: Readonly<Record<Lanes, ProgramPlan>>;
  readonly runs: Run[];
}

const recorder = vi.hoisted(() => ({ programs: [] as unknown[], label: '' }));
const programs = recorder.programs as Recorded[];

/** The wasm device, with every program planned for other vectors too and every run written down. */
vi.mock('../../src/tensor/backends/wasm.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/tensor/backends/wasm.ts')>();
  const wasmBackend: typeof original.wasmBackend = (heap, ...rest): Backend => {
    const backend = original.wasmBackend(heap, ...rest);
    return {
      ...backend,
      prepare(outputs, signature) {
        const executable = backend.prepare(outputs, signature);
        const { leaves } = signature;
        const plans = Object.fromEntries(
          Object.entries(targets).map(([lanes, target]) => [lanes, planProgram(outputs, leaves, target)]),
        ) as unknown as Recorded['plans'];
        const recorded: Recorded = { label: recorder.label, plans, runs: [] };
        programs.push(recorded);
        const bytes = (pointer: number, length: number) =>
          new Uint8Array(heap.memory.buffer, pointer, length).slice() as Uint8Array<ArrayBuffer>;
        return {
          ...executable,
          run(leafPointers, outputPointers) {
            const inputs = leaves.map((leaf, i) => ({
              pointer: leafPointers[i],
              data: bytes(leafPointers[i], nodeBytes(leaf)),
            }));
            let failed = true;
            try {
              executable.run(leafPointers, outputPointers);
              failed = false;
            } finally {
              recorded.runs.push({
                inputs,
                outputs: outputs.map(({ node }, i) => ({
                  pointer: outputPointers[i],
                  dtype: node.dtype,
                  data: bytes(outputPointers[i], nodeBytes(node)),
                })),
                failed,
              });
            }
          },
        };
      },
    };
  };
  return { ...original, wasmBackend };
});

/** Runs a program in C on what a run was given. */
function replay(plan: ProgramPlan, built: Built, run: Run, threads: number) {
  const memory = new TestHeap();
  // Memory that the run used twice is used twice again: an output may lie where an input does.
  const places = new Map<number, number>();
  for (const { pointer, data } of run.inputs)
    if (!places.has(pointer)) places.set(pointer, memory.reserve(data.length, data));
  for (const { pointer, data } of run.outputs)
    if (!places.has(pointer)) places.set(pointer, memory.reserve(data.length));
  const arena = memory.reserve(plan.arenaBytes);
  const pointers = plan.slots.map((slot) =>
    slot.kind === 'arena'
      ? arena + slot.offset
      : places.get(
          slot.kind === 'input' ? run.inputs[slot.leaf].pointer : run.outputs[slot.position].pointer,
        )!,
  );
  const status = execute({ built, heap: memory, pointers, threads });
  return {
    status,
    outputs: run.outputs.map(({ pointer, data }) => memory.slice(places.get(pointer)!, data.length)),
  };
}

/** How far sums in another order may lie apart, relative to the size of the numbers. */
const tolerance: { readonly [D in DType]: number } = {
  ...{ float64: 1e-12, float32: 2e-5, float16: 2e-3, bfloat16: 1.6e-2 },
  ...{ int32: 0, uint8: 0, int8: 0, bool: 0 },
};

function numbers(dtype: DType, bytes: Uint8Array<ArrayBuffer>): number[] {
  const { array, bytes: size } = dtypes[dtype];
  const raw = [...new array(bytes.buffer, bytes.byteOffset, bytes.length / size)];
  if (dtype === 'float16') return raw.map(fromFloat16);
  return dtype === 'bfloat16' ? raw.map(fromBfloat16) : raw;
}

/** Where the numbers of C differ from those of WebAssembly: bit by bit with as many lanes, else by more than rounding explains. */
function differences(dtype: DType, actual: number[], wanted: number[], exact: boolean): string[] {
  const scale = Math.max(1e-3, ...wanted.map((value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
  const limit = exact ? 0 : tolerance[dtype] * scale;
  return wanted.flatMap((value, i) => {
    const same = Object.is(actual[i], value) || (limit > 0 && Math.abs(actual[i] - value) <= limit);
    return same ? [] : [`element ${i}: ${actual[i]}, not ${value}`];
  });
}

/** What the programs are: each works on the wasm device through what users call. */
const scenarios: Readonly<Record<string, () => unknown>> = {
  elementwise: () => {
    const x = randn([7, 33]).mul(3) as Tensor;
    const y = randn([33]) as Tensor;
    const { exp, log, sin, tanh, erf, pow, sigmoid, abs, floor, round, maximum, remainder, where, lt } =
      elementwise;
    const parts: Tensor[] = [exp(x), log(abs(x)), sin(x), tanh(x), erf(x), sigmoid(x), floor(x), round(x)];
    const mixed = [pow(abs(x), y), maximum(x, y), remainder(x, y), where(lt(x, y), x, exp(y))] as Tensor[];
    return realize(...parts, ...mixed);
  },
  integers: () => {
    const x = randint(-100, 100, [5, 37]) as Tensor;
    const y = x.to('uint8');
    const z = x.to('int8');
    return realize(
      x.remainder(7) as Tensor,
      x.to('float32').div(3).to('int32'),
      y.add(z) as Tensor,
      x.eq(y) as Tensor,
      z.to('float32').exp(),
      x.amax(1) as Tensor,
      x.gt(0).any() as Tensor,
      x.gt(-101).all(1) as Tensor,
    );
  },
  'softmax and norms': () => {
    const x = randn([9, 67]) as Tensor;
    return realize(softmax(x, 1), softmax(x, 0), layerNorm(x, [67]), x.sum(), x.mean(0), x.var(1) as Tensor);
  },
  products: () => {
    const shapes = [
      [1, 5, 3],
      [33, 17, 65],
      [70, 40, 9],
      [13, 100, 70],
    ];
    const made = shapes.flatMap(([m, k, n], i): Tensor[] => {
      const [a, at] = [randn([m, k]), randn([k, m]).transpose(0, 1)] as Tensor[];
      const [b, bt] = [randn([k, n]), randn([n, k]).transpose(0, 1)] as Tensor[];
      return i % 2 ? [matmul(a, b), matmul(at, bt).relu()] : [matmul(a, bt), matmul(at, b)];
    });
    made.push(matmul(randn([3, 7, 19]) as Tensor, randn([3, 19, 21]) as Tensor));
    made.push(matmul(randn([1, 6]) as Tensor, randn([6, 1]) as Tensor).reshape([1]) as Tensor);
    return realize(...made);
  },
  'products in blocks': () => {
    const [m, k, n] = [70, 600, 1703];
    const [a, at] = [randn([m, k]), randn([k, m]).transpose(0, 1)] as Tensor[];
    const [b, bt] = [randn([k, n]), randn([n, k]).transpose(0, 1)] as Tensor[];
    return realize(matmul(a, bt), matmul(at, b).relu() as Tensor);
  },
  'products of integers and doubles': () => {
    const a = randint(-9, 9, [6, 35]) as Tensor;
    const b = randint(-9, 9, [35, 40]) as Tensor;
    return realize(matmul(a, b), matmul(a.to('float64'), b.to('float64')));
  },
  convolution: () => {
    const x = randn([2, 3, 11, 9]) as Tensor;
    const weight = randn([6, 3, 3, 3]) as Tensor;
    const parameter = new nn.Conv2d(3, 6, 3, { padding: 1 });
    const loss = maxPool2d(parameter.forward(x).relu(), 2).square().sum() as Tensor;
    loss.backward();
    return realize(
      conv2d(x, weight) as Tensor,
      conv2d(x, weight, null, { stride: 2, padding: 1 }) as Tensor,
      parameter.weight.grad!,
    );
  },
  'convolutions of narrow images': () => {
    const made = [
      { batch: 17, wide: 4, stride: 1 },
      { batch: 5, wide: 8, stride: 1 },
      { batch: 4, wide: 16, stride: 2 },
    ].flatMap(({ batch, wide, stride }): Tensor[] => {
      const x = new Parameter(randn([batch, 24, wide, wide]));
      const weight = new Parameter(randn([40, 24, 3, 3]));
      const y = conv2d(x, weight, null, { padding: 1, stride }).relu() as Tensor;
      (y.square().sum() as Tensor).backward();
      return [y, x.grad!, weight.grad!];
    });
    return realize(...made);
  },
  'gather and scatter': () => {
    const x = randn([6, 10]) as Tensor;
    const index = randint(0, 10, [6, 5]) as Tensor;
    const rows = randint(0, 6, [4]) as Tensor;
    return realize(
      gather(x, 1, index),
      scatterAdd(x, 1, index, randn([6, 5]) as Tensor),
      embedding(rows, x),
      x.flip(1) as Tensor,
      concat([x, x.transpose(0, 1).reshape([6, 10])], 1) as Tensor,
    );
  },
  'an index outside': () => {
    const x = randn([6, 40]) as Tensor;
    expect(() => embedding(tensor([0, 5, 2, 6, 1], { dtype: 'int32' }), x).dataSync()).toThrow('index 6');
  },
  scan: () => {
    const net = new nn.LSTM(7, 13);
    const [output] = net.forward(randn([6, 3, 7]) as Tensor);
    (output.square().sum() as Tensor).backward();
    return realize(output, ...net.parameters().map(({ grad }) => grad!));
  },
  random: () => realize(rand([1000]), randn([333]), randperm(50)),
  'sixteen bits': () => {
    const x = randn([5, 70]).to('float16') as Tensor;
    const y = randn([5, 70]).to('bfloat16') as Tensor;
    return realize(
      x.mul(2).exp() as Tensor,
      y.mul(3).add(x) as Tensor,
      matmul(x, y.to('float16').transpose(0, 1)),
      y.sum(1) as Tensor,
      x.to('float32'),
    );
  },
  doubles: () => {
    const x = randn([4, 30], { dtype: 'float64' }) as Tensor;
    const { exp, log, sin, tanh, erf, pow, abs, remainder, atan2 } = elementwise;
    return realize(
      ...([
        exp(x),
        log(abs(x)),
        sin(x),
        tanh(x),
        erf(x),
        pow(abs(x), x),
        remainder(x, x.flip(0)),
        atan2(x, x.flip(1)),
      ] as Tensor[]),
      softmax(x, 1),
      matmul(x, x.transpose(0, 1)),
      x.to('float32'),
    );
  },
  'a training step with Adam': async () => {
    const model = new nn.Sequential(
      new nn.Linear(50, 33),
      new nn.ReLU(),
      new nn.Dropout(0.2),
      new nn.Linear(33, 10),
    );
    const adam = new optim.Adam(model.parameters(), { lr: 0.01 });
    const step = compile((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x) as Tensor, y);
      adam.zeroGrad();
      loss.backward();
      adam.step();
      return loss;
    });
    for (let i = 0; i < 3; i++) await step(randn([32, 50]) as Tensor, randint(0, 10, [32]) as Tensor).data();
  },
};

const labels = Object.keys(scenarios);
const builds = new Map<Recorded, Map<Lanes, Promise<Built>>>();

describe.skipIf(!compilers.length)('programs in C (needs clang or gcc)', { timeout: patience }, () => {
  beforeAll(async () => {
    setDevice('wasm');
    setThreads(1);
    for (const [label, make] of Object.entries(scenarios)) {
      recorder.label = label;
      manualSeed(labels.indexOf(label) + 1);
      await make();
    }
    for (const [number, recorded] of programs.entries()) {
      const made = new Map<Lanes, Promise<Built>>();
      for (const [i, lanes] of widths.entries()) {
        // The compilers take turns, so that each sees every kind of vector.
        const compiler = compilers[(number + i) % compilers.length];
        const promise = build(renderPlan(recorded.plans[lanes], targets[lanes]), compiler);
        promise.catch(() => {}); // told by the test that awaits it
        made.set(lanes, promise);
      }
      builds.set(recorded, made);
    }
  }, patience);

  test.each(labels)('%s', async (label) => {
    const mine = programs.filter((recorded) => recorded.label === label && recorded.runs.length);
    expect(mine.length).toBeGreaterThan(0);
    const wrong: string[] = [];
    for (const [number, recorded] of mine.entries()) {
      for (const lanes of widths) {
        const plan = recorded.plans[lanes];
        const built = await builds.get(recorded)!.get(lanes)!;
        for (const run of recorded.runs) {
          let alone: Uint8Array<ArrayBuffer>[] | null = null;
          for (const threads of [1, 3]) {
            const { status, outputs } = replay(plan, built, run, threads);
            expect(status.code !== 0).toBe(run.failed);
            if (run.failed) expect(status.value).toBe(6);
            alone ??= outputs;
            expect(outputs, 'the number of threads changes no bit').toEqual(alone);
            if (threads > 1) continue;
            for (const [i, { dtype, data }] of run.outputs.entries()) {
              const found = differences(dtype, numbers(dtype, outputs[i]), numbers(dtype, data), lanes === 4);
              if (found.length)
                wrong.push(
                  `program ${number}, ${lanes} lanes, output ${i} (${dtype}), ${found.length} wrong: ${found[0]}`,
                );
            }
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
