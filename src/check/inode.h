// All items of one inode, as they are gone through, and what must hold between them.
#pragma once

#include "check/links.h"
#include "ondisk/inode_item.h"

namespace canopy {

class InodeCheck {
 public:
  // `links` and `context` are borrowed. `report` is false where only links are collected.
  InodeCheck(CheckContext& context, const CheckedTree& tree, Links& links, bool report);

  // REQUIRES: items come in the order of the tree; all of one inode.
  Result<void> add(const Key& key, Bytes item, u64 leaf);
  // The next item is another inode's.
  Result<void> finish();

 private:
  CheckContext::Place place() const {
    return {leaf_, tree_.root.tree, Key{ino_, INODE_ITEM_KEY, 0}};
  }
  template <typename... Args>
  void error(Problem problem, fmt::format_string<Args...> format, Args&&... args) {
    if (report_) context_.error(problem, place(), format, std::forward<Args>(args)...);
  }

  void begin(const Key& key, u64 leaf);
  void add_names(const Key& key, Bytes item);
  void add_entries(const Key& key, Bytes item);
  Result<void> add_extent(const Key& key, Bytes item);
  void check_inline(const Key& key, Bytes item, u64 ram_bytes, bool compressed);
  Result<u64> count_csums(u64 bytenr, u64 length);
  Result<void> check_without_links();
  void check_directory();
  void check_file();

  CheckContext& context_;
  const CheckedTree& tree_;
  Links& links_;
  const bool report_;
  const bool no_holes_;
  DataChecksums checksums_;

  // Of the inode in hand.
  bool any_ = false;
  u64 ino_ = 0;
  u64 leaf_ = 0;
  bool has_item_ = false;
  InodeItem item_{};
  u64 names_ = 0;
  u64 entry_bytes_ = 0;
  bool is_in_itself_ = false;
  bool has_entries_ = false;
  bool has_extents_ = false;
  bool has_gap_ = false;
  bool has_csums_ = false;
  bool lacks_csums_ = false;
  u64 extents_end_ = 0;
  u64 extent_bytes_ = 0;
};

}  // namespace canopy
