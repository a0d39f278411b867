import { ArgumentError, FormatError } from '../base/errors.ts';

/** A field as it stands in the file. Quoted text is never taken for a number or a missing value. */
export interface CsvField {
  readonly text: string;
  readonly quoted: boolean;
}

/** A record, and the line it begins in, from 1. */
export interface CsvRecord {
  readonly fields: readonly CsvField[];
  readonly line: number;
}

/**
 * Parses CSV (RFC 4180) that comes in pieces: fields in quotes may hold the delimiter, line breaks and doubled quotes; lines end with LF, CRLF
 * or CR; empty lines are no records. Throws a FormatError, with the line, for a quote that is not closed or has text after it.
 */
export class CsvParser {
  readonly #op: string;
  readonly #delimiter: string;
  readonly #delimiterCode: number;
  #fields: CsvField[] = [];
  #text = '';
  /** Outside a field in quotes; in it; behind a quote that closes it or is the first of two; behind CR. */
  #state: 'plain' | 'quoted' | 'quote' | 'return' = 'plain';
  #wasQuoted = false;
  #line = 1;
  #begin = 1;
  #atStart = true;

  constructor(op: string, delimiter: string) {
    if (delimiter.length !== 1 || '"\r\n'.includes(delimiter)) {
      throw new ArgumentError(`a delimiter is one character, got ${JSON.stringify(delimiter)}`, { op });
    }
    this.#op = op;
    this.#delimiter = delimiter;
    this.#delimiterCode = delimiter.charCodeAt(0);
  }

  /** The records that end in the next piece of the text. */
  *push(piece: string): Generator<CsvRecord> {
    let at = 0;
    if (this.#atStart && piece.length > 0) {
      if (piece.startsWith('\ufeff')) at = 1; // a byte order mark that a decoder has left
      this.#atStart = false;
    }
    for (; at < piece.length; at++) {
      const character = piece[at];
      if (this.#state === 'quoted') {
        // All up to the next quote at once.
        const end = piece.indexOf('"', at);
        const part = piece.slice(at, end < 0 ? undefined : end);
        this.#text += part;
        for (const next of part) if (next === '\n') this.#line++;
        if (end < 0) return;
        at = end;
        this.#state = 'quote';
        continue;
      }
      if (this.#state === 'return') {
        this.#state = 'plain';
        if (character === '\n') continue;
      }
      if (this.#state === 'quote') {
        if (character === '"') {
          this.#text += '"';
          this.#state = 'quoted';
          continue;
        }
        this.#state = 'plain';
        if (character !== this.#delimiter && character !== '\n' && character !== '\r') {
          throw new FormatError(
            `line ${this.#line} has ${JSON.stringify(character)} behind a closing quote`,
            {
              op: this.#op,
              hint: 'A quote within quotes is written twice',
            },
          );
        }
      }
      if (character === this.#delimiter) this.#endField();
      else if (character === '\n' || character === '\r') {
        const record = this.#endRecord();
        if (record) yield record;
        this.#begin = ++this.#line;
        if (character === '\r') this.#state = 'return';
      } else if (character === '"' && this.#text === '' && !this.#wasQuoted) {
        this.#wasQuoted = true;
        this.#state = 'quoted';
      } else {
        // All up to what could end the field at once; a quote within plain text is text.
        let end = at + 1;
        while (end < piece.length && !this.#endsPlain(piece.charCodeAt(end))) end++;
        this.#text += piece.slice(at, end);
        at = end - 1;
      }
    }
  }

  #endsPlain(code: number): boolean {
    return code === this.#delimiterCode || code === 10 || code === 13;
  }

  /** The last record, where no line break ends it. */
  end(): CsvRecord | undefined {
    if (this.#state !== 'quoted') return this.#endRecord();
    throw new FormatError(`the quote that opens in the record of line ${this.#begin} is never closed`, {
      op: this.#op,
    });
  }

  #endField(): void {
    this.#fields.push({ text: this.#text, quoted: this.#wasQuoted });
    this.#text = '';
    this.#wasQuoted = false;
  }

  #endRecord(): CsvRecord | undefined {
    if (this.#fields.length === 0 && this.#text === '' && !this.#wasQuoted) return undefined;
    this.#endField();
    const fields = this.#fields;
    this.#fields = [];
    return { fields, line: this.#begin };
  }
}
