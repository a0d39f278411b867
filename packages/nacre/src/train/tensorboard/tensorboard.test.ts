import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePng } from '../../datasets/png.ts';
import { tensor } from '../../tensor/create.ts';
import type { Callback } from '../callbacks/callback.ts';
import { TensorBoard } from '../callbacks/tensorboard.ts';
import { fit } from '../fit.ts';
import { directions, smallNetwork, smallTraining } from '../testing.ts';
import { crc32c, frame, maskedCrc } from './records.ts';
import { SummaryWriter } from './summary-writer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-tensorboard-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The fields of a message by their numbers: varints as numbers, all else as bytes. */
function fieldsOf(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const fields = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const varint = (): number => {
    let [value, factor] = [0, 1];
    for (; ; factor *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Uint8Array => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const key = varint();
    const wire = key % 8;
    const value = wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : varint());
    const field = (key - wire) / 8;
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

const view = (bytes: number | Uint8Array): DataView => {
  const { buffer, byteOffset, length } = bytes as Uint8Array;
  return new DataView(buffer, byteOffset, length);
};
const doublesOf = (bytes: number | Uint8Array): number[] =>
  Array.from({ length: (bytes as Uint8Array).length / 8 }, (_, i) => view(bytes).getFloat64(i * 8, true));
const textOf = (bytes: number | Uint8Array): string => new TextDecoder().decode(bytes as Uint8Array);

/** The messages of all event files of a folder, checksums looked at. */
async function eventsOf(path: string): Promise<Map<number, (number | Uint8Array)[]>[]> {
  const events: Map<number, (number | Uint8Array)[]>[] = [];
  for (const name of (await readdir(path)).sort()) {
    const bytes = new Uint8Array(await readFile(join(path, name)));
    for (let at = 0; at < bytes.length; ) {
      const length = Number(view(bytes).getBigUint64(at, true));
      expect(view(bytes).getUint32(at + 8, true)).toBe(maskedCrc(bytes.subarray(at, at + 8)));
      const data = bytes.subarray(at + 12, at + 12 + length);
      expect(view(bytes).getUint32(at + 12 + length, true)).toBe(maskedCrc(data));
      events.push(fieldsOf(data));
      at += 16 + length;
    }
  }
  return events;
}

/** `tag step value` of every number. */
const scalarsOf = (events: readonly Map<number, (number | Uint8Array)[]>[]): string[] =>
  events.flatMap((event) =>
    (event.get(5) ?? []).flatMap((summary) =>
      (fieldsOf(summary as Uint8Array).get(1) ?? []).flatMap((entry) => {
        const value = fieldsOf(entry as Uint8Array);
        const number = value.get(2);
        if (!number) return [];
        return [
          `${textOf(value.get(1)![0])} ${event.get(2)?.[0] ?? 0} ${view(number[0]).getFloat32(0, true)}`,
        ];
      }),
    ),
  );

describe('records', () => {
  // RFC 3720, appendix B.4.
  it.each([
    ['zeros', new Uint8Array(32), 0x8a9136aa],
    ['ones', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['rising numbers', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['the digits', new TextEncoder().encode('123456789'), 0xe3069283],
  ])('have the checksum of %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  it('stand between their length and their checksums', () => {
    const bytes = frame(new TextEncoder().encode('123456789'));
    expect(bytes.length).toBe(12 + 9 + 4);
    expect([...bytes.subarray(0, 8)]).toEqual([9, 0, 0, 0, 0, 0, 0, 0]);
    // Rotated by 15 bits, plus a constant.
    const masked = (((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0;
    expect(view(bytes).getUint32(21, true)).toBe(masked);
  });
});

describe('SummaryWriter', () => {
  it('writes numbers, histograms and pictures', async () => {
    const writer = new SummaryWriter(folder);
    writer.addScalar('loss', 0.5, 0);
    writer.addScalar('loss', -2, 1_000_000);
    await writer.addHistogram('weights', [0, 1, 2, 3, Number.NaN], 7);
    const red = tensor([[[1, 0]], [[0, 0.2]], [[0, 2]]]);
    await writer.addImage('pixels', red, 8);
    await writer.close();
    const [version, ...events] = await eventsOf(folder);
    expect(textOf(version.get(3)![0])).toBe('brain.Event:2');
    expect(scalarsOf(events)).toEqual(['loss 0 0.5', 'loss 1000000 -2']);
    const entryOf = (event: Map<number, (number | Uint8Array)[]>) =>
      fieldsOf(fieldsOf(event.get(5)![0] as Uint8Array).get(1)![0] as Uint8Array);
    const histogram = fieldsOf(entryOf(events[2]).get(5)![0] as Uint8Array);
    const numbers = [1, 2, 3, 4, 5].map((field) => doublesOf(histogram.get(field)![0])[0]);
    expect(numbers).toEqual([0, 3, 4, 6, 14]);
    const [limits, counts] = [6, 7].map((field) => doublesOf(histogram.get(field)![0]));
    expect([limits.length, limits.at(-1)]).toEqual([30, 3]);
    expect(counts.flatMap((count, bucket) => (count ? [bucket] : []))).toEqual([0, 10, 20, 29]);
    const image = fieldsOf(entryOf(events[3]).get(4)![0] as Uint8Array);
    expect([1, 2, 3].map((field) => image.get(field)![0])).toEqual([1, 2, 3]);
    const { data, channels } = await decodePng(image.get(4)![0] as Uint8Array);
    expect([channels, ...data]).toEqual([3, 255, 0, 0, 0, 51, 255]);
  });

  it('refuses what cannot be shown', async () => {
    const writer = new SummaryWriter(folder);
    expect(() => writer.addScalar('loss', 1, -1)).toThrow('a step is a whole number from 0 on, got -1');
    await expect(writer.addHistogram('weights', [Number.NaN], 0)).rejects.toThrow('no finite value');
    await expect(writer.addImage('image', tensor([1, 2]), 0)).rejects.toThrow('a picture is [height, width]');
    expect(() => new SummaryWriter('')).toThrow('no folder');
    const nowhere = new SummaryWriter('/proc/nowhere');
    await expect(nowhere.close()).rejects.toThrow('cannot make the folder');
  });
});

describe('TensorBoard', () => {
  const data = directions(32);
  const train = (callbacks: readonly Callback[], options = {}) => {
    const model = smallNetwork();
    return fit(model, data, { ...smallTraining(model), validation: data, epochs: 2, callbacks, ...options });
  };

  it('writes the numbers of each epoch, training and validation apart', async () => {
    const history = await train([new TensorBoard({ logDir: folder, histogramFreq: 2, updateFreq: 'batch' })]);
    const shown = await eventsOf(join(folder, 'train'));
    const scalars = scalarsOf(shown);
    for (const epoch of [0, 1]) {
      expect(scalars).toContain(`epoch_loss ${epoch} ${Math.fround(history.loss[epoch])}`);
      expect(scalars).toContain(`epoch_learning_rate ${epoch} ${Math.fround(0.02)}`);
    }
    expect(scalars).toContain(`batch_loss 4 ${Math.fround(history.loss[1])}`);
    const histograms = shown.filter((event) => event.get(5) && !scalarsOf([event]).length);
    expect(histograms.map((event) => event.get(2))).toEqual([[1], [1], [1], [1]]);
    const measured = scalarsOf(await eventsOf(join(folder, 'validation')));
    expect(measured).toEqual(
      [0, 1].flatMap((epoch) => [
        `epoch_loss ${epoch} ${Math.fround(history.valLoss[epoch])}`,
        `epoch_accuracy ${epoch} ${Math.fround(history.valAccuracy[epoch])}`,
      ]),
    );
  });

  it('goes on where a training is resumed, and hides what was written from there on', async () => {
    const { state } = await train([new TensorBoard({ logDir: folder })]);
    await train([new TensorBoard({ logDir: folder })], { epochs: 3, resume: state });
    const events = await eventsOf(join(folder, 'validation'));
    const starts = events.filter((event) => event.get(7)).map((event) => event.get(2));
    expect(starts).toEqual([[2]]);
    const steps = scalarsOf(events).filter((line) => line.startsWith('epoch_loss'));
    expect(steps.map((line) => line.split(' ')[1])).toEqual(['0', '1', '2']);
  });

  it('refuses options there are not', () => {
    expect(() => new TensorBoard({ updateFreq: 'day' as never })).toThrow("updateFreq is 'epoch' or 'batch'");
    expect(() => new TensorBoard({ histogramFreq: -1 })).toThrow('histogramFreq is a whole number from 0 on');
  });
});
