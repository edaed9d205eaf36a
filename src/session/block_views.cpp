#include "session/block_views.h"

namespace canopy {

namespace {

constexpr std::size_t most_asked_for = 512;

std::size_t memory_of(const BlockView& view) {
  return sizeof view + view.bytes.capacity() + view.entries.capacity() * sizeof(BlockEntry);
}

std::shared_ptr<BlockView> copy_block(const ExtentBuffer& block) {
  auto view = std::make_shared<BlockView>();
  view->logical = block.start();
  view->generation = block.generation();
  view->owner = block.owner();
  view->flags = block.flags();
  view->level = block.level();
  view->bytes.assign(block.bytes().begin(), block.bytes().end());
  view->entries.reserve(block.nritems());
  for (u32 slot = 0; slot < block.nritems(); slot++) {
    BlockEntry& entry = view->entries.emplace_back();
    entry.key = block.key(slot);
    if (block.is_leaf()) {
      entry.offset = block.item_offset(slot);
      entry.size = block.item_size(slot);
    } else {
      entry.blockptr = block.blockptr(slot);
      entry.generation = block.ptr_generation(slot);
    }
  }
  return view;
}

}  // namespace

std::shared_ptr<BlockView> read_block_view(Filesystem& filesystem, const BlockAddress& address) {
  BlockExpectation expected;
  expected.generation = address.generation;
  expected.level = address.level;
  SharedSemaphore& semaphore = filesystem.forest().commit_root_semaphore();
  semaphore.lock_shared();
  auto block = filesystem.cache().read(address.logical, expected);
  std::shared_ptr<BlockView> view = block.ok() ? copy_block(*block.value()) : nullptr;
  semaphore.unlock_shared();
  if (view != nullptr) return view;
  auto failed = std::make_shared<BlockView>();
  failed->logical = address.logical;
  failed->generation = address.generation;
  failed->level = address.level;
  failed->problem = block.error().to_string();
  return failed;
}

struct BlockViews::Shared {
  std::shared_ptr<Filesystem> filesystem;
  u64 generation;
  std::function<void()> changed;
  u64 capacity;

  std::mutex mutex;
  std::list<BlockViewPtr> newest_first;
  // An address without a view is being read.
  struct Place {
    std::list<BlockViewPtr>::iterator at;
    bool is_there = false;
  };
  std::unordered_map<u64, Place> by_address;
  u64 used = 0;

  void arrive(u64 key, BlockViewPtr view) {
    std::lock_guard lock(mutex);
    used += memory_of(*view);
    newest_first.push_front(std::move(view));
    by_address[key] = {newest_first.begin(), true};
    while (used > capacity && newest_first.size() > 1) {
      const BlockView& oldest = *newest_first.back();
      used -= memory_of(oldest);
      by_address.erase(oldest.logical);
      newest_first.pop_back();
    }
  }
  void forget(u64 key) {
    std::lock_guard lock(mutex);
    by_address.erase(key);
  }
};

BlockViews::BlockViews(std::shared_ptr<Filesystem> filesystem, u64 generation,
                       std::function<void()> changed, u64 capacity_bytes)
    : shared_(std::make_shared<Shared>()), loader_(most_asked_for) {
  shared_->filesystem = std::move(filesystem);
  shared_->generation = generation;
  shared_->changed = std::move(changed);
  shared_->capacity = capacity_bytes;
}

BlockViews::~BlockViews() = default;

BlockViewPtr BlockViews::find(const BlockAddress& address) {
  {
    std::lock_guard lock(shared_->mutex);
    auto [found, is_new] = shared_->by_address.try_emplace(address.logical);
    if (!is_new) {
      if (!found->second.is_there) return nullptr;
      auto& list = shared_->newest_first;
      list.splice(list.begin(), list, found->second.at);
      return list.front();
    }
  }
  loader_.ask(
      [shared = shared_, address] {
        auto view = read_block_view(*shared->filesystem, address);
        view->is_outdated =
            view->failed() && shared->filesystem->super().generation != shared->generation;
        shared->arrive(address.logical, std::move(view));
        shared->changed();
      },
      [shared = shared_, address] { shared->forget(address.logical); });
  return nullptr;
}

}  // namespace canopy
