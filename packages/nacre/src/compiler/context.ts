import { byteSize } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import { KernelBuilder } from '../ir/builder.ts';
import type { Buffer, Expr, Index, Kernel, LoopVar, Statement } from '../ir/expr.ts';
import type { CheckReport, OpNode } from './contract.ts';
import { Evaluator, linearize } from './evaluate.ts';
import { type Cluster, memberIndex, type Schedule } from './schedule.ts';
import { loadAs, storedAs } from './storage.ts';

/** Of a cache. */
const lineBytes = 64;

/** What the code generator may count on. */
export interface Target {
  /** Lanes of a vector of 4-byte elements; 1 for none. */
  readonly lanes: number;
  /** The register tile of a matrix product: rows, and vectors across. */
  readonly tileRows: number;
  readonly tileVectors: number;
  /** Whether vectors may be loaded and stored in part. */
  readonly partial?: boolean;
  /** Exchanges the rows and columns of a square of vectors; for targets with registers for it. */
  readonly exchange?: (b: KernelBuilder, rows: readonly Expr[]) => readonly Expr[];
  /** Bytes from which on results are written past the caches, by kernels without and with reductions; where the target can do that. */
  readonly streamedFrom?: { readonly map: number; readonly rows: number };
  /** Lowers a product with its lanes along the sum, whose inner axis is walked by such loops; null where that gains nothing. */
  readonly sumsByLanes?: (context: KernelContext, innerLoops: readonly number[]) => LoweredKernel | null;
}

/** A kernel, and the nodes whose memory its parameters are, in order. */
export interface LoweredKernel {
  readonly kernel: Kernel;
  readonly buffers: readonly OpNode[];
  readonly cluster: Cluster;
}

/** Shared state while one cluster is turned into loops. */
export class KernelContext {
  readonly b: KernelBuilder;
  readonly buffers: OpNode[] = [];
  readonly evaluator: Evaluator;
  /** Values of this kernel's members that are in registers, at the place being computed. */
  readonly registers = new Map<OpNode, Expr>();
  readonly #params = new Map<OpNode, Buffer>();

  constructor(
    readonly cluster: Cluster,
    readonly plan: Schedule,
    readonly target: Target,
    checkCode: (report: CheckReport) => number,
  ) {
    this.b = new KernelBuilder(target.lanes, target.partial);
    this.evaluator = new Evaluator(this.b, (node, at) => this.#resolve(node, at), checkCode);
  }

  #resolve(node: OpNode, at: readonly Index[]): Expr | null {
    const register = this.registers.get(node);
    if (register) return register;
    const owner = this.plan.clusterOf.get(node);
    if (owner === this.cluster) return null;
    if (!owner && !node.isLeaf) return null;
    return loadAs(this.b, this.buffer(node, false), linearize(this.b, node.shape, at));
  }

  /** The memory of a node: the same parameter each time. */
  buffer(node: OpNode, written: boolean): Buffer {
    let buffer = this.#params.get(node);
    if (!buffer) {
      buffer = this.b.param(node.dtype, written, written && this.streams(node));
      this.#params.set(node, buffer);
      this.buffers.push(node);
    }
    return buffer;
  }

  /** Whether the vectors of a result that are written one after another lie in different rows. */
  writesAcrossRows = false;

  /** Whether a result of this kernel is written past the caches: whole lines, for of a part the rest would be fetched. */
  streams(node: OpNode): boolean {
    const { kind } = this.cluster;
    if (kind !== 'map' && kind !== 'rows') return false;
    if (this.writesAcrossRows && byteSize(node.dtype, this.target.lanes) < lineBytes) return false;
    return (
      byteSize(node.dtype, sizeOf(node.shape)) >=
      (this.target.streamedFrom?.[kind] ?? Number.POSITIVE_INFINITY)
    );
  }

  /** Stores members at a place of the domain, all values before the first store. */
  storeMembers(nodes: readonly OpNode[], at: readonly Index[]): void {
    const items = nodes.map((node) => {
      const own = memberIndex(this.b, this.cluster, node, at);
      const value = this.member(node, own);
      const buffer = this.buffer(node, true);
      return { buffer, index: linearize(this.b, node.shape, own), value: storedAs(this.b, buffer, value) };
    });
    this.b.store(items);
  }

  /** A member's value: from its register, or by its own rule. */
  member(node: OpNode, at: readonly Index[]): Expr {
    return this.registers.get(node) ?? this.evaluator.computed(node, at);
  }

  get storedMembers(): OpNode[] {
    return this.cluster.members.filter((node) => this.plan.stored.has(node));
  }

  finish(task: LoopVar, body: readonly Statement[], tail: readonly Statement[]): LoweredKernel {
    const names = new Set(this.cluster.members.map((node) => node.op));
    return {
      kernel: {
        name: [...names].join('+'),
        params: this.b.params,
        scratch: this.b.scratch,
        task,
        body,
        tail,
        usesChecks: this.b.usesChecks,
      },
      buffers: this.buffers,
      cluster: this.cluster,
    };
  }
}
