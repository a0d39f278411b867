/** Losses of several labels, of counts, of predicted variances, and of ranks. */
import { dtypes } from '../../base/dtype.ts';
import { ArgumentError, DTypeError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { sameShape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  div,
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
  clamp,
  detach,
  exp,
  gt,
  log,
  logicalAnd,
  logicalNot,
  lt,
  maximum,
  minimum,
  mulOf,
  relu,
  softplus,
  square,
  toFloat,
  together,
} from './elementwise.ts';
import { checked } from './index-by.ts';
import { type Reduction, reduceLoss } from './network.ts';
import { any, mean } from './reduce.ts';
import { xlogy } from './special.ts';

function requireShapes(op: string, names: readonly string[], nodes: readonly Node[]): void {
  if (nodes.every(({ shape }) => sameShape(shape, nodes[0].shape))) return;
  const shown = nodes.map(({ shape }, i) => `${names[i]}: ${showShape(shape)}`).join(', ');
  throw new ShapeMismatchError(`${shown}: expected one shape`, {
    op,
    shapes: nodes.map(({ shape }) => shape),
  });
}

/** log(1 + exp(-y·x)) for targets y of -1 and 1. */
export function softMarginLoss(input: Node, target: Node, reduction: Reduction): Node {
  requireShapes('softMarginLoss', ['input', 'target'], [input, target]);
  const x = toFloat(input);
  return reduceLoss(softplus(neg(mul(cast(target, x.dtype), x))), reduction);
}

/** The mean over the classes, the last axis, of the binary cross-entropy of sigmoid(x) with targets of 0 and 1. */
export function multilabelSoftMarginLoss(
  input: Node,
  target: Node,
  weight: Node | null,
  reduction: Reduction,
): Node {
  requireShapes('multilabelSoftMarginLoss', ['input', 'target'], [input, target]);
  const x = toFloat(input);
  const each = sub(softplus(x), mul(cast(target, x.dtype), x));
  return reduceLoss(mean(weight ? mulOf(each, cast(weight, x.dtype)) : each, -1), reduction);
}

/**
 * Σ max(0, 1 - x[y] + x[i]) / C over the classes y that are targets and the classes i that are none. A line of targets is a list of classes
 * that ends at the first negative number: [N, C] with [N, C], or [C] with [C].
 */
export function multilabelMarginLoss(input: Node, target: Node, reduction: Reduction): Node {
  const op = 'multilabelMarginLoss';
  requireShapes(op, ['input', 'target'], [input, target]);
  const rank = input.shape.length;
  if (rank < 1 || rank > 2) {
    throw new ShapeMismatchError(`input: ${showShape(input.shape)}, expected [N, C] or [C]`, {
      op,
      shapes: [input.shape],
    });
  }
  if (dtypes[target.dtype].kind !== 'int') {
    throw new DTypeError(`classes are integers, got ${target.dtype}`, {
      op,
      dtypes: [target.dtype],
      hint: "Convert with to('int32')",
    });
  }
  const x = toFloat(input);
  const classes = x.shape[rank - 1];
  const front = x.shape.slice(0, -1);
  const label = cast(target, 'int32');
  const place = apply('iota', [], { shape: x.shape, axis: rank - 1, dtype: 'int32' });
  const stops = where(lt(label, 0), place, constant(classes, 'int32'));
  const end = apply('amin', [stops], { axes: [rank - 1] });
  const counts = lt(place, reshape(end, [...front, 1]));
  const known = checked(op, where(counts, label, constant(0, 'int32')), classes);
  // Axes: the list of targets, then the classes.
  const pairs = [...front, classes, classes];
  const column = (node: Node): Node => reshape(node, [...front, classes, 1]);
  const row = (node: Node): Node => reshape(node, [...front, 1, classes]);
  const index = apply('iota', [], { shape: pairs, axis: rank, dtype: 'int32' });
  const isNamed = logicalAnd(apply('eq', [index, column(known)], {}), column(counts));
  const zero = constant(0, x.dtype);
  const right = sum(where(isNamed, row(x), zero), [rank]);
  const isTarget = any(isNamed, rank - 1);
  const excess = relu(plus(sub(row(x), column(right)), 1));
  const takes = logicalAnd(column(counts), logicalNot(row(isTarget)));
  return reduceLoss(times(sum(where(takes, excess, zero), [rank - 1, rank]), 1 / classes), reduction);
}

export interface PoissonNllOptions {
  logInput?: boolean;
  full?: boolean;
  eps?: number;
  reduction?: Reduction;
}

/** exp(x) - y·x of the logarithm x of a rate, or x - y·log(x + eps) of a rate; `full` adds Stirling's approximation of log y! for y > 1. */
export function poissonNllLoss(input: Node, target: Node, options: PoissonNllOptions): Node {
  const { logInput = true, full = false, eps = 1e-8, reduction = 'mean' } = options;
  requireShapes('poissonNllLoss', ['input', 'target'], [input, target]);
  const x = toFloat(input);
  const y = cast(target, x.dtype);
  let loss = logInput ? sub(exp(x), mul(y, x)) : sub(x, mul(y, log(plus(x, eps))));
  if (full) {
    const many = maximum(y, 1);
    const stirling = add(sub(xlogy(many, many), many), times(log(times(many, 2 * Math.PI)), 0.5));
    loss = add(loss, where(gt(y, 1), stirling, constant(0, x.dtype)));
  }
  return reduceLoss(loss, reduction);
}

export interface GaussianNllOptions {
  full?: boolean;
  eps?: number;
  reduction?: Reduction;
}

/** ½·(log v + (x - y)² / v) with the variance v, not below eps; gradients take no notice of that. `full` adds ½·log 2π. */
export function gaussianNllLoss(
  input: Node,
  target: Node,
  variance: Node,
  options: GaussianNllOptions,
): Node {
  const op = 'gaussianNllLoss';
  const { full = false, eps = 1e-6, reduction = 'mean' } = options;
  requireShapes(op, ['input', 'target'], [input, target]);
  const [x, v] = together(toFloat(input), toFloat(variance));
  const { shape } = input;
  const own = sameShape(v.shape, shape.slice(0, -1)) && shape.length > 0 ? reshape(v, [...v.shape, 1]) : v;
  const fits =
    own.shape.length === shape.length &&
    own.shape.every((length, axis) => {
      return length === shape[axis] || (length === 1 && axis === shape.length - 1);
    });
  if (!fits) {
    throw new ShapeMismatchError(
      `input: ${showShape(shape)}, variance: ${showShape(variance.shape)}: expected the input's shape, or its last axis left out or of length 1`,
      { op, shapes: [shape, variance.shape] },
    );
  }
  const kept = add(own, detach(sub(maximum(own, eps), own)));
  const each = times(add(log(kept), div(square(sub(x, cast(target, x.dtype))), kept)), 0.5);
  return reduceLoss(full ? plus(each, 0.5 * Math.log(2 * Math.PI)) : each, reduction);
}

/** max(0, x), whose slope at 0 is 1 as in PyTorch: two that are equal are still moved apart. */
const hinge = (x: Node): Node => clamp(x, 0);

/** max(0, margin - y·(x1 - x2)) for y of 1 where x1 is to be the larger one, -1 where x2 is. */
export function marginRankingLoss(
  left: Node,
  right: Node,
  target: Node,
  margin: number,
  reduction: Reduction,
): Node {
  requireShapes('marginRankingLoss', ['input1', 'input2', 'target'], [left, right, target]);
  const [x, y] = together(toFloat(left), toFloat(right));
  return reduceLoss(hinge(plus(neg(mul(cast(target, x.dtype), sub(x, y))), margin)), reduction);
}

/** max(0, d(anchor, positive) - d(anchor, negative) + margin) from distances; with `between`, that of positive and negative counts where it is smaller. */
export function tripletOfDistances(
  near: Node,
  far: Node,
  between: Node | null,
  margin: number,
  reduction: Reduction,
): Node {
  if (!(margin > 0)) {
    throw new ArgumentError(`margin is a positive number, got ${margin}`, {
      op: 'tripletMarginWithDistanceLoss',
    });
  }
  return reduceLoss(hinge(plus(sub(near, between ? minimum(far, between) : far), margin)), reduction);
}
