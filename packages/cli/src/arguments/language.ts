import type { Environment } from 'nacre/terminal';
import { isLanguage, type Language, languageOf } from '../i18n/index.ts';

/** The language of messages: that of `--lang` among the arguments, else the environment's. It is needed before the rest is understood. */
export function languageOfArguments(args: readonly string[], environment: Environment): Language {
  const at = args.findLastIndex((argument) => argument === '--lang' || argument.startsWith('--lang='));
  if (at === -1) return languageOf(environment);
  const name = args[at] === '--lang' ? (args[at + 1] ?? '') : args[at].slice('--lang='.length);
  return isLanguage(name) ? name : languageOf(environment);
}
