// Filesystems that are not whole, or were not unmounted, as people bring them: devices are missing,
// copies are bad, the machine was running.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { recordedCase, temporaryFolder } from './cases.mjs';
import {
  dropFiles, isThere, named, openByScript, rowsOf, sendByScript, waitForImage,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const run = promisify(execFile);
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const MiB = 2 ** 20;

const full = ({ request, errno }) => !errno && !request.parent && request.proto === 1 && !request.noData;

// A quarter of each MiB of a device is overwritten, but for the superblocks.
async function damageDevice(image) {
  const { size } = await stat(image);
  const file = await open(image, 'r+');
  for (let at = MiB; at < size; at += MiB) {
    if (at !== 64 * MiB) await file.write(Buffer.alloc(MiB / 4, 0xee), 0, MiB / 4, at + MiB / 4);
  }
  await file.close();
}

for (const [name, missing] of [['raid1-1', 1], ['raid1c3-2', 2], ['raid10-1', 1], ['raid5-1', 1], ['raid6-1', 2]]) {
  test(`of ${name} without ${missing} of its devices the streams are the same`, async (t) => {
    const { images, jobs } = await recordedCase(t, name);
    const { page, errors } = await openPage(t);
    const { summary, problem } = await openByScript(page, images.slice(missing));
    assert.equal(problem, undefined);
    assert.match(summary.warnings.join(' '), /missing/);
    const job = jobs.find(full);
    const sent = await sendByScript(page, job.request);
    assert.equal(sent.sha256, job.sha256, sent.problem);
    // What is not there is no bad copy.
    assert.equal((await page.evaluate(() => canopy.repairs())).count, 0);
    const balance = await page.evaluate(() => canopy.balance({ metadata: true }).done.catch((error) => error.message));
    assert.match(String(balance), /missing/);
    assert.deepEqual(errors, []);
  });
}

test('bad copies are read around, counted and listed', async (t) => {
  const { images, jobs } = await recordedCase(t, 'raid1-1');
  await damageDevice(images[0]);
  const { page, screenshot, errors } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  await dropFiles(page, images);
  await waitForImage(page);
  const job = jobs.find(full);
  const sent = await sendByScript(page, job.request);
  assert.equal(sent.sha256, job.sha256, sent.problem);

  const { count, copies } = await page.evaluate(() => canopy.repairs());
  assert.ok(count > 0);
  for (const copy of copies) {
    assert.match(copy.reason, /checksum|start/);
    // Where it says there are bytes that this test has written.
    const image = await open(images[copy.device - 1]);
    const { buffer } = await image.read(Buffer.alloc(copy.bytes), 0, copy.bytes, copy.physical);
    await image.close();
    assert.ok(buffer.includes(Buffer.alloc(4096, 0xee)), JSON.stringify(copy));
  }
  await named(page, 'bad_copies').waitFor({ state: 'attached' });
  assert.equal((await rowsOf(page, 'bad_copies')).length, Math.min(copies.length, 50));
  assert.ok(await isThere(page, 'filesystem.bad_copies'));
  await screenshot('bad-copies');
  assert.deepEqual(errors, []);
});

// What the disk of a running machine holds: a log tree, and a subvolume of which a part is deleted. Only the
// kernel makes that: null where there is none to ask.
async function runningMachine(folder) {
  const asked = await run(path.join(checkout, 'tests/live/can-ask-kernel')).catch(() => null);
  if (asked === null) return null;
  const image = path.join(folder, 'disk.img');
  const taken = path.join(folder, 'taken.img');
  const mount = path.join(folder, 'mount');
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const file = await open(image, 'w');
  await file.truncate(256 * MiB);
  await file.close();
  await mkdir(mount);
  await run('mkfs.btrfs', ['-q', image], { env });
  await run('mount', ['-o', 'loop,commit=300', image, mount]);
  try {
    const work = path.join(mount, 'work');
    await run('btrfs', ['subvolume', 'create', work]);
    for (let i = 0; i < 500; i++) await writeFile(path.join(work, `file-${i}`), `content ${i}\n`.repeat(i));
    await run('btrfs', ['subvolume', 'snapshot', '-r', work, path.join(mount, 'snapshot')]);
    await run('btrfs', ['subvolume', 'snapshot', work, path.join(mount, 'deleted')]);
    await run('sync', ['-f', mount]);
    await run('btrfs', ['send', '-q', '-f', path.join(folder, 'stream'), path.join(mount, 'snapshot')]);
    await run('btrfs', ['subvolume', 'delete', '-c', path.join(mount, 'deleted')]);
    const logged = await open(path.join(work, 'logged'), 'w');
    await logged.writeFile('not committed, but in the log\n');
    await logged.sync();
    await logged.close();
    await copyFile(image, taken);
  } finally {
    await run('umount', [mount]);
  }
  return { image: taken, stream: await readFile(path.join(folder, 'stream')) };
}

test('the disk of a running machine is opened as of its last commit, and says that a log is there', async (t) => {
  const machine = await runningMachine(await temporaryFolder(t));
  if (machine === null) {
    t.skip('needs root and a kernel 6.18 with Btrfs');
    return;
  }
  const { page, errors } = await openPage(t);
  const { summary, problem } = await openByScript(page, [machine.image]);
  assert.equal(problem, undefined);
  assert.match(summary.warnings.join(' '), /log tree/);
  const sent = await sendByScript(page, { subvolume: 'snapshot' });
  assert.equal(sent.problem, undefined);
  assert.equal(sent.sha256, createHash('sha256').update(machine.stream).digest('hex'));
  const balance = await page.evaluate(() => canopy.balance({}).done.catch((error) => error.message));
  assert.match(String(balance), /log tree/);
  assert.deepEqual(errors, []);
});
