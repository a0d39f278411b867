import { ArgumentError } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import { compile } from '../tensor/compile.ts';
import { tensor } from '../tensor/create.ts';
import { noGrad } from '../tensor/grad.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkTokens, withDefaults } from './checks.ts';
import { type SamplingOptions, sampleToken, samplingDefaults } from './sampling.ts';

export interface CharRNNOptions {
  /** Features of a character. Default: 64. */
  embeddingDim?: number;
  /** Default: 256. */
  hiddenSize?: number;
  /** Default: 2. */
  numLayers?: number;
  /** What remembers. Default: 'lstm'. */
  cell?: 'lstm' | 'gru' | 'rnn';
  /** Probability of dropping between layers, while training. Default: 0. */
  dropout?: number;
}

export interface CharGenerateOptions extends SamplingOptions {
  /** How many characters are added. Default: 100. */
  length?: number;
}

/** h of a recurrent network, and for LSTMs also c: each [numLayers, N, hiddenSize]. */
type States = readonly Tensor[];

/**
 * A recurrent network that writes, character by character (Karpathy, "The unreasonable effectiveness of recurrent neural networks",
 * 2015).
 *
 * It reads a character, changes what it remembers, and says which comes next. Taught with nothing but a text it learns to spell, then to
 * close quotation marks, then something like style: what a language model does, with a memory of fixed size in place of a look
 * back. Inputs are `encode`d pieces of the text, targets the same pieces one character later.
 *
 * It knows the characters of the text it is made with, each once, in the order of their codes. Parameters: `embedding`, `rnn`, `head`. Throws
 * an ArgumentError for a text without characters and a cell there is not.
 *
 * Formula: logits_t = head(h_t), h_t = rnn(embedding[x_t], h_{t-1})
 *
 * Shapes: ids [N, T] of int32 → logits [N, T, characters]
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * import { CharRNN } from 'nacre/models';
 * const model = new CharRNN('hello world', { hiddenSize: 16, numLayers: 1 });
 * model.characters.join(''); // → ' dehlorw'
 * model.forward(tensor([model.encode('hello')], { dtype: 'int32' })).shape; // → [1, 5, 8]
 * (await model.generate('he', { length: 10 })).length; // → 12
 * model.encode('help'); // → throws ArgumentError: 'p'
 * ```
 */
export class CharRNN extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly rnn: nn.RNN | nn.GRU | nn.LSTM;
  readonly head: nn.Linear;
  readonly characters: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /** @param text whose characters it knows. */
  constructor(text: string, options?: CharRNNOptions) {
    super();
    const op = 'CharRNN';
    const { embeddingDim, hiddenSize, numLayers, cell, dropout } = withDefaults<CharRNNOptions>(op, options, {
      embeddingDim: 64,
      hiddenSize: 256,
      numLayers: 2,
      cell: 'lstm',
      dropout: 0,
    });
    this.characters = [...new Set(text)].sort();
    if (!this.characters.length) throw new ArgumentError('the text has no characters', { op });
    this.#ids = new Map(this.characters.map((character, id) => [character, id]));
    const kinds = { lstm: nn.LSTM, gru: nn.GRU, rnn: nn.RNN };
    if (!Object.hasOwn(kinds, cell))
      throw new ArgumentError(`cell is 'lstm', 'gru' or 'rnn', got '${String(cell)}'`, { op });
    this.embedding = new nn.Embedding(this.characters.length, embeddingDim);
    this.rnn = new kinds[cell](embeddingDim, hiddenSize, { numLayers, dropout, batchFirst: true });
    this.head = new nn.Linear(hiddenSize, this.characters.length);
  }

  /** The ids of the characters of a text. Throws an ArgumentError for a character the model does not know. */
  encode(text: string): number[] {
    return [...text].map((character) => {
      const id = this.#ids.get(character);
      if (id !== undefined) return id;
      throw new ArgumentError(
        `the character '${character}' is not among the ${this.characters.length} known`,
        {
          op: 'CharRNN.encode',
          hint: 'Make the model with a text that has it',
        },
      );
    });
  }

  /** The text of ids. Throws an ArgumentError for an id that no character has. */
  decode(ids: readonly number[]): string {
    return ids
      .map((id) => {
        const character = this.characters[id];
        if (character !== undefined) return character;
        throw new ArgumentError(`there is no character ${id} among ${this.characters.length}`, {
          op: 'CharRNN.decode',
        });
      })
      .join('');
  }

  override forward(ids: Tensor): Tensor {
    return this.step(ids)[0];
  }

  /** Logits [N, T, characters], and what is remembered after the last character; `states` is what was remembered before. */
  step(ids: Tensor, states: States = []): [logits: Tensor, states: Tensor[]] {
    checkTokens('CharRNN', ids);
    const x: Tensor = this.embedding.forward(ids);
    const { rnn } = this;
    if (rnn instanceof nn.LSTM) {
      const [output, next] = rnn.forward(x, states.length ? [states[0], states[1]] : null);
      return [this.head.forward(output), next];
    }
    const [output, next] = rnn.forward(x, states[0]);
    return [this.head.forward(output), [next]];
  }

  /** The prompt, of one character at least, and what the model adds to it. Dropout is off meanwhile. */
  async generate(prompt: string, options?: CharGenerateOptions): Promise<string> {
    const op = 'CharRNN.generate';
    const defaults = { ...samplingDefaults, length: 100 };
    const { length, ...sampling } = withDefaults<CharGenerateOptions>(op, options, defaults);
    const known = this.encode(prompt);
    if (!known.length) throw new ArgumentError('the prompt is empty', { op });
    const next = compile((ids: Tensor, ...states: Tensor[]) =>
      noGrad(() => {
        const [logits, after] = this.step(ids, states);
        return [sampleToken(logits.select(1, -1), sampling), ...after];
      }),
    );
    const wasTraining = this.training;
    this.eval();
    try {
      let text = prompt;
      let ids = tensor([known], { dtype: 'int32' }) as Tensor;
      let states: Tensor[] = [];
      for (let i = 0; i < length; i++) {
        const [drawn, ...after] = next(ids, ...states);
        text += this.decode([await drawn.item()]);
        [ids, states] = [drawn.reshape([1, 1]), after];
      }
      return text;
    } finally {
      this.train(wasTraining);
    }
  }
}
