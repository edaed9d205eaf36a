// The files of a subvolume on the page: gone through with mouse and keyboard, looked at, taken out.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';

import { temporaryFolder } from './cases.mjs';
import {
  doublePressRow, download, inspected, listOf, openSample, press, pressRow, rowsOf, settled, strike, typeInto,
  waitForSend,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const run = promisify(execFile);

const waitForPath = (page, wanted) => page.waitForFunction((text) => (
  document.querySelector('#mirror [data-name="files.path"]')?.textContent === text), wanted);
const waitForDetails = (page, name) => page.waitForFunction((text) => (
  document.querySelector('#mirror [data-name="files.details"]')?.textContent.includes(text)), name);

test('folders are gone through by double click, buttons and keys', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  await press(page, 'views.Files');
  await waitForPath(page, 'snapshots/wednesday');
  await doublePressRow(page, 'files', 'journal');
  await waitForPath(page, 'snapshots/wednesday/journal');
  const names = (await rowsOf(page, 'files')).map((row) => row[0]);
  assert.deepEqual(names, [...names].sort());
  assert.ok(names.includes('first.txt'));
  await pressRow(page, 'files', 'first.txt');
  await waitForDetails(page, 'journal/note-1.txt');
  await screenshot('files');
  await press(page, 'files.up');
  await waitForPath(page, 'snapshots/wednesday');
  await press(page, 'files.up');
  await waitForPath(page, '<FS_TREE>/snapshots');
  await press(page, 'files.step.0');
  await waitForPath(page, '<FS_TREE>');
  // The keyboard alone: into the first folder, and up again.
  await strike(page, 'ArrowDown');
  await strike(page, 'ArrowUp');
  await strike(page, 'Enter');
  await waitForPath(page, 'home');
  await strike(page, 'Backspace');
  await waitForPath(page, '<FS_TREE>');
  // Back goes through what was looked at.
  await strike(page, 'Alt+ArrowLeft');
  await waitForPath(page, 'home');
  assert.deepEqual(errors, []);
});

test('of a file its extents are shown, and their addresses lead to the inspector', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  await press(page, 'views.Files');
  await waitForPath(page, 'snapshots/wednesday');
  await doublePressRow(page, 'files', 'pictures');
  await waitForPath(page, 'snapshots/wednesday/pictures');
  const [first] = await rowsOf(page, 'files');
  await pressRow(page, 'files', first[0]);
  await waitForDetails(page, `${first[6]} of subvolume`);
  const details = await listOf(page, 'files.details');
  assert.match(details.Size, /on disk for .* %/);
  await press(page, 'files.part.Extents');
  const [extent] = await rowsOf(page, 'files.extents');
  assert.match(extent[3], /^\d+$/);
  await screenshot('extents');
  await press(page, 'files.extents.0.logical');
  await inspected(page, 'EXTENT_ITEM');
  assert.deepEqual(errors, []);
});

test('what is in a file is shown as text or as bytes, piece by piece', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  await press(page, 'views.Files');
  await waitForPath(page, 'snapshots/wednesday');
  await doublePressRow(page, 'files', 'journal');
  await waitForPath(page, 'snapshots/wednesday/journal');
  const [note] = await rowsOf(page, 'files');
  await pressRow(page, 'files', note[0]);
  await waitForDetails(page, `${note[6]} of subvolume`);
  // Else this would be the third and fourth click after those on the folder.
  await page.waitForTimeout(600);
  await doublePressRow(page, 'files', note[0]);
  const contents = async (holds) => {
    await page.waitForFunction((text) => (
      document.querySelector('#mirror [data-name="files.contents"]')?.textContent.includes(text)), holds);
    return listOf(page, 'files.contents');
  };
  const text = await contents('Text');
  assert.equal(String(text.Text.length), note[2].match(/\d+/)[0]);
  await screenshot('contents-text');
  await press(page, 'files.contents.bytes');
  await screenshot('contents-bytes');
  assert.deepEqual(errors, []);
});

test('a file is downloaded byte for byte, and a folder as an archive that tar unpacks', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  await typeInto(page, 'bar.search', 'snapshots/wednesday/journal/note-7.txt');
  await waitForPath(page, 'snapshots/wednesday/journal');
  await waitForDetails(page, 'Size');
  const file = await download(page, 'files.download');
  assert.equal(file.name, 'note-7.txt');
  const archive = await download(page, 'files.download_folder');
  assert.equal(archive.name, 'journal.tar');
  const to = await temporaryFolder(t);
  await writeFile(path.join(to, 'a.tar'), archive.bytes);
  await run('tar', ['-xf', path.join(to, 'a.tar'), '-C', to]);
  assert.deepEqual(await readFile(path.join(to, 'journal/note-7.txt')), file.bytes);
  assert.deepEqual(await readFile(path.join(to, 'journal/first.txt')),
    await readFile(path.join(to, 'journal/note-1.txt')));
  assert.deepEqual(errors, []);
});

test('a search finds paths, inodes, keys and addresses, and says what is not there', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  await strike(page, '/');
  await page.keyboard.type('256 (257 inode_item 0)', { delay: 30 });
  await settled(page);
  await strike(page, 'Enter');
  await inspected(page, '(257 INODE_ITEM 0)');
  await screenshot('search');
  const { Leaf: leaf } = await listOf(page, 'inspector');
  await typeInto(page, 'bar.search', leaf);
  await inspected(page, 'Owner');
  await typeInto(page, 'bar.search', '258/260');
  await waitForDetails(page, '260 of subvolume 258');
  await typeInto(page, 'bar.search', 'no/such/file');
  await page.waitForFunction(() => /no path, key or address/.test(document.querySelector('#news').textContent));
  assert.deepEqual(errors, []);
});

test('a stream is saved where a person says, and that they want to be asked is remembered', async (t) => {
  const { page, errors } = await openPage(t, {
    script: () => {
      globalThis.showSaveFilePicker = async ({ suggestedName }) => {
        globalThis.asked = suggestedName;
        const root = await navigator.storage.getDirectory();
        return root.getFileHandle('chosen', { create: true });
      };
    },
  });
  await openSample(page);
  await press(page, 'send.start');
  const status = await waitForSend(page);
  assert.equal(status.State, 'Done', status.Problem);
  await press(page, 'send.ask_place');
  await press(page, 'send.download');
  const saved = () => page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const file = await root.getFileHandle('chosen').then((handle) => handle.getFile(), () => null);
    return { name: globalThis.asked, size: file?.size ?? 0 };
  });
  for (let i = 0; i < 100 && (await saved()).size === 0; i++) await page.waitForTimeout(50);
  assert.deepEqual(await saved(), { name: status.File, size: Number(status.Bytes) });
  assert.equal(await page.evaluate(() => localStorage.getItem('canopy.ask-place')), 'yes');
  assert.deepEqual(errors, []);
});
