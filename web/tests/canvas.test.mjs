// What is drawn while send and balance run: clones of leaves, the heat map of the block groups, the
// timeline of free runs; and that a page on which nothing happens draws nothing.
import assert from 'node:assert/strict';
import test from 'node:test';

import {
  listOf, named, openSample, press, pressRow, rowsOf, settled, strike,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const request = { subvolume: 'snapshots/tuesday', parent: 'snapshots/monday' };
const size = { width: 1280, height: 1000 };

// How many frames are drawn in a while in which nothing happens.
async function framesAtRest(page) {
  await settled(page);
  await page.waitForTimeout(700);
  return page.evaluate(async () => {
    const { frames } = canopy.page;
    await new Promise((done) => { setTimeout(done, 1500); });
    return canopy.page.frames - frames;
  });
}

for (const colorScheme of ['light', 'dark']) {
  test(`a clone that send keeps is shown beside the live block, and what differs is marked (${colorScheme})`, async (t) => {
    const { page, errors, screenshot } = await openPage(t, { size, context: { colorScheme } });
    await openSample(page);
    await page.evaluate(async (given) => {
      globalThis.run = await canopy.step(given);
      for (let i = 0; i < 60; i += 1) await globalThis.run.step('send');
    }, request);
    await named(page, 'trees.clones').waitFor({ state: 'attached' });
    const kept = await rowsOf(page, 'trees.clones');
    assert.ok(kept.length >= 1);
    for (const [, generation, level, , age, now] of kept) {
      assert.ok(Number(generation) > 0);
      assert.ok(Number(level) <= 1);
      assert.match(age, /^[0-9 ]+ steps?$/);
      assert.equal(now, 'the same bytes');
    }
    await screenshot(`clones-kept-${colorScheme}`);
    // Until the address of a clone has other bytes.
    const differs = await page.evaluate(async () => {
      const seen = () => [...document.querySelectorAll('#mirror [data-name="trees.clones"] tbody tr')]
        .map((row) => [...row.cells].map((cell) => cell.textContent))
        .find(([, , , , , now]) => now !== 'the same bytes');
      for (let i = 0; i < 400; i += 1) {
        const state = await globalThis.run.step('balance').catch(() => null);
        if (state === null) return null;
        await new Promise((done) => { setTimeout(done, 60); });
        const found = seen();
        if (found) return found;
      }
      return null;
    });
    assert.ok(differs, 'no clone differs from what lies at its address');
    await pressRow(page, 'trees.clones', differs[0]);
    await named(page, 'clones.close').waitFor({ state: 'attached' });
    if (differs[5].includes('differ')) {
      const rows = await rowsOf(page, 'clones.bytes');
      assert.ok(rows.length >= 1);
      assert.ok(rows.some(([, clone, now]) => clone.includes('*') && clone !== now));
    }
    await screenshot(`clones-compared-${colorScheme}`);
    assert.equal(await framesAtRest(page), 0);
    await press(page, 'clones.close');
    assert.deepEqual(errors, []);
  });

  test(`the heat map shows what is pinned until it is released, and where blocks were moved (${colorScheme})`, async (t) => {
    const { page, errors, screenshot } = await openPage(t, { size, context: { colorScheme } });
    await openSample(page);
    await press(page, 'views.Block groups');
    await named(page, 'space.map').waitFor({ state: 'attached' });
    assert.equal((await listOf(page, 'space.map')).Order, 'Hilbert');
    await screenshot(`heat-${colorScheme}`);
    await page.evaluate(async (given) => {
      globalThis.run = await canopy.step(given);
    }, request);
    let most = { 'Pinned ranges': '0' };
    let last = most;
    for (let i = 0; i < 120 && !(Number(most['Pinned ranges']) > 0 && last['Pinned ranges'] === '0'); i += 1) {
      await page.evaluate(() => globalThis.run.step('balance').catch(() => globalThis.run.step('send')));
      await page.waitForTimeout(60);
      await settled(page);
      last = await listOf(page, 'space.map');
      if (Number(last['Pinned ranges']) > Number(most['Pinned ranges'])) {
        most = last;
        await screenshot(`heat-pinned-${colorScheme}`);
      }
    }
    assert.ok(Number(most['Pinned ranges']) > 0, 'nothing was pinned');
    assert.equal(last['Pinned ranges'], '0', 'nothing was released');
    assert.ok(Number(last['Moved last']) > 0);
    await screenshot(`heat-moved-${colorScheme}`);
    assert.equal(await framesAtRest(page), 0);
    assert.deepEqual(errors, []);
  });
}

test('a cell of the heat map leads to its address, in both orders', async (t) => {
  const { page, errors } = await openPage(t, { size });
  await openSample(page);
  await press(page, 'views.Block groups');
  await named(page, 'space.groups').waitFor({ state: 'attached' });
  for (const order of ['Hilbert', 'Rows']) {
    await press(page, `space.order.${order}`);
    assert.equal((await listOf(page, 'space.map')).Order, order === 'Rows' ? 'rows' : order);
    const box = await named(page, 'views.Block groups').boundingBox();
    await page.mouse.move(box.x + 60, box.y + 260);
    await page.waitForTimeout(80);
    await page.mouse.down();
    await page.waitForTimeout(80);
    await page.mouse.up();
    await settled(page);
    await named(page, 'inspector').waitFor({ state: 'attached' });
  }
  await press(page, 'space.order.No map');
  assert.equal(await named(page, 'space.map').count(), 0);
  assert.deepEqual(errors, []);
});

test('the timeline shows a send and a balance that run free, and who has the semaphore', async (t) => {
  const { page, errors, screenshot } = await openPage(t, { size });
  await openSample(page);
  await page.evaluate(async (given) => {
    // A send that is paused stays beside the balance, however fast the two are.
    const sending = canopy.send(given);
    while (sending.progress.state !== 'running') await new Promise((done) => { setTimeout(done, 5); });
    sending.pause();
    await canopy.balance({}).done;
    sending.resume();
    await sending.done;
  }, request);
  await press(page, 'tables.Timeline');
  await named(page, 'timeline').waitFor({ state: 'attached' });
  const lanes = await rowsOf(page, 'timeline');
  assert.deepEqual(lanes.map(([name]) => name).sort(), ['balance', 'send', 'send.store']);
  for (const [name, , spans] of lanes) assert.ok(Number(spans) > 0, name);
  const semaphore = await rowsOf(page, 'timeline.semaphore');
  // The last of each row: who that is, is up to the two.
  assert.ok(semaphore.length >= 1);
  for (const [thread, how] of semaphore) {
    assert.match(how, /^(send|balance) (reads|writes|waits to (read|write))$/);
    assert.ok(how.startsWith(thread), how);
  }
  assert.ok(semaphore.some(([, how]) => /(reads|writes)$/.test(how)), JSON.stringify(semaphore));
  await screenshot('timeline-free');
  assert.equal(await framesAtRest(page), 0);
  assert.deepEqual(errors, []);
});

test('a page on which nothing happens draws no frames, whatever it shows', async (t) => {
  const { page, errors } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  assert.equal(await framesAtRest(page), 0);
  await openSample(page);
  for (const key of ['1', '2', '3', '4', '5']) {
    await strike(page, key);
    assert.equal(await framesAtRest(page), 0, `view ${key}`);
  }
  assert.deepEqual(errors, []);
});
