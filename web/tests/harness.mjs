// Opens the built site in Chromium, for the tests in this folder:
//
//   test('a claim in words', async (t) => {
//     const { page, errors, screenshot } = await openPage(t);
//     ...
//     assert.deepEqual(errors, []);
//   });
//
// Each call has a server, a browser and a profile of its own; all end with the test.
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { startServer } from '../server.mjs';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

// The site under test, and where screenshots and other results go.
export const site = process.env.CANOPY_SITE ?? path.join(checkout, 'build/web');
export const results = path.join(checkout, 'build/browser');

const flags = [
  '--no-sandbox', // the tests may run as root
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // WebGL 2 without a graphics card.
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

// openPage(t, options) -> { page, context, url, errors, screenshot, stopServer }
//   options.path    what to open, '' for the start page; with a query if wanted
//   options.size    of the viewport
//   options.context more options of playwright's launchPersistentContext
//   options.flags   more flags of Chromium
//   options.script  a function that runs in the page before its own scripts
//   options.isolated  false: served without the headers that give a page shared memory
//   options.keepsSite  true: with the service worker, which the other tests do without, to see what the server
//                      sends
// errors collects what the page reports as errors, in words. screenshot(name) writes results/NAME.png.
export async function openPage(t, options = {}) {
  const server = await startServer(site, 0, { isolated: options.isolated });
  let isServed = true;
  const stopServer = async () => {
    if (isServed) await server.close();
    isServed = false;
  };
  t.after(stopServer);
  const profile = await mkdtemp(path.join(os.tmpdir(), 'canopy-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CANOPY_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    acceptDownloads: true,
    viewport: options.size ?? { width: 1280, height: 800 },
    serviceWorkers: options.keepsSite ? 'allow' : 'block',
    args: [...flags, ...(options.flags ?? [])],
    ...options.context,
  });
  // A browser that still runs would make its profile anew.
  t.after(async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });

  const page = context.pages()[0] ?? (await context.newPage());
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  if (options.script) await page.addInitScript(options.script);
  await page.goto(server.url + (options.path ?? ''));

  const screenshot = async (name) => {
    await mkdir(results, { recursive: true });
    const file = path.join(results, `${name}.png`);
    await page.screenshot({ path: file });
    return file;
  };
  return { page, context, url: server.url, errors, screenshot, stopServer };
}
