import { files } from '#files';
import { DataError, FormatError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { installedPackage, optionalPackage } from '../data/optional.ts';
import { type JsonRecord, tableOfRecords } from './json-lines.ts';
import type { Table } from './table.ts';

/** What Nacre asks of the npm package `hyparquet`. */
export interface ParquetLibrary {
  parquetReadObjects(options: {
    file: ArrayBuffer;
    columns?: string[];
    rowEnd?: number;
    compressors?: ParquetCompressors;
  }): Promise<JsonRecord[]>;
}

/** Unpacks parts of a Parquet file, by the names of compressions. */
type ParquetCompressors = Readonly<Record<string, (input: Uint8Array, outputLength: number) => Uint8Array>>;

/** What Nacre asks of the npm package `apache-arrow`. */
export interface ArrowLibrary {
  tableFromIPC(bytes: Uint8Array): {
    readonly schema: { readonly fields: readonly { readonly name: string; readonly type?: unknown }[] };
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
    const { message } = cause as Error;
    const isCompressed = /compression codec/.test(message);
    throw new FormatError(`${name} cannot be read as ${format}: ${message}`, {
      op,
      hint: isCompressed
        ? 'Run `npm install hyparquet-compressors`, which unpacks it'
        : `Is the file whole, and ${format}?`,
      cause,
    });
  }
  if (records.length > 0) return records;
  throw new DataError(`${name} has no rows`, { op });
}

/**
 * Reads a Parquet file, by its path or as bytes, as a Table: numbers, text, true and false, and times as ISO text. Needs the npm package
 * `hyparquet`; for compressions other than Snappy, such as ZSTD, also `hyparquet-compressors`.
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
  const more = await installedPackage<{ compressors: ParquetCompressors }>(op, 'hyparquet-compressors');
  // The whole of a buffer is read, so that a part of one is copied out of it.
  const file = bytes.slice().buffer as ArrayBuffer;
  const read = (part: { columns?: string[]; rowEnd?: number }): Promise<readonly JsonRecord[]> =>
    parsing(op, name, 'Parquet', () =>
      library.parquetReadObjects({ file, ...part, ...(more && { compressors: more.compressors }) }),
    );
  if (!columns) return tableOfRecords(op, await read({}), undefined);
  // Of a column that is not there the library says only that: the first row knows the names of all.
  const [first] = await read({ rowEnd: 1 });
  checkNames(op, name, Object.keys(first), columns);
  return tableOfRecords(op, await read({ columns: [...columns] }), columns);
}

/**
 * Reads an Arrow file or stream (IPC, also called Feather), by its path or as bytes, as a Table: numbers, text, true and false, and times
 * as ISO text. Needs the npm package `apache-arrow`.
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
  const records = await parsing(op, name, 'Arrow', () => {
    const table = library.tableFromIPC(bytes);
    // Times come as milliseconds since 1970.
    const times = table.schema.fields.filter(({ type }) => /^(Date|Timestamp)\d*</.test(String(type)));
    return table.toArray().map((row) => {
      const record: Record<string, unknown> = { ...row.toJSON() };
      for (const { name: column } of times) {
        const time = record[column];
        if (time !== null) record[column] = new Date(Number(time));
      }
      return record;
    });
  });
  if (columns) checkNames(op, name, Object.keys(records[0]), columns);
  return tableOfRecords(op, records, columns);
}

function checkNames(op: string, file: string, names: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((column) => !names.includes(column));
  if (missing.length === 0) return;
  throw new DataError(`${file} has no column ${missing.map((column) => JSON.stringify(column)).join(', ')}`, {
    op,
    hint: `It has ${names.join(', ')}`,
  });
}
