// Recorded images of the kernel, through the page: what a person or a script gets is what the
// kernel sent.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import { recordedCase } from './cases.mjs';
import {
  choose, chooseFiles, download, dropFiles, listOf, named, openByScript, press, pressRow, sendByScript,
  textOf, waitForImage, waitForSend,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

// Jobs as different from each other as a case has them: protocols, flags, full or incremental.
function sample(jobs, count) {
  const kinds = new Map();
  for (const job of jobs.filter(({ errno }) => !errno)) {
    const { proto, noData, compressedData, parent, cloneSources } = job.request;
    const kind = [proto, noData, compressedData, Boolean(parent), cloneSources.length > 1].join(' ');
    if (!kinds.has(kind)) kinds.set(kind, []);
    kinds.get(kind).push(job);
  }
  const sampled = [];
  for (let i = 0; sampled.length < count && i < jobs.length; i++) {
    for (const same of kinds.values()) {
      // The later snapshots of a case hold more of what it is about.
      const job = same[same.length - 1 - i];
      if (job && sampled.length < count) sampled.push(job);
    }
  }
  return sampled;
}

test('an image is chosen, a snapshot sent from its parent, and the stream downloaded', async (t) => {
  const { images, jobs } = await recordedCase(t, 'basic-1');
  const { page, errors } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  await chooseFiles(page, images);
  await waitForImage(page);
  const job = jobs.find(({ request, errno }) => !errno && request.parent && request.proto === 1
    && request.cloneSources.length === 1 && !request.noData);
  const subvolumes = await page.evaluate(() => canopy.subvolumes());
  const nameOf = (id) => subvolumes.find((one) => one.id === id).path;
  await pressRow(page, 'subvolumes', String(job.request.subvolume));
  await choose(page, 'send.parent', nameOf(job.request.parent));
  await press(page, 'send.start');
  const status = await waitForSend(page);
  assert.equal(status.State, 'Done', status.Problem);
  assert.equal(status.Bytes, String(job.bytes));
  assert.equal(status['SHA-256'], job.sha256);
  const saved = await download(page, 'send.download');
  assert.equal(saved.name, status.File);
  assert.match(saved.name, /-from-.*\.btrfs-stream$/);
  assert.equal(saved.bytes.length, job.bytes);
  assert.equal(sha256(saved.bytes), job.sha256);
  assert.deepEqual(errors, []);
});

test('all devices of a filesystem are dropped together, in any order', async (t) => {
  const { images, jobs } = await recordedCase(t, 'raid10-1');
  const { page, errors } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  await dropFiles(page, [...images].reverse());
  await waitForImage(page);
  const job = jobs.find(({ request, errno }) => !errno && !request.parent && request.proto === 2
    && request.compressedData && request.cloneSources.length === 0);
  await pressRow(page, 'subvolumes', String(job.request.subvolume));
  await choose(page, 'send.parent', 'none');
  await choose(page, 'send.protocol', '2, from Linux 6.0 on');
  await press(page, 'send.compressed');
  await press(page, 'send.start');
  const status = await waitForSend(page);
  assert.equal(status.State, 'Done', status.Problem);
  const saved = await download(page, 'send.download');
  assert.equal(sha256(saved.bytes), job.sha256);
  assert.deepEqual(errors, []);
});

test('an image that is dropped takes the place of the open one, after a question where something is lost', async (t) => {
  const [first, second] = [await recordedCase(t, 'data-2'), await recordedCase(t, 'xattrs-2')];
  const { page } = await openPage(t);
  const { summary } = await openByScript(page, first.images);
  const uuid = async () => (await listOf(page, 'filesystem')).UUID;
  const untilOther = (before) => page.waitForFunction((known) => {
    const shown = document.querySelector('#mirror [data-name="filesystem"]');
    return shown && !shown.textContent.includes(known);
  }, before);
  await waitForImage(page);
  assert.equal(await uuid(), summary.uuid);
  await dropFiles(page, second.images);
  await untilOther(summary.uuid);
  const other = await uuid();
  await page.evaluate(() => canopy.balance().done);
  await dropFiles(page, first.images);
  await named(page, 'replace.keep').waitFor({ state: 'attached' });
  assert.match(await textOf(page, 'replace.question'), /What a balance has changed and was not saved is gone/);
  await press(page, 'replace.keep');
  assert.equal(await uuid(), other);
  await dropFiles(page, first.images);
  await press(page, 'replace.open');
  await untilOther(other);
  assert.equal(await uuid(), summary.uuid);
});

test('window.canopy gives the streams of the kernel for jobs of every kind', async (t) => {
  const { page, errors } = await openPage(t);
  let compared = 0;
  for (const name of ['clones-2', 'compressed-zstd-2', 'compressed-lzo-2', 'compressed-zlib-1', 'data-2',
    'nodesize-64k-1', 'noholes-off-2', 'orphans-2', 'raid6-1', 'renames-2', 'rwflip-2', 'csum-blake2-2']) {
    const { images, jobs } = await recordedCase(t, name);
    const { summary, problem } = await openByScript(page, images);
    assert.ok(summary, `${name}: ${problem}`);
    for (const job of sample(jobs, 6)) {
      const sent = await sendByScript(page, job.request);
      assert.deepEqual({ bytes: sent.bytes, size: sent.size, sha256: sent.sha256 },
        { bytes: job.bytes, size: job.bytes, sha256: job.sha256 },
        `${name} ${job.id} (${job.why}): ${sent.problem ?? ''}`);
      compared += 1;
    }
    for (const job of jobs.filter(({ errno }) => errno).slice(0, 2)) {
      const { problem: refusal } = await sendByScript(page, job.request);
      assert.match(refusal ?? 'sent', new RegExp(job.errno), `${name} ${job.id} (${job.why})`);
    }
  }
  assert.ok(compared >= 60, `only ${compared} streams were compared`);
  assert.deepEqual(errors, []);
});
