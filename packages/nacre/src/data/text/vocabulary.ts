import { ArgumentError, DataError, FormatError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { checkWhole } from '../checks.ts';

/** Tokens that stand for something that is no text. */
export interface SpecialTokens {
  /** Fills a sequence up. Default `<pad>`, number 0. */
  readonly pad?: string | null;
  /** Stands for every token that is not in the vocabulary. Default `<unk>`. null: such a token is an error. */
  readonly unknown?: string | null;
  /** Put before a text. Default: none. */
  readonly begin?: string | null;
  /** Put after a text. Default: none. */
  readonly end?: string | null;
  /** Covers what is to be guessed. Default: none. */
  readonly mask?: string | null;
}

/** The order in which special tokens are numbered. */
const specialNames = ['pad', 'unknown', 'begin', 'end', 'mask'] as const;
type SpecialName = (typeof specialNames)[number];

export interface VocabularyOptions {
  /** Most tokens, the special ones with them; those that appear most are kept. Default: no limit. */
  readonly maxSize?: number;
  /** Tokens that appear less often are left out. Default 1. */
  readonly minCount?: number;
  readonly specials?: SpecialTokens;
}

/** A vocabulary as JSON keeps it. */
export interface VocabularyData {
  readonly tokens: readonly string[];
  readonly specials: Readonly<Partial<Record<SpecialName, string>>>;
}

/**
 * Numbers for tokens: the special ones first, then those that appear most often, equals in the order of their code units.
 *
 * @throws DataError for a token that is not there, where there is no unknown token; FormatError for data that is no vocabulary.
 *
 * @example
 * ```ts
 * import { Vocabulary } from 'nacre';
 * const words = Vocabulary.build([['to', 'be', 'or', 'not', 'to', 'be']], { maxSize: 4 });
 * words.tokens; // → ['<pad>', '<unk>', 'be', 'to']
 * words.encode(['to', 'sleep']); // → [3, 1]
 * ```
 */
export class Vocabulary {
  readonly tokens: readonly string[];
  readonly specials: Readonly<Partial<Record<SpecialName, string>>>;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #specialIds: ReadonlySet<number>;

  /** Takes tokens under the numbers of their places. Special ones must be among them. */
  constructor(tokens: readonly string[], specials: Readonly<Partial<Record<SpecialName, string>>> = {}) {
    const op = 'Vocabulary';
    this.tokens = [...tokens];
    this.specials = { ...specials };
    this.#ids = new Map(tokens.map((token, id) => [token, id]));
    if (this.#ids.size !== tokens.length) {
      const twice = tokens.find((token, id) => this.#ids.get(token) !== id);
      throw new ArgumentError(`the token ${JSON.stringify(twice)} is there twice`, { op });
    }
    const values = Object.values(specials);
    const missing = values.find((token) => !this.#ids.has(token));
    if (missing !== undefined) {
      throw new ArgumentError(`the special token ${JSON.stringify(missing)} is not among the tokens`, { op });
    }
    this.#specialIds = new Set(values.map((token) => this.#ids.get(token)!));
  }

  /** Counts the tokens of texts. */
  static build(texts: Iterable<Iterable<string>>, options: VocabularyOptions = {}): Vocabulary {
    const op = 'Vocabulary.build';
    const {
      maxSize = Number.MAX_SAFE_INTEGER,
      minCount = 1,
      specials = {},
    } = optionsOf(op, options, ['maxSize', 'minCount', 'specials']);
    checkWhole(op, 'minCount', minCount, 1);
    const named = specialsOf(op, specials);
    const first = [...new Set(Object.values(named))];
    checkWhole(op, 'maxSize', maxSize, first.length + 1);
    const counts = new Map<string, number>();
    for (const text of texts) for (const token of text) counts.set(token, (counts.get(token) ?? 0) + 1);
    for (const token of first) counts.delete(token);
    const kept = [...counts]
      .filter(([, count]) => count >= minCount)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, maxSize - first.length);
    if (kept.length === 0) {
      throw new DataError(`no token appears ${minCount === 1 ? 'in the texts' : `${minCount} times`}`, {
        op,
      });
    }
    return new Vocabulary([...first, ...kept.map(([token]) => token)], named);
  }

  /** Number of tokens, the special ones with them: what an Embedding needs. */
  get size(): number {
    return this.tokens.length;
  }

  /** The number of a special token, undefined where there is none. */
  special(name: SpecialName): number | undefined {
    const token = this.specials[name];
    return token === undefined ? undefined : this.#ids.get(token);
  }

  isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  has(token: string): boolean {
    return this.#ids.has(token);
  }

  /** The numbers of tokens; of those it does not have, the number of the unknown token. */
  encode(tokens: Iterable<string>): number[] {
    const unknown = this.special('unknown');
    return Array.from(tokens, (token) => {
      const id = this.#ids.get(token) ?? unknown;
      if (id !== undefined) return id;
      throw new DataError(`the token ${JSON.stringify(token)} is unknown`, {
        op: 'Vocabulary.encode',
        hint: "Build the vocabulary from all texts, or with { specials: { unknown: '<unk>' } }",
      });
    });
  }

  /** The tokens of numbers. Throws a DataError for a number that none has. */
  decode(ids: Iterable<number>): string[] {
    return Array.from(ids, (id) => {
      const token = this.tokens[id];
      if (token !== undefined) return token;
      throw new DataError(`no token has the number ${id}; there are ${this.size}`, {
        op: 'Vocabulary.decode',
      });
    });
  }

  toJSON(): VocabularyData {
    return { tokens: this.tokens, specials: this.specials };
  }

  /** Takes up what `toJSON` made. */
  static fromJSON(data: unknown): Vocabulary {
    const { tokens, specials } = (data ?? {}) as Partial<VocabularyData>;
    const areTokens = Array.isArray(tokens) && tokens.every((token) => typeof token === 'string');
    const isNamed =
      typeof specials === 'object' &&
      specials !== null &&
      Object.entries(specials).every(
        ([name, token]) => specialNames.includes(name as SpecialName) && typeof token === 'string',
      );
    if (areTokens && isNamed) return new Vocabulary(tokens, specials);
    throw new FormatError('the data holds no vocabulary', {
      op: 'Vocabulary.fromJSON',
      hint: 'Give what toJSON made: { tokens: [...], specials: {...} }',
    });
  }
}

/** Special tokens by their names, in the order they are numbered in. */
function specialsOf(op: string, given: SpecialTokens): Partial<Record<SpecialName, string>> {
  const all: SpecialTokens = { pad: '<pad>', unknown: '<unk>', ...optionsOf(op, given, specialNames) };
  const named: Partial<Record<SpecialName, string>> = {};
  for (const name of specialNames) {
    const token = all[name];
    if (token !== undefined && token !== null) named[name] = token;
  }
  return named;
}
