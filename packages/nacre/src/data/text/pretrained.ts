import { files } from '#files';
import { ArgumentError, FormatError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { optionalPackage } from '../optional.ts';
import { type DecodeOptions, type EncodeOptions, parseJson, type TextTokenizer } from './tokenizer.ts';

/** What Nacre asks of a tokenizer of `@huggingface/tokenizers`. */
interface HubTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: number[] };
  decode(ids: number[], options: { skip_special_tokens: boolean }): string;
  tokenize(text: string): string[];
  token_to_id(token: string): number | undefined;
  get_vocab(withAddedTokens?: boolean): ReadonlyMap<string, number>;
}

/** The npm package `@huggingface/tokenizers`. */
export interface TokenizersLibrary {
  readonly Tokenizer: new (tokenizer: object, config: object) => HubTokenizer;
}

export interface PretrainedTokenizerOptions {
  /** The content of `tokenizer_config.json`. Default: that file, where it lies beside the other. */
  readonly config?: object;
  /** The module `@huggingface/tokenizers`. Default: the installed one. */
  readonly library?: TokenizersLibrary;
}

/**
 * A tokenizer that was trained elsewhere, by WordPiece, BPE or Unigram: a `tokenizer.json` as Hugging Face's models have it. Takes the path of
 * the file or of its folder, or its parsed content. Needs the npm package `@huggingface/tokenizers`.
 *
 * @throws DataError if the package is not installed; FormatError for content that is no tokenizer; FileError for a file that cannot be read.
 *
 * @example
 * ```ts
 * import { pretrainedTokenizer } from 'nacre';
 * await pretrainedTokenizer('missing/tokenizer.json'); // → throws FileError
 * ```
 */
export async function pretrainedTokenizer(
  source: string | object,
  options: PretrainedTokenizerOptions = {},
): Promise<PretrainedTokenizer> {
  const op = 'pretrainedTokenizer';
  const { config, library } = optionsOf(op, options, ['config', 'library']);
  const content = typeof source === 'string' ? await readTokenizer(op, source) : { tokenizer: source };
  const { tokenizer } = content;
  if (typeof tokenizer !== 'object' || tokenizer === null || !('model' in tokenizer)) {
    throw new FormatError('the content is no tokenizer: it has no model', {
      op,
      hint: 'Give a tokenizer.json as `save_pretrained` of Hugging Face writes it',
    });
  }
  const { Tokenizer } = await optionalPackage<TokenizersLibrary>(op, '@huggingface/tokenizers', library);
  return new PretrainedTokenizer(new Tokenizer(tokenizer, config ?? content.config ?? {}));
}

async function readTokenizer(op: string, path: string): Promise<{ tokenizer: unknown; config?: object }> {
  const isFile = path.endsWith('.json');
  const folder = isFile ? path.replace(/[^/\\]*$/, '') : `${path}/`;
  const read = async (file: string): Promise<unknown> => parseJson(op, file, await files.readFile(file));
  const tokenizer = await read(isFile ? path : `${folder}tokenizer.json`);
  const beside = `${folder}tokenizer_config.json`;
  const config = (await files.fileExists(beside)) ? ((await read(beside)) as object) : undefined;
  return { tokenizer, config };
}

/**
 * The tokenizer that `pretrainedTokenizer` gives.
 *
 * @example
 * ```ts
 * import { type PretrainedTokenizer, pretrainedTokenizer } from 'nacre';
 * const load = (): Promise<PretrainedTokenizer> => pretrainedTokenizer({ version: '1.0' });
 * await load(); // → throws FormatError: no model
 * ```
 */
export class PretrainedTokenizer implements TextTokenizer {
  readonly #tokenizer: HubTokenizer;

  /** Internal: made by `pretrainedTokenizer`. */
  constructor(tokenizer: HubTokenizer) {
    this.#tokenizer = tokenizer;
  }

  get size(): number {
    return this.#tokenizer.get_vocab(true).size;
  }

  /** The number of a token, such as `[MASK]`. Throws an ArgumentError for one it does not have. */
  id(token: string): number {
    const id = this.#tokenizer.token_to_id(token);
    if (id !== undefined) return id;
    throw new ArgumentError(`there is no token ${JSON.stringify(token)}`, { op: 'PretrainedTokenizer.id' });
  }

  tokenize(text: string): string[] {
    return this.#tokenizer.tokenize(text);
  }

  encode(text: string, options: EncodeOptions = {}): number[] {
    const { specials = true } = optionsOf('PretrainedTokenizer.encode', options, ['specials']);
    return this.#tokenizer.encode(text, { add_special_tokens: specials }).ids;
  }

  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const { skipSpecials = true } = optionsOf('PretrainedTokenizer.decode', options, ['skipSpecials']);
    return this.#tokenizer.decode([...ids], { skip_special_tokens: skipSpecials });
  }
}
