// Every panel with the keyboard alone: gone to, acted in, and read in the DOM mirror.
import assert from 'node:assert/strict';
import test from 'node:test';

import {
  command, inspected, isThere, listOf, named, openSample, rowsOf, strike, textOf, waitForBalance, waitForSend,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const size = { width: 1280, height: 720 };

// Strikes keys, one after the other and again, until something holds.
async function strikeUntil(page, keys, holds, most = 30) {
  for (let i = 0; i < most; i += 1) {
    if (await holds()) return;
    await strike(page, keys[i % keys.length]);
  }
  assert.ok(await holds(), `not reached with ${keys.join(', ')}`);
}

const inspector = async (page) => ((await isThere(page, 'inspector')) ? listOf(page, 'inspector') : {});
const waitForRow = (page, name) => page.waitForFunction((table) => (
  document.querySelector(`#mirror [data-name="${table}"] tbody tr`)), name);

test('the arrow keys walk the trees: to parents, children, neighbours and items', async (t) => {
  const { page, errors, screenshot } = await openPage(t, { size });
  await openSample(page);
  await strike(page, '1');
  await strike(page, 'ArrowDown');
  const root = await inspector(page);
  assert.match(root.Title, /^(Leaf|Node)/);
  // Along the roots to that of a snapshot, which is a node.
  const where = () => textOf(page, 'bar.where');
  await strikeUntil(page, ['ArrowRight'], async () => (await where()).includes('snapshots/monday'), 40);
  await strikeUntil(page, ['ArrowUp'], async () => (await inspector(page)).Title.startsWith('Node'), 2);
  const node = await inspector(page);
  await strike(page, 'ArrowDown');
  await page.waitForFunction(() => (
    document.querySelector('#mirror [data-name="inspector"]')?.textContent.startsWith('TitleLeaf')));
  const first = await inspector(page);
  await strike(page, 'ArrowRight');
  const second = await inspector(page);
  assert.match(second.Title, /^Leaf/);
  assert.notEqual(second.Logical, first.Logical);
  await strike(page, 'ArrowLeft');
  assert.equal((await inspector(page)).Logical, first.Logical);
  // Both addresses of the leaf; its metadata is there twice.
  assert.match(first.Physical, /^1:\d+$/);

  await strike(page, 'ArrowDown');
  await strike(page, 'ArrowDown');
  const item = await inspector(page);
  assert.match(item.Slot, /^1 of \d+$/);
  // The item is brought into view, so that its key can be read.
  await page.waitForFunction((key) => (
    document.querySelector('#mirror [data-name="trees.items"]')?.textContent.includes(key)), item.Key);
  await screenshot('trees-by-keys');
  await strike(page, 'ArrowUp');
  await strike(page, 'ArrowUp');
  await strike(page, 'ArrowUp');
  assert.equal((await inspector(page)).Logical, node.Logical);
  assert.deepEqual(errors, []);
});

test('views, inspector and tables are gone through, and what is in them is taken, with keys', async (t) => {
  const { page, errors, screenshot } = await openPage(t, { size });
  await openSample(page);
  await strike(page, 'F6');
  await strike(page, 'F6');
  // Over the button for other commits into the table.
  await strike(page, 'ArrowDown');
  await strike(page, 'ArrowDown');
  const chosen = async () => (await rowsOf(page, 'subvolumes')).find((row) => row[4] === 'B: to send')?.[1];
  await strikeUntil(page, ['ArrowDown', 'Enter'], async () => (await chosen()) === 'snapshots/tuesday');

  // Difference: a row leads to its item.
  await strike(page, '2');
  await waitForRow(page, 'difference.items');
  await strikeUntil(page, ['ArrowDown', 'Enter'], async () => (await inspector(page)).Slot !== undefined);

  // Block groups: a row leads to its chunk.
  await strike(page, '3');
  await waitForRow(page, 'space.groups');
  await strikeUntil(page, ['ArrowDown', 'ArrowDown', 'Enter'], async () => (await inspector(page)).Title === 'CHUNK_ITEM');

  // Files: a folder is opened, and left again.
  await strike(page, '4');
  await waitForRow(page, 'files');
  const names = async () => (await rowsOf(page, 'files')).map((row) => row[0]).join();
  const top = await names();
  await strikeUntil(page, ['ArrowDown', 'Enter'], async () => (await names()) !== top);
  await strike(page, 'Alt+ArrowLeft');

  // Check.
  await strike(page, '5');
  await strikeUntil(page, ['Tab', 'Enter'], async () => isThere(page, 'check.status'), 8);
  await page.waitForFunction(() => (
    document.querySelector('#mirror [data-name="check.status"]')?.textContent.includes('StateDone')));

  // Inspector: a field that leads somewhere is followed.
  await command(page, 'show the superblock');
  await inspected(page, 'Superblock');
  await command(page, 'go to the inspector');
  await strikeUntil(page, ['ArrowDown', 'Enter'], async () => (await inspector(page)).Title !== 'Superblock', 120);
  await screenshot('inspector-by-keys');

  // Send, and its commands.
  await command(page, 'send b');
  assert.equal((await waitForSend(page)).State, 'Done');
  await strike(page, 'Alt+3');
  await waitForRow(page, 'commands');
  await strikeUntil(page, ['ArrowDown', 'Enter'], async () => (await inspector(page)).Command !== undefined);
  await screenshot('commands-by-keys');

  await strike(page, 'Alt+5');
  assert.ok((await rowsOf(page, 'log')).length > 0);
  assert.deepEqual(errors, []);
});

test('jobs are set up and run, and their tables read, with keys', async (t) => {
  const { page, errors } = await openPage(t, { size });
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

test('splitters are held and moved with keys, and the move is undone', async (t) => {
  const { page, errors } = await openPage(t, { size });
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

test('types of items, help and tour are opened, read and left with keys', async (t) => {
  const { page, errors } = await openPage(t, { size });
  await openSample(page);
  await strike(page, 't');
  await named(page, 'types.list').waitFor({ state: 'attached' });
  await strike(page, 'Escape');
  await named(page, 'types.list').waitFor({ state: 'detached' });
  await strike(page, 'Shift+?');
  await named(page, 'keys').waitFor({ state: 'attached' });
  await strike(page, 'Escape');
  await command(page, 'take the tour');
  await named(page, 'tour').waitFor({ state: 'attached' });
  await strike(page, 'n');
  await strike(page, 'Escape');
  assert.deepEqual(errors, []);
});
