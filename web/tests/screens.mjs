// Screenshots of every panel, to be looked at:
//
//   node web/tests/screens.mjs [laptop|desktop|dense|phone]...
//
// For each size, in dark and in light, build/browser/screens/SIZE-SCHEME-PANEL.png. Prints what the
// page reported as errors; its status is 1 if there was any.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import {
  choose, command, named, press, pressRow, settled, strike, waitForBalance, waitForImage, waitForSend,
} from './driver.mjs';
import { tap, tapRow } from './fingers.mjs';
import { openPage, results } from './harness.mjs';
import { sizes } from './sizes.mjs';

const request = { subvolume: 'snapshots/tuesday', parent: 'snapshots/monday' };

// Takes them all of one size and scheme. Panels are gone to with their keys, which are the same
// everywhere.
async function take(page, isPhone, shoot) {
  const go = async (name, key) => {
    await strike(page, key);
    await shoot(name);
  };
  const touchOr = (byFinger, byMouse) => (...given) => (isPhone ? byFinger : byMouse)(page, ...given);
  const [pressOn, pressOnRow] = [touchOr(tap, press), touchOr(tapRow, pressRow)];
  const searchFor = async (text) => {
    await strike(page, '/');
    await named(page, 'bar.search').waitFor({ state: 'attached' });
    await page.waitForTimeout(500);
    await strike(page, 'Control+a');
    await page.keyboard.type(text, { delay: 30 });
    await strike(page, 'Enter');
    if (isPhone) await named(page, 'bar.find_end').waitFor({ state: 'detached' });
    await page.waitForTimeout(500);
    await settled(page);
  };
  await page.evaluate(() => canopy.ready);
  await page.waitForTimeout(300);
  await shoot('start');
  await pressOn('start.sample');
  await waitForImage(page);
  await shoot('image');
  await pressOnRow('subvolumes', 'snapshots/tuesday');
  await strike(page, 'Alt+1');
  if (!isPhone) await choose(page, 'send.parent', 'snapshots/monday');
  await shoot('send-form');
  await pressOn('send.start');
  await waitForSend(page);
  await shoot('send-done');
  await go('commands', 'Alt+3');
  const [first] = await page.locator('#mirror [data-name="commands"] tbody tr').all();
  if (first) {
    await pressOnRow('commands', await first.locator('td').nth(1).textContent());
    await shoot('command-inspected');
  }
  await go('trees', '1');
  await searchFor('257 (256 INODE_ITEM 0)');
  await shoot('trees-item');
  await go('difference', '2');
  await go('groups', '3');
  await go('files', '4');
  await searchFor('snapshots/tuesday/notes');
  await shoot('files-folder');
  await searchFor('snapshots/tuesday/nothing');
  await shoot('not-found');
  await go('check', '5');
  await pressOn('check.start');
  await page.waitForFunction(() => (
    document.querySelector('#mirror [data-name="check.status"]')?.textContent.includes('StateDone')));
  await shoot('check-done');
  await go('space', '6');
  for (const part of ['Chunks', 'Subvolumes', 'Trees']) {
    await pressOn(`space.part.${part}`);
    if (part === 'Subvolumes') await pressOn('du.count');
    if (part === 'Trees') await pressOn('tree_stats.count');
    await shoot(`space-${part.toLowerCase()}`);
  }
  await strike(page, '5');
  if (isPhone) await tap(page, 'section.Inspector');
  await shoot('inspector');
  if (await named(page, 'inspector.card').count() > 0) {
    await pressOn('inspector.card');
    await shoot('inspector-card');
    await pressOn('inspector.card');
  }
  await go('log', 'Alt+5');
  await go('timeline-free', 'Alt+7');
  await go('types', 't');
  await strike(page, 'Escape');
  await go('palette', 'Control+k');
  await strike(page, 'Escape');
  await go('keys', 'Shift+?');
  await strike(page, 'Escape');

  await go('step-before', 'Alt+6');
  await page.evaluate(async (given) => {
    globalThis.run = await canopy.step(given);
    for (let i = 0; i < 60; i += 1) await globalThis.run.step('send');
    await globalThis.run.run({ until: 'held' });
  }, request);
  await go('step', 'Alt+6');
  await go('clones', '1');
  await go('groups-moving', '3');
  await page.evaluate(() => globalThis.run.run({ until: 'restart' }));
  await go('timeline', 'Alt+7');
  await go('transactions', 'Alt+8');
  await page.evaluate(() => globalThis.run.run({ until: 'end' }));
  await go('step-ended', 'Alt+6');
  await command(page, 'end the controlled run');

  await go('balance-form', 'Alt+2');
  await pressOn('balance.start');
  await waitForBalance(page);
  await go('balance-done', 'Alt+2');
  await go('chunks', 'Alt+4');
  await go('groups-balanced', '3');
  await strike(page, 'Control+k');
  await page.keyboard.type('take the tour', { delay: 30 });
  await settled(page);
  await strike(page, 'Enter');
  await page.waitForTimeout(500);
  await shoot('tour');
}

async function main() {
  const wanted = process.argv.slice(2);
  const folder = path.join(results, 'screens');
  await mkdir(folder, { recursive: true });
  let problems = 0;
  for (const [name, options] of Object.entries(sizes)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const colorScheme of ['dark', 'light']) {
      const ends = [];
      const { page, errors } = await openPage({ after: (end) => ends.unshift(end) }, {
        size: options.size, context: { ...options.context, colorScheme },
      });
      try {
        await take(page, name === 'phone', async (panel) => {
          await settled(page);
          await page.screenshot({ path: path.join(folder, `${name}-${colorScheme}-${panel}.png`) });
        });
      } catch (error) {
        errors.push(error.stack);
      }
      for (const error of errors) console.error(`${name}, ${colorScheme}: ${error}`);
      problems += errors.length;
      for (const end of ends) await end();
    }
  }
  process.exitCode = problems > 0 ? 1 : 0;
}

await main();
