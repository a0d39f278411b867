/** The pages of the API reference: every name has its place, and every link leads somewhere. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  anchorOf,
  docstringOf,
  type Entry,
  libraryNames,
  reference,
} from '../../../../docs/generator/pages.ts';
import { membersOf, optionsOf, signaturesOf } from '../../../../docs/generator/signature.ts';
import { topicOf, topics } from '../../../../docs/generator/topics.ts';
import * as nacre from '../../src/index.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const source = join(root, 'packages/nacre/src');
const { entries, pages } = reference(source, 'src');

const entry = (name: string): Entry => {
  const found = entries.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`the reference has no ${name}`);
  return found;
};

describe('the reader', () => {
  /** Names of values under a module object, with those of its namespaces. */
  const valuesOf = (module: object, prefix = ''): string[] =>
    Object.entries(module).flatMap(([name, value]) =>
      Object.prototype.toString.call(value) === '[object Module]'
        ? valuesOf(value as object, `${prefix}${name}.`)
        : [prefix + name],
    );

  test('finds what the library exports when it runs, and nothing else', () => {
    const values = libraryNames(source)
      .filter(({ declaration }) => declaration.kind !== 'interface' && declaration.kind !== 'type')
      .filter(
        ({ declaration }) => !/^(datasets|models|plot|tune)/.test(relative(source, declaration.module.file)),
      )
      .map(({ name }) => name);
    expect(values.sort()).toEqual(valuesOf(nacre).sort());
  });

  test('takes a docstring apart', () => {
    const doc = [
      'One sentence',
      'of two lines.',
      '',
      'Formula: a',
      'b',
      '',
      'Shapes: [n] → []',
      '@throws Error for',
      'nothing.',
      '',
      'The end.',
      '',
      '@example',
      '```ts',
      '1; // → 1',
      '```',
    ].join('\n');
    expect(docstringOf(doc)).toEqual({
      text: 'One sentence\nof two lines.\n\nThe end.',
      formula: 'a b',
      shapes: '[n] → []',
      tags: ['@throws Error for nothing.'],
      example: '```ts\n1; // → 1\n```',
    });
  });
});

describe('signatures', () => {
  test.each([
    ['exp', 'exp(x: Tensor): Tensor'],
    ['sum', 'sum(x: Tensor, dim?: number | Shape | null, options?: Keepdim & DTypeOption): Tensor'],
    ['add', 'add(x: Tensor | number, y: Tensor | number, options?: AlphaOptions): Tensor'],
    ['sort', 'sort(x: Tensor, options?: SortOptions): [values: Tensor, indices: Tensor]'],
    ['split', 'split(x: Tensor, lengths: number | Shape, dim?: number): Tensor[]'],
    ['full', 'full(shape: Shape, value: number, options?: MakeOptions): Tensor'],
    ['avgPool1d', 'avgPool1d(input: Tensor, kernelSize: PerAxis, options?: AvgPoolOptions): Tensor'],
    ['nn.Dropout', 'new nn.Dropout(p = 0.5)'],
    ['nn.Module', 'abstract class nn.Module'],
    ['nn.ReLU', 'new nn.ReLU()'],
    ['Tensor', 'class Tensor'],
  ])('of %s', (name, expected) => {
    expect(signaturesOf(name, entry(name).declaration)).toEqual([expected]);
  });

  test('show each way of calling a function', () => {
    expect(signaturesOf('max', entry('max').declaration)).toEqual([
      'max(x: Tensor): Tensor',
      'max(x: Tensor, dim: number, options?: Keepdim): [values: Tensor, indices: Tensor]',
    ]);
  });

  test('are there for every function and class', () => {
    const values = entries.filter(({ declaration: { kind } }) => !['interface', 'type'].includes(kind));
    const without = values.filter(({ name, declaration }) => signaturesOf(name, declaration).length === 0);
    expect(without.map(({ name }) => name)).toEqual(['debug', 'languages']);
  });

  test('come with the options, those of extended interfaces and defaults included', () => {
    const names = optionsOf(entry('nn.Conv2d').declaration).map(({ name }) => name);
    expect(names).toEqual(['bias?', 'paddingMode?', 'stride?', 'padding?', 'dilation?', 'groups?']);
    expect(optionsOf(entry('nn.Linear').declaration)).toEqual([
      { name: 'bias?', type: 'boolean = true', doc: '' },
    ]);
  });

  test('come with the members that have a docstring and are not internal', () => {
    const signatures = membersOf(entry('nn.Module').declaration).map(({ signature }) => signature);
    expect(signatures).toContain('namedParameters(): [string, Parameter][]');
    expect(signatures.filter((signature) => /^(members|#)/.test(signature))).toEqual([]);
  });
});

describe('pages', () => {
  test('every topic has names', () => {
    const used = new Set(entries.map(({ topic }) => topic));
    expect(topics.filter((topic) => !used.has(topic)).map(({ id }) => id)).toEqual([]);
  });

  test('every name that a topic lists exists', () => {
    const names = new Set(entries.flatMap(({ name, aliases }) => [name, ...aliases]));
    expect(topics.flatMap((topic) => topic.names ?? []).filter((name) => !names.has(name))).toEqual([]);
  });

  test('a name goes to the page that lists it, else to that of the longest folder', () => {
    expect(topicOf('relu', 'tensor/functions/elementwise.ts')?.id).toBe('activations');
    expect(topicOf('x', 'optim/lr-x.ts')?.id).toBe('schedules');
    expect(topicOf('x', 'optim/x.ts')?.id).toBe('optim');
    expect(topicOf('x', 'nowhere/x.ts')).toBeNull();
  });

  test('every function and class has its place, with formula, shapes and example', () => {
    for (const { name, declaration, topic } of entries) {
      if (declaration.kind === 'interface' || declaration.kind === 'type') continue;
      const page = pages.get(`${topic.id}.md`)!;
      expect(page.split(`<a id="${anchorOf(name)}"></a>`).length, name).toBe(2);
    }
    const linear = pages.get('nn-linear.md')!.split('<a id="nn-Linear"></a>')[1].split('<a id=')[0];
    expect(linear).toContain('**Formula · 公式:** `x·Wᵀ + b`');
    expect(linear).toContain('**Shapes · 形状:** x [..., inFeatures] → [..., outFeatures]');
    expect(linear).toContain('**Example · 示例**\n\n```ts\n');
  });

  test('titles are in both languages, and both indices have the same links', () => {
    const linksOf = (file: string): string[] =>
      [...pages.get(file)!.matchAll(/\]\(([^)]+\.md#[^)]+)\)/g)].map(([, link]) => link);
    const chinese = new Set(linksOf('README.zh-CN.md'));
    expect(linksOf('README.md').filter((link) => !chinese.has(link))).toEqual([]);
    for (const { id, title } of topics) {
      expect(title.zh).toMatch(/\p{Script=Han}/u);
      expect(pages.get(`${id}.md`)!.startsWith(`# ${title.en} · ${title.zh}\n`)).toBe(true);
      expect(pages.get('README.zh-CN.md')).toContain(`### [${title.zh}](${id}.md)`);
    }
  });

  test('every link leads to a place that exists', () => {
    const broken: string[] = [];
    for (const [file, text] of pages) {
      const prose = text.replace(/```[\s\S]*?```/g, '');
      for (const [, link] of prose.matchAll(/\]\(([^)]+)\)/g)) {
        const [path, anchor] = link.split('#');
        const exists = path.startsWith('src/')
          ? existsSync(join(source, path.slice('src/'.length)))
          : (pages.get(path || file)?.includes(anchor ? `<a id="${anchor}"></a>` : '') ?? false);
        if (!exists) broken.push(`${file}: ${link}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('nothing in prose is taken for HTML', () => {
    const tags = [...pages].flatMap(([file, text]) =>
      [...text.replace(/```[\s\S]*?```|`[^`\n]*`/g, '').matchAll(/<[^>\n]*>/g)]
        .filter(([tag]) => !/^<\/?a( id="[\w-]+")?>$/.test(tag))
        .map(([tag]) => `${file}: ${tag}`),
    );
    expect(tags).toEqual([]);
  });

  test('the command writes them all', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nacre-api-'));
    try {
      execFileSync(process.execPath, [join(root, 'docs/generator/main.mjs'), folder], { encoding: 'utf8' });
      expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
      const link = relative(folder, source).replaceAll('\\', '/');
      const written = readFileSync(join(folder, 'optim.md'), 'utf8');
      expect(written.replaceAll(`](${link}/`, '](src/')).toBe(pages.get('optim.md'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
