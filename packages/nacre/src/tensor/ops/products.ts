import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { broadcastShapes, type Shape, sameShape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { type LowPrecision, productPrecision } from '../precision.ts';
import { add, apply, cast, expand, permute, reshape, swapLast } from '../primitives/apply.ts';
import type { Primitive } from '../primitives/record.ts';
import { mulOf, together } from './elementwise.ts';
import { diagonal } from './movement.ts';
import { sumOf } from './reduce.ts';

/** Product of matrices as PyTorch's: vectors are rows on the left and columns on the right, leading axes are broadcast. */
export function matmul(left: Node, right: Node): Node {
  const [a, b] = together(left, right);
  if (!a.shape.length || !b.shape.length) {
    throw new ShapeMismatchError(
      `left: ${showShape(a.shape)}, right: ${showShape(b.shape)}: both need one dimension or more`,
      {
        op: 'matmul',
        shapes: [a.shape, b.shape],
        hint: 'Use mul for numbers',
      },
    );
  }
  const rows = a.shape.length === 1 ? reshape(a, [1, ...a.shape]) : a;
  const columns = b.shape.length === 1 ? reshape(b, [...b.shape, 1]) : b;
  const inner = rows.shape[rows.shape.length - 1];
  const inner2 = columns.shape[columns.shape.length - 2];
  if (inner !== inner2) {
    throw new ShapeMismatchError(
      `left: ${showShape(a.shape)}, right: ${showShape(b.shape)}, axis -1 of left against axis ${b.shape.length === 1 ? 0 : -2} of right: ${inner} against ${inner2}`,
      {
        op: 'matmul',
        shapes: [a.shape, b.shape],
        hint: 'Columns of the left matrix must equal rows of the right one',
      },
    );
  }
  const low = productPrecision(rows.dtype);
  const product = low
    ? cast(multiply(rounded(rows, low), rounded(columns, low)), rows.dtype)
    : multiply(rows, columns);
  const { shape } = product;
  if (a.shape.length > 1 && b.shape.length > 1) return product;
  const from = shape.slice(0, -2);
  return reshape(product, [
    ...from,
    ...(a.shape.length > 1 ? [shape[shape.length - 2]] : []),
    ...(b.shape.length > 1 ? [shape[shape.length - 1]] : []),
  ]);
}

const views: ReadonlySet<string> = new Set<Primitive>([
  'reshape',
  'permute',
  'expand',
  'slice',
  'pad',
  'flip',
  'collect',
]);

/** The operand in 16 bits. What views repeat (windows, rows of a batch) is rounded before, once. */
const rounded = (x: Node, dtype: LowPrecision): Node =>
  !x.isLeaf && views.has(x.op)
    ? apply(x.op as Primitive, [rounded(x.inputs[0], dtype)], x.attributes as never)
    : cast(x, dtype);

function multiply(a: Node, b: Node): Node {
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  if (sameShape(batchA, batchB)) return apply('matmul', [a, b], {});
  const [rows, inner] = a.shape.slice(-2);
  const columns = b.shape[b.shape.length - 1];
  // One right matrix for the whole batch: all rows make one tall left matrix.
  if (sizeOf(batchB) === 1 && batchB.length <= batchA.length) {
    const tall = reshape(a, [sizeOf(batchA) * rows, inner]);
    return reshape(apply('matmul', [tall, reshape(b, [inner, columns])], {}), [...batchA, rows, columns]);
  }
  const batch = broadcastShapes('matmul', batchA, batchB);
  return apply('matmul', [expand(a, [...batch, rows, inner]), expand(b, [...batch, inner, columns])], {});
}

export function dot(x: Node, y: Node): Node {
  if (x.shape.length !== 1 || y.shape.length !== 1 || x.shape[0] !== y.shape[0]) {
    throw new ShapeMismatchError(`left: ${showShape(x.shape)}, right: ${showShape(y.shape)}`, {
      op: 'dot',
      shapes: [x.shape, y.shape],
      hint: 'Both are vectors of one length; matmul multiplies matrices',
    });
  }
  return sumOf(mulOf(x, y));
}

export function outer(x: Node, y: Node): Node {
  if (x.shape.length !== 1 || y.shape.length !== 1) {
    throw new ShapeMismatchError(
      `left: ${showShape(x.shape)}, right: ${showShape(y.shape)}: both are vectors`,
      {
        op: 'outer',
        shapes: [x.shape, y.shape],
      },
    );
  }
  return mulOf(reshape(x, [x.shape[0], 1]), y);
}

/** x·Wᵀ + b with PyTorch's weight layout [outFeatures, inFeatures]. */
export function linear(x: Node, weight: Node, bias: Node | null): Node {
  const features = x.shape[x.shape.length - 1];
  if (weight.shape.length !== 2 || features !== weight.shape[1]) {
    throw new ShapeMismatchError(
      `input: ${showShape(x.shape)}, weight: ${showShape(weight.shape)}: expected ${weight.shape[1]} features, got ${features ?? 'none'}`,
      {
        op: 'linear',
        shapes: [x.shape, weight.shape],
      },
    );
  }
  const product = matmul(x, swapLast(weight));
  return bias ? add(product, together(bias, product)[0]) : product;
}

/**
 * Einstein summation over the letters of `equation` (`ij,jk->ik`; without an arrow the result has the letters that occur once, in
 * alphabetical order; `...` stands for leading axes). Operands are combined from left to right, each pair as one product of matrices.
 */
export function einsum(equation: string, operands: readonly Node[]): Node {
  const { inputs, output } = parseEquation(equation, operands);
  const sizes = new Map<string, number>();
  operands.forEach((operand, i) => {
    inputs[i].forEach((letter, axis) => {
      const length = operand.shape[axis];
      const known = sizes.get(letter);
      if (known !== undefined && known !== length && known !== 1 && length !== 1) {
        throw new ShapeMismatchError(`'${letter}' is ${known} in one operand and ${length} in another`, {
          op: `einsum('${equation}')`,
          shapes: operands.map(({ shape }) => shape),
        });
      }
      sizes.set(letter, Math.max(known ?? 0, length));
    });
  });
  let [current, letters] = onceEach(operands[0], inputs[0]);
  for (let i = 1; i < operands.length; i++) {
    const later = new Set([...inputs.slice(i + 1).flat(), ...output]);
    const [next, nextLetters] = onceEach(operands[i], inputs[i]);
    [current, letters] = contractPair(current, letters, next, nextLetters, later, sizes);
  }
  const summed = letters
    .map((letter, axis) => (output.includes(letter) ? -1 : axis))
    .filter((axis) => axis >= 0);
  if (summed.length) current = sumOf(current, summed);
  letters = letters.filter((letter) => output.includes(letter));
  return permute(
    current,
    output.map((letter) => letters.indexOf(letter)),
  );
}

function parseEquation(
  equation: string,
  operands: readonly Node[],
): { inputs: string[][]; output: string[] } {
  const fail = (message: string): never => {
    throw new ArgumentError(message, {
      op: `einsum('${equation}')`,
      shapes: operands.map(({ shape }) => shape),
    });
  };
  const [left, right, extra] = equation.replace(/\s/g, '').split('->');
  const terms = left.split(',');
  if (extra !== undefined || !/^[a-zA-Z.,]*$/.test(left) || !/^[a-zA-Z.]*$/.test(right ?? ''))
    fail('an equation looks like "ij,jk->ik"');
  if (terms.length !== operands.length) fail(`names ${terms.length} operands, got ${operands.length}`);
  let dots = 0;
  terms.forEach((term, i) => {
    if (term.includes('...')) dots = Math.max(dots, operands[i].shape.length - (term.length - 3));
  });
  // Axes under the dots are named by capital digits that no equation can contain.
  const expandDots = (term: string, count: number): string[] => {
    const [before, after] = term.split('...');
    if (after === undefined) return [...term];
    const names = Array.from({ length: count }, (_, i) => `.${dots - count + i}`);
    return [...before, ...names, ...after];
  };
  const inputs = terms.map((term, i) => {
    const letters = expandDots(term, operands[i].shape.length - (term.length - 3));
    if (letters.length !== operands[i].shape.length)
      fail(`'${term}' names ${letters.length} axes of ${showShape(operands[i].shape)}`);
    return letters;
  });
  const all = inputs.flat();
  const dotted = Array.from({ length: dots }, (_, i) => `.${i}`);
  const output =
    right === undefined
      ? [
          ...dotted,
          ...[...new Set(all)]
            .filter((letter) => letter.length === 1 && all.filter((other) => other === letter).length === 1)
            .sort(),
        ]
      : expandDots(right, dots);
  for (const letter of output) if (!all.includes(letter)) fail(`'${letter}' of the result is in no operand`);
  if (new Set(output).size !== output.length) fail('a letter occurs twice in the result');
  return { inputs, output };
}

/** A letter that an operand has twice becomes its diagonal. */
function onceEach(x: Node, letters: readonly string[]): [Node, string[]] {
  let current = x;
  let names = [...letters];
  for (;;) {
    const second = names.findIndex((letter, axis) => names.indexOf(letter) !== axis);
    if (second < 0) return [current, names];
    const first = names.indexOf(names[second]);
    const letter = names[first];
    current = diagonal(current, 0, first, second);
    names = [...names.filter((_, axis) => axis !== first && axis !== second), letter];
  }
}

function contractPair(
  a: Node,
  lettersA: readonly string[],
  b: Node,
  lettersB: readonly string[],
  later: ReadonlySet<string>,
  sizes: ReadonlyMap<string, number>,
): [Node, string[]] {
  const shared = lettersA.filter((letter) => lettersB.includes(letter));
  const batch = shared.filter((letter) => later.has(letter));
  const inner = shared.filter((letter) => !later.has(letter));
  const onlyA = lettersA.filter((letter) => !shared.includes(letter));
  const onlyB = lettersB.filter((letter) => !shared.includes(letter));
  const shapeOf = (letters: readonly string[]): Shape => letters.map((letter) => sizes.get(letter)!);
  const arrange = (
    x: Node,
    letters: readonly string[],
    order: readonly string[],
    groups: readonly (readonly string[])[],
  ): Node => {
    const full = expand(
      permute(
        x,
        order.map((letter) => letters.indexOf(letter)),
      ),
      shapeOf(order),
    );
    return reshape(
      full,
      groups.map((group) => sizeOf(shapeOf(group))),
    );
  };
  const left = arrange(a, lettersA, [...batch, ...onlyA, ...inner], [batch, onlyA, inner]);
  const right = arrange(b, lettersB, [...batch, ...inner, ...onlyB], [batch, inner, onlyB]);
  const names = [...batch, ...onlyA, ...onlyB];
  return [reshape(matmul(left, right), shapeOf(names)), names];
}
