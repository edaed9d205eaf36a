// What is selected, anywhere on the page: one thing, shown everywhere it appears and in the
// inspector. And the way back to what was selected before, and in which view.
#pragma once

#include <string>
#include <vector>

#include "session/block_view.h"

namespace canopy::ui {

// The views in the middle of the page.
enum class View : u8 { trees, difference, groups, files, check, space };
const std::vector<std::string>& view_names();  // by their number

struct Selection {
  enum class Kind { nothing, superblock, block, item, subvolume, command, file };
  Kind kind = Kind::nothing;
  BlockAddress block = {};  // of blocks and items
  u32 slot = 0;             // of items
  u64 subvolume = 0;        // of subvolumes and files
  u64 ino = 0;              // of files
  bool opened = false;      // of folders: what is in it is looked at
  u32 send = 0;             // of commands: the job's number
  u64 command = 0;          // of commands: the index in its stream

  bool is_block(u64 logical) const {
    return (kind == Kind::block || kind == Kind::item) && block.logical == logical;
  }
  friend bool operator==(const Selection& a, const Selection& b) {
    return a.kind == b.kind && a.block.logical == b.block.logical && a.block.tree == b.block.tree &&
           a.slot == b.slot && a.subvolume == b.subvolume && a.ino == b.ino &&
           a.opened == b.opened && a.send == b.send && a.command == b.command;
  }
};

class History {
 public:
  struct Entry {
    Selection selection;
    View view = View::trees;
    u64 number = 1;  // no other entry of the page has it
  };
  // `number`: of its first entry; later ones count on.
  explicit History(u64 number = 1) : entries_{{{}, View::trees, number}}, last_number_(number) {}

  const Entry& current() const { return entries_[at_]; }
  // Goes on from here: what was ahead is gone. False if this is where one is.
  bool go(const Selection& selection, View view);
  // Back or ahead to an entry; false if it is not there any more.
  bool visit(u64 number);
  bool can_go_back() const { return at_ > 0; }
  bool can_go_forward() const { return at_ + 1 < entries_.size(); }
  u64 last_number() const { return last_number_; }

 private:
  static constexpr std::size_t limit = 200;
  std::vector<Entry> entries_;
  std::size_t at_ = 0;
  u64 last_number_;
};

}  // namespace canopy::ui
