import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from './cli.ts';

async function nacre(line: string, environment = {}) {
  const output: string[] = [];
  const errors: string[] = [];
  const exitCode = await run(line.split(' ').filter(Boolean), {
    output: { write: (text: string) => output.push(text) },
    errors: { write: (text: string) => errors.push(text) },
    environment,
  });
  return { exitCode, output: output.join(''), errors: errors.join('') };
}

describe('nacre', () => {
  it.each(['', '--help', '-h'])('%s shows the help', async (line) => {
    const { exitCode, output, errors } = await nacre(line);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
    expect(output).toContain('Usage: nacre <command> [options]');
  });

  it('train --help shows the options of train', async () => {
    expect((await nacre('train --help')).output).toContain('--batch-size N');
  });

  it('--version shows the version alone', async () => {
    expect((await nacre('--version')).output).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    ['--help', { LANG: 'zh_CN.UTF-8' }],
    ['--help --lang zh', {}],
    ['--lang=zh --help', { NACRE_LANG: 'en' }],
  ])('%s with %j is in Chinese', async (line, environment) => {
    expect((await nacre(line, environment)).output).toContain('用法：');
  });

  it('says on stderr what it does not understand, and ends with 2', async () => {
    const { exitCode, output, errors } = await nacre('start --epoch 3');
    expect(exitCode).toBe(2);
    expect(output).toBe('');
    expect(errors).toBe(
      'error: there is no option --epoch. Did you mean --epochs? nacre start --help shows what there is.\n',
    );
  });

  it('says it in the language that the same line asks for', async () => {
    expect((await nacre('start --epoch 3 --lang zh')).errors).toMatch(/^错误：没有选项 --epoch/);
  });

  it('says it to machines too', async () => {
    const { output, exitCode } = await nacre('start --json --epochs none');
    expect(exitCode).toBe(2);
    expect(JSON.parse(output)).toMatchObject({
      event: 'error',
      message: expect.stringContaining('--epochs none'),
    });
  });

  it('writes no colour where none is wanted', async () => {
    expect((await nacre('--help', { FORCE_COLOR: '1' })).output).toContain('\x1b[1m');
    expect((await nacre('--help', { FORCE_COLOR: '1', NO_COLOR: '1' })).output).not.toContain('\x1b');
  });
});

/** The modules that are loaded with a module, by path or package name; what is imported when it is needed is left out. */
function loadedWith(url: URL, found = new Set<string>()): Set<string> {
  for (const [, specifier] of readFileSync(url, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm,
  )) {
    if (!specifier.startsWith('.')) found.add(specifier);
    else if (!found.has(new URL(specifier, url).href))
      loadedWith(new URL(specifier, url), found.add(new URL(specifier, url).href));
  }
  return found;
}

it('loads neither the library nor a command before it knows which command is asked for', () => {
  const loaded = [...loadedWith(new URL('main.ts', import.meta.url))];
  expect(loaded.filter((name) => name.includes('/commands/'))).toEqual([]);
  expect(loaded.filter((name) => !name.startsWith('file:')).sort()).toEqual([
    'nacre/terminal',
    'node:fs',
    'node:url',
    'node:util',
  ]);
});
