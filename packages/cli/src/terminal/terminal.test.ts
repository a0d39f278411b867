import { describe, expect, it } from 'vitest';
import { openTerminal } from './terminal.ts';

const stream = (isTTY: boolean, columns?: number) => ({ isTTY, columns, write: () => true });

describe('openTerminal', () => {
  it.each([
    ['a terminal', true, {}, true],
    ['a pipe', false, {}, false],
    ['CI', true, { CI: 'true' }, false],
    ['CI=false', true, { CI: 'false' }, true],
    ['a dumb terminal', true, { TERM: 'dumb' }, false],
  ] as const)('redraws on %s: %#', (_, isTTY, environment, interactive) => {
    expect(openTerminal(stream(isTTY), environment).interactive).toBe(interactive);
  });

  it('takes its width from the stream, then COLUMNS, then 80', () => {
    expect(openTerminal(stream(true, 120), { COLUMNS: '60' }).columns).toBe(120);
    expect(openTerminal(stream(false), { COLUMNS: '60' }).columns).toBe(60);
    expect(openTerminal(stream(false), { COLUMNS: 'wide' }).columns).toBe(80);
  });

  it('ends every line', () => {
    const written: string[] = [];
    openTerminal({ write: (text) => written.push(text) }, {}).lines('a', 'b');
    expect(written.join('')).toBe('a\nb\n');
  });
});
