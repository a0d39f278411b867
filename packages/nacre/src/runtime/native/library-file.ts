/** The first four bytes of an ELF file, as a little-endian word. */
const elf = 0x464c457f;
/** A Mach-O file of 64 bits, as a little-endian word. */
const machO = 0xfeedfacf;

const sharedObject = 3;
const loadSegment = 1;

/**
 * What is wrong with the bytes of a library, if something is: whether they are one, and whether all that will be mapped is there.
 *
 * The system's loader maps what the headers promise; a file that ends before ends the process with a bus error.
 * Source: System V ABI, chapters 4 and 5 (ELF header, program header).
 */
export function damageOf(bytes: Uint8Array): string | undefined {
  if (bytes.length < 64) return `it has ${bytes.length} bytes`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0, true);
  if (magic === machO) return undefined; // signed as a whole: its loader checks it
  if (magic !== elf) return 'it is no library';
  if (view.getUint16(16, true) !== sharedObject) return 'it is no shared library';
  const table = Number(view.getBigUint64(32, true));
  const size = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (table + size * count > bytes.length) return 'its end is missing';
  for (let i = 0; i < count; i++) {
    const at = table + i * size;
    const end = Number(view.getBigUint64(at + 8, true) + view.getBigUint64(at + 32, true));
    if (view.getUint32(at, true) === loadSegment && end > bytes.length) return 'its end is missing';
  }
  return undefined;
}
