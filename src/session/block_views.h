// The tree blocks that are looked at: found at once if they are there, otherwise read on a thread
// and there later. Memory is bounded: those not looked at for longest go.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "filesystem/filesystem.h"
#include "session/block_view.h"
#include "session/loader.h"

namespace canopy {

class BlockViews {
 public:
  // Blocks as they were in `generation` of the filesystem: those that a later commit has moved are
  // outdated. `changed` is called by a thread when a block has arrived.
  BlockViews(std::shared_ptr<Filesystem> filesystem, u64 generation, std::function<void()> changed,
             u64 capacity_bytes = u64{48} << 20);
  ~BlockViews();

  // The block, or nullptr if it has to be read first. Never waits. A block that cannot be read
  // is a view with a `problem`.
  BlockViewPtr find(const BlockAddress& address);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  Loader loader_;
};

// A copy of a block as it is read now. Waits for it.
std::shared_ptr<BlockView> read_block_view(Filesystem& filesystem, const BlockAddress& address);

}  // namespace canopy
