// Every panel with the mouse alone, where pixels are dense and where the window is narrow: gone to, acted
// in, and read in the DOM mirror.
import assert from 'node:assert/strict';
import test from 'node:test';

import {
  isThere, listOf, named, openSample, press, pressRow, rowsOf, waitForBalance, waitForSend,
} from './driver.mjs';
import { openPage } from './harness.mjs';
import { sizes } from './sizes.mjs';

// Through the switcher first, in a narrow window.
async function go(page, section, tab, shown) {
  if (await isThere(page, `section.${section}`)) await press(page, `section.${section}`);
  if (tab) await press(page, tab);
  if (shown) await named(page, shown).waitFor({ state: 'attached' });
}

async function pressFirstRow(page, table, column) {
  const [first] = await rowsOf(page, table);
  await pressRow(page, table, first[column]);
  await go(page, 'Inspector', null, 'inspector');
  return listOf(page, 'inspector');
}

for (const size of ['dense', 'narrow']) {
  test(`every panel is gone to and used with the mouse alone (${size})`, async (t) => {
    const { page, errors, screenshot } = await openPage(t, sizes[size]);
    await openSample(page);
    await pressRow(page, 'subvolumes', 'snapshots/tuesday');
    await go(page, 'Inspector', null, 'inspector');
    assert.equal((await listOf(page, 'inspector')).Title, 'Subvolume');

    // Views.
    await go(page, 'Views', 'views.Trees', 'trees');
    await go(page, 'Views', 'views.Difference', 'difference.items');
    assert.match((await pressFirstRow(page, 'difference.items', 2)).Slot, /of \d+/);
    await go(page, 'Views', 'views.Block groups', 'space.groups');
    assert.equal((await pressFirstRow(page, 'space.groups', 0)).Title, 'CHUNK_ITEM');
    await go(page, 'Views', 'views.Files', 'files');
    assert.ok((await rowsOf(page, 'files')).length > 0);
    await go(page, 'Views', 'views.Check', 'check.start');
    await press(page, 'check.start');
    await page.waitForFunction(() => (
      document.querySelector('#mirror [data-name="check.status"]')?.textContent.includes('StateDone')));
    await go(page, 'Views', 'views.Space', 'usage.kinds');
    await go(page, 'Views', 'space.part.Chunks', 'space.chunks');

    // Jobs, and what is told of them.
    await go(page, 'Jobs', 'jobs.Send', 'send.start');
    await press(page, 'send.start');
    assert.equal((await waitForSend(page)).State, 'Done');
    await go(page, 'Tables', 'tables.Stream commands', 'commands');
    assert.ok((await pressFirstRow(page, 'commands', 1)).Command);
    await go(page, 'Jobs', 'jobs.Step', 'step.start');
    await press(page, 'step.start');
    await named(page, 'step.threads').waitFor({ state: 'attached' });
    await press(page, 'step.commit');
    await page.waitForFunction(() => (
      document.querySelector('#mirror [data-name="step.status"]')?.textContent.includes('has switched')));
    await screenshot(`step-by-mouse-${size}`);
    await go(page, 'Tables', 'tables.Timeline', 'timeline');
    await go(page, 'Tables', 'tables.Transactions', 'transactions');
    await go(page, 'Jobs', 'jobs.Balance', 'balance.start');
    await press(page, 'balance.start');
    assert.equal((await waitForBalance(page)).State, 'Done');
    await go(page, 'Tables', 'tables.Chunks', 'chunks');
    await go(page, 'Tables', 'tables.Log', 'log');

    // What lies over the page.
    await press(page, 'bar.commands');
    await named(page, 'palette.0').waitFor({ state: 'attached' });
    await page.keyboard.press('Escape');
    await press(page, 'bar.keys');
    await named(page, 'keys').waitFor({ state: 'attached' });
    await page.keyboard.press('Escape');
    await press(page, 'bar.theme');
    assert.deepEqual(errors, []);
  });
}
