// How an image is opened, and how far that is: which partition of a disk, which copy of the
// superblock, as of which commit; unpacking what is compressed.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "container/partitions.h"
#include "filesystem/filesystem.h"

namespace canopy {

struct OpenChoice {
  std::optional<u32> partition;  // none: the only one that holds Btrfs
  OpenOptions filesystem;
};

// Written by the thread that opens; what is no atomic may be read once it has ended.
struct Opening {
  OpenChoice choice;
  std::atomic<bool> cancelled{false};
  std::atomic<u64> unpacked{0};  // bytes of the packed file
  std::atomic<u64> unpack_total{0};
  bool is_wrapped = false;         // the files are not the devices themselves
  std::vector<Partition> offered;  // from which one has to be chosen, where that is why it failed
};

// How much of a packed file the memory of a page, or of a program, is made to hold beside all else.
inline constexpr u64 most_unpacked = sizeof(void*) == 4 ? u64{1} << 30 : u64{8} << 30;

// The device in whatever is wrapped around it (container/open_container.h), within what the
// memory of a page can hold. `changed` is called now and then while something is unpacked.
Result<std::unique_ptr<Device>> open_wrapped(std::unique_ptr<Device> file, Opening& opening,
                                             const std::function<void()>& changed);

}  // namespace canopy
