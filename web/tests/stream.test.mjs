// A send stream that somebody drops on the page, or chooses: shown beside an image or alone, and
// where it is damaged.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

import { recordedCase, temporaryFolder } from './cases.mjs';
import {
  choose, chooseFiles, command, dropFiles, inspected, isThere, listOf, named, openByScript, openSample, press,
  pressRow, rowsOf, sendByScript, settled, strike, textOf,
} from './driver.mjs';
import { tap } from './fingers.mjs';
import { openPage } from './harness.mjs';

const run = promisify(execFile);
const canopy = fileURLToPath(new URL('../../build/native/canopy', import.meta.url));

// Streams of a recorded case, as files: a full one, and the incremental one behind it.
async function makeStreams(t) {
  const { images, jobs } = await recordedCase(t, 'links-1');
  const folder = await temporaryFolder(t);
  const incremental = jobs.find(({ request }) => request.parent && request.proto === 1);
  const send = async (name, subvolume, parent, proto) => {
    const file = path.join(folder, name);
    await run(canopy, ['send', ...images.flatMap((image) => ['-i', image]), '--proto', String(proto), '-f', file,
      ...(parent ? ['-p', `subvolid=${parent}`] : []), `subvolid=${subvolume}`]);
    return file;
  };
  const { parent, subvolume } = incremental.request;
  return {
    folder,
    images,
    full: await send('full.stream', parent, undefined, 2),
    incremental: await send('incremental.stream', subvolume, parent, 1),
  };
}

// { kind: count } as the command line counts them, and their offsets.
async function commandsOf(file) {
  const bytes = await readFile(file);
  const begins = [];
  for (let at = 17; at < bytes.length; at += 10 + bytes.readUInt32LE(at)) begins.push(at);
  return { bytes, begins };
}

async function damaged(folder, name, bytes, change) {
  const file = path.join(folder, name);
  const copy = Buffer.from(bytes);
  await writeFile(file, change(copy) ?? copy);
  return file;
}

const ended = /^(Whole|Damaged|Failed|Cancelled)/;

const waitForStream = async (page, name, state = ended) => {
  await page.waitForFunction(([file, wanted]) => {
    const text = document.querySelector('#mirror [data-name="stream.status"]')?.textContent ?? '';
    return text.startsWith(`File${file}`) && wanted.test(text.replace(/^.*?State/, ''));
  }, [name, state], { timeout: 20000 });
  await settled(page);
  return listOf(page, 'stream.status');
};
const waitForRows = (page) => page.locator('table[data-name="commands"] tbody tr').first()
  .waitFor({ state: 'attached' });

test('a stream that is dropped on the start page is shown, and closed again', async (t) => {
  const { full, folder } = await makeStreams(t);
  const { bytes, begins } = await commandsOf(full);
  const { page, errors, screenshot } = await openPage(t, { context: { colorScheme: 'dark' } });
  await page.evaluate(() => canopy.ready);
  await dropFiles(page, [full]);
  const status = await waitForStream(page, 'full.stream');
  assert.equal(status.State, 'Whole', status.Verdict);
  assert.equal(Number(status.Commands), begins.length);
  const facts = await listOf(page, 'stream.facts');
  assert.equal(facts.Version, '2');
  assert.equal(facts.Streams, '1');
  const made = await listOf(page, 'stream.made.0');
  assert.match(made.UUID, /^[0-9a-f-]{36}$/);
  assert.match(made.Kind, /Subvolume/);
  assert.equal(made['Parent UUID'], undefined);
  const counts = Object.fromEntries((await rowsOf(page, 'stream.counts'))
    .map(([kind, count]) => [kind, Number(count)]));
  assert.equal(Object.values(counts).reduce((sum, count) => sum + count), begins.length);
  assert.equal(counts.subvol, 1);
  assert.equal(counts.end, 1);
  await waitForRows(page);
  const rows = await rowsOf(page, 'commands');
  assert.deepEqual(rows[0].slice(0, 4), ['0', '17', String(bytes.readUInt32LE(17) + 10), 'subvol']);
  assert.equal(rows[0][4], made.Path);
  await screenshot('stream-alone');

  // The filter, and a command in the inspector.
  await choose(page, 'commands.kind', 'mkfile');
  await waitForRows(page);
  assert.ok((await rowsOf(page, 'commands')).every((row) => row[3] === 'mkfile'));
  assert.match(await textOf(page, 'commands.subject'), new RegExp(`^${counts.mkfile}\\scommands? of full.stream$`));
  const [number] = (await rowsOf(page, 'commands'))[0];
  await pressRow(page, 'commands', number);
  await inspected(page, `Command${number}`);
  await screenshot('stream-alone-command');
  await press(page, 'inspector.copy');

  await press(page, 'commands.close');
  await named(page, 'start.open').waitFor({ state: 'attached' });
  assert.ok(!await isThere(page, 'stream.status'));

  // Packed, chosen with the file dialog.
  const packed = path.join(folder, 'full.stream.gz');
  await writeFile(packed, zlib.gzipSync(bytes));
  await chooseFiles(page, [packed]);
  const again = await waitForStream(page, 'full.stream.gz');
  assert.equal(again.State, 'Whole', again.Verdict);
  assert.equal(Number(again.Bytes), bytes.length);
  assert.deepEqual(errors, []);
});

test('a stream is shown beside the image that is open, and beside a send', async (t) => {
  const { full, incremental, folder } = await makeStreams(t);
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  const { UUID: uuid } = await listOf(page, 'filesystem');
  const both = path.join(folder, 'both.stream');
  const first = await commandsOf(full);
  const second = await commandsOf(incremental);
  await writeFile(both, Buffer.concat([first.bytes, second.bytes]));
  await dropFiles(page, [both]);
  const status = await waitForStream(page, 'both.stream');
  assert.equal(status.State, 'Whole', status.Verdict);
  assert.equal((await listOf(page, 'filesystem')).UUID, uuid, 'the image stays open');
  assert.ok(!await isThere(page, 'replace.open'), 'nobody is asked');
  assert.equal((await listOf(page, 'stream.facts')).Streams, '2');
  const made = await listOf(page, 'stream.made.1');
  assert.equal(made['Parent UUID'], (await listOf(page, 'stream.made.0')).UUID);
  assert.equal(made.Version, '1');
  await waitForRows(page);
  assert.match(await textOf(page, 'commands.subject'), /both.stream$/);
  await screenshot('stream-beside');
  // The snapshot's command, which lies behind the header of the second stream.
  await choose(page, 'commands.kind', 'snapshot');
  await waitForRows(page);
  await pressRow(page, 'commands', String(first.begins.length));
  await inspected(page, `Command${first.begins.length}`);
  assert.match(await textOf(page, 'inspector'), new RegExp(`Offset${first.bytes.length + 17} `));
  assert.ok(!await isThere(page, 'inspector.reason'));
  await screenshot('stream-beside-command');

  // A send is newer; the stream can be gone back to.
  await sendByScript(page, { subvolume: 'snapshots/monday' });
  await settled(page);
  assert.match(await textOf(page, 'commands.subject'), /snapshots\/monday$/);
  assert.ok(!await isThere(page, 'commands.close'));
  await choose(page, 'commands.stream', 'both.stream');
  assert.match(await textOf(page, 'commands.subject'), /both.stream$/);
  await screenshot('stream-and-send');
  await press(page, 'commands.close');
  assert.match(await textOf(page, 'commands.subject'), /snapshots\/monday$/);
  assert.ok(!await isThere(page, 'stream.status'));
  assert.deepEqual(errors, []);
});

test('of a damaged stream the place and the reason are told, and all else is shown', async (t) => {
  const { full, folder } = await makeStreams(t);
  const { bytes, begins } = await commandsOf(full);
  const { page, errors, screenshot } = await openPage(t, { context: { colorScheme: 'light' } });
  await page.evaluate(() => canopy.ready);
  const at = 20;

  // One byte: its neighbours are as they should be.
  const crc = await damaged(folder, 'crc.stream', bytes, (copy) => { copy[begins[at] + 12] ^= 1; });
  await dropFiles(page, [crc]);
  let status = await waitForStream(page, 'crc.stream');
  assert.equal(status.State, 'Damaged');
  assert.equal(Number(status.Commands), begins.length);
  let rows = await rowsOf(page, 'stream.damages');
  assert.equal(rows.length, 1);
  assert.deepEqual(rows[0].slice(0, 2), [String(at), String(begins[at])]);
  assert.match(rows[0][2], /its CRC is [0-9a-f]{8} and says [0-9a-f]{8}/);
  await press(page, 'stream.damage.0');
  await inspected(page, `Command${at}`);
  await inspected(page, 'its CRC is');
  await screenshot('stream-damaged-light');

  // Cut off; the one before is not asked about.
  const cut = await damaged(folder, 'cut.stream', bytes, (copy) => copy.subarray(0, begins[at] + 5));
  await dropFiles(page, [cut]);
  status = await waitForStream(page, 'cut.stream');
  assert.equal(status.State, 'Damaged');
  assert.equal(Number(status.Commands), at);
  rows = await rowsOf(page, 'stream.damages');
  assert.deepEqual(rows[0].slice(0, 2), [String(at), String(begins[at])]);
  assert.match(rows[0][2], /breaks off/);
  await waitForRows(page);
  assert.equal((await rowsOf(page, 'commands'))[0][3], 'subvol');

  // Something follows it.
  const more = await damaged(folder, 'more.stream', bytes, (copy) => Buffer.concat([copy, Buffer.alloc(99, 'x')]));
  await dropFiles(page, [more]);
  status = await waitForStream(page, 'more.stream');
  assert.equal(status.State, 'Damaged');
  assert.equal(Number(status.Commands), begins.length);
  rows = await rowsOf(page, 'stream.damages');
  assert.equal(rows[0][1], String(bytes.length));
  assert.deepEqual(errors, []);
});

test('with the keyboard alone a stream is looked into and closed', async (t) => {
  const { full } = await makeStreams(t);
  const { page, errors } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  await settled(page);
  const chooser = page.waitForEvent('filechooser');
  await strike(page, 'Control+o');
  await (await chooser).setFiles([full]);
  await waitForStream(page, 'full.stream');
  await strike(page, 'Alt+3');
  await waitForRows(page);
  for (let i = 0; i < 6 && !(await textOf(page, 'inspector').catch(() => '')).includes('Command'); i++) {
    await strike(page, 'ArrowDown');
    await strike(page, 'Enter');
  }
  await inspected(page, 'Command');
  const { Command: chosen } = await listOf(page, 'inspector');
  assert.ok(Number(chosen) >= 0);
  for (let i = 0; i < 4; i++) await strike(page, 'F6');
  await command(page, 'Close the stream');
  await named(page, 'start.open').waitFor({ state: 'attached' });
  assert.deepEqual(errors, []);
});

test('a script is told what a stream holds, and the image stays open', async (t) => {
  const { full, incremental, images, folder } = await makeStreams(t);
  const { bytes, begins } = await commandsOf(incremental);
  const { page, errors } = await openPage(t);
  const { summary: image } = await openByScript(page, images);
  assert.equal(image.kind, 'image');
  const { summary } = await openByScript(page, [incremental]);
  assert.equal(summary.kind, 'stream');
  assert.equal(summary.name, 'incremental.stream');
  assert.equal(summary.whole, true);
  assert.equal(summary.bytes, bytes.length);
  assert.equal(summary.commands, begins.length);
  assert.equal(summary.commandsByKind.snapshot, 1);
  const [made] = summary.subvolumes;
  const known = image.subvolumes.find(({ path: name }) => name.endsWith(made.path));
  assert.equal(made.uuid, known.uuid);
  assert.ok(image.subvolumes.some(({ uuid }) => uuid === made.parentUuid));
  // The image can still be worked with.
  const sent = await sendByScript(page, { subvolume: known.id });
  assert.ok(sent.bytes > 0, sent.problem);

  const cut = await damaged(folder, 'cut.stream', bytes, (copy) => copy.subarray(0, begins[2] + 1));
  const { summary: broken } = await openByScript(page, [cut]);
  assert.equal(broken.whole, false);
  assert.equal(broken.commands, 2);
  assert.equal(broken.damages.length, 1);
  assert.equal(broken.damages[0].offset, begins[2]);
  // Streams are looked into one at a time, and are no devices.
  assert.match((await openByScript(page, [full, incremental])).problem, /is a send stream, not an image/);
  assert.deepEqual(errors, []);
});

// Each result has a number of its own, whatever was made before it.
test('a stream that is sent after a stream was opened is the one that was sent', async (t) => {
  const { full } = await makeStreams(t);
  const { page } = await openPage(t);
  await openSample(page);
  await dropFiles(page, [full]);
  await waitForStream(page, 'full.stream');
  const sent = await sendByScript(page, { subvolume: 'snapshots/monday' });
  assert.equal(sent.size, sent.bytes, sent.problem);
});

test('on a phone a stream is shown in three parts', async (t) => {
  const { full } = await makeStreams(t);
  const { page, errors, screenshot } = await openPage(t, {
    size: { width: 390, height: 844 },
    context: { hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  });
  await page.evaluate(() => canopy.ready);
  await openByScript(page, [full]);
  await waitForStream(page, 'full.stream');
  await screenshot('stream-phone');
  await tap(page, 'section.Tables');
  await waitForRows(page);
  await screenshot('stream-phone-commands');
  await tap(page, 'section.Inspector');
  await screenshot('stream-phone-inspector');
  await tap(page, 'section.Jobs');
  await tap(page, 'stream.close');
  await named(page, 'start.open').waitFor({ state: 'attached' });
  assert.deepEqual(errors, []);
});
