// A bounded pipe of bytes between two threads, as the pipe between `btrfs send` and its reader is
// one between processes: a writer that is faster waits until there is room, a reader that is
// faster waits until there are bytes. Memory stays at the capacity whatever flows through.
//
// Both sides can end it. The writer closes (the reader gets what is left, then the end); the
// reader, or anyone else, breaks (whoever waits or writes next gets Code::cancelled, as a writer
// gets EPIPE).
#pragma once

#include <atomic>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "concurrency/wait_point.h"

namespace canopy {

class Pipe {
 public:
  // What a pipe of the kernel holds.
  static constexpr std::size_t default_capacity = 64 * 1024;

  explicit Pipe(std::size_t capacity = default_capacity);

  // Puts all of the pieces into the pipe, in order; waits for room as often as it takes.
  // Code::cancelled once the pipe is broken. REQUIRES: the pipe is not closed.
  Result<void> write(std::span<const Bytes> pieces);

  // Waits until there is something, then takes as much of it as fits into `out`. 0 is the end: the
  // pipe was closed and is empty. Code::cancelled once the pipe is broken.
  Result<std::size_t> read(MutableBytes out);

  // No more will be written.
  void close();
  // Nobody will read any more; what is in the pipe is lost.
  void break_off();

  // How many bytes are in the pipe at this moment, for those who watch. Does not wait.
  std::size_t fill() const { return fill_.load(std::memory_order_relaxed); }
  std::size_t capacity() const { return ring_.size(); }
  // Whether the writer waits for room at this moment.
  bool is_full() const { return fill() == capacity(); }

 private:
  // For a trace.
  void note_fill() const;

  std::mutex mutex_;
  WaitPoint room_{"room in the pipe"};
  WaitPoint bytes_{"bytes in the pipe"};
  std::vector<u8> ring_;
  std::size_t first_ = 0;             // where in the ring the oldest byte is
  std::atomic<std::size_t> fill_{0};  // changed under the mutex
  bool closed_ = false;
  bool broken_ = false;
};

}  // namespace canopy
