export * as audio from './audio/index.ts';
export { AugmentedDataset, type AugmentedDatasetOptions } from './augmented-dataset.ts';
export { DataLoader, type DataLoaderOptions, type LoadableData, type LoadedBatch } from './data-loader.ts';
export {
  ArrayDataset,
  type ArrayDatasetOptions,
  type AsyncDataset,
  type Data,
  type Dataset,
  type Example,
  type ExampleValues,
  imageDataset,
  type LabelledImages,
  Subset,
  TensorDataset,
} from './dataset.ts';
export type { FieldData } from './field.ts';
export { type ExampleGenerator, IterableDataset, type IterableDatasetOptions } from './iterable-dataset.ts';
export { LabelEncoder, type Labels } from './labels.ts';
export { ModuleDataset, type ModuleDatasetOptions, moduleDataset } from './module-dataset.ts';
export { type PadOptions, padSequences } from './pad.ts';
export {
  type BatchesSampler,
  BatchSampler,
  type BatchSamplerOptions,
  RandomSampler,
  type RandomSamplerOptions,
  type Sampler,
  SequentialSampler,
  StratifiedSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from './samplers.ts';
export { type ColumnChoice, MinMaxScaler, RobustScaler, StandardScaler } from './scalers.ts';
export {
  type Fold,
  type KFoldOptions,
  kFold,
  type RandomSplitOptions,
  randomSplit,
  type SplitOptions,
  type TrainValTestOptions,
  trainTestSplit,
  trainValTestSplit,
} from './split.ts';
export {
  PretrainedTokenizer,
  type PretrainedTokenizerOptions,
  pretrainedTokenizer,
  type TokenizersLibrary,
} from './text/pretrained.ts';
export {
  type DecodeOptions,
  type EncodeOptions,
  type TextTokenizer,
  Tokenizer,
  type TokenizerData,
  type TokenizerOptions,
} from './text/tokenizer.ts';
export {
  type SpecialTokens,
  Vocabulary,
  type VocabularyData,
  type VocabularyOptions,
} from './text/vocabulary.ts';
export * as transforms from './transforms/index.ts';
export { type SlidingWindowOptions, SlidingWindows, slidingWindows } from './windows.ts';
