export { type Environment, isLanguage, type Language, languageOf, languages } from '../language.ts';
export { horizontalBar, type ProbabilityBarsOptions, probabilityBars } from './bars.ts';
export { BrailleCanvas } from './braille.ts';
export {
  type ColourDepth,
  type ColourStream,
  colourDepth,
  createPalette,
  type Palette,
  type Rgb,
} from './colour.ts';
export { showBytes, showClock, showCount, showDuration, showMetric, showPercent } from './format.ts';
export { halfBlockImage } from './image.ts';
export { table } from './table.ts';
export { type Alignment, align, beside, displayWidth, truncate, wrap } from './width.ts';
