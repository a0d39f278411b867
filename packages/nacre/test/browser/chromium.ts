import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where distributions put Chromium and its like. */
const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser that $CHROMIUM names, or one that is installed where it usually is. */
export const chromiumPath: string | undefined =
  process.env.CHROMIUM || usualPlaces.find((path) => existsSync(path));

/** Whether the tests in a browser are left out: never in CI, where a missing browser is a failure. */
export const skipsBrowser = chromiumPath === undefined && !process.env.CI;

/** No window, no sandbox (tests may run as root), and none of the services that would ask the network. */
const flags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) {
    throw new Error('no Chromium: install it (Debian: apt-get install chromium), or name it in $CHROMIUM');
  }
  return chromium.launch({ executablePath: chromiumPath, args: flags });
}
