// Writes results into the browser's private file system (OPFS) for threads that wait in
// WebAssembly, and reads back what was written. Each result is a file of its own in the folder of
// this page; it is deleted if its job fails, and with the folder when the page is gone.
import { readAt, writeAt } from './access.js';
import { Ring } from './ring.js';

const WRITE = 1;
const READ = 2;

const handles = new Map(); // of results that are being written
const files = new Map(); // of those that are whole: their handles are closed
const reader = new FileReaderSync();
let ring;
let folder;

function perform([{ operation, file, offset, address, length }]) {
  if (operation === READ && files.has(file)) return readWhole(files.get(file), offset, address, length);
  const handle = handles.get(file);
  if (!handle) throw new Error('the file is closed');
  const bytes = ring.bytes(address, length);
  if (operation === READ) return readAt(handle, bytes, offset);
  if (operation !== WRITE) throw new Error(`unknown operation ${operation}`);
  const count = writeAt(handle, bytes, offset);
  if (count !== length) throw new Error('the disk or the quota of this site is full');
  return count;
}

function readWhole(file, offset, address, length) {
  const bytes = new Uint8Array(reader.readAsArrayBuffer(file.slice(offset, offset + length)));
  ring.bytes(address, bytes.length).set(bytes);
  return bytes.length;
}

async function openFolder(name) {
  const root = await navigator.storage.getDirectory();
  const streams = await root.getDirectoryHandle('canopy', { create: true });
  folder = await streams.getDirectoryHandle(name, { create: true });
}

async function create(number) {
  const file = await folder.getFileHandle(String(number), { create: true });
  const access = await file.createSyncAccessHandle();
  access.truncate(0);
  handles.set(number, access);
}

function close(number) {
  handles.get(number)?.close();
  handles.delete(number);
}

// What the page asks for by message: { id, action, number }.
const actions = {
  create,
  async finish(number) {
    close(number);
    const file = await (await folder.getFileHandle(String(number))).getFile();
    files.set(number, file);
    return file;
  },
  async discard(number) {
    close(number);
    files.delete(number);
    await folder.removeEntry(String(number)).catch(() => {});
  },
};

async function answer(id, work) {
  try {
    self.postMessage({ done: id, value: await work() });
  } catch (error) {
    self.postMessage({ done: id, problem: `${error.name}: ${error.message}` });
  }
}

self.onmessage = ({ data }) => {
  if (data.memory) {
    ring = new Ring(data.memory, data.base);
    ring.serve(perform);
    ring.handle(() => answer(data.id, () => openFolder(data.folder)));
    return;
  }
  ring.handle(() => answer(data.id, () => actions[data.action](data.number)));
};
