// Bytes between shared memory and a handle of the browser's private file system. Where the browser
// takes shared memory nothing is copied on the way; elsewhere there is one copy.
let takesShared = true;
let copy = new Uint8Array(0);

function copyFor(length) {
  if (copy.length < length) copy = new Uint8Array(length);
  return copy.subarray(0, length);
}

// Calls move() with `bytes`; undefined where the browser wants memory of its own.
function moveShared(move, bytes) {
  if (!takesShared) return undefined;
  try {
    return move(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    takesShared = false;
    return undefined;
  }
}

// Both return how many bytes they moved.
export function writeAt(handle, bytes, at) {
  const moved = moveShared((from) => handle.write(from, { at }), bytes);
  if (moved !== undefined) return moved;
  const own = copyFor(bytes.length);
  own.set(bytes);
  return handle.write(own, { at });
}

export function readAt(handle, bytes, at) {
  const moved = moveShared((to) => handle.read(to, { at }), bytes);
  if (moved !== undefined) return moved;
  const own = copyFor(bytes.length);
  const count = handle.read(own, { at });
  bytes.set(own.subarray(0, count));
  return count;
}
