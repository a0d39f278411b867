import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import * as nn from '../nn/index.ts';
import { compile } from '../tensor/compile.ts';
import { arange, tensor, zeros } from '../tensor/create.ts';
import { gelu, linear, scaledDotProductAttention } from '../tensor/functions.ts';
import { noGrad } from '../tensor/grad.ts';
import { asMap, type KeyDifferences, type StateDict } from '../tensor/state-dict.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkTokens, withDefaults } from './checks.ts';
import { checkpointNames } from './names.ts';
import { type SamplingOptions, sampleToken, samplingDefaults } from './sampling.ts';

export interface GPT2Options {
  /** Default: 50257. */
  vocabSize?: number;
  /** The longest sequence. Default: 1024. */
  numPositions?: number;
  /** Features of a token. Default: 768. */
  embedDim?: number;
  /** Default: 12. */
  numLayers?: number;
  /** Default: 12. */
  numHeads?: number;
  /** Probability of dropping, of features and of weights of attention. Default: 0.1. */
  dropout?: number;
}

type Config = Required<GPT2Options>;

export interface GenerateOptions extends SamplingOptions {
  /** How many tokens are added. Default: 20. */
  maxNewTokens?: number;
  /** The token that ends a sequence; what would follow it is left out. Default: none. */
  eosTokenId?: number | null;
}

/** x·W + b with W [in, out], the other way round than in `Linear`: so GPT-2's checkpoints hold it. */
class Conv1D extends nn.Module {
  readonly weight: nn.Parameter;
  readonly bias: nn.Parameter;

  constructor(inFeatures: number, outFeatures: number, std = 0.02) {
    super();
    this.weight = nn.init.normal(new nn.Parameter(zeros([inFeatures, outFeatures])), 0, std);
    this.bias = new nn.Parameter(zeros([outFeatures]));
  }

  override forward(x: Tensor): Tensor {
    return x.matmul(this.weight).add(this.bias);
  }
}

/** Attention to the positions before, then two linear layers; each normalized before, and added to its input. */
class GPT2Block extends nn.Module {
  readonly ln1: nn.LayerNorm;
  readonly cAttn: Conv1D;
  readonly attnProj: Conv1D;
  readonly ln2: nn.LayerNorm;
  readonly cFc: Conv1D;
  readonly mlpProj: Conv1D;
  readonly dropout: nn.Dropout;

  constructor(readonly config: Config) {
    super();
    const { embedDim, numLayers, dropout } = config;
    // The sum of 2·numLayers branches should begin no wider than one.
    const std = 0.02 / Math.sqrt(2 * numLayers);
    this.ln1 = new nn.LayerNorm(embedDim);
    this.cAttn = new Conv1D(embedDim, 3 * embedDim);
    this.attnProj = new Conv1D(embedDim, embedDim, std);
    this.ln2 = new nn.LayerNorm(embedDim);
    this.cFc = new Conv1D(embedDim, 4 * embedDim);
    this.mlpProj = new Conv1D(4 * embedDim, embedDim, std);
    this.dropout = new nn.Dropout(dropout);
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return checkpointNames(super.members(), {
      ln1: 'ln_1',
      cAttn: 'attn.c_attn',
      attnProj: 'attn.c_proj',
      ln2: 'ln_2',
      cFc: 'mlp.c_fc',
      mlpProj: 'mlp.c_proj',
    });
  }

  override forward(x: Tensor, cache?: nn.KeyValueCache): Tensor {
    const attended = this.attend(this.ln1.forward(x), cache);
    const y: Tensor = x.add(this.dropout.forward(this.attnProj.forward(attended)));
    const hidden: Tensor = gelu(this.cFc.forward(this.ln2.forward(y)), { approximate: 'tanh' });
    return y.add(this.dropout.forward(this.mlpProj.forward(hidden)));
  }

  private attend(x: Tensor, cache?: nn.KeyValueCache): Tensor {
    const { embedDim, numHeads, dropout } = this.config;
    const [batch, length] = x.shape;
    const heads = [batch, length, numHeads, embedDim / numHeads];
    const [query, key, value]: Tensor[] = this.cAttn
      .forward(x)
      .chunk(3, -1)
      .map((part: Tensor): Tensor => part.reshape(heads).transpose(1, 2));
    const dropoutP = this.training ? dropout : 0;
    let attended: Tensor;
    if (cache) {
      const [keys, values, attnMask] = cache.append(key, value);
      attended = scaledDotProductAttention(query, keys, values, { attnMask, dropoutP });
    } else {
      attended = scaledDotProductAttention(query, key, value, { isCausal: true, dropoutP });
    }
    return attended.transpose(1, 2).reshape([batch, length, embedDim]);
  }
}

/**
 * A Transformer that says which token comes next (Radford et al., "Language models are unsupervised multitask learners", 2019).
 *
 * A position sees itself and those before it, so one pass over a text asks at every place at once what comes next, and any text is an
 * exercise with its answer. Trained on enough of it, the model answers, translates and sums up, as text does such things. To
 * generate, a token is drawn, added, and the question asked again; keys and values of earlier positions are kept, so that each token
 * costs one position.
 *
 * The defaults are GPT-2 small: 124,439,808 parameters. They are named and shaped as in Hugging Face's `GPT2LMHeadModel`:
 * `transformer.wte.weight`, `transformer.h.0.attn.c_attn.weight` [in, out], …; `loadStateDict` takes its checkpoints, with and
 * without `transformer.` before the names, and leaves aside the masks that old ones hold and the output layer's weight, which is
 * that of the tokens. Throws an ArgumentError if `numHeads` does not divide `embedDim`; an id that is not below `vocabSize` is an
 * IndexError when numbers are asked for.
 *
 * Formula: logits = ln_f(blocks(wte[ids] + wpe[positions]))·wteᵀ
 *
 * Shapes: ids [N, T] of int32 → logits [N, T, vocabSize]
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * import { GPT2 } from 'nacre/models';
 * const model = new GPT2({ vocabSize: 50, numPositions: 16, embedDim: 8, numLayers: 2, numHeads: 2 }).eval();
 * const prompt = tensor([[3, 1, 4]], { dtype: 'int32' });
 * model.forward(prompt).shape; // → [1, 3, 50]
 * const [text] = await model.generate(prompt, { maxNewTokens: 5, topK: 10 });
 * text.length; // → 8
 * ```
 */
export class GPT2 extends nn.Module {
  readonly wte: nn.Embedding;
  readonly wpe: nn.Embedding;
  readonly dropout: nn.Dropout;
  readonly h: nn.ModuleList<GPT2Block>;
  readonly lnF: nn.LayerNorm;
  readonly config: Config;

  constructor(options?: GPT2Options) {
    super();
    const op = 'GPT2';
    const config = withDefaults(op, options, {
      vocabSize: 50257,
      numPositions: 1024,
      embedDim: 768,
      numLayers: 12,
      numHeads: 12,
      dropout: 0.1,
    });
    const { vocabSize, numPositions, embedDim, numLayers, numHeads } = config;
    if (embedDim % numHeads)
      throw new ArgumentError(`numHeads ${numHeads} does not divide embedDim ${embedDim}`, { op });
    this.config = config;
    this.wte = new nn.Embedding(vocabSize, embedDim);
    this.wpe = new nn.Embedding(numPositions, embedDim);
    for (const { weight } of [this.wte, this.wpe]) nn.init.normal(weight, 0, 0.02);
    this.dropout = new nn.Dropout(config.dropout);
    this.h = new nn.ModuleList(Array.from({ length: numLayers }, () => new GPT2Block(config)));
    this.lnF = new nn.LayerNorm(embedDim);
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    const { wte, wpe, dropout, h, lnF } = this;
    return Object.entries({ wte, wpe, dropout, h, ln_f: lnF }).map(
      ([name, part]) => [`transformer.${name}`, part] as const,
    );
  }

  /** Checkpoints of `GPT2LMHeadModel` and of `GPT2Model`, whose names do not begin with `transformer.`. */
  override loadStateDict(
    dict: StateDict | ReadonlyMap<string, Tensor>,
    options?: { strict?: boolean },
  ): KeyDifferences {
    const own = new Map<string, Tensor>();
    for (const [name, value] of asMap(dict) as ReadonlyMap<string, Tensor>) {
      if (name === 'lm_head.weight' || /\.attn\.(masked_)?bias$/.test(name)) continue;
      own.set(name.startsWith('transformer.') ? name : `transformer.${name}`, value);
    }
    return super.loadStateDict(own, options);
  }

  /** @param options `caches`, one for each layer: the ids come after the positions they hold, and are added to them. */
  override forward(ids: Tensor, options?: { caches?: readonly nn.KeyValueCache[] }): Tensor {
    const { caches } = optionsOf('GPT2.forward', options, ['caches']);
    const { numPositions, numLayers } = this.config;
    checkTokens('GPT2', ids, numPositions);
    if (caches && caches.length !== numLayers)
      throw new ArgumentError(`${caches.length} caches for ${numLayers} layers`, { op: 'GPT2' });
    let positions: Tensor = arange(0, ids.shape[1], 1, { dtype: 'int32' });
    if (caches) positions = positions.add(caches[0].length.value);
    let x: Tensor = this.wte.forward(ids).add(this.wpe.forward(positions));
    x = this.dropout.forward(x);
    let i = 0;
    for (const block of this.h) x = block.forward(x, caches?.[i++]);
    return linear(this.lnF.forward(x), this.wte.weight);
  }

  /** Empty caches for a batch of sequences of up to `maxLength` tokens. */
  caches(batch: number, maxLength = this.config.numPositions): nn.KeyValueCache[] {
    const { numLayers, numHeads, embedDim } = this.config;
    const shape = [batch, numHeads, maxLength, embedDim / numHeads] as const;
    return Array.from({ length: numLayers }, () => new nn.KeyValueCache(shape));
  }

  /**
   * The ids [N, T] and what the model adds to each, as lists of ids. Dropout is off meanwhile. Throws an ArgumentError if prompt and
   * new tokens are more than there are positions.
   */
  async generate(prompt: Tensor, options?: GenerateOptions): Promise<number[][]> {
    const op = 'GPT2.generate';
    const defaults = { ...samplingDefaults, maxNewTokens: 20, eosTokenId: null };
    const { maxNewTokens, eosTokenId, ...sampling } = withDefaults<GenerateOptions>(op, options, defaults);
    checkTokens(op, prompt);
    const [batch, length] = prompt.shape;
    const total = length + maxNewTokens;
    if (!Number.isInteger(maxNewTokens) || maxNewTokens < 1 || total > this.config.numPositions) {
      throw new ArgumentError(
        `${length} tokens and ${maxNewTokens} new ones do not fit into ${this.config.numPositions} positions`,
        { op },
      );
    }
    const caches = this.caches(batch, total);
    const next = compile((ids: Tensor) =>
      noGrad(() => sampleToken(this.forward(ids, { caches }).select(1, -1), sampling)),
    );
    const sequences = (await prompt.tolist()) as number[][];
    const ended = sequences.map(() => false);
    const wasTraining = this.training;
    this.eval();
    try {
      let ids = prompt;
      for (let i = 0; i < maxNewTokens && ended.includes(false); i++) {
        const drawn = (await next(ids).tolist()) as number[];
        drawn.forEach((id, row) => {
          if (!ended[row]) sequences[row].push(id);
          ended[row] ||= id === eosTokenId;
        });
        ids = tensor(drawn, { dtype: 'int32', shape: [batch, 1] });
      }
    } finally {
      this.train(wasTraining);
    }
    return sequences;
  }
}
