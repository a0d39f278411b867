import type { LineSeriesOption } from 'echarts';
import type { CurvePlot } from '../terminal/curves.ts';
import { renderSvg } from './render.ts';

const width = 960;
const height = 400;
/** Blue for training, orange for validation: told apart by the colour-blind too (Okabe and Ito's palette). */
const colours = ['#0072b2', '#e69f00'] as const;

/** A point for each value; what is not finite leaves a gap. */
const points = (values: readonly number[]): (readonly [epoch: number, value: number | null])[] =>
  values.map((value, index) => [index + 1, Number.isFinite(value) ? value : null]);

/** Learning curves as one SVG picture, a panel for each plot from left to right. */
export function curvesSvg(plots: readonly CurvePlot[]): Promise<string> {
  const panel = 100 / plots.length;
  const epochs = Math.max(
    1,
    ...plots.flatMap(({ train, validation }) => [train.values.length, validation?.values.length ?? 0]),
  );
  const series = plots.flatMap(({ train, validation }, index) =>
    [train, ...(validation ? [validation] : [])].map(
      (curve, position): LineSeriesOption => ({
        type: 'line',
        name: curve.label,
        data: points(curve.values).map(([epoch, value]) => [epoch, value ?? '-']),
        xAxisIndex: index,
        yAxisIndex: index,
        color: colours[position],
        lineStyle: { width: 2.5 },
        symbol: 'circle',
        symbolSize: epochs <= 30 ? 6 : 0,
      }),
    ),
  );
  return renderSvg(
    {
      title: plots.map(({ title }, index) => ({
        text: title,
        left: `${panel * (index + 0.5)}%`,
        textAlign: 'center',
        top: 12,
        textStyle: { fontSize: 16 },
      })),
      legend: { bottom: 8, data: [...new Set(series.map(({ name }) => String(name)))] },
      grid: plots.map((_, index) => ({
        left: `${panel * index + 6}%`,
        width: `${panel - 9}%`,
        top: 56,
        bottom: 84,
      })),
      xAxis: plots.map(({ xLabel }, index) => ({
        type: 'value' as const,
        gridIndex: index,
        name: xLabel,
        nameLocation: 'middle' as const,
        nameGap: 26,
        min: 1,
        max: Math.max(2, epochs),
        minInterval: 1,
        splitLine: { show: false },
      })),
      yAxis: plots.map((_, index) => ({ type: 'value' as const, gridIndex: index, scale: true })),
      series,
    },
    width,
    height,
  );
}
