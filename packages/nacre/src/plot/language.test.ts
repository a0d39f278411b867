import { expect, it } from 'vitest';
import { languageOf } from './language.ts';

it.each([
  [{}, 'en'],
  [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
  [{ LANG: 'zh_TW' }, 'zh'],
  [{ LANG: 'zh' }, 'zh'],
  [{ LANG: 'zh-Hans' }, 'zh'],
  [{ LANG: 'zha_CN' }, 'en'],
  [{ LANG: 'en_US.UTF-8', LC_MESSAGES: 'zh_CN' }, 'zh'],
  [{ LC_MESSAGES: 'zh_CN', LC_ALL: 'C' }, 'en'],
  [{ LC_ALL: '', LANG: 'zh_CN' }, 'zh'],
  [{ LC_ALL: 'en_US.UTF-8', NACRE_LANG: 'zh' }, 'zh'],
  [{ LANG: 'zh_CN', NACRE_LANG: 'en' }, 'en'],
] as const)('%j means %s', (environment, language) => expect(languageOf(environment)).toBe(language));
