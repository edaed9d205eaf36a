// The worker's side of the slots in shared memory (src/device/browser_ring.h; the layouts must
// agree). A worker calls serve() with what to do for a request; requests come until the page
// counts `attention` up before it posts a message, and go on after the message was handled. A count
// and not a flag: the page may post the next message, or the first, while no request is served.

const SLOT_COUNT = 48;
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
    this.serving = false;
  }

  // Views of the memory as it is now: growing it leaves old views short.
  get int32() {
    if (this.view?.buffer !== this.memory.buffer) this.view = new Int32Array(this.memory.buffer);
    return this.view;
  }
  bytes(address, length) {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  // perform(requests) is given requests { operation, file, offset, address, length }, each of which
  // begins where the one before ends, up to `together` of them; it returns how many bytes it
  // moved in all, or throws. It may be async; messages are handled while it waits.
  serve(perform, together = 1) {
    this.channel.port1.onmessage = async () => {
      if (this.serving) return;
      this.serving = true;
      await this.#loop(perform, together);
      this.serving = false;
    };
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

  async #loop(perform, together) {
    for (let rounds = 0; this.handling === 0; rounds++) {
      // A worker that never comes back to its event loop never finishes collecting its garbage, and
      // what it has read stays in memory.
      if (rounds === ROUNDS_AT_ONCE) {
        this.channel.port2.postMessage(0);
        return;
      }
      const bell = Atomics.load(this.int32, this.base >>> 2);
      const requests = this.#takeAsked();
      for (const run of runsOf(requests, together)) await this.#serveRun(run, perform);
      if (requests.length > 0) continue;
      if (Atomics.load(this.int32, (this.base >>> 2) + 1) !== this.messages) return;
      Atomics.wait(this.int32, this.base >>> 2, bell, 1000);
    }
  }

  #takeAsked() {
    const requests = [];
    for (let i = 0; i < SLOT_COUNT; i++) {
      const slot = this.base + 64 + i * SLOT_SIZE;
      const at = slot >>> 2;
      const words = this.int32;
      if (Atomics.compareExchange(words, at, ASKED, TAKEN) !== ASKED) continue;
      requests.push({
        slot,
        operation: words[at + 1],
        file: words[at + 2],
        length: words[at + 3] >>> 0,
        offset: new Float64Array(this.memory.buffer, slot + 16, 1)[0],
        address: words[at + 6] >>> 0,
        answer: words[at + 7] >>> 0,
      });
    }
    return requests;
  }

  async #serveRun(run, perform) {
    let moved = 0;
    let problem = null;
    try {
      moved = await perform(run);
    } catch (error) {
      problem = error;
    }
    for (const { slot, answer, length } of run) {
      if (problem) this.#writeProblem(answer + 8, problem);
      const words = this.int32;
      words[(answer >>> 2) + 1] = problem ? -1 : Math.min(length, moved);
      moved -= Math.min(length, moved);
      Atomics.store(words, slot >>> 2, FREE);
      Atomics.store(words, answer >>> 2, 1);
      Atomics.notify(words, answer >>> 2);
      Atomics.add(words, this.base >>> 2, 1);
      Atomics.notify(words, this.base >>> 2);
    }
  }

  #writeProblem(address, error) {
    const text = `${error?.name ?? 'Error'}: ${error?.message ?? error}`;
    const encoded = new Uint8Array(PROBLEM_SIZE);
    new TextEncoder().encodeInto(text, encoded.subarray(0, PROBLEM_SIZE - 1));
    this.bytes(address, PROBLEM_SIZE).set(encoded);
  }
}

// Requests that follow each other, in runs of at most `together`.
function runsOf(requests, together) {
  const runs = [];
  const follows = (a, b) => (
    a.operation === b.operation && a.file === b.file && a.offset + a.length === b.offset);
  for (const request of requests.sort((a, b) => a.file - b.file || a.offset - b.offset)) {
    const run = runs.at(-1);
    if (run && run.length < together && follows(run.at(-1), request)) run.push(request);
    else runs.push([request]);
  }
  return runs;
}

// The page's side: returns after the worker will soon handle messages, to be called before each
// postMessage to it.
export function callAttention(memory, base) {
  const view = new Int32Array(memory.buffer);
  Atomics.add(view, (base >>> 2) + 1, 1);
  Atomics.add(view, base >>> 2, 1);
  Atomics.notify(view, base >>> 2);
}
