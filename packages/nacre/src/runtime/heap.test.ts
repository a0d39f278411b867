import { expect, test } from 'vitest';
import { platform } from '#platform';
import { classSize, Heap, leastOnLine } from './heap.ts';

test('sizes are multiples of 16, and of a cache line from leastOnLine on; at most a quarter goes unused', () => {
  for (let bytes = 0; bytes < 5000; bytes++) {
    const size = classSize(bytes);
    expect(size).toBeGreaterThanOrEqual(Math.max(bytes, 16));
    if (bytes > 64) expect(size).toBeLessThanOrEqual(bytes * 1.25 + 1);
    expect(size % (size < leastOnLine ? 16 : 64)).toBe(0);
  }
});

test('large blocks begin a cache line, whatever was cut before them; what lies between is used', () => {
  const heap = new Heap(platform);
  const small = heap.allocate(16);
  const large = heap.allocate(1000);
  expect(large.pointer % 64).toBe(0);
  const end = heap.usedBytes;
  const between = heap.allocate(48);
  expect([between.pointer, heap.usedBytes]).toEqual([small.pointer + 16, end]);
  heap.allocate(80);
  expect(heap.allocate(256).pointer % 64).toBe(0);
});

test('a block that was given back is used again', () => {
  const heap = new Heap(platform);
  const block = heap.allocate(300);
  heap.release(block);
  expect(heap.allocate(310)).toEqual(block);
  expect(heap.liveBytes).toBe(block.bytes);
});
