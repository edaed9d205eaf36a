// The guided tour: every stop lights up what it speaks of, and what it promises comes about.
import assert from 'node:assert/strict';
import test from 'node:test';

import {
  isThere, listOf, named, openSample, press, settled, strike, textOf, waitForImage,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const stop = async (page) => (await listOf(page, 'tour')).Stop;

async function waitForStop(page, number) {
  await page.waitForFunction((wanted) => (
    document.querySelector('#mirror [data-name="tour"] dd')?.textContent.startsWith(`${wanted} of`)), number);
  await settled(page);
}

// Goes through all stops; `advance(name)` presses a button of the card. What is seen at each is given.
async function takeTour(page, advance, look) {
  const seen = [];
  const count = Number((await stop(page)).split(' of ')[1]);
  for (let number = 1; number <= count; number += 1) {
    await waitForStop(page, number);
    // What is spoken of is on the screen.
    await page.waitForFunction(() => document.querySelector('#mirror [data-name="tour.lit"]')?.textContent);
    if (await isThere(page, 'tour.act')) {
      await advance('tour.act');
      await page.waitForFunction(() => (
        document.querySelector('#mirror [data-name="tour"]').textContent.includes('Statedone')), null, { timeout: 60000 });
    }
    const { Title: title, Text: text } = await listOf(page, 'tour');
    seen.push({ title, text });
    await look?.(number, title);
    await advance('tour.next');
  }
  await named(page, 'tour').waitFor({ state: 'detached' });
  return seen;
}

test('the tour goes from the superblock to a send without its leaf clone, each stop as it says', async (t) => {
  const { page, errors, screenshot } = await openPage(t, { size: { width: 1440, height: 1400 } });
  await page.evaluate(() => canopy.ready);
  await press(page, 'start.tour');
  await waitForImage(page);
  await named(page, 'tour').waitFor({ state: 'attached' });
  await page.waitForFunction(() => (
    /^Tour, 1 of 15: A filesystem and its snapshots/.test(document.getElementById('news').textContent)));
  const states = {};
  const seen = await takeTour(page, (name) => press(page, name), async (number, title) => {
    await screenshot(`tour-${number}`);
    if (await isThere(page, 'step.status')) states[title] = await listOf(page, 'step.status');
    if (title === 'The superblock') assert.match((await listOf(page, 'inspector')).Title, /[Ss]uperblock/);
    if (title === 'An item down to its bytes') {
      await page.waitForFunction(() => (
        document.querySelector('#mirror [data-name="inspector"]').textContent.includes('(256 INODE_ITEM 0)')));
    }
    if (title === 'Send it') assert.equal((await listOf(page, 'send.status')).State, 'Done');
    if (title === 'Why a command is there') await named(page, 'inspector.reason').waitFor({ state: 'attached' });
  });
  assert.ok(seen.length >= 10 && seen.length <= 15);
  assert.equal(new Set(seen.map(({ title }) => title)).size, seen.length);
  assert.match(states['The ground moves'].Stopped, /moved/);
  assert.match(states['Search again'].Stopped, /restart/);
  const survived = states['Send survives a balance'];
  assert.equal(survived.Stream, 'equal');
  assert.equal(survived['SHA-256'], survived['SHA-256 alone']);
  const failed = states['And without the leaf clone?'];
  assert.equal(failed.Without, 'leaf_clones');
  assert.notEqual(failed.Stream, 'equal');
  assert.ok(failed.Problem.length > 0);
  // After it all protections are on again.
  await press(page, 'jobs.Step');
  assert.equal((await named(page, 'step.protection.leaf_clones').textContent()).includes('left out'), false);
  assert.deepEqual(errors, []);
});

test('with the keyboard alone the tour is taken, gone back in and left', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  await strike(page, 'Shift+?');
  await named(page, 'keys.tour').waitFor({ state: 'attached' });
  await strike(page, 'Escape');
  await strike(page, 'Control+k');
  await named(page, 'palette.0').waitFor({ state: 'attached' });
  await page.keyboard.type('take tour', { delay: 40 });
  await settled(page);
  await strike(page, 'Enter');
  await waitForStop(page, 1);
  // The button that goes on has the focus.
  await strike(page, 'Enter');
  await waitForStop(page, 2);
  await strike(page, 'n');
  await waitForStop(page, 3);
  await strike(page, 'Shift+N');
  await waitForStop(page, 2);
  await strike(page, 'Escape');
  await named(page, 'tour').waitFor({ state: 'detached' });
  assert.deepEqual(errors, []);
});

test('on a phone the tour shows each part as it speaks of it', async (t) => {
  const { page, errors, screenshot } = await openPage(t, {
    size: { width: 390, height: 844 }, context: { hasTouch: true, isMobile: true },
  });
  await page.evaluate(() => canopy.ready);
  await settled(page);
  const tap = async (name) => {
    await named(page, name).waitFor({ state: 'attached' });
    const box = await named(page, name).boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.y + box.height <= 844, `${name} leaves the screen`);
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
    await settled(page);
  };
  await tap('start.tour');
  await waitForImage(page);
  await waitForStop(page, 1);
  await takeTour(page, tap, (number) => screenshot(`tour-phone-${number}`));
  assert.deepEqual(errors, []);
});

test('the tour ends where another image is opened, and asks before it takes the place of one', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  await strike(page, 'Shift+?');
  await press(page, 'keys.tour');
  await waitForStop(page, 1);
  assert.match(await textOf(page, 'bar.where'), /the sample/);
  await press(page, 'tour.leave');
  await named(page, 'tour').waitFor({ state: 'detached' });
  assert.deepEqual(errors, []);
});
