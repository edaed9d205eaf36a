// A filesystem in memory, as much of one as a receiver of streams needs: subvolumes with inodes,
// names, attributes and contents, and the rules of POSIX for changing them, with the errors that
// Linux gives. It is the oracle for send: what a stream builds here is compared with the snapshot
// that was sent.
//
// Invariants:
// - Inodes are reference counted by name (`nlink`; a directory has one) and vanish with the last.
// - Inodes are shared between snapshots until one of them changes: a snapshot copies pointers.
// - A time that only says when the receiver ran is absent. A directory in which a name changes, or
//   a file that is written to, loses its mtime until a UTIMES gives it another.
// What the receiving kernel adds by itself is left out: inheritance of ACLs, of properties and of
// the group of a directory.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "stream/contents.h"
#include "stream/reader.h"

namespace canopy {

// Types of inodes as in st_mode.
inline constexpr u32 model_type_mask = 0170000;
inline constexpr u32 model_fifo = 0010000;
inline constexpr u32 model_character_device = 0020000;
inline constexpr u32 model_directory = 0040000;
inline constexpr u32 model_block_device = 0060000;
inline constexpr u32 model_regular = 0100000;
inline constexpr u32 model_symlink = 0120000;
inline constexpr u32 model_socket = 0140000;

struct ModelInode {
  u32 mode = 0;  // type and permissions
  u32 uid = 0;
  u32 gid = 0;
  u32 nlink = 1;
  u64 rdev = 0;  // as in the stream (the kernel's new_encode_dev), 0 if not a device
  std::optional<StreamTime> atime;
  std::optional<StreamTime> mtime;
  std::map<std::string, std::vector<u8>, std::less<>> xattrs;
  std::string target;                               // of a symbolic link
  Contents contents;                                // of a regular file
  std::map<std::string, u64, std::less<>> entries;  // of a directory: inode numbers here
  u64 parent = 0;                                   // of a directory; the root's is itself

  // What the stream said and a receiver cannot apply.
  u64 sent_ino = 0;
  std::optional<StreamTime> sent_ctime;
  std::optional<StreamTime> sent_otime;
  std::optional<u64> sent_fileattr;
  bool verity = false;

  u32 type() const { return mode & model_type_mask; }
  bool is_directory() const { return type() == model_directory; }
  bool is_regular() const { return type() == model_regular; }
};

class ModelSubvolume {
 public:
  static constexpr u64 root_ino = 256;

  ModelSubvolume(std::string name, std::array<u8, 16> uuid, u64 ctransid);

  std::string name;
  std::array<u8, 16> uuid;  // the one in the stream: received_uuid of a real receiver
  u64 ctransid;             // likewise: stransid
  bool finished = false;    // read-only, and findable as a parent or clone source

  // Paths are relative to the subvolume, without a leading slash; empty is its root. Errors carry
  // the errno of the system call that fails (ENOENT, EEXIST, ENOTDIR, ENOTEMPTY, ...).
  Result<u64> find(std::string_view path) const;
  // REQUIRES: `ino` is one that find() gave and that still exists.
  const ModelInode& inode(u64 ino) const { return *inodes_.at(ino); }
  // The same to change; makes this subvolume's own copy of it.
  ModelInode& edit(u64 ino);

  // A new inode under a new name.
  Result<u64> create(std::string_view path, u32 mode);
  // creat(2): a regular file that exists is emptied.
  Result<u64> create_or_empty(std::string_view path, u32 permissions);
  Result<void> link(std::string_view existing, std::string_view path);
  Result<void> unlink(std::string_view path);
  Result<void> rmdir(std::string_view path);
  Result<void> rename(std::string_view from, std::string_view to);

  u64 inode_count() const { return inodes_.size(); }
  // Every name in the order of a walk (a directory before what is in it, names by their bytes),
  // from the root, whose path is empty.
  void for_each(const std::function<void(const std::string& path, u64 ino)>& visit) const;

 private:
  // The last component of a path and the directory it is in.
  struct Place {
    u64 directory;
    std::string_view name;
  };
  Result<Place> find_place(std::string_view path) const;
  std::optional<u64> lookup(const Place& place) const;
  void add_name(const Place& place, u64 ino);
  void remove_name(const Place& place);
  void drop_link(u64 ino);

  std::map<u64, std::shared_ptr<ModelInode>> inodes_;
  u64 next_ino_ = root_ino + 1;
};

class Model {
 public:
  // The finished subvolume that was received with this UUID; the first, if there are several.
  const ModelSubvolume* find(std::span<const u8, 16> uuid) const;
  const ModelSubvolume* find_by_name(std::string_view name) const;

  // Adds a subvolume. Error: EEXIST.
  Result<ModelSubvolume*> add(ModelSubvolume subvolume);

  const std::vector<std::unique_ptr<ModelSubvolume>>& subvolumes() const { return subvolumes_; }

 private:
  std::vector<std::unique_ptr<ModelSubvolume>> subvolumes_;  // in the order of their arrival
};

}  // namespace canopy
