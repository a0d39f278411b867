import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { mnistCacheDirectory } from 'nacre/datasets';
import { native } from 'nacre/native';
import { showBytes, table } from 'nacre/terminal';
import type { Context } from '../context.ts';
import { describeDevice } from '../doctor/device.ts';
import { nativeRows } from '../doctor/native.ts';
import { showDevice } from '../report/text.ts';

/** The four files of MNIST under the names that they are kept by. */
const mnistFile = /^(train|t10k)-(images-idx3|labels-idx1)-ubyte$/;

const isMnistCached = (folder: string | undefined): boolean =>
  folder !== undefined &&
  existsSync(folder) &&
  readdirSync(folder).filter((name) => mnistFile.test(name)).length === 4;

/** WebGPU, where the platform has it: browsers do, and some versions of Node. */
const hasWebGpu = (): boolean => 'navigator' in globalThis && 'gpu' in globalThis.navigator;

/** `nacre doctor`: what this machine offers, which tier will run, and what would help. */
export async function doctor({ text, terminal, json, version }: Context): Promise<number> {
  const sharedMemory = typeof SharedArrayBuffer !== 'undefined';
  const report = await native.report({ sample: true });
  const chosen = describeDevice();
  // Without a compiler the native device computes in WebAssembly.
  const device: typeof chosen =
    chosen.device === 'native' && !report.support.ok ? { ...chosen, device: 'wasm' } : chosen;
  const cache = mnistCacheDirectory();
  const cached = isMnistCached(cache);
  const gpu = hasWebGpu();
  const model = cpus()[0]?.model.trim() ?? text.doctor.noCores;
  const cores = availableParallelism();
  if (json) {
    json({
      event: 'done',
      node: process.version,
      processor: model,
      cores,
      memory: totalmem(),
      ...device,
      sharedMemory,
      native: report,
      webgpu: gpu,
      cache: cache ?? null,
      mnistCached: cached,
    });
    return 0;
  }
  const { doctor: words } = text;
  const { bold, dim, green, yellow } = terminal.palette;
  const yesNo = (yes: boolean): string => (yes ? green(words.yes) : yellow(words.no));
  terminal.lines(
    bold(words.heading(version)),
    ...table(
      [
        [words.node, process.version],
        [words.processor, words.processorLine(model, cores)],
        [words.memory, showBytes(totalmem())],
        [words.simd, yesNo(device.simd)],
        [words.threads, String(device.threads)],
        [words.sharedMemory, yesNo(sharedMemory)],
        ...nativeRows(report, words),
        [words.gpu, gpu ? words.gpuPresent : words.gpuMissing],
        [words.device, bold(showDevice(device, text))],
        [words.cache, cache ?? words.no],
        [words.datasets, cached ? words.mnistCached : words.mnistPackage],
        ...(cached ? [] : [['', dim(words.mnistHint)]]),
      ].map(([name, value]) => [dim(name), value]),
    ),
  );
  return 0;
}
