import type { Environment } from 'nacre/terminal';
import { type Language, type Messages, messages } from './i18n/index.ts';
import type { WriteJson } from './report/json.ts';
import { type OutputStream, openTerminal, type Terminal } from './terminal/terminal.ts';

/** The process a command runs in, as far as commands touch it. */
export interface Surroundings {
  readonly output: OutputStream;
  readonly errors: OutputStream;
  readonly environment: Environment;
}

/** What every command is given. */
export interface Context {
  readonly text: Messages;
  readonly language: Language;
  readonly environment: Environment;
  readonly version: string;
  /** Standard output, for people. Nothing may be written to it when `json` is set. */
  readonly terminal: Terminal;
  /** Standard error, for people. */
  readonly errors: Terminal;
  /** Set if the output is for machines: writes a line of it. */
  readonly json: WriteJson | undefined;
}

export function createContext(
  { output, errors, environment }: Surroundings,
  { language, json, version }: { language: Language; json: boolean; version: string },
): Context {
  return {
    text: messages[language],
    language,
    environment,
    version,
    terminal: openTerminal(output, environment),
    errors: openTerminal(errors, environment),
    json: json ? (line) => void output.write(`${JSON.stringify(line)}\n`) : undefined,
  };
}
