#include "concurrency/point.h"

#include <array>

namespace canopy {

std::string_view point_name(Point point) {
  static constexpr std::array<std::string_view, POINTS> names = {
      "thread_start",
      "waiting",
      "send_before_search",
      "send_in_search",
      "send_leaf_cloned",
      "send_before_callback",
      "send_before_data_read",
      "send_before_clone_search",
      "send_next_key",
      "pipe_write",
      "pipe_read",
      "relocation_next_batch",
      "relocation_blocks_copied",
      "commit_start",
      "commit_blocks_written",
      "commit_before_switch",
      "commit_roots_switched",
      "commit_unpinned",
      "receiver_commit",
      "dedupe_start",
      "dedupe_before_commit",
      "reclaim_start",
      "test_a",
      "test_b",
  };
  return names[static_cast<u32>(point)];
}

}  // namespace canopy
