import { ArgumentError, DataError } from '../../base/errors.ts';
import { colourOf } from '../colours.ts';
import { Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { linesText } from '../terminal/lines.ts';
import type { PictureTexts } from '../texts.ts';
import { checkNotEmpty } from '../values.ts';
import { type DrawnLine, type DrawnPanel, legendHeight, linesSvg } from './lines.ts';

/** What an epoch came to: numbers by their names, as a History has them. */
export type CurveRecord =
  | { readonly epoch: number }
  | { readonly epoch: number; readonly [name: string]: unknown };

/** A training: what `fit` gave, or the records of it. */
export type CurveHistory = { readonly records: readonly CurveRecord[] } | readonly CurveRecord[];

export interface LearningCurvesOptions extends PictureOptions {
  /** What to draw, by the names in the history, each in a panel of its own. Default: loss and all metrics. */
  readonly metrics?: readonly string[];
  /** Draws the loss in powers of ten. Default: false. */
  readonly logLoss?: boolean;
}

const op = 'learningCurves';
const panelWidth = 480;
const panelHeight = 376;
const onePanelWidth = 640;

/** Numbers of an epoch that are no measure of how well it went. */
const notMetrics = new Set(['epoch', 'lr', 'seconds', 'stepMicroseconds']);

/** `valLoss` for `loss`: the name that numbers of the validation data have in a History. */
const validationName = (name: string): string => `val${name[0].toUpperCase()}${name.slice(1)}`;

interface Run {
  readonly name: string;
  readonly records: readonly (readonly [epoch: number, numbers: ReadonlyMap<string, unknown>])[];
}

const isHistory = (value: object): value is CurveHistory =>
  Array.isArray(value) || Array.isArray((value as { records?: unknown }).records);

function runsOf(history: CurveHistory | Readonly<Record<string, CurveHistory>>): Run[] {
  if (typeof history !== 'object' || history === null) {
    throw new ArgumentError('give what fit returned, or several of those by name', { op });
  }
  const named = isHistory(history) ? { '': history } : history;
  return Object.entries(named).map(([name, given]) => {
    if (typeof given !== 'object' || given === null || !isHistory(given)) {
      throw new ArgumentError(`${JSON.stringify(name)} is no history`, {
        op,
        hint: 'Give what fit returned',
      });
    }
    const records: readonly CurveRecord[] = 'records' in given ? given.records : given;
    return {
      name,
      records: records.map((record) => [record.epoch, new Map(Object.entries(record))] as const),
    };
  });
}

/** Names of what was measured, in the order of the records, those of the validation data under the names they share. */
function metricsOf(runs: readonly Run[]): string[] {
  const names = new Set(
    runs.flatMap(({ records }) =>
      records.flatMap(([, numbers]) =>
        [...numbers].filter(([, value]) => typeof value === 'number').map(([name]) => name),
      ),
    ),
  );
  const ofValidation = new Set([...names].map(validationName));
  return [...names].filter((name) => !notMetrics.has(name) && !ofValidation.has(name));
}

function curve(run: Run, metric: string, label: string, look: Partial<DrawnLine>): DrawnLine[] {
  const values = run.records.map(([, numbers]) => numbers.get(metric));
  if (!values.some((value) => typeof value === 'number')) return [];
  return [
    {
      label,
      x: run.records.map(([epoch]) => epoch),
      y: values.map((value) => (typeof value === 'number' ? value : Number.NaN)),
      ...look,
    },
  ];
}

function panelOf(runs: readonly Run[], metric: string, texts: PictureTexts, isLog: boolean): DrawnPanel {
  const isAlone = runs.length === 1;
  const lines = runs.flatMap((run, index) => {
    const name = (part: string): string => (isAlone ? part : `${run.name} ${part}`);
    return [
      ...curve(run, metric, name(texts.train), { colour: colourOf(isAlone ? 0 : index) }),
      ...curve(run, validationName(metric), name(texts.validation), {
        colour: colourOf(isAlone ? 1 : index),
        // Of several runs, a colour is a run.
        isDashed: !isAlone,
      }),
    ];
  });
  const epochs = lines.flatMap(({ x }) => Array.from(x));
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  return {
    title: texts.metrics[metric] ?? metric,
    xLabel: texts.epoch,
    lines,
    xRange: [first, Math.max(last, first)],
    isWholeX: true,
    isLog,
  };
}

/**
 * How a training went: loss and metrics over the epochs, each in a panel, for the training and the validation data. Several trainings,
 * given by name, are drawn over each other. What is not finite leaves a gap.
 *
 * @param history what `fit` gave, its records, or several of those by name.
 * @throws ArgumentError for something else, or a metric that was not measured; DataError for a training of no epochs.
 *
 * @example
 * ```ts
 * import { learningCurves } from 'nacre/plot';
 * const records = [{ epoch: 1, loss: 0.9, valLoss: 1 }, { epoch: 2, loss: 0.5, valLoss: 0.7 }];
 * const picture = learningCurves(records, { language: 'en' });
 * (await picture.svg()).includes('validation'); // → true
 * learningCurves(records, { metrics: ['accuracy'] }); // → throws ArgumentError: accuracy was not measured. There are: loss
 * ```
 */
export function learningCurves(
  history: CurveHistory | Readonly<Record<string, CurveHistory>>,
  options: LearningCurvesOptions = {},
): Picture {
  const runs = runsOf(history);
  checkNotEmpty(op, runs.length, 'trainings');
  if (runs.every(({ records }) => records.length === 0)) {
    throw new DataError('no epoch was finished', { op, hint: 'Train for one epoch at least' });
  }
  const measured = metricsOf(runs);
  const { metrics = measured, logLoss = false } = options;
  for (const metric of metrics) {
    if (measured.includes(metric)) continue;
    throw new ArgumentError(`${metric} was not measured`, { op, hint: `There are: ${measured.join(', ')}` });
  }
  checkNotEmpty(op, metrics.length, 'metrics');
  const across = metrics.length === 4 ? 2 : Math.min(metrics.length, 3);
  const usualWidth = metrics.length === 1 ? onePanelWidth : panelWidth * across;
  const { texts, ...size } = pictureSettings(op, options, ['metrics', 'logLoss'], {
    width: usualWidth,
    height: panelHeight * Math.ceil(metrics.length / across),
  });
  const panels = metrics.map((metric) => panelOf(runs, metric, texts, logLoss && metric === 'loss'));
  const { width } = size;
  const height = options.height ?? size.height + legendHeight(panels, width);
  return new Picture({
    width,
    height,
    svg: () => linesSvg(panels, { width, height, across }),
    text: (look) => linesText(panels, look),
  });
}
