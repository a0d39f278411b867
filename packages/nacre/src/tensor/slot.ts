import { TraceError } from '../base/errors.ts';
import { topological } from '../compiler/rewrite.ts';
import type { Node } from '../graph/node.ts';
import type { Storage } from '../runtime/storage.ts';
import { realizeNodes } from './engine.ts';
import { detach } from './ops/elementwise.ts';

/**
 * A place that holds a tensor, and the only thing that changes: parameters, running statistics, the state of optimizers. While a
 * function is traced, reading a slot makes it an input of the program, and writing it an output.
 */
export class Slot {
  #current: Node | null;
  /** Whether a tensor outside may show the present elements, so that a program must not write over them. */
  exposed = true;
  /** Memory of an earlier value that nobody shows, for a program that cannot write in place. */
  spare: Storage | null = null;

  /** `asLeaf` turns a value into the node that others see: for parameters, one that gradients can be asked for. */
  constructor(
    value: Node | null,
    private readonly asLeaf: (node: Node) => Node = detach,
  ) {
    this.#current = value && asLeaf(value);
    if (this.#current && !this.#current.isLeaf) dirty.add(this);
  }

  /** Whether there is no value. In a trace this becomes a condition of the program. */
  get isEmpty(): boolean {
    const trace = activeTrace();
    return trace ? trace.isEmpty(this) : this.#current === null;
  }

  /** The present value as a node of the graph. */
  get node(): Node {
    const trace = activeTrace();
    if (trace) return trace.read(this);
    this.exposed = true;
    return this.content;
  }

  set node(value: Node | null) {
    const trace = activeTrace();
    if (trace) trace.write(this, value);
    else this.replace(value, true);
  }

  /** The value without a trace taking notice, and without it counting as shown. */
  get content(): Node {
    return this.#current!;
  }

  replace(value: Node | null, exposed: boolean): void {
    this.#current = value && this.asLeaf(value);
    this.exposed = exposed;
    if (this.#current && !this.#current.isLeaf) dirty.add(this);
    else dirty.delete(this);
  }

  /** A stand-in for the value while a function is traced. */
  leafOf(node: Node): Node {
    return this.asLeaf(node);
  }
}

/** Slots whose value has not been computed yet. */
const dirty = new Set<Slot>();

/** Computes nodes, and with them every slot whose value shares their graph: a loop that only asks for the loss piles nothing up. */
export function realizeWithSlots(nodes: readonly Node[]): void {
  const wanted = [...nodes];
  const pending = nodes.filter((node) => !node.isLeaf);
  if (dirty.size && pending.length) {
    const shared = new Set(topological(pending).filter((node) => !node.isLeaf));
    const graphs = [...dirty].map((slot) => topological([slot.content]).filter((node) => !node.isLeaf));
    // A slot may share its graph only with another slot that is taken, so the search goes on until nothing new is found.
    for (let found = true; found; ) {
      found = false;
      graphs.forEach((graph, i) => {
        if (!graph.some((node) => shared.has(node))) return;
        for (const node of graph) shared.add(node);
        wanted.push(graph[graph.length - 1] as Node);
        graphs[i] = [];
        found = true;
      });
    }
  }
  realizeNodes(wanted);
  for (const slot of dirty) if (slot.content.isLeaf) dirty.delete(slot);
}

/** What a trace learns while a function runs once. */
export interface Trace {
  read(slot: Slot): Node;
  isEmpty(slot: Slot): boolean;
  write(slot: Slot, node: Node | null): void;
  /** Something outside the graph that the function's course depends on: when it changes, the function is traced anew. */
  guard(read: () => unknown): void;
}

const stack: Trace[] = [];

export const activeTrace = (): Trace | null => stack.at(-1) ?? null;

export function traced<T>(trace: Trace, run: () => T): T {
  stack.push(trace);
  try {
    return run();
  } finally {
    stack.pop();
  }
}

/** Reads a switch such as `training`. In a trace, its value becomes a condition of the program. */
export function guarded<T>(read: () => T): T {
  activeTrace()?.guard(read);
  return read();
}

/** Refuses to compute while a function is traced. */
export function refuseInTrace(what: string): void {
  if (!activeTrace()) return;
  throw new TraceError(`${what} inside a compiled function`, {
    op: 'compile',
    hint: 'There are no numbers while the function is traced: return the tensor, and read it outside',
  });
}
