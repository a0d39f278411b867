import { ArgumentError, DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { BatchReader, checkBatchSize, decode, disposeBatch } from '../data/batches.ts';
import { batchCount, checkSeed } from '../data/data-loader.ts';
import { type Data, datasetOf } from '../data/dataset.ts';
import { orderAsIs, shuffledOrder } from '../data/order.ts';
import { Pace } from '../data/pace.ts';
import { type ExampleSource, openExamples } from '../data/source.ts';
import type { Module } from '../nn/module.ts';
import { type Compiled, compile } from '../tensor/compile.ts';
import { deviceReady, platform, whenIdle } from '../tensor/engine.ts';
import { getRngState, setRngState } from '../tensor/generator.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Callback, TrainingOptimizer, TrainingRun } from './callbacks/callback.ts';
import { ProgressBar } from './callbacks/progress-bar.ts';
import { Evaluator, rememberObjective } from './evaluate.ts';
import { type EpochRecord, History, validationName } from './history.ts';
import { checkMeasured } from './measures.ts';
import { outputOf } from './model.ts';
import { type Objective, type ResolvedObjective, resolveObjective } from './objective.ts';
import { RunningMeans } from './running-means.ts';
import { type TrainingPosition, type TrainingSetup, TrainingState } from './training-state.ts';

export interface FitOptions extends Objective {
  /** Made for the model's parameters: `new optim.Adam(model.parameters())`. */
  readonly optimizer: TrainingOptimizer;
  /** How often to go through the data. Default 1. */
  readonly epochs?: number;
  /** Examples in a step. Default 32. The last batch of an epoch may be smaller. */
  readonly batchSize?: number;
  /** Data to measure the model on after every epoch. Default: none. */
  readonly validation?: Data;
  /** Whether each epoch has an order of its own. Default: yes. */
  readonly shuffle?: boolean;
  /** Decides the orders. Default: the seed of `manualSeed`, which decides all else that is random. */
  readonly seed?: number;
  /** Follow the training, in this order. Default: none. */
  readonly callbacks?: readonly Callback[];
  /** Ends the training after the present step when it is aborted; the history says so. */
  readonly signal?: AbortSignal;
  /** A state of an earlier training of the same model on the same data, to go on from. */
  readonly resume?: TrainingState;
  /** Whether to show progress. Default: yes in Node, no in a browser. */
  readonly verbose?: boolean;
}

const fitOptions = [
  'optimizer',
  'loss',
  'metrics',
  'epochs',
  'batchSize',
  'validation',
  'shuffle',
  'seed',
  'callbacks',
  'signal',
  'resume',
  'verbose',
];

/**
 * Trains a model. A step (forward, loss, gradients, update) is one compiled program; numbers are read from the device only to be
 * shown. Model and optimizer are changed.
 *
 * @throws ArgumentError for options that do not fit; DataError and IndexError for data that cannot be trained on.
 *
 * @example
 * ```ts
 * import { fit, nn, optim, randn } from 'nacre';
 * const x = randn([64, 2]);
 * const y = x.sum(1, { keepdim: true });
 * const model = new nn.Linear(2, 1);
 * const history = await fit(model, [x, y], {
 *   optimizer: new optim.Adam(model.parameters(), { lr: 0.1 }),
 *   loss: 'mseLoss',
 *   epochs: 20,
 *   verbose: false,
 * });
 * history.loss.at(-1)! < 0.05; // → true
 * ```
 */
export async function fit(model: Module, data: Data, options: FitOptions): Promise<History> {
  if (!options) {
    throw new ArgumentError('there are no options', {
      op: 'fit',
      hint: "Give { optimizer: new optim.Adam(model.parameters()), loss: 'crossEntropy' }",
    });
  }
  return new Training(model, data, options).run();
}

/** Refuses an optimizer that was made for another model: the training would change nothing. */
function checkTrains(op: string, { groups }: TrainingOptimizer, model: Module): void {
  if (typeof model?.parameters !== 'function') {
    throw new ArgumentError('the model is no nn.Module', {
      op,
      hint: 'Give an nn.Sequential, or an object of a class that extends nn.Module',
    });
  }
  const own = new Set(model.parameters());
  if (!groups || groups.some(({ params }) => params.some((parameter) => own.has(parameter)))) return;
  throw new ArgumentError("the optimizer has none of the model's parameters", {
    op,
    hint: 'Make it for this model: new optim.Adam(model.parameters())',
  });
}

/** So often numbers are read for whoever shows them: smooth to the eye, and nothing beside the steps. */
const progressMilliseconds = 25;

const atStart = (epoch: number): TrainingPosition => ({
  epoch,
  step: 0,
  count: 0,
  milliseconds: 0,
  stepMilliseconds: 0,
  timedSteps: 0,
});

/** A training of so many steps waits until it is known whether there is a compiler, which takes a moment on a new machine. */
const manySteps = 2000;

/** One call of `fit`. */
class Training implements TrainingRun {
  readonly model: Module;
  readonly optimizer: TrainingOptimizer;
  readonly epochs: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly #source: ExampleSource;
  readonly #setup: TrainingSetup;
  readonly #objective: ResolvedObjective;
  readonly #reader: BatchReader;
  readonly #means: RunningMeans;
  readonly #step: Compiled<[Tensor, Tensor], void>;
  readonly #validation: Evaluator | null;
  readonly #callbacks: readonly Callback[];
  readonly #signal: AbortSignal | undefined;
  readonly #resume: TrainingState | undefined;
  readonly #records: EpochRecord[] = [];
  readonly #pace = new Pace();
  #position = atStart(1);
  #stopped: string | undefined;

  constructor(model: Module, data: Data, options: FitOptions) {
    const op = 'fit';
    optionsOf(op, options, fitOptions);
    const { optimizer, epochs = 1, batchSize = 32, shuffle = true, seed = getRngState().seed } = options;
    const { validation, callbacks = [], signal, resume, verbose = platform.name === 'node' } = options;
    if (!Number.isInteger(epochs) || epochs < 1) {
      throw new ArgumentError(`epochs is a whole number from 1 on, got ${epochs}`, { op });
    }
    if (typeof optimizer?.step !== 'function') {
      throw new ArgumentError('there is no optimizer', {
        op,
        hint: 'Give { optimizer: new optim.Adam(model.parameters()) }',
      });
    }
    checkTrains(op, optimizer, model);
    checkBatchSize(op, batchSize);
    checkSeed(op, seed);
    const source = openExamples(op, datasetOf(op, data));
    if (!source.target) throw new DataError('the data set has no targets', { op });
    this.model = model;
    this.optimizer = optimizer;
    this.epochs = epochs;
    this.batchSize = batchSize;
    this.stepsPerEpoch = batchCount(source.length, batchSize, false);
    this.#source = source;
    this.#setup = { examples: source.length, batchSize, shuffle, seed };
    this.#objective = resolveObjective(op, options);
    checkMeasured(op, this.#objective.metrics, validation !== undefined);
    this.#reader = new BatchReader(source, batchSize);
    this.#means = new RunningMeans(this.#objective.metrics);
    // One tier from the first step to the last, and for one that is resumed: the same bits.
    const tier = resume?.content.tier;
    this.#step = compile((inputs: Tensor, targets: Tensor) => this.#trace(inputs, targets), {
      tier,
      steady: true,
      runs: this.stepsPerEpoch * epochs,
    });
    this.#validation = validation ? new Evaluator(op, model, this.#objective, validation) : null;
    this.#callbacks = verbose ? [...callbacks, new ProgressBar()] : callbacks;
    this.#signal = signal;
    this.#resume = resume;
    rememberObjective(model, { loss: options.loss, metrics: options.metrics });
  }

  // ---- what callbacks see ----

  get step(): number {
    return this.#position.step;
  }

  get records(): readonly EpochRecord[] {
    return this.#records;
  }

  stop(reason: string): void {
    this.#stopped ??= reason;
  }

  state(): TrainingState {
    return new TrainingState({
      setup: this.#setup,
      tier: this.#step.tier ?? this.#resume?.content.tier,
      position: { ...this.#position, count: this.#means.count },
      random: getRngState(),
      records: [...this.#records],
      model: this.model.stateDict(),
      optimizer: this.optimizer.stateDict(),
      sums: this.#means.stateDict(),
      callbacks: this.#callbacks.map((callback) => callback.saveState?.() ?? null),
    });
  }

  // ---- the course of a training ----

  async run(): Promise<History> {
    if (this.stepsPerEpoch * this.epochs >= manySteps) await deviceReady();
    if (!this.model.training) this.model.train();
    if (this.#resume) this.#goOnFrom(this.#resume);
    for (const callback of this.#callbacks) await callback.onTrainBegin?.(this);
    while (this.#position.epoch <= this.epochs && !this.#isEnding) await this.#epoch();
    const interrupted = this.#signal?.aborted ?? false;
    const history = new History([...this.#records], interrupted, this.#stopped, this.state());
    for (const callback of this.#callbacks) await callback.onTrainEnd?.(history, this);
    return history;
  }

  get #isEnding(): boolean {
    return this.#stopped !== undefined || (this.#signal?.aborted ?? false);
  }

  async #epoch(): Promise<void> {
    const { epoch } = this.#position;
    const began = performance.now() - this.#position.milliseconds;
    for (const callback of this.#callbacks) await callback.onEpochBegin?.(epoch, this);
    await this.#steps();
    if (this.#position.step < this.stepsPerEpoch || this.#stopped !== undefined) {
      this.#position = { ...this.#position, milliseconds: performance.now() - began };
      return;
    }
    const means = await this.#means.read();
    const measured = await this.#validation?.run();
    const record = this.#record(means, measured, (performance.now() - began) / 1000);
    this.#records.push(record);
    this.#position = atStart(epoch + 1);
    this.#means.reset();
    for (const callback of this.#callbacks) await callback.onEpochEnd?.(record, this);
  }

  /** Steps until the end of the epoch or of the training. */
  async #steps(): Promise<void> {
    const { length } = this.#source;
    const { shuffle, seed } = this.#setup;
    const order = shuffle ? shuffledOrder(length, seed, this.#position.epoch) : orderAsIs(length);
    let { step, stepMilliseconds, timedSteps } = this.#position;
    let mark = performance.now();
    let drawn = mark;
    while (step < this.stepsPerEpoch && !this.#isEnding) {
      const { programs } = this.#step;
      const batch = this.#reader.read(order, step * this.batchSize, this.#position.epoch);
      this.#step(batch.inputs, batch.targets!);
      // A long step runs on another thread: the event loop goes on meanwhile.
      const underWay = whenIdle();
      if (underWay) await underWay;
      this.#means.settle();
      disposeBatch(batch);
      this.#means.count += batch.size;
      step++;
      const now = performance.now();
      const isLast = step === this.stepsPerEpoch;
      // A step that makes a program is no measure of the others, unless there is no other.
      if (this.#step.programs === programs || (isLast && timedSteps === 0)) {
        stepMilliseconds += now - mark;
        timedSteps++;
      }
      mark = now;
      const draws = isLast || (timedSteps > 0 && now - drawn >= progressMilliseconds);
      const turns = this.#pace.isDue(now);
      if (!draws && !turns) continue;
      this.#position = { ...this.#position, step, stepMilliseconds, timedSteps };
      if (draws) {
        await this.#progress();
        drawn = performance.now();
      }
      if (turns) await this.#pace.turn();
      mark = performance.now();
    }
    this.#position = { ...this.#position, step, stepMilliseconds, timedSteps };
  }

  async #progress(): Promise<void> {
    const listening = this.#callbacks.filter((callback) => callback.onProgress);
    if (!listening.length) return;
    const { loss, ...metrics } = await this.#means.read();
    const { epoch, step } = this.#position;
    const { stepsPerEpoch } = this;
    const progress = { epoch, step, stepsPerEpoch, stepMicroseconds: this.#stepMicroseconds, loss, metrics };
    for (const callback of listening) await callback.onProgress!(progress, this);
  }

  /** Asked for once a step was timed: the last of an epoch is, if none before it was. */
  get #stepMicroseconds(): number {
    const { stepMilliseconds, timedSteps } = this.#position;
    return (stepMilliseconds / timedSteps) * 1000;
  }

  #record(
    means: Readonly<Record<string, number>>,
    measured: Readonly<Record<string, number>> | undefined,
    seconds: number,
  ): EpochRecord {
    const { epoch } = this.#position;
    const validation = Object.entries(measured ?? {}).map(([name, value]) => [validationName(name), value]);
    const bad = Object.entries(means).find(([, value]) => !Number.isFinite(value));
    return {
      epoch,
      loss: means.loss,
      ...means,
      ...Object.fromEntries(validation),
      lr: this.optimizer.lr,
      seconds,
      stepMicroseconds: this.#stepMicroseconds,
      ...(bad && { warning: notFiniteWarning(bad[0], bad[1]) }),
    };
  }

  /** What one step does; `compile` runs it once and makes a program of it. */
  #trace(storedInputs: Tensor, storedTargets: Tensor): void {
    const { model, optimizer } = this;
    const size = storedInputs.shape[0];
    const targets = decode(this.#source.target!, storedTargets);
    const output = outputOf('fit', model, decode(this.#source.input, storedInputs));
    this.#objective.checkLabels(output, targets, this.#source);
    const loss = this.#objective.loss(output, targets);
    if (loss.size !== 1) {
      throw new ArgumentError('the loss of a batch is not one number', {
        op: 'fit',
        shapes: [loss.shape],
        hint: 'Take its mean',
      });
    }
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    this.#means.addLoss(loss.detach(), size);
    this.#means.measure(output.detach(), targets, size);
  }

  #goOnFrom({ content }: TrainingState): void {
    const { setup, position, random, records, model, optimizer, sums, callbacks } = content;
    for (const name of ['examples', 'batchSize', 'shuffle', 'seed'] as const) {
      if (setup[name] === this.#setup[name]) continue;
      throw new ArgumentError(
        `the saved training had ${name} ${setup[name]}, this one has ${this.#setup[name]}`,
        {
          op: 'fit',
          hint: 'Resume with the same data and options; epochs may differ',
        },
      );
    }
    this.model.loadStateDict(model);
    this.optimizer.loadStateDict(optimizer);
    this.#means.loadStateDict(sums, position.count);
    this.#records.push(...records);
    this.#position = position;
    for (const [i, state] of callbacks.entries()) if (state) this.#callbacks[i]?.loadState?.(state);
    setRngState(random);
  }
}

const notFiniteWarning = (name: string, value: number): string =>
  `the ${name} is ${value}: lower the learning rate, or look for a division by 0 or a logarithm of 0 (debug.nan names the operation)`;
