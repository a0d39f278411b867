import { dtypes } from '../../base/dtype.ts';
import { ArgumentError, DTypeError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { broadcastShapes, type Shape, sameShape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  div,
  plus,
  reshape,
  swapLast,
  times,
  where,
} from '../primitives/apply.ts';
import {
  cos,
  detach,
  eq,
  exp,
  le,
  logicalAnd,
  lt,
  mulOf,
  sin,
  subOf,
  toFloat,
  together,
} from './elementwise.ts';
import { concat, flatten, narrow, stack } from './movement.ts';
import { dropout } from './network.ts';
import { matmul } from './products.ts';
import { amax, softmax, sumOf } from './reduce.ts';

export interface AttentionOptions {
  /** Bool, true where a query may see a key, or a float that is added to the scores. */
  attnMask?: Node | null;
  isCausal?: boolean;
  dropoutP?: number;
  scale?: number | null;
}

/** A head's matrix of scores with more elements than this is computed in blocks of rows: 4 MiB of float32 stay near a core. */
const largestScores = 2 ** 20;
/** More blocks save no memory that matters, and each costs three kernels to compile. */
const mostBlocks = 32;

const place = (shape: Shape, axis: number): Node => apply('iota', [], { shape, axis, dtype: 'int32' });

/** Refuses a mask that is neither bool nor float, or has none of the shapes. */
export function checkMask(op: string, name: string, mask: Node, ...expected: readonly Shape[]): void {
  const { shape, dtype } = mask;
  if (dtypes[dtype].kind === 'int') {
    throw new DTypeError(`${name} is ${dtype}, expected bool or a float`, {
      op,
      dtypes: [dtype],
      hint: "Convert it with to('bool')",
    });
  }
  if (expected.some((other) => sameShape(shape, other))) return;
  throw new ShapeMismatchError(
    `${name}: got ${showShape(shape)}, expected ${expected.map(showShape).join(' or ')}`,
    { op, shapes: [shape, ...expected] },
  );
}

/**
 * softmax(q·kᵀ·scale + mask)·v (Vaswani et al., "Attention is all you need", 2017), and the weights: [..., T, E], [..., S, E] and
 * [..., S, V] give [..., T, V] and [..., T, S]. Rows that may see no key get weights of 0, as in PyTorch.
 *
 * Where the scores of a head are many, the output is computed in blocks of rows, one after the other, and the weights come from a graph of
 * their own, which costs nothing unless somebody asks for them. A flash kernel would need loops over blocks of keys inside one kernel, with
 * the running maximum and sum of each row in registers; and a gradient rule of its own that computes the weights again from the row's
 * logsumexp: as it is, the backward pass reads the weights of all blocks.
 */
export function attention(
  op: string,
  query: Node,
  key: Node,
  value: Node,
  options: AttentionOptions,
): [Node, Node] {
  const [q, k, v] = together(query, key, value).map(toFloat);
  const shapes = [q.shape, k.shape, v.shape];
  const show = `query: ${showShape(q.shape)}, key: ${showShape(k.shape)}, value: ${showShape(v.shape)}`;
  if (
    shapes.some(({ length }) => length < 2) ||
    q.shape.at(-1) !== k.shape.at(-1) ||
    k.shape.at(-2) !== v.shape.at(-2)
  ) {
    throw new ShapeMismatchError(`${show}: expected [..., T, E], [..., S, E] and [..., S, V]`, {
      op,
      shapes,
    });
  }
  const [rows, features] = q.shape.slice(-2);
  const columns = k.shape[k.shape.length - 2];
  const { isCausal = false, dropoutP = 0 } = options;
  const scale = options.scale ?? 1 / Math.sqrt(features);
  const batch = broadcastShapes(op, q.shape.slice(0, -2), k.shape.slice(0, -2));
  let mask = options.attnMask ?? null;
  if (mask) {
    const scores = [...batch, rows, columns];
    const fits =
      mask.shape.length <= scores.length &&
      mask.shape.every(
        (length, i) => length === 1 || length === scores[i + scores.length - mask!.shape.length],
      );
    checkMask(op, 'attnMask', mask, fits ? mask.shape : scores);
    if (mask.shape.length < 2) mask = reshape(mask, [1, mask.shape[0] ?? 1]);
  }
  const part = (x: Node, axis: number, from: number, to: number): Node =>
    x.shape.at(axis) === 1 || (from === 0 && to === x.shape.at(axis)) ? x : narrow(x, axis, from, to - from);

  /** Weights of the rows `from` to `to`, of the keys before `seen`. */
  const weightsOf = (q: Node, from: number, to: number, seen: number): Node => {
    let scores = times(matmul(q, swapLast(part(k, -2, 0, seen))), scale);
    const given = mask && part(part(mask, -2, from, to), -1, 0, seen);
    let allowed = given?.dtype === 'bool' ? given : null;
    if (given && !allowed) scores = add(scores, cast(given, scores.dtype));
    if (isCausal) {
      const shape = [to - from, seen];
      const past = le(place(shape, 1), plus(place(shape, 0), from));
      allowed = allowed ? logicalAnd(allowed, past) : past;
    }
    if (allowed) scores = where(allowed, scores, constant(Number.NEGATIVE_INFINITY, scores.dtype));
    const weights = !seen ? scores : given ? softmaxOrZero(scores) : softmax(scores, -1);
    return dropout(weights, dropoutP);
  };

  const whole = (): [Node, Node] => {
    const weights = weightsOf(q, 0, rows, columns);
    return [matmul(weights, v), weights];
  };
  const heads = sizeOf(batch);
  const isLong = rows * columns > largestScores && heads * sizeOf(v.shape) > 0;
  if (!isLong) return whole();
  const length = Math.ceil(rows / Math.min(mostBlocks, Math.ceil((heads * rows * columns) / largestScores)));
  const outputs: Node[] = [];
  for (let from = 0; from < rows; from += length) {
    const to = Math.min(rows, from + length);
    const seen = isCausal ? Math.min(columns, to) : columns;
    const weights = weightsOf(after(narrow(q, -2, from, to - from), outputs.at(-1)), from, to, seen);
    outputs.push(matmul(weights, part(v, -2, 0, seen)));
  }
  return [concat(outputs, -2), whole()[1]];
}

/**
 * `x`, computed after `other`. Work that does not wait for each other shares a stage, and so would all blocks, with all their memory. The
 * condition is a number that programs are given, which no compiler can take for known.
 */
const after = (x: Node, other: Node | undefined): Node =>
  other ? where(constant(0, 'bool'), reshape(narrow(flatten(detach(other)), 0, 0, 1), []), x) : x;

/** The softmax of each row; 0, and no gradient, in rows of -∞ alone. */
function softmaxOrZero(scores: Node): Node {
  const largest = detach(amax(scores, -1, true));
  const shift = where(lt(Number.NEGATIVE_INFINITY, largest), largest, constant(0, scores.dtype));
  const exponentials = exp(subOf(scores, shift));
  const total = sumOf(exponentials, -1, true);
  return div(exponentials, where(eq(total, 0), constant(1, total.dtype), total));
}

export function scaledDotProductAttention(q: Node, k: Node, v: Node, options: AttentionOptions = {}): Node {
  const op = 'scaledDotProductAttention';
  if (options.isCausal && options.attnMask) {
    throw new ArgumentError('attnMask and isCausal are given', {
      op,
      hint: 'Give one: tril of the mask is both',
    });
  }
  return attention(op, q, k, v, options)[0];
}

/** Positions `start` to `start + length` - 1 as int32; `start` may be a tensor of one number. */
export function positions(op: string, start: number | Node, length: number): Node {
  if (typeof start === 'number') return plus(place([length], 0), start);
  if (sizeOf(start.shape) !== 1 || start.dtype !== 'int32') {
    throw new ArgumentError(`start is one int32, got ${start.dtype} ${showShape(start.shape)}`, { op });
  }
  return add(place([length], 0), reshape(start, []));
}

/** The angles position·base^(-2i / size), i from 0 to size / 2 - 1: [positions, size / 2]. */
export function angles(at: Node, size: number, base = 10_000): Node {
  const half = Math.ceil(size / 2);
  const frequencies = exp(times(cast(place([half], 0), 'float32'), (-2 * Math.log(base)) / size));
  return mulOf(reshape(cast(at, 'float32'), [at.shape[0], 1]), frequencies);
}

/**
 * Turns pairs of features by angles that grow with the position (Su et al., "RoFormer", 2021): feature i with i + E / 2 or, `interleaved`,
 * 2i with 2i + 1.
 */
export function applyRotary(x: Node, start: number | Node, base: number, interleaved: boolean): Node {
  const op = 'applyRotary';
  const value = toFloat(x);
  const { shape } = value;
  const [length, features] = shape.slice(-2);
  if (shape.length < 2 || features % 2) {
    throw new ShapeMismatchError(`got ${showShape(shape)}, expected [..., T, E] with an even E`, {
      op,
      shapes: [shape],
    });
  }
  const angle = angles(positions(op, start, length), features, base);
  const [c, s] = [cos(angle), sin(angle)].map((turn) => cast(turn, value.dtype));
  const half = features / 2;
  const leading = shape.slice(0, -1);
  const pairs = reshape(value, interleaved ? [...leading, half, 2] : [...leading, 2, half]);
  const axis = interleaved ? -1 : -2;
  const [a, b] = [0, 1].map((i) => reshape(narrow(pairs, axis, i, 1), [...leading, half]));
  const turned = [subOf(mulOf(a, c), mulOf(b, s)), add(mulOf(a, s), mulOf(b, c))];
  return reshape(interleaved ? stack(turned, -1) : concat(turned, -1), shape);
}
