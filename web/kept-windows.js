// Windows of the user's files that are needed again and again, kept in a file of the browser's
// private file system: to read a piece of 64 KiB takes milliseconds out of a File, and microseconds
// here. The file is there only while something is kept; if there is no room for it, nothing is.
//
//   kept windows   file 1, 7 MiB | file 1, 123 MiB | free | file 2, 0 MiB | ...     slots of 1 MiB
import { readAt, writeAt } from './access.js';

export const WINDOW = 1 << 20;
const MOST = 2048; // windows; the one kept longest gives way
const SHARE = 4; // of the room that this site has, at most a quarter

export class KeptWindows {
  // folder: of this page, by name (storage.js).
  constructor(folder) {
    this.folder = folder;
    this.slots = new Map(); // slot by the window's name, the oldest first
    this.free = [];
    this.end = 0; // of the slots that were ever used
    this.most = 0;
  }

  // To be awaited before anything else.
  open() {
    this.opened ??= this.#open().catch(() => {});
    return this.opened;
  }
  async #open() {
    const { quota, usage } = await navigator.storage.estimate();
    const root = await navigator.storage.getDirectory();
    const streams = await root.getDirectoryHandle('canopy', { create: true });
    const folder = await streams.getDirectoryHandle(this.folder, { create: true });
    const file = await folder.getFileHandle('windows', { create: true });
    this.handle = await file.createSyncAccessHandle();
    this.most = Math.min(MOST, Math.floor((quota - usage) / SHARE / WINDOW));
  }

  #name(file, offset) {
    return `${file} ${Math.floor(offset / WINDOW)}`;
  }

  // Reads bytes of one window; undefined if it is not kept.
  read(file, offset, bytes) {
    const slot = this.slots.get(this.#name(file, offset));
    if (slot === undefined) return undefined;
    return readAt(this.handle, bytes, slot * WINDOW + offset % WINDOW);
  }

  get isPossible() {
    return this.most > 0;
  }

  keep(file, offset, bytes) {
    if (!this.isPossible) return;
    const slot = this.#takeSlot();
    try {
      if (writeAt(this.handle, bytes, slot * WINDOW) === bytes.length) {
        this.slots.set(this.#name(file, offset), slot);
        return;
      }
    } catch {
      // There is no more room.
    }
    this.free.push(slot);
    this.most = this.slots.size;
  }
  #takeSlot() {
    if (this.free.length > 0 && this.slots.size < this.most) return this.free.pop();
    if (this.end < this.most) return this.end++;
    const [[oldest, slot]] = this.slots;
    this.slots.delete(oldest);
    return slot;
  }

  // The file is closed.
  forget(file) {
    for (const [name, slot] of this.slots) {
      if (!name.startsWith(`${file} `)) continue;
      this.slots.delete(name);
      this.free.push(slot);
    }
    if (this.slots.size > 0 || this.end === 0) return;
    this.handle.truncate(0);
    this.free = [];
    this.end = 0;
  }
}
