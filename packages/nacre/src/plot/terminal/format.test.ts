import { expect, it } from 'vitest';
import { showBytes, showClock, showCount, showDuration, showMetric, showPercent } from './format.ts';

it.each([
  [0, '0'],
  [999, '999'],
  [60000, '60,000'],
  [1234567, '1,234,567'],
])('counts %d', (count, text) => expect(showCount(count)).toBe(text));

it.each([
  [92e-6, '92 µs'],
  [1.2e-3, '1.2 ms'],
  [0.0999, '0.10 s'],
  [0.43, '0.43 s'],
  [12.3, '12 s'],
  [59.6, '1:00'],
  [3723, '1:02:03'],
  [Number.NaN, '–'],
  [Number.POSITIVE_INFINITY, '–'],
])('shows %d seconds', (seconds, text) => expect(showDuration(seconds)).toBe(text));

it('shows a clock below a minute too', () => expect(showClock(7.2)).toBe('0:07'));

it.each([
  [0.12345, '0.1235'],
  [0, '0.0000'],
  [1.5e-5, '1.50e-5'],
  [2e6, '2.00e+6'],
  [Number.NaN, 'NaN'],
])('shows a metric of %d', (value, text) => expect(showMetric(value)).toBe(text));

it.each([
  [12, '12 B'],
  [444_600, '445 kB'],
  [999_600, '1.0 MB'],
  [11_600_000, '12 MB'],
])('shows %d bytes', (bytes, text) => expect(showBytes(bytes)).toBe(text));

it('shows a percentage', () => expect(showPercent(0.97312)).toBe('97.31 %'));
