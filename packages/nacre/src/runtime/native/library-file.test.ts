import { describe, expect, test } from 'vitest';
import { damageOf } from './library-file.ts';

/** An ELF file of 64 bits: its header, one segment, and so many bytes of it. */
function elf({ type = 3, segment = 1, promised = 256, bytes = 256 } = {}): Uint8Array {
  const view = new DataView(new ArrayBuffer(64 + 56 + bytes));
  view.setUint32(0, 0x464c457f, true);
  view.setUint16(16, type, true);
  view.setBigUint64(32, 64n, true); // where the program headers begin
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, segment, true);
  view.setBigUint64(64 + 8, 120n, true);
  view.setBigUint64(64 + 32, BigInt(promised), true);
  return new Uint8Array(view.buffer);
}

describe('damageOf', () => {
  test('finds nothing wrong with a whole library', () => {
    expect(damageOf(elf())).toBeUndefined();
    expect(damageOf(elf({ segment: 4, promised: 9999 }))).toBeUndefined(); // a note is not mapped
  });

  test('takes a Mach-O file as it is', () => {
    const file = new Uint8Array(100);
    new DataView(file.buffer).setUint32(0, 0xfeedfacf, true);
    expect(damageOf(file)).toBeUndefined();
  });

  test.each([
    ['it has 10 bytes', elf().subarray(0, 10)],
    ['it is no library', new Uint8Array(4096)],
    ['it is no shared library', elf({ type: 2 })],
    ['its end is missing', elf({ promised: 257 })],
    ['its end is missing', elf().subarray(0, 100)],
  ])('says "%s"', (damage, file) => {
    expect(damageOf(file)).toBe(damage);
  });
});
