import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DType } from '../base/dtype.ts';
import { ArgumentError, FormatError } from '../base/errors.ts';
import { type ArrayRecord, bytesOf } from '../io/arrays.ts';
import { decodeIdx, encodeIdx } from './idx.ts';

const file = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const header = (code: number, ...lengths: number[]): number[] => [
  0,
  0,
  code,
  lengths.length,
  ...lengths.flatMap((length) => [length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255]),
];

describe('decodeIdx', () => {
  test.each([
    ['uint8', file(...header(0x08, 3), 0, 128, 255), Uint8Array.of(0, 128, 255)],
    ['int8', file(...header(0x09, 2), 127, 128), Int8Array.of(127, -128)],
    ['int32', file(...header(0x0c, 2), 0, 0, 1, 2, 255, 255, 255, 254), Int32Array.of(258, -2)],
    ['float32', file(...header(0x0d, 1), 0x3f, 0x80, 0, 0), Float32Array.of(1)],
    ['float64', file(...header(0x0e, 1), 0xc0, 0, 0, 0, 0, 0, 0, 0), Float64Array.of(-2)],
  ])('reads %s, big-endian', async (dtype, bytes, data) => {
    expect(await decodeIdx(bytes)).toEqual({ dtype, shape: [data.length], data });
  });

  test('reads several dimensions, empty ones too, and its data is its own', async () => {
    const bytes = file(...header(0x08, 2, 1, 2), 1, 2, 3, 4);
    const { shape, data } = await decodeIdx(bytes);
    expect(shape).toEqual([2, 1, 2]);
    bytes.fill(9);
    expect([...data]).toEqual([1, 2, 3, 4]);
    expect(await decodeIdx(file(...header(0x0d, 5, 0)))).toEqual({
      dtype: 'float32',
      shape: [5, 0],
      data: new Float32Array(),
    });
  });

  test('reads gzip, whatever its size', async () => {
    for (const length of [0, 1, 100, 300_000]) {
      const data = Uint8Array.from({ length }, (_, at) => (at * at) >> 3);
      const record: ArrayRecord = { dtype: 'uint8', shape: [length], data };
      const back = await decodeIdx(gzipSync(encodeIdx(record)));
      expect([back.dtype, back.shape]).toEqual(['uint8', [length]]);
      expect(Buffer.compare(bytesOf(back.data), data)).toBe(0);
    }
  });

  const wrong: [what: string, bytes: Uint8Array, message: RegExp][] = [
    ['nothing', file(), /0 bytes end inside the header/],
    ['a header cut in its magic', file(0, 0, 8), /3 bytes end inside/],
    ['a header cut in its lengths', file(0, 0, 8, 2, 0, 0, 0, 1), /8 bytes end inside/],
    ['another magic', file(0x89, 0x50, 0x4e, 0x47), /begins with bytes 137 and 80/],
    ['16-bit integers', file(...header(0x0b, 1), 0, 0), /0x0b.*0x08 \(uint8\)/],
    ['no dimensions', file(0, 0, 8, 0, 1), /0 dimensions/],
    ['nine dimensions', file(...header(8, 1, 1, 1, 1, 1, 1, 1, 1, 1), 1), /9 dimensions/],
    ['data cut short', file(...header(0x0c, 2), 0, 0, 0, 1, 0, 0, 0), /takes 16 bytes, the file has 15/],
    ['trailing bytes', file(...header(0x08, 1), 1, 2), /1 bytes after the end/],
    [
      'lengths far beyond the file',
      file(...header(0x0e, ...new Array(8).fill(0xffffffff))),
      /takes .* bytes, the file has/,
    ],
    ['gzip of nothing', gzipSync(''), /0 bytes end inside/],
    ['gzip of another file', gzipSync('hello there'), /begins with bytes 104 and 101/],
    ['gzip of data cut short', gzipSync(file(...header(8, 9), 1)), /takes 17 bytes, the file has 9/],
    ['gzip that is cut', gzipSync(file(...header(8, 4), 1, 2, 3, 4)).subarray(0, 20), /damaged or cut short/],
    [
      'gzip with a wrong checksum',
      Uint8Array.from(gzipSync(file(...header(8, 1), 1))).fill(0, -8, -4),
      /damaged or cut short/,
    ],
    [
      'gzip that announces a terabyte',
      gzipSync(file(...header(8, 1 << 20, 1 << 20))),
      /takes 1099511627788 bytes, more than/,
    ],
    [
      'gzip that unfolds to more than announced',
      gzipSync(new Uint8Array([...header(8, 4), ...new Array(200_000).fill(0)])),
      /more than the 12 bytes/,
    ],
  ];
  test.each(wrong)('refuses %s', async (_, bytes, message) => {
    await expect(decodeIdx(bytes)).rejects.toThrow(FormatError);
    await expect(decodeIdx(bytes)).rejects.toThrow(message);
  });

  test('stops unfolding a bomb soon after its announced end', async () => {
    const bomb = gzipSync(new Uint8Array([...header(8, 4), ...new Uint8Array(1 << 20)]), { level: 9 });
    const endless = new Uint8Array(bomb.length * 1000); // members of gzip one after the other
    for (let copy = 0; copy < 1000; copy++) endless.set(bomb, copy * bomb.length);
    await expect(decodeIdx(endless)).rejects.toThrow(/more than the 12 bytes/);
  });
});

test('encodeIdx refuses what the format lacks', () => {
  expect(() => encodeIdx({ dtype: 'bool', shape: [1], data: Uint8Array.of(1) })).toThrow(ArgumentError);
  expect(() => encodeIdx({ dtype: 'uint8', shape: [], data: Uint8Array.of(1) })).toThrow(/shape \[\]/);
});

describe('arbitrary input', () => {
  const arrays = {
    uint8: Uint8Array,
    int8: Int8Array,
    int32: Int32Array,
    float32: Float32Array,
    float64: Float64Array,
  };
  const arbitraryRecord = fc
    .tuple(
      fc.constantFrom(...(Object.keys(arrays) as (keyof typeof arrays)[])),
      fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }),
      fc.integer(),
    )
    .map(([dtype, shape, seed]): ArrayRecord => {
      const data = new arrays[dtype](shape.reduce((a, b) => a * b, 1));
      bytesOf(data).forEach((_, at, bytes) => {
        bytes[at] = seed * (at + 3);
      });
      return { dtype: dtype as DType, shape, data };
    });
  /** Succeeds or throws FormatError; anything else escapes and fails the test. */
  const attempt = async (bytes: Uint8Array): Promise<void> => {
    try {
      await decodeIdx(bytes);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  };

  test('every record comes back bit by bit, plain and compressed', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRecord, fc.boolean(), async (record, compressed) => {
        const plain = encodeIdx(record);
        const back = await decodeIdx(compressed ? gzipSync(plain) : plain);
        expect([back.dtype, back.shape]).toEqual([record.dtype, record.shape]);
        expect(bytesOf(back.data)).toEqual(bytesOf(record.data));
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('bytes, truncations and mutations are read or refused', async () => {
    const idxLike = fc.uint8Array({ maxLength: 60 }).map((rest) => file(0, 0, ...rest));
    const gzipLike = fc.uint8Array({ maxLength: 60 }).map((rest) => file(0x1f, 0x8b, 8, 0, ...rest));
    for (const bytes of [fc.uint8Array({ maxLength: 100 }), idxLike, gzipLike]) {
      await fc.assert(fc.asyncProperty(bytes, attempt), { numRuns: 300, seed: 2 });
    }
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        arbitraryRecord,
        fc.boolean(),
        fc.nat(),
        edits,
        async (record, compressed, at, changes) => {
          const whole = Uint8Array.from(compressed ? gzipSync(encodeIdx(record)) : encodeIdx(record));
          await expect(decodeIdx(whole.subarray(0, at % whole.length))).rejects.toThrow(FormatError);
          for (const [position, value] of changes) whole[position % whole.length] = value;
          await attempt(whole);
        },
      ),
      { numRuns: 400, seed: 3 },
    );
  });
});
