import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from './suggest.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['bacth', 'batch', 1],
    ['seed', 'seed', 0],
  ])('%s and %s: %d', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));
});

describe('suggest', () => {
  const names = ['epochs', 'batch-size', 'lr', 'seed', 'resume'];
  it.each([
    ['epoch', 'epochs'],
    ['batch', 'batch-size'],
    ['sede', 'seed'],
    ['l', 'lr'],
    ['momentum', undefined],
  ])('%s: %s', (given, name) => expect(suggest(given, names)).toBe(name));
});
