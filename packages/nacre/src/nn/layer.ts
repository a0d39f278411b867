import type { DType } from '../base/dtype.ts';
import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Apply, ApplyDType, Fits, HasShapeFn, Result, Shape, ShapeFn } from '../tensor/types/index.ts';
import { Module } from './module.ts';

type ShapeOf<T> = T extends Tensor<infer S, DType> ? S : Shape;

/**
 * A module of one tensor in, one out. `F` tells the shape of the output by that of the input, so that layers that do not fit are
 * found while typing; a subclass gives it, and `compute`.
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * const layers: nn.Layer[] = [new nn.Linear(2, 3), new nn.ReLU()];
 * layers.every((layer) => layer instanceof nn.Module); // → true
 * ```
 */
export abstract class Layer<out F extends ShapeFn = ShapeFn> extends Module implements HasShapeFn<F> {
  /** Only for types: there is no such property. */
  declare readonly shapeFn?: F;

  override forward<G extends ShapeFn, T extends Tensor>(
    this: Layer<G>,
    x: T & Fits<Apply<G, ShapeOf<T>>>,
  ): Tensor<Result<Apply<G, ShapeOf<T>>>, ApplyDType<G, T['dtype']>>;
  override forward(x: Tensor): Tensor {
    if (!(x instanceof Tensor)) {
      throw new ArgumentError(`takes a tensor, got ${x === null ? 'null' : typeof x}`, {
        op: `${this.constructor.name}.forward`,
      });
    }
    return new Tensor(this.compute(x.node));
  }

  /** The formula of the layer, as operations of the graph. */
  protected abstract compute(x: Node): Node;
}
