// The committed forest: all trees as the last committed transaction left them, which is what a
// reader of a filesystem at rest sees, what send searches, and what a commit replaces.
//
// Beside a writer: whoever looks at a root pointer, or walks from one, holds the commit root
// semaphore shared from the look until the last block was read or cloned. A commit holds it
// exclusively while it switches the roots; where a relocation is running, it sets
// last_reloc_trans then and says what it has moved (renaming.h). Without a writer nobody needs the
// semaphore, but taking it costs little.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "concurrency/protections.h"
#include "concurrency/shared_semaphore.h"
#include "ondisk/root_item.h"
#include "ondisk/superblock.h"
#include "tree/kept_blocks.h"
#include "tree/renaming.h"
#include "tree/root_uses.h"
#include "tree/search.h"

namespace canopy {

// A tree of the last commit, as its root item says. The object stays the same over commits.
class CommittedRoot {
 public:
  CommittedRoot(RootPointer pointer, const RootItem& item)
      : objectid_(pointer.tree), pointer_(pointer), item_(item) {}

  u64 objectid() const { return objectid_; }
  // REQUIRES of both that follow: the commit root semaphore is held, or nobody writes.
  const RootPointer& pointer() const { return pointer_; }
  // Zeros for the root tree and the chunk tree, which have none; fields from generation_v2 on are
  // zeros where the item does not vouch for them.
  const RootItem& item() const { return item_; }
  bool is_read_only() const { return (item_.flags & ROOT_SUBVOL_RDONLY) != 0; }
  bool is_dead() const { return (item_.flags & ROOT_SUBVOL_DEAD) != 0 || item_.refs == 0; }

 private:
  friend class CommittedForest;
  const u64
      objectid_;  // apart from the pointer, since it may be asked for while roots are switched
  RootPointer pointer_;
  RootItem item_;
};

// Decodes a ROOT_ITEM (old ones are shorter). Code::corrupt if it is too short, or a level or
// address in it impossible.
Result<RootItem> parse_root_item(Bytes item, u64 tree);

class CommittedForest {
 public:
  CommittedForest(BlockCache& cache, const Superblock& super);

  BlockCache& cache() { return cache_; }
  SharedSemaphore& commit_root_semaphore() { return commit_root_semaphore_; }
  // The generation of the last commit.
  u64 generation() const { return generation_.load(std::memory_order_acquire); }
  // The last commit that happened while a relocation ran; 0 if none did.
  u64 last_reloc_trans() const { return last_reloc_trans_.load(std::memory_order_acquire); }

  const Protections& protections() const { return protections_; }
  // REQUIRES: nobody works on the filesystem. Without some of them, only controlled threads may.
  void set_protections(const Protections& protections) { protections_ = protections; }

  // What relocations have moved since the filesystem was opened. REQUIRES: as above.
  const Renaming& renaming() const { return renaming_; }

  // The tree with this id; nullptr if there is none. Of subvolumes that are being deleted too: ask
  // is_dead(). REQUIRES: as above.
  Result<std::shared_ptr<const CommittedRoot>> root(u64 objectid);

  // Who works on which subvolume at the moment.
  RootUses& root_uses() { return root_uses_; }

  // The clone of a block, made just now, is kept. REQUIRES: as above.
  void note_kept(const BlockRef& clone) {
    kept_blocks_.add(clone, renaming_.name_of(clone->start()), generation());
  }
  const KeptBlocks& kept_blocks() const { return kept_blocks_; }

  // A commit: the roots become those that `super` names. REQUIRES: the semaphore is held
  // exclusively. `relocating`: last_reloc_trans is set to the new generation. `moves`: from where
  // to where the transaction has moved data extents and blocks of subvolumes; `created`: where
  // blocks of subvolumes are new.
  Result<void> switch_roots(const Superblock& super, bool relocating,
                            const std::map<u64, u64>& moves = {},
                            const std::vector<u64>& created = {});

 private:
  Result<std::shared_ptr<CommittedRoot>> read_root_item(u64 objectid);

  BlockCache& cache_;
  SharedSemaphore commit_root_semaphore_;
  Protections protections_;
  std::atomic<u64> generation_;
  std::atomic<u64> last_reloc_trans_{0};
  Renaming renaming_;
  RootUses root_uses_;
  KeptBlocks kept_blocks_;
  std::shared_mutex roots_mutex_;  // guards the map, not what is in it
  std::map<u64, std::shared_ptr<CommittedRoot>> roots_;
};

}  // namespace canopy
