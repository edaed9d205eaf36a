// Directories that cannot take their new place, or go, yet.
//
// A rename has to wait when the new parent (or a directory above it, or the one that still has the
// new name) has a higher number and is itself renamed in this stream. It is kept under the number
// of the inode it waits for and applied when that one is finished:
//
//   pending    waited-for inode -> moves in the order they came
//   waiting    waiting inode -> whether it has its orphan name, which rmdir waits for it in turn
//
// A deleted directory may still hold, at the receiver, children that are moved out later. It then
// lives under its orphan name, and is removed after its last child has gone:
//
//   removals   (inode, generation) -> how far its entries were looked at
//
// Here is only who waits for whom; when a move is applied is told in apply_dir_moves.h.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "send/provenance.h"

namespace canopy {

struct DirId {
  u64 ino;
  u64 gen;
  friend auto operator<=>(const DirId&, const DirId&) = default;
};

struct PendingMove {
  u64 ino;
  u64 gen;
  // Old and new parents, whose times change with the move.
  std::vector<DirId> update_dirs;
  // The new name that asks for the move.
  ItemCause cause{};
};

struct WaitingMove {
  bool orphanized = false;
  // The directory that can perhaps be removed after this move; ino 0: none.
  DirId removal{0, 0};
};

struct WaitingRemoval {
  // Where to go on looking at the directory's entries, and the highest inode among those seen: no
  // need to look before that one was processed.
  u64 last_dir_index = 0;
  u64 highest_ino = 0;
};

class DirMoves {
 public:
  bool any_waiting() const { return !waiting_.empty(); }
  bool is_waiting_for_move(u64 ino) const { return waiting_.contains(ino); }
  bool is_waiting_for_removal(u64 ino, u64 gen) const {
    return !removals_.empty() && removals_.contains({ino, gen});
  }

  // Null: does not wait.
  const WaitingMove* waiting_move(u64 ino) const {
    auto found = waiting_.find(ino);
    return found == waiting_.end() ? nullptr : &found->second;
  }
  WaitingMove* waiting_move(u64 ino) {
    auto found = waiting_.find(ino);
    return found == waiting_.end() ? nullptr : &found->second;
  }

  // `move` waits for `parent_ino`. Error (EEXIST, the kernel's): it waits already.
  Result<void> add(u64 parent_ino, PendingMove move, bool orphanized);
  // Removes and returns what is known of a waiting inode. REQUIRES: it waits.
  WaitingMove take_waiting(u64 ino);
  // Removes and returns the moves that wait for `parent_ino`.
  std::deque<PendingMove> take_pending(u64 parent_ino);

  WaitingRemoval* waiting_removal(u64 ino, u64 gen) {
    auto found = removals_.find({ino, gen});
    return found == removals_.end() ? nullptr : &found->second;
  }
  WaitingRemoval& add_removal(u64 ino, u64 gen) { return removals_[{ino, gen}]; }
  void forget_removal(u64 ino, u64 gen) { removals_.erase({ino, gen}); }

 private:
  std::map<u64, std::deque<PendingMove>> pending_;
  std::map<u64, WaitingMove> waiting_;
  std::map<DirId, WaitingRemoval> removals_;
};

}  // namespace canopy
