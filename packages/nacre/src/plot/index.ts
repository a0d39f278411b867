export { type AttentionMapOptions, attentionMap } from './charts/attention.ts';
export { type BarChartOptions, barChart } from './charts/bars.ts';
export type { ClassLabels } from './charts/classes.ts';
export { confusionMatrix } from './charts/confusion.ts';
export { type ContourPathsOptions, contourPaths, type PathData } from './charts/contours.ts';
export { type DecisionRegionsOptions, decisionRegions, type PlaneClassifier } from './charts/decision.ts';
export { type EmbeddingMapOptions, embeddingMap } from './charts/embedding.ts';
export { type HeatmapOptions, heatmap, type Matrix } from './charts/heatmap.ts';
export {
  type HistogramChartOptions,
  histogramChart,
  type WeightHistogramsOptions,
  weightHistograms,
} from './charts/histogram.ts';
export {
  type CurveHistory,
  type CurveRecord,
  type LearningCurvesOptions,
  learningCurves,
} from './charts/learning-curves.ts';
export {
  type AxesOptions,
  type LineChartOptions,
  lineChart,
  type ScatterChartOptions,
  type SeriesData,
  type SeriesInput,
  scatterChart,
} from './charts/line-chart.ts';
export { type PredictedAgainstRealOptions, predictedAgainstReal } from './charts/predicted.ts';
export { type PrecisionRecallRates, precisionRecallChart, type RocRates, rocChart } from './charts/rates.ts';
export { type TextImportanceOptions, textImportance } from './charts/text-importance.ts';
export { type FeatureMapsOptions, type FiltersOptions, featureMaps, filters } from './images/feature-maps.ts';
export { type ImageGridOptions, type ImageLabels, imageGrid } from './images/grid.ts';
export type { ImageBytes, Images } from './images/pixels.ts';
export { Picture, type PictureOptions, type PngOptions, savePicture, type TextOptions } from './picture.ts';
export type { Points } from './projection/matrix.ts';
export { type PcaOptions, type PcaResult, pca } from './projection/pca.ts';
export { type TsneOptions, type TsneResult, tsne } from './projection/tsne.ts';
export type { PictureTexts } from './texts.ts';
export type { Numbers } from './values.ts';
