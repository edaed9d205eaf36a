// Reads the files that the user gave to the page for threads that wait in WebAssembly.
import { Ring } from './ring.js';

const files = new Map();
const slices = new FileReaderSync();
let ring;

// Windows that follow each other are read in one go, which costs half as much.
const TOGETHER = 8;

// Where nobody reads onwards.
function readSlice(file, requests, size) {
  const { offset } = requests[0];
  const bytes = new Uint8Array(slices.readAsArrayBuffer(file.slice(offset, offset + size)));
  let at = 0;
  for (const { address, length } of requests) {
    const part = bytes.subarray(at, at + length);
    ring.bytes(address, part.length).set(part);
    at += part.length;
  }
  return at;
}

// A file that is read onwards: a stream into one small buffer, which costs half of what slices do,
// each of them a blob and an ArrayBuffer of its own. A stream goes a part of the way only, because a
// file that was changed meanwhile is noticed where one begins.
class Onwards {
  static most = 64 << 20;
  static isPossible = true; // in this browser

  constructor() {
    this.buffer = new ArrayBuffer(256 << 10);
  }
  open(file, offset) {
    this.reader?.cancel().catch(() => {});
    this.file = file;
    this.offset = offset;
    this.end = Math.min(offset + Onwards.most, file.size);
    this.reader = file.slice(offset, this.end).stream().getReader({ mode: 'byob' });
    // A read that failed has kept the buffer.
    if (this.buffer.byteLength === 0) this.buffer = new ArrayBuffer(256 << 10);
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

async function read(requests) {
  const { file: number, offset } = requests[0];
  const file = files.get(number);
  if (!file) throw new Error('the file is closed');
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
  return readSlice(file, requests, size);
}

self.onmessage = ({ data }) => {
  if (data.memory) {
    ring = new Ring(data.memory, data.base);
    ring.serve(read, TOGETHER);
    return;
  }
  ring.handle(() => {
    for (const [number, file] of data.add ?? []) files.set(number, file);
    for (const number of data.remove ?? []) files.delete(number);
    self.postMessage({ done: data.id });
  });
};
