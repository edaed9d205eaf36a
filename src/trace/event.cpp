#include "trace/event.h"

#include <array>

namespace canopy {

const TraceKindInfo& trace_kind_info(TraceKind kind) {
  using enum TraceCategory;
  static constexpr std::array<TraceKindInfo, TRACE_KINDS> kinds = {{
      {"item", send, "inode", "type"},
      {"search", send, "tree", ""},
      {"clone", send, "logical", "generation"},
      {"restart", send, "transid", ""},
      {"clone search", send, "logical", ""},
      {"read data", send, "logical", "bytes"},
      {"write blocked on full pipe", wait, "", ""},
      {"wait for bytes in the pipe", wait, "", ""},
      {"pipe", other, "bytes", "capacity"},
      {"wait for the commit root semaphore", wait, "", ""},
      {"wait for the commit root semaphore, exclusively", wait, "", ""},
      {"wait for the running transaction", wait, "", ""},
      {"relocate block group", relocation, "logical", ""},
      {"move extents", relocation, "logical", "extents"},
      {"remove block group", relocation, "logical", ""},
      {"commit", commit, "transid", ""},
      {"settle", commit, "", ""},
      {"write tree blocks", commit, "blocks", ""},
      {"write superblocks", commit, "", ""},
      {"switch commit roots", commit, "transid", ""},
      {"discard", commit, "extents", ""},
      {"receive", other, "bytes", ""},
      {"receiver's transaction", other, "", ""},
      {"deduplicate", other, "root", "extents"},
      {"reclaim", other, "threshold", ""},
      {"holds the commit root semaphore", other, "", ""},
      {"holds the commit root semaphore exclusively", other, "", ""},
      {"extent moved", relocation, "from", "to"},
      {"pinned", commit, "logical", "bytes"},
      {"released", commit, "transid", "bytes"},
  }};
  return kinds[static_cast<u32>(kind)];
}

std::string_view trace_category_name(TraceCategory category) {
  static constexpr std::array<std::string_view, 5> names = {"send", "wait", "relocation", "commit",
                                                            "other"};
  return names[static_cast<u32>(category)];
}

}  // namespace canopy
