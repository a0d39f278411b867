import * as nn from '../nn/index.ts';
import { concat, ne } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkTokens, withDefaults } from './checks.ts';

export interface LSTMClassifierOptions {
  /** Features of a token. Default: 100. */
  embeddingDim?: number;
  /** Default: 128. */
  hiddenSize?: number;
  /** Default: 1. */
  numLayers?: number;
  /** Whether it also reads from the end. Default: yes. */
  bidirectional?: boolean;
  /** Probability of dropping, of embeddings, between layers, and before the last layer. Default: 0.5. */
  dropout?: number;
  /** The id that fills up shorter sequences, at their end. Default: 0. */
  paddingIdx?: number;
}

/**
 * A network that reads a text, or another sequence of ids, and says of which class it is, such as whether a review is a good one.
 *
 * An LSTM (Hochreiter and Schmidhuber, 1997) goes through the words and keeps in its state what matters for the answer; gates learn
 * what to keep, so that "not" at the beginning still counts at the end. Reading from the end as well (Schuster and Paliwal, 1997)
 * gives each word both its contexts. Sequences in a batch are filled up with `paddingIdx`, which is passed over: the answer is the same
 * however long the filling is.
 *
 * Parameters: `embedding`, `lstm`, `fc`.
 *
 * Formula: fc([h of the end forward, h of the beginning backward])
 *
 * Shapes: ids [N, T] of int32 → logits [N, numClasses]
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * import { LSTMClassifier } from 'nacre/models';
 * const model = new LSTMClassifier(1000, 2, { embeddingDim: 8, hiddenSize: 8 });
 * model.forward(tensor([[5, 7, 9], [3, 0, 0]], { dtype: 'int32' })).shape; // → [2, 2]
 * ```
 */
export class LSTMClassifier extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly lstm: nn.LSTM;
  readonly fc: nn.Linear;
  readonly dropout: nn.Dropout;
  readonly paddingIdx: number;

  constructor(
    readonly vocabSize: number,
    readonly numClasses: number,
    options?: LSTMClassifierOptions,
  ) {
    super();
    const defaults = {
      embeddingDim: 100,
      hiddenSize: 128,
      numLayers: 1,
      bidirectional: true,
      dropout: 0.5,
      paddingIdx: 0,
    };
    const { embeddingDim, hiddenSize, dropout, paddingIdx, numLayers, bidirectional } = withDefaults(
      'LSTMClassifier',
      options,
      defaults,
    );
    this.paddingIdx = paddingIdx;
    this.embedding = new nn.Embedding(vocabSize, embeddingDim, { paddingIdx });
    const between = numLayers > 1 ? dropout : 0;
    const size = { numLayers, bidirectional, dropout: between, batchFirst: true };
    this.lstm = new nn.LSTM(embeddingDim, hiddenSize, size);
    this.fc = new nn.Linear(bidirectional ? 2 * hiddenSize : hiddenSize, numClasses);
    this.dropout = new nn.Dropout(dropout);
  }

  override forward(ids: Tensor): Tensor {
    checkTokens('LSTMClassifier', ids);
    const lengths: Tensor = ne(ids, this.paddingIdx).to('int32').sum(1);
    const x: Tensor = this.dropout.forward(this.embedding.forward(ids));
    const [, [h]] = this.lstm.forward(x, null, { lengths });
    const last: Tensor = this.lstm.bidirectional
      ? concat([h.select(0, -2), h.select(0, -1)], 1)
      : h.select(0, -1);
    return this.fc.forward(this.dropout.forward(last));
  }
}
