import { describe, expect, it } from 'vitest';
import { jpegOrientation, type Orientation, turnUpright } from './orientation.ts';

/** The beginning of a JPEG file with an Exif segment that holds one entry. */
function exifFile(value: number, littleEndian: boolean, tag = 0x0112): Uint8Array {
  const bytes = new Uint8Array(2 + 4 + 6 + 8 + 2 + 12 + 4);
  const view = new DataView(bytes.buffer);
  bytes.set([0xff, 0xd8, 0xff, 0xe1]);
  view.setUint16(4, bytes.length - 4);
  bytes.set(Buffer.from('Exif\0\0', 'latin1'), 6);
  const tiff = 12;
  bytes.set(Buffer.from(littleEndian ? 'II' : 'MM'), tiff);
  view.setUint16(tiff + 2, 42, littleEndian);
  view.setUint32(tiff + 4, 8, littleEndian);
  view.setUint16(tiff + 8, 1, littleEndian);
  view.setUint16(tiff + 10, tag, littleEndian);
  view.setUint16(tiff + 12, 3, littleEndian);
  view.setUint32(tiff + 14, 1, littleEndian);
  view.setUint16(tiff + 18, value, littleEndian);
  return bytes;
}

describe('jpegOrientation', () => {
  it.each([1, 3, 6, 8])('reads %d in both byte orders', (value) => {
    expect(jpegOrientation(exifFile(value, true))).toBe(value);
    expect(jpegOrientation(exifFile(value, false))).toBe(value);
  });

  it.each([
    ['a value that does not exist', exifFile(9, true)],
    ['another tag', exifFile(6, true, 0x0110)],
    ['no Exif', Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 2)],
    ['nothing', Uint8Array.of(0xff, 0xd8)],
  ])('takes %s as upright', (_, bytes) => expect(jpegOrientation(bytes)).toBe(1));

  it('survives a file cut anywhere', () => {
    const whole = exifFile(6, true);
    for (let length = 2; length < whole.length; length++) {
      expect([1, 6]).toContain(jpegOrientation(whole.subarray(0, length)));
    }
  });
});

describe('turnUpright', () => {
  // Stored pixels, and what a viewer shows, for each orientation of the upright picture [1 2 3 / 4 5 6].
  const stored: { readonly [O in Orientation]: { width: number; pixels: number[] } } = {
    1: { width: 3, pixels: [1, 2, 3, 4, 5, 6] },
    2: { width: 3, pixels: [3, 2, 1, 6, 5, 4] },
    3: { width: 3, pixels: [6, 5, 4, 3, 2, 1] },
    4: { width: 3, pixels: [4, 5, 6, 1, 2, 3] },
    5: { width: 2, pixels: [1, 4, 2, 5, 3, 6] },
    6: { width: 2, pixels: [3, 6, 2, 5, 1, 4] },
    7: { width: 2, pixels: [6, 3, 5, 2, 4, 1] },
    8: { width: 2, pixels: [4, 1, 5, 2, 6, 3] },
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8] as const)('orientation %d', (orientation) => {
    const { width, pixels } = stored[orientation];
    const data = Uint8Array.from(pixels.flatMap((pixel) => [pixel, pixel + 100]));
    const upright = turnUpright({ data, width, height: 6 / width, channels: 2 }, orientation);
    expect(upright).toMatchObject({ width: 3, height: 2, channels: 2 });
    expect([...upright.data]).toEqual([1, 101, 2, 102, 3, 103, 4, 104, 5, 105, 6, 106]);
  });
});
