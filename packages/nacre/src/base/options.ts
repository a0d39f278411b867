import { ArgumentError } from './errors.ts';

/** How many letters have to be added, taken away or changed to get from one name to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1])));
    }
    row = next;
  }
  return row[b.length];
}

/** `weight_decay` and `weightdecay` are as near to `weightDecay` as can be. */
const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

/** The known name that is most like a given one, unless none is like it. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((other) => distance(plain(name), plain(other)));
  const least = Math.min(...distances);
  return least <= Math.max(2, name.length / 3) ? known[distances.indexOf(least)] : undefined;
}

/**
 * The options, if all their names are known: a name that nobody reads is a slip of the pen, which would go unseen where no types are
 * checked.
 */
export function optionsOf<O extends object>(op: string, options: O | undefined, known: readonly string[]): O {
  if (options === undefined) return {} as O;
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError(`options are an object, got ${options === null ? 'null' : typeof options}`, {
      op,
      hint: known.length ? `Known: ${known.join(', ')}` : undefined,
    });
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    const list = known.length ? `Known: ${known.join(', ')}` : 'It takes no options';
    throw new ArgumentError(`there is no option ${name}`, {
      op,
      hint: nearest ? `Did you mean ${nearest}? ${list}` : list,
    });
  }
  return options;
}
