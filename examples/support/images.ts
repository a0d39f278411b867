import type { LabelledImages } from 'nacre';

/** The first so many pictures of a set, or all if there are no more. */
export function firstImages<Set extends LabelledImages>(set: Set, count: number): Set {
  if (count >= set.count) return set;
  const { height, width, channels = 1 } = set;
  const images = set.images.subarray(0, count * channels * height * width);
  return { ...set, images, labels: set.labels.subarray(0, count), count };
}
