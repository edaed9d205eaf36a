// A bounded pipe of bytes between one thread that writes and several that read all of it: like a
// Pipe, but it hands on the blocks in which the bytes were put together, so that they are copied
// once however many read them.
//
//   write --> block being filled --> [block][block][block] --> reader 0
//                                            [block][block] --> reader 1
//
// There are so many blocks and no more; the writer waits until one is no longer held. A block is
// handed on when it is full, the last one when the pipe is closed. Both sides can end it, as in
// Pipe.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "concurrency/wait_point.h"

namespace canopy {

class BlockPipe {
 public:
  using Block = std::vector<u8>;
  using BlockPtr = std::shared_ptr<const Block>;

  BlockPipe(std::size_t block_size, u32 block_count, u32 readers);
  // REQUIRES: nobody holds a block.
  ~BlockPipe();

  // Puts all of the pieces into the pipe, in order. Code::cancelled once the pipe is broken.
  // One thread at a time. REQUIRES: the pipe is not closed.
  Result<void> write(std::span<const Bytes> pieces);

  // The next block for one of the readers, nullptr at the end: the pipe was closed, and all was
  // read. Code::cancelled once the pipe is broken. Each reader is one thread.
  Result<BlockPtr> read(u32 reader);

  // No more will be written.
  void close();
  // Nobody will read any more; what is in the pipe is lost.
  void break_off();

  // How many bytes wait for the reader that has most before it; for those who watch.
  std::size_t fill() const { return fill_.load(std::memory_order_relaxed); }
  std::size_t capacity() const { return block_size_ * block_count_; }

 private:
  Result<void> take_block();
  void hand_on();
  void give_back(std::unique_ptr<Block> block);
  void count_fill();

  const std::size_t block_size_;
  const u32 block_count_;
  std::unique_ptr<Block> filling_;  // of the writer alone

  std::mutex mutex_;  // of what follows
  WaitPoint room_{"a block of the pipe"};
  WaitPoint blocks_{"blocks in the pipe"};
  std::vector<std::unique_ptr<Block>> free_;
  u32 made_ = 0;
  std::vector<std::deque<BlockPtr>> queues_;  // by reader
  std::atomic<std::size_t> fill_{0};          // changed under the mutex
  bool closed_ = false;
  bool broken_ = false;
};

}  // namespace canopy
