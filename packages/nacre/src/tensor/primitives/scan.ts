import { isFloat, roundTo } from '../../base/dtype.ts';
import { ArgumentError } from '../../base/errors.ts';
import { type Shape, sizeOf } from '../../base/shape.ts';
import type { LoopBody, Lowering } from '../../compiler/contract.ts';
import { Node } from '../../graph/node.ts';
import { signGraph } from '../../graph/signature.ts';
import { pullBack } from '../autograd.ts';
import { add, apply, constant, expand, gradientMode, recordOf, reshape } from './apply.ts';
import type { NodeOf, OpRecord, Primitive, Values } from './record.ts';
import { orderOf, substitute } from './substitute.ts';

/** The body of a scan, as a graph from stand-ins to results. Two with the same `key` compute the same. */
export class ScanBody implements LoopBody {
  readonly key: string;

  constructor(
    readonly length: number,
    readonly reverse: boolean,
    readonly carry: readonly Node[],
    readonly steps: readonly Node[],
    readonly constants: readonly Node[],
    readonly nextCarry: readonly Node[],
    readonly outputs: readonly Node[],
  ) {
    const { key, leaves } = signGraph([...nextCarry, ...outputs]);
    const given = [...carry, ...steps, ...constants];
    const order = leaves.map((leaf) => given.indexOf(leaf));
    this.key = [key, order, carry.length, steps.length, constants.length, length, reverse].join('|');
  }

  /** What stands for the body in a node's signature. */
  toJSON(): string {
    return this.key;
  }

  /** Shapes of the parts of the flat result: the last carries, then the outputs of all steps. */
  get partShapes(): Shape[] {
    return [
      ...this.nextCarry.map((node) => node.shape),
      ...this.outputs.map((node) => [this.length, ...node.shape]),
    ];
  }

  split(flat: Node): ScanParts {
    let start = 0;
    const parts = this.partShapes.map((shape) => {
      const size = sizeOf(shape);
      const part = apply('slice', [flat], { starts: [start], lengths: [size], steps: [1] });
      start += size;
      return reshape(part, shape);
    });
    return { carry: parts.slice(0, this.carry.length), outputs: parts.slice(this.carry.length) };
  }
}

/** Each has an attributes object of its own, by which copies of it are recognized. */
const standIn = (like: Node, shape: Shape, requiresGrad = false): Node =>
  new Node('input', [], { position: -1 }, shape, like.dtype, { kind: 'leaf' }, requiresGrad);

export interface ScanParts {
  readonly carry: readonly Node[];
  readonly outputs: readonly Node[];
}

/** One step: the present carries and one element of each sequence to the next carries and what is collected. */
export type ScanStep = (carry: readonly Node[], step: readonly Node[]) => ScanParts;

/**
 * Runs `step` over the first axis of the sequences, inside the program. What the step uses from outside, and what does not depend on the
 * carries or the sequences, is computed once before the loop. Every carry and every collected output is float of one dtype.
 */
export function scan(
  step: ScanStep,
  init: readonly Node[],
  sequences: readonly Node[],
  length: number,
  reverse = false,
): ScanParts {
  const differs = (node: Node): boolean => gradientMode.enabled && isFloat(node.dtype);
  const carry = init.map((node) => standIn(node, node.shape, differs(node)));
  const steps = sequences.map((node) => standIn(node, node.shape.slice(1), differs(node)));
  const made = step(carry, steps);
  checkCarry(init, made.carry);
  return build({ carry, steps, constants: [] }, made, init, sequences, [], length, reverse);
}

function checkCarry(init: readonly Node[], next: readonly Node[]): void {
  const show = (node: Node | undefined): string =>
    node ? `${node.dtype}[${node.shape.join(', ')}]` : 'nothing';
  for (let i = 0; i < Math.max(init.length, next.length); i++) {
    if (show(init[i]) !== show(next[i])) {
      throw new ArgumentError(`carry ${i} begins as ${show(init[i])} and becomes ${show(next[i])}`, {
        op: 'scan',
        hint: 'The state of a scan keeps its shape and dtype',
      });
    }
  }
}

type StandIns = Pick<ScanBody, 'carry' | 'steps' | 'constants'>;

/** The same elements, through which no gradient flows. */
const cutOff = (node: Node): Node =>
  new Node(
    'alias',
    [node],
    {},
    node.shape,
    node.dtype,
    recordOf('alias').lowering as unknown as Lowering,
    false,
  );

/** Makes the node of a scan from a body whose captured nodes become constants of the loop. */
function build(
  given: StandIns,
  made: ScanParts,
  init: readonly Node[],
  sequences: readonly Node[],
  constants: readonly Node[],
  length: number,
  reverse: boolean,
): ScanParts {
  // While a gradient may be asked, every step's carry is kept: the way back needs them.
  const inputs = [...init, ...sequences, ...constants];
  const all = [...given.carry, ...given.steps, ...given.constants];
  const standIns = new Set<Node>(all);
  const dependent = new Set<Node>(standIns);
  const captured: Node[] = [];
  // Inside the body a gradient may have been asked of a stand-in: that made a copy of it, with its attributes.
  const copies = new Map<Node, Node>();
  const original = (node: Node): Node | undefined =>
    node.op === 'input' ? all.find((given) => given.attributes === node.attributes) : undefined;
  const history = gradientMode.enabled ? given.carry : [];
  const results = [...made.carry, ...made.outputs, ...history].map((node) => apply('alias', [node], {}));
  for (const node of orderOf(results)) {
    const known = original(node);
    if (known && known !== node) {
      copies.set(node, node.requiresGrad === known.requiresGrad ? known : cutOff(known));
      dependent.add(node);
    }
    if (standIns.has(node) || !node.inputs.some((input) => dependent.has(input))) continue;
    dependent.add(node);
    for (const input of node.inputs)
      if (!dependent.has(input) && !captured.includes(input)) captured.push(input);
  }
  for (const result of results) {
    const [source] = result.inputs;
    if (dependent.has(result)) continue;
    dependent.add(result);
    if (!captured.includes(source)) captured.push(source);
  }
  const replaced = new Map(captured.map((node) => [node, standIn(node, node.shape, node.requiresGrad)]));
  const cloned = substitute(results, new Map([...copies, ...replaced]), true);
  const nextCarry = cloned.slice(0, init.length);
  const outputs = cloned.slice(init.length);
  const body = new ScanBody(
    length,
    reverse,
    given.carry,
    given.steps,
    [...given.constants, ...replaced.values()],
    nextCarry,
    outputs,
  );
  const node = apply('scan', [...inputs, ...captured], { body });
  const parts = body.split(node);
  return { carry: parts.carry, outputs: parts.outputs.slice(0, made.outputs.length) };
}

const zerosLike = (node: Node): Node => expand(constant(0, node.dtype), node.shape);

/**
 * The way back: a scan in the other direction whose carries are the cotangents of the carries and the sums of the constants'. A step takes
 * the carries it had going forward, its elements of the sequences, and the cotangents of what it collected.
 */
function gradient(cotangent: Node, node: NodeOf<'scan'>): (Node | null)[] {
  const { body } = node.attributes;
  const { carry, steps, constants } = body;
  const collectedParts = body.split(node).outputs;
  const kept = collectedParts.slice(collectedParts.length - carry.length);
  const given = body.split(cotangent);
  const sequences = node.inputs.slice(carry.length, carry.length + steps.length);
  const fixed = node.inputs.slice(carry.length + steps.length);
  // Only what a gradient is asked of gets one; the carries always do, because they pass it on.
  const asks = (input: Node): boolean => input.requiresGrad && input.dtype === node.dtype;
  const leaf = (like: Node, requiresGrad: boolean): Node => standIn(like, like.shape, requiresGrad);
  const atCarry = carry.map((like) => leaf(like, true));
  const atSteps = steps.map((like, i) => leaf(like, asks(sequences[i])));
  const atConstants = constants.map((like, i) => leaf(like, asks(fixed[i])));
  const wanted = (like: Node): boolean => like.requiresGrad;
  const before = gradientMode.enabled;
  const results = substitute(
    [...body.nextCarry, ...body.outputs],
    new Map(
      [...carry, ...steps, ...constants].map((from, i) => [
        from,
        [...atCarry, ...atSteps, ...atConstants][i],
      ]),
    ),
  );
  const incoming = body.nextCarry.map((like) => standIn(like, like.shape, before));
  const collected = body.outputs.map((like) => standIn(like, like.shape, before));
  const sums = atConstants.filter(wanted);
  const totals = sums.map((like) => standIn(like, like.shape, before));
  const targets = [...atCarry, ...atSteps.filter(wanted), ...sums];
  const pairs = results
    .map((result, i) => ({ result, cotangent: [...incoming, ...collected][i] }))
    .filter(({ result }) => result.requiresGrad);
  const found = pullBack(
    pairs.map(({ result }) => result),
    pairs.map((pair) => pair.cotangent),
    targets,
  );
  const slope = (target: Node): Node => found.get(target) ?? zerosLike(target);

  const back = build(
    {
      carry: [...incoming, ...totals],
      steps: [...atCarry, ...atSteps, ...collected],
      constants: atConstants,
    },
    {
      carry: [...atCarry.map(slope), ...sums.map((target, i) => add(totals[i], slope(target)))],
      outputs: atSteps.filter(wanted).map(slope),
    },
    [...given.carry, ...sums.map(zerosLike)],
    [...kept, ...sequences, ...given.outputs],
    fixed,
    body.length,
    !body.reverse,
  );
  const pick = (parts: readonly Node[], likes: readonly Node[]): (Node | null)[] => {
    let next = 0;
    return likes.map((like) => (wanted(like) ? parts[next++] : null));
  };
  return [
    ...back.carry.slice(0, carry.length),
    ...pick(back.outputs, atSteps),
    ...pick(back.carry.slice(carry.length), atConstants),
  ];
}

/** The body by the records' plain loops, step after step. */
function reference(inputs: readonly Values[], { attributes: { body } }: NodeOf<'scan'>): Float64Array {
  const { carry, steps, length, reverse } = body;
  const results = [...body.nextCarry, ...body.outputs];
  const order = orderOf(results);
  let state = inputs.slice(0, carry.length);
  const sequences = inputs.slice(carry.length, carry.length + steps.length);
  const fixed = inputs.slice(carry.length + steps.length);
  const flat = new Float64Array(body.partShapes.reduce((sum, shape) => sum + sizeOf(shape), 0));
  const outputStart = carry.reduce((sum, node) => sum + sizeOf(node.shape), 0);
  for (let turn = 0; turn < length; turn++) {
    const at = reverse ? length - 1 - turn : turn;
    const known = new Map<Node, Values>();
    carry.forEach((node, i) => void known.set(node, state[i]));
    steps.forEach((node, i) => {
      const size = sizeOf(node.shape);
      known.set(node, { shape: node.shape, data: sequences[i].data.subarray(at * size, (at + 1) * size) });
    });
    body.constants.forEach((node, i) => void known.set(node, fixed[i]));
    for (const node of order) {
      if (known.has(node)) continue;
      const data = recordOf(node.op as Primitive).reference(
        node.inputs.map((input) => known.get(input)!),
        node as never,
      );
      for (let i = 0; i < data.length; i++) data[i] = roundTo(node.dtype, data[i]);
      known.set(node, { shape: node.shape, data });
    }
    let start = outputStart;
    for (const output of body.outputs) {
      const size = sizeOf(output.shape);
      flat.set(known.get(output)!.data, start + at * size);
      start += length * size;
    }
    state = body.nextCarry.map((node) => known.get(node)!);
  }
  let start = 0;
  for (const { data } of state) {
    flat.set(data, start);
    start += data.length;
  }
  return flat;
}

export const scanRecords: { scan: OpRecord<'scan'> } = {
  scan: {
    shape: (_, { body }) => [body.partShapes.reduce((sum, shape) => sum + sizeOf(shape), 0)],
    dtype: (_, { body }) => {
      const [first, ...others] = [...body.nextCarry, ...body.outputs];
      const other = others.find((node) => node.dtype !== first.dtype);
      if (other) {
        throw new ArgumentError(`carries and outputs have one dtype, got ${first.dtype} and ${other.dtype}`, {
          op: 'scan',
        });
      }
      return first.dtype;
    },
    gradient,
    reference,
    lowering: { kind: 'loop', loop: (node) => node.attributes.body } satisfies Lowering<NodeOf<'scan'>>,
  },
};
