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
  | {
      readonly command: CommandName;
      readonly positionals: readonly string[];
      readonly options: OptionValues;
    };

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

/** Understands the arguments after `nacre`. Throws a `Failure` of exit code 2 that names the part it does not understand. */
export function parseCommandLine(args: readonly string[], text: Messages): Invocation {
  const { tokens } = parseArgs({
    args: [...args],
    options: nodeOptions,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const [name, ...positionals] = words;
  if (name !== undefined && !isCommand(name)) {
    throw usageFailure(text, text.usageError.unknownCommand(name), suggest(name, Object.keys(commands)));
  }
  const allowed = name === undefined ? topLevelOptions : optionsOf(name);

  const options: OptionValues = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (isValueOption(token.name) && allowed.includes(token.name)) {
      setValue(options, token.name, token.value, token.inlineValue === true, text, name);
    } else if (isSwitch(token.name) && allowed.includes(token.name)) {
      if (token.value !== undefined)
        throw usageFailure(text, text.usageError.needlessValue(token.rawName), undefined, name);
      options[token.name] = true;
    } else {
      const meant = suggest(token.name, allowed);
      throw usageFailure(text, text.usageError.unknownOption(token.rawName), meant && `--${meant}`, name);
    }
  }

  if (options.help) return { command: 'help', topic: name, options };
  if (options.version) return { command: 'version', options };
  if (name === undefined) return { command: 'help', options };
  return { command: name, positionals: checkPositionals(name, positionals, text), options };
}

function setValue<O extends ValueOptionName>(
  options: OptionValues,
  name: O,
  given: string | undefined,
  inline: boolean,
  text: Messages,
  command: CommandName | undefined,
): void {
  const option = valueOptions[name];
  const flag = `--${name}`;
  // `--lr --seed 1` forgot a value; `--lr=--seed` or `--lr -1` gave a wrong one.
  if (given === undefined || (!inline && given.startsWith('--'))) {
    throw usageFailure(text, text.usageError.missingValue(flag, option.placeholder), undefined, command);
  }
  const value = option.parse(given);
  if (value === undefined) {
    throw usageFailure(
      text,
      text.usageError.badValue(flag, given, option.expected(text)),
      undefined,
      command,
    );
  }
  Object.assign(options, { [name]: value });
}

/** Holds the arguments against those the command declares; gives back the values of the ones that are not fixed words. */
function checkPositionals(command: CommandName, given: readonly string[], text: Messages): string[] {
  const declared: readonly string[] = commands[command].positionals;
  const values: string[] = [];
  declared.forEach((word, index) => {
    const value = given[index];
    if (value === undefined) {
      throw usageFailure(text, text.usageError.missingArgument(word), commandLine(command), command);
    }
    if (isPlaceholder(word)) values.push(value);
    else if (value !== word)
      throw usageFailure(text, text.usageError.unknownDataset(value), commandLine(command), command);
  });
  if (given.length > declared.length) {
    throw usageFailure(text, text.usageError.needlessArgument(given[declared.length]), undefined, command);
  }
  return values;
}

const isPlaceholder = (word: string): boolean => word === word.toUpperCase();

function usageFailure(text: Messages, problem: string, meant?: string, command?: CommandName): Failure {
  const suggestion = meant === undefined ? '' : text.usageError.suggestion(meant);
  const help = text.usageError.seeHelp(command === undefined ? 'nacre' : `nacre ${command}`);
  return new Failure(text.usageError.compose(problem, suggestion, help), { exitCode: 2 });
}
