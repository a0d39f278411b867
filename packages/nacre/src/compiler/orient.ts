import { KernelBuilder } from '../ir/builder.ts';
import type { OpNode } from './contract.ts';
import { linearize, lowering } from './evaluate.ts';
import { make, permuted, type Rule } from './rewrite.ts';
import { behind } from './runs.ts';
import { domainIndices, probe } from './schedule.ts';

/** A product with more rows uses each copied number of the right matrix often enough. */
const fewRows = 8;

/**
 * A product whose right matrix has to be gathered, number by number (the windows of a narrow image), for a few rows only: transposed, the
 * few rows are the columns that are copied, and the many columns are rows, which are read where they are.
 */
export const fewRowsAsColumns =
  (lanes: number): Rule =>
  (node) => {
    if (lanes === 1 || node.dtype !== 'float32' || lowering(node).kind !== 'contract') return node;
    const [left, right] = node.inputs;
    const [rows, columns] = node.shape.slice(-2);
    const inner = left.shape[left.shape.length - 1];
    if (rows < 3 || rows > fewRows || columns < 4 * rows || inner < 4 * lanes) return node;
    // Lanes without a column would be wasted.
    if (Math.ceil(rows / lanes) * lanes > 1.5 * rows || !isGathered(right, lanes)) return node;
    const batch = node.shape.slice(0, -2);
    const product = make('matmul', [exchanged(right), exchanged(left)], [...batch, columns, rows], {
      kind: 'contract',
    });
    return exchanged(product);
  };

/** The last two axes in the other order. */
function exchanged(node: OpNode): OpNode {
  const order = node.shape.map((_, axis) => axis);
  const rank = order.length;
  [order[rank - 1], order[rank - 2]] = [rank - 2, rank - 1];
  return permuted(node, order);
}

/** Whether neighbouring columns of a matrix are not neighbours in the memory that its views show. */
function isGathered(matrix: OpNode, lanes: number): boolean {
  const b = new KernelBuilder(lanes);
  const at = domainIndices(b, matrix.shape);
  const last = at.length - 1;
  at[last] = b.vectorAt(b.scale(b.indexVar(b.newLoopVar(Math.floor(matrix.shape[last] / lanes))), lanes));
  return probe(b, behind, (evaluator) => void evaluator.value(matrix, at)).some(
    (access) => b.laneStride(linearize(b, access.node.shape, access.at)) !== 1,
  );
}
