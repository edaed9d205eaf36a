// window.canopy: the page as a script drives it.
//
//   await canopy.ready
//   const summary = await canopy.open([file, ...])       the devices of one filesystem
//   canopy.subvolumes()                                  [{ id, path, readOnly, ... }]
//   const job = canopy.send({ subvolume, parent, cloneSources, proto, compressedData, noData })
//   job.progress                                         { state, bytes, commands, fraction, ... }
//   job.cancel()
//   const { blob, bytes, commands, sha256 } = await job.done
//
// Subvolumes are named by path or id. What fails is a rejection whose message says why.

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
      throw new TypeError('canopy.open takes the files of one filesystem, as an array');
    }
    return this.page.open(list);
  }

  subvolumes() {
    if (!this.page) throw new Error('Canopy is not ready: await canopy.ready');
    return this.page.subvolumes();
  }

  send(options = {}) {
    return new SendJob(this, options);
  }

  async balance() {
    throw new Error('relocation (balance) is not there yet');
  }

  async image() {
    throw new Error('there is no changed image: relocation (balance) is not there yet');
  }

  // How many frames were drawn so far: an idle page draws none.
  get frames() {
    return this.page?.frames ?? 0;
  }
}

class SendJob {
  #script;
  #number = null;
  #cancelled = false;

  constructor(script, options) {
    this.#script = script;
    this.done = this.#run(options);
    this.done.catch(() => {});
  }

  async #run(options) {
    await this.#script.ready;
    const page = this.#script.page;
    if (options.whileBalancing) throw new Error('relocation (balance) is not there yet');
    const number = await page.startSend(options);
    this.#number = number;
    if (this.#cancelled) page.cancelSend(number);
    return page.sendResult(number);
  }

  get progress() {
    if (this.#number === null) {
      return { state: 'starting', bytes: 0, commands: 0, fraction: 0, seconds: 0 };
    }
    return this.#script.page.sendProgress(this.#number);
  }

  cancel() {
    this.#cancelled = true;
    if (this.#number !== null) this.#script.page.cancelSend(this.#number);
  }
}
