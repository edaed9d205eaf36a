// A StreamFile in the browser's private file system, through the worker that owns its handle
// (web/write-worker.js).
#pragma once

#include <functional>

#include "device/browser_ring.h"
#include "session/stream_file.h"

namespace canopy {

class OpfsFile final : public StreamFile {
 public:
  // `ring` is borrowed; `discard` deletes the file, on the browser's main thread.
  OpfsFile(BrowserRing& ring, i32 number, std::function<void(i32)> discard)
      : ring_(ring), number_(number), discard_(std::move(discard)) {}

  Result<void> append(Bytes bytes) override;
  Result<void> read(u64 offset, MutableBytes out) override;
  // Nothing to be done: what was written is seen in the file, and a file that outlives the
  // machine's sudden end would be one that nobody looks for.
  Result<void> finish() override { return {}; }
  void discard() override { discard_(number_); }

 private:
  Result<void> perform(i32 operation, u64 offset, MutableBytes bytes);

  BrowserRing& ring_;
  const i32 number_;
  std::function<void(i32)> discard_;
  u64 size_ = 0;
};

}  // namespace canopy
