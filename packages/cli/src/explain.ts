import type { Context } from './context.ts';
import { Failure, systemCode } from './failure.ts';

/** The library's errors say what, where and what to do, as those of the command line do; they all have these fields. */
const isLibraryError = (error: unknown): boolean =>
  error instanceof Error && 'op' in error && 'hint' in error;

/** A file the library could not put in place, as after a disk is full: said in the user's language. */
function refusedFile(error: unknown, text: Context['text']): string | undefined {
  if (!isLibraryError(error) || !('path' in (error as object)) || systemCode(error) === '') return undefined;
  const { op, path } = error as { op?: string; path: string };
  return op === 'writeFileAtomic' ? text.runs.cannotWrite(path, systemCode(error)) : undefined;
}

/** Tells the user what went wrong, and gives the exit code; a stack only for what nobody foresaw. */
export function explain(
  error: unknown,
  { errors, json, text }: Pick<Context, 'errors' | 'json' | 'text'>,
): number {
  const expected = error instanceof Failure || isLibraryError(error) || systemCode(error) !== '';
  const message = refusedFile(error, text) ?? (error instanceof Error ? error.message : String(error));
  const details = error instanceof Error && !expected ? (error.stack ?? message) : message;
  json?.({ event: 'error', message });
  errors.lines(`${errors.palette.red(text.errorPrefix)}${details}`);
  return error instanceof Failure ? error.exitCode : 1;
}
