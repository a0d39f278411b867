import type { DType } from '../../../base/dtype.ts';
import type { ShapeOf } from '../../signatures.ts';
import type { Tensor } from '../../tensor.ts';
import type { Promote, Shape } from '../../types/index.ts';

/** The dtype of results: float64 for float64, float32 for all others. */
export type Precise<D extends DType> = DType extends D ? DType : D extends 'float64' ? 'float64' : 'float32';

/** The same shape. */
export type Alike<T extends Tensor> = Tensor<ShapeOf<T>, Precise<T['dtype']>>;

/** A result whose shape is known when it is made. */
export type Made<T extends Tensor> = Tensor<Shape, Precise<T['dtype']>>;

export type MadeOfBoth<A extends Tensor, B extends Tensor> = Tensor<
  Shape,
  Precise<Promote<A['dtype'], B['dtype']>>
>;
