import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Node } from '../graph/node.ts';
import { zeros } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter } from '../tensor/parameter.ts';
import type { LinearFn } from '../tensor/types/index.ts';
import { kaimingUniform, uniform } from './init.ts';
import { Layer } from './layer.ts';

/** Refuses sizes that are no positive integers; `names` and `sizes` go together. */
export function checkSizes(op: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1)
      throw new ArgumentError(`${name} is a positive integer, got ${size}`, { op });
  }
}

/**
 * A product with a weight over the last axis, plus a bias.
 *
 * Weight [outFeatures, inFeatures] and bias [outFeatures] begin uniform in ±1/√inFeatures, as in PyTorch.
 *
 * Formula: x·Wᵀ + b
 *
 * Shapes: x [..., inFeatures] → [..., outFeatures]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const layer = new nn.Linear(2, 1);
 * nn.init.ones(layer.weight);
 * nn.init.zeros(layer.bias!);
 * await layer.forward(tensor([[1, 2], [3, 4]])).tolist(); // → [[3], [7]]
 * new nn.Linear(2, 0); // → throws ArgumentError: outFeatures is a positive integer
 * ```
 */
export class Linear<const I extends number = number, const O extends number = number> extends Layer<
  LinearFn<I, O>
> {
  readonly weight: Parameter<readonly [O, I], 'float32'>;
  readonly bias: Parameter<readonly [O], 'float32'> | null;

  /** @param options `bias: false` leaves out b. */
  constructor(
    readonly inFeatures: I,
    readonly outFeatures: O,
    options: { bias?: boolean } = {},
  ) {
    super();
    const { bias = true } = optionsOf('Linear', options, ['bias']);
    checkSizes('Linear', { inFeatures, outFeatures });
    this.weight = kaimingUniform(new Parameter(zeros([outFeatures, inFeatures])), { a: Math.sqrt(5) });
    const bound = 1 / Math.sqrt(inFeatures);
    this.bias = bias ? uniform(new Parameter(zeros([outFeatures])), -bound, bound) : null;
  }

  protected override compute(x: Node): Node {
    const { inFeatures, outFeatures, weight, bias } = this;
    if (x.shape.at(-1) !== inFeatures) {
      throw new ShapeMismatchError(
        `got ${showShape(x.shape)}: expected ${inFeatures} features, got ${x.shape.at(-1) ?? 'none'}`,
        {
          op: `Linear(${inFeatures}, ${outFeatures})`,
          shapes: [x.shape],
        },
      );
    }
    return ops.linear(x, weight.node, bias?.node ?? null);
  }
}
