// Every panel with the keyboard alone, in windows of all sizes: gone to, acted in, and read in the DOM
// mirror.
import assert from 'node:assert/strict';
import test from 'node:test';

import {
  command, inspected, isThere, listOf, named, openSample, rowsOf, strike, textOf, waitForBalance, waitForSend,
} from './driver.mjs';
import { openPage } from './harness.mjs';
import { sizes } from './sizes.mjs';

// A test in each of these windows; a narrow one has no splitters.
function inEach(windows, title, run) {
  for (const name of windows) test(`${title} (${name})`, (t) => run(t, sizes[name], name));
}
const wide = ['laptop', 'dense'];
const all = [...wide, 'narrow'];

// Strikes keys, one after the other and again, until something holds.
async function strikeUntil(page, keys, holds, most = 15) {
  for (let i = 0; i < most; i += 1) {
    if (await holds()) return;
    for (const key of keys) await strike(page, key);
  }
  assert.ok(await holds(), `not reached with ${keys.join(', ')}`);
}

// Into a table, and down its rows.
const down = ['ArrowDown', 'Enter'];

// What the inspector shows. In a narrow window one goes there, and back with that key.
async function inspector(page, back = '1') {
  if (await isThere(page, 'inspector')) return listOf(page, 'inspector');
  if (!await isThere(page, 'section.Inspector')) return {};
  await command(page, 'go to the inspector');
  const list = await isThere(page, 'inspector') ? await listOf(page, 'inspector') : {};
  await strike(page, back);
  return list;
}
// The same once that field is as it should be: blocks are read on the way there.
async function inspectedAs(page, field, pattern) {
  let list = {};
  for (let tries = 0; tries < 30; tries += 1) {
    list = await inspector(page);
    if (pattern.test(list[field] ?? '')) return list;
    await page.waitForTimeout(200);
  }
  assert.match(list[field] ?? '', pattern);
  return list;
}
const waitForRow = (page, name) => page.waitForFunction((table) => (
  document.querySelector(`#mirror [data-name="${table}"] tbody tr`)), name);

inEach(all, 'the arrow keys walk the trees: to parents, children, neighbours and items', async (t, options, name) => {
  const { page, errors, screenshot } = await openPage(t, options);
  await openSample(page);
  await strike(page, '1');
  await strike(page, 'ArrowDown');
  await inspectedAs(page, 'Title', /^(Leaf|Node)/);
  // Along the roots to that of a snapshot, which is a node.
  const where = () => textOf(page, 'bar.where');
  await strikeUntil(page, ['ArrowRight'], async () => (await where()).includes('snapshots/monday'), 40);
  await strikeUntil(page, ['ArrowUp'], async () => (await inspector(page)).Title?.startsWith('Node'), 2);
  const node = await inspectedAs(page, 'Title', /^Node/);
  await strike(page, 'ArrowDown');
  const first = await inspectedAs(page, 'Title', /^Leaf/);
  const isFirst = new RegExp(`^${first.Logical}$`);
  await strike(page, 'ArrowRight');
  await inspectedAs(page, 'Logical', new RegExp(`^(?!${first.Logical}$)`));
  await inspectedAs(page, 'Title', /^Leaf/);
  await strike(page, 'ArrowLeft');
  await inspectedAs(page, 'Logical', isFirst);
  // Both addresses of the leaf; its metadata is there twice.
  assert.match(first.Physical, /^1:\d+$/);

  await strike(page, 'ArrowDown');
  await strike(page, 'ArrowDown');
  const item = await inspectedAs(page, 'Slot', /^1 of \d+$/);
  // The item is brought into view, so that its key can be read.
  await page.waitForFunction((key) => (
    document.querySelector('#mirror [data-name="trees.items"]')?.textContent.includes(key)), item.Key);
  await screenshot(`trees-by-keys-${name}`);
  await strike(page, 'ArrowUp');
  await strike(page, 'ArrowUp');
  await strike(page, 'ArrowUp');
  await inspectedAs(page, 'Logical', new RegExp(`^${node.Logical}$`));
  assert.deepEqual(errors, []);
});

inEach(all, 'views, inspector and tables are gone through, and what is in them is taken, with keys', async (t, options, name) => {
  const { page, errors, screenshot } = await openPage(t, options);
  await openSample(page);
  await command(page, 'go to the subvolumes');
  // Over the buttons into the table.
  await strike(page, 'ArrowDown');
  await strike(page, 'ArrowDown');
  const chosen = async () => (await rowsOf(page, 'subvolumes')).find((row) => row[4] === 'B: to send')?.[1];
  await strikeUntil(page, down, async () => (await chosen()) === 'snapshots/tuesday');

  // Difference: a row leads to its item.
  await strike(page, '2');
  await waitForRow(page, 'difference.items');
  await strikeUntil(page, [...down, ...down, ...down], async () => (await inspector(page, '2')).Slot !== undefined);

  // Block groups: a row leads to its chunk.
  await strike(page, '3');
  await waitForRow(page, 'space.groups');
  // Over the choice of the map, the groups, the map and the device into the table.
  const overTheMap = Array(4).fill('ArrowDown');
  await strikeUntil(
    page, [...overTheMap, ...down, ...down, ...down],
    async () => (await inspector(page, '3')).Title === 'CHUNK_ITEM');

  // Files: a folder is opened, and left again.
  await strike(page, '4');
  await waitForRow(page, 'files');
  const names = async () => (await rowsOf(page, 'files')).map((row) => row[0]).join();
  const top = await names();
  await strikeUntil(page, down, async () => (await names()) !== top);
  await strike(page, 'Alt+ArrowLeft');

  // Check.
  await strike(page, '5');
  await strikeUntil(page, ['Tab', 'Enter'], async () => isThere(page, 'check.status'), 8);
  await page.waitForFunction(() => (
    document.querySelector('#mirror [data-name="check.status"]')?.textContent.includes('StateDone')));

  // Inspector: a field that leads somewhere is followed.
  await command(page, 'show the superblock');
  await command(page, 'go to the inspector');
  await inspected(page, 'Superblock');
  await strikeUntil(page, down, async () => (await inspector(page)).Title !== 'Superblock', 60);
  await screenshot(`inspector-by-keys-${name}`);

  // Send, and its commands.
  await strike(page, 'Alt+1');
  await command(page, 'send b');
  assert.equal((await waitForSend(page)).State, 'Done');
  await strike(page, 'Alt+3');
  await waitForRow(page, 'commands');
  await strikeUntil(page, ['ArrowDown', ...down, ...down, ...down, ...down], async () => (await inspector(page, 'Alt+3')).Command !== undefined);
  await screenshot(`commands-by-keys-${name}`);

  await strike(page, 'Alt+5');
  assert.ok((await rowsOf(page, 'log')).length > 0);
  assert.deepEqual(errors, []);
});

inEach(all, 'jobs are set up and run, and their tables read, with keys', async (t, options, name) => {
  const { page, errors } = await openPage(t, options);
  await openSample(page);
  // Down over the kinds of chunks and the switch to the button.
  await strike(page, 'Alt+2');
  for (let i = 0; i < 5; i += 1) await strike(page, 'ArrowDown');
  await strike(page, 'Enter');
  assert.equal((await waitForBalance(page)).State, 'Done');
  await strike(page, 'Alt+4');
  await waitForRow(page, 'chunks');

  // The timeline is zoomed and moved.
  await command(page, 'send b');
  assert.equal((await waitForSend(page)).State, 'Done');
  await strike(page, 'Alt+7');
  await waitForRow(page, 'timeline');
  await strike(page, 'w');
  await strike(page, 'd');
  assert.ok((await rowsOf(page, 'timeline')).some(([name]) => name === 'send'));

  await strike(page, 'Alt+6');
  await strike(page, 'ArrowDown');
  await strike(page, 'Enter');
  await named(page, 'step.threads').waitFor({ state: 'attached' });
  await strike(page, '[');
  await strike(page, ']');
  await command(page, 'run to the next commit');
  await page.waitForFunction(() => (
    document.querySelector('#mirror [data-name="step.status"]')?.textContent.includes('has switched')));
  await strike(page, 'Alt+8');
  await waitForRow(page, 'transactions');
  assert.deepEqual(errors, []);
});

inEach(wide, 'splitters are held and moved with keys, and the move is undone', async (t, options, name) => {
  const { page, errors } = await openPage(t, options);
  await openSample(page);
  for (const [name, more, axis] of [['split.left', 'ArrowRight', 'x'], ['split.right', 'ArrowLeft', 'x'],
    ['split.bottom', 'ArrowUp', 'y'], ['split.left_lower', 'ArrowUp', 'y']]) {
    await strike(page, 'r');
    const at = async () => (await named(page, name).boundingBox())[axis];
    const before = await at();
    await strike(page, more);
    await strike(page, more);
    const after = await at();
    assert.ok(Math.abs(after - before) >= 24, `${name}: from ${before} to ${after}`);
    await strike(page, 'Control+z');
    assert.notEqual(await at(), after, name);
  }
  await strike(page, 'Enter');
  const before = await named(page, 'split.left_lower').boundingBox();
  await strike(page, 'ArrowUp');
  assert.deepEqual(await named(page, 'split.left_lower').boundingBox(), before);
  assert.deepEqual(errors, []);
});

inEach(all, 'types of items, help and tour are opened, read and left with keys', async (t, options, name) => {
  const { page, errors } = await openPage(t, options);
  await openSample(page);
  await strike(page, 't');
  await named(page, 'types.close').waitFor({ state: 'attached' });
  await strike(page, 'Escape');
  await named(page, 'types.close').waitFor({ state: 'detached' });
  await strike(page, 'Shift+?');
  await named(page, 'keys').waitFor({ state: 'attached' });
  await strike(page, 'Escape');
  await command(page, 'take the tour');
  await named(page, 'tour').waitFor({ state: 'attached' });
  await strike(page, 'n');
  await strike(page, 'Escape');
  assert.deepEqual(errors, []);
});
