// What a frame of the trees canvas costs the page while an image with many tree blocks is panned and
// zoomed in Chromium:
//
//   node tests/bench/canvas.mjs [IMAGE]
//
// Without an image the kernel makes one, which needs root: 140,000 small files in tree blocks of 4 KiB,
// snapshotted twice. Printed are, for panning and for zooming, the time of our own code in each frame
// on the processor (layout, ImGui, mirror, calls of WebGL; what the software renderer does is in
// another process) and how long frames took, how many of them took longer than 50 ms of the
// processor's time, calls of WebGL that draw, and memory. --keep IMAGE keeps the image that was made.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

import { scriptFiles } from '../../web/tests/driver.mjs';
import { openPage } from '../../web/tests/harness.mjs';

const run = promisify(execFile);
const goal = { p95: 8, most: 50 };

async function makeImage(folder, files = 140000) {
  const image = path.join(folder, 'many.img');
  const mount = path.join(folder, 'mount');
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const handle = await open(image, 'w');
  await handle.truncate(4 * 2 ** 30);
  await handle.close();
  await mkdir(mount);
  await run('mkfs.btrfs', ['-q', '-n', '4096', '-m', 'single', image], { env });
  await run('mount', ['-o', 'loop,noatime', image, mount], { env });
  try {
    await run('btrfs', ['-q', 'subvolume', 'create', `${mount}/work`], { env });
    const bytes = Buffer.alloc(2000, 'some text ');
    for (let i = 0; i < files; i += 1) {
      const folderOfFile = `${mount}/work/d${Math.floor(i / 1000)}`;
      if (i % 1000 === 0) await mkdir(folderOfFile);
      await writeFile(`${folderOfFile}/f${i}`, bytes.subarray(0, 1500 + ((i * 37) % 500)));
    }
    await run('btrfs', ['-q', 'subvolume', 'snapshot', '-r', `${mount}/work`, `${mount}/a`], { env });
    for (let i = 0; i < files; i += 50) {
      await writeFile(`${mount}/work/d${Math.floor(i / 1000)}/f${i}`, bytes.subarray(0, 1400));
    }
    await run('btrfs', ['-q', 'subvolume', 'snapshot', '-r', `${mount}/work`, `${mount}/b`], { env });
  } finally {
    await run('umount', [mount], { env });
  }
  return image;
}

// In the page: counts what each frame draws, and how long it takes.
const watchFrames = () => {
  globalThis.draws = 0;
  for (const name of ['drawElements', 'drawArrays', 'drawArraysInstanced', 'drawElementsInstanced']) {
    const call = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function counted(...given) {
      globalThis.draws += 1;
      return call.apply(this, given);
    };
  }
  globalThis.frames = [];
  globalThis.watchProgram = () => {
    const { page } = canopy;
    const frame = page.frame.bind(page);
    page.frame = () => {
      globalThis.draws = 0;
      const start = performance.now();
      frame();
      globalThis.frames.push([performance.now() - start, globalThis.draws]);
    };
  };
};

// Gives { times, walls, draws } of the frames in which `act` is done: the time on the processor of the
// page's own thread, the time that passed, and calls that draw.
async function measure(page, act) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const complete = new Promise((done) => { session.on('Tracing.tracingComplete', done); });
  await page.evaluate(() => globalThis.frames.splice(0));
  await session.send('Tracing.start', { categories: 'devtools.timeline', transferMode: 'ReportEvents' });
  await act();
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  const frames = await page.evaluate(() => globalThis.frames.splice(0));
  return {
    times: events.filter(({ name, ph }) => name === 'FireAnimationFrame' && ph === 'X')
      .map(({ tdur }) => tdur / 1000),
    walls: frames.map(([wall]) => wall),
    draws: frames.map(([, draws]) => draws),
  };
}

function tell(what, { times, walls, draws }) {
  const part = (of, at) => {
    const sorted = [...of].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0;
  };
  const spread = (of) => [0.5, 0.95, 1].map((at) => part(of, at).toFixed(1).padStart(6)).join(' ');
  const result = { what, p95: part(times, 0.95), most: part(times, 1) };
  console.log(`${what.padEnd(20)} ${String(times.length).padStart(4)} frames; p50, p95 and most: processor `
    + `${spread(times)} ms, passed ${spread(walls)} ms; ${times.filter((time) => time > goal.most).length} over `
    + `${goal.most} ms; at most ${Math.max(0, ...draws)} draw calls`);
  return result;
}

async function main() {
  const args = process.argv.slice(2);
  const keep = args[0] === '--keep' ? args[1] : null;
  const ends = [];
  const t = { after: (end) => ends.unshift(end) };
  let image = keep ? undefined : args[0];
  if (image === undefined) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'canopy-canvas-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    image = await makeImage(folder);
    if (keep) {
      await rename(image, keep);
      image = keep;
    }
  }
  const size = { width: 1920, height: 1080 };
  const { page, errors, screenshot } = await openPage(t, { size, script: watchFrames });
  await page.evaluate(() => canopy.ready);
  const before = await page.evaluate(() => canopy.memory);
  const input = await scriptFiles(page, [image]);
  const opening = Date.now();
  const summary = await page.evaluate((given) => canopy.open([...given.files]), input);
  console.log(`opened in ${Date.now() - opening} ms`);
  await page.evaluate(() => globalThis.watchProgram());
  await page.waitForTimeout(3000);
  const results = [];
  const [x, y] = [900, 300];
  const wheel = async (count, delta, pause) => {
    for (let i = 0; i < count; i += 1) {
      await page.mouse.wheel(0, delta);
      await page.waitForTimeout(pause);
    }
  };
  await page.mouse.move(x, y);
  for (const [what, delta] of [['zooming in', -120], ['zooming out', 120]]) {
    results.push(tell(what, await measure(page, () => wheel(50, delta, 40))));
    await screenshot(`bench-${what.replace(' ', '-')}`);
  }
  // At three depths: the forest, a tree, leaves.
  for (const depth of [4, 14, 26]) {
    await page.mouse.move(x, y);
    await wheel(depth, -120, 10);
    await page.waitForTimeout(1500);
    await page.mouse.down();
    results.push(tell(`panning at depth ${depth}`, await measure(page, async () => {
      for (let i = 0; i < 60; i += 1) {
        await page.mouse.move(x + Math.round(300 * Math.sin(i / 8)), y);
        await page.waitForTimeout(25);
      }
    })));
    await page.mouse.up();
    await wheel(depth, 120, 10);
    await page.waitForTimeout(800);
  }
  const memory = await page.evaluate(() => canopy.memory);
  const MiB = 2 ** 20;
  console.log(`memory of the program: ${Math.round(before / MiB)} MiB before, ${Math.round(memory / MiB)} MiB after`);
  console.log(`trees: ${JSON.stringify(summary?.label ?? '')}, generation ${summary?.generation}`);
  if (errors.length > 0) console.log(errors);
  for (const end of ends) await end();
  const missed = results.filter((result) => result.p95 > goal.p95 || result.most > goal.most);
  if (missed.length > 0) console.log(`below the goal: ${missed.map(({ what }) => what).join(', ')}`);
}

await main();
