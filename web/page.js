// Starts the program and stands between it and the browser: frames, sizes, files, results, the
// clipboard. What the program calls is in `host` below (src/web/host.cpp); what it is called with
// are its exported functions page_* (src/web/page.cpp).
import { Mirror } from './mirror.js';
import { keepForOffline, reloadsToShareMemory } from './offline.js';
import { missingParts, showProblem, showStarted } from './shell.js';
import { Script } from './script.js';
import {
  Results, UserFiles, canChoosePlace, changedImage, changedName, choosePlace, download, save,
} from './storage.js';
import { TouchInput } from './touch.js';

const canvas = document.getElementById('canvas');
const fileInput = document.getElementById('files');
const scheduleInput = document.getElementById('schedule');

class Page {
  constructor() {
    this.name = crypto.randomUUID();
    this.requests = new Map(); // what was asked of the program and not answered
    this.lastRequest = 0;
    this.frames = 0;
    this.frameWanted = false;
    this.hasNews = false;
    this.pollWanted = false;
    this.timer = 0;
    // The files of the image that is open, as they were given, and their numbers; without files it
    // is the sample, or the files only hold the devices.
    this.image = { files: [], numbers: [] };
  }

  async start() {
    const fonts = await loadFonts();
    this.program = await globalThis.createCanopy({ canvas, host: this.host() });
    const memory = this.program.wasmMemory;
    this.results = new Results(memory, this.program._page_write_ring() >>> 0);
    this.files = new UserFiles(memory, this.program._page_read_ring() >>> 0, this.results.folder);
    for (const [kind, bytes] of fonts.entries()) this.giveFont(kind, bytes);
    this.mirror = new Mirror(document.getElementById('mirror'), document.getElementById('news'),
      (name) => {
        this.program.ccall('page_activate', null, ['string'], [name]);
        this.wantFrames();
      });
    this.followTheme();
    this.program.ccall('page_restore_splits', null, ['string'], [readStored('splits') ?? '']);
    this.program._page_set_saving(canChoosePlace() ? 1 : 0, readStored('ask-place') === 'yes' ? 1 : 0);
    this.followSize();
    this.followInput();
    this.followDrops();
    this.program._page_start();
    this.followHistory();
    showStarted();
    canvas.focus();
    this.wantFrames();
  }

  // ---- What the program calls ----
  host() {
    return {
      answer: (request, ok, text) => this.answer(request, ok, text),
      wake: () => this.wake(),
      chooseFiles: () => fileInput.click(),
      openSample: () => this.openSample(),
      createResult: (token) => this.createResult(token),
      closeFile: (number) => this.files.remove([number]).catch(() => {}),
      discardResult: (number) => this.results.discard(number).catch(() => {}),
      download: (number, name, ask) => this.download(number, name, ask),
      mirror: (text) => this.mirror?.show(JSON.parse(text)),
      saveImage: () => this.saveImage(),
      saveText: (text, name) => download(new File([text], name, { type: 'text/plain' }), name),
      saveBytes: (bytes, name) => download(new File([bytes], name), name),
      chooseSchedule: () => scheduleInput.click(),
      copy: (text) => navigator.clipboard?.writeText(text).catch(() => {}),
      navigate: (entry, fragment, replace) => {
        // Names of this page only: an entry that an earlier visit left is followed as a link.
        const state = { entry, page: this.name };
        const address = fragment === '' ? location.pathname + location.search : `#${fragment}`;
        try {
          if (replace) history.replaceState(state, '', address);
          else history.pushState(state, '', address);
        } catch {
          // Browsers refuse more than some hundred entries in a short time.
        }
      },
      wantText: (wants) => this.touch?.wantText(wants),
      setCursor: (name) => {
        canvas.style.cursor = name;
      },
      store: (key, value) => {
        try {
          localStorage.setItem(`canopy.${key}`, value);
        } catch {
          // Private windows may have no storage; nothing depends on it.
        }
      },
    };
  }

  answer(request, ok, text) {
    const { resolve, reject } = this.requests.get(request) ?? {};
    this.requests.delete(request);
    if (ok) resolve?.(text === '' ? undefined : JSON.parse(text));
    else reject?.(new Error(text));
  }
  request(call) {
    const id = ++this.lastRequest;
    return new Promise((resolve, reject) => {
      this.requests.set(id, { resolve, reject });
      call(id);
      this.wake();
    });
  }

  // ---- Frames: only when something changed ----
  // A thread or an answer has news: look at them soon, also in a hidden tab, and draw.
  wake() {
    if (!this.pollWanted) {
      this.pollWanted = true;
      setTimeout(() => {
        this.pollWanted = false;
        this.program._page_poll();
      }, 0);
    }
    this.wantFrames();
  }
  wantFrames() {
    this.hasNews = true;
    this.scheduleFrame();
  }
  scheduleFrame() {
    if (this.frameWanted) return;
    this.frameWanted = true;
    requestAnimationFrame(() => this.frame());
  }
  frame() {
    this.frameWanted = false;
    clearTimeout(this.timer);
    this.frames += 1;
    const hasNews = this.hasNews;
    this.hasNews = false;
    // Milliseconds until the program wants to draw again by itself; negative: not before something
    // happens.
    const again = this.program._page_frame(hasNews ? 1 : 0);
    if (again === 0) this.scheduleFrame();
    else if (again > 0) this.timer = setTimeout(() => this.scheduleFrame(), again);
  }

  // ---- The window ----
  followSize() {
    const resize = () => {
      this.program._page_resize(innerWidth, innerHeight, devicePixelRatio);
      this.wantFrames();
    };
    addEventListener('resize', resize);
    const followRatio = () => {
      matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', () => {
        resize();
        followRatio();
      }, { once: true });
    };
    followRatio();
    resize();
  }
  followTheme() {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const tell = () => {
      this.program._page_set_system_theme(dark.matches ? 1 : 0);
      this.wantFrames();
    };
    dark.addEventListener('change', tell);
    const chosen = readStored('theme');
    if (chosen) this.program._page_choose_theme(chosen === 'dark' ? 1 : 0);
    tell();
  }
  followInput() {
    for (const type of ['pointermove', 'pointerdown', 'pointerup', 'pointercancel', 'touchmove', 'wheel',
      'keydown', 'keyup', 'focus', 'blur', 'pointerleave']) {
      addEventListener(type, () => this.wantFrames(), { capture: true, passive: true });
    }
    this.touch = new TouchInput({
      canvas,
      input: document.getElementById('typed'),
      tell: (isTouch) => {
        this.program._page_set_touch(isTouch ? 1 : 0);
        this.wantFrames();
      },
      type: (back, text) => {
        this.program.ccall('page_type', null, ['number', 'string'], [back, text]);
        this.wantFrames();
      },
      strike: (key) => {
        this.call('page_key', key);
        this.wantFrames();
      },
    });
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    document.addEventListener('paste', (event) => {
      this.program.ccall('page_paste', null, ['string'], [event.clipboardData.getData('text')]);
      this.wantFrames();
    });
  }

  followHistory() {
    const visit = (state) => {
      const entry = state?.page === this.name ? state.entry : 0;
      this.program.ccall('page_visit', null, ['number', 'string'], [entry, location.hash.slice(1)]);
      this.wantFrames();
    };
    addEventListener('popstate', (event) => visit(event.state));
    if (location.hash) visit(null);
  }

  // ---- Files in ----
  followDrops() {
    const hover = (over) => {
      this.program._page_drag(over ? 1 : 0);
      this.wantFrames();
    };
    addEventListener('dragover', (event) => {
      event.preventDefault();
      hover(true);
    });
    addEventListener('dragleave', (event) => {
      if (!event.relatedTarget) hover(false);
    });
    addEventListener('drop', (event) => {
      event.preventDefault();
      hover(false);
      this.offer([...event.dataTransfer.files]);
    });
    fileInput.addEventListener('change', () => {
      this.offer([...fileInput.files]);
      fileInput.value = '';
    });
    scheduleInput.addEventListener('change', async () => {
      const [file] = scheduleInput.files;
      scheduleInput.value = '';
      if (!file) return;
      this.call('page_steps_load', await file.text());
      this.wantFrames();
    });
  }
  // A person gave files: the program asks before it drops an image that is open.
  async offer(files) {
    if (files.length === 0) return;
    await this.open(files, true).catch(() => {});
  }
  async open(files, ask = false) {
    const numbers = await this.files.add(files);
    files.forEach((file, i) => {
      this.program.ccall('page_add_device', null, ['number', 'string', 'number'],
        [numbers[i], file.name ?? 'image', file.size]);
    });
    let opened;
    try {
      opened = await this.request((id) => this.program._page_open(id, ask ? 1 : 0));
    } catch (error) {
      this.files.remove(numbers);
      throw error;
    }
    // The program reads a stream as long as it shows it, and tells when it does not any more.
    if (opened.kind === 'image') this.imageIs(opened.wrapped ? [] : files, numbers);
    const { problem, ...summary } = opened;
    if (problem) throw new Error(problem);
    return summary;
  }
  imageIs(files, numbers) {
    if (this.image.numbers.length > 0) this.files.remove(this.image.numbers);
    this.image = { files, numbers };
  }
  async openSample() {
    try {
      const response = await fetch('sample.img.zst');
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const address = this.give(bytes);
      await this.request((id) => this.program._page_open_sample(id, address, bytes.length));
      this.imageIs([], []);
    } catch (error) {
      this.tell(`The sample could not be opened: ${error.message}`);
    }
  }
  tell(problem) {
    this.program.ccall('page_tell', null, ['string'], [problem]);
    this.wantFrames();
  }
  // Copies bytes into the program's memory; the program frees them.
  give(bytes) {
    const address = this.program._page_allocate(bytes.length) >>> 0;
    new Uint8Array(this.program.wasmMemory.buffer, address, bytes.length).set(bytes);
    return address;
  }
  giveFont(kind, bytes) {
    this.program._page_font(kind, this.give(bytes), bytes.length);
  }

  // ---- For scripts ----
  text(name, ...numbers) {
    return this.program.ccall(name, 'string', numbers.map(() => 'number'), numbers);
  }
  // What a function of the program says of the open image.
  valueOfImage(name) {
    const text = this.text(name);
    if (text === '') throw new Error('no image is open');
    return JSON.parse(text);
  }
  subvolumes() {
    return this.valueOfImage('page_subvolumes');
  }
  repairs() {
    return this.valueOfImage('page_repairs');
  }
  // Calls a function of the program with texts.
  call(name, ...texts) {
    return this.program.ccall(name, null, texts.map(() => 'string'), texts);
  }
  startSend(options) {
    return this.requestSend('page_send', options);
  }
  requestSend(start, { subvolume, parent, cloneSources = [], proto = 1, compressedData, noData,
    treatAsReadOnly, sha256 = true, keep = true }, more = []) {
    const name = (value) => (value === undefined || value === null ? '' : String(value));
    for (const source of cloneSources) {
      this.program.ccall('page_add_clone_source', null, ['string'], [name(source)]);
    }
    const flags = (compressedData ? 1 : 0) | (noData ? 2 : 0) | (treatAsReadOnly ? 4 : 0)
      | (parent === undefined || parent === null ? 0 : 8) | (sha256 ? 0 : 16) | (keep ? 0 : 32);
    return this.request((id) => this.program.ccall(start, null,
      ['number', 'string', 'string', 'number', 'number', ...more.map(() => 'string')],
      [id, name(subvolume), name(parent), proto, flags, ...more]));
  }

  // A controlled run: each command answers with what is to be seen once everything stands.
  startSteps(options, settings) {
    return this.requestSend('page_steps_start', options, [settings]);
  }
  commandSteps(what, text = '') {
    return this.request((id) => this.program.ccall('page_steps_command', null,
      ['number', 'string', 'string'], [id, what, String(text)]));
  }
  pauseSteps() {
    this.program._page_steps_pause();
  }
  closeSteps() {
    this.program._page_steps_close();
  }
  stepsText(what) {
    return this.text(`page_steps_${what}`);
  }
  // A Blob of the whole stream; null while there is none.
  stepsStream() {
    const { program } = this;
    const size = program._page_steps_stream_size();
    if (size === 0) return null;
    const from = program._page_steps_stream();
    return new Blob([new Uint8Array(program.wasmMemory.buffer, from, size).slice()]);
  }

  sendProgress(number) {
    return JSON.parse(this.text('page_send_progress', number));
  }
  steerSend(number, what) {
    this.program._page_steer_send(number, ['cancel', 'pause', 'resume'].indexOf(what));
  }
  async sendResult(number) {
    const { file, ...result } = await this.request((id) => (
      this.program._page_send_result(id, number)));
    return { blob: file === undefined ? null : await this.results.finish(file), ...result };
  }

  startBalance({ data, metadata, system, force, dryRun, whileSending }) {
    // None named: all of them, as btrfs balance.
    const all = [data, metadata, system].every((filter) => filter === undefined || filter === null);
    const [chosen, texts] = [[data, metadata, system].map((filter) => all || isChosen(filter)),
      [data, metadata, system].map(filterText)];
    const kinds = chosen.reduce((bits, is, i) => bits | (is ? 1 << i : 0), 0)
      | (force ? 8 : 0) | (dryRun ? 16 : 0) | (whileSending ? 32 : 0);
    return this.request((id) => this.program.ccall('page_balance', null,
      ['number', 'string', 'string', 'string', 'number'], [id, ...texts, kinds]));
  }
  balanceProgress(number) {
    return JSON.parse(this.text('page_balance_progress', number));
  }
  steerBalance(number, what) {
    this.program._page_steer_balance(number, ['cancel', 'pause', 'resume'].indexOf(what));
  }
  balanceResult(number) {
    return this.request((id) => this.program._page_balance_result(id, number));
  }
  // The devices of the image as they are now, each a File: what was changed lies over the user's
  // file, which is not copied.
  async changedFiles() {
    const { files } = this.image;
    const number = await this.results.create();
    const devices = await this.request((id) => (
      this.program._page_save_image(id, number, files.length === 0 ? 1 : 0)));
    const pieces = await this.results.finish(number);
    return devices.map((device, i) => changedImage(device, files[i], pieces));
  }

  // ---- Results out ----
  async createResult(token) {
    let number = 0;
    let problem = '';
    try {
      number = await this.results.create();
    } catch (error) {
      problem = error.message;
    }
    this.program.ccall('page_result_created', null, ['number', 'number', 'string'],
      [token, number, problem]);
    this.wake();
  }
  async download(number, name, ask) {
    try {
      // The dialog opens for a moment after a click only, so it comes first.
      const place = ask ? await choosePlace(name) : null;
      const file = await this.results.finish(number);
      if (place) await file.stream().pipeTo(await place.createWritable());
      else download(file, name);
    } catch (error) {
      // Who closes the browser's dialog knows it.
      if (error.name !== 'AbortError') this.tell(`The download failed: ${error.message}`);
    }
  }
  async saveImage() {
    try {
      // The dialog opens for a moment after a click only, so it comes first.
      const { files } = this.image;
      const place = files.length === 1 ? await choosePlace(changedName(files[0].name)) : null;
      for (const file of await this.changedFiles()) await save(file, place);
    } catch (error) {
      // Who closes the browser's dialog knows it.
      if (error.name !== 'AbortError') this.tell(`The image could not be saved: ${error.message}`);
    }
  }
}

// Filters of a balance: a text as btrfs balance takes it, an object of the same names, or true.
const isChosen = (filter) => filter !== undefined && filter !== null && filter !== false;
function filterText(filter) {
  if (typeof filter === 'string') return filter;
  if (typeof filter !== 'object' || filter === null) return '';
  return Object.entries(filter)
    .filter(([, value]) => value !== false && value !== undefined)
    .map(([name, value]) => (value === true ? name : `${name}=${value}`)).join(',');
}

function readStored(key) {
  try {
    return localStorage.getItem(`canopy.${key}`);
  } catch {
    return null;
  }
}

// In the order of src/ui/fonts.h.
function loadFonts() {
  const names = ['Inter-Regular.otf', 'Inter-SemiBold.otf', 'JetBrainsMono-Regular.ttf', 'codicon.ttf'];
  return Promise.all(names.map(async (name) => {
    const response = await fetch(`fonts/${name}`);
    if (!response.ok) throw new Error(`the font ${name} could not be loaded (${response.status})`);
    return new Uint8Array(await response.arrayBuffer());
  }));
}

async function start() {
  if (await reloadsToShareMemory()) return new Promise(() => {});
  const missing = missingParts();
  if (missing.length > 0) {
    showProblem(missing);
    throw new Error(`Canopy cannot run here: ${missing.map((part) => part.what).join('; ')}`);
  }
  const page = new Page();
  try {
    await new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = 'canopy.js';
      script.onload = resolve;
      script.onerror = () => reject(new Error('canopy.js could not be loaded'));
      document.head.append(script);
    });
    await page.start();
  } catch (error) {
    showProblem([{ what: 'Canopy could not start', why: error.message, how: 'Reload the page. If that does not help, another browser may.' }]);
    throw error;
  }
  keepForOffline();
  return page;
}

globalThis.canopy = new Script(start());
