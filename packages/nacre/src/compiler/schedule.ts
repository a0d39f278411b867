import { type Shape, sameShape, sizeOf } from '../base/shape.ts';
import { KernelBuilder } from '../ir/builder.ts';
import { type Expr, type Index, scalarOf } from '../ir/expr.ts';
import type { Target } from './context.ts';
import type { OpNode } from './contract.ts';
import { delinearize, Evaluator, linearize, lowering } from './evaluate.ts';
import { prologuesOf } from './packing.ts';
import { fewResults, topological } from './rewrite.ts';

/** Nodes computed by one kernel. */
export interface Cluster {
  kind: 'map' | 'rows' | 'contract' | 'scatter' | 'concat' | 'sort' | 'loop';
  /** The index space its loops cover. */
  readonly domain: Shape;
  /** Axes of the domain that its reductions run along; none but for rows. */
  axes: readonly number[];
  /** In order of computation. */
  readonly members: OpNode[];
  readonly deps: Set<Cluster>;
  /** What its members read from memory; each costs a pointer. */
  readonly inputs: Set<OpNode>;
}

export interface Schedule {
  /** In order of execution; a cluster's dependencies come before it. */
  readonly clusters: readonly Cluster[];
  readonly clusterOf: ReadonlyMap<OpNode, Cluster>;
  /** Members whose elements other clusters or the caller read. */
  readonly stored: ReadonlySet<OpNode>;
  readonly order: readonly OpNode[];
}

/** An element that is read while a node is computed. */
export interface Access {
  readonly node: OpNode;
  readonly at: readonly Index[];
}

const affinity: Readonly<Record<Cluster['kind'], number>> = {
  contract: 0,
  rows: 1,
  map: 2,
  scatter: 3,
  concat: 3,
  sort: 3,
  loop: 3,
};

/** Kinds whose kernels compute nothing else beside them. */
const standsAlone = (kind: string): kind is 'scatter' | 'concat' | 'sort' | 'loop' =>
  kind === 'scatter' || kind === 'concat' || kind === 'sort' || kind === 'loop';

/** A value used in several kernels is kept, rather than computed again, from this cost in cycles on. */
const worthKeeping = 12;
/** What reading an element of memory costs, in cycles: as one of many that pass once. */
const readCost = 3;
/** No expression may grow without limit, however long the chain of operations. */
const largestExpression = 400;
/**
 * A kernel reads at most so many arrays and numbers: engines take functions of up to 1,000 parameters (a limit that browsers share, see
 * the WebAssembly JavaScript interface, "Implementation-defined limits").
 */
const mostInputs = 500;
/** Sums of a product up to this length take less time than an epilogue with memory of its own. */
const shortSum = 64;
/**
 * The tiles of a larger result are too far apart in memory: arrays of its size are read and written faster from one end to the other, by a
 * kernel of its own.
 */
const largeResult = 2 ** 19;
/** Rows that also store whole-domain results need some rows to share between threads, unless there is little to do. */
const smallDomain = 4096;

export function schedule(outputs: readonly OpNode[], target: Target): Schedule {
  const order = topological(outputs);
  const roots = chooseRoots(order, outputs, target);
  const clusters: Cluster[] = [];
  const clusterOf = new Map<OpNode, Cluster>();
  const accesses = new Map<OpNode, Access[]>();
  const readBy = new Map<OpNode, Set<Cluster>>();

  for (const node of order) {
    if (!roots.has(node)) continue;
    const reads = nodesRead(node, roots);
    accesses.set(node, reads);
    const needed = [...new Set(reads.map((access) => access.node))];
    const producers = needed.map((input) => clusterOf.get(input)).filter((cluster) => cluster !== undefined);
    // Joining a product saves the most: its result need not go through memory. Then reductions, then loops that share an operand.
    producers.sort((a, b) => affinity[a.kind] - affinity[b.kind]);
    const candidates = new Set(producers);
    for (const input of needed) for (const user of readBy.get(input) ?? []) candidates.add(user);

    let home: Cluster | null = null;
    for (const candidate of candidates) {
      if (admits(candidate, node, roots, needed, clusterOf)) {
        home = candidate;
        break;
      }
    }
    if (!home) {
      home = newCluster(node);
      clusters.push(home);
    }
    home.members.push(node);
    for (const input of needed) home.inputs.add(input);
    const rule = lowering(node);
    if (rule.kind === 'reduce' && home.kind !== 'rows') {
      home.kind = 'rows';
      home.axes = rule.axes(node as never);
    }
    clusterOf.set(node, home);
    for (const input of needed) {
      const producer = clusterOf.get(input);
      if (producer && producer !== home) home.deps.add(producer);
      const users = readBy.get(input) ?? new Set();
      readBy.set(input, users.add(home));
    }
  }

  const stored = new Set<OpNode>(outputs.filter((node) => clusterOf.has(node)));
  for (const [node, reads] of accesses) {
    for (const { node: input } of reads) {
      const producer = clusterOf.get(input);
      if (producer && producer !== clusterOf.get(node)) stored.add(input);
    }
  }
  return { clusters: orderClusters(clusters), clusterOf, stored, order };
}

function newCluster(node: OpNode): Cluster {
  const rule = lowering(node);
  const kind =
    rule.kind === 'reduce' ? 'rows' : rule.kind === 'contract' || standsAlone(rule.kind) ? rule.kind : 'map';
  return {
    kind,
    domain: rule.kind === 'reduce' ? node.inputs[0].shape : node.shape,
    axes: rule.kind === 'reduce' ? rule.axes(node as never) : [],
    members: [],
    deps: new Set(),
    inputs: new Set(),
  };
}

/** Nodes that get a place of their own, in memory or in a kernel's registers; all others are computed where they are used. */
function chooseRoots(order: readonly OpNode[], outputs: readonly OpNode[], target: Target): Set<OpNode> {
  const roots = new Set<OpNode>();
  const users = new Map<OpNode, number>();
  const demanded = new Set<OpNode>();
  const wanted = new Set(outputs);
  for (const node of order) {
    if (node.isLeaf) continue;
    for (const input of new Set(node.inputs)) users.set(input, (users.get(input) ?? 0) + 1);
  }
  const isOwn = (node: OpNode): boolean => users.get(node) === 1 && !wanted.has(node);
  for (const node of order) {
    if (node.isLeaf) continue;
    const { kind } = lowering(node);
    const inPacking = kind === 'contract' ? prologuesOf(node, target, isOwn) : [];
    // Tiled products and sorts read their operands many times, and gathers at indices known only at run time.
    if (kind === 'contract' || kind === 'sort')
      for (const input of node.inputs) if (!inPacking.includes(input)) demanded.add(behindViews(input));
    // A loop walks its operands by address, step after step.
    if (kind === 'loop') for (const input of node.inputs) if (!input.isLeaf) demanded.add(input);
    if (kind === 'gather') demanded.add(behindViews(node.inputs[0]));
  }
  const cost = new Map<OpNode, number>();
  for (const node of order) {
    if (node.isLeaf) continue;
    const rule = lowering(node);
    const own = rule.kind === 'map' ? rule.cost : 1;
    const costOf = (input: OpNode): number =>
      isSpread(input, node) ? 1 : roots.has(input) || input.isLeaf ? readCost : cost.get(input)!;
    const total = node.inputs.reduce((sum, input) => sum + costOf(input), own);
    cost.set(node, total);
    const structural = rule.kind === 'reduce' || rule.kind === 'contract' || standsAlone(rule.kind);
    const shared =
      (users.get(node) ?? 0) > 1 && rule.kind === 'map' && total >= worthKeeping && node.shape.length > 0;
    if (structural || wanted.has(node) || demanded.has(node) || shared || total >= largestExpression)
      roots.add(node);
  }
  return roots;
}

/** Whether an operand is one number for each line along the last axis: computed once, before the loop along it. */
function isSpread(operand: OpNode, { shape }: OpNode): boolean {
  return shape.at(-1)! > 1 && (operand.shape.at(-1) ?? 1) === 1;
}

/** What a node shows, by whatever indices. */
export function behindViews(node: OpNode): OpNode {
  let at = node;
  while (!at.isLeaf && lowering(at).kind === 'view' && !hasFill(at)) at = at.inputs[0];
  return at;
}

/** Whether a view shows elements that its source does not have. */
export const hasFill = (node: OpNode): boolean => {
  const rule = lowering(node);
  return rule.kind === 'view' && rule.inside !== undefined && !rule.isTotal?.(node as never);
};

/** Indices with one loop counter for each axis of a domain. */
export function domainIndices(b: KernelBuilder, domain: Shape): Index[] {
  return domain.map((length) => b.indexVar(b.newLoopVar(length)));
}

/** Evaluates a node without memory, and reports the roots and leaves it reads. */
export function probe(
  b: KernelBuilder,
  isKnown: (node: OpNode) => boolean,
  build: (evaluator: Evaluator) => void,
): Access[] {
  const accesses: Access[] = [];
  const placeholders = new Map<string, Expr>();
  const evaluator = new Evaluator(
    b,
    (node, at) => {
      if (!isKnown(node)) return null;
      accesses.push({ node, at });
      const type = scalarOf(node.dtype);
      const known = placeholders.get(type) ?? b.read({ id: -1, type, lanes: 1 });
      placeholders.set(type, known);
      return known;
    },
    () => 0,
  );
  b.capture(() => build(evaluator));
  return accesses;
}

const known =
  (roots: ReadonlySet<OpNode>) =>
  (node: OpNode): boolean =>
    node.isLeaf || roots.has(node);

/** What a root reads, at symbolic indices of its own index space. */
function nodesRead(node: OpNode, roots: ReadonlySet<OpNode>): Access[] {
  const b = new KernelBuilder(1);
  return probe(b, known(roots), (evaluator) => {
    const rule = lowering(node);
    switch (rule.kind) {
      case 'reduce':
        evaluator.value(node.inputs[0], domainIndices(b, node.inputs[0].shape));
        break;
      case 'contract':
      case 'scatter':
      case 'concat':
      case 'sort':
      case 'loop':
        for (const input of node.inputs) evaluator.value(input, domainIndices(b, input.shape));
        break;
      default:
        evaluator.computed(node, domainIndices(b, node.shape));
    }
  });
}

const outerShape = (cluster: Pick<Cluster, 'domain' | 'axes'>): number[] =>
  cluster.domain.filter((_, axis) => !cluster.axes.includes(axis));

/** Whether a member has one element for each of the domain, rather than one for each row. */
export function isWhole(cluster: Pick<Cluster, 'domain' | 'axes'>, node: OpNode): boolean {
  if (lowering(node).kind === 'reduce') return false;
  return sizeOf(node.shape) === sizeOf(cluster.domain);
}

/** The index of a member's element at a place of the domain. */
export function memberIndex(
  b: KernelBuilder,
  cluster: Pick<Cluster, 'domain' | 'axes'>,
  node: OpNode,
  at: readonly Index[],
): readonly Index[] {
  const whole = isWhole(cluster, node);
  const shape = whole ? cluster.domain : outerShape(cluster);
  const indices = whole ? at : at.filter((_, axis) => !cluster.axes.includes(axis));
  if (sameShape(node.shape, shape)) return indices;
  return delinearize(b, node.shape, linearize(b, shape, indices));
}

/**
 * Whether a node should run in the epilogue of a product. A short sum has little to hide an epilogue behind that reads memory of the whole
 * result's size, such as the moments of an optimizer, and a large result is in no cache: that is faster as a kernel of its own.
 */
function worthJoining(cluster: Cluster, needed: readonly OpNode[]): boolean {
  const size = sizeOf(cluster.domain);
  if (cluster.members[0].inputs[0].shape.at(-1)! > shortSum && size < largeResult) return true;
  return size < smallDomain || !needed.some((input) => input.isLeaf && sizeOf(input.shape) === size);
}

/** Whether anything of 8 bytes is computed on the way to a node from what has a place of its own. */
function isWide(node: OpNode, roots: ReadonlySet<OpNode>): boolean {
  const seen = new Set<OpNode>();
  const stack = [node];
  while (stack.length) {
    const top = stack.pop()!;
    if (seen.has(top)) continue;
    seen.add(top);
    if (top.dtype === 'float64') return true;
    if (top === node || !(top.isLeaf || roots.has(top))) stack.push(...top.inputs);
  }
  return false;
}

/** Whether `node` can be computed in the loops of `cluster`. */
function admits(
  cluster: Cluster,
  node: OpNode,
  roots: ReadonlySet<OpNode>,
  needed: readonly OpNode[],
  clusterOf: ReadonlyMap<OpNode, Cluster>,
): boolean {
  if (standsAlone(cluster.kind)) return false;
  if (cluster.inputs.size + needed.length > mostInputs) return false;
  if (cluster.kind === 'contract') {
    if (!worthJoining(cluster, needed)) return false;
    // The lanes are those of the product; elements of 8 bytes do not fit them.
    if (cluster.members[0].dtype !== 'float64' && isWide(node, roots)) return false;
  }
  const rule = lowering(node);
  let shaped: Pick<Cluster, 'domain' | 'axes'> = cluster;
  if (rule.kind === 'reduce') {
    const axes = rule.axes(node as never);
    if (cluster.kind === 'contract' || !sameShape(node.inputs[0].shape, cluster.domain)) return false;
    if (cluster.kind === 'rows' && !sameShape(axes, cluster.axes)) return false;
    if (cluster.kind === 'map' && sizeOf(node.shape) < fewResults && sizeOf(cluster.domain) > smallDomain)
      return false;
    shaped = { domain: cluster.domain, axes };
  } else if (rule.kind === 'map' || rule.kind === 'view' || rule.kind === 'gather') {
    const size = sizeOf(node.shape);
    const whole = size === sizeOf(cluster.domain);
    const perRow = cluster.kind === 'rows' && size === sizeOf(outerShape(cluster));
    if (!whole && !perRow) return false;
    if (whole && cluster.kind === 'map' && !sameShape(node.shape, cluster.domain)) return false;
    if (
      whole &&
      !perRow &&
      cluster.kind === 'rows' &&
      sizeOf(outerShape(cluster)) < fewResults &&
      size > smallDomain
    )
      return false;
  } else return false;

  // Nothing it reads may wait for this cluster.
  for (const input of needed) {
    const producer = clusterOf.get(input);
    if (producer && producer !== cluster && dependsOn(producer, cluster)) return false;
  }

  // What it reads of this cluster has to be the element of the same place, still in a register.
  const members = new Set([...cluster.members]);
  const b = new KernelBuilder(1);
  const at = domainIndices(b, cluster.domain);
  const reads = probe(b, known(roots), (evaluator) => {
    if (rule.kind === 'reduce') evaluator.value(node.inputs[0], at);
    else evaluator.computed(node, memberIndex(b, shaped, node, at));
  });
  return reads.every((access) => {
    if (!members.has(access.node)) return true;
    const own = memberIndex(b, shaped, access.node, at);
    return access.at.every((index, axis) => index.key === own[axis].key);
  });
}

export function dependsOn(cluster: Cluster, other: Cluster): boolean {
  const seen = new Set<Cluster>();
  const stack = [cluster];
  while (stack.length) {
    const top = stack.pop()!;
    if (top === other) return true;
    if (seen.has(top)) continue;
    seen.add(top);
    stack.push(...top.deps);
  }
  return false;
}

function orderClusters(clusters: readonly Cluster[]): Cluster[] {
  const ordered: Cluster[] = [];
  const done = new Set<Cluster>();
  const visit = (cluster: Cluster): void => {
    if (done.has(cluster)) return;
    done.add(cluster);
    cluster.deps.forEach(visit);
    ordered.push(cluster);
  };
  clusters.forEach(visit);
  return ordered;
}
