// Opens images in the page, one after the other, and checks each there:
//
//   node web/tests/check-images.mjs IMAGE[,IMAGE...]...
//
// A word is one filesystem, its devices with commas between them. Prints a line for each: errors,
// warnings, subvolumes and the names, or why it could not be opened. The status is 1 if a
// filesystem was refused, had findings, or the page reported an error.
import process from 'node:process';

import { isThere, listOf, press, rowsOf, strike } from './driver.mjs';
import { openPage } from './harness.mjs';

const ends = [];
const { page, errors } = await openPage({ after: (end) => ends.unshift(end) });
const input = await page.evaluateHandle(() => {
  const made = document.createElement('input');
  made.type = 'file';
  made.multiple = true;
  document.body.append(made);
  return made;
});

async function check(names) {
  await input.setInputFiles(names);
  const subvolumes = await page.evaluate(async (given) => {
    await canopy.ready;
    await canopy.open([...given.files]);
    return canopy.subvolumes().length;
  }, input);
  await strike(page, '5');
  await press(page, 'check.start');
  await page.waitForFunction(() => (
    /State(Done|Failed)/.test(document.querySelector('#mirror [data-name="check.status"]')?.textContent)),
  null, { timeout: 300000 });
  const status = await listOf(page, 'check.status');
  const findings = (await isThere(page, 'check.findings')) ? await rowsOf(page, 'check.findings') : [];
  return { ...status, subvolumes, findings };
}

let bad = 0;
for (const word of process.argv.slice(2)) {
  try {
    const { State, Errors, Warnings, subvolumes, findings } = await check(word.split(','));
    console.log(`${State} ${Errors} ${Warnings} ${subvolumes} ${word}`);
    for (const finding of findings) console.log(`  ${finding.join(' | ')}`);
    if (State !== 'Done' || Errors !== '0' || Warnings !== '0') bad += 1;
  } catch (error) {
    console.log(`refused ${word}: ${error.message.split('\n')[0]}`);
    bad += 1;
  }
}
for (const error of errors) console.error(error);
for (const end of ends) await end();
process.exitCode = bad > 0 || errors.length > 0 ? 1 : 0;
