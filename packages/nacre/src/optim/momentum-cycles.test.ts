import { beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../tensor/compile.ts';
import { tensor } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as optim from './index.ts';

type Row = readonly [lr: number, momentum: number, before: readonly number[]];

const gradientAt = (t: number): Tensor => tensor([0.5 * (t + 1), -0.25 * ((t % 3) - 1)]);

/** What PyTorch 1.13 gives: rate, momentum and parameter before each step. */
const cases: readonly [
  string,
  (p: Parameter[]) => optim.Optimizer,
  (o: optim.Optimizer) => optim.LRScheduler,
  readonly Row[],
][] = [
  [
    'OneCycleLR with SGD',
    (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9 }),
    (o) => new optim.OneCycleLR(o, { maxLr: 0.2, totalSteps: 6 }),
    [
      [0.008, 0.95, [1, -2]],
      [0.198883, 0.850558, [0.996, -2.002]],
      [0.162349, 0.868826, [0.712536, -2.044291]],
      [0.092527, 0.903737, [0.267972, -2.033697]],
      [0.026696, 0.936653, [-0.146062, -2.051372]],
      [0.000001, 0.95, [-0.324688, -2.056149]],
    ],
  ],
  [
    'OneCycleLR with Adam, in three straight phases',
    (p) => new optim.Adam(p, { lr: 0.1 }),
    (o) =>
      new optim.OneCycleLR(o, {
        maxLr: 0.2,
        totalSteps: 6,
        baseMomentum: 0.7,
        maxMomentum: 0.9,
        threePhase: true,
        annealStrategy: 'linear',
      }),
    [
      [0.008, 0.9, [1, -2]],
      [0.152, 0.75, [0.992, -2.008]],
      [0.007059, 0.9, [0.865672, -2.044859]],
      [0.004706, 0.9, [0.855818, -2.043823]],
      [0.002354, 0.9, [0.850145, -2.04494]],
      [0.000001, 0.9, [0.847509, -2.045413]],
    ],
  ],
  [
    'CyclicLR with SGD',
    (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9 }),
    (o) => new optim.CyclicLR(o, { baseLr: 0.01, maxLr: 0.1, stepSizeUp: 2 }),
    [
      [0.01, 0.9, [1, -2]],
      [0.055, 0.85, [0.995, -2.0025]],
      [0.1, 0.8, [0.916625, -2.014188]],
      [0.055, 0.85, [0.652625, -2.006188]],
      [0.01, 0.9, [0.419205, -2.016198]],
      [0.055, 0.85, [0.356009, -2.017836]],
    ],
  ],
];

beforeEach(() => setDevice('wasm'));

describe.each(cases)('%s', (_, make, schedule, rows) => {
  it.each([false, true])('agrees with PyTorch, compiled: %s', async (isCompiled) => {
    const parameter = new Parameter(tensor([1, -2]));
    const optimizer = make([parameter]);
    const step = (gradient: Tensor): void => {
      parameter.grad = gradient;
      optimizer.step();
    };
    const compiled = compile(step);
    const run = isCompiled ? compiled : step;
    const cycle = schedule(optimizer);
    for (const [t, [lr, momentum, before]] of rows.entries()) {
      expect(optimizer.lr).toBeCloseTo(lr, 5);
      expect(optimizer.groups[0].momentum).toBeCloseTo(momentum, 5);
      const now = await parameter.tolist();
      before.forEach((number, i) => {
        expect((now as number[])[i]).toBeCloseTo(number, 4);
      });
      run(gradientAt(t));
      if (t + 1 < rows.length) cycle.step();
    }
    expect(compiled.programs).toBe(Number(isCompiled));
  });

  it('goes on from a kept state', () => {
    const [one, other] = [1, 2].map(() => make([new Parameter(tensor([1, -2]))]));
    const cycle = schedule(one);
    for (let t = 0; t < 3; t++) cycle.step();
    other.loadStateDict(one.stateDict());
    expect(other.groups[0].momentum).toBe(one.groups[0].momentum);
    expect(other.lr).toBe(one.lr);
    const next = schedule(other);
    next.loadStateDict(JSON.parse(JSON.stringify(cycle.stateDict())));
    expect(other.groups[0].momentum).toBe(one.groups[0].momentum);
  });
});

describe('momentum', () => {
  it('set by hand makes a compiled step be traced once more, and not again', async () => {
    const parameter = new Parameter(tensor([0]));
    const sgd = new optim.SGD([parameter], { lr: 1, momentum: 0.5 });
    const step = compile(() => {
      parameter.grad = tensor([-1]);
      sgd.step();
    });
    step();
    expect(await parameter.tolist()).toEqual([1]);
    sgd.groups[0].momentum = 0.25;
    step();
    expect(await parameter.tolist()).toEqual([2.25]);
    expect(step.programs).toBe(2);
    sgd.groups[0].momentum = 0;
    step();
    expect(await parameter.tolist()).toEqual([3.25]);
    expect(step.programs).toBe(2);
  });

  it('is left alone where there is none, or where it is not wanted', () => {
    const plain = new optim.SGD([new Parameter(tensor([0]))]);
    new optim.OneCycleLR(plain, { maxLr: 1, totalSteps: 5 });
    expect(plain.groups[0].momentum).toBeUndefined();
    const make = (): unknown => new optim.OneCycleLR(plain, { maxLr: 1, totalSteps: 5, cycleMomentum: true });
    expect(make).toThrow('OneCycleLR: cycleMomentum is for optimizers with a momentum');
    const adam = new optim.Adam([new Parameter(tensor([0]))]);
    new optim.OneCycleLR(adam, { maxLr: 1, totalSteps: 5, cycleMomentum: false });
    expect(adam.groups[0].momentum).toBe(0.9);
    expect(Object.keys(adam.stateDict())).not.toContain('groups.0.momentum');
  });

  it('is refused out of its range, and where there is none', () => {
    const [group] = new optim.SGD([new Parameter(tensor([0]))], { momentum: 0.5 }).groups;
    expect(() => Object.assign(group, { momentum: 2 })).toThrow(
      'SGD: momentum is a number from 0 to 1, got 2',
    );
    const [plain] = new optim.SGD([new Parameter(tensor([0]))]).groups;
    expect(() => Object.assign(plain, { momentum: 0.5 })).toThrow('there is no momentum to set');
  });
});
