import { existsSync } from 'node:fs';
import type { OptionValues } from '../arguments/options.ts';
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { predictionLine } from '../report/json.ts';
import { showPrediction } from '../report/text.ts';
import { checkIsRun, pathOfFile } from '../run/folder.ts';
import { loadNetwork, openDevice } from '../session.ts';
import { readDigit } from './read-digit.ts';

/** `nacre predict RUN IMAGE`: which digit a picture shows, with the network of a run. */
export async function predict(
  { text, terminal, json }: Context,
  folder: string,
  picture: string,
  options: OptionValues,
): Promise<number> {
  await checkIsRun(folder, text);
  const model = pathOfFile(folder, 'model');
  if (!existsSync(model)) throw new Failure(text.runs.noModel(folder));
  openDevice(options);
  const prediction = await readDigit(await loadNetwork(model), picture, text);
  if (json) json(predictionLine(prediction));
  else terminal.lines(...showPrediction(prediction, text, terminal));
  return 0;
}
