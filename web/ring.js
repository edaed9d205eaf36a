// The worker's side of the slots in shared memory (src/device/browser_ring.h; the layouts must
// agree). A worker calls serve() with what to do for a request; requests come until the page
// counts `attention` up before it posts a message, and go on after the message was handled. A count
// and not a flag: the page may post the next message, or the first, while no request is served.

const SLOT_COUNT = 16;
const SLOT_SIZE = 64;
const FREE = 0;
const ASKED = 2;
const TAKEN = 3;
const PROBLEM_SIZE = 120;
const ROUNDS_AT_ONCE = 8;

export class Ring {
  // memory: the WebAssembly.Memory; base: the address of the BrowserRing in it.
  constructor(memory, base) {
    this.memory = memory;
    this.base = base;
    this.channel = new MessageChannel();
    this.handling = 0;
    this.messages = 0; // handled, or being handled
  }

  // Views of the memory as it is now: growing it leaves old views short.
  get int32() {
    if (this.view?.buffer !== this.memory.buffer) this.view = new Int32Array(this.memory.buffer);
    return this.view;
  }
  bytes(address, length) {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  // perform(operation, file, offset, address, length) returns how many bytes it moved, or throws.
  serve(perform) {
    this.channel.port1.onmessage = () => this.#loop(perform);
    this.channel.port2.postMessage(0);
  }
  // Runs `handle`, which may await something, with the loop out of its way.
  async handle(handle) {
    this.handling += 1;
    this.messages += 1;
    try {
      return await handle();
    } finally {
      this.handling -= 1;
      this.channel.port2.postMessage(0);
    }
  }

  #loop(perform) {
    for (let rounds = 0; this.handling === 0; rounds++) {
      // A worker that never comes back to its event loop never finishes collecting its garbage, and
      // what it has read stays in memory.
      if (rounds === ROUNDS_AT_ONCE) {
        this.channel.port2.postMessage(0);
        return;
      }
      const bell = Atomics.load(this.int32, this.base >>> 2);
      let served = false;
      for (let i = 0; i < SLOT_COUNT; i++) {
        served = this.#serveSlot(this.base + 64 + i * SLOT_SIZE, perform) || served;
      }
      if (served) continue;
      if (Atomics.load(this.int32, (this.base >>> 2) + 1) !== this.messages) return;
      Atomics.wait(this.int32, this.base >>> 2, bell, 1000);
    }
  }

  #serveSlot(address, perform) {
    const at = address >>> 2;
    if (Atomics.compareExchange(this.int32, at, ASKED, TAKEN) !== ASKED) return false;
    const words = this.int32;
    const offset = new Float64Array(this.memory.buffer, address + 16, 1)[0];
    const answer = words[at + 7] >>> 0;
    let result;
    try {
      result = perform(words[at + 1], words[at + 2], offset, words[at + 6] >>> 0, words[at + 3] >>> 0);
    } catch (error) {
      result = -1;
      this.#writeProblem(answer + 8, error);
    }
    const view = this.int32;
    view[(answer >>> 2) + 1] = result;
    Atomics.store(view, at, FREE);
    Atomics.store(view, answer >>> 2, 1);
    Atomics.notify(view, answer >>> 2);
    Atomics.add(view, this.base >>> 2, 1);
    Atomics.notify(view, this.base >>> 2);
    return true;
  }

  #writeProblem(address, error) {
    const text = `${error?.name ?? 'Error'}: ${error?.message ?? error}`;
    const encoded = new Uint8Array(PROBLEM_SIZE);
    new TextEncoder().encodeInto(text, encoded.subarray(0, PROBLEM_SIZE - 1));
    this.bytes(address, PROBLEM_SIZE).set(encoded);
  }
}

// The page's side: returns after the worker will soon handle messages, to be called before each
// postMessage to it.
export function callAttention(memory, base) {
  const view = new Int32Array(memory.buffer);
  Atomics.add(view, (base >>> 2) + 1, 1);
  Atomics.add(view, base >>> 2, 1);
  Atomics.notify(view, base >>> 2);
}
