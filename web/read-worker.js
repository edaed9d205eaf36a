// Reads the files that the user gave to the page for threads that wait in WebAssembly.
import { KeptWindows, WINDOW } from './kept-windows.js';
import { Ring } from './ring.js';

// What is asked for, as src/device/browser_file.cpp numbers it.
const PIECE = 1;

const files = new Map();
const slices = new FileReaderSync();
let ring;
let kept;

// Windows that follow each other are read in one go, which costs half as much.
const TOGETHER = 8;

// Where nobody reads onwards.
const slice = (file, offset, size) => (
  new Uint8Array(slices.readAsArrayBuffer(file.slice(offset, offset + size))));

function readSlice(file, requests, size, keeps) {
  const bytes = slice(file, requests[0].offset, size);
  let at = 0;
  for (const { file: number, offset, address, length } of requests) {
    const part = bytes.subarray(at, at + length);
    ring.bytes(address, part.length).set(part);
    if (keeps) kept.keep(number, offset, part);
    at += part.length;
  }
  return at;
}

// A file that is read onwards: a stream into one buffer, which costs half of what slices do,
// each of them a blob and an ArrayBuffer of its own. A stream goes a part of the way only, because a
// file that was changed meanwhile is noticed where one begins.
class Onwards {
  static most = 64 << 20;
  static buffered = 1 << 20;
  static isPossible = true; // in this browser

  constructor() {
    this.buffer = new ArrayBuffer(Onwards.buffered);
  }
  open(file, offset) {
    this.reader?.cancel().catch(() => {});
    this.file = file;
    this.offset = offset;
    this.end = Math.min(offset + Onwards.most, file.size);
    this.reader = file.slice(offset, this.end).stream().getReader({ mode: 'byob' });
    // A read that failed has kept the buffer.
    if (this.buffer.byteLength === 0) this.buffer = new ArrayBuffer(Onwards.buffered);
  }
  // The next bytes, at most `most`; none at the end of the file. Valid until the next call.
  async next(file, offset, most) {
    if (this.file !== file || this.offset !== offset || offset === this.end) this.open(file, offset);
    if (offset === this.end) return new Uint8Array(0);
    const { value } = await this.reader.read(
      new Uint8Array(this.buffer, 0, Math.min(most, this.buffer.byteLength)));
    this.buffer = value.buffer;
    this.offset += value.length;
    return value;
  }
  async read(file, requests) {
    let moved = 0;
    for (const { offset, address, length } of requests) {
      for (let done = 0; done < length;) {
        const part = await this.next(file, offset + done, length - done);
        if (part.length === 0) return moved;
        ring.bytes(address + done, part.length).set(part);
        done += part.length;
        moved += part.length;
      }
    }
    return moved;
  }
}

const onwards = new Onwards();
let last = {}; // where the read before has ended

// A piece of a window that was read before and is needed again: the whole window is kept, where the
// browser can, because other pieces of it will be needed.
function readPiece(number, file, { offset, address, length }) {
  const to = ring.bytes(address, length);
  const moved = kept.read(number, offset, to);
  if (moved !== undefined) return moved;
  const begin = kept.isPossible ? offset - offset % WINDOW : offset;
  const bytes = slice(file, begin, kept.isPossible ? WINDOW : length);
  kept.keep(number, begin, bytes);
  const part = bytes.subarray(offset - begin, offset - begin + length);
  to.set(part);
  return part.length;
}

async function readPieces(number, file, requests) {
  await kept.open();
  return requests.reduce((moved, request) => moved + readPiece(number, file, request), 0);
}

async function read(requests) {
  const { operation, file: number, offset } = requests[0];
  const file = files.get(number);
  if (!file) throw new Error('the file is closed');
  if (operation === PIECE) return readPieces(number, file, requests);
  if (requests.length === 1) {
    const moved = kept.read(number, offset, ring.bytes(requests[0].address, requests[0].length));
    if (moved !== undefined) return moved;
  }
  const size = requests.reduce((sum, { length }) => sum + length, 0);
  const follows = last.file === file && last.end === offset;
  last = { file, end: offset + size };
  if (follows && Onwards.isPossible) {
    try {
      return await onwards.read(file, requests);
    } catch (error) {
      // Not every browser reads into a buffer that it is given.
      if (!(error instanceof TypeError)) throw error;
      Onwards.isPossible = false;
    }
  }
  // Where pieces are read, single windows will be asked for again.
  return readSlice(file, requests, size, kept.isPossible && requests.length === 1 && !follows);
}

self.onmessage = ({ data }) => {
  if (data.memory) {
    ring = new Ring(data.memory, data.base);
    kept = new KeptWindows(data.folder);
    ring.serve(read, TOGETHER);
    return;
  }
  ring.handle(() => {
    for (const [number, file] of data.add ?? []) files.set(number, file);
    for (const number of data.remove ?? []) {
      files.delete(number);
      kept.forget(number);
    }
    self.postMessage({ done: data.id });
  });
};
