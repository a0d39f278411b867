import { FormatError } from '../base/errors.ts';

/** A number as it is written, so that `1.0`, `1e3` and integers beyond 2^53 can be told from plain ones. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The value if it is written as a plain integer of zero or more that a double holds exactly. */
  get natural(): number | undefined {
    const value = Number(this.text);
    return /^\d+$/.test(this.text) && Number.isSafeInteger(value) ? value : undefined;
  }
}

export type JsonValue = string | JsonNumber | boolean | null | readonly JsonValue[] | JsonObject;
/** Members in file order. A Map, so that no name (`__proto__`) means anything to the language. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** Deeper nesting is refused, because each level of it is a level of this parser's recursion. */
const maxDepth = 64;

const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const wordToken = /true|false|null/y;
/** With the `u` flag only a surrogate without its partner matches. */
const loneSurrogate = /\p{Surrogate}/u;

/** A name as it stands in messages, cut where a file made to harm would fill the screen. */
export const quote = (name: string): string =>
  JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);

/** True for text that UTF-8 can encode. */
export const isWellFormed = (text: string): boolean => !loneSurrogate.test(text);

/**
 * Parses JSON (RFC 8259) more strictly than `JSON.parse`: a name given twice in one object, a surrogate without
 * its partner and nesting beyond 64 levels are refused, and numbers keep their text.
 *
 * @throws FormatError with the position in the text.
 */
export function parseStrictJson(op: string, text: string): JsonValue {
  let at = 0;

  const fail = (what: string): never => {
    throw new FormatError(`${what} at character ${at} of the JSON`, { op });
  };
  const token = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return undefined;
    at += match[0].length;
    return match[0];
  };
  const skipSpace = (): void => {
    while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  };
  const expect = (character: string): void => {
    if (text[at] !== character)
      fail(at < text.length ? `expected "${character}"` : `the text ends before "${character}"`);
    at++;
  };

  /** One past the quote that closes the string at `at`: the next with an even number of backslashes before it. */
  const endOfString = (): number => {
    for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
      let backslashes = 0;
      while (text[quote - 1 - backslashes] === '\\') backslashes++;
      if (backslashes % 2 === 0) return quote + 1;
    }
    return fail('a string without an end');
  };
  const string = (): string => {
    if (text[at] !== '"') fail('expected a string in double quotes');
    const end = endOfString();
    let value: string;
    try {
      value = JSON.parse(text.slice(at, end)) as string;
    } catch {
      return fail('a string with an escape or a control character that JSON does not have');
    }
    if (!isWellFormed(value)) fail('a string with half of a surrogate pair');
    at = end;
    return value;
  };

  /** What lies between the brackets, each item followed by a comma or the closing bracket. */
  const list = (close: string, item: () => void): void => {
    at++;
    skipSpace();
    if (text[at] !== close) {
      item();
      skipSpace();
      while (text[at] === ',') {
        at++;
        skipSpace();
        item();
        skipSpace();
      }
    }
    expect(close);
  };

  const value = (depth: number): JsonValue => {
    if (depth > maxDepth) fail(`nested deeper than ${maxDepth} levels`);
    switch (text[at]) {
      case '{': {
        const members = new Map<string, JsonValue>();
        list('}', () => {
          const name = string();
          if (members.has(name)) fail(`the name ${quote(name)} is given twice, the second time`);
          skipSpace();
          expect(':');
          skipSpace();
          members.set(name, value(depth + 1));
        });
        return members;
      }
      case '[': {
        const items: JsonValue[] = [];
        list(']', () => items.push(value(depth + 1)));
        return items;
      }
      case '"':
        return string();
      default: {
        const word = token(wordToken);
        if (word !== undefined) return word === 'null' ? null : word === 'true';
        return new JsonNumber(token(numberToken) ?? fail('expected a value'));
      }
    }
  };

  skipSpace();
  const result = value(0);
  skipSpace();
  if (at < text.length) fail('text after the end of the value');
  return result;
}
