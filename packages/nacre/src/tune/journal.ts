import { files } from '#files';
import { ArgumentError, FormatError } from '../base/errors.ts';
import type { Lock } from '../io/files.ts';
import { isValueOf } from './parameter.ts';
import { pointOf } from './point.ts';
import type { BeginEvent, Direction, EndEvent, Records, ReportEvent, SearchEvent } from './record.ts';
import type { Domain } from './space.ts';

/** The first line of a search's file: what all its trials have in common. */
export interface SearchHeader {
  readonly nacre: 'tune';
  readonly version: 1;
  readonly direction: Direction;
  readonly seed: number;
  readonly space: unknown;
}

/** How every such file begins. */
const beginning = '{"nacre":"tune",';

/** What a search writes down, so that a later one goes on from it; without a path, nothing. */
export interface Journal {
  /** What a reader should know of the file as it was found. */
  readonly notice: string | undefined;
  /** The seed of the search: that of the file, where there was one. */
  readonly seed: number;
  /** Resolves when the event is on the disk. */
  write(event: SearchEvent): Promise<void>;
  close(): Promise<void>;
}

export const noJournal = (seed: number): Journal => ({
  notice: undefined,
  seed,
  write: async () => {},
  close: async () => {},
});

/**
 * Opens the file of a search and applies what it holds to the records. It is locked until it is closed. A last line that was not
 * written whole is removed.
 *
 * @throws ArgumentError if the file is of another search, or another process writes to it; FormatError if it is damaged.
 */
export async function openJournal(
  path: string,
  space: Domain<unknown>,
  direction: Direction,
  seed: number | undefined,
  fallbackSeed: number,
  records: Records<unknown>,
): Promise<Journal> {
  const lock = await lockFile(path);
  try {
    const { lines, notice } = await readLines(path);
    const mine = (chosen: number): SearchHeader => ({
      nacre: 'tune',
      version: 1,
      direction,
      seed: chosen,
      space: space.describe(),
    });
    let header: SearchHeader;
    if (lines.length === 0) {
      header = mine(seed ?? fallbackSeed);
      await files.appendLine(path, JSON.stringify(header), { sync: true });
    } else {
      header = JSON.parse(lines[0]) as SearchHeader;
      checkSame(path, header, mine(seed ?? header.seed));
      lines.slice(1).forEach((line, index) => {
        records.apply(eventOf(path, index + 2, line, space, records));
      });
    }
    // One after the other, in the order of the calls.
    let last: Promise<void> = Promise.resolve();
    return {
      notice,
      seed: header.seed,
      write: (event) =>
        (last = last.then(() => files.appendLine(path, JSON.stringify(event), { sync: true }))),
      close: () => lock.release(),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function lockFile(path: string): Promise<Lock> {
  const lock = await files.takeLock(`${path}.lock`);
  if ('release' in lock) return lock;
  throw new ArgumentError(`process ${lock.pid} on ${lock.host} writes to ${path}`, {
    op: 'tune',
    hint: `Wait for it, or name another storage; if it has ended on another machine, remove ${path}.lock`,
  });
}

const parses = (line: string): boolean => {
  try {
    JSON.parse(line);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
};

/** The lines that were written whole; what follows the last of them is cut off the file. */
async function readLines(path: string): Promise<{ lines: string[]; notice: string | undefined }> {
  if (!(await files.fileExists(path))) return { lines: [], notice: undefined };
  const text = new TextDecoder().decode(await files.readFile(path));
  if (text === '') return { lines: [], notice: undefined };
  if (!text.startsWith(beginning) && !beginning.startsWith(text)) {
    throw new FormatError(`${path} is not the file of a search`, {
      op: 'tune',
      hint: 'Name another storage: it is made if it is not there',
    });
  }
  const lines = text.split('\n');
  let torn = lines.pop()!;
  // After a power cut a line may have its length and not its content.
  if (torn === '' && lines.length > 0 && !parses(lines.at(-1)!)) torn = lines.pop()!;
  if (torn === '') return { lines, notice: undefined };
  await files.writeFileAtomic(path, lines.map((line) => `${line}\n`).join(''));
  return { lines, notice: `the last line of ${path} was not written whole, and is dropped` };
}

function checkSame(path: string, found: SearchHeader, wanted: SearchHeader): void {
  const reasons = {
    version: 'was written by another version of Nacre',
    direction: `has the direction ${found.direction}, not ${wanted.direction}`,
    space: 'searches another space',
    seed: `has the seed ${found.seed}, not ${wanted.seed}`,
  };
  for (const name of ['version', 'space', 'direction', 'seed'] as const) {
    if (JSON.stringify(found[name]) === JSON.stringify(wanted[name])) continue;
    throw new ArgumentError(`the search in ${path} ${reasons[name]}`, {
      op: 'tune',
      hint: 'Go on with what it began with, or name another storage',
    });
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A line as an event that fits what came before it. */
function eventOf(
  path: string,
  line: number,
  text: string,
  space: Domain<unknown>,
  { trials }: Records<unknown>,
): SearchEvent {
  const damaged = (what: string): FormatError =>
    new FormatError(`line ${line} of ${path} ${what}`, {
      op: 'tune',
      hint: 'Restore the file, or name another storage',
    });
  if (!parses(text)) throw damaged('is not JSON');
  const event = JSON.parse(text) as Partial<BeginEvent | ReportEvent | EndEvent> | null;
  if (typeof event !== 'object' || event === null || !isNumber(event.trial)) throw damaged('names no trial');
  const known = trials[event.trial];
  switch (event.event) {
    case 'begin': {
      const { point } = event;
      if (event.trial < 0 || event.trial > trials.length || !isNumber(event.seed) || !point) break;
      pointOf(space, (name, parameter) => {
        const value = point[name];
        if (!isValueOf(parameter, value)) throw damaged(`has no value of ${name} that the space has`);
        return value;
      });
      return event as BeginEvent;
    }
    case 'report':
      if (known && isNumber(event.step) && isNumber(event.value)) return event as ReportEvent;
      break;
    case 'end': {
      const { state, value } = event;
      const needsValue = state === 'complete' || state === 'pruned';
      if (known && (needsValue ? isNumber(value) : state === 'failed') && isNumber(event.seconds)) {
        return event as EndEvent;
      }
    }
  }
  throw damaged('is no event of a search');
}
