// Reads the files that the user gave to the page for threads that wait in WebAssembly.
import { Ring } from './ring.js';

const files = new Map();
const reader = new FileReaderSync();
let ring;

function read(_operation, number, offset, address, length) {
  const part = files.get(number).slice(offset, offset + length);
  const bytes = new Uint8Array(reader.readAsArrayBuffer(part));
  ring.bytes(address, bytes.length).set(bytes);
  return bytes.length;
}

self.onmessage = ({ data }) => {
  if (data.memory) {
    ring = new Ring(data.memory, data.base);
    ring.serve(read);
    return;
  }
  ring.handle(() => {
    for (const [number, file] of data.add ?? []) files.set(number, file);
    for (const number of data.remove ?? []) files.delete(number);
    self.postMessage({ done: data.id });
  });
};
