import { byteSize } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import { KernelBuilder } from '../ir/builder.ts';
import type { Kernel } from '../ir/expr.ts';
import { exponentialsBelowMaximum } from './below-maximum.ts';
import { KernelContext, type LoweredKernel, type Target } from './context.ts';
import type { CheckReport, OpNode } from './contract.ts';
import { mergeEqualPads } from './equal-pads.ts';
import { linearize, lowering } from './evaluate.ts';
import { lowerContract } from './lower-contract.ts';
import { lowerConcat, lowerScatter } from './lower-indexed.ts';
import { type LoweredLoop, lowerLoop } from './lower-loop.ts';
import { lowerMap } from './lower-map.ts';
import { lowerRows } from './lower-rows.ts';
import { lowerSort, operationsOfSort } from './lower-sort.ts';
import { planMemory } from './memory.ts';
import { namedRowsAlone } from './named-rows.ts';
import { fewRowsAsColumns } from './orient.ts';
import { pruneLoops } from './prune-loops.ts';
import {
  dotProductsForFewRows,
  firstOperandOfViews,
  productsSummedOverBatch,
  rewrite,
  splitLongReductions,
  topological,
} from './rewrite.ts';
import {
  type Cluster,
  dependsOn,
  domainIndices,
  memberIndex,
  probe,
  type Schedule,
  schedule,
} from './schedule.ts';
import { launchesOf, mapStage, type PlacedLaunch, type PlannedLaunch, type Stage } from './stages.ts';

/** Where a pointer of the program leads. */
export type Slot =
  /** By position among the program's leaves. */
  | { readonly kind: 'input'; readonly leaf: number }
  | { readonly kind: 'output'; readonly position: number }
  | { readonly kind: 'arena'; readonly offset: number };

/** A graph turned into kernels, their order, and their memory. */
export interface ProgramPlan {
  readonly kernels: readonly Kernel[];
  readonly stages: readonly Stage[];
  readonly slots: readonly Slot[];
  readonly arenaBytes: number;
  /** What failed checks say, by code - 1. */
  readonly checks: readonly CheckReport[];
  /** For each output: whether it may be written over the input it replaces. */
  readonly inPlace: readonly boolean[];
  /** What each pass did, for `explain`. */
  readonly passes: readonly { name: string; summary: string }[];
}

export interface Output {
  readonly node: OpNode;
  /** The input whose value this output replaces, if it does. */
  readonly replaces: OpNode | null;
}

const lowerings = {
  map: lowerMap,
  rows: lowerRows,
  contract: lowerContract,
  scatter: lowerScatter,
  concat: lowerConcat,
  sort: lowerSort,
};

/** The passes from a graph to a program, in order. After each, `passes` records what it left. */
export function planProgram(
  wanted: readonly Output[],
  leaves: readonly OpNode[],
  target: Target,
  checks: CheckReport[] = [],
): ProgramPlan {
  const passes: { name: string; summary: string }[] = [];
  const note = (name: string, summary: string): void => void passes.push({ name, summary });
  const before = topological(wanted.map((output) => output.node));
  note('graph', `${before.length} nodes, ${before.filter((node) => node.isLeaf).length} of them in memory`);

  const outputs = rewrite(pruneLoops(wanted.map((output) => output.node)), [
    firstOperandOfViews,
    mergeEqualPads(),
    exponentialsBelowMaximum,
    namedRowsAlone,
    productsSummedOverBatch,
    splitLongReductions,
    dotProductsForFewRows,
    fewRowsAsColumns(target.lanes),
  ]);
  note('rewrite', `${topological(outputs).length} nodes left`);

  const plan = schedule(outputs, target);
  note('schedule', `${plan.clusters.length} kernels, ${plan.stored.size} results in memory`);

  const checkCode = (report: CheckReport): number => {
    const known = checks.findIndex(({ op, size }) => op === report.op && size === report.size);
    return known >= 0 ? known + 1 : checks.push(report);
  };
  const lowered = plan.clusters.map((cluster): LoweredKernel | LoweredLoop =>
    cluster.kind === 'loop'
      ? lowerLoop(cluster, target, checks)
      : lowerings[cluster.kind](new KernelContext(cluster, plan, target, checkCode)),
  );
  note(
    'lower',
    `${lowered.reduce((sum, { buffers }) => sum + buffers.length, 0)} pointers in ${lowered.length} loop nests`,
  );

  const inPlace = orderOverwrites(wanted, outputs, plan, lowered);
  const stageOf = assignStages(plan.clusters);
  const stageCount = Math.max(0, ...stageOf.values()) + (lowered.length ? 1 : 0);
  note('stages', `${stageCount} stages, ${inPlace.filter(Boolean).length} results in place`);

  const slots: Slot[] = [];
  const slotOf = new Map<OpNode, number>();
  const addSlot = (node: OpNode, slot: Slot): void => void slotOf.set(node, slots.push(slot) - 1);
  outputs.forEach((node, position) => {
    if (!slotOf.has(node)) addSlot(node, { kind: 'output', position });
  });

  const temporaries = [...plan.stored].filter((node) => !slotOf.has(node));
  const lifetimes = temporaries.map((node) => {
    const first = stageOf.get(plan.clusterOf.get(node)!)!;
    let last = first;
    for (const { buffers, cluster } of lowered)
      if (buffers.includes(node)) last = Math.max(last, stageOf.get(cluster)!);
    return { bytes: byteSize(node.dtype, sizeOf(node.shape)), first, last };
  });
  const loops = lowered.filter((entry) => 'stages' in entry);
  for (const { cluster, arenaBytes } of loops) {
    const stage = stageOf.get(cluster)!;
    lifetimes.push({ bytes: arenaBytes, first: stage, last: stage });
  }
  const memory = planMemory(lifetimes);
  for (const [i, node] of temporaries.entries()) addSlot(node, { kind: 'arena', offset: memory.offsets[i] });
  const arenaSlot = new Map(
    loops.map((loop, i) => [
      loop,
      slots.push({ kind: 'arena', offset: memory.offsets[temporaries.length + i] }) - 1,
    ]),
  );
  const unplanned = lifetimes.reduce((sum, { bytes }) => sum + bytes, 0);
  note('memory', `arena of ${memory.bytes} bytes for ${unplanned} bytes of results`);

  const slotFor = (node: OpNode): number => {
    if (!slotOf.has(node)) {
      const leaf = leaves.indexOf(node);
      if (leaf < 0) throw new Error(`${node.op} [${node.shape}] is neither given nor computed`);
      addSlot(node, { kind: 'input', leaf });
    }
    return slotOf.get(node)!;
  };
  const kernels: Kernel[] = [];
  const launches: PlannedLaunch[][] = Array.from({ length: stageCount }, () => []);
  const sequences: Stage[][] = Array.from({ length: stageCount }, () => []);
  for (const entry of lowered) {
    const stage = stageOf.get(entry.cluster)!;
    if (!('stages' in entry)) {
      const pointers = entry.buffers.map((node) => ({ slot: slotFor(node), offset: 0, strides: [] }));
      launches[stage].push({ kernel: kernels.push(entry.kernel) - 1, pointers, ...work(entry, plan) });
      continue;
    }
    const first = kernels.length;
    kernels.push(...entry.kernels);
    const resolve = ({ kernel, places, flops, bytes }: PlacedLaunch): PlannedLaunch => ({
      kernel: first + kernel,
      pointers: places.map(({ base, offset, strides }) => ({
        slot: base === 'arena' ? arenaSlot.get(entry)! : slotFor(base),
        offset,
        strides,
      })),
      flops,
      bytes,
    });
    launches[stage].push(...entry.before.map(resolve));
    const bodies = entry.stages.map((inner) => mapStage(inner, resolve));
    if (entry.count) sequences[stage].push({ kind: 'loop', count: entry.count, stages: bodies });
  }
  const stages = launches.flatMap((list, i): Stage[] => [
    { kind: 'launches', launches: list },
    ...sequences[i],
  ]);
  return {
    kernels,
    stages,
    slots,
    arenaBytes: memory.bytes,
    checks,
    inPlace,
    passes,
  };
}

/**
 * An output may be written over the input it replaces if its own kernel reads that input only at the element it writes, and
 * every other kernel that reads it can run before. Adds those orderings as dependencies.
 */
function orderOverwrites(
  wanted: readonly Output[],
  outputs: readonly OpNode[],
  plan: Schedule,
  lowered: readonly (LoweredKernel | LoweredLoop)[],
): boolean[] {
  return wanted.map(({ replaces }, position) => {
    const node = outputs[position];
    const writer = plan.clusterOf.get(node);
    if (!replaces || !writer || outputs.indexOf(node) !== position) return false;
    if (writer.kind !== 'map' && writer.kind !== 'contract') return false;
    const readers = lowered.filter(({ buffers }) => buffers.includes(replaces)).map(({ cluster }) => cluster);
    const others = readers.filter((cluster) => cluster !== writer);
    if (others.some((cluster) => dependsOn(cluster, writer))) return false;
    if (readers.includes(writer) && !readsInPlace(writer, node, replaces, plan)) return false;
    for (const cluster of others) writer.deps.add(cluster);
    return true;
  });
}

function readsInPlace(writer: Cluster, node: OpNode, input: OpNode, plan: Schedule): boolean {
  const b = new KernelBuilder(1);
  const at = domainIndices(b, writer.domain);
  const own = linearize(b, node.shape, memberIndex(b, writer, node, at)).key;
  return writer.members.every((member) => {
    const isProduct = lowering(member).kind === 'contract';
    const reads = probe(
      b,
      (other) => other !== member && (other.isLeaf || plan.clusterOf.has(other)),
      (evaluator) => {
        if (isProduct)
          for (const operand of member.inputs) evaluator.value(operand, domainIndices(b, operand.shape));
        else evaluator.computed(member, memberIndex(b, writer, member, at));
      },
    );
    // The operands of a product are read by many tiles, so they may not be written over at all.
    return reads.every(
      (access) => access.node !== input || (!isProduct && linearize(b, input.shape, access.at).key === own),
    );
  });
}

function assignStages(clusters: readonly Cluster[]): Map<Cluster, number> {
  const stageOf = new Map<Cluster, number>();
  const visit = (cluster: Cluster): number => {
    const known = stageOf.get(cluster);
    if (known !== undefined) return known;
    let stage = 0;
    for (const dep of cluster.deps) stage = Math.max(stage, visit(dep) + 1);
    stageOf.set(cluster, stage);
    return stage;
  };
  clusters.forEach(visit);
  return stageOf;
}

function work({ cluster, buffers }: LoweredKernel, plan: Schedule): { flops: number; bytes: number } {
  let flops = 0;
  const roots = new Set(plan.clusterOf.keys());
  for (const member of cluster.members) {
    const rule = lowering(member);
    if (rule.kind === 'contract') flops += 2 * sizeOf(member.shape) * member.inputs[0].shape.at(-1)!;
    else if (rule.kind === 'reduce') flops += sizeOf(member.inputs[0].shape);
    else if (rule.kind === 'sort') flops += operationsOfSort * sizeOf(member.shape);
    flops += inlineOperations(member, roots);
  }
  const bytes = buffers.reduce((sum, node) => sum + byteSize(node.dtype, sizeOf(node.shape)), 0);
  return { flops, bytes };
}

/** Elementwise operations a member is computed from, down to what is in memory. */
function inlineOperations(member: OpNode, roots: ReadonlySet<OpNode>): number {
  let count = 0;
  const seen = new Set<OpNode>();
  const stack = [member];
  while (stack.length) {
    const node = stack.pop()!;
    if (seen.has(node) || node.isLeaf || (node !== member && roots.has(node))) continue;
    seen.add(node);
    if (lowering(node).kind === 'map') count += sizeOf(node.shape);
    stack.push(...node.inputs);
  }
  return count;
}

/** One line for each kernel: what it computes, over which shape, with how much work. */
export function describeKernels(plan: ProgramPlan): string[] {
  const line = ({ kernel, flops, bytes }: PlannedLaunch): string => {
    const { name, task, params } = plan.kernels[kernel];
    return `${name}, ${task.extent} tasks, ${params.length} buffers, ${flops} operations, ${bytes} bytes`;
  };
  const lines = (stage: Stage, where: string): string[] =>
    stage.kind === 'launches'
      ? stage.launches.map((launch) => `stage ${where}: ${line(launch)}`)
      : stage.stages.flatMap((inner, i) => lines(inner, `${where}, ${stage.count} times, ${i}`));
  return plan.stages.flatMap((stage, number) => lines(stage, String(number)));
}

/** Operations and bytes of a whole run. */
export function totalWork({ stages }: Pick<ProgramPlan, 'stages'>): { flops: number; bytes: number } {
  let flops = 0;
  let bytes = 0;
  for (const { launch, times } of launchesOf(stages)) {
    flops += launch.flops * times;
    bytes += launch.bytes * times;
  }
  return { flops, bytes };
}
