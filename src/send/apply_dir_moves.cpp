#include "send/apply_dir_moves.h"

#include <iterator>
#include <utility>

#include "send/commands.h"
#include "send/current_inode.h"
#include "send/dir_removal.h"
#include "send/dir_times.h"
#include "send/inode_lookup.h"
#include "send/paths.h"

namespace canopy {
namespace {

// Moves put back because they would close a circle. Sound roots need a few; a damaged one could
// go on for ever.
constexpr u32 max_requeued = 1u << 16;

class MoveApplier {
 public:
  explicit MoveApplier(const RefsScope& scope) : s_(scope) {}

  Result<void> run() {
    const ItemCause cause_now = s_.context.cause;
    std::deque<PendingMove> queue = s_.moves.take_pending(s_.inode.ino);
    while (!queue.empty()) {
      PendingMove move = std::move(queue.front());
      queue.pop_front();
      const u64 ino = move.ino;
      TRY(apply(std::move(move)));
      std::deque<PendingMove> next = s_.moves.take_pending(ino);
      std::move(next.begin(), next.end(), std::back_inserter(queue));
    }
    s_.context.cause = cause_now;
    return {};
  }

 private:
  Result<void> apply(PendingMove move);
  Result<std::string> path_before(const PendingMove& move, bool orphanized);
  Result<bool> put_back_if_loop(PendingMove& move, const WaitingMove& waiting);
  Result<std::optional<u64>> loop_ancestor(u64 ino, u64 gen);
  Result<void> remove_emptied_dir(const DirId& dir);

  const RefsScope& s_;
  u32 requeued_ = 0;
};

Result<void> MoveApplier::apply(PendingMove move) {
  s_.context.cause = move.cause;
  const WaitingMove waiting = s_.moves.take_waiting(move.ino);
  const std::string from = TRY(path_before(move, waiting.orphanized));

  // The move looks at the receiver as if the inode in hand were done.
  const u64 progress = std::exchange(s_.paths.send_progress, s_.inode.ino + 1);
  if (!TRY(put_back_if_loop(move, waiting))) {
    std::string to;
    TRY(s_.paths.path_of(move.ino, move.gen, to));
    TRY(send_rename(s_.context, from, to,
                    "A directory moves now that the one it waited for has its place"));
    if (waiting.removal.ino != 0) TRY(remove_emptied_dir(waiting.removal));
    s_.times.remember(move.ino, move.gen);
    for (const DirId& dir : move.update_dirs) {
      // An old parent may be gone.
      if (TRY(s_.context.send_root.find_inode(dir.ino))) s_.times.remember(dir.ino, dir.gen);
    }
  }
  s_.paths.send_progress = progress;
  return {};
}

Result<std::string> MoveApplier::path_before(const PendingMove& move, bool orphanized) {
  std::string path;
  if (orphanized) {
    TRY(s_.paths.append_orphan_name(move.ino, move.gen, path));
    return path;
  }
  const RootReader& parent_root = *s_.context.parent_root;
  FirstRef ref = TRY(read_first_ref(parent_root, move.ino));
  TRY(s_.paths.path_of(ref.dir, TRY(read_inode(parent_root, ref.dir)).gen, path));
  TRY(append_name(path, ref.name));
  return path;
}

Result<bool> MoveApplier::put_back_if_loop(PendingMove& move, const WaitingMove& waiting) {
  auto ancestor = TRY(loop_ancestor(move.ino, move.gen));
  if (!ancestor) return false;
  if (++requeued_ > max_requeued) return climbs_in_a_circle(move.ino);
  const u64 ino = move.ino;
  TRY(s_.moves.add(*ancestor, std::move(move), waiting.orphanized));
  if (waiting.removal.ino != 0) s_.moves.waiting_move(ino)->removal = waiting.removal;
  return true;
}

// Climbs from the inode at the receiver, waiting directories still at their old place. If that
// leads back to the inode, its move must wait for the first waiting directory on the way.
Result<std::optional<u64>> MoveApplier::loop_ancestor(u64 ino, u64 gen) {
  const u64 start = ino;
  u64 ancestor = 0;
  Paths::NameAndParent step;
  for (u32 steps = 0; ino != FIRST_FREE_OBJECTID; ++steps) {
    if (steps > max_climb) return climbs_in_a_circle(ino);
    if (s_.moves.is_waiting_for_removal(ino, gen)) break;
    if (s_.moves.is_waiting_for_move(ino)) {
      if (ancestor == 0) ancestor = ino;
      const RootReader& parent_root = *s_.context.parent_root;
      step.parent_ino = TRY(read_first_ref(parent_root, ino)).dir;
      step.parent_gen = TRY(read_inode(parent_root, step.parent_ino)).gen;
    } else {
      TRY(s_.paths.name_and_parent(ino, gen, step));
      if (step.orphan) break;
    }
    if (step.parent_ino == start) return std::optional(ancestor != 0 ? ancestor : ino);
    ino = step.parent_ino;
    gen = step.parent_gen;
  }
  return std::optional<u64>();
}

Result<void> MoveApplier::remove_emptied_dir(const DirId& dir) {
  if (!s_.moves.is_waiting_for_removal(dir.ino, dir.gen)) return {};  // gone already
  if (!TRY(can_remove_dir(s_.context, s_.inode, s_.moves, dir.ino, dir.gen))) return {};
  std::string path;
  TRY(s_.paths.path_of(dir.ino, dir.gen, path));
  return send_rmdir(s_.context, path, "A deleted directory lost the child that had to move first");
}

}  // namespace

Result<void> apply_waiting_dir_moves(const RefsScope& scope) { return MoveApplier(scope).run(); }

}  // namespace canopy
