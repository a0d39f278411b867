import { optionsOf } from '../base/options.ts';
import { type PublicFile, publicFile, type SourceOptions, sourceOptionNames } from './download.ts';
import { mnistFileNames, mnistFromBytes, readMnistDirectory, type TrainTest } from './mnist-files.ts';

const home = 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/';

const remote = (name: string, bytes: number, sha256: string): PublicFile => ({
  name: `${name}.gz`,
  url: `${home}${name}.gz`,
  bytes,
  sha256,
});

const remoteFiles = {
  trainImages: remote(
    mnistFileNames.trainImages,
    26_421_880,
    '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
  ),
  trainLabels: remote(
    mnistFileNames.trainLabels,
    29_515,
    'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
  ),
  testImages: remote(
    mnistFileNames.testImages,
    4_422_102,
    '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
  ),
  testLabels: remote(
    mnistFileNames.testLabels,
    5_148,
    '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
  ),
};

const classes: readonly string[] = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

const named = ({ train, test }: TrainTest): TrainTest => ({
  train: { ...train, classes },
  test: { ...test, classes },
});

/**
 * Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, 2017; MIT licence), grey pictures of 28 x 28 pixels of clothes in ten classes: 60,000 for
 * training and 10,000 for the test. From `dir`, a folder with the four IDX files; else from the cache folder, into which they are fetched
 * once (31 MB).
 *
 * @throws DataError for files that are missing or do not agree, and, where there is no network, with what to put where; FormatError for files
 * that are not IDX.
 *
 * @example
 * ```ts
 * import { fashionMnist } from 'nacre/datasets';
 * await fashionMnist({ dir: 'no-such-folder' }); // → throws FileError
 * ```
 */
export async function fashionMnist(options: SourceOptions = {}): Promise<TrainTest> {
  const op = 'fashionMnist';
  const { dir } = optionsOf(op, options, sourceOptionNames);
  if (dir !== undefined) return named(await readMnistDirectory(dir, op));
  const { trainImages, trainLabels, testImages, testLabels } = remoteFiles;
  const read = (file: PublicFile): Promise<Uint8Array> => publicFile(op, 'fashion-mnist', file, options);
  // The small ones first: without a network the message comes at once, and names a file that is quickly had.
  const bytes = {
    trainLabels: await read(trainLabels),
    testLabels: await read(testLabels),
    testImages: await read(testImages),
    trainImages: await read(trainImages),
  };
  return named(await mnistFromBytes(bytes));
}
