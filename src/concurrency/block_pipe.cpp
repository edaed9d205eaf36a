#include "concurrency/block_pipe.h"

#include <algorithm>

#include "base/check.h"
#include "trace/trace.h"

namespace canopy {

namespace {

Error broken_pipe() { return error(Code::cancelled, "the reader of the pipe is gone"); }

}  // namespace

BlockPipe::BlockPipe(std::size_t block_size, u32 block_count, u32 readers)
    : block_size_(block_size), block_count_(block_count), queues_(readers) {
  CHECK(block_size > 0 && block_count > 0 && readers > 0);
}

BlockPipe::~BlockPipe() {
  // Blocks that are dropped come back, so the queues have to go first.
  break_off();
}

Result<void> BlockPipe::write(std::span<const Bytes> pieces) {
  for (Bytes piece : pieces) {
    while (!piece.empty()) {
      if (filling_ == nullptr) TRY(take_block());
      const std::size_t length = std::min(piece.size(), block_size_ - filling_->size());
      filling_->insert(filling_->end(), piece.begin(),
                       piece.begin() + static_cast<std::ptrdiff_t>(length));
      piece = piece.subspan(length);
      if (filling_->size() == block_size_) hand_on();
    }
  }
  return {};
}

Result<void> BlockPipe::take_block() {
  std::unique_lock lock(mutex_);
  CHECK(!closed_);
  const auto has_room = [&] { return broken_ || !free_.empty() || made_ < block_count_; };
  if (!has_room()) {
    TraceSpan span(TraceKind::pipe_full);
    room_.wait(lock, has_room);
  }
  if (broken_) return broken_pipe();
  if (!free_.empty()) {
    filling_ = std::move(free_.back());
    free_.pop_back();
    return {};
  }
  // A wait that ended without room belongs to a controlled run that has collapsed.
  if (made_ == block_count_) return broken_pipe();
  made_++;
  filling_ = std::make_unique<Block>();
  filling_->reserve(block_size_);
  return {};
}

void BlockPipe::hand_on() {
  const BlockPtr block(filling_.release(),
                       [this](Block* done) { give_back(std::unique_ptr<Block>(done)); });
  std::lock_guard lock(mutex_);
  if (broken_) return;
  for (auto& queue : queues_)
    queue.push_back(block);
  count_fill();
  blocks_.notify();
}

void BlockPipe::give_back(std::unique_ptr<Block> block) {
  block->clear();
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(block));
  room_.notify();
}

Result<BlockPipe::BlockPtr> BlockPipe::read(u32 reader) {
  std::unique_lock lock(mutex_);
  auto& queue = queues_[reader];
  const auto has_blocks = [&] { return broken_ || closed_ || !queue.empty(); };
  if (!has_blocks()) {
    TraceSpan span(TraceKind::pipe_empty);
    blocks_.wait(lock, has_blocks);
  }
  if (broken_ || (queue.empty() && !closed_)) return broken_pipe();
  if (queue.empty()) return BlockPtr();
  BlockPtr block = std::move(queue.front());
  queue.pop_front();
  count_fill();
  return block;
}

void BlockPipe::count_fill() {
  std::size_t most = 0;
  for (const auto& queue : queues_)
    most = std::max(most, queue.size());
  fill_.store(most * block_size_, std::memory_order_relaxed);
  TraceSpan span(TraceKind::pipe_fill, most * block_size_, capacity());
}

void BlockPipe::close() {
  if (filling_ != nullptr) hand_on();
  std::lock_guard lock(mutex_);
  closed_ = true;
  blocks_.notify();
}

void BlockPipe::break_off() {
  // What the queues drop comes back under the mutex.
  std::vector<BlockPtr> dropped;
  std::lock_guard lock(mutex_);
  broken_ = true;
  for (auto& queue : queues_) {
    dropped.insert(dropped.end(), queue.begin(), queue.end());
    queue.clear();
  }
  room_.notify();
  blocks_.notify();
}

}  // namespace canopy
