// Balance on the page: by clicking and by window.canopy; the changed image, saved and opened again,
// is the same filesystem in other places.
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';

import { recordedCase, recordedImage, temporaryFolder } from './cases.mjs';
import {
  chooseFiles, dropFiles, isThere, openByScript, openSample, press, rowsOf, sendByScript, textOf,
  waitForBalance, waitForImage,
} from './driver.mjs';
import { openPage } from './harness.mjs';

// The save picker shows no dialog here; without it, files go among the downloads.
const withoutPicker = () => {
  delete globalThis.showSaveFilePicker;
};

test('a balance is planned, run and saved by clicking; the saved image sends the same streams', async (t) => {
  const { images, jobs } = await recordedCase(t, 'data-2');
  const { page, errors, screenshot } = await openPage(t, { script: withoutPicker });
  await page.evaluate(() => canopy.ready);
  await chooseFiles(page, images);
  await waitForImage(page);
  const addressesBefore = (await rowsOf(page, 'trees')).length;
  await press(page, 'jobs.Balance');
  await press(page, 'balance.dry_run');
  const planned = await waitForBalance(page);
  assert.equal(planned.State, 'Done', planned.Problem);
  const wouldMove = await rowsOf(page, 'chunks');
  assert.equal(wouldMove.length, Number(planned['Would move']));
  assert.ok(wouldMove.every((row) => row[4] === 'would move'));

  await press(page, 'balance.start');
  const status = await waitForBalance(page);
  assert.equal(status.State, 'Done', status.Problem);
  assert.match(status.Moved, new RegExp(`^${wouldMove.length} of ${wouldMove.length} chunk`));
  assert.ok((await rowsOf(page, 'chunks')).every((row) => row[4] === 'moved'));
  await screenshot('balanced');
  assert.equal((await rowsOf(page, 'trees')).length, addressesBefore);

  const saved = page.waitForEvent('download');
  await press(page, 'balance.save');
  const file = await saved;
  assert.equal(file.suggestedFilename(), 'image-balanced.img');
  const again = path.join(await temporaryFolder(t), 'again.img');
  await copyFile(await file.path(), again);
  const second = await openPage(t);
  const { summary, problem } = await openByScript(second.page, [again]);
  assert.ok(summary, problem);
  for (const job of jobs.filter(({ errno }) => !errno).slice(-4)) {
    const sent = await sendByScript(second.page, job.request);
    assert.equal(sent.sha256, job.sha256, `${job.id} (${job.why}): ${sent.problem ?? ''}`);
  }
  assert.deepEqual(errors, []);
});

test('a dry run says which room there is, and that the kernel has paused a balance', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  await chooseFiles(page, [await recordedImage(t, 'paused')]);
  await waitForImage(page);
  await press(page, 'jobs.Balance');
  assert.ok(!await isThere(page, 'balance.warning'));
  await press(page, 'balance.dry_run');
  const planned = await waitForBalance(page);
  assert.equal(planned.State, 'Done', planned.Problem);
  assert.match(planned['Room for DATA|single'],
    /^240 MiB to move; 0 B free in chunks that stay, at least 251 MiB in new ones: enough$/);
  assert.match(planned['Room for METADATA|DUP'], /: enough$/);
  assert.match(await textOf(page, 'balance.warning'), /the next mount for writing goes on with it/);
  await screenshot('dry-run');

  const { rooms, warning } = await page.evaluate(
    () => canopy.balance({ data: { convert: 'dup' }, dryRun: true }).done);
  assert.equal(rooms.length, 1);
  assert.equal(rooms[0].kind, 'DATA|DUP');
  assert.equal(rooms[0].toMove, 240 * 2 ** 20);
  assert.match(rooms[0].verdict, /^enough for one chunk after another/);
  assert.match(warning, /paused/);
  assert.deepEqual(errors, []);
});

test('window.canopy balances all devices of a filesystem and gives them as files', async (t) => {
  const { images, jobs } = await recordedCase(t, 'raid1-1');
  const { page, errors } = await openPage(t);
  await openByScript(page, images);
  const outcome = await page.evaluate(async () => {
    const job = canopy.balance({ data: true, metadata: 'usage=100', system: {} });
    const { relocated, expected, noSpace, commits, chunks } = await job.done;
    globalThis.changed = await canopy.image();
    const summary = await canopy.open(globalThis.changed);
    return {
      relocated, expected, noSpace, commits, chunks, state: job.progress.state, summary,
      sizes: globalThis.changed.map((file) => file.size),
    };
  });
  assert.ok(outcome.expected >= 3, `only ${outcome.expected} chunks`);
  assert.equal(outcome.relocated, outcome.expected);
  assert.equal(outcome.noSpace, 0);
  assert.ok(outcome.commits >= outcome.relocated);
  assert.ok(outcome.chunks.every(({ verdict }) => verdict === 'relocated'));
  assert.deepEqual(outcome.sizes, [2 ** 28, 2 ** 28]);
  const job = jobs.find(({ request, errno }) => !errno && request.parent && request.proto === 2);
  const sent = await sendByScript(page, job.request);
  assert.equal(sent.sha256, job.sha256, sent.problem);
  assert.deepEqual(errors, []);
});

test('a balance is refused with the reason, and one that is cancelled leaves a filesystem', async (t) => {
  const { page } = await openPage(t);
  await openSample(page);
  const before = await sendByScript(page, { subvolume: 'snapshots/wednesday' });
  const outcome = await page.evaluate(async () => {
    const problem = (promise) => promise.then(() => 'done', (error) => error.message);
    const wrong = await problem(canopy.balance({ data: 'usage=lots' }).done);
    const devices = await problem(canopy.balance({ metadata: { convert: 'raid1c4' } }).done);
    const job = canopy.balance();
    job.pause();
    const second = await problem(canopy.balance().done);
    job.cancel();
    return { wrong, devices, second, cancelled: await problem(job.done) };
  });
  assert.match(outcome.wrong, /data filters.*lots/);
  assert.match(outcome.devices, /EINVAL/);
  assert.match(outcome.second, /running already/);
  assert.match(outcome.cancelled, /cancelled/);
  const after = await sendByScript(page, { subvolume: 'snapshots/wednesday' });
  assert.equal(after.sha256, before.sha256, after.problem);
});

test('the sample is balanced, saved whole, and opens as what it was', async (t) => {
  const { page } = await openPage(t, { script: withoutPicker });
  await openSample(page);
  const before = await sendByScript(page, { subvolume: 'snapshots/tuesday', parent: 'snapshots/monday' });
  await page.evaluate(async () => {
    await canopy.balance().done;
  });
  await press(page, 'jobs.Balance');
  const saved = page.waitForEvent('download');
  await press(page, 'balance.save');
  const image = path.join(await temporaryFolder(t), 'sample.img');
  await copyFile(await (await saved).path(), image);
  await dropFiles(page, [image]);
  await press(page, 'replace.open');
  await page.waitForFunction(() => /^Opened sample/.test(document.querySelector('#news').textContent));
  const after = await sendByScript(page, { subvolume: 'snapshots/tuesday', parent: 'snapshots/monday' });
  assert.equal(after.sha256, before.sha256, after.problem);
});

test('a send beside a balance gives the same stream, and both are counted', async (t) => {
  const { images, jobs } = await recordedCase(t, 'clones-2');
  const { page, errors } = await openPage(t);
  await openByScript(page, images);
  for (const job of jobs.filter(({ errno, request }) => !errno && request.parent).slice(0, 4)) {
    const sent = await page.evaluate(async (request) => {
      try {
        const { sha256, restarts, balance } = await canopy.send({ ...request, whileBalancing: true }).done;
        return { sha256, restarts, ...balance };
      } catch (error) {
        return { problem: error.message };
      }
    }, job.request);
    assert.equal(sent.sha256, job.sha256, `${job.id} (${job.why}): ${sent.problem ?? ''}`);
    assert.ok(sent.rounds >= 1);
    assert.ok(sent.commits >= sent.relocated);
    assert.equal(typeof sent.restarts, 'number');
  }
  assert.deepEqual(errors, []);
});
