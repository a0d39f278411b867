import { createPalette, displayWidth } from 'nacre/terminal';
import { describe, expect, it } from 'vitest';
import { messages } from '../i18n/index.ts';
import { commands } from './commands.ts';
import { helpText } from './help.ts';

const look = { version: '1.2.3', columns: 80, palette: createPalette(1) };

describe.each(['en', 'zh'] as const)('help in %s', (language) => {
  const text = messages[language];
  it('names every command and the common options', () => {
    const help = helpText(text, look);
    for (const command of Object.keys(commands)) expect(help).toContain(`\n  ${command}`);
    expect(help).toContain('-h, --help');
    expect(help).toContain('1.2.3');
  });

  it('lists the options of a command with their defaults', () => {
    const help = helpText(text, look, 'train');
    expect(help).toContain('nacre train mnist');
    expect(help).toMatch(/--batch-size N .*32/);
    expect(help).toMatch(/--lr X .*0\.003/);
  });

  it('has the punctuation of the language', () => {
    const title = { en: 'Nacre 1.2.3: deep', zh: 'Nacre 1.2.3：用' }[language];
    expect(helpText(text, look)).toContain(title);
    const fallback = { en: 'step (default: 32)', zh: '图片数（默认 32）' }[language];
    expect(helpText(text, look, 'train')).toContain(fallback);
  });

  it.each([60, 80, 200])('keeps to %d columns, and to 100', (columns) => {
    for (const topic of [undefined, 'start', 'predict'] as const) {
      for (const line of helpText(text, { ...look, columns }, topic).split('\n')) {
        expect(displayWidth(line)).toBeLessThanOrEqual(Math.min(columns, 100));
      }
    }
  });

  it('starts all meanings in one column', () => {
    const lines = helpText(text, look, 'start')
      .split('\n')
      .filter((line) => line.startsWith('  --'));
    const starts = lines.map((line) => displayWidth(/^ {2}\S+( [A-Z]+)? +/.exec(line)?.[0] ?? ''));
    expect(new Set(starts).size).toBe(1);
  });
});
