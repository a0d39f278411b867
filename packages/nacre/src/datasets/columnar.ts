import { files } from '#files';
import { DataError, FormatError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { optionalPackage } from '../data/optional.ts';
import { type JsonRecord, tableFromRecords } from './json-lines.ts';
import type { Table } from './table.ts';

/** What Nacre asks of the npm package `hyparquet`. */
export interface ParquetLibrary {
  parquetReadObjects(options: { file: ArrayBuffer; columns?: string[] }): Promise<JsonRecord[]>;
}

/** What Nacre asks of the npm package `apache-arrow`. */
export interface ArrowLibrary {
  tableFromIPC(bytes: Uint8Array): {
    readonly schema: { readonly fields: readonly { readonly name: string }[] };
    toArray(): readonly { toJSON(): JsonRecord }[];
  };
}

export interface ColumnarOptions<Library> {
  /** Columns to read. Default: all. */
  readonly columns?: readonly string[];
  /** The module that reads the format. Default: the installed one. */
  readonly library?: Library;
}

interface Opened<Library> {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly library: Library;
  readonly columns: readonly string[] | undefined;
}

async function open<Library>(
  op: string,
  packageName: string,
  source: string | Uint8Array,
  options: ColumnarOptions<Library>,
): Promise<Opened<Library>> {
  const { columns, library: given } = optionsOf(op, options, ['columns', 'library']);
  const name = typeof source === 'string' ? source : 'the file';
  const bytes = typeof source === 'string' ? await files.readFile(source) : source;
  const library = await optionalPackage(op, packageName, given);
  if (bytes.length === 0) throw new DataError(`${name} is empty`, { op });
  return { name, bytes, library, columns };
}

/** The rows. What a library's parser throws becomes a FormatError that names the file. */
async function parsing(
  op: string,
  name: string,
  format: string,
  parse: () => readonly JsonRecord[] | Promise<readonly JsonRecord[]>,
): Promise<readonly JsonRecord[]> {
  let records: readonly JsonRecord[];
  try {
    records = await parse();
  } catch (cause) {
    throw new FormatError(`${name} cannot be read as ${format}: ${(cause as Error).message}`, { op, cause });
  }
  if (records.length > 0) return records;
  throw new DataError(`${name} has no rows`, { op });
}

/**
 * Reads a Parquet file, by its path or as bytes, as a Table. Needs the npm package `hyparquet`.
 *
 * @throws DataError if the package is not installed, for no rows, missing columns, and columns of lists; FormatError for what is no Parquet.
 *
 * @example
 * ```ts
 * import { readParquet } from 'nacre/datasets';
 * await readParquet('missing.parquet'); // → throws FileError
 * ```
 */
export async function readParquet(
  source: string | Uint8Array,
  options: ColumnarOptions<ParquetLibrary> = {},
): Promise<Table> {
  const op = 'readParquet';
  const { name, bytes, library, columns } = await open(op, 'hyparquet', source, options);
  // The whole of a buffer is read, so that a part of one is copied out of it.
  const file = bytes.slice().buffer as ArrayBuffer;
  const records = await parsing(op, name, 'Parquet', () =>
    library.parquetReadObjects({ file, columns: columns && [...columns] }),
  );
  return tableFromRecords(records, { columns });
}

/**
 * Reads an Arrow file or stream (IPC, also called Feather), by its path or as bytes, as a Table. Needs the npm package `apache-arrow`.
 *
 * @throws as readParquet.
 *
 * @example
 * ```ts
 * import { readArrow } from 'nacre/datasets';
 * await readArrow('missing.arrow'); // → throws FileError
 * ```
 */
export async function readArrow(
  source: string | Uint8Array,
  options: ColumnarOptions<ArrowLibrary> = {},
): Promise<Table> {
  const op = 'readArrow';
  const { name, bytes, library, columns } = await open(op, 'apache-arrow', source, options);
  const records = await parsing(op, name, 'Arrow', () =>
    library
      .tableFromIPC(bytes)
      .toArray()
      .map((row) => row.toJSON()),
  );
  return tableFromRecords(records, { columns });
}
