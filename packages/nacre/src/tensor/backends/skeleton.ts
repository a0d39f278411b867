import type { DType } from '../../base/dtype.ts';
import type { Shape } from '../../base/shape.ts';
import type { LoopBody, Lowering, OpNode } from '../../compiler/contract.ts';
import type { Output } from '../../compiler/program.ts';
import { topological } from '../../compiler/rewrite.ts';
import type { Node } from '../../graph/node.ts';
import { recordOf } from '../primitives/apply.ts';
import type { Primitive } from '../primitives/record.ts';

/** A graph without its memory: what waits to be compiled must keep no tensor alive. */
export interface Skeleton {
  readonly outputs: readonly Output[];
  readonly leaves: readonly OpNode[];
}

/** What an operation is told beside its operands; leaves and rules of gradients keep nothing of it. */
type Told = Readonly<Record<string, unknown>>;
type Copy = OpNode & { readonly attributes: Told };

export function skeleton(outputs: readonly (Output & { node: Node })[], leaves: readonly Node[]): Skeleton {
  const copies = new Map<OpNode, Copy>();
  for (const node of topological(outputs.map((output) => output.node))) {
    const { id, op, shape, dtype, lowering, isLeaf } = node;
    // Further operands of views, and what their rules capture, serve gradients alone.
    const isRuled = !isLeaf && lowering.kind === 'view' && node.inputs.length > 1;
    const given = isRuled ? node.inputs.slice(0, 1) : node.inputs;
    const inputs = isLeaf ? [] : given.map((input) => copies.get(input)!);
    const attributes = isRuled || isLeaf ? {} : (node as Node).attributes;
    copies.set(node, { id, op, inputs, shape, dtype, lowering, isLeaf, attributes });
  }
  const copyOf = (node: OpNode): OpNode => copies.get(node) ?? node;
  return {
    outputs: outputs.map(({ node, replaces }) => ({
      node: copyOf(node),
      replaces: replaces && copyOf(replaces),
    })),
    leaves: leaves.map(copyOf),
  };
}

/** A graph of plain values, which a structured clone or a file can carry to another process with the same version of the library. */
export interface PackedSkeleton {
  readonly nodes: readonly PackedNode[];
  /** Places among `nodes`. */
  readonly outputs: readonly { readonly node: number; readonly replaces: number | null }[];
  readonly leaves: readonly number[];
}

interface PackedNode {
  readonly op: string;
  readonly inputs: readonly number[];
  readonly shape: Shape;
  readonly dtype: DType;
  readonly isLeaf: boolean;
  readonly told: Told;
  readonly loop: PackedLoop | null;
}

const bodyParts = ['carry', 'steps', 'constants', 'nextCarry', 'outputs'] as const;

type PackedLoop = Pick<LoopBody, 'length' | 'reverse'> & {
  readonly nodes: readonly PackedNode[];
} & { readonly [part in (typeof bodyParts)[number]]: readonly number[] };

export function pack({ outputs, leaves }: Skeleton): PackedSkeleton {
  const replaced = outputs.flatMap(({ replaces }) => replaces ?? []);
  const { nodes, placeOf } = packNodes([...leaves, ...replaced, ...outputs.map(({ node }) => node)]);
  return {
    nodes,
    outputs: outputs.map(({ node, replaces }) => ({
      node: placeOf(node),
      replaces: replaces && placeOf(replaces),
    })),
    leaves: leaves.map(placeOf),
  };
}

function packNodes(wanted: readonly OpNode[]): {
  nodes: PackedNode[];
  placeOf: (node: OpNode) => number;
} {
  const order = topological(wanted);
  const places = new Map(order.map((node, place) => [node, place]));
  const placeOf = (node: OpNode): number => places.get(node)!;
  const nodes = order.map((node): PackedNode => {
    const { op, shape, dtype, isLeaf, lowering } = node;
    const loop = !isLeaf && lowering.kind === 'loop' ? packLoop(lowering.loop(node as never)) : null;
    const told = isLeaf || loop ? {} : (node as Copy).attributes;
    return { op, inputs: isLeaf ? [] : node.inputs.map(placeOf), shape, dtype, isLeaf, told, loop };
  });
  return { nodes, placeOf };
}

function packLoop(body: LoopBody): PackedLoop {
  const { nodes, placeOf } = packNodes(bodyParts.flatMap((part) => body[part]));
  const [carry, steps, constants, nextCarry, outputs] = bodyParts.map((part) => body[part].map(placeOf));
  return { length: body.length, reverse: body.reverse, nodes, carry, steps, constants, nextCarry, outputs };
}

export function unpack({ nodes, outputs, leaves }: PackedSkeleton): Skeleton {
  const copies = unpackNodes(nodes);
  return {
    outputs: outputs.map(({ node, replaces }) => ({
      node: copies[node],
      replaces: replaces === null ? null : copies[replaces],
    })),
    leaves: leaves.map((place) => copies[place]),
  };
}

function unpackNodes(nodes: readonly PackedNode[]): OpNode[] {
  const copies: Copy[] = [];
  for (const [id, { op, inputs, shape, dtype, isLeaf, told, loop }] of nodes.entries()) {
    const lowering = isLeaf ? { kind: 'leaf' as const } : recordOf(op as Primitive).lowering;
    const attributes = loop ? { body: unpackLoop(loop) } : told;
    const operands = inputs.map((place) => copies[place]);
    copies.push({
      id,
      op,
      inputs: operands,
      shape,
      dtype,
      lowering: lowering as Lowering,
      isLeaf,
      attributes,
    });
  }
  return copies;
}

function unpackLoop(packed: PackedLoop): LoopBody {
  const copies = unpackNodes(packed.nodes);
  const [carry, steps, constants, nextCarry, outputs] = bodyParts.map((part) =>
    packed[part].map((place) => copies[place]),
  );
  return { length: packed.length, reverse: packed.reverse, carry, steps, constants, nextCarry, outputs };
}
