import { files } from '#files';
import { ArgumentError, DataError, FormatError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { type ByteStream, decodedPieces, decodeText } from './decode-text.ts';
import { type Cell, type Column, Table } from './table.ts';

/** One line of the file. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export interface JsonLinesOptions {
  /** Encoding by its name on the web. Default `auto`: UTF-8, or GBK; UTF-8 for a stream. */
  readonly encoding?: string;
}

function parseLine(op: string, text: string, line: number): JsonRecord | null {
  if (text.trim() === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`line ${line} is not JSON: ${(cause as Error).message}`, { op, cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonRecord;
  throw new FormatError(`line ${line} is no object`, { op, hint: 'Each line is an object: {"text": "…"}' });
}

/**
 * Reads JSON lines: a file, by its path or as bytes, that has one JSON object in each line. Empty lines are passed over.
 *
 * @throws FileError for a file that cannot be read; FormatError, with the line, for one that is no object; DataError for an empty file.
 *
 * @example
 * ```ts
 * import { readJsonLines } from 'nacre/datasets';
 * const bytes = new TextEncoder().encode('{"text":"good","label":1}\n{"text":"bad","label":0}\n');
 * const rows = await readJsonLines(bytes);
 * rows.map(({ text }) => text); // → ['good', 'bad']
 * ```
 */
export async function readJsonLines(
  source: string | Uint8Array,
  options: JsonLinesOptions = {},
): Promise<JsonRecord[]> {
  const op = 'readJsonLines';
  const { encoding = 'auto' } = optionsOf(op, options, ['encoding']);
  const name = typeof source === 'string' ? source : 'the file';
  const bytes = typeof source === 'string' ? await files.readFile(source) : source;
  const records: JsonRecord[] = [];
  decodeText(op, bytes, encoding, name)
    .split('\n')
    .forEach((text, place) => {
      const record = parseLine(op, text, place + 1);
      if (record) records.push(record);
    });
  if (records.length === 0) throw new DataError(`${name} is empty`, { op });
  return records;
}

/**
 * The objects of JSON lines larger than memory, one by one, from bytes that come in pieces. Throws as readJsonLines.
 *
 * @example
 * ```ts
 * import { jsonLines } from 'nacre/datasets';
 * const lengths: number[] = [];
 * for await (const { text } of jsonLines(new Blob(['{"text":"a"}\n{"text":"bc"}']).stream())) {
 *   lengths.push(String(text).length);
 * }
 * lengths; // → [1, 2]
 * ```
 */
export async function* jsonLines(
  stream: ByteStream,
  options: JsonLinesOptions = {},
): AsyncGenerator<JsonRecord> {
  const op = 'jsonLines';
  const { encoding = 'utf-8' } = optionsOf(op, options, ['encoding']);
  if (encoding === 'auto') {
    throw new ArgumentError('the encoding of a stream cannot be found out before it ends', { op });
  }
  let rest = '';
  let line = 0;
  for await (const piece of decodedPieces(op, stream, encoding)) {
    const parts = (rest + piece).split('\n');
    rest = parts.pop()!;
    for (const text of parts) {
      const record = parseLine(op, text, ++line);
      if (record) yield record;
    }
  }
  const last = parseLine(op, rest, line + 1);
  if (last) yield last;
  else if (line === 0) throw new DataError('the stream is empty', { op });
}

/** Cells of what a file of another format holds: whole numbers of 64 bits, dates and decimals as numbers and text. */
function cellOf(op: string, name: string, row: number, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  const kind = Array.isArray(value) || ArrayBuffer.isView(value) ? 'a list' : `an ${typeof value}`;
  throw new DataError(`column ${name} holds ${kind} in row ${row}`, {
    op,
    hint: 'A table has numbers, text, true and false. Choose other columns: { columns: [...] }',
  });
}

/**
 * Objects as a Table: their members are the columns, missing where an object lacks one.
 *
 * @throws DataError for no objects, and for members that are lists or objects.
 *
 * @example
 * ```ts
 * import { tableFromRecords } from 'nacre/datasets';
 * const table = tableFromRecords([{ x: 1, kind: 'a' }, { x: 2 }]);
 * table.column('x'); // → [1, 2]
 * table.missing(); // → { x: 0, kind: 1 }
 * ```
 */
export function tableFromRecords(
  records: readonly JsonRecord[],
  options: { readonly columns?: readonly string[] } = {},
): Table {
  const op = 'tableFromRecords';
  const { columns } = optionsOf(op, options, ['columns']);
  return tableOfRecords(op, records, columns);
}

/** The same for whoever reads records of a file. */
export function tableOfRecords(
  op: string,
  records: readonly JsonRecord[],
  columns: readonly string[] | undefined,
): Table {
  if (records.length === 0) throw new DataError('there are no records', { op });
  const names = new Set(records.flatMap((record) => Object.keys(record)));
  for (const name of columns ?? []) {
    if (names.has(name)) continue;
    throw new DataError(`no record has ${JSON.stringify(name)}`, {
      op,
      hint: `They have ${[...names].join(', ')}`,
    });
  }
  const column = (name: string): Column => {
    const cells = records.map((record, row) => cellOf(op, name, row, record[name]));
    const isNumbers = cells.every((cell) => cell === null || typeof cell === 'number');
    return isNumbers ? Float64Array.from(cells as (number | null)[], (cell) => cell ?? Number.NaN) : cells;
  };
  return new Table(new Map((columns ?? [...names]).map((name) => [name, column(name)])));
}
