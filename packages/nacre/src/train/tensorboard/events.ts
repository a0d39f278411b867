/** The messages of TensorFlow's event.proto and summary.proto that TensorBoard draws: field numbers are those of the files. */
import {
  bytesField,
  concatBytes,
  doubleField,
  type Encoded,
  floatField,
  integerField,
  packedDoubles,
  textField,
} from './protobuf.ts';

/** Event: `wall_time` 1, `step` 2, and one of `file_version` 3, `summary` 5, `session_log` 7. */
const event = (seconds: number, step: number, content: Encoded): Encoded =>
  concatBytes([doubleField(1, seconds), ...(step > 0 ? [integerField(2, step)] : []), content]);

/** What an event file begins with. */
export const versionEvent = (seconds: number): Encoded => event(seconds, 0, textField(3, 'brain.Event:2'));

/** Says that a training begins at a step: what other files have from there on is not shown. SessionLog: `status` 1, START is 1. */
export const startEvent = (seconds: number, step: number): Encoded =>
  event(seconds, step, bytesField(7, integerField(1, 1)));

/** Summary: `value` 1; Value: `tag` 1 and what is shown. */
const summaryEvent = (seconds: number, step: number, tag: string, content: Encoded): Encoded =>
  event(seconds, step, bytesField(5, bytesField(1, concatBytes([textField(1, tag), content]))));

/** Value: `simple_value` 2. */
export const scalarEvent = (seconds: number, step: number, tag: string, value: number): Encoded =>
  summaryEvent(seconds, step, tag, floatField(2, value));

export interface Picture {
  readonly height: number;
  readonly width: number;
  /** 1: grey, 3: RGB, 4: RGB and how opaque. */
  readonly channels: number;
  readonly png: Uint8Array;
}

/** Value: `image` 4; Image: `height` 1, `width` 2, `colorspace` 3, `encoded_image_string` 4. */
export const imageEvent = (seconds: number, step: number, tag: string, picture: Picture): Encoded =>
  summaryEvent(
    seconds,
    step,
    tag,
    bytesField(
      4,
      concatBytes([
        integerField(1, picture.height),
        integerField(2, picture.width),
        integerField(3, picture.channels),
        bytesField(4, picture.png),
      ]),
    ),
  );

/** How many stretches of equal length the values are counted in. */
const buckets = 30;

/** Value: `histo` 5; HistogramProto: `min` 1, `max` 2, `num` 3, `sum` 4, `sum_squares` 5, `bucket_limit` 6, `bucket` 7. */
export function histogramEvent(
  seconds: number,
  step: number,
  tag: string,
  values: ArrayLike<number>,
): Encoded {
  let [min, max, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < values.length; i++) {
    min = Math.min(min, values[i]);
    max = Math.max(max, values[i]);
    sum += values[i];
    squares += values[i] ** 2;
  }
  const counts = new Float64Array(max > min ? buckets : 1);
  const width = (max - min) / counts.length;
  for (let i = 0; i < values.length; i++) {
    counts[width > 0 ? Math.min(Math.floor((values[i] - min) / width), counts.length - 1) : 0]++;
  }
  const limits = Array.from(counts, (_, bucket) =>
    bucket === counts.length - 1 ? max : min + (bucket + 1) * width,
  );
  const numbers = [min, max, values.length, sum, squares].map((value, i) => doubleField(i + 1, value));
  return summaryEvent(
    seconds,
    step,
    tag,
    bytesField(5, concatBytes([...numbers, packedDoubles(6, limits), packedDoubles(7, counts)])),
  );
}
