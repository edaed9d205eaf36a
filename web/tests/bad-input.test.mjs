// Images and requests that cannot be served: each is refused with a message that a person can act
// on, and nothing half-written is left behind.
import assert from 'node:assert/strict';
import { copyFile, open, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';

import { recordedCase, temporaryFolder } from './cases.mjs';
import {
  chooseFiles, dropFiles, isThere, listOf, openByScript, openSample, press, pressRow, sendByScript,
  textOf, waitForImage, waitForSend,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const superblocks = [64 * 1024, 64 * 1024 * 1024, 256 * 1024 * 1024 * 1024];

async function overwrite(file, bytes, at) {
  const opened = await open(file, 'r+');
  await opened.write(bytes, 0, bytes.length, at);
  await opened.close();
}

async function damageSuperblocks(file) {
  const { size } = await stat(file);
  for (const at of superblocks) {
    if (at + 4096 <= size) await overwrite(file, Buffer.alloc(4096, 0xa5), at);
  }
}

// How many streams lie in the private file system of the page.
const storedFiles = (page) => page.evaluate(async () => {
  const count = async (folder) => {
    let files = 0;
    for await (const entry of folder.values()) {
      files += entry.kind === 'directory' ? await count(entry) : 1;
    }
    return files;
  };
  return count(await navigator.storage.getDirectory());
});

test('files that hold no filesystem, or not all of one, are refused with the reason', async (t) => {
  const folder = await temporaryFolder(t);
  const basic = await recordedCase(t, 'basic-1');
  const raid0 = await recordedCase(t, 'raid0-2');
  const { page } = await openPage(t);
  const file = (name) => path.join(folder, name);
  const refusal = async (files) => (await openByScript(page, files)).problem ?? 'it was opened';

  await writeFile(file('other.img'), Buffer.alloc(1 << 20, 7));
  assert.match(await refusal([file('other.img')]), /other\.img.*(Btrfs|superblock)/i);
  await writeFile(file('empty.img'), '');
  assert.match(await refusal([file('empty.img')]), /empty\.img.*(Btrfs|superblock|ends at)/i);
  await copyFile(basic.images[0], file('short.img'));
  await truncate(file('short.img'), 6 << 20);
  assert.match(await refusal([file('short.img')]), /short|truncated|cut|ends at/i);
  await copyFile(basic.images[0], file('damaged.img'));
  await damageSuperblocks(file('damaged.img'));
  assert.match(await refusal([file('damaged.img')]), /superblock/i);
  assert.match(await refusal(raid0.images.slice(0, 1)), /missing|devices/i);
  await copyFile(raid0.images[0], file('copy.img'));
  assert.match(await refusal([...raid0.images, file('copy.img')]), /both device 1/);
  assert.match(await refusal([...raid0.images, basic.images[0]]), /another|different|belong/i);

  // After all that, the same page opens what can be opened.
  assert.equal(await refusal(raid0.images), 'it was opened');
});

test('a refused file is explained on the start page, and the next one opens', async (t) => {
  const folder = await temporaryFolder(t);
  const other = path.join(folder, 'holiday.jpg');
  await writeFile(other, Buffer.alloc(300000, 0x5a));
  const { images } = await recordedCase(t, 'links-1');
  const { page, screenshot } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  await dropFiles(page, [other]);
  await page.locator('#mirror [data-name="start.problem"]').waitFor({ state: 'attached' });
  assert.match(await textOf(page, 'start.problem'), /Btrfs|superblock/i);
  await screenshot('refused');
  await chooseFiles(page, images);
  await waitForImage(page);
  assert.equal(await isThere(page, 'start.problem'), false);
});

test('a damaged mirror is passed over and reported', async (t) => {
  const { images, jobs } = await recordedCase(t, 'raid1-1');
  // All of one device but its superblocks: every block has its copy on the other.
  const { size } = await stat(images[1]);
  for (let at = 1 << 20; at < size; at += 1 << 20) {
    if (!superblocks.includes(at)) await overwrite(images[1], Buffer.alloc(256 * 1024, 0xee), at + 256 * 1024);
  }
  const { page } = await openPage(t);
  const { problem } = await openByScript(page, images);
  assert.equal(problem, undefined);
  const job = jobs.find(({ request, errno }) => !errno && request.parent && request.proto === 1 && !request.noData);
  const sent = await sendByScript(page, job.request);
  assert.equal(sent.sha256, job.sha256, sent.problem);
});

test('a writable subvolume is refused until a person says that it may be sent', async (t) => {
  const { page } = await openPage(t);
  await openSample(page);
  assert.match((await sendByScript(page, { subvolume: 'home' })).problem, /EPERM/);
  assert.match((await sendByScript(page, { subvolume: 'nothing/here' })).problem, /nothing\/here/);
  assert.match((await sendByScript(page, { subvolume: 'snapshots/monday', proto: 3 })).problem, /EPROTO|protocol/);
  const accepted = await sendByScript(page, { subvolume: 'home', treatAsReadOnly: true });
  assert.ok(accepted.bytes > 1000, accepted.problem);

  await pressRow(page, 'subvolumes', 'home');
  assert.equal(await page.locator('#mirror [data-name="send.start"]').isDisabled(), true);
  assert.ok((await sendByScript(page, { subvolume: 'snapshots/monday' })).bytes > 1000);
  await press(page, 'send.writable');
  await page.waitForFunction(() => !document.querySelector('#mirror [data-name="send.start"]').disabled);
  await press(page, 'send.start');
  const status = await waitForSend(page, 'home');
  assert.equal(status.State, 'Done', status.Problem);
});

test('a cancelled send leaves no file', async (t) => {
  const { page } = await openPage(t);
  await openSample(page);
  const before = await storedFiles(page);
  const outcome = await page.evaluate(async () => {
    const job = canopy.send({ subvolume: 'snapshots/monday' });
    job.cancel();
    return job.done.then(() => 'done', (error) => error.message);
  });
  assert.match(outcome, /cancel/i);
  await page.waitForFunction(() => document.querySelector('#news').textContent.includes('cancel'));
  for (let i = 0; i < 50 && await storedFiles(page) > before; i++) await page.waitForTimeout(50);
  assert.equal(await storedFiles(page), before);
});

test('a full disk ends the send with what can be done, and leaves no file', async (t) => {
  const { page, url } = await openPage(t);
  await openSample(page);
  const session = await page.context().newCDPSession(page);
  const { usage } = await session.send('Storage.getUsageAndQuota', { origin: new URL(url).origin });
  await session.send('Storage.overrideQuotaForOrigin',
    { origin: new URL(url).origin, quotaSize: usage + 200 * 1024 });
  const { problem } = await sendByScript(page, { subvolume: 'snapshots/wednesday' });
  assert.match(problem ?? 'it was sent', /no room|quota|space/i);
  // A script hears of it before the next frame shows it.
  const state = async () => (await listOf(page, 'send.status')).State;
  for (let i = 0; i < 50 && await state() !== 'Failed'; i++) await page.waitForTimeout(100);
  assert.equal(await state(), 'Failed');
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(url).origin });
  for (let i = 0; i < 50 && await storedFiles(page) > 0; i++) await page.waitForTimeout(50);
  assert.equal(await storedFiles(page), 0);
  assert.ok((await sendByScript(page, { subvolume: 'snapshots/wednesday' })).bytes > 200 * 1024);
});

test('a browser that gives no room for files says so when something is sent', async (t) => {
  const { page } = await openPage(t, {
    script: () => {
      StorageManager.prototype.getDirectory = undefined;
    },
  });
  await openSample(page);
  assert.match((await sendByScript(page, { subvolume: 'snapshots/monday' })).problem, /no place for the stream/);
});

test('an image that changes while it is open is noticed', async (t) => {
  const { images } = await recordedCase(t, 'data-2');
  const { page } = await openPage(t);
  const { summary } = await openByScript(page, images);
  const subvolume = summary.subvolumes.filter((one) => one.readOnly).at(-1);
  await overwrite(images[0], Buffer.from('changed'), 128 * 1024 * 1024);
  const { problem } = await sendByScript(page, { subvolume: subvolume.id });
  assert.match(problem ?? 'it was sent', /changed.*open it again/);
});
