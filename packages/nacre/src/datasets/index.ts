export type { Pixels } from '../data/pixels.ts';
export { type Cifar10, type Cifar10Part, cifar10 } from './cifar10.ts';
export {
  type ArrowLibrary,
  type ColumnarOptions,
  type ParquetLibrary,
  readArrow,
  readParquet,
} from './columnar.ts';
export { type ColumnType, type CsvOptions, csvRows, parseCsv, readCsv } from './csv.ts';
export { decodeImage, type ImageDecoder } from './decode-image.ts';
export type { ByteStream } from './decode-text.ts';
export { type DigitImage, toMnistDigit } from './digit-image.ts';
export type { DownloadOptions, SourceOptions } from './download.ts';
export { fashionMnist } from './fashion-mnist.ts';
export { decodeIdx, encodeIdx } from './idx.ts';
export { type ImageFiles, type ImageFilesOptions, imageFiles } from './image-files.ts';
export {
  type BrokenImage,
  type ImageFolder,
  type ImageFolderOptions,
  imageFolder,
} from './image-folder.ts';
export {
  type JsonLinesOptions,
  type JsonRecord,
  jsonLines,
  readJsonLines,
  tableFromRecords,
} from './json-lines.ts';
export { type Mnist, type MnistOptions, mnist } from './mnist.ts';
export { downloadMnist, mnistCacheDirectory } from './mnist-download.ts';
export {
  type ImageSet,
  type MnistPart,
  type MnistProgress,
  mnistFromBytes,
  type TrainTest,
} from './mnist-files.ts';
export { decodePng } from './png.ts';
export { type StockOptions, type StockPrices, sp500, stockPrices } from './stocks.ts';
export { type Cell, type Column, Table, type TableDatasetOptions } from './table.ts';
export { breastCancer, iris, type TabularSet, wine } from './tabular.ts';
export { chineseReviews, type LabelledTexts, tinyShakespeare } from './texts.ts';
