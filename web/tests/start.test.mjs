import assert from 'node:assert/strict';
import test from 'node:test';

import { openPage } from './harness.mjs';

test('the page opens without errors and may share memory between threads', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  assert.match(await page.title(), /Canopy/);
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  assert.equal(await page.evaluate(() => !!document.createElement('canvas').getContext('webgl2')), true);
  await screenshot('start');
  assert.deepEqual(errors, []);
});
