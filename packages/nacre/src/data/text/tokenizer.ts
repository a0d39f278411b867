import { files } from '#files';
import { ArgumentError, FormatError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type PadOptions, padSequences } from '../pad.ts';
import { Vocabulary, type VocabularyData, type VocabularyOptions } from './vocabulary.ts';

export interface TokenizerOptions {
  /** What a token is: a `character` (code point), or a `word` by the rules of Unicode and, for Chinese and others, a dictionary. Default word. */
  readonly unit?: 'character' | 'word';
  /** Whether capital letters become small ones. Default: no. */
  readonly lowercase?: boolean;
  /** Whether marks between words are tokens too. Default: no. Characters are always all kept. */
  readonly punctuation?: boolean;
  /** The language whose rules part words, such as `zh`. Default `und`: any. */
  readonly locale?: string;
}

export interface EncodeOptions {
  /** Whether the tokens that begin and end a text are added, where the vocabulary has them. Default: yes. */
  readonly specials?: boolean;
}

export interface DecodeOptions {
  /** Whether special tokens are left out. Default: yes. */
  readonly skipSpecials?: boolean;
}

/** What makes numbers of text: those of Nacre, and those by `pretrainedTokenizer`. */
export interface TextTokenizer {
  /** Number of tokens: what an Embedding needs. */
  readonly size: number;
  tokenize(text: string): string[];
  encode(text: string, options?: EncodeOptions): number[];
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
}

/** A tokenizer as JSON keeps it. */
export interface TokenizerData extends Required<TokenizerOptions> {
  readonly format: 'nacre-tokenizer';
  readonly version: 1;
  readonly vocabulary: VocabularyData;
}

const optionNames = ['unit', 'lowercase', 'punctuation', 'locale'] as const;

/**
 * Text as numbers, and back: by characters, or by words as `Intl.Segmenter` parts them. `fit` counts the tokens of texts and numbers them.
 * Which words a Chinese text has is for the dictionary of the platform to say, so train and predict on versions of it that agree.
 *
 * @throws ArgumentError for options that are none, or use before `fit`; DataError for a token that is unknown, where there is no token for that.
 *
 * @example
 * ```ts
 * import { Tokenizer } from 'nacre';
 * const tokenizer = new Tokenizer({ lowercase: true }).fit(['The cat sat.', 'The dog!']);
 * tokenizer.vocabulary.tokens; // → ['<pad>', '<unk>', 'the', 'cat', 'dog', 'sat']
 * const ids = tokenizer.encode('The bird sat'); // → [2, 1, 5]
 * tokenizer.decode(ids, { skipSpecials: false }); // → 'the <unk> sat'
 * new Tokenizer({ unit: 'character' }).fit(['我爱你']).encode('你'); // → [2]
 * ```
 */
export class Tokenizer implements TextTokenizer {
  readonly unit: 'character' | 'word';
  readonly lowercase: boolean;
  readonly punctuation: boolean;
  readonly locale: string;
  readonly #segmenter: Intl.Segmenter | null;
  #vocabulary: Vocabulary | null = null;

  constructor(options: TokenizerOptions = {}) {
    const op = 'Tokenizer';
    const {
      unit = 'word',
      lowercase = false,
      punctuation = false,
      locale = 'und',
    } = optionsOf(op, options, optionNames);
    if (unit !== 'character' && unit !== 'word') {
      throw new ArgumentError(`unit is character or word, got ${JSON.stringify(unit)}`, { op });
    }
    this.unit = unit;
    this.lowercase = lowercase;
    this.punctuation = punctuation;
    this.locale = locale;
    this.#segmenter = unit === 'word' ? segmenterOf(op, locale) : null;
  }

  /** Its tokens and their numbers. Throws an ArgumentError before `fit`. */
  get vocabulary(): Vocabulary {
    if (this.#vocabulary) return this.#vocabulary;
    throw new ArgumentError('it has no vocabulary yet', {
      op: 'Tokenizer',
      hint: 'Call fit on the texts to train with, or load a tokenizer that was saved',
    });
  }

  get size(): number {
    return this.vocabulary.size;
  }

  /** Learns the tokens of texts. */
  fit(texts: Iterable<string>, options: VocabularyOptions = {}): this {
    const tokens = (text: string): string[] => this.tokenize(text);
    this.#vocabulary = Vocabulary.build(
      (function* () {
        for (const text of texts) yield tokens(text);
      })(),
      options,
    );
    return this;
  }

  /** The tokens of a text, also those that the vocabulary does not have. */
  tokenize(text: string): string[] {
    if (typeof text !== 'string') {
      throw new ArgumentError(`a text is a string, got ${text === null ? 'null' : typeof text}`, {
        op: 'Tokenizer.tokenize',
      });
    }
    const read = this.lowercase ? text.toLowerCase() : text;
    if (!this.#segmenter) return Array.from(read);
    const tokens: string[] = [];
    for (const { segment, isWordLike } of this.#segmenter.segment(read)) {
      if (isWordLike || (this.punctuation && segment.trim() !== '')) tokens.push(segment);
    }
    return tokens;
  }

  /** The numbers of a text's tokens. */
  encode(text: string, options: EncodeOptions = {}): number[] {
    const { specials = true } = optionsOf('Tokenizer.encode', options, ['specials']);
    const ids = this.vocabulary.encode(this.tokenize(text));
    if (!specials) return ids;
    const begin = this.vocabulary.special('begin');
    const end = this.vocabulary.special('end');
    if (begin !== undefined) ids.unshift(begin);
    if (end !== undefined) ids.push(end);
    return ids;
  }

  /** Texts as one tensor int32 [texts, length], filled up with the pad token. */
  encodeBatch(
    texts: readonly string[],
    options: PadOptions<'int32'> = {},
  ): Tensor<[number, number], 'int32'> {
    const sequences = texts.map((text) => this.encode(text));
    return padSequences(sequences, { value: this.vocabulary.special('pad') ?? 0, ...options });
  }

  /** The text of numbers. Words are parted by a space, but for those of scripts that write none. */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const { skipSpecials = true } = optionsOf('Tokenizer.decode', options, ['skipSpecials']);
    const { vocabulary } = this;
    const shown = skipSpecials ? Array.from(ids).filter((id) => !vocabulary.isSpecial(id)) : ids;
    const tokens = vocabulary.decode(shown);
    return this.unit === 'character' ? tokens.join('') : joinWords(tokens);
  }

  toJSON(): TokenizerData {
    const { unit, lowercase, punctuation, locale, vocabulary } = this;
    return {
      format: 'nacre-tokenizer',
      version: 1,
      unit,
      lowercase,
      punctuation,
      locale,
      vocabulary: vocabulary.toJSON(),
    };
  }

  /** Takes up what `toJSON` made. Throws a FormatError for anything else. */
  static fromJSON(data: unknown): Tokenizer {
    const { format, version, unit, lowercase, punctuation, locale, vocabulary } = (data ??
      {}) as Partial<TokenizerData>;
    if (format !== 'nacre-tokenizer' || version !== 1) {
      throw new FormatError(
        `the data is no tokenizer of version 1, but ${String(format)} ${String(version)}`,
        {
          op: 'Tokenizer.fromJSON',
          hint: 'Give what toJSON made; a tokenizer.json of Hugging Face is for pretrainedTokenizer',
        },
      );
    }
    const tokenizer = new Tokenizer({ unit, lowercase, punctuation, locale });
    tokenizer.#vocabulary = Vocabulary.fromJSON(vocabulary);
    return tokenizer;
  }

  /** Writes it to a file as JSON. Throws a FileError if that cannot be. */
  async save(path: string): Promise<void> {
    await files.writeFileAtomic(path, `${JSON.stringify(this)}\n`);
  }

  /** Reads a file that `save` wrote. Throws a FormatError if it is none. */
  static async load(path: string): Promise<Tokenizer> {
    return Tokenizer.fromJSON(parseJson('Tokenizer.load', path, await files.readFile(path)));
  }
}

/** The JSON of a file. Throws a FormatError that names it. */
export function parseJson(op: string, path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FormatError(`${path} is not JSON in UTF-8: ${(cause as Error).message}`, { op, cause });
  }
}

function segmenterOf(op: string, locale: string): Intl.Segmenter {
  try {
    return new Intl.Segmenter(locale, { granularity: 'word' });
  } catch (cause) {
    throw new ArgumentError(`there is no language ${JSON.stringify(locale)}`, {
      op,
      hint: 'Give a BCP 47 tag such as zh, ja or en-GB',
      cause,
    });
  }
}

/** Scripts that put no space between words. */
const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Marks that stand close to the word before them, and those of scripts without spaces, close to both. */
const closeMark = /^[.,;:!?%)\]}’”]/u;
const wideMark = /^[\u3000-\u303f\uff00-\uffef]/u;

function joinWords(tokens: readonly string[]): string {
  let text = '';
  for (const token of tokens) {
    const last = text.at(-1) ?? '';
    const isClose =
      text === '' ||
      closeMark.test(token) ||
      wideMark.test(token) ||
      wideMark.test(last) ||
      (spaceless.test(last) && spaceless.test(token[0]));
    text += isClose ? token : ` ${token}`;
  }
  return text;
}
