// Serves a folder on the loopback address with the headers that give a page shared memory.
//
//   node server.mjs FOLDER PORT      or      const { url, close } = await startServer(folder);
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// A build may have changed any file: the browser asks each time.
const plainHeaders = { 'Cache-Control': 'no-cache' };
const isolatingHeaders = {
  ...plainHeaders,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/vnd.microsoft.icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.otf': 'font/otf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

// The file of a request and its status, or undefined if the folder holds none of that name.
async function find(folder, url) {
  let name;
  try {
    name = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
  if (name.endsWith('/')) name += 'index.html';
  try {
    // normalize() removes every step upwards, since the name begins at the root.
    const file = await realpath(path.join(folder, path.posix.normalize(name)));
    const status = await stat(file);
    return status.isFile() ? { file, status } : undefined;
  } catch {
    return undefined;
  }
}

async function answer(folder, headers, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...headers, Allow: 'GET, HEAD' }).end();
    return;
  }
  const found = await find(folder, request.url);
  if (!found) {
    response.writeHead(404, { ...headers, 'Content-Type': types['.txt'] }).end('Not found\n');
    return;
  }
  const tag = `"${found.status.size}-${found.status.mtimeMs}"`;
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304, { ...headers, ETag: tag }).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    'Content-Type': types[path.extname(found.file)] ?? 'application/octet-stream',
    'Content-Length': found.status.size,
    ETag: tag,
  });
  if (request.method === 'HEAD') {
    response.end();
  } else {
    createReadStream(found.file).on('error', () => response.destroy()).pipe(response);
  }
}

// Port 0 takes any free one; isolated: false leaves out the headers, as a plain host does. Rejects if
// the port is taken.
export function startServer(folder, port = 0, { isolated = true } = {}) {
  const headers = isolated ? isolatingHeaders : plainHeaders;
  const server = http.createServer((request, response) => answer(folder, headers, request, response));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve({
        url: `http://127.0.0.1:${server.address().port}/`,
        close: () => {
          server.closeAllConnections();
          return new Promise((done) => server.close(done));
        },
      });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, port] = process.argv.slice(2);
  try {
    const { url } = await startServer(folder, Number(port));
    console.log(`Canopy is at ${url}`);
  } catch (error) {
    console.error(error.code === 'EADDRINUSE' ? `Port ${port} is taken: web/serve PORT` : String(error));
    process.exitCode = 1;
  }
}
