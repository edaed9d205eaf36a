// The known ways in which the kernel's own stream does not make the snapshot. A difference, or a
// stream that cannot be received, is put down to one of them only where its cause is found in the
// image; each is a sentence for people, and empty means that no cause is known.
//
//   same number and generation, another inode   a parent that is no earlier state: send knows
//                                               inodes by number and generation alone
//   a name through an orphan name               a directory whose old name goes to the inode in
//                                               hand counts as moved aside before it is
//   bytes behind the parent's end               extents are compared, sizes are not
//   a directory that held a subvolume           is never empty to send
//   one uuid for two subvolumes                 one was received from the other: who receives takes
//                                               a clone source for the subvolume in hand
//   security.cap..., empty ACLs, times          as the sentences say
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "files/subvolume_files.h"
#include "filesystem/filesystem.h"
#include "stream/reader.h"

namespace canopy {

// The command that could not be received.
struct FailedCommand {
  // A directory by its orphan name, if the command names a path through one; and whether a later
  // command gives a directory that name.
  std::string orphan;
  bool orphan_comes_later = false;
  // It clones, and names the source by the uuid of the stream itself.
  bool clones_from_itself = false;
};

// Bytes of a file that send does not send: the parent's file ends at `from`, inside an extent that
// both have.
struct LostTail {
  u64 from = 0;
  u64 to = 0;
  u64 disk_bytenr = 0;
};

// "o257-8-0" if that is what the path begins with and the path goes on; else empty.
std::string_view orphan_above(std::string_view path);

class ReceiveQuirks {
 public:
  // `parent`: of the send; absent for a full one.
  ReceiveQuirks(Filesystem& filesystem, u64 subvolume, std::optional<u64> parent)
      : filesystem_(filesystem), subvolume_(subvolume), parent_(parent) {}

  Result<std::string> of_failure(const FailedCommand& failed);
  // What send leaves out of a file, if anything.
  Result<std::optional<LostTail>> lost_tail(u64 ino);
  // Of a file that differs inside its lost tail.
  static std::string of_lost_tail(const LostTail& tail);
  // Of a file that differs in [from, to) and may have been cloned from one with a lost tail.
  Result<std::string> of_clone(u64 ino, u64 from, u64 to, const std::vector<LostTail>& lost);
  // Of an inode that was received otherwise than it is.
  Result<std::string> of_mistaken_inode(u64 ino);
  // A path that was received and is not in the snapshot.
  Result<std::string> of_extra_name(const std::string& path);

  static std::string of_missing_xattr(std::string_view name);
  static std::string of_xattr_value(const Xattr& sent);
  static std::string of_missing_mtime(bool is_directory);

 private:
  Result<std::string> of_other_kind();
  // Whether a symbolic link of both leads to the same.
  Result<bool> leads_alike(u64 ino);
  Result<std::string> of_shared_uuid();
  Result<bool> had_subvolume(u64 dir);

  Filesystem& filesystem_;
  u64 subvolume_;
  std::optional<u64> parent_;
};

}  // namespace canopy
