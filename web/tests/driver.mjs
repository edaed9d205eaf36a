// What a person does on the page, and what they read there: input goes to the canvas as real mouse
// and keyboard events, and is read back from the DOM mirror.
import { readFile } from 'node:fs/promises';

// ImGui looks at the mouse once a frame: each step has to last for one.
const step = 70;

export const named = (page, name) => page.locator(`#mirror [data-name="${name}"]`);

// Waits until everything that came was drawn and no frame is wanted any more; a job that runs wants
// frames all along, so not for longer than two seconds.
export async function settled(page) {
  await page.waitForTimeout(step);
  await page.evaluate(async () => {
    const end = performance.now() + 2000;
    for (let quiet = 0; quiet < 2 && performance.now() < end;) {
      await new Promise((done) => { setTimeout(done, 20); });
      quiet = canopy.page?.frameWanted ? 0 : quiet + 1;
    }
  });
}

export async function click(page, x, y) {
  await page.mouse.move(x, y);
  await page.waitForTimeout(step);
  await page.mouse.down();
  await page.waitForTimeout(step);
  await page.mouse.up();
  await settled(page);
}

// Clicks a button of the canvas where the mirror says it is.
export async function press(page, name) {
  const button = named(page, name);
  await button.waitFor({ state: 'attached' });
  const box = await button.boundingBox();
  await click(page, box.x + box.width / 2, box.y + box.height / 2);
}

// Opens a combo box and clicks the choice with that text.
export async function choose(page, name, text) {
  await press(page, name);
  const choice = page.locator(`#mirror button[data-name^="${name}."]`, { hasText: text }).first();
  await choice.waitFor({ state: 'attached' });
  const box = await choice.boundingBox();
  await click(page, box.x + box.width / 2, box.y + box.height / 2);
}

export const isThere = async (page, name) => (await named(page, name).count()) > 0;

// The text of a part of the mirror.
export const textOf = (page, name) => named(page, name).textContent();

// A list of the mirror as an object.
export const listOf = (page, name) => named(page, name).evaluate((list) => {
  const values = {};
  for (const term of list.querySelectorAll('dt')) {
    values[term.textContent] = term.nextElementSibling.textContent;
  }
  return values;
});

// The rows of a table that are seen: each its cells.
export const rowsOf = (page, name) => named(page, name).evaluate((table) => (
  [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent))));

// The middle of the row of a table in which a cell has that text.
async function placeOfRow(page, name, text) {
  await named(page, name).waitFor({ state: 'attached' });
  const at = await named(page, name).evaluate((table, wanted) => {
    for (const row of table.tBodies[0].rows) {
      if ([...row.cells].some((cell) => cell.textContent === wanted)) return row.dataset.at;
    }
    return null;
  }, text);
  if (at === null) throw new Error(`the table ${name} has no row with ${text}`);
  const [x, y, width, height] = at.split(' ').map(Number);
  return [x + Math.min(width / 2, 60), y + height / 2];
}
// Clicks such a row, once or twice.
export async function pressRow(page, name, text) {
  await click(page, ...await placeOfRow(page, name, text));
}
export async function doublePressRow(page, name, text) {
  const place = await placeOfRow(page, name, text);
  await page.mouse.move(...place);
  await page.waitForTimeout(step);
  for (let i = 0; i < 2; i++) {
    await page.mouse.down();
    await page.waitForTimeout(step);
    await page.mouse.up();
    await page.waitForTimeout(step);
  }
  await settled(page);
}

// Waits until the inspector says that.
export const inspected = (page, text) => page.waitForFunction((wanted) => (
  document.querySelector('#mirror [data-name="inspector"]')?.textContent.includes(wanted)), text);

// A key. A frame has to pass between going down and up.
export async function strike(page, key) {
  await page.keyboard.press(key, { delay: 80 });
  await settled(page);
}
// Types into the command palette and takes what it finds.
export async function command(page, words) {
  await strike(page, 'Control+k');
  await named(page, 'palette.0').waitFor({ state: 'attached' });
  await page.keyboard.type(words, { delay: 40 });
  await settled(page);
  await strike(page, 'Enter');
}
// Puts text into a field, in the place of what is there, and finishes with Enter.
export async function typeInto(page, name, text) {
  await press(page, name);
  await strike(page, 'Control+a');
  await page.keyboard.type(text, { delay: 30 });
  await settled(page);
  await strike(page, 'Enter');
}

// Opens files with the file dialog of the browser.
export async function chooseFiles(page, files, button = 'start.open') {
  const chooser = page.waitForEvent('filechooser');
  await press(page, button);
  await (await chooser).setFiles(files);
}

// Drops files of this machine on the page, as a drag from a file manager does.
export async function dropFiles(page, files, { x = 640, y = 400 } = {}) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data });
    // The page has to say first that it takes the files.
    await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
  }
  await session.detach();
}

export const waitForImage = (page) => named(page, 'subvolumes').waitFor({ state: 'attached', timeout: 30000 });

export async function openSample(page) {
  await page.evaluate(() => canopy.ready);
  await press(page, 'start.sample');
  await waitForImage(page);
}

// What a list of the mirror says once its job has ended. `subject` is a part of what it is about, where
// an earlier job may still be shown.
async function waitForEnd(page, name, subject = '') {
  await page.waitForFunction(([list, wanted]) => {
    const status = document.querySelector(`#mirror [data-name="${list}"]`)?.textContent ?? '';
    return status.includes(wanted) && /StateDone|StateFailed|StateCancelled/.test(status);
  }, [name, subject], { timeout: 60000 });
  return listOf(page, name);
}
export const waitForSend = (page, subject) => waitForEnd(page, 'send.status', subject);
export const waitForBalance = (page) => waitForEnd(page, 'balance.status');

// Clicks and gives the bytes of the file that the browser saves, and its name.
export async function download(page, name) {
  const saved = page.waitForEvent('download');
  await press(page, name);
  const file = await saved;
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

// Gives files of this machine to window.canopy, which is given File objects by scripts.
export async function scriptFiles(page, files) {
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

// canopy.open(): { summary } or { problem }.
export async function openByScript(page, files) {
  const input = await scriptFiles(page, files);
  return page.evaluate(async (given) => {
    await canopy.ready;
    return canopy.open([...given.files])
      .then((summary) => ({ summary }), (error) => ({ problem: error.message }));
  }, input);
}

// canopy.send() to the end: { bytes, sha256, commands, size } or { problem }.
export const sendByScript = (page, request) => page.evaluate(async (given) => {
  try {
    const { blob, ...result } = await canopy.send(given).done;
    return { ...result, size: blob.size };
  } catch (error) {
    return { problem: error.message };
  }
}, request);
