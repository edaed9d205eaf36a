// What the receiver has now: under which path an inode is there at this point of the stream.
//
// Inodes are sent in the order of their numbers. Those below send_progress have their names of the
// send root; those from it on still have those of the parent root; an inode that was created but
// not yet named, or lost its name to another, has its orphan name o<ino>-<gen>-<n> in the root of
// the subvolume. A path is put together by climbing from the inode, deciding this anew at each
// step.
//
// Two caches are part of the kernel's algorithm, since what they hold may be out of date and is
// then still used: the names of the last 256 inodes, and the path of the inode in hand, which is
// kept from the first time it is asked for until a rename or unlink is known to have changed it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "send/lru_cache.h"
#include "send/send_context.h"

namespace canopy {

struct CurrentInode;
class DirMoves;
struct WaitingMove;

// The state of (ino, gen) at the receiver: in which roots it is and whether it was processed.
enum class InodeState : u8 { no_change, will_create, did_create, will_delete, did_delete };

class Paths {
 public:
  // All are borrowed.
  Paths(SendContext& context, const CurrentInode& inode, const DirMoves& moves);

  // Inodes below this number have been processed; the inode in hand while its names are not yet.
  u64 send_progress = 0;

  // The path of an inode, empty for the subvolume's root. `out` is replaced.
  Result<void> path_of(u64 ino, u64 gen, std::string& out);
  // The path of the inode in hand, cached. Valid until its path changes.
  Result<std::string_view> current_inode_path();
  // One of the two above: `scratch` is used where the inode is not the one in hand.
  Result<std::string_view> path_for_command(u64 ino, u64 gen, std::string& scratch);

  // The inode in hand was renamed to `path`; empty: what is cached is wrong, find it again.
  void set_current_inode_path(std::string_view path) { current_inode_path_ = path; }
  // Whether `path` begins with the cached path: no more than that, as the kernel compares.
  bool begins_with_current_inode_path(std::string_view path) const {
    return path.starts_with(current_inode_path_);
  }

  // Appends a name o<ino>-<gen>-<n> that is free in the top directory of both roots.
  Result<void> append_orphan_name(u64 ino, u64 gen, std::string& path) const;

  // The next component upwards: the name of an inode now and its parent. `orphan`: the name is an
  // orphan name, there is no parent.
  struct NameAndParent {
    std::string name;
    u64 parent_ino = 0;
    u64 parent_gen = 0;
    bool orphan = false;
  };
  // Answers from the name cache or fills it. `out.parent_*` stay as they were for an orphan that
  // does not exist now.
  Result<void> name_and_parent(u64 ino, u64 gen, NameAndParent& out);
  void forget_name(u64 ino, u64 gen);

  // Absent: no root has this inode with this generation (the kernel's ENOENT).
  struct StateAndGens {
    std::optional<InodeState> state;
    u64 send_gen = 0;    // 0: not in the send root (or without links there)
    u64 parent_gen = 0;  // the same of the parent root
  };
  Result<StateAndGens> lookup_state(u64 ino, u64 gen) const;
  // As above; an error (ENOENT) where there is none.
  Result<InodeState> inode_state(u64 ino, u64 gen) const;

  // Whether giving `name` in `dir` to the inode in hand takes it from an inode of the parent root
  // that was not processed yet, and which.
  struct Overwritten {
    u64 ino;
    u64 gen;
    u64 mode;
  };
  Result<std::optional<Overwritten>> will_overwrite(u64 dir, u64 dir_gen,
                                                    std::string_view name) const;
  // Whether the name that (ino, gen) had was taken by an inode that was processed already.
  Result<bool> did_overwrite(u64 dir, u64 dir_gen, u64 ino, u64 gen, std::string_view name) const;
  // The same of its first name in the parent root.
  Result<bool> did_overwrite_first_ref(u64 ino, u64 gen) const;

 private:
  Result<bool> exists_now(u64 ino, u64 gen) const;
  Result<bool> is_dir_now(u64 dir, u64 dir_gen, u64 StateAndGens::* gen_of) const;
  Result<void> name_before_move(u64 ino, u64 gen, const WaitingMove& move,
                                NameAndParent& out) const;

  struct CachedName {
    std::string name;
    u64 parent_ino;
    u64 parent_gen;
    bool orphan;
    bool of_parent_root;  // found before the inode was processed
  };

  SendContext& context_;
  const CurrentInode& inode_;
  const DirMoves& moves_;
  std::string current_inode_path_;
  LruCache<CachedName> names_;
};

}  // namespace canopy
