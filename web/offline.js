// Registers the service worker (service-worker.js), for visits without a network and for hosts that send
// no headers.

const reloadedKey = 'canopy.reloaded';

function register() {
  return navigator.serviceWorker.register(new URL('service-worker.js', import.meta.url));
}

function activated(registration) {
  if (registration.active) return true;
  const worker = registration.installing ?? registration.waiting;
  return new Promise((resolve, reject) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve(true);
      // A file of the site could not be had, for one.
      if (worker.state === 'redundant') reject(new Error('the service worker was not installed'));
    });
  });
}

// Where the host did not send the headers that give a page shared memory, lets the service worker add
// them and reloads: true if the page is about to go. It tries once a tab.
export async function reloadsToShareMemory() {
  if (globalThis.crossOriginIsolated || !globalThis.isSecureContext || !navigator.serviceWorker) return false;
  try {
    if (sessionStorage.getItem(reloadedKey)) return false;
    await activated(await register());
    sessionStorage.setItem(reloadedKey, 'yes');
    location.reload();
    return true;
  } catch {
    // A browser without service workers for this page, or without storage: said by missingParts().
    return false;
  }
}

// Keeps the site for visits without a network. Nothing depends on it.
export async function keepForOffline() {
  try {
    sessionStorage.removeItem(reloadedKey);
    if (globalThis.isSecureContext) await register();
  } catch {
    // Private windows may allow none.
  }
}
