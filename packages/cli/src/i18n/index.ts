import { en, type Messages } from './en.ts';
import type { Language } from './language.ts';
import { zh } from './zh.ts';

export type { Messages } from './en.ts';
export { isLanguage, type Language, languageOf, languages } from './language.ts';

/** All messages by language. */
export const messages: { readonly [L in Language]: Messages } = { en, zh };
