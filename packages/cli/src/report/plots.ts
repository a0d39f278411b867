import type { Messages } from '../i18n/index.ts';
import type { CurvePlot } from '../terminal/curves.ts';
import type { EpochResult } from './types.ts';

/** Loss and accuracy over the epochs, as both the terminal and the picture draw them. */
export function learningPlots(history: readonly EpochResult[], text: Messages): CurvePlot[] {
  const { loss, accuracy, trainCurve, validationCurve, epochAxis } = text.train;
  const plot = (title: string, train: keyof EpochResult, validation: keyof EpochResult): CurvePlot => {
    const values = (field: keyof EpochResult): number[] =>
      history.map((result) => result[field] ?? Number.NaN);
    const validated = values(validation);
    return {
      title,
      xLabel: epochAxis,
      train: { label: trainCurve, values: values(train) },
      ...(validated.some(Number.isFinite)
        ? { validation: { label: validationCurve, values: validated } }
        : {}),
    };
  };
  return [plot(loss, 'loss', 'valLoss'), plot(accuracy, 'accuracy', 'valAccuracy')];
}

/** The class with the highest probability. */
export const mostProbable = (probabilities: readonly number[]): number =>
  probabilities.indexOf(Math.max(...probabilities));
