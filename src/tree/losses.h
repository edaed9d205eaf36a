// What a rescue had to do without. Where a filesystem is opened with a list of losses
// (OpenOptions::losses), reading goes on behind what cannot be read, and the list says what that
// was:
//
//   tree blocks  of which no copy is good: the items between two keys of a tree, which are not seen
//   data         of which no copy is good: they read as they are on the disk where they can be
//                read at all, and as zeros where they cannot
//   files        whose inode is lost, or whose items contradict each other
//
// Nothing is in it twice. It can be read and added to by any thread. All losses are counted, and
// the first MOST_KEPT of each kind kept.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ondisk/key.h"

namespace canopy {

struct LostBlock {
  u64 tree = 0;
  u64 address = 0;
  u8 level = 0;
  std::optional<Key> first;  // the items that it led to: from this key, or the tree's first,
  std::optional<Key> end;    // up to before this one, or the tree's last
  std::string reason;

  std::string to_string() const;
};

struct LostData {
  u64 address = 0;
  u64 length = 0;
  bool is_there = false;  // the bytes were read, but are not those that were written
  std::string reason;

  std::string to_string() const;
};

struct LostFile {
  u64 subvolume = 0;
  u64 ino = 0;
  std::string path;  // in the subvolume, or empty
  std::string reason;

  // With the path escaped as btrfs-progs prints names.
  std::string to_string() const;
};

class Losses {
 public:
  static constexpr std::size_t MOST_KEPT = 10'000;

  void add(LostBlock block);
  // Data that follow data already lost for the same reason become one range with them.
  void add(LostData data);
  void add(LostFile file);

  std::vector<LostBlock> blocks() const;
  std::vector<LostData> data() const;
  std::vector<LostFile> files() const;
  u64 count() const;  // of all kinds
  // One line for each, as it is listed.
  std::vector<std::string> lines() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<u64, u64>, LostBlock> blocks_;  // by tree and address
  std::map<u64, LostData> data_;                     // by address
  std::map<std::pair<u64, u64>, LostFile> files_;    // by subvolume and inode
  u64 not_kept_ = 0;
};

}  // namespace canopy
