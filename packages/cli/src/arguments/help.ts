import type { Messages } from '../i18n/index.ts';
import type { Palette } from '../terminal/colour.ts';
import { align, displayWidth, wrap } from '../terminal/width.ts';
import { type CommandName, commandLine, commands, commonOptions, optionsOf } from './commands.ts';
import { isValueOption, type OptionName, switches, valueOptions } from './options.ts';

/** Text is not wrapped wider than this: long lines are hard to read. */
const mostColumns = 100;

/** The help of the whole program, or of one command. */
export function helpText(
  text: Messages,
  { version, columns, palette }: { version: string; columns: number; palette: Palette },
  topic?: CommandName,
): string {
  const width = Math.min(columns, mostColumns);
  const { usage } = text;
  if (topic !== undefined) {
    return [
      `${palette.bold(usage.usage)} ${commandLine(topic)} ${usage.optionsPlaceholder}`,
      '',
      ...wrap(commands[topic].describe(text), width),
      '',
      palette.bold(usage.options),
      ...definitions(
        optionsOf(topic).map((name) => describeOption(name, text)),
        width,
      ),
    ].join('\n');
  }
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

function describeOption(name: OptionName, text: Messages): [term: string, meaning: string] {
  if (!isValueOption(name)) {
    const option = switches[name];
    return ['short' in option ? `-${option.short}, --${name}` : `--${name}`, option.describe(text)];
  }
  const option = valueOptions[name];
  const fallback = 'fallback' in option ? text.usage.defaultValue(String(option.fallback)) : '';
  return [`--${name} ${option.placeholder}`, option.describe(text) + fallback];
}

/** Terms in one column and their meanings, wrapped, in another. */
function definitions(
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
