// The page on a phone: one part at a time, by touch alone.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import {
  download, isThere, listOf, named, press, rowsOf, settled, strike, textOf, waitForImage, waitForSend,
} from './driver.mjs';
import { tap, tapRow, touch } from './fingers.mjs';
import { openPage } from './harness.mjs';

const phone = {
  size: { width: 390, height: 844 },
  context: { hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};

async function openSampleByTouch(page) {
  await page.evaluate(() => canopy.ready);
  await settled(page);
  await tap(page, 'start.sample');
  await waitForImage(page);
  await settled(page);
}

// No button that is seen is smaller than a finger needs, or leaves the screen.
async function assertTouchable(page) {
  const small = await page.evaluate(() => [...document.querySelectorAll('#mirror button')]
    .map((button) => [button.dataset.name, ...button.dataset.rect.split(' ').map(Number)])
    .filter(([, x, , width, height]) => width < 24 || height < 24 || x < 0 || x + width > innerWidth + 0.5));
  assert.deepEqual(small, []);
}

test('on a phone the sample is sent and downloaded by touch alone', async (t) => {
  const { page, errors, screenshot } = await openPage(t, phone);
  await openSampleByTouch(page);
  await assertTouchable(page);
  await tapRow(page, 'subvolumes', 'snapshots/monday');
  const rows = await rowsOf(page, 'subvolumes');
  assert.equal(rows.find((row) => row[4] === 'B: to send')[1], 'snapshots/monday');
  await screenshot('phone-image');
  await tap(page, 'chosen.send');
  await assertTouchable(page);
  await tap(page, 'send.start');
  const status = await waitForSend(page);
  assert.equal(status.State, 'Done', status.Problem);
  await settled(page);
  await screenshot('phone-sent');
  const saved = page.waitForEvent('download');
  await tap(page, 'send.download');
  const file = await saved;
  const chunks = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  assert.equal(createHash('sha256').update(Buffer.concat(chunks)).digest('hex'), status['SHA-256']);
  assert.deepEqual(errors, []);
});

test('on a phone every part is reached through the switcher and fits the screen', async (t) => {
  const { page, errors, screenshot } = await openPage(t, phone);
  await openSampleByTouch(page);
  const parts = {
    Views: 'trees', Inspector: 'inspector.superblock', Jobs: 'jobs.Step', Tables: 'tables.Timeline', Image: 'filesystem',
  };
  for (const [section, part] of Object.entries(parts)) {
    await tap(page, `section.${section}`);
    await named(page, part).waitFor({ state: 'attached' });
    await assertTouchable(page);
    // One part at a time.
    for (const [other, absent] of Object.entries(parts)) {
      if (other !== section) assert.equal(await isThere(page, absent), false, `${absent} beside ${section}`);
    }
  }
  await tap(page, 'section.Views');
  for (const view of ['Difference', 'Block groups', 'Files', 'Check', 'Space', 'Trees']) {
    await tap(page, `views.${view}`);
    await settled(page);
    await assertTouchable(page);
    await screenshot(`phone-${view.replace(' ', '-').toLowerCase()}`);
  }
  await tap(page, 'section.Jobs');
  for (const job of ['Balance', 'Step', 'Send']) {
    await tap(page, `jobs.${job}`);
    await assertTouchable(page);
  }
  // The keyboard goes the same ways.
  await strike(page, 'F6');
  await named(page, 'tables.Log').waitFor({ state: 'attached' });
  await strike(page, 'F6');
  await named(page, 'filesystem').waitFor({ state: 'attached' });
  await strike(page, '4');
  await named(page, 'files').waitFor({ state: 'attached' });
  await strike(page, 'Alt+2');
  await named(page, 'balance.start').waitFor({ state: 'attached' });
  assert.deepEqual(errors, []);
});

test('two fingers zoom the trees, one pans them, and neither selects', async (t) => {
  const { page, errors } = await openPage(t, phone);
  await openSampleByTouch(page);
  await tap(page, 'section.Views');
  await named(page, 'trees').waitFor({ state: 'attached' });
  const titles = async () => (await rowsOf(page, 'trees')).length;
  const all = await titles();
  const before = await textOf(page, 'bar.where');
  const y = 500;
  await touch(page, [[180, y], [210, y]], [[[150, y], [240, y]], [[100, y], [290, y]], [[20, y], [370, y]]]);
  const zoomed = await titles();
  assert.ok(zoomed < all, `${zoomed} of ${all} trees`);
  assert.equal(await textOf(page, 'bar.where'), before);
  const names = await rowsOf(page, 'trees');
  await touch(page, [[300, y]], [[[250, y]], [[150, y]], [[20, y]]]);
  assert.notDeepEqual(await rowsOf(page, 'trees'), names);
  assert.equal(await textOf(page, 'bar.where'), before);
  assert.deepEqual(errors, []);
});

test('a finger that is dragged scrolls, and does not press what is below it', async (t) => {
  const { page, errors } = await openPage(t, phone);
  await openSampleByTouch(page);
  await tap(page, 'section.Views');
  await tap(page, 'views.Difference');
  await named(page, 'difference.items').waitFor({ state: 'attached' });
  const first = (await rowsOf(page, 'difference.items'))[0];
  const where = await textOf(page, 'bar.where');
  await touch(page, [[150, 650]], [[[150, 620]], [[150, 500]], [[150, 350]]]);
  assert.notDeepEqual((await rowsOf(page, 'difference.items'))[0], first);
  assert.equal(await textOf(page, 'bar.where'), where);
  assert.deepEqual(errors, []);
});

test('a finger that goes over the map of the block groups does not select; one that taps it does', async (t) => {
  const { page, errors, screenshot } = await openPage(t, phone);
  await openSampleByTouch(page);
  await tap(page, 'section.Views');
  await tap(page, 'views.Block groups');
  await named(page, 'space.map').waitFor({ state: 'attached' });
  await screenshot('phone-map');
  const where = await textOf(page, 'bar.where');
  const box = await named(page, 'space.order.Rows').boundingBox();
  const [x, y] = [150, box.y + box.height + 130];
  await touch(page, [[x, y]], [[[x, y + 10]], [[x, y + 30]], [[x, y + 50]]]);
  assert.equal(await textOf(page, 'bar.where'), where);
  await touch(page, [[x, y]]);
  await page.waitForFunction((before) => (
    document.querySelector('#mirror [data-name="bar.where"]').textContent !== before), where);
  assert.deepEqual(errors, []);
});

test('a field takes what an on-screen keyboard types', async (t) => {
  const { page, errors } = await openPage(t, phone);
  await openSampleByTouch(page);
  await tap(page, 'bar.find');
  await page.waitForFunction(() => document.activeElement?.id === 'typed');
  await page.keyboard.type('5 (256 INODE_ITEX', { delay: 30 });
  await page.keyboard.press('Backspace');
  await page.keyboard.type('M 0)', { delay: 30 });
  await settled(page);
  await page.keyboard.press('Enter');
  await settled(page);
  await page.waitForFunction(() => document.activeElement?.id === 'canvas');
  await tap(page, 'section.Inspector');
  await page.waitForFunction(() => (
    document.querySelector('#mirror [data-name="inspector"]')?.textContent.includes('(256 INODE_ITEM 0)')));
  assert.equal((await listOf(page, 'inspector')).Key, '(256 INODE_ITEM 0)');
  assert.deepEqual(errors, []);
});

test('a keyboard at a phone searches again and again', async (t) => {
  const { page, errors } = await openPage(t, phone);
  await openSampleByTouch(page);
  for (let i = 0; i < 3; i += 1) {
    await strike(page, '/');
    await named(page, 'bar.search').waitFor({ state: 'attached' });
    await strike(page, 'Control+a');
    await page.keyboard.type('snapshots/tuesday/notes', { delay: 30 });
    await strike(page, 'Enter');
    await named(page, 'bar.find_end').waitFor({ state: 'detached' });
  }
  assert.deepEqual(errors, []);
});

test('a mouse on a small window does all this too', async (t) => {
  const { page, errors } = await openPage(t, { size: { width: 390, height: 844 } });
  await page.evaluate(() => canopy.ready);
  await press(page, 'start.sample');
  await waitForImage(page);
  await press(page, 'chosen.send');
  await press(page, 'send.start');
  assert.equal((await waitForSend(page)).State, 'Done');
  const saved = await download(page, 'send.download');
  assert.ok(saved.bytes.length > 0);
  assert.deepEqual(errors, []);
});
