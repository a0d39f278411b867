import { ArgumentError } from '../base/errors.ts';
import { decode } from '../data/batches.ts';
import type { ExampleSource } from '../data/source.ts';
import type { Module } from '../nn/module.ts';
import { clipGradNorm, clipGradValue } from '../optim/clip.ts';
import { GradScaler } from '../optim/grad-scaler.ts';
import { Optimizer } from '../optim/optimizer.ts';
import type { Tier } from '../tensor/backends/backend.ts';
import { type Compiled, compile } from '../tensor/compile.ts';
import { tensor, zeros } from '../tensor/create.ts';
import { add, div, maximum, mul } from '../tensor/functions.ts';
import { type Parameter, State } from '../tensor/parameter.ts';
import type { StateDict } from '../tensor/state-dict.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { TrainingOptimizer } from './callbacks/callback.ts';
import type { Fed } from './feed.ts';
import type { LossTotal } from './losses.ts';
import { outputOf } from './model.ts';
import type { ResolvedObjective } from './objective.ts';
import { inPrecision, type TrainingPrecision } from './precision.ts';
import type { RunningMeans } from './running-means.ts';

/** How a step is done. */
export interface StepOptions {
  /** Batches whose gradients are put together for one update. */
  readonly gradientAccumulation: number;
  readonly clipGradNorm?: number;
  readonly clipGradValue?: number;
  readonly precision: TrainingPrecision;
  /** What runs the program, if that is to be as before. */
  readonly tier?: Tier;
  /** About how many steps there will be, if that is known. */
  readonly runs?: number;
}

/** What a step does with the gradients of its batch: update at once, keep them for later, or update with all that were kept. */
type Phase = 'update' | 'gather' | 'finish';

/** The part that a batch has in the mean loss of its group, and in what that is divided by. */
interface Share {
  readonly sum: Tensor;
  readonly count: Tensor;
}

/** The gradients of some batches: their sums, and what they are to be divided by. */
interface Gathered {
  readonly sums: ReadonlyMap<Parameter, State>;
  readonly count: State;
  /** Parameters that had a gradient in a trace: the others are not touched. */
  readonly seen: Set<Parameter>;
}

/** One step of a training: forward, loss, gradients, update, and means of what is measured. One run of one program. */
export class TrainStep {
  readonly #model: Module;
  readonly #optimizer: TrainingOptimizer;
  readonly #objective: ResolvedObjective;
  readonly #means: RunningMeans;
  readonly #options: StepOptions;
  readonly #batchSize: number;
  readonly #parameters: readonly Parameter[];
  readonly #scaler: GradScaler | null;
  readonly #gathered: Gathered | null;
  readonly #compiled: Compiled<[Tensor, Tensor, Tensor | null, Phase], void>;
  /** How the examples of the present batch are read. */
  #source!: ExampleSource;
  /** Batches whose gradients wait for their update. */
  #waiting = 0;

  constructor(
    model: Module,
    optimizer: TrainingOptimizer,
    objective: ResolvedObjective,
    means: RunningMeans,
    batchSize: number,
    options: StepOptions,
  ) {
    const { gradientAccumulation, precision, tier, runs } = options;
    this.#model = model;
    this.#optimizer = optimizer;
    this.#objective = objective;
    this.#means = means;
    this.#batchSize = batchSize;
    this.#options = options;
    this.#parameters = optimizer.groups?.flatMap(({ params }) => params) ?? [...model.parameters()];
    this.#scaler = precision === 'float16' ? new GradScaler() : null;
    this.#gathered =
      gradientAccumulation > 1
        ? {
            sums: new Map(
              this.#parameters.map((parameter) => [
                parameter,
                new State(zeros(parameter.shape, { dtype: parameter.dtype })),
              ]),
            ),
            count: new State(tensor(0)),
            seen: new Set(),
          }
        : null;
    // One tier from the first step to the last, and for one that is resumed: the same bits.
    this.#compiled = compile((...batch) => this.#trace(...batch), { tier, steady: true, runs });
  }

  /** Programs made so far. */
  get programs(): number {
    return this.#compiled.programs;
  }

  get tier(): Tier | null {
    return this.#compiled.tier;
  }

  /** Takes a batch, and tells whether the parameters were updated: with the last of each group of batches, and of each epoch. */
  run({ source, batch, isLast }: Fed): boolean {
    this.#source = source;
    const updates = isLast || this.#waiting + 1 === this.#options.gradientAccumulation;
    const phase: Phase = !updates ? 'gather' : this.#gathered ? 'finish' : 'update';
    this.#compiled(batch.inputs, batch.targets!, batch.weights, phase);
    this.#waiting = updates ? 0 : this.#waiting + 1;
    return updates;
  }

  /** What it does; `compile` runs it once and makes a program of it. */
  #trace(inputs: Tensor, stored: Tensor, weights: Tensor | null, phase: Phase): void {
    const source = this.#source;
    const [size] = inputs.shape;
    const { loss } = this.#objective;
    const targets = decode(source.target!, stored);
    const { output, value } = inPrecision(this.#options.precision, () => {
      const output = outputOf('fit', this.#model, decode(source.input, inputs));
      loss.checkLabels(output, targets, source);
      const value =
        phase === 'update'
          ? loss.mean(output, targets, weights)
          : this.#shareOf(loss.total(output, targets, weights), size, targets);
      return { output, value };
    });
    this.#optimizer.zeroGrad();
    const mean = value instanceof Tensor ? this.#backward(value) : this.#gather(value, phase);
    if (phase !== 'gather') this.#update();
    this.#optimizer.zeroGrad();
    this.#means.addLoss(mean, size);
    this.#means.measure(output.detach(), targets, size);
  }

  /** The loss again, without its gradient. */
  #backward(loss: Tensor): Tensor {
    const scalar = loss.reshape([]);
    (this.#scaler?.scale(scalar) ?? scalar).backward();
    return scalar.detach();
  }

  /** Shares of one mean over all batches of the group, so that sums keep the size of a mean. */
  #shareOf({ sum, count }: LossTotal, size: number, targets: Tensor): Share {
    const batches = this.#options.gradientAccumulation * this.#batchSize;
    const isFixed = typeof count === 'number';
    const share = size / ((isFixed ? count : targets.size) * batches);
    return { sum: mul(sum, share), count: isFixed ? tensor(count * share) : mul(count, share) };
  }

  /** Adds the gradients of a batch to those kept; in the end they become the gradients of the group. Gives the mean loss of the batch. */
  #gather({ sum, count }: Share, phase: Phase): Tensor {
    const { sums, count: kept, seen } = this.#gathered!;
    const own = this.#backward(sum);
    const total = add(kept, count);
    for (const [parameter, before] of sums) {
      const { grad } = parameter;
      if (grad) seen.add(parameter);
      if (!seen.has(parameter)) continue;
      const all = grad ? add(before, grad) : before.value;
      if (phase === 'gather') {
        before.value = all;
      } else {
        parameter.grad = div(all, maximum(total, smallest));
        before.value = mul(before, 0);
      }
    }
    kept.value = phase === 'gather' ? total : mul(total, 0);
    return div(own, maximum(count, smallest));
  }

  #update(): void {
    const { clipGradNorm: norm, clipGradValue: value } = this.#options;
    const optimizer = this.#optimizer;
    const scaled = this.#scaler && optimizer instanceof Optimizer ? optimizer : null;
    if (scaled) this.#scaler!.unscale(scaled);
    if (norm !== undefined) clipGradNorm(this.#parameters, norm);
    if (value !== undefined) clipGradValue(this.#parameters, value);
    if (!scaled) {
      optimizer.step();
      return;
    }
    this.#scaler!.step(scaled);
    this.#scaler!.update();
  }

  // ---- keeping ----

  /** What it goes on from beside model and optimizer: the scale of losses, and gradients that wait for their update. */
  stateDict(): StateDict {
    const scaler = Object.entries(this.#scaler?.stateDict() ?? {});
    const dict: StateDict = Object.fromEntries(scaler.map(([name, value]) => [`scaler.${name}`, value]));
    if (this.#gathered && this.#waiting > 0) {
      for (const [name, state] of this.#gatheredStates()) dict[name] = state.value.detach();
    }
    return dict;
  }

  /** @param step batches that were done in the epoch. */
  loadStateDict(dict: StateDict, step: number): void {
    // None waits behind the last batch of an epoch, whatever its number.
    this.#waiting = 'gradient.count' in dict ? step % this.#options.gradientAccumulation : 0;
    const take = (name: string): Tensor => {
      if (name in dict) return dict[name];
      throw new ArgumentError(`the saved training has no ${name}`, {
        op: 'fit',
        hint: 'Resume with the model and the options it was begun with',
      });
    };
    this.#scaler?.loadStateDict({ scale: take('scaler.scale'), goodSteps: take('scaler.goodSteps') });
    if (this.#waiting === 0) return;
    for (const [name, state] of this.#gatheredStates()) state.value = take(name);
  }

  *#gatheredStates(): Generator<[name: string, state: State]> {
    const { sums, count } = this.#gathered!;
    yield ['gradient.count', count];
    let number = 0;
    for (const state of sums.values()) yield [`gradient.${number++}`, state];
  }
}

/** Keeps a mean over nothing, where all targets are ignored, from being 0 / 0. */
const smallest = 1e-20;
