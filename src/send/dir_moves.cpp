#include "send/dir_moves.h"

#include "base/check.h"

namespace canopy {

Result<void> DirMoves::add(u64 parent_ino, PendingMove move, bool orphanized) {
  WaitingMove waiting;
  waiting.orphanized = orphanized;
  if (!waiting_.emplace(move.ino, waiting).second) {
    return error(Code::corrupt, "inode {} already waits for a move", move.ino).as_errno("EEXIST");
  }
  pending_[parent_ino].push_back(std::move(move));
  return {};
}

WaitingMove DirMoves::take_waiting(u64 ino) {
  auto found = waiting_.find(ino);
  CHECK(found != waiting_.end());
  WaitingMove waiting = found->second;
  waiting_.erase(found);
  return waiting;
}

std::deque<PendingMove> DirMoves::take_pending(u64 parent_ino) {
  auto found = pending_.find(parent_ino);
  if (found == pending_.end()) return {};
  std::deque<PendingMove> moves = std::move(found->second);
  pending_.erase(found);
  return moves;
}

}  // namespace canopy
