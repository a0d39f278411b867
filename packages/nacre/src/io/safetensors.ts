import { type DType, dtypes, type TypedArray } from '../base/dtype.ts';
import { ArgumentError, FormatError, showShape } from '../base/errors.ts';
import { type ArrayRecord, bytesOf, checkRecord, viewOf } from './arrays.ts';
import { isWellFormed, JsonNumber, type JsonObject, type JsonValue, parseStrictJson, quote } from './json.ts';

/** What a safetensors file holds. Tensors come in the order of their data. */
export interface SafetensorsFile {
  readonly tensors: Map<string, ArrayRecord>;
  readonly metadata: Record<string, string>;
}

/** The format's limit on its header, against files made to exhaust a JSON parser. */
const maxHeaderBytes = 100_000_000;
const lengthBytes = 8;
const metadataKey = '__metadata__';

/** The format's names, in its order of increasing alignment; a writer puts the widest data first. */
const nameOfDType: { readonly [D in DType]: string } = {
  bool: 'BOOL',
  uint8: 'U8',
  int8: 'I8',
  float16: 'F16',
  bfloat16: 'BF16',
  int32: 'I32',
  float32: 'F32',
  float64: 'F64',
};
const alignmentOrder = Object.keys(nameOfDType) as DType[];

interface FileDType {
  readonly dtype: DType;
  readonly bytes: number;
}
const fileDTypes: ReadonlyMap<string, FileDType> = new Map([
  ...alignmentOrder.map((dtype): [string, FileDType] => [
    nameOfDType[dtype],
    { dtype, bytes: dtypes[dtype].bytes },
  ]),
  ['I64', { dtype: 'int32', bytes: 8 }],
]);

/** By the bytes of UTF-8, which is by code point; `<` on strings would go by UTF-16 units. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

/**
 * Writes tensors as one safetensors file: eight bytes of header length, the JSON header padded with spaces to a
 * multiple of eight, then the data, widest dtype first and by name within a dtype, so that everything is aligned.
 * The result depends on the tensors alone, not on the order they are given in.
 *
 * Source: the format section of huggingface/safetensors' README and the order its `serialize` writes.
 *
 * @param metadata free text by free name, kept in the header.
 * @throws ArgumentError for a tensor named `__metadata__`, a name or text with half of a surrogate pair, metadata
 * that is not text, or a header over 100 MB; DTypeError and ShapeMismatchError for a record that contradicts itself.
 */
export function encodeSafetensors(
  records: ReadonlyMap<string, ArrayRecord> | Readonly<Record<string, ArrayRecord>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const op = 'encodeSafetensors';
  const encoder = new TextEncoder();
  const given: readonly [string, ArrayRecord][] =
    records instanceof Map ? [...records] : Object.entries(records);
  const sorted = given
    .map(([name, record]) => ({ name, record, nameBytes: encoder.encode(name) }))
    .sort(
      (a, b) =>
        alignmentOrder.indexOf(b.record.dtype) - alignmentOrder.indexOf(a.record.dtype) ||
        compareBytes(a.nameBytes, b.nameBytes),
    );

  const members: string[] = [];
  const texts = Object.entries(metadata);
  for (const [name, text] of texts) {
    if (typeof text !== 'string') {
      throw new ArgumentError(`metadata ${JSON.stringify(name)} is ${typeof text}`, {
        op,
        hint: 'Metadata is text: use String(value)',
      });
    }
    if (!isWellFormed(name) || !isWellFormed(text)) {
      throw new ArgumentError(`metadata ${JSON.stringify(name)} has half of a surrogate pair`, { op });
    }
  }
  if (texts.length > 0) {
    const pairs = texts.map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`);
    members.push(`"${metadataKey}":{${pairs.join(',')}}`);
  }

  let dataBytes = 0;
  for (const { name, record } of sorted) {
    checkRecord(op, name, record);
    if (name === metadataKey)
      throw new ArgumentError(`no tensor may be named ${metadataKey}: the format keeps metadata there`, {
        op,
      });
    if (!isWellFormed(name))
      throw new ArgumentError(`the name ${JSON.stringify(name)} has half of a surrogate pair`, { op });
    const begin = dataBytes;
    dataBytes += record.data.byteLength;
    members.push(
      `${JSON.stringify(name)}:{"dtype":"${nameOfDType[record.dtype]}","shape":[${record.shape.join(',')}],"data_offsets":[${begin},${dataBytes}]}`,
    );
  }

  const header = encoder.encode(`{${members.join(',')}}`);
  const headerBytes = Math.ceil(header.length / 8) * 8;
  if (headerBytes > maxHeaderBytes) {
    throw new ArgumentError(`the header takes ${headerBytes} bytes, the format allows ${maxHeaderBytes}`, {
      op,
      hint: 'Shorten the metadata or split the tensors over several files',
    });
  }
  const file = new Uint8Array(lengthBytes + headerBytes + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, lengthBytes, lengthBytes + headerBytes);
  file.set(header, lengthBytes);
  let at = lengthBytes + headerBytes;
  for (const { record } of sorted) {
    file.set(bytesOf(record.data), at);
    at += record.data.byteLength;
  }
  return file;
}

interface Entry {
  readonly name: string;
  /** As the file writes it. */
  readonly fileDType: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const op = 'decodeSafetensors';
/** A shape as it stands in messages, cut as names are. */
const show = (shape: readonly number[]): string =>
  shape.length > 8 ? `[${shape.slice(0, 8).join(', ')}, …]` : showShape(shape);
const refuse = (message: string, hint?: string): never => {
  throw new FormatError(message, { op, hint });
};

function readHeader(bytes: Uint8Array): { header: JsonObject; dataStart: number } {
  if (bytes.length < lengthBytes) {
    refuse(`${bytes.length} bytes are too few for a safetensors file, whose first 8 are the header's length`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    refuse(
      `a header of ${length} bytes (the format allows ${maxHeaderBytes})`,
      'The file is not safetensors, or damaged',
    );
  }
  const dataStart = lengthBytes + Number(length);
  if (dataStart > bytes.length) {
    refuse(
      `a header of ${length} bytes in a file of ${bytes.length}`,
      'The file is cut short, or not safetensors',
    );
  }
  if (bytes[lengthBytes] !== 0x7b || length === 0n) refuse('the header does not start with "{"');
  let text: string;
  try {
    // A copy, because TextDecoder refuses shared memory.
    text = new TextDecoder('utf-8', { fatal: true }).decode(
      new Uint8Array(bytes.subarray(lengthBytes, dataStart)),
    );
  } catch (cause) {
    throw new FormatError('the header is not UTF-8', { op, cause });
  }
  return { header: parseStrictJson(op, text) as JsonObject, dataStart };
}

function readMetadata(value: JsonValue | undefined): Record<string, string> {
  if (value === undefined) return {};
  if (!(value instanceof Map)) return refuse(`${metadataKey} is not an object`);
  const pairs: [string, string][] = [];
  for (const [name, text] of value as JsonObject) {
    if (typeof text !== 'string') return refuse(`${metadataKey} entry ${quote(name)} is not a string`);
    pairs.push([name, text]);
  }
  return Object.fromEntries(pairs); // defines, never assigns: a name such as __proto__ is only a name
}

const readNaturals = (value: JsonValue | undefined, what: string): readonly number[] => {
  if (!Array.isArray(value)) return refuse(`${what} is not a list`);
  return value.map((item: JsonValue) => {
    const natural = item instanceof JsonNumber ? item.natural : undefined;
    if (natural !== undefined) return natural;
    const shown = item instanceof JsonNumber ? item.text.slice(0, 40) : typeof item;
    return refuse(`${what} holds ${shown}, which is not an integer from 0 to 2^53 - 1`);
  });
};

function readEntry(name: string, value: JsonValue): Entry {
  const tensor = `tensor ${quote(name)}`;
  if (!(value instanceof Map)) return refuse(`${tensor} is not an object`);
  const info = value as JsonObject;

  const fileDType = info.get('dtype');
  if (typeof fileDType !== 'string') return refuse(`${tensor} has no dtype`);
  const known = fileDTypes.get(fileDType);
  if (known === undefined) {
    return refuse(
      `${tensor} has the dtype ${quote(fileDType)}, which Nacre does not have`,
      `Convert it to one of ${[...fileDTypes.keys()].join(', ')} where the file is made`,
    );
  }

  const shape = readNaturals(info.get('shape'), `the shape of ${tensor}`);
  let byteLength = known.bytes;
  for (const length of shape) {
    byteLength *= length;
    if (!Number.isSafeInteger(byteLength))
      return refuse(`${tensor} of shape ${show(shape)} has more bytes than can be counted`);
  }

  const offsets = readNaturals(info.get('data_offsets'), `data_offsets of ${tensor}`);
  if (offsets.length !== 2) return refuse(`data_offsets of ${tensor} has ${offsets.length} numbers, not 2`);
  const [begin, end] = offsets;
  if (begin > end) return refuse(`${tensor} begins at ${begin}, behind its end at ${end}`);
  if (end - begin !== byteLength) {
    return refuse(
      `${tensor} of dtype ${fileDType} and shape ${show(shape)} takes ${byteLength} bytes, its data_offsets span ${end - begin}`,
    );
  }
  return { name, fileDType, dtype: known.dtype, shape, begin, end };
}

/** The ranges must cover the data from its first byte to its last, each byte once. */
function checkCover(sorted: readonly Entry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of sorted) {
    if (end > dataBytes)
      refuse(
        `tensor ${quote(name)} ends at byte ${end} of ${dataBytes} bytes of data`,
        'The file is cut short',
      );
    if (begin < covered)
      refuse(
        `tensor ${quote(name)} begins at byte ${begin}, inside the tensor before it, which ends at ${covered}`,
      );
    if (begin > covered)
      refuse(`bytes ${covered} to ${begin}, before tensor ${quote(name)}, belong to no tensor`);
    covered = end;
  }
  if (covered < dataBytes) refuse(`${dataBytes - covered} bytes after the last tensor belong to none`);
}

function narrowInt64(name: string, bytes: Uint8Array, start: number, byteLength: number): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, byteLength);
  const values = new Int32Array(byteLength / 8);
  for (let index = 0; index < values.length; index++) {
    const low = view.getInt32(index * 8, true);
    // It fits exactly when the upper half repeats the sign of the lower.
    if (view.getInt32(index * 8 + 4, true) !== low >> 31) {
      refuse(
        `tensor ${quote(name)} of dtype I64 holds ${view.getBigInt64(index * 8, true)}, which int32 cannot`,
        'Convert it to F64 where the file is made',
      );
    }
    values[index] = low;
  }
  return values;
}

function readData(entry: Entry, bytes: Uint8Array, dataStart: number): TypedArray {
  const start = dataStart + entry.begin;
  const byteLength = entry.end - entry.begin;
  if (entry.fileDType === 'I64') return narrowInt64(entry.name, bytes, start, byteLength);
  const data = viewOf(entry.dtype, bytes, start, byteLength);
  if (entry.dtype === 'bool' && data.some((value) => value > 1)) {
    refuse(`tensor ${quote(entry.name)} of dtype BOOL holds a byte other than 0 and 1`);
  }
  return data;
}

/**
 * Reads a safetensors file. Every size and offset is checked before any data is touched; data that is aligned for
 * its dtype stays where it is in `bytes` (changing one changes the other), the rest is copied.
 * I64 becomes int32, if every value fits.
 *
 * Source: the format section of huggingface/safetensors' README.
 *
 * @throws FormatError for whatever is not a whole, sound safetensors file, and for dtypes Nacre does not have.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, dataStart } = readHeader(bytes);
  const metadata = readMetadata(header.get(metadataKey));
  const entries: Entry[] = [];
  for (const [name, value] of header) if (name !== metadataKey) entries.push(readEntry(name, value));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(entries, bytes.length - dataStart);

  const tensors = new Map<string, ArrayRecord>();
  for (const entry of entries) {
    tensors.set(entry.name, {
      dtype: entry.dtype,
      shape: entry.shape,
      data: readData(entry, bytes, dataStart),
    });
  }
  return { tensors, metadata };
}
