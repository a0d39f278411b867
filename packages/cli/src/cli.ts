import { helpText } from './arguments/help.ts';
import { languageOfArguments } from './arguments/language.ts';
import { type Invocation, parseCommandLine } from './arguments/parse.ts';
import { type Context, createContext, type Surroundings } from './context.ts';
import { explain } from './explain.ts';
import { packageVersion } from './package.ts';

/**
 * Runs one command line, the arguments after `nacre`, and gives the exit code: 0 done, 1 failed, 2 not understood, 130 stopped.
 *
 * Each command is loaded when it is asked for: `nacre --help` does not wait for the library.
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  // Both are needed before the arguments are understood: what is wrong with them must be said in the right way too.
  const language = languageOfArguments(args, surroundings.environment);
  const json = args.includes('--json');
  const context = createContext(surroundings, { language, json, version: packageVersion() });
  try {
    return await dispatch(parseCommandLine(args, context.text), context);
  } catch (error) {
    return explain(error, context);
  }
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
    case 'run': {
      const { runExample } = await import('./commands/run.ts');
      return runExample(context, invocation);
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
