import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { sameShape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import {
  add,
  cast,
  constant,
  div,
  expand,
  mul,
  neg,
  plus,
  reshape,
  sub,
  sum,
  times,
  where,
} from '../primitives/apply.ts';
import {
  eq,
  exp,
  logicalNot,
  minimum,
  ne,
  pow,
  relu,
  sigmoid,
  softplus,
  sqrt,
  square,
  toFloat,
  together,
} from './elementwise.ts';
import { checked } from './index-by.ts';
import { classAxis, isClass, type Reduction, reduceLoss } from './network.ts';
import { argmax, logSoftmax, norm, sumOf } from './reduce.ts';

/** The axis of the classes, and where along it the target is. */
function classes(op: string, x: Node, target: Node): { axis: number; isTarget: Node } {
  const axis = classAxis(op, x, target);
  return { axis, isTarget: isClass(checked(op, target, x.shape[axis]), x.shape, axis) };
}

/** Elements where the mask holds, added up along an axis. */
const picked = (mask: Node, x: Node, axis: number): Node => sum(where(mask, x, constant(0, x.dtype)), [axis]);

export interface MultiMarginOptions {
  p?: number;
  margin?: number;
  weight?: Node | null;
  reduction?: Reduction;
}

/** Σ max(0, margin - x[target] + x[i])^p / C over the classes i that are not the target. */
export function multiMarginLoss(input: Node, target: Node, options: MultiMarginOptions): Node {
  const op = 'multiMarginLoss';
  const { p = 1, margin = 1, weight = null, reduction } = options;
  if (p !== 1 && p !== 2) throw new ArgumentError(`p is 1 or 2, got ${p}`, { op });
  if (input.shape.length > 2) {
    throw new ShapeMismatchError(`input: ${showShape(input.shape)}, expected [N, C] or [C]`, {
      op,
      shapes: [input.shape],
    });
  }
  const x = toFloat(input);
  const { axis, isTarget } = classes(op, x, target);
  const count = x.shape[axis];
  const kept = x.shape.map((length, i) => (i === axis ? 1 : length));
  const right = reshape(picked(isTarget, x, axis), kept);
  const hinge = pow(relu(plus(sub(x, right), margin)), p);
  let loss = times(picked(logicalNot(isTarget), hinge, axis), 1 / count);
  if (weight) {
    if (!sameShape(weight.shape, [count])) {
      throw new ShapeMismatchError(`weight: ${showShape(weight.shape)}, expected [${count}]`, {
        op,
        shapes: [weight.shape],
      });
    }
    loss = mul(loss, picked(isTarget, expand(cast(weight, x.dtype), x.shape), axis));
  }
  return reduceLoss(loss, reduction ?? 'mean');
}

export interface TripletMarginOptions {
  margin?: number;
  p?: number;
  eps?: number;
  swap?: boolean;
  reduction?: Reduction;
}

/** ‖x - y + eps‖ over the last axis. */
export const pairwiseDistance = (x: Node, y: Node, p = 2, eps = 1e-6, keepdim = false): Node => {
  const [a, b] = together(toFloat(x), toFloat(y));
  return norm(plus(sub(a, b), eps), p, -1, keepdim);
};

/** max(0, d(anchor, positive) - d(anchor, negative) + margin); with `swap`, the smaller of the distances to the negative (Balntas et al., 2016). */
export function tripletMarginLoss(
  anchor: Node,
  positive: Node,
  negative: Node,
  options: TripletMarginOptions,
): Node {
  const { margin = 1, p = 2, eps = 1e-6, swap = false, reduction = 'mean' } = options;
  const shapes = [anchor.shape, positive.shape, negative.shape];
  if (!shapes.every((shape) => sameShape(shape, anchor.shape))) {
    throw new ShapeMismatchError(
      `anchor: ${showShape(shapes[0])}, positive: ${showShape(shapes[1])}, negative: ${showShape(shapes[2])}: expected one shape`,
      { op: 'tripletMarginLoss', shapes },
    );
  }
  const distance = (x: Node, y: Node): Node => pairwiseDistance(x, y, p, eps);
  const far = distance(anchor, negative);
  const away = swap ? minimum(far, distance(positive, negative)) : far;
  return reduceLoss(relu(plus(sub(distance(anchor, positive), away), margin)), reduction);
}

/** 1 - cos(x, y) where the target is 1, max(0, cos(x, y) - margin) where it is -1. */
export function cosineEmbeddingLoss(
  left: Node,
  right: Node,
  target: Node,
  margin = 0,
  reduction: Reduction = 'mean',
): Node {
  const [x, y] = together(toFloat(left), toFloat(right));
  if (!x.shape.length || !sameShape(x.shape, y.shape) || !sameShape(x.shape.slice(0, -1), target.shape)) {
    throw new ShapeMismatchError(
      `inputs: ${showShape(x.shape)} and ${showShape(y.shape)}, target: ${showShape(target.shape)}, expected [N, D] twice and [N]`,
      { op: 'cosineEmbeddingLoss', shapes: [x.shape, y.shape, target.shape] },
    );
  }
  const total = (product: Node): Node => sumOf(product, -1);
  // PyTorch's guard against vectors of length 0.
  const guarded = (value: Node): Node => plus(total(square(value)), 1e-12);
  const cosine = div(total(mul(x, y)), sqrt(mul(guarded(x), guarded(y))));
  const zero = constant(0, x.dtype);
  const similar = where(eq(target, 1), plus(neg(cosine), 1), zero);
  return reduceLoss(add(similar, where(eq(target, -1), relu(plus(cosine, -margin)), zero)), reduction);
}

export interface FocalOptions {
  alpha?: number | null;
  gamma?: number;
  reduction?: Reduction;
}

/**
 * -α·(1 - p)^γ·log p of the probability p of what is true (Lin, Goyal, Girshick, He and Dollár, 2017). Logits of the targets' shape are
 * binary: α (default 0.25) is for 1 and 1 - α for 0. Logits [N, C, …] with classes [N, …] go through softmax: α is 1 by default.
 */
export function focalLoss(input: Node, target: Node, options: FocalOptions): Node {
  const { alpha, gamma = 2, reduction = 'mean' } = options;
  const x = toFloat(input);
  if (sameShape(x.shape, target.shape)) {
    const y = cast(target, x.dtype);
    const balance = alpha === undefined ? 0.25 : alpha;
    const logTrue = sub(mul(x, y), softplus(x));
    const scale = balance === null ? constant(1, x.dtype) : plus(times(y, 2 * balance - 1), 1 - balance);
    // For targets between 0 and 1 too, as torchvision has it: 1 - p is that of the mixture.
    const p = sigmoid(x);
    const rest = sub(add(p, y), times(mul(p, y), 2));
    return reduceLoss(neg(mul(scale, mul(pow(rest, gamma), logTrue))), reduction);
  }
  const { axis, isTarget } = classes('focalLoss', x, target);
  const logTrue = picked(isTarget, logSoftmax(x, axis), axis);
  const rest = plus(neg(exp(logTrue)), 1);
  return reduceLoss(times(mul(pow(rest, gamma), logTrue), -(alpha ?? 1)), reduction);
}

/** 1 where the largest logit is not the target's (or, of one shape, where input and target differ), else 0. It has no gradient. */
export function zeroOneLoss(input: Node, target: Node, reduction: Reduction = 'mean'): Node {
  if (sameShape(input.shape, target.shape)) return reduceLoss(toFloat(ne(input, target)), reduction);
  const axis = classAxis('zeroOneLoss', input, target);
  return reduceLoss(toFloat(ne(argmax(input, axis), target)), reduction);
}
