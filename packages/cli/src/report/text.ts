import {
  beside,
  halfBlockImage,
  probabilityBars,
  showDuration,
  showMetric,
  showPercent,
  table,
} from 'nacre/terminal';
import type { Messages } from '../i18n/index.ts';
import { EpochProgress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { mostProbable } from './most-probable.ts';
import type { Pictures } from './pictures.ts';
import type {
  DeviceSummary,
  EpochResult,
  Prediction,
  Report,
  RunInfo,
  Summary,
  TestResult,
} from './types.ts';

/** Side of the pictures of digits, in pixels. */
const imageSide = 28;

/** Columns of the picture of a digit, the bars beside it, and what lies between them. */
const besideColumns = 76;

export const showDevice = ({ device, simd, threads }: DeviceSummary, text: Messages): string =>
  text.train.device(device, simd, threads);

/** A prediction as people read it: the picture as the network sees it, ten bars, the answer. */
export function showPrediction(prediction: Prediction, text: Messages, terminal: Terminal): string[] {
  const { palette } = terminal;
  const { picture, image, inverted, probabilities } = prediction;
  const digit = mostProbable(probabilities);
  const bars = probabilityBars(probabilities, {
    labels: probabilities.map((_, index) => String(index)),
    palette,
  });
  const seen = halfBlockImage(image, imageSide, palette);
  const caption = inverted ? text.predict.asTrainedInverted : text.predict.asTrained;
  const answer = palette.bold(text.predict.answer(digit, showPercent(probabilities[digit], 1)));
  return [
    palette.bold(text.predict.heading(picture)),
    palette.dim(caption),
    ...(terminal.columns >= besideColumns
      ? beside(seen, ['', '', ...bars, '', answer])
      : [...seen, '', ...bars, '', answer]),
  ];
}

/** A report for people: headings, a progress bar, tables and drawings, in their language. */
export function createTextReport(terminal: Terminal, text: Messages, version: string): Report {
  const { palette } = terminal;
  const progress = new EpochProgress(terminal, text.train);
  let epochs = 0;

  const section = (heading: string, lines: readonly string[]): void => {
    terminal.lines('', palette.bold(heading), ...lines);
  };

  return {
    begin({ settings, device, layers, parameters, folder, resumed }: RunInfo) {
      const { train } = text;
      epochs = settings.epochs;
      const source = settings.source === 'directory' ? (settings.data ?? '') : train.sources[settings.source];
      terminal.lines(
        palette.bold(train.heading(version, showDevice(device, text))),
        ...table([
          [palette.dim(train.data), train.dataLine(settings.trainImages, settings.testImages, source)],
          ...(settings.source === 'package' ? [['', palette.dim(train.fullSetHint)]] : []),
          [palette.dim(train.network), train.networkLine(layers, parameters)],
          [
            palette.dim(train.training),
            train.trainingLine(settings.epochs, settings.batchSize, settings.lr, settings.seed),
          ],
          [palette.dim(train.folder), resumed ? train.resumed(folder) : folder],
        ]),
        '',
      );
    },

    beginEpoch: (epoch) => progress.beginEpoch(epoch, epochs),
    step: (state) => progress.step(state),

    endEpoch(result: EpochResult, stepsPerEpoch: number) {
      // Keras's names: whoever comes from there finds them.
      const numbers: readonly (readonly [name: string, value: number | undefined])[] = [
        ['loss', result.loss],
        ['accuracy', result.accuracy],
        ['val_loss', result.valLoss],
        ['val_accuracy', result.valAccuracy],
      ];
      const known = numbers.filter((entry): entry is readonly [string, number] => entry[1] !== undefined);
      const { seconds, stepMicroseconds } = result;
      progress.endEpoch({ stepsPerEpoch, seconds, stepMicroseconds, numbers: Object.fromEntries(known) });
    },

    stopping() {
      progress.leave();
      terminal.lines(palette.yellow(text.train.stopping));
    },

    interrupted(folder, command) {
      progress.leave();
      terminal.lines(text.train.interrupted(folder), `  ${palette.bold(command)}`);
    },

    tested(result: TestResult, { confusion, curves }: Pictures) {
      const { train } = text;
      const count = result.confusion.flat().reduce((sum, cell) => sum + cell, 0);
      section(train.test, [
        palette.green(train.testLine(showPercent(result.accuracy), showMetric(result.loss), count)),
      ]);
      const columns = terminal.columns - 1;
      section(train.confusion, [confusion.text({ palette, columns }) ?? '']);
      section(train.curves, [curves.text({ palette, columns }) ?? '']);
    },

    wrote: (paths) =>
      section(
        text.train.files,
        paths.map((path) => `  ${path}`),
      ),
    predicted: (prediction) => terminal.lines('', ...showPrediction(prediction, text, terminal)),
    done: ({ testAccuracy, seconds, stepMicroseconds }: Summary) =>
      terminal.lines(
        '',
        text.train.done(
          showPercent(testAccuracy),
          showDuration(seconds),
          showDuration(stepMicroseconds / 1e6),
        ),
      ),
  };
}
