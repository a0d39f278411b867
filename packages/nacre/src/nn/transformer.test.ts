import { describe, expect, expectTypeOf, it } from 'vitest';
import { Adam } from '../optim/index.ts';
import { compile } from '../tensor/compile.ts';
import { full, ones, randint, randn, tensor, zeros } from '../tensor/create.ts';
import { gelu, relu, tanh } from '../tensor/functions/elementwise.ts';
import { crossEntropy } from '../tensor/functions/loss.ts';
import { concat } from '../tensor/functions/movement.ts';
import { manualSeed } from '../tensor/generator.ts';
import { gradcheck } from '../tensor/gradcheck.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as nn from './index.ts';

const keys = (module: nn.Module): string[] => Object.keys(module.stateDict());
const small = { dimFeedforward: 12, dropout: 0, batchFirst: true };
const attentionKeys = ['in_proj_weight', 'in_proj_bias', 'out_proj.weight', 'out_proj.bias'];
const affine = (...names: string[]): string[] => names.flatMap((name) => [`${name}.weight`, `${name}.bias`]);

async function expectClose(got: Tensor, want: Tensor, tol = 1e-5): Promise<void> {
  expect(got.shape).toEqual(want.shape);
  const [a, b] = [await got.data(), await want.data()];
  for (let i = 0; i < b.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThan(tol);
}

describe('TransformerEncoderLayer', () => {
  it('has the names and defaults of PyTorch', () => {
    const layer = new nn.TransformerEncoderLayer(8, 2);
    expect(keys(layer).sort()).toEqual(
      [
        ...attentionKeys.map((key) => `self_attn.${key}`),
        ...affine('linear1', 'linear2', 'norm1', 'norm2'),
      ].sort(),
    );
    expect(layer.linear1.outFeatures).toBe(2048);
    expect([layer.dropout.p, layer.dropout1.p, layer.dropout2.p, layer.selfAttn.dropout]).toEqual([
      0.1, 0.1, 0.1, 0.1,
    ]);
    expect([layer.norm1.eps, layer.normFirst, layer.selfAttn.batchFirst]).toEqual([1e-5, false, false]);
    expect(
      keys(new nn.TransformerEncoderLayer(8, 2, { bias: false })).some((key) => key.endsWith('bias')),
    ).toBe(false);
    expect(layer.summary([5, 1, 8])).toMatch(/linear1 +Linear +\[5, 1, 2048\] +18,432/);
  });

  it.each([
    ['gelu', gelu],
    ['relu', relu],
    [tanh, tanh],
  ] as const)('is attention and two linear layers, each added and normalized', async (activation, f) => {
    const x: Tensor = randn([2, 5, 8]);
    for (const normFirst of [false, true]) {
      const m = new nn.TransformerEncoderLayer(8, 2, {
        ...small,
        activation: activation as 'relu',
        normFirst,
      });
      const attend = (x: Tensor): Tensor => m.selfAttn.forward(x)[0];
      const feed = (x: Tensor): Tensor => m.linear2.forward(f(m.linear1.forward(x)) as Tensor);
      let want: Tensor;
      if (normFirst) {
        const y = x.add(attend(m.norm1.forward(x)));
        want = y.add(feed(m.norm2.forward(y)));
      } else {
        const y = m.norm1.forward(x.add(attend(x)));
        want = m.norm2.forward(y.add(feed(y)));
      }
      await expectClose(m.forward(x), want);
    }
  });

  it('hands its masks on', async () => {
    const m = new nn.TransformerEncoderLayer(8, 2, small);
    const x: Tensor = randn([2, 5, 8]);
    const causal = m.forward(x, { isCausal: true });
    await expectClose(m.forward(x, { srcMask: nn.Transformer.generateSquareSubsequentMask(5) }), causal);
    await expectClose(causal.narrow(1, 0, 3), m.forward(x.narrow(1, 0, 3), { isCausal: true }));
    const padding = tensor(
      [
        [0, 0, 0, 1, 1],
        [0, 0, 0, 1, 1],
      ],
      { dtype: 'bool' },
    );
    const padded = m.forward(x, { srcKeyPaddingMask: padding });
    await expectClose(padded.narrow(1, 0, 3), m.forward(x.narrow(1, 0, 3)));
  });

  it('keeps the shape in its type', () => {
    const model = new nn.Sequential(new nn.TransformerEncoderLayer(8, 2, small), new nn.Linear(8, 3));
    expectTypeOf(model.forward(zeros([2, 5, 8]))).toEqualTypeOf<Tensor<[2, 5, 3], 'float32'>>();
  });

  it('names itself and the argument in errors', () => {
    const m = new nn.TransformerEncoderLayer(8, 2, small);
    const name = 'TransformerEncoderLayer(8, 2)';
    expect(() => m.forward(zeros([2, 5, 7]))).toThrow(`${name}: query: got [2, 5, 7], expected [N, T, 8]`);
    expect(() => m.forward(zeros([2, 5, 8]), { srcMask: ones([4, 4], { dtype: 'bool' }) })).toThrow(
      `${name}: srcMask: got [4, 4], expected [5, 5] or [4, 5, 5]`,
    );
    expect(() => m.forward(zeros([2, 5, 8]), { srcKeyPaddingMask: ones([2, 4]) })).toThrow(
      `${name}: srcKeyPaddingMask: got [2, 4], expected [2, 5]`,
    );
    expect(() => new nn.TransformerEncoderLayer(8, 2, { activation: 'swish' as 'relu' })).toThrow(
      "TransformerEncoderLayer: there is no activation 'swish'",
    );
  });

  it('has the right gradient', () => {
    const m = new nn.TransformerEncoderLayer(4, 2, { ...small, activation: 'gelu' });
    expect(gradcheck((x) => m.forward(x, { isCausal: true }), [randn([2, 3, 4], { dtype: 'float64' })])).toBe(
      true,
    );
  });
});

describe('TransformerDecoderLayer', () => {
  it('attends to itself, then to the memory', async () => {
    const x: Tensor = randn([2, 5, 8]);
    const memory: Tensor = randn([2, 6, 8]);
    const hide = tensor(
      [
        [0, 0, 0, 0, 0, 1],
        [0, 1, 0, 0, 0, 0],
      ],
      { dtype: 'bool' },
    );
    for (const normFirst of [false, true]) {
      const m = new nn.TransformerDecoderLayer(8, 2, { ...small, normFirst });
      const own = (x: Tensor): Tensor => m.selfAttn.forward(x, x, x, { isCausal: true })[0];
      const other = (x: Tensor): Tensor =>
        m.multiheadAttn.forward(x, memory, memory, { keyPaddingMask: hide })[0];
      const feed = (x: Tensor): Tensor => m.linear2.forward(relu(m.linear1.forward(x)));
      let want = x;
      const parts: [nn.LayerNorm, (x: Tensor) => Tensor][] = [
        [m.norm1, own],
        [m.norm2, other],
        [m.norm3, feed],
      ];
      for (const [norm, part] of parts)
        want = normFirst ? want.add(part(norm.forward(want))) : norm.forward(want.add(part(want)));
      await expectClose(m.forward(x, memory, { tgtIsCausal: true, memoryKeyPaddingMask: hide }), want);
      expect(keys(m).sort()).toEqual(
        [
          ...['self_attn', 'multihead_attn'].flatMap((name) => attentionKeys.map((key) => `${name}.${key}`)),
          ...affine('linear1', 'linear2', 'norm1', 'norm2', 'norm3'),
        ].sort(),
      );
      expect(() => m.forward(x, memory, { memoryMask: zeros([5, 5]) })).toThrow(
        'TransformerDecoderLayer(8, 2): memoryMask: got [5, 5], expected [5, 6] or [4, 5, 6]',
      );
    }
  });
});

describe('TransformerEncoder and TransformerDecoder', () => {
  it('are copies of a layer, equal at first', async () => {
    const layer = new nn.TransformerEncoderLayer(8, 2, small);
    const model = new nn.TransformerEncoder(layer, 2, { norm: new nn.LayerNorm(8) });
    const [first, second] = [...model.layers];
    expect(keys(model)).toContain('layers.1.self_attn.in_proj_weight');
    expect(keys(model)).toContain('norm.weight');
    expect(model.parameters().length).toBe(2 * 12 + 2);
    expect(await second.linear1.weight.data()).toEqual(await layer.linear1.weight.data());
    const x: Tensor = randn([2, 5, 8]);
    const mask = nn.Transformer.generateSquareSubsequentMask(5);
    const want = model.norm!.forward(second.forward(first.forward(x, { srcMask: mask }), { srcMask: mask }));
    await expectClose(model.forward(x, { mask }), want as Tensor);
  });

  it('generate with caches what they give at once', async () => {
    const encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(8, 2, small), 2);
    const decoder = new nn.TransformerDecoder(new nn.TransformerDecoderLayer(8, 2, small), 2);
    const x: Tensor = randn([1, 5, 8]);
    const memory: Tensor = randn([1, 3, 8]);
    const make = (): nn.KeyValueCache[] => [0, 1].map(() => new nn.KeyValueCache([1, 2, 5, 4]));
    const [a, b] = [make(), make()];
    const step = compile((x: Tensor) => [
      encoder.forward(x, { caches: a }),
      decoder.forward(x, memory, { caches: b }),
    ]);
    const steps = x.split(1, 1).map((part) => step(part));
    await expectClose(
      concat(
        steps.map(([y]) => y),
        1,
      ) as Tensor,
      encoder.forward(x, { isCausal: true }),
    );
    await expectClose(
      concat(
        steps.map(([, y]) => y),
        1,
      ) as Tensor,
      decoder.forward(x, memory, { tgtIsCausal: true }),
    );
    expect(step.programs).toBe(1);
    expect(() => encoder.forward(x, { caches: [] })).toThrow('TransformerEncoder: 0 caches for 2 layers');
  });
});

describe('Transformer', () => {
  const make = (options: object = {}): nn.Transformer =>
    new nn.Transformer(8, 2, { ...small, numEncoderLayers: 1, numDecoderLayers: 2, ...options });

  it('has the names and first numbers of PyTorch', async () => {
    const model = make();
    expect(keys(model).filter((key) => key.endsWith('norm.weight'))).toEqual([
      'encoder.norm.weight',
      'decoder.norm.weight',
    ]);
    expect(keys(model)).toContain('decoder.layers.1.multihead_attn.out_proj.weight');
    expect(model.parameters().length).toBe(12 + 2 * 18 + 4);
    const largest = Math.max(...(await model.encoder.layers.at(0).linear1.weight.data()).map(Math.abs));
    expect(largest).toBeLessThan(Math.sqrt(6 / 20));
    expect(largest).toBeGreaterThan(0.9 * Math.sqrt(6 / 20));
  });

  it('is an encoder and a decoder, loaded bit for bit, and the same inside compile', async () => {
    const model = make();
    const [src, tgt]: Tensor[] = [randn([2, 6, 8]), randn([2, 4, 8])];
    const got = model.forward(src, tgt, { tgtIsCausal: true });
    const want = model.decoder.forward(tgt, model.encoder.forward(src), { tgtIsCausal: true });
    expect(await got.data()).toEqual(await want.data());
    const other = make();
    other.loadStateDict(model.stateDict());
    expect(await other.forward(src, tgt, { tgtIsCausal: true }).data()).toEqual(await got.data());
    const run = compile((src: Tensor, tgt: Tensor) => model.forward(src, tgt, { tgtIsCausal: true }));
    await expectClose(run(src, tgt), got);
    const second = make({ batchFirst: false });
    second.loadStateDict(model.stateDict());
    const turned = second.forward(src.transpose(0, 1), tgt.transpose(0, 1), { tgtIsCausal: true });
    await expectClose(turned.transpose(0, 1), got);
  });

  it('drops while training, and not after', async () => {
    const model = make({ dropout: 0.5 });
    const x: Tensor = randn([2, 4, 8]);
    const twice = async (): Promise<boolean> => {
      const [a, b] = [await model.forward(x, x).data(), await model.forward(x, x).data()];
      return a.every((value, i) => value === b[i]);
    };
    expect(await twice()).toBe(false);
    model.eval();
    expect(await twice()).toBe(true);
  });

  it('learns to copy a sequence', async () => {
    manualSeed(11);
    const [batch, length, symbols, features] = [32, 6, 8, 16];
    class Copier extends nn.Module {
      readonly embedding = new nn.Embedding(symbols + 1, features);
      readonly positions = new nn.SinusoidalPositionalEncoding(features, { batchFirst: true });
      readonly transformer = new nn.Transformer(features, 2, {
        numEncoderLayers: 1,
        numDecoderLayers: 1,
        dimFeedforward: 32,
        dropout: 0,
        batchFirst: true,
      });
      readonly out = new nn.Linear(features, symbols);

      forward(src: Tensor, tgt: Tensor): Tensor {
        const [a, b] = [src, tgt].map((x) => this.positions.forward(this.embedding.forward(x)));
        return this.out.forward(this.transformer.forward(a, b, { tgtIsCausal: true }) as Tensor);
      }
    }
    const model = new Copier();
    const adam = new Adam(model.parameters(), { lr: 0.005 });
    const begin = full([batch, 1], symbols, { dtype: 'int32' });
    const step = compile((x: Tensor) => {
      const before = concat([begin, x.narrow(1, 0, length - 1)], 1) as Tensor;
      const logits = model.forward(x, before);
      const loss = crossEntropy(logits.reshape([batch * length, symbols]), x.reshape([batch * length]));
      adam.zeroGrad();
      loss.backward();
      adam.step();
      return [loss, logits.argmax(-1).eq(x).to('float32').mean()] as const;
    });
    let accuracy = 0;
    for (let i = 0; i < 400 && accuracy < 1; i++) {
      const [, right] = step(randint(0, symbols, [batch, length]) as Tensor);
      if (i % 20 === 19) accuracy = await right.item();
    }
    expect(accuracy).toBeGreaterThan(0.98);
  });
});
