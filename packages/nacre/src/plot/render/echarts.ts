import type {
  BarSeriesOption,
  HeatmapSeriesOption,
  LineSeriesOption,
  ScatterSeriesOption,
} from 'echarts/charts';
import type {
  GridComponentOption,
  LegendComponentOption,
  TitleComponentOption,
  VisualMapComponentOption,
} from 'echarts/components';
import type { ComposeOption } from 'echarts/core';

/** What the parts of echarts that are loaded can be told. */
export type ChartOption = ComposeOption<
  | BarSeriesOption
  | HeatmapSeriesOption
  | LineSeriesOption
  | ScatterSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TitleComponentOption
  | VisualMapComponentOption
>;

/** Fonts with Chinese characters on the systems of the day; whoever shows the picture takes the first it has. */
export const fonts =
  "'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif";

/** A text without the characters that XML does not know: a file with one of them is none. */
export const withoutControls = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has none of these
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');

/** Draws a chart as SVG text on white, without a DOM. echarts is loaded by the first call. */
export async function renderSvg(option: ChartOption, width: number, height: number): Promise<string> {
  const { openChart } = await import('./echarts-parts.ts');
  const chart = openChart(width, height);
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      textStyle: { fontFamily: fonts },
      ...option,
    });
    return withoutControls(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}
