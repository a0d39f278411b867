import { ArgumentError } from '../base/errors.ts';
import { resolveAxis, sizeOf } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { randn } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter, State } from '../tensor/parameter.ts';
import { div, permute, reshape } from '../tensor/primitives/apply.ts';
import { Tensor } from '../tensor/tensor.ts';
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from './convolution.ts';
import type { Module } from './module.ts';
import { derive, parameterOf, settle } from './reparametrize.ts';

export interface SpectralNormOptions {
  /** Steps of the power iteration at each call while training. Default: 1. */
  nPowerIterations?: number;
  /** The least length a vector is divided by. Default: 1e-12. */
  eps?: number;
  /** The axis of the outputs. Default: 0, and 1 for transposed convolutions. */
  dim?: number;
}

type AnyForward = (...inputs: unknown[]) => unknown;

/** The `forward` a module had of its own before it was wrapped, if it had one. */
const wrapped = new WeakMap<Module, Map<string, PropertyDescriptor | undefined>>();

/**
 * Divides a weight by its largest singular value, which keeps the layer from stretching any input (Miyato, Kataoka, Koyama and Yoshida,
 * "Spectral normalization for generative adversarial networks", 2018).
 *
 * The parameter `name` of the module is replaced by `<name>_orig`, with the buffers `<name>_u` and `<name>_v`, PyTorch's names; make
 * optimizers afterwards. The singular value is uᵀ·W·v of the weight as a matrix of its outputs; each `forward` while training takes
 * u and v `nPowerIterations` steps nearer to the singular vectors, and `eval` leaves them. Returns the module. Throws an ArgumentError
 * if there is no such parameter.
 *
 * Formula: weight = weight_orig / σ, σ = uᵀ·W·v
 *
 * Shapes: weight [out, ...], u [out], v [Π of the rest]
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * const layer = nn.utils.spectralNorm(new nn.Linear(3, 2));
 * Object.keys(layer.stateDict()); // → ['bias', 'weight_orig', 'weight_u', 'weight_v']
 * ```
 */
export function spectralNorm<M extends Module>(
  module: M,
  name = 'weight',
  { nPowerIterations = 1, eps = 1e-12, dim }: SpectralNormOptions = {},
): M {
  const op = 'spectralNorm';
  if (!Number.isInteger(nPowerIterations) || nPowerIterations < 1) {
    throw new ArgumentError(`nPowerIterations is a positive integer, got ${nPowerIterations}`, { op });
  }
  const weight = parameterOf(op, module, name).value.detach();
  const isTransposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some(
    (kind) => module instanceof kind,
  );
  const axis = resolveAxis(op, dim ?? Number(isTransposed), weight.ndim);
  const order = [axis, ...weight.shape.map((_, i) => i).filter((i) => i !== axis)];
  const rows = weight.shape[axis];
  const columns = sizeOf(weight.shape) / rows;
  const matrix = (x: Node): Node => reshape(permute(x, order), [rows, columns]);
  const unit = (x: Node): Node => ops.normalize(x, 2, 0, eps);

  const original = new Parameter(weight);
  const u = new State(new Tensor(unit(randn([rows]).node)));
  const v = new State(new Tensor(unit(randn([columns]).node)));
  const turn = (): void =>
    ops.withoutGradient(() => {
      const w = matrix(ops.detach(original.node));
      let [left, right] = [u.node, v.node];
      for (let i = 0; i < nPowerIterations; i++) {
        right = unit(ops.matmul(left, w));
        left = unit(ops.matmul(w, right));
      }
      [u.value, v.value] = [new Tensor(left), new Tensor(right)];
    });
  const states = { [`${name}_orig`]: original, [`${name}_u`]: u, [`${name}_v`]: v };
  derive(op, module, name, states, () => {
    const sigma = ops.dot(u.node, ops.matmul(matrix(original.node), v.node));
    return div(original.node, sigma);
  });
  watch(module, name, turn);
  return module;
}

/** Has something done before each `forward` while the module trains. */
function watch(module: Module, name: string, before: () => void): void {
  const own = wrapped.get(module) ?? new Map<string, PropertyDescriptor | undefined>();
  wrapped.set(module, own.set(name, Object.getOwnPropertyDescriptor(module, 'forward')));
  const forward = (module.forward as AnyForward).bind(module);
  const watching: AnyForward = (...inputs) => {
    if (module.training) before();
    return forward(...inputs);
  };
  Object.defineProperty(module, 'forward', { value: watching, configurable: true });
}

/**
 * Takes back `spectralNorm`: the weight it computes becomes the parameter `name` again. Returns the module. Of several weights of one module,
 * the one that was normalized last goes first.
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * const layer = nn.utils.spectralNorm(new nn.Linear(3, 2));
 * Object.keys(nn.utils.removeSpectralNorm(layer).stateDict()); // → ['weight', 'bias']
 * ```
 */
export function removeSpectralNorm<M extends Module>(module: M, name = 'weight'): M {
  const op = 'removeSpectralNorm';
  const own = wrapped.get(module);
  const last = own && [...own.keys()].at(-1);
  if (own?.has(name) && last !== name) {
    throw new ArgumentError(`'${last}' was normalized after '${name}'`, {
      op,
      hint: `Remove it from '${last}' first`,
    });
  }
  settle(op, module, name, [`${name}_orig`, `${name}_u`, `${name}_v`]);
  const before = own?.get(name);
  Reflect.deleteProperty(module, 'forward');
  if (before) Object.defineProperty(module, 'forward', before);
  own?.delete(name);
  return module;
}
