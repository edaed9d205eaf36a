import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import { isThere, openSample, waitForSend } from './driver.mjs';
import { openPage } from './harness.mjs';

test('the sample opens with a click and a snapshot is sent, hashed and given as a Blob', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  const subvolumes = await page.evaluate(() => canopy.subvolumes());
  assert.deepEqual(subvolumes.filter((one) => one.readOnly).map((one) => one.path),
    ['snapshots/monday', 'snapshots/tuesday', 'snapshots/wednesday']);
  await screenshot('sample');

  const sent = await page.evaluate(async () => {
    const job = canopy.send({ subvolume: 'snapshots/tuesday', parent: 'snapshots/monday' });
    const { blob, bytes, commands, sha256 } = await job.done;
    const content = new Uint8Array(await blob.arrayBuffer());
    let text = '';
    for (const byte of content) text += String.fromCharCode(byte);
    return { size: blob.size, bytes, commands, sha256, state: job.progress.state, content: btoa(text) };
  });
  assert.equal(sent.state, 'done');
  assert.equal(sent.size, sent.bytes);
  const content = Buffer.from(sent.content, 'base64');
  assert.equal(content.subarray(0, 12).toString(), 'btrfs-stream');
  assert.equal(createHash('sha256').update(content).digest('hex'), sent.sha256);
  await page.locator('table[data-name="commands"] tbody tr').first().waitFor({ state: 'attached' });
  await screenshot('sent');
  assert.deepEqual(errors, []);
});

test('a snapshot is sent without a hash', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  const sent = await page.evaluate(async () => {
    const send = { subvolume: 'snapshots/tuesday', parent: 'snapshots/monday' };
    const hashed = await canopy.send(send).done;
    const bare = await canopy.send({ ...send, sha256: false }).done;
    return { bytes: [hashed.bytes, bare.bytes, bare.blob.size], sha256: bare.sha256 };
  });
  assert.equal(sent.bytes[1], sent.bytes[0]);
  assert.equal(sent.bytes[2], sent.bytes[0]);
  assert.equal(sent.sha256, undefined);
  assert.deepEqual(errors, []);
});

test('a snapshot that is not kept is measured and hashed all the same', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  const sent = await page.evaluate(async () => {
    const send = { subvolume: 'snapshots/tuesday' };
    const kept = await canopy.send(send).done;
    const measured = await canopy.send({ ...send, keep: false }).done;
    return { kept: { ...kept, blob: kept.blob.size }, measured };
  });
  assert.equal(sent.kept.blob, sent.kept.bytes);
  assert.deepEqual(sent.measured, { ...sent.kept, blob: null });
  assert.equal((await waitForSend(page)).State, 'Done');
  assert.ok(!await isThere(page, 'send.download'));
  assert.deepEqual(errors, []);
});

test('an idle page draws no frames', async (t) => {
  const { page } = await openPage(t);
  await openSample(page);
  await page.waitForTimeout(1500);
  const before = await page.evaluate(() => canopy.frames);
  await page.waitForTimeout(1500);
  assert.equal(await page.evaluate(() => canopy.frames), before);
});
