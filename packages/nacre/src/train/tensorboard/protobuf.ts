/**
 * The few forms of protobuf's wire format that event files have. Written by hand: they are 13 fields of 5 messages, a tenth of the code
 * that the smallest protobuf library brings along.
 */

export type Encoded = Uint8Array<ArrayBuffer>;

export function concatBytes(parts: readonly Uint8Array[]): Encoded {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): Encoded {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

const key = (field: number, wire: 0 | 1 | 2 | 5): Encoded => varint(field * 8 + wire);

/** A whole number of zero or more. */
export const integerField = (field: number, value: number): Encoded =>
  concatBytes([key(field, 0), varint(value)]);

const doubles = (values: ArrayLike<number>): Encoded => {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  for (let i = 0; i < values.length; i++) view.setFloat64(i * 8, values[i], true);
  return new Uint8Array(view.buffer);
};

export const doubleField = (field: number, value: number): Encoded =>
  concatBytes([key(field, 1), doubles([value])]);

export function floatField(field: number, value: number): Encoded {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return concatBytes([key(field, 5), new Uint8Array(view.buffer)]);
}

/** Bytes, or a message inside a message. */
export const bytesField = (field: number, bytes: Uint8Array): Encoded =>
  concatBytes([key(field, 2), varint(bytes.length), bytes]);

export const textField = (field: number, text: string): Encoded =>
  bytesField(field, new TextEncoder().encode(text));

/** Many doubles in one packed field. */
export const packedDoubles = (field: number, values: ArrayLike<number>): Encoded =>
  bytesField(field, doubles(values));
