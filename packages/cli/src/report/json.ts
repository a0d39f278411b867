import { mostProbable } from './most-probable.ts';
import type {
  DeviceSummary,
  EpochResult,
  Prediction,
  Report,
  RunInfo,
  Summary,
  TestResult,
} from './types.ts';

export type JsonLine = Readonly<Record<string, unknown>> & { readonly event: string };

/** Writes one object as one line. Numbers that are not finite become null: JSON has none. */
export type WriteJson = (line: JsonLine) => void;

const deviceFields = ({ device, simd, threads }: DeviceSummary) => ({ device, simd, threads });

/** A prediction as a machine reads it, for a run and for `nacre predict` alike. */
export const predictionLine = ({ picture, probabilities, inverted }: Prediction): JsonLine => ({
  event: 'prediction',
  image: picture,
  digit: mostProbable(probabilities),
  probabilities,
  inverted,
});

/** A report for machines: one JSON object a line, the last one `done`. Steps are left out: there are thousands. */
export function createJsonReport(write: WriteJson): Report {
  return {
    begin: ({ settings, device, parameters, folder, resumed }: RunInfo) =>
      write({ event: 'begin', folder, resumed, parameters, ...settings, ...deviceFields(device) }),
    beginEpoch: () => {},
    step: () => {},
    endEpoch: (result: EpochResult) => write({ event: 'epoch', ...result }),
    stopping: () => {},
    interrupted: (folder, command) => write({ event: 'interrupted', folder, resume: command }),
    tested: ({ accuracy, loss, confusion }: TestResult) =>
      write({ event: 'test', accuracy, loss, confusion }),
    wrote: (paths) => write({ event: 'files', paths }),
    predicted: (prediction) => write(predictionLine(prediction)),
    done: ({ testAccuracy, testLoss, seconds, stepMicroseconds, device }: Summary) =>
      write({ event: 'done', testAccuracy, testLoss, seconds, stepMicroseconds, device }),
  };
}
