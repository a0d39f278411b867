import { isFloat } from '../../base/dtype.ts';
import { ArgumentError, DTypeError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import type { Shape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { memoryNode, store } from '../engine.ts';
import {
  add,
  apply,
  cast,
  constant,
  div,
  expand,
  reshape,
  sub,
  sum,
  times,
  where,
} from '../primitives/apply.ts';
import { scan } from '../primitives/scan.ts';
import type { Reduction } from '../types/index.ts';
import { detach, exp, le, log, logicalAnd, lt, maximum, ne } from './elementwise.ts';
import { checked } from './index-by.ts';
import { concat, narrow, pad, stack } from './movement.ts';

const op = 'ctcLoss';

/**
 * Stands for log 0: far below every sum of log-probabilities, yet finite, so that no infinity is ever subtracted from another and no
 * gradient becomes NaN. Beside any real log-probability its exponential is exactly 0.
 */
const never = -1e30;

/** Lengths that are known while the graph is built, or whose numbers come later. */
export type Lengths = readonly number[] | Node;

export interface CtcOptions {
  readonly blank: number;
  readonly reduction: Reduction;
  readonly zeroInfinity: boolean;
}

const isNode = (lengths: Lengths): lengths is Node => !Array.isArray(lengths);

const iota = (shape: Shape, axis: number): Node => apply('iota', [], { shape, axis, dtype: 'int32' });

const asColumn = (x: Node): Node => reshape(x, [...x.shape, 1]);

/** Lengths [N] as int32, none negative or above `most`; those not known yet are checked by the program. */
function lengthsNode(name: string, lengths: Lengths, batch: number, most: number): Node {
  const count = isNode(lengths) ? lengths.shape.reduce((size, length) => size * length, 1) : lengths.length;
  if (count !== batch || (isNode(lengths) && lengths.shape.length > 1)) {
    const got = isNode(lengths) ? showShape(lengths.shape) : `${count} numbers`;
    throw new ShapeMismatchError(`${name}: ${got}, expected ${batch}, one for each of the batch`, { op });
  }
  if (isNode(lengths)) {
    if (isFloat(lengths.dtype) || lengths.dtype === 'bool')
      throw new DTypeError(`${name} are integers, got ${lengths.dtype}`, { op, dtypes: [lengths.dtype] });
    return checked(`${op}, ${name}`, reshape(lengths, [batch]), most + 1);
  }
  lengths.forEach((length, i) => {
    if (!Number.isInteger(length) || length < 0 || length > most) {
      throw new ArgumentError(`${name}[${i}] is ${length}, expected an integer from 0 to ${most}`, { op });
    }
  });
  return memoryNode(store(Int32Array.from(lengths), 'int32'), [batch]);
}

/** The labels of each sequence [N, S], whatever stands behind its length replaced by the blank. */
function labelsOf(targets: Node, targetLengths: Lengths, batch: number, classes: number, blank: number) {
  if (isFloat(targets.dtype) || targets.dtype === 'bool') {
    throw new DTypeError(`targets are integers, got ${targets.dtype}`, {
      op,
      dtypes: [targets.dtype],
      hint: "Make them with { dtype: 'int32' }",
    });
  }
  const given = cast(targets, 'int32');
  const isPadded = targets.shape.length === 2;
  if (!isPadded && targets.shape.length !== 1) {
    throw new ShapeMismatchError(
      `targets: ${showShape(targets.shape)}, expected [${batch}, S], or all one after the other in one axis`,
      { op, shapes: [targets.shape] },
    );
  }
  if (isPadded && targets.shape[0] !== batch) {
    throw new ShapeMismatchError(`targets: ${showShape(targets.shape)}, expected [${batch}, S]`, {
      op,
      shapes: [targets.shape],
    });
  }
  const total = targets.shape[0];
  const longest = isPadded ? targets.shape[1] : isNode(targetLengths) ? total : Math.max(0, ...targetLengths);
  const lengths = lengthsNode('targetLengths', targetLengths, batch, isPadded ? longest : total);
  if (!isPadded && !isNode(targetLengths)) {
    const sumOfLengths = targetLengths.reduce((before, length) => before + length, 0);
    if (sumOfLengths !== total) {
      throw new ShapeMismatchError(
        `targetLengths add up to ${sumOfLengths}, targets ${showShape(targets.shape)} hold ${total}`,
        { op, shapes: [targets.shape] },
      );
    }
  }
  const shape = [batch, longest];
  const isLabel = lt(iota(shape, 1), asColumn(lengths));
  const put = (labels: Node): Node =>
    checked(`${op}, targets`, where(isLabel, labels, constant(blank, 'int32')), classes);
  if (!longest) return { lengths, labels: null };
  if (isPadded) return { lengths, labels: put(given) };
  // Where each sequence begins: the lengths of those before it.
  const isBefore = lt(iota([batch, batch], 1), iota([batch, batch], 0));
  const start = sum(where(isBefore, lengths, constant(0, 'int32')), [1]);
  const place = where(isLabel, add(asColumn(start), iota(shape, 1)), constant(0, 'int32'));
  const flat = reshape(checked(`${op}, targetLengths`, place, total), [batch * longest]);
  return { lengths, labels: put(reshape(apply('gather', [given, flat], { axis: 0 }), shape)) };
}

/** x moved `by` places along its last axis, `value` coming in. */
function shifted(x: Node, by: number, value: number): Node {
  const [batch, length] = x.shape;
  return by < length
    ? pad(narrow(x, 1, 0, length - by), [by, 0], value)
    : expand(constant(value, x.dtype), [batch, length]);
}

/** log Σ exp of tensors of one shape, of which at least one is finite. */
function logSum(terms: readonly Node[]): Node {
  const largest = detach(terms.reduce((a, b) => maximum(a, b)));
  const total = terms.map((x) => exp(sub(x, largest))).reduce(add);
  return add(largest, log(total));
}

/**
 * -log of the probability of all alignments of targets with log-probabilities [T, N, C]: the labels, with repetitions, and blanks before,
 * behind and, where two are equal, between them. The forward variable of Graves, Fernández, Gomez and Schmidhuber ("Connectionist
 * temporal classification", 2006) by a scan over time; the scan's gradient is their backward variable.
 */
export function ctcLoss(
  logProbabilities: Node,
  targets: Node,
  inputLengths: Lengths,
  targetLengths: Lengths,
  { blank, reduction, zeroInfinity }: CtcOptions,
): Node {
  const { shape } = logProbabilities;
  if (!isFloat(logProbabilities.dtype)) {
    throw new DTypeError(`logProbs are floats, got ${logProbabilities.dtype}`, {
      op,
      dtypes: [logProbabilities.dtype],
      hint: 'Take logSoftmax of the network’s output',
    });
  }
  if (shape.length !== 2 && shape.length !== 3) {
    throw new ShapeMismatchError(`logProbs: ${showShape(shape)}, expected [T, N, C] or [T, C]`, {
      op,
      shapes: [shape],
    });
  }
  const isBatch = shape.length === 3;
  const [steps, batch, classes] = isBatch ? shape : [shape[0], 1, shape[1]];
  if (!Number.isInteger(blank) || blank < 0 || blank >= classes) {
    throw new ArgumentError(`blank is ${blank}, expected a class from 0 to ${classes - 1}`, { op });
  }
  if (steps < 1 || batch < 1)
    throw new ShapeMismatchError(`logProbs: ${showShape(shape)} has no step or no sequence`, {
      op,
      shapes: [shape],
    });
  const dtype = logProbabilities.dtype === 'float64' ? 'float64' : 'float32';
  const values = reshape(cast(logProbabilities, dtype), [steps, batch, classes]);
  const { lengths, labels } = labelsOf(targets, targetLengths, batch, classes, blank);
  const active = lt(
    asColumn(iota([steps, batch], 0)),
    asColumn(lengthsNode('inputLengths', inputLengths, batch, steps)),
  );
  const total = forward(values, withBlanks(labels, batch, blank), active, lengths, blank);
  const isImpossible = lt(total, never / 10);
  const whenImpossible = constant(zeroInfinity ? 0 : Number.POSITIVE_INFINITY, dtype);
  const loss = where(isImpossible, whenImpossible, sub(constant(0, dtype), total));
  if (reduction === 'none') return isBatch ? loss : reshape(loss, []);
  if (reduction === 'sum') return sum(loss, [0]);
  return times(sum(div(loss, cast(maximum(lengths, 1), dtype)), [0]), 1 / batch);
}

/** [N, S] → [N, 2S + 1]: a blank before, between and behind the labels. */
function withBlanks(labels: Node | null, batch: number, blank: number): Node {
  const blanks = (columns: number): Node => expand(constant(blank, 'int32'), [batch, columns]);
  if (!labels) return blanks(1);
  const columns = labels.shape[1];
  return concat([reshape(stack([blanks(columns), labels], -1), [batch, 2 * columns]), blanks(1)], 1);
}

/** log of the probability of all alignments, [N]; not above `never` where there is none. */
function forward(logProbabilities: Node, path: Node, active: Node, lengths: Node, blank: number): Node {
  const { dtype, shape } = logProbabilities;
  const [steps, batch] = shape;
  const states = path.shape[1];
  const index = expand(reshape(path, [1, batch, states]), [steps, batch, states]);
  const emitted = maximum(apply('gather', [logProbabilities, index], { axis: 2 }), never);
  // A blank may be left out between two labels that differ.
  const mayLeap = logicalAnd(ne(path, blank), ne(path, shifted(path, 2, blank)));
  const impossible = constant(never, dtype);
  // Before the first step only the first state is reached, from which a step goes to the first two.
  const start = where(lt(iota([batch, states], 1), 1), constant(0, dtype), impossible);
  const {
    carry: [last],
  } = scan(
    ([reached], [emission, isActive]) => {
      const leap = where(mayLeap, shifted(reached, 2, never), impossible);
      const next = add(emission, logSum([reached, shifted(reached, 1, never), leap]));
      return { carry: [where(isActive, next, reached)], outputs: [] };
    },
    [start],
    [emitted, active],
    steps,
  );
  // An alignment ends with the last label or the blank behind it.
  const end = times(lengths, 2);
  const places = stack([end, maximum(sub(end, constant(1, 'int32')), 0)], 1);
  const ends = apply('gather', [last, places], { axis: 1 });
  const isState = le(iota([batch, 2], 1), asColumn(lengths));
  const both = where(isState, ends, impossible);
  const at = (i: number): Node => reshape(narrow(both, 1, i, 1), [batch]);
  return logSum([at(0), at(1)]);
}
