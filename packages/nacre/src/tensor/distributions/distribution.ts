import { checkShape, type Shape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { operandOf } from '../arguments.ts';
import { withoutGradient } from '../ops/elementwise.ts';
import { expandOf } from '../ops/movement.ts';
import { parametersOf } from '../ops/sampling.ts';
import { cast, constant } from '../primitives/apply.ts';
import type { Operand } from '../signatures.ts';
import { Tensor } from '../tensor.ts';

/**
 * A probability distribution, or one for each element of its parameters, which are tensors or numbers and are broadcast to one shape. It
 * reads them when it is asked, so that a Parameter counts with its present value.
 *
 * Shapes: parameters broadcast to [...] = batchShape; sample(shape) → [...shape, ...batchShape]
 *
 * @example
 * ```ts
 * import { distributions, tensor } from 'nacre';
 * const d: distributions.Distribution = new distributions.Normal(tensor([0, 10]), 1);
 * d.sample([5]).shape; // → [5, 2]
 * await d.mean.tolist(); // → [0, 10]
 * ```
 */
export abstract class Distribution {
  readonly #op: string;
  readonly #parameters: readonly Operand[];

  constructor(op: string, parameters: readonly Operand[]) {
    this.#op = op;
    this.#parameters = parameters;
    this.parameters();
  }

  /** The parameters, of one shape and dtype. Internal. */
  parameters(): Node[] {
    return parametersOf(
      this.#op,
      this.#parameters.map((parameter) => operandOf(this.#op, parameter)),
    );
  }

  /** The shape of one draw. */
  get batchShape(): Shape {
    return this.parameters()[0].shape;
  }

  /** The mean of each distribution, of `batchShape`. */
  get mean(): Tensor {
    return new Tensor(this.meanOf(...this.parameters()));
  }

  /** The variance of each distribution, of `batchShape`. */
  get variance(): Tensor {
    return new Tensor(this.varianceOf(...this.parameters()));
  }

  /** Numbers of the shape [...shape, ...batchShape], through which no gradient flows. */
  sample(shape: Shape = []): Tensor {
    return withoutGradient(() => new Tensor(this.draw(this.repeated(shape))));
  }

  /** The logarithm of the density, or for a discrete distribution of the probability, at `value`, which is broadcast with the parameters. */
  logProb(value: Operand): Tensor {
    const [first, ...others] = this.parameters();
    const given = operandOf(this.#op, value);
    const x = typeof given === 'number' ? constant(given, first.dtype) : cast(given, first.dtype);
    return new Tensor(this.logProbOf(x, first, ...others));
  }

  /** How uncertain it is, in nats: -E[log p(x)], of `batchShape`. */
  entropy(): Tensor {
    return new Tensor(this.entropyOf(...this.parameters()));
  }

  /** The parameters for draws of this shape. */
  protected repeated(shape: Shape): Node[] {
    checkShape(this.#op, shape);
    return this.parameters().map((node) => expandOf(node, [...shape, ...node.shape]));
  }

  protected abstract draw(parameters: readonly Node[]): Node;
  protected abstract logProbOf(x: Node, ...parameters: Node[]): Node;
  protected abstract entropyOf(...parameters: Node[]): Node;
  protected abstract meanOf(...parameters: Node[]): Node;
  protected abstract varianceOf(...parameters: Node[]): Node;
}

/**
 * A distribution whose numbers are a smooth function of its parameters and of random numbers that do not depend on them.
 *
 * Shapes: as `Distribution`; rsample(shape) → [...shape, ...batchShape]
 *
 * @example
 * ```ts
 * import { distributions, Parameter, tensor } from 'nacre';
 * const mean = new Parameter(tensor([2]));
 * new distributions.Normal(mean, 1).rsample([4]).sum().backward();
 * await mean.grad!.tolist(); // → [4]
 * ```
 */
export abstract class Reparametrized extends Distribution {
  /** As `sample`, but with gradients of the parameters (Kingma and Welling, "Auto-encoding variational Bayes", 2014). */
  rsample(shape: Shape = []): Tensor {
    return new Tensor(this.draw(this.repeated(shape)));
  }
}
