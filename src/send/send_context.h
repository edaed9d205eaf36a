// What stays the same from the first to the last byte of one stream: the trees, the request, and
// where commands go. Everything that changes while sending lives elsewhere, by how long it lives:
//
//   send_context.h    the request: roots, protocol, writer           one stream
//   tree_compare.h    the cursors in both trees                      one stream
//   current_inode.h   the inode in hand                              until the next INODE_ITEM
//   recorded_refs.h   its names that came and went                   until they are processed
//   paths.h           what the receiver has now: names, orphans      one stream
//   dir_moves.h       renames and rmdirs that have to wait           one stream
//
// A comparison of byte streams with the kernel's is only won by following the kernel's algorithm
// with its caches and its slips (fs/btrfs/send.c of Linux 6.18); where a rule looks odd, its
// comment says that it is the kernel's.
#pragma once

#include <atomic>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "send/provenance.h"
#include "send/root_reader.h"
#include "stream/writer.h"

namespace canopy {

class Filesystem;

// Read by any thread while a send runs; `cancelled` is set by any.
struct SendProgress {
  std::atomic<u64> bytes{0};
  std::atomic<u64> commands{0};
  // How far the walk is, in millionths of the keys: an estimate that never goes back.
  std::atomic<u32> millionths{0};
  // How often a place was searched again because a relocation was committed.
  std::atomic<u64> restarts{0};
  std::atomic<bool> cancelled{false};
};

// BTRFS_SEND_FLAG_*
struct SendFlags {
  bool no_data = false;          // UPDATE_EXTENT instead of file data
  bool compressed_data = false;  // ENCODED_WRITE where an extent is compressed
  bool omit_end_command = false;
  bool omit_stream_header = false;

  friend bool operator==(const SendFlags&, const SendFlags&) = default;
};

struct SendContext {
  Filesystem& filesystem;
  const RootReader& send_root;
  const RootReader* parent_root;  // null: a full send
  // Where file ranges may be cloned from: what the request names and the send root, ascending by
  // root id, duplicates kept.
  std::vector<const RootReader*> clone_roots;
  SendFlags flags;
  bool zeros_for_data;  // the stream is only measured
  u32 sectorsize;
  u32 nodesize;
  Writer& writer;  // its version is the protocol
  SendProgress* progress = nullptr;
  CommandObserver* observer = nullptr;

  // The transaction of the last relocation that this send knows of. The walk renews it before each
  // item; where the forest's is newer in the middle of an item, addresses found in the item may be
  // stale.
  u64 last_reloc_trans = 0;
  // The item in hand and its inode, for the observer.
  ItemCause cause{};
  u64 cause_ino = 0;
  u64 highest_ino = 0;  // for the estimate of progress

  // What follows is done because of the item at which `path` stands.
  void set_cause(ItemChange change, const RootReader& root, const Path& path) {
    cause = {change, root.objectid(), path.key(), path.leaf().start(), path.slot()};
  }

  u32 protocol() const { return writer.version(); }
  bool incremental() const { return parent_root != nullptr; }

  // Completes the command that was begun in `writer`, for the reason `rule` (a sentence, literal).
  // Every command ends here. Errors: those of the sink, EOVERFLOW, cancelled.
  Result<void> end_command(std::string_view rule);
  // The walk searches its place again, for the transaction `reloc_trans`.
  void note_restart(u64 reloc_trans);
  // The walk has come to inode `ino`.
  void note_position(u64 ino);
};

// The largest path that can be sent, as the kernel's PATH_MAX less its NUL.
inline constexpr std::size_t max_path_length = 4095;

// Appends "/name" (without the slash to an empty path). Error: ENAMETOOLONG.
Result<void> append_name(std::string& path, std::string_view name);

}  // namespace canopy
