import { isFloat } from '../../base/dtype.ts';
import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { sameShape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { gradientLeaf, pullBack, seedCotangent } from '../autograd.ts';
import { eye } from '../create.ts';
import { add, constant, expand, gradientMode, mul, sum } from '../primitives/apply.ts';
import { Tensor } from '../tensor.ts';
import { fill, type Loose, leavesOf, nodesOf } from './tree.ts';
import { vmap } from './vmap.ts';

type Tensors = readonly Tensor[];

const zerosLike = (node: Node): Node => expand(constant(0, node.dtype), node.shape);

/** What is differentiated: copies of the inputs, and what `f` makes of them. */
function trace<A extends Tensors, R>(op: string, f: (...inputs: A) => R, inputs: A) {
  inputs.forEach((input, i) => {
    if (!(input instanceof Tensor)) throw new ArgumentError(`input ${i} is no tensor`, { op });
  });
  const leaves = inputs.map((input) => (isFloat(input.node.dtype) ? gradientLeaf(input.node) : input.node));
  const value = f(...(leaves.map((leaf) => new Tensor(leaf)) as unknown as A));
  return { leaves, value, outputs: nodesOf(leavesOf(op, value, 'the result')) };
}

const asList = <T>(given: T | readonly T[]): readonly T[] =>
  Array.isArray(given) ? (given as readonly T[]) : [given as T];

/**
 * The value of `f`, and the function that pulls cotangents of its results back to its inputs: vᵀ·J, one gradient for each input. For a result
 * that is a list or an object of tensors it takes a list of cotangents in the same order. Throws a ShapeMismatchError for a cotangent of
 * another shape than its result. Agrees with `torch.func.vjp`.
 *
 * Formula: f(x), v ↦ vᵀ·J
 *
 * Shapes: cotangents as the value → gradients as the inputs
 *
 * @example
 * ```ts
 * import { tensor, vjp } from 'nacre';
 * const [value, pullBack] = vjp((x) => x.square(), tensor([1, 2, 3]));
 * value; // → [1, 4, 9]
 * pullBack(tensor([1, 0, 1]))[0]; // → [2, 0, 6]
 * ```
 */
export function vjp<A extends Tensors, R>(
  f: (...inputs: A) => R,
  ...inputs: A
): [value: R, pullBack: (cotangents: Tensor | Tensors) => Tensor[]] {
  const op = 'vjp';
  const { leaves, value, outputs } = trace(op, f, inputs);
  return [
    value,
    (cotangents) => {
      const given = asList<Tensor>(cotangents);
      if (given.length !== outputs.length) {
        throw new ArgumentError(`${outputs.length} results, ${given.length} cotangents`, { op });
      }
      const seeds = outputs.map((output, i) => seedCotangent(op, output, given[i].node, zerosLike));
      const gradients = pullBack(outputs, seeds, leaves);
      return leaves.map((leaf) => new Tensor(gradients.get(leaf) ?? zerosLike(leaf)));
    },
  ];
}

/**
 * The value of `f`, and how it changes when its inputs change along the tangents: J·v, in the form of the value. A tangent has the shape of its
 * input; a ShapeMismatchError says which has not. Computed as the derivative of a pull-back with respect to its cotangent, so whatever
 * has a gradient of second order has this one. Agrees with `torch.func.jvp`.
 *
 * Formula: f(x), J·v
 *
 * Shapes: tangents as the inputs → value and its change, both as the value
 *
 * @example
 * ```ts
 * import { jvp, tensor } from 'nacre';
 * const [value, change] = jvp((x) => x.square(), [tensor([1, 2, 3])], [tensor([1, 0, 1])]);
 * change; // → [2, 0, 6]
 * ```
 */
export function jvp<A extends Tensors, R>(
  f: (...inputs: A) => R,
  inputs: A,
  tangents: Tensors,
): [value: R, change: Loose<R>] {
  const op = 'jvp';
  inputs.forEach((input, i) => {
    const tangent = tangents[i];
    if (!(tangent instanceof Tensor) || !sameShape(tangent.node.shape, input.node.shape)) {
      const came = tangent instanceof Tensor ? showShape(tangent.node.shape) : 'nothing';
      throw new ShapeMismatchError(`input ${i}: ${showShape(input.node.shape)}, tangent: ${came}`, {
        op,
        shapes: [input.node.shape],
        hint: 'Give one tangent for each input, of its shape',
      });
    }
  });
  const enabled = gradientMode.enabled;
  gradientMode.enabled = true;
  try {
    const { leaves, value, outputs } = trace(op, f, inputs);
    // A gradient is linear in its cotangent u: Σ ⟨vjp(u), v⟩ = ⟨u, J·v⟩, whatever u is.
    const seeds = outputs.map((output) => gradientLeaf(zerosLike(output)));
    const gradients = pullBack(outputs, seeds, leaves);
    const terms = leaves.flatMap((leaf, i) => {
      const gradient = gradients.get(leaf);
      if (!gradient) return [];
      const product = mul(gradient, tangents[i].node);
      return [
        sum(
          product,
          product.shape.map((_, axis) => axis),
        ),
      ];
    });
    const total = terms.length ? terms.reduce(add) : null;
    gradientMode.enabled = enabled;
    const changes = total?.requiresGrad
      ? pullBack([total], [constant(1, total.dtype)], seeds)
      : new Map<Node, Node>();
    const found = outputs.map((output, i) => changes.get(seeds[i]) ?? zerosLike(output));
    return [value, fill(value, found.values()) as Loose<R>];
  } finally {
    gradientMode.enabled = enabled;
  }
}

/** The rows of the identity over a shape: one unit vector a row. */
function units(like: Tensor): Tensor {
  const size = like.node.shape.reduce((product, length) => product * length, 1);
  const rows: Tensor = eye(size, { dtype: like.dtype as 'float32' });
  return rows.reshape([size, ...like.node.shape]);
}

const lengthsOf = (x: Tensor): readonly number[] => x.node.shape;

/**
 * The Jacobian of `f` with respect to its first input, by reverse mode: one row for each element of the result, all at once. Shape: that of the
 * result, followed by that of the input. For few results of many inputs; `jacfwd` for the contrary. Agrees with `torch.func.jacrev`.
 *
 * Formula: J[i, j] = ∂yᵢ / ∂xⱼ
 *
 * Shapes: x [m...] with y [n...] → [n..., m...]
 *
 * @example
 * ```ts
 * import { jacrev, tensor } from 'nacre';
 * jacrev((x) => x.square())(tensor([1, 2])); // → [[2, 0], [0, 4]]
 * ```
 */
export function jacrev<A extends Tensors>(f: (...inputs: A) => Tensor): (...inputs: A) => Tensor {
  return (...inputs) => {
    const [value, back] = vjp(f, ...inputs);
    const rows: Tensor = vmap((cotangent: Tensor) => back(cotangent)[0])(units(value));
    return rows.reshape([...lengthsOf(value), ...lengthsOf(inputs[0])]);
  };
}

/**
 * The Jacobian of `f` with respect to its first input, by forward mode: one column for each element of the input, all at once. Shape: that of the
 * result, followed by that of the input. Agrees with `torch.func.jacfwd`.
 *
 * Formula: J[i, j] = ∂yᵢ / ∂xⱼ
 *
 * Shapes: x [m...] with y [n...] → [n..., m...]
 *
 * @example
 * ```ts
 * import { jacfwd, tensor } from 'nacre';
 * jacfwd((x) => x.square())(tensor([1, 2])); // → [[2, 0], [0, 4]]
 * ```
 */
export function jacfwd<A extends Tensors>(f: (...inputs: A) => Tensor): (...inputs: A) => Tensor {
  return (...inputs) => {
    const [first, ...others] = inputs as unknown as [Tensor, ...Tensor[]];
    const along = (tangent: Tensor): Tensor =>
      jvp((x: Tensor) => f(...([x, ...others] as unknown as A)), [first], [tangent])[1] as Tensor;
    const columns = vmap(along)(units(first));
    const [, ...shape] = lengthsOf(columns);
    return columns.permute([...shape.map((_, i) => i + 1), 0]).reshape([...shape, ...lengthsOf(first)]);
  };
}

/**
 * The second derivatives of a function with one number as its result, with respect to its first input: `jacfwd` of `jacrev`. Shape: that of the
 * input, twice. Agrees with `torch.func.hessian`.
 *
 * Formula: H[i, j] = ∂²f / ∂xᵢ∂xⱼ
 *
 * Shapes: x [...] → [..., ...]
 *
 * @example
 * ```ts
 * import { hessian, tensor } from 'nacre';
 * hessian((x) => x.pow(3).sum())(tensor([1, 2])); // → [[6, 0], [0, 12]]
 * ```
 */
export const hessian = <A extends Tensors>(f: (...inputs: A) => Tensor): ((...inputs: A) => Tensor) =>
  jacfwd(jacrev(f));
