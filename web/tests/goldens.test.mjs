// How the page looks where that does not change from run to run: screenshots, made small, beside those
// kept in goldens/. After a change that was meant to be seen, look at build/browser/golden-*.webp and
//
//   CANOPY_GOLDENS=keep node --test web/tests/goldens.test.mjs
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import test from 'node:test';

import { command, openSample, settled, strike } from './driver.mjs';
import { openPage, results } from './harness.mjs';
import { sizes } from './sizes.mjs';

const folder = path.join(import.meta.dirname, 'goldens');
const keeps = process.env.CANOPY_GOLDENS === 'keep';
const extent = 256; // of the longer side
// Of 255, the mean over a tile: text that is drawn a little otherwise stays below, a part that is
// missing, empty or of another colour does not.
const mostOfTile = 8;

// Screens that hold no times, rates or other numbers of the run.
const screens = [
  ['trees', (page) => strike(page, 'f')],
  ['inspector', async (page) => {
    await command(page, 'show the superblock');
    await command(page, 'go to the inspector');
  }],
  ['difference', (page) => strike(page, '2')],
  ['groups', (page) => strike(page, '3')],
  ['files', (page) => strike(page, '4')],
  ['log', (page) => strike(page, 'Alt+5')],
  ['types', (page) => strike(page, 't')],
];

// The screenshot and the golden, if there is one, both that small: the first as WebP, and the
// largest difference of a tile of 16 by 16.
const compare = (page, shot, golden) => page.evaluate(async ([longer, ...images]) => {
  const canvases = await Promise.all(images.filter(Boolean).map(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = document.createElement('canvas');
    const scale = longer / Math.max(image.width, image.height);
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  }));
  const small = canvases[0].toDataURL('image/webp', 0.8).split(',')[1];
  if (canvases.length < 2) return { small };
  const [one, other] = canvases;
  if (one.width !== other.width || one.height !== other.height) return { small, worst: 255, where: 'its edges' };
  const tile = 16;
  let [worst, where] = [0, ''];
  for (let y = 0; y < one.height; y += tile) {
    for (let x = 0; x < one.width; x += tile) {
      const [a, b] = canvases.map((canvas) => canvas.getContext('2d').getImageData(x, y, tile, tile).data);
      const mean = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
      if (mean > worst) [worst, where] = [mean, `${x}, ${y}`];
    }
  }
  return { small, worst, where };
}, [extent, shot.toString('base64'), golden?.toString('base64')]);

for (const [size, colorScheme] of [['laptop', 'dark'], ['dense', 'light'], ['narrow', 'light']]) {
  test(`the page looks as it did (${size}, ${colorScheme})`, async (t) => {
    const { page, errors } = await openPage(t, {
      ...sizes[size], context: { ...sizes[size].context, colorScheme, timezoneId: 'UTC' },
    });
    await openSample(page);
    // Nothing is pointed at.
    await page.mouse.move(1, 1);
    await mkdir(results, { recursive: true });
    await mkdir(folder, { recursive: true });
    const wrong = [];
    for (const [name, go] of screens) {
      await go(page);
      await page.waitForTimeout(500);
      await settled(page);
      const file = `${name}-${size}.webp`;
      const golden = keeps ? null : await readFile(path.join(folder, file));
      const { small, worst, where } = await compare(page, await page.screenshot(), golden);
      await writeFile(path.join(keeps ? folder : results, keeps ? file : `golden-${file}`), Buffer.from(small, 'base64'));
      if (worst > mostOfTile) wrong.push(`${file}: off by ${worst.toFixed(1)} at ${where}`);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(errors, []);
  });
}
