import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Runs tests on the native tier: `npm run test:native [-- files]`, and `npm run test:sanitize [-- --all | files]`.

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const cache = join(root, 'node_modules/.cache/nacre-tests');
const given = process.argv.slice(2);
const sanitize = given.includes('--sanitize');
const files = given.filter((argument) => !argument.startsWith('--'));
const ownTests = 'packages/nacre/test/native';
/** With files or `--all` the tests of the library; without, a sanitizer sees the tests that are made for C. */
const whole = !sanitize || given.includes('--all') || files.some((file) => !file.startsWith(ownTests));

/** Tests of the compiler's parts, and of the tier itself, choose what they run in. */
const excluded = [
  'src/runtime/native/**',
  'src/render/**',
  'src/ir/**',
  'src/tensor/backends/native.test.ts',
];

const environment = { ...process.env };
if (sanitize) {
  // The sanitizers of gcc: their library has to be in the process before the first of its allocations.
  const library = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
  Object.assign(environment, {
    CC: 'gcc',
    NACRE_SANITIZE: '1',
    LD_PRELOAD: library,
    // What JavaScript's engine allocates is never given back, and traps of WebAssembly are its own affair.
    ASAN_OPTIONS: 'detect_leaks=0:handle_segv=0:allow_user_segv_handler=1',
  });
}

function vitest(settings, ...options) {
  const vitestFolder = dirname(fileURLToPath(import.meta.resolve('vitest/package.json')));
  const command = [join(vitestFolder, 'vitest.mjs'), 'run', ...options];
  return spawnSync(process.execPath, command, {
    cwd: root,
    stdio: 'inherit',
    env: { ...environment, ...settings },
  }).status;
}

if (!whole) process.exit(vitest({}, ...(files.length ? files : [ownTests])) ?? 1);

const chosen = files.length ? files : ['packages/nacre/src', 'packages/nacre/test/parity'];
const exclusions = excluded.map((pattern) => `--exclude=packages/nacre/${pattern}`);
console.log('1. in WebAssembly, to collect the programs');
rmSync(join(cache, 'sources'), { recursive: true, force: true });
const plain = { NACRE_TIER: 'native', NACRE_BATCH: 'collect', NACRE_SANITIZE: '', LD_PRELOAD: '' };
// What fails here, the second run tells.
vitest(plain, '--reporter=dot', '--silent', ...exclusions, ...chosen);
console.log('2. in C');
process.exit(vitest({ NACRE_TIER: 'native', NACRE_BATCH: 'run' }, ...exclusions, ...chosen) ?? 1);
