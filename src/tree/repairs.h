// Copies of tree blocks and data that could not be used, where another copy was: what was read is
// right all the same. (The kernel writes the good copy over the bad one; an image is never written,
// so it is only noted.) Nothing is in the list twice. It can be read and added to by any thread.
// All are counted, and the first MOST_KEPT kept. What a device that is missing does not have is no
// bad copy.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "volume/volume.h"

namespace canopy {

struct BadCopy {
  u64 address = 0;
  u64 length = 0;
  u32 mirror = 0;  // as volume.h numbers them
  u64 devid = 0;   // where the copy begins
  u64 physical = 0;
  bool is_data = false;
  std::string reason;

  std::string to_string() const;
};

class Repairs {
 public:
  static constexpr std::size_t MOST_KEPT = 10'000;

  // Notes that [address, +length) is bad on a mirror. Data that follow data already noted, on the
  // same device and for the same reason, become one range with them.
  void add(const Volume& volume, u64 address, u64 length, u32 mirror, bool is_data,
           std::string reason);

  // The same of all mirrors that were tried before a good one, each with the reason.
  using Tried = std::vector<std::pair<u32, std::string>>;
  void add(const Volume& volume, u64 address, u64 length, bool is_data, Tried tried);

  std::vector<BadCopy> copies() const;
  // How many tree blocks and sectors of data were bad; 0: nothing was.
  u64 count() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<u32, u64>, BadCopy> copies_;  // by mirror and address
  u64 count_ = 0;
};

}  // namespace canopy
