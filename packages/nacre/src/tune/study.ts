import { NacreError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { checkWhole } from '../data/checks.ts';
import type { Picture } from '../plot/picture.ts';
import { table } from '../plot/terminal/table.ts';
import { importanceOf } from './importance.ts';
import { showValue } from './parameter.ts';
import { type StudyPicture, type StudyPictureOptions, studyPicture } from './pictures.ts';
import { parametersOf, parametersOfAll } from './point.ts';
import { costOf, type Direction, type TrialRecord } from './record.ts';
import type { Domain } from './space.ts';

export interface StudyTableOptions {
  /** The most lines, of the best trials. Default: all. */
  readonly limit?: number;
}

/**
 * What a search came to.
 *
 * @example
 * ```ts
 * import { tune } from 'nacre/tune';
 * const study = await tune({ x: tune.int(0, 2) }, ({ x }) => (x - 1) ** 2, { sampler: 'grid', verbose: false });
 * study.best.params; // → { x: 1 }
 * study.best.value; // → 0
 * study.table({ limit: 1 }).split('\n')[1].trim().split(/\s+/).slice(0, 3); // → ['1', 'complete', '0']
 * ```
 */
export class Study<P = unknown> {
  readonly #space: Domain<P>;

  /** @internal */
  constructor(
    space: Domain<P>,
    /** Every trial, in the order of the numbers. */
    readonly trials: readonly TrialRecord<P>[],
    readonly direction: Direction,
    /** The seed of the search. */
    readonly seed: number,
    /** Whether it was ended by a signal or Ctrl-C before its last trial. */
    readonly interrupted: boolean,
    /** What should be known of its file, if anything. */
    readonly notice: string | undefined,
  ) {
    this.#space = space;
  }

  /** The completed trials, the best first. */
  get ranking(): TrialRecord<P>[] {
    const cost = ({ value }: TrialRecord): number => costOf(this.direction, value!);
    return this.trials.filter(({ state }) => state === 'complete').sort((a, b) => cost(a) - cost(b));
  }

  /** The completed trial with the best value, the first of those with the same. Throws a NacreError if none was completed. */
  get best(): TrialRecord<P> {
    const [best] = this.ranking;
    if (best) return best;
    const failed = this.trials.filter(({ state }) => state === 'failed');
    throw new NacreError(`none of ${this.trials.length} trials was completed`, {
      op: 'study.best',
      hint: failed.length ? `${failed.length} failed, the first of them: ${failed[0].reason}` : undefined,
    });
  }

  /** How long all trials ran, in seconds, added up. */
  get seconds(): number {
    return this.trials.reduce((total, { seconds }) => total + seconds, 0);
  }

  /**
   * By path, the share of the variance of the value that each parameter explains by itself (functional ANOVA, see `importance`'s source); the most important first.
   * What is missing to 1 is due to parameters together. Throws a DataError for fewer than 4 completed trials, or values that are all the same.
   */
  importance(): Record<string, number> {
    return importanceOf(this.#space, this.ranking, this.direction, this.seed);
  }

  /**
   * The search as a picture: 'history', the values in the order of the trials, and the best so far; 'parallel', every trial as a line through the
   * scales of its parameters; 'slices', the value over each parameter. Throws a DataError where no trial was completed.
   */
  picture(kind: StudyPicture = 'history', options: StudyPictureOptions = {}): Picture {
    const { ranking, trials, direction } = this;
    return studyPicture(kind, { space: this.#space, trials, ranking, direction }, options);
  }

  /** A table: completed trials, the best first, then the others; one column for each parameter. */
  table(options: StudyTableOptions = {}): string {
    const op = 'study.table';
    const { limit = this.trials.length } = optionsOf(op, options, ['limit']);
    checkWhole(op, 'limit', limit, 0);
    const others = this.trials.filter(({ state }) => state !== 'complete');
    const shown = [...this.ranking, ...others].slice(0, limit).map((trial) => ({
      trial,
      parameters: parametersOf(this.#space, trial.point),
    }));
    const points = shown.map(({ trial }) => trial.point);
    const paths = [...parametersOfAll(this.#space, points).keys()];
    const rows = shown.map(({ trial, parameters }) => [
      String(trial.number),
      trial.state,
      trial.value === undefined ? '' : String(Number(trial.value.toPrecision(5))),
      String(trial.reports.at(-1)?.step ?? ''),
      trial.seconds.toFixed(1),
      ...paths.map((path) => {
        const parameter = parameters.get(path);
        return parameter ? showValue(parameter, trial.point[path]) : '';
      }),
      trial.reason ?? '',
    ]);
    const all = [['trial', 'state', 'value', 'steps', 'seconds', ...paths, ''], ...rows];
    const alignments = all[0].map((_, column) =>
      rows.every((row) => Number.isFinite(Number(row[column]))) ? ('right' as const) : ('left' as const),
    );
    return table(all, alignments).join('\n');
  }
}
