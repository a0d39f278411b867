import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import * as nn from '../nn/index.ts';
import { zerosLike } from '../tensor/create.ts';
import { gelu, ne, scaledDotProductAttention, tanh } from '../tensor/functions.ts';
import { asMap, type KeyDifferences, type StateDict } from '../tensor/state-dict.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkTokens, withDefaults } from './checks.ts';
import { checkpointNames } from './names.ts';

export interface BertOptions {
  /** Default: 30522. */
  vocabSize?: number;
  /** Features of a token. Default: 768. */
  hiddenSize?: number;
  /** Default: 12. */
  numLayers?: number;
  /** Default: 12. */
  numHeads?: number;
  /** Features between the two linear layers of a block. Default: 3072. */
  intermediateSize?: number;
  /** The longest sequence. Default: 512. */
  maxPositions?: number;
  /** Kinds of segments. Default: 2. */
  typeVocabSize?: number;
  /** Probability of dropping, of features. Default: 0.1. */
  dropout?: number;
  /** Probability of dropping, of weights of attention. Default: 0.1. */
  attentionDropout?: number;
  /** Default: 1e-12. */
  layerNormEps?: number;
  /** The id that fills up sequences: its vector begins as zeros and is not trained. Default: 0. */
  padTokenId?: number;
  /** Whether there is a pooler. Default: yes. */
  pooler?: boolean;
}

type Config = Required<BertOptions>;

const defaults: Config = {
  vocabSize: 30522,
  hiddenSize: 768,
  numLayers: 12,
  numHeads: 12,
  intermediateSize: 3072,
  maxPositions: 512,
  typeVocabSize: 2,
  dropout: 0.1,
  attentionDropout: 0.1,
  layerNormEps: 1e-12,
  padTokenId: 0,
  pooler: true,
};

export interface BertInputs {
  /** Which tokens count, [N, T]: 0 marks the filling at the end. Default: all. */
  attentionMask?: Tensor;
  /** The segment of each token, [N, T] of int32. Default: zeros. */
  tokenTypeIds?: Tensor;
}

export interface BertOutput {
  /** The vector of each token in its context, [N, T, hiddenSize]. */
  readonly lastHiddenState: Tensor;
  /** What the pooler makes of the first token, [N, hiddenSize]; null without a pooler. */
  readonly poolerOutput: Tensor | null;
}

/** Linear layers and vectors begin normal with 0.02, biases as zeros. */
function start<L extends nn.Linear | nn.Embedding>(layer: L): L {
  nn.init.normal(layer.weight, 0, 0.02);
  if (layer instanceof nn.Linear) nn.init.zeros(layer.bias!);
  return layer;
}

/** Token, place and segment, each a learned vector, added and normalized. */
class BertEmbeddings extends nn.Module {
  readonly wordEmbeddings: nn.Embedding;
  readonly positionEmbeddings: nn.Embedding;
  readonly tokenTypeEmbeddings: nn.Embedding;
  readonly layerNorm: nn.LayerNorm;
  readonly dropout: nn.Dropout;

  constructor(config: Config) {
    super();
    const { vocabSize, hiddenSize, maxPositions, typeVocabSize, layerNormEps, padTokenId } = config;
    this.wordEmbeddings = new nn.Embedding(vocabSize, hiddenSize, { paddingIdx: padTokenId });
    this.wordEmbeddings.weight.value = this.wordEmbeddings.weight.value.mul(0.02);
    this.positionEmbeddings = start(new nn.Embedding(maxPositions, hiddenSize));
    this.tokenTypeEmbeddings = start(new nn.Embedding(typeVocabSize, hiddenSize));
    this.layerNorm = new nn.LayerNorm(hiddenSize, { eps: layerNormEps });
    this.dropout = new nn.Dropout(config.dropout);
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return checkpointNames(super.members(), { layerNorm: 'LayerNorm' });
  }

  override forward(ids: Tensor, types: Tensor): Tensor {
    const words: Tensor = this.wordEmbeddings.forward(ids);
    const places: Tensor = this.positionEmbeddings.weight.narrow(0, 0, ids.shape[1]);
    const sum: Tensor = words.add(this.tokenTypeEmbeddings.forward(types)).add(places);
    return this.dropout.forward(this.layerNorm.forward(sum));
  }
}

/** Attention among all tokens, then two linear layers; each added to its input, and normalized after. */
class BertLayer extends nn.Module {
  readonly query: nn.Linear;
  readonly key: nn.Linear;
  readonly value: nn.Linear;
  readonly attentionOutput: nn.Linear;
  readonly attentionNorm: nn.LayerNorm;
  readonly intermediate: nn.Linear;
  readonly output: nn.Linear;
  readonly outputNorm: nn.LayerNorm;
  readonly dropout: nn.Dropout;

  constructor(readonly config: Config) {
    super();
    const { hiddenSize, intermediateSize, layerNormEps: eps, dropout } = config;
    this.query = start(new nn.Linear(hiddenSize, hiddenSize));
    this.key = start(new nn.Linear(hiddenSize, hiddenSize));
    this.value = start(new nn.Linear(hiddenSize, hiddenSize));
    this.attentionOutput = start(new nn.Linear(hiddenSize, hiddenSize));
    this.attentionNorm = new nn.LayerNorm(hiddenSize, { eps });
    this.intermediate = start(new nn.Linear(hiddenSize, intermediateSize));
    this.output = start(new nn.Linear(intermediateSize, hiddenSize));
    this.outputNorm = new nn.LayerNorm(hiddenSize, { eps });
    this.dropout = new nn.Dropout(dropout);
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return checkpointNames(super.members(), {
      query: 'attention.self.query',
      key: 'attention.self.key',
      value: 'attention.self.value',
      attentionOutput: 'attention.output.dense',
      attentionNorm: 'attention.output.LayerNorm',
      intermediate: 'intermediate.dense',
      output: 'output.dense',
      outputNorm: 'output.LayerNorm',
    });
  }

  override forward(x: Tensor, attnMask: Tensor | null): Tensor {
    const { hiddenSize, numHeads, attentionDropout } = this.config;
    const [batch, length] = x.shape;
    const heads = (layer: nn.Linear): Tensor =>
      layer
        .forward(x)
        .reshape([batch, length, numHeads, hiddenSize / numHeads])
        .transpose(1, 2);
    const dropoutP = this.training ? attentionDropout : 0;
    const [query, key, value] = [heads(this.query), heads(this.key), heads(this.value)];
    const attended: Tensor = scaledDotProductAttention(query, key, value, { attnMask, dropoutP });
    const joined: Tensor = attended.transpose(1, 2).reshape([batch, length, hiddenSize]);
    const branch: Tensor = this.dropout.forward(this.attentionOutput.forward(joined));
    const y: Tensor = this.attentionNorm.forward(x.add(branch));
    const hidden: Tensor = gelu(this.intermediate.forward(y));
    return this.outputNorm.forward(y.add(this.dropout.forward(this.output.forward(hidden))));
  }
}

/**
 * A Transformer that reads a text in both directions (Devlin et al., "BERT: pre-training of deep bidirectional transformers for
 * language understanding", 2018).
 *
 * It is taught to fill in words that were blotted out, for which it looks at what comes before and after; so the vector it gives for
 * each token says what the token means where it stands. With one small layer on top it then learns a task from few examples, such as
 * `BertClassifier`. It cannot go on with a text: for that see `GPT2`.
 *
 * The defaults are bert-base-uncased: 109,482,240 parameters with the pooler. They are named and shaped as in Hugging Face's
 * `BertModel`: `embeddings.word_embeddings.weight`, `encoder.layer.0.attention.self.query.weight`, …, `pooler.dense.weight`;
 * `loadStateDict` takes its checkpoints, also those of models with a head, whose names begin with `bert.` (the head is left aside),
 * and those that call weight and bias of normalizations gamma and beta. Throws an ArgumentError if `numHeads` does not divide
 * `hiddenSize`; an id that is not below `vocabSize` is an IndexError when numbers are asked for.
 *
 * Formula: y = norm(x + attention(x)), norm(y + linear(gelu(linear(y)))) in each layer; pooled = tanh(linear(first token))
 *
 * Shapes: ids [N, T] of int32 → lastHiddenState [N, T, hiddenSize], poolerOutput [N, hiddenSize]
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * import { Bert } from 'nacre/models';
 * const model = new Bert({ vocabSize: 50, hiddenSize: 8, numLayers: 2, numHeads: 2, intermediateSize: 16 }).eval();
 * const ids = tensor([[2, 7, 9], [2, 5, 0]], { dtype: 'int32' });
 * const { lastHiddenState, poolerOutput } = model.forward(ids, { attentionMask: ids.ne(0) });
 * lastHiddenState.shape; // → [2, 3, 8]
 * poolerOutput!.shape; // → [2, 8]
 * ```
 */
export class Bert extends nn.Module {
  readonly embeddings: BertEmbeddings;
  readonly layers: nn.ModuleList<BertLayer>;
  readonly pooler: nn.Linear | null;
  readonly config: Config;

  constructor(options?: BertOptions) {
    super();
    const op = 'Bert';
    const config = withDefaults(op, options, defaults);
    const { hiddenSize, numHeads, numLayers } = config;
    if (hiddenSize % numHeads)
      throw new ArgumentError(`numHeads ${numHeads} does not divide hiddenSize ${hiddenSize}`, { op });
    this.config = config;
    this.embeddings = new BertEmbeddings(config);
    this.layers = new nn.ModuleList(Array.from({ length: numLayers }, () => new BertLayer(config)));
    this.pooler = config.pooler ? start(new nn.Linear(hiddenSize, hiddenSize)) : null;
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return checkpointNames(super.members(), { layers: 'encoder.layer', pooler: 'pooler.dense' });
  }

  /** Checkpoints of `BertModel`, and of the models of Hugging Face that contain one. */
  override loadStateDict(
    dict: StateDict | ReadonlyMap<string, Tensor>,
    options?: { strict?: boolean },
  ): KeyDifferences {
    const given = asMap(dict) as ReadonlyMap<string, Tensor>;
    const isInside = [...given.keys()].some((name) => name.startsWith('bert.'));
    const own = new Map<string, Tensor>();
    for (const [name, value] of given) {
      if (isInside && !name.startsWith('bert.')) continue;
      const inner = modernName(isInside ? name.slice('bert.'.length) : name);
      if (inner === 'embeddings.position_ids' || (!this.pooler && inner.startsWith('pooler.'))) continue;
      own.set(inner, value);
    }
    return super.loadStateDict(own, options);
  }

  override forward(ids: Tensor, inputs?: BertInputs): BertOutput {
    const names = ['attentionMask', 'tokenTypeIds'];
    const { attentionMask, tokenTypeIds } = optionsOf('Bert.forward', inputs, names);
    checkTokens('Bert', ids, this.config.maxPositions);
    for (const [name, given] of Object.entries({ attentionMask, tokenTypeIds })) {
      if (!given || (given.ndim === 2 && given.shape.every((size, axis) => size === ids.shape[axis])))
        continue;
      throw new ShapeMismatchError(
        `${name}: got ${showShape(given.shape)}, expected ${showShape(ids.shape)}, as the ids`,
        { op: 'Bert', shapes: [given.shape, ids.shape] },
      );
    }
    const [batch, length] = ids.shape;
    const attnMask = attentionMask ? ne(attentionMask, 0).reshape([batch, 1, 1, length]) : null;
    let x = this.embeddings.forward(ids, tokenTypeIds ?? zerosLike(ids));
    for (const layer of this.layers) x = layer.forward(x, attnMask);
    const poolerOutput = this.pooler ? tanh(this.pooler.forward(x.select(1, 0))) : null;
    return { lastHiddenState: x, poolerOutput };
  }
}

/** TensorFlow's names for the numbers of a normalization, as the first checkpoints have them, are changed to PyTorch's. */
const modernName = (name: string): string => name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');

/**
 * `Bert` with a linear layer on what the pooler gives: logits of classes for a whole text.
 *
 * Parameters are named and shaped as in Hugging Face's `BertForSequenceClassification`: `bert.…`, `classifier.weight`. To begin with
 * a pretrained model, load it into `bert`: `model.bert.loadStateDict(tensors)`.
 *
 * Formula: classifier(dropout(pooled))
 *
 * Shapes: ids [N, T] of int32 → logits [N, numClasses]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { BertClassifier } from 'nacre/models';
 * const size = { vocabSize: 50, hiddenSize: 8, numLayers: 2, numHeads: 2, intermediateSize: 16 };
 * const model = new BertClassifier(3, size);
 * model.forward(zeros([2, 4], { dtype: 'int32' })).shape; // → [2, 3]
 * ```
 */
export class BertClassifier extends nn.Module {
  readonly bert: Bert;
  readonly dropout: nn.Dropout;
  readonly classifier: nn.Linear;

  constructor(
    readonly numClasses: number,
    options?: Omit<BertOptions, 'pooler'>,
  ) {
    super();
    this.bert = new Bert(options);
    const { dropout, hiddenSize, pooler } = this.bert.config;
    if (!pooler)
      throw new ArgumentError('the classifier reads what the pooler gives', { op: 'BertClassifier' });
    this.dropout = new nn.Dropout(dropout);
    this.classifier = start(new nn.Linear(hiddenSize, numClasses));
  }

  override forward(ids: Tensor, inputs?: BertInputs): Tensor {
    const { poolerOutput } = this.bert.forward(ids, inputs);
    return this.classifier.forward(this.dropout.forward(poolerOutput!));
  }
}
