#include "send/dir_removal.h"

#include <algorithm>

#include "send/current_inode.h"
#include "tree/items.h"

namespace canopy {
namespace {

// The inode of the entry that was made last, very likely the highest in the directory. Absent: the
// directory has no entries.
Result<std::optional<u64>> newest_entry(const RootReader& root, u64 dir) {
  Path path;
  if (!TRY(root.search_at_or_before({dir, DIR_INDEX_KEY, ~u64{0}}, path))) {
    return std::optional<u64>();
  }
  const Key key = path.key();
  if (key.objectid != dir || key.type != DIR_INDEX_KEY) return std::optional<u64>();
  return std::optional(TRY(first_dir_entry(path.item())).location.objectid);
}

struct Scan {
  bool removable = true;
  u64 last_dir_index = 0;
  u64 highest_ino = 0;
};

// Looks at entries from `from` on until one is not done with.
Result<Scan> scan_entries(const RootReader& root, u64 cur_ino, DirMoves& moves, DirId dir, u64 from,
                          u64 highest_ino) {
  Scan scan;
  scan.highest_ino = highest_ino;
  Path path;
  bool found = TRY(root.search_at_or_after({dir.ino, DIR_INDEX_KEY, from}, path));
  while (found) {
    const Key key = path.key();
    if (key.objectid != dir.ino || key.type != DIR_INDEX_KEY) break;
    const u64 ino = TRY(first_dir_entry(path.item())).location.objectid;
    scan.highest_ino = std::max(scan.highest_ino, ino);
    scan.last_dir_index = key.offset;
    WaitingMove* move = moves.waiting_move(ino);
    if (move != nullptr) move->removal = dir;
    if (move != nullptr || ino > cur_ino) {
      scan.removable = false;
      return scan;
    }
    found = TRY(root.next_item(path));
  }
  return scan;
}

}  // namespace

Result<bool> can_remove_dir(SendContext& context, const CurrentInode& inode, DirMoves& moves,
                            u64 dir, u64 gen) {
  if (dir == FIRST_FREE_OBJECTID) return false;
  const RootReader& root = *context.parent_root;
  WaitingRemoval* waiting = moves.waiting_removal(dir, gen);
  if (waiting != nullptr && inode.ino < waiting->highest_ino) return false;

  Scan scan;
  if (waiting == nullptr) {
    const std::optional<u64> newest = TRY(newest_entry(root, dir));
    if (!newest) return true;
    scan.highest_ino = *newest;
    scan.removable = *newest <= inode.ino;
  }
  if (scan.removable) {
    const u64 from = waiting != nullptr ? waiting->last_dir_index : 0;
    scan = TRY(scan_entries(root, inode.ino, moves, {dir, gen}, from, scan.highest_ino));
  }
  if (scan.removable) {
    moves.forget_removal(dir, gen);
    return true;
  }
  if (waiting == nullptr) waiting = &moves.add_removal(dir, gen);
  waiting->last_dir_index = scan.last_dir_index;
  waiting->highest_ino = std::max(waiting->highest_ino, scan.highest_ino);
  return false;
}

}  // namespace canopy
