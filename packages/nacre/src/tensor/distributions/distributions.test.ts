import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { tensor } from '../create.ts';
import { setDevice } from '../engine.ts';
import { manualSeed } from '../generator.ts';
import { grad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import { Parameter } from '../parameter.ts';
import type { Tensor } from '../tensor.ts';
import * as D from './index.ts';

const double = (data: readonly unknown[]): Tensor => tensor(data, { dtype: 'float64' });
const t = (...data: number[]): Tensor => double(data);
const ints = (...data: number[]): Tensor => tensor(data, { dtype: 'int32' });
const nan = Number.NaN;

interface Row {
  p: D.Distribution | D.Categorical;
  value: Tensor;
  logProb: number[];
  mean: number[];
  variance: number[];
  entropy: number[];
  /** The other distribution, and the divergence of p from it. */
  q?: D.Distribution | D.Categorical;
  kl?: number[];
}

// What PyTorch 1.13 gives in float64; the entropy of Poisson, which it lacks, by the sum over 400 terms.
const rows: Readonly<Record<string, Row>> = {
  Normal: {
    p: new D.Normal(t(0.5, -1), t(2, 0.3)),
    q: new D.Normal(t(0, 1), t(1, 0.7)),
    value: t(0.25, -1.5),
    logProb: [-1.619898213764618, -1.1038546177676254],
    mean: [0.5, -1],
    variance: [4, 0.09],
    entropy: [2.112085713764618, 0.21496572887873655],
    kl: [0.9318528194400547, 4.520767248142306],
  },
  Uniform: {
    p: new D.Uniform(t(0, -2), t(1, 3)),
    value: t(0.25, 2.5),
    logProb: [0, -1.6094379124341003],
    mean: [0.5, 0.5],
    variance: [0.08333333333333333, 2.0833333333333335],
    entropy: [0, 1.6094379124341003],
  },
  'Bernoulli of probs': {
    p: new D.Bernoulli({ probs: t(0.3, 1) }),
    q: new D.Bernoulli({ probs: t(0.6, 0.5) }),
    value: t(0, 1),
    logProb: [-0.3566749439387322, 0],
    mean: [0.3, 1],
    variance: [0.21, 0],
    entropy: [0.6108643020548934, 0],
    kl: [0.1837868973868122, 0.6931471805599451],
  },
  'Bernoulli of logits': {
    p: new D.Bernoulli({ logits: t(-2, 3) }),
    q: new D.Bernoulli({ logits: t(0.5, 1) }),
    value: t(1, 0),
    logProb: [-2.1269280110429727, -3.048587351573742],
    mean: [0.11920292202211755, 0.9525741268224334],
    variance: [0.1049935854035065, 0.045176659730912],
    entropy: [0.3653338550872077, 0.19086497110644188],
    kl: [0.5491416680818404, 0.1698225895893475],
  },
  'Categorical of probs': {
    p: new D.Categorical({
      probs: double([
        [1, 2, 0],
        [3, 1, 4],
      ]),
    }),
    q: new D.Categorical({
      probs: double([
        [1, 1, 1],
        [2, 5, 4],
      ]),
    }),
    value: ints(1, 2),
    logProb: [-0.40546510810816444, -Math.LN2],
    mean: [nan, nan],
    variance: [nan, nan],
    entropy: [0.6365141682948128, 0.9743147528693494],
    kl: [0.4620981203732969, 0.26932340760483375],
  },
  'Categorical of logits': {
    p: new D.Categorical({
      logits: double([
        [1, -2, 0],
        [3, 1, 4],
      ]),
    }),
    q: new D.Categorical({
      logits: double([
        [0, 1, 1],
        [2, -5, 4],
      ]),
    }),
    value: ints(2, 0),
    logProb: [-1.3490122167681864, -1.3490122167681866],
    mean: [nan, nan],
    variance: [nan, nan],
    entropy: [0.7138657579886247, 0.7138657579886247],
    kl: [0.8535135587678676, 0.2482351094607691],
  },
  Poisson: {
    p: new D.Poisson(t(0.7, 40)),
    q: new D.Poisson(t(2, 30)),
    value: t(3, 37),
    logProb: [-3.561784301044252, -2.8420726525717726],
    mean: [0.7, 40],
    variance: [0.7, 40],
    entropy: [1.1045971987254766, 3.2612680129376885],
    kl: [0.5651245128509256, 1.5072828980712316],
  },
  Gamma: {
    p: new D.Gamma(t(0.4, 3), t(2, 0.5)),
    q: new D.Gamma(t(1.5, 2), t(1, 0.25)),
    value: t(0.3, 4),
    logProb: [-0.3970352628822439, -2],
    mean: [0.2, 6],
    variance: [0.1, 12],
    entropy: [-1.0333000896092306, 2.5407256909229567],
    kl: [2.7397837145465154, 0.1159315156584122],
  },
  Beta: {
    p: new D.Beta(t(0.5, 3), t(0.7, 2)),
    q: new D.Beta(t(1.5, 2), t(1, 4)),
    value: t(0.2, 0.9),
    logProb: [-0.04694425784836931, -0.02839947452169811],
    mean: [0.4166666666666667, 0.6],
    variance: [0.11047979797979797, 0.04],
    entropy: [-0.1979238823866587, -0.23490664978800035],
    kl: [0.6296938389931116, 1.0725077095673428],
  },
  Exponential: {
    p: new D.Exponential(t(0.5, 3)),
    q: new D.Exponential(t(1, 2)),
    value: t(0.2, 4),
    logProb: [-0.7931471805599453, -10.90138771133189],
    mean: [2, 1 / 3],
    variance: [4, 1 / 9],
    entropy: [1.6931471805599454, -0.09861228866810978],
    kl: [0.3068528194400546, 0.07213177477483113],
  },
  Laplace: {
    p: new D.Laplace(t(0.5, -3), t(2, 0.7)),
    q: new D.Laplace(t(0, -2), t(1, 0.9)),
    value: t(0.2, -4),
    logProb: [-1.5362943611198905, -1.7650436651926416],
    mean: [0.5, -3],
    variance: [8, 0.98],
    entropy: [2.386294361119891, 1.336472236621213],
    kl: [0.3644543855828646, 0.5488207899578428],
  },
};

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  test.each(Object.entries(rows))('%s agrees with PyTorch', (name, { p, q, value, ...expected }) => {
    const close = (numbers: readonly number[], digits = 11): unknown[] =>
      numbers.map((number) => (Number.isNaN(number) ? nan : expect.closeTo(number, digits)));
    expect(p.logProb(value).tolistSync()).toEqual(close(expected.logProb));
    expect(p.mean.tolistSync()).toEqual(close(expected.mean));
    expect(p.variance.tolistSync()).toEqual(close(expected.variance));
    expect(p.entropy().tolistSync()).toEqual(close(expected.entropy, name === 'Poisson' ? 6 : 11));
    if (q) expect(D.klDivergence(p, q).tolistSync()).toEqual(close(expected.kl!));
  });

  test('draws have the shape asked for, then that of the parameters, and the moments they should have', () => {
    manualSeed(3);
    const n = device === 'wasm' ? 20_000 : 1000;
    for (const [name, { p, mean, variance }] of Object.entries(rows)) {
      if (p instanceof D.Categorical) continue;
      const x = p.sample([n]);
      expect(x.shape).toEqual([n, 2]);
      expect(x.dtype).toBe('float64');
      const found = x.mean(0).tolistSync() as number[];
      // Five standard deviations of a mean of n numbers.
      found.forEach((value, i) => {
        expect(Math.abs(value - mean[i]), name).toBeLessThanOrEqual(5 * Math.sqrt(variance[i] / n) + 1e-12);
      });
    }
    const classes = (rows['Categorical of probs'].p as D.Categorical).sample([n]);
    expect([classes.shape, classes.dtype]).toEqual([[n, 2], 'int32']);
    const shares = classes.eq(1).to('float64').mean(0).tolistSync() as number[];
    [2 / 3, 1 / 8].forEach((p, i) => {
      expect(Math.abs(shares[i] - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n));
    });
    expect(classes.select(1, 0).max().itemSync()).toBe(1);
  });
});

describe('gradients', () => {
  test('of the logarithm of the density, the entropy and the divergence', () => {
    const [a, b, c, d] = [t(0.5, 1.7), t(1.3, 0.8), t(0.9, 2.2), t(1.1, 0.6)];
    const value = t(0.3, 0.6);
    for (const kind of [D.Normal, D.Gamma, D.Beta, D.Laplace]) {
      expect(
        gradcheck((u, v, x) => new kind(u, v).logProb(x), [a, b, value]),
        kind.name,
      ).toBe(true);
      expect(
        gradcheck((u, v) => new kind(u, v).entropy(), [a, b]),
        kind.name,
      ).toBe(true);
      expect(
        gradcheck(
          (u, v, w, x) => D.klDivergence<D.Distribution>(new kind(u, v), new kind(w, x)),
          [a, b, c, d],
        ),
      ).toBe(true);
    }
    expect(gradcheck((rate) => new D.Poisson(rate).logProb(t(2, 0)), [a])).toBe(true);
    expect(gradcheck((rate) => new D.Poisson(rate).entropy(), [t(0.5, 30)])).toBe(true);
    expect(gradcheck((logits) => new D.Categorical({ logits }).logProb(1), [a])).toBe(true);
    expect(gradcheck((probs) => new D.Categorical({ probs }).entropy(), [a])).toBe(true);
    expect(gradcheck((probs) => new D.Bernoulli({ probs }).entropy(), [t(0.2, 0.9)])).toBe(true);
  });

  test('flow through rsample, and not through sample', () => {
    const at = (scale: Tensor): Tensor => {
      manualSeed(5);
      return new D.Normal(1, scale).rsample([3]);
    };
    const noise = at(t(1)).sub(1);
    expect(grad((scale: Tensor) => at(scale).sum())(t(2)).tolistSync()).toEqual([
      expect.closeTo(noise.sum().itemSync(), 10),
    ]);
    expect(new D.Normal(1, new Parameter(tensor([2]))).sample().requiresGrad).toBe(false);
    for (const make of [
      (u: Tensor) => new D.Uniform(u, u.add(2)),
      (u: Tensor) => new D.Laplace(u, u),
      (u: Tensor) => new D.Exponential(u),
    ]) {
      const draw = (u: Tensor): Tensor => {
        manualSeed(6);
        return make(u).rsample([4]);
      };
      expect(gradcheck(draw, [t(0.7, 1.9)])).toBe(true);
    }
  });
});

test('a density is 0 outside its range, and what is certain has probability 1', () => {
  const inf = Number.NEGATIVE_INFINITY;
  expect(
    new D.Uniform(0, 1)
      .logProb(tensor([-0.1, 0, 0.5, 1]))
      .add(0)
      .tolistSync(),
  ).toEqual([inf, 0, 0, inf]);
  expect(new D.Exponential(1).logProb(-1).itemSync()).toBe(inf);
  expect(
    new D.Gamma(1, 1)
      .logProb(tensor([-1, 0]))
      .add(0)
      .tolistSync(),
  ).toEqual([inf, 0]);
  expect(
    new D.Beta(1, 1)
      .logProb(tensor([-0.5, 0, 1, 2]))
      .add(0)
      .tolistSync(),
  ).toEqual([inf, 0, 0, inf]);
  const sure = new D.Categorical({ logits: tensor([inf, 0]) });
  expect([sure.entropy().add(0).itemSync(), sure.logProb(1).add(0).itemSync()]).toEqual([0, 0]);
  expect(D.klDivergence(sure, new D.Categorical({ probs: tensor([1, 1]) })).itemSync()).toBeCloseTo(
    Math.log(2),
    6,
  );
});

test('inside compile: new numbers at each call, and the present value of a parameter', () => {
  const scale = new Parameter(tensor([1]));
  const policy = new D.Normal(0, scale);
  const step = compile((x: Tensor) => [policy.sample([4]), policy.logProb(x)] as const);
  manualSeed(1);
  const eager = [policy.sample([4]), policy.sample([4])].map((x) => x.tolistSync());
  manualSeed(1);
  expect([step(tensor([0]))[0], step(tensor([0]))[0]].map((x) => x.tolistSync())).toEqual(eager);
  expect(eager[0]).not.toEqual(eager[1]);
  scale.value = tensor([2]);
  expect(step(tensor([0]))[1].itemSync()).toBeCloseTo(-Math.log(2) - 0.5 * Math.log(2 * Math.PI), 6);
});

test('errors name the distribution', () => {
  expect(() => new D.Normal(tensor([1, 2]), tensor([1, 2, 3]))).toThrow('Normal: left: [2], right: [3]');
  expect(() => new D.Bernoulli({} as { probs: number })).toThrow('Bernoulli: give either probs or logits');
  expect(() => new D.Categorical({ probs: tensor(1) })).toThrow('Categorical: got []: expected classes');
  expect(() => D.klDivergence<D.Distribution>(new D.Normal(0, 1), new D.Laplace(0, 1))).toThrow(
    'klDivergence: there is no formula for Normal and Laplace. Estimate it',
  );
  expect(() => new D.Categorical({ probs: tensor([1, 1]) }).logProb(2).itemSync()).toThrow(
    'Categorical: index 2 is outside 0 to 1',
  );
  expect(() => new D.Normal(0, 1).sample([-1])).toThrow('Normal: every length of a shape');
});
