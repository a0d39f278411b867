import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Node } from '../graph/node.ts';
import { tensor } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { State } from '../tensor/parameter.ts';
import { asMap, compareKeys } from '../tensor/state-dict.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Optimizer } from './optimizer.ts';

export interface GradScalerOptions {
  /** Factor of the loss at the beginning. Default 65536. */
  initScale?: number;
  /** What the factor is multiplied with after `growthInterval` steps without overflow. Default 2. */
  growthFactor?: number;
  /** What it is multiplied with after an overflow. Default 0.5. */
  backoffFactor?: number;
  /** Default 2000. */
  growthInterval?: number;
}

/**
 * Scales the loss, so that small gradients do not vanish in float16, and the gradients back before the update. A step whose gradients are not
 * all finite changes nothing, and the next scale is smaller; after many good steps it grows. All of it is part of the graph, so it works inside
 * `compile` and never recompiles. Agrees with `torch.amp.GradScaler`.
 *
 * Formula: the gradients of s·L, divided by s; then s ← s·`backoffFactor` after an overflow, s·`growthFactor` after `growthInterval` good steps.
 *
 * @example
 * ```ts
 * import { autocast, compile, nn, ones, optim, Tensor } from 'nacre';
 * const model = new nn.Linear(4, 1);
 * const sgd = new optim.SGD(model.parameters(), { lr: 0.1 });
 * const scaler = new optim.GradScaler();
 * const step = compile((x: Tensor) => {
 *   const loss = autocast(() => model.forward(x).square().mean(), { dtype: 'float16' });
 *   sgd.zeroGrad();
 *   scaler.scale(loss).backward();
 *   scaler.step(sgd);
 *   scaler.update();
 *   return loss;
 * });
 * const loss = await step(ones([2, 4])).item();
 * loss < 10; // → true
 * await scaler.factor.item(); // → 65536
 * ```
 */
export class GradScaler {
  readonly #options: Required<GradScalerOptions>;
  readonly #scale: State;
  readonly #goodSteps = new State(tensor(0));
  /** Optimizers whose gradients are scaled back already, with whether they are finite. */
  readonly #unscaled = new Map<Optimizer, Node>();

  constructor(options: GradScalerOptions = {}) {
    const defaults = { initScale: 65536, growthFactor: 2, backoffFactor: 0.5, growthInterval: 2000 };
    const filled = { ...defaults, ...optionsOf('GradScaler', options, Object.keys(defaults)) };
    for (const [name, value] of Object.entries(filled)) {
      if (!(value > 0 && Number.isFinite(value)))
        throw new ArgumentError(`${name} is a number above zero, got ${value}`, { op: 'GradScaler' });
    }
    this.#options = filled;
    this.#scale = new State(tensor(filled.initScale));
  }

  /** The loss times the present factor: call `backward` on it. */
  scale(loss: Tensor): Tensor {
    return new Tensor(ops.mulOf(loss.node, this.#scale.node));
  }

  /** The present factor. */
  get factor(): Tensor {
    return this.#scale.value;
  }

  /** Scales the gradients of an optimizer back, to clip them before `step`. Otherwise `step` does it. */
  unscale(optimizer: Optimizer): void {
    if (this.#unscaled.has(optimizer)) {
      throw new ArgumentError('the gradients are scaled back already', {
        op: 'GradScaler.unscale',
        hint: 'Call update() after every step',
      });
    }
    ops.withoutGradient(() => {
      const inverse = ops.divOf(1, this.#scale.node);
      const finite = optimizer.groups
        .flatMap(({ params }) => params)
        .flatMap((parameter) => {
          const { grad } = parameter;
          if (!grad) return [];
          const gradient = ops.mulOf(grad.node, inverse);
          parameter.grad = new Tensor(gradient);
          return [ops.all(ops.isfinite(gradient))];
        });
      this.#unscaled.set(optimizer, ops.all(ops.stack(finite.length ? finite : [tensor(true).node])));
    });
  }

  /** The optimizer's step, left out where a gradient is not finite. */
  step(optimizer: Optimizer): void {
    if (!this.#unscaled.has(optimizer)) this.unscale(optimizer);
    optimizer.step({ when: new Tensor(this.#unscaled.get(optimizer)!) });
  }

  /** The factor of the next loss. Call it once after the step of every optimizer. */
  update(): void {
    if (!this.#unscaled.size) {
      throw new ArgumentError('there was no step since the last update', { op: 'GradScaler.update' });
    }
    const { growthFactor, backoffFactor, growthInterval } = this.#options;
    ops.withoutGradient(() => {
      const good = [...this.#unscaled.values()].reduce((x, y) => ops.logicalAnd(x, y));
      this.#unscaled.clear();
      const scale = this.#scale.node;
      const steps = ops.addOf(this.#goodSteps.node, 1);
      const grows = ops.ge(steps, growthInterval);
      const larger = ops.mulOf(scale, growthFactor);
      // A factor that is not finite itself would never come back.
      const grown = ops.whereOf(ops.logicalAnd(grows, ops.isfinite(larger)), larger, scale);
      this.#scale.slot.node = ops.whereOf(good, grown, ops.mulOf(scale, backoffFactor));
      const zero = ops.mulOf(steps, 0);
      this.#goodSteps.slot.node = ops.whereOf(good, ops.whereOf(grows, zero, steps), zero);
    });
  }

  stateDict(): Record<string, Tensor> {
    return { scale: this.#scale.value.detach(), goodSteps: this.#goodSteps.value.detach() };
  }

  /** Goes on from what `stateDict` gave. Throws if names or shapes differ. */
  loadStateDict(dict: Record<string, Tensor>): void {
    const own = new Map([
      ['scale', this.#scale],
      ['goodSteps', this.#goodSteps],
    ]);
    const given = asMap(dict);
    compareKeys('GradScaler.loadStateDict', own, given, { hint: 'Give what stateDict gave' });
    for (const [key, state] of own) state.value = given.get(key) as Tensor;
  }
}
