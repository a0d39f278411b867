import { BarChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent, VisualMapComponent } from 'echarts/components';
import { type EChartsType, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

/** The parts of echarts that pictures are made of; what is not named here is not in the bundle. */
const parts = [
  BarChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  TitleComponent,
  VisualMapComponent,
  SVGRenderer,
];

/**
 * A chart without a DOM. The parts are announced here, and echarts knows them from the second time on: done by loading the module, it would be
 * left out of bundles, for the package promises that loading does nothing.
 */
export function openChart(width: number, height: number): EChartsType {
  use(parts);
  return init(null, null, { renderer: 'svg', ssr: true, width, height });
}
