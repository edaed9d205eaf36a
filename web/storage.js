// The two workers that do I/O for threads in WebAssembly: one reads the user's files, one writes
// results into the browser's private file system.
import { callAttention } from './ring.js';

class IoWorker {
  constructor(script, memory, base) {
    this.worker = new Worker(script, { type: 'module' });
    this.memory = memory;
    this.base = base;
    this.waiting = new Map();
    this.lastId = 0;
    this.worker.onmessage = ({ data }) => {
      const { resolve, reject } = this.waiting.get(data.done);
      this.waiting.delete(data.done);
      if (data.problem) reject(new Error(data.problem));
      else resolve(data.value);
    };
  }

  ask(message) {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      callAttention(this.memory, this.base);
      this.worker.postMessage({ ...message, id });
    });
  }
}

export class UserFiles {
  // folder: of this page (Results), where the worker keeps what it reads often.
  constructor(memory, base, folder) {
    this.io = new IoWorker('read-worker.js', memory, base);
    this.io.worker.postMessage({ memory, base, folder });
    this.lastNumber = 0;
  }

  // Makes files readable in WebAssembly; returns their numbers.
  async add(files) {
    const numbered = files.map((file) => [++this.lastNumber, file]);
    await this.io.ask({ add: numbered });
    return numbered.map(([number]) => number);
  }
  remove(numbers) {
    return this.io.ask({ remove: numbers });
  }
}

export class Results {
  constructor(memory, base) {
    this.io = new IoWorker('write-worker.js', memory, base);
    // A folder for this page, which is deleted when no page holds its lock any more.
    const folder = crypto.randomUUID();
    this.folder = folder;
    this.files = new Map();
    this.lastNumber = 0;
    this.ready = (async () => {
      if (!navigator.storage?.getDirectory) {
        throw new Error('this browser has no private file system (OPFS)');
      }
      navigator.locks?.request(`canopy-${folder}`, () => new Promise(() => {}));
      await this.io.ask({ memory, base, folder });
      removeOldFolders(folder).catch(() => {});
    })();
    this.ready.catch(() => {});
  }

  // The number of a new, empty result.
  async create() {
    await this.ready;
    const number = ++this.lastNumber;
    await this.io.ask({ action: 'create', number });
    return number;
  }
  // The File of a result that is whole.
  async finish(number) {
    if (!this.files.has(number)) {
      this.files.set(number, await this.io.ask({ action: 'finish', number }));
    }
    return this.files.get(number);
  }
  discard(number) {
    this.files.delete(number);
    return this.io.ask({ action: 'discard', number });
  }
}

async function removeOldFolders(own) {
  if (!navigator.locks) return;
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle('canopy');
  const held = new Set((await navigator.locks.query()).held.map((lock) => lock.name));
  for await (const name of all.keys()) {
    if (name !== own && !held.has(`canopy-${name}`)) await all.removeEntry(name, { recursive: true });
  }
}

// A device as it is now: the pieces that changed laid over the base. Without a base what is not in a
// piece is zero. Nothing is copied; the browser reads from where it lies.
export function changedImage({ name, size, runs }, base, pieces) {
  const zeros = new Blob([new Uint8Array(1 << 20)]);
  const parts = [];
  const putBase = (from, to) => {
    if (base) {
      if (to > from) parts.push(base.slice(from, to));
      return;
    }
    for (let at = from; at < to; at += zeros.size) {
      parts.push(to - at >= zeros.size ? zeros : zeros.slice(0, to - at));
    }
  };
  let at = 0;
  for (const [offset, length, from] of runs) {
    putBase(at, offset);
    parts.push(pieces.slice(from, from + length));
    at = offset + length;
  }
  putBase(at, size);
  return new File(parts, changedName(name), { type: 'application/octet-stream' });
}

// "disk.img" -> "disk-balanced.img".
export const changedName = (name) => name.replace(/(\.[^.]*)?$/, '-balanced$1');

// Asks where a file is to be saved, where the browser can; null: among the downloads.
export const canChoosePlace = () => Boolean(globalThis.showSaveFilePicker);
export const choosePlace = async (suggestedName) => (
  canChoosePlace() ? showSaveFilePicker({ suggestedName }) : null);

export async function save(file, place) {
  if (place) await file.stream().pipeTo(await place.createWritable());
  else download(file, file.name);
}

export function download(blob, name) {
  const link = document.createElement('a');
  // Of a type that says nothing, so that the browser adds no suffix to the name.
  link.href = URL.createObjectURL(new Blob([blob], { type: 'application/octet-stream' }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
