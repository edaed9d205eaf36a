// The service worker: answers for the network. It gives what it passes on the headers that let the page
// share memory, so that a plain static host will do, and keeps the files of the site for the
// time without a network. The network comes first: what a host serves anew is seen at the next visit.
const cacheName = 'canopy';

// All that the page may ask for (web/tests/offline.test.mjs compares with what was built).
const files = [
  './', 'page.css', 'page.js', 'access.js', 'kept-windows.js', 'mirror.js', 'offline.js', 'ring.js', 'script.js',
  'shell.js', 'storage.js', 'touch.js', 'read-worker.js', 'write-worker.js', 'canopy.js', 'canopy.wasm',
  'sample.img.zst',
  'fonts/Inter-Regular.otf', 'fonts/Inter-SemiBold.otf', 'fonts/JetBrainsMono-Regular.ttf', 'fonts/codicon.ttf',
];

addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(cacheName);
    await cache.addAll(files);
    await skipWaiting();
  })());
});

addEventListener('activate', (event) => event.waitUntil(clients.claim()));

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(registration.scope)) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(cacheName);
  const name = new URL(request.url);
  name.search = '';
  name.hash = '';
  let response;
  try {
    response = await fetch(request);
  } catch (error) {
    response = await cache.match(name.href);
    if (!response) throw error;
    return isolating(response);
  }
  // What a host sends in place of a file that it has lost is not kept.
  if (response.ok && !response.redirected) {
    await cache.put(name.href, response.clone()).catch(() => {}); // the disk may be full
  }
  return isolating(response);
}

function isolating(response) {
  if (response.status === 0 || response.type === 'opaqueredirect') return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  // A status without a body allows none.
  const body = [204, 205, 304].includes(response.status) ? null : response.body;
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}
