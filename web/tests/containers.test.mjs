// What people have is seldom the bare image: compressed, whole disks, disks of virtual machines.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

import { recordedCase, temporaryFolder } from './cases.mjs';
import {
  dropFiles, isThere, listOf, openByScript, openSample, press, sendByScript, waitForImage,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const run = promisify(execFile);
const checkout = fileURLToPath(new URL('../..', import.meta.url));

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

// A GPT disk with the images as partitions, a MiB in front of each.
async function makeDisk(to, images) {
  const MiB = 2 ** 20;
  const disk = await open(to, 'w');
  const entries = Buffer.alloc(128 * 128);
  let at = MiB;
  for (const [i, image] of images.entries()) {
    const bytes = await readFile(image);
    await disk.write(bytes, 0, bytes.length, at);
    const entry = entries.subarray(128 * i, 128 * (i + 1));
    Buffer.from('0fc63daf848347728e793d69d8477de4', 'hex').copy(entry);
    entry.writeUInt8(i + 1, 16);
    entry.writeBigUInt64LE(BigInt(at / 512), 32);
    entry.writeBigUInt64LE(BigInt((at + bytes.length) / 512 - 1), 40);
    Buffer.from(`part ${i + 1}`, 'utf16le').copy(entry, 56);
    at += Math.ceil(bytes.length / MiB) * MiB;
  }
  const size = at + MiB;
  const header = Buffer.alloc(92);
  header.write('EFI PART', 'latin1');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(BigInt(size / 512 - 1), 32);
  header.writeBigUInt64LE(34n, 40);
  header.writeBigUInt64LE(BigInt(size / 512 - 34), 48);
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(entries), 88);
  header.writeUInt32LE(crc32(header), 16);
  const mbr = Buffer.alloc(512);
  mbr.set([0xee], 446 + 4);
  mbr.writeUInt32LE(1, 446 + 8);
  mbr.writeUInt32LE(0xffffffff, 446 + 12);
  mbr.set([0x55, 0xaa], 510);
  await disk.write(mbr, 0, 512, 0);
  await disk.write(header, 0, 92, 512);
  await disk.write(entries, 0, entries.length, 1024);
  await disk.truncate(size);
  await disk.close();
}

// In the seekable format of zstd: frames, and a table of their sizes.
async function packSeekable(image, folder) {
  const bytes = await readFile(image);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 8 * 2 ** 20) {
    pieces.push(path.join(folder, `piece-${pieces.length}`));
    await writeFile(pieces.at(-1), bytes.subarray(at, at + 8 * 2 ** 20));
  }
  await run('zstd', ['-q', '-1', ...pieces]);
  const frames = await Promise.all(pieces.map((piece) => readFile(`${piece}.zst`)));
  const words = frames.flatMap((frame, i) => (
    [frame.length, Math.min(8 * 2 ** 20, bytes.length - i * 8 * 2 ** 20)]));
  const table = Buffer.from(new Uint32Array([0x184d2a5e, 4 * words.length + 9, ...words, frames.length]).buffer);
  const end = Buffer.from([0, 0xb1, 0xea, 0x92, 0x8f]);
  const packed = path.join(folder, 'seekable.zst');
  await writeFile(packed, Buffer.concat([...frames, table, end]));
  return packed;
}

test('packed images open and send what the bare one sends', async (t) => {
  const { images, jobs } = await recordedCase(t, 'data-2');
  const folder = await temporaryFolder(t);
  const [zst, gz, xz] = ['zst', 'gz', 'xz'].map((ending) => path.join(folder, `image.${ending}`));
  await run('zstd', ['-q', '-1', images[0], '-o', zst]);
  await run('sh', ['-c', 'xz -0 < "$0" > "$1"', images[0], xz]);
  await writeFile(gz, zlib.gzipSync(await readFile(images[0]), { level: 1 }));
  const { page, errors } = await openPage(t);
  const job = jobs.find(({ request, errno }) => !errno && request.parent && request.proto === 1);
  for (const file of [zst, gz, await packSeekable(images[0], folder), xz]) {
    const { summary, problem } = await openByScript(page, [file]);
    assert.ok(summary, problem);
    assert.equal(summary.wrapped, true);
    assert.equal((await sendByScript(page, job.request)).sha256, job.sha256);
  }
  // What is changed is saved whole: what lies in the packed file is no device.
  const sizes = await page.evaluate(async () => {
    await canopy.balance({ metadata: true }).done;
    return (await canopy.image()).map((file) => file.size);
  });
  assert.deepEqual(sizes, [(await stat(images[0])).size]);
  const cut = path.join(folder, 'cut.gz');
  await writeFile(cut, (await readFile(gz)).subarray(0, 100000));
  assert.match((await openByScript(page, [cut])).problem, /ends in the middle/);
  assert.deepEqual(errors, []);
});

test('of a disk with several filesystems a person chooses one', async (t) => {
  const [first, second] = [await recordedCase(t, 'basic-1'), await recordedCase(t, 'links-1')];
  const folder = await temporaryFolder(t);
  const disk = path.join(folder, 'disk.img');
  await makeDisk(disk, [first.images[0], second.images[0]]);
  const { page, errors, screenshot } = await openPage(t);
  // A script is told; so is it told where only one holds Btrfs.
  assert.match((await openByScript(page, [disk])).problem, /choose one of them: 1: /);
  await dropFiles(page, [disk]);
  await page.locator('#mirror [data-name="partition.question"]').waitFor({ state: 'attached' });
  await screenshot('partitions');
  await press(page, 'partition.cancel');
  await dropFiles(page, [disk]);
  await press(page, 'partition.2');
  await waitForImage(page);
  const { UUID: uuid } = await listOf(page, 'filesystem');
  const { summary } = await openByScript(page, second.images);
  assert.equal(uuid, summary.uuid);
  const single = path.join(folder, 'single.img');
  await makeDisk(single, [first.images[0]]);
  assert.ok((await openByScript(page, [single])).summary);
  assert.deepEqual(errors, []);
});

test('a disk of a virtual machine opens, and what is no image is named', async (t) => {
  const folder = await temporaryFolder(t);
  const { images } = await recordedCase(t, 'links-1');
  const { page } = await openPage(t);
  const stream = path.join(folder, 'a.stream');
  await writeFile(stream, Buffer.concat([Buffer.from('btrfs-stream\0\x01\0\0\0'), Buffer.alloc(100)]));
  assert.match((await openByScript(page, [stream, images[0]])).problem, /is a send stream, not an image/);
  for (const format of ['qcow2', 'vdi', 'vpc', 'vmdk']) {
    let made = true;
    const disk = path.join(folder, `disk.${format}`);
    await run('qemu-img', ['convert', '-O', format, images[0], disk]).catch(() => {
      made = false;
    });
    if (!made) {
      t.diagnostic('no qemu-img: no disk was made');
      return;
    }
    const { summary, problem } = await openByScript(page, [disk]);
    assert.ok(summary, `${format}: ${problem}`);
  }
});

test('the filesystem is opened as of another commit, or by another superblock', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  const generation = async () => (await listOf(page, 'filesystem')).Format;
  const before = await generation();
  await press(page, 'filesystem.commits');
  await page.locator('#mirror [data-name="commits.last"]').waitFor({ state: 'attached' });
  await screenshot('commits');
  const offered = await page.locator('#mirror button[data-name^="commits.backup."]').allTextContents();
  assert.ok(offered.length > 1);
  const [, current] = /Generation (\d+)/.exec(before);
  const earlier = offered.findIndex((label) => !label.includes(`generation ${current}`));
  const name = await page.locator('#mirror button[data-name^="commits.backup."]').nth(earlier)
    .getAttribute('data-name');
  await press(page, name);
  await page.waitForFunction((text) => (
    !document.querySelector('#mirror [data-name="filesystem"]').textContent.includes(text)), before);
  const { problem } = await page.evaluate(() => canopy.balance({ data: true }).done
    .then(() => ({}), (error) => ({ problem: error.message })));
  assert.match(problem, /earlier commit/);
  await press(page, 'filesystem.commits');
  await press(page, 'commits.super.1');
  await page.waitForFunction((text) => (
    document.querySelector('#mirror [data-name="filesystem"]').textContent.includes(text)), before);
  assert.equal(await isThere(page, 'commits.last'), false);
  assert.deepEqual(errors, []);
});

test('of a dump of btrfs-image all is there but data', async (t) => {
  const { images, jobs } = await recordedCase(t, 'basic-1');
  const dump = path.join(await temporaryFolder(t), 'image.dump');
  try {
    await run('btrfs-image', ['-c', '9', images[0], dump]);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    t.skip('no btrfs-image');
    return;
  }
  const { page, errors } = await openPage(t);
  const { summary, problem } = await openByScript(page, [dump]);
  assert.ok(summary, problem);
  const sendable = jobs.filter(({ errno }) => !errno);
  // btrfs-image clears what symbolic links say, so that the kernel's stream is not to be had.
  const { request } = sendable.find((job) => job.request.noData);
  const sources = request.cloneSources.flatMap((id) => ['-c', `subvolid=${id}`]);
  const parent = request.parent ? ['-p', `subvolid=${request.parent}`] : [];
  const { stdout } = await run(path.join(checkout, 'build/native/canopy'), ['send', '-i', dump, '--no-data',
    '--proto', request.proto, ...parent, ...sources, `subvolid=${request.subvolume}`],
  { encoding: 'buffer', maxBuffer: 2 ** 28 });
  assert.equal((await sendByScript(page, request)).sha256,
    createHash('sha256').update(stdout).digest('hex'));
  const withData = sendable.find(({ request }) => !request.noData);
  assert.match((await sendByScript(page, withData.request)).problem, /has no data.*--no-data/);
  const balanced = await page.evaluate(
    () => canopy.balance().done.then(() => 'done', (error) => error.message));
  assert.match(balanced, /cannot be changed/);
  assert.deepEqual(errors, []);
});
