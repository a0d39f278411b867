import { ArgumentError, showShape } from '../../base/errors.ts';
import { type Shape, sameShape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { apply, constant, expand, reshape } from './apply.ts';
import type { NodeOf, OpRecord } from './record.ts';

/** From operands, results and the results' cotangents to the operands' cotangents; null where none flows. It uses no other node. */
export type Rule = (
  operands: readonly Node[],
  results: readonly Node[],
  cotangents: readonly Node[],
) => readonly (Node | null)[];

/** How the gradient of several results is computed, given their shapes. It is no part of what a program does. */
export class GradientRule {
  constructor(
    readonly shapes: readonly Shape[],
    readonly rule: Rule,
  ) {}

  toJSON(): string {
    return '';
  }

  /** The results, from the one array that holds them. */
  split(flat: Node): Node[] {
    if (this.shapes.length === 1) return [flat];
    let start = 0;
    return this.shapes.map((shape) => {
      const size = sizeOf(shape);
      const part = apply('slice', [flat], { starts: [start], lengths: [size], steps: [1] });
      start += size;
      return reshape(part, shape);
    });
  }

  /** The one array for results. */
  static join(results: readonly Node[]): Node {
    if (results.length === 1) return results[0];
    return apply(
      'concat',
      results.map((node) => reshape(node, [sizeOf(node.shape)])),
      { axis: 0 },
    );
  }
}

/**
 * The same results, whose gradient with respect to `operands` is what `rule` says. All are floats of one dtype.
 */
export function withGradient(operands: readonly Node[], results: readonly Node[], rule: Rule): Node[] {
  if (!operands.some((operand) => operand.requiresGrad)) return [...results];
  const shapes = results.map((node) => node.shape);
  const ruled = new GradientRule(shapes, rule);
  return ruled.split(apply('ruled', [GradientRule.join(results), ...operands], { rule: ruled }));
}

/** Cotangents of the operands, checked to be of their shapes. */
function gradient(cotangent: Node, node: NodeOf<'ruled'>): (Node | null)[] {
  const { rule } = node.attributes;
  const operands = node.inputs.slice(1);
  const parts = rule.rule(operands, rule.split(node), rule.split(cotangent));
  operands.forEach((operand, i) => {
    const part = parts[i];
    if (part && !sameShape(part.shape, operand.shape)) {
      throw new ArgumentError(
        `operand ${i} has shape ${showShape(operand.shape)}, its gradient ${showShape(part.shape)}`,
        { op: 'customGradient', shapes: [operand.shape, part.shape] },
      );
    }
  });
  return [null, ...parts];
}

export const ruleRecords: { ruled: OpRecord<'ruled'>; after: OpRecord<'after'> } = {
  // Operands: the joined results, then what the rule computes gradients for.
  ruled: {
    shape: ([results]) => results.shape,
    dtype: ([results]) => results.dtype,
    gradient,
    reference: ([results]) => results.data.slice(),
    lowering: { kind: 'view', map: (_, at) => at },
  },
  // The first operand, computed not before the second one, a number.
  after: {
    shape: ([x]) => x.shape,
    dtype: ([x]) => x.dtype,
    gradient: (g) => [g, expand(constant(0, g.dtype), [])],
    reference: ([x]) => x.data.slice(),
    lowering: { kind: 'map', cost: 0, emit: (_, [x]) => x },
  },
};
