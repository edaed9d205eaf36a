// From a command of a stream to the item that led to it, and from an item to its commands.
import assert from 'node:assert/strict';
import test from 'node:test';

import {
  inspected, isThere, listOf, openSample, press, pressRow, rowsOf, sendByScript, settled,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const request = { subvolume: 'snapshots/tuesday', parent: 'snapshots/monday' };

const waitForPart = (page, name, text) => page.waitForFunction(([part, wanted]) => (
  document.querySelector(`#mirror [data-name="${part}"]`)?.textContent.includes(wanted)), [name, text]);

// Presses the first row of that kind in the table of commands; its number.
async function pressCommand(page, kind) {
  await page.locator('table[data-name="commands"] tbody tr').first().waitFor({ state: 'attached' });
  const row = (await rowsOf(page, 'commands')).find((cells) => cells[3] === kind);
  assert.ok(row, `the stream has no ${kind}`);
  await pressRow(page, 'commands', row[0]);
  await inspected(page, `Command${row[0]}`);
  return row[0];
}

async function reasonOf(page) {
  await waitForPart(page, 'inspector.reason', 'Item');
  const { Reason: reason, Item: item } = await listOf(page, 'inspector.reason');
  const [, change, key, tree, leaf] = /^(\w+) (\(.*\)), tree (\d+), leaf (\d+) slot \d+$/.exec(item);
  return { reason, change, key, tree, leaf };
}

test('a command says why it is there and leads to its item, which leads back to its commands', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  await sendByScript(page, request);
  await settled(page);
  const number = await pressCommand(page, 'chmod');
  const { reason, change, key } = await reasonOf(page);
  assert.match(reason, /\w+ \w+/);
  assert.equal(change, 'changed');
  assert.match(key, /INODE_ITEM/);
  await screenshot('command-reason');

  await press(page, 'inspector.cause');
  await inspected(page, key);
  assert.ok(!await isThere(page, 'inspector.caused'), 'nobody has asked for them');
  await press(page, 'inspector.ask_caused');
  await waitForPart(page, 'inspector.caused', 'chmod');
  const commands = await rowsOf(page, 'inspector.caused');
  assert.ok(commands.length > 1, 'an inode that changed also gets its times');
  assert.ok(commands.some((row) => row[0] === number && row[1] === 'chmod' && row[2] === reason));
  await screenshot('item-commands');

  // To another of them, while the table at the bottom shows something else.
  await press(page, 'tables.Log');
  const [last] = commands.at(-1);
  await pressRow(page, 'inspector.caused', last);
  await inspected(page, `Command${last}`);
  assert.equal((await reasonOf(page)).key, key);
  const selected = await page.locator('table[data-name="commands"] tr[aria-selected="true"]').textContent();
  assert.ok(selected.startsWith(last));
  assert.deepEqual(errors, []);
});

test('a command that removes something leads to the item in the parent', async (t) => {
  const { page, errors } = await openPage(t, { size: { width: 1280, height: 1100 } });
  await openSample(page);
  await sendByScript(page, request);
  await settled(page);
  await pressCommand(page, 'unlink');
  const { change, key, tree } = await reasonOf(page);
  const parent = await page.evaluate(() => (
    canopy.subvolumes().find(({ path }) => path === 'snapshots/monday').id));
  assert.equal(change, 'gone');
  assert.equal(tree, String(parent));
  await press(page, 'inspector.cause');
  await inspected(page, key);
  await press(page, 'inspector.ask_caused');
  await waitForPart(page, 'inspector.caused', 'unlink');
  assert.deepEqual(errors, []);
});

test('after a balance the reason names the leaf where the item is now', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  await sendByScript(page, request);
  await settled(page);
  await pressCommand(page, 'chmod');
  const before = await reasonOf(page);
  await page.evaluate(() => canopy.balance({ metadata: true }).done);
  await press(page, 'tables.Stream commands');
  await page.waitForFunction((leaf) => {
    const text = document.querySelector('#mirror [data-name="inspector.reason"]')?.textContent;
    return text?.includes('leaf') && !text.includes(`leaf ${leaf} `);
  }, before.leaf);
  const after = await reasonOf(page);
  assert.equal(after.key, before.key);
  assert.equal(after.reason, before.reason);
  await press(page, 'inspector.cause');
  await inspected(page, after.key);
  assert.deepEqual(errors, []);
});
