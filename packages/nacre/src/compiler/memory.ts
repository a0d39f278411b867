/** A buffer that is needed from the stage that writes it to the last that reads it. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface MemoryPlan {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

const alignment = 64;

/**
 * Places buffers in one arena so that two alive at the same time never overlap: largest first, each at the lowest offset that is
 * free for its whole life (greedy by size; Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020).
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const order = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes || a - b);
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { first, last } = lifetimes[i];
    const size = aligned(lifetimes[i].bytes);
    const neighbours = placed
      .filter((j) => lifetimes[j].first <= last && first <= lifetimes[j].last)
      .map((j) => ({ from: offsets[j], to: offsets[j] + aligned(lifetimes[j].bytes) }))
      .sort((a, b) => a.from - b.from);
    let at = 0;
    for (const { from, to } of neighbours) {
      if (at + size <= from) break;
      at = Math.max(at, to);
    }
    offsets[i] = at;
    placed.push(i);
    total = Math.max(total, at + size);
  }
  return { offsets, bytes: total };
}

const aligned = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / alignment) * alignment;
