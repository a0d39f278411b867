import { ArgumentError, DataError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { colourAt, diverging, hexOf, inkOn, sequential } from '../colours.ts';
import { pngAddress } from '../images/encode-png.ts';
import { enlarged, type Raster } from '../images/pixels.ts';
import { Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { document, element, fitted, text, textWidth, titleText } from '../render/svg.ts';
import { type Heat, heatmapText } from '../terminal/heatmap.ts';
import { checkNotEmpty, checkSameLength, extent, showNumber, tensorNumbers } from '../values.ts';

/** Numbers in rows: a tensor [rows, columns], or lists of one length. */
export type Matrix = Tensor | readonly (readonly number[])[];

export interface HeatmapOptions extends PictureOptions {
  /** Names of the rows, from the top. Default: none are written. */
  readonly rows?: readonly string[];
  /** Names of the columns, from the left. Default: none are written. */
  readonly columns?: readonly string[];
  /** Beside the rows. Default: nothing. */
  readonly rowLabel?: string;
  /** Below the columns. Default: nothing. */
  readonly columnLabel?: string;
  /** The numbers that have the weakest and the strongest colour. Default: smallest and largest; with `isDiverging` as far from zero. */
  readonly range?: readonly [low: number, high: number];
  /** Whether zero is white, and numbers below and above it have colours of their own. Default: where there are negative numbers. */
  readonly isDiverging?: boolean;
  /** Whether the numbers stand in their cells. Default: where there is room for them. */
  readonly showValues?: boolean;
}

const known = ['rows', 'columns', 'rowLabel', 'columnLabel', 'range', 'isDiverging', 'showValues'];
const mostSide = 2000;

/** Numbers row by row. */
export interface Cells {
  readonly values: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
}

/** The numbers of a matrix. Throws a ShapeMismatchError for what is none. */
export function matrixOf(op: string, matrix: Matrix): Cells {
  if (matrix instanceof Tensor) {
    if (matrix.shape.length !== 2) {
      throw new ShapeMismatchError(`the matrix has the shape ${showShape(matrix.shape)}`, {
        op,
        shapes: [matrix.shape],
        hint: 'Give [rows, columns]; of several take one: x.select(0, 0)',
      });
    }
    const [height, width] = matrix.shape;
    return { values: tensorNumbers(matrix), height, width };
  }
  if (!Array.isArray(matrix) || matrix.some((row) => !Array.isArray(row))) {
    throw new ArgumentError('a matrix is a tensor [rows, columns] or a list of rows', { op });
  }
  const width = matrix[0]?.length ?? 0;
  const ragged = matrix.findIndex((row) => row.length !== width);
  if (ragged >= 0) {
    throw new ShapeMismatchError(
      `row ${ragged} has ${matrix[ragged].length} numbers, those before ${width}`,
      {
        op,
        shapes: [[width], [matrix[ragged].length]],
      },
    );
  }
  return { values: matrix.flat(), height: matrix.length, width };
}

/**
 * A matrix as colours: white for the least, dark blue for the most; with negative numbers, orange below zero and blue above. What is not
 * finite is left grey.
 *
 * @throws ShapeMismatchError for lists of unequal length and names that do not fit; DataError for no numbers.
 *
 * @example
 * ```ts
 * import { heatmap } from 'nacre/plot';
 * const picture = heatmap([[1, 0.2], [0.2, 1]], { rows: ['a', 'b'], columns: ['a', 'b'], title: 'Correlation' });
 * (await picture.svg()).includes('Correlation'); // → true
 * ```
 */
export function heatmap(matrix: Matrix, options: HeatmapOptions = {}): Picture {
  return heatmapPicture('heatmap', matrixOf('heatmap', matrix), options);
}

/** The same for every matrix, whoever is asked to draw it. */
export function heatmapPicture(
  op: string,
  { values, height, width }: Cells,
  options: HeatmapOptions,
): Picture {
  checkNotEmpty(op, values.length, 'numbers');
  if (Math.max(width, height) > mostSide) {
    throw new ArgumentError(
      `${height} x ${width} numbers cannot be told apart; the most is ${mostSide} a side`,
      { op },
    );
  }
  const { rows, columns } = options;
  const places = (count: number): { length: number } => ({ length: count });
  if (rows)
    checkSameLength(op, { 'rows of names': rows, 'rows of numbers': places(height) as ArrayLike<unknown> });
  if (columns) {
    checkSameLength(op, {
      'columns of names': columns,
      'columns of numbers': places(width) as ArrayLike<unknown>,
    });
  }
  const ends = extent(values);
  if (!ends) throw new DataError('no number is finite', { op });
  const isDiverging = options.isDiverging ?? ends[0] < 0;
  const strongest = Math.max(Math.abs(ends[0]), Math.abs(ends[1])) || 1;
  const found: readonly [number, number] = isDiverging ? [-strongest, strongest] : ends;
  const [low, high] = options.range ?? found;
  const range = low < high ? ([low, high] as const) : ([low - 0.5, low + 0.5] as const);
  const heat: Heat = {
    values,
    height,
    width,
    rows,
    columns,
    range,
    scale: isDiverging ? diverging : sequential,
  };
  const layout = layoutOf(op, heat, options);
  return new Picture({
    width: layout.width,
    height: layout.height,
    svg: () => draw(heat, layout, options),
    text: ({ columns: room, palette }) => [
      ...(options.title ? [palette.bold(options.title)] : []),
      ...heatmapText(heat, room, palette),
    ],
  });
}

const labelSize = 12;
const barRoom = 76;

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly cell: readonly [width: number, height: number];
  readonly left: number;
  readonly top: number;
  readonly rowRoom: number;
  readonly columnRoom: number;
  readonly isTurned: boolean;
}

const widest = (names: readonly string[] | undefined): number =>
  Math.min(180, Math.max(0, ...(names ?? []).map((name) => textWidth(name, labelSize))));

function layoutOf(op: string, { width, height, rows, columns }: Heat, options: HeatmapOptions): Layout {
  const { title = '', rowLabel = '', columnLabel = '' } = options;
  const rowRoom = widest(rows) + (rows ? 10 : 0);
  const columnWidest = widest(columns);
  const usualCell = Math.max(1, Math.min(44, 560 / Math.max(width, height)));
  const left = 16 + (rowLabel === '' ? 0 : 24) + rowRoom;
  const top = title === '' ? 16 : 48;
  const rest = (isTurned: boolean): number =>
    (columns ? (isTurned ? columnWidest + 12 : 22) : 0) + (columnLabel === '' ? 0 : 26) + 16;
  const turnedAt = (cell: number): boolean => columnWidest > cell - 4;
  const usualTurned = turnedAt(usualCell);
  const usual = {
    width: Math.ceil(Math.max(240, left + width * usualCell + barRoom)),
    height: Math.ceil(Math.max(160, top + height * usualCell + rest(usualTurned))),
  };
  const size = pictureSettings(op, options, known, usual);
  const cellWidth = (size.width - left - barRoom) / width;
  const isTurned = turnedAt(cellWidth);
  const cellHeight = (size.height - top - rest(isTurned)) / height;
  const columnRoom = columns ? (isTurned ? columnWidest + 12 : 22) : 0;
  return { ...size, cell: [cellWidth, cellHeight], left, top, rowRoom, columnRoom, isTurned };
}

const missing = [200, 200, 200] as const;

const colourIn = ({ scale, range: [low, high] }: Heat, value: number) =>
  Number.isFinite(value) ? colourAt(scale, (value - low) / (high - low)) : missing;

async function draw(heat: Heat, layout: Layout, options: HeatmapOptions): Promise<string> {
  const { values, height, width, rows, columns } = heat;
  const { title = '', rowLabel = '', columnLabel = '' } = options;
  const [cellWidth, cellHeight] = layout.cell;
  const { left, top } = layout;
  const data = Uint8Array.from(Array.from(values, (value) => colourIn(heat, value)).flat());
  const raster: Raster = { data, width, height, channels: 3 };
  const factor = Math.max(1, Math.min(64, Math.ceil(1200 / Math.max(width, height))));
  const [mapWidth, mapHeight] = [cellWidth * width, cellHeight * height];
  return document(layout.width, layout.height, [
    element('image', {
      x: left,
      y: top,
      width: mapWidth,
      height: mapHeight,
      preserveAspectRatio: 'none',
      href: await pngAddress(enlarged(raster, factor)),
    }),
    element('rect', { x: left, y: top, width: mapWidth, height: mapHeight, fill: 'none', stroke: '#bbbbbb' }),
    ...cellTexts(heat, layout, options.showValues),
    ...named(rows, cellHeight, (name, index) =>
      text(fitted(name, layout.rowRoom, labelSize), left - 8, top + (index + 0.5) * cellHeight + 4, {
        anchor: 'end',
        size: labelSize,
      }),
    ),
    ...named(columns, cellWidth, (name, index) => {
      const x = left + (index + 0.5) * cellWidth;
      const below = top + mapHeight;
      return layout.isTurned
        ? text(fitted(name, layout.columnRoom, labelSize), x + 4, below + 8, {
            anchor: 'end',
            size: labelSize,
            rotate: -90,
          })
        : text(name, x, below + 16, { anchor: 'middle', size: labelSize });
    }),
    rowLabel === '' ? '' : text(rowLabel, 18, top + mapHeight / 2, { anchor: 'middle', rotate: -90 }),
    columnLabel === ''
      ? ''
      : text(columnLabel, left + mapWidth / 2, top + mapHeight + layout.columnRoom + 20, {
          anchor: 'middle',
        }),
    ...(await colourBar(heat, left + mapWidth + 16, top, Math.min(mapHeight, 240))),
    titleText(title, layout.width),
  ]);
}

/** Names along an axis; where they would stand on each other, every second, third, … alone. */
function named(
  names: readonly string[] | undefined,
  cell: number,
  draw: (name: string, index: number) => string,
): string[] {
  const every = Math.max(1, Math.ceil((labelSize + 1) / cell));
  return (names ?? []).flatMap((name, index) => (index % every === 0 ? [draw(name, index)] : []));
}

function cellTexts(heat: Heat, { cell, left, top }: Layout, showValues: boolean | undefined): string[] {
  const [cellWidth, cellHeight] = cell;
  const { values, width } = heat;
  if (showValues === false || (showValues === undefined && values.length > 400)) return [];
  const shown = Array.from(values, (value) => (Number.isFinite(value) ? showNumber(value, 2) : ''));
  const size = Math.min(
    labelSize,
    (cellWidth - 4) / (Math.max(...shown.map((each) => each.length), 1) * 0.58),
  );
  if (showValues === undefined && (size < 8 || cellHeight < 14)) return [];
  return shown.map((content, at) =>
    content === ''
      ? ''
      : text(
          content,
          left + ((at % width) + 0.5) * cellWidth,
          top + (Math.floor(at / width) + 0.5) * cellHeight + size * 0.35,
          {
            anchor: 'middle',
            size: Math.max(size, 4),
            fill: inkOn(colourIn(heat, values[at])),
          },
        ),
  );
}

/** What the colours mean. */
async function colourBar(
  { scale, range: [low, high] }: Heat,
  x: number,
  y: number,
  height: number,
): Promise<string[]> {
  const stops = scale.map((colour, index) =>
    element('stop', {
      offset: 1 - index / (scale.length - 1),
      'stop-color': hexOf(colourAt([colour, colour], 0)),
    }),
  );
  const gradient = element(
    'linearGradient',
    { id: 'scale', x1: 0, y1: 0, x2: 0, y2: 1 },
    stops.reverse().join(''),
  );
  return [
    element('defs', {}, gradient),
    element('rect', { x, y, width: 12, height, fill: 'url(#scale)', stroke: '#bbbbbb' }),
    ...[high, (low + high) / 2, low].map((value, index) =>
      text(showNumber(value, 2), x + 17, y + 10 + (index * (height - 12)) / 2, { size: 11 }),
    ),
  ];
}
