// What web/read-worker.js answers to who asks as src/device/browser_file.cpp does.
import assert from 'node:assert/strict';
import test from 'node:test';

import { openPage } from './harness.mjs';

// Runs in the page. A file of 2.5 MiB, and a ring with one request at a time in its first slot.
async function askWorker() {
  const { callAttention } = await import('./ring.js');
  const [WINDOW, PIECE] = [0, 1];
  const [base, answer, target] = [0, 2048, 65536];
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 32, shared: true });
  const words = new Int32Array(memory.buffer);
  const content = new Uint8Array(5 << 19).map((_, i) => (i * 2654435761) >>> 24);
  const folder = `test-${crypto.randomUUID()}`;
  const worker = new Worker('read-worker.js', { type: 'module' });
  worker.postMessage({ memory, base, folder });
  const tell = (message) => new Promise((done) => {
    worker.onmessage = done;
    callAttention(memory, base);
    worker.postMessage(message);
  });
  const ask = async (operation, offset, length) => {
    words[answer >> 2] = 0;
    words.set([operation, 1, length], (base + 64 + 4) >> 2);
    new Float64Array(memory.buffer, base + 64 + 16, 1)[0] = offset;
    words.set([target, answer], (base + 64 + 24) >> 2);
    Atomics.store(words, (base + 64) >> 2, 2);
    Atomics.add(words, base >> 2, 1);
    Atomics.notify(words, base >> 2);
    while (Atomics.load(words, answer >> 2) === 0) await new Promise((done) => setTimeout(done, 1));
    const moved = words[(answer >> 2) + 1];
    const bytes = new Uint8Array(memory.buffer, target, Math.max(moved, 0));
    const isRight = bytes.every((byte, i) => byte === content[offset + i]);
    return moved === length && isRight;
  };
  const keptBytes = async () => {
    const root = await navigator.storage.getDirectory();
    const own = await (await root.getDirectoryHandle('canopy')).getDirectoryHandle(folder);
    return (await (await own.getFileHandle('windows')).getFile()).size;
  };

  await tell({ id: 1, add: [[1, new File([content], 'image')]] });
  const right = [];
  for (const [operation, offset, length] of [
    [WINDOW, 0, 1 << 20], // windows come from the file
    [PIECE, 0x30000, 0x10000], // the first piece, with which its window is kept
    [PIECE, 0x50000, 0x10000], [PIECE, 0x30000, 0x10000], [PIECE, 0xf0000, 0x10000],
    [PIECE, 0x270000, 0x10000], // the last window is not whole
    [PIECE, 0x200000, 0x10000],
    [WINDOW, 1 << 20, 1 << 20], // one that follows the window before is not kept
    [WINDOW, 0, 1 << 20],
  ]) right.push(await ask(operation, offset, length));
  const kept = await keptBytes();
  await tell({ id: 2, remove: [1] });
  const closed = await ask(PIECE, 0x30000, 0x10000);
  const left = await keptBytes();
  worker.terminate();
  return { right, kept, closed, left };
}

test('pieces of windows are the bytes of the file, and are kept as long as it is open', async (t) => {
  const { page, errors } = await openPage(t);
  const { right, kept, closed, left } = await page.evaluate(askWorker);
  assert.deepEqual(right, Array(9).fill(true));
  assert.equal(kept, (1 << 20) + (1 << 19), 'two windows, the second the rest of the file');
  assert.equal(closed, false, 'a closed file is not read from what was kept');
  assert.equal(left, 0);
  assert.deepEqual(errors, []);
});

test('without a private file system pieces are read from the file', async (t) => {
  const { page, errors } = await openPage(t, {
    script: () => {
      // The worker is the page's own with one line before it.
      const Original = Worker;
      globalThis.Worker = class extends Original {
        constructor(name, options) {
          const code = `StorageManager.prototype.getDirectory = () => Promise.reject(new Error('none'));
            const early = []; self.onmessage = (event) => early.push(event);
            await import('${new URL(name, document.baseURI)}');
            for (const event of early) self.onmessage(event);`;
          const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
          super(String(name).includes('read-worker') ? url : name, options);
        }
      };
    },
  });
  const { right } = await page.evaluate(`(${askWorker})().catch((error) => (
    { right: [String(error)] }))`.replace('const kept = await keptBytes()', 'const kept = 0')
    .replace('const left = await keptBytes()', 'const left = 0'));
  assert.deepEqual(right, Array(9).fill(true));
  assert.deepEqual(errors, []);
});
