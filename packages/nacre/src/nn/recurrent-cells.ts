import { ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Shape } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { nodeOf, optionalNode, requireOneOf } from '../tensor/arguments.ts';
import { zeros } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter } from '../tensor/parameter.ts';
import { add, cast, constant, expand, mul, sub } from '../tensor/primitives/apply.ts';
import type { Optional } from '../tensor/signatures.ts';
import { type Tensor, wrapAll } from '../tensor/tensor.ts';
import { uniform } from './init.ts';
import { checkSizes } from './linear.ts';
import { Module } from './module.ts';

/** What tells recurrent units apart. */
export interface Unit {
  /** Blocks of `hiddenSize` rows in a weight. */
  readonly gates: number;
  /** What the state is made of; its first part is the output. */
  readonly states: readonly string[];
  /** Whether both biases are simply added, so that they can be added to the part of the input. */
  readonly addsBiases: boolean;
  /** The next state, from the parts of the gates [..., gates·hiddenSize] that come of the input and of the hidden state. */
  next(input: Node, hidden: Node, state: readonly Node[]): Node[];
}

const plain = (activation: (x: Node) => Node): Unit => ({
  gates: 1,
  states: ['h'],
  addsBiases: true,
  next: (input, hidden) => [activation(add(input, hidden))],
});

const tanhUnit = plain(ops.tanh);
const reluUnit = plain(ops.relu);

export function rnnUnit(op: string, nonlinearity: 'tanh' | 'relu'): Unit {
  requireOneOf(op, 'nonlinearity', nonlinearity, ['tanh', 'relu']);
  return nonlinearity === 'tanh' ? tanhUnit : reluUnit;
}

export const lstmUnit: Unit = {
  gates: 4,
  states: ['h', 'c'],
  addsBiases: true,
  next(input, hidden, [, cell]) {
    const [i, f, g, o] = ops.chunk(add(input, hidden), 4, -1);
    const next = add(mul(ops.sigmoid(f), cell), mul(ops.sigmoid(i), ops.tanh(g)));
    return [mul(ops.sigmoid(o), ops.tanh(next)), next];
  },
};

export const gruUnit: Unit = {
  gates: 3,
  states: ['h'],
  // The reset gate stands between the bias of the hidden part and the sum.
  addsBiases: false,
  next(input, hidden, [h]) {
    const [inputR, inputZ, inputN] = ops.chunk(input, 3, -1);
    const [hiddenR, hiddenZ, hiddenN] = ops.chunk(hidden, 3, -1);
    const n = ops.tanh(add(inputN, mul(ops.sigmoid(add(inputR, hiddenR)), hiddenN)));
    return [add(n, mul(ops.sigmoid(add(inputZ, hiddenZ)), sub(h, n)))];
  },
};

/** Weights of one unit under PyTorch's names, uniform in ±1/√hiddenSize. */
export function makeWeights(
  { gates }: Unit,
  inputSize: number,
  hiddenSize: number,
  bias: boolean,
  suffix = '',
  projSize = 0,
): [string, Parameter][] {
  const rows = gates * hiddenSize;
  const bound = 1 / Math.sqrt(hiddenSize);
  const shapes: [string, Shape][] = [
    ['weight_ih', [rows, inputSize]],
    ['weight_hh', [rows, projSize || hiddenSize]],
  ];
  if (bias) shapes.push(['bias_ih', [rows]], ['bias_hh', [rows]]);
  if (projSize) shapes.push(['weight_hr', [projSize, hiddenSize]]);
  return shapes.map(([name, shape]) => [
    name + suffix,
    uniform(new Parameter<Shape, 'float32'>(zeros(shape)), -bound, bound),
  ]);
}

/** The parts of a unit's gates: of the input, for any number of steps at once, and of the hidden state; and what is made of its output. */
export function gatesOf(
  { addsBiases }: Unit,
  weights: Readonly<Record<string, Parameter>>,
  suffix = '',
): { input(x: Node): Node; hidden(h: Node): Node; output(h: Node): Node } {
  const [wi, wh, bi, bh, wr] = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh', 'weight_hr'].map(
    (name): Node | null => weights[name + suffix]?.node ?? null,
  );
  return {
    input: (x) => ops.linear(x, wi!, bi && addsBiases ? add(bi, bh!) : bi),
    hidden: (h) => ops.linear(h, wh!, addsBiases ? null : bh),
    output: (h) => (wr ? ops.linear(h, wr, null) : h),
  };
}

/** Refuses an input or a state that does not fit. Lengths that may be any are written as letters. */
export function checkFits(
  op: string,
  name: string,
  node: Node,
  expected: readonly (number | string)[],
): void {
  const { shape } = node;
  if (shape.length === expected.length && expected.every((n, i) => typeof n === 'string' || n === shape[i]))
    return;
  throw new ShapeMismatchError(`${name}: got ${showShape(shape)}, expected [${expected.join(', ')}]`, {
    op,
    shapes: [shape],
  });
}

/** The states given, checked and in the dtype of the gates, or zeros. */
export function firstStates(
  op: string,
  { states }: Unit,
  given: readonly Optional<Tensor>[],
  /** Of each state, or of all. */
  shapes: readonly Shape[],
  { dtype }: Node,
): Node[] {
  return states.map((name, i) => {
    const shape = shapes[i] ?? shapes[0];
    const node = optionalNode(op, given[i]);
    if (!node) return expand(constant(0, dtype), shape);
    checkFits(op, `${name}0`, node, shape);
    return cast(node, dtype);
  });
}

/** One step of a recurrent network. */
abstract class Cell extends Module {
  /** Under PyTorch's names: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`. */
  readonly weights: Readonly<Record<string, Parameter>>;
  readonly #unit: Unit;

  constructor(
    unit: Unit,
    readonly inputSize: number,
    readonly hiddenSize: number,
    bias = true,
  ) {
    super();
    checkSizes(this.constructor.name, { inputSize, hiddenSize });
    this.#unit = unit;
    this.weights = Object.fromEntries(makeWeights(unit, inputSize, hiddenSize, bias));
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return Object.entries(this.weights);
  }

  protected step(x: Tensor, state: readonly Optional<Tensor>[]): Tensor[] {
    const { inputSize, hiddenSize } = this;
    const unit = this.#unit;
    const op = `${this.constructor.name}(${inputSize}, ${hiddenSize})`;
    const node = nodeOf(op, x);
    const batch = node.shape.slice(0, -1);
    checkFits(op, 'input', node, [...(node.shape.length === 2 ? ['N'] : []), inputSize]);
    const gates = gatesOf(unit, this.weights);
    const input = gates.input(node);
    const states = firstStates(op, unit, state, [[...batch, hiddenSize]], input);
    return wrapAll(unit.next(input, gates.hidden(states[0]), states));
  }
}

/**
 * One step of a simple recurrent network, with tanh or ReLU (Elman, "Finding structure in time", 1990).
 *
 * x [N, inputSize] and h [N, hiddenSize], or both without N, give h'; h begins as zeros. Weights begin uniform in ±1/√hiddenSize.
 *
 * Formula: h' = tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh)
 *
 * Shapes: x [N, inputSize], h [N, hiddenSize] → h' [N, hiddenSize]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * new nn.RNNCell(2, 4).forward(zeros([3, 2])).shape; // → [3, 4]
 * ```
 */
export class RNNCell extends Cell {
  constructor(
    inputSize: number,
    hiddenSize: number,
    options: { bias?: boolean; nonlinearity?: 'tanh' | 'relu' } = {},
  ) {
    const { bias, nonlinearity = 'tanh' } = optionsOf('RNNCell', options, ['bias', 'nonlinearity']);
    super(rnnUnit('RNNCell', nonlinearity), inputSize, hiddenSize, bias);
  }

  override forward(x: Tensor, h?: Optional<Tensor>): Tensor {
    return this.step(x, [h])[0];
  }
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997): with i, f, g, o = x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh,
 * c' = σ(f)·c + σ(i)·tanh(g) and h' = σ(o)·tanh(c').
 *
 * x [N, inputSize], h and c [N, hiddenSize], or all without N, give [h', c']; h and c begin as zeros.
 *
 * Formula: c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c')
 *
 * Shapes: x [N, inputSize], h and c [N, hiddenSize] → h', c' [N, hiddenSize]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const [h, c] = new nn.LSTMCell(2, 4).forward(zeros([3, 2]));
 * [h.shape, c.shape]; // → [[3, 4], [3, 4]]
 * ```
 */
export class LSTMCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: { bias?: boolean } = {}) {
    super(lstmUnit, inputSize, hiddenSize, optionsOf('LSTMCell', options, ['bias']).bias);
  }

  override forward(x: Tensor, state?: Optional<readonly [h: Tensor, c: Tensor]>): [h: Tensor, c: Tensor] {
    const [h, c] = this.step(x, state ?? []);
    return [h, c];
  }
}

/**
 * Gated recurrent unit (Cho et al., 2014), as PyTorch and cuDNN have it: r and z are σ(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh) of their rows,
 * n = tanh(x·W_inᵀ + b_in + r·(h·W_hnᵀ + b_hn)) and h' = (1 - z)·n + z·h.
 *
 * x [N, inputSize] and h [N, hiddenSize], or both without N, give h'; h begins as zeros.
 *
 * Formula: h' = (1 - z)·n + z·h
 *
 * Shapes: x [N, inputSize], h [N, hiddenSize] → h' [N, hiddenSize]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * new nn.GRUCell(2, 4).forward(zeros([3, 2])).shape; // → [3, 4]
 * ```
 */
export class GRUCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: { bias?: boolean } = {}) {
    super(gruUnit, inputSize, hiddenSize, optionsOf('GRUCell', options, ['bias']).bias);
  }

  override forward(x: Tensor, h?: Optional<Tensor>): Tensor {
    return this.step(x, [h])[0];
  }
}
