import { ArgumentError, DataError, ShapeMismatchError } from '../../base/errors.ts';
import { sequential } from '../colours.ts';
import { Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { renderSvg } from '../render/echarts.ts';
import { confusionTable } from '../terminal/confusion.ts';
import { displayWidth } from '../terminal/width.ts';
import type { PictureTexts } from '../texts.ts';
import { checkNotEmpty } from '../values.ts';
import { titleStyle, topWith } from './frame.ts';

const op = 'confusionMatrix';
/** With more classes no count can be read. */
const mostClasses = 50;

const columnsOf = (names: readonly string[]): number => Math.max(...names.map(displayWidth));

function check(counts: readonly (readonly number[])[], classes: readonly string[]): void {
  checkNotEmpty(op, counts.length, 'classes');
  if (counts.length > mostClasses) {
    throw new ArgumentError(
      `${counts.length} classes are more than can be read; the most is ${mostClasses}`,
      {
        op,
        hint: 'Draw some of them: take their rows and columns alone, or join classes that are alike',
      },
    );
  }
  if (counts.some((row) => row.length !== counts.length) || classes.length !== counts.length) {
    throw new ShapeMismatchError(
      `${counts.length} rows, ${counts[0].length} columns and ${classes.length} names of classes`,
      {
        op,
        shapes: [[counts.length, counts[0].length], [classes.length]],
        hint: 'Give counts[actual][predicted] with as many columns as rows, and a name for each',
      },
    );
  }
  for (const count of counts.flat()) {
    if (Number.isFinite(count) && count >= 0) continue;
    throw new DataError(`a count is a number from 0 on, got ${count}`, { op });
  }
}

/**
 * How often each class was taken for each, one row for each actual class, the first on top.
 *
 * A cell's colour is the square root of its part of the row, so that classes of different sizes compare and single mistakes
 * show; its text is the count.
 *
 * @param counts `counts[actual][predicted]`, as ConfusionMatrix gives them.
 * @param classes their names. Default: 0, 1, 2, …
 * @throws ShapeMismatchError for counts that are no square or do not fit the names; ArgumentError for more than 50 classes; DataError for
 * no classes and numbers that are no counts.
 *
 * @example
 * ```ts
 * import { confusionMatrix } from 'nacre/plot';
 * const picture = confusionMatrix([[9, 1], [0, 12]], ['cat', 'dog'], { language: 'en' });
 * picture.text()!.includes('90.0 %'); // → true
 * ```
 */
export function confusionMatrix(
  counts: readonly (readonly number[])[],
  classes: readonly string[] = counts.map((_, index) => String(index)),
  options: PictureOptions = {},
): Picture {
  check(counts, classes);
  const side = Math.max(640, 100 + 36 * counts.length);
  const { texts, width, height } = pictureSettings(op, options, [], { width: side, height: side });
  const title = options.title ?? texts.confusionMatrix;
  return new Picture({
    width,
    height,
    svg: () => draw(counts, classes, { title, texts, width, height }),
    text: ({ palette }) => confusionTable(counts, classes, texts, palette),
  });
}

function draw(
  counts: readonly (readonly number[])[],
  classes: readonly string[],
  { title, texts, width, height }: { title: string; texts: PictureTexts; width: number; height: number },
): Promise<string> {
  const cells = counts.flatMap((row, actual) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => ({
      value: [predicted, actual, total > 0 ? Math.sqrt(count / total) : 0],
      label: { show: count > 0, formatter: String(count) },
    }));
  });
  const nameRoom = columnsOf(classes) * 6.8;
  const cell = (width - 96 - nameRoom) / classes.length;
  // Names that are wider than their column stand on end.
  const rotate = nameRoom > cell - 6 ? 90 : 0;
  const digits = Math.max(...counts.flat().map((count) => String(count).length));
  const axis = {
    type: 'category' as const,
    data: [...classes],
    axisTick: { show: false },
    nameLocation: 'middle' as const,
  };
  return renderSvg(
    {
      title: { text: title, left: 'center', top: 12, textStyle: titleStyle },
      grid: { left: 60 + nameRoom, right: 24, top: topWith(title), bottom: rotate ? 56 + nameRoom : 64 },
      xAxis: {
        ...axis,
        name: texts.predicted,
        nameGap: rotate ? nameRoom + 20 : 32,
        axisLabel: { rotate, interval: 0 },
      },
      yAxis: {
        ...axis,
        name: texts.actual,
        nameGap: nameRoom + 24,
        inverse: true,
        axisLabel: { interval: 0 },
      },
      visualMap: { show: false, min: 0, max: 1, dimension: 2, inRange: { color: [...sequential] } },
      series: [
        {
          type: 'heatmap',
          data: cells,
          label: { fontSize: Math.max(6, Math.min(13, (cell - 4) / (digits * 0.62))) },
          itemStyle: { borderColor: '#e8e8e8', borderWidth: 1 },
        },
      ],
    },
    width,
    height,
  );
}
