// The block cache: tree blocks by logical address, read from the volume, checked, and kept while
// there is room. Any thread may read.
//
// A block is used only if its checksum, its structure (tree_check) and what its parent says of it
// (generation, level, first key, tree) agree; if one mirror fails, the next is tried, and the bad
// one is remembered for the report.
//
// Beside a writer. Once a writer is attached, an address that is freed, unpinned and allocated
// again gets its new block *in the buffer that the old one was in*, as in the kernel: a reader who
// kept the old BlockRef sees other bytes. So a reader who keeps a block after letting go of the
// commit root semaphore clones it (writer_attached() says whether it must). Buffers read before the
// writer was attached are never filled again.
#pragma once

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "checksum/checksum.h"
#include "tree/extent_buffer.h"
#include "tree/losses.h"
#include "tree/repairs.h"
#include "volume/volume.h"

namespace canopy {

// What a parent (or root item) says of a block. A reference in the extent tree names an address and
// a level only.
struct BlockExpectation {
  u64 generation = 0;  // 0: any
  u8 level = 0;
  u64 tree = 0;                                 // the id of the tree that is walked; 0: any
  std::optional<Key> first_key = std::nullopt;  // not known of root blocks
};

// What a parent says against what the block says. Code::corrupt with the address. A block of a tree
// that is not a subvolume names that tree as its owner; a subvolume's block may be shared and then
// names another subvolume.
Result<void> check_expected(const ExtentBuffer& block, const BlockExpectation& expected);

class BlockCache {
 public:
  struct Format {
    u32 nodesize = 0;
    u32 sectorsize = 0;
    u64 incompat_flags = ~u64{0};  // of the superblock
    const ChecksumInfo* checksum = nullptr;
    std::array<u8, 16> fsid{};  // as in the headers: metadata_uuid where the filesystem has one
    // Of the filesystems that it grew from, whose blocks it may still have.
    std::vector<std::array<u8, 16>> seed_fsids;
    // Where walks go on behind blocks that cannot be read (search.h); nullptr: they are errors.
    std::shared_ptr<Losses> losses;
    // Where copies that were bad are noted while another was good; never nullptr.
    std::shared_ptr<Repairs> repairs = std::make_shared<Repairs>();
  };

  BlockCache(Volume& volume, Format format, u64 capacity_bytes = 32u << 20);

  // The block at `logical`. Errors: Code::corrupt or Code::io with the address and what was wrong
  // with each mirror.
  Result<BlockRef> read(u64 logical, const BlockExpectation& expected);
  // The child that a node's slot points to.
  Result<BlockRef> read_child(const ExtentBuffer& node, u32 slot, u64 tree);

  // One copy of the block as it lies on the volume, whatever is cached: its checksum, place,
  // filesystem and structure are right. It is not kept.
  Result<std::shared_ptr<ExtentBuffer>> read_mirror(u64 logical, u32 mirror);

  const Format& format() const { return format_; }
  // What was lost so far; nullptr if nothing may be.
  Losses* losses() const { return format_.losses.get(); }
  Volume& volume() { return volume_; }
  u64 blocks_read() const { return blocks_read_.load(std::memory_order_relaxed); }
  Repairs& repairs() const { return *format_.repairs; }

  // The generation of the last commit: what stands in a block is not more than one newer.
  void set_generation(u64 generation) {
    max_generation_.store(generation + 1, std::memory_order_relaxed);
  }

  // From now on somebody writes. REQUIRES: the commit root semaphore is held exclusively.
  void attach_writer();
  bool writer_attached() const { return writer_attached_.load(std::memory_order_acquire); }

  // The writer's blocks. create_dirty gives a buffer for a block that will be written at `logical`,
  // its bytes not initialized: the buffer that the address had before, if that is still cached, or
  // a new one. From then on the address reads as that buffer, whatever the volume holds, until the
  // writer has written it out (clean_dirty: an ordinary cached block) or given it up (drop_dirty).
  std::shared_ptr<ExtentBuffer> create_dirty(u64 logical);
  void clean_dirty(u64 logical);
  void drop_dirty(u64 logical);

 private:
  struct Shard {
    std::mutex mutex;
    std::list<std::shared_ptr<ExtentBuffer>> newest_first;
    std::unordered_map<u64, std::list<std::shared_ptr<ExtentBuffer>>::iterator> by_address;
    std::unordered_map<u64, std::shared_ptr<ExtentBuffer>> dirty;  // not counted, never evicted
  };
  static constexpr u32 SHARDS = 16;

  Shard& shard_of(u64 logical) { return shards_[(logical / MIN_NODESIZE) % SHARDS]; }
  std::shared_ptr<ExtentBuffer> find(u64 logical);
  void insert(std::shared_ptr<ExtentBuffer> block);
  // REQUIRES: shard.mutex is held.
  void insert_clean(Shard& shard, std::shared_ptr<ExtentBuffer> block);

  Volume& volume_;
  Format format_;
  u64 blocks_per_shard_;
  std::array<Shard, SHARDS> shards_;
  std::atomic<u64> blocks_read_{0};
  std::atomic<u64> max_generation_{~u64{0}};
  std::atomic<bool> writer_attached_{false};
};

}  // namespace canopy
