import { confusionMatrix, learningCurves, type Picture } from 'nacre/plot';
import type { Language } from 'nacre/terminal';
import type { EpochResult, TestResult } from './types.ts';

/** What a run came to, to be looked at: in the terminal and as files. */
export interface Pictures {
  readonly curves: Picture;
  readonly confusion: Picture;
}

export const drawPictures = (
  { confusion, labels }: TestResult,
  history: readonly EpochResult[],
  language: Language,
): Pictures => ({
  curves: learningCurves(history, { language, metrics: ['loss', 'accuracy'] }),
  confusion: confusionMatrix(confusion, labels, { language }),
});
