import { dtypes } from '../../base/dtype.ts';
import { ArgumentError, DTypeError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { broadcastShapes, type Shape, sameShape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { generator } from '../generator.ts';
import {
  add,
  apply,
  cast,
  constant,
  mul,
  permute,
  plus,
  reshape,
  swapLast,
  times,
  where,
} from '../primitives/apply.ts';
import { scan } from '../primitives/scan.ts';
import {
  addOf,
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
import { concat, narrow, stack } from './movement.ts';
import { matmul } from './products.ts';
import { amax, softmax, sumOf } from './reduce.ts';

export interface AttentionOptions {
  /** Bool, true where a query may see a key, or a float that is added to the scores. */
  attnMask?: Node | null;
  isCausal?: boolean;
  dropoutP?: number;
  scale?: number | null;
}

/** A head's matrix of scores with more elements than this is never held whole … */
const longScores = 2 ** 20;
/** … but in blocks of rows of about so many elements, all heads together: small beside a heap, large beside what a loop costs. */
const blockScores = 2 ** 20;
/** The way back keeps the sums for keys and values as they were before each block, so more blocks would need more memory again. */
const mostBlocks = 16;
/** Causal attention walks over so many groups of blocks, each with the keys up to its end: 5/8 of the work. */
const causalGroups = 4;

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
 * Where the scores of a head are many, a scan computes the output in blocks of rows, and computes each again on the way back. The weights
 * come from a graph of their own then, which costs nothing unless somebody asks for them. A flash kernel would also walk over blocks of
 * keys, with the running maximum and sum of each row in registers, so that not even one block of scores went through memory.
 */
export function attention(
  op: string,
  query: Node,
  keys: Node,
  values: Node,
  options: AttentionOptions,
): [Node, Node] {
  const [q, k, v] = together(query, keys, values).map(toFloat);
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
  if (!(dropoutP >= 0 && dropoutP <= 1))
    throw new ArgumentError(`dropoutP is a probability from 0 to 1, got ${dropoutP}`, { op });

  /** Weights of rows of q from `from` on, given their mask, the keys they may see, and their stream of random numbers. */
  const weightsOf = (
    q: Node,
    k: Node,
    from: Node | number,
    given: Node | null,
    stream: Node | null,
  ): Node => {
    let scores = times(matmul(q, swapLast(k)), scale);
    let allowed = given?.dtype === 'bool' ? given : null;
    if (given && !allowed) scores = add(scores, cast(given, scores.dtype));
    if (isCausal) {
      const shape = scores.shape.slice(-2);
      const past = le(place(shape, 1), addOf(place(shape, 0), from));
      allowed = allowed ? logicalAnd(allowed, past) : past;
    }
    if (allowed) scores = where(allowed, scores, constant(Number.NEGATIVE_INFINITY, scores.dtype));
    const weights = !k.shape.at(-2) ? scores : given ? softmaxOrZero(scores) : softmax(scores, -1);
    if (!stream) return weights;
    const kept = times(weights, dropoutP < 1 ? 1 / (1 - dropoutP) : 0);
    return where(lt(uniform(weights.shape, stream), 1 - dropoutP), kept, constant(0, weights.dtype));
  };
  const whole = (stream: Node | null): Node => weightsOf(q, k, 0, mask, stream);
  const scores = sizeOf(batch) * rows * columns;
  if (rows * columns <= longScores || !scores) {
    const weights = whole(dropoutP ? nextStream() : null);
    return [matmul(weights, v), weights];
  }

  const length = Math.ceil(rows / Math.min(mostBlocks, Math.ceil(scores / blockScores)));
  // Each group waits for the one before by way of this number: at one time, all would need memory.
  let turn: readonly Node[] = [constant(0, q.dtype)];
  /** The output of so many blocks from a row on, with the keys they may see. */
  const run = (start: number, blocks: number, length: number): Node => {
    const end = start + blocks * length;
    const seen = isCausal ? Math.min(columns, end) : columns;
    const [seenKeys, seenValues] = [k, v].map((x) => part(x, -2, 0, seen));
    const cut = mask && part(mask, -1, 0, seen);
    const perRow = cut && cut.shape.at(-2) !== 1;
    const count = place([blocks], 0);
    const sequences = [toBlocks(part(q, -2, start, end), blocks), addOf(mulOf(count, length), start)];
    if (perRow) sequences.push(toBlocks(part(cut, -2, start, end), blocks));
    if (dropoutP) {
      sequences.push(add(count, nextStream()));
      generator.counter += blocks - 1;
    }
    const made = scan(
      (carry, [queries, from, ...more]) => {
        const given = perRow ? (more.shift() ?? null) : cut;
        const weights = weightsOf(queries, seenKeys, from, given, more[0] ?? null);
        return { carry, outputs: [matmul(weights, seenValues)] };
      },
      turn,
      sequences,
      blocks,
    );
    turn = made.carry;
    return fromBlocks(made.outputs[0]);
  };
  const blocks = Math.floor(rows / length);
  const group = Math.ceil(blocks / (isCausal ? causalGroups : 1));
  const parts: Node[] = [];
  for (let at = 0; at < blocks; at += group)
    parts.push(run(at * length, Math.min(group, blocks - at), length));
  if (rows % length) parts.push(run(blocks * length, 1, rows % length));
  return [concat(parts, -2), whole(null)];
}

/** [..., rows, columns] as [blocks, ..., rows / blocks, columns]. */
function toBlocks(x: Node, blocks: number): Node {
  const leading = x.shape.slice(0, -2);
  const [rows, columns] = x.shape.slice(-2);
  const rank = leading.length;
  const split = reshape(x, [...leading, blocks, rows / blocks, columns]);
  return permute(split, [rank, ...leading.map((_, i) => i), rank + 1, rank + 2]);
}

function fromBlocks(x: Node): Node {
  const [blocks, ...leading] = x.shape;
  const [rows, columns] = leading.splice(-2);
  const rank = leading.length;
  const joined = permute(x, [...leading.map((_, i) => i + 1), 0, rank + 1, rank + 2]);
  return reshape(joined, [...leading, blocks * rows, columns]);
}

const key = (word: 'seedLow' | 'seedHigh' | 'stream', value: number): Node =>
  apply('randomKey', [], { word, value });
const nextStream = (): Node => key('stream', generator.next());
const uniform = (shape: Shape, stream: Node): Node =>
  apply('random', [key('seedLow', generator.seedLow), key('seedHigh', generator.seedHigh), stream], {
    shape,
  });

/** The softmax of each row; 0, and no gradient, in rows of -∞ alone. */
function softmaxOrZero(scores: Node): Node {
  const largest = detach(amax(scores, -1, true));
  const shift = where(lt(Number.NEGATIVE_INFINITY, largest), largest, constant(0, scores.dtype));
  const exponentials = exp(subOf(scores, shift));
  const total = sumOf(exponentials, -1, true);
  const divisor = where(eq(total, 0), constant(1, total.dtype), total);
  return mul(exponentials, apply('reciprocal', [divisor], {}));
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
