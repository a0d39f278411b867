import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { checkSeed, checkWhole } from '../data/checks.ts';
import { DataLoader } from '../data/data-loader.ts';
import { IterableDataset } from '../data/iterable-dataset.ts';
import { orderAsIs, shuffledOrder } from '../data/order.ts';
import { type ExampleSource, selectedSource } from '../data/source.ts';
import type { Module } from '../nn/module.ts';
import { Optimizer } from '../optim/optimizer.ts';
import { platform } from '../tensor/engine.ts';
import { getRngState } from '../tensor/generator.ts';
import type { TrainingOptimizer } from './callbacks/callback.ts';
import { type BatchedData, evenBatchSize, type Feed, IndexedFeed, openFeed } from './feed.ts';
import type { FitOptions } from './fit.ts';
import { checkPrecision } from './precision.ts';

const op = 'fit';

const names = [
  'optimizer',
  'loss',
  'metrics',
  'epochs',
  'batchSize',
  'validation',
  'validationSplit',
  'shuffle',
  'seed',
  'classWeight',
  'sampleWeight',
  'gradientAccumulation',
  'clipGradNorm',
  'clipGradValue',
  'precision',
  'lrScheduler',
  'callbacks',
  'signal',
  'resume',
  'verbose',
];

const withDefaults = (options: FitOptions) => ({
  ...options,
  epochs: options.epochs ?? 1,
  shuffle: options.shuffle ?? true,
  seed: options.seed ?? getRngState().seed,
  gradientAccumulation: options.gradientAccumulation ?? 1,
  precision: options.precision ?? 'float32',
  callbacks: options.callbacks ?? [],
  verbose: options.verbose ?? platform.name === 'node',
});

export type CheckedOptions = ReturnType<typeof withDefaults>;

/** The options of `fit` with their defaults. Throws an ArgumentError for those that do not fit the model, the data or each other. */
export function checkedOptions(model: Module, data: BatchedData, options: FitOptions): CheckedOptions {
  optionsOf(op, options, names);
  const filled = withDefaults(options);
  const { optimizer, epochs, seed, gradientAccumulation, clipGradNorm, clipGradValue, precision } = filled;
  checkWhole(op, 'epochs', epochs, 1);
  checkTrains(optimizer, model);
  checkSeed(op, seed);
  checkWhole(op, 'gradientAccumulation', gradientAccumulation, 1);
  checkLimit('clipGradNorm', clipGradNorm);
  checkLimit('clipGradValue', clipGradValue);
  if (clipGradNorm !== undefined && clipGradValue !== undefined) {
    throw new ArgumentError('clipGradNorm and clipGradValue were both given', { op, hint: 'Choose one' });
  }
  if (options.shuffle && (data instanceof DataLoader || data instanceof IterableDataset)) {
    throw new ArgumentError(
      `shuffle was given beside ${data instanceof DataLoader ? 'a DataLoader' : 'an IterableDataset'}`,
      {
        op,
        hint: 'Shuffle where the batches are made: new DataLoader(data, { shuffle: true }), new IterableDataset(make, { shuffleBuffer: 10_000 })',
      },
    );
  }
  checkPrecision(op, precision);
  if (precision === 'float16' && !(optimizer instanceof Optimizer)) {
    throw new ArgumentError(
      "precision 'float16' leaves out steps that overflow, which is for optimizers of optim",
      {
        op,
        hint: "Take one of those, or precision: 'bfloat16'",
      },
    );
  }
  return filled;
}

/** Refuses an optimizer that was made for another model: the training would change nothing. */
function checkTrains(optimizer: TrainingOptimizer, model: Module): void {
  if (typeof optimizer?.step !== 'function') {
    throw new ArgumentError('there is no optimizer', {
      op,
      hint: 'Give { optimizer: new optim.Adam(model.parameters()) }',
    });
  }
  if (typeof model?.parameters !== 'function') {
    throw new ArgumentError('the model is no nn.Module', {
      op,
      hint: 'Give an nn.Sequential, or an object of a class that extends nn.Module',
    });
  }
  const { groups } = optimizer;
  const own = new Set(model.parameters());
  if (!groups || groups.some(({ params }) => params.some((parameter) => own.has(parameter)))) return;
  throw new ArgumentError("the optimizer has none of the model's parameters", {
    op,
    hint: 'Make it for this model: new optim.Adam(model.parameters())',
  });
}

function checkLimit(name: string, limit: number | undefined): void {
  if (limit === undefined || limit > 0) return;
  throw new ArgumentError(`${name} is a number above zero, got ${limit}`, {
    op,
    hint: 'Leave it out for no limit',
  });
}

/** Where the batches to train with, and those to measure with, come from. */
export interface TrainingFeeds {
  readonly train: Feed;
  readonly validation: Feed | null;
}

export function openFeeds(data: BatchedData, options: CheckedOptions): TrainingFeeds {
  const { batchSize, sampleWeight, shuffle, seed, validation, validationSplit } = options;
  const train = openFeed(op, data, {
    batchSize,
    sampleWeight,
    seed: shuffle ? seed : null,
    defaultBatchSize: () => 32,
  });
  const measured = { defaultBatchSize: evenBatchSize };
  if (validationSplit === undefined) {
    return { train, validation: validation ? openFeed(op, validation, measured) : null };
  }
  if (validation) {
    throw new ArgumentError('validation and validationSplit were both given', { op, hint: 'Choose one' });
  }
  if (!train.source) {
    throw new ArgumentError('validationSplit is for examples that can be asked for by their index', {
      op,
      hint: 'Give other data as validation',
    });
  }
  const [rest, split] = splitSource(train.source, validationSplit, shuffle ? seed : null);
  return {
    train: new IndexedFeed(rest, train.batchSize, shuffle ? seed : null),
    validation: new IndexedFeed(split, evenBatchSize(split.length)),
  };
}

/** The examples in two parts: `part` of them stand second, drawn by the seed, or the last ones if it is null. */
function splitSource(
  source: ExampleSource,
  part: number,
  seed: number | null,
): [ExampleSource, ExampleSource] {
  const { length } = source;
  const count = Math.round(length * part);
  if (!(part > 0 && part < 1) || count < 1 || count >= length) {
    throw new ArgumentError(`validationSplit ${part} leaves a part of ${length} examples empty`, {
      op,
      hint: 'Give a fraction between 0 and 1, such as 0.2',
    });
  }
  // Epochs count from 1, so that this order is none of theirs.
  const order = seed === null ? orderAsIs(length) : shuffledOrder(length, seed, 0);
  return [
    selectedSource(source, order.subarray(0, length - count)),
    selectedSource(source, order.subarray(length - count)),
  ];
}
