import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeMismatchError } from '../base/errors.ts';
import { compile } from '../tensor/compile.ts';
import { tensor, zeros } from '../tensor/create.ts';
import { relu } from '../tensor/functions.ts';
import { getRngState, manualSeed } from '../tensor/generator.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as nn from './index.ts';

class Net extends nn.Module {
  scale = new nn.Parameter(tensor([2, 3]));
  hidden = new nn.Linear(2, 3);
  seen = new nn.Buffer(tensor(0));
  out = new nn.Sequential(new nn.ReLU(), new nn.Linear(3, 1, { bias: false }));
  note = 'not a part';

  forward(x: Tensor): Tensor {
    return this.out.forward(relu(this.hidden.forward(x.mul(this.scale))));
  }
}

describe('what belongs to a module', () => {
  it('is found in fields, parameters of a module before those within it', () => {
    const net = new Net();
    expect(net.namedParameters().map(([name]) => name)).toEqual([
      'scale',
      'hidden.weight',
      'hidden.bias',
      'out.1.weight',
    ]);
    expect(net.namedBuffers().map(([name]) => name)).toEqual(['seen']);
    expect(net.namedModules().map(([name]) => name)).toEqual(['', 'hidden', 'out', 'out.0', 'out.1']);
    expect(net.namedChildren().map(([name]) => name)).toEqual(['hidden', 'out']);
    expect(net.parameters()[0]).toBe(net.scale);
  });

  it('counts once what is used twice, and keeps it under both names', () => {
    class Tied extends nn.Module {
      encoder = new nn.Linear(2, 2, { bias: false });
      decoder = this.encoder;
      forward(x: Tensor): Tensor {
        return this.decoder.forward(this.encoder.forward(x));
      }
    }
    const tied = new Tied();
    expect(tied.parameters()).toHaveLength(1);
    expect(Object.keys(tied.stateDict())).toEqual(['encoder.weight', 'decoder.weight']);
  });

  it('does not go round in a circle', () => {
    class Part extends nn.Module {
      whole: nn.Module | null = null;
      linear = new nn.Linear(1, 1);
      forward(): void {}
    }
    const part = new Part();
    part.whole = new nn.ModuleList([part]);
    expect(part.namedParameters().map(([name]) => name)).toEqual(['linear.weight', 'linear.bias']);
  });

  it('is not an array of modules, which says what to use', () => {
    class Stack extends nn.Module {
      layers = [new nn.Linear(1, 1)];
      forward(): void {}
    }
    expect(() => new Stack().parameters()).toThrow(
      /Stack: the field 'layers' is an array of modules.*ModuleList/,
    );
  });

  it('includes what lists and dictionaries of modules hold', () => {
    class Lists extends nn.Module {
      list = new nn.ModuleList<nn.Linear>([new nn.Linear(1, 2)]).push(new nn.Linear(2, 3));
      byName = new nn.ModuleDict({ a: new nn.Linear(1, 1, { bias: false }) });
      forward(): void {}
    }
    const lists = new Lists();
    expect(Object.keys(lists.stateDict())).toEqual([
      'list.0.weight',
      'list.0.bias',
      'list.1.weight',
      'list.1.bias',
      'byName.a.weight',
    ]);
    expect([...lists.list].map(({ outFeatures }) => outFeatures)).toEqual([2, 3]);
    expect(lists.list.at(-1).inFeatures).toBe(2);
    expect(() => lists.list.at(2)).toThrow(ArgumentError);
    expect(() => lists.byName.get('b')).toThrow(/there is no module 'b'. Known are: a/);
    expect(() => lists.list.forward()).toThrow(ArgumentError);
  });
});

describe('stateDict', () => {
  it('holds the values of its moment', async () => {
    const net = new Net();
    const kept = net.stateDict();
    net.scale.value = tensor([5, 5]);
    expect(await kept.scale.tolist()).toEqual([2, 3]);
    expect(Object.keys(kept)).toEqual(['scale', 'seen', 'hidden.weight', 'hidden.bias', 'out.1.weight']);
    expect(kept.scale.requiresGrad).toBe(false);
  });

  it('makes another model give the same', async () => {
    manualSeed(1);
    const [a, b] = [new Net(), new Net()];
    const x = tensor([[0.5, -1]]);
    expect(await a.forward(x).data()).not.toEqual(await b.forward(x).data());
    expect(b.loadStateDict(a.stateDict())).toEqual({ missing: [], unexpected: [] });
    expect(await a.forward(x).data()).toEqual(await b.forward(x).data());
    expect(b.loadStateDict(new Map(Object.entries(a.stateDict())))).toEqual({ missing: [], unexpected: [] });
  });

  it('converts to the dtype of the parameter', () => {
    const linear = new nn.Linear(1, 1, { bias: false });
    linear.loadStateDict({ weight: tensor([[0.25]], { dtype: 'float64' }) });
    expect(linear.weight.dtype).toBe('float32');
    expect(linear.weight.value.tolistSync()).toEqual([[0.25]]);
  });

  it('lists everything that does not fit, and changes nothing then', async () => {
    const net = new Net();
    const before = await net.hidden.weight.tolist();
    const { seen: _, ...rest } = net.stateDict();
    const wrong = { ...rest, more: zeros([1]), 'hidden.weight': zeros([3, 2]), scale: zeros([3]) };
    expect(() => net.loadStateDict(wrong)).toThrow(ShapeMismatchError);
    expect(() => net.loadStateDict(wrong)).toThrow(
      "Net.loadStateDict: missing: seen; unexpected: more; 'scale' is [2] here and [3] in the dictionary",
    );
    expect(() => net.loadStateDict({ ...rest })).toThrow(
      /missing: seen. Both must come from one architecture/,
    );
    expect(() => net.loadStateDict({ ...net.stateDict(), scale: 3 as unknown as Tensor })).toThrow(
      /'scale' is number, expected a tensor/,
    );
    expect(await net.hidden.weight.tolist()).toEqual(before);
  });

  it('loads what has the same name if it need not be strict', async () => {
    const net = new Net();
    expect(net.loadStateDict({ scale: tensor([7, 7]), other: zeros([]) }, { strict: false })).toEqual({
      missing: ['seen', 'hidden.weight', 'hidden.bias', 'out.1.weight'],
      unexpected: ['other'],
    });
    expect(await net.scale.tolist()).toEqual([7, 7]);
  });
});

describe('training', () => {
  it('is set for all modules within', () => {
    const net = new Net();
    expect(
      net
        .eval()
        .modules()
        .map(({ training }) => training),
    ).toEqual([false, false, false, false, false]);
    net.out.train();
    expect([net.training, net.out.training, net.out.layers[0].training]).toEqual([false, true, true]);
  });

  it('makes a compiled function another program when it changes', async () => {
    const model = new nn.Sequential(new nn.Dropout(1));
    const run = compile((x: Tensor) => model.forward(x));
    const x = tensor([1, 2]);
    expect(await run(x).tolist()).toEqual([0, 0]);
    model.eval();
    expect(await run(x).tolist()).toEqual([1, 2]);
    expect(run.programs).toBe(2);
    model.train();
    expect(await run(x).tolist()).toEqual([0, 0]);
    expect(run.programs).toBe(2);
  });
});

describe('zeroGrad', () => {
  it('forgets all gradients', () => {
    const net = new Net();
    net
      .forward(zeros([1, 2]))
      .sum()
      .backward();
    expect(net.parameters().every(({ grad }) => grad !== null)).toBe(true);
    net.zeroGrad();
    expect(net.parameters().every(({ grad }) => grad === null)).toBe(true);
  });
});

describe('summary', () => {
  it('shows layers, shapes and parameters', () => {
    expect(new Net().summary([4, 2])).toBe(
      [
        'Layer   Type        Output shape  Parameters',
        '--------------------------------------------',
        'hidden  Linear      [4, 3]                 9',
        'out     Sequential  [4, 1]                  ',
        '  0     ReLU        [4, 3]                 0',
        '  1     Linear      [4, 1]                 3',
        '--------------------------------------------',
        'Parameters: 14 (56 B)',
        'Buffers: 1 (4 B)',
      ].join('\n'),
    );
  });

  it('does without a shape, and for a single layer', () => {
    expect(new nn.Linear(1000, 1000).summary()).toBe(
      [
        'Layer    Type    Parameters',
        '---------------------------',
        '(model)  Linear   1,001,000',
        '---------------------------',
        'Parameters: 1,001,000 (3.8 MiB)',
      ].join('\n'),
    );
  });

  it('leaves model and random numbers as they were', () => {
    const model = new nn.Sequential(new nn.Embedding(5, 3), new nn.Dropout(0.5));
    const before = getRngState();
    expect(model.summary([2], { dtype: 'int32' })).toContain('[2, 3]');
    expect(getRngState()).toEqual(before);
    expect(model.modules().map((module) => Object.keys(module))).toEqual(
      new nn.Sequential(new nn.Embedding(5, 3), new nn.Dropout(0.5))
        .modules()
        .map((module) => Object.keys(module)),
    );
    expect(model.layers[1].training).toBe(true);
    expect(Object.hasOwn(model, 'forward')).toBe(false);
    expect(() => model.summary([2])).toThrow();
    expect(Object.hasOwn(model.layers[0], 'forward')).toBe(false);
  });
});
