import { ArgumentError } from '../base/errors.ts';
import { gradientLeaf, pullBack, seedCotangent } from './autograd.ts';
import { full } from './create.ts';
import { expandOf, withoutGradient } from './ops/index.ts';
import { constant } from './primitives/apply.ts';
import { Tensor } from './tensor.ts';

type Tensors = readonly Tensor[];

/**
 * Runs `f` without recording how to differentiate what it computes.
 *
 * @example
 * ```ts
 * import { noGrad, Parameter, tensor } from 'nacre';
 * const w = new Parameter(tensor([1, 2]));
 * noGrad(() => w.mul(2)).requiresGrad; // → false
 * w.mul(2).requiresGrad; // → true
 * ```
 */
export const noGrad = <T>(f: () => T): T => withoutGradient(f);

/**
 * Value and gradients of a function of tensors whose result is one number. The gradients are tensors like any other: functions of them
 * can be differentiated again.
 *
 * @param argnums which arguments to differentiate; one number gives one gradient, a list gives a list. Default: the first.
 *
 * Formula: f(x) and ∂f / ∂x
 *
 * Shapes: f of x [...] → []; gives [] and [...]
 *
 * @example
 * ```ts
 * import { tensor, Tensor, valueAndGrad } from 'nacre';
 * const f = valueAndGrad((x: Tensor, y: Tensor) => x.mul(y).sum(), [0, 1]);
 * const [value, [dx, dy]] = f(tensor([1, 2]), tensor([3, 4]));
 * await value.item(); // → 11
 * await dx.tolist(); // → [3, 4]
 * await dy.tolist(); // → [1, 2]
 * ```
 */
export function valueAndGrad<A extends Tensors>(
  f: (...args: A) => Tensor,
  argnums?: number,
): (...args: A) => [Tensor, Tensor];
export function valueAndGrad<A extends Tensors>(
  f: (...args: A) => Tensor,
  argnums: readonly number[],
): (...args: A) => [Tensor, Tensor[]];
export function valueAndGrad<A extends Tensors>(
  f: (...args: A) => Tensor,
  argnums: number | readonly number[] = 0,
): (...args: A) => [Tensor, Tensor | Tensor[]] {
  const op = 'valueAndGrad';
  const wanted = typeof argnums === 'number' ? [argnums] : argnums;
  return (...args) => {
    for (const position of wanted) {
      if (!(args[position] instanceof Tensor)) {
        throw new ArgumentError(`argument ${position} is no tensor (${args.length} arguments were given)`, {
          op,
        });
      }
    }
    const leaves = args.map((arg, i) => (wanted.includes(i) ? gradientLeaf(arg.node) : arg.node));
    const value = f(
      ...(args.map((arg, i) => (wanted.includes(i) ? new Tensor(leaves[i]) : arg)) as unknown as A),
    );
    if (!(value instanceof Tensor)) throw new ArgumentError('the function returned no tensor', { op });
    const cotangent = seedCotangent(op, value.node, null, (node) =>
      expandOf(constant(1, node.dtype), node.shape),
    );
    const gradients = pullBack([value.node], [cotangent], leaves);
    const results = wanted.map((position) => {
      const gradient = gradients.get(leaves[position]);
      return gradient
        ? new Tensor(gradient)
        : (full(args[position].shape, 0, { dtype: args[position].dtype }) as Tensor);
    });
    return [value, typeof argnums === 'number' ? results[0] : results];
  };
}

/**
 * The gradient alone; see `valueAndGrad`.
 *
 * Formula: ∂f / ∂x
 *
 * Shapes: as the argument: x [...] → [...]
 *
 * @example
 * ```ts
 * import { grad, tensor, Tensor } from 'nacre';
 * const df = grad((x: Tensor) => x.pow(3).sum());
 * await df(tensor([1, 2])).tolist(); // → [3, 12]
 * const second = grad((x: Tensor) => df(x).sum());
 * await second(tensor([1, 2])).tolist(); // → [6, 12]
 * ```
 */
export function grad<A extends Tensors>(f: (...args: A) => Tensor, argnums?: number): (...args: A) => Tensor;
export function grad<A extends Tensors>(
  f: (...args: A) => Tensor,
  argnums: readonly number[],
): (...args: A) => Tensor[];
export function grad<A extends Tensors>(
  f: (...args: A) => Tensor,
  argnums: number | readonly number[] = 0,
): (...args: A) => Tensor | Tensor[] {
  const both = valueAndGrad(f, argnums as number);
  return (...args) => both(...args)[1];
}
