import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as transforms from '../../src/data/transforms/index.ts';
import { type Image, Random, type Transform } from '../../src/data/transforms/index.ts';

interface Case {
  readonly transform: string;
  readonly image: string;
  readonly args: readonly unknown[];
  readonly shape: readonly number[];
  readonly expect: readonly number[];
  /** How often the picture stands beside and below itself, as bytes. */
  readonly repeat?: number;
}

/** What `generate.py` wrote: the pictures in the first line, then a case in each. */
const [first, ...cases] = readFileSync(path.join(import.meta.dirname, 'transforms.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as unknown);
const { images } = first as { images: Record<string, { shape: [number, number, number]; data: number[] }> };

function pictureOf(name: string): Image {
  const { shape, data } = images[name];
  return { data: Float32Array.from(data), channels: shape[0], height: shape[1], width: shape[2] };
}

function repeated({ data, channels, height, width }: Image, times: number): Image {
  const [high, wide] = [height * times, width * times];
  const made = new Float32Array(channels * high * wide).map((_, at) => {
    const [plane, row, column] = [Math.floor(at / (high * wide)), Math.floor(at / wide) % high, at % wide];
    return Math.round(data[(plane * height + (row % height)) * width + (column % width)] * 255) / 255;
  });
  return { data: made, channels, height: high, width: wide };
}

const named = transforms as unknown as Record<string, (...args: readonly unknown[]) => Transform>;

describe('transforms agree with torchvision', () => {
  it.each(
    (cases as Case[]).map(
      (one) => [`${one.transform}(${JSON.stringify(one.args)})`, one.image, one] as const,
    ),
  )('%s of the %s picture', (_, image, { transform, args, shape, expect: expected, repeat }) => {
    const given = repeat ? repeated(pictureOf(image), repeat) : pictureOf(image);
    const before = given.data.slice();
    const made = named[transform](...args)(given, new Random(0, 0, 0));
    expect([made.channels, made.height, made.width]).toEqual(shape);
    const worst = made.data.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at])), 0);
    expect(worst).toBeLessThan(2e-5);
    expect(given.data).toEqual(before);
  });
});
