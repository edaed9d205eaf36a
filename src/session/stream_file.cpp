#include "session/stream_file.h"

#include <cstring>

namespace canopy {

Result<void> MemoryStreamFile::append(Bytes bytes) {
  std::lock_guard lock(mutex_);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return {};
}

Result<void> MemoryStreamFile::read(u64 offset, MutableBytes out) {
  std::lock_guard lock(mutex_);
  if (offset > bytes_.size() || out.size() > bytes_.size() - offset) {
    return error(Code::io, "the stream has no {} bytes at {}", out.size(), offset);
  }
  if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
  return {};
}

Result<void> MemoryStreamFile::finish() {
  std::lock_guard lock(mutex_);
  finished_ = true;
  return {};
}

void MemoryStreamFile::discard() {
  std::lock_guard lock(mutex_);
  discarded_ = true;
  bytes_.clear();
}

std::vector<u8> MemoryStreamFile::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

bool MemoryStreamFile::is_finished() const {
  std::lock_guard lock(mutex_);
  return finished_;
}

bool MemoryStreamFile::is_discarded() const {
  std::lock_guard lock(mutex_);
  return discarded_;
}

}  // namespace canopy
