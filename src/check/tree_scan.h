// Going through all items of a tree in order, past what cannot be read: a damaged block costs what
// was in it, not the rest of the tree.
//
//   TreeScan scan(context, tree);
//   while (TRY(scan.next())) use(scan.key(), scan.item());
//   if (!scan.complete()) ...
//
// Of a subvolume that is partly deleted, what may be gone already is left out.
#pragma once

#include <functional>

#include "check/check_context.h"

namespace canopy {

class TreeScan {
 public:
  // Called with every block on the way, parents before children; `depth` 0 is the root.
  using OnBlock = std::function<void(const ExtentBuffer& block, u8 root_level)>;

  TreeScan(CheckContext& context, const CheckedTree& tree, const Key& from = {});
  void on_block(OnBlock on_block) { on_block_ = std::move(on_block); }

  // The first or next item; false at the end. Errors: Code::cancelled.
  Result<bool> next();
  // REQUIRES: next() returned true. Valid until it is called again.
  const Key& key() const { return key_; }
  Bytes item() const { return path_.item(); }
  const ExtentBuffer& leaf() const { return path_.leaf(); }

  // False: some block could not be read so far.
  bool complete() const { return complete_; }

 private:
  Result<bool> start();
  Result<bool> descend(u8 level);
  Result<bool> next_leaf();
  u32 first_slot(const ExtentBuffer& block) const;
  BlockRef read(u64 bytenr, u8 level);
  void entered(const ExtentBuffer& block);

  CheckContext& context_;
  RootPointer root_;
  std::optional<Key> drop_key_;
  u8 drop_level_ = 0;
  Key from_;
  Path path_;
  Key key_;
  bool started_ = false;
  bool complete_ = true;
  OnBlock on_block_;
};

}  // namespace canopy
