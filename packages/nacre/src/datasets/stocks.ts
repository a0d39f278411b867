import { files } from '#files';
import { DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { parseCsv } from './csv.ts';
import { decodeText } from './decode-text.ts';
import type { Table } from './table.ts';

/** Prices day by day, the oldest first. Prices that a file does not have are missing here too. */
export interface StockPrices {
  /** Days as year-month-day. */
  readonly dates: readonly string[];
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** Close after splits and dividends; the close itself where the file has none. */
  readonly adjustedClose: Float64Array;
  /** Shares traded; NaN where the file has none. */
  readonly volume: Float64Array;
  readonly length: number;
}

export interface StockOptions {
  /** The first day to take, such as `2020-01-01`. Default: the first of the file. */
  readonly from?: string;
  /** The last day to take. Default: the last of the file. */
  readonly to?: string;
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '');

/** The day of a text as the finance sites write it: 2020-01-31, 2020/1/31 or 01/31/2020. */
function dayOf(op: string, text: string, row: number): string {
  const yearFirst = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:$|[T ])/.exec(text);
  const yearLast = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  const [year, month, day] = yearFirst
    ? [yearFirst[1], yearFirst[2], yearFirst[3]]
    : yearLast
      ? [yearLast[3], yearLast[1], yearLast[2]]
      : ['', '', ''];
  if (year && Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31) {
    return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  }
  throw new DataError(`row ${row} has the date ${JSON.stringify(text)}`, {
    op,
    hint: 'Dates are 2020-01-31, 2020/1/31 or 01/31/2020',
  });
}

/** Prices of a table with the columns of the finance sites, whatever the case of their names. */
function pricesOf(
  op: string,
  name: string,
  table: Table,
  { from = '', to = '\uffff' }: StockOptions,
): StockPrices {
  const names = new Map(table.names.map((column) => [plain(column), column]));
  const missing = ['date', 'open', 'high', 'low', 'close'].filter((wanted) => !names.has(wanted));
  if (missing.length > 0) {
    throw new DataError(`${name} has no column ${missing.join(', ')}`, {
      op,
      hint: `A file of prices has Date, Open, High, Low, Close; this one has ${table.names.join(', ')}`,
    });
  }
  const dates = Array.from(table.column(names.get('date')!), (text, row) => dayOf(op, String(text), row));
  const closes = table.numbers(names.get('close')!);
  // Sites leave days without trade in, as rows of null.
  const rows = [...dates.keys()]
    .filter((row) => !Number.isNaN(closes[row]) && dates[row] >= from && dates[row] <= to)
    .sort((a, b) => (dates[a] < dates[b] ? -1 : dates[a] > dates[b] ? 1 : 0));
  if (rows.length === 0) {
    throw new DataError(`${name} has no prices${from || to !== '\uffff' ? ' between these days' : ''}`, {
      op,
    });
  }
  const twice = rows.find((row, place) => place > 0 && dates[row] === dates[rows[place - 1]]);
  if (twice !== undefined) throw new DataError(`${name} has two rows of ${dates[twice]}`, { op });
  const take = (wanted: string): Float64Array => {
    const column = table.numbers(names.get(wanted)!);
    return Float64Array.from(rows, (row) => column[row]);
  };
  const close = take('close');
  return {
    dates: rows.map((row) => dates[row]),
    open: take('open'),
    high: take('high'),
    low: take('low'),
    close,
    adjustedClose: names.has('adjclose') ? take('adjclose') : close,
    volume: names.has('volume') ? take('volume') : new Float64Array(rows.length).fill(Number.NaN),
    length: rows.length,
  };
}

/**
 * Daily prices from a CSV file, by its path or as bytes, in the form of the finance sites: Date, Open, High, Low, Close and, if they are
 * there, Adj Close and Volume. Sorted by day; days without a close are left out.
 *
 * @throws FileError for a file that cannot be read; DataError for missing columns, days that are none, two rows of one day, and no prices.
 *
 * @example
 * ```ts
 * import { stockPrices } from 'nacre/datasets';
 * const file = 'Date,Open,High,Low,Close\n2024-01-03,3,4,2,3.5\n2024-01-02,2,3,1,2.5\n';
 * const { dates, close } = await stockPrices(new TextEncoder().encode(file));
 * dates; // → ['2024-01-02', '2024-01-03']
 * close; // → [2.5, 3.5]
 * ```
 */
export async function stockPrices(
  source: string | Uint8Array,
  options: StockOptions = {},
): Promise<StockPrices> {
  const op = 'stockPrices';
  optionsOf(op, options, ['from', 'to']);
  const name = typeof source === 'string' ? source : 'the file';
  const bytes = typeof source === 'string' ? await files.readFile(source) : source;
  return pricesOf(op, name, parseCsv(decodeText(op, bytes, 'auto', name)), options);
}

/** So far up packages are looked for. */
const mostFolders = 16;

/**
 * The file of the package, looked for in the working folder and those it lies in. Not by `findPackage`, which needs a package's own
 * `package.json`: this one does not show it.
 */
async function findIndexFile(): Promise<string | undefined> {
  for (let up = 0; up < mostFolders; up++) {
    const path = `${'../'.repeat(up)}node_modules/vega-datasets/data/sp500-2000.csv`;
    if (await files.fileExists(path)) return path;
  }
  return undefined;
}

/**
 * The S&P 500 index, daily from 2000 to 2020, of the npm package `vega-datasets`, installed in the working folder or one
 * above it: needs no network.
 *
 * @throws DataError if the package is not installed.
 *
 * @example
 * ```ts
 * import { sp500 } from 'nacre/datasets';
 * await sp500({ from: '2030-01-01' }); // → throws DataError: sp500
 * ```
 */
export async function sp500(options: StockOptions = {}): Promise<StockPrices> {
  const op = 'sp500';
  optionsOf(op, options, ['from', 'to']);
  const path = await findIndexFile();
  if (path === undefined) {
    throw new DataError('the npm package vega-datasets, which holds the prices, is not installed', {
      op,
      hint: 'Run `npm install vega-datasets`, or read a file of your own with stockPrices(path)',
    });
  }
  return pricesOf(op, path, parseCsv(new TextDecoder().decode(await files.readFile(path))), options);
}
