import { files } from '#files';
import type { TypedArray } from '../base/dtype.ts';
import { ArgumentError } from '../base/errors.ts';
import { tensor } from '../tensor/create.ts';
import { asMap, type StateDict } from '../tensor/state-dict.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { ArrayRecord } from './arrays.ts';
import type { Lock, LockOwner } from './files.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

/** What a safetensors file held. */
export interface LoadedTensors {
  readonly tensors: StateDict;
  /** Free text by free name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes tensors, such as a model's `stateDict()`, as a safetensors file. It is put in place whole: a reader or a crash sees the old
 * file or the new one.
 *
 * @param metadata free text by free name, kept in the file's header.
 * @throws ArgumentError for what is no tensor; FileError for a file that cannot be written; see `encodeSafetensors` for names.
 *
 * @example
 * ```ts
 * import { loadSafetensors, nn, saveSafetensors } from 'nacre';
 * const model = new nn.Linear(2, 1);
 * await saveSafetensors('model.safetensors', model.stateDict(), { epoch: '3' });
 * const { metadata } = await loadSafetensors('model.safetensors');
 * metadata; // → { epoch: '3' }
 * ```
 */
export async function saveSafetensors(
  path: string,
  tensors: StateDict | ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await files.writeFileAtomic(path, await toSafetensors(tensors, metadata));
}

/**
 * The bytes of the same file, for places without files.
 *
 * @example
 * ```ts
 * import { loadSafetensors, tensor, toSafetensors } from 'nacre';
 * const bytes = await toSafetensors({ weight: tensor([1, 2]) });
 * const { tensors } = await loadSafetensors(bytes);
 * await tensors.weight.tolist(); // → [1, 2]
 * ```
 */
export async function toSafetensors(
  tensors: StateDict | ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const records = new Map<string, ArrayRecord>();
  for (const [name, value] of asMap(tensors)) {
    if (!(value instanceof Tensor)) {
      throw new ArgumentError(`'${name}' is ${value === null ? 'null' : typeof value}, expected a tensor`, {
        op: 'saveSafetensors',
      });
    }
    const { dtype, shape } = value.node;
    records.set(name, { dtype, shape, data: (await value.data()) as TypedArray });
  }
  return encodeSafetensors(records, metadata);
}

/**
 * Reads a safetensors file, from a path or its bytes.
 *
 * @throws FormatError for what is not a whole, sound safetensors file; FileError for a file that cannot be read.
 *
 * @example
 * ```ts
 * import { loadSafetensors, nn, saveSafetensors } from 'nacre';
 * const model = new nn.Linear(2, 1);
 * await saveSafetensors('linear.safetensors', model.stateDict());
 * const { tensors } = await loadSafetensors('linear.safetensors');
 * model.loadStateDict(tensors);
 * tensors.weight.shape; // → [1, 2]
 * ```
 */
export async function loadSafetensors(source: string | Uint8Array): Promise<LoadedTensors> {
  const bytes = typeof source === 'string' ? await files.readFile(source) : source;
  const { tensors, metadata } = decodeSafetensors(bytes);
  return {
    tensors: Object.fromEntries(
      [...tensors].map(([name, { data, dtype, shape }]): [string, Tensor] => [
        name,
        tensor(data, { dtype, shape }),
      ]),
    ),
    metadata,
  };
}

/**
 * Puts a whole file in place at once: a reader, or a crash, sees the old content or the new, never a part. Throws a FileError that
 * says why if it cannot; the old file is then as it was.
 *
 * @example
 * ```ts
 * import { writeFileAtomic } from 'nacre';
 * await writeFileAtomic('notes.txt', 'lr 0.1');
 * await writeFileAtomic('no/such/folder/notes.txt', ''); // → throws FileError
 * ```
 */
export const writeFileAtomic = (path: string, content: Uint8Array | string): Promise<void> =>
  files.writeFileAtomic(path, content);

/**
 * Makes a lock file, so that no two programs write to the same place: the path of a file that is not there, in a folder that is.
 * Resolves to the lock, whose `release` removes the file, or to the living process that holds it. A lock whose process has
 * ended is taken over. Throws a FileError where no file can be made.
 *
 * @example
 * ```ts
 * import { takeLock } from 'nacre';
 * const lock = await takeLock('run.lock');
 * 'release' in lock; // → true
 * const owner = await takeLock('run.lock');
 * 'pid' in owner; // → true
 * if ('release' in lock) await lock.release();
 * ```
 */
export const takeLock = (path: string): Promise<Lock | LockOwner> => files.takeLock(path);
