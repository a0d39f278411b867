import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import type { DType } from '../base/dtype.ts';
import { loadSafetensors, toSafetensors } from '../io/tensors.ts';
import { compile } from '../tensor/compile.ts';
import { full, ones, rand, randint, randn, tensor, zeros } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import { stack } from '../tensor/functions.ts';
import { manualSeed } from '../tensor/generator.ts';
import { noGrad } from '../tensor/grad.ts';
import { gradcheck } from '../tensor/gradcheck.ts';
import type { StateDict } from '../tensor/state-dict.ts';
import { Tensor } from '../tensor/tensor.ts';
import { checkpoint } from '../tensor/transforms/checkpoint.ts';
import { vmap } from '../tensor/transforms/vmap.ts';
import * as nn from './index.ts';

/** One layer: how it is made, what it takes and gives, and its parts under PyTorch's names. */
interface Row {
  make: () => nn.Module;
  inputs: readonly (readonly number[])[];
  output: readonly number[];
  state?: Readonly<Record<string, readonly number[]>>;
  /** Inputs are indices below this number. */
  indices?: number;
}

const convolution = (weight: readonly number[], bias = weight[0]): Row['state'] => ({ weight, bias: [bias] });
const affine = (channels: number): Row['state'] => ({ weight: [channels], bias: [channels] });
const running = (channels: number): Row['state'] => ({
  ...affine(channels),
  running_mean: [channels],
  running_var: [channels],
  num_batches_tracked: [],
});

const row = (
  make: () => nn.Module,
  input: readonly number[],
  output: readonly number[],
  state?: Row['state'],
): Row => ({ make, inputs: [input], output, state });

const rows: Readonly<Record<string, Row>> = {
  Conv1d: row(() => new nn.Conv1d(3, 4, 3, { stride: 2 }), [2, 3, 9], [2, 4, 4], convolution([4, 3, 3])),
  'Conv1d/alone': row(
    () => new nn.Conv1d(3, 4, 3, { padding: 'same' }),
    [3, 9],
    [4, 9],
    convolution([4, 3, 3]),
  ),
  Conv2d: row(
    () => new nn.Conv2d(4, 6, [3, 2], { groups: 2, padding: [1, 0], dilation: 2 }),
    [2, 4, 7, 6],
    [2, 6, 5, 4],
    convolution([6, 2, 3, 2]),
  ),
  'Conv2d/reflect': row(
    () => new nn.Conv2d(2, 3, 4, { padding: 'same', paddingMode: 'reflect', bias: false }),
    [1, 2, 5, 6],
    [1, 3, 5, 6],
    { weight: [3, 2, 4, 4] },
  ),
  Conv3d: row(() => new nn.Conv3d(1, 2, 2), [1, 1, 3, 4, 3], [1, 2, 2, 3, 2], convolution([2, 1, 2, 2, 2])),
  ConvTranspose1d: row(
    () => new nn.ConvTranspose1d(4, 6, 3, { stride: 2, groups: 2 }),
    [2, 4, 5],
    [2, 6, 11],
    convolution([4, 3, 3], 6),
  ),
  ConvTranspose2d: row(
    () => new nn.ConvTranspose2d(2, 3, 3, { stride: 2, padding: 1, outputPadding: 1 }),
    [1, 2, 3, 4],
    [1, 3, 6, 8],
    convolution([2, 3, 3, 3], 3),
  ),
  ConvTranspose3d: row(
    () => new nn.ConvTranspose3d(2, 1, 2),
    [1, 2, 2, 2, 2],
    [1, 1, 3, 3, 3],
    convolution([2, 1, 2, 2, 2], 1),
  ),
  MaxPool1d: row(() => new nn.MaxPool1d(2), [2, 3, 9], [2, 3, 4]),
  MaxPool2d: row(() => new nn.MaxPool2d(3, { stride: 2, padding: 1 }), [2, 3, 8, 7], [2, 3, 4, 4]),
  MaxPool3d: row(() => new nn.MaxPool3d(2), [1, 2, 4, 5, 2], [1, 2, 2, 2, 1]),
  AvgPool1d: row(() => new nn.AvgPool1d(2, { ceilMode: true }), [2, 3, 9], [2, 3, 5]),
  AvgPool2d: row(() => new nn.AvgPool2d([2, 3]), [3, 8, 7], [3, 4, 2]),
  AvgPool3d: row(() => new nn.AvgPool3d(2), [1, 2, 4, 5, 2], [1, 2, 2, 2, 1]),
  AdaptiveAvgPool1d: row(() => new nn.AdaptiveAvgPool1d(3), [2, 3, 7], [2, 3, 3]),
  AdaptiveAvgPool2d: row(() => new nn.AdaptiveAvgPool2d([3, 2]), [2, 3, 7, 5], [2, 3, 3, 2]),
  AdaptiveAvgPool3d: row(() => new nn.AdaptiveAvgPool3d(1), [1, 3, 2, 3, 2], [1, 3, 1, 1, 1]),
  AdaptiveMaxPool1d: row(() => new nn.AdaptiveMaxPool1d(3), [2, 3, 7], [2, 3, 3]),
  AdaptiveMaxPool2d: row(() => new nn.AdaptiveMaxPool2d([3, 2]), [2, 3, 7, 5], [2, 3, 3, 2]),
  AdaptiveMaxPool3d: row(() => new nn.AdaptiveMaxPool3d(2), [1, 2, 3, 4, 2], [1, 2, 2, 2, 2]),
  BatchNorm1d: row(() => new nn.BatchNorm1d(3), [4, 3], [4, 3], running(3)),
  'BatchNorm1d/steps': row(() => new nn.BatchNorm1d(3, { momentum: null }), [4, 3, 5], [4, 3, 5], running(3)),
  'BatchNorm2d/plain': row(
    () => new nn.BatchNorm2d(3, { affine: false, trackRunningStats: false }),
    [2, 3, 4, 5],
    [2, 3, 4, 5],
  ),
  BatchNorm2d: row(() => new nn.BatchNorm2d(3), [2, 3, 4, 5], [2, 3, 4, 5], running(3)),
  BatchNorm3d: row(() => new nn.BatchNorm3d(2), [2, 2, 2, 3, 2], [2, 2, 2, 3, 2], running(2)),
  InstanceNorm1d: row(() => new nn.InstanceNorm1d(3), [3, 5], [3, 5]),
  InstanceNorm2d: row(
    () => new nn.InstanceNorm2d(3, { affine: true, trackRunningStats: true }),
    [2, 3, 4, 5],
    [2, 3, 4, 5],
    running(3),
  ),
  InstanceNorm3d: row(() => new nn.InstanceNorm3d(2), [1, 2, 2, 3, 2], [1, 2, 2, 3, 2]),
  GroupNorm: row(() => new nn.GroupNorm(2, 4), [2, 4, 3], [2, 4, 3], affine(4)),
  LayerNorm: row(() => new nn.LayerNorm([2, 3]), [4, 2, 3], [4, 2, 3], { weight: [2, 3], bias: [2, 3] }),
  RMSNorm: row(() => new nn.RMSNorm(3), [4, 3], [4, 3], { weight: [3] }),
  PReLU: row(() => new nn.PReLU({ numParameters: 3 }), [2, 3, 2], [2, 3, 2], { weight: [3] }),
  GLU: row(() => new nn.GLU(1), [2, 4, 3], [2, 2, 3]),
  Threshold: row(() => new nn.Threshold(0.1, 20), [2, 3], [2, 3]),
  Dropout: row(() => new nn.Dropout(0.3), [4, 5], [4, 5]),
  Dropout1d: row(() => new nn.Dropout1d(0.3), [2, 5, 3], [2, 5, 3]),
  Dropout2d: row(() => new nn.Dropout2d(0.3), [2, 5, 2, 2], [2, 5, 2, 2]),
  Dropout3d: row(() => new nn.Dropout3d(0.3), [5, 2, 2, 2], [5, 2, 2, 2]),
  AlphaDropout: row(() => new nn.AlphaDropout(0.3), [4, 5], [4, 5]),
  Upsample: row(() => new nn.Upsample({ scaleFactor: 2, mode: 'bilinear' }), [1, 2, 3, 4], [1, 2, 6, 8]),
  PixelShuffle: row(() => new nn.PixelShuffle(2), [2, 8, 3, 2], [2, 2, 6, 4]),
  PixelUnshuffle: row(() => new nn.PixelUnshuffle(2), [2, 2, 6, 4], [2, 8, 3, 2]),
  Unfold: row(() => new nn.Unfold([2, 3], { padding: 1 }), [2, 3, 4, 5], [2, 18, 25]),
  Fold: row(() => new nn.Fold([4, 5], [2, 3], { padding: 1 }), [2, 18, 25], [2, 3, 4, 5]),
  ZeroPad2d: row(() => new nn.ZeroPad2d([1, 2, 0, -1]), [1, 2, 3, 3], [1, 2, 2, 6]),
  ConstantPad2d: row(() => new nn.ConstantPad2d(1, 0.5), [1, 2, 3], [1, 4, 5]),
  ReflectionPad2d: row(() => new nn.ReflectionPad2d(2), [1, 2, 3, 3], [1, 2, 7, 7]),
  ReplicationPad2d: row(() => new nn.ReplicationPad2d(1), [1, 2, 3, 3], [1, 2, 5, 5]),
  Identity: row(() => new nn.Identity(), [2, 3], [2, 3]),
  Flatten: row(() => new nn.Flatten(), [2, 3, 4], [2, 12]),
  Unflatten: row(() => new nn.Unflatten(1, [2, 3]), [4, 6], [4, 2, 3]),
  Bilinear: {
    make: () => new nn.Bilinear(3, 4, 5),
    inputs: [
      [2, 3],
      [2, 4],
    ],
    output: [2, 5],
    state: { weight: [5, 3, 4], bias: [5] },
  },
  CosineSimilarity: {
    make: () => new nn.CosineSimilarity(),
    inputs: [
      [2, 3],
      [2, 3],
    ],
    output: [2],
  },
  PairwiseDistance: {
    make: () => new nn.PairwiseDistance({ p: 1 }),
    inputs: [
      [2, 3],
      [2, 3],
    ],
    output: [2],
  },
  TripletMarginLoss: {
    make: () => new nn.TripletMarginLoss({ swap: true }),
    inputs: [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    output: [],
  },
  KLDivLoss: {
    make: () => new nn.KLDivLoss({ reduction: 'batchmean' }),
    inputs: [
      [2, 3],
      [2, 3],
    ],
    output: [],
  },
  HingeEmbeddingLoss: {
    make: () => new nn.HingeEmbeddingLoss(),
    inputs: [
      [2, 3],
      [2, 3],
    ],
    output: [],
  },
  Embedding: {
    make: () => new nn.Embedding(5, 3),
    inputs: [[2, 4]],
    output: [2, 4, 3],
    state: { weight: [5, 3] },
    indices: 5,
  },
  EmbeddingBag: {
    make: () => new nn.EmbeddingBag(5, 3, { mode: 'max', paddingIdx: 0 }),
    inputs: [[2, 4]],
    output: [2, 3],
    state: { weight: [5, 3] },
    indices: 5,
  },
};

type AnyForward = (...inputs: Tensor[]) => Tensor;
const runs = (module: nn.Module): AnyForward => (module.forward as unknown as AnyForward).bind(module);

const shapesOf = (dict: StateDict): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(dict).map(([name, value]) => [name, [...value.shape]]));

/** A seeded layer whose parts are none of the beginning's zeros and ones, and its inputs. */
function example(
  { make, inputs, indices }: Row,
  dtype: DType = 'float32',
): { module: nn.Module; given: Tensor[] } {
  manualSeed(11);
  const module = make();
  for (const [name, state] of [...module.namedParameters(), ...module.namedBuffers()]) {
    if (state.dtype === 'float32')
      state.value = (name.endsWith('var') ? rand : randn)([...state.shape]).add(
        name.endsWith('var') ? 0.5 : 0,
      );
  }
  const given = inputs.map((shape) => (indices ? randint(0, indices, shape) : randn(shape).to(dtype)));
  for (const x of given) x.dataSync();
  return { module, given };
}

function expectNear(got: Tensor, wanted: Tensor): void {
  expect([...got.shape]).toEqual([...wanted.shape]);
  const numbers = Array.from(wanted.dataSync(), Number);
  Array.from(got.dataSync(), Number).forEach((value, i) => {
    expect(Math.abs(value - numbers[i])).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(numbers[i])));
  });
}

const bits = (x: Tensor): number[] =>
  Array.from(new Uint32Array((x.dataSync() as Float32Array).slice().buffer));

describe.each(Object.entries(rows))('%s', (_, given) => {
  beforeEach(() => setDevice('wasm'));

  it('gives its shape, and has PyTorch’s parts', () => {
    const { module, given: inputs } = example(given);
    expect(runs(module)(...inputs).shape).toEqual(given.output);
    expect(shapesOf(module.stateDict())).toEqual(given.state ?? {});
  });

  it('is kept and loaded bit for bit', async () => {
    const { module, given: inputs } = example(given);
    const wanted = bits(runs(module.eval())(...inputs));
    const { tensors } = await loadSafetensors(await toSafetensors(module.stateDict()));
    const other = given.make().eval();
    other.loadStateDict(tensors as StateDict);
    expect(bits(runs(other)(...inputs))).toEqual(wanted);
  });

  it.each([true, false])('gives the same on both devices, compiled or not, training %s', (training) => {
    const results = (['reference', 'wasm'] as const).map((device) => {
      setDevice(device);
      return [false, true].map((compiled) => {
        const { module, given: inputs } = example(given);
        module.train(training);
        const forward = runs(module);
        manualSeed(12);
        const out = noGrad(() => (compiled ? compile(forward)(...inputs) : forward(...inputs)));
        return [out, ...module.buffers()].map((x) => Array.from(x.dataSync(), Number));
      });
    });
    const [[wanted]] = results;
    for (const got of results.flat()) {
      got.flat().forEach((value, i) => {
        expect(Math.abs(value - wanted.flat()[i])).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(value)));
      });
    }
  });

  it('does to many examples in vmap what it does to each', () => {
    const { module, given: inputs } = example(given);
    const forward = runs(module.eval());
    const others = inputs.map((x) => x.flip([x.ndim - 1]) as Tensor);
    const both = inputs.map((x, i) => stack([x, others[i]]) as Tensor);
    const got = vmap((...x: Tensor[]) => forward(...x))(...both);
    expectNear(got, stack([forward(...inputs), forward(...others)]) as Tensor);
  });

  it('has the same gradients computed again by checkpoint', () => {
    const { module, given: inputs } = example(given);
    const forward = runs(module.train());
    const gradients = (f: typeof forward): Tensor[] => {
      for (const parameter of module.parameters()) parameter.grad = null;
      const before = module.buffers().map((buffer) => buffer.value);
      const leaves = inputs.map((x) => (given.indices ? x : x.detach().mul(1)) as Tensor);
      manualSeed(13);
      const out = f(...leaves);
      if (out.requiresGrad) out.square().sum().backward();
      module.buffers().forEach((buffer, i) => {
        buffer.value = before[i];
      });
      return module.parameters().map((parameter) => parameter.grad!);
    };
    const wanted = gradients(forward);
    gradients(checkpoint((...x: Tensor[]) => forward(...x))).forEach(
      (got, i) => void expectNear(got, wanted[i]),
    );
  });

  if (given.indices) return;
  it('has a gradient', () => {
    const { module, given: inputs } = example(given, 'float64');
    const forward = runs(module.eval());
    expect(gradcheck((...x) => forward(...x), inputs)).toBe(true);
  });
});

it('parameters get gradients inside a compiled step', async () => {
  const model = new nn.Sequential(
    new nn.Conv2d(2, 4, 3, { padding: 1, bias: false }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
  );
  const [convolution, norm] = model.layers;
  const x = randn([3, 2, 4, 4]);
  const step = compile((input: Tensor) => {
    model.zeroGrad();
    model.forward(input).square().mean().backward();
    return convolution.weight.grad!;
  });
  const first = Array.from(step(x).dataSync());
  const again = Array.from(step(x).dataSync());
  model.zeroGrad();
  model.forward(x).square().mean().backward();
  const wanted = convolution.weight.grad!.dataSync();
  expect(first).toEqual(again);
  first.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i], 5);
  });
  expect(norm.numBatchesTracked!.itemSync()).toBe(3);
});

describe('convolutions', () => {
  it('begin uniform in ±1/√fanIn', async () => {
    manualSeed(1);
    for (const [layer, bound] of [
      [new nn.Conv2d(8, 64, 3, { groups: 2 }), 1 / 6],
      [new nn.ConvTranspose2d(64, 8, 3, { groups: 2 }), 1 / 6],
    ] as const) {
      const weight = (await layer.weight.data()).map(Math.abs);
      expect(Math.max(...weight)).toBeLessThan(bound);
      expect(Math.max(...weight)).toBeGreaterThan(0.98 * bound);
      expect(Math.max(...(await layer.bias!.data()).map(Math.abs))).toBeLessThan(bound);
    }
  });

  it('put what paddingMode says around', () => {
    const layer = new nn.Conv1d(1, 1, 3, { padding: 1, paddingMode: 'circular', bias: false });
    layer.weight.value = ones([1, 1, 3]);
    expect(layer.forward(tensor([[[1, 2, 3, 4]]])).tolistSync()).toEqual([[[7, 6, 9, 8]]]);
  });

  it('name what does not fit', () => {
    expect(() => new nn.Conv2d(3, 6, 3, { groups: 2 })).toThrow(
      'Conv2d: groups (2) must divide inChannels (3) and outChannels (6)',
    );
    expect(() => new nn.Conv1d(3, 6, 0)).toThrow(
      'Conv1d: kernelSize is an integer of 1 or more, or 1 of them, got 0',
    );
    expect(() => new nn.Conv2d(3, 6, [3])).toThrow('or 2 of them, got [3]');
    const layer: nn.Conv2d = new nn.Conv2d(3, 6, 5);
    expect(() => layer.forward(zeros([1, 3, 4, 9]))).toThrow(
      'Conv2d(3, 6): the kernel [5, 5] is larger than the padded input [4, 9]',
    );
    expect(() => layer.forward(zeros([2, 1, 28, 28]))).toThrow(
      'Conv2d(3, 6): got [2, 1, 28, 28]: expected 3 channels, got 1',
    );
    expect(() => layer.forward(zeros([28, 28]) as Tensor)).toThrow(
      /Conv2d\(3, 6\): input: \[28, 28\], expected 4 dim/,
    );
    expect(() => new nn.Conv2d(1, 1, 3, { padding: 'same', stride: 2 }).forward(zeros([1, 1, 9, 9]))).toThrow(
      "padding 'same' needs stride 1",
    );
    expect(() => new nn.MaxPool2d(5).forward(zeros([1, 1, 4, 4]))).toThrow(
      'MaxPool2d: the kernel [5, 5] is larger than the padded input [4, 4]',
    );
    expect(() => new nn.MaxPool2d(2, { padding: 2 }).forward(zeros([1, 1, 4, 4]))).toThrow(
      'MaxPool2d: padding [2, 2] is more than half the kernel [2, 2]',
    );
  });

  it('tell their channels to the type checker', () => {
    const model = new nn.Sequential(new nn.Conv1d(3, 8, 5), new nn.BatchNorm1d(8), new nn.MaxPool1d(2));
    expectTypeOf(model.forward(zeros([4, 3, 32]))).toEqualTypeOf<Tensor<[4, 8, number], 'float32'>>();
    // @ts-expect-error 8 channels do not go into a layer of 4
    expect(new nn.Sequential(new nn.Conv2d(3, 8, 3), new nn.Conv2d(4, 1, 3))).toHaveLength(2);
  });
});

describe('normalization', () => {
  it('runs statistics while training and uses them afterwards', async () => {
    const layer = new nn.BatchNorm1d(1, { momentum: null });
    const first = tensor([[1], [3]]);
    const second = tensor([[5], [9]]);
    layer.forward(first);
    layer.forward(second);
    expect(await layer.runningMean!.tolist()).toEqual([4.5]);
    expect(await layer.runningVar!.tolist()).toEqual([5]);
    expect(layer.numBatchesTracked!.dtype).toBe('int32');
    const out = await layer
      .eval()
      .forward(tensor([[4.5], [9.5]]))
      .data();
    expect([...out]).toEqual([0, expect.closeTo(Math.sqrt(5), 4)]);
    expect(await layer.numBatchesTracked!.item()).toBe(2);
  });

  it('keeps statistics in a compiled function, by whatever momentum', async () => {
    const [plain, compiled] = [0, 1].map(() => new nn.BatchNorm1d(2, { momentum: null }));
    const step = compile((x: Tensor) => compiled.forward(x));
    for (const scale of [1, 2, 3]) {
      const x = tensor([
        [scale, 1],
        [-scale, 4],
      ]);
      expect((await step(x).data()).join()).toBe((await plain.forward(x).data()).join());
    }
    expect(await compiled.runningVar!.tolist()).toEqual(await plain.runningVar!.tolist());
    expect(await compiled.numBatchesTracked!.item()).toBe(3);
    compiled.eval();
    const x = tensor([[1, 2]]);
    expect(await step(x).tolist()).toEqual(await plain.eval().forward(x).tolist());
  });

  it('loads old checkpoints, which have no count of batches', () => {
    const model = new nn.Sequential(new nn.BatchNorm2d(2));
    const { '0.num_batches_tracked': count, ...old } = model.stateDict();
    expect(count.shape).toEqual([]);
    expect(model.loadStateDict(old)).toEqual({ missing: [], unexpected: [] });
    delete old['0.weight'];
    expect(() => model.loadStateDict(old)).toThrow('missing: 0.weight');
  });

  it('names what does not fit', () => {
    expect(() => new nn.BatchNorm2d(3).forward(zeros([2, 3]))).toThrow(
      'BatchNorm2d(3): got [2, 3]: expected 4 dimensions',
    );
    expect(() => new nn.BatchNorm1d(3).forward(zeros([2, 4]))).toThrow(
      'BatchNorm1d(3): got [2, 4]: expected 3 channels, got 4',
    );
    expect(() => new nn.BatchNorm1d(3).forward(zeros([1, 3]))).toThrow('needs more than one value');
    expect(() => new nn.BatchNorm1d(3, { momentum: 2 })).toThrow('momentum is null or lies between 0 and 1');
    expect(() => new nn.GroupNorm(2, 3)).toThrow('GroupNorm: numGroups (2) must divide numChannels (3)');
    expect(() => new nn.GroupNorm(1, 3).forward(zeros([2, 4]))).toThrow('GroupNorm(1, 3): got [2, 4]');
    expect(() => new nn.InstanceNorm1d(0)).toThrow('numFeatures is a positive integer, got 0');
  });
});

describe('EmbeddingBag', () => {
  const weight = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 0],
  ]);
  const bag = (options: nn.EmbeddingBagOptions): nn.EmbeddingBag => {
    const layer = new nn.EmbeddingBag(4, 2, options);
    layer.weight.value = weight;
    return layer;
  };
  const indices = (data: readonly number[] | readonly number[][]): Tensor =>
    tensor(data as number[], { dtype: 'int32' });

  it.each([
    [
      'sum',
      [
        [6, 8],
        [10, 4],
      ],
    ],
    [
      'mean',
      [
        [3, 4],
        [5, 2],
      ],
    ],
    [
      'max',
      [
        [5, 6],
        [7, 4],
      ],
    ],
  ] as const)('reduces the rows of a bag: %s', (mode, expected) => {
    const layer = bag({ mode });
    expect(
      layer
        .forward(
          indices([
            [0, 2],
            [1, 3],
          ]),
        )
        .tolistSync(),
    ).toEqual(expected);
    const ragged = layer.forward(indices([0, 2, 1, 3]), indices([0, 2, 4]));
    expect(ragged.tolistSync()).toEqual([...expected, [0, 0]]);
  });

  it('leaves out the row of padding, also in gradients', () => {
    const layer = bag({ mode: 'mean', paddingIdx: -1 });
    const out = layer.forward(
      indices([
        [0, 3],
        [3, 3],
      ]),
    );
    expect(out.tolistSync()).toEqual([
      [1, 2],
      [0, 0],
    ]);
    out.sum().backward();
    expect(layer.weight.grad!.tolistSync()).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it('weighs samples', () => {
    const layer = bag({ mode: 'sum' });
    expect(layer.forward(indices([[0, 2]]), null, tensor([[2, 0.5]])).tolistSync()).toEqual([[4.5, 7]]);
    expect(() => bag({}).forward(indices([[0]]), null, full([1, 1], 1))).toThrow("go with mode 'sum'");
    expect(() => layer.forward(indices([0]))).toThrow('EmbeddingBag(4, 2): got [1]: expected [bags, length]');
    expect(() => new nn.EmbeddingBag(4, 2, { mode: 'min' as 'max' })).toThrow(
      "mode is 'sum', 'mean' or 'max'",
    );
  });
});

describe('losses', () => {
  it('compare pairs and triplets', async () => {
    const [x, y] = [
      tensor([
        [1, 0],
        [0, 1],
      ]),
      tensor([
        [1, 0],
        [1, 0],
      ]),
    ];
    expect(await new nn.CosineEmbeddingLoss().forward(x, y, tensor([1, 1])).item()).toBeCloseTo(0.5, 5);
    expect(await new nn.TripletMarginLoss({ eps: 0 }).forward(x, x, y).item()).toBeCloseTo((1 + 0) / 2, 5);
    const weight = tensor([1, 3]);
    const margin = new nn.MultiMarginLoss({ weight });
    expect(Object.keys(margin.stateDict())).toEqual(['weight']);
    expect(await margin.forward(x, tensor([1, 1], { dtype: 'int32' })).item()).toBeCloseTo(1.5, 5);
    expect(() => new nn.MultiMarginLoss({ p: 3 })).toThrow('MultiMarginLoss: p is 1 or 2, got 3');
    expect(
      await new nn.HingeEmbeddingLoss({ margin: 2 }).forward(tensor([1, 1]), tensor([1, -1])).item(),
    ).toBe(1);
    const logs = tensor([[0.5, 0.5]]).log() as Tensor;
    expect(
      await new nn.KLDivLoss({ reduction: 'batchmean' }).forward(logs, tensor([[1, 0]])).item(),
    ).toBeCloseTo(Math.log(2), 5);
    expect(logs).toBeInstanceOf(Tensor);
  });
});

describe('recurrence and attention in vmap and checkpoint', () => {
  const modules: Record<string, [make: () => nn.Module, run: (module: nn.Module, x: Tensor) => Tensor]> = {
    LSTM: [
      () => new nn.LSTM(4, 3, { numLayers: 2, bidirectional: true, batchFirst: true }),
      (m, x) => (m as nn.LSTM).forward(x)[0] as Tensor,
    ],
    GRU: [() => new nn.GRU(4, 3, { batchFirst: true }), (m, x) => (m as nn.GRU).forward(x)[0] as Tensor],
    RNN: [() => new nn.RNN(4, 3, { batchFirst: true }), (m, x) => (m as nn.RNN).forward(x)[0] as Tensor],
    MultiheadAttention: [
      () => new nn.MultiheadAttention(4, 2, { batchFirst: true }),
      (m, x) => (m as nn.MultiheadAttention).forward(x, x, x)[0] as Tensor,
    ],
    TransformerEncoderLayer: [
      () => new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, batchFirst: true, dropout: 0 }),
      (m, x) => (m as nn.TransformerEncoderLayer).forward(x) as Tensor,
    ],
    TransformerDecoderLayer: [
      () => new nn.TransformerDecoderLayer(4, 2, { dimFeedforward: 8, batchFirst: true, dropout: 0 }),
      (m, x) => (m as nn.TransformerDecoderLayer).forward(x, x.mul(2) as Tensor) as Tensor,
    ],
  };

  it.each(Object.entries(modules))('%s', (_, [make, run]) => {
    setDevice('wasm');
    manualSeed(14);
    const module = make();
    const x = randn([3, 2, 5, 4]) as Tensor;
    const each = [0, 1, 2].map((i) => run(module, x.select(0, i) as Tensor));
    expectNear(vmap((one: Tensor) => run(module, one))(x), stack(each) as Tensor);
    const gradients = (f: (one: Tensor) => Tensor): Tensor[] => {
      for (const parameter of module.parameters()) parameter.grad = null;
      f(x.select(0, 0) as Tensor)
        .square()
        .sum()
        .backward();
      return module.parameters().map((parameter) => parameter.grad!);
    };
    const wanted = gradients((one) => run(module, one));
    gradients(checkpoint((one: Tensor) => run(module, one))).forEach(
      (got, i) => void expectNear(got, wanted[i]),
    );
  });
});
