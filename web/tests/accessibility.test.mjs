// axe-core over the DOM mirror and the shell: no violation that is serious or critical.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';

import { settled } from './driver.mjs';
import { openPage } from './harness.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

// What is wrong, as "rule: element" lines. The mirror is transparent over the canvas, which draws the text: contrast
// is the business of the canvas, and tests/ui measures that of the themes.
async function violations(page) {
  await page.addScriptTag({ path: axe });
  return page.evaluate(async () => {
    const { violations: found } = await globalThis.axe.run(document, { rules: { 'color-contrast': { enabled: false } } });
    return found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.slice(0, 5).map((node) => `${id}: ${node.html.slice(0, 200)}`));
  });
}

test('axe finds nothing serious on the start page and in any view of an open image', async (t) => {
  const { page } = await openPage(t);
  await page.evaluate(() => canopy.ready);
  await settled(page);
  assert.deepEqual(await violations(page), []);
  await page.evaluate(() => canopy.page.openSample());
  await settled(page);
  for (const key of ['1', '2', '3', '4', '5']) {
    await page.keyboard.press(key);
    await settled(page);
    assert.deepEqual(await violations(page), [], `view ${key}`);
  }
});

test('axe finds nothing serious in a finished send', async (t) => {
  const { page } = await openPage(t);
  await page.evaluate(async () => {
    await canopy.ready;
    await canopy.page.openSample();
    const snapshot = canopy.subvolumes().find((subvolume) => subvolume.readOnly);
    await canopy.send({ subvolume: snapshot.path }).done;
  });
  await settled(page);
  assert.deepEqual(await violations(page), []);
});

test('axe finds nothing serious where the page cannot run', async (t) => {
  const { page } = await openPage(t, { isolated: false });
  await page.locator('#shell[role="alert"]').waitFor();
  assert.deepEqual(await violations(page), []);
});
