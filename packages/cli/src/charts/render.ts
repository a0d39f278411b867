import type { EChartsOption } from 'echarts';

/** Fonts with Chinese characters on the systems of the day; whoever shows the picture takes the first it has. */
const fonts =
  "'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif";

/** Draws a chart as SVG text on white, without a DOM. echarts is loaded by the first call. */
export async function renderSvg(option: EChartsOption, width: number, height: number): Promise<string> {
  const { init } = await import('echarts/dist/echarts.esm.min.mjs');
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      textStyle: { fontFamily: fonts },
      ...option,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
