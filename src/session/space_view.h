// The address space as a map: every block group with what it holds, where its stripes lie on the
// devices, and, of a part of it, which bytes extents cover. Plain values, read on a thread.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "filesystem/filesystem.h"
#include "session/block_view.h"
#include "volume/chunk_map.h"

namespace canopy {

struct SpaceKey {
  u64 generation = 0;  // of the filesystem

  friend bool operator==(const SpaceKey&, const SpaceKey&) = default;
};

struct GroupView {
  std::shared_ptr<const ChunkMapping> chunk;
  u64 used = 0;
  bool is_known = false;  // whether its item could be read
};

struct SpaceView {
  std::vector<GroupView> groups;  // by address
  struct DeviceView {
    u64 devid = 0;
    std::string name;
    u64 size_bytes = 0;
  };
  std::vector<DeviceView> devices;
  std::string problem;  // why what is used is not known

  // The group that holds the address; nullptr if none does.
  const GroupView* find(u64 logical) const;
};

// Waits for reads.
SpaceView read_space(Filesystem& filesystem, const SpaceKey& key);
// The same without the commit root semaphore. REQUIRES: nobody moves.
SpaceView look_at_space(Filesystem& filesystem);

// What is asked of a part of the address space: into how many cells it is divided.
struct ExtentsKey {
  u64 begin = 0;
  u64 end = 0;
  u32 cells = 1;
  u64 generation = 0;

  friend bool operator==(const ExtentsKey&, const ExtentsKey&) = default;
};

struct ExtentsView {
  ExtentsKey key;
  std::vector<float> fill;  // of each cell: how much extents cover, 0 to 1
  u64 extents = 0;
  std::string problem;
};

// Waits for reads, as many as there are leaves of the extent tree for that part.
ExtentsView read_extents(Filesystem& filesystem, const ExtentsKey& key,
                         const std::atomic<bool>& dropped);

// The same of all that is mapped, in heat_cells cells, without the commit root semaphore; nothing
// where that is more than most_looked_into. REQUIRES: nobody moves.
ExtentsView look_at_extents(Filesystem& filesystem, const SpaceView& space);

// Looking into more address space than this at once would read too much of the extent tree.
inline constexpr u64 most_looked_into = u64{16} << 30;
// A square of 128 x 128: what a map shows of a part at once.
inline constexpr u32 heat_cells = 16384;

// "D", "M", "S" or "X" for mixed ones: the letter beside the colour.
const char* group_letter(u64 flags);

}  // namespace canopy
