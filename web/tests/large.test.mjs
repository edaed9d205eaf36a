// An image far larger than what the page may hold in memory.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import test from 'node:test';
import { promisify } from 'node:util';

import { temporaryFolder } from './cases.mjs';
import { dropFiles, waitForImage } from './driver.mjs';
import { openPage } from './harness.mjs';

const run = promisify(execFile);
const MiB = 2 ** 20;

// 20 GiB, of which 192 MiB are a few large files and some small ones. Only the kernel makes
// snapshots: null where there is none to ask.
async function makeImage(folder) {
  if (process.getuid() !== 0) return null;
  const image = path.join(folder, 'large.img');
  const mount = path.join(folder, 'mount');
  const file = await open(image, 'w');
  await file.truncate(20 * 2 ** 30);
  await file.close();
  await mkdir(mount);
  await run('mkfs.btrfs', ['-q', image], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
  try {
    await run('mount', ['-o', 'loop', image, mount]);
  } catch {
    return null;
  }
  try {
    const work = path.join(mount, 'work');
    await run('btrfs', ['subvolume', 'create', work]);
    for (let i = 0; i < 3; i++) await writeFile(path.join(work, `large-${i}`), randomBytes(64 * MiB));
    for (let i = 0; i < 200; i++) await writeFile(path.join(work, `small-${i}`), randomBytes(1000 + i));
    await run('btrfs', ['subvolume', 'snapshot', '-r', work, path.join(mount, 'snapshot')]);
  } finally {
    await run('umount', [mount]);
  }
  return image;
}

test('of an image of 20 GiB the subvolumes are there at once, and sending takes no more memory', async (t) => {
  const image = await makeImage(await temporaryFolder(t));
  if (image === null) {
    t.skip('needs root and a kernel with Btrfs');
    return;
  }
  const { page, errors } = await openPage(t);
  await page.evaluate(() => {
    addEventListener('drop', () => {
      globalThis.dropped = performance.now();
    }, true);
    globalThis.shown = new Promise((done) => {
      new MutationObserver(() => {
        if (document.querySelector('#mirror [data-name="subvolumes"]')) done(performance.now());
      }).observe(document.getElementById('mirror'), { childList: true });
    });
    return canopy.ready;
  });
  await dropFiles(page, [image]);
  await waitForImage(page);
  const milliseconds = await page.evaluate(async () => (await globalThis.shown) - globalThis.dropped);
  t.diagnostic(`subvolumes ${Math.round(milliseconds)} ms after the drop`);
  // A second on an idle machine; tests run on busy ones.
  assert.ok(milliseconds < 4000, `it took ${milliseconds} ms`);

  const memory = await page.evaluate(async () => {
    const job = canopy.send({ subvolume: 'snapshot' });
    let early = 0;
    while (job.progress.state === 'starting' || job.progress.state === 'running') {
      if (early === 0 && job.progress.bytes > 40 * 2 ** 20) early = canopy.memory;
      await new Promise((done) => setTimeout(done, 20));
    }
    const { bytes, blob } = await job.done;
    return { early, late: canopy.memory, bytes, size: blob.size };
  });
  t.diagnostic(`${memory.late / MiB} MiB of memory after a stream of ${Math.round(memory.bytes / MiB)} MiB`);
  assert.ok(memory.bytes > 192 * MiB);
  assert.equal(memory.size, memory.bytes);
  assert.ok(memory.early > 0, 'the send was too fast to be looked at');
  assert.ok(memory.late - memory.early < 48 * MiB, `grew from ${memory.early} to ${memory.late}`);
  assert.ok(memory.late < 320 * MiB, `${memory.late} bytes`);
  assert.deepEqual(errors, []);
});
