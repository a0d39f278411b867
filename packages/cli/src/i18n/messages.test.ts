import { describe, expect, it } from 'vitest';
import { messages } from './index.ts';

/** Arguments that can be recognised in a text; they serve for names, counts and sizes alike. */
const samples = [11, 22, 33, 44, 55, 66];

/** Every text of a table with its path; a text that takes arguments is called with the samples. */
function texts(table: object, path = ''): [path: string, text: string][] {
  return Object.entries(table).flatMap(([key, value]): [string, string][] => {
    const here = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'string') return [[here, value]];
    if (typeof value !== 'function') return texts(value, here);
    return [[here, here === 'usageError.oneOf' ? value(samples) : value(...samples)]];
  });
}

/** Texts without words of a language. */
const wordless = new Set(['usageError.compose', 'doctor.node', 'doctor.gpu', 'doctor.simd']);

const english = texts(messages.en);
const chinese = new Map(texts(messages.zh));

describe('the Chinese messages', () => {
  it.each(english.filter(([path]) => !wordless.has(path)))('%s is in Chinese', (path, text) => {
    expect(chinese.get(path)).toMatch(/\p{Script=Han}/u);
    expect(text).not.toMatch(/\p{Script=Han}/u);
  });

  it.each(english)('%s shows the same arguments', (path, text) => {
    const shown = (message = ''): string[] => [...new Set(message.match(/(\d)\1/g))].sort();
    expect(shown(chinese.get(path))).toEqual(shown(text));
  });

  it.each([...chinese])('%s has no half-width punctuation next to Chinese', (_, text) => {
    expect(text).not.toMatch(/\p{Script=Han} ?[:;,!?()]|[:;,!?()] ?\p{Script=Han}| [，。；：！？（）]/u);
  });
});

it.each(['train.fullSetHint', 'doctor.mnistHint', 'runs.noModel', 'download.done'])(
  '%s names a command as it is typed',
  (path) => {
    for (const text of [new Map(english).get(path), chinese.get(path)]) {
      expect(text).toMatch(/npx nacre (download|train|start)/);
    }
  },
);
