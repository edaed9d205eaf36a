// Questions to one root about one inode: its numbers, its first name, its path, who stands in a
// directory under a name. All search commit roots.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/types.h"

namespace canopy {

class CommittedRoot;

struct InodeInfo {
  u64 gen = 0;
  u64 size = 0;
  u64 mode = 0;
  u64 uid = 0;
  u64 gid = 0;
  u64 rdev = 0;
  u64 flags = 0;  // raw, as FILEATTR carries them
  u64 nlink = 0;
};

// Absent: the root has no such inode.
Result<std::optional<InodeInfo>> find_inode(const CommittedRoot& root, u64 ino);
// The same where it must be there; else ENOENT.
Result<InodeInfo> read_inode(const CommittedRoot& root, u64 ino);

// The first name of an inode by key order: the first name of its INODE_REF with the lowest parent,
// or of its first INODE_EXTREF.
struct FirstRef {
  u64 dir = 0;
  std::string name;
};
Result<std::optional<FirstRef>> find_first_ref(const CommittedRoot& root, u64 ino);

// The path of an inode in a root at rest, through first names. Errors: ENOENT, ENAMETOOLONG.
Result<std::string> path_in_root(const CommittedRoot& root, u64 ino);

// The inode that `dir` has under `name`; subvolumes count as absent.
Result<std::optional<u64>> find_dir_entry(const CommittedRoot& root, u64 dir,
                                          std::string_view name);

// Whether (ancestor, ancestor_gen) is above `ino` on any of its paths.
Result<bool> is_ancestor(const CommittedRoot& root, u64 ancestor, u64 ancestor_gen, u64 ino);

}  // namespace canopy
