import { dtypes } from '../../base/dtype.ts';
import { ArgumentError, DTypeError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { broadcastShapes, resolveAxis, type Shape, sameShape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  div,
  expand,
  mul,
  neg,
  reshape,
  sub,
  sum,
  times,
  where,
} from '../primitives/apply.ts';
import { withGradient } from '../primitives/rules.ts';
import {
  abs,
  clamp,
  exp,
  log,
  lt,
  maximum,
  mulOf,
  ne,
  softplus,
  square,
  toFloat,
  together,
} from './elementwise.ts';
import { checked } from './index-by.ts';
import { standardizeOver } from './normalization.ts';
import { rand } from './random.ts';
import { logSoftmax, mean, norm, sumOf } from './reduce.ts';

export type Reduction = 'mean' | 'sum' | 'none';

/**
 * With probability p an element becomes 0, else it is scaled by 1 / (1 - p), so that sums keep their expectation
 * (Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, JMLR 2014).
 */
export function dropout(x: Node, p: number): Node {
  if (!(p >= 0 && p <= 1))
    throw new ArgumentError(`a probability lies between 0 and 1, got ${p}`, { op: 'dropout' });
  if (p === 0) return x;
  if (p === 1) return times(x, 0);
  const keep = lt(rand(x.shape), 1 - p);
  return where(keep, times(x, 1 / (1 - p)), constant(0, x.dtype));
}

/** (x - mean) / √(var + eps) over the last axes, times weight, plus bias (Ba, Kiros and Hinton, 2016). */
export function layerNorm(
  x: Node,
  normalizedShape: Shape,
  weight: Node | null,
  bias: Node | null,
  eps = 1e-5,
): Node {
  const value = toFloat(x);
  const from = value.shape.length - normalizedShape.length;
  if (from < 0 || !sameShape(value.shape.slice(from), normalizedShape)) {
    throw new ShapeMismatchError(
      `input: ${showShape(x.shape)}, expected its last axes to be ${showShape(normalizedShape)}`,
      {
        op: 'layerNorm',
        shapes: [x.shape, normalizedShape],
      },
    );
  }
  const axes = normalizedShape.map((_, i) => from + i);
  let [out] = standardizeOver(value, axes, eps);
  if (weight) out = mulOf(out, weight);
  if (bias) out = add(out, cast(bias, out.dtype));
  return out;
}

export function reduceLoss(loss: Node, reduction: Reduction): Node {
  switch (reduction) {
    case 'mean':
      return mean(loss);
    case 'sum':
      return sumOf(loss);
    case 'none':
      return loss;
    default:
      throw new ArgumentError(`reduction is 'mean', 'sum' or 'none', got '${String(reduction)}'`, {
        op: 'loss',
      });
  }
}

/** Input and target of a loss that compares element by element. PyTorch broadcasts here with a warning; a warning nobody sees is an error. */
function pair(op: string, input: Node, target: Node): [Node, Node] {
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeMismatchError(`input: ${showShape(input.shape)}, target: ${showShape(target.shape)}`, {
      op,
      shapes: [input.shape, target.shape],
      hint: 'Reshape one of them: broadcasting in a loss is nearly always a mistake',
    });
  }
  const value = toFloat(input);
  return [value, cast(target, value.dtype)];
}

export const mseLoss = (input: Node, target: Node, reduction: Reduction = 'mean'): Node =>
  reduceLoss(square(sub(...pair('mseLoss', input, target))), reduction);

export const l1Loss = (input: Node, target: Node, reduction: Reduction = 'mean'): Node =>
  reduceLoss(abs(sub(...pair('l1Loss', input, target))), reduction);

/** ½d² for |d| < delta, else delta·(|d| - ½delta). */
export function huberLoss(input: Node, target: Node, delta = 1, reduction: Reduction = 'mean'): Node {
  const distance = abs(sub(...pair('huberLoss', input, target)));
  const near = times(square(distance), 0.5);
  const far = times(sub(distance, constant(0.5 * delta, distance.dtype)), delta);
  return reduceLoss(where(lt(distance, delta), near, far), reduction);
}

/** -(y·log x + (1 - y)·log(1 - x)), the logarithms not below -100, as PyTorch has it. */
export function binaryCrossEntropy(
  input: Node,
  target: Node,
  { weight = null, reduction = 'mean' }: BinaryLossOptions = {},
): Node {
  const [x, y] = pair('binaryCrossEntropy', input, target);
  const one = constant(1, x.dtype);
  const logarithm = (p: Node): Node => clamp(log(p), -100);
  const positive = mul(y, logarithm(x));
  const negative = mul(sub(one, y), logarithm(sub(one, x)));
  // (x - y) / (x·(1 - x)), the denominator not below 1e-12: a saturated sigmoid gives 0 and 1 exactly.
  const slopes = ([p, q]: readonly Node[], _: unknown, [g]: readonly Node[]): Node[] => {
    const other = sub(one, p);
    const size = maximum(mul(p, other), 1e-12);
    return [div(mul(g, sub(p, q)), size), mul(g, sub(logarithm(other), logarithm(p)))];
  };
  const [loss] = withGradient([x, y], [neg(add(positive, negative))], slopes);
  return reduceLoss(weighted('binaryCrossEntropy', loss, weight), reduction);
}

export interface BinaryLossOptions {
  weight?: Node | null;
  posWeight?: Node | null;
  reduction?: Reduction;
}

/** A factor that is broadcast to the elements of a loss. */
function factorFor(op: string, name: string, factor: Node, loss: Node): Node {
  let fits = factor.shape.length <= loss.shape.length;
  factor.shape.forEach((length, i) => {
    fits &&= length === 1 || length === loss.shape[loss.shape.length - factor.shape.length + i];
  });
  if (fits) return cast(factor, loss.dtype);
  throw new ShapeMismatchError(`${name}: ${showShape(factor.shape)}, input: ${showShape(loss.shape)}`, {
    op,
    shapes: [factor.shape, loss.shape],
    hint: `${name} is broadcast to the shape of the input`,
  });
}

const weighted = (op: string, loss: Node, weight: Node | null): Node =>
  weight ? mulOf(loss, factorFor(op, 'weight', weight, loss)) : loss;

/** The same of sigmoid(x), without computing the sigmoid: softplus(x) - x·y, or (1 - y)·x + (1 + (posWeight - 1)·y)·softplus(-x). */
export function binaryCrossEntropyWithLogits(
  input: Node,
  target: Node,
  { weight = null, posWeight = null, reduction = 'mean' }: BinaryLossOptions = {},
): Node {
  const op = 'binaryCrossEntropyWithLogits';
  const [x, y] = pair(op, input, target);
  const one = constant(1, x.dtype);
  let loss = sub(softplus(x), mul(x, y));
  if (posWeight) {
    const factor = add(one, mulOf(sub(factorFor(op, 'posWeight', posWeight, x), one), y));
    loss = add(mul(sub(one, y), x), mul(factor, softplus(neg(x))));
  }
  return reduceLoss(weighted(op, loss, weight), reduction);
}

export interface ClassLossOptions {
  weight?: Node | null;
  ignoreIndex?: number;
  labelSmoothing?: number;
  reduction?: Reduction;
}

/** The axis of the classes of [N, C, …] or [C], whose targets are integers [N, …] or one. */
export function classAxis(op: string, { shape }: Node, target: Node): number {
  const axis = shape.length === 1 ? 0 : 1;
  const expected = shape.filter((_, i) => i !== axis);
  if (!shape.length || !sameShape(expected, target.shape)) {
    throw new ShapeMismatchError(
      `input: ${showShape(shape)}, target: ${showShape(target.shape)}: expected targets ${showShape(expected)}`,
      { op, shapes: [shape, target.shape] },
    );
  }
  if (dtypes[target.dtype].kind !== 'int') {
    throw new DTypeError(`classes are integers, got ${target.dtype}`, {
      op,
      dtypes: [target.dtype],
      hint: "Convert with to('int32')",
    });
  }
  return axis;
}

/** Where along an axis of a shape the class of each target is. */
export const isClass = (label: Node, shape: Shape, axis: number): Node => {
  const column = reshape(
    label,
    shape.map((length, i) => (i === axis ? 1 : length)),
  );
  return apply('eq', [apply('iota', [], { shape, axis, dtype: 'int32' }), column], {});
};

/**
 * -log of the probability of the target class, from log-probabilities [N, C, …] (or [C]) and classes [N, …] (or one). `mean` divides
 * by the weight of the targets that count.
 */
export function nllLoss(
  logProbabilities: Node,
  target: Node,
  options: ClassLossOptions = {},
  op = 'nllLoss',
): Node {
  const { weight = null, ignoreIndex = -100, labelSmoothing = 0, reduction = 'mean' } = options;
  const axis = classAxis(op, logProbabilities, target);
  const classes = logProbabilities.shape[axis];
  if (weight && !sameShape(weight.shape, [classes])) {
    throw new ShapeMismatchError(`weight: ${showShape(weight.shape)}, expected [${classes}]`, {
      op,
      shapes: [weight.shape],
    });
  }
  const { dtype } = logProbabilities;
  const zero = constant(0, dtype);
  const label = cast(target, 'int32');
  const counts = ne(label, ignoreIndex);
  const safe = checked(op, where(counts, label, constant(0, 'int32')), classes);
  const full = logProbabilities.shape;
  const isTarget = isClass(safe, full, axis);
  const perClass = weight
    ? reshape(
        cast(weight, dtype),
        full.map((_, i) => (i === axis ? classes : 1)),
      )
    : null;
  const weighted = perClass ? mul(logProbabilities, perClass) : logProbabilities;
  const picked = sum(where(isTarget, weighted, zero), [axis]);
  const drop = (loss: Node): Node => where(counts, loss, zero);
  const loss = drop(neg(picked));
  const smooth = labelSmoothing > 0 ? drop(neg(sum(weighted, [axis]))) : null;
  const combine = (main: Node, even: Node | null): Node =>
    even ? add(times(main, 1 - labelSmoothing), times(even, labelSmoothing / classes)) : main;
  if (reduction !== 'mean') return reduceLoss(combine(loss, smooth), reduction);
  const ofTarget = perClass
    ? drop(sum(where(isTarget, expand(perClass, full), zero), [axis]))
    : cast(counts, dtype);
  return div(combine(sumOf(loss), smooth && sumOf(smooth)), sumOf(ofTarget));
}

/** Cross-entropy of logits with classes, or with probabilities of the logits' own shape. */
export function crossEntropy(logits: Node, target: Node, options: ClassLossOptions = {}): Node {
  const op = 'crossEntropy';
  const rank = logits.shape.length;
  if (rank === 0)
    throw new ShapeMismatchError('the logits need a dimension for the classes, got []', {
      op,
      shapes: [logits.shape],
    });
  const { labelSmoothing = 0, reduction = 'mean', weight = null } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ArgumentError(`labelSmoothing lies between 0 and 1, got ${labelSmoothing}`, { op });
  }
  const axis = rank === 1 ? 0 : 1;
  const logProbabilities = logSoftmax(logits, resolveAxis(op, axis, rank));
  const isProbabilities = sameShape(logits.shape, target.shape) && dtypes[target.dtype].kind === 'float';
  if (!isProbabilities) return nllLoss(logProbabilities, target, options, op);
  const classes = logits.shape[axis];
  const wanted = cast(target, logProbabilities.dtype);
  const smoothed = labelSmoothing
    ? add(times(wanted, 1 - labelSmoothing), constant(labelSmoothing / classes, wanted.dtype))
    : wanted;
  const perClass = weight
    ? reshape(
        cast(weight, wanted.dtype),
        logits.shape.map((_, i) => (i === axis ? classes : 1)),
      )
    : null;
  const product = mul(logProbabilities, smoothed);
  const loss = neg(sum(perClass ? mul(product, perClass) : product, [axis]));
  if (reduction !== 'mean') return reduceLoss(loss, reduction);
  const samples = logits.shape.filter((_, i) => i !== axis).reduce((size, length) => size * length, 1);
  return times(sumOf(loss), 1 / samples);
}

/** ½d²/beta for |d| < beta, else |d| - ½beta (Girshick, "Fast R-CNN", 2015). */
export function smoothL1Loss(input: Node, target: Node, beta = 1, reduction: Reduction = 'mean'): Node {
  if (!(beta >= 0)) throw new ArgumentError(`beta is zero or more, got ${beta}`, { op: 'smoothL1Loss' });
  const distance = abs(sub(...pair('smoothL1Loss', input, target)));
  if (beta === 0) return reduceLoss(distance, reduction);
  const near = times(square(distance), 0.5 / beta);
  const far = sub(distance, constant(0.5 * beta, distance.dtype));
  return reduceLoss(where(lt(distance, beta), near, far), reduction);
}

/**
 * Kullback and Leibler's divergence y·(log y - x) of log-probabilities x from probabilities y (from their logarithms with
 * `logTarget`); 0 where y is 0. `batchmean` divides the sum by the length of the first axis.
 */
export function klDiv(
  input: Node,
  target: Node,
  logTarget = false,
  reduction: Reduction | 'batchmean' = 'mean',
): Node {
  const op = 'klDiv';
  const [x, y] = pair(op, input, target);
  let loss: Node;
  if (logTarget) {
    loss = mul(exp(y), sub(y, x));
  } else {
    const isPositive = lt(0, y);
    const safe = where(isPositive, y, constant(1, y.dtype));
    loss = sub(where(isPositive, mul(y, log(safe)), constant(0, y.dtype)), mul(y, x));
  }
  if (reduction !== 'batchmean') return reduceLoss(loss, reduction);
  return times(sumOf(loss), 1 / (x.shape[0] ?? 1));
}

/** x where the target is 1, max(0, margin - x) where it is -1. */
export function hingeEmbeddingLoss(
  input: Node,
  target: Node,
  margin = 1,
  reduction: Reduction = 'mean',
): Node {
  const [x, y] = pair('hingeEmbeddingLoss', input, target);
  const zero = constant(0, x.dtype);
  const similar = where(ne(y, -1), x, zero);
  // At the margin the slope is that of what lies below, as in PyTorch.
  const different = where(ne(y, 1), clamp(sub(constant(margin, x.dtype), x), 0), zero);
  return reduceLoss(add(similar, different), reduction);
}

/** x·y / (max(‖x‖, eps)·max(‖y‖, eps)) along an axis of the broadcast operands. */
export function cosineSimilarity(x: Node, y: Node, dim = 1, eps = 1e-8): Node {
  const op = 'cosineSimilarity';
  const shape = broadcastShapes(op, x.shape, y.shape);
  const axis = resolveAxis(op, dim, shape.length);
  const [a, b] = together(x, y).map((value) => expand(toFloat(value), shape));
  const length = (value: Node): Node => maximum(norm(value, 2, axis), eps);
  return div(sumOf(mul(a, b), axis), mul(length(a), length(b)));
}
