import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DType, dtypes, type TypedArray } from '../base/dtype.ts';
import { ArgumentError, DTypeError, FormatError, ShapeMismatchError } from '../base/errors.ts';
import { type ArrayRecord, bytesOf } from './arrays.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

/** A file with any header text and any data, right or wrong. */
function fileOf(header: string | Uint8Array, dataBytes = 0, headerLength?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}
const headerOf = (file: Uint8Array): string => {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return new TextDecoder().decode(file.subarray(8, 8 + length));
};
const record = (dtype: DType, shape: number[], data: TypedArray): ArrayRecord => ({ dtype, shape, data });
const one = (dtype: string, shape: string, offsets: string): string =>
  `{"a":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}}`;

describe('encodeSafetensors', () => {
  test('writes the bytes the format prescribes', () => {
    const file = encodeSafetensors({ w: record('float32', [2], Float32Array.of(1, -2)) }, { by: 'é' });
    const header = '{"__metadata__":{"by":"é"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const padded = header + ' '.repeat((8 - (new TextEncoder().encode(header).length % 8)) % 8);
    expect(headerOf(file)).toBe(padded);
    expect([...file.subarray(-8)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  test('writes an empty file as an empty object padded to eight bytes', () => {
    expect([...encodeSafetensors({})]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d, 32, 32, 32, 32, 32, 32]);
  });

  test('sorts by alignment, then by name in UTF-8 order, whatever the order given', () => {
    const byte = Uint8Array.of(1);
    const records: [string, ArrayRecord][] = [
      ['😀', record('uint8', [1], byte)],
      ['ﬀ', record('uint8', [1], byte)],
      ['b', record('float64', [1], Float64Array.of(1))],
      ['a', record('float64', [1], Float64Array.of(2))],
      ['half', record('bfloat16', [1], Uint16Array.of(3))],
      ['n', record('int32', [1], Int32Array.of(4))],
      ['flag', record('bool', [1], byte)],
    ];
    const file = encodeSafetensors(new Map(records));
    expect([...decodeSafetensors(file).tensors.keys()]).toEqual(['a', 'b', 'n', 'half', 'ﬀ', '😀', 'flag']);
    expect(encodeSafetensors(new Map(records.reverse()))).toEqual(file);
  });

  test('refuses what a file cannot hold', () => {
    const data = Float32Array.of(1);
    expect(() => encodeSafetensors({ __metadata__: record('float32', [1], data) })).toThrow(ArgumentError);
    expect(() => encodeSafetensors({ '\ud800': record('float32', [1], data) })).toThrow(/surrogate/);
    expect(() => encodeSafetensors({}, { a: '\udc00' })).toThrow(/surrogate/);
    expect(() => encodeSafetensors({}, { a: 1 as unknown as string })).toThrow(/"a" is number/);
    expect(() => encodeSafetensors({ w: record('float32', [2], data) })).toThrow(ShapeMismatchError);
    expect(() => encodeSafetensors({ w: record('int32', [1], data) })).toThrow(DTypeError);
    expect(() => encodeSafetensors({ w: record('complex64' as DType, [1], data) })).toThrow(/"w".*complex64/);
    expect(() => encodeSafetensors({ w: record('bool', [1], Uint8Array.of(2)) })).toThrow(/0 and 1/);
    expect(() => encodeSafetensors({ w: record('float32', [-1], data) })).toThrow(ArgumentError);
  });
});

describe('decodeSafetensors', () => {
  test('reads a file another writer made: any order, white space, no padding', () => {
    const file = fileOf(
      '{ "b" : {"data_offsets":[4,6], "shape":[], "dtype":"F16", "note":[1.5,null]},\n"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]} } ',
      6,
    );
    file.set([7, 0, 0, 0, 0, 0x3c], file.length - 6);
    const { tensors, metadata } = decodeSafetensors(file);
    expect(tensors.get('a')).toEqual(record('int32', [1], Int32Array.of(7)));
    expect(tensors.get('b')).toEqual(record('float16', [], Uint16Array.of(0x3c00)));
    expect(metadata).toEqual({});
  });

  test('takes names that mean something to the language as names', () => {
    const names = ['__proto__', 'constructor', 'toString', '', '"\\\n'];
    const records = new Map(names.map((name) => [name, record('uint8', [1], Uint8Array.of(1))]));
    const metadata = Object.fromEntries(names.map((name) => [name, `text of ${name}`]));
    const read = decodeSafetensors(encodeSafetensors(records, metadata));
    expect([...read.tensors.keys()].sort()).toEqual([...names].sort());
    expect(Object.entries(read.metadata)).toEqual(Object.entries(metadata));
    expect(Object.getPrototypeOf(read.metadata)).toBe(Object.prototype);
    const fromObject = encodeSafetensors(Object.fromEntries(records), metadata);
    expect(fromObject).toEqual(encodeSafetensors(records, metadata));
  });

  test('shares aligned data with the bytes and copies the rest', () => {
    const file = encodeSafetensors({ w: record('float64', [1], Float64Array.of(1.5)) });
    expect(decodeSafetensors(file).tensors.get('w')!.data.buffer).toBe(file.buffer);
    const shifted = new Uint8Array(file.length + 1).subarray(1);
    shifted.set(file);
    const { data } = decodeSafetensors(shifted).tensors.get('w')!;
    expect(data.buffer).not.toBe(shifted.buffer);
    expect([...data]).toEqual([1.5]);
    const pooled = Buffer.concat([Buffer.from([0]), file]).subarray(1); // a Buffer's slice() would not copy
    expect([...decodeSafetensors(pooled).tensors.get('w')!.data]).toEqual([1.5]);
  });

  test('reads a file that lies in shared memory', () => {
    const file = encodeSafetensors({ w: record('int8', [2], Int8Array.of(-1, 5)) });
    const shared = new Uint8Array(new SharedArrayBuffer(file.length));
    shared.set(file);
    expect([...decodeSafetensors(shared).tensors.get('w')!.data]).toEqual([-1, 5]);
  });

  test('narrows I64 to int32 where every value fits', () => {
    const file = fileOf(one('I64', '[3]', '[0,24]'), 24);
    const view = new DataView(file.buffer, file.length - 24);
    for (const [index, value] of [-(2n ** 31n), -1n, 2n ** 31n - 1n].entries())
      view.setBigInt64(index * 8, value, true);
    expect(decodeSafetensors(file).tensors.get('a')).toEqual(
      record('int32', [3], Int32Array.of(-(2 ** 31), -1, 2 ** 31 - 1)),
    );
    for (const value of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 32n]) {
      view.setBigInt64(8, value, true);
      expect(() => decodeSafetensors(file)).toThrow(new RegExp(`tensor "a".*I64 holds ${value},`));
    }
  });

  const wrong: [what: string, file: Uint8Array, message: RegExp][] = [
    ['nothing', new Uint8Array(0), /0 bytes are too few/],
    ['seven bytes', new Uint8Array(7), /7 bytes are too few/],
    ['a header beyond the file', fileOf('{}', 0, 3n), /header of 3 bytes in a file of 10/],
    ['a header over 100 MB', fileOf('{}', 0, 100_000_001n), /header of 100000001 bytes \(the format allows/],
    ['a header of 2^64 - 1 bytes', fileOf('{}', 0, 2n ** 64n - 1n), /18446744073709551615/],
    ['an empty header', fileOf(''), /does not start with "\{"/],
    ['an empty header before a brace', fileOf('{}', 0, 0n), /does not start with "\{"/],
    ['a header that starts with a space', fileOf(' {}'), /does not start with "\{"/],
    ['a header that starts with a byte order mark', fileOf('\ufeff{}'), /does not start with "\{"/],
    ['a header that is a list', fileOf('[]'), /does not start with "\{"/],
    ['a header that is not UTF-8', fileOf(Uint8Array.of(0x7b, 0xff, 0x7d)), /not UTF-8/],
    ['a header that is cut', fileOf('{"a":'), /expected a value at character 5/],
    ['text after the header', fileOf('{}x'), /text after the end/],
    ['a tensor given twice', fileOf('{"a":1,"\\u0061":2}'), /"a" is given twice/],
    ['a key given twice in a tensor', fileOf('{"a":{"dtype":"U8","dtype":"U8"}}'), /"dtype" is given twice/],
    ['metadata given twice', fileOf('{"__metadata__":{},"__metadata__":{}}'), /given twice/],
    ['a metadata key given twice', fileOf('{"__metadata__":{"a":"1","a":"2"}}'), /"a" is given twice/],
    ['deep nesting', fileOf(`{"a":${'['.repeat(100_000)}`), /nested deeper than 64/],
    ['a trailing comma', fileOf('{"a":1,}'), /expected a string/],
    ['a control character in a name', fileOf('{"a\n":1}'), /control character/],
    ['an escape JSON does not have', fileOf('{"\\x41":1}'), /escape/],
    ['half of a surrogate pair', fileOf('{"\\ud800":1}'), /surrogate/],
    ['a name without an end', fileOf('{"a\\"'), /without an end/],
    ['a tensor that is a number', fileOf('{"a":1}'), /tensor "a" is not an object/],
    ['metadata that is a list', fileOf('{"__metadata__":[]}'), /__metadata__ is not an object/],
    ['metadata that is not text', fileOf('{"__metadata__":{"n":1}}'), /entry "n" is not a string/],
    ['no dtype', fileOf('{"a":{"shape":[],"data_offsets":[0,0]}}'), /tensor "a" has no dtype/],
    ['an unknown dtype', fileOf(one('F7', '[1]', '[0,1]'), 1), /tensor "a" has the dtype "F7"/],
    ['a dtype Nacre does not have', fileOf(one('F8_E4M3', '[1]', '[0,1]'), 1), /"F8_E4M3".*Convert it/],
    ['a dtype named like a method', fileOf(one('constructor', '[1]', '[0,1]'), 1), /"constructor"/],
    [
      'no shape',
      fileOf('{"a":{"dtype":"U8","data_offsets":[0,0]}}'),
      /the shape of tensor "a" is not a list/,
    ],
    ['a negative length', fileOf(one('U8', '[-1]', '[0,1]'), 1), /holds -1,/],
    ['a fraction of a length', fileOf(one('U8', '[1.5]', '[0,1]'), 1), /holds 1.5,/],
    ['a length written as a fraction', fileOf(one('U8', '[1.0]', '[0,1]'), 1), /holds 1.0,/],
    ['a length written with an exponent', fileOf(one('U8', '[1e0]', '[0,1]'), 1), /holds 1e0,/],
    ['a length in quotes', fileOf(one('U8', '["1"]', '[0,1]'), 1), /holds string,/],
    ['a length beyond 2^53', fileOf(one('U8', '[9007199254740992]', '[0,1]'), 1), /9007199254740992/],
    ['a length with a leading zero', fileOf(one('U8', '[01]', '[0,1]'), 1), /expected "\]"/],
    [
      'lengths that overflow',
      fileOf(one('U8', '[4294967296,4294967296]', '[0,0]')),
      /more bytes than can be counted/,
    ],
    [
      'bytes that overflow',
      fileOf(one('F64', '[9007199254740991]', '[0,0]')),
      /more bytes than can be counted/,
    ],
    ['one offset', fileOf(one('U8', '[1]', '[0]'), 1), /has 1 numbers/],
    ['three offsets', fileOf(one('U8', '[1]', '[0,1,2]'), 1), /has 3 numbers/],
    ['an offset that is not an integer', fileOf(one('U8', '[1]', '[0,1.5]'), 1), /data_offsets.*holds 1.5/],
    ['an end before the begin', fileOf(one('U8', '[1]', '[1,0]'), 1), /begins at 1, behind its end at 0/],
    [
      'offsets that span too little',
      fileOf(one('F32', '[2]', '[0,4]'), 4),
      /takes 8 bytes, its data_offsets span 4/,
    ],
    ['an end beyond the file', fileOf(one('F32', '[2]', '[0,8]'), 4), /ends at byte 8 of 4.*cut short/],
    [
      'a hole before the first tensor',
      fileOf(one('U8', '[1]', '[1,2]'), 2),
      /bytes 0 to 1, before tensor "a"/,
    ],
    ['bytes after the last tensor', fileOf(one('U8', '[1]', '[0,1]'), 3), /2 bytes after the last tensor/],
    ['bytes in a file of no tensors', fileOf('{}', 1), /1 bytes after the last tensor/],
    [
      'overlapping tensors',
      fileOf(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
        3,
      ),
      /tensor "b" begins at byte 1, inside/,
    ],
    [
      'one range for two tensors',
      fileOf(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}',
        2,
      ),
      /tensor "b" begins at byte 0, inside/,
    ],
    ['a bool that is neither', fileOf(one('BOOL', '[1]', '[0,1]'), 1).fill(2, -1), /other than 0 and 1/],
  ];
  test.each(wrong)('refuses %s', (_, file, message) => {
    expect(() => decodeSafetensors(file)).toThrow(FormatError);
    expect(() => decodeSafetensors(file)).toThrow(message);
  });

  test('keeps messages short when a name, a number or a shape is long', () => {
    const ones = Array.from({ length: 1e5 }, () => 1).join(',');
    for (const header of [
      one('U8', `[${ones}]`, '[0,0]'),
      `{"${'n'.repeat(1e6)}":1}`,
      `{"a":{"dtype":"U8","shape":[${'9'.repeat(1e6)}]}}`,
    ]) {
      expect(() => decodeSafetensors(fileOf(header))).toThrow(/^.{1,300}$/);
    }
  });
});

describe('arbitrary input', () => {
  const dtypeNames = Object.keys(dtypes) as DType[];
  const arbitraryRecord = fc
    .tuple(fc.constantFrom(...dtypeNames), fc.array(fc.nat({ max: 3 }), { maxLength: 4 }), fc.integer())
    .map(([dtype, shape, seed]): ArrayRecord => {
      const bytes = new Uint8Array(shape.reduce((a, b) => a * b, 1) * dtypes[dtype].bytes);
      for (let at = 0; at < bytes.length; at++)
        bytes[at] = dtype === 'bool' ? (seed >> (at % 31)) & 1 : seed * (at + 7);
      return {
        dtype,
        shape,
        data: new dtypes[dtype].array(bytes.buffer, 0, bytes.length / dtypes[dtype].bytes),
      };
    });
  const arbitraryName = fc.string({ unit: 'binary' }).filter((name) => name !== '__metadata__');
  const arbitraryFile = fc
    .tuple(
      fc.array(fc.tuple(arbitraryName, arbitraryRecord), { maxLength: 5 }),
      fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), { maxKeys: 3 }),
    )
    .map(([records, metadata]) => ({ records: new Map(records), metadata }));

  /** Succeeds or throws FormatError; anything else escapes and fails the test. */
  const attempt = (bytes: Uint8Array): void => {
    try {
      decodeSafetensors(bytes);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  };

  test('every record comes back bit by bit', () => {
    fc.assert(
      fc.property(arbitraryFile, ({ records, metadata }) => {
        const read = decodeSafetensors(encodeSafetensors(records, metadata));
        expect([...read.tensors.keys()].sort()).toEqual([...records.keys()].sort());
        for (const [name, { dtype, shape, data }] of records) {
          const back = read.tensors.get(name)!;
          expect([back.dtype, back.shape]).toEqual([dtype, shape]);
          expect(bytesOf(back.data)).toEqual(bytesOf(data));
        }
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test('arbitrary bytes are read or refused', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 500, seed: 2 });
    const framed = fc.uint8Array({ maxLength: 100 }).map((text) => fileOf(Uint8Array.of(0x7b, ...text)));
    fc.assert(fc.property(framed, attempt), { numRuns: 500, seed: 3 });
    const json = fc.json().map((text) => fileOf(`{"a":${text}}`, 4));
    fc.assert(fc.property(json, attempt), { numRuns: 500, seed: 4 });
  });

  test('every truncation is refused, and every mutation is read or refused', () => {
    const cut = fc.tuple(arbitraryFile, fc.nat());
    fc.assert(
      fc.property(cut, ([{ records, metadata }, at]) => {
        const file = encodeSafetensors(records, metadata);
        expect(() => decodeSafetensors(file.subarray(0, at % file.length))).toThrow(FormatError);
      }),
      { numRuns: 300, seed: 5 },
    );
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(arbitraryFile, changes, ({ records, metadata }, edits) => {
        const file = encodeSafetensors(records, metadata);
        for (const [at, value] of edits) file[at % file.length] = value;
        attempt(file);
      }),
      { numRuns: 1500, seed: 6 },
    );
  });
});
