import { ArgumentError } from '../../base/errors.ts';
import { verdict } from '../colours.ts';
import { Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { document, element, fitted, text, textWidth, titleText } from '../render/svg.ts';
import type { Palette } from '../terminal/colour.ts';
import { halfBlockImage } from '../terminal/image.ts';
import { align, displayWidth, truncate } from '../terminal/width.ts';
import type { PictureTexts } from '../texts.ts';
import { checkSameLength, type Numbers, numbersOf } from '../values.ts';
import { pngAddress } from './encode-png.ts';
import { brightnessOf, enlarged, type Images, planesOf, type Raster, rasterOf, reduced } from './pixels.ts';

/** What stands below the images: names, or numbers of classes. */
export type ImageLabels = Numbers | readonly string[];

export interface ImageGridOptions extends PictureOptions {
  /** What each image shows. Default: nothing is written below them. */
  readonly labels?: ImageLabels;
  /** What each was taken for; where it differs from the label, the image is framed and both are named. Default: nothing. */
  readonly predictions?: ImageLabels;
  /** Names of the classes that labels and predictions count from 0. Default: the numbers. */
  readonly classes?: readonly string[];
  /** Images in a row. Default: as many as make a square, 10 at most. */
  readonly columns?: number;
  /** The numbers shown as black and as white. Default: 0 and 255 for uint8, 0 and 1 where all lie there, else smallest and largest. */
  readonly range?: readonly [low: number, high: number];
  /** Side of an image in the picture, in pixels. Default: a multiple of its own, near 96. */
  readonly imageSize?: number;
}

const op = 'imageGrid';

/** What is known of one image. */
interface Caption {
  readonly label: string | undefined;
  readonly prediction: string | undefined;
  readonly isWrong: boolean;
}

/** A grid that is ready to be drawn; feature maps and filters are such grids too. */
export interface Grid {
  readonly images: readonly Raster[];
  readonly captions: readonly Caption[];
  readonly columns: number;
  readonly title: string;
  readonly texts: PictureTexts;
  readonly imageSize?: number;
}

function namesOf(
  name: string,
  given: ImageLabels | undefined,
  classes: readonly string[] | undefined,
): string[] | undefined {
  if (given === undefined) return undefined;
  if (Array.isArray(given) && given.every((label) => typeof label === 'string')) return [...given];
  return Array.from(numbersOf(op, name, given as Numbers), (label) => {
    if (!classes) return String(label);
    const known = classes[label];
    if (known !== undefined) return known;
    throw new ArgumentError(`${name} has the class ${label}, and classes are ${classes.length}`, {
      op,
      hint: 'Labels count the classes from 0',
    });
  });
}

/** So many in a row that rows and columns are about as many. */
export const columnsFor = (count: number): number => Math.min(10, Math.ceil(Math.sqrt(count)));

/** Throws an ArgumentError unless so many images can stand in a row. */
export function checkColumns(op: string, columns: number): void {
  if (Number.isInteger(columns) && columns > 0 && columns <= 100) return;
  throw new ArgumentError(`columns is a whole number from 1 to 100, got ${columns}`, { op });
}

/**
 * Images in rows, with what each shows below it, and what it was taken for: right ones in blue, wrong ones in a frame and in orange.
 *
 * Shapes: images [N, H, W], [N, 1, H, W] or [N, 3, H, W], labels and predictions [N]
 *
 * @throws ShapeMismatchError for images of differing size, other channels, or as many labels as there are no images; DataError for none.
 *
 * @example
 * ```ts
 * import { rand } from 'nacre';
 * import { imageGrid } from 'nacre/plot';
 * const picture = imageGrid(rand([6, 1, 8, 8]), { labels: [3, 1, 4, 1, 5, 9], predictions: [3, 1, 4, 7, 5, 9] });
 * (await picture.svg()).match(/<image/g)!.length; // → 6
 * imageGrid([rand([8, 8]), rand([9, 8])]); // → throws ShapeMismatchError: image 1 has 8 x 9 pixels
 * ```
 */
export function imageGrid(images: Images, options: ImageGridOptions = {}): Picture {
  const known = ['labels', 'predictions', 'classes', 'columns', 'range', 'imageSize'];
  const { texts } = pictureSettings(op, options, known, { width: 640, height: 640 });
  const planes = planesOf(op, images);
  const { classes, range, imageSize, title = '' } = options;
  if (range && !(range[0] < range[1])) {
    throw new ArgumentError(`range goes from a low to a high number, got [${range.join(', ')}]`, { op });
  }
  const labels = namesOf('labels', options.labels, classes);
  const predictions = namesOf('predictions', options.predictions, classes);
  checkSameLength(op, { images: planes, ...(labels && { labels }), ...(predictions && { predictions }) });
  const columns = options.columns ?? columnsFor(planes.length);
  checkColumns(op, columns);
  const brightness = brightnessOf(planes, range);
  return gridPicture(
    {
      images: planes.map((plane) => rasterOf(plane, brightness, range !== undefined)),
      captions: planes.map((_, index) => {
        const [label, prediction] = [labels?.[index], predictions?.[index]];
        const isWrong = label !== undefined && prediction !== undefined && label !== prediction;
        return { label, prediction, isWrong };
      }),
      columns: Math.min(columns, planes.length),
      title,
      texts,
      imageSize,
    },
    options,
  );
}

const usualSide = 96;
const margin = 16;
const gap = 10;
const captionLine = 17;
const captionSize = 12;
const mostCaption = 200;

/** What stands below an image: one line where it was right, two where it was not. */
function captionLines({ label, prediction, isWrong }: Caption, texts: PictureTexts): string[] {
  if (label === undefined && prediction === undefined) return [];
  if (!isWrong) return [label ?? prediction!];
  return [`${texts.actual} ${label}`, `${texts.predicted} ${prediction}`];
}

export function gridPicture(grid: Grid, options: PictureOptions): Picture {
  const { images, captions, columns, title, texts } = grid;
  const [{ width, height }] = images;
  const rows = Math.ceil(images.length / columns);
  const lines = Math.max(...captions.map((caption) => captionLines(caption, texts).length));
  const top = title === '' ? margin : 48;
  const aspect = height / width;
  const side = grid.imageSize ?? sideFor(width, options.width, columns, lines);
  const widest = Math.max(
    ...captions.flatMap((caption) =>
      captionLines(caption, texts).map((line) => textWidth(line, captionSize)),
    ),
    0,
  );
  // Captions that are wider than their images move them apart, up to a point.
  const isFree = options.width === undefined;
  const cellWidth = Math.max(side, isFree ? Math.min(widest + 8, mostCaption) : 0) + gap;
  const cellHeight = side * aspect + gap + lines * captionLine;
  const size = {
    width: options.width ?? Math.ceil(2 * margin + columns * cellWidth - gap),
    height: options.height ?? Math.ceil(top + margin + rows * cellHeight - gap),
  };
  return new Picture({
    ...size,
    svg: () => drawGrid(grid, { ...size, top, side, cellWidth, cellHeight }),
    text: ({ columns: room, palette }) => gridText(grid, room, palette),
  });
}

/** A whole multiple of the image's side, so that its pixels are squares of one size; wide enough for captions. */
function sideFor(pixels: number, width: number | undefined, columns: number, lines: number): number {
  if (width !== undefined) return (width - 2 * margin + gap) / columns - gap;
  const side = pixels >= usualSide ? usualSide : pixels * Math.max(1, Math.floor(usualSide / pixels));
  return lines > 0 ? Math.max(side, 72) : side;
}

async function drawGrid(
  { images, captions, columns, title, texts }: Grid,
  size: {
    width: number;
    height: number;
    top: number;
    side: number;
    cellWidth: number;
    cellHeight: number;
  },
): Promise<string> {
  const { width, height, top, side, cellWidth, cellHeight } = size;
  const left = (width - columns * cellWidth + gap) / 2;
  const cells = await Promise.all(
    images.map(async (image, index) => {
      const x = left + (index % columns) * cellWidth + (cellWidth - gap - side) / 2;
      const y = top + Math.floor(index / columns) * cellHeight;
      const imageHeight = (side * image.height) / image.width;
      // Twice as many as the picture's own, for files of twice its size.
      const factor = Math.max(1, Math.ceil((2 * side) / image.width));
      const address = await pngAddress(enlarged(image, Math.min(factor, 32)));
      const { isWrong, prediction } = captions[index];
      const ink = isWrong ? verdict.wrong : prediction === undefined ? '#333333' : verdict.right;
      return [
        element('image', { x, y, width: side, height: imageHeight, href: address }),
        isWrong
          ? element('rect', {
              x: x - 2,
              y: y - 2,
              width: side + 4,
              height: imageHeight + 4,
              fill: 'none',
              stroke: verdict.wrong,
              'stroke-width': 3,
            })
          : '',
        ...captionLines(captions[index], texts).map((line, at) =>
          text(fitted(line, cellWidth, captionSize), x + side / 2, y + imageHeight + 15 + at * captionLine, {
            size: captionSize,
            anchor: 'middle',
            fill: ink,
            isBold: isWrong,
          }),
        ),
      ];
    }),
  );
  return document(width, height, [titleText(title, width), ...cells.flat()]);
}

/** Columns that an image takes in a terminal at least, and at most. */
const leastColumns = 8;
const mostColumns = 32;

/** The grid in characters: as many images side by side as there is room for. */
function gridText({ images, captions, title, columns }: Grid, room: number, palette: Palette): string[] {
  const [{ width, height }] = images;
  // Four beside each other, if they can still be made out then.
  const shared = Math.floor((room + 2) / Math.min(columns, 4)) - 2;
  const pixels = Math.min(width, mostColumns, room, Math.max(leastColumns, shared));
  const across = Math.max(1, Math.min(columns, Math.floor((room + 2) / (pixels + 2))));
  const lines: string[] = title === '' ? [] : [palette.bold(truncate(title, room))];
  for (let first = 0; first < images.length; first += across) {
    const row = images.slice(first, first + across).map((image) => {
      const small =
        pixels < width ? reduced(image, pixels, Math.max(1, Math.round((height * pixels) / width))) : image;
      return halfBlockImage(small.data, pixels, palette, small.channels);
    });
    if (lines.length > 0) lines.push('');
    for (let line = 0; line < row[0].length; line++) {
      lines.push(
        row
          .map((image) => image[line])
          .join('  ')
          .trimEnd(),
      );
    }
    const below = captions.slice(first, first + across);
    if (below.some(({ label, prediction }) => label !== undefined || prediction !== undefined)) {
      lines.push(
        below
          .map((caption) => captionCell(caption, pixels, palette))
          .join('  ')
          .trimEnd(),
      );
    }
  }
  return lines;
}

/** A caption in as many columns as its image: `7`, or `7 → 1 ✗` where 7 was taken for 1. */
function captionCell({ label, prediction, isWrong }: Caption, columns: number, palette: Palette): string {
  const content = isWrong ? `${label} → ${prediction} ✗` : (label ?? prediction ?? '');
  const shown = truncate(content, columns);
  const spaces = Math.max(0, columns - displayWidth(shown));
  const before = ' '.repeat(spaces >> 1);
  return `${before}${isWrong ? palette.red(shown) : shown}${align('', spaces - (spaces >> 1))}`;
}
