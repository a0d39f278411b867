import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { nodeOf, optionalNode } from '../tensor/arguments.ts';
import * as ops from '../tensor/ops/index.ts';
import type { Parameter } from '../tensor/parameter.ts';
import { apply, constant, permute, reshape, where } from '../tensor/primitives/apply.ts';
import { scan } from '../tensor/primitives/scan.ts';
import type { Optional } from '../tensor/signatures.ts';
import { Tensor, wrapAll } from '../tensor/tensor.ts';
import { checkSizes } from './linear.ts';
import { Module } from './module.ts';
import {
  checkFits,
  firstStates,
  gatesOf,
  gruUnit,
  lstmUnit,
  makeWeights,
  rnnUnit,
  type Unit,
} from './recurrent-cells.ts';

export interface RecurrentOptions {
  /** Layers one above the other. Default: 1. */
  numLayers?: number;
  /** Default: true. */
  bias?: boolean;
  /** Whether tensors are [N, T, features] rather than [T, N, features]; states are [layers, N, hiddenSize] in any case. Default: no. */
  batchFirst?: boolean;
  /** Probability of dropout on the output of each layer but the last, while training. Default: 0. */
  dropout?: number;
  /** Whether each layer has a second unit that goes from the end to the beginning. Default: no. */
  bidirectional?: boolean;
}

const recurrentOptions = ['numLayers', 'bias', 'batchFirst', 'dropout', 'bidirectional'];

export interface SequenceOptions {
  /**
   * How many steps each sequence of the batch has, as integers [N]. States of one that has ended stay as they are, its outputs are 0;
   * the unit that goes backward begins at its end. Default: all T.
   */
  lengths?: Optional<Tensor>;
}

/** What recurrent networks have in common: layers, directions, and the loop over time. */
abstract class Recurrent extends Module {
  readonly numLayers: number;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  /** Under PyTorch's names: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_ih_l0_reverse`, … */
  readonly weights: Readonly<Record<string, Parameter>>;
  readonly #unit: Unit;

  constructor(
    unit: Unit,
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: RecurrentOptions,
    /** Names of options that only one of them has. */
    own: readonly string[] = [],
    /** Features of the hidden state, if they are not `hiddenSize`. */
    readonly projSize = 0,
  ) {
    super();
    const op = this.constructor.name;
    const {
      numLayers = 1,
      bias = true,
      batchFirst = false,
      dropout = 0,
      bidirectional = false,
    } = optionsOf(op, options, [...own, ...recurrentOptions]);
    checkSizes(op, { inputSize, hiddenSize, numLayers });
    if (!(dropout >= 0 && dropout <= 1))
      throw new ArgumentError(`dropout is a probability from 0 to 1, got ${dropout}`, { op });
    this.#unit = unit;
    this.numLayers = numLayers;
    this.batchFirst = batchFirst;
    this.dropout = dropout;
    this.bidirectional = bidirectional;
    const suffixes = directions(bidirectional);
    const made: [string, Parameter][] = [];
    for (let layer = 0; layer < numLayers; layer++) {
      const features = layer ? (projSize || hiddenSize) * suffixes.length : inputSize;
      for (const suffix of suffixes)
        made.push(...makeWeights(unit, features, hiddenSize, bias, `_l${layer}${suffix}`, projSize));
    }
    this.weights = Object.fromEntries(made);
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return Object.entries(this.weights);
  }

  protected run(
    x: Tensor,
    given: readonly Optional<Tensor>[],
    { lengths }: SequenceOptions = {},
  ): [output: Tensor, states: Tensor[]] {
    const { inputSize, hiddenSize, projSize, numLayers, batchFirst, dropout, weights } = this;
    const unit = this.#unit;
    const op = `${this.constructor.name}(${inputSize}, ${hiddenSize})`;
    const node = nodeOf(op, x);
    const isBatched = node.shape.length === 3;
    const isSwapped = isBatched && batchFirst;
    checkFits(op, 'input', node, [...(isSwapped ? 'NT' : isBatched ? 'TN' : 'T'), inputSize]);
    const inOrder = (y: Node): Node => (isSwapped ? permute(y, [1, 0, 2]) : y);
    let sequence = isBatched ? inOrder(node) : ops.unsqueeze(node, 1);
    const [length, batch] = sequence.shape;
    if (!length) throw new ArgumentError('the sequence has no steps', { op, shapes: [node.shape] });
    const mask = maskOf(op, optionalNode(op, lengths), length, isBatched ? [batch] : []);

    const suffixes = directions(this.bidirectional);
    const sizes = unit.states.map((_, i) => (i || !projSize ? hiddenSize : projSize));
    const stateShapes = sizes.map((size) => [
      numLayers * suffixes.length,
      ...(isBatched ? [batch] : []),
      size,
    ]);
    let first: Node[] | undefined;
    const last: (readonly Node[])[] = [];
    for (let layer = 0; layer < numLayers; layer++) {
      if (layer && this.training) sequence = ops.dropout(sequence, dropout);
      const outputs = suffixes.map((suffix, direction) => {
        const gates = gatesOf(unit, weights, `_l${layer}${suffix}`);
        // One product for all steps; only the part of the hidden state has to wait for the step before.
        const input = gates.input(sequence);
        first ??= firstStates(op, unit, given, stateShapes, input);
        const parts = scan(
          (state, [step, isOn]) => {
            const [h, ...others] = unit.next(step, gates.hidden(state[0]), state);
            const next = [gates.output(h), ...others].map((value, i) =>
              isOn ? where(isOn, value, state[i]) : value,
            );
            return { carry: next, outputs: [next[0]] };
          },
          first.map((state, i) => reshape(ops.narrow(state, 0, last.length, 1), [batch, sizes[i]])),
          mask ? [input, mask] : [input],
          length,
          direction > 0,
        );
        last.push(parts.carry);
        const [output] = parts.outputs;
        return mask ? where(mask, output, constant(0, output.dtype)) : output;
      });
      sequence = ops.concat(outputs, -1);
    }
    const output = isBatched ? inOrder(sequence) : ops.squeeze(sequence, 1);
    const states = stateShapes.map((shape, i) => reshape(ops.stack(last.map((state) => state[i])), shape));
    return [new Tensor(output), wrapAll(states)];
  }
}

const directions = (bidirectional: boolean): string[] => (bidirectional ? ['', '_reverse'] : ['']);

/** Which steps each sequence has: bool [T, N, 1]. */
function maskOf(op: string, lengths: Node | null, length: number, shape: Shape): Node | null {
  if (!lengths) return null;
  checkFits(op, 'lengths', lengths, shape);
  const places = apply('iota', [], { shape: [length, 1, 1], axis: 0, dtype: 'int32' });
  return ops.lt(places, reshape(lengths, [1, sizeOf(shape), 1]));
}

/**
 * Layers of `RNNCell` over a sequence, with tanh or ReLU.
 *
 * x [T, N, inputSize] and h [numLayers, N, hiddenSize], or both without N, give the output [T, N, hiddenSize], which is h of the last
 * layer at each step, and the last h of each layer. Bidirectional, there are twice as many states, forward before backward, and the
 * output has 2·hiddenSize features. h begins as zeros, the weights uniform in ±1/√hiddenSize.
 *
 * Formula: h' = tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh)
 *
 * Shapes: x [T, N, inputSize], h [numLayers, N, hiddenSize] → output [T, N, hiddenSize], h
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const [output, h] = new nn.RNN(2, 4).forward(zeros([5, 3, 2]));
 * output.shape; // → [5, 3, 4]
 * h.shape; // → [1, 3, 4]
 * ```
 */
export class RNN extends Recurrent {
  /** @param options `nonlinearity` is 'tanh' or 'relu', by default 'tanh'. */
  constructor(
    inputSize: number,
    hiddenSize: number,
    options: RecurrentOptions & {
      nonlinearity?: 'tanh' | 'relu';
    } = {},
  ) {
    super(rnnUnit('RNN', options.nonlinearity ?? 'tanh'), inputSize, hiddenSize, options, ['nonlinearity']);
  }

  override forward(x: Tensor, h?: Optional<Tensor>, options?: SequenceOptions): [output: Tensor, h: Tensor] {
    const [output, [last]] = this.run(x, [h], options);
    return [output, last];
  }
}

/**
 * Layers of `LSTMCell` over a sequence (Hochreiter and Schmidhuber, 1997).
 *
 * x [T, N, inputSize], h and c [numLayers, N, hiddenSize] give [output, [h, c]], shaped as those of `RNN`. With `projSize` the hidden
 * state and the output have so many features: h' = W_hr·(σ(o)·tanh(c')) (Sak, Senior and Beaufays, 2014).
 *
 * Formula: i, f, g, o = x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh; c' = σ(f)·c + σ(i)·tanh(g); h' = σ(o)·tanh(c')
 *
 * Shapes: x [T, N, inputSize] → output [T, N, hiddenSize], [h, c] each [numLayers, N, hiddenSize]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const [output, [h, c]] = new nn.LSTM(2, 4, { numLayers: 2 }).forward(zeros([5, 3, 2]));
 * output.shape; // → [5, 3, 4]
 * [h.shape, c.shape]; // → [[2, 3, 4], [2, 3, 4]]
 * ```
 */
export class LSTM extends Recurrent {
  /** @param options `projSize`: features of the hidden state, which is multiplied with `weight_hr`; fewer than `hiddenSize`. Default: 0, none. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions & { projSize?: number } = {}) {
    const { projSize = 0 } = options;
    if (projSize && !(Number.isInteger(projSize) && projSize > 0 && projSize < hiddenSize)) {
      throw new ArgumentError(`projSize is a whole number below hiddenSize ${hiddenSize}, got ${projSize}`, {
        op: 'LSTM',
      });
    }
    super(lstmUnit, inputSize, hiddenSize, options, ['projSize'], projSize);
  }

  override forward(
    x: Tensor,
    state?: Optional<readonly [h: Tensor, c: Tensor]>,
    options?: SequenceOptions,
  ): [output: Tensor, state: [h: Tensor, c: Tensor]] {
    const [output, [h, c]] = this.run(x, state ?? [], options);
    return [output, [h, c]];
  }
}

/**
 * Layers of `GRUCell` over a sequence (Cho et al., 2014). Inputs, outputs and states are shaped as those of `RNN`.
 *
 * Formula: h' = (1 - z)·n + z·h, n = tanh(x·W_inᵀ + b_in + r·(h·W_hnᵀ + b_hn)), r and z sigmoids of their own parts
 *
 * Shapes: x [T, N, inputSize], h [numLayers, N, hiddenSize] → output [T, N, hiddenSize], h
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const [output] = new nn.GRU(2, 4, { bidirectional: true, batchFirst: true }).forward(zeros([3, 5, 2]));
 * output.shape; // → [3, 5, 8]
 * ```
 */
export class GRU extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(gruUnit, inputSize, hiddenSize, options);
  }

  override forward(x: Tensor, h?: Optional<Tensor>, options?: SequenceOptions): [output: Tensor, h: Tensor] {
    const [output, [last]] = this.run(x, [h], options);
    return [output, last];
  }
}
