import { type DType, dtypes } from '../base/dtype.ts';
import { ArgumentError, FormatError, showShape } from '../base/errors.ts';
import { sizeOf } from '../base/shape.ts';
import { type ArrayRecord, bytesOf, checkRecord } from '../io/arrays.ts';

const op = 'decodeIdx';
const maxRank = 8;
/** Deflate cannot shrink data more than this (zlib's technical details: 1032 to 1 in the limit). */
const maxDeflateRatio = 1032;
/** A cap on what a compressed file may unfold to, however well it fits its own header: 2 GiB. */
const maxInflatedBytes = 2 ** 31;

const codeOfDType = { uint8: 0x08, int8: 0x09, int32: 0x0c, float32: 0x0d, float64: 0x0e } as const;
type IdxDType = keyof typeof codeOfDType;
const dtypeOfCode: ReadonlyMap<number, DType> = new Map(
  (Object.keys(codeOfDType) as IdxDType[]).map((dtype) => [codeOfDType[dtype], dtype]),
);

interface IdxHeader {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Where the data begins. */
  readonly headerBytes: number;
  /** Of header and data together. */
  readonly totalBytes: number;
}

const refuse = (message: string, hint?: string): never => {
  throw new FormatError(message, { op, hint });
};

/** Reads the header, or gives undefined where `bytes` ends inside it. */
function readHeader(bytes: Uint8Array): IdxHeader | undefined {
  if (bytes.length < 4) return undefined;
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    refuse(
      `the file begins with bytes ${bytes[0]} and ${bytes[1]}, an IDX file with two zeros`,
      'Is it the right file?',
    );
  }
  const dtype = dtypeOfCode.get(bytes[2]);
  if (dtype === undefined) {
    return refuse(
      `the dtype code is 0x${bytes[2].toString(16).padStart(2, '0')}`,
      `Read are ${Object.entries(codeOfDType)
        .map(([name, code]) => `0x0${code.toString(16)} (${name})`)
        .join(', ')}`,
    );
  }
  const rank = bytes[3];
  if (rank < 1 || rank > maxRank) refuse(`${rank} dimensions; 1 to ${maxRank} are read`);
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const totalBytes = headerBytes + sizeOf(shape) * dtypes[dtype].bytes;
  return { dtype, shape, headerBytes, totalBytes };
}

const showHeader = ({ dtype, shape }: IdxHeader): string => `${dtype} data of shape ${showShape(shape)}`;

/** The numbers of an IDX file that is whole and not compressed, copied into the platform's byte order. */
function decodePlain(bytes: Uint8Array): ArrayRecord {
  const header = readHeader(bytes);
  if (header === undefined)
    return refuse(`${bytes.length} bytes end inside the header`, 'The file is cut short');
  const { dtype, shape, headerBytes, totalBytes } = header;
  if (bytes.length < totalBytes) {
    return refuse(
      `${showHeader(header)} takes ${totalBytes} bytes, the file has ${bytes.length}`,
      'The file is cut short',
    );
  }
  if (bytes.length > totalBytes) {
    return refuse(`${bytes.length - totalBytes} bytes after the end of ${showHeader(header)}`);
  }
  const data = new Uint8Array(bytes.subarray(headerBytes));
  const { bytes: width, array: TypedArrayOf } = dtypes[dtype];
  // IDX is big-endian; every platform Nacre runs on is little-endian.
  if (width > 1) for (let at = 0; at < data.length; at += width) data.subarray(at, at + width).reverse();
  return { dtype, shape, data: new TypedArrayOf(data.buffer, 0, data.length / width) };
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Pieces of at most 64 KiB, so that unfolding can stop soon after it has gone wrong. */
function inflate(bytes: Uint8Array): ReadableStreamDefaultReader<Uint8Array> {
  let at = 0;
  const source = new ReadableStream<BufferSource>({
    pull(controller) {
      const end = Math.min(at + 65_536, bytes.length);
      controller.enqueue(new Uint8Array(bytes.subarray(at, end)));
      at = end;
      if (at === bytes.length) controller.close();
    },
  });
  return source.pipeThrough(new DecompressionStream('gzip')).getReader();
}

/**
 * Unfolds a gzip file that must hold IDX. The header, met first, says how long the whole is: a file that could not
 * hold so much is refused before that much memory is taken, and unfolding stops at the first byte too many.
 */
async function inflateIdx(bytes: Uint8Array): Promise<Uint8Array> {
  const reader = inflate(bytes);
  let start = new Uint8Array(0);
  let whole: Uint8Array | undefined;
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown): never => {
        throw new FormatError('the gzip data is damaged or cut short', {
          op,
          cause,
          hint: 'Fetch the file again',
        });
      });
      if (done) break;
      if (whole === undefined) {
        const joined = new Uint8Array(start.length + value.length);
        joined.set(start);
        joined.set(value, start.length);
        start = joined;
        const header = readHeader(start);
        if (header === undefined) continue;
        if (header.totalBytes > Math.min(maxInflatedBytes, bytes.length * maxDeflateRatio)) {
          refuse(
            `${showHeader(header)} takes ${header.totalBytes} bytes, more than ${bytes.length} bytes of gzip may unfold to`,
          );
        }
        whole = new Uint8Array(header.totalBytes);
      }
      const piece = filled === 0 ? start : value;
      if (filled + piece.length > whole.length) {
        refuse(`the gzip file unfolds to more than the ${whole.length} bytes its header announces`);
      }
      whole.set(piece, filled);
      filled += piece.length;
    }
  } finally {
    reader.cancel().catch(() => {}); // an ended or failed stream has nothing to cancel; the result is decided above
  }
  return whole === undefined ? start : whole.subarray(0, filled);
}

/**
 * Reads an IDX file, the format of the MNIST digits, plain or compressed with gzip: two zero bytes, a dtype, the
 * number of dimensions, a big-endian 32-bit length for each, then big-endian numbers, row-major.
 * Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "File formats".
 *
 * @returns uint8, int8, int32, float32 or float64 data, its own copy.
 * @throws FormatError for a file that is not IDX, is cut short or goes on after its end, before memory is taken
 * for what its header announces; 16-bit integers (0x0b) are not read.
 *
 * @example
 * ```ts
 * import { decodeIdx } from 'nacre/datasets';
 * const bytes = new Uint8Array([0, 0, 8, 1, 0, 0, 0, 3, 10, 20, 30]); // uint8, one axis, three numbers
 * const { dtype, shape, data } = await decodeIdx(bytes);
 * dtype; // → 'uint8'
 * shape; // → [3]
 * data; // → [10, 20, 30]
 * ```
 */
export async function decodeIdx(bytes: Uint8Array): Promise<ArrayRecord> {
  return decodePlain(isGzip(bytes) ? await inflateIdx(bytes) : bytes);
}

/**
 * Writes a record as an IDX file, not compressed. Throws ArgumentError for a dtype or rank the format lacks.
 *
 * @example
 * ```ts
 * import { encodeIdx } from 'nacre/datasets';
 * const bytes = encodeIdx({ dtype: 'uint8', shape: [3], data: new Uint8Array([10, 20, 30]) });
 * bytes; // → [0, 0, 8, 1, 0, 0, 0, 3, 10, 20, 30]
 * ```
 */
export function encodeIdx(record: ArrayRecord): Uint8Array {
  checkRecord('encodeIdx', 'record', record);
  const { dtype, shape, data } = record;
  if (!Object.hasOwn(codeOfDType, dtype) || shape.length < 1 || shape.length > maxRank) {
    throw new ArgumentError(`IDX does not hold ${dtype} data of shape ${showShape(shape)}`, {
      op: 'encodeIdx',
      hint: `Give 1 to ${maxRank} dimensions of ${Object.keys(codeOfDType).join(', ')}`,
    });
  }
  const headerBytes = 4 + 4 * shape.length;
  const file = new Uint8Array(headerBytes + data.byteLength);
  file[2] = codeOfDType[dtype as IdxDType];
  file[3] = shape.length;
  const view = new DataView(file.buffer);
  for (const [axis, length] of shape.entries()) view.setUint32(4 + 4 * axis, length);
  file.set(bytesOf(data), headerBytes);
  const width = dtypes[dtype].bytes;
  if (width > 1)
    for (let at = headerBytes; at < file.length; at += width) file.subarray(at, at + width).reverse();
  return file;
}
