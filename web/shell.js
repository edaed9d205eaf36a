// What the page shows in plain HTML: before the program runs, and where it cannot.

// The parts of a browser that Canopy cannot do without and that are missing here.
export function missingParts() {
  const missing = [];
  if (typeof WebAssembly !== 'object') {
    missing.push({
      what: 'WebAssembly is missing',
      why: 'The program itself is WebAssembly.',
      how: 'Use a current Chrome, Edge, Firefox or Safari; a hardened mode may have switched it off.',
    });
  }
  if (typeof SharedArrayBuffer === 'undefined' || !globalThis.crossOriginIsolated) {
    missing.push({
      what: 'SharedArrayBuffer is missing',
      why: 'Reading, sending and drawing run on threads that share memory.',
      how: globalThis.isSecureContext
        ? 'The server has to send the headers Cross-Origin-Opener-Policy: same-origin and '
          + 'Cross-Origin-Embedder-Policy: require-corp; web/serve does. Without them the page needs service '
          + 'workers, which private windows may not have. If it does, use a current browser.'
        : 'Browsers give it to pages from https:// or from http://localhost only: open this page from there.',
    });
  }
  if (!document.createElement('canvas').getContext('webgl2')) {
    missing.push({
      what: 'WebGL 2 is missing',
      why: 'The page is drawn with it.',
      how: 'Switch on hardware acceleration in the settings of the browser, or use another browser.',
    });
  }
  return missing;
}

export function showProblem(parts) {
  const shell = document.getElementById('shell');
  shell.hidden = false;
  shell.setAttribute('role', 'alert');
  const text = document.getElementById('shell-text');
  text.textContent = 'Canopy cannot run in this browser as it is:';
  const list = document.createElement('ul');
  for (const { what, why, how } of parts) {
    const item = document.createElement('li');
    const strong = document.createElement('strong');
    strong.textContent = `${what}.`;
    item.append(strong, ` ${why} ${how}`);
    list.append(item);
  }
  text.after(list);
}

export function showStarted() {
  document.getElementById('shell').hidden = true;
}
