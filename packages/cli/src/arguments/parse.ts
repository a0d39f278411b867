import { parseArgs } from 'node:util';
import { Failure } from '../failure.ts';
import type { Messages } from '../i18n/index.ts';
import { type CommandName, commandLine, commands, commonOptions, isCommand, optionsOf } from './commands.ts';
import {
  isSwitch,
  isValueOption,
  type OptionName,
  type OptionValues,
  switches,
  type ValueOptionName,
  valueOptions,
} from './options.ts';
import { suggest } from './suggest.ts';

/** What a command line asks for. `positionals` are the values of those that are not fixed words. */
export type Invocation =
  | { readonly command: 'help'; readonly topic?: CommandName; readonly options: OptionValues }
  | { readonly command: 'version'; readonly options: OptionValues }
  | RunInvocation
  | {
      readonly command: Exclude<CommandName, 'run'>;
      readonly positionals: readonly string[];
      readonly options: OptionValues;
    };

/** An example, if one is named, and all arguments but its name, which are the example's own. */
interface RunInvocation {
  readonly command: 'run';
  readonly example?: string;
  readonly args: readonly string[];
  readonly options: OptionValues;
}

const topLevelOptions: readonly OptionName[] = [...commonOptions, 'version'];

const nodeOptions = {
  ...Object.fromEntries(Object.keys(valueOptions).map((name) => [name, { type: 'string' as const }])),
  ...Object.fromEntries(
    Object.entries(switches).map(([name, option]) => [
      name,
      { type: 'boolean' as const, ...('short' in option ? { short: option.short } : {}) },
    ]),
  ),
};

const tokensOf = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: nodeOptions, strict: false, allowPositionals: true, tokens: true })
    .tokens;

type Tokens = ReturnType<typeof tokensOf>;

const wordsOf = (tokens: Tokens) =>
  tokens.flatMap((token) => (token.kind === 'positional' ? [{ word: token.value, at: token.index }] : []));

/** Understands the arguments after `nacre`. Throws a `Failure` of exit code 2 that names the part it does not understand. */
export function parseCommandLine(args: readonly string[], text: Messages): Invocation {
  const tokens = tokensOf(args);
  const words = wordsOf(tokens);
  const [name, ...positionals] = words.map(({ word }) => word);
  if (name !== undefined && !isCommand(name)) {
    throw usageFailure(
      text,
      text.usageError.unknownCommand(name),
      suggest(name, Object.keys(commands)),
      'nacre',
    );
  }
  if (name === 'run' && positionals.length > 0) {
    const [run, example] = words.map(({ at }) => at);
    const others = args.filter((_, at) => at !== run && at !== example);
    return { command: name, example: positionals[0], args: others, options: {} };
  }
  const allowed = name === undefined ? topLevelOptions : optionsOf(name);
  const options = readOptions(tokens, allowed, text, name === undefined ? 'nacre' : `nacre ${name}`);
  if (options.help) return { command: 'help', topic: name, options };
  if (options.version) return { command: 'version', options };
  if (name === undefined) return { command: 'help', options };
  if (name === 'run') return { command: name, args: [], options };
  return { command: name, positionals: checkPositionals(name, positionals, text), options };
}

/**
 * The options among arguments that are options only. `program` is how the user called what takes them, for errors.
 * Throws a `Failure` of exit code 2 that names the part it does not understand.
 */
export function parseOptions(
  args: readonly string[],
  allowed: readonly OptionName[],
  text: Messages,
  program: string,
): OptionValues {
  const tokens = tokensOf(args);
  const options = readOptions(tokens, allowed, text, program);
  const needless = wordsOf(tokens)[0];
  if (needless) throw usageFailure(text, text.usageError.needlessArgument(needless.word), undefined, program);
  return options;
}

function readOptions(
  tokens: Tokens,
  allowed: readonly OptionName[],
  text: Messages,
  program: string,
): OptionValues {
  const options: OptionValues = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (isValueOption(token.name) && allowed.includes(token.name)) {
      setValue(options, token.name, token.value, token.inlineValue === true, text, program);
    } else if (isSwitch(token.name) && allowed.includes(token.name)) {
      if (token.value !== undefined)
        throw usageFailure(text, text.usageError.needlessValue(token.rawName), undefined, program);
      options[token.name] = true;
    } else {
      const meant = suggest(token.name, allowed);
      throw usageFailure(text, text.usageError.unknownOption(token.rawName), meant && `--${meant}`, program);
    }
  }
  return options;
}

function setValue<O extends ValueOptionName>(
  options: OptionValues,
  name: O,
  given: string | undefined,
  inline: boolean,
  text: Messages,
  program: string,
): void {
  const option = valueOptions[name];
  const flag = `--${name}`;
  // `--lr --seed 1` forgot a value; `--lr=--seed` or `--lr -1` gave a wrong one.
  if (given === undefined || (!inline && given.startsWith('--'))) {
    throw usageFailure(text, text.usageError.missingValue(flag, option.placeholder), undefined, program);
  }
  const value = option.parse(given);
  if (value === undefined) {
    throw usageFailure(
      text,
      text.usageError.badValue(flag, given, option.expected(text)),
      undefined,
      program,
    );
  }
  Object.assign(options, { [name]: value });
}

/** Holds the arguments against those the command declares; gives back the values of the ones that are not fixed words. */
function checkPositionals(command: CommandName, given: readonly string[], text: Messages): string[] {
  const program = `nacre ${command}`;
  const declared: readonly string[] = commands[command].positionals;
  const values: string[] = [];
  declared.forEach((word, index) => {
    const value = given[index];
    if (value === undefined) {
      throw usageFailure(text, text.usageError.missingArgument(word), commandLine(command), program);
    }
    if (isPlaceholder(word)) values.push(value);
    else if (value !== word)
      throw usageFailure(text, text.usageError.unknownDataset(value), commandLine(command), program);
  });
  if (given.length > declared.length) {
    throw usageFailure(text, text.usageError.needlessArgument(given[declared.length]), undefined, program);
  }
  return values;
}

const isPlaceholder = (word: string): boolean => word === word.toUpperCase();

function usageFailure(text: Messages, problem: string, meant: string | undefined, program: string): Failure {
  const suggestion = meant === undefined ? '' : text.usageError.suggestion(meant);
  const help = text.usageError.seeHelp(program);
  return new Failure(text.usageError.compose(problem, suggestion, help), { exitCode: 2 });
}
