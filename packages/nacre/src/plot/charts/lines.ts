import type { LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import { colourOf, seriesColours } from '../colours.ts';
import { type ChartOption, renderSvg } from '../render/echarts.ts';
import type { Line, LinePanel } from '../terminal/lines.ts';
import { displayWidth } from '../terminal/width.ts';
import { legendLook, legendRow, legendRows, titleStyle, topWith } from './frame.ts';

/** A line as it is drawn: how it looks where it is not simply the next one. */
export interface DrawnLine extends Line {
  readonly colour?: string;
  readonly isDashed?: boolean;
  /** Of the line or the points, in pixels. Default: 2.5 for lines, 5 for points. */
  readonly size?: number;
  /** Symbols on the points of a line. Default: on up to 30. */
  readonly hasSymbols?: boolean;
  /** Fills what is below, lightly. */
  readonly isFilled?: boolean;
}

/** Lines on common axes, one of the panels of a picture. */
export interface DrawnPanel extends LinePanel {
  readonly lines: readonly DrawnLine[];
  readonly yLabel?: string;
  /** Whole numbers alone are written along the axis. */
  readonly isWholeX?: boolean;
  /** The same along the vertical axis. */
  readonly isWholeY?: boolean;
  /** The vertical axis in powers of ten. */
  readonly isLog?: boolean;
  /** Texts along the horizontal axis instead of numbers: x counts them from 0. */
  readonly xNames?: readonly string[];
}

/** Most points of a line that are marked one by one. */
const mostMarked = 30;

/** Panels side by side, and below each other in rows of so many. */
export interface PanelLayout {
  readonly width: number;
  readonly height: number;
  readonly across: number;
  /** Above all panels. Default: nothing. */
  readonly heading?: string;
}

/** Height of the legend that belongs below. */
export function legendHeight(panels: readonly DrawnPanel[], width: number): number {
  return legendRows(namesOf(panels), width) * legendRow;
}

const namesOf = (panels: readonly DrawnPanel[]): string[] => [
  ...new Set(panels.flatMap(({ lines }) => lines.map(({ label }) => label)).filter((label) => label !== '')),
];

function seriesOf(
  line: DrawnLine,
  index: number,
  panel: number,
  isLog: boolean,
): LineSeriesOption | ScatterSeriesOption {
  const points = Array.from(line.x, (x, at) => {
    const y = line.y[at];
    return [x, Number.isFinite(x) && Number.isFinite(y) && !(isLog && y <= 0) ? y : '-'];
  });
  const common = {
    name: line.label,
    data: points,
    xAxisIndex: panel,
    yAxisIndex: panel,
    color: line.colour ?? colourOf(index),
  };
  if (line.isScattered) {
    const symbol = symbols[Math.floor(index / seriesColours.length) % symbols.length];
    return { ...common, type: 'scatter', symbol, symbolSize: line.size ?? 5, itemStyle: { opacity: 0.75 } };
  }
  return {
    ...common,
    type: 'line',
    lineStyle: { width: line.size ?? 2.5, type: line.isDashed ? 'dashed' : 'solid' },
    symbol: (line.hasSymbols ?? points.length <= mostMarked) ? 'circle' : 'none',
    symbolSize: 6,
    ...(line.isFilled ? { areaStyle: { opacity: 0.12 } } : {}),
  };
}

/** Height of the heading above several panels. */
export const headingHeight = 36;

/** Room for the numbers along a vertical axis and its name. */
const axisRoom = (label: string | undefined): number => (label ? 76 : 58);

/** Of clouds of points: when all colours are used, the next shape begins. */
const symbols = ['circle', 'triangle', 'diamond', 'rect'] as const;

/** How many names along an axis are left out between two that are written. */
function everyName(names: readonly string[], room: number): number {
  const each = Math.max(...names.map(displayWidth)) * 6.8 + 30;
  return Math.max(0, Math.ceil((names.length * each) / room) - 1);
}

/** Draws the panels as one SVG picture. */
export function linesSvg(panels: readonly DrawnPanel[], layout: PanelLayout): Promise<string> {
  const { width, height, across, heading = '' } = layout;
  const above = heading === '' ? 0 : headingHeight;
  const names = namesOf(panels);
  const below = legendHeight(panels, width);
  const rows = Math.ceil(panels.length / across);
  const [cellWidth, cellHeight] = [width / across, (height - above - below) / rows];
  const place = (index: number) => ({
    left: (index % across) * cellWidth,
    top: above + Math.floor(index / across) * cellHeight,
  });
  const option: ChartOption = {
    title: [
      { text: heading, left: 'center', top: 12, textStyle: titleStyle },
      ...panels.map(({ title }, index) => ({
        text: title,
        left: place(index).left + cellWidth / 2,
        textAlign: 'center' as const,
        top: place(index).top + 12,
        // Below a heading the titles of panels step back.
        textStyle: heading === '' ? titleStyle : { fontSize: 13 },
      })),
    ],
    legend: {
      ...legendLook,
      ...(panels.every(({ lines }) => lines.every(({ isScattered }) => isScattered))
        ? { itemWidth: 14 }
        : {}),
      show: names.length > 0,
      width: width * 0.96,
      data: names,
    },
    grid: panels.map(({ title, yLabel }, index) => ({
      left: place(index).left + axisRoom(yLabel),
      width: cellWidth - axisRoom(yLabel) - 24,
      top: place(index).top + topWith(title),
      height: cellHeight - topWith(title) - 60,
    })),
    xAxis: panels.map(({ xLabel, xRange, isWholeX, xNames }, index) => ({
      ...(xNames
        ? { type: 'category' as const, data: [...xNames], boundaryGap: false }
        : {
            type: 'value' as const,
            scale: true,
            ...(xRange ? { min: xRange[0], max: xRange[1] } : {}),
            splitNumber: Math.max(2, Math.round(cellWidth / 100)),
            ...(isWholeX ? { minInterval: 1 } : {}),
          }),
      gridIndex: index,
      name: xLabel,
      nameLocation: 'middle' as const,
      nameGap: 28,
      axisLabel: xNames
        ? { interval: everyName(xNames, cellWidth - axisRoom(undefined)) }
        : { hideOverlap: true },
      axisLine: { onZero: false },
      splitLine: { show: false },
    })),
    yAxis: panels.map(({ yLabel, yRange, isLog, isWholeY }, index) => ({
      type: isLog ? ('log' as const) : ('value' as const),
      gridIndex: index,
      scale: true,
      splitNumber: Math.max(2, Math.min(6, Math.round(cellHeight / 60))),
      ...(isWholeY ? { minInterval: 1 } : {}),
      axisLine: { show: true, onZero: false },
      ...(yRange ? { min: yRange[0], max: yRange[1] } : {}),
      ...(yLabel ? { name: yLabel, nameLocation: 'middle' as const, nameGap: 48 } : {}),
    })),
    series: panels.flatMap(({ lines, isLog = false }, panel) =>
      lines.map((line, index) => seriesOf(line, index, panel, isLog)),
    ),
  };
  return renderSvg(option, width, height);
}
