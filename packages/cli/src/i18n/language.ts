import type { Environment } from '../terminal/colour.ts';

export const languages = ['en', 'zh'] as const;

export type Language = (typeof languages)[number];

export const isLanguage = (name: string): name is Language => (languages as readonly string[]).includes(name);

/**
 * The language of messages: Chinese where the first of `NACRE_LANG`, `LC_ALL`, `LC_MESSAGES` and `LANG` that is not empty begins
 * with `zh`, else English.
 */
export function languageOf({ NACRE_LANG, LC_ALL, LC_MESSAGES, LANG }: Environment): Language {
  const locale = NACRE_LANG || LC_ALL || LC_MESSAGES || LANG || '';
  return /^zh(?![a-z])/i.test(locale) ? 'zh' : 'en';
}
