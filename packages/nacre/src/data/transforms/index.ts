export {
  type AffineParameters,
  affine,
  type RandomAffineOptions,
  type RotateOptions,
  randomAffine,
  randomRotation,
  rotate,
  type WarpOptions,
} from './affine.ts';
export { adjustSharpness, gaussianBlur } from './blur.ts';
export {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  type ColorJitterOptions,
  colorJitter,
  grayscale,
  normalize,
  randomGrayscale,
} from './colour.ts';
export { compose, randomApply, randomChoice } from './compose.ts';
export {
  centerCrop,
  type Padding,
  type PaddingMode,
  type PaddingOptions,
  pad,
  type RandomCropOptions,
  type RandomErasingOptions,
  type RandomResizedCropOptions,
  randomCrop,
  randomErasing,
  randomResizedCrop,
} from './crop.ts';
export { horizontalFlip, randomHorizontalFlip, randomVerticalFlip, verticalFlip } from './flip.ts';
export {
  fromTensor,
  type Image,
  imageOf,
  type Size,
  type Transform,
  type TransformKey,
  toTensor,
  transformBatch,
} from './image.ts';
export { type BatchMix, cutmix, type MixableBatch, type MixOptions, mixup } from './mix.ts';
export { Random } from './random.ts';
export { type Interpolation, type ResizeOptions, resize } from './resize.ts';
export { autocontrast, equalize, posterize, solarize, trivialAugment } from './trivial-augment.ts';
