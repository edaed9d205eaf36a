// What a receiver is told of the names that the inode in hand gained and lost:
//
//   1. whoever still has one of the new names, and was not processed yet, is moved out of the way
//      to its orphan name, or loses that link;
//   2. the new names are given: the inode is renamed from its orphan name, linked, or (a directory)
//      moved, unless the move has to wait; missing parents are created;
//   3. the old names go: RMDIR or a move to the orphan name for a deleted directory, UNLINK else;
//   4. for the directories that were touched: remember to set their times, or remove them if this
//      inode was the last they waited for.
//
// The old names go last: until the new ones exist they may be the only links the inode has at the
// receiver.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "send/dir_moves.h"
#include "send/recorded_refs.h"
#include "send/send_context.h"

namespace canopy {

struct CurrentInode;
class DirTimes;
class InodeCreator;
class Paths;

// The parts of a running send that processing refs works on; all borrowed.
struct RefsScope {
  SendContext& context;
  const CurrentInode& inode;
  Paths& paths;
  DirMoves& moves;
  DirTimes& times;
  InodeCreator& creator;
  RecordedRefs& refs;
};

// Processes and forgets what was recorded. True: the directory in hand cannot move yet.
Result<bool> process_recorded_refs(const RefsScope& scope);

}  // namespace canopy
