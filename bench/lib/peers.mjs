/** Which peers are there. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

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

/** @returns {Promise<PeerState>} */
async function installedTorch() {
  try {
    const { stdout } = await promisify(execFile)('python3', ['-c', 'import torch; print(torch.__version__)']);
    return { version: stdout.trim() };
  } catch {
    // A missing interpreter and a failing import mean the same to a reader of the table.
    return { missing: 'not found: `python3 -c "import torch"` fails' };
  }
}

/**
 * Looks for the peers.
 * @param {ReadonlySet<import('./suite.mjs').PeerId>} wanted
 * @returns {Promise<Map<import('./suite.mjs').PeerId, PeerState>>}
 */
export async function findPeers(wanted) {
  /** @type {Record<import('./suite.mjs').PeerId, () => Promise<PeerState>>} */
  const finders = {
    tfjs: () => installed(['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm']),
    jaxjs: () => installed(['@jax-js/jax']),
    torch: installedTorch,
  };
  const found = new Map();
  for (const id of wanted) found.set(id, await finders[id]());
  return found;
}
