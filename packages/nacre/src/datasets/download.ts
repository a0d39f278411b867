import { files } from '#files';
import { DataError, FormatError, NacreError } from '../base/errors.ts';
import { sha256 } from './checksum.ts';
import { downloadBar } from './download-bar.ts';
import type { MnistProgress } from './mnist-files.ts';

export interface DownloadOptions {
  /** Called as bytes arrive. Default: a bar on standard error, where that is a terminal. */
  readonly onProgress?: (progress: MnistProgress) => void;
  /** Used instead of the platform's `fetch`. */
  readonly fetch?: typeof fetch;
}

/** The body of a response, refused once it is longer than the file could be. */
export async function readBody(
  response: Response,
  limit: number,
  onBytes: (done: number) => void,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let done = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const next = await reader?.read();
    if (next === undefined || next.done) break;
    pieces.push(next.value);
    done += next.value.length;
    if (done > limit) {
      await reader?.cancel();
      throw new DataError(`more than ${limit} bytes came`);
    }
    onBytes(done);
  }
  const body = new Uint8Array(done);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
}

/** `fetch failed` alone helps nobody: the reason is in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

/** A file at its public home. */
export interface PublicFile {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Where to take a data set from. */
export interface SourceOptions extends DownloadOptions {
  /** A folder that has its files, plain or `.gz`. Default: the cache folder, which is filled from the network if it has to be. */
  readonly dir?: string;
}

/** The names that the options of a data set have. */
export const sourceOptionNames = ['dir', 'onProgress', 'fetch'] as const;

/** Fetches a file and holds it to its checksum. Throws a DataError that says what to do without a network. */
export async function fetchPublic(
  op: string,
  file: PublicFile,
  folder: string | undefined,
  options: DownloadOptions,
): Promise<Uint8Array> {
  const place = folder === undefined ? '' : `put ${file.name} into ${folder}, or `;
  try {
    const response = await (options.fetch ?? fetch)(file.url);
    if (!response.ok) throw new DataError(`the server answered ${response.status} ${response.statusText}`);
    const onProgress = options.onProgress ?? downloadBar();
    const bytes = await readBody(response, file.bytes, (done) =>
      onProgress?.({ stage: 'download', file: file.name, done, total: file.bytes }),
    );
    const found = await sha256(bytes);
    if (found !== file.sha256) throw new DataError(`the checksum is ${found}, not ${file.sha256}`);
    return bytes;
  } catch (cause) {
    // A failed connection is a TypeError or an AbortError, a wrong answer one of ours.
    if (!(cause instanceof TypeError || cause instanceof DOMException || cause instanceof NacreError))
      throw cause;
    throw new DataError(`${file.name} could not be fetched from ${file.url}: ${reasonOf(cause)}`, {
      op,
      hint: `Connect to the network and try again, or ${place}name a folder that has it: ${op}({ dir })`,
      cause,
    });
  }
}

/** The bytes of a data set's file: from the folder given, from the cache, or from the network and then kept in the cache. */
export async function publicFile(
  op: string,
  folder: string,
  file: PublicFile,
  options: SourceOptions,
): Promise<Uint8Array> {
  if (options.dir !== undefined) return readPlain(op, options.dir, file.name);
  const cache = files.cachePath('nacre', folder);
  const path = cache === undefined ? undefined : `${cache}/${file.name}`;
  if (path !== undefined && (await files.fileExists(path))) {
    const bytes = await files.readFile(path);
    if ((await sha256(bytes)) === file.sha256) return bytes; // otherwise it is damaged, and fetched again
  }
  const bytes = await fetchPublic(op, file, cache, options);
  if (cache !== undefined && path !== undefined) {
    await files.makeDirectory(cache);
    await files.writeFileAtomic(path, bytes);
  }
  return bytes;
}

/** A file of a folder, unpacked where only its `.gz` is there. */
export async function readPlain(op: string, dir: string, name: string): Promise<Uint8Array> {
  const path = `${dir}/${name}`;
  if (!(await files.fileExists(path)) && (await files.fileExists(`${path}.gz`))) {
    return gunzip(op, `${path}.gz`, await files.readFile(`${path}.gz`));
  }
  return files.readFile(path);
}

/** Unpacks gzip. Throws a FormatError that names the file if it is damaged. */
export async function gunzip(op: string, name: string, bytes: Uint8Array): Promise<Uint8Array> {
  const own =
    bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
  const stream = new Blob([own]).stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw new FormatError(`${name} is no gzip file, damaged or cut short`, {
      op,
      hint: 'Fetch it again',
      cause,
    });
  }
}
