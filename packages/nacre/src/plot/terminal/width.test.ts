import { describe, expect, it } from 'vitest';
import { align, beside, displayWidth, truncate, wrap } from './width.ts';

describe('displayWidth', () => {
  it('counts a Chinese character as two columns', () => {
    expect(displayWidth('准确率 ok')).toBe(9);
  });
  it('does not count colour codes', () => {
    expect(displayWidth('\x1b[32m7\x1b[39m')).toBe(1);
  });
});

describe('align', () => {
  it('aligns Chinese and Latin text to the same column', () => {
    expect(displayWidth(align('损失', 10))).toBe(10);
    expect(align('损失', 6, 'right')).toBe('  损失');
    expect(align('ab', 5, 'centre')).toBe(' ab  ');
  });
  it('leaves a text that is too wide alone', () => {
    expect(align('abcdef', 3)).toBe('abcdef');
  });
});

describe('truncate', () => {
  it('keeps a text that fits', () => {
    expect(truncate('abc', 3)).toBe('abc');
  });
  it('never cuts a wide character in half', () => {
    expect(truncate('训练数据', 6)).toBe('训练…');
    expect(truncate('训练数据', 5)).toBe('训练…');
    expect(truncate('训练数据', 4)).toBe('训…');
  });
  it('gives nothing for no columns', () => {
    expect(truncate('abc', 0)).toBe('');
  });
});

describe('wrap', () => {
  it('breaks English between words', () => {
    expect(wrap('train a small network', 11)).toEqual(['train a', 'small', 'network']);
    expect(wrap('say “as yesterday” （now）', 40)).toEqual(['say “as yesterday” （now）']);
  });
  it('breaks Chinese between characters, but not before a full stop', () => {
    expect(wrap('训练一个网络。', 12)).toEqual(['训练一个网', '络。']);
  });
  it('keeps a word that is longer than the line whole', () => {
    expect(wrap('a --learning-rate b', 6)).toEqual(['a', '--learning-rate', 'b']);
  });
  it('loses no character', () => {
    const text = '用 --data DIR（文件夹）读取“四个” IDX 文件，然后 nacre start。';
    expect(wrap(text, 14).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  });
  it('loses no opening quotation mark before a word, nor at the end', () => {
    expect(wrap('see “this” and （that） “', 10)).toEqual(['see “this”', 'and', '（that） “']);
  });
  it('keeps line breaks of the text', () => {
    expect(wrap('a\n\nb', 10)).toEqual(['a', '', 'b']);
  });
});

describe('beside', () => {
  it('pads the left block to its widest line', () => {
    expect(beside(['一', 'abcd'], ['x', 'y', 'z'], 1)).toEqual(['一   x', 'abcd y', '     z']);
  });
});
