import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { Module } from '../../nn/module.ts';
import { tensor } from '../../tensor/create.ts';
import { argmax } from '../../tensor/functions.ts';
import { noGrad } from '../../tensor/grad.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { colourOf, rgbOf } from '../colours.ts';
import { pngAddress } from '../images/encode-png.ts';
import { enlarged, type Raster } from '../images/pixels.ts';
import { Picture, pictureSettings } from '../picture.ts';
import { type Points, pointsOf } from '../projection/matrix.ts';
import { axesOf } from '../render/axes.ts';
import { document, element } from '../render/svg.ts';
import { linesText } from '../terminal/lines.ts';
import { checkSameLength, tensorNumbers } from '../values.ts';
import { type ClassLabels, groupsOf } from './classes.ts';
import { type AxesOptions, axesOptions, checkRange } from './line-chart.ts';

export interface DecisionRegionsOptions extends AxesOptions {
  /** Names of the classes that labels and predictions count from 0. Default: the numbers. */
  readonly classes?: readonly string[];
  /** Places asked along each axis. Default: 150. */
  readonly resolution?: number;
  /** Of a model that gives one number for each point: above it, it means class 1. Default: 0, right for logits; give 0.5 for probabilities. */
  readonly threshold?: number;
}

/** A classifier of points in the plane: [M, 2] to scores [M, C], or one number each: [M] or [M, 1]. */
export type PlaneClassifier = Module | ((points: Tensor) => Tensor);

const op = 'decisionRegions';
const usualSize = { width: 600, height: 560 };

/**
 * Which class a model takes each place of the plane for, as coloured areas, with the points it learned from.
 *
 * Shapes: points [N, 2], labels [N]; the model is given [M, 2]
 *
 * @throws ShapeMismatchError for points of other than two coordinates, or a model that gives something else than scores.
 *
 * @example
 * ```ts
 * import { Tensor } from 'nacre';
 * import { decisionRegions } from 'nacre/plot';
 * const above = (points: Tensor) => points.select(1, 1).sub(points.select(1, 0));
 * const picture = decisionRegions(above, [[0, 1], [1, 0]], [1, 0], { classes: ['below', 'above'] });
 * (await picture.svg()).includes('above'); // → true
 * ```
 */
export function decisionRegions(
  model: PlaneClassifier,
  points: Points,
  labels: ClassLabels,
  options: DecisionRegionsOptions = {},
): Picture {
  const known = [...axesOptions, 'classes', 'resolution', 'threshold'];
  const size = pictureSettings(op, options, known, usualSize);
  const { title = '', xLabel = '', yLabel = '', classes, resolution = 150, threshold = 0 } = options;
  if (!(Number.isInteger(resolution) && resolution >= 2 && resolution <= 1000)) {
    throw new ArgumentError(`resolution is a whole number from 2 to 1000, got ${resolution}`, { op });
  }
  checkRange(op, 'xRange', options.xRange);
  checkRange(op, 'yRange', options.yRange);
  const { values, count, width } = pointsOf(op, points);
  if (width !== 2) {
    throw new ShapeMismatchError(`the points have ${width} coordinates, and the plane two`, {
      op,
      shapes: [[count, width]],
    });
  }
  const groups = groupsOf(op, labels, classes);
  const total = groups.members.reduce((sum, { length }) => sum + length, 0);
  checkSameLength(op, {
    points: { length: count } as ArrayLike<unknown>,
    labels: { length: total } as ArrayLike<unknown>,
  });
  const xs = Array.from({ length: count }, (_, point) => values[2 * point]);
  const ys = Array.from({ length: count }, (_, point) => values[2 * point + 1]);
  const xRange = options.xRange ?? around(xs);
  const yRange = options.yRange ?? around(ys);
  const regions = classify(model, { xRange, yRange, resolution, threshold });
  // Of names, the classes are counted in the order in which they first occur.
  const classOf = (group: number): number => groups.numbers?.[group] ?? group;
  const clouds = groups.members.map((members, group) => ({
    label: groups.names[group],
    colour: colourOf(classOf(group)),
    x: members.map((member) => xs[member]),
    y: members.map((member) => ys[member]),
  }));
  return new Picture({
    ...size,
    svg: async () => {
      const { width, height } = size;
      const legend = clouds.map(({ label, colour }) => ({ name: label, colour }));
      const axes = axesOf({ title, xLabel, yLabel, xRange, yRange, width, height, legend });
      return document(width, height, [
        element('image', {
          x: axes.left,
          y: axes.top,
          width: axes.width,
          height: axes.height,
          preserveAspectRatio: 'none',
          // Larger, so that borders are steps and no blur.
          href: await pngAddress(enlarged(regionRaster(regions, resolution), 4)),
        }),
        ...clouds.flatMap(({ x, y, colour }) =>
          x.map((place, index) =>
            element('circle', {
              cx: axes.x(place),
              cy: axes.y(y[index]),
              r: count > 500 ? 2.5 : 4,
              fill: colour,
              stroke: '#ffffff',
              'stroke-width': 0.8,
            }),
          ),
        ),
        ...axes.parts,
      ]);
    },
    text: (look) => {
      const lines = clouds.map((cloud) => ({ ...cloud, isScattered: true }));
      return linesText([{ title, xLabel, lines, xRange, yRange }], { rows: 12, ...look });
    },
  });
}

/** From the smallest to the largest, and a tenth more on each side. */
function around(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low) / 10 || 1;
  return [low - margin, high + margin];
}

/** The class of each place, row by row from the top. */
function classify(
  model: PlaneClassifier,
  {
    xRange,
    yRange,
    resolution,
    threshold,
  }: {
    xRange: readonly [number, number];
    yRange: readonly [number, number];
    resolution: number;
    threshold: number;
  },
): ArrayLike<number> {
  const places = new Float32Array(2 * resolution * resolution);
  for (let row = 0; row < resolution; row++) {
    for (let column = 0; column < resolution; column++) {
      const at = 2 * (row * resolution + column);
      places[at] = xRange[0] + ((column + 0.5) / resolution) * (xRange[1] - xRange[0]);
      places[at + 1] = yRange[1] - ((row + 0.5) / resolution) * (yRange[1] - yRange[0]);
    }
  }
  const scores = noGrad(() => scoresOf(model, tensor(places, { shape: [resolution ** 2, 2] })));
  const { shape } = scores;
  if (shape[0] !== resolution ** 2 || shape.length > 2) {
    throw new ShapeMismatchError(`the model gave ${showShape(shape)} for ${resolution ** 2} points`, {
      op,
      shapes: [shape],
      hint: 'It gives scores [M, classes], or [M] of two classes',
    });
  }
  if (shape.length === 2 && shape[1] > 1) return tensorNumbers(argmax(scores, 1));
  return Array.from(tensorNumbers(scores), (score) => Number(score > threshold));
}

/** What the model gives in evaluation mode; the modes of its parts are put back. */
function scoresOf(model: PlaneClassifier, points: Tensor): Tensor {
  if (!(model instanceof Module)) return model(points);
  const modes = model.modules().map((module) => [module, module.training] as const);
  model.eval();
  try {
    const scores = (model as unknown as { forward(x: Tensor): unknown }).forward(points);
    if (scores instanceof Tensor) return scores;
    throw new ArgumentError(`${model.constructor.name}.forward gave no tensor`, { op });
  } finally {
    for (const [module, training] of modes) module.train(training);
  }
}

/** The colours of the classes, light, so that points stand out. */
function regionRaster(classes: ArrayLike<number>, side: number): Raster {
  const data = Uint8Array.from(
    Array.from(classes, (each) => rgbOf(colourOf(each)).map((value) => 255 - (255 - value) * 0.3)).flat(),
  );
  return { data, width: side, height: side, channels: 3 };
}
