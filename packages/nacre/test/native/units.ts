import { renderProgram } from '../../src/render/c/program.ts';

/** Where a program is: its unit, and what its symbols' names end with there. */
export type Places = ReadonlyMap<string, { readonly unit: number; readonly suffix: string }>;

export interface Units {
  readonly sources: readonly string[];
  readonly places: Places;
}

/** Characters of source that one unit has at least: two seconds of compiling. */
const worthOwnUnit = 2 ** 17;

/** What comes before the kernels of a program. */
function headOf(source: string): string {
  const lanes = Number(/^#define LANES (\d+)$/m.exec(source)?.[1] ?? 1);
  const contract = source.includes('#define CONTRACT 1');
  const empty = renderProgram({ kernels: [], stages: [], lanes, contract }).source;
  const head = empty.slice(0, empty.indexOf('#define AT(slot)'));
  if (!source.startsWith(head.trimEnd())) throw new Error('a program that begins otherwise');
  return head;
}

const kernelBegins = /\n(?=\/\* [^\n]* \*\/\nstatic __attribute__\(\(noinline\)\) void k\d+\()/;

/** Several programs in one translation unit: what they begin with and kernels that several have stand there once. */
class Unit {
  #source: string;
  /** Names of the kernels in this unit by their text. */
  readonly #kernels = new Map<string, string>();

  constructor(private readonly head: string) {
    this.#source = head;
  }

  get source(): string {
    return this.#source;
  }

  add(source: string, suffix: string): void {
    const body = source.slice(this.head.trimEnd().length);
    const end = body.indexOf('#define AT(slot)');
    const [, ...kernels] = body.slice(0, end).split(kernelBegins);
    const names = new Map<string, string>();
    for (const kernel of kernels) {
      const [, before, own, after] = /^[^\n]*\n([^\n]* void )(k\d+)(\([\s\S]*)$/.exec(kernel)!;
      const text = after.trimEnd();
      const known = this.#kernels.get(text);
      const name = known ?? `kernel${this.#kernels.size}`;
      names.set(own, name);
      if (known) continue;
      this.#kernels.set(text, name);
      this.#source += `${before}${name}${text}\n`;
    }
    this.#source += body
      .slice(end)
      .replace(/\bk\d+(?=\()/g, (own) => names.get(own)!)
      .replace(/\bnacre_(run|share|kernel)(?=\()/g, (symbol) => symbol + suffix);
  }
}

/** Programs in as few translation units as keep so many processors busy. */
export function batchUnits(programs: readonly string[], processors: number): Units {
  const places = new Map<string, { unit: number; suffix: string }>();
  const total = programs.reduce((sum, source) => sum + source.length - headOf(source).length, 0);
  const limit = Math.max(worthOwnUnit, total / processors / 4);
  const open = new Map<string, { unit: Unit; number: number }>();
  const units: Unit[] = [];
  for (const [i, source] of programs.entries()) {
    const head = headOf(source);
    let present = open.get(head);
    if (!present || present.unit.source.length > limit) {
      present = { unit: new Unit(head), number: units.length };
      units.push(present.unit);
      open.set(head, present);
    }
    const suffix = `_${i}`;
    present.unit.add(source, suffix);
    places.set(source, { unit: present.number, suffix });
  }
  return { sources: units.map(({ source }) => source), places };
}
