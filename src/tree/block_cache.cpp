#include "tree/block_cache.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tree/tree_check.h"

namespace canopy {
namespace {

bool is_own_fsid(const BlockCache::Format& format, const u8* fsid) {
  auto same = [fsid](const std::array<u8, 16>& own) {
    return std::memcmp(fsid, own.data(), own.size()) == 0;
  };
  return same(format.fsid) || std::ranges::any_of(format.seed_fsids, same);
}

}  // namespace

Result<void> check_expected(const ExtentBuffer& block, const BlockExpectation& expected) {
  auto wrong = [&](std::string why) {
    return error(Code::corrupt, "tree block: {}", why).at(block.start()).as_errno("EUCLEAN");
  };
  if (block.level() != expected.level)
    return wrong(fmt::format("level {} instead of {}", block.level(), expected.level));
  if (expected.generation != 0 && block.generation() != expected.generation)
    return wrong(
        fmt::format("generation {} instead of {}", block.generation(), expected.generation));
  if (expected.first_key && (block.nritems() == 0 || block.key(0) != *expected.first_key))
    return wrong(fmt::format("first key is not {}", key_text(*expected.first_key)));
  if (expected.tree == 0 || expected.tree == TREE_RELOC_OBJECTID) return {};
  bool owner_ok = is_subvolume_id(expected.tree) ? is_subvolume_id(block.owner())
                                                 : block.owner() == expected.tree;
  if (!owner_ok)
    return wrong(fmt::format("belongs to tree {} instead of {}", objectid_name(block.owner()),
                             objectid_name(expected.tree)));
  return {};
}

BlockCache::BlockCache(Volume& volume, Format format, u64 capacity_bytes)
    : volume_(volume),
      format_(std::move(format)),
      blocks_per_shard_(std::max<u64>(capacity_bytes / format_.nodesize / SHARDS, 4)) {}

std::shared_ptr<ExtentBuffer> BlockCache::find(u64 logical) {
  Shard& shard = shard_of(logical);
  std::scoped_lock hold(shard.mutex);
  if (!shard.dirty.empty()) {
    auto dirty = shard.dirty.find(logical);
    if (dirty != shard.dirty.end()) return dirty->second;
  }
  auto found = shard.by_address.find(logical);
  if (found == shard.by_address.end()) return nullptr;
  shard.newest_first.splice(shard.newest_first.begin(), shard.newest_first, found->second);
  return *found->second;
}

void BlockCache::insert(std::shared_ptr<ExtentBuffer> block) {
  Shard& shard = shard_of(block->start());
  std::scoped_lock hold(shard.mutex);
  if (!shard.dirty.contains(block->start())) insert_clean(shard, std::move(block));
}

void BlockCache::insert_clean(Shard& shard, std::shared_ptr<ExtentBuffer> block) {
  auto found = shard.by_address.find(block->start());
  if (found != shard.by_address.end()) {
    *found->second = std::move(block);
    return;
  }
  shard.newest_first.push_front(std::move(block));
  shard.by_address.emplace(shard.newest_first.front()->start(), shard.newest_first.begin());
  while (shard.by_address.size() > blocks_per_shard_) {
    shard.by_address.erase(shard.newest_first.back()->start());
    shard.newest_first.pop_back();
  }
}

Result<std::shared_ptr<ExtentBuffer>> BlockCache::read_mirror(u64 logical, u32 mirror) {
  auto block = std::make_shared<ExtentBuffer>(logical, std::vector<u8>(format_.nodesize));
  TRY(volume_.read(logical, block->mutable_bytes(), mirror));
  blocks_read_.fetch_add(1, std::memory_order_relaxed);
  Bytes bytes = block->bytes();
  if (!checksum_matches(*format_.checksum, bytes.subspan(CSUM_SIZE), bytes.data()))
    return error(Code::corrupt, "tree block: wrong checksum").at(logical).as_errno("EIO");
  if (block->bytenr() != logical)
    return error(Code::corrupt, "tree block: says it lies at {}", block->bytenr())
        .at(logical)
        .as_errno("EIO");
  if (!is_own_fsid(format_, bytes.data() + offsetof(Header, fsid)))
    return error(Code::corrupt, "tree block: of another filesystem").at(logical).as_errno("EIO");
  TreeCheckLimits limits;
  limits.sectorsize = format_.sectorsize;
  limits.csum_size = format_.checksum->size;
  limits.max_generation = max_generation_.load(std::memory_order_relaxed);
  limits.incompat_flags = format_.incompat_flags;
  TRY(tree_check(*block, limits));
  return block;
}

Result<BlockRef> BlockCache::read(u64 logical, const BlockExpectation& expected) {
  if (auto block = find(logical)) {
    TRY(check_expected(*block, expected));
    return BlockRef(std::move(block));
  }
  if (logical % format_.sectorsize != 0)
    return error(Code::corrupt, "tree block address is not in sectors").at(logical);
  u32 mirrors = volume_.num_mirrors(logical);
  if (mirrors == 0)
    return error(Code::corrupt, "no chunk maps this address").at(logical).as_errno("EIO");
  std::string reasons;
  Repairs::Tried bad;
  Code code = Code::corrupt;
  for (u32 mirror = 1; mirror <= mirrors; ++mirror) {
    auto block = read_mirror(logical, mirror);
    if (block.ok()) {
      auto same = check_expected(*block.value(), expected);
      if (!same.ok()) block = std::move(same).error();
    }
    if (block.ok()) {
      insert(block.value());
      repairs().add(volume_, logical, format_.nodesize, false, std::move(bad));
      return BlockRef(std::move(block).value());
    }
    code = block.error().code();
    reasons += fmt::format("{}mirror {}: {}", reasons.empty() ? "" : "; ", mirror,
                           block.error().message());
    bad.emplace_back(mirror, block.error().message());
  }
  return Error(code, std::move(reasons)).at(logical).as_errno("EIO");
}

Result<BlockRef> BlockCache::read_child(const ExtentBuffer& node, u32 slot, u64 tree) {
  CHECK(!node.is_leaf() && slot < node.nritems());
  BlockExpectation expected;
  expected.generation = node.ptr_generation(slot);
  expected.level = static_cast<u8>(node.level() - 1);
  expected.tree = tree;
  expected.first_key = node.key(slot);
  return read(node.blockptr(slot), expected);
}

void BlockCache::attach_writer() {
  for (Shard& shard : shards_) {
    std::scoped_lock hold(shard.mutex);
    shard.newest_first.clear();
    shard.by_address.clear();
  }
  writer_attached_.store(true, std::memory_order_release);
}

std::shared_ptr<ExtentBuffer> BlockCache::create_dirty(u64 logical) {
  Shard& shard = shard_of(logical);
  std::scoped_lock hold(shard.mutex);
  auto& buffer = shard.dirty[logical];
  CHECK(buffer == nullptr);
  auto found = shard.by_address.find(logical);
  if (found == shard.by_address.end()) {
    buffer = std::make_shared<ExtentBuffer>(logical, std::vector<u8>(format_.nodesize));
  } else {
    buffer = std::move(*found->second);
    shard.newest_first.erase(found->second);
    shard.by_address.erase(found);
  }
  return buffer;
}

void BlockCache::clean_dirty(u64 logical) {
  Shard& shard = shard_of(logical);
  std::scoped_lock hold(shard.mutex);
  auto found = shard.dirty.find(logical);
  CHECK(found != shard.dirty.end());
  auto buffer = std::move(found->second);
  shard.dirty.erase(found);
  insert_clean(shard, std::move(buffer));
}

void BlockCache::drop_dirty(u64 logical) {
  Shard& shard = shard_of(logical);
  std::scoped_lock hold(shard.mutex);
  shard.dirty.erase(logical);
}

}  // namespace canopy
