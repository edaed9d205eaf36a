// The writer of a filesystem: what lasts from transaction to transaction (block groups, room on the
// devices, the superblock) and the commit. Committed readers go on beside it; they see a
// transaction only when its commit has switched the commit roots.
//
// A commit, in order:
//
//   1  the quota status names this transaction
//   2  until nothing changes any more: delayed references, block group items, free space tree, root
//      items. Each changes trees, hence references and space; a block that was copied once is
//      changed in place, so it comes to rest
//   3  all tree blocks of the transaction are written, flush
//   4  the superblocks are written, flush: the transaction is durable
//   5  under the commit root semaphore, held exclusively: commit roots switched, last_reloc_trans
//      set, what was moved made known, removed chunks stop mapping
//   6  pinned extents become available; with discard on, the devices are told what became free
//
// Before 4 nothing that the last superblock names was overwritten.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "commit/run_delayed_refs.h"
#include "space/device_space.h"

namespace canopy {

struct CommitOptions {
  bool relocating = false;  // readers must look again: last_reloc_trans is set
  // From where to where data extents and blocks of subvolumes have moved.
  std::map<u64, u64> moves = {};
  // Where blocks of subvolumes are new, without having moved.
  std::vector<u64> created = {};
};

class FilesystemWriter {
 public:
  // Called in step 5 of every commit with the superblock that is in force from now on.
  using OnCommit = std::function<void(std::shared_ptr<const Superblock>)>;

  // REQUIRES: the devices of `volume` can be written; nobody else writes. All are borrowed.
  // Code::unsupported, with the reason, for what must not be written: a log tree to be replayed,
  // missing devices, features that this writer would damage.
  static Result<std::unique_ptr<FilesystemWriter>> attach(Volume& volume, CommittedForest& forest,
                                                          std::shared_ptr<const Superblock> super,
                                                          OnCommit on_commit);

  // Whose turn it is to change the filesystem: held from the look at what is to be changed until
  // the commit. One who has the filesystem for himself need not take it.
  SharedSemaphore& turn() { return turn_; }
  // Takes it and says whether it counts: Code::cancelled, but taken, in a controlled run that has
  // collapsed.
  Result<void> take_turn();

  // After a transaction was dropped: reads block groups again as the last commit has them. Pointers
  // to groups end. begin() does so too; whoever looks at groups before calls this.
  Result<void> recover();
  // Blocks of subvolumes that transactions have freed, besides by moving them, since this was asked
  // last: for a relocation, which remembers blocks from one transaction to the next.
  std::vector<u64> take_freed_blocks() { return std::exchange(freed_blocks_, {}); }
  void note_freed_blocks(const std::vector<u64>& blocks) {
    freed_blocks_.insert(freed_blocks_.end(), blocks.begin(), blocks.end());
  }
  // Starts a transaction. REQUIRES: the one before was committed or dropped.
  Result<std::unique_ptr<Transaction>> begin();
  // Commits it. After an Error the transaction is dropped and the last commit still holds; but
  // after one while superblocks were written, nobody knows which of the two does, and all that
  // would change the image is refused from then on (Code::io).
  Result<void> commit(std::unique_ptr<Transaction> transaction, const CommitOptions& options);

  // From now on the devices are told to discard what commits free, once it may be used again:
  // extents with the free space around them, and removed chunks whole. Superblocks stay.
  void set_discard(bool discard) { discard_ = discard; }
  // From now on, what commits free is overwritten with zeros once it may be used again: whoever
  // reads it by an old address is found out.
  void set_wipe(bool wipe) { wipe_ = wipe; }

  // Makes a chunk for new extents of these BLOCK_GROUP_* flags. Code::no_space.
  Result<BlockGroup*> allocate_chunk(Transaction& transaction, u64 flags, u64 max_length = 0);
  // Takes a chunk away whose block group is empty; its addresses map until the commit.
  Result<void> remove_chunk(Transaction& transaction, u64 logical);

  Volume& volume() { return volume_; }
  CommittedForest& forest() { return forest_; }
  BlockGroups& groups() { return groups_; }
  const DeviceSpace& devices() const { return devices_; }
  const Superblock& super() const { return *super_; }
  ExtentFormat extent_format() const;
  CsumFormat csum_format() const;

 private:
  FilesystemWriter(Volume& volume, CommittedForest& forest, std::shared_ptr<const Superblock> super,
                   OnCommit on_commit);
  Result<void> check_writable();
  // Reads block groups and devices as the last commit has them.
  Result<void> load();

  Result<void> write_quota_status(Transaction& transaction);
  Result<void> settle(Transaction& transaction);
  Result<bool> write_block_groups(Transaction& transaction);
  Result<bool> write_root_items(Transaction& transaction);
  Result<void> write_tree_blocks(Transaction& transaction);
  Result<Superblock> build_super(Transaction& transaction);
  Result<void> write_supers(Transaction& transaction, const Superblock& super);
  Result<void> flush();
  Result<void> wipe(u64 start, u64 end);
  Result<void> discard(const std::vector<std::pair<u64, u64>>& freed);
  Result<void> switch_roots(std::shared_ptr<const Superblock> super, const CommitOptions& options);

  SharedSemaphore turn_{"the running transaction", TraceKind::turn, TraceKind::turn};
  Volume& volume_;
  CommittedForest& forest_;
  std::shared_ptr<const Superblock> super_;
  OnCommit on_commit_;
  BlockGroups groups_;
  DeviceSpace devices_;
  // Addresses of removed chunks are not given again while the writer lives: whoever still knows an
  // old address finds nothing there, never something else.
  u64 next_logical_ = 0;
  // Of the running transaction.
  std::vector<u64> new_chunks_;
  std::vector<std::shared_ptr<const ChunkMapping>> removed_chunks_;
  std::vector<u64> freed_blocks_;
  bool discard_ = false;
  bool wipe_ = false;
  bool in_doubt_ = false;  // superblocks were being written
  bool stale_ = true;      // a transaction was dropped: load() before the next
};

}  // namespace canopy
