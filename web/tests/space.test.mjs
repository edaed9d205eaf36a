// The space view: its numbers and texts are those of the command line, and so of btrfs-progs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { recordedCase } from './cases.mjs';
import {
  click, command, dropFiles, inspected, named, press, pressRow, rowsOf, settled, strike, textOf, typeInto, waitForImage,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const run = promisify(execFile);
const canopy = fileURLToPath(new URL('../../build/native/canopy', import.meta.url));
const printed = async (...words) => (await run(canopy, words)).stdout;

// What a button copies.
async function copied(page, name) {
  await page.evaluate(() => {
    navigator.clipboard.writeText = async (text) => { globalThis.copied = text; };
  });
  await press(page, name);
  await page.waitForFunction(() => globalThis.copied !== undefined);
  return page.evaluate(() => {
    const text = globalThis.copied;
    delete globalThis.copied;
    return text;
  });
}

// Devices are named by their images: the page knows no folders.
const bare = (text, images) => images.reduce((all, image) => all.replaceAll(image, path.basename(image)), text);
// How long reading took differs from run to run.
const timeless = (text) => text.replaceAll(/Total read time: .*/g, '');

async function openCase(t, name) {
  const { images } = await recordedCase(t, name);
  const opened = await openPage(t);
  await opened.page.evaluate(() => globalThis.canopy.ready);
  await dropFiles(opened.page, images);
  await waitForImage(opened.page);
  return { ...opened, images };
}

test('what the space is used for is told as btrfs-progs tells it', async (t) => {
  const { page, images, errors, screenshot } = await openCase(t, 'raid1-1');
  await press(page, 'views.Space');
  await named(page, 'usage.kinds').waitFor({ state: 'attached' });
  assert.equal(await copied(page, 'usage.copy'), bare(await printed('filesystem', 'usage', ...images), images));
  const devices = await rowsOf(page, 'usage.devices');
  assert.equal(devices.length, images.length);
  for (const [devid, , , , , smallest] of devices) {
    assert.match(await printed('inspect-internal', 'min-dev-size', '--id', devid, ...images), new RegExp(`^${smallest} bytes`));
  }
  assert.equal(await copied(page, 'subvolumes.copy'), await printed('subvolume', 'list', ...images));
  await screenshot('space-usage');
  assert.deepEqual(errors, []);
});

test('chunks are sorted by any column, and lead to their items', async (t) => {
  const { page, images, errors, screenshot } = await openCase(t, 'raid1-1');
  await press(page, 'views.Space');
  await press(page, 'space.part.Chunks');
  await named(page, 'space.chunks').waitFor({ state: 'attached' });
  assert.equal(await copied(page, 'space.chunks.copy'), await printed('inspect-internal', 'list-chunks', ...images));
  const logical = async () => (await rowsOf(page, 'space.chunks')).map((row) => Number(row[2]));
  const before = await logical();
  // The header lies above the first row.
  const [x, y, , height] = await named(page, 'space.chunks').evaluate((table) => (
    table.tBodies[0].rows[0].dataset.at.split(' ').map(Number)));
  const onLogical = async () => {
    await click(page, x + 222, y - height / 2);
    return logical();
  };
  const ascending = [...before].sort((a, b) => a - b);
  assert.deepEqual(await onLogical(), ascending);
  assert.deepEqual(await onLogical(), [...ascending].reverse());
  await screenshot('space-chunks');
  const [wanted] = ascending;
  await pressRow(page, 'space.chunks', String(wanted));
  await inspected(page, `CHUNK_ITEM ${wanted}`);
  assert.deepEqual(errors, []);
});

test('with the keyboard alone it is counted what subvolumes take and how trees lie', async (t) => {
  const { page, images, errors, screenshot } = await openCase(t, 'raid1-1');
  const args = images.flatMap((image) => ['-i', image]);
  await strike(page, '6');
  await command(page, 'count what subvolumes take');
  await named(page, 'du').waitFor({ state: 'attached' });
  const rows = await rowsOf(page, 'du');
  const paths = (await printed('subvolume', 'list', ...images)).trim().split('\n').map((line) => line.split(' path ')[1]);
  assert.deepEqual(rows.map((row) => row[0]).sort(), ['/', ...paths].sort());
  for (const [subvolume, total, exclusive, shared] of rows) {
    const line = (await printed('filesystem', 'du', '-s', '-b', subvolume, ...args)).trim().split('\n')[1].trim().split(/ +/);
    assert.deepEqual([total, exclusive, shared], line.slice(0, 3), subvolume);
  }
  await screenshot('space-subvolumes');
  await command(page, 'measure all trees');
  await named(page, 'tree_stats').waitFor({ state: 'attached' });
  const text = await copied(page, 'tree_stats.copy');
  assert.ok(timeless(text).includes(timeless(await printed('inspect-internal', 'tree-stats', '-t', '5', ...images))));
  const extent = (await rowsOf(page, 'tree_stats')).find(([name]) => name === 'EXTENT_TREE');
  const stats = await printed('inspect-internal', 'tree-stats', '-t', '2', ...images);
  assert.match(stats, new RegExp(`Levels: ${extent[1]}\n\tTotal nodes: ${extent[2]}\n`));
  await screenshot('space-trees');
  assert.equal(await textOf(page, 'bar.where').then((where) => where.length > 0), true);
  assert.deepEqual(errors, []);
});

test('the inspector says who has an extent, and who a tree block', async (t) => {
  const { page, images, errors, screenshot } = await openCase(t, 'raid1-1');
  const extents = (await printed('dump-tree', '-t', '2', ...images)).matchAll(/key \((\d+) EXTENT_ITEM \d+\)/g);
  let owned;
  for (const [, address] of extents) {
    const paths = await printed('inspect-internal', 'logical-resolve', '-o', ...images.flatMap((image) => ['-i', image]), address)
      .catch(() => '');
    if (paths.split('\n').length > (owned?.paths.split('\n').length ?? 1)) owned = { address, paths };
  }
  // What is above the button may come later than it.
  const ask = async () => {
    await named(page, 'inspector.physical.1').waitFor({ state: 'attached' });
    await settled(page);
    await press(page, 'inspector.ask_owners');
  };
  await typeInto(page, 'bar.search', owned.address);
  await ask();
  assert.equal(await copied(page, 'inspector.copy_owners'), owned.paths);
  const rows = await rowsOf(page, 'inspector.owners');
  assert.equal(rows[0][0], owned.paths.split('\n')[0]);
  await screenshot('owners');
  await pressRow(page, 'inspector.owners', rows[0][0]);
  await inspected(page, `(${rows[0][2]} INODE_ITEM 0)`);
  await typeInto(page, 'bar.search', '5 (256 INODE_ITEM 0)');
  await press(page, 'inspector.leaf');
  await ask();
  await named(page, 'inspector.owners').waitFor({ state: 'attached' });
  assert.deepEqual(await rowsOf(page, 'inspector.owners'), [['5 <FS_TREE>']]);
  assert.deepEqual(errors, []);
});

test('a subvolume is copied as btrfs-progs shows it', async (t) => {
  const { page, images, errors } = await openCase(t, 'raid1-1');
  const args = images.flatMap((image) => ['-i', image]);
  const [, path] = (await printed('subvolume', 'list', ...images)).trim().split('\n')[1].split(' path ');
  await pressRow(page, 'subvolumes', path);
  await named(page, 'inspector.copy_subvolume').waitFor({ state: 'attached' });
  await page.waitForFunction(() => !document.querySelector('[data-name="inspector.copy_subvolume"]').disabled);
  assert.equal(await copied(page, 'inspector.copy_subvolume'), await printed('subvolume', 'show', ...args, path));
  assert.deepEqual(errors, []);
});
