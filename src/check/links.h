// The names of one subvolume from the three places where each stands:
//
//   (dir, DIR_ITEM, hash of the name)    in the directory, to find it
//   (dir, DIR_INDEX, index)              in the directory, in the order of creation
//   (inode, INODE_REF, dir)              with the inode, to find its paths
//
// They are compared by sums (reference_sums.h): a DIR_INDEX counts plus against the INODE_REF, and
// minus against the DIR_ITEM.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "check/check_context.h"
#include "check/reference_sums.h"

namespace canopy {

struct Link {
  u64 dir = 0;
  std::string name;
  u64 ino = 0;
  u8 type = 0;           // FT_*
  bool by_name = false;  // DIR_ITEM against DIR_INDEX; else DIR_INDEX against INODE_REF
  u64 index = 0;         // 0 where by_name

  u64 bucket() const;
  u64 hash() const;
  friend auto operator<=>(const Link&, const Link&) = default;
};

class Links {
 public:
  void add_dir_item(u64 dir, std::string_view name, u64 ino, u8 type) {
    sums_.add({dir, std::string(name), ino, type, true, 0}, -1);
  }
  // A subvolume in the directory has no INODE_REF.
  void add_dir_index(u64 dir, u64 index, std::string_view name, u64 ino, u8 type,
                     bool is_subvolume) {
    sums_.add({dir, std::string(name), ino, type, true, 0}, 1);
    if (!is_subvolume) sums_.add({dir, std::string(name), ino, type, false, index}, 1);
  }
  void add_inode_ref(u64 dir, u64 index, std::string_view name, u64 ino, u8 type) {
    sums_.add({dir, std::string(name), ino, type, false, index}, -1);
  }

  bool agree() const { return sums_.unequal() == 0; }
  bool is_collecting() const { return sums_.is_collecting(); }
  void collect() { sums_.collect(); }
  // REQUIRES: collect() was called, and everything added again.
  void report(CheckContext& context, u64 tree) const;

 private:
  ReferenceSums<Link> sums_;
};

}  // namespace canopy
