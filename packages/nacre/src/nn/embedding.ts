import { ArgumentError, IndexError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { sameShape, sizeOf } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { arange, zeros } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter } from '../tensor/parameter.ts';
import { apply, cast, constant, expand, mul } from '../tensor/primitives/apply.ts';
import { withGradient } from '../tensor/primitives/rules.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { EmbeddingFn } from '../tensor/types/index.ts';
import { normal } from './init.ts';
import { Layer } from './layer.ts';
import { checkSizes } from './linear.ts';
import { Module } from './module.ts';

export interface EmbeddingOptions {
  /** A row that begins as zero and gets no gradient. Default: none. */
  paddingIdx?: number | null;
  /** Rows whose norm is greater are scaled to this norm when they are looked up, in the weight itself. Default: none. */
  maxNorm?: number | null;
  /** The order of that norm. Default: 2. */
  normType?: number;
  /** Whether the gradient of a row is divided by how often the row was looked up. Default: no. */
  scaleGradByFreq?: boolean;
}

const embeddingOptions = ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq'];

/** A weight, and how its rows are looked up. */
interface Table {
  readonly weight: Parameter;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
}

/** How often each row is named. */
function countsOf(x: Node, rows: number): Node {
  const flat = ops.reshapeOf(x, [sizeOf(x.shape)]);
  const ones = expand(constant(1, 'float32'), flat.shape);
  return ops.scatterAdd(expand(constant(0, 'float32'), [rows]), 0, flat, ones);
}

/** The rows that indices name. */
function lookUp({ weight, maxNorm, normType, scaleGradByFreq }: Table, x: Node): Node {
  const counts = maxNorm === null && !scaleGradByFreq ? null : countsOf(x, weight.shape[0]);
  if (maxNorm !== null && counts) {
    const present = ops.detach(weight.node);
    const norm = ops.norm(present, normType, 1, true);
    // As PyTorch has it: the small number keeps the quotient finite.
    const scaled = ops.mulOf(present, ops.divOf(maxNorm, ops.addOf(norm, 1e-7)));
    const isLarge = ops.logicalAnd(ops.gt(norm, maxNorm), ops.gt(ops.unsqueeze(counts, 1), 0));
    weight.value = new Tensor(ops.whereOf(isLarge, scaled, present));
  }
  const rows = ops.embedding(x, weight.node);
  if (!scaleGradByFreq || !counts) return rows;
  const share = ops.divOf(1, ops.embedding(x, ops.unsqueeze(counts, 1)));
  const factor = expand(cast(share, rows.dtype), rows.shape);
  return withGradient([rows, factor], [rows], ([, by], _, [g]) => [mul(g, by), null])[0];
}

/**
 * The row of the weight that each index names: int32 indices of any shape [...] become [..., embeddingDim].
 *
 * Weight [numEmbeddings, embeddingDim] begins standard normal. The row `paddingIdx` begins as zero and gets no gradient. With `maxNorm` rows
 * that are looked up are made no longer than that, with `scaleGradByFreq` gradients are divided by how often a row comes.
 *
 * Formula: y[...] = weight[indices[...]]
 *
 * Shapes: indices [...] → [..., embeddingDim]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const layer = new nn.Embedding(10, 4, { paddingIdx: 0 });
 * const y = layer.forward(tensor([[1, 2, 0]], { dtype: 'int32' }));
 * y.shape; // → [1, 3, 4]
 * await y.select(1, 2).tolist(); // → [[0, 0, 0, 0]]
 * ```
 */
export class Embedding<const N extends number = number, const E extends number = number> extends Layer<
  EmbeddingFn<N, E>
> {
  readonly weight: Parameter<readonly [N, E], 'float32'>;
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;

  constructor(
    readonly numEmbeddings: N,
    readonly embeddingDim: E,
    options: EmbeddingOptions = {},
  ) {
    super();
    const {
      paddingIdx = null,
      maxNorm = null,
      normType = 2,
      scaleGradByFreq = false,
    } = optionsOf('Embedding', options, embeddingOptions);
    checkSizes('Embedding', { numEmbeddings, embeddingDim });
    if (maxNorm !== null && !(maxNorm > 0))
      throw new ArgumentError(`maxNorm is above zero, got ${maxNorm}`, { op: 'Embedding' });
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.weight = normal(new Parameter(zeros([numEmbeddings, embeddingDim])));
    this.paddingIdx = paddingIdx;
    if (paddingIdx === null) return;
    if (!Number.isInteger(paddingIdx) || paddingIdx < -numEmbeddings || paddingIdx >= numEmbeddings) {
      throw new IndexError(`paddingIdx ${paddingIdx} is outside ${numEmbeddings} rows`, { op: 'Embedding' });
    }
    this.paddingIdx = paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
    const isPadding = ops.eq(ops.reshapeOf(arange(numEmbeddings).node, [-1, 1]), this.paddingIdx);
    this.weight.value = new Tensor(ops.maskedFill(this.weight.value.detach().node, isPadding, 0));
  }

  protected override compute(x: Node): Node {
    const rows = lookUp(this, x);
    if (this.paddingIdx === null) return rows;
    const isPadding = ops.eq(ops.reshapeOf(x, [...x.shape, 1]), this.paddingIdx);
    return ops.whereOf(isPadding, ops.detach(rows), rows);
  }
}

export interface EmbeddingBagOptions extends Omit<EmbeddingOptions, 'paddingIdx'> {
  /** What becomes of the rows of a bag. Default: 'mean'. */
  mode?: 'sum' | 'mean' | 'max';
  /** A row that does not count, begins as zero and gets no gradient. Default: none. */
  paddingIdx?: number | null;
  /** Whether `offsets` ends with the number of indices, so that there is a bag less than offsets. Default: no. */
  includeLastOffset?: boolean;
}

/**
 * The sum, mean or maximum of the rows that a bag of indices names: [bags, length] becomes [bags, embeddingDim]. A list of indices
 * with `offsets` [bags] holds bags of different lengths one after the other; with `includeLastOffset` the last offset is where the last
 * bag ends. A bag without rows gives zeros.
 *
 * Formula: y[bag] = Σ weight[index] over the bag, divided by their number with mode 'mean'
 *
 * Shapes: indices [bags, length], or [n] with offsets [bags] → [bags, embeddingDim]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const layer = new nn.EmbeddingBag(10, 2, { mode: 'sum' });
 * nn.init.ones(layer.weight);
 * await layer.forward(tensor([[1, 2, 3]], { dtype: 'int32' })).tolist(); // → [[3, 3]]
 * ```
 */
export class EmbeddingBag extends Module {
  readonly weight: Parameter<readonly [number, number], 'float32'>;
  readonly mode: 'sum' | 'mean' | 'max';
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly includeLastOffset: boolean;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: EmbeddingBagOptions = {},
  ) {
    super();
    const op = 'EmbeddingBag';
    const names = ['mode', 'includeLastOffset', ...embeddingOptions];
    const { mode = 'mean', includeLastOffset = false, ...table } = optionsOf(op, options, names);
    if (!['sum', 'mean', 'max'].includes(mode)) {
      throw new ArgumentError(`mode is 'sum', 'mean' or 'max', got '${String(mode)}'`, { op });
    }
    checkSizes(op, { numEmbeddings, embeddingDim });
    if (mode === 'max' && table.scaleGradByFreq) {
      throw new ArgumentError("scaleGradByFreq is not for the mode 'max'", { op });
    }
    const inner = new Embedding(numEmbeddings, embeddingDim, table);
    this.maxNorm = inner.maxNorm;
    this.normType = inner.normType;
    this.scaleGradByFreq = inner.scaleGradByFreq;
    this.includeLastOffset = includeLastOffset;
    this.weight = inner.weight;
    this.paddingIdx = inner.paddingIdx;
    this.mode = mode;
  }

  /** @param perSampleWeights factor of each row, of the shape of the indices; only with mode 'sum'. */
  override forward(indices: Tensor, offsets?: Tensor | null, perSampleWeights?: Tensor | null): Tensor {
    const { mode, paddingIdx } = this;
    const op = `EmbeddingBag(${this.numEmbeddings}, ${this.embeddingDim})`;
    const x = indices.node;
    const begin = offsets?.node;
    if (begin ? x.shape.length !== 1 || begin.shape.length !== 1 : x.shape.length !== 2) {
      throw new ShapeMismatchError(
        `got ${showShape(x.shape)}${begin ? ` with offsets ${showShape(begin.shape)}` : ''}: expected [bags, length], or a list with offsets [bags]`,
        { op, shapes: [x.shape] },
      );
    }
    if (perSampleWeights && (mode !== 'sum' || !sameShape(perSampleWeights.node.shape, x.shape))) {
      throw new ArgumentError("perSampleWeights have the shape of the indices, and go with mode 'sum'", {
        op,
      });
    }
    const rows = lookUp(this, x);
    const value = perSampleWeights ? ops.mulOf(rows, ops.unsqueeze(perSampleWeights.node, -1)) : rows;
    // Which rows belong to a bag: [bags, length, 1].
    let member = ops.unsqueeze(paddingIdx === null ? ops.ge(x, 0) : ops.ne(x, paddingIdx), -1);
    if (begin) {
      const [length] = x.shape;
      const [borders] = begin.shape;
      const later = ops.narrow(begin, 0, 1, borders - 1);
      const bags = this.includeLastOffset ? ops.narrow(begin, 0, 0, borders - 1) : begin;
      const end = this.includeLastOffset ? later : ops.pad(later, [0, 1], length);
      const place = arange(length).node;
      const [from, upper] = [bags, end].map((border) => ops.unsqueeze(border, 1));
      const inBag = ops.logicalAnd(ops.ge(place, from), ops.lt(place, upper));
      member = ops.logicalAnd(member, ops.unsqueeze(inBag, -1));
    }
    const reduced =
      mode === 'max'
        ? apply('amax', [ops.whereOf(member, value, Number.NEGATIVE_INFINITY)], { axes: [1], first: true })
        : ops.sumOf(ops.whereOf(member, value, 0), 1);
    if (mode === 'sum') return new Tensor(reduced);
    const count = ops.sumOf(member, 1);
    return new Tensor(
      mode === 'mean' ? ops.divOf(reduced, ops.maximum(count, 1)) : ops.whereOf(ops.gt(count, 0), reduced, 0),
    );
  }
}
