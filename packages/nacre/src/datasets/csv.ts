import { files } from '#files';
import { ArgumentError, DataError } from '../base/errors.ts';
import { nearestName, optionsOf } from '../base/options.ts';
import { type CsvField, CsvParser, type CsvRecord } from './csv-parser.ts';
import { type ByteStream, decodedPieces, decodeText } from './decode-text.ts';
import { type Cell, type Column, Table } from './table.ts';

/** What a column holds. */
export type ColumnType = 'number' | 'string' | 'boolean';

export interface CsvOptions {
  /** What parts the fields. Default: comma, semicolon, tab or |, whichever the first line has most of. */
  readonly delimiter?: string;
  /** Whether the first record names the columns; or the names, for a file without them. Default: yes. */
  readonly header?: boolean | readonly string[];
  /** Columns that must be there; the others are not read. Default: all. */
  readonly columns?: readonly string[];
  /** What columns hold. Default: found out: numbers if all that is not missing are, true/false, else text. */
  readonly types?: Readonly<Record<string, ColumnType>>;
  /** Text that means a value is missing, where it is not in quotes. Default: empty, NA, N/A, NaN, null and None. */
  readonly missing?: readonly string[];
  /** Encoding by its name on the web, such as `gbk`. Default `auto`: by the byte order mark, UTF-8, or GBK. */
  readonly encoding?: string;
}

const optionNames = ['delimiter', 'header', 'columns', 'types', 'missing', 'encoding'] as const;
const defaultMissing: readonly string[] = ['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None'];

/** A decimal number as programs write it, or an infinity. No thousands separators: what they mean depends on the country. */
const numberText = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf(?:inity)?)$/i;
const toNumber = (text: string): number =>
  /inf/i.test(text)
    ? text.startsWith('-')
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
    : Number(text);
const booleanText: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
]);

/**
 * Reads a CSV file: a path, or bytes. Columns of numbers, of true and false, and of text are told apart unless `types` says.
 *
 * @throws FileError for a file that cannot be read; FormatError for quotes that are not closed and for mixed encodings; DataError for an empty
 * file, missing columns, rows of another length and values that are not of the type given, with the line.
 *
 * @example
 * ```ts
 * import { readCsv } from 'nacre/datasets';
 * const table = await readCsv(new TextEncoder().encode('date,close\n2024-01-02,185.5\n'));
 * table.row(0); // → { date: '2024-01-02', close: 185.5 }
 * ```
 */
export async function readCsv(source: string | Uint8Array, options: CsvOptions = {}): Promise<Table> {
  const op = 'readCsv';
  const { encoding = 'auto' } = optionsOf(op, options, optionNames);
  const name = typeof source === 'string' ? source : 'the file';
  const bytes = typeof source === 'string' ? await files.readFile(source) : source;
  return tableOf(op, name, decodeText(op, bytes, encoding, name), options);
}

/**
 * Reads CSV text. Throws as readCsv.
 *
 * @example
 * ```ts
 * import { parseCsv } from 'nacre/datasets';
 * const table = parseCsv('name;score\n"Li, Hua";1.5\nZhao;NA\n');
 * table.column('name'); // → ['Li, Hua', 'Zhao']
 * table.column('score'); // → [1.5, NaN]
 * parseCsv('a,b\n1,2\n').column('c'); // → throws DataError: there is no column "c"
 * ```
 */
export function parseCsv(text: string, options: CsvOptions = {}): Table {
  const op = 'parseCsv';
  return tableOf(op, 'the text', text, optionsOf(op, options, optionNames));
}

/** The delimiter that the first line has most of, outside of quotes. */
function guessDelimiter(text: string): string {
  const line = /^[^\r\n]*/.exec(text)![0].replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t', '|'].map((delimiter) => [line.split(delimiter).length, delimiter] as const);
  return counts.reduce((best, next) => (next[0] > best[0] ? next : best))[1];
}

function tableOf(op: string, name: string, text: string, options: CsvOptions): Table {
  const parser = new CsvParser(op, options.delimiter ?? guessDelimiter(text.replace(/^\s+/, '')));
  const reader = new RecordReader(op, name, options);
  const rows: (readonly CsvField[])[] = [];
  const lines: number[] = [];
  const add = (record: CsvRecord): void => {
    const row = reader.row(record);
    if (!row) return;
    rows.push(row);
    lines.push(record.line);
  };
  for (const record of parser.push(text)) add(record);
  const last = parser.end();
  if (last) add(last);
  const { names } = reader;
  if (rows.length === 0) {
    throw new DataError(
      `${name} has no rows${names.some((each) => each.trim() !== '') ? ' below the names of its columns' : ': it is empty'}`,
      { op },
    );
  }
  return new Table(
    new Map(
      names.map((column, place) => [
        column,
        reader.column(
          column,
          rows.map((row) => row[place]),
          lines,
        ),
      ]),
    ),
  );
}

/** Understands records: which fields are columns, and what they hold. */
class RecordReader {
  readonly #op: string;
  readonly #name: string;
  readonly #options: CsvOptions;
  readonly #missing: ReadonlySet<string>;
  /** Number of fields of every record. */
  #width = 0;
  /** The places of the columns that are read; null before the names are known. */
  #places: readonly number[] | null = null;
  names: readonly string[] = [];

  constructor(op: string, name: string, options: CsvOptions) {
    this.#op = op;
    this.#name = name;
    this.#options = options;
    this.#missing = new Set(options.missing ?? defaultMissing);
  }

  /** The fields of a record that are read; null for the record that names the columns. */
  row({ fields, line }: CsvRecord): readonly CsvField[] | null {
    if (!this.#places) {
      const { header = true } = this.#options;
      const all =
        header === true
          ? fields.map(({ text }) => text.trim())
          : header === false
            ? fields.map((_, place) => `column${place}`)
            : header;
      this.#setNames(all);
      if (header === true) return null;
    }
    if (fields.length !== this.#width) {
      throw new DataError(
        `${this.#name} has ${fields.length} fields in line ${line} where there are ${this.#width} columns`,
        {
          op: this.#op,
          hint: 'A field that holds the delimiter is to stand in quotes; or give the { delimiter }',
        },
      );
    }
    return this.#places!.map((place) => fields[place]);
  }

  #setNames(all: readonly string[]): void {
    const twice = all.find((name, place) => all.indexOf(name) !== place);
    if (twice !== undefined) {
      throw new DataError(`${this.#name} has two columns ${JSON.stringify(twice)}`, {
        op: this.#op,
        hint: 'Name them yourself: { header: [...] }; of a file without names in its first line too',
      });
    }
    const { columns = all, types = {} } = this.#options;
    for (const wanted of [...columns, ...Object.keys(types)]) {
      if (all.includes(wanted)) continue;
      const nearest = nearestName(wanted, all);
      throw new DataError(`${this.#name} has no column ${JSON.stringify(wanted)}`, {
        op: this.#op,
        hint: `${nearest ? `Is it ${JSON.stringify(nearest)}? ` : ''}Its columns are ${all.join(', ')}`,
      });
    }
    this.#width = all.length;
    this.names = columns;
    this.#places = columns.map((name) => all.indexOf(name));
  }

  /** The values of a column's fields. */
  column(name: string, fields: readonly CsvField[], lines: readonly number[]): Column {
    const type = this.#options.types?.[name] ?? this.#typeOf(fields);
    const cells = fields.map((field, row) => this.cell(name, field, type, lines[row]));
    if (type !== 'number') return cells;
    return Float64Array.from(cells as readonly (number | null)[], (cell) => cell ?? Number.NaN);
  }

  isMissing(field: CsvField): boolean {
    return !field.quoted && this.#missing.has(field.text.trim());
  }

  /** Numbers if every field that is not missing is one, and one is there at all. */
  #typeOf(fields: readonly CsvField[]): ColumnType {
    const present = fields.filter((field) => !this.isMissing(field));
    if (present.length === 0) return 'number';
    const isAll = (test: (text: string) => boolean): boolean =>
      present.every(({ text, quoted }) => !quoted && test(text.trim()));
    if (isAll((text) => numberText.test(text))) return 'number';
    return isAll((text) => booleanText.has(text)) ? 'boolean' : 'string';
  }

  /** The value of a field. Throws a DataError with the line if it is not of the type. */
  cell(name: string, field: CsvField, type: ColumnType | undefined, line: number): Cell {
    if (this.isMissing(field)) return null;
    if (type === 'string') return field.text;
    const text = field.text.trim();
    if (type !== 'boolean' && numberText.test(text)) return toNumber(text);
    if (type !== 'number' && booleanText.has(text)) return booleanText.get(text)!;
    if (type === undefined) return field.text;
    throw new DataError(`column ${name} holds ${JSON.stringify(field.text)} in line ${line}, no ${type}`, {
      op: this.#op,
      hint: `Say that it is missing: { missing: [${JSON.stringify(field.text)}] }, or correct the file`,
    });
  }
}

/**
 * The rows of CSV larger than memory, one by one, from bytes that come in pieces: Node's `createReadStream(path)`, a browser's
 * `response.body`. Each field is a number, true or false, or text by itself, unless `types` says. The encoding is UTF-8 unless given.
 *
 * @throws as readCsv, when it comes to the row.
 *
 * @example
 * ```ts
 * import { csvRows } from 'nacre/datasets';
 * import { IterableDataset } from 'nacre';
 * const file = (): ReadableStream<Uint8Array> => new Blob(['x,y\n1,2\n3,4\n']).stream();
 * const data = new IterableDataset(async function* () {
 *   for await (const { x, y } of csvRows(file())) yield [[Number(x)], Number(y)];
 * });
 * const sums: number[] = [];
 * for await (const [x, y] of data.examples()) sums.push((x as number[])[0] + (y as number));
 * sums; // → [3, 7]
 * ```
 */
export async function* csvRows(
  stream: ByteStream,
  options: CsvOptions = {},
): AsyncGenerator<Record<string, Cell>> {
  const op = 'csvRows';
  const { encoding = 'utf-8', delimiter, types = {} } = optionsOf(op, options, optionNames);
  if (encoding === 'auto') {
    throw new ArgumentError('the encoding of a stream cannot be found out before it ends', {
      op,
      hint: 'Give it, such as { encoding: "gbk" }',
    });
  }
  const reader = new RecordReader(op, 'the stream', options);
  let parser: CsvParser | undefined;
  let start = '';
  let count = 0;
  function* read(record: CsvRecord): Generator<Record<string, Cell>> {
    const row = reader.row(record);
    if (!row) return;
    count++;
    yield Object.fromEntries(
      reader.names.map((name, place) => [name, reader.cell(name, row[place], types[name], record.line)]),
    );
  }
  for await (const piece of decodedPieces(op, stream, encoding)) {
    if (!parser) {
      // The first line shows the delimiter.
      start += piece;
      if (!delimiter && !/\S[^\r\n]*[\r\n]/.test(start)) continue;
      parser = new CsvParser(op, delimiter ?? guessDelimiter(start.replace(/^\s+/, '')));
      for (const record of parser.push(start)) yield* read(record);
    } else for (const record of parser.push(piece)) yield* read(record);
  }
  if (!parser) {
    parser = new CsvParser(op, delimiter ?? guessDelimiter(start.replace(/^\s+/, '')));
    for (const record of parser.push(start)) yield* read(record);
  }
  const last = parser.end();
  if (last) yield* read(last);
  if (count === 0) throw new DataError('the stream has no rows', { op });
}
