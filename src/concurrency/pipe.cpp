#include "concurrency/pipe.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "concurrency/point.h"
#include "trace/trace.h"

namespace canopy {

namespace {

Error broken_pipe() { return error(Code::cancelled, "the reader of the pipe is gone"); }

}  // namespace

Pipe::Pipe(std::size_t capacity) : ring_(capacity) { CHECK(capacity > 0); }

Result<void> Pipe::write(std::span<const Bytes> pieces) {
  yield_point(Point::pipe_write);
  std::unique_lock lock(mutex_);
  CHECK(!closed_);
  for (Bytes piece : pieces) {
    while (!piece.empty()) {
      if (!broken_ && fill() == ring_.size()) {
        note_fill();
        TraceSpan span(TraceKind::pipe_full);
        room_.wait(lock, [&] { return broken_ || fill() < ring_.size(); });
      }
      // A wait that ended without room belongs to a controlled run that has collapsed.
      if (broken_ || fill() == ring_.size()) return broken_pipe();
      const std::size_t at = (first_ + fill()) % ring_.size();
      const std::size_t length = std::min({piece.size(), ring_.size() - fill(), ring_.size() - at});
      std::memcpy(ring_.data() + at, piece.data(), length);
      fill_.store(fill() + length, std::memory_order_relaxed);
      piece = piece.subspan(length);
      bytes_.notify();
    }
  }
  note_fill();
  if (broken_) return broken_pipe();
  return {};
}

Result<std::size_t> Pipe::read(MutableBytes out) {
  if (out.empty()) return std::size_t{0};
  yield_point(Point::pipe_read);
  std::unique_lock lock(mutex_);
  if (!broken_ && !closed_ && fill() == 0) {
    TraceSpan span(TraceKind::pipe_empty);
    bytes_.wait(lock, [&] { return broken_ || closed_ || fill() > 0; });
  }
  if (broken_ || (fill() == 0 && !closed_)) return broken_pipe();
  std::size_t total = 0;
  while (total < out.size() && fill() > 0) {
    const std::size_t length = std::min({out.size() - total, fill(), ring_.size() - first_});
    std::memcpy(out.data() + total, ring_.data() + first_, length);
    first_ = (first_ + length) % ring_.size();
    fill_.store(fill() - length, std::memory_order_relaxed);
    total += length;
  }
  room_.notify();
  note_fill();
  return total;
}

void Pipe::note_fill() const { TraceSpan span(TraceKind::pipe_fill, fill(), capacity()); }

void Pipe::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  bytes_.notify();
}

void Pipe::break_off() {
  std::lock_guard lock(mutex_);
  broken_ = true;
  room_.notify();
  bytes_.notify();
}

}  // namespace canopy
