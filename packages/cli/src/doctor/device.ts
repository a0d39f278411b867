import { getDevice, getThreads } from 'nacre';
import type { DeviceSummary } from '../report/types.ts';

/** The smallest module with a vector instruction: an engine without SIMD does not accept it. */
const vectorModule = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type: () → v128
  ...[0x03, 0x02, 0x01, 0x00], // one function of it
  ...[0x0a, 0x0a, 0x01, 0x08, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x62, 0x0b], // i32.const 0, i8x16.splat, i8x16.popcnt
);

const hasSimd = (): boolean => WebAssembly.validate(vectorModule);

/** The device that computes now, and what it uses of this machine. The reference device is plain JavaScript on one thread. */
export function describeDevice(): DeviceSummary {
  const device = getDevice();
  const compiles = device !== 'reference';
  return { device, simd: compiles && hasSimd(), threads: compiles ? getThreads() : 1 };
}
