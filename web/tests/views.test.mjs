// The views in the middle of the page beside trees and files: difference, block groups, check; and
// the way to a place and back to it.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';

import { recordedCase, temporaryFolder } from './cases.mjs';
import {
  choose, chooseFiles, click, command, inspected, isThere, listOf, named, openByScript, openSample, press, pressRow,
  rowsOf, strike, textOf, typeInto, waitForBalance, waitForImage, waitForSend,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const waitForList = (page, name, text) => page.waitForFunction(([list, wanted]) => (
  document.querySelector(`#mirror [data-name="${list}"]`)?.textContent.includes(wanted)), [name, text]);

test('the difference of two snapshots is what send would look at', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  await pressRow(page, 'subvolumes', 'snapshots/tuesday');
  await choose(page, 'send.parent', 'snapshots/monday');
  await press(page, 'views.Difference');
  await waitForList(page, 'difference.counts', 'Skipped');
  const counts = await listOf(page, 'difference.counts');
  assert.ok(Number(counts.Skipped) > 0);
  assert.ok(Number(counts.Added) + Number(counts.Changed) > 0);
  await screenshot('difference');
  const [, , key] = (await rowsOf(page, 'difference.items'))[0];
  const files = (await rowsOf(page, 'difference.items')).map((row) => row[1]);
  assert.ok(files.some((file) => file.length > 1), files.join());
  await pressRow(page, 'difference.items', key);
  await inspected(page, key);
  // A snapshot does not differ from itself.
  await choose(page, 'send.parent', 'none');
  await page.locator('#mirror [data-name="difference.counts"]').waitFor({ state: 'detached' });
  assert.deepEqual(errors, []);
});

test('block groups are shown with what they hold, on every device', async (t) => {
  const { images } = await recordedCase(t, 'raid10-1');
  const { page, errors, screenshot } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  await chooseFiles(page, images);
  await waitForImage(page);
  await press(page, 'views.Block groups');
  await page.locator('#mirror [data-name="space.groups"]').waitFor({ state: 'attached' });
  const groups = await rowsOf(page, 'space.groups');
  assert.ok(groups.some((row) => row[2].includes('RAID10')));
  assert.ok(groups.every((row) => Number(row[3]) <= Number(row[1])));
  const data = groups.find((row) => row[2].startsWith('DATA'))[0];
  await pressRow(page, 'space.groups', data);
  await inspected(page, 'CHUNK_ITEM');
  await screenshot('groups');
  await pressRow(page, 'space.groups', data);
  await inspected(page, 'BLOCK_GROUP_ITEM');
  assert.deepEqual(errors, []);
});

test('the filters of a balance say on the map which groups would move', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  await press(page, 'views.Block groups');
  await page.locator('#mirror [data-name="space.groups"]').waitFor({ state: 'attached' });
  const states = async () => (await rowsOf(page, 'space.groups')).map((row) => `${row[2]} ${row[4]}`.trim());
  assert.deepEqual(await states(), ['DATA|single', 'SYSTEM|DUP', 'METADATA|DUP']);
  await press(page, 'jobs.Balance');
  await typeInto(page, 'balance.data.filters', 'usage=1');
  await press(page, 'balance.system');
  assert.deepEqual(await states(), ['DATA|single', 'SYSTEM|DUP', 'METADATA|DUP would move']);
  await screenshot('groups-filtered');
  await typeInto(page, 'balance.data.filters', 'usage=50');
  assert.deepEqual(await states(), ['DATA|single would move', 'SYSTEM|DUP', 'METADATA|DUP would move']);
  assert.deepEqual(errors, []);
});

test('clone sources are chosen in the send panel, and are those of a script', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  await pressRow(page, 'subvolumes', 'snapshots/wednesday');
  await choose(page, 'send.parent', 'none');
  await choose(page, 'send.clone_sources', 'snapshots/monday');
  await press(page, 'send.clone_sources.1');
  await strike(page, 'Escape');
  assert.equal(await textOf(page, 'send.clone_sources'), 'Clone sources: snapshots/monday, snapshots/tuesday');
  await press(page, 'send.start');
  const status = await waitForSend(page);
  const [sha256, full] = await page.evaluate(async () => {
    const send = { subvolume: 'snapshots/wednesday' };
    const cloned = await canopy.send({ ...send, cloneSources: ['snapshots/monday', 'snapshots/tuesday'] });
    return [cloned.sha256, (await canopy.send(send)).sha256];
  });
  assert.equal(status['SHA-256'], sha256);
  assert.notEqual(full, sha256);
  assert.deepEqual(errors, []);
});

test('a thin row of all trees says what is in view, and goes where it is pressed', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  const seen = async () => (await textOf(page, 'trees.minimap')).match(/[\d.]+(?= %)/g).map(Number);
  assert.deepEqual(await seen(), [0, 100]);
  await command(page, 'zoom in');
  await command(page, 'zoom in');
  assert.deepEqual(await seen(), [37.5, 62.5]);
  const row = await named(page, 'trees.minimap').boundingBox();
  await click(page, row.x + row.width * 0.95, row.y + row.height / 2);
  assert.deepEqual(await seen(), [75, 100]);
  await click(page, row.x + row.width * 0.5, row.y + row.height / 2);
  const [begin, end] = await seen();
  assert.ok(Math.abs(begin - 37.5) < 1 && Math.abs(end - 62.5) < 1, `${begin} to ${end}`);
  assert.deepEqual(errors, []);
});

test('while a balance runs its groups move on the map', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  await press(page, 'views.Block groups');
  await page.locator('#mirror [data-name="space.groups"]').waitFor({ state: 'attached' });
  const before = (await rowsOf(page, 'space.groups')).map((row) => row[0]);
  await press(page, 'jobs.Balance');
  await press(page, 'balance.start');
  const status = await waitForBalance(page);
  assert.equal(status.State, 'Done', status.Problem);
  await page.waitForFunction((first) => {
    const table = document.querySelector('#mirror [data-name="space.groups"]');
    return table && table.tBodies[0].rows[0].cells[0].textContent !== first;
  }, before[0]);
  await screenshot('groups-balanced');
  assert.deepEqual(errors, []);
});

test('a sound filesystem is checked clean, and what is damaged is found and leads there', async (t) => {
  const { images } = await recordedCase(t, 'basic-1');
  const { page, errors } = await openPage(t);
  await openSample(page);
  await press(page, 'views.Check');
  await press(page, 'check.data');
  await press(page, 'check.start');
  await waitForList(page, 'check.status', 'StateDone');
  const clean = await listOf(page, 'check.status');
  assert.deepEqual([clean.Errors, clean.Warnings], ['0', '0']);

  // A byte of every copy of the leaf that holds the first subvolume's root directory.
  assert.ok((await openByScript(page, images)).summary);
  await typeInto(page, 'bar.search', '5 (256 INODE_ITEM 0)');
  await inspected(page, '(256 INODE_ITEM 0)');
  const { Leaf: leaf } = await listOf(page, 'inspector');
  const { UUID: uuid } = await listOf(page, 'filesystem');
  const bytes = await readFile(images[0]);
  const header = Buffer.alloc(24);
  Buffer.from(uuid.replaceAll('-', ''), 'hex').copy(header);
  header.writeBigUInt64LE(BigInt(leaf), 16);
  let copies = 0;
  for (let at = bytes.indexOf(header); at >= 0; at = bytes.indexOf(header, at + 1)) {
    bytes[at + 200] ^= 0xff;
    copies += 1;
  }
  assert.ok(copies > 0);
  const damaged = path.join(await temporaryFolder(t), 'damaged.img');
  await writeFile(damaged, bytes);
  const second = await openPage(t);
  assert.ok((await openByScript(second.page, [damaged])).summary);
  await press(second.page, 'views.Check');
  await press(second.page, 'check.start');
  await waitForList(second.page, 'check.status', 'StateDone');
  assert.ok(Number((await listOf(second.page, 'check.status')).Errors) > 0);
  await second.screenshot('check');
  const findings = await rowsOf(second.page, 'check.findings');
  assert.ok(findings.some((row) => row[1] === 'unreadable block'), JSON.stringify(findings));
  await pressRow(second.page, 'check.findings', findings[0][3]);
  assert.deepEqual(errors, []);
  assert.deepEqual(second.errors, []);
});

test('back and forward are the browser\'s, and a link leads to the same place', async (t) => {
  const { page, url, errors } = await openPage(t);
  await openSample(page);
  const fragment = () => page.evaluate(() => location.hash);
  await typeInto(page, 'bar.search', '256 (257 INODE_ITEM 0)');
  await inspected(page, '(257 INODE_ITEM 0)');
  await page.waitForFunction(() => location.hash === '#view=trees&tree=256&key=257.1.0');
  await press(page, 'views.Files');
  assert.equal(await fragment(), '#view=files&tree=256&key=257.1.0');
  await typeInto(page, 'bar.search', '258/260');
  await page.waitForFunction(() => location.hash === '#view=files&subvolume=258&inode=260');
  await page.goBack();
  await page.goBack();
  await inspected(page, '(257 INODE_ITEM 0)');
  assert.equal(await fragment(), '#view=trees&tree=256&key=257.1.0');
  await page.locator('#mirror [data-name="trees"]').waitFor({ state: 'attached' });
  await press(page, 'bar.forward');
  await page.waitForFunction(() => location.hash.startsWith('#view=files'));
  await strike(page, 'Alt+ArrowLeft');
  await page.waitForFunction(() => location.hash.startsWith('#view=trees'));

  // A new visit with the link.
  await page.goto(`${url}#view=files&subvolume=258&inode=260`);
  await page.reload();
  await openSample(page);
  await waitForList(page, 'files.details', '260 of subvolume 258');
  assert.deepEqual(errors, []);
});

test('the inspector says what an item is for when it is asked', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  await typeInto(page, 'bar.search', '5 (256 INODE_ITEM 0)');
  await inspected(page, '(256 INODE_ITEM 0)');
  assert.equal(await isThere(page, 'inspector.about'), false);
  await press(page, 'inspector.card');
  const about = await listOf(page, 'inspector.about');
  assert.match(about.What, /^The inode of a file/);
  assert.equal(about.Objectid, 'number of the inode');
  await screenshot('item-card');
  await press(page, 'inspector.card');
  assert.equal(await isThere(page, 'inspector.about'), false);
  assert.deepEqual(errors, []);
});
