export { type DigitImage, type Pixels, toMnistDigit } from './digit-image.ts';
export { decodeIdx, encodeIdx } from './idx.ts';
export { type Mnist, type MnistOptions, mnist } from './mnist.ts';
export { type DownloadOptions, downloadMnist, mnistCacheDirectory } from './mnist-download.ts';
export {
  type ImageSet,
  type MnistPart,
  type MnistProgress,
  mnistFromBytes,
  type TrainTest,
} from './mnist-files.ts';
