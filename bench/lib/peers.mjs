/** Which peers are there, and whether Nacre's native device is. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { crashLine, NATIVE_ENV, pythonOf } from './sides.mjs';

const PEER_MODULES = new URL('../peers/node_modules/', import.meta.url);

/**
 * @typedef {{ version: string } | { missing: string }} PeerState the version, or what to do to have it
 */

/**
 * @param {readonly string[]} packages all must be there; the version is that of the first
 * @returns {Promise<PeerState>}
 */
async function installed(packages) {
  const files = packages.map((name) => new URL(`${name}/package.json`, PEER_MODULES));
  if (!files.every((file) => existsSync(file)))
    return { missing: 'not installed: run `npm run bench:install`' };
  const { default: manifest } = await import(files[0].href, { with: { type: 'json' } });
  return { version: manifest.version };
}

/**
 * @param {'torch' | 'jax'} name
 * @returns {Promise<PeerState>}
 */
async function inPython(name) {
  const python = pythonOf(name);
  try {
    const { stdout } = await promisify(execFile)(python, [
      '-c',
      `import ${name}; print(${name}.__version__)`,
    ]);
    return { version: stdout.trim() };
  } catch {
    // A missing interpreter and a failing import mean the same to a reader of the table.
    return { missing: `not found: \`${python} -c "import ${name}"\` fails` };
  }
}

/** Computes one number on the native device: whether it starts cannot be asked without starting it. */
const NATIVE_PROBE = `
  const { getDevice, setDevice, tensor } = await import('nacre');
  setDevice('native');
  if ((await tensor([1, 2]).sum().item()) !== 3) throw new Error('1 + 2 is not 3 there');
  console.log(getDevice());`;

/** @returns {Promise<PeerState>} */
async function nativeDevice() {
  try {
    const args = ['--input-type=module', '--eval', NATIVE_PROBE];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: import.meta.dirname,
      env: { ...process.env, ...NATIVE_ENV },
    });
    const device = stdout.trim();
    return device === 'native' ? { version: 'runs' } : { missing: `Nacre chose ${device} in its place` };
  } catch (error) {
    return { missing: crashLine(/** @type {{ stderr?: string }} */ (error).stderr ?? String(error)) };
  }
}

/**
 * Looks for the peers.
 * @param {ReadonlySet<import('./plan.mjs').NeedId>} wanted
 * @returns {Promise<Map<import('./plan.mjs').NeedId, PeerState>>}
 */
export async function findPeers(wanted) {
  /** @type {Record<import('./plan.mjs').NeedId, () => Promise<PeerState>>} */
  const finders = {
    tfjs: () => installed(['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm']),
    jaxjs: () => installed(['@jax-js/jax']),
    torch: () => inPython('torch'),
    jax: () => inPython('jax'),
    ortNode: () => installed(['onnxruntime-node']),
    ortWeb: () => installed(['onnxruntime-web']),
    native: nativeDevice,
  };
  const found = new Map();
  for (const id of wanted) found.set(id, await finders[id]());
  return found;
}
