import type { ConfusionText } from '../terminal/confusion.ts';
import { renderSvg } from './render.ts';

const size = 640;

/**
 * A confusion matrix as an SVG picture: one row for each actual class, the first on top.
 *
 * A cell's colour is the square root of its part of the row, so that classes of different sizes compare and single mistakes
 * show; its text is the count.
 *
 * @param counts `counts[actual][predicted]`.
 */
export function confusionSvg(
  counts: readonly (readonly number[])[],
  labels: readonly string[],
  text: ConfusionText & { readonly title: string },
): Promise<string> {
  const cells = counts.flatMap((row, actual) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => ({
      value: [predicted, actual, total > 0 ? Math.sqrt(count / total) : 0],
      label: { show: count > 0, formatter: String(count) },
    }));
  });
  const axis = {
    type: 'category' as const,
    data: [...labels],
    axisTick: { show: false },
    nameLocation: 'middle' as const,
  };
  return renderSvg(
    {
      title: { text: text.title, left: 'center', top: 12, textStyle: { fontSize: 16 } },
      grid: { left: 72, right: 24, top: 56, bottom: 64 },
      xAxis: { ...axis, name: text.predicted, nameGap: 32 },
      yAxis: { ...axis, name: text.actual, nameGap: 36, inverse: true },
      visualMap: {
        show: false,
        min: 0,
        max: 1,
        dimension: 2,
        inRange: { color: ['#ffffff', '#d3e5f5', '#7fb2dd', '#2b7bba', '#08306b'] },
      },
      series: [
        {
          type: 'heatmap',
          data: cells,
          label: { fontSize: 13 },
          itemStyle: { borderColor: '#e8e8e8', borderWidth: 1 },
        },
      ],
    },
    size,
    size,
  );
}
