import type { DType } from '../../base/dtype.ts';
import type { Shape } from '../../base/shape.ts';
import type { Primitive, PrimitiveAttributes, WindowAttributes } from './record.ts';

// What the tests ask of every primitive. Only tests import this file: it is not part of what a page loads.

/** One example of an operation's input, for the generated tests. */
export interface Sample<Attributes = PrimitiveAttributes[Primitive]> {
  readonly shapes: readonly Shape[];
  readonly attributes: Attributes;
  /** Range the numbers are drawn from; [-2, 2] if not given. For index operands: [0, limit]. */
  readonly ranges?: readonly Range[];
  readonly dtypes?: readonly DType[];
  /** Why the gradient of this sample cannot be checked by finite differences. */
  readonly noGradient?: string;
}

/** Input that must be refused, and a part of what the error says. */
export interface ErrorSample<Attributes = PrimitiveAttributes[Primitive]> {
  readonly shapes: readonly Shape[];
  readonly dtypes?: readonly DType[];
  readonly attributes: Attributes;
  readonly message: string;
}

/** The examples of one primitive, by its attributes. */
export interface Samples<Attributes = PrimitiveAttributes[Primitive]> {
  readonly samples: readonly Sample<Attributes>[];
  readonly errors: readonly ErrorSample<Attributes>[];
}

type Range = readonly [number, number];
type Options = Pick<Sample, 'ranges' | 'dtypes' | 'noGradient'>;
type Plain = Record<never, never>;

const nothing = { samples: [], errors: [] };

// Every rank and odd size, empty and size-1 dimensions, broadcasting.
const unaryShapes: readonly Shape[] = [[], [1], [3], [17, 33], [2, 0, 3], [65]];
const binaryShapes: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[3], []],
  [[17, 33], [33]],
  [
    [5, 1, 3],
    [4, 1],
  ],
  [[2, 0], [1]],
  [[65], [65]],
];

const unary = (options: Options = {}): Samples<Plain> => ({
  samples: unaryShapes.map((shape) => ({ shapes: [shape], attributes: {}, ...options })),
  errors: [],
});

const binary = (op: Primitive, options: Options = {}): Samples<Plain> => ({
  samples: binaryShapes.map((shapes) => ({ shapes, attributes: {}, ...options })),
  errors: [
    {
      shapes: [[2, 3], [4]],
      dtypes: options.dtypes,
      attributes: {},
      message: `${op}: left: [2, 3], right: [4], axis -1: 3 against 4`,
    },
  ],
});

const ranges = (...list: readonly Range[]): readonly Range[] => list;

const stepped: Options = { noGradient: 'a step function has no slope that finite differences could find' };
const coarse: Options = { noGradient: 'rounded too coarsely for finite differences' };

type Reduction = PrimitiveAttributes['sum' | 'prod' | 'amax' | 'amin'];

const reductions: readonly Sample<Reduction>[] = [
  { shapes: [[17, 33]], attributes: { axes: [1] } },
  { shapes: [[17, 33]], attributes: { axes: [0] } },
  { shapes: [[3, 4, 5]], attributes: { axes: [0, 2] } },
  { shapes: [[3, 1, 5]], attributes: { axes: [1] } },
  { shapes: [[65]], attributes: { axes: [0] } },
  { shapes: [[2, 9, 130]], attributes: { axes: [2] } },
];

/** A reduction that has a value for no elements. */
const total: Samples<Reduction> = {
  samples: [...reductions, { shapes: [[3, 0]], attributes: { axes: [1] } }],
  errors: [],
};

const extreme = (op: Primitive): Samples<Reduction> => ({
  samples: reductions,
  errors: [
    {
      shapes: [[3, 0]],
      attributes: { axes: [1] },
      message: `${op}: an axis without elements has no largest or smallest`,
    },
  ],
});

const product = (left: Shape, right: Shape): Sample<Plain> => ({ shapes: [left, right], attributes: {} });

/** Data, an index of integers below `limit`, and, where given, a source of the index's shape. */
const indexed = (
  axis: number,
  limit: number,
  ...shapes: readonly Shape[]
): Sample<PrimitiveAttributes['gather' | 'scatterAdd']> => ({
  shapes,
  dtypes: shapes.map((_, i) => (i === 1 ? 'int32' : 'float32')),
  ranges: shapes.map((_, i) => (i === 1 ? [0, limit] : [-2, 2])),
  attributes: { axis },
});

/** Lines to sort; whole numbers occur several times. */
const order = (
  shape: Shape,
  descending: boolean,
  dtype: DType = 'float32',
): Sample<PrimitiveAttributes['argsort']> => ({
  shapes: [shape],
  dtypes: [dtype],
  ranges: [[dtype === 'uint8' ? 0 : -20, 20]],
  attributes: { descending },
  noGradient: 'places are whole numbers',
});

const joined = (axis: number, ...shapes: readonly Shape[]): Sample<PrimitiveAttributes['concat']> => ({
  shapes,
  attributes: { axis },
});

const oneWindow: WindowAttributes = {
  axes: [0],
  sizes: [3],
  strides: [1],
  dilations: [1],
  before: [0],
  windows: [3],
  lengths: [5],
  value: 0,
};

const windows: readonly (readonly [batch: Shape, attributes: WindowAttributes])[] = [
  [[], oneWindow],
  [[3], { ...oneWindow, axes: [1], strides: [2], dilations: [2], before: [2], windows: [8], lengths: [17] }],
  [
    [2, 3],
    {
      axes: [2, 3],
      sizes: [3, 2],
      strides: [2, 1],
      dilations: [1, 2],
      before: [1, 0],
      windows: [4, 7],
      lengths: [8, 9],
      value: 0,
    },
  ],
  [
    [2],
    {
      axes: [1, 2],
      sizes: [2, 2],
      strides: [2, 2],
      dilations: [1, 1],
      before: [0, 0],
      windows: [2, 4],
      lengths: [5, 9],
      value: 0,
    },
  ],
];

const windowSamples = (along: 'lengths' | 'windows'): readonly Sample<WindowAttributes>[] =>
  windows.map(([batch, attributes]) => ({
    shapes: [[...batch, ...attributes[along], ...attributes.sizes]],
    attributes,
  }));

/** Sample and error inputs of every primitive: without an entry for each, this does not compile. */
export const samples: { readonly [P in Primitive]: Samples<PrimitiveAttributes[P]> } = {
  memory: nothing,
  constant: nothing,
  randomKey: nothing,
  input: nothing,
  iota: {
    samples: [
      { shapes: [], attributes: { shape: [3, 17], axis: 1, dtype: 'int32' }, noGradient: 'has no operand' },
      { shapes: [], attributes: { shape: [5, 9], axis: 0, dtype: 'float32' }, noGradient: 'has no operand' },
    ],
    errors: [],
  },
  random: nothing,

  neg: unary(),
  abs: unary(),
  sign: unary(stepped),
  exp: unary(),
  expm1: unary(),
  log: unary({ ranges: [[0.1, 4]] }),
  log1p: unary({ ranges: [[-0.8, 4]] }),
  sqrt: unary({ ranges: [[0.1, 4]] }),
  reciprocal: unary({ ranges: [[0.3, 3]] }),
  sin: unary(),
  cos: unary(),
  tan: unary({ ranges: [[-1.2, 1.2]] }),
  asin: unary({ ranges: [[-0.9, 0.9]] }),
  acos: unary({ ranges: [[-0.9, 0.9]] }),
  atan: unary(),
  sinh: unary(),
  cosh: unary(),
  tanh: unary(),
  erf: unary(),
  floor: unary(stepped),
  ceil: unary(stepped),
  round: unary(stepped),
  relu: unary(),
  sigmoid: unary(),
  softplus: unary(),
  not: {
    samples: unary({ dtypes: ['bool'], ...stepped }).samples,
    errors: [{ shapes: [[2]], dtypes: ['float32'], attributes: {}, message: 'not: takes bool, got float32' }],
  },
  cast: {
    samples: [
      { shapes: [[3, 5]], attributes: { dtype: 'int32' }, ...stepped },
      { shapes: [[17]], attributes: { dtype: 'bool' }, ...stepped },
      { shapes: [[17]], attributes: { dtype: 'bfloat16' }, ...coarse },
      { shapes: [[17]], attributes: { dtype: 'float16' }, ...coarse },
      { shapes: [[33]], attributes: { dtype: 'float64' } },
      {
        shapes: [[9]],
        dtypes: ['int32'],
        attributes: { dtype: 'float32' },
        noGradient: 'integers have no slope',
      },
      {
        shapes: [[9]],
        dtypes: ['bool'],
        attributes: { dtype: 'float32' },
        noGradient: 'booleans have no slope',
      },
    ],
    errors: [],
  },
  checkIndex: {
    samples: [
      {
        shapes: [[5]],
        dtypes: ['int32'],
        ranges: [[0, 4]],
        attributes: { size: 4, op: 'gather' },
        noGradient: 'integers',
      },
    ],
    errors: [
      {
        shapes: [[5]],
        dtypes: ['float32'],
        attributes: { size: 4, op: 'gather' },
        message: 'gather: indices are integers, got float32',
      },
    ],
  },

  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  // Divisors, bases, points and quotients that stay away from where the slope is infinite or jumps.
  div: binary('div', { ranges: ranges([-2, 2], [0.4, 2]) }),
  pow: binary('pow', { ranges: ranges([0.3, 2], [-2, 2]) }),
  atan2: binary('atan2', { ranges: ranges([0.3, 2], [0.3, 2]) }),
  remainder: binary('remainder', { ranges: ranges([0.6, 0.9], [1, 2]) }),
  maximum: binary('maximum'),
  minimum: binary('minimum'),
  eq: binary('eq', stepped),
  ne: binary('ne', stepped),
  lt: binary('lt', stepped),
  le: binary('le', stepped),
  and: binary('and', { dtypes: ['bool', 'bool'], ...stepped }),
  or: binary('or', { dtypes: ['bool', 'bool'], ...stepped }),
  where: {
    samples: binaryShapes.map(([x, y]) => ({
      shapes: [x, y, x],
      attributes: {},
      dtypes: ['bool', 'float32', 'float32'],
    })),
    errors: [],
  },

  alias: { samples: [{ shapes: [[3, 5]], attributes: {} }], errors: [] },
  reshape: {
    samples: [
      { shapes: [[2, 3, 4]], attributes: { shape: [6, 4] } },
      { shapes: [[6, 35]], attributes: { shape: [5, 2, 21] } },
      { shapes: [[1]], attributes: { shape: [] } },
      { shapes: [[0, 3]], attributes: { shape: [3, 0] } },
    ],
    errors: [
      { shapes: [[2, 3]], attributes: { shape: [4] }, message: 'reshape: [2, 3] has 6 elements, [4] has 4' },
    ],
  },
  permute: {
    samples: [
      { shapes: [[17, 33]], attributes: { order: [1, 0] } },
      { shapes: [[2, 3, 4, 5]], attributes: { order: [3, 0, 2, 1] } },
      { shapes: [[2, 0]], attributes: { order: [1, 0] } },
    ],
    errors: [
      {
        shapes: [[2, 3]],
        attributes: { order: [0, 0] },
        message: 'permute: [0, 0] does not name each of the 2 axes once',
      },
    ],
  },
  expand: {
    samples: [
      { shapes: [[3, 1]], attributes: { shape: [2, 3, 5] } },
      { shapes: [[]], attributes: { shape: [17] } },
      { shapes: [[1, 3]], attributes: { shape: [0, 3] } },
    ],
    errors: [
      {
        shapes: [[2, 3]],
        attributes: { shape: [4, 3] },
        message: 'expand: [2, 3] does not spread over [4, 3]',
      },
    ],
  },
  slice: {
    samples: [
      { shapes: [[5, 9]], attributes: { starts: [1, 2], lengths: [3, 5], steps: [1, 1] } },
      { shapes: [[7, 33]], attributes: { starts: [0, 1], lengths: [3, 16], steps: [3, 2] } },
      { shapes: [[4]], attributes: { starts: [2], lengths: [0], steps: [1] } },
    ],
    errors: [
      {
        shapes: [[5]],
        attributes: { starts: [3], lengths: [4], steps: [1] },
        message: 'slice: elements 3 to 6 of axis 0 are outside [5]',
      },
    ],
  },
  pad: {
    samples: [
      { shapes: [[3, 5]], attributes: { before: [1, 2], after: [0, 3], value: 0 } },
      { shapes: [[17]], attributes: { before: [0], after: [16], value: 1.5 } },
      { shapes: [[0]], attributes: { before: [2], after: [1], value: -1 } },
    ],
    errors: [
      {
        shapes: [[3]],
        attributes: { before: [-2], after: [-2], value: 0 },
        message: 'pad: every length of a shape is an integer of zero or more, got [-1]',
      },
    ],
  },
  flip: {
    samples: [
      { shapes: [[3, 9]], attributes: { axes: [1] } },
      { shapes: [[3, 4, 5]], attributes: { axes: [0, 2] } },
    ],
    errors: [],
  },
  collect: {
    samples: windowSamples('lengths'),
    errors: [
      {
        shapes: [[5, 3]],
        attributes: { ...oneWindow, lengths: [4] },
        message: 'collect: [5, 3] does not have the lengths [4] along axes [0], followed by [3]',
      },
    ],
  },
  spread: { samples: windowSamples('windows'), errors: [] },

  sum: total,
  prod: total,
  amax: extreme('amax'),
  amin: extreme('amin'),

  matmul: {
    samples: [
      product([1, 1], [1, 1]),
      product([3, 17], [17, 33]),
      product([13, 37], [37, 65]),
      product([32, 9], [9, 10]),
      product([130, 5], [5, 7]),
      product([2, 3, 5, 4], [2, 3, 4, 6]),
      product([2, 9, 8], [2, 8, 40]),
      product([4, 0], [0, 9]),
      product([0, 4], [4, 9]),
    ],
    errors: [
      {
        ...product([2, 3], [4, 5]),
        message: 'matmul: left: [2, 3], right: [4, 5], axis -1 of left against axis -2 of right: 3 against 4',
      },
    ],
  },
  gather: {
    samples: [indexed(1, 7, [5, 7], [5, 3]), indexed(0, 5, [5, 33], [2, 33])],
    errors: [{ ...indexed(1, 7, [5, 7], [6, 7]), message: 'gather: data: [5, 7], index: [6, 7]' }],
  },
  scatterAdd: {
    samples: [indexed(1, 7, [5, 7], [5, 9], [5, 9]), indexed(0, 5, [5, 33], [12, 33], [12, 33])],
    errors: [
      {
        ...indexed(1, 7, [5, 7], [5, 3], [5, 2]),
        message: 'scatterAdd: base: [5, 7], index: [5, 3], source: [5, 2]',
      },
    ],
  },
  argsort: {
    samples: [
      order([1], false),
      order([65], false),
      order([3, 17], true),
      order([5, 130], false),
      order([2, 3, 64], true),
      order([0, 9], false),
      order([9, 0], true),
      order([17, 70], true, 'int32'),
      order([2, 9], false, 'uint8'),
      order([2, 300], false, 'int8'),
      order([4, 90], true, 'bool'),
      order([3, 77], false, 'float16'),
      order([3, 12], true, 'bfloat16'),
    ],
    errors: [{ ...order([], false), message: 'argsort: a number has no axis to sort along' }],
  },
  concat: {
    samples: [
      joined(0, [2, 3], [4, 3]),
      joined(1, [3, 9], [3, 0], [3, 5]),
      joined(1, [2, 3, 17], [2, 1, 17]),
    ],
    errors: [{ ...joined(0, [2, 3], [2, 4]), message: 'concat: first: [2, 3], other: [2, 4], axis 1' }],
  },
  // Programs with loops, and their gradients, are compared with the reference in `functions/scan.test.ts`.
  scan: nothing,
  // Rules are functions of users and of `checkpoint`, and tested with them.
  ruled: nothing,
  after: { samples: [{ shapes: [[17, 33], []], attributes: {} }], errors: [] },
};
