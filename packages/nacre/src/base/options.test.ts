import { describe, expect, it } from 'vitest';
import { ArgumentError } from './errors.ts';
import { nearestName, optionsOf } from './options.ts';

const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError);
    return (error as Error).message;
  }
  return 'nothing was refused';
};

describe('optionsOf', () => {
  it('gives options with known names as they are, and none for none', () => {
    const options = { bias: false };
    expect(optionsOf('Linear', options, ['bias'])).toBe(options);
    expect(optionsOf('Linear', undefined, ['bias'])).toEqual({});
  });

  it('names the option, the op, the nearest name and all known ones', () => {
    expect(refusal(() => optionsOf('Adam', { weight_decay: 1 }, ['lr', 'weightDecay']))).toBe(
      'Adam: there is no option weight_decay. Did you mean weightDecay? Known: lr, weightDecay',
    );
    expect(refusal(() => optionsOf('Adam', { momentum: 1 }, ['lr', 'eps']))).toBe(
      'Adam: there is no option momentum. Known: lr, eps',
    );
    expect(refusal(() => optionsOf('ReLU', { inplace: true }, []))).toContain('It takes no options');
  });

  it('refuses what is no object', () => {
    const given = (options: unknown): string =>
      refusal(() => optionsOf('Linear', options as object, ['bias']));
    expect(given(false)).toBe('Linear: options are an object, got boolean. Known: bias');
    expect(given(null)).toContain('got null');
  });

  it.each([
    ['wieght', 'weight'],
    ['pos_weight', 'posWeight'],
    ['kernel_size', undefined],
    ['NESTEROV', 'nesterov'],
    ['x', undefined],
  ])('finds for %s: %s', (name, nearest) => {
    expect(nearestName(name, ['weight', 'posWeight', 'nesterov'])).toBe(nearest);
  });
});
