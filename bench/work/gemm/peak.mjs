/** The most that any product could reach here: a loop of independent fused multiply-adds, with nothing to read or write. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { report, sideOptions } from '../common/side.mjs';
import { FORMS } from './matrices.mjs';

const source = `
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifdef __AVX512F__
#define BYTES 64
#elif defined __AVX__
#define BYTES 32
#else
#define BYTES 16
#endif
typedef float vector __attribute__((vector_size(BYTES)));
enum { sums = 12, steps = 4000000 };

static void *work(void *place) {
  vector sum[sums], x = *(vector *)place, y = x * 0.5f;
  for (int i = 0; i < sums; i++) sum[i] = x + (float)i;
  for (int step = 0; step < steps; step++) {
#pragma GCC unroll 16
    for (int i = 0; i < sums; i++) sum[i] = sum[i] * x + y;
    __asm__ volatile("");
  }
  for (int i = 1; i < sums; i++) sum[0] += sum[i];
  *(vector *)place = sum[0];
  return NULL;
}

int main(int count, char **given) {
  int threads = atoi(given[1]), rounds = atoi(given[2]);
  static vector places[64];
  for (int round = 0; round < rounds; round++) {
    pthread_t thread[64];
    struct timespec from, to;
    for (int i = 0; i < threads; i++) places[i] = (vector){0.5f};
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 1; i < threads; i++) pthread_create(&thread[i], NULL, work, &places[i]);
    work(&places[0]);
    for (int i = 1; i < threads; i++) pthread_join(thread[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = to.tv_sec - from.tv_sec + 1e-9 * (to.tv_nsec - from.tv_nsec);
    printf("%.3f\\n", 2e-9 * threads * sums * steps * (BYTES / 4) / seconds);
  }
  return (int)places[0][0] == 12345;
}
`;

const { threads, seconds, warmup } = sideOptions();
/** A round takes about so long. */
const roundSeconds = 0.006;
const [early, late] = [warmup, seconds].map((time) => Math.max(3, Math.round(time / roundSeconds)));
const folder = mkdtempSync(path.join(tmpdir(), 'nacre-peak-'));
try {
  const file = path.join(folder, 'peak.c');
  writeFileSync(file, source);
  const tune = process.arch === 'arm64' ? '-mcpu=native' : '-march=native';
  const flags = ['-O2', tune, '-ffp-contract=fast', '-pthread', '-w'];
  execFileSync(process.env.CC ?? 'cc', [...flags, '-o', path.join(folder, 'peak'), file]);
  const printed = execFileSync(path.join(folder, 'peak'), [String(threads), String(early + late)], {
    encoding: 'utf8',
  });
  const rates = printed.trim().split('\n').map(Number).slice(early);
  for (const metric of Object.keys(FORMS)) report(metric, 'GFLOP/s', rates);
} finally {
  rmSync(folder, { recursive: true });
}
