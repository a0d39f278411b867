import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type DType, dtypes, promote } from '../../src/base/dtype.ts';
import { promotions } from './fixtures/promote.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../../../..');
const fixtures = join(here, 'fixtures');

interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  /** Seconds the checker itself needed, by its own count. */
  readonly seconds: number;
}

/** Runs the installed compiler on a project, and gives what it says of the project's own files, named relative to it. */
function check(project: string): Checked {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', project, '--noEmit', '--pretty', 'false', '--extendedDiagnostics'];
  let output: string;
  try {
    output = execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  } catch (error) {
    // The compiler reports what it finds by a failing exit code, and writes it to its standard output.
    output = (error as { stdout?: string }).stdout ?? '';
  }
  const seconds = /^Check time:\s+([\d.]+)s$/m.exec(output)?.[1];
  if (seconds === undefined) throw new Error(`tsc did not run to its end:\n${output}`);
  const diagnostics: Diagnostic[] = [];
  for (const line of output.split('\n')) {
    const start = /^(\S.*?)\((\d+),\d+\): error (.*)$/.exec(line);
    if (start?.[1].startsWith('..')) continue;
    if (start) {
      diagnostics.push({
        file: relative(project, join(project, start[1])),
        line: Number(start[2]),
        text: start[3],
      });
    } else if (/^error /.test(line)) {
      diagnostics.push({ file: '', line: 0, text: line });
    }
  }
  return { diagnostics, seconds: Number(seconds) };
}

/** `line: text` of every comment `// error: text`. */
function marked(file: string): ReadonlyMap<number, string> {
  const lines = readFileSync(file, 'utf8').split('\n');
  return new Map(
    lines.flatMap((line, index) => {
      const comment = /\/\/ error: (.+)$/.exec(line);
      return comment ? [[index + 1, comment[1]] as const] : [];
    }),
  );
}

/** A program of 50 typed layers in two Sequentials, and 200 typed additions, whose last shape is checked. */
function largeProgram(lastFeatures: number): string {
  const sizes = Array.from({ length: 26 }, (_, i) => 784 - 7 * i);
  const layers = sizes.slice(1).flatMap((size, i) => [`new Linear(${sizes[i]}, ${size})`, 'new ReLU()']);
  const additions = Array.from({ length: 200 }, (_, i) => `const y${i + 1} = y${i}.add(zeros([32, 1]));`);
  return [
    `import { Linear, ReLU, Sequential, zeros } from ${JSON.stringify(join(here, 'surface.ts'))};`,
    `const front = new Sequential(${layers.slice(0, 24).join(', ')});`,
    `const model = new Sequential(front, ${layers.slice(24).join(', ')});`,
    'const y0 = model.forward(zeros([1, 784]));',
    ...additions,
    `export const shape: readonly [32, ${lastFeatures}] = y200.shape;`,
  ].join('\n');
}

function checkText(text: string): Checked {
  const folder = mkdtempSync(join(tmpdir(), 'nacre-types-'));
  try {
    writeFileSync(join(folder, 'program.mts'), text);
    // The program imports the surface by an absolute path, which the root's settings do not rewrite.
    const compilerOptions = {
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
    };
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions,
      include: ['program.mts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    return check(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('shapes in types', () => {
  const { diagnostics } = check(fixtures);

  it('lets everything that fits compile', () => {
    expect(diagnostics.filter(({ file }) => file !== 'must-not-compile.ts')).toEqual([]);
  });

  it('refuses every marked line with its text, and no other', () => {
    const expected = marked(join(fixtures, 'must-not-compile.ts'));
    const found = diagnostics.filter(({ file }) => file === 'must-not-compile.ts');
    expect(expected.size).toBeGreaterThan(80);
    expect(found.filter(({ line, text }) => !text.includes(expected.get(line) ?? '\0'))).toEqual([]);
    expect(found.map(({ line }) => line)).toEqual([...expected.keys()]);
  });

  it('checks 50 layers and 200 additions in less than 5 s', () => {
    const right = checkText(largeProgram(609));
    console.log(`50 typed layers and 200 typed additions: checked in ${right.seconds} s`);
    expect(right.diagnostics).toEqual([]);
    expect(right.seconds).toBeLessThan(5);
    expect(checkText(largeProgram(608)).diagnostics).toHaveLength(1);
  });
});

describe('Promote', () => {
  it('agrees with promote for every pair of dtypes', () => {
    const names = Object.keys(dtypes) as DType[];
    const table = Object.fromEntries(
      names.map((a) => [a, Object.fromEntries(names.map((b) => [b, promote(a, b)]))]),
    );
    expect(promotions).toEqual(table);
  });
});
