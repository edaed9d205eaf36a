#include "stream/sink.h"

#include <cstring>

namespace canopy {

Result<void> MemorySink::write(std::span<const Bytes> pieces) {
  for (const Bytes piece : pieces)
    bytes_.insert(bytes_.end(), piece.begin(), piece.end());
  return {};
}

BufferedSink::BufferedSink(Sink& target, std::size_t capacity)
    : target_(target), buffer_(capacity) {}

Result<void> BufferedSink::write(std::span<const Bytes> pieces) {
  std::size_t size = 0;
  for (const Bytes piece : pieces)
    size += piece.size();
  // What would fill a good part of the buffer is not worth a copy.
  if (size > buffer_.size() / 8) {
    gathered_.clear();
    if (used_ > 0) gathered_.push_back(Bytes(buffer_).first(used_));
    gathered_.insert(gathered_.end(), pieces.begin(), pieces.end());
    used_ = 0;
    return target_.write(gathered_);
  }
  if (size > buffer_.size() - used_) TRY(flush());
  for (const Bytes piece : pieces) {
    if (piece.empty()) continue;
    std::memcpy(buffer_.data() + used_, piece.data(), piece.size());
    used_ += piece.size();
  }
  return {};
}

Result<void> BufferedSink::flush() {
  if (used_ == 0) return {};
  const Bytes collected = Bytes(buffer_).first(used_);
  used_ = 0;
  return target_.write({&collected, 1});
}

}  // namespace canopy
