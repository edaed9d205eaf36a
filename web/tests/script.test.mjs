import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { openPage } from './harness.mjs';

// An input of its own, through which a test hands files of this machine to window.canopy.
async function giveFiles(page, files) {
  const input = await page.evaluateHandle(() => {
    const made = document.createElement('input');
    made.type = 'file';
    made.multiple = true;
    document.body.append(made);
    return made;
  });
  await input.setInputFiles(files);
  return input;
}

const openFiles = (page, input) => page.evaluate(async (given) => {
  await canopy.ready;
  return canopy.open([...given.files]).then((summary) => ({ summary }), (error) => ({ problem: error.message }));
}, input);

async function openSample(page) {
  await page.evaluate(() => canopy.ready);
  await page.getByRole('button', { name: 'Try the sample' }).waitFor({ state: 'attached' });
  const box = await page.getByRole('button', { name: 'Try the sample' }).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForTimeout(80);
  await page.mouse.down();
  await page.waitForTimeout(80);
  await page.mouse.up();
  await page.locator('table[data-name="subvolumes"]').waitFor({ state: 'attached', timeout: 30000 });
}

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

test('what cannot be done is refused with a message to act on', async (t) => {
  const { page } = await openPage(t);
  await openSample(page);
  const problems = await page.evaluate(async () => {
    const problem = (promise) => promise.then(() => '', (error) => error.message);
    return {
      writable: await problem(canopy.send({ subvolume: 'home' }).done),
      unknown: await problem(canopy.send({ subvolume: 'nothing/here' }).done),
      balance: await problem(canopy.balance()),
      image: await problem(canopy.image()),
    };
  });
  assert.match(problems.writable, /read-only|EPERM/);
  assert.match(problems.unknown, /nothing\/here/);
  assert.match(problems.balance, /not there yet/);
  assert.match(problems.image, /not there yet/);
});

test('a file that is not Btrfs, or cut short, is refused with the reason', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canopy-files-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const other = path.join(folder, 'other.img');
  await writeFile(other, Buffer.alloc(1 << 20, 7));
  const short = path.join(folder, 'short.img');
  const file = await open(short, 'w');
  await file.truncate(1000);
  await file.close();
  const { page } = await openPage(t);
  for (const name of [other, short]) {
    const { problem } = await openFiles(page, await giveFiles(page, [name]));
    assert.ok(problem, `${name} was opened`);
    assert.match(problem, /Btrfs|superblock|ends at/i);
  }
});

test('an idle page draws no frames', async (t) => {
  const { page } = await openPage(t);
  await openSample(page);
  await page.waitForTimeout(1500);
  const before = await page.evaluate(() => canopy.frames);
  await page.waitForTimeout(1500);
  assert.equal(await page.evaluate(() => canopy.frames), before);
});
