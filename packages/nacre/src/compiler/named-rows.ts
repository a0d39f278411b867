import { type Shape, sizeOf } from '../base/shape.ts';
import { KernelBuilder } from '../ir/builder.ts';
import type { OpNode } from './contract.ts';
import { lowering, ruleOf } from './evaluate.ts';
import { make, type Rule, reshaped, view } from './rewrite.ts';
import { behindViews, domainIndices, hasFill } from './schedule.ts';

/** A table of fewer numbers is written sooner than it is avoided. */
const worthAvoiding = 2 ** 12;

/**
 * Rows added to zeros, such as the gradient of an embedding, need no table of zeros if few of its rows are named: these alone are summed,
 * and who reads the table finds its row by a list of owners. (Any number will do for zero.)
 *
 *     owner[v] = 1 + the last i with index[i] = v, or 0 if there is none
 *     sums[p]  = zero + Σ source[i] over all i with owner[index[i]] = 1 + p
 *     table[v] = owner[v] > 0 ? sums[owner[v] - 1] : zero
 *
 * The table is computed where it is used, in the update of an optimizer, for instance. Each sum takes its rows in the order they came in.
 */
export const namedRowsAlone: Rule = (node) => {
  const rule = lowering(node);
  if (rule.kind !== 'scatter' || rule.op !== 'add' || rule.axis(node as never) !== 0) return node;
  const [base, index, source] = node.inputs;
  const [rows, ...row] = node.shape;
  const [count] = index.shape;
  if (!count || rows < 2 * count || sizeOf(row) === 1 || sizeOf(node.shape) < worthAvoiding) return node;
  if (sizeOf(behindViews(base).shape) !== 1 || !isSameAlongRows(index)) return node;

  const { shape: named } = index;
  const zero = (shape: Shape): OpNode => view(base, shape, (_, b) => base.shape.map(() => b.constant(0)));
  const names = view(index, [count], (at, b) => named.map((_, axis) => (axis ? b.constant(0) : at[0])));
  const owner = scatter('max', none([rows]), names, counted(count));
  const placeOfName = minusOne(gather(owner, names));
  const sums = scatter('add', zero(named), spread(placeOfName, named), source);
  const found = gather(sums, spread(minusOne(owner), node.shape));
  const ownerOfRow = reshaped(owner, [rows, ...row.map(() => 1)]);
  return make('where', [found, ownerOfRow, zero([1])], node.shape, {
    kind: 'map',
    cost: 1,
    emit: (b, [sum, owned, otherwise]) => b.select(b.binary('lt', b.const(0, 'i32'), owned), sum, otherwise),
  });
};

/** Owners before any is named. */
const none = (shape: Shape): OpNode =>
  make('zeros', [], shape, { kind: 'map', cost: 0, emit: (b) => b.const(0, 'i32') }, 'int32');

/** 1, 2, 3, … */
const counted = (count: number): OpNode =>
  make(
    'iota',
    [],
    [count],
    {
      kind: 'map',
      cost: 1,
      emit: (b, _args, _node, { along }) => b.binary('add', b.indexValue(along(0)), b.const(1, 'i32')),
    },
    'int32',
  );

/** One less, where nothing is below zero: a place among the sums even for a row that has none. */
const minusOne = (list: OpNode): OpNode =>
  make('sub', [list], list.shape, {
    kind: 'map',
    cost: 2,
    emit: (b, [x]) => b.binary('max', b.binary('sub', x, b.const(1, 'i32')), b.const(0, 'i32')),
  });

/** Each number of a list in a whole row. */
const spread = (list: OpNode, shape: Shape): OpNode => view(list, shape, (at) => [at[0]]);

const gather = (data: OpNode, index: OpNode): OpNode =>
  make('gather', [data, index], index.shape, { kind: 'gather', axis: () => 0 });

const scatter = (op: 'add' | 'max', base: OpNode, index: OpNode, source: OpNode): OpNode =>
  make(`scatter ${op}`, [base, index, source], base.shape, { kind: 'scatter', op, axis: () => 0 });

/** Whether an index names a whole row each time: what it shows does not depend on the place in the row. */
function isSameAlongRows(index: OpNode): boolean {
  if (index.isLeaf || lowering(index).kind !== 'view' || hasFill(index)) return false;
  const b = new KernelBuilder(1);
  const [first, ...inRow] = domainIndices(b, index.shape);
  const { map } = ruleOf(index, 'view');
  const start = map(b, [first, ...inRow.map(() => b.constant(0))], index as never);
  return map(b, [first, ...inRow], index as never).every(({ key }, axis) => key === start[axis].key);
}
