/** Every public name has a docstring with what docs/contributing.md asks for, and its examples hold. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { libraryNames } from '../../../../docs/generator/pages.ts';
import type { Declaration } from '../../../../docs/generator/reader.ts';
import { debug, manualSeed, setDevice } from '../../src/index.ts';
import { examplesOf, runExample } from './examples.ts';
import { notRun, type Part, required, without } from './requirements.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const source = join(root, 'packages/nacre/src');

/** Functions, classes and constants, each under its first name: what another name exports again is described once. */
const documented = new Map<Declaration, string>();
for (const { name, declaration } of libraryNames(source)) {
  const isType = declaration.kind === 'interface' || declaration.kind === 'type';
  if (!isType && !documented.has(declaration)) documented.set(declaration, name);
}
const entries = [...documented].map(([declaration, name]) => ({
  name,
  doc: declaration.doc,
  file: relative(source, declaration.module.file),
  examples: examplesOf(declaration.doc),
}));

const hasPart = (doc: string, part: Part): boolean => new RegExp(`^${part}: \\S`, 'm').test(doc);

/** Where the sources of each entry lie. */
const folders = {
  nacre: '',
  'nacre/datasets': 'datasets',
  'nacre/models': 'models',
  'nacre/plot': 'plot',
  'nacre/terminal': 'plot/terminal',
  'nacre/tune': 'tune',
} as const;

let folder: string;
const before = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nacre-examples-'));
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

describe('docstrings', () => {
  beforeEach(() => {
    process.chdir(mkdtempSync(join(folder, 'example-')));
    setDevice('wasm');
    manualSeed(0);
  });

  test.each(entries)('$name', async ({ name, doc, file, examples }) => {
    expect(doc, `${name} in ${file} has no docstring`).not.toBe('');
    expect(examples.length, `${name} in ${file} has no @example with a block of \`\`\`ts`).toBeGreaterThan(0);
    for (const [place, ...parts] of required) {
      if (!file.startsWith(place)) continue;
      const missing = parts.filter((part) => !hasPart(doc, part) && !without[name]?.includes(part));
      expect(missing, `${name} in ${file} has no line that begins so`).toEqual([]);
    }
    for (const example of examples) {
      expect(example.noRun, `${name}: which examples are not run is listed`).toBe(name in notRun);
      if (example.noRun) continue;
      try {
        expect(await runExample(example), 'an example shows a result as `// → value`').toBeGreaterThan(0);
      } catch (error) {
        throw new Error(`${name} in ${file}: ${(error as Error).message}`, { cause: error });
      } finally {
        debug.nan = false;
      }
    }
  });

  test('what is listed as doing without a part has its reason still', () => {
    const docs = new Map(entries.map(({ name, doc }) => [name, doc]));
    const stale = Object.entries(without).filter(
      ([name, [, ...parts]]) =>
        !docs.has(name) || parts.some((part) => hasPart(docs.get(name)!, part as Part)),
    );
    expect(stale.map(([name]) => name)).toEqual([]);
    expect(Object.keys(notRun).filter((name) => !docs.has(name))).toEqual([]);
  });

  test('all examples are sound TypeScript, but for lines that show an error', () => {
    const project = join(folder, 'types');
    mkdirSync(project);
    const lines = new Map<string, string[]>();
    for (const { name, examples } of entries) {
      for (const { code } of examples) {
        const file = `${lines.size}-${name}.ts`;
        lines.set(file, code.split('\n'));
        writeFileSync(join(project, file), `${code}export {};\n`);
      }
    }
    const compilerOptions = {
      target: 'es2023',
      lib: ['es2023', 'dom', 'esnext.disposable'],
      module: 'nodenext',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      useDefineForClassFields: false,
      allowImportingTsExtensions: true,
      customConditions: ['nacre-source'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      paths: Object.fromEntries(
        Object.entries(folders).map(([name, folder]) => [name, [join(source, folder, 'index.ts')]]),
      ),
    };
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    expect(diagnosticsOf(project, lines)).toEqual([]);
  });
});

/** What the compiler says of the examples, without the lines that show an error. */
function diagnosticsOf(project: string, lines: ReadonlyMap<string, readonly string[]>): string[] {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  let output = '';
  try {
    execFileSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], { cwd: project });
  } catch (error) {
    // The compiler reports what it finds by a failing exit code, and writes it to its standard output.
    output = String((error as { stdout?: Buffer }).stdout);
  }
  return output.split('\n').filter((text) => {
    const [, file, line] = /^(\S+)\((\d+),\d+\): error /.exec(text) ?? [];
    if (!file) return text.startsWith('error ');
    // What is wrong in the library's own files is for `npm run check` to say.
    const example = lines.get(file);
    return example !== undefined && !example[Number(line) - 1].includes('// → throws');
  });
}

describe('running examples', () => {
  const run = (...lines: string[]): Promise<number> =>
    runExample({ code: `import { tensor } from 'nacre';\n${lines.join('\n')}\n`, noRun: false });

  test('every comment is compared, in inner blocks too', async () => {
    expect(await run('const x = [1]; // → [1]', 'for (const y of x) {', '  y + 1; // → 2', '}')).toBe(2);
  });

  test.each([
    ['a number', '1 + 1; // → 3'],
    ['a digit that is shown', '0.126; // → 0.12'],
    ['an element', 'tensor([1, 2]); // → [1, 3]'],
    ['a length', 'tensor([1, 2]); // → [1]'],
    ['a promise', 'await tensor([1]).tolist(); // → [2]'],
    ['a sign', '-1; // → 1'],
    ['a missing NaN', '0 / 1; // → NaN'],
    ['a key', '({ a: 1 }); // → { b: 1 }'],
    ['a text', "'a'; // → 'b'"],
    ['an error that is not thrown', '1; // → throws RangeError'],
    ['another error', '[].reduce((a) => a); // → throws RangeError'],
    ['another message', '[].reduce((a) => a); // → throws TypeError: no such text'],
    ['an error that nothing said', 'tensor([[1], []]); // → [1]'],
  ])('finds %s that is wrong', async (_, line) => {
    await expect(run(line)).rejects.toThrow();
  });

  test.each([
    ['digits as far as shown', '0.126; // → 0.13'],
    ['exponents', '1.26e-7; // → 1.3e-7'],
    ['negative numbers and infinities', '[-1, -Infinity, NaN]; // → [-1, -Infinity, NaN]'],
    ['errors', '[].reduce((a) => a); // → throws TypeError: empty array'],
    ['what a declaration holds', 'const [a, b] = [1, 2]; // → [1, 2]'],
    ['undefined', 'undefined; // → undefined'],
  ])('takes %s', async (_, line) => {
    expect(await run(line)).toBe(1);
  });

  test('refuses an import that does not exist', async () => {
    const code = "import { tensr } from 'nacre';\ntensr; // → 1";
    await expect(runExample({ code, noRun: false })).rejects.toThrow('nacre exports no tensr');
  });
});
