import { describe, expect, it } from 'vitest';
import { paragraphs, showCell, showResult } from './format.ts';

describe('paragraphs', () => {
  it('joins the lines of a paragraph, and keeps paragraphs apart', () => {
    expect(paragraphs('one\n    two\n\n  three')).toEqual(['one two', 'three']);
  });

  it('puts no space where Chinese was broken into lines', () => {
    expect(paragraphs('第一行\n  第二行，\n  第三行')).toEqual(['第一行第二行，第三行']);
    expect(paragraphs('用 MNIST\n  的数字')).toEqual(['用 MNIST 的数字']);
  });
});

describe('showResult', () => {
  it.each([
    [98.714, { unit: '%' }, '98.71 %'],
    [100, { unit: '%' }, '100.00 %'],
    [0.12345, {}, '0.1235'],
    [12, {}, '12'],
    [2.7459, { unit: 's', digits: 1 }, '2.7 s'],
  ])('%d with %j is %s', (value, options, shown) => expect(showResult(value, options)).toBe(shown));
});

it('a cell has the digits that say something', () => {
  expect(showCell(60000, 'en')).toBe('60,000');
  expect(showCell(0.5, 'en')).toBe('0.5000');
  expect(showCell({ en: 'loss', zh: '损失' }, 'zh')).toBe('损失');
});
