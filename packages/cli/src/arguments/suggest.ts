/** Fewest insertions, deletions, replacements and swaps of neighbours that turn one text into another. */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1);
      let least = Math.min(previous[column] + 1, current[column - 1] + 1, replaced);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) least = Math.min(least, beforePrevious[column - 2] + 1);
      current.push(least);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length];
}

/** The name that was probably meant: the only sensible completion, or the closest within a third of the letters. */
export function suggest(given: string, names: readonly string[]): string | undefined {
  const longer = names.filter((name) => given.length >= 2 && name.startsWith(given));
  if (longer.length === 1) return longer[0];
  const allowed = Math.max(1, Math.floor(given.length / 3));
  const closest = names
    .map((name) => ({ name, distance: editDistance(given, name) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return closest !== undefined && closest.distance <= allowed ? closest.name : undefined;
}
