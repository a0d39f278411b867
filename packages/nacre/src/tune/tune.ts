import { processes } from '#processes';
import { ArgumentError } from '../base/errors.ts';
import { nearestName, optionsOf } from '../base/options.ts';
import { checkSeed, checkWhole } from '../data/checks.ts';
import { getThreads, platform } from '../tensor/engine.ts';
import { getRngState } from '../tensor/generator.ts';
import { noJournal, openJournal } from './journal.ts';
import { loadObjective, objective } from './objective.ts';
import { showValue } from './parameter.ts';
import { parametersOf, paramsOf, pointOf } from './point.ts';
import { ASHAPruner } from './pruners/asha.ts';
import { HyperbandPruner } from './pruners/hyperband.ts';
import { MedianPruner } from './pruners/median.ts';
import type { Pruner } from './pruners/pruner.ts';
import { type Direction, Records, type TrialRecord } from './record.ts';
import { checkDirection } from './restarts.ts';
import { LocalRunner, ProcessRunner, type Runner, type RunnerOptions } from './runners.ts';
import { GridSampler, gridSize } from './samplers/grid.ts';
import { RandomSampler } from './samplers/random.ts';
import type { Sampler } from './samplers/sampler.ts';
import { TPESampler } from './samplers/tpe.ts';
import { Search } from './search.ts';
import { choice, type Domain, domainOf, float, int, list, type ParamsOf, type Space } from './space.ts';
import { Study } from './study.ts';
import type { Objective } from './trial.ts';

const samplers = {
  grid: () => new GridSampler(),
  random: () => new RandomSampler(),
  tpe: () => new TPESampler(),
};

const pruners = {
  asha: () => new ASHAPruner(),
  hyperband: () => new HyperbandPruner(),
  median: () => new MedianPruner(),
};

export type SamplerName = keyof typeof samplers;
export type PrunerName = keyof typeof pruners;

export interface TuneOptions<P = unknown> {
  /** How many trials there are to be, those of an earlier call with the same `storage` included. Default: 20; all of a grid. */
  readonly trials?: number;
  /** Chooses what to try. Default: 'tpe'. */
  readonly sampler?: SamplerName | Sampler;
  /** Ends trials that do badly, if they report how they stand. Default: none. */
  readonly pruner?: PrunerName | Pruner;
  /** Whether less or more is better. Default: 'minimize'. */
  readonly direction?: Direction;
  /** Decides what is tried, and the seed of each trial. Default: that of the storage, else the seed of `manualSeed`. */
  readonly seed?: number;
  /** How many processes run trials; 0 for none but this one. More than 0 needs an objective in a module of its own. Default: 0. */
  readonly workers?: number;
  /** Threads that all workers together use. Default: those of `getThreads`. */
  readonly threads?: number;
  /** The most seconds a trial may take; one that takes longer has failed. Default: no limit. */
  readonly timeout?: number;
  /** A file that keeps all trials, such as 'search.jsonl'; with one that is there the search goes on. Default: none. */
  readonly storage?: string;
  /** Ends the search when it is aborted; trials under way are dropped. Default: Ctrl-C does. */
  readonly signal?: AbortSignal;
  /** Called after every trial. */
  readonly onTrial?: (trial: TrialRecord<P>) => void;
  /** Whether to show a line for each trial. Default: yes in Node, no in a browser. */
  readonly verbose?: boolean;
}

const tuneOptions = [
  'trials',
  'sampler',
  'pruner',
  'direction',
  'seed',
  'workers',
  'threads',
  'timeout',
  'storage',
  'signal',
  'onTrial',
  'verbose',
];

/**
 * Searches a space for the values that serve an objective best: how many layers, of how many units, with what learning rate.
 *
 * The objective is given the values of one trial, typed by the space, and gives one number, such as the loss on validation data. It
 * is a function, which runs in this process, or a module that exports one (as default or `objective`), by URL or path: then
 * `workers` processes run trials side by side. Values in the space that are not made by `tune.choice`, `tune.int`, `tune.float` or
 * `tune.list` are handed on as they are. A trial that throws, crashes, takes too long, or gives NaN has failed, and the search goes
 * on. With `storage` a search that was ended, by whatever, goes on when it is called again; trials that were under way are run anew.
 *
 * The same seed proposes the same trials, and without workers, or with one, gives the same outcome to the bit: a proposal depends on
 * the seed, its number and the trials that have ended, and `manualSeed` is called before each with a seed of its own. What networks
 * compute has the same bits on the tier `wasm` (`NACRE_TIER`); on the native one a trial may begin before its code is compiled.
 *
 * @throws ArgumentError for a space or options that make no sense, an objective that cannot be loaded, and storage of another search or in use;
 * FormatError for damaged storage; FileError where it cannot be written; DeviceError for workers in a browser.
 *
 * @example
 * ```ts
 * import { fit, nn, optim, randn } from 'nacre';
 * import { tune } from 'nacre/tune';
 * const x = randn([64, 1]);
 * const y = x.square();
 * const space = { units: tune.int(1, 8), lr: tune.float(1e-3, 1e-1, { log: true }) };
 * const study = await tune(space, async ({ units, lr }, trial) => {
 *   const model = new nn.Sequential(new nn.Linear(1, units), new nn.ReLU(), new nn.Linear(units, 1));
 *   const history = await fit(model, [x, y], {
 *     optimizer: new optim.Adam(model.parameters(), { lr }), loss: 'mseLoss', epochs: 9, verbose: false,
 *     callbacks: [trial.callback({ monitor: 'loss' })],
 *   });
 *   return history.loss.at(-1)!;
 * }, { trials: 12, pruner: 'asha', verbose: false });
 * study.trials.length; // → 12
 * study.best.params.units > 1; // → true
 * ```
 */
export async function tune<const S extends Space>(
  space: S,
  objective: Objective<ParamsOf<S>> | URL | string,
  options: TuneOptions<ParamsOf<S>> = {},
): Promise<Study<ParamsOf<S>>> {
  type P = ParamsOf<S>;
  const op = 'tune';
  const domain = domainOf(op, space);
  optionsOf(op, options, tuneOptions);
  const { direction = 'minimize', workers = 0, timeout = Number.POSITIVE_INFINITY, storage } = options;
  const { threads = getThreads(), verbose = platform.name === 'node' } = options;
  checkDirection(op, direction);
  checkWhole(op, 'workers', workers, 0);
  checkWhole(op, 'threads', threads, 1);
  if (!(timeout > 0))
    throw new ArgumentError(`timeout is a number of seconds above 0, got ${timeout}`, { op });
  if (options.seed !== undefined) checkSeed(op, options.seed);
  const sampler = named(op, 'sampler', samplers, options.sampler ?? 'tpe', 'propose');
  const pruner = options.pruner && named(op, 'pruner', pruners, options.pruner, 'prune');
  const trials = options.trials ?? (sampler instanceof GridSampler ? gridSize(domain) : 20);
  checkWhole(op, 'trials', trials, 1);
  checkSearchable(op, domain);
  checkObjective(op, objective, workers);

  const records = new Records<P>((point) => paramsOf(domain, point));
  const fallback = getRngState().seed;
  const journal =
    storage === undefined
      ? noJournal(options.seed ?? fallback)
      : await openJournal(storage, domain, direction, options.seed, fallback, records);
  const say = verbose ? (text: string) => console.log(text) : () => {};
  if (journal.notice) say(`notice: ${journal.notice}`);

  const abort = new AbortController();
  const stop = (): void => abort.abort();
  const { signal } = options;
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  const stopListening = signal ? undefined : processes.onInterrupt(stop);
  const makeStudy = (): Study<P> => {
    const interrupted = abort.signal.aborted;
    return new Study(domain, records.trials, direction, journal.seed, interrupted, journal.notice);
  };
  try {
    const search = new Search({
      space: domain,
      records,
      journal,
      sampler,
      pruner: pruner || undefined,
      direction,
      trials,
      abort,
      onTrial: (trial) => {
        say(lineOf(domain, trial, makeStudy()));
        options.onTrial?.(trial);
      },
    });
    await search.run(await runnersFor<P>(objective, workers, threads, { signal: abort.signal, timeout }));
  } finally {
    stopListening?.();
    signal?.removeEventListener('abort', stop);
    await journal.close();
  }
  return makeStudy();
}

tune.choice = choice;
tune.int = int;
tune.float = float;
tune.list = list;
tune.objective = objective;

/** The sampler or pruner of a name; one that was made is taken as it is. */
function named<T extends object>(
  op: string,
  option: string,
  known: Readonly<Record<string, () => T>>,
  given: string | T,
  method: keyof T & string,
): T {
  if (typeof given === 'string' && Object.hasOwn(known, given)) return known[given]();
  if (typeof given === 'object' && typeof given?.[method] === 'function') return given;
  const names = Object.keys(known);
  const nearest = typeof given === 'string' ? nearestName(given, names) : undefined;
  throw new ArgumentError(
    `there is no ${option} ${typeof given === 'string' ? `'${given}'` : String(given)}`,
    {
      op,
      hint: `${nearest ? `Did you mean '${nearest}'? ` : ''}Known are: ${names.join(', ')}`,
    },
  );
}

function checkSearchable(op: string, space: Domain<unknown>): void {
  if (Object.keys(pointOf(space, () => 0)).length > 0) return;
  throw new ArgumentError('the space has nothing to search', {
    op,
    hint: 'Give { lr: tune.float(1e-4, 1e-1, { log: true }), layers: tune.int(1, 3) }',
  });
}

function checkObjective(op: string, objective: unknown, workers: number): void {
  const isModule = typeof objective === 'string' || objective instanceof URL;
  if (!isModule && typeof objective !== 'function') {
    throw new ArgumentError(`the objective is a function or a module, got ${typeof objective}`, { op });
  }
  if (workers > 0 && !isModule) {
    throw new ArgumentError('a function cannot be handed to another process', {
      op,
      hint: "Export it from a module of its own, and give new URL('./objective.ts', import.meta.url)",
    });
  }
  if (workers > 0 && !processes.available) processes.start({ onMessage() {}, onEnd() {} });
}

async function runnersFor<P>(
  objective: Objective<P> | URL | string,
  workers: number,
  threads: number,
  options: RunnerOptions,
): Promise<Runner<P>[]> {
  if (typeof objective === 'function') return [new LocalRunner(objective, options)];
  const url = objective instanceof URL ? objective.href : processes.urlOf(objective);
  if (workers === 0) return [new LocalRunner(await loadObjective<P>(url), options)];
  const share = Math.max(1, Math.floor(threads / workers));
  return Array.from({ length: workers }, () => new ProcessRunner<P>(url, share, options));
}

/** `trial 3  complete  0.0412  2.1 s  lr 0.01, layers 2  (best: 0.0391, trial 1)`. */
function lineOf<P>(space: Domain<P>, trial: TrialRecord<P>, { ranking }: Study<P>): string {
  const values = [...parametersOf(space, trial.point)].map(
    ([path, parameter]) => `${path} ${showValue(parameter, trial.point[path])}`,
  );
  const result = trial.value === undefined ? '' : `  ${trial.value.toPrecision(5)}`;
  const best = ranking.length
    ? `  (best: ${ranking[0].value!.toPrecision(5)}, trial ${ranking[0].number})`
    : '';
  const reason = trial.reason ? `  ${trial.reason}` : '';
  return `trial ${trial.number}  ${trial.state}${result}  ${trial.seconds.toFixed(1)} s  ${values.join(', ')}${best}${reason}`;
}
