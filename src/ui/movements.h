// What commits do to the address space, from what their threads record: what was moved where last,
// and what is kept from being used again at this moment.
#pragma once

#include <vector>

#include "trace/trace.h"

namespace canopy::ui {

struct Movements {
  struct Move {
    u64 from = 0, to = 0;  // logical addresses
    u64 at = 0;            // time
  };
  struct Range {
    u64 begin = 0, end = 0;
  };
  std::vector<Move> moves;  // the oldest first
  // What transactions have freed that are not over. Of many ranges a part stands for all.
  std::vector<Range> pinned;
  u64 emptied = 0;   // the block group that is being relocated now; 0: none
  u64 released = 0;  // how often they let go what they had pinned

  // The moves from time `at` on.
  std::size_t first_since(u64 at) const;
};

// At most the last `most` moves. May be called while threads record.
Movements read_movements(const Trace& trace, std::size_t most);

}  // namespace canopy::ui
