// Browsers and servers that lack what the page cannot do without.
import assert from 'node:assert/strict';
import test from 'node:test';

import { openPage } from './harness.mjs';

const problemOf = async (page) => {
  await page.locator('#shell[role="alert"]').waitFor();
  return page.locator('#shell').innerText();
};

test('without shared memory the page says which headers are missing', async (t) => {
  const { page, screenshot } = await openPage(t, { isolated: false });
  assert.match(await problemOf(page), /SharedArrayBuffer is missing[\s\S]*Cross-Origin-Opener-Policy/);
  assert.match(await page.evaluate(() => canopy.ready.then(() => 'ready', (error) => error.message)), /SharedArrayBuffer/);
  await screenshot('missing-memory');
});

test('without WebGL 2 the page says how to get it', async (t) => {
  const { page } = await openPage(t, { flags: ['--disable-3d-apis'] });
  assert.match(await problemOf(page), /WebGL 2 is missing[\s\S]*hardware acceleration/);
});
