// Which clones of tree blocks are kept at the moment: of the leaf that a send looks at, and of the
// roots that it compares. Whoever keeps one adds it; it is known until the last who holds it has
// let go, without being kept alive by this. For those who watch.
//
// Any thread; nobody is kept waiting for longer than it takes to look at a few pointers.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "tree/extent_buffer.h"

namespace canopy {

class KeptBlocks {
 public:
  struct Kept {
    BlockRef clone;
    u64 name = 0;       // of the block that was cloned (renaming.h)
    u64 transid = 0;    // of the last commit at that time
    u64 cloned_ns = 0;  // trace_time()
  };

  void add(const BlockRef& clone, u64 name, u64 transid);
  // Those that are kept now, the oldest first.
  std::vector<Kept> list() const;

  // Where more are kept at once, the oldest are forgotten.
  static constexpr std::size_t most = 32;

 private:
  struct Place {
    std::weak_ptr<const ExtentBuffer> clone;
    u64 name = 0;
    u64 transid = 0;
    u64 cloned_ns = 0;
    u64 number = 0;
  };

  mutable std::mutex mutex_;
  std::array<Place, most> places_;
  u64 last_number_ = 0;
};

}  // namespace canopy
