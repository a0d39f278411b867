import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { blank, type Image, perPlane, type Transform } from './image.ts';
import type { Random } from './random.ts';
import { checkInterpolation, type Interpolation } from './resize.ts';

/** How pixels move: turned by degrees clockwise, moved, scaled and sheared. */
export interface AffineParameters {
  /** Degrees, clockwise. Default 0. */
  readonly angle?: number;
  /** Pixels to the right and down. Default [0, 0]. */
  readonly translate?: readonly [right: number, down: number];
  /** Default 1. */
  readonly scale?: number;
  /** Degrees along x and y. Default [0, 0]. */
  readonly shear?: readonly [x: number, y: number];
  /** The point that stays, in pixels from the upper left corner. Default: the middle. */
  readonly center?: readonly [x: number, y: number];
}

export interface WarpOptions {
  /** Default nearest. */
  readonly interpolation?: Exclude<Interpolation, 'bicubic'>;
  /** What comes in from outside: a number for all planes, or one for each. Default 0. */
  readonly fill?: number | readonly number[];
}

const parameterNames = ['angle', 'translate', 'scale', 'shear', 'center'] as const;
const warpNames = ['interpolation', 'fill'] as const;

/** x' = a·x + b·y + c, y' = d·x + e·y + f: from places of the result to places of the picture, both from the middle. */
type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

function inverseMatrix({ height, width }: Image, parameters: AffineParameters): Matrix {
  const { angle = 0, translate = [0, 0], scale = 1, shear = [0, 0], center } = parameters;
  const [turn, shearX, shearY] = [radians(angle), radians(shear[0]), radians(shear[1])];
  const [x, y] = center ? [center[0] - width / 2, center[1] - height / 2] : [0, 0];
  // Turn · shear, whose inverse is its adjugate: the determinant is 1.
  const a = Math.cos(turn - shearY) / Math.cos(shearY);
  const b = (-Math.cos(turn - shearY) * Math.tan(shearX)) / Math.cos(shearY) - Math.sin(turn);
  const c = Math.sin(turn - shearY) / Math.cos(shearY);
  const d = (-Math.sin(turn - shearY) * Math.tan(shearX)) / Math.cos(shearY) + Math.cos(turn);
  const [m0, m1, m3, m4] = [d / scale, -b / scale, -c / scale, a / scale];
  const [backX, backY] = [-x - translate[0], -y - translate[1]];
  return [m0, m1, m0 * backX + m1 * backY + x, m3, m4, m3 * backX + m4 * backY + y];
}

/** To the nearest whole number, halves to the even one, as grid sampling rounds. */
function nearestPlace(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** A picture of which each pixel is taken from where the matrix says. */
function warped(
  op: string,
  image: Image,
  [a, b, c, d, e, f]: Matrix,
  [height, width]: readonly [number, number],
  { interpolation = 'nearest', fill = 0 }: WarpOptions,
): Image {
  const { data, channels } = image;
  const made = blank(channels, height, width);
  const fills = perPlane(op, 'fill', fill, channels);
  const [size, outSize] = [image.height * image.width, height * width];
  /** The pixel of a plane, or what stands outside. */
  const at = (plane: number, row: number, column: number): number =>
    row >= 0 && row < image.height && column >= 0 && column < image.width
      ? data[plane * size + row * image.width + column]
      : fills[plane];
  for (let row = 0; row < height; row++) {
    const y = row + 0.5 - height / 2;
    for (let column = 0; column < width; column++) {
      const x = column + 0.5 - width / 2;
      const sourceX = a * x + b * y + c + image.width / 2 - 0.5;
      const sourceY = d * x + e * y + f + image.height / 2 - 0.5;
      const out = row * width + column;
      if (interpolation === 'nearest') {
        const [fromRow, fromColumn] = [nearestPlace(sourceY), nearestPlace(sourceX)];
        for (let plane = 0; plane < channels; plane++)
          made.data[plane * outSize + out] = at(plane, fromRow, fromColumn);
        continue;
      }
      const [left, top] = [Math.floor(sourceX), Math.floor(sourceY)];
      const [right, down] = [sourceX - left, sourceY - top];
      for (let plane = 0; plane < channels; plane++) {
        made.data[plane * outSize + out] =
          (1 - down) * ((1 - right) * at(plane, top, left) + right * at(plane, top, left + 1)) +
          down * ((1 - right) * at(plane, top + 1, left) + right * at(plane, top + 1, left + 1));
      }
    }
  }
  return made;
}

function checkWarp(op: string, { interpolation = 'nearest' }: WarpOptions): void {
  checkInterpolation(op, interpolation);
  if ((interpolation as string) !== 'bicubic') return;
  throw new ArgumentError('interpolation is nearest or bilinear here', { op });
}

function checkAffine(op: string, parameters: AffineParameters): void {
  const { angle = 0, translate = [0, 0], scale = 1, shear = [0, 0], center = [0, 0] } = parameters;
  const numbers = [angle, ...translate, scale, ...shear, ...center];
  if (numbers.length === 8 && numbers.every(Number.isFinite) && scale > 0) return;
  throw new ArgumentError(
    `angle and scale are numbers, the others pairs, all finite, scale above 0; got ${JSON.stringify(parameters)}`,
    { op },
  );
}

/**
 * Turns, moves, scales and shears pictures about their middle, as torchvision's affine does with tensors.
 *
 * @throws ArgumentError for parameters that are no numbers.
 *
 * Shapes: [channels, height, width] → the same
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2, 3]), channels: 1, height: 1, width: 3 };
 * transforms.affine({ translate: [1, 0] })(image, new transforms.Random(0, 0, 0)).data; // → [0, 1, 2]
 * ```
 */
export function affine(parameters: AffineParameters & WarpOptions): Transform {
  const op = 'affine';
  optionsOf(op, parameters, [...parameterNames, ...warpNames]);
  checkAffine(op, parameters);
  checkWarp(op, parameters);
  return (image) =>
    warped(op, image, inverseMatrix(image, parameters), [image.height, image.width], parameters);
}

export interface RotateOptions extends WarpOptions {
  /** Whether the result is as large as the whole turned picture. Default: no, it keeps its size. */
  readonly expand?: boolean;
  /** The point that stays, in pixels from the upper left corner. Default: the middle. */
  readonly center?: readonly [x: number, y: number];
}

/** Height and width of a picture that holds the whole turned one. */
function expandedSize({ height, width }: Image, [a, b, c, d, e, f]: Matrix): readonly [number, number] {
  const corners = [-1, 1].flatMap((x) => [-1, 1].map((y) => [(x * width) / 2, (y * height) / 2]));
  // So near to a whole number is that number, as in torchvision.
  const tolerance = 1e-4;
  const extent = (places: readonly number[], side: number): number => {
    const round = (place: number): number => Math.trunc((place + side / 2) / tolerance) * tolerance;
    return Math.ceil(round(Math.max(...places))) - Math.floor(round(Math.min(...places)));
  };
  return [
    extent(
      corners.map(([x, y]) => d * x + e * y + f),
      height,
    ),
    extent(
      corners.map(([x, y]) => a * x + b * y + c),
      width,
    ),
  ];
}

function rotated(op: string, image: Image, degrees: number, options: RotateOptions): Image {
  const { expand = false, center } = options;
  const matrix = inverseMatrix(image, { angle: -degrees, center });
  const { height, width } = image;
  const size = !expand
    ? ([height, width] as const)
    : // Quarters of a turn only change the sides' places, where the corners' rounding would add lines.
      degrees % 90 === 0
      ? degrees % 180 === 0
        ? ([height, width] as const)
        : ([width, height] as const)
      : expandedSize(image, matrix);
  return warped(op, image, matrix, size, options);
}

const rotateNames = ['expand', 'center', ...warpNames] as const;

/**
 * Turns pictures by degrees, counter-clockwise, as torchvision's rotate does with tensors.
 *
 * Shapes: [channels, height, width] → the same; larger with `expand`
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2, 3, 4]), channels: 1, height: 2, width: 2 };
 * transforms.rotate(90)(image, new transforms.Random(0, 0, 0)).data; // → [2, 4, 1, 3]
 * ```
 */
export function rotate(degrees: number, options: RotateOptions = {}): Transform {
  const op = 'rotate';
  optionsOf(op, options, rotateNames);
  checkAffine(op, { angle: degrees, center: options.center });
  checkWarp(op, options);
  return (image) => rotated(op, image, degrees, options);
}

/** One number for minus that to that, or least and most. */
function rangeOf(op: string, name: string, range: number | readonly [number, number]): [number, number] {
  const [least, most] = typeof range === 'number' ? [-range, range] : range;
  if (Number.isFinite(least) && Number.isFinite(most) && least <= most) return [least, most];
  throw new ArgumentError(`${name} is a number from 0 on, or [least, most], got ${JSON.stringify(range)}`, {
    op,
  });
}

/**
 * Turns pictures by a random number of degrees: from -degrees to degrees, or [least, most].
 *
 * Shapes: [channels, height, width] → the same; larger with `expand`
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2, 3, 4]), channels: 1, height: 2, width: 2 };
 * const turn = transforms.randomRotation([90, 90]);
 * turn(image, new transforms.Random(0, 0, 0)).data; // → [2, 4, 1, 3]
 * ```
 */
export function randomRotation(
  degrees: number | readonly [least: number, most: number],
  options: RotateOptions = {},
): Transform {
  const op = 'randomRotation';
  optionsOf(op, options, rotateNames);
  const range = rangeOf(op, 'degrees', degrees);
  checkWarp(op, options);
  return (image, random) => rotated(op, image, random.uniform(...range), options);
}

export interface RandomAffineOptions extends WarpOptions {
  /** Most that pictures move, as shares of width and height. Default: none. */
  readonly translate?: readonly [horizontal: number, vertical: number];
  /** Least and largest scale. Default: none. */
  readonly scale?: readonly [least: number, most: number];
  /** Degrees along x: one number for minus that to that, [least, most], or two ranges in one list for x and y. Default: none. */
  readonly shear?:
    | number
    | readonly [least: number, most: number]
    | readonly [leastX: number, mostX: number, leastY: number, mostY: number];
  /** The point that stays. Default: the middle. */
  readonly center?: readonly [x: number, y: number];
}

/**
 * Turns, moves, scales and shears pictures at random about their middle.
 *
 * @throws ArgumentError for ranges that are none.
 *
 * Shapes: [channels, height, width] → the same
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array(16), channels: 1, height: 4, width: 4 };
 * const move = transforms.randomAffine(10, { translate: [0.1, 0.1], scale: [0.9, 1.1], shear: 5 });
 * move(image, new transforms.Random(0, 0, 0)).width; // → 4
 * ```
 */
export function randomAffine(
  degrees: number | readonly [least: number, most: number],
  options: RandomAffineOptions = {},
): Transform {
  const op = 'randomAffine';
  const { translate, scale, shear, center } = optionsOf(op, options, [
    'translate',
    'scale',
    'shear',
    'center',
    ...warpNames,
  ]);
  const turn = rangeOf(op, 'degrees', degrees);
  if (translate?.some((share) => !(share >= 0 && share <= 1))) {
    throw new ArgumentError(`translate is shares of the sides from 0 to 1, got [${translate}]`, { op });
  }
  if (scale && !(scale[0] > 0 && scale[0] <= scale[1])) {
    throw new ArgumentError(`scale is [least, most] from above 0 on, got [${scale}]`, { op });
  }
  const isPair = typeof shear === 'object' && shear.length === 4;
  const shearX =
    shear === undefined ? null : rangeOf(op, 'shear', isPair ? [shear[0], shear[1]] : (shear as number));
  const shearY = isPair ? rangeOf(op, 'shear', [shear[2], shear[3]]) : null;
  checkWarp(op, options);
  const between = (
    range: readonly [number, number] | null | undefined,
    random: Random,
    or: number,
  ): number => (range ? random.uniform(...range) : or);
  return (image, random) => {
    const angle = random.uniform(...turn);
    // Whole pixels, as torchvision moves them.
    const move = (share: number, side: number): number =>
      Math.round(random.uniform(-share * side, share * side)) + 0;
    const moved = translate
      ? ([move(translate[0], image.width), move(translate[1], image.height)] as const)
      : undefined;
    const parameters = {
      angle,
      translate: moved,
      scale: between(scale, random, 1),
      shear: [between(shearX, random, 0), between(shearY, random, 0)] as const,
      center,
    };
    return warped(op, image, inverseMatrix(image, parameters), [image.height, image.width], options);
  };
}
