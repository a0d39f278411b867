import { displayWidth } from '../terminal/width.ts';
import { axisTicks } from '../ticks.ts';
import { element, fitted, text, titleText } from './svg.ts';

/** Axes of a picture that is drawn by hand: over coloured areas and contour lines. */
export interface Axes {
  /** Where a number lies, in pixels. */
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Numbers, ticks, names, frame, title: drawn above the rest. */
  readonly parts: readonly string[];
}

export interface AxesLook {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xRange: readonly [low: number, high: number];
  readonly yRange: readonly [low: number, high: number];
  readonly width: number;
  readonly height: number;
  /** Names in a legend below, each with its colour. */
  readonly legend?: readonly { readonly name: string; readonly colour: string }[];
}

const ink = '#54555a';
const legendRow = 22;
const legendSize = 12;

const withTicks = (range: readonly [number, number]) => {
  const { ticks, digits } = axisTicks(range);
  const slack = (range[1] - range[0]) * 1e-9;
  return ticks
    .filter((tick) => tick >= range[0] - slack && tick <= range[1] + slack)
    .map((tick) => ({ tick, label: tick.toFixed(digits) }));
};

/** Entries of a legend, in rows as wide as the picture, each row in the middle. */
function legendParts(
  legend: readonly { readonly name: string; readonly colour: string }[],
  width: number,
): { readonly rows: number; draw(bottom: number): string[] } {
  const entries = legend.map(({ name, colour }) => {
    const shown = fitted(name, width - 60, legendSize);
    return { shown, colour, width: displayWidth(shown) * legendSize * 0.56 + 34 };
  });
  const rows: (typeof entries)[] = [];
  for (const entry of entries) {
    const row = rows.at(-1);
    const used = row?.reduce((sum, other) => sum + other.width, 0) ?? 0;
    if (row && used + entry.width <= width - 20) row.push(entry);
    else rows.push([entry]);
  }
  return {
    rows: rows.length,
    draw: (bottom) =>
      rows.flatMap((row, index) => {
        let x = (width - row.reduce((sum, entry) => sum + entry.width, 0)) / 2;
        const y = bottom - (rows.length - index) * legendRow + 8;
        return row.flatMap((entry) => {
          const at = x;
          x += entry.width;
          return [
            element('circle', { cx: at + 8, cy: y - 4, r: 5, fill: entry.colour }),
            text(entry.shown, at + 18, y, { size: legendSize }),
          ];
        });
      }),
  };
}

/** Lays out axes, and draws what stands around them. */
export function axesOf(look: AxesLook): Axes {
  const { title, xLabel, yLabel, xRange, yRange, width, height } = look;
  const legend = legendParts(look.legend ?? [], width);
  const yTicks = withTicks(yRange);
  const labelRoom = Math.max(...yTicks.map(({ label }) => label.length)) * 7 + 14;
  const left = labelRoom + (yLabel === '' ? 12 : 30);
  const top = title === '' ? 20 : 48;
  const bottom = 30 + (xLabel === '' ? 0 : 22) + legend.rows * legendRow + (legend.rows > 0 ? 8 : 0);
  const [innerWidth, innerHeight] = [width - left - 20, height - top - bottom];
  const x = (value: number): number => left + ((value - xRange[0]) / (xRange[1] - xRange[0])) * innerWidth;
  const y = (value: number): number => top + ((yRange[1] - value) / (yRange[1] - yRange[0])) * innerHeight;
  const base = top + innerHeight;
  const line = { stroke: ink, 'stroke-width': 1 } as const;
  return {
    x,
    y,
    left,
    top,
    width: innerWidth,
    height: innerHeight,
    parts: [
      element('rect', { x: left, y: top, width: innerWidth, height: innerHeight, fill: 'none', ...line }),
      ...withTicks(xRange).flatMap(({ tick, label }) => [
        element('line', { x1: x(tick), x2: x(tick), y1: base, y2: base + 5, ...line }),
        text(label, x(tick), base + 18, { anchor: 'middle', fill: ink }),
      ]),
      ...yTicks.flatMap(({ tick, label }) => [
        element('line', { x1: left - 5, x2: left, y1: y(tick), y2: y(tick), ...line }),
        text(label, left - 9, y(tick) + 4, { anchor: 'end', fill: ink }),
      ]),
      xLabel === '' ? '' : text(xLabel, left + innerWidth / 2, base + 38, { anchor: 'middle', fill: ink }),
      yLabel === ''
        ? ''
        : text(yLabel, 20, top + innerHeight / 2, { anchor: 'middle', fill: ink, rotate: -90 }),
      ...legend.draw(height),
      titleText(title, width),
    ],
  };
}
