// What is selected, anywhere on the page: one thing, shown everywhere it appears and in the
// inspector. And the way back to what was selected before.
#pragma once

#include <vector>

#include "session/block_view.h"

namespace canopy::ui {

struct Selection {
  enum class Kind { nothing, superblock, block, item, subvolume, command };
  Kind kind = Kind::nothing;
  BlockAddress block = {};  // of blocks and items
  u32 slot = 0;             // of items
  u64 subvolume = 0;        // of subvolumes
  u32 send = 0;             // of commands: the job's number
  u64 command = 0;          // of commands: the index in its stream

  bool is_block(u64 logical) const {
    return (kind == Kind::block || kind == Kind::item) && block.logical == logical;
  }
  friend bool operator==(const Selection& a, const Selection& b) {
    return a.kind == b.kind && a.block.logical == b.block.logical && a.block.tree == b.block.tree &&
           a.slot == b.slot && a.subvolume == b.subvolume && a.send == b.send &&
           a.command == b.command;
  }
};

class History {
 public:
  const Selection& current() const { return entries_[at_]; }
  // Goes on from here: what was ahead is gone.
  void go(const Selection& selection);
  bool can_go_back() const { return at_ > 0; }
  bool can_go_forward() const { return at_ + 1 < entries_.size(); }
  void go_back();
  void go_forward();

 private:
  static constexpr std::size_t limit = 200;
  std::vector<Selection> entries_ = {Selection{}};
  std::size_t at_ = 0;
};

}  // namespace canopy::ui
