import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import { compile } from '../tensor/compile.ts';
import { tensor } from '../tensor/create.ts';
import { eq, indexSelect, logSoftmax, topk } from '../tensor/functions.ts';
import { noGrad } from '../tensor/grad.ts';
import { realize, type Tensor } from '../tensor/tensor.ts';
import { type Beam, BeamSearch } from './beam-search.ts';
import { checkTokens, withDefaults } from './checks.ts';

export interface Seq2SeqOptions {
  /** Features of a token. Default: 512. */
  dModel?: number;
  /** Default: 8. */
  numHeads?: number;
  /** Default: 6. */
  numEncoderLayers?: number;
  /** Default: 6. */
  numDecoderLayers?: number;
  /** Features between the two linear layers of a layer. Default: 2048. */
  dimFeedforward?: number;
  /** Default: 0.1. */
  dropout?: number;
  /** The id that fills up sequences, at their end. Default: 0. */
  paddingIdx?: number;
  /** The id that begins a target. Default: 1. */
  bosIdx?: number;
  /** The id that ends a target. Default: 2. */
  eosIdx?: number;
}

export interface TranslateOptions {
  /** How many translations are kept in view; 1 takes the likeliest token at each step (greedy). Default: 1. */
  beams?: number;
  /** The most tokens of a translation. Default: 50. */
  maxLength?: number;
  /** Log probabilities are divided by length^lengthPenalty: the larger, the longer translations may be. Default: 1. */
  lengthPenalty?: number;
}

/**
 * A Transformer that turns one sequence into another: a sentence into its translation, a sum into its result (Vaswani et al.,
 * "Attention is all you need", 2017).
 *
 * The encoder reads the source as a whole. The decoder says which token of the target comes next, by what it has said so far and what it
 * finds in the source. Training gives it the whole target at once, one place later than what it is to say, so that all places learn
 * together: `forward(source, target.slice(1, 0, -1))` is compared with `target.slice(1, 1)`, by a cross-entropy that ignores
 * `paddingIdx`. `translate` has only the source, and says token by token what is likely.
 *
 * Targets begin with `bosIdx` and end with `eosIdx`. Parameters: `srcEmbedding`, `tgtEmbedding`, `transformer.…` (named as
 * PyTorch's `nn.Transformer`), `generator`. Positions are sines, so no sequence is too long for them.
 *
 * Formula: logits = generator(decoder(E_tgt[target]·√dModel + P, encoder(E_src[source]·√dModel + P)))
 *
 * Shapes: source [N, S] and target [N, T] of int32 → logits [N, T, tgtVocabSize]
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * import { Seq2SeqTransformer } from 'nacre/models';
 * const size = { dModel: 16, numHeads: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 32 };
 * const model = new Seq2SeqTransformer(20, 30, size);
 * const source = tensor([[5, 6, 7], [8, 9, 0]], { dtype: 'int32' });
 * model.forward(source, tensor([[1, 4], [1, 3]], { dtype: 'int32' })).shape; // → [2, 2, 30]
 * (await model.translate(source, { beams: 3, maxLength: 5 })).length; // → 2
 * ```
 */
export class Seq2SeqTransformer extends nn.Module {
  readonly srcEmbedding: nn.Embedding;
  readonly tgtEmbedding: nn.Embedding;
  readonly positions: nn.SinusoidalPositionalEncoding;
  readonly dropout: nn.Dropout;
  readonly transformer: nn.Transformer;
  readonly generator: nn.Linear;
  readonly config: Required<Seq2SeqOptions>;

  constructor(
    readonly srcVocabSize: number,
    readonly tgtVocabSize: number,
    options?: Seq2SeqOptions,
  ) {
    super();
    this.config = withDefaults('Seq2SeqTransformer', options, {
      dModel: 512,
      numHeads: 8,
      numEncoderLayers: 6,
      numDecoderLayers: 6,
      dimFeedforward: 2048,
      dropout: 0.1,
      paddingIdx: 0,
      bosIdx: 1,
      eosIdx: 2,
    });
    const { dModel, numHeads, dropout, paddingIdx, bosIdx, eosIdx, ...layers } = this.config;
    if (Math.max(paddingIdx, bosIdx, eosIdx) >= tgtVocabSize) {
      throw new ArgumentError(`paddingIdx, bosIdx and eosIdx are below tgtVocabSize ${tgtVocabSize}`, {
        op: 'Seq2SeqTransformer',
      });
    }
    this.srcEmbedding = new nn.Embedding(srcVocabSize, dModel, { paddingIdx });
    this.tgtEmbedding = new nn.Embedding(tgtVocabSize, dModel, { paddingIdx });
    // Multiplied with √dModel, embeddings are then as large as the positions that are added to them.
    for (const { weight } of [this.srcEmbedding, this.tgtEmbedding])
      weight.value = weight.value.mul(1 / Math.sqrt(dModel));
    this.positions = new nn.SinusoidalPositionalEncoding(dModel, { batchFirst: true });
    this.dropout = new nn.Dropout(dropout);
    this.transformer = new nn.Transformer(dModel, numHeads, { ...layers, dropout, batchFirst: true });
    this.generator = new nn.Linear(dModel, tgtVocabSize);
  }

  #embed(embedding: nn.Embedding, ids: Tensor, start: number | Tensor = 0): Tensor {
    const vectors: Tensor = embedding.forward(ids);
    return this.dropout.forward(
      this.positions.forward(vectors.mul(Math.sqrt(this.config.dModel)), { start }),
    );
  }

  /** What the encoder makes of source ids [N, S], [N, S, dModel], and where the filling is, bool [N, S]. */
  encode(source: Tensor): [memory: Tensor, padding: Tensor] {
    checkTokens('Seq2SeqTransformer', source);
    const padding: Tensor = eq(source, this.config.paddingIdx);
    const x = this.#embed(this.srcEmbedding, source);
    return [this.transformer.encoder.forward(x, { srcKeyPaddingMask: padding }), padding];
  }

  override forward(source: Tensor, target: Tensor): Tensor {
    checkTokens('Seq2SeqTransformer', target);
    if (source.shape[0] !== target.shape[0]) {
      throw new ShapeMismatchError(
        `source ${showShape(source.shape)} and target ${showShape(target.shape)} are batches of one size`,
        { op: 'Seq2SeqTransformer', shapes: [source.shape, target.shape] },
      );
    }
    const [memory, memoryKeyPaddingMask] = this.encode(source);
    const x = this.#embed(this.tgtEmbedding, target);
    const y: Tensor = this.transformer.decoder.forward(x, memory, {
      tgtIsCausal: true,
      tgtKeyPaddingMask: eq(target, this.config.paddingIdx) as Tensor,
      memoryKeyPaddingMask,
    });
    return this.generator.forward(y);
  }

  /**
   * A target for each source [N, S], as lists of ids without `bosIdx` and `eosIdx`: by beam search, or greedily with one beam. Dropout is
   * off meanwhile. Keys and values of earlier tokens are kept, so that a step costs one token for each beam.
   */
  async translate(source: Tensor, options?: TranslateOptions): Promise<number[][]> {
    const op = 'Seq2SeqTransformer.translate';
    const defaults = { beams: 1, maxLength: 50, lengthPenalty: 1 };
    const { beams, maxLength, lengthPenalty } = withDefaults(op, options, defaults);
    for (const [name, value] of Object.entries({ beams, maxLength })) {
      if (!Number.isInteger(value) || value < 1)
        throw new ArgumentError(`${name} is a positive integer, got ${value}`, { op });
    }
    checkTokens(op, source);
    const wasTraining = this.training;
    this.eval();
    try {
      const searches = Array.from(
        { length: source.shape[0] },
        () => new BeamSearch({ beams, maxLength, lengthPenalty, eos: this.config.eosIdx }),
      );
      const next = await this.#decoder(source, beams, maxLength);
      while (!searches.every(({ isDone }) => isDone)) {
        const rows = await next(
          searches.flatMap((search, i) => search.inputs(i * beams, this.config.bosIdx)),
        );
        searches.forEach((search, i) => {
          search.advance(rows.slice(i * beams, (i + 1) * beams));
        });
      }
      return searches.map(({ best }) => best);
    } finally {
      this.train(wasTraining);
    }
  }

  /** A function that takes the last token of each beam, and the row it comes from, and gives the likeliest next ones of each. */
  async #decoder(source: Tensor, beams: number, maxLength: number) {
    const { numHeads, dModel, numDecoderLayers } = this.config;
    const rows = source.shape[0] * beams;
    const each = Array.from({ length: rows }, (_, row) => Math.floor(row / beams));
    const repeated = indexSelect(source, 0, tensor(each, { dtype: 'int32' }) as Tensor) as Tensor;
    const [memory, memoryKeyPaddingMask] = noGrad(() => this.encode(repeated));
    await realize(memory, memoryKeyPaddingMask);
    const shape = [rows, numHeads, maxLength, dModel / numHeads] as const;
    const caches = Array.from({ length: numDecoderLayers }, () => new nn.KeyValueCache(shape));
    // One of them may be the end; then there are still as many as there are beams.
    const count = Math.min(beams + 1, this.tgtVocabSize);
    const step = compile((ids: Tensor, parents: Tensor) =>
      noGrad(() => {
        const start = caches[0].length.value;
        // A beam goes on from another one: its keys and values are that one's.
        if (beams > 1) {
          for (const { keys, values } of caches) {
            keys.value = indexSelect(keys.value, 0, parents);
            values.value = indexSelect(values.value, 0, parents);
          }
        }
        const x = this.#embed(this.tgtEmbedding, ids, start);
        const y: Tensor = this.transformer.decoder.forward(x, memory, { memoryKeyPaddingMask, caches });
        const logits: Tensor = this.generator.forward(y.select(1, 0));
        return topk(logSoftmax(logits, -1) as Tensor, count) as [Tensor, Tensor];
      }),
    );
    return async (inputs: readonly Beam[]): Promise<{ id: number; logProbability: number }[][]> => {
      const ids = tensor(
        inputs.map(({ id }) => id),
        { dtype: 'int32', shape: [rows, 1] },
      );
      const parents = tensor(
        inputs.map(({ parent }) => parent),
        { dtype: 'int32' },
      );
      const [values, places] = step(ids, parents);
      const [logProbabilities, tokens] = [await values.tolist(), await places.tolist()] as number[][][];
      return tokens.map((row, i) => row.map((id, k) => ({ id, logProbability: logProbabilities[i][k] })));
    };
  }
}
