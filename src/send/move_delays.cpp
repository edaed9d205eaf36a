#include "send/move_delays.h"

#include "send/current_inode.h"
#include "send/inode_lookup.h"
#include "tree/items.h"

namespace canopy {
namespace {

Result<void> make_current_wait(const RefsScope& scope, u64 for_ino, bool is_orphan) {
  PendingMove move{scope.inode.ino, scope.inode.gen, {}};
  for (const RecordedRef& ref : scope.refs.deleted()) {
    move.update_dirs.push_back({ref.dir, ref.dir_gen});
  }
  for (const RecordedRef& ref : scope.refs.added()) {
    move.update_dirs.push_back({ref.dir, ref.dir_gen});
  }
  move.cause = scope.context.cause;
  return scope.moves.add(for_ino, std::move(move), is_orphan);
}

// Whether the inode has another first name in the send root than in the parent root.
bool differ(const FirstRef& a, const FirstRef& b) { return a.dir != b.dir || a.name != b.name; }

}  // namespace

Result<bool> wait_for_dest_dir_move(const RefsScope& scope, const RecordedRef& ref,
                                    bool is_orphan) {
  if (!scope.moves.any_waiting()) return false;
  const SendContext& context = scope.context;
  Path path;
  if (!TRY(context.parent_root->find({ref.dir, DIR_ITEM_KEY, name_hash(ref.name())}, path))) {
    return false;
  }
  auto entry = TRY(find_dir_entry_in_item(path.item(), ref.name()));
  if (!entry || entry->location.type != INODE_ITEM_KEY) return false;

  const u64 other = entry->location.objectid;
  const u64 gen_before = TRY(read_inode(*context.parent_root, other)).gen;
  auto now = TRY(context.send_root.find_inode(other));
  if (!now || now->gen != gen_before) return false;

  const WaitingMove* move = scope.moves.waiting_move(other);
  if (move == nullptr || move->orphanized) return false;
  TRY(make_current_wait(scope, other, is_orphan));
  return true;
}

Result<bool> wait_for_parent_move(const RefsScope& scope, const RecordedRef& ref, bool is_orphan) {
  const SendContext& context = scope.context;
  u64 ino = ref.dir;
  u64 gen = ref.dir_gen;
  for (u32 steps = 0; ino > FIRST_FREE_OBJECTID; ++steps) {
    if (steps > max_climb) return climbs_in_a_circle(ino);
    // If the directory in hand is not above the waiting one, waiting for it could close a circle.
    if (scope.moves.is_waiting_for_move(ino) &&
        TRY(is_ancestor(*context.parent_root, scope.inode.ino, scope.inode.gen, ino))) {
      TRY(make_current_wait(scope, ino, is_orphan));
      return true;
    }
    FirstRef after = TRY(read_first_ref(context.send_root, ino));
    const u64 after_gen = TRY(read_inode(context.send_root, after.dir)).gen;
    auto before = TRY(find_first_ref(*context.parent_root, ino));
    if (!before) return false;
    if (ino > scope.inode.ino && differ(*before, after) &&
        TRY(read_inode(*context.parent_root, ino)).gen == gen) {
      TRY(make_current_wait(scope, ino, is_orphan));
      return true;
    }
    ino = after.dir;
    gen = after_gen;
  }
  return false;
}

}  // namespace canopy
