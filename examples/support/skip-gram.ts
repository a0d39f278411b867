import { ArrayDataset, arange, crossEntropy, nn, rand, type Tensor } from 'nacre';

/** The farthest that a neighbour is, in words. */
const reach = 5;

/** A word that is more frequent than this is left out now and then: it stands beside everything, and says little. */
const frequent = 1e-3;

/**
 * Every word of texts with each of its neighbours, up to a distance that is drawn from 1 to `reach`: near ones count more.
 *
 * @param texts words as numbers below `size`; `unknown` stands for those that have none.
 */
export async function neighbours(
  texts: readonly (readonly number[])[],
  size: number,
  unknown: number,
): Promise<ArrayDataset> {
  const all = texts.flat();
  const counts = new Float64Array(size);
  for (const word of all) counts[word]++;
  const [chances, distances] = [await rand([all.length]).data(), await rand([all.length]).data()];
  const words: number[] = [];
  const near: number[] = [];
  let first = 0;
  for (const text of texts) {
    const kept = text.flatMap((word, at) => {
      const chance = Math.sqrt((frequent * all.length) / counts[word]);
      return word === unknown || chances[first + at] >= chance ? [] : [{ word, at: first + at }];
    });
    kept.forEach(({ word, at }, place) => {
      const span = 1 + Math.floor(distances[at] * reach);
      const around = [
        ...kept.slice(Math.max(0, place - span), place),
        ...kept.slice(place + 1, place + 1 + span),
      ];
      for (const other of around) {
        words.push(word);
        near.push(other.word);
      }
    });
    first += text.length;
  }
  return new ArrayDataset(Int32Array.from(words), Int32Array.from(near));
}

/**
 * Vectors of words that foretell their neighbours (Mikolov et al., "Efficient estimation of word representations in vector space", 2013).
 *
 * Shapes: words [N] → vectors [N, features]
 */
export class SkipGram extends nn.Module {
  readonly vectors: nn.Embedding;
  /** What a word is as a neighbour of others. */
  readonly company: nn.Embedding;

  constructor(size: number, features: number) {
    super();
    this.vectors = new nn.Embedding(size, features);
    this.company = new nn.Embedding(size, features);
    for (const { weight } of [this.vectors, this.company]) nn.init.normal(weight, 0, 0.05);
  }

  override forward(words: Tensor): Tensor {
    return this.vectors.forward(words);
  }

  /** Each word is to find its own neighbour among those of the whole batch. */
  readonly loss = (vectors: Tensor, near: Tensor): Tensor => {
    const scores: Tensor = vectors.matmul(this.company.forward(near).transpose(0, 1));
    return crossEntropy(scores, arange(0, vectors.shape[0], 1, { dtype: 'int32' }));
  };
}
