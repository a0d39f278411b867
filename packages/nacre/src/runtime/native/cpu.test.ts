import { describe, expect, test } from 'vitest';
import { describeProcessor, parseCpuInfo } from './cpu.node.ts';

const x86 = (flags: string, mhz: string, model = 'EPYC'): string => `processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 26
model\t\t: 2
model name\t: AMD ${model}
cpu MHz\t\t: ${mhz}
flags\t\t: ${flags}
`;

describe('parseCpuInfo', () => {
  test('reads the model and the instruction sets', () => {
    const { model, features } = parseCpuInfo(x86('fpu avx2 fma', '2596.1'));
    expect(model).toBe('AMD EPYC');
    expect([...features!]).toEqual(['fpu', 'avx2', 'fma']);
  });

  test('gives one identity whatever the clock and the number of cores', () => {
    const one = parseCpuInfo(x86('fpu avx2', '2596.1'));
    const two = parseCpuInfo(`${x86('fpu avx2', '1200')}\n${x86('fpu avx2', '3100')}`);
    expect(two.identity).toBe(one.identity);
  });

  test('gives another identity to another model or other instruction sets', () => {
    const { identity } = parseCpuInfo(x86('fpu avx2', '1'));
    expect(parseCpuInfo(x86('fpu', '1')).identity).not.toBe(identity);
    expect(parseCpuInfo(x86('fpu avx2', '1', 'Ryzen')).identity).not.toBe(identity);
  });

  test('counts every kind of core, and only what all of them can', () => {
    const core = (part: string, features: string): string =>
      `processor: 0\nFeatures\t: ${features}\nCPU implementer\t: 0x41\nCPU part\t: ${part}\n`;
    const { identity, features } = parseCpuInfo(
      `${core('0xd05', 'fp asimd')}\n${core('0xd0a', 'fp asimd sve')}`,
    );
    expect(identity).toContain('0xd05');
    expect(identity).toContain('0xd0a');
    expect([...features!]).toEqual(['fp', 'asimd']);
  });

  test('knows no features where none are listed', () => {
    expect(parseCpuInfo('processor: 0\nhart: 1\n')).toEqual({ model: '', features: undefined, identity: '' });
  });
});

test('this machine has an identity, the same each time', () => {
  const { model, identity } = describeProcessor();
  expect(model).not.toBe('');
  expect(describeProcessor().identity).toBe(identity);
});
