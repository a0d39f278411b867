import { ArgumentError, DataError } from '../../base/errors.ts';
import { colourAt, colourOf, hexOf } from '../colours.ts';
import { Picture, pictureSettings } from '../picture.ts';
import { axesOf } from '../render/axes.ts';
import { document, element, short } from '../render/svg.ts';
import { linesText } from '../terminal/lines.ts';
import { checkNotEmpty, checkSameLength, extent, type Numbers, numbersOf } from '../values.ts';
import { type AxesOptions, axesOptions, checkRange } from './line-chart.ts';

/** The way of an optimizer, place by place. */
export interface PathData {
  readonly x: Numbers;
  readonly y: Numbers;
}

export interface ContourPathsOptions extends AxesOptions {
  /** Heights at which lines are drawn. Default: 14, so that as much of the plane lies between each two. */
  readonly levels?: readonly number[];
  /** Where the lowest place is, marked by a star. Default: nowhere. */
  readonly minimum?: readonly [x: number, y: number];
  /** Places asked along each axis. Default: 200. */
  readonly resolution?: number;
}

const op = 'contourPaths';
const usualLevels = 14;
/** Lines of the ground, from low to high: light blue to dark. */
const ground = ['#bcd6ec', '#08306b'] as const;

type Range = readonly [low: number, high: number];

/**
 * Ways over a landscape of two variables, as lines over its contour lines: how optimizers walk down the same valley.
 *
 * @param height what is minimized: a function of x and y.
 * @param paths the ways, by name.
 * @throws ShapeMismatchError for a way whose x and y are not as long as each other; DataError for no ways, or a landscape without finite heights.
 *
 * @example
 * ```ts
 * import { contourPaths } from 'nacre/plot';
 * const bowl = (x: number, y: number) => x ** 2 + 4 * y ** 2;
 * const picture = contourPaths(bowl, { SGD: { x: [2, 1, 0.5], y: [1, -0.2, 0.1] } }, { minimum: [0, 0] });
 * (await picture.svg()).includes('SGD'); // → true
 * ```
 */
export function contourPaths(
  height: (x: number, y: number) => number,
  paths: Readonly<Record<string, PathData>>,
  options: ContourPathsOptions = {},
): Picture {
  const known = [...axesOptions, 'levels', 'minimum', 'resolution'];
  const { texts, ...size } = pictureSettings(op, options, known, { width: 680, height: 580 });
  const { title = '', xLabel = 'x', yLabel = 'y', minimum, resolution = 200 } = options;
  if (!(Number.isInteger(resolution) && resolution >= 4 && resolution <= 1000)) {
    throw new ArgumentError(`resolution is a whole number from 4 to 1000, got ${resolution}`, { op });
  }
  checkRange(op, 'xRange', options.xRange);
  checkRange(op, 'yRange', options.yRange);
  const ways = Object.entries(paths).map(([name, path], index) => {
    const [x, y] = [numbersOf(op, `x of ${name}`, path.x), numbersOf(op, `y of ${name}`, path.y)];
    checkNotEmpty(op, x.length, `places in ${name}`);
    checkSameLength(op, { [`x of ${name}`]: x, [`y of ${name}`]: y });
    // Blue is the ground.
    return { name, x, y, colour: colourOf(index + 1) };
  });
  checkNotEmpty(op, ways.length, 'paths');
  const xRange =
    options.xRange ??
    around(
      ways.flatMap(({ x }) => Array.from(x)),
      minimum?.[0],
    );
  const yRange =
    options.yRange ??
    around(
      ways.flatMap(({ y }) => Array.from(y)),
      minimum?.[1],
    );
  const heights = sample(height, xRange, yRange, resolution);
  const levels = options.levels ?? quantileLevels(heights);
  return new Picture({
    ...size,
    svg: () => {
      const { width, height: tall } = size;
      const legend = [
        ...ways.map(({ name, colour }) => ({ name, colour })),
        ...(minimum ? [{ name: texts.minimum, colour: '#000000' }] : []),
      ];
      const axes = axesOf({ title, xLabel, yLabel, xRange, yRange, width, height: tall, legend });
      const clip = { 'clip-path': 'url(#inside)' };
      const inside = { x: axes.left, y: axes.top, width: axes.width, height: axes.height };
      return document(width, tall, [
        element('defs', {}, element('clipPath', { id: 'inside' }, element('rect', inside))),
        ...levels.map((level, index) =>
          element('path', {
            d: contour(heights, resolution, level, inside),
            fill: 'none',
            stroke: hexOf(colourAt(ground, index / Math.max(1, levels.length - 1))),
            'stroke-width': 1,
          }),
        ),
        ...ways.flatMap((way) => drawWay(way, axes, clip)),
        minimum ? star(axes.x(minimum[0]), axes.y(minimum[1])) : '',
        ...axes.parts,
      ]);
    },
    text: (look) =>
      linesText(
        [{ title, xLabel, xRange, yRange, lines: ways.map(({ name, x, y }) => ({ label: name, x, y })) }],
        {
          rows: 14,
          ...look,
        },
      ),
  });
}

function around(values: readonly number[], also: number | undefined): Range {
  const ends = extent(also === undefined ? values : [...values, also]);
  if (!ends) throw new DataError('no place of the paths is finite', { op });
  const margin = (ends[1] - ends[0]) / 6 || 1;
  return [ends[0] - margin, ends[1] + margin];
}

/** Heights at the nodes of a grid, row by row from the top. */
function sample(
  height: (x: number, y: number) => number,
  xRange: Range,
  yRange: Range,
  side: number,
): Float64Array {
  const heights = new Float64Array(side * side);
  for (let row = 0; row < side; row++) {
    const y = yRange[1] - (row / (side - 1)) * (yRange[1] - yRange[0]);
    for (let column = 0; column < side; column++) {
      heights[row * side + column] = height(xRange[0] + (column / (side - 1)) * (xRange[1] - xRange[0]), y);
    }
  }
  return heights;
}

/** Heights between which equal parts of the plane lie, closer together near the bottom, where the ways end. */
function quantileLevels(heights: Float64Array): number[] {
  const sorted = heights.filter(Number.isFinite).sort();
  if (sorted.length === 0) throw new DataError('the landscape has no finite height', { op });
  const levels = Array.from({ length: usualLevels }, (_, index) => {
    const part = ((index + 1) / (usualLevels + 1)) ** 1.5;
    return sorted[Math.floor(part * (sorted.length - 1))];
  });
  return [...new Set(levels)];
}

/** Straight pieces where the ground crosses a level, cell by cell (marching squares). */
function contour(
  heights: Float64Array,
  side: number,
  level: number,
  inside: { x: number; y: number; width: number; height: number },
): string {
  const pieces: string[] = [];
  const point = (column: number, row: number): string =>
    `${short(inside.x + (column / (side - 1)) * inside.width)} ${short(inside.y + (row / (side - 1)) * inside.height)}`;
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const at = row * side + column;
      const corners = [heights[at], heights[at + 1], heights[at + side + 1], heights[at + side]];
      if (!corners.every(Number.isFinite)) continue;
      const crossings = crossed(corners, level).map(([dx, dy]) => point(column + dx, row + dy));
      for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
        pieces.push(`M${crossings[pair]}L${crossings[pair + 1]}`);
      }
    }
  }
  return pieces.join('') || 'M0 0';
}

/** Where a level crosses the sides of a square, its corners given from the upper left, clockwise. */
function crossed(corners: readonly number[], level: number): (readonly [dx: number, dy: number])[] {
  const places = [
    (t: number) => [t, 0] as const,
    (t: number) => [1, t] as const,
    (t: number) => [1 - t, 1] as const,
    (t: number) => [0, 1 - t] as const,
  ];
  return places.flatMap((place, edge) => {
    const [from, to] = [corners[edge], corners[(edge + 1) % 4]];
    return from < level !== to < level ? [place((level - from) / (to - from))] : [];
  });
}

function drawWay(
  { x, y, colour }: { x: ArrayLike<number>; y: ArrayLike<number>; colour: string },
  axes: { x: (value: number) => number; y: (value: number) => number },
  clip: Readonly<Record<string, string>>,
): string[] {
  let d = '';
  let isDrawing = false;
  for (let at = 0; at < x.length; at++) {
    const isPlace = Number.isFinite(x[at]) && Number.isFinite(y[at]);
    if (isPlace) d += `${isDrawing ? 'L' : 'M'}${short(axes.x(x[at]))} ${short(axes.y(y[at]))}`;
    isDrawing = isPlace;
  }
  const last = x.length - 1;
  const end = { cx: axes.x(x[last]), cy: axes.y(y[last]), r: 4.5, fill: colour, stroke: '#ffffff' };
  return [
    d === ''
      ? ''
      : element('path', {
          d,
          fill: 'none',
          stroke: colour,
          'stroke-width': 2.2,
          'stroke-linejoin': 'round',
          ...clip,
        }),
    Number.isFinite(end.cx) && Number.isFinite(end.cy) ? element('circle', { ...end, ...clip }) : '',
  ];
}

function star(x: number, y: number): string {
  const points = Array.from({ length: 10 }, (_, index) => {
    const radius = index % 2 === 0 ? 9 : 3.8;
    const angle = (index * Math.PI) / 5 - Math.PI / 2;
    return `${short(x + radius * Math.cos(angle))},${short(y + radius * Math.sin(angle))}`;
  });
  return element('polygon', { points: points.join(' '), fill: '#000000', stroke: '#ffffff' });
}
