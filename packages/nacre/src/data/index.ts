export { DataLoader, type DataLoaderOptions } from './data-loader.ts';
export {
  ArrayDataset,
  type ArrayDatasetOptions,
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
export { type SplitOptions, trainTestSplit } from './split.ts';
