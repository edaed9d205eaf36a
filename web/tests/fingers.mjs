// What fingers do on the page, as real touch events.
import { named, settled } from './driver.mjs';

// Touches at these points, and where they go from there, in steps that last for a frame each.
export async function touch(page, points, moves = []) {
  const session = await page.context().newCDPSession(page);
  const send = async (type, places) => {
    await session.send('Input.dispatchTouchEvent', {
      type, touchPoints: places.map(([x, y], id) => ({ x, y, id })),
    });
    await page.waitForTimeout(50);
  };
  await send('touchStart', points);
  for (const places of moves) await send('touchMove', places);
  await send('touchEnd', []);
  await session.detach();
  await settled(page);
}

async function placeOf(page, name) {
  await named(page, name).waitFor({ state: 'attached' });
  const box = await named(page, name).boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}
export const tap = async (page, name) => touch(page, [await placeOf(page, name)]);

export async function tapRow(page, name, text) {
  const row = await named(page, name).evaluate((table, wanted) => (
    [...table.tBodies[0].rows].find((found) => (
      [...found.cells].some((cell) => cell.textContent === wanted)))?.dataset.at), text);
  if (!row) throw new Error(`the table ${name} has no row with ${text}`);
  const [x, y, , height] = row.split(' ').map(Number);
  await touch(page, [[x + 40, y + height / 2]]);
}
