// Reads the files that the user gave to the page for threads that wait in WebAssembly.
import { Ring } from './ring.js';

const files = new Map();
const reader = new FileReaderSync();
let ring;

// Windows that follow each other are read in one go, which costs half as much.
const TOGETHER = 8;

function read(requests) {
  const { file, offset } = requests[0];
  const size = requests.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(reader.readAsArrayBuffer(files.get(file).slice(offset, offset + size)));
  let at = 0;
  for (const { address, length } of requests) {
    const part = bytes.subarray(at, at + length);
    ring.bytes(address, part.length).set(part);
    at += part.length;
  }
  return at;
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
