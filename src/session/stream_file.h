// Where a session stores a stream: a file that grows, can be read while it grows, and is either
// kept as a whole or thrown away. In the browser it lies in the private file system (src/web), in
// tests in memory.
#pragma once

#include <mutex>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace canopy {

class StreamFile {
 public:
  virtual ~StreamFile() = default;

  // Writes at the end of what was written before. Code::no_space when there is no room.
  virtual Result<void> append(Bytes bytes) = 0;
  // Reads bytes that were written before; any thread, at any time before discard().
  virtual Result<void> read(u64 offset, MutableBytes out) = 0;
  // All is written: what was appended will outlive this object.
  virtual Result<void> finish() = 0;
  // The stream is not wanted, or not whole: nothing stays behind.
  virtual void discard() = 0;
};

// Of a stream that is measured or hashed, and not kept.
class DroppedStreamFile final : public StreamFile {
 public:
  Result<void> append(Bytes) override { return {}; }
  Result<void> read(u64, MutableBytes) override {
    return error(Code::not_found, "the stream was measured and not kept");
  }
  Result<void> finish() override { return {}; }
  void discard() override {}
};

class MemoryStreamFile final : public StreamFile {
 public:
  Result<void> append(Bytes bytes) override;
  Result<void> read(u64 offset, MutableBytes out) override;
  Result<void> finish() override;
  void discard() override;

  std::vector<u8> bytes() const;
  bool is_finished() const;
  bool is_discarded() const;

 private:
  mutable std::mutex mutex_;
  std::vector<u8> bytes_;
  bool finished_ = false;
  bool discarded_ = false;
};

}  // namespace canopy
