// Controlled running on the page: a send beside a balance, one thread at a time, by window.canopy, by
// clicking and with the keyboard alone.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { temporaryFolder } from './cases.mjs';
import {
  command, download, listOf, openSample, press, rowsOf, sendByScript, settled, strike,
} from './driver.mjs';
import { openPage } from './harness.mjs';

const run = promisify(execFile);
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const request = { subvolume: 'snapshots/tuesday', parent: 'snapshots/monday' };

// Waits until the panel says that everything stands, or has ended, after at least so many steps.
const stands = (page, state, steps = 0) => page.waitForFunction(([wanted, least]) => {
  const list = document.querySelector('#mirror [data-name="step.status"]');
  const values = {};
  for (const term of list?.querySelectorAll('dt') ?? []) {
    values[term.textContent] = term.nextElementSibling.textContent;
  }
  return values.State === wanted && Number(values.Steps) >= least;
}, [state, steps], { timeout: 60000 });

test('a controlled run by seed makes the stream that is made alone, and replays with the same trace', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  const alone = await sendByScript(page, request);
  const outcome = await page.evaluate(async (given) => {
    const first = await canopy.send({ ...given, whileBalancing: true, seed: 7, trace: true }).done;
    const again = await canopy.send({
      ...given, whileBalancing: true, schedule: first.schedule, trace: true,
    }).done;
    return { first, again, size: first.blob.size };
  }, request);
  const { first, again, size } = outcome;
  assert.equal(size, alone.size);
  assert.equal(first.state, 'ended');
  assert.equal(first.verdict, 'equal', first.problem);
  assert.equal(first.sha256, alone.sha256);
  assert.equal(first.aloneSha256, alone.sha256);
  assert.ok(first.commits > 0, 'no commits');
  assert.ok(first.restarts > 0, 'no restarts');
  assert.equal(first.transactions.length, first.commits);
  assert.equal(again.sha256, alone.sha256);
  assert.equal(again.schedule, first.schedule);
  assert.equal(again.trace, first.trace);
  const trace = JSON.parse(first.trace);
  const names = trace.traceEvents.filter(({ ph }) => ph === 'M').map(({ args }) => args.name);
  for (const name of ['send', 'send.reader', 'balance']) assert.ok(names.includes(name), name);
  assert.ok(trace.traceEvents.some(({ ph }) => ph === 's'), 'no arrow from a commit');
  // The image that is open has seen nothing of it.
  assert.equal((await sendByScript(page, request)).sha256, alone.sha256);
  assert.deepEqual(errors, []);
});

test('a schedule saved on the command line replays in the page, and the other way round', async (t) => {
  const folder = await temporaryFolder(t);
  const image = path.join(folder, 'sample.img');
  const saved = path.join(folder, 'native.schedule');
  await run('zstd', ['-q', '-d', path.join(checkout, 'assets/sample.img.zst'), '-o', image]);
  const canopy = path.join(checkout, 'build/native/canopy');
  const send = ['send', '-i', image, '-p', request.parent, '-f', '/dev/null', '--while-balancing',
    '--until-sent', '--batch-blocks', '4', '--pipe-size', '4096'];
  await run(canopy, [...send, '--seed', '5', '--save-schedule', saved, request.subvolume]);
  const native = await readFile(saved, 'utf8');

  const { page } = await openPage(t);
  await openSample(page);
  const outcome = await page.evaluate(async ([given, schedule]) => {
    const replayed = await canopy.send({ ...given, whileBalancing: true, schedule }).done;
    const seeded = await canopy.send({ ...given, whileBalancing: true, seed: 6 }).done;
    return { replayed, seeded };
  }, [request, native]);
  assert.equal(outcome.replayed.verdict, 'equal', outcome.replayed.stopped);
  assert.equal(outcome.replayed.schedule, native);

  const fromPage = path.join(folder, 'page.schedule');
  await writeFile(fromPage, outcome.seeded.schedule);
  await run(canopy, [...send, '--schedule', fromPage, request.subvolume]);
  const again = path.join(folder, 'again.schedule');
  await run(canopy, [...send, '--seed', '6', '--save-schedule', again, request.subvolume]);
  assert.equal(await readFile(again, 'utf8'), outcome.seeded.schedule);
});

test('without the leaf clone a schedule fails, and the page shows it; with it the same one does not', async (t) => {
  const { page, screenshot } = await openPage(t);
  await openSample(page);
  const failed = await page.evaluate(async (given) => {
    const stepped = await canopy.step({ ...given, without: 'leaf_clones' });
    for (let seed = 1; seed <= 60; seed += 1) {
      await stepped.rewind(0);
      const state = await stepped.run({ seed });
      if (state.verdict !== 'equal') return { ...state, seed, schedule: stepped.schedule };
    }
    return null;
  }, request);
  assert.ok(failed, 'no seed fails');
  assert.ok(['problem', 'different'].includes(failed.verdict), failed.verdict);
  await settled(page);
  const shown = await listOf(page, 'step.status');
  assert.equal(shown.Without, 'leaf_clones');
  assert.equal(shown.Stream, failed.verdict);
  assert.notEqual(shown.Problem, '');
  await screenshot('step-without-leaf-clones');
  const [replayed, guarded] = await page.evaluate(async ([given, schedule]) => {
    const stepped = await canopy.step(given);
    const first = await stepped.load(schedule);
    const second = await stepped.load(schedule.replace(/without .*\n/, ''));
    return [first, second.state === 'standing' ? await stepped.run() : second];
  }, [request, failed.schedule]);
  assert.equal(replayed.verdict, failed.verdict);
  assert.equal(replayed.problem, failed.problem);
  assert.equal(guarded.verdict, 'equal', guarded.problem);
});

test('a run is stepped, run to a restart, rewound and saved by clicking', async (t) => {
  const { page, errors, screenshot } = await openPage(t, { size: { width: 1280, height: 1100 } });
  await openSample(page);
  await press(page, 'jobs.Step');
  await press(page, 'step.start');
  await stands(page, 'Standing');
  await press(page, 'step.send');
  await stands(page, 'Standing', 1);
  assert.equal((await rowsOf(page, 'step.threads'))[0][0], 'send');
  await press(page, 'step.commit');
  await page.waitForFunction(() => (
    document.querySelector('#mirror [data-name="step.status"]').textContent.includes('has switched')));
  await press(page, 'step.held');
  await page.waitForFunction(() => (
    document.querySelector('#mirror [data-name="step.status"]').textContent.includes('that send keeps')));
  await press(page, 'step.restart');
  await page.waitForFunction(() => (
    document.querySelector('#mirror [data-name="step.status"]').textContent.includes('a restart')));
  const there = await listOf(page, 'step.status');
  assert.equal(there.State, 'Standing');
  assert.ok(Number(there.Restarts) >= 1);
  assert.ok((await rowsOf(page, 'timeline.restarts')).length >= 1);
  assert.deepEqual((await rowsOf(page, 'timeline')).map(([name]) => name).sort(),
    ['balance', 'send', 'send.reader']);
  await screenshot('stepping');
  await press(page, 'tables.Transactions');
  const commits = await rowsOf(page, 'transactions');
  assert.equal(commits.length, Number(there.Commits));
  assert.equal(commits[0][1], 'balance');
  await screenshot('transactions');

  const saved = await download(page, 'step.save');
  assert.equal(saved.name, 'canopy.schedule');
  assert.match(saved.bytes.toString(), /^canopy schedule 1\n/);
  await press(page, 'step.back');
  await page.waitForFunction((steps) => (
    document.querySelector('#mirror [data-name="step.status"]').textContent.includes(`Steps${steps}`)
  ), Number(there.Steps) - 1);
  await press(page, 'step.run');
  await stands(page, 'Ended');
  const ended = await listOf(page, 'step.status');
  assert.equal(ended.Stream, 'equal');
  assert.equal(ended['SHA-256'], ended['SHA-256 alone']);
  const stream = await download(page, 'step.download');
  assert.equal(createHash('sha256').update(stream.bytes).digest('hex'), ended['SHA-256']);
  assert.deepEqual(errors, []);
});

test('with the keyboard alone a run is begun, stepped and brought to its end', async (t) => {
  const { page, errors } = await openPage(t);
  await openSample(page);
  await command(page, 'step b beside');
  await stands(page, 'Standing');
  await strike(page, '[');
  await stands(page, 'Standing', 1);
  await strike(page, ']');
  await stands(page, 'Standing', 2);
  await command(page, 'next commit');
  await stands(page, 'Standing', 3);
  await strike(page, 'p');
  await stands(page, 'Ended');
  assert.equal((await listOf(page, 'step.status')).Stream, 'equal');
  const news = await page.locator('#news').textContent();
  assert.match(news, /ended after .* the one that is made alone/);
  assert.deepEqual(errors, []);
});
