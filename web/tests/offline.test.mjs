// The service worker: without a network, and on hosts that send no headers.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';

import { openPage, site } from './harness.mjs';

// Sends a snapshot of the built-in sample: the SHA-256 of its stream.
const sendSample = (page) => page.evaluate(async () => {
  await canopy.ready;
  await canopy.page.openSample();
  const snapshot = canopy.subvolumes().find((subvolume) => subvolume.readOnly);
  return (await canopy.send({ subvolume: snapshot.path }).done).sha256;
});
const kept = (page) => page.evaluate(async () => {
  await canopy.ready;
  await navigator.serviceWorker.ready;
  const cache = await caches.open('canopy');
  return (await cache.keys()).map((request) => new URL(request.url).pathname.slice(1)).sort();
});

test('after one visit the page opens and sends without a network', async (t) => {
  const { page, stopServer, errors } = await openPage(t, { keepsSite: true });
  await kept(page);
  const before = await sendSample(page);
  await stopServer();
  await page.reload();
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  assert.equal(await sendSample(page), before);
  assert.deepEqual(errors, []);
});

test('on a host that sends no headers the page comes to shared memory by itself', async (t) => {
  const { page, screenshot } = await openPage(t, { keepsSite: true, isolated: false });
  await page.waitForFunction(() => crossOriginIsolated && globalThis.canopy);
  assert.match(await sendSample(page), /^[0-9a-f]{64}$/);
  await screenshot('static-host');
});

test('what is kept is all of the site', async (t) => {
  const { page } = await openPage(t, { keepsSite: true });
  // Folders of the build lie beside the site.
  const built = (await readdir(site)).filter((name) => /\.(js|css|wasm|zst)$/.test(name));
  const fonts = (await readdir(path.join(site, 'fonts'))).map((name) => `fonts/${name}`);
  assert.deepEqual(await kept(page), ['', ...built.filter((name) => name !== 'service-worker.js'), ...fonts].sort());
});

test('a site that was changed is seen at the next visit', async (t) => {
  const { page, context } = await openPage(t, { keepsSite: true });
  await kept(page);
  const text = await readFile(path.join(site, 'page.css'), 'utf8');
  await context.route('**/page.css', (route) => route.fulfill({ contentType: 'text/css', body: `${text}\n#shell { order: 7 }` }));
  await page.reload();
  assert.equal(await page.evaluate(() => getComputedStyle(document.getElementById('shell')).order), '7');
});
