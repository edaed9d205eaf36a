// A cursor in one of the two trees that are compared: at a slot of some level, a leaf or a node.
// All but key() and at_leaf() REQUIRE that the commit root semaphore is held.
#pragma once

#include "base/result.h"
#include "send/root_reader.h"

namespace canopy {

class TreeCursor {
 public:
  explicit TreeCursor(const RootReader& reader) : reader_(reader) {}

  // To the first slot of the root.
  Result<void> start();

  // Down to the first slot of the child (`down`, and not at a leaf), or to the next slot; behind
  // the last one up to the next slot of the first level that has one, where it stays. At the very
  // end it stands on the last slot of the root and ended() is true.
  Result<void> advance(bool down);
  bool ended() const { return ended_; }

  // After a relocation: finds its place again. Error (EUCLEAN): the key is gone.
  Result<void> search_again();

  // As RootReader::check_leaf().
  Result<void> check_leaf() const;

  u8 level() const { return level_; }
  bool at_leaf() const { return level_ == 0; }
  const Key& key() const { return key_; }
  const Path& path() const { return path_; }
  // Of the pointer at the slot. REQUIRES: !at_leaf().
  u64 blockptr() const { return path_.nodes[level_]->blockptr(path_.slots[level_]); }
  u64 ptr_generation() const { return path_.nodes[level_]->ptr_generation(path_.slots[level_]); }

 private:
  Result<void> go_down();
  void go_on();
  // Beside a writer, makes a block of the path one that nobody writes to.
  void protect(u8 level);

  const RootReader& reader_;
  Path path_;
  u8 level_ = 0;
  u8 root_level_ = 0;
  Key key_;
  bool ended_ = false;
  BlockRef unprotected_;  // the leaf's buffer itself, where leaves are not cloned
};

}  // namespace canopy
