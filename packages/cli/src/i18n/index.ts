import type { Language } from 'nacre/terminal';
import { en, type Messages } from './en.ts';
import { zh } from './zh.ts';

export { isLanguage, type Language, languageOf, languages } from 'nacre/terminal';
export type { Messages } from './en.ts';

/** All messages by language. */
export const messages: { readonly [L in Language]: Messages } = { en, zh };
