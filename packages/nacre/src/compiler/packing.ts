import { sizeOf } from '../base/shape.ts';
import type { Target } from './context.ts';
import type { OpNode } from './contract.ts';
import { lowering } from './evaluate.ts';

/** What a product copies before it computes, and what may therefore be computed while it is copied. */

/** Products whose matrices take more bytes than this are done block by block. */
const worthBlocking = 4 * 2 ** 20;
/** A product with fewer panels is too narrow for blocks. */
export const fewestPanels = 8;
/** A block with fewer rows would use what is copied too little. */
export const fewestRows = 64;
/** Terms of a sum that are added in one pass over a block. */
export const blockTerms = 384;
/** A sum this short reads so few rows of the right matrix that they stay in the first-level cache unpacked. */
export const shortInner = 64;

/** A prologue costs at most so much, in cycles an element, beside what it reads; it may run for several copies. */
const cheap = 8;
/** It reads at most so many arrays of the operand's size. */
const mostReads = 2;

interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
}

function sizesOf(product: OpNode): Sizes {
  const [rows, columns] = product.shape.slice(-2);
  return { rows, columns, inner: product.inputs[0].shape.at(-1)! };
}

/** Whether a product of this size is done in blocks, both matrices of which are copied. */
export function isLarge({ rows, columns, inner }: Sizes, { lanes, tileVectors }: Target): boolean {
  const panels = Math.floor(columns / (lanes * tileVectors));
  const bytes = (rows + columns) * inner * 4;
  return bytes > worthBlocking && rows >= fewestRows && inner >= blockTerms && panels >= fewestPanels;
}

/**
 * The operands of a product that are computed while they are copied, rather than stored before: elementwise, cheap, of no other use
 * (`isOwn`), and copied a few times at most.
 */
export function prologuesOf(
  product: OpNode,
  target: Target,
  isOwn: (node: OpNode) => boolean,
): readonly OpNode[] {
  if (target.lanes === 1 || product.dtype !== 'float32') return [];
  const sizes = sizesOf(product);
  const isPacked =
    sizes.rows >= fewestRows &&
    sizes.columns >= 4 * target.lanes * target.tileVectors &&
    sizes.inner > shortInner;
  const [left, right] = product.inputs;
  const copied = isLarge(sizes, target) ? [left, right] : isPacked ? [right] : [];
  return copied.filter((operand) => {
    const batches = sizeOf(product.shape.slice(0, -2));
    const lines = operand === left ? sizes.rows : sizes.columns;
    const source = sourceOf(operand, isOwn);
    return (
      source !== null && sizeOf(source.shape) === batches * lines * sizes.inner && isCheap(source, isOwn)
    );
  });
}

/** What an operand shows, if nobody else looks at it. */
function sourceOf(operand: OpNode, isOwn: (node: OpNode) => boolean): OpNode | null {
  let at = operand;
  while (isOwn(at) && !at.isLeaf) {
    const rule = lowering(at);
    if (rule.kind !== 'view') return at;
    if (rule.inside) return null;
    at = at.inputs[0];
  }
  return null;
}

/** Whether a node is computed element by element of few arrays that lie in memory as it would. */
function isCheap(operand: OpNode, isOwn: (node: OpNode) => boolean): boolean {
  let cost = 0;
  let reads = 0;
  const visit = (node: OpNode): void => {
    const rule = lowering(node);
    if (!node.isLeaf && rule.kind === 'map' && (node === operand || isOwn(node))) {
      cost += rule.cost;
      for (const input of node.inputs) visit(input);
    } else if (sizeOf(node.shape) * 8 > sizeOf(operand.shape)) {
      reads++;
      // What a view shows in another order would be read number by number.
      const isInOrder = node.isLeaf || rule.kind !== 'view';
      if (!isInOrder || node.shape.length !== operand.shape.length) reads = Number.POSITIVE_INFINITY;
    }
  };
  if (lowering(operand).kind !== 'map') return false;
  visit(operand);
  return cost <= cheap && reads <= mostReads;
}
