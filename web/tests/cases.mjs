// The recorded cases of tests/corpus, for the tests of the page: images as files, and the streams
// that the kernel made of them as length and SHA-256.
import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('../../tests/corpus/cases', import.meta.url));
const run = promisify(execFile);

// A folder that is deleted with the test.
export async function temporaryFolder(t) {
  const made = await mkdtemp(path.join(os.tmpdir(), 'canopy-page-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

// le64 size, then le64 offset, le64 length, bytes...: see tests/corpus/add-case. With a line in
// front, and an end, see tests/support/recorded_image.h.
async function unpack(packed, to) {
  const { stdout } = await run('zstd', ['-q', '-d', '-c', '--long=27', packed],
    { encoding: 'buffer', maxBuffer: 2 ** 30 });
  const line = Buffer.from('canopy-sparse-1\n');
  const bytes = stdout.subarray(0, line.length).equals(line) ? stdout.subarray(line.length, -8) : stdout;
  const file = await open(to, 'w');
  await file.truncate(Number(bytes.readBigUInt64LE(0)));
  for (let at = 8; at < bytes.length;) {
    const offset = Number(bytes.readBigUInt64LE(at));
    const length = Number(bytes.readBigUInt64LE(at + 8));
    await file.write(bytes, at + 16, length, offset);
    at += 16 + length;
  }
  await file.close();
}

function jobOf({ id, subvol, parent, clones, proto, flags, errno, length, sha256, why }) {
  const sources = clones === '-' ? [] : clones.split(',').map(Number);
  const given = flags === '-' ? [] : flags.split(',');
  return {
    id,
    why,
    // What the page always does, as btrfs send does, and what it offers no choice about.
    isForPage: given.every((flag) => ['no_data', 'compressed_data'].includes(flag))
      && (parent === '0' || sources.includes(Number(parent))),
    request: {
      subvolume: Number(subvol),
      parent: parent === '0' ? undefined : Number(parent),
      cloneSources: sources,
      proto: Number(proto),
      noData: given.includes('no_data'),
      compressedData: given.includes('compressed_data'),
    },
    errno: errno === '-' ? null : errno,
    bytes: Number(length),
    sha256,
  };
}

// { images: [path], jobs: [{ id, why, request, errno, bytes, sha256 }] }, unpacked for this test.
export async function recordedCase(t, name) {
  const to = await temporaryFolder(t);
  const images = [];
  const jobs = [];
  for (const line of (await readFile(path.join(folder, name, 'jobs'), 'utf8')).trim().split('\n')) {
    const [kind, ...words] = line.split(' ');
    const values = Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2)));
    if (kind === 'image') {
      const image = path.join(to, values.file.replace(/\.zst$/, ''));
      await unpack(path.join(folder, name, values.file), image);
      images.push(image);
    } else if (kind === 'job') {
      jobs.push(jobOf(values));
    }
  }
  return { images, jobs: jobs.filter((job) => job.isForPage) };
}

// An image of tests/support/images, unpacked for this test.
export async function recordedImage(t, name) {
  const image = path.join(await temporaryFolder(t), `${name}.img`);
  await unpack(fileURLToPath(new URL(`../../tests/support/images/${name}.img.zst`, import.meta.url)), image);
  return image;
}
