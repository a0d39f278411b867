import { ArgumentError, IndexError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { meanOf, pooled } from './class-metric.ts';
import { type ClassScores, countsOfMatrix, scoresOf } from './class-scores.ts';
import { checkLengths, type Numbers, numbersOf } from './numbers.ts';

export interface ReportOptions {
  /** Names of the classes, or how many there are. Default: as many as the labels show, by their numbers. */
  readonly classes?: readonly string[] | number;
  /** How much each example counts. Default: all alike. */
  readonly sampleWeight?: Numbers;
  /** The value of what cannot be divided. Default 0. */
  readonly zeroDivision?: number;
}

export interface ReportTextOptions {
  /** Digits behind the point. Default 2. */
  readonly digits?: number;
  /** Language of the headings. Default 'en'. */
  readonly lang?: 'en' | 'zh';
}

/** The scores of a class under its name. */
export interface NamedScores extends ClassScores {
  readonly name: string;
}

const headings = {
  en: {
    columns: ['precision', 'recall', 'f1-score', 'support'],
    accuracy: 'accuracy',
    macro: 'macro avg',
    weighted: 'weighted avg',
  },
  zh: {
    columns: ['精确率', '召回率', 'F1 值', '样本数'],
    accuracy: '准确率',
    macro: '宏平均',
    weighted: '加权平均',
  },
} as const;

/** Columns of a terminal that a text takes: Chinese characters take two. */
const widthOf = (text: string): number =>
  [...text].reduce(
    (width, character) =>
      width +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
        character,
      )
        ? 2
        : 1),
    0,
  );

const alignRight = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - widthOf(text))) + text;

/**
 * Precision, recall and F1 of every class and on average: as numbers, and as a table by `text`.
 *
 * Formula: precision = TP / (TP + FP), recall = TP / (TP + FN), f1 = 2·TP / (2·TP + FN + FP)
 *
 * Shapes: C lists of C counts, C names → the scores of C classes
 *
 * @example
 * ```ts
 * import { ClassificationReport } from 'nacre';
 * const report = new ClassificationReport([[1, 1], [0, 2]], ['cat', 'dog']);
 * report.accuracy; // → 0.75
 * report.weighted; // → { precision: 0.833, recall: 0.75, f1: 0.733, support: 4 }
 * ```
 */
export class ClassificationReport {
  readonly classes: readonly NamedScores[];
  readonly accuracy: number;
  /** Means over the classes. */
  readonly macro: ClassScores;
  /** Means weighted by the support of the classes. */
  readonly weighted: ClassScores;

  /** @param counts `counts[actual][predicted]`, as a ConfusionMatrix has them. */
  constructor(counts: readonly (readonly number[])[], names: readonly string[], zeroDivision = 0) {
    const byClass = countsOfMatrix(counts);
    const { hits, actual } = pooled(byClass);
    this.classes = byClass.map((count, i) => ({ name: names[i], ...scoresOf(count, zeroDivision) }));
    this.accuracy = hits / actual;
    const average = (weights?: readonly number[]): ClassScores => {
      const mean = (score: 'precision' | 'recall' | 'f1'): number =>
        meanOf(
          this.classes.map((scores) => scores[score]),
          weights,
        );
      return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1'), support: actual };
    };
    this.macro = average();
    this.weighted = average(byClass.map((count) => count.actual));
  }

  /** The table of scikit-learn's `classification_report`, in English or Chinese. */
  text({ digits = 2, lang = 'en' }: ReportTextOptions = {}): string {
    const words = headings[lang];
    if (!words)
      throw new ArgumentError(`there is no language '${String(lang)}'`, {
        op: 'text',
        hint: "Give 'en' or 'zh'",
      });
    const names = this.classes.map(({ name }) => name);
    const width = Math.max(...[...names, words.macro, words.weighted, words.accuracy].map(widthOf), digits);
    const row = (name: string, ...cells: readonly string[]): string =>
      `${alignRight(name, width)} ${cells.map((cell) => ` ${alignRight(cell, 9)}`).join('')}`;
    const support = (count: number): string =>
      Number.isInteger(count) ? String(count) : count.toFixed(digits);
    const scores = (name: string, { precision, recall, f1, support: count }: ClassScores): string =>
      row(name, ...[precision, recall, f1].map((score) => score.toFixed(digits)), support(count));
    return [
      row('', ...words.columns),
      '',
      ...this.classes.map((one) => scores(one.name, one)),
      '',
      row(words.accuracy, '', '', this.accuracy.toFixed(digits), support(this.macro.support)),
      scores(words.macro, this.macro),
      scores(words.weighted, this.weighted),
      '',
    ].join('\n');
  }

  toString(): string {
    return this.text();
  }
}

/**
 * Precision, recall, F1 and support of every class, and their means, as numbers and as a table. Agrees with scikit-learn's
 * `classification_report` (with `labels` of all classes). From a ConfusionMatrix: `matrix.report()`.
 *
 * Throws a DataError for no labels and lists of different lengths, an IndexError for a label outside the classes.
 *
 * Formula: precision = TP / (TP + FP), recall = TP / (TP + FN), f1 = 2·TP / (2·TP + FN + FP)
 *
 * Shapes: predicted labels [N], actual labels [N] → the scores of C classes
 *
 * @example
 * ```ts
 * import { classificationReport } from 'nacre';
 * const report = classificationReport([0, 1, 1, 1], [0, 0, 1, 1], { classes: ['cat', 'dog'] });
 * report.classes[0]; // → { name: 'cat', precision: 1, recall: 0.5, f1: 0.667, support: 2 }
 * report.macro; // → { precision: 0.833, recall: 0.75, f1: 0.733, support: 4 }
 * report.text({ lang: 'zh' }).split('\n')[2].trim(); // → 'cat       1.00      0.50      0.67         2'
 * ```
 */
export function classificationReport(
  predicted: Numbers,
  actual: Numbers,
  options?: ReportOptions,
): ClassificationReport {
  const op = 'classificationReport';
  const { classes, sampleWeight, zeroDivision } = optionsOf(op, options, [
    'classes',
    'sampleWeight',
    'zeroDivision',
  ]);
  const taken = numbersOf(op, 'predictions', predicted);
  const given = numbersOf(op, 'labels', actual);
  const weights = sampleWeight === undefined ? null : numbersOf(op, 'weights', sampleWeight);
  checkLengths(op, { predictions: taken, labels: given, weights });
  const largest = Math.max(
    taken.reduce((most, label) => Math.max(most, label), 0),
    given.reduce((most, label) => Math.max(most, label), 0),
  );
  const names = Array.isArray(classes) ? (classes as readonly string[]) : null;
  const count = names?.length ?? (classes as number | undefined) ?? largest + 1;
  for (const [what, labels] of [
    ['label', given],
    ['prediction', taken],
  ] as const) {
    labels.forEach((label, example) => {
      if (Number.isInteger(label) && label >= 0 && label < count) return;
      throw new IndexError(`the ${what} of example ${example} is ${label}, outside 0 to ${count - 1}`, {
        op,
        hint: 'Labels count from 0',
      });
    });
  }
  const counts = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  given.forEach((label, example) => {
    counts[label][taken[example]] += weights ? weights[example] : 1;
  });
  return new ClassificationReport(counts, names ?? counts.map((_, label) => String(label)), zeroDivision);
}
