// window.canopy: the page as a script drives it.
//
//   await canopy.ready
//   const summary = await canopy.open([file, ...])       the devices of one filesystem
//                                                        or a send stream, which is shown beside the image:
//                                                        { kind: 'stream', whole, subvolumes, commands,
//                                                        commandsByKind, damages, ... }
//   canopy.subvolumes()                                  [{ id, path, readOnly, ... }]
//   canopy.repairs()                                     { count, copies: [{ address, mirror, device, ... }] }:
//                                                        bad copies that were read around
//   const job = canopy.send({ subvolume, parent, cloneSources, proto, compressedData, noData })
//   job.progress                                         { state, bytes, commands, fraction, ... }
//   job.pause(), job.resume(), job.cancel()
//   const { blob, bytes, commands, sha256 } = await job.done
//   send({ ..., sha256: false })                         without the hash, which takes half of the time
//   send({ ..., keep: false })                           measures: no stream stays, `blob` is null
//   send({ ..., whileBalancing: true }) or filters       balances beside it; the result has `restarts`
//                                                        and `balance: { rounds, commits, ... }`
//   const run = await canopy.step({ subvolume, parent, ..., whileBalancing, without, rules, ... })
//                                                        a controlled run (Steps, below): one thread
//                                                        moves at a time
//   send({ ..., whileBalancing, seed or schedule, without, rules, trace: true })
//                                                        such a run to its end: { sha256, aloneSha256,
//                                                        verdict, restarts, commits, schedule, trace }
//   const balance = canopy.balance({ data: 'usage=50', metadata: true, system: true, force, dryRun })
//   const { relocated, noSpace, chunks } = await balance.done
//                                                        of a dry run: rooms, with toMove, verdict, ...
//   const [file, ...] = await canopy.image()             the image as it is now, changes included:
//                                                        a File for each device
//
// Subvolumes are named by path or id. The filters of a balance are texts or objects ({ usage: 50 })
// as btrfs balance start takes them, or true; none named means all chunks. The files that were
// opened are never written. What fails is a rejection whose message says why.

export class Script {
  // start: a promise of the running page (page.js).
  constructor(start) {
    this.page = null;
    this.ready = start.then((page) => {
      this.page = page;
    });
    // Who waits for it sees the failure; nobody else has to.
    this.ready.catch(() => {});
  }

  async open(files) {
    await this.ready;
    const list = files instanceof Blob ? [files] : [...files];
    if (list.length === 0 || !list.every((file) => file instanceof Blob)) {
      throw new TypeError('canopy.open takes the files of one filesystem, or a send stream, as an array');
    }
    return this.page.open(list);
  }

  subvolumes() {
    if (!this.page) throw new Error('Canopy is not ready: await canopy.ready');
    return this.page.subvolumes();
  }

  repairs() {
    if (!this.page) throw new Error('Canopy is not ready: await canopy.ready');
    return this.page.repairs();
  }

  // Everything stands before its first step, or where the schedule ends.
  async step(options = {}) {
    await this.ready;
    const run = new Steps(this.page);
    await this.page.startSteps(options, settingsText(options));
    if (options.schedule) await run.load(options.schedule);
    return run;
  }

  send(options = {}) {
    if (options.whileBalancing && isControlled(options)) return new ControlledSend(this, options);
    return new Job(this, {
      start: (page) => page.startSend(options),
      // Beside the send the image is balanced, again and again until the send has ended.
      beside: options.whileBalancing && (async (page) => {
        const filters = options.whileBalancing === true ? {} : options.whileBalancing;
        const number = await page.startBalance({ ...filters, whileSending: true });
        return page.balanceResult(number);
      }),
      result: (page, number) => page.sendResult(number),
      progress: (page, number) => page.sendProgress(number),
      steer: (page, number, what) => page.steerSend(number, what),
    });
  }

  balance(options = {}) {
    return new Job(this, {
      start: (page) => page.startBalance(options),
      result: (page, number) => page.balanceResult(number),
      progress: (page, number) => page.balanceProgress(number),
      steer: (page, number, what) => page.steerBalance(number, what),
    });
  }

  async image() {
    await this.ready;
    return this.page.changedFiles();
  }

  // Bytes that the program's memory has grown to.
  get memory() {
    return this.page?.program?.wasmMemory.buffer.byteLength ?? 0;
  }

  // How many frames were drawn so far: an idle page draws none.
  get frames() {
    return this.page?.frames ?? 0;
  }
}

// Something that runs. `done` is the promise of its result; to await the job is to await that.
class Job {
  #script;
  #calls;
  #number = null;
  #wanted = []; // what was asked for before it had started

  constructor(script, calls) {
    this.#script = script;
    this.#calls = calls;
    this.done = this.#run();
    this.done.catch(() => {});
  }

  async #run() {
    await this.#script.ready;
    const { page } = this.#script;
    this.#number = await this.#calls.start(page);
    for (const what of this.#wanted) this.#calls.steer(page, this.#number, what);
    if (!this.#calls.beside) return this.#calls.result(page, this.#number);
    const [balance, result] = await Promise.all([
      this.#calls.beside(page), this.#calls.result(page, this.#number)]);
    return { ...result, balance };
  }

  get progress() {
    if (this.#number === null) return { state: 'starting', fraction: 0, seconds: 0 };
    return this.#calls.progress(this.#script.page, this.#number);
  }

  #steer(what) {
    if (this.#number === null) this.#wanted.push(what);
    else this.#calls.steer(this.#script.page, this.#number, what);
  }
  cancel() {
    this.#steer('cancel');
  }
  pause() {
    this.#steer('pause');
  }
  resume() {
    this.#steer('resume');
  }

  then(resolve, reject) {
    return this.done.then(resolve, reject);
  }
}

// A send beside a balance of which one thread moves at a time. Each command is a promise of what is
// to be seen when everything stands again:
//
//   await run.step('send')              a thread ('send', 'send.reader', 'balance') to its next point
//   await run.run({ until, seed })      'end', 'commit', 'restart', or 'held': a block was moved that
//                                       send keeps a clone of; without a seed, in turn
//   await run.rewind(12)                as it was after 12 steps, by replay
//   await run.load(text)                replays a schedule, of the page or of the command line
//   await run.set({ without: ['restart'], rules: '5.3' })      begins anew with other settings
//   run.pause()                         who runs stands at the next point
//   run.state                           { state, steps, stopped, threads, commits, restarts,
//                                       transactions, verdict, problem, sha256, aloneSha256, ... }
//   run.schedule, run.trace             as text: the one to be saved, the other for Perfetto
//   run.stream                          a Blob of the whole stream once it has ended; null before, and of
//                                       a stream longer than 64 MiB
//   run.close()
class Steps {
  #page;

  constructor(page) {
    this.#page = page;
  }
  step(thread) {
    return this.#page.commandSteps('step', thread);
  }
  run({ until = 'end', seed } = {}) {
    return this.#page.commandSteps(until, seed ?? '');
  }
  rewind(steps) {
    return this.#page.commandSteps('rewind', steps);
  }
  load(schedule) {
    return this.#page.commandSteps('load', schedule);
  }
  set(options) {
    return this.#page.commandSteps('set', settingsText(options));
  }
  pause() {
    this.#page.pauseSteps();
  }
  get state() {
    const text = this.#page.stepsText('snapshot');
    return text === '' ? { state: 'closed' } : JSON.parse(text);
  }
  get schedule() {
    return this.#page.stepsText('schedule');
  }
  get trace() {
    return this.#page.stepsText('trace');
  }
  get stream() {
    return this.#page.stepsStream();
  }
  close() {
    this.#page.closeSteps();
  }
}

// A controlled run to its end. `done` is the promise of its result, as of a Job.
class ControlledSend {
  #run = null;

  constructor(script, options) {
    this.done = this.#toEnd(script, options);
    this.done.catch(() => {});
  }
  async #toEnd(script, options) {
    this.#run = await script.step(options);
    const { seed, trace } = options;
    if (this.#run.state.state !== 'ended') await this.#run.run({ seed });
    const result = { ...this.#run.state, schedule: this.#run.schedule, blob: this.#run.stream };
    return trace ? { ...result, trace: this.#run.trace } : result;
  }
  get progress() {
    return this.#run?.state ?? { state: 'starting' };
  }
  pause() {
    this.#run?.pause();
  }
  cancel() {
    this.#run?.close();
  }
  then(resolve, reject) {
    return this.done.then(resolve, reject);
  }
}

const isControlled = (options) => ['seed', 'schedule', 'without', 'rules', 'trace']
  .some((name) => options[name] !== undefined);

// The settings of a controlled run, as the text of a schedule (src/interplay/saved_schedule.h).
function settingsText({ whileBalancing, batchBlocks, pipeBytes, untilSent, reclaim, rules, without,
  whileDeduplicating }) {
  const settings = {
    balance: whileBalancing === false ? 0 : 1,
    filters: typeof whileBalancing === 'string' ? whileBalancing : '',
    'batch-blocks': batchBlocks ?? 4,
    'pipe-size': pipeBytes ?? 4096,
    'until-sent': untilSent === false ? 0 : 1,
    reclaim: reclaim ?? '',
    dedupe: [whileDeduplicating ?? []].flat().join('\t'),
    rules: rules ?? '',
    without: [without ?? []].flat().join(','),
  };
  const lines = Object.entries(settings).filter(([, value]) => value !== '')
    .map(([name, value]) => `${name} ${value}\n`);
  return `canopy schedule 1\n${lines.join('')}\n`;
}
