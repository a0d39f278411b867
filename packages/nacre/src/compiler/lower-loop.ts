import { byteSize, dtypes } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import type { Kernel } from '../ir/expr.ts';
import type { Target } from './context.ts';
import type { CheckReport, Lowering, OpNode } from './contract.ts';
import { ruleOf } from './evaluate.ts';
import { type Output, type ProgramPlan, planProgram, type Slot } from './program.ts';
import type { Cluster } from './schedule.ts';
import { mapStage, type Place, type PlacedLaunch, type StageOf } from './stages.ts';

/** A loop over time with the kernels of its body. Launches name kernels by their position in `kernels`. */
export interface LoweredLoop {
  readonly cluster: Cluster;
  /** Nodes whose memory the loop reads or writes. */
  readonly buffers: readonly OpNode[];
  readonly kernels: readonly Kernel[];
  /** Copies the first carries to where the loop keeps them. */
  readonly before: readonly PlacedLaunch[];
  readonly stages: readonly StageOf<PlacedLaunch>[];
  readonly count: number;
  /** Memory of the body: its intermediate results, and the next carries until they replace the present ones. */
  readonly arenaBytes: number;
}

const alignment = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
const bytesOf = (node: OpNode): number => byteSize(node.dtype, sizeOf(node.shape));

const alias: Lowering = { kind: 'view', map: (_, at) => at };

/** A stand-in for memory of a shape, and a copy of it. */
function copyOf(node: OpNode): { leaf: OpNode; copy: OpNode } {
  const leaf: OpNode = {
    ...pick(node),
    id: -1,
    op: 'memory',
    inputs: [],
    lowering: { kind: 'leaf' },
    isLeaf: true,
  };
  const copy: OpNode = { ...pick(node), id: -2, op: 'alias', inputs: [leaf], lowering: alias, isLeaf: false };
  return { leaf, copy };
}

const pick = ({ shape, dtype }: OpNode): Pick<OpNode, 'shape' | 'dtype'> => ({ shape, dtype });

/**
 * The body is a program of its own, run once a step. The carries live in the loop's result; each step computes the next ones beside them
 * and copies them over at its end. Sequences and collected outputs are addressed by the step.
 */
export function lowerLoop(cluster: Cluster, target: Target, checks: CheckReport[]): LoweredLoop {
  const node = cluster.members[0];
  const rule = ruleOf(node, 'loop');
  const loop = rule.loop(node as never);
  const { carry, steps, constants, nextCarry, outputs, length, reverse } = loop;
  const kernels: Kernel[] = [];
  const { bytes } = dtypes[node.dtype];

  // The result: last carries, then the outputs of all steps.
  let position = 0;
  const carryAt = carry.map((state) => {
    const at = position;
    position += sizeOf(state.shape) * bytes;
    return at;
  });
  const outputAt = outputs.map((output) => {
    const at = position;
    position += length * sizeOf(output.shape) * bytes;
    return at;
  });
  const walked = (base: OpNode, offset: number, stride: number): Place => ({
    base,
    offset: offset + (reverse ? (length - 1) * stride : 0),
    strides: [reverse ? -stride : stride],
  });
  const fixed = (base: OpNode | 'arena', offset: number): Place => ({ base, offset, strides: [0] });

  const body = planProgram(
    [...nextCarry, ...outputs].map((result): Output => ({ node: result, replaces: null })),
    [...carry, ...steps, ...constants],
    target,
    checks,
  );
  let arenaBytes = aligned(body.arenaBytes);
  const nextAt = carry.map((state) => {
    const at = arenaBytes;
    arenaBytes += aligned(bytesOf(state));
    return at;
  });
  const inputs = node.inputs;
  const placeOf = (slot: Slot): Place => {
    if (slot.kind === 'arena') return fixed('arena', slot.offset);
    if (slot.kind === 'output') {
      const output = slot.position - carry.length;
      return output < 0
        ? fixed('arena', nextAt[slot.position])
        : walked(node, outputAt[output], sizeOf(outputs[output].shape) * bytes);
    }
    if (slot.leaf < carry.length) return fixed(node, carryAt[slot.leaf]);
    const step = slot.leaf - carry.length;
    if (step < steps.length) return walked(inputs[slot.leaf], 0, bytesOf(steps[step]));
    return fixed(inputs[slot.leaf], 0);
  };
  const stages = placeStages(body, kernels, placeOf);

  const copies = (from: (i: number) => Place, to: (i: number) => Place): PlacedLaunch[] =>
    carry.flatMap((state, i) => {
      const { leaf, copy } = copyOf(state);
      const plan = planProgram([{ node: copy, replaces: null }], [leaf], target, checks);
      return placeStages(plan, kernels, (slot) => (slot.kind === 'input' ? from(i) : to(i))).flatMap(
        (stage) => (stage.kind === 'launches' ? stage.launches : []),
      );
    });
  const outside = (base: OpNode, offset: number): Place => ({ base, offset, strides: [] });
  const before = copies(
    (i) => outside(inputs[i], 0),
    (i) => outside(node, carryAt[i]),
  );
  const after = copies(
    (i) => fixed('arena', nextAt[i]),
    (i) => fixed(node, carryAt[i]),
  );
  return {
    cluster,
    buffers: [node, ...new Set(inputs)],
    kernels,
    before,
    stages: [...stages, { kind: 'launches', launches: after }],
    count: length,
    arenaBytes,
  };
}

/** The stages of a program, its slots replaced by where they lie in the program around it. */
function placeStages(
  plan: ProgramPlan,
  kernels: Kernel[],
  placeOf: (slot: Slot) => Place,
): StageOf<PlacedLaunch>[] {
  const first = kernels.length;
  kernels.push(...plan.kernels);
  return plan.stages.map((stage) =>
    mapStage(stage, ({ kernel, pointers, flops, bytes }) => ({
      kernel: first + kernel,
      places: pointers.map(({ slot, offset, strides }) => {
        const outer = placeOf(plan.slots[slot]);
        return { base: outer.base, offset: outer.offset + offset, strides: [...outer.strides, ...strides] };
      }),
      flops,
      bytes,
    })),
  );
}
