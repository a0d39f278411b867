import { align, displayWidth, type Palette, wrap } from 'nacre/terminal';
import type { Messages } from '../i18n/index.ts';
import {
  type CommandName,
  commandLine,
  commands,
  commonOptions,
  meaningsOf,
  type OptionMeanings,
  optionsOf,
} from './commands.ts';
import { isValueOption, type OptionName, switches, valueOptions } from './options.ts';

/** Text is not wrapped wider than this: long lines are hard to read. */
const mostColumns = 100;

interface Look {
  readonly columns: number;
  readonly palette: Palette;
}

/** The help of one command or of what takes its options: how it is called, what it does, and the options. */
export function commandHelp(
  text: Messages,
  { columns, palette }: Look,
  { line, description, command }: { line: string; description: string; command: CommandName },
): string {
  const width = Math.min(columns, mostColumns);
  const { usage } = text;
  const meanings = meaningsOf(command);
  return [
    `${palette.bold(usage.usage)} ${line} ${usage.optionsPlaceholder}`,
    '',
    ...wrap(description, width),
    '',
    palette.bold(usage.options),
    ...definitions(
      optionsOf(command).map((name) => describeOption(name, text, meanings)),
      width,
    ),
  ].join('\n');
}

/** The help of the whole program, or of one command. */
export function helpText(
  text: Messages,
  { version, ...look }: Look & { readonly version: string },
  topic?: CommandName,
): string {
  const { usage } = text;
  if (topic !== undefined) {
    const description = commands[topic].describe(text);
    return commandHelp(text, look, { line: commandLine(topic), description, command: topic });
  }
  const { columns, palette } = look;
  const width = Math.min(columns, mostColumns);
  const names = Object.keys(commands) as CommandName[];
  return [
    usage.title(palette.bold('Nacre'), version),
    '',
    `${palette.bold(usage.usage)} nacre ${usage.command} ${usage.optionsPlaceholder}`,
    '',
    palette.bold(usage.commands),
    ...definitions(
      names.map((name) => [commandLine(name).slice('nacre '.length), commands[name].describe(text)]),
      width,
    ),
    '',
    palette.bold(usage.options),
    ...definitions(
      [...commonOptions, 'version' as const].map((name) => describeOption(name, text)),
      width,
    ),
    '',
    usage.more,
  ].join('\n');
}

function describeOption(
  name: OptionName,
  text: Messages,
  meanings: OptionMeanings = {},
): [term: string, meaning: string] {
  if (!isValueOption(name)) {
    const option = switches[name];
    return ['short' in option ? `-${option.short}, --${name}` : `--${name}`, option.describe(text)];
  }
  const option = valueOptions[name];
  const term = `--${name} ${option.placeholder}`;
  const meaning = meanings[name]?.(text);
  if (meaning !== undefined) return [term, meaning];
  const fallback = 'fallback' in option ? text.usage.defaultValue(String(option.fallback)) : '';
  return [term, option.describe(text) + fallback];
}

/** Terms in one column and their meanings, wrapped, in another. */
export function definitions(
  entries: readonly (readonly [term: string, meaning: string])[],
  columns: number,
): string[] {
  const termColumns = Math.max(...entries.map(([term]) => displayWidth(term))) + 4;
  return entries.flatMap(([term, meaning]) =>
    wrap(meaning, Math.max(columns - termColumns, 20)).map((line, row) =>
      (align(row === 0 ? `  ${term}` : '', termColumns) + line).trimEnd(),
    ),
  );
}
