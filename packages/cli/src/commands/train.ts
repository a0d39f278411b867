import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TrainingState, writeFileAtomic } from 'nacre';
import type { Mnist } from 'nacre/datasets';
import { savePicture } from 'nacre/plot';
import { defaults, type OptionValues, type ValueOptionName } from '../arguments/options.ts';
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { Interrupt } from '../interrupt.ts';
import { sampleDigit } from '../package.ts';
import { createJsonReport } from '../report/json.ts';
import { drawPictures, type Pictures } from '../report/pictures.ts';
import { createTextReport } from '../report/text.ts';
import type { DeviceSummary, EpochResult, Report, Summary } from '../report/types.ts';
import { createRun, pathOfFile, type RunFolder, reopenRun } from '../run/folder.ts';
import { type RunSettings, readSettings, settingsText } from '../run/settings.ts';
import {
  countParameters,
  createNetwork,
  layersText,
  type Network,
  openDevice,
  saveNetwork,
  testNetwork,
  trainNetwork,
} from '../session.ts';
import { loadDigits, reloadDigits } from './digits.ts';
import { readDigit } from './read-digit.ts';

/** Where runs are kept: beside the user's work. */
const runsFolder = 'runs';

/** Options that decide what a run computes: a resumed run has them already. */
const fixedByRun = [
  'epochs',
  'batch-size',
  'lr',
  'seed',
  'limit',
  'name',
] as const satisfies readonly ValueOptionName[];

/** `nacre train mnist` */
export const train = (context: Context, options: OptionValues): Promise<number> =>
  runTraining(context, options, 'train mnist');

/** `nacre start`, the main job: the training, and then a picture is read. */
export const start = (context: Context, options: OptionValues): Promise<number> =>
  runTraining(context, options, 'start', sampleDigit);

/** A run that is ready to train: its folder is locked. */
interface OpenRun {
  readonly folder: RunFolder;
  readonly settings: RunSettings;
  readonly digits: Mnist;
}

/** Opens a stopped run: the folder is locked before anything in it is read. */
async function openStopped(path: string, options: OptionValues, { text }: Context): Promise<OpenRun> {
  for (const name of fixedByRun) {
    if (options[name] !== undefined)
      throw new Failure(text.usageError.fixedByRun(`--${name}`), { exitCode: 2 });
  }
  const folder = await reopenRun(path, text);
  try {
    const settings = await readSettings(path, text);
    if (!existsSync(folder.file('checkpoint'))) {
      throw new Failure(
        existsSync(folder.file('model')) ? text.runs.finished(path) : text.runs.noCheckpoint(path),
      );
    }
    return { folder, settings, digits: await reloadDigits(path, settings, options.data, text) };
  } catch (error) {
    await folder.release();
    throw error;
  }
}

/** Opens a new run: the folder is made last, so that a mistake in the options leaves nothing behind. */
async function openNew(options: OptionValues, { text }: Context): Promise<OpenRun> {
  const digits = await loadDigits(options.data, options.limit);
  const settings: RunSettings = {
    dataset: 'mnist',
    source: digits.source,
    data: options.data === undefined ? undefined : resolve(options.data),
    limit: options.limit,
    trainImages: digits.train.count,
    testImages: digits.test.count,
    epochs: options.epochs ?? defaults.epochs,
    batchSize: options['batch-size'] ?? defaults.batchSize,
    lr: options.lr ?? defaults.lr,
    seed: options.seed ?? defaults.seed,
  };
  const folder = await createRun(
    { root: runsFolder, dataset: 'mnist', name: options.name, now: new Date() },
    text,
  );
  try {
    await writeFileAtomic(folder.file('settings'), settingsText(settings));
  } catch (error) {
    await folder.release();
    throw error;
  }
  return { folder, settings, digits };
}

async function runTraining(
  context: Context,
  options: OptionValues,
  command: string,
  picture?: string,
): Promise<number> {
  const { text, json, terminal, version } = context;
  const report = json ? createJsonReport(json) : createTextReport(terminal, text, version);
  const device = openDevice(options);
  const run = await (options.resume === undefined
    ? openNew(options, context)
    : openStopped(options.resume, options, context));
  const interrupt = new Interrupt({
    source: process,
    onFirst: () => report.stopping(),
    onSecond: (exitCode) => process.exit(exitCode),
  });
  try {
    return await trainOpened(run, { context, options, command, picture, report, device, interrupt });
  } finally {
    interrupt.dispose();
    await run.folder.release();
  }
}

async function trainOpened(
  run: OpenRun,
  {
    context,
    options,
    command,
    picture,
    report,
    device,
    interrupt,
  }: {
    context: Context;
    options: OptionValues;
    command: string;
    picture: string | undefined;
    report: Report;
    device: DeviceSummary;
    interrupt: Interrupt;
  },
): Promise<number> {
  const { text } = context;
  const { folder, settings, digits } = run;
  const network = createNetwork(settings.seed);
  const resume =
    options.resume === undefined ? undefined : await TrainingState.load(folder.file('checkpoint'));
  report.begin({
    settings,
    device,
    layers: layersText,
    parameters: countParameters(network),
    folder: folder.path,
    resumed: resume !== undefined,
  });
  const save = async (state: TrainingState, history: readonly EpochResult[]): Promise<void> => {
    await state.save(folder.file('checkpoint'));
    await writeFileAtomic(folder.file('history'), historyText(history));
  };
  const { history, interrupted, diverged, state } = await trainNetwork(network, digits, settings, {
    calls: report,
    signal: interrupt.signal,
    resume,
    save,
  });
  if (diverged) throw new Failure(text.train.diverged(settings.lr));
  if (interrupted) {
    await save(state, history);
    report.interrupted(folder.path, resumeCommand(context, command, folder.path));
    return interrupt.exitCode ?? 1;
  }
  await saveNetwork(folder.file('model'), network);
  await rm(folder.file('checkpoint'), { force: true });
  report.done(await showResults({ context, report, network, run, history, picture, device: device.device }));
  return 0;
}

const historyText = (history: readonly EpochResult[]): string =>
  history.map((result) => `${JSON.stringify(result)}\n`).join('');

/** Everything after the training: the test, the drawings, the files, the picture. Gives the numbers of the last line. */
async function showResults({
  context: { text, language },
  report,
  network,
  run: { folder, digits },
  history,
  picture,
  device,
}: {
  context: Context;
  report: Report;
  network: Network;
  run: OpenRun;
  history: readonly EpochResult[];
  picture: string | undefined;
  device: string;
}): Promise<Summary> {
  const result = await testNetwork(network, digits.test);
  const pictures = drawPictures(result, history, language);
  report.tested(result, pictures);
  await writePictures(folder, pictures);
  report.wrote(
    (['model', 'history', 'curves', 'confusion'] as const).map((name) => pathOfFile(folder.path, name)),
  );
  if (picture !== undefined) report.predicted(await readDigit(network, picture, text));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    testAccuracy: result.accuracy,
    testLoss: result.loss,
    seconds: history.reduce((sum, { seconds }) => sum + seconds, 0),
    stepMicroseconds: mean(history.map(({ stepMicroseconds }) => stepMicroseconds)),
    device,
  };
}

async function writePictures(folder: RunFolder, { curves, confusion }: Pictures): Promise<void> {
  await savePicture(folder.file('curves'), curves);
  await savePicture(folder.file('confusion'), confusion);
}

/** What the user types to go on, as they started: through npm's start script, or by `nacre` itself. */
function resumeCommand({ environment }: Context, command: string, path: string): string {
  const quoted = /^[\w./\\-]+$/.test(path) ? path : JSON.stringify(path);
  return environment.npm_lifecycle_event === 'start'
    ? `npm start -- --resume ${quoted}`
    : `npx nacre ${command} --resume ${quoted}`;
}
