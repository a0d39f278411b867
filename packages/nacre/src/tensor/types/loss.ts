import type { RemoveAxes } from './axis.ts';
import type { Broadcast } from './broadcast.ts';
import type { IfUnknownRank, ItemShape, SameShape, Shape, ShapeError, ShowShape } from './shape.ts';

/** What a loss does with its elements; PyTorch's default is the mean. */
export type Reduction = 'mean' | 'sum' | 'none';

/** One number for mean and sum, `Each` for none, an unknown rank where only run time knows; an error stays one. */
type Reduced<Each, How extends Reduction> = Each extends Shape
  ? 'none' extends How
    ? [How] extends ['none']
      ? Each
      : Shape
    : ItemShape
  : Each;

/** The shape of a loss that compares element with element: mseLoss, l1Loss, huberLoss, binaryCrossEntropy, … */
export type Loss<
  Op extends string,
  Input extends Shape,
  Target extends Shape,
  How extends Reduction = 'mean',
> = Reduced<Broadcast<Op, Input, Target>, How>;

/**
 * The shape of crossEntropy and nllLoss. Logits are `[classes]`, `[batch, classes]` or `[batch, classes, ...more]`;
 * the target has the same shape (probabilities), or that without the classes (class indices).
 */
export type CrossEntropy<
  Op extends string,
  Logits extends Shape,
  Target extends Shape,
  How extends Reduction = 'mean',
> = Reduced<
  IfUnknownRank<
    Logits,
    Shape,
    IfUnknownRank<
      Target,
      Shape,
      Logits extends readonly []
        ? ShapeError<`${Op}: logits [] with targets ${ShowShape<Target>}: logits need an axis of classes`>
        : ClassTarget<Op, Logits, Target, WithoutClasses<Logits>>
    >
  >,
  How
>;

type WithoutClasses<Logits extends Shape> = Logits extends readonly [number] ? [] : RemoveAxes<Logits, 1>;

type ClassTarget<Op extends string, Logits extends Shape, Target extends Shape, Each extends Shape> = [
  SameShape<Target, Each>,
] extends [never]
  ? [SameShape<Target, Logits>] extends [never]
    ? ShapeError<`${Op}: logits ${ShowShape<Logits>} with targets ${ShowShape<Target>}: expected ${ShowShape<Each>} or ${ShowShape<Logits>}`>
    : Each
  : SameShape<Target, Each>;
