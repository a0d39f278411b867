import { ArgumentError } from '../base/errors.ts';

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Languages that labels come in.
 *
 * @example
 * ```ts
 * import { languages } from 'nacre/terminal';
 * languages.length; // → 2
 * ```
 */
export const languages = ['en', 'zh'] as const;

/** A language that labels come in. */
export type Language = (typeof languages)[number];

/**
 * Whether a text names a language that labels come in.
 *
 * @example
 * ```ts
 * import { isLanguage } from 'nacre/terminal';
 * isLanguage('zh'); // → true
 * ```
 */
export const isLanguage = (name: string): name is Language => (languages as readonly string[]).includes(name);

/**
 * The language of messages: Chinese where the first of `NACRE_LANG`, `LC_ALL`, `LC_MESSAGES` and `LANG` that is not empty begins
 * with `zh`, else English.
 *
 * @example
 * ```ts
 * import { languageOf } from 'nacre/terminal';
 * languageOf({ LANG: 'zh_CN.UTF-8' }); // → 'zh'
 * ```
 */
export function languageOf({ NACRE_LANG, LC_ALL, LC_MESSAGES, LANG }: Environment): Language {
  const locale = NACRE_LANG || LC_ALL || LC_MESSAGES || LANG || '';
  return /^zh(?![a-z])/i.test(locale) ? 'zh' : 'en';
}

/** Variables of this process; a browser has none. */
export const environment = (): Environment =>
  (globalThis as { process?: { readonly env?: Environment } }).process?.env ?? {};

/** The language that was asked for, else that of the process. Throws an ArgumentError for one that there is none of. */
export function chosenLanguage(op: string, language: string | undefined): Language {
  if (language === undefined) return languageOf(environment());
  if (isLanguage(language)) return language;
  throw new ArgumentError(`there is no language '${language}'`, {
    op,
    hint: `Give one of ${languages.join(', ')}`,
  });
}
