// Sends through the page in Chromium, for tests/bench/run --page:
//
//   node tests/bench/page.mjs IMAGE
//
// Opens the image in the built site, then reads jobs, one line of JSON each as canopy.send() takes
// them, and answers each with a line {seconds, bytes, sha256}: from the call until the
// stream lies in OPFS, or was made if it is not kept.
import { createInterface } from 'node:readline';

import { openPage } from '../../web/tests/harness.mjs';

const ends = [];
const { page } = await openPage({ after: (end) => ends.unshift(end) });
const input = await page.evaluateHandle(() => {
  const made = document.createElement('input');
  made.type = 'file';
  document.body.append(made);
  return made;
});
await input.setInputFiles(process.argv[2]);
await page.evaluate(async (given) => {
  await canopy.ready;
  await canopy.open([...given.files]);
}, input);
console.log(JSON.stringify({ ready: true }));

for await (const line of createInterface({ input: process.stdin })) {
  const result = await page.evaluate(async (options) => {
    const start = performance.now();
    const { bytes, sha256 } = await canopy.send(options).done;
    return { seconds: (performance.now() - start) / 1000, bytes, sha256 };
  }, JSON.parse(line));
  console.log(JSON.stringify(result));
}
for (const end of ends) await end();
