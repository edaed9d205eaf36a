// The cards of items: what a type is, how its bytes lie, and the way to a real one.
import assert from 'node:assert/strict';
import test from 'node:test';

import {
  isThere, listOf, named, openSample, press, pressRow, rowsOf, strike, textOf, typeInto, inspected, waitForImage,
} from './driver.mjs';
import { openPage } from './harness.mjs';

test('every type of item has a card with its layout, and one is found in the open image', async (t) => {
  const { page, errors, screenshot } = await openPage(t);
  await openSample(page);
  await strike(page, 't');
  await named(page, 'types.about').waitFor({ state: 'attached' });
  await pressRow(page, 'types.list', 'INODE_REF');
  const about = await listOf(page, 'types.about');
  assert.equal(about.Type, 'INODE_REF');
  const layout = await rowsOf(page, 'types.layout');
  assert.ok(layout.some(([offset, size, field]) => offset === '0' && size === '8' && field === 'index'), JSON.stringify(layout));
  await screenshot('item-types');
  await press(page, 'types.find');
  await inspected(page, 'INODE_REF');
  assert.equal(await isThere(page, 'types.about'), false);
  const first = (await listOf(page, 'inspector')).Key;
  // From there to the next one.
  await press(page, 'inspector.card');
  await press(page, 'inspector.find');
  await page.waitForFunction((before) => {
    const terms = [...document.querySelectorAll('#mirror [data-name="inspector"] dt')];
    const key = terms.find((term) => term.textContent === 'Key')?.nextElementSibling.textContent;
    return key?.includes('INODE_REF') && key !== before;
  }, first);
  await screenshot('item-card');
  assert.deepEqual(errors, []);
});

test('of a type that the image does not have the sheet says so', async (t) => {
  const { page } = await openPage(t);
  await openSample(page);
  await strike(page, 't');
  await pressRow(page, 'types.list', 'XATTR_ITEM');
  await pressRow(page, 'types.list', 'VERITY_DESC_ITEM');
  await press(page, 'types.find');
  await page.waitForFunction(() => (
    document.querySelector('#mirror [data-name="types.problem"]')?.textContent.includes('There is no VERITY_DESC_ITEM')));
  await strike(page, 'Escape');
  await named(page, 'types.about').waitFor({ state: 'detached' });
  assert.equal(await textOf(page, 'bar.where'), 'the sample');
});

test('what the inspector shows is copied as text, and its addresses lead on', async (t) => {
  const { page, context, errors } = await openPage(t);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openSample(page);
  await waitForImage(page);
  await typeInto(page, 'bar.search', '5 (256 INODE_ITEM 0)');
  await inspected(page, '(256 INODE_ITEM 0)');
  await press(page, 'inspector.copy');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^INODE_ITEM\n\(256 INODE_ITEM 0\)/);
  assert.match(copied, /\n {2}generation: \d+/);
  assert.deepEqual(errors, []);
});
