import { WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { colourDepth, createPalette } from './colour.ts';

const terminal = { isTTY: true, getColorDepth: () => 8 };
const pipe = { isTTY: false };

describe('colourDepth', () => {
  it.each([
    ['a terminal', terminal, {}, 8],
    ['a pipe', pipe, {}, 1],
    ['NO_COLOR on a terminal', terminal, { NO_COLOR: '1' }, 1],
    ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, 8],
    ['FORCE_COLOR on a pipe', pipe, { FORCE_COLOR: '1' }, 4],
    ['an empty FORCE_COLOR', pipe, { FORCE_COLOR: '' }, 4],
    ['FORCE_COLOR=2', pipe, { FORCE_COLOR: '2' }, 8],
    ['FORCE_COLOR=3', pipe, { FORCE_COLOR: '3' }, 24],
    ['FORCE_COLOR=0 on a terminal', terminal, { FORCE_COLOR: '0' }, 1],
    ['NO_COLOR and FORCE_COLOR', terminal, { NO_COLOR: '1', FORCE_COLOR: '3' }, 1],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, 1],
  ] as const)('%s', (_, stream, environment, depth) => {
    expect(colourDepth(stream, environment)).toBe(depth);
  });
});

it("takes no notice of an empty NO_COLOR where Node's own terminals do", () => {
  const node = { isTTY: true, getColorDepth: WriteStream.prototype.getColorDepth };
  expect(colourDepth(node, { NO_COLOR: '', TERM: 'xterm-256color' })).toBe(8);
});

describe('createPalette', () => {
  it('writes no escape code at depth 1', () => {
    const plain = createPalette(1);
    expect(plain.bold(plain.red('x'))).toBe('x');
    expect(plain.heat('x', 'bad', 0.7)).toBe('x');
  });
  it('shows a larger fraction by another background', () => {
    const palette = createPalette(8);
    const backgrounds = [0.05, 0.5, 1].map((fraction) => palette.heat('x', 'good', fraction));
    expect(new Set(backgrounds).size).toBe(3);
  });
  it('uses only the sixteen names at depth 4', () => {
    expect(createPalette(4).heat('x', 'good', 1)).not.toContain('48;5');
  });
  it('clamps greys to the palette', () => {
    expect(createPalette(8).greys('▀', 2, -1)).toBe('\x1b[38;5;255;48;5;232m▀\x1b[39;49m');
  });
});
