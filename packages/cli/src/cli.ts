import { helpText } from './arguments/help.ts';
import { type Invocation, parseCommandLine } from './arguments/parse.ts';
import { type Context, createContext, type Surroundings } from './context.ts';
import { Failure, systemCode } from './failure.ts';
import { isLanguage, type Language, languageOf } from './i18n/index.ts';
import { packageVersion } from './package.ts';

/**
 * Runs one command line, the arguments after `nacre`, and gives the exit code: 0 done, 1 failed, 2 not understood, 130 stopped.
 *
 * Each command is loaded when it is asked for: `nacre --help` does not wait for the library.
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  // Both are needed before the arguments are understood: what is wrong with them must be said in the right way too.
  const language = languageOfArguments(args) ?? languageOf(surroundings.environment);
  const json = args.includes('--json');
  const context = createContext(surroundings, { language, json, version: packageVersion() });
  try {
    return await dispatch(parseCommandLine(args, context.text), context);
  } catch (error) {
    return explain(error, context);
  }
}

function languageOfArguments(args: readonly string[]): Language | undefined {
  const at = args.findLastIndex((argument) => argument === '--lang' || argument.startsWith('--lang='));
  if (at === -1) return undefined;
  const name = args[at] === '--lang' ? (args[at + 1] ?? '') : args[at].slice('--lang='.length);
  return isLanguage(name) ? name : undefined;
}

async function dispatch(invocation: Invocation, context: Context): Promise<number> {
  const { terminal, text, version } = context;
  switch (invocation.command) {
    case 'help': {
      const look = { version, columns: terminal.columns, palette: terminal.palette };
      terminal.lines(helpText(text, look, invocation.topic));
      return 0;
    }
    case 'version':
      terminal.lines(version);
      return 0;
    case 'start': {
      const { start } = await import('./commands/train.ts');
      return start(context, invocation.options);
    }
    case 'train': {
      const { train } = await import('./commands/train.ts');
      return train(context, invocation.options);
    }
    case 'predict': {
      const { predict } = await import('./commands/predict.ts');
      const [folder, picture] = invocation.positionals;
      return predict(context, folder, picture, invocation.options);
    }
    case 'download': {
      const { download } = await import('./commands/download.ts');
      return download(context);
    }
    case 'doctor': {
      const { doctor } = await import('./commands/doctor.ts');
      return doctor(context);
    }
  }
}

/** The library's errors say what, where and what to do, as those of the command line do; they all have these fields. */
const isLibraryError = (error: unknown): boolean =>
  error instanceof Error && 'op' in error && 'hint' in error;

/** A file the library could not put in place, as after a disk is full: said in the user's language. */
function refusedFile(error: unknown, text: Context['text']): string | undefined {
  if (!isLibraryError(error) || !('path' in (error as object)) || systemCode(error) === '') return undefined;
  const { op, path } = error as { op?: string; path: string };
  return op === 'writeFileAtomic' ? text.runs.cannotWrite(path, systemCode(error)) : undefined;
}

/** Tells the user what went wrong; a stack only for what nobody foresaw. */
function explain(error: unknown, { errors, json, text }: Context): number {
  const expected = error instanceof Failure || isLibraryError(error) || systemCode(error) !== '';
  const message = refusedFile(error, text) ?? (error instanceof Error ? error.message : String(error));
  const details = error instanceof Error && !expected ? (error.stack ?? message) : message;
  json?.({ event: 'error', message });
  errors.lines(`${errors.palette.red(text.errorPrefix)}${details}`);
  return error instanceof Failure ? error.exitCode : 1;
}
