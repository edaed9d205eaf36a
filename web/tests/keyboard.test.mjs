// The page without a mouse.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'node:test';

import {
  command, listOf, openSample, rowsOf, strike, textOf, waitForImage, waitForSend,
} from './driver.mjs';
import { openPage } from './harness.mjs';

test('with the keyboard alone the sample is opened, a snapshot chosen, sent and downloaded', async (t) => {
  const { page, errors } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  await page.waitForTimeout(300);
  // Tab goes through the start page, Enter presses what it is on.
  await strike(page, 'F6');
  await strike(page, 'Tab');
  await strike(page, 'Tab');
  await strike(page, 'Enter');
  await waitForImage(page);

  // The keys are with the subvolumes then. F6 goes from panel to panel, Shift+F6 back.
  const chosen = async () => (await rowsOf(page, 'subvolumes')).find((row) => row[4] === 'B: to send')[1];
  await strike(page, 'F6');
  await strike(page, 'Shift+F6');
  for (let i = 0; i < 12 && await chosen() !== 'snapshots/monday'; i++) {
    await strike(page, 'ArrowDown');
    await strike(page, 'Enter');
  }
  assert.equal(await chosen(), 'snapshots/monday');

  await command(page, 'send b');
  const status = await waitForSend(page);
  assert.equal(status.State, 'Done', status.Problem);

  // Another image would take the stream with it: that is asked about, and Escape keeps this one.
  await command(page, 'open sample');
  await page.locator('#mirror [data-name="replace.keep"]').waitFor({ state: 'attached' });
  assert.match(await textOf(page, 'replace.question'), /A stream that was not downloaded is gone/);
  await strike(page, 'Escape');
  await page.locator('#mirror [data-name="replace.keep"]').waitFor({ state: 'detached' });
  const saved = page.waitForEvent('download');
  await command(page, 'download stream');
  const bytes = await readFile(await (await saved).path());
  assert.equal(createHash('sha256').update(bytes).digest('hex'), status['SHA-256']);
  assert.deepEqual(errors, []);
});

test('a zoom is undone and done again, and the place stays', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  await strike(page, 'F6');
  // The mirror follows once what is in view stands still.
  const trees = async () => (await rowsOf(page, 'trees')).map((row) => row[0]);
  const untilTrees = async (wanted) => {
    for (let tries = 0; tries < 60 && (await trees()).join() !== wanted.join(); tries += 1) {
      await page.waitForTimeout(500);
    }
    assert.deepEqual(await trees(), wanted);
  };
  // Three times the same, as frames may take long on a machine with other work.
  const settled = async () => {
    for (let same = 0, before = '';;) {
      const seen = await trees();
      same = seen.join() === before ? same + 1 : 1;
      if (same === 3) return seen;
      before = seen.join();
      await page.waitForTimeout(1000);
    }
  };
  const all = await settled();
  for (let i = 0; i < 3; i += 1) await command(page, 'zoom in');
  const zoomed = await settled();
  assert.ok(zoomed.length < all.length);
  const where = await textOf(page, 'bar.where');
  for (let i = 0; i < 3; i += 1) await strike(page, 'Control+z');
  await untilTrees(all);
  for (let i = 0; i < 3; i += 1) await strike(page, 'Control+Shift+z');
  await untilTrees(zoomed);
  assert.equal(await textOf(page, 'bar.where'), where);
  assert.deepEqual(errors, []);
});

test('the sheet of keys shows what the keys do', async (t) => {
  const { page, screenshot } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  await page.waitForTimeout(300);
  await strike(page, 'Shift+?');
  await page.locator('#mirror [data-name="keys"]').waitFor({ state: 'attached' });
  const keys = await listOf(page, 'keys');
  assert.equal(keys['Ctrl+K'], 'Commands');
  assert.equal(keys['Ctrl+O'], 'Open image');
  await screenshot('keys');
  await strike(page, 'Escape');
  await page.locator('#mirror [data-name="keys"]').waitFor({ state: 'detached' });
});
