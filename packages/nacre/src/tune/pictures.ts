import { ArgumentError, DataError } from '../base/errors.ts';
import { type DrawnLine, type DrawnPanel, headingHeight, linesSvg } from '../plot/charts/lines.ts';
import { colourAt, hexOf, sequential } from '../plot/colours.ts';
import { chosenLanguage, type Language } from '../plot/language.ts';
import { Picture, type PictureOptions, pictureSettings } from '../plot/picture.ts';
import { linesText } from '../plot/terminal/lines.ts';
import { displayWidth } from '../plot/terminal/width.ts';
import { type Parameter, scaleOf } from './parameter.ts';
import { parametersOfAll } from './point.ts';
import { costOf, type Direction, type TrialRecord } from './record.ts';
import type { Domain } from './space.ts';

/** What a search can be shown as. */
export type StudyPicture = 'history' | 'parallel' | 'slices';

export type StudyPictureOptions = Omit<PictureOptions, 'texts'>;

/** What is drawn. */
export interface Drawn {
  readonly space: Domain<unknown>;
  readonly trials: readonly TrialRecord[];
  /** The completed ones, the best first. */
  readonly ranking: readonly TrialRecord[];
  readonly direction: Direction;
}

const texts = {
  en: {
    history: 'Search: the best so far',
    parallel: 'Search: the completed trials, the darker the better',
    slices: 'Search: value by parameter',
    trial: 'trial',
    value: 'value',
    rank: 'rank',
    complete: 'complete',
    pruned: 'pruned',
    best: 'best so far',
  },
  zh: {
    history: '搜索过程：至今最好的值',
    parallel: '搜索：完成的试验，颜色越深越好',
    slices: '搜索：各参数与结果',
    trial: '试验',
    value: '结果',
    rank: '名次',
    complete: '完成',
    pruned: '提前停止',
    best: '至今最好',
  },
} as const satisfies Readonly<Record<Language, object>>;

type Texts = (typeof texts)[Language];

const makers = { history, parallel, slices };

/** Draws a search. Throws an ArgumentError for a picture that there is none of; DataError where no trial was completed. */
export function studyPicture(kind: StudyPicture, drawn: Drawn, options: StudyPictureOptions): Picture {
  const op = 'study.picture';
  if (!Object.hasOwn(makers, kind)) {
    throw new ArgumentError(`there is no picture '${String(kind)}'`, {
      op,
      hint: `Known are: ${Object.keys(makers).join(', ')}`,
    });
  }
  if (drawn.ranking.length === 0) {
    throw new DataError('no trial was completed', { op, hint: 'study.table() says what became of them' });
  }
  return makers[kind](op, drawn, options, texts[chosenLanguage(op, options.language)]);
}

/** After each of the trials, the best value there was. */
export function bestSoFar(completed: readonly TrialRecord[], direction: Direction): number[] {
  let best = completed[0].value!;
  return completed.map(({ value }) => {
    if (costOf(direction, value!) < costOf(direction, best)) best = value!;
    return best;
  });
}

/** The values in the order of the trials, and the best of those so far. */
function history(
  op: string,
  { trials, direction }: Drawn,
  options: StudyPictureOptions,
  text: Texts,
): Picture {
  const { width, height } = pictureSettings(op, options, [], { width: 720, height: 440 });
  const dots = (state: 'complete' | 'pruned', colour: string): DrawnLine[] => {
    const own = trials.filter((trial) => trial.state === state);
    if (own.length === 0) return [];
    const x = own.map(({ number }) => number);
    return [{ label: text[state], x, y: own.map(({ value }) => value!), isScattered: true, size: 6, colour }];
  };
  const completed = trials.filter(({ state }) => state === 'complete');
  // The best stays the best up to the last trial.
  const [x, y] = [completed.map(({ number }) => number), bestSoFar(completed, direction)];
  const last = trials.at(-1)!.number;
  if (last > x.at(-1)!) {
    x.push(last);
    y.push(y.at(-1)!);
  }
  const panel: DrawnPanel = {
    title: options.title ?? text.history,
    xLabel: text.trial,
    yLabel: text.value,
    isWholeX: true,
    lines: [
      { label: text.best, x, y, hasSymbols: false, colour: '#0072b2' },
      ...dots('complete', '#e69f00'),
      ...dots('pruned', '#999999'),
    ],
  };
  return new Picture({
    width,
    height,
    svg: () => linesSvg([panel], { width, height, across: 1 }),
    text: (look) => linesText([panel], { rows: 12, ...look }),
  });
}

const parametersOf = ({ space, ranking }: Drawn): Map<string, Parameter> =>
  parametersOfAll(
    space,
    ranking.map(({ point }) => point),
  );

/**
 * Each completed trial as a line through its place on the scale of every parameter, to its rank: 1 above for the best. It passes by
 * what it does not have.
 */
function parallel(op: string, drawn: Drawn, options: StudyPictureOptions, text: Texts): Picture {
  const parameters = parametersOf(drawn);
  const names = [...parameters.keys(), text.rank];
  // Room for each of the names, which would else be left out.
  const each = Math.max(...names.map((name) => displayWidth(name))) * 7 + 32;
  const usual = { width: Math.max(720, 100 + each * names.length), height: 440 };
  const { width, height } = pictureSettings(op, options, [], usual);
  const { ranking } = drawn;
  const lines = ranking
    .map((trial, rank): DrawnLine => {
      const merit = ranking.length === 1 ? 1 : 1 - rank / (ranking.length - 1);
      const points = [...parameters].flatMap(([path, parameter], place): [number, number][] =>
        path in trial.point ? [[place, scaleOf(parameter, trial.point[path])]] : [],
      );
      points.push([parameters.size, merit]);
      return {
        label: '',
        x: points.map(([place]) => place),
        y: points.map(([, scale]) => scale),
        colour: hexOf(colourAt(sequential, 0.25 + 0.75 * merit)),
        size: rank === 0 ? 4 : 1.5,
        hasSymbols: rank === 0,
      };
    })
    .reverse(); // the best lies above the others
  const panel: DrawnPanel = {
    title: options.title ?? text.parallel,
    xLabel: '',
    xNames: names,
    yRange: [0, 1],
    lines,
  };
  return new Picture({ width, height, svg: () => linesSvg([panel], { width, height, across: 1 }) });
}

/** The value over each parameter, a panel for each; a logarithmic scale is drawn as the exponent of ten. */
function slices(op: string, drawn: Drawn, options: StudyPictureOptions, text: Texts): Picture {
  const parameters = [...parametersOf(drawn)];
  const across = Math.min(3, parameters.length);
  const rows = Math.ceil(parameters.length / across);
  const { width, height } = pictureSettings(op, options, [], {
    width: Math.max(480, 340 * across),
    height: 300 * rows + headingHeight,
  });
  const panels = parameters.map(([path, parameter], index): DrawnPanel => {
    const own = drawn.ranking.filter(({ point }) => path in point);
    const isLog = parameter.kind === 'number' && parameter.log;
    return {
      title: '',
      xLabel: isLog ? `log₁₀ ${path}` : path,
      yLabel: index % across === 0 ? text.value : undefined,
      isWholeX: own.every(({ point }) => Number.isInteger(point[path])) && !isLog,
      ...(parameter.kind === 'choice' ? { xNames: parameter.labels } : {}),
      lines: [
        {
          label: '',
          x: own.map(({ point }) => (isLog ? Math.log10(point[path]) : point[path])),
          y: own.map(({ value }) => value!),
          isScattered: true,
          size: 7,
          colour: '#0072b2',
        },
      ],
    };
  });
  return new Picture({
    width,
    height,
    svg: () => linesSvg(panels, { width, height, across, heading: options.title ?? text.slices }),
    text: (look) => linesText(panels, look),
  });
}
