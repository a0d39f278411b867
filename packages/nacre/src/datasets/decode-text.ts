import { ArgumentError, FormatError } from '../base/errors.ts';

/** Byte order marks: what a file may say of its own encoding. */
const marks: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

const decodeStrictly = (encoding: string, bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined; // what a decoder throws for bytes that are not of its encoding
    throw error;
  }
};

/** The lines of bytes in an encoding that keeps line breaks as they are in ASCII. */
function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  let begin = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, begin)) {
    yield bytes.subarray(begin, end);
    begin = end + 1;
  }
  if (begin < bytes.length) yield bytes.subarray(begin);
}

/** A character of three bytes: bytes of another encoding hardly ever look so by chance. */
const threeBytes = /[\u0800-\uffff]/;

/** The first line, from 1, that holds UTF-8 beyond doubt, and the first that cannot be UTF-8. */
function mixedLines(bytes: Uint8Array): { utf8?: number; other?: number } {
  const found: { utf8?: number; other?: number } = {};
  let line = 0;
  for (const part of linesOf(bytes)) {
    line++;
    const text = decodeStrictly('utf-8', part);
    if (text === undefined) found.other ??= line;
    else if (threeBytes.test(text)) found.utf8 ??= line;
    if (found.utf8 && found.other) break;
  }
  return found;
}

/**
 * Text of bytes. `auto` takes what a byte order mark says, else UTF-8, else GB 18030 (which holds GBK and GB 2312) where every byte agrees.
 * Throws a FormatError for bytes of another or of mixed encodings; an ArgumentError for an encoding that is none.
 */
export function decodeText(op: string, bytes: Uint8Array, encoding: string, name: string): string {
  if (encoding !== 'auto') return decodeAs(op, bytes, encoding, name);
  const mark = marks.find(([, first]) => first.every((byte, place) => bytes[place] === byte));
  if (mark) return decodeAs(op, bytes, mark[0], name);
  const text = decodeStrictly('utf-8', bytes);
  if (text !== undefined) return text;
  const { utf8, other } = mixedLines(bytes);
  if (utf8 && other) {
    throw new FormatError(`${name} mixes encodings: line ${utf8} is UTF-8, line ${other} is not`, {
      op,
      hint: 'Save the file in one encoding, or say which one holds: { encoding: "gbk" }',
    });
  }
  const chinese = decodeStrictly('gb18030', bytes);
  if (chinese !== undefined) return chinese;
  throw new FormatError(`${name} is neither UTF-8 nor GBK; line ${other} is the first that cannot be read`, {
    op,
    hint: 'Say what it is: { encoding: "big5" }, "shift_jis", "windows-1252", …',
  });
}

function decodeAs(op: string, bytes: Uint8Array, encoding: string, name: string): string {
  checkEncoding(op, encoding);
  const text = decodeStrictly(encoding, bytes);
  if (text !== undefined) return text;
  let line = 0;
  for (const part of linesOf(bytes)) {
    line++;
    if (decodeStrictly(encoding, part) === undefined) break;
  }
  const where = encoding.startsWith('utf-16') ? '' : ` in line ${line}`;
  throw new FormatError(`${name} is not ${encoding}${where}`, { op, hint: 'Give its encoding, or "auto"' });
}

/** Throws an ArgumentError for an encoding that the platform does not know. */
export function checkEncoding(op: string, encoding: string): void {
  try {
    new TextDecoder(encoding);
  } catch (cause) {
    throw new ArgumentError(`there is no encoding ${JSON.stringify(encoding)}`, {
      op,
      hint: 'Such as utf-8, gbk, big5, shift_jis, windows-1252',
      cause,
    });
  }
}

/** Pieces of a file, as Node's createReadStream, a browser's Response.body and File.stream() give them. */
export type ByteStream = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Text of bytes that come piece by piece, in one encoding. Throws a FormatError where they are not of it. */
export async function* decodedPieces(
  op: string,
  stream: ByteStream,
  encoding: string,
): AsyncGenerator<string> {
  checkEncoding(op, encoding);
  if (typeof stream !== 'object' || stream === null) {
    throw new ArgumentError(
      `a stream of bytes is expected, got ${stream === null ? 'null' : typeof stream}`,
      {
        op,
        hint: 'Give createReadStream(path), file.stream() or response.body',
      },
    );
  }
  const decoder = new TextDecoder(encoding, { fatal: true });
  let read = 0;
  const decode = (piece?: Uint8Array): string => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined });
    } catch (cause) {
      throw new FormatError(`the bytes from ${read} on are not ${encoding}`, {
        op,
        hint: 'Give the encoding of the file: { encoding: "gbk" }',
        cause,
      });
    }
  };
  for await (const piece of piecesOf(stream)) {
    yield decode(piece);
    read += piece.length;
  }
  yield decode();
}

/** Not every browser walks a ReadableStream by itself. */
async function* piecesOf(stream: ByteStream): AsyncGenerator<Uint8Array> {
  if (!('getReader' in stream)) {
    yield* stream;
    return;
  }
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}
