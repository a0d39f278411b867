import { rowMajorStrides, type Shape } from '../base/shape.ts';
import type { KernelBuilder } from '../ir/builder.ts';
import type { Expr, Index } from '../ir/expr.ts';
import { scalarOf } from '../ir/expr.ts';
import type { CheckReport, Lowering, OpNode } from './contract.ts';

/** What a node's value is at an index, if it need not be computed: memory, or a register of the kernel. */
export type Resolve = (node: OpNode, at: readonly Index[]) => Expr | null;

export const lowering = (node: OpNode): Lowering => node.lowering as Lowering;

/** The rule of a node that has to be of one kind. */
export function ruleOf<K extends Lowering['kind']>(node: OpNode, kind: K): Extract<Lowering, { kind: K }> {
  const rule = lowering(node);
  if (rule.kind !== kind) throw new Error(`${node.op} is no ${kind}`);
  return rule as Extract<Lowering, { kind: K }>;
}

/** Position of an element in row-major order. */
export function linearize(b: KernelBuilder, shape: Shape, at: readonly Index[]): Index {
  const strides = rowMajorStrides(shape);
  return at.reduce((sum, index, axis) => b.add(sum, b.scale(index, strides[axis])), b.constant(0));
}

/** Indices along each axis from a position in row-major order. */
export function delinearize(b: KernelBuilder, shape: Shape, position: Index): Index[] {
  const strides = rowMajorStrides(shape);
  return shape.map((length, axis) =>
    length === 1
      ? b.constant(0)
      : axis === 0
        ? b.div(position, strides[0])
        : b.mod(b.div(position, strides[axis]), length),
  );
}

/** NumPy's broadcasting: the operand's index for an element of the result. */
export function broadcastIndex(b: KernelBuilder, shape: Shape, at: readonly Index[]): Index[] {
  const skip = at.length - shape.length;
  return shape.map((length, axis) => (length === 1 ? b.constant(0) : at[skip + axis]));
}

/** Builds the value of nodes at symbolic indices, through elementwise operations and views, down to what `resolve` knows. */
export class Evaluator {
  readonly #known = new Map<string, Expr>();

  constructor(
    readonly b: KernelBuilder,
    private readonly resolve: Resolve,
    private readonly checkCode: (report: CheckReport) => number,
  ) {}

  /** Forgets values, because registers they were built from have changed. */
  forget(): void {
    this.#known.clear();
  }

  value(node: OpNode, at: readonly Index[]): Expr {
    const resolved = this.resolve(node, at);
    if (resolved) return resolved;
    return this.computed(node, at);
  }

  /** The value by the node's own rule, although it may be known otherwise. */
  computed(node: OpNode, at: readonly Index[]): Expr {
    const key = `${node.id}@${at.map((index) => index.key).join()}`;
    const known = this.#known.get(key);
    if (known) return known;
    const value = this.#apply(node, at);
    this.#known.set(key, value);
    return value;
  }

  #apply(node: OpNode, at: readonly Index[]): Expr {
    const { b } = this;
    const rule = lowering(node);
    switch (rule.kind) {
      case 'map': {
        const args = node.inputs.map((input) => this.value(input, broadcastIndex(b, input.shape, at)));
        return rule.emit(b, args, node, {
          position: () => linearize(b, node.shape, at),
          along: (axis) => at[axis],
          checkCode: this.checkCode,
        });
      }
      case 'view':
        return this.#view(node, rule, at);
      case 'gather': {
        const [data, index] = node.inputs;
        const axis = rule.axis(node);
        const position = b.valueIndex(this.value(index, at), data.shape[axis]);
        return this.value(
          data,
          at.map((along, i) => (i === axis ? position : along)),
        );
      }
      default:
        throw new Error(`${node.op} (${rule.kind}) needs a kernel of its own`);
    }
  }

  #view(node: OpNode, rule: Extract<Lowering, { kind: 'view' }>, at: readonly Index[]): Expr {
    const { b } = this;
    const source = node.inputs[0];
    const bounds = (rule.inside?.(b, at, node) ?? []).filter(
      ({ index, low, high }) => index.min < low || index.max >= high,
    );
    const mapped = rule.map(b, at, node);
    if (!bounds.length) return this.value(source, mapped);
    let inside: Expr | null = null;
    for (const { index, low, high } of bounds) {
      const position = b.indexValue(index);
      for (const test of [
        index.min < low ? b.binary('le', b.const(low, 'i32'), position) : null,
        index.max >= high ? b.binary('lt', position, b.const(high, 'i32')) : null,
      ]) {
        if (test) inside = inside ? b.binary('and', inside, test) : test;
      }
    }
    const fill = b.const(rule.fill?.(node) ?? 0, scalarOf(node.dtype));
    if (source.shape.includes(0)) return fill;
    // Outside, the first element is read instead and thrown away: no address leaves the buffer.
    const safe = mapped.map((index, axis) =>
      index.min >= 0 && index.max < source.shape[axis]
        ? index
        : b.valueIndex(b.select(inside!, b.indexValue(index), b.const(0, 'i32')), source.shape[axis]),
    );
    return b.select(inside!, this.value(source, safe), fill);
  }
}
