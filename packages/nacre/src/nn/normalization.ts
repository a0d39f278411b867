import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { type Shape, sameShape } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { ones, zeros } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter } from '../tensor/parameter.ts';
import type { LayerNormFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';
import { checkSizes } from './linear.ts';

/** A size, or the sizes of several last axes, as a shape. */
function lastAxes(op: string, normalizedShape: number | Shape): Shape {
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  if (!shape.length) throw new ArgumentError('normalizedShape is empty', { op });
  for (const size of shape) checkSizes(op, { 'each size of normalizedShape': size });
  return shape;
}

function checkLastAxes(op: string, x: Node, shape: Shape): void {
  if (x.shape.length >= shape.length && sameShape(x.shape.slice(-shape.length), shape)) return;
  throw new ShapeMismatchError(
    `got ${showShape(x.shape)}: expected the last axes to be ${showShape(shape)}`,
    {
      op: `${op}(${showShape(shape)})`,
      shapes: [x.shape, shape],
    },
  );
}

/**
 * Normalizes by mean and variance (divided by n) over the last axes, which have the shape `normalizedShape` (Ba, Kiros and
 * Hinton, "Layer normalization", 2016). Weight and bias have that shape, and begin as ones and zeros.
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias
 *
 * Shapes: x [..., ...normalizedShape] → the same
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.LayerNorm(3).forward(tensor([[1, 2, 3]])).tolist(); // → [[-1.2247, 0, 1.2247]]
 * ```
 */
export class LayerNorm<const N extends number | Shape = number | Shape> extends Layer<LayerNormFn<N>> {
  readonly weight: Parameter<Shape, 'float32'> | null;
  readonly bias: Parameter<Shape, 'float32'> | null;
  readonly eps: number;
  readonly #shape: Shape;

  /** @param options `eps` 1e-5; without `elementwiseAffine` there are no parameters, without `bias` no bias. */
  constructor(
    readonly normalizedShape: N,
    options: { eps?: number; elementwiseAffine?: boolean; bias?: boolean } = {},
  ) {
    super();
    const names = ['eps', 'elementwiseAffine', 'bias'];
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = optionsOf('LayerNorm', options, names);
    this.#shape = lastAxes('LayerNorm', normalizedShape);
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(this.#shape)) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(this.#shape)) : null;
  }

  protected override compute(x: Node): Node {
    const { weight, bias, eps } = this;
    checkLastAxes('LayerNorm', x, this.#shape);
    return ops.layerNorm(x, this.#shape, weight?.node ?? null, bias?.node ?? null, eps);
  }
}

/**
 * Divides by the root of the mean square over the last axes, which have the shape `normalizedShape` (Zhang and Sennrich, "Root
 * mean square layer normalization", 2019). Weight has that shape, and begins as ones.
 *
 * Formula: x / √(mean(x²) + eps)·weight
 *
 * Shapes: x [..., ...normalizedShape] → the same
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.RMSNorm(2).forward(tensor([[1, 7]])).tolist(); // → [[0.2, 1.4]]
 * ```
 */
export class RMSNorm<const N extends number | Shape = number | Shape> extends Layer<LayerNormFn<N>> {
  readonly weight: Parameter<Shape, 'float32'> | null;
  readonly eps: number | null;
  readonly #shape: Shape;

  /** @param options `eps`: the distance from 1 to the next number of the input's dtype; without `elementwiseAffine` there is no weight. */
  constructor(
    readonly normalizedShape: N,
    options: { eps?: number | null; elementwiseAffine?: boolean } = {},
  ) {
    super();
    const names = ['eps', 'elementwiseAffine'];
    const { eps = null, elementwiseAffine = true } = optionsOf('RMSNorm', options, names);
    this.#shape = lastAxes('RMSNorm', normalizedShape);
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(this.#shape)) : null;
  }

  protected override compute(x: Node): Node {
    const op = `RMSNorm(${showShape(this.#shape)})`;
    return ops.rmsNorm(op, x, this.#shape, this.weight?.node ?? null, this.eps);
  }
}
