// Questions to one root about one inode: its numbers, its first name, its path, who stands in a
// directory under a name. All search commit roots.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/types.h"
#include "send/root_reader.h"

namespace canopy {

// The inode where it must be there; else ENOENT.
Result<InodeInfo> read_inode(const RootReader& root, u64 ino);

// The first name of an inode by key order: the first name of its INODE_REF with the lowest parent,
// or of its first INODE_EXTREF.
struct FirstRef {
  u64 dir = 0;
  std::string name;
};
Result<std::optional<FirstRef>> find_first_ref(const RootReader& root, u64 ino);
// The same where it must be there; else ENOENT.
Result<FirstRef> read_first_ref(const RootReader& root, u64 ino);

// The path of an inode in a root at rest, through first names. Errors: ENOENT, ENAMETOOLONG.
Result<std::string> path_in_root(const RootReader& root, u64 ino);

// The inode that `dir` has under `name`; subvolumes count as absent.
Result<std::optional<u64>> find_dir_entry(const RootReader& root, u64 dir, std::string_view name);

// Whether `dir` has `name` at all, be it for a subvolume.
Result<bool> has_dir_item(const RootReader& root, u64 dir, std::string_view name);

// Climbing longer than this is climbing in a circle, which only a damaged root has.
inline constexpr u32 max_climb = 1u << 16;
Error climbs_in_a_circle(u64 ino);

// Whether (ancestor, ancestor_gen) is above `ino` on any of its paths.
Result<bool> is_ancestor(const RootReader& root, u64 ancestor, u64 ancestor_gen, u64 ino);

}  // namespace canopy
