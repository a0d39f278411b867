import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tensor, zeros } from '../tensor/create.ts';
import { loadSafetensors, saveSafetensors, toSafetensors } from './tensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-tensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

const all = () => ({
  weight: tensor([
    [1.5, -2],
    [3, 0.25],
  ]),
  exact: tensor([Math.PI], { dtype: 'float64' }),
  half: tensor([1, 2.5, -3]).to('float16'),
  brain: tensor([1, 2.5, -3]).to('bfloat16'),
  labels: tensor([[1, -2]], { dtype: 'int32' }),
  mask: tensor([1, 0], { dtype: 'bool' }),
  scalar: tensor(7),
  empty: zeros([0, 3]),
});

it('comes back as written: values, shapes, dtypes, metadata', async () => {
  const path = join(folder, 'all.safetensors');
  await saveSafetensors(path, all(), { made: 'by a test' });
  const { tensors, metadata } = await loadSafetensors(path);
  expect(metadata).toEqual({ made: 'by a test' });
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(all()).sort());
  for (const [name, expected] of Object.entries(all())) {
    const { shape, dtype } = tensors[name];
    expect({ name, shape, dtype }).toEqual({ name, shape: expected.shape, dtype: expected.dtype });
    expect(await tensors[name].data()).toEqual(await expected.data());
  }
});

it('takes a Map, and bytes', async () => {
  const bytes = await toSafetensors(new Map([['a', tensor([1, 2])]]));
  expect(await (await loadSafetensors(bytes)).tensors.a.tolist()).toEqual([1, 2]);
});

it('refuses what is no tensor, and what is no file of this kind', async () => {
  await expect(saveSafetensors(join(folder, 'x'), { a: 3 as never })).rejects.toThrow(
    "'a' is number, expected a tensor",
  );
  await writeFile(join(folder, 'text'), 'not tensors');
  await expect(loadSafetensors(join(folder, 'text'))).rejects.toThrow('safetensors');
  await expect(loadSafetensors(join(folder, 'none'))).rejects.toThrow('there is no such file');
  expect(await readdir(folder)).not.toContain('x');
});
