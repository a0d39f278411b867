/** A token that a beam is to go on with, and which row of the batch its past is in. */
export interface Beam {
  readonly id: number;
  readonly parent: number;
}

interface Hypothesis {
  readonly ids: readonly number[];
  readonly logProbability: number;
  /** Which beam it goes on from. */
  readonly parent: number;
}

export interface BeamSearchOptions {
  readonly beams: number;
  readonly maxLength: number;
  readonly lengthPenalty: number;
  /** The token that ends a sequence. */
  readonly eos: number;
}

/**
 * The search for a likely sequence of one source: `beams` beginnings are kept, each is continued by its likeliest tokens, and the best
 * of all continuations are the next beginnings. The likeliest token now may lead where nothing is likely, so one beam can miss what
 * several find. What ends goes aside; sequences that ended are compared by log probability / length^lengthPenalty.
 */
export class BeamSearch {
  #alive: Hypothesis[];
  #ended: { readonly ids: readonly number[]; readonly score: number }[] = [];

  constructor(readonly options: BeamSearchOptions) {
    // All begin alike: only one counts at first, or they would all stay the same.
    this.#alive = Array.from({ length: options.beams }, (_, parent) => ({
      ids: [],
      logProbability: parent ? Number.NEGATIVE_INFINITY : 0,
      parent,
    }));
  }

  #score({ ids, logProbability }: Pick<Hypothesis, 'ids' | 'logProbability'>, length = ids.length): number {
    return logProbability / Math.max(1, length) ** this.options.lengthPenalty;
  }

  /** Whether nothing can change the result: the length is reached, or as many sequences ended as there are beams. */
  get isDone(): boolean {
    const { beams, maxLength } = this.options;
    return this.#ended.length >= beams || this.#alive[0].ids.length >= maxLength;
  }

  /** What each beam goes on with; rows of the batch are counted from `firstRow`. */
  inputs(firstRow: number, bos: number): Beam[] {
    return this.#alive.map(({ ids, parent }) => ({ id: ids.at(-1) ?? bos, parent: firstRow + parent }));
  }

  /** Takes the likeliest next tokens of each beam: at least one more than there are beams, or the whole vocabulary. */
  advance(rows: readonly (readonly { id: number; logProbability: number }[])[]): void {
    const { beams, eos } = this.options;
    if (this.isDone) return;
    const candidates = rows
      .flatMap((row, beam) =>
        row.map(({ id, logProbability }) => ({
          ids: [...this.#alive[beam].ids, id],
          logProbability: this.#alive[beam].logProbability + logProbability,
          parent: beam,
        })),
      )
      .sort((a, b) => b.logProbability - a.logProbability);
    // An end counts only where it would have been kept, and not where it is better than nothing.
    for (const candidate of candidates.slice(0, beams)) {
      if (candidate.ids.at(-1) !== eos || candidate.logProbability === Number.NEGATIVE_INFINITY) continue;
      this.#ended.push({ ids: candidate.ids.slice(0, -1), score: this.#score(candidate) });
    }
    this.#alive = candidates.filter(({ ids }) => ids.at(-1) !== eos).slice(0, beams);
  }

  /** The best sequence that ended, or, if none did, the likeliest of those that did not; without the end. */
  get best(): number[] {
    const all = this.#ended.length
      ? this.#ended
      : this.#alive.map((hypothesis) => ({ ids: hypothesis.ids, score: this.#score(hypothesis) }));
    return [...all.reduce((a, b) => (b.score > a.score ? b : a)).ids];
  }
}
