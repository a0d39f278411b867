import { ArgumentError } from '../../base/errors.ts';
import { sameShape, sizeOf } from '../../base/shape.ts';
import { Node } from '../../graph/node.ts';
import { apply, expand, gradientMode, permute, reshape, sum } from '../primitives/apply.ts';
import type { NodeOf, Primitive, WindowAttributes } from '../primitives/record.ts';
import { GradientRule, type Rule } from '../primitives/rules.ts';
import { ScanBody } from '../primitives/scan.ts';
import { orderOf } from '../primitives/substitute.ts';

export type Randomness = 'error' | 'same' | 'different';

interface Options {
  /** The number of examples. */
  readonly size: number;
  /** Nodes with larger numbers belong to the function of one example. */
  readonly mark: number;
  readonly randomness: Randomness;
}

/** An operand of one example's operation: all examples' along a first axis, or one that all share. */
interface Operand {
  readonly node: Node;
  readonly isBatched: boolean;
}

/** The operation of one example, done to all: the result's first axis is that of the examples. */
type BatchRule<P extends Primitive> = (
  node: NodeOf<P>,
  operands: readonly Operand[],
  options: Options,
) => Node;

/** All examples, one after the other along a first axis. */
export const spreadOut = ({ node, isBatched }: Operand, size: number): Node =>
  isBatched ? node : expand(reshape(node, [1, ...node.shape]), [size, ...node.shape]);

/** The operand with as many axes, beside that of the examples, as the result has. */
function aligned({ node, isBatched }: Operand, rank: number): Node {
  if (!isBatched) return node;
  const [size, ...shape] = node.shape;
  return reshape(node, [size, ...Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape]);
}

const elementwise: BatchRule<Primitive> = (node, operands) =>
  apply(
    node.op as Primitive,
    operands.map((operand) => aligned(operand, node.shape.length)),
    node.attributes as never,
  );

const shifted = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

const alongAxes: BatchRule<'sum' | 'prod' | 'amax' | 'amin' | 'flip'> = (node, [{ node: x }]) =>
  apply(node.op as 'sum', [x], { ...node.attributes, axes: shifted(node.attributes.axes) });

const alongAxis: BatchRule<'gather' | 'scatterAdd' | 'concat'> = (node, operands, { size }) =>
  apply(
    node.op as 'concat',
    operands.map((operand) => spreadOut(operand, size)),
    { axis: node.attributes.axis + 1 },
  );

const windows: BatchRule<'collect' | 'spread'> = (node, [{ node: x }]) =>
  apply(node.op as 'collect', [x], {
    ...(node.attributes as WindowAttributes),
    axes: shifted(node.attributes.axes),
  });

const never = (node: Node): never => {
  throw new Error(`${node.op} has no operands`);
};

const matmul: BatchRule<'matmul'> = (_, [a, b], { size }) => {
  // A matrix that all examples share is used once for the rows of all of them.
  if (!b.isBatched && b.node.shape.length === 2) {
    const [, rows, inner] = a.node.shape;
    const product = apply('matmul', [reshape(a.node, [size * rows, inner]), b.node], {});
    return reshape(product, [size, rows, b.node.shape[1]]);
  }
  return apply('matmul', [spreadOut(a, size), spreadOut(b, size)], {});
};

/** One axis more for every carry, and for what else differs between examples; each step does its work for all of them. */
const scan: BatchRule<'scan'> = (node, operands, options) => {
  const { size } = options;
  const { body } = node.attributes;
  const { carry, steps, constants, length, reverse } = body;
  const given = [...carry, ...steps, ...constants];
  const isBatched = given.map((_, i) => i < carry.length || operands[i].isBatched);
  const standIns = given.map(
    (like, i) =>
      new Node(
        'input',
        [],
        { position: -1 },
        isBatched[i] ? [size, ...like.shape] : like.shape,
        like.dtype,
        { kind: 'leaf' },
        like.requiresGrad,
      ),
  );
  const examples = new Map<Node, Node>();
  const shared = new Map<Node, Node>();
  for (const [i, like] of given.entries()) (isBatched[i] ? examples : shared).set(like, standIns[i]);
  const results = [...body.nextCarry, ...body.outputs];
  const whole = batch(results, examples, options, shared).map((result) => spreadOut(result, size));
  const next = new ScanBody(
    length,
    reverse,
    standIns.slice(0, carry.length),
    standIns.slice(carry.length, carry.length + steps.length),
    standIns.slice(carry.length + steps.length),
    whole.slice(0, carry.length),
    whole.slice(carry.length),
  );
  const inputs = operands.map((operand, i) => {
    if (i < carry.length) return spreadOut(operand, size);
    if (!operand.isBatched || i >= carry.length + steps.length) return operand.node;
    return exchanged(operand.node);
  });
  const { carry: last, outputs } = next.split(apply('scan', inputs, { body: next }));
  const parts = [...last, ...outputs.map(exchanged)];
  return apply(
    'concat',
    parts.map((part) => reshape(part, [size, sizeOf(part.shape) / size])),
    { axis: 1 },
  );
};

/** The first two axes in the other order. */
const exchanged = (node: Node): Node =>
  permute(
    node,
    node.shape.map((_, axis) => (axis < 2 ? 1 - axis : axis)),
  );

/** The rule of one example, for all of them; what they share gets the sum of their cotangents. */
const ruled: BatchRule<'ruled'> = (node, operands, options) => {
  const { size } = options;
  const { rule: one } = node.attributes;
  const joined = spreadOut(operands[0], size);
  const results: Node[] = [];
  if (one.shapes.length === 1) results.push(joined);
  else {
    let start = 0;
    for (const shape of one.shapes) {
      const length = sizeOf(shape);
      const part = apply('slice', [joined], { starts: [0, start], lengths: [size, length], steps: [1, 1] });
      results.push(reshape(part, [size, ...shape]));
      start += length;
    }
  }
  const others = operands.slice(1);
  const forAll: Rule = (given, made, cotangents) => {
    const examples = new Map<Node, Node>();
    const oneOf = (all: Node): Node => {
      const { dtype, requiresGrad } = all;
      const stand = new Node(
        'input',
        [],
        { position: -1 },
        all.shape.slice(1),
        dtype,
        { kind: 'leaf' },
        requiresGrad,
      );
      examples.set(stand, all);
      return stand;
    };
    const parts = one.rule(
      given.map((operand, i) => (others[i].isBatched ? oneOf(operand) : operand)),
      made.map(oneOf),
      cotangents.map(oneOf),
    );
    const flowing = parts.filter((part) => part !== null);
    const batched = batch(flowing, examples, options);
    return parts.map((part, i) => {
      if (!part) return null;
      const all = spreadOut(batched[flowing.indexOf(part)], size);
      return others[i].isBatched ? all : sum(all, [0]);
    });
  };
  const rule = new GradientRule(
    one.shapes.map((shape) => [size, ...shape]),
    forAll,
  );
  const parts = rule.split(
    apply('ruled', [GradientRule.join(results), ...others.map((operand) => operand.node)], { rule }),
  );
  if (parts.length === 1) return parts[0];
  return apply(
    'concat',
    parts.map((part) => reshape(part, [size, sizeOf(part.shape) / size])),
    { axis: 1 },
  );
};

/** How each primitive is done to many examples at once. */
const rules: { readonly [P in Primitive]: BatchRule<P> } = {
  memory: never,
  constant: never,
  randomKey: never,
  input: never,
  iota: never,
  random: never,
  neg: elementwise,
  abs: elementwise,
  sign: elementwise,
  exp: elementwise,
  expm1: elementwise,
  log: elementwise,
  log1p: elementwise,
  sqrt: elementwise,
  reciprocal: elementwise,
  sin: elementwise,
  cos: elementwise,
  tan: elementwise,
  asin: elementwise,
  acos: elementwise,
  atan: elementwise,
  sinh: elementwise,
  cosh: elementwise,
  tanh: elementwise,
  erf: elementwise,
  floor: elementwise,
  ceil: elementwise,
  round: elementwise,
  relu: elementwise,
  sigmoid: elementwise,
  softplus: elementwise,
  not: elementwise,
  cast: elementwise,
  checkIndex: elementwise,
  add: elementwise,
  sub: elementwise,
  mul: elementwise,
  div: elementwise,
  pow: elementwise,
  atan2: elementwise,
  remainder: elementwise,
  maximum: elementwise,
  minimum: elementwise,
  eq: elementwise,
  ne: elementwise,
  lt: elementwise,
  le: elementwise,
  and: elementwise,
  or: elementwise,
  where: elementwise,
  alias: elementwise,
  reshape: (node, [x], { size }) => reshape(x.node, [size, ...node.attributes.shape]),
  permute: (node, [x]) => permute(x.node, [0, ...shifted(node.attributes.order)]),
  expand: (node, [x], { size }) => {
    const { shape } = node.attributes;
    return expand(aligned(x, shape.length), [size, ...shape]);
  },
  slice: ({ attributes: { starts, lengths, steps } }, [x], { size }) =>
    apply('slice', [x.node], { starts: [0, ...starts], lengths: [size, ...lengths], steps: [1, ...steps] }),
  pad: ({ attributes: { before, after, value } }, [x]) =>
    apply('pad', [x.node], { before: [0, ...before], after: [0, ...after], value }),
  flip: alongAxes,
  collect: windows,
  spread: windows,
  sum: alongAxes,
  prod: alongAxes,
  amax: alongAxes,
  amin: alongAxes,
  matmul,
  gather: alongAxis,
  scatterAdd: alongAxis,
  concat: alongAxis,
  scan,
  ruled,
  argsort: elementwise,
  after: (_, [x, token], { size }) => {
    const one = token.isBatched
      ? reshape(apply('slice', [token.node], { starts: [0], lengths: [1], steps: [1] }), [])
      : token.node;
    return apply('after', [spreadOut(x, size), one], {});
  },
};

/**
 * The graph of one example as a graph of all: `examples` says which nodes stand for one of which. `shared` are nodes to put in the place of
 * others, alike for all examples.
 */
export function batch(
  outputs: readonly Node[],
  examples: ReadonlyMap<Node, Node>,
  options: Options,
  shared: ReadonlyMap<Node, Node> = new Map(),
): Operand[] {
  const { size, mark, randomness } = options;
  const operands = new Map<Node, Operand>();
  // A gradient that was asked of a stand-in made a copy of it, with its attributes.
  const byAttributes = new Map<unknown, Operand>();
  const know = (map: ReadonlyMap<Node, Node>, isBatched: boolean): void => {
    for (const [one, node] of map) {
      operands.set(one, { node, isBatched });
      byAttributes.set(one.attributes, { node, isBatched });
    }
  };
  know(examples, true);
  know(shared, false);
  for (const node of orderOf(outputs, (visited) => operands.has(visited))) {
    if (operands.has(node)) continue;
    const copied = node.op === 'input' ? byAttributes.get(node.attributes) : undefined;
    if (copied) {
      operands.set(node, copied);
      continue;
    }
    if (node.op === 'random' && node.id > mark && randomness !== 'same') {
      if (randomness === 'error') {
        throw new ArgumentError('the function draws random numbers', {
          op: 'vmap',
          hint: "Say { randomness: 'different' } for other numbers in each example, or 'same'",
        });
      }
      const keys = node.inputs.map((input) => operands.get(input)?.node ?? input);
      operands.set(node, { node: apply('random', keys, { shape: [size, ...node.shape] }), isBatched: true });
      continue;
    }
    const own = node.isLeaf ? [] : node.inputs.map((input) => operands.get(input)!);
    if (own.every((operand, i) => operand.node === node.inputs[i])) {
      operands.set(node, { node, isBatched: false });
      continue;
    }
    const before = gradientMode.enabled;
    // What was cut off from gradients stays so.
    gradientMode.enabled = before && node.requiresGrad;
    try {
      const isBatched = own.some((operand) => operand.isBatched);
      const made = isBatched
        ? rules[node.op as Primitive](node as never, own, options)
        : apply(
            node.op as Primitive,
            own.map((operand) => operand.node),
            node.attributes as never,
          );
      operands.set(node, { node: made, isBatched });
      check(node, made, isBatched, size);
    } finally {
      gradientMode.enabled = before;
    }
  }
  return outputs.map((output) => operands.get(output)!);
}

/** A rule that gives another shape or dtype than that of one example is a mistake of ours. */
function check(one: Node, all: Node, isBatched: boolean, size: number): void {
  const shape = isBatched ? [size, ...one.shape] : one.shape;
  if (!sameShape(all.shape, shape) || all.dtype !== one.dtype)
    throw new Error(`vmap of ${one.op}: [${all.shape}] ${all.dtype}, not [${shape}] ${one.dtype}`);
}
