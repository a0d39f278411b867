import { ArgumentError } from '../base/errors.ts';
import { disposeBatch } from '../data/batches.ts';
import { Pace } from '../data/pace.ts';
import type { Module } from '../nn/module.ts';
import { deviceReady, whenIdle } from '../tensor/engine.ts';
import { getRngState, setRngState } from '../tensor/generator.ts';
import type { TrainingOptimizer, TrainingRun } from './callbacks/callback.ts';
import { CallbackList } from './callbacks/callback-list.ts';
import { ProgressBar } from './callbacks/progress-bar.ts';
import { ClassWeights, checkSameLabels } from './class-weight.ts';
import { Evaluator, rememberObjective } from './evaluate.ts';
import type { BatchedData, Feed, Walk } from './feed.ts';
import { type EpochRecord, History, validationName } from './history.ts';
import { resolveLoss, takesLabels } from './losses.ts';
import { Schedule } from './lr-schedule.ts';
import { checkMeasured, type Measure } from './measures.ts';
import { RunningMeans } from './running-means.ts';
import { TrainStep } from './train-step.ts';
import { type CheckedOptions, openFeeds } from './training-options.ts';
import { type TrainingPosition, type TrainingSetup, TrainingState } from './training-state.ts';

const op = 'fit';

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
export class Training implements TrainingRun {
  readonly model: Module;
  readonly optimizer: TrainingOptimizer;
  readonly epochs: number;
  readonly batchSize: number;
  readonly #feed: Feed;
  readonly #setup: TrainingSetup;
  readonly #means: RunningMeans;
  readonly #step: TrainStep;
  readonly #schedule: Schedule | null;
  readonly #validation: Evaluator | null;
  readonly #callbacks: CallbackList;
  readonly #signal: AbortSignal | undefined;
  readonly #resume: TrainingState | undefined;
  readonly #records: EpochRecord[] = [];
  readonly #pace = new Pace();
  #stepsPerEpoch: number;
  #position = atStart(1);
  /** The learning rate of the last update. */
  #lr: number;
  #stopped: string | undefined;

  constructor(model: Module, data: BatchedData, options: CheckedOptions, metrics: readonly Measure[]) {
    const { optimizer, epochs, shuffle, seed, gradientAccumulation, precision, loss, resume } = options;
    const { train, validation } = openFeeds(data, options);
    if (takesLabels(loss) && train.source && validation?.source) {
      checkSameLabels(op, train.source, validation.source);
    }
    const classWeight =
      options.classWeight === undefined ? null : new ClassWeights(op, options.classWeight, train.source);
    const objective = { loss: resolveLoss(op, loss, classWeight), metrics };
    this.model = model;
    this.optimizer = optimizer;
    this.epochs = epochs;
    this.batchSize = train.batchSize;
    this.#feed = train;
    this.#stepsPerEpoch = train.steps;
    this.#lr = optimizer.lr;
    this.#setup = {
      examples: train.examples,
      batchSize: train.batchSize,
      shuffle,
      seed,
      gradientAccumulation,
      precision,
    };
    checkMeasured(op, objective.metrics, validation !== null);
    this.#means = new RunningMeans(objective.metrics);
    this.#step = new TrainStep(model, optimizer, objective, this.#means, train.batchSize, {
      gradientAccumulation,
      clipGradNorm: options.clipGradNorm,
      clipGradValue: options.clipGradValue,
      precision,
      tier: resume?.content.tier,
      runs: Number.isFinite(train.steps) ? train.steps * epochs : undefined,
    });
    this.#schedule = options.lrScheduler ? new Schedule(op, options.lrScheduler, optimizer) : null;
    const unweighted = { loss: resolveLoss(op, loss, null), metrics };
    this.#validation = validation && new Evaluator(op, model, unweighted, validation, precision);
    this.#callbacks = new CallbackList(
      options.verbose ? [...options.callbacks, new ProgressBar()] : options.callbacks,
    );
    this.#signal = options.signal;
    this.#resume = resume;
    rememberObjective(model, { loss, metrics: options.metrics, target: train.source?.target });
  }

  // ---- what callbacks see ----

  get step(): number {
    return this.#position.step;
  }

  get stepsPerEpoch(): number {
    return this.#stepsPerEpoch;
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
      step: this.#step.stateDict(),
      schedule: this.#schedule?.stateDict() ?? null,
      sums: this.#means.stateDict(),
      callbacks: this.#callbacks.states(),
    });
  }

  // ---- the course of a training ----

  async run(): Promise<History> {
    if (this.stepsPerEpoch * this.epochs >= manySteps) await deviceReady();
    if (!this.model.training) this.model.train();
    if (this.#resume) this.#goOnFrom(this.#resume);
    let failure: { readonly error: unknown } | undefined;
    try {
      await this.#callbacks.tell('onTrainBegin', this);
      while (this.#position.epoch <= this.epochs && !this.#isEnding) await this.#epoch();
      const interrupted = this.#signal?.aborted ?? false;
      const history = new History([...this.#records], interrupted, this.#stopped, this.state());
      await this.#callbacks.tell('onTrainEnd', history, this);
      return history;
    } catch (error) {
      failure = { error };
      throw error;
    } finally {
      // What ended the training says more than what then could not be closed.
      await this.#callbacks.close().catch((error: unknown) => {
        if (!failure) throw error;
      });
    }
  }

  get #isEnding(): boolean {
    return this.#stopped !== undefined || (this.#signal?.aborted ?? false);
  }

  async #epoch(): Promise<void> {
    const { epoch } = this.#position;
    const began = performance.now() - this.#position.milliseconds;
    await this.#callbacks.tell('onEpochBegin', epoch, this);
    const walk = this.#feed.open(epoch, this.#position.step);
    let isDone: boolean;
    try {
      isDone = await this.#steps(walk);
    } finally {
      await walk.close();
    }
    if (!isDone || this.#stopped !== undefined) {
      this.#position = { ...this.#position, milliseconds: performance.now() - began };
      return;
    }
    const means = await this.#means.read();
    const measured = await this.#validation?.run();
    const record = this.#record(means, measured, (performance.now() - began) / 1000);
    this.#records.push(record);
    this.#position = atStart(epoch + 1);
    this.#means.reset();
    this.#schedule?.afterEpoch(record);
    await this.#callbacks.tell('onEpochEnd', record, this);
  }

  /** Steps until the end of the epoch or of the training; tells whether the epoch is at its end. */
  async #steps(walk: Walk): Promise<boolean> {
    let { step, stepMilliseconds, timedSteps } = this.#position;
    let mark = performance.now();
    let drawn = mark;
    // One that was stopped behind its last step.
    let isLast = step === this.#stepsPerEpoch;
    while (!isLast && !this.#isEnding) {
      const { programs } = this.#step;
      const next = walk.next();
      const fed = next instanceof Promise ? await next : next;
      if (!fed) {
        // A stream that was stopped behind its last step, and does not know it.
        isLast = true;
        break;
      }
      ({ isLast } = fed);
      const updates = this.#step.run(fed);
      // A long step runs on another thread: the event loop goes on meanwhile.
      const underWay = whenIdle();
      if (underWay) await underWay;
      this.#means.settle();
      disposeBatch(fed.batch);
      this.#means.count += fed.batch.size;
      step++;
      if (isLast) this.#stepsPerEpoch = step;
      if (updates) {
        this.#lr = this.optimizer.lr;
        this.#schedule?.afterUpdate();
      }
      const now = performance.now();
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
    return isLast;
  }

  async #progress(): Promise<void> {
    if (!this.#callbacks.hears('onProgress')) return;
    const { loss, ...metrics } = await this.#means.read();
    const { epoch, step } = this.#position;
    const { stepsPerEpoch } = this;
    const stepMicroseconds = this.#stepMicroseconds;
    const progress = { epoch, step, stepsPerEpoch, stepMicroseconds, loss, metrics };
    await this.#callbacks.tell('onProgress', progress, this);
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
      lr: this.#lr,
      seconds,
      stepMicroseconds: this.#stepMicroseconds,
      ...(bad && { warning: notFiniteWarning(bad[0], bad[1]) }),
    };
  }

  #goOnFrom({ content }: TrainingState): void {
    const { setup, position, random, records, model, optimizer, step, schedule, sums, callbacks } = content;
    for (const name of Object.keys(this.#setup) as (keyof TrainingSetup)[]) {
      if (setup[name] === this.#setup[name]) continue;
      throw new ArgumentError(
        `the saved training had ${name} ${setup[name]}, this one has ${this.#setup[name]}`,
        { op, hint: 'Resume with the same data and options; epochs may differ' },
      );
    }
    if ((schedule === null) !== (this.#schedule === null)) {
      const [saved, present] = schedule ? ['an', 'none'] : ['no', 'one'];
      throw new ArgumentError(`the saved training had ${saved} lrScheduler, this one has ${present}`, {
        op,
        hint: 'Resume with the same options',
      });
    }
    this.model.loadStateDict(model);
    // The optimizer has the last word on its learning rates: a callback may have set others than the schedule.
    if (schedule) this.#schedule?.loadStateDict(schedule);
    this.optimizer.loadStateDict(optimizer);
    this.#step.loadStateDict(step, position.step);
    this.#means.loadStateDict(sums, position.count);
    this.#records.push(...records);
    this.#position = position;
    this.#lr = this.optimizer.lr;
    this.#callbacks.loadStates(callbacks);
    setRngState(random);
  }
}

const notFiniteWarning = (name: string, value: number): string =>
  `the ${name} is ${value}: lower the learning rate, or look for a division by 0 or a logarithm of 0 (debug.nan names the operation)`;
