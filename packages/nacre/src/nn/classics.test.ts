import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../tensor/compile.ts';
import { arange, full, ones, randn, tensor, zeros } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import * as F from '../tensor/functions.ts';
import { manualSeed } from '../tensor/generator.ts';
import { grad } from '../tensor/grad.ts';
import { gradcheck } from '../tensor/gradcheck.ts';
import { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as nn from './index.ts';

interface Case {
  f: (...inputs: Tensor[]) => Tensor;
  /** The same by a module. */
  module?: () => { forward(...inputs: Tensor[]): Tensor };
  inputs: Tensor[];
}

const double = (data: readonly unknown[]): Tensor => tensor(data, { dtype: 'float64' });
const ints = (data: readonly unknown[]): Tensor => tensor(data, { dtype: 'int32' });
/** size·cos(step·i + 0.3), the numbers PyTorch was given too. */
function waves(shape: readonly number[], { step = 1.7, size = 2 } = {}): Tensor {
  const count = shape.reduce((total, length) => total * length, 1);
  return double(Array.from({ length: count }, (_, i) => size * Math.cos(step * i + 0.3))).reshape([...shape]);
}

const points = double([-3, -1, -0.5, -0.2, 0, 0.3, 0.5, 2]);
const [a, b, c] = [waves([2, 3]), waves([2, 3], { step: 0.9 }), waves([2, 3], { step: 0.4 })];
const signs = double([
  [1, -1, 1],
  [-1, 1, 1],
]);
const labels = signs.add(1).div(2);
const lists = ints([
  [2, 0, -1, 1],
  [1, -1, 0, 3],
]);
const scores = waves([2, 4], { size: 1 });
const counts = double([
  [0, 1, 2],
  [5, 3, 1],
]);
const variances = double([
  [0.5, 1, 2],
  [1e-3, 3, 1],
]);
const classWeight = double([1, 2, 0.5]);
const lines = waves([1, 2, 4]);
const city = (x: Tensor, y: Tensor): Tensor => x.sub(y).abs().sum(-1);

const cases: Readonly<Record<string, Case>> = {
  celu: { f: (x) => F.celu(x, { alpha: 1.5 }), module: () => new nn.CELU({ alpha: 1.5 }), inputs: [points] },
  hardshrink: {
    f: (x) => F.hardshrink(x, { lambd: 0.4 }),
    module: () => new nn.Hardshrink(0.4),
    inputs: [points],
  },
  softshrink: {
    f: (x) => F.softshrink(x, { lambd: 0.4 }),
    module: () => new nn.Softshrink(0.4),
    inputs: [points],
  },
  tanhshrink: { f: F.tanhshrink, module: () => new nn.Tanhshrink(), inputs: [points] },
  'rrelu eval': { f: (x) => F.rrelu(x), module: () => new nn.RReLU().eval(), inputs: [points] },
  softmin: { f: (x) => F.softmin(x, 0), inputs: [points] },
  softmax2d: { f: (x) => x.softmax(1), module: () => new nn.Softmax2d(), inputs: [waves([2, 3, 2, 2])] },
  lrn: {
    f: (x) => F.localResponseNorm(x, 2, { alpha: 0.5, beta: 0.6, k: 1.5 }),
    module: () => new nn.LocalResponseNorm(2, { alpha: 0.5, beta: 0.6, k: 1.5 }),
    inputs: [waves([1, 4, 3])],
  },
  lrn3: { f: (x) => F.localResponseNorm(x, 3, { alpha: 0.5 }), inputs: [waves([1, 4, 3])] },
  lp1: {
    f: (x) => F.lpPool1d(x, 2, 3, { stride: 2 }),
    module: () => new nn.LPPool1d(2, 3, { stride: 2 }),
    inputs: [waves([1, 2, 7])],
  },
  lp2: {
    f: (x) => F.lpPool2d(x.square(), 3, 2),
    module: () => ({ forward: (x) => new nn.LPPool2d(3, 2).forward(x.square()) }),
    inputs: [waves([1, 1, 4, 4], { size: 1 })],
  },
  softMargin: {
    f: (x) => F.softMarginLoss(x, signs),
    module: () => ({ forward: (x) => new nn.SoftMarginLoss().forward(x, signs) }),
    inputs: [a],
  },
  mlsm: { f: (x) => F.multilabelSoftMarginLoss(x, labels), inputs: [a] },
  'mlsm w': {
    f: (x) => F.multilabelSoftMarginLoss(x, labels, { weight: classWeight, reduction: 'none' }),
    module: () => ({
      forward: (x) =>
        new nn.MultiLabelSoftMarginLoss({ weight: classWeight, reduction: 'none' }).forward(x, labels),
    }),
    inputs: [a],
  },
  mlm: {
    f: (x) => F.multilabelMarginLoss(x, lists),
    module: () => ({ forward: (x) => new nn.MultiLabelMarginLoss().forward(x, lists) }),
    inputs: [scores],
  },
  'mlm none': { f: (x) => F.multilabelMarginLoss(x, lists, { reduction: 'none' }), inputs: [scores] },
  'mlm 1d': {
    f: (x) => F.multilabelMarginLoss(x, ints([3, -1, 0, 0])),
    inputs: [waves([4], { size: 1 })],
  },
  poisson: { f: (x) => F.poissonNllLoss(x, counts), inputs: [a] },
  'poisson full': {
    f: (x) => F.poissonNllLoss(x, counts, { full: true, reduction: 'none' }),
    module: () => ({
      forward: (x) => new nn.PoissonNLLLoss({ full: true, reduction: 'none' }).forward(x, counts),
    }),
    inputs: [a],
  },
  'poisson nolog': {
    f: (x) => F.poissonNllLoss(x.square(), counts, { logInput: false, full: true, reduction: 'sum' }),
    inputs: [a],
  },
  gauss: { f: (x, v) => F.gaussianNllLoss(x, b, v, { eps: 0.1 }), inputs: [a, variances] },
  'gauss full': {
    f: (x, v) => F.gaussianNllLoss(x, b, v, { full: true, reduction: 'none', eps: 0.01 }),
    module: () => ({
      forward: (x, v) =>
        new nn.GaussianNLLLoss({ full: true, reduction: 'none', eps: 0.01 }).forward(x, b, v),
    }),
    inputs: [a, variances],
  },
  'gauss col': { f: (x, v) => F.gaussianNllLoss(x, b, v), inputs: [a, double([[0.5], [2]])] },
  ranking: {
    f: (x, y) => F.marginRankingLoss(x, y, signs, { margin: 0.5 }),
    module: () => ({
      forward: (x, y) => new nn.MarginRankingLoss({ margin: 0.5 }).forward(x, y, signs),
    }),
    inputs: [a, b],
  },
  'ranking none': { f: (x, y) => F.marginRankingLoss(x, y, signs, { reduction: 'none' }), inputs: [a, b] },
  triplet: {
    f: (x, y, z) =>
      F.tripletMarginWithDistanceLoss(x, y, z, { margin: 2, swap: true, distanceFunction: city }),
    module: () => new nn.TripletMarginWithDistanceLoss({ margin: 2, swap: true, distanceFunction: city }),
    inputs: [a, b, c],
  },
  'triplet def': {
    f: (x, y, z) => F.tripletMarginWithDistanceLoss(x, y, z, { reduction: 'none' }),
    inputs: [a, b, c],
  },
  refl1: {
    f: (x) => F.pad(x, [1, 2], { mode: 'reflect' }),
    module: () => new nn.ReflectionPad1d([1, 2]),
    inputs: [lines],
  },
  repl1: {
    f: (x) => F.pad(x, [2, 2], { mode: 'replicate' }),
    module: () => new nn.ReplicationPad1d(2),
    inputs: [lines],
  },
  const1: {
    f: (x) => F.pad(x, [1, 0], { value: 9 }),
    module: () => new nn.ConstantPad1d([1, 0], 9),
    inputs: [lines],
  },
};

/** What PyTorch 1.13 gives: the elements, and the gradients where element i of the result counts cos(i + 1). */
const expected: Readonly<Record<string, { y: number[]; gradients: number[][] }>> = {
  celu: {
    y: [-1.29699707515, -0.729874321451, -0.425203034139, -0.187240021436, 0, 0.3, 0.5, 2],
    gradients: [
      [
        0.0731219655981, -0.213656909915, -0.709360621047, -0.572051457142, 0.283662185463, 0.96017028665,
        0.753902254343, -0.145500033809,
      ],
    ],
  },
  hardshrink: {
    y: [-3, -1, -0.5, 0, 0, 0, 0.5, 2],
    gradients: [[0.540302305868, -0.416146836547, -0.9899924966, 0, 0, 0, 0.753902254343, -0.145500033809]],
  },
  softshrink: {
    y: [-2.6, -0.6, -0.1, 0, 0, 0, 0.1, 1.6],
    gradients: [[0.540302305868, -0.416146836547, -0.9899924966, 0, 0, 0, 0.753902254343, -0.145500033809]],
  },
  tanhshrink: {
    y: [
      -2.00494524631, -0.238405844044, -0.03788284274, -0.0026246797751, 0, 0.00868738754841, 0.03788284274,
      1.03597241992,
    ],
    gradients: [
      [
        0.534971663238, -0.241375842853, -0.211415141996, -0.0254640056721, 0, 0.0814829676889,
        0.160997535537, -0.135220336404,
      ],
    ],
  },
  'rrelu eval': {
    y: [-0.6875, -0.229166666667, -0.114583333333, -0.0458333333333, 0, 0.3, 0.5, 2],
    gradients: [
      [
        0.123819278428, -0.0953669833754, -0.226873280471, -0.149793329781, 0.065005917502, 0.96017028665,
        0.753902254343, -0.145500033809,
      ],
    ],
  },
  softmin: {
    y: [
      0.713350251898, 0.0965414583875, 0.0585553544454, 0.0433788734916, 0.0355156177615, 0.0263106167565,
      0.021541311071, 0.00480651618907,
    ],
    gradients: [
      [
        -0.16442639342, 0.0700843025571, 0.0761100142868, 0.0417932500304, 0.000928424327864,
        -0.0171115517244, -0.0095664697817, 0.00218842372404,
      ],
    ],
  },
  softmax2d: {
    y: [
      0.549881678743, 0.565413569899, 0.113681293722, 0.206260509432, 0.319936801239, 0.256637630144,
      0.239493211394, 0.375035810096, 0.130181520018, 0.177948799957, 0.646825494884, 0.418703680473,
      0.599954329695, 0.129305560563, 0.175592854112, 0.624138592305, 0.249413908637, 0.24340565754,
      0.358850640711, 0.275790392565, 0.150631761668, 0.627288781897, 0.465556505177, 0.100071015131,
    ],
    gradients: [
      [
        0.149050002425, -0.157159994335, -0.120600618786, -0.168634423964, 0.00461291171917, 0.281880841043,
        0.163580750218, -0.116049657004, -0.153662914144, -0.124720846708, -0.0429801314321, 0.284684080968,
        0.308469604174, 0.0757207830623, -0.128714048624, -0.321394161556, -0.166721968439, 0.269979521749,
        0.364365091373, 0.234642787533, -0.141747635735, -0.345700304811, -0.235651042748, 0.0867513740234,
      ],
    ],
  },
  lrn: {
    y: [
      1.12638755631, -0.611154869408, -1.05135784455, 0.682118826341, 0.866897712644, -0.860445876549,
      -0.604383316549, 0.998137034899, 0.291747827713, -1.09213850482, 0.0252975131252, 1.13225011628,
    ],
    gradients: [
      [
        0.264704505818, -0.238956154699, -0.521093189119, -0.209434045565, 0.15345648348, 0.311099464624,
        0.514341055126, -0.0491595189605, -0.601943124684, -0.259502970384, 0.00263511972073, 0.259396432131,
      ],
    ],
  },
  lrn3: {
    y: [
      1.19148293612, -0.637182059605, -1.04069662439, 0.747018565893, 0.811340327865, -0.981200101352,
      -0.549468138158, 1.15665225331, 0.266789203506, -1.27435990234, 0.0301214377136, 1.33497235452,
    ],
    gradients: [
      [
        0.288124023791, -0.256113745179, -0.583994071314, -0.353830774728, 0.0957444516622, 0.556816134411,
        0.471396659196, -0.10216221336, -0.525638504655, -0.343140329261, 0.00408111224566, 0.296369774866,
      ],
    ],
  },
  lp1: {
    y: [2.68709483332, 2.52246930534, 2.32603644502, 2.76786007522, 2.80455134338, 2.753667911],
    gradients: [
      [
        0.384184809226, -0.167351812506, -0.0612278283166, -0.209418153825, -0.808572105237, 0.690424261999,
        0.40478986611, -0.440964253314, -0.110969085097, 0.268450522268, 0.0042963354958, 0.889500514757,
        -0.192487567704, -0.639896464118,
      ],
    ],
  },
  lp2: {
    y: [1.0486108462, 1.03582161505, 1.16052616081, 1.05885498959],
    gradients: [
      [
        0.782023772983, -0.0122651005682, 0.34036277169, -0.0798959513769, 0.147724804946, -0.34497802372,
        0.0188637439913, -0.550286832992, -0.00105251331493, 1.42781504113, -5.03905107198e-9, -1.10161758903,
        0.00235522271807, 0.956240448164, -0.0412123122409, -0.348728146491,
      ],
    ],
  },
  softMargin: {
    y: [0.984968353038],
    gradients: [
      [
        -0.0116079686909, 0.0272997018472, -0.0760959776989, 0.0702967141438, -0.0182591896916,
        -0.0752007507845,
      ],
    ],
  },
  mlsm: {
    y: [0.984968353038],
    gradients: [
      [
        -0.0116079686909, 0.0272997018472, -0.0760959776989, 0.0702967141438, -0.0182591896916,
        -0.0752007507845,
      ],
    ],
  },
  'mlsm w': {
    y: [0.597563770372, 0.957147375759],
    gradients: [
      [-0.0232159373818, 0.109198807389, -0.0760959776989, -0.10828661989, 0.0562537227442, 0.0579204534296],
    ],
  },
  mlm: {
    y: [1.39625311429],
    gradients: [
      [
        -0.0675377882335, 0.0675377882335, -0.135075576467, 0.135075576467, 0.0675377882335, -0.202613364701,
        0.0675377882335, 0.0675377882335,
      ],
    ],
  },
  'mlm none': {
    y: [1.14852562241, 1.64398060618],
    gradients: [
      [
        -0.135075576467, 0.135075576467, -0.270151152934, 0.270151152934, -0.104036709137, 0.31211012741,
        -0.104036709137, -0.104036709137,
      ],
    ],
  },
  'mlm 1d': { y: [0.330160903296], gradients: [[0.135075576467, 0, 0, -0.135075576467]] },
  poisson: {
    y: [1.74277536572],
    gradients: [
      [0.608527629686, -0.0508739395878, -0.163587416455, -0.129792681792, 0.0839075306579, -0.0722684447426],
    ],
  },
  'poisson full': {
    y: [6.75763501, 1.26734395104, 4.22758564191, 1.98258427917, 1.58858580433, 1.81965258759],
    gradients: [
      [3.65116577812, 0.235102039642, 1.79844112901, 0.942118783131, 0.264311959413, -0.770568763642],
    ],
  },
  'poisson nolog': {
    y: [13.540262954],
    gradients: [
      [2.06468203182, 0.398964939508, -0.55877402509, -2.8847033949, -0.888405936956, -1.08680071253],
    ],
  },
  gauss: {
    y: [9.41021043693],
    gradients: [
      [0, -0.14020927522, -0.0309101480527, 2.92607084365, 0.0846761155797, -0.161837109428],
      [0.0900503843114, -0.064128372307, 0.0172075812245, -47.0891930655, -0.0248028960617, -0.100400339275],
    ],
  },
  'gauss full': {
    y: [0.572364942925, 2.13107732969, 1.38333538196, 526.536865391, 2.79454529529, 2.53387368915],
    gradients: [
      [0, 0.647944445584, 0.339818812268, -212.393045935, 0.266733031575, -1.72560267164],
      [0.540302305868, 0.296354307342, -0.189176053242, 34474.5053149, -0.0781300796936, -1.07052760828],
    ],
  },
  'gauss col': {
    y: [1.38868194854],
    gradients: [
      [0, -0.280418550439, -0.123640592211, 0.146303542183, 0.127014173369, -0.0809185547141],
      [-0.25134334257, -0.177242617347],
    ],
  },
  ranking: {
    y: [1.28884376572],
    gradients: [
      [-0.0900503843114, 0, -0.0900503843114, 0.0900503843114, -0, -0.0900503843114],
      [0.0900503843114, -0, 0.0900503843114, -0.0900503843114, 0, 0.0900503843114],
    ],
  },
  'ranking none': {
    y: [0, 0, 0.686507854221, 3.24937074509, 0, 1.797183995],
    gradients: [
      [-0.540302305868, 0, 0.9899924966, -0.653643620864, -0, -0.96017028665],
      [0.540302305868, -0, -0.9899924966, 0.653643620864, 0, 0.96017028665],
    ],
  },
  triplet: {
    y: [3.97797929963],
    gradients: [
      [0, -0.270151152934, -0.270151152934, 0, 0, 0],
      [-0, 0.540302305868, 0.540302305868, -0.270151152934, -0.270151152934, 0.270151152934],
      [0, -0.270151152934, -0.270151152934, 0.270151152934, 0.270151152934, -0.270151152934],
    ],
  },
  'triplet def': {
    y: [0, 3.3353932409],
    gradients: [
      [0, 0, 0, -0.0883384317752, 0.108594891484, 0.10860256925],
      [-0, 0, 0, 0.289971542486, 0.251740299254, -0.160379287466],
      [0, -0, -0, -0.201633110711, -0.360335190738, 0.0517767182164],
    ],
  },
  refl1: {
    y: [
      -0.832293673094, 1.91067297825, -0.832293673094, -1.69620006342, 1.26938575189, -1.69620006342,
      -0.832293673094, -1.62218602812, 1.36909333289, -1.62218602812, -0.951073855992, 1.86726728815,
      -0.951073855992, -1.62218602812,
    ],
    gradients: [
      [
        -0.416146836547, 0.304212063611, 0.306526665787, 0.283662185463, -0.911130261885, -0.847834344677,
        0.911872479438, 0.843853958732,
      ],
    ],
  },
  repl1: {
    y: [
      1.91067297825, 1.91067297825, 1.91067297825, -0.832293673094, -1.69620006342, 1.26938575189,
      1.26938575189, 1.26938575189, 1.36909333289, 1.36909333289, 1.36909333289, -1.62218602812,
      -0.951073855992, 1.86726728815, 1.86726728815, 1.86726728815,
    ],
    gradients: [
      [
        -0.865837027279, -0.653643620864, 0.283662185463, 1.56857250719, -1.74577609297, 0.843853958732,
        0.90744678145, -1.58061017497,
      ],
    ],
  },
  const1: {
    y: [
      9, 1.91067297825, -0.832293673094, -1.69620006342, 1.26938575189, 9, 1.36909333289, -1.62218602812,
      -0.951073855992, 1.86726728815,
    ],
    gradients: [
      [
        -0.416146836547, -0.9899924966, -0.653643620864, 0.283662185463, 0.753902254343, -0.145500033809,
        -0.911130261885, -0.839071529076,
      ],
    ],
  },
};

const flat = (x: Tensor): number[] => x.flatten().tolistSync() as number[];
const close = (numbers: readonly number[]): unknown[] =>
  numbers.map((value) => expect.closeTo(value, Math.abs(value) > 100 ? 4 : 8));

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  test.each(Object.entries(cases))(
    '%s agrees with PyTorch, and so do its gradients',
    (name, { f, module, inputs }) => {
      const { y, gradients } = expected[name];
      expect(flat(f(...inputs))).toEqual(close(y));
      if (module) expect(flat(module().forward(...inputs))).toEqual(close(y));
      const cotangent = double(y.map((_, i) => Math.cos(i + 1)));
      const total = (...given: Tensor[]): Tensor =>
        f(...given)
          .flatten()
          .mul(cotangent)
          .sum();
      const found = grad(
        total,
        inputs.map((_, i) => i),
      )(...inputs) as unknown as Tensor[];
      expect(found.map(flat)).toEqual(gradients.map(close));
    },
  );

  test('orthogonal: rows or columns of length `gain` at right angles, of kernels too', () => {
    manualSeed(1);
    for (const shape of [
      [3, 7],
      [7, 3],
      [4, 4],
      [4, 2, 3],
      [5, 1],
    ]) {
      const matrix = nn.init.orthogonal(new Parameter(zeros(shape)), { gain: 2 }).reshape([shape[0], -1]);
      const [rows, columns] = matrix.shape;
      const product =
        rows < columns ? matrix.matmul(matrix.transpose(0, 1)) : matrix.transpose(0, 1).matmul(matrix);
      const count = Math.min(rows, columns);
      const identity = Array.from({ length: count ** 2 }, (_, i) => (i % (count + 1) === 0 ? 4 : 0));
      expect(flat(product)).toEqual(identity.map((value) => expect.closeTo(value, 5)));
    }
    // Of 2×2 matrices made so, half have the determinant -1.
    const signs = Array.from({ length: 40 }, () => {
      const [p, q, r, s] = flat(nn.init.orthogonal(new Parameter(zeros([2, 2]))));
      return Math.sign(p * s - q * r);
    });
    expect(Math.abs(signs.reduce((total, sign) => total + sign, 0))).toBeLessThan(25);
  });

  test('truncNormal: nothing beyond the ends, and the mean and variance of what is cut off there', () => {
    manualSeed(2);
    const n = device === 'wasm' ? 20_000 : 2000;
    const x = nn.init.truncNormal(new Parameter(zeros([n])), 1, 2, { a: 0, b: 4 }).value;
    expect(x.amin().itemSync()).toBeGreaterThanOrEqual(0);
    expect(x.amax().itemSync()).toBeLessThanOrEqual(4);
    // φ and Φ at -1/2 and 3/2, the ends in standard deviations: mean 1 + 2·(φ₀ - φ₁) / (Φ₁ - Φ₀), and so on.
    const [p0, p1, mass] = [0.3520653267642995, 0.12951759566589174, 0.6246552600051547];
    const mean = 1 + (2 * (p0 - p1)) / mass;
    const variance = 4 * (1 + (-0.5 * p0 - 1.5 * p1) / mass - ((p0 - p1) / mass) ** 2);
    expect(Math.abs(x.mean().itemSync() - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
    expect(Math.abs(x.var().itemSync() / variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });

  test('dirac, eye and sparse', () => {
    expect(flat(nn.init.dirac(new Parameter(zeros([4, 2, 3])), { groups: 2 }))).toEqual([
      0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
    ]);
    const kernel = nn.init.dirac(new Parameter(ones([2, 3, 3, 2])));
    expect(flat(kernel).flatMap((value, i) => (value ? [i] : []))).toEqual([3, 27]);
    expect(nn.init.eye(new Parameter(ones([2, 3]))).tolistSync()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    manualSeed(3);
    const weight = nn.init.sparse(new Parameter(ones([7, 30])), 0.4, 2);
    expect(weight.eq(0).sum(0).tolistSync()).toEqual(new Array(30).fill(3));
    expect(new Set(weight.eq(0).transpose(0, 1).tolistSync() as unknown[]).size).toBeGreaterThan(1);
    expect(weight.square().sum().itemSync() / (4 * 30)).toBeCloseTo(4, -0.5);
  });
});

test('the perceptron’s step: 1 from the threshold on; gradients stop, or go straight through', () => {
  const x = tensor([-2, 0, 0.5, Number.POSITIVE_INFINITY]);
  expect(F.binaryStep(x).tolistSync()).toEqual([0, 1, 1, 1]);
  expect(new nn.BinaryStep({ threshold: 0.5 }).forward(x).tolistSync()).toEqual([0, 0, 1, 1]);
  const slope = (layer: nn.BinaryStep): unknown =>
    grad((value: Tensor) =>
      layer
        .forward(value)
        .mul(tensor([1, 2, 3, 4]))
        .sum(),
    )(x).tolistSync();
  expect(slope(new nn.BinaryStep())).toEqual([0, 0, 0, 0]);
  expect(slope(new nn.BinaryStep({ straightThrough: true }))).toEqual([1, 2, 3, 4]);
});

test('a perceptron with a straight-through step learns what can be separated, inside compile', () => {
  manualSeed(0);
  const unit = new nn.Sequential(new nn.Linear(2, 1), new nn.BinaryStep({ straightThrough: true }));
  const [x, y] = [
    tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]),
    tensor([[0], [0], [0], [1]]),
  ];
  const step = compile(() => {
    const loss = F.mseLoss(unit.forward(x), y);
    unit.zeroGrad();
    loss.backward();
    for (const parameter of unit.parameters())
      parameter.value = parameter.value.sub(parameter.grad!.mul(0.2));
    return loss;
  });
  const losses = Array.from({ length: 60 }, () => step().itemSync());
  expect(losses.at(-1)).toBe(0);
});

test('relu6 stays between 0 and 6', () => {
  expect(F.relu6(tensor([-1, 3, 9])).tolistSync()).toEqual([0, 3, 6]);
});

test('RReLU draws slopes between its bounds while training, new ones each time', () => {
  manualSeed(1);
  const layer = new nn.RReLU({ lower: 0.1, upper: 0.5 });
  const x = full([1000], -1);
  const [first, second] = [layer.forward(x).neg(), layer.forward(x).neg()];
  expect(first.amin().itemSync()).toBeGreaterThanOrEqual(0.1);
  expect(first.amax().itemSync()).toBeLessThan(0.5);
  expect(first.mean().itemSync()).toBeCloseTo(0.3, 1);
  expect(first.tolistSync()).not.toEqual(second.tolistSync());
  expect(layer.forward(ones([2])).tolistSync()).toEqual([1, 1]);
});

test('FeatureAlphaDropout: channels as a whole, mean 0 and variance 1 kept', () => {
  manualSeed(1);
  const layer = new nn.FeatureAlphaDropout(0.3);
  const x = randn([200, 50, 2]);
  const y = layer.forward(x);
  expect(Math.abs(y.mean().itemSync())).toBeLessThan(0.05);
  expect(Math.abs(y.var().itemSync() - 1)).toBeLessThan(0.1);
  const same = y.select(2, 0).sub(y.select(2, 1)).abs().lt(1e-6);
  expect(same.to('float32').mean().itemSync()).toBeCloseTo(0.3, 1);
  expect(layer.eval().forward(x).sub(x).abs().max().itemSync()).toBe(0);
});

test('padding of one and of three axes', () => {
  const line = tensor([[1, 2, 3]]);
  expect(new nn.ZeroPad1d([2, -1]).forward(line).tolistSync()).toEqual([[0, 0, 1, 2]]);
  expect(new nn.CircularPad1d([1, 2]).forward(line).tolistSync()).toEqual([[3, 1, 2, 3, 1, 2]]);
  expect(
    new nn.CircularPad2d([1, 0, 0, 1])
      .forward(
        tensor([
          [
            [1, 2],
            [3, 4],
          ],
        ]),
      )
      .tolistSync(),
  ).toEqual([
    [
      [2, 1, 2],
      [4, 3, 4],
      [2, 1, 2],
    ],
  ]);
  const cube = arange(8).to('float32').reshape([1, 2, 2, 2]);
  for (const kind of [nn.ReflectionPad3d, nn.ReplicationPad3d, nn.CircularPad3d, nn.ZeroPad3d]) {
    expect(new kind([1, 0, 0, 1, 1, 1]).forward(cube).shape).toEqual([1, 4, 3, 3]);
  }
  expect(new nn.ConstantPad3d(1, 5).forward(cube).sum().itemSync()).toBe(28 + 5 * 56);
  expect(new nn.ReflectionPad3d(1).forward(cube).select(1, 0).select(1, 0).tolistSync()).toEqual([
    [7, 6, 7, 6],
  ]);
});

test('a window of zeros gives no NaN to the gradient of a power average', () => {
  expect(grad((x: Tensor) => F.lpPool1d(x, 2, 2).sum())(zeros([1, 1, 4])).tolistSync()).toEqual([
    [[0, 0, 0, 0]],
  ]);
  expect(gradcheck((x) => F.lpPool1d(x, 3, 2), [waves([1, 1, 4]).abs()])).toBe(true);
});

test('channels shuffled as PyTorch does', () => {
  const x = arange(12).reshape([1, 6, 2]);
  expect(new nn.ChannelShuffle(3).forward(x).select(2, 0).tolistSync()).toEqual([[0, 4, 8, 2, 6, 10]]);
  expect(new nn.ChannelShuffle(2).forward(x).select(2, 0).tolistSync()).toEqual([[0, 6, 2, 8, 4, 10]]);
});

test('upsampling by name is interpolation', () => {
  const x = waves([1, 2, 3, 2]);
  const nearest = new nn.UpsamplingNearest2d({ scaleFactor: 2 }).forward(x);
  expect(flat(nearest)).toEqual(flat(F.interpolate(x, { scaleFactor: 2 })));
  const bilinear = new nn.UpsamplingBilinear2d({ size: [5, 4] }).forward(x);
  expect(flat(bilinear)).toEqual(
    flat(F.interpolate(x, { size: [5, 4], mode: 'bilinear', alignCorners: true })),
  );
});

test('errors say what is wrong', () => {
  expect(() => F.celu(points, { alpha: 0 })).toThrow('celu: alpha is not 0');
  expect(() => new nn.Softshrink(-1)).toThrow('Softshrink: lambd is zero or more, got -1');
  expect(() => new nn.RReLU({ lower: 1, upper: 0 })).toThrow('RReLU: lower is not above upper, got 1 and 0');
  expect(() => new nn.Softmax2d().forward(zeros([2]) as Tensor)).toThrow(
    'Softmax2d: got [2]: expected 3 or 4',
  );
  expect(() => F.localResponseNorm(zeros([2, 3]), 2)).toThrow(
    'localResponseNorm: got [2, 3]: expected [N, C, …]',
  );
  expect(() => new nn.ChannelShuffle(2).forward(zeros([1, 3, 2]))).toThrow(
    'ChannelShuffle: the channels of [1, 3, 2] are not divided by 2',
  );
  expect(() =>
    F.multilabelMarginLoss(
      scores,
      ints([
        [4, -1, 0, 0],
        [0, 0, 0, 0],
      ]),
    ).itemSync(),
  ).toThrow('multilabelMarginLoss: index 4 is outside 0 to 3');
  expect(() => F.multilabelMarginLoss(scores, scores)).toThrow(
    'multilabelMarginLoss: classes are integers, got float64',
  );
  expect(() => F.gaussianNllLoss(a, b, zeros([3]))).toThrow(
    'gaussianNllLoss: input: [2, 3], variance: [3]: expected',
  );
  expect(() => F.marginRankingLoss(a, b, zeros([2]))).toThrow('target: [2]: expected one shape');
  expect(() => F.tripletMarginWithDistanceLoss(a, b, c, { margin: 0 })).toThrow(
    'margin is a positive number, got 0',
  );
  expect(() => nn.init.orthogonal(new Parameter(zeros([3])))).toThrow(
    'init.orthogonal: got [3]: expected two dimensions or more',
  );
  expect(() => nn.init.dirac(new Parameter(zeros([3, 1, 2])), { groups: 2 })).toThrow(
    'groups (2) must divide the 3',
  );
  expect(() => nn.init.sparse(new Parameter(zeros([3, 1])), 2)).toThrow(
    'sparsity is a share from 0 to 1, got 2',
  );
  expect(() => nn.init.truncNormal(new Parameter(zeros([3])), 0, 0)).toThrow('needs std > 0 and a < b');
});
