import { describe, expect, it, test } from 'vitest';
import { compile } from '../tensor/compile.ts';
import { randn, tensor, zeros } from '../tensor/create.ts';
import { concat, stack } from '../tensor/functions.ts';
import { manualSeed } from '../tensor/generator.ts';
import { gradcheck } from '../tensor/gradcheck.ts';
import type { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as nn from './index.ts';

type State = Tensor | [Tensor, Tensor];
type Net = nn.RNN | nn.LSTM | nn.GRU;
type Forward = (x: Tensor, state?: State | null, options?: nn.SequenceOptions) => [Tensor, State];
type Kind = 'RNN' | 'LSTM' | 'GRU';

const layers = { RNN: nn.RNN, LSTM: nn.LSTM, GRU: nn.GRU };
const cells = { RNN: nn.RNNCell, LSTM: nn.LSTMCell, GRU: nn.GRUCell };
const kinds = ['RNN', 'LSTM', 'GRU'] as const;
const make = (kind: Kind, options?: nn.RecurrentOptions): Net => new layers[kind](3, 4, options);
const run = (net: Net, ...args: Parameters<Forward>): ReturnType<Forward> =>
  (net.forward as Forward)(...args);
const partsOf = (state: State): Tensor[] => (Array.isArray(state) ? state : [state]);
const stateOf = (kind: Kind, shape: number[]): State =>
  kind === 'LSTM' ? [randn(shape), randn(shape)] : randn(shape);

function expectClose(got: Tensor, want: Tensor, digits = 5): void {
  expect(got.shape).toEqual(want.shape);
  const wanted = want.dataSync();
  got.dataSync().forEach((value, i) => void expect(value).toBeCloseTo(wanted[i], digits));
}

describe.each(kinds)('%s', (kind) => {
  it('is its cell, step after step, and so are the gradients', () => {
    manualSeed(1);
    const net = make(kind);
    const cell = new cells[kind](3, 4);
    cell.loadStateDict(
      Object.fromEntries(
        Object.entries(net.stateDict()).map(([name, value]) => [name.replace('_l0', ''), value]),
      ),
    );
    const x = randn([5, 2, 3]) as Tensor;
    const [output, last] = run(net, x);
    let state: State | null = null;
    const outputs: Tensor[] = [];
    for (let t = 0; t < 5; t++) {
      state = (cell.forward as (x: Tensor, state: State | null) => State)(x.select(0, t), state);
      outputs.push(partsOf(state)[0]);
    }
    const unrolled = stack(outputs) as Tensor;
    expectClose(output, unrolled);
    partsOf(last).forEach((part, i) => void expectClose(part, partsOf(state!)[i].unsqueeze(0)));
    output.square().sum().backward();
    unrolled.square().sum().backward();
    const gradients = cell.namedParameters().map(([, { grad }]) => grad!);
    for (const [i, [, { grad }]] of net.namedParameters().entries()) expectClose(grad!, gradients[i], 4);
  });

  it('agrees with finite differences, for input and states, masked too', () => {
    manualSeed(2);
    const net = make(kind, { numLayers: 2, bidirectional: true });
    const dtype = 'float64';
    const x = randn([3, 2, 3], { dtype });
    const states = partsOf(stateOf(kind, [4, 2, 4])).map((state) => state.to(dtype));
    for (const lengths of [null, tensor([3, 1], { dtype: 'int32' })]) {
      const f = (input: Tensor, ...given: Tensor[]): Tensor => {
        const [output, last] = run(net, input, kind === 'LSTM' ? [given[0], given[1]] : given[0], {
          lengths,
        });
        return concat([output, ...partsOf(last)].map((part) => part.flatten()));
      };
      expect(gradcheck(f, [x, ...states])).toBe(true);
    }
  });

  it('bidirectional is one run forward and one backward, side by side', () => {
    manualSeed(3);
    const both = make(kind, { bidirectional: true });
    const [forward, backward] = [make(kind), make(kind)];
    const dict = Object.entries(both.stateDict());
    forward.loadStateDict(Object.fromEntries(dict.filter(([name]) => !name.endsWith('_reverse'))));
    backward.loadStateDict(
      Object.fromEntries(
        dict
          .filter(([name]) => name.endsWith('_reverse'))
          .map(([name, value]) => [name.replace('_reverse', ''), value]),
      ),
    );
    const x = randn([5, 2, 3]) as Tensor;
    const state = stateOf(kind, [2, 2, 4]);
    const part = (i: number): State => {
      const parts = partsOf(state).map((whole) => whole.narrow(0, i, 1));
      return kind === 'LSTM' ? [parts[0], parts[1]] : parts[0];
    };
    const [output, last] = run(both, x, state);
    const [ahead, aheadLast] = run(forward, x, part(0));
    const [back, backLast] = run(backward, x.flip(0), part(1));
    expectClose(output, concat([ahead, back.flip(0)], -1));
    partsOf(last).forEach((whole, i) => {
      expectClose(whole, concat([partsOf(aheadLast)[i], partsOf(backLast)[i]]));
    });
  });

  it('with lengths, gives for each sequence what it gives for the shorter one', () => {
    manualSeed(4);
    const net = make(kind, { numLayers: 2, bidirectional: true, batchFirst: true });
    const counts = [5, 2, 0, 3];
    const x = randn([4, 5, 3]) as Tensor;
    const first = stateOf(kind, [4, 4, 4]);
    const [output, last] = run(net, x, first, { lengths: tensor(counts, { dtype: 'int32' }) });
    for (const [n, count] of counts.entries()) {
      const rows = output.select(0, n);
      expect(
        rows
          .narrow(0, count, 5 - count)
          .dataSync()
          .every((value) => value === 0),
      ).toBe(true);
      const of = (state: State): Tensor[] => partsOf(state).map((part) => part.select(1, n));
      if (!count) {
        of(last).forEach((part, i) => void expectClose(part, of(first)[i]));
        continue;
      }
      const own = of(first);
      const [shorter, end] = run(
        net,
        x.select(0, n).narrow(0, 0, count),
        kind === 'LSTM' ? [own[0], own[1]] : own[0],
      );
      expectClose(rows.narrow(0, 0, count), shorter);
      partsOf(end).forEach((part, i) => void expectClose(of(last)[i], part));
    }
  });

  it('is saved and loaded bit for bit, without biases too', () => {
    for (const bias of [true, false]) {
      const options = { numLayers: 2, bidirectional: true, bias };
      const [net, other] = [make(kind, options), make(kind, options)];
      other.loadStateDict(net.stateDict());
      const names = ['weight_ih', 'weight_hh', ...(bias ? ['bias_ih', 'bias_hh'] : [])];
      expect(Object.keys(other.stateDict())).toEqual(
        ['_l0', '_l0_reverse', '_l1', '_l1_reverse'].flatMap((suffix) => names.map((name) => name + suffix)),
      );
      expect(other.weights.weight_ih_l1.shape[1]).toBe(8);
      const x = randn([5, 2, 3]) as Tensor;
      expect(run(other, x)[0].dataSync()).toEqual(run(net, x)[0].dataSync());
      expect(net.summary([5, 2, 3])).toContain('[5, 2, 8]');
    }
  });

  it('gives inside compile the same bits, and learns there', () => {
    manualSeed(5);
    const net = make(kind, { numLayers: 2, batchFirst: true, dropout: 0.3 }).eval();
    const x = randn([2, 5, 3]) as Tensor;
    expect(compile((input: Tensor) => run(net, input)[0])(x).dataSync()).toEqual(run(net, x)[0].dataSync());
    net.train();
    const step = compile((input: Tensor) => {
      net.zeroGrad();
      const loss = run(net, input)[0].square().mean();
      loss.backward();
      for (const parameter of net.parameters() as Parameter[])
        parameter.value = parameter.value.sub(parameter.grad!.mul(0.5));
      return loss;
    });
    const before = step(x).itemSync();
    for (let i = 0; i < 30; i++) step(x);
    expect(step(x).itemSync()).toBeLessThan(before / 2);
  });

  it('takes one sequence without a batch', () => {
    const net = make(kind, { numLayers: 2, batchFirst: true });
    const x = randn([5, 3]) as Tensor;
    const [output, last] = run(net, x);
    const [batched, batchedLast] = run(net, x.unsqueeze(0));
    expect(output.dataSync()).toEqual(batched.dataSync());
    expect(output.shape).toEqual([5, 4]);
    partsOf(last).forEach((part, i) => {
      expect(part.shape).toEqual([2, 4]);
      expect(part.dataSync()).toEqual(partsOf(batchedLast)[i].dataSync());
    });
  });

  it('says which argument does not fit', () => {
    const net = make(kind, { batchFirst: true });
    expect(() => run(net, zeros([2, 5, 4]))).toThrow(
      `${kind}(3, 4): input: got [2, 5, 4], expected [N, T, 3]`,
    );
    expect(() => run(net, zeros([3]))).toThrow(`${kind}(3, 4): input: got [3], expected [T, 3]`);
    expect(() => run(net, zeros([2, 0, 3]))).toThrow(`${kind}(3, 4): the sequence has no steps`);
    expect(() => run(net, zeros([2, 5, 3]), stateOf(kind, [1, 3, 4]))).toThrow(
      `${kind}(3, 4): h0: got [1, 3, 4], expected [1, 2, 4]`,
    );
    expect(() => run(net, zeros([2, 5, 3]), null, { lengths: zeros([5]) })).toThrow(
      `${kind}(3, 4): lengths: got [5], expected [2]`,
    );
    expect(() => new layers[kind](3, 0)).toThrow(`${kind}: hiddenSize is a positive integer, got 0`);
    expect(() => new layers[kind](3, 4, { dropout: 2 })).toThrow(
      `${kind}: dropout is a probability from 0 to 1`,
    );
    const cell = new cells[kind](3, 4);
    expect(() => (cell.forward as (x: Tensor) => unknown)(zeros([2, 5]))).toThrow(
      `${kind}Cell(3, 4): input: got [2, 5], expected [N, 3]`,
    );
  });
});

test('weights begin uniform in ±1/√hiddenSize', () => {
  manualSeed(0);
  for (const [, parameter] of new nn.LSTM(40, 25).namedParameters()) {
    const values = parameter.dataSync() as Float32Array;
    expect(Math.max(...values)).toBeLessThan(0.2);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.2);
    expect(Math.max(...values)).toBeGreaterThan(0.18);
  }
});

test('dropout acts between layers while training', () => {
  manualSeed(6);
  const net = new nn.GRU(3, 4, { numLayers: 2, dropout: 1 });
  const [x, y] = [randn([5, 2, 3]), randn([5, 2, 3])];
  expect(net.forward(x)[0].dataSync()).toEqual(net.forward(y)[0].dataSync());
  net.eval();
  expect(net.forward(x)[0].dataSync()).not.toEqual(net.forward(y)[0].dataSync());
});

test('RNN refuses a nonlinearity it does not know', () => {
  expect(() => new nn.RNN(3, 4, { nonlinearity: 'sin' as 'tanh' })).toThrow(
    "RNN: there is no nonlinearity 'sin'",
  );
  expect(() => new nn.RNNCell(3, 4, { nonlinearity: 'sin' as 'tanh' })).toThrow(/RNNCell: there is no/);
});
